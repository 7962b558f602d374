"""The plan of a layer or a chain: tensors, the stages between them, and the order of their steps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field, replace
from functools import cached_property
from itertools import pairwise
from math import prod
from typing import Any

import numpy as np

from convanim.base.records import dataclass
from convanim.layers import Chain, Layer
from convanim.layers.axis import Kind
from convanim.plans.fused import fused
from convanim.plans.names import USUAL_NAMES, Named, Names
from convanim.plans.stages import Needs, Stage
from convanim.plans.stamps import Stamps
from convanim.plans.steps import Cell, Grid, Mask, Read, Step, Tensor, kept
from convanim.plans.values import Numbers
from convanim.plans.windows import Windows

ORDERS = {
    "channel": "every place of one output channel, then the next channel",
    "position": "every output channel at one place, then the next place",
}
"""The orders in which a layer with channels computes its output."""

WAYS = {
    "layers": "every step of one layer, then those of the next",
    "fused": "the output cell by cell, each step as soon as all that it reads is made; of two paths, in turn",
    "outputs": "the last layer's output cell by cell, each with all that it depends on",
    "field": "one output cell, traced back layer by layer",
}
"""The ways in which an animation goes through a plan."""


@dataclass(frozen=True)
class Walk:
    """Which steps of a plan are shown, and in which order.

    Attributes
    ----------
    way : str
        A key of `WAYS`.
    order : str
        A key of `ORDERS`.
    cell : tuple of int or None
        For the way ``field``: the cell of the first output channel that is traced back.
    channels : mapping of int to tuple of int
        For some tensors, the only channels that steps go through.
    slices : mapping of int to tuple of int
        For some tensors, the only depth slices that steps go through.
    cells : mapping of int to tuple of int
        For some tensors, the only cells, as row-major indices, that steps go through.
    is_main : bool
        Whether to leave out the stages that compute what the result is compared with.
    is_weighed : bool
        For the way ``field``: whether it ends with how much each input cell weighs.
    """

    way: str = "layers"
    order: str = "channel"
    cell: Cell | None = None
    channels: Mapping[int, tuple[int, ...]] = field(default_factory=dict)
    slices: Mapping[int, tuple[int, ...]] = field(default_factory=dict)
    cells: Mapping[int, tuple[int, ...]] = field(default_factory=dict)
    is_main: bool = False
    is_weighed: bool = False

    @property
    def is_stepwise(self) -> bool:
        """Whether each step is that of one layer."""
        return self.way in ("layers", "fused")


@dataclass(frozen=True, eq=False)
class Plan:
    """Tensors and the stages that lead from one to the next, step by step.

    ``len(plan)`` is the number of steps, ``plan.step(number)`` one of them.

    Attributes
    ----------
    layer : Layer or Chain
        The layer or chain that is planned.
    tensors : tuple of Tensor
        The input first; the target of a stage comes after all of its sources.
    stages : tuple of Stage
        In order of computation; the stage of a layer that the result is
        compared with comes first.
    walk : Walk
        Which steps are shown, and in which order.
    compared : int or None
        The tensor that the output is compared with at the end.
    names : Names
        What its input, its kernels and its output are called.
    made : dict
        A cache of computed planes by tensor and channel, shared with copies of this plan.
    """

    layer: Layer | Chain
    tensors: tuple[Tensor, ...]
    stages: tuple[Stage, ...]
    walk: Walk = Walk()
    compared: int | None = None
    names: Names = USUAL_NAMES
    made: dict[tuple[int, int], Numbers] = field(default_factory=dict, repr=False)

    @property
    def input_size(self) -> Cell:
        """Size of each input channel, per axis."""
        return self.tensors[0].size

    @property
    def output_size(self) -> Cell:
        """Size of each output channel, per axis."""
        return self.last.output_size

    @property
    def dims(self) -> int:
        """Number of axes."""
        return len(self.input_size)

    @property
    def last(self) -> Stage:
        """The stage that makes the output."""
        return self.stages[-1]

    @property
    def grid(self) -> Grid:
        """The grid that is drawn for an input channel of the last stage."""
        return self.last.grid

    @cached_property
    def main(self) -> tuple[Stage, ...]:
        """The stages that lead to the output, without those of what it is compared with."""
        needed, found = {self.last.target}, list[Stage]()
        for stage in reversed(self.stages):
            if stage.target in needed:
                needed |= set(stage.sources)
                found.append(stage)
        return tuple(reversed(found))

    @cached_property
    def kernels(self) -> tuple[Numbers, ...]:
        """The weights of all stages that have any."""
        found = (stage.kernel for stage in self.stages if isinstance(stage, Windows))
        return tuple(kernel for kernel in found if kernel is not None)

    @cached_property
    def is_branched(self) -> bool:
        """Whether a stage on the way to the output reads something else than what the one before it makes."""
        is_joined = any(len(stage.sources) > 1 for stage in self.main)
        return is_joined or any(other.sources != (one.target,) for one, other in pairwise(self.main))

    @property
    def is_chain(self) -> bool:
        """Whether this is the plan of a chain, of one layer or more."""
        return isinstance(self.layer, Chain)

    def is_output(self, tensor: int) -> bool:
        """Return whether a tensor is the output, or a result that it is compared with."""
        return tensor > 0 and tensor in (self.last.target, self.compared)

    def is_end(self, tensor: int) -> bool:
        """Return whether a tensor is the input or the output."""
        return tensor == 0 or self.is_output(tensor)

    def named(self, tensor: int) -> Named:
        """Return what a tensor is called, and the letter of its cells."""
        if tensor == 0:
            return self.names.input
        between = self.names.between
        words = between.words or self.tensors[tensor].name
        return self.names.output if self.is_output(tensor) else replace(between, words=words)

    @cached_property
    def has_channels(self) -> bool:
        """Whether the index of a cell begins with its channel."""
        return self.layer.has_channels

    @cached_property
    def has_several_channels(self) -> bool:
        """Whether any tensor has several channels."""
        return any(tensor.channels > 1 for tensor in self.tensors)

    @property
    def has_one_scale(self) -> bool:
        """Whether all values are of one scale, since no stage multiplies them with weights."""
        return not any(stage.is_weighted or stage.rule.power or stage.rule.is_product for stage in self.stages)

    @property
    def is_valued(self) -> bool:
        """Whether the plan has numbers."""
        return self.tensors[0].values is not None

    @property
    def has_shares(self) -> bool:
        """Whether any stage weighs cells by shares."""
        return any(stage.has_shares for stage in self.stages)

    @property
    def is_compared(self) -> bool:
        """Whether the walk ends with a comparison."""
        return self.compared is not None and not self.walk.is_main and self.walk.is_stepwise

    @property
    def has_end(self) -> bool:
        """Whether an animation ends with an extra step, which shows the comparison or the sum of all stamps."""
        return self.is_compared or (self.last.is_stamped and self.walk.is_stepwise)

    @property
    def taps(self) -> int:
        """Total number of cells read by all steps of the main stages."""
        return sum(stage.taps for stage in self.main)

    def walking(self, **changes: Any) -> Plan:
        """Return this plan with some attributes of its walk changed."""
        return replace(self, walk=replace(self.walk, **changes))

    def gathering(self) -> Plan:
        """Return this plan with steps that gather instead of stamp, as tracing a cell back does."""
        return replace(self, stages=tuple(replace(stage, is_stamped=False) for stage in self.stages))

    @cached_property
    def walked(self) -> tuple[Stage, ...]:
        """The stages whose steps are shown, in order."""
        if self.walk.way == "outputs":
            return (self.last,)
        return self.main if self.walk.is_main else self.stages

    def channels_of(self, stage: Stage) -> Sequence[int]:
        """Return the channels that a stage's steps go through: those of its target, or of its source if it stamps."""
        tensor = stage.source if stage.is_stamped else stage.target
        return self.walk.channels.get(tensor, range(stage.steps_of[0]))

    @kept
    def cells_of(self, stage: Stage) -> Sequence[int]:
        """Return the cells, as row-major indices, that a stage's steps go through in each of `channels_of`."""
        tensor, size = (stage.source, stage.input_size) if stage.is_stamped else (stage.target, stage.output_size)
        slices = self.walk.slices.get(tensor)
        if tensor in self.walk.cells:
            return self.walk.cells[tensor]
        if slices is None or stage.steps_of[1] == 1:
            return stage.places
        each = prod(size[1:])
        return [place for one in slices for place in stage.places if place // each == one]

    @cached_property
    def starts(self) -> tuple[int, ...]:
        """The number of the first step of each walked stage, then the total number of steps."""
        counts = [len(self.channels_of(stage)) * len(self.cells_of(stage)) for stage in self.walked]
        return tuple(int(end) for end in np.cumsum([0, *counts]))

    @cached_property
    def numbers(self) -> tuple[Sequence[int], ...]:
        """The numbers of the steps of each walked stage, in order."""
        if self.walk.way != "fused":
            return tuple(range(*ends) for ends in pairwise(self.starts))
        found: dict[int, list[int]] = {stage.number: [] for stage in self.walked}
        for number, (stage, _, _) in enumerate(self._fused):
            found[stage.number].append(number)
        return tuple(found.values())

    @cached_property
    def _fused(self) -> list[tuple[Stage, int, int]]:
        """The stage, channel and cell of each step that is shown, where each comes as soon as what it reads is made."""
        every = fused(self.walked, tuple(tensor.size for tensor in self.tensors), self.walk.order == "position")
        if len(every) == self.starts[-1]:
            return every
        channels = {stage.number: set(self.channels_of(stage)) for stage in self.walked}
        cells = {stage.number: set(self.cells_of(stage)) for stage in self.walked}
        return [step for step in every if step[1] in channels[step[0].number] and step[2] in cells[step[0].number]]

    def __len__(self) -> int:
        return len(self.main) + 1 if self.walk.way == "field" else self.starts[-1]

    def __iter__(self) -> Iterator[Step]:
        return map(self.step, range(len(self)))

    def place(self, number: int) -> tuple[Stage, int, int]:
        """Return the stage, the channel and the cell (as a row-major index) of step ``number``.

        Raises
        ------
        IndexError
            If there is no such step.
        """
        if not 0 <= number < self.starts[-1]:
            raise IndexError(f"step {number} of {self.starts[-1]}")
        if self.walk.way == "fused":
            return self._fused[number]
        at = int(np.searchsorted(self.starts, number, side="right")) - 1
        stage, own = self.walked[at], number - self.starts[at]
        channels, cells = self.channels_of(stage), self.cells_of(stage)
        if self.walk.order == "channel":
            channel, place = divmod(own, len(cells))
        else:
            place, channel = divmod(own, len(channels))
        return stage, channels[channel], cells[place]

    def step(self, number: int) -> Step:
        """Return step ``number``, counted from 0."""
        stage, channel, place = self.place(number)
        return stage.step(channel, place)

    def planes(self, tensor: int, channel: int) -> Numbers:
        """Return the numbers of a channel of a tensor.

        Raises
        ------
        ValueError
            If the plan has no numbers.
        """
        given = self.tensors[tensor].values
        if given is not None:
            return np.asarray(given[channel])
        if not self.is_valued:
            raise ValueError("a plan without numbers")
        if (tensor, channel) not in self.made:
            maker = next(stage for stage in self.stages if stage.target == tensor)
            self.made[tensor, channel] = maker.computed(channel, self.planes)
        return self.made[tensor, channel]

    def plane(self, tensor: int, channel: int) -> Numbers | None:
        """Return the numbers of a channel of a tensor, or None if the plan has none."""
        return self.planes(tensor, channel) if self.is_valued else None

    def values(self, tensor: int) -> Numbers | None:
        """Return the numbers of a tensor, channels first, or None if the plan has none."""
        if not self.is_valued:
            return None
        return np.stack([self.planes(tensor, channel) for channel in range(self.tensors[tensor].channels)])

    def value(self, step: Step) -> Any:
        """Return the value of the output cell of a gathering step, or None if the plan has no numbers."""
        found = self.plane(self.stages[step.stage].target, step.channel)
        return None if found is None else found.item(step.cell)

    def operands(self, step: Step, read: Read, channel: int) -> tuple[tuple[Any, ...], tuple[Any, ...] | None]:
        """Return the values that a step reads from a channel and the weights (or shares) that they meet, tap by tap.

        A value is None where it is ignored: padding in a maximum, and the part
        of a window beyond the padding. The weights are None if the stage has none.

        Raises
        ------
        ValueError
            If the plan has no numbers.
        """
        stage, taps, plane = self.stages[step.stage], read.taps, self.planes(read.tensor, channel)
        has_source = taps.source[:, 0] >= 0
        is_ignored = stage.is_sparse or stage.rule.combine is not None
        counts = has_source if is_ignored else has_source | (taps.kind != Kind.OVERHANG)
        found = plane[tuple(taps.source.T)].tolist()
        zero = 0.0 if plane.dtype.kind == "f" else 0
        columns = zip(found, has_source.tolist(), counts.tolist(), strict=True)
        x = tuple((value if is_own else zero) if is_counted else None for value, is_own, is_counted in columns)
        weights = stage.slice(step.channel, channel) if isinstance(stage, Windows) else None
        shares = None if step.divisor is not None else taps.coefficient
        if weights is None:
            return x, None if shares is None else tuple(shares.tolist())
        met = weights[tuple(taps.kernel.T)]
        return x, tuple((met if shares is None else met * shares).tolist())

    def winner(self, step: Step) -> int | None:
        """Return the first tap whose value is picked as the result (as a maximum does), or None if there is none."""
        if not self.is_valued or not self.stages[step.stage].rule.is_picked:
            return None
        read = step.reads[0]
        x, _ = self.operands(step, read, read.channels[0])
        made = self.value(step)
        return next((number for number, value in enumerate(x) if value is not None and value == made), None)

    @kept
    def stamps(self, stage: Stage) -> Stamps:
        """Return the stamps of a stage, with their running sums."""
        assert isinstance(stage, Windows)
        return Stamps(stage, self.planes if self.is_valued else None, self.walk.order == "position")

    def trace(self, channel: int, cell: Cell) -> dict[int, Needs]:
        """Return what an output cell depends on in each stage, by the number of the stage."""
        seen = np.zeros(self.output_size, bool)
        seen[cell] = True
        return self.trace_all({channel: seen})

    def trace_all(self, made: Mapping[int, Mask]) -> dict[int, Needs]:
        """Return what output cells, a mask for each channel, depend on in each stage, by the number of the stage."""
        wanted: dict[int, dict[int, Mask]] = {self.last.target: dict(made)}
        found: dict[int, Needs] = {}
        for stage in reversed(self.main):
            found[stage.number] = needs = stage.needs(wanted.get(stage.target, {}))
            for (tensor, source), mask in needs.cells.items():
                known = wanted.setdefault(tensor, {})
                known[source] = known[source] | mask if source in known else mask
        return found

    @property
    def difference(self) -> Numbers | None:
        """The result minus what it is compared with, channels first; None without numbers or if sizes differ."""
        made, other = self.values(self.last.target), None if self.compared is None else self.values(self.compared)
        return None if made is None or other is None or made.shape != other.shape else made - other

    def to_dict(self) -> dict[str, Any]:
        """Return the plan as plain lists and numbers, ready for JSON; its walk makes no difference.

        Returns
        -------
        dict
            For a layer: ``operation`` (a key of ``OPERATIONS``), ``parameters``
            (resolved: one entry per axis, padding as [low, high]),
            ``input_size``, ``output_size`` and ``steps``. A step has
            ``output`` (the cell that it computes) and ``taps``; average pooling
            adds ``divisor``, and a plan with numbers ``value`` and, if the
            layer has a bias, ``bias``. A tap has

            ``kind``
                ``"input"``, ``"padding"`` or ``"inserted"``, or ``"empty"`` for
                an input cell that holds nothing.
            ``input``
                The input cell whose value is read, also where padding copies
                it; otherwise None.
            ``position``
                The cell on the padded, stretched grid. With ``ceil_mode``, a
                window may reach beyond that grid; such positions are of kind
                ``"padding"``, and no divisor counts them.
            ``kernel``
                The index into the weights as the framework stores them.
            ``factor``
                What the value is multiplied with where there are no weights, if it is.
            ``x``, ``w``
                The value read and the weight that it meets, if the plan has
                numbers. ``x`` is None where it is ignored: padding in max
                pooling, and positions beyond the grid. Pooling has no ``w``.
                The maximum of an empty window is None, and so is a root that is not a number.

            A layer that stamps adds ``method``, ``"scatter"``. Its steps have
            ``input``, the cell that stamps, and ``taps``: for each weight its
            ``kernel`` index and the ``output`` cell that it reaches, or None
            if padding crops that cell. With numbers, a tap also has ``x``,
            ``w`` and ``sum``: what the output cell holds after this tap,
            bias included.

            For a chain, ``operation`` is ``"chain"`` and ``layers`` holds the
            plan of each layer; a plan with numbers whose result is compared
            with something also has ``difference``. Where branches meet, each
            of them has ``sources``, the numbers of the tensors that it reads
            (0 for the input, otherwise that of the layer that makes it), and
            a tap the ``tensor`` that it is of.

            With channels, every size and index begins with the channel; a
            ``kernel`` index is that of the weights as PyTorch stores them.

        Raises
        ------
        ConvanimError
            If a plan has more than `TAP_LIMIT` taps.
        """
        from convanim.plans.data import plan_dict

        return plan_dict(self)
