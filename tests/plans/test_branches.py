"""Chains with branches: values and receptive fields against PyTorch, hundreds of random ones.

Each line of ``branches.jsonl`` has a chain in the short form, its output with
the input and the weights below, and the input cells with a gradient of one
output cell (of channel 0) with inputs and weights of 1 and averages in place of maxima.
"""

from __future__ import annotations

import json
from math import prod
from typing import Any

import numpy as np
import pytest

from convanim import Chain, plan
from convanim.inputs.building import build
from convanim.plans.sharing import shares
from tests import DATA

CASES = [json.loads(line) for line in (DATA / "branches.jsonl").read_text(encoding="utf-8").splitlines()]


def chain_of(case: dict[str, Any]) -> Chain:
    layer = build("chain", {"layers": tuple(case["layers"]), "input_size": tuple(case["input_size"])}).layer
    assert isinstance(layer, Chain)
    return layer


def weights(layer: Any, number: int) -> Any:
    shape = layer.weight_size or (1, 1, *layer.kernel_size)
    return ((np.arange(prod(shape)) * 7 + 3 * number) % 5 - 1).reshape(shape) if layer.is_weighted else None


@pytest.mark.parametrize("number", range(0, len(CASES), 40))
def test_values_are_those_of_pytorch(number: int) -> None:
    for case in CASES[number : number + 40]:
        chain = chain_of(case)
        shape = (chain.grouping.in_channels, *chain.input_size)
        first = ((np.arange(prod(shape)) * 5 + 1) % 7 - 2).reshape(shape)
        kernels = [weights(layer, at) for at, layer in enumerate(chain.layers, 1)]
        if not chain.has_channels:
            first, kernels = first[0], [None if one is None else one[0, 0] for one in kernels]
        made = plan(chain, input=first, kernel=kernels)
        values = made.values(made.last.target)
        assert values is not None
        assert values.ravel().tolist() == pytest.approx(case["output"], abs=1e-5), case["layers"]


def test_receptive_fields_are_the_cells_with_a_gradient() -> None:
    for case in CASES:
        chain = chain_of(case)
        made = plan(chain)
        traced = made.trace(0, tuple(case["cell"]))
        seen = np.zeros((chain.grouping.in_channels, *chain.input_size), bool)
        for needs in traced.values():
            for (tensor, channel), mask in needs.cells.items():
                if tensor == 0:
                    seen[channel] |= mask
        assert "".join(map(str, seen.astype(int).ravel().tolist())) == case["field"], case["layers"]
        spans = [int(np.ptp(np.flatnonzero(own))) + 1 for own in sides(seen)]
        assert all(span <= most for span, most in zip(spans, chain.receptive_field, strict=True)), case["layers"]


def sides(seen: Any) -> list[Any]:
    """Return which places of each axis have any cell."""
    axes = range(1, seen.ndim)
    return [seen.any(axis=tuple(other for other in range(seen.ndim) if other != axis)) for axis in axes]


def test_a_step_of_a_join_reads_every_branch() -> None:
    layer = build("chain", {"layers": ("conv 2 2 k3 p1", "add input"), "input_size": (3, 3)}).layer
    made = plan(layer, seed=1)
    told = made.to_dict()["layers"][1]
    assert (told["operation"], told["sources"]) == ("add", [1, 0])
    step = told["steps"][-1]
    assert [(tap["tensor"], tap["input"]) for tap in step["taps"]] == [(1, [1, 2, 2]), (0, [1, 2, 2])]
    assert sum(tap["x"] for tap in step["taps"]) == step["value"]


def test_shares_of_paths_go_through_every_branch() -> None:
    layers = ("conv 2 2 k3 p1", "avg-pool k3", "conv 2 2 k1", "scale 1", "add input")
    made = shares(plan(build("chain", {"layers": layers, "input_size": (3, 3)}).layer), (1, 1))
    assert made.planes.sum() == pytest.approx(1)
    assert made.heaviest == (0, (1, 1))
    assert (made.planes > 0).all()
