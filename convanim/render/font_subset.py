"""Fonts that hold only the letters that a file needs, as the font that comes with Matplotlib draws them.

They are built anew: importing what cuts fonts takes longer than drawing a picture.
"""

from __future__ import annotations

import io
from collections.abc import Iterable
from functools import cache
from itertools import accumulate
from struct import pack
from typing import Any

# Matplotlib itself needs fontTools, which has no types.
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont
from fontTools.ttLib.sfnt import SFNTWriter
from fontTools.ttLib.tables.DefaultTable import DefaultTable
from fontTools.ttLib.ttFont import sortedTagList

from convanim.render.fonts import chosen
from convanim.render.matplotlib_parts import CLOSEPOLY, LINETO, MOVETO, FT2Font, LoadFlags
from convanim.render.text import font_path, is_own

_EPOCH = 0
"""Date written into every font file, so that the same letters give the same bytes."""

_MISSING = ".notdef"
"""Name of the glyph that stands for letters that are missing; it is empty."""

_COUNTED = ("glyf", "loca", "maxp", "hmtx", "hhea", "head")
"""Tables that count what is in those before them."""

_ENGLISH = (3, 1, 0x409)
"""How names are kept: for Windows, in UTF-16, in English."""

_CURVE = 3
"""Agg's code for points of a quadratic curve, which has two."""


def subset_font(face: str, letters: Iterable[str]) -> TTFont:
    """Return a font that holds only some letters.

    Parameters
    ----------
    face : str
        ``"regular"``, ``"bold"`` or ``"italic"``.
    letters : iterable of str
        The letters to keep.
    """
    source = _font(face)
    wanted = sorted(set(letters))
    names = {ord(letter): f"u{ord(letter):05X}" for letter in wanted}
    drawn = {_MISSING: (TTGlyphPen(None).glyph(), 0)}
    drawn |= {names[ord(letter)]: _glyph(letter, face) for letter in wanted}
    glyphs = {name: glyph for name, (glyph, _) in drawn.items()}
    rise, fall, bold = source.ascender, source.descender, face == "bold"
    about = source.get_sfnt_table("post")
    builder = FontBuilder(source.units_per_EM)
    builder.updateHead(created=_EPOCH, modified=_EPOCH, macStyle=int(bold))
    builder.setupGlyphOrder(list(drawn))
    builder.setupCharacterMap(names)
    builder.setupGlyf(glyphs)
    builder.setupHorizontalMetrics({name: (width, getattr(glyph, "xMin", 0)) for name, (glyph, width) in drawn.items()})
    builder.setupHorizontalHeader(ascent=rise, descent=fall)
    builder.font["name"] = _named(source.family_name, source.style_name)
    builder.setupOS2(usWeightClass=700 if bold else 400, usWinAscent=rise, usWinDescent=-fall)
    underline = {key: about[key] for key in ("underlinePosition", "underlineThickness")}
    builder.setupPost(keepGlyphNames=False, **underline)
    return builder.font


def font_bytes(font: TTFont, flavor: str | None = None) -> bytes:
    """Return the bytes of a font's file, as TrueType or in another ``flavor`` such as ``"woff"``."""
    # As fontTools saves a font, but without importing the classes of all tables that there may be.
    tables = {tag: font.getTableData(tag) for tag in (*_COUNTED, "OS/2", "cmap", "name", "post")}
    content = io.BytesIO()
    writer = SFNTWriter(content, len(tables), font.sfntVersion, flavor)
    for tag in sortedTagList(tables):
        writer[tag] = tables[tag]
    writer.close()
    return content.getvalue()


@cache
def _font(face: str) -> FT2Font:
    """Return the font at a size at which pixels are its units."""
    font = FT2Font(font_path(face))
    font.set_size(font.units_per_EM, 72)
    return font


def _named(*names: str) -> DefaultTable:
    """Return a table with names, the first those of the family and of the style."""
    # For the class that fontTools has for it, it would import those of many others.
    table = DefaultTable("name")
    texts = [name.encode("utf-16-be") for name in names]
    starts = accumulate(map(len, texts), initial=0)
    records = [
        pack(">6H", *_ENGLISH, 1 + at, len(text), start)
        for at, (text, start) in enumerate(zip(texts, starts, strict=False))
    ]
    table.data = pack(">3H", 0, len(texts), 6 + 12 * len(texts)) + b"".join(records + texts)
    return table


def _glyph(letter: str, face: str) -> tuple[Any, int]:
    """Return a letter as fonts hold it, and its advance."""
    if not is_own(letter, face):
        from convanim.render.other_letters import quadratic

        return quadratic(letter, chosen())
    font, pen = _font(face), TTGlyphPen(None)
    loaded = font.load_char(ord(letter), flags=LoadFlags.NO_HINTING)
    vertices, codes = font.get_path()
    _draw(pen, codes.tolist(), [(x, y) for x, y in vertices.tolist()])
    return pen.glyph(), round(loaded.linearHoriAdvance / 65536)


def _draw(pen: TTGlyphPen, codes: list[int], points: list[tuple[float, float]]) -> None:
    """Draw an outline, joining curves that meet half-way between their inner points, as fonts do."""
    draw = {MOVETO: pen.moveTo, LINETO: pen.lineTo, CLOSEPOLY: lambda _: pen.closePath()}
    at = 0
    while at < len(codes):
        if codes[at] != _CURVE:
            draw[codes[at]](points[at])
            at += 1
            continue
        inner = [points[at]]
        while codes[at + 2] == _CURVE and points[at + 1] == _half_way(points[at], points[at + 2]):
            at += 2
            inner.append(points[at])
        pen.qCurveTo(*inner, points[at + 1])
        at += 2


def _half_way(one: tuple[float, float], other: tuple[float, float]) -> tuple[float, float]:
    return (one[0] + other[0]) / 2, (one[1] + other[1]) / 2
