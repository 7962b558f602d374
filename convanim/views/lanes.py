"""Where the tensors of a plan with branches stand: their column, their lane, and the tracks that lead around others."""

from __future__ import annotations

from functools import cached_property

from convanim.base.records import dataclass
from convanim.plans import Plan, Stage

Wire = tuple[int, Stage]
"""A tensor, and the stage that joins it to others."""


@dataclass(frozen=True, eq=False)
class Lanes:
    """Tensors in columns, in the order in which they are computed, and in lanes, the main one first.

    Attributes
    ----------
    plan : Plan
        A plan whose stages branch and meet again.
    """

    plan: Plan

    @cached_property
    def columns(self) -> dict[int, int]:
        """The column of each tensor: the most stages that lead to it from the input."""
        found = {0: 0}
        for stage in self.plan.main:
            found[stage.target] = 1 + max(found[source] for source in stage.sources)
        return found

    @property
    def last(self) -> int:
        """The number of the last column, which is that of the output."""
        return self.columns[self.plan.last.target]

    @cached_property
    def makers(self) -> dict[int, Stage]:
        """The stage that makes each tensor but the input."""
        return {stage.target: stage for stage in self.plan.main}

    @cached_property
    def ends(self) -> dict[int, int]:
        """The column of the last stage that reads each tensor."""
        found = dict(self.columns)
        for stage in self.plan.main:
            for source in stage.sources:
                found[source] = max(found[source], self.columns[stage.target])
        return found

    @cached_property
    def lanes(self) -> dict[int, int]:
        """The lane of each tensor: 0 for the longest way from the input to the output, then those beside it."""
        found, at = {0: 0}, self.plan.last.target
        while at in self.makers:
            found[at] = 0
            at = max(self.makers[at].sources, key=lambda one: (self.columns[one], -one))
        taken = {(column, 0) for column in range(self.last + 1)}
        for tensor, column in self.columns.items():
            if tensor in found:
                continue
            # It stays in its lane up to where it is read, and what is made of it follows there.
            before = found.get(self.makers[tensor].source, 0)
            room = range(column, max(self.ends[tensor], column + 1))
            lane = next(
                one
                for one in (before, *range(1, len(self.columns) + 1))
                if one and not any((at, one) in taken for at in room)
            )
            found[tensor] = lane
            taken |= {(at, lane) for at in room}
        return found

    @property
    def count(self) -> int:
        """The number of lanes."""
        return max(self.lanes.values()) + 1

    @cached_property
    def wires(self) -> tuple[Wire, ...]:
        """The tensors that are joined, each with the stage that joins it."""
        return tuple((source, stage) for stage in self.plan.main if len(stage.sources) > 1 for source in stage.sources)

    def is_far(self, wire: Wire) -> bool:
        """Return whether a wire leads past other tensors of the main lane, around which it goes on a track."""
        source, stage = wire
        return self.lanes[source] == 0 and self.columns[stage.target] - self.columns[source] > 1

    def is_beside(self, wire: Wire) -> bool:
        """Return whether the joined tensor follows in the same lane, so that rays to it cross nothing."""
        source, stage = wire
        is_next = self.columns[stage.target] - self.columns[source] == 1
        return is_next and self.lanes[source] == self.lanes[stage.target]

    @cached_property
    def tracks(self) -> dict[Wire, int]:
        """The track of each wire that leads around others: 0 for the nearest, then those around it."""
        far = [wire for wire in self.wires if self.is_far(wire)]
        found: dict[Wire, int] = {}
        for wire in sorted(far, key=self._length):
            beside = {found[other] for other in found if self._overlap(wire, other)}
            found[wire] = next(track for track in range(len(far)) if track not in beside)
        return found

    def _length(self, wire: Wire) -> int:
        return self.columns[wire[1].target] - self.columns[wire[0]]

    def _overlap(self, one: Wire, other: Wire) -> bool:
        """Return whether two wires pass the same column, or start or end in the same gap."""
        (a, b), (c, d) = ((self.columns[source], self.columns[stage.target]) for source, stage in (one, other))
        return a < d and c < b
