"""Signs on a plane of cells: crosses, rings, frames and mirrors, as lines with a role."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from convanim.views.plane import Plane
from convanim.views.scene import Lines, Shapes

Places = NDArray[np.int64]
Box = tuple[int, int, int, int]
"""The top, left, bottom and right of a rectangle of cells; the last two are exclusive."""

_CROSS = np.array([[[0.06, 0.06], [0.94, 0.94]], [[0.06, 0.94], [0.94, 0.06]]])
"""Both ends of the strokes of a cross, in its cell."""

_OUTER_RING, _BETWEEN_RINGS = 0.09, 0.06
DOUBLE = ("ring_dark", "ring_light")
"""The roles of a double ring, around the one cell that is talked about."""

FRAME_ACROSS = ("ring_light", "block")
"""The roles of a dashed frame along lines between filled cells, from which dark dashes alone could not be told."""

PAIR_RING = 0.07
"""How far within its cell the ring around a copy, or around its original, runs."""

BEYOND = 0.16
"""How far beyond the plane a mirror axis runs, which leaves room for the plane's name."""


def crosses(plane: Plane, role: str, cells: Places) -> Shapes:
    """Return a cross along the diagonals of each of some cells."""
    if not len(cells):
        return ()
    return (Lines(role, plane.points(cells[:, None, None, :] + _CROSS).reshape(-1, 2, 2)),)


def rings(plane: Plane, cells: Places, gap: float = _OUTER_RING, roles: tuple[str, ...] = DOUBLE) -> Shapes:
    """Return rings of some roles, from outside to inside, in each of some cells."""
    shapes = []
    for role in roles if len(cells) else ():
        sides = [plane.outline(r + gap, c + gap, r + 1 - gap, c + 1 - gap) for r, c in cells]
        shapes.append(Lines(role, np.concatenate(sides)))
        gap += _BETWEEN_RINGS
    return tuple(shapes)


def mirrors(plane: Plane, rows: list[float], columns: list[float], is_whole: bool) -> Shapes:
    """Return mirror axes at some rows and columns: lines across the plane and beyond, or only what lies beyond."""
    level = [[(row, start), (row, end)] for row in rows for start, end in _parts(plane.columns, is_whole)]
    upright = [[(start, at), (end, at)] for at in columns for start, end in _parts(plane.rows, is_whole)]
    lines = np.array(level + upright, float)
    return (Lines("mirror" if is_whole else "mirror_end", plane.points(lines)),) if len(lines) else ()


def _parts(length: int, is_whole: bool) -> tuple[tuple[float, float], ...]:
    """Return the ends of the parts of an axis along a plane of some length."""
    far = length + BEYOND
    return ((-BEYOND, far),) if is_whole else ((-BEYOND, 0), (length, far))


def frame_within(plane: Plane, role: str, frame: tuple[float, float, float, float], window: Box) -> Shapes:
    """Return the parts of a frame's sides that lie in a window, where the kernel's shadow covers them."""
    top, left = max(frame[0], window[0]), max(frame[1], window[1])
    bottom, right = min(frame[2], window[2]), min(frame[3], window[3])
    if top > bottom or left > right:
        return ()
    ends = [((row, left), (row, right)) for row in (frame[0], frame[2]) if top <= row <= bottom]
    ends += [((top, column), (bottom, column)) for column in (frame[1], frame[3]) if left <= column <= right]
    return (Lines(role, plane.points(np.array(ends))),) if ends else ()
