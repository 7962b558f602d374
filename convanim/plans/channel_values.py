"""Plans of layers with channels, with the numbers that are given for them or drawn."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from convanim.errors import ConvanimError
from convanim.layers import Chain, Layer, Rearrange
from convanim.plans.channel_chain import ChannelChainPlan
from convanim.plans.channels import ChannelPlan
from convanim.plans.results import refuse_extremes
from convanim.plans.routes import RoutePlan
from convanim.values import Numbers, checked_seed, fitting, numbers, random_numbers


def channel_plan(
    layer: Layer | Chain, input: object, kernel: object, bias: object, seed: int | None, order: str
) -> ChannelPlan | ChannelChainPlan:
    """Return the plan of a layer, or a chain, with channels.

    Raises
    ------
    ConvanimError
        If the numbers are not right.
    """
    if isinstance(layer, Chain):
        layers = layer.layers
        kernels = _one_each("kernel", layer.kernels if kernel is None else kernel, layers)
        biases = _one_each("bias", bias, layers)
    else:
        layers, kernels, biases = (layer,), (kernel,), (bias,)
    if seed is not None:
        checked_seed(seed)
    given = (input, seed, *kernels, *biases)
    if all(one is None for one in given):
        plans = [_kind(one)(one, order) for one in layers]
    else:
        plans = _valued(layers, input, kernels, biases, seed, order)
    return ChannelChainPlan(layer, tuple(plans)) if isinstance(layer, Chain) else plans[0]


def _valued(
    layers: Sequence[Layer],
    input: object,
    kernels: Sequence[object],
    biases: Sequence[object],
    seed: int | None,
    order: str,
) -> list[ChannelPlan]:
    first = (layers[0].grouping.in_channels, *layers[0].input_size)
    drawn, parts = random_numbers(
        0 if seed is None else seed,
        first,
        [size for one in layers for size in (one.weight_size, (one.bias_size,)) if one.is_weighted],
    )
    random = iter(parts)
    carried: Numbers = drawn if input is None else fitting("input", input, first, "")
    plans: list[ChannelPlan] = []
    for number, (layer, kernel, bias) in enumerate(zip(layers, kernels, biases, strict=True)):
        own, added = (next(random), next(random)) if layer.is_weighted else (None, None)
        if not layer.is_weighted and kernel is not None:
            raise ConvanimError("kernel", "", f"is given, but {layer.title} has no weights; leave it out")
        if not layer.bias_size and bias is not None:
            raise ConvanimError("bias", "", "has numbers, but the layer has no bias; make it with `bias=True`")
        weights = own if kernel is None else _weights(layer, kernel)
        offsets = added if bias is None else fitting("bias", bias, (layer.bias_size,), "out_channels")
        plan = _kind(layer)(layer, order, carried, weights, offsets if layer.bias_size else None)
        plan.refuse_many_products()
        plans.append(plan)
        if number + 1 < len(layers):
            outputs = [plan.output(channel) for channel in range(layer.grouping.out_channels)]
            carried = np.stack([one for one in outputs if one is not None])
            refuse_extremes(carried, number + 1)
    return plans


def _weights(layer: Layer, kernel: object) -> Numbers:
    """Return the weights of a layer; those of a single plane may go without their channels."""
    found = numbers("kernel", kernel, len(layer.weight_size))
    if layer.grouping.is_single and found.ndim == layer.dims:
        return fitting("kernel", found, layer.kernel_size, "kernel_size")[None, None]
    return fitting("kernel", found, layer.weight_size, "")


def _one_each(option: str, given: object, layers: Sequence[Layer]) -> Sequence[object]:
    """Return one value a layer, None where none is given."""
    if given is None:
        return (None,) * len(layers)
    if not isinstance(given, list | tuple) or len(given) != len(layers):
        raise ConvanimError(option, "", f"must be a list of {len(layers)}, one a layer, or None each")
    return given


def _kind(layer: Layer) -> type[ChannelPlan]:
    return RoutePlan if isinstance(layer, Rearrange) else ChannelPlan
