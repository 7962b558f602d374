"""The plan of a layer that only moves values: each output cell is a copy of one input cell, or zero."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from convanim.axis import Kind
from convanim.layers import Rearrange
from convanim.values import Numbers
from convanim.views.former.channel_plan import ChannelPlan, ChannelStep, Needs
from convanim.views.former.steps import Cell, Grid, Step, Taps


@dataclass(frozen=True, eq=False)
class RoutePlan(ChannelPlan):
    """The steps of a layer that moves values; a step that makes a zero reads nothing."""

    kind: ClassVar[str] = "routes"

    @property
    def mover(self) -> Rearrange:
        """The layer, which knows where each value comes from."""
        assert isinstance(self.layer, Rearrange)
        return self.layer

    @property
    def leaves_zeros(self) -> bool:
        """Whether some steps read nothing and make a zero."""
        return self.mover.leaves_zeros

    @cached_property
    def grid(self) -> Grid:
        """The input as it is."""
        return Grid.plain(self.input_size)

    @property
    def places(self) -> int:
        """Cells of an output channel."""
        return prod(self.output_size)

    @property
    def taps(self) -> int:
        """How many taps all steps have together, at most."""
        return len(self)

    def at(self, channel: int, place: int) -> ChannelStep:
        """Return what makes a cell, counted row by row, of an output channel."""
        cell: Cell = tuple(int(i) for i in np.unravel_index(place, self.output_size))
        found = self.mover.source(channel, cell)
        read = np.array([found[1]] if found else [], np.int64).reshape(-1, self.layer.dims)
        kinds = np.full(len(read), int(Kind.INPUT))
        reads = Taps(read, kinds, read, np.zeros((len(read), 0), np.int64))
        channels = range(found[0], found[0] + 1) if found else range(0)
        return ChannelStep(channel, channels, Step(reads, np.array([cell], np.int64)))

    def _computed(self, out_channel: int) -> Numbers | None:
        if self.input is None:
            return None
        made = np.zeros(self.output_size, self.input.dtype)
        for cell in np.ndindex(*self.output_size):
            found = self.mover.source(out_channel, cell)
            if found:
                made[cell] = self.input[(found[0], *found[1])]
        return made

    def needs(self, channels: tuple[int, ...], made: tuple[NDArray[np.int64], ...]) -> Needs:
        """Return what some cells of some output channels are copies of."""
        cells = [
            tuple(int(c) for c in cell)
            for cell in np.stack(np.meshgrid(*made, indexing="ij"), -1).reshape(-1, len(made))
        ]
        found = [one for channel in channels for cell in cells if (one := self.mover.source(channel, cell))]
        below = tuple(np.array(sorted({cell[axis] for _, cell in found}), np.int64) for axis in range(self.layer.dims))
        read = tuple(np.isin(np.arange(n), own) for n, own in zip(self.input_size, below, strict=True))
        return Needs(tuple(sorted({channel for channel, _ in found})), read, below)
