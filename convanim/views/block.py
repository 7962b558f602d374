"""A block that shows a tensor, or some of its channels: how long it is, its faces, and blocks within it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import cached_property
from math import log2
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from convanim.base.records import dataclass
from convanim.plans import Grid, Ints
from convanim.views.lettering import CENTRE, Lettering
from convanim.views.marks import Window
from convanim.views.plane import Plane, Projection
from convanim.views.scene import Cells, Key, Points, Shapes
from convanim.views.scenery import Site
from convanim.views.sheet import Page, Sheet
from convanim.views.signs import Box
from convanim.views.solids import AWAY, Solid

MOST_RULED = 32
"""The most cells along an axis that are drawn one by one."""

_WHOLE, _DOUBLING = 8, 4.0
"""The cells that are drawn in full length, and by how much a block grows with each doubling beyond them."""

_LEAST = 0.7
"""The least length of a window or a cell in a block that is shortened, so that it can be seen."""

LIGHTS = {"front": 0.9, "top": 0.75, "side": 1.0}
"""The strength of the colour of each face: the top is the lightest."""

IN_SHADOW = {name: (1 + light) / 2 for name, light in LIGHTS.items()}
"""The same in shadow, in which white letters stay clear."""

ACROSS = {"front": (0, 2), "top": (1, 2), "side": (0, 1)}
"""The axes of the faces that are seen, of those down, away and to the right."""

T = TypeVar("T")

Ends = tuple[float, float]


def shortened_length(count: int) -> float:
    """Return the length of many cells: beyond 8 of them it grows by 4 with each doubling.

    Examples
    --------
    >>> shortened_length(3), shortened_length(8), shortened_length(64)
    (3.0, 8.0, 20.0)
    """
    return float(count) if count <= _WHOLE else _WHOLE + _DOUBLING * log2(count / _WHOLE)


def faces_of(cells: NDArray[Any]) -> dict[str, NDArray[Any]]:
    """Return those of some cells, ordered down, away and to the right, that lie on each face that is seen."""
    return {"front": cells[:, 0], "top": cells[0, ::-1], "side": cells[:, :, -1]}


@dataclass(frozen=True)
class Scale:
    """How an axis of a block is drawn.

    Attributes
    ----------
    count : int
        Its number of cells.
    length : float
        Its length, in cells of the picture.
    is_ruled : bool
        Whether each of its cells is drawn.
    """

    count: int
    length: float
    is_ruled: bool = True

    def span(self, low: float, high: float) -> Ends:
        """Return both ends of some cells as fractions of the length; few of many are as long as can be seen."""
        unit = self.length / self.count
        start, end = low * unit, high * unit
        if not self.is_ruled and end - start < (least := min(_LEAST, self.length)):
            start = (start + end - least) / 2
            if low >= 0 and high <= self.count:
                start = min(max(start, 0.0), self.length - least)
            end = start + least
        return start / self.length, end / self.length


Said = tuple[NDArray[Any], NDArray[Any], Lettering]
"""The words in cells, their subscripts, and how they are written."""

AROUND = ("padding", "copy", "surplus", "idle")
"""The roles of cells around a block, beyond its faces, where these bear no words."""

Place = tuple[float, float, float]
"""A row, a column and a page (a channel, or the slice of a volume) of a grid."""


@dataclass(frozen=True, eq=False)
class Face(Sheet):
    """A face of a block across its pages, with cells that have no numbers of their own in a page.

    Attributes
    ----------
    name : str
        Which face it is, as in `ACROSS`.
    of : (int, int, int)
        The site and the part of its block, and the number of the face.
    """

    name: str = "side"
    of: tuple[int, int, int] = (0, 0, 0)

    def _light(self, shaded: bool) -> float:
        return (IN_SHADOW if shaded else LIGHTS)[self.name]

    @property
    def key(self) -> Key:
        """The key of its cells."""
        return Key("face", self.of)

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
        own = strength * self._light(shaded) if role == "input" else strength
        found = super().cells(role, window, key, shaded, own, is_said)
        return tuple(replace(one, cells=None) if isinstance(one, Cells) else one for one in found)

    def _said(self, places: Any, role: str, key: Key | None = None, shaded: bool = False, strength: float = 1.0) -> Any:
        if role in AROUND:
            return ()
        own = self._light(shaded) if role == "input" and strength == 1.0 else strength
        return super()._said(places, role, key, shaded, own)


@dataclass(frozen=True, eq=False)
class Block:
    """A solid of cells: channels of a tensor, or one channel with its slices.

    Channels (or slices) stand to the right of each other, rows run down and
    columns away from the viewer. One axis runs to the right, and channels down.

    Attributes
    ----------
    site : Site
        The tensor.
    part : int
        The number of the block among those of its tensor.
    channels : range
        Its channels.
    low : (int, int, int)
        The row, column and page of the grid at its first corner.
    scales : (Scale, Scale, Scale)
        How its rows, columns and pages are drawn.
    corner : (2,) array
        Its place in the picture.
    """

    site: Site
    part: int
    channels: range
    low: tuple[int, int, int]
    scales: tuple[Scale, Scale, Scale]
    corner: Points

    @property
    def is_flat(self) -> bool:
        """Whether it has a single axis besides its channels."""
        return len(self.site.size) == 1

    @property
    def marked(self) -> tuple[str, ...]:
        """The faces on which a cell that is made is marked; the front of single rows shows all cells."""
        return ("front",) if self.is_flat else tuple(ACROSS)

    @property
    def is_lone(self) -> bool:
        """Whether it is a single page, within which nothing is hidden."""
        return self.scales[2].count == 1

    def turned(self, triple: Iterable[T]) -> tuple[T, T, T]:
        """Return something of rows, columns and pages in the order of the solid: down, away, to the right."""
        rows, columns, pages = triple
        return (pages, rows, columns) if self.is_flat else (rows, columns, pages)

    def laid(self, cells: NDArray[Any]) -> NDArray[Any]:
        """Return an array of (rows, columns, pages) in the order of the solid."""
        return np.transpose(cells, self.turned((0, 1, 2)))

    def unlaid(self, cells: NDArray[Any]) -> NDArray[Any]:
        """Return an array in the order of the solid as (rows, columns, pages)."""
        return np.transpose(cells, (1, 2, 0)) if self.is_flat else cells

    @property
    def counts(self) -> tuple[int, int, int]:
        """The number of rows, columns and pages."""
        rows, columns, pages = (scale.count for scale in self.scales)
        return rows, columns, pages

    @property
    def is_ruled(self) -> bool:
        """Whether all of its cells are drawn one by one."""
        return all(scale.is_ruled for scale in self.scales)

    @property
    def is_volume(self) -> bool:
        """Whether its pages are the slices of one channel."""
        return len(self.site.size) == 3

    @property
    def key(self) -> tuple[int, int]:
        """Its site and part."""
        return self.site.number, self.part

    @cached_property
    def solid(self) -> Solid:
        """Its solid."""
        return Solid(self.corner, self.turned([scale.length for scale in self.scales]))

    def moved(self, by: Points) -> Block:
        """Return the same block at another place."""
        return replace(self, corner=self.corner + by)

    def page(self, page: Page) -> int:
        """Return the page, counted from its first, of a page of its tensor."""
        return (page.slice if self.is_volume else page.channel) - self.low[2]

    def shows(self, page: Page) -> bool:
        """Return whether a page is its own and can be seen whole, cell by cell."""
        is_own = page.site == self.site.number and page.channel in self.channels
        return is_own and self.has_pages and (self.is_flat or self.page(page) + 1 == self.scales[2].count)

    def within(self, low: Place, high: Place) -> Solid:
        """Return the block between two places of the grid; it may reach beyond this one."""
        ends = [
            scale.span(one - first, other - first)
            for scale, first, one, other in zip(self.scales, self.low, low, high, strict=True)
        ]
        starts, stops = (self.turned(end[side] for end in ends) for side in (0, 1))
        return self.solid.part(starts, stops)

    def inside(self, first: Ints, last: Ints) -> Solid:
        """Return the block from a cell to that before another, counted from its first: down, away, to the right."""
        counts = np.array(self.turned(self.counts))
        (a, b, c), (d, e, f) = (first / counts).tolist(), (last / counts).tolist()
        return self.solid.part((a, b, c), (d, e, f))

    def plane(self, page: int, shape: tuple[int, int]) -> Plane:
        """Return the plane of a page, counted from the first, with all that stands around its cells."""
        rows, columns, pages = (scale.length / scale.count for scale in self.scales)
        first = np.array([-self.low[0] * rows, -self.low[1] * columns])
        if self.is_flat:
            corner = self.corner + np.array([first[1], page * pages])
            return Plane(*shape, corner, Projection((columns, 0.0), (0.0, pages)))
        right = (page + 1) * pages
        across, down = np.array(AWAY) * columns, np.array([0.0, rows])
        corner = self.corner + np.array([right, 0.0]) + first[0] * np.array([0.0, 1.0]) + first[1] * np.array(AWAY)
        return Plane(*shape, corner, Projection(tuple(across.tolist()), tuple(down.tolist())))

    @property
    def has_pages(self) -> bool:
        """Whether the pages that can be seen are drawn cell by cell."""
        rows, columns, pages = (scale.is_ruled for scale in self.scales)
        return columns and rows and (pages or not self.is_flat)

    @cached_property
    def box(self) -> Box:
        """The rows and columns of its cells in a page: top, left, bottom and right."""
        (top, left, _), (rows, columns, _) = self.low, self.scales
        return top, left, top + rows.count, left + columns.count

    def faces(
        self,
        kinds: NDArray[Any],
        read: NDArray[Any],
        role: str,
        words: Said | None = None,
        tints: NDArray[Any] | None = None,
        tones: NDArray[Any] | None = None,
    ) -> dict[str, Face]:
        """Return the faces that are not pages, by name.

        Parameters
        ----------
        kinds, read : (rows, columns, pages) arrays
            The kind of each cell, and whether it is read.
        role : str
            The role of real cells.
        words : pair of such arrays and a Lettering, optional
            The words in the cells with their subscripts, and how they are written.
        tints, tones : such arrays, optional
            The tints of the cells, and their greys.
        """
        scales = self.turned(self.scales)
        paged = "front" if self.is_flat else "side"
        names = [name for name in ACROSS if not (self.has_pages and name == paged)]
        found = {}
        for name in names:
            across = ACROSS[name]
            counts = tuple(scales[axis].count if scales[axis].is_ruled else 1 for axis in across)
            plane: Plane = getattr(self.solid, name)(*counts)

            def cut(values: NDArray[Any], name: str = name, counts: tuple[int, ...] = counts) -> NDArray[Any]:
                face = faces_of(self.laid(values))[name]
                return face[: counts[0], : counts[1]]

            kind = cut(kinds)
            said = None
            # A lone page, or one of all channels, bears all words, which would only be repeated at its edges.
            is_repeated = self.has_pages and (self.is_lone or self.is_flat)
            if words is not None and not is_repeated and all(scales[axis].is_ruled for axis in across):
                own, lowered, like = words
                said = Lettering(cut(own), cut(lowered), like.size, like.widest, CENTRE, like.face)
            found[name] = Face(
                Grid(
                    start=(0, 0),
                    kind=kind,
                    read=cut(read),
                    spread=(range(counts[0]), range(counts[1])),
                    spacing=(1, 1),
                    source=(np.arange(counts[0]), np.arange(counts[1])),
                    mirrors=((), ()),
                ),
                plane.origin,
                plane.projection,
                lettering=said,
                filled=role,
                name=name,
                of=(*self.key, list(ACROSS).index(name)),
                tints=None if tints is None else cut(tints),
                tones=None if tones is None else cut(tones),
            )
        return found
