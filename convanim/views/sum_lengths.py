"""How long the rows of the sums of a picture's steps get, from those of some steps."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from itertools import chain
from math import ceil
from typing import TYPE_CHECKING

from convanim.base.records import dataclass
from convanim.plans import Stage
from convanim.views.flat_sums import (
    EQUALS,
    PLUS,
    TIMES,
    Row,
    Tile,
    joined,
    length,
    tile_width,
)

if TYPE_CHECKING:
    from convanim.views.sum_tiles import Terms


_MOST_SAMPLES = 1000
"""The most sums that are measured where each may be of another length."""


@dataclass(frozen=True, eq=False)
class Lengths:
    """The lengths of rows, in cells of the line, and their number.

    Attributes
    ----------
    terms : Terms
        The sums.
    """

    terms: Terms

    def _longest_stamp(self, stage: Stage) -> float:
        """Return the width of the longest row of a stage's stamps."""
        picture = self.terms.picture
        plan, contents, stamps = picture.plan, picture.contents, picture.plan.stamps(stage)
        drawn = contents.channels[stage.target]
        pair = (tile_width(contents.widest(stage.source)), tile_width(contents.kernel_widest(stage)))
        term = (Tile("", pair[0], "input"), TIMES, Tile("", pair[1], "kernel"))
        bias = [tuple(one) for one in [self.terms.bias(stage, drawn[0])[1:]] if one]
        end = [EQUALS, Tile("", self.terms.held_width(stage), "output")]
        counts = set[int]()
        for channel in plan.channels_of(stage):
            reached = stamps.busiest_counts(picture.talked_channel(stage, stage.grouping.outputs_of(channel)))
            counts.update(reached.item(stamps.number(channel, place)) for place in plan.cells_of(stage))
        rows = [
            [*joined([*bias, *[term] * count], PLUS, self.terms.most - length(end)), *end] for count in counts - {0}
        ]
        return max(map(length, rows), default=0.0)

    @property
    def longest(self) -> float:
        """The width of the longest row of any step."""
        return max(map(self.of, self._samples), default=0.0)

    def of(self, stage: int) -> float:
        """Return the width of the longest row of a stage's steps."""
        if stage not in self._known:
            rows = [length(row) for rows in self._samples[stage] for row in rows]
            is_stamped = stage in self.terms.picture.stamped
            stamp = self._longest_stamp(self.terms.picture.plan.stages[stage]) if is_stamped else 0.0
            self._known[stage] = max(stamp, *rows, 0.0)
        return self._known[stage]

    @cached_property
    def _known(self) -> dict[int, float]:
        """A cache for `of`."""
        return {}

    def rows(self, stages: Iterable[Stage]) -> int:
        """Return the most rows of any step of some stages."""
        found = (self._samples.get(stage.number, []) for stage in stages)
        return max(map(len, chain.from_iterable(found)), default=0)

    def _taking_part(self, number: int) -> int:
        """Return how many taps take part in a step's result."""
        stage, channel, place = self.terms.picture.plan.place(number)
        return sum(len(read.taps.kind) for read in stage.taking_part(stage.step(channel, place)).reads)

    @cached_property
    def _samples(self) -> dict[int, list[list[Row]]]:
        """The rows of a sample step of each stage: the one that reads the most, where steps differ."""
        plan, found = self.terms.picture.plan, dict[int, list[list[Row]]]()
        if plan.walk.way == "field":
            return found
        for stage, steps in zip(plan.walked, plan.numbers, strict=False):
            blank = (number for number in steps if stage.leaves_zeros and not plan.step(number).reads)
            if stage.layer.most_sources > 1:
                # These rows are as long as the number of cells that a step adds up.
                steps = sorted(steps, key=lambda number: -sum(len(read.taps.kind) for read in plan.step(number).reads))
            read = (number for number in steps if stage.is_stamped or plan.step(number).reads)
            longest = max(read, key=self._taking_part) if stage.is_sparse else next(read, None)
            numbers = [number for number in (next(blank, None), longest) if number is not None]
            if stage.varies and steps:
                numbers.append(max(steps, key=lambda one: stage.read_count(plan.place(one)[2])))
            if stage.has_factors or stage.has_shares:
                # Shares, and products of them and weights, are as long as they happen to be.
                unlike = {stage.shares_at(plan.place(one)[2]): one for one in steps}
                numbers += [*unlike.values()][:: ceil(len(unlike) / _MOST_SAMPLES)]
            found[stage.number] = [self.terms.rows(self.terms.picture.work(number)) for number in numbers]
        return found
