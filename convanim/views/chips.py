"""Chips: small tiles in corners of cells, with what multiplies the cell or is added to it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from convanim.plans import Ints, Mask
from convanim.plans.values import signed, spell
from convanim.views.lettering import Lettering, Words, lettered
from convanim.views.marks import rows_columns
from convanim.views.plane import Plane
from convanim.views.scene import Cells, Key, Lines, Points, Shapes, Texts

CHIP_GAP = 0.035
"""The gap between a chip and the edges of its cell."""


def corner_tiles(
    plane: Plane,
    places: Ints,
    words: Words,
    lowered: Words,
    size: float,
    face: str,
    role: str,
    width: float,
    height: float,
    gap: float = CHIP_GAP,
    corners: Mask | None = None,
) -> Shapes:
    """Return small tiles in corners of some cells, the lower right ones if no others are given.

    Parameters
    ----------
    plane : Plane
        The plane of the cells.
    places : (n, 2) array
        The cells, as (row, column).
    words, lowered : (n,) arrays of str
        The word on each tile, and its subscript.
    size : float
        The size of the letters.
    face, role : str
        The font face of the letters, and the role of the tiles.
    width, height, gap : float
        The size of a tile, and its gap to the edges of its cell, in cells.
    corners : (n, 2) array of bool or None
        Whether each tile is in a lower corner, and in a right one.
    """
    sides = np.array([height, width])
    is_far = np.ones((len(places), 2), bool) if corners is None else corners
    first = np.where(is_far, 1 - gap - sides, gap)
    quads = plane.points(places[:, None] + first[:, None] + sides * np.array([[0, 0], [0, 1], [1, 1], [1, 0]]))
    edges = np.stack([quads, np.roll(quads, -1, axis=1)], axis=2).reshape(-1, 2, 2)
    middle = first + sides / 2
    key = Key(f"{role} chip")
    texts = Texts(
        tuple(words.tolist()),
        plane.points(places + middle),
        size,
        role,
        face=face,
        across=plane.projection.across,
        down=plane.projection.down,
        lowered=tuple(lowered.tolist()),
        key=key,
    )
    return Cells(role, quads, key=key), Lines(role, edges, key=key), texts


def far_corners(places: Ints, points: Points) -> Mask:
    """Return which corner of each cell, (row, column), is farthest from the nearest of some points: low or high."""
    middles = rows_columns(points)
    nearest = middles[np.abs(places[:, None] - middles[None]).sum(axis=2).argmin(axis=1)]
    return np.where(nearest == places, True, nearest < places)


def added_lettering(products: Iterable[Any], decimals: int) -> Lettering:
    """Return the lettering of the products that a stamp adds to the cells, with their signs."""
    words = np.array([signed(spell(value, decimals)) for value in products], object)
    return lettered(words, np.full(words.shape, "", object), 1.0, face="bold")
