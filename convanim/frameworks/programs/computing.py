"""What functions compute of tensors: cell by cell, along axes, as products, and their shapes themselves."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from functools import partial
from math import prod
from typing import Any

from convanim.frameworks.programs.functions import (
    FUNCTIONS,
    Bound,
    axes_of,
    axis_of,
    dims_of,
    function,
    sizes_of,
    tensors_of,
)
from convanim.frameworks.programs.trace import Trace
from convanim.frameworks.programs.values import Array, Class, Instance, Library, Traced, Unknown


def broadcast(trace: Trace, given: Sequence[Traced], operation: str = "Add") -> Traced:
    """Return what tensors make that meet cell by cell."""
    if not given:
        return trace.lost("what no tensors make together")
    lost = next((one for one in given if one.dims is None), None)
    if lost is not None:
        return trace.lost(lost.why)
    rank = max(len(dims_of(one)) for one in given)
    dims = []
    for axis in range(rank):
        own = {d[axis - rank] for one in given if len(d := dims_of(one)) >= rank - axis} - {1}
        if len(own) > 1:
            told = " and ".join(" × ".join(map(str, dims_of(one))) for one in given)
            return trace.lost(f"tensors of {told} do not go together")
        dims.append(next(iter(own), 1))
    return trace.make(operation, given, tuple(dims))


def same(trace: Trace, its: Bound, called: str = "") -> Any:
    """Return a tensor of the same shape, each cell of which is made of the one at its place."""
    return trace.make("Identity", [its["x"]], its["x"].dims, called) if isinstance(its["x"], Traced) else its["x"]


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
    FUNCTIONS[_name] = ("x", partial(same, called=_name))


def _softmax(trace: Trace, its: Bound, called: str) -> Traced:
    x = its["x"]
    return trace.make("Softmax", [x], x.dims, called, axis=-1 if its["dim"] is None else its["dim"])


for _name in ("softmax", "log_softmax", "softmin", "logsumexp_", "glu_", "standardize"):
    FUNCTIONS[_name] = ("x dim=-1", partial(_softmax, called=_name))


@function("add add_", "*x")
def _sum(trace: Trace, its: Bound) -> Traced:
    return _met(trace, its, "Add")


@function("mul mul_ multiply", "*x")
def _product(trace: Trace, its: Bound) -> Traced:
    return _met(trace, its, "Mul")


@function(
    "sub div divide subtract true_divide maximum minimum pow where sub_ div_ addcmul "
    "floor_divide remainder fmod atan2 logical_and logical_or eq ne lt gt le ge lerp "
    "average addcdiv minimum_ fmin fmax logaddexp hypot",
    "*x",
)
def _together(trace: Trace, its: Bound) -> Traced:
    return _met(trace, its, "Where")


def _met(trace: Trace, its: Bound, operation: str) -> Traced:
    given = [one for many in its["x"] for one in (many if isinstance(many, list | tuple) else [many])]
    found = [one for one in given if isinstance(one, Traced)]
    unknown = next((one for one in given if isinstance(one, Unknown)), None)
    return trace.lost(unknown.why) if unknown else broadcast(trace, found, operation)


@function("add_n accumulate_n", "x")
def _added(trace: Trace, its: Bound) -> Traced:
    return broadcast(trace, tensors_of(its["x"]))


@function(
    "mean sum amax amin prod var std reduce_mean reduce_sum reduce_max reduce_min norm logsumexp any all "
    "nanmean argmax argmin",
    "x dim=None keepdim=False",
)
def reduced(trace: Trace, its: Bound) -> Any:
    """Return a tensor without some axes, each cell of which is made of all along them."""
    x = its["x"]
    dims = dims_of(x)
    gone = axes_of(its["dim"], len(dims))
    keeps = its["keepdim"] in (True, 1, "True")
    made = tuple(1 if axis in gone else n for axis, n in enumerate(dims) if keeps or axis not in gone)
    return trace.make("ReduceMean", [x], made, axes=gone, keepdims=int(keeps))


@function("max min median mode kthvalue", "x dim=None keepdim=False")
def _extreme(trace: Trace, its: Bound) -> Any:
    """Return the largest along an axis, in PyTorch beside its places; or of two tensors, cell by cell."""
    if isinstance(its["dim"], Traced):
        return broadcast(trace, [its["x"], its["dim"]], "Max")
    made = reduced(trace, its)
    if trace.channels_last or its["dim"] is None:
        return made
    pair = Class("extremes", (Library("typing.NamedTuple"),), {}, ("values", "indices"))
    return Instance(pair, {"values": made, "indices": made})


@function("sort", "x dim=-1 descending=False")
def _sorted(trace: Trace, its: Bound) -> Any:
    made = _order(trace, its)
    return made if trace.channels_last else (made, made)


@function("argsort cumsum cumprod cummax", "x dim=-1 descending=False")
def _order(trace: Trace, its: Bound) -> Any:
    return mixed(trace, its["x"], [axis_of(its["dim"], len(dims_of(its["x"])))])


@function("rgb_to_grayscale", "x")
def _grey(trace: Trace, its: Bound) -> Any:
    dims = dims_of(its["x"])
    return reduced(trace, {"x": its["x"], "dim": trace.channel_axis(len(dims)), "keepdim": True})


@function("tensordot", "x other dim=2")
def _contracted(trace: Trace, its: Bound) -> Traced:
    one, other, axes = dims_of(its["x"]), dims_of(its["other"]), operator.index(its["dim"])
    if axes == 1 and len(other) == 2:
        return trace.make("MatMul", [its["x"], its["other"]], (*one[:-1], other[-1]))
    return trace.tensor((*one[: len(one) - axes], *other[axes:]), None)


@function("slogdet logdet det trace", "x")
def _determinant(trace: Trace, its: Bound) -> Any:
    x = its["x"]
    made = trace.constant(dims_of(x)[:-2]) if x.tensor.is_constant else trace.tensor(dims_of(x)[:-2], None)
    return (made, made)


@function("one_hot", "x num_classes=-1")
def _one_hot(trace: Trace, its: Bound) -> Traced:
    return trace.tensor((*dims_of(its["x"]), its["num_classes"]), None)


@function("embedding", "x weight")
def _looked_up(trace: Trace, its: Bound) -> Traced:
    return trace.tensor((*dims_of(its["x"]), *dims_of(its["weight"])[1:]), None)


@function("qr", "x mode=reduced")
def _factors(trace: Trace, its: Bound) -> Any:
    *batch, rows, columns = dims_of(its["x"])
    inner = min(rows, columns)
    shapes = (*batch, rows, inner), (*batch, inner, columns)
    is_fixed = its["x"].tensor.is_constant
    return tuple(trace.constant(one) if is_fixed else trace.tensor(one, None) for one in shapes)


@function("inverse inv pinverse matrix_exp", "x")
def _inverted(trace: Trace, its: Bound) -> Traced:
    x = its["x"]
    is_fixed = x.tensor.is_constant
    return trace.constant(dims_of(x)) if is_fixed else mixed(trace, x, range(len(dims_of(x))))


@function("outer ger", "x other")
def _outer(trace: Trace, its: Bound) -> Traced:
    given = [one if isinstance(one, Traced) else trace.constant((len(one),)) for one in (its["x"], its["other"])]
    shape = tuple(n for one in given for n in dims_of(one))
    is_fixed = all(one.tensor is not None and one.tensor.is_constant for one in given)
    return trace.constant(shape) if is_fixed else trace.tensor(shape, None)


@function("pack_padded_sequence pack_sequence", "x *rest")
def _packed(trace: Trace, its: Bound) -> Traced:
    return trace.make("Identity", [its["x"]], its["x"].dims)


@function("pad_packed_sequence", "x *rest")
def _unpacked(trace: Trace, its: Bound) -> Any:
    return same(trace, its), Unknown("the lengths of sequences")


@function("matmul mm bmm dot", "x other")
def multiplied(trace: Trace, its: Bound) -> Traced:
    """Return the product of two matrices, which stand on the last two axes."""
    one, other = dims_of(its["x"]), dims_of(its["other"])
    if len(one) < 2 or len(other) < 2 or one[-1] != other[-2]:
        return trace.lost(f"a product of {' × '.join(map(str, one))} and {' × '.join(map(str, other))} is not known")
    rank = max(len(one), len(other))
    batch = [max(pair) for pair in zip(*((1,) * (rank - len(d)) + d[:-2] for d in (one, other)), strict=True)]
    return trace.make("MatMul", [its["x"], its["other"]], (*batch, one[-2], other[-1]))


@function("var_mean std_mean moments", "x dim=None keepdim=False")
def _moments(trace: Trace, its: Bound) -> Any:
    made = reduced(trace, its)
    return (made, made)


@function("grid_sample", "x grid")
def _sampled(trace: Trace, its: Bound) -> Traced:
    # Which cells it reads is decided when the program runs.
    return trace.tensor((*dims_of(its["x"])[:2], *dims_of(its["grid"])[1:-1]), None)


@function("affine_grid", "theta size")
def _grid(trace: Trace, its: Bound) -> Traced:
    sizes = sizes_of((its["size"],))
    return trace.tensor((sizes[0], *sizes[2:], len(sizes) - 2), None)


@function("einsum", "pattern *x")
def _summed(trace: Trace, its: Bound) -> Traced:
    before, _, after = str(its["pattern"]).replace(" ", "").partition("->")
    given = tensors_of(its["x"])
    sizes = {
        letter: n
        for letters, one in zip(before.split(","), given, strict=True)
        for letter, n in zip(letters, dims_of(one), strict=True)
    }
    return trace.tensor(tuple(sizes[letter] for letter in after), None)


@function("meshgrid", "*x")
def _grids(trace: Trace, its: Bound) -> Any:
    many = its["x"][0] if len(its["x"]) == 1 and not isinstance(its["x"][0], Array | Traced) else its["x"]
    sizes = [len(one) if isinstance(one, Array) else dims_of(one)[0] for one in many]
    return tuple(trace.constant(tuple(sizes)) for _ in many)


def mixed(trace: Trace, x: Traced, axes: Sequence[int], called: str = "") -> Traced:
    """Return a tensor of the same shape, each cell of which is made of all along some axes."""
    return trace.make("MeanVarianceNormalization", [x], x.dims, called, axes=[axis for axis in axes if axis])


@function("linear", "x weight bias=None")
def _linear(trace: Trace, its: Bound) -> Traced:
    dims, weight = dims_of(its["x"]), dims_of(its["weight"])
    return dense(trace, its["x"], weight[0], weight[1], "linear") if len(weight) == 2 else trace.lost(f"{dims}")


def dense(trace: Trace, x: Traced, units: int, takes: int | None, said: str, activation: str = "") -> Traced:
    """Return what a linear layer makes of the numbers along the last axis, and say where it takes others."""
    if x.dims is None:
        return trace.lost(x.why)
    if takes is not None and takes != x.dims[-1]:
        trace.note(f"{said} takes {takes:,} numbers and is given {x.dims[-1]:,}: in_features={x.dims[-1]} would do")
    weight = trace.constant((x.dims[-1], units))
    return trace.make("MatMul", [x, weight], (*x.dims[:-1], units), activation)


@function("zeros_like ones_like rand_like randn_like empty_like full_like", "x")
def _like(trace: Trace, its: Bound) -> Traced:
    return trace.constant(dims_of(its["x"]))


@function("new_zeros new_ones new_empty new_full", "x *shape")
def _new(trace: Trace, its: Bound) -> Traced:
    return trace.constant(tuple(sizes_of(its["shape"])))


@function("size", "x dim=None")
def _size(trace: Trace, its: Bound) -> Any:
    x = its["x"]
    if x.dims is None:
        return Unknown(x.why)
    return x.dims if its["dim"] is None else x.dims[its["dim"]]


@function("int_shape shape get_shape as_list", "x")
def _shape(trace: Trace, its: Bound) -> Any:
    return its["x"] if isinstance(its["x"], tuple) else _size(trace, {"x": its["x"], "dim": None})


@function("dim ndimension rank", "x")
def _rank(trace: Trace, its: Bound) -> Any:
    return len(dims_of(its["x"]))


@function("numel nelement", "x")
def _count(trace: Trace, its: Bound) -> Any:
    return prod(dims_of(its["x"]))
