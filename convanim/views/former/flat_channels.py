"""Layers with channels looked at from above: a map a channel, partial sums, and the sum over channels."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from convanim.scene import Entry, Lines, Points, Scene, Shape, Shapes
from convanim.values import spell
from convanim.views.former import ChannelPlan, ChannelStep, Plan
from convanim.views.former.blocks import Block, block, kernel_scale
from convanim.views.former.contents import (
    Contents,
    input_lettering,
    kernel_lettering,
    plane_lettering,
    sheet_tones,
    tones_of,
    weight_chips,
)
from convanim.views.former.floors import Placing
from convanim.views.former.headings import heading_size, heading_width, obstacles, word_boxes, words
from convanim.views.former.marks import key, rows_columns
from convanim.views.former.plane import FLAT
from convanim.views.former.rays import around, broken, parted
from convanim.views.former.sheet import Sheet
from convanim.views.former.sums import (
    EQUALS,
    MOST_WIDTH,
    PLUS,
    Tile,
    ends_of,
    joined,
    length,
    line_scale,
    line_shapes,
    tile_width,
)
from convanim.views.former.terms import sum_line
from convanim.views.look import Look

_NUMBER, _LETTER, _RESULT, _IN_KERNEL = 0.36, 0.32, 0.40, 0.42
_NUMBER_AT, _LETTER_AT = (0.47, 0.48), (0.42, 0.46)
_CHIP, _WEIGHT = 0.31, 0.25
_GAP, _RAYS = 0.9, 1.6
"""Air between kernel and map, and between maps and what they add up to."""

_BELOW = 1.3
"""From the maps to the middle of the sum line."""


def draw(plan: ChannelPlan, look: Look) -> Scene:
    """Return the scene of a layer with channels on one or two axes, seen from above."""
    return Scene.of(_Drawing(plan, Placing.of((plan,), look), replace(look, classic=False)))


@dataclass(frozen=True)
class _Drawing:
    """A layer laid out: kernels, inputs, what each adds, and outputs, in columns."""

    plan: ChannelPlan
    placing: Placing
    look: Look

    @cached_property
    def inputs(self) -> tuple[int, ...]:
        """The input channels that are drawn."""
        return self.placing.channels(0)

    @cached_property
    def outputs(self) -> tuple[int, ...]:
        """The output channels that are drawn."""
        return self.placing.channels(1)

    @property
    def steps(self) -> int:
        """How many there are: those of the outputs that are drawn."""
        return len(self.outputs) * self.plan.places

    def step(self, number: int) -> ChannelStep:
        """Return which cell of which output a step of the picture makes."""
        return self.plan.shown_step(number, self.outputs)

    @property
    def has_kernels(self) -> bool:
        return self.plan.layer.is_weighted

    @property
    def has_sums(self) -> bool:
        return self.look.labels == "numbers" and self.plan.is_valued

    def pair(self, out_channel: int, in_channel: int) -> Plan:
        """Return the plan of one input channel and the kernel that leads to an output channel."""
        if self.plan.input is None:
            return self.plan.plane
        return Plan(self.plan.layer, self.plan.input[in_channel], self.plan.kernel_of(out_channel, in_channel))

    def _reader(self, in_channel: int) -> int:
        """Return an output channel that is made of an input channel."""
        return in_channel // self.plan.grouping.inputs_a_group * self.plan.grouping.outputs_a_group

    @cached_property
    def _height(self) -> int:
        return int(np.atleast_2d(self.plan.grid.kind).shape[0])

    @cached_property
    def _width(self) -> float:
        """About how wide the picture is, by sizes alone."""
        columns = np.atleast_2d(self.plan.grid.kind).shape[1]
        kernels = self.plan.layer.kernel_size[-1] if self.has_kernels else 0
        return float(0.8 * kernels + columns + self.plan.output_size[-1] + 5)

    @cached_property
    def size(self) -> float:
        """Size of headings."""
        return heading_size(self._width * 1.15)

    def _middles(self, count: int, height: float) -> list[float]:
        """Return the middles of so many maps of some height above each other, around 0."""
        pitch = height + 2.1 * self.size + 0.3
        return [(number - (count - 1) / 2) * pitch for number in range(count)]

    @property
    def _left(self) -> float:
        """Where the maps of the input begin."""
        if not self.has_kernels:
            return 0.0
        return max(self._kernel_width, heading_width("kernel 00", "", self.size)) + _GAP

    @property
    def _kernel_width(self) -> float:
        return self.plan.layer.kernel_size[-1] * kernel_scale(self._width)

    @cached_property
    def sheets(self) -> dict[int, Sheet]:
        """The drawn channels of the input, padded."""
        found = {}
        tall = max(self._height, self._kernel_height)
        for channel, middle in zip(self.inputs, self._middles(len(self.inputs), tall), strict=True):
            plan = self.pair(self._reader(channel), channel)
            is_lettered = self.look.labels == "letters"
            said = input_lettering(plan, self.look.in_cells, _LETTER if is_lettered else _NUMBER)
            if said and self.has_kernels and self.look.has_chips:
                said = replace(said, at=_LETTER_AT if is_lettered else _NUMBER_AT)
            origin = np.array([self._left, middle - self._height / 2])
            found[channel] = Sheet(self.plan.grid, origin, FLAT, lettering=said, tones=sheet_tones(plan, self.look))
        return found

    @property
    def _kernel_height(self) -> float:
        return (1, *self.plan.layer.kernel_size)[-2] * kernel_scale(self._width) if self.has_kernels else 0.0

    def kernel(self, out_channel: int, in_channel: int) -> Block:
        """Return the slice of an output's kernel that meets an input channel, beside it."""
        said = kernel_lettering(self.pair(out_channel, in_channel), self.look, _IN_KERNEL)
        if said:
            said = replace(said, size=self._weight_size)
        middle = float(self.sheets[in_channel].plane.corners()[:, 1].mean())
        return block(self.plan.layer.kernel_size, 0.0, middle, kernel_scale(self._width), said)

    @cached_property
    def _weight_size(self) -> float:
        """The size at which the weights of every drawn kernel fit."""
        pairs = [(out, one) for out in self.outputs for one in self.plan.grouping.inputs_of(out) if one in self.inputs]
        found = [kernel_lettering(self.pair(*pair), self.look, _IN_KERNEL) for pair in pairs]
        return min((one.size for one in found if one), default=_IN_KERNEL)

    @cached_property
    def _tile(self) -> float:
        """Width of a tile that holds what any channel adds, or the sum."""
        if not self.has_sums:
            return tile_width(0)
        ends: set[Any] = set()
        for out in self.outputs:
            for numbers in (self.plan.output(out), self.plan.partials(out)):
                if numbers is not None:
                    places = tuple(range(numbers.ndim - self.plan.layer.dims, numbers.ndim))
                    ends.update(*(end.ravel().tolist() for end in (numbers.min(axis=places), numbers.max(axis=places))))
        return max(tile_width(heading_width(self._spelled(end), "", 1.1)) for end in ends)

    def _spelled(self, number: Any) -> str:
        return spell(number.item() if hasattr(number, "item") else number, self.look.decimals)

    @property
    def _right(self) -> float:
        """Where the maps of the input end."""
        return float(self._left + np.atleast_2d(self.plan.grid.kind).shape[1])

    @property
    def _has_partials(self) -> bool:
        return self.has_sums and self.has_kernels

    @cached_property
    def blocks(self) -> dict[int, Block]:
        """The drawn channels of the output."""
        rows = (1, *self.plan.output_size)[-2]
        left = self._right + _RAYS + (self._tile + 0.9 if self._has_partials else 0.0)
        found = {}
        for channel, middle in zip(self.outputs, self._middles(len(self.outputs), rows), strict=True):
            values = self.plan.output(channel) if self.has_sums or self.look.has_shades else None
            said = plane_lettering("y", values, self.plan.output_size, self.look.in_cells, _RESULT)
            made = block(self.plan.output_size, left, middle, 1.0, said)
            found[channel] = replace(made, tones=tones_of(values, self.look))
        return found

    @cached_property
    def bounds(self) -> tuple[float, float, float, float]:
        boxes = [one.box for one in self.blocks.values()]
        boxes += [Block(sheet.plane).box for sheet in self.sheets.values()]
        if self.has_kernels:
            boxes += [self.kernel(self._reader(one), one).box for one in self.inputs]
        boxes += word_boxes(self._titles(set(self.inputs), self.outputs[0], "bold")).tolist()
        found = np.array(boxes)
        left, top, right = found[:, 0].min(), found[:, 1].min(), found[:, 2].max()
        bottom = found[:, 3].max() + self._more_room
        if self.has_sums:
            bottom += (_BELOW + 0.9) * self._line_scale + 1.2 * self.size
        return float(left), float(top), float(right), float(bottom)

    @property
    def _more_room(self) -> float:
        """Room below the maps for what is not drawn of the channels."""
        return 1.6 * self.size if self._more else 0.0

    @property
    def _more(self) -> tuple[str, ...]:
        """What is said of the channels that are not drawn: those of the input, and those of the output."""
        grouping = self.plan.grouping
        lost = (grouping.in_channels - len(self.inputs), grouping.out_channels - len(self.outputs))
        return tuple(f"{count:,} more" if count else "" for count in lost) if any(lost) else ()

    @property
    def _middle_of_columns(self) -> tuple[float, float]:
        box = next(iter(self.blocks.values())).box
        return (self._left + self._right) / 2, (box[0] + box[2]) / 2

    @cached_property
    def _bottom(self) -> float:
        """The lower end of all maps."""
        return max(
            [one.box[3] for one in self.blocks.values()] + [Block(sheet.plane).box[3] for sheet in self.sheets.values()]
        )

    def ground(self) -> Shapes:
        shapes: list[Shape] = []
        for sheet in self.sheets.values():
            shapes += sheet.ground()
        for one in self.blocks.values():
            shapes += one.filled_blank() if self.look.reveal else one.filled("output")
        for text, x in zip(self._more, self._middle_of_columns, strict=False):
            shapes += [words(text, x, self._bottom + self.size, self.size)] if text else []
        return tuple(shapes)

    def marks(self, numbers: range) -> Shapes:
        if not self.look.reveal:
            return ()
        shapes: list[Shape] = []
        for number in numbers:
            step = self.step(number)
            row, column = rows_columns(step.own.writes)[0].tolist()
            shapes += self.blocks[step.out_channel].cell(row, column, "output")
        return tuple(shapes)

    def moment(self, number: int) -> Shapes:
        step = self.step(number)
        read = [one for one in step.in_channels if one in self.sheets]
        shapes: list[Shape] = [*self._titles(set(read), step.out_channel)]
        for channel in read:
            shapes += self._window(step, channel)
        one = self.blocks[step.out_channel]
        row, column = rows_columns(step.own.writes)[0].tolist()
        shapes += one.cell(row, column, "output", shaded=True)
        shapes.append(Lines("reach", one.plane.outline(row, column, row + 1, column + 1)))
        return (*shapes, *(self._sum(step) if self.has_sums else ()))

    def _window(self, step: ChannelStep, channel: int) -> Shapes:
        """Return the window in one map, its kernel beside it, and what the two add."""
        sheet, reads = self.sheets[channel], step.own.reads
        contents = Contents(self.pair(step.out_channel, channel), self.look)
        shapes: list[Shape] = [*sheet.shaded(reads), *sheet.originals(reads), *sheet.reach(reads)]
        if self.has_kernels:
            shapes += self.kernel(step.out_channel, channel).filled("kernel")
            shapes += weight_chips(contents, sheet, reads, _CHIP, _WEIGHT)
        if self._has_partials:
            middle = float(sheet.plane.corners()[:, 1].mean())
            left = self._right + _RAYS
            shapes += self._rays(sheet, step, left, middle)
            added = self._partial(step, channel)
            shapes += line_shapes([Tile(self._spelled(added), self._tile, "intermediate", "bold")], left, middle)
        return tuple(shapes)

    def _rays(self, sheet: Sheet, step: ChannelStep, left: float, middle: float) -> Shapes:
        """Return the two rays from a window's right side to the tile of what it adds."""
        (top, _, bottom, right), _ = sheet.covered(step.own.reads)
        starts = sheet.plane.points(np.array([[top, right], [bottom, right]]))
        ends: Points = np.array([[left, middle - 0.27], [left, middle + 0.27]])
        rays, _ = parted(starts, ends, left)
        copied = sheet.copied(step.own.reads)
        rays = broken(rays, sheet.plane, sheet.lettering, sheet.written, copied)
        return (Lines("ray", around(rays, self._obstacles)),)

    @cached_property
    def _obstacles(self) -> Points:
        """Where headings stand, which rays leave clear."""
        return obstacles(self._titles(set(self.inputs), self.outputs[0]), self.look)

    def _partial(self, step: ChannelStep, channel: int) -> Any:
        found = self.plan.partial(step.out_channel, channel)
        assert found is not None
        return found[tuple(step.own.writes[0])]

    def _titles(self, read: set[int], made: int, face: str = "") -> list[Any]:
        """Return what the maps are, bold where they are at work."""
        found = []
        for channel, sheet in self.sheets.items():
            left, top, right, _ = Block(sheet.plane).box
            own = face or ("bold" if channel in read else "regular")
            found.append(self._title(f"input {channel + 1}", (left + right) / 2, top, own))
            if self.has_kernels and channel in read:
                box = self.kernel(made, channel).box if channel in self.plan.grouping.inputs_of(made) else None
                if box:
                    found.append(self._title(f"kernel {made + 1}", (box[0] + box[2]) / 2, box[1], own))
        for channel, one in self.blocks.items():
            own = face or ("bold" if channel == made else "regular")
            found.append(self._title(f"output {channel + 1}", (one.box[0] + one.box[2]) / 2, one.box[1], own))
        return found

    def _title(self, text: str, middle: float, top: float, face: str) -> Any:
        return words(text, middle, top - 0.22 - self.size / 2, self.size, face)

    @cached_property
    def _line_scale(self) -> float:
        return line_scale(self._line(self.step(0)), self._across)

    @cached_property
    def _across(self) -> float:
        """Where the maps of the output end."""
        return float(max(one.box[2] for one in self.blocks.values()))

    def _line(self, step: ChannelStep) -> list[Tile]:
        """Return the tiles of a step: what each channel adds, the bias, and the sum."""
        if not self.has_kernels:
            contents = Contents(self.pair(step.out_channel, step.in_channels[0]), self.look)
            channel = step.in_channels[0]
            return sum_line(contents, self.sheets[channel], step.own)
        terms: list[tuple[Tile, ...]] = [
            (Tile(self._spelled(self._partial(step, channel)), self._tile, "intermediate"),)
            for channel in ends_of(step.in_channels)
        ]
        bias_room = PLUS.width + self._tile if self.plan.bias is not None else 0.0
        room = min(MOST_WIDTH, self._across) - self._tile - EQUALS.width - bias_room
        line = joined(terms, PLUS, room)
        if self.plan.bias is not None:
            bias = self._spelled(self.plan.bias[step.out_channel])
            line += [PLUS, Tile(bias, max(self._tile, tile_width(0)), "kernel", "bold")]
        total = self.plan.output(step.out_channel)
        assert total is not None
        value = self._spelled(total[tuple(step.own.writes[0])])
        return [*line, EQUALS, Tile(value, self._tile, "output", "bold", shaded=True, is_outlined=True)]

    def _sum(self, step: ChannelStep) -> Shapes:
        """Return the line below the maps, and what its parts are."""
        line, scale = self._line(step), self._line_scale
        left = max(0.0, (self._across - length(line) * scale) / 2)
        middle = self._bottom + self._more_room + _BELOW * scale
        shapes = line_shapes(line, left, middle, scale)
        if not self.has_kernels or self.plan.bias is None:
            return shapes
        starts = left + scale * np.cumsum([0.0, *(tile.width for tile in line)])
        at = next(number for number, tile in enumerate(line) if tile.role == "kernel")
        x = float(starts[at] + line[at].width * scale / 2)
        return (*shapes, words("bias", x, middle + 0.27 * scale + 0.75 * self.size, self.size))

    def legend(self) -> tuple[Entry, ...]:
        keys: list[Any] = next(iter(self.sheets.values())).legend()
        if self._has_partials:
            keys.append(key("what a channel adds", "intermediate"))
        if self.look.reveal:
            keys.append(key("not yet computed", "pending"))
        return (*keys, key("output", "output"))
