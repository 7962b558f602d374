"""Letters that DejaVu Sans lacks: found in other fonts, drawn, measured, and embedded."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont

from convanim import Animation, Conv, ConvanimError, animate, compare
from convanim.base.access import nothing_read
from convanim.render.font_subset import font_bytes, subset_font
from convanim.render.fonts import Fonts, lettering
from convanim.render.other_letters import outlined
from convanim.render.text import drawn_width

HIEROGLYPH = "𓀀"
"""A letter that only the font made here has."""

needs_cjk = pytest.mark.usefixtures("cjk")


@pytest.fixture
def cjk() -> None:
    pytest.importorskip("noto_cjk_sans_otc")


@pytest.fixture
def font(tmp_path: Path) -> str:
    """Return the file of a font with one letter, a square of half an em that is three quarters wide."""
    pen = TTGlyphPen(None)
    pen.moveTo((100, 0))
    for corner in ((100, 500), (600, 500), (600, 0)):
        pen.lineTo(corner)
    pen.closePath()
    builder = FontBuilder(1000)
    builder.setupGlyphOrder([".notdef", "square"])
    builder.setupCharacterMap({ord(HIEROGLYPH): "square"})
    builder.setupGlyf({".notdef": TTGlyphPen(None).glyph(), "square": pen.glyph()})
    builder.setupHorizontalMetrics({".notdef": (500, 0), "square": (750, 100)})
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": "Squares", "styleName": "Regular"})
    builder.setupOS2()
    builder.setupPost()
    builder.save(tmp_path / "squares.ttf")
    return str(tmp_path / "squares.ttf")


def captioned(text: str, **looks: Any) -> Animation:
    return animate(Conv(3, 2), still=0, caption=text, width=300, **looks)


def test_a_font_that_is_given_is_measured_and_drawn(font: str) -> None:
    with lettering(Fonts(file=font)):
        assert drawn_width(HIEROGLYPH, 100) == 75
    vertices, codes, advance = outlined(HIEROGLYPH, Fonts(file=font))
    assert vertices[:4].tolist() == [[0.1, 0], [0.1, 0.5], [0.6, 0.5], [0.6, 0]]
    assert (codes.tolist()[-1], advance) == (79, 0.75)


def test_it_is_asked_last(font: str) -> None:
    plain, other = captioned("a word"), captioned("a word", font=font)
    assert plain.encode("png") == other.encode("png")
    assert captioned("a word 𓀀", font=font).encode("png") != plain.encode("png")


def test_frames_have_the_fonts_of_their_animation_whatever_is_drawn_between_them(font: str) -> None:
    one = animate(Conv(3, 2), caption=HIEROGLYPH, font=font)
    alone = list(one.frames())
    pairs = zip(one.frames(), animate(Conv(3, 2), caption="others").frames(), strict=True)
    for frame, (again, _) in zip(alone, pairs, strict=True):
        np.testing.assert_array_equal(frame, again)


@pytest.mark.parametrize("flavor", [None, "woff"])
def test_letters_are_embedded_as_they_are(font: str, flavor: str | None) -> None:
    with lettering(Fonts(file=font)):
        content = font_bytes(subset_font("regular", f"a{HIEROGLYPH}"), flavor)
    read = TTFont(io.BytesIO(content))
    assert {chr(code) for code in read.getBestCmap()} == {"a", HIEROGLYPH}
    glyph = read["glyf"][read.getBestCmap()[ord(HIEROGLYPH)]]
    assert (glyph.xMin, glyph.yMin, glyph.xMax, glyph.yMax) == (205, 0, 1229, 1024)


@needs_cjk
@pytest.mark.parametrize("suffix", ["png", "gif", "svg", "pdf", "html"])
def test_chinese_japanese_and_korean_are_drawn_in_every_form_and_always_the_same(suffix: str) -> None:
    text = "첫 번째 층, 卷积层, 畳み込み"
    assert captioned(text).encode(suffix) == captioned(text).encode(suffix) != captioned("층").encode(suffix)


@needs_cjk
def test_curves_of_postscript_are_embedded_as_curves_of_truetype() -> None:
    read = TTFont(io.BytesIO(font_bytes(subset_font("bold", "2층"))))
    glyph = read["glyf"][read.getBestCmap()[ord("층")]]
    vertices, _, advance = outlined("층", Fonts())
    assert abs(glyph.xMax / 2048 - vertices[:, 0].max()) < 0.01
    assert read["hmtx"].metrics[read.getBestCmap()[ord("층")]][0] == round(advance * 2048)


@needs_cjk
def test_han_letters_have_the_form_of_the_language() -> None:
    forms = {language: captioned("直", language=language).encode("png") for language in ("ja", "ko", "zh")}
    assert len(set(forms.values())) > 1
    assert captioned("直の").fonts.region == "JP"


def test_letters_in_no_font_are_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConvanimError, match="caption '𓀀': is in none of the fonts; give a font that has it"):
        captioned(HIEROGLYPH)
    monkeypatch.setattr("convanim.render.other_letters.find_spec", lambda name: None)
    with pytest.raises(ConvanimError, match=r"caption '괴': is not in DejaVu Sans; run pip install 'convanim\[cjk\]'"):
        captioned("괴")


@pytest.mark.parametrize("text", ["שלום", "مرحبا", "नमस्ते", "ᠮᠣ", "ᄀ"])
def test_letters_that_need_shaping_are_refused(text: str) -> None:
    with pytest.raises(ConvanimError, match=r"cannot be set; use letters that stand alone|in none of"):
        captioned(text)


def test_accents_are_joined_with_their_letters() -> None:
    assert captioned("cafe\u0301").encode("svg") == captioned("café").encode("svg")
    both = (Conv(3, 2), Conv(3, 1))
    loose, joined = (compare(both, titles=[title, "b"]).encode("svg") for title in ("e\u0301", "é"))
    assert loose == joined


def test_files_that_are_no_fonts_are_refused(tmp_path: Path, font: str) -> None:
    (tmp_path / "a.ttf").write_text("no font", encoding="utf-8")
    with pytest.raises(ConvanimError, match=r"is no font that can be read; give a \.ttf"):
        captioned("a", font=str(tmp_path / "a.ttf"))
    with pytest.raises(ConvanimError, match="cannot be read: No such file"):
        captioned("a", font=str(tmp_path / "b.ttf"))
    with pytest.raises(ConvanimError, match="is no file of at most 128 MB"):
        captioned("a", font="/dev/zero")
    with pytest.raises(ConvanimError, match=r"font 3: is not the path of a file; give a \.ttf"):
        captioned("a", font=3)
    with nothing_read(), pytest.raises(ConvanimError, match="names a file, and none is read here"):
        captioned("a", font=font)
