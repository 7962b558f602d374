"""The stages of a plan: each is a layer with the tensors that it reads and the tensor that it makes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property, reduce
from itertools import product
from math import prod

import numpy as np

from convanim.base.records import dataclass
from convanim.layers import Grouping, Layer
from convanim.layers.axis import Kind
from convanim.layers.rules import Rule
from convanim.layers.sampled_axis import SampledAxis
from convanim.plans.results import EXACT
from convanim.plans.steps import Cell, Grid, Ints, Mask, Points, Read, Step, Taps, points
from convanim.plans.values import Numbers

Planes = Callable[[int, int], Numbers]
"""A function from a tensor and a channel to the numbers of that plane."""

Masks = Mapping[tuple[int, int], Mask]
"""Marked cells, by tensor and channel."""


@dataclass(frozen=True, eq=False)
class Needs:
    """What the given cells of a stage's target depend on.

    Attributes
    ----------
    made : mapping of int to mask
        The given cells, by channel.
    read : mapping of (tensor, channel) to mask
        The positions of the grid that are read.
    cells : mapping of (tensor, channel) to mask
        The cells of the tensors that are read, directly or as copies in the padding.
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
        Number of the stage.
    layer : Layer
        The layer that it computes.
    sources : tuple of int
        The tensors that it reads: one, or several where branches meet.
    target : int
        The tensor that it makes.
    kernel, bias : arrays or None
        Its weights and biases as PyTorch stores them, channels first.
    is_stamped : bool
        Whether it has one step per input cell (a stamp) instead of one per output cell.
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
        """The channels of the first source and of the target, and how they are connected."""
        return self.layer.grouping

    @property
    def source(self) -> int:
        """The first tensor that it reads."""
        return self.sources[0]

    @property
    def input_size(self) -> Cell:
        """Size of each input channel, per axis."""
        return self.layer.input_size

    @cached_property
    def output_size(self) -> Cell:
        """Size of each output channel, per axis."""
        return self.layer.output_size

    @property
    def rule(self) -> Rule:
        """How the values that a step reads are combined into one."""
        return self.layer.combining

    @property
    def is_weighted(self) -> bool:
        """Whether it has a kernel."""
        return self.layer.is_weighted

    @property
    def has_shares(self) -> bool:
        """Whether cells are weighed by shares that follow from places, not from a kernel."""
        return False

    def shares_at(self, place: int) -> Hashable:
        """Return what the shares of the step of a cell (row-major index) are the same as those of other steps by."""
        return place

    @property
    def has_factors(self) -> bool:
        """Whether each weight is multiplied by a share of the cell that it meets."""
        return False

    @property
    def distinct_shares(self) -> tuple[float, ...]:
        """All shares that any cell has in any step; empty if it has none."""
        return ()

    @property
    def window_words(self) -> str:
        """The size of the windows, as words say it: ``3×3``."""
        return "×".join(map(str, self.layer.kernel_size))

    @property
    def varies(self) -> bool:
        """Whether steps differ in how many cells they read."""
        return False

    def read_count(self, place: int) -> int:
        """Return how many cells of a channel the step of a cell (row-major index) reads, where steps differ in that."""
        return 0

    @property
    def spans(self) -> tuple[tuple[tuple[int, int], ...], ...]:
        """The first and last cell of each window, axis by axis, where windows differ; empty where they slide."""
        return ()

    @property
    def divides_input(self) -> bool:
        """Whether windows are parts of the input that do not slide, and there are several."""
        return bool(self.spans) and prod(self.output_size) > 1

    @property
    def bracketed(self) -> tuple[tuple[tuple[int, int], ...], ...]:
        """The same that brackets beside a plane show: on three axes, none."""
        return () if self.layer.dims == 3 else self.spans

    @property
    def moved_places(self) -> Points | None:
        """The places between cells that steps are moved to, (groups, taps, axes, *output size); None where none are."""
        return None

    def frame_of(self, step: Step) -> Ints | None:
        """Return the positions of the grid, (taps, dims), that are framed where those that are read are scattered."""
        return None

    @property
    def weighs_cells(self) -> bool:
        """Whether each cell that is read is multiplied, by a weight or by its share."""
        return self.is_weighted or self.has_shares

    @property
    def leaves_zeros(self) -> bool:
        """Whether some steps read nothing and write a zero."""
        return self.layer.leaves_zeros

    @property
    def is_sparse(self) -> bool:
        """Whether some cells hold nothing, and are neither read nor made."""
        return False

    @property
    def places(self) -> Sequence[int]:
        """The cells, as row-major indices, that have a step in each channel."""
        return range(prod(self.input_size if self.is_stamped else self.output_size))

    @property
    def target_grid(self) -> Grid:
        """The grid that is drawn for an output channel as it is."""
        return Grid.plain(self.output_size)

    @property
    def steps_of(self) -> tuple[int, int]:
        """Number of channels that the steps go through, and number of steps in each."""
        if self.is_stamped:
            return self.grouping.in_channels, len(self.places)
        return self.grouping.out_channels, len(self.places)

    @property
    def layer_count(self) -> int:
        """Number of layers that this stage stands for."""
        return 1

    @property
    def count(self) -> int:
        """Number of steps."""
        return prod(self.steps_of)

    @property
    @abstractmethod
    def taps(self) -> int:
        """Upper bound of the number of cells that all steps read, or write if they stamp."""

    @property
    @abstractmethod
    def grid(self) -> Grid:
        """The grid that is drawn for an input channel."""

    @abstractmethod
    def step(self, channel: int, place: int) -> Step:
        """Return the step of a channel and a cell (row-major index) of the output, or the input if stamped."""

    def taking_part(self, step: Step) -> Step:
        """Return a step with only those of its taps that take part in its result."""
        return step

    def inside(self, cells: Ints) -> Mask:
        """Return a mask of the cells that lie inside the output."""
        found: Mask = np.all((cells >= 0) & (cells < np.array(self.output_size)), axis=1)
        return found

    @abstractmethod
    def computed(self, channel: int, planes: Planes) -> Numbers:
        """Compute an output channel, with its bias."""

    def handed_down(self, weights: Mapping[int, Numbers]) -> dict[tuple[int, int], Numbers]:
        """Return what weights of output cells, by channel, hand down to the cells that are read, if each reads alike.

        Returns
        -------
        dict of (tensor, channel) to array
            For each cell, the sum over all paths from it to the given cells. Only steps that gather hand down.
        """
        found: dict[tuple[int, int], Numbers] = {}
        sizes = {tensor: self.layer.source_size(number) for number, tensor in enumerate(self.sources)}
        for channel, plane in weights.items():
            for place in np.flatnonzero(plane).tolist():
                for read in self.step(channel, place).reads:
                    own = read.taps.source[:, 0] >= 0
                    factors = 1.0 if read.taps.coefficient is None else read.taps.coefficient[own]
                    for one in read.channels:
                        held = found.setdefault((read.tensor, one), np.zeros(sizes[read.tensor]))
                        np.add.at(held, tuple(read.taps.source[own].T), plane.flat[place] * factors)
        return found

    @abstractmethod
    def needs(self, made: Mapping[int, Mask]) -> Needs:
        """Return what the given output cells depend on."""


@dataclass(frozen=True, eq=False)
class Moves(Stage):
    """A layer without windows: an output cell is a copy of an input cell, a sum or product of several, or zero."""

    @cached_property
    def leaves_zeros(self) -> bool:
        """Whether some output cells are made of nothing, and so zero."""
        cells = product(range(self.steps_of[0]), np.ndindex(*self.output_size))
        return self.layer.leaves_zeros and any(not self.layer.sources(channel, cell) for channel, cell in cells)

    @property
    def taps(self) -> int:
        """Upper bound of the number of cells that all steps read."""
        return self.count * len(self.sources) * self.layer.most_sources

    @cached_property
    def grid(self) -> Grid:
        """The grid of the plain input, with the cells that no output takes."""
        plain, axes = Grid.plain(self.input_size), self.layer.axes
        sizes = zip(self.input_size, axes, strict=True)
        reads = [np.isin(np.arange(size), axis.unread(), invert=True) for size, axis in sizes]
        own = replace(plain, read=reduce(np.logical_and.outer, reads))
        is_sampled = all(isinstance(axis, SampledAxis) for axis in axes)
        return replace(own, points=points(self.layer.lattice)) if is_sampled else own

    def _taken(self, channel: int, cell: Cell) -> list[tuple[int, int, Cell]]:
        """Return the tensors, channels and cells that an output cell is made of."""
        return [(self.sources[number], one, at) for number, one, at in self.layer.sources(channel, cell) or ()]

    def step(self, channel: int, place: int) -> Step:
        """Return the step that makes a cell (row-major index) of an output channel."""
        cell: Cell = tuple(int(i) for i in np.unravel_index(place, self.output_size))
        taken, factors = self._taken(channel, cell), self.layer.factors(channel, cell)
        reads = []
        places = points(self.layer.places(channel, cell))
        for tensor, one in dict.fromkeys((tensor, one) for tensor, one, _ in taken):
            own = [number for number, (*plane, _) in enumerate(taken) if plane == [tensor, one]]
            read: Ints = np.array([taken[number][2] for number in own], np.int64)
            shares = None if factors is None else np.array([factors[number] for number in own])
            kind, weights = np.full(len(own), int(Kind.INPUT)), np.zeros((len(own), 0), np.int64)
            reads.append(Read(tensor, (one,), Taps(read, kind, read, weights, shares), places))
        return Step(self.number, tuple(reads), (channel,), np.array([cell], np.int64))

    def computed(self, channel: int, planes: Planes) -> Numbers:
        """Compute an output channel."""
        made = np.zeros(self.output_size, object)
        # Channels may differ in dtype: the averages of one may all be whole, those of another not.
        kinds = {planes(source, 0).dtype for source in self.sources}
        for cell in np.ndindex(*self.output_size):
            factors, values = self.layer.factors(channel, cell), []
            for number, (tensor, one, at) in enumerate(self._taken(channel, cell)):
                plane = planes(tensor, one)
                values.append(plane.item(at) * (1 if factors is None else factors[number]))
                kinds |= {plane.dtype} if factors is None else {plane.dtype, np.dtype(float)}
            made[cell] = prod(values) if self.rule.is_product else sum(values)
        kind = np.result_type(*kinds)
        return made if kind.kind == "i" and abs(made).max() >= EXACT else made.astype(kind)

    def needs(self, made: Mapping[int, Mask]) -> Needs:
        """Return the cells that the given output cells are made of."""
        cells: dict[tuple[int, int], Mask] = {}
        sizes = {tensor: self.layer.source_size(number) for number, tensor in enumerate(self.sources)}
        for channel, mask in made.items():
            for cell in map(tuple, np.argwhere(mask).tolist()):
                for tensor, one, at in self._taken(channel, cell):
                    cells.setdefault((tensor, one), np.zeros(sizes[tensor], bool))[at] = True
        return Needs(made, cells, cells)
