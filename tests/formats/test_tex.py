"""TikZ files, set by LaTeX and drawn by Poppler."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from convanim import Animation, Conv, ConvanimError, animate, compare
from convanim.formats import tex
from tests.formats.typeset import error, needs_latex, needs_packages, needs_poppler, own_pages, pages, set_by

INPUT = [[1, 2, 3], [4, 5, 6], [7, 8, 9]]
HOSTILE = r"""50% of $x_1$ & #2 {~^\} <a|b> "q" \input{x} ∂ · ⌊é⌋ -- ''"""

STILLS: dict[str, tuple[Callable[[], Animation], float]] = {
    "plain": (lambda: animate(Conv(5, 3, padding=1), still=3, classic=True), 0.1),
    "dark": (lambda: animate(Conv(4, 3), still=1, theme="dark", caption=HOSTILE), 3),
    "print": (lambda: animate(Conv(3, 2), input=INPUT, view="oblique", theme="print", still=1), 3.4),
}
"""Pictures, and how much they may differ from the PDF, of 255; LaTeX's letters are narrower."""


def written(animation: Animation) -> str:
    return animation.encode("tex").decode()


def typeset(animation: Animation, folder: Path) -> Path:
    needs_packages("tikz.sty", "fix-cm.sty", "geometry.sty")
    return set_by("pdflatex", animation.save(folder / "a.tex"))


# What stands in it


def test_colours_are_named_by_what_they_show_and_mixed_of_each_other() -> None:
    text = written(STILLS["plain"][0]())
    assert r"\definecolor{input}{HTML}{268BD2}" in text
    assert r"\colorlet{input-shaded}{shadow!40!input}" in text
    assert "  input-fill/.style={fill=input}," in text


def test_cells_have_names_and_are_drawn_by_them() -> None:
    text = written(animate(Conv(3, 2), view="flat", still=0))
    assert re.search(r"\(\S+, \S+\) coordinate \(input-0-2\)", text)
    assert r"\cells{input-shaded-fill}{level}{input-0-0, input-0-1, input-1-0, input-1-1}" in text
    assert r"\node[kernel-words-bold] at (kernel-0-1) {" in text


@pytest.mark.parametrize(
    ("animation", "name"),
    [
        (lambda: animate(Conv((5,), 3), still=0), "input-0-4"),
        (lambda: animate(Conv(3, 2, in_channels=2), still=0), "input-2-0-1"),
        (lambda: compare([Conv(3, 2), Conv(3, 1)], still=0), "input-2-0-1"),
    ],
)
def test_names_are_those_of_svg(animation: Callable[[], Animation], name: str) -> None:
    assert f"coordinate ({name})" in written(animation())


def test_lines_are_short_and_grouped_by_comments() -> None:
    text = written(STILLS["plain"][0]())
    titles = re.findall(r"^  % (.*)$", text, re.MULTILINE)
    assert titles[:4] == ["The middles of cells", "Padding", "Input", "Output"]
    assert {"The window that the kernel reads", "Rays from the window"} <= set(titles)
    assert all(len(line) <= 220 for line in text.splitlines() if not line.startswith("%"))


def test_each_step_stands_once() -> None:
    few, more, most = (len(written(animate(Conv(12, 3), steps=(0, count)))) for count in (20, 60, 100))
    assert most - more < 1.2 * (more - few)


def test_many_cells_are_one_shape_without_names() -> None:
    text = written(animate(Conv(80, 3), still=0))
    assert "(input-0-0)" not in text
    assert len(text) < 100_000


def test_cells_that_are_shown_many_times_all_are() -> None:
    text = written(animate(Conv(4, 3), view="matrix", matrix="toeplitz", still=0))
    (areas,) = re.findall(r"\\fill\[kernel-fill\] ([^;]*);\n  \\draw\[kernel-line\]", text)[:1]
    assert areas.count("cycle") == 4 * 3


def test_letters_that_latex_lacks_are_refused() -> None:
    with pytest.raises(ConvanimError, match="has no letter 'я' in LaTeX's own fonts"):
        animate(Conv(3, 2), caption="я").encode("tex")


def test_more_words_than_latex_holds_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tex, "_MOST_WORDS", 20)
    with pytest.raises(ConvanimError, match=r"words, and LaTeX holds about 20; write \.typ"):
        animate(Conv(4, 3), view="flat", still=0).encode("tex")


# As LaTeX sets it


@needs_latex
@needs_poppler
@pytest.mark.parametrize("name", STILLS)
def test_a_still_looks_like_the_pdf(name: str, tmp_path: Path) -> None:
    make, most = STILLS[name]
    (page,), (own,) = pages(typeset(make(), tmp_path)), own_pages(make(), tmp_path)
    assert error(page, own) < most


@needs_latex
@needs_poppler
def test_an_animation_has_a_page_a_step(tmp_path: Path) -> None:
    animation = animate(Conv(3, 2), reveal=True, caption=False, width=200)
    for page, own in zip(pages(typeset(animation, tmp_path)), own_pages(animation, tmp_path), strict=True):
        assert error(page, own) < 0.4
