"""Reading of Keras code, with the padding that Keras computes, and writing of layers as Keras code."""

from __future__ import annotations

from functools import partial
from itertools import product
from typing import Any

from convanim.base.errors import ConvanimError
from convanim.base.options import Pair, one_of, padding_pairs, per_axis, quoted, short, whole
from convanim.frameworks.binding import signature
from convanim.frameworks.interpolation import KEYS, way_of
from convanim.frameworks.kinds import KEEPS, Arguments, Build, Edges, Framework, Input, Kind, Reach, transposed
from convanim.frameworks.pooling import plain_pool
from convanim.frameworks.spelling import (
    Code,
    NoCode,
    Writer,
    Written,
    call,
    has_padding,
    in_sequence,
    overhangs,
    shared,
    unless,
)
from convanim.frameworks.wording import Words, worded
from convanim.layers import (
    AdaptiveAvgPool,
    AdaptiveMaxPool,
    AdaptivePool,
    AvgPool,
    Chain,
    Conv,
    ConvGeneral,
    ConvTranspose,
    DeformConv,
    DepthwiseConv,
    DepthwiseSeparable,
    Fold,
    Layer,
    LpPool,
    MaxPool,
    MaxUnpool,
    PixelShuffle,
    PixelUnshuffle,
    PointwiseConv,
    SparseConv,
    Unfold,
    Upsample,
)
from convanim.words.captions import FRAMEWORKS

_TRAINED = (
    "kernel_initializer? bias_initializer? kernel_regularizer? bias_regularizer? activity_regularizer? "
    "kernel_constraint? bias_constraint? ..."
)
_CONV = (
    "filters kernel_size strides=1 padding='valid' data_format=None dilation_rate=1 groups=1 "
    f"activation? use_bias=True {_TRAINED}"
)
_TRANSPOSE = (
    "filters kernel_size strides=1 padding='valid' output_padding=None data_format=None dilation_rate=1 "
    f"activation? use_bias=True {_TRAINED}"
)
_DEPTHWISE = (
    "kernel_size strides=1 padding='valid' depth_multiplier=1 data_format=None dilation_rate=1 "
    "activation? use_bias=True ..."
)
_SEPARABLE = (
    "filters kernel_size strides=1 padding='valid' data_format=None dilation_rate=1 depth_multiplier=1 "
    "activation? use_bias=True ..."
)
_SHAPE = "* input_shape!=None"
_POOL = "pool_size=2 strides=None padding='valid' data_format=None ..."

_PADDINGS = {"valid": "valid", "same": "same-upper", "causal": "causal"}
"""Keras' padding words, with ours."""


def transposed_ends(kernel: int, stride: int, dilation: int, padding: str, output_padding: int | None) -> Pair:
    """Return the cells that Keras' transposed convolution crops from both ends of the full output of one axis.

    The second number is negative if cells are added, which are always fewer
    than the stride.

    Notes
    -----
    Keras computes the output's size first. For ``same`` it is n·s, or
    (n − 1)·s + k mod 2 + a if an output padding a is given; for ``valid`` it
    is (n − 1)·s + max(k, s), or (n − 1)·s + k + a; k is the dilated kernel
    size. Crops are split between the ends, with the odd cell at the end; see
    ``backend_utils`` of Keras 3.
    """
    reach = dilation * (kernel - 1) + 1
    if padding == "valid":
        added = max(stride - reach, 0) if output_padding is None else output_padding
        return 0, -added
    around = stride + reach - 2 if output_padding is None else reach + reach % 2 - 2 + output_padding
    before = min(around // 2 + around % 2, reach - 1)
    return reach - 1 - before, reach - 1 - (around - before)


def _padding(its: Arguments, dims: int, knows_causal: bool = True) -> str:
    said = its["padding"]
    known = [word for word in _PADDINGS if word != "causal" or (dims == 1 and knows_causal)]
    return _PADDINGS[one_of("padding", said.lower() if isinstance(said, str) else said, known)]


def _refuse_both(its: Arguments) -> None:
    """Raise an error if both strides and dilation are over 1."""
    if _over_one(its["strides"]) and _over_one(its["dilation_rate"]):
        raise ConvanimError(
            "dilation_rate",
            str(its["dilation_rate"]),
            "over 1 with strides over 1 is refused, as in Keras",
            ways=("`dilation_rate=1`", "`strides=1`"),
        )


def _window(its: Arguments, dims: int, knows_causal: bool = True) -> dict[str, Any]:
    """Return the parameters that all convolutions have, by our names."""
    return {
        "kernel_size": its["kernel_size"],
        "stride": its["strides"],
        "padding": _padding(its, dims, knows_causal),
        "dilation": its["dilation_rate"],
        "bias": its["use_bias"],
    }


def _over_one(value: Any) -> bool:
    return any(isinstance(one, int) and one > 1 for one in (value if isinstance(value, tuple) else (value,)))


def _conv(its: Arguments, given: Input) -> Layer:
    _refuse_both(its)
    return Conv(
        given.size,
        **_window(its, len(given.size)),
        in_channels=given.channels or its["groups"],
        out_channels=its["filters"],
        groups=its["groups"],
    )


def _depthwise(its: Arguments, given: Input) -> Layer:
    return DepthwiseConv(
        given.size,
        **_window(its, len(given.size), knows_causal=False),
        in_channels=given.channels or 1,
        depth_multiplier=its["depth_multiplier"],
    )


def _separable(its: Arguments, given: Input) -> Chain:
    window = {**_window(its, len(given.size)), "bias": False}
    multiplied = its["depth_multiplier"]
    depthwise = DepthwiseConv(given.size, **window, in_channels=given.channels or 1, depth_multiplier=multiplied)
    return DepthwiseSeparable.of(
        depthwise,
        PointwiseConv(
            depthwise.output_size,
            in_channels=depthwise.out_channels,
            out_channels=its["filters"],
            bias=its["use_bias"],
        ),
    )


def _conv_transpose(its: Arguments, given: Input) -> Layer:
    _refuse_both(its)
    dims = len(given.size)
    word = one_of("padding", str(its["padding"]).lower(), ("valid", "same"))
    sizes = {name: per_axis(name, its[name], dims) for name in ("kernel_size", "strides", "dilation_rate")}
    added = its["output_padding"]
    given_added = [None] * dims if added is None else per_axis("output_padding", added, dims, least=0)
    for own, stride in zip(given_added, sizes["strides"], strict=True):
        if own is not None and own >= stride:
            most = [min(a or 0, s - 1) for a, s in zip(given_added, sizes["strides"], strict=True)]
            raise ConvanimError(
                "output_padding",
                short(given_added),
                f"must be less than strides ({stride}), as in Keras",
                ways=(f"`output_padding={short(most)}`",),
            )
    ends = [transposed_ends(k, s, d, word, a) for k, s, d, a in zip(*sizes.values(), given_added, strict=True)]
    channels = {"in_channels": given.channels or 1, "out_channels": its["filters"], "bias": its["use_bias"]}
    return transposed(given, sizes["kernel_size"], sizes["strides"], sizes["dilation_rate"], ends, **channels)


def _pooled(kind: type[MaxPool] | type[AvgPool], its: Arguments, given: Input) -> Layer:
    """Return a pooling layer; Keras never counts padding in an average."""
    dims = len(given.size)
    kernel = per_axis("pool_size", its["pool_size"], dims)
    stride = kernel if its["strides"] is None else per_axis("strides", its["strides"], dims)
    word = one_of("padding", str(its["padding"]).lower(), ("valid", "same"))
    padding = Conv(given.size, 1).padding if word == "valid" else same_pairs(given.size, kernel, stride)
    rest = {"count_include_pad": False} if kind is AvgPool else {}
    return kind(given.size, kernel, stride, padding, channels=given.channels or 1, **rest)


def same_pairs(size: tuple[int, ...], kernel: tuple[int, ...], stride: tuple[int, ...]) -> tuple[Pair, ...]:
    """Return the padding for one output per stride, with the odd cell at the end."""
    return Conv(size, kernel, stride, "same-upper").padding


def _global(kind: type[MaxPool] | type[AvgPool], its: Arguments, given: Input) -> Layer:
    return kind(given.size, given.size, channels=given.channels or 1)


def _adaptive(kind: type[AdaptiveMaxPool] | type[AdaptiveAvgPool], its: Arguments, given: Input) -> Layer:
    layer = kind(given.size, its["output_size"], given.channels or 1)
    return plain_pool(layer) or layer


def _upsample(its: Arguments, given: Input) -> Layer:
    word = one_of("interpolation", its["interpolation"], _MODES)
    factor = per_axis("size", its["size"], len(given.size))
    if word != "nearest" and len(given.size) != 2:
        raise ConvanimError(
            "interpolation", quoted(word), "is taken over 2 axes only", ways=("`interpolation=nearest`",)
        )
    return Upsample(given.size, factor, given.channels or 1, **_MODES[word])


def _resizing(its: Arguments, given: Input) -> Layer:
    word = one_of("interpolation", its["interpolation"], _MODES)
    way = {"mode": "nearest-exact"} if word == "nearest" else _MODES[word]
    smoothing = {"antialias": True, "exclude_outside": True} if its["antialias"] and word != "nearest" else {}
    for name in ("crop_to_aspect_ratio", "pad_to_aspect_ratio"):
        if its[name]:
            raise ConvanimError(name, "True", "is not followed; give the height and width that it makes")
    size = tuple(whole(name, its[name]) for name in ("height", "width"))
    return Upsample(given.size, channels=given.channels or 1, size=size, **{**way, **smoothing})


_MODES: dict[str, dict[str, Any]] = {
    "nearest": {"mode": "nearest"},
    "bilinear": {"mode": "bilinear"},
    "bicubic": {"mode": "bicubic", **KEYS},
    "lanczos3": {"mode": "lanczos3", "exclude_outside": True},
    "lanczos5": {"mode": "lanczos5", "exclude_outside": True},
}
"""The ways of interpolation by Keras' words, as TensorFlow and JAX compute them."""


def _by_itself(name: str, dims: int, sign: int, usual: int) -> Kind:
    its = signature(f"{name}={usual} data_format=None * input_shape!=None ...")
    return Kind(its, dims, edges=partial(_edges, name, dims, sign), reach=partial(_reach, dims))


def _edges(name: str, dims: int, sign: int, its: Arguments) -> Edges:
    """Return padding or cropping given as one number, one per axis, or a pair per axis."""
    written = its[name]
    if dims == 1 and isinstance(written, tuple):
        written = (written,)
    if any(isinstance(one, tuple) and len(one) != 2 for one in (written if isinstance(written, tuple) else ())):
        raise ConvanimError(
            name,
            quoted(its[name]),
            f"must be one number, one an axis, or a pair of numbers an axis, as in {name}={((1, 1),) * dims}",
        )
    pairs = padding_pairs(name, written, dims)
    return Edges(tuple((sign * low, sign * high) for low, high in pairs))


def _reach(dims: int | None, its: Arguments) -> Reach:
    """Return the input's size and channels from ``input_shape``."""
    shape = its.get("input_shape")
    if not isinstance(shape, tuple) or len(shape) < 2:
        return None, None
    if dims is not None and len(shape) != dims + 1:
        whole = shape[-dims - 1 :] if len(shape) > dims else (*shape, *(1,) * dims)[: dims + 1]
        raise ConvanimError(
            "input_shape",
            quoted(shape),
            f"must be {dims + 1} numbers, the size and the channels, without the batch, as in input_shape={whole}",
        )
    is_first = its.get("data_format") == "channels_first"
    size, channels = (shape[1:], shape[0]) if is_first else (shape[:-1], shape[-1])
    has_size = all(type(one) is int and one > 0 for one in size)
    return size if has_size else None, channels if type(channels) is int and channels > 0 else None


def _shape_of_input(its: Arguments) -> Reach:
    return _reach(None, {"input_shape": its["shape"] or its["input_shape"]})


def _all_axes(names: str, build: Build, text: str, axes: tuple[int, ...] = (1, 2, 3)) -> dict[str, Kind]:
    return {
        name.format(dims): Kind(signature(f"{text} {_SHAPE}"), dims, build, reach=partial(_reach, dims))
        for name in names.split()
        for dims in axes
    }


_KEEPING = """
Activation ReLU LeakyReLU PReLU ELU Softmax BatchNormalization LayerNormalization GroupNormalization
UnitNormalization SpectralNormalization RMSNormalization Dropout SpatialDropout1D SpatialDropout2D SpatialDropout3D
GaussianNoise GaussianDropout AlphaDropout ActivityRegularization Rescaling Normalization Identity
"""

_WORDS = Words(lambda pairs, its: "same", examples={"data_format": "channels_last", "output_padding": "0"})

_BUILT: dict[str, Kind] = {
    **_all_axes("Conv{}D Convolution{}D", _conv, _CONV),
    **_all_axes("Conv{}DTranspose Convolution{}DTranspose", _conv_transpose, _TRANSPOSE),
    **_all_axes("DepthwiseConv{}D", _depthwise, _DEPTHWISE, (1, 2)),
    **_all_axes("SeparableConv{}D SeparableConvolution{}D", _separable, _SEPARABLE, (1, 2)),
    **_all_axes("MaxPooling{}D MaxPool{}D", partial(_pooled, MaxPool), _POOL),
    **_all_axes("AveragePooling{}D AvgPool{}D", partial(_pooled, AvgPool), _POOL),
    **_all_axes("AdaptiveMaxPooling{}D", partial(_adaptive, AdaptiveMaxPool), "output_size data_format=None ..."),
    **_all_axes("AdaptiveAveragePooling{}D", partial(_adaptive, AdaptiveAvgPool), "output_size data_format=None ..."),
    **_all_axes("GlobalMaxPooling{}D GlobalMaxPool{}D", partial(_global, MaxPool), "data_format=None keepdims? ..."),
    **_all_axes(
        "GlobalAveragePooling{}D GlobalAvgPool{}D", partial(_global, AvgPool), "data_format=None keepdims? ..."
    ),
    "UpSampling1D": Kind(signature("size=2 * interpolation='nearest' ..."), 1, _upsample),
    "UpSampling2D": Kind(signature("size=2 data_format=None interpolation='nearest' ..."), 2, _upsample),
    "Resizing": Kind(
        signature(
            "height width interpolation='bilinear' crop_to_aspect_ratio=False pad_to_aspect_ratio=False fill_mode? "
            "fill_value? antialias=False data_format=None ..."
        ),
        2,
        _resizing,
    ),
    "UpSampling3D": Kind(signature("size=2 data_format=None * interpolation='nearest' ..."), 3, _upsample),
    **{f"ZeroPadding{dims}D": _by_itself("padding", dims, 1, usual=1) for dims in (1, 2, 3)},
    **{f"Cropping{dims}D": _by_itself("cropping", dims, -1, usual) for dims, usual in ((1, 1), (2, 0), (3, 1))},
    "Input": Kind(signature("shape!=None * input_shape!=None ..."), reach=_shape_of_input),
    "InputLayer": Kind(signature("shape!=None * input_shape!=None ..."), reach=_shape_of_input),
    **dict.fromkeys(_KEEPING.split(), KEEPS),
    "Flatten": Kind(ends="makes one row of all cells"),
    "Dense": Kind(ends="reads all cells at once"),
    "Reshape": Kind(ends="arranges cells anew"),
}

KINDS = worded(_WORDS, _BUILT)
"""The kinds of layers by their names in Keras."""


_PAD_MODES = {"reflect": "reflect", "replicate": "edge", "circular": "wrap"}
"""Our padding modes, with those of NumPy, of which ``keras.ops.pad`` supports some."""


def _write_conv(layer: Conv) -> Written:
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
    words = _MODES if layer.dims == 2 else ("nearest",)
    word = next((word for word in words if way_of(layer, [_MODES[word]]) is not None), None)
    sizes = list(zip(layer.input_size, layer.output_size, strict=True))
    factors = layer.scale_factor
    if factors is None and all(after % before == 0 for before, after in sizes):
        factors = tuple(after // before for before, after in sizes)
    if word is not None and factors is not None and all(isinstance(one, int) for one in factors):
        settings = {"interpolation": "" if word == "nearest" else repr(word)}
        return Code((call(f"layers.UpSampling{layer.dims}D", (shared(factors),), settings),))
    for word, way in _MODES.items() if layer.dims == 2 else ():
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


KERAS = Framework(
    FRAMEWORKS["keras"], KINDS, ("layers", "keras", "tf", "tensorflow"), write=in_sequence(WRITERS, sequence)
)
