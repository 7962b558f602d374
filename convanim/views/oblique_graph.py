"""The oblique view of a plan with branches: floors above each other, lanes side by side, wires to where they meet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from itertools import pairwise

import numpy as np

from convanim.base.font import width_of
from convanim.base.language import counted, translated
from convanim.base.records import dataclass
from convanim.plans import Plan, Stage
from convanim.views.headings import LINE, enclosing, face_of, more, obstacles, paragraph, words
from convanim.views.lanes import Lanes, Wire
from convanim.views.look import Look
from convanim.views.margins import beside_rise, field_heading, in_line, right_end, rise, word_bodies
from convanim.views.marks import Window
from convanim.views.naming import channel_name
from convanim.views.nesting import chord, resting
from convanim.views.picture import Link, Picture, Site, Work
from convanim.views.plane import Plane
from convanim.views.rays import around, beams, silhouette
from convanim.views.scene import Key, Lines, Points, Shape, Shapes, Texts
from convanim.views.sheet import Page, Sheet
from convanim.views.slices import slice_names
from convanim.views.sum_line import Summed
from convanim.views.wires import circle, headed, radius_of, shortened_wire, sign
from convanim.words.layer_names import layer_title
from convanim.words.layer_names import size as size_words
from convanim.words.layer_settings import layer_lines
from convanim.words.sentences import listed

_NUMBER = 0.42
_GAP, _LANE_GAP = 0.7, 1.6
"""The gap between neighbouring sheets, and between lanes."""

_AIR, _JOIN_AIR = 2.0, 3.0
"""The clear gap between floors, and where it holds the sign of a join."""

_SIZE, _WIDER = 1.4, 1.35
"""The size of words relative to headings, and the width of the picture with those beside it to that of its sheets."""

_TRACK = 0.8
"""The distance between wires that lead around floors."""

_LABEL_AIR = 0.7


def draw_graph(plan: Plan, look: Look) -> Picture:
    """Return the picture of a plan whose stages branch and meet again, or of the field of one cell of its output."""
    way = "layers" if look.field is None else "field"
    walked = plan.walking(way=way, is_main=True, **Picture.confined(plan, look), cell=look.field)
    look = replace(look, classic=False, has_chips=False)
    are_lone = look.field is None and not plan.has_channels and plan.dims < 3
    if look.writes_weights and are_lone and any(stage.is_weighted for stage in plan.main):
        from convanim.views.oblique_kernel import GraphWithKernels

        return GraphWithKernels(walked, look)
    return ObliqueGraph(walked, look)


@dataclass(frozen=True)
class ObliqueGraph(Summed):
    """Tensors on floors, by how many layers lead to them, and side by side where branches run beside each other."""

    below = 1.3

    draws_cut_off = True

    @cached_property
    def lanes(self) -> Lanes:
        """The floor and the lane of each tensor."""
        return Lanes(self.plan)

    @property
    def _is_deep(self) -> bool:
        return self.plan.dims == 3

    def _shape(self, site: Site) -> tuple[int, int]:
        """Return the rows and columns of a site's sheets."""
        rows, columns = (1, *site.grid.kind.shape)[-2:]
        return rows, columns

    @cached_property
    def size(self) -> float:
        """The size of words."""
        wide = [
            max(
                len(self.pages(site)) * (chord(*self._shape(site)) + _GAP)
                for site in self.sites
                if self.lanes.lanes[site.tensor] == lane
            )
            for lane in range(self.lanes.count)
        ]
        return _SIZE * self.letters_for(_WIDER * (sum(wide) + _TRACK * len(self.lanes.tracks)))

    @cached_property
    def _by_floor(self) -> tuple[tuple[Site, ...], ...]:
        """The sites of each floor, from the input up."""
        return tuple(
            tuple(site for site in self.sites if self.lanes.columns[site.tensor] == floor)
            for floor in range(self.lanes.last + 1)
        )

    def _name(self, page: Page) -> str:
        """Return the name of a sheet."""
        site = self.sites[page.site]
        has_channels, tensor = self.plan.has_channels, site.tensor
        said = channel_name(self.plan, tensor, page.channel) if has_channels else self.plan.named(tensor).called
        return f"{said} · {slice_names(site.grid, self.look.first_cell)[page.slice]}" if self._is_deep else said

    def _pitch(self, site: Site) -> float:
        """Return the distance between neighbouring sheets of a site."""
        named = max(width_of(self._name(page), "bold") for page in self.pages(site)) + 2.2
        return max(chord(*self._shape(site)) + _GAP, named * self.size)

    def _wide(self, site: Site) -> float:
        """Return the width of all sheets of a site with their names."""
        rows, columns = self._shape(site)
        return (len(self.pages(site)) - 1) * self._pitch(site) + max(columns + 0.7 * rows, self._pitch(site))

    @cached_property
    def middles(self) -> tuple[float, ...]:
        """The middle of each lane."""
        found: list[float] = []
        left = 0.0
        for lane in range(self.lanes.count):
            wide = max(self._wide(site) for site in self.sites if self.lanes.lanes[site.tensor] == lane)
            found.append(left + wide / 2)
            left += wide + _LANE_GAP
        return tuple(found)

    @cached_property
    def levels(self) -> tuple[float, ...]:
        """The height of the left corners of each floor's sheets, y downward."""
        found = [0.0]
        for below, above in pairwise(self._by_floor):
            top = found[-1] - 0.5 * max(self._shape(site)[1] for site in below)
            joins = any(site.maker in self._joining for site in above)
            found.append(
                top
                - (_JOIN_AIR if joins else _AIR)
                - 1.2 * self.size
                - 0.65 * max(self._shape(site)[0] for site in above)
            )
        return tuple(found)

    def _middle(self, site: Site) -> float:
        return self.middles[self.lanes.lanes[site.tensor]]

    @cached_property
    def sheets(self) -> Mapping[Page, Sheet]:
        """A sheet for each drawn channel and slice."""
        found: dict[Page, Sheet] = {}
        for site in self.sites:
            pages, level = self.pages(site), self.levels[self.lanes.columns[site.tensor]]
            for number, page in enumerate(pages):
                x = self._middle(site) + (number - (len(pages) - 1) / 2) * self._pitch(site)
                found[page] = self.sheet(page, _NUMBER).moved(resting(*self._shape(site), x, level).origin)
        return found

    def _planes(self, site: Site) -> list[Plane]:
        return [sheet.plane for page, sheet in self.sheets.items() if page.site == site.number]

    def _ends(self, site: Site) -> tuple[float, float]:
        """Return the height of a site's upper and lower edge in the middle of its lane."""
        x = self._middle(site)
        heights = [y for plane in self._planes(site) for y in _crossed(plane.corners(), x)]
        level = self.levels[self.lanes.columns[site.tensor]]
        return (min(heights), max(heights)) if heights else (level, level)

    @property
    def radius(self) -> float:
        """The radius of the circles in which wires meet."""
        return radius_of(self.size)

    def spot(self, stage: Stage) -> Points:
        """Return the middle of the sign in which the wires of a stage meet, in the air below its result."""
        site = self.sites_of(stage.target)[0]
        floor = self.lanes.columns[stage.target]
        low = self.levels[floor] + 0.65 * max(self._shape(one)[0] for one in self._by_floor[floor])
        high = self.levels[floor - 1] - 0.5 * max(self._shape(one)[1] for one in self._by_floor[floor - 1])
        return np.array([self._middle(site), (low + high) / 2])

    @cached_property
    def _left(self) -> float:
        """The left end of all sheets of the main lane."""
        return min(
            float(plane.corners()[:, 0].min())
            for site in self.sites
            if self.lanes.lanes[site.tensor] == 0
            for plane in self._planes(site)
        )

    def wire(self, wire: Wire) -> Points:
        """Return the corners of the wire from a tensor to where it is joined: straight, or around other floors."""
        source, stage = wire
        site, spot = self.sites_of(source)[0], self.spot(stage)
        x, top = self._middle(site), self._ends(site)[0]
        if len(self._planes(site)) > 1:
            # Above the names of sheets side by side.
            top = min(float(plane.corners()[:, 1].min()) for plane in self._planes(site)) - 0.7 * self.size
        if self.lanes.is_far(wire):
            # From real cells, since padding is of the layer that reads it; windows reach their near corner only once.
            # Where padding bears zeros, the wire would strike through one.
            own = [sheet for page, sheet in self.sheets.items() if page.site == site.number]
            corners = [(sheet.rows, 0) if sheet.lettering is not None else sheet.spread[2:0:-1] for sheet in own]
            ends = (sheet.plane.points(np.array(one, float)) for sheet, one in zip(own, corners, strict=True))
            start, level = min(end.tolist() for end in ends)
            left = self._left - 0.9 - _TRACK * self.lanes.tracks[wire]
            return np.array([[start, level], [left, level], [left, spot[1]], spot])
        if x == spot[0]:
            return np.array([[x, top], spot])
        return np.array([[x, top], [x, spot[1]], spot])

    def behind(self) -> Shapes:
        """Return the wires, which lie behind everything."""
        pieces = [headed(shortened_wire(self.wire(wire), self.radius)) for wire in self.lanes.wires]
        for stage in self._joining:
            spot = self.spot(stage)
            low = self._ends(self.sites_of(stage.target)[0])[1]
            strokes = sign(stage.rule.name, spot, self.radius)
            leaving = headed(np.array([[spot - [0, self.radius], [spot[0], low]]]))
            pieces += [circle(spot, self.radius), strokes, leaving]
        return (*self.beyond(), Lines("ray", around(np.concatenate(pieces), self.word_boxes)))

    @property
    def _joining(self) -> tuple[Stage, ...]:
        return tuple(stage for stage in self.plan.main if len(stage.sources) > 1)

    def outline(self, sheet: Sheet, window: Window, number: int) -> Shapes:
        """Return the outline of a window; of a receptive field, the box of all its cells."""
        if self.look.field is None:
            return super().outline(sheet, window, number)
        return (Lines("reach", sheet.plane.outline(*window.box), key=Key("reach", (sheet.page.site, number))),)

    def rays(self, work: Work) -> Shapes:
        """Return the rays from cells read to cells made: through the sign of a join, and along its wires."""
        found: list[Shape] = []
        for stage in self.plan.main:
            links = [link for link in work.links if link.stage is stage]
            if links:
                found += self._rays(stage, links, work)
        return tuple(found)

    def _rays(self, stage: Stage, links: list[Link], work: Work) -> Shapes:
        up = np.array([0, self.radius])
        heavy: dict[int, Points] = {}
        to_joint: list[Points] = []
        ends: dict[tuple[Page | None, Page], tuple[Points, Points]] = {}
        for link in links:
            source = self.sites[link.source.site].tensor
            below, above = self.sheets[link.source], self.sheets[link.target]
            start, end = below.plane.rectangle(*link.window.box), above.plane.rectangle(*self.landed(link, work))
            if len(stage.sources) == 1:
                ends[link.source, link.target] = start, end
                continue
            ends[None, link.target] = np.tile(self.spot(stage) - up, (4, 1)), end
            if not self.lanes.is_beside((source, stage)):
                heavy[source] = headed(shortened_wire(self.wire((source, stage)), self.radius))
            else:
                to_joint.append(silhouette(start, np.tile(self.spot(stage) + up, (4, 1))))
        key = Key("ray", (stage.number,))
        shapes: list[Shape] = [*beams(ends.values(), key)]
        if to_joint:
            shapes.append(Lines("ray", np.concatenate(to_joint), key=Key("ray", (stage.number, 1))))
        if heavy:
            shapes.append(Lines("reach", np.concatenate([*heavy.values()]), key=Key("wire", (stage.number,))))
        return tuple(shapes)

    @cached_property
    def word_boxes(self) -> Points:
        """The boxes of words, around which wires are led."""
        return obstacles([*self._names(), *self._more()], self.look)

    def _names(self, pages: set[Page] | None = None) -> list[Texts]:
        """Return the names of sheets, bold where they are at work (all if ``pages`` is None)."""
        found = []
        for page, sheet in self.sheets.items():
            face, floor = face_of(pages is None or page in pages), self.lanes.columns[self.sites[page.site].tensor]
            _, far, right, near = sheet.plane.corners().tolist()
            at, shift = (far, (0.9, 0.1)) if floor else (near, (0.6, 0.45))
            if (
                0 < floor < self.lanes.last
                and len(self._by_floor[floor]) == len(self.pages(self.sites[page.site])) == 1
            ):
                # Rays pass above and below the planes between the ends, but not to the right of the only one.
                at, shift = right, (0.9, 0.0)
            x, y = at[0] + shift[0] * self.size, at[1] + shift[1] * self.size
            found.append(replace(words(self._name(page), x, y, self.size, face, 0.0), key=Key("word")))
        return found

    def _more(self) -> list[Texts]:
        """Return how many channels of each tensor are not drawn, to the right of its last sheet."""
        found = []
        for site in self.sites:
            count = self.plan.tensors[site.tensor].channels - len(self.contents.channels[site.tensor])
            if count:
                right, y = max(corner for plane in self._planes(site) for corner in plane.corners().tolist())
                found.append(words(more(count), right + 0.3, y, self.size, anchor=0.0))
        return found

    @cached_property
    def _bodies(self) -> list[Points]:
        """The corners of the sheets of each two floors, between which rays run, or of one and a sign; and of names."""
        every = [
            np.concatenate([plane.corners() for site in sites for plane in self._planes(site)])
            for sites in self._by_floor
        ]
        found = []
        for (low, high), sites in zip(pairwise(every), self._by_floor[1:], strict=True):
            spots = [self.spot(site.maker)[None] for site in sites if site.maker in self._joining]
            is_met = len(spots) == len(sites)
            found += [np.concatenate([one, *spots]) for one in (low, high)] if is_met else [np.concatenate([low, high])]
        return [*found, *word_bodies(self._beside_sheets)]

    def _right_at(self, middle: float, lines: int) -> float:
        """Return the left end of some lines of words about a layer at a height."""
        half = lines * LINE * self.size / 2
        return right_end(self._bodies, middle - half, middle + half) + _LABEL_AIR

    @property
    def _beside_sheets(self) -> list[Texts]:
        return [*self._names(), *self._more()]

    def _layers(self) -> list[Texts]:
        """Return what each layer is, at the height at which it works; where several do, with their results' names."""
        found: list[Texts] = []
        lowest = np.inf
        for floor in range(1, self.lanes.last + 1):
            stages = [stage for stage in self.plan.main if self.lanes.columns[stage.target] == floor]
            lines = [line for stage in stages for line in self._said(stage, len(stages) > 1)]
            middle = float(self.spot(stages[0])[1])
            # Lines that need more room than there is between floors move up.
            half = 0.7 * len(lines) * self.size
            middle = min(middle, lowest - half)
            lowest = middle - half - 0.3 * self.size
            arrow = self._rises.get(floor)
            left = self._right_at(middle, len(lines)) if arrow is None else beside_rise(arrow, self.size)
            found += paragraph(lines, left, middle, self.size)
        return found

    @cached_property
    def _rises(self) -> dict[int, Lines]:
        """The arrow beside the words about the layer that makes each floor of the one below alone."""
        found = {}
        for floor in range(1, self.lanes.last + 1):
            stages = [stage for stage in self.plan.main if self.lanes.columns[stage.target] == floor]
            if len(stages) > 1 or len(stages[0].sources) > 1:
                continue
            high, low = (
                max(y for site in self._by_floor[one] for y in self._rights(site)) for one in (floor, floor - 1)
            )
            found[floor] = rise(self._bodies, _LABEL_AIR, low, high, self.size)
        return dict(zip(found, in_line([*found.values()]), strict=True))

    def _rights(self, site: Site) -> list[float]:
        """Return the heights of the right corners of a site's planes."""
        return [float(plane.corners()[2, 1]) for plane in self._planes(site)]

    def _said(self, stage: Stage, is_named: bool) -> list[str]:
        tensors = self.plan.tensors
        title = layer_title(stage.layer)
        if len(stage.sources) > 1:
            read = translated(
                "of {tensors}", tensors=listed(translated(tensors[source].name) for source in stage.sources)
            )
            title = translated("{layer} {tensors}", layer=title, tensors=read)
        name = translated(tensors[stage.target].name)
        title = translated("{name}: {what}", name=name, what=title) if is_named else title
        return [title, *layer_lines(stage.layer)]

    def words(self) -> Shapes:
        """Return the words that never change."""
        arrows = self._rises.values() if self.look.has_words else ()
        return (*self._layers(), *arrows, *self._more(), *self._heading)

    def words_at(self, work: Work) -> Shapes:
        """Return the names of sheets, bold where they are at work, and the sum of the step or the cells of a field."""
        seen = self._seen(work) if self.look.field is not None else ()
        return (*self._names(work.pages), *seen, *self.sum(work))

    def _seen(self, work: Work) -> tuple[Texts, ...]:
        """Return how many cells of the input are in the field so far."""
        inputs = [window for page, window in work.windows.items() if self.sites[page.site].tensor == 0]
        if not inputs:
            return ()
        boxes = np.array([window.box for window in inputs])
        high, wide = (boxes[:, 2:].max(axis=0) - boxes[:, :2].min(axis=0)).tolist()
        size = (high, wide) if self.plan.dims > 1 else (wide,)
        count = sum(len(window.places) for window in inputs)
        said = _field(count, size_words(size))
        return (replace(self._counted(said), key=Key("word", (1,))),)

    def _counted(self, said: str) -> Texts:
        """Return how many cells a receptive field has, beside the near corner of the input."""
        low = max(one[1] for site in self._by_floor[0] for plane in self._planes(site) for one in plane.corners())
        y = float(low) - 0.5 * self.size
        return words(said, self._right_at(y, 1), y, self.size, "bold", 0.0)

    @cached_property
    def _apart(self) -> tuple[float, float, float, float]:
        """The left, top, right and bottom of everything except the heading of a receptive field."""
        corners = [plane.corners() for site in self.sites for plane in self._planes(site)]
        corners += self.edges.corners
        corners += [self.wire(wire) for wire in self.lanes.wires]
        room = []
        if self.look.field is not None:
            room.append(self._counted(_field(10000, "00×00")))
        return enclosing(np.concatenate(corners), [*self._beside_sheets, *self._layers(), *room])

    @cached_property
    def core(self) -> tuple[float, float, float, float]:
        """The left, top, right and bottom of all sheets, wires and words."""
        return enclosing(np.array(self._apart).reshape(2, 2), self._heading)

    @property
    def _heading(self) -> tuple[Texts, ...]:
        """The heading of a receptive field."""
        left, top, right, _ = self._apart
        return (field_heading(self.plan, self.look, (left + right) / 2, top, self.size),) if self.is_field else ()


def _field(count: int, size: str) -> str:
    return counted(
        "receptive field: {number} cell, within {size}",
        "receptive field: {number} cells, within {size}",
        count,
        number=str(count),
        size=size,
    )


def _crossed(corners: Points, x: float) -> list[float]:
    """Return the heights at which an upright line crosses the edges of a polygon."""
    found = []
    for (a, y), (b, z) in zip(corners.tolist(), np.roll(corners, -1, axis=0).tolist(), strict=True):
        if min(a, b) <= x <= max(a, b) and a != b:
            found.append(y + (z - y) * (x - a) / (b - a))
    return found
