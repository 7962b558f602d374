"""Merging of shapes of one look for smaller files: touching cells, and lines that continue each other."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from convanim.views.scene import Points

Whole = NDArray[np.int64]
"""Coordinates in small integer units, so that points which touch are equal."""

_BEND = 0.02
"""Sine of the largest angle between two sides that still count as straight, because of rounding."""


def merged_quads(quads: Whole) -> Whole:
    """Merge parallelograms, (n, 4, 2), that share a whole side: first the cells of a row, then the rows."""
    for far, near in (([1, 2], [0, 3]), ([3, 2], [0, 1])):
        quads = _joined(quads, far, near)
    return quads


def _joined(quads: Whole, far: list[int], near: list[int]) -> Whole:
    """Merge parallelograms whose ``near`` side is another's ``far`` side, given as pairs of corners."""
    starts, ends = _paired(_numbered(quads)[:, [near, far]]).T
    order = np.argsort(starts, kind="stable")
    if not len(quads) or (np.diff(starts[order]) == 0).any():
        # Some start on the same side, so that what comes next would be ambiguous.
        return quads
    following = order[np.searchsorted(starts[order], ends).clip(max=len(quads) - 1)]
    ways = quads[:, far] - quads[:, near]
    goes_on = (starts[following] == ends) & (following != np.arange(len(quads)))
    goes_on &= _is_straight(ways, ways[following]).all(axis=1)
    first, last = _ends_of_runs(np.where(goes_on, following, -1))
    joined = quads[first]
    joined[:, far] = quads[last][:, far]
    return joined


def merged_segments(segments: Whole) -> Whole:
    """Merge straight lines, (n, 2, 2), that continue each other in one direction, and drop duplicates."""
    if not len(segments):
        return segments
    ends = _numbered(segments)
    _, chosen = np.unique(_paired(ends), return_index=True)
    segments, ends = segments[chosen], ends[chosen]
    # Segments are sorted by their starts, so those that begin at one point are adjacent.
    low, high = (np.searchsorted(ends[:, 0], ends[:, 1], side) for side in ("left", "right"))
    one = np.repeat(np.arange(len(segments)), high - low)
    other = np.arange(len(one)) - np.repeat(np.cumsum(high - low) - high, high - low)
    ways = segments[:, 1] - segments[:, 0]
    fits = (one != other) & _is_straight(ways[one], ways[other])
    following = np.full(len(segments), -1)
    taken = set[int]()
    for before, after in zip(one[fits].tolist(), other[fits].tolist(), strict=True):
        if following[before] < 0 and after not in taken:
            following[before] = after
            taken.add(after)
    first, last = _ends_of_runs(following)
    return np.stack([segments[first, 0], segments[last, 1]], axis=1)


def _numbered(points: Whole) -> Whole:
    """Return a number for each point, (..., 2): equal for equal points, ascending with x and then y."""
    x, y = np.moveaxis(points - points.min(axis=tuple(range(points.ndim - 1)), initial=0), -1, 0)
    _, numbers = np.unique(x * (y.max(initial=0) + 1) + y, return_inverse=True)
    found: Whole = numbers.reshape(points.shape[:-1])
    return found


def _paired(numbers: Whole) -> Whole:
    """Return a number for each pair of numbers, (..., 2), ascending with the first and then the second."""
    found: Whole = numbers[..., 0] * (numbers.max(initial=0) + 1) + numbers[..., 1]
    return found


def _is_straight(ways: Whole, next_ways: Whole) -> NDArray[np.bool_]:
    """Return a mask of the vectors, (..., 2), that have the same direction as the next one, up to rounding."""
    cross = ways[..., 0] * next_ways[..., 1] - ways[..., 1] * next_ways[..., 0]
    lengths = np.linalg.norm(ways, axis=-1) * np.linalg.norm(next_ways, axis=-1)
    found: NDArray[np.bool_] = ((ways * next_ways).sum(axis=-1) > 0) & (np.abs(cross) <= _BEND * lengths)
    return found


def _ends_of_runs(following: Whole) -> tuple[Whole, Whole]:
    """Return the first and last index of each run, given the index that follows each one, or -1 for none."""
    own = np.arange(len(following))
    last = np.where(following < 0, own, following)
    for _ in range(len(following).bit_length()):
        # Each pass looks twice as far ahead along the run.
        last = last[last]
    is_first = np.ones(len(following), bool)
    is_first[following[following >= 0]] = False
    return own[is_first], last[is_first]


def runs_of(segments: Whole) -> list[list[list[int]]]:
    """Return lines as runs of points; a line that starts at the end of the one before continues its run."""
    runs: list[list[list[int]]] = []
    for start, end in segments.tolist():
        if start == end:
            continue
        if runs and runs[-1][-1] == start:
            runs[-1].append(end)
        else:
            runs.append([start, end])
    return runs


def whole(points: Points, scale: float) -> Whole:
    """Return coordinates rounded to integer units, ``scale`` per pixel."""
    found: Whole = (points * scale).round().astype(np.int64)
    return found
