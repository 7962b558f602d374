"""A plane of cells in a picture, oblique or flat: points of its cells and edges."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convanim.base.records import dataclass
from convanim.views.scene import Points


@dataclass(frozen=True)
class Projection:
    """The offsets from a cell to the next column and the next row in the picture, y downward.

    Unless they are scaled, the two vectors span an area of 1.
    """

    across: tuple[float, float]
    down: tuple[float, float]

    @cached_property
    def ways(self) -> tuple[NDArray[Any], NDArray[Any]]:
        """Both offsets as arrays."""
        return np.array(self.across), np.array(self.down)

    @cached_property
    def square(self) -> Points:
        """The offsets of a cell's corners from its first one, (4, 2)."""
        return self.along(_SQUARE)

    def along(self, places: NDArray[np.generic]) -> Points:
        """Return the offsets of (..., 2) places, (row, column), from the corner of row 0, column 0.

        Not a matrix product, since that may round differently on other machines.
        """
        across, down = self.ways
        steps: Points = places[..., :1] * down + places[..., 1:] * across
        return steps

    def scaled(self, by: float) -> Projection:
        """Return the projection with cells scaled by a factor."""
        return Projection((self.across[0] * by, self.across[1] * by), (self.down[0] * by, self.down[1] * by))


def spots(mask: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return the cells of a mask as (row, column), row by row: `np.argwhere` in a fraction of its time."""
    return np.array(mask.nonzero()).T


OBLIQUE = Projection((1.0, -0.5), (0.7, 0.65))
"""The guide's projection: columns run right and away from the viewer, rows right and towards the viewer."""

FLAT = Projection((1.0, 0.0), (0.0, 1.0))
"""The projection seen from above."""

_SQUARE = np.array([[0, 0], [0, 1], [1, 1], [1, 0]], float)
_SIDES = np.array([[0, 1], [1, 2], [2, 3], [3, 0]])
"""The corners that each side of a square joins."""


@dataclass(frozen=True)
class Plane:
    """A grid of cells that lies in the picture.

    Attributes
    ----------
    rows, columns : int
        The number of rows and columns.
    origin : (2,) array
        The corner of row 0, column 0, y downward, in cells.
    projection : Projection
        The directions of its columns and rows.
    """

    rows: int
    columns: int
    origin: Points
    projection: Projection = OBLIQUE

    @classmethod
    def above(cls, base: Plane, size: tuple[int, int], row: float, column: float, height: float) -> Plane:
        """Return a plane at a height over a base, with its corner over a row and column of it."""
        corner = base.points(np.array([row, column]))
        return cls(*size, corner - [0, height], base.projection)

    @classmethod
    def floating(cls, base: Plane, size: tuple[int, int], box: tuple[int, int, int, int] | None = None) -> Plane:
        """Return a plane over a base, at the least height that hides nothing of it, plus a gap.

        The plane, or a box of it (top, left, bottom, right), is centred, so that each cell
        floats over the middle of its window. The gap is larger over a base of few rows.
        """
        top, left, bottom, right = box or (0, 0, *size)
        row, column = (base.rows - top - bottom) / 2, (base.columns - left - right) / 2
        resting = cls.above(base, size, row, column, 0)
        return cls.above(base, size, row, column, resting.rise_over(base) + 1 + 2 / base.rows)

    def points(self, places: NDArray[np.generic]) -> Points:
        """Return the points in the picture of (..., 2) places given as (row, column)."""
        return self.projection.along(places) + self.origin

    def places(self, points: Points) -> Points:
        """Return the (row, column) of points of the picture that lie in this plane."""
        right, low = (points - self.origin).T
        across, down = self.projection.across, self.projection.down
        area = across[0] * down[1] - across[1] * down[0]
        return np.stack([low * across[0] - right * across[1], right * down[1] - low * down[0]], axis=1) / area

    def quads(self, cells: NDArray[np.generic]) -> Points:
        """Return the (n, 4, 2) corners of cells given as (row, column)."""
        return self.points(cells)[:, None] + self.projection.square

    def outline(self, top: float, left: float, bottom: float, right: float) -> Points:
        """Return the four sides of a rectangle of cells as (4, 2, 2) segments."""
        corners = self.points(np.array([[top, left], [top, right], [bottom, right], [bottom, left]]))
        sides: Points = corners[_SIDES]
        return sides

    def rectangle(self, top: float, left: float, bottom: float, right: float) -> Points:
        """Return the four corners of a rectangle of cells."""
        return self.points(np.array([[top, left], [bottom, left], [bottom, right], [top, right]]))

    def edges(self, mask: NDArray[np.bool_], top: int = 0, left: int = 0) -> Points:
        """Return every edge of the cells in a mask, each once, as (n, 2, 2) segments.

        Parameters
        ----------
        mask : (rows, columns) array of bool
            The cells.
        top, left : int
            The row and column of the mask's first cell in the plane.
        """
        level = np.zeros((mask.shape[0] + 1, mask.shape[1]), bool)
        level[:-1] |= mask
        level[1:] |= mask
        upright = np.zeros((mask.shape[0], mask.shape[1] + 1), bool)
        upright[:, :-1] |= mask
        upright[:, 1:] |= mask
        across, down = self.projection.ways
        first, second = spots(level), spots(upright)
        segments = np.empty((len(first) + len(second), 2, 2))
        starts, ends = segments[:, 0], segments[:, 1]
        starts[:] = self.projection.along(np.concatenate([first, second]))
        ends[: len(first)] = starts[: len(first)] + across
        ends[len(first) :] = starts[len(first) :] + down
        segments += self.points(np.array([top, left]))
        return segments

    def corners(self) -> Points:
        """Return the four corners of the whole plane."""
        return self.points(_SQUARE * [self.rows, self.columns])

    def rise_over(self, base: Plane) -> float:
        """Return how far this plane must rise in the picture to just clear a base."""
        left, far, right = base.corners()[[0, 1, 2]]
        start, near, end = self.corners()[[0, 3, 2]]
        first, last = max(left[0], start[0]), min(right[0], end[0])
        # Both borders are straight between these places, so the overlap is largest at one of them.
        places = np.clip([first, far[0], near[0], last], first, last)
        top = np.interp(places, [left[0], far[0], right[0]], [left[1], far[1], right[1]])
        bottom = np.interp(places, [start[0], near[0], end[0]], [start[1], near[1], end[1]])
        return float((bottom - top).max())

    def hidden_from(self, starts: Points, ends: Points) -> NDArray[np.float64]:
        """Return the fraction of each ray's length at which it passes behind this plane.

        Parameters
        ----------
        starts, ends : (n, 2) array
            The starts of the rays, below, and their ends, on this plane.

        Returns
        -------
        (n,) array
            The fractions; 1 where the whole ray is visible.
        """
        a, b = self.places(starts), self.places(ends)
        with np.errstate(divide="ignore", invalid="ignore"):
            first = -a / (b - a)
            last = ([self.rows, self.columns] - a) / (b - a)
        enter = np.where(a == b, 0.0, np.minimum(first, last))
        fractions: NDArray[np.float64] = np.clip(enter.max(axis=1), 0.0, 1.0)
        return fractions
