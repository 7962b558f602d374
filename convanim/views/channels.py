"""Which channels of many are drawn: the first few, an ellipsis, and the last."""

from __future__ import annotations

from functools import cached_property

from convanim.base.records import dataclass
from convanim.layers import Grouping
from convanim.plans import Plan, Stage

MOST, MOST_OF_TWO, MOST_OF_MORE = 4, 3, 2
"""The most planes in a row per group: with one group, with two, and with more."""

MOST_IN_LITTLE_ROOM = 3
"""The most planes in a row of a picture that stands beside others, and the most towers of slices."""

MOST_GROUPS = 3

Slots = tuple[int | None, ...]
"""The channels drawn in a row; None stands for an ellipsis."""


def shown(count: int, most: int) -> Slots:
    """Return which of ``count`` channels are drawn: ``most`` of them, or one more in place of an ellipsis for it.

    Examples
    --------
    >>> shown(5, 4), shown(16, 4)
    ((0, 1, 2, 3, 4), (0, 1, 2, None, 15))
    """
    if count <= most + 1:
        return tuple(range(count))
    return (*range(most - 1), None, count - 1)


@dataclass(frozen=True)
class Selection:
    """The drawn channels of one layer, group by group.

    Attributes
    ----------
    grouping : Grouping
        All channels of the layer.
    most : int
        The most planes in a row when there is a single group.
    """

    grouping: Grouping
    most: int = MOST

    @cached_property
    def groups(self) -> Slots:
        """The drawn groups."""
        return shown(self.grouping.groups, self.most if self.grouping.is_depthwise else MOST_GROUPS)

    @property
    def in_group(self) -> int:
        """The most planes of each group in a row."""
        if self.grouping.groups == 1:
            return self.most
        return min(self.most, MOST_OF_TWO if self.grouping.groups == MOST_OF_MORE else MOST_OF_MORE)

    def inputs(self, group: int) -> Slots:
        """Return the drawn input channels of a group."""
        return self._of(group, self.grouping.inputs_a_group)

    def outputs(self, group: int) -> Slots:
        """Return the drawn output channels of a group."""
        return self._of(group, self.grouping.outputs_a_group)

    def _of(self, group: int, count: int) -> Slots:
        return tuple(None if one is None else group * count + one for one in shown(count, self.in_group))


@dataclass(frozen=True)
class Chosen:
    """The drawn channels of each tensor of a plan.

    Attributes
    ----------
    stages : tuple of Stage
        The layers in sequence.
    most : int
        The most planes in a row when there is a single group.
    compared : tuple of int
        The tensors that the last one is compared with; the same channels of them are drawn.
    """

    stages: tuple[Stage, ...]
    most: int = MOST
    compared: tuple[int, ...] = ()

    @classmethod
    def of(cls, plan: Plan, is_beside: bool) -> Chosen:
        """Return the drawn channels of a plan: fewer if its picture stands beside others, or has three axes."""
        compared = tuple(stage.target for stage in plan.stages if stage not in plan.main)
        return cls(plan.main, MOST_IN_LITTLE_ROOM if is_beside or plan.dims == 3 else MOST, compared)

    @cached_property
    def selection(self) -> Selection:
        """The drawn channels of a single layer."""
        return Selection(self.stages[0].grouping, self.most)

    @property
    def is_grouped(self) -> bool:
        """Whether this is a single layer with several groups."""
        return len(self.stages) == 1 and self.stages[0].grouping.groups > 1

    @property
    def has_rules(self) -> bool:
        """Whether groups are separated by lines and named below."""
        return self.is_grouped and not self.selection.grouping.is_depthwise

    @cached_property
    def counts(self) -> tuple[int, ...]:
        """The number of channels before the first layer and after each layer."""
        return (self.stages[0].grouping.in_channels, *(stage.grouping.out_channels for stage in self.stages))

    def slots(self, level: int) -> tuple[Slots, ...]:
        """Return the drawn channels before a layer, group by group; an empty group is an ellipsis of groups."""
        if self.is_grouped:
            of = self.selection.outputs if level else self.selection.inputs
            return tuple(() if group is None else of(group) for group in self.selection.groups)
        return (shown(self.counts[level], self.most),)

    def channels(self, level: int) -> tuple[int, ...]:
        """Return the drawn channels before a layer, in order."""
        return tuple(one for group in self.slots(level) for one in group if one is not None)

    def left_out(self, level: int) -> int:
        """Return how many channels before a layer are not drawn."""
        return self.counts[level] - len(self.channels(level))

    @cached_property
    def by_tensor(self) -> dict[int, tuple[int, ...]]:
        """The drawn channels of each tensor."""
        targets = {stage.target: self.channels(level) for level, stage in enumerate(self.stages, 1)}
        others = dict.fromkeys(self.compared, self.channels(len(self.stages)))
        return {self.stages[0].source: self.channels(0), **others, **targets}
