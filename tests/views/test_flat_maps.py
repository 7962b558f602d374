"""Pictures from above of channels, slices and moved values: what their cells, windows, kernels and sums say."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from itertools import product
from typing import Any

import numpy as np
import pytest

from convanim import (
    AdaptiveAvgPool,
    Animation,
    AvgPool,
    Chain,
    Conv,
    ConvTranspose,
    DepthwiseConv,
    DepthwiseSeparable,
    Fold,
    Layer,
    MaxPool,
    MaxUnpool,
    PixelShuffle,
    PixelUnshuffle,
    Plan,
    Unfold,
    Upsample,
    animate,
    plan,
)
from convanim.layers.axis import Kind
from convanim.layers.rules import COPY
from convanim.plans import Stage, Step, Windows
from convanim.plans.values import signed, spell
from convanim.views import Look
from convanim.views.flat import Flat, draw
from convanim.views.flat_layout import FlatLayout
from convanim.views.flat_rays import FlatRays
from convanim.views.headings import word_boxes
from convanim.views.naming import lies_turned
from convanim.views.scene import Cells, Key, Lines, Scene, Shapes, Texts
from convanim.views.sheet import Page
from tests.gathering import gathered
from tests.views.helpers import (
    Word,
    all_over,
    cells_of,
    few,
    grid_of,
    in_cells,
    lines,
    plane_of,
    said,
    shapes_at,
    sheets_of,
    spot,
    standing,
    value,
    written,
)
from tests.views.measures import Picture

TWO: dict[str, Any] = {"in_channels": 2, "out_channels": 2}
FIVE: dict[str, Any] = {"in_channels": 5, "out_channels": 5}
CASES: dict[str, tuple[Layer | Chain, dict[str, Any]]] = {
    # Chains of single planes.
    "plain chain": (Chain([Conv(6, 3), Conv(4, 2, padding=1)]), {}),
    "plain copies": (Chain([Conv(4, 2), Conv(3, 3, padding=1, padding_mode="reflect")]), {}),
    "plain pools": (
        Chain([Conv((3, 6), (1, 3), padding=(0, 1)), MaxPool((3, 6), (1, 2)), AvgPool((3, 3), (2, 1))]),
        {},
    ),
    "plain row": (Chain([Conv((6,), 3, padding="causal"), Conv((6,), 2, stride=2)]), {}),
    "plain and back": (Chain([Conv(4, 2, stride=2), ConvTranspose(2, 2, 2)]), {"method": "scatter"}),
    "plain round trip": (Chain([Conv(5, 3, stride=2), ConvTranspose(2, 3, 2)], returns=True), {"method": "scatter"}),
    # Chains with channels.
    "chain": (Chain([Conv(4, 2, bias=True, **TWO), Conv(3, 2, in_channels=2, out_channels=1)]), {}),
    "padded chain": (Chain([Conv(3, 3, padding=1, padding_mode="reflect", **TWO), MaxPool(3, 2, channels=2)]), {}),
    "depthwise separable": (DepthwiseSeparable(2, 3, 3, 2, padding=1), {"order": "position"}),
    "chain of many": (Chain([Conv(3, 2, in_channels=6, out_channels=5), AvgPool(2, 2, channels=5)]), {}),
    "row": (Chain([Conv((6,), 3, padding="causal", **TWO), MaxPool((6,), 2, channels=2)]), {}),
    "round trip": (Chain([Conv(4, 2, **TWO), ConvTranspose(3, 2, **TWO)], returns=True), {}),
    "round trip of many": (Chain([Conv((3,), 2, **FIVE), ConvTranspose((2,), 2, **FIVE)], returns=True), {}),
    "compared": (Chain([Conv(4, (2, 1), **TWO), Conv((3, 4), (1, 2), **TWO)], compared=Conv(4, 2, **TWO)), {}),
    # Stamps.
    "stamps": (ConvTranspose(2, 3, 2, 1, bias=True, **TWO), {"method": "scatter"}),
    "stamps by place": (ConvTranspose(2, 2, **TWO), {"method": "scatter", "order": "position"}),
    "overlapping stamps": (ConvTranspose((14,), 5), {"method": "scatter"}),
    "stamps that are cut off": (ConvTranspose(3, 3, 2, 1, 1), {"method": "scatter"}),
    "dilated stamps": (ConvTranspose((2, 3), (3, 2), dilation=2), {"method": "scatter"}),
    "row of stamps": (ConvTranspose((4,), 3, 2, 1), {"method": "scatter"}),
    "stamps that are apart": (ConvTranspose(2, 1, 3), {"method": "scatter"}),
    "stamps of groups": (ConvTranspose((3,), 2, 2, groups=2, bias=True, **TWO), {"method": "scatter"}),
    "stamps of groups of many": (
        ConvTranspose((2,), 2, in_channels=2, out_channels=10, groups=2),
        {"method": "scatter"},
    ),
    "stamps of many": (ConvTranspose((2,), 2, in_channels=5, out_channels=2), {"method": "scatter"}),
    "stamps of one plane": (ConvTranspose(2, 3, 2, bias=True), {"method": "scatter"}),
    "stamps of slices": (ConvTranspose((2, 2, 1), (2, 2, 1), bias=True), {"method": "scatter"}),
    "stamped alone": (Chain([ConvTranspose((3, 2), (1, 2), 1, 1, bias=True, **TWO)]), {"method": "scatter"}),
    "stamped chain": (Chain([Conv(4, 2, **TWO), ConvTranspose(3, 2, 2, bias=True, **TWO)]), {"method": "scatter"}),
    # Three axes.
    "volume": (Conv((2, 3, 3), 2, padding=1), {}),
    "volume of channels": (Conv((2, 3, 3), 2, bias=True, **TWO), {}),
    "circular volume": (Conv((2, 2, 2), 2, padding=1, padding_mode="circular"), {}),
    "pooled volume": (MaxPool((3, 3, 3), 2, ceil_mode=True), {}),
    "volume chain": (Chain([Conv((3, 3, 3), 2), AvgPool((2, 2, 2), (1, 2, 2))]), {}),
    # One layer with channels, and what only moves values.
    "bias": (Conv(3, 2, bias=True), {}),
    "channels": (Conv(3, 2, padding=1, in_channels=3, out_channels=2, bias=True), {"order": "position"}),
    "averages": (AvgPool(4, 4, 2, 2, count_include_pad=False, channels=2), {}),
    "averages of two": (AvgPool((1, 2), 2, (2, 1), ((1, 1), (0, 0)), channels=2), {}),
    "mean of means": (Chain([AvgPool((6,), 3, 1), AvgPool((4,), 2, 1)]), {}),
    "unpooled row": (MaxUnpool((1,), 2, indices=[0]), {}),
    "more outputs than inputs": (Conv((3, 4), 2, out_channels=5), {}),
    "many more outputs than inputs": (Conv((3, 2), (2, 1), padding=(0, 1), bias=True, **TWO | {"out_channels": 6}), {}),
    "channels of many": (Conv((4,), 2, in_channels=6, out_channels=6), {}),
    "shuffle": (PixelShuffle(2, 2), {}),
    "unshuffle": (PixelUnshuffle(4, 2), {}),
    "unfold": (Unfold(3, 2, padding=1), {}),
    "unpool": (MaxUnpool(2, 2, channels=2), {}),
    "upsample": (Upsample((2, 3), 2, channels=2), {}),
    "upsampled volume": (Upsample((2, 1, 2), 2), {}),
    "shuffled chain": (Chain([Conv(3, 2, out_channels=4), PixelShuffle(2, 2)]), {}),
}
STAMPED = [name for name, (_, options) in CASES.items() if options.get("method") == "scatter"]
GATHERED = [name for name in CASES if name not in STAMPED]


def kinds(name: str) -> set[Any]:
    """Return what a picture of a case has to be able to draw."""
    layer, options = CASES[name]
    layers, ends = (layer.layers, (layer.returns, layer.compared)) if isinstance(layer, Chain) else ((layer,), ())
    channels = max(max(one.grouping.in_channels, one.grouping.out_channels) for one in layers)
    sort = layer.dims, isinstance(layer, Chain), min(channels, 2), options.get("method")
    return {sort, ends, (layer.dims > 2, channels > 4), options.get("order"), *(one.operation for one in layers)}


SOME = few(CASES, kinds)
WEIGHTED = [name for name, (layer, _) in CASES.items() if layer.parameters]

Cell = tuple[int, ...]
"""Site, channel, slice, row and column."""


@cache
def drawn(name: str) -> tuple[Plan, Animation]:
    """Return the plan of a case as its picture walks through it, and the picture, with numbers of both signs."""
    layer, options = CASES[name]
    first = layer.layers[0] if isinstance(layer, Chain) else layer
    size = (first.grouping.in_channels, *layer.input_size)
    given = np.random.default_rng(5).integers(-3, 7, size if layer.has_channels else size[1:])
    made = plan(layer, input=given, seed=2, **options)
    animation = animate(layer, view="flat", labels="numbers", width=1900, input=given, seed=2, **options)
    return draw(made, Look(labels="numbers", reveal=True)).plan, animation


def tensors_of(made: Plan) -> list[int]:
    """Return which tensor each site of a picture is of; what a chain is compared with has a site of the input, too."""
    return [0, 1, 0, 2, 3] if made.compared else [*range(len(made.tensors))]


def sites_of(made: Plan, stage: Stage) -> tuple[int, int]:
    """Return the sites that a layer reads and makes."""
    target = tensors_of(made).index(stage.target)
    return target - 1, target


def cells_at(site: int, channels: Any, places: Any) -> set[Cell]:
    """Return some cells of each of some channels."""
    return {(site, channel, *(0, 0, *place)[-3:]) for channel, place in product(channels, places)}


@cache
def data_of(scene: Scene) -> dict[Cell, tuple[Cell, tuple[int, int]]]:
    """Return where each cell of data lies at rest: on which sheet, and at which (row, column)."""
    sheets, found = sheets_of(scene), dict[Cell, tuple[Cell, tuple[int, int]]]()
    for shape in scene.ground:
        if isinstance(shape, Cells) and shape.cells is not None and shape.key is not None and shape.cells[0, 0] >= 0:
            places = np.floor(sheets[shape.key.of].places(shape.quads.mean(axis=1))).astype(int).tolist()
            for cell, (row, column) in zip(shape.cells.tolist(), places, strict=True):
                found[tuple(cell)] = shape.key.of, (row, column)
    return found


def channels_of(scene: Scene, site: int) -> list[int]:
    """Return the channels of a site that are drawn."""
    return sorted({cell[1] for cell in data_of(scene) if cell[0] == site})


def words_in(scene: Scene, shapes: Shapes, chips: bool = False) -> dict[Cell, str]:
    """Return what stands in cells of data, or on the chips there."""
    found = {page: in_cells(shapes, plane, chips) for page, plane in sheets_of(scene).items()}
    return {cell: found[page][place].said for cell, (page, place) in data_of(scene).items() if place in found[page]}


def rows_of(scene: Scene, step: int) -> list[list[Word]]:
    """Return the rows of the sum of a step, from above, each from left to right."""
    rows: dict[float, list[Word]] = {}
    for word in standing(scene.moment(step)):
        if word.of.key == Key("sum"):
            rows.setdefault(round(word.at[1], 3), []).append(word)
    found = [sorted(rows[height], key=lambda word: word.at[0]) for height in sorted(rows)]
    # What a channel adds also stands by itself, beside it.
    return [row for row in found if {"=", "≈", "→", "no value moves here:"} & {word.said for word in row}]


def check(row: list[Word]) -> None:
    """See that all sides of a row are equal."""
    told = said(row).replace("bias", "").replace("no value moves here:", "0=").replace("→", "=").replace("≈", "=")
    *sides, end = told.split("=")
    assert sides
    for side in sides if "…" not in told else []:
        # The mean of means is written with two decimals.
        assert value(side) == pytest.approx(value(end), abs=0.02)


def own_number(made: Plan, step: Step) -> int:
    """Return the number of a stamp among all of its layer, also of channels that are not drawn."""
    (read,) = step.reads
    place = np.ravel_multi_index(tuple(read.taps.source[0]), made.last.input_size)
    return made.stamps(made.last).number(read.channels[0], int(place))


def some(scene: Scene) -> list[int]:
    """Return the numbers of some steps all over."""
    return sorted({*range(0, scene.steps, max(1, scene.steps // 6)), scene.steps - 1})


@pytest.mark.parametrize("name", CASES)
def test_every_cell_says_in_the_end_what_the_plan_has_for_it(name: str) -> None:
    made, animation = drawn(name)
    scene, expected = animation.scene, dict[Cell, str]()
    for site, tensor in enumerate(tensors_of(made)):
        its, channels = made.tensors[tensor], channels_of(scene, site)
        assert (channels[0], channels[-1]) == (0, its.channels - 1)
        assert len(channels) == its.channels or its.channels > 4
        for channel, place in product(channels, np.ndindex(*its.size)):
            (cell,) = cells_at(site, [channel], [place])
            expected[cell] = spell(made.planes(tensor, channel).item(place), 2)
    assert set(data_of(scene)) == set(expected)
    assert words_in(scene, shapes_at(scene, scene.steps - 1)) == expected


@pytest.mark.parametrize("name", CASES)
def test_results_are_blank_until_they_are_computed_but_where_no_stamp_falls(name: str) -> None:
    made, animation = drawn(name)
    scene, done = animation.scene, set[Cell]()
    for stage in filter(lambda stage: stage.is_stamped, made.walked):
        never, channels = np.argwhere(made.stamps(stage).overlap == 0).tolist(), range(stage.grouping.out_channels)
        done |= cells_at(sites_of(made, stage)[1], channels, never)
    for number, step in enumerate(made):
        stage = made.stages[step.stage]
        done |= cells_at(sites_of(made, stage)[1], step.channels, step.writes[stage.inside(step.writes)].tolist())
        if number in some(scene):
            known = {cell for cell in words_in(scene, shapes_at(scene, number)) if tensors_of(made)[cell[0]]}
            assert known == done & set(data_of(scene))


@pytest.mark.parametrize("name", CASES)
def test_windows_lie_on_the_very_cells_that_are_read_and_made(name: str) -> None:
    made, animation = drawn(name)
    scene, data = animation.scene, set(data_of(animation.scene))
    for number, step in ((number, made.step(number)) for number in all_over(len(made))):
        stage, moment = made.stages[step.stage], scene.moment(number)
        (source, target), read, places = sites_of(made, stage), set[Cell](), set[Cell]()
        if made.walk.way == "fused":
            # What the other layer has made last is shown too.
            ends = ("window", source), ("made", target)
            moment = tuple(one for one in moment if one.key and (one.key.what, *one.key.of[:1]) in ends)
        for one in step.reads:
            taps, channels = one.taps, sorted(set(one.channels) & set(channels_of(scene, source)))
            read |= cells_at(source, channels, taps.source[taps.kind == Kind.INPUT].tolist())
            at = taps.source if stage.is_stamped else taps.position - np.array(stage.grid.start)
            places |= cells_at(source, channels, at[taps.kind != Kind.OVERHANG].tolist())
        assert cells_of(moment, "window") == read
        assert covered(scene, moment, "window") == places
        written_cells = step.writes[stage.inside(step.writes)].tolist()
        assert cells_of(moment, "made") == cells_at(target, step.channels, written_cells) & data
        # A shadow would hide the colours of what is only moved, and those that say how many stamps there are.
        is_counted = stage.is_stamped and not made.is_chain and made.stamps(stage).overlap.max() > 1
        for what, is_lit in (("window", False), ("made", is_counted)):
            for shape in cells_drawn(moment, what):
                assert shape.shaded == (not is_lit and stage.rule is not COPY and not shape.role.startswith("tint"))


def covered(scene: Scene, shapes: Shapes, what: str) -> set[Cell]:
    """Return where the shapes of a kind lie, padding included: site, channel and slice of the sheet, row and column."""
    found = set[Cell]()
    for shape in cells_drawn(shapes, what):
        for page, plane in sheets_of(scene).items():
            places = np.floor(plane.places(shape.quads.mean(axis=1))).astype(int).tolist()
            found |= {(*page, r, c) for r, c in places if 0 <= r < plane.rows and 0 <= c < plane.columns}
    return found


def cells_drawn(shapes: Shapes, what: str) -> list[Cells]:
    return [shape for shape in shapes if isinstance(shape, Cells) and shape.key is not None and shape.key.what == what]


@pytest.mark.parametrize("name", GATHERED)
def test_every_row_of_a_sum_is_true_and_the_last_ends_in_what_is_made(name: str) -> None:
    made, animation = drawn(name)
    scene, starts = animation.scene, dict[tuple[int, bool], float]()
    for number, step in ((number, made.step(number)) for number in all_over(len(made))):
        stage, (*rows, last) = made.stages[step.stage], rows_of(scene, number)
        names = [row.pop(0).said if row[0].of.on is None else "" for row in rows]
        for row in (*rows, last):
            check(row)
        assert last[-1].said == spell(made.value(step), 2)
        assert last[0].at[0] == starts.setdefault((stage.number, bool(step.reads)), last[0].at[0])
        if stage.bias is not None:
            assert f"bias{spell(stage.bias.item(step.channel), 2)}=" in said(last)
        terms = [(read, channel) for read in step.reads for channel in read.channels]
        if not stage.is_weighted or (len(terms) == 1 and stage.bias is None):
            assert rows == []
            continue
        if len(terms) > 1 and all(len(read.taps.kind) == 1 for read in step.reads):
            factors = [(x[0], w[0]) for x, w in (made.operands(step, *term) for term in terms) if w]
            assert rows == []
            assert said(last).startswith("+".join(f"{spell(x, 2)}·{spell(w, 2)}" for x, w in factors))
            continue
        shown = [term for term in terms if term[1] in channels_of(scene, sites_of(made, stage)[0])]
        for row, name, term in zip(rows, names, shown, strict=True):
            # A lone channel needs no name above the row of the bias.
            assert name in ((f"input {term[1] + 1}", f"channel {term[1] + 1}") if len(terms) > 1 else ("",))
            x, w = made.operands(step, *term)
            pairs = [*zip(x, w or (), strict=True)]
            added = spell(sum(a * b for a, b in pairs), 2)
            assert said(row) == "+".join(f"{spell(a, 2)}·{spell(b, 2)}" for a, b in pairs) + f"={added}"
        parts = [row[-1].said for row in rows]
        if len(shown) == len(terms):
            assert said(last).startswith("+".join(parts))
        # They also stand beside the channels.
        alone = [word.said for word in standing(scene.moment(number)) if word.of.on == "partial"]
        assert all(alone.count(part) >= 3 * parts.count(part) for part in parts)


@pytest.mark.parametrize("name", STAMPED)
def test_the_sum_of_a_stamp_is_that_of_the_cell_that_is_ringed(name: str) -> None:
    made, animation = drawn(name)
    scene, stage, stamps = animation.scene, made.last, made.stamps(made.last)
    target = sites_of(made, stage)[1]
    for number in made.numbers[-1]:
        step, moment = made.step(number), scene.moment(number)
        out = next(one for one in step.channels if one in channels_of(scene, target))
        cell = stamps.busiest(replace(step, channels=(out,)), own_number(made, step))
        if cell is None:
            assert rows_of(scene, number) == []
            continue
        (row,) = rows_of(scene, number)
        check(row)
        count, total = stamps.before(out, cell, own_number(made, step) + 1)
        assert row[-1].said == spell(total, 2)
        assert said(row).startswith("bias") == (stage.bias is not None)
        if "…" not in said(row):
            assert said(row).count("·") == count
        (at,) = cells_at(target, [out], [cell])
        page, place = data_of(scene)[at]
        middle = spot(*sheets_of(scene)[page].points(np.array(place) + 0.5))
        rings = [spot(*ring[:, 0].mean(axis=0)) for ring in lines(moment, "ring_dark").reshape(-1, 4, 2, 2)]
        assert {middle, row[-1].at} <= {*rings}


@pytest.mark.parametrize("name", STAMPED)
def test_outputs_hold_what_has_fallen_so_far(name: str) -> None:
    made, animation = drawn(name)
    scene, stage, stamps = animation.scene, made.last, made.stamps(made.last)
    target, is_chain = sites_of(made, stage)[1], isinstance(made.layer, Chain)
    for number in made.numbers[-1]:
        step, shapes = made.step(number), shapes_at(scene, number)
        own, chips = own_number(made, step), dict[Cell, str]()
        fallen = cells_at(target, step.channels, step.writes[stage.inside(step.writes)].tolist())
        words = {cell: word for cell, word in words_in(scene, shapes).items() if cell[0] == target}
        # Zeros are written too, once a stamp has fallen on them.
        assert {cell for cell in fallen if cell[1] in channels_of(scene, target)} <= words.keys()
        for cell, word in words.items():
            before, after = (stamps.before(cell[1], cell[-made.dims :], own + more)[1] for more in (0, 1))
            assert word == spell(after, 2)
            if cell in fallen:
                chips[cell] = signed(spell(after - before, 2))
        # Within a chain there are no chips.
        found = {cell: word for cell, word in words_in(scene, shapes, chips=True).items() if cell[0] == target}
        assert found == ({} if is_chain else chips)


@gathered("name", WEIGHTED)
def test_the_kernels_that_stand_there_are_those_at_work(name: str) -> None:
    made, animation = drawn(name)
    scene = animation.scene
    for number in some(scene):
        step = made.step(number) if number < len(made) else None
        if step is None or not (step.reads and made.stages[step.stage].is_weighted):
            assert not kernels_in(scene.moment(number))
            continue
        stage, (read,) = made.stages[step.stage], step.reads
        assert isinstance(stage, Windows)
        inputs, outputs = (channels_of(scene, site) for site in sites_of(made, stage))
        pairs = [(out, one) for out, one in product(step.channels, read.channels) if out in outputs and one in inputs]
        expected = []
        for pair in pairs:
            weights = stage.slice(*pair)
            assert weights is not None
            # Only a layer that stands alone has room for both.
            own = np.flip(weights) if made.is_chain and lies_turned(stage) else weights
            expected += [written(one) for one in (own if own.ndim == 3 else [own])]
        if stage.grouping.is_single:
            assert all(kernel in kernels_in(scene.ground) for kernel in expected)
        else:
            assert kernels_in(scene.moment(number)) == expected


def kernels_in(shapes: Shapes) -> list[list[list[str]]]:
    """Return what each slice of each kernel says, without chips and tiles."""
    planes = [
        plane_of(shape.quads)
        for shape in shapes
        if isinstance(shape, Cells)
        and shape.role == "kernel"
        and shape.key is not None
        and shape.cells is not None
        and shape.strength == 1
    ]
    return [grid_of(in_cells(shapes, plane, chips=True), plane) for plane in planes]


@pytest.mark.parametrize("name", SOME)
def test_everything_stays_in_its_place_and_within_the_picture(name: str) -> None:
    _, animation = drawn(name)
    scene, data, sheets = animation.scene, data_of(animation.scene), sheets_of(animation.scene)
    left, top, right, bottom = scene.bounds
    heights, named = set[float](), list[set[tuple[str, Any]]]()
    for number in all_over(scene.steps):
        for shape in (*scene.marks(range(number, number + 1)), *scene.moment(number)):
            if isinstance(shape, Cells) and shape.cells is not None:
                for cell, quad in zip(shape.cells.tolist(), shape.quads, strict=True):
                    if cell[0] >= 0:
                        page, place = data[tuple(cell)]
                        np.testing.assert_allclose(quad, sheets[page].quads(np.array([place]))[0], atol=1e-9)
            # The ends of mirrors lie in the margin.
            if isinstance(shape, Cells | Lines) and not shape.role.startswith("mirror"):
                points = (shape.quads if isinstance(shape, Cells) else shape.segments).reshape(-1, 2)
                assert (points >= np.array([left, top]) - 1e-6).all()
                assert (points <= np.array([right, bottom]) + 1e-6).all()
        heights |= {row[0].at[1] for row in rows_of(scene, number)[:1]}
        words = standing(shapes_at(scene, number))
        named.append(
            {
                (word.said, word.at)
                for word in words
                if word.said.startswith(("input", "layer", "output")) and word.of.key != Key("sum")
            }
        )
    # Of two paths that are compared, each has its sums below it.
    assert len(heights) == (2 if name == "compared" else 1)
    assert all(names == named[0] for names in named)


@pytest.mark.parametrize(("name", "labels"), [(name, ("letters", "none")[turn % 2]) for turn, name in enumerate(SOME)])
def test_words_are_apart_and_clear_of_rays(name: str, labels: str) -> None:
    layer, options = CASES[name]
    last = drawn(name)[1].scene.steps - 1
    other = animate(layer, view="flat", labels=labels, width=1900, **options)
    pictures = [Picture(drawn(name)[1], step) for step in {0, last // 2, last}]
    for picture in (*pictures, Picture(other, last // 2)):
        assert [*picture.small(), *picture.outside(6), *picture.overlapping()] == []
        assert [*picture.covered(), *picture.crossed(), *picture.crumbs()] == []


def arrows(shapes: Shapes, *roles: str) -> np.ndarray:
    """Return the lines of arrows of some roles, (n, 2, 2), without their heads."""
    found = [one for one in shapes if isinstance(one, Lines) and one.key and one.key.what in ("ray", "waiting")]
    wholes = [one.segments if one.whole is None else one.whole for one in found if one.role in roles]
    ways = np.concatenate([np.empty((0, 2, 2)), *wholes])
    # Both sides of a head, which are short, meet where its line ends.
    meet = np.array([(own[1] == ways).all(axis=-1).any(axis=1).sum() == 3 for own in ways], bool)
    lines: np.ndarray = ways[meet & (np.linalg.norm(ways[:, 1] - ways[:, 0], axis=1) > 0.2)]
    return lines


def test_an_arrow_leads_level_from_the_plus_of_partial_sums_to_the_row_of_the_cell_that_they_make() -> None:
    picture = draw(plan(Conv(4, 3, in_channels=2, out_channels=2), seed=0), Look(labels="numbers", reveal=True))
    for number in range(len(picture.plan)):
        work = picture.work(number)
        (page, window), *_ = work.made.items()
        left = picture.sheets[page].box[0]
        (way,) = (way for way in arrows(picture.rays(work), "flat_ray") if abs(way[1, 0] - left) < 0.5)
        assert way[0, 1] == pytest.approx(way[1, 1])
        assert way[1, 1] == pytest.approx(picture.sheets[page].box[1] + window.box[0] + 0.5, abs=0.3)


@pytest.mark.parametrize("name", CASES)
def test_arrows_touch_no_plane(name: str) -> None:
    made, animation = drawn(name)
    picture, scene = draw(made, Look(labels="numbers", reveal=True)), animation.scene
    boxes = np.array([sheet.box for sheet in picture.sheets.values()])
    for number in all_over(scene.steps):
        for start, end in arrows(scene.moment(number), "flat_ray", "waiting"):
            spots = start + (end - start) * np.linspace(0, 1, 30)[:, None]
            inner, outer = boxes[:, None, :2] < spots + 0.1, spots - 0.1 < boxes[:, None, 2:]
            assert not (inner & outer).all(axis=-1).any()


def test_ways_from_a_kernel_to_several_planes_turn_past_its_words_which_stand_right_above_it() -> None:
    chain = Chain([Conv(5, 2, out_channels=3), Conv(4, 2, in_channels=3)])
    picture = draw(plan(chain, seed=0), Look(labels="numbers", reveal=True))
    assert isinstance(picture, FlatRays)
    words = [word for word in standing(Scene.of(picture).ground) if word.said == "2×2, stride 1"]
    for number in (0, 16, 32):
        work = picture.work(number)
        (page, _), *_ = work.made.items()
        (kernel,) = picture.kernel(picture.plan.stages[0], (page.channel, 0))
        assert kernel.box[1] - words[0].at[1] < 2 * words[0].of.size
        ways = np.concatenate([one.segments for one in picture.rays(work) if isinstance(one, Lines)])
        ways = ways[ways[:, 0, 0] > kernel.box[2]][:3]
        assert all(way[0, 0] == way[1, 0] or way[0, 1] == pytest.approx(way[1, 1], abs=1e-6) for way in ways)
        assert ways[-1, 1, 1] == pytest.approx(picture.sheets[page].middle[1])


def test_pale_arrows_lead_through_layers_that_are_not_at_work() -> None:
    made, animation = drawn("depthwise separable")
    for number in (0, animation.scene.steps - 1):
        now, others = (len(arrows(animation.scene.moment(number), role)) for role in ("flat_ray", "waiting"))
        # The first layer works on one channel at a time, the second one on all.
        assert (now < others) == (made.step(number).stage == 0)


def test_dots_stand_for_what_channels_add_that_are_not_drawn() -> None:
    picture = draw(plan(Conv(4, 3, in_channels=6), seed=0), Look(labels="numbers", reveal=True))
    shapes = picture.kernels_at(picture.work(0))
    (dots,) = (word for word in standing(shapes) if word.said == "…")
    sums = sorted(word.at[1] for word in standing(shapes) if word.of.on == "partial")
    assert sums.index(dots.at[1]) == len(sums) - 2


def test_a_chain_says_which_of_the_kernels_that_take_turns_is_drawn() -> None:
    scene = animate(DepthwiseSeparable(2, 3, 3, 5), view="flat").scene
    for step, name in ((0, "pointwise kernel 1 of 3"), (scene.steps - 1, "pointwise kernel 3 of 3")):
        assert name in {word for one in scene.moment(step) if isinstance(one, Texts) for word in one.words}


def test_a_note_on_channels_that_are_not_drawn_stands_where_they_would() -> None:
    scene = animate(Conv(4, 2, in_channels=8, out_channels=2), view="flat", labels="numbers").scene
    heights = {word.said: word.at[1] for word in standing(shapes_at(scene, 0)) if word.of.key != Key("sum")}
    assert heights["input 3"] < heights["not drawn:"] < heights["inputs 4–7"] < heights["input 8"]


def test_what_is_added_meets_level_with_a_part_that_is_almost_so() -> None:
    picture = draw(plan(Conv(5, 3, in_channels=2, out_channels=3), seed=0), Look(labels="numbers", reveal=True))
    assert isinstance(picture, Flat)
    work = picture.work(6)
    (sums,) = (one.segments for one in picture.rays(work) if isinstance(one, Lines) and one.key == Key("sums", (0,)))
    levels = {round(y, 6) for y in sums[:2, :, 1].ravel()}
    sign = sums[-1].mean(axis=0)
    assert round(float(sign[1]), 6) in levels


def test_rows_of_a_sum_on_three_axes_are_named_by_the_slices_that_they_read() -> None:
    picture = draw(plan(Conv((3, 3, 3), 3, padding=1), seed=0), Look(labels="numbers", reveal=True))
    assert isinstance(picture, Flat)
    for step, names in ((0, ["low padding", "slice 0", "slice 1"]), (13, ["slice 0", "slice 1", "slice 2"])):
        rows = picture.terms.rows(picture.work(step))
        assert [row[0].text for row in rows] == names
        assert {row[0].width for row in rows} == {rows[0][0].width}
    first, other = (picture.terms.rows(picture.work(step))[0][0].width for step in (0, 13))
    assert first == other


def test_arrows_of_values_that_move_lead_from_their_rows_to_that_of_the_cell_made() -> None:
    picture = draw(plan(Fold(2, 2), seed=0), Look(labels="numbers", reveal=True))
    work = picture.work(4)
    (arrows,) = (one.segments.reshape(-1, 3, 2, 2) for one in picture.rays(work) if isinstance(one, Lines))
    ends = [
        [picture.sheets[page].plane.outline(*window.box)[:, 0, 1].mean() for page, window in windows.items()]
        for windows in (work.windows, work.made)
    ]
    assert sorted(arrows[:, 0, 0, 1]) == pytest.approx(sorted(ends[0]))
    assert arrows[:, 0, 1, 1] == pytest.approx(ends[1] * len(arrows))


@pytest.mark.parametrize("layer", [MaxPool(8, 3), Conv(7, 3, padding=1, stride=2), Upsample(2, scale_factor=3)])
def test_middles_of_lone_planes_are_level_where_no_rays_lead_to_cells(layer: Layer) -> None:
    sheets = draw(plan(layer, seed=0), Look(labels="numbers")).sheets.values()
    assert np.ptp([sheet.middle[1] for sheet in sheets]) == pytest.approx(0)
    bare = draw(plan(layer, seed=0), Look()).sheets.values()
    assert np.ptp([sheet.middle[1] for sheet in bare]) > 0.5


@pytest.mark.parametrize(
    ("layer", "rows"),
    [(MaxPool((3, 4, 4), 2), 1), (MaxPool((4, 4, 4), 2), 2), (MaxPool((7, 4, 4), 2), 2), (Conv((3, 4, 4), 2), 2)],
)
def test_slices_stand_in_rows_of_which_none_holds_just_one_but_beside_kernels(layer: Layer, rows: int) -> None:
    picture = draw(plan(layer), Look())
    assert len({sheet.origin[1] for page, sheet in picture.sheets.items() if page.site == 0}) == rows


def test_slices_of_kernels_have_names_above_them_below_that_of_the_kernel() -> None:
    picture = draw(plan(Conv((3, 3, 3), 2), seed=0), Look(labels="numbers", reveal=True))
    assert isinstance(picture, Flat)
    heights = {word.said: word.at[1] for word in standing(picture.kernels())}
    (own,) = picture.kernels_of(picture.plan.last).values()
    tops = [one.box[1] for one in own]
    assert heights["kernel"] < heights["depth 0"] < tops[0] < heights["depth 1"] < tops[1]


def test_outputs_that_are_many_more_than_inputs_stand_in_two_columns() -> None:
    for count, columns, rows in ((3, 1, 3), (4, 2, 2), (6, 2, 2)):
        made = plan(Conv(4, 3, in_channels=2, out_channels=count), seed=0)
        sheets = draw(made, Look(labels="numbers", reveal=True)).sheets
        lefts, tops = zip(*(sheet.box[:2] for page, sheet in sheets.items() if page.site == 1), strict=True)
        assert (len({*lefts}), len({*tops})) == (columns, rows)
    scene = animate(Conv(4, 3, in_channels=2, out_channels=6), view="flat", labels="numbers").scene
    heights = {word.said: word.at[1] for word in standing(shapes_at(scene, 0))}
    assert heights["output 3"] == heights["output 6"] < heights["not drawn:"] < heights["outputs 4–5"]


@pytest.mark.parametrize("multiplier", [2, 3, 4])
def test_outputs_of_each_group_fill_rows_of_two_beside_its_input(multiplier: int) -> None:
    made = plan(DepthwiseConv(4, 2, in_channels=2, depth_multiplier=multiplier), seed=0)
    sheets = draw(made, Look(labels="numbers", reveal=True)).sheets
    tops = [sheets[Page(1, channel)].box[1] for channel in range(2 * multiplier)]
    for group in (0, 1):
        own = tops[group * multiplier : (group + 1) * multiplier]
        assert [own.index(top) for top in own] == [one - one % 2 for one in range(multiplier)]
        assert sheets[Page(1, group * multiplier)].box[0] < sheets[Page(1, group * multiplier + 1)].box[0]
    assert max(tops[:multiplier]) + 3 < min(tops[multiplier:])


@pytest.mark.parametrize(("channels", "columns"), [(3, 1), (4, 2), (5, 2)])
def test_pairs_of_an_input_and_what_it_alone_makes_stand_in_two_columns(channels: int, columns: int) -> None:
    picture = draw(plan(MaxPool(6, 2, channels=channels), seed=0), Look(labels="numbers", reveal=True))
    boxes = np.array([[picture.sheets[Page(site, one)].box for site in (0, 1)] for one in range(channels)])
    lefts, middles = boxes[..., 0], (boxes[..., 1] + boxes[..., 3]) / 2
    assert len({*lefts[:, 0].tolist()}) == columns
    assert np.ptp(lefts[:, 1] - lefts[:, 0]) == pytest.approx(0)
    assert np.ptp(middles, axis=1).max() == pytest.approx(0)


def test_names_of_channels_stand_clear_of_brackets() -> None:
    scene = animate(AdaptiveAvgPool(7, 3, channels=3), view="flat").scene
    shapes = shapes_at(scene, 0)
    said = word_boxes(text for text in shapes if isinstance(text, Texts) and text.words[0].startswith("input "))
    lines = [one.segments for one in shapes if isinstance(one, Lines) and one.key and one.key.what == "bracket"]
    low, high = np.sort(np.concatenate(lines), axis=1).swapaxes(0, 1)
    assert len(said) == 3
    assert not ((said[:, None, :2] < high) & (low < said[:, None, 2:])).all(axis=-1).any()


def test_notes_on_groups_that_are_not_drawn_stand_below_all() -> None:
    scene = animate(Conv(4, 2, in_channels=8, out_channels=8, groups=4), view="flat", labels="numbers").scene
    heights = {word.said: word.at[1] for word in standing(shapes_at(scene, 0))}
    assert "not drawn:" not in heights
    scene = animate(Conv(4, 2, in_channels=10, out_channels=10, groups=5), view="flat", labels="numbers").scene
    heights = {word.said: word.at[1] for word in standing(shapes_at(scene, 0))}
    assert heights["input 10"] < heights["not drawn:"] < heights["inputs 5–8"]


def test_one_note_tells_of_all_that_a_depthwise_layer_does_not_draw() -> None:
    scene = animate(Conv(4, 2, in_channels=6, out_channels=6, groups=6), view="flat", labels="numbers").scene
    said = [word.said for word in standing(shapes_at(scene, 0))]
    assert said.count("not drawn:") == 1
    assert "channels 4–5" in said


@pytest.mark.parametrize("groups", [1, 2, 6])
def test_a_factor_stands_before_each_kernel_that_multiplies_it(groups: int) -> None:
    layer = ConvTranspose((3, 2), 2, in_channels=6, out_channels=6, groups=groups)
    picture = draw(plan(layer, seed=0, method="scatter"), Look(labels="numbers", reveal=True))
    for number in range(0, len(picture.plan), 5):
        heights = dict[str, list[float]]()
        for one in picture.kernels_at(picture.work(number)):
            if isinstance(one, Cells) and one.key is not None:
                heights.setdefault(one.key.what, []).append(float(one.quads[..., 1].mean()))
        # Each stamp has several cells.
        assert heights["factor"] == pytest.approx(sorted({*np.round(heights["stamp"], 9)}))


def test_a_bias_stands_below_the_partial_sums_to_which_it_is_added_with_its_name() -> None:
    made = plan(Conv(5, 3, in_channels=2, bias=True), seed=4)
    bias = made.last.bias
    assert bias is not None
    picture = draw(made, Look(labels="numbers", reveal=True))
    for number in (0, 8):
        words = standing(picture.moment(number))
        # The other one stands in the sum.
        name = min((word for word in words if word.said == "bias"), key=lambda word: word.at[1])
        tiles = [word for word in words if word.of.on == "kernel" and abs(word.at[0] - name.at[0]) < 0.1]
        assert [tile.said for tile in tiles if tile.at[1] < name.at[1]] == [spell(bias.item(0), 2)]


def test_what_the_channels_of_a_volume_add_meets_at_a_sign_from_which_an_arrow_leads_to_the_output() -> None:
    picture = draw(plan(Conv((3, 3, 3), 2, in_channels=3, bias=True), seed=0), Look(labels="numbers", reveal=True))
    assert isinstance(picture, FlatLayout)
    made = next(page for page in picture.work(0).made)
    ways = [one for one in picture.moment(0) if isinstance(one, Lines) and one.role == "flat_ray"]
    (sums,) = (one for one in ways if one.key == Key("sums", (0,)))
    (arrow,) = (one for one in ways if one.key == Key("ray", (0,)))
    heights = {round(float(y), 6) for y in sums.segments[:, 0, 1]}
    assert heights >= {round(float(picture.middles[0, channel]), 6) for channel in range(3)}
    assert arrow.segments[:, :, 0].max() < picture.sheets[made].box[0]


def test_the_way_to_a_plane_in_a_column_ends_at_the_row_that_is_made() -> None:
    picture = draw(plan(Conv(3, 1, in_channels=2, out_channels=4), seed=0), Look(labels="numbers", reveal=True))
    assert isinstance(picture, Flat)
    for number in range(len(picture.plan)):
        work = picture.work(number)
        ((page, window),) = work.made.items()
        way = np.concatenate(
            [one.segments for one in picture.rays(work) if isinstance(one, Lines) and one.key == Key("ray", (0,))]
        )
        left, top, _, _ = picture.sheets[page].box
        tips = way[np.isclose(way[:, 1, 0], way[abs(way[:, 1, 0] - left) < 0.5][:, 1, 0].max()), 1]
        assert tips[:, 1] == pytest.approx(top + window.box[0] + 0.5, abs=0.1)


def test_the_name_of_a_bias_ends_with_its_tile_before_the_line_to_the_sum() -> None:
    found = draw(plan(Conv((3, 3, 3), 2, bias=True), seed=1), Look(labels="numbers"))
    stage = found.plan.last
    assert isinstance(found, Flat)
    assert isinstance(stage, Windows)
    (name,) = (
        one for one in found.moment(0) if isinstance(one, Texts) and one.words == ("bias",) and one.anchor == 0.5
    )
    end = found.tile_left(stage) + found.terms.bias_tile(stage, 0).width
    assert word_boxes([name])[0, 2] <= end + 1e-9


def test_three_dots_stand_among_the_slices_of_a_kernel_where_inputs_are_not_drawn() -> None:
    for inputs, dots in ((5, 0), (6, 1)):
        scene = animate(Conv(4, 3, in_channels=inputs, out_channels=2), view="flat", labels="numbers").scene
        found = [one.quads for one in scene.ground if isinstance(one, Cells) and one.role == "dot"]
        assert len(found) == dots
        kernels = [one for one in scene.moment(0) if isinstance(one, Cells) and one.key and one.key.what == "kernel"]
        middles = [one.quads.mean(axis=(0, 1)) for one in kernels]
        for x, y in (one.mean(axis=(0, 1)).tolist() for one in found):
            assert x == pytest.approx(middles[-1][0])
            assert middles[-2][1] < y < middles[-1][1]
