"""Rays of the flat view: from the sides of windows to those of cells, by kernels and to sums."""

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

_WITHIN = 0.09
"""How far within their rows rays run along the lines of a grid, from which they could not be told otherwise."""

Lead = Points
"""Both ends of the side of some cells, each with the place at which a ray along its grid line leaves the plane."""


def side(plane: Plane, rows: tuple[float, float], column: int) -> Lead:
    """Return the side of some rows of a plane at one of its columns, which rays leave at once."""
    return at_once(plane.points(np.array([[row, column] for row in rows])))


def at_once(ends: Points) -> Lead:
    """Return the lead of a side whose rays leave it at once."""
    return np.stack([ends, ends], axis=1)


@dataclass(frozen=True)
class FlatRays(FlatKernels):
    """The layout with the rays of a step."""

    def rays(self, work: Work) -> Shapes:
        """Return two rays from the rows of each window to the row of its output cell, or to its partial sum."""
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
            return self.routed(rays, stage)
        (page, window), *_ = work.made.items()
        made = self.side_of(page, window.box, False)
        joint, lines = self._joined(stage, work, float(made[:, 0, 1].mean()))
        rays.append((at_once(np.stack([joint, joint])), made))
        return (*self.routed(rays, stage), Lines("flat_ray", lines, key=Key("sums", (stage.number,))))

    def routed(self, sides: Iterable[tuple[Lead, Lead]], stage: Stage) -> Shapes:
        """Return a stage's rays from sides to others, past the words in cells.

        Where cells have words, each is in three pieces: along lines of the grids at both ends, and straight only
        between the planes.
        """
        key = Key("ray", (stage.number,))
        if not self.look.is_labelled:
            rays = [np.stack([start[:, 0], end[:, 0]], axis=1) for start, end in sides]
            return (Lines("ray", np.concatenate(rays), key=key),) if rays else ()
        ways = [np.concatenate([start, end[:, ::-1]], axis=1) for start, end in sides]
        pieces = [np.stack([way[:, :-1], way[:, 1:]], axis=2).reshape(-1, 2, 2) for way in ways]
        return (Lines("flat_ray", np.concatenate(pieces), key=key),) if pieces else ()

    def boxes_made(self, work: Work) -> dict[Page, Box]:
        """Return the box of cells that a step makes or stamps on each sheet: top, left, bottom and right."""
        assert work.stage is not None
        assert work.step is not None
        if work.stage.is_stamped:
            return self.stamped[work.stage.number].outlines(work.step)
        return {page: window.box for page, window in work.made.items()}

    def _sum_side(self, stage: Stage, page: Page) -> Lead:
        """Return the left side of the partial sum of a channel."""
        left, middle = self.tile_left(stage), self.height_of(stage, page.site, page.channel)
        return at_once(np.array([[left, middle - 0.27], [left, middle + 0.27]]))

    def _by_kernel(self, stage: Stage, start: Lead, end: Lead, pair: tuple[int, int]) -> Iterator[tuple[Lead, Lead]]:
        """Yield the sides of rays to the kernel between two channels of a chain, and of those from it."""
        left, top, right, bottom = joined(sheet.box for sheet in self.kernel(stage, pair))
        before, behind = (at_once(np.array([[x, top], [x, bottom]])) for x in (left, right))
        yield start, before
        yield behind, end

    def _joined(self, stage: Stage, work: Work, middle: float) -> tuple[Points, Points]:
        """Return where partial sums are added up, level with a cell, and the lines that lead there: to a plus."""
        assert isinstance(stage, Windows)
        heights = [self.height_of(stage, *of) for of in dict.fromkeys(page[:2] for page in work.windows)]
        start = self.tile_left(stage) + self.terms.partial_width(stage)
        spot = np.array([start + _TO_SPINE, middle])
        # A partial sum at the height of the circle leads to its rim.
        lines = [[[start, height], [spot[0] - _JOINT * (abs(height - middle) < _JOINT), height]] for height in heights]
        for far, way in ((min(heights), -1), (max(heights), 1)):
            if way * (far - middle) > _JOINT:
                lines.append([[spot[0], far], [spot[0], middle + way * _JOINT]])
        rim = spot + np.array([_JOINT, 0.0])
        return rim, np.concatenate([lines, circle(spot, _JOINT), sign("sum", spot, _JOINT)])

    def side_of(self, page: Page, box: Box, is_right: bool) -> Lead:
        """Return the left or right side of a box of cells of a sheet."""
        top, left, bottom, right = box
        lead = side(self.sheets[page].plane, (top + _WITHIN, bottom - _WITHIN), right if is_right else left)
        # Slices of one channel stand side by side, with their rows at one height.
        level = (sheet.box for other, sheet in self.sheets.items() if other.site == page.site)
        rims = [one for one in level if one[1] <= self.sheets[page].middle[1] <= one[3]]
        _, before, _, behind = self.cut(self.sites[page.site])
        lead[:, 1, 0] = max(one[2] for one in rims) + behind if is_right else min(one[0] for one in rims) - before
        return lead

    def stamping_side(self, work: Work) -> Lead:
        """Return the right side of the cell that stamps."""
        page, window = next(iter(work.windows.items()))
        return self.side_of(page, window.box, True)
