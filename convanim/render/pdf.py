"""Draw ink as the operators of a PDF page: paths, and text in embedded fonts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import field

import numpy as np

from convanim.base.font import CAP_HEIGHT, LOWERED_SIZE
from convanim.base.records import dataclass
from convanim.render.ink import Fill, Ink, Stroke, Writing
from convanim.render.merged_shapes import merged_quads, merged_segments, whole
from convanim.render.text import LOWERED_BY, drawn_width
from convanim.render.theme import RGB
from convanim.views.scene import Points

_SCALE = 100
"""Units per pixel to which coordinates are rounded."""


@dataclass
class Resources:
    """The letters and opacities that pages refer to, collected as they are drawn.

    Attributes
    ----------
    letters : dict of str to dict of str to int
        For each face, its letters and their numbers in order of first use.
    opacities : dict of float to str
        Names of the opacities.
    """

    letters: dict[str, dict[str, int]] = field(default_factory=dict)
    opacities: dict[float, str] = field(default_factory=dict)

    def encoded(self, face: str, text: str) -> str:
        """Return a text as the numbers of its letters in hexadecimal."""
        known = self.letters.setdefault(face, {})
        return "".join(f"{known.setdefault(letter, len(known) + 1):04x}" for letter in text)

    def opacity(self, value: float) -> str:
        """Return the name of an opacity."""
        return self.opacities.setdefault(value, f"O{len(self.opacities)}")


def operators(inks: Iterable[Ink], resources: Resources) -> str:
    """Return the operators of a content stream that draw inks in order; y runs upward."""
    return "\n".join(line for ink in inks for line in _drawn(ink, resources))


def _drawn(ink: Ink, resources: Resources) -> Iterator[str]:
    if isinstance(ink, Fill):
        yield from _filled(ink, resources)
    elif isinstance(ink, Stroke):
        yield from _stroked(ink, resources)
    elif isinstance(ink, Writing):
        yield from _written(ink, resources)
    elif ink.text.split():
        matrix = (ink.size, 0.0, 0.0, ink.size, *ink.place.tolist())
        yield from ("BT", f"{_colour(ink.colour)} rg", *_shown(ink.text, "regular", matrix, resources), "ET")


def _filled(fill: Fill, resources: Resources) -> Iterator[str]:
    with_opacity = fill.opacity < 1
    if with_opacity:
        yield f"q /{resources.opacity(fill.opacity)} gs"
    yield f"{_colour(fill.colour)} rg"
    for quad in merged_quads(whole(fill.quads, _SCALE)) / _SCALE:
        yield f"{_place(quad[0])} m {' '.join(f'{_place(point)} l' for point in quad[1:])} h"
    yield "f Q" if with_opacity else "f"


def _stroked(stroke: Stroke, resources: Resources) -> Iterator[str]:
    if not len(stroke.segments):
        return
    yield "q 1 J 1 j" + (f" /{resources.opacity(stroke.opacity)} gs" if stroke.opacity < 1 else "")
    yield f"{_colour(stroke.colour)} RG {_number(stroke.width)} w"
    ends = whole(stroke.segments, _SCALE)
    if stroke.dash:
        offset, parts = stroke.dash
        yield f"[{' '.join(map(_number, parts))}] {_number(offset)} d"
    else:
        ends = merged_segments(ends)
    for start, end in ends / _SCALE:
        yield f"{_place(start)} m {_place(end)} l"
    yield "S Q"


def _written(writing: Writing, resources: Resources) -> Iterator[str]:
    yield f"BT {_colour(writing.colour)} rg"
    yield from _words(writing, resources)
    yield "ET"


def _words(writing: Writing, resources: Resources) -> Iterator[str]:
    for word, lowered, place in zip(writing.words, writing.lowered, writing.places, strict=True):
        length = drawn_width(word, 1, writing.face) + drawn_width(lowered, LOWERED_SIZE)
        start = place - writing.across * length * writing.anchor - writing.up * CAP_HEIGHT / 2
        yield from _shown(word, writing.face, _matrix(writing, start), resources)
        if lowered:
            at = start + writing.across * drawn_width(word, 1, writing.face) - writing.up * LOWERED_BY
            yield from _shown(lowered, "regular", _matrix(writing, at, LOWERED_SIZE), resources)


def _matrix(writing: Writing, at: Points, size: float = 1.0) -> tuple[float, ...]:
    return (*(writing.across * size).tolist(), *(writing.up * size).tolist(), *at.tolist())


def _shown(text: str, face: str, matrix: tuple[float, ...], resources: Resources) -> Iterator[str]:
    """Yield the operators that show a text; the matrix maps ems to the page."""
    if text:
        code = resources.encoded(face, text)
        yield f"/{face} 1 Tf {' '.join(map(_number, matrix))} Tm <{code}> Tj"


def _colour(rgb: RGB) -> str:
    return " ".join(_number(channel / 255, 4) for channel in rgb)


def _place(point: Points) -> str:
    return " ".join(_number(part) for part in np.asarray(point).tolist())


def _number(value: float, digits: int = 3) -> str:
    text = f"{value:.{digits}f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text
