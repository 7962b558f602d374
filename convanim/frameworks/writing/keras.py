"""Layers as Keras' code."""

from __future__ import annotations

from itertools import product

from convanim.base.options import Pair
from convanim.frameworks.keras import same_pairs, transposed_ends
from convanim.frameworks.writing.spelling import (
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
    AvgPool,
    Conv,
    ConvGeneral,
    ConvTranspose,
    DepthwiseConv,
    Layer,
    MaxPool,
    MaxUnpool,
    PixelShuffle,
    PixelUnshuffle,
    Unfold,
    Upsample,
)

_PAD_MODES = {"reflect": "reflect", "replicate": "edge", "circular": "wrap"}
"""Our modes of padding, and those of NumPy, which ``keras.ops.pad`` takes in part."""


def _conv(layer: Conv) -> Written:
    is_alone = isinstance(layer, DepthwiseConv)
    if max(layer.stride) > 1 and max(layer.dilation) > 1 and not is_alone:
        return NoCode("Keras refuses strides over 1 beside dilation_rate over 1")
    if layer.padding_mode != "zeros" and has_padding(layer):
        mode = _PAD_MODES[layer.padding_mode]
        return NoCode(
            f"Keras' layers pad with zeros only; keras.ops.pad(x, {_all_ends(layer.padding)}, mode='{mode}') before "
            "padding='valid' does it"
        )
    settings = {
        "strides": unless(layer.stride, 1),
        "padding": _word(layer),
        "dilation_rate": unless(layer.dilation, 1),
    }
    pads = _by_itself("ZeroPadding", layer.padding) if has_padding(layer) and not settings["padding"] else ()
    groups = layer.grouping
    if groups.groups > 1 and groups.inputs_a_group == 1 and layer.dims < 3 and is_alone:
        settings["depth_multiplier"] = unless((groups.outputs_a_group,), 1)
        built = _weighted(layer, "DepthwiseConv{}D", (), settings)
    else:
        settings["groups"] = unless((groups.groups,), 1)
        built = _weighted(layer, "Conv{}D", (str(layer.out_channels),), settings)
    return Code((*pads, built))


def _word(layer: Conv) -> str:
    """Return the word for a layer's padding, if Keras has one for it."""
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
            *(_by_itself("Cropping", crops) if any(map(any, crops)) else ()),
            *(_by_itself("ZeroPadding", pads) if any(map(any, pads)) else ()),
            _weighted(layer, "Conv{}D", (str(layer.out_channels),), settings),
        )
    )


def _conv_transpose(layer: ConvTranspose) -> Written:
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
    cropped = _by_itself("Cropping", tuple((low, high) for low, high in layer.padding))
    return Code((_transpose(layer, "valid", layer.output_padding), *cropped))


def _additions(layer: ConvTranspose) -> list[tuple[int, ...] | None]:
    """Return the output paddings to try: none given, and those less than the strides."""
    most = min(layer.stride)
    return [None, *((added,) * layer.dims for added in range(most)), layer.output_padding]


def _way(
    layer: ConvTranspose, wanted: list[Pair], word: str, added: tuple[int, ...] | None
) -> tuple[str, tuple[int, ...] | None] | None:
    """Return a word for padding and an output padding if they make the layer."""
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
        return Code((*_by_itself("ZeroPadding", layer.padding), built))
    lowest = ", constant_values=float('-inf')" if isinstance(layer, MaxPool) else ""
    if not lowest:
        return NoCode("Keras never counts padding in an average, and zeros padded before would count")
    return NoCode(
        f"Keras pools with padding 'valid' or 'same' only; keras.ops.pad(x, {_all_ends(layer.padding)}{lowest}) before "
        "it does it"
    )


def _same(layer: MaxPool | AvgPool) -> tuple[Pair, ...]:
    return same_pairs(layer.input_size, layer.kernel_size, layer.stride)


def _upsample(layer: Upsample) -> Written:
    return Code((f"layers.UpSampling{layer.dims}D({shared(layer.factor)})",))


def _none(why: str) -> Writer:
    return lambda layer: NoCode(why)


def _by_itself(name: str, pairs: tuple[Pair, ...]) -> tuple[str, ...]:
    written = pairs[0] if len(pairs) == 1 else pairs
    return (f"layers.{name}{len(pairs)}D({written})",)


def _all_ends(padding: tuple[Pair, ...]) -> str:
    """Return padding of all axes, the batch first and the channels last."""
    return str(((0, 0), *padding, (0, 0)))


def _weighted(
    layer: Conv | ConvGeneral | ConvTranspose, name: str, counts: tuple[str, ...], its: dict[str, str]
) -> str:
    settings = {**its, "use_bias": "" if layer.bias else "False"}
    return call(f"layers.{name.format(layer.dims)}", (*counts, shared(layer.kernel_size)), settings)


WRITERS: dict[type[Layer], Writer] = {
    Conv: _conv,
    ConvGeneral: _conv_general,
    ConvTranspose: _conv_transpose,
    MaxPool: _pool,
    AvgPool: _pool,
    PixelShuffle: _none("Keras has no pixel shuffle; Reshape and Permute by hand do it"),
    PixelUnshuffle: _none("Keras has no pixel unshuffle; Reshape and Permute by hand do it"),
    Upsample: _upsample,
    Unfold: _none("Keras has no such layer; keras.ops.image.extract_patches does it"),
    MaxUnpool: _none("Keras has no max unpooling"),
}
"""What writes each kind of layer."""


def sequence(parts: tuple[str, ...]) -> str:
    """Return expressions in order as one model, in several lines where they are long."""
    one_line = f"keras.Sequential([{', '.join(parts)}])"
    return one_line if len(parts) <= 2 else "keras.Sequential([\n" + "".join(f"    {one},\n" for one in parts) + "])"
