"""A slab: a depth slice of a channel with three axes, whose cells are cubes."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property

import numpy as np

from convanim.base.records import dataclass
from convanim.layers.axis import Kind
from convanim.plans import Ints, Mask
from convanim.views.cubes import Cubes
from convanim.views.marks import Window
from convanim.views.scene import Key, Lines, Points, Shape, Shapes
from convanim.views.sheet import Sheet
from convanim.views.signs import Box


@dataclass(frozen=True, eq=False)
class Slab(Sheet):
    """A depth slice of a channel: its own cells, and zeros between them, are cubes; cells around them are flat."""

    @cached_property
    def kind(self) -> Kind:
        """The kind of the slice along the depth."""
        return Kind(int(self.grid.kind.min()))

    @cached_property
    def is_solid(self) -> bool:
        """Whether the slab has cubes."""
        return self.kind in (Kind.INPUT, Kind.INSERTED)

    @cached_property
    def cubes(self) -> Cubes:
        """The cubes, with those sides that have no padding in front of them."""
        _, left, bottom, _ = self.spread
        block = Cubes(self.plane).part(*self.spread)
        return replace(block, has_left=left == 0, has_right=not (self.roles[bottom:] >= 0).any())

    def under(self, box: Box) -> Cubes:
        """Return the cubes below a rectangle of cells, or a block without visible sides if there are none."""
        top, left, bottom, right = self.spread
        own = max(box[0], top), max(box[1], left), min(box[2], bottom), min(box[3], right)
        if not self.is_solid or own[0] >= own[2] or own[1] >= own[3]:
            return replace(Cubes(self.plane).part(*box), has_left=False, has_right=False)
        return self.cubes.part(own[0] - top, own[1] - left, own[2] - top, own[3] - left)

    def outlined(self, box: Box, key: Key) -> Shapes:
        """Return a heavy outline around the part of a rectangle that lies on the slab, and the sides below it."""
        top, left, bottom, right = box
        flat = self.plane.outline(max(top, 0), max(left, 0), min(bottom, self.rows), min(right, self.columns))
        under = self.under(box)
        # Hidden sides unfold when the outline glides to a place where they are visible.
        whole = np.concatenate([flat, under.folded()])
        return (Lines("reach", np.concatenate([flat, under.outlines()]), key=key, whole=whole),)

    def reach(self, window: Window, key: Key) -> Shapes:
        """Return the outline of a window, and of the visible sides below it."""
        under = self.under(window.box)
        return (*super().reach(window, key), Lines("reach", under.outlines(), key=key, whole=under.folded()))

    @cached_property
    def drawn(self) -> Box:
        """The rectangle of what is drawn of it at rest, which of a slab beyond the input is as large as the input."""
        is_drawn = self.grid.kind != Kind.OVERHANG
        return Window.around(np.argwhere(is_drawn)).box if is_drawn.any() else self.spread

    @cached_property
    def outlines(self) -> tuple[Points, ...]:
        """The outline of its cells that are drawn at rest, and that of its cubes if it has any, (6, 2) each."""
        left, near, right, far = self.plane.rectangle(*self.drawn)
        flat = np.array([left, (left + far) / 2, far, right, (right + near) / 2, near])
        return (flat, self.cubes.hexagon) if self.is_solid else (flat,)

    def near_edge(self, at: Points) -> Points:
        """Return the heights of its edge towards the viewer, with the sides of its cubes."""
        edge = _heights(self.outlines[0][[0, 5, 3]], at)
        if not self.is_solid:
            return edge
        sides = self.cubes.hexagon[[5, 4, 3]]
        is_beside = (at >= sides[0, 0]) & (at <= sides[2, 0])
        return np.where(is_beside, np.maximum(edge, _heights(sides, at)), edge)

    def air(self, foot: Points, at: Points) -> Points:
        """Return upright lines from below it to an edge through some points, (n, 2), downward, (n, 2, 2)."""
        ends = self.near_edge(at), _heights(foot, at)
        return np.stack([np.stack([at, heights], axis=1) for heights in (np.minimum(*ends), ends[1])], axis=1)

    def corners(self, box: Box) -> Points:
        """Return the corners of a rectangle of cells and of the visible sides below it."""
        return np.concatenate([self.plane.outline(*box)[:, 0], *(face.corners() for face in self.under(box).seen)])

    def cells(
        self,
        role: str,
        window: Window,
        key: Key | None = None,
        shaded: bool = False,
        strength: float = 1.0,
        is_said: bool = True,
    ) -> Shapes:
        """Return the cubes of a window in a role, with their words."""
        mask = np.zeros(self.roles.shape, bool)
        mask[tuple(window.places.T)] = True
        sides = self._sides(self.cubes, role, mask, key, shaded, strength)
        return (*sides, *super().cells(role, window, key, shaded, strength, is_said))

    def _sides(
        self, block: Cubes, role: str, mask: Mask, key: Key | None = None, shaded: bool = False, strength: float = 1.0
    ) -> Shapes:
        """Return the visible sides of the cubes in a mask of all cells."""
        if not self.is_solid:
            return ()
        own, tones = np.s_[self.spread[0] : self.spread[2], self.spread[1] : self.spread[3]], self.tones_of(role)
        greys = None if tones is None else tones[own]
        shapes: list[Shape] = []
        for part, place in self.alike(role, np.argwhere(mask)) if mask.any() else ():
            among = np.zeros(mask.shape, bool)
            among[tuple(part.T)] = True
            looks = self.fill(role, place), among[own], shaded, strength * self.strength(role, place)
            shapes += block.sides(*looks, greys, key or self.key)
        return tuple(shapes)

    def _hidden(self, mask: Mask, is_pending: bool = False) -> Shapes:
        """Return the sides behind padding, unless the slab has words."""
        block = replace(self.cubes, has_left=not self.cubes.has_left, has_right=not self.cubes.has_right)
        return tuple(
            shape
            for role in (self.present if self.lettering is None else ())
            for shape in self._sides(
                block, self.uncomputed if is_pending and role == "input" else role, mask & self._are(role)
            )
        )

    def _are_crossed(self, role: str) -> Mask:
        """Return a mask of the cells with a role that bear crosses: not those that sides are seen through."""
        top, left, bottom, right = self.spread
        mask = super()._are_crossed(role).copy()
        if self.is_solid and self.lettering is None:
            near = mask[top : bottom + 1, max(left - 1, 0) : right]
            near[:, : min(left, 1)] = near[bottom - top :] = False
        return mask

    def ground(self, pending: bool = False, strength: float = 1.0) -> Shapes:
        """Return the whole slab; of one beyond the input a faint outline, which its name belongs to."""
        if self.kind is Kind.OVERHANG:
            return (Lines("idle", self.plane.outline(*self.spread)),)
        return (*self._hidden(np.ones(self.roles.shape, bool), pending), *super().ground(pending, strength))

    def revealed(self, places: Ints, is_said: bool = True) -> Shapes:
        """Return some of the cubes once they are computed, and redraw the padding in front of them."""
        mask, near = np.zeros((2, *self.roles.shape), bool)
        for row, column in places.tolist():
            mask[row, column] = True
            near[row : row + 3, max(column - 2, 0) : column + 3] = True
        top, left, bottom, right = self.spread
        near[top:bottom, left:right] = False
        shapes = list(sides := self._hidden(mask))
        for role in self.present if sides else ():
            shapes += super().cells(role, Window(0, 0, near & self._are(role)), is_said=False)
        return (*shapes, *super().revealed(places, is_said))


def _heights(edge: Points, at: Points) -> Points:
    """Return the heights of an edge through some points, (n, 2), at some places from left to right."""
    heights: Points = np.interp(at, edge[:, 0], edge[:, 1])
    return heights
