"""Layers from objects of PyTorch and Keras, read from their attributes without importing either framework."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from convanim.base.errors import ConvanimError
from convanim.base.options import Size, count_axes, parse, per_axis, quoted, whole
from convanim.frameworks import FRAMEWORKS
from convanim.frameworks.kinds import Described, Framework, Pasted
from convanim.frameworks.models.model import Model
from convanim.frameworks.sequence import Found, layer_of, refuse_untaken
from convanim.inputs.building import Built
from convanim.inputs.live_weights import (
    ALL,
    Weights,
    class_names,
    is_weighted,
    keras_weights,
    shares_weights,
    torch_weights,
    with_weights,
)
from convanim.layers import Chain, Layer

_SEQUENTIAL = "Sequential"
_MOST_PARTS = 16
"""The most numbers in an attribute; padding has two per axis."""

_WRAPPED = {"DataParallel": "module", "DistributedDataParallel": "module", "OptimizedModule": "_orig_mod"}
"""Where modules of PyTorch that only change how another is run hold that one."""

_MODULES = {"torch": {"torch", "torchvision"}, "keras": {"keras", "tensorflow", "tf_keras"}}
_EXAMPLES = {"torch": "nn.Conv2d(3, 8, 3)", "keras": "layers.Conv2D(8, 3)"}
_MOST_NAMED = 6
_MOST_NESTED = 16
"""The deepest nesting of sequences that is read."""


def from_torch(
    module: Any,
    input_size: Any,
    *,
    in_channels: int | None = None,
    weights: Weights = None,
    layer: str | None = None,
) -> Layer | Chain | Built | Model:
    """Return the layer that a module of PyTorch is, the chain of several, or the list of a network with branches.

    Parameters
    ----------
    module : torch.nn.Module
        A layer, a ``Sequential``, or any module of your own, which
        ``torch.fx`` follows; activations and normalisations are passed over.
    input_size : int, sequence of int, or array
        (rows, columns); one number is for every axis. With ``layer`` also
        numbers, channels first, that the network is run on: what is drawn is
        then what it computes there.
    in_channels : int, optional
        Channels of the input, for modules that do not define them, such as pooling.
    weights : str or (int, int), optional
        ``"all"`` takes the module's own weights along, ``(out, in)`` those of
        one kernel, between one input and one output channel.
    layer : str, optional
        The name of one layer of a network, such as ``"layer1.0.conv1"``.

    Returns
    -------
    Layer, Chain, Built or Model
        A `Built` holds the weights too; `animate` and `export` take all but a
        `Model`, which lists the layers of a network with branches, or of one
        that uses weights again.

    Raises
    ------
    ConvanimError
        If the module is of another kind, or there is no such layer or kernel.

    Examples
    --------
    >>> class Conv2d:  # as torch.nn.Conv2d(1, 1, 3, padding=1) has them
    ...     in_channels = out_channels = groups = 1
    ...     kernel_size, stride, padding, dilation = (3, 3), (1, 1), (1, 1), (1, 1)
    ...     bias, padding_mode = None, "zeros"
    >>> from_torch(Conv2d(), 5).output_size
    (5, 5)
    """
    module = _module("torch", module, input_size)
    if layer is not None:
        return _part_of_torch(module, input_size, layer, in_channels, weights)
    if _is_network(module, "torch"):
        if weights is not None:
            raise ConvanimError("weights", quoted(weights), "are of one layer; give a part such as model.conv1")
        return _read_network("torch", module, input_size, in_channels)
    members = list(_members(module, iter))
    if weights is None and shares_weights(members):
        return _read_network("torch", module, input_size, in_channels)
    found = _found("torch", members, input_size, in_channels)
    return with_weights(found, members, weights, torch_weights)


def from_keras(
    layer: Any, input_size: Size | None = None, *, in_channels: int | None = None, weights: Weights = None
) -> Layer | Chain | Built | Model:
    """Return the layer that a layer of Keras is, the chain of several, or the list of a model with branches.

    Parameters
    ----------
    layer : keras.Layer
        A layer, a ``Sequential``, a functional model, or one that extends
        ``keras.Model``; activations and normalisations are passed over.
    input_size : int or sequence of int, optional
        (rows, columns); by default that of the model, if it has one.
    in_channels : int, optional
        Channels of the input, if the layer is not built yet.
    weights : str or (int, int), optional
        As for `from_torch`; the layer must be built.

    Returns
    -------
    Layer, Chain, Built or Model
        As of `from_torch`.

    Raises
    ------
    ConvanimError
        If the layer is of another kind, or there is no such layer or kernel.
    """
    layer = _module("keras", layer, input_size)
    if _is_network(layer, "keras"):
        if weights is not None:
            raise ConvanimError("weights", quoted(weights), "are of one layer; give a part such as model.layers[1]")
        return _read_network("keras", layer, input_size, in_channels)
    members = list(_members(layer, lambda model: model.layers))
    size, channels = _keras_input(layer)
    first = next((made for one in members if (made := _keras_channels(one)) is not None), None)
    before = next((one for one in (channels, first) if one is not None), None)
    found = _found("keras", members, size if input_size is None else input_size, in_channels, before)
    return with_weights(found, members, weights, keras_weights)


def _part_of_torch(
    network: Any, given: Any, name: str, channels: int | None, weights: Weights
) -> Layer | Chain | Built | Model:
    """Return one layer of a network, on what reaches it there; with numbers, where the network is run on some."""
    from convanim.frameworks.programs.live_torch_run import reaching

    parts = dict(network.named_modules()) if hasattr(network, "named_modules") else {}
    if not isinstance(name, str) or name not in parts:
        few = ", ".join([one for one in parts if one][:_MOST_NAMED]) or "none"
        raise ConvanimError("layer", quoted(name), "is no layer of this module; it has {}", few)
    if len(getattr(given, "shape", ())) < 2:
        model = _read_network("torch", network, given, channels, is_listed=True)
        found = [one.measured for one in model.entries if one.name == name] if isinstance(model, Model) else []
        if not found or found[0] is None:
            raise ConvanimError(
                "layer", quoted(name), "has an input whose size is not known; give numbers as the input"
            )
        return from_torch(parts[name], found[0].input_size, in_channels=found[0].in_channels, weights=weights)
    numbers = reaching(network, parts[name], given)
    taken = weights or (ALL if is_weighted(parts[name]) else None)
    made = from_torch(parts[name], numbers.shape[1:], in_channels=numbers.shape[0], weights=taken)
    if not isinstance(made, Built):
        return Built(made, input=numbers) if isinstance(made, Layer) else made
    is_part = made.whole is not None and weights is not None and not isinstance(weights, str)
    plane = numbers[weights[1]] if is_part and weights is not None and not isinstance(weights, str) else numbers
    return replace(made, input=plane if made.layer.has_channels or is_part else numbers[0])


def _module(framework: str, module: Any, input_size: Any) -> Any:
    """Return a module without what only changes how it is run.

    Raises
    ------
    ConvanimError
        If it is no object of the framework, or the input's size is a text; the message says what to give.
    """
    for _ in range(_MOST_NESTED):
        inner = next((_WRAPPED[name] for name in class_names(module) if name in _WRAPPED), None)
        module = getattr(module, inner, module) if inner is not None and framework == "torch" else module
    one = _EXAMPLES[framework]
    if isinstance(module, type):
        raise ConvanimError("module", "", "{} is a class; make a layer of it, such as {}", module.__name__[:40], one)
    if isinstance(module, str):
        raise ConvanimError(
            "module", quoted(module), "is a text; give an object such as {}, or use convanim layer", one
        )
    if isinstance(module, Mapping):
        raise ConvanimError("module", "", "is a dictionary, as of weights; give the module that they are of")
    roots = {str(getattr(kind, "__module__", "")).partition(".")[0] for kind in type(module).__mro__}
    kinds = {name: any(one in its.kinds for one in class_names(module)) for name, its in FRAMEWORKS.items()}
    other = "keras" if framework == "torch" else "torch"
    # Layers of Keras are modules of PyTorch too where that computes them.
    is_other = roots & _MODULES[other] and not roots & _MODULES[framework]
    if is_other or (kinds[other] and not kinds[framework]):
        said = type(module).__name__[:40]
        raise ConvanimError("module", "", f"{{}} is of {FRAMEWORKS[other].title}; give it to from_{other}", said)
    if isinstance(input_size, str):
        try:
            meant = parse("input_size", input_size)
        except ConvanimError:
            meant = 224
        raise ConvanimError("input_size", quoted(input_size), f"is a text; write {meant}")
    return module


def _is_network(module: Any, framework: str) -> bool:
    """Return whether an object is a network of one's own: no layer that is known, and no sequence."""
    names = class_names(module)
    is_own = {"torch": "Module", "keras": "Model"}[framework] in names or (
        framework == "keras" and "Functional" in names
    )
    return is_own and not any(one in FRAMEWORKS[framework].kinds or one == _SEQUENTIAL for one in names)


def _read_network(
    framework: str, module: Any, input_size: Any, channels: int | None, is_listed: bool = False
) -> Layer | Chain | Model:
    """Return the chain of a network whose layers follow each other, or the list of its layers."""
    from convanim.frameworks.programs.live_keras import read_keras
    from convanim.frameworks.programs.live_torch import read_torch

    axes = None if input_size is None else count_axes("input_size", input_size)
    size = None if axes is None else per_axis("input_size", input_size, axes)

    def describe(one: Any) -> Described | None:
        known = any(name in FRAMEWORKS[framework].kinds for name in class_names(one))
        return _described(framework, FRAMEWORKS[framework], one) if known else None

    if framework == "keras":
        model = read_keras(module, size, channels, describe)
    elif size is None:
        raise ConvanimError("input_size", "", "is missing; give one such as 224")
    else:
        model = read_torch(module, size, channels, describe)
    # A chain has no word for weights that several of its layers share, and would count them again.
    if is_listed or not model.is_path or any(entry.same_as for entry in model.entries):
        return model
    layers = [part for entry in model.entries for part in entry.parts]
    return layers[0] if len(layers) == 1 else Chain(layers)


def _members(module: Any, inside: Callable[[Any], Iterable[Any]], depth: int = _MOST_NESTED) -> Iterable[Any]:
    """Yield a module, or the modules inside a sequence, in order."""
    if _SEQUENTIAL in class_names(module):
        try:
            held = list(inside(module))
        except (TypeError, AttributeError) as error:
            raise ConvanimError("module", "", "is a Sequential without layers to go through") from error
        if not depth:
            raise ConvanimError("module", "", f"holds sequences more than {_MOST_NESTED} deep; write them as one")
        for one in held:
            yield from _members(one, inside, depth - 1)
    else:
        yield module


def _found(name: str, members: Sequence[Any], input_size: Any, asked: int | None, known: int | None = None) -> Found:
    """Return the layer or chain of some modules on an input, with the requested or else the known channels."""
    channels = known if asked is None else asked
    described = [_described(name, FRAMEWORKS[name], one) for one in members]
    taken = tuple(one for one in described if one.kind.build or one.kind.edges or one.kind.ends)
    if not any(one.kind.build for one in taken):
        raise ConvanimError("module", "", "holds no layer that moves a window")
    found = layer_of(Pasted(taken, name), input_size, channels)
    refuse_untaken(found.layer, asked, None)
    return found


def _described(name: str, framework: Framework, module: Any) -> Described:
    """Return the description of a module, from the attributes that hold its constructor's arguments."""
    kind_name = next((one for one in class_names(module) if one in framework.kinds), None)
    if kind_name is None:
        said = type(module).__name__[:40]
        raise ConvanimError("module", "", "{} is no layer of {} that is known", said, framework.title)
    kind = framework.kinds[kind_name]
    if not (kind.build or kind.edges):
        return Described(name, kind_name, kind, {})
    arguments = {}
    for its, parameter in kind.signature.parameters.items():
        if its not in kind.signature.ignored and its not in kind.signature.raw:
            usual = None if parameter.default is inspect.Parameter.empty else parameter.default
            value = getattr(module, its, usual)
            # Only the presence of a bias matters.
            is_bias = its in ("bias", "use_bias")
            arguments[its] = (value is not None and value is not False) if is_bias else _plain(its, value)
    return Described(name, kind_name, kind, arguments)


def _plain(option: str, value: Any, depth: int = 2) -> Any:
    """Return an attribute's value as an argument, with lists as tuples.

    Raises
    ------
    ConvanimError
        If it cannot be an argument.
    """
    if isinstance(value, bool | float | str | None):
        return value
    if isinstance(value, list | tuple) and len(value) <= _MOST_PARTS and depth:
        return tuple(_plain(option, one, depth - 1) for one in value)
    return whole(option, value)


def _keras_input(layer: Any) -> tuple[tuple[int, ...] | None, int | None]:
    """Return the size and the channels of a model's input, or None where they are unknown."""
    try:
        shape = tuple(layer.input_shape)
    except (AttributeError, TypeError, ValueError):
        return None, None
    if _SEQUENTIAL not in class_names(layer) or len(shape) < 3 or not all(isinstance(one, int) for one in shape[1:-1]):
        return None, None
    return shape[1:-1], shape[-1]


def _keras_channels(layer: Any) -> int | None:
    """Return the number of input channels of a layer, or None if it is not built."""
    kernel = next(
        (found for name in ("kernel", "depthwise_kernel") if (found := getattr(layer, name, None)) is not None), None
    )
    if kernel is None:
        return None
    at = -1 if any("Transpose" in name for name in class_names(layer)) else -2
    groups = getattr(layer, "groups", None)
    try:
        return whole("groups", 1 if groups is None else groups) * whole("kernel", kernel.shape[at])
    except (AttributeError, TypeError, LookupError) as error:
        raise ConvanimError("kernel", quoted(kernel), "is no array of a layer that is built") from error
