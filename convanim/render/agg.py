"""Draw a scene as pixels with Matplotlib's Agg: the ground, and each frame on top of it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from convanim.motion.timeline import Frame
from convanim.motion.tween import moments
from convanim.render.ink import Fill, Ink, Inking, Line, Stroke, Writing
from convanim.render.layout import Layout
from convanim.render.matplotlib_parts import CLOSEPOLY, LINETO, MOVETO, Canvas, Context, Outline
from convanim.render.text import outline_of, word_outline
from convanim.render.theme import RGB, Theme
from convanim.views.scene import Points, Scene

Pixels = NDArray[np.uint8]

_QUAD, _SEGMENT = (MOVETO, LINETO, LINETO, LINETO, CLOSEPOLY), (MOVETO, LINETO)
"""Codes of the points of a parallelogram, whose first corner closes it, and of a line."""

_NO_LINE = Context((0.0, 0.0, 0.0, 1.0), 0.0)
_BATCH = 4000
"""The most parallelograms or lines in one path; Agg limits the pixels that a path may touch."""


def ground(scene: Scene, theme: Theme, layout: Layout, transparent: bool) -> Pixels:
    """Return what every frame shows, as a (height, width, 4) array, with the background unless ``transparent``."""
    inking, canvas = _inking(theme, layout), Canvas(layout.width, layout.height)
    if not transparent:
        _draw(canvas, [inking.page()])
    _draw(canvas, inking.shapes(scene.ground))
    for block in layout.blocks:
        _draw(canvas, inking.block(block))
    return canvas.pixels.copy()


def frames(
    scene: Scene, theme: Theme, layout: Layout, shown: Sequence[Frame], ground: Pixels, numbers: Collection[int]
) -> Iterator[Pixels]:
    """Yield some of the shown pictures, each as a (height, width, 4) array, in ascending order of steps.

    Parameters
    ----------
    scene, theme, layout
        What to draw, in which colours, and where.
    shown : sequence of Frame
        In ascending order; the marks of earlier steps that are not shown are drawn too.
    ground : (height, width, 4) array
        What every frame shows.
    numbers : collection of int
        Which of ``shown`` are drawn. Marks look another way where several
        steps leave them at once, so the others leave theirs one by one.
    """
    inking, canvas = _inking(theme, layout), Canvas(layout.width, layout.height)
    pixels, background = canvas.pixels, ground.copy()
    changing = moments(scene, [frame for number, frame in enumerate(shown) if number in numbers])
    drawn = 0
    for number, frame in enumerate(shown[: max(numbers, default=-1) + 1]):
        if frame.step >= drawn:
            if marks := scene.marks(range(drawn, frame.step + 1)):
                pixels[:] = background
                _draw(canvas, inking.shapes(marks))
                background[:] = pixels
            drawn = frame.step + 1
        if number in numbers:
            pixels[:] = background
            _draw(canvas, inking.shapes(next(changing)))
            yield pixels.copy()


def _inking(theme: Theme, layout: Layout) -> Inking:
    # In Agg, y runs upward.
    return Inking(theme, layout, counts_up=True)


def _draw(canvas: Canvas, inks: Iterable[Ink]) -> None:
    for ink in inks:
        if isinstance(ink, Fill):
            _fill(canvas, ink)
        elif isinstance(ink, Stroke):
            _stroke(canvas, ink)
        elif isinstance(ink, Writing):
            _write(canvas, ink)
        else:
            _write_line(canvas, ink)


def _fill(canvas: Canvas, fill: Fill) -> None:
    face = _face(fill.colour, fill.opacity)
    for start in range(0, len(fill.quads), _BATCH):
        batch = fill.quads[start : start + _BATCH]
        vertices = batch[:, [0, 1, 2, 3, 0]].reshape(-1, 2)
        canvas.draw(Outline(vertices, _codes(_QUAD, len(batch))), _NO_LINE, face)


def _stroke(canvas: Canvas, stroke: Stroke) -> None:
    context = _context(_face(stroke.colour, stroke.opacity), stroke.width, stroke.dash or (0, None))
    for start in range(0, len(stroke.segments), _BATCH):
        batch = stroke.segments[start : start + _BATCH]
        canvas.draw(Outline(batch.reshape(-1, 2), _codes(_SEGMENT, len(batch))), context, None)


def _write(canvas: Canvas, writing: Writing) -> None:
    vertices: list[Points] = []
    codes: list[Points] = []
    for word, lowered, place in zip(writing.words, writing.lowered, writing.places, strict=True):
        outline, kinds = word_outline(word, lowered, writing.face, writing.anchor)
        vertices.append(outline[:, :1] * writing.across + outline[:, 1:] * writing.up + place)
        codes.append(kinds)
    joined = np.concatenate(vertices)
    if not len(joined):
        return
    path = Outline(joined, np.concatenate(codes))
    canvas.draw(path, _NO_LINE, _face(writing.colour))


def _write_line(canvas: Canvas, line: Line) -> None:
    outline = outline_of(line.text, line.size, *line.place.tolist())
    if outline is not None:
        canvas.draw(outline, _NO_LINE, _face(line.colour))


# From step to step most shapes only move.
_context = lru_cache(256)(Context)


@lru_cache(256)
def _codes(part: tuple[int, ...], count: int) -> NDArray[np.uint8]:
    """Return the codes of the points of ``count`` alike parts of a path."""
    return np.tile(np.array(part, np.uint8), count)


@lru_cache(256)
def _face(colour: RGB, opacity: float = 1.0) -> tuple[float, float, float, float]:
    """Return a colour as Agg takes it, each part from 0 to 1."""
    red, green, blue = (channel / 255 for channel in colour)
    return red, green, blue, opacity
