"""Rays from a window to its output cell: their outermost ones, what covers them, and gaps at words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import compress

import numpy as np
from numpy.typing import NDArray

from convanim.views.lettering import Lettering
from convanim.views.plane import Plane
from convanim.views.points import discs
from convanim.views.scene import Key, Lines, Points, Shape, Shapes

_AIR = 0.09
"""The gap between a ray and a word, in cells."""

_SHORTEST = 1.0
"""The shortest piece of a ray beside a word, in cells; shorter ones would look like scratches."""

_CRUMB = 0.35
"""The same between the numbers of a plane in the guide's style."""

_ALONG, _BESIDE = 0.07, 0.12
"""How much the directions of a ray and a grid line may differ, as a sine, for it to be moved, and how far, in cells."""

_INWARD = 0.22
"""How far rays of single cells start within these, as a share of the way from their far corner to their middle."""

_PIN, _PIN_OF_WIDTH = 0.09, 0.0028
"""The radius of the dot at an end of a ray, in cells; and the least, as a share of the width of a picture."""

_NEAR = 1e-9
"""Smaller differences count as zero."""

_ALIKE = 1e-6
"""How much the sides of windows and cells of one size may differ, in cells."""


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


def outside(rays: Points, end: Plane) -> Points:
    """Return the part of each ray, (n, 2, 2), that is not behind the plane that it ends on."""
    starts, ends = rays[:, 0], rays[:, 1]
    parts = end.hidden_from(starts, ends)[:, None]
    return np.stack([starts, starts + (ends - starts) * parts], axis=1)


def beams(ends: Iterable[Sequence[Points]], key: Key, between_middles: bool = False) -> Shapes:
    """Return the rays between the left and the right corners of windows and of the cells made of them.

    They are of one tone from end to end, since parts of several look like lines
    in pieces. Rays ``between_middles`` lead from cell to cell, in which nothing
    is written; several from single cells lead to one corner. Behind a window
    and its cell may stand the corners of their planes.
    """
    every = list(ends)
    if between_middles:
        rays = [np.stack([window.mean(axis=0), cell.mean(axis=0)])[None] for window, cell, *_ in every]
    elif len(every) > 1 and all(_are_alike(window, cell) for window, cell, *_ in every):
        rays = [_to_near_corner(window, cell)[None] for window, cell, *_ in every]
    else:
        rays = [silhouette(*one) for one in every]
    return (Lines("ray", np.concatenate(rays), key=key),) if rays else ()


def between_rays(cell: Points, window: Points, height: float) -> tuple[Points, float]:
    """Return the point between the rays from a window to a cell at a height of the picture, and how wide it is there.

    Both are given by the corners of their rectangles, (4, 2).
    """
    (middle, away), (wide, read) = np.stack([cell, window]).mean(axis=1), np.ptp([cell, window], axis=1)[:, 0]
    share = (height - middle[1]) / (away[1] - middle[1])
    return middle + share * (away - middle), float(wide + share * (read - wide))


def pinned(rays: Shapes, wide: float = 0.0) -> Shapes:
    """Return rays with a dot at both ends of each, since their lines can hardly be seen over some cells.

    In a picture that is ``wide`` cells wide, dots are large enough to be seen.
    """
    found: list[Shape] = [*rays]
    for ray in rays:
        if isinstance(ray, Lines) and ray.key is not None:
            found += pins(ray.segments, ray.key, max(_PIN, _PIN_OF_WIDTH * wide))
    return tuple(found)


def pins(rays: Points, key: Key, radius: float = _PIN) -> Shapes:
    """Return a dot at both ends of each ray, (n, 2, 2), given the key of the rays."""
    return discs("pin", rays.reshape(-1, 2), radius, replace(key, what="pin"), sides=8)


def clear(rays: Points, outlines: Points) -> Points:
    """Return the parts of rays outside some outlines, (n, 2, 2).

    Parameters
    ----------
    rays : (n, 2, 2) array
        Both ends of each ray.
    outlines : (m, k, 2) array
        The corners of each, clockwise.
    """
    seen: list[Points] = []
    for ray in rays:
        ends, start = ray[1] - ray[0], 0.0
        for enter, leave in _covered(ray, outlines):
            if enter > start + _NEAR:
                seen.append(ray[0] + ends * [[start], [enter]])
            start = max(start, leave)
        if start < 1 - _NEAR:
            seen.append(ray[0] + ends * [[start], [1.0]])
    return np.array(seen).reshape(-1, 2, 2)


def without_stubs(edges: Points, outline: Points) -> Points:
    """Return the parts outside an outline, (k, 2), of edges of cells, (n, 2, 2), that lead on a whole edge or are one.

    Other parts are shorter than any edge, and would look like scratches.
    """
    parts = [clear(edge[None], outline[None]) for edge in edges]
    whole = [len(part) == 1 and np.allclose(part, edge) for part, edge in zip(parts, edges, strict=True)]
    others = edges[whole]
    stays = (is_whole or _leads_on(edge, others) for edge, is_whole in zip(edges, whole, strict=True))
    return np.concatenate([np.empty((0, 2, 2)), *compress(parts, stays)])


def _leads_on(edge: Points, others: Points) -> bool:
    """Return whether an edge, (2, 2), is parallel to any other one, (n, 2, 2), that begins or ends where it does."""
    way, ways = edge[1] - edge[0], others[:, 1] - others[:, 0]
    is_parallel = abs(ways[:, 0] * way[1] - ways[:, 1] * way[0]) < _ALIKE
    is_met = (abs(others[:, :, None] - edge) < _ALIKE).all(axis=-1).sum(axis=(1, 2)) == 1
    return bool((is_parallel & is_met).any())


def _covered(ray: Points, outlines: Points) -> list[tuple[float, float]]:
    """Return the interval of a ray, within 0 to 1, inside each outline that it meets, in order."""
    if not len(outlines):
        return []
    sides = np.roll(outlines, -1, axis=1) - outlines
    way, away = ray[1] - ray[0], ray[0] - outlines
    # How far inside each side the ray starts, and how fast that grows along it.
    inside = sides[..., 0] * away[..., 1] - sides[..., 1] * away[..., 0]
    growth = sides[..., 0] * way[1] - sides[..., 1] * way[0]
    with np.errstate(divide="ignore", invalid="ignore"):
        crossing = -inside / growth
    enter = np.where(growth > 0, crossing, 0.0).max(axis=1)
    leave = np.where(growth < 0, crossing, 1.0).min(axis=1)
    outside = ((growth == 0) & (inside <= 0)).any(axis=1)
    enter, leave = np.clip(enter, 0.0, 1.0), np.clip(leave, 0.0, 1.0)
    met = ~outside & (leave - enter > _NEAR)
    return sorted(zip(enter[met].tolist(), leave[met].tolist(), strict=True))


def around(rays: Points, boxes: Points) -> Points:
    """Return rays without the parts that cross boxes, (n, 4) as left, top, right and bottom."""
    return _cut(rays, rays, boxes[:, :2] - _AIR, boxes[:, 2:] + _AIR, _SHORTEST, keeps_ends=True)


def _cut(rays: Points, ways: Points, low: Points, high: Points, least: float = 0.0, keeps_ends: bool = False) -> Points:
    """Return the parts of rays that lie in no box, without those that boxes leave shorter than ``least``."""
    enter, leave = within(ways[:, None], low, high)
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
        # Without its ends, a ray would seem to lead to the word before its cell.
        parts = [
            (a, b)
            for a, b in _gaps(first[hits], last[hits])
            if b - a >= shortest or (keeps_ends and (a == 0 or b == 1))
        ]
        pieces += [ray[0] + (ray[1] - ray[0]) * np.array([[a], [b]]) for a, b in parts]
    return np.array(pieces).reshape(-1, 2, 2)


def _whole(rays: Points) -> Points:
    """Return whole rays, rounded as their parts are."""
    found: Points = rays[:, :1] + (rays[:, 1:] - rays[:, :1]) * np.array([[0.0], [1.0]])
    return found


def within(ways: Points, low: Points, high: Points) -> tuple[Points, Points]:
    """Return the fractions of ways, (..., 2, 2), at which they enter and leave boxes between corners, (..., 2)."""
    starts, ends = ways[..., 0, :], ways[..., 1, :]
    along = np.where(ends == starts, 1e-12, ends - starts)
    one, other = (low - starts) / along, (high - starts) / along
    return np.minimum(one, other).max(axis=-1), np.maximum(one, other).min(axis=-1)


def _gaps(enter: Points, leave: Points) -> list[tuple[float, float]]:
    """Return the parts of the interval from 0 to 1 that no given interval covers."""
    parts, at = [], 0.0
    for first, last in sorted(zip(enter.tolist(), leave.tolist(), strict=True)):
        if first > at:
            parts.append((at, first))
        at = max(at, last)
    return [*parts, (at, 1.0)] if at < 1 else parts


def silhouette(window: Points, cell: Points, *planes: Points) -> Points:
    """Return the two rays, (2, 2, 2), between the left corners of a window and its cell, and the right ones."""
    ends = [int(window[:, 0].argmin()), int(window[:, 0].argmax())]
    return np.stack([off_grid(window[at], cell[at], [window], [cell], planes) for at in ends])


def _are_alike(window: Points, cell: Points) -> bool:
    """Return whether a window is as large as its cell."""
    return bool(abs(np.ptp(window, axis=0) - np.ptp(cell, axis=0)).max() < _ALIKE)


def _to_near_corner(window: Points, cell: Points) -> Points:
    """Return the ray, (2, 2), from the far end of a window to the corner of its cell that is nearest to the viewer.

    It starts above what is written in the window, at the same place of each.
    """
    far, near = window[window[:, 1].argmin()], cell[cell[:, 1].argmax()]
    start = far + _INWARD * (window.mean(axis=0) - far)
    return np.stack([start, _beside_grid(near, start, cell, None)])


def off_grid(
    start: Points, end: Points, windows: Iterable[Points], cells: Iterable[Points], planes: Sequence[Points] = ()
) -> Points:
    """Return a ray, (2, 2), between corners of windows and of cells, off the lines of their grids.

    ``planes`` are the corners of that of the window, and of that of the cell, where they are known.
    """
    found = []
    for at, far, quads, plane in zip((start, end), (end, start), (windows, cells), planes or (None, None), strict=True):
        own = [quad for quad in quads if (abs(quad - at).max(axis=1) < _NEAR).any()]
        found.append(_beside_grid(at, far, own[0], plane) if own else at)
    return np.stack(found)


def _beside_grid(start: Points, end: Points, window: Points, plane: Points | None) -> Points:
    """Return where a ray from a corner of a window starts.

    Along a side of the window it would be lost on a line of the grid, unless the plane ends where that side does: it
    starts a little within the side at its corner instead.
    """
    for side, other in ((1, 3), (3, 1)):
        along, across = window[side] - window[0], window[other] - window[0]
        long, wide, far = (float(np.linalg.norm(one)) for one in (along, across, end - start))
        if min(long, wide) > 0 and abs(_turn(end - start, along)) < _ALONG * long * far:
            on_side = [corner for corner in window if abs(_turn(corner - start, along)) < _NEAR * long]
            if plane is not None and _is_on_edge(min(on_side, key=lambda one: float(np.linalg.norm(end - one))), plane):
                return start
            inward: Points = across / wide * np.sign((window.mean(axis=0) - start) @ across)
            return start + _BESIDE * inward
    return start


def _is_on_edge(point: Points, plane: Points) -> bool:
    """Return whether a point within a plane lies on one of its sides."""
    sides = zip(plane, np.roll(plane, -1, axis=0), strict=True)
    return any(abs(_turn(point - start, end - start)) < _ALIKE for start, end in sides)


def _turn(one: Points, other: Points) -> float:
    """Return how far a way turns from another: the area between them, 0 where they are parallel."""
    return float(one[0] * other[1] - one[1] * other[0])


def nearest_side(quad: Points, other: Points) -> Points:
    """Return the middle of that side of a quadrilateral which is nearest to the middle of another."""
    middles: Points = (quad + np.roll(quad, -1, axis=0)) / 2
    nearest: Points = middles[np.linalg.norm(middles - other.mean(axis=0), axis=1).argmin()]
    return nearest
