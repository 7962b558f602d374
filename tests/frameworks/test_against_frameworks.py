"""Layers as code of Keras, ONNX and JAX, pasted, against what those frameworks compute."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from convanim import Layer, plan
from convanim.frameworks.reading import read_text
from convanim.frameworks.sequence import layer_of
from tests.cases import flat_taps, read
from tests.gathering import gathered

CASES = read("frameworks.jsonl")
MORE = read("pasted.jsonl")


def code_of_case(case: dict[str, Any]) -> str:
    """Return the line of Keras or ONNX that a case was computed from."""
    names = {
        "keras": ("strides", "padding", "dilation_rate", "output_padding"),
        "onnx": ("kernel_shape", "strides", "pads", "dilations", "auto_pad", "output_padding", "output_shape"),
    }[case["framework"]]
    named = [
        f"{name}={tuple(value) if isinstance(value, list) else value!r}"
        for name in names
        if (value := case.get(name)) is not None
    ]
    if case["framework"] == "onnx":
        return f"helper.make_node({case['op']!r}, ['X', 'W'], ['Y'], {', '.join(named)})"
    return f"layers.{case['op']}(1, {tuple(case['kernel_size'])}, {', '.join(named)}, use_bias=False)"


def pasted(text: str, case: dict[str, Any]) -> Any:
    return layer_of(read_text(text), case["input_size"], case.get("channels", [None])[0]).layer


def averaged(layer: Layer) -> list[list[list[Any]]]:
    """Return for every output of an average pooling the input cells and their weights."""
    found = []
    for number, taps in enumerate(flat_taps(plan(layer))):
        cell = tuple(int(at) for at in np.unravel_index(number, layer.output_size))
        divisor = layer.divisor(cell)
        assert divisor is not None
        found.append([[source, pytest.approx(1 / divisor, abs=1e-5)] for source, _ in taps])
    return found


SEEN: dict[str, Callable[[Any], Any]] = {
    "taps": lambda layer: [[list(tap) for tap in taps] for taps in flat_taps(plan(layer))],
    "window": lambda layer: [[source for source, _ in taps] for taps in flat_taps(plan(layer))],
    "weights": averaged,
    "channels": lambda layer: [layer.grouping.in_channels, layer.grouping.out_channels],
    "parameters": lambda layer: layer.parameters,
    "output_size": lambda layer: list(layer.output_size),
}


@gathered("case", CASES, ids=lambda case: f"{case['framework']}-{case['op']}-{case['input_size']}")
def test_sizes_and_taps_agree(case: dict[str, Any]) -> None:
    layer = pasted(code_of_case(case), case)
    assert list(layer.output_size) == case["output_size"]
    assert flat_taps(plan(layer)) == [sorted((source, weight) for source, weight in taps) for taps in case["taps"]]


@gathered("case", MORE, ids=lambda case: case["text"][:60])
def test_what_is_pasted_agrees(case: dict[str, Any]) -> None:
    layer = pasted(case["text"], case)
    for what, seen in SEEN.items():
        if what in case:
            expected = [sorted(taps) for taps in case[what]] if what == "taps" else case[what]
            assert seen(layer) == expected


def test_the_data_is_all_there() -> None:
    assert Counter(case["framework"] for case in CASES) == {"keras": 60, "onnx": 60}
    assert Counter(case["framework"] for case in MORE) == {"keras": 90, "onnx": 78, "jax": 52}
