"""The shape of what an operation makes, and its numbers where they say sizes: both as the package onnx knows them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import chain
from math import prod
from typing import Any

import numpy as np

from convanim.base.errors import ConvanimError
from convanim.frameworks.models.entries import LISTED
from convanim.frameworks.models.field_rules import FAILURES, FOLLOWED
from convanim.frameworks.models.fields import Field
from convanim.frameworks.models.graph import (
    MOST_DIMS,
    MOST_NUMBERS,
    Dims,
    Given,
    Graph,
    Node,
    Numbers,
    Tensor,
    first_of,
    listed,
)
from convanim.frameworks.models.resizing import scales_of
from convanim.frameworks.onnx import pooled_size
from convanim.frameworks.onnx_resize import resized

_LARGEST = 2**48
"""Cells along an axis."""

_FLOAT = 1
"""ONNX's number for the type of ordinary numbers."""

_COMPUTED = frozenset(
    [
        "Abs",
        "Add",
        "And",
        "Cast",
        "Ceil",
        "Clip",
        "Concat",
        "Constant",
        "ConstantOfShape",
        "Div",
        "Equal",
        "Expand",
        "Flatten",
        "Floor",
        "Gather",
        "Greater",
        "GreaterOrEqual",
        "Identity",
        "Less",
        "LessOrEqual",
        "Max",
        "Min",
        "Mod",
        "Mul",
        "Neg",
        "Not",
        "Or",
        "Pow",
        "Range",
        "ReduceMax",
        "ReduceMin",
        "ReduceProd",
        "ReduceSum",
        "Reshape",
        "Round",
        "Slice",
        "Split",
        "Sqrt",
        "Squeeze",
        "Sub",
        "Sum",
        "Tile",
        "Transpose",
        "Unsqueeze",
        "Where",
    ]
)
"""Operations that files make sizes with; their numbers are computed where they are few."""


_RESHAPING = frozenset(("Flatten", "Reshape", "Squeeze", "Unsqueeze"))
"""Those that leave numbers as they are; the package's own reference does not take axes that are attributes."""

_INFERRED = FOLLOWED | _COMPUTED | LISTED.keys() | {"Shape", "Einsum", "GRU", "LSTM", "RNN", "OneHot", "GatherElements"}
"""Operations whose shapes are asked for: the package onnx crashes on some others where their attributes are damaged."""


def outputs_of(node: Node, given: Given, graph: Graph) -> list[Tensor | None]:
    """Return the shapes of what an operation makes, and numbers where they are few; None where they are not known.

    Parameters
    ----------
    node : Node
        The operation.
    given : sequence of Tensor or None
        What goes in.
    graph : Graph
        What it is part of; of an operation that nobody knows, the file may say the shapes.

    Returns
    -------
    list
        One for each output. What it sees is left unknown, except where
        it depends on no input.
    """
    # The package onnx takes channels to come first, and so do the rules here.
    comes_last = node.attributes.get("channels_last")
    shapes = {} if comes_last else _shapes(node, given, graph.opsets) | _own_shapes(node, given)
    is_constant = all(one is not None and one.is_constant for one in given)
    numbers = _numbers(node, given, shapes, graph.opsets)
    made: list[Tensor | None] = []
    for name in node.outputs:
        number_type, dims = shapes.get(name, (_FLOAT, graph.sizes.get(name)))
        is_fixed = is_constant or name in numbers
        field = Field((None,) * len(dims)) if is_fixed and dims is not None else None
        made.append(None if dims is None else Tensor(dims, field, numbers.get(name), number_type))
    return made


def _shapes(node: Node, given: Given, opsets: Mapping[str, int]) -> dict[str, tuple[int, Dims | None]]:
    """Return the number type and the shape of each output, as the schema of the operation says them."""
    from onnx import defs, helper, numpy_helper, shape_inference

    if node.domain or node.operation not in _INFERRED or not _is_sane(node):
        return {}
    types = {}
    data = {}
    for name, tensor in zip(node.inputs, given, strict=True):
        if name and tensor is None:
            return {}
        if name and tensor is not None:
            number_type = tensor.number_type if node.called == node.operation else _FLOAT
            types[name] = helper.make_tensor_type_proto(number_type, tensor.dims)
            if tensor.numbers is not None:
                data[name] = numpy_helper.from_array(tensor.numbers)
    try:
        schema = defs.get_schema(node.operation, opsets.get(node.domain, 1), node.domain)
        made = shape_inference.infer_node_outputs(
            schema, node.proto, types, data, opset_imports=_imports(opsets), ir_version=8
        )
    except Exception:  # An unknown operation, damaged attributes and shapes that do not fit fail in many ways.
        return {}
    return {name: (own.tensor_type.elem_type, _dims(own.tensor_type)) for name, own in made.items()}


def _own_shapes(node: Node, given: Given) -> dict[str, tuple[int, Dims | None]]:
    """Return the same of operations of which the package onnx says other sizes than frameworks make, or none."""
    if node.domain or node.operation not in _OWN or not node.outputs:
        return {}
    try:
        dims = _OWN[node.operation](node, given)
        number_type = first_of(given).number_type
    except (ConvanimError, *FAILURES):
        return {}
    if dims is None:
        return {}
    is_sound = len(dims) <= MOST_DIMS and all(0 < n <= _LARGEST for n in dims)
    return {node.outputs[0]: (number_type, dims if is_sound else None)}


def _resized(node: Node, given: Given) -> Dims | None:
    dims, by = first_of(given).dims, scales_of(node, given)
    return None if by is None else tuple(resized(n, float(scale)) for n, scale in zip(dims, by, strict=True))


def _pooled(node: Node, given: Given) -> Dims:
    dims = first_of(given).dims
    return dims[:2] + pooled_size(node.attributes, dims[2:])


def _spread(node: Node, given: Given) -> Dims | None:
    wanted = node.attributes.get("output_shape")
    channels = first_of(given, 1).dims[1] * int(node.attributes.get("group", 1))
    # The package onnx stops at a size that is smaller than that of the input, and leaves out the axes behind it.
    return (first_of(given).dims[0], channels, *map(int, wanted)) if wanted else None


def _gathered(node: Node, given: Given) -> Dims:
    dims, chosen, batch = first_of(given).dims, first_of(given, 1).dims, int(node.attributes.get("batch_dims", 0))
    return chosen[:-1] + dims[batch + chosen[-1] :]


def _unpooled(node: Node, given: Given) -> Dims | None:
    return tuple(listed(given[2])) if len(given) > 2 else None


_LIKE_FIRST = ("CumSum", "GroupNormalization", "ReverseSequence", "ScatterElements", "ScatterND", "Trilu")

_OWN: Mapping[str, Callable[[Node, Given], Dims | None]] = {
    **dict.fromkeys(("Resize", "Upsample"), _resized),
    **dict.fromkeys(("MaxPool", "AveragePool", "LpPool"), _pooled),
    **dict.fromkeys(_LIKE_FIRST, lambda node, given: first_of(given).dims),
    "ConvTranspose": _spread,
    "GatherND": _gathered,
    "MaxUnpool": _unpooled,
}


def _is_sane(node: Node) -> bool:
    """Return whether no attribute makes the package onnx read beyond an array, or make outputs without end."""
    held, count = node.attributes, len(node.outputs)
    if held.get("num_outputs", count) != count:
        return False
    axes = (held.get(name, 0) for name in ("axis", "axes", "perm"))
    numbers = chain.from_iterable(own if isinstance(own, list) else (own,) for own in axes)
    return all(isinstance(one, int) and -MOST_DIMS <= one <= MOST_DIMS for one in numbers)


def _imports(opsets: Mapping[str, int]) -> list[Any]:
    from onnx import helper

    return [helper.make_opsetid(domain, version) for domain, version in opsets.items()]


def _dims(tensor_type: Any) -> Dims | None:
    if not tensor_type.HasField("shape") or len(tensor_type.shape.dim) > MOST_DIMS:
        return None
    dims = tuple(int(one.dim_value) if one.HasField("dim_value") else -1 for one in tensor_type.shape.dim)
    return dims if all(0 <= n <= _LARGEST for n in dims) else None


def _numbers(
    node: Node, given: Given, shapes: Mapping[str, tuple[int, Dims | None]], opsets: Mapping[str, int]
) -> dict[str, Numbers]:
    """Return what an operation makes of a few numbers, by output; nothing where they are many or not known."""
    dims = [shapes.get(name, (0, None))[1] for name in node.outputs]
    # An axis of many cells beside one of none holds no number, and yet takes long to go through.
    if node.domain or any(own is None or prod(max(n, 1) for n in own) > MOST_NUMBERS for own in dims):
        return {}
    if node.operation == "Shape" and given[0] is not None:
        part = given[0].dims[node.attributes.get("start", 0) : node.attributes.get("end")]
        return {node.outputs[0]: np.array(part, np.int64)}
    known = {name: one.numbers for name, one in zip(node.inputs, given, strict=True) if name and one is not None}
    first = given[0].numbers if given and given[0] is not None else None
    if first is not None and len(dims) == 1 and node.operation in _RESHAPING and first.size == prod(dims[0] or ()):
        return {node.outputs[0]: first.reshape(dims[0] or ())}
    if first is not None and node.operation == "Clip" and {"min", "max"} & node.attributes.keys():
        low, high = (node.attributes.get(name, no) for name, no in (("min", -np.inf), ("max", np.inf)))
        return {node.outputs[0]: first.clip(low, high)}
    if node.operation not in _COMPUTED or any(held is None for held in known.values()):
        return {}
    return _run(node, known, opsets)


def _run(node: Node, known: Mapping[str, Numbers | None], opsets: Mapping[str, int]) -> dict[str, Numbers]:
    from onnx.reference import ReferenceEvaluator

    try:
        with np.errstate(all="ignore"):
            found: Any = ReferenceEvaluator(node.proto, opsets=dict(opsets)).run(None, dict(known))
    except Exception:  # Numbers that do not go together fail in many ways.
        return {}
    return {
        name: own
        for name, own in zip(node.outputs, map(np.asarray, found), strict=False)
        if own.dtype.kind in "biuf" and own.size <= MOST_NUMBERS
    }
