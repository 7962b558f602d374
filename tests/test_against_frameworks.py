"""Layers of Keras and ONNX, with their padding written out, against ours."""

from __future__ import annotations

from typing import Any

import pytest

from convanim import plan
from tests.cases import flat_taps, read, with_explicit_padding

CASES = read("frameworks.jsonl")


def test_the_data_is_all_there() -> None:
    assert [case["framework"] for case in CASES].count("keras") == 60
    assert [case["framework"] for case in CASES].count("onnx") == 60


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['framework']}-{case['op']}-{case['input_size']}")
def test_sizes_and_taps_agree(case: dict[str, Any]) -> None:
    layer = with_explicit_padding(case)
    assert list(layer.output_size) == case["output_size"]
    expected = [sorted((source, weight) for source, weight in taps) for taps in case["taps"]]
    assert flat_taps(plan(layer)) == expected
