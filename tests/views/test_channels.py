"""Layers with channels: where sheets and kernels lie, what is at work in a step, and which rays pass behind them."""

from __future__ import annotations

import re
from functools import cache
from itertools import combinations, product
from typing import Any

import numpy as np
import pytest

from convanim import (
    AvgPool,
    Chain,
    Conv,
    ConvTranspose,
    DepthwiseConv,
    DepthwiseSeparable,
    Fold,
    GlobalAvgPool,
    Layer,
    MaxPool,
    MaxUnpool,
    PointwiseConv,
    SpatiallySeparable,
    animate,
    plan,
)
from convanim.layers.axis import Kind
from convanim.plans import Plan, Step
from convanim.views import VIEWS, Look
from convanim.views.channels import Chosen
from convanim.views.floors import Floors, draw_floors
from convanim.views.headings import in_two, word_boxes
from convanim.views.picture import Picture
from convanim.views.placing import Placing
from convanim.views.plane import Plane
from convanim.views.scene import Cells, Key, Lines, Points, Scene, Shapes, Texts
from tests.gathering import gathered
from tests.views.helpers import depth, lines, standing, words_of

LAYERS: dict[str, Any] = {
    "standard": Conv(4, 3, padding=1, in_channels=3, out_channels=2),
    "uneven": Conv((3, 6), (2, 3), (1, 2), in_channels=2, out_channels=3),
    "dilated": Conv(6, 2, dilation=3, padding=1, in_channels=2, out_channels=2),
    "grouped": Conv(4, 3, in_channels=4, out_channels=6, groups=2),
    "many-groups": Conv(4, 3, in_channels=32, out_channels=64, groups=8),
    "depthwise": DepthwiseConv(4, 3, padding=1, in_channels=3),
    "multiplied": DepthwiseConv(4, 3, in_channels=3, depth_multiplier=2),
    "many-depthwise": DepthwiseConv(4, 3, in_channels=64),
    "pointwise": PointwiseConv(3, in_channels=3, out_channels=4),
    "transposed": ConvTranspose(3, 3, 2, 1, 1, in_channels=2, out_channels=2),
    "16-to-32": Conv(5, 3, padding=1, in_channels=16, out_channels=32),
    "256-to-512": Conv(4, 3, in_channels=256, out_channels=512),
    "row": Conv((7,), 3, padding=1, in_channels=2, out_channels=2),
    "tall": Conv((9, 1), (3, 1), in_channels=3, out_channels=2),
    "max-pool": MaxPool(5, 2, ceil_mode=True, channels=3),
    "average-pool": AvgPool(4, 2, channels=9),
}
PAIRS: dict[str, Chain] = {
    "separable": DepthwiseSeparable(3, 4, 3, 4, padding=1),
    "separable-16-to-32": DepthwiseSeparable(16, 32, 3, 5, padding=1),
    "spatially-separable": SpatiallySeparable(2, 3, 3, 5),
    "row-pair": DepthwiseSeparable(3, 2, 3, (6,), padding=1),
    "pooled": Chain([Conv(6, 3, in_channels=2, out_channels=3), MaxPool(4, 2, channels=3)]),
}
EVERY = {**LAYERS, **PAIRS}


@cache
def planned(name: str) -> Plan:
    return plan(EVERY[name])


@cache
def picture_of(name: str) -> Picture:
    return VIEWS["channels"].draw(planned(name), Look(reveal=True))


@cache
def scene_of(name: str) -> Scene:
    return Scene.of(picture_of(name))


@cache
def placing_of(name: str) -> Placing:
    found = planned(name)
    depths = ((0,),) * (len(found.main) + 1)
    return Placing.of(found.main, Chosen.of(found, is_beside=False), Look(), depths)


def floors_of(name: str) -> int:
    return len(planned(name).main) + 1


def channels_of(name: str, floor: int) -> tuple[int, ...]:
    """Return the channels of a floor that are drawn."""
    return placing_of(name).chosen.channels(floor)


@cache
def floor_planes(name: str, floor: int) -> dict[int, Plane]:
    """Return where the sheets of a floor lie."""
    return {channel: placing_of(name).floors[floor].plane((channel, 0)) for channel in channels_of(name, floor)}


def kernel_planes(name: str, layer: int) -> list[Plane]:
    """Return the slices of a layer's kernels."""
    placing = placing_of(name)
    if not placing.has_kernels(layer):
        return []
    return [
        plane for channel in channels_of(name, layer + 1) for plane in placing.slices(layer, channel).planes.values()
    ]


def step_of(name: str, number: int) -> Step:
    """Return which step of the last layer a step of the picture shows: of one drawn channel after the other."""
    last = planned(name).last
    at, place = divmod(number, last.steps_of[1])
    return last.step(channels_of(name, floors_of(name) - 1)[at], place)


def cell_of(step: Step) -> tuple[int, int]:
    """Return the cell that a step makes, as row and column."""
    row, column = (0, *step.cell)[-2:]
    return row, column


def needed(name: str, step: Step, floor: int) -> dict[int, list[tuple[int, int]]]:
    """Return which drawn positions of each channel of a floor a step depends on, as rows and columns."""
    stage = planned(name).main[floor]
    traced, is_drawn = planned(name).trace(step.channel, step.cell)[stage.number], stage.grid.kind != Kind.OVERHANG
    return {
        channel: [(row, column) for row, column in np.argwhere(np.atleast_2d(mask & is_drawn)).tolist()]
        for (_, channel), mask in traced.read.items()
    }


@cache
def made_by(name: str, at: int, layer: int) -> frozenset[tuple[int, ...]]:
    """Return the cells of a layer, channel first, that a drawn channel of the last layer depends on."""
    plan, channel = planned(name), channels_of(name, floors_of(name) - 1)[at]
    traced = [plan.trace(channel, cell)[plan.main[layer].number].made for cell in np.ndindex(*plan.output_size)]
    return frozenset(
        (one, *cell) for made in traced for one, mask in made.items() for cell in np.argwhere(mask).tolist()
    )


def resting(name: str, number: int) -> int:
    """Return how many of the first layers have made all they ever make, before the channel of a step begins."""
    count, at = len(channels_of(name, floors_of(name) - 1)), number // planned(name).last.steps_of[1]
    for layer in range(floors_of(name) - 2):
        before, every = (frozenset().union(*(made_by(name, one, layer) for one in range(end))) for end in (at, count))
        if before != every:
            return layer
    return floors_of(name) - 2


def some_steps(name: str) -> list[int]:
    steps = scene_of(name).steps
    return sorted({0, 1, steps // 3, steps // 2, steps - 2, steps - 1})


@cache
def moment_of(name: str, number: int) -> Shapes:
    return scene_of(name).moment(number)


@cache
def shaded(name: str, number: int) -> Points:
    """Return the middles of all cells on which the shadow lies."""
    drawn = (*scene_of(name).ground, *moment_of(name, number))
    quads = [shape.quads for shape in drawn if isinstance(shape, Cells) and shape.shaded]
    middles: Points = np.concatenate([np.empty((0, 4, 2)), *quads]).mean(axis=1)
    return middles


def shaded_cells(name: str, number: int, plane: Plane) -> list[tuple[int, int]]:
    """Return the cells of a plane on which the shadow lies."""
    middles = plane.places(shaded(name, number))
    inside = ((middles > 0) & (middles < [plane.rows, plane.columns])).all(axis=1)
    return sorted((int(row), int(column)) for row, column in np.floor(middles[inside]).tolist())


def labels(name: str, number: int = 0) -> set[str]:
    scene = scene_of(name)
    shapes = (*scene.ground, *scene.moment(number))
    return {word.said for shape in shapes for word in words_of(shape)}


def numbered(what: str, name: str) -> list[int]:
    return sorted(int(found[1]) for word in labels(name) if (found := re.fullmatch(rf"{what} (\d+)", word)))


@pytest.mark.parametrize(
    ("name", "inputs", "outputs"),
    [
        ("standard", [1, 2, 3], [1, 2]),
        ("grouped", [1, 2, 3, 4], [1, 2, 3, 4, 5, 6]),
        ("many-groups", [1, 4, 5, 8, 29, 32], [1, 8, 9, 16, 57, 64]),
        ("many-depthwise", [1, 2, 3, 64], [1, 2, 3, 64]),
        ("pointwise", [1, 2, 3], [1, 2, 3, 4]),
        ("16-to-32", [1, 2, 3, 16], [1, 2, 3, 32]),
        ("256-to-512", [1, 2, 3, 256], [1, 2, 3, 512]),
        ("average-pool", [1, 2, 3, 9], [1, 2, 3, 9]),
        ("separable-16-to-32", [1, 2, 3, 16], [1, 2, 3, 32]),
    ],
)
def test_sheets_are_the_first_few_and_the_last(name: str, inputs: list[int], outputs: list[int]) -> None:
    assert (numbered("input", name), numbered("output", name)) == (inputs, outputs)
    assert sorted(one + 1 for one in floor_planes(name, 0)) == inputs
    if "separable" in name:
        kernels = numbered("kernel", name), numbered("pointwise kernel", name)
        assert kernels == (inputs, outputs)
    else:
        assert numbered("kernel", name) == ([] if "pool" in name else outputs)


@gathered("name", EVERY)
def test_the_cells_of_each_channel_lie_on_its_sheet(name: str) -> None:
    for floor in range(floors_of(name)):
        for channel, plane in floor_planes(name, floor).items():
            own = [
                shape.quads.mean(axis=1)
                for shape in scene_of(name).ground
                if isinstance(shape, Cells) and shape.key == Key("cell", (floor, channel, 0))
            ]
            places = plane.places(np.concatenate(own)) - 0.5
            found = [(row, column) for row, column in np.rint(places).astype(int).tolist()]
            np.testing.assert_allclose(places, found, atol=1e-9)
            assert len(found) == len(set(found))
            assert set(found) <= set(product(range(plane.rows), range(plane.columns)))


@pytest.mark.parametrize("name", EVERY)
def test_every_drawn_cell_of_a_sheet_has_an_area_of_1(name: str) -> None:
    scene = scene_of(name)
    for shape in (*scene.ground, *scene.marks(range(scene.steps)), *scene.moment(0)):
        if isinstance(shape, Cells) and shape.role in ("input", "intermediate", "output", "pending"):
            across, down = shape.quads[:, 1] - shape.quads[:, 0], shape.quads[:, 3] - shape.quads[:, 0]
            np.testing.assert_allclose(abs(across[:, 0] * down[:, 1] - across[:, 1] * down[:, 0]), 1)


@gathered("name", EVERY)
def test_no_plane_lies_over_another(name: str) -> None:
    floors = floors_of(name)
    planes = [plane for floor in range(floors) for plane in floor_planes(name, floor).values()]
    planes += [plane for layer in range(floors - 1) for plane in kernel_planes(name, layer)]
    for one, other in combinations(planes, 2):
        assert depth(one.corners(), other.corners()) < 1e-9


@pytest.mark.parametrize("name", EVERY)
def test_the_shadow_lies_on_all_that_a_step_reads_and_makes_and_nowhere_else(name: str) -> None:
    last = floors_of(name) - 1
    for number in some_steps(name):
        step = step_of(name, number)
        for floor in range(last + 1):
            read = needed(name, step, floor) if resting(name, number) <= floor < last else {}
            shadow = {step.channel: [cell_of(step)]} if floor == last else read
            for channel, plane in floor_planes(name, floor).items():
                assert shaded_cells(name, number, plane) == shadow.get(channel, [])


@gathered("name", EVERY)
def test_the_kernels_at_work_are_those_that_make_the_cell(name: str) -> None:
    placing = placing_of(name)
    last = floors_of(name) - 2
    for number in some_steps(name):
        step = step_of(name, number)
        for layer in range(last + 1):
            made = {step.channel} if layer == last else set(needed(name, step, layer + 1))
            made = made if layer >= resting(name, number) else set()
            for channel in channels_of(name, layer + 1) if placing.has_kernels(layer) else ():
                for plane in placing.slices(layer, channel).planes.values():
                    every = sorted(product(range(plane.rows), range(plane.columns)))
                    assert shaded_cells(name, number, plane) == (every if channel in made else [])


@pytest.mark.parametrize("name", LAYERS)
def test_slices_of_a_kernel_are_of_the_channels_that_it_reads(name: str) -> None:
    placing, layer = placing_of(name), LAYERS[name]
    for channel in channels_of(name, 1) if placing.has_kernels(0) else ():
        read = list(layer.grouping.inputs_of(channel))
        sliced = [one for one, _ in placing.slices(0, channel).planes]
        assert set(sliced) <= set(read)
        assert (sliced[0], sliced[-1]) == (read[0], read[-1])
        assert len(sliced) == len(read) or placing.slices(0, channel).gaps


def rays_of(name: str, number: int) -> list[Points]:
    """Return the whole rays of each layer of a step, from below, none of layers that rest."""
    rays = [shape for shape in moment_of(name, number) if isinstance(shape, Lines) and shape.role == "ray"]
    assert len(rays) == floors_of(name) - 1 - resting(name, number)
    return [np.empty((0, 2, 2))] * resting(name, number) + [ray.whole for ray in rays if ray.whole is not None]


@gathered("name", EVERY)
def test_each_ray_leads_from_a_sheet_that_is_read_to_the_cell_that_it_makes(name: str) -> None:
    last = floors_of(name) - 1
    for number in some_steps(name):
        step, plane = step_of(name, number), floor_planes(name, last)[step_of(name, number).channel]
        rays = rays_of(name, number)[-1]
        starts, ends = (plane.places(rays[:, side]) for side in (0, 1))
        corners = np.array([[0, 0], [0, 1], [1, 1], [1, 0]]) + np.array(cell_of(step))
        ways, to_corners = ends - starts, corners[:, None] - starts
        off = (ways[:, 0] * to_corners[..., 1] - ways[:, 1] * to_corners[..., 0]) / np.linalg.norm(ways, axis=1)
        # Along a line of the grid, it leads beside the corner.
        assert np.abs(off).min(axis=0).max() < 0.13
        read = [channel for channel in floor_planes(name, last - 1) if channel in step.reads[0].channels]
        # One ray or two from each.
        assert len(read) <= len(ends) <= 2 * len(read)


def standing_words(name: str, number: int) -> set[tuple[str, tuple[float, float], float]]:
    return {
        (word.said, word.at, shape.size)
        for shape in moment_of(name, number)
        if isinstance(shape, Texts)
        for word in words_of(shape)
    }


@pytest.mark.parametrize("name", EVERY)
def test_nothing_jumps(name: str) -> None:
    scene = scene_of(name)
    first = standing_words(name, 0)
    assert all(standing_words(name, number) == first for number in some_steps(name))
    other = Scene.of(VIEWS["channels"].draw(plan(EVERY[name], order="position"), Look(reveal=True)))
    assert (other.bounds, len(other.ground)) == (scene.bounds, len(scene.ground))
    for one, same in zip(scene.ground, other.ground, strict=True):
        for part in ("quads", "segments", "places"):
            np.testing.assert_array_equal(getattr(one, part, 0), getattr(same, part, 0))


@pytest.mark.parametrize("make", [Conv, DepthwiseConv, DepthwiseSeparable])
def test_channels_that_are_not_drawn_cost_nothing(make: Any) -> None:
    def parts(channels: int) -> list[tuple[str, int]]:
        both = {} if make is DepthwiseConv else {"out_channels": channels}
        layer = make(input_size=4, kernel_size=3, in_channels=channels, **both)
        scene = Scene.of(VIEWS["channels"].draw(plan(layer), Look(reveal=True)))
        shapes = scene.moment(5)
        return [(type(shape).__name__, len(shape.quads) if isinstance(shape, Cells) else 0) for shape in shapes]

    assert parts(16) == parts(64) == parts(900)


@pytest.mark.parametrize(
    ("name", "order"), [(name, ("channel", "position")[number % 2]) for number, name in enumerate(EVERY)]
)
def test_every_drawn_output_is_revealed_exactly_once(name: str, order: str) -> None:
    scene = Scene.of(VIEWS["channels"].draw(plan(EVERY[name], order=order), Look(reveal=True)))
    last = floors_of(name) - 1
    painted: dict[tuple[int, int, int], int] = {}
    for number in range(scene.steps):
        for shape in scene.marks(range(number, number + 1)):
            if isinstance(shape, Cells) and shape.role == "output":
                for channel, plane in floor_planes(name, last).items():
                    for row, column in np.floor(plane.places(shape.quads.mean(axis=1))).astype(int).tolist():
                        if 0 <= row < plane.rows and 0 <= column < plane.columns:
                            painted[channel, row, column] = painted.get((channel, row, column), 0) + 1
    planes = floor_planes(name, last)
    every = {
        (channel, row, column)
        for channel, plane in planes.items()
        for row, column in product(range(plane.rows), range(plane.columns))
    }
    assert painted == dict.fromkeys(every, 1)
    assert scene.steps == len(every)


@pytest.mark.parametrize(
    ("name", "step", "names"),
    [
        ("standard", 20, {"input 1", "input 2", "input 3", "kernel 2", "for inputs 1–3", "output 2"}),
        ("grouped", 13, {"input 3", "input 4", "kernel 4", "for inputs 3 and 4", "output 4", "group 2"}),
        ("depthwise", 20, {"input 2", "kernel 2", "output 2"}),
        ("pointwise", 30, {"input 1", "input 2", "input 3", "kernel 4", "for inputs 1–3", "output 4"}),
        ("max-pool", 10, {"input 2", "output 2"}),
        (
            "separable",
            10,
            {f"{what} {n}" for what in ("input", "kernel", "map") for n in (1, 2, 3)}
            | {"depthwise", "pointwise kernel 1", "for maps 1–3", "output 1"},
        ),
    ],
)
def test_what_takes_part_in_a_step_is_bold(name: str, step: int, names: set[str]) -> None:
    assert bold(scene_of(name), step) == names


def bold(scene: Scene, step: int) -> set[str]:
    words = [word for shape in scene.moment(step) for word in words_of(shape) if word.of.face == "bold"]
    return {word.said for word in words if not word.said.isdigit()}


def test_position_first_makes_all_outputs_at_one_place_before_the_next() -> None:
    scene = Scene.of(VIEWS["oblique"].draw(plan(LAYERS["standard"], order="position"), Look()))
    made = [bold(scene, step) & {"output 1", "output 2"} for step in range(4)]
    assert made == [{"output 1"}, {"output 2"}] * 2


def test_it_is_the_default_where_there_are_channels_but_numbers_are_flat() -> None:
    layer = LAYERS["standard"]
    assert animate(layer, width=600).size == animate(layer, width=600, view="oblique").size
    assert animate(layer, width=900, values=True).size == animate(layer, width=900, view="flat").size


def test_a_layer_rests_once_its_maps_are_full() -> None:
    scene = scene_of("separable")
    assert {"input 1", "kernel 1", "pointwise kernel 1"} <= bold(scene, 0)
    last = scene.steps - 1
    assert not any(word.startswith(("input", "kernel")) for word in bold(scene, last))
    assert {"map 3", "output 4"} <= bold(scene, last)
    windows = {shape.key.of[0] for shape in scene.moment(last) if shape.key and shape.key.what == "window"}
    rays = {shape.key.of[0] for shape in scene.moment(last) if shape.key and shape.key.what == "ray"}
    assert (windows, rays) == ({1}, {1})


def test_names_beside_planes_hang_below_the_rays_that_lead_up_from_these() -> None:
    scene = animate(DepthwiseSeparable(3, 2, 2, 6, stride=2, dilation=2)).scene
    for step in range(scene.steps):
        for ray in (one for one in scene.moment(step) if isinstance(one, Lines) and one.role == "ray"):
            assert ray.whole is not None
            np.testing.assert_allclose(ray.segments, ray.whole)


@pytest.mark.parametrize(("inputs", "outputs"), [(4, 2), (3, 3), (2, 3)])
def test_rays_between_single_cells_run_along_no_edges(inputs: int, outputs: int) -> None:
    scene = animate(PointwiseConv(4, in_channels=inputs, out_channels=outputs)).scene
    for step in range(scene.steps - 1):
        (ray,) = (one for one in scene.moment(step) if isinstance(one, Lines) and one.role == "ray")
        (cell,) = (
            one.quads[0] for one in scene.moment(step) if isinstance(one, Cells) and one.key and one.key.what == "made"
        )
        sides = np.roll(cell, -1, axis=0) - cell
        sides /= np.linalg.norm(sides, axis=1)[:, None]
        for start, end in ray.segments:
            along, apart = (
                abs(sides[:, 0] * way[..., 1] - sides[:, 1] * way[..., 0]) for way in (end - start, end - cell)
            )
            assert (apart[along < 0.04 * np.linalg.norm(end - start)] > 0.05).all()


@pytest.mark.parametrize("name", ["separable", "separable-16-to-32"])
def test_inputs_of_a_depthwise_layer_stand_below_what_is_made_of_each(name: str) -> None:
    lower, upper = (floor_planes(name, floor) for floor in (0, 1))
    middles = [[plane.corners().mean(axis=0)[0] for plane in planes.values()] for planes in (lower, upper)]
    # They lean, so that planes of another size above each other have their middles a constant way apart.
    apart = np.array(middles[0]) - np.array(middles[1])
    assert apart == pytest.approx(np.full(len(apart), apart[0]))


def test_names_beside_planes_break_where_that_makes_them_narrower() -> None:
    assert "maps 1–3" not in labels("separable")
    assert {"depthwise", "kernel 1", "map 3"} <= {*labels("separable")}
    assert in_two("depthwise map 1") == ("depthwise", "map 1")
    assert in_two("output") == ("output",)


def test_a_lone_plane_floats_close_above_a_smaller_one() -> None:
    picture = VIEWS["channels"].draw(plan(MaxUnpool(3, 2)), Look())
    below, above = (sheet.plane for sheet in picture.sheets.values())
    assert -above.rise_over(below) == pytest.approx(1 + 2 / 3)


def test_rays_lead_from_dots_that_stand_for_all_that_is_read_and_the_words_below_them_are_bold() -> None:
    picture = VIEWS["channels"].draw(plan(Fold(3, 3)), Look(reveal=True))
    for number in range(len(picture.plan)):
        step, work = picture.plan.step(number), picture.work(number)
        read = {channel for one in step.reads for channel in one.channels}
        (more,) = (word for word in standing(picture.words_at(work)) if word.said == "5 more")
        assert (more.of.face == "bold") == (not read <= {0, 1, 2, 8})
        assert any(isinstance(one, Lines) for one in picture.rays(work))


def test_floors_of_a_chain_are_hardly_farther_apart_than_its_flattest_ray_needs() -> None:
    picture = draw_floors(plan(DepthwiseSeparable(4, 5, 3, 4, stride=3)), Look())
    assert isinstance(picture, Floors)
    _, maps, outputs = picture.placing.floors
    aside = max(abs(end - start) for start in maps.places.values() for end in outputs.places.values())
    assert maps.top - outputs.bottom < 0.3 * aside


@pytest.mark.parametrize("layer", [Conv((9,), 3, in_channels=6), Conv((9,), 3, in_channels=9, out_channels=2)])
def test_words_about_channels_left_out_stand_midway_between_the_names_of_rows(layer: Layer) -> None:
    picture = VIEWS["channels"].draw(plan(layer), Look())
    names = [word for word in standing(picture.words_at(picture.work(0))) if word.said.startswith("input ")]
    (more,) = (word for word in standing(picture.words_at(picture.work(0))) if word.said.endswith(" more"))
    ends = [(word.corners[:, 0].min(), word.corners[:, 0].max()) for word in (*names[-2:], more)]
    (_, before), (after, _), (left, right) = ends
    assert left - before == pytest.approx(after - right, abs=0.25)
    assert left > before


def test_dots_stand_above_the_outputs_whose_kernels_are_not_drawn() -> None:
    picture = draw_floors(plan(DepthwiseConv(5, 3, in_channels=6)), Look(reveal=True))
    assert isinstance(picture, Floors)
    (gap,) = (x for x, _ in picture.placing.floors[-1].gaps)
    (x, y), *_ = picture.placing.kernel_ellipses
    assert x == gap
    assert y < picture.placing.floors[-1].top


@pytest.mark.parametrize("view", ["channels", "blocks"])
def test_kernels_with_weights_are_dark_at_work_and_pale_at_rest(view: str) -> None:
    made = plan(Conv(4, 2, in_channels=2, out_channels=2), seed=0)
    picture = VIEWS[view].draw(made, Look(labels="numbers", reveal=True))
    work = picture.work(0)
    at_rest, at_work = (
        {one.strength for one in shapes if isinstance(one, Cells) and one.role == "kernel"}
        for shapes in (picture.kernels(), picture.kernels_at(work))
    )
    assert max(at_rest) < min(at_work)
    assert picture.pales_kernels(work)
    assert not VIEWS[view].draw(made, Look(reveal=True)).pales_kernels(work)


def test_kernels_without_weights_are_pale_at_rest_and_in_shadow_at_work() -> None:
    scene = Scene.of(VIEWS["oblique"].draw(plan(LAYERS["standard"]), Look()))
    assert "at_rest" in {shape.role for shape in scene.ground if isinstance(shape, Cells)}
    busy = [one for one in scene.moment(0) if isinstance(one, Cells) and one.key and one.key.what == "kernel"]
    assert {(one.role, one.shaded) for one in busy} == {("padding", True)}


def test_a_dot_stands_at_both_ends_of_each_ray() -> None:
    moment = Scene.of(VIEWS["oblique"].draw(plan(LAYERS["standard"]), Look())).moment(3)
    (rays,) = (one.segments for one in moment if isinstance(one, Lines) and one.role == "ray")
    (dots,) = (one.quads for one in moment if isinstance(one, Cells) and one.role == "pin")
    ends, middles = rays.reshape(-1, 2), dots.reshape(len(rays) * 2, -1, 2).mean(axis=1)
    np.testing.assert_allclose(middles, ends, atol=1e-6)


@pytest.mark.parametrize("view", ["oblique", "flat"])
def test_only_groups_of_kernels_are_named(view: str) -> None:
    grouped, moved = Conv(4, 2, in_channels=4, out_channels=4, groups=2), Fold(2, 2, channels=2)
    for layer, is_named in ((grouped, True), (moved, False)):
        scene = animate(layer, view=view).scene
        said = {word.said for word in standing((*scene.ground, *scene.moment(0)))}
        assert ({"group 1", "group 2"} <= said) is is_named


def test_names_stand_at_the_middle_of_their_planes() -> None:
    picture = VIEWS["oblique"].draw(plan(Conv(5, 3, in_channels=2, out_channels=2)), Look())
    middles = {word.said: float(word.at[0]) for word in standing(picture.words_at(picture.work(0)))}
    for page, sheet in picture.sheets.items():
        across = sheet.plane.corners()[:, 0]
        name = f"{('input', 'output')[page.site]} {page.channel + 1}"
        assert middles[name] == pytest.approx((across.min() + across.max()) / 2)


@pytest.mark.parametrize(
    "layer",
    [
        GlobalAvgPool(5, channels=5),
        MaxPool(6, 2, channels=3),
        MaxPool(7, 3, 2, ceil_mode=True, channels=2),
        DepthwiseConv(6, 3, padding=1, in_channels=4),
    ],
)
def test_a_sign_too_large_for_cells_stands_between_the_rays_of_every_step(layer: Layer) -> None:
    scene = animate(layer, view="oblique").scene
    for step in range(scene.steps):
        shapes = scene.moment(step)
        (sign,) = [shape for shape in shapes if isinstance(shape, Texts) and shape.is_mark]
        assert sign.on is None
        left, top, right, bottom = word_boxes([sign])[0].tolist()
        heights = np.array([top, bottom])
        # Rays lead up from the window to the cell.
        sides = np.sort([np.interp(heights, ray[::-1, 1], ray[::-1, 0]) for ray in lines(shapes, "ray")], axis=0)
        assert (sides[0] < left).all()
        assert (sides[1] > right).all()
