"""Where everything goes: the drawing scaled to the width asked for, legend and caption below it."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

from convanim.base.errors import ConvanimError
from convanim.views.scene import Scene

if TYPE_CHECKING:
    from convanim.render.legend_and_caption import Block

MARGIN = 0.7315
"""Air around the drawing, in cells; the guide's."""

LEAST_WIDTH, MOST_WIDTH, MOST_HEIGHT = 40, 8192, 16383
_LEAST_MARGIN = 7.0
_LEAST_CELL = 2.0
MOST_SIDE = 12.0
"""The most pixels that words keep from the sides."""

_MOST_PIXELS = 40_000_000


class TooNarrowError(ConvanimError):
    """A width at which cells are too small to be seen."""


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
    blocks : tuple of Block
        What is written below the drawing.
    """

    width: int
    height: int
    unit: float
    left: float
    top: float
    blocks: tuple[Block, ...]


def lay_out(scene: Scene, width: int | None, natural_unit: float, height: int | None = None) -> Layout:
    """Return the layout of a scene; its height follows from its width, unless that is given too.

    Parameters
    ----------
    scene : Scene
        What there is to see.
    width : int or None
        In pixels; None for the width at which a cell takes ``natural_unit``.
    natural_unit : float
        In pixels.
    height : int, optional
        In pixels; the drawing is then as large as both sides allow, and in the middle.

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
    """Raise where a picture would be too large for its width; words need more height the more there are."""
    width, height = layout.width, layout.height
    if width * height > _MOST_PIXELS or height > MOST_HEIGHT:
        raise ConvanimError(
            "width",
            width,
            f"makes a picture of {width}×{height} pixels, and at most {MOST_HEIGHT} in height and "
            f"{_MOST_PIXELS} in all are drawn; use another `width`, or fewer words",
        )


def _within(scene: Scene, widest: Layout, height: int) -> Layout:
    """Return the widest layout that is no higher than that; the height grows with the width, but not evenly."""
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
    """Return a layout in the middle of a larger picture."""
    x, y = (width - layout.width) / 2, (height - layout.height) / 2
    blocks = tuple(block.moved(x, y) for block in layout.blocks)
    return Layout(width, height, layout.unit, layout.left + x, layout.top + y, blocks)


def unit_of(across: float, width: int) -> float:
    """Return the pixels a cell of a drawing that is so many cells wide, in a picture that is so many pixels wide."""
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
    for block in _blocks(scene, width, width - 2 * min(margin, MOST_SIDE)):
        blocks.append(block.moved(0.0, floor + block.air))
        floor += block.air + block.height
    height = round(floor + margin)
    return Layout(width, height, unit, margin - left * unit, margin - top * unit, tuple(blocks))


def _blocks(scene: Scene, width: int, room: float) -> list[Block]:
    """Return the legend and the caption, as far as there are any."""
    if not scene.legend and not scene.caption:
        return []
    # The font is Matplotlib's, which a picture without words need not wait for here.
    from convanim.render.legend_and_caption import caption_block, legend_block

    legend = [legend_block(scene.legend, width, room)] if scene.legend else []
    return legend + ([caption_block(scene.caption, width, room)] if scene.caption else [])
