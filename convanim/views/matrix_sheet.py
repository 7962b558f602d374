"""A matrix in a picture: a sheet whose cells stand in no order of a tensor."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np

from convanim.base.records import dataclass
from convanim.plans import Grid, Ints, Mask
from convanim.views.marks import Window, cells
from convanim.views.plane import FLAT
from convanim.views.scene import Key, Lines, Shapes
from convanim.views.sheet import ROLES, Page, Sheet

_INSET = 0.08
"""How far within its cells the light outline of a dark row lies."""

MOST_WITHIN = 1 - 2 * (_INSET + 0.05)
"""The greatest width of words within that outline, in cells."""

OUTPUT, FLAT_INPUT, KERNEL, BIAS, MATRIX = (Page(-number) for number in range(2, 7))
"""Pages that stand for the matrices of the picture."""


@dataclass(frozen=True, eq=False)
class MatrixSheet(Sheet):
    """A grid of cells, each of which may hold any cell of a tensor; zeros of a sparse matrix are left blank.

    Attributes
    ----------
    blank : (rows, columns) array of bool or None
        The cells that are zeros, of which only the lines are drawn.
    never : (rows, columns) array of bool or None
        The cells that nothing is ever put in, which are so from the start.
    resting : float
        The strength of the colour of cells that are not at work.
    """

    blank: Mask | None = None
    never: Mask | None = None
    resting: float = 1.0

    @classmethod
    def of(cls, kind: Ints, corner: tuple[float, float], **looks: Any) -> MatrixSheet:
        """Return a matrix of cells of some kinds, given the x and y of its first corner."""
        size = kind.shape
        plain = Grid.plain((size[0], size[1]))
        grid = Grid(plain.start, kind, plain.read, plain.spread, plain.spacing, plain.source, plain.mirrors)
        return cls(grid, np.array(corner, float), FLAT, **looks)

    @cached_property
    def _identities(self) -> Ints:
        """The data cell at each place: none, since the planes beside the matrices show them."""
        return np.full((*self.roles.shape, 5), -1, np.int64)

    @property
    def is_framed(self) -> bool:
        """Never: zeros stand where windows read them, not between cells of an input."""
        return False

    @property
    def full(self) -> Mask:
        """A mask of the cells that are drawn."""
        return np.ones(self.roles.shape, bool) if self.blank is None else ~self.blank

    def empty(self) -> Shapes:
        """Return all cells before anything stands in them."""
        if self.never is None:
            return self.cells("pending", Window(0, 0, self.full), is_said=False)
        waiting = self.cells("pending", Window(0, 0, self.full & ~self.never), is_said=False)
        return (*self.cells("empty", Window(0, 0, self.never), is_said=False), *waiting)

    def filled_with(
        self, window: Window, key: Key | None = None, shaded: bool = False, strength: float = 1.0
    ) -> Shapes:
        """Return the cells of a window, each in the role of what it shows, with their words; no blank ones."""
        top, left, bottom, right = window.box
        mask = window.mask & self.full[top:bottom, left:right]
        roles = self.roles[top:bottom, left:right]
        return tuple(
            shape
            for role in self.present
            for shape in self.cells(role, Window(top, left, mask & (roles == ROLES.index(role))), key, shaded, strength)
        )

    def everything(self) -> Shapes:
        """Return all cells with their words, and the faint lines between blank ones."""
        every = self.filled_with(Window(0, 0, np.ones(self.roles.shape, bool)), strength=self.resting)
        if self.blank is None or not self.blank.any():
            return every
        around = self.plane.outline(0, 0, self.rows, self.columns)
        faint = Lines("thread", self.plane.edges(self.blank), key=self.key)
        return (faint, *every, Lines("window", around, key=self.key))

    def at_work(self, window: Window, name: tuple[int, int]) -> Shapes:
        """Return the cells of a window in shadow, with a heavy outline around all of it."""
        top, left, bottom, right = window.box
        what = "made" if self.page == OUTPUT else "window"
        key, around = Key(what, name), Key("made reach" if what == "made" else "reach", name)
        zeros: Shapes = ()
        if self.blank is not None:
            own = window.mask & self.blank[top:bottom, left:right]
            zeros = cells(self.plane, "pending", own, top, left, shaded=True, key=key)
        within: Shapes = ()
        if self.filled == "kernel" and self.rows > 1:
            # On the dark cells of a kernel, neither shadow nor outline shows.
            sides = self.plane.outline(top + _INSET, left + _INSET, bottom - _INSET, right - _INSET)
            within = (Lines("ring_light", sides, key=around),)
        return (*zeros, *self.filled_with(window, key, shaded=True), *self.outlined(window.box, around), *within)


def block(top: int, left: int, rows: int, columns: int) -> Window:
    """Return the window of a rectangle of cells."""
    return Window(top, left, np.ones((rows, columns), bool))
