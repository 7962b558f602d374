"""General convolutions against JAX's ``conv_general_dilated``, and against the layers that they comprise."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np
import pytest

from convanim import Chain, Conv, ConvanimError, ConvGeneral, ConvTranspose, Layer, plan
from convanim.inputs.building import build
from convanim.inputs.shorthand import parse_parameter
from tests.cases import flat_taps, read
from tests.gathering import gathered
from tests.helpers import output_of

CASES = read("conv_general.jsonl")


def values(layer: Layer, **numbers: Any) -> Any:
    return output_of(plan(layer, **numbers))


def test_the_data_is_all_there() -> None:
    said = [case["parameters"] for case in CASES]
    assert len(said) == 64
    assert {len(one["input_size"]) for one in said} == {1, 2, 3}
    assert sum(min(end for pair in one["padding"] for end in pair) < 0 for one in said) == 63
    assert sum(max(one["input_dilation"]) > 1 for one in said) == 62
    assert (sum("groups" in one for one in said), sum("rotated" in one for one in said)) == (13, 16)


@gathered("case", CASES, ids=lambda case: str(case["parameters"]["input_size"]))
def test_values_are_jaxs(case: dict[str, Any]) -> None:
    layer = ConvGeneral(**case["parameters"])
    made = values(layer, input=case["input"], kernel=case["kernel"])
    assert list(layer.output_size) == list(made.shape[-layer.dims :])
    assert made.tolist() == case["output"]


@gathered("case", CASES, ids=lambda case: str(case["parameters"]["input_size"]))
def test_the_receptive_field_is_what_one_output_can_see(case: dict[str, Any]) -> None:
    layer = ConvGeneral(**case["parameters"])
    for number, axis in enumerate(layer.axes):
        seen = [list(layer.inputs(number, output)) for output in range(axis.spacing)]
        widest = max(max(cells) - min(cells) + 1 if cells else 0 for cells in seen)
        assert layer.receptive_field[number] == widest <= axis.field()
        assert layer.field(number, 2) >= widest


def test_outputs_that_stand_on_inserted_zeros_only_see_nothing() -> None:
    layer = ConvGeneral((5,), 3, 2, ((-1, 1),), 2, 2)
    assert (layer.receptive_field, layer.axes[0].unread()) == ((0,), (0, 1, 2, 3, 4))
    assert Chain([layer, Conv((3,), 1)]).receptive_field == (0,)


def test_far_apart_inputs_are_counted_at_once() -> None:
    assert ConvGeneral((2,), 3, 99_999, 0, 33_333, 99_999).receptive_field == (1,)


def test_a_convolution_is_one() -> None:
    layer, settings = Conv((6, 5), (3, 2), (2, 1), ((1, 2), (0, 1)), (1, 2)), ((2, 1), ((1, 2), (0, 1)), (1, 2))
    general = ConvGeneral((6, 5), (3, 2), *settings)
    assert general.axes == layer.axes
    assert flat_taps(plan(general)) == flat_taps(plan(layer))
    assert (general.parameters, general.multiplications) == (layer.parameters, layer.multiplications)


def test_a_transposed_convolution_is_one_with_a_turned_kernel() -> None:
    layer = ConvTranspose((3, 4), 3, 2, 2, dilation=2)
    general = ConvGeneral((3, 4), 3, padding=2, dilation=2, input_dilation=2, rotated=True)
    assert general.output_size == layer.output_size
    assert flat_taps(plan(general)) == flat_taps(plan(layer))
    assert general.receptive_field == layer.receptive_field


def test_what_is_cropped_is_not_read() -> None:
    layer = ConvGeneral((5,), 2, padding=((-1, -2),))
    assert (layer.output_size, layer.axes[0].unread()) == ((1,), (0, 3, 4))


def test_what_is_cropped_altogether_leaves_zeros_as_in_jax() -> None:
    assert values(ConvGeneral((3,), 2, padding=((-5, 10),)), seed=1).tolist() == [0] * 7


def test_counts_are_those_of_the_cells_that_are_made() -> None:
    layer = ConvGeneral(4, 3, 2, -1, input_dilation=3, in_channels=4, out_channels=6, groups=2, bias=True)
    assert layer.weight_size == (6, 2, 3, 3)
    assert layer.parameters == 6 * 2 * 9 + 6
    assert layer.multiplications == prod(layer.output_size) * 6 * 2 * 9


@pytest.mark.parametrize(("groups", "inputs"), [(2, 1), (1, 2)])
def test_kernels_are_turned_channel_by_channel(groups: int, inputs: int) -> None:
    turned = ConvGeneral(3, 2, in_channels=2, out_channels=2, groups=groups, rotated=True)
    plain = ConvGeneral(3, 2, in_channels=2, out_channels=2, groups=groups)
    kernel = np.arange(8 * inputs).reshape(2, inputs, 2, 2)
    picture = np.arange(18).reshape(2, 3, 3)
    made = values(turned, input=picture, kernel=kernel)
    assert made.tolist() == values(plain, input=picture, kernel=kernel[:, :, ::-1, ::-1]).tolist()


@pytest.mark.parametrize(
    ("number", "formula"),
    [
        (None, "⌊((n − 1)·z + 1 + p_low + p_high − d·(k − 1) − 1) / s⌋ + 1"),
        (0, "⌊((4 − 1)·2 + 1 − 1 + 2 − 1·(3 − 1) − 1) / 2⌋ + 1"),
        (1, "⌊((5 − 1)·1 + 1 + 0 − 2 − 1·(3 − 1) − 1) / 1⌋ + 1"),
    ],
)
def test_the_formula_has_signs_of_its_own_for_what_is_cropped(number: int | None, formula: str) -> None:
    layer = ConvGeneral((4, 5), 3, (2, 1), ((-1, 2), (0, -2)), 1, (2, 1))
    assert layer.size_formula(number) == formula


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        (
            {"padding": -2},
            r"has 0, so that .* = -?.*; use a smaller kernel_size, an input_size of at least 7, or padding=-1:0$",
        ),
        (
            {"padding": -2, "input_dilation": 3},
            r"has 6, so that .*; use .* input_size of at least 5, or padding=-2:-1$",
        ),
        ({"padding": -100_001}, "padding -100001: must be between -100000 and 100000"),
        ({"padding": "same"}, "not a padding that this operation knows"),
        ({"input_dilation": 0}, "input_dilation 0: must be between 1"),
        ({"rotated": 1}, "rotated 1: must be True or False"),
        ({"in_channels": 3, "groups": 2}, "in_channels 3: must be a multiple of groups"),
    ],
)
def test_refusals_name_the_option_and_a_way_out(parameters: dict[str, Any], message: str) -> None:
    with pytest.raises(ConvanimError, match=message):
        ConvGeneral(4, **{"kernel_size": 3 if parameters.get("input_dilation") != 3 else 7, **parameters})


def test_the_ways_out_that_are_offered_work() -> None:
    assert ConvGeneral(5, 7, padding=-2, input_dilation=3).output_size == (3, 3)
    assert ConvGeneral(4, 7, padding=((-2, -1), (-2, -1)), input_dilation=3).output_size == (1, 1)


@pytest.mark.parametrize("text", ["-1:0", "-1:0x-1:0"])
def test_negative_pairs_are_read_as_they_are_written(text: str) -> None:
    padding = parse_parameter("conv_general", "padding", text)
    built = build("conv_general", {"input_size": 5, "kernel_size": 3, "padding": padding})
    assert built.layer == ConvGeneral(5, 3, padding=((-1, 0), (-1, 0)))
