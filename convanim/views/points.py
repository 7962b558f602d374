"""Places between cells that a step reads, as points on a plane, and ticks beside it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from convanim.base.font import width_of
from convanim.plans import Ints
from convanim.views.lettering import Lettering
from convanim.views.plane import Plane
from convanim.views.scene import Cells, Key, Lines, Points, Shapes

_CORNERS = np.exp(1j * np.pi * (np.arange(12) + 0.5) / 6)
_DISC = np.stack(
    [
        np.stack([corners.real, corners.imag], axis=1)
        for corners in (_CORNERS[[side, side + 1, side + 6, (side + 7) % 12]] for side in range(6))
    ]
)
"""A dot of radius 1 with twelve corners, as six rectangles that each connect two opposite sides."""

_FAINT, _OUTER, _INNER = 0.045, 0.13, 0.6
"""The radius of a point that no step reads now, and of one that is read, in cells, and how much of that is light."""

_AMONG_WORDS = 0.085
"""The radius of a point that is read in a plane with words."""

_BRACKET, _BETWEEN, _CAP, _INSET = 0.2, 0.15, 0.08, 0.08
"""How far brackets stand from the plane, and from each other; how long their ends are, and how far inside."""

_MOST_LEVELS = 3
"""The most layers of brackets that overlap."""

Span = tuple[int, int]
"""The first and the last cell of a window along an axis."""

_HEAD = 0.11 * np.exp(1j * np.pi * np.array([0.84, -0.84]))
"""The strokes of an arrowhead, from its tip, where the arrow runs to the right."""


def discs(role: str, centres: Points, radius: float, key: Key | None = None) -> Shapes:
    """Return dots around some points of the picture, (n, 2)."""
    if not len(centres):
        return ()
    return (Cells(role, (centres[:, None, None] + radius * _DISC).reshape(-1, 4, 2), key=key),)


def lattice(plane: Plane, places: Points) -> Shapes:
    """Return small dots at places of a plane, (n, 2) as (row, column), where a cell's middle is a whole number."""
    return discs("dot", plane.points(places + 0.5), _FAINT)


def sampled(plane: Plane, places: Points, lettering: Lettering | None, key: Key) -> Shapes:
    """Return points at places of a plane that a step reads, except where they would cover a word.

    Parameters
    ----------
    plane : Plane
        The plane.
    places : (n, 2) array
        The places, (row, column).
    lettering : Lettering or None
        The words in the cells of the plane.
    key : Key
        Identifies the points.
    """
    radius, shown = _OUTER, places
    if not len(places):
        return ()
    if lettering is not None:
        radius = _AMONG_WORDS
        cells: Ints = np.clip(np.round(places), 0, [plane.rows - 1, plane.columns - 1]).astype(int)
        words = [lettering.words[tuple(cell)] for cell in cells]
        half = np.array([[0.44, width_of(word, "bold") / 2] for word in words]) * lettering.size
        off = abs(places + 0.5 - cells - np.array(lettering.at))
        shown = places[~((off < half + radius).all(axis=1) & np.array([word != "" for word in words]))]
    centres = plane.points(shown + 0.5)
    return (*discs("dot", centres, radius, key), *discs("place", centres, radius * _INNER, key))


def moves(plane: Plane, starts: Points, places: Points, key: Key) -> Shapes:
    """Return small dots at the starts of places, (n, 2), and an arrow from each start to the rim of its place."""
    if not len(places):
        return ()
    ends = np.stack([plane.points(starts + 0.5), plane.points(places + 0.5)], axis=1)
    tails, tips = (ends[..., 0] + 1j * ends[..., 1]).T
    is_far = abs(tips - tails) > _OUTER
    tails, tips = tails[is_far], tips[is_far]
    ways = (tips - tails) / abs(tips - tails)
    tips = tips - _OUTER * ways
    strokes = np.stack([np.stack([tips, end]) for end in (tails, *(tips + ways * side for side in _HEAD))]).T
    lines = np.stack([strokes.real, strokes.imag], axis=-1).swapaxes(1, 2).reshape(-1, 2, 2)
    return (*discs("dot", ends[:, 0], _FAINT, key), Lines("move", lines, key=key))


def brackets(plane: Plane, spans: Sequence[Sequence[Span]], chosen: Sequence[int] | None, key: Key) -> Shapes:
    """Return a bracket beside the plane for each window of an axis: left of rows, below columns.

    Brackets that overlap stand apart. There are none for an axis with more than a few layers of them.

    Parameters
    ----------
    plane : Plane
        The plane that the windows are of.
    spans : sequence of sequence of (first, last)
        For the rows and for the columns (or only the columns), the first and last cell of each window.
    chosen : sequence of int or None
        For each axis, the window whose bracket is returned; None for all.
    key : Key
        Identifies the brackets.
    """
    strokes: list[list[tuple[float, float]]] = []
    for number, own in enumerate(spans):
        levels = _levels(own)
        if not bracket_reach(own):
            continue
        is_level = number == len(spans) - 1
        for at, ((first, last), level) in enumerate(zip(own, levels, strict=True)):
            if chosen is not None and chosen[number] != at:
                continue
            away = _BRACKET + level * _BETWEEN
            ends = [(first + _INSET, away - _CAP), (first + _INSET, away), (last + 1 - _INSET, away)]
            ends.append((last + 1 - _INSET, away - _CAP))
            for one, other in pairwise(ends):
                pair = [(plane.rows + out, along) if is_level else (along, -out) for along, out in (one, other)]
                strokes.append(pair)
    role = "past" if chosen is None else "reach"
    return (Lines(role, plane.points(np.array(strokes, float)), key=key),) if strokes else ()


def bracket_reach(spans: Sequence[Span]) -> float:
    """Return how far the brackets of an axis reach beyond the plane; 0 if it has none."""
    most = max(_levels(spans))
    return 0.0 if most >= _MOST_LEVELS or len(spans) < 2 else _BRACKET + most * _BETWEEN


def _levels(spans: Sequence[Span]) -> list[int]:
    """Return how far from the plane each bracket stands, so that none overlap."""
    reached: list[int] = []
    levels = []
    for first, last in spans:
        level = next((at for at, end in enumerate(reached) if end < first), len(reached))
        reached[level : level + 1] = [last]
        levels.append(level)
    return levels
