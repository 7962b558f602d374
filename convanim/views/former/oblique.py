"""The guide's view: the padded input as a plane, the output floating above it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from convanim.scene import Entry, Lines, Points, Scene, Shapes
from convanim.views.former import Plan, Taps
from convanim.views.former.blocks import Block
from convanim.views.former.contents import Contents, input_lettering, output_lettering, sheet_tones, weight_chips
from convanim.views.former.lettering import Lettering
from convanim.views.former.marks import key
from convanim.views.former.plane import Plane
from convanim.views.former.rays import broken
from convanim.views.former.sheet import Sheet
from convanim.views.look import Look

_NUMBER, _NUMBER_AT = 0.42, (0.41, 0.45)
_LETTER, _LETTER_AT = 0.35, (0.31, 0.42)
"""Where a chip leaves room for them."""

_CHIP, _WEIGHT = 0.38, 0.32
_CLASSIC_SHIFT = np.array([-0.09, 0.0])


def draw(plan: Plan, look: Look) -> Scene:
    """Return the scene of a plan with one or two axes, in the guide's projection."""
    return Scene.of(_Drawing(plan, look))


@dataclass(frozen=True)
class _Drawing:
    """A plan laid out in the picture; one axis is drawn as a single row."""

    plan: Plan
    look: Look

    @property
    def steps(self) -> int:
        """How many there are."""
        return len(self.plan)

    @cached_property
    def sheet(self) -> Sheet:
        return Sheet(
            self.plan.grid,
            np.zeros(2),
            classic=self.look.classic,
            lettering=self._lettering,
            tones=sheet_tones(self.plan, self.look),
        )

    @cached_property
    def _contents(self) -> Contents:
        return Contents(self.plan, self.look)

    @property
    def _lettering(self) -> Lettering | None:
        has_chips = self.look.has_chips and self.plan.layer.is_weighted
        is_lettered = self.look.labels == "letters"
        most, at = (_LETTER, _LETTER_AT) if is_lettered and has_chips else (_NUMBER, _NUMBER_AT)
        found = input_lettering(self.plan, self.look.in_cells, most)
        return found and (replace(found, at=at) if has_chips else found)

    @cached_property
    def result(self) -> Block:
        """The output with what its cells say."""
        said = output_lettering(self.plan, self.look.in_cells, _NUMBER)
        return Block(self.output, said, tones=self._contents.output_tones)

    @cached_property
    def output(self) -> Plane:
        rows, columns = (1, *self.plan.output_size)[-2:]
        below = self.sheet.plane
        row = below.rows - rows
        if self.look.classic:
            plane = Plane.above(below, (rows, columns), row, 0, below.rows + 1)
            return Plane(rows, columns, plane.origin + _CLASSIC_SHIFT)
        return Plane.floating(below, (rows, columns))

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        corners = np.concatenate([self.sheet.plane.corners(), self.output.corners()])
        (left, top), (right, bottom) = corners.min(axis=0), corners.max(axis=0)
        return float(left), float(top), float(right), float(bottom)

    def ground(self) -> Shapes:
        result = self.result.filled_blank() if self.look.reveal else self.result.filled("output")
        return (*self.sheet.ground(), *result)

    def marks(self, numbers: range) -> Shapes:
        return self.result.run(numbers, "output") if self.look.reveal else ()

    def moment(self, number: int) -> Shapes:
        reads = self.plan.step(number).reads
        (top, left, bottom, right), covered = self.sheet.covered(reads)
        window = self.sheet.plane.outline(top, left, bottom, right)
        row, column = divmod(number, self.output.columns)
        current = self.result.cell(row, column, "output", shaded=True)
        if self.look.classic:
            return (
                *self.sheet.shaded(reads),
                Lines("window", self.sheet.plane.edges(covered, top, left)),
                *self._rays(window, row, column),
                *current,
            )
        return (
            *self.sheet.shaded(reads),
            *self.sheet.originals(reads),
            *self.sheet.reach(reads),
            *self._rays(window, row, column),
            *self._chips(reads),
            *current,
            Lines("reach", self.output.outline(row, column, row + 1, column + 1)),
        )

    def legend(self) -> tuple[Entry, ...]:
        keys = self.sheet.legend()
        if self.look.reveal:
            keys.append(key("not yet computed", "pending"))
        return (*keys, key("output", "output"), key("output of this step", "output", shaded=True))

    def _chips(self, reads: Taps) -> Shapes:
        if not self.look.is_labelled:
            return ()
        return weight_chips(self._contents, self.sheet, reads, _CHIP, _WEIGHT)

    def _rays(self, window: Points, row: int, column: int) -> Shapes:
        """Return the rays from the window's corners to the output cell's, in sight and behind."""
        starts, ends = window[:, 0], self.output.outline(row, column, row + 1, column + 1)[:, 0]
        seen = starts + (ends - starts) * self.output.hidden_from(starts, ends)[:, None]
        rays = np.stack([starts, seen], axis=1)
        rays = broken(rays, self.sheet.plane, self.sheet.lettering, self.sheet.written)
        if self.look.classic:
            return (Lines("ray", rays),)
        over = np.stack([seen, ends], axis=1)
        over = self.result.broken(over, row * self.output.columns + column)
        return Lines("ray", rays), Lines("ray_over", over)
