"""Functions of tf.nn and keras.ops on tensors: convolutions by weights that are given, and pooling."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from convanim.frameworks.programs.arranging import padded
from convanim.frameworks.programs.values import Library, Traced, Unknown
from convanim.frameworks.source import Place

if TYPE_CHECKING:
    from convanim.frameworks.programs.applying import Applying

_CONVOLVED = "input filters strides padding"
_ORDERS = {
    "conv": _CONVOLVED,
    "conv1d": "input filters stride padding",
    "conv2d": "input filters strides padding data_format dilations",
    "conv3d": "input filters strides padding data_format dilations",
    "convolution": "input filters strides padding data_format dilations",
    "atrous_conv2d": "input filters rate padding",
    "depthwise_conv": _CONVOLVED,
    "depthwise_conv2d": "input filters strides padding data_format dilations",
    "separable_conv2d": "input filters pointwise strides padding data_format dilations",
    "separable_conv": "input filters pointwise strides padding",
    "conv_transpose": "input filters strides padding",
    "conv2d_transpose": "input filters output_shape strides padding",
    "conv1d_transpose": "input filters output_shape strides padding",
    "conv3d_transpose": "input filters output_shape strides padding",
    **dict.fromkeys(
        ("max_pool", "avg_pool", "average_pool", "max_pool1d", "max_pool2d", "max_pool3d", "avg_pool1d", "avg_pool2d"),
        "input ksize strides padding",
    ),
}
"""Functions with the order of their arguments, by the names of ``tf.nn``."""
_OTHER_NAMES = {
    "inputs": "input",
    "x": "input",
    "value": "input",
    "kernel": "filters",
    "filter": "filters",
    "depthwise_filter": "filters",
    "depthwise_kernel": "filters",
    "pointwise_filter": "pointwise",
    "pointwise_kernel": "pointwise",
    "stride": "strides",
    "pool_size": "ksize",
    "dilation_rate": "dilations",
    "dilation": "dilations",
    "rate": "dilations",
}
FUNCTIONS = frozenset(_ORDERS)


def windowed(world: Applying, name: Library, arguments: Sequence[Any], named: Mapping[str, Any], place: Place) -> Any:
    """Return what a convolution or a pooling makes; strides and windows have batch and channels, or neither."""
    short = name.short
    pairs = [*zip(_ORDERS[short].split(), arguments, strict=False), *named.items()]
    its = {_OTHER_NAMES.get(key, key): value for key, value in pairs}
    x = its.get("input")
    if not isinstance(x, Traced) or x.dims is None:
        return world.trace.listed(short, name.path, x, x.why) if isinstance(x, Traced) else None
    axes = len(x.dims) - 2
    is_first = str(its.get("data_format") or "").upper().startswith(("NC", "CHANNELS_FIRST"))
    given: dict[str, Any] = {"data_format": "channels_first"} if is_first else {}
    key: tuple[Any, str] = ("", "")
    if "pool" in short:
        kind = f"{'Max' if 'max' in short else 'Average'}Pooling{axes}D"
        given |= {"pool_size": _spatial(its.get("ksize", 2), axes, is_first)}
    else:
        weight, point = its.get("filters"), its.get("pointwise")
        if not isinstance(weight, Traced) or weight.dims is None:
            return world.trace.listed(short, name.path, x, "the shape of its weights is not known")
        key = (weight if weight.weights is None else weight.weights, "no bias")
        kernel, (first, second) = weight.dims[:axes], weight.dims[axes:]
        kind, more = _convolution(short, axes, first, second, point)
        given |= {**more, "kernel_size": kernel, "use_bias": False}
        channels = x.dims[1 if is_first else world.trace.channel_axis(len(x.dims))]
        if kind == f"Conv{axes}D" and first and channels % first == 0:
            # Weights for fewer channels than there are belong to groups of them.
            given["groups"] = channels // first
        if its.get("dilations") is not None:
            given["dilation_rate"] = _spatial(its["dilations"], axes, is_first)
    if its.get("strides") is not None:
        given["strides"] = _spatial(its["strides"], axes, is_first)
    padding, wanted = its.get("padding", "valid"), its.get("output_shape")
    if isinstance(padding, list | tuple):
        ends = padding if len(padding) == axes + 2 else [(0, 0), *padding, (0, 0)]
        x = padded(world.trace, x, {axis: tuple(pair) for axis, pair in enumerate(ends)})
        padding = "valid"
    layer = world.layer_of(Library(f"keras.layers.{kind}"), (), {**given, "padding": str(padding).lower()}, place)
    layer.path = name.path
    made = world.apply_layer(layer, x, short, key)
    if isinstance(wanted, list | tuple) and isinstance(made, Traced) and made.dims is not None:
        asked = [one for one in wanted[1:-1] if isinstance(one, int)]
        if asked != [made.dims[axis] for axis in world.trace.places(axes + 2)]:
            return world.trace.lost(f"the size that {short} is asked for")
    return made


def _convolution(short: str, axes: int, first: int, second: int, point: Any) -> tuple[str, dict[str, Any]]:
    """Return the layer of Keras that a convolution is, and what the last two sizes of its weights say."""
    if short.startswith("depthwise"):
        return f"DepthwiseConv{axes}D", {"depth_multiplier": second}
    if short.startswith("separable"):
        made = point.dims[-1] if isinstance(point, Traced) and point.dims else Unknown("the shape of its weights")
        return f"SeparableConv{axes}D", {"filters": made, "depth_multiplier": second}
    if "transpose" in short:
        return f"Conv{axes}DTranspose", {"filters": first}
    return f"Conv{axes}D", {"filters": second}


def _spatial(value: Any, axes: int, is_first: bool) -> tuple[Any, ...]:
    """Return the numbers of the axes that have places, of one number or of those of all axes."""
    many = list(value) if isinstance(value, list | tuple) else [value] * axes
    many = many * axes if len(many) == 1 else many
    if len(many) == axes + 2:
        many = many[2:] if is_first else many[1:-1]
    return tuple(many)
