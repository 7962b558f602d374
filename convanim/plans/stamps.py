"""What stamps add up to: which of them reach an output cell, and its sum before each of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, reduce
from typing import Any

import numpy as np

from convanim.axis import Kind
from convanim.plans.stages import Planes, Windows
from convanim.plans.steps import Cell, Ints, Step


@dataclass(frozen=True, eq=False)
class Stamp:
    """One product that reaches an output cell.

    Attributes
    ----------
    number : int
        Of its step among all of the stage's.
    channel : int
        The input channel that it comes from.
    source, kernel : tuple of int
        The input cell, and the index into the slice of the weights.
    x, w : number or None
        The value and the weight, where the plan has numbers.
    """

    number: int
    channel: int
    source: Cell
    kernel: Cell
    x: Any = None
    w: Any = None


@dataclass(frozen=True, eq=False)
class Stamps:
    """The stamps of a stage, in the order of its steps.

    Attributes
    ----------
    stage : Windows
        Whose they are.
    planes : callable or None
        The numbers of a channel of a tensor, where there are any.
    is_by_place : bool
        Whether all channels stamp from one cell before any does from the next.
    """

    stage: Windows
    planes: Planes | None = None
    is_by_place: bool = False

    def number(self, channel: int, place: int) -> int:
        """Return the number of the step in which an input cell, counted row by row, of a channel stamps."""
        channels, each = self.stage.steps_of
        return place * channels + channel if self.is_by_place else channel * each + place

    def reaching(self, channel: int, cell: Cell) -> list[Stamp]:
        """Return what reaches a cell of an output channel, in order."""
        key = channel, cell
        if key not in self._reaching:
            self._reaching[key] = self._collected(channel, cell)
        return self._reaching[key]

    @cached_property
    def _reaching(self) -> dict[tuple[int, Cell], list[Stamp]]:
        """What was asked for before; a picture asks for the same cells at every step."""
        return {}

    def _collected(self, channel: int, cell: Cell) -> list[Stamp]:
        stage = self.stage
        read = stage.gathered(channel, int(np.ravel_multi_index(cell, stage.output_size))).reads[0]
        met = [
            (tuple(source), tuple(kernel))
            for source, kernel in zip(read.taps.source.tolist(), read.taps.kernel.tolist(), strict=True)
            if source[0] >= 0
        ]
        found = []
        for one in read.channels:
            values = None if self.planes is None else self.planes(stage.source, one)
            weights = stage.slice(channel, one)
            for source, kernel in met:
                number = self.number(one, int(np.ravel_multi_index(source, stage.input_size)))
                x = None if values is None else values.item(source)
                w = None if values is None or weights is None else weights.item(kernel)
                found.append(Stamp(number, one, source, kernel, x, w))
        return sorted(found, key=lambda one: one.number)

    def before(self, channel: int, cell: Cell, number: int) -> tuple[int, Any]:
        """Return how many stamps have reached an output cell before a step, and what it holds then.

        It begins with the bias, where there is one; there is nothing to hold without numbers.
        """
        found = [one for one in self.reaching(channel, cell) if one.number < number]
        if self.planes is None:
            return len(found), None
        return len(found), sum((one.x * one.w for one in found), self.start(channel))

    def start(self, channel: int) -> Any:
        """Return what the cells of an output channel hold before any stamp falls."""
        return 0 if self.stage.bias is None else self.stage.bias.item(channel)

    def busiest(self, step: Step, number: int) -> Cell | None:
        """Return the output cell that most stamps have reached of those that a step writes, if it writes any."""
        found: list[Cell] = [tuple(cell) for cell in step.writes[self.stage.inside(step.writes)].tolist()]
        return max(found, key=lambda cell: self.before(step.channel, cell, number + 1)[0], default=None)

    def products(self, step: Step, channel: int) -> list[Any]:
        """Return the stamp of a step on an output channel: its value times each weight, in the order of the weights."""
        read = step.reads[0]
        weights = self.stage.slice(channel, read.channels[0])
        if self.planes is None or weights is None:
            return []
        x = self.planes(read.tensor, read.channels[0]).item(tuple(read.taps.source[0]))
        return [x * w for w in weights.ravel().tolist()]

    def held(self, channel: int) -> Sequence[Any]:
        """Return every number that a cell of an output channel holds at some time."""
        assert self.planes is not None
        found = [self.start(channel)]
        for cell in np.ndindex(*self.stage.output_size):
            total = self.start(channel)
            for one in self.reaching(channel, cell):
                total += one.x * one.w
                found.append(total)
        return found

    @cached_property
    def overlap(self) -> Ints:
        """How many stamps reach each cell of an output channel, over all steps."""
        axes = [
            np.array([sum(axis.kind(q) is Kind.INPUT for q in axis.window(o)) for o in range(axis.output)])
            for axis in self.stage.axes
        ]
        counts: Ints = reduce(np.multiply.outer, axes) * self.stage.grouping.inputs_a_group
        return counts
