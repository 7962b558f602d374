"""Subsets of the font that comes with Matplotlib, with only the letters that a file needs."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterable
from pathlib import Path

# Matplotlib itself needs fontTools, which has no types.
from fontTools import subset
from fontTools.ttLib import TTFont

from convanim.render.fonts import chosen
from convanim.render.text import font_path, is_own

_EPOCH = 0
"""Date written into every font file, so that the same letters give the same bytes."""


def subset_font(face: str, letters: Iterable[str]) -> TTFont:
    """Return a font that holds only some letters.

    Parameters
    ----------
    face : str
        ``"regular"``, ``"bold"`` or ``"italic"``.
    letters : iterable of str
        The letters to keep.
    """
    # It logs every table that it drops, and users need not see that.
    logging.getLogger("fontTools.subset").setLevel(logging.ERROR)
    options = subset.Options(
        layout_features=[], hinting=False, name_IDs=[1, 2], notdef_outline=False, recalc_timestamp=False
    )
    options.drop_tables += ["GPOS", "GSUB", "GDEF", "kern", "FFTM", "gasp"]
    font = TTFont(io.BytesIO(Path(font_path(face)).read_bytes()), recalcTimestamp=False, lazy=True)
    cutter = subset.Subsetter(options)
    wanted = sorted(set(letters))
    cutter.populate(text="".join(letter for letter in wanted if is_own(letter, face)))
    cutter.subset(font)
    if others := [letter for letter in wanted if not is_own(letter, face)]:
        from convanim.render.other_letters import graft

        graft(font, others, chosen())
    font["head"].created = font["head"].modified = _EPOCH
    return font


def font_bytes(font: TTFont, flavor: str | None = None) -> bytes:
    """Return the bytes of a font's file, as TrueType or in another ``flavor`` such as ``"woff"``."""
    font.flavor = flavor
    content = io.BytesIO()
    font.save(content, reorderTables=True)
    return content.getvalue()
