"""The numbers that a layer computes, against PyTorch's; and the numbers that it is given."""

from __future__ import annotations

import json
from collections import Counter
from itertools import product
from typing import Any

import numpy as np
import pytest

from convanim import AvgPool, Chain, Conv, ConvanimError, ConvTranspose, Layer, MaxPool, plan
from convanim.layers import OPERATIONS
from convanim.plans.values import (
    KERNELS,
    LARGEST,
    MOST_SEED,
    named_kernel,
    numbers,
    random_numbers,
    spell,
    spell_all,
    spell_weights,
)
from tests.cases import read
from tests.gathering import gathered
from tests.helpers import numbers_of, output_of

CASES = read("values.jsonl")
TRANSPOSED = [case for case in CASES if case["operation"] == "conv_transpose"]
NUMBERS = ("operation", "input", "kernel", "output")
GUIDE_INPUT = [[3, 3, 2, 1, 0], [0, 0, 1, 3, 1], [3, 1, 2, 2, 3], [2, 0, 0, 2, 2], [2, 0, 0, 0, 1]]
GUIDE_KERNEL = [[0, 1, 2], [2, 2, 0], [0, 1, 2]]


def planned(case: dict[str, Any], method: str = "gather") -> Any:
    build: Any = OPERATIONS[case["operation"]]
    layer: Layer = build(**{name: value for name, value in case.items() if name not in NUMBERS})
    return plan(layer, input=case["input"], kernel=case.get("kernel"), method=method)


def named(case: dict[str, Any]) -> str:
    return "-".join(str(case[key]) for key in ("operation", "input_size", "kernel_size", "stride", "padding"))


def leaves(value: Any) -> list[Any]:
    return [leaf for part in value for leaf in leaves(part)] if isinstance(value, list) else [value]


def computed(case: dict[str, Any]) -> Any:
    """Return PyTorch's output, the words for what JSON cannot hold read as floats."""
    output = np.array(case["output"])
    return output.astype(float) if output.dtype.kind == "U" else output


def made_of(rule: str, step: dict[str, Any]) -> Any:
    """Return what a step's own taps and divisor give."""
    x = [tap["x"] for tap in step["taps"]]
    if rule == "sum":
        return sum(value * tap["w"] for value, tap in zip(x, step["taps"], strict=True))
    known = [value for value in x if value is not None]
    return max(known, default=-np.inf) if rule == "max" else sum(known) / step["divisor"]


def test_the_data_is_all_there() -> None:
    assert Counter(case["operation"] for case in CASES) == Counter(
        conv=114, conv_transpose=87, max_pool=48, avg_pool=51
    )
    assert sum("float" in {type(leaf).__name__ for leaf in leaves(case["input"])} for case in CASES) >= 80


@gathered("case", CASES, ids=named)
def test_steps_make_what_pytorch_computes_of_the_numbers_that_they_name(case: dict[str, Any]) -> None:
    made, values, weights = planned(case), np.array(case["input"]), np.array(case.get("kernel", 0))
    for step, expected in zip(made.to_dict()["steps"], computed(case).ravel().tolist(), strict=True):
        for tap in step["taps"]:
            assert tap["x"] == values[tuple(tap["input"])] if tap["input"] else not tap["x"]
            assert ("w" in tap) == ("kernel" in case)
            assert "w" not in tap or tap["w"] == weights[tuple(tap["kernel"])]
        if np.isinf(expected):
            # The maximum of padding alone, which JSON cannot write.
            assert step["value"] is None
        else:
            assert type(step["value"]) is type(expected)
            assert step["value"] == pytest.approx(expected, rel=0, abs=1e-9)
            assert step["value"] == pytest.approx(made_of(made.layer.rule.name, step), rel=0, abs=1e-9)


@gathered("case", TRANSPOSED, ids=named)
def test_stamps_add_up_to_the_output(case: dict[str, Any]) -> None:
    expected = computed(case)
    sums = dict.fromkeys(np.ndindex(expected.shape), 0)
    for step in planned(case, "scatter").to_dict()["steps"]:
        for tap in step["taps"]:
            factors = zip(step["input"], case["stride"], tap["kernel"], case["dilation"], case["padding"], strict=True)
            cell = tuple(i * s + k * d - p for i, s, k, d, p in factors)
            if cell in sums:
                sums[cell] += tap["x"] * tap["w"]
                assert tap["output"] == list(cell)
                assert tap["sum"] == pytest.approx(sums[cell], rel=0, abs=1e-9)
            else:
                assert tap["output"] is None
                assert "sum" not in tap
    assert list(sums.values()) == pytest.approx(expected.ravel().tolist(), rel=0, abs=1e-9)


def test_a_plan_with_numbers_is_plain_data() -> None:
    for method in ("gather", "scatter"):
        told = plan(ConvTranspose((2, 3), 2, 2, 1), input=[[1, 2, 3], [4, 5, 6]], seed=1, method=method).to_dict()
        assert told == json.loads(json.dumps(told))


def test_padding_is_nothing_to_a_maximum_and_zero_to_a_sum() -> None:
    pooled = plan(MaxPool((2,), 2, 1, 1), input=[-3, -4]).to_dict()["steps"][0]
    assert [tap["x"] for tap in pooled["taps"]] == [None, -3]
    assert pooled["value"] == -3
    summed = plan(Conv((2,), 2, 1, 1), input=[-3, -4], kernel=[5, 1]).to_dict()["steps"][0]
    assert [(tap["x"], tap["w"]) for tap in summed["taps"]] == [(0, 5), (-3, 1)]


def test_what_hangs_over_is_nothing_to_a_mean() -> None:
    step = plan(AvgPool((3,), 2, ceil_mode=True), input=[1, 2, 7]).to_dict()["steps"][1]
    assert [tap["x"] for tap in step["taps"]] == [7, None]
    assert (step["divisor"], step["value"]) == (1, 7)


def test_a_plan_without_numbers_has_no_values() -> None:
    made = plan(Conv(5, 3))
    assert made.values(made.last.target) is None
    assert made.value(made.step(0)) is None
    told = made.to_dict()["steps"][0]
    assert "value" not in told
    assert "x" not in told["taps"][0]


@pytest.mark.parametrize(
    ("layer", "input", "kernel", "is_whole"),
    [
        (Conv((3,), 2), [1, 2, 3], [1, -1], True),
        (Conv((3,), 2), [1.0, 2.0, 3.0], [1, -1], False),
        (Conv((3,), 2), [1, 2, 3], [1.0, -1.0], False),
        (MaxPool((3,), 2, 1), [1.0, 2.0, 3.0], None, False),
        (AvgPool((4,), 2), [1, 3, 5, 7], None, True),
        (AvgPool((4,), 2), [1, 3, 5, 6], None, False),
        (AvgPool((4,), 2), [1.0, 3.0, 5.0, 7.0], None, False),
    ],
)
def test_whole_numbers_stay_whole_and_floats_floats(layer: Layer, input: Any, kernel: Any, is_whole: bool) -> None:
    for step in plan(layer, input=input, kernel=kernel).to_dict()["steps"]:
        assert type(step["value"]) is (int if is_whole else float)


@pytest.mark.parametrize("count", [1, 4, 5, 9, 10, 100])
@pytest.mark.parametrize("sign", [1, -1])
def test_huge_sums_are_exact(count: int, sign: int) -> None:
    layer = Conv((count,), count)
    made = plan(layer, input=[sign * LARGEST] * (count - 1) + [sign * (LARGEST - 1)], kernel=[LARGEST] * count)
    exact = sign * (LARGEST * LARGEST * count - LARGEST)
    assert output_of(made).tolist() == [exact]
    assert made.to_dict()["steps"][0]["value"] == exact
    stamped = plan(ConvTranspose((1,), count), input=[LARGEST - 1], kernel=[LARGEST] * count, method="scatter")
    assert stamped.to_dict()["steps"][0]["taps"][-1]["sum"] == LARGEST * LARGEST - LARGEST


def test_many_layers_of_huge_numbers_are_exact() -> None:
    count = 20
    layers = [Conv((3 + count - i,), 2) for i in range(count)]
    made = plan(Chain(layers), input=[LARGEST] * (3 + count), kernel=[[LARGEST, LARGEST - 1]] * count)
    exact = LARGEST * (2 * LARGEST - 1) ** count
    assert output_of(made).tolist() == [exact] * 3
    last = made.to_dict()["layers"][-1]["steps"]
    assert [step["value"] for step in last] == [exact] * 3
    assert type(last[0]["value"]) is int


def test_huge_numbers_are_pooled_exactly() -> None:
    layers: list[Layer] = [Conv((4,), 1), Conv((4,), 1), Conv((4,), 1), MaxPool((4,), 2), AvgPool((2,), 2)]
    made = plan(Chain(layers), input=[1, 2, 3, 4], kernel=[[LARGEST]] * 3 + [None, None])
    assert made.planes(made.main[3].target, 0).tolist() == [2 * LARGEST**3, 4 * LARGEST**3]
    assert output_of(made).tolist() == [3 * LARGEST**3]


def test_what_takes_too_long_to_compute_is_refused() -> None:
    with pytest.raises(ConvanimError, match="input_size 2000x2000: takes 63808144 values to compute"):
        output_of(plan(Conv(2000, 4), seed=1))
    with pytest.raises(ConvanimError, match="input_size 3000: has 9000000 cells"):
        plan(Conv(3000, 3), seed=1)


@pytest.mark.parametrize(
    ("layer", "given", "message"),
    [
        (
            Conv(5, 3),
            {"input": np.ones((4, 5))},
            "^input: has a size of 4x5, but input_size is 5x5; make them the same$",
        ),
        (Conv(5, 3), {"input": [1, 2]}, "^input: has a size of 2, but input_size is 5x5"),
        (Conv(5, 3), {"kernel": np.ones((3, 2))}, "^kernel: has a size of 3x2, but kernel_size is 3x3"),
        (MaxPool(4, 2), {"kernel": np.ones((2, 2))}, "^kernel: is given, but max pooling has no weights"),
        (Conv(5, 3), {"method": "scatter"}, "scatter: does not compute convolution; use method=gather"),
        (Conv(5, 3), {"method": "stamp"}, "method 'stamp': unknown; choose gather or scatter"),
        ("conv", {}, "^layer 'conv': not a layer"),
    ],
)
def test_numbers_that_do_not_fit_are_refused(layer: Any, given: dict[str, Any], message: str) -> None:
    with pytest.raises(ConvanimError, match=message):
        plan(layer, **given)


@gathered(
    ("value", "message"),
    [
        ([[1], [1, 2]], "rows of unequal length"),
        ("12", "'12': is text"),
        (["1", "2"], "something else than numbers"),
        ([1, "2"], "something else than numbers"),
        (b"12", "something else than numbers"),
        ([1, None], "something else than numbers"),
        ([1j], "something else than numbers"),
        ({1: 2}, "something else than numbers"),
        ([2**70], "numbers beyond"),
        ([0.5, float("nan")], "not finite"),
        ([float("inf")], "not finite"),
        ([float("-inf"), 1], "not finite"),
        ([], "is empty"),
        ([[], []], "is empty"),
        (3, "has 0 axes"),
        (np.ones((1, 1, 1, 1)), "has 4 axes"),
        ([LARGEST + 1], "beyond 1000000000"),
        ([-LARGEST - 1], "beyond 1000000000"),
        ([1e300], "beyond 1000000000"),
        ([2**63], "beyond 1000000000"),
    ],
)
def test_what_is_no_grid_of_numbers_is_refused(value: object, message: str) -> None:
    with pytest.raises(ConvanimError, match=f"^input.*{message}"):
        numbers("input", value)


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ([[1, 2], [3, 4]], np.int64),
        (np.array([1, 2], np.uint8), np.int64),
        (np.array([-1, 2], np.int32), np.int64),
        ([True, False], np.int64),
        ([LARGEST, -LARGEST], np.int64),
        ((1.0, 2.0), np.float64),
        ([1, 0.5], np.float64),
        (np.array([[[0.5]]], np.float32), np.float64),
    ],
)
def test_grids_of_numbers_are_whole_or_floats(value: Any, kind: type) -> None:
    found = numbers("input", value)
    assert found.dtype == kind
    np.testing.assert_array_equal(found, np.array(value, float))


def test_numbers_are_a_copy() -> None:
    given = np.array([1, 2, 3])
    made = plan(Conv((3,), 1), input=given, kernel=[1])
    given[:] = 7
    assert made.planes(0, 0).tolist() == [1, 2, 3]


@pytest.mark.parametrize(
    ("name", "rows"),
    [
        ("sobel-x", [[1, 0, -1], [2, 0, -2], [1, 0, -1]]),
        ("sobel-y", [[1, 2, 1], [0, 0, 0], [-1, -2, -1]]),
        ("scharr-x", [[3, 0, -3], [10, 0, -10], [3, 0, -3]]),
        ("laplacian", [[0, 1, 0], [1, -4, 1], [0, 1, 0]]),
        ("sharpen", [[0, -1, 0], [-1, 5, -1], [0, -1, 0]]),
        ("emboss", [[-2, -1, 0], [-1, 1, 1], [0, 1, 2]]),
        ("gaussian", [[1 / 16, 1 / 8, 1 / 16], [1 / 8, 1 / 4, 1 / 8], [1 / 16, 1 / 8, 1 / 16]]),
        ("box", [[1 / 9] * 3] * 3),
        ("identity", [[0, 0, 0], [0, 1, 0], [0, 0, 0]]),
    ],
)
def test_named_kernels_are_what_they_are_known_for(name: str, rows: list[list[float]]) -> None:
    assert named_kernel(name).tolist() == rows
    assert named_kernel(name, (3, 3)).tolist() == rows


def test_every_named_kernel_can_be_planned_with() -> None:
    for name, known in KERNELS.items():
        assert known.about
        assert output_of(plan(Conv(5, known.size), kernel=named_kernel(name), seed=1)).shape == (3, 3)


@pytest.mark.parametrize("size", [(1,), (4,), (7,), (2, 2), (5, 3), (1, 1, 1), (3, 4, 5)])
def test_some_named_kernels_come_in_any_size(size: tuple[int, ...]) -> None:
    for name in ("box", "gaussian", "identity"):
        kernel = named_kernel(name, size)
        assert kernel.shape == size
        assert kernel.sum() == pytest.approx(1)
    assert (named_kernel("box", size) == named_kernel("box", size).flat[0]).all()
    np.testing.assert_array_equal(named_kernel("gaussian", size), np.flip(named_kernel("gaussian", size)))


@pytest.mark.parametrize("size", [(6,), (4, 6), (3, 4, 5)])
def test_the_identity_with_padding_keeps_an_input(size: tuple[int, ...]) -> None:
    layer = Conv(size, 3, padding="same")
    made = plan(layer, kernel=named_kernel("identity", layer.kernel_size), seed=5)
    np.testing.assert_array_equal(output_of(made), made.planes(0, 0))


def test_a_named_kernel_of_another_size_is_refused() -> None:
    with pytest.raises(ConvanimError, match=r"^kernel_size 5x5: but kernel=sobel-x has a size of 3x3; leave one"):
        named_kernel("sobel-x", (5, 5))
    with pytest.raises(ConvanimError, match=r"^kernel emboss: has 2 axes, and input_size has 1"):
        named_kernel("emboss", (3,))


def test_an_unknown_name_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ConvanimError, match=r"kernel 'sobel': unknown; choose sobel-x, sobel-y, .* or identity"):
        named_kernel("sobel")


def test_a_seed_of_1234_draws_the_guides_own_numbers() -> None:
    input, kernel, output = numbers_of(plan(Conv(5, 3), seed=1234))
    assert input.tolist() == GUIDE_INPUT
    assert kernel.tolist() == GUIDE_KERNEL
    assert output.tolist() == [[12, 12, 17], [10, 17, 19], [9, 6, 14]]


def test_the_same_seed_draws_the_same_numbers() -> None:
    layer = ConvTranspose((3, 4), (2, 3))
    (input, kernel, output), same, other = (numbers_of(plan(layer, seed=seed)) for seed in (7, 7, 8))
    np.testing.assert_array_equal(input, same[0])
    np.testing.assert_array_equal(kernel, same[1])
    assert (input != other[0]).any()
    np.testing.assert_array_equal(output, output_of(plan(layer, seed=7, method="scatter")))


def test_only_what_is_not_given_is_drawn() -> None:
    drawn_input, drawn_kernel, _ = numbers_of(plan(Conv(5, 3), seed=7))
    zeros, ones = np.zeros((5, 5), int), np.ones((3, 3), int)
    with_input, with_kernel = plan(Conv(5, 3), seed=7, input=zeros), plan(Conv(5, 3), seed=7, kernel=ones)
    for found, expected in zip(numbers_of(with_input), (zeros, drawn_kernel), strict=False):
        np.testing.assert_array_equal(found, expected)
    for found, expected in zip(numbers_of(with_kernel), (drawn_input, ones), strict=False):
        np.testing.assert_array_equal(found, expected)


def test_drawn_numbers_are_small_and_whole() -> None:
    values, (kernel, other) = random_numbers(3, (40, 40), [(30, 30), (5,)])
    assert set(values.ravel().tolist()) == {0, 1, 2, 3}
    assert set(kernel.ravel().tolist()) == {0, 1, 2}
    assert other.shape == (5,)
    assert values.dtype == kernel.dtype == np.int64


@pytest.mark.parametrize("seed", [0, MOST_SEED, np.int64(3)])
def test_seeds_are_whole_numbers_of_32_bits(seed: Any) -> None:
    assert plan(Conv((3,), 2), seed=seed).is_valued


@pytest.mark.parametrize(
    ("seed", "message"),
    [
        (-1, "seed -1: must be between 0 and 4294967295"),
        (MOST_SEED + 1, "must be between"),
        (1.5, "seed 1.5: not a whole number"),
        ("1", "seed '1': not a whole number"),
        (True, "seed True: not a whole number"),
        ([1], "not a whole number"),
    ],
)
def test_other_seeds_are_refused(seed: Any, message: str) -> None:
    with pytest.raises(ConvanimError, match=message):
        plan(Conv((3,), 2), seed=seed)


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [
        (3, 2, "3"),
        (-3, 2, "−3"),
        (np.int64(-4), 0, "−4"),
        (10**40, 2, "1" + "0" * 40),
        (2.5, 2, "2.5"),
        (2.0, 2, "2"),
        (100.0, 0, "100"),
        (2 / 3, 2, "0.67"),
        (-2 / 3, 4, "−0.6667"),
        (np.float32(0.25), 2, "0.25"),
        (-0.0, 2, "0"),
        (-0.001, 2, "0.00"),
        (5.196, 2, "5.20"),
        (-0.4, 0, "0"),
        (float("inf"), 2, "∞"),
        (float("-inf"), 2, "−∞"),
    ],
)
def test_numbers_are_spelled_as_short_as_they_are(value: object, decimals: int, text: str) -> None:
    assert spell(value, decimals) == text


def test_arrays_are_spelled_row_by_row() -> None:
    assert spell_all(np.array([[1, -2], [3, 4]]), 1) == ["1", "−2", "3", "4"]
    assert spell_all(np.array([[0.5], [1.0]]), 1) == ["0.5", "1"]
    cells = [f"{a}{b}" for a, b in product("12", "34")]
    assert spell_all(np.array([[13, 14], [23, 24]]), 0) == cells


def test_objects_that_are_numbers_are_numbers() -> None:
    assert numbers("input", np.array([1, 2], object)).dtype == np.int64
    assert numbers("input", np.array([1, 2.5], object)).dtype == np.float64


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (range(10**8), "holds 100000000 numbers, and at most"),
        ([range(10**8), [1]], "holds 100000001 numbers, and at most"),
        ([10**400, 1.5], "holds numbers beyond"),
        ([[1, None]], "something else than numbers"),
        ({1, 2}, "something else than numbers"),
        (np.array([object()]), "something else than numbers"),
        ([], "is empty"),
        (np.array([], object), "is empty"),
    ],
)
def test_what_is_no_grid_of_numbers_is_refused_at_once(value: object, message: str) -> None:
    with pytest.raises(ConvanimError, match=message):
        numbers("input", value)


@pytest.mark.parametrize(
    ("weights", "words"),
    [
        ([1 / 16, 2 / 16, 0.0, -4 / 16], ["1/16", "2/16", "0", "−4/16"]),
        ([1 / 9] * 2, ["1/9", "1/9"]),
        ([0.5, 0.25], ["0.5", "0.25"]),
        ([0.123, 0.2], ["0.12", "0.2"]),
        ([3, 4], ["3", "4"]),
    ],
)
def test_weights_that_would_be_rounded_are_fractions_with_one_denominator(
    weights: list[float], words: list[str]
) -> None:
    kernel = np.array(weights)
    assert spell_weights(kernel, kernel, 2) == words
