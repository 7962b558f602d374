"""Sizes, counts, refusals and receptive fields of layers with channels, against PyTorch's."""

from __future__ import annotations

from typing import Any

import pytest

from convanim import (
    Chain,
    Conv,
    ConvanimError,
    ConvTranspose,
    DepthwiseConv,
    DepthwiseSeparable,
    MaxPool,
    MaxUnpool,
    plan,
)
from convanim.layers import OPERATIONS, SEPARABLES, Grouping, Layer, PointwiseConv
from tests.cases import flat_taps, read

CASES = read("channels.jsonl")
SAME = [
    (case, word)
    for case in read("frameworks.jsonl")
    if "Transpose" not in case["op"]
    for said in [str(case.get("padding") or case.get("auto_pad"))]
    for word in [{"same": "same-upper", "SAME_UPPER": "same-upper", "SAME_LOWER": "same-lower"}.get(said)]
    if word
]


def made(case: dict[str, Any]) -> Layer | Chain:
    """Return the layer or chain that a case describes."""
    parameters = case["parameters"]
    if case["operation"] == "chain":
        return Chain(list(map(made, parameters["layers"])))  # type: ignore[arg-type]
    make: Any = {**OPERATIONS, **SEPARABLES}[case["operation"]]
    found: Layer | Chain = make(**parameters)
    return found


def with_result(name: str) -> list[Any]:
    return [
        pytest.param(case, id=f"{number}-{case['operation']}") for number, case in enumerate(CASES, 1) if name in case
    ]


def test_the_data_is_all_there() -> None:
    assert len(CASES) == 272
    assert [len(with_result(name)) for name in ("multiplications", "output", "error", "receptive_field")] == [
        190,
        62,
        32,
        50,
    ]


@pytest.mark.parametrize("case", with_result("output_size"))
def test_sizes_agree(case: dict[str, Any]) -> None:
    layer = made(case)
    assert list(layer.output_size) == case["output_size"]
    assert layer.grouping.out_channels == case["out_channels"]


@pytest.mark.parametrize("case", with_result("multiplications"))
def test_weights_and_counts_agree(case: dict[str, Any]) -> None:
    layer = made(case)
    sizes = [list(one.weight_size) for one in layer.layers] if isinstance(layer, Chain) else list(layer.weight_size)
    assert sizes == case["weight_size"]
    assert layer.parameters == case["parameters_count"]
    assert layer.multiplications == case["multiplications"]


@pytest.mark.parametrize("case", with_result("error"))
def test_what_pytorch_refuses_is_refused_by_name(case: dict[str, Any]) -> None:
    with pytest.raises(ConvanimError) as refusal:
        made(case)
    assert refusal.value.option == case["option"]


@pytest.mark.parametrize("case", with_result("receptive_field"))
def test_an_output_sees_the_cells_that_change_it(case: dict[str, Any]) -> None:
    assert list(made(case).receptive_field) == case["receptive_field"]


def test_a_standard_convolution_has_a_kernel_for_each_pair_of_channels() -> None:
    layer = Conv(8, 3, padding=1, in_channels=16, out_channels=32)
    assert layer.weight_size == (32, 16, 3, 3)
    assert layer.weight_size[0] * layer.weight_size[1] == 512
    assert layer.parameters == 4608


def test_a_depthwise_separable_convolution_has_seven_times_fewer_weights() -> None:
    chain = DepthwiseSeparable(16, 32, 3, input_size=8, padding=1)
    assert [layer.parameters for layer in chain.layers] == [144, 512]
    assert chain.parameters == 656
    assert f"{chain.standard.parameters / chain.parameters:.2f}" == "7.02"


@pytest.mark.parametrize(
    ("layers", "made_channels", "taken"),
    [
        ([Conv(5, 3, out_channels=4), Conv(3, 3)], 4, 1),
        ([Conv(5, 3, out_channels=4), MaxPool(3, 2, channels=2)], 4, 2),
        ([MaxPool(4, 2, channels=3), ConvTranspose(2, 2, in_channels=2, out_channels=3)], 3, 2),
        ([DepthwiseConv(5, 3, in_channels=2, depth_multiplier=2), PointwiseConv(3, in_channels=2)], 4, 2),
    ],
)
def test_channels_of_a_chain_that_do_not_meet_are_refused(layers: list[Layer], made_channels: int, taken: int) -> None:
    with pytest.raises(ConvanimError, match=f"layer 1 makes {made_channels} channels, but layer 2 takes {taken};"):
        Chain(layers)


@pytest.mark.parametrize("groups", [1, 2, 3, 6])
def test_each_group_joins_its_own_inputs_and_outputs(groups: int) -> None:
    grouping = Grouping(6, 12, groups)
    inputs, outputs = list(range(6)), list(range(12))
    for group in range(groups):
        mine = inputs[group * 6 // groups : (group + 1) * 6 // groups]
        for out_channel in outputs[group * 12 // groups : (group + 1) * 12 // groups]:
            assert grouping.group_of(out_channel) == group
            assert list(grouping.inputs_of(out_channel)) == mine


def test_tensorflows_same_puts_the_odd_cell_at_the_end() -> None:
    assert Conv((6,), 3, 2, padding="same-upper").padding == ((0, 1),)
    assert Conv((6,), 3, 2, padding="same-lower").padding == ((1, 0),)


def test_the_same_padding_cases_are_all_there() -> None:
    assert [word for _, word in SAME].count("same-upper") == 33
    assert [word for _, word in SAME].count("same-lower") == 10


@pytest.mark.parametrize(("case", "word"), SAME)
def test_same_padding_is_that_of_keras_and_onnx(case: dict[str, Any], word: str) -> None:
    kernel = case.get("kernel_size") or case["kernel_shape"]
    dilation = case.get("dilation_rate") or case.get("dilations") or 1
    layer = Conv(case["input_size"], kernel, case["strides"], word, dilation)
    assert list(layer.output_size) == case["output_size"]
    assert flat_taps(plan(layer)) == [sorted(map(tuple, taps)) for taps in case["taps"]]


@pytest.mark.parametrize(
    ("indices", "message"),
    [
        ("1 2; 3 4", "indices '1 2; 3 4': not a whole number"),
        (range(10**8), "are more than 4 for 4 values"),
        ([[[0, 3], [9]]], "are 3 for 4 values"),
        ({1, 2}, "not a whole number"),
        (["0", 3, 9, 10], "indices '0': not a whole number"),
    ],
)
def test_indices_of_other_forms_are_refused(indices: Any, message: str) -> None:
    with pytest.raises(ConvanimError, match=message):
        MaxUnpool(2, 2, indices=indices)
