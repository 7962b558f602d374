"""The planes on the floors of a picture with several planes, and what they and their kernels are called."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from convanim.base.language import translated
from convanim.base.records import dataclass
from convanim.plans import USUAL_NAMES, Grid, Names, Stage
from convanim.views.channels import Chosen, Slots
from convanim.views.headings import LEAST_SIZE, in_two
from convanim.views.naming import (
    are_maps,
    between_name,
    kernels_of_layer,
    numbered,
    said_turned,
    short_name,
    slices_name,
    together,
)
from convanim.views.nesting import Sheaf
from convanim.views.slices import slice_names

LEFT, FAR, RIGHT, NEAR = range(4)
"""Corners of planes."""


_MOST_STACKED = 3
"""The most kernels that stand below each other."""

_JOINT = " · "
"""What stands between the name of a tensor and that of its slice."""


@dataclass(frozen=True)
class FloorNames:
    """Layers in sequence, with a floor of planes for the input of each and for the last output.

    Attributes
    ----------
    stages : tuple of Stage
        The layers.
    chosen : Chosen
        The drawn channels.
    depths : tuple of Slots
        The drawn slices of each floor.
    size : float
        The size of the words to leave room for.
    names : Names
        What input, kernels and output are called.
    first_cell : int
        The number of the first slice.
    are_weights_written : bool
        Whether numbers or letters stand in kernels.
    """

    stages: tuple[Stage, ...]
    chosen: Chosen
    depths: tuple[Slots, ...]
    size: float = LEAST_SIZE
    names: Names = USUAL_NAMES
    first_cell: int = 0
    are_weights_written: bool = False

    @property
    def last(self) -> int:
        """The number of the last floor."""
        return len(self.stages)

    def slots(self, floor: int) -> tuple[tuple[Sheaf | None, ...], ...]:
        """Return the drawn planes of a floor, group by group; an empty group is an ellipsis of groups."""
        return tuple(sliced(group, self.depths[floor]) for group in self.chosen.slots(floor))

    def sheaves(self, floor: int) -> tuple[Sheaf, ...]:
        """Return the drawn planes of a floor in order."""
        return tuple(one for group in self.slots(floor) for one in group if one is not None)

    def has_kernels(self, layer: int) -> bool:
        """Return whether a layer's kernels are drawn, that is, whether it has weights."""
        return self.stages[layer].is_weighted

    def kernel_name(self, layer: int, channel: int) -> str:
        """Return the name of the kernel that makes an output channel of a layer."""
        stage = self.stages[layer]
        count = stage.grouping.out_channels if self.has_channels else 1
        return numbered(kernels_of_layer(self.stages, stage, self.names), channel, count)

    def read_name(self, layer: int, channel: int, inputs: Sequence[int] = ()) -> str:
        """Return which channels slices of a kernel are for; nothing for the only one, or that of its own number."""
        grouping = self.stages[layer].grouping
        is_plain = grouping.in_channels == 1 or grouping.inputs_a_group == grouping.outputs_a_group == 1
        if not self.has_channels or is_plain:
            return ""
        return slices_name(self.stages, self.stages[layer], inputs or grouping.inputs_of(channel))

    def told_below(self, layer: int, channel: int) -> tuple[str, ...]:
        """Return the lines below a kernel: which channels its slices are for, and whether they are turned around."""
        turned = said_turned(self.stages[layer]) if self.are_weights_written else ()
        return *filter(None, (self.read_name(layer, channel),)), *turned

    @property
    def is_deep(self) -> bool:
        """Whether there are three axes, with the depth drawn slice by slice."""
        return len(self.stages[0].input_size) == 3

    @cached_property
    def has_channels(self) -> bool:
        """Whether planes are named by their channels."""
        return any(stage.layer.has_channels for stage in self.stages)

    @cached_property
    def _slice_names(self) -> list[list[str]]:
        """The names of the slices on each floor."""
        grids = [Grid.plain(stage.input_size) if stage.is_stamped else stage.grid for stage in self.stages]
        return [slice_names(grid, self.first_cell) for grid in (*grids, Grid.plain(self.stages[-1].output_size))]

    def plane_name(self, floor: int, sheaf: Sheaf) -> str:
        """Return the name of a plane, in a row among rays that of all its planes."""
        count, between = self.chosen.counts[floor], self.names.between
        named = {0: self.names.input, self.last: self.names.output}.get(floor, between)
        if named is between and not between.words:
            maker = self.stages[floor - 1]
            number = sum(stage.layer_count for stage in self.stages[:floor])
            title = translated("layer {number}", number=number)
            if self.has_one_name(floor):
                return together(self.stages, maker, title, range(count))
            own = between_name(self.stages, maker, title, sheaf[0], count)
        else:
            own = numbered(named, sheaf[0], count)
        return _JOINT.join((own, self._slice_names[floor][sheaf[1]])) if self.is_deep else own

    def short_name(self, floor: int, channel: int) -> str:
        """Return the name of a plane beside others, of which the last one bears the name of all."""
        return short_name(self.stages, self.stages[floor - 1], channel)

    def name_lines(self, floor: int, sheaf: Sheaf) -> tuple[str, ...]:
        """Return the lines of the name of a plane: two where it stands beside one of several, so that it is narrow."""
        said = self.plane_name(floor, sheaf)
        if self.is_deep and not floor:
            # Slices of the input stand close together.
            return tuple(said.split(_JOINT))
        return in_two(said) if self.has_one_name(floor) else (said,)

    def is_named_beside(self, floor: int) -> bool:
        """Return whether the names of a floor's planes stand beside them, since rays pass above and below."""
        return not self.is_deep and 0 < floor < self.last

    def aligned(self, floor: int) -> range:
        """Return the floors whose planes stand above those of a floor, since each makes the one above it alone."""
        pairs = [stage.grouping.inputs_a_group == stage.grouping.outputs_a_group == 1 for stage in self.stages]
        first, end = floor, floor + 1
        while first and pairs[first - 1]:
            first -= 1
        while end <= self.last and pairs[end - 1]:
            end += 1
        return range(first, end)

    def fans(self, floor: int) -> bool:
        """Return whether rays fan out above and below the planes of a floor, which have their names beside them."""
        return self.is_named_beside(floor) and self.aligned(floor).start > 0

    def is_row(self, floor: int) -> bool:
        """Return whether such a floor has several planes, so that words and kernels stand at its ends only."""
        return self.fans(floor) and len(self.sheaves(floor)) > 1

    def has_one_name(self, floor: int) -> bool:
        """Return whether several planes have their names beside them, so that the last one bears the name of all."""
        return self.is_named_beside(floor) and len(self.sheaves(floor)) > 1

    def stacks_kernels(self, floor: int) -> bool:
        """Return whether the few kernels of a row of planes stand below each other, down to the input."""
        count = len(self.chosen.channels(floor))
        return self.is_row(floor) and self.last == 2 and count == self.chosen.counts[floor] <= _MOST_STACKED

    def kernel_place(self, floor: int, channel: int) -> int:
        """Return where a kernel stands: so many to the left (negative) or right of its plane, or of a row of planes."""
        if not self.is_row(floor) or self.stacks_kernels(floor):
            return -1
        drawn = self.chosen.channels(floor)
        # Kernels of a single slice have room in one order to the left; others stand at both ends.
        is_narrow = self.stages[floor - 1].grouping.inputs_a_group == 1 or len(drawn) <= 3
        after = drawn.index(channel) - (len(drawn) if is_narrow else (len(drawn) + 1) // 2)
        return after + (after >= 0)

    def are_numbered(self, floor: int) -> bool:
        """Return whether planes have short names beside them, since the last one bears the name of all.

        Rays that fan out leave no room for them.
        """
        return self.has_one_name(floor) and not self.fans(floor)

    def name_corner(self, floor: int, channel: int) -> int | None:
        """Return the corner of a plane that its name stands at; None where the last has that of all, or none has."""
        if self.has_one_name(floor) and channel != self.chosen.channels(floor)[-1]:
            return None
        # Beside "map 3", the name of all would seem to be of that one.
        if self.are_numbered(floor) and are_maps(self.stages, self.stages[floor - 1]):
            return None
        if self.is_named_beside(floor):
            return RIGHT
        return FAR if floor else NEAR


def sliced(slots: Slots, depth: Sequence[int | None]) -> tuple[Sheaf | None, ...]:
    """Return the drawn slices of some channels, with None for an ellipsis of channels or slices."""
    return tuple(
        None if channel is None or number is None else (channel, number)
        for channel in slots
        for number in ((None,) if channel is None else depth)
    )
