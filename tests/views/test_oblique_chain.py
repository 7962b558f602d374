"""Chains in the guide's projection, asked by role and place: passes, and receptive fields."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from convanim import Chain, Conv, ConvTranspose, Layer, MaxPool, plan
from convanim.plans import ChainPlan
from convanim.scene import Scene
from convanim.values import spell
from convanim.views import Look
from convanim.views.oblique_chain import _Drawing, draw
from convanim.views.plane import Plane
from tests.test_value_properties import stacks
from tests.views.helpers import counts, grid_of, in_cells, lines, places_of, shapes_at, standing, written

Cells = set[tuple[int, int]]
LOOK = Look(labels="numbers", reveal=True)
STACK = Chain([Conv(7, 3), Conv(5, 3)])
DILATED = Chain([Conv(10, 3, dilation=2), Conv(6, 3, dilation=2)])


def drawn(chain: Chain, look: Look = LOOK) -> tuple[ChainPlan, _Drawing, Scene]:
    made = plan(chain, seed=3)
    return made, _Drawing(made, look), draw(made, look)


def shaded(scene: Scene, step: int, plane: Plane) -> Cells:
    moment = scene.moment(step)
    return {place for role in counts(moment, True) for place in places_of(moment, plane, role, True)}


def words(scene: Scene, step: int) -> set[str]:
    return {word.said for word in standing(shapes_at(scene, step))}


def test_planes_float_above_what_they_are_made_of() -> None:
    _, drawing, _ = drawn(Chain([Conv(7, 3), Conv(5, 3), Conv(3, 2)]))
    planes = drawing.planes
    assert [(plane.rows, plane.columns) for plane in planes] == [(7, 7), (5, 5), (3, 3), (2, 2)]
    for low, high in pairwise(planes):
        assert high.rise_over(low) <= -1
        assert high.corners()[:, 1].mean() < low.corners()[:, 1].mean()


def test_the_steps_are_those_of_all_layers() -> None:
    made, drawing, scene = drawn(STACK)
    assert scene.steps == len(made) == 25 + 9
    for number in range(scene.steps):
        stage, own = made.place(number)
        assert shaded(scene, number, drawing.planes[stage]) == {
            tuple(place) for place in made.plans[stage].step(own).reads.position.tolist()
        }
        assert shaded(scene, number, drawing.planes[stage + 1]) == {divmod(own, drawing.planes[stage + 1].columns)}


def test_results_are_revealed_as_they_are_computed() -> None:
    made, drawing, scene = drawn(STACK)
    for number in range(scene.steps):
        shapes = (*scene.ground, *scene.marks(range(number + 1)))
        for stage, one in enumerate(made.plans):
            assert one.values is not None
            done = min(max(number + 1 - made.starts[stage], 0), len(one))
            plane = drawing.planes[stage + 1]
            found = [word for row in grid_of(in_cells(shapes, plane), plane) for word in row]
            results = [spell(result, 2) for result in one.values.output.ravel().tolist()]
            assert found == results[:done] + [""] * (len(one) - done)


def test_copies_of_a_result_follow_when_all_of_it_is_there() -> None:
    made, drawing, scene = drawn(Chain([Conv(4, 2), Conv(3, 3, padding=1, padding_mode="circular")]))
    values = made.plans[0].values
    assert values is not None
    plane, last = drawing.planes[1], made.starts[1]
    before, after = in_cells(shapes_at(scene, last - 2), plane), in_cells(shapes_at(scene, last), plane)
    assert len(before) == 8
    assert grid_of(after, plane) == written(np.pad(values.output, 1, "wrap"))


def test_without_reveal_all_results_are_there() -> None:
    made, drawing, scene = drawn(STACK, Look(labels="numbers", reveal=False))
    values = made.plans[-1].values
    assert values is not None
    plane = drawing.planes[-1]
    assert grid_of(in_cells(scene.ground, plane), plane) == written(values.output)
    assert scene.marks(range(scene.steps)) == ()


def test_letters_between_are_h() -> None:
    _, drawing, scene = drawn(STACK, Look(labels="letters"))
    first = [in_cells(scene.ground, plane)[0, 0].said for plane in drawing.planes]
    assert first == ["x_11", "h_11", "y_11"]


def test_no_labels_leave_no_words_in_cells() -> None:
    for look in (Look(reveal=True), Look(field=(1, 1))):
        _, drawing, scene = drawn(STACK, look)
        for number in range(scene.steps):
            assert not any(in_cells(shapes_at(scene, number), plane) for plane in drawing.planes)


def test_planes_and_layers_are_named_beside_them() -> None:
    _, _, scene = drawn(Chain([Conv(8, 3, padding=1), MaxPool(8, 2)]))
    found = " ".join(sorted(words(scene, 0)))
    for said in ("input", "8×8", "layer 1", "output", "4×4", "conv", "max pool", "3×3, stride 1", "padding 1"):
        assert said in found


@pytest.mark.parametrize("chain", [STACK, DILATED, Chain([ConvTranspose(3, 3, 2), Conv(7, 3, stride=2)])])
@pytest.mark.parametrize("cell", [(0, 0), (1, -1)])
def test_a_field_spreads_a_layer_a_step_and_is_that_of_the_plan(chain: Chain, cell: tuple[int, int]) -> None:
    field = (cell[0] % chain.output_size[0], cell[1] % chain.output_size[1])
    made, drawing, scene = drawn(chain, Look(field=field))
    assert scene.steps == len(chain.layers) + 1
    masks = made.field(field)
    for number in range(scene.steps):
        for level, plane in enumerate(drawing.planes):
            expected = np.argwhere(masks[level])
            if level < len(chain.layers):
                expected = drawing.sheets[level].places(expected)
            seen = level >= len(chain.layers) - number
            assert shaded(scene, number, plane) == ({tuple(place) for place in expected.tolist()} if seen else set())


@given(stacks(), st.data())
@settings(max_examples=20)
def test_the_field_of_any_cell_is_that_of_the_plan(layers: list[Layer], data: st.DataObject) -> None:
    chain = Chain(layers)
    field = tuple(data.draw(st.integers(0, size - 1)) for size in chain.output_size)
    made, drawing, scene = drawn(chain, Look(field=field))
    for level, mask in enumerate(made.field(field)[:-1]):
        places = drawing.sheets[level].places(np.argwhere(mask))
        assert shaded(scene, scene.steps - 1, drawing.planes[level]) == {tuple(place) for place in places.tolist()}


def test_a_field_is_counted_in_words() -> None:
    _, _, scene = drawn(STACK, Look(field=(1, 1)))
    found = [words(scene, number) for number in range(3)]
    assert any("1 cell" in word for word in found[0])
    assert not any("3×3 cells" in word for word in found[0])
    assert any("3×3 cells" in word for word in found[1])
    assert any("5×5 cells" in word for word in found[2])


def test_a_field_with_gaps_says_how_many_cells_it_has() -> None:
    made, _, scene = drawn(DILATED, Look(field=(0, 0)))
    count = int(made.field((0, 0))[0].sum())
    assert count == 25
    assert any("25 cells" in word and "9×9" in word for word in words(scene, 2))


def test_rays_join_the_corners_of_a_field_to_those_of_the_next() -> None:
    _, drawing, scene = drawn(STACK, Look(field=(1, 1)))
    rays = [lines(scene.moment(number), "ray_over") for number in range(3)]
    assert [len(found) for found in rays] == [0, 4, 8]
    box = drawing.planes[1].outline(1, 1, 4, 4)[:, 0]
    ends = rays[2][:, 1]
    assert all(min(np.linalg.norm(ends - corner, axis=1)) < 1e-9 for corner in box)
