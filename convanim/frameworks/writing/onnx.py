"""Layers as ONNX's own text: operators with their attributes, in a graph that says all shapes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from convanim.base.options import Pair
from convanim.frameworks.writing.spelling import NoCode, has_padding, overhangs
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
"""Our modes of padding, and those of the operator ``Pad``."""


@dataclass(frozen=True)
class Node:
    """An operator.

    Attributes
    ----------
    operator : str
        Its name.
    attributes : mapping
        By name, as they are written.
    weights : tuple of (letter, shape)
        Tensors that it takes besides what goes in.
    scales : tuple of int
        What a ``Resize`` multiplies sizes with.
    """

    operator: str
    attributes: Mapping[str, str]
    weights: tuple[tuple[str, tuple[int, ...]], ...] = ()
    scales: tuple[int, ...] = ()


def _conv(layer: Conv) -> Node | NoCode:
    if layer.padding_mode != "zeros" and has_padding(layer):
        ends = _ends(((0, 0), (0, 0), *layer.padding))
        mode = _PAD_MODES[layer.padding_mode]
        return NoCode(f'ONNX\'s Conv pads with zeros only; a Pad of mode = "{mode}" and pads {ends} before it does it')
    attributes = {
        "kernel_shape": _list(layer.kernel_size),
        "strides": _unless(layer.stride),
        "pads": _pads(layer),
        "dilations": _unless(layer.dilation),
        "group": str(layer.groups) if layer.groups > 1 else "",
    }
    return Node("Conv", attributes, _weights(layer))


def _conv_general(layer: ConvGeneral) -> Node | NoCode:
    if max(layer.input_dilation) > 1 or layer.rotated:
        return NoCode("ONNX's Conv inserts no zeros, and its ConvTranspose turns the kernel; insert them into X first")
    ends = _ends(((0, 0), (0, 0), *layer.padding))
    return NoCode(f"ONNX's Conv takes no negative pads; a Pad with pads {ends} before it does it")


def _conv_transpose(layer: ConvTranspose) -> Node | NoCode:
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
    # Without overhang, and where a last window is dropped, rounding up and down make the same windows.
    rounds_up = overhangs(layer)
    if rounds_up and any(axis.dropped for axis in layer.axes):
        return NoCode("ONNX's runtimes do not agree on ceil_mode where a last window would start in padding; pad more")
    is_max = isinstance(layer, MaxPool)
    attributes = {
        "kernel_shape": _list(layer.kernel_size),
        "strides": _unless(layer.stride),
        "pads": _pads(layer),
        "dilations": _unless(layer.dilation) if isinstance(layer, MaxPool) else "",
        "ceil_mode": "1" if rounds_up else "",
        "count_include_pad": "1" if isinstance(layer, AvgPool) and layer.count_include_pad else "",
    }
    return Node("MaxPool" if is_max else "AveragePool", attributes)


def _shuffle(layer: PixelShuffle) -> Node:
    return Node("DepthToSpace", {"blocksize": str(layer.factor[0]), "mode": '"CRD"'})


def _unshuffle(layer: PixelUnshuffle) -> Node | NoCode:
    if layer.channels > 1:
        return NoCode("ONNX's SpaceToDepth orders several channels otherwise; Reshape and Transpose do it")
    return Node("SpaceToDepth", {"blocksize": str(layer.factor[0])})


def _upsample(layer: Upsample) -> Node:
    attributes = {"mode": '"nearest"', "coordinate_transformation_mode": '"asymmetric"', "nearest_mode": '"floor"'}
    return Node("Resize", attributes, scales=(1, 1, *layer.factor))


def _unpool(layer: MaxUnpool) -> Node:
    attributes = {
        "kernel_shape": _list(layer.kernel_size),
        "strides": _list(layer.stride),
        "pads": _pads(layer),
    }
    return Node("MaxUnpool", attributes, (("I", (1, layer.channels, *layer.input_size)),))


NODES: dict[type[Layer], Callable[[Any], Node | NoCode]] = {
    Conv: _conv,
    ConvGeneral: _conv_general,
    ConvTranspose: _conv_transpose,
    MaxPool: _pool,
    AvgPool: _pool,
    PixelShuffle: _shuffle,
    PixelUnshuffle: _unshuffle,
    Upsample: _upsample,
    Unfold: lambda layer: NoCode("ONNX has no such operator; a Conv whose kernels each pick one cell does it"),
    MaxUnpool: _unpool,
}
"""What makes the operator of each kind of layer."""


def graph(layers: Sequence[Layer], nodes: Sequence[Node]) -> str:
    """Return operators in order as a graph in ONNX's own text form, which `onnx.parser.parse_graph` reads."""
    several = len(nodes) > 1
    inputs, held, lines = [_shaped("X", layers[0].grouping.in_channels, layers[0].input_size)], [], []
    for number, node in enumerate(nodes):
        made = "Y" if number == len(nodes) - 1 else f"H{number + 1}"
        taken = ["X" if number == 0 else f"H{number}"]
        for letter, shape in node.weights:
            name = f"{letter}{number + 1}" if several else letter
            kind = "int64" if letter == "I" else "float"
            inputs.append(f"{kind}[{', '.join(map(str, shape))}] {name}")
            taken.append(name)
        if node.scales:
            name = f"scales{number + 1}" if several else "scales"
            held.append(f"float[{len(node.scales)}] {name} = {{{', '.join(map(str, node.scales))}}}")
            taken += ["", name]
        settings = ", ".join(f"{name} = {said}" for name, said in node.attributes.items() if said)
        lines.append(f"  {made} = {node.operator} <{settings}> ({', '.join(taken)})")
    output = _shaped("Y", layers[-1].grouping.out_channels, layers[-1].output_size)
    kept = f" <{', '.join(held)}>" if held else ""
    return f"layer ({', '.join(inputs)}) => ({output}){kept} {{\n" + "\n".join(lines) + "\n}"


def _shaped(name: str, channels: int, size: tuple[int, ...]) -> str:
    return f"float[{', '.join(map(str, (1, channels, *size)))}] {name}"


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
