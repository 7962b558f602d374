"""JAX: Flax' layers, which call those of ``jax.lax``, and all names together."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from convanim.base.options import per_axis
from convanim.frameworks.binding import signature
from convanim.frameworks.kinds import Arguments, Framework, Input, Kind
from convanim.frameworks.lax import LAX, conv, conv_transpose, pairs_of, read, word_pairs
from convanim.layers import AvgPool, Conv, Layer, MaxPool, rebuilt
from convanim.words.captions import FRAMEWORKS


def _flax_conv(its: Arguments, given: Input) -> Layer:
    """Return the convolution of Flax; its words may pad by copies, or before the input only."""
    dims = len(given.size)
    kernel = _flax_kernel(its, dims)
    stride = per_axis("strides", 1 if its["strides"] is None else its["strides"], dims)
    dilation = per_axis("kernel_dilation", 1 if its["kernel_dilation"] is None else its["kernel_dilation"], dims)
    word = its["padding"].upper() if isinstance(its["padding"], str) else ""
    named = {"CIRCULAR": "circular", "REFLECT": "reflect"}
    if word in (*named, "CAUSAL"):
        pairs = Conv.ends("causal" if word == "CAUSAL" else "same", given.size, kernel, stride, dilation)
    else:
        pairs = its["padding"]
    shape = (its["features"], (given.channels or its["feature_group_count"]) // its["feature_group_count"], *kernel)
    made = conv(
        {
            "lhs": None,
            "rhs": shape,
            "window_strides": stride,
            "padding": ((pairs, pairs),) * dims if isinstance(pairs, int) else pairs,
            "lhs_dilation": its["input_dilation"],
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
    """Return the convolution of Flax' newer module, which says its input's channels."""
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
            "rhs_dilation": its["kernel_dilation"],
            "dimension_numbers": None,
            "transpose_kernel": its["transpose_kernel"],
            "use_consistent_padding": False,
            "bias": its["use_bias"],
        },
        given,
    )


def _flax_kernel(its: Arguments, dims: int) -> tuple[int, ...]:
    return per_axis("kernel_size", its["kernel_size"], dims)


def _flax_pool(kind: type[MaxPool] | type[AvgPool], its: Arguments, given: Input) -> Layer:
    """Return a pooling of Flax, whose strides are 1 where they are not given."""
    dims = len(given.size)
    window = per_axis("window_shape", its["window_shape"], dims)
    stride = per_axis("strides", 1 if its["strides"] is None else its["strides"], dims)
    pairs = pairs_of(its["padding"], word_pairs(given.size, window, stride, (1,) * dims), dims)
    rest = {"count_include_pad": its["count_include_pad"]} if kind is AvgPool else {}
    return kind(given.size, window, stride, pairs, channels=given.channels or 1, **rest)


def _flax_axes(its: Arguments) -> int | None:
    windows = (its.get("kernel_size"), its.get("window_shape"))
    # One number is a kernel of one axis, as in Flax.
    return next((len(one) if isinstance(one, tuple) else 1 for one in windows if one is not None), None)


_MADE = "mask? dtype? param_dtype? precision? kernel_init? bias_init? name? parent? ..."
_FLAX_CONV = (
    "features kernel_size strides=1 padding='SAME' input_dilation=1 kernel_dilation=1 feature_group_count=1 "
    f"use_bias=True {_MADE}"
)
KINDS: dict[str, Kind] = {
    **LAX,
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
    "Dense": Kind(ends="reads all cells at once"),
}
"""What each name of JAX means."""

JAX = Framework(FRAMEWORKS["jax"], KINDS, ("lax", "jax", "nn", "flax", "linen", "nnx"), read)
