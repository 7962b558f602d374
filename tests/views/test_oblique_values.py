"""Numbers and letters on the planes of the guide's view."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

from convanim import AvgPool, Conv, ConvTranspose, Layer, MaxPool, Plan, plan
from convanim.scene import Cells, Scene, Texts
from convanim.views import Look
from convanim.views.oblique import _Drawing, draw
from convanim.views.plane import OBLIQUE
from tests.strategies import layers
from tests.views.helpers import grid_of, in_cells, places_of, shapes_at, standing, written

LOOK = Look(labels="numbers", reveal=True)


def drawn(layer: Layer, look: Look = LOOK, **values: Any) -> tuple[Plan, _Drawing, Scene]:
    made = plan(layer, **(values or {"seed": 3}))
    return made, _Drawing(made, look), draw(made, look)


@pytest.mark.parametrize(
    ("layer", "ends", "mode", "held"),
    [
        (Conv(4, 3, padding=1), [(1, 1), (1, 1)], "constant", 0),
        (Conv((3, 4), 3, padding=((2, 0), (1, 2))), [(2, 0), (1, 2)], "constant", 0),
        (MaxPool(4, 3, stride=1, padding=1), [(1, 1), (1, 1)], "constant", -np.inf),
        (Conv(4, 3, padding=1, padding_mode="reflect"), [(1, 1), (1, 1)], "reflect", None),
        (Conv(4, 3, padding=2, padding_mode="replicate"), [(2, 2), (2, 2)], "edge", None),
        (Conv(4, 3, padding=1, padding_mode="circular"), [(1, 1), (1, 1)], "wrap", None),
    ],
)
def test_the_padded_input_says_what_it_holds(layer: Layer, ends: Any, mode: Any, held: float | None) -> None:
    made, drawing, scene = drawn(layer)
    assert made.input is not None
    more = {} if held is None else {"constant_values": held}
    expected = np.pad(made.input.astype(object), ends, mode, **more)
    plane = drawing.sheet.plane
    assert grid_of(in_cells(scene.ground, plane), plane) == written(expected)


def test_inserted_zeros_say_so() -> None:
    made, drawing, scene = drawn(ConvTranspose(2, 2, 2), input=[[1, 2], [3, 4]], kernel=[[1, 2], [3, 4]])
    plane = drawing.sheet.plane
    assert grid_of(in_cells(scene.ground, plane), plane) == [
        ["0", "0", "0", "0", "0"],
        ["0", "1", "0", "2", "0"],
        ["0", "0", "0", "0", "0"],
        ["0", "3", "0", "4", "0"],
        ["0", "0", "0", "0", "0"],
    ]
    assert made.is_valued


@pytest.mark.parametrize("layer", [Conv(4, 3, padding=1), ConvTranspose(2, 3, 2), Conv((6,), 2, dilation=2)])
def test_weights_stand_in_the_corners_of_the_cells_that_they_meet(layer: Layer) -> None:
    made, drawing, scene = drawn(layer)
    plane = drawing.sheet.plane
    assert made.kernel is not None
    order = np.flip(made.kernel) if layer.operation == "conv_transpose" else made.kernel
    for number, step in enumerate(made):
        chips = in_cells(scene.moment(number), plane, chips=True)
        places = [(0, *place)[-2:] for place in (step.reads.position - np.array(made.grid.start)).tolist()]
        found = [chips[place].said for place in places]
        assert found == [str(weight) for weight in order.ravel().tolist()]
        assert len(chips) == len(places)
        for (row, column), chip in chips.items():
            inside = plane.places(np.array([chip.at]))[0] - [row, column]
            assert (inside > 0.5).all()
            assert (inside < 1).all()
        quads = [shape.quads for shape in scene.moment(number) if isinstance(shape, Cells) and shape.role == "kernel"]
        corners = plane.places(np.concatenate(quads).reshape(-1, 2)).reshape(-1, 4, 2) - np.array(places)[:, None]
        assert (corners >= 0).all()
        assert (corners <= 1).all()


def test_pooling_has_no_chips() -> None:
    for layer in (MaxPool(4, 2), AvgPool(4, 2)):
        _, drawing, scene = drawn(layer)
        assert not in_cells(scene.moment(0), drawing.sheet.plane, chips=True)


def test_the_output_fills_cell_by_cell() -> None:
    made, drawing, scene = drawn(Conv(4, 2))
    assert made.values is not None
    plane, expected = drawing.output, [word for row in written(made.values.output) for word in row]
    assert not in_cells(scene.ground, plane)
    for number in range(9):
        found = [word for row in grid_of(in_cells(shapes_at(scene, number), plane), plane) for word in row]
        assert found == expected[: number + 1] + [""] * (8 - number)


def test_without_reveal_the_output_is_there_from_the_start() -> None:
    made, drawing, scene = drawn(Conv(4, 2), Look(labels="numbers"))
    assert made.values is not None
    assert grid_of(in_cells(scene.ground, drawing.output), drawing.output) == written(made.values.output)


def test_words_at_work_are_bold_and_stand_on_shadow() -> None:
    _, drawing, scene = drawn(Conv(4, 3, padding=1))
    for plane, role in ((drawing.sheet.plane, "input"), (drawing.output, "output")):
        words = in_cells(shapes_at(scene, 5), plane)
        bold = {place for place, word in words.items() if word.of.face == "bold"}
        assert bold == {place for place, word in words.items() if word.of.shaded}
        assert set(places_of(scene.moment(5), plane, role, True)) <= bold


def test_words_lie_in_their_planes() -> None:
    _, _, scene = drawn(Conv(4, 3))
    texts = [shape for shape in shapes_at(scene, 0) if isinstance(shape, Texts)]
    assert {(text.across, text.down) for text in texts} == {(OBLIQUE.across, OBLIQUE.down)}


def test_letters_name_the_cells() -> None:
    _, drawing, scene = drawn(Conv((2, 10), 2), Look(labels="letters"))
    shapes = shapes_at(scene, 0)
    plane = drawing.sheet.plane
    assert grid_of(in_cells(shapes, plane), plane) == [[f"x_{r},{c}" for c in range(1, 11)] for r in (1, 2)]
    assert grid_of(in_cells(shapes, drawing.output), drawing.output) == [[f"y_1{c}" for c in range(1, 10)]]
    assert sorted(chip.said for chip in in_cells(shapes, plane, chips=True).values()) == [
        "w_11",
        "w_12",
        "w_21",
        "w_22",
    ]


def test_letters_of_a_transposed_kernel_are_turned_round() -> None:
    made, drawing, scene = drawn(ConvTranspose(2, 2), Look(labels="letters"))
    chips = in_cells(scene.moment(0), drawing.sheet.plane, chips=True)
    assert [chips[place].said for place in sorted(chips)] == ["w_22", "w_21", "w_12", "w_11"]
    assert len(made) == 9


def test_no_labels_leave_no_words() -> None:
    _, _, scene = drawn(Conv(4, 3, padding=1), Look())
    assert not any(standing(shapes_at(scene, number)) for number in range(scene.steps))


def test_numbers_can_stand_without_chips_or_chips_be_left_out_with_them() -> None:
    _, drawing, scene = drawn(Conv(4, 3), Look(labels="numbers", has_chips=False))
    assert not in_cells(scene.moment(0), drawing.sheet.plane, chips=True)
    assert len(in_cells(scene.ground, drawing.sheet.plane)) == 16
    (middle,) = drawing.sheet.plane.places(np.array([in_cells(scene.ground, drawing.sheet.plane)[1, 2].at]))
    np.testing.assert_allclose(middle, [1.5, 2.5], atol=1e-5)


def test_decimals_are_as_many_as_asked_for() -> None:
    for decimals, expected in ((0, "1"), (2, "0.67"), (4, "0.6667")):
        made = plan(AvgPool(3, 3), input=[[2, 2, 2], [0, 0, 0], [0, 0, 0]])
        scene = draw(made, Look(labels="numbers", decimals=decimals))
        drawing = _Drawing(made, Look(labels="numbers", decimals=decimals))
        assert in_cells(scene.ground, drawing.output)[0, 0].said == expected


def test_shades_stand_in_place_of_colours_and_words_keep_their_contrast() -> None:
    _, drawing, scene = drawn(
        Conv(3, 2), Look(labels="numbers", has_shades=True), input=np.arange(9).reshape(3, 3), kernel=[[1, 1], [1, 1]]
    )
    words = in_cells(scene.ground, drawing.sheet.plane)
    assert [words[place].tone for place in np.ndindex(3, 3)] == pytest.approx([n / 8 for n in range(9)], abs=1e-3)
    (own,) = [shape for shape in scene.ground if isinstance(shape, Cells) and shape.role == "input"]
    assert own.tones is not None


@given(layers(dims=2))
@settings(max_examples=30)
def test_every_layer_ends_with_its_whole_output(layer: Layer) -> None:
    made, drawing, scene = drawn(layer)
    assert made.values is not None
    shapes = shapes_at(scene, scene.steps - 1)
    assert grid_of(in_cells(shapes, drawing.output), drawing.output) == written(made.values.output)
