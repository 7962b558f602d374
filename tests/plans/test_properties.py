"""What holds for every layer."""

from __future__ import annotations

from itertools import product
from math import prod
from typing import Any

import numpy as np
import pytest
from hypothesis import given

from convanim import Layer, MaxUnpool, PixelShuffle, Unfold, plan
from convanim.layers.axis import Kind
from tests.helpers import taps_of
from tests.strategies import layers


@given(layers())
def test_every_output_is_written_once_in_order(layer: Layer) -> None:
    written = [tuple(step.writes[0]) for step in plan(layer)]
    assert written == list(product(*[range(n) for n in layer.output_size]))


@given(layers())
def test_indices_are_in_range(layer: Layer) -> None:
    for step in plan(layer):
        reads = taps_of(step)
        known = reads.source[:, 0] >= 0
        assert (reads.source[known] < layer.input_size).all()
        assert (reads.source[~known] == -1).all()
        assert ((reads.kernel >= 0) & (reads.kernel < layer.kernel_size)).all()


@given(layers())
def test_a_step_meets_every_weight_once(layer: Layer) -> None:
    cells = set(product(*[range(k) for k in layer.kernel_size]))
    for step in plan(layer):
        assert len(taps_of(step).kernel) == prod(layer.kernel_size)
        assert {tuple(weight) for weight in taps_of(step).kernel.tolist()} == cells


@given(layers())
def test_the_grid_shows_what_the_steps_read(layer: Layer) -> None:
    made = plan(layer)
    grid = made.grid
    read = np.zeros(grid.kind.shape, bool)
    for step in made:
        places = taps_of(step).position - np.array(grid.start)
        read[tuple(places.T)] = True
        np.testing.assert_array_equal(grid.kind[tuple(places.T)], taps_of(step).kind)
    real = grid.kind == Kind.INPUT
    np.testing.assert_array_equal(grid.read[~real], read[~real])
    assert grid.read[read].all()


@given(layers())
def test_unread_cells_are_those_that_no_step_reads(layer: Layer) -> None:
    counted = np.zeros(layer.input_size, bool)
    for step in plan(layer):
        known = taps_of(step).source[taps_of(step).source[:, 0] >= 0]
        counted[tuple(known.T)] = True
    expected = np.ones(layer.input_size, bool)
    for number, axis in enumerate(layer.axes):
        index: list[Any] = [slice(None)] * layer.dims
        index[number] = list(axis.unread())
        expected[tuple(index)] = False
    np.testing.assert_array_equal(counted, expected)


@pytest.mark.parametrize("layer", [Unfold(5, 2, stride=2), Unfold((7, 5), 2, stride=2, dilation=2), PixelShuffle(2, 2)])
def test_cells_that_no_output_takes_are_unread_where_values_only_move(layer: Layer) -> None:
    (stage,) = plan(layer).main
    taken = np.zeros(stage.grid.read.shape, bool)
    for channel, place in product(*map(range, stage.steps_of)):
        for read in stage.step(channel, place).reads:
            taken[tuple(read.taps.source.T)] = True
    np.testing.assert_array_equal(stage.grid.read, taken)


@pytest.mark.parametrize(
    ("layer", "expected"), [(Unfold(4, 2), False), (Unfold(4, 2, padding=1), True), (MaxUnpool(2, 2), True)]
)
def test_zeros_are_left_only_where_some_output_is_made_of_nothing(layer: Layer, expected: bool) -> None:
    (stage,) = plan(layer).main
    assert stage.leaves_zeros is expected
