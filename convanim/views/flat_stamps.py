"""A transposed convolution from above, stamp by stamp: each input times the kernel, laid upon the output."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from convanim.plans import Stage, Step
from convanim.views.contents import page_of
from convanim.views.flat import IN_KERNEL, Flat, side
from convanim.views.flat_layout import grid
from convanim.views.headings import lines_below, words
from convanim.views.lettering import CENTRE, Lettering
from convanim.views.marks import Window
from convanim.views.picture import Site, Work
from convanim.views.scene import Key, Shape, Shapes, Texts
from convanim.views.sheet import Sheet
from convanim.views.stamped import FAINTEST, Stamped
from convanim.views.sum_line import Box
from convanim.words.captions import layer_lines, layer_notes

_RAYS = 1.7
_FIRST_GAP, _GAP = 1.1, 0.6
"""Before the one value that is multiplied, and around signs."""


@dataclass(frozen=True)
class FlatStamps(Flat):
    """One layer: the value that is multiplied, and for each output channel a kernel, its stamp, and the sum."""

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
        """Return what a site is called, in upright and in slanted letters."""
        if site.tensor == 0:
            return "input", self.look.letters[1]
        if self.look.overlap:
            return f"stamps on each output cell: {layer_lines(self._stage.layer)[0]}", ""
        return "output: the sum of the stamps", ""

    @property
    def kernel_title(self) -> tuple[str, str]:
        """What a kernel that has a name of its own is called."""
        return "kernel", self.look.letters[0]

    @cached_property
    def _beside(self) -> float:
        return 0.0

    def _room(self, stage: Stage) -> float:
        """Return the room behind the input, for what is multiplied and rays."""
        source, target = (self.map_size(site)[0] for site in self.sites)
        titled = 0.0 if self.has_maps else self.wide(self.title(self.sites[-1])[0])
        before = self._input_end if self.look.overlap else self._stamp_left + self._reach("stamp")
        return before - source + max(_RAYS + self._stamped.cut[1], (titled - target) / 2 + 0.5)

    def _beyond(self, wide: float, *title: str) -> float:
        """Return how far a heading reaches beyond what it stands over, to one side."""
        return max(0.0, (self.wide(*title) - wide) / 2)

    def _reach(self, *title: str) -> float:
        """Return how far a kernel, or its stamp, reaches to the right with its heading."""
        wide = self.kernel_box(self._stage)[0]
        return wide + self._beyond(wide, *title)

    @property
    def _input_end(self) -> float:
        wide, letter = self.map_size(self.sites[0])[0], "" if self.has_maps else self.look.letters[1]
        return wide + self._beyond(wide, "input 00" if self.plan.has_channels else "input", letter)

    @property
    def _widest_title(self) -> tuple[str, str]:
        return ("kernel 00", "") if self.plan.has_channels else self.kernel_title

    def kernel_left(self, stage: Stage) -> float:
        """Return where the kernels begin: behind the one value that is multiplied."""
        wide = max(map(self.wide, layer_notes(stage.layer)))
        # Words below a small kernel are wider than it.
        return self._input_end + _FIRST_GAP + 1 + max(_GAP, (wide - self.kernel_box(stage)[0]) / 2 - 0.3)

    @property
    def _stamp_left(self) -> float:
        return self.kernel_left(self._stage) + self._reach(*self._widest_title) + _GAP

    def kernels_of(self, stage: Stage, channel: int | None = None) -> dict[tuple[int, int], list[Sheet]]:
        """Return the kernels, by output and input channel, that take part in the steps of a channel, or in any."""
        return {} if self.look.overlap else super().kernels_of(stage, channel)

    @cached_property
    def _kernels(self) -> dict[int, list[Sheet]]:
        """A kernel for each output channel."""
        return {out: own for (out, _), own in self.kernels_of(self._stage).items()}

    @cached_property
    def _stamps(self) -> dict[int, list[Sheet]]:
        """The slices of the stamp that falls on each output channel, without words."""
        moved, found = np.array([self._stamp_left - self.kernel_left(self._stage), 0.0]), {}
        for out, own in self._kernels.items():
            blank = [replace(one, origin=one.origin + moved, filled="output", lettering=None, letter="") for one in own]
            found[out] = [replace(one, title="" if number else "stamp") for number, one in enumerate(blank)]
        return found

    @cached_property
    def _factor(self) -> Sheet:
        """The one value that is multiplied."""
        return grid((1,), self._input_end + _FIRST_GAP, 0.0, filled="input")

    def kernels(self) -> Shapes:
        """Return what is there before anything falls: the output's surroundings, and with a lone kernel all blanks."""
        shapes = list(self.beyond())
        # What is cut off lies around the output, and its edges below those of the output.
        shapes += [shape for page in self._stamped.pages for shape in self.sheets[page].ground(True)]
        return (*shapes, *super().kernels(), *(() if self.plan.has_channels else self._blanks()))

    def _blanks(self) -> Shapes:
        """Return what is multiplied and what comes of it before they are known, and the signs between them."""
        shapes: list[Shape] = [] if self.look.overlap else [*self._factor.ground(pending=True)]
        for own in self._stamps.values():
            shapes += [shape for one in own for shape in (*one.ground(pending=True), *one.heading(self.size))]
        for own in self._kernels.values():
            left, _, right, _ = own[0].box
            middle = (own[0].box[1] + own[-1].box[3]) / 2
            times = left - 0.35 if len(self._kernels) > 1 else (self._factor.box[2] + left) / 2
            shapes += [words("=", (right + self._stamp_left) / 2, middle, 0.4), words("·", times, middle, 0.75)]
        return tuple(shapes)

    @cached_property
    def notes(self) -> tuple[Texts, ...]:
        """The layer's settings, below its lowest kernel."""
        if self.look.overlap:
            return ()
        lowest = list(self._kernels.values())[-1][-1]
        return lines_below(layer_notes(self._stage.layer), lowest.middle[0], lowest.box[3], self.size)

    @cached_property
    def standing(self) -> list[Box]:
        """The boxes of all that stands in the picture, but for words above planes."""
        found = super().standing
        for own in (*self._kernels.values(), *self._stamps.values()):
            for left, top, right, bottom in (one.box for one in own):
                beyond = self._beyond(right - left, *self._widest_title)
                found += [self._factor.box, (left - beyond, top, right + beyond, bottom)]
        return found

    def rays(self, work: Work) -> Shapes:
        """Return rays from the input cell to what is multiplied, and from each stamp to where it falls."""
        start, landing = self.stamping_side(work), self.landing(work)
        if self.look.overlap:
            return self.straight([(start, end) for end in landing.values()], work)
        sides = [(start, side(self._factor.plane, (0, 0, 1, 1), False))]
        for page, end in landing.items() if self.plan.dims < 3 else ():
            one = self._stamps[page.channel][0]
            sides.append((side(one.plane, (0, 0, one.rows, one.columns), True), end))
        return self.straight(sides, work)

    def kernels_at(self, work: Work) -> Shapes:
        """Return the value that is multiplied, and for each output channel its kernel and what comes of it."""
        if self.look.overlap or work.step is None:
            return ()
        page, window = next(iter(work.windows.items()))
        factor = replace(self._factor, lettering=_one_cell(self.sheets[page].lettering, window))
        # The kernels of channels come and go with them, so that nothing is left of them in the end.
        blanks = self._blanks() if self.plan.has_channels else ()
        shapes = [*blanks, *_worked(factor, Key("factor"), shaded=True), *super().kernels_at(work)]
        for channel in work.step.channels:
            for number, one in enumerate(self._stamps.get(channel, ())):
                own = replace(one, lettering=self._product(work.step, channel, number))
                shapes += _worked(own, Key("stamp", (channel,)), strength=FAINTEST)
        return tuple(shapes)

    def _product(self, step: Step, channel: int, number: int) -> Lettering | None:
        """Return what a slice of a stamp says."""
        if not self.plan.is_valued or self.look.labels != "numbers":
            return None
        products = self.plan.stamps(self._stage).products(step, channel)
        said = np.array([self.contents.spelled(one) for one in products], object)
        words = page_of(said.reshape(self._stage.layer.kernel_size), number)
        return Lettering(words, np.full(words.shape, "", object), self._product_size, 1.0, CENTRE)

    @cached_property
    def _product_size(self) -> float:
        """The size at which the numbers of every stamp fit."""
        widest = self.contents.widest_of(self._stamped.every_product)
        return min(IN_KERNEL, 0.84 / widest) if widest else IN_KERNEL


def _worked(sheet: Sheet, key: Key, shaded: bool = False, strength: float = 1.0) -> Shapes:
    """Return all cells of a sheet that takes part in a step, outlined."""
    every = Window(0, 0, np.ones((sheet.rows, sheet.columns), bool))
    cells = sheet.cells("input", every, key, shaded, strength)
    return (*cells, *sheet.outlined(every.box, key))


def _one_cell(lettering: Lettering | None, window: Window) -> Lettering | None:
    """Return what one cell of a plane says, for a plane of that cell only."""
    if lettering is None:
        return None
    rows, columns = slice(window.top, window.top + 1), slice(window.left, window.left + 1)
    return replace(lettering, words=lettering.words[rows, columns], lowered=lettering.lowered[rows, columns])
