"""Max unpooling: move values back to where max pooling took them from."""

from __future__ import annotations

from functools import cached_property
from itertools import islice, product
from math import prod
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias

from convanim.base.errors import ConvanimError
from convanim.base.language import message, translated
from convanim.base.later import np
from convanim.base.options import Padding, Size, padding_pairs, short, whole
from convanim.base.records import dataclass
from convanim.layers.cells import Block, Blocks, box_of, cell_of, flat, number_of
from convanim.layers.grouping import count
from convanim.layers.phrases import Phrases
from convanim.layers.rearrange import Place, Rearrange

if TYPE_CHECKING:
    from numpy.typing import NDArray

Indices: TypeAlias = "NDArray[Any]"
"""Row-major indices of cells: whole numbers of 64 bits, or of any size where these do not hold them."""


@dataclass(frozen=True, init=False)
class MaxUnpool(Rearrange):
    """Values moved back to where max pooling took them from, zeros elsewhere, as PyTorch's ``MaxUnpool2d``.

    Parameters
    ----------
    input_size, kernel_size, stride, padding
        As in the `MaxPool` that is undone; its output is the input here.
    channels : int
        Number of channels; each is unpooled separately.
    indices : sequence, optional
        Where each value goes, as given by PyTorch's ``return_indices``: a
        row-major index into its output channel for each value. By default,
        value n of channel c, both counted from 0, goes to cell n + c + 1, modulo
        their number, of those cells of its window that no other window has, or of
        all before the next one where there are none; in a chain of several layers,
        indices are required.

    Raises
    ------
    ConvanimError
        If an index is outside the output, or there is not one per value.

    Examples
    --------
    >>> MaxUnpool(2, 2).output_size
    (4, 4)
    """

    operation: ClassVar[str] = "max_unpool"
    title: ClassVar[str] = message("max unpooling")
    short_title: ClassVar[str] = message("max unpool")
    leaves_zeros: ClassVar[bool] = True
    block_words: ClassVar[str] = message("dashed: a value, and the window in which it lands")
    landing_words: ClassVar[str] = message("dashed: the window in which the value lands")
    order_words: ClassVar[str] = message("all other cells become 0: grey and dotted")

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
        """Size of the output, per axis."""
        return tuple(
            (n - 1) * s - low - high + k
            for n, s, k, (low, high) in zip(self.input_size, self.stride, self.kernel_size, self.padding, strict=True)
        )

    def field(self, number: int, outputs: int) -> int:
        """Return the largest span of input cells that neighbouring outputs can come from along an axis."""
        return max(len(self.inputs(number, 0)), (outputs + self.kernel_size[number] - 2) // self.stride[number] + 1)

    def inputs(self, number: int, output: int) -> range:
        """Return the input cells along an axis that an output cell may come from: their windows contain it."""
        place, stride = output + self.padding[number][0], self.stride[number]
        return range(-((self.kernel_size[number] - 1 - place) // stride), place // stride + 1)

    def spacing(self, number: int) -> int:
        """Return after how many outputs along an axis the pattern of windows that contain them repeats."""
        return self.stride[number]

    def size_formula(self, number: int | None = None) -> str:
        """Return the formula of the output size, with the numbers of an axis or with letters."""
        if number is None:
            return "(n − 1)·s − 2·p + k"
        low, high = self.padding[number]
        padding = f"2·{low}" if low == high else f"{low} − {high}"
        return f"({self.input_size[number]} − 1)·{self.stride[number]} − {padding} + {self.kernel_size[number]}"

    def source(self, channel: int, cell: tuple[int, ...]) -> Place | None:
        """Return the input channel and cell that an output cell is copied from, or None for a zero."""
        places, values = self._moved[channel]
        number = number_of(cell, self.output_size)
        last = int(np.searchsorted(places, number, "right")) - 1
        if last < 0 or places[last] != number:
            return None
        return channel, cell_of(int(values[last]), self.input_size)

    def landing(self, channel: int, cell: tuple[int, ...]) -> int:
        """Return where the value of an input cell goes, as a row-major index."""
        return int(self._places[channel, number_of(cell, self.input_size)])

    def blocks(self, channel: int, cell: tuple[int, ...]) -> Blocks:
        """Return each input cell whose value may go to an output cell, or that goes there, and its window."""
        found = self.source(channel, cell)
        around = [
            [one for one in self.inputs(axis, at) if 0 <= one < n]
            for axis, (at, n) in enumerate(zip(cell, self.input_size, strict=True))
        ]
        sources = product(*around) if found is None else [found[1]]
        windows = {at: self._window(at) for at in sources}
        reaching = {at: window for at, window in windows.items() if cell in window}
        read = tuple(Block(channel, (at,)) for at in reaching)
        return read, tuple(Block(channel, window) for window in reaching.values())

    def _window(self, at: tuple[int, ...]) -> tuple[tuple[int, ...], ...]:
        """Return the output cells that the value of an input cell may go to."""
        spans = [
            range(one * s - low, one * s - low + k)
            for one, s, k, (low, _) in zip(at, self.stride, self.kernel_size, self.padding, strict=True)
        ]
        return box_of(spans, self.output_size)

    @cached_property
    def _moved(self) -> tuple[tuple[Indices, Indices], ...]:
        """The cells that values go to in order, and which value that is, per channel.

        Of several the last wins, as in single-threaded PyTorch.
        """
        orders = np.argsort(self._places, axis=1, kind="stable")
        return tuple((own[order], order) for own, order in zip(self._places, orders, strict=True))

    @cached_property
    def _places(self) -> Indices:
        """The index of each value, (channels, values), given or by default."""
        own = self._usual_indices() if self.indices is None else np.array(self.indices, self._exact)
        return own.reshape(self.channels, -1)

    @property
    def _exact(self) -> type:
        """A type of numbers that holds the index of every output cell."""
        return np.int64 if prod(self.output_size) < 1 << 62 else object

    def _usual_indices(self) -> Indices:
        """Return where values go by default, (channels, values): as the parameter says, to the window's own cells.

        In a cell of several windows, the maximum of one would be no smaller than those of the others.
        """
        numbers = np.arange(prod(self.input_size))
        cells, channels = np.unravel_index(numbers, self.input_size), np.arange(self.channels)[:, None]
        own = [_own_cells(k, s) for k, s in zip(self.kernel_size, self.stride, strict=True)]
        counts = [len(one) for one in own]
        within = np.unravel_index((numbers + 1 + channels) % prod(counts), counts)
        found: Indices = np.zeros((self.channels, len(numbers)), self._exact)
        axes = zip(cells, own, within, self.stride, self.padding, self.output_size, strict=True)
        for c, one, w, s, (low, _), n in axes:
            found = found * n + np.clip(c.astype(self._exact) * s - low + one.start + w, 0, n - 1)
        return found

    def sentence(self, say: Phrases) -> str:
        """Return a sentence about what the animation shows."""
        moves = (
            translated(
                "each value of {input} moves to its place in {output}", input=say.input("the "), output=say.output
            )
            if self.indices
            else translated(
                "each value of {input} moves to one cell of {window} in {output}",
                input=say.input("the "),
                window=say.window("its window"),
                output=say.output,
            )
        )
        named = translated("{name}: {what}", name=self.called, what=moves)
        return say.clauses(named, translated("what is left is zero"))


def _own_cells(size: int, stride: int) -> range:
    """Return the cells along a window that no other window has, or where there are none, those before the next one."""
    first, last = max(size - stride, 0), min(size, stride)
    return range(first if first < last else 0, last)
