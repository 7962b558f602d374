"""The flat view of a transposed convolution, stamp by stamp: each input times the kernel, added to the output."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property

import numpy as np

from convanim.base.language import message, translated
from convanim.base.records import dataclass
from convanim.plans import Grid, Stage, Step
from convanim.views.flat import Flat
from convanim.views.flat_kernels import IN_KERNEL
from convanim.views.flat_layout import grid
from convanim.views.flat_rays import side
from convanim.views.headings import kernel_name, lines_below, words
from convanim.views.lettering import CENTRE, Lettering
from convanim.views.marks import Window
from convanim.views.naming import depth_name
from convanim.views.picture import Site, Work
from convanim.views.scene import Key, Shape, Shapes, Texts
from convanim.views.sheet import Sheet
from convanim.views.slices import page_of, slice_names
from convanim.views.stamped import FAINTEST, Stamped
from convanim.views.sum_line import Box
from convanim.words.layer_names import size as size_words

_RAYS = 1.7
_BOLD = 1.1
"""How much wider bold words are."""

_FIRST_GAP, _GAP, _NAME_AIR = 1.1, 0.6, 0.7
"""The gap before the factor, the input value that is multiplied, the gap around signs, and that before names."""

_NEARLY_LEVEL = 0.25
"""How far below a factor a way to it may begin as if it were level with it, in cells."""


@dataclass(frozen=True)
class FlatStamps(Flat):
    """One layer: for each output channel the factor, a kernel, its stamp, and the output."""

    draws_cut_off = True

    @property
    def _stage(self) -> Stage:
        return self.plan.last

    @property
    def _stamped(self) -> Stamped:
        return self.stamped[self._stage.number]

    @cached_property
    def _estimate(self) -> float:
        kernels = 0 if self.look.overlap else 1.6 * self._stage.layer.kernel_size[-1] + 3
        return float(sum(map(self._about, self.sites)) + _RAYS + kernels)

    def title(self, site: Site) -> tuple[str, str]:
        """Return the name of a site: its part in upright letters, and its part in italics."""
        if site.tensor == 0:
            return self.plan.names.input.called, self.symbol(self.plan.names.input)
        if self.look.overlap:
            return translated("number of stamps on each output cell"), ""
        told = (
            message("{tensor}: all stamps so far")
            if self._stamped.shows_added or self._stamped.most == 1
            else message("{tensor}: the sum of the stamps")
        )
        # The size is that without the cells around it, which padding cuts off.
        kept = " " + size_words(self._stage.output_size) if any(self._stamped.cut) else ""
        return translated(told, tensor=self.plan.names.output.called + kept), ""

    @property
    def kernel_title(self) -> tuple[str, str]:
        """The title of a kernel that is named: its word and its letter."""
        return self.plan.names.kernel.called, self.symbol(self.plan.names.kernel)

    @cached_property
    def _beside(self) -> float:
        return 0.0

    def _room(self, stage: Stage) -> float:
        """Return the room after the input for the factor, kernels, stamps and rays."""
        source, target = (self.map_size(site)[0] for site in self.sites)
        titled = 0.0 if self.has_maps else self.wide(*self.title(self.sites[-1]))
        before = self._input_end if self.look.overlap else self._stamp_left + self._reach(translated("stamp"))
        return before - source + max(_RAYS + self._stamped.cut[1], (titled - target) / 2 + 0.5)

    def _beyond(self, wide: float, *title: str) -> float:
        """Return how far a heading extends on each side beyond a sheet of some width."""
        return max(0.0, (self.wide(*title) - wide) / 2)

    def _reach(self, *title: str) -> float:
        """Return how far a kernel or stamp with its heading extends from the left edge of its cells."""
        wide = self.kernel_box(self._stage)[0]
        return wide + self._beyond(wide, *title)

    @property
    def _input_end(self) -> float:
        wide, letter = self.map_size(self.sites[0])[0], "" if self.has_maps else self.symbol(self.plan.names.input)
        name = self.plan.names.input.called
        return wide + self._beyond(wide, f"{name} 00" if self.plan.has_channels else name, letter)

    @property
    def _widest_title(self) -> tuple[str, str]:
        kernel, stage = kernel_name(self.plan.names, self._stage.layer), self._stage
        lines = {line for pair in self.contents.pairs(stage) for line in kernel.of_pair(*pair, stage.grouping)}
        titles = [(line, "") for line in sorted(lines)] if self.plan.has_channels else [self.kernel_title]
        if self.above_slice(stage):
            titles.append((depth_name(stage.layer.kernel_size[0]), ""))
        return max(titles, key=lambda title: self.wide(*title))

    def kernel_left(self, stage: Stage) -> float:
        """Return the left end of the kernels, after the factor."""
        noted, own = max(map(self.wide, self.noted), default=0.0), self.kernel_box(stage)[0]
        # Words below a small kernel, and its name above it, are wider than it.
        titled = (_BOLD * self.wide(*self._widest_title) - own) / 2
        room = max(_GAP, (noted - own) / 2 - 0.3, titled + self._beyond_factor + _NAME_AIR)
        return self._factor_left + 1 + room

    @cached_property
    def _slices(self) -> list[str]:
        """The names of the input's slices, of which a factor is of one."""
        return slice_names(Grid.plain(self._stage.input_size), self.look.first_cell) if self.plan.dims == 3 else []

    @property
    def _beyond_factor(self) -> float:
        """How far the name of the slice below a factor, beside other names, extends on each side beyond it."""
        return max([0.0, *((_BOLD * self.wide(name) - 1) / 2 for name in self._slices)])

    @property
    def _factor_left(self) -> float:
        """The left edge of the factors."""
        return self._input_end + max(_FIRST_GAP, self._beyond_factor + _NAME_AIR / 2)

    @property
    def _stamp_left(self) -> float:
        return self.kernel_left(self._stage) + self._reach(*self._widest_title) + _GAP

    def kernels_of(self, stage: Stage, channel: int | None = None) -> dict[tuple[int, int], list[Sheet]]:
        """Return the kernels that a channel's steps use (all without a channel); none where overlaps are shown."""
        return {} if self.look.overlap else super().kernels_of(stage, channel)

    @cached_property
    def _kernels(self) -> dict[int, list[Sheet]]:
        """The kernel of each output channel."""
        return {out: own for (out, _), own in self.kernels_of(self._stage).items()}

    @cached_property
    def _stamps(self) -> dict[int, list[Sheet]]:
        """The slices of each output channel's stamp, without words."""
        moved, found = np.array([self._stamp_left - self.kernel_left(self._stage), 0.0]), {}
        for out, own in self._kernels.items():
            bare = [replace(one, lettering=None, heights=None, letter="") for one in own]
            blank = [replace(one, origin=one.origin + moved, filled="output") for one in bare]
            # Translators: A heading above the copy of the kernel that a cell of the input stamps.
            found[out] = [replace(one, title="" if number else translated("stamp")) for number, one in enumerate(blank)]
        return found

    def _factors(self, channel: int = 0) -> dict[int, Sheet]:
        """Return the factor, the input value that is multiplied, before the kernel of each output channel."""
        site, made = self.sites[-1], self._stage.grouping.outputs_of(channel)
        left, drawn = self._factor_left, (one for one in self.contents.channels[site.tensor] if one in made)
        return {one: grid((1,), left, self._level(site, one), filled="input") for one in drawn}

    def _level(self, site: Site, out: int) -> float:
        """Return the height of what stands around a kernel: beside the first of several slices, clear of names."""
        is_parted = self.above_slice(self._stage) > 0 and out in self._kernels
        return float(self._kernels[out][0].middle[1]) if is_parted else self.middles[site.number, out]

    def kernels(self) -> Shapes:
        """Return what is there before the first stamp: the blank output and, with one kernel, the blank stamp."""
        shapes = list(self.beyond())
        # Cells that are cut off surround the output, and their edges lie under its own.
        shapes += [shape for page in self._stamped.pages for shape in self.sheets[page].ground(True)]
        return (*shapes, *super().kernels(), *(() if self.plan.has_channels else self._blanks((0,))))

    def _blanks(self, channels: Sequence[int], factor: int = 0) -> Shapes:
        """Return the blank factors and the stamps of some output channels, and the signs between them."""
        factors = {} if self.look.overlap else self._factors(factor)
        shapes: list[Shape] = [shape for one in factors.values() for shape in one.ground(pending=True)]
        raised = self.above_slice(self._stage)
        for own in (self._stamps[one] for one in channels if one in self._stamps):
            shapes += [shape for one in own for shape in (*one.ground(pending=True), *one.heading(self.size, raised))]
        for one, own in ((one, self._kernels[one]) for one in channels if one in self._kernels):
            left, _, right, _ = own[0].box
            times, level = (factors[one].box[2] + left) / 2, float(factors[one].middle[1])
            shapes += [words("=", (right + self._stamp_left) / 2, level, 0.4), words("·", times, level, 0.75)]
        return tuple(shapes)

    @cached_property
    def notes(self) -> tuple[Texts, ...]:
        """The layer's settings, below its lowest kernel."""
        if self.look.overlap:
            return ()
        lowest = list(self._kernels.values())[-1][-1]
        return lines_below(self.noted, lowest.middle[0], lowest.box[3], self.size)

    @cached_property
    def standing(self) -> list[Box]:
        """The boxes of everything in the picture except words above planes."""
        found = super().standing
        if not self.look.overlap:
            found += [one.box for one in self._factors().values()]
        for own in (*self._kernels.values(), *self._stamps.values()):
            for left, top, right, bottom in (one.box for one in own):
                beyond = self._beyond(right - left, *self._widest_title)
                found.append((left - beyond, top, right + beyond, bottom))
        return found

    def rays(self, work: Work) -> Shapes:
        """Return rays from the input cell to each factor, and from each stamp to its area on the output."""
        start, channel = self.stamping_side(work), next(iter(work.windows)).channel
        landing = {page: self.side_of(page, box, False) for page, box in self.boxes_made(work).items()}
        if self.look.overlap:
            return self.joining([(start, end) for end in landing.values()], self._stage)
        factors = (side(one.plane, (0, 1), 0) for one in self._factors(channel).values())
        # Along the edges of a row of cells, rays would look like more of it.
        is_bare_row = self.plan.dims == 1 and not self.look.is_labelled
        sides = [
            (start, factor)
            for factor in factors
            if not (is_bare_row and np.allclose(start.ends[:, 1], factor.ends[:, 1]))
        ]
        for page, end in landing.items() if self.plan.dims < 3 else ():
            one = self._stamps[page.channel][0]
            sides.append((side(one.plane, (0, one.rows), one.columns), end))
        return self.joining(sides, self._stage)

    def kernels_at(self, work: Work) -> Shapes:
        """Return the factor, and the kernel and stamp of each output channel."""
        if self.look.overlap or work.step is None:
            return ()
        page, window = next(iter(work.windows.items()))
        said = _one_cell(self.sheets[page].lettering, window)
        greys = self.sheets[page].tones
        tone = None if greys is None else greys[window.top : window.top + 1, window.left : window.left + 1]
        # With channels, blanks are drawn only during a step, so that none remain at the end.
        blanks = self._blanks(work.step.channels, page.channel) if self.plan.has_channels else ()
        shapes = list(blanks)
        for channel, factor in self._factors(page.channel).items():
            own = replace(factor, lettering=said, tones=tone)
            shapes += _worked(own, Key("factor", (channel,)), shaded=tone is None)
            if self._slices:
                # Below the factor, or above it if the way to it comes from below.
                (x, middle), start = factor.middle, self.stamping_side(work).whole[:, 1].mean()
                y = middle + np.sign(middle - start + _NEARLY_LEVEL) * (0.7 + self.size / 2)
                shapes.append(words(self._slices[page.slice], x, float(y), self.size, "bold"))
        shapes += super().kernels_at(work)
        for channel in work.step.channels:
            for number, one in enumerate(self._stamps.get(channel, ())):
                own = replace(one, lettering=self._product(work.step, channel, number))
                shapes += _worked(own, Key("stamp", (channel,)), strength=FAINTEST)
        return (*shapes, *self._stamped.weight(work, self._stamps, "talked stamp"))

    def _product(self, step: Step, channel: int, number: int) -> Lettering | None:
        """Return the lettering of a slice of a stamp."""
        if not self.plan.is_valued or self.look.labels != "numbers":
            return None
        products = self.plan.stamps(self._stage).products(step, channel)
        said = np.array([self.contents.spelled(one) for one in products], object)
        words = page_of(said.reshape(self._stage.layer.kernel_size), number)
        return Lettering(words, np.full(words.shape, "", object), self._product_size, 1.0, CENTRE)

    @cached_property
    def _product_size(self) -> float:
        """The letter size at which the numbers of every stamp fit."""
        widest = self.contents.widest_of(self._stamped.every_product)
        return min(IN_KERNEL, 0.84 / widest) if widest else IN_KERNEL


def _worked(sheet: Sheet, key: Key, shaded: bool = False, strength: float = 1.0) -> Shapes:
    """Return all cells of a sheet that is at work, outlined."""
    every = Window(0, 0, np.ones((sheet.rows, sheet.columns), bool))
    cells = sheet.cells("input", every, key, shaded, strength)
    return (*cells, *sheet.outlined(every.box, key))


def _one_cell(lettering: Lettering | None, window: Window) -> Lettering | None:
    """Return the lettering of the upper left cell of a window, for a plane of that cell only."""
    if lettering is None:
        return None
    rows, columns = slice(window.top, window.top + 1), slice(window.left, window.left + 1)
    return replace(lettering, words=lettering.words[rows, columns], lowered=lettering.lowered[rows, columns])
