"""Models of Keras as objects: the layers that they apply, and how they are joined."""

from __future__ import annotations

import importlib
import re
from collections.abc import Mapping, Sequence
from typing import Any

from convanim.base.errors import ConvanimError
from convanim.frameworks.models.model import Model
from convanim.frameworks.programs.assumed_inputs import tried
from convanim.frameworks.programs.libraries import Libraries
from convanim.frameworks.programs.live import HERE, PLACE, Describe, first_line, flat, layer_of_object, world_of
from convanim.frameworks.programs.reading import model_of
from convanim.frameworks.programs.values import Library

_NAMES = """
axis axes keepdims newshape pad_width mode pool_size strides padding dilation_rate repeats size interpolation
indices_or_sections
"""
_OPTIONS = _NAMES.split()
"""What objects of ``keras.ops`` call their options."""


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
        said = first_line(error)
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
                zip(map(id, inner.inputs), flat(arguments[0] if len(arguments) == 1 else arguments), strict=False)
            )
            _walk_nodes(world, inner, held, layers, describe)
            made = [held.get(id(one), world.trace.lost("what a layer makes")) for one in inner.outputs]
        elif ".ops." in type(operation).__module__:
            made = _operated(world, operation, arguments)
        else:
            if id(operation) not in layers:
                layers[id(operation)] = layer_of_object(operation, "keras.layers", describe)
                world.names[id(layers[id(operation)])] = str(operation.name)
            made = world.reader.call(layers[id(operation)], arguments, {}, HERE)
        values |= {id(tensor): one for tensor, one in zip(outputs, flat(made), strict=False)}


def _operated(world: Libraries, operation: Any, arguments: Sequence[Any]) -> Any:
    """Return what a function of ``keras.ops`` makes, which Keras keeps as an object with its options."""
    kind = type(operation).__name__
    if kind == "GetItem":
        return world.item(arguments[0], arguments[1], PLACE)
    name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", kind).lower()
    named = {key: getattr(operation, key) for key in _OPTIONS if getattr(operation, key, None) is not None}
    return world.call(Library(f"keras.ops.{name}"), arguments, named, PLACE)


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
