"""Layers where branches meet."""

from __future__ import annotations

from typing import Any

import pytest

from convanim import ConvanimError
from convanim.layers.join import Add, Concatenate, Scale


@pytest.mark.parametrize("size", [(3,), (2, 3), (2, 1, 3)])
def test_they_keep_the_size_and_have_no_weights(size: tuple[int, ...]) -> None:
    for layer in (Add(size, [2, 2, 2]), Concatenate(size, [1, 2, 3])):
        assert layer.input_size == layer.output_size == size
        assert (layer.parameters, layer.multiplications) == (0, 0)
        assert layer.receptive_field == (1,) * len(size)
    assert Add(size, [2, 2, 2]).grouping.out_channels == 2
    assert Concatenate(size, [1, 2, 3]).grouping.out_channels == 6


def test_a_sum_takes_the_same_cell_of_every_input() -> None:
    assert Add((2, 2), [3, 3]).sources(2, (0, 1)) == ((0, 2, (0, 1)), (1, 2, (0, 1)))


def test_a_channel_is_scaled_by_its_own_factor() -> None:
    layer = Scale((2, 3), [4, 4])
    assert layer.sources(3, (1, 2)) == ((0, 3, (1, 2)), (1, 3, (0, 0)))
    assert (layer.source_size(0), layer.source_size(1)) == ((2, 3), (1, 1))
    assert layer.multiplications == 24


def test_channels_of_the_inputs_follow_each_other() -> None:
    layer = Concatenate((2,), [1, 3, 2])
    assert [layer.sources(channel, (1,))[0][:2] for channel in range(6)] == [
        (0, 0),
        (1, 0),
        (1, 1),
        (1, 2),
        (2, 0),
        (2, 1),
    ]


@pytest.mark.parametrize(
    ("kind", "branches", "message"),
    [
        (Add, [2], "branches 1: must be at least 2"),
        (Concatenate, [], "branches 0: must be at least 2"),
        (Add, [2, 3], "branches '?2,3'?: must have as many channels each"),
        (Add, 2, "branches 2: must be a list of channels, one a tensor"),
        (Scale, [2], "branches 1: must be at least 2"),
        (Scale, [2, 3], "branches '?2,3'?: must be two with as many channels each"),
        (Concatenate, [2, 0], "branches 0: must be between 1 and"),
        (Concatenate, [2, 1.5], "branches 1.5: not a whole number"),
    ],
)
def test_inputs_that_cannot_meet_are_refused(kind: Any, branches: list[Any], message: str) -> None:
    with pytest.raises(ConvanimError, match=message):
        kind(3, branches)
