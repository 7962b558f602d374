"""Words as outlines, in the font that comes with Matplotlib."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache, lru_cache, partial
from typing import TypeVar
from unicodedata import bidirectional, category

import numpy as np

from convanim.base.errors import ConvanimError
from convanim.base.font import CAP_HEIGHT, LOWERED_SIZE, folded
from convanim.render.fonts import Fonts, chosen
from convanim.render.matplotlib_parts import FT2Font, LoadFlags, Outline, folder
from convanim.views.scene import Points

Line = TypeVar("Line")

_EM = 100.0
_RIGHT_TO_LEFT = ("R", "AL", "RLE", "RLO", "RLI")
_NOT_ALONE = ("Mn", "Mc", "Me", "Cf", "Cc")
"""Unicode categories of marks on other letters and of invisible characters."""
_JOINED = tuple(
    range(first, last + 1)
    for first, last in ((0x1100, 0x11FF), (0x1800, 0x18AF), (0xA840, 0xA87F), (0xA960, 0xA97F), (0xD7B0, 0xD7FF))
)
"""Jamo, which make one syllable of several, and Mongolian and Phags-pa, whose letters are joined to each other."""
_FILES = {"regular": "DejaVuSans.ttf", "bold": "DejaVuSans-Bold.ttf", "italic": "DejaVuSans-Oblique.ttf"}
_PARTS = re.compile(r".+?(?:[,;、，；]\s*(?=\D)|$)")
"""The parts of a phrase, each with the comma that ends it; those within numbers end none."""
LOWERED_BY = 0.16
"""Distance of a subscript's baseline below that of its word, in ems of the word."""


def font_path(face: str) -> str:
    """Return the path of the file of a face."""
    return str(folder() / "mpl-data" / "fonts" / "ttf" / _FILES[face])


@cache
def _font(face: str) -> FT2Font:
    font = FT2Font(font_path(face))
    font.set_size(_EM, 72)
    return font


def _glyph(letter: str, face: str = "regular") -> tuple[Points, Points, float]:
    """Return the vertices, codes and advance of a letter, for an em of 1.

    Raises
    ------
    ConvanimError
        If it is in none of the fonts, or cannot stand alone.
    """
    if is_own(letter, face):
        return _own_glyph(letter, face)
    # It imports fontTools, which most pictures do without.
    from convanim.render.other_letters import outlined

    return outlined(letter, chosen())


@cache
def is_own(letter: str, face: str) -> bool:
    """Return whether DejaVu Sans has a letter.

    Raises
    ------
    ConvanimError
        If it is one that cannot stand alone, in whatever font.
    """
    is_joined = any(ord(letter) in letters for letters in _JOINED)
    if bidirectional(letter) in _RIGHT_TO_LEFT or category(letter) in _NOT_ALONE or is_joined:
        raise ConvanimError("caption", repr(letter), "cannot be set; use letters that stand alone and run to the right")
    return bool(_font(face).get_char_index(ord(letter)))


@cache
def _own_glyph(letter: str, face: str) -> tuple[Points, Points, float]:
    font = _font(face)
    glyph = font.load_char(ord(letter), flags=LoadFlags.NO_HINTING)
    vertices, codes = font.get_path()
    return np.asarray(vertices) / _EM, np.asarray(codes), glyph.linearHoriAdvance / 65536 / _EM


def drawn_width(text: str, size: float, face: str = "regular") -> float:
    """Return the width of a text in pixels at a font size in pixels; every letter must be in the font."""
    return size * _advance(text, face, chosen())


# Lines are measured again for each room that they are wrapped to.
@lru_cache(4096)
def _advance(text: str, face: str, _: Fonts) -> float:
    return sum(_glyph(letter, face)[2] for letter in text)


def outline_of(text: str, size: float, x: float, y: float) -> Outline | None:
    """Return the outline of a text whose baseline starts at (x, y), y upward, or None if it is blank."""
    vertices, codes = [], []
    for letter in text:
        outline, kinds, advance = _glyph(letter)
        vertices.append(outline.reshape(-1, 2) * size + [x, y])
        codes.append(kinds)
        x += advance * size
    joined = np.concatenate(vertices) if vertices else np.empty((0, 2))
    return Outline(joined, np.concatenate(codes)) if len(joined) else None


def word_outline(text: str, lowered: str, face: str, anchor: float) -> tuple[Points, Points]:
    """Return vertices and codes of a word with a subscript, for an em of 1, y upward.

    The origin is at half the height of its capitals, with the fraction
    ``anchor`` of the word to its left.
    """
    return _word_outline(text, lowered, face, anchor, chosen())


@cache
def _word_outline(text: str, lowered: str, face: str, anchor: float, _: Fonts) -> tuple[Points, Points]:
    parts = [(letter, face, 1.0, 0.0) for letter in text]
    parts += [(letter, "regular", LOWERED_SIZE, -LOWERED_BY) for letter in lowered]
    vertices, codes, x = [np.empty((0, 2))], [np.empty(0)], 0.0
    for letter, kind, size, rise in parts:
        outline, kinds, advance = _glyph(letter, kind)
        vertices.append(outline.reshape(-1, 2) * size + [x, rise - CAP_HEIGHT / 2])
        codes.append(kinds)
        x += advance * size
    return np.concatenate(vertices) - [x * anchor, 0], np.concatenate(codes)


def wrapped(phrases: tuple[str, ...], joint: str, size: float, room: float) -> list[str]:
    """Return lines no wider than ``room``, broken between phrases; phrases that are wider, also within."""
    measure = partial(drawn_width, size=size)
    phrases = tuple(" ".join(phrase.split()) for phrase in phrases)
    return evened(lambda width: _wrapped(phrases, joint, measure, width, room), room)


def evened(wrap: Callable[[float], list[Line]], room: float) -> list[Line]:
    """Return the lines of ``wrap`` for about the narrowest room that needs no more lines than ``room``."""
    lines = best = wrap(room)
    while len(lines) == len(best) and room > 1:
        best = lines
        room *= 0.97
        lines = wrap(room)
    return best


def _wrapped(
    phrases: tuple[str, ...], joint: str, measure: Callable[[str], float], width: float, room: float
) -> list[str]:
    """Return lines of about a width; only phrases that are wider than the room are broken, and stand by themselves."""
    lines: list[str] = []
    is_open = False
    for phrase in phrases:
        joined = f"{lines[-1]}{joint}{phrase}" if lines else phrase
        if is_open and measure(joined) <= width:
            lines[-1] = joined
        elif measure(phrase) <= room:
            lines.append(phrase)
            is_open = True
        else:
            is_open = False
            parts = _behind_commas(phrase, measure, room)
            is_short = len(parts) <= len(folded(phrase, room, measure)) and max(map(measure, parts)) <= room
            lines += _behind_commas(phrase, measure, width) if is_short else folded(phrase, width, measure)
    return lines


def _behind_commas(phrase: str, measure: Callable[[str], float], width: float) -> list[str]:
    """Return the lines of a phrase broken behind commas only, of about a width."""
    lines = [""]
    for part in _PARTS.findall(phrase):
        if measure(f"{lines[-1]}{part}".rstrip()) <= width:
            lines[-1] += part
        else:
            lines.append(part)
    return [line.rstrip() for line in lines if line]
