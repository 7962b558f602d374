"""Shapes that touch, joined."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from convanim.canvas.merging import Whole, merged_quads, merged_segments, whole
from convanim.views.plane import FLAT, OBLIQUE, Plane, Projection

PLANES = [FLAT, OBLIQUE]


def plane(projection: Projection, rows: int = 5, columns: int = 5) -> Plane:
    return Plane(rows, columns, np.zeros(2), projection)


def quads(projection: Projection, mask: list[list[int]]) -> Whole:
    return whole(plane(projection).quads(np.argwhere(np.array(mask, bool))), 300)


def area(shapes: Whole) -> float:
    x, y = shapes[..., 0].astype(float), shapes[..., 1].astype(float)
    return float(abs((x * np.roll(y, -1, axis=1) - y * np.roll(x, -1, axis=1)).sum(axis=1)).sum() / 2)


@pytest.mark.parametrize("projection", PLANES)
@pytest.mark.parametrize(
    ("mask", "count"),
    [([[1] * 3] * 3, 1), ([[1, 0], [1, 1]], 2), ([[1, 0, 1]], 2), ([[1, 0, 1], [0, 0, 0], [1, 0, 1]], 4)],
)
def test_cells_that_share_sides_become_one(projection: Projection, mask: list[list[int]], count: int) -> None:
    before = quads(projection, mask)
    after = merged_quads(before)
    assert len(after) == count
    assert area(after) == pytest.approx(area(before), rel=0.01)


def test_cells_upon_each_other_are_left_as_they_are() -> None:
    twice = np.concatenate([quads(FLAT, [[1, 1]])] * 2)
    assert len(merged_quads(twice)) == 4


@pytest.mark.parametrize("projection", PLANES)
def test_the_lines_of_a_grid_become_as_many_as_it_has_rows_and_columns(projection: Projection) -> None:
    edges = whole(plane(projection).edges(np.ones((3, 3), bool)), 300)
    assert len(edges) == 24
    assert len(merged_segments(edges)) == 8
    assert len(merged_segments(np.concatenate([edges, edges]))) == 8


@given(st.lists(st.lists(st.booleans(), min_size=4, max_size=4), min_size=4, max_size=4))
def test_nothing_is_lost_and_nothing_added(mask: list[list[bool]]) -> None:
    cells = np.array(mask, bool)
    if not cells.any():
        return
    before = whole(plane(FLAT).quads(np.argwhere(cells)), 10)
    assert area(merged_quads(before)) == area(before)
    edges = whole(plane(FLAT).edges(cells), 10)
    lengths = [np.abs(segments[:, 1] - segments[:, 0]).sum() for segments in (edges, merged_segments(edges))]
    assert lengths[0] == lengths[1]
