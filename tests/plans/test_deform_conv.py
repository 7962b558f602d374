"""Deformable convolution against torchvision's ``deform_conv2d``: values, and what its steps read."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from convanim import Conv, ConvanimError, DeformConv, plan
from convanim.inputs.building import build
from tests import DATA

CASES = [json.loads(line) for line in (DATA / "deform_conv.jsonl").read_text(encoding="utf-8").splitlines()]


def layer_of(case: dict[str, Any]) -> DeformConv:
    size, kernel, stride, padding, dilation = (case[name] for name in "nkspd")
    channels = {"in_channels": case["ci"], "out_channels": case["co"], "groups": case["g"], "offset_groups": case["og"]}
    return DeformConv(size, kernel, stride, padding, dilation, offsets=case["off"], masks=case["m"], **channels)


def test_values_are_those_of_torchvision_and_each_step_adds_up() -> None:
    assert len(CASES) >= 100
    for case in CASES:
        layer = layer_of(case)
        x, w = (np.array(case[name]) for name in "xw")
        x, w = x.reshape(case["ci"], *case["n"]), w.reshape(layer.weight_size)
        if not layer.has_channels:
            x, w = x[0], w[0, 0]
        planned = plan(layer, input=x, kernel=w)
        values = planned.values(1)
        assert values is not None
        assert values.ravel() == pytest.approx(case["y"], abs=1e-4)
        for step in planned:
            terms = [planned.operands(step, read, one) for read in step.reads for one in read.channels]
            total = sum(a * b for xs, ws in terms for a, b in zip(xs, ws or (), strict=True))
            assert total == pytest.approx(planned.value(step))


def test_without_offsets_it_is_a_convolution() -> None:
    x, w = np.arange(25).reshape(5, 5), [[1, 2], [0, -1]]
    deformed = plan(DeformConv(5, 2, padding=1, offsets=[0] * 8), input=x, kernel=w).values(1)
    assert deformed is not None
    assert deformed.tolist() == plan(Conv(5, 2, padding=1), input=x, kernel=w).values(1).tolist()  # type: ignore[union-attr]


def test_a_place_between_cells_has_four_shares() -> None:
    (read,) = plan(DeformConv(4, 1, offsets=[0.5, 0.25])).step(5).reads
    assert read.taps.source.tolist() == [[1, 1], [1, 2], [2, 1], [2, 2]]
    assert read.taps.coefficient is not None
    assert read.taps.coefficient.tolist() == [0.375, 0.125, 0.375, 0.125]
    assert read.points is not None
    assert read.points.tolist() == [[1.5, 1.25]]


def test_the_seed_draws_offsets_and_masks() -> None:
    one, other, again = (
        build("deform_conv", {"input_size": (5, 5), "kernel_size": 3, "masks": "random"}, seed=seed).layer
        for seed in (1, 2, 1)
    )
    assert one == again != other
    assert isinstance(one, DeformConv)
    assert max(map(abs, one.offsets)) <= 1
    assert one.masks is not None
    assert 0.25 <= min(one.masks) <= max(one.masks) <= 1
    given = {"input_size": (5, 5), "kernel_size": 1, "offsets": [0.5, 0], "masks": "random"}
    fixed = build("deform_conv", given, seed=1).layer
    assert isinstance(fixed, DeformConv)
    assert set(fixed.offsets) == {0.5, 0}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"offsets": [1, 2, 3]}, "offsets: are 3 numbers; give 18×3×3, or 18 for all places alike"),
        ({"masks": [1]}, "masks: are 1 numbers; give 9×3×3, or 9 for all places alike"),
        ({"offsets": "wild"}, "offsets 'wild': is no array of numbers"),
        ({"offsets": [float("nan")] * 18}, "offsets: must be finite"),
        ({"offset_groups": 2}, "offset_groups 2: must divide in_channels (1)"),
    ],
)
def test_offsets_of_another_shape_are_refused(given: dict[str, Any], said: str) -> None:
    with pytest.raises(ConvanimError) as caught:
        DeformConv(5, 3, **given)
    assert str(caught.value).startswith(said)
