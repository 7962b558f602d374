"""Which channels of many are drawn: the first few, an ellipsis, and the last."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from convanim.layers import Grouping

MOST, MOST_OF_TWO, MOST_OF_MORE = 4, 3, 2
"""The most planes in a row: of one group, of each of two groups, and of each of more."""

MOST_BESIDE = 3
"""The most planes in a row of a picture that stands beside others."""

MOST_GROUPS = 3

Slots = tuple[int | None, ...]
"""Channels that are drawn in a row, None for an ellipsis."""


def shown(count: int, most: int) -> Slots:
    """Return which of so many are drawn.

    Examples
    --------
    >>> shown(3, 4), shown(16, 4)
    ((0, 1, 2), (0, 1, 2, None, 15))
    """
    if count <= most:
        return tuple(range(count))
    return (*range(most - 1), None, count - 1)


@dataclass(frozen=True)
class Selection:
    """The channels of one layer that are drawn, group by group.

    Attributes
    ----------
    grouping : Grouping
        All of them.
    most : int
        The most planes of a single group in a row.
    """

    grouping: Grouping
    most: int = MOST

    @property
    def is_depthwise(self) -> bool:
        """Whether each input channel is a group of its own."""
        return self.grouping.inputs_a_group == 1 and self.grouping.groups > 1

    @cached_property
    def groups(self) -> Slots:
        """The groups that are drawn."""
        return shown(self.grouping.groups, self.most if self.is_depthwise else MOST_GROUPS)

    @property
    def in_group(self) -> int:
        """The most planes of each group in a row."""
        if self.grouping.groups == 1:
            return self.most
        return min(self.most, MOST_OF_TWO if self.grouping.groups == MOST_OF_MORE else MOST_OF_MORE)

    def inputs(self, group: int) -> Slots:
        """Return the input channels of a group that are drawn."""
        return self._of(group, self.grouping.inputs_a_group)

    def outputs(self, group: int) -> Slots:
        """Return the output channels of a group that are drawn."""
        return self._of(group, self.grouping.outputs_a_group)

    def _of(self, group: int, count: int) -> Slots:
        return tuple(None if one is None else group * count + one for one in shown(count, self.in_group))
