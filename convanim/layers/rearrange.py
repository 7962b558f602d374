"""Layers that only move values: pixel shuffle and unshuffle, nearest upsampling, max unpooling."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from math import prod
from typing import Any, ClassVar

from convanim.base.errors import ConvanimError
from convanim.base.options import Padding, Size, padding_pairs, per_axis, short, spelled, whole
from convanim.layers.axis import Axis
from convanim.layers.base import Layer, Phrases, Source
from convanim.layers.cells import cell_of, flat, number_of
from convanim.layers.grouping import Grouping, count
from convanim.layers.rules import COPY, Rule

Place = tuple[int, tuple[int, ...]]
"""A channel and a cell of it."""


@dataclass(frozen=True, init=False)
class Rearrange(Layer):
    """A layer of which each output cell is a copy of one input cell, or a zero where it ``leaves_zeros``."""

    is_weighted: ClassVar[bool] = False
    rule: ClassVar[Rule] = COPY

    channels: int

    @classmethod
    def fed(cls, channels: int, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Return parameters for so many input channels, where none are given."""
        return {"channels": channels, **parameters}

    @abstractmethod
    def source(self, channel: int, cell: tuple[int, ...]) -> Place | None:
        """Return the input channel and cell whose value stands in a cell of an output channel, None for a zero."""

    def sources(self, channel: int, cell: tuple[int, ...]) -> tuple[Source, ...]:
        """Return the one cell that an output cell is a copy of, none for a zero."""
        found = self.source(channel, cell)
        return () if found is None else ((0, *found),)

    @property
    def axes(self) -> tuple[Axis, ...]:
        """The input as it is, cell by cell."""
        return tuple(Axis(n, 1) for n in self.input_size)

    @property
    def has_channels(self) -> bool:
        """Always: cells are told by their channel first."""
        return True

    @property
    def grouping(self) -> Grouping:
        """The channels of input and output: each by itself."""
        return Grouping(self.channels, self.channels, self.channels)


@dataclass(frozen=True, init=False)
class Rescale(Rearrange):
    """One whose output is larger, or smaller, by whole factors."""

    factor: tuple[int, ...]

    @property
    def output_size(self) -> tuple[int, ...]:
        """Cells of the output, an axis."""
        return tuple(n * r for n, r in zip(self.input_size, self.factor, strict=True))

    def field(self, number: int, outputs: int) -> int:
        """Return how many input cells some neighbouring outputs can see at most along an axis."""
        return (outputs - 2) // self.factor[number] + 2 if outputs > 1 else 1

    def inputs(self, number: int, output: int) -> Iterable[int]:
        """Return the input cells along an axis that make an output cell, as if the input had no ends."""
        return (output // self.factor[number],)

    def spacing(self, number: int) -> int:
        """Return after how many outputs along an axis the next cells are read."""
        return self.factor[number]

    def size_formula(self, number: int | None = None) -> str:
        """Return the formula of the output size, with the numbers of an axis or with letters."""
        return "n·r" if number is None else f"{self.input_size[number]}·{self.factor[number]}"

    def _set_moved(self, input_size: Size, factor: tuple[str, Size], channels: tuple[str, object]) -> None:
        self._set_sizes(input_size, 1, 1)
        self._set(
            padding=((0, 0),) * self.dims,
            factor=per_axis(factor[0], factor[1], self.dims),
            channels=count(*channels),
        )

    @property
    def share(self) -> str:
        """How many channels make a block, where there are several blocks, as the beginning of a phrase."""
        return "" if self.channels == 1 else f"its {prod(self.factor)} of "


@dataclass(frozen=True, init=False)
class PixelShuffle(Rescale):
    """Channels spread out over blocks of cells, as PyTorch's ``PixelShuffle``; after a convolution, "sub-pixel".

    Parameters
    ----------
    input_size : int or sequence of int
        (rows, columns); one number means a square.
    upscale_factor : int
        Rows and columns of a block, each cell of which is another channel.
    channels : int
        Of the output; the input has as many times the cells of a block.

    Examples
    --------
    >>> layer = PixelShuffle(3, 2)
    >>> layer.grouping.in_channels, layer.output_size
    (4, (6, 6))
    """

    operation: ClassVar[str] = "pixel_shuffle"
    title: ClassVar[str] = "pixel shuffle"

    def __init__(self, input_size: Size, upscale_factor: int = 2, channels: int = 1) -> None:
        self._set_moved(input_size, ("upscale_factor", whole("upscale_factor", upscale_factor)), ("channels", channels))
        refuse_other_axes(self)

    @classmethod
    def fed(cls, channels: int, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Return parameters for so many input channels; those that come out are a block's share of them."""
        factor = count("upscale_factor", parameters.get("upscale_factor", 2))
        return {"channels": max(1, channels // factor**2), **parameters}

    @property
    def upscale_factor(self) -> int:
        """Rows and columns of a block."""
        return self.factor[0]

    @property
    def grouping(self) -> Grouping:
        """The channels: a block's worth of inputs for each output."""
        return Grouping(self.channels * prod(self.factor), self.channels, self.channels)

    def source(self, channel: int, cell: tuple[int, ...]) -> Place:
        """Return the input channel and cell whose value stands in a cell of an output channel."""
        r = self.upscale_factor
        row, column = cell
        return channel * r * r + row % r * r + column % r, (row // r, column // r)

    def sentence(self, say: Phrases) -> str:
        """Return what happens in its animation."""
        block = f"each {say.size(self.factor)} block of {say.output}"
        return f"a pixel shuffle: {block} takes one cell from each of {self.share}{say.input('the ')}"


@dataclass(frozen=True, init=False)
class PixelUnshuffle(Rescale):
    """Blocks of cells gathered into channels, as PyTorch's ``PixelUnshuffle``.

    Parameters
    ----------
    input_size : int or sequence of int
        (rows, columns), multiples of the factor; one number means a square.
    downscale_factor : int
        Rows and columns of a block.
    channels : int
        Of the input; the output has as many times the cells of a block.

    Examples
    --------
    >>> layer = PixelUnshuffle(6, 2)
    >>> layer.grouping.out_channels, layer.output_size
    (4, (3, 3))
    """

    operation: ClassVar[str] = "pixel_unshuffle"
    title: ClassVar[str] = "pixel unshuffle"

    def __init__(self, input_size: Size, downscale_factor: int = 2, channels: int = 1) -> None:
        factor = whole("downscale_factor", downscale_factor)
        self._set_moved(input_size, ("downscale_factor", factor), ("channels", channels))
        refuse_other_axes(self)
        for n in self.input_size:
            if n % factor:
                raise ConvanimError(
                    "input_size",
                    short(self.input_size),
                    f"must be a multiple of `downscale_factor` ({factor}) on each axis",
                )

    @property
    def downscale_factor(self) -> int:
        """Rows and columns of a block."""
        return self.factor[0]

    @property
    def grouping(self) -> Grouping:
        """The channels: a block's worth of outputs for each input."""
        return Grouping(self.channels, self.channels * prod(self.factor), self.channels)

    @property
    def output_size(self) -> tuple[int, ...]:
        """Cells of the output, an axis."""
        return tuple(n // r for n, r in zip(self.input_size, self.factor, strict=True))

    def field(self, number: int, outputs: int) -> int:
        """Return how many input cells some neighbouring outputs, in all channels, can see along an axis."""
        return outputs * self.factor[number]

    def inputs(self, number: int, output: int) -> Iterable[int]:
        """Return the input cells along an axis that make an output cell, in all channels."""
        first = output * self.factor[number]
        return range(first, first + self.factor[number])

    def spacing(self, number: int) -> int:
        """Return after how many outputs along an axis the next cells are read."""
        return 1

    def size_formula(self, number: int | None = None) -> str:
        """Return the formula of the output size, with the numbers of an axis or with letters."""
        return super().size_formula(number).replace("·", " / ")

    def source(self, channel: int, cell: tuple[int, ...]) -> Place:
        """Return the input channel and cell whose value stands in a cell of an output channel."""
        r = self.downscale_factor
        own, place = divmod(channel, r * r)
        return own, (cell[0] * r + place // r, cell[1] * r + place % r)

    def sentence(self, say: Phrases) -> str:
        """Return what happens in its animation."""
        block = f"each {say.size(self.factor)} block of {say.input('the ')}"
        return f"a pixel unshuffle: {block} gives one cell to each of {self.share}{say.output}"


@dataclass(frozen=True, init=False)
class Upsample(Rescale):
    """Every cell repeated, as PyTorch's ``Upsample`` with ``mode="nearest"``; also called nearest unpooling.

    Parameters
    ----------
    input_size : int or sequence of int
        (rows, columns); one number means a square.
    scale_factor : int or sequence of int
        How often, an axis.
    channels : int
        Each by itself.

    Examples
    --------
    >>> Upsample((2, 3), 2).output_size
    (4, 6)
    """

    operation: ClassVar[str] = "upsample"
    title: ClassVar[str] = "nearest upsampling"
    short_title: ClassVar[str] = "nearest upsample"

    def __init__(self, input_size: Size, scale_factor: Size = 2, channels: int = 1) -> None:
        self._set_moved(input_size, ("scale_factor", scale_factor), ("channels", channels))

    @property
    def scale_factor(self) -> tuple[int, ...]:
        """How often each cell is repeated, an axis."""
        return self.factor

    def source(self, channel: int, cell: tuple[int, ...]) -> Place:
        """Return the input channel and cell whose value stands in a cell of an output channel."""
        return channel, tuple(at // r for at, r in zip(cell, self.factor, strict=True))

    def sentence(self, say: Phrases) -> str:
        """Return what happens in its animation."""
        cell = f"each cell of {say.input('the ')}"
        return f"{self.title}: {cell} is copied to a block of {say.cells(self.factor)} in {say.output}"


@dataclass(frozen=True, init=False)
class MaxUnpool(Rearrange):
    """Values put back where a max pooling took them from, zeros elsewhere, as PyTorch's ``MaxUnpool2d``.

    Parameters
    ----------
    input_size, kernel_size, stride, padding
        As of the `MaxPool` that it undoes; the input is that one's output.
    channels : int
        Each by itself.
    indices : sequence, optional
        Where each value goes, as PyTorch's ``return_indices`` tells: a number
        a value, counted row by row over the output of its channel. Where they
        are not given, value n goes to cell n of its window, around again; a
        chain, which has a pooling of its own, needs them.

    Raises
    ------
    ConvanimError
        If an index is not in the output, or there are not as many as values.

    Examples
    --------
    >>> MaxUnpool(2, 2).output_size
    (4, 4)
    """

    operation: ClassVar[str] = "max_unpool"
    title: ClassVar[str] = "max unpooling"
    short_title: ClassVar[str] = "max unpool"
    leaves_zeros: ClassVar[bool] = True

    indices: tuple[int, ...] | None

    def __init__(
        self,
        input_size: Size,
        kernel_size: Size,
        stride: Size | None = None,
        padding: Padding = 0,
        channels: int = 1,
        indices: Any = None,
    ) -> None:
        self._set_sizes(input_size, kernel_size, kernel_size if stride is None else stride)
        self._set(
            padding=padding_pairs("padding", padding, self.dims),
            channels=count("channels", channels),
        )
        if min(self.output_size) < 1:
            raise ConvanimError("padding", short(self.padding), "leaves no output; pad less")
        self._set(indices=None if indices is None else self._checked(indices))

    def _checked(self, indices: Any) -> tuple[int, ...]:
        values, cells = self.channels * prod(self.input_size), prod(self.output_size)
        found = tuple(whole("indices", one) for one in islice(flat(indices), values + 1))
        if len(found) != values:
            said = f"more than {values}" if len(found) > values else len(found)
            raise ConvanimError("indices", "", f"are {said} for {values} values; give one a value")
        if not all(0 <= one < cells for one in found):
            raise ConvanimError("indices", "", f"must be from 0 to {cells - 1}, the cells of the output")
        return found

    @property
    def output_size(self) -> tuple[int, ...]:
        """Cells of the output, an axis."""
        return tuple(
            (n - 1) * s - low - high + k
            for n, s, k, (low, high) in zip(self.input_size, self.stride, self.kernel_size, self.padding, strict=True)
        )

    def field(self, number: int, outputs: int) -> int:
        """Return how many input cells some neighbouring outputs can come from along an axis."""
        return max(len(self.inputs(number, 0)), (outputs + self.kernel_size[number] - 2) // self.stride[number] + 1)

    def inputs(self, number: int, output: int) -> range:
        """Return the input cells along an axis whose windows hold an output cell, which may come from any of them."""
        place, stride = output + self.padding[number][0], self.stride[number]
        return range(-((self.kernel_size[number] - 1 - place) // stride), place // stride + 1)

    def spacing(self, number: int) -> int:
        """Return after how many outputs along an axis the next windows hold them."""
        return self.stride[number]

    def size_formula(self, number: int | None = None) -> str:
        """Return the formula of the output size, with the numbers of an axis or with letters."""
        if number is None:
            return "(n − 1)·s − 2·p + k"
        low, high = self.padding[number]
        padding = f"2·{low}" if low == high else f"{low} − {high}"
        return f"({self.input_size[number]} − 1)·{self.stride[number]} − {padding} + {self.kernel_size[number]}"

    def source(self, channel: int, cell: tuple[int, ...]) -> Place | None:
        """Return the input channel and cell whose value stands in a cell of an output channel, None for a zero."""
        at = self._moved[channel].get(number_of(cell, self.output_size))
        return None if at is None else (channel, cell_of(at, self.input_size))

    @cached_property
    def _moved(self) -> tuple[dict[int, int], ...]:
        """Which value goes to each cell that one goes to, a channel; as in PyTorch on one processor, the last stays."""
        own = prod(self.input_size)
        starts = range(0, own * self.channels, own)
        return tuple({place: at for at, place in enumerate(self._places[start : start + own])} for start in starts)

    @cached_property
    def _places(self) -> tuple[int, ...]:
        """Where each value goes, whether given or not."""
        return self._usual_indices() if self.indices is None else self.indices

    def _usual_indices(self) -> tuple[int, ...]:
        window, found = prod(self.kernel_size), []
        for number in range(prod(self.input_size)):
            cell = cell_of(number, self.input_size)
            within = cell_of(number % window, self.kernel_size)
            at = [
                min(max(c * s - low + w, 0), size - 1)
                for c, s, (low, _), w, size in zip(
                    cell, self.stride, self.padding, within, self.output_size, strict=True
                )
            ]
            found.append(number_of(tuple(at), self.output_size))
        return tuple(found) * self.channels

    def sentence(self, say: Phrases) -> str:
        """Return what happens in its animation."""
        place = "its place" if self.indices else f"one cell of {say.window('window', 'its ')}"
        moves = f"each value of {say.input('the ')} moves to {place} in {say.output}"
        return f"{self.title}: {moves}; what is left is zero"


def refuse_other_axes(layer: Layer) -> None:
    """Raise a `ConvanimError` where a layer has other than two axes."""
    if layer.dims != 2:
        raise ConvanimError(
            "input_size", spelled(layer.input_size), f"must have 2 axes for {layer.title}; give rows and columns"
        )
