"""Round trips, and kernels in two passes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from convanim import Chain, Conv, ConvanimError, ConvTranspose, MaxPool, plan
from convanim.inputs.known_chains import roundtrip, separable, separate
from convanim.plans.examples import telling
from convanim.plans.values import KERNELS, named_kernel, random_numbers
from tests import loops
from tests.helpers import difference_of, output_of
from tests.strategies import convs

Array = NDArray[Any]
SEPARABLE = ("sobel-x", "sobel-y", "scharr-x", "box", "gaussian", "identity")
PARTS = st.floats(-100, 100).filter(lambda part: part == 0 or abs(part) > 1e-3)


def grids(size: tuple[int, ...]) -> st.SearchStrategy[Array]:
    return arrays(np.int64, size, elements=st.integers(-9, 9), fill=st.nothing())


def parts(size: tuple[int, ...]) -> st.SearchStrategy[Array]:
    return arrays(np.float64, size, elements=PARTS, fill=st.nothing())


@st.composite
def factors(draw: st.DrawFn, draws: Callable[..., st.SearchStrategy[Array]] = grids, most: int = 4) -> list[Array]:
    """Draw a column and a row, neither of them all zeros."""
    found = [draw(draws((draw(st.integers(1, most)),))) for _ in range(2)]
    assume(all(numbers.any() for numbers in found))
    return found


@given(st.data())
def test_a_round_trip_gives_the_size_back_but_the_values_of_a_transposed_convolution(data: st.DataObject) -> None:
    there = data.draw(convs())
    assert isinstance(there, Conv)
    values, kernel = data.draw(grids(there.input_size)), data.draw(grids(there.kernel_size))
    chain = roundtrip(there, kernel)
    assert chain.output_size == chain.input_size == there.input_size
    assert chain.layers[0] == there
    made = plan(chain, input=values)
    between = output_of(plan(there, input=values, kernel=kernel))
    left_over = tuple(
        (n + low + high - d * (k - 1) - 1) % s
        for n, (low, high), d, k, s in zip(
            there.input_size, there.padding, there.dilation, there.kernel_size, there.stride, strict=True
        )
    )
    stamped = loops.scatter(
        there.output_size, there.kernel_size, there.stride, there.padding, left_over, there.dilation
    )
    sums = [sum(between[cell] * kernel[weight] for cell, weight in pairs) for pairs in stamped.values()]
    np.testing.assert_array_equal(output_of(made).ravel(), sums)
    np.testing.assert_array_equal(difference_of(made).ravel(), sums - values.ravel())


@given(convs(), st.integers(0, 99))
def test_weights_that_are_not_given_are_those_of_the_seed(there: Conv, seed: int) -> None:
    _, (weights,) = random_numbers(seed, there.input_size, [there.kernel_size])
    chain = roundtrip(there, seed=seed)
    assert chain == roundtrip(there, telling(there, weights))
    assert chain.kernels[0] == chain.kernels[1]


def test_a_round_trip_of_the_identity_gives_the_values_back() -> None:
    chain = roundtrip(Conv((3, 4), 1), [[1]])
    assert not difference_of(plan(chain, seed=1)).any()


def test_the_transposed_layer_has_the_stride_and_takes_what_it_left_over() -> None:
    assert roundtrip(Conv(6, 3, 2, 1), np.ones((3, 3))).layers[1] == ConvTranspose(3, 3, 2, 1, 1)
    assert roundtrip(Conv(5, 3, 2, 1), np.ones((3, 3))).layers[1] == ConvTranspose(3, 3, 2, 1, 0)


@pytest.mark.parametrize(
    ("layer", "kernel", "message"),
    [
        (MaxPool(4, 2), None, "^layer: must be a convolution"),
        (ConvTranspose(3, 3), None, "^layer: must be a convolution"),
        ("conv", None, "^layer: must be a convolution"),
        (Conv(5, 3), np.ones((2, 2)), "^kernel: has a size of 2x2, but kernel_size is 3x3; make them the same"),
        (Conv(5, 3), [[1, 2, 3]] * 2 + [[1, 2]], "^kernel: has rows of unequal length"),
        (Conv(5, 3), "sobel-x", "^kernel 'sobel-x': is text"),
    ],
)
def test_a_round_trip_needs_a_convolution_and_its_weights(layer: Any, kernel: Any, message: str) -> None:
    with pytest.raises(ConvanimError, match=message):
        roundtrip(layer, kernel)


@given(factors())
def test_factors_of_whole_numbers_are_exact(drawn: list[Array]) -> None:
    kernel = np.outer(*drawn)
    column, row = separate(kernel)
    assert (column.shape, row.shape) == ((kernel.shape[0], 1), (1, kernel.shape[1]))
    assert (column.dtype.kind, row.dtype.kind) == ("i", "i")
    np.testing.assert_array_equal(column * row, kernel)
    assert abs(np.gcd.reduce(row.ravel())) == 1


@given(factors(parts))
def test_factors_of_other_numbers_are_as_near_as_floats_are(drawn: list[Array]) -> None:
    kernel = np.outer(*drawn)
    column, row = separate(kernel)
    assert (column.shape, row.shape) == ((kernel.shape[0], 1), (1, kernel.shape[1]))
    np.testing.assert_allclose(column * row, kernel, rtol=0, atol=1e-9 * np.abs(kernel).max())


@given(factors(parts))
def test_factors_do_not_depend_on_the_sign_of_the_decomposition(drawn: list[Array]) -> None:
    column, _ = separate(np.outer(*drawn) * 1.0)
    assert column.ravel()[np.abs(column).argmax()] > 0


def test_factors_of_means_are_free_of_dust() -> None:
    column, row = separate(named_kernel("gaussian"))
    assert column.ravel().tolist() == row.ravel().tolist() == [0.25, 0.5, 0.25]
    assert separate([[0.5, 0.0], [0.0, 0.0]])[1].ravel().tolist()[1] == 0


@given(st.data())
def test_two_passes_make_what_one_layer_makes(data: st.DataObject) -> None:
    column, row = data.draw(factors(most=3))
    whole = data.draw(convs(dims=2))
    assert isinstance(whole, Conv)
    rest = (whole.input_size, whole.stride, whole.padding, whole.dilation, whole.padding_mode)
    kernel = np.outer(column, row)
    try:
        chain = separable(kernel, *rest)
    except ConvanimError:
        assume(False)
    assert chain.compared == Conv(whole.input_size, kernel.shape, *rest[1:])
    assert len(chain.layers) == 2
    assert [layer.kernel_size for layer in chain.layers] == [(len(column), 1), (1, len(row))]
    made = plan(chain, input=data.draw(grids(whole.input_size)))
    expected = output_of(plan(chain.compared, input=made.planes(0, 0), kernel=kernel))
    np.testing.assert_array_equal(output_of(made), expected)
    assert not difference_of(made).any()


@given(st.data())
def test_two_passes_of_other_numbers_differ_by_rounding_only(data: st.DataObject) -> None:
    kernel = np.outer(*data.draw(factors(parts, most=3)))
    chain = separable(kernel, (4, 5), padding=1)
    made = plan(chain, input=data.draw(grids((4, 5))))
    assert np.abs(difference_of(made)).max() <= 1e-9 * np.abs(kernel).max()


@pytest.mark.parametrize("name", SEPARABLE)
def test_named_kernels_of_rank_1_are_separated(name: str) -> None:
    made = plan(separable(named_kernel(name), 6, padding=1), seed=3)
    np.testing.assert_allclose(difference_of(made), 0, atol=1e-12)


@pytest.mark.parametrize("name", sorted(set(KERNELS) - set(SEPARABLE)))
def test_other_named_kernels_are_refused(name: str) -> None:
    with pytest.raises(ConvanimError, match=r"^kernel: has rank [23] and is no product of a column and a row"):
        separable(named_kernel(name), 6)


def test_two_passes_cost_less() -> None:
    chain = separable(named_kernel("box", (5, 5)), 9)
    assert chain.compared is not None
    assert (chain.parameters, chain.compared.parameters) == (10, 25)
    assert chain.multiplications < chain.compared.multiplications


@given(st.integers(2, 3).flatmap(lambda count: st.tuples(*[grids((count, count))] * 2)))
def test_a_kernel_of_more_rank_is_refused_with_its_rank_and_how_far_off(drawn: tuple[Array, Array]) -> None:
    kernel = drawn[0] @ drawn[1]
    left, strengths, right = np.linalg.svd(kernel.astype(float))
    rank = int(np.linalg.matrix_rank(kernel))
    assume(rank > 1)
    # Where two are as strong, the best factors are not the only ones.
    assume(strengths[0] - strengths[1] > 1e-3)
    off = np.abs(kernel - strengths[0] * np.outer(left[:, 0], right[0])).max()
    share = np.sqrt(1 - strengths[0] ** 2 / (strengths**2).sum())
    with pytest.raises(ConvanimError) as caught:
        separate(kernel)
    said = str(caught.value)
    assert said.startswith(
        f"kernel: has rank {rank} and is no product of a column and a row; the best one would be off by"
    )
    words = said.split("off by up to ")[1].split()
    assert float(words[0]) == pytest.approx(off, abs=0.006)
    assert float(words[4].removesuffix("%")) == pytest.approx(100 * share, abs=0.6)
    assert said.endswith("use one of rank 1 such as kernel=sobel-x")


def test_how_far_off_is_measured_by_the_best_of_all_factors() -> None:
    with pytest.raises(ConvanimError, match=r"has rank 2 .* off by up to 1 in a weight, 31.6% of the whole"):
        separate([[3, 0], [0, 1]])
    with pytest.raises(ConvanimError, match=r"has rank 3 .* off by up to 4 in a weight, 62.5% of the whole"):
        separate([[5, 0, 0], [0, 4, 0], [0, 0, 0.1]])


@pytest.mark.parametrize(
    ("kernel", "message"),
    [
        ([[0, 0], [0, 0]], "^kernel: holds only zeros, which any factors make; give one with other numbers"),
        ([[0.0]], "^kernel: holds only zeros"),
        ([1, 2, 1], "^kernel: has 1 ax[ei]s, and only kernels with 2 are separated; give rows"),
        ([[[1, 2]]], "^kernel: has 3 axes, and only kernels with 2 are separated; give rows"),
        ([[1, 2], [3]], "^kernel: has rows of unequal length"),
        ([[1, float("nan")]], "^kernel: holds a number that is not finite"),
        ("box", "^kernel 'box': is text"),
    ],
)
def test_what_cannot_be_separated_is_refused(kernel: Any, message: str) -> None:
    for separated in (separate, lambda given: separable(given, 6)):
        with pytest.raises(ConvanimError, match=message):
            separated(kernel)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"input_size": 2}, "^kernel_size 3: reaches over 3 rows, but the padded input has 2"),
        ({"input_size": (8,)}, "input_size.* axis"),
        ({"input_size": (8, 8, 8)}, "input_size.* 3 axes"),
        ({"input_size": 6, "stride": 0}, "^stride 0: must be between 1 and"),
        ({"input_size": 6, "padding": "half"}, "^padding 'half'"),
        ({"input_size": 6, "padding_mode": "mirror"}, "^padding_mode 'mirror': unknown"),
    ],
)
def test_a_layer_that_cannot_be_is_not_separated(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ConvanimError, match=message):
        separable(named_kernel("sobel-x"), **options)


def test_chains_made_here_are_chains() -> None:
    for chain in (roundtrip(Conv(5, 3)), separable(named_kernel("box"), 5)):
        assert isinstance(chain, Chain)
        assert len(plan(chain, seed=0)) > 0
