"""Plans as the documented contract has them."""

from __future__ import annotations

import json

import numpy as np
import pytest

from convanim import AvgPool, Chain, Conv, ConvanimError, ConvTranspose, MaxPool, plan
from convanim.inputs.known_chains import separable


def test_a_plan_is_plain_data() -> None:
    told = plan(Conv((2, 3), (1, 2), padding=((0, 0), (1, 0)))).to_dict()
    assert told == json.loads(json.dumps(told))
    assert {key: told[key] for key in told if key != "steps"} == {
        "operation": "conv",
        "parameters": {
            "kernel_size": [1, 2],
            "stride": [1, 1],
            "padding": [[0, 0], [1, 0]],
            "dilation": [1, 1],
            "padding_mode": "zeros",
            "in_channels": 1,
            "out_channels": 1,
            "groups": 1,
            "bias": False,
            "flip": False,
        },
        "input_size": [2, 3],
        "output_size": [2, 3],
    }
    assert told["steps"][0] == {
        "output": [0, 0],
        "taps": [
            {"kind": "padding", "input": None, "position": [0, 0], "kernel": [0, 0]},
            {"kind": "input", "input": [0, 0], "position": [0, 1], "kernel": [0, 1]},
        ],
    }
    assert [step["output"] for step in told["steps"]] == [[r, c] for r in range(2) for c in range(3)]


def test_a_transposed_convolution_meets_the_kernel_back_to_front() -> None:
    taps = plan(ConvTranspose((2,), 3, stride=2)).to_dict()["steps"][2]["taps"]
    assert taps == [
        {"kind": "input", "input": [0], "position": [2], "kernel": [2]},
        {"kind": "inserted", "input": None, "position": [3], "kernel": [1]},
        {"kind": "input", "input": [1], "position": [4], "kernel": [0]},
    ]


def test_copied_padding_names_the_cell_that_it_copies() -> None:
    taps = plan(Conv((3,), 3, padding=1, padding_mode="reflect")).to_dict()["steps"][0]["taps"]
    assert taps[0] == {"kind": "padding", "input": [1], "position": [0], "kernel": [0]}


def test_average_pooling_says_its_divisor_and_no_other_does() -> None:
    steps = plan(AvgPool(3, 2, ceil_mode=True)).to_dict()["steps"]
    assert [step["divisor"] for step in steps] == [4, 2, 2, 1]
    assert "divisor" not in plan(MaxPool(4, 2)).to_dict()["steps"][0]


def test_a_window_that_hangs_over_reads_padding_beyond_the_grid() -> None:
    taps = plan(MaxPool((3,), 2, ceil_mode=True)).to_dict()["steps"][1]["taps"]
    assert taps[1] == {"kind": "padding", "input": None, "position": [3], "kernel": [1]}


def test_cropped_cells_stand_before_and_behind_the_grid() -> None:
    grid = plan(ConvTranspose((4,), 1, padding=1)).grid
    assert grid.start == (-1,)
    np.testing.assert_array_equal(grid.read, [False, True, True, False])


@pytest.mark.parametrize("order", ["channel", "position"])
def test_data_are_the_same_whatever_the_walk(order: str) -> None:
    chains = [
        separable([[1, 2], [2, 4]], 3),
        Chain([Conv((3,), 2, in_channels=2, out_channels=2), ConvTranspose((2,), 2, in_channels=2)]),
    ]
    for chain, method in zip(chains, ("gather", "scatter"), strict=True):
        made = plan(chain, seed=1, order=order, method=method)
        told = made.to_dict()
        for walk in ({"way": "outputs"}, {"way": "field", "cell": (0,)}, {"is_main": True}, {"channels": {1: (0,)}}):
            assert made.walking(**walk).to_dict() == told


def test_there_is_no_step_beyond_the_last() -> None:
    with pytest.raises(IndexError, match="step 9 of 9"):
        plan(Conv(5, 3)).step(9)


def test_a_plan_that_is_too_long_to_write_out_is_refused() -> None:
    with pytest.raises(ConvanimError, match="taps to write out"):
        plan(Conv(2000, 3)).to_dict()
