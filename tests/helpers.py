"""What tests ask of plans, in few words."""

from __future__ import annotations

from typing import Any

import numpy as np

from convanim.plans import Plan, Step, Taps


def taps_of(step: Step) -> Taps:
    """Return the cells that a step reads of its one tensor."""
    (read,) = step.reads
    return read.taps


def output_of(plan: Plan) -> Any:
    """Return the numbers that a plan makes: a plane where there is one channel, or else channels first."""
    made: Any = plan.values(plan.last.target)
    return made if plan.has_channels else made[0]


def numbers_of(plan: Plan) -> tuple[Any, Any, Any]:
    """Return the input, the kernel and the output of a layer without channels, a plane each."""
    kernel = plan.last.kernel
    return plan.planes(0, 0), None if kernel is None else kernel[0, 0], output_of(plan)


def difference_of(plan: Plan) -> Any:
    """Return how far what a plan makes is from what it is compared with."""
    assert plan.difference is not None
    return plan.difference


def operands_of(plan: Plan, step: Step) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    """Return the values that a step without channels reads, and the weights that they meet."""
    x, w = plan.operands(step, step.reads[0], 0)
    assert w is not None
    return x, w


def numbers_for(layer: Any, seed: int) -> tuple[Any, Any, Any]:
    """Return an input, weights and biases of small whole numbers, of both signs."""
    generator = np.random.default_rng(seed)
    x, weights, bias = (
        generator.integers(-3, 4, size)
        for size in ((layer.in_channels, *layer.input_size), layer.weight_size, (layer.out_channels,))
    )
    return x, weights, bias if layer.bias else None
