"""Reading of ONNX operators, and writing of layers as a graph in ONNX's text form."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from functools import partial
from math import prod
from typing import Any

from convanim.base.errors import ConvanimError
from convanim.base.options import Pair, one_of, per_axis, quoted, short, whole
from convanim.frameworks.binding import bound, signature
from convanim.frameworks.kinds import Arguments, Build, Framework, Input, Kind, ends_of, transposed
from convanim.frameworks.onnx_graph import OPERANDS, Node, graph
from convanim.frameworks.onnx_resize import (
    OLD_COORDINATES,
    OLD_ROUNDING,
    USUAL_COORDINATES,
    USUAL_ROUNDING,
    resizing,
    write_resize,
)
from convanim.frameworks.pooling import plain_pool
from convanim.frameworks.source import Call, Place, cut, refused
from convanim.frameworks.spelling import NoCode, each_of, has_padding, overhangs
from convanim.frameworks.wording import Words, worded
from convanim.layers import (
    AdaptiveMaxPool,
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
)
from convanim.layers.axis import Axis
from convanim.layers.pool import Pool
from convanim.words.captions import FRAMEWORKS

_AUTO_PADS = {"NOTSET": "", "VALID": "valid", "SAME_UPPER": "same-upper", "SAME_LOWER": "same-lower"}
"""ONNX's padding words, with ours."""

_LP_CEIL = "ONNX's runtimes do not agree on what a window holds that hangs over the end"

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
        raise ConvanimError("ceil_mode", "1", f"of LpPool is not drawn: {_LP_CEIL}", ways=("`ceil_mode=0`",))
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


_PAD_MODES = {"reflect": "reflect", "replicate": "edge", "circular": "wrap"}
"""Our padding modes, with those of the operator ``Pad``."""


def _window(layer: Conv | Pool) -> dict[str, str]:
    """Return the attributes of a window that slides."""
    return {
        "kernel_shape": _list(layer.kernel_size),
        "strides": _unless(layer.stride),
        "pads": _pads(layer),
        "dilations": _unless(getattr(layer, "dilation", (1,))),
        "group": str(layer.groups) if isinstance(layer, Conv) and layer.groups > 1 else "",
    }


def _write_conv(layer: Conv) -> Node | NoCode:
    if layer.padding_mode != "zeros" and has_padding(layer):
        ends = _ends(((0, 0), (0, 0), *layer.padding))
        mode = _PAD_MODES[layer.padding_mode]
        return NoCode(f'ONNX\'s Conv pads with zeros only; a Pad of mode = "{mode}" and pads {ends} before it does it')
    if layer.flip:
        turned = f"np.flip(W, {tuple(range(2, 2 + layer.dims))})"
        return NoCode(f"ONNX's Conv does not turn the kernel; without flip, and with W = {turned}, it is the same")
    return Node("Conv", _window(layer), _weights(layer))


def _write_deform_conv(layer: DeformConv) -> Node | NoCode:
    if layer.dims != 2:
        return NoCode("ONNX's DeformConv is computed over two axes only")
    attributes = {**_window(layer), "offset_group": str(layer.offset_groups) if layer.offset_groups > 1 else ""}
    each = layer.offset_groups * prod(layer.kernel_size)
    (kernel, *bias), masks = _weights(layer), layer.masks is not None
    offsets = ("offsets", (1, each * layer.dims, *layer.output_size))
    rest = [*(bias or [("", ())] * masks), *[("masks", (1, each, *layer.output_size))] * masks]
    return Node("DeformConv", attributes, (kernel, offsets, *rest))


def _conv_general(layer: ConvGeneral) -> Node | NoCode:
    if max(layer.input_dilation) > 1 or layer.rotated:
        return NoCode("ONNX's Conv inserts no zeros, and its ConvTranspose turns the kernel; insert them into X first")
    ends = _ends(((0, 0), (0, 0), *layer.padding))
    return NoCode(f"ONNX's Conv takes no negative pads; a Pad with pads {ends} before it does it")


def _write_conv_transpose(layer: ConvTranspose) -> Node | NoCode:
    if any(a and a >= s for a, s in zip(layer.output_padding, layer.stride, strict=True)):
        return NoCode("ONNX takes an output_padding less than strides only; a Pad behind the operator adds the rest")
    attributes = {
        "kernel_shape": _list(layer.kernel_size),
        "strides": _unless(layer.stride),
        "pads": _pads(layer),
        "output_padding": _unless(layer.output_padding, 0),
        "dilations": _unless(layer.dilation),
        "group": str(layer.groups) if layer.groups > 1 else "",
    }
    return Node("ConvTranspose", attributes, _weights(layer))


def _pool(layer: MaxPool | AvgPool) -> Node | NoCode:
    # ceil_mode makes a difference only if the last window hangs over the end.
    rounds_up = overhangs(layer)
    if rounds_up and any(axis.dropped for axis in layer.axes):
        return NoCode("ONNX's runtimes do not agree on ceil_mode where a last window would start in padding; pad more")
    is_max = isinstance(layer, MaxPool)
    attributes = {
        **_window(layer),
        "ceil_mode": "1" if rounds_up else "",
        "count_include_pad": "1" if isinstance(layer, AvgPool) and layer.count_include_pad else "",
    }
    return Node("MaxPool" if is_max else "AveragePool", attributes)


def _adaptive(layer: AdaptivePool) -> Node | NoCode:
    if set(layer.output_size) == {1}:
        return Node(f"Global{'Max' if isinstance(layer, AdaptiveMaxPool) else 'Average'}Pool", {})
    same = plain_pool(layer)
    reduce = "ReduceMax" if isinstance(layer, AdaptiveMaxPool) else "ReduceMean"
    return _pool(same) if same else NoCode(f"ONNX pools by windows of one size; a {reduce} of each Slice does it")


def _write_lp_pool(layer: LpPool) -> Node | NoCode:
    if layer.norm_type % 2:
        return NoCode("ONNX's LpPool takes absolute values first, which makes a difference where norm_type is odd")
    if overhangs(layer):
        return NoCode(_LP_CEIL)
    return Node("LpPool", {"p": str(layer.norm_type), **_window(layer)})


def _shuffle(layer: PixelShuffle) -> Node:
    return Node("DepthToSpace", {"blocksize": str(layer.factor[0]), "mode": '"CRD"'})


def _unshuffle(layer: PixelUnshuffle) -> Node | NoCode:
    if layer.channels > 1:
        return NoCode("ONNX's SpaceToDepth orders several channels otherwise; Reshape and Transpose do it")
    return Node("SpaceToDepth", {"blocksize": str(layer.factor[0])})


def _write_unpool(layer: MaxUnpool) -> Node:
    attributes = {
        "kernel_shape": _list(layer.kernel_size),
        "strides": _list(layer.stride),
        "pads": _pads(layer),
    }
    return Node("MaxUnpool", attributes, (("I", (1, layer.channels, *layer.input_size)),))


NODES: dict[type[Layer], Callable[[Any], Node | NoCode]] = {
    DeformConv: _write_deform_conv,
    Conv: _write_conv,
    ConvGeneral: _conv_general,
    ConvTranspose: _write_conv_transpose,
    MaxPool: _pool,
    AvgPool: _pool,
    AdaptivePool: _adaptive,
    LpPool: _write_lp_pool,
    PixelShuffle: _shuffle,
    PixelUnshuffle: _unshuffle,
    Upsample: write_resize,
    SparseConv: lambda layer: NoCode("ONNX has no sparse convolution; spconv of PyTorch has"),
    Unfold: lambda layer: NoCode("ONNX has no such operator; a Conv whose kernels each pick one cell does it"),
    Fold: lambda layer: NoCode(
        "Col2Im takes the windows as a row; a ConvTranspose whose kernels each place one cell does it"
    ),
    MaxUnpool: _write_unpool,
}
"""The function that makes the operator of each kind of layer."""


def _weights(layer: Conv | ConvTranspose) -> tuple[tuple[str, tuple[int, ...]], ...]:
    bias = (("B", (layer.out_channels,)),) if layer.bias else ()
    return (("W", layer.weight_size), *bias)


def _pads(layer: Layer) -> str:
    return _ends(layer.padding) if has_padding(layer) else ""


def _ends(padding: tuple[Pair, ...]) -> str:
    """Return all beginnings, then all ends."""
    return _list((*(low for low, _ in padding), *(high for _, high in padding)))


def _unless(values: tuple[int, ...], usual: int = 1) -> str:
    return "" if set(values) == {usual} else _list(values)


def _list(values: Sequence[int]) -> str:
    return f"[{', '.join(map(str, values))}]"


def _write_all(layers: tuple[Layer, ...]) -> str | NoCode:
    nodes = each_of(layers, NODES)
    return nodes if isinstance(nodes, NoCode) else graph(layers, nodes)


ONNX = Framework(FRAMEWORKS["onnx"], KINDS, ("helper", "onnx"), read, write=_write_all)
