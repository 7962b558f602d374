"""The stage of a layer whose windows are listed one by one: they differ in size, or weigh cells by shares."""

from __future__ import annotations

from collections.abc import Hashable
from functools import cached_property, reduce
from math import prod

import numpy as np

from convanim.base.language import translated
from convanim.base.records import dataclass
from convanim.layers.sampled_axis import SampledAxis
from convanim.plans.stages import Planes
from convanim.plans.steps import Cell, Ints, Points
from convanim.plans.values import Numbers
from convanim.plans.windows import Windows


@dataclass(frozen=True, eq=False)
class Sampled(Windows):
    """A layer without weights, each of whose axes is a `SampledAxis`."""

    @cached_property
    def sampled(self) -> tuple[SampledAxis, ...]:
        """The geometry of the layer, one entry per axis."""
        return tuple(axis for axis in self.layer.axes if isinstance(axis, SampledAxis))

    @property
    def has_shares(self) -> bool:
        """Whether cells are weighed by shares."""
        return any(axis.shares for axis in self.sampled)

    @property
    def window_words(self) -> str:
        """The size of the windows: ``3×3``, or ``up to 3×3`` where they differ."""
        differ = any(len(set(axis.counts)) > 1 for axis in self.sampled)
        size = "×".join(str(axis.kernel) for axis in self.sampled)
        return translated("up to {size}", size=size) if differ else size

    @property
    def varies(self) -> bool:
        """Whether steps differ in how many cells they read."""
        return True

    @property
    def spans(self) -> tuple[tuple[tuple[int, int], ...], ...]:
        """The first and last cell of each window, axis by axis, where cells have no shares."""
        if self.has_shares:
            return ()
        return tuple(tuple((own[0], own[-1]) for own in axis.windows) for axis in self.sampled)

    def read_count(self, place: int) -> int:
        """Return how many cells of a channel the step of a cell (row-major index) reads."""
        cell = np.unravel_index(place, self.output_size)
        return prod(len(axis.windows[int(at)]) for axis, at in zip(self.sampled, cell, strict=True))

    def shares_at(self, place: int) -> Hashable:
        """Return what the shares of the step of a cell (row-major index) are the same as those of other steps by."""
        cell = np.unravel_index(place, self.output_size)
        return tuple(axis.shares[int(at)] for axis, at in zip(self.sampled, cell, strict=True))

    def shares(self, cell: Cell) -> Points | None:
        """Return the share of each cell that makes an output cell, or None if cells have no shares."""
        if not self.has_shares:
            return None
        return _product([np.array(axis.shares[at]) for axis, at in zip(self.sampled, cell, strict=True)])

    @cached_property
    def distinct_shares(self) -> tuple[float, ...]:
        """All shares that any cell has in any step."""
        own = [np.unique([one for shares in axis.shares for one in shares]) for axis in self.sampled]
        return tuple(np.unique(_product(own)).tolist()) if self.has_shares else ()

    @cached_property
    def _sources(self) -> list[Ints]:
        found = [np.full((axis.output, axis.kernel), -1) for axis in self.sampled]
        for axis, source in zip(self.sampled, found, strict=True):
            for output, window in enumerate(axis.windows):
                source[output, : len(window)] = window
        return found

    @property
    def _paths(self) -> list[Points]:
        if not self.has_shares:
            return super()._paths
        found = []
        for axis in self.sampled:
            paths = np.zeros((axis.output, axis.size))
            for output, (window, shares) in enumerate(zip(axis.windows, axis.shares, strict=True)):
                paths[output, list(window)] = shares
            found.append(paths)
        return found

    def partials(self, out_channel: int, planes: Planes) -> Numbers:
        """Return what the one input channel contributes to an output channel, behind an axis of length 1."""
        if not self.has_shares:
            return super().partials(out_channel, planes)
        self.refuse_many_products()
        values = planes(self.source, self.grouping.inputs_of(out_channel).start).astype(float)
        for number, matrix in enumerate(self._paths):
            values = np.moveaxis(np.tensordot(matrix, values, (1, number)), 0, number)
        return values[None]


def _product(factors: list[Points]) -> Points:
    """Return all products of one number of each array, the last array varying fastest."""
    found: Points = reduce(np.multiply.outer, factors).ravel()
    return found
