"""Chains from above, asked by role and place: passes, round trips, and what is compared with one layer."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from convanim import AvgPool, Chain, Conv, ConvTranspose, DepthwiseSeparable, Layer, MaxPool, Plan, animate, plan
from convanim.inputs.known_chains import roundtrip, separable
from convanim.plans import Stage
from convanim.plans.values import signed, spell
from convanim.views import VIEWS, Look
from convanim.views.flat import Flat, draw
from convanim.views.plane import Plane
from convanim.views.scene import Cells, Key, Scene, Texts
from tests.helpers import difference_of, output_of
from tests.views.helpers import (
    beside,
    grid_of,
    in_cells,
    lines,
    places_of,
    said,
    shapes_at,
    sheet_of,
    sheets_of,
    standing,
    sum_line,
    words_of,
    written,
)

LOOK = Look(labels="numbers", reveal=True)
SOBEL = [[1, 0, -1], [2, 0, -2], [1, 0, -1]]
PLUS = [[1, 0, 1], [0, 2, 0], [1, 0, 1]]
STACKS: dict[str, list[Layer]] = {
    "convs": [Conv(6, 3), Conv(4, 2, padding=1)],
    "copies": [Conv(4, 2), Conv(3, 3, padding=1, padding_mode="reflect")],
    "pools": [Conv((3, 6), (1, 3), padding=((0, 0), (1, 1))), MaxPool((3, 6), (1, 2)), AvgPool((3, 3), (2, 1))],
    "back": [Conv(4, 2, stride=2), ConvTranspose(2, 2, 2)],
    "row": [Conv((6,), 3, padding="causal"), Conv((6,), 2, stride=2)],
}


def drawn(chain: Chain, look: Look = LOOK, **values: Any) -> tuple[Plan, Scene]:
    made = plan(chain, **{"seed": 3, **values})
    return made, Scene.of(draw(made, look))


def planes_of(scene: Scene) -> list[Plane]:
    """Return the planes of all tensors, in order."""
    return [*sheets_of(scene).values()]


def values_of(made: Plan, stage: Stage) -> Any:
    """Return the numbers that a layer makes, a plane."""
    return made.planes(stage.target, 0)


def words(scene: Scene, step: int) -> list[str]:
    return [word.said for word in standing(shapes_at(scene, step))]


def test_copies_of_a_result_follow_each_cell() -> None:
    made, scene = drawn(Chain(STACKS["copies"]))
    plane, values = sheet_of(scene, 1), values_of(made, made.stages[0])
    expected, sources = (np.pad(one, 1, "reflect") for one in (values, np.arange(9).reshape(3, 3)))
    for number in range(scene.steps):
        found = in_cells((*scene.ground, *scene.marks(range(number + 1))), plane)
        assert grid_of(found, plane) == np.where(sources <= number, written(expected), "").tolist()


@pytest.mark.parametrize("name", STACKS)
def test_marks_do_not_depend_on_how_many_steps_are_skipped(name: str) -> None:
    made, scene = drawn(Chain(STACKS[name]))
    for stop in (made.starts[1], made.starts[1] + 1, scene.steps):
        apart = [shape for number in range(stop) for shape in scene.marks(range(number, number + 1))]
        for plane in planes_of(scene):
            one = grid_of(in_cells((*scene.ground, *scene.marks(range(stop))), plane), plane)
            assert one == grid_of(in_cells((*scene.ground, *apart), plane), plane)


def test_planes_are_named_and_layers_described() -> None:
    _, scene = drawn(Chain([Conv(6, 3), Conv(4, 2, padding=1), MaxPool(5, 2)]))
    found = words(scene, 0)
    assert {"input", "layer 1", "layer 2", "output", "conv", "max pool", "3×3, stride 1", "padding 1"} <= set(found)


def test_kernels_stand_between_the_planes() -> None:
    made, scene = drawn(Chain([Conv(4, 3), Conv(2, 2)]))
    kernels = beside(scene.ground, "kernel")
    for stage, kernel in zip(made.stages, kernels, strict=True):
        assert stage.kernel is not None
        assert grid_of(in_cells(scene.ground, kernel, chips=True), kernel) == written(stage.kernel[0, 0])
    first, *_, last = planes_of(scene)
    lefts = [plane.origin[0] for plane in (first, *kernels, last)]
    assert lefts == sorted(set(lefts))


def test_a_kernel_is_pale_while_another_layer_works() -> None:
    picture = draw(plan(Chain([Conv(4, 3), Conv(2, 2)]), seed=3), LOOK)
    assert isinstance(picture, Flat)
    for number in range(len(picture.plan)):
        work = picture.work(number)
        (pale,) = (stage for stage in picture.plan.walked if picture.at_rest(stage, work))
        assert pale is not work.stage
        cells = [shape for shape in picture.kernels_at(work) if isinstance(shape, Cells) and shape.strength < 1]
        (kernel,) = picture.kernels_of(pale)[0, 0]
        np.testing.assert_allclose(
            np.concatenate([shape.quads for shape in cells]).mean((0, 1)), kernel.middle, atol=1e-9
        )


def test_letters_of_results_between_are_h_and_each_kernel_has_its_own() -> None:
    _, scene = drawn(Chain([Conv(3, 2), Conv(2, 2)]), Look(labels="letters", reveal=True), seed=None)
    assert said(sum_line(scene, 1)) == "x_12·w_11+x_13·w_12+x_22·w_21+x_23·w_22=h_12"
    assert said(sum_line(scene, 4)) == "h_11·v_11+h_12·v_12+h_21·v_21+h_22·v_22=y_11"


@pytest.mark.parametrize(
    "chain", [Chain(STACKS["convs"]), roundtrip(Conv(4, 3)), separable(SOBEL, 5)], ids=["chain", "back", "separable"]
)
def test_no_labels_leave_no_words_in_cells(chain: Chain) -> None:
    _, scene = drawn(chain, Look(reveal=True))
    for number in range(scene.steps):
        texts = [shape for shape in shapes_at(scene, number) if isinstance(shape, Texts) and not shape.is_mark]
        assert not [text for text in texts if text.on is not None]
    assert all(not isinstance(shape, Texts) or shape.is_mark for shape in scene.moment(0))


# Round trips.


@pytest.mark.parametrize("method", ["gather", "scatter"])
def test_a_round_trip_ends_in_the_difference(method: str) -> None:
    chain = roundtrip(Conv(5, 3, stride=2), PLUS)
    made, scene = drawn(chain, method=method)
    assert scene.steps == len(made) + 1
    (plane,) = beside(scene.ground, "pending")
    off = output_of(made) - made.planes(0, 0)
    for number in (0, scene.steps - 2):
        assert not in_cells(shapes_at(scene, number), plane)
    end = shapes_at(scene, scene.steps - 1)
    expected = [[spell(one, 2) if one == 0 else signed(spell(one, 2)) for one in row] for row in off.tolist()]
    assert grid_of(in_cells(end, plane), plane) == expected
    assert places_of(end, plane, "difference", False) == sorted(map(tuple, np.argwhere(off).tolist()))
    assert "values not restored" in words(scene, scene.steps - 1)
    assert "values not restored" not in words(scene, scene.steps - 2)


def test_what_comes_back_is_said_to_be_restored() -> None:
    _, scene = drawn(roundtrip(Conv(4, 1), [[1]]))
    (plane,) = beside(scene.ground, "pending")
    end = shapes_at(scene, scene.steps - 1)
    assert grid_of(in_cells(end, plane), plane) == [["0"] * 4] * 4
    assert "values restored" in words(scene, scene.steps - 1)
    assert not places_of(end, plane, "difference", False)


def test_a_larger_difference_is_stronger_in_colour() -> None:
    _, scene = drawn(roundtrip(Conv(3, 1), [[2]]), input=np.arange(9).reshape(3, 3))
    (plane,) = beside(scene.ground, "pending")
    found = {}
    for shape in scene.moment(scene.steps - 1):
        if isinstance(shape, Cells) and shape.role == "difference":
            for place in np.floor(plane.places(shape.quads.mean(axis=1))).astype(int).tolist():
                found[tuple(place)] = shape.strength
    strengths = [found[place] for place in np.ndindex(3, 3) if place in found]
    assert len(strengths) == 8
    assert strengths == sorted(strengths)
    assert strengths[-1] == pytest.approx(1)


def test_a_round_trip_says_that_the_size_is_restored() -> None:
    _, scene = drawn(roundtrip(Conv((5, 7), 3, stride=2), PLUS))
    assert {"x", "y", "x′", "x′ − x", "5×7", "2×3", "5×7: the size of x"} <= set(words(scene, 0))


# Separable kernels.


def test_separable_passes_are_compared_at_the_end_only() -> None:
    made, scene = drawn(separable(SOBEL, 5))
    assert made.compared is not None
    whole, columns, rows = made.stages
    assert scene.steps == whole.count + columns.count + rows.count + 1
    _, first, _, _, last = planes_of(scene)
    results = [grid_of(in_cells(shapes_at(scene, scene.steps - 1), plane), plane) for plane in (first, last)]
    assert results == [written(made.planes(made.compared, 0))] * 2
    end = scene.steps - 1
    assert "same result" in words(scene, end)
    assert all("same result" not in words(scene, number) for number in (0, end - 1))
    outlines = lines(scene.moment(end), "reach")
    for plane in (first, last):
        for side in plane.outline(0, 0, plane.rows, plane.columns):
            assert any(np.allclose(side, other) for other in outlines)


def test_separable_counts_are_those_of_the_layers() -> None:
    chain = separable(SOBEL, 6)
    assert chain.compared is not None
    made, scene = drawn(chain)
    notes = [word for word in words(scene, 0) if "parameters" in word]
    assert len(notes) == 2
    one, two = notes
    columns, rows = chain.layers
    assert one.startswith(f"{chain.compared.parameters} parameters")
    assert two.startswith(f"3 + 3 = {chain.parameters} parameters")
    assert one.endswith(f"16·9 = {chain.compared.multiplications} in all")
    assert two.endswith(f"24·3 + 16·3 = {columns.multiplications + rows.multiplications} in all")
    assert chain.multiplications == 24 * 3 + 16 * 3
    assert made.compared is not None


def test_results_that_are_off_are_not_called_equal() -> None:
    whole = Conv(4, 2)
    chain = Chain(
        [Conv(4, (2, 1)), Conv((3, 4), (1, 2))],
        [[[1], [1]], [[1, 1]]],
        compared=whole,
        compared_kernel=[[1, 1], [1, 2]],
    )
    made, scene = drawn(chain, input=np.full((4, 4), 5))
    assert np.abs(difference_of(made)).max() == 5
    found = words(scene, scene.steps - 1)
    assert "off by up to 5" in found
    assert "same result" not in found


def test_without_numbers_separable_passes_are_equal_by_their_making() -> None:
    made = plan(Chain([Conv(4, (2, 1)), Conv((3, 4), (1, 2))], compared=Conv(4, 2)))
    scene = Scene.of(draw(made, Look(labels="letters", reveal=True)))
    assert "same result" in words(scene, scene.steps - 1)


ROW = [Conv(7, 3), Conv(5, 3)]


@pytest.mark.parametrize("layers", [ROW, [*ROW, Conv(3, 1)], [Conv(7, 5)]])
def test_only_a_column_and_a_row_are_called_so(layers: list[Conv]) -> None:
    scene = animate(Chain(layers, compared=Conv(7, 5))).scene
    found = " ".join(words(scene, scene.steps - 1))
    assert "column" not in found
    assert "off by up to" in found or "same result" in found
    assert f"{sum(layer.parameters for layer in layers)} parameters" in found


def test_separable_kernels_are_named_by_their_part() -> None:
    _, scene = drawn(separable(SOBEL, 5))
    assert {"kernel 3×3", "= column · row", "column 3×1", "row 1×3"} <= set(words(scene, 0))
    _, strided = drawn(separable(SOBEL, 7, stride=2))
    assert {"column 3×1", "3×1, stride 2×1"} <= set(words(strided, 0))


def test_names_of_separable_kernels_stand_right_above_them() -> None:
    picture = draw(plan(separable(SOBEL, 5), seed=3), LOOK)
    assert isinstance(picture, Flat)
    tops = {
        picture.name_of(stage): own[0].box[1]
        for stage in picture.plan.walked
        for own in picture.kernels_of(stage).values()
    }
    heights = {word.said: word.at[1] for word in standing(picture.words())}
    assert tops["column 3×1"] - heights["column 3×1"] < 2 * picture.size
    assert tops["row 1×3"] - heights["row 1×3"] < 2 * picture.size
    # Another line stands below the name of the kernel as a whole.
    assert tops["kernel 3×3"] - heights["kernel 3×3"] < 3.5 * picture.size


def test_the_sum_stands_below_the_path_that_it_belongs_to() -> None:
    _, scene = drawn(separable(SOBEL, 5))
    planes = planes_of(scene)
    upper, lower = (max(float(plane.corners()[:, 1].max()) for plane in own) for own in (planes[:2], planes[2:]))
    heights = [
        sorted({round(word.at[1], 3) for word in standing(scene.moment(number)) if word.of.key == Key("sum")})
        for number in range(scene.steps - 1)
    ]
    assert all(upper < one < lower < other for one, other in heights)


def test_a_round_trip_marks_what_the_layer_at_work_makes_and_nothing_else() -> None:
    made, scene = drawn(roundtrip(Conv(4, 3)), method="scatter")
    for number in range(scene.steps - 1):
        moment = scene.moment(number)
        target = made.stages[made.step(number).stage].target
        assert {shape.key.of[0] for shape in moment if shape.key and shape.key.what == "made"} == {target}
        assert len({round(word.at[1], 3) for word in standing(moment) if word.of.key == Key("sum")}) == 1


def test_both_paths_work_towards_one_cell_at_every_step() -> None:
    made, scene = drawn(separable(SOBEL, 5))
    whole = next(stage for stage in made.stages if stage not in made.main)
    cells = {number: made.place(number)[2] for number in range(len(made)) if made.place(number)[0] is whole}
    for number in range(scene.steps - 1):
        keys = [shape.key for shape in scene.moment(number) if shape.key]
        reaches = [key.of[0] for key in keys if key.what == "reach"]
        assert [one < 2 for one in sorted(reaches)] == [True, False]
        stage, _, place = made.place(number)
        if stage is made.last:
            assert place == cells[max(one for one in cells if one < number)]


def test_words_are_never_written_twice_into_a_cell_at_work() -> None:
    _, scene = drawn(Chain(STACKS["convs"]))
    for number in range(scene.steps):
        found = [word.at for shape in scene.moment(number) for word in words_of(shape)]
        assert len(found) == len(set(found))


@pytest.mark.parametrize("first", ["shifts", "sheets", "still", "core"])
def test_two_paths_stand_as_far_apart_whatever_is_asked_first(first: str) -> None:
    pictures = [VIEWS["flat"].draw(plan(separable([[1, 2], [2, 4]], 5), seed=0), Look(labels="numbers")) for _ in "ab"]
    getattr(pictures[0], first)
    boxes = [[sheet.box for sheet in picture.sheets.values()] for picture in pictures]
    assert boxes[0] == boxes[1]


@pytest.mark.parametrize(
    ("layers", "named"),
    [
        ([Conv(6, 3), Conv(4, 2)], ["layer 1 kernel", "layer 2 kernel"]),
        ([Conv(6, 3), MaxPool(4, 2)], ["kernel"]),
        (
            [Conv(6, 3, in_channels=2), Conv(4, 2)],
            ["layer 1 kernel", "layer 1 kernel", "layer 2 kernel"],
        ),
    ],
)
def test_kernels_between_planes_are_called_so(layers: list[Layer], named: list[str]) -> None:
    said = [
        word
        for one in shapes_at(animate(Chain(layers), view="flat").scene, 0)
        if isinstance(one, Texts)
        for word in one.words
    ]
    assert sorted(word for word in said if "kernel" in word) == named


def test_the_name_of_a_layer_stands_right_above_its_kernel_beside_a_high_input() -> None:
    ground = animate(DepthwiseSeparable(2, 2, 3, 9, stride=3), view="flat").scene.ground
    (name,) = (word for word in standing(ground) if word.said == "depthwise conv")
    top = min(float(one.quads[..., 1].min()) for one in ground if isinstance(one, Cells) and one.role == "input")
    assert name.exact[1] > top + 1
