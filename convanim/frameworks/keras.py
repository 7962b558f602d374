"""Reading of Keras code, with the padding that Keras computes."""

from __future__ import annotations

from functools import partial
from typing import Any

from convanim.base.errors import ConvanimError
from convanim.base.options import one_of, padding_pairs, per_axis, quoted, short, whole
from convanim.frameworks.binding import signature
from convanim.frameworks.keras_rules import MODES, same_pairs, transposed_ends
from convanim.frameworks.keras_writing import WRITERS, sequence
from convanim.frameworks.kinds import KEEPS, Arguments, Build, Edges, Framework, Input, Kind, Reach, transposed
from convanim.frameworks.pooling import plain_pool
from convanim.frameworks.spelling import in_sequence
from convanim.frameworks.wording import Words, worded
from convanim.layers import (
    AdaptiveAvgPool,
    AdaptiveMaxPool,
    AvgPool,
    Chain,
    Conv,
    DepthwiseConv,
    DepthwiseSeparable,
    Layer,
    MaxPool,
    PointwiseConv,
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


def _global(kind: type[MaxPool] | type[AvgPool], its: Arguments, given: Input) -> Layer:
    return kind(given.size, given.size, channels=given.channels or 1)


def _adaptive(kind: type[AdaptiveMaxPool] | type[AdaptiveAvgPool], its: Arguments, given: Input) -> Layer:
    layer = kind(given.size, its["output_size"], given.channels or 1)
    return plain_pool(layer) or layer


def _upsample(its: Arguments, given: Input) -> Layer:
    word = one_of("interpolation", its["interpolation"], MODES)
    factor = per_axis("size", its["size"], len(given.size))
    if word != "nearest" and len(given.size) != 2:
        raise ConvanimError(
            "interpolation", quoted(word), "is taken over 2 axes only", ways=("`interpolation=nearest`",)
        )
    return Upsample(given.size, factor, given.channels or 1, **MODES[word])


def _resizing(its: Arguments, given: Input) -> Layer:
    word = one_of("interpolation", its["interpolation"], MODES)
    way = {"mode": "nearest-exact"} if word == "nearest" else MODES[word]
    smoothing = {"antialias": True, "exclude_outside": True} if its["antialias"] and word != "nearest" else {}
    for name in ("crop_to_aspect_ratio", "pad_to_aspect_ratio"):
        if its[name]:
            raise ConvanimError(name, "True", "is not followed; give the height and width that it makes")
    size = tuple(whole(name, its[name]) for name in ("height", "width"))
    return Upsample(given.size, channels=given.channels or 1, size=size, **{**way, **smoothing})


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


KERAS = Framework(
    FRAMEWORKS["keras"], KINDS, ("layers", "keras", "tf", "tensorflow"), write=in_sequence(WRITERS, sequence)
)
