"""Slabs of cubes above each other: where each lies, and the input's with all that stands on its grid."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from convanim.axis import Kind
from convanim.scene import Lines, Points, Shape, Shapes
from convanim.views.former import Grid, Taps
from convanim.views.former.cubes import Cubes
from convanim.views.former.marks import Mask
from convanim.views.former.plane import Plane
from convanim.views.former.sheet import ROLES, Sheet

_AIR = 0.4
"""At least between a slab and the one above it."""


@dataclass(frozen=True)
class Tower:
    """Slabs of equal size above each other, number 0 lowest.

    Attributes
    ----------
    slabs, rows, columns : int
        How many there are, and how many cells each has.
    pitch : float
        From one to the next.
    left, top : float
        Of all that they cover.
    """

    slabs: int
    rows: int
    columns: int
    pitch: float
    left: float = 0.0
    top: float = 0.0

    @classmethod
    def of(cls, size: tuple[int, ...]) -> Tower:
        """Return a tower whose slabs are so far apart that none hides anything of another."""
        slabs, rows, columns = size
        one = Plane(rows, columns, np.zeros(2))
        return cls(slabs, rows, columns, 1 + one.rise_over(one) + _AIR)

    @property
    def width(self) -> float:
        """How wide it is."""
        return float(np.ptp(self.plane(0).corners()[:, 0]))

    @property
    def height(self) -> float:
        """How high it is."""
        return (self.slabs - 1) * self.pitch + float(np.ptp(self.plane(0).corners()[:, 1])) + 1

    @property
    def right(self) -> float:
        """Where it ends to the right."""
        return self.left + self.width

    @property
    def bottom(self) -> float:
        """Where it ends below."""
        return self.top + self.height

    def spaced(self, least: float) -> Tower:
        """Return the same tower with at least some distance from one slab to the next."""
        return replace(self, pitch=max(self.pitch, least))

    def at(self, left: float, middle: float) -> Tower:
        """Return the same tower, at another place by its left end and middle height."""
        return replace(self, left=left, top=middle - self.height / 2)

    def plane(self, slab: int) -> Plane:
        """Return the upper faces of a slab."""
        flat = Plane(self.rows, self.columns, np.zeros(2))
        y = self.top - float(flat.corners()[:, 1].min()) + (self.slabs - 1 - slab) * self.pitch
        return replace(flat, origin=np.array([self.left, y]))

    def beside(self, slab: int) -> tuple[float, float]:
        """Return the middle heights of a slab's left and right edge."""
        corners = self.plane(slab).corners()
        return float(corners[0, 1]) + 0.5, float(corners[2, 1]) + 0.5

    def threads(self, slabs: int, rows: int, columns: int) -> Shapes:
        """Return upright lines that join the left corners of the lowest slabs, and the right ones of so many cells."""
        ends = np.array([[0, 0], [rows, columns]])
        segments = np.stack([self.plane(number).points(ends) for number in (slabs - 1, 0)], axis=1)
        return (Lines("thread", segments),) if slabs > 1 else ()


@dataclass(frozen=True, eq=False)
class Slab:
    """One depth slice of the padded, stretched input.

    Attributes
    ----------
    sheet : Sheet
        Its cells, seen from above.
    kind : Kind
        What it is along the depth.
    """

    sheet: Sheet
    kind: Kind

    @classmethod
    def of(cls, grid: Grid, number: int, plane: Plane) -> Slab:
        """Return a slice of a grid, with its upper faces on a plane."""
        own = Grid(
            start=grid.start[1:],
            kind=grid.kind[number],
            read=grid.read[number],
            spread=grid.spread[1:],
            spacing=grid.spacing[1:],
            source=grid.source[1:],
            mirrors=grid.mirrors[1:],
        )
        return cls(Sheet(own, plane.origin, plane.projection), Kind(int(own.kind.min())))

    @property
    def is_solid(self) -> bool:
        """Whether its cells from the first input cell to the last are cubes; padding is flat."""
        return self.kind in (Kind.INPUT, Kind.INSERTED)

    @cached_property
    def cubes(self) -> Cubes:
        """The cubes, with the sides that no padding lies in front of."""
        block, roles = Cubes(self.sheet.plane).part(*self.sheet.spread), self.sheet.roles
        _, left, bottom, _ = self.sheet.spread
        return replace(block, has_left=left == 0, has_right=not (roles[bottom:] >= 0).any())

    def ground(self) -> Shapes:
        """Return all of it."""
        behind = replace(self.cubes, has_left=True, has_right=True)
        every = np.ones(self.sheet.roles.shape, bool)
        return (*(self._sides(behind, every, False) if self.is_solid else ()), *self.sheet.ground())

    def shaded(self, reads: Taps) -> Shapes:
        """Return what some taps read of it under the kernel's shadow, and the outline of their reach."""
        (top, left, bottom, right), covered = self.sheet.covered(reads)
        if self.kind is Kind.OVERHANG:
            whole = Lines("overhang_reach", self.sheet.plane.outline(top, left, bottom, right))
            return Lines("overhang", self.sheet.plane.edges(covered, top, left)), whole
        mask = np.zeros(self.sheet.roles.shape, bool)
        within = mask[top:bottom, left:right]
        within[:] = covered[: within.shape[0], : within.shape[1]]
        under = self._under(reads)
        return (
            *(self._sides(self.cubes, mask, True) if self.is_solid else ()),
            *self.sheet.shaded(reads),
            *(self.sheet.mirrors if (reads.kind == Kind.COPY).any() else ()),
            *self.sheet.reach(reads),
            *((Lines("reach", under.outlines()),) if under else ()),
        )

    def corners(self, reads: Taps) -> Points:
        """Return the corners in sight of what some taps reach over."""
        window, _ = self.sheet.covered(reads)
        under = self._under(reads)
        flat = self.sheet.plane.outline(*window)[:, 0]
        return np.concatenate([flat, under.corners]) if under else flat

    def _under(self, reads: Taps) -> Cubes | None:
        """Return the cubes that some taps reach over, if there are any."""
        window, spread = self.sheet.covered(reads)[0], self.sheet.spread
        top, left = max(window[0], spread[0]), max(window[1], spread[1])
        bottom, right = min(window[2], spread[2]), min(window[3], spread[3])
        if not self.is_solid or top >= bottom or left >= right:
            return None
        return self.cubes.part(top - spread[0], left - spread[1], bottom - spread[0], right - spread[1])

    def _sides(self, block: Cubes, mask: Mask, shaded: bool) -> Shapes:
        """Return the sides in sight of the cubes of a mask of all cells."""
        top, left, bottom, right = self.sheet.spread
        roles, chosen = (array[top:bottom, left:right] for array in (self.sheet.roles, mask))
        shapes: list[Shape] = []
        for role in self.sheet.present:
            shapes += block.sides(self.sheet.fill(role), chosen & (roles == ROLES.index(role)), shaded)
        return tuple(shapes)


_NAMES = {
    Kind.INSERTED: "zeros",
    Kind.PADDING: "padding",
    Kind.SURPLUS: "output padding",
    Kind.OVERHANG: "beyond the input",
}


def slab_names(grid: Grid) -> list[str]:
    """Return what the depth slices of a grid are called."""
    return [
        _NAMES.get(Kind(kind), f"{'copy of ' if kind == Kind.COPY else ''}slice {source + 1}")
        for kind, source in zip(grid.kind.min(axis=(1, 2)).tolist(), grid.source[0].tolist(), strict=True)
    ]
