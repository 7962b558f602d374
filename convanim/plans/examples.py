"""Random numbers that show what a layer does: winners, sums and kernels that differ, and look turned if they are."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from math import prod

import numpy as np
from numpy.typing import NDArray

from convanim.layers import Layer
from convanim.layers.join import Join
from convanim.layers.rules import MEAN
from convanim.layers.sparse_conv import SparseConv
from convanim.plans.steps import Ints
from convanim.plans.values import Numbers

_MOST = 9
"""The largest number, so that all have one digit."""

_MOST_READS = 50_000
"""For how many cells of windows, in all channels, numbers are mended; more are not drawn."""

_PASSES = 12
"""How often all windows are gone through, since mending one may spoil another."""


def example(layer: Layer, plain: Numbers, seed: int) -> Numbers:
    """Return a random input for a layer: the plain one, unless other numbers show better what the layer does.

    Parameters
    ----------
    layer : Layer
        The layer that reads the input.
    plain : array
        Plain random numbers of the right size, channels first if there are any.
    seed : int
        The seed of other numbers.

    Examples
    --------
    >>> from convanim import MaxPool
    >>> example(MaxPool((4,), 2), np.zeros(4, int), 0).tolist()
    [5, 0, 3, 0]
    """
    if isinstance(layer, SparseConv):
        # An active cell that holds 0 looks like one that is not active.
        return np.maximum(plain, 1)
    if layer.is_weighted or isinstance(layer, Join):
        return plain
    source = np.random.RandomState(seed)
    if layer.sources(0, (0,) * layer.dims) is not None:
        return _followed(plain.shape, source)
    rule, size = layer.combining, layer.input_size
    if not (rule.is_picked or rule is MEAN):
        return plain
    drawn = source.randint(0, _MOST + 1, size=(2, *plain.shape), dtype=np.int64)
    # Of two numbers the smaller one: the larger a number is, the rarer, and the more the winners differ.
    found: Numbers = np.minimum(*drawn) if rule.is_picked else drawn[0]
    mend = _parted_winners if rule.is_picked else _parted_sums
    channels = found.reshape(-1, prod(size))
    windows = _windows(layer, len(channels))
    for plane in channels:
        for _ in range(_PASSES):
            if not mend(plane, windows, source):
                break
    return found


def telling(layer: Layer, plain: Numbers) -> Numbers:
    """Return random weights that show what they do.

    At most half of the weights in a slice of a kernel are zeros, of which
    nothing is made; none looks the same if it is turned by 180°, and no two
    kernels are the same.

    Parameters
    ----------
    layer : Layer
        The layer whose weights they are.
    plain : array
        Plain random numbers, the axes of the kernel last.

    Examples
    --------
    >>> from convanim import Conv
    >>> telling(Conv(4, 2), np.array([[0, 0], [0, 0]])).tolist()
    [[1, 1], [0, 0]]
    >>> telling(Conv(4, 2), np.array([[2, 0], [0, 2]])).tolist()
    [[1, 0], [0, 2]]
    >>> telling(Conv(4, 1, out_channels=3), np.array([0, 2, 2]).reshape(3, 1, 1, 1)).ravel().tolist()
    [1, 3, 4]
    """
    cells = prod(layer.kernel_size)
    if cells == 1:
        # A single weight of 0 would hide its channel.
        slices = plain.reshape(-1, 1) + 1
    else:
        slices = plain.reshape(-1, cells).copy()
        is_zero = slices == 0
        slices[is_zero & (is_zero[:, ::-1].cumsum(axis=1)[:, ::-1] > cells // 2)] = 1
        alike = _is_alike(slices)
        slices[alike, 0] = np.where(slices[alike, 0] > 1, slices[alike, 0] - 1, slices[alike, 0] + 1)
    kernels, seen = slices.reshape(layer.grouping.out_channels, -1, cells), set[bytes]()
    for number, kernel in enumerate(kernels):
        kernels[number] = next((one for one in _varied(kernel) if one.tobytes() not in seen), kernel)
        seen.add(kernels[number].tobytes())
    return kernels.reshape(plain.shape)


def _is_alike(slices: Numbers) -> NDArray[np.bool_]:
    """Return whether slices of kernels, (n, cells), look the same if they are turned by 180°."""
    alike: NDArray[np.bool_] = (slices == slices[:, ::-1]).all(axis=1)
    return alike


def _varied(kernel: Numbers) -> Iterator[Numbers]:
    """Yield a kernel, (slices, cells), and others with a larger weight that look turned where they are, too."""
    yield kernel
    for at in np.ndindex(kernel.shape):
        for weight in range(kernel[at] + 1, _MOST + 1):
            other = kernel.copy()
            other[at] = weight
            if kernel.shape[1] == 1 or not _is_alike(other).any():
                yield other


def _followed(shape: tuple[int, ...], source: np.random.RandomState) -> Numbers:
    """Return numbers without zeros, as different as one digit allows: shuffled from 1 to 9, again and again."""
    count = prod(shape)
    rows = source.rand(-(-count // _MOST), _MOST).argsort(axis=1) + 1
    numbers: Numbers = rows.ravel()[:count].reshape(shape)
    return numbers


def _windows(layer: Layer, channels: int) -> list[Ints]:
    """Return the cells, as row-major indices, of every window that reads any; none if there are too many."""
    size = layer.input_size
    spans = [
        [[at for at in layer.inputs(number, output) if 0 <= at < n] for output in range(made)]
        for number, (n, made) in enumerate(zip(size, layer.output_size, strict=True))
    ]
    if channels * prod(sum(map(len, axis)) for axis in spans) > _MOST_READS:
        return []
    return [np.ravel_multi_index(np.ix_(*window), size).ravel() for window in product(*spans) if all(window)]


def _parted_winners(plane: Ints, windows: list[Ints], source: np.random.RandomState) -> bool:
    """Lower all but one of the largest numbers of each window; return whether there was anything to do."""
    is_changed = False
    for window in windows:
        largest = plane[window].max()
        tied = window[plane[window] == largest]
        if len(tied) > 1:
            winner = tied[source.randint(len(tied))]
            others = tied[tied != winner]
            plane[others] = source.randint(0, max(largest, 1), size=len(others))
            plane[winner] = max(largest, 1)
            is_changed = True
    return is_changed


def _parted_sums(plane: Ints, windows: list[Ints], source: np.random.RandomState) -> bool:
    """Change a number of each window whose sum is that of the window before; return whether there was any."""
    is_changed, before = False, None
    for window in windows:
        if plane[window].sum() == before:
            cell = window[source.randint(len(window))]
            plane[cell] += 1 if plane[cell] < _MOST else -1
            is_changed = True
        before = plane[window].sum()
    return is_changed
