"""Well-known chains: a convolution followed by its transpose, and a separable kernel in two passes."""

from __future__ import annotations

from math import floor, log10

from convanim.base.errors import ConvanimError
from convanim.base.later import np
from convanim.base.options import Padding, Size
from convanim.layers import Chain, Conv, ConvTranspose, passes
from convanim.plans.values import Numbers, fitting, numbers, random_numbers, spell

_NEGLIGIBLE = 1e-9
"""Largest ratio of another singular value to the first in a kernel that counts as rank 1."""


def roundtrip(layer: Conv, kernel: object = None, seed: int = 0) -> Chain:
    """Return a convolution and the transposed one that restores the size, with the same weights.

    Parameters
    ----------
    layer : Conv
        The convolution.
    kernel : array or nested sequence of numbers, optional
        The weights; random if not given.
    seed : int
        Seed for random weights.

    Raises
    ------
    ConvanimError
        If the layer is not a convolution, or the numbers are wrong.
    """
    if not isinstance(layer, Conv):
        raise ConvanimError("layer", "", "must be a convolution such as convanim.Conv(5, 3)")
    if kernel is None:
        from convanim.plans.examples import telling

        kernel = telling(layer, random_numbers(seed, layer.input_size, [layer.kernel_size])[1][0])
    weights = fitting("kernel", kernel, layer.kernel_size, "kernel_size")
    # Cells at the end that the stride never reached are restored by output padding.
    left_over = [(axis.extent - axis.reach) % axis.stride for axis in layer.axes]
    back = ConvTranspose(layer.output_size, layer.kernel_size, layer.stride, layer.padding, left_over, layer.dilation)
    # What transposes a convolution stamps the weights as that one reads them.
    stamped = np.flip(weights) if layer.flip else weights
    return Chain([layer, back], [weights, stamped], returns=True)


def separable(
    kernel: object,
    input_size: Size,
    stride: Size = 1,
    padding: Padding = 0,
    dilation: Size = 1,
    padding_mode: str = "zeros",
    flip: bool = False,
) -> Chain:
    """Return a column pass and a row pass that together equal a kernel of rank 1.

    The chain knows the one layer that it replaces, and is compared with it.

    Parameters
    ----------
    kernel : array or nested sequence of numbers
        The kernel, with two axes.
    input_size, stride, padding, dilation, padding_mode, flip
        As in `Conv`.

    Raises
    ------
    ConvanimError
        If the kernel has another rank, or there is no such layer.

    Examples
    --------
    >>> separable([[1, 0, -1], [2, 0, -2], [1, 0, -1]], 6).kernels
    (((1,), (2,), (1,)), ((1, 0, -1),))
    """
    weights = numbers("kernel", kernel)
    column, row = separate(weights)
    whole = Conv(input_size, weights.shape, stride, padding, dilation, padding_mode, flip=flip)
    columns, rows = passes(whole)
    return Chain([columns, rows], [column, row], compared=whole, compared_kernel=weights)


def separate(kernel: object) -> tuple[Numbers, Numbers]:
    """Return a column and a row whose product is a kernel, in integers if the kernel holds integers.

    Returns
    -------
    (rows, 1) array, (1, columns) array
        The row's numbers have no common divisor if they are integers.

    Raises
    ------
    ConvanimError
        If the rank of the kernel is not 1; the message gives the rank and the
        error of the best factors, from the singular value decomposition (C.
        Eckart and G. Young, *Psychometrika* 1, 1936).

    Examples
    --------
    >>> [part.ravel().tolist() for part in separate([[1, 0, -1], [2, 0, -2], [1, 0, -1]])]
    [[1, 2, 1], [1, 0, -1]]
    """
    weights = numbers("kernel", kernel)
    if weights.ndim != 2:
        raise ConvanimError("kernel", "", f"has {weights.ndim} axes, and only kernels with 2 are separated; give rows")
    largest = float(np.abs(weights).max()) or 1.0
    left, strengths, right = np.linalg.svd(weights / largest, full_matrices=False)
    rank = int((strengths > _NEGLIGIBLE * strengths[0]).sum()) if strengths[0] else 0
    if rank != 1:
        raise ConvanimError("kernel", "", _why_not(weights, rank, left, strengths, right))
    if weights.dtype.kind != "f":
        row = weights[np.flatnonzero(weights.any(axis=1))[0]]
        row = row // np.gcd.reduce(row)
        place = int(np.flatnonzero(row)[0])
        column = weights[:, place] // row[place]
        if not np.array_equal(np.outer(column, row), weights):
            raise ConvanimError("kernel", "", _why_not(weights, 2, left, strengths, right))
        return column[:, None], row[None]
    scale = np.sqrt(strengths[0] * largest)
    column, line = _tidy(left[:, 0]) * scale, _tidy(right[0]) * scale
    if column[np.abs(column).argmax()] < 0:
        column, line = -column, -line
    return _tidy(column)[:, None], _tidy(line)[None]


def _tidy(values: Numbers) -> Numbers:
    """Return numbers without the rounding errors of the decomposition in their last digits."""
    largest = float(np.abs(values).max()) or 1.0
    tidy: Numbers = np.round(values, 14 - floor(log10(largest))) + 0.0
    return tidy


def _why_not(weights: Numbers, rank: int, left: Numbers, strengths: Numbers, right: Numbers) -> str:
    if rank == 0:
        return "holds only zeros, which any factors make; give one with other numbers"
    largest = float(np.abs(weights).max())
    worst = largest * float(np.abs(weights / largest - strengths[0] * np.outer(left[:, 0], right[0])).max())
    share = float(np.sqrt((strengths[1:] ** 2).sum() / (strengths**2).sum()))
    said = spell(worst, 2) if worst >= 0.01 else f"{worst:.2g}"
    return (
        f"has rank {rank} and is no product of a column and a row; the best one would be off by up to "
        f"{said} in a weight, {share:.1%} of the whole; use one of rank 1 such as `kernel=sobel-x`"
    )
