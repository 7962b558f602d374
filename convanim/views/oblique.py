"""The oblique view, as in the guide: planes float above each other; channels stand side by side on floors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from itertools import pairwise
from math import inf, prod
from typing import Self

import numpy as np

from convanim.base.font import width_of
from convanim.base.language import counted, message, translated
from convanim.base.records import dataclass
from convanim.plans import Mask, Plan, Stage
from convanim.views.between import overhang
from convanim.views.edge_words import corners_of
from convanim.views.headings import enclosing, face_of, words
from convanim.views.look import Look
from convanim.views.margins import beside_rise, field_heading, in_line, right_end, rise
from convanim.views.marks import Window, rows_columns
from convanim.views.naming import ends_sized, with_padding
from convanim.views.picture import Link, Picture, Work
from convanim.views.plane import Plane
from convanim.views.rays import beams, nearest_side, outside, pinned
from convanim.views.scene import Key, Lines, Points, Shape, Shapes, Texts
from convanim.views.sheet import Page, Sheet
from convanim.views.sum_line import LEAST_WIDTH, Summed
from convanim.words.layer_names import size as size_words
from convanim.words.layer_settings import layer_words

_CLASSIC_SHIFT = np.array([-0.09, 0.0])

_SIZE = 1.25
"""The size of words beside planes, relative to headings: larger, since they stand by themselves."""

_FRAME = 0.15
"""How much farther from planes that have frames their names stand, in cells."""

_NAMES = 0.42
"""The least size of the names of planes in one of several pictures."""

_ABOVE, BELOW = (0.8, -0.15), (0.6, 0.4)
"""How far right of and below its corner the name of the plane above, and of the one below, begins, in letter sizes."""

_LABEL_AIR = 0.7
"""The gap between the planes and the words beside them."""

_LINE = 1.4
"""The distance between lines of words, in letter sizes."""

_BETWEEN = 0.3
"""The least gap between words about a plane and those about a layer, in letter sizes."""


def draw(plan: Plan, look: Look) -> Picture:
    """Return the oblique picture of a plan: layer by layer, or the receptive field of one cell."""
    if look.field is not None:
        plan = plan.gathering()
    if plan.is_branched:
        from convanim.views.oblique_graph import draw_graph

        return draw_graph(plan, look)
    if plan.has_channels or plan.dims == 3:
        from convanim.views.floors import draw_floors

        return draw_floors(plan, look)
    way = "layers" if look.field is None else "field"
    walked = plan.walking(way=way, is_main=True, cell=look.field)
    if plan.is_chain:
        look = replace(look, classic=False, has_chips=False)
    # Of a receptive field no products are written.
    is_product = look.field is None or not plan.is_chain
    if look.writes_weights and is_product and any(stage.is_weighted for stage in plan.main):
        from convanim.views.oblique_kernel import ChainWithKernels, FloatingWithKernel

        return ChainWithKernels(walked, look).lifted if plan.is_chain else FloatingWithKernel(walked, look)
    return FloatingChain(walked, look).lifted if plan.is_chain else Floating(walked, look)


@dataclass(frozen=True)
class Floating(Summed):
    """One plane per tensor, each floating above the one it is computed from; one axis is a single row."""

    chip = (0.38, 0.32)
    draws_cut_off = True

    @cached_property
    def sheets(self) -> Mapping[Page, Sheet]:
        """The placed sheet of each plane."""
        found: dict[Page, Sheet] = {}
        below: Sheet | None = None
        for site in self.sites:
            page = Page(site.number)
            sheet = self.sheet(page, *self.letters(site.reader))
            if below is not None:
                sheet = sheet.moved(self._above(below, sheet).origin)
            found[page] = below = sheet
        return found

    def _above(self, below: Sheet, sheet: Sheet) -> Plane:
        """Return the plane of a sheet that floats above another."""
        size = (sheet.rows, sheet.columns)
        if not self.look.classic:
            whole = self.whole(sheet.moved(np.zeros(2)))
            row, column = np.rint(whole.places(np.zeros((1, 2)))).astype(int)[0].tolist()
            top, left, bottom, right = sheet.spread
            around = (top + row, left + column, bottom + row, right + column)
            floating = Plane.floating(below.plane, (whole.rows, whole.columns), around)
            return replace(sheet.plane, origin=floating.points(np.array([row, column])))
        plane = Plane.above(below.plane, size, below.rows - sheet.rows, 0, below.rows + 1)
        return replace(plane, origin=plane.origin + _CLASSIC_SHIFT)

    @cached_property
    def core(self) -> tuple[float, float, float, float]:
        """The left, top, right and bottom of all planes."""
        corners = np.concatenate(
            [*(self.whole(sheet).corners() for sheet in self.sheets.values()), *self.edges.corners]
        )
        return enclosing(corners, self.planes_named)

    @cached_property
    def planes_named(self) -> tuple[Texts, ...]:
        """The names of both planes: at the far corner above, the near one below."""
        are_shown = self.plan.names.are_shown
        if not (are_shown or self.look.name_share) or not self.look.has_words or self.plan.is_chain:
            return ()
        below, above = list(self.sheets.values())
        ends = [self.whole(sheet).corners() for sheet in (below, above)]
        reach = (0.0, 0.0, *self.edges.reaches)[-2:]
        reach = reach[0], max(reach[1], overhang(self.sites[0])[2])
        near = below.plane.points(np.array([below.rows + reach[1], -reach[0]])) if any(reach) else ends[0][3]
        far = ends[1][1]
        wide = float(np.ptp(np.concatenate(ends)[:, 0]))
        # The sum makes a narrow picture wider, and so its letters smaller.
        whole = max(wide, LEAST_WIDTH) if self.has_sum else wide
        least = max(_NAMES, self.letters_for(wide)) if are_shown else 0.0
        size = max(least, self.look.name_share * max(whole, self.look.across))
        planes = [self.whole(below), self.whole(above)]
        drawn = [(plane.rows, plane.columns)[-self.plan.dims :] for plane in planes]
        lower, upper = ends_sized(self.plan, drawn, self.look.is_beside)
        # Planes with greys have frames.
        beyond = np.array([0.0 if above.tones is None else _FRAME, 0.0])
        starts = [corner + np.array(shift) * size + beyond for corner, shift in ((far, _ABOVE), (near, BELOW))]
        starts[1] = self._below_axes(starts[1], max(map(width_of, lower)) * size, size)
        named = [
            words(line, x, y + _LINE * size * number, size, anchor=0.0)
            for lines, (x, y) in zip((upper, lower), starts, strict=True)
            for number, line in enumerate(lines)
        ]
        # Below the name of the input is its size with padding.
        return (*named[:2], *(replace(one, key=Key("padded", (self.sites[0].number,))) for one in named[2:]))

    def _below_axes(self, start: Points, wide: float, size: float) -> Points:
        """Return where words of some width begin below the names of axes that are wider than their edges."""
        (x, y), low = start.tolist(), -inf
        for corners in map(corners_of, self.edges.texts):
            (left, _), (right, bottom) = corners.min(axis=0).tolist(), corners.max(axis=0).tolist()
            if left < x + wide and x < right:
                low = max(low, bottom)
        return np.array([x, max(y, low + size / 2)])

    def words(self) -> Shapes:
        """Return the names of the planes, where they have any."""
        return self.planes_named

    def behind(self) -> Shapes:
        """Return the shapes behind all planes."""
        return self.beyond()

    @property
    def has_sum(self) -> bool:
        """Whether the sum of a step is written below; the guide writes none."""
        return super().has_sum and not self.look.classic

    def window(self, page: Page, window: Window, work: Work, number: int) -> Shapes:
        """Return the cells read of a plane; in classic style, the grid of the window without an outline."""
        if not self.look.classic:
            return super().window(page, window, work, number)
        sheet, key = self.sheets[page], Key("window", (page.site, number))
        edges = sheet.plane.edges(window.mask, window.top, window.left)
        return (*sheet.shaded(window, key), Lines("window", edges, key=Key("reach", (page.site, number))))

    def made(self, work: Work) -> Shapes:
        """Return the cells made; in classic style, without an outline."""
        shapes = super().made(work)
        return shapes if not self.look.classic else tuple(one for one in shapes if not _is_outline(one))

    def rays(self, work: Work) -> Shapes:
        """Return the rays from the corners of windows to those of the cells made."""
        return tuple(ray for link in work.links for ray in self._rays(link, work))

    def _rays(self, link: Link, work: Work) -> Shapes:
        below, above = self.sheets[link.source], self.sheets[link.target]
        window, cell = link.window.box, self.landed(link, work)
        key = Key("ray", (link.stage.number,))
        if not self.look.classic:
            is_bare = self.leads_between_middles(link.stage)
            made, spots = above.plane.rectangle(*cell), self._spots(link, work)
            planes = below.plane.corners(), above.plane.corners()
            rays = beams([(below.plane.rectangle(*window), made, *planes)], key, between_middles=is_bare)
            if len(spots) == link.window.mask.size == 1:
                # A lone cell is read at a place that is marked in it.
                rays = (Lines("ray", np.stack([spots[0], nearest_side(made, spots)])[None], key=key),)
            return pinned(rays) if is_bare or self.look.in_cells.is_labelled else rays
        starts, corners = below.plane.outline(*window)[:, 0], above.plane.outline(*cell)[:, 0]
        whole = outside(np.stack([starts, corners], axis=1), self.whole(above))
        return (Lines("guide_ray", below.broken(whole), key=key, whole=whole),)

    def _spots(self, link: Link, work: Work) -> Points:
        """Return the points of the picture at the places between cells that a step reads on a sheet."""
        if work.step is None or link.stage.is_weighted:
            return np.empty((0, 2))
        sheet, grid = self.sheets[link.source], self.sites[link.source.site].grid
        found = [one.points for page, _, one in self.read(work.step) if page == link.source and one.points is not None]
        return sheet.plane.points(rows_columns(grid.places(np.concatenate(found))) + 0.5) if found else np.empty((0, 2))


@dataclass(frozen=True)
class FloatingChain(Floating):
    """A chain with words beside its planes; it can show the receptive field of one output cell."""

    lifts: tuple[float, ...] = ()
    """By how much farther each plane floats above the one below it, from that above the input up, in cells."""

    @property
    def lifted(self) -> Self:
        """The same chain with its rows so far apart that the words between them leave names level with their ends."""
        if self.plan.dims != 1 or not self.look.has_words:
            return self
        # Words about a layer stand in the middle between two rows, those about the input below its row.
        names, layers = [0.0, *self._heights[2::2]], self._heights[1::2]
        least = [
            high + max(ends) + 2 * _BETWEEN * self.size for high, ends in zip(layers, pairwise(names), strict=True)
        ]
        gaps = [low - high for low, high in pairwise(self._levels)]
        return replace(self, lifts=tuple(max(0.0, one - gap) for one, gap in zip(least, gaps, strict=True)))

    def _above(self, below: Sheet, sheet: Sheet) -> Plane:
        """Return the plane of a sheet that floats above another, as high as words between them need it."""
        plane = super()._above(below, sheet)
        lift = self.lifts[below.page.site] if self.lifts else 0.0
        return replace(plane, origin=plane.origin - np.array([0.0, lift]))

    @property
    def _levels(self) -> list[float]:
        """The height of each plane that words about it are level with, from the input up."""
        # A row of cells rises far from its middle to its right end, which the words are beside.
        ends = [float(self.whole(sheet).corners()[2, 1]) for sheet in self.sheets.values()]
        return ends if self.plan.dims == 1 else [sheet.middle[1] for sheet in self.sheets.values()]

    @property
    def _main(self) -> tuple[Stage, ...]:
        return self.plan.main

    @cached_property
    def _planes(self) -> tuple[float, float, float, float]:
        return super().core

    @cached_property
    def size(self) -> float:
        """The size of the words beside the planes."""
        left, _, right, _ = self._planes
        return _SIZE * self.letters_for((right - left) * 1.3)

    @cached_property
    def core(self) -> tuple[float, float, float, float]:
        """The left, top, right and bottom of all planes and of the words beside and above them."""
        # The words beside planes are widest before the field is traced, or after.
        ends = (0, len(self._main)) if self.look.field is not None else ()
        seen = [text for number in ends for text in self._seen(number)]
        return enclosing(np.array(self._planes).reshape(2, 2), [*self._labels(), *seen, *self._heading])

    @cached_property
    def _heading(self) -> tuple[Texts, ...]:
        """The heading of a receptive field."""
        if self.look.field is None:
            return ()
        middle, top = (list(self.sheets.values())[-1].middle[0], self._planes[1])
        return (field_heading(self.plan, self.look, max(middle, self._planes[0]), top, self.size),)

    def words(self) -> Shapes:
        """Return the words about the planes and the layers between them."""
        return (*self._labels(), *(self._rises if self.look.has_words else ()), *self._heading)

    def words_at(self, work: Work) -> Shapes:
        """Return how many cells of each plane are in the field so far, and the sum of a step."""
        seen = self._seen(work.number) if self.look.field is not None else ()
        return (*seen, *super().words_at(work))

    def outline(self, sheet: Sheet, window: Window, number: int) -> Shapes:
        """Return the outline of a window."""
        if self.look.field is None:
            return super().outline(sheet, window, number)
        return (Lines("reach", sheet.plane.outline(*window.box), key=Key("reach", (sheet.page.site, number))),)

    def _labels(self) -> tuple[Texts, ...]:
        said = [layer_words(stage.layer) for stage in self._main]
        slots = [lines for pair in zip(self._planes_said, said, strict=False) for lines in pair]
        return tuple(
            self._beside(text, slot, line)
            for slot, lines in enumerate([*slots, self._planes_said[-1]])
            for line, text in enumerate(lines)
        )

    @cached_property
    def _planes_said(self) -> list[tuple[str, ...]]:
        """The lines about each plane from the input up: its name with its size, and that with its padding."""
        sizes = [*(stage.input_size for stage in self._main), self.plan.output_size]
        found = []
        for site, size in zip(self.sites, sizes, strict=True):
            name = translated("{name}: {what}", name=self.plan.named(site.tensor).called, what=size_words(size))
            # In a receptive field, a second line says what is in it.
            reader = None if self.look.field is not None else site.reader
            found.append((name, *(() if reader is None else with_padding(reader))))
        return found

    @cached_property
    def _masks(self) -> tuple[Mask, ...]:
        """A mask per tensor of the cells that the chosen output cell depends on."""
        assert self.look.field is not None
        traced = self.plan.trace(0, self.look.field)
        seen = np.zeros(self.plan.output_size, bool)
        seen[self.look.field] = True
        nothing = [np.zeros(stage.input_size, bool) for stage in self._main]
        below = [
            traced[stage.number].cells.get((stage.source, 0), none)
            for stage, none in zip(self._main, nothing, strict=True)
        ]
        return tuple(np.atleast_2d(mask) for mask in (*below, seen))

    def _seen(self, number: int) -> tuple[Texts, ...]:
        """Return how many cells of each plane are in the receptive field so far."""
        found = []
        for level, mask in enumerate(self._masks[:-1]):
            rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
            high, wide = ((int(np.ptp(ends)) + 1 if len(ends) else 0) for ends in (rows, columns))
            size = (high, wide) if self.plan.dims == 2 else (wide,)
            is_ahead = level < len(self._main) - number
            # Translators: {cells} is such as "3×3 cells", of a plane between layers.
            where = message("receptive field: {cells}") if level == 0 else message("in the field: {cells}")
            if is_ahead:
                # Translators: Beside a plane on which a dashed outline shows which cells a later step will trace.
                where = message("dashed: the field, {cells}")
            said = translated(where, cells=_counted(int(mask.sum()), size))
            found.append(self._beside(said, 2 * level, 1, face_of(not is_ahead)))
        return tuple(found)

    def _beside(self, text: str, slot: int, line: int, face: str = "regular") -> Texts:
        """Return a line of the words in a slot: from below, even slots belong to planes, odd ones to layers."""
        top, lines = self._slots[slot][0], _LINE * self.size
        said = words(text, self._lefts[slot], top + (line + 0.5) * lines, self.size, face, anchor=0.0)
        is_padded = slot == 0 and line > 0 and self.look.field is None
        return replace(said, key=Key("padded" if is_padded else "word", (slot, line)))

    @cached_property
    def _lefts(self) -> list[float]:
        """The left end of the words in each slot, which clears what is drawn at their height."""
        found = [right_end(self._bodies, *slot) + _LABEL_AIR for slot in self._slots]
        for number, arrow in enumerate(self._rises):
            found[2 * number + 1] = beside_rise(arrow, self.size)
        return found

    @cached_property
    def _rises(self) -> tuple[Lines, ...]:
        """The arrow beside the words about each layer, from the words beside the plane below to those above."""
        # Words beside the input stand lower than its right corner.
        given = next(iter(self.sheets.values())).middle[1]
        lows = [min(top, given) for top, _ in self._slots[:-2:2]]
        ends = zip(lows, self._slots[2::2], strict=True)
        return tuple(in_line([rise(self._bodies, _LABEL_AIR, low, high, self.size) for low, (_, high) in ends]))

    @cached_property
    def _bodies(self) -> list[Points]:
        """The corners of each plane and the next, between which the rays of all steps run."""
        corners = [self.whole(sheet).corners() for sheet in self.sheets.values()]
        return [*(np.concatenate(pair) for pair in pairwise(corners)), *self.edges.corners]

    @property
    def _heights(self) -> list[float]:
        """The heights of the words beside each plane and each layer, from the input up."""
        of_field = self.look.field is not None
        found = [
            lines * _LINE * self.size
            for stage, said in zip(self._main, self._planes_said, strict=False)
            for lines in (len(said) + of_field, len(layer_words(stage.layer)))
        ]
        return [*found, _LINE * self.size]

    @cached_property
    def _slots(self) -> list[tuple[float, float]]:
        """The upper and lower ends of the words beside each plane and each layer, from the input up.

        Words are level with what they name, those of the input with its near
        corner, where there is room; or moved up where they would overlap.
        """
        middles = self._levels
        between = [(low + high) / 2 for low, high in pairwise(middles)]
        lowest = next(iter(self.sheets.values())).box[3]
        wishes = [one for pair in zip(middles, between, strict=False) for one in pair] + middles[-1:]
        wishes[0] = lowest - self._heights[0] / 2
        found: list[tuple[float, float]] = []
        end = np.inf
        for middle, high in zip(wishes, self._heights, strict=True):
            top = min(middle + high / 2, end) - high
            found.append((float(top), float(top + high)))
            end = top - _BETWEEN * self.size
        return found


def _is_outline(shape: Shape) -> bool:
    return isinstance(shape, Lines) and shape.role == "reach"


def _counted(count: int, size: tuple[int, ...]) -> str:
    """Return words for a number of cells, with the area they span if there are gaps."""
    if count == 1:
        return counted("{count} cell", "{count} cells", 1)
    if count == prod(size):
        return translated("{size} cells", size=size_words(size))
    return translated("{count} cells, over {size}", count=str(count), size=size_words(size))
