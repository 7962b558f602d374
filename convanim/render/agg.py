"""Draw a scene as pixels with Matplotlib's Agg: the ground once, and each frame on top of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from convanim.motion.timeline import Frame
from convanim.motion.tween import moments
from convanim.render.ink import Fill, Ink, Inking, Line, Stroke, Writing
from convanim.render.layout import Layout
from convanim.render.matplotlib_imports import shielded
from convanim.render.text import outline_of, word_outline
from convanim.render.theme import RGB, Theme
from convanim.views.scene import Points, Scene

with shielded():
    from matplotlib.backend_bases import GraphicsContextBase
    from matplotlib.backends.backend_agg import RendererAgg
    from matplotlib.path import Path
    from matplotlib.transforms import IdentityTransform

Pixels = NDArray[np.uint8]

_IDENTITY = IdentityTransform()
_QUAD_CODES = np.array([Path.MOVETO, Path.LINETO, Path.LINETO, Path.LINETO, Path.CLOSEPOLY], np.uint8)
_SEGMENT_CODES = np.array([Path.MOVETO, Path.LINETO], np.uint8)
_BATCH = 4000
"""The most parallelograms or lines in one path; Agg limits the pixels that a path may touch."""


def frames(scene: Scene, theme: Theme, layout: Layout, shown: Sequence[Frame], transparent: bool) -> Iterator[Pixels]:
    """Yield each picture as a (height, width, 4) array, in ascending order of steps.

    Parameters
    ----------
    scene, theme, layout
        What to draw, in which colours, and where.
    shown : sequence of Frame
        In ascending order; the marks of earlier steps that are not shown are drawn too.
    transparent : bool
        Whether to leave the background out.
    """
    # In Agg, y runs upward.
    inking = Inking(theme, layout, counts_up=True)
    # At 72 dots an inch, Matplotlib's points are pixels.
    renderer = RendererAgg(layout.width, layout.height, 72)
    if not transparent:
        _draw(renderer, [inking.page()])
    _draw(renderer, inking.shapes(scene.ground))
    for block in layout.blocks:
        _draw(renderer, inking.block(block))
    pixels = np.asarray(renderer.buffer_rgba())
    background = pixels.copy()
    drawn = 0
    for frame, moment in zip(shown, moments(scene, shown), strict=True):
        pixels[:] = background
        if frame.step >= drawn:
            marks = scene.marks(range(drawn, frame.step + 1))
            drawn = frame.step + 1
            if marks:
                _draw(renderer, inking.shapes(marks))
                background[:] = pixels
        _draw(renderer, inking.shapes(moment))
        yield pixels.copy()


def _draw(renderer: RendererAgg, inks: Iterable[Ink]) -> None:
    for ink in inks:
        if isinstance(ink, Fill):
            _fill(renderer, ink)
        elif isinstance(ink, Stroke):
            _stroke(renderer, ink)
        elif isinstance(ink, Writing):
            _write(renderer, ink)
        else:
            _write_line(renderer, ink)


def _fill(renderer: RendererAgg, fill: Fill) -> None:
    context = _context(None, opacity=fill.opacity)
    for start in range(0, len(fill.quads), _BATCH):
        batch = fill.quads[start : start + _BATCH]
        vertices = np.concatenate([batch, batch[:, :1]], axis=1).reshape(-1, 2)
        _draw_path(renderer, Path(vertices, np.tile(_QUAD_CODES, len(batch))), context, fill.colour, fill.opacity)


def _stroke(renderer: RendererAgg, stroke: Stroke) -> None:
    context = _context(stroke.colour, stroke.width, stroke.opacity)
    if stroke.dash:
        context.set_dashes(*stroke.dash)
    for start in range(0, len(stroke.segments), _BATCH):
        batch = stroke.segments[start : start + _BATCH]
        _draw_path(renderer, Path(batch.reshape(-1, 2), np.tile(_SEGMENT_CODES, len(batch))), context, None)


def _write(renderer: RendererAgg, writing: Writing) -> None:
    vertices: list[Points] = []
    codes: list[Points] = []
    for word, lowered, place in zip(writing.words, writing.lowered, writing.places, strict=True):
        outline, kinds = word_outline(word, lowered, writing.face, writing.anchor)
        vertices.append(outline[:, :1] * writing.across + outline[:, 1:] * writing.up + place)
        codes.append(kinds)
    joined = np.concatenate(vertices)
    if not len(joined):
        return
    path = Path(joined, np.concatenate(codes))
    if writing.halo:
        _draw_path(renderer, path, _context(*writing.halo), None)
    _draw_path(renderer, path, _context(None), writing.colour)


def _write_line(renderer: RendererAgg, line: Line) -> None:
    outline = outline_of(line.text, line.size, *line.place.tolist())
    if outline is not None:
        _draw_path(renderer, outline, _context(None), line.colour)


def _context(line: RGB | None, width: float = 0.0, opacity: float = 1.0) -> GraphicsContextBase:
    context = GraphicsContextBase()
    context.set_linewidth(width)
    red, green, blue = (channel / 255 for channel in line or (0, 0, 0))
    context.set_foreground((red, green, blue, opacity), isRGBA=True)
    context.set_capstyle("round")
    context.set_joinstyle("round")
    # Snapping to whole pixels would make slanted edges and their cells disagree.
    context.set_snap(False)
    return context


def _draw_path(
    renderer: RendererAgg, path: Path, context: GraphicsContextBase, fill: RGB | None, opacity: float = 1.0
) -> None:
    # A user's settings may simplify paths, and the picture must not depend on them.
    path.should_simplify = False
    face = fill and (*(channel / 255 for channel in fill), opacity)
    renderer.draw_path(context, path, _IDENTITY, face)
