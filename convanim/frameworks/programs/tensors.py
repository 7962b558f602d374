"""Functions and methods that libraries have for tensors, and layers that are none: the shapes that they make."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from math import ceil, prod
from typing import Any

from convanim.frameworks.models.graph import Dims
from convanim.frameworks.programs.trace import Trace
from convanim.frameworks.programs.values import MASK, Array, Class, Instance, Library, Traced, Unknown

Bound = dict[str, Any]
Run = Callable[[Trace, Bound], Any]
"""The trace and the arguments by name to what a function makes."""

_MOST_PARTS = 512
_SAME_NAMES = {
    "axis": "dim",
    "axes": "dim",
    "dims": "dim",
    "perm": "dim",
    "keepdims": "keepdim",
    "keep_dims": "keepdim",
    "input": "x",
    "inputs": "x",
    "self": "x",
    "a": "x",
    "tensors": "x",
    "values": "x",
    "input_tensor": "x",
    "logits": "x",
    "arrays": "x",
    "xs": "x",
    "newshape": "shape",
    "dimension": "dim",
    "num_or_size_splits": "sizes",
    "indices_or_sections": "sizes",
    "paddings": "pad",
    "pad_width": "pad",
    "images": "x",
}
"""What libraries call the same argument, and one name for it."""


def bind(text: str, arguments: Sequence[Any], named: Mapping[str, Any]) -> dict[str, Any]:
    """Return arguments by the names that a text lists with their defaults, ``*name`` for all that are left.

    Raises
    ------
    LookupError
        If one is missing.
    """
    found: dict[str, Any] = {}
    given = {_SAME_NAMES.get(name, name): value for name, value in named.items()}
    rest = list(arguments)
    for word in text.split():
        name, has_default, default = word.partition("=")
        if name.startswith("*"):
            many = rest[0] if name == "*x" and len(rest) == 1 and isinstance(rest[0], list | tuple) else rest
            found[name[1:]] = tuple(many) if rest or name[1:] not in given else given[name[1:]]
            rest = []
        elif rest:
            found[name] = rest.pop(0)
        elif name in given:
            found[name] = given[name]
        elif has_default:
            found[name] = None if default == "None" else int(default) if default.lstrip("-").isdigit() else default
        else:
            raise LookupError(name)
    return found


FUNCTIONS: dict[str, tuple[str, Run]] = {}
"""Functions by their last names: their arguments, and what they make."""


def _function(names: str, text: str) -> Callable[[Run], Run]:
    def register(run: Run) -> Run:
        for name in names.split():
            FUNCTIONS[name] = (text, run)
        return run

    return register


def _axis(dim: Any, rank: int) -> int:
    return range(rank)[operator.index(dim)]


def _axes(dim: Any, rank: int) -> list[int]:
    if dim is None or (isinstance(dim, list | tuple) and not dim):
        return list(range(rank))
    return [_axis(one, rank) for one in (dim if isinstance(dim, list | tuple) else (dim,))]


def _sizes(values: Any) -> list[int]:
    """Return the whole numbers of a shape, which may be given one by one or as a list."""
    flat = values[0] if len(values) == 1 and isinstance(values[0], list | tuple) else values
    return [operator.index(one) for one in flat]


def _tensors(values: Any) -> list[Traced]:
    found = (
        values[0] if isinstance(values, tuple) and len(values) == 1 and isinstance(values[0], list | tuple) else values
    )
    many = list(found)
    if not many or not all(isinstance(one, Traced) for one in many):
        raise TypeError("they are not all tensors")
    return many


def _dims(value: Traced) -> Dims:
    if not isinstance(value, Traced):
        raise TypeError("it is no tensor")
    if value.dims is None:
        raise ValueError(value.why)
    return value.dims


def broadcast(trace: Trace, given: Sequence[Traced], operation: str = "Add") -> Traced:
    """Return what tensors make that meet cell by cell."""
    if not given:
        return trace.lost("what no tensors make together")
    lost = next((one for one in given if one.dims is None), None)
    if lost is not None:
        return trace.lost(lost.why)
    rank = max(len(_dims(one)) for one in given)
    dims = []
    for axis in range(rank):
        own = {d[axis - rank] for one in given if len(d := _dims(one)) >= rank - axis} - {1}
        if len(own) > 1:
            told = " and ".join(" × ".join(map(str, _dims(one))) for one in given)
            return trace.lost(f"tensors of {told} do not go together")
        dims.append(next(iter(own), 1))
    return trace.make(operation, given, tuple(dims))


def same(trace: Trace, its: Bound) -> Any:
    """Return a tensor of the same shape, each cell of which is made of the one at its place."""
    return trace.make("Identity", [its["x"]], its["x"].dims) if isinstance(its["x"], Traced) else its["x"]


_SAME = """
relu relu6 relu_ leaky_relu leaky_relu_ prelu rrelu elu elu_ celu selu gelu silu swish mish sigmoid sigmoid_ tanh
tanh_ hardtanh hardswish hardsigmoid hard_swish hard_sigmoid hard_tanh softplus softsign softshrink hardshrink
tanhshrink logsigmoid log_sigmoid threshold soft_sign dropout dropout1d dropout2d dropout3d alpha_dropout
feature_alpha_dropout batch_norm instance_norm group_norm layer_norm rms_norm normalize local_response_norm lrn
batch_normalization contiguous clone detach detach_ to cuda cpu float double half bfloat16 type requires_grad_ type_as
astype cast int long bool abs exp log log1p sqrt rsqrt square neg negative sign sin cos floor ceil round clamp clamp_
clamp_min clip clip_by_value stop_gradient identity checkpoint_name with_sharding_constraint nan_to_num reciprocal erf
pow_ data normal_ uniform_ zero_ fill_ copy_ bernoulli_ exponential_ masked_fill masked_fill_ tril triu clamp_max
nan_to_num_ contiguous_ round_ square_ pin_memory cos_ sin_ exp_ Identity Dropout stochastic_depth drop_path
drop_block2d dequantize quantize bias_add preprocess_input l2_normalize local_response_normalization convert_to_tensor
asarray array stop_grad as_tensor log_softmax_ fake_quantize
"""

for _name in _SAME.split():
    FUNCTIONS[_name] = ("x", same)


@_function("softmax log_softmax softmin logsumexp_ glu_ standardize", "x dim=-1")
def _softmax(trace: Trace, its: Bound) -> Traced:
    x = its["x"]
    return trace.make("Softmax", [x], x.dims, axis=-1 if its["dim"] is None else its["dim"])


@_function("glu", "x dim=-1")
def _glu(trace: Trace, its: Bound) -> Traced:
    first, second = _chunked(trace, its["x"], 2, its["dim"])
    return broadcast(trace, [first, second])


@_function(
    "add sub mul multiply div divide subtract true_divide maximum minimum pow where add_ sub_ mul_ div_ addcmul "
    "floor_divide remainder fmod atan2 logical_and logical_or eq ne lt gt le ge lerp "
    "average addcdiv minimum_ fmin fmax logaddexp hypot",
    "*x",
)
def _met(trace: Trace, its: Bound) -> Traced:
    given = [one for many in its["x"] for one in (many if isinstance(many, list | tuple) else [many])]
    found = [one for one in given if isinstance(one, Traced)]
    unknown = next((one for one in given if isinstance(one, Unknown)), None)
    return trace.lost(unknown.why) if unknown else broadcast(trace, found)


@_function("add_n accumulate_n", "x")
def _added(trace: Trace, its: Bound) -> Traced:
    return broadcast(trace, _tensors(its["x"]))


@_function("cat concat concatenate hstack_", "x dim=0")
def concatenated(trace: Trace, its: Bound) -> Any:
    """Return tensors laid behind each other along an axis."""
    if isinstance(its["x"], Unknown):
        return trace.lost(its["x"].why)
    unknown = next((one for one in its["x"] if isinstance(one, Unknown)), None)
    if unknown is not None:
        return trace.lost(unknown.why)
    given = _tensors(its["x"])
    lost = next((one for one in given if one.dims is None), None)
    if lost is not None:
        return trace.lost(lost.why)
    dims = list(_dims(given[0]))
    axis = _axis(its["dim"], len(dims))
    for one in given[1:]:
        own = _dims(one)
        if len(own) != len(dims) or any(a != b for n, (a, b) in enumerate(zip(own, dims, strict=True)) if n != axis):
            told = " and ".join(" × ".join(map(str, _dims(each))) for each in given)
            return trace.lost(f"tensors of {told} cannot be laid behind each other along axis {axis}")
    dims[axis] = sum(_dims(one)[axis] for one in given)
    return trace.make("Concat", given, tuple(dims), axis=axis)


@_function("hstack", "x")
def _beside(trace: Trace, its: Bound) -> Any:
    return concatenated(trace, {"x": its["x"], "dim": min(1, len(_dims(_tensors(its["x"])[0])) - 1)})


@_function("vstack", "x")
def _below(trace: Trace, its: Bound) -> Any:
    return concatenated(trace, {"x": its["x"], "dim": 0})


@_function("stack", "x dim=0")
def _stacked(trace: Trace, its: Bound) -> Any:
    given = _tensors(its["x"])
    rank = len(_dims(given[0])) + 1
    axis = _axis(its["dim"], rank)
    return concatenated(trace, {"x": [_unsqueezed(trace, one, axis) for one in given], "dim": axis})


def _unsqueezed(trace: Trace, x: Traced, axis: int) -> Traced:
    dims = _dims(x)
    return trace.make("Unsqueeze", [x], (*dims[:axis], 1, *dims[axis:]))


@_function("unsqueeze expand_dims unsqueeze_", "x dim=-1")
def _unsqueeze(trace: Trace, its: Bound) -> Traced:
    many = its["dim"] if isinstance(its["dim"], list | tuple) else (its["dim"],)
    made: Traced = its["x"]
    for dim in many:
        made = _unsqueezed(trace, made, _axis(dim, len(_dims(made)) + 1))
    return made


@_function("squeeze squeeze_", "x dim=None")
def _squeeze(trace: Trace, its: Bound) -> Traced:
    dims = _dims(its["x"])
    gone = [axis for axis in _axes(its["dim"], len(dims)) if dims[axis] == 1]
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


@_function("view reshape view_as_ reshape_", "x *shape")
def _view(trace: Trace, its: Bound) -> Traced:
    x, wanted = its["x"], _sizes(its["shape"])
    made = reshaped(trace, x, wanted)
    is_row = len(wanted) == 2 and wanted[0] == -1 and made.dims is not None
    if is_row and len(_dims(x)) > 2 and _dims(x)[0] == 1 and _dims(made)[0] > 1:
        trace.note(
            f"the {prod(_dims(x)):,} numbers of one example ({' × '.join(map(str, _dims(x)))}) are arranged as "
            f"{_dims(made)[0]} rows of {wanted[1]:,}; {prod(_dims(x)):,} would keep them together"
        )
    return made


@_function("view_as reshape_as", "x other")
def _view_as(trace: Trace, its: Bound) -> Traced:
    return reshaped(trace, its["x"], _dims(its["other"]))


@_function("flatten ravel", "x start_dim=0 end_dim=-1")
def flattened(trace: Trace, its: Bound) -> Traced:
    """Return a tensor whose axes from one to another are one."""
    dims = _dims(its["x"])
    first, last = _axis(its["start_dim"], len(dims)), _axis(its["end_dim"], len(dims))
    return trace.make("Flatten", [its["x"]], (*dims[:first], prod(dims[first : last + 1]), *dims[last + 1 :]))


@_function("unflatten", "x dim *shape")
def _unflattened(trace: Trace, its: Bound) -> Traced:
    dims = _dims(its["x"])
    axis = _axis(its["dim"], len(dims))
    return reshaped(trace, its["x"], (*dims[:axis], *_sizes(its["shape"]), *dims[axis + 1 :]))


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
            apart = trace.make("Expand", [apart], (*_dims(apart)[:-1], known[name]))
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


@_function("permute transpose_", "x *dim")
def permuted(trace: Trace, its: Bound) -> Any:
    """Return a tensor with its axes in another order."""
    dims = _dims(its["x"])
    order = [_axis(one, len(dims)) for one in _sizes(its["dim"])]
    if sorted(order) != list(range(len(dims))):
        raise ValueError("it is no order of the axes")
    return trace.make("Transpose", [its["x"]], tuple(dims[axis] for axis in order), perm=order)


@_function("transpose swapaxes swapdims t", "x *dim")
def _swapped(trace: Trace, its: Bound) -> Any:
    given = its["dim"]
    rank = len(_dims(its["x"]))
    if not given or given == (None,):
        return permuted(trace, {"x": its["x"], "dim": (tuple(range(rank))[::-1],)})
    if isinstance(given[0], list | tuple) or len(given) > 2:
        return permuted(trace, its)
    first, second = (_axis(one, rank) for one in given)
    order = list(range(rank))
    order[first], order[second] = second, first
    return permuted(trace, {"x": its["x"], "dim": (order,)})


@_function("moveaxis movedim", "x source destination")
def _moved(trace: Trace, its: Bound) -> Any:
    rank = len(_dims(its["x"]))
    source, target = _axis(its["source"], rank), _axis(its["destination"], rank)
    order = [axis for axis in range(rank) if axis != source]
    order.insert(target, source)
    return permuted(trace, {"x": its["x"], "dim": (order,)})


@_function(
    "mean sum amax amin prod var std reduce_mean reduce_sum reduce_max reduce_min norm logsumexp any all "
    "nanmean argmax argmin",
    "x dim=None keepdim=False",
)
def reduced(trace: Trace, its: Bound) -> Any:
    """Return a tensor without some axes, each cell of which is made of all along them."""
    x = its["x"]
    dims = _dims(x)
    gone = _axes(its["dim"], len(dims))
    keeps = its["keepdim"] in (True, 1, "True")
    made = tuple(1 if axis in gone else n for axis, n in enumerate(dims) if keeps or axis not in gone)
    return trace.make("ReduceMean", [x], made, axes=gone, keepdims=int(keeps))


@_function("max min median mode kthvalue", "x dim=None keepdim=False")
def _extreme(trace: Trace, its: Bound) -> Any:
    """Return the largest along an axis, in PyTorch beside its places; or of two tensors, cell by cell."""
    if isinstance(its["dim"], Traced):
        return broadcast(trace, [its["x"], its["dim"]])
    made = reduced(trace, its)
    if trace.channels_last or its["dim"] is None:
        return made
    pair = Class("extremes", (Library("typing.NamedTuple"),), {}, ("values", "indices"))
    return Instance(pair, {"values": made, "indices": made})


@_function("topk top_k", "x k dim=-1")
def _most(trace: Trace, its: Bound) -> Any:
    axis = _axis(its["dim"], len(_dims(its["x"])))
    made = sliced(trace, mixed(trace, its["x"], [axis]), {axis: (0, its["k"], 1)})
    return (made, made)


@_function("sort", "x dim=-1 descending=False")
def _sorted(trace: Trace, its: Bound) -> Any:
    made = _order(trace, its)
    return made if trace.channels_last else (made, made)


@_function("argsort cumsum cumprod cummax", "x dim=-1 descending=False")
def _order(trace: Trace, its: Bound) -> Any:
    return mixed(trace, its["x"], [_axis(its["dim"], len(_dims(its["x"])))])


@_function("gather take_along_dim take_along_axis", "x dim index")
def _gathered(trace: Trace, its: Bound) -> Traced:
    # Which cells are read is decided when the program runs; NumPy has the axis behind the places.
    index = its["index"] if isinstance(its["index"], Traced) else its["dim"]
    return trace.tensor(_dims(index), None)


@_function("take", "x index dim=0")
def _taken_along(trace: Trace, its: Bound) -> Traced:
    dims, axis, index = _dims(its["x"]), _axis(its["dim"], len(_dims(its["x"]))), its["index"]
    many = (len(index),) if isinstance(index, list | tuple) else _dims(index)
    return trace.tensor((*dims[:axis], *many, *dims[axis + 1 :]), None)


@_function("slice_sized dynamic_slice", "x start size")
def _slice_sized(trace: Trace, its: Bound) -> Traced:
    """Return a part of a tensor by where it starts and its size, -1 for all that is left."""
    dims = _dims(its["x"])
    starts, sizes = _sizes((its["start"],)), _sizes((its["size"],))
    ends = [n if size < 0 else start + size for n, start, size in zip(dims, starts, sizes, strict=True)]
    return sliced(trace, its["x"], {axis: (a, b, 1) for axis, (a, b) in enumerate(zip(starts, ends, strict=True))})


@_function("slice_between", "x start limit strides=None")
def _slice_between(trace: Trace, its: Bound) -> Traced:
    """Return a part of a tensor by where it starts and ends."""
    starts, ends = _sizes((its["start"],)), _sizes((its["limit"],))
    steps = _sizes((its["strides"],)) if its["strides"] else [1] * len(starts)
    return sliced(trace, its["x"], dict(enumerate(zip(starts, ends, steps, strict=True))))


@_function("crop_to_bounding_box", "x top left height width")
def _cropped(trace: Trace, its: Bound) -> Traced:
    rows, columns = list(trace.places(len(_dims(its["x"]))))
    top, left, height, width = (operator.index(its[key]) for key in ("top", "left", "height", "width"))
    return sliced(trace, its["x"], {rows: (top, top + height, 1), columns: (left, left + width, 1)})


@_function("rgb_to_grayscale", "x")
def _grey(trace: Trace, its: Bound) -> Any:
    dims = _dims(its["x"])
    return reduced(trace, {"x": its["x"], "dim": trace.channel_axis(len(dims)), "keepdim": True})


@_function("tensordot", "x other dim=2")
def _contracted(trace: Trace, its: Bound) -> Traced:
    one, other, axes = _dims(its["x"]), _dims(its["other"]), operator.index(its["dim"])
    if axes == 1 and len(other) == 2:
        return trace.make("MatMul", [its["x"], its["other"]], (*one[:-1], other[-1]))
    return trace.tensor((*one[: len(one) - axes], *other[axes:]), None)


@_function("index_select", "x dim index")
def _selected(trace: Trace, its: Bound) -> Traced:
    dims, axis = list(_dims(its["x"])), _axis(its["dim"], len(_dims(its["x"])))
    (dims[axis],) = _dims(its["index"])
    return trace.tensor(tuple(dims), None)


@_function("slogdet logdet det trace", "x")
def _determinant(trace: Trace, its: Bound) -> Any:
    x = its["x"]
    made = trace.constant(_dims(x)[:-2]) if x.tensor.is_constant else trace.tensor(_dims(x)[:-2], None)
    return (made, made)


@_function("one_hot", "x num_classes=-1")
def _one_hot(trace: Trace, its: Bound) -> Traced:
    return trace.tensor((*_dims(its["x"]), its["num_classes"]), None)


@_function("embedding", "x weight")
def _looked_up(trace: Trace, its: Bound) -> Traced:
    return trace.tensor((*_dims(its["x"]), *_dims(its["weight"])[1:]), None)


@_function("unfold_windows", "x dim size step=1")
def _windows(trace: Trace, its: Bound) -> Traced:
    """Return the method ``unfold`` of tensors: windows of an axis, whose cells stand on an axis behind the others."""
    dims = list(_dims(its["x"]))
    axis, size, step = _axis(its["dim"], len(dims)), operator.index(its["size"]), operator.index(its["step"])
    dims[axis] = (dims[axis] - size) // step + 1
    return trace.tensor((*dims, size), None)


@_function("qr", "x mode=reduced")
def _factors(trace: Trace, its: Bound) -> Any:
    *batch, rows, columns = _dims(its["x"])
    inner = min(rows, columns)
    shapes = (*batch, rows, inner), (*batch, inner, columns)
    is_fixed = its["x"].tensor.is_constant
    return tuple(trace.constant(one) if is_fixed else trace.tensor(one, None) for one in shapes)


@_function("inverse inv pinverse matrix_exp", "x")
def _inverted(trace: Trace, its: Bound) -> Traced:
    x = its["x"]
    is_fixed = x.tensor.is_constant
    return trace.constant(_dims(x)) if is_fixed else mixed(trace, x, range(len(_dims(x))))


@_function("outer ger", "x other")
def _outer(trace: Trace, its: Bound) -> Traced:
    given = [one if isinstance(one, Traced) else trace.constant((len(one),)) for one in (its["x"], its["other"])]
    shape = tuple(n for one in given for n in _dims(one))
    is_fixed = all(one.tensor is not None and one.tensor.is_constant for one in given)
    return trace.constant(shape) if is_fixed else trace.tensor(shape, None)


@_function("pack_padded_sequence pack_sequence", "x *rest")
def _packed(trace: Trace, its: Bound) -> Traced:
    return trace.make("Identity", [its["x"]], its["x"].dims)


@_function("pad_packed_sequence", "x *rest")
def _unpacked(trace: Trace, its: Bound) -> Any:
    return same(trace, its), Unknown("the lengths of sequences")


@_function("chunk", "x chunks dim=0")
def _chunk(trace: Trace, its: Bound) -> list[Traced]:
    return _chunked(trace, its["x"], its["chunks"], its["dim"])


def _chunked(trace: Trace, x: Traced, count: int, dim: int) -> list[Traced]:
    size = _dims(x)[_axis(dim, len(_dims(x)))]
    each = max(ceil(size / operator.index(count)), 1)
    return _parted(trace, x, _alike(size, each), dim)


def _alike(size: int, each: int) -> list[int]:
    """Return the sizes of parts of which all but the last are alike, and no more of them than are followed."""
    return [min(each, size - start) for start in islice(range(0, size, each), _MOST_PARTS + 1)]


def _parted(trace: Trace, x: Traced, sizes: Sequence[int], dim: int) -> list[Traced]:
    axis = _axis(dim, len(_dims(x)))
    if len(sizes) > _MOST_PARTS:
        raise ValueError(f"more than {_MOST_PARTS} parts")
    found, start = [], 0
    for size in sizes:
        found.append(sliced(trace, x, {axis: (start, start + size, 1)}))
        start += size
    return found


@_function("split split_with_sizes", "x sizes dim=0")
def _split(trace: Trace, its: Bound) -> list[Traced]:
    x, sizes = its["x"], its["sizes"]
    total = _dims(x)[_axis(its["dim"], len(_dims(x)))]
    if isinstance(sizes, int):
        return _parted(trace, x, _alike(total, sizes), its["dim"])
    return _parted(trace, x, _sizes((sizes,)), its["dim"])


@_function("split_into array_split", "x sizes dim=0")
def _split_into(trace: Trace, its: Bound) -> list[Traced]:
    """Return so many parts of an axis; several numbers are the sizes of parts, as in TensorFlow, or where they end."""
    x, sizes = its["x"], its["sizes"]
    total = _dims(x)[_axis(its["dim"], len(_dims(x)))]
    if isinstance(sizes, int):
        return _chunked(trace, x, sizes, its["dim"])
    many = _sizes((sizes,))
    if sum(many) != total:
        ends = [*many, total]
        many = [end - start for start, end in zip([0, *ends], ends, strict=False)]
    return _parted(trace, x, many, its["dim"])


@_function("unbind unstack", "x dim=0")
def _unbound(trace: Trace, its: Bound) -> list[Traced]:
    x = its["x"]
    axis = _axis(its["dim"], len(_dims(x)))
    parts = _parted(trace, x, _alike(_dims(x)[axis], 1), axis)
    return [_squeeze(trace, {"x": one, "dim": axis}) for one in parts]


def sliced(trace: Trace, x: Traced, parts: Mapping[int, tuple[int, int, int]]) -> Traced:
    """Return what is left of a tensor between two cells of some axes, with a step."""
    dims = list(_dims(x))
    for axis, (start, stop, step) in parts.items():
        dims[axis] = len(range(start, stop, step))
    axes = list(parts)
    starts, ends, steps = ([parts[axis][n] for axis in axes] for n in range(3))
    return trace.make("Slice", [x], tuple(dims), axes=axes, starts=starts, ends=ends, steps=steps)


@_function("narrow", "x dim start length")
def _narrow(trace: Trace, its: Bound) -> Traced:
    axis = _axis(its["dim"], len(_dims(its["x"])))
    return sliced(trace, its["x"], {axis: (its["start"], its["start"] + its["length"], 1)})


@_function("expand broadcast_to", "x *shape")
def _expanded(trace: Trace, its: Bound) -> Traced:
    dims, wanted = _dims(its["x"]), _sizes(its["shape"])
    own = (1,) * (len(wanted) - len(dims)) + dims
    return trace.make("Expand", [its["x"]], tuple(a if b == -1 else b for a, b in zip(own, wanted, strict=True)))


@_function("expand_as", "x other")
def _expanded_as(trace: Trace, its: Bound) -> Traced:
    return trace.make("Expand", [its["x"]], _dims(its["other"]))


@_function("repeat tile", "x *shape")
def _repeated(trace: Trace, its: Bound) -> Traced:
    dims, times = _dims(its["x"]), _sizes(its["shape"])
    own = (1,) * (len(times) - len(dims)) + dims
    return trace.make("Tile", [its["x"]], tuple(a * b for a, b in zip(own, times, strict=True)))


@_function("matmul mm bmm dot", "x other")
def multiplied(trace: Trace, its: Bound) -> Traced:
    """Return the product of two matrices, which stand on the last two axes."""
    one, other = _dims(its["x"]), _dims(its["other"])
    if len(one) < 2 or len(other) < 2 or one[-1] != other[-2]:
        return trace.lost(f"a product of {' × '.join(map(str, one))} and {' × '.join(map(str, other))} is not known")
    rank = max(len(one), len(other))
    batch = [max(pair) for pair in zip(*((1,) * (rank - len(d)) + d[:-2] for d in (one, other)), strict=True)]
    return trace.make("MatMul", [its["x"], its["other"]], (*batch, one[-2], other[-1]))


@_function("var_mean std_mean moments", "x dim=None keepdim=False")
def _moments(trace: Trace, its: Bound) -> Any:
    made = reduced(trace, its)
    return (made, made)


@_function("grid_sample", "x grid")
def _sampled(trace: Trace, its: Bound) -> Traced:
    # Which cells it reads is decided when the program runs.
    return trace.tensor((*_dims(its["x"])[:2], *_dims(its["grid"])[1:-1]), None)


@_function("affine_grid", "theta size")
def _grid(trace: Trace, its: Bound) -> Traced:
    sizes = _sizes((its["size"],))
    return trace.tensor((sizes[0], *sizes[2:], len(sizes) - 2), None)


@_function("einsum", "pattern *x")
def _summed(trace: Trace, its: Bound) -> Traced:
    before, _, after = str(its["pattern"]).replace(" ", "").partition("->")
    given = _tensors(its["x"])
    sizes = {
        letter: n
        for letters, one in zip(before.split(","), given, strict=True)
        for letter, n in zip(letters, _dims(one), strict=True)
    }
    return trace.tensor(tuple(sizes[letter] for letter in after), None)


@_function("meshgrid", "*x")
def _grids(trace: Trace, its: Bound) -> Any:
    many = its["x"][0] if len(its["x"]) == 1 and not isinstance(its["x"][0], Array | Traced) else its["x"]
    sizes = [len(one) if isinstance(one, Array) else _dims(one)[0] for one in many]
    return tuple(trace.constant(tuple(sizes)) for _ in many)


@_function("rot90", "x k=1 dim=None")
def _turned(trace: Trace, its: Bound) -> Traced:
    dims = list(_dims(its["x"]))
    first, second = its["dim"] or (0, 1)
    if operator.index(its["k"]) % 2:
        dims[first], dims[second] = dims[second], dims[first]
    return trace.tensor(tuple(dims), None)


@_function("flip roll fliplr flipud reverse flip_left_right flip_up_down", "x *rest")
def _flipped(trace: Trace, its: Bound) -> Traced:
    x = its["x"]
    rank = len(_dims(x))
    return trace.make("Softmax", [x], x.dims, axis=-1) if rank < 2 else mixed(trace, x, trace.places(rank))


def mixed(trace: Trace, x: Traced, axes: Sequence[int]) -> Traced:
    """Return a tensor of the same shape, each cell of which is made of all along some axes."""
    return trace.make("MeanVarianceNormalization", [x], x.dims, axes=[axis for axis in axes if axis])


def padded(trace: Trace, x: Traced, pairs: Mapping[int, tuple[int, int]]) -> Traced:
    """Return a tensor with cells added at the ends of some axes, or taken where the numbers are negative."""
    dims = list(_dims(x))
    for axis, (low, high) in pairs.items():
        dims[axis] += low + high
    lows = [pairs.get(axis, (0, 0))[0] for axis in range(len(dims))]
    highs = [pairs.get(axis, (0, 0))[1] for axis in range(len(dims))]
    return trace.make("Pad", [x], tuple(dims), pads=[*lows, *highs])


@_function("pad", "x pad mode=constant value=0")
def _pad(trace: Trace, its: Bound) -> Traced:
    x, written = its["x"], its["pad"]
    rank = len(_dims(x))
    if isinstance(written, int):
        return padded(trace, x, dict.fromkeys(range(rank), (written, written)))
    if written and isinstance(written, list | tuple) and isinstance(written[0], list | tuple):
        return padded(trace, x, dict(enumerate((int(low), int(high)) for low, high in written)))
    ends = _sizes((written,))
    pairs = list(zip(ends[::2], ends[1::2], strict=True))
    return padded(trace, x, {rank - 1 - number: pair for number, pair in enumerate(pairs)})


@_function("linear", "x weight bias=None")
def _linear(trace: Trace, its: Bound) -> Traced:
    dims, weight = _dims(its["x"]), _dims(its["weight"])
    return dense(trace, its["x"], weight[0], weight[1], "linear") if len(weight) == 2 else trace.lost(f"{dims}")


def dense(trace: Trace, x: Traced, units: int, takes: int | None, said: str) -> Traced:
    """Return what a linear layer makes of the numbers along the last axis, and say where it takes others."""
    if x.dims is None:
        return trace.lost(x.why)
    if takes is not None and takes != x.dims[-1]:
        trace.note(f"{said} takes {takes:,} numbers and is given {x.dims[-1]:,}: in_features={x.dims[-1]} would do")
    weight = trace.constant((x.dims[-1], units))
    return trace.make("MatMul", [x, weight], (*x.dims[:-1], units))


@_function("zeros_like ones_like rand_like randn_like empty_like full_like", "x")
def _like(trace: Trace, its: Bound) -> Traced:
    return trace.constant(_dims(its["x"]))


@_function("new_zeros new_ones new_empty new_full", "x *shape")
def _new(trace: Trace, its: Bound) -> Traced:
    return trace.constant(tuple(_sizes(its["shape"])))


@_function("size", "x dim=None")
def _size(trace: Trace, its: Bound) -> Any:
    x = its["x"]
    if x.dims is None:
        return Unknown(x.why)
    return x.dims if its["dim"] is None else x.dims[its["dim"]]


@_function("int_shape shape get_shape as_list", "x")
def _shape(trace: Trace, its: Bound) -> Any:
    return its["x"] if isinstance(its["x"], tuple) else _size(trace, {"x": its["x"], "dim": None})


@_function("dim ndimension rank", "x")
def _rank(trace: Trace, its: Bound) -> Any:
    return len(_dims(its["x"]))


@_function("numel nelement", "x")
def _count(trace: Trace, its: Bound) -> Any:
    return prod(_dims(its["x"]))


@_function("depth_to_space", "x block_size")
def _spread(trace: Trace, its: Bound) -> Traced:
    """Return a tensor of which each cell's channels have become the cells of a block, as TensorFlow orders them."""
    return _blocks(trace, its["x"], its["block_size"], is_spread=True)


@_function("space_to_depth", "x block_size")
def _gathered_cells(trace: Trace, its: Bound) -> Traced:
    """Return a tensor of which the cells of each block have become channels, as TensorFlow orders them."""
    return _blocks(trace, its["x"], its["block_size"], is_spread=False)


def _blocks(trace: Trace, x: Traced, block: int, is_spread: bool) -> Traced:
    if not trace.channels_last:
        return trace.lost("blocks of cells with channels before them")
    batch, *size, channels = _dims(x)
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


@_function("repeat_elements repeat_along", "x repeats dim=None")
def _repeated_along(trace: Trace, its: Bound) -> Traced:
    """Return a tensor whose cells stand several times behind each other along an axis, as NumPy repeats them."""
    dims = list(_dims(its["x"]))
    axis, times = _axis(its["dim"], len(dims)), operator.index(its["repeats"])
    apart = _unsqueezed(trace, its["x"], axis + 1)
    many = trace.make("Expand", [apart], (*dims[: axis + 1], times, *dims[axis + 1 :]))
    dims[axis] *= times
    return reshaped(trace, many, dims)


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
    if is_fixed and len(_dims(index)) == 1 and index.weights != MASK:
        return _Chosen(_dims(index)[0])
    return index


def item(trace: Trace, x: Traced, index: Any) -> Traced:
    """Return a part of a tensor: whole numbers take a place of an axis away, None adds one."""
    if x.dims is None:
        return trace.lost(x.why)
    if isinstance(index, Traced) and index.tensor and index.tensor.is_constant and x.tensor and x.tensor.is_constant:
        # A table of weights, from which rows are taken by numbers that are fixed.
        return trace.constant((*_dims(index), *x.dims[1:]), x.weights)
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
        dims = tuple(chosen.get(axis, n) for axis, n in enumerate(_dims(made)))
        axes = list(chosen)
        made = trace.make(
            "Slice", [made], dims, axes=axes, starts=[0] * len(axes), ends=list(chosen.values()), steps=[1] * len(axes)
        )
    return made if made.dims == tuple(shape) else trace.make("Reshape", [made], tuple(shape))
