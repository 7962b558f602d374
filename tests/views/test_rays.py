"""Rays are broken where something is written."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from convanim.plans.values import spell
from convanim.views.lettering import Lettering, lettered
from convanim.views.plane import FLAT, OBLIQUE, Plane
from convanim.views.rays import around, beams, broken, pinned, silhouette, without_stubs
from convanim.views.scene import Cells, Key, Lines, Points
from tests.views.helpers import depth, words_of

PLACES = st.integers(-600, 600).map(lambda hundredths: hundredths / 100)


def numbered(values: np.ndarray) -> Lettering:
    """Return what the cells of a plane of numbers say."""
    words = np.array([[spell(value, 2) for value in row] for row in values.tolist()], object)
    return lettered(words, np.full(words.shape, "", object), 0.4)


def length(rays: Points) -> float:
    return float(np.linalg.norm(rays[:, 1] - rays[:, 0], axis=1).sum())


def test_a_ray_past_a_box_is_whole() -> None:
    ray = np.array([[[0.0, 0.0], [4.0, 0.0]]])
    np.testing.assert_allclose(around(ray, np.array([[1.0, 1.0, 2.0, 2.0]])), ray)
    np.testing.assert_allclose(around(ray, np.empty((0, 4))), ray)


def test_a_ray_through_a_box_has_a_gap_with_some_air() -> None:
    found = around(np.array([[[0.0, 0.0], [6.0, 0.0]]]), np.array([[2.0, -1.0, 3.0, 1.0]]))
    assert len(found) == 2
    (_, stop), (start, _) = found[:, :, 0].tolist()
    assert 1.8 < stop < 2
    assert 3 < start < 3.2


def test_a_ray_inside_a_box_is_not_drawn() -> None:
    assert not len(around(np.array([[[0.0, 0.0], [1.0, 1.0]]]), np.array([[-1.0, -1.0, 2.0, 2.0]])))


@given(
    st.lists(st.tuples(PLACES, PLACES, PLACES, PLACES), min_size=1, max_size=3),
    st.lists(st.tuples(PLACES, PLACES, st.floats(0.1, 2), st.floats(0.1, 2)), max_size=4),
)
def test_no_piece_crosses_a_box_and_every_piece_lies_on_its_ray(
    ends: list[tuple[float, ...]], boxes: list[tuple[float, ...]]
) -> None:
    rays = np.array(ends).reshape(-1, 2, 2)
    sides = np.array([[x, y, x + wide, y + high] for x, y, wide, high in boxes]).reshape(-1, 4)
    found = around(rays, sides)
    for left, top, right, bottom in sides.tolist():
        quad = np.array([[left, top], [right, top], [right, bottom], [left, bottom]])
        assert all(depth(piece, quad) <= 1e-9 for piece in found)
    assert length(found) <= length(rays) + 1e-9
    for piece in found:
        assert min(_off(piece, ray) for ray in rays) < 1e-6


def _off(piece: Points, ray: Points) -> float:
    """Return how far the ends of a piece are from a ray."""
    way = ray[1] - ray[0]
    along = np.clip(((piece - ray[0]) @ way) / max(float(way @ way), 1e-300), 0, 1)
    return float(np.linalg.norm(ray[0] + along[:, None] * way - piece, axis=1).max())


@pytest.mark.parametrize("projection", [FLAT, OBLIQUE])
def test_rays_over_a_plane_keep_off_its_words(projection: object) -> None:
    plane = Plane(4, 5, np.zeros(2), FLAT if projection is FLAT else OBLIQUE)
    lettering = numbered(np.arange(20).reshape(4, 5) * 37)
    every = np.ones((4, 5), bool)
    rays = np.stack([plane.points(np.array([[0, 0], [2, 0.5]])), plane.points(np.array([[4, 5], [1, 5]]))], axis=1)
    found = broken(rays, plane, lettering, every)
    assert len(found) > 2
    (text,) = lettering.texts(plane, np.argwhere(every), "input")
    assert max(depth(ray, word.corners) for ray in rays for word in words_of(text)) > 0.1
    assert max(depth(piece, word.corners) for piece in found for word in words_of(text)) <= 0


def test_rays_pass_where_nothing_is_written_yet() -> None:
    plane = Plane(1, 3, np.zeros(2), FLAT)
    lettering = numbered(np.array([[1, 2, 3]]))
    ray = np.array([[[0.0, 0.5], [3.0, 0.5]]])
    np.testing.assert_allclose(broken(ray, plane, lettering, np.zeros((1, 3), bool)), ray)
    np.testing.assert_allclose(broken(ray, plane, None, np.ones((1, 3), bool)), ray)
    only_first = broken(ray, plane, lettering, np.array([[True, False, False]]))
    assert only_first[:, :, 0].min() > 0.5


def test_a_ray_along_a_grid_line_leads_beside_it_within_the_sides_at_its_corners() -> None:
    plane = Plane(6, 6, np.zeros(2), OBLIQUE)
    window, cell = plane.rectangle(3, 1, 5, 3), plane.rectangle(-4, 2, -3, 3)
    (_, start), (_, end) = plane.places(silhouette(window, cell)[:, 0]), plane.places(silhouette(window, cell)[:, 1])
    # The right corners of both are at column 3: the ray is moved to the left of it.
    assert start[0] == pytest.approx(5)
    assert end[0] == pytest.approx(-3)
    assert 2.8 < start[1] < 2.9
    assert 2.8 < end[1] < 2.9
    steep = silhouette(window, plane.rectangle(-4, 5, -3, 6))
    assert plane.places(steep[:, 0]).tolist() == [pytest.approx([3, 1]), pytest.approx([5, 3])]


def test_a_ray_along_a_side_that_ends_with_its_plane_leads_from_corner_to_corner() -> None:
    plane, made = Plane(4, 6, np.zeros(2), OBLIQUE), Plane(1, 1, np.array([4.5, -5.0]), OBLIQUE)
    window, cell = plane.corners(), made.corners()
    starts = plane.places(silhouette(window, cell, plane.corners(), made.corners())[:, 0])
    assert {tuple(start.round(6)) for start in starts} <= {(0, 0), (0, 6), (4, 0), (4, 6)}


def test_the_rays_of_a_window_as_large_as_its_cell_are_parallel() -> None:
    plane = Plane(6, 6, np.zeros(2), OBLIQUE)
    (one, end), (other, far) = silhouette(plane.rectangle(4, 1, 5, 2), plane.rectangle(0, 2, 1, 3))
    np.testing.assert_allclose(end - one, far - other)
    assert not np.allclose(one, other)


def test_rays_of_several_single_cells_meet_at_the_near_corner_of_what_is_made_of_them() -> None:
    plane = Plane(6, 9, np.zeros(2), OBLIQUE)
    cell = plane.rectangle(0, 4, 1, 5)
    (rays,) = beams([(plane.rectangle(5, at, 6, at + 1), cell) for at in (0, 4, 8)], Key("ray", (0,)))
    assert isinstance(rays, Lines)
    assert plane.places(rays.segments[:, 1]).tolist() == [pytest.approx([1, 4])] * 3
    # Each begins at the same place of its cell, between its far corner and its middle.
    starts = plane.places(rays.segments[:, 0]) - [[5, at] for at in (0, 4, 8)]
    assert starts.tolist() == [pytest.approx(starts[0])] * 3
    assert 0 < starts[0, 0] < 0.5 < starts[0, 1] < 1


def test_dots_at_the_ends_of_rays_grow_with_the_width_of_a_picture() -> None:
    ray = Lines("ray", np.array([[[0.0, 0.0], [5.0, 5.0]]]), key=Key("ray", (0,)))
    dots = [one for width in (10.0, 200.0) for one in pinned((ray,), width) if isinstance(one, Cells)]
    small, large = (float(np.ptp(one.quads[0, :, 0])) for one in dots)
    assert large > 5 * small


def test_edges_that_an_outline_cuts_stay_only_where_they_lead_on_a_whole_one() -> None:
    # A square hides the right half of an edge that leads on a whole one, and the lower half of one that leads nowhere.
    hidden = np.array([[1.5, 0.5], [3.5, 0.5], [3.5, 2.5], [1.5, 2.5]])
    whole, leads_on, stub = [[0.0, 1.0], [1.0, 1.0]], [[1.0, 1.0], [2.0, 1.0]], [[3.0, 0.0], [3.0, 1.0]]
    parts = without_stubs(np.array([whole, leads_on, stub]), hidden)
    assert parts.tolist() == [whole, [[1.0, 1.0], [1.5, 1.0]]]
