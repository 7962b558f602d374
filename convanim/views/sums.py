"""The line below a flat picture: the very cells of a step as tiles, and what they add up to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from convanim.font import width_of
from convanim.scene import Cells, Lines, Points, Shape, Shapes, Texts
from convanim.views.lettering import MOST_OF_CELL
from convanim.views.marks import FIRST, merged
from convanim.views.plane import FLAT, Plane
from convanim.views.signs import rings

_TILE = 0.54
_TEXT, _SIGN = 0.30, 0.32
_LOWERED = 0.68
_TIMES, _PLUS = 0.22, 0.38
"""Room that the signs take."""

MOST_WIDTH = 17.2
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


def tile_width(widest: float) -> float:
    """Return the width of tiles whose widest word is so many ems wide."""
    return max(_TILE, widest * _TEXT / MOST_OF_CELL)


def sign(text: str, room: float | None = None) -> Tile:
    """Return a sign between tiles."""
    return Tile(text, width_of(text) * _SIGN + 0.14 if room is None else room)


TIMES, PLUS, EQUALS = sign("·", _TIMES), sign("+", _PLUS), sign("=", 0.6)
ELLIPSIS = (sign("…", 0.5), PLUS)


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


def line_scale(line: Sequence[Tile], width: float) -> float:
    """Return how much larger a line is drawn in a picture that is so many cells wide."""
    return max(1.0, min(width / MOST_WIDTH, width / max(length(line), 1.0)))


def line_shapes(line: Sequence[Tile], left: float, middle: float, scale: float = 1.0) -> Shapes:
    """Return a line whose left end and middle height are given, in cells."""
    shapes: list[Shape] = []
    signs: list[tuple[Tile, float]] = []
    x = left
    for tile in line:
        if tile.role is None:
            signs.append((tile, x + tile.width * scale / 2))
        else:
            shapes += _tile(tile, x, middle, scale)
        x += tile.width * scale
    if signs:
        places = np.array([[x, middle] for _, x in signs])
        shapes.append(Texts(tuple(tile.text for tile, _ in signs), places, _SIGN * scale))
    return merged(shapes)


def _tile(tile: Tile, left: float, middle: float, scale: float) -> Shapes:
    """Return one tile: a plane of a single cell, stretched to its width."""
    assert tile.role is not None
    projection = replace(FLAT, across=(tile.width * scale, 0.0), down=(0.0, _TILE * scale))
    plane = Plane(1, 1, np.array([left, middle - _TILE * scale / 2]), projection)
    edges: Points = plane.outline(0, 0, 1, 1)
    shapes: list[Shape] = [Cells(tile.role, plane.quads(FIRST), tile.shaded, tile.strength)]
    shapes.append(Lines("reach" if tile.is_outlined else tile.role, edges))
    if tile.is_ringed:
        shapes += rings(plane, FIRST)
    wide = width_of(tile.text, tile.face) + _LOWERED * width_of(tile.lowered)
    most, room = (0.85 * _TEXT, 0.6) if tile.is_ringed else (_TEXT, MOST_OF_CELL)
    size = min(most, room * tile.width / wide) if wide else most
    if tile.text or tile.lowered:
        places = np.array([[left + tile.width * scale / 2, middle]])
        shapes.append(
            Texts(
                (tile.text,),
                places,
                size * scale,
                tile.role,
                tile.shaded,
                tile.strength,
                tile.face,
                lowered=(tile.lowered,),
            )
        )
    return tuple(shapes)
