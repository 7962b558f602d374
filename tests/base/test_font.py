"""The widths of letters that views reckon with, against the font itself."""

from __future__ import annotations

from pathlib import Path

import pytest
from matplotlib import get_data_path
from matplotlib.ft2font import FT2Font, LoadFlags

from convanim import AvgPool, Chain, Conv, ConvTranspose, Layer, MaxPool, animate
from convanim.base.font import CAP_HEIGHT, folded, width_of
from convanim.inputs.known_chains import roundtrip, separable
from convanim.views.scene import Texts
from tests.views.helpers import shapes_at

FILES = {"regular": "DejaVuSans.ttf", "bold": "DejaVuSans-Bold.ttf", "italic": "DejaVuSans-Oblique.ttf"}
LETTERS = "".join(map(chr, range(32, 127))) + "·×−÷…∞′→↑°≈"
EM = 2048


def font(face: str) -> FT2Font:
    found = FT2Font(str(Path(get_data_path(), "fonts", "ttf", FILES[face])))
    found.set_size(EM, 72)
    return found


@pytest.mark.parametrize("face", FILES)
def test_every_letter_is_as_wide_as_in_the_font(face: str) -> None:
    file = font(face)
    for letter in LETTERS:
        assert file.get_char_index(ord(letter))
        advance = file.load_char(ord(letter), flags=LoadFlags.NO_HINTING).linearHoriAdvance / 65536
        assert width_of(letter, face) * EM == pytest.approx(advance, abs=0.5), letter


@pytest.mark.parametrize("face", FILES)
def test_capitals_are_as_high_as_in_the_font(face: str) -> None:
    file = font(face)
    file.load_char(ord("H"), flags=LoadFlags.NO_HINTING)
    vertices, _ = file.get_path()
    assert vertices[:, 1].min() == 0
    assert vertices[:, 1].max() / EM == pytest.approx(CAP_HEIGHT, abs=0.001)


def test_a_text_is_as_wide_as_its_letters() -> None:
    assert width_of("x · y") == pytest.approx(sum(width_of(letter) for letter in "x · y"))
    assert width_of("") == 0


def test_bold_is_wider() -> None:
    assert width_of("−12.5", "bold") > width_of("−12.5")


@pytest.mark.parametrize("face", FILES)
def test_letters_that_no_view_writes_are_wide(face: str) -> None:
    assert width_of("Ж", face) >= max(width_of(letter, face) for letter in LETTERS)


def test_letters_of_chinese_japanese_and_korean_fill_their_squares() -> None:
    assert width_of("첫卷み") == 3


def test_letters_with_accents_are_as_wide_as_without() -> None:
    assert width_of("é") == width_of("e")


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("卷积层与感受野。步长为2，填充为1", ["卷积层与感受野。", "步长为2，填充为1"]),
        ("畳み込みの例です、ストライド", ["畳み込みの例で", "す、ストライド"]),
        ("첫 번째 층의 커널은", ["첫 번째 층의", "커널은"]),
        ("Multiplikationen: 4\u202f608", ["Multiplikationen:", "4\u202f608"]),
    ],
)
def test_lines_are_broken_where_each_script_has_its_breaks(text: str, lines: list[str]) -> None:
    assert folded(text, 8.4) == lines


@pytest.mark.parametrize("labels", ["numbers", "letters"])
@pytest.mark.parametrize("view", ["oblique", "flat", "line"])
def test_views_write_hardly_anything_else(view: str, labels: str) -> None:
    row = Conv((8,), 3, padding="causal", dilation=2)
    layers: dict[str, list[Layer | Chain]] = {
        "oblique": [Conv(5, 3, padding=1), ConvTranspose(3, 3, 2, 1, 1), Chain([Conv(4, 3), Conv(2, 2)])],
        "flat": [
            Conv(5, 3, padding=1, padding_mode="reflect"),
            ConvTranspose(3, 3, 2, 1, 1),
            MaxPool(4, 3, stride=2, padding=1),
            AvgPool(5, 3, stride=2, ceil_mode=True),
            roundtrip(Conv(4, 3)),
            separable([[1, 2], [2, 4]], 4),
        ],
        "line": [row, Chain([row, row])],
    }
    for layer in layers[view]:
        scene = animate(layer, view=view, labels=labels, width=1900).scene
        shapes = [shape for step in (0, scene.steps - 1) for shape in shapes_at(scene, step)]
        texts = [shape for shape in shapes if isinstance(shape, Texts)]
        used = {letter for text in texts for word in (*text.words, *text.lowered) for letter in word}
        assert used <= set(LETTERS)


def test_lines_are_broken_between_words_and_a_word_that_is_too_long_between_letters() -> None:
    assert folded("one two  three", 7, len) == ["one two", "three"]
    assert folded("abcdefg hi", 3, len) == ["abc", "def", "g", "hi"]
    assert folded("abcd e", 3, len) == ["abc", "d e"]


def test_a_letter_stands_alone_where_there_is_room_for_none() -> None:
    assert folded("ab", 0) == ["a", "b"]


def test_no_words_are_one_empty_line() -> None:
    assert folded(" ", 5) == [""]
