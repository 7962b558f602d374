"""Reading of ONNX operators."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from functools import partial
from typing import Any

from convanim.base.errors import ConvanimError
from convanim.base.options import Pair, one_of, per_axis, quoted, short, whole
from convanim.frameworks.binding import bound, signature
from convanim.frameworks.kinds import Arguments, Build, Framework, Input, Kind, ends_of, transposed
from convanim.frameworks.onnx_graph import OPERANDS
from convanim.frameworks.onnx_resize import (
    OLD_COORDINATES,
    OLD_ROUNDING,
    USUAL_COORDINATES,
    USUAL_ROUNDING,
    resizing,
)
from convanim.frameworks.onnx_writing import LP_CEIL, write
from convanim.frameworks.source import Call, Place, cut, refused
from convanim.frameworks.wording import Words, worded
from convanim.layers import (
    AvgPool,
    Conv,
    ConvTranspose,
    DeformConv,
    Layer,
    LpPool,
    MaxPool,
    MaxUnpool,
    PixelShuffle,
    PixelUnshuffle,
)
from convanim.layers.axis import Axis
from convanim.words.captions import FRAMEWORKS

_AUTO_PADS = {"NOTSET": "", "VALID": "valid", "SAME_UPPER": "same-upper", "SAME_LOWER": "same-lower"}
"""ONNX's padding words, with ours."""

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
    if word and its["pads"] is not None and any(its["pads"]):
        raise ConvanimError(
            "auto_pad", quoted(its["auto_pad"]), "is refused beside pads, as in ONNX; leave one of the two out"
        )
    if word:
        return Conv.ends(word, size, kernel, steps["stride"], steps["dilation"])
    return ((0, 0),) * dims if its["pads"] is None else ends_of(its["pads"], dims)


def _conv(kind: type[Conv], its: Arguments, given: Input) -> Layer:
    kernel, groups = _kernel(its, given), whole("group", its["group"])
    weights = its["weight_size"]
    of_places = {"offset_groups": its["offset_group"]} if "offset_group" in its else {}
    return kind(
        given.size,
        kernel,
        padding=_padding(its, given.size, kernel),
        in_channels=weights[1] * groups if weights else given.channels or groups,
        out_channels=weights[0] if weights else groups,
        groups=groups,
        bias=its["bias"],
        **_steps(its, len(given.size)),
        **of_places,
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
        if its["output_shape"] is None:
            # Frameworks crop nothing where a kernel is shorter than its stride, rather than adding cells.
            totals = [max(total, 0) for total in totals]
        pairs = [transposed_ends(total, word) for total in totals]
        if min(totals) < 0 and any(low < 0 for low, _ in pairs):
            most = short([size + min(total, 0) for size, total in zip(wanted, totals, strict=True)])
            raise ConvanimError(
                "output_shape", quoted(wanted), "is more than this layer makes", ways=(f"`output_shape={most}`",)
            )
        taken = [(low, high - a) for (low, high), a in zip(pairs, added, strict=True)]
        return transposed(given, kernel, steps["stride"], steps["dilation"], taken, **_channels(its, given, groups))
    padding = ((0, 0),) * dims if its["pads"] is None or word else ends_of(its["pads"], dims)
    return ConvTranspose(
        given.size, kernel, padding=padding, output_padding=added, **steps, **_channels(its, given, groups)
    )


def _channels(its: Arguments, given: Input, groups: int) -> dict[str, Any]:
    """Return the channels, groups and bias of a transposed convolution."""
    weights = its["weight_size"]
    return {
        "in_channels": weights[0] if weights else given.channels or groups,
        "out_channels": weights[1] * groups if weights else groups,
        "groups": groups,
        "bias": its["bias"],
    }


def transposed_ends(total: int, word: str) -> Pair:
    """Return the cells cropped from both ends of an output of requested size, as ONNX specifies.

    The odd cell is cropped at the end for ``same-upper``, else at the beginning.
    """
    half = total // 2
    return (half, total - half) if word == "same-upper" else (total - half, half)


def _pooled(kind: type[MaxPool] | type[AvgPool], its: Arguments, given: Input) -> Layer:
    kernel = _kernel({"weight_size": None, **its}, given)
    steps = _steps(its, len(given.size))
    dilation = steps.pop("dilation")
    rest: dict[str, Any] = {"dilation": dilation} if kind is MaxPool else {}
    if kind is AvgPool:
        rest["count_include_pad"] = _is_set("count_include_pad", its)
        if max(dilation) > 1:
            raise ConvanimError("dilations", str(list(dilation)), "of average pooling are not drawn; use 1")
    return kind(
        given.size,
        kernel,
        padding=_padding(its, given.size, kernel),
        ceil_mode=_is_set("ceil_mode", its),
        channels=given.channels or 1,
        **steps,
        **rest,
    )


def _lp_pooled(its: Arguments, given: Input) -> Layer:
    kernel = _kernel({"weight_size": None, **its}, given)
    made = LpPool(
        given.size,
        kernel,
        padding=_padding(its, given.size, kernel),
        norm_type=its["p"],
        channels=given.channels or 1,
        **_steps(its, len(given.size)),
    )
    if not _is_set("ceil_mode", its):
        return made
    # Where no window hangs over the end, rounding up makes no difference.
    if pooled_size(its, given.size) != made.output_size:
        raise ConvanimError("ceil_mode", "1", f"of LpPool is not drawn: {LP_CEIL}", ways=("`ceil_mode=0`",))
    return made


def pooled_size(attributes: Mapping[str, Any], size: tuple[int, ...]) -> tuple[int, ...]:
    """Return the size that a pooling makes, whether or not it is a layer that is drawn.

    Parameters
    ----------
    attributes : mapping
        By ONNX's names.
    size : tuple of int
        Of the spatial axes of its input.

    Raises
    ------
    ConvanimError
        If the attributes do not go together.
    """
    its = _bound("MaxPool", attributes)
    kernel, steps = _kernel({"weight_size": None, **its}, Input(size, None)), _steps(its, len(size))
    ends = _padding(its, size, kernel)
    settings = zip(size, kernel, steps["stride"], steps["dilation"], ends, strict=True)
    return tuple(Axis(n, k, s, d, *pair, ceil_mode=bool(its["ceil_mode"])).output for n, k, s, d, pair in settings)


def _bound(op_type: str, attributes: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    """Return the attributes that an operator knows, with the usual ones where they are left out."""
    listed = {name: tuple(value) if isinstance(value, list) else value for name, value in attributes.items()}
    its = KINDS[op_type].signature
    known = {name: value for name, value in listed.items() if name in its.parameters}
    return bound(Call(op_type, (), {**known, **more}, Place(1, 1)), its)


def _is_set(name: str, its: Arguments) -> bool:
    """Return whether an attribute is 1 and not 0."""
    if its[name] not in (0, 1):
        raise ConvanimError(name, quoted(its[name]), "must be 0 or 1")
    return bool(its[name])


def _global(kind: type[MaxPool] | type[AvgPool], its: Arguments, given: Input) -> Layer:
    return kind(given.size, given.size, channels=given.channels or 1)


def _global_lp(its: Arguments, given: Input) -> Layer:
    return LpPool(given.size, given.size, norm_type=its["p"], channels=given.channels or 1)


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
        raise ConvanimError(
            "blocksize",
            quoted(its["blocksize"]),
            f"orders the cells of {given.channels} channels otherwise than pixel unshuffle, and is drawn for 1 channel",
        )
    return PixelUnshuffle(given.size, whole("blocksize", its["blocksize"]), channels=1)


def _axes(its: Arguments) -> int | None:
    """Return the number of axes of an operator's kernel or strides, or None if unknown."""
    lists = (its["kernel_shape"], its.get("strides"), its.get("dilations"))
    return next((len(one) for one in lists if isinstance(one, tuple)), None)


def _windowed(text: str, build: Build) -> Kind:
    return Kind(signature(f"* {_WINDOW} {text} {OPERANDS}"), build=build, axes=_axes)


def _all_ends(pairs: tuple[Pair, ...], its: Arguments) -> tuple[int, ...]:
    """Return all beginnings and then all ends."""
    return tuple(low for low, _ in pairs) + tuple(high for _, high in pairs)


_WORDS = Words(
    _all_ends,
    is_listed=True,
    examples={
        "kernel_shape": "[3,3]",
        "pads": "[1,1,1,1]",
        "output_padding": "[0,0]",
        "output_shape": "[8,8]",
        "scales": "[1,1,2,2]",
        "blocksize": "1",
    },
)

_BUILT: dict[str, Kind] = {
    "Conv": _windowed("group=1", partial(_conv, Conv)),
    "DeformConv": _windowed("group=1 offset_group=1", partial(_conv, DeformConv)),
    "ConvTranspose": _windowed("group=1 output_padding=None output_shape=None", _conv_transpose),
    "MaxPool": _windowed("ceil_mode=0 storage_order?", partial(_pooled, MaxPool)),
    "AveragePool": _windowed("ceil_mode=0 count_include_pad=0", partial(_pooled, AvgPool)),
    "LpPool": _windowed("p=2 ceil_mode=0", _lp_pooled),
    "GlobalLpPool": Kind(signature(f"* p=2 {OPERANDS}"), build=_global_lp),
    "GlobalMaxPool": Kind(signature(f"* {OPERANDS}"), build=partial(_global, MaxPool)),
    "GlobalAveragePool": Kind(signature(f"* {OPERANDS}"), build=partial(_global, AvgPool)),
    "MaxUnpool": Kind(signature(f"* kernel_shape=None strides=1 pads=None {OPERANDS}"), build=_unpool),
    "DepthToSpace": Kind(signature(f"* blocksize mode='DCR' {OPERANDS}"), build=_depth_to_space),
    "SpaceToDepth": Kind(signature(f"* blocksize {OPERANDS}"), build=_space_to_depth),
    "Resize": resizing(USUAL_COORDINATES, USUAL_ROUNDING),
    "Upsample": resizing(OLD_COORDINATES, OLD_ROUNDING),
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

KINDS = worded(_WORDS, _BUILT)
"""The kinds of layers by their operators in ONNX."""


def layer_from_attributes(
    op_type: str,
    attributes: Mapping[str, Any],
    input_size: tuple[int, ...],
    channels: int,
    weight_size: tuple[int, ...] | None = None,
    bias: bool = False,
) -> Layer:
    """Return the layer of an ONNX operator.

    Parameters
    ----------
    op_type : str
        Name of the operator, such as ``"Conv"``.
    attributes : mapping
        Integers, lists of them or texts, by ONNX's names. ``Resize`` also
        takes its ``scales`` here.
    input_size : tuple of int
        Size of the spatial axes.
    channels : int
        Channels of the input.
    weight_size : tuple of int, optional
        Shape of the weights.
    bias : bool
        Whether there is a bias.

    Raises
    ------
    ConvanimError
        If the operator is not a known layer, or there is no such layer.
    """
    kind = KINDS.get(op_type)
    if kind is None or kind.build is None:
        raise ConvanimError("layer", "", "{} is no layer that is known", op_type)
    its = _bound(op_type, attributes, weight_size=weight_size, bias=bias)
    layer = kind.build(its, Input(input_size, channels))
    assert isinstance(layer, Layer)
    return layer


_BIASES = {"Conv": 2, "ConvTranspose": 2, "DeformConv": 3}
"""Which input of an operator is its bias."""


def read(value: Any) -> Any:
    """Return the call of the operator that ``make_node`` makes, or the value itself if it is another one."""
    if not isinstance(value, Call) or value.short != "make_node":
        return value
    kind = value.keywords.get("op_type", value.arguments[0] if value.arguments else "")
    if not isinstance(kind, str) or kind not in KINDS:
        said = kind if isinstance(kind, str) else getattr(kind, "text", "a call")
        near = get_close_matches(said.rstrip("123dD"), KINDS, 1) or ["Conv"]
        raise refused(value.place, "{} is no operator of ONNX that is known; {} is", cut(said), near[0])
    named = {name: one for name, one in value.keywords.items() if name != "op_type"}
    inputs = named.get("inputs", value.arguments[1] if len(value.arguments) > 1 else ())
    bias = _BIASES.get(kind)
    has_bias = bias is not None and isinstance(inputs, tuple) and len(inputs) > bias and bool(inputs[bias])
    return Call(f"onnx.{kind}", (), {"bias": True, **named} if has_bias else named, value.place)


ONNX = Framework(FRAMEWORKS["onnx"], KINDS, ("helper", "onnx"), read, write=write)
