"""A network as blocks: its feature maps from left to right, filled one after the other."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from functools import cached_property
from typing import TypeVar

import numpy as np

from convanim.base.records import dataclass
from convanim.frameworks.models.network import Block
from convanim.views.network_layout import Placing
from convanim.views.network_parts import (
    Bundle,
    Fork,
    Repeat,
    Run,
    bundled,
    copying,
    depth_of_u,
    folded,
    grown,
    parts_of,
)
from convanim.views.network_pieces import RADIUS, Box, Label, Lengths, Mark, Piece, Wire
from convanim.views.scene import Cells, Entry, Key, Lines, Points, Shape, Shapes, Texts
from convanim.views.solids import Solid
from convanim.views.wires import circle, sign

_BAND = 0.24
"""The part of a block's width that shows an activation, at most."""

_END_BAND = 0.5
"""The same, of that which closes the network."""

_MOST_BAND = 0.55
"""The widest such part, in letter sizes."""

_BEND = 0.45
"""The radius of the corners of wires."""

_STRIPE = 0.4
"""The distance of the stripes on blocks of some tints."""

STRIPED = ("depthwise", "pool_mean", "up_fixed")
"""The tints of blocks that bear stripes on pages without colour."""

_HEAD = np.array([[-0.62, -0.27], [0.0, 0.0], [-0.62, 0.27], [-0.62, 0.27]])
_UNIT = np.array([[[0, 0], [0, 1]], [[0, 1], [1, 1]], [[1, 1], [1, 0]], [[1, 0], [0, 0]]], float)
Sides = tuple[float, float]
_Numbered = TypeVar("_Numbered", Box, Mark, Wire)
_TURNS = np.linspace(0.0, 1.0, 6)


@dataclass(frozen=True, eq=False)
class NetworkDrawing:
    """The placed blocks of a network.

    Attributes
    ----------
    piece : Piece
        The blocks in their places.
    entries : tuple of Entry
        The legend.
    least : float
        The least width, so that few blocks have no huge letters.
    """

    piece: Piece
    entries: tuple[Entry, ...]
    least: float = 0.0

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """The left, top, right and bottom of all that is drawn."""
        left, top, right, bottom = self.piece.bounds
        air = max(0.0, self.least - (right - left)) / 2
        return left - air, top, right + air, bottom

    @property
    def steps(self) -> int:
        """The number of steps: one a block, and the finished picture."""
        return len(self.numbers) + 1

    @cached_property
    def numbers(self) -> tuple[int, ...]:
        """The numbers of the blocks that are drawn, in the order in which they are computed."""
        return self.piece.numbers

    def ground(self) -> Shapes:
        """Return the words."""
        return tuple(_texts(self.piece.labels))

    def marks(self, numbers: range) -> Shapes:
        """Return the blocks of some steps, with the wires to them."""
        # In order, so that a picture of several steps lies as the steps do: wires on the blocks that they begin at.
        shapes: list[Shape] = []
        for number in self.numbers[numbers.start : numbers.stop]:
            for wire in self._by_number(self.piece.wires, number):
                shapes += _wire(wire, "branch")
            for box in self._by_number(self.piece.boxes, number):
                shapes += _faces(box)
            for mark in self._by_number(self.piece.marks, number):
                shapes += _mark(mark, "net_mark", mark.band or "place")
        return tuple(shapes)

    def _by_number(self, things: Iterable[_Numbered], number: int) -> list[_Numbered]:
        return [one for one in things if one.number == number]

    def moment(self, number: int) -> Shapes:
        """Return the blocks that are still empty, and the outline of the one that is computed."""
        waiting = set(self.numbers[number + 1 :])
        shapes: list[Shape] = []
        for box in self.piece.boxes:
            if box.number in waiting:
                shapes += _waiting(box)
        for mark in self.piece.marks:
            if mark.number in waiting:
                shapes += _mark(mark, "net_unlit", "place")
        now = self.numbers[number] if number < len(self.numbers) else None
        outlines = [_closed(box.solid.hexagon) for box in self.piece.boxes if box.number == now]
        outlines += [circle(np.array(mark.spot), RADIUS) for mark in self.piece.marks if mark.number == now]
        shapes += [Lines("reach", outline, key=Key("window")) for outline in outlines]
        return tuple(shapes)

    def legend(self) -> tuple[Entry, ...]:
        """Return the entries of the legend."""
        return self.entries


def sample(role: str, band: str = "") -> Shapes:
    """Return the sample of a kind of block in a legend, and of the activation behind it."""
    part = 1.0 - (_BAND if band else 0.0)
    square: list[Shape] = [Cells(role, np.array([[[0, 0], [0, 1], [part, 1], [part, 0]]], float))]
    if band:
        square.append(Cells(band, np.array([[[part, 0], [part, 1], [1, 1], [1, 0]]], float)))
    if role.removeprefix("net_") in STRIPED:
        square.append(Lines("net_stripe", np.array([[[0, y], [part, y]] for y in (0.25, 0.5, 0.75)])))
    return (*square, Lines("net_edge", _UNIT))


def sign_sample(rule: str) -> Shapes:
    """Return the sample of the circle of a join in a legend."""
    middle = np.array([0.5, 0.5])
    return (
        Cells("place", np.array([[[0, 0], [0, 1], [1, 1], [1, 0]]], float)),
        Lines("net_mark", circle(middle, 0.48)),
        Lines("net_mark", sign(rule, middle, 0.48)),
    )


def solid_sample() -> Shapes:
    """Return the sample of the lengths of blocks in a legend."""
    solid = Solid(np.array([0.08, 0.32]), (0.62, 0.62, 0.52), (0.5, -0.45))
    faces = [solid.front(), solid.top(), solid.side()]
    return (
        *(
            Cells(f"net_copy{name}", face.corners()[None])
            for name, face in zip(("", "_top", "_side"), faces, strict=True)
        ),
        Lines("net_unlit", np.concatenate([_closed(face.corners()) for face in faces])),
    )


def bracket_sample() -> Shapes:
    """Return the sample of the bracket above what is repeated in a legend."""
    points = np.array([[0.02, 0.75], [0.02, 0.35], [0.98, 0.35], [0.98, 0.75]])
    ground = Cells("place", np.array([[[0, 0.35], [0, 0.75], [1, 0.75], [1, 0.35]]], float))
    return ground, Lines("branch", np.stack([points[:-1], points[1:]], axis=1))


def _faces(box: Box) -> Shapes:
    """Return the faces of a block that are seen, the last part of it in another colour if an activation ends it."""
    solid, key, role = box.solid, Key("net", (box.number,)), f"net_{box.tint}"
    share = _END_BAND if box.band == "net_closing" else _BAND
    at = 1.0 - min(share, _MOST_BAND / solid.lengths[2]) if box.band else 1.0
    shapes: list[Shape] = []
    for its, start, end in ((role, 0.0, at), (box.band, at, 1.0)):
        if its:
            part = solid.part((0.0, 0.0, start), (1.0, 1.0, end))
            shapes.append(Cells(its, part.front().corners()[None], key=key))
            shapes.append(Cells(f"{its}_top", part.top().corners()[None], key=key))
    if box.has_side:
        shapes.append(Cells(f"{role}_side", solid.side().corners()[None], key=key))
    if box.tint in STRIPED:
        shapes.append(Lines("net_stripe", _stripes(box, at), key=key))
    return (*shapes, Lines("net_edge", _edges(box)))


def _stripes(box: Box, end: float) -> Points:
    """Return stripes along the channels of a block up to an end of them, and along the columns of its side."""
    high, far, _ = box.solid.lengths
    rows, columns = (np.arange(_STRIPE, length, _STRIPE)[:, None, None] / length for length in (high, far))
    front = np.array([[0, 0, 0], [0, 0, end]]) + rows * [1, 0, 0]
    top = np.array([[0, 0, 0], [0, 0, end]]) + columns * [0, 1, 0]
    side = np.array([[0, 0, 1], [0, 1, 1]]) + rows * [1, 0, 0]
    return box.solid.points(np.concatenate([front, top, side] if box.has_side else [front, top]))


def _edges(box: Box) -> Points:
    """Return the edges of a block that are seen: those of its front, its top and its side."""
    planes = [box.solid.front(), box.solid.top(), *([box.solid.side()] if box.has_side else [])]
    sides = np.concatenate([_closed(plane.corners()) for plane in planes])
    # Where two faces meet, one line is enough.
    ends = np.sort(sides.round(6).view([("x", float), ("y", float)])[..., 0], axis=1)
    return sides[np.unique(ends, axis=0, return_index=True)[1]]


def _closed(corners: Points) -> Points:
    """Return the sides between corners, and between the last and the first."""
    return np.stack([corners, np.roll(corners, -1, axis=0)], axis=1)


def _waiting(box: Box) -> Shapes:
    planes = [box.solid.front(), box.solid.top(), *([box.solid.side()] if box.has_side else [])]
    quads = np.stack([plane.corners() for plane in planes])
    return Cells("net_waiting", quads), Lines("net_unlit", _edges(box))


def _mark(mark: Mark, role: str, filling: str) -> Shapes:
    spot = np.array(mark.spot)
    turns = np.linspace(0, 2 * np.pi, 25)
    edge = spot + RADIUS * np.stack([np.cos(turns), np.sin(turns)], axis=1)
    # A disc in wedges of four corners, the last two of which may be one.
    quads = np.stack([np.broadcast_to(spot, (12, 2)), edge[:-1:2], edge[1::2], edge[2::2]], axis=1)
    lines = np.concatenate([circle(spot, RADIUS), sign(mark.sign, spot, RADIUS)])
    return Cells(filling, quads), Lines(role, lines)


def _wire(wire: Wire, role: str) -> Shapes:
    points = _rounded(np.array(wire.points))
    shapes: list[Shape] = []
    if wire.has_head:
        way = points[-1] - points[-2]
        way = way / np.linalg.norm(way)
        turn = np.array([way, [-way[1], way[0]]])
        shapes.append(Cells("dot", (points[-1] + _HEAD @ turn)[None]))
        points = np.concatenate([points[:-1], points[-1:] - 0.4 * way])
    return Lines(role, np.stack([points[:-1], points[1:]], axis=1)), *shapes


def _rounded(points: Points) -> Points:
    """Return a way with its corners rounded."""
    found = [points[:1]]
    for before, corner, after in zip(points[:-2], points[1:-1], points[2:], strict=True):
        way, on = corner - before, after - corner
        long, longer = np.linalg.norm(way), np.linalg.norm(on)
        if min(long, longer) < 1e-6:
            continue
        bend = min(_BEND, long / 2, longer / 2)
        start, end = corner - way / long * bend, corner + on / longer * bend
        t = _TURNS[:, None]
        found.append((1 - t) ** 2 * start + 2 * t * (1 - t) * corner + t**2 * end)
    return np.concatenate([*found, points[-1:]])


def _texts(labels: Iterable[Label]) -> Iterable[Texts]:
    for face in ("regular", "bold"):
        its = [label for label in labels if label.face == face]
        if its:
            places = np.array([label.spot for label in its])
            yield Texts(tuple(label.text for label in its), places, 1.0, face=face)


@dataclass(frozen=True)
class Way:
    """One of the ways in which a network may be laid out: what is folded, and the most rows."""

    is_folded: bool = False
    is_bundled: bool = False
    rows: int = 1


WAYS = (
    Way(),
    Way(rows=2),
    Way(is_folded=True),
    Way(is_folded=True, rows=2),
    Way(is_folded=True, rows=3),
    *(Way(is_folded=True, is_bundled=True, rows=rows) for rows in range(1, 10)),
)
"""The ways that are tried, the best first."""

_IN_ROW = ((9.5, 6.0), (9.5, 5.0), (9.5, 4.2), (9.0, 3.5), (9.0, 2.9), (8.5, 2.4), (7.5, 2.0), (6.5, 1.6))
_IN_ROWS = ((7.0, 5.0), (7.0, 4.2), (6.5, 3.5), (6.0, 2.8), (5.5, 2.2), (5.0, 1.7))
_IN_U = (
    (8.5, 7.0),
    (8.5, 5.8),
    (8.2, 4.8),
    (7.8, 4.0),
    (7.2, 3.5),
    (6.2, 3.0),
    (5.4, 2.5),
    (4.6, 2.0),
    (4.0, 1.6),
    (3.4, 1.2),
)
"""How high the largest map is, and how thick that of the most channels, the best first, in rows and Us."""

_MOST_PLAIN = 240
"""The most blocks of a network that is drawn without folding any."""

_MOST_HIGH, _MOST_OF_U, _MOST_OF_ROWS = 0.62, 0.62, 1.5
"""The greatest height of a picture of one row, of a U, or of several rows, for its width."""


@dataclass(frozen=True)
class Chosen:
    """A network as it is laid out.

    Attributes
    ----------
    piece : Piece
        The blocks in their places.
    is_u : bool
        Whether they form a U.
    repeats, bundles : int
        How many parts stand for several.
    """

    piece: Piece
    is_u: bool = False
    repeats: int = 0
    bundles: int = 0


@dataclass(frozen=True, eq=False)
class Layouts:
    """The ways in which a network may be laid out.

    Attributes
    ----------
    blocks : tuple of Block
        Of the network.
    looks : sequence
        What each has in common with those that look the same.
    placing : callable
        Maps blocks, their lengths and whether they form a U to how they are placed.
    """

    blocks: tuple[Block, ...]
    looks: Sequence[Hashable]
    placing: Callable[..., Placing]

    @cached_property
    def parts(self) -> Run:
        """The blocks as parts."""
        return parts_of(self.blocks)

    @cached_property
    def _placed(self) -> dict[tuple[bool, bool, Sides, bool], tuple[Run, Placing, list[Piece]]]:
        """The pieces by what is folded, how large they are, and whether there are several rows."""
        return {}

    @cached_property
    def _rows(self) -> dict[tuple[Way, Sides], Piece]:
        """The rows that do not depend on the width."""
        return {}

    @cached_property
    def in_u(self) -> list[Piece]:
        """The network as a U in all sizes; empty where it forms none."""
        if depth_of_u(self.blocks, self.parts) < 2:
            return []
        copied = copying(self.blocks, self.parts)
        lengths = [Lengths.of(copied, *sides) for sides in _IN_U]
        return [self.placing(copied, its, True).in_u(self.parts) for its in lengths]

    def best(self, most: float) -> Chosen | None:
        """Return the best way that is no wider than ``most`` letter sizes, None where none is."""
        for piece in self.in_u:
            if _fits(piece, most, _MOST_OF_U):
                return Chosen(piece, is_u=True)
        for way in WAYS:
            if len(self.blocks) > _MOST_PLAIN and not way.is_folded:
                continue
            every = _IN_ROW if way.rows == 1 else _IN_ROWS
            # What does not fit with small blocks fits with none; the smallest are not always the narrowest for words.
            if any(self._of(way, sides, most) for sides in every[:-3:-1]):
                return next(filter(None, (self._of(way, sides, most) for sides in every)))
        return None

    def _of(self, way: Way, sides: Sides, most: float) -> Chosen | None:
        """Return the network laid out in a way, None where it does not fit."""
        parts, its, pieces = self._pieces(way, sides)
        if max(piece.bounds[2] - piece.bounds[0] for piece in pieces) > most:
            return None
        piece = its.in_rows(pieces, most, way.rows) if way.rows > 1 else self._row(way, sides)
        if piece is None or not _fits(piece, most, _MOST_HIGH if way.rows == 1 else _MOST_OF_ROWS):
            return None
        return Chosen(piece, False, *_counts(parts))

    def _row(self, way: Way, sides: Sides) -> Piece:
        """Return the network in one row, which does not depend on the width."""
        if (way, sides) not in self._rows:
            _, its, pieces = self._pieces(way, sides)
            self._rows[way, sides] = its.in_row(pieces)
        return self._rows[way, sides]

    def _pieces(self, way: Way, sides: Sides) -> tuple[Run, Placing, list[Piece]]:
        """Return the parts of a way, and the pieces that they are drawn as."""
        key = way.is_folded, way.is_bundled, sides, way.rows > 1
        if key not in self._placed:
            parts = bundled(self.parts) if way.is_bundled else self.parts
            parts = folded(parts, self.looks.__getitem__) if way.is_folded else parts
            its = self.placing(self.blocks, Lengths.of(self.blocks, *sides), False, grown(parts, self.blocks))
            self._placed[key] = parts, its, its.pieces(parts)
        return self._placed[key]


def _fits(piece: Piece, most: float, high: float) -> bool:
    left, top, right, bottom = piece.bounds
    return right - left <= most and bottom - top <= high * most


def _counts(parts: Run) -> tuple[int, int]:
    """Return how many parts stand for repeated ones, and how many for branches."""
    repeats = bundles = 0
    for part in parts:
        repeats += isinstance(part, Repeat)
        bundles += isinstance(part, Bundle)
        for run in part.branches if isinstance(part, Fork) else (part.run,) if isinstance(part, Repeat) else ():
            more, others = _counts(run)
            repeats, bundles = repeats + more, bundles + others
    return repeats, bundles
