"""Solid blocks of rows × columns × channels in projection: their faces, and blocks within them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from convanim.base.records import dataclass
from convanim.plans.steps import kept
from convanim.views.plane import Plane, Projection
from convanim.views.scene import Points

AWAY = (0.68, -0.4)
"""The offset of a length of 1 away from the viewer, y downward; columns lie along it."""

_ENDS = np.array([(row, column, channel) for row in (0, 1) for column in (0, 1) for channel in (0, 1)], float)
_EDGES = np.array([(one, one | bit) for bit in (1, 2, 4) for one in range(8) if not one & bit])
"""The corners of a block, and those that each of its twelve edges joins."""

_HEXAGON = np.array([[1, 0, 0], [0, 0, 0], [0, 1, 0], [0, 1, 1], [1, 1, 1], [1, 0, 1]], float)
"""The corners that are on the outline, clockwise from the lower left one."""

_ON_FACE = {
    name: (_ENDS[_EDGES][:, :, axis] == end).all(axis=1)
    for name, axis, end in (("top", 0, 0), ("front", 1, 0), ("side", 2, 1))
}
"""Which edges each of the faces that are seen has."""


@dataclass(frozen=True)
class Solid:
    """A block whose rows run down, its channels to the right, and its columns away from the viewer.

    Layers follow each other to the right, so that each is seen from its last
    channel; the faces that are seen are the front (rows × channels, at
    column 0), the top (columns × channels, at row 0) and the side (rows ×
    columns, of the last channel).

    Attributes
    ----------
    corner : (2,) array
        The place of row 0, column 0, channel 0 in the picture, y downward.
    lengths : (float, float, float)
        How long it is along its rows, columns and channels, in cells of the picture.
    away : (float, float)
        The offset of a length of 1 along its columns.
    """

    corner: Points
    lengths: tuple[float, float, float]
    away: tuple[float, float] = AWAY

    def points(self, places: Points) -> Points:
        """Return the points in the picture of (..., 3) places, as fractions of its lengths along each axis."""
        scaled = places * np.array(self.lengths)
        moved: Points = scaled[..., 1:2] * np.array(self.away)
        moved += scaled[..., ::-2]
        moved += self.corner
        return moved

    def moved(self, by: Points) -> Solid:
        """Return the same block at another place."""
        return replace(self, corner=self.corner + by)

    def part(self, starts: tuple[float, float, float], ends: tuple[float, float, float]) -> Solid:
        """Return the block between two corners, given as fractions along each axis."""
        lengths = tuple((end - start) * length for start, end, length in zip(starts, ends, self.lengths, strict=True))
        return Solid(self.points(np.array(starts)), lengths, self.away)  # type: ignore[arg-type]

    @kept
    def front(self, rows: int = 1, channels: int = 1) -> Plane:
        """Return the face at column 0 as a plane of a number of rows and channels."""
        high, _, wide = self.lengths
        return Plane(rows, channels, self.corner, Projection((wide / channels, 0.0), (0.0, high / rows)))

    @kept
    def top(self, columns: int = 1, channels: int = 1) -> Plane:
        """Return the face at row 0 as a plane; its rows are columns of the block, the last of them first."""
        _, far, wide = self.lengths
        down = (-self.away[0] * far / columns, -self.away[1] * far / columns)
        return Plane(columns, channels, self.points(np.array([0, 1, 0])), Projection((wide / channels, 0.0), down))

    @kept
    def side(self, rows: int = 1, columns: int = 1) -> Plane:
        """Return the face of the last channel as a plane of a number of rows and columns."""
        high, far, _ = self.lengths
        across = (self.away[0] * far / columns, self.away[1] * far / columns)
        return Plane(rows, columns, self.points(np.array([0, 0, 1])), Projection(across, (0.0, high / rows)))

    @cached_property
    def hexagon(self) -> Points:
        """The six corners of the outline, clockwise from the lower left one."""
        return self.points(_HEXAGON)

    @property
    def box(self) -> tuple[float, float, float, float]:
        """The left, top, right and bottom of the outline."""
        (left, top), (right, bottom) = self.hexagon.min(axis=0).tolist(), self.hexagon.max(axis=0).tolist()
        return left, top, right, bottom

    def edges(self, *faces: str, others: bool = False, without: Iterable[str] = ()) -> Points:
        """Return the edges, (n, 2, 2), of some faces by name, or all other edges, but none of faces ``without``."""
        chosen = _edges_of(faces)
        found: Points = self.points(_ENDS)[_EDGES[(~chosen if others else chosen) & ~_edges_of(without)]]
        return found

    def folded(self, *faces: str) -> Points:
        """Return all twelve edges, (12, 2, 2); those of no given face are folded into one of their ends."""
        found: Points = self.points(_ENDS)[np.where(_edges_of(faces)[:, None], _EDGES, _EDGES[:, 1:])]
        return found

    @property
    def quads(self) -> Points:
        """The front, the top and the side as (3, 4, 2) corners."""
        whole = np.zeros((1, 2))
        return np.concatenate([face.quads(whole) for face in (self.front(), self.top(), self.side())])


def _edges_of(faces: Iterable[str]) -> NDArray[np.bool_]:
    """Return a mask of the edges of some faces by name."""
    found: NDArray[np.bool_] = np.logical_or.reduce([np.zeros(len(_EDGES), bool), *(_ON_FACE[name] for name in faces)])
    return found
