"""PPTX: a slide per step of native shapes, grouped and named, with the step's sentence in the notes."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from html import unescape
from itertools import groupby, zip_longest
from typing import Any

import numpy as np

from convanim.base.records import dataclass
from convanim.formats.clip import Film, reported
from convanim.formats.shape_names import ShapeNames
from convanim.render.drawingml import EMU, NAMESPACES, Frame, Part, allowed, group, numbered, uncovered
from convanim.render.ink import Fill, Ink, Inking, Line, Stroke, Writing
from convanim.render.merged_shapes import merged_quads, whole
from convanim.render.text import is_own
from convanim.render.theme import RGB
from convanim.views.scene import Cells, Lines, Points, Shape, Shapes, Texts

_LEAST_SIDE, _MOST_SIDE = 914_400, 51_206_400
"""The least and the longest side of a slide, 1 and 56 inches."""

_BLANK = 6
"""Index of the slide layout without a title."""

_FIRST = 10
"""The number of a slide's first shape; the placeholders of any layout have smaller ones."""

_DAY = (1980, 1, 1, 0, 0, 0)
"""Date of all files in the archive, so that equal decks have equal bytes."""

_MOST_READ = 1_000_000
"""The most bytes that are read of a file's properties."""

_FEW = ("ray",)
"""What is drawn as a line of its own for each."""

_FINER = 10_000
"""Parts of a cell to which corners are rounded before they are merged."""


def encode(film: Film) -> bytes:
    """Return a deck with a slide per step, of the size of the picture.

    Notes
    -----
    All shapes are on the slides, also those that never change: a slide that
    is copied into another deck takes them along, and every cell can be
    selected where it is seen. A master or a layout would allow neither.
    """
    from pptx import Presentation
    from pptx.util import Emu

    width, height = (side * EMU for side in (film.layout.width, film.layout.height))
    scale = min(1.0, _MOST_SIDE / max(width, height)) * max(1.0, _LEAST_SIDE / min(width, height))
    scale = min(scale, _MOST_SIDE / max(width, height))
    sides = [max(_LEAST_SIDE, round(side * scale)) for side in (width, height)]
    made = Presentation()
    made.slide_width, made.slide_height = map(Emu, sides)
    frame = Frame((sides[0] - width * scale) / 2, (sides[1] - height * scale) / 2, EMU * scale)
    page = None if film.transparent else film.theme.background
    for xml, said in slides_of(film, frame):
        add_shapes(made.slides.add_slide(made.slide_layouts[_BLANK]), xml, said, page)
    return saved(made, film.told.title, film.told.command)


def command_of(content: bytes) -> str:
    """Return the command that a file carries, or an empty text."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive, archive.open("docProps/core.xml") as properties:
        found = re.search(b"<dc:description>([^<]*)</dc:description>", properties.read(_MOST_READ))
    return unescape(found[1].decode(errors="replace")) if found else ""


def losses(film: Film) -> tuple[str, ...]:
    """Return notes on what slides show in another way than all other files."""
    steps = film.timeline.steps
    moments = (shape for step in {steps[0], steps[-1]} for shape in film.scene.moment(step))
    texts = [shape for shape in (*film.scene.ground, *moments) if isinstance(shape, Texts)]
    said = [word for text in texts for word in text.words]
    said += [word.text for block in film.layout.blocks for word in block.words]
    notes = (
        (
            any(text.across[1] for text in texts),
            "words in slanted cells are turned in a .pptx, since PowerPoint slants no letters",
        ),
        (
            not all(is_own(letter, "regular") for word in said for letter in word),
            "a .pptx holds no fonts, so that letters beyond DejaVu Sans look as they do in one that its reader has",
        ),
    )
    return tuple(note for holds, note in notes if holds)


def slides_of(film: Film, frame: Frame) -> Iterator[tuple[str, str]]:
    """Yield the shapes of each step's slide within a frame, as XML, and the step's sentence."""
    drawn = _Drawn(film, frame)
    left = [*drawn.parts(film.scene.ground), *drawn.below()]
    steps = film.timeline.steps
    for marks, step in reported(zip(film.scene.left_by(steps), steps, strict=True), len(steps), film.report):
        left += drawn.parts(marks)
        whole = _grouped([*left, *drawn.parts(film.scene.moment(step))], film)
        yield numbered(whole.replace("<p:grpSp>", f"<p:grpSp {NAMESPACES}>", 1), _FIRST), film.told.step(step)


def add_shapes(slide: Any, xml: str, notes: str, page: RGB | None) -> None:
    """Add a step's shapes to a slide, with notes and the colour of the background, if it has one."""
    from pptx.dml.color import RGBColor
    from pptx.oxml import parse_xml

    if page is not None:
        slide.background.fill.solid()
        slide.background.fill.fore_color.rgb = RGBColor(*page)
    slide.shapes._spTree.append(parse_xml(xml))
    slide.notes_slide.notes_text_frame.text = allowed(notes)


def saved(deck: Any, title: str, command: str = "") -> bytes:
    """Return a deck of python-pptx, with the command that makes it, as bytes that do not depend on the date."""
    properties = deck.core_properties
    properties.author, properties.last_modified_by = "convanim", "convanim"
    # As properties, python-pptx refuses texts of more than 255 letters, and half a command is none.
    properties._element.get_or_add_title().text = allowed(title)
    if command:
        properties._element.get_or_add_description().text = allowed(command)
    content, made = io.BytesIO(), io.BytesIO()
    deck.save(content)
    with zipfile.ZipFile(content) as before, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as after:
        for info in before.infolist():
            after.writestr(zipfile.ZipInfo(info.filename, _DAY), before.read(info), zipfile.ZIP_DEFLATED)
    return made.getvalue()


def _grouped(shown: Sequence[Part], film: Film) -> str:
    """Return all shapes of a slide as one group, in which neighbours of one kind form groups."""
    groups = [group(kind, list(parts)) for kind, parts in groupby(uncovered(shown), lambda part: part.kind)]
    return group(film.told.title, groups, film.told.alt).xml


@dataclass(frozen=True)
class _Drawn:
    """Draws shapes of a film within a frame."""

    film: Film
    frame: Frame

    @cached_property
    def names(self) -> ShapeNames:
        return ShapeNames.of(self.film.scene)

    @property
    def _inking(self) -> Inking:
        return Inking(self.film.theme, self.film.layout, counts_up=False)

    def parts(self, shapes: Shapes) -> list[Part]:
        """Return shapes of the scene; lines that are the sides of the cells before them become their outlines."""
        found = list[Part]()
        is_drawn = False
        for shape, following in zip_longest(shapes, shapes[1:]):
            if is_drawn:
                is_drawn = False
                continue
            kind = self.names.kind(shape)
            outline = self._outline(shape, following) if isinstance(shape, Cells) else None
            is_drawn = outline is not None
            made = self._cells(shape, kind, outline) if isinstance(shape, Cells) else self._others(shape, kind)
            found += [replace(part, kind=kind) for part in made]
        return found

    def below(self) -> Iterator[Part]:
        """Yield the legend and the caption."""
        for block in self.film.layout.blocks:
            kind = "legend" if block.samples else "caption"
            for ink in self._inking.block(block):
                yield from (replace(part, kind=kind) for part in self._inked(ink, kind))

    def _outline(self, cells: Cells, lines: Shape | None) -> Stroke | None:
        """Return the look of lines that are exactly the sides of some filled cells, each a solid line."""
        if not isinstance(lines, Lines) or (lines.role, lines.key) != (cells.role, cells.key):
            return None
        if cells.tones is None and self.film.theme.fill(cells.role, cells.shaded, cells.strength) is None:
            return None
        sides = np.stack([cells.quads, np.roll(cells.quads, -1, axis=1)], axis=2).reshape(-1, 2, 2)
        if not len(sides) or _known(sides) != _known(lines.segments):
            return None
        inks = list(self._inking.shapes((lines,)))
        return inks[0] if len(inks) == 1 and isinstance(inks[0], Stroke) and inks[0].dash is None else None

    def _cells(self, cells: Cells, kind: str, outline: Stroke | None) -> Iterator[Part]:
        if cells.cells is None and cells.tones is None and outline is None:
            # What shows no cells, such as a bar of many, is one shape where it can be.
            cells = replace(cells, quads=merged_quads(whole(cells.quads, _FINER)) / _FINER)
        for name, fill in self.names.fills(cells, self._inking):
            yield self.frame.cell(name, fill.quads[0], fill.colour, fill.opacity, outline)
        for ink in self._inking.shapes((cells,)):
            if isinstance(ink, Stroke) and len(ink.segments):
                yield self.frame.lines(f"{kind} hatching", ink)

    def _others(self, shape: Shape, kind: str) -> Iterator[Part]:
        for ink in self._inking.shapes((shape,)):
            yield from self._inked(ink, kind)

    def _inked(self, ink: Ink, kind: str) -> Iterator[Part]:
        if isinstance(ink, Fill):
            yield from (self.frame.cell(kind, quad, ink.colour, ink.opacity) for quad in ink.quads)
        elif isinstance(ink, Writing):
            yield from self.frame.words(ink)
        elif isinstance(ink, Line):
            yield from [self.frame.row(ink)] if ink.text.split() else []
        elif kind in _FEW and not (ink.dash or ink.is_casing):
            yield from (self.frame.line(kind, ink, number) for number in range(len(ink.segments)))
        elif len(ink.segments):
            yield self.frame.lines(f"{kind} {'casing' if ink.is_casing else 'lines'}", ink)


def _known(segments: Points) -> set[tuple[tuple[float, float], ...]]:
    """Return lines as a set, whichever of their ends comes first."""
    ends = np.round(segments, 4) + 0.0
    return {tuple(sorted((x, y) for x, y in line)) for line in ends.tolist()}
