"""Words as outlines, in the font that comes with Matplotlib."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from typing import TypeVar
from unicodedata import bidirectional, category

import numpy as np

from convanim.base.errors import ConvanimError
from convanim.base.font import CAP_HEIGHT, LOWERED_SIZE, folded
from convanim.render.matplotlib_parts import FT2Font, LoadFlags, Outline, folder
from convanim.views.scene import Points

Line = TypeVar("Line")

_EM = 100.0
_RIGHT_TO_LEFT = ("R", "AL", "RLE", "RLO", "RLI")
_NOT_ALONE = ("Mn", "Me", "Cf", "Cc")
"""Unicode categories of marks on other letters and of invisible characters."""
_FILES = {"regular": "DejaVuSans.ttf", "bold": "DejaVuSans-Bold.ttf", "italic": "DejaVuSans-Oblique.ttf"}
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


@cache
def _glyph(letter: str, face: str = "regular") -> tuple[Points, Points, float]:
    """Return the vertices, codes and advance of a letter, for an em of 1."""
    font = _font(face)
    if not font.get_char_index(ord(letter)):
        raise ConvanimError("caption", repr(letter), "not in the font, DejaVu Sans; use letters that are")
    if bidirectional(letter) in _RIGHT_TO_LEFT or category(letter) in _NOT_ALONE:
        raise ConvanimError("caption", repr(letter), "cannot be set; use letters that stand alone and run to the right")
    glyph = font.load_char(ord(letter), flags=LoadFlags.NO_HINTING)
    vertices, codes = font.get_path()
    return np.asarray(vertices) / _EM, np.asarray(codes), glyph.linearHoriAdvance / 65536 / _EM


def drawn_width(text: str, size: float, face: str = "regular") -> float:
    """Return the width of a text in pixels at a font size in pixels; every letter must be in the font."""
    return size * sum(_glyph(letter, face)[2] for letter in text)


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


@cache
def word_outline(text: str, lowered: str, face: str, anchor: float) -> tuple[Points, Points]:
    """Return vertices and codes of a word with a subscript, for an em of 1, y upward.

    The origin is at half the height of its capitals, with the fraction
    ``anchor`` of the word to its left.
    """
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
    """Return lines no wider than ``room``, broken between phrases, or else between words or letters."""
    return evened(lambda width: _wrapped(phrases, joint, size, width), room)


def evened(wrap: Callable[[float], list[Line]], room: float) -> list[Line]:
    """Return the lines of ``wrap`` for about the narrowest room that needs no more lines than ``room``."""
    lines = best = wrap(room)
    while len(lines) == len(best) and room > 1:
        best = lines
        room *= 0.97
        lines = wrap(room)
    return best


def _wrapped(phrases: tuple[str, ...], joint: str, size: float, room: float) -> list[str]:
    lines: list[str] = []
    for phrase in phrases:
        joined = f"{lines[-1]}{joint}{phrase}" if lines else phrase
        if lines and drawn_width(joined, size) <= room:
            lines[-1] = joined
        else:
            lines += folded(phrase, room, partial(drawn_width, size=size))
    return lines
