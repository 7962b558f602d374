"""The line view: rows of cells, a line for each weight, and what one output depends on."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings

from convanim import AvgPool, Chain, Conv, ConvanimError, ConvTranspose, Layer, MaxPool, plan
from convanim.plans import ChainPlan, Plan
from convanim.scene import Lines, Scene
from convanim.views import Look
from convanim.views.line import _Drawing, draw
from convanim.views.plane import Plane
from tests.test_value_properties import stacks
from tests.views.helpers import counts, grid_of, in_cells, lines, places_of, shapes_at, standing, words_of, written

CAUSAL = Chain([Conv((12,), 2, padding="causal", dilation=dilation) for dilation in (1, 2, 4)])
KINDS: dict[str, Layer | Chain] = {
    "causal": CAUSAL,
    "one": Conv((7,), 3, padding=1, stride=2),
    "mixed": Chain([Conv((9,), 3, dilation=2), MaxPool((5,), 2), ConvTranspose((2,), 3, 2)]),
    "transposed": ConvTranspose((4,), 3, 2, 1, 1),
    "mean": AvgPool((6,), 3, stride=1),
    "copies": Chain([Conv((5,), 2), Conv((4,), 3, padding=1, padding_mode="reflect")]),
}


def drawn(layer: Layer | Chain, look: Look | None = None) -> tuple[Any, _Drawing, Scene]:
    made = plan(layer, seed=3)
    look = look or Look(labels="numbers")
    return made, _Drawing(plans_of(made), look), draw(made, look)


def plans_of(made: Plan | ChainPlan) -> tuple[Any, ...]:
    return made.plans if isinstance(made, ChainPlan) else (made,)


def field(made: Plan | ChainPlan, cell: int) -> list[np.ndarray]:
    """Return what an output cell depends on, plane by plane."""
    if isinstance(made, ChainPlan):
        return list(made.field((cell,)))
    below, above = np.zeros(made.input_size, bool), np.zeros(made.output_size, bool)
    source = made.step(cell).reads.source[:, 0]
    below[source[source >= 0]] = True
    above[cell] = True
    return [below, above]


def shaded(shapes: Any, plane: Plane) -> set[int]:
    return {column for role in counts(shapes, True) for _, column in places_of(shapes, plane, role, True)}


@pytest.mark.parametrize("name", KINDS)
def test_there_is_a_thread_for_every_weight_of_every_window(name: str) -> None:
    made, drawing, scene = drawn(KINDS[name])
    threads = lines(scene.ground, "thread")
    plans = plans_of(made)
    assert len(threads) == sum(len(one) * prod(one.layer.kernel_size) for one in plans)
    start = 0
    for number, one in enumerate(plans):
        low, high = drawing.planes[number], drawing.planes[number + 1]
        own = threads[start : start + len(one) * one.layer.kernel_size[0]]
        start += len(own)
        assert np.allclose(own[:, 0, 1], low.origin[1])
        assert np.allclose(own[:, 1, 1], high.origin[1] + 1)
        columns = (own[:, 0, 0] - low.origin[0] - 0.5).round(6).reshape(len(one), -1)
        for output, read in enumerate(columns.tolist()):
            assert read == (one.step(output).reads.position[:, 0] - one.grid.start[0]).tolist()


@pytest.mark.parametrize("name", KINDS)
def test_each_step_shades_what_its_output_depends_on(name: str) -> None:
    made, drawing, scene = drawn(KINDS[name])
    assert scene.steps == made.output_size[0]
    for cell in range(scene.steps):
        masks = field(made, cell)
        for level, plane in enumerate(drawing.planes):
            columns = np.flatnonzero(masks[level])
            if level < len(drawing.sheets):
                columns = drawing.sheets[level].places(columns[:, None])[:, 1]
            assert shaded(scene.moment(cell), plane) == set(columns.tolist())


@given(stacks())
@settings(max_examples=20)
def test_fields_are_those_of_the_plan(layers: list[Layer]) -> None:
    assume(layers[0].dims == 1)
    made, drawing, scene = drawn(Chain(layers))
    for cell in range(scene.steps):
        for level, mask in enumerate(made.field((cell,))[:-1]):
            places = drawing.sheets[level].places(np.argwhere(mask))[:, 1]
            assert shaded(scene.moment(cell), drawing.planes[level]) == set(places.tolist())


@pytest.mark.parametrize("name", KINDS)
def test_the_note_counts_the_input_cells(name: str) -> None:
    made, _, scene = drawn(KINDS[name])
    for cell in range(scene.steps):
        seen = int(field(made, cell)[0].sum())
        (note,) = [word.said for shape in scene.moment(cell) for word in words_of(shape) if "depends on" in word.said]
        assert f"output {cell + 1} " in note or f"output cell {cell + 1} " in note
        assert f"depends on {seen} of" in note
        assert f" {made.input_size[0]} input cells" in note


def test_the_field_of_a_causal_stack_doubles_with_each_layer() -> None:
    made, _, scene = drawn(CAUSAL)
    assert [int(mask.sum()) for mask in made.field((11,))] == [8, 4, 2, 1]
    assert any("depends on 8 of" in word.said for word in standing(shapes_at(scene, 11)))


def test_a_field_spreads_a_layer_a_step() -> None:
    made, drawing, scene = drawn(CAUSAL, Look(field=(11,)))
    assert scene.steps == 4
    masks = made.field((11,))
    for number in range(4):
        for level, plane in enumerate(drawing.planes):
            columns = np.flatnonzero(masks[level])
            if level < 3:
                columns = drawing.sheets[level].places(columns[:, None])[:, 1]
            seen = level >= 3 - number
            assert shaded(scene.moment(number), plane) == (set(columns.tolist()) if seen else set())


def test_branches_are_threads_of_the_cells_at_work() -> None:
    _, _, scene = drawn(CAUSAL)
    threads = {tuple(line.round(5).ravel().tolist()) for line in lines(scene.ground, "thread")}
    for cell in range(scene.steps):
        branches = {tuple(line.round(5).ravel().tolist()) for line in lines(scene.moment(cell), "branch")}
        assert branches
        assert branches <= threads


@pytest.mark.parametrize("name", ["causal", "copies", "mixed"])
def test_rows_hold_the_numbers_of_each_layer(name: str) -> None:
    made, drawing, scene = drawn(KINDS[name])
    values = plans_of(made)[-1].values
    plane = drawing.output.plane
    assert grid_of(in_cells(scene.ground, plane), plane) == written(values.output)
    for number, one in enumerate(plans_of(made)):
        found = in_cells(scene.ground, drawing.planes[number])
        places = drawing.sheets[number].places(np.arange(one.input_size[0])[:, None]).tolist()
        assert [found[row, column].said for row, column in places] == written(one.input)[0]


def test_everything_is_there_from_the_start() -> None:
    _, _, scene = drawn(CAUSAL)
    assert scene.marks(range(scene.steps)) == ()
    assert "pending" not in counts(scene.ground)


def test_letters_have_one_index_and_differ_by_row() -> None:
    _, drawing, scene = drawn(CAUSAL, Look(labels="letters"))
    found = [in_cells(scene.ground, plane) for plane in drawing.planes]
    ends = [cells[0, plane.columns - 1].said for cells, plane in zip(found, drawing.planes, strict=True)]
    assert ends == ["x_12", "h_12", "h_12", "y_12"]


def test_no_labels_leave_no_words_in_cells() -> None:
    _, drawing, scene = drawn(CAUSAL, Look())
    assert not any(in_cells(shapes_at(scene, 5), plane) for plane in drawing.planes)


def test_layers_are_named_beside_the_rows() -> None:
    _, _, scene = drawn(CAUSAL)
    found = {word.said for word in standing(scene.ground)}
    assert {"input", "output", "kernel 2", "dilation 2", "dilation 4"} <= found


def test_causal_rows_end_in_one_column() -> None:
    _, drawing, _ = drawn(CAUSAL)
    ends = {float(plane.origin[0]) + plane.columns for plane in drawing.planes}
    assert len({round(end, 6) for end in ends}) == 1


def test_a_stamping_layer_is_drawn_gathered() -> None:
    chain = Chain([Conv((5,), 2), ConvTranspose((4,), 2, 2)])
    one, other = (draw(plan(chain, seed=1, method=method), Look(labels="numbers")) for method in ("gather", "scatter"))
    assert one.steps == other.steps
    assert [type(shape) for shape in one.moment(3)] == [type(shape) for shape in other.moment(3)]
    assert any(isinstance(shape, Lines) and shape.role == "branch" for shape in one.moment(3))


def test_two_axes_are_refused() -> None:
    with pytest.raises(ConvanimError, match="draws one axis"):
        draw(plan(Conv(4, 2)), Look())
