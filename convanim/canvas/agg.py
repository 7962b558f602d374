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

from convanim.canvas.layout import Layout, Sample
from convanim.canvas.text import outline_of
from convanim.scene import Cells, Lines, Points, Scene, Shape
from convanim.theme import RGB, Theme

Pixels = NDArray[np.uint8]

_IDENTITY = IdentityTransform()
_QUAD_CODES = np.array([Path.MOVETO, Path.LINETO, Path.LINETO, Path.LINETO, Path.CLOSEPOLY], np.uint8)
_SEGMENT_CODES = np.array([Path.MOVETO, Path.LINETO], np.uint8)
_BATCH = 4000
"""Parallelograms or lines in one path; Agg limits the cells that a path may touch."""

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
    background = painter.renderer.copy_from_bbox(painter.renderer.bbox)
    drawn = 0
    for step in steps:
        marks = [shape for number in range(drawn, step + 1) for shape in scene.marks(number)]
        drawn = step + 1
        painter.renderer.restore_region(background)
        if marks:
            painter.paint(marks)
            background = painter.renderer.copy_from_bbox(painter.renderer.bbox)
        painter.paint(scene.moment(step))
        yield np.array(painter.renderer.buffer_rgba())


@dataclass
class _Painter:
    """Draws shapes of one theme at one size."""

    theme: Theme
    layout: Layout
    renderer: RendererAgg = field(init=False)

    def __post_init__(self) -> None:
        # At 72 dots an inch, Matplotlib's points are pixels.
        self.renderer = RendererAgg(self.layout.width, self.layout.height, 72)

    @property
    def line_width(self) -> float:
        """Width of a grid line in pixels: thinner where cells are too small for it."""
        return min(max(1.2, self.layout.unit / 36), self.layout.unit / 10)

    def ground(self, scene: Scene, transparent: bool) -> None:
        """Draw what every frame has."""
        if not transparent:
            page = _UNIT_SQUARE * [self.layout.width, self.layout.height]
            self._fill(page[None], self.theme.background)
        self.paint(scene.ground)
        for sample in self.layout.samples:
            self._paint_sample(sample)
        for word in self.layout.words:
            outline = outline_of(word.text, word.size, word.x, self.layout.height - word.y)
            if outline is not None:
                self._draw(outline, self._context(None), self.theme.text)

    def paint(self, shapes: Sequence[Shape]) -> None:
        """Draw shapes in order."""
        for shape in shapes:
            if isinstance(shape, Cells):
                self._paint_cells(self._pixels(shape.quads), shape.role, shape.shaded, self.layout.unit)
            else:
                self._paint_lines(shape, self._pixels(shape.segments))

    def _pixels(self, points: Points) -> Points:
        """Return points of the scene in pixels, y upward as Agg counts."""
        origin = np.array([self.layout.left, self.layout.height - self.layout.top])
        pixels: Points = points * np.array([self.layout.unit, -self.layout.unit]) + origin
        return pixels

    def _paint_cells(self, quads: Points, role: str, shaded: bool, unit: float) -> None:
        fill = self.theme.fill(role, shaded)
        if fill is not None:
            self._fill(quads, fill)
        if shaded and self.theme.hatch:
            hatching = self._context(self.theme.hatch, 0.55 * self.line_width)
            self._stroke(_hatching(quads, unit), hatching)

    def _paint_lines(self, lines: Lines, segments: Points) -> None:
        style = self.theme.styles[lines.role]
        if style.line is None:
            return
        context = self._context(style.line, style.width * self.line_width, style.opacity)
        if not style.dash:
            self._stroke(segments, context)
            return
        lengths = np.round(np.linalg.norm(segments[:, 1] - segments[:, 0], axis=1), 3)
        for length in sorted(set(lengths.tolist())):
            context.set_dashes(*_fitted(style.dash, self.line_width, length))
            self._stroke(segments[lengths == length], context)

    def _paint_sample(self, sample: Sample) -> None:
        corner = np.array([sample.x, self.layout.height - sample.y - sample.side])
        quad = _UNIT_SQUARE * sample.side + corner
        self._paint_cells(quad[None], sample.key.role, sample.key.shaded, sample.side)
        sides = np.stack([quad, np.roll(quad, -1, axis=0)], axis=1)
        self._paint_lines(Lines(sample.key.role, sides), sides)
        if sample.key.crossed:
            middle = quad.mean(axis=0)
            strokes = (quad - middle) * 0.5 + middle
            self._paint_lines(Lines("cross", strokes), strokes[[[0, 2], [1, 3]]])

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


def _fitted(dash: tuple[float, ...], width: float, length: float) -> tuple[float, list[float]]:
    """Return offset and dashes, stretched so that a line begins and ends in half a dash."""
    period = sum(dash) * width
    scale = width * length / (max(1, round(length / period)) * period)
    return dash[0] * scale / 2, [part * scale for part in dash]


def _hatching(quads: Points, unit: float) -> Points:
    """Return diagonals over parallelograms that meet those of their neighbours, as segments."""
    count = min(max(round(unit / 9), 1), 8)
    at = (np.arange(2 * count) + 0.5) / count
    near, far = np.clip(at, None, 1.0), np.clip(at - 1.0, 0.0, None)
    corner, across, down = quads[:, :1], quads[:, 1:2] - quads[:, :1], quads[:, 3:] - quads[:, :1]
    starts = corner + across * near[:, None] + down * far[:, None]
    ends = corner + across * far[:, None] + down * near[:, None]
    return np.stack([starts, ends], axis=2).reshape(-1, 2, 2)
