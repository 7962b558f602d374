"""The gradients of convolutions as layers: which layer makes the gradient of the input, and which of the kernel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from convanim.base.errors import ConvanimError
from convanim.base.options import LIMIT, Padding, Pair, padding_pairs
from convanim.layers.axis import PADDING_MODES, Axis
from convanim.layers.conv import Conv
from convanim.layers.conv_general import ConvGeneral
from convanim.layers.conv_transpose import ConvTranspose
from convanim.layers.weighted import Weighted


class _Cropped(Conv):
    """A convolution whose input may be cropped at one end where padding copies cells at the other."""

    def _resolved(self, padding: Padding) -> tuple[Pair, ...]:
        return padding_pairs("padding", padding, self.dims, least=-LIMIT)


def copies_cells(layer: Weighted) -> bool:
    """Return whether padding holds copies of input cells, to which their gradient must be added."""
    return any(PADDING_MODES[axis.padding_mode].copied and max(axis.low, axis.high) > 0 for axis in layer.axes)


def input_gradient(layer: Weighted) -> Weighted:
    """Return the layer that makes the gradient of the input, or of the padded input where padding copies cells.

    That of a convolution is a transposed convolution with its stride,
    dilation and padding, and an output padding for the cells that the stride
    left over; that of a transposed convolution is a convolution. Channels
    are exchanged, and the weights are the same.

    Examples
    --------
    >>> back = input_gradient(Conv(6, 3, stride=2, padding=1))
    >>> back.title, back.output_padding, back.output_size
    ('transposed convolution', (1, 1), (6, 6))
    """
    axes = layer.axes
    if copies_cells(layer):
        axes = tuple(replace(axis, size=axis.extent, low=0, high=0, padding_mode="zeros") for axis in axes)
    grouping = layer.grouping
    channels = (grouping.out_channels, grouping.in_channels, grouping.groups)
    if all(axis.spacing == 1 and not axis.rotated and min(axis.low, axis.high) >= 0 for axis in axes):
        return ConvTranspose(
            tuple(axis.output for axis in axes),
            layer.kernel_size,
            layer.stride,
            tuple((axis.low, axis.high) for axis in axes),
            tuple((axis.extent - axis.reach) % axis.stride for axis in axes),
            tuple(axis.dilation for axis in axes),
            *channels,
        )
    return _convolution([axis.input_gradient() for axis in axes], channels)


def weight_gradient(layer: Weighted) -> Weighted:
    """Return the layer that makes the gradient of the kernel, one channel for each slice of it.

    The gradient of the output slides over the input as its kernel, with
    stride and dilation exchanged; for a transposed convolution, the input
    slides over the gradient of the output. Each channel of the one meets
    each channel of the other in its group, so the layer is depthwise.

    Raises
    ------
    ConvanimError
        If padding copies cells and the kernel is rotated.

    Examples
    --------
    >>> back = weight_gradient(Conv(7, 3, stride=2))
    >>> back.kernel_size, back.dilation, back.output_size
    ((3, 3), (2, 2), (3, 3))
    """
    grouping = layer.grouping
    is_turned = any(axis.rotated for axis in layer.axes)
    if is_turned and copies_cells(layer):
        raise ConvanimError(
            "padding_mode",
            layer.axes[0].padding_mode,
            "is not drawn in the gradient of a kernel that is turned by 180°; use `padding_mode=zeros`",
        )
    slid = grouping.out_channels if is_turned else grouping.in_channels
    each = grouping.inputs_a_group if is_turned else grouping.outputs_a_group
    return _convolution([axis.weight_gradient() for axis in layer.axes], (slid, slid * each, slid))


def _convolution(axes: Sequence[Axis], channels: tuple[int, int, int]) -> Weighted:
    """Return the plainest convolution with some axes: a general one only where no other has them."""
    sizes, kernels, strides, dilations, spacings = (
        tuple(getattr(axis, name) for axis in axes) for name in ("size", "kernel", "stride", "dilation", "spacing")
    )
    evened = [_evened(axis) for axis in axes]
    padding = tuple((axis.low, axis.high) for axis in evened)
    mode = axes[0].padding_mode
    is_plain = set(spacings) == {1} and not axes[0].rotated
    if is_plain and (mode != "zeros" or min(map(min, padding)) >= 0):
        kind = Conv if min(map(min, padding)) >= 0 else _Cropped
        return kind(sizes, kernels, strides, padding, dilations, mode, *channels)
    padding = tuple((axis.low, axis.high) for axis in axes)
    return ConvGeneral(sizes, kernels, strides, padding, dilations, spacings, axes[0].rotated, *channels)


def _evened(axis: Axis) -> Axis:
    """Return an axis with as much padding at its end as at its start, or none, if it makes as many outputs."""
    for high in dict.fromkeys((axis.low, max(axis.high, 0))):
        one = replace(axis, high=high)
        if axis.low >= 0 and one.output == axis.output:
            return one
    return axis
