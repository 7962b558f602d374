"""How steps come to their values, written out: every sum is true, and ends in the value of its step."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from convanim import (
    AvgPool,
    Chain,
    Conv,
    ConvTranspose,
    DepthwiseSeparable,
    Layer,
    MaxPool,
    MaxUnpool,
    PixelShuffle,
    Plan,
    Unfold,
    Upsample,
    plan,
)
from convanim.plans.values import spell
from convanim.words import step_sum
from tests.gathering import gathered
from tests.graphs import Graph, graphs, residual
from tests.helpers import numbers_for
from tests.strategies import layers, weighted
from tests.words.test_alt import PAIRS, SMALL, VARIED

NEAR = 0.0051
"""Two decimals are written."""

ORDERS = st.sampled_from(["channel", "position"])


def number(said: str) -> float:
    """Return what numbers come to that are put together by signs, by a maximum or as the root of squares."""
    assert re.fullmatch(r"[\d.,()+·/−∞√² max]+", said)
    signs = {"−": "-", "·": "*", "∞": "infinite", "max(": "most(", "√": "root", "²": "**2"}
    for sign, meant in signs.items():
        said = said.replace(sign, meant)
    names = {"infinite": np.inf, "most": lambda *values: max(values, default=-np.inf), "root": np.sqrt}
    return float(eval(said, {"__builtins__": {}}, names))


def sums_of(made: Plan) -> list[str]:
    """Return the sums of all steps, of which each equation is true."""
    found = [step_sum(made, at) for at in range(len(made))]
    for said in found:
        for equation in said.split("; ") if said else []:
            left, _, right = equation.replace("≈", "=").rpartition(" = ")
            if left and "…" not in left:
                assert number(left) == pytest.approx(number(right), abs=NEAR)
    return found


def check(made: Plan) -> None:
    """See that the sums of gathering steps end in their values."""
    for said, step in zip(sums_of(made), made, strict=True):
        assert number(said.replace("≈", "=").rpartition(" = ")[2]) == pytest.approx(made.value(step), abs=NEAR)


@given(layers(), st.integers(0, 99))
@settings(max_examples=40)
def test_sums_of_layers_are_true_and_end_in_their_values(layer: Layer, seed: int) -> None:
    made = plan(layer, seed=seed)
    check(made)
    for at, step in enumerate(made):
        x, w = made.operands(step, step.reads[0], 0)
        left = re.sub(r" / \d+$", "", step_sum(made, at).replace("≈", "=").rpartition(" = ")[0])
        counted = sum(value is not None for value in x)
        assert len(re.findall(r"[\d.∞]+", left)) == counted * (1 if w is None else 2)


@given(weighted(), st.integers(0, 10**6), ORDERS)
@settings(max_examples=30)
def test_sums_of_channels_are_true_and_end_in_their_values(layer: Any, seed: int, order: str) -> None:
    x, weights, bias = numbers_for(layer, seed)
    if layer.has_channels:
        check(plan(layer, input=x, kernel=weights, bias=bias, order=order))


@given(weighted((ConvTranspose,)), st.integers(0, 10**6), ORDERS)
@settings(max_examples=30)
def test_sums_of_stamps_are_true_and_end_in_what_the_busiest_cell_holds(layer: Any, seed: int, order: str) -> None:
    made = plan(layer, seed=seed, method="scatter", order=order)
    stamps = made.stamps(made.last)
    for at, (said, step) in enumerate(zip(sums_of(made), made, strict=True)):
        cell = stamps.busiest(step, at)
        if cell is None:
            assert said == ""
            continue
        assert number(said.replace("≈", "=").rpartition(" = ")[2]) == stamps.before(step.channel, cell, at + 1)[1]
        if "…" not in said:
            assert said.count("·") == stamps.before(step.channel, cell, at + 1)[0]


@given(graphs())
@settings(max_examples=30)
def test_sums_of_graphs_are_true_and_end_in_their_values(graph: Graph) -> None:
    check(graph.planned())


@gathered("order", ["channel", "position"])
@gathered("layer", [*SMALL, *VARIED, *PAIRS], ids=repr)
def test_every_small_layer_has_true_sums(layer: Layer | Chain, order: str) -> None:
    check(plan(layer, seed=4, order=order))


@pytest.mark.parametrize(
    ("layer", "numbers", "at", "said"),
    [
        (PixelShuffle(1), {"input": [[[1]], [[2]], [[-3]], [[4]]]}, 2, "−3"),
        (MaxUnpool((2,), 2), {"input": [[5, 6]]}, 0, "0"),
        (Upsample((1,), 2), {"input": [[2.5]]}, 1, "2.5"),
        (Unfold(1, 2, padding=1), {"input": [[[7]]]}, 0, "0"),
        (MaxPool((2,), 2, 2, 1), {"input": [-3, -4]}, 0, "max((−3)) = −3"),
        (AvgPool((3,), 2, ceil_mode=True), {"input": [1, 2, 7]}, 1, "(7) / 1 = 7"),
        (Conv((1,), 1, bias=True), {"input": [[2]], "kernel": [-3], "bias": [4]}, 0, "2·(−3) = −6; (−6) + 4 = −2"),
        (
            Conv((2,), 2, in_channels=2),
            {"input": [[1, 2], [3, 4]], "kernel": [[[1, -1], [0, 2]]]},
            0,
            "1·1 + 2·(−1) = −1; 3·0 + 4·2 = 8; (−1) + 8 = 7",
        ),
        (
            Conv((1,), 1, in_channels=5, bias=True),
            {"input": [[1], [2], [3], [4], [5]], "kernel": [[[1]] * 5], "bias": [-1]},
            0,
            "1 + 2 + 3 + 4 + 5 + (−1) = 14",
        ),
        (
            Conv((1,), 1, in_channels=9),
            {"input": [[1]] * 9, "kernel": [[[n] for n in range(9)]]},
            0,
            "0 + 1 + 2 + 3 + … + 5 + 6 + 7 + 8 = 36",
        ),
    ],
)
def test_sums_are_written_like_that(layer: Layer, numbers: dict[str, Any], at: int, said: str) -> None:
    assert step_sum(plan(layer, **numbers), at) == said


def test_sums_of_stamps_begin_with_the_bias_and_grow() -> None:
    layer = ConvTranspose((2,), 2, in_channels=2, out_channels=2, bias=True)
    kernel = [[[1, 2], [3, 4]], [[5, 6], [7, 8]]]
    made = plan(layer, input=[[1, -1], [2, 0]], kernel=kernel, bias=[10, 20], method="scatter")
    assert [step_sum(made, at) for at in range(4)] == [
        "10 + 1·1 = 11",
        "10 + 1·2 + (−1)·1 = 11",
        "10 + 1·2 + (−1)·1 + 2·6 = 23",
        "10 + 1·2 + (−1)·1 + 2·6 + 0·5 = 23",
    ]


def test_sums_of_branches_add_one_value_of_each() -> None:
    made = residual().planned()
    through, around = made.planes(2, 1)[2, 2].item(), 17
    assert step_sum(made, len(made) - 1) == f"{around} + {spell(through, 2)} = {spell(around + through, 2)}"


def test_chains_with_channels_write_the_sums_of_their_last_layer() -> None:
    made = plan(DepthwiseSeparable(2, 2, 3, 4, padding=1), seed=1)
    first, last = made.planes(made.main[0].target, 0)[0, 0], made.planes(made.main[0].target, 1)[0, 0]
    assert step_sum(made, 0).startswith(f"{first}·")
    assert f"; {last}·" in step_sum(made, 0)


@pytest.mark.parametrize("method", ["gather", "scatter"])
def test_there_are_no_sums_without_numbers_of_fields_or_beyond_the_last_step(method: str) -> None:
    chain = Chain([Conv((4,), 3), ConvTranspose((2,), 3)])
    assert {step_sum(plan(chain, method=method), at) for at in range(4)} == {""}
    made = plan(chain, seed=1, method=method)
    assert step_sum(made, len(made)) == ""
    assert {step_sum(made.walking(way="field", cell=(1,)), at) for at in range(3)} == {""}


def test_a_sum_with_rounded_numbers_is_only_about_equal() -> None:
    halves, ninths = (plan(Conv(3, 3), input=np.eye(3), kernel=np.full((3, 3), 1 / count)) for count in (2, 9))
    assert step_sum(halves, 0).endswith("= 1.5")
    assert "1·1/9 + 0·1/9" in step_sum(ninths, 0)
    assert step_sum(ninths, 0).endswith("≈ 0.33")
