"""Modules of PyTorch and models of Keras as objects: the layers that they apply, and how they are joined."""

from __future__ import annotations

import ast
import importlib
import operator
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from convanim.base.errors import ConvanimError
from convanim.frameworks.kinds import Described
from convanim.frameworks.models.model import Model
from convanim.frameworks.programs.interpreter import Interpreter
from convanim.frameworks.programs.libraries import Libraries
from convanim.frameworks.programs.library_names import canonical
from convanim.frameworks.programs.reading import model_of
from convanim.frameworks.programs.trace import Trace, tried
from convanim.frameworks.programs.values import Library, LibraryLayer, Native, Traced, Unknown
from convanim.frameworks.source import Place

Describe = Callable[[Any], "Described | None"]
"""An object of a framework to the layer that it is, None where it is none that is known."""

_HERE = ast.Pass(lineno=1, col_offset=0)
_PLACE = Place(1, 1)
_SIGNS = {
    operator.add: "add",
    operator.sub: "sub",
    operator.mul: "mul",
    operator.truediv: "div",
    operator.pow: "pow",
    operator.neg: "neg",
    operator.matmul: "matmul",
    operator.iadd: "add",
    operator.imul: "mul",
}
_PLAIN = (operator.floordiv, operator.mod, operator.add, operator.sub, operator.mul, operator.truediv, operator.getitem)
_BETWEEN = {
    **{name: name for name in ("add", "sub", "mul", "div", "pow", "neg", "matmul")},
    **{f"i{name}": name for name in ("add", "sub", "mul")},
    **{f"r{name}": name for name in ("add", "sub", "mul", "pow")},
    **dict.fromkeys(("truediv", "rtruediv", "itruediv"), "div"),
}
"""What the special methods of tensors are for operators."""
_NAMES = """
axis axes keepdims newshape pad_width mode pool_size strides padding dilation_rate repeats size interpolation
indices_or_sections
"""
_OPTIONS = _NAMES.split()
"""What objects of ``keras.ops`` call their options."""
_ATTRIBUTES = ("dim", "start_dim", "end_dim", "in_features", "out_features", "axis", "units", "target_shape", "dims")
"""Attributes of layers without windows that say what they do."""


def read_torch(module: Any, size: Sequence[int], channels: int | None, describe: Describe) -> Model:
    """Return the layers that a module of PyTorch applies, as ``torch.fx`` follows its ``forward``.

    Its ``forward`` is called with stand-ins for tensors; where the module needs numbers, it is run once on zeros. It
    is not changed.

    Parameters
    ----------
    module : torch.nn.Module
        Any.
    size : sequence of int
        (rows, columns) of its input.
    channels : int or None
        Of its input; those that its first layer takes where they are not given.
    describe : callable
        Modules to layers.

    Raises
    ------
    ConvanimError
        If the module cannot be run on such an input, or it applies no layer.
    """
    name = type(module).__name__
    try:
        traced = importlib.import_module("torch.fx").symbolic_trace(module)
    except Exception:  # The user's own code runs here, and fails in its own ways.
        return _run_torch(module, tuple(size), channels, describe)
    return tried(lambda axes, own: _walk_torch(traced, name, tuple(size), axes, own, describe), channels or 0)


def reaching(network: Any, part: Any, given: Any) -> Any:
    """Return the numbers that reach a part of a network of PyTorch that is run once, channels first.

    It runs in evaluation mode, without gradients, and is left as it was found.

    Parameters
    ----------
    network, part : torch.nn.Module
        All of it, and the part.
    given : array
        What goes into it: channels first, with a batch of one or without.

    Raises
    ------
    ConvanimError
        If the network cannot be run on these numbers, or does not use the part.
    """
    torch = importlib.import_module("torch")
    caught: list[Any] = []
    hook = part.register_forward_pre_hook(lambda module, arguments: caught.append(arguments[0].detach().cpu().clone()))
    own = torch.as_tensor(given, dtype=torch.float32)
    with _undone([hook]):
        _run(network, own if own.ndim > 3 or own.ndim == 2 else own[None])
    if not caught:
        raise ConvanimError("layer", "", "is not used when the network runs")
    return caught[0][0].numpy()


@contextmanager
def _undone(hooks: Sequence[Any]) -> Iterator[None]:
    """Take hooks away again at the end."""
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()


def _run(network: Any, given: Any) -> None:
    """Run a network of PyTorch in evaluation mode, without gradients, and leave it as it was.

    Raises
    ------
    ConvanimError
        If it cannot be run on what is given.
    """
    was_training = [(one, one.training) for one in network.modules()]
    network.eval()
    try:
        with importlib.import_module("torch").no_grad():
            network(given)
    except Exception as error:  # The user's own code runs here, and fails in its own ways.
        said = _first_line(error)
        raise ConvanimError("input_size", "", "is no input that the network runs on ({})", said) from error
    finally:
        for one, mode in was_training:
            one.training = mode


def _run_torch(module: Any, size: tuple[int, ...], channels: int | None, describe: Describe) -> Model:
    """Return the layers that a module of PyTorch applies when it is run on zeros, each function as it is called."""
    torch = importlib.import_module("torch")
    takes = (one.in_channels for one in module.modules() if hasattr(one, "in_channels"))
    given = torch.zeros(1, channels or next(takes, 1), *size)
    weights = next(iter(module.parameters()), None)
    given = given if weights is None else given.to(weights.device, weights.dtype)
    called: list[_Called] = []
    hooks: list[Any] = []
    world = world_of(False, size, int(given.shape[1]))
    for name, part in module.named_modules():
        layer = _layer(part, "torch.nn", describe)
        if isinstance(layer, LibraryLayer) and layer.described is not None:
            world.names[id(layer)] = name
            hooks += _watched(part, layer, called)

    class Watching(torch.overrides.TorchFunctionMode):  # type: ignore[misc, name-defined]
        """Every function of PyTorch that the module calls."""

        def __torch_function__(self, function: Any, types: Any, arguments: Any = (), named: Any = None) -> Any:
            made = function(*arguments, **(named or {}))
            called.append(_Called(function, _copied(arguments), _copied(named or {}), made))
            return made

    with _undone(hooks), Watching():
        _run(module, given)
    found = {id(given): world.trace.input(size, int(given.shape[1]))}
    for one in called:
        _follow(world, one, found)
    return model_of(world.trace, type(module).__name__)


@dataclass(frozen=True, eq=False)
class _Called:
    """A function of PyTorch or a layer that a module has called, with its tensors; a layer without them begins."""

    what: Any
    arguments: Sequence[Any]
    named: Mapping[str, Any]
    made: Any


def _copied(value: Any) -> Any:
    """Return arguments with copies of the lists in them, which the module may lengthen later."""
    if isinstance(value, dict):
        return {key: _copied(one) for key, one in value.items()}
    return type(value)(map(_copied, value)) if type(value) in (tuple, list) else value


def _watched(part: Any, layer: LibraryLayer, called: list[_Called]) -> list[Any]:
    """Take a part of a module as a layer, whatever functions it calls; return the hooks for that."""
    starts: list[int] = []

    def ends(module: Any, arguments: Sequence[Any], made: Any) -> None:
        del called[starts.pop() :]
        called.append(_Called(layer, arguments, {}, made))

    return [
        part.register_forward_pre_hook(lambda module, arguments: starts.append(len(called))),
        part.register_forward_hook(ends),
    ]


def _follow(world: Libraries, one: _Called, found: dict[int, Traced]) -> None:
    """Find out what is known of the tensors that a function or a layer has made; their shapes are, in any case."""

    def known(value: Any) -> Any:
        if type(value) in (tuple, list):
            return type(value)(map(known, value))
        if not hasattr(value, "dtype") or not hasattr(value, "shape"):
            return value
        dims = tuple(int(n) for n in value.shape)
        return found.setdefault(id(value), world.trace.constant(dims, value))

    made = [each for each in _flat(one.made) if hasattr(each, "dtype") and hasattr(each, "shape")]
    if not made:
        return
    arguments, named = [known(each) for each in one.arguments], {key: known(each) for key, each in one.named.items()}
    name = str(getattr(one.what, "__name__", "")).strip("_")
    if isinstance(one.what, LibraryLayer):
        result = world.reader.call(one.what, arguments, named, _HERE)
    elif name == "getitem":
        result = world.item(arguments[0], arguments[1], _PLACE)
    elif name in _BETWEEN:
        result = world.combine(_BETWEEN[name], arguments[0], arguments[1] if len(arguments) > 1 else None, _PLACE)
    else:
        result = world.call(
            Library(f"torch.Tensor.{name}" if name == "unfold" else f"torch.{name}"), arguments, named, _PLACE
        )
    told = [*_flat(result), *[None] * len(made)]
    for each, its in zip(made, told, strict=False):
        dims = tuple(int(n) for n in each.shape)
        is_right = isinstance(its, Traced) and its.dims == dims
        found[id(each)] = its if is_right else world.trace.tensor(dims, None)


def _flat(value: Any) -> list[Any]:
    """Return values of a list, or one, as a list."""
    return list(value) if isinstance(value, tuple | list) else [value]


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0][:80]


def _walk_torch(
    traced: Any, name: str, size: tuple[int, ...], axes: int | None, channels: int, describe: Describe
) -> Model:
    world = world_of(False, size, channels)
    modules = dict(traced.named_modules())
    layers: dict[int, Any] = {}
    values: dict[Any, Any] = {}
    size = size if axes in (None, len(size)) else size[:1] * (axes or 1)
    for node in traced.graph.nodes:
        arguments = [_resolved(one, values) for one in node.args]
        named = {key: _resolved(one, values) for key, one in node.kwargs.items()}
        if node.op == "placeholder":
            values[node] = arguments[0] if arguments else world.trace.input(size, channels or 1)
        elif node.op == "get_attr":
            values[node] = _weights(world, traced, node.target)
        elif node.op == "call_module":
            own = modules[node.target]
            if id(own) not in layers:
                layers[id(own)] = _layer(own, "torch.nn", describe)
                world.names[id(layers[id(own)])] = node.target
            values[node] = world.reader.call(layers[id(own)], arguments, named, _HERE)
        elif node.op == "call_method":
            values[node] = world.reader.call(
                world.reader.attribute(arguments[0], node.target, _HERE), arguments[1:], named, _HERE
            )
        elif node.op == "call_function":
            values[node] = _called(world, node.target, arguments, named)
    return model_of(world.trace, name)


def world_of(channels_last: bool, size: tuple[int, ...], channels: int) -> Libraries:
    """Return libraries with a trace that nothing has been applied in yet; no channels are those that a layer takes."""
    trace = Trace(channels_last=channels_last, guessed=True, knows_channels=channels > 0)
    world = Libraries(trace, size, channels, "keras" if channels_last else "torch")
    world.is_open = False
    world.reader = Interpreter(world, {})
    return world


def _resolved(value: Any, values: Mapping[Any, Any]) -> Any:
    """Return an argument of a node with what other nodes made in place of them."""
    if isinstance(value, tuple | list):
        found = [_resolved(one, values) for one in value]
        return found if isinstance(value, list) else tuple(found)
    if isinstance(value, slice):
        return slice(*(_resolved(one, values) for one in (value.start, value.stop, value.step)))
    return values[value] if type(value).__name__ == "Node" else value


def _weights(world: Libraries, traced: Any, target: str) -> Any:
    value = traced
    for part in target.split("."):
        value = getattr(value, part)
    shape = getattr(value, "shape", None)
    return Unknown(target) if shape is None else world.trace.constant(tuple(int(n) for n in shape), value)


def _called(world: Libraries, function: Any, arguments: Sequence[Any], named: Mapping[str, Any]) -> Any:
    """Return what a function makes that the graph calls."""
    has_tensor = any(isinstance(one, Traced) for one in arguments)
    if function is getattr:
        return world.reader.attribute(arguments[0], arguments[1], _HERE)
    if function is operator.getitem and isinstance(arguments[0], Traced):
        return world.item(arguments[0], arguments[1], _PLACE)
    if function in _SIGNS and has_tensor:
        return world.combine(_SIGNS[function], arguments[0], arguments[1] if len(arguments) > 1 else None, _PLACE)
    if function in _PLAIN:
        unknown = next((one for one in arguments if isinstance(one, Unknown)), None)
        return unknown or function(*arguments)
    home = str(getattr(function, "__module__", None) or "torch")
    path = home if home.startswith("torch") else "torch"
    return world.call(Library(f"{path}.{getattr(function, '__name__', 'function')}"), arguments, named, _PLACE)


def _layer(module: Any, home: str, describe: Describe) -> Any:
    """Return a module as a layer; of one without windows, its attributes."""
    name = type(module).__name__
    path = canonical(f"{home}.{name}")
    try:
        described = describe(module)
    except ConvanimError as error:
        return LibraryLayer(path, None, {}, _PLACE, str(error))
    if described is not None and (described.kind.build or described.kind.edges):
        return LibraryLayer(path, described, dict(described.arguments), _PLACE)
    if name == "Sequential" and described is None:
        return Native(name, lambda reader, node, arguments, named: arguments[0])
    held = {
        key: getattr(module, key) for key in _ATTRIBUTES if isinstance(getattr(module, key, None), int | tuple | list)
    }
    return LibraryLayer(path, None, held, _PLACE)


def read_keras(model: Any, size: Sequence[int] | None, channels: int | None, describe: Describe) -> Model:
    """Return the layers that a model of Keras applies, in its own order.

    A model that is no functional one is called on the symbolic input that Keras has for that.

    Parameters
    ----------
    model : keras.Model
        Any.
    size : sequence of int or None
        (rows, columns) of its input, where it leaves them open.
    channels : int or None
        Of its input, where it leaves them open.
    describe : callable
        Layers of Keras to layers.

    Raises
    ------
    ConvanimError
        If it leaves its input's size or channels open, or cannot be called on such an input.
    """
    name = str(getattr(model, "name", "model"))
    inner = _functional(model)
    if inner is None:
        if size is None:
            raise ConvanimError("input_size", "", "is missing: the model leaves it open; give one such as 224")
        if channels is None:
            raise ConvanimError("in_channels", "", "is missing: the model leaves it open; give one such as 3")
        inner = _followed(model, [(*size, channels)])
    return tried(lambda axes, own: _walk_keras(inner, name, size, own, describe), channels or 0)


def _functional(model: Any) -> Any:
    """Return the functional model that a model is or holds, None where it has none."""
    inner = getattr(model, "_functional", None) or model
    return inner if getattr(inner, "_nodes_by_depth", None) else None


def _followed(layer: Any, shapes: Sequence[Sequence[int]]) -> Any:
    """Return a layer of the user's own as a functional model, as Keras follows its ``call`` on symbolic inputs.

    Raises
    ------
    ConvanimError
        If it cannot be called on inputs of these shapes.
    """
    keras = importlib.import_module("keras")
    given = [keras.Input(tuple(shape)) for shape in shapes]
    try:
        return keras.Model(given, layer.call(*given))
    except Exception as error:  # The user's own code runs here, and fails in its own ways.
        said = _first_line(error)
        raise ConvanimError("input_size", "", "is no input that the model can be called on ({})", said) from error


def _walk_keras(model: Any, name: str, size: Sequence[int] | None, channels: int, describe: Describe) -> Model:
    asked = None if size is None else tuple(size)
    world = world_of(True, asked or (), channels)
    world.size = asked
    _walk_nodes(world, model, {}, {}, describe)
    return model_of(world.trace, name)


def _walk_nodes(
    world: Libraries, model: Any, values: dict[int, Any], layers: dict[int, Any], describe: Describe
) -> None:
    """Apply the layers of a functional model; ``values`` are its tensors that are known, to which others are added."""
    depths = model._nodes_by_depth
    for node in (node for depth in sorted(depths, reverse=True) for node in depths[depth]):
        operation, outputs = node.operation, list(node.output_tensors)
        if all(id(one) in values for one in outputs):
            continue
        arguments = [_of_keras(one, values) for one in node.arguments.args]
        inner = _within(operation, node, describe)
        if type(operation).__name__ == "InputLayer":
            shape = tuple(outputs[0].shape)[1:]
            made: Any = world.image(shape[:-1], shape[-1]) if len(shape) > 1 else world.trace.constant((1, *shape))
        elif inner is not None:
            held = dict(
                zip(map(id, inner.inputs), _flat(arguments[0] if len(arguments) == 1 else arguments), strict=False)
            )
            _walk_nodes(world, inner, held, layers, describe)
            made = [held.get(id(one), world.trace.lost("what a layer makes")) for one in inner.outputs]
        elif ".ops." in type(operation).__module__:
            made = _operated(world, operation, arguments)
        else:
            if id(operation) not in layers:
                layers[id(operation)] = _layer(operation, "keras.layers", describe)
                world.names[id(layers[id(operation)])] = str(operation.name)
            made = world.reader.call(layers[id(operation)], arguments, {}, _HERE)
        values |= {id(tensor): one for tensor, one in zip(outputs, _flat(made), strict=False)}


def _operated(world: Libraries, operation: Any, arguments: Sequence[Any]) -> Any:
    """Return what a function of ``keras.ops`` makes, which Keras keeps as an object with its options."""
    kind = type(operation).__name__
    if kind == "GetItem":
        return world.item(arguments[0], arguments[1], _PLACE)
    name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", kind).lower()
    named = {key: getattr(operation, key) for key in _OPTIONS if getattr(operation, key, None) is not None}
    return world.call(Library(f"keras.ops.{name}"), arguments, named, _PLACE)


def _within(operation: Any, node: Any, describe: Describe) -> Any:
    """Return the functional model that an operation is made of, None for a layer of Keras itself."""
    inner = _functional(operation)
    if inner is not None or type(operation).__module__.split(".")[0] == "keras" or not hasattr(operation, "call"):
        return inner
    try:
        is_known = describe(operation) is not None
        shapes = [tuple(one.shape)[1:] for one in node.input_tensors]
        return None if is_known else _followed(operation, shapes)
    except (AttributeError, ConvanimError):
        return None


def _of_keras(value: Any, values: Mapping[int, Any]) -> Any:
    if isinstance(value, list | tuple):
        found = [_of_keras(one, values) for one in value]
        return tuple(found) if isinstance(value, tuple) else found
    return values.get(id(value), value)
