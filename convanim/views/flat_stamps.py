"""A transposed convolution from above, stamp by stamp: each input times the kernel, laid upon the output."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from convanim.plans import Stage, Step
from convanim.scene import Key, Lines, Points, Shape, Shapes, Texts
from convanim.views.flat import Flat
from convanim.views.headings import heading_width, lines_below, obstacles, words
from convanim.views.lettering import CENTRE, Lettering
from convanim.views.marks import Window
from convanim.views.picture import Site, Work
from convanim.views.sheet import Sheet
from convanim.views.stamped import FAINTEST, Stamped
from convanim.wording import layer_lines, layer_notes

_IN_KERNEL = 0.42
_RAYS = 1.7
_FIRST_GAP, _GAP = 1.1, 0.6
"""Before the one value that is multiplied, and around signs."""


@dataclass(frozen=True)
class FlatStamps(Flat):
    """One layer: the value that is multiplied, and for each output channel a kernel, its stamp, and the sum."""

    @property
    def stage(self) -> Stage:
        """What stamps."""
        return self.plan.last

    @property
    def _stamped(self) -> Stamped:
        return self.stamped[self.stage.number]

    @cached_property
    def _estimate(self) -> float:
        kernels = 0 if self.look.overlap else 1.6 * self.stage.layer.kernel_size[-1] + 3
        return float(sum(self._map_columns(site) for site in self.sites) + _RAYS + kernels)

    @property
    def _input(self) -> Site:
        return self.sites[0]

    @property
    def _output(self) -> Site:
        return self.sites[-1]

    def _title(self, site: Site) -> tuple[str, str]:
        if site.tensor == 0:
            return "input", self.look.letters[1]
        if self.look.overlap:
            return f"stamps on each output cell: {layer_lines(self.stage.layer)[0]}", ""
        return "output: the sum of the stamps", ""

    @cached_property
    def lefts(self) -> dict[int, float]:
        """Where input and output begin."""
        before = self._input_end if self.look.overlap else self._stamp_end
        wide = self._map_size(self._output)[0]
        titled = heading_width(self._title(self._output)[0], "", self.size) if not self.has_maps else 0.0
        left = before + max(_RAYS + self._stamped.cut[1], (titled - wide) / 2 + 0.5)
        return {self._input.number: 0.0, self._output.number: left}

    def _wider(self, wide: float, title: str) -> float:
        """Return how far a heading reaches beyond what it stands over, to one side."""
        return max(0.0, (heading_width(title, "", self.size) - wide) / 2)

    @property
    def _input_end(self) -> float:
        wide = self._map_size(self._input)[0]
        title = "input 00" if self.plan.has_channels else "input"
        letter = self.look.letters[1] if not self.has_maps else ""
        return wide + self._wider(wide, f"{title} {letter}".strip())

    @property
    def _factor_left(self) -> float:
        return self._input_end + _FIRST_GAP

    @property
    def _kernel_left(self) -> float:
        wide = max(heading_width(line, "", self.size) for line in layer_notes(self.stage.layer))
        # Words below a small kernel are wider than it.
        return self._factor_left + 1 + max(_GAP, (wide - self._kernel_box(self.stage)[0]) / 2 - 0.3)

    @property
    def _kernel_title(self) -> str:
        return "kernel 00" if self.plan.has_channels else f"kernel {self.look.letters[0]}".strip()

    @property
    def _stamp_left(self) -> float:
        wide = self._kernel_box(self.stage)[0]
        return self._kernel_left + wide + self._wider(wide, self._kernel_title) + _GAP

    @property
    def _stamp_end(self) -> float:
        wide = self._kernel_box(self.stage)[0]
        return self._stamp_left + wide + self._wider(wide, "stamp")

    def _beside_output(self, channel: int, in_channel: int) -> list[Sheet]:
        """Return the slices of the kernel that leads to an output channel."""
        middle = self.middles[self._output.number, channel]
        return self.kernel(self.stage, channel, in_channel, self._kernel_left, middle)

    def _stamp(self, channel: int) -> list[Sheet]:
        """Return the slices of the stamp that falls on an output channel, without words."""
        moved = np.array([self._stamp_left - self._kernel_left, 0.0])
        return [
            replace(one, origin=one.origin + moved, filled="output", lettering=None)
            for one in self._beside_output(channel, 0)
        ]

    @cached_property
    def factor(self) -> Sheet:
        """The one value that is multiplied."""
        return self._grid((1,), self._factor_left, 0.0, filled="input")

    @property
    def _outs(self) -> tuple[int, ...]:
        return tuple(self.contents.channels[self.stage.target])

    def kernels(self) -> Shapes:
        """Return what is there before anything falls: the output's surroundings, blanks, and a lone kernel."""
        shapes: list[Shape] = []
        for page in self._stamped.pages:
            shapes += self._stamped.beyond(self.sheets[page])
        # What is cut off lies around the output, and its edges below those of the output.
        shapes += [shape for page in self._stamped.pages for shape in self.sheets[page].ground(True)]
        if self.look.overlap:
            return tuple(shapes)
        shapes += self.factor.ground(pending=True)
        for channel in self._outs:
            for one in self._stamp(channel):
                shapes += one.ground(pending=True)
            if self._is_still(self.stage):
                shapes += [shape for one in self._beside_output(channel, 0) for shape in one.ground()]
        return tuple(shapes)

    def words(self) -> Shapes:
        """Return headings, signs and settings."""
        shapes = list(super().words())
        if self.look.overlap:
            return tuple(shapes)
        wide = self._kernel_box(self.stage)[0]
        for channel in self._outs:
            middle = self.middles[self._output.number, channel]
            equals = (self._kernel_left + wide + self._stamp_left) / 2
            shapes.append(words("=", equals, middle, 0.4))
            if len(self._outs) > 1:
                shapes.append(words("·", self._kernel_left - 0.35, middle, 0.75))
            top = self._beside_output(channel, 0)[0].box[1]
            own = self._name("stamp", self._stamp_left + wide / 2, top, "regular")
            shapes.append(own)
            if not self.plan.has_channels:
                shapes += replace(
                    self._beside_output(channel, 0)[0], title="kernel", letter=self.look.letters[0]
                ).heading(self.size)
        if len(self._outs) > 1:
            return tuple(shapes)
        times = (self.factor.box[2] + self._kernel_left) / 2
        return (*shapes, words("·", times, 0.0, 0.75))

    @cached_property
    def notes(self) -> tuple[Texts, ...]:
        """The layer's settings, below its lowest kernel."""
        if self.look.overlap:
            return ()
        left, _, right, bottom = self._beside_output(self._outs[-1], 0)[-1].box
        return lines_below(layer_notes(self.stage.layer), (left + right) / 2, bottom, self.size)

    @property
    def _named_sheets(self) -> list[Sheet]:
        return list(self.sheets.values())

    @cached_property
    def _boxes(self) -> list[tuple[float, float, float, float]]:
        own = [] if self.look.overlap else [self.factor.box]
        for channel in self._outs if own else ():
            for one in (*self._beside_output(channel, 0), *self._stamp(channel)):
                left, top, right, bottom = one.box
                wider = self._wider(right - left, self._kernel_title)
                own.append((left - wider, top, right + wider, bottom))
        return [*super()._boxes, *own]

    def _every_kernel(self, stage: Stage) -> list[list[Sheet]]:
        return []

    def _kernel_names(self, work: Work | None = None, face: str = "bold") -> list[Texts]:
        """Return the names of the kernels from the channel that stamps."""
        if self.look.overlap or not self.plan.has_channels or (work is not None and work.step is None):
            return []
        outs = self._outs if work is None or work.step is None else [o for o in work.step.channels if o in self._outs]
        return [self._kernel_name(channel, face) for channel in outs]

    def _kernel_name(self, channel: int, face: str) -> Texts:
        left, top, right, _ = self._beside_output(channel, 0)[0].box
        return self._name(f"kernel {channel + 1}", (left + right) / 2, top, face)

    def _lone_input(self, work: Work) -> tuple[Sheet, Window]:
        page, window = next(iter(work.windows.items()))
        return self.sheets[page], window

    def rays(self, work: Work) -> Shapes:
        """Return rays from the input cell to what is multiplied, and from each stamp to where it falls."""
        assert work.step is not None
        sheet, window = self._lone_input(work)
        starts = self._right_side(sheet, window)
        landed = {
            page: self.sheets[page].plane.points(np.array([[box[0], box[1]], [box[2], box[1]]]))
            for page, box in self._stamped.outlines(work.step).items()
        }
        rays = [np.stack([starts, ends], axis=1) for ends in landed.values()]
        if not self.look.overlap:
            factor = self.factor.plane.points(np.array([[0, 0], [1, 0]]))
            rays = [np.stack([starts, factor], axis=1)]
            for page, ends in landed.items() if self.plan.dims < 3 else ():
                plane = self._stamp(page.channel)[0].plane
                leaving = plane.points(np.array([[0, plane.columns], [plane.rows, plane.columns]]))
                rays.append(np.stack([leaving, ends], axis=1))
        whole: Points = np.concatenate(rays)
        return (Lines("ray", self._clear(whole, work), key=Key("ray"), whole=whole),)

    @cached_property
    def _obstacles(self) -> Points:
        named = self._map_names(set(), "bold") if self.has_maps else self._headings()
        return obstacles(named, self.look)

    def kernels_at(self, work: Work) -> Shapes:
        """Return the value that is multiplied, and for each output channel its kernel and what comes of it."""
        if self.look.overlap or work.step is None:
            return ()
        sheet, window = self._lone_input(work)
        factor = replace(self.factor, lettering=_one_cell(sheet.lettering, window))
        key = Key("factor")
        shapes: list[Shape] = [
            *factor.cells("input", Window(0, 0, np.ones((1, 1), bool)), key, shaded=True),
            Lines("reach", factor.plane.outline(0, 0, 1, 1), key=key),
        ]
        source = work.step.reads[0].channels[0]
        for channel in work.step.channels:
            if channel not in self._outs:
                continue
            if not self._is_still(self.stage):
                for one in self._beside_output(channel, source):
                    shapes += [replace(shape, key=Key("kernel", (channel,))) for shape in one.ground()]
            shapes += self._product(work.step, channel)
        return tuple(shapes)

    def _product(self, step: Step, channel: int) -> Shapes:
        """Return the stamp that falls on an output channel."""
        shapes: list[Shape] = []
        key = Key("stamp", (channel,))
        for number, one in enumerate(self._stamp(channel)):
            own = replace(one, lettering=self._stamp_words(step, channel, number))
            every = Window(0, 0, np.ones((one.rows, one.columns), bool))
            shapes += own.cells("input", every, key, strength=FAINTEST)
            shapes.append(Lines("reach", one.plane.outline(0, 0, one.rows, one.columns), key=key))
        return tuple(shapes)

    def _stamp_words(self, step: Step, channel: int, number: int) -> Lettering | None:
        if not self.plan.is_valued or self.look.labels != "numbers":
            return None
        size = (1, 1, *self.stage.layer.kernel_size)[-3:]
        products = self.plan.stamps(self.stage).products(step, channel)
        said = [self.contents.spelled(one) for one in products]
        words = np.array(said, object).reshape(size)[number]
        return Lettering(words, np.full(words.shape, "", object), self._stamp_size, 1.0, CENTRE)

    @cached_property
    def _stamp_size(self) -> float:
        """The size at which the numbers of every stamp fit."""
        widest = self.contents.widest_of(self._stamped.every_product)
        return min(_IN_KERNEL, 0.84 / widest) if widest else _IN_KERNEL


def _one_cell(lettering: Lettering | None, window: Window) -> Lettering | None:
    """Return what one cell of a plane says, for a plane of that cell only."""
    if lettering is None:
        return None
    rows, columns = slice(window.top, window.top + 1), slice(window.left, window.left + 1)
    return replace(lettering, words=lettering.words[rows, columns], lowered=lettering.lowered[rows, columns])
