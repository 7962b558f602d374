"""Looked at from above, with numbers: kernel, input and output side by side, and the sum below them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from convanim.options import short
from convanim.scene import Entry, Lines, Points, Scene, Shape, Shapes, Texts
from convanim.views.former import Ints, Plan, Rule, Step
from convanim.views.former.blocks import Block, block, kernel_scale
from convanim.views.former.contents import (
    Contents,
    input_lettering,
    kernel_lettering,
    output_lettering,
    plane_lettering,
    sheet_tones,
    weight_chips,
)
from convanim.views.former.headings import arrow, heading_size, heading_width, lines_below, obstacles, word_boxes
from convanim.views.former.lettering import Lettering
from convanim.views.former.marks import key, rows_columns
from convanim.views.former.plane import FLAT
from convanim.views.former.rays import around, broken, parted
from convanim.views.former.sheet import Sheet
from convanim.views.former.signs import ring, rings
from convanim.views.former.sums import length, line_scale, line_shapes
from convanim.views.former.terms import sum_line, winner
from convanim.views.look import Look
from convanim.wording import layer_notes

_NUMBER, _LETTER, _RESULT = 0.36, 0.32, 0.40
_NUMBER_AT, _LETTER_AT = (0.47, 0.48), (0.42, 0.46)
_CHIP, _WEIGHT = 0.31, 0.25
_IN_KERNEL = 0.42
_GAP, _RAYS = 0.9, 2.4
"""Air between kernel and input, and between input and output."""

_BELOW = 1.07
"""From the planes to the middle of the sum line."""

_UNSPREAD = 0.82
"""Scale of the input that is yet to be spread."""

_ARROW = 0.7
"""More air where an arrow passes."""

_ROTATED = "rotated 180°"
_TITLES = {Rule.SUM: "output", Rule.MAX: "max of each window", Rule.MEAN: "mean of each window"}


def draw(plan: Plan, look: Look) -> Scene:
    """Return the scene of a plan with one or two axes, seen from above."""
    return Scene.of(_Drawing(plan, replace(look, classic=False)))


@dataclass(frozen=True)
class _Drawing:
    """A plan laid out; heights are counted from the line through the middles of the planes."""

    plan: Plan
    look: Look

    @property
    def steps(self) -> int:
        """How many there are."""
        return len(self.plan)

    @property
    def has_kernel(self) -> bool:
        return self.plan.layer.is_weighted

    @property
    def is_rotated(self) -> bool:
        return any(axis.rotated for axis in self.plan.axes)

    @cached_property
    def lettering(self) -> Lettering | None:
        most = _LETTER if self.look.labels == "letters" else _NUMBER
        found = input_lettering(self.plan, self.look.in_cells, most)
        if found is None or not (self.has_kernel and self.look.has_chips):
            return found
        return replace(found, at=_LETTER_AT if self.look.labels == "letters" else _NUMBER_AT)

    @cached_property
    def contents(self) -> Contents:
        """What stands in its tiles."""
        return Contents(self.plan, self.look)

    @cached_property
    def unspread(self) -> Block | None:
        """The input before zeros are inserted, where any are."""
        if not any(axis.spacing > 1 for axis in self.plan.axes):
            return None
        own = plane_lettering("x", self.plan.input, self.plan.input_size, self.look.in_cells, _NUMBER)
        middle = -(self._kernel_height + self._between) / 2
        return block(self.plan.input_size, 0.0, middle, _UNSPREAD, own, "input", self.look.letters[1])

    @cached_property
    def kernels(self) -> tuple[Block, ...]:
        """The kernel as stored, and beside it as the window shows it where that differs."""
        if not self.has_kernel:
            return ()
        size = self.plan.layer.kernel_size
        middle = self.unspread.box[3] + self._between + self._kernel_height / 2 if self.unspread else 0.0
        titles = [("kernel", self.look.letters[0])] + ([(_ROTATED, "")] if self.is_rotated else [])
        pitch = max(size[-1] * self._scale + 0.9, heading_width(_ROTATED, "", self._heading) + 0.4)
        said = [kernel_lettering(self.plan, self.look, _IN_KERNEL, is_rotated) for is_rotated in (False, True)]
        return tuple(
            block(size, number * pitch, middle, self._scale, said[number], title, letter)
            for number, (title, letter) in enumerate(titles)
        )

    @property
    def _kernel_height(self) -> float:
        return (1, *self.plan.layer.kernel_size)[-2] * self._scale

    @property
    def _between(self) -> float:
        """Air between the input above and the kernel below it, with room for a heading."""
        return 0.5 + 1.6 * self._heading

    @cached_property
    def _width(self) -> float:
        """About how wide the picture is, by sizes alone."""
        _, columns = np.atleast_2d(self.plan.grid.kind).shape
        kernels = self.plan.layer.kernel_size[-1] * (1 + self.is_rotated) if self.has_kernel else 0
        return float(0.8 * kernels + columns + self.plan.output_size[-1] + 4)

    @property
    def _heading(self) -> float:
        return heading_size(self._width)

    @property
    def _scale(self) -> float:
        return kernel_scale(self._width)

    @cached_property
    def beside(self) -> tuple[Block, ...]:
        """What stands to the left of the input."""
        return (*([self.unspread] if self.unspread else []), *self.kernels)

    @cached_property
    def sheet(self) -> Sheet:
        rows, _ = np.atleast_2d(self.plan.grid.kind).shape
        air = _GAP + (_ARROW if self.unspread else 0)
        left = max((one.box[2] + air for one in self.beside), default=0.0)
        if self.kernels:
            # Words below a small kernel are wider than it.
            wide = max(heading_width(line, "", self._heading) for line in layer_notes(self.plan.layer))
            middle = (self.kernels[0].box[0] + self.kernels[-1].box[2]) / 2
            left = max(left, middle + wide / 2 + 0.5)
        return Sheet(
            self.plan.grid,
            np.array([left, -rows / 2]),
            FLAT,
            lettering=self.lettering,
            tones=sheet_tones(self.plan, self.look),
        )

    @cached_property
    def output(self) -> Block:
        right = float(self.sheet.plane.corners()[2, 0])
        said = output_lettering(self.plan, self.look.in_cells, _RESULT)
        made = block(
            self.plan.output_size, right + _RAYS, 0.0, 1.0, said, _TITLES[self.plan.rule], self.look.letters[2]
        )
        return replace(made, tones=self.contents.output_tones)

    @cached_property
    def input(self) -> Block:
        """The sheet with its heading."""
        title = "input"
        if self.unspread:
            by = "stride" if "scatter" in self.plan.layer.methods else "input dilation"
            apart = short([axis.spacing for axis in self.plan.axes]).replace("x", "×")
            title = f"spread by {by} {apart}, padded"
        elif "copy" in self.sheet.present:
            title = f"input with {self.plan.axes[0].padding_mode} padding"
        return Block(self.sheet.plane, None, title, "" if self.unspread else self.look.letters[1])

    @cached_property
    def notes(self) -> tuple[Texts, ...]:
        """The layer's settings, below its kernel, or below its output where it has none."""
        under = self.kernels[0] if self.kernels else self.output
        left, _, right, bottom = under.box
        middle = (self.kernels[0].box[0] + self.kernels[-1].box[2]) / 2 if self.kernels else (left + right) / 2
        return lines_below(layer_notes(self.plan.layer), middle, bottom, self._heading)

    @cached_property
    def bounds(self) -> tuple[float, float, float, float]:
        blocks = (*self.beside, self.input, self.output)
        boxes = np.array([one.box for one in blocks])
        size = self._heading
        spans, noted = np.array([one.span(size) for one in blocks]), word_boxes(self.notes)
        left, right = min(spans[:, 0].min(), noted[:, 0].min()), max(spans[:, 1].max(), noted[:, 2].max())
        top, bottom = boxes[:, 1].min() - 1.5 * size, max(boxes[:, 3].max(), noted[:, 3].max())
        if self.look.is_labelled:
            line = sum_line(self.contents, self.sheet, self.plan.step(0))
            wide, middle = length(line), (left + right) / 2
            bottom += (_BELOW + 0.35) * line_scale(line, right - left)
            left, right = min(left, middle - wide / 2), max(right, middle + wide / 2)
        return float(left), float(top), float(right), float(bottom)

    def ground(self) -> Shapes:
        size = self._heading
        shapes: list[Shape] = [*self.sheet.ground(), *self.input.heading(size), *self.notes]
        shapes += [*self.output.filled_blank(), *self.output.heading(size)]
        for one in self.beside:
            shapes += [*one.filled("kernel" if one in self.kernels else "input"), *one.heading(size)]
        if self.unspread:
            y = (self.unspread.box[1] + self.unspread.box[3]) / 2
            shapes += arrow(self.unspread.box[2] + 0.3, self.input.box[0] - 0.25, y)
        if self.is_rotated:
            one, other = self.kernels
            shapes += arrow(one.box[2] + 0.15, other.box[0] - 0.12, (one.box[1] + one.box[3]) / 2)
        return tuple(shapes)

    def marks(self, numbers: range) -> Shapes:
        shapes = [*self.output.run(numbers, "output")]
        if self.plan.rule is Rule.MAX:
            won = [self._winner(self.plan.step(number)) for number in numbers]
            found = [place for place in won if place is not None]
            shapes += ring(self.sheet.plane, "past", np.concatenate(found)) if found else ()
        return tuple(shapes)

    def moment(self, number: int) -> Shapes:
        step = self.plan.step(number)
        row, column = divmod(number, self.output.plane.columns)
        shapes = [
            *self.sheet.shaded(step.reads),
            *self.sheet.originals(step.reads),
            *self.sheet.reach(step.reads),
            *self._rays(step, row, column),
            *self._chips(step),
            *self.output.cell(row, column, "output", shaded=True),
            Lines("reach", self.output.plane.outline(row, column, row + 1, column + 1)),
        ]
        won = self._winner(step)
        if won is not None:
            shapes += rings(self.sheet.plane, won)
        if self.look.is_labelled:
            line = sum_line(self.contents, self.sheet, step)
            left, _, right, bottom = self.bounds
            scale = line_scale(line, right - left)
            shapes += line_shapes(line, (left + right - length(line) * scale) / 2, bottom - 0.35 * scale, scale)
        return tuple(shapes)

    def legend(self) -> tuple[Entry, ...]:
        keys = self.sheet.legend()
        if self.has_kernel:
            keys.append(key("kernel", "kernel"))
        return (
            *keys,
            key("not yet computed", "pending"),
            key("output", "output"),
            key("output of this step", "output", shaded=True),
        )

    def _chips(self, step: Step) -> Shapes:
        return weight_chips(self.contents, self.sheet, step.reads, _CHIP, _WEIGHT)

    def _winner(self, step: Step) -> Ints | None:
        """Return where the value is that becomes the maximum, as one (row, column)."""
        number = winner(step) if self.plan.rule is Rule.MAX else None
        if number is None:
            return None
        return rows_columns(step.reads.position[number : number + 1]) - self.sheet.start

    def _rays(self, step: Step, row: int, column: int) -> Shapes:
        """Return the two rays from the window's right side to the output cell's left one."""
        (top, _, bottom, right), _ = self.sheet.covered(step.reads)
        starts = self.sheet.plane.points(np.array([[top, right], [bottom, right]]))
        ends = self.output.plane.points(np.array([[row, column], [row + 1, column]]))
        rays, over = parted(starts, ends, self.output.box[0])
        written = self.sheet.written
        rays = broken(rays, self.sheet.plane, self.lettering, written, self.sheet.copied(step.reads))
        over = self.output.broken(over, row * self.output.plane.columns + column)
        return Lines("ray", around(rays, self._obstacles)), Lines("ray_over", around(over, self._obstacles))

    @cached_property
    def _obstacles(self) -> Points:
        """Where headings and notes stand that rays pass behind."""
        named = [*self.input.heading(self._heading), *self.output.heading(self._heading)]
        return obstacles((*named, *self.notes), self.look)
