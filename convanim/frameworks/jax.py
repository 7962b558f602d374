"""Reading of JAX and Flax code, and writing of layers as calls of jax.lax."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from math import prod
from typing import Any

from convanim.base.errors import ConvanimError
from convanim.base.options import Pair, per_axis, quoted
from convanim.frameworks.binding import signature
from convanim.frameworks.jax_image import INPUT, RESIZE, write_resize
from convanim.frameworks.kinds import Arguments, Framework, Input, Kind
from convanim.frameworks.lax import LAX, conv, conv_transpose, pairs_of, read, word_pairs
from convanim.frameworks.pooling import plain_pool
from convanim.frameworks.spelling import (
    NUMPY_PADDING,
    Code,
    NoCode,
    Writer,
    Written,
    call,
    has_padding,
    overhangs,
    told,
)
from convanim.frameworks.wording import Words, worded
from convanim.layers import (
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
    rebuilt,
)
from convanim.layers.grouping import grouping
from convanim.words.captions import FRAMEWORKS


def _flax_conv(its: Arguments, given: Input) -> Layer:
    """Return a convolution of Flax, whose padding words include CIRCULAR, REFLECT and CAUSAL."""
    dims = len(given.size)
    kernel = _flax_kernel(its, dims)
    stride = per_axis("strides", 1 if its["strides"] is None else its["strides"], dims)
    dilation = per_axis("kernel_dilation", 1 if its["kernel_dilation"] is None else its["kernel_dilation"], dims)
    word = its["padding"].upper() if isinstance(its["padding"], str) else ""
    named = {"CIRCULAR": "circular", "REFLECT": "reflect"}
    if word == "CAUSAL" and dims > 1:
        raise ConvanimError(
            "padding", "'CAUSAL'", f"is for one axis, as in Flax, and there are {dims}", ways=("padding='SAME'",)
        )
    if word in (*named, "CAUSAL"):
        pairs = Conv.ends("causal" if word == "CAUSAL" else "same", given.size, kernel, stride, dilation)
    else:
        pairs = its["padding"]
    groups = its["feature_group_count"]
    channels = grouping(given.channels or groups, its["features"], groups)
    shape = (channels.out_channels, channels.inputs_a_group, *kernel)
    made = conv(
        {
            "lhs": None,
            "rhs": shape,
            "window_strides": stride,
            "padding": ((pairs, pairs),) * dims if isinstance(pairs, int) else pairs,
            "lhs_dilation": per_axis(
                "input_dilation", 1 if its["input_dilation"] is None else its["input_dilation"], dims
            ),
            "rhs_dilation": dilation,
            "dimension_numbers": None,
            "feature_group_count": its["feature_group_count"],
            "batch_group_count": 1,
            "bias": its["use_bias"],
        },
        given,
    )
    return rebuilt(made, padding_mode=named[word]) if word in named else made


def _nnx_conv(its: Arguments, given: Input) -> Layer:
    """Return a convolution of Flax's newer module nnx, which names its input channels."""
    return _flax_conv({**its, "features": its["out_features"]}, replace(given, channels=its["in_features"]))


def _flax_transpose(its: Arguments, given: Input) -> Layer:
    dims = len(given.size)
    kernel = _flax_kernel(its, dims)
    shape = (*kernel, given.channels or 1, its["features"])
    pairs = its["padding"]
    return conv_transpose(
        {
            "lhs": None,
            "rhs": (*kernel, its["features"], given.channels or 1) if its["transpose_kernel"] else shape,
            "strides": per_axis("strides", 1 if its["strides"] is None else its["strides"], dims),
            "padding": ((pairs, pairs),) * dims if isinstance(pairs, int) else pairs,
            "rhs_dilation": per_axis(
                "kernel_dilation", 1 if its["kernel_dilation"] is None else its["kernel_dilation"], dims
            ),
            "dimension_numbers": None,
            "transpose_kernel": its["transpose_kernel"],
            "use_consistent_padding": False,
            "bias": its["use_bias"],
        },
        given,
    )


def _nnx_transpose(its: Arguments, given: Input) -> Layer:
    """Return the transposed convolution of Flax' newer module, which says its input's channels."""
    return _flax_transpose({**its, "features": its["out_features"]}, replace(given, channels=its["in_features"]))


def _flax_kernel(its: Arguments, dims: int) -> tuple[int, ...]:
    return per_axis("kernel_size", its["kernel_size"], dims)


def _flax_pool(kind: type[MaxPool] | type[AvgPool], its: Arguments, given: Input) -> Layer:
    """Return a pooling of Flax, whose strides are 1 by default."""
    dims = len(given.size)
    for name in ("window_shape", "strides"):
        if its[name] is not None and not isinstance(its[name], tuple):
            raise ConvanimError(
                name, quoted(its[name]), f"must be one number an axis, as in {name}={(its[name],) * max(dims, 2)}"
            )
    window = per_axis("window_shape", its["window_shape"], dims)
    stride = per_axis("strides", 1 if its["strides"] is None else its["strides"], dims)
    pairs = pairs_of(its["padding"], word_pairs(given.size, window, stride, (1,) * dims), dims)
    rest = {"count_include_pad": its["count_include_pad"]} if kind is AvgPool else {}
    return kind(given.size, window, stride, pairs, channels=given.channels or 1, **rest)


def _flax_axes(its: Arguments) -> int | None:
    windows = (its.get("kernel_size"), its.get("window_shape"))
    # As in Flax, one number is a kernel with one axis.
    return next((len(one) if isinstance(one, tuple) else 1 for one in windows if one is not None), None)


_MADE = "mask? dtype? param_dtype? precision? kernel_init? bias_init? name? parent? ..."
_FLAX_CONV = (
    "features kernel_size strides=1 padding='SAME' input_dilation=1 kernel_dilation=1 feature_group_count=1 "
    f"use_bias=True {_MADE}"
)


def _pairs_of_all(pairs: tuple[Pair, ...], its: Arguments) -> tuple[Pair, ...]:
    """Return padding, which ``reduce_window`` takes for the batch and the channels too."""
    return ((0, 0), (0, 0), *pairs) if "window_dimensions" in its else pairs


_WORDS = Words(
    _pairs_of_all,
    examples={
        "padding": "SAME",
        "kernel_size": "(3,3)",
        "window_shape": "(2,2)",
        "window_dimensions": "(1,1,2,2)",
        **dict.fromkeys(("window_strides", "strides", "lhs_dilation", "rhs_dilation"), "(1,1)"),
    },
)

_BUILT: dict[str, Kind] = {
    **LAX,
    "resize": RESIZE,
    "Conv": Kind(signature(_FLAX_CONV), build=_flax_conv, axes=_flax_axes),
    "ConvTranspose": Kind(
        signature(
            "features kernel_size strides=None padding='SAME' kernel_dilation=None use_bias=True mask? dtype? "
            "param_dtype? precision? kernel_init? bias_init? transpose_kernel=False ..."
        ),
        build=_flax_transpose,
        axes=_flax_axes,
    ),
    "max_pool": Kind(
        signature("inputs? window_shape strides=None padding='VALID'"),
        build=partial(_flax_pool, MaxPool),
        axes=_flax_axes,
    ),
    "avg_pool": Kind(
        signature("inputs? window_shape strides=None padding='VALID' count_include_pad=True"),
        build=partial(_flax_pool, AvgPool),
        axes=_flax_axes,
    ),
    **{
        name: Kind()
        for name in [
            "relu",
            "gelu",
            "elu",
            "silu",
            "sigmoid",
            "tanh",
            "softmax",
            "BatchNorm",
            "LayerNorm",
            "GroupNorm",
            "Dropout",
        ]
    },
    "nnx.Conv": Kind(signature(f"in_features out_{_FLAX_CONV}"), build=_nnx_conv, axes=_flax_axes),
    "nnx.ConvTranspose": Kind(
        signature(
            "in_features out_features kernel_size strides=None padding='SAME' kernel_dilation=None use_bias=True "
            "mask? dtype? param_dtype? precision? kernel_init? bias_init? transpose_kernel=False ..."
        ),
        build=_nnx_transpose,
        axes=_flax_axes,
    ),
    "Dense": Kind(ends="reads all cells at once"),
}

KINDS = worded(_WORDS, _BUILT)
"""The kinds of layers by their names in JAX and Flax."""


_SPATIAL = {1: "H", 2: "HW", 3: "DHW"}


def _conv(layer: Conv) -> Written:
    padded = INPUT
    padding = layer.padding
    if layer.padding_mode != "zeros" and has_padding(layer):
        mode = NUMPY_PADDING[layer.padding_mode]
        padded, padding = f"jnp.pad({INPUT}, {((0, 0), (0, 0), *padding)}, mode='{mode}')", ((0, 0),) * layer.dims
    return _general(layer, padded, _kernel(layer, layer.flip), padding, (1,) * layer.dims)


def _conv_general(layer: ConvGeneral) -> Written:
    return _general(layer, INPUT, _kernel(layer, layer.rotated), layer.padding, layer.input_dilation)


def _kernel(layer: Conv | ConvGeneral, is_rotated: bool) -> str:
    kernel = _ones(layer.weight_size)
    return f"jnp.flip({kernel}, {tuple(range(2, 2 + layer.dims))})" if is_rotated else kernel


def _general(layer: Any, given: str, kernel: str, padding: Any, inserted: tuple[int, ...]) -> Code:
    settings = {
        "window_strides": str(layer.stride),
        "padding": _pairs(padding),
        "lhs_dilation": _unless(inserted),
        "rhs_dilation": _unless(layer.dilation),
        "feature_group_count": str(layer.groups) if layer.groups > 1 else "",
    }
    return Code((call("lax.conv_general_dilated", (given, kernel), settings) + _bias(layer),))


def _conv_transpose(layer: ConvTranspose) -> Written:
    padding = tuple((axis.low, axis.high) for axis in layer.axes)
    if layer.groups > 1:
        return NoCode(
            "lax.conv_transpose has no groups; lax.conv_general_dilated of the turned kernel does it, with "
            f"lhs_dilation={layer.stride}, padding={_pairs(padding)} and feature_group_count={layer.groups}"
        )
    letters = _SPATIAL[layer.dims]
    settings = {
        "strides": str(layer.stride),
        "padding": _pairs(padding),
        "rhs_dilation": _unless(layer.dilation),
        "dimension_numbers": str((f"NC{letters}", f"OI{letters}", f"NC{letters}")),
        "transpose_kernel": "True",
    }
    return Code((call("lax.conv_transpose", (INPUT, _ones(layer.weight_size)), settings) + _bias(layer),))


def _pool(layer: MaxPool | AvgPool) -> Written:
    is_max = isinstance(layer, MaxPool)
    if isinstance(layer, AvgPool) and has_padding(layer) and not layer.count_include_pad:
        return NoCode(
            "windows are averages of unequal numbers of cells; divide one lax.reduce_window by another, of ones"
        )
    if overhangs(layer):
        return NoCode("lax.reduce_window lets no window hang over; pad the end by more")
    positional = [INPUT, "-jnp.inf" if is_max else "0.0", "lax.max" if is_max else "lax.add"]
    settings = {
        "window_dimensions": str((1, 1, *layer.kernel_size)),
        "window_strides": str((1, 1, *layer.stride)),
        "padding": str(((0, 0), (0, 0), *layer.padding)),
        "window_dilation": str((1, 1, *layer.dilation))
        if isinstance(layer, MaxPool) and max(layer.dilation) > 1
        else "",
    }
    divided = "" if is_max else f" / {prod(layer.kernel_size)}"
    return Code((call("lax.reduce_window", positional, settings) + divided,))


def _adaptive(layer: AdaptivePool) -> Written:
    same = plain_pool(layer)
    return _pool(same) if same else NoCode("lax pools by windows of one size; the mean of each slice does it")


def _none(why: str) -> Writer:
    return lambda layer: NoCode(why)


def _bias(layer: Any) -> str:
    return f" + {_ones((1, layer.out_channels, *(1,) * layer.dims))}" if layer.bias else ""


def _ones(shape: tuple[int, ...]) -> str:
    return f"jnp.ones({shape})"


def _pairs(padding: Any) -> str:
    return str(list(padding))


def _unless(values: tuple[int, ...]) -> str:
    return "" if set(values) == {1} else str(values)


WRITERS: dict[type[Layer], Writer] = {
    DeformConv: _none("lax has no deformable convolution; torchvision has"),
    Conv: _conv,
    ConvGeneral: _conv_general,
    ConvTranspose: _conv_transpose,
    MaxPool: _pool,
    AvgPool: _pool,
    AdaptivePool: _adaptive,
    PixelShuffle: _none("lax has no pixel shuffle; reshape and transpose do it"),
    PixelUnshuffle: _none("lax has no pixel unshuffle; reshape and transpose do it"),
    Upsample: write_resize,
    LpPool: _none("lax.reduce_window with lax.add sums the powers, and their root is taken behind it"),
    SparseConv: _none("JAX has no sparse convolution; spconv of PyTorch has"),
    Unfold: _none("lax.conv_general_dilated_patches makes the same cells"),
    Fold: _none("lax has none; the transpose of lax.conv_general_dilated_patches by jax.vjp makes the same sums"),
    MaxUnpool: _none("lax has no max unpooling"),
}
"""The function that writes each kind of layer."""


def sequence(parts: tuple[str, ...], layers: tuple[Layer, ...]) -> str:
    """Return a single expression, or one assignment per line, each of which uses the result before it."""
    first = _ones((1, layers[0].grouping.in_channels, *layers[0].input_size))
    if len(parts) == 1:
        return parts[0].replace(INPUT, first)
    return "\n".join(f"x = {one.replace(INPUT, 'x' if number else first)}" for number, one in enumerate(parts))


def _write_all(layers: tuple[Layer, ...]) -> str | NoCode:
    parts = told(layers, WRITERS)
    return parts if isinstance(parts, NoCode) else sequence(parts, layers)


JAX = Framework(FRAMEWORKS["jax"], KINDS, ("lax", "jax", "nn", "flax", "linen", "nnx"), read, write=_write_all)
