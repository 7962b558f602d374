"""The line of PyTorch that is the same layer."""

from __future__ import annotations

from collections.abc import Callable

from convanim.layers import (
    AvgPool,
    Conv,
    ConvTranspose,
    Layer,
    MaxPool,
    MaxUnpool,
    PixelShuffle,
    PixelUnshuffle,
    Upsample,
)
from convanim.options import Pair

_PADS = {"zeros": "ZeroPad", "reflect": "ReflectionPad", "replicate": "ReplicationPad", "circular": "CircularPad"}


def pytorch_line(layer: Layer) -> str:
    """Return an expression that builds the layer in PyTorch, or says why there is none.

    Padding that PyTorch's layers cannot express becomes a layer of its own;
    a transposed convolution's becomes a slice of the output for an input ``x``.
    """
    return next(write for kind, write in _WRITERS.items() if isinstance(layer, kind))(layer)


def _conv(layer: Layer) -> str:
    assert isinstance(layer, Conv)
    padding = _symmetric(layer.padding)
    mode = "" if layer.padding_mode == "zeros" else repr(layer.padding_mode)
    settings = {"stride": _same(layer.stride, 1), "dilation": _same(layer.dilation, 1)}
    if padding is not None:
        return _call(layer, "Conv", {**settings, "padding": _same(padding, 0), "padding_mode": mode})
    if (
        set(layer.stride) == {1}
        and layer.padding == Conv(layer.input_size, layer.kernel_size, 1, "same", layer.dilation).padding
    ):
        return _call(layer, "Conv", {**settings, "padding": "'same'", "padding_mode": mode})
    pad = f"nn.{_PADS[layer.padding_mode]}{layer.dims}d({_last_axis_first(layer.padding)})"
    return f"nn.Sequential({pad}, {_call(layer, 'Conv', settings)})"


def _conv_transpose(layer: Layer) -> str:
    assert isinstance(layer, ConvTranspose)
    padding = _symmetric(layer.padding)
    settings = {
        "stride": _same(layer.stride, 1),
        "padding": _same(padding, 0) if padding else "",
        "output_padding": _same(layer.output_padding, 0),
        "dilation": _same(layer.dilation, 1),
    }
    built = _call(layer, "ConvTranspose", settings)
    if padding is not None:
        return built
    slices = ", ".join(f"{low or ''}:{-high or ''}" for low, high in layer.padding)
    return f"{built}(x)[..., {slices}]"


def _pool(layer: Layer) -> str:
    assert isinstance(layer, MaxPool | AvgPool)
    kind = "MaxPool" if isinstance(layer, MaxPool) else "AvgPool"
    padding = _symmetric(layer.padding)
    settings = {
        "stride": "" if layer.stride == layer.kernel_size else _shared(layer.stride),
        "padding": _same(padding, 0) if padding else "",
        "dilation": _same(layer.dilation, 1) if isinstance(layer, MaxPool) else "",
        "ceil_mode": "True" if layer.ceil_mode else "",
        "count_include_pad": "False" if isinstance(layer, AvgPool) and not layer.count_include_pad else "",
    }
    built = _call(layer, kind, settings)
    if padding is not None:
        return built
    if layer.ceil_mode or settings["count_include_pad"]:
        return "none: PyTorch pools with the same padding at both ends, and padding before it would count as input"
    ends = _last_axis_first(layer.padding)
    pad = f"ConstantPad{layer.dims}d({ends}, float('-inf'))" if kind == "MaxPool" else f"ZeroPad{layer.dims}d({ends})"
    return f"nn.Sequential(nn.{pad}, {built})"


def _moved(layer: Layer) -> str:
    assert isinstance(layer, PixelShuffle | PixelUnshuffle | Upsample)
    if isinstance(layer, Upsample):
        return f"nn.Upsample(scale_factor={_shared(layer.factor)}, mode='nearest')"
    return f"nn.{type(layer).__name__}({layer.factor[0]})"


def _unpool(layer: Layer) -> str:
    assert isinstance(layer, MaxUnpool)
    padding = _symmetric(layer.padding)
    if padding is None:
        return "none: PyTorch unpools with the same padding at both ends"
    stride = "" if layer.stride == layer.kernel_size else f", stride={_shared(layer.stride)}"
    padded = f", padding={_shared(padding)}" if any(padding) else ""
    return f"nn.MaxUnpool{layer.dims}d({_shared(layer.kernel_size)}{stride}{padded})(x, indices)"


_WRITERS: dict[type[Layer], Callable[[Layer], str]] = {
    Conv: _conv,
    ConvTranspose: _conv_transpose,
    MaxPool: _pool,
    AvgPool: _pool,
    PixelShuffle: _moved,
    PixelUnshuffle: _moved,
    Upsample: _moved,
    MaxUnpool: _unpool,
}


def _call(layer: Layer, name: str, settings: dict[str, str]) -> str:
    learned = layer.parameters > 0
    told = [f"kernel_size={_shared(layer.kernel_size)}", *(f"{key}={said}" for key, said in settings.items() if said)]
    grouping = layer.grouping
    groups = [f"groups={grouping.groups}"] if learned and grouping.groups > 1 else []
    bias = [] if layer.bias_size else ["bias=False"]
    counts = [str(grouping.in_channels), str(grouping.out_channels)]
    arguments = [*counts, *told, *groups, *bias] if learned else told
    return f"nn.{name}{layer.dims}d({', '.join(arguments)})"


def _symmetric(padding: tuple[Pair, ...]) -> tuple[int, ...] | None:
    return tuple(low for low, _ in padding) if all(low == high for low, high in padding) else None


def _shared(values: tuple[int, ...]) -> str:
    return str(values[0]) if len(set(values)) == 1 else str(values)


def _same(values: tuple[int, ...], usual: int) -> str:
    return "" if set(values) == {usual} else _shared(values)


def _last_axis_first(padding: tuple[Pair, ...]) -> str:
    return str(tuple(end for pair in reversed(padding) for end in pair))
