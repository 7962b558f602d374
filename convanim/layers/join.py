"""Layers in which branches meet: addition cell by cell, concatenation of channels, and scaling of channels."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Sequence
from itertools import accumulate
from math import prod
from typing import ClassVar

from convanim.base.errors import ConvanimError
from convanim.base.language import message
from convanim.base.options import Size, quoted
from convanim.base.records import dataclass
from convanim.layers.axis import Axis
from convanim.layers.base import Layer, Source
from convanim.layers.grouping import Grouping, count
from convanim.layers.rules import COPY, PRODUCT, Rule

Shape = tuple[int, tuple[int, ...]]
"""The channels and the size of a tensor."""


@dataclass(frozen=True, init=False)
class Join(Layer):
    """A layer with several inputs, of the same size unless it says otherwise.

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
        if not isinstance(branches, list | tuple):
            raise ConvanimError(
                "branches", quoted(branches), "must be a list of channels, one a tensor, such as [2, 2]"
            )
        self._set(padding=((0, 0),) * self.dims, branches=tuple(count("branches", one) for one in branches))
        if len(self.branches) < 2:
            raise ConvanimError("branches", len(self.branches), "must be at least 2, which meet")

    @property
    def axes(self) -> tuple[Axis, ...]:
        """The axes of the plain inputs."""
        return tuple(Axis(n, 1) for n in self.input_size)

    def source_channels(self, source: int) -> int:
        """Return the number of channels of an input."""
        return self.branches[source]

    @classmethod
    def of(cls, shapes: Sequence[Shape]) -> Join:
        """Return the layer that joins tensors of the given shapes, which must meet (see `meets`)."""
        _, size = shapes[0]
        return cls(size, [channels for channels, _ in shapes])

    @classmethod
    @abstractmethod
    def meets(cls, shapes: Sequence[Shape]) -> bool:
        """Return whether tensors of the given shapes can be joined."""


@dataclass(frozen=True, init=False)
class Add(Join):
    """The sum of tensors, as at the end of a skip connection.

    Examples
    --------
    >>> Add((2, 2), [3, 3]).grouping.out_channels
    3
    """

    operation: ClassVar[str] = "add"
    title: ClassVar[str] = message("addition")

    def __init__(self, input_size: Size, branches: Sequence[int]) -> None:
        super().__init__(input_size, branches)
        if len(set(self.branches)) > 1:
            raise ConvanimError("branches", ",".join(map(str, self.branches)), "must have as many channels each")

    @classmethod
    def meets(cls, shapes: Sequence[Shape]) -> bool:
        """Return whether all tensors have the same channels and size."""
        return len(set(shapes)) == 1

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

    operation: ClassVar[str] = "concat"
    title: ClassVar[str] = message("concatenation")
    rule: ClassVar[Rule] = COPY

    @classmethod
    def meets(cls, shapes: Sequence[Shape]) -> bool:
        """Return whether all tensors have the same size."""
        return len({size for _, size in shapes}) == 1

    @property
    def grouping(self) -> Grouping:
        """The channels of the first input, and of the output."""
        return Grouping(self.branches[0], sum(self.branches))

    def sources(self, channel: int, cell: tuple[int, ...]) -> tuple[Source, ...]:
        """Return the cell that an output cell is a copy of: the same cell of one input."""
        ends = tuple(accumulate(self.branches))
        number = next(number for number, end in enumerate(ends) if channel < end)
        return ((number, channel - ends[number] + self.branches[number], cell),)


@dataclass(frozen=True, init=False)
class Scale(Join):
    """The product of a tensor and one factor a channel, as in a squeeze-and-excite block (arXiv:1709.01507).

    Parameters
    ----------
    input_size : int or sequence of int
        Size of the tensor that is scaled; the factors have one cell on each axis.
    branches : (int, int)
        Channels of the tensor and of the factors, which are the same.

    Examples
    --------
    >>> Scale((2, 2), [3, 3]).sources(1, (0, 1))
    ((0, 1, (0, 1)), (1, 1, (0, 0)))
    """

    operation: ClassVar[str] = "scale"
    # Translators: The name of a layer that multiplies each channel by a factor.
    title: ClassVar[str] = message("scaling")
    rule: ClassVar[Rule] = PRODUCT

    def __init__(self, input_size: Size, branches: Sequence[int]) -> None:
        super().__init__(input_size, branches)
        if len(self.branches) != 2 or self.branches[0] != self.branches[1]:
            raise ConvanimError("branches", ",".join(map(str, self.branches)), "must be two with as many channels each")

    @classmethod
    def meets(cls, shapes: Sequence[Shape]) -> bool:
        """Return whether these are a tensor and a factor for each of its channels."""
        return len(shapes) == 2 and shapes[0][0] == shapes[1][0] and set(shapes[1][1]) == {1}

    @property
    def grouping(self) -> Grouping:
        """The channels; each is scaled separately."""
        return Grouping(self.branches[0], self.branches[0], self.branches[0])

    @property
    def multiplications(self) -> int:
        """One for each cell."""
        return prod(self.input_size) * self.branches[0]

    def source_size(self, source: int) -> tuple[int, ...]:
        """Return the size of the tensor, or one cell on each axis for the factors."""
        return (1,) * self.dims if source else self.input_size

    def source_inputs(self, source: int, number: int, output: int) -> Iterable[int]:
        """Return the cell of the tensor, or the only one of the factors."""
        return (0,) if source else (output,)

    def sources(self, channel: int, cell: tuple[int, ...]) -> tuple[Source, ...]:
        """Return the cell of the tensor, and the factor of its channel."""
        return (0, channel, cell), (1, channel, (0,) * self.dims)


JOINS: dict[str, type[Join]] = {kind.operation: kind for kind in (Add, Concatenate, Scale)}
"""Every layer in which branches meet, by the name that the short form and ``to_dict`` use."""
