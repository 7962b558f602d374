"""Sparse and submanifold convolution against nested loops, and what their pictures leave empty."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from convanim import Chain, Conv, ConvanimError, SparseConv, animate, plan
from convanim.animations.explaining import explain
from convanim.frameworks.reading import read_text
from convanim.frameworks.sequence import layer_of
from convanim.inputs.building import build
from convanim.inputs.shorthand import chain_of, parse_layer
from convanim.views.scene import Cells, Lines
from convanim.views.sheet import CROSSES
from convanim.words.steps import step_alt
from convanim.words.sums import step_sum
from tests.loops import cells, convolve
from tests.strategies import numbers

CORNERS = "0,0 1,3 2,3 3,3 4,2 6,6"


@st.composite
def sparse(draw: st.DrawFn) -> SparseConv:
    dims = draw(st.integers(1, 3))
    size = draw(numbers(dims, 1, 5))
    kernel = draw(numbers(dims, 1, 3))
    active = draw(st.sets(st.sampled_from(cells(size)), min_size=1, max_size=6))
    given: dict[str, Any] = {
        "stride": draw(numbers(dims, 1, 2)),
        "padding": tuple(draw(st.tuples(st.integers(0, 2), st.integers(0, 2))) for _ in range(dims)),
    }
    if draw(st.booleans()):
        given, kernel = {"submanifold": True}, tuple(k | 1 for k in kernel)
    try:
        return SparseConv(size, kernel, dilation=draw(numbers(dims, 1, 2)), active=sorted(active), **given)
    except ConvanimError:
        assume(False)
    raise AssertionError


@given(sparse())
@settings(max_examples=80)
def test_nested_loops_meet_the_same_cells(layer: SparseConv) -> None:
    lows = [low for low, _ in layer.padding]
    grid = {tuple(np.add(cell, lows).tolist()): cell for cell in layer.active}
    extent = [n + low + high for n, (low, high) in zip(layer.input_size, layer.padding, strict=True)]
    found = convolve(grid, extent, layer.kernel_size, layer.stride, layer.dilation)
    outputs = cells(layer.output_size)
    made = [cell in layer.active for cell in outputs] if layer.submanifold else [bool(pairs) for pairs in found]
    assert layer.output_mask.ravel().tolist() == made
    expected = [(out, sorted(pairs)) for out, pairs, is_made in zip(outputs, found, made, strict=True) if is_made]
    assert layer.multiplications == sum(len(pairs) for _, pairs in expected)
    met = []
    for step in plan(layer).to_dict()["steps"]:
        taps = [tap for tap in step["taps"] if tap["kind"] == "input"]
        met.append((tuple(step["output"]), sorted((tuple(tap["input"]), tuple(tap["kernel"])) for tap in taps)))
    assert met == expected


@given(sparse(), st.integers(0, 99), st.integers(1, 2), st.booleans())
@settings(max_examples=30)
def test_values_are_those_of_a_dense_layer_where_an_output_is_made(
    layer: SparseConv, seed: int, channels: int, bias: bool
) -> None:
    both: dict[str, Any] = {"in_channels": channels, "out_channels": 2, "bias": bias}
    options = {name: value for name, value in layer.options.items() if name not in both}
    own = SparseConv(layer.input_size, **{**options, **both})
    dense = Conv(layer.input_size, layer.kernel_size, layer.stride, layer.padding, layer.dilation, **both)
    random = np.random.RandomState(seed)
    x, w = random.randint(-4, 5, (channels, *own.input_size)), random.randint(-3, 4, own.weight_size)
    numbers: dict[str, Any] = {"kernel": w, **({"bias": [1, -2]} if bias else {})}
    made = plan(own, input=x, **numbers).values(1)
    expected = plan(dense, input=np.where(own.input_mask, x, 0), **numbers).values(1)
    assert made is not None
    assert expected is not None
    np.testing.assert_array_equal(made, np.where(own.output_mask, expected, 0))


def test_the_active_set_of_a_submanifold_convolution_stays() -> None:
    grown, kept = SparseConv(7, 3, padding=1, active="3,3"), SparseConv(7, 3, active="3,3", submanifold=True)
    assert (grown.output_mask.sum(), kept.output_mask.sum()) == (9, 1)
    assert "the set grows: 1 of 49 input cells, 9 of 49 output cells" in explain(grown)
    assert "the set stays: 1 of 49 input cells, 1 of 49 output cells" in explain(kept)
    assert "in a dense layer  441 multiplications, 49.0 times as many" in explain(grown)


def test_only_what_holds_something_is_in_sums_and_sentences() -> None:
    made = plan(SparseConv(4, 2, active="0,0 1,2"), seed=1)
    assert len(made) == 5
    assert step_sum(made, 0) == "1·2 = 2"
    assert "is made of input row 0, column 0; 3 cells of the window hold nothing" in step_alt(made, 0)


def test_cells_that_hold_nothing_are_empty_in_pictures_and_their_words_too() -> None:
    scene = animate(SparseConv(7, 3, active=CORNERS), view="flat").scene
    counts = {"input": 0, "empty": 0}
    for shape in scene.ground:
        if isinstance(shape, Cells) and shape.role in counts:
            counts[shape.role] += len(shape.quads)
    assert counts == {"input": 6, "empty": 43 + 6}


def test_cells_that_no_window_reads_are_crossed_whether_they_hold_something_or_not() -> None:
    crossed = [
        len(shape.segments) / 2
        for shape in animate(SparseConv(5, 2, 2, active="0,4 1,1"), view="flat").scene.ground
        if isinstance(shape, Lines) and shape.role in CROSSES
    ]
    assert sum(crossed) == 9


def test_a_layer_of_a_chain_takes_the_cells_that_the_one_before_makes() -> None:
    specs = map(parse_layer, ("sparse-conv k3 p1 active=1,1;4,3", "sparse-conv k3 submanifold"))
    first, second = chain_of((7, 7), specs).layers
    np.testing.assert_array_equal(second.input_mask, first.output_mask)
    text = "nn.Sequential(spconv.SparseConv2d(1, 1, 3, 2, 1), nn.ReLU(), spconv.SubMConv2d(1, 1, 3))"
    pasted = layer_of(read_text(text), 7).layer
    assert isinstance(pasted, Chain)
    np.testing.assert_array_equal(pasted.layers[0].output_mask, pasted.layers[1].input_mask)
    with pytest.raises(ConvanimError, match="layer 2 reads 1 that are not those"):
        Chain([SparseConv(7, 3, active="1,1"), SparseConv(5, 3, active="4,4")])
    with pytest.raises(ConvanimError, match="layer 1 makes 3x3, but layer 2 takes 5x5"):
        Chain([SparseConv(5, 3), SparseConv(5, 3)])


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"active": ""}, "active: names no cell, and without one nothing is made"),
        ({"active": []}, "names no cell"),
        ({"active": "7,0"}, "active 7,0: is no cell of the input; the last is 6,6"),
        ({"active": "3"}, "active 3: must have 2 numbers"),
        ({"active": "a"}, "is no cell; write cells as in 0,0 1,3"),
        ({"active": [1, 2]}, "must be cells with a number an axis"),
        ({"active": "0%"}, "must be a share from 1% to 100%"),
        ({"submanifold": True, "stride": 2}, "moves the cells"),
        ({"submanifold": True, "kernel_size": 2}, "has no middle"),
        ({"submanifold": True, "padding": 0}, "would move cells"),
    ],
)
def test_what_cannot_be_is_refused(settings: dict[str, Any], said: str) -> None:
    with pytest.raises(ConvanimError, match=said):
        SparseConv(7, **{"kernel_size": 3, **settings})


def test_cells_of_an_input_that_are_not_0_are_active() -> None:
    built = build("sparse_conv", {"kernel_size": 3}, "0 0 0 0; 0 5 0 0; 0 0 0 0; 0 0 0 7")
    assert isinstance(built.layer, SparseConv)
    assert built.layer.active == ((1, 1), (3, 3))
    with pytest.raises(ConvanimError, match="is 0 everywhere"):
        build("sparse_conv", {"kernel_size": 1}, "0 0; 0 0")


def test_a_layer_that_makes_nothing_is_not_drawn() -> None:
    layer = SparseConv(8, 3, stride=3, active="7,7")
    assert dict(layer.facts)["active"].endswith("no window covers an active cell, so that nothing is made")
    with pytest.raises(ConvanimError, match="active: names only cells that no window covers"):
        animate(layer)
