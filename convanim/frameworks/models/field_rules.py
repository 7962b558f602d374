"""What the cells that an operation makes see of the model's input, of every operation that may stand between layers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import accumulate, repeat
from math import ceil, floor

from convanim.frameworks.models.fields import (
    MOST_PERIOD,
    Field,
    Seen,
    ends_of_window,
    merged,
    scaled,
    windowed,
)
from convanim.frameworks.models.graph import Given, Node, Tensor, asked, first_of, listed
from convanim.frameworks.models.resizing import alignment, factors
from convanim.layers import Layer
from convanim.layers.rearrange import Rescale
from convanim.layers.resampling import Resampling
from convanim.layers.sampled_axis import SampledAxis

Rule = Callable[[Node, Given, Sequence[Tensor]], Field]

FAILURES = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
"""How a rule fails where an input is not known, or the attributes are those of a damaged file."""

_SINGLE = Fraction(1, 2**21)
"""More than what single precision gets wrong of a number."""

_BESIDE = {"nearest": 0, "linear": 1, "bilinear": 1, "cubic": 2}
"""How many cells on both sides of a place an operation reads, by its mode."""


def followed(
    node: Node, given: Given, made: Sequence[Tensor | None], layer: Layer | None = None
) -> Sequence[Tensor | None]:
    """Return the tensors that an operation makes with what their cells see, where that is known.

    Parameters
    ----------
    node : Node
        The operation.
    given, made : sequence of Tensor or None
        What goes in and comes out.
    layer : Layer, optional
        What the operation is.
    """
    if node.domain or all(one is None or one.is_constant for one in made):
        return made
    try:
        fields = _fields(node, given, [one for one in made if one is not None], layer)
    except FAILURES:
        return made
    return [one and replace(one, field=field) for one, field in zip(made, fields, strict=False)]


def _fields(node: Node, given: Given, made: Sequence[Tensor], layer: Layer | None) -> Iterable[Field | None]:
    if node.operation == "Split" and len(made) == len(node.outputs):
        return _split(node, given, made)
    if node.operation in _RULES:
        return repeat(_RULES[node.operation](node, given, made))
    if layer is None:
        return repeat(None)
    field = _known(first_of(given))
    return repeat(through_layer(field, layer, range(2, len(field.axes))))


def through_layer(field: Field, layer: Layer, places: Sequence[int]) -> Field:
    """Return what the outputs of a layer see; channels are mixed or stay apart, and have no places.

    Parameters
    ----------
    field : Field
        What its input sees.
    layer : Layer
        The layer.
    places : sequence of int
        Which axes of its input have places.
    """
    axes: list[Seen | None] = [field.axes[0], *[None] * (len(field.axes) - 1)]
    for number, place in enumerate(places):
        own, axis = field.axes[place], layer.axes[number]
        if own is None:
            continue
        if isinstance(axis, SampledAxis):
            period = len(axis.cycle)
            axes[place] = own.through(period, axis.shift, axis.inputs) if period <= MOST_PERIOD else None
        elif isinstance(layer, Rescale):
            block = layer.factor[number]
            grows = layer.output_size[number] >= layer.input_size[number]
            axes[place] = scaled(own, block, 1) if grows else windowed(own, block, block, 1, 0)
        else:
            axes[place] = windowed(own, axis.kernel, axis.stride, axis.dilation, axis.low, axis.spacing)
    is_lost = any(field.axes[place] is not None and axes[place] is None for place in places)
    return field.arranged(list(axes), is_bound=is_lost)


def _replaced(field: Field, axes: Sequence[Seen | None]) -> Field:
    """Return a field with other axes, which are None as well where they can no more be followed."""
    is_lost = any(own is not None and made is None for own, made in zip(field.axes[2:], axes[2:], strict=True))
    return field.arranged(list(axes), is_bound=is_lost)


def _known(tensor: Tensor) -> Field:
    if tensor.field is None:
        raise ValueError("what it sees is not known")
    return tensor.field


def _smeared(field: Field, axis: int) -> Field:
    """Return a field whose places along an axis are no more known."""
    return field.arranged([None if n == axis else n for n in range(len(field.axes))], is_bound=bool(field.axes[axis]))


def _axis(node: Node, rank: int, usual: int, name: str = "axis") -> int:
    return range(rank)[int(node.attributes.get(name, usual))]


def _same(node: Node, given: Given, made: Sequence[Tensor]) -> Field:
    return _known(first_of(given))


def _met(node: Node, given: Given, made: Sequence[Tensor]) -> Field:
    """Return what cells see that are made of the cells at the same place of all inputs."""
    its = [first_of(given, place) for place in range(len(given))]
    if node.attributes.get("broadcast"):
        return _known(its[0])
    rank = len(made[0].dims)
    behind = [[axis - rank + len(one.dims) for one in its] for axis in range(rank)]
    aligned = [[own if own >= 0 else None for own in row] for row in behind]
    return merged([_known(one) for one in its], aligned, [one.dims for one in its])


def _concat(node: Node, given: Given, made: Sequence[Tensor]) -> Field:
    its = [first_of(given, place) for place in range(len(given))]
    rank = len(its[0].dims)
    axis = _axis(node, rank, 1)
    field = merged([_known(one) for one in its], [[n] * len(its) for n in range(rank)], [one.dims for one in its])
    return _smeared(field, axis) if any(_known(one).axes[axis] for one in its) else field


def _mixed(usual: int, behind: bool = False) -> Rule:
    """Return the rule for operations that make each cell of all along an axis, or of all from there on."""

    def rule(node: Node, given: Given, made: Sequence[Tensor]) -> Field:
        first = first_of(given)
        rank = len(first.dims)
        axis = _axis(node, rank, usual)
        return _known(first).without(range(axis, rank) if behind else (axis,))

    return rule


def _planes(node: Node, given: Given, made: Sequence[Tensor]) -> Field:
    first = first_of(given)
    return _known(first).without(node.attributes.get("axes") or range(2, len(first.dims)))


def _reduced(node: Node, given: Given, made: Sequence[Tensor]) -> Field:
    first = first_of(given)
    rank = len(first.dims)
    axes = [node.attributes["axis"]] if "axis" in node.attributes else asked(node, given, "axes", 1)
    if not axes and node.attributes.get("noop_with_empty_axes"):
        return _known(first)
    gone = {range(rank)[axis] for axis in axes} if axes else set(range(rank))
    field = _known(first).without(gone)
    if node.attributes.get("keepdims", 1):
        return field
    return field.arranged([axis for axis in range(rank) if axis not in gone])


def _arg(node: Node, given: Given, made: Sequence[Tensor]) -> Field:
    return _reduced(replace(node, attributes={"axis": 0, **node.attributes}), given[:1], made)


def _product(node: Node, given: Given, made: Sequence[Tensor]) -> Field:
    """Return what a product of matrices sees, which stand on the last two axes."""
    places = (0, 3) if node.operation == "QLinearMatMul" else (0, 1)
    left, right = (first_of(given, place) for place in places)
    rank = len(made[0].dims)
    if right.is_constant and rank == len(left.dims) and node.operation != "Gemm":
        return _known(left).arranged([*range(rank - 1), None])
    return Field.of(rank, _known(left), _known(right))


def _transposed(node: Node, given: Given, made: Sequence[Tensor]) -> Field:
    rank = len(first_of(given).dims)
    return _known(first_of(given)).arranged(node.attributes.get("perm") or range(rank)[::-1])


def _reshaped(node: Node, given: Given, made: Sequence[Tensor]) -> Field:
    """Return what is seen in another shape: axes that stay what they are keep their places, those that meet lose them.

    Squeeze, Unsqueeze and Flatten are such changes of shape.
    """
    before, after = first_of(given).dims, made[0].dims
    field = _known(first_of(given))
    kept: list[int | None] = [None] * len(after)
    old = new = 0
    while old < len(before) and new < len(after):
        group, grown = [old], [new]
        left, right = before[old], after[new]
        while left != right:
            if left < right:
                group.append(group[-1] + 1)
                left *= before[group[-1]]
            else:
                grown.append(grown[-1] + 1)
                right *= after[grown[-1]]
        old, new = group[-1] + 1, grown[-1] + 1
        # Axes of one cell may come and go beside one that stays.
        long, longer = [n for n in group if before[n] > 1] or group, [n for n in grown if after[n] > 1] or grown
        if len(long) == len(longer) == 1:
            kept[longer[0]] = long[0]
    is_merged = any(field.axes[axis] and axis not in kept and n > 1 for axis, n in enumerate(before))
    return field.arranged(kept, is_bound=is_merged)


def _moved(field: Field, steps: dict[int, tuple[int, int]]) -> Field:
    """Return what is read along some axes from a cell on with a step."""
    axes: list[Seen | int | None] = list(range(len(field.axes)))
    for axis, (start, step) in steps.items():
        own = field.axes[axis]
        axes[axis] = windowed(own, 1, step, 1, -start) if own and step > 0 else None
    return field.arranged(axes, is_bound=any(field.axes[axis] and axes[axis] is None for axis in steps))


def _slice(node: Node, given: Given, made: Sequence[Tensor]) -> Field:
    first = first_of(given)
    starts = asked(node, given, "starts", 1) or []
    axes = asked(node, given, "axes", 3) or list(range(len(starts)))
    steps = asked(node, given, "steps", 4) or [1] * len(starts)
    found = {}
    for axis, start, step in zip(axes, starts, steps, strict=True):
        own = range(len(first.dims))[axis]
        found[own] = (slice(start, None, step).indices(first.dims[own])[0], step)
    return _moved(_known(first), found)


def _pad(node: Node, given: Given, made: Sequence[Tensor]) -> Field:
    rank = len(first_of(given).dims)
    pads = asked(node, given, "pads", 1) or node.attributes.get("paddings") or []
    axes = listed(given[3]) if len(given) > 3 and given[3] else list(range(rank))
    lows = {range(rank)[axis]: low for axis, low in zip(axes, pads[: len(axes)], strict=True)}
    return _moved(_known(first_of(given)), {axis: (-low, 1) for axis, low in lows.items() if low})


def _split(node: Node, given: Given, made: Sequence[Tensor]) -> Iterable[Field]:
    first = first_of(given)
    axis = _axis(node, len(first.dims), 0)
    starts = accumulate([0, *(part.dims[axis] for part in made[:-1])])
    return [_moved(_known(first), {axis: (start, 1)}) for start in starts]


def _gather(node: Node, given: Given, made: Sequence[Tensor]) -> Field:
    first, chosen = first_of(given), first_of(given, 1)
    _known(chosen)
    rank = len(first.dims)
    axis = _axis(node, rank, 0)
    kept = [*range(axis), *[None] * len(chosen.dims), *range(axis + 1, rank)]
    return _known(first).arranged(kept, is_bound=bool(_known(first).axes[axis]))


def _repeated(node: Node, given: Given, made: Sequence[Tensor]) -> Field:
    """Return what is seen in a tensor that is repeated along the axes that have more cells than before."""
    first = first_of(given)
    more = len(made[0].dims) - len(first.dims)
    field = _known(first).arranged([*[None] * more, *range(len(first.dims))])
    for axis, (before, after) in enumerate(zip(first.dims, made[0].dims[more:], strict=True), more):
        field = field if before == after else _smeared(field, axis)
    return field


def _topk(node: Node, given: Given, made: Sequence[Tensor]) -> Field:
    return _known(first_of(given)).without([_axis(node, len(first_of(given).dims), -1)])


def _resized(node: Node, given: Given, made: Sequence[Tensor]) -> Field:
    first, after = first_of(given), made[0].dims
    field = _known(first)
    by = factors(node, given, made[0])
    beside = _BESIDE.get(node.attributes.get("mode", "nearest"), 2)
    is_smoothed = bool(node.attributes.get("antialias"))
    axes: list[Seen | None] = list(field.axes)
    is_exact = True
    for axis, (own, scale) in enumerate(zip(field.axes, by, strict=True)):
        its = Resampling(first.dims[axis], after[axis], scale, *alignment(node).values())
        if own is None or (beside and scale == 1 and its.line is not None):
            continue
        if not beside and its.copies:
            axes[axis] = scaled(own, int(scale), 1)
            continue
        # Smoothing reads more where the axis becomes shorter.
        axes[axis] = _resampled(own, its, ceil(beside / min(scale, Fraction(1))) if is_smoothed else beside)
        is_exact &= not beside and scale.denominator == 1 and its.coordinates != "align_corners"
    is_lost = any(own and seen is None for own, seen in zip(field.axes, axes, strict=True))
    return field.arranged(axes, is_bound=is_lost or not is_exact)


def _resampled(own: Seen, its: Resampling, beside: int) -> Seen | None:
    """Return what is seen after a change of size, None where that is too long to say.

    Places are taken as moving on by a fraction of small numbers, and what is
    read is widened by how far that may be from where they are.
    """
    if its.line is None:
        return None
    start, exact = its.line
    for step in (1 / its.scale).limit_denominator(MOST_PERIOD), exact.limit_denominator(MOST_PERIOD):
        off = abs(exact - step) * its.after / 2
        if its.scale.denominator > 1:
            off += its.before * _SINGLE
        if step and off <= 1:
            break
    else:
        return None
    middle = start + (exact - step) * its.after / 2

    def reads(output: int) -> Iterable[int]:
        low, high = (middle + step * output + side for side in (-off, off))
        if not beside:
            return range(its.nearest(low), its.nearest(high) + 1)
        first, last = floor(low) - beside + 1, floor(high) + beside
        return (first + tap for tap in ends_of_window(last - first + 1, own.period))

    return own.through(step.denominator, step.numerator, reads)


def _blocks(node: Node, given: Given, made: Sequence[Tensor]) -> Field:
    """Return what is seen where channels become blocks of cells, or blocks become channels."""
    field, size = _known(first_of(given)), node.attributes["blocksize"]
    is_spread = node.operation == "DepthToSpace"
    axes = [own and (scaled(own, size, 1) if is_spread else windowed(own, size, size, 1, 0)) for own in field.axes[2:]]
    return _replaced(field, [field.axes[0], None, *axes])


_CELLWISE = """
    Relu LeakyRelu ThresholdedRelu Sigmoid HardSigmoid Tanh Elu Selu Celu Softplus Softsign HardSwish Swish Mish Gelu
    Clip Abs Neg Exp Log Sqrt Reciprocal Floor Ceil Round Sign Erf Sin Cos Not IsNaN IsInf Shrink Identity Cast CastLike
    Dropout Trilu BatchNormalization LRN QuantizeLinear DequantizeLinear DynamicQuantizeLinear Affine ImageScaler
"""
_BROADCAST = """
    Add Sub Mul Div Pow Mod And Or Xor Equal Greater Less GreaterOrEqual LessOrEqual Max Min Sum Mean Where PRelu
"""
_REDUCED = "Mean Sum Max Min Prod L1 L2 LogSum LogSumExp SumSquare"

CELLWISE = frozenset(_CELLWISE.split())
"""Operations that make each cell of the one at its place."""

BROADCAST = frozenset(_BROADCAST.split())
"""Operations that make each cell of those at its place in all inputs."""

_RULES: dict[str, Rule] = {
    **dict.fromkeys(CELLWISE, _same),
    **dict.fromkeys(BROADCAST, _met),
    **dict.fromkeys((f"Reduce{name}" for name in _REDUCED.split()), _reduced),
    **dict.fromkeys(("ArgMax", "ArgMin"), _arg),
    **dict.fromkeys(("Softmax", "LogSoftmax", "Hardmax", "LpNormalization"), _mixed(-1)),
    **dict.fromkeys(("LayerNormalization", "RMSNormalization"), _mixed(-1, behind=True)),
    **dict.fromkeys(("InstanceNormalization", "GroupNormalization", "MeanVarianceNormalization"), _planes),
    **dict.fromkeys(("GlobalMaxPool", "GlobalAveragePool"), _planes),
    **dict.fromkeys(("MatMul", "MatMulInteger", "QLinearMatMul", "Gemm"), _product),
    **dict.fromkeys(("Reshape", "Flatten", "Squeeze", "Unsqueeze"), _reshaped),
    **dict.fromkeys(("Tile", "Expand"), _repeated),
    **dict.fromkeys(("Resize", "Upsample"), _resized),
    **dict.fromkeys(("DepthToSpace", "SpaceToDepth"), _blocks),
    "Concat": _concat,
    "Transpose": _transposed,
    "Slice": _slice,
    "Pad": _pad,
    "Gather": _gather,
    "TopK": _topk,
}
"""What is seen in what each operation makes, but for Split, whose tensors see different cells."""

FOLLOWED = frozenset((*_RULES, "Split"))
"""Operations behind which it is known what is seen, those that are layers beside."""
