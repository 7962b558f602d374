"""The matrices behind a layer: its windows as columns (im2col), its flattened kernels, and the matrix of it all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convanim.base.records import dataclass
from convanim.layers import Layer
from convanim.layers.axis import Kind
from convanim.plans.results import roomy
from convanim.plans.stages import Planes, Stage
from convanim.plans.steps import Ints, Mask, Taps
from convanim.plans.values import Numbers
from convanim.plans.windows import Windows

Shape = tuple[int, int]
"""Numbers of rows and of columns of a matrix."""


def has_columns(layer: Layer) -> bool:
    """Return whether a layer has windows that slide, which may stand as columns."""
    return layer.sources(0, (0,) * layer.dims) is None


def is_linear(layer: Layer) -> bool:
    """Return whether a layer is a product with a matrix, plus a bias: all but those that choose a value."""
    return layer.combining.combine is None


def is_parted(layer: Layer) -> bool:
    """Return whether the columns of a layer's channels stand beside each other, rather than below each other.

    Nothing adds the channels of a layer without weights, so that its matrix is free to be wide rather than tall: it is
    where a window has more cells than there are windows.
    """
    taps, places = prod(axis.kernel for axis in layer.axes), prod(layer.output_size)
    return not layer.is_weighted and layer.grouping.in_channels > 1 and taps > places


def shape_of_columns(layer: Layer) -> Shape:
    """Return the shape of a layer's windows as columns.

    They have a row for each tap and input channel, and a column a window; or a row for each tap, and a column for each
    window of a channel.
    """
    taps, places = prod(axis.kernel for axis in layer.axes), prod(layer.output_size)
    count = layer.grouping.in_channels
    return (taps, count * places) if is_parted(layer) else (count * taps, places)


def shape_of_flat_output(layer: Layer) -> Shape:
    """Return the shape of a layer's output below its columns: a row for each channel, or one for all."""
    return (1 if is_parted(layer) else layer.grouping.out_channels), shape_of_columns(layer)[1]


def shape_of_kernels(layer: Layer) -> Shape:
    """Return the shape of a layer's flattened kernels: a row for each output channel."""
    return layer.grouping.out_channels, shape_of_columns(layer)[0]


def shape_of_sparse(layer: Layer) -> Shape:
    """Return the shape of the matrix of a whole layer: a row for each output cell, a column for each input cell."""
    grouping = layer.grouping
    return grouping.out_channels * prod(layer.output_size), grouping.in_channels * prod(layer.input_size)


@dataclass(frozen=True, eq=False)
class Columns:
    """The windows of a layer as the columns of a matrix, im2col, and its kernels as the rows of another.

    Row ``c·K + t`` of the columns holds what tap t of the window's K taps, in
    row-major order, reads in input channel c; a column is an output cell.
    Where channels are parted, column ``c·N + n`` holds in row t what tap t of
    window n, of N windows, reads in channel c. The
    kernels have a row for each output channel, with zeros for the channels of
    other groups, so that kernels times columns is the output without its bias.

    Attributes
    ----------
    stage : Windows
        The layer at its place in a plan.
    """

    stage: Windows

    @property
    def taps(self) -> int:
        """Number of rows of the columns for each input channel, and of cells of a flattened kernel."""
        return prod(axis.kernel for axis in self.stage.axes)

    @property
    def shape(self) -> Shape:
        """Numbers of rows and of columns of the columns."""
        return shape_of_columns(self.stage.layer)

    @property
    def kernel_shape(self) -> Shape:
        """Numbers of rows and of columns of the flattened kernels."""
        return shape_of_kernels(self.stage.layer)

    @cached_property
    def _taps(self) -> list[Taps]:
        """What each window reads of an input channel."""
        return [self.stage.gathered(0, place).reads[0].taps for place in range(prod(self.stage.output_size))]

    @property
    def lengths(self) -> Ints:
        """How many cells each window has of an input channel, (columns,): fewer than taps where windows differ."""
        return np.array([len(taps.kind) for taps in self._taps])

    @cached_property
    def _read(self) -> tuple[Ints, Ints, Ints]:
        """Position, kind and source of each tap of each column: (taps, columns, dims), (taps, columns) and again."""
        read = [self._whole(taps) for taps in self._taps]
        return (
            np.stack([taps.position for taps in read], axis=1),
            np.stack([taps.kind for taps in read], axis=1),
            np.stack([taps.source for taps in read], axis=1),
        )

    def _whole(self, taps: Taps) -> Taps:
        """Return taps with more that read nothing, as many as the largest window has."""
        lacking = self.taps - len(taps.kind)
        if not lacking:
            return taps
        again = taps.some(np.minimum(np.arange(self.taps), len(taps.kind) - 1))
        kind, source = again.kind.copy(), again.source.copy()
        kind[-lacking:], source[-lacking:] = int(Kind.OVERHANG), -1
        return replace(again, kind=kind, source=source)

    @property
    def position(self) -> Ints:
        """The cell of the padded, stretched grid that each tap reads in each window, (taps, columns, dims)."""
        return self._read[0]

    @property
    def kind(self) -> Ints:
        """The `Kind` of that cell, (taps, columns)."""
        return self._read[1]

    @property
    def source(self) -> Ints:
        """The input cell whose value is read, (taps, columns, dims); -1 if there is none."""
        return self._read[2]

    @cached_property
    def weight(self) -> Ints:
        """The index into a stored kernel that each tap meets, (taps, dims)."""
        return self.stage.gathered(0, 0).reads[0].taps.kernel

    def values(self, planes: Planes) -> Numbers:
        """Return the numbers of the columns; zero where there is no input."""
        there = self.source[..., 0] >= 0
        places = tuple(np.moveaxis(np.maximum(self.source, 0), -1, 0))
        channels = range(self.stage.grouping.in_channels)
        return self.joined([np.where(there, planes(self.stage.source, one)[places], 0) for one in channels])

    def joined(self, parts: Sequence[NDArray[Any]]) -> NDArray[Any]:
        """Return the columns of all channels, given those of each."""
        return np.concatenate(parts, axis=int(is_parted(self.stage.layer)))

    @property
    def met(self) -> Mask:
        """A mask of the flattened kernels: where there are weights, not zeros for other groups."""
        found = np.zeros(self.kernel_shape, bool)
        for out in range(len(found)):
            for one in self.stage.grouping.inputs_of(out):
                found[out, one * self.taps : (one + 1) * self.taps] = True
        return found

    def kernels(self) -> Numbers | None:
        """Return the flattened kernels, a row for each output channel; None without weights."""
        if self.stage.kernel is None:
            return None
        found = np.zeros(self.kernel_shape, self.stage.kernel.dtype)
        for out in range(len(found)):
            for one in self.stage.grouping.inputs_of(out):
                own = self.stage.slice(out, one)
                assert own is not None
                found[out, one * self.taps : (one + 1) * self.taps] = own[tuple(self.weight.T)]
        return found


@dataclass(frozen=True, eq=False)
class Entry:
    """A weight of the matrix of a layer.

    Attributes
    ----------
    out_channel, in_channel : int
        The channels that it joins.
    kernel : tuple of int or None
        Its index into the kernel between them; None if the layer has no weights.
    factor : float
        What a layer without weights multiplies by: 1, or the share of a mean.
    """

    out_channel: int
    in_channel: int
    kernel: tuple[int, ...] | None
    factor: float = 1


@dataclass(frozen=True, eq=False)
class Sparse:
    """The matrix of a linear layer: a row for each output cell, a column for each input cell.

    Row ``o·N + n`` is cell n (a row-major index) of output channel o, and
    column ``c·M + m`` cell m of input channel c. Weights that meet padding
    have no column; where padding copies a cell, its weights add up. The
    matrix of a transposed convolution is the transpose of a convolution's.

    Attributes
    ----------
    stage : Stage
        The layer at its place in a plan.
    """

    stage: Stage

    @property
    def shape(self) -> Shape:
        """Numbers of rows and of columns."""
        return shape_of_sparse(self.stage.layer)

    @cached_property
    def entries(self) -> dict[tuple[int, int], list[Entry]]:
        """The weights at each place (row, column) that has any."""
        found: dict[tuple[int, int], list[Entry]] = {}
        outputs, inputs = prod(self.stage.output_size), prod(self.stage.input_size)
        for row in range(self.shape[0]):
            channel, place = divmod(row, outputs)
            step = self.stage.gathered(channel, place) if isinstance(self.stage, Windows) else None
            for read in (step or self.stage.step(channel, place)).reads:
                taps, factors = read.taps, read.taps.coefficient
                # Cells of the window that read nothing have no column, and a mean does not share with them.
                own = np.flatnonzero(taps.source[:, 0] >= 0).tolist()
                cells = np.ravel_multi_index(tuple(taps.source[own].T), self.stage.input_size).tolist()
                for tap, cell in zip(own, cells, strict=True):
                    weight = tuple(taps.kernel[tap].tolist()) if self.stage.is_weighted else None
                    factor = 1 if factors is None else float(factors[tap])
                    for one in read.channels:
                        entry = Entry(channel, one, weight, factor)
                        found.setdefault((row, one * inputs + cell), []).append(entry)
        return found

    def value(self, entry: Entry) -> float:
        """Return the number of a weight; the layer must have numbers if it has weights."""
        if entry.kernel is None:
            return entry.factor
        assert isinstance(self.stage, Windows)
        own = self.stage.slice(entry.out_channel, entry.in_channel)
        assert own is not None
        found: float = own.item(entry.kernel) * entry.factor
        return found

    def values(self) -> Numbers:
        """Return the numbers of the whole matrix."""
        told = {place: sum(map(self.value, entries)) for place, entries in self.entries.items()}
        found = np.zeros(self.shape, np.result_type(*{type(one) for one in told.values()}, np.int64))
        for place, number in told.items():
            found[place] = number
        return found


def product_of(one: Numbers, other: Numbers) -> Numbers:
    """Return the product of two matrices, in Python's integers where 64 bits may not do."""
    first, second = roomy(one, other)
    made: Numbers = first @ second
    return made
