"""Layers that only move values: pixel shuffle and unshuffle, and their base classes."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Mapping
from math import prod
from typing import Any, ClassVar

from convanim.base.errors import ConvanimError
from convanim.base.language import message, translated
from convanim.base.options import Size, per_axis, short, spelled, whole
from convanim.base.records import dataclass
from convanim.layers.axis import Axis
from convanim.layers.base import Layer, Source
from convanim.layers.cells import PLAIN, Block, Blocks, box_of
from convanim.layers.grouping import Grouping, count
from convanim.layers.per_channel import PerChannel
from convanim.layers.phrases import Phrases
from convanim.layers.rules import COPY, Rule

Place = tuple[int, tuple[int, ...]]
"""A channel, and a cell of that channel."""


@dataclass(frozen=True, init=False)
class Rearrange(PerChannel):
    """A layer whose output cells are copies of input cells, or zeros if it ``leaves_zeros``."""

    rule: ClassVar[Rule] = COPY

    @abstractmethod
    def source(self, channel: int, cell: tuple[int, ...]) -> Place | None:
        """Return the input channel and cell that an output cell is copied from, or None for a zero."""

    def sources(self, channel: int, cell: tuple[int, ...]) -> tuple[Source, ...]:
        """Return the cell that an output cell is copied from; empty for a zero."""
        found = self.source(channel, cell)
        return () if found is None else ((0, *found),)

    def output_tint(self, channel: int, cell: tuple[int, ...]) -> int:
        """Return the tint of the cell that an output cell is copied from."""
        found = self.source(channel, cell)
        return PLAIN if found is None else self.input_tint(*found)

    @property
    def axes(self) -> tuple[Axis, ...]:
        """The axes of the plain input."""
        return tuple(Axis(n, 1) for n in self.input_size)

    @property
    def has_channels(self) -> bool:
        """Always true: the index of a cell begins with its channel."""
        return True


@dataclass(frozen=True, init=False)
class Rescale(Rearrange):
    """A layer whose output is larger or smaller by whole factors."""

    factor: tuple[int, ...]

    orders: ClassVar[tuple[str, str]]
    """Which cell of a block each channel holds: of one block, and of one for each channel."""

    @property
    def output_size(self) -> tuple[int, ...]:
        """Size of the output, per axis."""
        return tuple(n * r for n, r in zip(self.input_size, self.factor, strict=True))

    def field(self, number: int, outputs: int) -> int:
        """Return the largest span of input cells that neighbouring outputs can see along an axis."""
        return (outputs - 2) // self.factor[number] + 2 if outputs > 1 else 1

    def inputs(self, number: int, output: int) -> Iterable[int]:
        """Return the input cells along an axis that make an output cell, as if the input were endless."""
        return (output // self.factor[number],)

    def spacing(self, number: int) -> int:
        """Return after how many outputs along an axis the pattern of cells that they read repeats."""
        return self.factor[number]

    def size_formula(self, number: int | None = None) -> str:
        """Return the formula of the output size, with the numbers of an axis or with letters."""
        return "n·r" if number is None else f"{self.input_size[number]}·{self.factor[number]}"

    @property
    def factor_said(self) -> str:
        """The factor of each axis, as the end of a phrase."""
        return translated("by {size}", size="×".join(map(str, self.factor)))

    def _set_moved(self, input_size: Size, factor: tuple[str, Size], channels: tuple[str, object]) -> None:
        self._set_sizes(input_size, 1, 1)
        self._set(
            padding=((0, 0),) * self.dims,
            factor=per_axis(factor[0], factor[1], self.dims),
            channels=count(*channels),
        )

    @property
    def order_words(self) -> str:
        """Which cell of a block each channel holds."""
        return translated(self.orders[self.channels > 1], count=prod(self.factor))

    def _block(self, cell: tuple[int, ...], size: tuple[int, ...]) -> tuple[tuple[int, ...], ...]:
        """Return the cells of the larger grid, of a size, that one cell of the smaller grid stands for."""
        return box_of((range(at * r, (at + 1) * r) for at, r in zip(cell, self.factor, strict=True)), size)

    def _channels_of(self, channel: int) -> range:
        """Return the channels that hold the cells of one channel's blocks."""
        each = prod(self.factor)
        return range(channel * each, (channel + 1) * each)

    def share(self, channels: str) -> str:
        """Return which of some channels make a block: all if there is only one block."""
        if self.channels == 1:
            return channels
        return translated("its {count} of {channels}", count=prod(self.factor), channels=channels)


@dataclass(frozen=True, init=False)
class PixelShuffle(Rescale):
    """Channels spread over blocks of cells, as PyTorch's ``PixelShuffle``; after a convolution, "sub-pixel".

    Parameters
    ----------
    input_size : int or sequence of int
        (rows, columns); one number means a square.
    upscale_factor : int
        Number of rows and columns of a block; each of its cells is another channel.
    channels : int
        Output channels; the input has one channel per cell of a block for each.

    Examples
    --------
    >>> layer = PixelShuffle(3, 2)
    >>> layer.grouping.in_channels, layer.output_size
    (4, (6, 6))
    """

    operation: ClassVar[str] = "pixel_shuffle"
    title: ClassVar[str] = message("pixel shuffle")
    orders: ClassVar[tuple[str, str]] = (
        message("input channel n: cell n of each block, row by row"),
        message("each output takes {count} inputs: the cells of its blocks, row by row"),
    )
    block_words: ClassVar[str] = message(
        "dashed and heavy frames: one cell of each channel, and the block that they fill"
    )

    def __init__(self, input_size: Size, upscale_factor: int = 2, channels: int = 1) -> None:
        self._set_moved(input_size, ("upscale_factor", whole("upscale_factor", upscale_factor)), ("channels", channels))
        refuse_other_axes(self)

    @classmethod
    def fed(cls, channels: int, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Fill in the number of output channels: one for each block of input channels."""
        factor = count("upscale_factor", parameters.get("upscale_factor", 2))
        return {"channels": max(1, channels // factor**2), **parameters}

    @property
    def upscale_factor(self) -> int:
        """Number of rows and columns of a block."""
        return self.factor[0]

    @property
    def grouping(self) -> Grouping:
        """The channels: the inputs of one block for each output."""
        return Grouping(self.channels * prod(self.factor), self.channels, self.channels)

    def source(self, channel: int, cell: tuple[int, ...]) -> Place:
        """Return the input channel and cell that an output cell is copied from."""
        r = self.upscale_factor
        row, column = cell
        return channel * r * r + row % r * r + column % r, (row // r, column // r)

    def input_tint(self, channel: int, cell: tuple[int, ...]) -> int:
        """Return the place of a channel's cells in their blocks."""
        return channel % prod(self.factor)

    def blocks(self, channel: int, cell: tuple[int, ...]) -> Blocks:
        """Return the block of an output cell, and the cells of the input channels that it takes."""
        _, at = self.source(channel, cell)
        read = tuple(Block(one, (at,)) for one in self._channels_of(channel))
        return read, (Block(channel, self._block(at, self.output_size)),)

    def sentence(self, say: Phrases) -> str:
        """Return a sentence about what the animation shows."""
        return translated(
            "a pixel shuffle: each {size} block of {output} takes one cell from each of {channels}",
            size=say.size(self.factor),
            output=say.output,
            channels=self.share(say.input("the ")),
        )


@dataclass(frozen=True, init=False)
class PixelUnshuffle(Rescale):
    """Blocks of cells gathered into channels, as PyTorch's ``PixelUnshuffle``.

    Parameters
    ----------
    input_size : int or sequence of int
        (rows, columns), multiples of the factor; one number means a square.
    downscale_factor : int
        Number of rows and columns of a block.
    channels : int
        Input channels; the output has one channel per cell of a block for each.

    Examples
    --------
    >>> layer = PixelUnshuffle(6, 2)
    >>> layer.grouping.out_channels, layer.output_size
    (4, (3, 3))
    """

    operation: ClassVar[str] = "pixel_unshuffle"
    title: ClassVar[str] = message("pixel unshuffle")
    usual_order: ClassVar[str] = "position"
    orders: ClassVar[tuple[str, str]] = (
        message("output channel n: cell n of each block, row by row"),
        message("each input makes {count} outputs: the cells of its blocks, row by row"),
    )
    block_words: ClassVar[str] = message("dashed and heavy frames: a block, and the cell that it fills in each channel")

    def __init__(self, input_size: Size, downscale_factor: int = 2, channels: int = 1) -> None:
        factor = whole("downscale_factor", downscale_factor)
        self._set_moved(input_size, ("downscale_factor", factor), ("channels", channels))
        refuse_other_axes(self)
        for n in self.input_size:
            if n % factor:
                more = short([-(-n // factor) * factor for n in self.input_size])
                raise ConvanimError(
                    "input_size",
                    short(self.input_size),
                    f"must be a multiple of `downscale_factor` ({factor}) on each axis",
                    ways=(f"an `input_size` of {more}",),
                )

    @property
    def downscale_factor(self) -> int:
        """Number of rows and columns of a block."""
        return self.factor[0]

    @property
    def grouping(self) -> Grouping:
        """The channels: the outputs of one block for each input."""
        return Grouping(self.channels, self.channels * prod(self.factor), self.channels)

    @property
    def output_size(self) -> tuple[int, ...]:
        """Size of the output, per axis."""
        return tuple(n // r for n, r in zip(self.input_size, self.factor, strict=True))

    def field(self, number: int, outputs: int) -> int:
        """Return the span of input cells that neighbouring outputs, in all channels, see along an axis."""
        return outputs * self.factor[number]

    def inputs(self, number: int, output: int) -> Iterable[int]:
        """Return the input cells along an axis that make an output cell, in all channels."""
        first = output * self.factor[number]
        return range(first, first + self.factor[number])

    def spacing(self, number: int) -> int:
        """Return after how many outputs along an axis the pattern of cells that they read repeats."""
        return 1

    def size_formula(self, number: int | None = None) -> str:
        """Return the formula of the output size, with the numbers of an axis or with letters."""
        return super().size_formula(number).replace("·", " / ")

    def source(self, channel: int, cell: tuple[int, ...]) -> Place:
        """Return the input channel and cell that an output cell is copied from."""
        r = self.downscale_factor
        own, place = divmod(channel, r * r)
        return own, (cell[0] * r + place // r, cell[1] * r + place % r)

    def input_tint(self, channel: int, cell: tuple[int, ...]) -> int:
        """Return the place of a cell in its block."""
        return cell[0] % self.factor[0] * self.factor[1] + cell[1] % self.factor[1]

    def blocks(self, channel: int, cell: tuple[int, ...]) -> Blocks:
        """Return the block that an output cell is taken from, and the cells of the output channels that it gives."""
        own, _ = self.source(channel, cell)
        made = tuple(Block(one, (cell,)) for one in self._channels_of(own))
        return (Block(own, self._block(cell, self.input_size)),), made

    def sentence(self, say: Phrases) -> str:
        """Return a sentence about what the animation shows."""
        return translated(
            "a pixel unshuffle: each {size} block of {input} gives one cell to each of {channels}",
            size=say.size(self.factor),
            input=say.input("the "),
            channels=self.share(say.output),
        )


def refuse_other_axes(layer: Layer) -> None:
    """Raise a `ConvanimError` if a layer does not have two axes."""
    if layer.dims != 2:
        raise ConvanimError(
            "input_size", spelled(layer.input_size), f"must have 2 axes for {layer.title}; give rows and columns"
        )
