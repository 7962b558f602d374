"""The plan of a layer with channels: one plane's geometry, and which planes meet in each step."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from convanim.axis import Kind
from convanim.errors import ConvanimError
from convanim.layers import Grouping, Layer
from convanim.layers.weighted import Weighted
from convanim.options import short
from convanim.plans.results import MOST_PRODUCTS, roomy
from convanim.values import Numbers
from convanim.views.former.gather import Plan, refuse_many_taps
from convanim.views.former.steps import KIND_NAMES, Cell, Grid, Step, plain

ORDERS = {
    "channel": "every place of one output channel, then the next channel",
    "position": "every output channel at one place, then the next place",
}
"""In which order a layer with channels makes its output."""


@dataclass(frozen=True, eq=False)
class ChannelStep:
    """One cell of one output channel, and what it is made of.

    Attributes
    ----------
    out_channel : int
        The channel that is written.
    in_channels : range
        The channels that are read, all at the same places.
    own : Step
        What is read and written in a plane.
    """

    out_channel: int
    in_channels: range
    own: Step


@dataclass(frozen=True, eq=False)
class Needs:
    """What some cells of some output channels are made of.

    Attributes
    ----------
    channels : tuple of int
        The input channels.
    read : one array of bool an axis
        Which positions of the padded, stretched grid.
    cells : one array of int an axis
        Which cells of the input.
    """

    channels: tuple[int, ...]
    read: tuple[NDArray[np.bool_], ...]
    cells: tuple[NDArray[np.int64], ...]


@dataclass(frozen=True, eq=False)
class ChannelPlan:
    """The steps of a layer with channels.

    Attributes
    ----------
    layer : Layer
        What it is the plan of.
    order : str
        A key of `ORDERS`.
    input, kernel, bias : arrays or None
        The numbers that it computes with, channels first; the kernel as PyTorch stores it.
    """

    kind: ClassVar[str] = "channels"

    layer: Layer
    order: str = "channel"
    input: Numbers | None = None
    kernel: Numbers | None = None
    bias: Numbers | None = None

    @property
    def leaves_zeros(self) -> bool:
        """Whether some steps read nothing and make a zero."""
        return False

    @cached_property
    def plane(self) -> Plan:
        """The geometry of one channel, which all of them share."""
        return Plan(self.layer)

    @cached_property
    def grouping(self) -> Grouping:
        """The channels of input and output."""
        return self.layer.grouping

    @property
    def grid(self) -> Grid:
        """What a picture of one padded, stretched input channel shows."""
        return self.plane.grid

    @property
    def input_size(self) -> Cell:
        """Cells of each input channel, an axis."""
        return self.layer.input_size

    @cached_property
    def output_size(self) -> Cell:
        """Cells of each output channel, an axis."""
        return self.layer.output_size

    @property
    def is_valued(self) -> bool:
        """Whether the plan has numbers."""
        return self.input is not None

    @property
    def places(self) -> int:
        """Cells of an output channel."""
        return len(self.plane)

    def __len__(self) -> int:
        return self.grouping.out_channels * self.places

    @property
    def taps(self) -> int:
        """How many taps all steps have together."""
        return self.grouping.out_channels * self.grouping.inputs_a_group * self.plane.taps

    def __iter__(self) -> Iterator[ChannelStep]:
        return map(self.step, range(len(self)))

    def step(self, number: int) -> ChannelStep:
        """Return step ``number``, counted from 0."""
        if not 0 <= number < len(self):
            raise IndexError(f"step {number} of {len(self)}")
        return self.shown_step(number, range(self.grouping.out_channels))

    def shown_step(self, number: int, channels: Sequence[int]) -> ChannelStep:
        """Return step ``number`` of those that make some of the output channels, in the plan's order."""
        if self.order == "channel":
            at, place = divmod(number, self.places)
        else:
            place, at = divmod(number, len(channels))
        return self.at(channels[at], place)

    def at(self, channel: int, place: int) -> ChannelStep:
        """Return what makes a cell, counted row by row, of an output channel."""
        return ChannelStep(channel, self.grouping.inputs_of(channel), self.plane.step(place))

    def needs(self, channels: tuple[int, ...], made: tuple[NDArray[np.int64], ...]) -> Needs:
        """Return what some cells, a product of ``made`` an axis, of some output channels are made of."""
        read, below = [], []
        for axis, cells in zip(self.plane.axes, made, strict=True):
            marks = np.zeros(len(axis.drawn), bool)
            windows = [q for cell in cells.tolist() for q in axis.window(cell)]
            marks[np.array(windows, np.int64) - axis.drawn.start] = True
            read.append(marks)
            sources = {source for q in windows if (source := axis.source(q)) is not None}
            below.append(np.array(sorted(sources), np.int64))
        found = {one for out in channels for one in self.grouping.inputs_of(out)}
        return Needs(tuple(sorted(found)), tuple(read), tuple(below))

    def kernel_of(self, out_channel: int, in_channel: int) -> Numbers | None:
        """Return the weights that lead from an input channel to an output channel, as stored."""
        if self.kernel is None:
            return None
        found: Numbers = self.kernel[self.kernel_place(out_channel, in_channel)]
        return found

    def kernel_place(self, out_channel: int, in_channel: int) -> tuple[int, int]:
        """Return the first two indices of those weights."""
        if isinstance(self.layer, Weighted) and self.layer.inputs_lead:
            return in_channel, out_channel % self.grouping.outputs_a_group
        return out_channel, in_channel - self.grouping.inputs_of(out_channel).start

    def partial(self, out_channel: int, in_channel: int) -> Numbers | None:
        """Return what an input channel adds to each cell of an output channel, if the plan has values."""
        if self.input is None:
            return None
        key = out_channel, in_channel
        if key not in self._partials:
            self._partials[key] = self.plane.computed(self.input[in_channel], self.kernel_of(*key))
        return self._partials[key]

    def partials(self, out_channel: int) -> Numbers | None:
        """Return what every input channel adds to an output channel, input channels first, if the plan has values."""
        if self.input is None:
            return None
        inputs = self.grouping.inputs_of(out_channel)
        values, kernels = self.input[inputs.start : inputs.stop], None
        if self.kernel is not None:
            at, place = self.kernel_place(out_channel, inputs.start)
            leads = isinstance(self.layer, Weighted) and self.layer.inputs_lead
            kernels = self.kernel[at : at + len(inputs), place] if leads else self.kernel[at]
            values, kernels = roomy(values, kernels)
        return self.plane.computed(values, kernels)

    def output(self, out_channel: int) -> Numbers | None:
        """Return an output channel, its bias included, if the plan has values."""
        if out_channel not in self._outputs:
            self._outputs[out_channel] = self._computed(out_channel)
        return self._outputs[out_channel]

    @cached_property
    def _outputs(self) -> dict[int, Numbers | None]:
        """What was asked for before; each step of a channel asks for all of it."""
        return {}

    def _computed(self, out_channel: int) -> Numbers | None:
        parts = self.partials(out_channel)
        if parts is None:
            return None
        # One after the other, so that what is rounded is rounded alike however many there are.
        total: Numbers = np.add.accumulate(parts)[-1]
        return total if self.bias is None else total + self.bias[out_channel].item()

    @cached_property
    def _partials(self) -> dict[tuple[int, int], Numbers]:
        """What was asked for before; steps ask for the same again and again."""
        return {}

    def refuse_many_products(self) -> None:
        """Raise where computing all outputs takes too long.

        Raises
        ------
        ConvanimError
            If more than `MOST_PRODUCTS` values are read.
        """
        if self.is_valued and self.taps > MOST_PRODUCTS:
            raise ConvanimError(
                "input_size",
                short(self.input_size),
                f"takes {self.taps} values to compute in all channels, and at most {MOST_PRODUCTS} are; "
                "use fewer channels or a smaller `input_size`",
            )

    def to_dict(self) -> dict[str, Any]:
        """Return the plan in plain lists and numbers, ready for JSON.

        Returns
        -------
        dict
            As of a layer without channels, but that channels come first in
            every index: ``input_size``, ``output_size``, and of each step
            ``output`` and the taps' ``input``, ``position`` and ``kernel``,
            which is the index into the weights as PyTorch stores them;
            pooling has no channel in it. A tap of padding has no ``input``.
            With numbers, ``bias`` stands in each step whose layer has one.

        Raises
        ------
        ConvanimError
            If there would be too many taps.
        """
        refuse_many_taps(self.input_size, self.taps)
        grouping = self.grouping
        return {
            "operation": self.layer.operation,
            "parameters": {name: plain(value) for name, value in self.layer.options.items()},
            "input_size": [grouping.in_channels, *self.input_size],
            "output_size": [grouping.out_channels, *self.output_size],
            "steps": [self._step_dict(step) for step in self],
        }

    def _step_dict(self, step: ChannelStep) -> dict[str, Any]:
        own, reads = step.own, step.own.reads
        cell = tuple(own.writes[0].tolist())
        taps: list[dict[str, Any]] = []
        for channel in step.in_channels:
            place = self.kernel_place(step.out_channel, channel) if self.layer.is_weighted else ()
            columns = (reads.kind.tolist(), reads.source.tolist(), reads.position.tolist(), reads.kernel.tolist())
            for kind, source, position, kernel in zip(*columns, strict=True):
                tap: dict[str, Any] = {
                    "kind": KIND_NAMES[Kind(kind)],
                    "input": None if source[0] < 0 else [channel, *source],
                    "position": [channel, *position],
                    "kernel": [*place, *kernel],
                }
                taps.append(tap | self._operands(channel, kind, source, [*place, *kernel]))
        told: dict[str, Any] = {"output": [step.out_channel, *cell], "taps": taps}
        if own.divisor is not None:
            told["divisor"] = own.divisor
        if self.bias is not None:
            told["bias"] = plain(self.bias[step.out_channel])
        total = self.output(step.out_channel)
        return told if total is None else {**told, "value": plain(total[cell])}

    def _operands(self, channel: int, kind: int, source: list[int], kernel: list[int]) -> dict[str, Any]:
        """Return the value that a tap reads and the weight that it meets, where there are any."""
        if self.input is None:
            return {}
        counts = source[0] >= 0 or (self.plane.rule != "max" and kind != Kind.OVERHANG)
        x = plain(self.input[(channel, *source)]) if source[0] >= 0 else 0 if counts else None
        return {"x": x} if self.kernel is None else {"x": x, "w": plain(self.kernel[tuple(kernel)])}
