"""ONNX's operators: their attributes and what they mean."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from convanim.base.errors import ConvanimError
from convanim.base.options import Pair, one_of, per_axis, quoted, whole
from convanim.frameworks.binding import bound, signature
from convanim.frameworks.kinds import Arguments, Build, Framework, Input, Kind, ends_of, transposed
from convanim.frameworks.source import Call, Place
from convanim.frameworks.torch import whole_factors
from convanim.layers import (
    AvgPool,
    Conv,
    ConvTranspose,
    Layer,
    MaxPool,
    MaxUnpool,
    PixelShuffle,
    PixelUnshuffle,
    Upsample,
)
from convanim.words.captions import FRAMEWORKS

_AUTO_PADS = {"NOTSET": "", "VALID": "valid", "SAME_UPPER": "same-upper", "SAME_LOWER": "same-lower"}
"""ONNX's words for padding, and ours."""

_OPERANDS = "inputs? outputs? name? doc_string? domain? weight_size=None bias=False"
_WINDOW = "kernel_shape=None strides=1 pads=None auto_pad='NOTSET' dilations=1"


def _kernel(its: Arguments, given: Input) -> tuple[int, ...]:
    dims = len(given.size)
    weights = its["weight_size"]
    if weights is not None and (not isinstance(weights, tuple) or len(weights) != dims + 2):
        raise ConvanimError("weights", quoted(weights), f"must have {dims + 2} axes, kernels and channels first")
    written = its["kernel_shape"]
    if written is None and weights is not None:
        written = tuple(weights[2:])
    written = given.kernel_size if written is None else written
    if written is None:
        raise ConvanimError("kernel_size", "", "is not in the text; write kernel_shape, or give it")
    found = per_axis("kernel_shape", written, dims)
    if weights is not None and tuple(weights[2:]) != found:
        raise ConvanimError("kernel_shape", str(list(found)), f"is not that of the weights, {list(weights[2:])}")
    return found


def _steps(its: Arguments, dims: int) -> dict[str, Any]:
    return {ours: per_axis(name, its[name], dims) for name, ours in (("strides", "stride"), ("dilations", "dilation"))}


def _padding(its: Arguments, size: tuple[int, ...], kernel: tuple[int, ...]) -> tuple[Pair, ...]:
    dims, steps = len(size), _steps(its, len(size))
    word = _AUTO_PADS[one_of("auto_pad", its["auto_pad"], _AUTO_PADS)]
    if word:
        return Conv.ends(word, size, kernel, steps["stride"], steps["dilation"])
    return ((0, 0),) * dims if its["pads"] is None else ends_of(its["pads"], dims)


def _conv(its: Arguments, given: Input) -> Layer:
    kernel, groups = _kernel(its, given), whole("group", its["group"])
    weights = its["weight_size"]
    return Conv(
        given.size,
        kernel,
        padding=_padding(its, given.size, kernel),
        in_channels=weights[1] * groups if weights else given.channels or groups,
        out_channels=weights[0] if weights else groups,
        groups=groups,
        bias=its["bias"],
        **_steps(its, len(given.size)),
    )


def _conv_transpose(its: Arguments, given: Input) -> Layer:
    dims, kernel, groups = len(given.size), _kernel(its, given), whole("group", its["group"])
    steps = _steps(its, dims)
    added = per_axis("output_padding", 0 if its["output_padding"] is None else its["output_padding"], dims, least=0)
    word = _AUTO_PADS[one_of("auto_pad", its["auto_pad"], _AUTO_PADS)]
    wanted = its["output_shape"]
    if wanted is not None:
        wanted = per_axis("output_shape", wanted, dims)
    elif word.startswith("same"):
        wanted = tuple(n * s for n, s in zip(given.size, steps["stride"], strict=True))
    if wanted is not None:
        totals = [
            s * (n - 1) + a + d * (k - 1) + 1 - size
            for n, k, s, d, a, size in zip(
                given.size, kernel, steps["stride"], steps["dilation"], added, wanted, strict=True
            )
        ]
        pairs = [transposed_ends(total, word) for total in totals]
        taken = [(low, high - a) for (low, high), a in zip(pairs, added, strict=True)]
        return transposed(given, kernel, steps["stride"], steps["dilation"], taken, **_channels(its, given, groups))
    padding = ((0, 0),) * dims if its["pads"] is None or word else ends_of(its["pads"], dims)
    return ConvTranspose(
        given.size, kernel, padding=padding, output_padding=added, **steps, **_channels(its, given, groups)
    )


def _channels(its: Arguments, given: Input, groups: int) -> dict[str, Any]:
    """Return what a transposed convolution's weights say of its channels."""
    weights = its["weight_size"]
    return {
        "in_channels": weights[0] if weights else given.channels or groups,
        "out_channels": weights[1] * groups if weights else groups,
        "groups": groups,
        "bias": its["bias"],
    }


def transposed_ends(total: int, word: str) -> Pair:
    """Return what is taken from both ends of an output when its size is asked for; the ONNX specification.

    The odd cell goes to the end for ``same-upper`` and to the beginning otherwise.
    """
    half = total // 2
    return (half, total - half) if word == "same-upper" else (total - half, half)


def _pooled(kind: type[MaxPool] | type[AvgPool], its: Arguments, given: Input) -> Layer:
    kernel = _kernel({"weight_size": None, **its}, given)
    steps = _steps(its, len(given.size))
    dilation = steps.pop("dilation")
    rest: dict[str, Any] = {"dilation": dilation} if kind is MaxPool else {}
    if kind is AvgPool:
        rest["count_include_pad"] = bool(its["count_include_pad"])
        if max(dilation) > 1:
            raise ConvanimError("dilations", str(list(dilation)), "of average pooling are not drawn; use 1")
    return kind(
        given.size,
        kernel,
        padding=_padding(its, given.size, kernel),
        ceil_mode=bool(its["ceil_mode"]),
        channels=given.channels or 1,
        **steps,
        **rest,
    )


def _global(kind: type[MaxPool] | type[AvgPool], its: Arguments, given: Input) -> Layer:
    return kind(given.size, given.size, channels=given.channels or 1)


def _unpool(its: Arguments, given: Input) -> Layer:
    kernel = _kernel({"weight_size": None, **its}, given)
    dims = len(given.size)
    padding = ((0, 0),) * dims if its["pads"] is None else ends_of(its["pads"], dims)
    return MaxUnpool(given.size, kernel, per_axis("strides", its["strides"], dims), padding, given.channels or 1)


def _depth_to_space(its: Arguments, given: Input) -> Layer:
    factor = whole("blocksize", its["blocksize"])
    if its["mode"] != "CRD" and given.channels not in (None, factor**2):
        raise ConvanimError("mode", quoted(its["mode"]), "orders channels otherwise than pixel shuffle; use CRD")
    return PixelShuffle(given.size, **PixelShuffle.fed(given.channels or factor**2, {"upscale_factor": factor}))


def _space_to_depth(its: Arguments, given: Input) -> Layer:
    if given.channels not in (None, 1):
        raise ConvanimError("layer", "", "SpaceToDepth of several channels orders them otherwise than pixel unshuffle")
    return PixelUnshuffle(given.size, whole("blocksize", its["blocksize"]), channels=1)


def _resize(its: Arguments, given: Input) -> Layer:
    """Return nearest upsampling; where it rounds only matters to factors that are not whole."""
    if its["mode"] != "nearest":
        raise ConvanimError("mode", quoted(its["mode"]), "interpolates, and only mode='nearest' is drawn")
    scales = its["scales"]
    if not isinstance(scales, tuple | list) or len(scales) != len(given.size) + 2 or set(scales[:2]) != {1}:
        raise ConvanimError("scales", str(scales)[:40], "must be one an axis, and 1 for batch and channels")
    return Upsample(given.size, whole_factors("scales", tuple(scales[2:])), channels=given.channels or 1)


_RESIZE = (
    "scales=None mode='nearest' coordinate_transformation_mode? nearest_mode? cubic_coeff_a? exclude_outside? "
    f"extrapolation_value? antialias? axes? keep_aspect_ratio_policy? {_OPERANDS}"
)


def _axes(its: Arguments) -> int | None:
    """Return how many axes an operator's kernel or strides have."""
    lists = (its["kernel_shape"], its.get("strides"), its.get("dilations"))
    return next((len(one) for one in lists if isinstance(one, tuple)), None)


def _windowed(text: str, build: Build) -> Kind:
    return Kind(signature(f"* {_WINDOW} {text} {_OPERANDS}"), build=build, axes=_axes)


KINDS: dict[str, Kind] = {
    "Conv": _windowed("group=1", _conv),
    "ConvTranspose": _windowed("group=1 output_padding=None output_shape=None", _conv_transpose),
    "MaxPool": _windowed("ceil_mode=0 storage_order?", partial(_pooled, MaxPool)),
    "AveragePool": _windowed("ceil_mode=0 count_include_pad=0", partial(_pooled, AvgPool)),
    "GlobalMaxPool": Kind(signature(f"* {_OPERANDS}"), build=partial(_global, MaxPool)),
    "GlobalAveragePool": Kind(signature(f"* {_OPERANDS}"), build=partial(_global, AvgPool)),
    "MaxUnpool": Kind(signature(f"* kernel_shape=None strides=1 pads=None {_OPERANDS}"), build=_unpool),
    "DepthToSpace": Kind(signature(f"* blocksize mode='DCR' {_OPERANDS}"), build=_depth_to_space),
    "SpaceToDepth": Kind(signature(f"* blocksize {_OPERANDS}"), build=_space_to_depth),
    "Resize": Kind(signature(f"* {_RESIZE}"), build=_resize),
    "Upsample": Kind(signature(f"* {_RESIZE}"), build=_resize),
    **{
        name: Kind()
        for name in [
            "Relu",
            "LeakyRelu",
            "PRelu",
            "Elu",
            "Selu",
            "Celu",
            "Gelu",
            "Sigmoid",
            "Tanh",
            "HardSigmoid",
            "HardSwish",
            "Softplus",
            "Softsign",
            "Clip",
            "Mish",
            "BatchNormalization",
            "InstanceNormalization",
            "LayerNormalization",
            "GroupNormalization",
            "LRN",
            "Dropout",
            "Identity",
        ]
    },
    "Flatten": Kind(ends="makes one row of all cells"),
    "Reshape": Kind(ends="arranges cells anew"),
    "Gemm": Kind(ends="reads all cells at once"),
    "MatMul": Kind(ends="reads all cells at once"),
}
"""What each operator of ONNX means."""


def layer_from_attributes(
    op_type: str,
    attributes: Mapping[str, Any],
    input_size: tuple[int, ...],
    channels: int,
    weight_size: tuple[int, ...] | None = None,
    bias: bool = False,
) -> Layer:
    """Return the layer that an operator of ONNX is.

    Parameters
    ----------
    op_type : str
        Such as ``"Conv"``.
    attributes : mapping
        By ONNX's names: whole numbers, lists of them, text. ``Resize`` takes
        its ``scales`` here too.
    input_size : tuple of int
        Spatial axes only.
    channels : int
        Of the input.
    weight_size : tuple of int, optional
        The shape of the weights.
    bias : bool
        Whether there is one.

    Raises
    ------
    ConvanimError
        If the operator is no layer that is known, or there is no such layer.
    """
    kind = KINDS.get(op_type)
    if kind is None or kind.build is None:
        raise ConvanimError("layer", "", "{} is no layer that is known", op_type)
    listed = {name: tuple(value) if isinstance(value, list) else value for name, value in attributes.items()}
    known = {name: value for name, value in listed.items() if name in kind.signature.parameters}
    call = Call(op_type, (), {**known, "weight_size": weight_size, "bias": bias}, Place(1, 1))
    layer = kind.build(bound(call, kind.signature), Input(input_size, channels))
    assert isinstance(layer, Layer)
    return layer


def read(value: Any) -> Any:
    """Return the operator that a call of ``make_node`` makes, or the value itself."""
    if not isinstance(value, Call) or value.short != "make_node":
        return value
    kind = value.keywords.get("op_type", value.arguments[0] if value.arguments else "")
    named = {name: one for name, one in value.keywords.items() if name != "op_type"}
    inputs = named.get("inputs", value.arguments[1] if len(value.arguments) > 1 else ())
    has_bias = isinstance(inputs, tuple) and len(inputs) > 2 and kind in ("Conv", "ConvTranspose")
    return Call(str(kind), (), {"bias": True, **named} if has_bias else named, value.place)


ONNX = Framework(FRAMEWORKS["onnx"], KINDS, ("helper", "onnx"), read)
