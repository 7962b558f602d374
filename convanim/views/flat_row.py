"""The flat view of one layer with one axis: the output below the input, so that rays lead down to it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property

import numpy as np

from convanim.base.records import dataclass
from convanim.layers.axis import Kind
from convanim.plans import Grid, Stage, Windows
from convanim.views.flat import Flat
from convanim.views.headings import heading, lines_below
from convanim.views.line import first_output
from convanim.views.picture import Work
from convanim.views.scene import Key, Lines, Points, Shapes, Texts
from convanim.views.sheet import Page, Sheet
from convanim.views.sum_line import Box

_PITCH = 2.7
"""The distance between the input and the output below it."""

_NAME_AIR = 0.22
"""The gap between the output and its name, and below that."""


@dataclass(frozen=True)
class FlatRow(Flat):
    """One layer with one axis: its kernel, with gaps where it is dilated, its input, and the output below that."""

    @property
    def has_maps(self) -> bool:
        """Never: each tensor is one row."""
        return False

    @property
    def _stage(self) -> Stage:
        return self.plan.last

    @cached_property
    def _estimate(self) -> float:
        """The approximate width of the picture."""
        kernels = self._reach * (1 + self.is_rotated) if self._stage.is_weighted else 0
        return 0.8 * kernels + max(map(self._about, self.sites)) + 4

    @property
    def _dilation(self) -> int:
        return self._stage.axes[0].dilation if isinstance(self._stage, Windows) else 1

    @property
    def _is_causal(self) -> bool:
        """Whether windows begin before the input, but do not reach beyond its end as far."""
        return isinstance(self._stage, Windows) and self._stage.axes[0].low > self._stage.axes[0].high

    @property
    def _reach(self) -> int:
        """The number of cells from the first cell of the kernel to its last, gaps included."""
        return self._dilation * (self._stage.layer.kernel_size[0] - 1) + 1

    def kernel_box(self, stage: Stage) -> tuple[float, float]:
        """Return the width and height of a kernel with its gaps."""
        return self._reach * self.scale, self.scale

    def kernel(self, stage: Stage, pair: tuple[int, int], is_rotated: bool = False) -> list[Sheet]:
        """Return the kernel with its gaps, perhaps rotated by 180°."""
        return [self._apart(one) for one in super().kernel(stage, pair, is_rotated)]

    def _apart(self, kernel: Sheet) -> Sheet:
        """Return a kernel with gaps between its cells where it is dilated."""
        own, plain = np.s_[:, :: self._dilation], Grid.plain((1, self._reach))
        kind = np.full((1, self._reach), int(Kind.OVERHANG))
        kind[own] = Kind.INPUT
        said, bars = kernel.lettering, kernel.heights
        if said is not None:
            words, lowered = np.full((2, *kind.shape), "", object)
            words[own], lowered[own] = said.words, said.lowered
            said = replace(said, words=words, lowered=lowered)
        if bars is not None:
            values = np.full(kind.shape, np.nan)
            values[own] = bars.values
            bars = replace(bars, values=values)
        return replace(kernel, grid=replace(plain, kind=kind), lettering=said, heights=bars)

    def kernels(self) -> Shapes:
        """Return the shapes of the sheets that never change, with a frame around a kernel that has gaps."""
        own = [one for one in self.still if one is not self.unspread and self._dilation > 1]
        return (*super().kernels(), *(Lines("edge", one.plane.outline(0, 0, 1, one.columns)) for one in own))

    @cached_property
    def lefts(self) -> dict[int, float]:
        """The left end of the input, and of the output below it."""
        source, target = self.rows[0]
        shift = first_output(self._stage, source) if self._is_causal else (source.grid.kind.size - target.size[0]) / 2
        left = self._beside + max(0.0, -shift)
        return {source.number: left, target.number: left + shift}

    @cached_property
    def middles(self) -> dict[tuple[int, int], float]:
        """The middle height of the input, and of the output below it."""
        return {(site.number, 0): height for site, height in zip(self.rows[0], (0.0, _PITCH), strict=True)}

    @property
    def _output(self) -> Page:
        return next(page for page in self.sheets if page.site == self.rows[0][1].number)

    @property
    def _name_of_output(self) -> tuple[Texts, ...]:
        """The name of the output, below it, where no rays pass."""
        left, _, right, bottom = self.sheets[self._output].box
        title, letter = self.title(self.rows[0][1])
        return heading(title, letter, (left + right) / 2, bottom + self._room_of_name, self.size)

    @property
    def _room_of_name(self) -> float:
        return self.size + 2 * _NAME_AIR

    def names(self, working: set[Page] | None = None) -> list[Texts]:
        """Return the name of the input above it, and that of the output below it."""
        source = next(iter(self.sheets.values()))
        return [*source.heading(self.size), *self._name_of_output]

    def has_partials(self, stage: Stage) -> bool:
        """Never: a sum has a single part."""
        return False

    @cached_property
    def notes(self) -> tuple[Texts, ...]:
        """The layer's settings, below its kernel, or below the name of its output if it has no kernel."""
        if self._stage.is_weighted:
            return super().notes
        left, _, right, bottom = self.sheets[self._output].box
        return lines_below(self.noted, (left + right) / 2, bottom + self._room_of_name, self.size)

    room_of_notes = 0.0

    def rays(self, work: Work) -> Shapes:
        """Return two rays from the lower side of each window down to its output cell."""
        starts = [_side(self.sheets[link.source], link.window.box, 1) for link in work.links]
        ends = [_side(self.sheets[link.target], link.made.box, 0) for link in work.links]
        rays = [np.stack(pair, axis=1) for pair in zip(starts, ends, strict=True)]
        return (Lines("ray", np.concatenate(rays), key=Key("ray", (self._stage.number,))),) if rays else ()

    @property
    def _said(self) -> Iterator[Box]:
        """Yield the boxes of the picture and its words, except for sums."""
        yield from super()._said
        left, _, right, bottom = self.sheets[self._output].box
        yield left, bottom, right, bottom + self._room_of_name


def _side(sheet: Sheet, box: tuple[int, int, int, int], row: int) -> Points:
    """Return both ends of the upper side (row 0) or the lower side of a window in a row of cells."""
    return sheet.plane.points(np.array([[row, box[1]], [row, box[3]]]))
