"""Grids of a flat picture that are not the input: kernels and outputs, with what stands in them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from convanim.scene import Lines, Points, Shapes
from convanim.views.former import Ints
from convanim.views.former.headings import heading, heading_width
from convanim.views.former.lettering import Lettering
from convanim.views.former.marks import ONE, cells, run, whole
from convanim.views.former.plane import FLAT, Plane
from convanim.views.former.rays import broken

_KERNEL_SCALE, _WIDTH_IN_KERNEL_CELLS = 0.8, 41


def kernel_scale(width: float) -> float:
    """Return the size of a kernel's cells where it stands by itself in a picture that is so many cells wide."""
    return max(_KERNEL_SCALE, width / _WIDTH_IN_KERNEL_CELLS)


@dataclass(frozen=True, eq=False)
class Block:
    """A plane with a heading, and words for its cells.

    Attributes
    ----------
    plane : Plane
        Where it lies.
    lettering : Lettering or None
        What its cells say.
    title, letter : str
        Its heading.
    tones : array or None
        The greys of its cells, where they have any.
    """

    plane: Plane
    lettering: Lettering | None = None
    title: str = ""
    letter: str = ""
    tones: Points | None = None

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Left, top, right and bottom in the picture."""
        (left, top), (right, bottom) = self.plane.corners()[[0, 2]].tolist()
        return left, top, right, bottom

    def span(self, size: float) -> tuple[float, float]:
        """Return where it and its heading, in letters of some size, begin and end."""
        left, _, right, _ = self.box
        middle, half = (left + right) / 2, heading_width(self.title, self.letter, size) / 2
        return min(left, middle - half), max(right, middle + half)

    def heading(self, size: float) -> Shapes:
        """Return its heading, in letters of some size."""
        if not self.title and not self.letter:
            return ()
        left, top, right, _ = self.box
        return heading(self.title, self.letter, (left + right) / 2, top, size)

    def filled_blank(self) -> Shapes:
        """Return all of it before it is computed."""
        return (*whole(self.plane, "pending"), *self._frame("output"))

    def _frame(self, role: str) -> Shapes:
        """Return a frame in its colour where its cells have greys."""
        if self.tones is None:
            return ()
        return (Lines(f"{role}_frame", self.plane.outline(0, 0, self.plane.rows, self.plane.columns)),)

    def filled(self, role: str) -> Shapes:
        """Return all of it with its words."""
        every = np.argwhere(np.ones((self.plane.rows, self.plane.columns), bool))
        return (*whole(self.plane, role, self.tones), *self._frame(role), *self.words(every, role))

    def words(self, places: Ints, role: str, shaded: bool = False, strength: float = 1.0) -> Shapes:
        """Return the words of some cells, given as (row, column)."""
        if self.lettering is None:
            return ()
        return self.lettering.texts(self.plane, places, role, shaded, strength, tones=self.tones)

    def run(self, numbers: range, role: str) -> Shapes:
        """Return the cells that some row-major numbers count, with their words."""
        places = np.stack(np.divmod(np.array(numbers), self.plane.columns), axis=1)
        return (*run(self.plane, role, numbers, self.tones), *self.words(places, role))

    def broken(self, rays: Points, count: int) -> Points:
        """Return rays without what crosses the words of the first so many cells, counted row by row."""
        if self.lettering is None:
            return rays
        known = np.zeros(self.lettering.words.shape, bool)
        known.flat[:count] = True
        return broken(rays, self.plane, self.lettering, known)

    def cell(self, row: int, column: int, role: str, shaded: bool = False, strength: float = 1.0) -> Shapes:
        """Return one cell with its word."""
        shape = cells(self.plane, role, ONE, row, column, shaded, strength, self.tones)
        return (*shape, *self.words(np.array([[row, column]]), role, shaded, strength))


def block(
    size: tuple[int, ...],
    left: float,
    middle: float,
    scale: float = 1.0,
    lettering: Lettering | None = None,
    title: str = "",
    letter: str = "",
) -> Block:
    """Return a block of some size whose left edge and middle height are given."""
    rows, columns = (1, *size)[-2:]
    plane = Plane(rows, columns, np.array([left, middle - rows * scale / 2]), FLAT.scaled(scale))
    return Block(plane, lettering, title, letter)
