"""Convolutions of special shape: one channel at a time, one cell at a time, and one after the other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from convanim.base.errors import ConvanimError
from convanim.base.options import Padding, Size, spelled
from convanim.layers.chain import Chain
from convanim.layers.conv import CONV_PADDINGS, Conv
from convanim.layers.grouping import count


@dataclass(frozen=True, init=False)
class DepthwiseConv(Conv):
    """A convolution of each channel by itself, as PyTorch's with as many groups as input channels.

    Parameters
    ----------
    input_size, kernel_size, stride, padding, dilation, padding_mode, bias
        As of `Conv`.
    in_channels : int
        Each has kernels of its own.
    depth_multiplier : int
        How many, which is how many outputs each makes.

    Examples
    --------
    >>> DepthwiseConv(8, 3, in_channels=16, padding=1).parameters
    144
    """

    operation: ClassVar[str] = "depthwise"
    title: ClassVar[str] = "depthwise convolution"
    is_usual: ClassVar[bool] = False
    names_channels: ClassVar[bool] = True

    def __init__(
        self,
        input_size: Size,
        kernel_size: Size,
        stride: Size = 1,
        padding: Padding = 0,
        dilation: Size = 1,
        padding_mode: str = "zeros",
        in_channels: int = 1,
        depth_multiplier: int = 1,
        bias: bool = False,
    ) -> None:
        channels = count("in_channels", in_channels)
        made = channels * count("depth_multiplier", depth_multiplier)
        super().__init__(
            input_size, kernel_size, stride, padding, dilation, padding_mode, channels, made, channels, bias
        )

    @classmethod
    def fed(cls, channels: int, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Return parameters for so many input channels, where none are given."""
        return {"in_channels": channels, **parameters}

    @property
    def depth_multiplier(self) -> int:
        """How many outputs each input channel makes."""
        return self.grouping.outputs_a_group


@dataclass(frozen=True, init=False)
class PointwiseConv(Conv):
    """A convolution of 1×1: every cell by itself, over all of its channels.

    Parameters
    ----------
    input_size, stride, in_channels, out_channels, groups, bias
        As of `Conv`.

    Examples
    --------
    >>> PointwiseConv(8, in_channels=16, out_channels=32).parameters
    512
    """

    operation: ClassVar[str] = "pointwise"
    title: ClassVar[str] = "pointwise convolution"
    is_usual: ClassVar[bool] = False
    names_channels: ClassVar[bool] = True

    def __init__(
        self,
        input_size: Size,
        stride: Size = 1,
        in_channels: int = 1,
        out_channels: int = 1,
        groups: int = 1,
        bias: bool = False,
    ) -> None:
        super().__init__(
            input_size, 1, stride, in_channels=in_channels, out_channels=out_channels, groups=groups, bias=bias
        )


@dataclass(frozen=True, init=False)
class Pair(Chain):
    """Two convolutions in place of one."""

    padding_words: ClassVar[Mapping[str, str]] = CONV_PADDINGS
    is_weighted: ClassVar[bool] = False

    @property
    def standard(self) -> Conv:
        """The one layer that it stands in for: it reads all that the two read, with kernels over all channels."""
        first, last = self.layers
        assert isinstance(first, Conv)
        assert isinstance(last, Conv)

        def joint(one: tuple[Any, ...], other: tuple[Any, ...], rest: Any) -> tuple[Any, ...]:
            return tuple(b if a == rest else a for a, b in zip(one, other, strict=True))

        return Conv(
            first.input_size,
            joint(first.kernel_size, last.kernel_size, 1),
            joint(first.stride, last.stride, 1),
            joint(first.padding, last.padding, (0, 0)),
            joint(first.dilation, last.dilation, 1),
            first.padding_mode,
            first.in_channels,
            last.out_channels,
            bias=last.bias,
        )


@dataclass(frozen=True, init=False)
class DepthwiseSeparable(Pair):
    """A depthwise convolution and a pointwise one, in place of one standard convolution.

    Parameters
    ----------
    in_channels, out_channels : int
        Of the whole.
    kernel_size, input_size, stride, padding, dilation, padding_mode
        As of `Conv`; the depthwise layer has them.
    depth_multiplier : int
        How many channels between the two layers each input channel makes.
    bias : bool
        Of both layers.

    Examples
    --------
    >>> chain = DepthwiseSeparable(16, 32, 3, input_size=8, padding=1)
    >>> chain.parameters, chain.standard.parameters
    (656, 4608)
    """

    operation: ClassVar[str] = "depthwise_separable"
    title: ClassVar[str] = "depthwise separable convolution"

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Size,
        input_size: Size,
        stride: Size = 1,
        padding: Padding = 0,
        dilation: Size = 1,
        padding_mode: str = "zeros",
        depth_multiplier: int = 1,
        bias: bool = False,
    ) -> None:
        depthwise = DepthwiseConv(
            input_size, kernel_size, stride, padding, dilation, padding_mode, in_channels, depth_multiplier, bias
        )
        pointwise = PointwiseConv(
            depthwise.output_size, in_channels=depthwise.out_channels, out_channels=out_channels, bias=bias
        )
        super().__init__([depthwise, pointwise])

    @classmethod
    def of(cls, depthwise: DepthwiseConv, pointwise: PointwiseConv) -> DepthwiseSeparable:
        """Return the pair of two layers that are there; Keras gives a bias to the second only."""
        pair = object.__new__(cls)
        Chain.__init__(pair, [depthwise, pointwise])
        return pair


@dataclass(frozen=True, init=False)
class SpatiallySeparable(Pair):
    """A pass along columns and one along rows, in place of one standard convolution with channels.

    Parameters
    ----------
    in_channels, out_channels : int
        Of the whole; the first pass makes the outputs' number already.
    kernel_size, input_size, stride, padding, dilation, padding_mode
        As of `Conv`, on two axes; each pass has its own axis of them.
    bias : bool
        Of both layers.

    Examples
    --------
    >>> chain = SpatiallySeparable(16, 32, 3, input_size=8, padding=1)
    >>> chain.parameters, chain.standard.parameters
    (4608, 4608)
    """

    operation: ClassVar[str] = "spatially_separable"
    title: ClassVar[str] = "spatially separable convolution"

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Size,
        input_size: Size,
        stride: Size = 1,
        padding: Padding = 0,
        dilation: Size = 1,
        padding_mode: str = "zeros",
        bias: bool = False,
    ) -> None:
        whole = Conv(input_size, kernel_size, stride, padding, dilation, padding_mode, in_channels, out_channels)
        super().__init__(passes(whole, bias))


def passes(whole: Conv, bias: bool = False) -> tuple[Conv, Conv]:
    """Return a pass along columns and one along rows that read what one convolution reads.

    Raises
    ------
    ConvanimError
        If the convolution has other than two axes.
    """
    if whole.dims != 2:
        raise ConvanimError("input_size", spelled(whole.input_size), "must have 2 axes; give rows and columns")

    def one_way(size: tuple[int, ...], axis: int, in_channels: int) -> Conv:
        def only(values: tuple[Any, ...], rest: Any) -> tuple[Any, ...]:
            return tuple(value if number == axis else rest for number, value in enumerate(values))

        return Conv(
            size,
            only(whole.kernel_size, 1),
            only(whole.stride, 1),
            only(whole.padding, (0, 0)),
            only(whole.dilation, 1),
            whole.padding_mode,
            in_channels,
            whole.out_channels,
            bias=bias,
        )

    columns = one_way(whole.input_size, 0, whole.in_channels)
    return columns, one_way(columns.output_size, 1, whole.out_channels)
