"""Layers: what they resolve to, what they count, and what they refuse."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, replace
from itertools import product
from typing import Any

import numpy as np
import pytest

from convanim import AvgPool, Conv, ConvanimError, ConvTranspose, Layer, MaxPool, MaxUnpool


def test_one_number_counts_for_every_axis() -> None:
    assert Conv(5, 3, padding=1) == Conv((5, 5), (3, 3), (1, 1), ((1, 1), (1, 1)), (1, 1))


def test_layers_are_frozen_and_can_be_replaced() -> None:
    layer = Conv(5, 3)
    with pytest.raises(FrozenInstanceError):
        layer.stride = (2, 2)  # type: ignore[misc]
    assert replace(layer, stride=(2, 2)).output_size == (2, 2)


@pytest.mark.parametrize(
    ("padding", "pairs"),
    [
        ("valid", (0, 0)),
        ("same", (1, 2)),
        ("full", (3, 3)),
        (2, (2, 2)),
    ],
)
def test_words_for_padding_are_resolved(padding: Any, pairs: tuple[int, int]) -> None:
    assert Conv((6, 6), 4, padding=padding).padding == (pairs, pairs)


def test_a_flipped_kernel_is_padded_as_scipy_does() -> None:
    assert Conv((6,), 4, padding="same", flip=True).padding == Conv((6,), 4, padding="same-lower").padding == ((2, 1),)
    assert Conv((6,), 4, padding="full", flip=True).padding == ((3, 3),)


@pytest.mark.parametrize(
    ("size", "stride", "word", "pair"),
    [
        (6, 2, "same-upper", (0, 1)),
        (6, 2, "same-lower", (1, 0)),
        (5, 2, "same-upper", (1, 1)),
        (3, 3, "same-upper", (0, 0)),
    ],
)
def test_same_padding_with_a_stride(size: int, stride: int, word: str, pair: tuple[int, int]) -> None:
    layer = Conv((size,), 3, stride, padding=word)
    assert layer.padding == (pair,)
    assert layer.output_size == (-(-size // stride),)


def test_causal_padding_is_for_one_axis() -> None:
    assert Conv((6,), 3, padding="causal", dilation=2).padding == ((4, 0),)
    with pytest.raises(ConvanimError, match="padding causal: needs one axis"):
        Conv((6, 6), 3, padding="causal")


def test_a_pooling_stride_is_the_window_where_not_given() -> None:
    assert MaxPool(6, (2, 3)).stride == (2, 3)


@pytest.mark.parametrize(
    ("layer", "parameters", "multiplications", "field"),
    [
        (Conv(5, 3, padding=1), 9, 225, (3, 3)),
        (Conv(7, 3, dilation=2), 9, 81, (5, 5)),
        (Conv((4, 6), (1, 3)), 3, 48, (1, 3)),
        (ConvTranspose(2, 3, stride=2), 9, 36, (2, 2)),
        (MaxPool(4, 2), 0, 0, (2, 2)),
    ],
)
def test_costs_are_counted(layer: Layer, parameters: int, multiplications: int, field: tuple[int, ...]) -> None:
    assert (layer.parameters, layer.multiplications, layer.receptive_field) == (parameters, multiplications, field)


@pytest.mark.parametrize(
    ("include", "divisors"), [(True, [4, 4, 4, 4]), (False, [1, 1, 1, 1])], ids=["with padding", "without"]
)
def test_the_divisor_counts_padding_or_not(include: bool, divisors: list[int]) -> None:
    layer = AvgPool(2, 2, padding=1, count_include_pad=include)
    assert [layer.divisor(cell) for cell in [(0, 0), (0, 1), (1, 0), (1, 1)]] == divisors


def test_the_divisor_never_counts_what_hangs_over() -> None:
    assert AvgPool(3, 2, ceil_mode=True).divisor((1, 1)) == 1


@pytest.mark.parametrize(
    ("kind", "values", "message"),
    [
        (Conv, {"input_size": 3, "kernel_size": 5}, "input_size of at least 5, or padding=1"),
        (Conv, {"input_size": (7, 3), "kernel_size": (1, 4)}, "reaches over 4 columns, but the padded input has 3"),
        (Conv, {"input_size": 3, "kernel_size": 4, "padding_mode": "circular"}, "or padding=0:1"),
        (Conv, {"input_size": (2, 2, 2, 2), "kernel_size": 1}, "input_size 2x2x2x2: has more than 3 axes"),
        (Conv, {"input_size": (), "kernel_size": 1}, r"input_size \(\): empty"),
        (Conv, {"input_size": 0, "kernel_size": 1}, "input_size 0: must be between 1 and"),
        (Conv, {"input_size": 5, "kernel_size": 3, "stride": 0}, "stride 0: must be"),
        (
            Conv,
            {"input_size": 5, "kernel_size": 3, "padding": "half"},
            "choose valid, same, full, causal, same-upper or same-lower",
        ),
        (Conv, {"input_size": 5, "kernel_size": 3, "stride": 2, "padding": "same"}, "needs a stride of 1"),
        (Conv, {"input_size": 5, "kernel_size": 3, "padding_mode": "mirror"}, "padding_mode 'mirror': unknown"),
        (Conv, {"input_size": 3, "kernel_size": 3, "padding": 3, "padding_mode": "reflect"}, "takes at most 2"),
        (ConvTranspose, {"input_size": 2, "kernel_size": 3, "output_padding": 1}, "use output_padding=0$"),
        (ConvTranspose, {"input_size": 2, "kernel_size": 1, "padding": 1}, "output of 0 rows"),
        (ConvTranspose, {"input_size": 2, "kernel_size": 3, "padding": "same"}, "write numbers"),
        (MaxPool, {"input_size": 4, "kernel_size": 3, "padding": 2}, "takes at most 1, half of kernel_size"),
        (MaxPool, {"input_size": 4, "kernel_size": 2, "ceil_mode": 1}, "ceil_mode 1: must be True or False"),
        (MaxPool, {"input_size": 1, "kernel_size": 2, "dilation": 2, "ceil_mode": True}, "input_size of at least 2"),
        (AvgPool, {"input_size": (3, 3, 1), "kernel_size": (1, 1, 2), "padding": (0, 0, 1)}, "as in PyTorch"),
    ],
)
def test_refusals_name_the_option_the_value_and_a_way_out(
    kind: type[Layer], values: dict[str, Any], message: str
) -> None:
    build: Any = kind
    with pytest.raises(ConvanimError, match=message):
        build(**values)


@pytest.mark.parametrize(
    ("indices", "message"),
    [
        ("1 2; 3 4", "indices '1 2; 3 4': not a whole number"),
        (range(10**8), "are more than 4 for 4 values"),
        ([[[0, 3], [9]]], "are 3 for 4 values"),
        ({1, 2}, "not a whole number"),
        (["0", 3, 9, 10], "indices '0': not a whole number"),
    ],
)
def test_indices_of_other_forms_are_refused(indices: Any, message: str) -> None:
    with pytest.raises(ConvanimError, match=message):
        MaxUnpool(2, 2, indices=indices)


def test_uneven_padding_counts_as_input_where_pytorch_would_refuse_a_large_kernel() -> None:
    assert AvgPool((3, 3, 2), (1, 1, 3), padding=((0, 0), (0, 0), (1, 0))).output_size == (3, 3, 1)


def test_the_ways_out_that_are_offered_work() -> None:
    with pytest.raises(ConvanimError, match=r"at least 6x5, or padding=2x0:1$"):
        Conv((2, 4), (6, 5))
    assert Conv((6, 5), (6, 5)).output_size == (1, 1)
    assert Conv((2, 4), (6, 5), padding=(2, (0, 1))).output_size == (1, 1)


def test_values_are_found_in_outputs_of_any_size() -> None:
    layer = MaxUnpool((2, 2), 2, stride=100_000)
    assert [layer.source(0, cell) for cell in ((0, 1), (100_001, 0), (0, 0), (100_001, 100_001))] == [
        (0, (0, 0)),
        None,
        None,
        None,
    ]
    places = [layer.landing(0, cell) for cell in ((0, 0), (0, 1), (1, 0), (1, 1))]
    size = layer.output_size
    assert [layer.source(0, divmod(place, size[1])) for place in places] == [
        (0, cell) for cell in ((0, 0), (0, 1), (1, 0), (1, 1))
    ]


def test_a_cell_of_several_windows_may_be_unpooled_to_from_each() -> None:
    read, made = MaxUnpool(3, 3, stride=2).blocks(0, (0, 2))
    assert [block.cells for block in read] == [((0, 0),), ((0, 1),)]
    assert [(block.cells[0], block.cells[-1]) for block in made] == [((0, 0), (2, 2)), ((0, 2), (2, 4))]


@pytest.mark.parametrize(("kernel_size", "stride"), [(2, 2), (3, 2), (4, 3), (3, 1), (4, 2), (2, 3)])
def test_by_default_no_two_values_are_unpooled_to_one_cell(kernel_size: int, stride: int) -> None:
    layer = MaxUnpool(3, kernel_size, stride=stride)
    places = {layer.landing(0, cell) for cell in product(range(3), repeat=2)}
    assert len(places) == 9


def test_by_default_values_go_to_cells_of_one_window_alone_where_it_has_any() -> None:
    layer = MaxUnpool(3, 3, stride=2)
    rows, columns = np.divmod([layer.landing(0, cell) for cell in product(range(3), repeat=2)], layer.output_size[1])
    assert {*rows.tolist(), *columns.tolist()} == {1, 3, 5}
