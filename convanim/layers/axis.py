"""One axis of an operation: all of convolution arithmetic, in integers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from enum import IntEnum
from math import gcd
from typing import Any

from convanim.base.language import message
from convanim.base.records import dataclass


class Kind(IntEnum):
    """What a position holds; where several axes meet, the greatest kind counts. No axis alone has empty cells."""

    INPUT = 0
    INSERTED = 1
    PADDING = 2
    COPY = 3
    SURPLUS = 4
    OVERHANG = 5
    EMPTY = 6


def _reflect(index: int, size: int) -> int:
    """Mirror an index at the edge cell, which is not repeated."""
    return -index if index < 0 else 2 * (size - 1) - index


def _replicate(index: int, size: int) -> int:
    return min(max(index, 0), size - 1)


def _circular(index: int, size: int) -> int:
    return index % size


@dataclass(frozen=True)
class PaddingMode:
    """A rule for what padding holds: which cell it copies, and the largest padding allowed."""

    about: str
    copied: Callable[[int, int], int] | None
    limit: Callable[[int], int | None]


PADDING_MODES = {
    message("zeros"): PaddingMode(message("zeros"), None, lambda size: None),
    # Translators: Names of PyTorch for what padding holds, as in "reflect padding".
    message("reflect"): PaddingMode(message("the input mirrored at its edge cells"), _reflect, lambda size: size - 1),
    message("replicate"): PaddingMode(message("the edge cells again and again"), _replicate, lambda size: None),
    message("circular"): PaddingMode(message("the input from its other end"), _circular, lambda size: size),
}


@dataclass(frozen=True)
class Axis:
    """An input of ``size`` cells along one axis, and the windows that slide over it.

    Attributes
    ----------
    size, kernel, stride, dilation : int
        Number of input cells, number of kernel cells, stride and dilation.
    low, high : int
        Padding before and after. Negative padding crops.
    spacing : int
        Distance between neighbouring inputs; ``spacing - 1`` zeros are inserted.
    rotated : bool
        Whether the stored kernel is applied in reverse order.
    ceil_mode : bool
        Whether the last window may reach beyond the end.
    padding_mode : str
        A key of `PADDING_MODES`.
    surplus : int
        How much of ``high`` comes from output padding.

    Notes
    -----
    Positions count from 0 at the first cell of the padded, stretched axis. The
    formulas generalise V. Dumoulin and F. Visin, *A guide to convolution
    arithmetic for deep learning*, arXiv:1603.07285: a transposed convolution
    is the axis with ``spacing = stride``, a stride of 1 and a rotated kernel.
    """

    size: int
    kernel: int
    stride: int = 1
    dilation: int = 1
    low: int = 0
    high: int = 0
    spacing: int = 1
    rotated: bool = False
    ceil_mode: bool = False
    padding_mode: str = "zeros"
    surplus: int = 0

    @property
    def stretched(self) -> int:
        """Number of positions from the first input cell to the last, with inserted zeros."""
        return (self.size - 1) * self.spacing + 1

    @property
    def extent(self) -> int:
        """Number of positions of the padded, stretched axis."""
        return self.low + self.stretched + self.high

    @property
    def reach(self) -> int:
        """Number of positions from the first kernel cell to the last."""
        return self.dilation * (self.kernel - 1) + 1

    @property
    def is_causal(self) -> bool:
        """Whether each window reaches over several positions and ends at the position of its output."""
        return self.low == self.reach - 1 > 0 and self.high == 0

    @property
    def output(self) -> int:
        """Number of windows; zero or negative if none fits."""
        return self._places - self.dropped

    @property
    def dropped(self) -> int:
        """1 if `ceil_mode` leaves room for a window that PyTorch drops, else 0.

        PyTorch drops a window that starts beyond the input and the padding before it.
        """
        return int(self.ceil_mode and (self._places - 1) * self.stride >= self.low + self.size)

    @property
    def _places(self) -> int:
        room = self.extent - self.reach
        return (room + (self.stride - 1 if self.ceil_mode else 0)) // self.stride + 1

    @property
    def missing(self) -> int:
        """How many more positions one window needs to fit; zero or negative if it fits."""
        return self.reach - self.extent - (self.stride - 1 if self.ceil_mode else 0)

    @property
    def drawn(self) -> range:
        """All positions that are drawn, including cropped cells and overhang."""
        last_window = (self.output - 1) * self.stride + self.reach
        return range(min(0, self.low), max(self.extent, self.low + self.stretched, last_window))

    @property
    def mirrors(self) -> tuple[float, ...]:
        """Where reflected padding is mirrored: the centres of the edge cells."""
        if self.padding_mode != "reflect":
            return ()
        ends = ((self.low, self.low + 0.5), (self.high, self.low + self.size - 0.5))
        return tuple(centre for padding, centre in ends if padding > 0)

    def window(self, output: int) -> Sequence[int]:
        """Return the positions that make output cell ``output``, in order."""
        start = output * self.stride
        return range(start, start + self.reach, self.dilation)

    def stamp(self, index: int) -> range:
        """Return the output cells that input cell ``index`` reaches, in the order of the stored weights.

        They may lie outside the output. The axis must be that of a transposed
        convolution: a stride of 1 and a rotated kernel.
        """
        first = self.low + index * self.spacing - (self.reach - 1)
        return range(first, first + self.reach, self.dilation)

    def weight(self, tap: int) -> int:
        """Return the index of the stored weight that meets the ``tap``-th cell of the window."""
        return self.kernel - 1 - tap if self.rotated else tap

    def kind(self, position: int) -> Kind:
        """Return what a position holds."""
        offset = position - self.low
        if 0 <= offset < self.stretched:
            return Kind.INSERTED if offset % self.spacing else Kind.INPUT
        # If the end crops the whole input, positions before the input are not overhang.
        if position >= self.extent and offset >= 0:
            return Kind.OVERHANG
        if PADDING_MODES[self.padding_mode].copied:
            return Kind.COPY
        return Kind.SURPLUS if position >= self.extent - self.surplus else Kind.PADDING

    def source(self, position: int) -> int | None:
        """Return the input cell whose value a position holds, or None."""
        offset = position - self.low
        kind = self.kind(position)
        if kind is Kind.INPUT:
            return offset // self.spacing
        copied = PADDING_MODES[self.padding_mode].copied
        return copied(offset, self.size) if copied and kind is Kind.COPY else None

    def read(self) -> bytearray:
        """Return one byte per position of `drawn`, 1 if any window reads it.

        Windows read the positions output·stride + tap·dilation. Taps that are
        a common multiple of stride and dilation apart share one evenly spaced
        run of positions, so the work does not grow with the kernel.
        """
        marks = bytearray(len(self.drawn))
        shared = gcd(self.stride, self.dilation)
        cycle, shift = self.stride // shared, self.dilation // shared
        if self.output >= shift:
            runs = [
                (tap * self.dilation, self.output + (self.kernel - 1 - tap) // cycle * shift, self.stride)
                for tap in range(min(self.kernel, cycle))
            ]
        else:
            runs = [(output * self.stride, self.kernel, self.dilation) for output in range(self.output)]
        for place, count, step in runs:
            start = place - self.drawn.start
            marks[start : start + (count - 1) * step + 1 : step] = b"\x01" * count
        return marks

    def read_itself_or_copied(self) -> bytearray:
        """Return `read`, with 1 also for input cells that are only read as copies in the padding."""
        marks = self.read()
        if PADDING_MODES[self.padding_mode].copied:
            first = self.drawn.start
            for position in (*range(self.low), *range(self.low + self.size, self.extent)):
                source = self.source(position)
                if source is not None and marks[position - first]:
                    marks[self.low + source - first] = 1
        return marks

    def unread(self) -> tuple[int, ...]:
        """Return the input cells, by index, that no window reads."""
        marks = self.read_itself_or_copied()
        first = self.low - self.drawn.start
        own = marks[first : first + self.stretched : self.spacing]
        return tuple(index for index, mark in enumerate(own) if not mark)

    def input_gradient(self) -> Axis:
        """Return the axis on which the gradient of the output makes that of the input.

        Its windows slide over the gradient of the output, spread by the
        stride, with the kernel turned once more, so that each input cell
        meets every output that it made, with the same weight. It is only
        right where padding copies nothing.
        """
        low = self.reach - 1 - self.low
        gradient = Axis(
            self.output, self.kernel, self.spacing, self.dilation, low, 0, self.stride, rotated=not self.rotated
        )
        return gradient.fitted(self.size)

    def weight_gradient(self) -> Axis:
        """Return the axis on which input and gradient of the output make that of the kernel.

        The gradient of the output is a kernel that slides over the input; if
        the kernel is rotated, the input is one that slides over the gradient
        of the output. Stride and dilation are exchanged.
        """
        if self.rotated:
            low = self.reach - 1 - self.low
            gradient = Axis(self.output, self.size, self.dilation, self.spacing, low, 0, self.stride)
        else:
            gradient = Axis(self.size, self.output, self.dilation, self.stride, self.low, 0, self.spacing)
            gradient = replace(gradient, padding_mode=self.padding_mode)
        return gradient.fitted(self.kernel)

    def fitted(self, outputs: int) -> Axis:
        """Return the axis padded or cropped at its end so that ``outputs`` windows fit and nothing is left over."""
        return replace(self, high=self.reach + self.stride * (outputs - 1) - self.low - self.stretched)

    def inputs(self, output: int) -> Iterator[int]:
        """Yield the input cells that make output cell ``output``, as if the input were endless."""
        for position in self.window(output):
            index, rest = divmod(position - self.low, self.spacing)
            if not rest:
                yield index

    def field(self, outputs: int = 1) -> int:
        """Return the largest span of input cells that ``outputs`` neighbouring outputs can see.

        Input cells are a multiple of the spacing apart, so the span follows
        from the largest such distance between two positions that are read.
        """
        best = 0
        for taps in reversed(range(self.kernel)):
            if taps * self.dilation + (outputs - 1) * self.stride <= best:
                break
            for shift in reversed(range(outputs)):
                apart = taps * self.dilation + shift * self.stride
                if apart % self.spacing == 0:
                    best = max(best, apart)
                    break
        return best // self.spacing + 1


def sliding(*sizes: Sequence[Any], **settings: Any) -> tuple[Axis, ...]:
    """Return the axes of windows that slide.

    Parameters
    ----------
    *sizes : sequences
        Input size, kernel size, stride, dilation and padding (pairs), each with one item an axis.
    **settings
        Other attributes of `Axis`, the same on all axes.
    """
    return tuple(Axis(n, k, s, d, *ends, **settings) for n, k, s, d, ends in zip(*sizes, strict=True))


def stamping(*sizes: Sequence[Any]) -> tuple[Axis, ...]:
    """Return the axes of windows that stamp: those of a convolution over the input spread by its stride.

    Parameters
    ----------
    *sizes : sequences
        Input size, kernel size, stride, dilation, padding (pairs) and cells added at the end, each with one item an
        axis.
    """
    return tuple(
        Axis(n, k, 1, d, d * (k - 1) - low, d * (k - 1) - high + more, spacing=s, rotated=True, surplus=more)
        for n, k, s, d, (low, high), more in zip(*sizes, strict=True)
    )
