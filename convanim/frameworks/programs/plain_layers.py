"""Layers without windows, applied: what they make of a tensor, by their names."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from convanim.frameworks import FRAMEWORKS
from convanim.frameworks.programs import arranging, computing
from convanim.frameworks.programs.library_names import MERGES, MOVING, ROOTS, SEQUENTIAL, keeps_cells
from convanim.frameworks.programs.modules import node_at
from convanim.frameworks.programs.near_names import not_known
from convanim.frameworks.programs.trace import activation_of
from convanim.frameworks.programs.values import Library, LibraryLayer, Traced, Unknown

if TYPE_CHECKING:
    from convanim.frameworks.programs.applying import Applying


def merged(world: Applying, layer: LibraryLayer, given: Sequence[Any]) -> Any:
    """Return what a layer makes of several tensors."""
    found = [one for one in given if isinstance(one, Traced)]
    if not found or len(found) < len(given):
        unknown = next((one for one in given if isinstance(one, Unknown)), Unknown("what goes in"))
        return world.trace.lost(f"{unknown.why} is not known")
    if layer.short == "Concatenate":
        axis = layer.arguments.get("axis", layer.arguments.get("0", -1))
        return arranging.concatenated(world.trace, {"x": found, "dim": axis})
    if layer.short in MERGES:
        return computing.broadcast(world.trace, found, MERGES[layer.short])
    if layer.short == "Lambda":
        return _of_lambda(world, layer, found)
    return world.trace.listed(layer.short, layer.path, found[0], f"{layer.short} is not known")


def plain_layer(world: Applying, layer: LibraryLayer, x: Traced, name: str) -> Any:
    """Return what a layer makes that has no windows."""
    short, trace = layer.short, world.trace
    kind = FRAMEWORKS[ROOTS.get(layer.path.split(".")[0], "torch")].kinds.get(short)
    if x.dims is None:
        if not MOVING.search(short):
            return trace.lost(x.why)
        is_known = kind is not None or bool(layer.why) or short in _MADE
        return trace.listed(name, layer.path, x, x.why if is_known else not_known(layer.path, layer.place))
    if short in _MADE:
        return _MADE[short](world, layer, x, name)
    _check_features(world, layer, x)
    if (kind is not None and not kind.ends) or keeps_cells(short):
        return trace.make("Identity", [x], x.dims, short)
    return trace.listed(name, layer.path, x, not_known(layer.path, layer.place))


def _flattened(world: Applying, layer: LibraryLayer, x: Traced, name: str) -> Any:
    its = layer.arguments
    ends = {"start_dim": its.get("start_dim", its.get("0", 1)), "end_dim": its.get("end_dim", its.get("1", -1))}
    return arranging.flattened(world.trace, {"x": x, **ends})


def _rearranged(world: Applying, layer: LibraryLayer, x: Traced, name: str) -> Any:
    named = {key: value for key, value in layer.arguments.items() if key not in ("pattern", "0")}
    pattern = layer.arguments.get("pattern", layer.arguments.get("0"))
    return arranging.rearranged(world.trace, x, str(pattern), named)


def _gated(world: Applying, layer: LibraryLayer, x: Traced, name: str) -> Any:
    dim = layer.arguments.get("dim", layer.arguments.get("0", -1))
    return world.function("glu", [x, dim], {}, layer.place)


def _attending(world: Applying, layer: LibraryLayer, x: Traced, name: str) -> Any:
    made = computing.mixed(world.trace, x, range(len(x.dims or ()) - 1), layer.short)
    wide = layer.arguments.get("output_shape")
    if isinstance(wide, int) and made.dims is not None:
        made = world.trace.tensor((*made.dims[:-1], wide), None)
    return (made, world.trace.lost("the weights of attention")) if layer.short == "MultiheadAttention" else made


def _permuted(world: Applying, layer: LibraryLayer, x: Traced, name: str) -> Any:
    order = layer.arguments.get("dims", layer.arguments.get("0"))
    if not isinstance(order, list | tuple):
        return world.trace.lost("the order of axes of a Permute is not known")
    return arranging.permuted(world.trace, {"x": x, "dim": ((0, *order),)})


def _resizing(world: Applying, layer: LibraryLayer, x: Traced, name: str) -> Any:
    return world.resized(Library(layer.path), x, [_sides(layer)], {})


def _cropping(world: Applying, layer: LibraryLayer, x: Traced, name: str) -> Any:
    """Return a part of a picture, which is enlarged where it is smaller than that."""
    assert x.dims is not None
    sides, places = _sides(layer), world.trace.places(len(x.dims))
    if any(side > x.dims[place] for side, place in zip(sides, places, strict=True)):
        return _resizing(world, layer, x, name)
    cuts = {place: (0, side, 1) for side, place in zip(sides, places, strict=True)}
    return arranging.sliced(world.trace, x, cuts)


def _sides(layer: LibraryLayer) -> list[int]:
    its = layer.arguments
    return [int(its[key if key in its else at]) for key, at in (("height", "0"), ("width", "1"))]


def _each_in_time(world: Applying, layer: LibraryLayer, x: Traced, name: str) -> Any:
    """Return what a layer makes of each tensor along the axis behind the batch."""
    assert x.dims is not None
    inner = arranging.reshaped(world.trace, x, (x.dims[0] * x.dims[1], *x.dims[2:]))
    layer_within = layer.arguments.get("layer", layer.arguments.get("0"))
    made = world.reader.call(layer_within, (inner,), {}, node_at(layer.place))
    is_known = isinstance(made, Traced) and made.dims is not None
    return arranging.reshaped(world.trace, made, (*x.dims[:2], *made.dims[1:])) if is_known else made


def _embedded(world: Applying, layer: LibraryLayer, x: Traced, name: str) -> Any:
    its = layer.arguments
    units = next((its[key] for key in ("output_dim", "embedding_dim", "features", "1") if key in its), None)
    if not isinstance(units, int) or x.dims is None:
        return world.trace.lost("how many numbers an Embedding makes is not known")
    is_fixed = x.tensor is not None and x.tensor.is_constant
    return world.trace.constant((*x.dims, units)) if is_fixed else world.trace.tensor((*x.dims, units), None)


def _softmax(world: Applying, layer: LibraryLayer, x: Traced, name: str) -> Any:
    if len(x.dims or ()) > 2:
        return world.trace.make("Identity", [x], x.dims, layer.short)
    return world.trace.make("Softmax", [x], x.dims, layer.short, axis=-1)


def _recurrent_convolution(world: Applying, layer: LibraryLayer, x: Traced, name: str) -> Any:
    """Return what a recurrent convolution of Keras makes, which is listed with its sizes."""
    its, axes = layer.arguments, len(x.dims or ()) - 3
    filters, kernel = its.get("filters", its.get("0")), its.get("kernel_size", its.get("1"))
    kernel = kernel if isinstance(kernel, list | tuple) else [kernel] * axes
    strides = its.get("strides", 1)
    strides = strides if isinstance(strides, list | tuple) else [strides] * axes
    if x.dims is None or not all(isinstance(one, int) for one in (filters, *kernel, *strides)):
        return world.trace.listed(name, layer.path, x, f"{layer.short} is not known")
    is_same = its.get("padding") == "same"
    pairs = zip(x.dims[2:-1], kernel, strides, strict=True)
    sizes = [-(-n // s) if is_same else (n - k) // s + 1 for n, k, s in pairs]
    dims = (*x.dims[:2], *sizes, filters)
    made = world.trace.listed(name, layer.path, x, "convolutions that are recurrent are not drawn", dims)
    if its.get("return_sequences") is True or made.dims is None:
        return made
    return world.trace.tensor((dims[0], *dims[2:]), None)


def _check_features(world: Applying, layer: LibraryLayer, x: Traced) -> None:
    """Say where a normalisation takes other channels than it is given."""
    takes = layer.arguments.get("num_features", layer.arguments.get("0"))
    is_batch_norm = layer.short.startswith("BatchNorm") and layer.path.startswith("torch") and isinstance(takes, int)
    if is_batch_norm and x.dims is not None and len(x.dims) > 1 and x.dims[1] != takes:
        world.note(
            f"{layer.short} (line {layer.place.line}) takes {takes:,} channels and is given {x.dims[1]:,}: "
            f"num_features={x.dims[1]} would do"
        )


def _of_lambda(world: Applying, layer: LibraryLayer, given: Any, name: str = "") -> Any:
    """Return what a layer of Keras makes that calls a function of the program."""
    its = layer.arguments
    more = its.get("arguments")
    function = its.get("function", its.get("0"))
    return world.reader.call(function, (given,), more if isinstance(more, dict) else {}, node_at(layer.place))


def _both_ways(world: Applying, layer: LibraryLayer, x: Traced, name: str) -> Any:
    """Return what a recurrent layer makes that reads its input from both ends."""
    inner = layer.arguments.get("layer", layer.arguments.get("0"))
    if not isinstance(inner, LibraryLayer) or inner.short not in SEQUENTIAL:
        return world.trace.lost(f"what {layer.short} makes is not known")
    mode = layer.arguments.get("merge_mode", "concat")
    ways = LibraryLayer(inner.path, None, {**inner.arguments, "bidirectional": mode == "concat"}, inner.place)
    return _recurrent(world, ways, x)


def _dense(world: Applying, layer: LibraryLayer, x: Traced, name: str) -> Any:
    its, short = layer.arguments, layer.short
    assert x.dims is not None
    takes = None
    if short == "Linear" and (layer.path.startswith("torch") or "nnx" in layer.path):
        takes, units = its.get("in_features", its.get("0")), its.get("out_features", its.get("1"))
    else:
        units = next((its[key] for key in ("units", "features", "out_features", "0") if key in its), None)
    if isinstance(units, Unknown) or not isinstance(units, int):
        return world.trace.lost(f"how many numbers {name} makes is not known")
    said = f"{name} (line {layer.place.line})"
    return computing.dense(world.trace, x, units, takes if isinstance(takes, int) else None, said, activation_of(layer))


def _recurrent(world: Applying, layer: LibraryLayer, x: Traced, name: str = "") -> Any:
    """Return what a recurrent layer makes: all that it reads can reach each of its outputs."""
    its, is_torch, trace = layer.arguments, layer.path.startswith("torch"), world.trace
    units = next((its[key] for key in ("hidden_size", "units", "1" if is_torch else "0") if key in its), None)
    if not isinstance(units, int) or x.dims is None or len(x.dims) not in ((2, 3) if is_torch else (3,)):
        return trace.lost(f"what {layer.short} makes is not known")
    ways = 2 if its.get("bidirectional") is True else 1
    made = its.get("proj_size") or units
    order = trace.tensor((*x.dims[:-1], made * ways), None)
    if is_torch:
        count = its.get("num_layers", its.get("2", 1)) * ways
        batch = () if len(x.dims) == 2 else (x.dims[0 if its.get("batch_first") is True else 1],)
        last, cells = (trace.tensor((count, *batch, size), None) for size in (made, units))
        return order, (last, cells) if layer.short == "LSTM" else last
    state = trace.tensor((x.dims[0], units * ways), None)
    last = order if its.get("return_sequences") is True else state
    states = [state, state] if layer.short == "LSTM" else [state]
    return [last, *states] if its.get("return_state") is True else last


def _reshaped(world: Applying, layer: LibraryLayer, x: Traced, name: str) -> Any:
    its = layer.arguments
    assert x.dims is not None
    if layer.short == "Unflatten":
        axis, shape = its.get("dim", its.get("0")), its.get("unflattened_size", its.get("1"))
        return world.function("unflatten", [x, axis, shape], {}, layer.place)
    shape = its.get("target_shape", its.get("0"))
    if not isinstance(shape, list | tuple) or not all(isinstance(one, int) for one in shape):
        return world.trace.lost("the shape of a Reshape is not known")
    return arranging.reshaped(world.trace, x, (x.dims[0], *shape))


_MADE: Mapping[str, Callable[[Applying, LibraryLayer, Traced, str], Any]] = {
    "Flatten": _flattened,
    **dict.fromkeys(("Linear", "LazyLinear", "Dense", "NonDynamicallyQuantizableLinear"), _dense),
    **dict.fromkeys(("Reshape", "Unflatten"), _reshaped),
    "Rearrange": _rearranged,
    **dict.fromkeys(SEQUENTIAL, _recurrent),
    "Bidirectional": _both_ways,
    **dict.fromkeys(("ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D"), _recurrent_convolution),
    "GLU": _gated,
    **dict.fromkeys(
        ("MultiheadAttention", "MultiHeadAttention", "MultiHeadDotProductAttention", "SelfAttention"), _attending
    ),
    **dict.fromkeys(("TransformerEncoder", "TransformerEncoderLayer"), _attending),
    "Permute": _permuted,
    "Resizing": _resizing,
    **dict.fromkeys(("CenterCrop", "RandomCrop"), _cropping),
    "TimeDistributed": _each_in_time,
    **dict.fromkeys(("Embedding", "Embed"), _embedded),
    "Lambda": _of_lambda,
    **dict.fromkeys(("Softmax", "LogSoftmax", "Softmin", "Softmax2d"), _softmax),
}
"""What layers make, by their names."""
