"""How large the planes beside im2col's product are, and how many stand beside each other, from sizes alone."""

from __future__ import annotations

from functools import cached_property
from math import ceil, sqrt

from convanim.base.records import dataclass
from convanim.plans import Windows
from convanim.plans.matrices import Columns, shape_of_flat_output
from convanim.views.im2col_kernels import KERNEL_GAP, WithKernels
from convanim.views.matrix import TO_COLUMN
from convanim.views.picture import Site

_LARGEST, NAMED = 2, 2.4
"""The most that planes are larger than matrices, and the height of the name of each, in cells of the matrices."""

_APART = 4.0
"""The least room between columns of channels with kernels and their names."""

_GAIN, _LEAST = 1.25, 0.8
"""How much larger cells get, or how much less high a stack, where channels stand in several columns, and the least
scale at which these are as wide as the room for them."""

_TALLER = 1.5
"""The most that the input and its kernels are higher than all else, where its channels can stand in several columns."""

_MOST_WIDE = (57, 54)
"""The greatest width in cells at which numbers stay legible, with the output in one column, and in several."""


@dataclass(frozen=True)
class WithRooms(WithKernels):
    """A product whose planes fill the room that its matrices leave: above the kernels, and beside the columns."""

    @cached_property
    def columns(self) -> Columns:
        """The layer's windows as columns."""
        assert isinstance(self.plan.last, Windows)
        return Columns(self.plan.last)

    @property
    def wide(self) -> int:
        """The number of columns."""
        return self.columns.shape[1]

    @property
    def lines(self) -> int:
        """The number of rows of the flattened output."""
        return shape_of_flat_output(self.plan.last.layer)[0]

    @property
    def estimate(self) -> float:
        """The approximate width of the picture."""
        return self._width(*self._in_row)

    def _width(self, left: int, right: int) -> float:
        """Return the approximate width with so many channels of the input and of the output in a row."""
        (given, made), scale = (self.shape_of(site) for site in self.sites), self._scale(left, right)
        kernel = self.columns.shape[0] if self.plan.last.is_weighted else 0
        beside = left * scale * (given[2] + self.kernel_room)
        if left > 1:
            named = self.kernel_name_ems * self.letters_for(self._width(1, right))
            beside += left * (KERNEL_GAP + max(0.0, named - scale * self.kernel_room)) + (left - 1) * TO_COLUMN
        output = right * scale * made[2] + (right - 1) * TO_COLUMN
        return max(kernel, beside) + self.wide + output + 5

    @cached_property
    def scale(self) -> float:
        """How large the cells of the planes are: large enough to fill the room beside the columns, above kernels."""
        return self._scale(*self._in_row)

    def _scale(self, *in_row: int) -> float:
        return max(1.0, min(map(self._fitting, self.sites, in_row)))

    @property
    def _apart(self) -> float:
        """The least room between columns of the input."""
        return _APART if self.has_kernels else TO_COLUMN

    def _fitting(self, site: Site, in_row: int) -> float:
        """Return the largest scale at which planes, so many in a row, fit beside the columns and above the kernels."""
        slices, high, _ = self.shape_of(site)
        # The output ends beside that which is flattened, below the columns.
        room = self.columns.shape[0] + self.lines * (site is not self.sites[0])
        rows = slices * -(-self.plan.tensors[site.tensor].channels // in_row)
        fits = [float(_LARGEST), (room - NAMED * rows) / (rows * high)]
        is_bounded = self.plan.last.is_weighted or in_row > 1
        return min([*fits, self._fitting_across(site, in_row)] if is_bounded else fits)

    def _fitting_across(self, site: Site, in_row: int) -> float:
        """Return the largest scale at which planes, so many in a row, fit above the kernels."""
        wide = self.shape_of(site)[2]
        beside = self.kernel_room if site is self.sites[0] else 0.0
        gaps = KERNEL_GAP * (beside > 0) + (in_row - 1) * (self._apart if beside else TO_COLUMN)
        return (self.columns.shape[0] - gaps) / (in_row * (wide + beside))

    @cached_property
    def _in_row(self) -> tuple[int, int]:
        """How many channels of the input and of the output stand beside each other.

        There is room for several of the input above wide kernels. Where they
        would be higher than all else, several of both are, as far as numbers
        stay legible.
        """
        inputs, outputs = (self.plan.tensors[site.tensor].channels for site in self.sites)
        if self.plan.dims != 2:
            return super().columns_of(self.sites[0]), super().columns_of(self.sites[1])
        given, above = self.sites[0], 1
        for number in range(2, inputs + 1):
            is_larger = self._fitting(given, number) > _GAIN * self._fitting(given, above)
            if is_larger and self._fitting_across(given, number) > _LEAST:
                above = number
        high, other = (NAMED + self.shape_of(site)[1] for site in self.sites)
        matrices = self.columns.shape[0] + self.lines
        # Kernels, as many as there are outputs, lie below the input.
        left = _fewest(inputs, high, _TALLER * max(matrices, ceil(sqrt(outputs)) * other) - self.lines, above)
        ways = [
            (one, right)
            for one in (left, above)
            for right in (_fewest(outputs, other, _GAIN * max(matrices, -(-inputs // one) * high)), 1)
        ]
        return next((way for way in (*ways, (1, ways[-2][1])) if self._is_legible(*way)), (1, 1))

    def _is_legible(self, left: int, right: int) -> bool:
        """Return whether numbers have room in so many columns, or not more than in one."""
        is_narrow = self._width(left, right) <= max(_MOST_WIDE[right > 1], self._width(1, 1))
        return is_narrow or not (self.look.is_labelled and self.look.has_cells)

    def columns_of(self, site: Site) -> int:
        """Return how many channels of a site stand beside each other."""
        return self._in_row[site is not self.sites[0]]

    def column_pitch(self, site: Site) -> float:
        """Return the distance between columns of channels, with their kernels, names and the ways between them."""
        if site is self.sites[0] and self.has_kernels:
            wide = self.shape_of(site)[2] * self.scale + 2 * self.beyond_planes
            return wide + TO_COLUMN + self.kernels_width + KERNEL_GAP
        return super().column_pitch(site)


def _fewest(count: int, high: float, room: float, least: int = 1) -> int:
    """Return how many channels must stand beside each other, at least some, so that all, so high each, have room."""
    return next((number for number in range(least, count) if -(-count // number) * high <= room), count)
