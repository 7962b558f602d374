"""Scene to RGB with Matplotlib's Agg: the ground once, and over it what each step shows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from matplotlib.backend_bases import GraphicsContextBase
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.path import Path
from matplotlib.transforms import IdentityTransform
from numpy.typing import NDArray

from convanim.canvas.layout import Layout
from convanim.canvas.text import outline_of, word_outline
from convanim.canvas.words import Block
from convanim.scene import Cells, Points, Scene, Shape, Texts
from convanim.theme import RGB, Theme, clearer

Pixels = NDArray[np.uint8]

_IDENTITY = IdentityTransform()
_QUAD_CODES = np.array([Path.MOVETO, Path.LINETO, Path.LINETO, Path.LINETO, Path.CLOSEPOLY], np.uint8)
_SEGMENT_CODES = np.array([Path.MOVETO, Path.LINETO], np.uint8)
_BATCH = 4000
"""Parallelograms or lines in one path; Agg limits the cells that a path may touch."""

_HALO = 0.3
"""Width of the light rim around letters on hatched cells, in ems."""

_UNIT_SQUARE = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]])


def frames(scene: Scene, theme: Theme, layout: Layout, steps: Sequence[int], transparent: bool) -> Iterator[Pixels]:
    """Yield the picture of each step as a (height, width, 4) array, in ascending order of steps.

    Parameters
    ----------
    scene, theme, layout
        What to draw, in which colours, and where.
    steps : sequence of int
        Step numbers, ascending; what earlier steps leave behind is drawn too.
    transparent : bool
        Whether to leave the background out.
    """
    painter = _Painter(theme, layout)
    painter.ground(scene, transparent)
    shown = np.asarray(painter.renderer.buffer_rgba())
    background = shown.copy()
    drawn = 0
    for step in steps:
        marks = scene.marks(range(drawn, step + 1))
        drawn = step + 1
        shown[:] = background
        if marks:
            painter.paint(marks)
            background[:] = shown
        painter.paint(scene.moment(step))
        yield shown.copy()


@dataclass
class _Painter:
    """Draws shapes of one theme at one size."""

    theme: Theme
    layout: Layout
    renderer: RendererAgg = field(init=False)

    def __post_init__(self) -> None:
        # At 72 dots an inch, Matplotlib's points are pixels.
        self.renderer = RendererAgg(self.layout.width, self.layout.height, 72)

    def ground(self, scene: Scene, transparent: bool) -> None:
        """Draw what every frame has."""
        if not transparent:
            page = _UNIT_SQUARE * [self.layout.width, self.layout.height]
            self._fill(page[None], self.theme.background)
        self.paint(scene.ground)
        for block in self.layout.blocks:
            self._write(block)

    def _write(self, block: Block) -> None:
        for sample in block.samples:
            self._paint(sample.shapes, sample.side, sample.x, sample.y)
        for word in block.words:
            outline = outline_of(word.text, word.size, word.x, self.layout.height - word.y)
            if outline is not None:
                self._draw(outline, self._context(None), self.theme.text)

    def paint(self, shapes: Sequence[Shape]) -> None:
        """Draw shapes of the scene in order."""
        self._paint(shapes, self.layout.unit, self.layout.left, self.layout.top)

    def _paint(self, shapes: Sequence[Shape], unit: float, left: float, top: float) -> None:
        """Draw shapes, a length of 1 as ``unit`` pixels from a point on, y downward."""
        # Agg counts y upward.
        scale, origin = np.array([unit, -unit]), np.array([left, self.layout.height - top])
        for shape in shapes:
            if isinstance(shape, Cells):
                self._paint_cells(shape.quads * scale + origin, shape, unit)
            elif isinstance(shape, Texts):
                self._paint_texts(shape, unit, shape.places * scale + origin)
            else:
                self._paint_lines(shape.segments * scale + origin, shape.role, unit)

    def _paint_cells(self, quads: Points, cells: Cells, unit: float) -> None:
        if cells.tones is not None:
            for tone in np.unique(cells.tones):
                self._fill(quads[cells.tones == tone], self.theme.tone(float(tone), cells.shaded))
        elif (fill := self.theme.fill(cells.role, cells.shaded, cells.strength)) is not None:
            self._fill(quads, fill)
        if cells.shaded and self.theme.hatch:
            hatching = self._context(self.theme.hatch, 0.55 * _line_width(unit))
            self._stroke(_hatching(quads, unit), hatching)

    def _paint_lines(self, segments: Points, role: str, unit: float) -> None:
        style, width = self.theme.styles[role], _line_width(unit)
        if style.line is None:
            return
        context = self._context(style.line, style.width * width, style.opacity)
        if not style.dash:
            self._stroke(segments, context)
            return
        lengths = np.round(np.linalg.norm(segments[:, 1] - segments[:, 0], axis=1), 3)
        for length in sorted(set(lengths.tolist())):
            context.set_dashes(*_fitted(style.dash, width, length))
            self._stroke(segments[lengths == length], context)

    def _paint_texts(self, texts: Texts, unit: float, places: Points) -> None:
        if texts.tones is None:
            ink = self.theme.ink(texts.on, texts.shaded, texts.strength)
            self._paint_words(texts, range(len(texts.words)), unit, places, ink)
            return
        inks = [clearer(self.theme.tone(float(tone), texts.shaded)) for tone in texts.tones]
        for ink in sorted(set(inks)):
            chosen = [number for number, own in enumerate(inks) if own == ink]
            self._paint_words(texts, chosen, unit, places, ink)

    def _paint_words(self, texts: Texts, chosen: Sequence[int], unit: float, places: Points, ink: RGB) -> None:
        across, up = np.array(texts.across) * [1, -1], np.array(texts.down) * [-1, 1]
        vertices, codes = [], []
        for number in chosen:
            lowered, place = texts.lowered[number] if texts.lowered else "", places[number]
            outline, kinds = word_outline(texts.words[number], lowered, texts.face, texts.anchor)
            vertices.append((outline[:, :1] * across + outline[:, 1:] * up) * (texts.size * unit) + place)
            codes.append(kinds)
        joined = np.concatenate(vertices)
        if not len(joined):
            return
        path = Path(joined, np.concatenate(codes))
        if texts.on is not None and texts.shaded and self.theme.hatch:
            beneath = self.theme.fill(texts.on) or self.theme.background
            halo = beneath if texts.tones is None else clearer(ink)
            self._draw(path, self._context(halo, max(2.5, _HALO * texts.em * unit)), None)
        self._draw(path, self._context(None), ink)

    def _context(self, line: RGB | None, width: float = 0.0, opacity: float = 1.0) -> GraphicsContextBase:
        context = GraphicsContextBase()
        context.set_linewidth(width)
        red, green, blue = (channel / 255 for channel in line or (0, 0, 0))
        context.set_foreground((red, green, blue, opacity), isRGBA=True)
        context.set_capstyle("round")
        context.set_joinstyle("round")
        # Snapping to whole pixels would make slanted edges and their cells disagree.
        context.set_snap(False)
        return context

    def _fill(self, quads: Points, colour: RGB) -> None:
        context = self._context(None)
        for start in range(0, len(quads), _BATCH):
            batch = quads[start : start + _BATCH]
            vertices = np.concatenate([batch, batch[:, :1]], axis=1).reshape(-1, 2)
            self._draw(Path(vertices, np.tile(_QUAD_CODES, len(batch))), context, colour)

    def _stroke(self, segments: Points, context: GraphicsContextBase) -> None:
        for start in range(0, len(segments), _BATCH):
            batch = segments[start : start + _BATCH]
            self._draw(Path(batch.reshape(-1, 2), np.tile(_SEGMENT_CODES, len(batch))), context, None)

    def _draw(self, path: Path, context: GraphicsContextBase, fill: RGB | None) -> None:
        # A user's settings may simplify paths, and the picture must not depend on them.
        path.should_simplify = False
        self.renderer.draw_path(context, path, _IDENTITY, fill and tuple(channel / 255 for channel in fill))


def _line_width(unit: float) -> float:
    """Return the width of a grid line in pixels: thinner where cells are too small for it."""
    return min(max(1.2, unit / 36), unit / 10)


def _fitted(dash: tuple[float, ...], width: float, length: float) -> tuple[float, list[float]]:
    """Return offset and dashes, stretched so that a line begins and ends in half a dash."""
    period = sum(dash) * width
    scale = width * length / (max(1, round(length / period)) * period)
    return dash[0] * scale / 2, [part * scale for part in dash]


def _hatching(quads: Points, unit: float) -> Points:
    """Return slanted lines over parallelograms that meet those of their neighbours, as segments.

    They are the lines s + 3·t = c on a cell's own axes: about 45° in the
    oblique view, and apart from every edge and ray.
    """
    count = min(max(round(unit / 15), 1), 6)
    at = (np.arange(4 * count) + 0.5) / count
    near, far = np.minimum(at, 1.0)[:, None], np.maximum(at - 3.0, 0.0)[:, None]
    corner, across, down = quads[:, :1], quads[:, 1:2] - quads[:, :1], quads[:, 3:] - quads[:, :1]
    starts = corner + across * near + down * (at[:, None] - near) / 3
    ends = corner + across * far + down * (at[:, None] - far) / 3
    return np.stack([starts, ends], axis=2).reshape(-1, 2, 2)
