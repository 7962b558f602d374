"""A transposed convolution stamp by stamp, asked by role and place."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

from convanim import ConvTranspose, Layer, Plan, animate, plan
from convanim.plans import Stamps
from convanim.views import Look
from convanim.views.flat import draw
from convanim.views.plane import Plane
from convanim.views.scene import Cells, Key, Lines, Scene, Texts
from tests.helpers import numbers_of, operands_of, output_of
from tests.strategies import transposes
from tests.views.helpers import (
    beside,
    counts,
    grid_of,
    in_cells,
    lines,
    plane_of,
    said,
    shapes_at,
    sheet_of,
    sum_line,
    words_of,
    written,
)
from tests.views.measures import Picture

LOOK = Look(labels="numbers")
OVERLAP = Look(labels="numbers", overlap=True)
KINDS: list[Layer] = [
    ConvTranspose(3, 3, 2),
    ConvTranspose(3, 3, 2, 1, 1),
    ConvTranspose(4, 2, padding=1),
    ConvTranspose((2, 3), (3, 2), dilation=2),
    ConvTranspose((4,), 3, 2, 1),
    ConvTranspose(2, 1, 3),
]
NAMES = [str(number) for number in range(len(KINDS))]


def drawn(layer: Layer, look: Look = LOOK, **values: Any) -> tuple[Plan, Scene]:
    made = plan(layer, **(values or {"seed": 3}), method="scatter")
    return made, Scene.of(draw(made, look))


def result_of(scene: Scene) -> Plane:
    return sheet_of(scene, 1)


def stamps_of(made: Plan) -> Stamps:
    return made.stamps(made.last)


def sums(made: Plan, number: int) -> np.ndarray:
    """Return what the output holds after so many stamps."""
    total = np.zeros_like(output_of(made))
    for step in list(made)[:number]:
        inside = made.last.inside(step.writes)
        x, w = operands_of(made, step)
        products = np.array(x) * np.array(w)
        np.add.at(total, tuple(step.writes[inside].T), products[inside])
    return np.atleast_2d(total)


def touched(made: Plan, number: int) -> list[tuple[int, int]]:
    """Return the output cells, (row, column), that a stamp falls on."""
    writes = made.step(number).writes
    return sorted((0, *cell)[-2:] for cell in writes[made.last.inside(writes)].tolist())


def stamp_of(scene: Scene, what: str) -> Plane:
    """Return where the value that is multiplied lies, or what it makes."""
    shapes = [one for one in scene.moment(0) if isinstance(one, Cells) and one.key is not None]
    (found,) = [plane_of(shape.quads) for shape in shapes if shape.key == Key(what, (0,))]
    return found


@pytest.mark.parametrize("layer", KINDS, ids=NAMES)
def test_marks_do_not_depend_on_how_many_steps_are_skipped(layer: Layer) -> None:
    made, scene = drawn(layer)
    plane = result_of(scene)
    for stop in (len(made) // 2, len(made) + 1):
        apart = [shape for number in range(stop) for shape in scene.marks(range(number, number + 1))]
        together = in_cells((*scene.ground, *scene.marks(range(stop))), plane)
        assert grid_of(in_cells((*scene.ground, *apart), plane), plane) == grid_of(together, plane)


@pytest.mark.parametrize("layer", KINDS, ids=NAMES)
def test_a_value_times_the_kernel_makes_the_stamp(layer: Layer) -> None:
    made, scene = drawn(layer)
    first, weights, _ = numbers_of(made)
    (kernel,) = beside(scene.ground, "kernel")
    for number, factor in enumerate(first.ravel().tolist()):
        shapes = shapes_at(scene, number)
        assert [word.said for word in in_cells(shapes, stamp_of(scene, "factor")).values()] == [str(factor)]
        assert grid_of(in_cells(shapes, kernel, chips=True), kernel) == written(weights)
        stamp = stamp_of(scene, "stamp")
        assert grid_of(in_cells(shapes, stamp), stamp) == written(factor * weights)
    signs = [word.said for shape in scene.ground for word in words_of(shape) if word.of.on is None]
    assert {"·", "="} <= set(signs)


def test_a_long_sum_is_shortened_in_the_middle_and_ends_in_the_result() -> None:
    made, scene = drawn(ConvTranspose(6, 6))
    line = [word.said for word in sum_line(scene, len(made) - 1)]
    assert line.count("…") == 1
    assert line[-2] == "="
    assert len([word for word in line if word == "·"]) < 36


@pytest.mark.parametrize("layer", KINDS, ids=NAMES)
def test_overlap_counts_the_stamps_on_each_cell(layer: Layer) -> None:
    made, scene = drawn(layer, OVERLAP)
    plane = result_of(scene)
    assert grid_of(in_cells(shapes_at(scene, len(made)), plane), plane) == written(stamps_of(made).overlap)
    for number in range(len(made)):
        shapes = (*scene.ground, *scene.marks(range(number + 1)))
        counted = np.zeros(made.output_size, int)
        for step in list(made)[:number]:
            counted[tuple(step.writes[made.last.inside(step.writes)].T)] += 1
        found = {cell: word.said for cell, word in in_cells(shapes, plane).items()}
        assert found == {(0, *cell)[-2:]: str(counted[tuple(cell)]) for cell in np.argwhere(counted).tolist()}


@pytest.mark.parametrize("look", [LOOK, OVERLAP, Look()], ids=["sums", "overlap", "bare"])
@pytest.mark.parametrize("layer", KINDS, ids=NAMES)
def test_the_more_stamps_a_cell_has_the_stronger_is_its_colour(layer: Layer, look: Look) -> None:
    made, scene = drawn(layer, look)
    plane, overlap = result_of(scene), np.atleast_2d(stamps_of(made).overlap)
    found: dict[int, set[float]] = {}
    for shape in scene.marks(range(len(made) + 1)):
        if isinstance(shape, Cells) and shape.role == "output":
            for row, column in np.floor(plane.places(shape.quads.mean(axis=1))).astype(int).tolist():
                found.setdefault(int(overlap[row, column]), set()).add(shape.strength)
    assert sorted(found) == sorted(set(overlap.ravel().tolist()))
    last = [max(found[count]) for count in sorted(found)]
    assert all(len(found[count]) == 1 for count in found)
    assert last == sorted(last)
    assert len(set(last)) == len(last)
    assert last[-1] == pytest.approx(1)


def test_overlap_has_no_kernel_no_stamp_and_no_sum() -> None:
    made, scene = drawn(ConvTranspose(3, 3, 2), OVERLAP)
    for number in range(len(made) + 1):
        shapes = shapes_at(scene, number)
        assert "kernel" not in counts(shapes)
        assert "=" not in [word.said for shape in shapes for word in words_of(shape)]


def test_what_is_cut_off_of_stamps_stays_dotted_within_their_frame() -> None:
    made, scene = drawn(ConvTranspose(3, 3, 2, 1, 1))
    assert counts(scene.ground)["idle"] == 7 * 7 - 6 * 6
    plane = result_of(scene)
    for number, outside in ((0, True), (4, False)):
        outlines = [
            np.floor(plane.places(outline[:, 0]) + 1e-9).astype(int)
            for outline in lines(scene.moment(number), "reach").reshape(-1, 4, 2, 2)
        ]
        first = made.step(number).writes[0].tolist()
        assert any(corners[0].tolist() == first for corners in outlines)
        assert (min(first) < 0) is outside


def test_the_gaps_of_a_dilated_stamp_stay_empty_where_padding_cuts_it_off() -> None:
    made, scene = drawn(ConvTranspose(3, (2, 3), 1, 1, dilation=2))
    plane = result_of(scene)
    marked = [
        plane.places(cell.quads.mean(axis=1))
        for cell in scene.moment(0)
        if isinstance(cell, Cells) and cell.key is not None and cell.key.what == "cut off"
    ]
    writes = made.step(0).writes
    cut_off = {tuple(cell) for cell in writes.tolist() if min(cell) < 0}
    assert {tuple(np.floor(place).astype(int).tolist()) for place in np.concatenate(marked)} == cut_off


@pytest.mark.parametrize(
    ("dilation", "labels", "parted"), [(1, "none", False), (2, "none", True), (2, "numbers", False)]
)
def test_the_cells_of_a_dilated_stamp_are_outlined_where_no_added_values_tell_them(
    dilation: int, labels: str, parted: bool
) -> None:
    layer = ConvTranspose(4, 3, dilation=dilation)
    shapes = animate(layer, method="scatter", view="flat", labels=labels).scene.moment(5)
    assert any(one.key is not None and one.key.what == "made parts" for one in shapes) is parted


def test_nothing_is_beyond_the_output_where_nothing_is_cut_off() -> None:
    _, scene = drawn(ConvTranspose(3, 3, 2))
    assert "idle" not in counts(scene.ground)


@given(transposes(dims=2))
@settings(max_examples=30)
def test_stamps_stay_within_the_picture(layer: Layer) -> None:
    _, scene = drawn(layer)
    left, top, right, bottom = scene.bounds
    for number in {0, scene.steps // 2, scene.steps - 1}:
        for shape in shapes_at(scene, number):
            if not isinstance(shape, Texts):
                points = (shape.quads if isinstance(shape, Cells) else shape.segments).reshape(-1, 2)
                assert (points >= np.array([left, top]) - 1e-6).all()
                assert (points <= np.array([right, bottom]) + 1e-6).all()


def test_letters_name_the_cells() -> None:
    made, scene = drawn(ConvTranspose(2, 2), Look(labels="letters"))
    shapes = shapes_at(scene, len(made))
    assert grid_of(in_cells(shapes, sheet_of(scene, 0)), sheet_of(scene, 0)) == [["x_11", "x_12"], ["x_21", "x_22"]]
    (kernel,) = beside(scene.ground, "kernel")
    assert grid_of(in_cells(shapes, kernel, chips=True), kernel) == [["w_11", "w_12"], ["w_21", "w_22"]]
    plane = result_of(scene)
    assert grid_of(in_cells(shapes, plane), plane) == [[f"y_{r}{c}" for c in (1, 2, 3)] for r in (1, 2, 3)]
    assert said(sum_line(scene, 3)) == "x_11·w_22+x_12·w_21+x_21·w_12+x_22·w_11=y_22"


def test_no_labels_leave_no_words_in_cells_and_no_sum() -> None:
    for look in (Look(), Look(overlap=True)):
        made, scene = drawn(ConvTranspose(3, 3, 2, 1), look)
        for number in range(len(made) + 1):
            texts = [shape for shape in shapes_at(scene, number) if isinstance(shape, Texts)]
            assert not [text for text in texts if text.on is not None]
            assert not [shape for shape in scene.moment(number) if isinstance(shape, Texts)]


def test_numbers_stand_in_the_middle_and_at_work_above_their_chip_within_the_ring() -> None:
    _, scene = drawn(ConvTranspose(3, 3, 2))
    resting = [shape for shape in scene.marks(range(5)) if isinstance(shape, Texts)]
    places = np.concatenate([result_of(scene).places(shape.places) for shape in resting])
    np.testing.assert_allclose(places % 1, 0.5)
    moment = scene.moment(4)
    chips = np.concatenate([shape.quads for shape in moment if isinstance(shape, Cells) and shape.role == "added"])
    cells = result_of(scene).places(chips.reshape(-1, 2)).reshape(-1, 4, 2) % 1
    ringed = [one for one in moment if isinstance(one, Lines) and one.key == Key("talked")]
    (ring,) = (one.segments for one in ringed if one.role == "ring_light")
    inside = result_of(scene).places(ring.reshape(-1, 2)) % 1
    assert cells.min() > inside.min()
    assert cells.max() < inside.max()


def test_the_weight_and_its_product_are_ringed_that_the_cell_of_the_sum_receives() -> None:
    made, scene = drawn(ConvTranspose(3, 3, 2))
    (kernel,) = beside(scene.ground, "kernel")
    planes = {"talked": result_of(scene), "talked weight": kernel, "talked stamp": stamp_of(scene, "stamp")}
    for number in range(len(made)):
        ringed = {one.key.what: one for one in scene.moment(number) if isinstance(one, Lines) and one.key}
        places = {what: planes[what].places(ringed[what].segments[:, 0]).mean(axis=0) // 1 for what in planes}
        corner = np.min(made.step(number).writes, axis=0)
        assert places["talked weight"].tolist() == (places["talked"] - corner).tolist()
        assert places["talked stamp"].tolist() == places["talked weight"].tolist()


def test_the_sum_of_a_stamp_says_its_result_once() -> None:
    made, scene = drawn(ConvTranspose(3, 3, 2))
    for number in range(len(made)):
        assert said(sum_line(scene, number)).count("=") == 1


def test_the_factor_of_several_slices_stands_beside_the_first_with_its_signs() -> None:
    _, scene = drawn(ConvTranspose((2, 2, 2), 2))
    words = [word for shape in scene.ground for word in words_of(shape) if word.of.on is None]
    heights = {word.said: float(word.at[1]) for word in words}
    assert heights["·"] == heights["="]
    assert heights["depth 0"] < heights["·"] < heights["depth 1"]


def test_the_slice_of_a_factor_is_named_below_it_or_above_where_the_way_comes_from_below() -> None:
    layer = ConvTranspose((4, 8, 4), 2)
    _, scene = drawn(layer)
    for step, name, way in ((0, "slice 0", 1), (127, "slice 3", -1)):
        words = [word for shape in scene.moment(step) for word in words_of(shape) if word.of.on is None]
        (own,) = (word for word in words if word.said == name and word.of.face == "bold" and word.of.key is None)
        factor = next(one for one in scene.moment(step) if isinstance(one, Cells) and one.key == Key("factor", (0,)))
        assert factor.quads[..., 0].mean() == pytest.approx(own.exact[0])
        assert np.sign(own.exact[1] - factor.quads[..., 1].mean()) == way
        assert not list(Picture(animate(layer, view="flat", method="scatter"), step).crossed())


def test_output_that_no_two_stamps_reach_is_no_sum() -> None:
    for stride, title in ((1, "output: the sum of the stamps"), (2, "output: all stamps so far")):
        _, scene = drawn(ConvTranspose((2, 2, 2), 2, stride), Look(labels="letters"))
        assert title in {word.said for shape in scene.moment(0) for word in words_of(shape)}
