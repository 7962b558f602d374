"""Shapes of cells on a plane, windows of cells, and samples for a legend."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from convanim.base.records import dataclass
from convanim.plans import Ints, Mask
from convanim.views.plane import FLAT, Plane, spots
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
        The cells of the rectangle that belong to the window.
    """

    top: int
    left: int
    mask: Mask

    @classmethod
    def around(cls, places: Ints) -> Window:
        """Return the window of one or more cells, (n, 2) as (row, column)."""
        top, left = places.min(axis=0).tolist()
        bottom, right = (places.max(axis=0) + 1).tolist()
        mask = np.zeros((bottom - top, right - left), bool)
        mask[tuple((places - [top, left]).T)] = True
        return cls(top, left, mask)

    @property
    def box(self) -> Box:
        """The top, left, bottom and right of the rectangle; the last two are exclusive."""
        rows, columns = self.mask.shape
        return self.top, self.left, self.top + rows, self.left + columns

    @property
    def places(self) -> Ints:
        """The cells as (row, column), row by row."""
        places: Ints = spots(self.mask) + np.array([self.top, self.left])
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
    data: Ints | None = None,
) -> Shapes:
    """Return the cells of a mask and their edges, or nothing for an empty mask.

    If ``tones`` is given, it holds a grey for every cell of the plane; ``data``, what each cell of the mask shows.
    """
    if not mask.any():
        return ()
    places = spots(mask) + np.array([top, left])
    greys = None if tones is None else tones[tuple(places.T)]
    return (
        Cells(role, plane.quads(places), shaded, strength, greys, key=key, cells=data),
        Lines(role, plane.edges(mask, top, left), key=key),
    )


def whole(plane: Plane, role: str, tones: Points | None = None, key: Key | None = None) -> Shapes:
    """Return all cells of a plane."""
    return cells(plane, role, np.ones((plane.rows, plane.columns), bool), tones=tones, key=key)


def entry(label: str, role: str, cross: str | None = None, shaded: bool = False) -> Entry:
    """Return a legend entry for cells of a role."""
    crossed = crosses(SAMPLE, cross, FIRST) if cross else ()
    return Entry(label, (Cells(role, SAMPLE.quads(FIRST), shaded), Lines(role, SAMPLE.edges(ONE)), *crossed))


def rows_columns(places: NDArray[Any]) -> NDArray[Any]:
    """Return places (n, dims) as (row, column), (n, 2): their last two axes, or row 0 for one axis."""
    if places.shape[1] == 1:
        return np.concatenate([np.zeros_like(places), places], axis=1)
    return places[:, -2:]
