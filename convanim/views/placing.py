"""The layout of a picture with several planes: floors above each other, sheets side by side on each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property, partial

import numpy as np

from convanim.base.font import width_of
from convanim.base.records import dataclass
from convanim.plans import USUAL_NAMES, Names, Stage, Windows
from convanim.views.channels import Chosen, Slots
from convanim.views.floor_names import FAR, NEAR, RIGHT, FloorNames, sliced
from convanim.views.headings import LINE, heading_size, in_two, more
from convanim.views.look import Look
from convanim.views.naming import depth_name
from convanim.views.nesting import Floor, Sheaf, Slices, across, chord, lean, resting
from convanim.views.plane import OBLIQUE, Plane

_GAP = 0.7
"""The gap between neighbouring sheets, in cells."""

_GROUP_GAP = 2.6
"""The extra gap between groups, where a line separates them."""

_LEAST_AIR, _MOST_AIR = 2.4, 4.8
"""The smallest and the largest clear gap between floors, in cells."""

_RAISED, _MOST_RAISED, _APART = 0.3, 2.8, 0.06
"""By how much floors are raised, and at most, until no ray runs along edges: how far from one, relative to its way."""

_DOTS = 2.6
"""The room for an ellipsis, in cells, if its words need no more."""

_SLICE, _POINT, _TALLEST_SLICE = 0.6, 1.0, 2.4
"""The scale of a kernel's cells, that of a single cell, and the greatest height of a slice."""

_NAME, _NAME_AIR = 6.6, 2.3
"""The room for the name of a plane, and the extra room around one with its slice, in letter sizes."""

_REMARK_BELOW = 1.5
"""The distance from an ellipsis down to the note below it, in letter sizes."""

_LARGER_BESIDE = 1.3
"""The factor by which words are larger in a picture that stands beside others."""

_ROUNDS, _MOST_SWELLING = 3, 1.25
"""How often the size of words is fitted to the width, and the factor by which it may grow at most."""

_BESIDE_KERNEL = 0.6
"""The least gap between a sheet and the kernel beside it, in cells."""

_SLICE_GAP = 0.55
"""The gap between slices, which holds a plus sign."""


@dataclass(frozen=True)
class Placing(FloorNames):
    """Layers in sequence laid out from the input below to the output above, from sizes alone."""

    @classmethod
    def of(
        cls,
        stages: tuple[Stage, ...],
        chosen: Chosen,
        look: Look,
        depths: tuple[Slots, ...],
        names: Names = USUAL_NAMES,
    ) -> Placing:
        """Return a placing with room for words, if any, in a size that suits its width without inflating it."""
        larger = _LARGER_BESIDE if look.is_beside else 1.0
        sized = partial(cls, stages, chosen, depths, names=names, first_cell=look.first_cell)
        if not look.has_words:
            return sized(0.0)
        bare = larger * sized(0.0)._own_size
        found = sized(bare)
        for _ in range(_ROUNDS):
            found = sized(min(larger * heading_size(found.width), _MOST_SWELLING * bare))
        return found

    @property
    def cut(self) -> tuple[tuple[int, int], tuple[int, int]]:
        """How many rows and columns stamps reach before and after the output, (before, after) each."""
        last = self.stages[-1]
        if not last.is_stamped or not isinstance(last, Windows):
            return (0, 0), (0, 0)
        rows, columns = ((0, 0), *last.cut)[-2:]
        return rows, columns

    @cached_property
    def shapes(self) -> tuple[tuple[int, int, int], ...]:
        """The slices, rows and columns of the channels on each floor."""
        grids = [stage.input_size if stage.is_stamped else stage.grid.kind.shape for stage in self.stages]
        slices, rows, columns = (1, 1, *self.stages[-1].output_size)[-3:]
        made = (slices, rows + sum(self.cut[0]), columns + sum(self.cut[1]))
        found = [*((1, 1, *size)[-3:] for size in grids), made]
        return tuple((slices, rows, columns) for slices, rows, columns in found)

    @cached_property
    def sizes(self) -> tuple[tuple[int, int], ...]:
        """The rows and columns of the planes on each floor."""
        return tuple((rows, columns) for _, rows, columns in self.shapes)

    @cached_property
    def scale(self) -> tuple[float, ...]:
        """The scale of each layer's kernel slices."""
        found = []
        for stage in self.stages:
            most = max((1, *stage.layer.kernel_size)[-2:])
            found.append(min(_POINT if most == 1 else _SLICE, _TALLEST_SLICE / most))
        return tuple(found)

    def _kernel(self, layer: int) -> tuple[int, int, int]:
        """Return the depth, rows and columns of a layer's kernel."""
        depth, rows, columns = (1, 1, *self.stages[layer].layer.kernel_size)[-3:]
        return depth, rows, columns

    def _slice_pitch(self, layer: int) -> float:
        """Return the distance between the slices of a kernel, with room for their names below them."""
        depth, rows, columns = self._kernel(layer)
        wide = width_of(depth_name(depth), "bold") if self.is_deep else 0.0
        return max(chord(rows, columns) * self.scale[layer] + _SLICE_GAP, (1.2 + wide) * self.size)

    def read_by(self, layer: int, out_channel: int) -> Slots:
        """Return the input channels whose slices of an output channel's kernel are drawn."""
        read = self.stages[layer].grouping.inputs_of(out_channel)
        most = self.chosen.selection.in_group if self.chosen.is_grouped else self.chosen.most
        if len(read) > most:
            # Fewer slices than sheets, so that wide kernels do not push the outputs apart.
            return (*(read.start + one for one in range(max(1, most - 2))), None, read[-1])
        return tuple(read)

    def _in_kernel(self, layer: int, out_channel: int) -> tuple[Sheaf | None, ...]:
        """Return the drawn slices of a kernel: the full depth of each drawn input channel."""
        return sliced(self.read_by(layer, out_channel), range(self._kernel(layer)[0]))

    def _kernel_width(self, layer: int) -> float:
        """Return the width of a layer's kernel with all its drawn slices, and what they are for."""
        if not self.has_kernels(layer):
            return 0.0
        said = width_of(self.read_name(layer, self.sheaves(layer + 1)[-1][0]), "bold") * self.size
        return max(len(self._in_kernel(layer, 0)) * self._slice_pitch(layer), said)

    def _kernel_room(self, floor: int) -> float:
        """Return the room to the left of each sheet of a floor for a kernel and its name, or those of floors above."""
        return max(map(self._own_kernel_room, range(floor, self._aligned(floor).stop)))

    def _own_kernel_room(self, floor: int) -> float:
        """Return the room to the left of each sheet of a floor for a kernel and its name."""
        if not 0 < floor < self.last or not self.has_kernels(floor - 1):
            return 0.0
        return self._kernel_block(floor - 1) + self._beside_kernel(floor) + 0.1

    def _kernel_block(self, layer: int) -> float:
        """Return the width of a kernel that stands beside its sheet, with its name below it."""
        return max(self._kernel_width(layer), self._kernel_name_width(layer, "bold"))

    def _beside_kernel(self, floor: int) -> float:
        """Return the gap between a sheet and the kernel to its left, in which rays lead down clear of its name."""
        if self._aligned(floor).start == floor:
            return _BESIDE_KERNEL
        lower, own = self.sizes[floor - 1], self.sizes[floor]
        # The farthest left that a ray leads, from the left corner of a sheet to that of the one below it.
        way = (across(*lower) - across(*own)) / 2 / (0.5 * lower[1] + self._air(own[0]) + 0.65 * own[0])
        lines = len(self.kernel_lines(floor - 1, self.sheaves(floor)[-1][0]))
        _, rows, columns = self._kernel(floor - 1)
        high = (0.65 * rows + 0.5 * columns) * self.scale[floor - 1] / 2
        return max(_BESIDE_KERNEL, way * (high + (1.25 + LINE * (lines - 1)) * self.size) + _BESIDE_KERNEL / 2)

    def _air(self, rows: int) -> float:
        """Return the room between a floor of some rows and the one above it."""
        return min(max(_LEAST_AIR, 0.6 * rows), _MOST_AIR) + 1.2 * self.size

    def _kernel_name_width(self, layer: int, face: str) -> float:
        """Return the width of the longest name of a layer's kernels, or 0 if it has none."""
        if not self.has_kernels(layer):
            return 0.0
        lines = self.kernel_lines(layer, self.sheaves(layer + 1)[-1][0])
        return max(width_of(line, face) for line in lines) * self.size

    def kernel_lines(self, layer: int, channel: int) -> tuple[str, ...]:
        """Return the lines of the name of a kernel: two where it is wider than a kernel beside its plane."""
        said = self.kernel_name(layer, channel)
        is_wider = width_of(said, "bold") * self.size > self._kernel_width(layer)
        return in_two(said) if is_wider and self.name_corner(layer + 1) == RIGHT else (said,)

    @cached_property
    def _name_rooms(self) -> tuple[float, ...]:
        """The room for the names of each floor's planes, in letter sizes."""
        least = 0.0 if self.is_deep else _NAME
        return tuple(
            max(
                least if self.name_corner(floor) != RIGHT else 0.0,
                *(
                    width_of(line, "bold") + _NAME_AIR
                    for one in self.sheaves(floor)
                    for line in self.name_lines(floor, one)
                ),
            )
            for floor in range(len(self.shapes))
        )

    def _aligned(self, floor: int) -> range:
        """Return the floors whose planes stand above those of a floor, since each makes the one above it alone."""
        pairs = [stage.grouping.inputs_a_group == stage.grouping.outputs_a_group == 1 for stage in self.stages]
        first, end = floor, floor + 1
        while first and pairs[first - 1]:
            first -= 1
        while end <= self.last and pairs[end - 1]:
            end += 1
        return range(first, end)

    def _pitch(self, floor: int) -> float:
        """Return the average distance between the sheets of a floor."""
        return max(map(self._own_pitch, self._aligned(floor)))

    def _own_pitch(self, floor: int) -> float:
        """Return the average distance that the sheets of a floor need."""
        named = self._name_rooms[floor] * self.size
        named += across(*self.sizes[floor]) if self.name_corner(floor) == RIGHT else 0.0
        slices, own = len(self.depths[floor]), max(self._nested(floor) + _GAP, named)
        if floor < self.last:
            return own + self._own_kernel_room(floor) / slices
        # At most one of two neighbouring names is bold.
        named = sum(self._kernel_name_width(floor - 1, face) for face in ("regular", "bold")) / 2
        return max(own, max(self._kernel_width(floor - 1) + 0.5, named + self.size) / slices)

    def _nested(self, floor: int) -> float:
        """Return the least distance between sheets of a floor: nested, unless wide kernels stand between them."""
        is_wide = 0 < floor < self.last and self.has_kernels(floor - 1) and len(self._in_kernel(floor - 1, 0)) > 1
        return across(*self.sizes[floor]) if is_wide else chord(*self.sizes[floor])

    @property
    def _own_size(self) -> float:
        """The size of words that suits the width of the picture without words."""
        slots = [sum(max(1, len(group)) for group in self.slots(floor)) for floor in range(len(self.sizes))]
        return heading_size(max(count * self._pitch(floor) for floor, count in enumerate(slots)))

    def _overhang(self, floor: int) -> float:
        """Return how far the name of a sheet extends into an ellipsis to its right."""
        rows, columns = self.sizes[floor]
        away = {NEAR: 0.7 * rows - columns, FAR: columns - 0.7 * rows, RIGHT: across(rows, columns)}
        ends = away[self.name_corner(floor)] / 2
        spread = self._pitch(floor) - self._kernel_room(floor) / len(self.depths[floor])
        return max(0.0, ends + self._name_rooms[floor] * self.size - spread / 2)

    def _across(self, floor: int, group: Sequence[Sheaf | None]) -> float:
        """Return the width of a group on a floor."""
        if not group:
            return sum(self._ellipsis(floor))
        # Neighbouring sheets of depthwise groups nest like sheets of one group.
        is_nested = self.chosen.selection.grouping.is_depthwise
        spare = 0.0 if is_nested else across(*self.sizes[floor]) - chord(*self.sizes[floor])
        return sum(self._steps(floor, group)) + spare

    def _steps(self, floor: int, group: Sequence[Sheaf | None]) -> list[float]:
        """Return the room for each sheet and ellipsis of a group."""
        spread, beside = self._pitch(floor) - self._kernel_room(floor) / len(self.depths[floor]), self._beside(floor)
        return [sum(self._ellipsis(floor)) if one is None else spread + beside(one) for one in group]

    def _beside(self, floor: int) -> Callable[[Sheaf], float]:
        """Return the function that gives the room left of a sheet: for a kernel, if it is the first of its channel."""
        first, room = self.depths[floor][0], self._kernel_room(floor)
        return lambda sheaf: room if sheaf[1] == first else 0.0

    def _dots(self, floor: int) -> float:
        """Return the room for an ellipsis with the words below it."""
        slots = self.slots(floor)
        left_out = [
            *(self._left_out_groups(floor) for group in slots if not group),
            *(_missing(group, at) for group in slots for at, one in enumerate(group) if one is None),
        ]
        widest = max((width_of(more(count)) for count in left_out), default=0.0)
        # The gap between sheets is slanted, but words are upright.
        return max(_DOTS, (widest + abs(lean(*self.sizes[floor]))) * self.size + 0.6)

    def _left_out_groups(self, floor: int) -> int:
        """Return how many channels of a floor are in the groups that are not drawn."""
        grouping = self.stages[0].grouping
        each = grouping.outputs_a_group if floor else grouping.inputs_a_group
        return (grouping.groups - len(self.chosen.selection.groups) + 1) * each

    def _ellipsis(self, floor: int) -> tuple[float, float, float]:
        """Return the room for an ellipsis: for a name on its left, for itself, and for a kernel's name on its right."""
        before, own, after = zip(*map(self._own_ellipsis, self._aligned(floor)), strict=True)
        return max(before), max(own), max(after)

    def _own_ellipsis(self, floor: int) -> tuple[float, float, float]:
        """Return the same room as a floor by itself needs it."""
        aside = lean(*self.sizes[floor]) * _REMARK_BELOW * self.size
        before = self._overhang(floor) + max(0.0, -aside)
        return before, self._dots(floor), max(0.0, aside) if self._kernel_room(floor) else 0.0

    @cached_property
    def group_edges(self) -> tuple[tuple[float, float], ...]:
        """The left and right end of each group."""
        edges, at = [], 0.0
        groups = zip(*(self.slots(floor) for floor in range(len(self.sizes))), strict=True)
        for own in groups:
            wide = max(self._across(floor, group) for floor, group in enumerate(own))
            edges.append((at, at + wide))
            at += wide + (0.0 if self.chosen.selection.grouping.is_depthwise else _GROUP_GAP)
        return tuple(edges)

    @property
    def width(self) -> float:
        """The approximate width of the picture."""
        return self.group_edges[-1][1]

    @cached_property
    def floors(self) -> tuple[Floor, ...]:
        """The floors with their planes, from the input up."""
        found: list[Floor] = []
        level = 0.0
        for number, (rows, columns) in enumerate(self.sizes):
            if found:
                level = found[-1].top - self._air(rows) - 0.65 * rows
            places, gaps = self._row(number)
            if found and (found[-1].rows, found[-1].columns) == (rows, columns):
                level = _clear_of_edges(level, found[-1], places)
            found.append(Floor(rows, columns, level, places, gaps))
        return tuple(found)

    def _row(self, floor: int) -> tuple[dict[Sheaf, float], tuple[tuple[float, int], ...]]:
        """Return the middles of a floor's planes, and of its ellipses with how many planes each stands for."""
        places: dict[Sheaf, float] = {}
        gaps: list[tuple[float, int]] = []
        beside = self._beside(floor)
        before, own, _ = self._ellipsis(floor)
        for (left, right), group in zip(self.group_edges, self.slots(floor), strict=True):
            steps = self._steps(floor, group)
            at = (left + right - sum(steps)) / 2
            if not group:
                gaps.append((left + before + own / 2, self._left_out_groups(floor)))
            for number, (one, step) in enumerate(zip(group, steps, strict=True)):
                if one is None:
                    gaps.append((at + before + own / 2, _missing(group, number)))
                else:
                    places[one] = at + (step + beside(one)) / 2
                at += step
        return places, tuple(gaps)

    @cached_property
    def ellipses(self) -> tuple[tuple[float, float], ...]:
        """The middle of each ellipsis of sheets."""
        return tuple((x, (floor.top + floor.bottom) / 2) for floor in self.floors for x, _ in floor.gaps)

    @cached_property
    def remarks(self) -> tuple[tuple[float, float, str], ...]:
        """The words below each ellipsis with their middle, which stays in the slanted gap between two sheets."""
        down, counts = _REMARK_BELOW * self.size, [(one, count) for one in self.floors for _, count in one.gaps]
        return tuple(
            (x + lean(floor.rows, floor.columns) * down, y + down, more(count))
            for (x, y), (floor, count) in zip(self.ellipses, counts, strict=True)
        )

    @property
    def kernel_level(self) -> float:
        """The height of the left corners of the kernels above the last floor."""
        _, rows, _ = self._kernel(self.last - 1)
        top = self.floors[-1].top
        below = 3.3 + LINE * (self.is_deep and self.has_channels)
        return top - below * self.size - 0.65 * rows * self.scale[-1] - 0.3

    def slices(self, layer: int, out_channel: int) -> Slices:
        """Return the slices of an output channel's kernel."""
        _, rows, columns = self._kernel(layer)
        floor, scale, pitch = self.floors[layer + 1], self.scale[layer], self._slice_pitch(layer)
        read = self._in_kernel(layer, out_channel)
        middle, level = floor.middle(out_channel), self.kernel_level
        if layer + 1 < self.last:
            first = floor.places[out_channel, self.depths[layer + 1][0] or 0]
            beside = self._beside_kernel(layer + 1) + self._kernel_block(layer) / 2
            middle, level = first - across(floor.rows, floor.columns) / 2 - beside, floor.level
            level -= (0.65 * rows - 0.5 * columns) * scale / 2
        at = middle - pitch * (len(read) - 1) / 2
        planes: dict[Sheaf, Plane] = {}
        gaps: list[tuple[float, float]] = []
        for number, one in enumerate(read):
            x = at + pitch * number
            plane = resting(rows, columns, x, level, scale)
            if one is None:
                gaps.append((x, float(plane.corners()[:, 1].mean())))
            else:
                planes[one] = plane
        return Slices(planes, tuple(gaps))


def _clear_of_edges(level: float, below: Floor, places: Mapping[Sheaf, float]) -> float:
    """Return the height, at or little above a level, where rays between cells of two floors run along no edges."""
    (right, rise), (aside, fall) = OBLIQUE.across, OBLIQUE.down
    ways = np.array([end - start for start in below.places.values() for end in places.values()])
    # A ray to the right rises along columns, one to the left along rows, seen from their ends.
    along = np.where(ways > 0, -rise / right, fall / aside) * abs(ways)
    raised = np.arange(level, level - _MOST_RAISED, -_RAISED)
    rises = (below.level - raised)[:, None]
    apart = (abs(rises - along) / np.hypot(ways, rises)).min(axis=1)
    # The lowest that is far enough from all edges, or else the one that is the farthest.
    return float(raised[(apart > _APART).argmax() if (apart > _APART).any() else apart.argmax()])


def _missing(group: Sequence[Sheaf | None], number: int) -> int:
    """Return how many channels, or slices of a channel, an ellipsis of a group stands for."""
    before, after = group[number - 1], group[number + 1]
    assert before is not None
    assert after is not None
    (channel, slice_), (next_channel, next_slice) = before, after
    return next_slice - slice_ - 1 if channel == next_channel else next_channel - channel - 1
