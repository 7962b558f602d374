"""The oblique projection."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from convanim.views.plane import Plane

SIZES = st.integers(1, 12)


def plane(rows: int, columns: int) -> Plane:
    return Plane(rows, columns, np.array([3.0, 2.0]))


def area(quad: np.ndarray) -> float:
    x, y = quad.T
    return float(abs(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) / 2)


def test_cells_keep_their_area() -> None:
    for quad in plane(3, 4).quads(np.array([[0, 0], [2, 3]])):
        assert area(quad) == pytest.approx(1)


def test_row_0_is_the_far_row_and_column_0_the_left_one() -> None:
    far, near = plane(2, 1).quads(np.array([[0, 0], [1, 0]])).mean(axis=1)
    assert near[1] > far[1]
    left, right = plane(1, 2).quads(np.array([[0, 0], [0, 1]])).mean(axis=1)
    assert right[0] > left[0]


@given(st.floats(-9, 9), st.floats(-9, 9))
def test_places_are_the_inverse_of_points(row: float, column: float) -> None:
    places = np.array([[row, column]])
    np.testing.assert_allclose(plane(2, 2).places(plane(2, 2).points(places)), places, atol=1e-9)


@given(SIZES, SIZES)
def test_a_grid_has_each_edge_once(rows: int, columns: int) -> None:
    edges = plane(rows, columns).edges(np.ones((rows, columns), bool))
    assert len(edges) == rows * (columns + 1) + columns * (rows + 1)
    assert len(np.unique(edges.round(6).reshape(len(edges), -1), axis=0)) == len(edges)


def test_edges_of_a_part_lie_where_the_part_is() -> None:
    whole = plane(4, 4)
    mask = np.zeros((4, 4), bool)
    mask[2, 1] = True
    np.testing.assert_allclose(whole.edges(mask), whole.edges(np.ones((1, 1), bool), 2, 1))


@given(SIZES, SIZES, SIZES, SIZES)
def test_a_risen_plane_touches_but_does_not_cover(rows: int, columns: int, upper: int, across: int) -> None:
    base = plane(rows, columns)
    above = Plane.above(base, (upper, across), (rows - upper) / 2, (columns - across) / 2, 0)
    risen = Plane(upper, across, above.origin - [0, above.rise_over(base) + 1e-6])
    inner = np.stack(np.meshgrid(np.linspace(0, rows, 40), np.linspace(0, columns, 40)), axis=-1).reshape(-1, 2)
    hit = risen.places(base.points(inner))
    assert not ((hit > 1e-5) & (hit < np.array([upper, across]) - 1e-5)).all(axis=1).any()


def test_a_ray_that_ends_at_the_near_edge_is_in_sight_all_the_way() -> None:
    above = Plane.above(plane(4, 4), (2, 2), 1, 1, 6)
    start = plane(4, 4).points(np.array([[4, 0]]))
    end = above.points(np.array([[2, 0]]))
    assert above.hidden_from(start, end)[0] == pytest.approx(1)


def test_a_ray_to_an_inner_corner_hides_where_the_plane_begins() -> None:
    above = Plane.above(plane(4, 4), (2, 2), 1, 1, 6)
    start, end = plane(4, 4).points(np.array([[3, 1]])), above.points(np.array([[1, 1]]))
    fraction = above.hidden_from(start, end)[0]
    assert 0 < fraction < 1
    border = above.places(start + (end - start) * fraction)
    assert border.max() == pytest.approx(2)
