"""Median pooling: an operation that convanim does not have, in one file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from convanim.base.options import Padding, Size
from convanim.layers.axis import Axis
from convanim.layers.pool import Pool
from convanim.layers.rules import Rule, Taps


def median(taps: Taps) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """Return the median of what each window reads."""
    values, there = (np.stack(found) for found in zip(*taps, strict=True))
    seen: NDArray[np.bool_] = np.logical_or.reduce(there)
    read = np.where(there | ~seen, values.astype(float), np.nan)
    return np.nanmedian(read, axis=0), seen


@dataclass(frozen=True, init=False)
class MedianPool(Pool):
    """Pooling that takes the median of each window, padding left out.

    Parameters
    ----------
    input_size, kernel_size, stride, padding, ceil_mode, channels
        As for max pooling.
    """

    operation: ClassVar[str] = "median_pool"
    title: ClassVar[str] = "median pooling"
    short_title: ClassVar[str] = "median pool"
    taken: ClassVar[str] = "median"
    rule: ClassVar[Rule] = Rule(
        "median",
        heading="median of each window",
        combine=median,
        sign="median",
        taken="median",
        ignored="left out",
    )

    def __init__(
        self,
        input_size: Size,
        kernel_size: Size,
        stride: Size | None = None,
        padding: Padding = 0,
        ceil_mode: bool = False,
        channels: int = 1,
    ) -> None:
        self._set_window(input_size, kernel_size, stride, padding, ceil_mode, channels)
        self._refuse_unfit()

    @property
    def axes(self) -> tuple[Axis, ...]:
        """The layer's geometry, axis by axis."""
        return self._windows((1,) * self.dims)
