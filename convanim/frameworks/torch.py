"""PyTorch's layers: their signatures and what they mean."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from convanim.base.errors import ConvanimError
from convanim.base.options import one_of, per_axis, quoted
from convanim.frameworks.binding import signature
from convanim.frameworks.kinds import KEEPS, Arguments, Edges, Framework, Input, Kind, last_axis_first
from convanim.layers import (
    AvgPool,
    Conv,
    ConvTranspose,
    Layer,
    MaxPool,
    MaxUnpool,
    PixelShuffle,
    PixelUnshuffle,
    Unfold,
    Upsample,
)
from convanim.layers.grouping import count
from convanim.words.captions import FRAMEWORKS

_CONV = "kernel_size stride=1 padding=0 dilation=1 groups=1 bias=True padding_mode='zeros' device? dtype?"
_TRANSPOSE = (
    "kernel_size stride=1 padding=0 output_padding=0 groups=1 bias=True dilation=1 padding_mode='zeros' device? dtype?"
)
_MAX_POOL = "kernel_size stride=None padding=0 dilation=1 return_indices? ceil_mode=False"
_AVG_POOL = "kernel_size stride=None padding=0 ceil_mode=False count_include_pad=True divisor_override=None"


def _conv(its: Arguments, given: Input) -> Layer:
    padding = its["padding"]
    if isinstance(padding, str):
        one_of("padding", padding, ("valid", "same"))
        if padding == "same" and its["stride"] not in (1, (1,) * len(given.size)):
            raise ConvanimError(
                "padding", "'same'", "is refused with a stride over 1, as in PyTorch; write it in numbers"
            )
    elif isinstance(padding, tuple) and any(isinstance(one, tuple) for one in padding):
        raise ConvanimError("padding", quoted(padding), "takes one number an axis, as in PyTorch")
    return Conv(given.size, **{"in_channels": given.channels or 1, **its})


def _conv_transpose(its: Arguments, given: Input) -> Layer:
    rest = {"in_channels": given.channels or 1, **its}
    if rest.pop("padding_mode") != "zeros":
        raise ConvanimError(
            "padding_mode", quoted(its["padding_mode"]), "is not taken by transposed convolutions; leave it out"
        )
    return ConvTranspose(given.size, **rest)


def _max_pool(its: Arguments, given: Input) -> Layer:
    return MaxPool(given.size, channels=given.channels or 1, **its)


def _avg_pool(its: Arguments, given: Input) -> Layer:
    rest = dict(its)
    if rest.pop("divisor_override") is not None:
        raise ConvanimError("divisor_override", "", "is not known here; leave it out")
    return AvgPool(given.size, channels=given.channels or 1, **rest)


def _adaptive(kind: type[MaxPool] | type[AvgPool], its: Arguments, given: Input) -> Layer:
    """Return the pooling that gives an output of some size, where windows are all alike."""
    asked = its["output_size"]
    wanted = asked if isinstance(asked, tuple) else (asked,) * len(given.size)
    if len(wanted) != len(given.size):
        raise ConvanimError(
            "output_size", quoted(asked), f"must be one number, or {len(given.size)} of them, one an axis"
        )
    sizes = [n if size is None else size for n, size in zip(given.size, wanted, strict=True)]
    if not all(
        isinstance(size, int) and 0 < size <= n and n % size == 0 for n, size in zip(given.size, sizes, strict=True)
    ):
        raise ConvanimError(
            "input_size", "x".join(map(str, given.size)), "is no multiple of output_size, so that windows would differ"
        )
    return kind(
        given.size, tuple(n // size for n, size in zip(given.size, sizes, strict=True)), channels=given.channels or 1
    )


def _unfold(its: Arguments, given: Input) -> Layer:
    return Unfold(given.size, channels=given.channels or 1, **its)


def _shuffle(its: Arguments, given: Input) -> Layer:
    factor = count("upscale_factor", its["upscale_factor"])
    return PixelShuffle(given.size, **PixelShuffle.fed(given.channels or factor**2, {"upscale_factor": factor}))


def _unshuffle(its: Arguments, given: Input) -> Layer:
    return PixelUnshuffle(given.size, its["downscale_factor"], channels=given.channels or 1)


def _unpool(its: Arguments, given: Input) -> Layer:
    return MaxUnpool(given.size, channels=given.channels or 1, **its)


def _upsample(its: Arguments, given: Input) -> Layer:
    if its["mode"] not in ("nearest", "nearest-exact"):
        raise ConvanimError("mode", quoted(its["mode"]), "interpolates, and only mode='nearest' is drawn")
    factor, size = its["scale_factor"], its["size"]
    if size is not None:
        sizes = per_axis("size", size, len(given.size))
        factor = tuple(wanted / n for wanted, n in zip(sizes, given.size, strict=True))
    return Upsample(given.size, whole_factors("scale_factor", factor), channels=given.channels or 1)


def whole_factors(option: str, factor: Any) -> Any:
    """Return factors, which may be written as floats, as whole numbers.

    Raises
    ------
    ConvanimError
        If one is not whole.
    """
    if isinstance(factor, tuple):
        return tuple(whole_factors(option, one) for one in factor)
    if isinstance(factor, float) and factor.is_integer():
        return int(factor)
    if isinstance(factor, bool) or not isinstance(factor, int):
        raise ConvanimError(option, quoted(factor), "must be a whole number such as 2")
    return factor


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

KINDS: dict[str, Kind] = {
    **_all_axes("Conv", _conv, f"in_channels out_channels {_CONV}"),
    **_all_axes("LazyConv", _conv, f"out_channels {_CONV}"),
    **_all_axes("ConvTranspose", _conv_transpose, f"in_channels out_channels {_TRANSPOSE}"),
    **_all_axes("LazyConvTranspose", _conv_transpose, f"out_channels {_TRANSPOSE}"),
    **_all_axes("MaxPool", _max_pool, _MAX_POOL),
    **_all_axes("AvgPool", _avg_pool, _AVG_POOL),
    **_all_axes("AdaptiveAvgPool", partial(_adaptive, AvgPool), "output_size"),
    **_all_axes("AdaptiveMaxPool", partial(_adaptive, MaxPool), "output_size return_indices?"),
    **_all_axes("MaxUnpool", _unpool, "kernel_size stride=None padding=0"),
    "Unfold": _of(2, _unfold, "kernel_size dilation=1 padding=0 stride=1"),
    "PixelShuffle": _of(2, _shuffle, "upscale_factor"),
    "PixelUnshuffle": _of(2, _unshuffle, "downscale_factor"),
    "Upsample": Kind(
        signature("size=None scale_factor=None mode='nearest' align_corners? recompute_scale_factor?"), None, _upsample
    ),
    "UpsamplingNearest2d": Kind(signature("size=None scale_factor=None * mode='nearest'"), 2, _upsample),
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
"""What each name of PyTorch means."""

TORCH = Framework(FRAMEWORKS["torch"], KINDS, ("nn", "torch"))
