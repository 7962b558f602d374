"""Numbers and letters on the planes of the guide's view."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

from convanim import AvgPool, Conv, ConvTranspose, Layer, MaxPool, Plan, plan
from convanim.views import Look
from convanim.views.oblique import draw
from convanim.views.plane import FLAT, OBLIQUE, Plane
from convanim.views.scene import Cells, Key, Scene, Texts
from tests.helpers import numbers_of, output_of, taps_of
from tests.strategies import layers
from tests.views.helpers import grid_of, in_cells, places_of, shapes_at, standing, written

LOOK = Look(labels="numbers", reveal=True)


def drawn(layer: Layer, look: Look = LOOK, **values: Any) -> tuple[Plan, Plane, Plane, Scene]:
    """Return a plan, the planes of its input and of its output, and its scene."""
    made = plan(layer, **(values or {"seed": 3}))
    picture = draw(made, look)
    below, above = (sheet.plane for sheet in picture.sheets.values())
    return made, below, above, Scene.of(picture)


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
    made, plane, _, scene = drawn(layer)
    more = {} if held is None else {"constant_values": held}
    expected = np.pad(made.planes(0, 0).astype(object), ends, mode, **more)
    assert grid_of(in_cells(scene.ground, plane), plane) == written(expected)


def test_inserted_zeros_say_so() -> None:
    made, plane, _, scene = drawn(ConvTranspose(2, 2, 2), input=[[1, 2], [3, 4]], kernel=[[1, 2], [3, 4]])
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
    made, plane, _, scene = drawn(layer)
    _, kernel, _ = numbers_of(made)
    order = np.flip(kernel) if layer.operation == "conv_transpose" else kernel
    for number, step in enumerate(made):
        chips = in_cells(scene.moment(number), plane, chips=True)
        places = [(0, *place)[-2:] for place in (taps_of(step).position - np.array(made.grid.start)).tolist()]
        found = [chips[place].said for place in places]
        assert found == [str(weight) for weight in order.ravel().tolist()]
        assert len(chips) == len(places)
        for (row, column), chip in chips.items():
            inside = plane.places(np.array([chip.at]))[0] - [row, column]
            assert (inside > 0.5).all()
            assert (inside < 1).all()
        quads = [
            shape.quads
            for shape in scene.moment(number)
            if isinstance(shape, Cells) and shape.role == "kernel" and shape.key == Key("kernel chip")
        ]
        corners = plane.places(np.concatenate(quads).reshape(-1, 2)).reshape(-1, 4, 2) - np.array(places)[:, None]
        assert (corners >= 0).all()
        assert (corners <= 1).all()


def test_pooling_has_no_chips() -> None:
    for layer in (MaxPool(4, 2), AvgPool(4, 2)):
        _, plane, _, scene = drawn(layer)
        assert not in_cells(scene.moment(0), plane, chips=True)


def test_the_output_fills_cell_by_cell() -> None:
    made, _, plane, scene = drawn(Conv(4, 2))
    expected = [word for row in written(output_of(made)) for word in row]
    assert not in_cells(scene.ground, plane)
    for number in range(9):
        found = [word for row in grid_of(in_cells(shapes_at(scene, number), plane), plane) for word in row]
        assert found == expected[: number + 1] + [""] * (8 - number)


def test_without_reveal_the_output_is_there_from_the_start() -> None:
    made, _, plane, scene = drawn(Conv(4, 2), Look(labels="numbers"))
    assert grid_of(in_cells(scene.ground, plane), plane) == written(output_of(made))


def test_words_at_work_are_bold_and_stand_on_shadow() -> None:
    _, below, above, scene = drawn(Conv(4, 3, padding=1))
    for plane, role in ((below, "input"), (above, "output")):
        words = in_cells(shapes_at(scene, 5), plane)
        bold = {place for place, word in words.items() if word.of.face == "bold"}
        assert bold == {place for place, word in words.items() if word.of.shaded}
        assert set(places_of(scene.moment(5), plane, role, True)) <= bold


def test_words_lie_in_their_planes() -> None:
    _, _, _, scene = drawn(Conv(4, 3))
    texts = [shape for shape in shapes_at(scene, 0) if isinstance(shape, Texts)]
    lying, upright = (
        {(text.across, text.down) for text in texts if (text.key == Key("sum")) is is_sum} for is_sum in (False, True)
    )
    beside = OBLIQUE.scaled(0.8)
    assert lying == {(OBLIQUE.across, OBLIQUE.down), (beside.across, beside.down)}
    assert upright == {(FLAT.across, FLAT.down)}


def test_letters_name_the_cells() -> None:
    _, plane, above, scene = drawn(Conv((2, 10), 2), Look(labels="letters"))
    shapes = shapes_at(scene, 0)
    assert grid_of(in_cells(shapes, plane), plane) == [[f"x_{r},{c}" for c in range(1, 11)] for r in (1, 2)]
    assert grid_of(in_cells(shapes, above), above) == [[f"y_1,{c}" for c in range(1, 10)]]
    assert sorted(chip.said for chip in in_cells(shapes, plane, chips=True).values()) == [
        "w_1,1",
        "w_1,2",
        "w_2,1",
        "w_2,2",
    ]


def test_letters_of_a_transposed_kernel_are_turned_round() -> None:
    made, plane, _, scene = drawn(ConvTranspose(2, 2), Look(labels="letters"))
    chips = in_cells(scene.moment(0), plane, chips=True)
    assert [chips[place].said for place in sorted(chips)] == ["w_22", "w_21", "w_12", "w_11"]
    assert len(made) == 9


def test_no_labels_leave_no_words() -> None:
    _, _, _, scene = drawn(Conv(4, 3, padding=1), Look())
    assert not any(standing(shapes_at(scene, number)) for number in range(scene.steps))


def test_numbers_can_stand_without_chips_or_chips_be_left_out_with_them() -> None:
    _, plane, _, scene = drawn(Conv(4, 3), Look(labels="numbers", has_chips=False))
    assert not in_cells(scene.moment(0), plane, chips=True)
    assert len(in_cells(scene.ground, plane)) == 16
    (middle,) = plane.places(np.array([in_cells(scene.ground, plane)[1, 2].at]))
    np.testing.assert_allclose(middle, [1.5, 2.5], atol=1e-5)


def test_decimals_are_as_many_as_asked_for() -> None:
    for decimals, expected in ((0, "1"), (2, "0.67"), (4, "0.6667")):
        given = [[2, 2, 2], [0, 0, 0], [0, 0, 0]]
        _, _, plane, scene = drawn(AvgPool(3, 3), Look(labels="numbers", decimals=decimals), input=given)
        assert in_cells(scene.ground, plane)[0, 0].said == expected


def test_shades_stand_in_place_of_colours_and_words_keep_their_contrast() -> None:
    _, plane, _, scene = drawn(
        Conv(3, 2), Look(labels="numbers", has_shades=True), input=np.arange(9).reshape(3, 3), kernel=[[1, 1], [1, 1]]
    )
    words = in_cells(scene.ground, plane)
    assert [words[place].tone for place in np.ndindex(3, 3)] == pytest.approx([n / 8 for n in range(9)], abs=1e-3)
    (own,) = [shape for shape in scene.ground if isinstance(shape, Cells) and shape.role == "input"]
    assert own.tones is not None


@given(layers(dims=2))
@settings(max_examples=30)
def test_every_layer_ends_with_its_whole_output(layer: Layer) -> None:
    made, _, plane, scene = drawn(layer)
    shapes = shapes_at(scene, scene.steps - 1)
    assert grid_of(in_cells(shapes, plane), plane) == written(output_of(made))
