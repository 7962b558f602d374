"""Find which stamps reach an output cell, and the running sum of the cell after each."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property, reduce
from typing import Any

import numpy as np

from convanim.base.records import dataclass
from convanim.layers.axis import Kind
from convanim.plans.stages import Planes
from convanim.plans.steps import Cell, Ints, Step, kept
from convanim.plans.windows import Windows


@dataclass(frozen=True, eq=False)
class Stamp:
    """One product that reaches an output cell.

    Attributes
    ----------
    number : int
        Number of its step in the stage.
    channel : int
        The input channel that stamps.
    source, kernel : tuple of int
        The input cell, and the index into the kernel slice.
    x, w, total : number or None
        The value, the weight and the sum in the output cell so far, if the plan has numbers.
    """

    number: int
    channel: int
    source: Cell
    kernel: Cell
    x: Any = None
    w: Any = None
    total: Any = None


@dataclass(frozen=True, eq=False)
class Stamps:
    """The stamps of a stage, in the order of its steps.

    Attributes
    ----------
    stage : Windows
        The stage that stamps.
    planes : callable or None
        Returns the numbers of a channel of a tensor; None if the plan has none.
    is_by_place : bool
        Whether all channels stamp one cell before any channel stamps the next.
    """

    stage: Windows
    planes: Planes | None = None
    is_by_place: bool = False

    def number(self, channel: int, place: int) -> int:
        """Return the number of the step in which an input cell (row-major index) of a channel stamps."""
        channels, each = self.stage.steps_of
        return place * channels + channel if self.is_by_place else channel * each + place

    @kept
    def reaching(self, channel: int, cell: Cell) -> Sequence[Stamp]:
        """Return the stamps that reach a cell of an output channel, in order."""
        stage, total = self.stage, self.start(channel)
        (read,) = stage.gathered(channel, int(np.ravel_multi_index(cell, stage.output_size))).reads
        met = [
            (self.number(one, int(np.ravel_multi_index(source, stage.input_size))), one, tuple(source), tuple(kernel))
            for one in read.channels
            for source, kernel in zip(read.taps.source.tolist(), read.taps.kernel.tolist(), strict=True)
            if source[0] >= 0
        ]
        found = []
        for number, one, source, kernel in sorted(met):
            weights = stage.slice(channel, one)
            if self.planes is None or weights is None:
                found.append(Stamp(number, one, source, kernel))
                continue
            x, w = self.planes(stage.source, one).item(source), weights.item(kernel)
            total += x * w
            found.append(Stamp(number, one, source, kernel, x, w, total))
        return found

    def before(self, channel: int, cell: Cell, number: int) -> tuple[int, Any]:
        """Return how many stamps have reached an output cell before a step, and the sum that it holds.

        The sum includes the bias, if any; it is None if the plan has no numbers.
        """
        found = [one for one in self.reaching(channel, cell) if one.number < number]
        start = None if self.planes is None else self.start(channel)
        return len(found), found[-1].total if found else start

    def start(self, channel: int) -> Any:
        """Return what the cells of an output channel hold before the first stamp."""
        return 0 if self.stage.bias is None else self.stage.bias.item(channel)

    def busiest(self, step: Step, number: int) -> Cell | None:
        """Return the cell, of those that a step writes, that the most stamps have reached; None if there is none.

        Of several, it is the first that does not hold zero, if there is one.
        """
        found: list[Cell] = [tuple(cell) for cell in step.writes[self.stage.inside(step.writes)].tolist()]
        held = {cell: self.before(step.channel, cell, number + 1) for cell in found}
        return max(found, key=lambda cell: (held[cell][0], bool(held[cell][1])), default=None)

    def products(self, step: Step, channel: int) -> list[Any]:
        """Return the products that a step stamps on an output channel: its value times each weight, in order."""
        (read,) = step.reads
        weights = self.stage.slice(channel, read.channels[0])
        if self.planes is None or weights is None:
            return []
        x = self.planes(read.tensor, read.channels[0]).item(tuple(read.taps.source[0]))
        return [x * w for w in weights.ravel().tolist()]

    def held(self, channel: int) -> Sequence[Any]:
        """Return every number that any cell of an output channel holds at some point."""
        cells = np.ndindex(*self.stage.output_size)
        return [self.start(channel), *(one.total for cell in cells for one in self.reaching(channel, cell))]

    @cached_property
    def overlap(self) -> Ints:
        """Number of stamps that reach each cell of an output channel, over all steps."""
        axes = [
            np.array([sum(axis.kind(q) is Kind.INPUT for q in axis.window(o)) for o in range(axis.output)])
            for axis in self.stage.axes
        ]
        counts: Ints = reduce(np.multiply.outer, axes) * self.stage.grouping.inputs_a_group
        return counts
