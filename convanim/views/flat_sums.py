"""The line below a flat picture: the cells of a step as tiles, and their sum."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, TypeVar

import numpy as np

from convanim.base.font import width_of
from convanim.base.records import dataclass
from convanim.views.lettering import MOST_OF_CELL
from convanim.views.marks import FIRST
from convanim.views.plane import FLAT, Plane
from convanim.views.scene import Cells, Key, Lines, Points, Shape, Shapes, Texts
from convanim.views.signs import rings

T = TypeVar("T")

_CORNERS = np.array([[-1.0, -1.0], [1.0, -1.0], [1.0, 1.0], [-1.0, 1.0]])
_TILE, _RING, _LONE_RING = 0.54, 0.05, 0.09
_TEXT, _SIGN_SIZE, _SIGN_AIR = 0.30, 0.32, 0.14
_RINGED = (0.27, 0.64)
"""The size of a word in a ring, and the share of a tile's width that it may take."""

_SUM = Key("sum")

_TIMES, _PLUS = 0.27, 0.42
"""The room that the signs take."""

MOST_WIDTH = 18.0
"""The length of a line, in cells; a longer one is shortened in the middle."""

_SAVED = 1.25
"""How much longer a line is at least that is shortened: dots that save less room only hide terms."""


@dataclass(frozen=True)
class Tile:
    """A tile of the line: a cell of the picture, or a sign between two.

    Attributes
    ----------
    text, lowered : str
        Its word, and its subscript.
    width : float
        Its width in cells.
    role : str or None
        The role of the cell; None for a sign.
    face : str
        The font face of the text.
    shaded : bool
        Whether the cell lies in shadow.
    edge : str
        The role of its edge, if that is not the role of the cell.
    rings : tuple of str
        The roles of the rings within it, from outside to inside.
    strength : float
        The strength of its colour.
    tone : float or None
        Its grey, where the cells have greys.
    """

    text: str
    width: float
    role: str | None = None
    face: str = "regular"
    lowered: str = ""
    shaded: bool = False
    edge: str = ""
    rings: tuple[str, ...] = ()
    strength: float = 1.0
    tone: float | None = None


Row = list[Tile]
"""A row of a sum."""


_Placed = tuple[Tile, float, float]
"""A tile and the position of its middle, x and y."""


def tile_width(widest: float, is_ringed: bool = False) -> float:
    """Return the width of tiles for a widest word in ems, with or without room for a ring."""
    size, room = _RINGED if is_ringed else (_TEXT, MOST_OF_CELL)
    return max(_TILE, widest * size / room)


def sign_width(widest: float) -> float:
    """Return the room for signs, the widest of them in ems, with the gaps around them."""
    return widest * _SIGN_SIZE + _SIGN_AIR


def sign(text: str, room: float | None = None) -> Tile:
    """Return a sign between tiles."""
    return Tile(text, sign_width(width_of(text)) if room is None else room)


TIMES, PLUS, EQUALS, ABOUT = sign("·", _TIMES), sign("+", _PLUS), sign("=", 0.6), sign("≈", 0.6)


def ends_of(terms: Sequence[T]) -> Sequence[T]:
    """Return the first and last terms, as many of each as could fit into a line."""
    most = int(MOST_WIDTH / _TILE)
    return terms if len(terms) <= 2 * most else [*terms[:most], *terms[-most:]]


def joined(terms: Sequence[tuple[Tile, ...]], between: Tile, room: float) -> list[Tile]:
    """Return terms with a sign between them; where room is short, some in a row are left out."""
    widths = [sum(tile.width for tile in term) + between.width for term in terms]
    count = len(terms)
    if sum(widths) > _SAVED * room:
        each = max(widths)
        count = max(2, int((room - 0.5 - between.width) // each))
        # Dots in place of a single term save hardly any room.
        count = len(terms) if count == len(terms) - 1 else count
    shown = list(terms)
    if count < len(terms):
        # As many are shown at every step, so that the line does not jump.
        shown = _shortened(terms, count)
    line: list[Tile] = []
    for term in shown:
        line += [between, *term] if line else term
    return line


_NOTHING = ("0", "−∞")
"""What adds nothing to a sum, or is no maximum."""


def _shortened(terms: Sequence[tuple[Tile, ...]], count: int) -> list[tuple[Tile, ...]]:
    """Return the ends of a sum with dots between them: many zeros are left out, and never the term that wins."""
    dots = (sign("…", 0.5),)
    zeros = [any(tile.text in _NOTHING for tile in term) for term in terms]
    won = [at for at, term in enumerate(terms) if any(tile.rings for tile in term)]

    def loss(start: int) -> tuple[bool, int, int]:
        end = start + len(terms) - count
        return any(start <= at < end for at in won), -sum(zeros[start:end]), abs(start + end - len(terms))

    start = min(range(1, count), key=loss)
    head, lost = max(1, (count - 2) // 2), range(start, start + len(terms) - count)
    tail = head + 2 + len(terms) - count
    alone = [at for at in range(head, tail) if not zeros[at]] if tail < len(terms) else []
    if loss(start)[0]:
        alone = won[:1]
    elif len(alone) != 1 or alone[0] not in lost:
        return [*terms[:start], dots, *terms[lost.stop :]]
    # More dots stand in place of another term.
    return [*terms[:head], dots, terms[alone[0]], dots, *terms[tail:]]


def length(line: Sequence[Tile]) -> float:
    """Return the width of a line in cells."""
    return sum(tile.width for tile in line)


def line_scale(longest: float, width: float) -> float:
    """Return the scale of lines, given the longest one and the width of the picture in cells."""
    return max(1.0, min(width / MOST_WIDTH, width / max(longest, 1.0)))


ROW_PITCH = 0.78
"""The distance between rows of a sum, in cells of the line."""


def rows_high(count: int, scale: float) -> float:
    """Return the extra height of several rows over one."""
    return max(count - 1, 0) * ROW_PITCH * scale


def rows_shapes(
    rows: Sequence[Sequence[Tile]], middle: float, top: float, scale: float = 1.0, wide: float | None = None
) -> Shapes:
    """Return stacked rows, centred or starting where a centred row ``wide`` would, the first at height ``top``."""
    placed: list[_Placed] = []
    for number, line in enumerate(rows):
        left = middle - (length(line) if wide is None else wide) * scale / 2
        placed += _in_line(line, left, top + number * ROW_PITCH * scale, scale)
    return _drawn(placed, scale)


def line_shapes(line: Sequence[Tile], left: float, middle: float, scale: float = 1.0) -> Shapes:
    """Return a line with a given left end and middle height, in cells; all of it changes at once."""
    return _drawn(_in_line(line, left, middle, scale), scale)


def _in_line(line: Sequence[Tile], left: float, middle: float, scale: float) -> list[_Placed]:
    """Return the tiles of a line with the middle of each."""
    starts = left + scale * np.cumsum([0.0, *(tile.width for tile in line)])
    return [(tile, start + tile.width * scale / 2, middle) for tile, start in zip(line, starts.tolist(), strict=False)]


def _drawn(placed: Sequence[_Placed], scale: float) -> Shapes:
    """Return the shapes of tiles, one for all tiles that look the same."""
    signs = [one for one in placed if one[0].role is None]
    cells = [one for one in placed if one[0].role is not None]
    shapes: list[Shape] = []
    for group in _groups(cells, lambda tile: (*_look(tile), tile.edge, tile.rings)):
        shapes += _tiles(group, scale)
    for group in _groups(cells, lambda tile: (*_look(tile), tile.face, _text_size(tile))):
        shapes += _words(group, scale)
    if signs:
        places = np.array([[x, y] for _, x, y in signs])
        shapes.append(Texts(tuple(tile.text for tile, _, _ in signs), places, _SIGN_SIZE * scale, held=True, key=_SUM))
    return tuple(shapes)


def _look(tile: Tile) -> tuple[object, ...]:
    """Return the attributes that decide the colours of a tile."""
    return tile.role, tile.shaded, tile.strength, tile.tone is None


def _tones(group: Sequence[_Placed]) -> Points | None:
    return None if group[0][0].tone is None else np.array([tile.tone for tile, _, _ in group], float)


def _groups(placed: Sequence[_Placed], look: Callable[[Tile], object]) -> list[list[_Placed]]:
    """Return tiles grouped by their looks."""
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
    shapes: list[Shape] = [Cells(tile.role, quads, tile.shaded, tile.strength, _tones(group), held=True, key=_SUM)]
    shapes.append(Lines(tile.edge or tile.role, edges, held=True, key=_SUM))
    if tile.rings:
        for (x, y), (wide, high) in zip(at.tolist(), half.tolist(), strict=True):
            projection = replace(FLAT, across=(2 * wide, 0.0), down=(0.0, 2 * high))
            around = rings(
                Plane(1, 1, np.array([x - wide, y - high]), projection),
                FIRST,
                _RING if len(tile.rings) > 1 else _LONE_RING,
                tile.rings,
            )
            shapes += [replace(shape, held=True, key=_SUM) for shape in around]
    return tuple(shapes)


def _words(group: Sequence[_Placed], scale: float) -> Shapes:
    """Return the words of tiles whose words look the same."""
    tile = group[0][0]
    said = [one for one in group if one[0].text or one[0].lowered]
    if not said:
        return ()
    places = np.array([[x, y] for _, x, y in said])
    words, lowered = tuple(one.text for one, _, _ in said), tuple(one.lowered for one, _, _ in said)
    size = _text_size(tile) * scale
    more: dict[str, Any] = {"lowered": lowered, "tones": _tones(said), "held": True, "key": _SUM}
    return (Texts(words, places, size, tile.role, tile.shaded, tile.strength, tile.face, **more),)


def _text_size(tile: Tile) -> float:
    """Return the size of a tile's word: the usual one unless it is too wide."""
    wide = width_of(tile.text, tile.face, tile.lowered)
    most, room = _RINGED if tile.rings else (_TEXT, MOST_OF_CELL)
    return min(most, room * tile.width / wide) if wide else most
