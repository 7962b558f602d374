"""Interpolation and adaptive pooling against PyTorch, and ONNX where its reference and ONNX Runtime agree."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from convanim import AdaptiveAvgPool, AdaptiveMaxPool, ConvanimError, GlobalAvgPool, Upsample, plan
from convanim.frameworks.interpolation import KEYS
from convanim.frameworks.onnx import layer_from_attributes
from convanim.layers import Layer
from convanim.words import step_sum
from tests import DATA

CASES = [json.loads(line) for line in (DATA / "interpolation.jsonl").read_text(encoding="utf-8").splitlines()]


def interpolated(case: dict[str, Any]) -> Layer:
    more: dict[str, Any] = {"mode": case["mode"], "align_corners": case.get("align_corners", False)}
    if case.get("antialias"):
        more |= {"antialias": True, "exclude_outside": True, **(KEYS if case["mode"] == "bicubic" else {})}
    layer = Upsample(case["n"], case.get("scale_factor"), size=case.get("size"), **more)
    return Upsample(case["n"], size=layer.output_size, **more) if case.get("recompute_scale_factor") else layer


def resized(case: dict[str, Any]) -> Layer:
    told = {name: value for name, value in case.items() if name not in ("by", "n", "x", "m", "y")}
    layer = layer_from_attributes("Resize", told, tuple(case["n"]), 1, None, False)
    assert isinstance(layer, Layer)
    return layer


MAKERS: dict[str, Callable[[dict[str, Any]], Layer]] = {
    "torch": interpolated,
    "onnx": resized,
    "avg": lambda case: AdaptiveAvgPool(case["n"], case["m"]),
    "max": lambda case: AdaptiveMaxPool(case["n"], case["m"]),
}


@pytest.mark.parametrize("by", MAKERS)
def test_sizes_and_values_are_those_of_the_framework(by: str) -> None:
    cases = [case for case in CASES if case["by"] == by]
    assert len(cases) >= 50
    for case in cases:
        layer, x = MAKERS[by](case), np.array(case["x"]).reshape(case["n"])
        planned = plan(layer, input=x[None] if layer.has_channels else x)
        values = planned.values(1)
        assert values is not None
        assert list(layer.output_size) == case["m"], case
        assert values[0].ravel() == pytest.approx(case["y"], abs=1e-4), case


def test_shares_and_cells_of_a_step_add_up_to_its_value() -> None:
    layer = Upsample(3, mode="bilinear")
    planned = plan(layer, input=[[1, 3, 0], [0, 3, 1], [3, 1, 3]])
    assert step_sum(planned, 8) == "1·3/16 + 3·9/16 + 0·1/16 + 3·3/16 ≈ 2.44"
    step = planned.step(8)
    assert step.reads[0].taps.coefficient is not None
    assert step.reads[0].taps.coefficient.tolist() == [3 / 16, 9 / 16, 1 / 16, 3 / 16]
    assert step.reads[0].points is not None
    assert step.reads[0].points.tolist() == [[0.25, 0.75]]


def test_align_corners_moves_places_to_the_corners() -> None:
    ends = [Upsample(4, size=7, mode="bilinear", align_corners=aligned).axes[0].places for aligned in (False, True)]
    assert (ends[0][0], ends[0][-1]) == pytest.approx((-3 / 14, 3 + 3 / 14))
    assert (ends[1][0], ends[1][-1]) == (0, 3)


def test_windows_of_adaptive_pooling_differ_and_overlap() -> None:
    layer = AdaptiveAvgPool((7, 5), 3)
    assert [axis.windows for axis in layer.axes] == [
        ((0, 1, 2), (2, 3, 4), (4, 5, 6)),
        ((0, 1), (1, 2, 3), (3, 4)),
    ]
    assert [layer.divisor((1, column)) for column in range(3)] == [6, 9, 6]


def test_global_pooling_reads_every_cell() -> None:
    planned = plan(GlobalAvgPool((2, 3), channels=2), input=[[[1, 2, 3], [4, 5, 6]], [[0, 0, 0], [0, 0, 3]]])
    values = planned.values(1)
    assert values is not None
    assert values.ravel().tolist() == [3.5, 0.5]


def test_a_layer_that_went_to_another_process_is_computed_alike() -> None:
    layers = [Upsample(2, mode=mode) for mode in ("nearest", "bilinear", "area")]
    assert [pickle.loads(pickle.dumps(one)).combining is one.combining for one in layers] == [True] * 3


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"scale_factor": 2, "size": 7}, "scale_factor 2: is refused beside size"),
        ({"mode": "bilinear", "input_size": (5,)}, "mode bilinear: interpolates over 2 axes, and input_size has 1"),
        ({"mode": "sharp"}, "mode 'sharp': unknown; choose nearest"),
        ({"align_corners": True, "coordinates": "asymmetric"}, "coordinates asymmetric: does not go with"),
        ({"mode": "area", "align_corners": True}, "coordinates align_corners: is not taken by mode=area"),
        ({"antialias": True}, "antialias True: is not taken by mode=nearest"),
        ({"scale_factor": 0.1}, "scale_factor 0.1: leaves no cell"),
        ({"scale_factor": -1}, "scale_factor -1: must be over 0"),
        ({"size": 0}, "size 0: must be between 1"),
    ],
)
def test_what_does_not_go_together_is_refused(given: dict[str, Any], said: str) -> None:
    with pytest.raises(ConvanimError) as caught:
        Upsample(**{"input_size": 5, **given})
    assert str(caught.value).startswith(said)
