"""Writing of layers as PyTorch code, which takes none of what reads it."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

from convanim.base.errors import ConvanimError
from convanim.frameworks.spelling import (
    Code,
    NoCode,
    Writer,
    Written,
    call,
    has_padding,
    in_sequence,
    pads_last_axis_first,
    shared,
    symmetric,
    unless,
)
from convanim.layers import (
    AdaptiveMaxPool,
    AdaptivePool,
    AvgPool,
    Conv,
    ConvGeneral,
    ConvTranspose,
    DeformConv,
    Fold,
    Layer,
    LpPool,
    MaxPool,
    MaxUnpool,
    PixelShuffle,
    PixelUnshuffle,
    SparseConv,
    Unfold,
    Upsample,
)
from convanim.layers.weighted import Weighted

_WRITTEN_PADS = {
    "zeros": "ZeroPad",
    "reflect": "ReflectionPad",
    "replicate": "ReplicationPad",
    "circular": "CircularPad",
}


def _write_conv(layer: Conv) -> Written:
    padding = symmetric(layer.padding)
    mode = "" if layer.padding_mode == "zeros" else repr(layer.padding_mode)
    settings = {"stride": unless(layer.stride, 1), "dilation": unless(layer.dilation, 1)}
    note = f"weight = torch.flip(w, {tuple(range(2, 2 + layer.dims))})" if layer.flip else ""
    if padding is not None:
        settings |= {"padding": unless(padding, 0), "padding_mode": mode}
        return Code((_weighted(layer, "Conv", settings),), note)
    same = Conv.ends("same", layer.input_size, layer.kernel_size, layer.stride, layer.dilation)
    if set(layer.stride) == {1} and layer.padding == same:
        return Code((_weighted(layer, "Conv", {**settings, "padding": "'same'", "padding_mode": mode}),), note)
    pad = f"nn.{_WRITTEN_PADS[layer.padding_mode]}{layer.dims}d({pads_last_axis_first(layer.padding)})"
    return Code((pad, _weighted(layer, "Conv", settings)), note)


def _conv_general(layer: ConvGeneral) -> Written:
    if set(layer.input_dilation) == {1} and not layer.rotated:
        settings = {"stride": unless(layer.stride, 1), "dilation": unless(layer.dilation, 1)}
        pad = f"nn.ZeroPad{layer.dims}d({pads_last_axis_first(layer.padding)})"
        built = _weighted(layer, "Conv", settings)
        return Code((pad, built) if has_padding(layer) else (built,))
    if max(layer.stride) > 1:
        return NoCode("PyTorch's layers do not insert zeros and stride in one; insert zeros into the input first")
    turned = "" if layer.rotated else " of the flipped kernel (weight.flip)"
    return NoCode(
        f"PyTorch's transposed convolution turns the kernel and takes other padding; use one{turned}, and pad"
    )


def _write_conv_transpose(layer: ConvTranspose) -> Written:
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
    crop = pads_last_axis_first(tuple((-low, -high) for low, high in layer.padding))
    return Code((built, f"nn.ZeroPad{layer.dims}d({crop})"))


def _write_deform_conv(layer: DeformConv) -> Written:
    padding = symmetric(layer.padding)
    if layer.dims != 2 or padding is None:
        return NoCode("torchvision deforms over two axes, and pads both ends alike")
    settings = {
        "kernel_size": shared(layer.kernel_size),
        "stride": unless(layer.stride, 1),
        "padding": unless(padding, 0),
        "dilation": unless(layer.dilation, 1),
        "groups": str(layer.groups) if layer.groups > 1 else "",
        "bias": "" if layer.bias else "False",
    }
    built = call("torchvision.ops.DeformConv2d", (str(layer.in_channels), str(layer.out_channels)), settings)
    beside = "offsets, masks" if layer.masks is not None else "offsets"
    return Code((f"{built}(x, {beside})",), alone=f"it is called with {beside} beside its input")


def _write_sparse_conv(layer: SparseConv) -> Written:
    padding = symmetric(layer.padding)
    if padding is None:
        return NoCode("spconv pads the same at both ends")
    settings = {
        "stride": unless(layer.stride, 1),
        "padding": "" if layer.submanifold else unless(padding, 0),
        "dilation": unless(layer.dilation, 1),
    }
    return Code((_weighted(layer, "SubMConv" if layer.submanifold else "SparseConv", settings, "spconv"),))


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
    ends = pads_last_axis_first(layer.padding)
    pad = f"ConstantPad{layer.dims}d({ends}, float('-inf'))" if kind == "MaxPool" else f"ZeroPad{layer.dims}d({ends})"
    return Code((f"nn.{pad}", built))


def _write_lp_pool(layer: LpPool) -> Written:
    if max(layer.dilation) > 1:
        return NoCode("PyTorch's LPPool has no dilation")
    settings = {
        "norm_type": str(layer.norm_type),
        "kernel_size": shared(layer.kernel_size),
        "stride": "" if layer.stride == layer.kernel_size else shared(layer.stride),
        # Where there is padding no window hangs over the end, and PyTorch would take padding before it for input.
        "ceil_mode": "True" if layer.ceil_mode and not has_padding(layer) else "",
    }
    built = call(f"nn.LPPool{layer.dims}d", (), settings)
    pad = (f"nn.ZeroPad{layer.dims}d({pads_last_axis_first(layer.padding)})",) if has_padding(layer) else ()
    return Code((*pad, built))


def _rounded_up(layer: AvgPool) -> str:
    """Return the code of a pooling with `ceil_mode` that averages the same cells, empty if there is none."""
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


def _write_adaptive(layer: AdaptivePool) -> Written:
    kind = "Max" if isinstance(layer, AdaptiveMaxPool) else "Avg"
    return Code((f"nn.Adaptive{kind}Pool{layer.dims}d({shared(layer.output_size)})",))


def _write_shuffle(layer: PixelShuffle | PixelUnshuffle) -> Written:
    return Code((f"nn.{type(layer).__name__}({layer.factor[0]})",))


def _write_unfold(layer: Unfold) -> Written:
    padding = symmetric(layer.padding)
    settings = {
        "dilation": unless(layer.dilation, 1),
        "padding": unless(padding, 0) if padding else "",
        "stride": unless(layer.stride, 1),
    }
    built = call("nn.Unfold", (), {"kernel_size": shared(layer.kernel_size), **settings})
    return Code((built,) if padding else (f"nn.ZeroPad2d({pads_last_axis_first(layer.padding)})", built))


def _write_fold(layer: Fold) -> Written:
    padding = symmetric(layer.padding)
    if padding is None:
        return NoCode("PyTorch folds with the same padding at both ends")
    settings = {
        "dilation": unless(layer.dilation, 1),
        "padding": unless(padding, 0),
        "stride": unless(layer.stride, 1),
    }
    sizes = {"output_size": str(layer.output_size), "kernel_size": shared(layer.kernel_size)}
    return Code((call("nn.Fold", (), {**sizes, **settings}),))


def _write_unpool(layer: MaxUnpool) -> Written:
    padding = symmetric(layer.padding)
    if padding is None:
        return NoCode("PyTorch unpools with the same padding at both ends")
    settings = {
        "stride": "" if layer.stride == layer.kernel_size else shared(layer.stride),
        "padding": shared(padding) if has_padding(layer) else "",
    }
    built = call(f"nn.MaxUnpool{layer.dims}d", (shared(layer.kernel_size),), settings)
    return Code((f"{built}(x, indices)",), alone="it is called with indices beside its input")


def _weighted(layer: Weighted, name: str, settings: dict[str, str], module: str = "nn") -> str:
    groups = {"groups": str(layer.groups) if layer.groups > 1 else "", "bias": "" if layer.bias else "False"}
    return call(
        f"{module}.{name}{layer.dims}d",
        (str(layer.in_channels), str(layer.out_channels)),
        {"kernel_size": shared(layer.kernel_size), **settings, **groups},
    )


def _windowed(layer: Layer, name: str, settings: dict[str, str]) -> str:
    return call(f"nn.{name}{layer.dims}d", (), {"kernel_size": shared(layer.kernel_size), **settings})


def _write_upsample(layer: Upsample) -> Written:
    from convanim.frameworks.torch_interpolation import write_upsample

    return write_upsample(layer)


WRITERS: dict[type[Layer], Writer] = {
    DeformConv: _write_deform_conv,
    Conv: _write_conv,
    ConvGeneral: _conv_general,
    ConvTranspose: _write_conv_transpose,
    SparseConv: _write_sparse_conv,
    MaxPool: _pool,
    AvgPool: _pool,
    AdaptivePool: _write_adaptive,
    LpPool: _write_lp_pool,
    PixelShuffle: _write_shuffle,
    PixelUnshuffle: _write_shuffle,
    Upsample: _write_upsample,
    Unfold: _write_unfold,
    Fold: _write_fold,
    MaxUnpool: _write_unpool,
}
"""The function that writes each kind of layer."""


def sequence(parts: tuple[str, ...]) -> str:
    """Return expressions as one sequential module, over several lines if there are more than two."""
    one_line = f"nn.Sequential({', '.join(parts)})"
    return one_line if len(parts) <= 2 else "nn.Sequential(\n" + "".join(f"    {one},\n" for one in parts) + ")"


_in_sequence = in_sequence(WRITERS, sequence)


def write(layers: tuple[Layer, ...]) -> str | NoCode:
    """Return layers in order as code, or the reason why there is none."""
    return columns_between(pairwise(layers)) or _in_sequence(layers)


def columns_between(pairs: Iterable[tuple[Layer, Layer]]) -> NoCode | None:
    """Return why two layers cannot follow each other in PyTorch, whose columns have no rows of their own."""
    for before, after in pairs:
        if isinstance(before, Unfold) != isinstance(after, Fold):
            return NoCode(
                "nn.Unfold makes one row of columns, and nn.Fold reads one, so that only these two follow each other; "
                "nn.Unflatten or nn.Flatten between them and other layers does it"
            )
    return None
