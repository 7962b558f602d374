"""Unfolding: every cell that a window covers becomes a channel of its own."""

from __future__ import annotations

from math import prod
from typing import ClassVar

from convanim.base.language import counted, message, translated
from convanim.base.options import Padding, Size, padding_pairs
from convanim.base.records import dataclass
from convanim.layers.axis import Axis, sliding
from convanim.layers.cells import Block, Blocks, box_of, cell_of
from convanim.layers.grouping import Grouping, count
from convanim.layers.parameters import sized
from convanim.layers.phrases import Phrases
from convanim.layers.rearrange import Place, Rearrange, refuse_other_axes


@dataclass(frozen=True, init=False)
class Unfold(Rearrange):
    """Windows laid out as channels, as PyTorch's ``Unfold``; also called im2col.

    Every cell of the output is a window: with a kernel of K cells, channel
    ``c·K + j`` holds what kernel cell j (a row-major index) covers in input
    channel c, or zero if that is padding. PyTorch flattens the grid of windows
    to one axis of L columns, row by row; here it stays a grid.

    Parameters
    ----------
    input_size : int or sequence of int
        (rows, columns); one number means a square.
    kernel_size, dilation, stride : int or sequence of int
        One number, or one per axis.
    padding : int or sequence
        One number, one per axis, or a (low, high) pair per axis.
    channels : int
        Input channels; the output has one channel per kernel cell for each.

    Raises
    ------
    ConvanimError
        If PyTorch would refuse the parameters, or a number is invalid.

    Examples
    --------
    >>> layer = Unfold(4, 2, channels=3)
    >>> layer.grouping.out_channels, layer.output_size
    (12, (3, 3))
    """

    operation: ClassVar[str] = "unfold"
    # Translators: The name of a layer that lays out windows as columns, also known as im2col.
    title: ClassVar[str] = message("unfold")
    leaves_zeros: ClassVar[bool] = True
    usual_order: ClassVar[str] = "position"
    block_words: ClassVar[str] = message(
        "dashed and heavy frames: a window, and the cell that it fills in each channel"
    )

    dilation: tuple[int, ...]

    def __init__(
        self,
        input_size: Size,
        kernel_size: Size,
        dilation: Size = 1,
        padding: Padding = 0,
        stride: Size = 1,
        channels: int = 1,
    ) -> None:
        self._set_sizes(input_size, kernel_size, stride)
        refuse_other_axes(self)
        self._set(
            dilation=sized("dilation", dilation, self.dims),
            padding=padding_pairs("padding", padding, self.dims),
            channels=count("channels", channels),
        )
        self._refuse_unfit()

    @property
    def order_words(self) -> str:
        """Which cell of a window each output channel holds."""
        if self.channels > 1:
            said = message("each input makes {count} outputs: the cells of its windows, row by row")
            return translated(said, count=prod(self.kernel_size))
        return translated("output channel n: cell n of each window, row by row")

    @property
    def axes(self) -> tuple[Axis, ...]:
        """The geometry of the layer, one entry per axis."""
        return sliding(self.input_size, self.kernel_size, self.stride, self.dilation, self.padding)

    @property
    def grouping(self) -> Grouping:
        """The channels: for each input, one output per kernel cell."""
        return Grouping(self.channels, self.channels * prod(self.kernel_size), self.channels)

    def source(self, channel: int, cell: tuple[int, ...]) -> Place | None:
        """Return the input channel and cell that an output cell is copied from, or None for padding."""
        own, number = divmod(channel, prod(self.kernel_size))
        at = self._covered(cell, number)
        inside = all(0 <= one < n for one, n in zip(at, self.input_size, strict=True))
        return (own, at) if inside else None

    def _covered(self, cell: tuple[int, ...], number: int) -> tuple[int, ...]:
        """Return what a cell of the kernel (a row-major index) covers in a window, be it padding."""
        taps = zip(cell, cell_of(number, self.kernel_size), self.stride, self.dilation, self.padding, strict=True)
        return tuple(output * s + tap * d - low for output, tap, s, d, (low, _) in taps)

    def output_tint(self, channel: int, cell: tuple[int, ...]) -> int:
        """Return the cell of the kernel that an output channel holds."""
        return channel % prod(self.kernel_size)

    def blocks(self, channel: int, cell: tuple[int, ...]) -> Blocks:
        """Return the window of an output cell, and the cells of the output channels that it makes."""
        each = prod(self.kernel_size)
        own, made = channel // each, range(channel // each * each, (channel // each + 1) * each)
        taps = {number: self._covered(cell, number) for number in range(each)}
        inside = {number: at for number, at in taps.items() if box_of(((one,) for one in at), self.input_size)}
        read = (Block(own, tuple(inside.values()), tuple(inside)),) if inside else ()
        return read, tuple(Block(one, (cell,)) for one in made)

    def sentence(self, say: Phrases) -> str:
        """Return a sentence about what the animation shows."""
        cells, planes = prod(self.kernel_size), self.grouping.out_channels
        own = translated("its own of {channels}", channels=say.output) if planes > 1 else say.output
        laid = counted(
            "the one cell in a place goes to {output}",
            "each of the {count} cells in a place goes to {output}",
            cells,
            output=own,
        )
        return say.clauses(translated("{name}: {what}", name=self.called, what=say.window_slides), laid)
