"""Reading of PyTorch code, and writing of layers as PyTorch code."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from itertools import pairwise
from math import prod
from typing import Any

from convanim.base.errors import ConvanimError
from convanim.base.later import np
from convanim.base.options import Pair, one_of, per_axis, quoted, short
from convanim.frameworks.binding import signature
from convanim.frameworks.kinds import KEEPS, Arguments, Edges, Framework, Input, Kind, Reach, last_axis_first
from convanim.frameworks.pooling import plain_pool
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
from convanim.frameworks.torch_interpolation import INTERPOLATION, write_upsample
from convanim.frameworks.wording import Words, worded
from convanim.layers import (
    AdaptiveAvgPool,
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
from convanim.layers.grouping import count
from convanim.layers.weighted import Weighted
from convanim.words.captions import FRAMEWORKS

_CONV = "kernel_size stride=1 padding=0 dilation=1 groups=1 bias=True padding_mode='zeros' device? dtype?"
_TRANSPOSE = (
    "kernel_size stride=1 padding=0 output_padding=0 groups=1 bias=True dilation=1 padding_mode='zeros' device? dtype?"
)
_SPARSE = "kernel_size stride=1 padding=0 dilation=1 groups=1 bias=True indice_key? algo? fp32_accum? name?"
_MAX_POOL = "kernel_size stride=None padding=0 dilation=1 return_indices? ceil_mode=False"
_AVG_POOL = "kernel_size stride=None padding=0 ceil_mode=False count_include_pad=True divisor_override=None"


def _conv(its: Arguments, given: Input) -> Layer:
    padding, dims = its["padding"], len(given.size)
    if isinstance(padding, str):
        one_of("padding", padding, ("valid", "same"))
        if padding == "same" and its["stride"] not in (1, (1,), (1,) * dims):
            raise ConvanimError(
                "padding",
                "'same'",
                "is refused with a stride over 1, as in PyTorch",
                ways=(f"`padding={short(tuple(k // 2 for k in per_axis('kernel_size', its['kernel_size'], dims)))}`",),
            )
    elif isinstance(padding, tuple) and any(isinstance(one, tuple) for one in padding):
        most = [max(one) if isinstance(one, tuple) else one for one in padding]
        raise ConvanimError(
            "padding", quoted(padding), "takes one number an axis, as in PyTorch", ways=(f"`padding={short(most)}`",)
        )
    return Conv(given.size, **{"in_channels": given.channels or 1, **its})


def _conv_transpose(its: Arguments, given: Input) -> Layer:
    rest = {"in_channels": given.channels or 1, **its}
    if rest.pop("padding_mode") != "zeros":
        raise ConvanimError(
            "padding_mode", quoted(its["padding_mode"]), "is not taken by transposed convolutions; leave it out"
        )
    return ConvTranspose(given.size, **rest)


def _sparse_conv(is_submanifold: bool, its: Arguments, given: Input) -> Layer:
    """Return a layer of spconv, whose submanifold convolutions keep their cells whatever the padding."""
    rest = {"in_channels": given.channels or 1, **its}
    if is_submanifold:
        rest.pop("padding")
    if given.mask is not None:
        rest["active"] = np.argwhere(given.mask).tolist()
    return SparseConv(given.size, submanifold=is_submanifold, **rest)


def _deform_conv(its: Arguments, given: Input) -> Layer:
    return DeformConv(given.size, **{"in_channels": given.channels or 1, **its})


def _max_pool(its: Arguments, given: Input) -> Layer:
    return MaxPool(given.size, channels=given.channels or 1, **its)


def _avg_pool(its: Arguments, given: Input) -> Layer:
    rest = dict(its)
    if rest.pop("divisor_override") is not None:
        raise ConvanimError("divisor_override", "", "is not known here; leave it out")
    return AvgPool(given.size, channels=given.channels or 1, **rest)


def _lp_pool(its: Arguments, given: Input) -> Layer:
    norm = its["norm_type"]
    if isinstance(norm, float) and not norm.is_integer():
        raise ConvanimError(
            "norm_type", quoted(norm), "is not drawn; whole powers from 1 are", ways=("`norm_type=2`", "nn.MaxPool2d")
        )
    whole_norm = int(norm) if isinstance(norm, float) else norm
    return LpPool(given.size, channels=given.channels or 1, **{**its, "norm_type": whole_norm})


def _adaptive(kind: type[AdaptiveMaxPool] | type[AdaptiveAvgPool], its: Arguments, given: Input) -> Layer:
    """Return the adaptive pooling, as pooling of equal windows where the output size divides the input size."""
    asked = its["output_size"]
    wanted = asked if isinstance(asked, tuple) else (asked,) * len(given.size)
    if len(wanted) != len(given.size):
        raise ConvanimError(
            "output_size", quoted(asked), f"must be one number, or {len(given.size)} of them, one an axis"
        )
    layer = kind(given.size, wanted, given.channels or 1)
    return plain_pool(layer) or layer


def _refuse(option: str, why: str, its: Arguments, given: Input) -> Layer:
    raise ConvanimError(option, quoted(its[option]), why)


def _unfold(its: Arguments, given: Input) -> Layer:
    return Unfold(given.size, channels=given.channels or 1, **its)


def _fold(its: Arguments, given: Input) -> Layer:
    size = per_axis("kernel_size", its["kernel_size"], 2)
    cells = prod(size)
    if given.channels is not None and given.channels % cells:
        more = -(-given.channels // cells) * cells
        raise ConvanimError(
            "kernel_size",
            short(size),
            f"takes channels by {cells}, and there are {given.channels}; {more} would do",
        )
    return Fold(given.size, channels=(given.channels or cells) // cells, **its)


def _windows_of(its: Arguments) -> Reach:
    """Return how many windows fit into the output of a fold, which are its input."""
    size = per_axis("output_size", its["output_size"], 2)
    return Unfold(size, **{name: value for name, value in its.items() if name != "output_size"}).output_size, None


def _shuffle(its: Arguments, given: Input) -> Layer:
    factor = count("upscale_factor", its["upscale_factor"])
    if given.channels is not None and given.channels % factor**2:
        more = -(-given.channels // factor**2) * factor**2
        raise ConvanimError(
            "upscale_factor", factor, f"takes channels by {factor**2}, and there are {given.channels}; {more} would do"
        )
    return PixelShuffle(given.size, **PixelShuffle.fed(given.channels or factor**2, {"upscale_factor": factor}))


def _unshuffle(its: Arguments, given: Input) -> Layer:
    return PixelUnshuffle(given.size, its["downscale_factor"], channels=given.channels or 1)


def _unpool(its: Arguments, given: Input) -> Layer:
    return MaxUnpool(given.size, channels=given.channels or 1, **its)


def _edges(mode: str, dims: int, its: Arguments) -> Edges:
    value = its.get("value", 0)
    modes = {0: mode, float("-inf"): "lowest"}
    if value not in modes:
        raise ConvanimError("value", quoted(value), "of padding is not drawn; only 0 and float('-inf') are")
    return Edges(last_axis_first("padding", its["padding"], dims), modes[value])


def _of(dims: int, build: Callable[[Arguments, Input], Layer], text: str) -> Kind:
    return Kind(signature(text), dims, build)


def _all_axes(name: str, build: Callable[[Arguments, Input], Layer], text: str) -> dict[str, Kind]:
    return {f"{name}{dims}d": _of(dims, build, text) for dims in (1, 2, 3)}


def _undrawn(name: str, why: tuple[str, str], text: str) -> dict[str, Kind]:
    """Return kinds of layers of which nothing but the reason for that is said."""
    return {one: replace(its, is_drawn=False) for one, its in _all_axes(name, partial(_refuse, *why), text).items()}


_PADS = {
    "ZeroPad": ("zeros", "padding"),
    "ReflectionPad": ("reflect", "padding"),
    "ReplicationPad": ("replicate", "padding"),
    "CircularPad": ("circular", "padding"),
    "ConstantPad": ("zeros", "padding value"),
}

_KEEPING = """
ReLU ReLU6 LeakyReLU PReLU RReLU ELU CELU SELU GELU SiLU Mish Sigmoid Tanh Hardtanh Hardswish Hardsigmoid Softplus
Softsign Softshrink Hardshrink Tanhshrink LogSigmoid Threshold BatchNorm1d BatchNorm2d BatchNorm3d SyncBatchNorm
InstanceNorm1d InstanceNorm2d InstanceNorm3d GroupNorm LayerNorm RMSNorm LocalResponseNorm Dropout Dropout1d Dropout2d
Dropout3d AlphaDropout Identity Softmax Softmax2d LogSoftmax
"""


def _symmetric(pairs: tuple[Pair, ...], its: Arguments) -> Any:
    """Return one number, or one an axis, that pads at least as much as pairs do."""
    ends = tuple(map(max, pairs))
    return ends[0] if len(set(ends)) == 1 else ends


_WORDS = Words(
    _symmetric,
    frozenset(("stride", "padding", "dilation", "output_padding")),
    examples={
        "value": "0",
        "divisor_override": "None",
        "size": "16",
        **dict.fromkeys(("output_size", "upscale_factor", "downscale_factor"), "1"),
    },
)

_BUILT: dict[str, Kind] = {
    **_all_axes("Conv", _conv, f"in_channels out_channels {_CONV}"),
    **_all_axes("LazyConv", _conv, f"out_channels {_CONV}"),
    **_all_axes("ConvTranspose", _conv_transpose, f"in_channels out_channels {_TRANSPOSE}"),
    **_all_axes("LazyConvTranspose", _conv_transpose, f"out_channels {_TRANSPOSE}"),
    "DeformConv2d": _of(
        2, _deform_conv, "in_channels out_channels kernel_size stride=1 padding=0 dilation=1 groups=1 bias=True"
    ),
    **_all_axes("SparseConv", partial(_sparse_conv, False), f"in_channels out_channels {_SPARSE}"),
    **_all_axes("SubMConv", partial(_sparse_conv, True), f"in_channels out_channels {_SPARSE}"),
    **_all_axes("MaxPool", _max_pool, _MAX_POOL),
    **_all_axes("AvgPool", _avg_pool, _AVG_POOL),
    **_all_axes("AdaptiveAvgPool", partial(_adaptive, AdaptiveAvgPool), "output_size"),
    **_all_axes("AdaptiveMaxPool", partial(_adaptive, AdaptiveMaxPool), "output_size return_indices?"),
    **_all_axes("LPPool", _lp_pool, "norm_type kernel_size stride=None ceil_mode=False"),
    **_undrawn(
        "FractionalMaxPool",
        ("kernel_size", "stands at places that are chosen at random, which are not drawn"),
        "kernel_size output_size=None output_ratio=None return_indices?",
    ),
    **_all_axes("MaxUnpool", _unpool, "kernel_size stride=None padding=0"),
    "Unfold": _of(2, _unfold, "kernel_size dilation=1 padding=0 stride=1"),
    "Fold": Kind(
        signature("output_size kernel_size dilation=1 padding=0 stride=1", output_size="10"),
        2,
        _fold,
        reach=_windows_of,
    ),
    "PixelShuffle": _of(2, _shuffle, "upscale_factor"),
    "PixelUnshuffle": _of(2, _unshuffle, "downscale_factor"),
    **INTERPOLATION,
    **{
        f"{name}{dims}d": Kind(signature(text), dims, edges=partial(_edges, mode, dims))
        for name, (mode, text) in _PADS.items()
        for dims in (1, 2, 3)
    },
    **dict.fromkeys(_KEEPING.split(), KEEPS),
    "Flatten": Kind(ends="makes one row of all cells"),
    "Linear": Kind(ends="reads all cells at once"),
    "LazyLinear": Kind(ends="reads all cells at once"),
}

KINDS = worded(_WORDS, _BUILT)
"""The kinds of layers by their names in PyTorch."""


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
    turned = "" if layer.rotated else " of the kernel turned by 180° (weight.flip)"
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
    Upsample: write_upsample,
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


def _write(layers: tuple[Layer, ...]) -> str | NoCode:
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


TORCH = Framework(FRAMEWORKS["torch"], KINDS, ("nn", "torch", "spconv"), write=_write)
