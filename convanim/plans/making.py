"""From a layer or a chain and its numbers, given or drawn at random, to its plan."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from convanim.errors import ConvanimError
from convanim.layers import METHODS, Chain, Layer
from convanim.options import one_of, quoted
from convanim.plans.graph import ORDERS, Plan, Walk, refuse_stage
from convanim.plans.results import refuse_extremes
from convanim.plans.stages import Stage, stage_of
from convanim.plans.steps import Tensor
from convanim.values import Numbers, checked_seed, fitting, numbers, random_numbers


def plan(
    layer: Layer | Chain,
    *,
    input: object = None,
    kernel: object = None,
    seed: int | None = None,
    method: str = "gather",
    bias: object = None,
    order: str = "channel",
) -> Plan:
    """Return the plan of a layer or a chain: its steps in order.

    Parameters
    ----------
    layer : Layer or Chain
        What to plan.
    input : array or nested sequence of numbers, optional
        As large as the layer's ``input_size``, channels first where it has any.
    kernel : array or nested sequence of numbers, optional
        As large as its ``kernel_size``, or with channels as its
        ``weight_size``; for a chain one a layer, or None.
    seed : int, optional
        Draws whatever numbers are not given: inputs 0 to 3, kernels 0 to 2.
        Where neither this nor numbers are given, the plan has no values.
    method : str
        ``"gather"``: a step is an output cell. ``"scatter"``: a step is an
        input cell, for a transposed convolution or a chain that ends in one.
    bias : sequence of numbers, optional
        One an output channel, where the layer has a bias.
    order : str
        A key of ``ORDERS``: which output a layer with channels makes first.

    Returns
    -------
    Plan
        Its ``to_dict`` is plain data.

    Raises
    ------
    ConvanimError
        If it is not given a layer, the layer cannot be computed in that way,
        or the numbers are not right.
    """
    one_of("method", method, METHODS)
    one_of("order", order, ORDERS)
    if not isinstance(layer, Layer | Chain):
        raise ConvanimError("layer", quoted(layer), "not a layer; make one such as convanim.Conv(5, 3)")
    if bias is not None and not layer.has_channels:
        raise ConvanimError("bias", "", "has numbers, but the layer has no bias; make it with `bias=True`")
    if seed is not None:
        checked_seed(seed)
    layers = layer.layers if isinstance(layer, Chain) else (layer,)
    kernels = _one_each("kernel", "kernels", kernel, layers, layer.kernels) if isinstance(layer, Chain) else (kernel,)
    biases = _one_each("bias", "biases", bias, layers) if isinstance(layer, Chain) else (bias,)
    compared, its_kernel = (layer.compared, layer.compared_kernel) if isinstance(layer, Chain) else (None, None)
    is_valued = any(given is not None for given in (input, seed, *kernels, *biases, its_kernel))
    draw = _in_channels if layer.has_channels else _in_planes
    first, weights, offsets = draw(layers, input, kernels, biases, seed) if is_valued else _nothing(layers)
    paths = [list(zip(layers, weights, offsets, strict=True))]
    if compared is not None:
        own = draw((compared,), first, (its_kernel,), (None,), seed) if is_valued else _nothing((compared,))
        paths.insert(0, [(compared, own[1][0], own[2][0])])
    made = _joined(layer, first, paths, method == "scatter")
    if is_valued:
        _refuse_uncomputable(made)
    way = "outputs" if layer.has_channels and isinstance(layer, Chain) else "layers"
    return made.walking(way=way, order=order)


def _joined(
    layer: Layer | Chain, first: Any, paths: list[list[tuple[Layer, Any, Any]]], is_scattered: bool
) -> Plan:
    """Return a plan of paths from the same input, of which the last is compared with another, or with the input."""
    grouping = layer.grouping
    tensors = [Tensor("input", grouping.in_channels, layer.input_size, first)]
    stages: list[Stage] = []
    for path in paths:
        source = 0
        for number, (one, weights, bias) in enumerate(path, 1):
            is_last = number == len(path)
            is_stamped = is_scattered and is_last and path is paths[-1]
            stages.append(stage_of(len(stages), one, (source,), len(tensors), weights, bias, is_stamped))
            source = len(tensors)
            name = "output" if is_last else f"layer {number}"
            tensors.append(Tensor(name, one.grouping.out_channels, one.output_size))
    compared = stages[0].target if len(paths) > 1 else 0 if isinstance(layer, Chain) and layer.returns else None
    return Plan(layer, tuple(tensors), tuple(stages), Walk(), compared)


def _refuse_uncomputable(made: Plan) -> None:
    """Raise where numbers take too long, or a layer makes some that the next cannot compute with."""
    for stage in made.stages:
        if made.has_channels:
            refuse_stage(stage)
    goes_on = [stage.target for stage, _ in pairwise(made.main)]
    if made.compared is not None and not made.has_channels:
        goes_on.append(made.last.target)
    for number, tensor in enumerate(goes_on, 1):
        values = made.values(tensor)
        assert values is not None
        refuse_extremes(values, number)


_Drawn = tuple[Any, Sequence[Any], Sequence[Any]]
"""The numbers of an input, and of each layer's weights and biases."""


def _nothing(layers: Sequence[Layer]) -> _Drawn:
    return None, (None,) * len(layers), (None,) * len(layers)


def _in_planes(
    layers: Sequence[Layer], input: object, kernels: Sequence[object], biases: Sequence[object], seed: int | None
) -> _Drawn:
    """Return numbers of layers without channels; every layer has its share of the random ones, weighted or not."""
    size = layers[0].input_size
    drawn, drawn_kernels = random_numbers(0 if seed is None else seed, size, [layer.kernel_size for layer in layers])
    first = drawn if input is None else np.asarray(input)[0] if _is_settled(input, size) else None
    first = fitting("input", input, size, "input_size") if first is None else first
    weights: list[Numbers | None] = []
    for layer, given, random in zip(layers, kernels, drawn_kernels, strict=True):
        _refuse_needless(layer, given)
        own = random if given is None else fitting("kernel", given, layer.kernel_size, "kernel_size")
        weights.append(own[None, None] if layer.is_weighted else None)
    return first[None], weights, (None,) * len(layers)


def _is_settled(input: object, size: tuple[int, ...]) -> bool:
    """Return whether an input is one that was settled before, with its one channel."""
    return isinstance(input, np.ndarray) and input.shape == (1, *size)


def _in_channels(
    layers: Sequence[Layer], input: object, kernels: Sequence[object], biases: Sequence[object], seed: int | None
) -> _Drawn:
    """Return numbers of layers with channels."""
    size = (layers[0].grouping.in_channels, *layers[0].input_size)
    shapes = [size for one in layers for size in (one.weight_size, (one.bias_size,)) if one.is_weighted]
    drawn, parts = random_numbers(0 if seed is None else seed, size, shapes)
    random = iter(parts)
    first = drawn if input is None else fitting("input", input, size, "")
    weights: list[Numbers | None] = []
    offsets: list[Numbers | None] = []
    for layer, kernel, bias in zip(layers, kernels, biases, strict=True):
        own, added = (next(random), next(random)) if layer.is_weighted else (None, None)
        _refuse_needless(layer, kernel)
        if not layer.bias_size and bias is not None:
            raise ConvanimError("bias", "", "has numbers, but the layer has no bias; make it with `bias=True`")
        weights.append(own if kernel is None else _weights(layer, kernel))
        given = added if bias is None else fitting("bias", bias, (layer.bias_size,), "out_channels")
        offsets.append(given if layer.bias_size else None)
    return first, weights, offsets


def _refuse_needless(layer: Layer, kernel: object) -> None:
    if not layer.is_weighted and kernel is not None:
        raise ConvanimError("kernel", "", f"is given, but {layer.title} has no weights; leave it out")


def _weights(layer: Layer, kernel: object) -> Numbers:
    """Return the weights of a layer; those of a single plane may go without their channels."""
    found = numbers("kernel", kernel, len(layer.weight_size))
    if layer.grouping.is_single and found.ndim == layer.dims:
        return fitting("kernel", found, layer.kernel_size, "kernel_size")[None, None]
    return fitting("kernel", found, layer.weight_size, "")


def _one_each(
    option: str, name: str, given: object, layers: Sequence[Layer], usual: Sequence[object] | None = None
) -> Sequence[object]:
    """Return one value a layer, the usual ones, or None, where none is given."""
    if given is None:
        return (None,) * len(layers) if usual is None else usual
    if not isinstance(given, list | tuple) or len(given) != len(layers):
        raise ConvanimError(option, "", f"must be a list of {len(layers)} {name}, one a layer, or None each")
    return given
