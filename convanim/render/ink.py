"""Ink: a scene's shapes with their colours, widths, dashes and places in the picture, for every file format."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import field

import numpy as np

from convanim.base.font import CAP_HEIGHT, width_of
from convanim.base.records import dataclass
from convanim.render.layout import Layout
from convanim.render.legend_and_caption import Block
from convanim.render.text import LOWERED_BY
from convanim.render.theme import RGB, Theme, clearer
from convanim.views.scene import Cells, Lines, Points, Shape, Texts

_AROUND, _HALF = 0.16, (CAP_HEIGHT + 0.3) / 2
"""How far hatching keeps off a word at both ends, and half the height of the patch behind it, in ems."""

_CASING = 2.2, 0.25
"""The width of a line below another, as a multiple of the grid's, and its opacity."""


@dataclass(frozen=True, eq=False)
class Fill:
    """Parallelograms of one colour, as an (n, 4, 2) array, drawn as one area."""

    quads: Points
    colour: RGB
    opacity: float = 1.0


@dataclass(frozen=True, eq=False)
class Stroke:
    """Straight lines of one look, an (n, 2, 2) array.

    ``dash`` is an offset and lengths, or None for a solid line. ``is_casing`` is whether they lie below others, which
    they set off from what these cross.
    """

    segments: Points
    colour: RGB
    width: float
    opacity: float = 1.0
    dash: tuple[float, tuple[float, ...]] | None = None
    is_casing: bool = False


@dataclass(frozen=True, eq=False)
class Writing:
    """Words of one look.

    Attributes
    ----------
    words, lowered : tuple of str
        The words, and the subscript of each.
    places : (n, 2) array
        Anchor point of each word, at half the height of its capitals.
    across, up : (2,) arrays
        Vectors in the picture of one em along the line of text, and one em up from its baseline.
    face : str
        ``"regular"``, ``"bold"`` or ``"italic"``.
    anchor : float
        The fraction of a word to the left of its place, from 0 to 1.
    colour : RGB
        Colour of the letters.
    """

    words: tuple[str, ...]
    lowered: tuple[str, ...]
    places: Points
    across: Points
    up: Points
    face: str
    anchor: float
    colour: RGB


@dataclass(frozen=True, eq=False)
class Line:
    """A line of text below the drawing; ``place`` is the left end of its baseline."""

    text: str
    place: Points
    size: float
    colour: RGB


Ink = Fill | Stroke | Writing | Line


@dataclass(frozen=True)
class Inking:
    """A scene's shapes at their places in a picture.

    Attributes
    ----------
    theme : Theme
        Their colours.
    layout : Layout
        Their size and places.
    counts_up : bool
        Whether y runs upward from the picture's lower edge, as in PDF, or
        downward from its upper edge, as in SVG.
    """

    theme: Theme
    layout: Layout
    counts_up: bool
    _flip: float = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_flip", -1.0 if self.counts_up else 1.0)

    def page(self) -> Fill:
        """Return the background."""
        corners = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]])
        return Fill((corners * [self.layout.width, self.layout.height])[None], self.theme.background)

    def shapes(self, shapes: Sequence[Shape]) -> Iterator[Ink]:
        """Yield the ink of some shapes of the scene, in order."""
        return self._inked(shapes, self.layout.unit, self.layout.left, self.layout.top)

    def block(self, block: Block) -> Iterator[Ink]:
        """Yield the ink of a block of words and samples below the drawing."""
        for sample in block.samples:
            yield from self._inked(sample.shapes, sample.side, sample.x, sample.y)
        for word in block.words:
            yield Line(word.text, np.array([word.x, self._height(word.y)]), word.size, self.theme.text)

    def _height(self, y: float) -> float:
        return self.layout.height - y if self.counts_up else y

    def _inked(self, shapes: Sequence[Shape], unit: float, left: float, top: float) -> Iterator[Ink]:
        """Yield the ink of shapes whose origin is at (left, top) and whose length of 1 is ``unit`` pixels."""
        scale, origin = np.array([unit, self._flip * unit]), np.array([left, self._height(top)])
        for shape in shapes:
            if isinstance(shape, Cells):
                yield from self._cells(shape.quads * scale + origin, shape, unit)
            elif isinstance(shape, Lines):
                yield from self._lines(shape.segments * scale + origin, shape.role, unit)
            else:
                yield from self._texts(shape, unit, shape.places * scale + origin)

    def _cells(self, quads: Points, cells: Cells, unit: float) -> Iterator[Ink]:
        opacity = self.theme.styles[cells.role].opacity
        if cells.tones is not None:
            for tone in np.unique(cells.tones):
                yield Fill(quads[cells.tones == tone], self.theme.tone(float(tone), cells.shaded), opacity)
        elif cells.tints is not None:
            for tint in np.unique(cells.tints).tolist():
                own = self.theme.fill(cells.role, cells.shaded, cells.strength, tint)
                if own is not None:
                    yield Fill(quads[cells.tints == tint], own, opacity)
        elif (fill := self.theme.fill(cells.role, cells.shaded, cells.strength)) is not None:
            yield Fill(quads, fill, opacity)
        # Hatching is too coarse for bars, which would be black; the cells around them have it. Of that of a tile,
        # pieces would be left around its word.
        is_hatched = (cells.shaded or cells.role == "shadow") and not cells.is_within and not _is_tile(cells)
        if self.theme.hatch and is_hatched:
            yield Stroke(_hatching(quads, unit), self.theme.hatch, 0.55 * line_width(unit))

    def _lines(self, segments: Points, role: str, unit: float) -> Iterator[Ink]:
        style, width = self.theme.styles[role], line_width(unit)
        if style.line is None:
            return
        if style.casing is not None:
            yield Stroke(segments, style.casing, _CASING[0] * width, _CASING[1], is_casing=True)
        if not style.dash:
            yield Stroke(segments, style.line, style.width * width, style.opacity)
            return
        lengths = np.round(np.linalg.norm(segments[:, 1] - segments[:, 0], axis=1), 3)
        for length in sorted(set(lengths.tolist())):
            dash = _fitted(style.dash, width, length)
            yield Stroke(segments[lengths == length], style.line, style.width * width, style.opacity, dash)

    def _texts(self, texts: Texts, unit: float, places: Points) -> Iterator[Ink]:
        if texts.tones is None and texts.tints is None:
            ink = self.theme.ink(texts.on, texts.shaded, texts.strength)
            yield from self._words(texts, unit, places, ink)
            return
        if texts.tones is not None:
            inks = [clearer(self.theme.tone(float(tone), texts.shaded)) for tone in texts.tones]
        else:
            assert texts.tints is not None
            inks = [self.theme.ink(texts.on, texts.shaded, texts.strength, tint) for tint in texts.tints.tolist()]
        for ink in sorted(set(inks)):
            chosen = [number for number, own in enumerate(inks) if own == ink]
            yield from self._words(texts.only(chosen), unit, places[chosen], ink)

    def _words(self, texts: Texts, unit: float, places: Points, ink: RGB) -> Iterator[Ink]:
        em, (right, below), (left, down) = texts.size * unit, texts.across, texts.down
        writing = Writing(
            texts.words,
            texts.lowered or ("",) * len(texts.words),
            places,
            np.array([right * em, below * self._flip * em]),
            np.array([-left * em, down * -self._flip * em]),
            texts.face,
            texts.anchor,
            ink,
        )
        if self.theme.hatch and texts.shaded and texts.on is not None and not _is_tile(texts):
            # Pieces of hatching between digits look like signs.
            beneath = self.theme.fill(texts.on) or self.theme.background
            yield Fill(_patches(writing), beneath if texts.tones is None else clearer(ink))
        yield writing


def _is_tile(shape: Cells | Texts) -> bool:
    """Return whether a shape belongs to the tiles of a sum."""
    return shape.key is not None and shape.key.what == "sum"


def line_width(unit: float) -> float:
    """Return the width of a grid line in pixels; lines between very small cells are thinner."""
    return min(max(1.2, unit / 36), unit / 10)


def _fitted(dash: tuple[float, ...], width: float, length: float) -> tuple[float, tuple[float, ...]]:
    """Return the offset and dashes, stretched so that a line begins and ends with half a dash."""
    period = sum(dash) * width
    scale = width * length / (max(1, round(length / period)) * period)
    return dash[0] * scale / 2, tuple(part * scale for part in dash)


def _patches(writing: Writing) -> Points:
    """Return the parallelogram behind each word that hatching is kept off."""
    ends = []
    for word, lowered in zip(writing.words, writing.lowered, strict=True):
        wide, low = width_of(word, writing.face, lowered), _HALF + LOWERED_BY * bool(lowered)
        left, right = -writing.anchor * wide - _AROUND, (1 - writing.anchor) * wide + _AROUND
        ends.append([(left, _HALF), (right, _HALF), (right, -low), (left, -low)])
    at = np.array(ends)
    patches: Points = at[..., :1] * writing.across + at[..., 1:] * writing.up + writing.places[:, None]
    return patches


def _hatching(quads: Points, unit: float) -> Points:
    """Return slanted lines over parallelograms as segments; those of neighbouring cells meet.

    They are the lines s + n·t = c in the coordinates of a cell, with an n for
    which they run at about 45°, parallel to no edge or ray: 3 in the oblique
    view, and 1 seen from above.
    """
    corner, across, down = quads[:, :1], quads[:, 1:2] - quads[:, :1], quads[:, 3:] - quads[:, :1]
    is_upright = len(quads) and abs((across[0] * down[0]).sum()) < 1e-9
    # Small tiles, which are upright, have as much air between the lines as cells.
    side = abs(down[0, 0, 1]) if is_upright else unit
    slope, count = 1 if is_upright else 3, min(max(round(side / 15), 1), 6) * (1 + is_upright)
    at = (np.arange((slope + 1) * count) + 0.5) / count
    near, far = np.minimum(at, 1.0)[:, None], np.maximum(at - slope, 0.0)[:, None]
    starts = corner + across * near + down * (at[:, None] - near) / slope
    ends = corner + across * far + down * (at[:, None] - far) / slope
    return np.stack([starts, ends], axis=2).reshape(-1, 2, 2)
