"""Writing of layers as a graph in ONNX's text form."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from typing import Any

from convanim.base.options import Pair
from convanim.frameworks.onnx_graph import Node, graph
from convanim.frameworks.onnx_resize import write_resize
from convanim.frameworks.pooling import plain_pool
from convanim.frameworks.spelling import NUMPY_PADDING, NoCode, each_of, has_padding, overhangs
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
from convanim.layers.pool import Pool

LP_CEIL = "ONNX's runtimes do not agree on what a window holds that hangs over the end"
"""Why LP pooling with ceil_mode cannot be read or written."""


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
        mode = NUMPY_PADDING[layer.padding_mode]
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
        return NoCode(LP_CEIL)
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


def write(layers: tuple[Layer, ...]) -> str | NoCode:
    """Return layers as a graph, or why they cannot be written."""
    nodes = each_of(layers, NODES)
    return nodes if isinstance(nodes, NoCode) else graph(layers, nodes)
