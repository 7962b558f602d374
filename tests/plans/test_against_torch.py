"""Every layer that PyTorch computed or refused, against ours."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from convanim import ConvanimError, Layer, plan
from convanim.layers import OPERATIONS
from tests.cases import flat_taps, read
from tests.gathering import gathered

CASES = read("torch.jsonl")
RESULTS = ("op", "dims", "output_size", "taps", "window", "weights", "error")


def layer_of(case: dict[str, Any]) -> Layer:
    build: Any = OPERATIONS[case["op"]]
    layer: Layer = build(**{name: value for name, value in case.items() if name not in RESULTS})
    return layer


def named(case: dict[str, Any]) -> str:
    return "-".join([case["op"], *(f"{key}{case[key]}" for key in ("input_size", "kernel_size", "stride", "padding"))])


def with_result(name: str) -> list[Any]:
    return [case for case in CASES if name in case]


def test_the_data_is_all_there() -> None:
    assert len(CASES) == 280
    assert sum("error" in case for case in CASES) == 40


@gathered("case", with_result("error"), ids=named)
def test_what_pytorch_refuses_is_refused(case: dict[str, Any]) -> None:
    with pytest.raises(ConvanimError):
        layer_of(case)


@gathered("case", with_result("output_size"), ids=named)
def test_sizes_agree(case: dict[str, Any]) -> None:
    assert list(layer_of(case).output_size) == case["output_size"]


@gathered("case", with_result("taps"), ids=named)
def test_the_same_input_meets_the_same_weight(case: dict[str, Any]) -> None:
    expected = [sorted((source, weight) for source, weight in taps) for taps in case["taps"]]
    assert flat_taps(plan(layer_of(case))) == expected


@gathered("case", with_result("window"), ids=named)
def test_max_pooling_reads_the_same_windows(case: dict[str, Any]) -> None:
    assert [[source for source, _ in taps] for taps in flat_taps(plan(layer_of(case)))] == case["window"]


@gathered("case", with_result("weights"), ids=named)
def test_average_pooling_weighs_the_same_cells(case: dict[str, Any]) -> None:
    made = plan(layer_of(case))
    divisors = [step["divisor"] for step in made.to_dict()["steps"]]
    for taps, divisor, expected in zip(flat_taps(made), divisors, case["weights"], strict=True):
        assert [source for source, _ in taps] == [source for source, _ in expected]
        np.testing.assert_allclose([1 / divisor] * len(taps), [weight for _, weight in expected], atol=1e-5)
