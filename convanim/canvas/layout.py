"""Where everything goes: the drawing scaled to the width asked for, legend and caption below it."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

from convanim.canvas.text import CAP_HEIGHT, evened, width_of, wrapped
from convanim.errors import ConvanimError
from convanim.scene import Key, Scene, Shapes

MARGIN = 0.7315
"""Air around the drawing, in cells; the guide's."""

LEAST_WIDTH, MOST_WIDTH = 40, 8192
_LEAST_MARGIN = 7.0
_LEAST_CELL = 2.0
_LEAST_TEXT = 9.0
_MOST_PIXELS = 40_000_000


@dataclass(frozen=True)
class Word:
    """A line of text: its left end and its baseline, y downward, in pixels."""

    text: str
    x: float
    y: float
    size: float


@dataclass(frozen=True)
class Sample:
    """A legend's sample: its shapes, its upper left corner and its side, in pixels."""

    shapes: Shapes
    x: float
    y: float
    side: float


@dataclass(frozen=True)
class Layout:
    """A scene at a size.

    Attributes
    ----------
    width, height : int
        Of the picture, in pixels.
    unit : float
        Pixels a cell.
    left, top : float
        Where the scene's point (0, 0) is, in pixels.
    words : tuple of Word
        All text.
    samples : tuple of Sample
        The legend's cells.
    """

    width: int
    height: int
    unit: float
    left: float
    top: float
    words: tuple[Word, ...]
    samples: tuple[Sample, ...]


def lay_out(scene: Scene, width: int | None, natural_unit: float) -> Layout:
    """Return the layout of a scene; its height follows from its width.

    Parameters
    ----------
    scene : Scene
        What there is to see.
    width : int or None
        In pixels; None for the width at which a cell takes ``natural_unit``.
    natural_unit : float
        In pixels.

    Raises
    ------
    ConvanimError
        If a cell would be too small to be seen, or the picture too large.
    """
    left, top, right, bottom = scene.bounds
    across = right - left + 2 * MARGIN
    unit = natural_unit if width is None else _checked(width) / across
    width = round(across * unit) if width is None else width
    margin = max(MARGIN * unit, _LEAST_MARGIN)
    if margin == _LEAST_MARGIN:
        unit = (width - 2 * margin) / (right - left)
    if unit < _LEAST_CELL:
        needed = ceil(_LEAST_CELL * (right - left) + 2 * _LEAST_MARGIN)
        ways = f"`width={needed}`" if needed <= MOST_WIDTH else "a smaller `input_size`"
        raise ConvanimError("width", width, f"leaves a cell less than {_LEAST_CELL:g} pixels; use {ways}")
    floor = margin + (bottom - top) * unit
    size = min(max(_LEAST_TEXT, width / 36), max(17.0, width * 17 / 960))
    room = width - 2 * min(margin, 12.0)
    words: list[Word] = []
    samples: list[Sample] = []
    if scene.legend:
        floor = _place_legend(scene.legend, width, room, size, floor + size, words, samples)
    if scene.caption:
        floor = _place_caption(scene.caption, width, room, size, floor + size, words)
    height = round(floor + margin)
    if width * height > _MOST_PIXELS:
        raise ConvanimError(
            "width",
            width,
            f"makes a picture of {width}×{height} pixels, more than {_MOST_PIXELS}; use a smaller `width`",
        )
    return Layout(width, height, unit, margin - left * unit, margin - top * unit, tuple(words), tuple(samples))


def _checked(width: int) -> int:
    if not LEAST_WIDTH <= width <= MOST_WIDTH:
        raise ConvanimError("width", width, f"must be between {LEAST_WIDTH} and {MOST_WIDTH} pixels")
    return width


def _place_caption(
    phrases: tuple[str, ...], width: int, room: float, size: float, top: float, words: list[Word]
) -> float:
    """Add the caption's lines, centred below ``top``, and return where they end."""
    baseline = top
    for line in wrapped(phrases, " · ", size, room):
        baseline += CAP_HEIGHT * size if baseline == top else 1.45 * size
        words.append(Word(line, (width - width_of(line, size)) / 2, baseline, size))
    return baseline


def _place_legend(
    keys: tuple[Key, ...], width: int, room: float, size: float, top: float, words: list[Word], samples: list[Sample]
) -> float:
    """Add the legend, in centred rows below ``top``, and return where it ends."""
    side, gap, between, pitch = 1.1 * size, 0.45 * size, 1.5 * size, 1.75 * size
    lengths = [side + gap + width_of(key.label, size) for key in keys]
    rows = evened(lambda width: _rows(lengths, between, width), room)
    for line, row in enumerate(rows):
        y = top + line * pitch
        x = (width - sum(lengths[i] for i in row) - between * (len(row) - 1)) / 2
        for number in row:
            samples.append(Sample(keys[number].sample, x, y, side))
            words.append(Word(keys[number].label, x + side + gap, y + (side + CAP_HEIGHT * size) / 2, size))
            x += lengths[number] + between
    return top + (len(rows) - 1) * pitch + side


def _rows(lengths: list[float], between: float, room: float) -> list[list[int]]:
    """Return entries by number, row by row, no row longer than ``room`` that need not be."""
    rows: list[list[int]] = []
    for number, length in enumerate(lengths):
        row = rows[-1] if rows else []
        if row and sum(lengths[i] for i in row) + length + between * len(row) <= room:
            row.append(number)
        else:
            rows.append([number])
    return rows
