"""Layers in which branches meet: addition cell by cell, and concatenation of channels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import ClassVar

from convanim.base.errors import ConvanimError
from convanim.base.options import Size
from convanim.layers.axis import Axis
from convanim.layers.base import Layer, Source
from convanim.layers.grouping import Grouping, count
from convanim.layers.rules import COPY, Rule


@dataclass(frozen=True, init=False)
class Join(Layer):
    """A layer with several inputs of the same size.

    Parameters
    ----------
    input_size : int or sequence of int
        Size of each input.
    branches : sequence of int
        Number of channels of each input.

    Raises
    ------
    ConvanimError
        If there are fewer than two branches, or a number is invalid.
    """

    is_weighted: ClassVar[bool] = False

    branches: tuple[int, ...]

    def __init__(self, input_size: Size, branches: Sequence[int]) -> None:
        self._set_sizes(input_size, 1, 1)
        self._set(padding=((0, 0),) * self.dims, branches=tuple(count("branches", one) for one in branches))
        if len(self.branches) < 2:
            raise ConvanimError("branches", len(self.branches), "must be at least 2, which meet")

    @property
    def axes(self) -> tuple[Axis, ...]:
        """The axes of the plain inputs."""
        return tuple(Axis(n, 1) for n in self.input_size)

    @property
    def has_channels(self) -> bool:
        """Always true: the index of a cell begins with its channel."""
        return True


@dataclass(frozen=True, init=False)
class Add(Join):
    """The sum of tensors, as at the end of a skip connection.

    Examples
    --------
    >>> Add((2, 2), [3, 3]).grouping.out_channels
    3
    """

    operation: ClassVar[str] = "add"
    title: ClassVar[str] = "addition"

    def __init__(self, input_size: Size, branches: Sequence[int]) -> None:
        super().__init__(input_size, branches)
        if len(set(self.branches)) > 1:
            raise ConvanimError("branches", ",".join(map(str, self.branches)), "must have as many channels each")

    @property
    def grouping(self) -> Grouping:
        """The channels; each is added separately."""
        return Grouping(self.branches[0], self.branches[0], self.branches[0])

    @property
    def most_sources(self) -> int:
        """The number of inputs, each of which gives a cell."""
        return len(self.branches)

    def sources(self, channel: int, cell: tuple[int, ...]) -> tuple[Source, ...]:
        """Return the cells that an output cell is the sum of: the same cell of each input."""
        return tuple((number, channel, cell) for number in range(len(self.branches)))


@dataclass(frozen=True, init=False)
class Concatenate(Join):
    """The concatenation of the channels of tensors.

    Examples
    --------
    >>> Concatenate((2, 2), [3, 1]).sources(3, (0, 1))
    ((1, 0, (0, 1)),)
    """

    operation: ClassVar[str] = "concatenate"
    title: ClassVar[str] = "concatenation"
    rule: ClassVar[Rule] = COPY

    @property
    def grouping(self) -> Grouping:
        """The channels of the first input, and of the output."""
        return Grouping(self.branches[0], sum(self.branches))

    def sources(self, channel: int, cell: tuple[int, ...]) -> tuple[Source, ...]:
        """Return the cell that an output cell is a copy of: the same cell of one input."""
        ends = tuple(accumulate(self.branches))
        number = next(number for number, end in enumerate(ends) if channel < end)
        return ((number, channel - ends[number] + self.branches[number], cell),)
