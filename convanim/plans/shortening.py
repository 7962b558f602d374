"""Shorten a long chain: one stage stands for the middle stages, which are not drawn one by one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property

import numpy as np

from convanim.base.records import dataclass
from convanim.layers.axis import Kind
from convanim.layers.several import Several, parted
from convanim.plans.graph import Plan
from convanim.plans.stages import Needs, Planes, Stage
from convanim.plans.steps import Grid, Mask, Read, Step, Taps
from convanim.plans.values import Numbers


@dataclass(frozen=True, eq=False)
class Run(Stage):
    """Consecutive stages as one stage, which makes each channel of its target in one step.

    Attributes
    ----------
    stages : tuple of Stage
        The stages; each reads the output of the one before.
    """

    stages: tuple[Stage, ...] = ()

    @property
    def steps_of(self) -> tuple[int, int]:
        """One step for each output channel."""
        return self.grouping.out_channels, 1

    @property
    def layer_count(self) -> int:
        """Number of layers that this stage stands for."""
        return len(self.stages)

    @property
    def taps(self) -> int:
        """Upper bound of the number of cells that all steps of all stages read."""
        return sum(stage.taps for stage in self.stages)

    @cached_property
    def grid(self) -> Grid:
        """The grid of the plain input."""
        return Grid.plain(self.input_size)

    def step(self, channel: int, place: int) -> Step:
        """Return the step that makes an output channel; it reads the whole input."""
        cells = np.argwhere(np.ones(self.input_size, bool))
        kind, weights = np.full(len(cells), int(Kind.INPUT)), np.zeros((len(cells), 0), np.int64)
        read = Read(self.source, tuple(range(self.grouping.in_channels)), Taps(cells, kind, cells, weights))
        return Step(self.number, (read,), (channel,), np.argwhere(np.ones(self.output_size, bool)))

    @cached_property
    def _made(self) -> dict[tuple[int, int], Numbers]:
        """A cache of the planes between the stages, by tensor and channel."""
        return {}

    def computed(self, channel: int, planes: Planes) -> Numbers:
        """Compute an output channel."""
        makers = {stage.target: stage for stage in self.stages}

        def plane(tensor: int, one: int) -> Numbers:
            if tensor not in makers:
                return planes(tensor, one)
            if (tensor, one) not in self._made:
                self._made[tensor, one] = makers[tensor].computed(one, plane)
            return self._made[tensor, one]

        return plane(self.target, channel)

    def handed_down(self, weights: Mapping[int, Numbers]) -> dict[tuple[int, int], Numbers]:
        """Return what weights of output cells hand down through all stages."""
        found: dict[tuple[int, int], Numbers] = {}
        for stage in reversed(self.stages):
            found = stage.handed_down(weights)
            weights = {channel: plane for (_, channel), plane in found.items()}
        return found

    def needs(self, made: Mapping[int, Mask]) -> Needs:
        """Return what the given output cells depend on."""
        wanted = made
        for stage in reversed(self.stages):
            cells = stage.needs(wanted).cells
            wanted = {channel: mask for (_, channel), mask in cells.items()}
        return Needs(made, cells, cells)


def shortened(plan: Plan) -> Plan:
    """Return a plan with the first and last layers of a long chain, and one stage for the others."""
    first, inner, last = parted(plan.main)
    if not inner or plan.is_branched:
        return plan
    run = Run(0, Several([stage.layer for stage in inner]), inner[0].sources, inner[-1].target, stages=tuple(inner))
    others = tuple(stage for stage in plan.stages if stage not in plan.main)
    stages = (*others, *first, run, *last)
    return replace(plan, stages=tuple(replace(stage, number=number) for number, stage in enumerate(stages)))
