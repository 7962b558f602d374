"""The cells that can be pointed at, against the plans that they come from."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from convanim import (
    Chain,
    Conv,
    ConvGeneral,
    ConvTranspose,
    DepthwiseSeparable,
    Layer,
    MaxPool,
    MaxUnpool,
    Plan,
    Upsample,
    animate,
    compare,
    plan,
)
from convanim.motion.hit_targets import Spot, spots
from convanim.views.scene import Cells
from tests.helpers import taps_of

GATHERED: dict[str, tuple[Layer, dict[str, Any]]] = {
    "padded": (Conv(5, 3, padding=1), {}),
    "strided": (Conv((6, 7), (3, 2), (2, 1)), {}),
    "dilated": (Conv(7, 3, dilation=2), {}),
    "flat": (Conv(4, 3, padding=1), {"view": "flat"}),
    "one-axis": (Conv((8,), 3, padding="causal"), {}),
    "line": (Conv((8,), 3), {"view": "line"}),
    "spread": (ConvTranspose(3, 3, 2, 1, 1), {}),
    "spread-flat": (ConvTranspose(3, 3, 2), {"view": "flat"}),
    "cropped": (ConvTranspose(5, 2, padding=2), {}),
    "leftover": (Conv(6, 3, 2), {}),
    "general": (ConvGeneral(4, 3, (2, 1), ((-1, 2), (2, -2)), input_dilation=2), {}),
    "general-flat": (ConvGeneral(4, 2, 1, -1, input_dilation=2, rotated=True), {"view": "flat"}),
    "pool": (MaxPool(5, 2, ceil_mode=True), {}),
    "reflect": (Conv(4, 3, padding=1, padding_mode="reflect"), {}),
}


def found(layer: Layer | Chain, **looks: Any) -> tuple[Spot, ...]:
    animation = animate(layer, **looks)
    return spots(animation.scene, animation.timeline.steps)


def cell(spot: Spot, dims: int) -> tuple[int, ...]:
    return (spot.row, spot.column)[2 - dims :]


def reading(planned: Plan) -> dict[tuple[int, ...], set[int]]:
    """Return the steps that read each input cell by itself, not by a copy of it."""
    steps: dict[tuple[int, ...], set[int]] = {}
    for number in range(len(planned)):
        reads = taps_of(planned.step(number))
        own = (reads.source >= 0).all(axis=1) & (reads.kind == 0)
        for source in map(tuple, reads.source[own].tolist()):
            steps.setdefault(source, set()).add(number)
    return steps


@pytest.mark.parametrize("name", GATHERED)
def test_inputs_know_the_steps_that_read_them(name: str) -> None:
    layer, looks = GATHERED[name]
    told = {cell(spot, layer.dims): set(spot.reads) for spot in found(layer, **looks) if spot.name == "input"}
    assert told == reading(plan(layer))


@pytest.mark.parametrize("name", GATHERED)
def test_outputs_know_the_step_that_makes_them(name: str) -> None:
    layer, looks = GATHERED[name]
    told = {cell(spot, layer.dims): spot.makes for spot in found(layer, **looks) if spot.name == "output"}
    cells = np.ndindex(*layer.output_size)
    assert told == {place: (number,) for number, place in enumerate(cells)}


def test_stamps_reach_several_outputs_and_outputs_have_several_stamps() -> None:
    layer = ConvTranspose(2, 3, 2)
    made = found(layer, method="scatter")
    assert {cell(spot, 2): spot.reads for spot in made if spot.name == "input"} == {
        place: (number,) for number, place in enumerate(np.ndindex(2, 2))
    }
    middle = next(spot for spot in made if spot.name == "output" and cell(spot, 2) == (2, 2))
    assert middle.makes == (0, 1, 2, 3)


def test_layers_between_are_made_and_read() -> None:
    made = found(Chain([Conv(5, 3), Conv(3, 2)]))
    between = [spot for spot in made if spot.name == "intermediate"]
    assert len(between) == 9
    assert all(len(spot.makes) == 1 and spot.reads for spot in between)
    assert len({spot.plane for spot in made}) == 3


@pytest.mark.parametrize(
    ("layer", "planes"),
    [
        (Conv(4, 3, padding=1, in_channels=3, out_channels=2), {"input": 3, "output": 2}),
        (DepthwiseSeparable(2, 3, 3, 4, padding=1), {"input": 2, "intermediate": 2, "output": 3}),
        (Conv((3, 4, 4), 2), {"input": 3, "output": 2}),
        (Conv((6,), 3, in_channels=2, out_channels=3), {"input": 2, "output": 3}),
        (Upsample(2, channels=2), {"input": 2, "output": 2}),
    ],
)
def test_every_plane_is_a_grid_of_its_own(layer: Layer | Chain, planes: dict[str, int]) -> None:
    made = found(layer)
    counts = {name: len({spot.plane for spot in made if spot.name == name}) for name in planes}
    assert counts == planes
    places = [(spot.plane, spot.row, spot.column) for spot in made]
    assert len(places) == len(set(places))


def test_the_cells_of_joined_pictures_are_apart() -> None:
    made = compare([Conv(4, 3), Conv(4, 2)])
    both = spots(made.scene, made.timeline.steps)
    assert [len({spot.plane for spot in both if spot.name == name}) for name in ("input", "output")] == [2, 2]
    assert [spot.plane for spot in both] == sorted(spot.plane for spot in both)
    for number, layer in enumerate((Conv(4, 3), Conv(4, 2))):
        alone = [(spot.name, spot.row, spot.column, spot.makes) for spot in found(layer) if spot.name == "output"]
        plane = sorted({spot.plane for spot in both if spot.name == "output"})[number]
        joined = [(spot.name, spot.row, spot.column, spot.makes[:1]) for spot in both if spot.plane == plane]
        assert joined == alone


@pytest.mark.parametrize("view", ["oblique", "flat"])
def test_cells_lie_where_they_are_drawn_at_work(view: str) -> None:
    layer = Conv(4, 3, padding=1, in_channels=2, out_channels=2)
    animation = animate(layer, view=view)
    quads = {
        tuple(np.round(quad.mean(axis=0), 4).tolist())
        for step in animation.timeline.steps
        for shape in animation.scene.moment(step)
        if isinstance(shape, Cells) and shape.shaded and not shape.held
        for quad in shape.quads
    }
    made = spots(animation.scene, animation.timeline.steps)
    assert {tuple(np.round(spot.quad.mean(axis=0), 4).tolist()) for spot in made} <= quads


def test_zeros_that_are_made_of_nothing_are_cells_of_the_output() -> None:
    made = found(MaxUnpool(2, 2))
    assert len([spot for spot in made if spot.name == "output"]) == 16


def test_only_steps_that_are_shown_count() -> None:
    animation = animate(Conv(4, 3), steps=(2, 4))
    made = spots(animation.scene, animation.timeline.steps)
    assert [spot.makes for spot in made if spot.name == "output"] == [(0,), (1,)]
