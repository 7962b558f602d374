"""Draw ink as SVG elements: paths and text, with each look written once as a class."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import field
from functools import lru_cache
from html import escape
from itertools import pairwise
from typing import Any

import numpy as np

from convanim.base.font import CAP_HEIGHT, LOWERED_SIZE
from convanim.base.records import dataclass
from convanim.render.ink import Fill, Ink, Line, Stroke, Writing
from convanim.render.merged_shapes import Whole, merged_quads, merged_segments, runs_of, whole
from convanim.render.text import LOWERED_BY, drawn_width
from convanim.render.theme import RGB

SCALE = 10
"""Units per pixel; integers are exact enough and shorter than fractions."""

_FINER = 1000
"""Finer parts of a unit used to merge lines, because rounding to units bends lines between small cells."""

_KEPT, _SMALL = 4096, 4096
"""How many paths are kept, and the most bytes of the corners of one."""

_FACES = {"regular": "", "bold": "font-weight:bold", "italic": "font-style:italic"}


@dataclass
class Styles:
    """Classes for the looks of a file's elements, and the letters that it uses, collected as they are written.

    The names of all classes begin with the prefix.
    """

    prefix: str = ""
    classes: dict[str, str] = field(default_factory=dict)
    letters: dict[str, set[str]] = field(default_factory=dict)

    def name(self, rules: str) -> str:
        """Return the class of a look, added if it is new."""
        return self.classes.setdefault(rules, self.prefix + _short(len(self.classes)))

    def use(self, face: str, text: str) -> None:
        """Remember the letters of a text in a face."""
        self.letters.setdefault(face, set()).update(text)

    def css(self) -> str:
        """Return all classes as a style sheet."""
        return "".join(f".{name}{{{rules}}}" for rules, name in self.classes.items())


@dataclass(frozen=True)
class Outline:
    """A path: its class, where it starts, and its course relative to that point."""

    style: str
    x: int
    y: int
    course: str

    @property
    def data(self) -> str:
        """The path's data."""
        return f"M{pair((self.x, self.y))}{self.course}"


Piece = Outline | str
"""A path, or the text of another element."""


def pieces(inks: Iterable[Ink], styles: Styles) -> list[Piece]:
    """Return the elements that draw inks, in order."""
    found: list[Piece] = []
    for ink in inks:
        if isinstance(ink, Fill | Stroke):
            outline = _outline(ink, styles.name(rules_of(ink)))
            found += [outline] if outline else []
        elif isinstance(ink, Writing):
            found += _texts(ink, styles)
        else:
            found += _line(ink, styles)
    return found


def rules_of(ink: Fill | Stroke) -> str:
    """Return the look of a path as a style sheet writes it."""
    if isinstance(ink, Fill):
        return _fill_rules(ink.colour, ink.opacity)
    return _stroke_rules(ink.colour, ink.width, ink.opacity, ink.dash)


def bending_data(ink: Fill | Stroke) -> str:
    """Return a path's data such that SVG can animate it into that of another ink with as many parts."""
    corners = whole(ink.quads if isinstance(ink, Fill) else ink.segments, SCALE)
    end = "z" if isinstance(ink, Fill) else ""
    parts = (f"M{pair(part[0])}{''.join(f'L{pair(point)}' for point in part[1:])}{end}" for part in corners.tolist())
    return "".join(parts)


def _outline(ink: Fill | Stroke, style: str) -> Outline | None:
    """Return a path whose course is the same wherever it starts."""
    points = ink.quads if isinstance(ink, Fill) else ink.segments
    if not len(points):
        return None
    origin = points[0, 0]
    # Floating-point noise must not decide how halves are rounded.
    corners = whole((points - origin).round(6), SCALE * _FINER)
    kind = "fill" if isinstance(ink, Fill) else "dashes" if ink.dash else "lines"
    # From step to step most shapes only move, and what they are merged into moves with them.
    traced = _known if corners.nbytes <= _SMALL else _traced
    start, course = traced(corners.tobytes(), kind)
    if not course:
        return None
    x, y = origin.tolist()
    return Outline(style, round(x * SCALE) + start[0], round(y * SCALE) + start[1], course)


def _traced(corners: bytes, kind: str) -> tuple[tuple[int, int], str]:
    """Return the first point, and the course from there, of quads or of segments that begin at the origin."""
    points = np.frombuffer(corners, np.int64)
    if kind == "fill":
        runs = [[*quad, quad[0]] for quad in _rounded(merged_quads(points.reshape(-1, 4, 2))).tolist()]
    elif kind == "dashes":
        runs = _rounded(points.reshape(-1, 2, 2)).tolist()
    else:
        runs = runs_of(_rounded(merged_segments(points.reshape(-1, 2, 2))))
    if not runs:
        return (0, 0), ""
    x, y = runs[0][0]
    return (x, y), _course(runs, is_closed=kind == "fill")


_known = lru_cache(maxsize=_KEPT)(_traced)


def _rounded(fine: Whole) -> Whole:
    """Return coordinates rounded to units."""
    return whole(fine / _FINER, 1)


def _course(runs: list[list[Any]], is_closed: bool) -> str:
    """Return the course of a path, relative to the first point of its first run."""
    course: list[str] = []
    at = runs[0][0]
    for run in runs:
        course += [] if run[0] == at else [f"m{pair(_way(at, run[0]))}"]
        course += [_step(*_way(one, other)) for one, other in pairwise(run[: -1 if is_closed else None])]
        course += ["z"] if is_closed else []
        at = run[0] if is_closed else run[-1]
    return "".join(course)


def _way(start: list[int], end: list[int]) -> tuple[int, int]:
    return end[0] - start[0], end[1] - start[1]


def colour(rgb: RGB) -> str:
    """Return a colour as CSS writes it, in the shorter of its two forms."""
    digits = "{:02x}{:02x}{:02x}".format(*rgb)
    return f"#{digits[::2]}" if digits[::2] == digits[1::2] else f"#{digits}"


def number(value: float, digits: int = 2) -> str:
    """Return a number without needless digits."""
    text = f"{value:.{digits}f}".rstrip("0").rstrip(".") if digits else f"{value:.0f}"
    return "0" if text in ("-0", "") else text.replace("0.", ".", 1) if text.startswith(("0.", "-0.")) else text


def _step(x: int, y: int) -> str:
    if not y:
        return f"h{x}"
    return f"v{y}" if not x else f"l{pair((x, y))}"


def pair(point: Iterable[int]) -> str:
    """Return two integers with a separator only if they need one."""
    x, y = point
    return f"{x}{y}" if y < 0 else f"{x} {y}"


# From step to step most looks are the same.
@lru_cache(_KEPT)
def _fill_rules(own: RGB, opacity: float) -> str:
    return f"fill:{colour(own)}{f';fill-opacity:{number(opacity)}' if opacity < 1 else ''}"


@lru_cache(_KEPT)
def _stroke_rules(own: RGB, width: float, opacity: float, dash: tuple[float, tuple[float, ...]] | None) -> str:
    parts = [f"fill:none;stroke:{colour(own)};stroke-width:{number(width * SCALE, 1)}"]
    parts += [f"stroke-opacity:{number(opacity)}"] if opacity < 1 else []
    if dash:
        offset, lengths = dash
        said = " ".join(number(part * SCALE, 1) for part in lengths)
        parts.append(f"stroke-dasharray:{said};stroke-dashoffset:{number(offset * SCALE, 1)}")
    return ";".join(parts)


@lru_cache(_KEPT)
def _text_rules(own: RGB, size: float, anchor: float, face: str) -> str:
    side = {0.0: "start", 0.5: "middle", 1.0: "end"}[anchor]
    rules = f"fill:{colour(own)};font-size:{number(size, 1)}px;text-anchor:{side}"
    return f"{rules};{_FACES[face]}" if _FACES[face] else rules


def _texts(writing: Writing, styles: Styles) -> list[str]:
    """Return text elements, placed by a matrix if they lie in a slanted plane, else by coordinates."""
    across, up = writing.across * SCALE, writing.up * SCALE
    is_level = abs(across[1]) < 1e-9 and abs(up[0]) < 1e-9 and across[0] > 0 and up[1] < 0
    size = float(np.linalg.norm(across)) if is_level else 100.0
    name = styles.name(_text_rules(writing.colour, size, writing.anchor, writing.face))
    if not is_level:
        matrix = " ".join(number(one, 3) for one in (*(across / size).tolist(), *(-up / size).tolist()))
    found = []
    places = (writing.places * SCALE - up * CAP_HEIGHT / 2).round().astype(int).tolist()
    for word, lowered, (x, y) in zip(writing.words, writing.lowered, places, strict=True):
        if not word and not lowered:
            continue
        at = f'x="{x}" y="{y}"' if is_level else f'transform="matrix({matrix} {x} {y})"'
        found.append(f'<text class="{name}" {at}>{_said(word, lowered, writing.face, size, styles)}</text>')
    return found


def _said(word: str, lowered: str, face: str, size: float, styles: Styles) -> str:
    styles.use(face, word)
    if not lowered:
        return escape(word)
    styles.use("regular", lowered)
    small = styles.name(f"font-size:{number(LOWERED_SIZE * size, 1)}px;font-weight:normal;font-style:normal")
    return f'{escape(word)}<tspan dy="{number(LOWERED_BY * size, 0)}" class="{small}">{escape(lowered)}</tspan>'


def _line(line: Line, styles: Styles) -> list[str]:
    """Return a line below the drawing as a text element of fixed length, so that it fits in another font too."""
    if not line.text.split():
        return []
    styles.use("regular", line.text)
    size = line.size * SCALE
    name = styles.name(f"fill:{colour(line.colour)};font-size:{number(size, 1)}px")
    x, y = (line.place * SCALE).tolist()
    length = number(drawn_width(line.text, size), 0)
    place = f'x="{number(x, 0)}" y="{number(y, 0)}" textLength="{length}"'
    return [f'<text class="{name}" {place}>{escape(line.text)}</text>']


def _short(count: int) -> str:
    """Return a short name for a class: a, b, … z, aa and so on."""
    letters = ""
    count += 1
    while count:
        count, rest = divmod(count - 1, 26)
        letters = chr(97 + rest) + letters
    return letters
