"""Signs on a plane of cells: crosses, rings, frames and mirrors, as lines with a role."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from convanim.views.plane import Plane
from convanim.views.scene import Lines, Shapes

Places = NDArray[np.int64]
Box = tuple[int, int, int, int]
"""The top, left, bottom and right of a rectangle of cells; the last two are exclusive."""

_CROSS = np.array([[[0.12, 0.12], [0.88, 0.88]], [[0.12, 0.88], [0.88, 0.12]]])
_OUTER_RING, _BETWEEN_RINGS = 0.09, 0.06
_STUB = (0.26, 0.6)
"""How far outside the plane the stub of an axis begins and ends; within the picture's margin."""


def crosses(plane: Plane, role: str, cells: Places) -> Shapes:
    """Return a cross along the diagonals of each of some cells."""
    strokes = plane.points(cells[:, None, None, :] + _CROSS).reshape(-1, 2, 2)
    return (Lines(role, strokes),) if len(cells) else ()


def ring(plane: Plane, role: str, cells: Places, gap: float = 0.08) -> Shapes:
    """Return a single ring in each of some cells."""
    sides = [plane.outline(r + gap, c + gap, r + 1 - gap, c + 1 - gap) for r, c in cells]
    return (Lines(role, np.concatenate(sides)),) if len(cells) else ()


def rings(plane: Plane, cells: Places, gap: float = _OUTER_RING, within: str = "ring_light") -> Shapes:
    """Return a double ring in each of some cells: a dark one, and within it a light one or one of another role."""
    return (*ring(plane, "ring_dark", cells, gap), *ring(plane, within, cells, gap + _BETWEEN_RINGS))


def mirrors(plane: Plane, box: Box, rows: list[float], columns: list[float]) -> Shapes:
    """Return mirror axes at some rows and columns: across a box of cells, and as stubs outside the plane.

    No stub stands above the plane, where its name is written.
    """
    top, left, bottom, right = box
    level = [[(row, left), (row, right)] for row in rows]
    upright = [[(top, column), (bottom, column)] for column in columns]
    level_ends = [[(row, near), (row, far)] for row in rows for near, far in _stubs(plane.columns)]
    upright_ends = [[(near, column), (far, column)] for column in columns for near, far in _stubs(plane.rows)[1:]]
    across, outside = np.array(level + upright, float), np.array(level_ends + upright_ends, float)
    if not len(across):
        return ()
    return Lines("mirror", plane.points(across)), Lines("mirror_end", plane.points(outside))


def _stubs(length: int) -> tuple[tuple[float, float], tuple[float, float]]:
    """Return the ends of an axis's stubs outside both edges of a plane of some length."""
    near, far = _STUB
    return (-near, -far), (length + near, length + far)


def frame_within(plane: Plane, role: str, frame: Box, window: Box) -> Shapes:
    """Return the parts of a frame's sides that lie in a window, where the kernel's shadow covers them."""
    top, left = max(frame[0], window[0]), max(frame[1], window[1])
    bottom, right = min(frame[2], window[2]), min(frame[3], window[3])
    if top > bottom or left > right:
        return ()
    ends = [((row, left), (row, right)) for row in (frame[0], frame[2]) if top <= row <= bottom]
    ends += [((top, column), (bottom, column)) for column in (frame[1], frame[3]) if left <= column <= right]
    return (Lines(role, plane.points(np.array(ends))),) if ends else ()
