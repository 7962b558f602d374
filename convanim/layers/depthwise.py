"""Depthwise, pointwise and separable convolutions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from convanim.base.errors import ConvanimError
from convanim.base.language import message
from convanim.base.options import Padding, Size, spelled
from convanim.base.records import dataclass
from convanim.layers.chain import Chain
from convanim.layers.conv import CONV_PADDINGS, Conv
from convanim.layers.grouping import count


@dataclass(frozen=True, init=False)
class DepthwiseConv(Conv):
    """A convolution of each channel separately: PyTorch's with as many groups as input channels.

    Parameters
    ----------
    input_size, kernel_size, stride, padding, dilation, padding_mode, bias, flip
        As in `Conv`.
    in_channels : int
        Number of input channels, each with its own kernels.
    depth_multiplier : int
        Number of kernels, and so of output channels, per input channel.

    Examples
    --------
    >>> DepthwiseConv(8, 3, in_channels=16, padding=1).parameters
    144
    """

    operation: ClassVar[str] = "depthwise"
    title: ClassVar[str] = message("depthwise convolution")
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
        flip: bool = False,
    ) -> None:
        channels = count("in_channels", in_channels)
        made = channels * count("depth_multiplier", depth_multiplier)
        super().__init__(
            input_size, kernel_size, stride, padding, dilation, padding_mode, channels, made, channels, bias, flip
        )

    @classmethod
    def fed(cls, channels: int, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Fill in the parameters that follow from the number of input channels."""
        return {"in_channels": channels, **parameters}

    @property
    def depth_multiplier(self) -> int:
        """Number of output channels per input channel."""
        return self.grouping.outputs_a_group


@dataclass(frozen=True, init=False)
class PointwiseConv(Conv):
    """A 1×1 convolution: each cell separately, over all of its channels.

    Parameters
    ----------
    input_size, stride, in_channels, out_channels, groups, bias
        As in `Conv`.

    Examples
    --------
    >>> PointwiseConv(8, in_channels=16, out_channels=32).parameters
    512
    """

    operation: ClassVar[str] = "pointwise"
    title: ClassVar[str] = message("pointwise convolution")
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
    """Two convolutions that replace one."""

    padding_words: ClassVar[Mapping[str, str]] = CONV_PADDINGS
    is_weighted: ClassVar[bool] = False

    @property
    def standard(self) -> Conv:
        """The single convolution that the pair replaces: it reads the same cells, with kernels over all channels."""
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
            flip=first.flip,
        )


@dataclass(frozen=True, init=False)
class DepthwiseSeparable(Pair):
    """A depthwise and a pointwise convolution that replace one standard convolution.

    Parameters
    ----------
    in_channels, out_channels : int
        Channels of the pair's input and output.
    kernel_size, input_size, stride, padding, dilation, padding_mode
        As in `Conv`; they apply to the depthwise layer.
    depth_multiplier : int
        Number of channels between the two layers per input channel.
    bias : bool
        Whether both layers have a bias.
    flip : bool
        As in `Conv`; a kernel of one cell, as of a pointwise layer, stays as it is.

    Examples
    --------
    >>> chain = DepthwiseSeparable(16, 32, 3, input_size=8, padding=1)
    >>> chain.parameters, chain.standard.parameters
    (656, 4608)
    """

    operation: ClassVar[str] = "depthwise_separable"
    title: ClassVar[str] = message("depthwise separable convolution")

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
        flip: bool = False,
    ) -> None:
        depthwise = DepthwiseConv(
            input_size, kernel_size, stride, padding, dilation, padding_mode, in_channels, depth_multiplier, bias, flip
        )
        pointwise = PointwiseConv(
            depthwise.output_size, in_channels=depthwise.out_channels, out_channels=out_channels, bias=bias
        )
        super().__init__([depthwise, pointwise])

    @classmethod
    def of(cls, depthwise: DepthwiseConv, pointwise: PointwiseConv) -> DepthwiseSeparable:
        """Return the pair of two existing layers; in Keras, only the second one has a bias."""
        pair = object.__new__(cls)
        Chain.__init__(pair, [depthwise, pointwise])
        return pair


@dataclass(frozen=True, init=False)
class SpatiallySeparable(Pair):
    """A pass along columns and one along rows that replace one standard convolution.

    Parameters
    ----------
    in_channels, out_channels : int
        Channels of the pair's input and output; the first pass makes all output channels.
    kernel_size, input_size, stride, padding, dilation, padding_mode
        As in `Conv`, for two axes; each pass uses the values of one axis.
    bias : bool
        Whether both layers have a bias.
    flip : bool
        As in `Conv`, for both passes.

    Examples
    --------
    >>> chain = SpatiallySeparable(16, 32, 3, input_size=8, padding=1)
    >>> chain.parameters, chain.standard.parameters
    (4608, 4608)
    """

    operation: ClassVar[str] = "spatially_separable"
    title: ClassVar[str] = message("spatially separable convolution")

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
        flip: bool = False,
    ) -> None:
        whole = Conv(
            input_size, kernel_size, stride, padding, dilation, padding_mode, in_channels, out_channels, flip=flip
        )
        super().__init__(passes(whole, bias))


def passes(whole: Conv, bias: bool = False) -> tuple[Conv, Conv]:
    """Return a pass along columns and one along rows that together read what a convolution reads.

    Raises
    ------
    ConvanimError
        If the convolution does not have two axes.
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
            flip=whole.flip,
        )

    columns = one_way(whole.input_size, 0, whole.in_channels)
    return columns, one_way(columns.output_size, 1, whole.out_channels)
