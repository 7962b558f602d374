"""Answers: what a header may hold, and sentences as pictures."""

from __future__ import annotations

import pytest

from convanim import ConvanimError
from convanim.serve.answers import Refusal, header, refusal_of, refused
from tests.fuzz.running import check_content


@pytest.mark.parametrize(
    ("text", "written"),
    [(" takes 0: ", "takes 0:"), ("a\r\nSet-Cookie: b", "a%0D%0ASet-Cookie: b"), ("5×5 → 3", "5%C3%975 %E2%86%92 3")],
)
def test_headers_hold_any_text(text: str, written: str) -> None:
    assert header(text) == written


def test_long_headers_end_between_words() -> None:
    assert header("words " * 2000).endswith("words")
    assert len(header("words " * 2000)) < 4100


def test_sentences_of_any_letters_are_pictures_that_decode() -> None:
    answer = refused(Refusal(422, '<b> & "quotes" 한 \0 \x1b ' + "long " * 100), "gif")
    check_content("a", answer.body)


@pytest.mark.parametrize(
    ("way", "change"),
    [
        ("`padding=2`", {"p": "2"}),
        ("an `input_size` of at least 5x7", {"i": "5x7"}),
        ("at most 3", {"p": "3"}),
        ("no `ceil_mode`", {"ceil-mode": "0"}),
    ],
)
def test_ways_out_are_changes_of_the_address(way: str, change: dict[str, str]) -> None:
    known = {"padding": "p", "input_size": "i", "ceil_mode": "ceil-mode"}
    ((_, found),) = refusal_of(ConvanimError("padding", 9, "is too much", ways=(way,)), 422, known).ways
    assert found == change
    assert refusal_of(ConvanimError("padding", 9, "no", ways=("max pooling", "`mode=a`")), 422, known).ways == ()
