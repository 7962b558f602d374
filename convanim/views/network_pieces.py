"""What a picture of a network is made of: blocks at their places, joins, wires, words, and pieces of all these."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from math import sqrt

import numpy as np

from convanim.base.font import width_of
from convanim.base.records import dataclass
from convanim.frameworks.models.network import Block
from convanim.views.solids import Solid

Point = tuple[float, float]
Bounds = tuple[float, float, float, float]

RADIUS = 0.66
"""The radius of the circle of a join; all lengths are in letter sizes."""

AWAY = (0.38, -0.36)
"""The offset of a length of 1 away from the viewer: steep, so that many blocks have room beside each other."""

_LEAST, _LEAST_WIDE = 0.3, 0.1
"""The height and the depth, and the width, of what would be too thin to be seen."""

_FLAT = 0.45
"""The depth of a block of one axis."""

_BAR = 0.9
"""The width and the depth of numbers without places."""

_KERNELS = ((1, "conv1"), (3, "conv"), (5, "conv5"))
"""The tints of convolutions by their largest kernel; beyond the last, another one."""

_FEW_NUMBERS = 256
"""Fewer numbers without places than these are not drawn as high as the largest map."""


def tint_of(block: Block) -> str:
    """Return what a block is coloured as: its kind, told apart by its kernel, and by what pools or enlarges.

    Examples
    --------
    >>> tint_of(Block("pool", (4, 4), 1, operation="avg_pool"))
    'pool_mean'
    """
    layer = block.layer
    if block.kind == "conv" and layer is not None:
        return next((tint for most, tint in _KERNELS if max(layer.kernel_size) <= most), "conv7")
    if block.kind == "pool":
        return "pool" if "max" in block.operation else "pool_mean"
    if block.kind == "up":
        return "up" if layer is not None and layer.is_weighted else "up_fixed"
    return block.kind


@dataclass(frozen=True)
class Lengths:
    """How long the sides of blocks are: in proportion to the root of their size.

    Attributes
    ----------
    tall, thick : float
        The height of the largest map, and the width of that with the most channels.
    cells, channels, numbers : int
        The most cells an axis, channels, and numbers without places, of all blocks.
    """

    tall: float
    thick: float
    cells: int
    channels: int
    numbers: int

    @classmethod
    def of(cls, blocks: Sequence[Block], tall: float, thick: float) -> Lengths:
        """Return the lengths for some blocks."""
        cells = max((max(one.size) for one in blocks if one.size), default=1)
        channels = max((one.channels for one in blocks if one.size), default=1)
        numbers = max((one.channels for one in blocks if not one.size), default=1)
        return cls(tall, thick, cells, channels, max(numbers, _FEW_NUMBERS))

    def solid(self, block: Block, left: float) -> Solid:
        """Return the shape of a block whose front begins at ``left`` and whose middle lies on the axis."""
        if block.size:
            high = max(_LEAST, self.tall * sqrt(block.size[max(len(block.size) - 2, 0)] / self.cells))
            far = max(_LEAST, self.tall * sqrt(block.size[-1] / self.cells)) if len(block.size) > 1 else _FLAT
            wide = self.wide(block.channels)
        else:
            high, far, wide = max(_LEAST, 0.9 * self.tall * sqrt(block.channels / self.numbers)), _BAR, _BAR
        return Solid(np.array([left, -high / 2 - far * AWAY[1] / 2]), (high, far, wide), AWAY)

    def wide(self, channels: int) -> float:
        """Return how thick a block of some channels is."""
        return max(_LEAST_WIDE, self.thick * sqrt(channels / self.channels))


@dataclass(frozen=True, eq=False)
class Box:
    """A block in its place: its number, its tint, that of its end for an activation, and whether its side is seen."""

    number: int
    tint: str
    solid: Solid
    band: str = ""
    has_side: bool = True

    @cached_property
    def bounds(self) -> Bounds:
        """The left, top, right and bottom of the outline."""
        (left, top), (high, far, wide) = self.solid.corner.tolist(), self.solid.lengths
        x, y = self.solid.away
        return left, top + far * y, left + wide + far * x, top + high


@dataclass(frozen=True, eq=False)
class Mark:
    """The circle of a join with its sign, and the tint of the activation behind it."""

    number: int
    spot: Point
    sign: str
    band: str = ""


@dataclass(frozen=True, eq=False)
class Wire:
    """A line that leads to a block, which its number names, with a head at its end."""

    number: int
    points: tuple[Point, ...]
    has_head: bool = True


@dataclass(frozen=True, eq=False)
class Label:
    """A line of words around a middle."""

    text: str
    spot: Point
    face: str = "regular"

    @property
    def box(self) -> Bounds:
        """The left, top, right and bottom of the words."""
        half, (x, y) = width_of(self.text, self.face) / 2, self.spot
        return x - half, y - 0.5, x + half, y + 0.5


@dataclass(frozen=True, eq=False)
class Piece:
    """Some blocks with what stands around them; the wire to them ends at (0, 0).

    Attributes
    ----------
    boxes, marks, wires, labels
        What is drawn.
    right : float
        Where the blocks end.
    exits : tuple of points
        Where wires to what follows begin.
    lined : float
        Where the words begin, which may be left of the blocks.
    has_head : bool
        Whether the wire to them has a head; otherwise it goes on within them.
    """

    boxes: tuple[Box, ...] = ()
    marks: tuple[Mark, ...] = ()
    wires: tuple[Wire, ...] = ()
    labels: tuple[Label, ...] = ()
    right: float = 0.0
    exits: tuple[Point, ...] = ((0.0, 0.0),)
    has_head: bool = True

    @cached_property
    def bounds(self) -> Bounds:
        """The left, top, right and bottom of all of it."""
        ends = [(0.0, 0.0, self.right, 0.0), *(box.bounds for box in self.boxes), *(one.box for one in self.labels)]
        for mark in self.marks:
            x, y = mark.spot
            ends.append((x - RADIUS, y - RADIUS, x + RADIUS, y + RADIUS))
        ends += [(x, y, x, y) for wire in self.wires for x, y in wire.points]
        lefts, tops, rights, bottoms = zip(*ends, strict=True)
        return min(lefts), min(tops), max(rights), max(bottoms)

    @property
    def numbers(self) -> tuple[int, ...]:
        """The numbers of the blocks that are drawn, in the order in which they are computed."""
        shown = [box.number for box in self.boxes] + [mark.number for mark in self.marks]
        return tuple(sorted(set(shown)))

    def moved(self, x: float, y: float = 0.0) -> Piece:
        """Return the same in another place."""

        def at(point: Point) -> Point:
            return point[0] + x, point[1] + y

        by = np.array([x, y])
        return Piece(
            tuple(replace(box, solid=box.solid.moved(by)) for box in self.boxes),
            tuple(replace(mark, spot=at(mark.spot)) for mark in self.marks),
            tuple(replace(wire, points=tuple(map(at, wire.points))) for wire in self.wires),
            tuple(replace(label, spot=at(label.spot)) for label in self.labels),
            self.right + x,
            tuple(map(at, self.exits)),
            self.has_head,
        )

    def beside(self, *others: Piece, wires: Sequence[Wire] = (), labels: Sequence[Label] = ()) -> Piece:
        """Return it with others, each in its place; wires to what follows begin at the last one's ends."""
        all_ = (self, *others)
        return Piece(
            tuple(box for one in all_ for box in one.boxes),
            tuple(mark for one in all_ for mark in one.marks),
            (*(wire for one in all_ for wire in one.wires), *wires),
            (*(label for one in all_ for label in one.labels), *labels),
            max(one.right for one in all_),
            all_[-1].exits,
            self.has_head,
        )
