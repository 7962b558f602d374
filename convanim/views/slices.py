"""Depth slices of plans with three axes: which are drawn, and their names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import field
from itertools import pairwise
from typing import Any

import numpy as np

from convanim.base.language import message, translated
from convanim.base.records import dataclass
from convanim.layers.axis import Kind
from convanim.plans import Cell, Grid, Mask, Plan, Stage
from convanim.views.channels import Slots, shown

MOST_WHOLE = 12
"""The most slices of a tensor that are all drawn."""

_MOST_MADE = 3
"""Where not all are drawn: how many of the output are; of other tensors, those that these depend on."""

_NAMES = {
    Kind.INSERTED: message("zeros"),
    Kind.SURPLUS: message("output padding"),
    Kind.OVERHANG: message("beyond the input"),
}

# Translators: Slices of padding before the first slice of a volume (low), and behind its last one (high).
_PADDED = message("low padding"), message("high padding")
_PADDED_BY = message("low padding {number}"), message("high padding {number}")

# Translators: A slice of a volume by its depth.
_SLICE, _COPIED = message("slice {number}"), message("copy of slice {number}")


def slice_names(grid: Grid, first_cell: int) -> list[str]:
    """Return the names of a grid's depth slices, given the number of the first; those of several paddings count too."""
    kinds, sources = grid.kind.min(axis=(1, 2)).tolist(), grid.source[0].tolist()
    first = next((at for at, source in enumerate(sources) if source >= 0), 0)
    padded = [
        [at for at, kind in enumerate(kinds) if kind == Kind.PADDING and (at > first) is high] for high in (False, True)
    ]
    names = _NAMES | {Kind.COPY: _COPIED}
    found = []
    for at, (kind, source) in enumerate(zip(kinds, sources, strict=True)):
        side = at > first
        if kind == Kind.PADDING:
            # Both are counted from the volume on.
            own = padded[side] if side else padded[side][::-1]
            said, number = (_PADDED_BY if len(own) > 1 else _PADDED)[side], own.index(at) + 1
        else:
            said, number = names.get(Kind(kind), _SLICE), source + first_cell
        found.append(translated(said, number=str(number)))
    return found


def page_grid(grid: Grid, number: int) -> Grid:
    """Return a depth slice of a grid with three axes; a grid with fewer axes as it is.

    Its ``source`` still has three parts: the first is the slice that holds its values.
    """
    if len(grid.start) < 3:
        return grid
    return Grid(
        start=grid.start[1:],
        kind=grid.kind[number],
        read=grid.read[number],
        spread=grid.spread[1:],
        spacing=grid.spacing[1:],
        source=(grid.source[0][number : number + 1], *grid.source[1:]),
        mirrors=grid.mirrors[1:],
    )


@dataclass(frozen=True)
class Depths:
    """The drawn depth slices: all or, if there are many, those at both ends.

    Attributes
    ----------
    of_tensors : mapping of int to tuple of int
        The drawn slices of each tensor; empty if all are drawn.
    of_grids : mapping of int to tuple of int
        The drawn slices of each stage's input grid, by the stage's number.
    """

    of_tensors: Mapping[int, tuple[int, ...]] = field(default_factory=dict)
    of_grids: Mapping[int, tuple[int, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, plan: Plan, cell: Cell | None = None) -> Depths:
        """Return the drawn slices of a plan, or of what its chosen output cell depends on."""
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
        """Return the drawn slices of a tensor as a stage reads it, or as it is; None stands for a gap."""
        own = self.of_tensors.get(tensor) if reader is None else self.of_grids.get(reader.number)
        return tuple(range(count)) if own is None else _gapped(own)


def _along(mask: Mask) -> Iterable[int]:
    """Return the depths at which a mask has any cells."""
    found: list[int] = np.flatnonzero(mask.any(axis=(1, 2))).tolist()
    return found


def _gapped(numbers: tuple[int, ...]) -> Slots:
    """Return numbers, with None between two that are not consecutive."""
    found: list[int | None] = list(numbers[:1])
    for one, other in pairwise(numbers):
        found += [other] if other == one + 1 else [None, other]
    return tuple(found)


def page_of(array: Any, slice_: int) -> Any:
    """Return one depth slice of a 3D array, or all of an array with fewer axes, as rows and columns."""
    return array[slice_] if array.ndim == 3 else np.atleast_2d(array)
