"""Pooling: windows that take a maximum or an average and have no weights."""

from __future__ import annotations

from functools import cached_property
from typing import ClassVar

from convanim.base.errors import ConvanimError
from convanim.base.language import message, message_in, translated, translated_in
from convanim.base.options import Padding, Size, flag, padding_pairs, short
from convanim.base.records import dataclass
from convanim.layers.axis import Axis, sliding
from convanim.layers.grouping import count
from convanim.layers.parameters import sized
from convanim.layers.per_channel import PerChannel
from convanim.layers.phrases import Phrases
from convanim.layers.rules import MAX, MEAN, Rule


@dataclass(frozen=True, init=False)
class Pool(PerChannel):
    """The base class of poolings."""

    taken: ClassVar[str]
    """Which value of each window becomes an output, in words."""

    ceil_mode: bool

    def _set_window(
        self,
        input_size: Size,
        kernel_size: Size,
        stride: Size | None,
        padding: Padding,
        ceil_mode: bool,
        channels: int,
    ) -> None:
        self._set_sizes(input_size, kernel_size, kernel_size if stride is None else stride)
        self._set(channels=count("channels", channels))
        self._set(padding=padding_pairs("padding", padding, self.dims), ceil_mode=flag("ceil_mode", ceil_mode))
        for number, ends in enumerate(self.padding):
            limit = self.padding_limit(number)
            if max(ends) > limit:
                raise ConvanimError(
                    "padding",
                    short(self.padding),
                    f"a pooling window of {self.kernel_size[number]} takes at most {limit}, half of `kernel_size`, "
                    "as PyTorch has it",
                    ways=(f"at most {limit}",),
                )

    def _refuse_large_kernels(self) -> None:
        """Raise if a kernel exceeds its input, which PyTorch refuses where it averages over three axes.

        PyTorch has no uneven padding: it must be added beforehand, and then counts as input.
        """
        if any(low != high for low, high in self.padding):
            return
        for kernel, size in zip(self.kernel_size, self.input_size, strict=True):
            if self.dims == 3 and kernel > size:
                raise ConvanimError(
                    "kernel_size",
                    short(self.kernel_size),
                    f"exceeds an input of {size} cells, which {self.title} over 3 axes refuses, as in PyTorch, "
                    "whatever the padding",
                    ways=(f"at most {size}",),
                )

    def padding_limit(self, number: int) -> int:
        """Return half of the kernel size, the largest padding that PyTorch accepts."""
        return self.kernel_size[number] // 2

    def _windows(self, dilation: tuple[int, ...]) -> tuple[Axis, ...]:
        sizes = self.input_size, self.kernel_size, self.stride, dilation, self.padding
        return sliding(*sizes, ceil_mode=self.ceil_mode)

    def sentence(self, say: Phrases) -> str:
        """Return a sentence about what the animation shows."""
        # Translators: {taken} is the largest value, the mean or the norm.
        goes = translated(
            "the {taken} in each place goes to {output}", taken=translated_in("taken", self.taken), output=say.output
        )
        return say.clauses(translated("{name}: {what}", name=self.called, what=say.window_slides), goes)


@dataclass(frozen=True, init=False)
class MaxPool(Pool):
    """Max pooling, as PyTorch's ``MaxPool1d``, ``MaxPool2d`` and ``MaxPool3d``.

    Parameters
    ----------
    input_size : int or sequence of int
        (rows, columns); one number means a square.
    kernel_size, dilation : int or sequence of int
        One number, or one per axis.
    stride : int or sequence of int, optional
        The kernel's size by default.
    padding : int or sequence
        At most half of the kernel; padding is never the maximum.
    ceil_mode : bool
        Whether the last window may reach beyond the end.
    channels : int
        Number of channels; each is pooled separately.

    Raises
    ------
    ConvanimError
        If PyTorch would refuse the parameters, or a number is invalid.

    Examples
    --------
    >>> MaxPool(input_size=(5, 5), kernel_size=2, ceil_mode=True).output_size
    (3, 3)
    """

    operation: ClassVar[str] = "max_pool"
    title: ClassVar[str] = message("max pooling")
    short_title: ClassVar[str] = message("max pool")
    rule: ClassVar[Rule] = MAX
    taken: ClassVar[str] = message_in("taken", "largest value")

    dilation: tuple[int, ...]

    def __init__(
        self,
        input_size: Size,
        kernel_size: Size,
        stride: Size | None = None,
        padding: Padding = 0,
        dilation: Size = 1,
        ceil_mode: bool = False,
        channels: int = 1,
    ) -> None:
        self._set_window(input_size, kernel_size, stride, padding, ceil_mode, channels)
        self._set(dilation=sized("dilation", dilation, self.dims))
        self._refuse_unfit()

    @property
    def axes(self) -> tuple[Axis, ...]:
        """The geometry of the layer, one entry per axis."""
        return self._windows(self.dilation)

    @property
    def border_words(self) -> str:
        """What the dashed cells are to a maximum."""
        return message("dashed: padding, never the maximum")


@dataclass(frozen=True, init=False)
class AvgPool(Pool):
    """Average pooling, as PyTorch's ``AvgPool1d``, ``AvgPool2d`` and ``AvgPool3d``.

    Parameters
    ----------
    input_size : int or sequence of int
        (rows, columns); one number means a square.
    kernel_size : int or sequence of int
        One number, or one per axis.
    stride : int or sequence of int, optional
        The kernel's size by default.
    padding : int or sequence
        At most half of the kernel.
    ceil_mode : bool
        Whether the last window may reach beyond the end.
    count_include_pad : bool
        Whether padding counts in the divisor. Cells beyond the padding never do.
    channels : int
        Number of channels; each is pooled separately.

    Raises
    ------
    ConvanimError
        If PyTorch would refuse the parameters, or a number is invalid.

    Examples
    --------
    >>> AvgPool(input_size=(4, 4), kernel_size=2).output_size
    (2, 2)
    """

    operation: ClassVar[str] = "avg_pool"
    title: ClassVar[str] = message("average pooling")
    short_title: ClassVar[str] = message("average pool")
    rule: ClassVar[Rule] = MEAN
    taken: ClassVar[str] = message_in("taken", "mean")

    count_include_pad: bool

    def __init__(
        self,
        input_size: Size,
        kernel_size: Size,
        stride: Size | None = None,
        padding: Padding = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
        channels: int = 1,
    ) -> None:
        self._set_window(input_size, kernel_size, stride, padding, ceil_mode, channels)
        self._set(count_include_pad=flag("count_include_pad", count_include_pad))
        self._refuse_large_kernels()
        self._refuse_unfit()

    @property
    def axes(self) -> tuple[Axis, ...]:
        """The geometry of the layer, one entry per axis."""
        return self._windows((1,) * self.dims)

    @property
    def border_words(self) -> str:
        """Whether the mean counts the dashed cells."""
        return (
            message("dashed: zero padding, which the mean counts")
            if self.count_include_pad
            else message("dashed: padding, which the mean leaves out")
        )

    @cached_property
    def counted(self) -> tuple[tuple[int, ...], ...]:
        """How many cells of each window the average counts, per axis."""
        found = []
        for axis in self.axes:
            first, last = (0, axis.extent) if self.count_include_pad else (axis.low, axis.low + axis.size)
            windows = [axis.window(output) for output in range(axis.output)]
            found.append(tuple(min(window[-1] + 1, last) - max(window[0], first) for window in windows))
        return tuple(found)
