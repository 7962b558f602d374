"""Plans as they were when each kind of layer had its own: the same data, number by number."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any

import pytest

from convanim import Chain, ConvanimError, Layer, plan
from convanim.layers import OPERATIONS
from convanim.plans.values import random_numbers
from tests.cases import read
from tests.gathering import gathered

CASES = read("plans.jsonl")


def layer_of(told: dict[str, Any]) -> Layer:
    make: Any = OPERATIONS[told["operation"]]
    layer: Layer = make(**{name: value for name, value in told.items() if name != "operation"})
    return layer


def planned(case: dict[str, Any]) -> Any:
    """Return the plan of a case; of long ones only their hash is kept."""
    told = dict(case["layer"])
    if "layers" not in told:
        return planned_as_then(layer_of(told), case["options"])
    layers = [layer_of(one) for one in told.pop("layers")]
    compared = layer_of(told.pop("compared")) if "compared" in told else None
    return planned_as_then(Chain(layers, compared=compared, **told), case["options"])


def planned_as_then(layer: Layer | Chain, options: dict[str, Any]) -> Any:
    """Return the plan of a layer with the plain random numbers that all layers had."""
    options = {"order": "channel", **options}
    if not options.keys() & {"seed", "input", "kernel", "bias"}:
        return plan(layer, **options)
    layers = layer.layers if isinstance(layer, Chain) else (layer,)
    size, shapes = layer.input_size, [one.kernel_size for one in layers]
    if layer.has_channels:
        size = (layer.grouping.in_channels, *size)
        shapes = [shape for one in layers if one.is_weighted for shape in (one.weight_size, (one.bias_size,))]
    drawn, parts = random_numbers(options.get("seed") or 0, size, shapes)
    plain = iter(parts[::2] if layer.has_channels else parts)
    kernels = [next(plain) if one.is_weighted or not layer.has_channels else None for one in layers]
    given = options.get("kernel") or layer.kernels if isinstance(layer, Chain) else [options.get("kernel")]
    then = [
        plain if own is None and one.is_weighted else own
        for one, plain, own in zip(layers, kernels, given, strict=False)
    ]
    return plan(layer, **{"input": drawn, **options, "kernel": then if isinstance(layer, Chain) else then[0]})


NEWER = {"flip": False}
"""Parameters that layers did not have before, with the values that change nothing."""


def settled(value: Any) -> Any:
    """Return data with one form of each number, 1.0 is 1, without newer parameters."""
    if isinstance(value, dict):
        return {name: settled(part) for name, part in value.items() if name not in NEWER or part != NEWER[name]}
    if isinstance(value, list):
        return [settled(part) for part in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


_OF_INTERPOLATION = "mode size align_corners coordinates nearest_mode antialias cubic_coeff_a exclude_outside"
LATER = {"upsample": _OF_INTERPOLATION.split()}
"""Parameters that operations did not have when the plans were written."""


def without_later(told: dict[str, Any]) -> dict[str, Any]:
    """Return the data of a plan without parameters that came later."""
    for layer in told.get("layers", [told]):
        for name in LATER.get(layer["operation"], ()):
            layer["parameters"].pop(name)
    return told


def named(case: dict[str, Any]) -> str:
    layers = case["layer"].get("layers", [case["layer"]])
    sizes = ["x".join(map(str, layers[0]["input_size"])), *(layer["operation"] for layer in layers[:3])]
    return "-".join([*sizes, *(str(case["options"][name]) for name in ("method", "order") if name in case["options"])])


@gathered("case", [case for case in CASES if "error" not in case], ids=named)
def test_the_data_are_those_of_before(case: dict[str, Any]) -> None:
    told = without_later(settled(planned(case).to_dict()))
    if "plan" in case:
        assert told == case["plan"]
    else:
        assert sha256(json.dumps(told, sort_keys=True).encode()).hexdigest() == case["sha256"]


@pytest.mark.parametrize("case", [case for case in CASES if "error" in case], ids=named)
def test_the_errors_are_those_of_before(case: dict[str, Any]) -> None:
    with pytest.raises(ConvanimError) as caught:
        planned(case).to_dict()
    assert str(caught.value) == case["error"]
