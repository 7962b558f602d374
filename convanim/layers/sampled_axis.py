"""One axis whose windows are listed one by one: they may differ in size, and cells may count by shares."""

from __future__ import annotations

from collections.abc import Iterator

from convanim.base.records import dataclass
from convanim.layers.axis import Axis, Kind


@dataclass(frozen=True)
class SampledAxis(Axis):
    """An axis that lists the input cells that each output cell reads.

    There is no padding, and ``kernel`` is the number of cells of the largest window.

    Attributes
    ----------
    windows : tuple of tuple of int
        For each output cell, the input cells that it reads, in ascending order.
    shares : tuple of tuple of float
        For each output cell, the factor of each cell that it reads; empty if there are none.
    places : tuple of float
        For each output cell, its place on the input, where input cell i has
        its middle at i; empty if there is none.
    cycle : tuple of tuple of int
        The windows of the first outputs, as if the input were endless, until their pattern repeats.
    cycle_shares : tuple of tuple of float
        The factors of the cells of ``cycle``; empty if there are none.
    shift : int
        By how many input cells the pattern moves on when it repeats.
    """

    windows: tuple[tuple[int, ...], ...] = ()
    shares: tuple[tuple[float, ...], ...] = ()
    places: tuple[float, ...] = ()
    cycle: tuple[tuple[int, ...], ...] = ()
    cycle_shares: tuple[tuple[float, ...], ...] = ()
    shift: int = 0

    @property
    def output(self) -> int:
        """Number of windows."""
        return len(self.windows)

    @property
    def counts(self) -> tuple[int, ...]:
        """Number of cells that each output reads."""
        return tuple(map(len, self.windows))

    @property
    def dropped(self) -> int:
        """Always 0: no window is dropped."""
        return 0

    @property
    def drawn(self) -> range:
        """All positions that are drawn: the input cells."""
        return range(self.size)

    def window(self, output: int) -> tuple[int, ...]:
        """Return the input cells that make output cell ``output``, in order."""
        return self.windows[output]

    def kind(self, position: int) -> Kind:
        """Return what a position holds: always an input cell."""
        return Kind.INPUT

    def source(self, position: int) -> int:
        """Return the input cell at a position."""
        return position

    def read(self) -> bytearray:
        """Return one byte per input cell, 1 if any window reads it."""
        marks = bytearray(self.size)
        for window in self.windows:
            for cell in window:
                marks[cell] = 1
        return marks

    def inputs(self, output: int) -> Iterator[int]:
        """Yield the input cells that make output cell ``output``, as if the input were endless."""
        times, own = divmod(output, len(self.cycle))
        yield from (cell + times * self.shift for cell in self.cycle[own])

    def field(self, outputs: int = 1) -> int:
        """Return the largest span of input cells that ``outputs`` neighbouring outputs can see."""
        firsts = range(len(self.cycle))
        return max(max(self.inputs(first + outputs - 1)) - min(self.inputs(first)) + 1 for first in firsts)
