"""One axis: rows of cells above each other, with a line for each weight that joins them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from convanim.errors import ConvanimError
from convanim.options import spelled
from convanim.scene import Entry, Lines, Points, Scene, Shape, Shapes, Texts
from convanim.views.former import ChainPlan, Plan, ScatterPlan
from convanim.views.former.blocks import Block
from convanim.views.former.contents import input_lettering, output_lettering, sheet_tones, tones_of
from convanim.views.former.headings import heading_size, heading_width, words
from convanim.views.former.marks import key
from convanim.views.former.plane import FLAT, Plane
from convanim.views.former.sheet import Sheet
from convanim.views.look import Look
from convanim.wording import layer_lines

_NUMBER = 0.40
_PITCH = 2.4
"""From one row of cells to the next."""

Mask = NDArray[np.bool_]


def draw(plan: Plan | ChainPlan, look: Look) -> Scene:
    """Return the scene of a layer or a chain with one axis.

    A step is a cell of the output, with all that it depends on; or, where a
    field is asked for, one more layer of what that cell depends on.

    Raises
    ------
    ConvanimError
        If the plan has more axes.
    """
    if len(plan.output_size) > 1:
        size = spelled(plan.input_size)
        raise ConvanimError("view", "line", f"draws one axis, and an input of {size} has more; use `view=oblique`")
    plans = plan.plans if isinstance(plan, ChainPlan) else (plan,)
    return Scene.of(
        _Drawing(
            tuple(one.gathered if isinstance(one, ScatterPlan) else one for one in plans),
            replace(look, classic=False, has_chips=False),
        )
    )


@dataclass(frozen=True)
class _Drawing:
    """Layers with one axis, the input at the bottom."""

    plans: tuple[Plan, ...]
    look: Look

    @property
    def steps(self) -> int:
        """How many there are."""
        return self.output.plane.columns if self.look.field is None else len(self.plans) + 1

    @cached_property
    def sheets(self) -> tuple[Sheet, ...]:
        """What each layer reads."""
        found = []
        left = 0.0
        for number, plan in enumerate(self.plans):
            said = input_lettering(plan, self.look.in_cells, _NUMBER, "h" if number else "x")
            filled = "intermediate" if number else "input"
            sheet = Sheet(
                plan.grid,
                np.array([0.0, -number * _PITCH]),
                FLAT,
                filled=filled,
                lettering=said,
                tones=sheet_tones(plan, self.look),
            )
            shift = left - sheet.spread[1]
            found.append(replace(sheet, origin=np.array([shift, -number * _PITCH])))
            left = shift + self._first_output(plan)
        return tuple(found)

    def _first_output(self, plan: Plan) -> float:
        """Return how far right of its sheet's edge an output begins: at a causal window's end, or centred."""
        axis = plan.axes[0]
        at = -plan.grid.start[0]
        if axis.low >= axis.reach - 1 > 0 and axis.stride == 1:
            return float(at + axis.low)
        return (len(axis.drawn) - axis.output) / 2

    @cached_property
    def output(self) -> Block:
        plan, sheet = self.plans[-1], self.sheets[-1]
        origin = np.array([float(sheet.origin[0]) + self._first_output(plan), -len(self.plans) * _PITCH])
        plane = Plane(1, plan.output_size[0], origin, FLAT)
        values = plan.values.output if plan.values else None
        return Block(plane, output_lettering(plan, self.look.in_cells, _NUMBER), tones=tones_of(values, self.look))

    @cached_property
    def planes(self) -> tuple[Plane, ...]:
        return (*(sheet.plane for sheet in self.sheets), self.output.plane)

    @cached_property
    def _span(self) -> tuple[float, float]:
        return (
            min(float(plane.origin[0]) for plane in self.planes),
            max(float(plane.origin[0]) + plane.columns for plane in self.planes),
        )

    @cached_property
    def size(self) -> float:
        left, right = self._span
        return heading_size(right - left + 4)

    @cached_property
    def bounds(self) -> tuple[float, float, float, float]:
        left, right = self._span
        labels = [text for text in self._labels() if isinstance(text, Texts) and text.anchor == 0]
        right += 0.5 + max(heading_width(text.words[0], "", self.size) for text in labels)
        note = max(heading_width(self._note(number), "", self.size) for number in range(self.output.plane.columns))
        middle = self._note_middle
        left, right = min(left, middle - note / 2), max(right, middle + note / 2)
        return left, -len(self.plans) * _PITCH, right, 1 + 1.8 * self.size

    @property
    def _note_middle(self) -> float:
        """The middle of the real input cells."""
        sheet = self.sheets[0]
        return float(sheet.origin[0]) + (sheet.spread[1] + sheet.spread[3]) / 2

    def ground(self) -> Shapes:
        shapes: list[Shape] = [Lines("thread", np.concatenate([line for layer in self._threads for line in layer]))]
        for sheet in self.sheets:
            shapes += sheet.ground()
        return (*shapes, *self.output.filled("output"), *self._labels())

    def marks(self, numbers: range) -> Shapes:
        """Return nothing: all results are there from the start."""
        return ()

    @cached_property
    def _threads(self) -> tuple[tuple[Points, ...], ...]:
        """For each layer and each cell that it makes, a line for each weight."""
        return tuple(
            tuple(self._joined(number, plan, output) for output in range(len(plan)))
            for number, plan in enumerate(self.plans)
        )

    def _joined(self, number: int, plan: Plan, output: int) -> Points:
        """Return the lines from what an output cell reads, columns of the row below, to the cell."""
        columns = plan.step(output).reads.position[:, 0] - plan.grid.start[0] + 0.5
        below = self.planes[number].points(np.stack([np.zeros_like(columns), columns], axis=1))
        above = self.planes[number + 1].points(np.array([1.0, self._column(number, output) + 0.5]))
        return np.stack([below, np.broadcast_to(above, below.shape)], axis=1)

    def _column(self, number: int, output: int) -> int:
        """Return the column, in the row above, of a layer's output cell."""
        if number + 1 == len(self.plans):
            return output
        after = self.sheets[number + 1]
        return int(after.places(np.array([[output]]))[0, 1])

    def _masks(self, cell: int) -> tuple[Mask, ...]:
        """Return which cells of the input and of each output one final cell depends on."""
        if cell not in self._traced:
            self._traced[cell] = self._trace(cell)
        return self._traced[cell]

    @cached_property
    def _traced(self) -> dict[int, tuple[Mask, ...]]:
        """Cells that were asked for before."""
        return {}

    def _trace(self, cell: int) -> tuple[Mask, ...]:
        seen = np.zeros(self.output.plane.columns, bool)
        seen[cell] = True
        masks = [seen]
        for plan in reversed(self.plans):
            below = np.zeros(plan.input_size[0], bool)
            for output in np.flatnonzero(masks[-1]).tolist():
                source = plan.step(output).reads.source[:, 0]
                below[source[source >= 0]] = True
            masks.append(below)
        return tuple(reversed(masks))

    def moment(self, number: int) -> Shapes:
        last = len(self.plans)
        cell, lowest = (number, 0) if self.look.field is None else (self.look.field[0], last - number)
        masks = self._masks(cell)
        shapes: list[Shape] = [Lines("branch", self._branches(masks, lowest))]
        for level in range(max(lowest, 0), last):
            sheet = self.sheets[level]
            own = np.zeros(sheet.roles.shape, bool)
            own[tuple(sheet.places(np.argwhere(masks[level])).T)] = True
            shapes += [*sheet.darkened(own), Lines("reach", sheet.plane.edges(own))]
        shapes += self.output.cell(0, cell, "output", shaded=True)
        shapes.append(Lines("reach", self.output.plane.outline(0, cell, 1, cell + 1)))
        return (*shapes, words(self._note(cell), self._note_middle, 1 + 1.2 * self.size, self.size))

    def _branches(self, masks: tuple[Mask, ...], lowest: int) -> Points:
        """Return the lines between cells that count, down to some row."""
        return np.concatenate(
            [
                np.empty((0, 2, 2)),
                *(
                    self._threads[number][output]
                    for number in range(lowest, len(self.plans))
                    for output in np.flatnonzero(masks[number + 1]).tolist()
                ),
            ]
        )

    def _note(self, cell: int) -> str:
        seen = int(self._masks(cell)[0].sum())
        return f"output {cell + 1} depends on {seen} of the {self.plans[0].input_size[0]} input cells"

    def _labels(self) -> Shapes:
        right = self._span[1] + 0.5
        shapes: list[Shape] = [words("input", right, 0.5, self.size, anchor=0.0)]
        shapes.append(words("output", right, float(self.output.plane.origin[1]) + 0.5, self.size, anchor=0.0))
        is_dilated = any(axis.dilation > 1 for plan in self.plans for axis in plan.axes)
        for number, plan in enumerate(self.plans):
            lines = _short_lines(plan, is_dilated)
            y = -number * _PITCH - (_PITCH - 1) / 2
            shapes += [
                words(text, right, y + (line - (len(lines) - 1) / 2) * 1.35 * self.size, self.size, anchor=0.0)
                for line, text in enumerate(lines)
            ]
        return tuple(shapes)

    def legend(self) -> tuple[Entry, ...]:
        keys = self.sheets[0].legend()[:-1]
        if len(self.plans) > 1:
            keys.append(key("layer's result", "intermediate"))
        return (*keys, key("output", "output"), key("counts for this output", "input", shaded=True))


def _short_lines(plan: Plan, says_dilation: bool) -> tuple[str, ...]:
    """Return what a layer is in two lines at most: its kernel, and what is not at its usual value."""
    layer, axis = plan.layer, plan.axes[0]
    is_causal = axis.low == axis.reach - 1 > 0 and axis.high == 0
    known = [said for said in layer_lines(layer)[1:] if not (is_causal and said.startswith("padding"))]
    if says_dilation and axis.dilation == 1:
        known.append("dilation 1")
    first = f"kernel {layer.kernel_size[0]}" + (f", stride {layer.stride[0]}" if layer.stride[0] > 1 else "")
    return (first, ", ".join(known)) if known else (first,)
