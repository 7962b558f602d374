"""The plan of a chain of layers: one plan after the other, and what the result is compared with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from convanim.layers import Chain
from convanim.values import Numbers
from convanim.views.former.gather import Plan, refuse_many_taps
from convanim.views.former.scatter import ScatterPlan
from convanim.views.former.steps import Cell, Step


@dataclass(frozen=True, eq=False)
class ChainPlan:
    """The steps of a chain's layers, those of the first before those of the next.

    Attributes
    ----------
    chain : Chain
        What it is the plan of.
    plans : tuple of Plan or ScatterPlan
        One a layer.
    compared : Plan or None
        The plan of the layer that the result is compared with.
    """

    kind: ClassVar[str] = "chain"

    chain: Chain
    plans: tuple[Plan | ScatterPlan, ...]
    compared: Plan | None = None

    @property
    def layer(self) -> Chain:
        """What it is the plan of."""
        return self.chain

    @property
    def input_size(self) -> Cell:
        """Cells of the first layer's input, an axis."""
        return self.chain.input_size

    @property
    def output_size(self) -> Cell:
        """Cells of the last layer's output, an axis."""
        return self.chain.output_size

    @property
    def is_valued(self) -> bool:
        """Whether the plan has numbers."""
        return self.plans[0].is_valued

    def __len__(self) -> int:
        return self.starts[-1]

    def __iter__(self) -> Iterator[Step]:
        return (step for plan in self.plans for step in plan)

    @cached_property
    def starts(self) -> tuple[int, ...]:
        """The number of each layer's first step, and at the end that of all steps."""
        return (0, *accumulate(len(plan) for plan in self.plans))

    def place(self, number: int) -> tuple[int, int]:
        """Return which layer step ``number`` belongs to, and which of its steps it is."""
        stage = int(np.searchsorted(self.starts, number, side="right")) - 1
        return stage, number - self.starts[stage]

    def step(self, number: int) -> Step:
        """Return step ``number``, counted from 0."""
        if not 0 <= number < len(self):
            raise IndexError(f"step {number} of {len(self)}")
        stage, own = self.place(number)
        return self.plans[stage].step(own)

    @property
    def difference(self) -> Numbers | None:
        """How much the result differs from what it is compared with, if the plan has values."""
        values, first = self.plans[-1].values, self.plans[0].values
        if values is None or first is None:
            return None
        if self.chain.returns:
            return values.output - first.input
        other = self.compared.values if self.compared else None
        return None if other is None else values.output - other.output

    def field(self, cell: Cell) -> tuple[NDArray[np.bool_], ...]:
        """Return which cells of the input, and of each layer's output, some output cell depends on.

        Parameters
        ----------
        cell : tuple of int
            Of the last layer's output.

        Returns
        -------
        tuple of arrays of bool
            From the input on; the last has that one cell.
        """
        seen = np.zeros(self.output_size, bool)
        seen[cell] = True
        masks = [seen]
        for plan in reversed(self.plans):
            gathered = plan.gathered if isinstance(plan, ScatterPlan) else plan
            below = np.zeros(gathered.input_size, bool)
            for number in np.flatnonzero(masks[-1]):
                source = gathered.step(int(number)).reads.source
                below[tuple(source[source[:, 0] >= 0].T)] = True
            masks.append(below)
        return tuple(reversed(masks))

    def to_dict(self) -> dict[str, Any]:
        """Return the plan in plain lists and numbers, ready for JSON.

        Returns
        -------
        dict
            ``operation`` (``"chain"``), ``input_size``, ``output_size`` and
            ``layers``, the plan of each; where the result is compared with
            something and there are values, ``difference``.

        Raises
        ------
        ConvanimError
            If a layer has too many taps.
        """
        refuse_many_taps(self.input_size, sum(plan.taps for plan in self.plans))
        told = {
            "operation": "chain",
            "input_size": list(self.input_size),
            "output_size": list(self.output_size),
            "layers": [plan.to_dict() for plan in self.plans],
        }
        difference = self.difference
        return told if difference is None else {**told, "difference": difference.tolist()}
