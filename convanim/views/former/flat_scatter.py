"""A transposed convolution stamp by stamp: each input times the kernel, laid upon the output."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from convanim.scene import Entry, Lines, Points, Scene, Shape, Shapes, Texts
from convanim.views.former import ScatterPlan
from convanim.views.former.blocks import Block, block, kernel_scale
from convanim.views.former.contents import Contents, kernel_lettering, plane_lettering, tones_of
from convanim.views.former.headings import heading_size, heading_width, lines_below, obstacles, word_boxes, words
from convanim.views.former.lettering import Lettering, numbered
from convanim.views.former.limits import refuse_many_stamps
from convanim.views.former.marks import cells, key, rows_columns
from convanim.views.former.rays import around, broken
from convanim.views.former.signs import rings
from convanim.views.former.stamped import FAINTEST, StampedOutput, sums_lettering
from convanim.views.former.sums import MOST_WIDTH, length, line_shapes
from convanim.views.former.terms import stamps_line
from convanim.views.look import Look
from convanim.wording import layer_lines, layer_notes

_NUMBER, _IN_KERNEL = 0.36, 0.42
_GAP, _FIRST_GAP, _RAYS = 0.6, 1.1, 1.7
_BELOW = 1.07


def draw(plan: ScatterPlan, look: Look) -> Scene:
    """Return the scene of a plan with one or two axes: a step an input cell, and at the end the result."""
    refuse_many_stamps(plan.layer)
    return Scene.of(_Drawing(plan, replace(look, classic=False)))


@dataclass(frozen=True)
class _Drawing:
    """A plan laid out; heights are counted from the line through the middles of the planes."""

    plan: ScatterPlan
    look: Look

    @property
    def steps(self) -> int:
        """How many there are."""
        return len(self.plan) + 1

    @cached_property
    def _width(self) -> float:
        """About how wide the picture is, by sizes alone."""
        kernels = 0 if self.look.overlap else 1.6 * self.plan.layer.kernel_size[-1] + 3
        return float(self.plan.input_size[-1] + self.plan.output_size[-1] + _RAYS + kernels)

    @property
    def _heading(self) -> float:
        return heading_size(self._width)

    @property
    def _scale(self) -> float:
        return kernel_scale(self._width)

    @cached_property
    def contents(self) -> Contents:
        """What stands in its tiles."""
        return Contents(self.plan.gathered, self.look)

    @cached_property
    def input(self) -> Block:
        said = None
        if not self.look.overlap:
            said = plane_lettering("x", self.plan.gathered.input, self.plan.input_size, self.look.in_cells, _NUMBER)
        made = block(self.plan.input_size, 0.0, 0.0, 1.0, said, "input", self.look.letters[1])
        return replace(made, tones=tones_of(self.plan.gathered.input, self.look))

    @cached_property
    def factor(self) -> Block:
        """The one value that is multiplied."""
        return block((1,), self._after(self.input) + _FIRST_GAP, 0.0)

    @cached_property
    def kernel(self) -> Block:
        said = kernel_lettering(self.plan.gathered, self.look, _IN_KERNEL)
        kernel = self.plan.layer.kernel_size
        wide = max(heading_width(line, "", self._heading) for line in layer_notes(self.plan.layer))
        # Words below a small kernel are wider than it.
        left = self.factor.box[2] + max(_GAP, (wide - kernel[-1] * self._scale) / 2 - 0.3)
        return block(kernel, left, 0.0, self._scale, said, "kernel", self.look.letters[0])

    @cached_property
    def stamp(self) -> Block:
        left = self._after(self.kernel) + _GAP
        return block(self.plan.layer.kernel_size, left, 0.0, self._scale, None, "stamp")

    @cached_property
    def output(self) -> StampedOutput:
        title = "output: the sum of the stamps"
        if self.look.overlap:
            title = f"stamps on each output cell: {layer_lines(self.plan.layer)[0]}"
        said = sums_lettering(self.plan, self.look.in_cells)
        placed = StampedOutput(self.plan, self.look, block(self.plan.output_size, 0.0, 0.0, 1.0, said, title))
        before = self._after(self.input if self.look.overlap else self.stamp)
        overhead = (heading_width(title, "", self._heading) - self.plan.output_size[-1]) / 2
        left = before + max(_RAYS + placed.cut[1], overhead + 0.5)
        return replace(placed, block=block(self.plan.output_size, left, 0.0, 1.0, said, title))

    @cached_property
    def notes(self) -> tuple[Texts, ...]:
        """The layer's name and settings, below its kernel."""
        if self.look.overlap:
            return ()
        left, _, right, bottom = self.kernel.box
        return lines_below(layer_notes(self.plan.layer), (left + right) / 2, bottom, self._heading)

    def _after(self, one: Block) -> float:
        """Return where a block and its heading end."""
        return one.span(self._heading)[1]

    @cached_property
    def bounds(self) -> tuple[float, float, float, float]:
        between = () if self.look.overlap else (self.kernel, self.stamp)
        blocks = (self.input, *between, self.output.block)
        top, _, bottom, right = self.output.cut
        far = max(self._after(one) for one in blocks)
        left = min(one.span(self._heading)[0] for one in blocks)
        highest = min(*(one.box[1] for one in blocks), self.output.block.box[1] - top)
        lowest = max(*(one.box[3] for one in blocks), self.output.block.box[3] + bottom)
        far = max(far, self.output.block.box[2] + right)
        lowest = max([lowest, *word_boxes(self.notes)[:, 3].tolist()])
        if self.has_line:
            lowest += _BELOW + 0.35
            far = max(far, left + self._longest_line)
        return left, highest - 1.5 * self._heading, far, lowest

    @property
    def has_line(self) -> bool:
        """Whether the sum of a cell is written below."""
        return self.look.is_labelled and not self.look.overlap

    @cached_property
    def _longest_line(self) -> float:
        cell = np.unravel_index(int(self.plan.overlap.argmax()), self.plan.output_size)
        place = tuple(int(part) for part in cell)
        return length(stamps_line(self.plan, self.contents, place, len(self.plan), MOST_WIDTH))

    def ground(self) -> Shapes:
        shapes: list[Shape] = [*self.input.filled("input"), *self.input.heading(self._heading), *self.notes]
        shapes += [*self.output.beyond(), *self.output.block.filled_blank(), *self.output.heading(self._heading)]
        if self.look.overlap:
            return tuple(shapes)
        shapes += [
            *self.kernel.filled("kernel"),
            *self.kernel.heading(self._heading),
            *self.stamp.heading(self._heading),
        ]
        times, equals = (self.factor.box[2] + self.kernel.box[0]) / 2, (self.kernel.box[2] + self.stamp.box[0]) / 2
        shapes += [*self.factor.filled_blank(), *self.stamp.filled_blank()]
        return (*shapes, words("·", times, 0.0, 0.75), words("=", equals, 0.0, 0.4))

    def marks(self, numbers: range) -> Shapes:
        return self.output.marks(numbers)

    def moment(self, number: int) -> Shapes:
        if number == len(self.plan):
            return ()
        row, column = divmod(number, self.input.plane.columns)
        shapes: list[Shape] = [
            *self.input.cell(row, column, "input", shaded=True),
            Lines("reach", self.input.plane.outline(row, column, row + 1, column + 1)),
            *self.output.cells(self.output.touched([number]), number, shaded=True),
            self.output.outline(number),
            *self._rays(number, row, column),
        ]
        if self.look.overlap:
            return tuple(shapes)
        return (*shapes, *self._product(number, row, column), *self._talk(number), *self.output.added(number))

    def legend(self) -> tuple[Entry, ...]:
        keys = [key("input", "input"), key("input of this step", "input", shaded=True)]
        keys += [] if self.look.overlap else [key("kernel", "kernel")]
        if any(self.output.cut):
            keys.append(key("cut off by padding", "idle"))
        return (*keys, key("no stamp yet", "pending"), key("output", "output"))

    def _rays(self, number: int, row: int, column: int) -> Shapes:
        """Return rays from the input cell to what is multiplied, and from the stamp to where it falls."""
        starts = self.input.plane.points(np.array([[row, column + 1], [row + 1, column + 1]]))
        landed = self.output.outline(number).segments[:, 0][[0, 3]]
        if self.look.overlap:
            return (Lines("ray", self._clear(np.stack([starts, landed], axis=1), number)),)
        factor = self.factor.plane.points(np.array([[0, 0], [1, 0]]))
        plane = self.stamp.plane
        leaving = plane.points(np.array([[0, plane.columns], [plane.rows, plane.columns]]))
        rays = np.concatenate([np.stack([starts, factor], axis=1), np.stack([leaving, landed], axis=1)])
        return (Lines("ray", self._clear(rays, number)),)

    def _clear(self, rays: Points, number: int) -> Points:
        """Return rays without what crosses headings, and the words on the input and on the output."""
        named = (*self.input.heading(self._heading), *self.output.heading(self._heading))
        rays = around(rays, obstacles(named, self.look))
        said = self.input.lettering
        if said is not None:
            rays = broken(rays, self.input.plane, said, said.words != "")
        return self.output.broken(rays, number)

    def _product(self, number: int, row: int, column: int) -> Shapes:
        """Return the value that is multiplied, and the stamp that comes of it."""
        said = self.input.lettering
        own = said and replace(
            said,
            words=said.words[row : row + 1, column : column + 1],
            lowered=said.lowered[row : row + 1, column : column + 1],
        )
        factor = replace(self.factor, lettering=own)
        plane = self.stamp.plane
        every = np.ones((plane.rows, plane.columns), bool)
        stamp = replace(self.stamp, lettering=self._stamped(number))
        return (
            *factor.cell(0, 0, "input", shaded=True),
            Lines("reach", factor.plane.outline(0, 0, 1, 1)),
            *cells(plane, "output", every, strength=FAINTEST),
            *stamp.words(np.argwhere(every), "output", strength=FAINTEST),
            Lines("reach", plane.outline(0, 0, plane.rows, plane.columns)),
        )

    def _stamped(self, number: int) -> Lettering | None:
        if not self.plan.is_valued or self.look.labels != "numbers":
            return None
        products = np.array(self.plan.products(number), object).reshape(self.stamp.plane.rows, -1)
        return replace(numbered(products, self.look.decimals, 1.0), size=self._stamp_size)

    @cached_property
    def _stamp_size(self) -> float:
        """The size at which the numbers of every stamp fit."""
        every = [product for number in range(len(self.plan)) for product in self.plan.products(number)]
        return numbered(np.array(every, object), self.look.decimals, _IN_KERNEL).size

    def _talk(self, number: int) -> Shapes:
        """Return a ring around the cell that most stamps have reached, and its sum below."""
        chosen = self.plan.busiest(number)
        if chosen is None or not self.look.is_labelled:
            return ()
        left, _, _, bottom = self.bounds
        line = stamps_line(self.plan, self.contents, chosen, number + 1, MOST_WIDTH)
        return (
            *rings(self.output.block.plane, rows_columns(np.array([chosen]))),
            *line_shapes(line, left + max(0.0, self._line_shift), bottom - 0.35),
        )

    @cached_property
    def _line_shift(self) -> float:
        """How far the line is moved to the right, so that its longest is in the middle."""
        left, _, right, _ = self.bounds
        return (right - left - self._longest_line) / 2
