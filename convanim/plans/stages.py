"""The stages of a plan: a layer between the tensors that it reads and the one that it makes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, reduce
from math import prod

import numpy as np

from convanim.axis import Axis, Kind
from convanim.errors import ConvanimError
from convanim.layers import Grouping, Layer
from convanim.layers.weighted import Weighted
from convanim.options import short
from convanim.plans.results import MOST_PRODUCTS, Rule, results, roomy
from convanim.plans.steps import Cell, Grid, Ints, Mask, Read, Step, Taps, product
from convanim.values import Numbers

Planes = Callable[[int, int], Numbers]
"""A tensor and a channel to its numbers."""

Masks = Mapping[tuple[int, int], Mask]
"""Cells of channels of tensors, by tensor and channel."""


@dataclass(frozen=True, eq=False)
class Needs:
    """What some cells of a stage's target are made of.

    Attributes
    ----------
    made : mapping of int to mask
        Those cells, by channel.
    read : mapping of (tensor, channel) to mask
        Which positions of the grid are read.
    cells : mapping of (tensor, channel) to mask
        Which cells of the tensors that is, also by their copies.
    """

    made: Mapping[int, Mask]
    read: Masks
    cells: Masks


@dataclass(frozen=True, eq=False)
class Stage(ABC):
    """A layer at its place in a plan.

    Attributes
    ----------
    number : int
        Of the stage.
    layer : Layer
        What it computes.
    sources : tuple of int
        The tensors that it reads; one, but where branches meet.
    target : int
        The tensor that it makes.
    kernel, bias : arrays or None
        Its weights as PyTorch stores them, channels first.
    is_stamped : bool
        Whether its steps are stamps, one an input cell, not one an output cell.
    """

    number: int
    layer: Layer
    sources: tuple[int, ...]
    target: int
    kernel: Numbers | None = None
    bias: Numbers | None = None
    is_stamped: bool = False

    @cached_property
    def grouping(self) -> Grouping:
        """The channels of the first source and of the target, and how they meet."""
        return self.layer.grouping

    @property
    def source(self) -> int:
        """The first tensor that it reads."""
        return self.sources[0]

    @property
    def input_size(self) -> Cell:
        """Cells of each input channel, an axis."""
        return self.layer.input_size

    @cached_property
    def output_size(self) -> Cell:
        """Cells of each output channel, an axis."""
        return self.layer.output_size

    @property
    def rule(self) -> Rule:
        """How the values that a step reads become one."""
        return Rule(self.layer.rule)

    @property
    def is_weighted(self) -> bool:
        """Whether it has a kernel."""
        return self.layer.is_weighted

    @property
    def leaves_zeros(self) -> bool:
        """Whether some steps read nothing and make a zero."""
        return False

    @property
    def steps_of(self) -> tuple[int, int]:
        """How many channels its steps go through, and how many steps there are in each."""
        if self.is_stamped:
            return self.grouping.in_channels, prod(self.input_size)
        return self.grouping.out_channels, prod(self.output_size)

    @property
    def count(self) -> int:
        """How many steps it has."""
        channels, each = self.steps_of
        return channels * each

    @property
    @abstractmethod
    def taps(self) -> int:
        """How many cells all steps read together, at most."""

    @property
    @abstractmethod
    def grid(self) -> Grid:
        """What a picture of one of its input channels shows."""

    @abstractmethod
    def gathered(self, channel: int, place: int) -> Step:
        """Return what makes a cell, counted row by row, of an output channel."""

    @abstractmethod
    def computed(self, channel: int, planes: Planes) -> Numbers:
        """Return an output channel, its bias included."""

    @abstractmethod
    def needs(self, made: Mapping[int, Mask]) -> Needs:
        """Return what some cells of some output channels are made of."""

    def step(self, channel: int, place: int) -> Step:
        """Return a step by its channel, of the output or where it stamps of the input, and its cell row by row."""
        return self.stamp(channel, place) if self.is_stamped else self.gathered(channel, place)

    def stamp(self, channel: int, place: int) -> Step:
        """Return what an input cell, counted row by row, of a channel stamps.

        Raises
        ------
        ConvanimError
            If the layer cannot be computed in that way.
        """
        raise ConvanimError("method", "scatter", f"does not compute {self.layer.title}; use `method=gather`")

    def inside(self, cells: Ints) -> Mask:
        """Return which of some cells lie on the output."""
        found: Mask = np.all((cells >= 0) & (cells < np.array(self.output_size)), axis=1)
        return found


@dataclass(frozen=True, eq=False)
class Windows(Stage):
    """A layer whose windows slide over a padded, stretched grid, an axis by itself."""

    @cached_property
    def axes(self) -> tuple[Axis, ...]:
        """The layer's geometry, axis by axis."""
        return self.layer.axes

    @property
    def _window_size(self) -> int:
        return prod(axis.kernel for axis in self.axes)

    @property
    def taps(self) -> int:
        """How many cells all steps read together, or stamp."""
        return self.count * self._window_size * (self._each_writes if self.is_stamped else self.grouping.inputs_a_group)

    @property
    def _each_writes(self) -> int:
        return self.grouping.outputs_a_group

    def gathered(self, channel: int, place: int) -> Step:
        """Return what makes a cell, counted row by row, of an output channel."""
        cell = tuple(int(i) for i in np.unravel_index(place, self.output_size))
        divisor = self.layer.divisor(cell)
        read = Read(self.source, self.grouping.inputs_of(channel), self._taps(cell, divisor))
        return Step(self.number, (read,), (channel,), np.array([cell], np.int64), divisor)

    def _taps(self, cell: Cell, divisor: int | None) -> Taps:
        windows = [self._window(number, output) for number, output in enumerate(cell)]
        position, kind, source, kernel = (product([window[column] for window in windows]) for column in range(4))
        standing = kind.max(axis=1)
        source[(source < 0).any(axis=1) | (standing == Kind.OVERHANG)] = -1
        factors = None if divisor is None else np.full(len(standing), 1 / divisor)
        return Taps(position, standing, source, kernel, factors)

    def _window(self, number: int, output: int) -> Ints:
        """Return positions, kinds, sources and weights of a window along one axis, a row each."""
        key = number, output
        if key not in self._windows:
            axis = self.axes[number]
            rows = [
                (q, int(axis.kind(q)), -1 if (source := axis.source(q)) is None else source, axis.weight(tap))
                for tap, q in enumerate(axis.window(output))
            ]
            self._windows[key] = np.array(rows, np.int64).T
        return self._windows[key]

    @cached_property
    def _windows(self) -> dict[tuple[int, int], Ints]:
        """Windows that were asked for before; the steps of a product of axes share them."""
        return {}

    def stamp(self, channel: int, place: int) -> Step:
        """Return what an input cell stamps on all output channels of its group: one written cell for each weight."""
        if "scatter" not in self.layer.methods:
            return super().stamp(channel, place)
        cell = [int(i) for i in np.unravel_index(place, self.input_size)]
        kernel = product([np.arange(axis.kernel) for axis in self.axes])
        writes = product([np.array(axis.stamp(c)) for axis, c in zip(self.axes, cell, strict=True)])
        position = [axis.low + axis.spacing * c for axis, c in zip(self.axes, cell, strict=True)]
        count = len(kernel)
        taps = Taps(
            np.tile(np.array(position), (count, 1)),
            np.full(count, int(Kind.INPUT)),
            np.tile(np.array(cell), (count, 1)),
            kernel,
        )
        first = channel // self.grouping.inputs_a_group * self._each_writes
        read = Read(self.source, (channel,), taps)
        return Step(self.number, (read,), range(first, first + self._each_writes), writes)

    @cached_property
    def grid(self) -> Grid:
        """The cells of the padded, stretched input, and what the picture shows around them."""
        spans = [axis.drawn for axis in self.axes]
        kinds = [np.array([axis.kind(q) for q in span]) for axis, span in zip(self.axes, spans, strict=True)]
        kind: Ints = reduce(np.maximum.outer, kinds)
        itself, also_copied = (
            reduce(np.logical_and.outer, [np.frombuffer(bytes(marks), np.bool_) for marks in axes])
            for axes in ([axis.read() for axis in self.axes], [axis.read_itself_or_copied() for axis in self.axes])
        )
        return Grid(
            start=tuple(span.start for span in spans),
            kind=kind,
            read=np.where(kind == Kind.INPUT, also_copied, itself),
            spread=tuple(range(axis.low, axis.low + axis.stretched) for axis in self.axes),
            spacing=tuple(axis.spacing for axis in self.axes),
            source=tuple(
                np.array([-1 if (source := axis.source(q)) is None else source for q in span])
                for axis, span in zip(self.axes, spans, strict=True)
            ),
            mirrors=tuple(axis.mirrors for axis in self.axes),
        )

    def kernel_place(self, out_channel: int, in_channel: int) -> tuple[int, int]:
        """Return the first two indices of the weights that lead from an input channel to an output channel."""
        if isinstance(self.layer, Weighted) and self.layer.inputs_lead:
            return in_channel, out_channel % self._each_writes
        return out_channel, in_channel - self.grouping.inputs_of(out_channel).start

    def slice(self, out_channel: int, in_channel: int) -> Numbers | None:
        """Return the weights that lead from an input channel to an output channel, as stored."""
        if self.kernel is None:
            return None
        found: Numbers = self.kernel[self.kernel_place(out_channel, in_channel)]
        return found

    def partials(self, out_channel: int, planes: Planes) -> Numbers:
        """Return what every input channel adds to an output channel, input channels first."""
        inputs = self.grouping.inputs_of(out_channel)
        values = np.stack([planes(self.source, channel) for channel in inputs])
        kernels = None
        if self.kernel is not None:
            kernels = np.stack([self.kernel[self.kernel_place(out_channel, channel)] for channel in inputs])
            values, kernels = roomy(values, kernels)
        weights = [[axis.weight(tap) for tap in range(axis.kernel)] for axis in self.axes]
        output = results(self.rule, values, kernels, self._sources, weights)
        return self._divided(output) if self.rule is Rule.MEAN else output

    @cached_property
    def _sources(self) -> list[Ints]:
        """The input cell that each tap of each window reads, an axis; -1 for none."""
        return [
            np.stack([self._window(number, output)[2] for output in range(axis.output)])
            for number, axis in enumerate(self.axes)
        ]

    def _divided(self, sums: Numbers) -> Numbers:
        """Return sums over their divisors, whole where all of them are."""
        divisors: Ints = reduce(np.multiply.outer, [np.array(counts) for counts in self.layer.counted or ()])
        if sums.dtype.kind != "f" and not (sums % divisors).any():
            whole: Numbers = sums // divisors
            return whole
        return (sums / divisors).astype(float)

    def computed(self, channel: int, planes: Planes) -> Numbers:
        """Return an output channel, its bias included."""
        # One after the other, so that what is rounded is rounded alike however many there are.
        total: Numbers = np.add.accumulate(self.partials(channel, planes))[-1]
        return total if self.bias is None else total + self.bias.item(channel)

    def refuse_many_products(self) -> None:
        """Raise where computing all outputs takes too long.

        Raises
        ------
        ConvanimError
            If more than `MOST_PRODUCTS` values are read.
        """
        taps = prod(self.output_size) * self._window_size * self.grouping.out_channels * self.grouping.inputs_a_group
        if taps > MOST_PRODUCTS:
            raise ConvanimError(
                "input_size",
                short(self.input_size),
                f"takes {taps} values to compute in all channels, and at most {MOST_PRODUCTS} are; "
                "use fewer channels or a smaller `input_size`",
            )

    def needs(self, made: Mapping[int, Mask]) -> Needs:
        """Return what some cells of some output channels are made of."""
        read: dict[tuple[int, int], Mask] = {}
        cells: dict[tuple[int, int], Mask] = {}
        for channel, mask in made.items():
            own = self._below(mask)
            for source in self.grouping.inputs_of(channel):
                for known, part in zip((read, cells), own, strict=True):
                    before = known.get((self.source, source))
                    known[self.source, source] = part if before is None or before is part else before | part
        return Needs(made, read, cells)

    def _below(self, made: Mask) -> tuple[Mask, Mask]:
        """Return which positions of the grid, and which cells of the input, some output cells are made of."""
        key = made.tobytes()
        if key not in self._known:
            sides = [made.any(axis=tuple(other for other in range(made.ndim) if other != one)) for one in range(made.ndim)]
            parts: Sequence[Sequence[Ints]] = [[np.flatnonzero(side) for side in sides]]
            if made.sum() != prod(len(rows) for rows in parts[0]):
                parts = [[np.array([at]) for at in cell] for cell in np.argwhere(made).tolist()]
            read, cells = np.zeros(self.grid.kind.shape, bool), np.zeros(self.input_size, bool)
            for outputs in parts:
                windows = [
                    np.concatenate([np.zeros((4, 0), np.int64), *(self._window(number, one) for one in own.tolist())], 1)
                    for number, own in enumerate(outputs)
                ]
                starts = self.grid.start
                read[np.ix_(*(window[0] - start for window, start in zip(windows, starts, strict=True)))] = True
                cells[np.ix_(*(window[2][window[2] >= 0] for window in windows))] = True
            self._known[key] = read, cells
        return self._known[key]

    @cached_property
    def _known(self) -> dict[bytes, tuple[Mask, Mask]]:
        """What was asked for before; the channels of a step ask for the same."""
        return {}


@dataclass(frozen=True, eq=False)
class Moves(Stage):
    """A layer of which each output cell takes whole cells: a copy of one, the sum of several, or a zero of none."""

    @property
    def taps(self) -> int:
        """How many cells all steps read together, at most."""
        return self.count * len(self.sources)

    @property
    def leaves_zeros(self) -> bool:
        """Whether some steps read nothing and make a zero."""
        return bool(getattr(self.layer, "leaves_zeros", False))

    @cached_property
    def grid(self) -> Grid:
        """The input as it is."""
        return Grid.plain(self.input_size)

    def gathered(self, channel: int, place: int) -> Step:
        """Return what makes a cell, counted row by row, of an output channel."""
        cell: Cell = tuple(int(i) for i in np.unravel_index(place, self.output_size))
        reads = []
        for number, one, at in self.layer.sources(channel, cell) or ():
            read = np.array([at], np.int64)
            taps = Taps(read, np.array([int(Kind.INPUT)]), read, np.zeros((1, 0), np.int64))
            reads.append(Read(self.sources[number], (one,), taps))
        return Step(self.number, tuple(reads), (channel,), np.array([cell], np.int64))

    def computed(self, channel: int, planes: Planes) -> Numbers:
        """Return an output channel."""
        found = [planes(source, 0) for source in self.sources]
        made = np.zeros(self.output_size, np.result_type(*found))
        for cell in np.ndindex(*self.output_size):
            for number, one, at in self.layer.sources(channel, cell) or ():
                made[cell] += planes(self.sources[number], one)[at]
        return made

    def needs(self, made: Mapping[int, Mask]) -> Needs:
        """Return what some cells of some output channels take."""
        cells: dict[tuple[int, int], Mask] = {}
        for channel, mask in made.items():
            for cell in map(tuple, np.argwhere(mask).tolist()):
                for number, one, at in self.layer.sources(channel, cell) or ():
                    cells.setdefault((self.sources[number], one), np.zeros(self.input_size, bool))[at] = True
        return Needs(made, cells, cells)


def stage_of(
    number: int,
    layer: Layer,
    sources: tuple[int, ...],
    target: int,
    kernel: Numbers | None = None,
    bias: Numbers | None = None,
    is_stamped: bool = False,
) -> Stage:
    """Return the stage of a layer, by how that takes its inputs.

    Raises
    ------
    ConvanimError
        If it is to stamp and cannot.
    """
    kind = Windows if layer.sources(0, (0,) * layer.dims) is None else Moves
    stage = kind(number, layer, sources, target, kernel, bias, is_stamped)
    if is_stamped:
        stage.stamp(0, 0)
    return stage
