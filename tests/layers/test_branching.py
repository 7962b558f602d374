"""Chains whose branches lead around layers and meet again: what is refused, and what is seen."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from convanim import Add, AvgPool, Chain, Concatenate, Conv, ConvanimError, Scale
from convanim.layers.branching import bridge, in_short
from convanim.layers.effective_field import LEAST_WEIGHT, effective_field

SAME = Conv(5, 3, padding=1, in_channels=2, out_channels=2)
HALF = Conv(5, 3, 2, 1, in_channels=2, out_channels=4)


def test_a_layer_reads_the_one_before_unless_it_says_otherwise() -> None:
    plain, block = Chain([SAME, SAME]), Chain([SAME, SAME, Add(5, [2, 2])], sources=[None, 1, (2, 0)])
    assert (plain.sources, plain.is_branched) == (((0,), (1,)), False)
    assert (block.sources, block.is_branched) == (((0,), (1,), (2, 0)), True)
    assert (block.output_size, block.grouping.out_channels, block.parameters) == ((5, 5), 2, 72)


def test_the_receptive_field_is_that_of_the_widest_branch() -> None:
    wide = Conv(9, 3, padding=2, dilation=2)
    narrow = Conv(9, 3, padding=1)
    chain = Chain([narrow, narrow, wide, Add(9, [1, 1])], sources=[0, 1, 0, (2, 3)])
    assert chain.receptive_fields() == ((5, 5), (3, 3), (1, 1), (1, 1), (1, 1))


def test_the_receptive_field_covers_branches_that_lie_apart() -> None:
    before, behind = Conv((9,), 3, padding=((2, 0),)), Conv((9,), 3, padding=((0, 2),))
    chain = Chain([before, behind, Add((9,), [1, 1])], sources=[0, 0, (1, 2)])
    assert chain.receptive_field == (5,)


def test_a_factor_of_a_channel_sees_all_of_it() -> None:
    layers = [AvgPool(5, 5, channels=2), Conv(1, 1, in_channels=2, out_channels=2), Scale(5, [2, 2])]
    chain = Chain(layers, sources=[0, 1, (0, 2)])
    assert chain.receptive_field == (5, 5)
    assert chain.multiplications == 4 + 50


@pytest.mark.parametrize(
    ("size", "wanted", "said"),
    [
        ((5, 5), (3, 3), "conv 2 4 k1 s2"),
        ((5, 5), (5, 5), "conv 2 4 k1"),
        ((8, 6), (4, 2), "conv 2 4 k1 s2x3"),
        ((5, 5), (4, 4), "conv 2 4 k2"),
        ((7,), (4,), "conv 2 4 k1 s2"),
    ],
)
def test_a_bridge_leads_from_one_shape_to_another(size: Any, wanted: Any, said: str) -> None:
    made = bridge((2, size), (4, wanted))
    assert made is not None
    assert (in_short(made), made.output_size) == (said, wanted)


def test_nothing_leads_to_more_cells() -> None:
    assert bridge((1, (3, 3)), (1, (3, 5))) is None


@pytest.mark.parametrize(
    ("layers", "sources", "message"),
    [
        ([HALF, Add(3, [4, 4])], [0, (1, 0)], "input has 2 channels of 5×5; write `conv 2 4 k1 s2 from input` before"),
        ([HALF, Concatenate(3, [4, 2])], [0, (1, 0)], "`conv 2 2 k1 s2 from input` before it, then `concat 1`"),
        ([SAME, Scale(5, [2, 2])], [0, (0, 1)], "`conv 2 2 k1 s5 from 1` before it, then `scale input`"),
        ([SAME, SAME], [0, 0], "read layer 1 nowhere; join it to the others, as with 'add 1'"),
        ([SAME, HALF, SAME], [0, 1, 2], "layer 2 makes 3x3, but layer 3 takes 5x5"),
        ([HALF, Conv(3, 1)], [0, 1], "layer 1 makes 4 channels, but layer 2 takes 1"),
        ([SAME, Conv(3, 1, in_channels=2), Add(3, [1, 1])], [0, 0, (1, 2)], "takes 3x3, which is not the input's size"),
        ([SAME, SAME], [0], "must be a list of 2"),
        ([SAME, SAME], [0, 2], "of layer 2 must be numbers from 0, the input, to 1"),
        ([SAME, SAME], [0, (0, 1)], "are 2 tensors, but convolution reads 1"),
        ([SAME, Add(5, [2, 2])], None, "are 1 tensors, but addition reads 2"),
    ],
)
def test_branches_that_do_not_meet_are_refused(layers: Any, sources: Any, message: str) -> None:
    with pytest.raises(ConvanimError, match=message):
        Chain(layers, sources=sources)


def test_a_chain_with_branches_is_compared_with_nothing() -> None:
    with pytest.raises(ConvanimError, match="is for layers in sequence"):
        Chain([SAME, Add(5, [2, 2])], sources=[0, (1, 0)], returns=True)


@pytest.mark.parametrize("names", [["a"], ["a", 1], ["a" * 25, ""], ["a\u202e", ""]])
def test_names_are_short_words_one_a_layer(names: Any) -> None:
    with pytest.raises(ConvanimError, match="names"):
        Chain([SAME, Add(5, [2, 2])], sources=[0, (1, 0)], names=names)


def test_the_effective_field_adds_up_what_branches_weigh() -> None:
    layer = Conv(21, 3, padding=1)
    layers, sources = [layer, Add(21, [1, 1])] * 6, [one for at in range(0, 12, 2) for one in (at, (at + 1, at))]
    weights = np.zeros((21, 21))
    weights[10, 10] = 1
    for _ in range(6):
        # What goes around is one cell, and what goes through nine of them.
        weights = weights + sum(np.roll(weights, (y, x), (0, 1)) for y in (-1, 0, 1) for x in (-1, 0, 1))
    heavy = np.flatnonzero((weights >= LEAST_WEIGHT * weights.max()).any(axis=0))
    chain = Chain(layers, sources=sources)
    assert chain.receptive_field == (13, 13)
    assert effective_field(chain) == (int(np.ptp(heavy)) + 1,) * 2 == (9, 9)
    for size, seen in ((4, 4), (5, 1)):
        # A mean of 16 cells weighs each by 1/16, which counts beside the cell itself; 1/25 does not.
        block = [AvgPool(size, size, channels=2), Conv(1, 1, in_channels=2, out_channels=2), Scale(size, [2, 2])]
        assert effective_field(Chain(block, sources=[0, 1, (0, 2)])) == (seen, seen)
