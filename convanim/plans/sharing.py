"""How much each input cell weighs in an output cell: its share of all paths that lead there."""

from __future__ import annotations

import numpy as np

from convanim.base.records import dataclass
from convanim.plans.graph import Plan
from convanim.plans.steps import Cell
from convanim.plans.values import Numbers


@dataclass(frozen=True, eq=False)
class Shares:
    """The shares of all input cells in one output cell.

    Attributes
    ----------
    planes : (channels, *size) array
        The share of each input cell; all of them add up to 1, or to 0 where every path ends in padding.
    """

    planes: Numbers

    @property
    def greatest(self) -> float:
        """The greatest share of a cell."""
        return float(self.planes.max())

    @property
    def heaviest(self) -> tuple[int, Cell]:
        """The channel and the cell of the first of the greatest shares, but for rounding."""
        near = self.planes >= self.greatest * (1 - 1e-9)
        channel, *cell = np.argwhere(near)[0].tolist()
        return channel, tuple(cell)


def shares(plan: Plan, cell: Cell, channel: int = 0) -> Shares:
    """Return the share of each input cell of a plan in an output cell.

    Every weight counts as 1, so that a share is a number of paths, that is,
    the gradient of the output cell if all weights are equal. A mean divides
    what it hands down among the cells that it counts; a maximum counts each
    of its cells once, as if any of them might be the largest.

    Parameters
    ----------
    plan : Plan
        With steps that gather.
    cell, channel
        The output cell.
    """
    first = np.zeros(plan.output_size)
    first[cell] = 1
    held: dict[tuple[int, int], Numbers] = {(plan.last.target, channel): first}
    for stage in reversed(plan.main):
        given = {one: held[tensor, one] for tensor, one in held if tensor == stage.target}
        for key, weights in stage.handed_down(given).items():
            held[key] = held[key] + weights if key in held else weights
    nothing = np.zeros(plan.input_size)
    planes = np.stack([held.get((0, one), nothing) for one in range(plan.tensors[0].channels)])
    return Shares(planes / (planes.sum() or 1))
