"""The flat view, seen from above: tensors from left to right, channels stacked, slices side by side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from functools import cached_property

import numpy as np

from convanim.base.language import translated
from convanim.base.records import dataclass
from convanim.plans import Plan, Stage
from convanim.views.flat_layout import APART, LEFT_OUT, LINE, joined
from convanim.views.flat_rays import FlatRays
from convanim.views.headings import (
    dots,
    enclosing,
    face_of,
    lines_above,
    lines_below,
    more,
    word_boxes,
    words,
)
from convanim.views.look import Look
from convanim.views.marks import entry
from convanim.views.picture import Picture, Site, Work
from convanim.views.scene import Entry, Key, Lines, Shapes, Texts
from convanim.views.sheet import Page
from convanim.views.slices import slice_names
from convanim.views.sum_line import Box

_DOTS = 0.6
"""The scale of dots, since cells are larger than in other views."""

_BESIDE = 0.3
"""The distance of a name from the right edge of what it names."""

_BELOW, _BELOW_CHAIN, _BELOW_MAPS = 1.07, 0.85, 1.3
"""The distance from the planes to the middle of the sum: of one layer, a chain, and one with maps."""


def draw(plan: Plan, look: Look) -> Picture:
    """Return the flat picture of a plan, with a comparison at the end where the plan asks for one."""
    is_chain = plan.is_chain
    way = "fused" if plan.walk.way == "fused" else "layers"
    walked = plan.walking(way=way, **Picture.confined(plan, look))
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
    if plan.dims == 1 and not is_chain and not plan.has_several_channels:
        from convanim.views.flat_row import FlatRow

        return FlatRow(walked, asked)
    return Flat(walked, asked)


@dataclass(frozen=True)
class Flat(FlatRays):
    """The flat view of a plan: its kernels, rays and words."""

    is_wide = True
    chip = (0.31, 0.25)

    @property
    def below(self) -> float:  # type: ignore[override]
        """The distance from the planes to the middle of the first row of the sum."""
        return _BELOW_CHAIN if self.is_chain else _BELOW_MAPS if self.has_maps else _BELOW

    @property
    def stamping(self) -> tuple[bool, bool]:
        """Whether the stamped output is graded in colour, and whether chips show what is added."""
        return not self.is_chain, not self.is_chain

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
                found += self.headed(
                    site, sheet.heading(self.size, raised + self.room_of_notes * (site.reader is None))
                )
                continue
            told = []
            if beside := self._named_beside(site):
                face, y = face_of(working is None or page[:2] in active), sheet.middle[1]
                x, anchor = (right + _BESIDE, 0.0) if beside > 0 else (left - _BESIDE, 1.0)
                name = words(self.map_title(site, page.channel), x, y, self.size, face, anchor)
                found.append(replace(name, key=Key("word")))
                continue
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

    def headed(self, site: Site, heading: tuple[Texts, ...]) -> tuple[Texts, ...]:
        """Return the heading of a site with what it says of padding as words of their own, which tours show later."""
        name, *padded = self.lines_sized[0] if self.is_lone and site.tensor == 0 else ("",)
        if not padded or not heading[0].words[0].startswith(name):
            return heading
        own, rest = self.parted(heading[0], name, heading[0].words[0].removeprefix(name))
        return own, replace(rest, key=Key("padded", (site.number,)))

    def parted(self, heading: Texts, first: str, rest: str) -> tuple[Texts, Texts]:
        """Return the two parts of a heading as words of their own, together in its middle."""
        (x, y), half = heading.places[0].tolist(), self.wide(first + rest) / 2
        return words(first, x - half, y, self.size, anchor=0.0), words(rest, x + half, y, self.size, anchor=1.0)

    def _named_beside(self, site: Site) -> int:
        """Return 1 if the channels of a site are named to their right, −1 if to their left, since rays pass above."""
        stage = self.plan.last
        if self.has_single_channels or stage.is_stamped or self.plan.dims == 3 or self.has_partials(stage):
            return 0
        if site.reader is None:
            return 1 if self.columns(site) == 1 or self.has_pairs else 0
        # Kernels and brackets stand to the left of what they read, and in chains results do.
        return 0 if self.is_chain or stage.is_weighted or self.has_brackets else -1

    def kernels(self) -> Shapes:
        """Return the kernels that never change, and the lines between groups."""
        return (*self.rules(), *super().kernels())

    def rules(self) -> Shapes:
        """Return thin lines between groups."""
        if not self.has_bands:
            return ()
        left, _, right, _ = joined(self.standing)
        heights = self.band * (np.arange(1, self.band_count) - self.band_count / 2)
        return (Lines("thread", np.array([[[left, height], [right, height]] for height in heights])),)

    def group_names(self, working: set[Page] | None = None) -> list[Texts]:
        """Return the names of a kernel's groups, bold where they are at work."""
        if not self.has_bands or not self.plan.last.is_weighted:
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
        """A single layer's settings, below its kernel, or above its output if it has no kernel."""
        if not self.is_lone:
            return ()
        if not self.plan.last.is_weighted:
            output = list(self.sheets.values())[-1]
            return lines_above(self.noted, output.middle[0], output.box[1], self.size)
        left, _, right, bottom = joined(one.box for one in self.still if one is not self.unspread)
        return lines_below(self.noted, (left + right) / 2, bottom, self.size)

    @property
    def room_of_notes(self) -> float:
        """The height of what is written between a single layer's output and its name."""
        return LINE * self.size * len(self.noted) * (self.is_lone and not self.plan.last.is_weighted)

    @cached_property
    def _said_of_layers(self) -> tuple[Texts, ...]:
        """The names and parameters of a chain's layers, above their kernels."""
        return tuple(text for stage in self.plan.walked if self.is_chain for text in self.said_of(stage))

    def said_of(self, stage: Stage) -> tuple[Texts, ...]:
        """Return the name and the parameters of a layer of a chain, above where rays pass between its planes."""
        top = self.shifts[self.row_of(stage)] - self.reach(stage)
        return lines_above((self.name_of(stage), *self.lines(stage)), self.between(stage), top, self.size)

    def words(self) -> Shapes:
        """Return the words that never change."""
        named = [] if self.has_maps else self.names()
        named += self.lone_kernel_names
        return (
            *named,
            *self.notes,
            *self._said_of_layers,
            *self._said_of_gaps,
            *dots((x, y, _DOTS) for x, y in (*(place for place, _ in self._gaps), *self._gaps_among_kernels)),
        )

    @property
    def lone_kernel_names(self) -> list[Texts]:
        """The name below each kernel of a chain that has one for each layer: its number, unless all have the same."""
        found = []
        for stage in self.plan.walked if self.is_chain and not self.has_maps else ():
            for own in self.kernels_of(stage).values():
                at = own[-1].box[3] + 0.22 + self.size / 2
                found.append(words(self.kernel_named(stage).called, own[-1].middle[0], at, self.size))
        return found

    def words_at(self, work: Work) -> Shapes:
        """Return the names, bold for what is at work, and the sum of the step."""
        return (*self._named_at(work), *self._left_out(self._channels_at(work)), *self.sum(work))

    def _named_at(self, work: Work) -> Shapes:
        """Return the names of channels, groups and kernels, bold for what is at work."""
        if not self.has_maps:
            return ()
        if self.is_chain:
            named = [*self.names(work.pages), *self.group_names(work.pages), *self.kernels_in_chain(work)]
            return tuple(named)
        named = [*self.names(work.pages), *self.group_names(work.pages), *self.kernel_names(self.working(work))]
        return (*named, *self.kernel_names(self.at_rest(self.plan.last, work), "regular"))

    def _channels_at(self, work: Work) -> set[tuple[int, int]]:
        """Return the channels that a step reads or makes, each with its tensor."""
        if work.stage is None or work.step is None:
            return set()
        made = {(work.stage.target, one) for one in work.step.channels}
        return made | {(read.tensor, one) for read in work.step.reads for one in read.channels}

    def _left_out(self, working: AbstractSet[tuple[int, int]]) -> Iterator[Texts]:
        """Yield the notes that say which channels are not drawn, bold where any of them is at work."""
        for row, (sites, shift) in enumerate(zip(self.rows, self.shifts, strict=True)):
            lowest = shift + self.ends(row)[1] - LEFT_OUT * self.size
            if len(self.rows) == 1:
                lowest = joined(self.standing)[3]
            for site in self._with_notes(sites):
                left, _, right, _ = joined(self.standing) if self._tells_of_all else self.site_box(site)
                # The names of columns stand right below the input.
                down = LINE * self.size if self.edges.texts and site.tensor == 0 else 0.0
                below = self.notes_below(site)
                apart = APART * self.size
                under = lowest if self.columns(site) == 1 else self._foot(site, self.contents.channels[site.tensor][-1])
                notes = [(under + down, below)] if below else []
                notes += [
                    (self._foot(site, one) + apart, [own])
                    for one, own in self.skipped(site).items()
                    if own not in below
                ]
                for top, own in notes:
                    face = face_of(any(tensor == site.tensor and one in run for tensor, one in working for run in own))
                    for line, text in enumerate(self._not_drawn(site, own)):
                        yield words(text, (left + right) / 2, top + (1 + LINE * line) * self.size, self.size, face)

    @property
    def _tells_of_all(self) -> bool:
        """Whether one note tells of inputs, kernels and outputs that are not drawn: those of a depthwise layer."""
        return not self.is_chain and self.plan.last.grouping.is_depthwise

    def _with_notes(self, sites: Sequence[Site]) -> Sequence[Site]:
        """Return the sites of a path whose channels that are not drawn are told of."""
        return sites[:1] if self._tells_of_all else sites

    def _foot(self, site: Site, channel: int) -> float:
        """Return how low a channel of a site reaches, with the stamps beyond it."""
        return self.middles[site.number, channel] + self.map_size(site)[1] / 2 + self.cut(site)[2]

    def _not_drawn(self, site: Site, runs: Sequence[range]) -> tuple[str, str]:
        """Return the lines of the note on some channels of a site that are not drawn, by their numbers."""
        numbers = ", ".join(f"{one.start + 1}–{one.stop}" if len(one) > 1 else str(one.stop) for one in runs)
        named = self.plan.named(site.tensor)
        name = named.several if sum(map(len, runs)) > 1 else named.called
        if self._tells_of_all or not self.plan.is_end(site.tensor):
            name = translated("channels")
        # Translators: Below the channels of a tensor; the next line is such as "inputs 4–7".
        return translated("not drawn:"), translated("{name} {number}", name=name, number=numbers)

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

    @property
    def _gaps_among_kernels(self) -> Iterator[tuple[float, float]]:
        """Yield the position of each ellipsis between slices of a kernel."""
        stage = self.plan.last
        if not (self.has_maps and stage.is_weighted) or self.is_chain or stage.is_stamped or self._tells_of_all:
            return
        site, kernels = self.sites_of(stage.source, stage)[0], next(iter(self.kernels_of(stage).values()))
        below = self.notes_below(site)
        for one, run in self.skipped(site).items() if self.columns(site) == 1 else ():
            if run not in below:
                yield kernels[0].middle[0], self._foot(site, one) + (APART + 1 + LINE / 2) * self.size

    @property
    def _said_of_gaps(self) -> list[Texts]:
        """How many slices are left out at each ellipsis, below it."""
        return [words(more(count), x, y + self.size, self.size) for (x, y), count in self._gaps]

    def site_box(self, site: Site) -> Box:
        """Return the box of all sheets of a site."""
        return joined(sheet.box for page, sheet in self.sheets.items() if page.site == site.number)

    @cached_property
    def standing(self) -> list[Box]:
        """The boxes of everything in the picture except words."""
        found = [one.box for one in self.still]
        for page, sheet in self.sheets.items():
            (left, top, right, bottom), (above, before, below, behind) = sheet.box, self.cut(self.sites[page.site])
            found.append((left - before * (not self.is_chain), top - above, right + behind, bottom + below))
        found += [one.box for stage in self.plan.walked for own in self.kernels_of(stage).values() for one in own]
        return [*found, *self.bias_boxes, *self.offsets_boxes]

    @property
    def _said(self) -> Iterator[Box]:
        """Yield the boxes of the picture and its words, except for sums."""
        left, top, right, bottom = joined(self.standing)
        yield left, top, right, bottom
        every = {(tensor, one) for tensor, its in enumerate(self.plan.tensors) for one in range(its.channels)}
        yield from word_boxes([*self._said_of_gaps, *self._left_out(every)]).tolist()
        if self.has_maps:
            stage = self.plan.last
            first = self.contents.channels[stage.source if stage.is_stamped else stage.target][0]
            named = [*self.names(), *self.group_names(), *self.kernel_names(self.kernels_of(stage, first))]
            named += self.still_headings
            named += self.kernels_in_chain(self.work(0))
            yield from word_boxes(named).tolist()
            for bracket in self._brackets(self.kernels_of(stage, first)):
                yield enclosing(bracket.segments.reshape(-1, 2), ())
        else:
            for one in (*self.sheets.values(), *self.still):
                left, right = one.span(self.size)
                yield left, top - 1.5 * self.size - self.room_of_notes, right, bottom
        kernels = [(stage, own) for stage in self.plan.walked for own in self.kernels_of(stage).values()]
        slices = [text for stage, own in kernels for text in self.named_slices(stage, own)]
        yield from word_boxes([*self.notes, *self.lone_kernel_names, *slices]).tolist()
        for corners in self.edges.corners:
            yield (*corners.min(axis=0).tolist(), *corners.max(axis=0).tolist())
        yield from word_boxes(self._said_of_layers).tolist()

    @cached_property
    def core(self) -> Box:
        """The left, top, right and bottom of the picture without the sum."""
        return joined(self._said)

    def more_legend(self) -> list[Entry]:
        """Return the further entries of the legend."""
        found = [entry(translated("kernel"), "kernel")] if any(stage.is_weighted for stage in self.plan.walked) else []
        if any(self.has_partials(stage) for stage in self.plan.walked):
            found.append(entry(translated("what a channel adds"), "partial"))
        return [*found, *super().more_legend()]
