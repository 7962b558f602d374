"""Draw ink as DrawingML, the shapes of PowerPoint: rectangles, freeforms, lines and text boxes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from html import escape
from math import atan2, degrees
from unicodedata import east_asian_width

import numpy as np

from convanim.base.font import CAP_HEIGHT
from convanim.base.language import ENGLISH, spoken
from convanim.base.records import dataclass
from convanim.render.fonts import chosen
from convanim.render.ink import Line, Stroke, Writing
from convanim.render.merged_shapes import merged_segments, whole
from convanim.render.text import drawn_width
from convanim.render.theme import RGB
from convanim.views.scene import Points

EMU = 9525
"""Units of PowerPoint per pixel."""

NAMESPACES = (
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main"'
)
_FONT = "Verdana"
"""A font as wide as DejaVu Sans, which machines with PowerPoint do not have, and Verdana they have."""

_EASTERN = {"JP": "Yu Gothic", "KR": "Malgun Gothic", "SC": "Microsoft YaHei"}
"""Fonts of theirs for letters of the regions that `Fonts` knows."""

_TALL = 1.2
"""Height of a line of text, in ems."""

_LOWERED = -16000
"""How far subscripts are lowered, in thousandths of a percent of an em."""

_ID = 'id="@"'
"""What stands in a shape for its number, which differs from slide to slide; no text has such quotes."""

Box = tuple[int, int, int, int]


@dataclass(frozen=True)
class Part:
    """A shape of a slide.

    Attributes
    ----------
    xml : str
        Its element, without its number.
    box : (int, int, int, int)
        The left, top, right and bottom.
    corners : tuple of (float, float)
        Of a cell, in pixels; of a word its middle alone.
    is_opaque, has_outline : bool
        Whether it is a cell that hides what lies behind it, and one with an outline of its own.
    kind : str
        The name of the group that it belongs to.
    """

    xml: str
    box: Box
    corners: tuple[tuple[float, float], ...] = ()
    is_opaque: bool = False
    has_outline: bool = False
    kind: str = ""


@dataclass(frozen=True)
class Frame:
    """Where a picture lies on a slide: its left and top in units, and the units per pixel."""

    left: float = 0.0
    top: float = 0.0
    scale: float = EMU

    def cell(
        self, name: str, quad: Points, fill: RGB | None, opacity: float = 1.0, outline: Stroke | None = None
    ) -> Part:
        """Return a cell as a rectangle if its sides are level, otherwise as a freeform."""
        corners = self._points(quad)
        box = _box(corners)
        left, top, right, bottom = box
        is_level = {tuple(point) for point in corners} == {(x, y) for x in (left, right) for y in (top, bottom)}
        shape = _RECTANGLE if is_level else _freeform([(corners, True)], box)
        line = _NO_LINE if outline is None else self._pen(outline)
        xml = _shape(name, box, shape, _fill(fill, opacity) + line)
        return Part(xml, box, _corners(quad), fill is not None and opacity == 1, outline is not None)

    def lines(self, name: str, stroke: Stroke) -> Part:
        """Return lines of one look as one freeform."""
        ends = whole(stroke.segments, 100)
        segments = ends / 100 if stroke.dash else merged_segments(ends) / 100
        runs = [(self._points(segment), False) for segment in segments]
        box = _box([point for points, _ in runs for point in points])
        return Part(_shape(name, box, _freeform(runs, box), _NO_FILL + self._pen(stroke)), box)

    def line(self, name: str, stroke: Stroke, number: int) -> Part:
        """Return one of several lines as a line of its own."""
        (x, y), (to_x, to_y) = self._points(stroke.segments[number])
        box = min(x, to_x), min(y, to_y), max(x, to_x), max(y, to_y)
        flips = (' flipH="1"' if to_x < x else "") + (' flipV="1"' if to_y < y else "")
        xml = (
            f'<p:cxnSp><p:nvCxnSpPr><p:cNvPr {_ID} name="{_said(name)}"/><p:cNvCxnSpPr/><p:nvPr/></p:nvCxnSpPr>'
            f'<p:spPr>{_place(box, flips)}<a:prstGeom prst="line"><a:avLst/></a:prstGeom>'
            f"{self._pen(stroke)}</p:spPr></p:cxnSp>"
        )
        return Part(xml, box)

    def words(self, writing: Writing) -> Iterator[Part]:
        """Yield a text box for each word, turned along its line of text."""
        across = writing.across
        size = float(np.sqrt(abs(across[0] * writing.up[1] - across[1] * writing.up[0])))
        turn = degrees(atan2(across[1], across[0]))
        align = {0.0: "l", 0.5: "ctr", 1.0: "r"}[writing.anchor]
        for word, lowered, place in zip(writing.words, writing.lowered, writing.places, strict=True):
            if not word and not lowered:
                continue
            width = drawn_width(word, size, writing.face) + 0.7 * drawn_width(lowered, size)
            middle = place + across / np.linalg.norm(across) * width * (0.5 - writing.anchor)
            runs = _run(word, self._points_of(size), writing.colour, writing.face)
            runs += _run(lowered, self._points_of(size), writing.colour, "regular", _LOWERED) if lowered else ""
            yield self._text(word + lowered, middle, (width, _TALL * size), runs, align, turn)

    def row(self, line: Line) -> Part:
        """Return a line of text below the drawing."""
        width = drawn_width(line.text, line.size)
        middle = line.place + np.array([width / 2, -CAP_HEIGHT / 2 * line.size])
        runs = _run(line.text, self._points_of(line.size), line.colour, "regular")
        return self._text(line.text, middle, (width, _TALL * line.size), runs, "l")

    def _text(
        self,
        name: str,
        middle: Points,
        size: tuple[float, float],
        runs: str,
        align: str,
        turn: float = 0.0,
    ) -> Part:
        half = np.array(size) / 2
        box = _box(self._points(np.array([middle - half, middle + half])))
        turned = f' rot="{round(turn * 60000) % 21600000}"' if turn else ""
        body = (
            '<p:txBody><a:bodyPr wrap="none" lIns="0" tIns="0" rIns="0" bIns="0" anchor="ctr"><a:noAutofit/></a:bodyPr>'
            f'<a:p><a:pPr algn="{align}"/>{runs}</a:p></p:txBody>'
        )
        xml = _shape(name, box, _RECTANGLE, _NO_FILL + _NO_LINE, turned, body)
        return Part(xml, box, _corners(middle[None]))

    def _points(self, points: Points) -> list[list[int]]:
        """Return pixels as units of the slide."""
        found: list[list[int]] = np.round(points * self.scale + [self.left, self.top]).astype(np.int64).tolist()
        return found

    def _points_of(self, size: float) -> int:
        """Return a font size in hundredths of a point, of which a text may have at least a hundred."""
        return max(100, round(size * self.scale / 127))

    def _pen(self, stroke: Stroke) -> str:
        dash = ""
        if stroke.dash:
            on, off = (round(part / stroke.width * 100_000) for part in stroke.dash[1][:2])
            dash = f'<a:custDash><a:ds d="{on}" sp="{off}"/></a:custDash>'
        end = "flat" if stroke.dash else "rnd"
        colour = _fill(stroke.colour, stroke.opacity)
        return f'<a:ln w="{round(stroke.width * self.scale)}" cap="{end}">{colour}{dash}<a:round/></a:ln>'


def group(name: str, parts: Sequence[Part], about: str = "") -> Part:
    """Return shapes as a group with an alternative text."""
    box = _box([point for part in parts for point in (part.box[:2], part.box[2:])])
    left, top, right, bottom = box
    child = f'<a:chOff x="{left}" y="{top}"/><a:chExt cx="{right - left}" cy="{bottom - top}"/>'
    place = _place(box).replace("</a:xfrm>", f"{child}</a:xfrm>")
    told = f' descr="{_said(about)}"' if about else ""
    head = f'<p:cNvPr {_ID} name="{_said(name)}"{told}/><p:cNvGrpSpPr/><p:nvPr/>'
    content = "".join(part.xml for part in parts)
    return Part(f"<p:grpSp><p:nvGrpSpPr>{head}</p:nvGrpSpPr><p:grpSpPr>{place}</p:grpSpPr>{content}</p:grpSp>", box)


def uncovered(parts: Sequence[Part]) -> list[Part]:
    """Return parts, in order, without the cells that later cells cover entirely, and the words behind cells."""
    hidden = _words_behind(parts)
    last: dict[tuple[object, ...], int] = {}
    for number, part in enumerate(parts):
        if part.is_opaque:
            last |= {(has_outline, part.corners): number for has_outline in {False, part.has_outline}}
    return [
        part
        for number, part in enumerate(parts)
        if number not in hidden and last.get((part.has_outline, part.corners), number) <= number
    ]


def _words_behind(parts: Sequence[Part]) -> set[int]:
    """Return the numbers of the words whose middle lies behind a later cell."""
    # In order from left to right, a cell is held against few of them.
    words = sorted((part.corners[0], number) for number, part in enumerate(parts) if len(part.corners) == 1)
    middles = np.array([middle for middle, _ in words]).reshape(-1, 2)
    numbers = np.array([number for _, number in words], int)
    hidden = set[int]()
    for number, part in enumerate(parts):
        if not part.is_opaque:
            continue
        quad = np.array(part.corners)
        first, last = np.searchsorted(middles[:, 0], [quad[:, 0].min(), quad[:, 0].max()])
        ways, sides = middles[first:last, None] - quad, np.roll(quad, -1, axis=0) - quad
        turns = sides[:, 0] * ways[..., 1] - sides[:, 1] * ways[..., 0]
        is_inside = (turns > 0).all(axis=1) | (turns < 0).all(axis=1)
        hidden.update(numbers[first:last][is_inside & (numbers[first:last] < number)].tolist())
    return hidden


def numbered(xml: str, first: int) -> str:
    """Return elements with their numbers, which start with ``first``."""
    pieces = xml.split(_ID)
    return pieces[0] + "".join(f'id="{number}"{rest}' for number, rest in enumerate(pieces[1:], first))


def allowed(text: str) -> str:
    """Return a text without the characters that XML cannot represent."""
    return re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]", "", text)


_RECTANGLE = '<a:prstGeom prst="rect"><a:avLst/></a:prstGeom>'
_NO_FILL = "<a:noFill/>"
_NO_LINE = "<a:ln><a:noFill/></a:ln>"


def _said(text: str) -> str:
    return escape(allowed(text), quote=True)


def _corners(points: Points) -> tuple[tuple[float, float], ...]:
    return tuple((x, y) for x, y in np.round(points, 1).tolist())


def _box(points: Iterable[Sequence[int]]) -> Box:
    xs, ys = zip(*points, strict=True)
    return min(xs), min(ys), max(xs), max(ys)


def _fill(colour: RGB | None, opacity: float = 1.0) -> str:
    if colour is None:
        return _NO_FILL
    alpha = f'<a:alpha val="{round(opacity * 100_000)}"/>' if opacity < 1 else ""
    return f'<a:solidFill><a:srgbClr val="{bytes(colour).hex().upper()}">{alpha}</a:srgbClr></a:solidFill>'


def _place(box: Box, turned: str = "") -> str:
    left, top, right, bottom = box
    at = f'<a:off x="{left}" y="{top}"/><a:ext cx="{right - left}" cy="{bottom - top}"/>'
    return f"<a:xfrm{turned}>{at}</a:xfrm>"


def _shape(name: str, box: Box, geometry: str, look: str, turned: str = "", body: str = "") -> str:
    is_text = ' txBox="1"' if body else ""
    return (
        f'<p:sp><p:nvSpPr><p:cNvPr {_ID} name="{_said(name)}"/><p:cNvSpPr{is_text}/><p:nvPr/></p:nvSpPr>'
        f"<p:spPr>{_place(box, turned)}{geometry}{look}</p:spPr>{body}</p:sp>"
    )


def _freeform(runs: Iterable[tuple[list[list[int]], bool]], box: Box) -> str:
    """Return the geometry of runs of points, each closed or not, within a box."""
    left, top, right, bottom = box
    course = []
    for points, is_closed in runs:
        first, *others = (f'<a:pt x="{x - left}" y="{y - top}"/>' for x, y in points)
        course.append(f"<a:moveTo>{first}</a:moveTo>" + "".join(f"<a:lnTo>{other}</a:lnTo>" for other in others))
        course += ["<a:close/>"] if is_closed else []
    return (
        '<a:custGeom><a:avLst/><a:gdLst/><a:ahLst/><a:cxnLst/><a:rect l="0" t="0" r="r" b="b"/><a:pathLst>'
        f'<a:path w="{right - left}" h="{bottom - top}">{"".join(course)}</a:path></a:pathLst></a:custGeom>'
    )


def _run(text: str, size: int, colour: RGB, face: str, lowered: int = 0) -> str:
    looks = {"bold": ' b="1"', "italic": ' i="1"'}.get(face, "") + (f' baseline="{lowered}"' if lowered else "")
    looks += "" if spoken() == ENGLISH else f' lang="{spoken()}"'
    wide = any(east_asian_width(letter) in "WF" for letter in text)
    eastern = f'<a:ea typeface="{_EASTERN[chosen().region]}"/>' if wide else ""
    font = f'<a:latin typeface="{_FONT}"/>{eastern}<a:cs typeface="{_FONT}"/>'
    return f'<a:r><a:rPr sz="{size}"{looks}>{_fill(colour)}{font}</a:rPr><a:t>{_said(text)}</a:t></a:r>'
