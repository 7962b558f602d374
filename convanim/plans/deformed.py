"""The stage of a deformable convolution, whose kernel cells read between cells of the input."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from typing import Any

import numpy as np

from convanim.base.records import dataclass
from convanim.layers.axis import Kind
from convanim.layers.deform_conv import DeformConv, Floats
from convanim.plans.stages import Needs, Planes, Stage
from convanim.plans.steps import Grid, Ints, Mask, Points, Read, Step, Taps
from convanim.plans.values import Numbers
from convanim.plans.windows import Windows


@dataclass(frozen=True, eq=False)
class Deformed(Windows):
    """A layer whose windows are places between cells; each is independent."""

    @property
    def deform(self) -> DeformConv:
        """The layer."""
        assert isinstance(self.layer, DeformConv)
        return self.layer

    @property
    def moved_places(self) -> Points:
        """The places between cells that steps are moved to, (offset groups, kernel cells, axes, *output size)."""
        return self.deform.sampled

    @property
    def has_factors(self) -> bool:
        """Whether each weight is multiplied by a share of the cell that it meets."""
        return True

    @property
    def varies(self) -> bool:
        """Whether steps differ in how many cells they read."""
        return True

    def read_count(self, place: int) -> int:
        """Return how many cells of a channel the step of a cell (row-major index) reads."""
        return len(self.gathered(0, place).reads[0].taps.kind)

    def frame_of(self, step: Step) -> Ints | None:
        """Return the positions of the grid that the window would read without offsets."""
        place = int(np.ravel_multi_index(step.cell, self.output_size))
        return super().gathered(step.channel, place).reads[0].taps.position

    @cached_property
    def grid(self) -> Grid:
        """The padded input; an input cell is read if any place lies beside it."""
        plain = super().grid
        is_read = plain.read.copy()
        inputs = plain.kind == Kind.INPUT
        is_read[inputs] = self.deform.read_mask.ravel()
        return replace(plain, read=is_read)

    def gathered(self, channel: int, place: int) -> Step:
        """Return the step that makes a cell (row-major index) of an output channel, with a read per offset group."""
        cell = tuple(int(i) for i in np.unravel_index(place, self.output_size))
        inputs = list(self.grouping.inputs_of(channel))
        reads = []
        for group in sorted({self.deform.offset_group(one) for one in inputs}):
            own = [one for one in inputs if self.deform.offset_group(one) == group]
            at: Any = (..., *cell)
            places, regular = self.deform.sampled[group][at], self.deform.regular[at]
            masks = self.deform.modulation[group][at]
            reads.append(Read(self.source, own, self._taps(places, masks), places, regular))
        return Step(self.number, tuple(reads), (channel,), np.array([cell], np.int64))

    def _taps(self, places: Floats, masks: Floats) -> Taps:
        """Return the cells around places, (kernel cells, axes), that are inside the input, by kernel cell."""
        cells, shares, kernel = [], [], []
        corners = self.deform.corners(places)
        weights = np.array(list(np.ndindex(*self.layer.kernel_size)), np.int64)
        for tap in range(len(places)):
            for around, share in corners:
                if share[tap] > 0:
                    cells.append([int(axis[tap]) for axis in around])
                    shares.append(float(share[tap] * masks[tap]))
                    kernel.append(weights[tap])
        if not cells:
            # Zeros are read; one cell that does not count stands for them.
            nearest = np.clip(np.round(places[0]), 0, np.array(self.input_size) - 1).astype(int)
            cells, shares, kernel = [nearest.tolist()], [0.0], [weights[0]]
        source = np.array(cells, np.int64)
        position = source + np.array([axis.low for axis in self.axes])
        kind = np.full(len(source), int(Kind.INPUT))
        return Taps(position, kind, source, np.array(kernel, np.int64), np.array(shares))

    def partials(self, out_channel: int, planes: Planes) -> Numbers:
        """Return what each input channel contributes to an output channel, input channels first."""
        self.refuse_many_products()
        found = []
        for one in self.grouping.inputs_of(out_channel):
            group, plane = self.deform.offset_group(one), planes(self.source, one).astype(float)
            read = np.zeros(self.deform.sampled[group][:, 0].shape)
            for cells, share in self.deform.corners(self.deform.sampled[group]):
                read += plane[cells] * share
            weights = self.slice(out_channel, one)
            flat = np.ones(len(read)) if weights is None else weights.astype(float).ravel()
            found.append(np.tensordot(flat, read * self.deform.modulation[group], 1))
        return np.stack(found)

    def handed_down(self, weights: Mapping[int, Numbers]) -> dict[tuple[int, int], Numbers]:
        """Return what weights of output cells hand down to the cells around the places that they read."""
        return Stage.handed_down(self, weights)

    def needs(self, made: Mapping[int, Mask]) -> Needs:
        """Return what the given output cells depend on."""
        read: dict[tuple[int, int], Mask] = {}
        cells: dict[tuple[int, int], Mask] = {}
        for channel, mask in made.items():
            for place in np.flatnonzero(mask).tolist():
                for one in self.gathered(channel, place).reads:
                    for source in one.channels:
                        key = one.tensor, source
                        cells.setdefault(key, np.zeros(self.input_size, bool))[tuple(one.taps.source.T)] = True
                        at = one.taps.position - np.array(self.grid.start)
                        read.setdefault(key, np.zeros(self.grid.kind.shape, bool))[tuple(at.T)] = True
        return Needs(made, read, cells)
