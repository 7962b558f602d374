"""Places between cells that a step reads, as points on a plane, and ticks beside it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import cache
from itertools import pairwise, product
from math import hypot

import numpy as np
from numpy.typing import NDArray

from convanim.base.font import width_of
from convanim.plans import Ints
from convanim.views.lettering import CENTRE, Lettering
from convanim.views.plane import Plane
from convanim.views.scene import Cells, Key, Lines, Points, Shapes

_FAINT, _OUTER, _INNER = 0.045, 0.13, 0.6
"""The radius of a point that no step reads now, and of one that is read, in cells, and how much of that is light."""

_RINGED = 1.7
"""How much larger the ring around a point in shadow is."""

_AMONG_WORDS = 0.085
"""The radius of a point that is read in a plane with words."""

_HALF_DIGIT, _FROM_EDGE, _FROM_WORD = 0.44, 0.04, 0.04
"""Half the height of digits, as a share of their size; the gap from words that stand aside to edges, and to points."""

_BRACKET, _BETWEEN, _CAP, _INSET = 0.2, 0.15, 0.08, 0.08
"""How far brackets stand from the plane, and from each other; how long their ends are, and how far inside."""

_MOST_LEVELS = 3
"""The most layers of brackets that overlap."""

Span = tuple[int, int]
"""The first and the last cell of a window along an axis."""

_HEAD = 0.11 * np.exp(1j * np.pi * np.array([0.84, -0.84]))
"""The strokes of an arrowhead, from its tip, where the arrow runs to the right."""


def discs(role: str, centres: Points, radius: float, key: Key | None = None, sides: int = 12) -> Shapes:
    """Return dots around some points of the picture, (n, 2), with an even number of sides each."""
    if not len(centres):
        return ()
    return (Cells(role, (centres[:, None, None] + radius * _disc(sides)).reshape(-1, 4, 2), key=key),)


@cache
def _disc(sides: int) -> Points:
    """Return a dot of radius 1 as (n, 4, 2) rectangles, each of which connects two opposite sides."""
    half = sides // 2
    corners = np.exp(2j * np.pi * (np.arange(sides) + 0.5) / sides)
    found = corners[[[side, side + 1, side + half, (side + half + 1) % sides] for side in range(half)]]
    return np.stack([found.real, found.imag], axis=2)


def lattice(plane: Plane, places: Points, key: Key | None = None) -> Shapes:
    """Return small dots at places of a plane, (n, 2) as (row, column), where a cell's middle is a whole number.

    With a key they lie in shadow, from which a ring parts them.
    """
    centres = plane.points(places + 0.5)
    ring = () if key is None else discs("place", centres, _FAINT * _RINGED, key)
    return (*ring, *discs("dot", centres, _FAINT, key))


def sampled(plane: Plane, places: Points, lettering: Lettering | None, key: Key, has_shares: bool) -> Shapes:
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
    has_shares : bool
        Whether the shares of cells may be written beside the points.
    """
    if not len(places):
        return ()
    radius = _AMONG_WORDS if lettering is not None or has_shares else _OUTER
    shown = places if lettering is None else places[~covering(places, lettering)]
    centres = plane.points(shown + 0.5)
    return (*discs("dot", centres, radius, key), *discs("place", centres, radius * _INNER, key))


def covering(places: Points, lettering: Lettering) -> NDArray[np.bool_]:
    """Return which places, (n, 2) as (row, column), of a plane with words would cover one if they were drawn.

    A point beside a word may touch it.
    """
    cells: Ints = np.clip(np.round(places), 0, np.array(lettering.words.shape) - 1).astype(int)
    aside = np.zeros(places.shape) if lettering.aside is None else lettering.aside[tuple(cells.T)]
    off = places + 0.5 - cells - np.array(lettering.at) - aside
    words = lettering.words[tuple(cells.T)]
    found: NDArray[np.bool_] = (abs(off) < _halves(words, lettering)).all(axis=1) & (words != "")
    return found


def _halves(words: Iterable[str], lettering: Lettering) -> Points:
    """Return half the height and half the width of each word, (n, 2), in cells."""
    return np.array([[_HALF_DIGIT, width_of(word, "bold") / 2] for word in words]).reshape(-1, 2) * lettering.size


@cache
def _spots() -> Points:
    """Return where words may stand in the room of their cell, (n, 2) from −1 to 1, the nearest to the middle first."""
    every = product(np.linspace(-1, 1, 11).tolist(), repeat=2)
    return np.array(sorted(every, key=lambda spot: (hypot(*spot), spot)))


def clear_of(places: Points, lettering: Lettering) -> Lettering:
    """Return a lettering whose words stand aside within their cells where points at some places would cover them."""
    aside, at = np.zeros((*lettering.words.shape, 2)), np.array(lettering.at)
    # Words that are not in the middle have a chip below them to the right.
    spots = _spots() if lettering.at == CENTRE else _spots()[(_spots() <= 0).all(axis=1)]
    for cell in np.argwhere(lettering.words != ""):
        own = places + 0.5 - cell
        own = own[((own > -_AMONG_WORDS) & (own < 1 + _AMONG_WORDS)).all(axis=1)]
        if not len(own):
            continue
        half = _halves([lettering.words[tuple(cell)]], lettering)[0]
        room = np.maximum(np.minimum(at, 1 - at) - half - _FROM_EDGE, 0.0)
        off = abs(at + (spots * room)[:, None] - own) - half - _AMONG_WORDS - _FROM_WORD
        # The nearest to the middle of those that no point covers, or else the one farthest from all points.
        gaps = off.max(axis=2).min(axis=1, initial=np.inf)
        aside[tuple(cell)] = room * spots[(gaps > 0).argmax() if (gaps > 0).any() else gaps.argmax()]
    return replace(lettering, aside=aside)


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
