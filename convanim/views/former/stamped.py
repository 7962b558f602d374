"""The output of a transposed convolution while stamps fall on it: how many, and what they add up to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from convanim.scene import Lines, Points, Shape, Shapes
from convanim.values import signed, spell
from convanim.views.former import Ints, ScatterPlan
from convanim.views.former.blocks import Block
from convanim.views.former.contents import corner_tiles, plane_lettering
from convanim.views.former.lettering import Lettering, lettered
from convanim.views.former.marks import cells, rows_columns
from convanim.views.former.plane import FLAT, Plane
from convanim.views.former.rays import broken
from convanim.views.look import Look

_NUMBER, _OLD_AT = 0.36, (0.35, 0.5)
_ADDED_WIDTH, _ADDED_HEIGHT, _ADDED, _ADDED_GAP = 0.6, 0.30, 0.25, 0.13
FAINTEST = 0.2
"""Strength of the colour where one stamp falls and elsewhere more do."""


def sums_lettering(plan: ScatterPlan, look: Look) -> Lettering | None:
    """Return the lettering of an output: its size is right for every number on the way."""
    if look.overlap:
        words = np.atleast_2d(plan.overlap).astype(str).astype(object) if look.is_labelled else None
    elif look.labels != "numbers" or plan.values is None:
        return plane_lettering("y", None, plan.output_size, look, _NUMBER)
    else:
        words = np.array([[spell(total, look.decimals) for total in _totals(plan)]], object)
    if words is None:
        return None
    found = lettered(words, np.full(words.shape, "", object), _NUMBER)
    return found if look.overlap or not look.has_chips else replace(found, at=_OLD_AT)


def _totals(plan: ScatterPlan) -> Iterable[object]:
    """Yield every number that an output cell holds at some time."""
    assert plan.values is not None
    sums = np.zeros_like(plan.values.output)
    yield 0
    for number, step in enumerate(plan):
        inside = plan.inside(step.writes)
        places = tuple(step.writes[inside].T)
        sums[places] += np.array(plan.products(number), sums.dtype)[inside]
        yield from sums[places].tolist()


@dataclass(frozen=True, eq=False)
class StampedOutput:
    """The output of a plan, as it is before each step.

    Attributes
    ----------
    plan : ScatterPlan
        Whose stamps fall.
    look : Look
        How it is shown.
    block : Block
        Where it lies, with `sums_lettering`.
    is_graded : bool
        Whether the colour is the stronger the more stamps have fallen.
    """

    plan: ScatterPlan
    look: Look
    block: Block
    is_graded: bool = True

    @cached_property
    def most(self) -> int:
        """How many stamps fall on a cell at most."""
        return max(int(self.plan.overlap.max()), 1)

    def strength(self, count: int) -> float:
        """Return how strong the colour of a cell is that so many stamps have reached."""
        if not count:
            return 0.0
        if not self.is_graded:
            return 1.0
        graded = FAINTEST + (1 - FAINTEST) * (count - 1) / (self.most - 1) if self.most > 1 else 1.0
        return min(graded, 1.0)

    def cells(self, places: Ints, number: int, shaded: bool = False) -> Shapes:
        """Return some cells, (row, column), as they are before a step."""
        known = [self.plan.before(self._cell(row, column), number) for row, column in places.tolist()]
        counts = np.array([count for count, _ in known], np.int64)
        shapes: list[Shape] = []
        for count in np.unique(counts).tolist():
            chosen = np.flatnonzero(counts == count)
            own, strength = places[chosen], self.strength(count)
            mask = np.zeros((self.block.plane.rows, self.block.plane.columns), bool)
            mask[tuple(own.T)] = True
            shapes += cells(self.block.plane, "output", mask, shaded=shaded, strength=strength)
            if count or (shaded and not self.look.overlap) or number == len(self.plan):
                totals = [known[place][1] for place in chosen.tolist()]
                shapes += self._said(own, count, totals, shaded, strength)
        return tuple(shapes)

    def marks(self, numbers: range) -> Shapes:
        """Return what it holds before the last of some steps, where the steps before have changed it."""
        number, plane = numbers[-1], self.block.plane
        if number == len(self.plan):
            return self.cells(np.argwhere(np.ones((plane.rows, plane.columns), bool)), number)
        return self.cells(self.touched(range(max(numbers[0] - 1, 0), number)), number)

    def heading(self, size: float) -> Shapes:
        """Return its heading, above what is cut off."""
        plane = self.block.plane
        raised = replace(plane, origin=plane.origin - np.array([0.0, self.cut[0]]))
        return replace(self.block, plane=raised).heading(size)

    def touched(self, numbers: Iterable[int]) -> Ints:
        """Return the cells, (row, column), that some steps write."""
        places: list[Ints] = []
        for number in numbers:
            writes = self.plan.step(number).writes
            places.append(rows_columns(writes[self.plan.inside(writes)]))
        return np.unique(np.concatenate(places), axis=0) if places else np.empty((0, 2), np.int64)

    @cached_property
    def _first(self) -> Ints:
        """The first step that reaches each cell, the number of steps where none does."""
        found = np.full(self.plan.output_size, len(self.plan))
        for number in reversed(range(len(self.plan))):
            writes = self.plan.step(number).writes
            found[tuple(writes[self.plan.inside(writes)].T)] = number
        return np.atleast_2d(found)

    def broken(self, rays: Points, number: int) -> Points:
        """Return rays without what crosses the words that stand here before a step."""
        lettering = self.block.lettering
        return broken(rays, self.block.plane, lettering, self._first < number)

    def beyond(self) -> Shapes:
        """Return the cells around the output that padding cuts off."""
        top, left, bottom, right = self.cut
        plane = self.block.plane
        mask = np.ones((top + plane.rows + bottom, left + plane.columns + right), bool)
        mask[top : top + plane.rows, left : left + plane.columns] = False
        around = Plane(*mask.shape, plane.origin - np.array([left, top]), FLAT)
        return cells(around, "idle", mask)

    @cached_property
    def cut(self) -> tuple[int, int, int, int]:
        """How far stamps reach beyond the output: above, left, below, right."""
        first, last = (rows_columns(self.plan.step(number).writes) for number in (0, len(self.plan) - 1))
        size = np.array([self.block.plane.rows, self.block.plane.columns])
        top, left = np.maximum(-first.min(axis=0), 0).tolist()
        bottom, right = np.maximum(last.max(axis=0) + 1 - size, 0).tolist()
        return top, left, bottom, right

    def outline(self, number: int) -> Lines:
        """Return the outline of the stamp of a step, also where it is cut off."""
        written = rows_columns(self.plan.step(number).writes)
        (top, left), (bottom, right) = written.min(axis=0).tolist(), (written.max(axis=0) + 1).tolist()
        return Lines("reach", self.block.plane.outline(top, left, bottom, right))

    def added(self, number: int) -> Shapes:
        """Return what a step adds to each cell, on small tiles."""
        if (
            self.look.labels != "numbers"
            or not (self.look.has_chips and self.look.has_cells)
            or not self.plan.is_valued
            or self.look.overlap
        ):
            return ()
        writes = self.plan.step(number).writes
        inside = self.plan.inside(writes)
        said = [signed(spell(value, self.look.decimals)) for value in self.plan.products(number)]
        words = np.array(said, object)[inside]
        if not len(words):
            return ()
        lettering = lettered(words, np.full(words.shape, "", object), 1.0, face="bold")
        size = min(_ADDED, 0.9 * _ADDED_WIDTH / self._widest_added)
        places = rows_columns(writes[inside])
        own = replace(lettering, size=size)
        return corner_tiles(self.block.plane, places, own, "added", _ADDED_WIDTH, _ADDED_HEIGHT, _ADDED_GAP)

    @cached_property
    def _widest_added(self) -> float:
        every = {
            spell(value, self.look.decimals) for number in range(len(self.plan)) for value in self.plan.products(number)
        }
        words = np.array([signed(said) for said in every], object)
        return lettered(words, np.full(words.shape, "", object), 1.0).widest

    def _cell(self, row: int, column: int) -> tuple[int, ...]:
        return (row, column) if len(self.plan.output_size) == 2 else (column,)

    def _said(self, places: Ints, count: int, totals: list[Any], shaded: bool, strength: float) -> Shapes:
        """Return what some cells say that the same number of stamps has reached."""
        lettering, plane = self.block.lettering, self.block.plane
        if lettering is None:
            return ()
        if self.look.labels == "letters" and not self.look.overlap:
            return lettering.texts(plane, places, "output", shaded, strength)
        said = [str(count) if self.look.overlap else spell(total, self.look.decimals) for total in totals]
        words = np.full((plane.rows, plane.columns), "", object)
        words[tuple(places.T)] = said
        own = replace(lettering, words=words, lowered=np.full(words.shape, "", object))
        return own.texts(plane, places, "output", shaded, strength)
