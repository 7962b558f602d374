"""Rays from a window to its output cell: their outermost ones, and where they are hidden, faint or left out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from convanim.base.records import dataclass
from convanim.views.lettering import Lettering
from convanim.views.plane import Plane
from convanim.views.scene import Points

_AIR = 0.09
"""The gap between a ray and a word, in cells."""

_SHORTEST = 1.0
"""The shortest piece of a ray beside a word, in cells; shorter ones would look like scratches."""

_CRUMB = 0.35
"""The same between the numbers of a plane in the guide's style."""

_NOTHING = 1e-6
"""The fraction of a ray below which a piece of it is none."""


def broken(rays: Points, plane: Plane, lettering: Lettering | None, written: NDArray[np.bool_]) -> Points:
    """Return rays, (n, 2, 2), without the parts that cross the words of a plane.

    Parameters
    ----------
    rays : (n, 2, 2) array
        Both ends of each ray.
    plane : Plane
        The plane of the words.
    lettering : Lettering or None
        The words.
    written : (rows, columns) array of bool
        A mask of the cells whose words are shown.
    """
    if lettering is None or not written.any():
        return rays
    cells, ends = np.argwhere(written), np.array([lettering.at, lettering.resting or lettering.at])
    half = np.array([0.42 * lettering.size, 0.5 * min(lettering.widest * lettering.size, 1.0)])
    ways = plane.places(rays.reshape(-1, 2)).reshape(-1, 2, 2)
    low, high = cells + ends.min(axis=0) - half, cells + ends.max(axis=0) + half
    return _cut(rays, ways, low - _AIR, high + _AIR, _CRUMB)


def parted(starts: Points, ends: Points, edge: float) -> tuple[Points, Points]:
    """Return rays to the right in two parts, (n, 2, 2) each: up to a vertical line, and past it."""
    border = starts + (ends - starts) * ((edge - starts[:, :1]) / (ends - starts)[:, :1])
    return np.stack([starts, border], axis=1), np.stack([border, ends], axis=1)


def around(rays: Points, boxes: Points) -> Points:
    """Return rays without the parts that cross boxes, (n, 4) as left, top, right and bottom."""
    return _cut(rays, rays, boxes[:, :2] - _AIR, boxes[:, 2:] + _AIR, _SHORTEST)


def _cut(rays: Points, ways: Points, low: Points, high: Points, least: float = 0.0) -> Points:
    """Return the parts of rays that lie in no box, without those that boxes leave shorter than ``least``."""
    enter, leave = _within(ways, low, high)
    hit = (enter < leave) & (leave > 0) & (enter < 1)
    wholes = _whole(rays)
    if not hit.any():
        return wholes
    pieces: list[Points] = []
    for ray, whole, first, last, hits in zip(rays, wholes, enter, leave, hit, strict=True):
        if not hits.any():
            pieces.append(whole)
            continue
        shortest = least / max(float(np.linalg.norm(ray[1] - ray[0])), 1e-9)
        parts = [(a, b) for a, b in _gaps(first[hits], last[hits]) if b - a >= shortest]
        pieces += [ray[0] + (ray[1] - ray[0]) * np.array([[a], [b]]) for a, b in parts]
    return np.array(pieces).reshape(-1, 2, 2)


def _whole(rays: Points) -> Points:
    """Return whole rays, rounded as their parts are."""
    found: Points = rays[:, :1] + (rays[:, 1:] - rays[:, :1]) * np.array([[0.0], [1.0]])
    return found


def _within(ways: Points, low: Points, high: Points) -> tuple[Points, Points]:
    """Return the fractions of each way, (n, 2, 2), at which it enters and leaves each of m boxes, both (n, m)."""
    starts = ways[:, None, 0]
    along = np.where(ways[:, 1] == ways[:, 0], 1e-12, ways[:, 1] - ways[:, 0])[:, None]
    one, other = (low - starts) / along, (high - starts) / along
    return np.minimum(one, other).max(axis=2), np.maximum(one, other).min(axis=2)


def _gaps(enter: Points, leave: Points) -> list[tuple[float, float]]:
    """Return the parts of the interval from 0 to 1 that no given interval covers."""
    parts, at = [], 0.0
    for first, last in sorted(zip(enter.tolist(), leave.tolist(), strict=True)):
        if first > at:
            parts.append((at, first))
        at = max(at, last)
    return [*parts, (at, 1.0)] if at < 1 else parts


@dataclass(frozen=True, eq=False)
class Grounds:
    """Planes over which rays are faint, side by side in arrays of (m, 2)."""

    origins: Points
    across: Points
    down: Points
    sizes: Points

    @classmethod
    def of(cls, planes: Sequence[Plane]) -> Grounds:
        """Return the grounds that some planes are."""
        columns = (
            [plane.origin for plane in planes],
            [plane.projection.across for plane in planes],
            [plane.projection.down for plane in planes],
            [(plane.rows, plane.columns) for plane in planes],
        )
        return cls(*(np.array(column, float).reshape(-1, 2) for column in columns))

    def parted(self, rays: Points) -> tuple[Points, Points]:
        """Return the parts of rays, (n, 2, 2), that lie over no plane, and those that lie over one."""
        x, y = np.moveaxis(rays[:, None] - self.origins[:, None], -1, 0)
        (right, up), (along, low) = self.across.T[..., None], self.down.T[..., None]
        ways = np.stack([y * right - x * up, x * low - y * along], axis=-1) / (right * low - up * along)[..., None]
        lengths = np.where(ways[:, :, 1] == ways[:, :, 0], 1e-12, ways[:, :, 1] - ways[:, :, 0])
        one, other = -ways[:, :, 0] / lengths, (self.sizes - ways[:, :, 0]) / lengths
        enter = np.clip(np.minimum(one, other).max(axis=2), 0, 1)
        leave = np.clip(np.maximum(one, other).min(axis=2), 0, 1)
        clear: list[Points] = []
        over: list[Points] = []
        for ray, met, first, last in zip(rays, enter < leave, enter, leave, strict=True):
            gaps = _gaps(first[met], last[met]) if met.any() else [(0.0, 1.0)]
            ends = [0.0, *(end for gap in gaps for end in gap), 1.0]
            for parts, pieces in ((clear, gaps), (over, zip(ends[::2], ends[1::2], strict=True))):
                parts += [ray[0] + (ray[1] - ray[0]) * np.array([[a], [b]]) for a, b in pieces if b - a > _NOTHING]
        return np.array(clear).reshape(-1, 2, 2), np.array(over).reshape(-1, 2, 2)


def silhouette(window: Points, cell: Points) -> Points:
    """Return the two outermost rays, (2, 2, 2), between the corners of a window and its cell, in the same order.

    A window as large as the cell has a single ray, (1, 2, 2), from middle to middle.
    """
    sides = np.ptp(window, axis=0), np.ptp(cell, axis=0)
    ways = cell.mean(axis=0) - window.mean(axis=0)
    if np.allclose(*sides):
        return np.stack([window.mean(axis=0), cell.mean(axis=0)])[None]
    across = window @ np.array([-ways[1], ways[0]])
    ends = [int(across.argmin()), int(across.argmax())]
    return np.stack([window[ends], cell[ends]], axis=1)


def in_sight(rays: Points, planes: Iterable[Plane]) -> Points:
    """Return the parts of rays, (n, 2, 2), that no plane above them hides."""
    for plane in planes:
        ways = plane.places(rays.reshape(-1, 2)).reshape(-1, 2, 2)
        rays = _cut(rays, ways, np.zeros((1, 2)), np.array([[plane.rows, plane.columns]]))
    return rays
