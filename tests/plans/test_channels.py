"""Layers with channels: sizes, costs, values and refusals against PyTorch's, and their plans against nested loops."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from convanim import (
    AvgPool,
    Chain,
    Conv,
    ConvanimError,
    ConvTranspose,
    DepthwiseConv,
    DepthwiseSeparable,
    Layer,
    MaxPool,
    PointwiseConv,
    SpatiallySeparable,
    Unfold,
    Upsample,
    plan,
)
from convanim.layers import OPERATIONS, SEPARABLES, Grouping
from tests import loops
from tests.cases import read
from tests.gathering import gathered
from tests.helpers import numbers_for, output_of
from tests.strategies import weighted

CASES = read("channels.jsonl")


def layer_of(case: dict[str, Any]) -> Any:
    """Return the layer or chain that a case describes."""
    parameters = case["parameters"]
    if case["operation"] == "chain":
        return Chain([layer_of(one) for one in parameters["layers"]])
    make: Any = {**OPERATIONS, **SEPARABLES}[case["operation"]]
    return make(**parameters)


def having(name: str) -> list[Any]:
    """Return the cases of which PyTorch said something."""
    return [case for case in CASES if name in case]


def named(case: dict[str, Any]) -> str:
    """Return the line of the data that a case is, and its operation."""
    return f"{CASES.index(case) + 1}-{case['operation']}"


def test_the_data_is_all_there() -> None:
    counts = {name: len(having(name)) for name in ("multiplications", "output", "error", "receptive_field")}
    assert counts == {"multiplications": 292, "output": 138, "error": 32, "receptive_field": 74}


SEEN: dict[str, Callable[[Any], Any]] = {
    "output_size": lambda layer: list(layer.output_size),
    "out_channels": lambda layer: layer.grouping.out_channels,
    "weight_size": lambda layer: (
        [list(one.weight_size) for one in layer.layers] if isinstance(layer, Chain) else list(layer.weight_size)
    ),
    "parameters_count": lambda layer: layer.parameters,
    "multiplications": lambda layer: layer.multiplications,
    "receptive_field": lambda layer: list(layer.receptive_field),
}


@gathered("case", [case for name in ("multiplications", "receptive_field") for case in having(name)], ids=named)
def test_sizes_weights_and_costs_are_pytorchs(case: dict[str, Any]) -> None:
    layer, known = layer_of(case), {name: case[name] for name in SEEN if name in case}
    assert {name: SEEN[name](layer) for name in known} == known


@gathered("case", having("output"), ids=named)
def test_values_are_pytorchs(case: dict[str, Any]) -> None:
    layer = layer_of(case)
    found = output_of(plan(layer, input=case["input"], kernel=case.get("weight"), bias=case.get("bias")))
    if isinstance(layer, AvgPool):
        np.testing.assert_allclose(found, case["output"], rtol=1e-5, atol=1e-6)
    else:
        assert found.tolist() == case["output"]


@gathered("case", having("error"), ids=named)
def test_what_pytorch_refuses_is_refused_by_name(case: dict[str, Any]) -> None:
    with pytest.raises(ConvanimError) as refusal:
        layer_of(case)
    assert refusal.value.option == case["option"]


def test_the_articles_example() -> None:
    standard = Conv(8, 3, padding=1, in_channels=16, out_channels=32)
    separable = DepthwiseSeparable(16, 32, 3, input_size=8, padding=1)
    assert standard.weight_size == (32, 16, 3, 3)
    assert standard.parameters == 4608
    assert [layer.parameters for layer in separable.layers] == [144, 512]
    assert separable.standard == standard
    assert f"{standard.parameters / separable.parameters:.2f}" == "7.02"


def test_groups_meet_their_own_channels_only() -> None:
    grouping = Grouping(6, 4, 2)
    assert [list(grouping.inputs_of(channel)) for channel in range(4)] == [[0, 1, 2]] * 2 + [[3, 4, 5]] * 2


def test_a_spatially_separable_chain_reads_what_the_whole_does() -> None:
    chain = SpatiallySeparable(2, 3, (3, 5), input_size=(7, 9), stride=2, padding=(1, 2))
    assert chain.standard == Conv((7, 9), (3, 5), 2, (1, 2), in_channels=2, out_channels=3)
    assert chain.receptive_field == chain.standard.receptive_field == (3, 5)


@pytest.mark.parametrize(
    ("layers", "made", "taken"),
    [
        ([Conv(5, 3, out_channels=4), Conv(3, 3)], 4, 1),
        ([MaxPool(4, 2, channels=3), ConvTranspose(2, 2, in_channels=2, out_channels=3)], 3, 2),
        ([DepthwiseConv(5, 3, in_channels=2, depth_multiplier=2), PointwiseConv(3, in_channels=2)], 4, 2),
    ],
)
def test_channels_of_a_chain_that_do_not_meet_are_refused(layers: list[Layer], made: int, taken: int) -> None:
    with pytest.raises(ConvanimError, match=f"layer 1 makes {made} channels, but layer 2 takes {taken};"):
        Chain(layers)


def planned_with(layer: Any, seed: int, order: str = "channel") -> Any:
    x, weights, bias = numbers_for(layer, seed)
    # A single plane without a bias has a plan without channels.
    if not layer.has_channels:
        layer = type(layer)(**{**layer.options, "input_size": layer.input_size, "bias": True})
        bias = np.zeros(1, int)
    return plan(layer, input=x, kernel=weights, bias=bias, order=order)


@given(weighted(), st.integers(0, 10**6))
@settings(max_examples=40)
def test_values_are_those_of_nested_loops(layer: Any, seed: int) -> None:
    x, weights, bias = numbers_for(layer, seed)
    expected = (loops.stamped if isinstance(layer, ConvTranspose) else loops.convolved)(layer, x, weights, bias)
    assert output_of(planned_with(layer, seed)).tolist() == expected.tolist()


@given(weighted(), st.sampled_from(["channel", "position"]))
@settings(max_examples=30)
def test_each_order_makes_every_cell_of_every_channel_once(layer: Any, order: str) -> None:
    planned = planned_with(layer, 0, order)
    made = [(step.channel, *step.cell) for step in planned]
    channels, places = range(layer.out_channels), loops.cells(layer.output_size)
    if order == "channel":
        assert made == [(channel, *place) for channel in channels for place in places]
    else:
        assert made == [(channel, *place) for place in places for channel in channels]
    assert len(planned) == len(made)
    assert [planned.step(n).channel for n in (0, len(made) - 1)] == [made[0][0], made[-1][0]]
    with pytest.raises(IndexError):
        planned.step(len(made))


@given(weighted(), st.integers(0, 10**6), st.sampled_from(["channel", "position"]))
@settings(max_examples=30)
def test_every_index_of_plain_data_leads_to_the_number_beside_it(layer: Any, seed: int, order: str) -> None:
    planned = planned_with(layer, seed, order)
    told = planned.to_dict()
    x, weights, bias = planned.tensors[0].values, planned.last.kernel, planned.last.bias
    assert told == json.loads(json.dumps(told))
    assert told["input_size"] == list(x.shape)
    assert told["output_size"] == [layer.out_channels, *layer.output_size]
    made = output_of(planned)
    for step in told["steps"]:
        channel = step["output"][0]
        met = {tap["position"][0] for tap in step["taps"]}
        assert met == set(layer.grouping.inputs_of(channel))
        assert len({tuple(tap["kernel"]) for tap in step["taps"]}) == len(step["taps"])
        for tap in step["taps"]:
            assert len(tap["kernel"]) == weights.ndim
            assert tap["w"] == weights[tuple(tap["kernel"])]
            assert tap["x"] == (x[tuple(tap["input"])] if tap["input"] else 0)
            assert tap["input"] is None or tap["input"][0] == tap["position"][0]
        assert step.get("bias", 0) == (bias[channel] if bias is not None else 0)
        total = sum(tap["x"] * tap["w"] for tap in step["taps"]) + step.get("bias", 0)
        assert step["value"] == total == made[tuple(step["output"])]


def test_a_plan_without_numbers_tells_no_numbers() -> None:
    told = plan(Conv(3, 2, in_channels=2, out_channels=2, bias=True)).to_dict()
    assert all("value" not in step and "bias" not in step for step in told["steps"])
    assert all("x" not in tap and "w" not in tap for step in told["steps"] for tap in step["taps"])


def test_pools_tell_no_channel_in_the_kernels_index() -> None:
    told = plan(AvgPool(4, 2, channels=2), seed=1).to_dict()
    for step in told["steps"]:
        assert {len(tap["kernel"]) for tap in step["taps"]} == {2}
        assert {tap["input"][0] for tap in step["taps"]} == {step["output"][0]}
        assert step["value"] == sum(tap["x"] for tap in step["taps"]) / step["divisor"]


CHAINS: dict[str, Chain] = {
    "separable": DepthwiseSeparable(2, 3, 3, 5, padding=1),
    "multiplied": DepthwiseSeparable(2, 2, 2, 4, depth_multiplier=2),
    "strided": SpatiallySeparable(2, 2, 3, 5, stride=2, padding=1),
    "groups": Chain(
        [
            Conv(5, 3, dilation=2, padding=1, in_channels=4, out_channels=4, groups=2),
            Conv(3, 2, in_channels=4, out_channels=2, groups=2),
        ]
    ),
    "row": Chain([Conv((7,), 3, 2, 1, in_channels=2, out_channels=3), PointwiseConv((4,), 1, 3, 2)]),
    "there-and-back": Chain(
        [
            Conv(4, 2, 2, in_channels=2, out_channels=2, groups=2),
            ConvTranspose(2, 3, 2, 1, 1, in_channels=2, out_channels=2),
        ]
    ),
    "pooled": Chain([DepthwiseConv(5, 2, in_channels=2), AvgPool(4, 2, channels=2)]),
    "mirrored": Chain(
        [Conv(4, 3, padding=1, padding_mode="reflect", in_channels=2, out_channels=2), Conv(4, 2, in_channels=2)]
    ),
}


def changing(chain: Chain, place: tuple[int, ...]) -> Any:
    """Return which cells of a chain's input change a cell of its output, by adding to each in turn."""
    generator = np.random.default_rng(7)
    kernels = [generator.random(layer.weight_size) + 0.5 if layer.is_weighted else None for layer in chain.layers]
    x = generator.random((chain.grouping.in_channels, *chain.input_size))

    def made(picture: Any) -> Any:
        return output_of(plan(chain, input=picture, kernel=kernels))[place]

    before, found = made(x), np.zeros(x.shape, bool)
    for cell in np.ndindex(*x.shape):
        changed = x.copy()
        changed[cell] += 1
        found[cell] = abs(made(changed) - before) > 1e-6
    return found


@pytest.mark.parametrize("name", CHAINS)
@pytest.mark.parametrize("which", [0, 0.6, 1])
def test_a_cell_is_in_the_trace_if_and_only_if_it_can_change_the_output(name: str, which: float) -> None:
    chain = CHAINS[name]
    planned = plan(chain)
    step = planned.step(int(which * (len(planned) - 1)))
    first = planned.main[0]
    traced = planned.trace(step.channel, step.cell)[first.number]
    # The cells that the traced positions read; copies in the padding read what they copy.
    read = np.zeros((chain.grouping.in_channels, *chain.input_size), bool)
    for (_, channel), marks in traced.read.items():
        for spots in np.argwhere(marks).tolist():
            source = tuple(of[spot] for of, spot in zip(first.grid.source, spots, strict=True))
            if min(source) >= 0:
                read[(channel, *source)] = True
    expected = changing(chain, (step.channel, *step.cell))
    assert read.tolist() == expected.tolist()
    for channel, marks in enumerate(expected):
        found = traced.cells.get((first.source, channel), np.zeros(chain.input_size, bool))
        assert found.tolist() == marks.tolist()


def test_a_chain_tells_its_layers_with_channels_first() -> None:
    chain = CHAINS["separable"]
    told = plan(chain, seed=2).to_dict()
    assert (told["operation"], told["input_size"], told["output_size"]) == ("chain", [2, 5, 5], [3, 5, 5])
    first, last = told["layers"]
    assert first["output_size"] == last["input_size"] == [2, 5, 5]
    between = {tuple(step["output"]): step["value"] for step in first["steps"]}
    for step in last["steps"]:
        assert all(tap["x"] == between[tuple(tap["input"])] for tap in step["taps"])


LAYER = Conv(4, 2, in_channels=2, out_channels=4, groups=2, bias=True)


@gathered(
    ("layer", "numbers", "message"),
    [
        (LAYER, {"input": np.ones((4, 4))}, "^input: .*4x4.*2x4x4"),
        (LAYER, {"input": np.ones((3, 4, 4))}, "^input: .*3x4x4.*2x4x4"),
        (LAYER, {"input": np.ones((2, 4, 5))}, "^input: .*2x4x5"),
        (LAYER, {"kernel": np.ones((4, 2, 2, 2))}, "^kernel: .*4x2x2x2.*4x1x2x2"),
        (LAYER, {"kernel": np.ones((2, 2))}, "^kernel: "),
        (LAYER, {"bias": [1, 2, 3]}, "^bias: .*3.*4"),
        (LAYER, {"bias": [[1, 2, 3, 4]]}, "^bias: "),
        (LAYER, {"bias": [1, 2, 3, float("nan")]}, "^bias: .*finite"),
        (LAYER, {"method": "scatter"}, "^method scatter: does not compute"),
        (DepthwiseSeparable(2, 3, 3, 5), {"method": "scatter"}, "^method scatter: does not compute"),
        (LAYER, {"order": "sideways"}, "^order 'sideways': unknown"),
        (LAYER, {"seed": -1}, "^seed -1"),
        (Conv(4, 2, in_channels=2), {"bias": [1]}, "^bias: .*no bias"),
        (Conv(4, 2), {"bias": [1]}, "^bias: .*no bias"),
        (MaxPool(4, 2, channels=2), {"kernel": np.ones((2, 2))}, "^kernel: .*no weights"),
        (MaxPool(4, 2, channels=2), {"bias": [1, 2]}, "^bias: .*no bias"),
        (CHAINS["separable"], {"bias": [[1, 2], None]}, "^bias: .*no bias"),
        (CHAINS["separable"], {"kernel": [np.ones((2, 1, 3, 3))]}, "^kernel: .*list of 2"),
        (CHAINS["separable"], {"bias": [1, 2, 3]}, "^bias: .*list of 2"),
        (CHAINS["separable"], {"kernel": [None, np.ones((2, 3, 1, 1))]}, "^kernel: .*3x2x1x1"),
    ],
)
def test_numbers_that_do_not_fit_are_refused(layer: Any, numbers: dict[str, Any], message: str) -> None:
    with pytest.raises(ConvanimError, match=message):
        plan(layer, **numbers)


def test_values_stay_as_they_are_where_only_those_of_some_channels_are_whole() -> None:
    made = plan(Chain([AvgPool((2,), 2, channels=2), Upsample((1,), 2, channels=2)]), input=[[1, 3], [1, 2]])
    assert output_of(made).tolist() == [[2, 2], [1.5, 1.5]]


@pytest.mark.parametrize("layer", [Upsample(6, 2), Unfold(6, 2), Conv(6, 3, in_channels=4, out_channels=2)])
def test_each_output_is_computed_once_however_many_steps_ask_for_it(
    monkeypatch: pytest.MonkeyPatch, layer: Layer
) -> None:
    planned = plan(layer, seed=0)
    computed: list[int] = []
    compute = type(planned.last).computed

    def counted(self: Any, channel: int, planes: Any) -> Any:
        computed.append(channel)
        return compute(self, channel, planes)

    monkeypatch.setattr(type(planned.last), "computed", counted)
    planned.to_dict()
    assert sorted(computed) == list(range(layer.grouping.out_channels))


def test_the_cells_of_a_window_are_laid_out_one_after_the_other() -> None:
    laid = plan(Unfold(4, 2, stride=2))
    assert [laid.place(number)[1:] for number in range(5)] == [(0, 0), (1, 0), (2, 0), (3, 0), (0, 1)]
    assert plan(Unfold(4, 2, stride=2), order="channel").place(1)[1:] == (0, 1)
