"""A network as blocks: its feature maps from left to right, filled one after the other."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np

from convanim.views.network_layout import RADIUS, Box, Label, Mark, Piece, Wire
from convanim.views.scene import Cells, Entry, Key, Lines, Points, Scene, Shape, Shapes, Texts
from convanim.views.solids import Solid
from convanim.views.wires import circle, sign

_BAND = 0.24
"""The part of a block's width that shows an activation, at most."""

_MOST_BAND = 0.55
"""The widest such part, in letter sizes."""

_BEND = 0.45
"""The radius of the corners of wires."""

_HEAD = np.array([[-0.62, -0.27], [0.0, 0.0], [-0.62, 0.27], [-0.62, 0.27]])
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
        return tuple(sorted({one.number for one in (*self.piece.boxes, *self.piece.marks)}))

    def ground(self) -> Shapes:
        return tuple(_texts(self.piece.labels))

    def marks(self, numbers: range) -> Shapes:
        lit = {self.numbers[at] for at in numbers if at < len(self.numbers)}
        shapes: list[Shape] = []
        for wire in self.piece.wires:
            if wire.number in lit:
                shapes += _wire(wire, "branch")
        for box in self.piece.boxes:
            if box.number in lit:
                shapes += faces(box.solid, f"net_{box.kind}", box.has_band, Key("net", (box.number,)))
        for mark in self.piece.marks:
            if mark.number in lit:
                shapes += _mark(mark, "net_mark")
        return tuple(shapes)

    def moment(self, number: int) -> Shapes:
        waiting = set(self.numbers[number + 1 :])
        shapes: list[Shape] = []
        for box in self.piece.boxes:
            if box.number in waiting:
                shapes += _waiting(box.solid)
        for mark in self.piece.marks:
            if mark.number in waiting:
                shapes += _mark(mark, "net_waiting_mark")
        now = self.numbers[number] if number < len(self.numbers) else None
        for box in self.piece.boxes:
            if box.number == now:
                corners = np.concatenate([box.solid.hexagon, box.solid.hexagon[:1]])
                shapes.append(Lines("reach", np.stack([corners[:-1], corners[1:]], axis=1), key=Key("window")))
        return tuple(shapes)

    def legend(self) -> tuple[Entry, ...]:
        return self.entries


def sample(role: str, has_band: bool) -> Shapes:
    """Return the sample of a kind of block in a legend."""
    part = 1.0 - (_BAND if has_band else 0.0)
    square = [Cells(role, np.array([[[0, 0], [0, 1], [part, 1], [part, 0]]], float))]
    if has_band:
        square.append(Cells(f"{role}_band", np.array([[[part, 0], [part, 1], [1, 1], [1, 0]]], float)))
    return tuple(square)


def sign_sample(rule: str) -> Shapes:
    """Return the sample of the circle of a join in a legend."""
    middle = np.array([0.5, 0.5])
    return (
        Cells("place", np.array([[[0, 0], [0, 1], [1, 1], [1, 0]]], float)),
        Lines("net_mark", circle(middle, 0.48)),
        Lines("net_mark", sign(rule, middle, 0.48)),
    )


def faces(solid: Solid, role: str, has_band: bool, key: Key | None = None) -> Shapes:
    """Return the faces of a block that are seen, the last part of it in another shade if an activation ends it."""
    wide = solid.lengths[2]
    parts = [(role, 0.0, 1.0)]
    if has_band:
        at = 1.0 - min(_BAND, _MOST_BAND / wide)
        parts = [(role, 0.0, at), (f"{role}_band", at, 1.0)]
    shapes: list[Shape] = []
    for its, start, end in parts:
        part = solid.part((0.0, 0.0, start), (1.0, 1.0, end))
        shapes.append(Cells(its, part.front().corners()[None], key=key))
        shapes.append(Cells(f"{its}_top", part.top().corners()[None], key=key))
    shapes.append(Cells(f"{parts[-1][0]}_side", solid.side().corners()[None], key=key))
    return tuple(shapes)


def _waiting(solid: Solid) -> Shapes:
    planes = (solid.front(), solid.top(), solid.side())
    return (Cells("pending", np.stack([plane.corners() for plane in planes])),)


def _mark(mark: Mark, role: str) -> Shapes:
    spot = np.array(mark.spot)
    turns = np.linspace(0, 2 * np.pi, 25)
    edge = spot + RADIUS * np.stack([np.cos(turns), np.sin(turns)], axis=1)
    # A disc in wedges of four corners, the last two of which may be one.
    quads = np.stack([np.broadcast_to(spot, (12, 2)), edge[:-1:2], edge[1::2], edge[2::2]], axis=1)
    lines = np.concatenate([circle(spot, RADIUS), sign(mark.sign, spot, RADIUS)])
    return Cells("place", quads), Lines(role, lines)


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


def scene_of(drawing: NetworkDrawing) -> Scene:
    """Return the scene of a drawing."""
    return Scene.of(drawing)
