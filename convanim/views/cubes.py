"""Blocks of cubes: tops, the two visible sides, outlines, and rays between and behind them."""

from __future__ import annotations

from functools import cached_property
from math import sqrt

import numpy as np

from convanim.base.records import dataclass
from convanim.plans import Mask
from convanim.views.marks import cells
from convanim.views.plane import Plane, Projection
from convanim.views.scene import Cells, Key, Lines, Points, Shape, Shapes

_NEAR = 1e-9
"""Smaller differences count as zero."""


@dataclass(frozen=True)
class Cubes:
    """A block of cubes.

    Attributes
    ----------
    top : Plane
        The upper faces of the top layer.
    depth : int
        The number of layers of cubes.
    has_left, has_right : bool
        Whether the sides below column 0 and below the last row are visible.
    """

    top: Plane
    depth: int = 1
    has_left: bool = True
    has_right: bool = True

    @cached_property
    def down(self) -> tuple[float, float]:
        """The offset to the next cube below, chosen so that cubes are as high as they are wide."""
        (right, up), (along, low) = self.top.projection.across, self.top.projection.down
        return 0.0, sqrt(right * low - up * along)

    @cached_property
    def left(self) -> Plane:
        """The side below column 0; a row of it is a layer of cubes."""
        projection = Projection(self.top.projection.down, self.down)
        return Plane(self.depth, self.top.rows, self.top.origin, projection)

    @cached_property
    def right(self) -> Plane:
        """The side below the last row; a row of it is a layer of cubes."""
        corner = self.top.points(np.array([self.top.rows, 0]))
        projection = Projection(self.top.projection.across, self.down)
        return Plane(self.depth, self.top.columns, corner, projection)

    @cached_property
    def seen(self) -> tuple[Plane, ...]:
        """The visible sides."""
        return (self.left,) * self.has_left + (self.right,) * self.has_right

    @cached_property
    def hexagon(self) -> Points:
        """The six corners of the block's outline: from the left corner of the top by way of the far one."""
        left, far, right, near = self.top.corners()
        low = np.multiply(self.down, self.depth)
        return np.array([left, far, right, right + low, near + low, left + low])

    @property
    def width(self) -> float:
        """The width of the block in the picture."""
        return float(np.ptp(self.hexagon[:, 0]))

    @property
    def height(self) -> float:
        """The height of the block in the picture."""
        return float(np.ptp(self.hexagon[:, 1]))

    @property
    def corners(self) -> Points:
        """The corners of the visible faces, (n, 2)."""
        return np.concatenate([face.corners() for face in (self.top, *self.seen)])

    def part(self, top: int, left: int, bottom: int, right: int) -> Cubes:
        """Return the block below a rectangle of the top."""
        corner = self.top.points(np.array([top, left]))
        plane = Plane(bottom - top, right - left, corner, self.top.projection)
        return Cubes(plane, self.depth, self.has_left and left == 0, self.has_right and bottom == self.top.rows)

    def sides(
        self,
        role: str,
        mask: Mask,
        shaded: bool = False,
        strength: float = 1.0,
        tones: Points | None = None,
        key: Key | None = None,
    ) -> Shapes:
        """Return the visible side faces below the masked cells of the top, in its greys if it has any."""
        shapes: list[Shape] = []
        for face, at in zip(self.seen, [np.s_[:, 0]] * self.has_left + [np.s_[-1]] * self.has_right, strict=True):
            below = np.repeat(mask[at][None], self.depth, axis=0)
            greys = None if tones is None else np.repeat(tones[at][None], self.depth, axis=0)
            shapes += cells(face, role, below, 0, 0, shaded, strength, greys, key)
        return tuple(shapes)

    def outlines(self) -> Points:
        """Return the edges around each visible side."""
        return np.concatenate(
            [np.empty((0, 2, 2)), *(face.outline(0, 0, face.rows, face.columns) for face in self.seen)]
        )

    def folded(self) -> Points:
        """Return the edges around both sides; a hidden side has height zero."""
        sides = ((self.left, self.has_left), (self.right, self.has_right))
        return np.concatenate([face.outline(0, 0, face.rows * is_seen, face.columns) for face, is_seen in sides])


def intact(block: Cubes, is_at_work: bool = True, key: Key | None = None) -> Shapes:
    """Return a block that is all kernel: its grid, pale at rest, and at work in shadow with a heavy outline."""
    faces = (block.left, block.right, block.top)
    masks = [np.ones((face.rows, face.columns), bool) for face in faces]
    quads = np.concatenate([face.quads(np.argwhere(mask)) for face, mask in zip(faces, masks, strict=True)])
    grid = Lines("window", np.concatenate([f.edges(mask) for f, mask in zip(faces, masks, strict=True)]), key=key)
    if not is_at_work:
        return Cells("at_rest", quads, key=key), grid
    return Cells("padding", quads, shaded=True, key=key), grid, Lines("reach", _around(block.hexagon), key=key)


def silhouette_rays(starts: Points, ends: Points) -> Points:
    """Return the two outer tangents of two groups of points, (2, 2, 2): all points lie between them.

    Parameters
    ----------
    starts, ends : (n, 2) array
        The corners of the left group, and of the right one.
    """
    ways = ends[None, :] - starts[:, None]
    points = np.concatenate([starts, ends])[None, None] - starts[:, None, None]
    turns = ways[..., None, 0] * points[..., 1] - ways[..., None, 1] * points[..., 0]
    lengths = np.hypot(ways[..., 0], ways[..., 1])
    rays = []
    for side in (-1, 1):
        is_outermost = (turns * side >= -_NEAR).all(axis=-1)
        start, end = np.unravel_index(np.where(is_outermost, lengths, np.inf).argmin(), lengths.shape)
        rays.append([starts[start], ends[end]])
    return np.array(rays)


def _around(corners: Points) -> Points:
    return np.stack([corners, np.roll(corners, -1, axis=0)], axis=1)
