"""A layer as arrays: what stands on its grid, and per step which cells are read and written."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from convanim.errors import ConvanimError
from convanim.layers import METHODS, Chain, Layer
from convanim.options import one_of, quoted
from convanim.plans.chain import ChainPlan
from convanim.plans.channel_chain import ChannelChainPlan
from convanim.plans.channel_values import channel_plan
from convanim.plans.channels import ORDERS, ChannelPlan, ChannelStep, Needs
from convanim.plans.gather import Plan
from convanim.plans.results import Rule, refuse_extremes
from convanim.plans.scatter import ScatterPlan
from convanim.plans.steps import TAP_LIMIT, Cell, Grid, Ints, Step, Taps, Values
from convanim.values import Numbers, checked_seed, fitting, random_numbers

__all__ = [
    "ORDERS",
    "TAP_LIMIT",
    "AnyPlan",
    "Cell",
    "ChainPlan",
    "ChannelChainPlan",
    "ChannelPlan",
    "ChannelStep",
    "Grid",
    "Ints",
    "Needs",
    "Plan",
    "Rule",
    "ScatterPlan",
    "Step",
    "Taps",
    "Values",
    "plan",
]

AnyPlan = Plan | ScatterPlan | ChainPlan | ChannelPlan | ChannelChainPlan


def plan(
    layer: Layer | Chain,
    *,
    input: object = None,
    kernel: object = None,
    seed: int | None = None,
    method: str = "gather",
    bias: object = None,
    order: str = "channel",
) -> Any:
    """Return the plan of a layer or a chain: its steps in order.

    Parameters
    ----------
    layer : Layer or Chain
        What to plan.
    input : array or nested sequence of numbers, optional
        As large as the layer's ``input_size``.
    kernel : array or nested sequence of numbers, optional
        As large as its ``kernel_size``; for a chain one a layer, or None.
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
    Plan, ScatterPlan, ChainPlan, ChannelPlan or ChannelChainPlan
        Its ``to_dict`` is plain data.

    Raises
    ------
    ConvanimError
        If it is not given a layer, the layer cannot be computed in that way,
        or the numbers are not right.
    """
    one_of("method", method, METHODS)
    one_of("order", order, ORDERS)
    if isinstance(layer, Layer | Chain) and layer.has_channels:
        if method == "scatter":
            raise ConvanimError("method", method, "does not compute layers with channels; use `method=gather`")
        return channel_plan(layer, input, kernel, bias, seed, order)
    if bias is not None:
        raise ConvanimError("bias", "", "has numbers, but the layer has no bias; make it with `bias=True`")
    if isinstance(layer, Chain):
        return _chain(layer, input, kernel, seed, method)
    if not isinstance(layer, Layer):
        raise ConvanimError("layer", quoted(layer), "not a layer; make one such as convanim.Conv(5, 3)")
    if seed is not None:
        checked_seed(seed)
    is_valued = any(given is not None for given in (input, kernel, seed))
    first, (weights,) = _values((layer,), input, (kernel,), seed) if is_valued else (None, (None,))
    gathered = Plan(layer, first, weights)
    return _scattered(gathered) if method == "scatter" else gathered


def _scattered(plan: Plan) -> ScatterPlan:
    if "scatter" not in plan.layer.methods:
        raise ConvanimError("method", "scatter", f"does not compute {plan.layer.title}; use `method=gather`")
    return ScatterPlan(plan)


def _chain(chain: Chain, input: object, kernel: object, seed: int | None, method: str) -> ChainPlan:
    kernels: Sequence[object] = chain.kernels
    if kernel is not None:
        if not isinstance(kernel, list | tuple) or len(kernel) != len(chain.layers):
            raise ConvanimError(
                "kernel", "", f"must be a list of {len(chain.layers)} kernels, one a layer, or None each"
            )
        kernels = kernel
    is_valued = any(given is not None for given in (input, seed, *kernels, chain.compared_kernel))
    first, weights = _values(chain.layers, input, kernels, seed) if is_valued else (None, (None,) * len(chain.layers))
    plans: list[Any] = []
    carried = first
    for layer, own in zip(chain.layers, weights, strict=True):
        gathered = Plan(layer, carried, own)
        carried = None if gathered.values is None else gathered.values.output
        plans.append(gathered)
        goes_on = len(plans) < len(chain.layers) or chain.returns or chain.compared is not None
        if carried is not None and goes_on:
            refuse_extremes(carried, len(plans))
    if method == "scatter":
        plans[-1] = _scattered(plans[-1])
    if chain.compared is None:
        return ChainPlan(chain, tuple(plans))
    other = None if first is None else _values((chain.compared,), first, (chain.compared_kernel,), seed)[1][0]
    return ChainPlan(chain, tuple(plans), Plan(chain.compared, first, other))


def _values(
    layers: Sequence[Layer], input: object, kernels: Sequence[object], seed: int | None
) -> tuple[Numbers, tuple[Numbers | None, ...]]:
    """Return the numbers of an input and of each layer's weights, drawn where they are not given."""
    drawn, drawn_kernels = random_numbers(
        0 if seed is None else seed, layers[0].input_size, [layer.kernel_size for layer in layers]
    )
    first = drawn if input is None else fitting("input", input, layers[0].input_size, "input_size")
    weights: list[Numbers | None] = []
    for layer, given, random in zip(layers, kernels, drawn_kernels, strict=True):
        if not layer.is_weighted:
            if given is not None:
                raise ConvanimError("kernel", "", f"is given, but {layer.title} has no weights; leave it out")
            weights.append(None)
        else:
            weights.append(random if given is None else fitting("kernel", given, layer.kernel_size, "kernel_size"))
    return first, tuple(weights)
