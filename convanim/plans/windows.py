"""The stage of a layer whose window slides over its input."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property, reduce
from math import prod

import numpy as np

from convanim.base.errors import ConvanimError
from convanim.base.options import short, spelled
from convanim.base.records import dataclass
from convanim.layers.axis import Axis, Kind
from convanim.layers.rules import MEAN
from convanim.layers.weighted import Weighted
from convanim.plans.results import MOST_PRODUCTS, results, roomy
from convanim.plans.stages import Needs, Planes, Stage
from convanim.plans.steps import Cell, Grid, Ints, Mask, Points, Read, Step, Taps, kept, points, product
from convanim.plans.values import Numbers


@dataclass(frozen=True, eq=False)
class Windows(Stage):
    """A layer whose window slides over a padded, stretched grid; each axis is independent."""

    @cached_property
    def axes(self) -> tuple[Axis, ...]:
        """The geometry of the layer, one entry per axis."""
        return self.layer.axes

    @property
    def taps(self) -> int:
        """Number of cells that all steps read, or write if they stamp."""
        each = self.grouping.outputs_a_group if self.is_stamped else self.grouping.inputs_a_group
        return self.count * prod(axis.kernel for axis in self.axes) * each

    def step(self, channel: int, place: int) -> Step:
        """Return the step of a channel and a cell (row-major index) of the output, or the input if stamped."""
        return self.stamp(channel, place) if self.is_stamped else self.gathered(channel, place)

    def gathered(self, channel: int, place: int) -> Step:
        """Return the step that makes a cell (row-major index) of an output channel."""
        cell = tuple(int(i) for i in np.unravel_index(place, self.output_size))
        position, kinds, source, kernel = product([self._window(number, at) for number, at in enumerate(cell)])
        kind = kinds.max(axis=1)
        source[(source < 0).any(axis=1) | (kind == Kind.OVERHANG)] = -1
        divisor = self.layer.divisor(cell)
        factors = self.shares(cell) if divisor is None else np.full(len(kind), 1 / divisor)
        taps = Taps(position, kind, source, kernel, factors)
        read = Read(self.source, self.grouping.inputs_of(channel), taps, points(self.layer.places(channel, cell)))
        return Step(self.number, (read,), (channel,), np.array([cell], np.int64), divisor)

    @kept
    def _window(self, number: int, output: int) -> Ints:
        """Return four rows: positions, kinds, sources and weight indices of a window along one axis."""
        axis = self.axes[number]
        rows = [
            (q, int(axis.kind(q)), -1 if (source := axis.source(q)) is None else source, axis.weight(tap))
            for tap, q in enumerate(axis.window(output))
        ]
        return np.array(rows, np.int64).T

    def shares(self, cell: Cell) -> Points | None:
        """Return the factor that each cell of a window has besides its weight, or None if there are none."""
        return None

    def stamp(self, channel: int, place: int) -> Step:
        """Return the step that stamps an input cell on the outputs of its group, one written cell per weight."""
        cell = np.array(np.unravel_index(place, self.input_size), np.int64)
        kernel = product([np.arange(axis.kernel) for axis in self.axes])
        writes = product([np.array(axis.stamp(at)) for axis, at in zip(self.axes, cell.tolist(), strict=True)])
        position = np.array([axis.low for axis in self.axes]) + np.array([axis.spacing for axis in self.axes]) * cell
        count = len(kernel)
        taps = Taps(np.tile(position, (count, 1)), np.full(count, int(Kind.INPUT)), np.tile(cell, (count, 1)), kernel)
        return Step(self.number, (Read(self.source, (channel,), taps),), self.grouping.outputs_of(channel), writes)

    @cached_property
    def cut(self) -> tuple[tuple[int, int], ...]:
        """How far stamps reach beyond the output, before and after it, per axis."""
        last = prod(self.input_size) - 1
        before = -self.stamp(0, 0).writes.min(axis=0)
        behind = self.stamp(0, last).writes.max(axis=0) + 1 - np.array(self.output_size)
        return tuple((max(low, 0), max(high, 0)) for low, high in np.stack([before, behind], axis=1).tolist())

    @cached_property
    def grid(self) -> Grid:
        """The padded, stretched input, with everything that is drawn around it."""
        spans = [axis.drawn for axis in self.axes]
        sides = list(zip(self.axes, spans, strict=True))
        kind: Ints = reduce(np.maximum.outer, [np.array([axis.kind(q) for q in span]) for axis, span in sides])
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
                np.array([-1 if (source := axis.source(q)) is None else source for q in span]) for axis, span in sides
            ),
            mirrors=tuple(axis.mirrors for axis in self.axes),
            points=points(self.layer.lattice),
        )

    @property
    def inputs_lead(self) -> bool:
        """Whether the first axis of its weights is the input channel."""
        return isinstance(self.layer, Weighted) and self.layer.inputs_lead

    def kernel_place(self, out_channel: int, in_channel: int) -> tuple[int, int]:
        """Return the first two indices of the weights that connect an input channel to an output channel."""
        if self.inputs_lead:
            return in_channel, out_channel % self.grouping.outputs_a_group
        return out_channel, in_channel - self.grouping.inputs_of(out_channel).start

    def slice(self, out_channel: int, in_channel: int) -> Numbers | None:
        """Return the weights that connect an input channel to an output channel, as they are stored."""
        return None if self.kernel is None else self.kernel[self.kernel_place(out_channel, in_channel)]

    def partials(self, out_channel: int, planes: Planes) -> Numbers:
        """Return what each input channel contributes to an output channel, input channels first."""
        self.refuse_many_products()
        inputs = self.grouping.inputs_of(out_channel)
        values = np.stack([planes(self.source, channel) for channel in inputs])
        kernels = None
        if self.kernel is not None:
            kernels = np.stack([self.kernel[self.kernel_place(out_channel, channel)] for channel in inputs])
            values, kernels = roomy(values, kernels)
        weights = [[axis.weight(tap) for tap in range(axis.kernel)] for axis in self.axes]
        output = results(self.rule, values, kernels, self._sources, weights)
        return self._divided(output) if self.rule is MEAN else output

    @cached_property
    def _sources(self) -> list[Ints]:
        """The input cell that each tap of each window reads, per axis; -1 for none."""
        return [
            np.stack([self._window(number, output)[2] for output in range(axis.output)])
            for number, axis in enumerate(self.axes)
        ]

    @property
    def _divisors(self) -> Ints:
        """What the sum over each window of an average is divided by."""
        divisors: Ints = reduce(np.multiply.outer, [np.array(counts) for counts in self.layer.counted or ()])
        return divisors

    def _divided(self, sums: Numbers) -> Numbers:
        """Return sums divided by their divisors, as integers if all of them are whole."""
        divisors = self._divisors
        if sums.dtype.kind != "f" and not (sums % divisors).any():
            whole: Numbers = sums // divisors
            return whole
        return (sums / divisors).astype(float)

    def computed(self, channel: int, planes: Planes) -> Numbers:
        """Compute an output channel, with its bias."""
        # Adding channels one after the other rounds the same way, however many there are.
        total: Numbers = np.add.accumulate(self.partials(channel, planes))[-1]
        return total if self.bias is None else total + self.bias.item(channel)

    def refuse_many_products(self) -> None:
        """Raise if computing all outputs takes too long.

        Raises
        ------
        ConvanimError
            If more than `MOST_PRODUCTS` values are read.
        """
        each = self.grouping.out_channels * self.grouping.inputs_a_group
        read = prod(self.output_size) * prod(axis.kernel for axis in self.axes) * each
        if read > MOST_PRODUCTS:
            size, where, less = spelled(self.input_size), "", "a smaller `input_size` or `kernel_size`"
            if not self.grouping.is_single:
                size, where = short(self.input_size), " in all channels"
                less = "fewer channels or a smaller `input_size`"
            raise ConvanimError(
                "input_size",
                size,
                f"takes {read} values to compute{where}, and at most {MOST_PRODUCTS} are; use {less}",
            )

    @property
    def _paths(self) -> list[Points]:
        """How often each output reads each input cell, per axis: (outputs, inputs)."""
        found = []
        for axis, sources in zip(self.axes, self._sources, strict=True):
            paths = np.zeros((axis.output, axis.size + 1))
            np.add.at(paths, (np.arange(axis.output)[:, None], sources), 1)
            found.append(paths[:, :-1])
        return found

    def handed_down(self, weights: Mapping[int, Numbers]) -> dict[tuple[int, int], Numbers]:
        """Return what weights of output cells hand down, axis by axis, to all input channels of their groups alike."""
        found: dict[tuple[int, int], Numbers] = {}
        for channel, plane in weights.items():
            own = plane / self._divisors if self.rule is MEAN else plane
            for number, paths in enumerate(self._paths):
                own = np.moveaxis(np.tensordot(own, paths, axes=(number, 0)), -1, number)
            for one in self.grouping.inputs_of(channel):
                known = found.get((self.source, one))
                found[self.source, one] = own if known is None else known + own
        return found

    def needs(self, made: Mapping[int, Mask]) -> Needs:
        """Return what the given output cells depend on."""
        found: tuple[dict[tuple[int, int], Mask], ...] = ({}, {})
        for channel, mask in made.items():
            own = self._below(mask.tobytes())
            for source in self.grouping.inputs_of(channel):
                for known, part in zip(found, own, strict=True):
                    before = known.get((self.source, source), part)
                    known[self.source, source] = part if before is part else before | part
        return Needs(made, *found)

    @kept
    def _below(self, made: bytes) -> tuple[Mask, Mask]:
        """Return the positions of the grid and the input cells that a mask of output cells depends on."""
        mask = np.frombuffer(made, bool).reshape(self.output_size)
        cells = np.argwhere(mask)
        # A block of cells can be handled axis by axis; other cells are handled one by one.
        sides: list[Sequence[int]] = [np.unique(column).tolist() for column in cells.T]
        is_block = 0 < len(cells) == prod(map(len, sides))
        positions, sources = np.zeros(self.grid.kind.shape, bool), np.zeros(self.input_size, bool)
        for outputs in [sides] if is_block else [[[at] for at in cell] for cell in cells.tolist()]:
            windows = [
                np.hstack([self._window(number, one) for one in own]) - [[start], [0], [0], [0]]
                for number, (own, start) in enumerate(zip(outputs, self.grid.start, strict=True))
            ]
            positions[np.ix_(*(window[0] for window in windows))] = True
            sources[np.ix_(*(window[2][window[2] >= 0] for window in windows))] = True
        return positions, sources
