"""Layers as calls of JAX' ``lax``, with arrays whose shapes say sizes and channels."""

from __future__ import annotations

from math import prod
from typing import Any

from convanim.frameworks.writing.spelling import Code, NoCode, Writer, Written, call, has_padding, overhangs
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

_PAD_MODES = {"reflect": "reflect", "replicate": "edge", "circular": "wrap"}
"""Our modes of padding, and those of ``jnp.pad``."""

_SPATIAL = {1: "H", 2: "HW", 3: "DHW"}

INPUT = "{x}"
"""What stands for the input in an expression."""


def _conv(layer: Conv) -> Written:
    padded = INPUT
    padding = layer.padding
    if layer.padding_mode != "zeros" and has_padding(layer):
        mode = _PAD_MODES[layer.padding_mode]
        padded, padding = f"jnp.pad({INPUT}, {((0, 0), (0, 0), *padding)}, mode='{mode}')", ((0, 0),) * layer.dims
    return _general(layer, padded, _ones(layer.weight_size), padding, (1,) * layer.dims)


def _conv_general(layer: ConvGeneral) -> Written:
    kernel = _ones(layer.weight_size)
    if layer.rotated:
        kernel = f"jnp.flip({kernel}, {tuple(range(2, 2 + layer.dims))})"
    return _general(layer, INPUT, kernel, layer.padding, layer.input_dilation)


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
    Conv: _conv,
    ConvGeneral: _conv_general,
    ConvTranspose: _conv_transpose,
    MaxPool: _pool,
    AvgPool: _pool,
    PixelShuffle: _none("lax has no pixel shuffle; reshape and transpose do it"),
    PixelUnshuffle: _none("lax has no pixel unshuffle; reshape and transpose do it"),
    Upsample: _none("lax has no upsampling; jnp.repeat along each axis does it"),
    Unfold: _none("lax.conv_general_dilated_patches makes the same cells"),
    MaxUnpool: _none("lax has no max unpooling"),
}
"""What writes each kind of layer."""


def sequence(parts: tuple[str, ...], layers: tuple[Layer, ...]) -> str:
    """Return expressions in order: one by itself, or a line each, every one of the result before it."""
    first = _ones((1, layers[0].grouping.in_channels, *layers[0].input_size))
    if len(parts) == 1:
        return parts[0].replace(INPUT, first)
    return "\n".join(f"x = {one.replace(INPUT, 'x' if number else first)}" for number, one in enumerate(parts))
