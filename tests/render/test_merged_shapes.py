"""Cells and lines that are joined: fewer of them, and the same look."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from convanim.render.merged_shapes import Whole, merged_quads, merged_segments, whole
from convanim.views.plane import FLAT, OBLIQUE, Plane, Projection
from tests.gathering import gathered

SLANTS = [((10, 0), (0, 10)), ((40, 3), (-17, 25)), ((7, -30), (11, 4)), ((-10, 0), (0, 10)), ((100, 0), (35, 1))]
"""What a cell's sides are in the picture."""

Cell = tuple[int, int]


def cells(places: Iterable[Cell], across: Cell = (10, 0), down: Cell = (0, 10)) -> Whole:
    """Return the cells of a grid, given by column and row."""
    sides = np.array([across, down])
    corners = np.array([(0, 0), (1, 0), (1, 1), (0, 1)])
    found: Whole = (np.array(list(places), int).reshape(-1, 1, 2) + corners) @ sides
    return found


def lines(ends: Iterable[tuple[Cell, Cell]], across: Cell = (10, 0), down: Cell = (0, 10)) -> Whole:
    found: Whole = np.array(list(ends), int).reshape(-1, 2, 2) @ np.array([across, down])
    return found


def area(quads: Whole) -> float:
    """Return the areas of all parallelograms together."""
    x, y = quads[..., 0], quads[..., 1]
    return float(np.abs((x * np.roll(y, -1, axis=1) - y * np.roll(x, -1, axis=1)).sum(axis=1) / 2).sum())


def covered(quads: Whole, across: Cell = (10, 0), down: Cell = (0, 10)) -> Counter[Cell]:
    """Return how often each cell of the grid lies in one of some parallelograms."""
    on_grid = np.rint(quads @ np.linalg.inv(np.array([across, down]))).astype(int)
    found: Counter[Cell] = Counter()
    for quad in on_grid:
        (left, top), (right, bottom) = quad.min(axis=0).tolist(), quad.max(axis=0).tolist()
        found.update((column, row) for column in range(left, right) for row in range(top, bottom))
    return found


def units(segments: Whole, across: Cell = (10, 0), down: Cell = (0, 10)) -> Counter[tuple[Cell, Cell]]:
    """Return how often each step from one place of the grid to the next is part of a line."""
    on_grid = np.rint(segments @ np.linalg.inv(np.array([across, down]))).astype(int)
    found: Counter[tuple[Cell, Cell]] = Counter()
    for start, end in on_grid:
        count = int(np.abs(end - start).max())
        way = (end - start) // max(count, 1)
        for number in range(count):
            one, other = (start + way * (number + part) for part in (0, 1))
            found[(int(one[0]), int(one[1])), (int(other[0]), int(other[1]))] += 1
    return found


def block(columns: int, rows: int) -> list[Cell]:
    return [(column, row) for row in range(rows) for column in range(columns)]


PLACES = st.sets(st.tuples(st.integers(0, 4), st.integers(0, 4)), max_size=20)
SHUFFLED = PLACES.flatmap(lambda places: st.permutations(sorted(places)))
STEPS = st.lists(
    st.tuples(st.tuples(st.integers(0, 3), st.integers(0, 3)), st.sampled_from([(1, 0), (0, 1)])), max_size=20
)


# Cells


@gathered("slant", SLANTS)
@gathered(("columns", "rows"), [(1, 1), (3, 3), (5, 1), (1, 4), (4, 2)])
def test_a_block_becomes_one(columns: int, rows: int, slant: Any) -> None:
    quads = cells(block(columns, rows), *slant)
    (found,) = merged_quads(quads)
    assert area(found[None]) == area(quads)
    np.testing.assert_array_equal(found, cells([(0, 0)], *slant)[0] + _stretched(columns, rows, slant))


def _stretched(columns: int, rows: int, slant: Any) -> Whole:
    """Return how far the corners of a cell are from those of a block."""
    more = np.array([(0, 0), (columns - 1, 0), (columns - 1, rows - 1), (0, rows - 1)])
    found: Whole = more @ np.array(slant)
    return found


@pytest.mark.parametrize(
    ("places", "count"),
    [
        ([(0, 0), (0, 1), (1, 1)], 2),
        ([(0, 0), (1, 0), (0, 1)], 2),
        ([(0, 0), (1, 1)], 2),
        ([(0, 0), (2, 0)], 2),
        ([*block(3, 1), *block(3, 3)[6:]], 2),
        ([place for place in block(3, 3) if place != (1, 1)], 4),
        ([(0, 0), (2, 0), (0, 2), (2, 2)], 4),
        ([], 0),
    ],
    ids=["L", "mirrored L", "corner", "gap", "rows apart", "ring", "corners", "none"],
)
def test_other_shapes_become_rows_and_blocks(places: list[Cell], count: int) -> None:
    found = merged_quads(cells(places))
    assert found.shape == (count, 4, 2)
    assert covered(found) == Counter(places)


@given(SHUFFLED, st.sampled_from(SLANTS))
def test_the_same_cells_are_covered_in_any_order(places: list[Cell], slant: Any) -> None:
    quads = cells(places, *slant)
    found = merged_quads(quads)
    assert covered(found, *slant) == Counter(places)
    assert area(found) == pytest.approx(area(quads))
    assert len(found) <= len({row for _, row in places}) * 3


@given(SHUFFLED)
def test_what_is_joined_cannot_be_joined_more(places: list[Cell]) -> None:
    once = merged_quads(cells(places))
    rows = [(int(quad[0, 1]), int(quad[2, 1]), int(quad[0, 0]), int(quad[1, 0])) for quad in once]
    ends = {(top, bottom, right) for top, bottom, _, right in rows}
    assert not any((top, bottom, left) in ends for top, bottom, left, _ in rows)


@pytest.mark.parametrize("projection", [FLAT, OBLIQUE])
@pytest.mark.parametrize("scale", [100, 300])
def test_cells_and_grids_of_the_views_are_joined(projection: Projection, scale: int) -> None:
    plane = Plane(3, 3, np.zeros(2), projection)
    quads = whole(scale * plane.quads(np.argwhere(np.ones((3, 3), bool))), 1)
    found = merged_quads(quads)
    assert len(found) == 1
    assert area(found) == pytest.approx(area(quads), rel=0.02)
    edges = whole(scale * plane.edges(np.ones((3, 3), bool)), 1)
    assert (len(edges), len(merged_segments(edges))) == (24, 8)


def test_what_is_given_is_not_changed() -> None:
    quads = cells(block(3, 3))
    before = quads.copy()
    merged_quads(quads)
    np.testing.assert_array_equal(quads, before)


def test_cells_upon_each_other_stay_twice() -> None:
    quads = cells([(0, 0), (1, 0), (1, 0)])
    np.testing.assert_array_equal(merged_quads(quads), quads)


def test_cells_that_overlap_without_a_common_side_stay() -> None:
    quads = np.concatenate([cells([(0, 0)]), cells([(0, 0)]) + np.array([5, 0])])
    np.testing.assert_array_equal(merged_quads(quads), quads)


def test_cells_of_different_heights_are_not_joined() -> None:
    quads = np.array([[[0, 0], [10, 0], [10, 10], [0, 10]], [[10, 0], [20, 0], [20, 9], [10, 9]]])
    np.testing.assert_array_equal(merged_quads(quads), quads)


def test_cells_that_bend_at_their_common_side_are_not_joined() -> None:
    quads = np.array([[[0, 0], [10, 0], [10, 10], [0, 10]], [[10, 0], [20, 5], [20, 15], [10, 10]]])
    np.testing.assert_array_equal(merged_quads(quads), quads)


def test_sides_that_are_rounded_differently_count_as_one_direction() -> None:
    quads = np.array([[[0, 0], [100, 33], [100, 133], [0, 100]], [[100, 33], [200, 67], [200, 167], [100, 133]]])
    assert merged_quads(quads).tolist() == [[[0, 0], [200, 67], [200, 167], [0, 100]]]


# Lines


def grid(count: int) -> list[tuple[Cell, Cell]]:
    """Return all sides of a square of cells."""
    ahead = [((at, line), (at + 1, line)) for line in range(count + 1) for at in range(count)]
    return ahead + [((line, at), (line, at + 1)) for line in range(count + 1) for at in range(count)]


@pytest.mark.parametrize("slant", SLANTS)
def test_a_grid_has_a_line_a_side(slant: Any) -> None:
    segments = lines(grid(3), *slant)
    found = merged_segments(segments)
    assert (len(segments), len(found)) == (24, 8)
    whole_lines = [((0, at), (3, at)) for at in range(4)] + [((at, 0), (at, 3)) for at in range(4)]
    assert sorted(found.tolist()) == sorted(lines(whole_lines, *slant).tolist())


def test_what_is_given_twice_is_drawn_once() -> None:
    segments = lines([((0, 0), (1, 0)), ((0, 0), (1, 0)), ((1, 0), (2, 0)), ((0, 0), (1, 0))])
    assert merged_segments(segments).tolist() == [[[0, 0], [20, 0]]]


@given(STEPS, st.sampled_from(SLANTS))
def test_the_same_lines_are_covered_once(steps: list[tuple[Cell, Cell]], slant: Any) -> None:
    ends = [(start, (start[0] + way[0], start[1] + way[1])) for start, way in steps]
    found = merged_segments(lines(ends, *slant))
    assert units(found, *slant) == Counter(set(ends))
    assert len(found) <= len(set(ends))


@given(STEPS.flatmap(lambda steps: st.tuples(st.just(steps), st.permutations(steps))))
def test_the_order_does_not_matter(both: tuple[list[Any], list[Any]]) -> None:
    one, other = (
        merged_segments(lines([(start, (start[0] + way[0], start[1] + way[1])) for start, way in steps]))
        for steps in both
    )
    np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize(
    "ends",
    [
        [((0, 0), (1, 0)), ((1, 0), (1, 1))],
        [((0, 0), (1, 0)), ((2, 0), (3, 0))],
        [((0, 0), (1, 0)), ((1, 0), (0, 0))],
        [((0, 0), (2, 0)), ((1, 0), (3, 0))],
        [((0, 0), (0, 0)), ((0, 0), (1, 0))],
        [],
    ],
    ids=["corner", "gap", "there and back", "overlap", "point", "none"],
)
def test_lines_that_do_not_go_on_stay(ends: list[tuple[Cell, Cell]]) -> None:
    segments = lines(ends)
    assert sorted(merged_segments(segments).tolist()) == sorted(segments.tolist())


def test_where_lines_cross_each_goes_straight_on() -> None:
    cross = [((0, 1), (1, 1)), ((1, 1), (2, 1)), ((1, 0), (1, 1)), ((1, 1), (1, 2))]
    assert sorted(merged_segments(lines(cross)).tolist()) == [[[0, 10], [20, 10]], [[10, 0], [10, 20]]]


def test_lines_that_part_go_on_with_one_of_them() -> None:
    segments = np.array([[[0, 0], [100, 0]], [[100, 0], [200, 0]], [[100, 0], [200, 1]]])
    assert len(merged_segments(segments)) == 2


# Whole units


def test_what_touches_is_equal_in_whole_units() -> None:
    side = 100 / 7
    left = np.array([number * side for number in range(7)])
    right = left + side
    np.testing.assert_array_equal(whole(left[1:], 100), whole(right[:-1], 100))
    assert whole(np.array([1.26, -1.26, 0.04]), 10).tolist() == [13, -13, 0]
