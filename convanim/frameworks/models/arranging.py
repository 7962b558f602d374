"""Operations that only arrange cells anew: other axes, another order, parts, borders; what they see moves with them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import accumulate
from math import prod

from convanim.frameworks.models.seen import Field, Seen, windowed
from convanim.frameworks.models.stored import Dims, Node
from convanim.frameworks.models.tensors import Given, Tensor, asked, first_of, listed, slices


def smeared(field: Field | None, axis: int) -> Field | None:
    """Return a field whose places along an axis are no more known."""
    if field is None:
        return None
    return field.arranged([None if n == axis else n for n in range(len(field.axes))], is_bound=bool(field.axes[axis]))


def _transposed(node: Node, given: Given) -> Sequence[Tensor]:
    first = first_of(given)
    rank = len(first.dims)
    order = [range(rank)[axis] for axis in node.attributes.get("perm") or range(rank)[::-1]]
    if len(set(order)) != rank:
        raise ValueError("no order")
    return (Tensor(tuple(first.dims[axis] for axis in order), first.field and first.field.arranged(order)),)


def _reshaped(first: Tensor, dims: Dims) -> Tensor:
    """Return a tensor in another shape: axes that stay what they are keep their places, those that meet lose them."""
    if prod(dims) != prod(first.dims):
        raise ValueError("another number of cells")
    kept: list[int | None] = [None] * len(dims)
    old = new = 0
    while old < len(first.dims) and new < len(dims):
        group, made = [old], [new]
        left, right = first.dims[old], dims[new]
        while left != right:
            if left < right:
                group.append(group[-1] + 1)
                left *= first.dims[group[-1]]
            else:
                made.append(made[-1] + 1)
                right *= dims[made[-1]]
        old, new = group[-1] + 1, made[-1] + 1
        # Axes of one cell may come and go beside one that stays.
        long, longer = [n for n in group if first.dims[n] > 1] or group, [n for n in made if dims[n] > 1] or made
        if len(long) == len(longer) == 1:
            kept[longer[0]] = long[0]
    merges = first.field and any(
        first.field.axes[axis] and axis not in kept and n > 1 for axis, n in enumerate(first.dims)
    )
    return Tensor(dims, first.field and first.field.arranged(kept, is_bound=bool(merges)))


def _reshape(node: Node, given: Given) -> Sequence[Tensor]:
    first = first_of(given)
    wanted = asked(node, given, "shape", 1) or []
    keeps_zero = bool(node.attributes.get("allowzero"))
    dims = [first.dims[axis] if not n and not keeps_zero else n for axis, n in enumerate(wanted)]
    if -1 in dims:
        dims[dims.index(-1)] = prod(first.dims) // prod(n for n in dims if n != -1)
    return (_reshaped(first, tuple(dims)),)


def _flatten(node: Node, given: Given) -> Sequence[Tensor]:
    first = first_of(given)
    axis = range(len(first.dims) + 1)[node.attributes.get("axis", 1)]
    return (_reshaped(first, (prod(first.dims[:axis]), prod(first.dims[axis:]))),)


def _squeeze(node: Node, given: Given) -> Sequence[Tensor]:
    first = first_of(given)
    rank = len(first.dims)
    axes = asked(node, given, "axes", 1)
    gone = {range(rank)[axis] for axis in axes} if axes else {axis for axis, n in enumerate(first.dims) if n == 1}
    kept = [axis for axis in range(rank) if axis not in gone]
    return (Tensor(tuple(first.dims[axis] for axis in kept), first.field and first.field.arranged(kept)),)


def _unsqueeze(node: Node, given: Given) -> Sequence[Tensor]:
    first = first_of(given)
    axes = asked(node, given, "axes", 1) or []
    rank = len(first.dims) + len(axes)
    added = {range(rank)[axis] for axis in axes}
    old = iter(range(len(first.dims)))
    order = [None if axis in added else next(old) for axis in range(rank)]
    dims = tuple(1 if axis is None else first.dims[axis] for axis in order)
    return (Tensor(dims, first.field and first.field.arranged(order)),)


def _moved(first: Tensor, dims: Dims, steps: dict[int, tuple[int, int]]) -> Tensor:
    """Return what is read from a tensor, along some axes from a cell on with a step."""
    if first.field is None:
        return Tensor(dims, None)
    axes: list[Seen | int | None] = list(range(len(dims)))
    for axis, (start, step) in steps.items():
        own = first.field.axes[axis]
        axes[axis] = windowed(own, 1, step, 1, -start) if own and step > 0 else None
    lost = any(first.field.axes[axis] and axes[axis] is None for axis in steps)
    return Tensor(dims, first.field.arranged(axes, is_bound=lost))


def _slice(node: Node, given: Given) -> Sequence[Tensor]:
    first, dims = first_of(given), list(first_of(given).dims)
    parts = slices(node, given)
    for axis, part in parts.items():
        dims[axis] = len(range(*slice(*part).indices(dims[axis])))
    return (_moved(first, tuple(dims), {axis: (start, step) for axis, (start, _, step) in parts.items()}),)


def _pad(node: Node, given: Given) -> Sequence[Tensor]:
    first, dims = first_of(given), list(first_of(given).dims)
    pads = asked(node, given, "pads", 1) or node.attributes.get("paddings") or []
    axes = listed(given[3]) if len(given) > 3 and given[3] else list(range(len(dims)))
    for axis, low, high in zip(axes, pads[: len(axes)], pads[len(axes) :], strict=True):
        dims[axis] += low + high
    steps = {range(len(dims))[axis]: (-pads[place], 1) for place, axis in enumerate(axes) if pads[place]}
    return (_moved(first, tuple(dims), steps),)


def _split(node: Node, given: Given) -> Sequence[Tensor]:
    first = first_of(given)
    axis = range(len(first.dims))[node.attributes.get("axis", 0)]
    count = len(node.outputs)
    each = -(-first.dims[axis] // count)
    usual = [each] * (count - 1) + [first.dims[axis] - each * (count - 1)]
    sizes = (asked(node, given, "split", 1) or usual)[:count]
    starts = accumulate([0, *sizes[:-1]])
    return [
        _moved(first, tuple(size if n == axis else own for n, own in enumerate(first.dims)), {axis: (start, 1)})
        for start, size in zip(starts, sizes, strict=True)
    ]


def _gather(node: Node, given: Given) -> Sequence[Tensor]:
    first, chosen = first_of(given), first_of(given, 1)
    axis = range(len(first.dims))[node.attributes.get("axis", 0)]
    dims = (*first.dims[:axis], *chosen.dims, *first.dims[axis + 1 :])
    rank = len(first.dims)
    kept = [*range(axis), *[None] * len(chosen.dims), *range(axis + 1, rank)]
    known = first.field and chosen.field
    return (Tensor(dims, known and first.field and first.field.arranged(kept, is_bound=bool(first.field.axes[axis]))),)


def _tile(node: Node, given: Given) -> Sequence[Tensor]:
    first, times = first_of(given), listed(given[1])
    field = first.field
    for axis, count in enumerate(times):
        field = smeared(field, axis) if count != 1 else field
    return (Tensor(tuple(n * count for n, count in zip(first.dims, times, strict=True)), field),)


ARRANGED: dict[str, Callable[[Node, Given], Sequence[Tensor]]] = {
    "Transpose": _transposed,
    "Reshape": _reshape,
    "Flatten": _flatten,
    "Squeeze": _squeeze,
    "Unsqueeze": _unsqueeze,
    "Slice": _slice,
    "Pad": _pad,
    "Split": _split,
    "Gather": _gather,
    "Tile": _tile,
}
"""What comes out of each of these operations."""
