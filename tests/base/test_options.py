"""Per-axis options in text and in Python."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from convanim import Conv, ConvanimError
from convanim.base.options import LIMIT, padding_pairs, parse, per_axis, quoted, short


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("5", 5),
        ("5x7", (5, 7)),
        ("5×7", (5, 7)),
        (" 3X4 ", (3, 4)),
        ("0:1", ((0, 1),)),
        ("0:1x1:1", ((0, 1), (1, 1))),
        ("1x0:2", (1, (0, 2))),
        ("SAME", "same"),
    ],
)
def test_texts_are_understood(text: str, value: object) -> None:
    assert parse("padding", text, ("same",), pairs=True) == value


@pytest.mark.parametrize("text", ["", "x", "5x", "1.5", "a", "1:2:3", "five", "5 7", "٣", "1e3"])
def test_other_texts_are_refused_with_the_forms_that_are_allowed(text: str) -> None:
    with pytest.raises(ConvanimError, match="write a whole number such as 3"):
        parse("padding", text, ("same",), pairs=True)


def test_a_pair_is_refused_where_there_are_none() -> None:
    with pytest.raises(ConvanimError, match="stride '1:2'"):
        parse("stride", "1:2")


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=2, max_size=3))
def test_the_short_form_is_read_back(pairs: list[tuple[int, int]]) -> None:
    parsed: Any = parse("padding", short(pairs), pairs=True)
    assert padding_pairs("padding", parsed, len(pairs)) == tuple(pairs)


def test_whole_numbers_of_any_kind_are_taken() -> None:
    assert per_axis("stride", np.int64(2), 2) == (2, 2)
    assert per_axis("stride", [1, np.int8(2)], 2) == (1, 2)


def test_arrays_are_taken_as_sequences() -> None:
    assert per_axis("stride", np.array([1, 2]), 2) == (1, 2)
    assert per_axis("stride", np.array(2), 2) == (2, 2)
    assert padding_pairs("padding", np.array([[1, 2], [0, 1]]), 2) == ((1, 2), (0, 1))
    assert Conv(np.array([8]), 3).input_size == (8,)
    assert Conv(np.array(8), 3).input_size == (8, 8)
    assert Conv(np.array([4, 5, 6]), 3).input_size == (4, 5, 6)


@pytest.mark.parametrize(
    "value",
    [
        1.5,
        "3",
        None,
        True,
        [1, 2, 3],
        (),
        0,
        -1,
        LIMIT + 1,
        10**30,
        pytest.param(10**5000, id="huge"),
        pytest.param((1, 10**5000), id="partly huge"),
        b"12",
        {1, 2},
        {1: 2},
        ["1", 2],
    ],
)
def test_anything_else_is_refused(value: Any) -> None:
    with pytest.raises(ConvanimError, match="stride"):
        per_axis("stride", value, 2)


def test_padding_may_be_negative_where_it_crops() -> None:
    assert padding_pairs("padding", parse("padding", "-1:0x2", pairs=True), 2, least=-1) == ((-1, 0), (2, 2))
    with pytest.raises(ConvanimError, match="padding -2: must be between -1 and"):
        padding_pairs("padding", -2, 2, least=-1)


@pytest.mark.parametrize("value", [-1, ((0, -1), 1), ((1, 2, 3), 1), "same", (1, 2, 3)])
def test_padding_is_refused_where_it_makes_no_sense(value: Any) -> None:
    with pytest.raises(ConvanimError, match="padding"):
        padding_pairs("padding", value, 2)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (object(), "<object object>"),
        (lambda: 3, "<function <lambda>>"),
        (np.zeros((2, 2)), "array([[0., 0.], [0., 0.]])"),
        ("9" * 5000, f"'{'9' * 27}...{'9' * 28}'"),
        pytest.param(10**5000, "out of range", id="5001 digits"),
        ([[10**5000]], "out of range"),
        (range(10**8), "range(0, 100000000)"),
    ],
)
def test_values_are_said_in_one_short_line_that_is_the_same_each_time(value: object, said: str) -> None:
    assert quoted(value) == said


@pytest.mark.parametrize("value", [range(10**8), [3] * 1000])
def test_values_of_many_parts_are_refused_before_they_are_gone_through(value: Any) -> None:
    with pytest.raises(ConvanimError, match="has far too many parts"):
        Conv(value, 3)


def test_the_middle_of_a_long_value_is_left_out_of_an_error() -> None:
    with pytest.raises(ConvanimError, match="…") as caught:
        parse("stride", "9" * 5000)
    assert len(str(caught.value)) < 500
    assert str(ConvanimError("still", 10**5000, "no such step")) == "still out of range: no such step"
    assert len(str(ConvanimError("layer", "", "{} is no layer", "x" * 5000))) < 500
