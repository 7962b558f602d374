"""Layers with channels: counts, values and refusals as PyTorch has them, and the article's example."""

from __future__ import annotations

import json
from itertools import product
from typing import Any

import numpy as np
import pytest

from convanim import (
    AvgPool,
    Chain,
    Conv,
    ConvanimError,
    ConvTranspose,
    DepthwiseConv,
    DepthwiseSeparable,
    MaxPool,
    PixelUnshuffle,
    SpatiallySeparable,
    Upsample,
    plan,
)
from convanim.layers import OPERATIONS, Grouping
from tests import DATA
from tests.helpers import output_of

CASES = [json.loads(line) for line in (DATA / "channel_layers.jsonl").read_text(encoding="utf-8").splitlines()]
MOVED = [json.loads(line) for line in (DATA / "rearranged.jsonl").read_text(encoding="utf-8").splitlines()]
CHAINS = [json.loads(line) for line in (DATA / "channel_chains.jsonl").read_text(encoding="utf-8").splitlines()]
WORKING = [case for case in CASES if "error" not in case]


def layer_of(case: dict[str, Any]) -> Any:
    make: Any = OPERATIONS[case["operation"]]
    return make(**case["parameters"])


@pytest.mark.parametrize("case", WORKING)
def test_counts_are_pytorchs(case: dict[str, Any]) -> None:
    layer = layer_of(case)
    assert [layer.grouping.out_channels, *layer.output_size] == case["output_size"]
    assert list(layer.weight_size) == case["weight_size"]
    assert (layer.parameters, layer.multiplications) == (case["count"], case["multiplications"])


@pytest.mark.parametrize("case", [case for case in WORKING if "output" in case and layer_of(case).has_channels])
def test_values_are_pytorchs(case: dict[str, Any]) -> None:
    planned = plan(layer_of(case), input=case["input"], kernel=case["weight"], bias=case["biases"])
    assert output_of(planned).tolist() == case["output"]


@pytest.mark.parametrize("case", [case for case in CASES if "error" in case])
def test_what_pytorch_refuses_is_refused(case: dict[str, Any]) -> None:
    with pytest.raises(ConvanimError, match=r"^(in_channels|out_channels|groups) "):
        layer_of(case)


@pytest.mark.parametrize("case", MOVED)
def test_moved_values_are_pytorchs(case: dict[str, Any]) -> None:
    layer = layer_of(case)
    assert (layer.parameters, layer.multiplications) == (0, 0)
    assert output_of(plan(layer, input=case["input"])).tolist() == case["output"]


@pytest.mark.parametrize("case", CHAINS)
def test_pairs_count_and_see_what_pytorchs_do(case: dict[str, Any]) -> None:
    make: Any = {"DepthwiseSeparable": DepthwiseSeparable, "SpatiallySeparable": SpatiallySeparable}[case["kind"]]
    chain = make(**case["parameters"])
    assert [chain.grouping.out_channels, *chain.output_size] == case["output_size"]
    assert (chain.parameters, chain.multiplications) == (case["count"], case["multiplications"])
    assert list(chain.receptive_field) == case["receptive_field"]


def test_the_articles_example() -> None:
    standard = Conv(8, 3, padding=1, in_channels=16, out_channels=32)
    separable = DepthwiseSeparable(16, 32, 3, input_size=8, padding=1)
    assert standard.weight_size[0] * standard.weight_size[1] == 512
    assert standard.parameters == 4608
    assert [layer.parameters for layer in separable.layers] == [144, 512]
    assert separable.parameters == 656
    assert separable.standard == standard
    assert round(standard.parameters / separable.parameters, 2) == 7.02


def test_groups_meet_their_own_channels_only() -> None:
    grouping = Grouping(6, 4, 2)
    assert [list(grouping.inputs_of(channel)) for channel in range(4)] == [[0, 1, 2]] * 2 + [[3, 4, 5]] * 2


def test_a_depth_multiplier_makes_several_outputs_of_each_channel() -> None:
    layer = DepthwiseConv(5, 3, in_channels=3, depth_multiplier=2)
    assert (layer.grouping, layer.parameters) == (Grouping(3, 6, 3), 54)


def test_a_spatially_separable_chain_reads_what_the_whole_does() -> None:
    chain = SpatiallySeparable(2, 3, (3, 5), input_size=(7, 9), stride=2, padding=(1, 2))
    assert chain.receptive_field == chain.standard.receptive_field == (3, 5)
    assert chain.output_size == chain.standard.output_size
    assert chain.parameters == 3 * 2 * 3 + 3 * 3 * 5


@pytest.mark.parametrize(
    ("size", "stride", "word", "pair"),
    [
        (6, 2, "same-upper", (0, 1)),
        (6, 2, "same-lower", (1, 0)),
        (5, 2, "same-upper", (1, 1)),
        (3, 3, "same-upper", (0, 0)),
    ],
)
def test_same_padding_with_a_stride(size: int, stride: int, word: str, pair: tuple[int, int]) -> None:
    layer = Conv((size,), 3, stride, padding=word)
    assert layer.padding == (pair,)
    assert layer.output_size == (-(-size // stride),)


@pytest.mark.parametrize(
    ("layers", "field"),
    [
        ([ConvTranspose((9,), 3, 2, padding=1), Conv((17,), 1, 2)], 1),
        ([ConvTranspose((15,), 1, 3, padding=1), AvgPool((41,), 1, 3)], 0),
        ([ConvTranspose((9,), 3, 2, padding=1), Conv((17,), 3)], 3),
        ([Upsample((6,), 2), Conv((12,), 3)], 2),
        ([PixelUnshuffle((8, 8), 2), Conv(4, 3, in_channels=4)], 6),
    ],
)
def test_a_field_goes_by_the_outputs_that_are_read(layers: Any, field: int) -> None:
    # PyTorch's gradients say the same.
    assert set(Chain(layers).receptive_field) == {field}


def test_channels_of_a_chain_must_meet() -> None:
    with pytest.raises(ConvanimError, match="layer 1 makes 8 channels, but layer 2 takes 4"):
        Chain([Conv(5, 3, in_channels=3, out_channels=8), MaxPool(3, 1, channels=4)])


@pytest.mark.parametrize("order", ["channel", "position"])
def test_every_cell_of_every_channel_is_made_once_in_order(order: str) -> None:
    planned = plan(Conv(3, 2, in_channels=2, out_channels=3), order=order)
    made = [(step.channel, *step.cell) for step in planned]
    cells = list(product(range(2), range(2)))
    by_channel = [(channel, *cell) for channel in range(3) for cell in cells]
    by_position = [(channel, *cell) for cell in cells for channel in range(3)]
    assert made == (by_channel if order == "channel" else by_position)


def test_channels_come_first_in_every_index() -> None:
    layer = Conv(4, 3, padding=1, in_channels=4, out_channels=2, groups=2, bias=True)
    planned: Any = plan(layer, seed=3)
    told = planned.to_dict()
    assert told == json.loads(json.dumps(told))
    assert (told["input_size"], told["output_size"]) == ([4, 4, 4], [2, 4, 4])
    for step in told["steps"]:
        channel = step["output"][0]
        taps = step["taps"]
        assert {tap["position"][0] for tap in taps} == set(layer.grouping.inputs_of(channel))
        assert {tuple(tap["kernel"][:2]) for tap in taps} == {(channel, 0), (channel, 1)}
        assert step["value"] == sum(tap["x"] * tap["w"] for tap in taps) + step["bias"]
        for tap in taps:
            assert tap["w"] == planned.last.kernel[tuple(tap["kernel"])]


def test_a_trace_is_what_can_change_the_result() -> None:
    chain = DepthwiseSeparable(2, 3, 3, input_size=5, padding=1)
    planned = plan(chain)
    generator = np.random.default_rng(1)
    kernels = [generator.integers(1, 5, layer.weight_size) for layer in chain.layers]
    picture = generator.integers(1, 9, (2, 5, 5))
    traced = planned.trace(1, (1, 2))[0].read
    before = output_of(plan(chain, input=picture, kernel=kernels))[1, 1, 2]
    for cell in np.ndindex(*picture.shape):
        changed = picture.copy()
        changed[cell] += 1
        after = output_of(plan(chain, input=changed, kernel=kernels))[1, 1, 2]
        assert (after != before) == ((0, cell[0]) in traced and traced[0, cell[0]][1:-1, 1:-1][cell[1:]])


@pytest.mark.parametrize(
    ("numbers", "option"),
    [
        ({"input": np.ones((3, 4, 4))}, "input"),
        ({"kernel": np.ones((2, 3, 2, 2))}, "kernel"),
        ({"bias": [1]}, "bias"),
        ({"method": "scatter"}, "method"),
        ({"order": "random"}, "order"),
    ],
)
def test_numbers_that_do_not_fit_are_refused(numbers: dict[str, Any], option: str) -> None:
    with pytest.raises(ConvanimError, match=f"^{option}"):
        plan(Conv(4, 2, in_channels=2, out_channels=2, bias=True), **numbers)
