"""The gradients of every layer against those that PyTorch's autograd computed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from convanim import Layer
from convanim.layers import OPERATIONS
from convanim.plans.gradients import backward
from tests.cases import read
from tests.gathering import gathered

CASES = read("gradients.jsonl")
RESULTS = ("op", "seed", "input", "weight", "bias_grad")


def layer_of(case: dict[str, Any]) -> Layer:
    build: Any = OPERATIONS[case["op"]]
    layer: Layer = build(**{name: value for name, value in case.items() if name not in RESULTS})
    return layer


def drawn(seed: int, size: tuple[int, ...], least: int, most: int) -> Any:
    """Return the numbers that a case was computed with."""
    return np.random.RandomState(seed).randint(least, most, size=size)


def numbers(case: dict[str, Any], layer: Layer) -> dict[str, Any]:
    """Return the input, the weights, the biases and the gradient of the output of a case."""
    seed, own = case["seed"], layer.grouping
    told = {
        "input": drawn(seed, (own.in_channels, *layer.input_size), 0, 4),
        "kernel": drawn(seed + 1, layer.weight_size, -2, 3) if layer.weight_size else None,
        "bias": drawn(seed + 2, (layer.bias_size,), -2, 3) if layer.bias_size else None,
        "grad": drawn(seed + 3, (own.out_channels, *layer.output_size), -2, 4),
    }
    if layer.has_channels:
        return told
    return {**told, "input": told["input"][0], "kernel": None if told["kernel"] is None else told["kernel"][0, 0]}


def test_the_data_is_all_there() -> None:
    assert len(CASES) == 434
    weighted = {case["op"] for case in CASES if "weight" in case}
    assert weighted == {"conv", "conv_transpose", "conv_general"}


@gathered("case", CASES, ids=lambda case: f"{case['op']}-{case['seed']}")
def test_gradients_are_those_of_autograd(case: dict[str, Any]) -> None:
    layer = layer_of(case)
    whole = backward(layer, **numbers(case, layer))
    parts = {part.name: part.values for part in whole.parts}
    assert parts["input"].shape == (layer.grouping.in_channels, *layer.input_size)
    assert parts["input"].ravel().tolist() == pytest.approx(case["input"], abs=1e-7)
    if "weight" in case:
        assert whole.weight is not None
        assert whole.weight.shape == layer.weight_size
        assert whole.weight.ravel().tolist() == case["weight"]
    assert (None if whole.bias is None else whole.bias.tolist()) == case.get("bias_grad")
