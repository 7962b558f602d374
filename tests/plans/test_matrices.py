"""The matrices behind layers: their products are what layers make, and the columns are those of PyTorch."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from convanim import Conv, ConvGeneral, ConvTranspose, Fold, MaxPool, Unfold, plan
from convanim.layers import OPERATIONS, Layer
from convanim.plans import Plan, Windows
from convanim.plans.matrices import Columns, Sparse, has_columns, is_linear, product_of
from tests import DATA
from tests.strategies import layers, numbers, weighted

SEEDS = st.integers(0, 2**16)


def with_bias(made: Any, planned: Plan) -> Any:
    """Return a product of matrices, a row for each output channel, plus the bias."""
    bias = planned.last.bias
    rows = made.reshape(planned.last.grouping.out_channels, -1)
    return rows if bias is None else rows + bias[:, None]


def output(planned: Plan) -> Any:
    """Return the numbers that a layer makes, a row for each output channel."""
    made: Any = planned.values(planned.last.target)
    return made.reshape(len(made), -1)


def by_columns(planned: Plan) -> Any:
    assert isinstance(planned.last, Windows)
    own = Columns(planned.last)
    kernels, columns = own.kernels(), own.values(planned.planes)
    assert kernels is not None
    assert (columns.shape, kernels.shape) == (own.shape, own.kernel_shape)
    return with_bias(product_of(kernels, columns), planned)


def by_sparse(planned: Plan) -> Any:
    given_input: Any = planned.values(0)
    return with_bias(product_of(Sparse(planned.last).values(), given_input.reshape(-1, 1)), planned)


@settings(max_examples=50)
@given(weighted(), SEEDS)
def test_products_of_layers_with_channels_groups_and_biases_are_what_they_make(layer: Layer, seed: int) -> None:
    planned = plan(layer, seed=seed)
    np.testing.assert_array_equal(by_columns(planned), output(planned))
    np.testing.assert_array_equal(by_sparse(planned), output(planned))


@settings(max_examples=60)
@given(layers(), SEEDS)
def test_products_of_layers_of_all_kinds_of_windows_are_what_they_make(layer: Layer, seed: int) -> None:
    planned = plan(layer, seed=seed)
    if layer.is_weighted:
        np.testing.assert_array_equal(by_columns(planned), output(planned))
    if is_linear(layer):
        np.testing.assert_allclose(by_sparse(planned), output(planned), rtol=0, atol=1e-9)


def test_products_of_layers_that_move_values_are_what_they_make() -> None:
    for name, given_parameters in (
        ("pixel_shuffle", {"channels": 2}),
        ("pixel_unshuffle", {"downscale_factor": 2}),
        ("upsample", {"scale_factor": (2, 3), "channels": 2}),
        ("max_unpool", {"kernel_size": 2}),
        ("unfold", {"kernel_size": 2, "padding": 1, "channels": 2}),
        ("fold", {"kernel_size": 3, "padding": 1, "channels": 2}),
    ):
        make: Any = OPERATIONS[name]
        planned = plan(make(input_size=4, **given_parameters), seed=3)
        np.testing.assert_array_equal(by_sparse(planned), output(planned))


def test_columns_are_those_of_pytorch() -> None:
    for line in (DATA / "columns.jsonl").read_text(encoding="utf-8").splitlines():
        case = json.loads(line)
        layer = Conv(**case["given"])
        size = (layer.grouping.in_channels, *layer.input_size)
        picture = np.random.RandomState(case["seed"]).randint(-4, 5, size=size)
        planned = plan(layer, input=picture if layer.has_channels else picture[0])
        assert isinstance(planned.last, Windows)
        assert Columns(planned.last).values(planned.planes).tolist() == case["columns"], case


@settings(max_examples=50)
@given(st.data())
def test_the_matrix_of_a_transposed_convolution_is_the_transpose_of_that_of_the_convolution(
    data: st.DataObject,
) -> None:
    dims, groups = data.draw(st.integers(1, 2)), data.draw(st.integers(1, 2))
    size, kernel, stride, dilation = (data.draw(numbers(dims, 1, most)) for most in (5, 3, 3, 2))
    reach = [d * (k - 1) + 1 for d, k in zip(dilation, kernel, strict=True)]
    padding = tuple(data.draw(st.integers(0, one - 1)) for one in reach)
    fitting = tuple(max(n, one) for n, one in zip(size, reach, strict=True))
    channels: dict[str, Any] = {"in_channels": 2 * groups, "out_channels": groups, "groups": groups}
    conv = Conv(fitting, kernel, stride, padding, dilation, **channels)
    back = ConvTranspose(
        conv.output_size,
        kernel,
        stride,
        padding,
        tuple((n + 2 * p - r) % s for n, p, r, s in zip(fitting, padding, reach, stride, strict=True)),
        dilation,
        in_channels=groups,
        out_channels=2 * groups,
        groups=groups,
    )
    kernels = np.random.RandomState(1).randint(-9, 10, size=conv.weight_size)
    one, other = (Sparse(plan(layer, kernel=kernels).last).values() for layer in (conv, back))
    np.testing.assert_array_equal(other, one.T)


def test_the_matrix_of_folding_is_the_transpose_of_that_of_unfolding() -> None:
    first = Unfold((4, 5), (2, 3), padding=1, stride=2, channels=2)
    back = Fold(first.output_size, (2, 3), (4, 5), padding=1, stride=2, channels=2)
    one, other = (Sparse(plan(layer, seed=0).last).values() for layer in (first, back))
    np.testing.assert_array_equal(other, one.T)


def test_each_row_of_the_sparse_matrix_is_the_window_of_a_step() -> None:
    planned = plan(Conv(3, 2), kernel=[[1, 2], [3, 4]])
    assert Sparse(planned.last).values().tolist() == [
        [1, 2, 0, 3, 4, 0, 0, 0, 0],
        [0, 1, 2, 0, 3, 4, 0, 0, 0],
        [0, 0, 0, 1, 2, 0, 3, 4, 0],
        [0, 0, 0, 0, 1, 2, 0, 3, 4],
    ]


def test_weights_of_copies_in_the_padding_add_up() -> None:
    planned = plan(Conv((2,), 3, padding=1, padding_mode="replicate"), kernel=[1, 10, 100])
    assert Sparse(planned.last).values().tolist() == [[11, 100], [1, 110]]


def test_sums_beyond_64_bits_are_exact() -> None:
    big = 10**9
    planned = plan(Conv((4,), 4), input=[big] * 4, kernel=[big] * 4)
    many = plan(ConvGeneral((1,), 1), input=[big], kernel=[big])
    assert by_columns(planned).tolist() == [[4 * big**2]]
    assert by_sparse(many).tolist() == [[big**2]]


def test_a_maximum_is_no_product_and_what_moves_values_has_no_columns() -> None:
    assert not is_linear(MaxPool(4, 2))
    assert not has_columns(Fold(2, 2))
