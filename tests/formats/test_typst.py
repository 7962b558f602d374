"""Typst files, set by Typst and drawn by Poppler."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from convanim import Animation, Conv, animate
from tests.formats.typeset import error, needs_poppler, own_pages, pages

STILLS: dict[str, tuple[Callable[[], Animation], float]] = {
    "plain": (lambda: animate(Conv(4, 3, padding=1), still=3, caption=False), 0.2),
    "slanted": (lambda: animate(Conv(3, 2), view="oblique", input=[[1, 2, 3]] * 3, theme="print", still=1), 3),
    "words": (lambda: animate(Conv(3, 2), still=0, theme="dark", caption=r'#x $y$ "q" \ *b* _i_ `c` @d <e> // f'), 3),
}
"""Pictures, and how much they may differ from the PDF, of 255; other letters may be at hand."""


def typeset(animation: Animation, folder: Path) -> Path:
    typst: Any = pytest.importorskip("typst")
    source = animation.save(folder / "a.typ")
    (folder / "a.pdf").write_bytes(typst.compile(str(source)))
    return folder / "a.pdf"


def test_colours_looks_and_cells_have_names() -> None:
    text = STILLS["plain"][0]().encode("typ").decode()
    assert '#let input-colour = rgb("#268bd2")' in text
    assert "#let input-shaded-colour = color.mix((input-colour, 60%), (shadow-colour, 40%), space: rgb)" in text
    assert re.search(r'^  "input-0-2": \(\S+, \S+\),$', text, re.MULTILINE)
    assert '  cells(output-shaded-fill, lying, "output-' in text


def test_words_are_strings() -> None:
    text = animate(Conv(2, 2), still=0, caption='a "b" \\ #c').encode("typ").decode()
    assert r'"a \"b\" \\ #c")' in text


@needs_poppler
@pytest.mark.parametrize("name", STILLS)
def test_a_still_looks_like_the_pdf(name: str, tmp_path: Path) -> None:
    make, most = STILLS[name]
    (page,), (own,) = pages(typeset(make(), tmp_path)), own_pages(make(), tmp_path)
    assert error(page, own) < most


@needs_poppler
def test_an_animation_has_a_page_a_step(tmp_path: Path) -> None:
    animation = animate(Conv(3, 2), reveal=True, caption=False, width=200)
    for page, own in zip(pages(typeset(animation, tmp_path)), own_pages(animation, tmp_path), strict=True):
        assert error(page, own) < 0.4
