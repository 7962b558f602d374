"""What Keras computes by words: the padding of windows, and the ways of interpolation."""

from __future__ import annotations

from typing import Any

from convanim.base.options import Pair
from convanim.frameworks.interpolation import KEYS
from convanim.layers import Conv

MODES: dict[str, dict[str, Any]] = {
    "nearest": {"mode": "nearest"},
    "bilinear": {"mode": "bilinear"},
    "bicubic": {"mode": "bicubic", **KEYS},
    "lanczos3": {"mode": "lanczos3", "exclude_outside": True},
    "lanczos5": {"mode": "lanczos5", "exclude_outside": True},
}
"""The ways of interpolation by Keras' words, as TensorFlow and JAX compute them."""


def transposed_ends(kernel: int, stride: int, dilation: int, padding: str, output_padding: int | None) -> Pair:
    """Return the cells that Keras' transposed convolution crops from both ends of the full output of one axis.

    The second number is negative if cells are added, which are always fewer
    than the stride.

    Notes
    -----
    Keras computes the output's size first. For ``same`` it is n·s, or
    (n − 1)·s + k mod 2 + a if an output padding a is given; for ``valid`` it
    is (n − 1)·s + max(k, s), or (n − 1)·s + k + a; k is the dilated kernel
    size. Crops are split between the ends, with the odd cell at the end; see
    ``backend_utils`` of Keras 3.
    """
    reach = dilation * (kernel - 1) + 1
    if padding == "valid":
        added = max(stride - reach, 0) if output_padding is None else output_padding
        return 0, -added
    around = stride + reach - 2 if output_padding is None else reach + reach % 2 - 2 + output_padding
    before = min(around // 2 + around % 2, reach - 1)
    return reach - 1 - before, reach - 1 - (around - before)


def same_pairs(size: tuple[int, ...], kernel: tuple[int, ...], stride: tuple[int, ...]) -> tuple[Pair, ...]:
    """Return the padding for one output per stride, with the odd cell at the end."""
    return Conv(size, kernel, stride, "same-upper").padding
