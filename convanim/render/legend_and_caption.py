"""The legend and the caption below the drawing, with their places in pixels."""

from __future__ import annotations

from dataclasses import replace

from convanim.base.errors import ConvanimError
from convanim.base.font import CAP_HEIGHT
from convanim.base.records import dataclass
from convanim.render.layout import LEAST_LETTERS, MOST_SIDE
from convanim.render.text import drawn_width, evened, wrapped
from convanim.views.scene import Entry, Shapes


@dataclass(frozen=True)
class Word:
    """A line of text; ``x`` is its left end and ``y`` its baseline, in pixels, y downward."""

    text: str
    x: float
    y: float
    size: float


@dataclass(frozen=True)
class Sample:
    """A sample in the legend: its shapes, and its upper left corner and side in pixels."""

    shapes: Shapes
    x: float
    y: float
    side: float


@dataclass(frozen=True)
class Block:
    """Words and samples from y = 0 to ``height``, and ``air``, the space to leave above them, in pixels."""

    words: tuple[Word, ...]
    samples: tuple[Sample, ...]
    height: float
    air: float

    def moved(self, x: float, y: float) -> Block:
        """Return the block moved by ``x`` to the right and ``y`` down."""
        return replace(
            self,
            words=tuple(replace(word, x=word.x + x, y=word.y + y) for word in self.words),
            samples=tuple(replace(sample, x=sample.x + x, y=sample.y + y) for sample in self.samples),
        )


def text_size(width: int) -> float:
    """Return the font size in pixels for a picture of a width."""
    return min(max(LEAST_LETTERS, width / 36), max(14.0, width * 17 / 960))


def caption_block(phrases: tuple[str, ...], width: int, room: float, size: float | None = None) -> Block:
    """Return a caption as centred lines no wider than ``room``; ``size`` is that of its letters, if not the usual."""
    size = size or text_size(width)
    lines = wrapped(phrases, " · ", size, room)
    baselines = [(CAP_HEIGHT + 1.45 * number) * size for number in range(len(lines))]
    lefts = [(width - drawn_width(line, size)) / 2 for line in lines]
    words = [Word(line, x, y, size) for line, x, y in zip(lines, lefts, baselines, strict=True)]
    return Block(tuple(words), (), baselines[-1], size)


def legend_block(keys: tuple[Entry, ...], width: int, room: float, size: float | None = None) -> Block:
    """Return a legend as centred rows no wider than ``room``; ``size`` is that of its letters, if not the usual.

    Raises
    ------
    ConvanimError
        If an entry is wider than ``room``.
    """
    usual = text_size(width)
    longest = 1.55 + max(drawn_width(key.label, 1.0) for key in keys)
    size = usual if size is None else min(size, max(usual, room / longest))
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
    """Return the least picture width, at least ``width``, that has room for an entry ``length`` ems long."""
    while length * text_size(width) > width - 2 * MOST_SIDE:
        width += 1
    return width


def _rows(lengths: list[float], between: float, room: float) -> list[list[int]]:
    """Return the indices of the entries in each row; only a row of one entry may be longer than ``room``."""
    rows: list[list[int]] = []
    for number, length in enumerate(lengths):
        row = rows[-1] if rows else []
        if row and sum(lengths[i] for i in row) + length + between * len(row) <= room:
            row.append(number)
        else:
            rows.append([number])
    return rows
