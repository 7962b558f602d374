"""Layers as PyTorch's code."""

from __future__ import annotations

from convanim.base.errors import ConvanimError
from convanim.frameworks.writing.spelling import (
    Code,
    NoCode,
    Writer,
    Written,
    call,
    has_padding,
    last_axis_first,
    shared,
    symmetric,
    unless,
)
from convanim.layers import (
    AvgPool,
    Conv,
    ConvGeneral,
    ConvTranspose,
    Layer,
    MaxPool,
    MaxUnpool,
    PixelShuffle,
    PixelUnshuffle,
    Unfold,
    Upsample,
)

_PADS = {"zeros": "ZeroPad", "reflect": "ReflectionPad", "replicate": "ReplicationPad", "circular": "CircularPad"}


def _conv(layer: Conv) -> Written:
    padding = symmetric(layer.padding)
    mode = "" if layer.padding_mode == "zeros" else repr(layer.padding_mode)
    settings = {"stride": unless(layer.stride, 1), "dilation": unless(layer.dilation, 1)}
    if padding is not None:
        return Code((_weighted(layer, "Conv", {**settings, "padding": unless(padding, 0), "padding_mode": mode}),))
    same = Conv.ends("same", layer.input_size, layer.kernel_size, layer.stride, layer.dilation)
    if set(layer.stride) == {1} and layer.padding == same:
        return Code((_weighted(layer, "Conv", {**settings, "padding": "'same'", "padding_mode": mode}),))
    pad = f"nn.{_PADS[layer.padding_mode]}{layer.dims}d({last_axis_first(layer.padding)})"
    return Code((pad, _weighted(layer, "Conv", settings)))


def _conv_general(layer: ConvGeneral) -> Written:
    if set(layer.input_dilation) == {1} and not layer.rotated:
        settings = {"stride": unless(layer.stride, 1), "dilation": unless(layer.dilation, 1)}
        pad = f"nn.ZeroPad{layer.dims}d({last_axis_first(layer.padding)})"
        built = _weighted(layer, "Conv", settings)
        return Code((pad, built) if has_padding(layer) else (built,))
    if max(layer.stride) > 1:
        return NoCode("PyTorch's layers do not insert zeros and stride in one; insert zeros into the input first")
    turned = "" if layer.rotated else " of the kernel turned by 180° (weight.flip)"
    return NoCode(
        f"PyTorch's transposed convolution turns the kernel and takes other padding; use one{turned}, and pad"
    )


def _conv_transpose(layer: ConvTranspose) -> Written:
    padding = symmetric(layer.padding)
    settings = {
        "stride": unless(layer.stride, 1),
        "padding": unless(padding, 0) if padding else "",
        "output_padding": unless(layer.output_padding, 0),
        "dilation": unless(layer.dilation, 1),
    }
    built = _weighted(layer, "ConvTranspose", settings)
    if padding is not None:
        return Code((built,))
    crop = last_axis_first(tuple((-low, -high) for low, high in layer.padding))
    return Code((built, f"nn.ZeroPad{layer.dims}d({crop})"))


def _pool(layer: MaxPool | AvgPool) -> Written:
    kind = "MaxPool" if isinstance(layer, MaxPool) else "AvgPool"
    padding = symmetric(layer.padding)
    settings = {
        "stride": "" if layer.stride == layer.kernel_size else shared(layer.stride),
        "padding": unless(padding, 0) if padding else "",
        "dilation": unless(layer.dilation, 1) if isinstance(layer, MaxPool) else "",
        "ceil_mode": "True" if layer.ceil_mode else "",
        "count_include_pad": "False" if isinstance(layer, AvgPool) and not layer.count_include_pad else "",
    }
    built = _windowed(layer, kind, settings)
    if padding is not None:
        return Code((built,))
    if isinstance(layer, AvgPool) and not layer.count_include_pad and (rounded := _rounded_up(layer)):
        return Code((rounded,))
    if layer.ceil_mode or settings["count_include_pad"]:
        return NoCode("PyTorch pools with the same padding at both ends, and padding before it would count as input")
    ends = last_axis_first(layer.padding)
    pad = f"ConstantPad{layer.dims}d({ends}, float('-inf'))" if kind == "MaxPool" else f"ZeroPad{layer.dims}d({ends})"
    return Code((f"nn.{pad}", built))


def _rounded_up(layer: AvgPool) -> str:
    """Return the pooling with `ceil_mode` that averages the same cells, if windows only hang over the end."""
    try:
        made = AvgPool(layer.input_size, layer.kernel_size, layer.stride, 0, True, False)
    except ConvanimError:
        return ""
    is_same = made.counted == layer.counted and all(low == 0 for low, _ in layer.padding)
    settings = {
        "stride": "" if layer.stride == layer.kernel_size else shared(layer.stride),
        "ceil_mode": "True",
        "count_include_pad": "False",
    }
    return _windowed(layer, "AvgPool", settings) if is_same else ""


def _shuffle(layer: PixelShuffle | PixelUnshuffle) -> Written:
    return Code((f"nn.{type(layer).__name__}({layer.factor[0]})",))


def _upsample(layer: Upsample) -> Written:
    return Code((f"nn.Upsample(scale_factor={shared(layer.factor)}, mode='nearest')",))


def _unfold(layer: Unfold) -> Written:
    padding = symmetric(layer.padding)
    settings = {
        "dilation": unless(layer.dilation, 1),
        "padding": unless(padding, 0) if padding else "",
        "stride": unless(layer.stride, 1),
    }
    built = call("nn.Unfold", (), {"kernel_size": shared(layer.kernel_size), **settings})
    return Code((built,) if padding else (f"nn.ZeroPad2d({last_axis_first(layer.padding)})", built))


def _unpool(layer: MaxUnpool) -> Written:
    padding = symmetric(layer.padding)
    if padding is None:
        return NoCode("PyTorch unpools with the same padding at both ends")
    settings = {
        "stride": "" if layer.stride == layer.kernel_size else shared(layer.stride),
        "padding": shared(padding) if has_padding(layer) else "",
    }
    return Code((f"{call(f'nn.MaxUnpool{layer.dims}d', (shared(layer.kernel_size),), settings)}(x, indices)",))


def _weighted(layer: Conv | ConvGeneral | ConvTranspose, name: str, settings: dict[str, str]) -> str:
    groups = {"groups": str(layer.groups) if layer.groups > 1 else "", "bias": "" if layer.bias else "False"}
    return call(
        f"nn.{name}{layer.dims}d",
        (str(layer.in_channels), str(layer.out_channels)),
        {"kernel_size": shared(layer.kernel_size), **settings, **groups},
    )


def _windowed(layer: Layer, name: str, settings: dict[str, str]) -> str:
    return call(f"nn.{name}{layer.dims}d", (), {"kernel_size": shared(layer.kernel_size), **settings})


WRITERS: dict[type[Layer], Writer] = {
    Conv: _conv,
    ConvGeneral: _conv_general,
    ConvTranspose: _conv_transpose,
    MaxPool: _pool,
    AvgPool: _pool,
    PixelShuffle: _shuffle,
    PixelUnshuffle: _shuffle,
    Upsample: _upsample,
    Unfold: _unfold,
    MaxUnpool: _unpool,
}
"""What writes each kind of layer."""


def sequence(parts: tuple[str, ...]) -> str:
    """Return expressions in order as one module, in several lines where they are long."""
    one_line = f"nn.Sequential({', '.join(parts)})"
    return one_line if len(parts) <= 2 else "nn.Sequential(\n" + "".join(f"    {one},\n" for one in parts) + ")"
