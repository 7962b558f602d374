"""The order of steps in which each comes as soon as all that it reads is made."""

from __future__ import annotations

from itertools import product, zip_longest

import numpy as np

from convanim.plans.graph import Plan
from convanim.plans.stages import Stage


def fused(plan: Plan) -> list[tuple[int, int, int]]:
    """Return the stage (its number), channel and cell (as a row-major index) of each step of a plan.

    The outputs come in their usual order, of two paths in turn, each right after
    those steps of earlier stages that it needs; what no output reads comes at the end.
    """
    makers = {stage.target: stage for stage in plan.walked}
    found: dict[tuple[int, int, int], None] = {}

    def add(stage: Stage, channel: int, place: int) -> None:
        """Add a step, after those that it reads from."""
        if (stage.number, channel, place) in found:
            return
        for read in stage.step(channel, place).reads if not makers.keys().isdisjoint(stage.sources) else ():
            cells = read.taps.source[read.taps.source[:, 0] >= 0]
            places = np.ravel_multi_index(tuple(cells.T), plan.tensors[read.tensor].size).tolist()
            for one, at in product(read.channels, places) if read.tensor in makers else ():
                add(makers[read.tensor], one, at)
        found[stage.number, channel, place] = None

    sources = {source for stage in plan.walked for source in stage.sources}
    ends = [stage for stage in plan.walked if stage.target not in sources]
    for stages in (ends, plan.walked):
        for row in zip_longest(*map(plan.steps_in, stages)):
            for one in filter(None, row):
                add(*one)
    return list(found)
