"""The sum of a step below a picture, in any view."""

from __future__ import annotations

from functools import cached_property

from convanim.plans import Stage
from convanim.views.flat_sums import MOST_WIDTH, PLUS, line_scale, rows_high, rows_shapes
from convanim.views.picture import Picture, Work
from convanim.views.scene import Shapes
from convanim.views.sum_tiles import Terms

Box = tuple[float, float, float, float]

_WIDER = 1.15
"""The width that a sum may have, relative to the picture."""

LEAST_WIDTH = 10.0
"""The width that a sum may have below any picture."""


class Summed(Picture):
    """A view with its `core` and, if there are labels, the sum of each step below it."""

    below: float = 1.07
    """The distance from the core to the middle of the first row."""

    is_wide: bool = False
    """Whether a sum may be wider than the picture."""

    @cached_property
    def core(self) -> Box:
        """The left, top, right and bottom of the picture without the sum."""
        raise NotImplementedError

    @cached_property
    def terms(self) -> Terms:
        """The sums of the steps."""
        if self.is_wide:
            return Terms(self)
        left, _, right, _ = self.core
        return Terms(self, min(MOST_WIDTH, max(LEAST_WIDTH, (right - left) * _WIDER)))

    @property
    def has_sum(self) -> bool:
        """Whether the sum of a step is written below."""
        return self.look.is_labelled and not self.look.overlap and self.plan.walk.way != "field"

    @property
    def _sum_scale(self) -> float:
        left, _, right, _ = self.core
        return line_scale(self.terms.lengths.longest, max(right - left, self.look.across))

    @property
    def bounds(self) -> Box:
        """The left, top, right and bottom of all that is drawn."""
        left, top, right, bottom = self.core
        if self.has_sum:
            scale = self._sum_scale
            wide, middle = self.terms.lengths.longest * scale, (left + right) / 2
            left, right = min(left, middle - wide / 2), max(right, middle + wide / 2)
            bottom += self._room_of(self.terms.lengths.rows(self.summed_last))
        return left, top, right, bottom

    @property
    def summed_last(self) -> tuple[Stage, ...]:
        """The stages whose sums stand below everything."""
        return self.plan.walked

    def spare(self, number: int) -> float:
        """Return the height at the bottom that sums of other steps need, but not that of this one."""
        if not self.has_sum:
            return 0.0
        rows = len(self.terms.rows(self.work(number)))
        return self._room_of(self.terms.lengths.rows(self.summed_last)) - (self._room_of(rows) if rows else 0.0)

    def _room_of(self, rows: int) -> float:
        """Return the height of some rows of sums, with the gap above them and air below."""
        return (self.below + 0.35) * self._sum_scale + rows_high(rows, self._sum_scale)

    def words_at(self, work: Work) -> Shapes:
        """Return the sum of a step."""
        return self.sum(work)

    def sum(self, work: Work) -> Shapes:
        """Return the rows of a step's sum, with the first row at the same height in every step."""
        if not self.has_sum:
            return ()
        left, _, right, _ = self.core
        rows = self.terms.rows(work)
        # The sums of stamps grow from step to step, so they start at a fixed place; rows of one sum, below each other.
        is_stamped = work.stage is not None and work.stage.number in self.stamped
        is_split = len(rows) > 1 and rows[0][-1] == PLUS
        wide = self.terms.lengths.of(work.stage.number) if work.stage is not None and (is_stamped or is_split) else None
        return rows_shapes(rows, (left + right) / 2, self.first_row(work), self._sum_scale, wide)

    def first_row(self, work: Work) -> float:
        """Return the height of the first row of a step's sum."""
        return self._sum_below(self.core[3])

    def _sum_below(self, bottom: float) -> float:
        """Return the height of the first row of sums that stand below something."""
        return bottom + self.below * self._sum_scale
