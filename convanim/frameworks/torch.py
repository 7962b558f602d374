"""Reading of PyTorch code."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from math import prod
from typing import Any

from convanim.base.errors import ConvanimError
from convanim.base.later import np
from convanim.base.options import Pair, one_of, per_axis, quoted, short
from convanim.frameworks.binding import signature
from convanim.frameworks.kinds import KEEPS, Arguments, Edges, Framework, Input, Kind, Reach, last_axis_first
from convanim.frameworks.pooling import plain_pool
from convanim.frameworks.torch_interpolation import INTERPOLATION
from convanim.frameworks.torch_writing import write
from convanim.frameworks.wording import Words, worded
from convanim.layers import (
    AdaptiveAvgPool,
    AdaptiveMaxPool,
    AvgPool,
    Conv,
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
)
from convanim.layers.grouping import count
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


TORCH = Framework(FRAMEWORKS["torch"], KINDS, ("nn", "torch", "spconv"), write=write)
