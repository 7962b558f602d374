"""Adaptive and global pooling: windows that share the whole input out, whatever its size."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import ClassVar

from convanim.base.language import message, message_in, translated, translated_in
from convanim.base.options import Size, per_axis
from convanim.base.records import dataclass
from convanim.base.text import ranges
from convanim.layers.base import ROWS_COLUMNS
from convanim.layers.grouping import count
from convanim.layers.per_channel import PerChannel
from convanim.layers.phrases import Phrases
from convanim.layers.resampling import adaptive_axis
from convanim.layers.rules import MAX, MEAN, Rule
from convanim.layers.sampled_axis import SampledAxis

_SHARED = {
    # Translators: The windows divide the input among themselves.
    (False, False): message("{windows} share {input} out"),
    (True, False): message("{windows}, which differ in size, share {input} out"),
    (False, True): message("{windows}, which overlap, share {input} out"),
    (True, True): message("{windows}, which differ in size and overlap, share {input} out"),
}
"""What windows do, by whether they differ in size and whether they overlap."""


@dataclass(frozen=True, init=False)
class AdaptivePool(PerChannel):
    """The base class of adaptive pooling, for an output of any size up to the input's."""

    taken: ClassVar[str]
    """Which value of each window becomes an output, in words."""

    asked: tuple[int, ...]
    """Size of the output, per axis."""

    def _set_windows(self, input_size: Size, output_size: object, channels: int) -> None:
        self._set_sizes(input_size, 1, 1)
        given = output_size if isinstance(output_size, Sequence) else (output_size,) * self.dims
        # PyTorch keeps the size of an axis for which None is given.
        asked = [n if one is None else one for n, one in zip(self.input_size, given, strict=False)]
        sizes = per_axis("output_size", asked if len(given) == self.dims else given, self.dims)
        self._set(padding=((0, 0),) * self.dims, channels=count("channels", channels), asked=sizes)

    @cached_property
    def axes(self) -> tuple[SampledAxis, ...]:
        """The geometry of the layer, one entry per axis."""
        return tuple(adaptive_axis(n, m) for n, m in zip(self.input_size, self.asked, strict=True))

    def spacing(self, number: int) -> int:
        """Return after how many outputs along an axis the pattern of windows repeats."""
        return len(self.axes[number].cycle)

    def size_formula(self, number: int | None = None) -> str:
        """Return the output size, which is the one that is asked for."""
        return translated("as asked for") if number is None else ""

    @property
    def factor_said(self) -> str:
        """The size of the output, as the end of a phrase."""
        return translated("to {size}", size="×".join(map(str, self.asked)))

    @property
    def facts(self) -> tuple[tuple[str, str], ...]:
        """What an explanation says of the windows: the formula of PyTorch's documentation, and each of them."""
        formula = translated("output o reads the cells from ⌊o·n/m⌋ to ⌈(o + 1)·n/m⌉ − 1, of n cells, for m outputs")
        lines = [ranges((own[0], own[-1]) for own in axis.windows) for axis in self.axes]
        if len(set(lines)) > 1:
            lines = [f"{translated(name)} {line}" for name, line in zip(ROWS_COLUMNS[self.dims], lines, strict=True)]
        return ((message("windows"), formula), *(("", line) for line in dict.fromkeys(lines)))

    def sentence(self, say: Phrases) -> str:
        """Return a sentence about what the animation shows."""
        sizes = [sorted(set(axis.counts)) for axis in self.axes]
        differ = any(len(own) > 1 for own in sizes)
        overlap = any(one[-1] >= other[0] for axis in self.axes for one, other in _pairs(axis))
        least, most = ([own[end] for own in sizes] for end in (0, -1))
        each = (
            translated("windows of {least} to {most}", least=say.size(least), most=say.cells(most))
            if differ
            else translated("windows of {cells}", cells=say.cells(most))
        )
        shared = translated(_SHARED[differ, overlap], windows=each, input=say.input("the "))
        goes = translated(
            "the {taken} of each goes to {output}", taken=translated_in("taken", self.taken), output=say.output
        )
        return say.clauses(translated("{name}: {what}", name=self.called, what=shared), goes)


def _pairs(axis: SampledAxis) -> list[tuple[tuple[int, ...], tuple[int, ...]]]:
    return list(zip(axis.windows, axis.windows[1:], strict=False))


@dataclass(frozen=True, init=False)
class AdaptiveMaxPool(AdaptivePool):
    """Adaptive max pooling, as PyTorch's ``AdaptiveMaxPool1d``, ``AdaptiveMaxPool2d`` and ``AdaptiveMaxPool3d``.

    Parameters
    ----------
    input_size : int or sequence of int
        (rows, columns); one number means a square.
    output_size : int or sequence of int
        Size of the output; None keeps the size of an axis. One larger than the input's repeats cells.
    channels : int
        Number of channels; each is pooled separately.

    Raises
    ------
    ConvanimError
        If a number is invalid.

    Examples
    --------
    >>> AdaptiveMaxPool(5, 3).axes[0].windows
    ((0, 1), (1, 2, 3), (3, 4))
    """

    operation: ClassVar[str] = "adaptive_max_pool"
    title: ClassVar[str] = message("adaptive max pooling")
    short_title: ClassVar[str] = message("adaptive max pool")
    rule: ClassVar[Rule] = MAX
    taken: ClassVar[str] = message_in("taken", "largest value")

    def __init__(self, input_size: Size, output_size: Size, channels: int = 1) -> None:
        self._set_windows(input_size, output_size, channels)


@dataclass(frozen=True, init=False)
class AdaptiveAvgPool(AdaptivePool):
    """Adaptive average pooling, as PyTorch's ``AdaptiveAvgPool1d``, ``AdaptiveAvgPool2d`` and ``AdaptiveAvgPool3d``.

    The parameters are those of `AdaptiveMaxPool`.

    Examples
    --------
    >>> AdaptiveAvgPool(7, 3).counted
    ((3, 3, 3), (3, 3, 3))
    """

    operation: ClassVar[str] = "adaptive_avg_pool"
    title: ClassVar[str] = message("adaptive average pooling")
    short_title: ClassVar[str] = message("adaptive average pool")
    rule: ClassVar[Rule] = MEAN
    taken: ClassVar[str] = message_in("taken", "mean")

    def __init__(self, input_size: Size, output_size: Size, channels: int = 1) -> None:
        self._set_windows(input_size, output_size, channels)

    @cached_property
    def counted(self) -> tuple[tuple[int, ...], ...]:
        """How many cells of each window the average counts, per axis."""
        return tuple(axis.counts for axis in self.axes)


@dataclass(frozen=True, init=False)
class GlobalMaxPool(AdaptiveMaxPool):
    """Global max pooling: the largest value of each channel, as Keras' ``GlobalMaxPooling2D``.

    Parameters
    ----------
    input_size : int or sequence of int
        (rows, columns); one number means a square.
    channels : int
        Number of channels; each is pooled separately.

    Examples
    --------
    >>> GlobalMaxPool(5).output_size
    (1, 1)
    """

    operation: ClassVar[str] = "global_max_pool"
    title: ClassVar[str] = message("global max pooling")
    short_title: ClassVar[str] = message("global max pool")

    def __init__(self, input_size: Size, channels: int = 1) -> None:
        super().__init__(input_size, 1, channels)


@dataclass(frozen=True, init=False)
class GlobalAvgPool(AdaptiveAvgPool):
    """Global average pooling: the mean of each channel, as Keras' ``GlobalAveragePooling2D``.

    The parameters are those of `GlobalMaxPool`.

    Examples
    --------
    >>> GlobalAvgPool(5).output_size
    (1, 1)
    """

    operation: ClassVar[str] = "global_avg_pool"
    title: ClassVar[str] = message("global average pooling")
    short_title: ClassVar[str] = message("global average pool")

    def __init__(self, input_size: Size, channels: int = 1) -> None:
        super().__init__(input_size, 1, channels)
