"""The plan of a transposed convolution, input cell by input cell: each stamps its multiple of the kernel."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, reduce
from math import prod
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from convanim.axis import Kind
from convanim.layers import Layer
from convanim.values import Numbers
from convanim.views.former.gather import Plan, product, refuse_many_taps
from convanim.views.former.steps import Cell, Ints, Step, Taps, Values, plain


@dataclass(frozen=True, eq=False)
class ScatterPlan:
    """The stamps of a layer, in row-major order of its input.

    Attributes
    ----------
    gathered : Plan
        The same layer, output cell by output cell.
    """

    kind: ClassVar[str] = "scatter"

    gathered: Plan

    @property
    def layer(self) -> Layer:
        """What it is the plan of."""
        return self.gathered.layer

    @property
    def input_size(self) -> Cell:
        """Cells of the input, an axis."""
        return self.gathered.input_size

    @property
    def output_size(self) -> Cell:
        """Cells of the output, an axis."""
        return self.gathered.output_size

    @property
    def values(self) -> Values | None:
        """The numbers of the input, the kernel and the output, if the plan has any."""
        return self.gathered.values

    @property
    def is_valued(self) -> bool:
        """Whether the plan has numbers."""
        return self.gathered.is_valued

    def __len__(self) -> int:
        return prod(self.input_size)

    @property
    def taps(self) -> int:
        """How many taps all steps have together."""
        return len(self) * prod(axis.kernel for axis in self.gathered.axes)

    def __iter__(self) -> Iterator[Step]:
        return map(self.step, range(len(self)))

    def step(self, number: int) -> Step:
        """Return step ``number``, counted from 0: one tap and one written cell for each weight."""
        if not 0 <= number < len(self):
            raise IndexError(f"step {number} of {len(self)}")
        cell = np.array(np.unravel_index(number, self.input_size), np.int64)
        axes = self.gathered.axes
        position = np.array([axis.low + axis.spacing * c for axis, c in zip(axes, cell.tolist(), strict=True)])
        kernel = product([np.arange(axis.kernel) for axis in axes])
        writes = product([np.array(axis.stamp(c)) for axis, c in zip(axes, cell.tolist(), strict=True)])
        count = len(kernel)
        x = w = None
        if self.gathered.input is not None and self.gathered.kernel is not None:
            x = (self.gathered.input[tuple(cell)].item(),) * count
            w = tuple(self.gathered.kernel[tuple(kernel.T)].tolist())
        kinds = np.full(count, int(Kind.INPUT))
        return Step(Taps(np.tile(position, (count, 1)), kinds, np.tile(cell, (count, 1)), kernel, x, w), writes)

    def inside(self, cells: Ints) -> NDArray[np.bool_]:
        """Return which of some cells lie on the output."""
        found: NDArray[np.bool_] = np.all((cells >= 0) & (cells < np.array(self.output_size)), axis=1)
        return found

    def contributions(self, cell: Cell) -> list[tuple[int, Any, Any]]:
        """Return what reaches an output cell, in order: the step, the value and the weight of each stamp.

        Values and weights are None where the plan has none.
        """
        if cell not in self._contributions:
            self._contributions[cell] = self._collected(cell)
        return self._contributions[cell]

    @cached_property
    def _contributions(self) -> dict[Cell, list[tuple[int, Any, Any]]]:
        """What was asked for before; a picture asks for the same cells at every step."""
        return {}

    def _collected(self, cell: Cell) -> list[tuple[int, Any, Any]]:
        reads = self.gathered.step(int(np.ravel_multi_index(cell, self.output_size))).reads
        count = len(reads.source)
        columns = (reads.source.tolist(), reads.x or (None,) * count, reads.w or (None,) * count)
        found = [
            (int(np.ravel_multi_index(source, self.input_size)), x, w)
            for source, x, w in zip(*columns, strict=True)
            if source[0] >= 0
        ]
        return sorted(found, key=lambda one: one[0])

    def before(self, cell: Cell, number: int) -> tuple[int, Any]:
        """Return how many stamps have reached an output cell before a step, and what they add up to.

        The sum is None where the plan has no values.
        """
        found = [(x, w) for step, x, w in self.contributions(cell) if step < number]
        return len(found), sum(x * w for x, w in found) if self.is_valued else None

    def busiest(self, number: int) -> Cell | None:
        """Return the output cell that most stamps have reached of those that a step writes, if it writes any."""
        writes = self.step(number).writes
        found: list[Cell] = [tuple(cell) for cell in writes[self.inside(writes)].tolist()]
        return max(found, key=lambda cell: self.before(cell, number + 1)[0], default=None)

    def products(self, number: int) -> list[Any]:
        """Return the stamp of a step: its value times each weight, in the order of the weights."""
        reads = self.step(number).reads
        return [x * w for x, w in zip(reads.x or (), reads.w or (), strict=True)]

    @cached_property
    def overlap(self) -> Ints:
        """How many stamps reach each output cell, over all steps."""
        axes = [
            np.array([sum(axis.kind(q) is Kind.INPUT for q in axis.window(o)) for o in range(axis.output)])
            for axis in self.gathered.axes
        ]
        counts: Ints = reduce(np.multiply.outer, axes)
        return counts

    def to_dict(self) -> dict[str, Any]:
        """Return the plan in plain lists and numbers, ready for JSON.

        Returns
        -------
        dict
            As of the same layer gathered, with ``method`` ``"scatter"``. A
            step has ``input``, the cell that stamps, and ``taps``: of each
            weight its ``kernel`` index and the ``output`` cell that it
            reaches, None where padding cuts that off. Where the plan has
            values, also ``x`` and ``w``, and ``sum``, what the output cell
            holds after it.

        Raises
        ------
        ConvanimError
            If there would be too many taps.
        """
        refuse_many_taps(self.input_size, self.taps)
        layer = self.layer
        sums: Numbers | None = None if self.values is None else np.zeros_like(self.values.output)
        return {
            "operation": layer.operation,
            "method": "scatter",
            "parameters": {name: plain(value) for name, value in layer.options.items()},
            "input_size": list(self.input_size),
            "output_size": list(self.output_size),
            "steps": [self._step_dict(step, sums) for step in self],
        }

    def _step_dict(self, step: Step, sums: Numbers | None) -> dict[str, Any]:
        """Return a step in plain numbers; its products are added to the sums so far."""
        reads = step.reads
        taps: list[dict[str, Any]] = []
        columns = (reads.kernel.tolist(), step.writes.tolist(), self.inside(step.writes).tolist())
        for number, (kernel, output, is_inside) in enumerate(zip(*columns, strict=True)):
            tap: dict[str, Any] = {"kernel": kernel, "output": output if is_inside else None}
            if sums is not None and reads.x is not None and reads.w is not None:
                tap |= {"x": reads.x[number], "w": reads.w[number]}
                if is_inside:
                    sums[tuple(output)] += reads.x[number] * reads.w[number]
                    tap["sum"] = plain(sums[tuple(output)])
            taps.append(tap)
        return {"input": reads.source[0].tolist(), "taps": taps}
