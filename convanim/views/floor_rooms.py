"""How much room sheets, kernels, names and ellipses take on each floor of a picture, from sizes alone."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from convanim.base.font import width_of
from convanim.base.records import dataclass
from convanim.plans import Windows
from convanim.views.channels import Slots, shown
from convanim.views.floor_names import FloorNames, sliced
from convanim.views.headings import LINE, heading_size, in_two, more
from convanim.views.naming import depth_name
from convanim.views.nesting import Sheaf, across, chord, lean

_GAP, _GAP_WITH_WORDS = 1.2, 0.7
"""The gap between neighbouring sheets, in cells, and that where words in cells need the room."""

_GROUP_GAP = 2.6
"""The extra gap between groups, where a line separates them."""

_LEAST_AIR, _MOST_AIR = 2.4, 4.8
"""The smallest and the largest clear gap between floors, in cells."""

DOTS, _KERNEL_DOTS = 2.6, 1.2
"""The room for an ellipsis, in cells, if its words need no more, and for one between kernels."""

_SLICE, _POINT, _TALLEST_SLICE = 0.6, 1.0, 2.4
"""The scale of a kernel's cells, that of a single cell, and the greatest height of a slice."""

_AROUND_NUMBER = 0.8
"""The room around the short name of a plane, in letter sizes."""

_NAME, _NAME_AIR, _AIR_AMONG_RAYS = 6.6, 2.3, 3.3
"""The room for the name of a plane, and the extra room around one, also where rays fan out, in letter sizes."""

REMARK_BELOW = 1.5
"""The distance from an ellipsis down to the note below it, in letter sizes."""

_MOST_BEYOND = 1.25
"""How much wider than a kernel beside its plane its name may be in one line."""

_BESIDE_KERNEL = 0.6
"""The least gap between a sheet and the kernel beside it, in cells."""

_UNDER_KERNEL = 1.2
"""The gap between the name of a kernel and the kernel below it, in letter sizes."""

_SLICE_GAP = 0.55
"""The gap between slices, which holds a plus sign."""


@dataclass(frozen=True)
class FloorRooms(FloorNames):
    """Layers in sequence with the room that their planes, kernels and words need beside each other."""

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

    def kernel_shape(self, layer: int) -> tuple[int, int, int]:
        """Return the depth, rows and columns of a layer's kernel."""
        depth, rows, columns = (1, 1, *self.stages[layer].layer.kernel_size)[-3:]
        return depth, rows, columns

    def slice_pitch(self, layer: int) -> float:
        """Return the distance between the slices of a kernel, with room for their names below them."""
        depth, rows, columns = self.kernel_shape(layer)
        wide = width_of(depth_name(depth), "bold") if self.is_deep else 0.0
        return max(chord(rows, columns) * self.scale[layer] + _SLICE_GAP, (1.2 + wide) * self.size)

    def read_by(self, layer: int, out_channel: int) -> Slots:
        """Return the input channels whose slices of an output channel's kernel are drawn."""
        read = self.stages[layer].grouping.inputs_of(out_channel)
        most = self.chosen.selection.in_group if self.chosen.is_grouped else self.chosen.most
        slices, kernels = shown(len(read), most), len(self.chosen.channels(layer + 1))
        wide = kernels * len(slices) * self.slice_pitch(layer)
        if len(read) > most and kernels > 1 and wide > len(self.sheaves(layer)) * chord(*self.sizes[layer]):
            # Fewer slices than sheets, so that wide kernels do not push the outputs apart.
            slices = (*range(max(1, most - 2)), None, len(read) - 1)
        return tuple(None if one is None else read.start + one for one in slices)

    def in_kernel(self, layer: int, out_channel: int) -> tuple[Sheaf | None, ...]:
        """Return the drawn slices of a kernel: the full depth of each drawn input channel."""
        return sliced(self.read_by(layer, out_channel), range(self.kernel_shape(layer)[0]))

    def _kernel_width(self, layer: int) -> float:
        """Return the width of a layer's kernel with all its drawn slices, and what they are for."""
        if not self.has_kernels(layer):
            return 0.0
        told = self.told_below(layer, self.sheaves(layer + 1)[-1][0])
        said = max((width_of(line, "bold") for line in told), default=0.0) * self.size
        return max(len(self.in_kernel(layer, 0)) * self.slice_pitch(layer), said)

    def room(self, floor: int, sheaf: Sheaf) -> tuple[float, float]:
        """Return the room to the left and to the right of a sheet's middle, with all that stands beside it."""
        floors = self.aligned(floor)
        halves, beside = [self._pitches[one] / 2 for one in floors], [self._beside(one, sheaf) for one in floors]
        rooms = [(before + half, half + after) for half, (before, after) in zip(halves, beside, strict=True)]
        if any(map(self.is_row, floors)):
            return max(left for left, _ in rooms), max(right for _, right in rooms)
        # Each sheet has the same beside it, and on floors without anything beside them only distances count.
        left, right = rooms[max(range(len(rooms)), key=lambda one: sum(beside[one]))]
        return left, max(right, max(map(sum, rooms)) - left)

    def _beside(self, floor: int, sheaf: Sheaf) -> tuple[float, float]:
        """Return the room to the left and to the right of a sheet for kernels and names on its floor."""
        if not 0 < floor < self.last:
            return 0.0, 0.0
        channel, slice_ = sheaf
        kernel, name = self.kernel_room(floor), self.name_room(floor)
        first, last = (self.chosen.channels(floor)[end] for end in (0, -1))
        if not self.is_row(floor):
            # Rays lead down on both sides of the name of a kernel between two planes.
            between = kernel + self.beside_kernel(floor) * (kernel > 0 and channel != first)
            return between * (slice_ == self.depths[floor][0]), name * (channel == last)
        left, right = -self.kernel_place(floor, first), self.kernel_place(floor, last)
        after = right * kernel + self.skipped(floor, last)
        return left * kernel * (channel == first), (after + name) * (channel == last)

    def kernel_room(self, floor: int) -> float:
        """Return the room for a kernel of a floor with its name, and the gap beside it."""
        if not self.has_kernels(floor - 1):
            return 0.0
        air = self.size if self.is_row(floor) else 0.1
        return self.kernel_block(floor - 1) + self.beside_kernel(floor) + air

    def name_room(self, floor: int) -> float:
        """Return the room beside each plane of a floor for its name."""
        return self._name_rooms[floor] * self.size if self.is_named_beside(floor) else 0.0

    def kernel_block(self, layer: int) -> float:
        """Return the width of a kernel that stands beside its sheet, with its name below it."""
        return max(self._kernel_width(layer), self._kernel_name_width(layer, "bold"))

    def beside_kernel(self, floor: int) -> float:
        """Return the gap between a sheet and the kernel to its left, in which rays lead down clear of its name."""
        if self.is_deep and self.aligned(floor).start == floor:
            return _BESIDE_KERNEL
        # Rays lead from a sheet to the one below it, or to a row of them.
        is_fan = self.aligned(floor).start == floor
        own = (len(self.sheaves(floor)) - 1) * self._pitches[floor]
        beyond = max(0.0, self._spread(floor - 1) - own) if is_fan else 0.0
        way = self._way_left(floor, beyond)
        below = self.kernel_pitch(floor) - self._kernel_height(floor) / 2 - _UNDER_KERNEL * self.size
        if self.stacks_kernels(floor):
            below += (len(self.chosen.channels(floor)) - 1) * self.kernel_pitch(floor)
        return max(_BESIDE_KERNEL, way * below + _BESIDE_KERNEL / 2)

    def _kernel_height(self, floor: int) -> float:
        """Return the height of the kernels that make a floor."""
        _, rows, columns = self.kernel_shape(floor - 1)
        return (0.65 * rows + 0.5 * columns) * self.scale[floor - 1]

    def kernel_pitch(self, floor: int) -> float:
        """Return the distance between kernels that make a floor and stand below each other, with their names."""
        last = self.sheaves(floor)[-1][0]
        lines = len(self.kernel_lines(floor - 1, last)) + len(self.told_below(floor - 1, last))
        return self._kernel_height(floor) + (1.25 + LINE * (lines - 1) + _UNDER_KERNEL) * self.size

    def _way_left(self, floor: int, beyond: float = 0.0) -> float:
        """Return how far left for its fall the leftmost ray leads down from a sheet, to sheets so far apart."""
        lower, own = self.sizes[floor - 1], self.sizes[floor]
        # From the left corner of a sheet to that of the first one below it.
        return (across(*lower) + beyond - across(*own)) / 2 / (0.5 * lower[1] + self.air(own[0]) + 0.65 * own[0])

    def _spread(self, floor: int) -> float:
        """Return the distance from the middle of the first sheet of a floor to that of the last."""
        sheaves = self.sheaves(floor)
        if len(sheaves) == 1:
            return 0.0
        if self.is_row(floor):
            dots = sum(one is None for group in self.slots(floor) for one in group) * sum(self.ellipsis(floor))
            return (len(sheaves) - 1) * max(self._pitches[one] for one in self.aligned(floor)) + dots
        steps = sum(sum(self.steps(floor, group)) for group in self.slots(floor))
        return steps - self.room(floor, sheaves[0])[0] - self.room(floor, sheaves[-1])[1]

    def air(self, rows: int) -> float:
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
        is_wider = width_of(said, "bold") * self.size > _MOST_BEYOND * self._kernel_width(layer)
        return in_two(said) if is_wider and self.is_named_beside(layer + 1) else (said,)

    @cached_property
    def _name_rooms(self) -> tuple[float, ...]:
        """The room for the names of each floor's planes, in letter sizes."""
        return tuple(map(self._own_name_room, range(len(self.shapes))))

    def _own_name_room(self, floor: int) -> float:
        """Return the room for the names of a floor's planes, in letter sizes."""
        every = [line for one in self.sheaves(floor) for line in self.name_lines(floor, one)]
        least = 0.0 if self.is_deep or self.is_named_beside(floor) else _NAME
        air = _AIR_AMONG_RAYS if self.fans(floor) else _NAME_AIR
        return max(least, max(width_of(line, "bold") for line in every) + air)

    @cached_property
    def _pitches(self) -> tuple[float, ...]:
        """The average distance that the sheets of each floor need, without what stands beside them."""
        return tuple(map(self._pitch, range(len(self.shapes))))

    def _pitch(self, floor: int) -> float:
        """Return the average distance that the sheets of a floor need, without what stands beside them."""
        if self.is_named_beside(floor):
            return across(*self.sizes[floor]) + self._gap * self.is_row(floor) + self._number_room(floor)
        own = max(self._nested(floor) + self._gap, self._name_rooms[floor] * self.size)
        if floor < self.last:
            return own
        # At most one of two neighbouring names is bold.
        named = sum(self._kernel_name_width(floor - 1, face) for face in ("regular", "bold")) / 2
        return max(own, max(self._kernel_width(floor - 1) + 0.5, named + self.size) / len(self.depths[floor]))

    @property
    def _gap(self) -> float:
        """The gap between neighbouring sheets."""
        return _GAP_WITH_WORDS if self.are_weights_written else _GAP

    def _number_room(self, floor: int) -> float:
        """Return the room for the short name beside each plane of a floor."""
        if not self.are_numbered(floor):
            return 0.0
        return (width_of(self.short_name(floor, self.chosen.counts[floor] - 1), "bold") + _AROUND_NUMBER) * self.size

    def _nested(self, floor: int) -> float:
        """Return the least distance between sheets of a floor: nested, unless wide kernels stand between them."""
        is_wide = 0 < floor < self.last and self.has_kernels(floor - 1) and len(self.in_kernel(floor - 1, 0)) > 1
        return across(*self.sizes[floor]) if is_wide else chord(*self.sizes[floor])

    @property
    def own_size(self) -> float:
        """The size of words that suits the width of the picture without words."""
        floors = range(len(self.sizes))
        widths = [sum(sum(self.steps(floor, group)) for group in self.slots(floor)) for floor in floors]
        return heading_size(max(widths))

    def _overhang(self, floor: int) -> float:
        """Return how far the name of a sheet above or below it extends into an ellipsis to its right."""
        rows, columns = self.sizes[floor]
        ends = (0.7 * rows - columns) / 2 * (-1 if floor else 1)
        _, right = self.room(floor, self.sheaves(floor)[0])
        return max(0.0, ends + self._name_rooms[floor] * self.size - right)

    def _across(self, floor: int, group: Sequence[Sheaf | None]) -> float:
        """Return the width of a group on a floor."""
        if not group:
            return sum(self.ellipsis(floor))
        # Neighbouring sheets of depthwise groups nest like sheets of one group.
        is_nested = self.chosen.selection.grouping.is_depthwise
        spare = 0.0 if is_nested else across(*self.sizes[floor]) - chord(*self.sizes[floor])
        return sum(self.steps(floor, group)) + spare

    def steps(self, floor: int, group: Sequence[Sheaf | None]) -> list[float]:
        """Return the room for each sheet and ellipsis of a group."""
        return [sum(self.ellipsis(floor) if one is None else self.room(floor, one)) for one in group]

    def _dots(self, floor: int) -> float:
        """Return the room for an ellipsis with the words below it."""
        slots = self.slots(floor)
        left_out = [
            *(self.left_out_groups(floor) for group in slots if not group),
            *(missing(group, at) for group in slots for at, one in enumerate(group) if one is None),
        ]
        widest = max((width_of(more(count)) for count in left_out), default=0.0)
        # The gap between sheets is slanted, but words are upright.
        aside = abs(lean(*self.sizes[floor])) if self.is_named_beside(floor) else 0.0
        return max(DOTS, (widest + aside) * self.size + 0.6)

    def left_out_groups(self, floor: int) -> int:
        """Return how many channels of a floor are in the groups that are not drawn."""
        grouping = self.stages[0].grouping
        each = grouping.outputs_a_group if floor else grouping.inputs_a_group
        return (grouping.groups - len(self.chosen.selection.groups) + 1) * each

    def ellipsis(self, floor: int) -> tuple[float, float, float]:
        """Return the room for a name left of an ellipsis, for itself, and for a kernel's name or rays right of it."""
        before, own, after = zip(*map(self._own_ellipsis, self.aligned(floor)), strict=True)
        return max(before), max(own), max(after)

    def _own_ellipsis(self, floor: int) -> tuple[float, float, float]:
        """Return the same room as a floor by itself needs it."""
        if not self.is_named_beside(floor):
            return self._overhang(floor), self._dots(floor), 0.0
        aside = lean(*self.sizes[floor]) * REMARK_BELOW * self.size
        has_kernel = self.has_kernels(floor - 1) and not self.is_row(floor)
        # Where no kernel stands between, rays lead from the next sheet to a larger one below it.
        rays = 0.0 if has_kernel else max(0.0, self._way_left(floor)) * (REMARK_BELOW + 0.5) * self.size
        return max(0.0, -aside, self._number_room(floor) / 2), self._dots(floor), max(0.0, aside) + rays

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

    def skipped(self, floor: int, channel: int) -> float:
        """Return the room for an ellipsis before a kernel that stands beside one of which it is not the next."""
        drawn = self.chosen.channels(floor)
        is_after = self.is_row(floor) and self.has_kernels(floor - 1) and self.kernel_place(floor, channel) > 1
        return _KERNEL_DOTS if is_after and channel - 1 not in drawn else 0.0


def missing(group: Sequence[Sheaf | None], number: int) -> int:
    """Return how many channels, or slices of a channel, an ellipsis of a group stands for."""
    before, after = group[number - 1], group[number + 1]
    assert before is not None
    assert after is not None
    (channel, slice_), (next_channel, next_slice) = before, after
    return next_slice - slice_ - 1 if channel == next_channel else next_channel - channel - 1
