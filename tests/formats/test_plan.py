"""JSON files: the plan as data."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from convanim import Chain, Conv, ConvTranspose, Layer, MaxPool, animate, compare, plan
from convanim.words.costs import facts_to_dict

INPUT, KERNEL = [[1, 2, 3], [4, 5, 6], [7, 8, 9.5]], [[1, 0], [0, -1]]


@pytest.mark.parametrize(
    ("layer", "given"),
    [
        (Conv(5, 3, padding=1), {}),
        (Conv(3, 2), {"input": INPUT, "kernel": KERNEL}),
        (ConvTranspose(2, 3, stride=2), {"method": "scatter", "seed": 5}),
        (MaxPool(4, 2, stride=2), {}),
        (Conv(4, 3, in_channels=2, out_channels=3), {}),
        (Conv(4, 3, in_channels=2, out_channels=3), {"order": "position"}),
        (Chain([Conv(5, 3), Conv(3, 2)]), {}),
        (Conv((7,), 3, dilation=2), {}),
    ],
    ids=["plain", "numbers", "scatter", "pool", "channels", "position", "chain", "line"],
)
def test_the_file_is_the_plan(layer: Layer | Chain, given: dict[str, Any]) -> None:
    content = animate(layer, **given).encode("json")
    assert json.loads(content) == json.loads(json.dumps(plan(layer, **given).to_dict()))


def test_numbers_that_are_drawn_at_random_are_those_of_the_seed() -> None:
    content = animate(Conv(4, 3), view="flat", seed=7).encode("json")
    assert json.loads(content) == json.loads(json.dumps(plan(Conv(4, 3), seed=7).to_dict()))


def test_all_steps_are_there_whichever_are_shown() -> None:
    whole = animate(Conv(4, 3), width=60)
    for looks in ({"steps": (1, 2)}, {"every": 3}, {"still": 2}, {"theme": "dark", "width": 300}):
        shown: dict[str, Any] = {"width": 60, **looks}
        assert animate(Conv(4, 3), **shown).encode("json") == whole.encode("json")
    assert len(json.loads(whole.encode("json"))["steps"]) == 4


def test_several_plans_stand_beside_their_costs() -> None:
    layers = [Conv(4, 3), Conv(4, 2)]
    found = json.loads(compare(layers, titles=["one", "other"]).encode("json"))
    assert found["plans"] == json.loads(json.dumps([plan(layer).to_dict() for layer in layers]))
    facts = json.loads(json.dumps(facts_to_dict(["one", "other"], layers)))
    assert {name: found[name] for name in facts} == facts


def test_the_file_ends_in_a_line_break(tmp_path: Path) -> None:
    path = animate(Conv(3, 2), width=60).save(tmp_path / "a.json")
    assert path.read_bytes() == animate(Conv(3, 2), width=60).encode("json")
    assert path.read_bytes().count(b"\n") == 1
    assert path.read_bytes().endswith(b"}\n")


def test_the_same_plan_gives_the_same_bytes() -> None:
    first, second = (animate(Conv(4, 3), view="flat", seed=3).encode("json") for _ in range(2))
    assert first == second
