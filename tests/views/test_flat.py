"""The flat view, asked by role and place: kernel, input, output, and the sum of each step."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

from convanim import AvgPool, Conv, ConvGeneral, ConvTranspose, Layer, MaxPool, Plan, Upsample, animate, plan
from convanim.layers.axis import Kind
from convanim.views import Look
from convanim.views.flat import draw
from convanim.views.plane import Plane
from convanim.views.scene import Cells, Key, Scene, Texts
from tests.helpers import numbers_of, operands_of, output_of, taps_of
from tests.strategies import layers
from tests.views.helpers import (
    beside,
    counts,
    grid_of,
    in_cells,
    lines,
    places_of,
    plane_of,
    said,
    shapes_at,
    sheet_of,
    spot,
    standing,
    sum_line,
    tiles,
    value,
    written,
)
from tests.views.measures import Picture

LOOK = Look(labels="numbers")
LETTERS = Look(labels="letters")
KINDS: list[Layer] = [
    Conv(5, 3, padding=1),
    Conv((4, 6), (2, 3), stride=(1, 2), padding=((0, 1), (2, 0))),
    Conv(6, 2, dilation=3),
    Conv((8,), 3, padding="causal"),
    ConvTranspose(3, 3, 2, 1, 1),
    ConvTranspose((2, 3), (3, 2), dilation=2),
    MaxPool(4, 3, stride=2, padding=1),
    MaxPool(5, 2, ceil_mode=True),
    AvgPool(5, 3, stride=2, padding=1),
    AvgPool(5, 2, ceil_mode=True, count_include_pad=False),
]
NAMES = [f"{layer.operation}-{number}" for number, layer in enumerate(KINDS)]


def scene_of(made: Plan, look: Look) -> Scene:
    # Outputs are blank until they are computed, as they are by default where anything stands in the cells.
    return Scene.of(draw(made, replace(look, reveal=True)))


def drawn(layer: Layer, look: Look = LOOK, **values: Any) -> tuple[Plan, Scene]:
    made = plan(layer, **(values or {"seed": 3}))
    return made, scene_of(made, look)


def input_of(scene: Scene) -> Plane:
    return sheet_of(scene, 0)


def result_of(scene: Scene) -> Plane:
    return sheet_of(scene, 1)


def padded(made: Plan) -> np.ndarray:
    """Return what the padded, stretched input holds, by its own sizes alone; −∞ where nothing counts."""
    grid = made.planes(0, 0).astype(object)
    for number, axis in enumerate(made.last.layer.axes):
        if axis.spacing > 1:
            places = np.repeat(np.arange(1, axis.size), axis.spacing - 1)
            grid = np.insert(grid, places, 0, axis=number)
    empty: Any = -np.inf if isinstance(made.layer, MaxPool) else 0
    return np.pad(grid, [(axis.low, axis.high) for axis in made.last.layer.axes], constant_values=empty)


def output_words(made: Plan) -> list[list[str]]:
    return written(output_of(made))


@pytest.mark.parametrize("layer", [one for one in KINDS if not getattr(one, "ceil_mode", False)])
def test_the_input_shows_its_numbers_and_what_padding_holds(layer: Layer) -> None:
    made, scene = drawn(layer)
    plane = input_of(scene)
    assert grid_of(in_cells(scene.ground, plane), plane) == written(padded(made))


@pytest.mark.parametrize(("mode", "as_numpy"), [("reflect", "reflect"), ("replicate", "edge"), ("circular", "wrap")])
def test_copied_padding_shows_what_it_copies(mode: str, as_numpy: Any) -> None:
    made, scene = drawn(Conv((4, 5), 3, padding=((1, 2), (3, 1)), padding_mode=mode))
    plane = input_of(scene)
    assert grid_of(in_cells(scene.ground, plane), plane) == written(
        np.pad(made.planes(0, 0), [(1, 2), (3, 1)], as_numpy)
    )


def test_nothing_is_said_beyond_the_input() -> None:
    _, scene = drawn(MaxPool(5, 2, ceil_mode=True))
    found = in_cells(scene.ground, replace(input_of(scene), rows=6, columns=6))
    assert {place for place in np.ndindex(6, 6) if place not in found} == {
        place for place in np.ndindex(6, 6) if max(place) == 5
    }


def test_cropped_cells_keep_their_numbers() -> None:
    made, scene = drawn(ConvTranspose(5, 2, padding=2))
    plane = input_of(scene)
    assert grid_of(in_cells(scene.ground, plane), plane) == written(made.planes(0, 0))
    assert counts(scene.ground)["input_unread"] == 16


@pytest.mark.parametrize("layer", KINDS, ids=NAMES)
def test_the_weights_stand_in_the_corners_of_the_cells_that_they_meet(layer: Layer) -> None:
    made, scene = drawn(layer)
    plane, (_, kernel, _) = input_of(scene), numbers_of(made)
    for number, step in enumerate(made):
        chips = in_cells(scene.moment(number), plane, chips=True)
        if kernel is None:
            assert not chips
            continue
        window = [axis.window(int(cell)) for axis, cell in zip(layer.axes, step.writes[0], strict=True)]
        stored = np.flip(kernel) if layer.operation == "conv_transpose" else kernel
        places = [[q - start for q in places] for places, start in zip(window, made.grid.start, strict=True)]
        expected = {
            (0, *place)[-2:]: str(weight)
            for place, weight in zip(
                np.stack(np.meshgrid(*places, indexing="ij"), axis=-1).reshape(-1, layer.dims).tolist(),
                stored.ravel().tolist(),
                strict=True,
            )
        }
        assert {place: chip.said for place, chip in chips.items()} == expected
        for (row, column), chip in chips.items():
            own = plane.places(np.array([chip.at]))[0] - [row, column]
            assert (own > 0.5).all()
            assert (own < 1).all()


@pytest.mark.parametrize("layer", KINDS, ids=NAMES)
def test_words_under_the_kernel_and_of_the_current_cell_are_bold(layer: Layer) -> None:
    made, scene = drawn(layer)
    number = len(made) // 2
    shapes = shapes_at(scene, number)
    for plane, role in ((input_of(scene), "input"), (result_of(scene), "output")):
        bold = {place for place, word in in_cells(shapes, plane).items() if word.of.face == "bold"}
        shaded = {place for role_ in (role, *counts(shapes, True)) for place in places_of(shapes, plane, role_, True)}
        assert bold == {place for place in shaded if place in in_cells(shapes, plane)}
        assert bold


@pytest.mark.parametrize("layer", KINDS, ids=NAMES)
def test_the_output_fills_cell_by_cell(layer: Layer) -> None:
    made, scene = drawn(layer)
    plane = result_of(scene)
    expected = [word for row in output_words(made) for word in row]
    assert grid_of(in_cells(scene.ground, plane), plane) == [[""] * plane.columns] * plane.rows
    assert counts(scene.ground)["pending"] == len(expected)
    assert scene.steps == len(expected)
    for number in range(scene.steps):
        assert counts(scene.marks(range(number, number + 1)))["output"] == 1
        shapes = (*scene.ground, *scene.marks(range(number + 1)))
        found = [word for row in grid_of(in_cells(shapes, plane), plane) for word in row]
        assert found == expected[: number + 1] + [""] * (len(expected) - number - 1)


@pytest.mark.parametrize("layer", KINDS, ids=NAMES)
def test_marks_of_several_steps_are_those_of_each(layer: Layer) -> None:
    _, scene = drawn(layer)
    plane = result_of(scene)
    last = scene.steps - 1
    together = in_cells((*scene.ground, *scene.marks(range(last))), plane)
    apart = in_cells((*scene.ground, *(s for n in range(last) for s in scene.marks(range(n, n + 1)))), plane)
    assert grid_of(together, plane) == grid_of(apart, plane)


@pytest.mark.parametrize("layer", KINDS, ids=NAMES)
def test_the_sum_repeats_the_cells_of_the_step_in_order(layer: Layer) -> None:
    made, scene = drawn(layer)
    plane = input_of(scene)
    for number, step in enumerate(made):
        line = sum_line(scene, number)
        shown = tiles(line)
        read = shown[:-1:2] if layer.is_weighted else shown[:-1]
        places = (taps_of(step).position - np.array(made.grid.start)).tolist()
        cells = [(0, *place)[-2:] for place in places]
        words = in_cells(scene.ground, plane)
        # What hangs over the input says nothing.
        assert [word.said for word in read] == [words[cell].said for cell in cells if cell in words]
        assert [word.of.on for word in read] == [words[cell].of.on for cell in cells if cell in words]
        if layer.is_weighted:
            _, weights = operands_of(made, step)
            assert [word.said for word in shown[1:-1:2]] == [str(weight) for weight in weights]
            assert {word.of.on for word in shown[1:-1:2]} == {"kernel"}


@pytest.mark.parametrize("layer", KINDS, ids=NAMES)
def test_the_sum_comes_to_what_the_output_cell_says(layer: Layer) -> None:
    made, scene = drawn(layer)
    for number, expected in enumerate(output_of(made).ravel().tolist()):
        line = sum_line(scene, number)
        *sides, result = said(line).replace("≈", "=").split("=")
        assert line[-1].of.on == "output"
        assert line[-1].of.shaded
        (current,) = [
            word
            for word in in_cells(shapes_at(scene, number), result_of(scene)).values()
            if word.of.shaded and word.of.on == "output"
        ]
        assert result == line[-1].said == current.said
        for side in sides:
            if "(,)" not in side and ",," not in side:
                assert value(side.replace("(+", "(").replace(",)", ")")) == pytest.approx(expected, abs=0.005)


@pytest.mark.parametrize(("labels", "size"), [("numbers", 8), ("letters", 8), ("numbers", 6)])
def test_a_long_sum_is_shortened_in_the_middle_and_ends_in_the_result(labels: str, size: int) -> None:
    made, scene = drawn(Conv(8, size), Look(labels=labels))
    for number in range(scene.steps):
        line = sum_line(scene, number)
        shown = [word.said for word in tiles(line)]
        assert [word.said for word in line].count("…") == 1
        assert {"=", "≈"} & {word.said for word in line}
        assert 3 * 2 < len(shown) < 2 * size * size
        step = made.step(number)
        if labels == "numbers":
            every = [str(one) for pair in zip(*operands_of(made, step), strict=True) for one in pair]
            before = sum(word.said in "…·+" for word in line[: [word.said for word in line].index("…")])
            assert shown[:before] == every[:before]
            assert shown[before:-1] == every[before - len(shown) + 1 :]
            assert shown[-1] == str(made.value(step))
        else:
            assert shown[1] == "w_11"
            assert shown[-2] == f"w_{size}{size}"
            assert shown[-1].startswith("y_")
        around = [word.said for word in line].index("…")
        assert [line[around - 1].said, line[around + 1].said] == ["+", "+"]


@given(layers(dims=2))
@settings(max_examples=30)
def test_no_sum_is_wider_than_the_picture(layer: Layer) -> None:
    _, scene = drawn(layer)
    left, _, right, bottom = scene.bounds
    for number in {0, scene.steps // 2, scene.steps - 1}:
        for shape in scene.moment(number):
            if isinstance(shape, Cells):
                assert shape.quads[..., 0].min() >= left - 1e-6
                assert shape.quads[..., 0].max() <= right + 1e-6
                assert shape.quads[..., 1].max() <= bottom + 1e-6


def test_the_sum_stands_at_the_same_height_in_every_step() -> None:
    for layer in (Conv(5, 3, padding=1), AvgPool(5, 3, padding=1, count_include_pad=False), MaxPool(4, 2)):
        _, scene = drawn(layer)
        assert len({sum_line(scene, number)[0].at[1] for number in range(scene.steps)}) == 1


def middle_of(rings: np.ndarray) -> list[tuple[float, float]]:
    """Return the middles of some rings, each of four sides."""
    return [spot(*ring[:, 0].mean(axis=0)) for ring in rings.reshape(-1, 4, 2, 2)]


def cell_middle(plane: Plane, row: int, column: int) -> tuple[float, float]:
    return spot(*plane.points(np.array([row + 0.5, column + 0.5])))


@pytest.mark.parametrize("layer", [MaxPool(5, 3, stride=1), MaxPool(4, 3, stride=2, padding=1), MaxPool((7,), 2)])
def test_the_greatest_of_a_window_is_ringed_in_the_input_and_in_the_sum(layer: Layer) -> None:
    made, scene = drawn(layer)
    for number, step in enumerate(made):
        x, _ = made.operands(step, step.reads[0], 0)
        won = int(np.argmax([-np.inf if value is None else value for value in x]))
        row, column = (0, *(taps_of(step).position[won] - np.array(made.grid.start)).tolist())[-2:]
        found = middle_of(lines(scene.moment(number), "winner"))
        assert len(found) == 2
        assert cell_middle(input_of(scene), row, column) in found
        assert tiles(sum_line(scene, number))[won].at in found


def test_letters_have_no_winner() -> None:
    made = plan(MaxPool(4, 2))
    assert not len(lines(scene_of(made, LETTERS).moment(0), "winner"))


@pytest.mark.parametrize("counts_padding", [True, False])
def test_averages_show_what_they_divide_by(counts_padding: bool) -> None:
    made, scene = drawn(AvgPool(4, 3, stride=1, padding=1, count_include_pad=counts_padding))
    divisors = [step.divisor for step in made]
    assert len(set(divisors)) == (1 if counts_padding else 3)
    for number, divisor in enumerate(divisors):
        first, *_ = said(sum_line(scene, number)).replace("≈", "=").split("=")
        assert first.startswith("(")
        assert first.endswith(f")÷{divisor}")


def test_letters_name_every_cell_by_row_and_column() -> None:
    _, scene = drawn(Conv((3, 4), 2), LETTERS)
    for plane, letter, chips, shapes in (
        (input_of(scene), "x", False, scene.ground),
        (beside(scene.ground, "kernel")[0], "w", True, scene.ground),
        (result_of(scene), "y", False, shapes_at(scene, scene.steps - 1)),
    ):
        expected = [[f"{letter}_{r + 1}{c + 1}" for c in range(plane.columns)] for r in range(plane.rows)]
        assert grid_of(in_cells(shapes, plane, chips), plane) == expected
    assert said(sum_line(scene, 1)) == "x_12·w_11+x_13·w_12+x_22·w_21+x_23·w_22=y_12"


def test_letters_have_a_comma_from_ten_on() -> None:
    _, scene = drawn(Conv((2, 10), 2), LETTERS)
    assert in_cells(scene.ground, input_of(scene))[1, 9].said == "x_2,10"
    assert in_cells(scene.ground, beside(scene.ground, "kernel")[0], True)[1, 1].said == "w_2,2"


def test_padding_among_letters_is_a_number() -> None:
    _, scene = drawn(Conv(2, 2, padding=1), LETTERS)
    assert in_cells(scene.ground, input_of(scene))[0, 0].said == "0"
    assert said(sum_line(scene, 0)) == "0·w_11+0·w_12+0·w_21+x_11·w_22=y_11"


def test_headings_have_letters_where_cells_do() -> None:
    for look, expected in ((LETTERS, {"w", "x", "y"}), (LOOK, set())):
        _, scene = drawn(Conv(3, 2), look)
        texts = [shape for shape in scene.ground if isinstance(shape, Texts) and shape.on is None]
        assert {word for text in texts if text.face == "italic" for word in text.words} == expected
        assert {"kernel", "input", "output"} <= {word.strip() for text in texts for word in text.words}


@pytest.mark.parametrize("layer", KINDS, ids=NAMES)
def test_no_labels_leave_no_words_but_inserted_zeros_in_cells_and_no_sum(layer: Layer) -> None:
    made = plan(layer, seed=0)
    scene = scene_of(made, Look(labels="none"))
    for number in range(scene.steps):
        shapes = shapes_at(scene, number)
        texts = [shape for shape in shapes if isinstance(shape, Texts) and shape.on is not None and not shape.is_mark]
        assert {text.on for text in texts} <= {"inserted"}
        assert {word for text in texts for word in text.words} <= {"0"}
        moving = [shape for shape in scene.moment(number) if isinstance(shape, Texts) and not shape.is_mark]
        assert {text.on for text in moving} <= {"inserted"}
    assert scene.bounds[3] < scene_of(made, LOOK).bounds[3]


def test_without_chips_the_numbers_move_to_the_middle() -> None:
    _, scene = drawn(Conv(4, 3), Look(labels="numbers", has_chips=False))
    assert in_cells(scene.ground, input_of(scene))[0, 0].at == cell_middle(input_of(scene), 0, 0)
    assert not in_cells(scene.moment(0), input_of(scene), chips=True)
    assert tiles(sum_line(scene, 0))


def test_without_cells_only_kernel_and_sum_are_written() -> None:
    _, scene = drawn(Conv(4, 3), Look(labels="numbers", has_cells=False))
    shapes = shapes_at(scene, 3)
    assert not in_cells(shapes, input_of(scene))
    assert not in_cells(shapes, result_of(scene))
    assert len(in_cells(shapes, beside(scene.ground, "kernel")[0], chips=True)) == 9
    assert len(tiles(sum_line(scene, 3))) == 19


def test_a_spread_input_is_shown_before_and_after_and_the_kernel_turned() -> None:
    _, scene = drawn(ConvTranspose(2, 3, 2), kernel=np.arange(9).reshape(3, 3), input=[[1, 2], [3, 4]])
    (unspread,) = [
        plane_of(shape.quads)
        for shape in scene.ground
        if isinstance(shape, Cells) and shape.role == "input" and np.ptp(shape.quads[0, :, 0]) < 0.99
    ]
    assert grid_of(in_cells(scene.ground, unspread), unspread) == [["1", "2"], ["3", "4"]]
    stored, rotated = (grid_of(in_cells(scene.ground, one, True), one) for one in beside(scene.ground, "kernel"))
    assert stored == written(np.arange(9).reshape(3, 3))
    assert rotated == written(np.arange(9)[::-1].reshape(3, 3))
    assert len(lines(scene.ground, "frame")) == 4


def test_shades_go_from_the_least_to_the_greatest() -> None:
    made, scene = drawn(
        Conv(3, 2), Look(labels="numbers", has_shades=True), input=np.arange(9).reshape(3, 3), kernel=[[1, 1], [1, 1]]
    )
    (own,) = [shape for shape in scene.ground if isinstance(shape, Cells) and shape.role == "input"]
    assert own.tones is not None
    np.testing.assert_allclose(own.tones, np.arange(9) / 8, atol=1e-3)
    results = [shape for shape in scene.marks(range(4)) if isinstance(shape, Cells)]
    tones = np.concatenate([shape.tones for shape in results if shape.tones is not None])
    output = output_of(made).ravel()
    np.testing.assert_allclose(tones, (output - output.min()) / (output.max() - output.min()), atol=1e-3)
    words = in_cells(shapes_at(scene, 3), input_of(scene))
    assert words[0, 0].tone == 0
    assert words[2, 2].tone == 1


@given(layers(dims=2))
@settings(max_examples=30)
def test_every_step_reads_writes_and_says_what_the_plan_does(layer: Layer) -> None:
    made, scene = drawn(layer)
    number = scene.steps // 2
    step, shapes = made.step(number), shapes_at(scene, number)
    start = np.array(made.grid.start)
    covered = sorted({tuple(place) for place in (taps_of(step).position - start).tolist()})
    plane = input_of(scene)
    beyond = made.grid.kind == Kind.OVERHANG
    shaded = sorted(
        place for role in counts(shapes, True) for place in places_of(scene.moment(number), plane, role, True)
    )
    assert shaded == [place for place in covered if not beyond[place]]
    assert places_of(scene.moment(number), result_of(scene), "output", True) == [tuple(step.writes[0].tolist())]
    assert grid_of(in_cells(shapes_at(scene, scene.steps - 1), result_of(scene)), result_of(scene)) == (
        output_words(made)
    )


@pytest.mark.parametrize("padding", [0, 1])
def test_the_frame_around_a_spread_input_runs_beside_its_cells_within_the_plane(padding: int) -> None:
    _, scene = drawn(ConvGeneral(3, 2, padding=padding, input_dilation=2))
    plane = input_of(scene)
    frame = plane.places(lines(scene.ground, "frame").reshape(-1, 2))
    first = padding - 0.05 * padding
    assert {round(float(one), 6) for one in frame.ravel()} == {first, plane.rows - first}


def test_inserted_zeros_are_written_where_nothing_else_is() -> None:
    zeros = [text for text in Scene.of(draw(plan(ConvTranspose(3, 3, 2, 1)), Look())).ground if isinstance(text, Texts)]
    assert [text.words for text in zeros if text.on] == [("0",) * 16]
    assert not [text for text in Scene.of(draw(plan(Conv(3, 3)), Look())).ground if isinstance(text, Texts) and text.on]


ROWS: list[Layer] = [
    Conv((7,), 3, dilation=2),
    Conv((6,), 3, padding="causal"),
    MaxPool((8,), 2),
    ConvTranspose((4,), 3, 2),
    Upsample((4,), 2),
]


@pytest.mark.parametrize("layer", ROWS, ids=lambda layer: layer.operation)
def test_of_one_axis_the_output_stands_below_the_input_and_rays_lead_down_to_it(layer: Layer) -> None:
    made, scene = drawn(layer)
    above, below = input_of(scene).corners(), result_of(scene).corners()
    assert above[:, 1].max() + 1 < below[:, 1].min()
    for number in range(len(made)):
        rays = lines(scene.moment(number), "ray")
        assert len(rays) == 2
        np.testing.assert_allclose(rays[:, :, 1], [[above[:, 1].max(), below[:, 1].min()]] * 2)


def test_the_name_of_an_output_below_is_clear_of_rays_and_cells() -> None:
    for layer in ROWS:
        shown = Picture(animate(layer, view="flat", values=True), 1)
        assert [*shown.overlapping(), *shown.covered(), *shown.crossed(), *shown.outside(6)] == []


def test_a_causal_output_begins_below_the_first_real_cell() -> None:
    _, scene = drawn(ROWS[1])
    assert result_of(scene).origin[0] == input_of(scene).origin[0] + 2


def test_a_dilated_kernel_of_one_axis_has_gaps_between_its_cells() -> None:
    _, scene = drawn(ROWS[0], kernel=[1, 2, 3], seed=1)
    (kernel,) = [shape for shape in scene.ground if isinstance(shape, Cells) and shape.role == "kernel"]
    lefts = kernel.quads[:, :, 0].min(axis=1)
    wide = np.ptp(kernel.quads[0, :, 0])
    np.testing.assert_allclose(lefts - lefts[0], [0, 2 * wide, 4 * wide])


def test_a_row_with_a_bias_has_a_kernel_with_a_name_and_nothing_beside_it() -> None:
    scene = animate(Conv((6,), 3, bias=True), view="flat", labels="numbers").scene
    words = [word for word in standing(shapes_at(scene, 0)) if word.of.key != Key("sum")]
    assert [word.said for word in words].count("kernel") == 1
    assert "intermediate" not in {word.of.on for word in words}


def test_crosses_on_greys_are_light_on_dark_cells() -> None:
    layer, values = MaxPool((2, 3), 2, 2), np.array([[5, 5, 0], [5, 5, 9]])
    _, scene = drawn(layer, Look(labels="numbers", has_shades=True), input=values)
    plane = input_of(scene)
    found = {
        role: plane.places(lines(scene.ground, role).mean(axis=(0, 1))[None])[0]
        for role in ("cross_on_dark", "cross_on_light")
    }
    assert found["cross_on_dark"].tolist() == pytest.approx([0.5, 2.5])
    assert found["cross_on_light"].tolist() == pytest.approx([1.5, 2.5])
