"""A deck of slides from the animations of a TOML file, one per slide."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from convanim.base.errors import ConvanimError
from convanim.base.processes import each
from convanim.base.records import dataclass
from convanim.formats import FORMATS
from convanim.formats.estimate import shapes_on_slides
from convanim.formats.file_names import check_names
from convanim.formats.pptx import add_shapes, saved, slides_of
from convanim.places.gallery import Entry
from convanim.render.drawingml import Frame, allowed
from convanim.render.theme import RGB

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

_INCH = 914_400
"""Units of PowerPoint in an inch."""


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


def check_native(entries: tuple[Entry, ...]) -> tuple[str, ...]:
    """Return notes on what native shapes show in another way.

    Raises
    ------
    ConvanimError
        If a deck cannot hold the shapes of all steps.
    """
    most = FORMATS["pptx"].most_shapes or 0
    animations = [entry.animation.in_stops() for entry in entries]
    total = sum(shapes_on_slides(one.scene, one.timeline) for one in animations)
    if total > most:
        raise ConvanimError(
            "native",
            "",
            f"would make about {total:.0f} shapes on its slides, and a deck takes {most}; "
            "leave it out, describe fewer animations, or give them fewer `steps`, an `every` or a `still`",
        )
    return tuple(dict.fromkeys(note for one in animations for note in one.losses("pptx")))


def deck(
    entries: tuple[Entry, ...], jobs: int = 1, progress: Callable[[], object] | None = None, *, native: bool = False
) -> bytes:
    """Return a PowerPoint deck, with a slide for each entry: title, animation and notes.

    The animation is a GIF, which plays as soon as the slide appears in
    PowerPoint, Keynote, Google Slides and LibreOffice. The notes hold the
    explanation, the layer's parameters and the command that draws it.

    If ``native``, there is a slide for each step, or each stop of a tour, instead, with shapes that
    can be edited, and its sentence in the notes.

    Raises
    ------
    ConvanimError
        If an entry cannot be drawn.
    """
    from pptx import Presentation
    from pptx.util import Inches

    made = Presentation()
    made.slide_width, made.slide_height = Inches(_WIDTH), Inches(_HEIGHT)
    contents: Iterable[_Shapes | _Picture] = each(_shapes if native else _picture, entries, jobs)
    for entry, content in zip(entries, contents, strict=True):
        if isinstance(content, _Shapes):
            _add_shapes(made, entry, content)
        else:
            _add_picture(made, entry, content)
        if progress:
            progress()
    return saved(made, "convanim")


@dataclass(frozen=True)
class _Picture:
    """An entry's animation as a file, its alternative text, and its size in pixels."""

    content: bytes
    alt: str
    size: tuple[int, int]


@dataclass(frozen=True)
class _Shapes:
    """The shapes of each step of an entry and its sentence, with the colours of their page and of words on it."""

    slides: tuple[tuple[str, str], ...]
    page: RGB | None
    ink: RGB


def _picture(entry: Entry) -> _Picture:
    animation = _fitting(entry)
    return _Picture(animation.encode("gif"), animation.alt, animation.size)


def _shapes(entry: Entry) -> _Shapes:
    film = _fitting(entry).in_stops().film()
    left, top, across, _ = _box((film.layout.width, film.layout.height))
    frame = Frame(left * _INCH, top * _INCH, across * _INCH / film.layout.width)
    return _Shapes(tuple(slides_of(film, frame)), None if film.transparent else film.theme.background, film.theme.text)


def _fitting(entry: Entry) -> Animation:
    """Return an entry's animation, which has the size of a slide if it fits."""
    try:
        return replace(entry, looks={**entry.looks, **_PIXELS}).animation
    except ConvanimError:
        # It does not fit, and so is drawn at its own size and scaled.
        return entry.animation


def _box(size: tuple[int, int]) -> tuple[float, float, float, float]:
    """Return the left, top, width and height, in inches, of a picture below the title."""
    width, height = _WIDTH - 2 * _MARGIN, _HEIGHT - _HEAD - _MARGIN / 2
    scale = min(width / size[0], height / size[1])
    across, down = (side * scale for side in size)
    return (_WIDTH - across) / 2, _HEAD + (height - down) / 2, across, down


def _add_picture(made: Any, entry: Entry, drawn: _Picture) -> None:
    from pptx.util import Inches

    slide = _titled(made, entry)
    picture = slide.shapes.add_picture(io.BytesIO(drawn.content), *map(Inches, _box(drawn.size)))
    picture.name = entry.name
    picture._element.nvPicPr.cNvPr.set("descr", drawn.alt)
    slide.notes_slide.notes_text_frame.text = allowed(_told(entry))


def _add_shapes(made: Any, entry: Entry, drawn: _Shapes) -> None:
    for number, (xml, said) in enumerate(drawn.slides):
        slide = _titled(made, entry, drawn.ink)
        add_shapes(slide, xml, said if number else f"{said}\n\n{_told(entry)}", drawn.page)


def _titled(made: Any, entry: Entry, ink: RGB | None = None) -> Any:
    """Add a slide with the entry's title and return it."""
    from pptx.dml.color import RGBColor
    from pptx.util import Inches, Pt

    slide = made.slides.add_slide(made.slide_layouts[_TITLE_ONLY])
    title = slide.shapes.title
    title.left, title.top = Inches(_MARGIN), Inches(0.15)
    title.width, title.height = Inches(_WIDTH - 2 * _MARGIN), Inches(_HEAD - 0.15)
    title.text_frame.text = allowed(entry.title or entry.name)
    font = title.text_frame.paragraphs[0].font
    font.size = Pt(32)
    if ink is not None:
        font.color.rgb = RGBColor(*ink)
    return slide


def _told(entry: Entry) -> str:
    """Return what the notes say of an entry."""
    notes = [entry.explanation, " · ".join(entry.phrases), entry.command]
    return "\n\n".join(note for note in notes if note)
