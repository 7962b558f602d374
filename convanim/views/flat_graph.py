"""The flat view of a plan with branches: a row of planes a lane, and wires that lead to where branches meet."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

import numpy as np

from convanim.base.records import dataclass
from convanim.plans import Stage
from convanim.views.flat import Flat
from convanim.views.flat_layout import LEFT_OUT, LINE, joined
from convanim.views.flat_rays import Side
from convanim.views.flat_sizes import Path
from convanim.views.headings import lines_below, word_boxes
from convanim.views.lanes import Lanes, Wire
from convanim.views.picture import Site, Work
from convanim.views.rays import around
from convanim.views.scene import Key, Lines, Points, Shapes, Texts
from convanim.views.sum_line import Box
from convanim.views.wires import circle, headed, radius_of, shortened_wire, sign
from convanim.words.layer_names import layer_title

_BETWEEN_LANES, _BETWEEN_TRACKS = 1.2, 0.7
"""The gap between lanes, and between tracks."""


@dataclass(frozen=True)
class FlatGraph(Flat):
    """Lanes below each other, the main one first; joined tensors are wired to a sign in front of their result."""

    @cached_property
    def lanes(self) -> Lanes:
        """The column and the lane of each tensor."""
        return Lanes(self.plan)

    @cached_property
    def paths(self) -> tuple[Path, ...]:
        """The stages whose results stand in each lane."""
        return tuple(
            tuple(stage for stage in self.plan.main if self.lanes.lanes[stage.target] == lane)
            for lane in range(self.lanes.count)
        )

    @cached_property
    def rows(self) -> tuple[tuple[Site, ...], ...]:
        """The sites of each lane."""
        return tuple(
            tuple(site for site in self.sites if self.lanes.lanes[site.tensor] == lane)
            for lane in range(self.lanes.count)
        )

    def site_of(self, tensor: int) -> Site:
        """Return the site of a tensor; each has only one."""
        return self.sites_of(tensor)[0]

    def around(self, stage: Stage) -> tuple[Site, Site]:
        """Return the sites of a stage's first input and of its output."""
        return self.site_of(stage.source), self.site_of(stage.target)

    @cached_property
    def _by_column(self) -> tuple[tuple[Site, ...], ...]:
        """The sites of each column."""
        return tuple(
            tuple(site for site in self.sites if self.lanes.columns[site.tensor] == column)
            for column in range(self.lanes.last + 1)
        )

    @cached_property
    def _estimate(self) -> float:
        """The approximate width of the picture."""
        wide = [
            max(self._about(site) if self.plan.dims == 3 else site.size[-1] for site in own) for own in self._by_column
        ]
        return float(sum(wide) + 4 * self.lanes.last)

    @cached_property
    def _spans(self) -> tuple[tuple[float, float], ...]:
        """The left and right end of each column."""
        found: list[tuple[float, float]] = []
        left = 0.0
        for column, own in enumerate(self._by_column):
            if column:
                makers = [site.maker for site in own if site.maker is not None]
                left = found[-1][1] + max(map(self._room, makers))
            left += max(self.cut(site)[1] for site in own)
            found.append((left, left + max(max(self.map_size(site)[0], self._title_width(site)) for site in own)))
        return tuple(found)

    @cached_property
    def lefts(self) -> dict[int, float]:
        """The left end of each site, which stands in the middle of its column."""
        return {
            site.number: (left + right - self.map_size(site)[0]) / 2
            for (left, right), own in zip(self._spans, self._by_column, strict=True)
            for site in own
        }

    def between(self, stage: Stage) -> float:
        """Return the x position halfway between the column before a stage's output and that."""
        after, tile = self.site_of(stage.target), self._tile_room(stage)
        end = self._spans[self.lanes.columns[stage.target]][0] - self.cut(after)[1]
        start = self._spans[self.lanes.columns[stage.target] - 1][1]
        return (start + end - (tile + 1.6 if tile else 0.0)) / 2

    def height_of(self, stage: Stage, site: int, channel: int) -> float:
        """Return the height at which a stage works on a channel: in the lane of its result."""
        shifts, lanes = self.shifts, self.lanes.lanes
        return self.middles[site, channel] + shifts[lanes[stage.target]] - shifts[lanes[self.sites[site].tensor]]

    def ends(self, row: int) -> tuple[float, float]:
        """Return the top and bottom of a lane with its words, relative to its middle line."""
        sites = self.rows[row]
        high = max(map(self.half_height, sites))
        tops, bottoms = [high + 1.5 * self.size * (2 if self.plan.dims == 3 else 1)], [high]
        for stage in self.paths[row]:
            reach = self.radius + LINE * self.size if len(stage.sources) > 1 else self.reach(stage)
            tops.append(reach + self.room_of_words(stage))
            bottoms.append(reach + self.room_of_words(stage) * (len(stage.sources) > 1))
        return -max(tops), max(bottoms) + LEFT_OUT * self.size * any(map(self.notes_below, sites))

    @cached_property
    def shifts(self) -> tuple[float, ...]:
        """How far each lane lies below the first one."""
        found = [0.0]
        for row in range(1, len(self.rows)):
            found.append(found[-1] + self.ends(row - 1)[1] - self.ends(row)[0] + _BETWEEN_LANES)
        return tuple(found)

    @property
    def radius(self) -> float:
        """The radius of the circles in which wires meet."""
        return radius_of(self.size)

    def spot(self, stage: Stage) -> Points:
        """Return the middle of the sign in which the wires of a stage meet."""
        return np.array([self.between(stage), self.shifts[self.row_of(stage)]])

    def wire(self, wire: Wire) -> Points:
        """Return the corners of the wire from a tensor to where it is joined: straight, or around other tensors."""
        source, stage = wire
        site, spot = self.site_of(source), self.spot(stage)
        left, top, right, _ = self.site_box(site)
        height = self.shifts[self.lanes.lanes[source]]
        if self.lanes.is_far(wire):
            start = (left + right) / 2
            raised = 1.7 * self.size * (2 if self.plan.dims == 3 else 1)
            return np.array([[start, top - raised], [start, self.track(wire)], [spot[0], self.track(wire)], spot])
        if height == spot[1]:
            return np.array([[right, height], spot])
        return np.array([[right, height], [spot[0], height], spot])

    def track(self, wire: Wire) -> float:
        """Return the height of the track of a wire that leads around others."""
        return self.ends(0)[0] - 0.5 - _BETWEEN_TRACKS * self.lanes.tracks[wire]

    def _drawn_wire(self, wire: Wire) -> Points:
        """Return the pieces of a wire, without what the name of its join hides."""
        return headed(around(shortened_wire(self.wire(wire), self.radius), word_boxes(self._name_of_join(wire[1]))))

    def _leaving(self, stage: Stage) -> Points:
        """Return the arrow from the sign of a stage to its result."""
        x, y = self.spot(stage).tolist()
        end = self.lefts[self.site_of(stage.target).number] - 0.25
        return headed(np.array([[[x + self.radius, y], [end, y]]]))

    @property
    def _joining(self) -> tuple[Stage, ...]:
        """The stages in which branches meet."""
        return tuple(stage for stage in self.plan.main if len(stage.sources) > 1)

    def behind(self) -> Shapes:
        """Return the wires, which lie behind everything: pale among arrows, until they are at work."""
        pieces = [self._drawn_wire(wire) for wire in self.lanes.wires]
        for stage in self._joining:
            pieces += [self._leaving(stage), *self.joint(stage)]
        return (*super().behind(), Lines("waiting" if self.look.is_labelled else "arrow", np.concatenate(pieces)))

    def joint(self, stage: Stage) -> list[Points]:
        """Return the circle in which the wires of a stage meet, with its sign."""
        spot = self.spot(stage)
        return [circle(spot, self.radius), sign(stage.rule.name, spot, self.radius)]

    def rays(self, work: Work) -> Shapes:
        """Return the rays of a step, and its wires in heavy lines where rays would cross other planes."""
        stage = work.stage
        if stage is None or len(stage.sources) < 2:
            return super().rays(work)
        spot = self.spot(stage)
        heavy: list[Points] = []
        sides: list[tuple[Side, Side]] = []
        for page, window in work.windows.items():
            source = self.sites[page.site].tensor
            if not self.lanes.is_beside((source, stage)):
                heavy.append(self._drawn_wire((source, stage)))
                continue
            sides.append((self.side_of(page, window.box, True), _ends(spot, -self.radius)))
        for page, window in work.made.items():
            sides.append((_ends(spot, self.radius), self.side_of(page, window.box, False)))
        # Slices side by side would be crossed by rays of others.
        shapes = [*self.joining(sides, stage)] if self.plan.dims < 3 else []
        shapes.append(Lines("flat_ray", np.concatenate(self.joint(stage)), key=Key("joint", (stage.number,))))
        if heavy:
            shapes.append(Lines("reach", np.concatenate(heavy), key=Key("wire", (stage.number,))))
        return tuple(shapes)

    @cached_property
    def _said_of_layers(self) -> tuple[Texts, ...]:
        """The names of layers above their kernels, and their parameters below; those of joins below their sign."""
        found: list[Texts] = []
        for stage in self.plan.main:
            found += self._name_of_join(stage) if len(stage.sources) > 1 else self.said_of(stage)
        return tuple(found)

    def _name_of_join(self, stage: Stage) -> tuple[Texts, ...]:
        """Return the name of a join in its gap, out of the way of rays: at its sign, or below or above the planes."""
        lanes, row, column = self.lanes.lanes, self.row_of(stage), self.lanes.columns[stage.target]
        beside = [
            self.site_of(one) for one in stage.sources if (self.lanes.columns[one], lanes[one]) == (column - 1, row)
        ]
        _, top, _, bottom = joined(self.site_box(site) for site in (self.site_of(stage.target), *beside))
        if self.look.is_labelled and all(
            len(self.contents.channels[one]) == 1 for one in (*stage.sources, stage.target)
        ):
            # Arrows lead level to the sign.
            top, bottom = self.spot(stage)[1] + np.array([-self.radius, self.radius])
        comes_from_below = any(lanes[source] > row for source in stage.sources)
        low = top - 2.2 * self.size if comes_from_below else bottom
        return lines_below((layer_title(stage.layer),), self.between(stage), low, self.size)

    @property
    def _said(self) -> Iterator[Box]:
        """Yield the boxes of the picture, its words and wires, except for sums."""
        yield from super()._said
        for wire in self.lanes.wires:
            corners = self.wire(wire)
            (left, top), (right, bottom) = corners.min(axis=0).tolist(), corners.max(axis=0).tolist()
            yield left, top - 0.1, right, bottom


def _ends(spot: Points, shift: float) -> Side:
    """Return the end of rays that meet beside a sign."""
    return Side.alone((spot + np.array([shift, 0.0]))[None])
