"""Fonts that have only some letters, read back by fontTools."""

from __future__ import annotations

import io
import logging
from pathlib import Path

import pytest
from fontTools.pens.basePen import BasePen
from fontTools.ttLib import TTFont

from convanim.render.font_subset import font_bytes, subset_font
from convanim.render.text import font_path

FACES = ["regular", "bold", "italic"]
LETTERS = "Aé×→1−·08%"


def read(face: str = "regular", letters: str = LETTERS, flavor: str | None = None) -> TTFont:
    return TTFont(io.BytesIO(font_bytes(subset_font(face, letters), flavor)))


class Lines(BasePen):  # type: ignore[misc]
    """Collects the lines and curves of an outline, whichever points between curves are left out."""

    def __init__(self, glyphs: object) -> None:
        super().__init__(glyphs)
        self.lines: list[tuple[object, ...]] = []

    def _moveTo(self, point: object) -> None:  # noqa: N802
        """Start a contour."""

    def _lineTo(self, *points: object) -> None:  # noqa: N802
        if (start := self._getCurrentPoint()) != points[-1]:
            self.lines.append((start, *points))

    _qCurveToOne = _lineTo  # noqa: N815


def outline(font: TTFont, letter: str) -> set[tuple[object, ...]]:
    glyphs = font.getGlyphSet()
    pen = Lines(glyphs)
    glyphs[font.getBestCmap()[ord(letter)]].draw(pen)
    return set(pen.lines)


@pytest.mark.parametrize("face", FACES)
@pytest.mark.parametrize("letters", [LETTERS, "0123456789", " ", "a"])
def test_a_font_has_the_letters_that_are_asked_for_and_no_others(face: str, letters: str) -> None:
    assert {chr(code) for code in read(face, letters).getBestCmap()} == set(letters)


@pytest.mark.parametrize("face", FACES)
def test_letters_are_as_they_were(face: str) -> None:
    cut, whole = read(face), TTFont(font_path(face))
    assert cut["head"].unitsPerEm == whole["head"].unitsPerEm
    for letter in LETTERS:
        assert outline(cut, letter) == outline(whole, letter)
        names = [font.getBestCmap()[ord(letter)] for font in (cut, whole)]
        assert cut["hmtx"][names[0]] == whole["hmtx"][names[1]]
    whole.close()


@pytest.mark.parametrize("flavor", [None, "woff"])
def test_a_font_of_few_letters_is_small(flavor: str | None) -> None:
    assert len(font_bytes(subset_font("regular", "0123456789"), flavor)) < 5000
    assert Path(font_path("regular")).stat().st_size > 500_000


def test_nothing_is_left_that_letters_do_not_need() -> None:
    tables = set(read().keys())
    assert not tables & {"GPOS", "GSUB", "GDEF", "kern", "FFTM", "gasp", "fpgm", "prep", "cvt ", "DSIG"}
    assert {"cmap", "glyf", "head", "hhea", "hmtx", "loca", "maxp"} <= tables


@pytest.mark.parametrize("flavor", [None, "woff"])
@pytest.mark.parametrize("face", FACES)
def test_the_same_letters_give_the_same_bytes(face: str, flavor: str | None) -> None:
    one, other = (font_bytes(subset_font(face, letters), flavor) for letters in (LETTERS, LETTERS[::-1] * 2))
    assert one == other


def test_a_font_does_not_say_when_it_was_made() -> None:
    created_and_modified = read().reader["head"][20:36]
    assert created_and_modified == bytes(16)


@pytest.mark.parametrize(("flavor", "start"), [(None, b"\0\1\0\0"), ("woff", b"wOFF")])
def test_a_font_is_of_the_kind_that_is_asked_for(flavor: str | None, start: bytes) -> None:
    assert font_bytes(subset_font("regular", "a"), flavor).startswith(start)
    assert {chr(code) for code in read(letters="a", flavor=flavor).getBestCmap()} == {"a"}


def test_fonts_may_be_cut_from_any_letters_one_can_go_through() -> None:
    cut = (font_bytes(subset_font("regular", letters)) for letters in ("abc", ["c", "a", "b"], {"a", "b", "c"}))
    assert len(set(cut)) == 1


def test_nothing_is_said_while_it_is_cut(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        subset_font("regular", "abc")
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


def test_words_keep_their_names(tmp_path: Path) -> None:
    path = tmp_path / "a.ttf"
    path.write_bytes(font_bytes(subset_font("bold", "abc")))
    with TTFont(path) as font:
        assert font["name"].getDebugName(1) == "DejaVu Sans"
        assert font["name"].getDebugName(2) == "Bold"
