"""Subsets of the font that comes with Matplotlib, with only the letters that a file needs.

They are as ``fontTools.subset`` cuts them, whose import takes as long as drawing a picture.
"""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from struct import pack, unpack_from
from typing import Any

# Matplotlib itself needs fontTools, which has no types.
from fontTools.ttLib import TTFont, newTable
from fontTools.ttLib.sfnt import SFNTWriter
from fontTools.ttLib.tables._c_m_a_p import CmapSubtable
from fontTools.ttLib.tables._g_l_y_f import Glyph
from fontTools.ttLib.tables.DefaultTable import DefaultTable
from fontTools.ttLib.ttFont import sortedTagList

from convanim.render.fonts import chosen
from convanim.render.text import font_path, glyph_number, is_own

_EPOCH = 0
"""Date written into every font file, so that the same letters give the same bytes."""

_KEPT = ("GlyphOrder", "head", "hhea", "maxp", "OS/2", "hmtx", "cmap", "loca", "glyf", "name", "post", "MATH")
_COUNTED = ("glyf", "loca", "maxp", "hmtx", "hhea", "head")
_NAMES, _ENGLISH = (1, 2), (3, 1, 0x409)
"""The names that are kept, of the family and of the face, and the kind and the language of their text."""

_BASIC = 0x10000
"""Where letters begin for which tables of the older kind have no room."""

_WORDS, _MORE, _SCALES = 0x1, 0x20, {0x8: 2, 0x40: 4, 0x80: 8}
"""Flags of a glyph within another: places of two bytes, that another follows, and the bytes of its scale."""


def subset_font(face: str, letters: Iterable[str]) -> TTFont:
    """Return a font that holds only some letters.

    Parameters
    ----------
    face : str
        ``"regular"``, ``"bold"`` or ``"italic"``.
    letters : iterable of str
        The letters to keep.
    """
    wanted = sorted(set(letters))
    font = _cut(face, [letter for letter in wanted if is_own(letter, face)])
    if others := [letter for letter in wanted if not is_own(letter, face)]:
        from convanim.render.other_letters import graft

        graft(font, others, chosen())
    font["head"].created = font["head"].modified = _EPOCH
    return font


def font_bytes(font: TTFont, flavor: str | None = None) -> bytes:
    """Return the bytes of a font's file, as TrueType or in another ``flavor`` such as ``"woff"``."""
    tags = [tag for tag in font.keys() if tag != "GlyphOrder"]  # noqa: SIM118
    # Some tables count what is in those before them.
    tables = {tag: font.getTableData(tag) for tag in (*_COUNTED, *(tag for tag in tags if tag not in _COUNTED))}
    content = io.BytesIO()
    writer = SFNTWriter(content, len(tags), font.sfntVersion, flavor)
    for tag in sortedTagList(tags):
        writer[tag] = tables[tag]
    writer.close()
    return content.getvalue()


def _cut(face: str, letters: list[str]) -> TTFont:
    """Return the font with some of its own letters."""
    font = TTFont(io.BytesIO(Path(font_path(face)).read_bytes()), recalcTimestamp=False, lazy=True)
    for tag in set(font.keys()) - set(_KEPT):
        del font[tag]
    numbers = {ord(letter): glyph_number(letter, face) for letter in _with_mirrored(letters)}
    mapped = {code: number for code, number in sorted(numbers.items()) if number}
    glyphs = _glyphs(font, {0, *mapped.values()} | _of_formulas(font, {0, *mapped.values()}))
    _set_metrics(font, glyphs)
    font.setGlyphOrder([_name(number) for number in glyphs])
    font["glyf"] = table = newTable("glyf")
    table.glyphOrder = font.getGlyphOrder()
    table.glyphs = {_name(number): Glyph(data) for number, data in glyphs.items()}
    for glyph in table.glyphs.values():
        glyph.trim(remove_hinting=True)
    font["loca"] = newTable("loca")
    _set_letters(font, {code: _name(number) for code, number in mapped.items()})
    _set_unhinted(font["maxp"])
    _set_data(font, "name", _names(font.reader["name"]))
    # Names of glyphs, which follow the first 32 bytes, are not needed.
    _set_data(font, "post", pack(">I", 0x30000) + font.reader["post"][4:32])
    font["OS/2"].recalcUnicodeRanges(font, pruneOnly=True)
    # fontTools before 4.39 leaves those as they are.
    if hasattr(font["OS/2"], "recalcCodePageRanges"):
        font["OS/2"].recalcCodePageRanges(font, pruneOnly=True)
    return font


def _name(number: int) -> str:
    return f"glyph{number:05}"


def _with_mirrored(letters: list[str]) -> list[str]:
    """Return letters, each opening bracket with its closing one and the other way round."""
    if not any(map(unicodedata.mirrored, letters)):
        return letters
    from fontTools.unicodedata import mirrored

    return letters + [chr(other) for letter in letters if (other := mirrored(ord(letter))) is not None]


def _glyphs(font: TTFont, numbers: Collection[int]) -> dict[int, bytes]:
    """Return the data of glyphs and of those that they are made of, by ascending numbers."""
    data, head = font.reader["glyf"], font["head"]
    unit, kind = (4, "I") if head.indexToLocFormat else (2, "H")
    found, missing = {}, set(numbers)
    while missing:
        number = missing.pop()
        start, end = unpack_from(f">2{kind}", font.reader["loca"], number * unit)
        scale = 1 if head.indexToLocFormat else 2
        # What stands for letters that are missing is empty.
        found[number] = data[start * scale : end * scale] if number else b""
        missing |= {part for _, part in _parts(found[number])} - set(found)
    kept = sorted(found)
    order = {number: place for place, number in enumerate(kept)}
    return {number: _renumbered(found[number], order) for number in kept}


def _parts(data: bytes) -> Iterator[tuple[int, int]]:
    """Yield where a glyph that is made of others names them, and which they are."""
    at = 10 if data and data[0] & 0x80 else 0
    while at:
        flags, number = unpack_from(">2H", data, at)
        yield at + 2, number
        at += 8 if flags & _WORDS else 6
        at += sum(size for flag, size in _SCALES.items() if flags & flag)
        at *= bool(flags & _MORE)


def _renumbered(data: bytes, order: dict[int, int]) -> bytes:
    """Return the data of a glyph with the new numbers of its parts."""
    changed = bytearray(data)
    for at, number in _parts(data):
        changed[at : at + 2] = pack(">H", order[number])
    return bytes(changed)


def _set_metrics(font: TTFont, numbers: Iterable[int]) -> None:
    data, count = font.reader["hmtx"], font["hhea"].numberOfHMetrics
    font["hmtx"] = table = newTable("hmtx")
    table.metrics = {}
    for number in numbers:
        (advance,) = unpack_from(">H", data, 4 * min(number, count - 1))
        beside = 4 * number + 2 if number < count else 4 * count + 2 * (number - count)
        table.metrics[_name(number)] = (advance, *unpack_from(">h", data, beside))


def _set_letters(font: TTFont, names: dict[int, str]) -> None:
    """Set which glyphs letters have, in the kinds of tables that the font has."""
    basic = {code: name for code, name in names.items() if code < _BASIC}
    kinds = [(4, 0, 3, basic), (12, 0, 10, names), (4, 3, 1, basic), (12, 3, 10, {} if basic == names else names)]
    font["cmap"] = table = newTable("cmap")
    table.tableVersion, table.tables = 0, []
    for kind, platform, encoding, mapped in kinds:
        if mapped:
            one = CmapSubtable.newSubtable(kind)
            one.platformID, one.platEncID, one.language, one.cmap = platform, encoding, 0, mapped
            table.tables.append(one)


def _set_unhinted(table: Any) -> None:
    """Say that no glyph has a program that fits it to pixels."""
    table.maxZones = 1
    for name in ("TwilightPoints", "Storage", "FunctionDefs", "InstructionDefs", "StackElements"):
        setattr(table, f"max{name}", 0)
    table.maxSizeOfInstructions = 0


def _set_data(font: TTFont, tag: str, data: bytes) -> None:
    font[tag] = table = DefaultTable(tag)
    table.data = data


def _names(data: bytes) -> bytes:
    """Return a table of names with few of them."""
    count, texts = unpack_from(">2H", data, 2)
    records = [unpack_from(">6H", data, 6 + 12 * number) for number in range(count)]
    kept = [record for record in records if record[:3] == _ENGLISH and record[3] in _NAMES]
    heads, content = b"", b""
    for *which, length, start in kept:
        heads += pack(">6H", *which, length, len(content))
        content += data[texts + start : texts + start + length]
    return pack(">3H", 0, len(kept), 6 + len(heads)) + heads + content


def _of_formulas(font: TTFont, numbers: Collection[int]) -> set[int]:
    """Return glyphs that larger forms of some are made of, and cut down the table that says so."""
    if "MATH" not in font:
        return set()
    data = font.reader["MATH"]
    if not _covered(data) & set(numbers):
        (start,) = unpack_from(">H", data, 6)
        least = data[unpack_from(">H", data, 8)[0] :][:2]
        _set_data(font, "MATH", data[:start] + bytes(8) + least + pack(">6H", 10, 10, 0, 0, 1, 0))
        return set()
    font.setGlyphOrder([_name(number) for number in range(font["maxp"].numGlyphs)])
    table = font["MATH"].table.MathVariants
    more: set[str] = set()
    for way in ("Vert", "Horiz"):
        coverage, forms = getattr(table, f"{way}GlyphCoverage"), getattr(table, f"{way}GlyphConstruction")
        kept = [(name, form) for name, form in zip(coverage.glyphs, forms, strict=True) if _number(name) in numbers]
        coverage.glyphs = [name for name, _ in kept]
        setattr(table, f"{way}GlyphConstruction", [form for _, form in kept])
        setattr(table, f"{way}GlyphCount", len(kept))
        for _, form in kept:
            more |= {one.VariantGlyph for one in form.MathGlyphVariantRecord}
            more |= {one.glyph for one in form.GlyphAssembly.PartRecords} if form.GlyphAssembly else set()
    return {_number(name) for name in more}


def _number(name: str) -> int:
    return int(name.removeprefix("glyph"))


def _covered(data: bytes) -> set[int]:
    """Return the glyphs of which the table for formulas knows larger forms."""
    (table,) = unpack_from(">H", data, 8)
    found: set[int] = set()
    for start in unpack_from(">2H", data, table + 2):
        kind, count = unpack_from(">2H", data, table + start)
        ends = unpack_from(f">{count if kind == 1 else 3 * count}H", data, table + start + 4)
        ranges = zip(ends, ends, strict=True) if kind == 1 else zip(ends[::3], ends[1::3], strict=True)
        found |= {number for first, last in ranges for number in range(first, last + 1)}
    return found
