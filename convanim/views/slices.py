"""Depth slices of plans with three axes: which of many are drawn, and what they are called."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from convanim.layers.axis import Kind
from convanim.plans import Cell, Grid, Mask, Plan, Stage
from convanim.views.channels import Slots, shown

MOST_WHOLE = 12
"""The most slices of a padded input of which each is drawn."""

_MOST_MADE = 3
"""Of more slices, how many of the output are drawn; of all else what these are made of."""

_NAMES = {
    Kind.INSERTED: "zeros",
    Kind.PADDING: "padding",
    Kind.SURPLUS: "output padding",
    Kind.OVERHANG: "beyond the input",
}


def slice_names(grid: Grid) -> list[str]:
    """Return what the depth slices of a grid are called."""
    return [
        _NAMES.get(Kind(kind), f"{'copy of ' if kind == Kind.COPY else ''}slice {source + 1}")
        for kind, source in zip(grid.kind.min(axis=(1, 2)).tolist(), grid.source[0].tolist(), strict=True)
    ]


@dataclass(frozen=True)
class Depths:
    """The depth slices that are drawn: all, or where there are many those at both ends.

    Attributes
    ----------
    of_tensors : mapping of int to tuple of int
        Those of each tensor; empty where all are drawn.
    of_grids : mapping of int to tuple of int
        Those of the grid of what each stage reads, by its number.
    """

    of_tensors: Mapping[int, tuple[int, ...]] = field(default_factory=dict)
    of_grids: Mapping[int, tuple[int, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, plan: Plan, cell: Cell | None = None) -> Depths:
        """Return those of a plan, or of what its chosen output cell depends on."""
        counts = [len(stage.layer.axes[0].drawn) for stage in plan.main] + [plan.output_size[0]]
        if plan.dims < 3 or max(counts) <= MOST_WHOLE:
            return cls()
        ends = {one for one in shown(plan.output_size[0], _MOST_MADE) if one is not None}
        made = ends if cell is None else {cell[0]}
        tensors = {plan.last.target: made}
        if plan.compared is not None:
            tensors[plan.compared] = set(made)
        grids: dict[int, set[int]] = {}
        for stage in reversed(plan.stages):
            mask = np.zeros(stage.output_size, bool)
            mask[sorted(tensors.get(stage.target, ()))] = True
            needs = stage.needs(dict.fromkeys(range(stage.grouping.out_channels), mask))
            for (tensor, _), own in needs.cells.items():
                tensors.setdefault(tensor, set()).update(_along(own))
            grids[stage.number] = {one for own in needs.read.values() for one in _along(own)}
        return cls(*({key: tuple(sorted(one)) for key, one in found.items()} for found in (tensors, grids)))

    def slots(self, tensor: int, reader: Stage | None, count: int) -> Slots:
        """Return which of so many slices of a tensor are drawn, as a stage reads it or as it is, None for gaps."""
        own = self.of_tensors.get(tensor) if reader is None else self.of_grids.get(reader.number)
        return tuple(range(count)) if own is None else _gapped(own)


def _along(mask: Mask) -> Iterable[int]:
    """Return the places along the depth where a mask has anything."""
    found: list[int] = np.flatnonzero(mask.any(axis=(1, 2))).tolist()
    return found


def _gapped(numbers: tuple[int, ...]) -> Slots:
    """Return numbers, with None between two that do not follow each other."""
    found: list[int | None] = list(numbers[:1])
    for one, other in pairwise(numbers):
        found += [other] if other == one + 1 else [None, other]
    return tuple(found)
