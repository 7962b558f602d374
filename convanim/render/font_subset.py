"""The letters that a file needs, cut out of the font that comes with Matplotlib."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterable
from pathlib import Path

# Matplotlib itself needs fontTools, which has no types.
from fontTools import subset
from fontTools.ttLib import TTFont

from convanim.render.text import font_path

_EPOCH = 0
"""A font says when it was changed, and the same letters must give the same bytes."""


def subset_font(face: str, letters: Iterable[str]) -> TTFont:
    """Return a font with some letters and what they need, and nothing else.

    Parameters
    ----------
    face : str
        ``"regular"``, ``"bold"`` or ``"italic"``.
    letters : iterable of str
        What is written in it.
    """
    # Matplotlib's parts list what they drop, and that is of no interest here.
    logging.getLogger("fontTools.subset").setLevel(logging.ERROR)
    options = subset.Options(
        layout_features=[], hinting=False, name_IDs=[1, 2], notdef_outline=False, recalc_timestamp=False
    )
    options.drop_tables += ["GPOS", "GSUB", "GDEF", "kern", "FFTM", "gasp"]
    font = TTFont(io.BytesIO(Path(font_path(face)).read_bytes()), recalcTimestamp=False, lazy=True)
    cutter = subset.Subsetter(options)
    cutter.populate(text="".join(sorted(set(letters))))
    cutter.subset(font)
    font["head"].created = font["head"].modified = _EPOCH
    return font


def font_bytes(font: TTFont, flavor: str | None = None) -> bytes:
    """Return a font's file, as TrueType or in another ``flavor`` such as ``"woff"``."""
    font.flavor = flavor
    content = io.BytesIO()
    font.save(content, reorderTables=True)
    return content.getvalue()
