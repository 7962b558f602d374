"""A plane of cells in a picture, oblique or flat: cells and edges as points."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from convanim.views.scene import Points


@dataclass(frozen=True)
class Projection:
    """Where the next column and the next row are, from a cell, in the picture with y downward.

    Unless they are scaled, the two vectors span an area of 1.
    """

    across: tuple[float, float]
    down: tuple[float, float]

    def scaled(self, by: float) -> Projection:
        """Return the projection of cells that are larger or smaller."""
        return Projection((self.across[0] * by, self.across[1] * by), (self.down[0] * by, self.down[1] * by))


OBLIQUE = Projection((1.0, -0.5), (0.7, 0.65))
"""The guide's: columns to the right and away from the viewer, rows to the right and near."""

FLAT = Projection((1.0, 0.0), (0.0, 1.0))
"""Looked at from above."""

_SQUARE = np.array([[0, 0], [0, 1], [1, 1], [1, 0]], float)


@dataclass(frozen=True)
class Plane:
    """A grid of cells that lies in the picture.

    Attributes
    ----------
    rows, columns : int
        Its cells.
    origin : (2,) array
        Where the corner of row 0, column 0 is, y downward, in cells.
    projection : Projection
        How it lies.
    """

    rows: int
    columns: int
    origin: Points
    projection: Projection = OBLIQUE

    @classmethod
    def above(cls, base: Plane, size: tuple[int, int], row: float, column: float, height: float) -> Plane:
        """Return a plane at a height over a base, with its corner over that row and column."""
        corner = base.points(np.array([row, column]))
        return cls(*size, corner - [0, height], base.projection)

    @classmethod
    def floating(cls, base: Plane, size: tuple[int, int], box: tuple[int, int, int, int] | None = None) -> Plane:
        """Return a plane over a base, at the least height that hides nothing of it and leaves some air.

        It is centred, or a box of it (top, left, bottom, right) is; a cell then
        floats over the middle of its window. A low base needs more air.
        """
        top, left, bottom, right = box or (0, 0, *size)
        row, column = (base.rows - top - bottom) / 2, (base.columns - left - right) / 2
        resting = cls.above(base, size, row, column, 0)
        return cls.above(base, size, row, column, resting.rise_over(base) + 1 + 2 / base.rows)

    def points(self, places: NDArray[np.generic]) -> Points:
        """Return the picture's points of (..., 2) places given as (row, column)."""
        return self._along(places) + self.origin

    def places(self, points: Points) -> Points:
        """Return the (row, column) of points of the picture that lie in this plane."""
        right, low = (points - self.origin).T
        across, down = self.projection.across, self.projection.down
        area = across[0] * down[1] - across[1] * down[0]
        return np.stack([low * across[0] - right * across[1], right * down[1] - low * down[0]], axis=1) / area

    def quads(self, cells: NDArray[np.generic]) -> Points:
        """Return the (n, 4, 2) corners of cells given as (row, column)."""
        return self.points(cells)[:, None] + self._along(_SQUARE)

    def outline(self, top: float, left: float, bottom: float, right: float) -> Points:
        """Return the four sides of a rectangle of cells as (4, 2, 2) segments."""
        corners = self.points(np.array([[top, left], [top, right], [bottom, right], [bottom, left]]))
        return np.stack([corners, np.roll(corners, -1, axis=0)], axis=1)

    def edges(self, mask: NDArray[np.bool_], top: int = 0, left: int = 0) -> Points:
        """Return every edge of the cells in a mask, each once, as (n, 2, 2) segments.

        Parameters
        ----------
        mask : (rows, columns) array of bool
            Which cells.
        top, left : int
            Where in the plane the mask's first cell is.
        """
        level = np.zeros((mask.shape[0] + 1, mask.shape[1]), bool)
        level[:-1] |= mask
        level[1:] |= mask
        upright = np.zeros((mask.shape[0], mask.shape[1] + 1), bool)
        upright[:, :-1] |= mask
        upright[:, 1:] |= mask
        corner = self.points(np.array([top, left]))
        starts = [self._along(np.argwhere(level)), self._along(np.argwhere(upright))]
        ends = [starts[0] + self.projection.across, starts[1] + self.projection.down]
        segments: Points = corner + np.stack([np.concatenate(starts), np.concatenate(ends)], axis=1)
        return segments

    def corners(self) -> Points:
        """Return the four corners of the whole plane."""
        return self.points(_SQUARE * [self.rows, self.columns])

    def rise_over(self, base: Plane) -> float:
        """Return how far this plane must rise in the picture until it touches a base from above."""
        left, far, right = base.corners()[[0, 1, 2]]
        start, near, end = self.corners()[[0, 3, 2]]
        first, last = max(left[0], start[0]), min(right[0], end[0])
        # Between these places both borders are straight, so the worst is at one of them.
        places = np.clip([first, far[0], near[0], last], first, last)
        top = np.interp(places, [left[0], far[0], right[0]], [left[1], far[1], right[1]])
        bottom = np.interp(places, [start[0], near[0], end[0]], [start[1], near[1], end[1]])
        return float((bottom - top).max())

    def hidden_from(self, starts: Points, ends: Points) -> NDArray[np.float64]:
        """Return, a ray, the fraction of its way at which it passes behind this plane.

        Parameters
        ----------
        starts, ends : (n, 2) array
            Where the rays begin, below, and where they end, on this plane.

        Returns
        -------
        (n,) array
            1 where the whole ray is in sight.
        """
        a, b = self.places(starts), self.places(ends)
        with np.errstate(divide="ignore", invalid="ignore"):
            first = -a / (b - a)
            last = ([self.rows, self.columns] - a) / (b - a)
        enter = np.where(a == b, 0.0, np.minimum(first, last))
        fractions: NDArray[np.float64] = np.clip(enter.max(axis=1), 0.0, 1.0)
        return fractions

    def _along(self, places: NDArray[np.generic]) -> Points:
        """Return (..., 2) places, (row, column), from the plane's corner.

        Written out, since a library's matrix product may round differently elsewhere.
        """
        steps: Points = places[..., :1] * np.array(self.projection.down) + places[..., 1:] * np.array(
            self.projection.across
        )
        return steps
