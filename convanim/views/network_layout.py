"""Where the blocks of a network stand: in a row, in rows, or in a U, with the wires between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np

from convanim.base.records import dataclass
from convanim.views.network_groups import APART, Groups
from convanim.views.network_parts import Bundle, Fork, Part, Repeat, Run, Tangle, split_u
from convanim.views.network_pieces import RADIUS, Label, Piece, Point, Wire
from convanim.words.networks import branches, times

_ARROW, _AIR, _BETWEEN = 1.5, 0.35, 0.55
"""The least length of an arrow, the least gap between blocks, and that between words; all in letter sizes."""

_TRACK = 0.9
"""The distance of a wire from what it leads around."""


@dataclass(frozen=True)
class Placing(Groups):
    """How the blocks of a network are placed."""

    def run(self, parts: Run) -> Piece:
        """Return parts that others lead to from left to right."""
        return self.in_row(self.pieces(parts, is_start=False))

    def pieces(self, parts: Run, is_start: bool = True) -> list[Piece]:
        """Return the pieces that parts are drawn as; blocks of one size that follow each other are one.

        ``is_start`` says that nothing leads to the first of them.
        """
        found: list[Piece] = []
        group: list[int] = []
        for part in parts:
            if isinstance(part, int) and group and self.follows(group[-1], part):
                group.append(part)
                continue
            if group:
                found.append(self.group(group))
                group = []
            if isinstance(part, int):
                group = [part]
            else:
                found.append(self.piece(part, is_first=is_start and not found))
        return [*found, self.group(group)] if group else found

    def piece(self, part: Part, is_first: bool) -> Piece:
        """Return a part that is no block."""
        if isinstance(part, Repeat):
            return self.repeat(part)
        if isinstance(part, Tangle):
            return self.tangle(part)
        if isinstance(part, Bundle):
            return self.group([part.join], above=branches(part.count), tint="other")
        assert isinstance(part, Fork)
        return self.fork(part, is_first)

    def in_row(self, pieces: Sequence[Piece]) -> Piece:
        """Return pieces from left to right, with arrows between them."""
        first, *others = pieces
        ends, placed, wires = _Ends.of(first), [], []
        for piece in others:
            x = ends.next(piece)
            wires.append(Wire(_first_number(piece), (ends.exit, (x, 0.0)), piece.has_head))
            placed.append(piece.moved(x))
            ends = ends.behind(piece, x)
        return first.beside(*placed, wires=wires)

    def repeat(self, part: Repeat) -> Piece:
        """Return parts that are repeated, once, below a bracket that says how often."""
        inner = self.run(part.run)
        left, top, right, _ = inner.bounds
        label = Label(times("", part.times), ((left + right) / 2, top - 0.75 - _TRACK), "bold")
        y, first = top - _TRACK, _first_number(inner)
        bracket = Wire(first, ((left, y + 0.4), (left, y), (right, y), (right, y + 0.4)), has_head=False)
        return inner.beside(Piece(right=0.0, exits=inner.exits), wires=[bracket], labels=[label])

    def fork(self, part: Fork, is_first: bool) -> Piece:
        """Return branches as lanes above each other, and those without blocks as wires around them."""
        lanes = [self.run(branch) for branch in part.branches if branch]
        around = any(not branch for branch in part.branches)
        places = _heights(lanes)
        start = 0.0 if is_first else _ARROW
        wide = max((lane.bounds[2] for lane in lanes), default=0.0)
        ways: list[Wire] = []
        placed: list[Piece] = []
        for lane, y in zip(lanes, places, strict=True):
            x = start + max(0.0, -lane.bounds[0] - 0.8)
            placed.append(lane.moved(x + (0.0 if y == 0 else (wide - lane.right) / 2), y))
            if not is_first:
                entry = placed[-1].boxes or placed[-1].marks
                at = x + (0.0 if y == 0 else (wide - lane.right) / 2)
                points = ((0.0, 0.0), (0.0, y), (at, y)) if y else ((0.0, 0.0), (at, y))
                if entry:
                    ways.append(Wire(_first_number(lane), points, lane.has_head))
        whole = Piece(exits=()).beside(*placed) if placed else Piece()
        exits = tuple(point for lane in placed for point in lane.exits)
        whole = replace(whole, exits=exits, wires=(*whole.wires, *ways), has_head=False)
        top = min(whole.bounds[1], -1.2) - _TRACK
        if part.join is None:
            ends = (*exits, (whole.bounds[2] + _AIR, top)) if around else exits
            extra = [Wire(_first_number(whole), ((0.0, 0.0), (0.0, top), ends[-1]), has_head=False)] if around else []
            return replace(whole, exits=ends, wires=(*whole.wires, *extra))
        end = self.group([part.join])
        x = max([whole.bounds[2] + _ARROW, *(px + _ARROW for px, _ in exits)])
        x = max(x, whole.bounds[2] + _BETWEEN - end.bounds[0])
        ends_ = [*exits, *([(0.0, top)] if around else [])]
        return whole.beside(end.moved(x), wires=self._to_join(part.join, ends_, x, bool(end.marks)))

    def _to_join(self, number: int, exits: Sequence[Point], x: float, is_circle: bool) -> list[Wire]:
        """Return the wires from the ends of branches to what joins them, which begins at ``x``."""
        wires = []
        for px, py in exits:
            if abs(py) < 1e-6:
                points: tuple[Point, ...] = ((px, py), (x, 0.0))
            elif is_circle:
                middle, edge = x + RADIUS, RADIUS if py > 0 else -RADIUS
                points = ((px, py), (middle, py), (middle, edge))
            else:
                points = ((px, py), (x - 1.0, py), (x - 1.0, 0.0), (x, 0.0))
            if (px, py) in exits and px == 0.0 and py < 0:
                points = ((0.0, 0.0), *points)
            wires.append(Wire(number, points))
        return wires

    def in_u(self, parts: Run) -> Piece:
        """Return parts as a U: what leads to smaller maps and back stands below the wire that leads there at once."""
        found = split_u(self.blocks, parts)
        if found is None:
            return self.run(parts)
        *before, last = self.pieces(found.before)
        # What leads down leaves the words below the last of them at its left.
        aside = tuple(_aside(one, last.exits[0][0], -1.0, is_below=True) for one in last.labels)
        left, deep, right = (
            self.in_row([*before, replace(last, labels=aside)]),
            self.in_u(found.inner),
            self.run(found.after),
        )
        (exit_x, _), *_ = left.exits
        copy, up = right.boxes[0].solid, right.boxes[1].solid
        deep = deep.moved(exit_x + _ARROW)
        (end_x, _), *_ = deep.exits
        # What leads up goes around words above the block.
        rise = end_x if all(_aside(one, end_x, 1.0) is one for one in deep.labels) else deep.bounds[2] + APART
        x = max(
            rise - copy.lengths[2] - up.lengths[2] / 2,
            exit_x + 2 * _ARROW,
            left.bounds[2] + _BETWEEN - right.bounds[0],
        )
        rise = x + copy.lengths[2] + up.lengths[2] / 2
        bottom = max(box.bounds[3] for one in (left, right) for box in one.boxes)
        # Words above it stand right of what leads down, and those below the left side left of that.
        y = bottom + _TRACK - deep.bounds[1]
        deep = deep.moved(0.0, y)
        wires = [
            Wire(deep.boxes[0].number, ((exit_x, 0.0), (exit_x, y), (exit_x + _ARROW, y))),
            Wire(right.boxes[0].number, ((exit_x, 0.0), (x, 0.0))),
            Wire(right.boxes[1].number, ((end_x, y), (rise, y), (rise, up.box[3]))),
        ]
        return left.beside(deep, right.moved(x), wires=wires)

    def in_rows(self, pieces: Sequence[Piece], most: float, rows_at_most: int) -> Piece | None:
        """Return pieces in as few rows as a width needs, about equally long; None where these are too many."""
        most -= _ARROW + _TRACK + 2 * _AIR
        count = len(_broken(pieces, most))
        if count > rows_at_most:
            return None
        low, high = 0.0, most
        while high - low > 1.0:
            middle = (low + high) / 2
            low, high = (low, middle) if len(_broken(pieces, middle)) <= count else (middle, high)
        rows = [self.in_row(row) for row in _broken(pieces, high)]
        # Words above the first blocks of a row stand right of the wire that comes down to it.
        starts = [0.0, *(max(0.0, APART - _ARROW - _left_above(row)) for row in rows[1:])]
        ends = [max(row.bounds[2], row.exits[0][0]) + start for row, start in zip(rows[:-1], starts, strict=False)]
        right = max(ends, default=0.0) + _TRACK
        placed, wires, bottom = [rows[0]], [], rows[0].bounds[3]
        for row, start in zip(rows[1:], starts[1:], strict=True):
            (x, y), *_ = placed[-1].exits
            low = bottom + _TRACK
            down = low + _TRACK - row.bounds[1]
            points = ((x, y), (right, y), (right, low), (-_ARROW, low), (-_ARROW, down), (start, down))
            wires.append(Wire(_first_number(row), points, row.has_head))
            placed.append(row.moved(start, down))
            bottom = placed[-1].bounds[3]
        return placed[0].beside(*placed[1:], wires=wires)

    def tangle(self, part: Tangle) -> Piece:
        """Return blocks in a row, with a wire around others for each that takes more than what stands before it."""
        pieces = [self.group([number]) for number in part.blocks]
        whole = self.in_row(pieces)
        # Wires leave and enter blocks at the far edge of their top, and circles at theirs.
        ends: dict[int, tuple[float, float, float]] = {}
        for box in whole.boxes:
            (far, top), wide = box.solid.points(np.array([0, 1, 0])).tolist(), box.solid.lengths[2]
            ends[box.number] = far + 0.25 * wide, far + 0.75 * wide, top
        for mark in whole.marks:
            x, y = mark.spot
            ends[mark.number] = x - 0.2, x + 0.2, y - RADIUS
        pairs = pairwise(part.blocks)
        far_ones = [(one, number) for before, number in pairs for one in self.blocks[number].sources if one != before]
        taken: list[tuple[float, float]] = []
        wires = []
        for source, number in sorted(far_ones, key=lambda pair: pair[1] - pair[0]):
            (_, start, begin), (end, _, low) = ends.get(source, (0.0, -0.5, 0.0)), ends[number]
            level = 1 + sum(a < end and start < b for a, b in taken)
            taken.append((start, end))
            y = whole.bounds[1] - level * _TRACK
            wires.append(Wire(number, ((start, begin), (start, y), (end, y), (end, low))))
        return whole.beside(Piece(right=0.0, exits=whole.exits), wires=wires)


@dataclass(frozen=True)
class _Ends:
    """How far a row reaches: its blocks, its words, and where the wire to what follows begins."""

    exit: Point
    right: float
    last: float

    @classmethod
    def of(cls, piece: Piece) -> _Ends:
        return cls(piece.exits[0] if piece.exits else (0.0, 0.0), piece.right, piece.bounds[2])

    def next(self, piece: Piece) -> float:
        """Return where a piece begins that follows."""
        gap = _ARROW if piece.has_head else _AIR
        return max(self.exit[0] + gap, self.right + _AIR, self.last + _BETWEEN - piece.bounds[0])

    def behind(self, piece: Piece, x: float) -> _Ends:
        """Return how far the row reaches with a piece that begins at ``x``."""
        own = _Ends.of(piece)
        exit_ = own.exit[0] + x, own.exit[1]
        return _Ends(exit_, max(self.right, own.right + x), max(self.last, own.last + x))


def _broken(pieces: Sequence[Piece], most: float) -> list[list[Piece]]:
    """Return pieces in rows that are no longer than a width, unless a single one is."""
    rows: list[list[Piece]] = []
    ends, left = _Ends((0.0, 0.0), 0.0, 0.0), 0.0
    for piece in pieces:
        x = ends.next(piece)
        longer = ends.behind(piece, x)
        if rows and longer.last - left <= most:
            rows[-1].append(piece)
            ends = longer
        else:
            rows.append([piece])
            ends, left = _Ends.of(piece), piece.bounds[0]
    return rows


def _aside(label: Label, x: float, way: float, is_below: bool = False) -> Label:
    """Return a label beside an upright wire above the axis, or below it, moved to a side where it is in the way."""
    left, _, right, _ = label.box
    if (label.spot[1] > 0) != is_below or not left - APART < x < right + APART:
        return label
    by = x + APART - left if way > 0 else x - APART - right
    return replace(label, spot=(label.spot[0] + by, label.spot[1]))


def _heights(lanes: Sequence[Piece]) -> list[float]:
    """Return the height of the axis of each lane; the longest of two lies on the axis of the whole."""
    if len(lanes) < 2:
        return [0.0] * len(lanes)
    if len(lanes) == 2:
        main = max(range(2), key=lambda at: lanes[at].right)
        other = lanes[1 - main]
        found = [0.0, 0.0]
        found[1 - main] = lanes[main].bounds[1] - other.bounds[3] - _TRACK
        return found
    tops = [0.0]
    for before, lane in pairwise(lanes):
        tops.append(tops[-1] + before.bounds[3] + _TRACK - lane.bounds[1])
    middle = (tops[0] + tops[-1]) / 2
    return [0.0 if abs(top - middle) < 1e-6 else top - middle for top in tops]


def _left_above(piece: Piece) -> float:
    """Return where the words above the axis of a piece begin, or its blocks."""
    return min((label.box[0] for label in piece.labels if label.spot[1] < 0), default=0.0)


def _first_number(piece: Piece) -> int:
    return min([box.number for box in piece.boxes] + [mark.number for mark in piece.marks], default=0)
