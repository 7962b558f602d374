"""The planes of a chain side by side, from above: inputs and results, and between them the kernels."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from convanim.scene import Lines, Points, Shape, Shapes
from convanim.views.former import Grid, Plan, ScatterPlan
from convanim.views.former.blocks import Block, block
from convanim.views.former.contents import (
    Contents,
    input_lettering,
    kernel_lettering,
    output_lettering,
    plane_lettering,
    sheet_tones,
    tones_of,
)
from convanim.views.former.headings import heading_width, obstacles, words
from convanim.views.former.lettering import Lettering
from convanim.views.former.marks import rows_columns
from convanim.views.former.plane import FLAT
from convanim.views.former.rays import around, broken, parted
from convanim.views.former.sheet import Sheet
from convanim.views.former.signs import rings
from convanim.views.former.stamped import StampedOutput, sums_lettering
from convanim.views.former.sums import MOST_WIDTH, Tile, length
from convanim.views.former.terms import stamps_line, sum_line
from convanim.views.look import Look
from convanim.wording import layer_lines, layer_title

_NUMBER, _IN_KERNEL = 0.40, 0.42
_RAYS, _AIR = 2.2, 0.6
"""Least room between two planes, and air on both sides of what stands there."""

_SAMPLES = 200
"""Sum lines at most that the longest is looked for among."""

_LINE = 1.35
"""From one line of words to the next, in their sizes."""


@dataclass(frozen=True, eq=False)
class Row:
    """Plans in sequence, laid out from left to right; heights are counted from their middles.

    Attributes
    ----------
    plans : tuple of Plan or ScatterPlan
        One a layer; only the last may be a scattered one.
    look : Look
        How they are shown.
    titles : tuple of (str, str)
        What each plane is called, in upright and in slanted letters.
    size, scale : float
        Of headings, and of a kernel's cells, in cells.
    note : str
        What is written below the first kernel besides its layer's settings.
    middle : float
        The height of the middles, in cells.
    output_left : float or None
        Where the output begins at least.
    """

    plans: tuple[Plan | ScatterPlan, ...]
    look: Look
    titles: tuple[tuple[str, str], ...]
    size: float
    scale: float
    note: str = ""
    middle: float = 0.0
    output_left: float | None = None

    @cached_property
    def gathered(self) -> tuple[Plan, ...]:
        """The plans, output cell by output cell."""
        return tuple(plan.gathered if isinstance(plan, ScatterPlan) else plan for plan in self.plans)

    @cached_property
    def sheets(self) -> tuple[Sheet, ...]:
        """What each layer reads."""
        found: list[Sheet] = []
        left = 0.0
        for number, plan in enumerate(self.plans):
            grid = Grid.plain(plan.input_size) if isinstance(plan, ScatterPlan) else plan.grid
            rows, columns = np.atleast_2d(grid.kind).shape
            said = self._lettering(number)
            filled = "intermediate" if number else "input"
            left = max(left, left + (self._title_width(number) - columns) / 2 - _AIR)
            origin = np.array([left, self.middle - rows / 2])
            found.append(Sheet(grid, origin, FLAT, filled=filled, lettering=said, tones=self._tones(number)))
            left += columns + self._room(number)
        return tuple(found)

    def _lettering(self, number: int) -> Lettering | None:
        """Return what the cells say that a layer reads."""
        plan, letter = self.plans[number], "h" if number else "x"
        if isinstance(plan, ScatterPlan):
            return plane_lettering(letter, plan.gathered.input, plan.input_size, self.look.in_cells, _NUMBER)
        return input_lettering(plan, self.look.in_cells, _NUMBER, letter)

    def _tones(self, number: int) -> Points | None:
        """Return the greys of what a layer reads, where it has any."""
        plan = self.plans[number]
        if isinstance(plan, ScatterPlan):
            return tones_of(plan.gathered.input, self.look)
        return sheet_tones(plan, self.look)

    def _title_width(self, number: int) -> float:
        return heading_width(*self.titles[number], self.size)

    def _lines(self, number: int) -> tuple[str, ...]:
        """Return what is written below a layer's kernel."""
        note = (self.note,) if self.note and not number else ()
        return (*note, *layer_lines(self.gathered[number].layer))

    def _room(self, number: int) -> float:
        """Return the room behind a layer's input, for its kernel, its words and the rays."""
        layer = self.gathered[number].layer
        kernel = layer.kernel_size[-1] * self.scale if layer.is_weighted else 0.0
        said = max(heading_width(line, "", self.size) for line in (layer_title(layer), *self._lines(number)))
        return max(_RAYS, max(kernel, said) + 2 * _AIR)

    @cached_property
    def output(self) -> Block:
        """What the last layer makes."""
        plan = self.plans[-1]
        last = self.sheets[-1].plane
        left = float(last.origin[0]) + last.columns + self._room(len(self.plans) - 1)
        overhang = (self._title_width(len(self.plans)) - plan.output_size[-1]) / 2
        left = max(left, left + overhang - _AIR, self.output_left or 0.0)
        said = (
            sums_lettering(plan, replace(self.look.in_cells, has_chips=False))
            if isinstance(plan, ScatterPlan)
            else output_lettering(plan, self.look.in_cells, _NUMBER)
        )
        made = block(plan.output_size, left, self.middle, 1.0, said, *self.titles[-1])
        return made if isinstance(plan, ScatterPlan) else replace(made, tones=self._contents[-1].output_tones)

    @cached_property
    def stamped(self) -> StampedOutput | None:
        """The output where stamps fall on it."""
        plan = self.plans[-1]
        if not isinstance(plan, ScatterPlan):
            return None
        return StampedOutput(plan, replace(self.look, has_chips=False), self.output, is_graded=False)

    @cached_property
    def kernels(self) -> tuple[Block | None, ...]:
        """The kernel of each layer in the middle between its planes, None where it has none."""
        found: list[Block | None] = []
        for number, plan in enumerate(self.gathered):
            if not plan.layer.is_weighted:
                found.append(None)
                continue
            size = plan.layer.kernel_size
            left = self._between(number) - size[-1] * self.scale / 2
            found.append(block(size, left, self.middle, self.scale, kernel_lettering(plan, self.look, _IN_KERNEL)))
        return tuple(found)

    def _between(self, number: int) -> float:
        """Return where the middle is between a layer's input and its output."""
        plane = self.sheets[number].plane
        start = float(plane.origin[0]) + plane.columns
        end = self.sheets[number + 1].plane.origin[0] if number + 1 < len(self.plans) else self.output.box[0]
        return (start + float(end)) / 2

    @cached_property
    def inputs(self) -> tuple[Block, ...]:
        """The sheets with their headings."""
        return tuple(
            Block(sheet.plane, None, *title) for sheet, title in zip(self.sheets, self.titles[:-1], strict=True)
        )

    @cached_property
    def box(self) -> tuple[float, float, float, float]:
        """Left, top, right and bottom of all of it, headings and words below kernels included."""
        blocks = [*self.inputs, self.output, *(kernel for kernel in self.kernels if kernel)]
        boxes, spans = np.array([one.box for one in blocks]), np.array([one.span(self.size) for one in blocks])
        cut = self.stamped.cut if self.stamped else (0, 0, 0, 0)
        left, right = spans[:, 0].min(), max(boxes[:, 2].max() + cut[3], spans[:, 1].max())
        top = min(boxes[:, 1].min(), self.output.box[1] - cut[0]) - 1.5 * self.size
        lines = max(len(self._lines(number)) for number in range(len(self.plans)))
        tallest = max((kernel.box[3] for kernel in self.kernels if kernel), default=self.middle)
        bottom = max(boxes[:, 3].max(), self.output.box[3] + cut[2], tallest + (0.4 + lines) * _LINE * self.size)
        return float(left), float(top), float(right), float(bottom)

    def ground(self) -> Shapes:
        """Return what never changes: the input as it is, the rest still blank."""
        shapes: list[Shape] = []
        for number, (sheet, named) in enumerate(zip(self.sheets, self.inputs, strict=True)):
            shapes += [*sheet.ground(pending=number > 0), *named.heading(self.size)]
        shapes += self.stamped.beyond() if self.stamped else ()
        shapes += [*self.output.filled_blank(), *self._output_heading()]
        for number, plan in enumerate(self.gathered):
            kernel = self.kernels[number]
            shapes += [*self._layer_words(number, plan), *(kernel.filled("kernel") if kernel else ())]
        return tuple(shapes)

    def _output_heading(self) -> Shapes:
        return (self.stamped or self.output).heading(self.size)

    def _layer_words(self, number: int, plan: Plan) -> Shapes:
        """Return what a layer is called above its kernel, and its parameters below."""
        x, kernel = self._between(number), self.kernels[number]
        top, bottom = (kernel.box[1], kernel.box[3]) if kernel else (self.middle - self.size, self.middle - self.size)
        lines = self._lines(number)
        shapes: list[Shape] = [words(layer_title(plan.layer), x, top - 0.75 * self.size - 0.1, self.size)]
        for line, text in enumerate(lines):
            shapes.append(words(text, x, bottom + (0.75 + line * _LINE) * self.size + 0.1, self.size))
        return tuple(shapes)

    def marks(self, stage: int, numbers: range) -> Shapes:
        """Return what some steps of a layer, or the moment after its last, leave behind."""
        own = range(numbers.start, min(numbers.stop, len(self.plans[stage])))
        if stage + 1 < len(self.plans):
            after = self.sheets[stage + 1]
            is_done = numbers.stop > len(self.plans[stage])
            return (*(after.revealed(own) if own else ()), *(after.copies() if is_done else ()))
        if self.stamped is None:
            return self.output.run(own, "output") if own else ()
        return self.stamped.marks(numbers)

    def moment(self, stage: int, number: int) -> Shapes:
        """Return what only one step of a layer shows."""
        plan = self.plans[stage]
        return self._stamp(plan, number) if isinstance(plan, ScatterPlan) else self._window(stage, plan, number)

    def _window(self, stage: int, plan: Plan, number: int) -> Shapes:
        sheet, reads = self.sheets[stage], plan.step(number).reads
        target, row, column = self._target(stage, plan, number)
        (top, _, bottom, right), _ = sheet.covered(reads)
        starts = sheet.plane.points(np.array([[top, right], [bottom, right]]))
        ends = target.plane.points(np.array([[row, column], [row + 1, column]]))
        role = "output" if stage + 1 == len(self.plans) else "intermediate"
        return (
            *sheet.shaded(reads),
            *sheet.originals(reads),
            *sheet.reach(reads),
            *self._rays(stage, starts, ends, target, number),
            *target.cell(row, column, role, shaded=True),
            Lines("reach", target.plane.outline(row, column, row + 1, column + 1)),
        )

    def _target(self, stage: int, plan: Plan, number: int) -> tuple[Block, int, int]:
        """Return the plane that a step writes to, and the cell of it."""
        cell = plan.step(number).writes
        if stage + 1 == len(self.plans):
            row, column = rows_columns(cell)[0].tolist()
            return self.output, row, column
        after = self.sheets[stage + 1]
        row, column = after.places(cell)[0].tolist()
        return Block(after.plane, after.lettering, tones=after.tones), row, column

    def _stamp(self, plan: ScatterPlan, number: int) -> Shapes:
        sheet = self.sheets[-1]
        assert self.stamped is not None
        row, column = divmod(number, sheet.plane.columns)
        starts = sheet.plane.points(np.array([[row, column + 1], [row + 1, column + 1]]))
        ends = self.stamped.outline(number).segments[:, 0][[0, 3]]
        read = Block(sheet.plane, sheet.lettering, tones=sheet.tones)
        touched = self.stamped.touched([number])
        return (
            *read.cell(row, column, sheet.filled, shaded=True),
            Lines("reach", sheet.plane.outline(row, column, row + 1, column + 1)),
            *self._falling(starts, ends, number),
            *self.stamped.cells(touched, number + 1, shaded=True),
            self.stamped.outline(number),
            *self._talk(plan, number),
        )

    def _talk(self, plan: ScatterPlan, number: int) -> Shapes:
        """Return a ring around the cell whose sum is written below."""
        chosen = plan.busiest(number)
        if chosen is None or not self.look.is_labelled:
            return ()
        return rings(self.output.plane, rows_columns(np.array([chosen])))

    def _rays(self, stage: int, starts: Points, ends: Points, target: Block, number: int) -> Shapes:
        """Return two rays, broken around the words on both planes; fainter where they cross the result."""
        rays, over = parted(starts, ends, target.box[0])
        rays = self._unwritten(rays, self.sheets[stage])
        if stage + 1 < len(self.plans):
            after = self.sheets[stage + 1]
            over = broken(over, after.plane, after.lettering, after.known(number))
        else:
            over = target.broken(over, number)
        return Lines("ray", rays), Lines("ray_over", around(over, self._obstacles))

    def _falling(self, starts: Points, ends: Points, number: int) -> Shapes:
        """Return two rays from an input to its stamp."""
        assert self.stamped is not None
        rays = self._unwritten(np.stack([starts, ends], axis=1), self.sheets[-1])
        return (Lines("ray", self.stamped.broken(rays, number)),)

    @cached_property
    def _obstacles(self) -> Points:
        """Where words and kernels stand that rays pass behind."""
        shapes = [shape for one in self.inputs for shape in one.heading(self.size)]
        shapes += [shape for number, plan in enumerate(self.gathered) for shape in self._layer_words(number, plan)]
        written = obstacles((*shapes, *self._output_heading()), self.look)
        kernels = [np.array([kernel.box]) for kernel in self.kernels if kernel]
        return np.concatenate([written, *kernels])

    def _unwritten(self, rays: Points, sheet: Sheet) -> Points:
        return broken(around(rays, self._obstacles), sheet.plane, sheet.lettering, sheet.written)

    def longest_line(self, stage: int) -> list[Tile]:
        """Return the longest sum line of a layer's steps."""
        plan = self.plans[stage]
        if not isinstance(plan, ScatterPlan):
            return self.line(stage, 0)
        cell = tuple(int(part) for part in np.unravel_index(int(plan.overlap.argmax()), plan.output_size))
        # The last stamp on the cell that most reach, and others, since longer numbers make longer lines.
        last = [step for step, _, _ in plan.contributions(cell)[-1:]]
        steps = [*last, *range(0, len(plan), -(-len(plan) // _SAMPLES))]
        return max((self.line(stage, step) for step in steps), key=length)

    @cached_property
    def _contents(self) -> tuple[Contents, ...]:
        last = len(self.plans) - 1
        return tuple(
            Contents(plan, self.look, ("h" if number else "x", "y" if number == last else "h"))
            for number, plan in enumerate(self.gathered)
        )

    def line(self, stage: int, number: int) -> list[Tile]:
        """Return the sum line of a step."""
        plan = self.plans[stage]
        if not isinstance(plan, ScatterPlan):
            made = "output" if stage + 1 == len(self.plans) else "intermediate"
            return sum_line(self._contents[stage], self.sheets[stage], plan.step(number), made)
        chosen = plan.busiest(number)
        if chosen is None:
            return []
        return stamps_line(plan, self._contents[stage], chosen, number + 1, MOST_WIDTH, self.sheets[stage].filled)
