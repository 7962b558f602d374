"""Letters that DejaVu Sans lacks: their outlines, and the glyphs that fonts with them hold."""

from __future__ import annotations

import io
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from itertools import count
from os import PathLike
from pathlib import Path
from typing import Any
from unicodedata import east_asian_width

import numpy as np

# Matplotlib itself needs fontTools, which has no types.
from fontTools.misc.transform import Scale
from fontTools.pens.basePen import BasePen
from fontTools.pens.cu2quPen import Cu2QuPen
from fontTools.pens.transformPen import TransformPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont

from convanim.base.access import refuse_reading
from convanim.base.errors import ConvanimError
from convanim.base.records import dataclass
from convanim.base.text import shortened
from convanim.render.fonts import Fonts
from convanim.views.scene import Points

_PACKAGE, _COLLECTION = "noto_cjk_sans_otc", "NotoSansCJK-Regular.ttc"
_INSTALLATION = "pip install 'convanim[cjk]'"

MOVETO, LINETO, CURVE, CLOSEPOLY = 1, 2, 4, 79
"""Codes of Agg for points of a path; a cubic curve has three."""

_EM = 2048
"""Units per em of DejaVu Sans."""

_MOST_BYTES = 128 << 20
"""How large a font may be."""

_MOST_ERROR = 1.0
"""How far a curve may be off where quadratic ones replace it, in those units."""


@cache
def outlined(letter: str, fonts: Fonts) -> tuple[Points, Points, float]:
    """Return the vertices, codes and advance of a letter that DejaVu Sans lacks, for an em of 1.

    Raises
    ------
    ConvanimError
        If no font has it.
    """
    source = _source_of(letter, fonts)
    pen = _Pen(source.glyphs)
    source.draw(letter, pen)
    vertices = np.array(pen.vertices, float).reshape(-1, 2) / source.em
    return vertices, np.array(pen.codes, np.uint8), source.advance(letter)


def quadratic(letter: str, fonts: Fonts) -> tuple[Any, int]:
    """Return a letter that DejaVu Sans lacks as its files hold letters, and its advance.

    Raises
    ------
    ConvanimError
        If no font has it.
    """
    source, pen = _source_of(letter, fonts), TTGlyphPen(None)
    # Outlines of PostScript run the other way round, and a filling by windings takes either.
    source.draw(letter, TransformPen(Cu2QuPen(pen, _MOST_ERROR), Scale(_EM / source.em)))
    return pen.glyph(), round(source.advance(letter) * _EM)


class _Pen(BasePen):  # type: ignore[misc]
    """Collects an outline as Agg takes it."""

    def __init__(self, glyphs: Any) -> None:
        super().__init__(glyphs)
        self.vertices: list[tuple[float, float]] = []
        self.codes: list[int] = []

    def _add(self, code: int, *points: tuple[float, float]) -> None:
        self.vertices += points
        self.codes += [code] * len(points)

    def _moveTo(self, point: tuple[float, float]) -> None:  # noqa: N802
        self._add(MOVETO, point)

    def _lineTo(self, point: tuple[float, float]) -> None:  # noqa: N802
        self._add(LINETO, point)

    def _curveToOne(self, *points: tuple[float, float]) -> None:  # noqa: N802
        self._add(CURVE, *points)

    def _closePath(self) -> None:  # noqa: N802
        self._add(CLOSEPOLY, (0.0, 0.0))


@dataclass(frozen=True, eq=False)
class _Source:
    """A font that is read."""

    cmap: dict[int, str]
    glyphs: Any
    em: int

    @classmethod
    def of(cls, font: TTFont) -> _Source:
        return cls(font.getBestCmap() or {}, font.getGlyphSet(), font["head"].unitsPerEm)

    def draw(self, letter: str, pen: Any) -> None:
        self.glyphs[self.cmap[ord(letter)]].draw(pen)

    def advance(self, letter: str) -> float:
        """Return the advance of a letter in ems."""
        return float(self.glyphs[self.cmap[ord(letter)]].width) / self.em


def check_font(path: str) -> None:
    """Raise if a file that a user names is no font, or none may be read.

    Raises
    ------
    ConvanimError
        Then, with the name of the file.
    """
    if not isinstance(path, str | PathLike):
        raise ConvanimError("font", shortened(repr(path), 80), "is not the path of a file; give a .ttf, .otf or .ttc")
    refuse_reading("font", path, "letters of other fonts")
    _opened(path)


def _source_of(letter: str, fonts: Fonts) -> _Source:
    for source in _sources(fonts):
        if ord(letter) in source.cmap:
            return source
    if east_asian_width(letter) in "WF" and not find_spec(_PACKAGE):
        raise ConvanimError("caption", repr(letter), "is not in DejaVu Sans; run {}, or give a `font`", _INSTALLATION)
    raise ConvanimError("caption", repr(letter), "is in none of the fonts; give a `font` that has it")


def _sources(fonts: Fonts) -> Iterator[_Source]:
    if spec := find_spec(_PACKAGE):
        assert spec.origin is not None
        yield _of_region(str(Path(spec.origin).with_name(_COLLECTION)), fonts.region)
    if fonts.file is not None:
        yield _opened(fonts.file)


@cache
def _of_region(path: str, region: str) -> _Source:
    """Return the font of a collection that has the forms of a region."""
    collection = io.BytesIO(Path(path).read_bytes())
    fonts = (TTFont(collection, fontNumber=number, lazy=True) for number in count())
    return next(_Source.of(font) for font in fonts if str(font["name"].getDebugName(1)).endswith(region))


@cache
def _opened(path: str) -> _Source:
    """Return the font of a file; of a collection, the first."""
    file = Path(path)
    # A device has no end.
    if file.exists() and (not file.is_file() or file.stat().st_size > _MOST_BYTES):
        raise ConvanimError(
            "font", repr(path), f"is no file of at most {_MOST_BYTES >> 20} MB; give a .ttf, .otf or .ttc"
        )
    try:
        return _Source.of(TTFont(io.BytesIO(Path(path).read_bytes()), fontNumber=0, lazy=True))
    except OSError as error:
        raise ConvanimError("font", repr(path), "cannot be read: {}", error.strerror or error) from error
    except Exception as error:
        # What is wrong in a file, fontTools says in errors of many kinds.
        raise ConvanimError("font", repr(path), "is no font that can be read; give a .ttf, .otf or .ttc") from error
