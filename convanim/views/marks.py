"""Cells of a plane as shapes, the windows that steps take of them, and the samples of a legend."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from convanim.plans import Ints, Mask
from convanim.views.plane import FLAT, Plane
from convanim.views.scene import Cells, Entry, Key, Lines, Points, Shapes
from convanim.views.signs import Box, crosses

ONE = np.ones((1, 1), bool)
FIRST = np.array([[0, 0]])
SAMPLE = Plane(1, 1, np.zeros(2), FLAT)
"""The plane of a legend's sample."""


@dataclass(frozen=True, eq=False)
class Window:
    """Some cells of a plane, within the rectangle around them.

    Attributes
    ----------
    top, left : int
        The first cell of the rectangle.
    mask : (rows, columns) array of bool
        Which cells of it.
    """

    top: int
    left: int
    mask: Mask

    @classmethod
    def around(cls, places: Ints) -> Window:
        """Return the window of some cells, (n, 2) as (row, column), of which there is one at least."""
        top, left = places.min(axis=0).tolist()
        bottom, right = (places.max(axis=0) + 1).tolist()
        mask = np.zeros((bottom - top, right - left), bool)
        mask[tuple((places - [top, left]).T)] = True
        return cls(top, left, mask)

    @property
    def box(self) -> Box:
        """Top, left, bottom and right; the last two are those behind it."""
        rows, columns = self.mask.shape
        return self.top, self.left, self.top + rows, self.left + columns

    @property
    def places(self) -> Ints:
        """Its cells as (row, column), row by row."""
        places: Ints = np.argwhere(self.mask) + np.array([self.top, self.left])
        return places


def cells(
    plane: Plane,
    role: str,
    mask: Mask,
    top: int = 0,
    left: int = 0,
    shaded: bool = False,
    strength: float = 1.0,
    tones: Points | None = None,
    key: Key | None = None,
) -> Shapes:
    """Return the cells of a mask and their edges, or nothing for an empty mask.

    Where ``tones`` has a grey for every cell of the plane, they have that.
    """
    if not mask.any():
        return ()
    places = np.argwhere(mask) + np.array([top, left])
    greys = None if tones is None else tones[tuple(places.T)]
    return (
        Cells(role, plane.quads(places), shaded, strength, greys, key=key),
        Lines(role, plane.edges(mask, top, left), key=key),
    )


def whole(plane: Plane, role: str, tones: Points | None = None, key: Key | None = None) -> Shapes:
    """Return all cells of a plane."""
    return cells(plane, role, np.ones((plane.rows, plane.columns), bool), tones=tones, key=key)


def entry(label: str, role: str, cross: str | None = None, shaded: bool = False) -> Entry:
    """Return a legend's entry for a cell of some role."""
    crossed = crosses(SAMPLE, cross, FIRST) if cross else ()
    return Entry(label, (Cells(role, SAMPLE.quads(FIRST), shaded), Lines(role, SAMPLE.edges(ONE)), *crossed))


def rows_columns(places: Ints) -> Ints:
    """Return (n, 2) places, the last two axes of (n, dims); those of one axis lie in row 0."""
    if places.shape[1] == 1:
        return np.concatenate([np.zeros_like(places), places], axis=1)
    return places[:, -2:]
