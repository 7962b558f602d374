"""A chain in the guide's projection: each layer's result floats above what it reads."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from math import prod

import numpy as np
from numpy.typing import NDArray

from convanim.scene import Entry, Lines, Points, Scene, Shape, Shapes, Texts
from convanim.views.former import ChainPlan, Plan, ScatterPlan
from convanim.views.former.blocks import Block
from convanim.views.former.contents import input_lettering, output_lettering, sheet_tones, tones_of
from convanim.views.former.headings import heading_size, heading_width, words
from convanim.views.former.marks import key, rows_columns
from convanim.views.former.plane import Plane
from convanim.views.former.rays import broken
from convanim.views.former.sheet import Sheet
from convanim.views.look import Look
from convanim.wording import layer_lines, layer_title
from convanim.wording import size as size_words

_NUMBER = 0.42
_SIZE = 1.25
"""Words beside planes are larger than headings, since they stand by themselves."""

_LABEL_AIR = 0.7
"""Between the planes and the words beside them."""

_LINE = 1.4
"""From one line of words to the next, in their sizes."""

Mask = NDArray[np.bool_]


def draw(plan: ChainPlan, look: Look) -> Scene:
    """Return the scene of a chain with one or two axes: its passes, or one cell's receptive field."""
    gathered = tuple(one.gathered if isinstance(one, ScatterPlan) else one for one in plan.plans)
    return Scene.of(_Drawing(replace(plan, plans=gathered), replace(look, classic=False, has_chips=False)))


@dataclass(frozen=True)
class _Drawing:
    """A chain laid out from the input below to the output above."""

    plan: ChainPlan
    look: Look

    @property
    def steps(self) -> int:
        """How many there are."""
        return len(self.plan) if self.look.field is None else len(self.plan.plans) + 1

    @cached_property
    def plans(self) -> tuple[Plan, ...]:
        """The layers' plans, output cell by output cell."""
        return tuple(plan for plan in self.plan.plans if isinstance(plan, Plan))

    @cached_property
    def sheets(self) -> tuple[Sheet, ...]:
        """What each layer reads."""
        found: list[Sheet] = []
        for number, plan in enumerate(self.plans):
            letter = "h" if number else "x"
            said = input_lettering(plan, self.look.in_cells, _NUMBER, letter)
            filled = "intermediate" if number else "input"
            tones = sheet_tones(plan, self.look)
            flat = Sheet(plan.grid, np.zeros(2), filled=filled, lettering=said, tones=tones)
            if number:
                size = (flat.plane.rows, flat.plane.columns)
                flat = replace(flat, origin=Plane.floating(found[-1].plane, size, flat.spread).origin)
            found.append(flat)
        return tuple(found)

    @cached_property
    def output(self) -> Block:
        rows, columns = (1, *self.plan.output_size)[-2:]
        plane = Plane.floating(self.sheets[-1].plane, (rows, columns))
        last = self.plans[-1]
        values = last.values.output if last.values else None
        return Block(plane, output_lettering(last, self.look.in_cells, _NUMBER), tones=tones_of(values, self.look))

    @cached_property
    def planes(self) -> tuple[Plane, ...]:
        return (*(sheet.plane for sheet in self.sheets), self.output.plane)

    @cached_property
    def _span(self) -> tuple[float, float, float, float]:
        corners = np.concatenate([plane.corners() for plane in self.planes])
        (left, top), (right, bottom) = corners.min(axis=0).tolist(), corners.max(axis=0).tolist()
        return left, top, right, bottom

    @cached_property
    def size(self) -> float:
        """Size of the words beside the planes."""
        left, _, right, _ = self._span
        return _SIZE * heading_size((right - left) * 1.3)

    @cached_property
    def bounds(self) -> tuple[float, float, float, float]:
        left, top, right, bottom = self._span
        seen = self._seen(len(self.plans)) if self.look.field is not None else ()
        said = [text for text in (*self._labels(), *seen) if isinstance(text, Texts)]
        widest = max(
            heading_width(text.words[0], "", self.size) * (1.12 if text.face == "bold" else 1) for text in said
        )
        half = self.size / 2
        lowest = max(text.places[0, 1] + half for text in said)
        highest = min(text.places[0, 1] - half for text in said)
        return left, min(top, float(highest)), right + _LABEL_AIR + widest, max(bottom, float(lowest))

    def ground(self) -> Shapes:
        shapes: list[Shape] = []
        for number, sheet in enumerate(self.sheets):
            shapes += sheet.ground(pending=number > 0 and self.reveals)
        result = self.output.filled_blank() if self.reveals else self.output.filled("output")
        return (*shapes, *result, *self._labels())

    @property
    def reveals(self) -> bool:
        """Whether results are blank until they are computed."""
        return self.look.reveal and self.look.field is None

    def marks(self, numbers: range) -> Shapes:
        if not self.reveals:
            return ()
        shapes: list[Shape] = []
        for stage, (start, stop) in enumerate(zip(self.plan.starts, self.plan.starts[1:], strict=False)):
            own = range(max(numbers.start, start) - start, min(numbers.stop, stop) - start)
            if stage + 1 < len(self.plans):
                after = self.sheets[stage + 1]
                shapes += after.revealed(own) if own else ()
                # What copies the result is known when all of it is.
                shapes += after.copies() if numbers.start <= stop < numbers.stop else ()
            elif own:
                shapes += self.output.run(own, "output")
        return tuple(shapes)

    def moment(self, number: int) -> Shapes:
        return self._window(number) if self.look.field is None else self._field(number)

    def _window(self, number: int) -> Shapes:
        """Return the window of a step, and the cell that it makes."""
        stage, own = self.plan.place(number)
        sheet, step = self.sheets[stage], self.plans[stage].step(own)
        (top, left, bottom, right), _ = sheet.covered(step.reads)
        is_last = stage + 1 == len(self.plans)
        after = self.output if is_last else self._as_block(self.sheets[stage + 1])
        row, column = (rows_columns(step.writes) if is_last else self.sheets[stage + 1].places(step.writes))[0].tolist()
        return (
            *sheet.shaded(step.reads),
            *sheet.originals(step.reads),
            *sheet.reach(step.reads),
            *self._rays(
                stage,
                sheet.plane.outline(top, left, bottom, right),
                after.plane.outline(row, column, row + 1, column + 1),
                own if self.reveals else len(self.plans[stage]),
            ),
            *after.cell(row, column, "output" if is_last else "intermediate", shaded=True),
            Lines("reach", after.plane.outline(row, column, row + 1, column + 1)),
        )

    @staticmethod
    def _as_block(sheet: Sheet) -> Block:
        return Block(sheet.plane, sheet.lettering, tones=sheet.tones)

    def _rays(self, stage: int, window: Points, cell: Points, count: int) -> Shapes:
        """Return rays from the corners of a window to those of what it makes, fainter before the plane above.

        Of that plane so many cells are computed, in order.
        """
        starts, ends, above = window[:, 0], cell[:, 0], self.planes[stage + 1]
        seen = starts + (ends - starts) * above.hidden_from(starts, ends)[:, None]
        rays, sheet = np.stack([starts, seen], axis=1), self.sheets[stage]
        rays = broken(rays, sheet.plane, sheet.lettering, sheet.written)
        over = np.stack([seen, ends], axis=1)
        if stage + 1 < len(self.plans):
            after = self.sheets[stage + 1]
            over = broken(over, above, after.lettering, after.known(count))
        else:
            over = self.output.broken(over, count)
        return Lines("ray", rays), Lines("ray_over", over)

    @cached_property
    def _masks(self) -> tuple[Mask, ...]:
        """Which cells of each plane the chosen output cell depends on."""
        assert self.look.field is not None
        sources = self.plan.field(self.look.field)
        found = []
        for sheet, mask in zip(self.sheets, sources, strict=False):
            own = np.zeros(sheet.roles.shape, bool)
            own[tuple(sheet.places(np.argwhere(mask)).T)] = True
            found.append(own)
        return (*found, np.atleast_2d(sources[-1]))

    def _field(self, number: int) -> Shapes:
        """Return the cells that count so far, from the output downward."""
        last = len(self.plans)
        shapes: list[Shape] = []
        boxes = [_box(mask) for mask in self._masks]
        for level in range(last - number, last + 1):
            plane, mask = self.planes[level], self._masks[level]
            if level < last:
                shapes += self.sheets[level].darkened(mask)
            else:
                row, column = np.argwhere(mask)[0].tolist()
                shapes += self.output.cell(row, column, "output", shaded=True)
            shapes.append(Lines("reach", plane.outline(*boxes[level])))
            if level > last - number:
                below = self.planes[level - 1].outline(*boxes[level - 1])
                shapes += self._rays(level - 1, below, plane.outline(*boxes[level]), len(self.plans[level - 1]))
        return (*shapes, *self._seen(number))

    def _labels(self) -> Shapes:
        """Return what the planes and the layers between them are."""
        names = ["input", *(f"layer {number}" for number in range(1, len(self.plans))), "output"]
        sizes = [*(plan.input_size for plan in self.plans), self.plan.output_size]
        shapes: list[Shape] = []
        for level, (name, size) in enumerate(zip(names, sizes, strict=True)):
            shapes.append(self._beside(f"{name}: {size_words(size)}", 2 * level, 0))
        for number, plan in enumerate(self.plans):
            shapes += [self._beside(text, 2 * number + 1, line) for line, text in enumerate(_layer_words(plan))]
        return tuple(shapes)

    def _seen(self, number: int) -> Shapes:
        """Return how many cells count on each plane so far."""
        if self.look.field is None:
            return ()
        last = len(self.plans)
        shapes: list[Shape] = []
        for level in range(last - number, last + 1):
            top, left, bottom, right = _box(self._masks[level])
            size = (bottom - top, right - left) if len(self.plan.output_size) == 2 else (right - left,)
            said = _counted(int(self._masks[level].sum()), size) + (": its receptive field" if level == 0 else "")
            shapes.append(self._beside(said, 2 * level, 1, "bold"))
        return tuple(shapes)

    def _beside(self, text: str, slot: int, line: int, face: str = "regular") -> Texts:
        """Return a line of the words in a slot: planes have the even ones from below, layers the odd ones."""
        y = self._slots[slot] + (line + 0.5) * _LINE * self.size
        return words(text, self._span[2] + _LABEL_AIR, y, self.size, face, anchor=0.0)

    @cached_property
    def _slots(self) -> list[float]:
        """The upper ends of the words beside each plane and each layer, from the input up.

        They stand level with what they name, or below the words above where
        the planes are too low for that.
        """
        middles = [float(plane.corners()[:, 1].mean()) for plane in self.planes]
        between = [(low + high) / 2 for low, high in pairwise(middles)]
        lines = [1 if self.look.field is None else 2, *(len(_layer_words(plan)) for plan in self.plans)]
        wishes: list[tuple[float, float]] = []
        for level, middle in enumerate(middles):
            wishes.append((middle, lines[0] * _LINE * self.size))
            if level < len(between):
                wishes.append((between[level], lines[level + 1] * _LINE * self.size))
        found: list[float] = []
        end = -np.inf
        for middle, high in reversed(wishes):
            found.append(float(max(middle - high / 2, end)))
            end = found[-1] + high + 0.3 * self.size
        return found[::-1]

    def legend(self) -> tuple[Entry, ...]:
        keys = self.sheets[0].legend()
        if len(self.plans) > 1:
            keys.append(key("layer's result", "intermediate"))
        if self.reveals:
            keys.append(key("not yet computed", "pending"))
        return (*keys, key("output", "output"))


def _layer_words(plan: Plan) -> tuple[str, ...]:
    """Return what stands beside a layer, line by line."""
    return (layer_title(plan.layer), *layer_lines(plan.layer))


def _box(mask: Mask) -> tuple[int, int, int, int]:
    """Return the rectangle around a mask: top, left, bottom, right."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not len(rows):
        return 0, 0, 0, 0
    return int(rows[0]), int(columns[0]), int(rows[-1]) + 1, int(columns[-1]) + 1


def _counted(count: int, size: tuple[int, ...]) -> str:
    """Return how many cells there are, and how far they spread where they have gaps."""
    if count == 1:
        return "1 cell"
    return f"{size_words(size)} cells" if count == prod(size) else f"{count} cells, over {size_words(size)}"
