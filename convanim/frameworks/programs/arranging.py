"""What functions make of tensors by arranging their cells: other shapes and orders, parts, and padding."""

from __future__ import annotations

import operator
import re
from collections.abc import Mapping, Sequence
from itertools import islice
from math import ceil, prod
from typing import Any

from convanim.frameworks.models.graph import Dims
from convanim.frameworks.programs.computing import broadcast, mixed, reduced
from convanim.frameworks.programs.functions import Bound, axes_of, axis_of, dims_of, function, sizes_of, tensors_of
from convanim.frameworks.programs.trace import Trace
from convanim.frameworks.programs.values import Traced, Unknown

_MOST_PARTS = 512


@function("glu", "x dim=-1")
def _glu(trace: Trace, its: Bound) -> Traced:
    first, second = _chunked(trace, its["x"], 2, its["dim"])
    return broadcast(trace, [first, second], "Mul")


@function("cat concat concatenate hstack_", "x dim=0")
def concatenated(trace: Trace, its: Bound) -> Any:
    """Return tensors laid behind each other along an axis."""
    if isinstance(its["x"], Unknown):
        return trace.lost(its["x"].why)
    unknown = next((one for one in its["x"] if isinstance(one, Unknown)), None)
    if unknown is not None:
        return trace.lost(unknown.why)
    given = tensors_of(its["x"])
    lost = next((one for one in given if one.dims is None), None)
    if lost is not None:
        return trace.lost(lost.why)
    dims = list(dims_of(given[0]))
    axis = axis_of(its["dim"], len(dims))
    for one in given[1:]:
        own = dims_of(one)
        if len(own) != len(dims) or any(a != b for n, (a, b) in enumerate(zip(own, dims, strict=True)) if n != axis):
            told = " and ".join(" × ".join(map(str, dims_of(each))) for each in given)
            return trace.lost(f"tensors of {told} cannot be laid behind each other along axis {axis}")
    dims[axis] = sum(dims_of(one)[axis] for one in given)
    return trace.make("Concat", given, tuple(dims), axis=axis)


@function("hstack", "x")
def _beside(trace: Trace, its: Bound) -> Any:
    return concatenated(trace, {"x": its["x"], "dim": min(1, len(dims_of(tensors_of(its["x"])[0])) - 1)})


@function("vstack", "x")
def _below(trace: Trace, its: Bound) -> Any:
    return concatenated(trace, {"x": its["x"], "dim": 0})


@function("stack", "x dim=0")
def _stacked(trace: Trace, its: Bound) -> Any:
    given = tensors_of(its["x"])
    rank = len(dims_of(given[0])) + 1
    axis = axis_of(its["dim"], rank)
    return concatenated(trace, {"x": [_unsqueezed(trace, one, axis) for one in given], "dim": axis})


def _unsqueezed(trace: Trace, x: Traced, axis: int) -> Traced:
    dims = dims_of(x)
    return trace.make("Unsqueeze", [x], (*dims[:axis], 1, *dims[axis:]))


@function("unsqueeze expand_dims unsqueeze_", "x dim=-1")
def _unsqueeze(trace: Trace, its: Bound) -> Traced:
    many = its["dim"] if isinstance(its["dim"], list | tuple) else (its["dim"],)
    made: Traced = its["x"]
    for dim in many:
        made = _unsqueezed(trace, made, axis_of(dim, len(dims_of(made)) + 1))
    return made


@function("squeeze squeeze_", "x dim=None")
def _squeeze(trace: Trace, its: Bound) -> Traced:
    dims = dims_of(its["x"])
    gone = [axis for axis in axes_of(its["dim"], len(dims)) if dims[axis] == 1]
    return trace.make("Squeeze", [its["x"]], tuple(n for axis, n in enumerate(dims) if axis not in gone))


def reshaped(trace: Trace, x: Traced, wanted: Sequence[int]) -> Traced:
    """Return a tensor in another shape, in which -1 stands for what is left."""
    if x.dims is None:
        return trace.lost(x.why)
    sizes, total = list(wanted), prod(x.dims)
    if sizes.count(-1) == 1:
        rest = prod(one for one in sizes if one != -1)
        if not rest or total % rest:
            trace.note(mismatch(x.dims, sizes))
            return trace.lost(mismatch(x.dims, sizes))
        sizes[sizes.index(-1)] = total // rest
    if prod(sizes) != total:
        trace.note(mismatch(x.dims, sizes))
        return trace.lost(mismatch(x.dims, sizes))
    return trace.make("Reshape", [x], tuple(sizes))


def mismatch(dims: Dims, wanted: Sequence[int]) -> str:
    """Return a sentence on numbers that another shape does not hold."""
    shape, asked = " × ".join(map(str, dims)), ", ".join(map(str, wanted))
    is_row = len(wanted) == 2 and wanted[0] in (-1, dims[0]) and len(dims) > 2
    way = f"; {prod(dims[1:])} in place of {wanted[1]} would do" if is_row else ""
    return f"{prod(dims):,} numbers ({shape}) cannot be arranged as ({asked}){way}"


@function("view reshape view_as_ reshape_", "x *shape")
def _view(trace: Trace, its: Bound) -> Traced:
    x, wanted = its["x"], sizes_of(its["shape"])
    made = reshaped(trace, x, wanted)
    is_row = len(wanted) == 2 and wanted[0] == -1 and made.dims is not None
    if is_row and len(dims_of(x)) > 2 and dims_of(x)[0] == 1 and dims_of(made)[0] > 1:
        trace.note(
            f"the {prod(dims_of(x)):,} numbers of one example ({' × '.join(map(str, dims_of(x)))}) are arranged as "
            f"{dims_of(made)[0]} rows of {wanted[1]:,}; {prod(dims_of(x)):,} would keep them together"
        )
    return made


@function("view_as reshape_as", "x other")
def _view_as(trace: Trace, its: Bound) -> Traced:
    return reshaped(trace, its["x"], dims_of(its["other"]))


@function("flatten ravel", "x start_dim=0 end_dim=-1")
def flattened(trace: Trace, its: Bound) -> Traced:
    """Return a tensor whose axes from one to another are one."""
    dims = dims_of(its["x"])
    first, last = axis_of(its["start_dim"], len(dims)), axis_of(its["end_dim"], len(dims))
    return trace.make("Flatten", [its["x"]], (*dims[:first], prod(dims[first : last + 1]), *dims[last + 1 :]))


@function("unflatten", "x dim *shape")
def _unflattened(trace: Trace, its: Bound) -> Traced:
    dims = dims_of(its["x"])
    axis = axis_of(its["dim"], len(dims))
    return reshaped(trace, its["x"], (*dims[:axis], *sizes_of(its["shape"]), *dims[axis + 1 :]))


def rearranged(trace: Trace, x: Traced, pattern: str, sizes: Mapping[str, Any]) -> Traced:
    """Return what ``rearrange`` of einops makes: axes split, put in another order, and laid together.

    ``reduce`` leaves some of them out, and ``repeat`` adds others.
    """
    if x.dims is None:
        return trace.lost(x.why)
    before, _, after = pattern.partition("->")
    left, right = _groups(before, len(x.dims)), _groups(after, len(x.dims))
    known = {name: n for name, n in sizes.items() if isinstance(n, int)}
    if len(left) != len(x.dims):
        return trace.lost(f"{pattern!r} is not understood")
    for group, size in zip(left, x.dims, strict=True):
        open_names = [name for name in group if name not in known]
        rest = prod(known[name] for name in group if name in known)
        if len(open_names) > 1 or not rest or size % rest:
            return trace.lost(f"{pattern!r} does not fit {' × '.join(map(str, x.dims))}")
        known |= dict.fromkeys(open_names, size // rest)
    names = [name for group in left for name in group]
    order = [name for group in right for name in group]
    if len(set(order)) != len(order) or not set(order) <= set(known):
        return trace.lost(f"{pattern!r} is not understood")
    apart = reshaped(trace, x, [known[name] for name in names])
    gone = [number for number, name in enumerate(names) if name not in order]
    if gone:
        apart = reduced(trace, {"x": apart, "dim": gone, "keepdim": False})
        names = [name for name in names if name in order]
    for name in order:
        if name not in names:
            apart = _unsqueezed(trace, apart, len(names))
            names.append(name)
            apart = trace.make("Expand", [apart], (*dims_of(apart)[:-1], known[name]))
    turned = permuted(trace, {"x": apart, "dim": ([names.index(name) for name in order],)})
    return reshaped(trace, turned, [prod(known[name] for name in group) for group in right])


def _groups(side: str, rank: int) -> list[list[str]]:
    """Return the names of one side of a pattern of einops, those in brackets together; 1 is no name."""
    parts = re.findall(r"\([^()]*\)|\S+", side)
    rest = rank - len(parts) + 1
    found: list[list[str]] = []
    for part in parts:
        if part == "...":
            found += [[f"...{number}"] for number in range(rest)]
        else:
            found.append([name for name in part.strip("()").split() if name != "1"])
    return found


@function("permute transpose_", "x *dim")
def permuted(trace: Trace, its: Bound) -> Any:
    """Return a tensor with its axes in another order."""
    dims = dims_of(its["x"])
    order = [axis_of(one, len(dims)) for one in sizes_of(its["dim"])]
    if sorted(order) != list(range(len(dims))):
        raise ValueError("it is no order of the axes")
    return trace.make("Transpose", [its["x"]], tuple(dims[axis] for axis in order), perm=order)


@function("transpose swapaxes swapdims t", "x *dim")
def _swapped(trace: Trace, its: Bound) -> Any:
    given = its["dim"]
    rank = len(dims_of(its["x"]))
    if not given or given == (None,):
        return permuted(trace, {"x": its["x"], "dim": (tuple(range(rank))[::-1],)})
    if isinstance(given[0], list | tuple) or len(given) > 2:
        return permuted(trace, its)
    first, second = (axis_of(one, rank) for one in given)
    order = list(range(rank))
    order[first], order[second] = second, first
    return permuted(trace, {"x": its["x"], "dim": (order,)})


@function("moveaxis movedim", "x source destination")
def _moved(trace: Trace, its: Bound) -> Any:
    rank = len(dims_of(its["x"]))
    source, target = axis_of(its["source"], rank), axis_of(its["destination"], rank)
    order = [axis for axis in range(rank) if axis != source]
    order.insert(target, source)
    return permuted(trace, {"x": its["x"], "dim": (order,)})


@function("topk top_k", "x k dim=-1")
def _most(trace: Trace, its: Bound) -> Any:
    axis = axis_of(its["dim"], len(dims_of(its["x"])))
    made = sliced(trace, mixed(trace, its["x"], [axis]), {axis: (0, its["k"], 1)})
    return (made, made)


@function("gather take_along_dim take_along_axis", "x dim index")
def _gathered(trace: Trace, its: Bound) -> Traced:
    # Which cells are read is decided when the program runs; NumPy has the axis behind the places.
    index = its["index"] if isinstance(its["index"], Traced) else its["dim"]
    return trace.tensor(dims_of(index), None)


@function("take", "x index dim=0")
def _taken_along(trace: Trace, its: Bound) -> Traced:
    dims, axis, index = dims_of(its["x"]), axis_of(its["dim"], len(dims_of(its["x"]))), its["index"]
    many = (len(index),) if isinstance(index, list | tuple) else dims_of(index)
    return trace.tensor((*dims[:axis], *many, *dims[axis + 1 :]), None)


@function("slice_sized dynamic_slice", "x start size")
def _slice_sized(trace: Trace, its: Bound) -> Traced:
    """Return a part of a tensor by where it starts and its size, -1 for all that is left."""
    dims = dims_of(its["x"])
    starts, sizes = sizes_of((its["start"],)), sizes_of((its["size"],))
    ends = [n if size < 0 else start + size for n, start, size in zip(dims, starts, sizes, strict=True)]
    return sliced(trace, its["x"], {axis: (a, b, 1) for axis, (a, b) in enumerate(zip(starts, ends, strict=True))})


@function("slice_between", "x start limit strides=None")
def _slice_between(trace: Trace, its: Bound) -> Traced:
    """Return a part of a tensor by where it starts and ends."""
    starts, ends = sizes_of((its["start"],)), sizes_of((its["limit"],))
    steps = sizes_of((its["strides"],)) if its["strides"] else [1] * len(starts)
    return sliced(trace, its["x"], dict(enumerate(zip(starts, ends, steps, strict=True))))


@function("crop_to_bounding_box", "x top left height width")
def _cropped(trace: Trace, its: Bound) -> Traced:
    rows, columns = list(trace.places(len(dims_of(its["x"]))))
    top, left, height, width = (operator.index(its[key]) for key in ("top", "left", "height", "width"))
    return sliced(trace, its["x"], {rows: (top, top + height, 1), columns: (left, left + width, 1)})


@function("index_select", "x dim index")
def _selected(trace: Trace, its: Bound) -> Traced:
    dims, axis = list(dims_of(its["x"])), axis_of(its["dim"], len(dims_of(its["x"])))
    (dims[axis],) = dims_of(its["index"])
    return trace.tensor(tuple(dims), None)


@function("unfold_windows", "x dim size step=1")
def _windows(trace: Trace, its: Bound) -> Traced:
    """Return the method ``unfold`` of tensors: windows of an axis, whose cells stand on an axis behind the others."""
    dims = list(dims_of(its["x"]))
    axis, size, step = axis_of(its["dim"], len(dims)), operator.index(its["size"]), operator.index(its["step"])
    dims[axis] = (dims[axis] - size) // step + 1
    return trace.tensor((*dims, size), None)


@function("chunk", "x chunks dim=0")
def _chunk(trace: Trace, its: Bound) -> list[Traced]:
    return _chunked(trace, its["x"], its["chunks"], its["dim"])


def _chunked(trace: Trace, x: Traced, count: int, dim: int) -> list[Traced]:
    size = dims_of(x)[axis_of(dim, len(dims_of(x)))]
    each = max(ceil(size / operator.index(count)), 1)
    return _parted(trace, x, _alike(size, each), dim)


def _alike(size: int, each: int) -> list[int]:
    """Return the sizes of parts of which all but the last are alike, and no more of them than are followed."""
    return [min(each, size - start) for start in islice(range(0, size, each), _MOST_PARTS + 1)]


def _parted(trace: Trace, x: Traced, sizes: Sequence[int], dim: int) -> list[Traced]:
    axis = axis_of(dim, len(dims_of(x)))
    if len(sizes) > _MOST_PARTS:
        raise ValueError(f"more than {_MOST_PARTS} parts")
    found, start = [], 0
    for size in sizes:
        found.append(sliced(trace, x, {axis: (start, start + size, 1)}))
        start += size
    return found


@function("split split_with_sizes", "x sizes dim=0")
def _split(trace: Trace, its: Bound) -> list[Traced]:
    x, sizes = its["x"], its["sizes"]
    total = dims_of(x)[axis_of(its["dim"], len(dims_of(x)))]
    if isinstance(sizes, int):
        return _parted(trace, x, _alike(total, sizes), its["dim"])
    return _parted(trace, x, sizes_of((sizes,)), its["dim"])


@function("split_into array_split", "x sizes dim=0")
def _split_into(trace: Trace, its: Bound) -> list[Traced]:
    """Return so many parts of an axis; several numbers are the sizes of parts, as in TensorFlow, or where they end."""
    x, sizes = its["x"], its["sizes"]
    total = dims_of(x)[axis_of(its["dim"], len(dims_of(x)))]
    if isinstance(sizes, int):
        return _chunked(trace, x, sizes, its["dim"])
    many = sizes_of((sizes,))
    if sum(many) != total:
        ends = [*many, total]
        many = [end - start for start, end in zip([0, *ends], ends, strict=False)]
    return _parted(trace, x, many, its["dim"])


@function("unbind unstack", "x dim=0")
def _unbound(trace: Trace, its: Bound) -> list[Traced]:
    x = its["x"]
    axis = axis_of(its["dim"], len(dims_of(x)))
    parts = _parted(trace, x, _alike(dims_of(x)[axis], 1), axis)
    return [_squeeze(trace, {"x": one, "dim": axis}) for one in parts]


def sliced(trace: Trace, x: Traced, parts: Mapping[int, tuple[int, int, int]]) -> Traced:
    """Return what is left of a tensor between two cells of some axes, with a step."""
    dims = list(dims_of(x))
    for axis, (start, stop, step) in parts.items():
        dims[axis] = len(range(start, stop, step))
    axes = list(parts)
    starts, ends, steps = ([parts[axis][n] for axis in axes] for n in range(3))
    return trace.make("Slice", [x], tuple(dims), axes=axes, starts=starts, ends=ends, steps=steps)


@function("narrow", "x dim start length")
def _narrow(trace: Trace, its: Bound) -> Traced:
    axis = axis_of(its["dim"], len(dims_of(its["x"])))
    return sliced(trace, its["x"], {axis: (its["start"], its["start"] + its["length"], 1)})


@function("expand broadcast_to", "x *shape")
def _expanded(trace: Trace, its: Bound) -> Traced:
    dims, wanted = dims_of(its["x"]), sizes_of(its["shape"])
    own = (1,) * (len(wanted) - len(dims)) + dims
    return trace.make("Expand", [its["x"]], tuple(a if b == -1 else b for a, b in zip(own, wanted, strict=True)))


@function("expand_as", "x other")
def _expanded_as(trace: Trace, its: Bound) -> Traced:
    return trace.make("Expand", [its["x"]], dims_of(its["other"]))


@function("repeat tile", "x *shape")
def _repeated(trace: Trace, its: Bound) -> Traced:
    dims, times = dims_of(its["x"]), sizes_of(its["shape"])
    own = (1,) * (len(times) - len(dims)) + dims
    return trace.make("Tile", [its["x"]], tuple(a * b for a, b in zip(own, times, strict=True)))


@function("rot90", "x k=1 dim=None")
def _turned(trace: Trace, its: Bound) -> Traced:
    dims = list(dims_of(its["x"]))
    first, second = its["dim"] or (0, 1)
    if operator.index(its["k"]) % 2:
        dims[first], dims[second] = dims[second], dims[first]
    return trace.tensor(tuple(dims), None)


@function("flip roll fliplr flipud reverse flip_left_right flip_up_down", "x *rest")
def _flipped(trace: Trace, its: Bound) -> Traced:
    x = its["x"]
    rank = len(dims_of(x))
    return trace.make("Softmax", [x], x.dims, axis=-1) if rank < 2 else mixed(trace, x, trace.places(rank))


def padded(trace: Trace, x: Traced, pairs: Mapping[int, tuple[int, int]]) -> Traced:
    """Return a tensor with cells added at the ends of some axes, or taken where the numbers are negative."""
    dims = list(dims_of(x))
    for axis, (low, high) in pairs.items():
        dims[axis] += low + high
    lows = [pairs.get(axis, (0, 0))[0] for axis in range(len(dims))]
    highs = [pairs.get(axis, (0, 0))[1] for axis in range(len(dims))]
    return trace.make("Pad", [x], tuple(dims), pads=[*lows, *highs])


@function("pad", "x pad mode=constant value=0")
def _pad(trace: Trace, its: Bound) -> Traced:
    x, written = its["x"], its["pad"]
    rank = len(dims_of(x))
    if isinstance(written, int):
        return padded(trace, x, dict.fromkeys(range(rank), (written, written)))
    if written and isinstance(written, list | tuple) and isinstance(written[0], list | tuple):
        return padded(trace, x, dict(enumerate((int(low), int(high)) for low, high in written)))
    ends = sizes_of((written,))
    pairs = list(zip(ends[::2], ends[1::2], strict=True))
    return padded(trace, x, {rank - 1 - number: pair for number, pair in enumerate(pairs)})


@function("depth_to_space", "x block_size")
def _spread(trace: Trace, its: Bound) -> Traced:
    """Return a tensor of which each cell's channels have become the cells of a block, as TensorFlow orders them."""
    return _blocks(trace, its["x"], its["block_size"], is_spread=True)


@function("space_to_depth", "x block_size")
def _gathered_cells(trace: Trace, its: Bound) -> Traced:
    """Return a tensor of which the cells of each block have become channels, as TensorFlow orders them."""
    return _blocks(trace, its["x"], its["block_size"], is_spread=False)


def _blocks(trace: Trace, x: Traced, block: int, is_spread: bool) -> Traced:
    if not trace.channels_last:
        return trace.lost("blocks of cells with channels before them")
    batch, *size, channels = dims_of(x)
    count = len(size)
    if is_spread:
        apart = [batch, *size, *[block] * count, channels // block**count]
        order = [0, *(place for axis in range(count) for place in (1 + axis, 1 + count + axis)), 1 + 2 * count]
        after = [batch, *(n * block for n in size), channels // block**count]
    else:
        apart = [batch, *(part for n in size for part in (n // block, block)), channels]
        order = [0, *range(1, 2 * count, 2), *range(2, 2 * count + 1, 2), 1 + 2 * count]
        after = [batch, *(n // block for n in size), channels * block**count]
    turned = permuted(trace, {"x": reshaped(trace, x, apart), "dim": (order,)})
    return reshaped(trace, turned, after)


@function("repeat_elements repeat_along", "x repeats dim=None")
def _repeated_along(trace: Trace, its: Bound) -> Traced:
    """Return a tensor whose cells stand several times behind each other along an axis, as NumPy repeats them."""
    dims = list(dims_of(its["x"]))
    axis, times = axis_of(its["dim"], len(dims)), operator.index(its["repeats"])
    apart = _unsqueezed(trace, its["x"], axis + 1)
    many = trace.make("Expand", [apart], (*dims[: axis + 1], times, *dims[axis + 1 :]))
    dims[axis] *= times
    return reshaped(trace, many, dims)
