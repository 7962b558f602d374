"""Writing of layers as Keras code."""

from __future__ import annotations

from itertools import product

from convanim.base.options import Pair
from convanim.frameworks.interpolation import way_of
from convanim.frameworks.keras_rules import MODES, same_pairs, transposed_ends
from convanim.frameworks.spelling import (
    NUMPY_PADDING,
    Code,
    NoCode,
    Writer,
    Written,
    call,
    has_padding,
    overhangs,
    shared,
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
    DepthwiseConv,
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


def _write_conv(layer: Conv) -> Written:
    is_alone = isinstance(layer, DepthwiseConv)
    if max(layer.stride) > 1 and max(layer.dilation) > 1 and not is_alone:
        return NoCode("Keras refuses strides over 1 beside dilation_rate over 1")
    if layer.padding_mode != "zeros" and has_padding(layer):
        mode = NUMPY_PADDING[layer.padding_mode]
        return NoCode(
            f"Keras' layers pad with zeros only; keras.ops.pad(x, {_all_ends(layer.padding)}, mode='{mode}') before "
            "padding='valid' does it"
        )
    settings = {
        "strides": unless(layer.stride, 1),
        "padding": _word(layer),
        "dilation_rate": unless(layer.dilation, 1),
    }
    pads = _write_by_itself("ZeroPadding", layer.padding) if has_padding(layer) and not settings["padding"] else ()
    groups = layer.grouping
    if groups.groups > 1 and groups.inputs_a_group == 1 and layer.dims < 3 and is_alone:
        settings["depth_multiplier"] = unless((groups.outputs_a_group,), 1)
        built = _weighted(layer, "DepthwiseConv{}D", (), settings)
    else:
        settings["groups"] = unless((groups.groups,), 1)
        built = _weighted(layer, "Conv{}D", (str(layer.out_channels),), settings)
    note = f"kernel = keras.ops.flip(w, {tuple(range(layer.dims))})" if layer.flip else ""
    return Code((*pads, built), note)


def _word(layer: Conv) -> str:
    """Return Keras' word for a layer's padding, empty if there is none."""
    if not has_padding(layer):
        return ""
    words = {"'same'": "same-upper", "'causal'": "causal"} if layer.dims == 1 else {"'same'": "same-upper"}
    sizes = (layer.input_size, layer.kernel_size, layer.stride, layer.dilation)
    return next((said for said, own in words.items() if Conv.ends(own, *sizes) == layer.padding), "")


def _conv_general(layer: ConvGeneral) -> Written:
    if max(layer.input_dilation) > 1 or layer.rotated:
        return NoCode("Keras' layers do not insert zeros but in transposed convolutions, which turn the kernel")
    if max(layer.stride) > 1 and max(layer.dilation) > 1:
        return NoCode("Keras refuses strides over 1 beside dilation_rate over 1")
    crops = tuple((max(-low, 0), max(-high, 0)) for low, high in layer.padding)
    pads = tuple((max(low, 0), max(high, 0)) for low, high in layer.padding)
    settings = {
        "strides": unless(layer.stride, 1),
        "dilation_rate": unless(layer.dilation, 1),
        "groups": unless((layer.groups,), 1),
    }
    return Code(
        (
            *(_write_by_itself("Cropping", crops) if any(map(any, crops)) else ()),
            *(_write_by_itself("ZeroPadding", pads) if any(map(any, pads)) else ()),
            _weighted(layer, "Conv{}D", (str(layer.out_channels),), settings),
        )
    )


def _write_conv_transpose(layer: ConvTranspose) -> Written:
    if layer.groups > 1:
        return NoCode("Keras' transposed convolutions have no groups; one a group, joined by Concatenate, does it")
    if max(layer.stride) > 1 and max(layer.dilation) > 1:
        return NoCode("Keras refuses strides over 1 beside dilation_rate over 1")
    wanted = [(low, high - added) for (low, high), added in zip(layer.padding, layer.output_padding, strict=True)]
    ways = [_way(layer, wanted, word, added) for word, added in product(("valid", "same"), _additions(layer))]
    found = next((way for way in ways if way is not None), None)
    if found is not None:
        return Code((_transpose(layer, *found),))
    if any(a and a >= s for a, s in zip(layer.output_padding, layer.stride, strict=True)):
        return NoCode(
            "Keras takes an output_padding less than strides only; ZeroPadding behind the layer adds the rest"
        )
    cropped = _write_by_itself("Cropping", tuple((low, high) for low, high in layer.padding))
    return Code((_transpose(layer, "valid", layer.output_padding), *cropped))


def _additions(layer: ConvTranspose) -> list[tuple[int, ...] | None]:
    """Return the output paddings to try: none, those less than the strides, and the layer's own."""
    most = min(layer.stride)
    return [None, *((added,) * layer.dims for added in range(most)), layer.output_padding]


def _way(
    layer: ConvTranspose, wanted: list[Pair], word: str, added: tuple[int, ...] | None
) -> tuple[str, tuple[int, ...] | None] | None:
    """Return a padding word and an output padding if they give the layer, else None."""
    if added is not None and any(a >= s for a, s in zip(added, layer.stride, strict=True)):
        return None
    given = [None] * layer.dims if added is None else list(added)
    steps = zip(layer.kernel_size, layer.stride, layer.dilation, given, strict=True)
    made = [transposed_ends(k, s, d, word, a) for k, s, d, a in steps]
    return (word, added) if made == wanted else None


def _transpose(layer: ConvTranspose, word: str, added: tuple[int, ...] | None) -> str:
    settings = {
        "strides": unless(layer.stride, 1),
        "padding": "" if word == "valid" else f"'{word}'",
        "output_padding": "" if added is None else shared(added),
        "dilation_rate": unless(layer.dilation, 1),
    }
    return _weighted(layer, "Conv{}DTranspose", (str(layer.out_channels),), settings)


def _pool(layer: MaxPool | AvgPool) -> Written:
    name = "MaxPooling" if isinstance(layer, MaxPool) else "AveragePooling"
    if isinstance(layer, MaxPool) and max(layer.dilation) > 1:
        return NoCode("Keras pools without dilation")
    if overhangs(layer):
        return NoCode(
            "Keras pools without ceil_mode; padding before it that the maximum or the average ignores does it"
        )
    padding = "'same'" if has_padding(layer) and layer.padding == _same(layer) else ""
    counts = isinstance(layer, AvgPool) and layer.count_include_pad
    built = call(
        f"layers.{name}{layer.dims}D",
        (shared(layer.kernel_size),),
        {
            "strides": "" if layer.stride == layer.kernel_size else shared(layer.stride),
            "padding": "" if counts else padding,
        },
    )
    if not has_padding(layer) or (padding and not counts):
        return Code((built,))
    if counts:
        return Code((*_write_by_itself("ZeroPadding", layer.padding), built))
    lowest = ", constant_values=float('-inf')" if isinstance(layer, MaxPool) else ""
    if not lowest:
        return NoCode("Keras never counts padding in an average, and zeros padded before would count")
    return NoCode(
        f"Keras pools with padding 'valid' or 'same' only; keras.ops.pad(x, {_all_ends(layer.padding)}{lowest}) before "
        "it does it"
    )


def _write_adaptive(layer: AdaptivePool) -> Written:
    kind = "Max" if isinstance(layer, AdaptiveMaxPool) else "Average"
    if set(layer.output_size) == {1}:
        return Code((f"layers.Global{kind}Pooling{layer.dims}D(keepdims=True)",))
    return Code((f"layers.Adaptive{kind}Pooling{layer.dims}D({shared(layer.output_size)})",))


def _same(layer: MaxPool | AvgPool) -> tuple[Pair, ...]:
    return same_pairs(layer.input_size, layer.kernel_size, layer.stride)


def _write_upsample(layer: Upsample) -> Written:
    words = MODES if layer.dims == 2 else ("nearest",)
    word = next((word for word in words if way_of(layer, [MODES[word]]) is not None), None)
    sizes = list(zip(layer.input_size, layer.output_size, strict=True))
    factors = layer.scale_factor
    if factors is None and all(after % before == 0 for before, after in sizes):
        factors = tuple(after // before for before, after in sizes)
    if word is not None and factors is not None and all(isinstance(one, int) for one in factors):
        settings = {"interpolation": "" if word == "nearest" else repr(word)}
        return Code((call(f"layers.UpSampling{layer.dims}D", (shared(factors),), settings),))
    for word, way in MODES.items() if layer.dims == 2 else ():
        plain = {"mode": "nearest-exact"} if word == "nearest" else way
        for smoothing in ({}, {"antialias": True, "exclude_outside": True}):
            if way_of(layer, [{**plain, **smoothing}]) is not None:
                settings = {"interpolation": repr(word), "antialias": "True" if smoothing else ""}
                return Code((call("layers.Resizing", tuple(map(str, layer.output_size)), settings),))
    return NoCode(f"Keras has no such {layer.mode} interpolation, by coordinates, coefficients or axes")


def _none(why: str) -> Writer:
    return lambda layer: NoCode(why)


def _write_by_itself(name: str, pairs: tuple[Pair, ...]) -> tuple[str, ...]:
    written = pairs[0] if len(pairs) == 1 else pairs
    return (f"layers.{name}{len(pairs)}D({written})",)


def _all_ends(padding: tuple[Pair, ...]) -> str:
    """Return the padding of all axes, including the batch first and the channels last."""
    return str(((0, 0), *padding, (0, 0)))


def _weighted(
    layer: Conv | ConvGeneral | ConvTranspose, name: str, counts: tuple[str, ...], its: dict[str, str]
) -> str:
    settings = {**its, "use_bias": "" if layer.bias else "False"}
    return call(f"layers.{name.format(layer.dims)}", (*counts, shared(layer.kernel_size)), settings)


WRITERS: dict[type[Layer], Writer] = {
    DeformConv: _none("Keras has no deformable convolution; torchvision has"),
    Conv: _write_conv,
    ConvGeneral: _conv_general,
    ConvTranspose: _write_conv_transpose,
    MaxPool: _pool,
    AvgPool: _pool,
    AdaptivePool: _write_adaptive,
    PixelShuffle: _none("Keras has no pixel shuffle; Reshape and Permute by hand do it"),
    PixelUnshuffle: _none("Keras has no pixel unshuffle; Reshape and Permute by hand do it"),
    Upsample: _write_upsample,
    LpPool: _none("Keras has no such layer; the root of the sum of an average pooling of powers does it"),
    SparseConv: _none("Keras has no sparse convolution; spconv of PyTorch has"),
    Unfold: _none("Keras has no such layer; keras.ops.image.extract_patches does it"),
    Fold: _none("Keras has no such layer; a Conv2DTranspose whose kernels each place one cell does it"),
    MaxUnpool: _none("Keras has no max unpooling"),
}
"""The function that writes each kind of layer."""


def sequence(parts: tuple[str, ...]) -> str:
    """Return expressions as one sequential model, over several lines if there are more than two."""
    one_line = f"keras.Sequential([{', '.join(parts)}])"
    return one_line if len(parts) <= 2 else "keras.Sequential([\n" + "".join(f"    {one},\n" for one in parts) + "])"
