"""Blocks of cubes in a picture: tops, the two sides in sight, outlines, and rays between and behind them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from convanim.plans import Mask
from convanim.scene import Cells, Lines, Points, Shapes
from convanim.views.marks import cells
from convanim.views.plane import Plane, Projection

_DOWN = (0.0, 1.0)
"""Where the next cube below is."""

_NEAR = 1e-9
"""Smaller differences are none."""


@dataclass(frozen=True)
class Cubes:
    """A block of cubes.

    Attributes
    ----------
    top : Plane
        The upper faces of the uppermost.
    depth : int
        How many lie below each other.
    has_left, has_right : bool
        Whether its sides below column 0 and below the last row are in sight.
    """

    top: Plane
    depth: int = 1
    has_left: bool = True
    has_right: bool = True

    @property
    def left(self) -> Plane:
        """The side below column 0; a row of it is a layer of cubes."""
        projection = Projection(self.top.projection.down, _DOWN)
        return Plane(self.depth, self.top.rows, self.top.origin, projection)

    @property
    def right(self) -> Plane:
        """The side below the last row; a row of it is a layer of cubes."""
        corner = self.top.points(np.array([self.top.rows, 0]))
        projection = Projection(self.top.projection.across, _DOWN)
        return Plane(self.depth, self.top.columns, corner, projection)

    @property
    def seen(self) -> tuple[Plane, ...]:
        """The sides in sight."""
        return (self.left,) * self.has_left + (self.right,) * self.has_right

    @property
    def hexagon(self) -> Points:
        """What it covers, as six corners: the left one of the top first, then by way of the far one."""
        left, far, right, near = self.top.corners()
        low = np.multiply(_DOWN, self.depth)
        return np.array([left, far, right, right + low, near + low, left + low])

    @property
    def width(self) -> float:
        """How wide it is in the picture."""
        return float(np.ptp(self.hexagon[:, 0]))

    @property
    def height(self) -> float:
        """How high it is in the picture."""
        return float(np.ptp(self.hexagon[:, 1]))

    @property
    def corners(self) -> Points:
        """The corners of the faces in sight, (n, 2)."""
        return np.concatenate([face.corners() for face in (self.top, *self.seen)])

    def part(self, top: int, left: int, bottom: int, right: int) -> Cubes:
        """Return the block below a rectangle of the top."""
        corner = self.top.points(np.array([top, left]))
        plane = Plane(bottom - top, right - left, corner, self.top.projection)
        return Cubes(plane, self.depth, self.has_left and left == 0, self.has_right and bottom == self.top.rows)

    def sides(self, role: str, mask: Mask, shaded: bool = False) -> Shapes:
        """Return the faces in sight below those cells of the top that a mask has."""
        edges = (mask[:, 0],) * self.has_left + (mask[-1],) * self.has_right
        return tuple(
            shape
            for face, edge in zip(self.seen, edges, strict=True)
            for shape in cells(face, role, np.repeat(edge[None], self.depth, axis=0), shaded=shaded)
        )

    def filled(self, role: str, mask: Mask, shaded: bool = False) -> Shapes:
        """Return the cubes below the cells of a mask: their sides in sight and their tops."""
        return (*self.sides(role, mask, shaded), *cells(self.top, role, mask, shaded=shaded))

    def outlines(self) -> Points:
        """Return the edges around each side in sight."""
        return np.concatenate(
            [np.empty((0, 2, 2)), *(face.outline(0, 0, face.rows, face.columns) for face in self.seen)]
        )


def intact(block: Cubes) -> Shapes:
    """Return a block of nothing but kernel: cubes under its shadow, with a heavy outline."""
    faces = (block.left, block.right, block.top)
    masks = [np.ones((face.rows, face.columns), bool) for face in faces]
    return (
        Cells("padding", np.concatenate([f.quads(np.argwhere(m)) for f, m in zip(faces, masks, strict=True)]), True),
        Lines("window", np.concatenate([face.edges(mask) for face, mask in zip(faces, masks, strict=True)])),
        Lines("reach", _around(block.hexagon)),
    )


def silhouette_rays(starts: Points, ends: Points) -> Points:
    """Return the two lines, (2, 2, 2), that touch two groups of points and have all between them.

    Parameters
    ----------
    starts, ends : (n, 2) array
        Corners on the left, and on the right of all of them.
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


def split(rays: Points, blocks: Points) -> tuple[Points, Points]:
    """Return the parts of rays, (n, 2, 2) each, that no block covers, and those that some block covers.

    Parameters
    ----------
    rays : (n, 2, 2) array
        Both ends of each.
    blocks : (m, 6, 2) array
        A `Cubes.hexagon` each.
    """
    clear: list[Points] = []
    covered: list[Points] = []
    for ray in rays:
        ends, start = ray[1] - ray[0], 0.0
        for enter, leave in _covered(ray, blocks):
            if enter > start + _NEAR:
                clear.append(ray[0] + ends * [[start], [enter]])
            if leave > start + _NEAR:
                covered.append(ray[0] + ends * [[max(enter, start)], [leave]])
            start = max(start, leave)
        if start < 1 - _NEAR:
            clear.append(ray[0] + ends * [[start], [1.0]])
    return np.array(clear).reshape(-1, 2, 2), np.array(covered).reshape(-1, 2, 2)


def _covered(ray: Points, blocks: Points) -> list[tuple[float, float]]:
    """Return the parts of a ray, from 0 to 1, in each block that it meets, in order."""
    if not len(blocks):
        return []
    sides = np.roll(blocks, -1, axis=1) - blocks
    way, away = ray[1] - ray[0], ray[0] - blocks
    # How far inside of each side a ray is: at its start, and how fast that grows.
    inside = sides[..., 0] * away[..., 1] - sides[..., 1] * away[..., 0]
    growth = sides[..., 0] * way[1] - sides[..., 1] * way[0]
    with np.errstate(divide="ignore", invalid="ignore"):
        crossing = -inside / growth
    enter = np.where(growth > 0, crossing, 0.0).max(axis=1)
    leave = np.where(growth < 0, crossing, 1.0).min(axis=1)
    outside = ((growth == 0) & (inside <= 0)).any(axis=1)
    enter, leave = np.clip(enter, 0.0, 1.0), np.clip(leave, 0.0, 1.0)
    met = ~outside & (leave - enter > _NEAR)
    return sorted(zip(enter[met].tolist(), leave[met].tolist(), strict=True))


def _around(corners: Points) -> Points:
    return np.stack([corners, np.roll(corners, -1, axis=0)], axis=1)
