"""Find which stamps reach an output cell, and the running sum of the cell after each."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from functools import cached_property, reduce
from math import prod
from typing import Any, TypeVar

import numpy as np

from convanim.base.records import dataclass
from convanim.layers.axis import Kind
from convanim.plans.results import roomy
from convanim.plans.stages import Planes
from convanim.plans.steps import Cell, Ints, Step, kept
from convanim.plans.values import Numbers
from convanim.plans.windows import Windows

_Count = TypeVar("_Count", int, Ints)


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
class Fallen:
    """The stamps that reach each cell of an output channel, in the order of their steps.

    Attributes
    ----------
    counts : (cells,) array
        How many stamps reach each cell, in row-major order.
    numbers, taps : (cells, most) arrays
        The number of the step of each stamp, and the row-major index into the kernel slice; -1 behind the last stamp.
    """

    counts: Ints
    numbers: Ints
    taps: Ints


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

    def number(self, channel: _Count, place: _Count) -> _Count:
        """Return the number of the step in which an input cell (row-major index) of a channel stamps, or of several."""
        channels, each = self.stage.steps_of
        return place * channels + channel if self.is_by_place else channel * each + place

    def _ends(self, number: _Count) -> tuple[_Count, _Count]:
        """Return the channel and the input cell (row-major index) of a step, or of several."""
        channels, each = self.stage.steps_of
        return (number % channels, number // channels) if self.is_by_place else (number // each, number % each)

    def reaching(self, channel: int, cell: Cell) -> Sequence[Stamp]:
        """Return the stamps that reach a cell of an output channel, in order."""
        stage, fallen, place = self.stage, self._fallen(channel), self._place(cell)
        found = []
        for nth in range(fallen.counts[place]):
            number = int(fallen.numbers[place, nth])
            one, at = self._ends(number)
            source, kernel = (
                tuple(int(i) for i in np.unravel_index(index, size))
                for index, size in ((at, stage.input_size), (fallen.taps[place, nth], stage.layer.kernel_size))
            )
            stamp = Stamp(number, one, source, kernel)
            weights = stage.slice(channel, one)
            if self.planes is not None and weights is not None:
                x, w = self.planes(stage.source, one).item(source), weights.item(kernel)
                stamp = replace(stamp, x=x, w=w, total=self.before(channel, cell, number + 1)[1])
            found.append(stamp)
        return found

    def before(self, channel: int, cell: Cell, number: int) -> tuple[int, Any]:
        """Return how many stamps have reached an output cell before a step, and the sum that it holds.

        The sum includes the bias, if any; it is None if the plan has no numbers.
        """
        fallen, totals, place = self._fallen(channel), self._totals(channel), self._place(cell)
        count = int(fallen.numbers[place, : fallen.counts[place]].searchsorted(number))
        if totals is None:
            return count, None
        return count, totals.item(place, count) if count else self.start(channel)

    def _place(self, cell: Cell) -> int:
        return int(np.ravel_multi_index(cell, self.stage.output_size))

    def _fallen(self, channel: int) -> Fallen:
        return self._fallen_from(self.stage.grouping.inputs_of(channel))

    @kept
    def _fallen_from(self, inputs: range) -> Fallen:
        """Return the stamps of some input channels, which reach all output channels of their group alike."""
        stage = self.stage
        writes = np.stack([stage.stamp(inputs[0], place).writes for place in range(prod(stage.input_size))])
        inside = stage.inside(writes.reshape(-1, writes.shape[-1])).reshape(writes.shape[:-1])
        reached = np.ravel_multi_index(tuple(writes[inside].T), stage.output_size)
        source, tap = np.nonzero(inside)
        cell, source, tap = (np.tile(one, len(inputs)) for one in (reached, source, tap))
        number = self.number(np.repeat(inputs, len(reached)), source)
        order = np.lexsort((number, cell))
        counts = np.bincount(cell, minlength=prod(stage.output_size))
        row = cell[order]
        column = np.arange(len(row)) - (np.cumsum(counts) - counts)[row]
        tables = np.full((2, len(counts), max(counts.max(), 1)), -1)
        tables[:, row, column] = number[order], tap[order]
        return Fallen(counts, *tables)

    @kept
    def _totals(self, channel: int) -> Numbers | None:
        """Return what each cell of an output channel holds before its first stamp and after each, (cells, most + 1)."""
        if (factors := self._factors(channel)) is None:
            return None
        fallen, (values, weights) = self._fallen(channel), factors
        channels, sources = self._ends(fallen.numbers)
        own = channels % self.stage.grouping.inputs_a_group
        products = np.where(fallen.numbers < 0, 0, values[own, sources] * weights[own, fallen.taps])
        start = np.full((len(products), 1), self.start(channel))
        totals: Numbers = np.add.accumulate(np.hstack([start, products]), axis=1)
        return totals

    def _factors(self, channel: int) -> tuple[Numbers, Numbers] | None:
        """Return the values and the weights whose products reach an output channel, a row for each input channel."""
        stage = self.stage
        if self.planes is None or stage.kernel is None:
            return None
        inputs = stage.grouping.inputs_of(channel)
        values = [self.planes(stage.source, one).ravel() for one in inputs]
        weights = [stage.kernel[stage.kernel_place(channel, one)].ravel() for one in inputs]
        return roomy(np.stack(values), np.stack(weights))

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

    @kept
    def busiest_counts(self, channel: int) -> Ints:
        """Return, for each step, how many stamps have reached the cell of an output channel that `busiest` finds."""
        numbers = self._fallen(channel).numbers
        counts = np.zeros(self.stage.count, np.int64)
        cell, nth = np.nonzero(numbers >= 0)
        np.maximum.at(counts, numbers[cell, nth], nth + 1)
        return counts

    def products(self, step: Step, channel: int) -> list[Any]:
        """Return the products that a step stamps on an output channel: its value times each weight, in order."""
        (read,) = step.reads
        weights = self.stage.slice(channel, read.channels[0])
        if self.planes is None or weights is None:
            return []
        x = self.planes(read.tensor, read.channels[0]).item(tuple(read.taps.source[0]))
        return [x * w for w in weights.ravel().tolist()]

    def every_product(self, channel: int, among: Collection[int]) -> set[Any]:
        """Return every number that stamps of some of the input channels add to an output channel."""
        if (factors := self._factors(channel)) is None:
            return set()
        inputs = self.stage.grouping.inputs_of(channel)
        own = [one - inputs.start for one in inputs if one in among]
        values, weights = (numbers[own] for numbers in factors)
        return {*(values[:, :, None] * weights[:, None]).ravel().tolist()}

    def held(self, channel: int) -> set[Any]:
        """Return every number that any cell of an output channel holds at some point."""
        totals = self._totals(channel)
        return {self.start(channel)}.union(() if totals is None else totals[:, 1:].ravel().tolist())

    @cached_property
    def overlap(self) -> Ints:
        """Number of stamps that reach each cell of an output channel, over all steps."""
        axes = [
            np.array([sum(axis.kind(q) is Kind.INPUT for q in axis.window(o)) for o in range(axis.output)])
            for axis in self.stage.axes
        ]
        counts: Ints = reduce(np.multiply.outer, axes) * self.stage.grouping.inputs_a_group
        return counts
