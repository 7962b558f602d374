"""Folding: which windows meet in each cell, and PyTorch's values; what it refuses."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from convanim import Chain, ConvanimError, ConvTranspose, Fold, Unfold, plan
from convanim.animations.explaining import explain
from convanim.frameworks.reading import read_text
from convanim.frameworks.sequence import layer_of
from convanim.layers import Grouping
from convanim.words import alt, step_alt, step_sum
from tests import DATA
from tests.helpers import output_of

CASES = [json.loads(line) for line in (DATA / "fold.jsonl").read_text(encoding="utf-8").splitlines()]


def windows_of(case: dict[str, Any], layer: Fold) -> Any:
    size = (layer.grouping.in_channels, *layer.input_size)
    return np.random.RandomState(case["seed"]).randint(-4, 5, size=size)


def test_values_are_those_of_pytorch() -> None:
    for case in CASES:
        layer = Fold(**case["given"])
        made = output_of(plan(layer, input=windows_of(case, layer)))
        assert made.ravel().tolist() == case["output"], case
        assert layer.dropped + sum(windows * cells for windows, cells in layer.overlaps.items()) * layer.channels == (
            layer.grouping.in_channels * layer.input_size[0] * layer.input_size[1]
        )


def test_a_cell_is_the_sum_of_the_windows_that_land_on_it_channel_after_channel() -> None:
    layer = Fold(3, 2, channels=2)
    assert layer.grouping == Grouping(8, 2, 2)
    assert layer.sources(1, (1, 1)) == ((0, 4, (1, 1)), (0, 5, (1, 0)), (0, 6, (0, 1)), (0, 7, (0, 0)))
    assert layer.sources(0, (0, 0)) == ((0, 0, (0, 0)),)


def test_folding_ones_counts_the_overlap() -> None:
    layer = Fold((2, 3), 3, dilation=(1, 2), padding=1, stride=(2, 1))
    counts = output_of(plan(layer, input=np.ones((9, 2, 3), int)))
    assert layer.overlaps == {
        int(n): int(cells) for n, cells in zip(*np.unique(counts, return_counts=True), strict=True)
    }


def test_it_is_a_transposed_convolution_whose_kernels_each_place_one_cell() -> None:
    layer = Fold((2, 3), (2, 3), padding=((1, 0), (0, 1)), stride=2, dilation=(2, 1))
    same = ConvTranspose((2, 3), (2, 3), 2, ((1, 0), (0, 1)), 0, (2, 1), in_channels=6)
    picture = np.random.RandomState(5).randint(0, 9, size=(6, 2, 3))
    one = output_of(plan(layer, input=picture))
    other = output_of(plan(same, input=picture, kernel=np.eye(6, dtype=int).reshape(6, 1, 2, 3)))
    np.testing.assert_array_equal(one, other)
    assert (layer.output_size, layer.receptive_field) == (same.output_size, same.receptive_field)


def test_folding_what_was_unfolded_multiplies_each_cell_by_its_overlap() -> None:
    first = Unfold(5, 3, padding=1, stride=2)
    back = Fold(first.output_size, 3, 5, padding=1, stride=2)
    picture = np.arange(1, 26).reshape(1, 5, 5)
    made = output_of(plan(Chain([first, back]), input=picture))
    counts = output_of(plan(Chain([first, back]), input=np.ones((1, 5, 5), int)))
    np.testing.assert_array_equal(made, picture * counts)
    assert back.overlaps == {1: 9, 2: 12, 4: 4}


def test_a_gap_between_windows_is_zero() -> None:
    layer = Fold(2, 1, stride=2)
    assert layer.overlaps == {0: 5, 1: 4}
    assert plan(layer).step(1).reads == ()
    assert "none in 5 cells, 1 in 4" in explain(layer)


def test_words_count_the_overlap() -> None:
    layer = Fold(3, 2, padding=1)
    told = explain(layer)
    assert "windows that meet in a cell: 4 in 4 cells" in told
    assert "20 of 36 values, which land in the padding" in told
    assert alt(layer) == (
        "Fold: the 4 channels of each of 3×3 places are laid out as a 2×2 window in the 2×2 output with padding 1 and "
        "a stride of 1; where windows overlap they are added, at most 4 in a cell."
    )
    planned = plan(layer, input=np.arange(36).reshape(4, 3, 3))
    assert "is the sum of 4 cells that overlap here: input 1, row 1, column 1, input 2" in step_alt(planned, 0)
    assert step_sum(planned, 0) == "4 + 12 + 19 + 27 = 62"


@pytest.mark.parametrize(
    ("text", "size", "layer"),
    [
        ("nn.Fold((4, 5), 2)", None, Fold((3, 4), 2)),
        ("nn.Fold(output_size=6, kernel_size=3, padding=1, stride=2)", 3, Fold(3, 3, 6, padding=1, stride=2)),
        ("nn.Unfold(2)\nnn.Fold((4, 5), 2)", (4, 5), Chain([Unfold((4, 5), 2), Fold((3, 4), 2)])),
    ],
)
def test_it_is_read_as_pytorch_spells_it(text: str, size: Any, layer: Any) -> None:
    assert layer_of(read_text(text), size).layer == layer


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        (
            {"output_size": 6},
            r"output_size 6: is not that of 3 windows, which make 4; use an output_size of 4 or an input",
        ),
        ({"output_size": 6, "stride": 3}, "which make 8 to 10; use an output_size of 8 or an input_size of 2"),
        ({"padding": 3}, r"padding 3: leaves no output, \(3 − 1\)·1 − 2·3 \+ 1·\(2 − 1\) \+ 1 = −2; use less padding"),
        ({"kernel_size": 0}, "kernel_size 0: must be between 1"),
        ({"input_size": (4,)}, "must have 2 axes for fold"),
        ({"channels": 0}, "channels 0: must be between 1"),
    ],
)
def test_what_pytorch_refuses_is_refused(parameters: dict[str, Any], message: str) -> None:
    with pytest.raises(ConvanimError, match=message):
        Fold(**{"input_size": 3, "kernel_size": 2, **parameters})


def test_channels_must_be_a_multiple_of_the_kernel() -> None:
    with pytest.raises(ConvanimError, match="kernel_size 2: takes channels by 4, and there are 6; 8 would do"):
        layer_of(read_text("nn.Fold((4, 5), 2)"), None, 6)


def test_the_windows_of_kernels_larger_than_all_else_are_those_that_reach_a_cell() -> None:
    layer = Fold((2, 1), (99_999, 1), stride=(50_000, 1))
    assert [window for _, _, window in layer.sources(0, (50_000, 0))] == [(1, 0), (0, 0)]
    assert [window for _, _, window in layer.sources(0, (149_998, 0))] == [(1, 0)]
