"""Three axes: a channel as a tower of slabs above each other, each a depth slice that is made of cubes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from convanim.axis import Kind
from convanim.plans import Ints, Mask
from convanim.scene import Key, Lines, Points, Shapes
from convanim.views.cubes import Cubes
from convanim.views.marks import Window
from convanim.views.plane import Plane
from convanim.views.sheet import Sheet
from convanim.views.signs import Box

_AIR = 0.4
"""At least between a slab and the one above it."""


@dataclass(frozen=True)
class Tower:
    """Slabs of equal size above each other, number 0 lowest.

    Attributes
    ----------
    slabs : int
        How many there are.
    lowest : Plane
        The upper faces of the lowest.
    pitch : float
        From one to the next.
    """

    slabs: int
    lowest: Plane
    pitch: float

    @classmethod
    def of(cls, size: tuple[int, ...], least: float = 0.0) -> Tower:
        """Return a tower at no certain place whose slabs are so far apart that none hides anything of another."""
        slabs, rows, columns = size
        lowest = Plane(rows, columns, np.zeros(2))
        return cls(slabs, lowest, max(1 + lowest.rise_over(lowest) + _AIR, least))

    def at(self, middle: tuple[float, float]) -> Tower:
        """Return the same tower around a point."""
        left, top, right, bottom = self.box
        origin = self.lowest.origin + middle - np.array([left + right, top + bottom]) / 2
        return replace(self, lowest=replace(self.lowest, origin=origin))

    @cached_property
    def box(self) -> tuple[float, float, float, float]:
        """Left, top, right and bottom of all that it covers."""
        (left, top), (right, bottom) = (self.lowest.corners().min(axis=0), self.lowest.corners().max(axis=0))
        return float(left), float(top) - (self.slabs - 1) * self.pitch, float(right), float(bottom) + 1

    @property
    def width(self) -> float:
        """How wide it is."""
        return self.box[2] - self.box[0]

    @property
    def height(self) -> float:
        """How high it is."""
        return self.box[3] - self.box[1]

    def plane(self, slab: int) -> Plane:
        """Return the upper faces of a slab."""
        return replace(self.lowest, origin=self.lowest.origin - [0, slab * self.pitch])

    def threads(self, slabs: int, rows: int, columns: int) -> Shapes:
        """Return upright lines that join the left corners of the lowest slabs, and the right ones of so many cells."""
        ends = np.array([[0, 0], [rows, columns]])
        segments = np.stack([self.plane(number).points(ends) for number in (slabs - 1, 0)], axis=1)
        return (Lines("thread", segments),) if slabs > 1 else ()


@dataclass(frozen=True, eq=False)
class Slab(Sheet):
    """A depth slice of a channel: cubes from the first of its own cells to the last; all around them is flat."""

    @cached_property
    def kind(self) -> Kind:
        """What it is along the depth."""
        return Kind(int(self.grid.kind.min()))

    @cached_property
    def is_solid(self) -> bool:
        """Whether it has cubes."""
        return self.kind in (Kind.INPUT, Kind.INSERTED)

    @cached_property
    def cubes(self) -> Cubes:
        """The cubes, with the sides that no padding lies in front of."""
        _, left, bottom, _ = self.spread
        block = Cubes(self.plane).part(*self.spread)
        return replace(block, has_left=left == 0, has_right=not (self.roles[bottom:] >= 0).any())

    def under(self, box: Box) -> Cubes:
        """Return the cubes below a rectangle of cells, without sides in sight where there are none."""
        top, left, bottom, right = self.spread
        own = max(box[0], top), max(box[1], left), min(box[2], bottom), min(box[3], right)
        if not self.is_solid or own[0] >= own[2] or own[1] >= own[3]:
            return replace(Cubes(self.plane).part(*box), has_left=False, has_right=False)
        return self.cubes.part(own[0] - top, own[1] - left, own[2] - top, own[3] - left)

    def outlined(self, box: Box, key: Key) -> Shapes:
        """Return a heavy outline around a rectangle of cells, as far as it is on the slab, and what is below it."""
        top, left, bottom, right = box
        flat = self.plane.outline(max(top, 0), max(left, 0), min(bottom, self.rows), min(right, self.columns))
        under = self.under(box)
        # Sides that are out of sight unfold when it glides to where they are not.
        whole = np.concatenate([flat, under.folded()])
        return (Lines("reach", np.concatenate([flat, under.outlines()]), key=key, whole=whole),)

    def reach(self, window: Window, key: Key | None = None) -> Shapes:
        """Return the outline of a window, and of the sides in sight below it."""
        under = self.under(window.box)
        return (*super().reach(window, key), Lines("reach", under.outlines(), key=key, whole=under.folded()))

    def corners(self, box: Box) -> Points:
        """Return the corners in sight of a rectangle of cells and what is below it."""
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
        """Return the cubes of a window as those of a look, with what stands on them."""
        mask = np.zeros(self.roles.shape, bool)
        mask[tuple(window.places.T)] = True
        sides = self._sides(self.cubes, role, mask, key, shaded, strength)
        return (*sides, *super().cells(role, window, key, shaded, strength, is_said))

    def _sides(
        self, block: Cubes, role: str, mask: Mask, key: Key | None = None, shaded: bool = False, strength: float = 1.0
    ) -> Shapes:
        """Return the sides in sight of those cubes that a mask of all cells has."""
        if not self.is_solid:
            return ()
        own, tones = np.s_[self.spread[0] : self.spread[2], self.spread[1] : self.spread[3]], self.tones_of(role)
        greys = None if tones is None or role == "pending" else tones[own]
        return block.sides(self.fill(role), mask[own], shaded, strength, greys, key or self.key)

    def _hidden(self, mask: Mask, is_pending: bool = False) -> Shapes:
        """Return the sides behind padding, unless that has words."""
        block = replace(self.cubes, has_left=not self.cubes.has_left, has_right=not self.cubes.has_right)
        return tuple(
            shape
            for role in (self.present if self.lettering is None else ())
            for shape in self._sides(
                block, "pending" if is_pending and role == "input" else role, mask & self._are(role)
            )
        )

    def ground(self, pending: bool = False) -> Shapes:
        """Return all of it."""
        return (*self._hidden(np.ones(self.roles.shape, bool), pending), *super().ground(pending))

    def revealed(self, places: Ints) -> Shapes:
        """Return some of its cubes once they are known, and again the padding in front of them."""
        mask, near = np.zeros((2, *self.roles.shape), bool)
        for row, column in places.tolist():
            mask[row, column] = True
            near[row : row + 3, max(column - 2, 0) : column + 3] = True
        top, left, bottom, right = self.spread
        near[top:bottom, left:right] = False
        shapes = list(sides := self._hidden(mask))
        for role in self.present if sides else ():
            shapes += super().cells(role, Window(0, 0, near & self._are(role)), is_said=False)
        return (*shapes, *super().revealed(places))
