"""Moments as groups of which none is written twice."""

from __future__ import annotations

from itertools import accumulate, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convanim.formats.film_groups import Shown, layered


def moments(*pieces: str, poster: int = 0) -> list[Shown]:
    """Return moments of a tenth of a second each, a letter a piece."""
    return [
        Shown(tuple(letters), 100 * number, 100 * number + 100, number == poster)
        for number, letters in enumerate(pieces)
    ]


def said(groups: list[Shown]) -> list[tuple[str, int, int]]:
    return [("".join(map(str, group.pieces)), group.start, group.end) for group in groups if group.pieces]


def at(groups: list[Shown], time: float) -> str:
    """Return what shows at a time, in drawing order."""
    return "".join("".join(map(str, group.pieces)) for group in groups if group.start <= time < group.end)


def poster(groups: list[Shown]) -> str:
    return "".join("".join(map(str, group.pieces)) for group in groups if group.is_poster)


@st.composite
def films(draw: st.DrawFn) -> list[Shown]:
    """Return moments with or without gaps between them, one of which is the poster."""
    letters = draw(st.lists(st.text("abc", max_size=5), min_size=1, max_size=7))
    lengths = [draw(st.integers(1, 3)) for _ in letters]
    gap = draw(st.sampled_from([0, 0, 1]))
    starts = accumulate((length + gap for length in lengths), initial=0)
    shown = draw(st.integers(0, len(letters) - 1))
    return [
        Shown(tuple(one), start, start + length, number == shown)
        for number, (one, length, start) in enumerate(zip(letters, lengths, starts, strict=False))
    ]


@given(films())
def test_at_every_time_the_same_shows_in_the_same_order(film: list[Shown]) -> None:
    groups = layered(film)
    for time in range(film[-1].end + 1):
        assert at(groups, time + 0.5) == at(film, time + 0.5)


@given(films())
def test_the_poster_is_the_same(film: list[Shown]) -> None:
    assert poster(layered(film)) == poster(film)


@given(films())
def test_nothing_is_written_more_often_than_before(film: list[Shown]) -> None:
    assert sum(len(group.pieces) for group in layered(film)) <= sum(len(moment.pieces) for moment in film)


@given(films())
def test_what_two_moments_end_in_is_written_once(film: list[Shown]) -> None:
    ends = [group for group in layered(film) if group.pieces]
    for one, other in pairwise(film):
        if one.pieces and other.pieces and one.pieces[-1] == other.pieces[-1] and one.end == other.start:
            last = [group for group in ends if group.start <= one.start < group.end][-1]
            assert last.pieces[-1] == one.pieces[-1]
            assert last.end >= other.end


def test_what_all_moments_end_in_is_one_group_behind_them() -> None:
    assert said(layered(moments("az", "bz", "cz"))) == [("a", 0, 100), ("b", 100, 200), ("c", 200, 300), ("z", 0, 300)]


def test_several_pieces_stay_in_their_order() -> None:
    assert said(layered(moments("axyz", "bxyz"))) == [("a", 0, 100), ("b", 100, 200), ("xyz", 0, 200)]


def test_runs_have_groups_within_groups() -> None:
    assert said(layered(moments("ayz", "byz", "cxz", "dxz"))) == [
        ("a", 0, 100),
        ("b", 100, 200),
        ("y", 0, 200),
        ("c", 200, 300),
        ("d", 300, 400),
        ("x", 200, 400),
        ("z", 0, 400),
    ]


def test_equal_moments_become_one() -> None:
    assert said(layered(moments("ab", "ab"))) == [("ab", 0, 200)]


def test_what_only_begins_alike_stays() -> None:
    film = moments("xa", "xb")
    assert layered(film) == film


def test_moments_with_gaps_between_them_stay() -> None:
    film = [Shown(("a", "z"), 0, 100, True), Shown(("b", "z"), 150, 250, False)]
    assert layered(film) == film


@pytest.mark.parametrize("film", [[], moments("abc"), moments("")], ids=["none", "one", "empty"])
def test_where_there_is_nothing_to_join_all_stays(film: list[Shown]) -> None:
    if film:
        assert layered(film) == film


def test_a_group_that_holds_a_part_of_the_poster_is_part_of_it() -> None:
    groups = layered(moments("az", "bz", "cz", poster=1))
    assert [(said([group])[0][0], group.is_poster) for group in groups] == [
        ("a", False),
        ("b", True),
        ("c", False),
        ("z", True),
    ]
