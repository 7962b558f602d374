"""The stage of a layer that reads and makes active cells only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property

import numpy as np

from convanim.base.records import dataclass
from convanim.layers.axis import Kind
from convanim.plans.stages import Needs, Planes
from convanim.plans.steps import Grid, Mask, Step
from convanim.plans.values import Numbers
from convanim.plans.windows import Windows


@dataclass(frozen=True, eq=False)
class SparseWindows(Windows):
    """Windows with masks of the input cells that hold something and of the output cells that are made."""

    @property
    def is_sparse(self) -> bool:
        """Whether some cells hold nothing, and are neither read nor made."""
        return True

    @cached_property
    def held(self) -> Mask:
        """The input cells that hold something."""
        mask = self.layer.input_mask
        return np.ones(self.input_size, bool) if mask is None else mask

    @cached_property
    def made(self) -> Mask:
        """The output cells that are made."""
        mask = self.layer.output_mask
        return np.ones(self.output_size, bool) if mask is None else mask

    @cached_property
    def places(self) -> Sequence[int]:
        """The output cells that are made, as row-major indices: one step each."""
        return tuple(np.flatnonzero(self.made).tolist())

    @cached_property
    def grid(self) -> Grid:
        """The padded input, of which some cells are empty."""
        found = super().grid
        kind = found.kind.copy()
        kind[tuple(found.places(np.argwhere(~self.held)).T)] = int(Kind.EMPTY)
        return replace(found, kind=kind)

    @cached_property
    def target_grid(self) -> Grid:
        """The output, of which some cells are empty."""
        found = Grid.plain(self.output_size)
        return replace(found, kind=np.where(self.made, found.kind, int(Kind.EMPTY)))

    def gathered(self, channel: int, place: int) -> Step:
        """Return the step that makes an output cell; empty cells of its window have no source."""
        step = super().gathered(channel, place)
        (read,) = step.reads
        own = read.taps.source[:, 0] >= 0
        empty = own & ~self.held[tuple(read.taps.source.T)]
        source = np.where(empty[:, None], -1, read.taps.source)
        kind = np.where(empty, int(Kind.EMPTY), read.taps.kind)
        return replace(step, reads=(replace(read, taps=replace(read.taps, source=source, kind=kind)),))

    def taking_part(self, step: Step) -> Step:
        """Return a step with only the taps of cells that hold something."""
        (read,) = step.reads
        return replace(step, reads=(replace(read, taps=read.taps.some(np.flatnonzero(read.taps.source[:, 0] >= 0))),))

    def partials(self, out_channel: int, planes: Planes) -> Numbers:
        """Return what each input channel contributes to an output channel, of the cells that hold something."""

        def held(tensor: int, channel: int) -> Numbers:
            return np.where(self.held, planes(tensor, channel), 0)

        return np.where(self.made, super().partials(out_channel, held), 0)

    def computed(self, channel: int, planes: Planes) -> Numbers:
        """Compute an output channel, with its bias; cells that are not made are 0."""
        return np.where(self.made, super().computed(channel, planes), 0)

    def needs(self, made: Mapping[int, Mask]) -> Needs:
        """Return what the given output cells depend on: only on cells that hold something."""
        found = super().needs({channel: mask & self.made for channel, mask in made.items()})
        return Needs(made, found.read, {key: mask & self.held for key, mask in found.cells.items()})

    def handed_down(self, weights: Mapping[int, Numbers]) -> dict[tuple[int, int], Numbers]:
        """Return what weights of output cells hand down to the cells that hold something."""
        found = super().handed_down({channel: plane * self.made for channel, plane in weights.items()})
        return {key: plane * self.held for key, plane in found.items()}
