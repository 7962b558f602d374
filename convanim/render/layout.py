"""The layout of a picture: the drawing scaled to the requested width, with legend and caption below it."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

from convanim.base.errors import ConvanimError
from convanim.base.records import dataclass
from convanim.views.scene import Scene

if TYPE_CHECKING:
    from convanim.render.legend_and_caption import Block

MARGIN = 0.7315
"""Margin around the drawing, in cells, as in the guide."""

LEAST_WIDTH, MOST_WIDTH, MOST_HEIGHT = 40, 8192, 16383
LEAST_LETTERS = 9.0
"""The least size of the letters of a legend and a caption, in pixels."""

_LEAST_MARGIN = 7.0
_LEAST_CELL = 2.0
MOST_SIDE = 12.0
"""The widest margin at the left and right of words, in pixels."""

_MOST_PIXELS = 40_000_000


class TooNarrowError(ConvanimError):
    """The width makes cells too small to be seen."""


@dataclass(frozen=True)
class Layout:
    """The sizes and places of a scene and its words in a picture.

    Attributes
    ----------
    width, height : int
        Size of the picture, in pixels.
    unit : float
        Pixels per cell.
    left, top : float
        Place of the scene's point (0, 0), in pixels.
    blocks : tuple of Block
        Legend and caption below the drawing.
    """

    width: int
    height: int
    unit: float
    left: float
    top: float
    blocks: tuple[Block, ...]


def lay_out(scene: Scene, width: int | None, natural_unit: float, height: int | None = None) -> Layout:
    """Return the layout of a scene; its height follows from its width unless it is given.

    Parameters
    ----------
    scene : Scene
        The scene to lay out.
    width : int or None
        Width in pixels; None for the width at which a cell takes ``natural_unit``.
    natural_unit : float
        Default size of a cell, in pixels.
    height : int, optional
        Height in pixels; the drawing is then as large as both sides allow, and centred.

    Raises
    ------
    ConvanimError
        If a cell would be too small to be seen, or the picture too large.
    """
    whole = _laid_out(scene, width, natural_unit)
    if height is None:
        _refuse_large(whole)
        return whole
    if not LEAST_WIDTH <= height <= MOST_HEIGHT:
        raise ConvanimError("height", height, f"must be between {LEAST_WIDTH} and {MOST_HEIGHT} pixels")
    if whole.width * height > _MOST_PIXELS:
        raise ConvanimError(
            "height", height, f"makes more than {_MOST_PIXELS} pixels with a width of {whole.width}; use less of either"
        )
    return _centred(_within(scene, whole, height), whole.width, height)


def _refuse_large(layout: Layout) -> None:
    """Raise if a picture would be too large; many words can make it very high."""
    width, height = layout.width, layout.height
    if width * height > _MOST_PIXELS or height > MOST_HEIGHT:
        raise ConvanimError(
            "width",
            width,
            f"makes a picture of {width}×{height} pixels, and at most {MOST_HEIGHT} in height and "
            f"{_MOST_PIXELS} in all are drawn; use another `width`, or fewer words",
        )


def _within(scene: Scene, widest: Layout, height: int) -> Layout:
    """Return the widest layout that is at most ``height`` high; the height grows with the width, but not evenly."""
    if widest.height <= height:
        return widest
    low, high, best = LEAST_WIDTH, widest.width, None
    while high - low > 1:
        middle = (low + high) // 2
        try:
            tried = _laid_out(scene, middle, 0.0)
        except ConvanimError:
            # Too narrow for its cells or its words.
            low = middle
            continue
        if tried.height <= height:
            low, best = middle, tried
        else:
            high = middle
    if best is None:
        raise ConvanimError(
            "height", height, f"is too little for a picture of {widest.width}×{widest.height} pixels; use more"
        )
    return best


def _centred(layout: Layout, width: int, height: int) -> Layout:
    """Return a layout moved to the middle of a larger picture."""
    x, y = (width - layout.width) / 2, (height - layout.height) / 2
    blocks = tuple(block.moved(x, y) for block in layout.blocks)
    return Layout(width, height, layout.unit, layout.left + x, layout.top + y, blocks)


def unit_of(across: float, width: int) -> float:
    """Return the pixels per cell of a drawing ``across`` cells wide in a picture ``width`` pixels wide."""
    unit = width / (across + 2 * MARGIN)
    return unit if MARGIN * unit > _LEAST_MARGIN else (width - 2 * _LEAST_MARGIN) / across


def _laid_out(scene: Scene, width: int | None, natural_unit: float) -> Layout:
    """Return the layout of a scene whose height follows from its width."""
    left, top, right, bottom = scene.bounds
    across = right - left + 2 * MARGIN
    if width is None:
        unit, width = natural_unit, round(across * natural_unit)
        if width > MOST_WIDTH:
            raise ConvanimError("width", width, f"is the guide's size for this; at most {MOST_WIDTH} pixels are drawn")
    elif not LEAST_WIDTH <= width <= MOST_WIDTH:
        raise ConvanimError("width", width, f"must be between {LEAST_WIDTH} and {MOST_WIDTH} pixels")
    else:
        unit = unit_of(right - left, width)
    margin = max(MARGIN * unit, _LEAST_MARGIN)
    if unit < _LEAST_CELL:
        needed = ceil(_LEAST_CELL * (right - left) + 2 * _LEAST_MARGIN)
        ways = f"`width={needed}`" if needed <= MOST_WIDTH else "a smaller `input_size`"
        raise TooNarrowError("width", width, f"leaves a cell less than {_LEAST_CELL:g} pixels; use {ways}")
    floor = margin + (bottom - top) * unit
    blocks = []
    size = None if scene.lettering is None else max(scene.lettering * unit, LEAST_LETTERS)
    for block in _blocks(scene, width, width - 2 * min(margin, MOST_SIDE), size):
        blocks.append(block.moved(0.0, floor + block.air))
        floor += block.air + block.height
    height = round(floor + margin)
    return Layout(width, height, unit, margin - left * unit, margin - top * unit, tuple(blocks))


def _blocks(scene: Scene, width: int, room: float, size: float | None) -> list[Block]:
    """Return the legend and the caption, leaving out those that are empty."""
    if not scene.legend and not scene.caption:
        return []
    # This imports Matplotlib for its font, which takes long and is not needed without words.
    from convanim.render.legend_and_caption import caption_block, legend_block

    legend = [legend_block(scene.legend, width, room, size)] if scene.legend else []
    return legend + ([caption_block(scene.caption, width, room, size)] if scene.caption else [])
