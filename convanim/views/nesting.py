"""Slanted sheets side by side: how they nest, and the floors and kernels that they make up."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from convanim.views.plane import OBLIQUE, Plane

Sheaf = tuple[int, int]
"""A channel, and a slice along the depth of it."""


def chord(rows: int, columns: int) -> float:
    """Return the greatest width of a sheet along a level line: how far apart nested sheets must stand."""
    return rows * columns / max(0.5 * columns, 0.65 * rows)


def lean(rows: int, columns: int) -> float:
    """Return how far to the right the strip that a sheet takes in its row goes for each cell down."""
    return -2.0 if 0.5 * columns > 0.65 * rows else 0.7 / 0.65


def across(rows: int, columns: int) -> float:
    """Return how wide a sheet is from its left corner to its right one."""
    return columns + 0.7 * rows


def resting(rows: int, columns: int, middle: float, level: float, scale: float = 1.0) -> Plane:
    """Return a sheet whose middle is over a place, with its left corner at a level."""
    wide = across(rows, columns)
    return Plane(rows, columns, np.array([middle - wide * scale / 2, level]), OBLIQUE.scaled(scale))


@dataclass(frozen=True)
class Floor:
    """The planes of one floor.

    Attributes
    ----------
    rows, columns : int
        Cells of each plane.
    level : float
        Height of the planes' left corners in the picture, y downward.
    places : dict of (int, int) to float
        The middle of each channel and slice that is drawn.
    gaps : tuple of (float, int)
        The middle of each ellipsis, and how many channels, or groups, it stands for.
    """

    rows: int
    columns: int
    level: float
    places: dict[Sheaf, float]
    gaps: tuple[tuple[float, int], ...]

    @property
    def top(self) -> float:
        """The far corners' height."""
        return self.level - 0.5 * self.columns

    @property
    def bottom(self) -> float:
        """The near corners' height."""
        return self.level + 0.65 * self.rows

    def plane(self, sheaf: Sheaf) -> Plane:
        """Return where a channel's plane lies."""
        return resting(self.rows, self.columns, self.places[sheaf], self.level)

    def middle(self, channel: int) -> float:
        """Return the middle of all slices of a channel."""
        own = [x for (one, _), x in self.places.items() if one == channel]
        return sum(own) / len(own)


@dataclass(frozen=True)
class Slices:
    """A kernel as a row of slices, one for each drawn channel that it reads, and each of its own depth.

    Attributes
    ----------
    planes : dict of (int, int) to Plane
        The slice of each input channel and depth.
    gaps : tuple of (float, float)
        Where an ellipsis stands for those between.
    """

    planes: dict[Sheaf, Plane]
    gaps: tuple[tuple[float, float], ...]
