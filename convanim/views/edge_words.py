"""Words along the edges of the input: names of rows and columns that a layer treats differently, or of its windows."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from convanim.base.font import width_of
from convanim.base.language import message, translated
from convanim.base.records import dataclass
from convanim.layers import Layer
from convanim.views.headings import heading_size
from convanim.views.plane import FLAT, Plane, Projection
from convanim.views.points import bracket_reach
from convanim.views.scene import Key, Points, Texts
from convanim.views.signs import BEYOND

if TYPE_CHECKING:
    from convanim.views.picture import Picture
    from convanim.views.sheet import Sheet

# Translators: Which way the rows or the columns of a plane are counted, in the direction of the arrow.
_AXES = message("rows →"), message("columns →")

# Translators: Which way the rows of a plane are counted that is seen from above.
_DOWN = message("rows ↓")

# Translators: What brackets along the edges of a plane show: the rows, or the columns, that each window covers.
_WINDOWS = message("windows of rows"), message("windows of columns")

# Translators: What brackets below a row of cells show: the cells that each window covers.
_WINDOWS_OF_ONE = message("windows")

_MIDDLES = (0.5, 0.5)

_BEYOND_BRACKETS = 0.3
"""How much farther from the edge words beyond brackets stand."""

_OF_EDGE = 0.75
"""The most of an edge that the name along it takes, so that it keeps clear of the name of its plane."""

_GAP = 0.12
"""The gap between the edge of a plane and the words along it, in cells."""


@dataclass(frozen=True, eq=False)
class EdgeWords:
    """The names along the edges of a picture's input: of rows and columns that differ, or of windows.

    Attributes
    ----------
    picture : Picture
        The picture.
    """

    picture: Picture

    @cached_property
    def _sheets(self) -> list[Sheet]:
        """The sheets of the input."""
        picture = self.picture
        return [sheet for page, sheet in picture.sheets.items() if picture.sites[page.site].tensor == 0]

    @property
    def _planes(self) -> list[Plane]:
        return [sheet.plane for sheet in self._sheets]

    @cached_property
    def texts(self) -> tuple[Texts, ...]:
        """The names: those of brackets around windows, where there are any."""
        picture, look = self.picture, self.picture.look
        if look.classic or not (look.has_axes and look.has_words):
            return ()
        left, _, right, _ = next(iter(picture.sheets.values())).box
        first, last, size = self._planes[0], self._planes[-1], heading_size(right - left)
        if self.reaches:
            return _window_marks(first, last, size, self.reaches)
        # Beside slices of volumes stand more words, and ways of values lead below them.
        if (
            picture.plan.dims == 3
            or not picture.names_axes
            or not any(differs_by_axis(stage.layer) for stage in picture.plan.main)
        ):
            return ()
        away = BEYOND if any(sheet.mirrors for sheet in self._sheets) else 0.0
        # What windows reach beyond the input is no part of its axes.
        rows, columns = self._sheets[-1].grid.padded
        if last.projection == FLAT:
            return _below(last, columns, size, away)
        if 1 in (last.rows, last.columns):
            return ()
        if first is not last:
            boxes = np.array([sheet.box for sheet in picture.sheets.values()])
            size = picture.letters_for(float(np.ptp(boxes[:, [0, 2]])))
        rooms = zip(_AXES, (rows, columns), strict=True)
        size = min(size, *(_OF_EDGE * room / width_of(translated(name)) for name, room in rooms))
        # Of several planes the last has both, to be seen as a pair; the one left of it is far from its near corner.
        places = rows * float(first is not last), float(columns)
        return _along_edges(last, last, size, _AXES, (away, away), (float(first is not last), 1.0), places)

    @cached_property
    def reaches(self) -> list[float]:
        """How far brackets reach left of the input's rows and below its columns; empty if its windows slide."""
        reader = self.picture.sites_of(0)[0].reader
        return [] if reader is None else [bracket_reach(spans) for spans in reader.bracketed]

    @property
    def corners(self) -> list[Points]:
        """The corners around the names, and around the brackets of windows."""
        found = [corners_of(text) for text in self.texts]
        if any(self.reaches):
            beside, below = (0.0, *self.reaches)[-2:]
            found += [plane.rectangle(0, -beside, plane.rows + below, plane.columns) for plane in self._planes]
        return found


def differs_by_axis(layer: Layer) -> bool:
    """Return whether any size or setting of a layer is not the same along rows and columns."""
    values = (layer.input_size, layer.output_size, *layer.options.values())
    # Lists of cells or offsets may be as long as there are axes.
    sizes = (one for one in values if isinstance(one, tuple) and len(one) == layer.dims > 1)
    by_axis = (one for one in sizes if all(isinstance(own, int | float) or len(own) == 2 for own in one))
    return any(one[-2] != one[-1] for one in by_axis)


def _below(plane: Plane, wide: int, size: float, away: float) -> tuple[Texts, ...]:
    """Return which way rows and columns run, upright and side by side below a plane that is seen from above.

    They begin and end with so many of its columns; where these are too short for both, they meet at their middle.
    """
    middle = wide / 2
    names = translated(_DOWN), translated(_AXES[1])
    room = (sum(map(width_of, names)) + 1) * size
    ends = ((0.0, 0.0), (wide, 1.0)) if room <= wide else ((middle - size / 2, 1.0), (middle + size / 2, 0.0))
    y = plane.rows + away + _GAP + size / 2
    return tuple(
        _along(name, plane.points(np.array([[y, x]])), plane.projection, size, anchor, number)
        for number, (name, (x, anchor)) in enumerate(zip(names, ends, strict=True))
    )


def _window_marks(first: Plane, last: Plane, size: float, reaches: Sequence[float]) -> tuple[Texts, ...]:
    """Return the names of the brackets along the edges of planes, given how far they reach; 0 stands for none.

    The name of those of a single axis stands behind them, since rays lead through the room below.
    """
    if len(reaches) == 1:
        place = last.points(np.array([[last.rows + reaches[0] / 2, last.columns + _GAP]]))
        return (_along(_WINDOWS_OF_ONE, place, last.projection, size, 0.0),) if reaches[0] else ()
    return _along_edges(
        first,
        last,
        size,
        [name * (reach > 0) for name, reach in zip(_WINDOWS, reaches, strict=True)],
        [reach + _BEYOND_BRACKETS for reach in reaches],
        _MIDDLES,
        (first.rows / 2, last.columns / 2),
    )


def _along_edges(
    first: Plane,
    last: Plane,
    size: float,
    names: Sequence[str],
    away: Sequence[float],
    anchors: tuple[float, float],
    places: tuple[float, float],
) -> tuple[Texts, ...]:
    """Return words left of the rows and below the columns of planes, so far away; empty ones are left out.

    The anchors are the shares of words that lie before their places along the edges, which are counted in cells.
    """
    (right, up), asides = first.projection.across, [reach + _GAP + size / 2 for reach in away]
    rows = first.points(np.array([[places[0], -asides[0]]]))
    columns = last.points(np.array([[last.rows + asides[1], places[1]]]))
    turned, plain = Projection(first.projection.down, (-right, -up)), last.projection
    found = _along(names[0], rows, turned, size, anchors[0]), _along(names[1], columns, plain, size, anchors[1], 1)
    return tuple(text for text, name in zip(found, names, strict=True) if name)


def _along(word: str, place: Points, way: Projection, size: float, anchor: float, number: int = 0) -> Texts:
    """Return a word that lies along the edge of a plane, given the number of the axis."""
    said = (translated(word) if word else "",)
    return Texts(said, place, size, across=way.across, down=way.down, anchor=anchor, key=Key("axis", (number,)))


def corners_of(text: Texts) -> Points:
    """Return the corners, (4, 2), of the parallelogram around a word."""
    along, below = np.array(text.across), np.array(text.down)
    wide = width_of(text.words[0], text.face) * text.size
    left, right = -text.anchor * wide, (1 - text.anchor) * wide
    ends = np.array([[left, -0.5], [right, -0.5], [right, 0.5], [left, 0.5]]) * [1, text.size]
    corners: Points = text.places[0] + ends[:, :1] * along + ends[:, 1:] * below
    return corners
