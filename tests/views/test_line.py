"""The line view: rows of cells, a line for each weight, and what one output depends on."""

from __future__ import annotations

from dataclasses import replace
from math import prod
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings

from convanim import (
    AvgPool,
    Chain,
    Conv,
    ConvanimError,
    ConvTranspose,
    DepthwiseConv,
    DepthwiseSeparable,
    Layer,
    MaxPool,
    MaxUnpool,
    Plan,
    Upsample,
    animate,
    plan,
)
from convanim.plans import Mask
from convanim.render.palettes import THEMES
from convanim.render.theme import find_theme
from convanim.views import VIEWS, Look
from convanim.views.line import Line, draw
from convanim.views.plane import Plane
from convanim.views.scene import Cells, Lines, Scene, Shapes
from convanim.views.sheet import Page
from tests.plans.test_value_properties import stacks
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
    tiles,
    words_of,
    written,
)
from tests.views.measures import Picture

CAUSAL = Chain([Conv((12,), 2, padding="causal", dilation=dilation) for dilation in (1, 2, 4)])
KINDS: dict[str, Layer | Chain] = {
    "causal": CAUSAL,
    "one": Conv((7,), 3, padding=1, stride=2),
    "mixed": Chain([Conv((9,), 3, dilation=2), MaxPool((5,), 2), ConvTranspose((2,), 3, 2)]),
    "transposed": ConvTranspose((4,), 3, 2, 1, 1),
    "mean": AvgPool((6,), 3, stride=1),
    "copies": Chain([Conv((5,), 2), Conv((4,), 3, padding=1, padding_mode="reflect")]),
}
TWO: dict[str, Any] = {"in_channels": 2, "out_channels": 2}
MANY: dict[str, Layer | Chain] = {
    "channels": Conv((8,), 3, padding=1, bias=True, **TWO),
    "more": Conv((8,), 3, in_channels=16, out_channels=2),
    "groups": Conv((8,), 3, padding=1, in_channels=4, out_channels=4, groups=2),
    "many groups": Conv((8,), 3, in_channels=16, out_channels=32, groups=8),
    "depthwise": DepthwiseConv((8,), 3, padding=1, in_channels=2, depth_multiplier=2),
    "separable": DepthwiseSeparable(2, 3, 3, (8,), padding=1),
    "pooled": MaxPool((8,), 2, channels=2),
    "chain": Chain([Conv((8,), 3, padding=1, **TWO), MaxPool((8,), 2, channels=2)]),
    "transposed": ConvTranspose((3,), 3, 2, bias=True, **TWO),
    "upsampled": Upsample((4,), 2, channels=2),
    "unpooled": MaxUnpool((4,), 2, channels=2),
}
STAMPED: dict[str, Layer | Chain] = {
    "alone": ConvTranspose((3,), 3, 2),
    "cut": ConvTranspose((3,), 3, 2, padding=1),
    "of channels": ConvTranspose((3,), 3, 2, bias=True, **TWO),
    "at the end": Chain([Conv((8,), 3, 2), ConvTranspose((3,), 3, 2)]),
    "of channels at the end": Chain([Conv((8,), 3, 2, **TWO), ConvTranspose((3,), 3, 2, **TWO)]),
}


def drawn(layer: Layer | Chain, look: Look | None = None, **options: Any) -> tuple[Plan, Line, Scene]:
    made = plan(layer, seed=3, **options)
    picture = draw(made, look or Look(labels="numbers"))
    assert isinstance(picture, Line)
    return made, picture, Scene.of(picture)


def planes_of(picture: Line) -> list[Plane]:
    return [sheet.plane for sheet in picture.sheets.values()]


def field(made: Plan, cell: int) -> list[Mask]:
    """Return what a cell of the first output channel depends on, plane by plane."""
    traced = made.trace(0, (cell,))
    own = np.zeros(made.output_size, bool)
    own[cell] = True
    return [*(traced[stage.number].cells[stage.source, 0] for stage in made.main), own]


def columns_of(picture: Line, level: int, mask: Mask) -> set[int]:
    sheet = list(picture.sheets.values())[level]
    return set(sheet.places(np.argwhere(mask))[:, 1].tolist())


ZEROS = ("padding", "inserted", "surplus")


def shaded(shapes: Shapes, plane: Plane) -> set[int]:
    """Return the columns in shadow, without zeros."""
    roles = [role for role in counts(shapes, True) if role not in ZEROS]
    return {column for role in roles for _, column in places_of(shapes, plane, role, True)}


def notes(shapes: Shapes) -> list[str]:
    found = [word.said for shape in shapes for word in words_of(shape)]
    return [word for word in found if "depends on" in word or "reaches" in word]


@pytest.mark.parametrize("name", KINDS)
def test_there_is_a_thread_for_every_weight_of_every_window(name: str) -> None:
    made, picture, scene = drawn(KINDS[name])
    threads = lines(scene.ground, "thread")
    assert len(threads) == sum(stage.steps_of[1] * prod(stage.layer.kernel_size) for stage in made.main)
    start, planes = 0, planes_of(picture)
    for number, stage in enumerate(made.main):
        low, high, each = planes[number], planes[number + 1], stage.steps_of[1]
        own = threads[start : start + each * stage.layer.kernel_size[0]]
        start += len(own)
        assert np.allclose(own[:, 0, 1], low.origin[1])
        assert np.allclose(own[:, 1, 1], high.origin[1] + 1)
        columns = (own[:, 0, 0] - low.origin[0] - 0.5).round(6).reshape(each, -1)
        for output, read in enumerate(columns.tolist()):
            (one,) = stage.step(0, output).reads
            assert read == (one.taps.position[:, 0] - stage.grid.start[0]).tolist()


@pytest.mark.parametrize("name", KINDS)
def test_each_step_shades_what_its_output_depends_on(name: str) -> None:
    made, picture, scene = drawn(KINDS[name])
    assert scene.steps == made.output_size[0]
    for cell in range(scene.steps):
        for level, (plane, mask) in enumerate(zip(planes_of(picture), field(made, cell), strict=True)):
            assert shaded(scene.moment(cell), plane) == columns_of(picture, level, mask)


def test_zeros_under_the_kernel_are_shaded_too() -> None:
    _, picture, scene = drawn(ConvTranspose((3,), 2, 2))
    (plane, _) = planes_of(picture)
    zeros = [
        {
            column
            for role in ZEROS
            if counts(shapes, True).get(role)
            for _, column in places_of(shapes, plane, role, True)
        }
        for shapes in map(scene.moment, range(scene.steps))
    ]
    assert zeros == [{0}, {2}, {2}, {4}, {4}, {6}]


@given(stacks())
@settings(max_examples=20)
def test_fields_are_those_of_the_plan(layers: list[Layer]) -> None:
    assume(layers[0].dims == 1)
    made, picture, scene = drawn(Chain(layers))
    for cell in range(scene.steps):
        for level, (plane, mask) in enumerate(zip(planes_of(picture), field(made, cell), strict=True)):
            assert shaded(scene.moment(cell), plane) == columns_of(picture, level, mask)


@pytest.mark.parametrize("name", KINDS)
def test_the_note_counts_the_input_cells(name: str) -> None:
    made, _, scene = drawn(KINDS[name])
    for cell in range(scene.steps):
        seen = int(field(made, cell)[0].sum())
        told = f"output cell {cell} depends on {seen} of the {made.input_size[0]} input cells"
        assert notes(scene.moment(cell)) == [told]


def test_the_field_of_a_causal_stack_doubles_with_each_layer() -> None:
    made, _, scene = drawn(CAUSAL)
    assert [int(mask.sum()) for mask in field(made, 11)] == [8, 4, 2, 1]
    assert any("depends on 8 of" in word.said for word in standing(shapes_at(scene, 11)))


@pytest.mark.parametrize("method", ["gather", "scatter"])
def test_a_field_spreads_a_layer_a_step(method: str) -> None:
    chain = Chain([*CAUSAL.layers, ConvTranspose((12,), 2, 2)])
    made, picture, scene = drawn(chain, Look(field=(11,)), method=method)
    masks = field(replace(made, stages=tuple(replace(stage, is_stamped=False) for stage in made.stages)), 11)
    assert scene.steps == 5
    for number in range(5):
        for level, (plane, mask) in enumerate(zip(planes_of(picture), masks, strict=True)):
            own = columns_of(picture, level, mask) if level >= 4 - number else set()
            assert shaded(scene.moment(number), plane) == own


def test_branches_are_threads_of_the_cells_at_work() -> None:
    _, _, scene = drawn(CAUSAL)
    threads = {tuple(line.round(5).ravel().tolist()) for line in lines(scene.ground, "thread")}
    for cell in range(scene.steps):
        branches = {tuple(line.round(5).ravel().tolist()) for line in lines(scene.moment(cell), "branch")}
        assert branches
        assert branches <= threads


@pytest.mark.parametrize("name", ["causal", "copies", "mixed"])
def test_rows_hold_the_numbers_of_each_layer(name: str) -> None:
    made, picture, scene = drawn(KINDS[name])
    *below, above = planes_of(picture)
    assert grid_of(in_cells(scene.ground, above), above) == written(made.planes(made.last.target, 0))
    for level, stage in enumerate(made.main):
        found = in_cells(scene.ground, below[level])
        places = list(picture.sheets.values())[level].places(np.arange(stage.input_size[0])[:, None]).tolist()
        values = written(made.planes(stage.source, 0))[0]
        assert [found[row, column].said for row, column in places] == values


def test_everything_is_there_from_the_start() -> None:
    _, _, scene = drawn(CAUSAL)
    assert scene.marks(range(scene.steps)) == ()
    assert "pending" not in counts(scene.ground)


def test_letters_have_one_index_and_differ_by_row() -> None:
    _, picture, scene = drawn(CAUSAL, Look(labels="letters"))
    ends = [in_cells(scene.ground, plane)[0, plane.columns - 1].said for plane in planes_of(picture)]
    assert ends == ["x_12", "h_12", "g_12", "y_12"]


def test_no_labels_leave_no_words_in_cells() -> None:
    _, picture, scene = drawn(CAUSAL, Look())
    assert not any(in_cells(shapes_at(scene, 5), plane) for plane in planes_of(picture))


def test_layers_are_named_beside_the_rows() -> None:
    _, _, scene = drawn(Chain([*CAUSAL.layers, MaxPool((12,), 2)]))
    found = {word.said for word in standing(scene.ground)}
    assert {"input", "layer 1", "layer 2", "output", "kernel size 2", "dilation 2", "dilation 4", "max pool"} <= found


def test_causal_rows_end_in_one_column() -> None:
    _, picture, _ = drawn(CAUSAL)
    assert len({round(sheet.box[2], 6) for sheet in picture.sheets.values()}) == 1


def test_the_sum_of_a_step_stands_below_where_anything_is_in_the_cells() -> None:
    made, _, scene = drawn(KINDS["one"])
    for cell in range(scene.steps):
        line = sum_line(scene, cell)
        assert [word.of.on for word in tiles(line)][-1] == "output"
        assert tiles(line)[-1].said == written(made.planes(1, 0))[0][cell]
    assert said(sum_line(drawn(KINDS["one"], Look(labels="letters"))[2], 1)) == "x_2·w_1+x_3·w_2+x_4·w_3=y_2"
    assert not tiles(sum_line(drawn(KINDS["one"], Look())[2], 1))


@pytest.mark.parametrize("name", MANY)
def test_rows_of_channels_stand_apart_and_have_names(name: str) -> None:
    _, picture, scene = drawn(MANY[name], Look())
    for step in (0, scene.steps - 1):
        words = [word for word in standing(shapes_at(scene, step)) if word.of.on is None]
        boxes = [(*word.corners.min(axis=0), *word.corners.max(axis=0)) for word in words]
        boxes += [sheet.box for sheet in picture.sheets.values()]
        for number, one in enumerate(boxes):
            for other in boxes[:number]:
                apart = one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]
                assert apart or one == other
        names = {word.said: word.of.face for word in words}
        working = picture.work(step).pages
        for page in picture.sheets:
            face = "bold" if page in working else "regular"
            assert names[picture.title(picture.sites[page.site], page.channel)] == face


def test_channels_that_are_left_out_are_counted() -> None:
    _, picture, scene = drawn(MANY["more"], Look())
    assert [page.channel for page in picture.sheets if page.site == 0] == [0, 1, 2, 15]
    assert "12 more" in {word.said for word in standing(scene.ground)}
    assert notes(scene.moment(0)) == ["output 1 cell 0 depends on 48 of the 128 input cells"]


def test_groups_have_names_and_rules_between_them() -> None:
    _, picture, scene = drawn(MANY["groups"], Look())
    assert {"group 1", "group 2"} <= {word.said for word in standing(scene.ground)}
    ((x, _), (other, _)) = next(line for line in lines(scene.ground, "thread") if line[0, 1] < line[1, 1])
    assert x == other
    for page, sheet in picture.sheets.items():
        assert sheet.box[2] < x if page.channel < 2 else sheet.box[0] > x


@pytest.mark.parametrize("name", MANY)
def test_threads_join_the_channels_that_meet(name: str) -> None:
    made, picture, _ = drawn(MANY[name])
    for stage in made.main:
        pairs = {(one.channel, other.channel) for number, one, other in picture.threads if number == stage.number}
        inputs, outputs = (picture.contents.channels[tensor] for tensor in (stage.source, stage.target))
        assert pairs == {(one, other) for other in outputs for one in stage.grouping.inputs_of(other) if one in inputs}


def test_zeros_that_are_made_of_nothing_look_like_zeros() -> None:
    made, picture, scene = drawn(MANY["unpooled"])
    values = made.planes(1, 0)
    found = places_of(scene.ground, picture.sheets[Page(1)].plane, "inserted", False)
    empty = [place for place in range(len(values)) if not made.main[0].step(0, place).reads]
    assert [column for _, column in found] == empty


@pytest.mark.parametrize("name", STAMPED)
def test_stamps_grow_to_the_whole_output(name: str) -> None:
    made, picture, scene = drawn(STAMPED[name], method="scatter")
    assert scene.steps == sum(stage.count for stage in made.main) + 1
    for page, sheet in picture.sheets.items():
        if picture.sites[page.site].tensor == made.last.target:
            grid = grid_of(in_cells(shapes_at(scene, scene.steps - 1), sheet.plane), sheet.plane)
            assert grid == written(made.planes(made.last.target, page.channel))


@pytest.mark.parametrize("name", STAMPED)
def test_a_stamp_has_a_thread_for_every_weight(name: str) -> None:
    made, picture, scene = drawn(STAMPED[name], method="scatter")
    for number in range(scene.steps - 1):
        work = picture.work(number)
        assert work.stage is not None
        assert work.step is not None
        each = prod(made.last.layer.kernel_size)
        if work.stage.is_stamped:
            assert len(lines(scene.moment(number), "branch")) == each * len(work.step.channels)
            (note,) = notes(scene.moment(number))
            reached = sum(len(window.places) for window in work.made.values())
            assert f"reaches {reached} of the" in note


@pytest.mark.parametrize("name", [*MANY, *STAMPED])
@pytest.mark.parametrize("looks", [{"labels": "numbers"}, {"shades": True}, {}])
def test_words_are_large_clear_and_apart(name: str, looks: dict[str, Any]) -> None:
    layer, method = (STAMPED[name], "scatter") if name in STAMPED else (MANY[name], "gather")
    animation = animate(layer, view="line", method=method, width=2400, **looks)
    picture = Picture(animation, animation.scene.steps // 2)
    faint = [found for theme in THEMES for found in picture.faint(find_theme(theme))]
    assert [*picture.small(), *picture.outside(6), *picture.overlapping(), *faint] == []
    assert [*picture.covered(), *picture.crossed()] == []


LOOKS: list[dict[str, Any]] = [{}, {"labels": "numbers", "seed": 1}, {"labels": "letters"}, {"shades": True}]


@pytest.mark.parametrize(
    ("layer", "looks"),
    # Every other look of each, of one those that are not of the next.
    [(layer, look) for turn, layer in enumerate([*KINDS.values(), *MANY.values()]) for look in LOOKS[turn % 2 :: 2]],
)
def test_every_plan_is_drawn_within_its_bounds(layer: Layer | Chain, looks: dict[str, Any]) -> None:
    scene = animate(layer, view="line", width=2400, motion="smooth", **looks).scene
    left, top, right, bottom = scene.bounds
    for step in (0, scene.steps // 2, scene.steps - 1):
        for shape in shapes_at(scene, step):
            points = shape.quads if isinstance(shape, Cells) else shape.segments if isinstance(shape, Lines) else None
            corners = points if points is not None else np.array([word.corners for word in words_of(shape)])
            places = corners.reshape(-1, 2)
            assert (places >= [left - 0.7, top - 0.7]).all()
            assert (places <= [right + 0.7, bottom + 0.7]).all()


@pytest.mark.parametrize("name", [*KINDS, *STAMPED])
def test_shapes_of_moments_have_keys(name: str) -> None:
    layer, method = (KINDS[name], "gather") if name in KINDS else (STAMPED[name], "scatter")
    _, _, scene = drawn(layer, method=method)
    for step in range(scene.steps):
        assert all(shape.key is not None for shape in scene.moment(step))


def test_more_axes_are_refused() -> None:
    for layer in (Conv(4, 2), Conv(4, 2, **TWO)):
        with pytest.raises(ConvanimError, match=r"draws one axis, and an input of 4x4 has more; use view=oblique"):
            VIEWS["line"].draw(plan(layer), Look())


def test_weights_of_layers_stand_beside_them_where_they_are_numbers_and_few() -> None:
    chain = Chain([Conv((6,), 2), Conv((5,), 2)])
    kernels = [np.array([1, 2]), np.array([0, 3])]
    for labels, is_said in (("numbers", True), ("letters", False)):
        said = {word.said for word in standing(animate(chain, kernel=kernels, view="line", labels=labels).scene.ground)}
        assert ({"weights 1, 2", "weights 0, 3"} <= said) is is_said
    assert not any(
        word.said.startswith("weights") for word in standing(animate(Conv((9,), 6), view="line").scene.ground)
    )
