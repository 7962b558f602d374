"""Rays and arrows of the flat view: from the sides of windows to those of cells, by kernels and to sums."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import field, replace

import numpy as np

from convanim.base.records import dataclass
from convanim.layers.rules import COPY
from convanim.plans import Moves, Stage, Windows
from convanim.views.flat_kernels import FlatKernels
from convanim.views.flat_layout import joined
from convanim.views.flat_sizes import BEFORE_COLUMN
from convanim.views.picture import Site, Work
from convanim.views.plane import Plane
from convanim.views.scene import Key, Lines, Points, Shapes
from convanim.views.sheet import Page
from convanim.views.signs import Box
from convanim.views.wires import circle, headed, sign

_TO_SPINE, _JOINT = 0.38, 0.16
"""How far behind partial sums the line stands that joins them, in cells, and the radius of the circle with a plus."""

_MOST_ASIDE = 0.35
"""How far from the middle of a plane's side a way may leave to lead straight on, as a share of its length."""

_ALMOST_LEVEL = 0.3
"""How far above or below the cell made a partial sum may be that the circle stands level with, in cells."""

_AIR, _LEAST_AIR, _MOST_AIR, _LEAST_ARROW = 0.2, 0.25, 0.5, 0.4
"""The gap between an arrow and a plane, as a share of the way, and at least and at most, in cells, where an arrow
remains as long as the last: nearer, it would lead to a row, and farther, from nowhere."""

_BEND, _NAME_HEIGHT = 0.35, 1.3
"""How far before a plane the way to the next column bends, and the height of a name above a plane, in its letters."""

_STRAIGHT = 0.75, 0.72, 0.69
"""How far before a plane the places are at which a way there would bend if it led to the next column."""

_PAST_WORDS, _BEFORE_PLANE, _SHORT_ARROW, _SHORT_TAIL, _HIDDEN = 0.16, 0.12, 0.3, 0.1, 0.01
"""How far behind words a way turns and before a plane it ends, how long it is at least between, and before it turns,
and how long lines are that the tip hides."""

_HEAD = (0.18, 0.08)
"""The length and half the width of the head of an arrow, in cells."""


@dataclass(frozen=True, eq=False)
class Side:
    """A side of some cells that rays lead from or to.

    Attributes
    ----------
    ends : (2, 2) array
        Its upper and its lower end.
    whole : (2, 2) array
        Those of the side of all cells around it, between which arrows lead.
    bends : (n, 2) array
        The places through which an arrow comes to it, in order.
    level_to : float or None
        Where an arrow that leads up or down turns, past the words above and below the side.
    """

    ends: Points
    whole: Points
    bends: Points = field(default_factory=lambda: np.empty((0, 2)))
    level_to: float | None = None

    @classmethod
    def alone(cls, ends: Points) -> Side:
        """Return a side that no other cells stand around, or a spot, given as (1, 2)."""
        whole: Points = np.broadcast_to(ends, (2, 2))
        return cls(whole, whole)


def side(plane: Plane, rows: tuple[int, int], column: int) -> Side:
    """Return the side of some rows of a plane that stands alone, at one of its columns."""
    return Side.alone(plane.points(np.array([[row, column] for row in rows])))


@dataclass(frozen=True)
class FlatRays(FlatKernels):
    """The layout with the rays of a step."""

    def rays(self, work: Work) -> Shapes:
        """Return what leads from each window to its output cell, or to its partial sum."""
        stage = work.stage
        # Between the slices of volumes, only what is added up and values that move alone have ways.
        is_summed, is_deep = stage is not None and self.has_partials(stage), self.plan.dims == 3
        if stage is None or (is_deep and stage.rule is not COPY and not is_summed):
            return ()
        if stage.is_stamped:
            start, channel = self.stamping_side(work), next(iter(work.windows)).channel
            landed = self.boxes_made(work).items()
            sides = [(start, self.side_of(page, box, False), (page.channel, channel)) for page, box in landed]
        else:
            sides = [
                (
                    self.side_of(link.source, link.window.box, True),
                    self._sum_side(stage, link.source)
                    if is_summed
                    else self.side_of(link.target, link.made.box, False),
                    (link.target.channel, link.source.channel),
                )
                for link in work.links
            ]
        rays = [(start, end) for start, end, _ in sides] if not (is_deep and is_summed) else []
        if isinstance(stage, Moves):
            # Where values only move, what counts is from which row to which.
            rays = [(_at_rows(start), _at_rows(end)) for start, end in rays]
        if self.is_chain and stage.is_weighted:
            rays = [pair for side in sides for pair in self._by_kernel(stage, *side)]
        if not is_summed:
            return self.joining(rays, stage)
        (page, window), *_ = work.made.items()
        made = _at_rows(self.side_of(page, window.box, False))
        joint, lines = self._joined(stage, self.heights_added(stage, work.channels), made)
        rays.append((joint, made))
        return (*self.joining(rays, stage), Lines("flat_ray", lines, key=Key("sums", (stage.number,))))

    def behind_at(self, work: Work) -> Shapes:
        """Return pale arrows, and lines to signs, where steps of other layers or channels lead."""
        if not self.look.is_labelled or self.plan.dims == 3:
            return ()
        waiting = [lines for stage in self.plan.walked for lines in self._waiting(stage, work)]
        return (Lines("waiting", np.concatenate(waiting), key=Key("waiting")),) if waiting else ()

    def _waiting_pairs(self, stage: Stage, work: Work) -> list[tuple[int, int]]:
        """Return the pairs of an output and an input channel between which a layer does not work in a step."""
        if not isinstance(stage, Windows):
            return []
        if stage.grouping.is_single or not stage.is_weighted:
            return [] if stage is work.stage else [(one, one) for one in self.contents.channels[stage.target]]
        if stage.is_stamped:
            return []
        # Beside the kernels of a single layer, which stand to the left of it, nothing shows what is added up.
        if not self.is_chain and stage.grouping.inputs_a_group > 1:
            return []
        return [*self.at_rest(stage, work)]

    def _waiting(self, stage: Stage, work: Work) -> Iterator[Points]:
        """Yield the lines of a layer between planes and kernels that are not at work."""
        resting, has_kernel = self._waiting_pairs(stage, work), self.is_chain and stage.is_weighted
        before, behind = (site.number for site in self.around(stage))
        is_summed = self.has_partials(stage) and stage is not work.stage
        for out, one in resting:
            start, end = self._side_of_whole(before, one, True), self._side_of_whole(behind, out, False)
            ways = list(self._by_kernel(stage, start, end, (out, one)) if has_kernel else [(start, end)])
            is_shared = stage.grouping.inputs_a_group > 1
            yield from (_arrow(*way, is_shared) for way in (ways[:-1] if is_summed else ways))
        if resting and is_summed:
            made = self._side_of_whole(behind, resting[0][0], False)
            heights = [self.height_of(stage, before, one) for _, one in resting]
            # Through the places of the parts of the sum, the ways lead from the kernels on.
            start = ways[-1][0].whole[0, 0] + _LEAST_AIR
            joint, lines = self._joined(stage, heights, made, start)
            yield lines
            yield _arrow(joint, made)

    def _side_of_whole(self, site: int, channel: int, is_right: bool) -> Side:
        """Return a side of the whole plane of a channel."""
        page = Page(site, channel, 0)
        return self.side_of(page, (0, 0, self.sheets[page].rows, self.sheets[page].columns), is_right)

    def joining(self, sides: Iterable[tuple[Side, Side]], stage: Stage) -> Shapes:
        """Return what leads in a stage from sides to others: two straight rays, or an arrow where cells have words.

        An arrow stands between whole planes: over their cells, it would underline words.
        """
        pairs = list(sides)
        if not pairs:
            return ()
        if not self.look.is_labelled:
            return (Lines("ray", np.concatenate([_rays(*pair) for pair in pairs]), key=Key("ray", (stage.number,))),)
        ends = [end.whole.tolist() for _, end in pairs]
        arrows = [_arrow(start, end, ends.count(end.whole.tolist()) > 1) for start, end in pairs]
        return (Lines("flat_ray", np.concatenate(arrows), key=Key("ray", (stage.number,))),)

    def boxes_made(self, work: Work) -> dict[Page, Box]:
        """Return the box of cells that a step makes or stamps on each sheet: top, left, bottom and right."""
        assert work.stage is not None
        assert work.step is not None
        if work.stage.is_stamped:
            return self.stamped[work.stage.number].outlines(work.step)
        return {page: window.box for page, window in work.made.items()}

    def _sum_side(self, stage: Stage, page: Page) -> Side:
        """Return the left side of the partial sum of a channel."""
        left, middle = self.tile_left(stage), self.height_of(stage, page.site, page.channel)
        return Side.alone(np.array([[left, middle - 0.27], [left, middle + 0.27]]))

    def _by_kernel(self, stage: Stage, start: Side, end: Side, pair: tuple[int, int]) -> Iterator[tuple[Side, Side]]:
        """Yield the sides of rays to the kernel between two channels of a chain, and of those from it."""
        left, top, right, bottom = joined(sheet.box for sheet in self.kernel(stage, pair))
        before, behind = (Side.alone(np.array([[x, top], [x, bottom]])) for x in (left, right))
        yield start, before
        # Words above and below kernels are wider than these.
        said = (self.name_of(stage), *self.lines(stage), *self.kernels_named(stage))
        named = (left + right + max(map(self.wide, said))) / 2
        yield behind if self.has_partials(stage) else replace(behind, level_to=named), end

    def _joined(
        self, stage: Stage, heights: Sequence[float], made: Side, start: float | None = None
    ) -> tuple[Side, Points]:
        """Return where what stands at some heights is added up, level with a side, and the lines there, to a plus.

        The lines begin behind the parts of the sum, or at ``start``.
        """
        assert isinstance(stage, Windows)
        middle = float(made.whole[:, 1].mean())
        # The line of a part that is almost level with the side would meet the circle beside its middle.
        middle = next((height for height in heights if abs(height - middle) < _ALMOST_LEVEL), middle)
        tiles = self.tile_left(stage) + self.terms.partial_width(stage)
        spot, start = np.array([tiles + _TO_SPINE, middle]), tiles if start is None else start
        # A partial sum at the height of the circle leads to its rim.
        lines = [[[start, height], [spot[0] - _JOINT * (abs(height - middle) < _JOINT), height]] for height in heights]
        for far, way in ((min(heights), -1), (max(heights), 1)):
            if way * (far - middle) > _JOINT:
                lines.append([[spot[0], far], [spot[0], middle + way * _JOINT]])
        rim = spot + np.array([_JOINT, 0.0])
        return Side.alone(rim[None]), np.concatenate([lines, circle(spot, _JOINT), sign("sum", spot, _JOINT)])

    def side_of(self, page: Page, box: Box, is_right: bool) -> Side:
        """Return the left or right side of a box of cells of a sheet."""
        top, left, bottom, right = box
        own, column = self.sheets[page], right if is_right else left
        # Slices of one channel stand side by side, with their rows at one height.
        level = (sheet.box for other, sheet in self.sheets.items() if other[:2] == page[:2])
        beside = [one for one in level if one[1] <= own.middle[1] <= one[3]]
        site = self.sites[page.site]
        _, before, _, behind = self.cut(site)
        x = max(one[2] for one in beside) + behind if is_right else min(one[0] for one in beside) - before
        ends = own.plane.points(np.array([[top, column], [bottom, column]]))
        bends = np.empty((0, 2)) if is_right else self._way_round(site, page.channel)
        return Side(ends, np.array([[x, own.box[1]], [x, own.box[3]]]), bends)

    def _way_round(self, site: Site, channel: int) -> Points:
        """Return the bends of a way to a channel, past those that stand to its left: below their names, (n, 2).

        A straight way among others has as many, so that it becomes one of these smoothly.
        """
        if self.columns(site) == 1 or self.has_pairs:
            return np.empty((0, 2))
        own, middle, start = self.band_of(site, channel), self.middles[site.number, channel], self.lefts[site.number]
        if self.column_of(site, channel) == 0:
            return np.array([[start - one, middle] for one in _STRAIGHT])
        left, _ = self.corner(site, channel, 0)
        # Above the channel and its name, or below the first row.
        is_first = own.index(channel) < self.columns(site)
        upper = self.middles[site.number, own[0] if is_first else own[own.index(channel) - self.columns(site)]]
        free = self._pitches[site.number] - self.map_size(site)[1] - _NAME_HEIGHT * self.size
        level = upper + self.map_size(site)[1] / 2 + free / 2
        before, beside = start - _BEND, left - BEFORE_COLUMN / 2
        return np.array([[before, level], [beside, level], [beside, middle]])

    def stamping_side(self, work: Work) -> Side:
        """Return the right side of the cell that stamps, which an arrow leaves at its height."""
        page, window = next(iter(work.windows.items()))
        found = self.side_of(page, window.box, True)
        return _at_rows(found) if self.look.is_labelled else found


def _at_rows(side: Side) -> Side:
    """Return the side of a plane as if it were only as high as its cells, with the way there at their height."""
    bends, middle = side.bends.copy(), side.whole[:, 1].mean()
    bends[np.isclose(bends[:, 1], middle), 1] = side.ends[:, 1].mean()
    return replace(side, whole=np.stack([side.whole[:, 0], side.ends[:, 1]], axis=1), bends=bends)


def _rays(start: Side, end: Side) -> Points:
    """Return two straight rays from the ends of a side to those of another, (2, 2, 2)."""
    return np.stack(np.broadcast_arrays(start.ends, end.ends), axis=1)


def _arrow(start: Side, end: Side, is_shared: bool = False) -> Points:
    """Return an arrow between the middles of two sides, (3, 2, 2) or more if it bends, clear of planes.

    It is level where the middle of one side is beside the other, that of the shorter one if both are; several with one
    end, which ``is_shared``, lead to its middle, so that they do not cross.
    """
    if start.level_to is not None and not len(end.bends):
        return _around_corners(start, end)
    if len(end.bends):
        # It leaves level, and turns where it can pass what stands before its end.
        (top, bottom), (aside, lane) = start.whole[:, 1], end.bends[0]
        # Without a jog where the lane begins beside the plane, but not at its corner.
        own, far = (top + bottom) / 2, (bottom - top) * _MOST_ASIDE
        turn = np.array([[aside, lane if abs(lane - own) < far else own]])
        tail, *_ = _arrow(start, Side.alone(turn))
        head = _arrow(Side.alone(end.bends[-1:]), Side(end.ends, end.whole))
        ways = np.concatenate([turn, end.bends])
        return np.concatenate([tail[None], np.stack([ways[:-1], ways[1:]], axis=1), head])
    (top, bottom), (first, last) = start.whole[:, 1], end.whole[:, 1]
    own, other = (top + bottom) / 2, (first + last) / 2
    is_beside = first <= own <= last and not is_shared
    # Among others that leave from middles, one that leaves beside its own would look like that of another plane.
    is_near = not is_shared or abs(other - own) <= (bottom - top) / 4
    if top <= other <= bottom and is_near and not (is_beside and bottom - top < last - first):
        own = other
    elif is_beside:
        other = own
    way = np.array([[start.whole[0, 0], own], [end.whole[0, 0], other]])
    wide = way[1, 0] - way[0, 0]
    air = max(min(_AIR * wide, _MOST_AIR), min(_LEAST_AIR, (wide - _LEAST_ARROW) / 2))
    # Signs are part of it.
    is_plane = np.array([top < bottom, first < last])
    way[:, 0] += is_plane * np.array([1, -1]) * air
    return headed(way[None], _HEAD)


def _around_corners(start: Side, end: Side) -> Points:
    """Return an arrow that leads level past the words beside its start, then up or down, and level to its end."""
    assert start.level_to is not None
    (top, bottom), other = start.whole[:, 1], float(end.whole[:, 1].mean())
    tail, tip = start.whole[0, 0] + _LEAST_AIR, end.whole[0, 0] - _BEFORE_PLANE
    turn = max(tail, min(start.level_to + _PAST_WORDS, tip - _SHORT_ARROW))
    is_level = top <= other <= bottom
    own = other if is_level else (top + bottom) / 2
    if is_level:
        # As many lines as with corners, of which two cannot be seen.
        hidden = [[tip - _HIDDEN, own], [tip, own]]
        return headed(np.array([hidden, hidden, [[tail, own], [tip, own]]]), _HEAD)
    # Where it turns at once, it leaves the very side, or it would seem to start beside it.
    tail = start.whole[0, 0] if turn - tail < _SHORT_TAIL else tail
    turns = np.array([[tail, own], [turn, own], [turn, other], [tip, other]])
    return headed(np.stack([turns[:-1], turns[1:]], axis=1), _HEAD)
