"""The line below a flat picture: the very cells of a step as tiles, and what they add up to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np

from convanim.base.font import width_of
from convanim.views.lettering import MOST_OF_CELL
from convanim.views.marks import FIRST
from convanim.views.plane import FLAT, Plane
from convanim.views.scene import Cells, Key, Lines, Points, Shape, Shapes, Texts
from convanim.views.signs import rings

T = TypeVar("T")

_CORNERS = np.array([[-1.0, -1.0], [1.0, -1.0], [1.0, 1.0], [-1.0, 1.0]])
_TILE, _RING = 0.54, 0.05
_TEXT, _SIGN_SIZE, _SIGN_AIR = 0.30, 0.32, 0.14
_RINGED = (0.27, 0.64)
"""Size of a word in a ring, and the part of a tile's width that it may take."""

_TIMES, _PLUS = 0.27, 0.42
"""Room that the signs take."""

MOST_WIDTH = 18.0
"""A longer line is shortened in the middle, in cells."""


@dataclass(frozen=True)
class Tile:
    """A cell of the picture in the line, or a sign between two.

    Attributes
    ----------
    text, lowered : str
        What it says, and its subscript.
    width : float
        In cells.
    role : str or None
        Of the cell; None for a sign.
    face : str
        Of the text.
    shaded, is_ringed, is_outlined : bool
        Whether the cell lies in shadow, has a double ring, or a heavy outline.
    strength : float
        Of its colour.
    tone : float or None
        Its grey, where the cells have greys.
    """

    text: str
    width: float
    role: str | None = None
    face: str = "regular"
    lowered: str = ""
    shaded: bool = False
    is_ringed: bool = False
    is_outlined: bool = False
    strength: float = 1.0
    tone: float | None = None


_Placed = tuple[Tile, float, float]
"""A tile and where its middle is."""


def tile_width(widest: float, is_ringed: bool = False) -> float:
    """Return the width of tiles whose widest word is so many ems wide, with room for a ring or without."""
    size, room = _RINGED if is_ringed else (_TEXT, MOST_OF_CELL)
    return max(_TILE, widest * size / room)


def sign_width(widest: float) -> float:
    """Return the room of signs whose widest is so many ems wide, with the air around it."""
    return widest * _SIGN_SIZE + _SIGN_AIR


def sign(text: str, room: float | None = None) -> Tile:
    """Return a sign between tiles."""
    return Tile(text, sign_width(width_of(text)) if room is None else room)


TIMES, PLUS, EQUALS = sign("·", _TIMES), sign("+", _PLUS), sign("=", 0.6)


def ends_of(terms: Sequence[T]) -> Sequence[T]:
    """Return, of many terms, as many of the first and of the last as may have room in a line."""
    most = int(MOST_WIDTH / _TILE)
    return terms if len(terms) <= 2 * most else [*terms[:most], *terms[-most:]]


def joined(terms: Sequence[tuple[Tile, ...]], between: Tile, room: float) -> list[Tile]:
    """Return terms with a sign between them; as many as have room, those in the middle left out first."""
    widths = [sum(tile.width for tile in term) + between.width for term in terms]
    count = len(terms)
    if sum(widths) > room:
        each = max(widths)
        count = max(2, int((room - 0.5 - between.width) // each))
    shown = list(terms)
    if count < len(terms):
        shown = [*terms[: (count + 1) // 2], (sign("…", 0.5),), *terms[len(terms) - count // 2 :]]
    line: list[Tile] = []
    for term in shown:
        line += [between, *term] if line else term
    return line


def length(line: Sequence[Tile]) -> float:
    """Return the width of a line in cells."""
    return sum(tile.width for tile in line)


def line_scale(longest: float, width: float) -> float:
    """Return how much larger lines, the longest of them so long, are drawn in a picture that is so many cells wide."""
    return max(1.0, min(width / MOST_WIDTH, width / max(longest, 1.0)))


ROW_PITCH = 0.78
"""From one row of a sum to the next, in cells of the line."""


def rows_high(count: int, scale: float) -> float:
    """Return how much higher several rows are than one."""
    return max(count - 1, 0) * ROW_PITCH * scale


def rows_shapes(
    rows: Sequence[Sequence[Tile]], middle: float, bottom: float, scale: float = 1.0, wide: float | None = None
) -> Shapes:
    """Return rows above each other, centred or begun as one of some width is, the last at a middle height."""
    placed: list[_Placed] = []
    for number, line in enumerate(reversed(rows)):
        left = middle - (length(line) if wide is None else wide) * scale / 2
        placed += _in_line(line, left, bottom - number * ROW_PITCH * scale, scale)
    return _drawn(placed, scale)


def line_shapes(line: Sequence[Tile], left: float, middle: float, scale: float = 1.0) -> Shapes:
    """Return a line whose left end and middle height are given, in cells; all of it changes at once."""
    return _drawn(_in_line(line, left, middle, scale), scale)


def _in_line(line: Sequence[Tile], left: float, middle: float, scale: float) -> list[_Placed]:
    """Return the tiles of a line with the middle of each."""
    starts = left + scale * np.cumsum([0.0, *(tile.width for tile in line)])
    return [(tile, start + tile.width * scale / 2, middle) for tile, start in zip(line, starts.tolist(), strict=False)]


def _drawn(placed: Sequence[_Placed], scale: float) -> Shapes:
    """Return tiles as few shapes: those that look the same together."""
    signs = [one for one in placed if one[0].role is None]
    cells = [one for one in placed if one[0].role is not None]
    shapes: list[Shape] = []
    for group in _groups(cells, lambda tile: (*_look(tile), tile.is_outlined, tile.is_ringed)):
        shapes += _tiles(group, scale)
    for group in _groups(cells, lambda tile: (*_look(tile), tile.face, _text_size(tile))):
        shapes += _words(group, scale)
    if signs:
        places = np.array([[x, y] for _, x, y in signs])
        shapes.append(Texts(tuple(tile.text for tile, _, _ in signs), places, _SIGN_SIZE * scale))
    return tuple(replace(shape, held=True, key=Key("sum")) for shape in shapes)


def _look(tile: Tile) -> tuple[object, ...]:
    """Return what decides the colours of a tile."""
    return tile.role, tile.shaded, tile.strength, tile.tone is None


def _tones(group: Sequence[_Placed]) -> Points | None:
    return None if group[0][0].tone is None else np.array([tile.tone for tile, _, _ in group], float)


def _groups(placed: Sequence[_Placed], look: Callable[[Tile], object]) -> list[list[_Placed]]:
    """Return tiles by their looks."""
    groups: dict[object, list[_Placed]] = {}
    for one in placed:
        groups.setdefault(look(one[0]), []).append(one)
    return list(groups.values())


def _tiles(group: Sequence[_Placed], scale: float) -> Shapes:
    """Return the cells of tiles that look the same."""
    tile = group[0][0]
    assert tile.role is not None
    at = np.array([[x, y] for _, x, y in group])
    half = np.array([[one.width * scale / 2, _TILE * scale / 2] for one, _, _ in group])
    quads: Points = at[:, None] + half[:, None] * _CORNERS
    edges = np.stack([quads, np.roll(quads, -1, axis=1)], axis=2).reshape(-1, 2, 2)
    shapes: list[Shape] = [Cells(tile.role, quads, tile.shaded, tile.strength, _tones(group))]
    shapes.append(Lines("reach" if tile.is_outlined else tile.role, edges))
    if tile.is_ringed:
        for (x, y), (wide, high) in zip(at.tolist(), half.tolist(), strict=True):
            projection = replace(FLAT, across=(2 * wide, 0.0), down=(0.0, 2 * high))
            shapes += rings(Plane(1, 1, np.array([x - wide, y - high]), projection), FIRST, _RING)
    return tuple(shapes)


def _words(group: Sequence[_Placed], scale: float) -> Shapes:
    """Return what tiles say whose words look the same."""
    tile = group[0][0]
    said = [one for one in group if one[0].text or one[0].lowered]
    if not said:
        return ()
    places = np.array([[x, y] for _, x, y in said])
    words, lowered = tuple(one.text for one, _, _ in said), tuple(one.lowered for one, _, _ in said)
    size = _text_size(tile) * scale
    tones = _tones(said)
    return (Texts(words, places, size, tile.role, tile.shaded, tile.strength, tile.face, lowered=lowered, tones=tones),)


def _text_size(tile: Tile) -> float:
    """Return the size of a tile's word: the usual one unless it is too wide."""
    wide = width_of(tile.text, tile.face, tile.lowered)
    most, room = _RINGED if tile.is_ringed else (_TEXT, MOST_OF_CELL)
    return min(most, room * tile.width / wide) if wide else most
