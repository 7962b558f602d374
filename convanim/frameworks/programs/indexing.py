"""Parts of tensors by their places: whole numbers, slices, lists and masks."""

from __future__ import annotations

from typing import Any

from convanim.base.records import dataclass
from convanim.frameworks.programs.arranging import sliced
from convanim.frameworks.programs.functions import dims_of
from convanim.frameworks.programs.trace import Trace
from convanim.frameworks.programs.values import MASK, Traced, Unknown


@dataclass(frozen=True)
class _Chosen:
    """So many places of an axis, one by one, whichever they are."""

    count: int


def _taken(index: Any) -> Any:
    """Return how many places of an axis a list takes, or a tensor of whole numbers that is known."""
    if isinstance(index, list) and index and all(type(one) is int for one in index):
        return _Chosen(len(index))
    if isinstance(index, list) and index and all(isinstance(one, bool) for one in index):
        return _Chosen(sum(index))
    is_fixed = isinstance(index, Traced) and index.tensor is not None and index.tensor.is_constant
    if is_fixed and len(dims_of(index)) == 1 and index.weights != MASK:
        return _Chosen(dims_of(index)[0])
    return index


def item(trace: Trace, x: Traced, index: Any) -> Traced:
    """Return a part of a tensor: whole numbers take a place of an axis away, None adds one."""
    if x.dims is None:
        return trace.lost(x.why)
    if isinstance(index, Traced) and index.tensor and index.tensor.is_constant and x.tensor and x.tensor.is_constant:
        # A table of weights, from which rows are taken by numbers that are fixed.
        return trace.constant((*dims_of(index), *x.dims[1:]), x.weights)
    parts = list(index) if isinstance(index, tuple) else [index]
    if any(isinstance(one, Unknown) for one in parts):
        return trace.lost(next(one.why for one in parts if isinstance(one, Unknown)))
    parts = [_taken(one) if isinstance(one, list | Traced) else one for one in parts]
    if not all(one is None or one is Ellipsis or isinstance(one, int | slice | _Chosen) for one in parts):
        return trace.lost("a part of a tensor is chosen by other values")
    used = sum(one is not None and one is not Ellipsis for one in parts)
    if Ellipsis in parts:
        at = parts.index(Ellipsis)
        parts[at : at + 1] = [slice(None)] * (len(x.dims) - used)
    cuts: dict[int, tuple[int, int, int]] = {}
    shape: list[int] = []
    axis, is_lost = 0, False
    chosen: dict[int, int] = {}
    for one in parts:
        if one is None:
            shape.append(1)
            continue
        size = x.dims[axis]
        if isinstance(one, _Chosen):
            is_lost = is_lost or axis in trace.places(len(x.dims))
            shape.append(one.count)
            chosen[axis] = one.count
        elif isinstance(one, slice):
            ends = one.indices(size)
            if ends != (0, size, 1):
                cuts[axis] = ends
            shape.append(len(range(*ends)))
        else:
            place = range(size)[one]
            cuts[axis] = (place, place + 1, 1)
        axis += 1
    shape += x.dims[axis:]
    made = sliced(trace, x, cuts) if cuts else x
    if is_lost:
        return trace.tensor(tuple(shape), None)
    if chosen:
        # Which channels are taken changes no places.
        dims = tuple(chosen.get(axis, n) for axis, n in enumerate(dims_of(made)))
        axes = list(chosen)
        made = trace.make(
            "Slice", [made], dims, axes=axes, starts=[0] * len(axes), ends=list(chosen.values()), steps=[1] * len(axes)
        )
    return made if made.dims == tuple(shape) else trace.make("Reshape", [made], tuple(shape))
