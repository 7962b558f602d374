"""Room for words beside what is drawn: where things at some height end, arrows there, and the heading of a field."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np

from convanim.base.language import translated
from convanim.base.numbering import place_of
from convanim.plans import Plan
from convanim.views.headings import word_boxes, words
from convanim.views.look import Look
from convanim.views.naming import channel_name
from convanim.views.scene import Key, Lines, Points, Texts
from convanim.views.wires import headed

_ABOVE = 1.1
"""The distance from a picture up to the middle of its heading, in letter sizes."""


_RISE_AIR = 0.35
"""The gap between the ends of an arrow beside words about a layer and what it leads from and to, in letter sizes."""

_HEAD = np.array([0.45, 0.2])
"""The length and half the width of the head of such an arrow, in letter sizes."""

_BESIDE_RISE = 1.0
"""How far to the right of its left end the words begin, in letter sizes."""


def rise(bodies: Iterable[Points], air: float, low: float, high: float, size: float) -> Lines:
    """Return an arrow that leads up between two heights, some air to the right of all that is drawn there.

    Parameters
    ----------
    bodies : iterable of (n, 2) arrays
        Points, of which each array stands for all that lies between its points.
    air : float
        The gap to them.
    low, high : float
        The heights, y downward, of what it leads from and to.
    size : float
        The size of the letters of the words to its right.
    """
    low, high = low - _RISE_AIR * size, high + _RISE_AIR * size
    long, half = (_HEAD * size).tolist()
    x = right_end(bodies, high, low) + air + half
    return Lines("ray", headed(np.array([[[x, low], [x, high]]]), (long, half)), key=Key("rise"))


def in_line(arrows: Sequence[Lines]) -> list[Lines]:
    """Return arrows that lead up, each above the next, as far right as the one that stands the farthest."""
    ends = [float(arrow.segments[0, 0, 0]) for arrow in arrows]
    ways = (np.array([max(ends) - end, 0.0]) for end in ends)
    return [replace(arrow, segments=arrow.segments + way) for arrow, way in zip(arrows, ways, strict=True)]


def beside_rise(arrow: Lines, size: float) -> float:
    """Return where the words about a layer begin to the right of its arrow."""
    return float(arrow.segments[:, :, 0].min()) + _BESIDE_RISE * size


def right_end(bodies: Iterable[Points], top: float, bottom: float) -> float:
    """Return how far right anything reaches between two heights, or at its own end nearest to them.

    Parameters
    ----------
    bodies : iterable of (n, 2) arrays
        Points, of which each array stands for all that lies between its points.
    top, bottom : float
        The two heights, y downward.
    """
    every = list(bodies)
    ends = np.concatenate(every)[:, 1]
    top, bottom = np.clip([top, bottom], ends.min(), ends.max()).tolist()
    return max(_right_of(body, top, bottom) for body in every)


def _right_of(body: Points, top: float, bottom: float) -> float:
    # Few points are quicker one by one than as arrays.
    ends: list[float] = []
    for (x, y), (other, low) in combinations(body.tolist(), 2):
        if y > low:
            x, y, other, low = other, low, x, y
        if y <= bottom and low >= top:
            ends += [max(x, other)] if y == low else [_along(height, x, y, other, low) for height in (top, bottom)]
    return max(ends, default=-np.inf)


def _along(height: float, x: float, y: float, other: float, low: float) -> float:
    """Return where a line between two points, of which the second is lower, is at a height, or at its own end."""
    if height >= low:
        return other
    return x + (other - x) / (low - y) * (max(height, y) - y)


def word_bodies(texts: Iterable[Texts]) -> Points:
    """Return the corners, (n, 4, 2), of the boxes around lines of words."""
    return word_boxes(texts)[:, [0, 1, 2, 1, 2, 3, 0, 3]].reshape(-1, 4, 2)


def field_heading(plan: Plan, look: Look, middle: float, top: float, size: float) -> Texts:
    """Return the heading of a receptive field, which names the cell it belongs to, above the top of a picture."""
    return words(field_title(plan, look), middle, top - _ABOVE * size, size, "bold")


def field_title(plan: Plan, look: Look) -> str:
    """Return what a picture of a receptive field is called."""
    assert plan.walk.cell is not None
    name = channel_name(plan, plan.last.target, 0)
    if len(plan.walk.cell) == 2:
        row, column = (str(at + look.first_cell) for at in plan.walk.cell)
        # Translators: {name} is what a tensor is called.
        return translated(
            "receptive field of the {name} in row {row}, column {column}", name=name, row=row, column=column
        )
    # Translators: {cell} is such as "output 2".
    return translated("receptive field of {cell}", cell=place_of(name, plan.walk.cell, look.first_cell))
