"""Words along the edges of the input that name its rows and columns, where a layer treats the two differently."""

from __future__ import annotations

import numpy as np

from convanim.base.font import width_of
from convanim.base.language import message, translated
from convanim.layers import Layer
from convanim.views.plane import Plane, Projection
from convanim.views.scene import Key, Points, Texts

# Translators: Which way the rows or the columns of a plane are counted, in the direction of the arrow.
_ROWS, _COLUMNS = message("rows →"), message("columns →")

_GAP = 0.12
"""The gap between the edge of a plane and the words along it, in cells."""


def differs_by_axis(layer: Layer) -> bool:
    """Return whether any size or setting of a layer is not the same along rows and columns."""
    values = (layer.input_size, layer.output_size, *layer.options.values())
    return any(isinstance(one, tuple) and len(one) == layer.dims == 2 and one[0] != one[1] for one in values)


def axis_marks(first: Plane, last: Plane, size: float) -> tuple[Texts, Texts]:
    """Return the names of the rows and of the columns of planes side by side or below each other.

    Those of the rows begin at the first one, left of the first plane; those of
    the columns end at the last one, below the last plane, where nothing else
    stands.
    """
    (right, up), aside = first.projection.across, _GAP + size / 2
    rows, columns = first.points(np.array([[0.0, -aside]])), last.points(np.array([[last.rows + aside, last.columns]]))
    turned, plain = Projection(first.projection.down, (-right, -up)), last.projection
    return _along(_ROWS, rows, turned, size, 0.0), _along(_COLUMNS, columns, plain, size, 1.0)


def _along(word: str, place: Points, way: Projection, size: float, anchor: float) -> Texts:
    """Return a word that lies along the edge of a plane."""
    key = Key("axis", (round(anchor),))
    return Texts((translated(word),), place, size, across=way.across, down=way.down, anchor=anchor, key=key)


def corners_of(text: Texts) -> Points:
    """Return the corners, (4, 2), of the parallelogram around a word."""
    along, below = np.array(text.across), np.array(text.down)
    wide = width_of(text.words[0], text.face) * text.size
    left, right = -text.anchor * wide, (1 - text.anchor) * wide
    ends = np.array([[left, -0.5], [right, -0.5], [right, 0.5], [left, 0.5]]) * [1, text.size]
    corners: Points = text.places[0] + ends[:, :1] * along + ends[:, 1:] * below
    return corners
