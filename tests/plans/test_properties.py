"""What holds for every layer."""

from __future__ import annotations

from itertools import product
from math import prod
from typing import Any

import numpy as np
from hypothesis import assume, given
from hypothesis import strategies as st

from convanim import Conv, ConvTranspose, Layer, plan
from convanim.layers.axis import Kind
from tests import loops
from tests.helpers import taps_of
from tests.strategies import convs, layers, numbers, transposes


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


@given(convs(modes=("zeros",)))
def test_a_convolution_is_the_nested_loops(layer: Conv) -> None:
    grid = {
        tuple(i + low for i, (low, _) in zip(cell, layer.padding, strict=True)): cell
        for cell in product(*[range(n) for n in layer.input_size])
    }
    extent = [n + low + high for n, (low, high) in zip(layer.input_size, layer.padding, strict=True)]
    expected = loops.convolve(grid, extent, layer.kernel_size, layer.stride, layer.dilation)
    assert [pairs_of(step) for step in plan(layer)] == [sorted(pairs) for pairs in expected]


@given(transposes())
def test_gathering_agrees_with_scattering(layer: ConvTranspose) -> None:
    stamped = loops.scatter(
        layer.input_size, layer.kernel_size, layer.stride, layer.padding, layer.output_padding, layer.dilation
    )
    assert [pairs_of(step) for step in plan(layer)] == [sorted(pairs) for pairs in stamped.values()]


@given(convs(modes=("zeros",)))
def test_a_stride_keeps_every_so_many_windows_of_stride_1(layer: Conv) -> None:
    dense = Conv(layer.input_size, layer.kernel_size, 1, layer.padding, layer.dilation)
    kept = [
        step
        for step in plan(dense)
        if all(o % s == 0 for o, s in zip(step.writes[0].tolist(), layer.stride, strict=True))
    ]
    assert [pairs_of(step) for step in kept] == [pairs_of(step) for step in plan(layer)]


@given(st.data())
def test_the_transposed_convolution_is_the_transposed_matrix(data: st.DataObject) -> None:
    dims = data.draw(st.integers(1, 2))
    kernel, stride, dilation = (data.draw(numbers(dims, 1, 3)) for _ in range(3))
    padding = data.draw(numbers(dims, 0, 1))
    small = data.draw(numbers(dims, 1, 3))
    reach = [d * (k - 1) + 1 for d, k in zip(dilation, kernel, strict=True)]
    large = tuple((n - 1) * s + r - 2 * p for n, s, r, p in zip(small, stride, reach, padding, strict=True))
    assume(min(large) >= 1)
    direct = Conv(large, kernel, stride, padding, dilation)
    transposed = ConvTranspose(small, kernel, stride, padding, 0, dilation)
    assert direct.output_size == small
    assert transposed.output_size == large
    weights = np.arange(1, prod(kernel) + 1)
    np.testing.assert_array_equal(matrix_of(direct, weights), matrix_of(transposed, weights).T)


def pairs_of(step: Any) -> list[tuple[tuple[int, ...], tuple[int, ...]]]:
    reads = taps_of(step)
    return sorted(
        (tuple(source), tuple(kernel))
        for source, kernel in zip(reads.source.tolist(), reads.kernel.tolist(), strict=True)
        if source[0] >= 0
    )


def matrix_of(layer: Layer, weights: Any) -> Any:
    """Return the matrix that takes a flat input to a flat output."""
    matrix = np.zeros((prod(layer.output_size), prod(layer.input_size)), int)
    for row, step in enumerate(plan(layer)):
        for source, kernel in pairs_of(step):
            column = np.ravel_multi_index(source, layer.input_size)
            matrix[row, column] += weights[np.ravel_multi_index(kernel, layer.kernel_size)]
    return matrix
