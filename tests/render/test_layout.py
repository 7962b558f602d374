"""Sizes and places in pixels."""

from __future__ import annotations

from dataclasses import replace

import pytest

from convanim import Conv, ConvanimError, ConvTranspose, Layer, animate, plan
from convanim.animations.fitting import GUIDE_UNIT
from convanim.base.font import CAP_HEIGHT
from convanim.render.layout import Layout, lay_out
from convanim.render.legend_and_caption import Sample, Word
from convanim.render.text import drawn_width
from convanim.views import Look
from convanim.views.oblique import draw
from convanim.views.scene import Scene
from convanim.words.captions import caption


def laid_out(layer: Layer, width: int | None, written: bool = True) -> Layout:
    made = Scene.of(draw(plan(layer), Look()))
    made = replace(made, caption=caption(layer)) if written else replace(made, entries=tuple)
    return lay_out(made, width, GUIDE_UNIT)


def words(layout: Layout) -> list[Word]:
    return [word for block in layout.blocks for word in block.words]


def samples(layout: Layout) -> list[Sample]:
    return [sample for block in layout.blocks for sample in block.samples]


@pytest.mark.parametrize("width", [120, 240, 480, 960, 1920])
def test_words_are_at_least_9_pixels_and_inside_the_picture(width: int) -> None:
    layout = laid_out(ConvTranspose(3, 3, 2, 1, 1), width)
    for word in words(layout):
        assert word.size >= 9
        assert word.x >= 6
        assert word.x + drawn_width(word.text, word.size) <= width - 6
        assert word.y <= layout.height - 6


@pytest.mark.parametrize("width", [120, 240, 480, 960])
def test_words_do_not_overlap(width: int) -> None:
    layout = laid_out(ConvTranspose(3, 3, 2, 1, 1), width)
    boxes = [
        (word.x, word.y - CAP_HEIGHT * word.size, word.x + drawn_width(word.text, word.size), word.y + 0.2 * word.size)
        for word in words(layout)
    ] + [(sample.x, sample.y, sample.x + sample.side, sample.y + sample.side) for sample in samples(layout)]
    for number, (left, top, right, bottom) in enumerate(boxes):
        for other in boxes[:number]:
            assert right <= other[0] or other[2] <= left or bottom <= other[1] or other[3] <= top


def test_words_stand_below_the_drawing() -> None:
    bare, full = laid_out(Conv(5, 3), 480, written=False), laid_out(Conv(5, 3), 480)
    assert (bare.unit, bare.left, bare.top) == (full.unit, full.left, full.top)
    assert min(sample.y for sample in samples(full)) > bare.height - 0.7315 * bare.unit


def test_a_cell_has_the_guides_size_where_no_width_is_asked_for() -> None:
    assert laid_out(Conv(5, 3, padding=1), None).unit == GUIDE_UNIT


def test_small_cells_keep_a_margin() -> None:
    layout = laid_out(Conv(64, 3), 400, written=False)
    assert layout.left == 7.0


@pytest.mark.parametrize(
    ("size", "width", "message"),
    [
        (5, 39, "width 39: must be between 40 and 8192 pixels"),
        (5, 9000, "width 9000: must be"),
        (200, 480, "leaves a cell less than 2 pixels; use width=694"),
        (5000, 480, "input_size 5000x5000: makes a picture of 49980004 cells, and at most 250000 are drawn"),
    ],
)
def test_pictures_that_cannot_be_seen_are_refused(size: int, width: int, message: str) -> None:
    with pytest.raises(ConvanimError, match=message):
        animate(Conv(size, 3), width=width, steps=(0, 1))


def test_the_width_that_is_offered_works() -> None:
    assert animate(Conv(200, 3), width=694, steps=(0, 1)).size[0] == 694


def test_letters_that_the_font_lacks_are_named() -> None:
    with pytest.raises(ConvanimError, match="caption '𓀀': is in none of the fonts"):
        animate(Conv(5, 3), caption="𓀀 한국어")
