"""The input of a layer as a sheet of cells: padded, stretched, and under the kernel."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from convanim.axis import Kind
from convanim.scene import Cells, Entry, Lines, Points, Shape, Shapes
from convanim.views.former import Grid, Ints, Taps
from convanim.views.former.lettering import Lettering
from convanim.views.former.marks import FIRST, SAMPLE, Mask, cells, key, rows_columns
from convanim.views.former.plane import OBLIQUE, Plane, Projection
from convanim.views.former.signs import Box, crosses, frame_within, mirrors, rings

ROLES = ("idle", "padding", "copy", "surplus", "inserted", "unread", "input")
"""The looks of cells in drawing order: empty ones before filled ones."""

_LOOKS = {
    Kind.INPUT: "input",
    Kind.INSERTED: "inserted",
    Kind.PADDING: "padding",
    Kind.COPY: "copy",
    Kind.SURPLUS: "surplus",
}
_CLASSIC_LOOKS = {kind: "input" if kind is Kind.INPUT else "padding" for kind in Kind}

_LABELS = {
    "input": "input",
    "padding": "padding",
    "copy": "copied padding",
    "surplus": "output padding",
    "inserted": "inserted zero",
    "unread": "input never read",
    "idle": "never read",
}

_CROSSED = {"idle": "idle_cross", "unread": "cross"}
"""Looks of cells that are never read, and their crosses."""

_LATE = ("input", "copy", "unread")
"""Looks of cells whose words are not there before the layer below has made them."""

_BEYOND = len(ROLES)
"""Stands for no look at all."""


@dataclass(frozen=True, eq=False)
class Sheet:
    """A grid of cells that lies in the picture; one axis is drawn as a single row.

    Attributes
    ----------
    grid : Grid
        What stands where.
    classic : bool
        Whether to tell input and padding apart, and nothing else.
    filled : str
        The role of real cells.
    origin : (2,) array
        Where its first corner is.
    projection : Projection
        How it lies.
    lettering : Lettering or None
        What its cells say.
    tones : array or None
        The greys of its cells where those of the input, and their copies, have
        any; they are framed in their colour then.
    """

    grid: Grid
    origin: Points
    projection: Projection = OBLIQUE
    classic: bool = False
    filled: str = "input"
    lettering: Lettering | None = None
    tones: Points | None = None

    @cached_property
    def roles(self) -> Ints:
        """The look of every cell, as its place in `ROLES`; -1 beyond the input."""
        kind, read = np.atleast_2d(self.grid.kind), np.atleast_2d(self.grid.read)
        looks = _CLASSIC_LOOKS if self.classic else _LOOKS
        roles = np.array([ROLES.index(looks[one]) if one in looks else -1 for one in Kind])[kind]
        if not self.classic:
            unread = np.where(kind == Kind.INPUT, ROLES.index("unread"), ROLES.index("idle"))
            roles = np.where(read | (roles < 0), roles, unread)
        return roles

    @cached_property
    def present(self) -> tuple[str, ...]:
        """The looks that occur, in drawing order."""
        found = set(np.unique(self.roles).tolist())
        return tuple(role for number, role in enumerate(ROLES) if number in found)

    @cached_property
    def start(self) -> Ints:
        """Position of the first cell, (row, column)."""
        start: Ints = rows_columns(np.array([self.grid.start]))[0]
        return start

    @cached_property
    def spread(self) -> Box:
        """The rectangle from the first input cell to the last."""
        ends = np.array([[span.start, span.stop] for span in self.grid.spread]).T
        (top, left), (bottom, right) = (rows_columns(ends) - self.start).tolist()
        return (top, left, bottom, right) if len(self.grid.spread) == 2 else (0, left, 1, right)

    @cached_property
    def plane(self) -> Plane:
        """Where it lies."""
        rows, columns = np.atleast_2d(self.grid.kind).shape
        return Plane(rows, columns, self.origin, self.projection)

    @property
    def written(self) -> Mask:
        """Which cells say something."""
        if self.lettering is None:
            return np.zeros(self.roles.shape, bool)
        said: Mask = self.lettering.words != ""
        return said

    def known(self, count: int) -> Mask:
        """Return which cells say something once so many of the input's own are computed."""
        known = self.written & ~np.isin(self.roles, [ROLES.index(role) for role in _LATE])
        if count:
            sources = np.stack(np.unravel_index(np.arange(count), self._input_size), axis=1)
            known[tuple(self.places(sources).T)] = True
        return known

    @property
    def is_framed(self) -> bool:
        """Whether the input is spread by inserted zeros that must be told from padding."""
        return "inserted" in self.present

    @property
    def _frame(self) -> str:
        """The role of the frame around a spread input."""
        return "frame" if self.filled == "input" else f"{self.filled}_spread"

    def fill(self, role: str) -> str:
        """Return the role that a theme knows for a look."""
        return self.filled if role == "input" else role

    def places(self, sources: Ints) -> Ints:
        """Return where input cells, (n, dims), lie on the plane, as (row, column)."""
        positions = sources * np.array(self.grid.spacing) + [span.start for span in self.grid.spread]
        found: Ints = rows_columns(positions) - self.start
        return found

    def ground(self, pending: bool = False) -> Shapes:
        """Return all cells with what stands in them; the input's own are still blank where ``pending``."""
        shapes: list[Shape] = []
        for role in self.present:
            if role == "input" and self.is_framed:
                shapes.append(Lines(self._frame, self.plane.outline(*self.spread)))
            own = "pending" if role == "input" and pending else self.fill(role)
            shapes += cells(self.plane, own, self._are(role), tones=None if own == "pending" else self.tones_of(role))
        if self.tones is not None:
            shapes.append(Lines(f"{self.filled}_frame", self.plane.outline(*self.spread)))
        for role, cross in _CROSSED.items():
            shapes += crosses(self.plane, cross, np.argwhere(self._are(role)), self.lettering is not None)
        shapes += self.mirrors
        late = _LATE if pending else ()
        return (*shapes, *self._words([role for role in self.present if role not in late]))

    def revealed(self, numbers: range) -> Shapes:
        """Return some of the input's cells, counted row by row, once they are known."""
        sources = np.stack(np.unravel_index(np.array(numbers), self._input_size), axis=1)
        places = self.places(sources)
        shapes: list[Shape] = []
        roles = self.roles[tuple(places.T)]
        for number in np.unique(roles).tolist():
            role = ROLES[number]
            chosen = places[roles == number]
            mask = np.zeros(self.roles.shape, bool)
            mask[tuple(chosen.T)] = True
            tones = self.tones_of(role)
            if role == "input":
                shapes += cells(self.plane, self.filled, mask, tones=tones)
            if self.lettering:
                shapes += self.lettering.texts(self.plane, chosen, self.fill(role), tones=tones)
        return tuple(shapes)

    def copies(self) -> Shapes:
        """Return the words of copied padding, which are known when all of the input is."""
        return self._words(["copy"] if "copy" in self.present else [])

    @property
    def _input_size(self) -> tuple[int, ...]:
        return tuple(
            (len(span) - 1) // spacing + 1 for span, spacing in zip(self.grid.spread, self.grid.spacing, strict=True)
        )

    def tones_of(self, role: str) -> Points | None:
        """Return the greys of the plane's cells if those of a look have any."""
        return self.tones if role in ("input", "copy", "unread") else None

    def _are(self, role: str) -> Mask:
        """Return which cells have a look."""
        mask: Mask = self.roles == ROLES.index(role)
        return mask

    def _words(self, roles: list[str]) -> Shapes:
        if self.lettering is None:
            return ()
        return tuple(
            text
            for role in roles
            for text in self.lettering.texts(
                self.plane, np.argwhere(self._are(role)), self.fill(role), tones=self.tones_of(role)
            )
        )

    def covered(self, reads: Taps) -> tuple[Box, Mask]:
        """Return the rectangle around the cells that some taps read, and which of its cells those are."""
        places = rows_columns(reads.position) - self.start
        (top, left), (bottom, right) = places.min(axis=0).tolist(), (places.max(axis=0) + 1).tolist()
        mask = np.zeros((bottom - top, right - left), bool)
        mask[tuple((places - [top, left]).T)] = True
        return (top, left, bottom, right), mask

    def shaded(self, reads: Taps) -> Shapes:
        """Return the cells under the kernel with what stands in them."""
        window, mask = self.covered(reads)
        top, left, bottom, right = window
        roles = np.where(mask, self.roles[top:bottom, left:right], _BEYOND)
        shapes: list[Shape] = []
        for role in self.present:
            if role == "input" and self.is_framed:
                shapes += frame_within(self.plane, f"{self._frame}_shaded", self.spread, window)
            chosen = roles == ROLES.index(role)
            tones = self.tones_of(role)
            shapes += cells(self.plane, self.fill(role), chosen, top, left, shaded=True, tones=tones)
            if self.lettering and chosen.any():
                own = np.argwhere(chosen) + np.array([top, left])
                shapes += self.lettering.texts(self.plane, own, self.fill(role), shaded=True, tones=tones)
        return tuple(shapes)

    def darkened(self, mask: Mask) -> Shapes:
        """Return some cells, a mask of the whole plane, under the kernel's shadow."""
        shapes: list[Shape] = []
        for role in self.present:
            chosen = mask & self._are(role)
            tones = self.tones_of(role)
            shapes += cells(self.plane, self.fill(role), chosen, shaded=True, tones=tones)
            if self.lettering and chosen.any():
                shapes += self.lettering.texts(
                    self.plane, np.argwhere(chosen), self.fill(role), shaded=True, tones=tones
                )
        return tuple(shapes)

    def reach(self, reads: Taps) -> Shapes:
        """Return the outline of the kernel's reach, another one where it hangs over the input."""
        (top, left, bottom, right), mask = self.covered(reads)
        window = self.roles[top:bottom, left:right]
        low, far = np.argwhere(window >= 0).max(axis=0) + np.array([top + 1, left + 1])
        within = Lines("reach", self.plane.outline(top, left, low, far))
        if (window >= 0).all():
            return (within,)
        whole = Lines("overhang_reach", self.plane.outline(top, left, bottom, right))
        return Lines("overhang", self.plane.edges(mask & (window < 0), top, left)), whole, within

    @cached_property
    def mirrors(self) -> Shapes:
        """The axes in which reflected padding is mirrored."""
        if self.classic:
            return ()
        places = ((), *self.grid.mirrors)[-2:]
        rows, columns = (
            [place - first for place in ends] for ends, first in zip(places, self.start.tolist(), strict=True)
        )
        found = mirrors(self.plane, self.spread, rows, columns)
        # Lines across the cells would strike their words out.
        return found if self.lettering is None else found[1:]

    def originals(self, reads: Taps) -> Shapes:
        """Return rings around the input cells whose copies the window reads."""
        copied = self.copied(reads)
        return (*self.mirrors, *rings(self.plane, copied)) if len(copied) else ()

    def copied(self, reads: Taps) -> Ints:
        """Return the input cells, (row, column), whose copies the window reads."""
        copied = reads.kind == Kind.COPY
        found: Ints = np.unique(self.places(reads.source[copied]), axis=0)
        return found

    def legend(self) -> list[Entry]:
        """Return what the looks of its cells mean."""
        keys = [key(_LABELS[role], self.fill(role), _CROSSED.get(role)) for role in reversed(self.present)]
        if "copy" in self.present:
            keys.append(Entry("source of copies", (*key("", self.filled).sample, *rings(SAMPLE, FIRST))))
        if self.mirrors:
            level = np.array([[[0.0, 0.5], [1.0, 0.5]]])
            keys.append(Entry("mirror", (Cells(self.filled, SAMPLE.quads(FIRST)), Lines("mirror", level))))
        if (self.roles < 0).any():
            keys.append(key("beyond the input", "overhang"))
        return [*keys, key("under the kernel", self.filled, shaded=True)]
