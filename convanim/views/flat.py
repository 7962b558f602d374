"""Looked at from above: tensors from left to right, the channels of each above each other, slices side by side."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from math import ceil, sqrt

import numpy as np

from convanim.options import short
from convanim.plans import Grid, Ints, Plan, Rule, Stage, Step, Windows
from convanim.scene import Entry, Key, Lines, Points, Shape, Shapes, Texts
from convanim.views.headings import arrow, heading_size, heading_width, lines_below, obstacles, word_boxes, words
from convanim.views.lettering import Lettering
from convanim.views.look import Look
from convanim.views.marks import Window, entry
from convanim.views.picture import Picture, Site, Work
from convanim.views.plane import FLAT
from convanim.views.rays import around, parted
from convanim.views.sheet import Page, Sheet
from convanim.views.slices import slice_names
from convanim.views.summed import Summed
from convanim.views.sums import line_shapes
from convanim.wording import layer_lines, layer_notes, layer_title

_NUMBER, _LETTER, _RESULT, _IN_ROW = 0.36, 0.32, 0.40, 0.40
_NUMBER_AT, _LETTER_AT = (0.47, 0.48), (0.42, 0.46)
_CHIP, _WEIGHT, _IN_KERNEL = 0.31, 0.25, 0.42

_KERNEL_SCALE, _WIDTH_IN_KERNEL_CELLS = 0.8, 41
"""Size of a kernel's cells, and how many of them a wide picture is wide."""

_GAP, _ARROW = 0.9, 0.7
"""Air between a kernel and what it reads, and more where an arrow passes."""

_UNSPREAD = 0.82
"""Scale of the input that is yet to be spread."""

_RAYS, _RAYS_TO_TILE, _RAYS_IN_CHAIN = 2.4, 1.6, 2.2
"""Room for rays."""

_AIR = 0.6
"""On both sides of what stands between the planes of a chain."""

_BELOW, _BELOW_CHAIN, _BELOW_MAPS = 1.07, 0.85, 1.3
"""From the planes to the middle of the sum."""

_LINE = 1.35
"""From one line of words to the next, in their sizes."""

_SLICE_AIR = 0.8
"""Between slices of one channel."""

_BETWEEN_ROWS, _NOTES = 1.3, 1.6
_ROTATED = "rotated 180°"
_TITLES = {Rule.SUM: "output", Rule.COPY: "output", Rule.MAX: "max of each window", Rule.MEAN: "mean of each window"}
Box = tuple[float, float, float, float]


def draw(plan: Plan, look: Look) -> Picture:
    """Return the picture of a plan, seen from above; at the end, results are compared."""
    is_chain = plan.is_chain
    walked = plan.walking(way="layers", channels=Picture.drawn_channels(plan, look))
    asked = replace(look, classic=False, has_chips=look.has_chips and not is_chain)
    if is_chain and walked.is_compared:
        from convanim.views.flat_ends import FlatCompared

        return FlatCompared(walked, asked)
    if plan.last.is_stamped and not is_chain:
        from convanim.views.flat_stamps import FlatStamps

        return FlatStamps(walked, asked)
    return Flat(walked, asked)


@dataclass(frozen=True)
class Flat(Summed):
    """A plan laid out; heights are counted from the line through the middles of the planes."""

    @property
    def is_chain(self) -> bool:
        """Whether kernels stand between the planes."""
        return self.plan.is_chain

    @property
    def has_maps(self) -> bool:
        """Whether there are several channels or slices, of which each has a name."""
        return self.plan.has_channels or self.plan.dims == 3

    @property
    def stamping(self) -> tuple[bool, bool]:
        """Whether the output of stamps is graded in colour, and whether chips say what is added."""
        return not self.is_chain, not self.is_chain

    @cached_property
    def paths(self) -> tuple[tuple[Stage, ...], ...]:
        """Layers in sequence, one path above the other: first what the result is compared with."""
        others = tuple(stage for stage in self.plan.walked if stage not in self.plan.main)
        return (others, self.plan.main) if others else (self.plan.main,)

    def inputs_of(self, path: tuple[Stage, ...]) -> list[Site]:
        """Return the sites that the stages of a path read, and behind them that of what it makes."""
        found = []
        starts = [site for site in self.sites if site.tensor == 0]
        for stage in path:
            own = self.sites_of(stage.source, stage)
            found.append(starts[self.paths.index(path)] if stage.source == 0 else own[0])
        return [*found, self.sites_of(path[-1].target)[0]]

    def shape(self, site: Site) -> tuple[int, int, int]:
        """Return how many slices a channel has, and rows and columns of each."""
        slices, rows, columns = (1, 1, *site.grid.kind.shape)[-3:]
        return slices, rows, columns

    def across(self, slices: int) -> int:
        """Return how many slices stand beside each other: fewer where there are several layers beside each other."""
        return ceil(sqrt(slices / len(self.plan.main)))

    def _map_columns(self, site: Site) -> float:
        """Return about how wide a channel is, by sizes alone."""
        slices, _, columns = self.shape(site)
        return self.across(slices) * columns + (self.across(slices) - 1) * 1.2

    @cached_property
    def _estimate(self) -> float:
        """About how wide the picture is, by sizes alone."""
        sites = self.inputs_of(self.plan.main)
        own = [self._map_columns(site) for site in sites]
        kernel = self.plan.last.layer.kernel_size[-1]
        if self.is_chain:
            sizes = [site.size[-1] if self.plan.dims < 3 else wide for site, wide in zip(sites, own, strict=True)]
            results = sizes[-1] * (2 if self.plan.is_compared and self.plan.compared == 0 else 1)
            return float(sum(sizes[:-1]) + results + 4 * len(self.plan.main))
        kernels = kernel * (1 + self.is_rotated) if self.plan.last.is_weighted else 0
        return float(0.8 * kernels + own[0] + own[-1] + (5 if self.has_maps else 4))

    @cached_property
    def size(self) -> float:
        """Size of headings."""
        # Chains of blocks are wide, and their words need not grow with them.
        swelling = 1.0 if not self.has_maps else 1.15 if not self.is_chain else 0.65 if self.plan.dims == 3 else 1.0
        return heading_size(self._estimate * swelling)

    @property
    def scale(self) -> float:
        """Size of a kernel's cells."""
        return max(_KERNEL_SCALE, self._estimate / _WIDTH_IN_KERNEL_CELLS)

    @property
    def is_rotated(self) -> bool:
        """Whether the kernel is shown beside itself as the window shows it."""
        stage = self.plan.last
        is_one = not self.has_maps and not self.is_chain and isinstance(stage, Windows) and not stage.is_stamped
        return is_one and isinstance(stage, Windows) and any(axis.rotated for axis in stage.axes)

    def _kernel_box(self, stage: Stage, is_rotated: bool = False) -> tuple[float, float]:
        """Return how wide and how high a slice of each kernel is, its own slices above each other."""
        slices, rows, columns = (1, 1, *stage.layer.kernel_size)[-3:]
        return columns * self.scale, slices * rows * self.scale + (slices - 1) * 0.3

    def _map_size(self, site: Site) -> tuple[float, float]:
        """Return how wide and how high a channel is, the names of its slices included."""
        slices, rows, columns = self.shape(site)
        if slices == 1 and self.plan.dims < 3:
            return columns, rows
        across = self.across(slices)
        return (
            columns + (across - 1) * self._slice_pitch(site)[0],
            rows + (ceil(slices / across) - 1) * self._slice_pitch(site)[1],
        )

    def _slice_pitch(self, site: Site) -> tuple[float, float]:
        _, rows, columns = self.shape(site)
        widest = max(heading_width(name, "", 1.1 * self.size) for name in slice_names(site.grid))
        above, before, below, behind = self._cut(site)
        wide, high = before + columns + behind, above + rows + below
        return max(wide + _SLICE_AIR, widest + 0.4), high + 1.6 * self.size + 0.35

    def _middles(self, count: int, height: float) -> list[float]:
        """Return the middles of so many maps of some height above each other, around 0."""
        pitch = height + 2.1 * self.size + 0.3
        if self.plan.dims == 3:
            pitch += 1.6 * self.size
        return [(number - (count - 1) / 2) * pitch for number in range(count)]

    def _cut(self, site: Site) -> tuple[int, int, int, int]:
        """Return how far stamps reach beyond the sheets of a site: above, left, below, right."""
        if site.maker is None or site.maker.number not in self.stamped:
            return 0, 0, 0, 0
        return self.stamped[site.maker.number].cut

    def _tall(self, site: Site) -> float:
        """Return how high a map with all that is around and beside it is."""
        stage = site.reader if site.reader is not None else site.maker
        # Kernels that stamp stand beside what they fall on.
        is_beside = stage is not None and stage.is_weighted and (site.reader is stage or stage.is_stamped)
        kernel = self._kernel_box(stage)[1] if stage is not None and is_beside and not self.look.overlap else 0.0
        above, _, below, _ = self._cut(site)
        return max(above + self._map_size(site)[1] + below, kernel)

    @cached_property
    def middles(self) -> dict[tuple[int, int], float]:
        """The middle height of each channel of each site."""
        found = {}
        for path, shift in zip(self.paths, self._shifts, strict=True):
            for site in self.inputs_of(path):
                channels = self.contents.channels[site.tensor]
                for channel, middle in zip(channels, self._middles(len(channels), self._tall(site)), strict=True):
                    found[site.number, channel] = middle + shift
        return found

    @cached_property
    def _shifts(self) -> tuple[float, ...]:
        """How far below the first each path lies."""
        if len(self.paths) == 1:
            return (0.0,)
        (_, bottom), (top, _) = (self._ends(path) for path in self.paths)
        return 0.0, bottom - top + _BETWEEN_ROWS + _NOTES * self.size

    @cached_property
    def lefts(self) -> dict[int, float]:
        """Where each site begins."""
        found: dict[int, float] = {}
        for path in self.paths:
            sites = self.inputs_of(path)
            left = 0.0 if self.is_chain else self._beside
            for number, stage in enumerate(path):
                wide = self._map_size(sites[number])[0]
                if self.is_chain:
                    left = max(left, left + (self._title_width(sites[number]) - wide) / 2 - _AIR)
                found[sites[number].number] = left
                left += wide + self._room(stage) + self._cut(sites[number + 1])[1]
            if self.is_chain:
                overhang = (self._title_width(sites[-1]) - self._map_size(sites[-1])[0]) / 2
                left = max(left, left + overhang - _AIR)
            found[sites[-1].number] = left
        ends = [self.inputs_of(path)[-1].number for path in self.paths]
        return found | dict.fromkeys(ends, max(found[end] for end in ends))

    def _room(self, stage: Stage) -> float:
        """Return the room behind a stage's input, for its kernel in a chain, its words, partial sums and rays."""
        tile = self._tile(stage) + 0.9 if self.has_partials(stage) else 0.0
        if not self.is_chain:
            if not self.has_maps:
                return _RAYS
            return _RAYS_TO_TILE + tile
        kernel = self._kernel_box(stage)[0] if stage.is_weighted else 0.0
        lines = (layer_title(stage.layer), *self._lines(stage))
        said = max(heading_width(line, "", self.size) for line in lines)
        return max(_RAYS_IN_CHAIN, max(kernel, said) + 2 * _AIR) + (tile + _RAYS_TO_TILE if tile else 0.0)

    @cached_property
    def _beside(self) -> float:
        """Where the input of a single layer begins: behind its kernel, if it has one."""
        stage = self.plan.last
        if self.has_maps:
            if not stage.is_weighted:
                return 0.0
            return max(self._kernel_box(stage)[0], heading_width("kernel 00", "", self.size)) + _GAP
        air = _GAP + (_ARROW if self.unspread else 0)
        left = max((one.box[2] + air for one in self.beside), default=0.0)
        if self.beside_kernels:
            # Words below a small kernel are wider than it.
            wide = max(heading_width(line, "", self.size) for line in layer_notes(stage.layer))
            middle = (self.beside_kernels[0].box[0] + self.beside_kernels[-1].box[2]) / 2
            left = max(left, middle + wide / 2 + 0.5)
        return left

    @cached_property
    def sheets(self) -> Mapping[Page, Sheet]:
        """Where each page of each site lies."""
        found = {}
        for site in self.sites:
            most, at = self._letters(site)
            for page in self.pages(site):
                found[page] = self.sheet(page, most, at).moved(self._corner(site, page))
        return {page: self._named(replace(sheet, projection=FLAT)) for page, sheet in found.items()}

    def _letters(self, site: Site) -> tuple[float, tuple[float, float]]:
        """Return how large letters are at most, and where in a cell they stand."""
        if self.is_chain:
            return _IN_ROW, (0.5, 0.5)
        if site.reader is None:
            return (_NUMBER if site.tensor == 0 else _RESULT), (0.5, 0.5)
        is_lettered, has_chips = self.look.labels == "letters", self.plan.last.is_weighted and self.look.has_chips
        at = (_LETTER_AT if is_lettered else _NUMBER_AT) if has_chips else (0.5, 0.5)
        return (_LETTER if is_lettered else _NUMBER), at

    def _corner(self, site: Site, page: Page) -> Points:
        """Return where the first corner of a page is."""
        _, high = self._map_size(site)
        top = self.middles[site.number, page.channel] - high / 2
        number = page.slice
        if self.plan.dims < 3:
            return np.array([self.lefts[site.number], top])
        across, (x, y) = self.across(self.shape(site)[0]), self._slice_pitch(site)
        return np.array([self.lefts[site.number] + number % across * x, top + number // across * y])

    def _named(self, sheet: Sheet) -> Sheet:
        """Return a sheet with the heading that it has of its own."""
        if self.has_maps:
            return sheet
        title, letter = self._title(self.sites[sheet.page.site])
        return replace(sheet, title=title, letter=letter)

    def _title(self, site: Site) -> tuple[str, str]:
        """Return what a site is called, in upright and in slanted letters."""
        letters = self.look.letters
        if self.is_chain:
            return self._chain_title(site)
        stage = self.plan.last
        if site.tensor:
            return _TITLES[stage.rule], letters[2]
        if self.unspread or (isinstance(stage, Windows) and any(axis.spacing > 1 for axis in stage.axes)):
            assert isinstance(stage, Windows)
            by = "stride" if "scatter" in stage.layer.methods else "input dilation"
            apart = short([axis.spacing for axis in stage.axes]).replace("x", "×")
            return f"spread by {by} {apart}, padded", ""
        if isinstance(stage, Windows) and stage.axes[0].padding_mode != "zeros" and any(map(any, stage.layer.padding)):
            return f"input with {stage.axes[0].padding_mode} padding", letters[1]
        return "input", letters[1]

    def _chain_title(self, site: Site) -> tuple[str, str]:
        return self.plan.tensors[site.tensor].name, ""

    def _title_width(self, site: Site) -> float:
        if self.has_maps:
            return max(heading_width(self._map_title(site, channel), "", 1.1 * self.size) for channel in (0, 8))
        return heading_width(*self._title(site), self.size)

    def _map_title(self, site: Site, channel: int) -> str:
        """Return what a channel is called where each has a name."""
        name = self.plan.tensors[site.tensor].name
        if self.plan.tensors[site.tensor].channels == 1 and not self.plan.has_channels:
            return self._title(site)[0]
        return f"{name} {channel + 1}" if name in ("input", "output") else f"{name} · {channel + 1}"

    def _lines(self, stage: Stage) -> tuple[str, ...]:
        """Return what is written below a layer's kernel in a chain."""
        return layer_lines(stage.layer)

    def _grid(
        self,
        size: tuple[int, ...],
        left: float,
        middle: float,
        scale: float = 1.0,
        filled: str = "kernel",
        lettering: Lettering | None = None,
        title: str = "",
        letter: str = "",
    ) -> Sheet:
        """Return a grid of some size whose left edge and middle height are given."""
        rows, columns = (1, *size)[-2:]
        origin = np.array([left, middle - rows * scale / 2])
        return Sheet(
            Grid.plain((rows, columns)),
            origin,
            FLAT.scaled(scale),
            filled=filled,
            lettering=lettering,
            page=Page(-1),
            title=title,
            letter=letter,
        )

    def kernel(self, stage: Stage, out_channel: int, in_channel: int, left: float, middle: float) -> list[Sheet]:
        """Return a kernel's slices, above each other, around a middle height."""
        slices, rows, _ = (1, 1, *stage.layer.kernel_size)[-3:]
        pitch = rows * self.scale + 0.3
        return [
            self._grid(
                stage.layer.kernel_size,
                left,
                middle + (number - (slices - 1) / 2) * pitch,
                self.scale,
                lettering=self.contents.kernel_lettering(stage, out_channel, in_channel, number, _IN_KERNEL),
            )
            for number in range(slices)
        ]

    @cached_property
    def unspread(self) -> Sheet | None:
        """The input before zeros are inserted, where any are and there is one plane."""
        stage = self.plan.last
        is_one = not (self.has_maps or self.is_chain or stage.is_stamped) and isinstance(stage, Windows)
        if not is_one or not isinstance(stage, Windows) or not any(axis.spacing > 1 for axis in stage.axes):
            return None
        said = self.contents.sheet(None, 0, 0, 0, _NUMBER, (0.5, 0.5))
        middle = -((self._kernel_box(stage)[1] if stage.is_weighted else 0.0) + self._between_beside) / 2
        found = self._grid(stage.input_size, 0.0, middle, _UNSPREAD, "input", said, "input", self.look.letters[1])
        return replace(found, page=Page(0, 0, 0))

    @property
    def _between_beside(self) -> float:
        """Air between the input above and the kernel below it, with room for a heading."""
        return 0.5 + 1.6 * self.size

    @cached_property
    def beside_kernels(self) -> tuple[Sheet, ...]:
        """The kernel of one plane as stored, and beside it as the window shows it where that differs."""
        stage = self.plan.last
        if self.has_maps or self.is_chain or stage.is_stamped or not stage.is_weighted:
            return ()
        wide, high = self._kernel_box(stage)
        middle = self.unspread.box[3] + self._between_beside + high / 2 if self.unspread else 0.0
        titles = [("kernel", self.look.letters[0])] + ([(_ROTATED, "")] if self.is_rotated else [])
        pitch = max(wide + 0.9, heading_width(_ROTATED, "", self.size) + 0.4)
        return tuple(
            self._grid(
                stage.layer.kernel_size,
                number * pitch,
                middle,
                self.scale,
                lettering=self.contents.kernel_lettering(stage, 0, 0, 0, _IN_KERNEL, bool(number)),
                title=title,
                letter=letter,
            )
            for number, (title, letter) in enumerate(titles)
        )

    @cached_property
    def beside(self) -> tuple[Sheet, ...]:
        """What stands to the left of the input of one plane."""
        return (*([self.unspread] if self.unspread else []), *self.beside_kernels)

    def _between(self, stage: Stage) -> float:
        """Return where the middle is between what a stage of a chain reads and what it makes."""
        path = next(path for path in self.paths if stage in path)
        number = path.index(stage)
        site, after = self.inputs_of(path)[number : number + 2]
        start, end = self.lefts[site.number] + self._map_size(site)[0], self.lefts[after.number] - self._cut(after)[1]
        if self.has_partials(stage):
            end -= self._tile(stage) + 0.9 + _RAYS_TO_TILE
        return (start + end) / 2

    def kernels_of(self, stage: Stage, channel: int) -> dict[int, list[Sheet]]:
        """Return the kernels that take part in the steps of a channel.

        They make an output channel, and each stands beside an input channel,
        by which they are given. Where the channel stamps, each stands beside
        the output channel that it falls on.
        """
        if not stage.is_weighted:
            return {}
        if self.is_chain:
            left = self._between(stage) - self._kernel_box(stage)[0] / 2
        elif self.has_maps:
            left = 0.0
        else:
            return {0: [self.beside_kernels[0]]} if self.beside_kernels else {}
        path = next(path for path in self.paths if stage in path)
        site, after = self.inputs_of(path)[path.index(stage) : path.index(stage) + 2]
        if stage.is_stamped:
            return {
                out: self.kernel(stage, out, channel, left, self.middles[after.number, out])
                for out in self.contents.channels[stage.target]
                if channel in stage.grouping.inputs_of(out)
            }
        return {
            one: self.kernel(stage, channel, one, left, self.middles[site.number, one])
            for one in self.contents.channels[stage.source]
            if one in stage.grouping.inputs_of(channel)
        }

    def _working(self, stage: Stage, step: Step) -> dict[int, list[Sheet]]:
        """Return the kernels that take part in a step."""
        if not step.reads:
            return {}
        return self.kernels_of(stage, step.reads[0].channels[0] if stage.is_stamped else step.channel)

    def _is_still(self, stage: Stage) -> bool:
        """Return whether a stage has one kernel, which is always there."""
        return stage.grouping.is_single

    def kernels(self) -> Shapes:
        """Return the kernels where there is one a layer, and what stands beside one plane."""
        shapes: list[Shape] = []
        for one in self.beside:
            shapes += [*one.ground(), *one.heading(self.size)]
        if self.unspread:
            y = (self.unspread.box[1] + self.unspread.box[3]) / 2
            shapes += arrow(self.unspread.box[2] + 0.3, next(iter(self.sheets.values())).box[0] - 0.25, y)
        if self.is_rotated:
            one, other = self.beside_kernels
            shapes += arrow(one.box[2] + 0.15, other.box[0] - 0.12, (one.box[1] + one.box[3]) / 2)
        if not self.beside_kernels:
            for stage in self.plan.walked:
                if self._is_still(stage):
                    shapes += [
                        shape for own in self.kernels_of(stage, 0).values() for one in own for shape in one.ground()
                    ]
        return tuple(shapes)

    def kernels_at(self, work: Work) -> Shapes:
        """Return the kernels that lead to the channel that is made, and what each adds."""
        stage, step = work.stage, work.step
        if stage is None or step is None:
            return ()
        shapes: list[Shape] = []
        if not self._is_still(stage):
            for channel, own in self._working(stage, step).items():
                for one in own:
                    shapes += [replace(shape, key=Key("kernel", (channel,))) for shape in one.ground()]
        return (*shapes, *self._partial_tiles(work))

    def has_partials(self, stage: Stage) -> bool:
        """Return whether what each channel adds is written beside it."""
        is_numbered = self.look.labels == "numbers" and self.plan.is_valued
        is_sum = stage.grouping.inputs_a_group > 1 or stage.bias is not None
        return is_numbered and is_sum and stage.is_weighted and not stage.is_stamped

    def _tile(self, stage: Stage) -> float:
        assert isinstance(stage, Windows)
        return self.terms.partial_width(stage)

    def _tile_left(self, stage: Stage) -> float:
        """Return where the tiles of what channels add begin."""
        path = next(path for path in self.paths if stage in path)
        site, after = self.inputs_of(path)[path.index(stage) : path.index(stage) + 2]
        if not self.is_chain:
            return self.lefts[site.number] + self._map_size(site)[0] + _RAYS_TO_TILE
        return self.lefts[after.number] - 0.9 - self._tile(stage)

    def _partial_tiles(self, work: Work) -> Shapes:
        stage, step = work.stage, work.step
        if stage is None or step is None or not self.has_partials(stage) or not step.reads:
            return ()
        left = self._tile_left(stage)
        shapes: list[Shape] = []
        seen = set()
        for page in work.windows:
            if page.channel not in seen:
                seen.add(page.channel)
                tile = self.terms._partial(stage, step, page.channel)
                shapes += line_shapes([tile], left, self.middles[page.site, page.channel])
        return tuple(shapes)

    def rays(self, work: Work) -> Shapes:
        """Return two rays from each window's right side to what is made of it, or to what it adds."""
        stage = work.stage
        if stage is None or (self.plan.dims == 3 and stage.rule is not Rule.COPY):
            return ()
        if stage.is_stamped:
            return self._falling(work)
        low, over, whole, far = [], [], [], []
        for link in work.links:
            sheet, after = self.sheets[link.source], self.sheets[link.target]
            ringed = {link.source: self.copied(link.source, work)}
            starts = self._right_side(sheet, link.window)
            if self.has_partials(stage):
                left, middle = self._tile_left(stage), self.middles[link.source.site, link.source.channel]
                ends: Points = np.array([[left, middle - 0.27], [left, middle + 0.27]])
                before, behind = parted(starts, ends, left)
            else:
                ends = self._left_side(after, link.made)
                before, behind = parted(starts, ends, after.box[0])
            low.append(self._clear(before, work, ringed))
            whole.append(before)
            far.append(behind)
            over.append(self._clear(behind, work))
        if not low:
            return ()
        near = np.concatenate(low)
        key = Key("ray", (stage.number,))
        found = [Lines("ray", near, key=key, whole=np.concatenate(whole))]
        if not self.has_partials(stage):
            found.append(Lines("ray_over", np.concatenate(over), key=key, whole=np.concatenate(far)))
        return tuple(found)

    def _clear(self, rays: Points, work: Work, ringed: Mapping[Page, Ints] | None = None) -> Points:
        """Return rays without what crosses words anywhere, rings around originals, or kernels between planes."""
        low, high = rays.min(axis=(0, 1)), rays.max(axis=(0, 1))
        read = {page.site for page in work.windows}
        for page, sheet in self.sheets.items():
            left, top, right, bottom = sheet.box
            if left < high[0] and right > low[0] and top <= high[1] and bottom >= low[1]:
                known = None if page.site in read else self.known_on(page, work)
                rays = sheet.broken(rays, known, (ringed or {}).get(page))
        boxes = [self._obstacles]
        if self.is_chain and work.stage is not None and work.step is not None:
            kernels = self._working(work.stage, work.step).values()
            boxes += [np.array([one.box]) for own in kernels for one in own]
        return around(rays, np.concatenate(boxes))

    @staticmethod
    def _right_side(sheet: Sheet, window: Window) -> Points:
        top, _, bottom, right = window.box
        return sheet.plane.points(np.array([[top, right], [bottom, right]]))

    @staticmethod
    def _left_side(sheet: Sheet, window: Window) -> Points:
        top, left, bottom, _ = window.box
        return sheet.plane.points(np.array([[top, left], [bottom, left]]))

    def _falling(self, work: Work) -> Shapes:
        """Return two rays from an input to where its stamp falls in a chain."""
        assert work.stage is not None
        assert work.step is not None
        stamped = self.stamped[work.stage.number]
        page, window = next(iter(work.windows.items()))
        starts = self._right_side(self.sheets[page], window)
        rays = [
            np.stack([starts, self.sheets[target].plane.points(np.array([[top, left], [bottom, left]]))], axis=1)
            for target, (top, left, bottom, _) in stamped.outlines(work.step).items()
        ]
        if not rays:
            return ()
        whole: Points = np.concatenate(rays)
        return (Lines("ray", self._clear(whole, work), key=Key("ray", (work.stage.number,)), whole=whole),)

    @cached_property
    def _obstacles(self) -> Points:
        """Where words stand that rays leave clear."""
        if self.is_chain:
            shapes = [*self._headings(), *(text for stage in self.plan.walked for text in self._layer_words(stage))]
            shapes += self._map_names(set(), "bold") if self.has_maps else []
            return obstacles(shapes, self.look)
        if self.has_maps:
            return obstacles(self._map_names(set(), "bold"), self.look)
        return obstacles((*self._headings(), *self.notes), self.look)

    def chips(self, work: Work) -> Shapes:
        """Return the weights in the corners of the cells that they meet."""
        stage, step = work.stage, work.step
        if stage is None or step is None or not self.look.is_labelled or stage.is_stamped or not stage.is_weighted:
            return ()
        return tuple(
            shape
            for page, places, read in self.read(step)
            for shape in self.contents.chips(
                self.sheets[page].plane, places, stage, read, (step.channel, page.channel), _CHIP, _WEIGHT
            )
        )

    def _headings(self) -> list[Shape]:
        """Return the names of planes of which there is one a tensor."""
        found: list[Shape] = []
        for sheet in self.sheets.values():
            found += sheet.heading(self.size, self._cut(self.sites[sheet.page.site])[0])
        return found

    def _map_names(self, working: set[Page], face: str = "") -> list[Texts]:
        """Return the names of channels, and of their slices, bold where they are at work."""
        found = []
        active = {(page.site, page.channel) for page in working}
        seen = set()
        for page, sheet in self.sheets.items():
            left, top, right, _ = sheet.box
            site = self.sites[page.site]
            raised = self._cut(site)[0]
            if self.plan.dims == 3:
                own = face or ("bold" if page in working else "regular")
                found.append(self._name(slice_names(site.grid)[page.slice], (left + right) / 2, top - raised, own))
            key = page.site, page.channel
            if key in seen:
                continue
            seen.add(key)
            title = self._map_title(site, page.channel)
            if self.plan.dims == 3:
                right, top = left + self._map_size(site)[0], top - 1.5 * self.size
            own = face or ("bold" if key in active and self.plan.has_channels else "regular")
            found.append(self._name(title, (left + right) / 2, top - raised, own))
        return found

    def _kernel_names(self, work: Work | None = None, face: str = "bold") -> list[Texts]:
        """Return the names of the kernels that lead to a channel."""
        stage = self.plan.last if work is None or work.stage is None else work.stage
        if self.is_chain or (work is not None and work.step is None):
            return []
        out = self.contents.channels[stage.target][0] if work is None or work.step is None else work.step.channel
        read = None if work is None or work.step is None or not work.step.reads else work.step.reads[0].channels
        found = []
        for channel, own in self.kernels_of(stage, out).items():
            if read is None or channel in read:
                left, top, right, _ = own[0].box
                name = f"kernel {out + 1}" if self.plan.has_channels else "kernel"
                found.append(self._name(name, (left + right) / 2, top, face if self.plan.has_channels else "regular"))
        return found

    def _name(self, text: str, middle: float, top: float, face: str) -> Texts:
        return replace(words(text, middle, top - 0.22 - self.size / 2, self.size, face), key=Key("word"))

    @cached_property
    def notes(self) -> tuple[Texts, ...]:
        """A single layer's settings, below its kernel, or below its output where it has none."""
        if self.is_chain or self.has_maps:
            return ()
        layer = self.plan.last.layer
        if not self.beside_kernels:
            left, _, right, bottom = list(self.sheets.values())[-1].box
            return lines_below(layer_notes(layer), (left + right) / 2, bottom, self.size)
        middle = (self.beside_kernels[0].box[0] + self.beside_kernels[-1].box[2]) / 2
        return lines_below(layer_notes(layer), middle, self.beside_kernels[0].box[3], self.size)

    def _layer_words(self, stage: Stage) -> tuple[Texts, ...]:
        """Return what a layer of a chain is called above its kernels, and its parameters below."""
        x = self._between(stage)
        path = next(path for path in self.paths if stage in path)
        shift = self._shifts[self.paths.index(path)]
        own = [one.box for kernels in self._every_kernel(stage) for one in kernels]
        bare = shift - self.size
        top, bottom = (min(box[1] for box in own), max(box[3] for box in own)) if own else (bare, bare)
        title, lines = layer_title(stage.layer), self._lines(stage)
        above = (title, *lines) if self._has_several_kernels(stage) else (title,)
        below = () if self._has_several_kernels(stage) else lines
        found = [
            words(text, x, top - (0.75 + line * _LINE) * self.size - 0.1, self.size)
            for line, text in enumerate(reversed(above))
        ]
        for line, text in enumerate(below):
            found.append(words(text, x, bottom + (0.75 + line * _LINE) * self.size + 0.1, self.size))
        return tuple(found)

    def _every_kernel(self, stage: Stage) -> list[list[Sheet]]:
        channels = self.contents.channels[stage.source if stage.is_stamped else stage.target]
        return [own for channel in channels for own in self.kernels_of(stage, channel).values()]

    def words(self) -> Shapes:
        """Return what is written and never changes."""
        shapes: list[Shape] = [*(self._headings() if not self.has_maps else ()), *self.notes]
        if self.is_chain:
            shapes += [text for stage in self.plan.walked for text in self._layer_words(stage)]
        shapes += [words(text, x, y, self.size) for text, x, y in self._more]
        return tuple(shapes)

    def words_at(self, work: Work) -> Shapes:
        """Return the names of what is at work, and the sum of the step."""
        shapes: list[Shape] = []
        if self.has_maps:
            shapes += [*self._map_names(work.pages), *self._kernel_names(work)]
        return (*shapes, *self.sum(work))

    wraps = False

    @property
    def below(self) -> float:  # type: ignore[override]
        """From the planes to the middle of the first row of the sum."""
        return _BELOW_CHAIN if self.is_chain else _BELOW_MAPS if self.has_maps else _BELOW

    @property
    def _more(self) -> Iterator[tuple[str, float, float]]:
        """Yield what is said, below a column, of the channels that are not drawn."""
        for path, shift in zip(self.paths, self._shifts, strict=True):
            lowest = (
                max(box[3] for box in self._boxes)
                if len(self.paths) == 1
                else shift + self._ends(path)[1] - 1.6 * self.size
            )
            for site in self.inputs_of(path):
                if count := self._left_out(site):
                    own = [sheet.box for sheet in self.sheets.values() if sheet.page.site == site.number]
                    middle = (min(box[0] for box in own) + max(box[2] for box in own)) / 2
                    yield f"{count:,} more", middle, lowest + self.size

    def _left_out(self, site: Site) -> int:
        """Return how many channels are not drawn."""
        return self.plan.tensors[site.tensor].channels - len(self.contents.channels[site.tensor])

    @property
    def _named_sheets(self) -> list[Sheet]:
        """What has a heading of its own."""
        return [*self.sheets.values(), *self.beside]

    @cached_property
    def _boxes(self) -> list[Box]:
        """The boxes of all sheets and kernels."""
        found = [sheet.box for sheet in self.sheets.values()]
        found += [one.box for one in self.beside]
        found += [one.box for stage in self.plan.walked for own in self._every_kernel(stage) for one in own]
        for stamped in self.stamped.values():
            above, before, below, behind = stamped.cut
            for page in stamped.pages:
                left, top, right, bottom = self.sheets[page].box
                found.append((left - (before if not self.is_chain else 0), top - above, right + behind, bottom + below))
        return found

    def _ends(self, path: tuple[Stage, ...]) -> tuple[float, float]:
        """Return top and bottom of one of several paths as if it were the only one, with its words."""
        sites = self.inputs_of(path)
        lows = [self._middles(len(self.contents.channels[site.tensor]), self._tall(site))[-1] for site in sites]
        halves = [self._map_size(site)[1] / 2 + max(self._cut(site)[::2]) for site in sites]
        high = max(low + half for low, half in zip(lows, halves, strict=True))
        top, bottom, tallest = -high - 1.5 * self.size * (2 if self.plan.dims == 3 else 1), high, 0.0
        lines = (0.4 + max(len(self._lines(stage)) for stage in path)) * _LINE * self.size
        for number, stage in enumerate(path):
            if not stage.is_weighted:
                continue
            end = lows[number + stage.is_stamped] + self._kernel_box(stage)[1] / 2
            if self._has_several_kernels(stage):
                top, bottom = min(top, -end - lines - _LINE * self.size), max(bottom, end)
            else:
                tallest = max(tallest, end)
        return top, max(bottom, tallest + lines) + 1.6 * self.size * any(map(self._left_out, sites))

    def _has_several_kernels(self, stage: Stage) -> bool:
        """Return whether a stage has more than one kernel that is drawn at some time."""
        drawn = self.contents.channels
        pairs = [
            one for out in drawn[stage.target] for one in stage.grouping.inputs_of(out) if one in drawn[stage.source]
        ]
        return len(pairs) > 1

    @cached_property
    def core(self) -> Box:
        """Left, top, right and bottom without the sum."""
        boxes = np.array(self._boxes)
        left, top = boxes[:, :2].min(axis=0).tolist()
        right, bottom = boxes[:, 2:].max(axis=0).tolist()
        if self.has_maps:
            named = word_boxes([*self._map_names(set(), "bold"), *self._kernel_names()])
            left, top = min(left, named[:, 0].min()), min(top, named[:, 1].min())
            right, bottom = max(right, named[:, 2].max()), bottom + 1.6 * self.size * bool(list(self._more))
        else:
            spans = [sheet.span(self.size) for sheet in self._named_sheets]
            left, right = min(left, *(span[0] for span in spans)), max(right, *(span[1] for span in spans))
            top -= 1.5 * self.size
        noted = word_boxes(self.notes)
        if len(noted):
            left, right = min(left, noted[:, 0].min()), max(right, noted[:, 2].max())
            bottom = max(bottom, noted[:, 3].max())
        if self.is_chain and self.has_maps:
            heights = [text.places[0, 1] for one in self.plan.walked for text in self._layer_words(one)]
            top, bottom = (
                min(top, *(y - self.size for y in heights)),
                max(bottom, *(y + self.size / 2 for y in heights)),
            )
        elif self.is_chain:
            lines = max(len(self._lines(stage)) for stage in self.plan.walked)
            for path, shift in zip(self.paths, self._shifts, strict=True):
                kernels = [one.box[3] for stage in path for own in self._every_kernel(stage) for one in own]
                bottom = max(bottom, max(kernels, default=shift) + (0.4 + lines) * _LINE * self.size)
        return float(left), float(top), float(right), float(bottom)

    def more_legend(self) -> list[Entry]:
        """Return what else the picture shows."""
        found = [entry("kernel", "kernel")] if any(stage.is_weighted for stage in self.plan.walked) else []
        if any(self.has_partials(stage) for stage in self.plan.walked):
            found.append(entry("what a channel adds", "intermediate"))
        if any(any(stamped.cut) for stamped in self.stamped.values()):
            found.append(entry("cut off by padding", "idle"))
        return found
