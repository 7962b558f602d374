"""Bars in cells: values as heights over a zero line, to one scale for each tensor."""

from __future__ import annotations

from typing import Any

import numpy as np

from convanim.base.language import translated
from convanim.base.records import dataclass
from convanim.plans import Ints
from convanim.plans.values import Numbers
from convanim.views.marks import SAMPLE
from convanim.views.plane import Plane
from convanim.views.scene import Cells, Entry, Key, Lines, Points, Shape, Shapes

_LEFT, _RIGHT = 0.14, 0.86
"""Where a bar begins and ends in the width of its cell."""

_AIR = 0.07
"""The gap between bars and the edges of their cell, and the zero line."""

_UNDER_WORDS = 0.5
"""Where the highest bars end in the height of their cell, under its words."""


@dataclass(frozen=True, eq=False)
class Heights:
    """The values of a plane's cells as bars.

    Attributes
    ----------
    values : (rows, columns) array
        The value of each cell; NaN where there is none.
    low, high : float
        The least and the greatest value of the whole tensor, or 0.
    top : float
        Where the highest bars end in the height of their cell, on whose lower edge they stand.
    """

    values: Points
    low: float
    high: float
    top: float = _AIR

    @classmethod
    def of(cls, values: Any, every: Any, has_words: bool) -> Heights:
        """Return the bars of a page of values, to the scale of ``every`` value of its tensor, under any words."""
        finite = np.asarray(every, float)
        finite = finite[np.isfinite(finite)]
        low, high = min(finite.min(initial=0.0), 0.0), max(finite.max(initial=0.0), 0.0)
        return cls(np.asarray(values, float), low, high, _UNDER_WORDS if has_words else _AIR)

    @property
    def has_below(self) -> bool:
        """Whether there are values below zero, so that a line must show where zero is."""
        return self.low < 0

    def _levels(self, values: Points) -> Points:
        """Return how far values lie below the upper edge of their cell."""
        # A zero line inside of the cell keeps off its edge.
        lowest = 1.0 - _AIR * self.has_below
        levels: Points = lowest - (values - self.low) / ((self.high - self.low) or 1.0) * (lowest - self.top)
        return levels

    def shapes(self, plane: Plane, places: Ints, role: str, shaded: bool = False, key: Key | None = None) -> Shapes:
        """Return the bars of some cells, (row, column), and the zero line where values are below zero.

        Parameters
        ----------
        plane : Plane
            The plane of the cells.
        places : (n, 2) array
            The cells.
        role : str
            The role of the cells, from which those of the bars follow.
        shaded : bool
            Whether the kernel's shadow lies on them.
        key : Key or None
            The key of the cells.
        """
        own = self.values[tuple(places.T)]
        known = np.isfinite(own)
        places, own = places[known], own[known]
        shapes: list[Shape] = []
        for name, chosen in ((f"{role}_bar", own > 0), (f"{role}_bar_below", own < 0)):
            if chosen.any():
                quads = self._quads(plane, places[chosen], own[chosen])
                edges = np.stack([quads, np.roll(quads, -1, axis=1)], axis=2).reshape(-1, 2, 2)
                shapes += [Cells(name, quads, shaded, is_within=True, key=key), Lines(name, edges, key=key)]
        if self.has_below and len(places):
            (zero,) = self._levels(np.zeros(1)).tolist()
            ends = plane.points(places[:, None] + np.array([[zero, _AIR], [zero, 1 - _AIR]]))
            shapes.append(Lines(f"{role}_zero", ends, key=key))
        return tuple(shapes)

    def _quads(self, plane: Plane, places: Ints, values: Numbers) -> Points:
        """Return the corners of bars from the zero line to their values."""
        top, bottom = self._levels(values), self._levels(np.zeros(len(values)))
        corners = [(top, _LEFT), (top, _RIGHT), (bottom, _RIGHT), (bottom, _LEFT)]
        within = np.stack([np.stack([down, np.full(len(values), right)], axis=1) for down, right in corners], axis=1)
        quads: Points = plane.points(places[:, None] + within)
        return quads


def entries(role: str, has_below: bool) -> list[Entry]:
    """Return the entries of the legend for bars in cells of a role."""
    first = np.array([[0, 0]])
    cell = (Cells(f"{role}_pale", SAMPLE.quads(first)), Lines(role, SAMPLE.edges(np.ones((1, 1), bool))))
    above, below = translated("value above zero"), translated("value below zero")
    values = {above: 1.0, below: -1.0} if has_below else {translated("height of a value"): 1.0}
    low = min(values.values(), default=0.0) if has_below else 0.0
    return [
        Entry(
            said,
            (*cell, *Heights(np.full((1, 1), value), low, 1.0).shapes(SAMPLE, first, role)),
        )
        for said, value in values.items()
    ]
