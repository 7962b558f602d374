"""The weights of one layer of an ONNX file, read when they are asked for; no other file is opened for them."""

from __future__ import annotations

import os
from collections.abc import Callable
from math import prod

import numpy as np

from convanim.base.errors import ConvanimError
from convanim.frameworks.models.entries import Entry, kind_of
from convanim.frameworks.models.field_rules import FAILURES
from convanim.frameworks.models.graph import MOST_DIMS, Graph, Node, Numbers, shown
from convanim.frameworks.models.onnx_file import opened, read_graph
from convanim.frameworks.models.protobuf import DamagedError, tensor_bytes

LARGEST_TENSOR = 2**29
"""Bytes of a tensor that is read."""

_MOST_STEPS = 8
"""Operations between what the file holds and the layer."""

_ELSEWHERE = 1
"""How onnx.proto says that a tensor's numbers are in another file."""


def weights_of(path: str | os.PathLike[str], entry: Entry) -> tuple[Numbers, Numbers | None]:
    """Return the weights of a layer and its bias as the file holds them.

    Whole numbers with a scale, as quantised models have them, are scaled
    where the file says that with an operation of its own.

    Parameters
    ----------
    path : path
        Of the file that the entry is of.
    entry : Entry
        From `read_model`.

    Returns
    -------
    weights : array
        As PyTorch stores them: output channels, input channels of a group and
        the kernel, or for a transposed convolution the input channels first.
    bias : array or None
        One number an output channel.

    Raises
    ------
    ConvanimError
        If the layer has none, or they are not in the file, or damaged.
    """
    graph = read_graph(path)
    makers = {name: node for node in graph.nodes for name in node.outputs if name}
    node = makers.get(entry.output)
    kind = None if node is None else kind_of(node)
    if node is None or kind is None or node.called != entry.operation:
        raise ConvanimError("model", repr(str(path)), "is another file than the one that this layer is from")
    if kind.weights is None:
        raise ConvanimError("weights", "", "are of convolutions; {} has none", _called(entry))
    if len(node.inputs) <= kind.weights:
        raise ConvanimError("weights", "", "of {} are missing", _called(entry))
    weights = _read(path, graph, makers, node.inputs[kind.weights], entry)
    if entry.parts and weights.shape != entry.parts[0].weight_size:
        raise ConvanimError("weights", "", "of {} have another shape than it takes", _called(entry))
    has_bias = kind.bias is not None and len(node.inputs) > kind.bias and node.inputs[kind.bias]
    return weights, _read(path, graph, makers, node.inputs[kind.bias or 0], entry) if has_bias else None


def _called(entry: Entry) -> str:
    return f"layer {entry.number} ({shown(entry.name)})"


def _read(
    path: str | os.PathLike[str],
    graph: Graph,
    makers: dict[str, Node],
    name: str,
    entry: Entry,
    left: int = _MOST_STEPS,
) -> Numbers:
    """Return the numbers of a tensor that the file holds, or that it makes of one by a plain step."""
    maker = makers.get(name)
    if name in graph.tensors or (maker and maker.operation == "Constant" and not maker.domain):
        return _loaded(path, name, entry)
    if maker and not maker.domain and maker.inputs and left:
        given = [
            _read(path, graph, makers, one, entry, left - 1) for one in maker.inputs[:3] if maker.operation in _STEPS
        ]
        if given:
            try:
                return _STEPS[maker.operation](maker, given)
            except FAILURES as error:
                raise ConvanimError("weights", "", "of {} are damaged", _called(entry)) from error
    raise ConvanimError("weights", "", "of {} are not in the file, but computed when the model runs", _called(entry))


def _scaled(node: Node, given: list[Numbers]) -> Numbers:
    """Return whole numbers as those that they stand for: (number − zero) · scale."""
    numbers, scale, *zero = given
    axis = node.attributes.get("axis", 1)
    along = [1] * numbers.ndim
    if scale.size > 1 and isinstance(axis, int) and -numbers.ndim <= axis < numbers.ndim:
        along[axis] = scale.size
    from_zero = numbers.astype(np.float32) - (zero[0].astype(np.float32).reshape(along) if zero else 0)
    return np.asarray(from_zero * scale.astype(np.float32).reshape(along))


_STEPS: dict[str, Callable[[Node, list[Numbers]], Numbers]] = {
    "Identity": lambda node, given: given[0],
    "DequantizeLinear": _scaled,
}
"""The operations between stored weights and a layer that are computed here."""


def _loaded(path: str | os.PathLike[str], name: str, entry: Entry) -> Numbers:
    import onnx
    from onnx import numpy_helper

    damaged = ConvanimError("weights", "", "of {} are damaged", _called(entry))
    with opened(path) as data:
        content = tensor_bytes(data, name, LARGEST_TENSOR)
        if content is None:
            raise DamagedError("has changed while it was read")
    tensor = onnx.TensorProto()
    try:
        tensor.ParseFromString(content)
    except Exception as error:  # The parser's own error is not a public name.
        raise damaged from error
    if tensor.data_location == _ELSEWHERE:
        raise ConvanimError(
            "weights", "", "of {} are in another file, which is not opened; save the model as one file", _called(entry)
        )
    if len(tensor.dims) > MOST_DIMS or not 0 < prod(tensor.dims) <= 8 * len(content):
        raise damaged
    try:
        found = numpy_helper.to_array(tensor)
    except Exception as error:  # Damaged numbers fail in many ways.
        raise damaged from error
    if found.dtype.kind not in "biuf":
        # Kinds of numbers that NumPy has no name for.
        found = found.astype(np.float32)
    return found
