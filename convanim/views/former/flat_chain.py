"""A chain from above, layer by layer, and what its result is compared with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from math import prod

import numpy as np

from convanim.font import width_of
from convanim.layers import Layer
from convanim.scene import Entry, Lines, Scene, Shape, Shapes
from convanim.values import signed, spell
from convanim.views.former import ChainPlan, Plan, ScatterPlan
from convanim.views.former.blocks import Block, block, kernel_scale
from convanim.views.former.headings import heading_size, heading_width, words
from convanim.views.former.lettering import lettered
from convanim.views.former.limits import refuse_many_stamps
from convanim.views.former.marks import cells, key
from convanim.views.former.row import Row
from convanim.views.former.sums import Tile, length, line_scale, line_shapes
from convanim.views.look import Look
from convanim.wording import size as size_words

_BELOW, _BETWEEN_ROWS, _NOTES = 0.85, 1.3, 1.6
_DIFFERENCE_AIR = 1.3
_BESIDE = 0.35
"""Between the equals sign and its word."""

_FAINTEST = 0.4
"""Strength of the colour of the least difference."""

_PRODUCT = "= column · row"
"""What the kernel is that two passes replace."""

_VERDICTS = ("values not restored", "values restored")
_EQUAL = "equal"
_TOLERANCE = 1e-9
"""Of results that should be equal, relative to the largest."""


def draw(plan: ChainPlan, look: Look) -> Scene:
    """Return the scene of a chain of layers with one or two axes; at the end the results are compared."""
    if isinstance(plan.plans[-1], ScatterPlan):
        refuse_many_stamps(plan.plans[-1].layer)
    return Scene.of(_Drawing(plan, replace(look, classic=False, has_chips=False)))


@dataclass(frozen=True)
class _Pass:
    """The steps of one layer: which row and layer, and the number of the first."""

    row: int
    stage: int
    start: int
    count: int


@dataclass(frozen=True)
class _Drawing:
    """A chain laid out in rows; the compared layer comes first."""

    plan: ChainPlan
    look: Look

    @property
    def has_end(self) -> bool:
        """Whether there is a last step of its own: for what is compared, or for the whole sum of stamps."""
        return self.is_compared or isinstance(self.plan.plans[-1], ScatterPlan)

    @property
    def is_compared(self) -> bool:
        return self.plan.chain.returns or self.plan.compared is not None

    @property
    def is_separable(self) -> bool:
        """Whether a column pass and a row pass, in some order, are compared with one layer."""
        sizes = [layer.kernel_size for layer in self.plan.chain.layers]
        if self.plan.compared is None or len(sizes) != 2 or len(sizes[0]) != 2:
            return False
        first, second = sizes
        return first[1] == second[0] == 1 or first[0] == second[1] == 1

    @property
    def steps(self) -> int:
        return self.passes[-1].start + self.passes[-1].count + self.has_end

    @cached_property
    def _width(self) -> float:
        """About how wide the picture is, by sizes alone."""
        plans = self.plan.plans
        results = self.plan.output_size[-1] * (2 if self.plan.chain.returns else 1)
        return float(sum(plan.input_size[-1] for plan in plans) + results + 4 * len(plans))

    @property
    def size(self) -> float:
        """Size of headings."""
        return heading_size(self._width)

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        main = Row(self.plan.plans, self.look, self._titles(), self.size, kernel_scale(self._width))
        if self.plan.compared is None:
            return (main,)
        note = _PRODUCT if self.is_separable else ""
        first = Row((self.plan.compared,), self.look, (("input", ""), ("output", "")), main.size, main.scale, note)
        left = max(main.output.box[0], first.output.box[0])
        shift = first.box[3] - main.box[1] + _BETWEEN_ROWS + _NOTES * self.size
        return replace(first, output_left=left), replace(main, output_left=left, middle=shift)

    def _titles(self) -> tuple[tuple[str, str], ...]:
        chain = self.plan.chain
        if chain.returns:
            between = [("", f"y{'′' * number}") for number in range(len(chain.layers) - 1)]
            return (("", "x"), *between, ("", "x′"))
        if self.is_separable:
            return (("input", ""), *(_sums(layer) for layer in chain.layers[:-1]), ("output", ""))
        return (("input", ""), *((f"layer {number}", "") for number in range(1, len(chain.layers))), ("output", ""))

    @cached_property
    def passes(self) -> tuple[_Pass, ...]:
        found, start = [], 0
        for number, row in enumerate(self.rows):
            for stage, plan in enumerate(row.plans):
                found.append(_Pass(number, stage, start, len(plan)))
                start += len(plan)
        return tuple(found)

    def _pass(self, number: int) -> _Pass | None:
        """Return which layer is at work at a step; None at the end."""
        return next((one for one in self.passes if one.start <= number < one.start + one.count), None)

    @cached_property
    def difference(self) -> Block | None:
        """How much the result differs from the input, where the chain leads back to it."""
        if not self.plan.chain.returns:
            return None
        row = self.rows[0]
        values = self.plan.difference
        said = None
        if values is not None and self.look.labels == "numbers":
            texts = [spell(value, self.look.decimals) for value in values.ravel().tolist()]
            grid = np.array([text if text == "0" else signed(text) for text in texts], object).reshape(
                np.atleast_2d(values).shape
            )
            said = lettered(grid, np.full(grid.shape, "", object), 0.36)
        left = row.box[2] + _DIFFERENCE_AIR
        # The words below the two planes need room beside each other.
        words_end = (row.output.box[0] + row.output.box[2] + self._wide(self._restored)) / 2
        left = max(left, words_end + 0.6 + (self._wide(_VERDICTS[0]) - self.plan.input_size[-1]) / 2)
        return block(self.plan.input_size, left, 0.0, 1.0, said, "", "x′ − x")

    def _wide(self, text: str) -> float:
        return heading_width(text, "", self.size)

    @property
    def _restored(self) -> str:
        return f"{size_words(self.plan.output_size)}: size restored"

    @cached_property
    def box(self) -> tuple[float, float, float, float]:
        """Left, top, right and bottom without the sum line."""
        boxes = np.array([row.box for row in self.rows])
        left, top = boxes[:, :2].min(axis=0).tolist()
        right, bottom = boxes[:, 2:].max(axis=0).tolist()
        if self.difference:
            right = self.difference.box[2]
            note = heading_width(self._verdict, "", self.size) / 2
            right = max(right, (self.difference.box[0] + self.difference.box[2]) / 2 + note)
        if self.is_compared:
            bottom += _NOTES * self.size
        return left, top, right, bottom

    @cached_property
    def _longest_line(self) -> list[Tile]:
        return max((self.rows[one.row].longest_line(one.stage) for one in self.passes), key=length)

    @property
    def _line_scale(self) -> float:
        return line_scale(self._longest_line, self.box[2] - self.box[0])

    @cached_property
    def bounds(self) -> tuple[float, float, float, float]:
        left, top, right, bottom = self.box
        wide = length(self._longest_line)
        if self.look.is_labelled:
            middle = (left + right) / 2
            left, right = min(left, middle - wide / 2), max(right, middle + wide / 2)
            bottom += (_BELOW + 0.35) * self._line_scale
        if self.plan.compared is not None:
            right = max(right, self._equals_at + _BESIDE + width_of(self._verdict, "bold") * self.size)
        for text, x, y in self._all_notes():
            half = heading_width(text, "", self.size) / 2
            left, right, bottom = min(left, x - half), max(right, x + half), max(bottom, y + self.size / 2)
        return left, top, right, bottom

    def ground(self) -> Shapes:
        shapes = [shape for row in self.rows for shape in row.ground()]
        if self.difference:
            shapes += [*self.difference.filled_blank(), *self.difference.heading(self.size)]
        shapes += [words(text, x, y, self.size) for text, x, y in self._notes()]
        return tuple(shapes)

    def marks(self, numbers: range) -> Shapes:
        shapes: list[Shape] = []
        for one in self.passes:
            # A layer's pass ends a moment after its last step, when the next one begins.
            own = range(max(numbers.start - one.start, 0), min(numbers.stop - one.start, one.count + 1))
            if own:
                shapes += self.rows[one.row].marks(one.stage, own)
        return tuple(shapes)

    def moment(self, number: int) -> Shapes:
        one = self._pass(number)
        if one is None:
            return self._end()
        row, own = self.rows[one.row], number - one.start
        shapes = [*row.moment(one.stage, own)]
        if self.look.is_labelled:
            line = row.line(one.stage, own)
            left, _, right, bottom = self.box
            scale = self._line_scale
            shapes += line_shapes(line, (left + right - length(line) * scale) / 2, bottom + _BELOW * scale, scale)
        return tuple(shapes)

    def legend(self) -> tuple[Entry, ...]:
        keys = self.rows[-1].sheets[0].legend()
        if len(self.plan.plans) > 1:
            keys.append(key("intermediate", "intermediate"))
        return (*keys, key("kernel", "kernel"), key("not yet computed", "pending"), key("output", "output"))

    def _end(self) -> Shapes:
        """Return what the results have to say in the end."""
        if self.difference:
            x = (self.difference.box[0] + self.difference.box[2]) / 2
            left, _, right, bottom = self.box
            said = "The size is restored, " + ("and so are the values." if self._is_equal else "the values are not.")
            y = bottom + _BELOW * self._line_scale
            return (
                *self._differing(),
                words(self._verdict, x, self._note_y(self.rows[0]), self.size),
                *((words(said, (left + right) / 2, y, 1.15 * self.size),) if self.look.is_labelled else ()),
            )
        if self.plan.compared is None:
            return ()
        first, last = (row.output for row in self.rows)
        x, y = self._equals_at, (self.rows[0].output.box[3] + last.box[1] - 1.2 * self.size) / 2
        bars = [[[x + side, y - 0.32], [x + side, y + 0.32]] for side in (-0.07, 0.07)]
        if self._verdict != _EQUAL:
            bars.append([[x - 0.22, y + 0.12], [x + 0.22, y - 0.12]])
        rings = [one.plane.outline(0, 0, one.plane.rows, one.plane.columns) for one in (first, last)]
        return (
            Lines("reach", np.concatenate([np.array(bars), *rings])),
            words(self._verdict, x + _BESIDE, y, self.size, "bold", anchor=0.0),
        )

    @property
    def _equals_at(self) -> float:
        """Where the equals sign between two results stands."""
        left, _, right, _ = self.rows[0].output.box
        return (left + right) / 2

    def _differing(self) -> Shapes:
        """Return the cells of the difference, the stronger in colour the larger it is."""
        assert self.difference is not None
        plane = self.difference.plane
        if self.plan.difference is None:
            return self.difference.filled("difference")
        sizes = np.abs(np.atleast_2d(self.plan.difference).astype(float))
        shapes: list[Shape] = []
        for size in np.unique(sizes).tolist():
            mask = sizes == size
            role = "difference" if size else "pending"
            strength = _FAINTEST + (1 - _FAINTEST) * size / max(float(sizes.max()), 1e-300)
            shapes += cells(plane, role, mask, strength=strength)
            shapes += self.difference.words(np.argwhere(mask), role, strength=strength)
        return tuple(shapes)

    @property
    def _is_equal(self) -> bool:
        return self.plan.difference is not None and not self.plan.difference.any()

    @property
    def _verdict(self) -> str:
        values = self.plan.difference
        if self.plan.chain.returns:
            return _VERDICTS[self._is_equal]
        if values is None or self.plan.compared is None or self.plan.compared.values is None:
            return _EQUAL
        largest = max(float(abs(self.plan.compared.values.output).max()), 1.0)
        off = float(abs(values).max())
        return _EQUAL if off <= _TOLERANCE * largest else f"off by up to {spell(off, self.look.decimals)}"

    def _note_y(self, row: Row) -> float:
        return row.box[3] + (_NOTES - 0.5) * self.size

    def _notes(self) -> Iterator[tuple[str, float, float]]:
        """Yield what is written below rows: sizes, or counts."""
        if self.plan.chain.returns:
            row = self.rows[0]
            y = self._note_y(row)
            for one, plan in zip(row.inputs, row.plans, strict=True):
                yield size_words(plan.input_size), (one.box[0] + one.box[2]) / 2, y
            yield self._restored, (row.output.box[0] + row.output.box[2]) / 2, y
        elif self.plan.compared is not None:
            for row in self.rows:
                left, _, right, _ = row.box
                yield _counts(row.gathered), (left + right) / 2, self._note_y(row)

    def _all_notes(self) -> Iterator[tuple[str, float, float]]:
        yield from self._notes()
        if self.difference:
            yield self._verdict, (self.difference.box[0] + self.difference.box[2]) / 2, self._note_y(self.rows[0])


def _sums(layer: Layer) -> tuple[str, str]:
    """Return what the result of one of two separable layers is called."""
    kind = "column" if layer.kernel_size[-1] == 1 else "row"
    return f"weighted {kind} sums", ""


def _counts(plans: tuple[Plan, ...]) -> str:
    """Return how many parameters and multiplications some layers take."""
    layers = [plan.layer for plan in plans]
    names = [*("for each sum" for _ in layers[:-1]), "for each output"]
    each = ", ".join(f"{layer.parameters} {name}" for layer, name in zip(layers[:-1], names, strict=False))
    each = " and ".join(filter(None, [each, f"{layers[-1].parameters} {names[-1]}"]))
    every = " + ".join(f"{prod(layer.output_size)}·{layer.parameters}" for layer in layers)
    total = sum(layer.multiplications for layer in layers)
    parameters = _total([layer.parameters for layer in layers])
    return f"{parameters} parameters · multiplications: {each}, {every} = {total} in all"


def _total(parts: list[int]) -> str:
    return str(parts[0]) if len(parts) == 1 else f"{' + '.join(map(str, parts))} = {sum(parts)}"
