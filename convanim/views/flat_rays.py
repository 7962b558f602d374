"""Rays and arrows of the flat view: from the sides of windows to those of cells, by kernels and to sums."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from convanim.base.records import dataclass
from convanim.layers.rules import COPY
from convanim.plans import Stage, Windows
from convanim.views.flat_kernels import FlatKernels
from convanim.views.flat_layout import joined
from convanim.views.picture import Work
from convanim.views.plane import Plane
from convanim.views.scene import Key, Lines, Points, Shapes
from convanim.views.sheet import Page
from convanim.views.signs import Box
from convanim.views.wires import circle, sign

_TO_SPINE, _JOINT = 0.38, 0.16
"""How far behind partial sums the line stands that joins them, in cells, and the radius of the circle with a plus."""

BESIDE_LINE = 0.16
"""How far above a line of the grid an arrow runs along it, in cells: below the words of cells."""

START = 0.06
"""The radius of the circle in which an arrow begins that runs over other cells first."""

_OVER_CELLS = [2]
"""The part of an arrow that runs over other cells to its end, which its head shows."""

_HEAD = np.array([[-0.16, -0.07], [0.0, 0.0], [-0.16, 0.07]])
"""The head of an arrow that leads to the right, around its end."""


@dataclass(frozen=True, eq=False)
class Side:
    """A side of some cells that rays lead from or to.

    Attributes
    ----------
    ends : (2, 2) array
        Its upper and its lower end.
    spot, rim : (2,) arrays
        Where an arrow begins or ends, and where its way along a line of the grid leaves or enters the plane.
    """

    ends: Points
    spot: Points
    rim: Points

    @classmethod
    def at_once(cls, ends: Points) -> Side:
        """Return a side whose arrows leave or enter in its middle."""
        middle = ends.mean(axis=0)
        return cls(ends, middle, middle)


def side(plane: Plane, rows: tuple[int, int], column: int) -> Side:
    """Return the side of some rows of a plane that stands alone, at one of its columns."""
    return Side.at_once(plane.points(np.array([[row, column] for row in rows])))


@dataclass(frozen=True)
class FlatRays(FlatKernels):
    """The layout with the rays of a step."""

    def rays(self, work: Work) -> Shapes:
        """Return what leads from each window to its output cell, or to its partial sum."""
        stage = work.stage
        if stage is None or (self.plan.dims == 3 and stage.rule is not COPY):
            return ()
        is_summed = self.has_partials(stage)
        if stage.is_stamped:
            start, channel = self.stamping_side(work), next(iter(work.windows)).channel
            landed = self.boxes_made(work).items()
            sides = [(start, self.side_of(page, box, False), (page.channel, channel)) for page, box in landed]
        else:
            sides = [
                (
                    self.side_of(link.source, link.window.box, True),
                    self._sum_side(stage, link.source)
                    if is_summed
                    else self.side_of(link.target, link.made.box, False),
                    (link.target.channel, link.source.channel),
                )
                for link in work.links
            ]
        rays = [(start, end) for start, end, _ in sides]
        if self.is_chain and stage.is_weighted:
            rays = [pair for side in sides for pair in self._by_kernel(stage, *side)]
        if not is_summed:
            return self.joining(rays, stage)
        (page, window), *_ = work.made.items()
        made = self.side_of(page, window.box, False)
        joint, lines = self._joined(stage, work, float(made.spot[1]))
        rays.append((Side.at_once(joint[None]), made))
        return (*self.joining(rays, stage), Lines("flat_ray", lines, key=Key("sums", (stage.number,))))

    def joining(self, sides: Iterable[tuple[Side, Side]], stage: Stage) -> Shapes:
        """Return what leads in a stage from sides to others: two straight rays, or an arrow past the words in cells.

        The arrow is fainter where it passes over other cells on its way to its own.
        """
        pairs = list(sides)
        if not pairs:
            return ()
        if not self.look.is_labelled:
            pieces = np.concatenate([_rays(*pair) for pair in pairs])
            return (Lines("ray", pieces, key=Key("ray", (stage.number,))),)
        arrows = np.stack([_arrow(*pair) for pair in pairs])
        over, free = arrows[:, _OVER_CELLS].reshape(-1, 2, 2), np.delete(arrows, _OVER_CELLS, axis=1).reshape(-1, 2, 2)
        starts = [circle(start.spot, START) for start, _ in pairs if (start.spot != start.rim).any()]
        return (
            Lines("ray", over, key=Key("ray", (stage.number, 1))),
            Lines("flat_ray", free, key=Key("ray", (stage.number,))),
            *((Lines("flat_ray", np.concatenate(starts), key=Key("ray", (stage.number, 2))),) if starts else ()),
        )

    def boxes_made(self, work: Work) -> dict[Page, Box]:
        """Return the box of cells that a step makes or stamps on each sheet: top, left, bottom and right."""
        assert work.stage is not None
        assert work.step is not None
        if work.stage.is_stamped:
            return self.stamped[work.stage.number].outlines(work.step)
        return {page: window.box for page, window in work.made.items()}

    def _sum_side(self, stage: Stage, page: Page) -> Side:
        """Return the left side of the partial sum of a channel."""
        left, middle = self.tile_left(stage), self.height_of(stage, page.site, page.channel)
        return Side.at_once(np.array([[left, middle - 0.27], [left, middle + 0.27]]))

    def _by_kernel(self, stage: Stage, start: Side, end: Side, pair: tuple[int, int]) -> Iterator[tuple[Side, Side]]:
        """Yield the sides of rays to the kernel between two channels of a chain, and of those from it."""
        left, top, right, bottom = joined(sheet.box for sheet in self.kernel(stage, pair))
        before, behind = (Side.at_once(np.array([[x, top], [x, bottom]])) for x in (left, right))
        yield start, before
        yield behind, end

    def _joined(self, stage: Stage, work: Work, middle: float) -> tuple[Points, Points]:
        """Return where partial sums are added up, level with a cell, and the lines that lead there: to a plus."""
        assert isinstance(stage, Windows)
        read = list(dict.fromkeys(page[:2] for page in work.windows))
        heights = [self.height_of(stage, *of) for of in read]
        heights += self.heights_between(stage, read)
        heights += [self.bias_height(stage, read)] if stage.bias is not None else []
        start = self.tile_left(stage) + self.terms.partial_width(stage)
        spot = np.array([start + _TO_SPINE, middle])
        # A partial sum at the height of the circle leads to its rim.
        lines = [[[start, height], [spot[0] - _JOINT * (abs(height - middle) < _JOINT), height]] for height in heights]
        for far, way in ((min(heights), -1), (max(heights), 1)):
            if way * (far - middle) > _JOINT:
                lines.append([[spot[0], far], [spot[0], middle + way * _JOINT]])
        rim = spot + np.array([_JOINT, 0.0])
        return rim, np.concatenate([lines, circle(spot, _JOINT), sign("sum", spot, _JOINT)])

    def side_of(self, page: Page, box: Box, is_right: bool) -> Side:
        """Return the left or right side of a box of cells of a sheet."""
        top, left, bottom, right = box
        rows = [top, bottom, (top + bottom + 1) // 2 - BESIDE_LINE]
        *ends, spot = self.sheets[page].plane.points(np.array([[row, right if is_right else left] for row in rows]))
        # Slices of one channel stand side by side, with their rows at one height.
        level = (sheet.box for other, sheet in self.sheets.items() if other.site == page.site)
        beside = [one for one in level if one[1] <= self.sheets[page].middle[1] <= one[3]]
        _, before, _, behind = self.cut(self.sites[page.site])
        x = max(one[2] for one in beside) + behind if is_right else min(one[0] for one in beside) - before
        return Side(np.array(ends), spot, np.array([x, spot[1]]))

    def stamping_side(self, work: Work) -> Side:
        """Return the right side of the cell that stamps."""
        page, window = next(iter(work.windows.items()))
        return self.side_of(page, window.box, True)


def _rays(start: Side, end: Side) -> Points:
    """Return two straight rays from the ends of a side to those of another, (2, 2, 2)."""
    return np.stack(np.broadcast_arrays(start.ends, end.ends), axis=1)


def _arrow(start: Side, end: Side) -> Points:
    """Return an arrow from a side to another, (5, 2, 2): along a line of each grid, straight between the planes."""
    way = np.array([start.spot, start.rim, end.rim, end.spot])
    last = way[3] - way[2] if (way[3] != way[2]).any() else way[2] - way[1]
    right, down = last / np.hypot(*last)
    head = end.spot + _HEAD @ np.array([[right, down], [-down, right]])
    return np.stack([np.concatenate([way[:-1], head[:-1]]), np.concatenate([way[1:], head[1:]])], axis=1)
