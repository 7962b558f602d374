"""Blocks of one size that follow each other in a network, with the words above and below them, and circles of joins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from functools import cached_property
from itertools import pairwise

import numpy as np

from convanim.base.font import folded, width_of
from convanim.base.language import counted, thousands, translated_in
from convanim.base.records import dataclass
from convanim.frameworks.models.network import JOINS, Block
from convanim.views.network_pieces import AWAY, RADIUS, Bounds, Box, Label, Lengths, Mark, Piece, tint_of
from convanim.words.layer_names import size
from convanim.words.networks import Doing

LINE = 1.3
"""The distance between lines of words; all lengths are in letter sizes."""

APART = 0.55
"""The least gap between the channels of two blocks."""

_ROOM = 9.0
"""The longest line of words above a block."""

_JOINED = ("conv", "depthwise", "pool", "up", "other", "copy")
"""Kinds of blocks that follow each other without a gap where they have the same size."""


@dataclass(frozen=True)
class Groups:
    """What groups of the blocks of a network are drawn as.

    Attributes
    ----------
    blocks : tuple of Block
        The blocks of the network.
    doings : tuple of Doing
        What makes each.
    usual : dict of str to Doing
        What is not written, since the legend says it, by the tint of the block.
    activation, closing : str
        The usual activation and the other one that are not written either, since they have their colours.
    lengths : Lengths
        How long the sides of blocks are.
    is_u : bool
        Whether smaller maps stand below larger ones; channels are then written above blocks.
    grown : dict of int to int
        The channels of the last of what is drawn once, where they are not those of the first.
    """

    blocks: tuple[Block, ...]
    doings: tuple[Doing, ...]
    usual: Mapping[str, Doing] = field(hash=False)
    activation: str
    closing: str
    lengths: Lengths
    is_u: bool = False
    grown: Mapping[int, int] = field(default_factory=dict, hash=False)

    @cached_property
    def is_shared(self) -> bool:
        """Whether equal blocks that follow each other share a number, since one of them is too thin for its own."""
        return any(
            self.follows(number - 1, number)
            and block.sources == (number - 1,)
            and block.channels == self.blocks[number - 1].channels
            and self.lengths.wide(block.channels) < width_of(thousands(block.channels)) + APART
            for number, block in enumerate(self.blocks)
            if number
        )

    def follows(self, before: int, number: int) -> bool:
        """Return whether a block follows another without a gap."""
        one, other = self.blocks[before], self.blocks[number]
        is_same = one.size == other.size and bool(one.size) and max(one.size) > 1
        return is_same and one.kind in _JOINED and other.kind in _JOINED

    def group(self, members: Sequence[int], above: str = "", tint: str = "") -> Piece:
        """Return blocks of one size that follow each other without a gap."""
        if self.blocks[members[0]].kind == "join" and not tint:
            return self.join(members[0])
        boxes: list[Box] = []
        left = 0.0
        for number in members:
            solid = self.lengths.solid(self.blocks[number], left)
            its = tint or tint_of(self.blocks[number])
            boxes.append(Box(number, its, solid, self._band(number, its), len(boxes) + 1 == len(members)))
            left += solid.lengths[2]
        last = boxes[-1].solid
        labels = self._channels(boxes)
        labels += self._size(boxes)
        labels += self._above(boxes, above, labels)
        exit_x = left + last.lengths[1] * AWAY[0] / 2
        return Piece(tuple(boxes), labels=tuple(labels), right=last.box[2], exits=((exit_x, 0.0),))

    def _band(self, number: int, tint: str) -> str:
        """Return the tint of the end of a block, which stands for the activation behind it; empty for none."""
        passed = self.blocks[number].passed
        if not passed or (tint not in self.usual and self.blocks[number].kind != "join"):
            return ""
        return "net_closing" if self.closing in passed else f"net_{tint}_band"

    def _channels(self, boxes: Sequence[Box]) -> list[Label]:
        """Return the channels of blocks in a line, below them or above."""
        told: list[tuple[str, float, float]] = []
        for box in boxes:
            text = self._count(box.number)
            left, _, right, _ = box.bounds
            start, end = (left, right) if self.is_u else (left, left + box.solid.lengths[2])
            if self.is_shared and told and told[-1][0] == text:
                start = told.pop()[1]
            told.append((text, start, end))
        y = min(box.bounds[1] for box in boxes) - 0.75 if self.is_u else max(box.bounds[3] for box in boxes) + 0.9
        spots = _spread([(start + end) / 2 for _, start, end in told], [width_of(text) + APART for text, _, _ in told])
        return [Label(text, (spot, y)) for (text, _, _), spot in zip(told, spots, strict=True)]

    def _count(self, number: int) -> str:
        """Return the channels of a block, and those of the last one where it stands for several."""
        text = thousands(self.blocks[number].channels)
        return f"{text} … {thousands(self.grown[number])}" if number in self.grown else text

    def _size(self, boxes: Sequence[Box]) -> list[Label]:
        """Return the size of blocks below them, where those of the same size beside them do not have it."""
        cells = self.blocks[boxes[0].number].size
        if not cells or boxes[0].tint == "copy":
            return []
        y = max(box.bounds[3] for box in boxes) + 0.9 + (0.0 if self.is_u else LINE)
        last = boxes[-1].solid
        text = size(cells) if len(cells) > 1 else counted("{count} cell", "{count} cells", cells[0])
        return [Label(text, ((boxes[0].solid.corner[0] + last.corner[0] + last.lengths[2]) / 2, y))]

    def _above(self, boxes: Sequence[Box], more: str, others: Sequence[Label]) -> list[Label]:
        """Return what makes blocks above them, where it is not as the legend says."""
        labels: list[Label] = []
        for box in boxes:
            done = self.doings[box.number]
            if box.tint in ("input", "copy"):
                continue
            told = done.beside(self.usual[box.tint]) if box.tint in self.usual else done.phrases
            shown = (self.activation, self.closing) if box.band else ()
            lines = [*_lines((more,) if more else told), *(one for one in done.passed if one not in shown)]
            left, top, right, _ = box.bounds
            x, y = (left + right) / 2, top - 0.75
            made = [Label(line, (x, y - LINE * at)) for at, line in enumerate(reversed(lines))]
            while any(_overlap(one.box, other.box) for one in made for other in (*labels, *others)):
                made = [replace(one, spot=(x, one.spot[1] - LINE)) for one in made]
            labels += made
        return labels

    def join(self, number: int) -> Piece:
        """Return the circle in which branches meet."""
        block = self.blocks[number]
        sign = JOINS[block.operation]
        text = self._count(number)
        # A wire may lead to the circle from below, so the words stand beside that.
        spot = (1.5 * RADIUS + 0.2 + width_of(text) / 2, RADIUS + 0.75)
        labels = (Label(text, spot),) if sign == "copy" else ()
        mark = Mark(number, (RADIUS, 0.0), sign, self._band(number, "conv"))
        return Piece(marks=(mark,), labels=labels, right=2 * RADIUS, exits=((2 * RADIUS, 0.0),))


def _lines(phrases: Sequence[str]) -> list[str]:
    """Return phrases in lines, which are broken within one only where it is longer than a line."""
    comma = translated_in("in a list", ", ")
    lines: list[str] = []
    for phrase in phrases:
        joined = f"{lines[-1]}{comma}{phrase}" if lines else phrase
        if lines and width_of(joined) <= _ROOM:
            lines[-1] = joined
        else:
            lines = [*lines[:-1], *([f"{lines[-1]}{comma}".rstrip()] if lines else []), *folded(phrase, _ROOM)]
    return lines


def _spread(middles: Sequence[float], widths: Sequence[float]) -> list[float]:
    """Return places as near to the given middles as those widths allow, in the same order.

    Examples
    --------
    >>> _spread([0.0, 1.0, 9.0], [2.0, 2.0, 2.0])
    [-0.5, 1.5, 9.0]
    """
    # What would overlap stands side by side around its common middle, which may reach into the group before it.
    starts = np.cumsum([0.0, *((one + other) / 2 for one, other in pairwise(widths))])
    groups: list[list[float]] = []
    for middle, start in zip(middles, starts.tolist(), strict=True):
        groups.append([middle - start])
        while len(groups) > 1 and np.mean(groups[-2]) > np.mean(groups[-1]):
            groups[-2:] = [groups[-2] + groups[-1]]
    wanted = [float(np.mean(group)) for group in groups for _ in group]
    return [start + by for start, by in zip(starts.tolist(), wanted, strict=True)]


def _overlap(one: Bounds, other: Bounds) -> bool:
    air = 0.3
    return one[0] < other[2] + air and other[0] < one[2] + air and one[1] < other[3] and other[1] < one[3]
