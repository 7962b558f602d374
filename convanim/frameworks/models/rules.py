"""What comes out of every operation that may stand between layers: its shape, and what it sees of the model's input."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import floor, prod

import numpy as np

from convanim.frameworks.models.arranging import ARRANGED, smeared
from convanim.frameworks.models.resizing import RESIZES
from convanim.frameworks.models.seen import Field, merged
from convanim.frameworks.models.stored import Node, Stored
from convanim.frameworks.models.tensors import (
    FAILURES,
    MOST_NUMBERS,
    Given,
    Tensor,
    asked,
    checked,
    computed,
    first_of,
    listed,
)

Rule = Callable[[Node, Given], Sequence[Tensor]]


def outputs_of(node: Node, given: Given) -> Sequence[Tensor]:
    """Return what is known of what an operation makes, in order; nothing where that is not known.

    Parameters
    ----------
    node : Node
        The operation; those that slide windows are not known here.
    given : sequence of Tensor or None
        What goes in, None where nothing is known of it.
    """
    rule = _RULES.get((node.domain, node.operation))
    if rule is None:
        return ()
    try:
        numbers = computed(node, given)
        if numbers is not None:
            return (checked(Tensor.constant(numbers.shape, numbers)),)
        return [checked(tensor) for tensor in rule(node, given)]
    except FAILURES:
        return ()


def _same(node: Node, given: Given) -> Sequence[Tensor]:
    first = first_of(given)
    return [Tensor(first.dims, first.field)] * max(len(node.outputs), 1)


def _broadcast(*places: int) -> Rule:
    """Return the rule for operations that go cell by cell, over all of their inputs or some."""

    def rule(node: Node, given: Given) -> Sequence[Tensor]:
        its = [first_of(given, place) for place in (places or range(len(given)))]
        if node.attributes.get("broadcast"):
            return (Tensor(its[0].dims, its[0].field),)
        rank = max(len(one.dims) for one in its)
        aligned = [[axis - rank + len(one.dims) for one in its] for axis in range(rank)]
        numbers = [[own if own >= 0 else None for own in row] for row in aligned]
        dims = []
        for row in numbers:
            own = {one.dims[axis] for one, axis in zip(its, row, strict=True) if axis is not None} - {1}
            if len(own) > 1:
                raise ValueError("sizes that do not go together")
            dims.append(next(iter(own), 1))
        return (Tensor(tuple(dims), _merged(its, numbers)),)

    return rule


def _merged(its: Sequence[Tensor], numbers: Sequence[Sequence[int | None]]) -> Field | None:
    fields = [one.field for one in its if one.field is not None]
    return merged(fields, numbers, [one.dims for one in its]) if len(fields) == len(its) else None


def _concat(*places: int) -> Rule:
    """Return the rule for what stands one behind the other along an axis."""

    def rule(node: Node, given: Given) -> Sequence[Tensor]:
        its = [first_of(given, place) for place in (places and range(places[0], len(given), places[1]))] or [
            first_of(given, place) for place in range(len(given))
        ]
        rank = len(its[0].dims)
        axis = range(rank)[node.attributes.get("axis", 1)]
        dims = list(its[0].dims)
        dims[axis] = sum(one.dims[axis] for one in its)
        field = _merged(its, [[number] * len(its) for number in range(rank)])
        moved = any(one.field and one.field.axes[axis] for one in its)
        return (Tensor(tuple(dims), smeared(field, axis) if moved else field),)

    return rule


def _lost(usual: int, attribute: str = "axis", behind: bool = False) -> Rule:
    """Return the rule for operations that keep the shape and make each cell of all along an axis, or all behind it."""

    def rule(node: Node, given: Given) -> Sequence[Tensor]:
        first = first_of(given)
        rank = len(first.dims)
        axis = range(rank)[node.attributes.get(attribute, usual)]
        gone = range(axis, rank) if behind else (axis,)
        return [Tensor(first.dims, first.field and first.field.without(gone))] * max(len(node.outputs), 1)

    return rule


def _reduced(node: Node, given: Given) -> Sequence[Tensor]:
    first = first_of(given)
    rank = len(first.dims)
    axes = [node.attributes["axis"]] if "axis" in node.attributes else asked(node, given, "axes", 1)
    if not axes and node.attributes.get("noop_with_empty_axes"):
        return (first,)
    gone = {range(rank)[axis] for axis in axes} if axes else set(range(rank))
    field = first.field and first.field.without(gone)
    if node.attributes.get("keepdims", 1):
        return (Tensor(tuple(1 if axis in gone else n for axis, n in enumerate(first.dims)), field),)
    kept = [axis for axis in range(rank) if axis not in gone]
    return (Tensor(tuple(first.dims[axis] for axis in kept), field and field.arranged(kept)),)


def _arg(node: Node, given: Given) -> Sequence[Tensor]:
    usual = {"axis": 0, **node.attributes}
    return _reduced(Node(node.operation, "", "", node.inputs, node.outputs, usual), given[:1])


def _expand(node: Node, given: Given) -> Sequence[Tensor]:
    wanted = tuple(listed(given[1]))
    return _broadcast()(node, (first_of(given), Tensor.constant(wanted)))


def _matmul(*places: int) -> Rule:
    """Return the rule for products of matrices, which stand on the last two axes."""

    def rule(node: Node, given: Given) -> Sequence[Tensor]:
        left, right = (first_of(given, place) for place in places or (0, 1))
        one, other = left.dims, right.dims
        if len(one) < 2 or len(other) < 2 or one[-1] != other[-2]:
            raise ValueError("no product")
        rank = max(len(one), len(other))
        batch = [max(pair) for pair in zip(*((1,) * (rank - len(d)) + d[:-2] for d in (one, other)), strict=True)]
        dims = (*batch, one[-2], other[-1])
        if left.field is None or right.field is None:
            return (Tensor(dims, None),)
        is_weighted = not any(right.field.axes) and not right.field.whole
        if is_weighted and rank == len(one):
            return (Tensor(dims, left.field.arranged([*range(rank - 1), None])),)
        return (Tensor(dims, Field.of(rank, left.field, right.field)),)

    return rule


def _gemm(node: Node, given: Given) -> Sequence[Tensor]:
    left, right = first_of(given), first_of(given, 1)
    rows = left.dims[1 if node.attributes.get("transA") else 0]
    columns = right.dims[0 if node.attributes.get("transB") else 1]
    fields = [one.field for one in (left, right) if one.field]
    return (Tensor((rows, columns), Field.of(2, *fields) if len(fields) == 2 else None),)


def _shape(node: Node, given: Given) -> Sequence[Tensor]:
    dims = first_of(given).dims[node.attributes.get("start", 0) : node.attributes.get("end")]
    return (Tensor.constant((len(dims),), np.array(dims, dtype=np.int64)),)


def _constant(node: Node, given: Given) -> Sequence[Tensor]:
    held = node.attributes.get("value")
    if isinstance(held, Stored):
        return (Tensor.constant(held.dims, held.numbers if prod(held.dims) <= MOST_NUMBERS else None),)
    numbers = next(np.asarray(value) for name, value in node.attributes.items() if name.startswith("value_"))
    return (Tensor.constant(numbers.shape, numbers if numbers.dtype.kind in "if" else None),)


def _of_shape(node: Node, given: Given) -> Sequence[Tensor]:
    return (Tensor.constant(tuple(listed(first_of(given)))),)


def _planes(node: Node, given: Given) -> Sequence[Tensor]:
    first = first_of(given)
    axes = node.attributes.get("axes") or range(2, len(first.dims))
    return [Tensor(first.dims, first.field and first.field.without(axes))] * max(len(node.outputs), 1)


def _topk(node: Node, given: Given) -> Sequence[Tensor]:
    first = first_of(given)
    axis = range(len(first.dims))[node.attributes.get("axis", -1)]
    count = node.attributes["k"] if "k" in node.attributes else listed(given[1])[0]
    dims = tuple(floor(count) if n == axis else own for n, own in enumerate(first.dims))
    return [Tensor(dims, first.field and first.field.without([axis]))] * 2


_CELLWISE = """
    Relu LeakyRelu ThresholdedRelu Sigmoid HardSigmoid Tanh Elu Selu Celu Softplus Softsign HardSwish Swish Mish Gelu
    Clip Abs Neg Exp Log Sqrt Reciprocal Floor Ceil Round Sign Erf Sin Cos Not IsNaN IsInf Shrink Identity Cast CastLike
    Dropout BatchNormalization LRN QuantizeLinear DequantizeLinear DynamicQuantizeLinear Affine ImageScaler
"""
_BROADCAST = """
    Add Sub Mul Div Pow Mod And Or Xor Equal Greater Less GreaterOrEqual LessOrEqual Max Min Sum Mean Where PRelu
"""
_REDUCED = "Mean Sum Max Min Prod L1 L2 LogSum LogSumExp SumSquare"
_MICROSOFT = "com.microsoft"

_RULES: dict[tuple[str, str], Rule] = {
    **{("", name): _same for name in _CELLWISE.split()},
    **{("", name): _broadcast() for name in _BROADCAST.split()},
    **{("", f"Reduce{name}"): _reduced for name in _REDUCED.split()},
    **{("", name): _arg for name in ("ArgMax", "ArgMin")},
    **{("", name): _lost(-1) for name in ("Softmax", "LogSoftmax", "Hardmax", "LpNormalization")},
    **{("", name): _lost(-1, behind=True) for name in ("LayerNormalization", "RMSNormalization")},
    **{("", name): _planes for name in ("InstanceNormalization", "GroupNormalization", "MeanVarianceNormalization")},
    **{(_MICROSOFT, name): _same for name in ("QLinearLeakyRelu", "QLinearSigmoid", "QuickGelu", "BiasGelu")},
    **{(_MICROSOFT, name): _broadcast(0, 3) for name in ("QLinearAdd", "QLinearMul")},
    (_MICROSOFT, "QLinearConcat"): _concat(2, 3),
    ("", "Concat"): _concat(),
    ("", "Expand"): _expand,
    ("", "MatMul"): _matmul(),
    ("", "MatMulInteger"): _matmul(),
    ("", "QLinearMatMul"): _matmul(0, 3),
    ("", "Gemm"): _gemm,
    ("", "Shape"): _shape,
    ("", "Constant"): _constant,
    ("", "ConstantOfShape"): _of_shape,
    ("", "Range"): lambda node, given: (),
    ("", "TopK"): _topk,
    **{("", name): rule for name, rule in {**ARRANGED, **RESIZES}.items()},
}
"""What comes out of each operation, by whose it is and its name."""
