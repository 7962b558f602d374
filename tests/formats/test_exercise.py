"""Exercises: pages that ask for each value before it shows, used as a learner uses them."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable, Iterator
from functools import cache
from hashlib import sha256

import pytest

from convanim import (
    Animation,
    AvgPool,
    Chain,
    Conv,
    ConvanimError,
    ConvTranspose,
    MaxPool,
    MaxUnpool,
    animate,
    backward,
    compare,
)
from convanim.formats import FORMATS
from tests.browser import CHROMIUM, Browser, Page

needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed")

INPUT = [[11, 13, 17], [19, 23, 29], [31, 37, 41]]
WHOLE = {"input": INPUT, "kernel": [[1, 0], [0, -100]]}
VALUES = ["−2289", "−2887", "−3681", "−4077"]
"""What the kernel makes of the input, cell by cell."""

SHOWN = """[...document.querySelectorAll("h1, p:not(.heard), label, button, .light-picture text")].filter(
    (one) => one.checkVisibility({checkVisibilityCSS: true})
).map((one) => one.textContent).join(" ")"""


@cache
def written(decimals: int | None = None) -> str:
    kernel = WHOLE["kernel"] if decimals is None else [[1 / 3, 0], [0, 0]]
    made = animate(Conv(3, 2), input=INPUT, kernel=kernel, exercise=True, decimals=decimals or 2)
    return made.encode("html").decode()


@pytest.fixture
def opened(browser: Browser) -> Iterator[Callable[..., Page]]:
    """What opens an exercise; no page may complain in the end, or have asked for anything but itself."""
    pages: list[Page] = []

    def open_page(html: str, width: int = 1000, height: int = 800, touch: bool = False) -> Page:
        pages.append(browser.page(html, width, height, touch=touch))
        return pages[-1]

    yield open_page
    for page in pages:
        complaints, requests = page.console, page.requests
        page.close()
        assert (complaints, len(requests)) == ([], 1)


def shown(page: Page) -> str:
    return str(page.evaluate(SHOWN))


def text(page: Page, name: str) -> str:
    return str(page.evaluate(f"document.getElementById('{name}').textContent"))


def focused(page: Page) -> str:
    return str(page.evaluate("document.activeElement.id"))


def answer(page: Page, said: str) -> None:
    """Type over what stands in the field, which has the focus, and press Enter."""
    page.evaluate("document.getElementById('answer').select()")
    page.send("Input.insertText", text=said)
    page.press("Enter")


@needs_chromium
def test_no_value_is_visible_before_it_is_answered(opened: Callable[..., Page]) -> None:
    page = opened(written())
    assert not any(value in shown(page) for value in VALUES)
    assert "? " in shown(page)
    page.click("#answer")
    for number, value in enumerate(VALUES, 1):
        answer(page, value)
        assert [one in shown(page) for one in VALUES] == [True] * number + [False] * (len(VALUES) - number)
        assert "= " + value in text(page, "say")
        page.press("Enter")
        assert text(page, "count") == f"{min(number, 3) + 1 if number < 4 else 1} / 4"


@needs_chromium
def test_wrong_answers_are_told_then_hinted_at_and_a_right_one_leads_on(opened: Callable[..., Page]) -> None:
    page = opened(written())
    while focused(page) != "answer":
        page.press("Tab")
    answer(page, "three")
    assert text(page, "verdict").startswith("Type a number")
    answer(page, "12")
    assert text(page, "verdict") == "Not yet: it is not 12. Try again."
    answer(page, "-13")
    assert text(page, "verdict") == "Not yet: it is not -13; 4 products are added up."
    answer(page, "-2289")
    assert (text(page, "verdict"), focused(page)) == ("Right: −2289.", "next")
    assert text(page, "say").endswith("11·1 + 13·0 + 19·0 + 23·(−100) = −2289")
    page.press("Enter")
    assert (text(page, "verdict"), focused(page), text(page, "count")) == ("", "answer", "2 / 4")


@needs_chromium
@pytest.mark.parametrize(
    ("decimals", "right", "wrong"),
    [
        (None, ["-2289", "−2887", "- 3681,0", "-8154/2"], ["-2288.6", "2289", "-2289-", "1/0", ""]),
        (2, ["11/3", "4,33", "6.329", "7.67"], ["3.66", "3,6", "3"]),
    ],
)
def test_answers_count_as_numbers_up_to_the_decimals_that_show(
    opened: Callable[..., Page], decimals: int | None, right: list[str], wrong: list[str]
) -> None:
    page = opened(written(decimals))
    page.click("#answer")
    for said in wrong:
        answer(page, said)
        assert not text(page, "verdict").startswith("Right")
    for said in right:
        answer(page, said)
        assert text(page, "verdict").startswith("Right"), said
        page.press("Enter")


@needs_chromium
def test_what_is_not_answered_cannot_be_reached_but_what_is_can_be_seen_again(opened: Callable[..., Page]) -> None:
    page = opened(written())
    page.click("#answer")
    answer(page, VALUES[0])
    page.press("Enter")
    page.click("h1")
    for key in ("ArrowRight", "End", "Space"):
        page.press(key)
    page.click("#on")
    page.evaluate("scrub.value = 3; scrub.dispatchEvent(new Event('input'))")
    page.click('polygon[aria-label="output row 1, column 1"]')
    assert (text(page, "count"), page.evaluate("scrub.value")) == ("2 / 4", "1")
    assert VALUES[1] not in shown(page)
    page.press("Home")
    assert (text(page, "count"), text(page, "verdict")) == ("1 / 4", f"Right: {VALUES[0]}.")
    page.click("#next")
    assert (text(page, "count"), focused(page)) == ("2 / 4", "answer")


@needs_chromium
def test_the_sum_can_be_asked_for_and_a_tally_stands_at_the_end(opened: Callable[..., Page]) -> None:
    page = opened(written(), 360, 740, touch=True)
    page.tap("#answer")
    answer(page, "1")
    answer(page, VALUES[0])
    page.press("Enter")
    answer(page, "2887")
    page.tap("#sign")
    assert page.evaluate("answer.value") == "−2887"
    page.tap("#reveal")
    assert text(page, "verdict") == f"It is {VALUES[1]}."
    for value in VALUES[2:]:
        page.press("Enter")
        answer(page, value)
    assert text(page, "tally") == "All 4 are answered, 2 of them right at the first try."
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.tap("#next")
    assert text(page, "count") == "1 / 4"
    assert not any(value in shown(page) for value in VALUES)


def test_its_policy_names_its_own_style_and_script() -> None:
    page = written()
    parts = [re.findall(f"<{name}>(.*?)</{name}>", page, re.DOTALL) for name in ("style", "script")]
    hashes = [b64encode(sha256(own.encode()).digest()).decode() for (own,) in parts]
    assert re.findall("'sha256-(.*?)'", page) == hashes


@pytest.mark.parametrize(
    ("made", "hint"),
    [
        (lambda: animate(MaxPool(4, 2), exercise=True), "it is the largest of 4 values"),
        (lambda: animate(AvgPool(4, 2), exercise=True), "4 values are added up, and divided by 4"),
        (lambda: animate(Conv(4, 3, in_channels=2, bias=True), exercise=True), "18 products and the bias are added up"),
        (lambda: animate(Conv(4, 1), exercise=True), "it is 1 product"),
        (lambda: animate(MaxUnpool(2, 2), exercise=True), "it is a copy of one value"),
        (lambda: backward(Conv(4, 3), part="weight", exercise=True), "4 products are added up"),
    ],
)
def test_hints_say_how_many_numbers_are_combined(made: Callable[[], Animation], hint: str) -> None:
    asked, numbers = made().told.asked, range(4)
    assert asked is not None
    assert hint in [asked(number).hint for number in numbers]


def test_a_bias_that_shows_only_in_the_sum_is_told() -> None:
    asked = animate(Conv(3, 2, bias=True), bias=[7], exercise=True).told.asked
    assert asked is not None
    assert asked(0).said.endswith("plus a bias. The bias is 7.")


@pytest.mark.parametrize(
    ("made", "sentence"),
    [
        (lambda: animate(ConvTranspose(2, 3), method="scatter", exercise=True), "exercise: asks for the value that a"),
        (lambda: animate(Conv(4, 3), values=False, exercise=True), "values: has no effect beside exercise=True"),
        (lambda: animate(Conv(4, 3), reveal=False, exercise=True), "reveal: has no effect beside exercise=True"),
        (lambda: animate(Conv(4, 3), motion="smooth", exercise=True), "motion smooth: has no effect beside exercise"),
        (lambda: animate(Chain([Conv(4, 3)]), field=(0, 0), exercise=True), "field: has no effect beside exercise"),
        (lambda: animate(Conv((4,), 3), view="line", exercise=True), "exercise: needs the weights of each layer"),
        (lambda: compare([Conv(4, 3), Conv(4, 2)], exercise=True), "exercise: asks for one value a step"),
    ],
)
def test_what_makes_no_single_hidden_value_a_step_is_refused(made: Callable[[], Animation], sentence: str) -> None:
    with pytest.raises(ConvanimError) as error:
        made()
    assert str(error.value).startswith(sentence)


def test_only_pages_take_answers() -> None:
    made = animate(Conv(3, 2), exercise=True)
    for name in FORMATS.keys() - {"html"}:
        with pytest.raises(ConvanimError, match=r"takes no answers.*; write \.html, or leave exercise out"):
            made.check(f"quiz.{name}")
    assert made._repr_mimebundle_().keys() == {"text/plain", "text/html"}
