"""Fewer and larger shapes of the same look: cells that touch as one, and lines that go on as one."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from convanim.scene import Points

Whole = NDArray[np.int64]
"""Coordinates in small whole units, in which what touches is equal."""


def merged_quads(quads: Whole) -> Whole:
    """Return parallelograms, (n, 4, 2), with those that share a whole side joined, first in rows, then rows."""
    for first, second in (((1, 2), (0, 3)), ((3, 2), (0, 1))):
        quads = _joined(quads, first, second)
    return quads


def _joined(quads: Whole, far: tuple[int, int], near: tuple[int, int]) -> Whole:
    """Return parallelograms in which each that begins where another ends is part of that."""
    starts = {_key(quad[list(near)]): number for number, quad in enumerate(quads)}
    if len(starts) < len(quads):
        # Some lie upon each other, and so may not be joined twice.
        return quads
    following: dict[int, int] = {}
    for number, quad in enumerate(quads):
        other = starts.get(_key(quad[list(far)]))
        if other is not None and other != number and _is_parallel(quad, quads[other], far, near):
            following[number] = other
    joined = []
    for first in sorted(set(range(len(quads))) - set(following.values())):
        quad, last = quads[first].copy(), first
        while last in following:
            last = following[last]
        quad[list(far)] = quads[last][list(far)]
        joined.append(quad)
    return np.array(joined).reshape(-1, 4, 2)


def _key(points: Whole) -> tuple[int, ...]:
    return tuple(points.ravel().tolist())


def _is_parallel(one: Whole, other: Whole, far: tuple[int, int], near: tuple[int, int]) -> bool:
    """Return whether the sides along which two follow each other run in one direction, but for rounding."""
    ways = [(quad[list(far)] - quad[list(near)]).astype(float) for quad in (one, other)]
    cross = ways[0][:, 0] * ways[1][:, 1] - ways[0][:, 1] * ways[1][:, 0]
    lengths = np.linalg.norm(ways[0], axis=1) * np.linalg.norm(ways[1], axis=1)
    onward = (ways[0] * ways[1]).sum(axis=1) > 0
    return bool(onward.all() and (np.abs(cross) <= 0.02 * lengths).all())


def merged_segments(segments: Whole) -> Whole:
    """Return straight lines, (n, 2, 2), with those that go on in one direction joined, and each only once."""
    ends: dict[tuple[int, ...], list[int]] = {}
    segments = np.unique(segments.reshape(-1, 4), axis=0).reshape(-1, 2, 2)
    for number, segment in enumerate(segments):
        ends.setdefault(_key(segment[0]), []).append(number)
    following: dict[int, int] = {}
    taken: set[int] = set()
    for number, segment in enumerate(segments):
        for other in ends.get(_key(segment[1]), []):
            if other != number and other not in taken and _is_straight(segment, segments[other]):
                following[number] = other
                taken.add(other)
                break
    joined = []
    for first in sorted(set(range(len(segments))) - taken):
        last = first
        while last in following:
            last = following[last]
        joined.append([segments[first][0], segments[last][1]])
    return np.array(joined, int).reshape(-1, 2, 2)


def _is_straight(one: Whole, other: Whole) -> bool:
    way, next_way = (segment[1] - segment[0] for segment in (one, other))
    length = float(np.linalg.norm(way) * np.linalg.norm(next_way))
    return bool(way @ next_way > 0 and abs(int(way[0] * next_way[1] - way[1] * next_way[0])) <= 0.02 * length)


def whole(points: Points, scale: float) -> Whole:
    """Return coordinates in whole units, of which there are ``scale`` a pixel."""
    found: Whole = np.round(points * scale).astype(np.int64)
    return found
