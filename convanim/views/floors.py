"""The oblique view of several planes: each tensor's sheets side by side on a floor, kernels over their outputs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from itertools import chain, pairwise

import numpy as np

from convanim.base.font import width_of
from convanim.base.records import dataclass
from convanim.plans import Plan, Stage
from convanim.views.floor_words import FloorWords
from convanim.views.headings import dots, enclosing, word_boxes, words
from convanim.views.look import Look
from convanim.views.margins import field_heading
from convanim.views.marks import Window, cells
from convanim.views.naming import lies_turned
from convanim.views.nesting import Sheaf
from convanim.views.picture import Picture, Work
from convanim.views.plane import OBLIQUE, Plane
from convanim.views.rays import beams, between_rays, pinned
from convanim.views.resting import RESTING
from convanim.views.scene import Cells, Key, Lines, Points, Shape, Shapes, Texts
from convanim.views.sheet import Page, Sheet
from convanim.views.window_key import SCALE, WindowKey

_NUMBER, _IN_KERNEL = 0.42, 0.6
"""The largest sizes of numbers, on planes and in kernels."""

_WINDOW_AIR = 1.2
"""The gap between a plane and the window that lies on it, whose cells are channels."""

_OVER_DOTS = 0.4
"""How far above dots rays to them end."""

_AROUND_SIGN = 1.2
"""The least room around a sign between rays, in letter sizes."""

_FEWER_DOTS = 0.45
"""The size of an ellipsis in a kernel, relative to one among sheets."""


_MOST_LETTERS = 106
"""The greatest width of floors, in sizes of their letters, which then are legible in pictures of the usual widths."""


def draw_floors(plan: Plan, look: Look) -> Picture:
    """Return the picture of a plan with several planes per tensor; a step makes one output cell, or one stamp.

    More slices of three axes than fit beside each other stand above each other, as slabs.
    """
    way = "layers" if plan.last.is_stamped else "outputs"
    if look.field is not None:
        way = "field"
    walked = plan.walking(way=way, is_main=True, **Picture.confined(plan, look), cell=look.field)
    made = Floors(walked, replace(look, classic=False))
    if plan.dims == 3 and look.field is None and made.in_letters > _MOST_LETTERS:
        from convanim.views.slabs import draw

        return draw(plan, look)
    return made


@dataclass(frozen=True)
class Floors(FloorWords):
    """Layers in sequence laid out from the input below to the output above."""

    below = 1.3
    joins_marks = False
    rests = True
    draws_kernels = rests_kernels = draws_cut_off = True

    @cached_property
    def sheets(self) -> Mapping[Page, Sheet]:
        """A sheet for each drawn channel and slice."""
        found: dict[Page, Sheet] = {}
        for site in self.sites:
            cut = self.placing.cut if site.maker is self.plan.last else ((0, 0), (0, 0))
            corner = np.array([low for low, _ in cut])
            for page in self.pages(site):
                plane = self.placing.floors[self.level(site.tensor)].plane(page[1:])
                found[page] = self.sheet(page, _NUMBER).moved(plane.points(corner))
        return found

    def behind(self) -> Shapes:
        """Return the shapes behind all sheets."""
        return self.beyond()

    @cached_property
    def core(self) -> tuple[float, float, float, float]:
        """The left, top, right and bottom of all sheets, kernels and words."""
        return enclosing(np.array(self._apart).reshape(2, 2), self._heading)

    @cached_property
    def _apart(self) -> tuple[float, float, float, float]:
        """The left, top, right and bottom of everything except the heading of a receptive field."""
        planes = [plane for floor in range(self._last + 1) for plane in self._planes(floor)] + self._kernel_planes
        planes += [self._window.plane] if self._window else []
        corners = [*(plane.corners() for plane in planes), *self.edges.corners]
        return enclosing(np.concatenate(corners), self._every_word)

    @property
    def _heading(self) -> tuple[Texts, ...]:
        """The heading of a receptive field."""
        left, top, right, _ = self._apart
        return (
            (field_heading(self.plan, self.look, (left + right) / 2, top, self.placing.size),) if self.is_field else ()
        )

    def kernels(self) -> Shapes:
        """Return the kernels at rest, ellipses for all that is not drawn, and lines between groups."""
        own = [
            shape
            for layer, channel, slices in self._kernel_slices
            for one, plane in slices.planes.items()
            for shape in self._slice(self.plan.main[layer], channel, one, plane)
        ]
        return (*own, *(self._window.ground() if self._window else ()), *self._dots(), *self._rules())

    @cached_property
    def _window(self) -> Sheet | None:
        """The window whose cells are channels, to the right of the plane that it lies on."""
        key = WindowKey.of(self.plan)
        if key is None or self.look.classic:
            return None
        number = 0 if key.lone == self.plan.last.source else self._last
        floor = self.placing.floors[number]
        right = floor.plane((0, 0)).corners()[2]
        named = word_boxes(self._plane_name(number, (0, 0), "bold"))[0, 2] if number else 0.0
        corner = np.array([max(right[0], named) + _WINDOW_AIR, right[1]])
        return key.sheet(Plane(key.rows, key.columns, corner, OBLIQUE.scaled(SCALE)))

    def _slice(self, stage: Stage, channel: int, sheaf: Sheaf, plane: Plane, is_at_work: bool = False) -> Shapes:
        """Return a slice of a kernel: dark where it has weights, else in shadow and outlined at work; pale at rest."""
        every = np.ones((plane.rows, plane.columns), bool)
        places = np.argwhere(every)
        key = Key("kernel", (stage.number, channel, *sheaf)) if is_at_work else None
        of, is_turned, is_said = (stage, channel, *sheaf), lies_turned(stage), not self.look.overlap
        said = self.contents.kernel_lettering(*of, _IN_KERNEL, is_turned) if is_said else None
        heights = self.contents.kernel_heights(*of, is_turned) if is_said else None
        if said is not None and heights is None:
            strength = 1.0 if is_at_work else RESTING
            own = said.texts(plane, places, "kernel", strength=strength, key=key)
            return (*cells(plane, "kernel", every, strength=strength, key=key), *own)
        role = "padding" if is_at_work else "at_rest"
        shadow = (Cells(role, plane.quads(places), shaded=is_at_work, key=key),)
        outline = (Lines("reach", plane.outline(0, 0, plane.rows, plane.columns), key=key),) if is_at_work else ()
        words = said.texts(plane, places, role, is_at_work, key=key) if said else ()
        bars = () if heights is None else heights.shapes(plane, places, "weight", is_at_work, key)
        return (*shadow, *bars, Lines("window", plane.edges(every), key=key), *outline, *words)

    def pales_kernels(self, work: Work) -> bool:
        """Return whether kernels that are not at work in a step are drawn pale, since they have weights in them."""
        making = self._making(work)
        return any(
            isinstance(shape, Cells) and shape.role == "kernel" and channel not in making[layer + 1]
            for layer, channel, _, shapes in self._slices_at_work
            for shape in shapes
        )

    def kernels_at(self, work: Work) -> Shapes:
        """Return the kernels at work."""
        active, making = self._active(work), self._making(work)
        return tuple(
            shape
            for layer, channel, sheaf, shapes in self._slices_at_work
            if channel in making[layer + 1]
            if not self.plan.main[layer].is_stamped or sheaf[0] in active[layer]
            for shape in shapes
        )

    @cached_property
    def _slices_at_work(self) -> list[tuple[int, int, Sheaf, Shapes]]:
        """Each slice of a kernel as it looks at work, with its layer and channel."""
        return [
            (layer, channel, one, self._slice(self.plan.main[layer], channel, one, plane, is_at_work=True))
            for layer, channel, slices in self._kernel_slices
            for one, plane in slices.planes.items()
        ]

    def _active(self, work: Work) -> list[set[int]]:
        """Return the channels of each floor that a step reads or makes."""
        found: list[set[int]] = [set() for _ in range(self._last + 1)]
        for page in work.pages:
            found[self.level(self.sites[page.site].tensor)].add(page.channel)
        for link in work.links:
            found[self.level(self.sites[link.target.site].tensor)].add(link.target.channel)
        return found

    def _making(self, work: Work) -> list[set[int]]:
        """Return the channels of each floor that a step makes, rather than reads only."""
        found: list[set[int]] = [set() for _ in range(self._last + 1)]
        for link in work.links:
            found[self.level(self.sites[link.target.site].tensor)].add(link.target.channel)
        return [*found[:-1], self._active(work)[-1]]

    def outline(self, sheet: Sheet, window: Window, number: int) -> Shapes:
        """Return the outline of a window: its own cells in the last layer, the box of all needed cells in others."""
        if self.sites[sheet.page.site].reader is self.plan.last:
            return super().outline(sheet, window, number)
        return (Lines("reach", sheet.plane.outline(*window.box), key=Key("reach", (sheet.page.site, number))),)

    def mark(self, page: Page, window: Window, work: Work) -> Shapes:
        """Return the sign of the operation: in the cell made, or as large as names between the rays to it."""
        found = super().mark(page, window, work)
        if not self._signs_rays:
            return found
        at, _ = between_rays(*self._rayed(work), self._between_floors.mean())
        return tuple(
            replace(one, places=at[None], size=self.placing.size, on=None, shaded=False)
            for one in found
            if isinstance(one, Texts)
        )

    @cached_property
    def _signs_rays(self) -> bool:
        """Whether signs stand between rays: cells are too small for them, and every step has two with room between.

        Those to the lowest cell from the lowest window are the closest at the height of the signs.
        """
        work, stage, size = self.work(0), self.plan.last, self.placing.size
        if self._last > 1 or len(work.links) != 1 or stage.divides_input:
            return False
        sign = next(iter(super().mark(*next(iter(work.made.items())), work)), None)
        if not isinstance(sign, Texts) or sign.em >= size:
            return False
        ends = zip(self._rayed(work), reversed(self.placing.floors), strict=True)
        cell, read = (corners + np.array([0.0, floor.bottom - corners[:, 1].max()]) for corners, floor in ends)
        _, wide = between_rays(cell, read, self._between_floors.mean())
        is_high = np.diff(self._between_floors) >= 2 * size
        return bool(is_high and wide >= (width_of(sign.words[0], "bold") + _AROUND_SIGN) * size)

    def _rayed(self, work: Work) -> tuple[Points, Points]:
        """Return the corners of the cell that a step makes, and of the window that it reads."""
        (link,) = work.links
        made, read = self.sheets[link.target].plane, self.sheets[link.source].plane
        return made.rectangle(*self.landed(link, work)), read.rectangle(*link.window.box)

    @property
    def _between_floors(self) -> Points:
        """The lower end of what a single layer makes, and the upper end of what it reads."""
        below, above = self.placing.floors
        return np.array([above.bottom, below.top])

    def rays(self, work: Work) -> Shapes:
        """Return the outermost rays from each sheet that is read to each sheet made from it."""
        found: list[Shape] = []
        for stage in self.plan.main:
            links = [link for link in work.links if link.stage is stage]
            planes = ((self.sheets[link.source].plane, self.sheets[link.target].plane) for link in links)
            ends = (
                (
                    below.rectangle(*link.window.box),
                    above.rectangle(*self.landed(link, work)),
                    below.corners(),
                    above.corners(),
                )
                for link, (below, above) in zip(links, planes, strict=True)
            )
            is_bare = self.leads_between_middles(stage)
            found += beams(ends, Key("ray", (stage.number,)), between_middles=is_bare)
        boxes = np.array([sheet.box for sheet in self.sheets.values()])
        return pinned((*found, *self._from_dots(work)), float(np.ptp(boxes[:, [0, 2]])))

    def _from_dots(self, work: Work) -> Shapes:
        """Return rays from the dots that stand for all that a step reads, where none of it is drawn."""
        if work.links or self._last > 1 or not self._hidden(work)[0] or len(self.placing.ellipses) != 1:
            return ()
        spot = np.tile(np.array(self.placing.ellipses[0]) - [0.0, _OVER_DOTS], (4, 1))
        ends = (
            (spot, sheet.plane.rectangle(*window.box))
            for sheet, window in ((self.sheets[page], window) for page, window in work.made.items())
        )
        return beams(ends, Key("ray", (0, 1)))

    def _dots(self) -> Shapes:
        """Return three dots in place of sheets or kernel slices that are not drawn."""
        gaps = chain.from_iterable(one.gaps for _, _, one in self._kernel_slices)
        kernels = ((x, y, _FEWER_DOTS) for x, y in (*gaps, *self.placing.kernel_ellipses))
        return dots([*((x, y, 1.0) for x, y in self.placing.ellipses), *kernels])

    def _rules(self) -> Shapes:
        """Return thin lines between groups."""
        if not self.chosen.has_rules:
            return ()
        # Between names of groups, or else between those of planes.
        below = 2.9 if self.plan.main[0].is_weighted else 1.5
        low, high = self.placing.floors[0].bottom + below * self.placing.size, self.core[1]
        middles = [(one[1] + other[0]) / 2 for one, other in pairwise(self.placing.group_edges)]
        return (Lines("thread", np.array([[[x, high], [x, low]] for x in middles])),)

    def words(self) -> Shapes:
        """Return the words that never change: the layers' settings, and the name of the window's cells."""
        said = super().words()
        if self._window is None:
            return said
        size, (x, y) = self.placing.size, self._window.plane.corners()[1].tolist()
        return (words(self._window.title, x + 1.05 * size, y - 0.1 * size, size, anchor=0.0), *said)

    def words_at(self, work: Work) -> Shapes:
        """Return the names of planes, kernels and groups, bold where they are at work, and the sum."""
        active, making = (tuple(map(frozenset, floors)) for floors in (self._active(work), self._making(work)))
        pages = frozenset(work.pages) if self.plan.dims == 3 else None
        return (*self._known_names(active, making, pages), *self._left_out(work), *self._heading, *self.sum(work))

    @cached_property
    def _every_word(self) -> list[Texts]:
        """All words as they look at work, when they are widest."""
        every = [set(self.chosen.channels(floor)) for floor in range(self._last + 1)]
        return [
            *self._names(every, every),
            *self._left_out(None),
            *(text for text in self.words() if isinstance(text, Texts)),
        ]
