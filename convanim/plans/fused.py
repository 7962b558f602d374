"""The order of steps in which each comes as soon as all that it reads is made."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from itertools import product, zip_longest

import numpy as np

from convanim.plans.stages import Stage
from convanim.plans.steps import Cell

_Place = tuple[Stage, int, int]
"""The stage, the channel and the cell (as a row-major index) of a step."""

_KEPT = 4
"""The most orders that are kept: a picture is laid out several times, each time as a copy of one plan."""


@lru_cache(_KEPT)
def fused(stages: tuple[Stage, ...], sizes: tuple[Cell, ...], by_position: bool) -> list[_Place]:
    """Return the place of each step of some stages, given the sizes of all tensors.

    The outputs come in their usual order, of two paths in turn, each right after
    those steps of earlier stages that it needs; what no output reads comes at the end.
    """
    makers = {stage.target: stage for stage in stages}
    found: dict[_Place, None] = {}

    def add(stage: Stage, channel: int, place: int) -> None:
        """Add a step, after those that it reads from."""
        if (stage, channel, place) in found:
            return
        for read in stage.step(channel, place).reads if not makers.keys().isdisjoint(stage.sources) else ():
            cells = read.taps.source[read.taps.source[:, 0] >= 0]
            places = np.ravel_multi_index(tuple(cells.T), sizes[read.tensor]).tolist()
            for one, at in product(read.channels, places) if read.tensor in makers else ():
                add(makers[read.tensor], one, at)
        found[stage, channel, place] = None

    sources = {source for stage in stages for source in stage.sources}
    ends = [stage for stage in stages if stage.target not in sources]
    for own in (ends, stages):
        for row in zip_longest(*(_places(stage, by_position) for stage in own)):
            for one in filter(None, row):
                add(*one)
    return list(found)


def _places(stage: Stage, by_position: bool) -> Iterator[_Place]:
    """Yield the places of a stage, channel by channel or cell by cell."""
    channels, cells = range(stage.steps_of[0]), stage.places
    if by_position:
        yield from ((stage, channel, place) for place in cells for channel in channels)
    else:
        yield from ((stage, channel, place) for channel in channels for place in cells)
