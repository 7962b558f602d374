"""Words beside the planes of a flat picture: headings, notes, arrows between planes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from convanim.base.font import width_of
from convanim.base.language import translated
from convanim.layers import Layer
from convanim.plans import USUAL_NAMES, Named, Names
from convanim.views.look import Look
from convanim.views.points import discs
from convanim.views.scene import Cells, Lines, Points, Shape, Shapes, Texts
from convanim.views.wires import headed
from convanim.words.layer_names import kernel_word

LEAST_SIZE = 0.30
"""The least size of a heading, in cells."""

_WIDTH_IN_HEADINGS = 54
"""The width of a picture in heading sizes, where that makes headings larger than the least size."""

_AIR = 0.25
"""The gap between a plane and its heading, in cells."""

_PITCH = 1.35
"""The distance between lines of words, in letter sizes."""

LINE = 1.4
"""The distance between lines of a paragraph, in letter sizes."""

_DOT_PITCH = 0.8
"""The distance between dots of an ellipsis, in cells."""

_DOT = 0.17
"""The radius of a dot, at a scale of 1."""


def face_of(is_bold: bool) -> str:
    """Return the font face for words that are bold or not."""
    return "bold" if is_bold else "regular"


def more(count: int) -> str:
    """Return the note for a number of channels or slices that are not drawn."""
    # Translators: Channels or slices that are not drawn.
    return translated("{count} more", count=count)


def heading_size(width: float) -> float:
    """Return the size of headings for a picture, given its width in cells."""
    return max(LEAST_SIZE, width / _WIDTH_IN_HEADINGS)


def words(text: str, x: float, y: float, size: float, face: str = "regular", anchor: float = 0.5) -> Texts:
    """Return a line of words with its middle at height ``y``."""
    return Texts((text,), np.array([[x, y]]), size, face=face, anchor=anchor)


def heading(text: str, letter: str, middle: float, top: float, size: float) -> tuple[Texts, ...]:
    """Return the name of a plane with its letter, above its upper edge."""
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
    """Return the width of a heading, in cells."""
    return width_of(f"{text} {letter}".strip()) * size


def lines_below(lines: Iterable[str], middle: float, bottom: float, size: float) -> tuple[Texts, ...]:
    """Return lines of words below the lower edge of something."""
    return tuple(
        words(line, middle, bottom + (0.85 + _PITCH * number) * size, size) for number, line in enumerate(lines)
    )


def lines_above(lines: Sequence[str], middle: float, top: float, size: float) -> tuple[Texts, ...]:
    """Return lines of words above the upper edge of something, the last as high above it as a name."""
    return lines_below(lines, middle, top - _AIR - (1.35 + _PITCH * (len(lines) - 1)) * size, size)


def paragraph(
    lines: Iterable[str], left: float, middle: float, size: float, face: str = "regular"
) -> tuple[Texts, ...]:
    """Return left-aligned lines of words, centred on a height; the face applies to the first line."""
    lines, pitch = tuple(lines), LINE * size
    top = middle - pitch * (len(lines) - 1) / 2
    faces = [face] + ["regular"] * len(lines)
    return tuple(words(line, left, top + pitch * at, size, faces[at], 0.0) for at, line in enumerate(lines))


def in_two(text: str) -> tuple[str, ...]:
    """Return the two lines into which words break so that they are the narrowest, or one line of a single word."""
    parts = text.split(" ")
    ways = [(" ".join(parts[:at]), " ".join(parts[at:])) for at in range(1, len(parts))]
    return min(ways, key=lambda lines: max(width_of(line, "bold") for line in lines)) if ways else (text,)


def dots(spots: Iterable[tuple[float, float, float]]) -> Shapes:
    """Return three dots around each spot, given as (x, y, scale), in place of what is not drawn."""
    rows = [
        shape
        for x, y, scale in spots
        for shape in discs("dot", np.array([[x + at * _DOT_PITCH * scale, y] for at in (-1, 0, 1)]), _DOT * scale)
    ]
    quads = [shape.quads for shape in rows if isinstance(shape, Cells)]
    return (Cells("dot", np.concatenate(quads)),) if quads else ()


def enclosing(points: Points, texts: Iterable[Texts]) -> tuple[float, float, float, float]:
    """Return the left, top, right and bottom of points, (n, 2), and lines of words."""
    every = np.concatenate([points, word_boxes(texts).reshape(-1, 2)])
    (left, top), (right, bottom) = every.min(axis=0).tolist(), every.max(axis=0).tolist()
    return left, top, right, bottom


def obstacles(shapes: Iterable[Shape], look: Look) -> Points:
    """Return the boxes of words among some shapes, which rays must not cross; none where no words are drawn."""
    return word_boxes(shape for shape in shapes if isinstance(shape, Texts) and look.has_words)


def word_boxes(texts: Iterable[Texts]) -> Points:
    """Return the left, top, right and bottom of each line of words, (n, 4)."""
    boxes = []
    for text in texts:
        for word, (x, y) in zip(text.words, text.places.tolist(), strict=True):
            wide = width_of(word, text.face) * text.size
            left = x - wide * text.anchor
            boxes.append([left, y - text.size / 2, left + wide, y + text.size / 2])
    return np.array(boxes, float).reshape(-1, 4)


def arrow(start: float, end: float, y: float) -> Shapes:
    """Return an arrow to the right."""
    return (Lines("arrow", headed(np.array([[[start, y], [end, y]]], float))),)


def kernel_name(names: Names, layer: Layer) -> Named:
    """Return the name of a layer's kernels where a picture shows each once: as they are, or rotated."""
    return replace(names.kernel, words=kernel_word(layer)) if names == USUAL_NAMES else names.kernel
