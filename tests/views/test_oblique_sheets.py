"""Sheets in the guide's projection: what their cells say, what steps read and make of them, stamps, sums and fields."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import combinations, product
from math import prod
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
from convanim.plans import Stage, Step, Windows
from convanim.plans.values import spell
from convanim.views import Look
from convanim.views.floors import Floors
from convanim.views.oblique import draw
from convanim.views.plane import OBLIQUE, Plane, Projection
from convanim.views.resting import resting
from convanim.views.scene import Cells, Key, Lines, Scene, Shapes, Texts
from tests.gathering import gathered
from tests.views.helpers import (
    CHIPS,
    Word,
    all_over,
    cells_of,
    depth,
    is_name,
    said,
    shapes_at,
    standing,
    value,
    within,
    words_of,
)

Cell = tuple[int, ...]
"""Site, channel, slice, row and column."""

NUMBERS = Look(labels="numbers", reveal=True)
LAYERS: dict[str, Layer] = {
    "channels": Conv(4, 3, padding=1, in_channels=2, out_channels=3, bias=True),
    "copies": Conv(4, 3, padding=1, padding_mode="circular", in_channels=2, out_channels=2),
    "groups": Conv(4, 2, in_channels=4, out_channels=4, groups=2),
    "depthwise": DepthwiseConv(4, 3, in_channels=3, depth_multiplier=2),
    "transposed": ConvTranspose(2, 3, 2, 1, 1, in_channels=2, out_channels=2),
    "row": Conv((5,), 2, padding=1, in_channels=2, out_channels=2),
    "max": MaxPool(5, 2, ceil_mode=True, channels=2),
    "mean": AvgPool(4, 2, channels=3),
    "volume": Conv((3, 4, 3), 2, padding=1),
    "volume-copies": Conv((2, 3, 3), (1, 3, 3), padding=1, padding_mode="circular"),
    "volume-channels": Conv((2, 2, 3), 2, in_channels=2, out_channels=2, bias=True),
    "volume-transposed": ConvTranspose((2, 2, 2), 2, 2),
    "volume-pooled": MaxPool((3, 2, 2), 2, ceil_mode=True),
    "shuffle": PixelShuffle(2, 2),
    "unshuffle": PixelUnshuffle(4, 2),
    "upsampled": Upsample((2, 3), 2, channels=2),
    "unpooled": MaxUnpool(2, 2, channels=2),
    "volume-unpooled": MaxUnpool((2, 1, 2), 2),
    "unfolded": Unfold(3, 2),
}
CHAINS: dict[str, Chain] = {
    "separable": DepthwiseSeparable(2, 3, 3, 4, padding=1),
    "two-convs": Chain([Conv(5, 2, in_channels=2, out_channels=3), Conv(4, 2, in_channels=3, out_channels=2)]),
    "pooled": Chain([Conv(5, 2, padding=1, in_channels=2, out_channels=2), MaxPool(6, 2, channels=2)]),
    "shuffled": Chain([Conv(2, 1, out_channels=4), PixelShuffle(2, 2)]),
    "row": Chain([Conv((6,), 3, out_channels=2), Conv((4,), 2, padding=1, in_channels=2)]),
    "volume": Chain([Conv((3, 3, 3), 2), Conv((2, 2, 2), 1, padding=1)]),
}
EVERY: dict[str, Layer | Chain] = LAYERS | {f"chain-{name}": chain for name, chain in CHAINS.items()}
STAMPED: dict[str, Layer | Chain] = {
    "one": ConvTranspose(3, 3, 2),
    "cut": ConvTranspose(3, 3, 2, 1, 1),
    "row": ConvTranspose((4,), 3, 2),
    "channels": ConvTranspose(2, 2, in_channels=2, out_channels=3, bias=True),
    "groups": ConvTranspose(2, 3, 2, 1, in_channels=2, out_channels=4, groups=2),
    "volume": ConvTranspose((2, 2, 2), 2),
    "volume-channels": ConvTranspose((1, 2, 2), (2, 1, 2), in_channels=2, out_channels=2),
    "chain": Chain([Conv(4, 3), ConvTranspose(2, 2, 2)]),
    "channel-chain": Chain([Conv(3, 2, out_channels=2), ConvTranspose(2, 2, 2, in_channels=2, out_channels=2)]),
}


@lru_cache(200)
def drawn(layer: Layer | Chain, look: Look = NUMBERS, method: str = "gather") -> tuple[Plan, Plan, Scene]:
    """Return a plan, the same with the walk of its picture, and the scene."""
    made = plan(layer, seed=5, method=method)
    picture = draw(made, look)
    return made, picture.plan, Scene.of(picture)


def some(scene: Scene) -> list[int]:
    steps = scene.steps
    return sorted({0, 1 % steps, steps // 3, steps // 2, steps - 1})


def in_five(site: int, channel: int, cells: Any) -> set[Cell]:
    """Return cells of a channel of a site, (n, dims), with site, channel, slice, row and column."""
    return {(site, channel, *((0, 0, *cell)[-3:])) for cell in np.asarray(cells).tolist()}


def words_by_cell(shapes: Shapes) -> dict[Cell, str]:
    """Return what each cell of data says in the end, by what lies under the word."""
    words = [word for word in standing(shapes) if word.of.across == OBLIQUE.across and word.of.on not in CHIPS]
    places = np.array([word.at for word in words]).reshape(-1, 2)
    found: dict[Cell, str] = {}
    for shape in shapes:
        if isinstance(shape, Cells) and shape.cells is not None and len(words):
            for quad, cell in zip(shape.quads, shape.cells.tolist(), strict=True):
                for number in np.flatnonzero(within(quad[None], places)).tolist() if cell[0] >= 0 else ():
                    found[tuple(cell)] = words[number].said
    return found


def site_of(walked: Plan, tensor: int) -> int:
    """Return where a tensor stands: the input first, then what each layer makes."""
    return [0, *(stage.target for stage in walked.main)].index(tensor)


def numbers_of(walked: Plan, tensor: int) -> dict[Cell, str]:
    """Return what the cells of a tensor come to, as they are to be said."""
    site, found = site_of(walked, tensor), {}
    for channel in range(walked.tensors[tensor].channels):
        for cell, number in np.ndenumerate(walked.planes(tensor, channel)):
            (place,) = in_five(site, channel, [cell])
            found[place] = spell(number, 2)
    return found


@pytest.mark.parametrize("name", EVERY)
def test_in_the_end_every_cell_says_its_number(name: str) -> None:
    made, walked, scene = drawn(EVERY[name])
    found = words_by_cell(shapes_at(scene, scene.steps - 1))
    expected: dict[Cell, str] = {}
    for tensor in range(len(made.tensors)):
        expected |= numbers_of(walked, tensor)
    shown = {key.of for shape in scene.ground if (key := shape.key) is not None and key.what == "cell"}
    assert found == {cell: number for cell, number in expected.items() if cell[:3] in shown or walked.dims == 3}


def expected_window(walked: Plan, number: int) -> tuple[set[Cell], dict[tuple[int, int], int]]:
    """Return which cells of data a step reads itself, and how many positions of each channel of each site it reads."""
    stage, channel, place = walked.place(number)
    step = stage.step(channel, place)
    if walked.walk.way != "outputs":
        return by_taps(walked, stage, step)
    cells, counts = set[Cell](), dict[tuple[int, int], int]()
    rest = [one.number for one in walked.main[: resting(walked)[number // len(walked.cells_of(walked.last))]]]
    for own, needs in walked.trace(channel, step.cell).items():
        reader = walked.stages[own]
        if own in rest:
            continue
        for (tensor, source), mask in needs.read.items():
            site = site_of(walked, tensor)
            at = np.argwhere(mask)
            kinds = reader.grid.kind[tuple(at.T)]
            sources = np.stack([one[column] for one, column in zip(reader.grid.source, at.T, strict=True)], axis=1)
            cells |= in_five(site, source, sources[kinds == Kind.INPUT])
            counts[site, source] = int((kinds != Kind.OVERHANG).sum())
    return cells, counts


def by_taps(walked: Plan, stage: Stage, step: Step) -> tuple[set[Cell], dict[tuple[int, int], int]]:
    cells, counts = set[Cell](), dict[tuple[int, int], int]()
    for read in step.reads:
        for channel in read.channels:
            site = site_of(walked, read.tensor)
            own = in_five(site, channel, read.taps.source[read.taps.kind == Kind.INPUT])
            cells |= own
            places = {tuple(at) for at in read.taps.position[read.taps.kind != Kind.OVERHANG].tolist()}
            counts[site, channel] = len(places)
    return cells, counts


def windows_of(shapes: Shapes) -> list[Cells]:
    return [
        shape for shape in shapes if isinstance(shape, Cells) and shape.key is not None and shape.key.what == "window"
    ]


@pytest.mark.parametrize("name", [*EVERY, *(f"{name}-stamped" for name in STAMPED)])
def test_a_window_covers_what_the_step_reads(name: str) -> None:
    is_stamped = name.endswith("-stamped")
    layer = STAMPED[name.removesuffix("-stamped")] if is_stamped else EVERY[name]
    _, walked, scene = drawn(layer, method="scatter" if is_stamped else "gather")
    for number in all_over(len(walked)):
        cells, counts = expected_window(walked, number)
        moment = scene.moment(number)
        assert cells_of(moment, "window") == cells
        assert sum(len(shape.quads) for shape in windows_of(moment)) == sum(counts.values())


@pytest.mark.parametrize("name", EVERY)
def test_what_a_step_makes_is_one_cell(name: str) -> None:
    _, walked, scene = drawn(EVERY[name])
    for number in all_over(scene.steps):
        step = walked.step(number)
        site = site_of(walked, walked.stages[step.stage].target)
        assert cells_of(scene.moment(number), "made") == in_five(site, step.channel, step.writes)


# Stamps.


def stamped_until(walked: Plan, number: int) -> tuple[dict[Cell, Any], set[Cell]]:
    """Return what the cells of the output hold behind a step, and which have been reached, stamp by stamp."""
    stage, layer = walked.last, walked.last.layer
    assert isinstance(layer, ConvTranspose)
    assert stage.kernel is not None
    site, inputs, outputs = site_of(walked, stage.target), stage.grouping.inputs_a_group, stage.grouping.outputs_a_group
    held: dict[Cell, Any] = {}
    for channel in range(stage.grouping.out_channels):
        start = 0 if stage.bias is None else stage.bias[channel]
        held |= dict.fromkeys(in_five(site, channel, list(np.ndindex(*stage.output_size))), start)
    reached = set[Cell]()
    for own in range(number + 1 - walked.starts[walked.walked.index(stage)]):
        source, place = divmod(own, prod(stage.input_size))
        cell = np.unravel_index(place, stage.input_size)
        for out, tap in product(range(outputs), np.ndindex(*stage.layer.kernel_size)):
            at = [
                int(c) * s + d * t - low
                for c, s, d, t, (low, _) in zip(cell, layer.stride, layer.dilation, tap, layer.padding, strict=True)
            ]
            if all(0 <= one < n for one, n in zip(at, stage.output_size, strict=True)):
                (key,) = in_five(site, source // inputs * outputs + out, [at])
                held[key] += walked.planes(stage.source, source)[cell] * stage.kernel[(source, out, *tap)]
                reached.add(key)
    return held, reached


@pytest.mark.parametrize("name", STAMPED)
def test_stamps_add_up_from_step_to_step(name: str) -> None:
    _, walked, scene = drawn(STAMPED[name], method="scatter")
    site = site_of(walked, walked.last.target)
    assert scene.steps == len(walked) + 1
    for number in {*some(scene), scene.steps - 2}:
        found = {cell: word for cell, word in words_by_cell(shapes_at(scene, number)).items() if cell[0] == site}
        held, reached = stamped_until(walked, min(number, len(walked) - 1))
        shown = held if number == len(walked) else reached
        assert found == {cell: spell(held[cell], 2) for cell in shown}


@pytest.mark.parametrize("name", STAMPED)
def test_behind_the_last_stamp_the_output_is_that_of_gathering(name: str) -> None:
    _, walked, scene = drawn(STAMPED[name], method="scatter")
    _, gathered, _ = drawn(STAMPED[name])
    site = site_of(walked, walked.last.target)
    found = {cell: word for cell, word in words_by_cell(shapes_at(scene, scene.steps - 1)).items() if cell[0] == site}
    assert found == numbers_of(gathered, gathered.last.target)


@pytest.mark.parametrize("name", STAMPED)
def test_a_stamp_lies_on_the_cells_that_it_reaches(name: str) -> None:
    _, walked, scene = drawn(STAMPED[name], method="scatter")
    for number in some(scene)[:-1]:
        stage, channel, place = walked.place(number)
        step = stage.step(channel, place)
        inside = step.writes[stage.inside(step.writes)]
        expected = [in_five(site_of(walked, stage.target), out, inside) for out in step.channels]
        assert cells_of(scene.moment(number), "made") == set[Cell]().union(*expected)


def test_what_padding_cuts_off_lies_around_the_output() -> None:
    for layer, count in (
        (ConvTranspose(3, 3, 2, 1, 1), 13),
        (ConvTranspose(3, 3, 2, 1, 1, in_channels=2, out_channels=2), 26),
    ):
        _, _, scene = drawn(layer, method="scatter")
        idle = [shape.quads for shape in scene.ground if isinstance(shape, Cells) and shape.role == "idle"]
        assert sum(map(len, idle)) == count
        left, top, right, bottom = scene.bounds
        for number in range(scene.steps):
            for shape in scene.moment(number):
                if isinstance(shape, Lines):
                    points = shape.segments.reshape(-1, 2)
                    assert ((points >= [left - 1e-9, top - 1e-9]) & (points <= [right + 1e-9, bottom + 1e-9])).all()


@pytest.mark.parametrize("channels", [1, 2])
def test_stamps_are_counted(channels: int) -> None:
    layer = ConvTranspose(3, 3, 2, in_channels=channels, out_channels=1)
    _, walked, scene = drawn(layer, Look(labels="numbers", overlap=True, reveal=True), method="scatter")
    each = np.array([1, 1, 2, 1, 2, 1, 1])
    expected = np.multiply.outer(each, each) * channels
    found = words_by_cell(shapes_at(scene, scene.steps - 1))
    assert found == {cell: str(expected[cell[3:]]) for cell in numbers_of(walked, walked.last.target)}


# Sums.


def rows_of(scene: Scene, step: int) -> list[str]:
    """Return the sums of a step from above: each ends in what it comes to, and may take several lines."""
    own = [
        word
        for shape in scene.moment(step)
        if isinstance(shape, Texts) and shape.key == Key("sum")
        for word in words_of(shape)
        # The names of rows are no part of their sums.
        if word.said == "bias" or not is_name(word)
    ]
    lines: dict[float, list[Word]] = {}
    for word in own:
        lines.setdefault(round(word.at[1], 3), []).append(word)
    found: list[str] = [""]
    for height in sorted(lines):
        found[-1] += said(sorted(lines[height], key=lambda word: word.at[0]))
        if {"=", "≈", "→", ":"} & set(found[-1]):
            found.append("")
    assert not found.pop()
    return found


@gathered("name", EVERY)
def test_the_sums_of_a_step_are_true_and_end_in_what_it_makes(name: str) -> None:
    _, walked, scene = drawn(EVERY[name])
    for number in some(scene):
        step = walked.step(number)
        rows = rows_of(scene, number)
        sides = [re.split("[:→≈=]", row.replace("bias", "")) for row in rows]
        assert sides[-1][-1] == spell(walked.value(step), 2)
        for parts in sides:
            if parts[0] and "no value" not in parts[0] and not any("…" in part for part in parts):
                assert {round(value(part), 2) for part in parts} == {round(value(parts[-1]), 2)}


def test_long_sums_have_a_row_for_each_row_of_the_kernel() -> None:
    _, walked, scene = drawn(Conv(5, 3))
    for number in some(scene):
        heights = {
            round(word.at[1], 3)
            for shape in scene.moment(number)
            if isinstance(shape, Texts) and shape.key == Key("sum")
            for word in words_of(shape)
        }
        assert len(heights) == 3
        (row,) = rows_of(scene, number)
        products, result = row.replace("≈", "=").split("=")
        assert products.count("·") == 9
        assert value(products) == value(result) == walked.value(walked.step(number))


# Kernels.


def kernels_of(scene: Scene) -> dict[Cell, Plane]:
    """Return where the slices of kernels lie: stage, output channel, input channel and depth to plane."""
    found: dict[Cell, Plane] = {}
    for number in range(scene.steps):
        for shape in scene.moment(number):
            if isinstance(shape, Cells) and shape.key is not None and shape.key.what == "kernel":
                corner, across, _, down = shape.quads[0]
                projection = Projection(tuple(across - corner), tuple(down - corner))
                (last,) = Plane(1, 1, corner, projection).places(shape.quads[-1, 2:3])
                rows, columns = np.rint(last).astype(int).tolist()
                assert len(shape.quads) == rows * columns
                found[shape.key.of] = Plane(rows, columns, corner, projection)
    return found


@pytest.mark.parametrize("name", ["separable", "two-convs", "row", "volume", "pooled"])
def test_kernels_stand_beside_the_sheets_that_they_make_and_overlap_nothing(name: str) -> None:
    chain = CHAINS[name]
    made, walked, scene = drawn(chain)
    kernels, sheets = kernels_of(scene), [*draw(made, NUMBERS).sheets.items()]
    expected = {
        (stage.number, out, one, slice_)
        for stage in walked.main
        if stage.is_weighted
        for out in range(stage.grouping.out_channels)
        for one in stage.grouping.inputs_of(out)
        for slice_ in range((1, *stage.layer.kernel_size)[-3] if walked.dims == 3 else 1)
    }
    assert set(kernels) == expected
    every = [*kernels.values(), *(sheet.plane for _, sheet in sheets)]
    for one, other in combinations(every, 2):
        assert depth(one.corners(), other.corners()) < 1e-9
    for (stage, out, _, _), plane in kernels.items():
        own = [sheet.plane.corners() for page, sheet in sheets if page.site == stage + 1 and page.channel == out]
        if stage + 1 < len(walked.main):
            # A kernel between two floors stands beside all that its layer makes, or left of its own, at their height,
            # and those of a row below each other, no lower than what they read.
            row = [sheet.plane.corners() for page, sheet in sheets if page.site == stage + 1]
            left, right = plane.corners()[:, 0].min(), plane.corners()[:, 0].max()
            is_left = right <= min(corners[:, 0].min() for corners in own)
            assert is_left or left >= max(corners[:, 0].max() for corners in row)
            read = [sheet.plane.corners() for page, sheet in sheets if page.site == stage]
            low, high = np.concatenate(own)[:, 1].min(), np.concatenate([*own, *read])[:, 1].max()
            assert low - 1 <= plane.corners()[:, 1].mean() <= high + 1
        else:
            assert plane.corners()[:, 1].max() <= min(corners[:, 1].min() for corners in own)


@pytest.mark.parametrize(
    "layer",
    [
        *(CHAINS[name] for name in ("separable", "two-convs", "pooled")),
        Chain([Conv(5, 2, out_channels=8), Conv(4, 2, in_channels=8, out_channels=5)]),
        Chain([Conv(5, 2, in_channels=3), Conv(4, 2, out_channels=3)]),
        Chain([Conv(6, 3, out_channels=2), DepthwiseConv(4, 2, in_channels=2), Conv(3, 2, in_channels=2)]),
        Conv(5, 2, in_channels=6, out_channels=8),
        Conv(5, 2, in_channels=12, out_channels=12, groups=2),
    ],
)
def test_words_stand_where_no_rays_pass(layer: Layer | Chain) -> None:
    _, _, scene = drawn(layer, Look())
    for number in range(scene.steps):
        for shape in scene.moment(number):
            if isinstance(shape, Lines) and shape.role == "ray":
                assert shape.whole is not None
                np.testing.assert_allclose(shape.segments, shape.whole)


@pytest.mark.parametrize(
    ("layer", "lines"),
    [
        (Chain([Conv(5, 2, out_channels=8), Conv(4, 2, in_channels=8)]), ("layer 1,", "channels 1–8")),
        (Chain([Conv(5, 2, out_channels=2), Conv(4, 2, in_channels=2)]), ("layer 1,", "channels 1 and 2")),
        (
            Chain([Conv(5, 2, out_channels=3), DepthwiseConv(4, 2, in_channels=3), Conv(3, 2, in_channels=3)]),
            ("depthwise", "maps 1–3"),
        ),
    ],
)
def test_a_row_among_rays_has_one_name_for_all_its_planes(layer: Chain, lines: tuple[str, ...]) -> None:
    _, _, scene = drawn(layer, Look())
    words = [word.said for word in standing(shapes_at(scene, 0))]
    assert set(lines) <= set(words)
    assert words.count(lines[1]) == 1


def test_planes_above_their_own_have_short_names_beside_them() -> None:
    _, _, scene = drawn(CHAINS["separable"], Look())
    said = [word.said for word in standing(shapes_at(scene, 0))]
    assert [said.count(name) for name in ("map 1", "map 2")] == [1, 1]


@pytest.mark.parametrize("inputs", [1, 2])
def test_kernels_of_a_row_among_rays_stand_at_its_ends_or_if_they_are_narrow_before_it(inputs: int) -> None:
    chain = Chain([Conv(5, 2, in_channels=inputs, out_channels=8), Conv(4, 2, in_channels=8)])
    words = {word.said: word.at[0] for word in standing(shapes_at(drawn(chain, Look())[2], 0))}
    first, second, third = (x for said, x in words.items() if re.fullmatch(r"(layer 1 )?kernel [123]", said))
    assert first < second < words["channels 1–8"]
    assert (third < words["channels 1–8"]) == (inputs == 1)


def test_few_kernels_of_a_row_stand_below_each_other() -> None:
    chain = Chain([Conv(5, 2, in_channels=2, out_channels=3), Conv(4, 2, in_channels=3)])
    words = {word.said: word.at for word in standing(shapes_at(drawn(chain, Look())[2], 0))}
    places = [words[f"layer 1 kernel {number}"] for number in (1, 2, 3)]
    assert len({x for x, _ in places}) == 1
    assert sorted(places, key=lambda place: place[1]) == places


def test_kernels_of_a_chain_say_what_they_read() -> None:
    _, _, scene = drawn(Chain([Conv(5, 2, in_channels=3), Conv(4, 2, out_channels=3)]), Look())
    assert "for inputs 1–3" in {word.said for word in standing(shapes_at(scene, 0))}


def test_each_part_of_a_deep_kernel_says_for_which_input_it_is_where_there_is_room() -> None:
    for layer, names in (
        (Conv((3, 4, 4), 2, in_channels=2), ["for input 1", "for input 2"]),
        (Conv((3, 4, 4), (1, 2, 2), in_channels=3), ["for inputs 1–3"]),
    ):
        scene = animate(layer, view="oblique").scene
        below = [word for word in standing(scene.moment(0)) if word.said.startswith("for input")]
        assert [word.said for word in below] == names
        assert sorted(below, key=lambda word: word.at[0]) == below


@pytest.mark.parametrize(
    "layer",
    [
        Chain([MaxPool(5, 2, channels=8), MaxPool(2, 2, channels=8)]),
        Chain([MaxPool(10, 2, channels=8), MaxPool(5, 2, channels=8)]),
        Conv((7,), 2, in_channels=6),
    ],
)
def test_dots_stand_in_the_gap_between_planes(layer: Layer | Chain) -> None:
    picture = draw(plan(layer), Look())
    assert isinstance(picture, Floors)
    spots = np.array([(x + by, y) for x, y in picture.placing.ellipses for by in (-0.96, 0.0, 0.96)])
    for sheet in picture.sheets.values():
        places = sheet.plane.places(spots)
        assert not ((places > 0) & (places < [sheet.rows, sheet.columns])).all(axis=1).any()


@pytest.mark.parametrize("name", ["separable", "two-convs", "row", "volume"])
def test_kernels_say_their_weights(name: str) -> None:
    _, walked, scene = drawn(CHAINS[name])
    words = [word for word in standing(scene.ground) if word.of.face == "bold"]
    places = np.array([word.at for word in words])
    for (number, out, one, slice_), plane in kernels_of(scene).items():
        stage = walked.stages[number]
        assert isinstance(stage, Windows)
        weights = stage.slice(out, one)
        assert weights is not None
        page = weights[slice_] if weights.ndim == 3 else np.atleast_2d(weights)
        at = plane.places(places)
        inside = ((at > 0) & (at < [plane.rows, plane.columns])).all(axis=1)
        found = {tuple(np.floor(at[own]).astype(int).tolist()): words[own].said for own in np.flatnonzero(inside)}
        assert found == {cell: spell(weight, 2) for cell, weight in np.ndenumerate(page)}


# Fields.


@pytest.mark.parametrize("name", CHAINS)
@pytest.mark.parametrize("is_last", [False, True])
def test_a_field_is_traced_back_through_channels_and_slices(name: str, is_last: bool) -> None:
    chain = CHAINS[name]
    cell = tuple(size - 1 for size in chain.output_size) if is_last else (0,) * chain.dims
    made, walked, scene = drawn(chain, Look(labels="numbers", field=cell))
    assert scene.steps == len(made.main) + 1
    traced = made.trace(0, cell)
    for number in range(scene.steps):
        expected = set[Cell]()
        for stage in made.main[len(made.main) - number :]:
            for (tensor, channel), mask in traced[stage.number].cells.items():
                expected |= in_five(site_of(walked, tensor), channel, np.argwhere(mask))
        moment = scene.moment(number)
        assert cells_of(moment, "window") == expected
        assert cells_of(moment, "made") == in_five(len(made.main), 0, [cell])
        rays = [shape for shape in moment if isinstance(shape, Lines) and shape.role == "ray"]
        # A layer that reads nothing but padding there has none.
        read = [traced[stage.number].cells.values() for stage in made.main[len(made.main) - number :]]
        assert len(rays) == sum(any(mask.any() for mask in masks) for masks in read)


def test_sheets_of_channels_that_are_not_drawn_are_left_out_of_windows() -> None:
    _, walked, scene = drawn(Conv(4, 3, in_channels=6, out_channels=6))
    for number in some(scene):
        step = walked.step(number)
        assert cells_of(scene.moment(number), "window") == {
            cell for channel in (0, 1, 2, 5) for cell in in_five(0, channel, step.reads[0].taps.source)
        }
    assert {walked.step(number).channel for number in range(scene.steps)} == {0, 1, 2, 5}


def test_a_stamping_input_has_no_size_with_zeros() -> None:
    said = {word.said for word in standing(animate(ConvTranspose(3, 3, 2, 1), method="scatter").scene.ground)}
    assert not any(one.startswith("with zeros") for one in said)
