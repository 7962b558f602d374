"""Weights of layers that are objects of PyTorch and Keras: all of them, or one kernel, in PyTorch's order of axes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from convanim.base.errors import ConvanimError
from convanim.base.language import translated
from convanim.base.options import quoted, spelled, whole
from convanim.frameworks.drawable import plane_of
from convanim.frameworks.sequence import Found
from convanim.inputs.building import Built
from convanim.layers import Chain, Layer
from convanim.layers.weighted import Weighted
from convanim.plans.values import Numbers

Weights = str | Sequence[int] | None
"""``"all"``, or the output and input channel of one kernel; None for no weights."""

ALL = "all"


def class_names(module: Any) -> list[str]:
    """Return the names of an object's class and its base classes, its own first."""
    return [kind.__name__ for kind in type(module).__mro__]


def with_weights(
    found: Found, members: Sequence[Any], weights: Weights, read: Callable[[Any, Layer], tuple[Numbers, Any]]
) -> Layer | Chain | Built:
    """Return a layer or a chain, with its weights if they are requested."""
    layer = found.layer
    if weights is None:
        return layer
    takes_all = isinstance(weights, str) and weights == ALL
    if not takes_all and (not isinstance(weights, list | tuple) or len(weights) != 2):
        raise ConvanimError("weights", quoted(weights), "must be 'all', or an (out, in) pair of channels")
    layers = layer.layers if isinstance(layer, Chain) else (layer,)
    weighted = [one for one in members if is_weighted(one)]
    parts = iter(weighted)
    given = [_taken(read, next(parts, None), one) if isinstance(one, Weighted) else (None, None) for one in layers]
    if isinstance(layer, Chain):
        if not takes_all:
            raise ConvanimError("weights", quoted(tuple(weights)), "is for one layer; take 'all' of a chain")
        return Built(Chain(layers, [kernel for kernel, _ in given]), bias=[bias for _, bias in given])
    if not isinstance(layer, Weighted):
        raise ConvanimError("weights", "", f"are asked for, but {layer.title} has none; leave it out")
    kernel, bias = given[0]
    if takes_all or kernel is None:
        return Built(layer, kernel=kernel, bias=bias)
    return Built(
        plane_of(layer), kernel=one_kernel(layer, kernel, *weights), whole=layer, part=lambda: kernel_said(*weights)
    )


def _taken(read: Callable[[Any, Layer], tuple[Numbers, Any]], module: Any, layer: Weighted) -> tuple[Numbers, Any]:
    """Return the weights and the biases of a module, after checking that they fit its layer."""
    try:
        kernel, bias = read(module, layer)
    except ConvanimError:
        raise
    except (AttributeError, TypeError, ValueError, LookupError, RuntimeError) as error:
        raise ConvanimError("weights", "", "are not in the module as arrays of numbers ({})", error) from error
    if kernel.shape != layer.weight_size:
        raise ConvanimError(
            "weights", spelled(kernel.shape), f"is their shape, and that of the layer's is {spelled(layer.weight_size)}"
        )
    return kernel, bias


def one_kernel(layer: Weighted, weights: Numbers, out_channel: int, in_channel: int) -> Numbers:
    """Return the kernel between one output and one input channel, counted from 0.

    Parameters
    ----------
    layer : Weighted
        The layer with these weights.
    weights : array
        Weights in the layer's `weight_size`.

    Raises
    ------
    ConvanimError
        If there is no such channel, or the two are in different groups.
    """
    grouping = layer.grouping
    for name, channel, most in (("out", out_channel, grouping.out_channels), ("in", in_channel, grouping.in_channels)):
        if not 0 <= whole("weights", channel) < most:
            raise ConvanimError("weights", channel, f"is no {name} channel; they are 0 to {most - 1}")
    inputs = grouping.inputs_of(out_channel)
    if in_channel not in inputs:
        raise ConvanimError(
            "weights",
            f"{out_channel},{in_channel}",
            f"are channels of different groups; output {out_channel} reads inputs {inputs[0]} to {inputs[-1]}",
        )
    within = out_channel % grouping.outputs_a_group
    place = (in_channel, within) if layer.inputs_lead else (out_channel, in_channel - inputs[0])
    kernel: Numbers = weights[place]
    return kernel


def kernel_said(out_channel: int, in_channel: int) -> str:
    """Return the phrase for the one kernel of a layer that is drawn."""
    return translated(
        "the kernel from input channel {read} to output channel {made}", read=str(in_channel), made=str(out_channel)
    )


def is_weighted(module: Any) -> bool:
    """Return whether a module is a convolution, and so has weights."""
    return any("Conv" in name for name in class_names(module)[:-1])


def shares_weights(members: Sequence[Any]) -> bool:
    """Return whether two convolutions have the same weights, which a chain would count twice."""
    held = [own for one in members if is_weighted(one) and (own := getattr(one, "weight", None)) is not None]
    return len({id(own) for own in held}) < len(held)


def torch_weights(module: Any, layer: Layer) -> tuple[Numbers, Any]:
    """Return the weights and the bias of a module of PyTorch."""
    bias = module.bias
    return _array(module.weight), None if bias is None else _array(bias)


def _array(tensor: Any) -> Numbers:
    """Return the numbers of a tensor on any device, with or without gradients."""
    for step in ("detach", "cpu", "numpy"):
        tensor = getattr(tensor, step, lambda own=tensor: own)()
    if not hasattr(tensor, "__array__") and not isinstance(tensor, list | tuple):
        raise TypeError(f"{quoted(tensor)} is no array")
    if np.iscomplexobj(tensor):
        raise TypeError("they are complex")
    numbers: Numbers = np.asarray(tensor, dtype=float)
    return numbers


def keras_weights(layer: Any, made: Layer) -> tuple[Numbers, Any]:
    """Return weights in PyTorch's order of axes: Keras has the input channels and then the output channels last."""
    held = [_array(one) for one in layer.get_weights()]
    if not held or "Separable" in type(layer).__name__:
        raise ConvanimError(
            "weights", "", "are not there, since the layer is not built or is two in one; take those of its layers"
        )
    kernel = np.moveaxis(held[0], (-1, -2), (0, 1))
    if "Depthwise" in type(layer).__name__:
        # The kernels of one input channel must be adjacent.
        kernel = np.moveaxis(held[0], (-2, -1), (0, 1)).reshape(made.weight_size)
    return kernel, held[1] if len(held) > 1 else None
