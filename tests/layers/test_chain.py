"""Chains: what they resolve to and count, and what they refuse."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, replace
from typing import Any

import numpy as np
import pytest

from convanim import (
    AvgPool,
    Chain,
    Conv,
    ConvanimError,
    ConvTranspose,
    Layer,
    MaxPool,
    PixelUnshuffle,
    Upsample,
    plan,
)
from convanim.layers.chain import MOST_LAYERS
from tests.helpers import difference_of, output_of

STACK: list[Layer] = [Conv(9, 3, padding=1), MaxPool(9, 3), ConvTranspose(3, 3, 2)]


def test_a_chain_leads_from_the_first_input_to_the_last_output() -> None:
    chain = Chain(STACK)
    assert (chain.dims, chain.input_size, chain.output_size) == (2, (9, 9), (7, 7))
    assert chain.layers == tuple(STACK)
    assert chain.kernels == (None, None, None)


def test_costs_are_those_of_all_layers() -> None:
    chain = Chain(STACK)
    assert (chain.parameters, chain.multiplications) == (18, 9 * 81 + 9 * 9)


@pytest.mark.parametrize(
    ("layers", "fields"),
    [
        ([Conv(9, 3)], [(3, 3), (1, 1)]),
        ([Conv(9, 3), Conv(7, 3)], [(5, 5), (3, 3), (1, 1)]),
        ([Conv(9, 3, 2), Conv(4, 3)], [(7, 7), (3, 3), (1, 1)]),
        ([Conv(9, 3, dilation=2), Conv(5, (1, 3))], [(5, 7), (1, 3), (1, 1)]),
        ([MaxPool((8,), 2), AvgPool((4,), 2)], [(4,), (2,), (1,)]),
        ([ConvTranspose((4,), 2, 2), Conv((8,), 2)], [(2,), (2,), (1,)]),
        ([ConvTranspose((4,), 3, 3, dilation=2)], [(1,), (1,)]),
        ([ConvTranspose((4,), 2, 3, dilation=2), Conv((12,), 2)], [(2,), (2,), (1,)]),
        ([ConvTranspose((4,), 2, 5, dilation=2), Conv((18,), 2)], [(1,), (2,), (1,)]),
        ([ConvTranspose((9,), 3, 2, padding=1), Conv((17,), 1, 2)], [(1,), (1,), (1,)]),
        ([ConvTranspose((9,), 3, 2, padding=1), Conv((17,), 3)], [(3,), (3,), (1,)]),
        # Only zeros are read that stand between the cells.
        ([ConvTranspose((15,), 1, 3, padding=1), AvgPool((41,), 1, 3)], [(0,), (1,), (1,)]),
        ([Upsample((6,), 2), Conv((12,), 3)], [(2,), (3,), (1,)]),
        ([PixelUnshuffle(8, 2), Conv(4, 3, in_channels=4)], [(6, 6), (3, 3), (1, 1)]),
    ],
)
def test_the_receptive_field_grows_backwards(layers: list[Layer], fields: list[tuple[int, ...]]) -> None:
    chain = Chain(layers)
    assert chain.receptive_fields() == tuple(fields)
    assert chain.receptive_field == fields[0]


def test_one_layer_is_a_chain_too() -> None:
    layer = Conv(5, 3)
    assert Chain([layer]).receptive_field == layer.receptive_field
    assert len(plan(Chain([layer]))) == 9


def test_layers_of_any_iterable_are_taken() -> None:
    assert Chain(layer for layer in STACK) == Chain(STACK)


def test_kernels_are_held_as_tuples() -> None:
    rows = [[1, 2], [3, 4]]
    chain = Chain([Conv(3, 2), Conv(2, 2)], [rows, np.array(rows)])
    assert chain.kernels == (((1, 2), (3, 4)),) * 2


def test_chains_are_frozen_equal_and_hashable() -> None:
    kernels: Any = [[[1, 2]], None, None]
    chain = Chain(STACK, kernels)
    assert chain == Chain(tuple(STACK), [np.array([[1, 2]]), None, None])
    assert hash(chain) == hash(Chain(tuple(STACK), (((1, 2),), None, None)))
    assert chain != Chain(STACK)
    assert Chain([Conv(5, 3, padding=1)]) != Chain([Conv(5, 3, padding=1)], returns=True)
    with pytest.raises(FrozenInstanceError):
        chain.returns = True  # type: ignore[misc]
    assert replace(chain, kernels=(None,) * 3) == Chain(STACK)


@pytest.mark.parametrize(
    ("layers", "message"),
    [
        ([], "^layers: must be layers .*, at least one$"),
        ([Conv(5, 3), "conv"], "must be layers"),
        ([Conv(5, 3), Chain([Conv(3, 3)])], "must be layers"),
        (np.array(3), "must be layers such as"),
        (range(10**8), "must be layers such as"),
        ([Conv(5, 1)] * (MOST_LAYERS + 1), "are more than 64, the most that a chain has"),
        (
            [Conv(5, 3), Conv(5, 3)],
            "layer 1 makes 3x3, but layer 2 takes 5x5; rows: .* = 3, not 5; in layer 1 use padding=1",
        ),
        ([Conv(5, 1), Conv(5, (1, 3)), Conv(5, 3)], "layer 2 makes 5x3, but layer 3 takes 5x5"),
        ([Conv((5,), 3), Conv(3, 3)], "layer 1 makes 3, but layer 2 takes 3x3"),
    ],
)
def test_layers_that_do_not_fit_are_named(layers: list[Any], message: str) -> None:
    with pytest.raises(ConvanimError, match=message):
        Chain(layers)


def test_as_many_layers_as_are_allowed_are_taken() -> None:
    assert len(plan(Chain([Conv((2,), 1)] * MOST_LAYERS))) == 2 * MOST_LAYERS


@pytest.mark.parametrize("kernels", [[], [None], [None] * 4])
def test_there_is_one_kernel_a_layer(kernels: list[None]) -> None:
    with pytest.raises(ConvanimError, match=f"^kernels: are {len(kernels)} for 3 layers"):
        Chain(STACK, kernels)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"returns": True}, "^layers: lead from 9x9 to 7x7, which cannot be compared"),
        ({"compared": Conv(9, 5)}, "^compared: must lead from 9x9 to 7x7 as the chain"),
        ({"compared": Conv(8, 2)}, "^compared: must lead from 9x9 to 7x7 as the chain"),
        ({"compared": Conv(9, 3, in_channels=2)}, "^compared: must lead from 1 to 1 channels as the chain"),
    ],
)
def test_ends_that_cannot_be_compared_are_refused(values: dict[str, Any], message: str) -> None:
    with pytest.raises(ConvanimError, match=message):
        Chain(STACK, **values)


def test_two_small_kernels_are_one_large_one() -> None:
    one = np.outer([1, 2, 1], [1, 0, -1])
    two = np.array([[0, 1, 0], [1, -4, 1], [0, 1, 0]])
    both = output_of(plan(ConvTranspose(3, 3), input=one, kernel=two))
    chain = Chain([Conv(7, 3), Conv(5, 3)], [one, two], compared=Conv(7, 5), compared_kernel=both)
    difference = difference_of(plan(chain, seed=3))
    assert difference.shape == (1, 3, 3)
    assert not difference.any()
    assert plan(chain, seed=3).to_dict()["difference"] == [[0] * 3] * 3


def test_a_return_is_compared_with_the_input() -> None:
    chain = Chain([Conv((3,), 1), Conv((3,), 1)], [[2], [3]], returns=True)
    assert difference_of(plan(chain, input=[1, 0, -2])).tolist() == [[5, 0, -10]]


def test_there_is_no_difference_without_numbers_or_anything_to_compare() -> None:
    assert plan(Chain([Conv((3,), 1)], returns=True)).difference is None
    assert plan(Chain([Conv((3,), 1)]), seed=1).difference is None
    assert "difference" not in plan(Chain([Conv((3,), 1)]), seed=1).to_dict()


def test_kernels_of_the_plan_take_the_place_of_the_chains() -> None:
    chain = Chain([Conv((2,), 1), Conv((2,), 1)], [[2], [3]])
    assert output_of(plan(chain, input=[1, 5])).tolist() == [6, 30]
    assert output_of(plan(chain, input=[1, 5], kernel=[[1], [7]])).tolist() == [7, 35]


@pytest.mark.parametrize("kernel", [[[1]], [[1]] * 3, np.ones((2, 1)), "box"])
def test_a_plan_takes_one_kernel_a_layer(kernel: Any) -> None:
    with pytest.raises(ConvanimError, match=r"^kernel: must be a list of 2 kernels, one a layer"):
        plan(Chain([Conv((2,), 1), Conv((2,), 1)]), kernel=kernel)


def test_numbers_that_do_not_fit_a_layer_are_refused() -> None:
    with pytest.raises(ConvanimError, match=r"^input: has a size of 3, but input_size is 2"):
        plan(Chain([Conv((2,), 1)]), input=[1, 2, 3])
    with pytest.raises(ConvanimError, match=r"^kernel: has a size of 2, but kernel_size is 1"):
        plan(Chain([Conv((2,), 1), Conv((2,), 1)], [None, [1, 2]]), input=[1, 2])
    with pytest.raises(ConvanimError, match="max pooling has no weights"):
        plan(Chain([MaxPool((2,), 1)], [[1]]))


def test_only_transposed_layers_of_a_chain_are_scattered() -> None:
    made = plan(Chain(STACK), seed=1, method="scatter")
    assert [stage.is_stamped for stage in made.main] == [False, False, True]
    assert made.starts == (0, 81, 90, 99)
    assert made.place(89) == (made.main[1], 0, 8)
    assert [layer.get("method") for layer in made.to_dict()["layers"]] == [None, None, "scatter"]


def test_there_is_no_step_beyond_the_last() -> None:
    for number in (-1, 99):
        with pytest.raises(IndexError, match=f"step {number} of 99"):
            plan(Chain(STACK), method="scatter").step(number)


@pytest.mark.parametrize("channels", [1, 2])
def test_numbers_of_long_chains_are_exact_whatever_their_size(channels: int) -> None:
    layer = Conv((3,), 1, in_channels=channels, out_channels=channels)
    kernel = [[[[9]] * channels] * channels] if channels > 1 else [[9]]
    made: Any = plan(Chain([layer] * 30, kernel * 30), input=[[1, 2, 3]] * channels if channels > 1 else [1, 2, 3])
    values = made.planes(made.last.target, 0)
    assert values.tolist() == [n * (9 * channels) ** 30 for n in (1, 2, 3)]
    assert {type(value) for value in values.ravel()} == {int}


def test_a_long_chain_with_padding_is_exact_too() -> None:
    made: Any = plan(Chain([Conv((2,), 3, padding=1)] * 64, [[1, 1, 1]] * 64), input=[1, 1])
    assert output_of(made).tolist() == [2**64, 2**64]


def test_a_kernel_that_holds_itself_is_refused_where_it_is_used() -> None:
    endless: list[Any] = []
    endless.append(endless)
    with pytest.raises(ConvanimError, match="kernel"):
        plan(Chain([Conv(5, 1)], [endless]), input=np.ones((5, 5)))
