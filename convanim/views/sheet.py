"""A grid of cells: a channel of a tensor, or a slice of it, as it is or padded and with zeros inserted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property
from typing import NamedTuple

import numpy as np

from convanim.base.records import dataclass
from convanim.layers.axis import Kind
from convanim.layers.cells import PALE, PLAIN
from convanim.plans import Grid, Ints, Mask
from convanim.views.headings import heading, heading_width
from convanim.views.heights import Heights
from convanim.views.lettering import Lettering
from convanim.views.marks import Window, cells, rows_columns
from convanim.views.plane import OBLIQUE, Plane, Projection
from convanim.views.rays import broken
from convanim.views.scene import Key, Lines, Points, Shape, Shapes, Texts
from convanim.views.signs import Box, crosses, frame_within, mirrors
from convanim.views.tints import tint

ROLES = ("idle", "empty", "idle_empty", "padding", "copy", "surplus", "idle_zero", "inserted", "unread", "input")
"""The roles of cells in drawing order: empty ones before filled ones."""

_LOOKS = {
    Kind.INPUT: "input",
    Kind.INSERTED: "inserted",
    Kind.PADDING: "padding",
    Kind.COPY: "copy",
    Kind.SURPLUS: "surplus",
    Kind.EMPTY: "empty",
}
_CLASSIC_LOOKS = {kind: _LOOKS[kind] if kind in (Kind.INPUT, Kind.EMPTY) else "padding" for kind in Kind}

_UNREAD = {Kind.INPUT: "unread", Kind.INSERTED: "idle_zero", Kind.EMPTY: "idle_empty"}
"""The roles of cells that are never read, where they are not those of padding."""

CROSSED = {"idle": "idle_cross", "idle_zero": "idle_cross", "idle_empty": "idle_cross", "unread": "cross"}
"""The roles of cells that are never read, and of their crosses."""

_ON_GREYS = "cross_on_dark", "cross_on_light"
"""The roles of crosses on cells that show greys: on darker ones, and on lighter."""

CROSSES = frozenset((*CROSSED.values(), *_ON_GREYS))
"""The roles of crosses."""

_OWN = ("input", "unread")
"""The roles of cells that are the tensor's own."""

_LATE = ("input", "copy", "unread")
"""The roles of cells whose words appear only once the layer below has computed them."""

_PALE = 0.55
"""The strength of the colour of paler cells."""

_BESIDE = 0.05
"""How far beside cells the frame around them runs."""

_WITHIN = 0.06
"""How far within a heavy outline a light one runs."""

_BEYOND = len(ROLES)
"""Stands for no role at all."""


class Page(NamedTuple):
    """Identifies the grid that a sheet shows.

    Attributes
    ----------
    site : int
        The number of its site.
    channel, slice : int
        The channel and, where there are three axes, the depth slice of the grid.
    """

    site: int
    channel: int = 0
    slice: int = 0


_FIRST_PAGE = Page(0)


@dataclass(frozen=True, eq=False)
class Sheet:
    """A grid of cells that lies in the picture; one axis is drawn as a single row.

    Attributes
    ----------
    grid : Grid
        The kind and source of each cell.
    origin : (2,) array
        Its first corner.
    projection : Projection
        The directions of its columns and rows.
    classic : bool
        Whether to distinguish only input and padding.
    filled : str
        The role of real cells.
    lettering : Lettering or None
        The words in its cells.
    tones : array or None
        The greys of its cells, if real cells and their copies show greys;
        they are then framed in their colour.
    heights : Heights or None
        The bars in its cells; cells with bars are paler.
    tints : array or None
        The number of the tint of each cell, where its real cells have tints.
    page : Page
        The page that it shows.
    title, letter : str
        Its heading, if it has one.
    """

    grid: Grid
    origin: Points
    projection: Projection = OBLIQUE
    classic: bool = False
    filled: str = "input"
    lettering: Lettering | None = None
    tones: Points | None = None
    heights: Heights | None = None
    tints: Ints | None = None
    page: Page = _FIRST_PAGE
    title: str = ""
    letter: str = ""

    @cached_property
    def roles(self) -> Ints:
        """The role of every cell, as its index in `ROLES`; -1 beyond the input."""
        kind, read = np.atleast_2d(self.grid.kind), np.atleast_2d(self.grid.read)
        looks = _CLASSIC_LOOKS if self.classic else _LOOKS
        roles = np.array([ROLES.index(looks[one]) if one in looks else -1 for one in Kind])[kind]
        if not self.classic:
            unread = np.array([ROLES.index(_UNREAD.get(one, "idle")) for one in Kind])[kind]
            roles = np.where(read | (roles < 0), roles, unread)
        return roles

    @cached_property
    def present(self) -> tuple[str, ...]:
        """The roles that occur, in drawing order."""
        return tuple(ROLES[number] for number in np.unique(self.roles).tolist() if number >= 0)

    @cached_property
    def start(self) -> Ints:
        """The position of the first cell, (row, column)."""
        start: Ints = rows_columns(np.array([self.grid.start]))[0]
        return start

    @cached_property
    def spread(self) -> Box:
        """The rectangle from the first input cell to the last."""
        ends = np.array([[span.start, span.stop] for span in self.grid.spread]).T
        (top, left), (bottom, right) = (rows_columns(ends) - self.start).tolist()
        return (top, left, bottom, right) if len(self.grid.spread) == 2 else (0, left, 1, right)

    @property
    def rows(self) -> int:
        """The number of rows."""
        return int(np.atleast_2d(self.grid.kind).shape[0])

    @property
    def columns(self) -> int:
        """The number of columns."""
        return int(np.atleast_2d(self.grid.kind).shape[1])

    @cached_property
    def plane(self) -> Plane:
        """The plane of its cells."""
        return Plane(self.rows, self.columns, self.origin, self.projection)

    @cached_property
    def box(self) -> tuple[float, float, float, float]:
        """The left, top, right and bottom of the sheet in the picture."""
        (left, top), (right, bottom) = (corner(self.plane.corners(), axis=0).tolist() for corner in (np.min, np.max))
        return left, top, right, bottom

    @property
    def middle(self) -> tuple[float, float]:
        """The middle of the sheet."""
        x, y = self.plane.corners().mean(axis=0).tolist()
        return x, y

    def moved(self, origin: Points) -> Sheet:
        """Return the same sheet with another origin."""
        return replace(self, origin=origin)

    @cached_property
    def written(self) -> Mask:
        """A mask of the cells with words."""
        if self.lettering is None:
            return np.zeros(self.roles.shape, bool)
        said: Mask = self.lettering.words != ""
        return said

    def broken(self, rays: Points) -> Points:
        """Return rays without the parts that cross words of the sheet."""
        return broken(rays, self.plane, self.lettering, self.written)

    @property
    def is_framed(self) -> bool:
        """Whether there are inserted zeros, so that a frame must separate the input from padding."""
        return not {"inserted", "idle_zero"}.isdisjoint(self.present)

    @property
    def _frame_box(self) -> tuple[float, float, float, float]:
        """The box of that frame, beside the cells, whose edges would leave pieces of it, but within the plane."""
        top, left, bottom, right = self.spread
        # In a row, whose sides have no room beside them, its ends have none either.
        beside = _BESIDE if self.rows > 1 else 0.0
        ends = min(bottom + beside, self.rows), min(right + beside, self.columns)
        return max(top - beside, 0), max(left - beside, 0), *ends

    @property
    def _frame(self) -> str:
        """The role of the frame around an input with inserted zeros."""
        return "frame" if self.filled == "input" else f"{self.filled}_spread"

    def fill(self, role: str, place: tuple[int, int] | None = None) -> str:
        """Return the theme's role for a role of this sheet, at a place where that matters."""
        if role == "unread" and not self._is_tinted(self._first if place is None else place):
            return f"{self.filled}_{role}"
        if role == "padding" and not {"empty", "idle_empty"}.isdisjoint(self.present):
            return "padding_faint"
        if role not in _OWN:
            return role
        own = self._tint(self._first if place is None else place)
        return own if self.heights is None else f"{own}_pale"

    def strength(self, role: str, place: tuple[int, int]) -> float:
        """Return the strength of the colour of a cell."""
        if self.tints is None or role not in _OWN:
            return 1.0
        is_pale = self.tints[place] == PALE if role == "input" else self._is_tinted(place)
        return _PALE if is_pale else 1.0

    def _is_tinted(self, place: tuple[int, int]) -> bool:
        """Return whether a real cell has a tint of its own."""
        return self._tint(place) != self.filled

    def _tint(self, place: tuple[int, int]) -> str:
        """Return the role of a real cell without bars."""
        number = PLAIN if self.tints is None else int(self.tints[place])
        return self.filled if number in (PLAIN, PALE) else tint(number)

    @property
    def _first(self) -> tuple[int, int]:
        """The place of the first real cell."""
        top, left, _, _ = self.spread
        return top, left

    def tinted(self, tints: Ints | None) -> Sheet:
        """Return the same sheet with other tints."""
        return replace(self, tints=tints)

    def alike(self, role: str, places: Ints) -> Iterator[tuple[Ints, tuple[int, int]]]:
        """Yield the parts of some cells, (row, column), in a role that look the same, each with one of its places."""
        if role not in _OWN or self.tints is None:
            yield places, self._first
            return
        numbers = self.tints[tuple(places.T)]
        for number in np.unique(numbers).tolist():
            chosen = places[numbers == number]
            yield chosen, (int(chosen[0, 0]), int(chosen[0, 1]))

    def places(self, sources: Ints) -> Ints:
        """Return the places on the plane of cells of the tensor, (n, dims), as (row, column)."""
        return rows_columns(self.grid.places(sources))

    @cached_property
    def _identities(self) -> Ints:
        """The data cell at each place: site, channel, slice, row and column, with a site of -1 for none."""
        first = np.zeros(1, np.int64)
        depth, rows, columns = (first, first, *self.grid.source)[-3:]
        found = np.empty((*self.roles.shape, 5), np.int64)
        found[..., :2], found[..., 2] = self.page[:2], depth
        found[..., 3], found[..., 4] = np.meshgrid(rows, columns, indexing="ij")
        own = np.isin(self.roles, [ROLES.index(role) for role in _OWN])
        found[~own, 0] = -1
        return found

    def cells(
        self,
        role: str,
        window: Window,
        key: Key | None = None,
        shaded: bool = False,
        strength: float = 1.0,
        is_said: bool = True,
    ) -> Shapes:
        """Return the cells of a window in a role, with their words."""
        tones = self.tones_of(role)
        shapes: list[Shape] = []
        places = window.places
        for chosen, place in self.alike(role, places) if len(places) else ():
            name, strong = self.fill(role, place), strength * self.strength(role, place)
            own = window if len(chosen) == len(places) else Window.around(chosen)
            looks, data = (shaded, strong, tones, key or self.key), self._identities[tuple(chosen.T)]
            filled, edges = cells(self.plane, name, own.mask, own.top, own.left, *looks, data)
            shapes += [filled, *self.bars(chosen, role, key, shaded), edges]
        return (*shapes, *(self._said(places, role, key, shaded, strength) if is_said else ()))

    def bars(self, places: Ints, role: str, key: Key | None = None, shaded: bool = False) -> Shapes:
        """Return the bars in some cells, (row, column), of a role."""
        if self.heights is None or role not in ("input", "copy"):
            return ()
        own = self._tint((int(places[0, 0]), int(places[0, 1]))) if role == "input" else role
        return self.heights.shapes(self.plane, places, own, shaded, key or self.key)

    @property
    def key(self) -> Key:
        """The key of its cells at rest."""
        return Key("cell", tuple(self.page))

    def _said(
        self, places: Ints, role: str, key: Key | None = None, shaded: bool = False, strength: float = 1.0
    ) -> Shapes:
        if self.lettering is None or not len(places):
            return ()
        tones, key = self.tones_of(role), key or self.key
        return tuple(
            text
            for own, place in self.alike(role, places)
            for text in self.lettering.texts(
                self.plane,
                own,
                self.fill(role, place),
                shaded,
                strength * self.strength(role, place),
                tones=tones,
                key=key,
            )
        )

    @property
    def uncomputed(self) -> str:
        """The role of cells that are not yet computed: among greys, white would be a value."""
        return "pending" if self.tones is None else "pending_grey"

    def ground(self, pending: bool = False, strength: float = 1.0) -> Shapes:
        """Return all cells with their words; if ``pending``, the tensor's own cells are still blank.

        Real cells and their copies have colours of some strength.
        """
        shapes: list[Shape] = []
        if pending and self.tints is not None and (self.tints == self.tints[0, 0]).all() and self.tints[0, 0] >= 0:
            around = (-_BESIDE, -_BESIDE, self.rows + _BESIDE, self.columns + _BESIDE)
            shapes.append(Lines(f"{tint(int(self.tints[0, 0]))}_frame", self.plane.outline(*around)))
        for role in self.present:
            own = self.uncomputed if role in _OWN and pending else role
            strong = strength if role in _LATE else 1.0
            shapes += self.cells(own, Window(0, 0, self._are(role)), strength=strong, is_said=False)
            if role == "input" and self.is_framed:
                shapes.append(Lines(self._frame, self.plane.outline(*self._frame_box)))
        if self.tones is not None:
            top, left, bottom, right = self.spread
            around = (top - _BESIDE, left - _BESIDE, bottom + _BESIDE, right + _BESIDE)
            shapes.append(Lines(f"{self.filled}_frame", self.plane.outline(*around)))
        for role in CROSSED:
            shapes += self._crosses(role, np.argwhere(self._are_crossed(role)))
        shapes += self.mirrors
        late = _LATE if pending else ()
        return (*shapes, *self._words([role for role in self.present if role not in late], strength))

    def revealed(self, places: Ints, is_said: bool = True) -> Shapes:
        """Return some of the tensor's own cells, (row, column), once they are computed, with their words or without."""
        shapes: list[Shape] = []
        roles = self.roles[tuple(places.T)]
        for number in np.unique(roles[roles >= 0]).tolist():
            role, chosen = ROLES[number], places[roles == number]
            if role in _OWN:
                shapes += self.cells(role, Window.around(chosen), is_said=False)
            if role == "unread":
                shapes += self._crosses(role, chosen)
            shapes += self._said(chosen, role) if is_said else ()
        return tuple(shapes)

    def _crosses(self, role: str, places: Ints) -> Shapes:
        """Return the crosses on some cells, (row, column), of a role; on greys, as light as their cells are dark."""
        tones = self.tones_of(role)
        if tones is None:
            return crosses(self.plane, CROSSED[role], places)
        is_light = np.atleast_2d(tones)[tuple(places.T)] > 0.5
        return tuple(
            shape
            for cross, chosen in zip(_ON_GREYS, (~is_light, is_light), strict=True)
            for shape in crosses(self.plane, cross, places[chosen])
        )

    def tones_of(self, role: str) -> Points | None:
        """Return the greys of the plane's cells, or None for a role without greys."""
        return self.tones if role in ("input", "copy", "unread") else None

    def tints_of(self, role: str) -> Ints | None:
        """Return the tints of the plane's cells, or None for a role without tints; cells with bars have none."""
        return self.tints if role in ("input", "copy") and self.heights is None and self.tones is None else None

    def _are(self, role: str) -> Mask:
        """Return a mask of the cells with a role."""
        mask: Mask = self.roles == ROLES.index(role)
        return mask

    def _are_crossed(self, role: str) -> Mask:
        """Return a mask of the cells with a role that bear crosses."""
        return self._are(role)

    def _words(self, roles: list[str], strength: float = 1.0) -> Shapes:
        return tuple(
            text
            for role in roles
            for text in self._said(np.argwhere(self._are(role)), role, strength=strength if role in _LATE else 1.0)
        )

    def shaded(self, window: Window, key: Key | None = None) -> Shapes:
        """Return the cells of a window in the kernel's shadow, with their words."""
        top, left, bottom, right = window.box
        roles = np.where(window.mask, self.roles[top:bottom, left:right], _BEYOND)
        shapes: list[Shape] = []
        for role in self.present:
            chosen = roles == ROLES.index(role)
            shapes += self.cells(role, Window(top, left, chosen), key, shaded=True)
            if role == "input" and self.is_framed:
                within = frame_within(self.plane, f"{self._frame}_shaded", self._frame_box, window.box)
                shapes += [replace(line, key=key) for line in within]
        return tuple(shapes)

    def reach(self, window: Window, key: Key) -> Shapes:
        """Return the outline of a window, in a different role where it extends beyond the input."""
        top, left, bottom, right = window.box
        roles = self.roles[top:bottom, left:right]
        is_inside = roles >= 0
        if is_inside.all():
            return self.outlined(window.box, key)
        over = Lines("overhang", self.plane.edges(window.mask & ~is_inside, top, left), key=key)
        around = Lines("overhang_reach", self.plane.outline(*window.box), key=key)
        if not is_inside.any():
            return over, around
        low, far = np.argwhere(is_inside).max(axis=0) + np.array([top + 1, left + 1])
        return over, around, Lines("reach", self.plane.outline(top, left, low, far), key=key)

    def outlined(self, box: Box, key: Key) -> Shapes:
        """Return a heavy outline around a rectangle of cells; a light one within it can be seen on dark greys."""
        around = Lines("reach", self.plane.outline(*box), key=key)
        if self.tones is None:
            return (around,)
        top, left, bottom, right = box
        within = top + _WITHIN, left + _WITHIN, bottom - _WITHIN, right - _WITHIN
        return Lines("ring_light", self.plane.outline(*within), key=key), around

    @cached_property
    def mirrors(self) -> Shapes:
        """The axes in which reflected padding is mirrored."""
        if self.classic:
            return ()
        places = ((), *self.grid.mirrors)[-2:]
        rows, columns = (
            [place - first for place in ends] for ends, first in zip(places, self.start.tolist(), strict=True)
        )
        # Lines across the cells would cross out their words.
        return mirrors(self.plane, rows, columns, self.lettering is None)

    def heading(self, size: float, raised: float = 0.0) -> tuple[Texts, ...]:
        """Return the heading of the sheet, in letters of some size."""
        if not self.title and not self.letter:
            return ()
        left, top, right, _ = self.box
        return heading(self.title, self.letter, (left + right) / 2, top - raised, size)

    def span(self, size: float) -> tuple[float, float]:
        """Return the left and right end of the sheet and its heading, in letters of some size."""
        left, _, right, _ = self.box
        middle, half = (left + right) / 2, heading_width(self.title, self.letter, size) / 2
        return min(left, middle - half), max(right, middle + half)
