"""Where ONNX's Resize reads: the size that it makes, and the cells that its outputs are made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor

import numpy as np

COORDINATES, ROUNDING = "half_pixel", "round_prefer_floor"
"""How a Resize aligns and rounds that does not say it."""

OLD_COORDINATES, OLD_ROUNDING = "asymmetric", "floor"
"""The same of an Upsample, and of a Resize before both could be said."""

_HALF = Fraction(1, 2)

ROUNDINGS: Mapping[str, Callable[[Fraction], int]] = {
    "floor": floor,
    "ceil": ceil,
    "round_prefer_floor": lambda place: ceil(place - _HALF),
    "round_prefer_ceil": lambda place: floor(place + _HALF),
}
"""The cell that a place between cells is rounded to, by ``nearest_mode``."""


def resized(size: int, scale: float) -> int:
    """Return how many cells become of some, as frameworks compute it: of the product in single precision.

    Examples
    --------
    >>> resized(5, 1.4), resized(100, 1.9999999)
    (7, 199)
    """
    with np.errstate(over="ignore"):
        return int(np.float32(size) * np.float32(scale))


@dataclass(frozen=True)
class Resampling:
    """A change of size along one axis.

    Attributes
    ----------
    before, after : int
        Cells of the input and the output.
    scale : Fraction
        By how much the axis becomes longer, before that is rounded.
    coordinates, rounding : str
        ``coordinate_transformation_mode`` and ``nearest_mode``, in ONNX's words.
    """

    before: int
    after: int
    scale: Fraction
    coordinates: str = COORDINATES
    rounding: str = ROUNDING

    @property
    def line(self) -> tuple[Fraction, Fraction] | None:
        """The place in the input of the first output, and the step to the next; None where that is not known."""
        step = 1 / self.scale
        if self.coordinates == "align_corners":
            return Fraction(0), Fraction(self.before - 1, max(self.after - 1, 1))
        if self.coordinates == "asymmetric" or (self.coordinates == "pytorch_half_pixel" and self.after == 1):
            return Fraction(0), step
        if self.coordinates in ("half_pixel", "pytorch_half_pixel"):
            return step / 2 - _HALF, step
        if self.coordinates == "half_pixel_symmetric":
            return step / 2 - _HALF + Fraction(self.before, 2) * (1 - self.after * step / self.before), step
        return (step / 2, step) if self.coordinates == "tf_half_pixel_for_nn" else None

    def nearest(self, place: Fraction) -> int:
        """Return the cell that a place between cells is rounded to, as if the axis had no ends."""
        return ROUNDINGS[self.rounding](place)

    @property
    def copies(self) -> bool:
        """Whether rounding makes of every cell the same number of copies beside each other."""
        if self.line is None or self.scale.denominator > 1 or self.after != self.before * self.scale:
            return False
        (start, step), factor = self.line, int(self.scale)
        # Places move on evenly, so that what holds at both ends and beside them holds between them.
        cells = range(self.before)
        ends = [(cell, cell * factor + more) for cell in {*cells[:2], *cells[-2:]} for more in (0, factor - 1)]
        return all(min(max(self.nearest(start + step * output), 0), cells[-1]) == cell for cell, output in ends)
