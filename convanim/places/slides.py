"""A deck of slides from the animations of a TOML file, one per slide."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from convanim.base.errors import ConvanimError
from convanim.base.processes import each
from convanim.formats.file_names import check_names
from convanim.places.gallery import Entry

if TYPE_CHECKING:
    from convanim.animations.animation import Animation

_WIDTH, _HEIGHT = 13.333, 7.5
"""Size of a 16:9 slide in inches."""

_MARGIN, _HEAD = 0.4, 1.1
"""Margin around the picture and height of the title above it, in inches."""

_PIXELS = {"width": 1280, "height": 620}
"""Size of each picture, which fills the space below the title."""

_TITLE_ONLY = 5
"""Index of the slide layout that has only a title."""

_DAY = (1980, 1, 1, 0, 0, 0)
"""Date of all files in the archive, so that equal decks have equal bytes."""


def check_deck(path: Path) -> None:
    """Raise an error if no deck can be written to a path.

    Raises
    ------
    ConvanimError
        If python-pptx is not installed, or the suffix is not .pptx.
    """
    check_names("output", path)
    if find_spec("pptx") is None:
        install = "pip install 'convanim[slides]'"
        raise ConvanimError("output", repr(str(path)), "needs python-pptx, which is not there; run {}", install)
    if path.suffix.lower() != ".pptx":
        raise ConvanimError("output", repr(str(path)), "is no deck of slides; use a name that ends in .pptx")


def deck(entries: tuple[Entry, ...], jobs: int = 1, progress: Callable[[], object] | None = None) -> bytes:
    """Return a PowerPoint deck, with a slide for each entry: title, animation and notes.

    The animation is a GIF, which plays as soon as the slide appears in
    PowerPoint, Keynote, Google Slides and LibreOffice. The notes hold the
    explanation, the layer's parameters and the command that draws it.

    Raises
    ------
    ConvanimError
        If an entry cannot be drawn.
    """
    from pptx import Presentation
    from pptx.util import Inches

    made = Presentation()
    made.slide_width, made.slide_height = Inches(_WIDTH), Inches(_HEIGHT)
    for entry, content in zip(entries, each(_drawn, entries, jobs), strict=True):
        _add(made, entry, *content)
        if progress:
            progress()
    properties = made.core_properties
    properties.title, properties.author, properties.last_modified_by = "convanim", "convanim", "convanim"
    saved = io.BytesIO()
    made.save(saved)
    return _undated(saved.getvalue())


def _drawn(entry: Entry) -> tuple[bytes, str, tuple[int, int]]:
    """Return an entry's animation, its alternative text, and its size, which is that of a slide if it fits."""
    animation: Animation
    try:
        animation = replace(entry, looks={**entry.looks, **_PIXELS}).animation
    except ConvanimError:
        # It does not fit, and so is drawn at its own size and scaled.
        animation = entry.animation
    return animation.encode("gif"), animation.alt, animation.size


def _add(made: Any, entry: Entry, content: bytes, alt: str, size: tuple[int, int]) -> None:
    from pptx.util import Inches, Pt

    slide = made.slides.add_slide(made.slide_layouts[_TITLE_ONLY])
    title = slide.shapes.title
    title.left, title.top = Inches(_MARGIN), Inches(0.15)
    title.width, title.height = Inches(_WIDTH - 2 * _MARGIN), Inches(_HEAD - 0.15)
    title.text_frame.text = _allowed(entry.title or entry.name)
    title.text_frame.paragraphs[0].font.size = Pt(32)
    width, height = _WIDTH - 2 * _MARGIN, _HEIGHT - _HEAD - _MARGIN / 2
    scale = min(width / size[0], height / size[1])
    across, down = (side * scale for side in size)
    left, top = (_WIDTH - across) / 2, _HEAD + (height - down) / 2
    picture = slide.shapes.add_picture(io.BytesIO(content), *map(Inches, (left, top, across, down)))
    picture.name = entry.name
    picture._element.nvPicPr.cNvPr.set("descr", alt)
    notes = [entry.explanation, " · ".join(entry.phrases), entry.command]
    slide.notes_slide.notes_text_frame.text = _allowed("\n\n".join(note for note in notes if note))


def _allowed(text: str) -> str:
    """Return a text without the characters that XML cannot represent."""
    return re.sub("[\ud800-\udfff\ufffe\uffff]", "", text)


def _undated(content: bytes) -> bytes:
    """Return an archive with the same files, all with the same date."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as before, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as after:
        for info in before.infolist():
            after.writestr(zipfile.ZipInfo(info.filename, _DAY), before.read(info), zipfile.ZIP_DEFLATED)
    return made.getvalue()
