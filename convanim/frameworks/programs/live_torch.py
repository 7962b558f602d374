"""Modules of PyTorch as objects: the layers that they apply, as torch.fx follows them."""

from __future__ import annotations

import importlib
import operator
from collections.abc import Mapping, Sequence
from typing import Any

from convanim.frameworks.models.model import Model
from convanim.frameworks.programs.assumed_inputs import tried
from convanim.frameworks.programs.libraries import Libraries
from convanim.frameworks.programs.live import HERE, PLACE, Describe, layer_of_object, world_of
from convanim.frameworks.programs.live_torch_run import read_by_running
from convanim.frameworks.programs.reading import model_of
from convanim.frameworks.programs.values import Library, Traced, Unknown

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
        return read_by_running(module, tuple(size), channels, describe)
    return tried(lambda axes, own: _walk_torch(traced, name, tuple(size), axes, own, describe), channels or 0)


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
                layers[id(own)] = layer_of_object(own, "torch.nn", describe)
                world.names[id(layers[id(own)])] = node.target
            values[node] = world.reader.call(layers[id(own)], arguments, named, HERE)
        elif node.op == "call_method":
            values[node] = world.reader.call(
                world.reader.attribute(arguments[0], node.target, HERE), arguments[1:], named, HERE
            )
        elif node.op == "call_function":
            values[node] = _called(world, node.target, arguments, named)
    return model_of(world.trace, name)


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
        return world.reader.attribute(arguments[0], arguments[1], HERE)
    if function is operator.getitem and isinstance(arguments[0], Traced):
        return world.item(arguments[0], arguments[1], PLACE)
    if function in _SIGNS and has_tensor:
        return world.combine(_SIGNS[function], arguments[0], arguments[1] if len(arguments) > 1 else None, PLACE)
    if function in _PLAIN:
        unknown = next((one for one in arguments if isinstance(one, Unknown)), None)
        return unknown or function(*arguments)
    home = str(getattr(function, "__module__", None) or "torch")
    path = home if home.startswith("torch") else "torch"
    return world.call(Library(f"{path}.{getattr(function, '__name__', 'function')}"), arguments, named, PLACE)
