"""LP pooling: its numbers against PyTorch's and ONNX Runtime's, and how its sums are written."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from convanim import ConvanimError, LpPool, plan
from convanim.words.steps import step_alt
from convanim.words.sums import step_sum
from tests.cases import read

CASES = read("lp_pool.jsonl")
RESULTS = ("by", "input", "output_size", "output", "error")


def layer_of(case: dict[str, Any]) -> LpPool:
    return LpPool(**{name: value for name, value in case.items() if name not in RESULTS})


def test_the_data_is_all_there() -> None:
    assert len(CASES) == 450
    assert sum(case["by"] == "onnx" for case in CASES) == 150
    assert sum(None in case.get("output", ()) for case in CASES) >= 20


def test_norms_of_windows_equal_those_of_frameworks() -> None:
    for case in CASES:
        if "output" not in case:
            continue
        layer, several = layer_of(case), case.get("channels", 1)
        assert list(layer.output_size) == case["output_size"]
        shape = ((several,) if several > 1 else ()) + layer.input_size
        made = plan(layer, input=np.array(case["input"]).reshape(shape)).values(1)
        assert made is not None
        expected = np.array([np.nan if one is None else one for one in case["output"]])
        np.testing.assert_allclose(made.ravel(), expected, rtol=1e-5, atol=1e-6)


def test_what_pytorch_refuses_is_refused() -> None:
    for case in CASES:
        if "error" in case:
            with pytest.raises(ConvanimError):
                layer_of(case)


def test_sums_have_powers_and_a_root() -> None:
    said = [step_sum(plan(LpPool((3,), 3, norm_type=norm), input=[1, 2, 3]), 0) for norm in (1, 2, 3, 5)]
    assert said == [
        "(1 + 2 + 3) = 6",
        "√(1² + 2² + 3²) ≈ 3.74",
        "∛(1³ + 2³ + 3³) ≈ 3.30",
        "(1⁵ + 2⁵ + 3⁵)^(1/5) ≈ 3.08",
    ]


def test_the_sum_of_a_window_over_the_end_is_scaled_to_all_of_its_cells() -> None:
    made = plan(LpPool((5,), 2, ceil_mode=True), input=[1, 2, 3, 4, 8])
    assert step_sum(made, 2) == "√((8²) · 2/1) ≈ 11.31"
    assert step_alt(made, 2).endswith(
        "output column 2 is the L2 norm of input column 4, with 1 cell of the window beyond the end. "
        "Its value is 11.31."
    )


def test_an_odd_root_of_a_negative_sum_is_no_number() -> None:
    made = plan(LpPool((2,), 2, norm_type=3), input=[-2, 1])
    assert step_sum(made, 0) == "∛((−2)³ + 1³) = NaN"
    assert made.to_dict()["steps"][0]["value"] is None


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"norm_type": 0}, "must be a power from 1 to 16"),
        ({"norm_type": 1.5}, "whole number"),
        (
            {"padding": 1, "stride": 2, "kernel_size": 3, "ceil_mode": True, "input_size": (6,)},
            "hang over the end of a padded input",
        ),
    ],
)
def test_what_makes_no_sense_is_refused(settings: dict[str, Any], said: str) -> None:
    with pytest.raises(ConvanimError, match=said):
        LpPool(**{"input_size": (8,), "kernel_size": 2, **settings})
