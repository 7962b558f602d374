"""The view of layers with channels: which sheets and kernels are drawn, at work, and hidden by nothing."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from convanim import (
    Chain,
    Conv,
    DepthwiseConv,
    DepthwiseSeparable,
    MaxPool,
    PointwiseConv,
    animate,
    plan,
)
from convanim.layers import Grouping
from convanim.views import VIEWS, Look
from convanim.views.channels import Selection, shown
from convanim.views.scene import Cells, Lines, Scene, Texts
from tests.views.helpers import words_of

LAYERS: dict[str, Any] = {
    "standard": Conv(4, 3, padding=1, in_channels=3, out_channels=2),
    "grouped": Conv(4, 3, in_channels=4, out_channels=4, groups=2),
    "depthwise": DepthwiseConv(4, 3, padding=1, in_channels=3),
    "pointwise": PointwiseConv(3, in_channels=3, out_channels=4),
    "many": Conv(4, 3, in_channels=256, out_channels=512),
    "pool": MaxPool(4, 2, channels=3),
    "row": Conv((6,), 3, in_channels=2, out_channels=2),
    "separable": DepthwiseSeparable(3, 4, 3, 4, padding=1),
    "chain": Chain([Conv(6, 3, in_channels=2, out_channels=3), MaxPool(4, 2, channels=3)]),
}


def scene_of(layer: Any, order: str = "channel") -> Scene:
    return Scene.of(VIEWS["oblique"].draw(plan(layer, order=order), Look(reveal=True)))


def bold(scene: Scene, step: int) -> set[str]:
    """Return the names that are at work in a step."""
    return {
        word
        for shape in scene.moment(step)
        if isinstance(shape, Texts) and shape.face == "bold"
        for word in shape.words
        if not word.isdigit()
    }


def shaded(scene: Scene, step: int, role: str) -> int:
    return sum(
        len(shape.quads)
        for shape in scene.moment(step)
        if isinstance(shape, Cells) and shape.shaded and shape.role == role
    )


@pytest.mark.parametrize(
    ("count", "most", "slots"),
    [(3, 4, (0, 1, 2)), (4, 4, (0, 1, 2, 3)), (16, 4, (0, 1, 2, None, 15)), (9, 2, (0, None, 8))],
)
def test_many_are_drawn_as_the_first_few_and_the_last(count: int, most: int, slots: tuple[int | None, ...]) -> None:
    assert shown(count, most) == slots


def test_of_many_groups_the_first_and_the_last_are_drawn() -> None:
    selection = Selection(Grouping(16, 32, 4))
    assert selection.groups == (0, 1, None, 3)
    assert selection.inputs(3) == (12, None, 15)
    assert selection.outputs(0) == (0, None, 7)


@pytest.mark.parametrize(
    ("name", "step", "names"),
    [
        ("standard", 20, {"input 1", "input 2", "input 3", "kernel 2", "output 2"}),
        ("grouped", 9, {"input 3", "input 4", "kernel 3", "output 3", "group 2"}),
        ("depthwise", 20, {"input 2", "kernel 2", "output 2"}),
        ("pointwise", 30, {"input 1", "input 2", "input 3", "kernel 4", "output 4"}),
        ("pool", 5, {"input 2", "output 2"}),
    ],
)
def test_what_takes_part_in_a_step_is_bold(name: str, step: int, names: set[str]) -> None:
    assert bold(scene_of(LAYERS[name]), step) == names


def test_every_layer_of_a_separable_pair_takes_part() -> None:
    names = bold(scene_of(LAYERS["separable"]), 20)
    read = {f"{what} {n}" for what in ("input", "mid", "depthwise") for n in (1, 2, 3)}
    assert names == read | {"pointwise 2", "output 2"}


@pytest.mark.parametrize(("name", "cells"), [("standard", 27), ("grouped", 18), ("pointwise", 3), ("row", 6)])
def test_the_window_lies_on_every_sheet_that_is_read(name: str, cells: int) -> None:
    scene = scene_of(LAYERS[name])
    kernel = cells
    inner = scene.steps // 2 - 1 if name != "standard" else 5
    padded = shaded(scene, inner, "padding") - kernel
    assert shaded(scene, inner, "input") + padded == cells


@pytest.mark.parametrize("name", LAYERS)
def test_every_output_that_is_drawn_is_revealed_once(name: str) -> None:
    scene = scene_of(LAYERS[name])
    made = [
        tuple(quad[0].round(6))
        for shape in scene.marks(range(scene.steps))
        if isinstance(shape, Cells) and shape.role == "output"
        for quad in shape.quads
    ]
    assert len(made) == len(set(made)) == scene.steps


@pytest.mark.parametrize("name", LAYERS)
def test_cells_of_sheets_have_the_area_of_a_cell_and_lie_in_the_picture(name: str) -> None:
    scene = scene_of(LAYERS[name])
    left, top, right, bottom = scene.bounds
    for shape in (*scene.ground, *scene.moment(scene.steps - 1)):
        if isinstance(shape, Cells):
            sides = shape.quads[:, 1] - shape.quads[:, 0], shape.quads[:, 3] - shape.quads[:, 0]
            areas = np.abs(sides[0][:, 0] * sides[1][:, 1] - sides[0][:, 1] * sides[1][:, 0])
            assert shape.role in ("padding", "dot") or np.allclose(areas, 1)
            assert (shape.quads >= np.array([left, top]) - 1e-9).all()
            assert (shape.quads <= np.array([right, bottom]) + 1e-9).all()


@pytest.mark.parametrize(
    ("name", "apart"), [("standard", 2), ("grouped", 2), ("pointwise", 2), ("separable", 5), ("many", 2)]
)
def test_rays_pass_behind_the_planes_above(name: str, apart: float) -> None:
    scene = scene_of(LAYERS[name])
    outputs = [shape.quads for shape in scene.ground if isinstance(shape, Cells) and shape.role == "pending"]
    corners = np.concatenate(outputs).reshape(-1, 4, 2)
    for step in range(0, scene.steps, 7):
        for shape in scene.moment(step):
            if isinstance(shape, Lines) and shape.role == "ray":
                for start, end in shape.segments:
                    along = start + (end - start) * np.linspace(0.02, 0.98, 41)[:, None]
                    assert not _inside(along, corners, start, apart).any()


def _inside(points: Any, quads: Any, start: Any, apart: float) -> Any:
    """Return which points lie well within parallelograms, but for those in which their ray begins."""
    origin, down, across = quads[:, 0], quads[:, 1] - quads[:, 0], quads[:, 3] - quads[:, 0]
    area = across[:, 0] * down[:, 1] - across[:, 1] * down[:, 0]

    def within(point: Any) -> Any:
        right, low = (point - origin).T
        u = (right * down[:, 1] - low * down[:, 0]) / area
        v = (low * across[:, 0] - right * across[:, 1]) / area
        return (u > 0.05) & (u < 0.95) & (v > 0.05) & (v < 0.95)

    # A ray passes over the planes of the floor on which it begins.
    floor = quads[:, :, 1].min(axis=1)
    above = floor < start[1] - apart
    return np.array([(within(point) & above).any() for point in points])


def test_a_step_costs_no_more_with_channels_that_are_not_drawn() -> None:
    few, many = (scene_of(Conv(4, 3, in_channels=n, out_channels=n)) for n in (16, 1024))
    assert [len(scene.moment(3)) for scene in (few, many)] == [len(few.moment(3))] * 2
    assert few.steps == many.steps


def test_position_first_makes_all_outputs_at_one_place_before_the_next() -> None:
    scene = scene_of(LAYERS["grouped"], "position")
    assert [bold(scene, step) & {f"output {n}" for n in range(1, 5)} for step in range(5)] == [
        {"output 1"},
        {"output 2"},
        {"output 3"},
        {"output 4"},
        {"output 1"},
    ]


def test_it_is_the_default_where_there_are_channels_but_numbers_are_flat() -> None:
    layer = LAYERS["standard"]
    assert animate(layer, width=600).size == animate(layer, width=600, view="oblique").size
    assert animate(layer, width=900, values=True).size == animate(layer, width=900, view="flat").size


def test_numbers_stand_on_the_sheets_where_they_are_asked_for() -> None:
    made = plan(LAYERS["standard"], seed=0)
    scene = animate(LAYERS["standard"], view="oblique", values=True).scene
    found = [word for shape in scene.ground for word in words_of(shape) if word.of.on == "input"]
    assert [word.said for word in found] == [
        str(value) for channel in range(3) for value in made.planes(0, channel).ravel()
    ]
