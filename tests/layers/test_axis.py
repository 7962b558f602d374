"""The arithmetic of one axis."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from convanim.layers.axis import Axis, Kind


def test_a_window_starts_at_its_stride_and_steps_by_its_dilation() -> None:
    axis = Axis(7, 3, stride=2, dilation=2)
    assert list(axis.window(1)) == [2, 4, 6]
    assert axis.reach == 5
    assert axis.output == 2


def test_a_transposed_axis_has_inserted_zeros_between_padding() -> None:
    axis = Axis(2, 3, low=2, high=2, spacing=2, rotated=True)
    kinds = [axis.kind(q) for q in range(axis.extent)]
    padding = [Kind.PADDING, Kind.PADDING]
    assert kinds == [*padding, Kind.INPUT, Kind.INSERTED, Kind.INPUT, *padding]
    assert [axis.weight(tap) for tap in range(3)] == [2, 1, 0]


def test_negative_padding_crops_and_the_drawing_still_shows_what_is_lost() -> None:
    axis = Axis(5, 2, low=-1, high=-1)
    assert axis.extent == 3
    assert list(axis.drawn) == [-1, 0, 1, 2, 3]
    assert axis.unread() == (0, 4)


def test_a_stride_leaves_cells_over() -> None:
    assert Axis(6, 3, stride=2).unread() == (5,)


def test_a_cell_that_is_read_only_by_its_copy_counts_as_read() -> None:
    axis = Axis(4, 2, stride=3, low=1, high=0, padding_mode="circular")
    assert axis.source(0) == 3
    assert 3 not in axis.unread()


@pytest.mark.parametrize(
    ("mode", "sources"),
    [("reflect", [2, 1, 0, 1, 2, 1, 0]), ("replicate", [0, 0, 0, 1, 2, 2, 2]), ("circular", [1, 2, 0, 1, 2, 0, 1])],
)
def test_padding_modes_copy_the_input(mode: str, sources: list[int]) -> None:
    axis = Axis(3, 1, low=2, high=2, padding_mode=mode)
    assert [axis.source(q) for q in range(7)] == sources
    assert axis.kind(0) is Kind.COPY


def test_reflection_mirrors_at_the_centres_of_the_edge_cells() -> None:
    assert Axis(4, 3, low=2, high=0, padding_mode="reflect").mirrors == (2.5,)
    assert Axis(4, 3, low=2, high=1, padding_mode="reflect").mirrors == (2.5, 5.5)
    assert Axis(4, 3, low=2, high=2).mirrors == ()


def test_output_padding_is_a_strip_of_its_own() -> None:
    axis = Axis(3, 3, low=1, high=2, spacing=2, surplus=1)
    assert [axis.kind(q) for q in (6, 7)] == [Kind.PADDING, Kind.SURPLUS]


def test_a_ceiling_adds_a_window_that_hangs_over() -> None:
    axis = Axis(5, 2, stride=2, ceil_mode=True)
    assert axis.output == 3
    assert axis.kind(5) is Kind.OVERHANG
    assert list(axis.drawn)[-1] == 5


def test_a_ceiling_drops_a_window_that_starts_beyond_the_input() -> None:
    assert Axis(3, 1, stride=4, low=0, high=2, ceil_mode=True).output == 1
    assert Axis(3, 1, stride=3, low=0, high=1, ceil_mode=True).output == 1


@pytest.mark.parametrize(
    ("axis", "field"),
    [
        (Axis(9, 3), 3),
        (Axis(9, 3, dilation=2), 5),
        (Axis(9, 3, spacing=2), 2),
        (Axis(9, 2, spacing=2), 1),
        (Axis(9, 2, dilation=3, spacing=2), 1),
        (Axis(9, 3, dilation=2, spacing=2), 3),
    ],
)
def test_the_field_spans_the_inputs_that_one_output_sees(axis: Axis, field: int) -> None:
    assert axis.field() == field


@given(
    st.builds(
        Axis,
        size=st.integers(1, 9),
        kernel=st.integers(1, 5),
        stride=st.integers(1, 5),
        dilation=st.integers(1, 5),
        low=st.integers(0, 3),
        high=st.integers(0, 3),
        spacing=st.integers(1, 3),
        ceil_mode=st.booleans(),
    )
)
def test_read_marks_just_the_positions_of_the_windows(axis: Axis) -> None:
    assume(axis.output > 0)
    read = {position for output in range(axis.output) for position in axis.window(output)}
    assert [place for place, mark in zip(axis.drawn, axis.read(), strict=True) if mark] == sorted(read)


def test_a_very_large_axis_is_counted_at_once() -> None:
    assert Axis(100_000, 50_000, dilation=2, stride=2, low=50_000, high=0).unread()
    assert not Axis(100_000, 50_000).unread()
