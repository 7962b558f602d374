"""Chains from above, asked by role and place: passes, round trips and separable kernels."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from convanim import AvgPool, Chain, Conv, ConvTranspose, Layer, MaxPool, plan
from convanim.chains import roundtrip, separable
from convanim.plans import ChainPlan, ScatterPlan
from convanim.scene import Cells, Scene, Texts
from convanim.values import signed, spell
from convanim.views import Look
from convanim.views.flat_chain import _Drawing, draw
from tests.views.helpers import (
    counts,
    grid_of,
    in_cells,
    lines,
    places_of,
    said,
    shapes_at,
    standing,
    sum_line,
    value,
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


def drawn(chain: Chain, look: Look = LOOK, **values: Any) -> tuple[ChainPlan, _Drawing, Scene]:
    made = plan(chain, **{"seed": 3, **values})
    return made, _Drawing(made, look), draw(made, look)


def words(scene: Scene, step: int) -> list[str]:
    return [word.said for word in standing(shapes_at(scene, step))]


@pytest.mark.parametrize("name", STACKS)
def test_every_step_of_every_layer_comes_in_order(name: str) -> None:
    made, drawing, scene = drawn(Chain(STACKS[name]))
    assert scene.steps == len(made)
    (row,) = drawing.rows
    for number in range(scene.steps):
        stage, own = made.place(number)
        moment = scene.moment(number)
        sheet = row.sheets[stage]
        after = row.output.plane if stage + 1 == len(made.plans) else row.sheets[stage + 1].plane
        role = "output" if stage + 1 == len(made.plans) else "intermediate"
        assert len(places_of(moment, after, role, True)) == 1
        step = made.plans[stage].step(own)
        covered = {(0, *place)[-2:] for place in (step.reads.position - np.array(sheet.grid.start)).tolist()}
        shaded = {place for one in counts(moment, True) for place in places_of(moment, sheet.plane, one, True)}
        assert shaded == {place for place in covered if sheet.roles[place] >= 0}


@pytest.mark.parametrize("name", STACKS)
def test_a_layers_result_is_blank_until_it_is_computed(name: str) -> None:
    made, drawing, scene = drawn(Chain(STACKS[name]))
    (row,) = drawing.rows
    for stage, one in enumerate(made.plans):
        assert one.values is not None
        after = row.output.plane if stage + 1 == len(made.plans) else row.sheets[stage + 1].plane
        places = [tuple(place) for place in np.argwhere(np.ones((1, *one.output_size)[-2:], bool)).tolist()]
        if stage + 1 < len(made.plans):
            sources = np.argwhere(np.ones(one.output_size, bool))
            places = [tuple(place) for place in row.sheets[stage + 1].places(sources).tolist()]
        results = [spell(result, 2) for result in one.values.output.ravel().tolist()]
        for number in range(scene.steps):
            done = min(max(number + 1 - made.starts[stage], 0), len(one))
            found = in_cells((*scene.ground, *scene.marks(range(number + 1))), after)
            assert [found[place].said for place in places if place in found] == results[:done]


def test_copies_of_a_result_follow_when_all_of_it_is_there() -> None:
    made, drawing, scene = drawn(Chain(STACKS["copies"]))
    plane = drawing.rows[0].sheets[1].plane
    values = made.plans[0].values
    assert values is not None
    copied = {(r, c) for r, c in np.ndindex(5, 5) if not (0 < r < 4 and 0 < c < 4)}
    last = made.starts[1]
    assert not copied & set(in_cells(shapes_at(scene, last - 2), plane))
    assert grid_of(in_cells(shapes_at(scene, last), plane), plane) == written(np.pad(values.output, 1, "reflect"))


@pytest.mark.parametrize("name", STACKS)
def test_marks_do_not_depend_on_how_many_steps_are_skipped(name: str) -> None:
    made, drawing, scene = drawn(Chain(STACKS[name]))
    (row,) = drawing.rows
    for stop in (made.starts[1], made.starts[1] + 1, scene.steps):
        apart = [shape for number in range(stop) for shape in scene.marks(range(number, number + 1))]
        for plane in (*(sheet.plane for sheet in row.sheets), row.output.plane):
            one = grid_of(in_cells((*scene.ground, *scene.marks(range(stop))), plane), plane)
            assert one == grid_of(in_cells((*scene.ground, *apart), plane), plane)


@pytest.mark.parametrize("name", STACKS)
def test_each_sum_ends_in_the_cell_that_is_made(name: str) -> None:
    made, _, scene = drawn(Chain(STACKS[name]))
    for number in range(scene.steps):
        stage, own = made.place(number)
        expected = made.plans[stage].step(own).value
        line = sum_line(scene, number)
        *sides, result = said(line).split("=")
        assert result == spell(expected, 2)
        assert line[-1].of.on == ("output" if stage + 1 == len(made.plans) else "intermediate")
        for side in sides:
            # A mean of means is spelled with two decimals.
            assert value(side) == pytest.approx(float(expected), abs=0.02)


def test_planes_are_named_and_layers_described() -> None:
    _, _, scene = drawn(Chain([Conv(6, 3), Conv(4, 2, padding=1), MaxPool(5, 2)]))
    found = words(scene, 0)
    assert {"input", "layer 1", "layer 2", "output", "conv", "max pool", "3×3, stride 1", "padding 1"} <= set(found)


def test_kernels_stand_between_the_planes() -> None:
    made, drawing, scene = drawn(Chain([Conv(4, 3), Conv(2, 2)]))
    (row,) = drawing.rows
    for number, kernel in enumerate(row.kernels):
        assert kernel is not None
        weights = made.plans[number]
        assert not isinstance(weights, ScatterPlan)
        assert weights.kernel is not None
        assert grid_of(in_cells(scene.ground, kernel.plane, chips=True), kernel.plane) == written(weights.kernel)
    assert drawing.rows[0].box[0] < row.kernels[0].box[0] < row.kernels[1].box[0] < row.output.box[0]  # type: ignore[union-attr]


def test_letters_of_results_between_are_h() -> None:
    _, _, scene = drawn(Chain([Conv(3, 2), Conv(2, 2)]), Look(labels="letters", reveal=True), seed=None)
    assert said(sum_line(scene, 1)) == "x_12·w_11+x_13·w_12+x_22·w_21+x_23·w_22=h_12"
    assert said(sum_line(scene, 4)) == "h_11·w_11+h_12·w_12+h_21·w_21+h_22·w_22=y_11"


@pytest.mark.parametrize(
    "chain", [Chain(STACKS["convs"]), roundtrip(Conv(4, 3)), separable(SOBEL, 5)], ids=["chain", "back", "separable"]
)
def test_no_labels_leave_no_words_in_cells(chain: Chain) -> None:
    _, _, scene = drawn(chain, Look(reveal=True))
    for number in range(scene.steps):
        texts = [shape for shape in shapes_at(scene, number) if isinstance(shape, Texts)]
        assert not [text for text in texts if text.on is not None]
    assert all(not isinstance(shape, Texts) for shape in scene.moment(0))


# Round trips.


@pytest.mark.parametrize("method", ["gather", "scatter"])
def test_a_round_trip_ends_in_the_difference(method: str) -> None:
    chain = roundtrip(Conv(5, 3, stride=2), PLUS)
    made, drawing, scene = drawn(chain, method=method)
    assert drawing.difference is not None
    assert scene.steps == len(made) + 1
    plane = drawing.difference.plane
    first, last = made.plans[0].values, made.plans[-1].values
    assert first is not None
    assert last is not None
    off = last.output - first.input
    for number in (0, scene.steps - 2):
        assert not in_cells(shapes_at(scene, number), plane)
    end = shapes_at(scene, scene.steps - 1)
    expected = [[spell(one, 2) if one == 0 else signed(spell(one, 2)) for one in row] for row in off.tolist()]
    assert grid_of(in_cells(end, plane), plane) == expected
    assert places_of(end, plane, "difference", False) == sorted(map(tuple, np.argwhere(off).tolist()))
    assert "values not restored" in words(scene, scene.steps - 1)
    assert "values not restored" not in words(scene, scene.steps - 2)


@pytest.mark.parametrize("method", ["gather", "scatter"])
def test_a_round_trip_ends_in_the_whole_result(method: str) -> None:
    made, drawing, scene = drawn(roundtrip(Conv(5, 3, stride=2), PLUS), method=method)
    values = made.plans[-1].values
    assert values is not None
    plane = drawing.rows[0].output.plane
    assert grid_of(in_cells(shapes_at(scene, scene.steps - 1), plane), plane) == written(values.output)


def test_what_comes_back_is_said_to_be_restored() -> None:
    _, drawing, scene = drawn(roundtrip(Conv(4, 1), [[1]]))
    assert drawing.difference is not None
    end = shapes_at(scene, scene.steps - 1)
    found = grid_of(in_cells(end, drawing.difference.plane), drawing.difference.plane)
    assert found == [["0"] * 4] * 4
    assert "values restored" in words(scene, scene.steps - 1)
    assert not places_of(end, drawing.difference.plane, "difference", False)


def test_a_larger_difference_is_stronger_in_colour() -> None:
    made, drawing, scene = drawn(roundtrip(Conv(3, 1), [[2]]), input=np.arange(9).reshape(3, 3))
    assert drawing.difference is not None
    assert made.difference is not None
    found = {}
    for shape in scene.moment(scene.steps - 1):
        if isinstance(shape, Cells) and shape.role == "difference":
            for place in np.floor(drawing.difference.plane.places(shape.quads.mean(axis=1))).astype(int).tolist():
                found[tuple(place)] = shape.strength
    strengths = [found[place] for place in np.ndindex(3, 3) if place in found]
    assert len(strengths) == 8
    assert strengths == sorted(strengths)
    assert strengths[-1] == pytest.approx(1)


def test_a_round_trip_says_that_the_size_is_restored() -> None:
    _, _, scene = drawn(roundtrip(Conv((5, 7), 3, stride=2), PLUS))
    assert {"x", "y", "x′", "x′ − x", "5×7", "2×3", "5×7: size restored"} <= set(words(scene, 0))


# Separable kernels.


def equal_signs(scene: Scene, step: int) -> int:
    """Return how often two upright strokes stand close beside each other."""
    strokes = lines(scene.moment(step), "reach")
    upright = strokes[np.abs(strokes[:, 1, 0] - strokes[:, 0, 0]) < 1e-9]
    apart = np.abs(upright[:, None, 0] - upright[:, 0])
    return int(((apart[..., 0] > 1e-3) & (apart[..., 0] < 0.3) & (apart[..., 1] < 1e-9)).sum()) // 2


def test_separable_passes_are_compared_at_the_end_only() -> None:
    made, drawing, scene = drawn(separable(SOBEL, 5))
    assert made.compared is not None
    assert scene.steps == len(made.compared) + len(made) + 1
    first, last = drawing.rows
    results = [
        grid_of(in_cells(shapes_at(scene, scene.steps - 1), row.output.plane), row.output.plane)
        for row in (first, last)
    ]
    assert made.compared.values is not None
    assert results == [written(made.compared.values.output)] * 2
    end = scene.steps - 1
    assert "equal" in words(scene, end)
    assert equal_signs(scene, end) == 1
    for number in (0, end - 1):
        assert "equal" not in words(scene, number)
        assert equal_signs(scene, number) == 0
    outlines = lines(scene.moment(end), "reach")
    for row in drawing.rows:
        for side in row.output.plane.outline(0, 0, row.output.plane.rows, row.output.plane.columns):
            assert any(np.allclose(side, other) for other in outlines)


def test_separable_counts_are_those_of_the_layers() -> None:
    chain = separable(SOBEL, 6)
    assert chain.compared is not None
    made, _, scene = drawn(chain)
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
    made, _, scene = drawn(chain, input=np.full((4, 4), 5))
    assert made.difference is not None
    found = words(scene, scene.steps - 1)
    assert "off by up to 5" in found
    assert "equal" not in found


def test_without_numbers_separable_passes_are_equal_by_their_making() -> None:
    made = plan(Chain([Conv(4, (2, 1)), Conv((3, 4), (1, 2))], compared=Conv(4, 2)))
    scene = draw(made, Look(labels="letters", reveal=True))
    assert "equal" in words(scene, scene.steps - 1)


# A last layer that stamps.


def test_the_last_layer_may_stamp() -> None:
    made, drawing, scene = drawn(Chain(STACKS["back"]), method="scatter")
    assert scene.steps == len(made) + 1
    (row,) = drawing.rows
    last = made.plans[-1]
    assert isinstance(last, ScatterPlan)
    plane = row.output.plane
    start = made.starts[1]
    for own in range(len(last)):
        shapes = shapes_at(scene, start + own)
        found = in_cells(shapes, plane)
        for cell in last.step(own).writes.tolist():
            assert found[tuple(cell)].said == spell(last.before(tuple(cell), own + 1)[1], 2)
        line = sum_line(scene, start + own)
        assert line[-1].of.on == "output"
    assert last.values is not None
    assert grid_of(in_cells(shapes_at(scene, scene.steps - 1), plane), plane) == written(last.values.output)


def test_words_are_never_written_twice_into_a_cell_at_work() -> None:
    _, drawing, scene = drawn(Chain(STACKS["convs"]))
    for number in range(scene.steps):
        found = [word.at for shape in scene.moment(number) for word in words_of(shape)]
        assert len(found) == len(set(found))
    assert drawing.rows[0].stamped is None
