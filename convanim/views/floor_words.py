"""The words of the oblique view of several planes: names of planes, kernels and groups, and what layers are."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence, Set
from dataclasses import replace
from functools import cache, cached_property
from itertools import pairwise

import numpy as np

from convanim.base.font import width_of
from convanim.base.language import translated
from convanim.base.records import dataclass
from convanim.views.channels import Slots
from convanim.views.floor_names import FAR, LEFT, NEAR, RIGHT
from convanim.views.headings import LINE, face_of, paragraph, word_boxes, words
from convanim.views.margins import beside_rise, in_line, rise, word_bodies
from convanim.views.naming import depth_name
from convanim.views.nesting import Sheaf, Slices
from convanim.views.picture import Work
from convanim.views.placing import ABOVE, BELOW, Placing
from convanim.views.plane import Plane
from convanim.views.scene import Key, Lines, Points, Shapes, Texts
from convanim.views.sheet import Page
from convanim.views.sum_line import Summed
from convanim.words.layer_settings import layer_words

_SMALL = 0.95
"""The size of words below slices, relative to other words."""

_LABEL_AIR = 0.6
"""The gap between what is drawn and the words about a layer beside it."""

_AWAY = {FAR: (0.0, -ABOVE), RIGHT: (1.0, 0.6), NEAR: (0.6, BELOW)}
"""How far right of and below their corners the names of planes stand, in letter sizes."""

_AMONG_RAYS = np.array([2.0, -0.4])
"""The same of planes above and below which rays fan out."""

_NUMBER_AWAY = np.array([0.5, 0.0])
"""The same of the short names of planes of which the last one bears the name of all."""

_ANCHOR = {FAR: 0.5, RIGHT: 0.0, NEAR: 0.0}
"""Which part of those names lies left of there."""

_APART = 0.8
"""The least gap between what stands below parts of a kernel, in letter sizes."""


@dataclass(frozen=True)
class FloorWords(Summed):
    """Floors with the names of what stands on them, bold where it is at work."""

    @cached_property
    def placing(self) -> Placing:
        """The layout of the floors."""
        return Placing.of(self.plan.main, self.chosen, self.look, self._depths, self.plan.names)

    @property
    def in_letters(self) -> float:
        """The width of the floors in sizes of their letters, whether or not words are shown."""
        worded = replace(self, look=replace(self.look, has_words=True))
        return worded.placing.width / worded.placing.size

    @property
    def _depths(self) -> tuple[Slots, ...]:
        """The slices drawn on each floor."""
        return tuple(self.slots(site) for site in sorted(self.sites, key=lambda one: self.level(one.tensor)))

    @property
    def _last(self) -> int:
        return len(self.plan.main)

    def _planes(self, floor: int) -> list[Plane]:
        """Return the sheets of a floor."""
        return [self.placing.floors[floor].plane(one) for one in self.placing.sheaves(floor)]

    @cached_property
    def _kernel_slices(self) -> list[tuple[int, int, Slices]]:
        """The layer, output channel and slices of each kernel."""
        return [
            (layer, channel, self.placing.slices(layer, channel))
            for layer in range(self._last)
            if self.placing.has_kernels(layer)
            for channel in self.chosen.channels(layer + 1)
        ]

    @cached_property
    def _kernel_planes(self) -> list[Plane]:
        """The slices of all kernels."""
        return [plane for _, _, own in self._kernel_slices for plane in own.planes.values()]

    def words(self) -> Shapes:
        """Return the words that never change: the layers' settings, beside arrows."""
        return (*self._layers(), *self._rises)

    def _hidden(self, work: Work) -> list[set[int]]:
        """Return the channels of each floor of a single layer that a step reads or makes and that are not drawn."""
        found: list[set[int]] = [set() for _ in range(self._last + 1)]
        if work.step is not None and self._last == 1:
            found[0].update(channel for read in work.step.reads for channel in read.channels)
            found[1].update(work.step.channels)
        return [own - set(self.chosen.channels(number)) for number, own in enumerate(found)]

    def _left_out(self, work: Work | None) -> list[Texts]:
        """Return how many channels are left out in each place: bold, if it is the only one, where a step needs them."""
        floors = [number for number, *_ in self.placing.remarks]
        hidden = None if work is None else self._hidden(work)
        found = []
        for number, x, y, remark in self.placing.remarks:
            is_bold = hidden is None or (bool(hidden[number]) and floors.count(number) == 1)
            found.append(replace(words(remark, x, y, self.placing.size, face_of(is_bold)), key=Key("word")))
        return found

    @cached_property
    def _known_names(self) -> Callable[..., list[Texts]]:
        """The names for what is at work, remembered, since most steps have the same channels at work."""
        return cache(self._names)

    def _names(
        self, active: Sequence[Set[int]], making: Sequence[Set[int]], pages: Iterable[Page] | None = None
    ) -> list[Texts]:
        found: list[Texts] = []
        working = None if pages is None else {(self.level(self.sites[page.site].tensor), page[1:]) for page in pages}
        for number, floor in enumerate(self.placing.floors):
            for sheaf in floor.places:
                is_bold = sheaf[0] in active[number]
                if self.placing.are_numbered(number):
                    found.append(self._number_of_plane(number, sheaf, face_of(is_bold)))
                if self.placing.has_one_name(number):
                    is_bold = active[number] >= set(self.chosen.channels(number))
                if self.plan.dims == 3 and working is not None and number in (0, self._last):
                    is_bold = (number, sheaf) in working
                found += self._plane_name(number, sheaf, face_of(is_bold))
                if number and sheaf[1] == self.placing.depths[number][0] and self.placing.has_kernels(number - 1):
                    found += self._kernel_name(number - 1, sheaf[0], face_of(sheaf[0] in making[number]))
        return [replace(text, key=Key("word")) for text in (*found, *self._groups(active))]

    def _plane_name(self, number: int, sheaf: Sheaf, face: str) -> list[Texts]:
        """Return the lines of the name of a plane."""
        size, lines = self.placing.size, self.placing.name_lines(number, sheaf)
        corner = self.placing.name_corner(number, sheaf[0])
        if corner is None:
            return []
        away = _AMONG_RAYS if self.placing.fans(number) else np.array(_AWAY[corner])
        if self.placing.are_numbered(number):
            away = away + np.array([0.0, LINE])
        plane = self.placing.floors[number].plane(sheaf)
        x, y = (plane.corners()[corner] + away * size).tolist()
        anchor = _ANCHOR[corner]
        # Single rows stand before each other, so that the middle of one is below the end of the next.
        if plane.rows > 1 and (corner == FAR or (corner == NEAR and not self.edges.texts)):
            x, anchor = float(plane.corners()[[LEFT, RIGHT], 0].mean()), 0.5
        # Several lines hang below those corners that they stand beside.
        top = y - (LINE * size * (len(lines) - 1) / 2 if corner == FAR else 0.0)
        return [words(line, x, top + LINE * size * row, size, face, anchor) for row, line in enumerate(lines)]

    def _number_of_plane(self, number: int, sheaf: Sheaf, face: str) -> Texts:
        """Return the short name of a plane, beside it."""
        size = self.placing.size
        x, y = (self.placing.floors[number].plane(sheaf).corners()[RIGHT] + _NUMBER_AWAY * size).tolist()
        return words(self.placing.short_name(number, sheaf[0]), x, y, size, face, _ANCHOR[RIGHT])

    def _kernel_name(self, layer: int, channel: int, face: str) -> list[Texts]:
        """Return the name of a kernel, and what its slices are for."""
        size, slices = self.placing.size, self.placing.slices(layer, channel)
        corners = np.concatenate([plane.corners() for plane in slices.planes.values()])
        (left, top), (right, bottom) = corners.min(axis=0).tolist(), corners.max(axis=0).tolist()
        lines, middle = self.placing.kernel_lines(layer, channel), (left + right) / 2
        if layer + 1 < self._last:
            return [
                words(line, middle, bottom + (0.75 + LINE * row) * size, size, face)
                for row, line in enumerate((*lines, *self.placing.told_below(layer, channel)))
            ]
        found = [words(line, middle, top - 0.75 * size, size, face) for line in lines]
        low = bottom + 0.7 * size
        for (_, depth), plane in slices.planes.items() if self.placing.is_deep else ():
            found.append(
                words(
                    depth_name(depth + self.look.first_cell),
                    float(plane.corners()[:, 0].mean()),
                    low,
                    _SMALL * size,
                    face,
                )
            )
        low += LINE * size * self.placing.is_deep
        told = self.placing.told_below(layer, channel)
        is_told = bool(told) and told[0] == self.placing.read_name(layer, channel)
        parts = self._parts_of_kernel(layer, channel) if is_told else []
        said = [(name, x, 0) for name, x in parts] + [(line, middle, row) for row, line in enumerate(told)][
            bool(parts) :
        ]
        return [*found, *(words(line, x, low + LINE * size * row, _SMALL * size, face) for line, x, row in said)]

    def _parts_of_kernel(self, layer: int, channel: int) -> list[tuple[str, float]]:
        """Return for which input each part of a deep kernel is, with its middle; nothing where they lack room."""
        parts: dict[int, list[float]] = {}
        for (one, _), plane in self.placing.slices(layer, channel).planes.items() if self.placing.is_deep else ():
            parts.setdefault(one, []).append(float(plane.corners()[:, 0].mean()))
        names = [self.placing.read_name(layer, channel, (one,)) for one in parts]
        widest = max((width_of(name, "bold") for name in names), default=0.0) * _SMALL + _APART
        room = min(map(len, parts.values()), default=0) * self.placing.slice_pitch(layer)
        if widest * self.placing.size > room:
            return []
        return [(name, sum(xs) / len(xs)) for name, xs in zip(names, parts.values(), strict=True)]

    def _groups(self, active: Sequence[Set[int]]) -> list[Texts]:
        """Return the names below the groups of kernels."""
        if not self.chosen.has_rules or not self.plan.main[0].is_weighted:
            return []
        low = self.placing.floors[0].bottom + 2.4 * self.placing.size
        grouping = self.plan.main[0].grouping
        own = {grouping.group_of(channel) for channel in active[1]}
        edges = zip(self.chosen.selection.groups, self.placing.group_edges, strict=True)
        return [
            words(
                translated("group {number}", number=group + 1),
                (left + right) / 2,
                low,
                self.placing.size,
                face_of(group in own),
            )
            for group, (left, right) in edges
            if group is not None
        ]

    def _layers(self) -> list[Texts]:
        """Return the names and settings of a chain's layers, between the floors, to the right of arrows."""
        found: list[Texts] = []
        for stage, arrow in zip(self.plan.main, self._rises, strict=False):
            left, middle = beside_rise(arrow, self.placing.size), float(arrow.segments[0, :, 1].mean())
            found += paragraph(layer_words(stage.layer), left, middle, self.placing.size)
        return found

    @cached_property
    def _rises(self) -> tuple[Lines, ...]:
        """The arrow beside the words about each layer of a chain, between the right corners of its floors."""
        if self._last == 1 or not self.look.has_words:
            return ()
        ends = pairwise(self._right_of(number) for number in range(self._last + 1))
        return tuple(
            in_line([rise(self._bodies, _LABEL_AIR, low, high, self.placing.size) for (low, _), (_, high) in ends])
        )

    def _right_of(self, floor: int) -> tuple[float, float]:
        """Return the upper and the lower end of the right corner of a floor with a name there."""
        own = self.placing.floors[floor]
        *_, last = own.places
        y = float(own.plane(last).corners()[RIGHT][1])
        is_named = self.placing.name_corner(floor, last[0]) == RIGHT
        named = word_boxes(self._plane_name(floor, last, "bold")) if is_named else np.empty((0, 4))
        return min([y, *named[:, 1]]), max([y, *named[:, 3]])

    @cached_property
    def _bodies(self) -> list[Points]:
        """The corners of the planes of each two floors, between which rays run, and of all kernels and names."""
        every = [np.concatenate([plane.corners() for plane in self._planes(floor)]) for floor in range(self._last + 1)]
        kernels = [plane.corners() for plane in self._kernel_planes]
        channels = [set(self.chosen.channels(floor)) for floor in range(self._last + 1)]
        named = self._names(channels, channels)
        return [*(np.concatenate(pair) for pair in pairwise(every)), *kernels, *self.edges.corners, *word_bodies(named)]
