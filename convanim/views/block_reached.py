"""What a step reaches of a block: the cells that it reads or makes, as a block within it."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from convanim.base.records import dataclass
from convanim.plans import Ints, Mask
from convanim.views.block import ACROSS, Block, faces_of
from convanim.views.marks import Window
from convanim.views.plane import Plane
from convanim.views.scene import Points
from convanim.views.solids import Solid


@dataclass(frozen=True, eq=False)
class Reached:
    """The cells of a block that a step reads or makes, as a block within it.

    Attributes
    ----------
    block : Block
        The block.
    low, high : (int, int, int)
        The row, column and page of the grid at the first corner, and those behind the last.
    mask : (rows, columns, pages) array of bool
        Which of the cells between them belong to it.
    """

    block: Block
    low: tuple[int, int, int]
    high: tuple[int, int, int]
    mask: Mask

    @cached_property
    def solid(self) -> Solid:
        """Its solid."""
        return self.block.within(self.low, self.high)

    @cached_property
    def ends(self) -> tuple[Ints, Ints]:
        """Its first cell and those behind its last, counted from the block's first: down, away and to the right."""
        first, last = (
            np.array(self.block.turned(np.array(place) - self.block.low), np.int64) for place in (self.low, self.high)
        )
        return first, last

    @property
    def inner(self) -> tuple[Ints, Ints]:
        """The same, of those cells that lie in the block, without padding."""
        first, last = self.ends
        return np.maximum(first, 0), np.minimum(last, self.block.turned(self.block.counts))

    @property
    def touched(self) -> tuple[str, ...]:
        """The faces of the block, of those that are seen, that it touches or reaches beyond."""
        first, last = self.ends
        is_touched = {
            "front": first[1] <= 0,
            "top": first[0] <= 0,
            "side": last[2] >= self.block.turned(self.block.counts)[2],
        }
        return tuple(name for name, one in is_touched.items() if one)

    @property
    def outer(self) -> tuple[str, ...]:
        """Those of its faces that are seen which lie outside of the block, in front of it or above."""
        first, _ = self.ends
        return tuple(name for name, axis in (("front", 1), ("top", 0)) if first[axis] < 0)

    @property
    def is_whole(self) -> bool:
        """Whether all cells between its corners belong to it."""
        return bool(self.mask.all())

    def on(self, face: str) -> Window:
        """Return its cells on one of the block's faces that it touches."""
        (first, _), (start, stop) = self.ends, self.inner
        cells = self.block.laid(self.mask)[tuple(map(slice, (start - first).tolist(), (stop - first).tolist()))]
        down, right = (int(start[axis]) for axis in ACROSS[face])
        if face == "top":
            down = self.block.turned(self.block.counts)[1] - int(stop[1])
        return Window(down, right, faces_of(cells)[face])

    def quads(self, face: str) -> Points:
        """Return what of it is on one of its own faces, (n, 4, 2): all of that, or cell by cell if there are gaps."""
        if self.is_whole:
            whole: Points = self.solid.quads[list(ACROSS).index(face)][None]
            return whole
        cells = faces_of(self.block.laid(self.mask))[face]
        plane: Plane = getattr(self.solid, face)(*cells.shape)
        return plane.quads(np.argwhere(cells))

    @property
    def is_outside(self) -> bool:
        """Whether it lies in padding alone."""
        first, last = self.inner
        return bool((first >= last).any())

    @property
    def within(self) -> Solid:
        """The solid of those of its cells that are not padding."""
        low = np.maximum(self.low, self.block.low)
        high = np.minimum(self.high, np.array(self.block.low) + self.block.counts)
        return self.block.within(tuple(low.tolist()), tuple(high.tolist()))
