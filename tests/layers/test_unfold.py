"""Unfolding: which cell each channel holds; the values of PyTorch's are among those of all that move values."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from convanim import Chain, Conv, ConvanimError, PointwiseConv, Unfold, plan
from convanim.layers import Grouping
from tests.helpers import output_of


def test_a_window_has_a_channel_for_each_of_its_cells() -> None:
    layer = Unfold((4, 5), (2, 3), channels=3)
    assert layer.grouping == Grouping(3, 18, 3)
    assert layer.output_size == (3, 3)
    assert (layer.parameters, layer.multiplications, layer.weight_size) == (0, 0, ())


def test_channels_hold_kernel_cells_row_by_row_of_one_input_channel_after_the_other() -> None:
    layer = Unfold(4, 2, stride=2, channels=2)
    found = [layer.source(channel, (1, 0)) for channel in range(8)]
    cells = [(2, 0), (2, 1), (3, 0), (3, 1)]
    assert found == [(own, cell) for own in (0, 1) for cell in cells]


def test_padding_is_zero() -> None:
    layer = Unfold(2, 3, padding=((1, 0), (1, 1)))
    assert [layer.source(channel, (0, 0)) for channel in (0, 3, 4, 8)] == [None, None, (0, (0, 0)), (0, (1, 1))]
    assert plan(layer).step(0).reads == ()


def test_the_reach_of_the_kernel_is_what_all_channels_see() -> None:
    layer = Unfold((9, 9), (2, 3), dilation=(3, 2), stride=(1, 2))
    assert layer.receptive_field == (4, 5)
    assert [layer.field(axis, 2) for axis in (0, 1)] == [5, 7]
    for axis in (0, 1):
        seen = {layer.source(channel, (1, 1))[1][axis] for channel in range(6)}  # type: ignore[index]
        assert seen == set(layer.inputs(axis, 1))


def test_cells_between_windows_are_never_read() -> None:
    assert [axis.unread() for axis in Unfold((5, 4), 1, stride=(2, 3)).axes] == [(1, 3), (1, 2)]


def test_a_pointwise_convolution_of_it_is_a_convolution() -> None:
    direct = Conv((5, 4), (3, 2), (2, 1), 1, (1, 2), in_channels=2, out_channels=3)
    chain = Chain(
        [
            Unfold((5, 4), (3, 2), (1, 2), 1, (2, 1), channels=2),
            PointwiseConv(direct.output_size, in_channels=12, out_channels=3),
        ]
    )
    assert chain.receptive_field == direct.receptive_field
    generator = np.random.default_rng(2)
    picture, weights = generator.integers(0, 9, (2, 5, 4)), generator.integers(-3, 4, direct.weight_size)
    whole = plan(direct, input=picture, kernel=weights)
    parts = plan(chain, input=picture, kernel=[None, weights.reshape(3, 12, 1, 1)])
    np.testing.assert_array_equal(output_of(parts), output_of(whole))


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"kernel_size": 5}, "kernel_size 5: reaches over 5 rows, but the padded input has 4"),
        ({"kernel_size": 2, "dilation": 4}, "reaches over 5 rows"),
        ({"kernel_size": 0}, "kernel_size 0: must be between 1"),
        ({"kernel_size": 2, "padding": -1}, "padding -1: must be between 0"),
        ({"kernel_size": 2, "stride": 0}, "stride 0: must be between 1"),
        ({"kernel_size": (2, 2, 2)}, "kernel_size 2x2x2: has 3 parts"),
        ({"kernel_size": 2, "input_size": (4,)}, "must have 2 axes for unfold"),
        ({"kernel_size": 2, "input_size": (4, 4, 4)}, "must have 2 axes for unfold"),
        ({"kernel_size": 2, "channels": 0}, "channels 0: must be between 1"),
    ],
)
def test_what_pytorch_refuses_is_refused(parameters: dict[str, Any], message: str) -> None:
    with pytest.raises(ConvanimError, match=message):
        Unfold(**{"input_size": 4, **parameters})


def test_more_padding_than_half_of_the_kernel_is_taken_as_in_pytorch() -> None:
    assert Unfold(4, 3, padding=5).output_size == (12, 12)
