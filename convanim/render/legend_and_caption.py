"""What is written below the drawing: the legend's rows and the caption's lines, placed in pixels."""

from __future__ import annotations

from dataclasses import dataclass, replace

from convanim.base.errors import ConvanimError
from convanim.base.font import CAP_HEIGHT
from convanim.render.layout import MOST_SIDE
from convanim.render.text import drawn_width, evened, wrapped
from convanim.views.scene import Entry, Shapes

_LEAST_TEXT = 9.0


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
class Block:
    """Words and samples that belong together, from y = 0 to their height, and the air above, in pixels."""

    words: tuple[Word, ...]
    samples: tuple[Sample, ...]
    height: float
    air: float

    def moved(self, x: float, y: float) -> Block:
        """Return the block further to the right and further down."""
        return replace(
            self,
            words=tuple(replace(word, x=word.x + x, y=word.y + y) for word in self.words),
            samples=tuple(replace(sample, x=sample.x + x, y=sample.y + y) for sample in self.samples),
        )


def text_size(width: int) -> float:
    """Return the size of text, in pixels, for a picture of some width."""
    return min(max(_LEAST_TEXT, width / 36), max(17.0, width * 17 / 960))


def caption_block(phrases: tuple[str, ...], width: int, room: float) -> Block:
    """Return a caption, in centred lines no wider than ``room``."""
    size = text_size(width)
    lines = wrapped(phrases, " · ", size, room)
    baselines = [(CAP_HEIGHT + 1.45 * number) * size for number in range(len(lines))]
    lefts = [(width - drawn_width(line, size)) / 2 for line in lines]
    words = [Word(line, x, y, size) for line, x, y in zip(lines, lefts, baselines, strict=True)]
    return Block(tuple(words), (), baselines[-1], size)


def legend_block(keys: tuple[Entry, ...], width: int, room: float) -> Block:
    """Return a legend, in centred rows no wider than ``room``.

    Raises
    ------
    ConvanimError
        If one of its entries is wider.
    """
    size = text_size(width)
    side, gap, between, pitch = 1.1 * size, 0.45 * size, 1.5 * size, 1.75 * size
    lengths = [side + gap + drawn_width(key.label, size) for key in keys]
    if max(lengths) > room:
        raise ConvanimError(
            "width",
            width,
            f"is too narrow for the legend; use `width={_width_for(max(lengths) / size, width)}` or leave `legend` out",
        )
    rows = evened(lambda width: _rows(lengths, between, width), room)
    words, samples = [], []
    for line, row in enumerate(rows):
        y = line * pitch
        x = (width - sum(lengths[i] for i in row) - between * (len(row) - 1)) / 2
        for number in row:
            samples.append(Sample(keys[number].sample, x, y, side))
            words.append(Word(keys[number].label, x + side + gap, y + (side + CAP_HEIGHT * size) / 2, size))
            x += lengths[number] + between
    return Block(tuple(words), tuple(samples), (len(rows) - 1) * pitch + side, size)


def _width_for(length: float, width: int) -> int:
    """Return the least width from ``width`` on that has room for an entry of some length in ems."""
    while length * text_size(width) > width - 2 * MOST_SIDE:
        width += 1
    return width


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
