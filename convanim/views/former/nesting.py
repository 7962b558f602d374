"""Slanted sheets side by side: how they nest, and the floors and kernels that they make up."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from convanim.views.former.plane import OBLIQUE, Plane


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
    places : dict of int to float
        The middle of each channel that is drawn.
    gaps : tuple of (float, int)
        The middle of each ellipsis, and how many channels, or groups, it stands for.
    """

    rows: int
    columns: int
    level: float
    places: dict[int, float]
    gaps: tuple[tuple[float, int], ...]

    @property
    def top(self) -> float:
        """The far corners' height."""
        return self.level - 0.5 * self.columns

    @property
    def bottom(self) -> float:
        """The near corners' height."""
        return self.level + 0.65 * self.rows

    def plane(self, channel: int) -> Plane:
        """Return where a channel's plane lies."""
        return resting(self.rows, self.columns, self.places[channel], self.level)


@dataclass(frozen=True)
class Slices:
    """A kernel as a row of slices, one for each drawn channel that it reads.

    Attributes
    ----------
    planes : dict of int to Plane
        The slice of each input channel.
    gaps : tuple of (float, float)
        Where an ellipsis stands for those between.
    """

    planes: dict[int, Plane]
    gaps: tuple[tuple[float, float], ...]
