"""A network as blocks: its feature maps from left to right, filled one after the other."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import TypeVar

import numpy as np

from convanim.base.records import dataclass
from convanim.views.network_pieces import RADIUS, Box, Label, Mark, Piece, Wire
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


def sign_sample(rule: str, band: str = "") -> Shapes:
    """Return the sample of the circle of a join in a legend, in the tint of the activation behind it."""
    return _circled(np.array([0.5, 0.5]), 0.48, rule, "net_mark", band or "place")


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
    return _circled(np.array(mark.spot), RADIUS, mark.sign, role, filling)


def _circled(spot: Points, radius: float, rule: str, role: str, filling: str) -> Shapes:
    """Return the sign of a rule in a filled circle."""
    turns = np.linspace(0, 2 * np.pi, 25)
    edge = spot + radius * np.stack([np.cos(turns), np.sin(turns)], axis=1)
    # A disc in wedges of four corners, the last two of which may be one.
    quads = np.stack([np.broadcast_to(spot, (12, 2)), edge[:-1:2], edge[1::2], edge[2::2]], axis=1)
    lines = np.concatenate([circle(spot, radius), sign(rule, spot, radius)])
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
