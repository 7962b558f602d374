"""The flat view, seen from above: tensors from left to right, channels stacked, slices side by side."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from itertools import pairwise

import numpy as np

from convanim.base.language import translated
from convanim.base.records import dataclass
from convanim.layers.rules import COPY
from convanim.plans import Plan, Stage, Windows
from convanim.views.flat_layout import (
    BETWEEN_SLICES,
    LINE,
    NUMBER,
    ROTATED,
    UNSPREAD,
    FlatLayout,
    grid,
    joined,
)
from convanim.views.flat_sums import line_shapes
from convanim.views.headings import (
    LEAST_SIZE,
    arrow,
    dots,
    enclosing,
    face_of,
    kernel_name,
    lines_below,
    more,
    word_boxes,
    words,
)
from convanim.views.look import Look
from convanim.views.marks import Window, entry
from convanim.views.picture import Picture, Site, Work
from convanim.views.plane import Plane
from convanim.views.scene import Entry, Key, Lines, Points, Shape, Shapes, Texts
from convanim.views.sheet import Page, Sheet
from convanim.views.slices import slice_names
from convanim.views.sum_line import Box

IN_KERNEL = 0.42

_TO_SPINE = 0.35
"""How far behind partial sums the line stands that joins them, in cells."""

_BEFORE_PLANE, _HEAD = 0.08, np.array([[0.16, -0.08], [0.16, 0.08]])
"""How far before a plane an arrow to it ends, and how far back the ends of its head lie."""

_PLUS, _ABOVE_ARROW = 0.65, 0.05
"""The largest size of the sign of adding, in lengths of the arrow to a row of sums, and its distance from that."""

_BRACKET = 0.2
"""The distance of a bracket around the slices of a kernel from them and their names, and the length of its ends."""

_MOST_BESIDE = 1.6
"""How much farther apart than a kernel is wide the rays before and behind it end at most, for the words around it."""

_RESTING = 0.35
"""The strength of the colour of kernels that are not at work."""

_DOTS = 0.6
"""The scale of dots, since cells are larger than in other views."""

_BELOW, _BELOW_CHAIN, _BELOW_MAPS = 1.07, 0.85, 1.3
"""The distance from the planes to the middle of the sum: of one layer, a chain, and one with maps."""


def draw(plan: Plan, look: Look) -> Picture:
    """Return the flat picture of a plan, with a comparison at the end where the plan asks for one."""
    is_chain = plan.is_chain
    walked = plan.walking(way="layers", **Picture.confined(plan, look))
    asked = replace(look, classic=False, has_chips=look.has_chips and not is_chain)
    if walked.is_branched:
        from convanim.views.flat_graph import FlatGraph

        return FlatGraph(walked, asked)
    if is_chain and walked.is_compared:
        from convanim.views.flat_ends import FlatCompared

        return FlatCompared(walked, asked)
    if plan.last.is_stamped and not is_chain:
        from convanim.views.flat_stamps import FlatStamps

        return FlatStamps(walked, asked)
    if plan.dims == 1 and not is_chain and all(tensor.channels == 1 for tensor in plan.tensors):
        from convanim.views.flat_row import FlatRow

        return FlatRow(walked, asked)
    return Flat(walked, asked)


def side(plane: Plane, rows: tuple[int, int], is_right: bool) -> Points:
    """Return both ends of some rows on the left or right edge of a plane.

    Rays that led to the cells themselves would cross the words of others.
    """
    across = plane.columns if is_right else 0
    return plane.points(np.array([[row, across] for row in rows]))


def straight(sides: Iterable[tuple[Points, Points]], stage: Stage) -> Shapes:
    """Return a stage's rays from the ends of one side to the ends of another, for each pair of sides."""
    pairs = [np.stack(both, axis=1) for both in sides]
    return (Lines("ray", np.concatenate(pairs), key=Key("ray", (stage.number,))),) if pairs else ()


@dataclass(frozen=True)
class Flat(FlatLayout):
    """The flat view of a plan: its kernels, rays and words."""

    wraps = False
    draws_kernels = True
    chip = (0.31, 0.25)

    @property
    def below(self) -> float:  # type: ignore[override]
        """The distance from the planes to the middle of the first row of the sum."""
        return _BELOW_CHAIN if self.is_chain else _BELOW_MAPS if self.has_maps else _BELOW

    @property
    def stamping(self) -> tuple[bool, bool]:
        """Whether the stamped output is graded in colour, and whether chips show what is added."""
        return not self.is_chain, not self.is_chain

    @property
    def _between_beside(self) -> float:
        """The gap between the unspread input and the kernel below it, with room for a heading."""
        return 0.5 + 1.6 * self.size

    @cached_property
    def unspread(self) -> Sheet | None:
        """The input before zeros are inserted, or None if none are or there are several planes."""
        stage = self.plan.last
        if not (self.is_lone and self.is_spread):
            return None
        said = self.contents.sheet(None, 0, 0, 0, NUMBER, (0.5, 0.5))
        middle = -((self.kernel_box(stage)[1] if stage.is_weighted else 0.0) + self._between_beside) / 2
        looks = {"filled": "input", "lettering": said, "heights": self.contents.heights(None, 0, 0, 0)}
        found = grid(stage.input_size, 0.0, middle, UNSPREAD, page=Page(0), **looks)
        return replace(found, title=self.plan.names.input.called, letter=self.symbol(self.plan.names.input))

    @property
    def kernel_title(self) -> tuple[str, str]:
        """The title of a kernel that is named: its word and its letter."""
        if self.is_lone:
            return self.plan.names.kernel.called, self.symbol(self.plan.names.kernel)
        return kernel_name(self.plan.names, self.plan.last.layer).called, ""

    def kernel_left(self, stage: Stage) -> float:
        """Return the left end of a stage's kernels."""
        return self.between(stage) - self.kernel_box(stage)[0] / 2 if self.is_chain else 0.0

    def kernel(self, stage: Stage, pair: tuple[int, int], is_rotated: bool = False) -> list[Sheet]:
        """Return the stacked slices of the kernel of an (output, input) channel pair, perhaps rotated by 180°."""
        site, (slices, rows, _) = self.around(stage)[stage.is_stamped], (1, 1, *stage.layer.kernel_size)[-3:]
        left = self.kernel_left(stage) + (self.kernel_pitch if is_rotated else 0.0)
        is_turned = is_rotated or (stage.layer.is_flipped and not self.is_lone)
        middle = self.height_of(stage, site.number, pair[not stage.is_stamped])
        if self.unspread:
            middle = self.unspread.box[3] + self._between_beside + self.kernel_box(stage)[1] / 2
        is_named = not (self.is_chain or self.plan.has_channels)
        title, letter = (translated(ROTATED), "") if is_rotated else self.kernel_title if is_named else ("", "")
        found = []
        for number in range(slices):
            above = (number - (slices - 1) / 2) * (rows * self.scale + BETWEEN_SLICES)
            said = self.contents.kernel_lettering(stage, *pair, number, IN_KERNEL, is_turned)
            bars = self.contents.kernel_heights(stage, *pair, number, is_turned)
            found.append(grid(stage.layer.kernel_size, left, middle + above, self.scale, lettering=said, heights=bars))
        return [replace(found[0], title=title, letter=letter), *found[1:]]

    def kernels_of(self, stage: Stage, channel: int | None = None) -> dict[tuple[int, int], list[Sheet]]:
        """Return the kernels that a channel's steps use (all without a channel), by (output, input) channel.

        The channel is an output channel, or an input channel where inputs stamp.
        """
        if not stage.is_weighted:
            return {}
        pairs = self.contents.pairs(stage)
        return {pair: self.kernel(stage, pair) for pair in pairs if channel in (None, pair[stage.is_stamped])}

    def working(self, work: Work) -> dict[tuple[int, int], list[Sheet]]:
        """Return the kernels that a step uses."""
        stage, step = work.stage, work.step
        if stage is None or step is None or not step.reads:
            return {}
        return self.kernels_of(stage, step.reads[0].channels[0] if stage.is_stamped else step.channel)

    @cached_property
    def still(self) -> tuple[Sheet, ...]:
        """The sheets beside the planes that never change: the unspread input, and single kernels."""
        found = [self.unspread] if self.unspread else []
        for stage in self.plan.walked:
            if stage.grouping.is_single:
                found += [one for own in self.kernels_of(stage).values() for one in own]
        return (*found, *(self.kernel(self.plan.last, (0, 0), True) if self.is_rotated else ()))

    def kernels(self) -> Shapes:
        """Return the shapes of the sheets that never change, and the arrows from them."""
        shapes: list[Shape] = [*self.rules()]
        for one in self.still:
            shapes += [*one.ground(), *one.heading(self.size)]
        if self.unspread:
            start, end = self.unspread.box[2] + 0.3, next(iter(self.sheets.values())).box[0] - 0.25
            shapes += arrow(start, end, self.unspread.middle[1])
        if self.is_rotated:
            one, other = self.still[-2:]
            shapes += arrow(one.box[2] + 0.15, other.box[0] - 0.12, one.middle[1])
        return tuple(shapes)

    def kernels_at(self, work: Work) -> Shapes:
        """Return the kernels that a step uses, and the partial sum of each input channel."""
        stage, step = work.stage, work.step
        if stage is None or step is None:
            return ()
        shapes: list[Shape] = []
        # In a chain, rays pass behind the kernel.
        for pair, own in self.working(work).items() if self.is_chain or not stage.grouping.is_single else ():
            key = Key("kernel", (pair[not stage.is_stamped],))
            shapes += [replace(shape, key=key) for one in own for shape in one.ground()]
        shapes += self._brackets(self.working(work))
        for one in self.at_rest(work):
            shapes += one.ground(strength=_RESTING)
        for of in dict.fromkeys(page[:2] for page in work.windows) if self.has_partials(stage) else ():
            height = self.height_of(stage, *of)
            shapes += line_shapes([self.terms.partial(stage, step, of[1])], self.tile_left(stage), height)
        return tuple(shapes)

    def at_rest(self, work: Work) -> Iterator[Sheet]:
        """Yield a kernel for each stage with several that is not at work: its first before that, its last after it."""
        walked = list(self.plan.walked)
        at = walked.index(work.stage) if work.stage in walked else len(walked)
        for number, stage in enumerate(walked):
            if stage is not work.stage and not stage.grouping.is_single:
                channels = self.contents.channels[stage.source if stage.is_stamped else stage.target]
                for own in self.kernels_of(stage, channels[0 if number > at else -1]).values():
                    yield from own

    def rays(self, work: Work) -> Shapes:
        """Return two rays from the rows of each window to the row of its output cell, or to its partial sum."""
        stage = work.stage
        if stage is None or (self.plan.dims == 3 and stage.rule is not COPY):
            return ()
        is_summed = self.has_partials(stage)
        if stage.is_stamped:
            start, channel = self.stamping_side(work), next(iter(work.windows)).channel
            sides = [(start, end, (page.channel, channel)) for page, end in self.landing(work).items()]
        else:
            sides = [
                (
                    self.side_of(link.source, link.window, True),
                    self._sum_side(stage, link.source) if is_summed else self.side_of(link.target, link.made, False),
                    (link.target.channel, link.source.channel),
                )
                for link in work.links
            ]
        rays = [(start, end) for start, end, _ in sides]
        if self.is_chain and stage.is_weighted:
            rays = [pair for side in sides for pair in self._by_kernel(stage, *side)]
        rails = self._rails(work)
        if not is_summed:
            return (*straight(rays, stage), *rails)
        lines = self._added(stage, work)
        (left, y), (right, _) = lines[-3].tolist()
        sums: list[Shape] = [Lines("ray", lines, key=Key("sums", (stage.number,)))]
        # Smaller, it would be what decides whether a picture is legible.
        if (size := min(self.size, _PLUS * (right - left))) >= LEAST_SIZE:
            plus = words("+", (left + right) / 2, y - 0.5 * size - _ABOVE_ARROW, size)
            sums.append(replace(plus, key=Key("plus")))
        return (*straight(rays, stage), *rails, *sums)

    def _rails(self, work: Work) -> Shapes:
        """Return the lines between rows along which rays go on from the edges of planes to the cells that they join."""
        assert work.stage is not None
        read = [
            (page, (top, right, bottom, self.sheets[page].columns))
            for page, (top, _, bottom, right) in self._read(work)
        ]
        made = [(page, (top, 0, bottom, left)) for page, (top, left, bottom, _) in self._landed(work)]
        segments = [
            self.sheets[page].plane.points(np.array([[row, start], [row, end]]))
            for page, (top, start, bottom, end) in (*read, *made)
            for row in (top, bottom)
        ]
        return (Lines("rail", np.array(segments), key=Key("rail", (work.stage.number,))),)

    def _read(self, work: Work) -> Iterator[tuple[Page, tuple[int, int, int, int]]]:
        """Yield the box of what a step reads on each sheet from which rays lead."""
        for page, window in work.windows.items():
            yield page, window.box

    def _landed(self, work: Work) -> Iterator[tuple[Page, tuple[int, int, int, int]]]:
        """Yield the box of what a step makes on each sheet to which rays lead."""
        assert work.stage is not None
        assert work.step is not None
        if work.stage.is_stamped:
            yield from self.stamped[work.stage.number].outlines(work.step).items()
        else:
            yield from ((page, window.box) for page, window in work.made.items())

    def _sum_side(self, stage: Stage, page: Page) -> Points:
        """Return both ends of the left side of the partial sum of a channel."""
        left, middle = self.tile_left(stage), self.height_of(stage, page.site, page.channel)
        return np.array([[left, middle - 0.27], [left, middle + 0.27]])

    def _by_kernel(
        self, stage: Stage, start: Points, end: Points, pair: tuple[int, int]
    ) -> Iterator[tuple[Points, Points]]:
        """Yield the sides of rays to the kernel between two channels of a chain, and of those from it.

        They end before the words around it.
        """
        left, top, right, bottom = joined(sheet.box for sheet in self.kernel(stage, pair))
        widest = max(map(self.wide, (self.name_of(stage), *self.lines(stage))))
        half = max(right - left, min(widest, right - left + _MOST_BESIDE)) / 2
        before, behind = ([[x, top], [x, bottom]] for x in (self.between(stage) - half, self.between(stage) + half))
        yield start, np.array(before)
        yield np.array(behind), end

    def _added(self, stage: Stage, work: Work) -> Points:
        """Return lines that lead all partial sums to the row of the cell that they are added up to."""
        assert isinstance(stage, Windows)
        (page, window), *_ = work.made.items()
        heights = [self.height_of(stage, *of) for of in dict.fromkeys(page[:2] for page in work.windows)]
        start = self.tile_left(stage) + self.terms.partial_width(stage)
        end = self.side_of(page, window, False).mean(axis=0) - [_BEFORE_PLANE, 0]
        across = start + min(_TO_SPINE, (end[0] - start) / 2)
        return np.array(
            [
                *([[start, height], [across, height]] for height in heights),
                [[across, min(*heights, end[1])], [across, max(*heights, end[1])]],
                [[across, end[1]], end],
                *([end - back, end] for back in _HEAD),
            ]
        )

    def side_of(self, page: Page, window: Window, is_right: bool) -> Points:
        """Return both ends of the rows of a window on the edge of its plane, from which or to which rays lead."""
        top, _, bottom, _ = window.box
        return side(self.sheets[page].plane, (top, bottom), is_right)

    def stamping_side(self, work: Work) -> Points:
        """Return both ends of the row of the cell that stamps on the right edge of its plane."""
        return self.side_of(*next(iter(work.windows.items())), True)

    def landing(self, work: Work) -> dict[Page, Points]:
        """Return both ends of the rows of the area that a stamp covers on the left edge, for each sheet."""
        assert work.stage is not None
        assert work.step is not None
        outlines = self.stamped[work.stage.number].outlines(work.step)
        return {page: side(self.sheets[page].plane, (box[0], box[2]), False) for page, box in outlines.items()}

    def _name(self, text: str, middle: float, top: float, face: str) -> Texts:
        return replace(words(text, middle, top - 0.22 - self.size / 2, self.size, face), key=Key("word"))

    def names(self, working: set[Page] | None = None) -> list[Texts]:
        """Return the names of planes, or of channels and slices, bold if at work (all if ``working`` is None)."""
        found: list[Texts] = []
        named = set[tuple[int, int]]()
        active = {page[:2] for page in working or () if self.plan.has_channels}
        for page, sheet in self.sheets.items():
            site, (left, top, right, _) = self.sites[page.site], sheet.box
            # Names stand above the cells that stamps reach beyond a plane.
            raised = self.cut(site)[0]
            if not self.has_maps:
                found += sheet.heading(self.size, raised)
                continue
            told = []
            if self.plan.dims == 3:
                told.append(
                    (slice_names(site.grid, self.look.first_cell)[page.slice], right, 0.0, page in (working or ()))
                )
            if page[:2] not in named:
                end, above = left + self.map_size(site)[0], 1.5 * self.size * len(told)
                told.append((self.map_title(site, page.channel), end, above, page[:2] in active))
            for text, end, above, is_active in told:
                face = "bold" if working is None or is_active else "regular"
                found.append(self._name(text, (left + end) / 2, top - above - raised, face))
            named.add(page[:2])
        return found

    def kernel_names(self, kernels: Mapping[tuple[int, int], list[Sheet]]) -> list[Texts]:
        """Return the names of kernels of a single layer with channels: each above its first slice."""
        if self.is_chain or not self.plan.has_channels:
            return []
        name, grouping, found, told = (
            kernel_name(self.plan.names, self.plan.last.layer),
            self.plan.last.grouping,
            [],
            "",
        )
        for pair, own in kernels.items():
            kernel, *of = name.of_pair(*pair, grouping)
            middle, (_, top, _, _) = own[0].middle[0], own[0].box
            found += [self._name(line, middle, top, "regular") for line in of]
            if kernel != told:
                found.append(self._name(kernel, middle, top - len(of) * LINE * self.size, "bold"))
            told = kernel
        return found

    def _brackets(self, kernels: Mapping[tuple[int, int], list[Sheet]]) -> tuple[Lines, ...]:
        """Return a bracket beside the slices of each kernel that reads several channels."""
        if self.is_chain or self.plan.last.grouping.inputs_a_group == 1:
            return ()
        lines = []
        for one in dict.fromkeys(out for out, _ in kernels):
            own = {pair: sheets for pair, sheets in kernels.items() if pair[0] == one}
            boxes = [sheet.box for sheets in own.values() for sheet in sheets]
            left, top, _, bottom = joined([*boxes, *word_boxes(self.kernel_names(own)).tolist()])
            if len(own) > 1:
                end, back = left - _BRACKET, left - 2 * _BRACKET
                corners = [[end, top], [back, top], [back, bottom], [end, bottom]]
                lines += list(pairwise(corners))
        return (Lines("edge", np.array(lines), key=Key("bracket")),) if lines else ()

    def rules(self) -> Shapes:
        """Return thin lines between groups."""
        if not self.has_bands:
            return ()
        left, _, right, _ = joined(self.standing)
        heights = self.band * (np.arange(1, self.band_count) - self.band_count / 2)
        return (Lines("thread", np.array([[[left, height], [right, height]] for height in heights])),)

    def group_names(self, working: set[Page] | None = None) -> list[Texts]:
        """Return the names of groups, bold where they are at work."""
        if not self.has_bands:
            return []
        left, site = joined(self.standing)[0], self.rows[0][-1]
        found = []
        for number, own in enumerate(self.bands(site)):
            top = self.band * (number - self.band_count / 2)
            is_bold = working is None or any(page.site == site.number and page.channel in own for page in working)
            group = self.plan.last.grouping.group_of(own[0])
            said = words(
                translated("group {number}", number=group + 1), left, top + self.size, self.size, face_of(is_bold), 0.0
            )
            found.append(replace(said, key=Key("word")))
        return found

    @cached_property
    def notes(self) -> tuple[Texts, ...]:
        """A single layer's settings, below its kernel, or below its output if it has no kernel."""
        if not self.is_lone:
            return ()
        own = [one for one in self.still if one is not self.unspread] or [list(self.sheets.values())[-1]]
        left, _, right, bottom = joined(one.box for one in own)
        middle = (left + right) / 2
        if not self.plan.last.is_weighted:
            # Rays come from the left, so words that are wider than the output leave it to the right.
            middle = max([middle, *(left + self.wide(line) / 2 for line in self.noted)])
        return lines_below(self.noted, middle, bottom, self.size)

    @cached_property
    def _said_of_layers(self) -> tuple[Texts, ...]:
        """The names of a chain's layers above their kernels, and their parameters below."""
        return tuple(text for stage in self.plan.walked if self.is_chain for text in self.said_of(stage))

    def said_of(self, stage: Stage) -> tuple[Texts, ...]:
        """Return the name of a layer of a chain above its kernels, and its parameters below."""
        x, (_, top, _, bottom), lines = self.between(stage), self._kernels_box(stage), self.lines(stage)
        above, below = (lines, ()) if self.has_several(stage) else ((), lines)
        high = (1.6 + len(above) * LINE) * self.size + 0.1
        named = lines_below((self.name_of(stage), *above), x, top - high, self.size)
        return (*named, *lines_below(below, x, bottom - 0.1 * self.size + 0.1, self.size))

    def _kernels_box(self, stage: Stage) -> Box:
        """Return the box of a layer's kernels in a chain, or the point where they would be if it has none."""
        bare, x = self.shifts[self.row_of(stage)] - self.size, self.between(stage)
        own = [one.box for kernels in self.kernels_of(stage).values() for one in kernels]
        return joined(own or [(x, bare, x, bare)])

    def words(self) -> Shapes:
        """Return the words that never change."""
        named = [] if self.has_maps else self.names()
        left_out = [words(text, x, y, self.size) for text, x, y in self._more]
        return (*named, *self.notes, *self._said_of_layers, *left_out, *dots((x, y, _DOTS) for (x, y), _ in self._gaps))

    def words_at(self, work: Work) -> Shapes:
        """Return the names, bold for what is at work, and the sum of the step."""
        if not self.has_maps:
            return self.sum(work)
        named = [*self.names(work.pages), *self.group_names(work.pages), *self.kernel_names(self.working(work))]
        return (*named, *self.sum(work))

    @property
    def _more(self) -> Iterator[tuple[str, float, float]]:
        """Yield the notes that say how many channels or slices are not drawn, with their positions."""
        for row, (sites, shift) in enumerate(zip(self.rows, self.shifts, strict=True)):
            lowest = shift + self.ends(row)[1] - 1.6 * self.size
            if len(self.rows) == 1:
                lowest = joined(self.standing)[3]
            for site in sites:
                if count := self.left_out(site):
                    left, _, right, _ = self.site_box(site)
                    yield more(count), (left + right) / 2, lowest + self.size
        for (x, y), count in self._gaps:
            yield more(count), x, y + self.size

    @property
    def _gaps(self) -> Iterator[tuple[tuple[float, float], int]]:
        """Yield the position of each ellipsis between slices, and how many slices it stands for."""
        for site in self.sites:
            slots, (_, rows, columns) = self.slots(site), self.shape(site)
            for channel in self.contents.channels[site.tensor]:
                for number, (before, one, after) in enumerate(zip(slots, slots[1:], slots[2:], strict=False), 1):
                    if one is None and before is not None and after is not None:
                        x, y = (self.corner(site, channel, number) + np.array([columns, rows]) / 2).tolist()
                        yield (x, y), after - before - 1

    def site_box(self, site: Site) -> Box:
        """Return the box of all sheets of a site."""
        return joined(sheet.box for page, sheet in self.sheets.items() if page.site == site.number)

    @cached_property
    def standing(self) -> list[Box]:
        """The boxes of everything in the picture except words."""
        found = [one.box for one in (*self.sheets.values(), *self.still)]
        found += [one.box for stage in self.plan.walked for own in self.kernels_of(stage).values() for one in own]
        for stamped in self.stamped.values():
            above, before, below, behind = stamped.cut
            for left, top, right, bottom in (self.sheets[page].box for page in stamped.pages):
                found.append((left - before * (not self.is_chain), top - above, right + behind, bottom + below))
        return found

    @property
    def _said(self) -> Iterator[Box]:
        """Yield the boxes of the picture and its words, except for sums."""
        left, top, right, bottom = joined(self.standing)
        yield left, top, right, bottom + 1.6 * self.size * bool(list(self._more))
        if self.has_maps:
            stage = self.plan.last
            first = self.contents.channels[stage.source if stage.is_stamped else stage.target][0]
            named = [*self.names(), *self.group_names(), *self.kernel_names(self.kernels_of(stage, first))]
            named += [text for one in self.still for text in one.heading(self.size)]
            yield from word_boxes(named).tolist()
            for bracket in self._brackets(self.kernels_of(stage, first)):
                yield enclosing(bracket.segments.reshape(-1, 2), ())
        else:
            for one in (*self.sheets.values(), *self.still):
                left, right = one.span(self.size)
                yield left, top - 1.5 * self.size, right, bottom
        yield from word_boxes(self.notes).tolist()
        for corners in self.axis_corners:
            yield (*corners.min(axis=0).tolist(), *corners.max(axis=0).tolist())
        for text in self._said_of_layers if self.has_maps else ():
            x, y = text.places[0].tolist()
            yield x, y - self.size, x, y + self.size / 2
        for stage in self.plan.walked if self.is_chain and not self.has_maps else ():
            x, own = self.between(stage), self._kernels_box(stage)
            lowest = own[3] if stage.is_weighted else self.shifts[self.row_of(stage)]
            yield x, lowest, x, lowest + self.room_of_lines(self.plan.walked)

    @cached_property
    def core(self) -> Box:
        """The left, top, right and bottom of the picture without the sum."""
        return joined(self._said)

    def more_legend(self) -> list[Entry]:
        """Return the further entries of the legend."""
        found = [entry(translated("kernel"), "kernel")] if any(stage.is_weighted for stage in self.plan.walked) else []
        if any(self.has_partials(stage) for stage in self.plan.walked):
            found.append(entry(translated("what a channel adds"), "intermediate"))
        return [*found, *super().more_legend()]
