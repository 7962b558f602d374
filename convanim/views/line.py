"""The line view of one axis: stacked rows of cells, joined by a line for each weight."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from itertools import pairwise
from math import prod

import numpy as np

from convanim.base.font import width_of
from convanim.base.language import message, translated, translated_in
from convanim.base.records import dataclass
from convanim.layers.rules import SEVERAL
from convanim.plans import Ints, Plan, Stage, Windows
from convanim.views.headings import heading_width, words
from convanim.views.lettering import Lettering
from convanim.views.line_words import left_out, lines_of
from convanim.views.look import Look
from convanim.views.marks import Window, entry
from convanim.views.naming import channel_name
from convanim.views.patterns import pairs_at_work
from convanim.views.picture import Picture, Site, Work
from convanim.views.plane import FLAT, Plane
from convanim.views.scene import Entry, Key, Lines, Points, Shape, Shapes
from convanim.views.sheet import Page, Sheet
from convanim.views.sheet_legend import under_kernel
from convanim.views.sum_line import Summed

_NUMBER = 0.40
_PITCH = 2.4
"""The least distance between rows of cells."""

_MOST_WEIGHTS = 5
"""How many weights of a kernel are written beside its layer."""

_LINE, _CLEAR = 1.35, 0.05
"""The distance between lines of words, in letter sizes; and the gap between them and the rows, in cells."""

_AIR, _NAME_AIR, _GROUP_AIR = 0.8, 0.3, 1.0
"""The gaps between rows side by side, and between a row and its name; and the extra gap between groups."""

_NARROWER, _FLATTEST = 0.75, 10
"""For wide pictures with channels: a factor for their width when sizing words, and the flattest slope of threads."""

_BELOW, _MIRROR = 0.75, 0.5
"""The distance from the words to the middle of the sum, in its cells; and the room below the input for mirrors."""


def draw(plan: Plan, look: Look) -> Picture:
    """Return the picture of a layer or a chain with one axis.

    A step shows one output cell and all that it depends on; if the last layer
    stamps, one step of a layer; or, for a receptive field, one more layer of
    the cells that its output cell depends on.
    """
    way = "layers" if plan.last.is_stamped else "outputs"
    if look.field is not None:
        plan = plan.gathering()
        way = "field"
    walked = plan.walking(way=way, cell=look.field, is_main=True, **Picture.confined(plan, look))
    return Line(walked, replace(look, classic=False, has_chips=False))


@dataclass(frozen=True)
class Line(Summed):
    """A plan with one axis: the input at the bottom, the channels of each tensor side by side."""

    below = _BELOW
    counts_cells = True

    @cached_property
    def floors(self) -> tuple[Site, ...]:
        """The sites of the input and of each layer's output, from the bottom up."""
        return tuple(self.sites_of(tensor)[0] for tensor in (0, *(stage.target for stage in self.plan.main)))

    @cached_property
    def drawn(self) -> list[list[list[int]]]:
        """The drawn channels of each floor, group by group."""
        channels = [list(self.contents.channels[site.tensor]) for site in self.floors]
        if not self.chosen.is_grouped:
            return [[own] for own in channels]
        each = self.plan.last.grouping.inputs_a_group, self.plan.last.grouping.outputs_a_group
        groups = sorted({one // each[0] for one in channels[0]})
        return [
            [[one for one in own if one // count == group] for group in groups]
            for own, count in zip(channels, each, strict=True)
        ]

    @cached_property
    def ends(self) -> list[tuple[float, float]]:
        """The left and right end of each floor's row, if it had only one."""
        found, left = list[tuple[float, float]](), 0.0
        for site, stage in zip(self.floors, (*self.plan.main, None), strict=True):
            start = left - (site.grid.spread[0].start - site.grid.start[0])
            found.append((start, start + len(site.grid.kind)))
            left = start + first_output(stage, site) if stage is not None else left
        return found

    @cached_property
    def size(self) -> float:
        """The size of words."""
        wide = max(end for _, end in self.ends) - min(start for start, _ in self.ends)
        if not self.plan.has_channels:
            return self.letters_for(wide + 4)
        most = max(sum(map(len, groups)) for groups in self.drawn)
        return self.letters_for(_NARROWER * most * (wide + 2) + 4)

    @cached_property
    def _slot(self) -> tuple[float, float]:
        """The left and right end of the widest row on any floor, with its name and the cells cut off."""
        lefts, rights = [], []
        for site, groups, (start, end) in zip(self.floors, self.drawn, self.ends, strict=True):
            before, behind = self._cut(site)
            titles = [self.title(site, one) for own in groups for one in own] if self.plan.has_channels else []
            named = max((_NAME_AIR + width_of(title, "bold") * self.size for title in titles), default=0.0)
            lefts.append(start - before - named)
            rights.append(end + behind)
        return min(lefts), max(rights)

    def _cut(self, site: Site) -> tuple[int, int]:
        """Return how many cells stamps reach beyond each end of a row."""
        maker = site.maker
        cut = self.stamped[maker.number].cut if maker is not None and maker.number in self.stamped else (0, 0, 0, 0)
        return cut[1], cut[3]

    def title(self, site: Site, channel: int) -> str:
        """Return the name of a row."""
        if not self.plan.has_channels:
            return self.plan.named(site.tensor).called
        return channel_name(self.plan, site.tensor, channel)

    def _gap(self, one: int, other: int) -> float:
        """Return the gap between two channels side by side, with room for the note about those left out."""
        return _AIR + (width_of(left_out(one, other)) * self.size + _AIR if other - one > 1 else 0.0)

    @property
    def has_rules(self) -> bool:
        """Whether groups are separated by lines and named above."""
        grouping = self.plan.last.grouping
        return self.chosen.is_grouped and max(grouping.inputs_a_group, grouping.outputs_a_group) > 1

    @cached_property
    def _placed(self) -> tuple[dict[tuple[int, int], float], list[tuple[float, float]]]:
        """The shift of each row from where it would be on its own, and the ends of each group."""
        (low, high), found, ends = self._slot, dict[tuple[int, int], float](), list[tuple[float, float]]()
        before: tuple[list[int], ...] = ()
        for blocks in zip(*self.drawn, strict=True):
            left = low
            if before:
                gaps = [self._gap(last[-1], own[0]) for last, own in zip(before, blocks, strict=True)]
                left = ends[-1][1] + max(gaps) + (_GROUP_AIR if self.has_rules else 0.0)
            steps = [[0.0, *(high - low + self._gap(*pair) for pair in pairwise(own))] for own in blocks]
            wide = max(map(sum, steps))
            for floor, (own, ways) in enumerate(zip(blocks, steps, strict=True)):
                places = np.cumsum(ways) + left - low + (wide - sum(ways)) / 2
                found |= {(floor, channel): at for channel, at in zip(own, places.tolist(), strict=True)}
            ends.append((left, left + wide + high - low))
            before = blocks
        return found, ends

    @property
    def _between(self) -> Iterator[tuple[str, float, int]]:
        """Yield the notes about channels left out: the words, their x position, and their floor."""
        lefts, ends = self._placed[0], sum(self._slot)
        for floor, groups in enumerate(self.drawn):
            for one, other in pairwise(channel for own in groups for channel in own):
                if other - one > 1:
                    yield left_out(one, other), (lefts[floor, one] + lefts[floor, other] + ends) / 2, floor

    @cached_property
    def _lines(self) -> list[tuple[str, ...]]:
        """The lines about each layer, written between its rows; beside channels of a lone layer they would be far."""
        if self.plan.has_channels and len(self.plan.main) == 1:
            return []
        axes = [axis for stage in self.plan.main if isinstance(stage, Windows) for axis in stage.axes]
        is_dilated = any(axis.dilation > 1 for axis in axes)
        return [(*lines_of(stage, is_dilated), *self._weights(stage)) for stage in self.plan.main]

    def _weights(self, stage: Stage) -> tuple[str, ...]:
        """Return a line with the weights of a layer, where there are numbers of them and few."""
        said = None if self.plan.has_channels else self.contents.kernel(stage, 0, 0)
        if self.look.labels != "numbers" or said is None or said.words.size > _MOST_WEIGHTS:
            return ()
        weights = translated_in("in a list", ", ").join(said.words.tolist())
        # Translators: Below the size of a kernel, its weights: "weights 1, 0, 2".
        return (translated("weights {weights}", weights=weights),)

    @cached_property
    def pitch(self) -> float:
        """The distance between floors: larger for more words between them, or for threads that lead far sideways."""
        high = 1 + 2 * _CLEAR + (1 + _LINE * (max(map(len, self._lines), default=1) - 1)) * self.size
        wide = self._placed[1][-1][1] - self._slot[0]
        return max(_PITCH, high, 1 + wide / _FLATTEST if self.plan.has_channels else 0.0)

    @cached_property
    def sheets(self) -> Mapping[Page, Sheet]:
        """The placed sheet of each row."""
        found = {}
        for floor, site in enumerate(self.floors):
            for page in self.pages(site):
                at = [self.ends[floor][0] + self._placed[0][floor, page.channel], -floor * self.pitch]
                found[page] = replace(self.sheet(page, _NUMBER), projection=FLAT, origin=np.array(at))
        return found

    def lettering(self, site: Site, page: Page, most: float, at: tuple[float, float]) -> Lettering | None:
        """Return the lettering of a row; inputs have none where stamps are counted."""
        return None if self.look.overlap and site.tensor == 0 else super().lettering(site, page, most, at)

    @cached_property
    def threads(self) -> dict[tuple[int, Page, Page], Ints]:
        """The pairs of columns, (n, 2), that weights join, by the layer, its input row and its output row."""
        found: dict[tuple[int, Page, Page], list[Ints]] = {}
        for stage, target in zip(self.plan.main, self.floors[1:], strict=True):
            # An ellipsis of layers would join every column with every other.
            if stage.rule is SEVERAL:
                continue
            for channel in self.contents.channels[stage.source if stage.is_stamped else stage.target]:
                for place in stage.places:
                    step = stage.step(channel, place)
                    above = target.grid.places(step.writes)[:, 0]
                    for page, below, _ in self.read(stage.taking_part(step)):
                        pairs = np.stack(np.broadcast_arrays(below[:, 1], above), axis=1)
                        for made in set(step.channels) & set(self.contents.channels[target.tensor]):
                            found.setdefault((stage.number, page, Page(target.number, made)), []).append(pairs)
        return {key: np.concatenate(pairs) for key, pairs in found.items()}

    def _threaded(self, source: Page, target: Page, columns: Ints) -> Points:
        """Return the lines between pairs of columns, (n, 2), of two rows."""
        (below, above), planes = columns.T, (self.sheets[source].plane, self.sheets[target].plane)
        ends = [np.stack([np.full(len(columns), row), own + 0.5], axis=1) for row, own in enumerate((below, above))]
        return np.stack([plane.points(own) for plane, own in zip(planes, ends, strict=True)], axis=1)

    def behind(self) -> Shapes:
        """Return all threads, the lines between groups, and the cells beyond the output that stamps reach."""
        threads = [self._threaded(source, target, own) for (_, source, target), own in self.threads.items()]
        shapes: list[Shape] = [Lines("thread", np.concatenate(threads))]
        groups = zip(pairwise(self._placed[1]), pairwise(self.drawn[0]), strict=True) if self.has_rules else ()
        middles = [(one + other) / 2 for ((_, one), (other, _)), (last, first) in groups if first[0] - last[-1] == 1]
        if middles:
            shapes.append(Lines("thread", np.array([[[x, self.bounds[1]], [x, 1.0]] for x in middles])))
        for stamped in self.stamped.values():
            shapes += [shape for page in stamped.pages for shape in stamped.beyond(self.sheets[page])]
        return tuple(shapes)

    def behind_at(self, work: Work) -> Shapes:
        """Return the threads of all cells at work."""
        found: dict[int, list[Points]] = {}
        for link in work.links:
            columns = self.threads.get((link.stage.number, link.source, link.target), np.empty((0, 2), np.int64))
            below, above = (window.places[:, 1] for window in (link.window, link.made))
            chosen = np.isin(columns[:, 0], below) if link.stage.is_stamped else np.isin(columns[:, 1], above)
            own = self._threaded(link.source, link.target, columns[chosen])
            found.setdefault(link.stage.number, []).append(own)
        return tuple(Lines("branch", np.concatenate(own), key=Key("ray", (stage,))) for stage, own in found.items())

    def rays(self, work: Work) -> Shapes:
        """Return nothing: threads already connect inputs with outputs."""
        return ()

    def window(self, page: Page, window: Window, work: Work, number: int) -> Shapes:
        """Return the cells that are read, of copies the originals, in shadow and outlined."""
        sheet = self.sheets[page]
        source = sheet.grid.source[0][window.places[:, 1]]
        zeros = window.places[(source < 0) & (sheet.roles[tuple(window.places.T)] >= 0)]
        real = sheet.places(np.unique(source[source >= 0])[:, None])
        if not len(real) + len(zeros):
            return ()
        key, shaded = Key("window", (page.site, number)), list[Shape]()
        outline: Shapes = ()
        if len(real):
            own = Window.around(real)
            outline = (Lines("reach", _around(sheet.plane, real[:, 1]), key=Key("reach", (page.site, number))),)
            # The outline covers their edges.
            shaded += (shape for shape in sheet.shaded(own, key) if not isinstance(shape, Lines))
        if self.is_weighed(page):
            return outline
        if len(zeros):
            # Zeros keep their dashes.
            shaded += sheet.shaded(Window.around(zeros), key)
        return (*shaded, *outline, *pairs_at_work(self, page, work, Key("original", (page.site, number))))

    def ground_of(self, sheet: Sheet, pending: bool) -> Shapes:
        """Return a row before anything is computed; output cells that read nothing are shown as zeros."""
        maker, shapes = self.sites[sheet.page.site].maker, super().ground_of(sheet, pending)
        if pending or maker is None or not maker.leaves_zeros:
            return shapes
        steps = [maker.step(sheet.page.channel, place) for place in range(prod(maker.output_size))]
        zeros = [step.writes for step in steps if not step.reads]
        if not zeros:
            return shapes
        own = Window.around(sheet.places(np.concatenate(zeros)))
        return (*shapes, *sheet.cells("pending", own, is_said=False), *sheet.cells("inserted", own))

    @cached_property
    def _labels(self) -> list[tuple[str, float, float]]:
        """The words beside the rows: about layers, and those of input and output where rows have none."""
        right, found = self._placed[1][-1][1] + 0.5, []
        if not self.plan.has_channels:
            named = ((site.tensor, floor) for floor, site in enumerate(self.floors))
            found += [(self.plan.named(tensor).called, right, 0.5 - floor * self.pitch) for tensor, floor in named]
        for number, lines in enumerate(self._lines):
            first = -number * self.pitch - (self.pitch - 1) / 2 - (len(lines) - 1) / 2 * _LINE * self.size
            found += [(text, right, first + line * _LINE * self.size) for line, text in enumerate(lines)]
        return found

    def words(self) -> Shapes:
        """Return the words about layers, the names of groups, and the notes about channels left out."""
        shapes: list[Shape] = [words(text, x, y, self.size, anchor=0.0) for text, x, y in self._labels]
        shapes += [words(text, x, 0.5 - floor * self.pitch, self.size) for text, x, floor in self._between]
        each = self.plan.last.grouping.inputs_a_group
        for own, ends in (
            zip(self.drawn[0], self._placed[1], strict=True) if self.has_rules and self.plan.last.is_weighted else ()
        ):
            y = self.bounds[1] + 0.5 * self.size
            shapes.append(words(translated("group {number}", number=own[0] // each + 1), sum(ends) / 2, y, self.size))
        return tuple(shapes)

    def words_at(self, work: Work) -> Shapes:
        """Return the names of rows (bold if at work), the note about the step, and its sum."""
        shapes: list[Shape] = []
        for page, sheet in self.sheets.items() if self.plan.has_channels else ():
            site = self.sites[page.site]
            face, x = "bold" if page in work.pages else "regular", sheet.box[0] - self._cut(site)[0] - _NAME_AIR
            name = words(self.title(site, page.channel), x, sheet.middle[1], self.size, face, anchor=1.0)
            shapes.append(replace(name, key=Key("word", tuple(page))))
        if work.pages:
            y = 1 + self._mirrored + 1.2 * self.size
            note = words(self._note(work), self._note_middle, y, self.size)
            shapes.append(replace(note, key=Key("note")))
        return (*shapes, *self.sum(work))

    def _note(self, work: Work) -> str:
        """Return the note about a step."""
        stage, step, plan = work.stage, work.step, self.plan
        if stage is not None and step is not None and stage.is_stamped:
            read, reached = step.reads[0], int(stage.inside(step.writes).sum()) * len(step.channels)
            return self._said(stage.source, read.channels[0], int(read.taps.source[0, 0]), stage.target, reached)
        channel, cell = (0, plan.walk.cell) if step is None else (step.channel, step.cell)
        assert cell is not None
        if stage is not None and plan.walk.way == "layers":
            made = np.zeros(stage.output_size, bool)
            made[cell] = True
            needs, target, source = stage.needs({channel: made}), stage.target, stage.source
        else:
            needs, target, source = plan.trace(channel, cell)[plan.main[0].number], plan.last.target, 0
        return self._said(target, channel, cell[0], source, sum(int(mask.sum()) for mask in needs.cells.values()))

    def _said(self, tensor: int, channel: int, cell: int, other: int, count: int | None = None) -> str:
        """Return how many cells of another tensor a cell depends on or reaches: all if no count is given."""
        title, read = self.title(self.sites_of(tensor)[0], channel), self.plan.tensors[other]
        total = read.channels * read.size[0]
        told = (
            message("receptive field of {cell}: {count} of the {total} {tensor} cells")
            if self.is_field
            else message("{cell} depends on {count} of the {total} {tensor} cells")
            if other < tensor
            else message("{cell} reaches {count} of the {total} {tensor} cells")
        )
        return translated(
            told,
            cell=translated("{name} cell {number}", name=title, number=str(cell + self.look.first_cell)),
            count=str(total if count is None else count),
            total=str(total),
            tensor=self.plan.named(other).called,
        )

    @cached_property
    def _widest_note(self) -> float:
        """The width of the widest note about a step; all digits have the same width."""
        pairs = [(self.plan.last.target, 0)]
        for stage in self.plan.main if self.stamped else ():
            pairs += [(stage.source, stage.target), (stage.target, stage.source)]
        lasts = [(self.plan.tensors[one], one, other) for one, other in pairs]
        notes = [self._said(one, told.channels - 1, told.size[0] - 1, other) for told, one, other in lasts]
        return max(heading_width(note, "", self.size) for note in notes)

    @cached_property
    def _note_middle(self) -> float:
        """The middle of all real input cells."""
        own = [sheet for page, sheet in self.sheets.items() if page.site == 0]
        return (own[0].box[0] + own[0].spread[1] + own[-1].box[0] + own[-1].spread[3]) / 2

    @property
    def _mirrored(self) -> float:
        """The room below the input for the mirror axes of reflected padding, or for the brackets of its windows."""
        lowest = max((float(corners[:, 1].max()) for corners in self.edges.corners), default=1.0)
        has_mirrors = any(sheet.mirrors for page, sheet in self.sheets.items() if page.site == 0)
        return max(_MIRROR * has_mirrors, lowest - 1)

    @cached_property
    def core(self) -> tuple[float, float, float, float]:
        """The left, top, right and bottom of the picture without the sum."""
        right = max(
            (x + heading_width(text, "", self.size) for text, x, _ in self._labels), default=self._placed[1][-1][1]
        )
        middle, half = self._note_middle, self._widest_note / 2
        top = -len(self.plan.main) * self.pitch - (1.6 * self.size if self.has_rules else 0.0)
        return min(self._slot[0], middle - half), top, max(right, middle + half), 1 + self._mirrored + 1.8 * self.size

    def more_legend(self) -> list[Entry]:
        """Return the further entries of the legend."""
        is_cut = any(any(stamped.cut) for stamped in self.stamped.values())
        return [entry(translated("cut off by padding"), "idle")] if is_cut else []

    def legend(self) -> tuple[Entry, ...]:
        """Return the entries of the legend."""
        others = (under_kernel(), self.output_of_step)
        said = translated("input of this step") if self.stamped else translated("counts for this output")
        return (*(one for one in super().legend() if one.label not in others), entry(said, "input", shaded=True))


def first_output(stage: Stage, site: Site) -> float:
    """Return how far right of its input's edge an output begins: aligned if causal, else centred."""
    if isinstance(stage, Windows) and not stage.is_stamped:
        axis = stage.axes[0]
        if axis.low >= axis.reach - 1 > 0 and axis.stride == 1:
            return float(axis.low - site.grid.start[0])
    return (len(site.grid.kind) - stage.output_size[0]) / 2


def _around(plane: Plane, columns: Ints) -> Points:
    """Return the lines around some cells of a row, (n, 2, 2): whole ones above and below those beside each other."""
    ends = np.flatnonzero(np.diff(columns) > 1)
    spans = zip(columns[[0, *(ends + 1)]].tolist(), (columns[[*ends, -1]] + 1).tolist(), strict=True)
    level = [((row, left), (row, right)) for left, right in spans for row in (0, 1)]
    upright = [((0, at), (1, at)) for at in np.unique([columns, columns + 1]).tolist()]
    lines: Points = plane.points(np.array([*level, *upright], float))
    return lines
