"""Cells of a plane as shapes, and the samples of a legend."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from convanim.scene import Cells, Entry, Lines, Points, Shapes
from convanim.views.former import Ints
from convanim.views.former.plane import FLAT, Plane
from convanim.views.former.signs import crosses

Mask = NDArray[np.bool_]

ONE = np.ones((1, 1), bool)
FIRST = np.array([[0, 0]])
SAMPLE = Plane(1, 1, np.zeros(2), FLAT)
"""The plane of a legend's sample."""


def cells(
    plane: Plane,
    role: str,
    mask: Mask,
    top: int = 0,
    left: int = 0,
    shaded: bool = False,
    strength: float = 1.0,
    tones: Points | None = None,
) -> Shapes:
    """Return the cells of a mask and their edges, or nothing for an empty mask.

    Where ``tones`` has a grey for every cell of the plane, they have that.
    """
    if not mask.any():
        return ()
    places = np.argwhere(mask) + np.array([top, left])
    greys = None if tones is None else tones[tuple(places.T)]
    return Cells(role, plane.quads(places), shaded, strength, greys), Lines(role, plane.edges(mask, top, left))


def whole(plane: Plane, role: str, tones: Points | None = None) -> Shapes:
    """Return all cells of a plane."""
    return cells(plane, role, np.ones((plane.rows, plane.columns), bool), tones=tones)


def run(plane: Plane, role: str, numbers: range, tones: Points | None = None) -> Shapes:
    """Return the cells of a plane that some row-major numbers count."""
    first, last = numbers[0] // plane.columns, numbers[-1] // plane.columns
    mask = np.zeros((last - first + 1, plane.columns), bool)
    mask.flat[np.array(numbers) - first * plane.columns] = True
    return cells(plane, role, mask, first, tones=tones)


def key(label: str, role: str, cross: str | None = None, shaded: bool = False) -> Entry:
    """Return a legend's entry for a cell of some role."""
    crossed = crosses(SAMPLE, cross, FIRST) if cross else ()
    return Entry(label, (Cells(role, SAMPLE.quads(FIRST), shaded), Lines(role, SAMPLE.edges(ONE)), *crossed))


def rows_columns(places: Ints) -> Ints:
    """Return (n, 2) places; those of one axis lie in row 0."""
    if places.shape[1] == 2:
        return places
    return np.concatenate([np.zeros_like(places), places], axis=1)
