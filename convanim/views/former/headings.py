"""Words beside the planes of a flat picture: headings, notes, arrows between planes."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from convanim.font import width_of
from convanim.scene import Lines, Points, Shape, Shapes, Texts
from convanim.views.look import Look

LEAST_SIZE = 0.30
"""Of a heading, in cells."""

_WIDTH_IN_HEADINGS = 54
"""How many headings' heights a picture is wide, where that makes them larger."""

_AIR = 0.22
"""Between a plane and its heading, in cells."""

_PITCH = 1.35
"""From one line of words to the next, in their sizes."""

_HEAD = np.array([[-0.2, -0.09], [0.0, 0.0], [-0.2, 0.09]])


def heading_size(width: float) -> float:
    """Return the size of headings for a picture that is so many cells wide."""
    return max(LEAST_SIZE, width / _WIDTH_IN_HEADINGS)


def words(text: str, x: float, y: float, size: float, face: str = "regular", anchor: float = 0.5) -> Texts:
    """Return a line of words whose middle height is given."""
    return Texts((text,), np.array([[x, y]]), size, face=face, anchor=anchor)


def heading(text: str, letter: str, middle: float, top: float, size: float) -> Shapes:
    """Return what a plane is called, with its letter, above its upper edge."""
    y = top - _AIR - size / 2
    if not letter or not text:
        return (words(text or letter, middle, y, size, "regular" if text else "italic"),)
    wide = [width_of(f"{text} ") * size, width_of(letter, "italic") * size]
    left = middle - sum(wide) / 2
    return (
        words(text, left, y, size, anchor=0.0),
        words(letter, left + wide[0], y, size, "italic", anchor=0.0),
    )


def heading_width(text: str, letter: str, size: float) -> float:
    """Return how wide a heading is, in cells."""
    return width_of(f"{text} {letter}".strip()) * size


def lines_below(lines: Iterable[str], middle: float, bottom: float, size: float) -> tuple[Texts, ...]:
    """Return lines of words below the lower edge of something."""
    return tuple(
        words(line, middle, bottom + (0.85 + _PITCH * number) * size, size) for number, line in enumerate(lines)
    )


def obstacles(shapes: Iterable[Shape], look: Look) -> Points:
    """Return the boxes of all words among some shapes, which rays leave clear; none where no words are drawn."""
    return word_boxes(shape for shape in shapes if isinstance(shape, Texts) and look.has_words)


def word_boxes(texts: Iterable[Texts]) -> Points:
    """Return left, top, right and bottom of lines of words, (n, 4)."""
    boxes = []
    for text in texts:
        for word, (x, y) in zip(text.words, text.places.tolist(), strict=True):
            wide = width_of(word, text.face) * text.size
            left = x - wide * text.anchor
            boxes.append([left, y - text.size / 2, left + wide, y + text.size / 2])
    return np.array(boxes, float).reshape(-1, 4)


def arrow(start: float, end: float, y: float) -> Shapes:
    """Return an arrow to the right."""
    head = _HEAD + np.array([end, y])
    strokes = [[[start, y], [end, y]], [head[0], head[1]], [head[1], head[2]]]
    return (Lines("arrow", np.array(strokes, float)),)
