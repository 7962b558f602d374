"""Slanted sheets side by side: how closely they nest, and the floors and kernels made of them."""

from __future__ import annotations

import numpy as np

from convanim.base.records import dataclass
from convanim.views.plane import OBLIQUE, Plane

Sheaf = tuple[int, int]
"""A channel, and one of its depth slices."""


def chord(rows: int, columns: int) -> float:
    """Return a sheet's greatest width along a horizontal line: the least distance between nested sheets."""
    return rows * columns / max(0.5 * columns, 0.65 * rows)


def lean(rows: int, columns: int) -> float:
    """Return how far the band that a sheet fills moves to the right for each cell down."""
    return -2.0 if 0.5 * columns > 0.65 * rows else 0.7 / 0.65


def across(rows: int, columns: int) -> float:
    """Return the width of a sheet from its left corner to its right one."""
    return columns + 0.7 * rows


def resting(rows: int, columns: int, middle: float, level: float, scale: float = 1.0) -> Plane:
    """Return a sheet centred on the x position ``middle``, with its left corner at a height."""
    wide = across(rows, columns)
    return Plane(rows, columns, np.array([middle - wide * scale / 2, level]), OBLIQUE.scaled(scale))


@dataclass(frozen=True)
class Floor:
    """The planes of one floor.

    Attributes
    ----------
    rows, columns : int
        The number of cells of each plane.
    level : float
        The height of the planes' left corners in the picture, y downward.
    places : dict of (int, int) to float
        The middle of each drawn channel and slice.
    gaps : tuple of (float, int)
        The middle of each ellipsis, and how many channels or groups it stands for.
    """

    rows: int
    columns: int
    level: float
    places: dict[Sheaf, float]
    gaps: tuple[tuple[float, int], ...]

    @property
    def top(self) -> float:
        """The height of the far corners."""
        return self.level - 0.5 * self.columns

    @property
    def bottom(self) -> float:
        """The height of the near corners."""
        return self.level + 0.65 * self.rows

    def plane(self, sheaf: Sheaf) -> Plane:
        """Return the plane of a channel's slice."""
        return resting(self.rows, self.columns, self.places[sheaf], self.level)

    def middle(self, channel: int) -> float:
        """Return the middle of all slices of a channel."""
        own = [x for (one, _), x in self.places.items() if one == channel]
        return sum(own) / len(own)


@dataclass(frozen=True)
class Slices:
    """A kernel as a row of slices, one for each depth of each drawn channel that it reads.

    Attributes
    ----------
    planes : dict of (int, int) to Plane
        The slice of each input channel and depth.
    gaps : tuple of (float, float)
        The positions of ellipses for slices that are not drawn.
    """

    planes: dict[Sheaf, Plane]
    gaps: tuple[tuple[float, float], ...]
