"""Layers with three axes as slabs of cubes, asked by role, key and place, and in pixels."""

from __future__ import annotations

from functools import lru_cache
from itertools import combinations, pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

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
    Upsample,
    animate,
    plan,
)
from convanim.layers.axis import Kind
from convanim.motion.tween import passage
from convanim.plans import Plan
from convanim.render.theme import find_theme
from convanim.views import VIEWS, Look
from convanim.views.cubes import Cubes, silhouette_rays
from convanim.views.headings import word_boxes
from convanim.views.plane import OBLIQUE, Plane
from convanim.views.rays import clear
from convanim.views.scene import Cells, Key, Lines, Points, Scene, Shapes, Texts
from convanim.views.sheet import ROLES, Page
from convanim.views.slabs import Slabs, draw
from convanim.views.tints import PAIRS
from tests.gathering import gathered
from tests.strategies import layers
from tests.views.helpers import (
    cells_of,
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
    value,
    within,
    written,
)
from tests.views.measures import RAYS, Picture

LAYERS: dict[str, Layer] = {
    "plain": Conv((4, 4, 4), 3),
    "padded": Conv((3, 4, 5), 3, padding=1),
    "strided": Conv((5, 5, 5), 2, stride=2),
    "dilated": Conv((5, 5, 5), 2, dilation=2),
    "reflect": Conv((3, 3, 4), 3, padding=1, padding_mode="reflect"),
    "replicate": Conv((2, 3, 2), 3, padding=1, padding_mode="replicate"),
    "circular": Conv((3, 3, 3), 3, padding=1, padding_mode="circular"),
    "transposed": ConvTranspose((2, 2, 2), 3, stride=2),
    "surplus": ConvTranspose((2, 3, 2), 3, 2, 1, 1),
    "cropped": ConvTranspose((4, 4, 4), 2, padding=2),
    "max": MaxPool((4, 4, 4), 2),
    "hanging": MaxPool((5, 5, 5), 2, ceil_mode=True),
    "average": AvgPool((4, 5, 4), 2, padding=1),
    "one": Conv((1, 1, 1), 1),
    "rod": Conv((9, 1, 1), (3, 1, 1)),
    "bar": Conv((1, 1, 9), (1, 1, 3)),
    "beam": Conv((2, 9, 2), (2, 3, 1)),
    "same-size": Conv((3, 3, 3), 1),
}
TWO: dict[str, Any] = {"in_channels": 2, "out_channels": 2}
MANY: dict[str, Layer | Chain] = {
    "channels": Conv((3, 3, 3), 3, padding=1, bias=True, **TWO),
    "more": Conv((2, 2, 2), 2, in_channels=16, out_channels=8),
    "groups": Conv((3, 3, 3), 2, in_channels=4, out_channels=4, groups=2),
    "many groups": Conv((2, 2, 2), 2, in_channels=12, out_channels=12, groups=4),
    "depthwise": DepthwiseConv((3, 3, 3), 3, padding=1, in_channels=2),
    "transposed": ConvTranspose((2, 2, 2), 3, 2, bias=True, **TWO),
    "pooled": MaxPool((4, 4, 4), 2, channels=2),
    "separable": DepthwiseSeparable(2, 3, 3, (3, 3, 3), padding=1),
    "upsampled": Upsample((2, 2, 2), 2, channels=2),
    "unpooled": MaxUnpool((2, 2, 2), 2),
    "chain": Chain([Conv((3, 3, 3), 3, padding=1), Conv((3, 3, 3), 3, padding=1)]),
    "chain of channels": Chain([Conv((3, 3, 3), 2, **TWO), Conv((2, 2, 2), 2, in_channels=2, out_channels=3)]),
    "into pool": Chain([Conv((3, 3, 3), 2), MaxPool((2, 2, 2), 2)]),
    "back again": Chain([Conv((4, 4, 4), 3), ConvTranspose((2, 2, 2), 3)]),
}
STAMPED: dict[str, Layer | Chain] = {
    "alone": ConvTranspose((2, 2, 2), 3, 2),
    "cut": ConvTranspose((2, 2, 2), 3, 2, padding=1),
    "of channels": ConvTranspose((2, 2, 2), 3, 2, bias=True, **TWO),
    "at the end": Chain([Conv((4, 4, 4), 3), ConvTranspose((2, 2, 2), 3)]),
}
EVERY: dict[str, tuple[Layer | Chain, str]] = {
    **{name: (layer, "gather") for name, layer in {**LAYERS, **MANY}.items()},
    **{f"stamped {name}": (layer, "scatter") for name, layer in STAMPED.items()},
}
LOOKS: dict[str, dict[str, Any]] = {
    "bare": {},
    "numbers": {"labels": "numbers"},
    "letters": {"labels": "letters"},
    "greys": {"labels": "numbers", "has_shades": True},
}
Spots = set[tuple[int, int, int]]


@lru_cache(200)
def drawn(layer: Layer | Chain, look: Look | None = None, method: str = "gather") -> tuple[Slabs, Scene]:
    asked = look or Look()
    picture = draw(plan(layer, method=method, seed=3 if asked.is_labelled else None), asked)
    assert isinstance(picture, Slabs)
    return picture, Scene.of(picture)


def planes_of(picture: Slabs, site: int = 0, channel: int = 0) -> list[Plane]:
    return [sheet.plane for page, sheet in picture.sheets.items() if page[:2] == (site, channel)]


def spots(shapes: Shapes, planes: list[Plane]) -> Spots:
    """Return the (slab, row, column) of all tops that are shaded."""
    return {
        (slab, *place)
        for slab, plane in enumerate(planes)
        for role in counts(shapes, True)
        for place in places_of(tuple(shape for shape in shapes if _is_flat(shape, plane)), plane, role, True)
    }


def _is_flat(shape: Any, plane: Plane) -> bool:
    """Return whether a shape is of tops, not of sides."""
    return isinstance(shape, Cells) and bool(np.allclose(shape.quads[0, 3] - shape.quads[0, 0], plane.projection.down))


def some(plan_: Plan) -> list[int]:
    """Return the numbers of a few steps, the first and the last among them."""
    return sorted({0, len(plan_) // 2, len(plan_) - 1})


@pytest.mark.parametrize("name", LAYERS)
def test_tops_have_the_area_of_a_cell_and_sides_are_upright(name: str) -> None:
    picture, scene = drawn(LAYERS[name])
    for shape in shapes_at(scene, len(picture.plan) - 1):
        if isinstance(shape, Cells) and shape.role not in ("glass", "pin"):
            across, down = shape.quads[:, 1] - shape.quads[:, 0], shape.quads[:, 3] - shape.quads[:, 0]
            areas = across[:, 0] * down[:, 1] - across[:, 1] * down[:, 0]
            is_upright = np.isclose(down, [0, 1]).all(axis=1)
            np.testing.assert_allclose(areas[~is_upright], 1)
            # Sides are as wide as a row is in the picture, or a column.
            np.testing.assert_allclose(areas[is_upright], across[is_upright, 0])


@gathered("name", EVERY)
def test_no_slab_tower_or_kernel_hides_anything_of_another(name: str) -> None:
    layer, method = EVERY[name]
    picture, _ = drawn(layer, None, method)
    for tower in picture.towers.values():
        for low, high in pairwise(range(tower.slabs)):
            assert tower.plane(high).rise_over(tower.plane(low)) <= -1.39
    boxes = [list(one.box) for one in picture.towers.values()]
    corners = [own.hexagon for own in picture.blocks.values()]
    boxes += [[*own.min(axis=0).tolist(), *own.max(axis=0).tolist()] for own in corners]
    for one, other in combinations(boxes, 2):
        apart = [one[0] - other[2], other[0] - one[2], one[1] - other[3], other[1] - one[3]]
        assert max(apart) > 0.3


@given(layers(dims=3))
@settings(max_examples=20)
def test_the_cells_shaded_are_those_that_the_plan_reads_whatever_the_layer(layer: Layer) -> None:
    picture, scene = drawn(layer)
    for number in some(picture.plan):
        step, moment = picture.plan.step(number), scene.moment(number)
        taps = step.reads[0].taps
        read = taps.position[taps.kind != Kind.OVERHANG] - picture.plan.grid.start
        assert spots(moment, planes_of(picture)) == {tuple(place) for place in read.tolist()}
        assert spots(moment, planes_of(picture, 1)) == {step.cell}
        own = {(0, 0, *source) for source in taps.source[taps.kind == Kind.INPUT].tolist()}
        assert cells_of(moment, "window") == own
        assert cells_of(moment, "made") == {(1, 0, *step.cell)}


@given(layers(dims=3))
@settings(max_examples=20)
def test_nothing_leaves_the_bounds(layer: Layer) -> None:
    picture, scene = drawn(layer)
    assert_within(scene, some(picture.plan))


@pytest.mark.parametrize(
    ("name", "look"),
    # Every other look of each, of one those that are not of the next.
    [(name, look) for turn, name in enumerate({**MANY, **STAMPED}) for look in [*LOOKS][turn % 2 :: 2]],
)
def test_nothing_leaves_the_bounds_of_several_towers(name: str, look: str) -> None:
    layer, method = EVERY[name] if name in EVERY else EVERY[f"stamped {name}"]
    picture, scene = drawn(layer, Look(reveal=True, **LOOKS[look]), method)
    assert_within(scene, [*some(picture.plan), scene.steps - 1])


def assert_within(scene: Scene, steps: list[int]) -> None:
    left, top, right, bottom = scene.bounds
    lasting = (*scene.ground, *scene.marks(range(max(steps) + 1)))
    for shape in (*lasting, *(shape for number in steps for shape in scene.moment(number))):
        if isinstance(shape, Texts) or shape.role.startswith("mirror"):
            continue
        points = (shape.quads if isinstance(shape, Cells) else shape.segments).reshape(-1, 2)
        assert (points >= np.array([left, top]) - 1e-6).all()
        assert (points <= np.array([right, bottom]) + 1e-6).all()


def test_input_padding_and_output_are_all_there() -> None:
    _, scene = drawn(LAYERS["padded"])
    sides = {"input": 3 * (4 + 5), "output": 3 * (4 + 5), "kernel": 9}
    assert counts(scene.ground, False) == {
        "padding": 5 * 6 * 7 - 60,
        "input": 60 + sides["input"],
        "output": 60 + sides["output"],
    }
    assert counts(scene.ground, True) == {"padding": 3 * sides["kernel"]}


def test_looks_are_those_of_a_sheet() -> None:
    found = {name: set(counts(drawn(LAYERS[name])[1].ground, False)) for name in LAYERS}
    assert found["transposed"] == {"padding", "inserted", "input", "output"}
    assert found["surplus"] == {"padding", "surplus", "inserted", "input", "output"}
    assert found["strided"] == found["cropped"] == {"input_unread", "input", "output"}
    assert found["circular"] == {"copy", "input", "output"}


def test_sides_are_shaded_where_the_window_reaches_them() -> None:
    picture, scene = drawn(LAYERS["max"])
    # The nearest window has two cubes on either side, the farthest none.
    for place, sides in (((0, 1, 0), 4), ((0, 0, 1), 0), ((0, 0, 0), 2), ((0, 1, 1), 2)):
        moment = scene.moment(int(np.ravel_multi_index(place, picture.plan.output_size)))
        assert counts(moment, True)["input"] == 2 * (4 + sides)


@pytest.mark.parametrize("name", EVERY)
def test_sides_belong_to_what_their_cubes_belong_to_but_are_no_cells_of_data(name: str) -> None:
    layer, method = EVERY[name]
    picture, scene = drawn(layer, None, method)
    for number in some(picture.plan):
        for shape in scene.moment(number):
            if isinstance(shape, Cells) and shape.key is not None and shape.key.what in ("window", "made"):
                assert (shape.cells is not None) == _is_flat(shape, Plane(1, 1, np.zeros(2)))
        assert all(shape.key is not None for shape in scene.moment(number) if not isinstance(shape, Texts))


def test_a_dilated_window_shades_with_gaps_inside_the_outline_of_its_reach() -> None:
    picture, scene = drawn(Conv((5, 5, 5), 2, dilation=3))
    moment = scene.moment(0)
    assert {slab for slab, _, _ in spots(moment, planes_of(picture))} == {0, 3}
    assert len(spots(moment, planes_of(picture))) == 8
    reach = lines(moment, "reach")[:4]
    assert np.linalg.norm(reach[0, 1] - reach[0, 0]) == pytest.approx(4 * np.hypot(1, 0.5))


def test_a_window_beyond_the_last_slice_is_marked() -> None:
    picture, scene = drawn(LAYERS["hanging"])
    assert len(lines(scene.moment(len(picture.plan) - 1), "overhang")) > 0
    assert not len(lines(scene.moment(0), "overhang"))


def test_a_slice_beyond_the_input_has_a_faint_outline_as_large_as_the_input() -> None:
    picture, scene = drawn(LAYERS["hanging"])
    beyond = [picture.slab(page) for page in picture.sheets if picture.slab(page).kind is Kind.OVERHANG]
    outlines = np.concatenate([one.plane.outline(*one.spread) for one in beyond])
    assert len(beyond) > 0
    assert np.allclose(lines(scene.ground, "idle"), outlines)


@pytest.mark.parametrize("name", ["reflect", "replicate", "circular"])
def test_originals_of_copies_are_ringed_in_their_slabs(name: str) -> None:
    picture, scene = drawn(LAYERS[name])
    taps = picture.plan.step(0).reads[0].taps
    expected = {tuple(source) for source in taps.source[taps.kind == Kind.COPY].tolist()}
    rings = np.concatenate([lines(scene.moment(0), f"pair_{number}") for number in range(PAIRS)])
    middles = rings.reshape(-1, 4, 2, 2).mean(axis=(1, 2))
    found = set()
    for slab, plane in enumerate(planes_of(picture)):
        for row, column in np.floor(plane.places(middles)).astype(int).tolist():
            if 0 <= row < plane.rows and 0 <= column < plane.columns:
                found.add((slab - 1, row - 1, column - 1))
    # The copies are ringed too, and those outside the input have indices beyond it.
    real = picture.plan.input_size
    assert {cell for cell in found if all(0 <= at < n for at, n in zip(cell, real, strict=True))} == expected
    assert len(found) == len(expected) + int((taps.kind == Kind.COPY).sum())


@pytest.mark.parametrize("name", LAYERS)
def test_two_rays_lead_from_the_whole_window_to_the_cube(name: str) -> None:
    picture, _ = drawn(LAYERS[name])
    for number in range(0, len(picture.plan), max(1, len(picture.plan) // 5)):
        _lead(picture, number)


def _lead(picture: Slabs, number: int) -> None:
    """Check that a step's two rays lead from its window to what it makes, behind kernels."""
    work = picture.work(number)
    rays = lines(picture.rays(work), "ray")
    read = {at: window for at, window in work.windows.items() if picture.slab(at).kind is not Kind.OVERHANG}
    starts, ends = (
        np.concatenate([picture.slab(at).corners(window.box) for at, window in windows.items()])
        for windows in (read, work.made)
    )
    # A ray that passes behind a kernel has two pieces.
    assert 2 <= len(rays) <= 4
    assert sum(_is_among(ray[0], starts) for ray in rays) == 2
    outer = silhouette_rays(starts, ends)
    assert all(min(_off(line, ray) for line in outer) < 0.45 for ray in rays)
    assert not any(_in_block(block, _along(ray)).any() for ray in rays for block in picture.blocks.values())


def _off(line: Points, ray: Points) -> float:
    """Return how far the ends of a ray are from a line, in cells: some are moved off the lines of a grid."""
    way, offsets = line[1] - line[0], ray - line[0]
    return float(np.abs(way[0] * offsets[:, 1] - way[1] * offsets[:, 0]).max() / np.linalg.norm(way))


def _is_among(point: Points, corners: Points) -> bool:
    return bool(np.linalg.norm(corners - point, axis=1).min() < 0.31)


def _along(ray: Points) -> Points:
    found: Points = ray[0] + (ray[1] - ray[0]) * np.linspace(0.01, 0.99, 40)[:, None]
    return found


def _in_block(block: Cubes, points: Points) -> Any:
    faces = (block.top, block.left, block.right)
    return np.any([within(face.quads(np.argwhere(np.ones((face.rows, face.columns)))), points) for face in faces], 0)


@pytest.mark.parametrize(("name", "step"), [("plain", 3), ("padded", 0), ("dilated", 4), ("max", 1), ("one", 0)])
def test_a_window_through_several_slabs_is_one_block_with_upright_edges(name: str, step: int) -> None:
    picture, scene = drawn(LAYERS[name], Look(labels="letters"))
    work, planes = picture.work(step), planes_of(picture)
    slices = sorted(page.slice for page in work.windows)
    edges = lines(scene.moment(step), "upright")
    glass = [shape.quads for shape in scene.moment(step) if isinstance(shape, Cells) and shape.role == "glass"]
    expected = []
    for slab in range(slices[0], slices[-1]):
        top, left, bottom, right = next(iter(work.windows.values())).box
        expected += planes[slab].points(np.array([[top, left], [bottom, left], [bottom, right]]))[:, 0].tolist()
    np.testing.assert_allclose(edges[:, :, 0], np.repeat(expected, 2).reshape(-1, 2))
    if not expected:
        return
    # What is seen of the block lies in the air: over no cubes and no words, and as wide as the window.
    slabs = [picture.slab(page) for page in picture.sheets if page.site == 0]
    samples = np.concatenate([*map(_along, edges), *(one.mean(axis=1) for one in glass)])
    assert not any(_in_block(slab.cubes, samples).any() for slab in slabs if slab.is_solid)
    assert not any(within(slab.plane.corners()[None], samples).any() for slab in slabs)
    assert np.ptp(np.concatenate(glass)[..., 0]) == pytest.approx(np.ptp(expected))


@pytest.mark.parametrize(("name", "step"), [("plain", 3), ("hanging", 4)])
def test_among_words_a_block_ends_at_the_edges_of_slabs_whatever_hangs_over(name: str, step: int) -> None:
    picture, scene = drawn(LAYERS[name], Look(labels="letters"))
    below, above = (picture.slab(page).cubes for page in list(picture.work(step).windows)[:2])
    for edge in lines(scene.moment(step), "upright")[:3]:
        ends = above.hexagon[[5, 4, 3]], below.top.corners()[:3]
        np.testing.assert_allclose(edge[:, 1], [np.interp(edge[0, 0], *corners.T) for corners in ends])


def test_without_words_a_block_stands_on_its_cells() -> None:
    picture, scene = drawn(LAYERS["plain"])
    (page, window), *_ = picture.work(3).windows.items()
    left, near, right, far = picture.slab(page).plane.rectangle(*window.box)
    feet = lines(scene.moment(3), "upright")[:3, 1]
    edges = np.interp([left[0], near[0], right[0]], *np.array([left, far, right]).T)
    np.testing.assert_allclose(feet[:, 1], edges)


def test_rays_of_several_channels_are_two_and_pass_behind_kernels() -> None:
    picture, scene = drawn(MANY["channels"])
    for number in range(0, scene.steps, 5):
        work = picture.work(number)
        assert len({page.channel for page in work.windows}) == 2
        _lead(picture, number)


def test_kernels_of_several_channels_stand_below_all_rays() -> None:
    picture, _ = drawn(Conv((4, 4, 4), 3, in_channels=3, out_channels=3))
    for number in range(0, len(picture.plan), 3):
        assert len(lines(picture.rays(picture.work(number)), "ray")) == 2


@pytest.mark.parametrize("name", ["upsampled", "unpooled"])
def test_a_copy_has_rays_from_its_original_and_no_kernel(name: str) -> None:
    picture, scene = drawn(MANY[name])
    assert not picture.blocks
    for number in range(scene.steps):
        step, moment = picture.plan.step(number), scene.moment(number)
        rays = lines(picture.rays(picture.work(number)), "ray")
        if not step.reads:
            assert not len(rays)
            assert not counts(moment, True)
            continue
        _lead(picture, number)


def test_no_cross_lies_over_the_sides_of_a_slab_that_padding_stands_before() -> None:
    picture, _ = drawn(AvgPool((5, 5, 5), 3, padding=1))
    slab = picture.sheets[Page(0, 0, 1)]
    crossed = [one.segments for one in slab.ground() if isinstance(one, Lines) and one.role == "idle_cross"]
    places = slab.plane.places(np.concatenate(crossed).mean(axis=1))
    # The last row of padding, before the front side, bears none, but that beyond the other end does.
    assert not ((places[:, 0] > 6) & (places[:, 1] < 6)).any()
    assert ((places[:, 1] > 6) & (places[:, 0] < 6)).any()


def test_two_lines_hold_all_corners_between_them() -> None:
    one, other = np.array([[0, 0], [1, 2], [2, 0], [1, -1.0]]), np.array([[5, 5], [6, 6], [5, 7.0]])
    assert silhouette_rays(one, other).tolist() == [[[1, 2], [5, 7]], [[2, 0], [6, 6]]]
    level, way = np.array([[0, 0], [1, 0], [1, 1], [0, 1.0]]), np.array([3, 0])
    assert silhouette_rays(level, level + way).tolist() == [[[1, 1], [3, 1]], [[1, 0], [3, 0]]]


def test_rays_are_not_seen_where_blocks_hide_them() -> None:
    block = Cubes(Plane(1, 1, np.zeros(2)))
    ray = np.array([[[-1.0, 0.5], [3.0, 0.5]], [[-1.0, 9.0], [3.0, 9.0]]])
    before, behind, other = clear(ray, block.hexagon[None])
    assert before[1].tolist() == pytest.approx([0, 0.5])
    assert behind[1].tolist() == [3, 0.5]
    np.testing.assert_array_equal(other, ray[1])
    np.testing.assert_array_equal(clear(ray, np.empty((0, 6, 2))), ray)


def test_cubes_of_any_size_are_as_deep_as_wide() -> None:
    for scale in (0.6, 1.0, 2.0):
        block = Cubes(Plane(1, 1, np.zeros(2), OBLIQUE.scaled(scale)), 3)
        assert np.ptp(block.left.outline(0, 0, 3, 0)[:, :, 1]) == pytest.approx(3 * scale)


def test_reveal_starts_blank_and_fills_every_cube_once() -> None:
    for name in ("plain", "padded", "beam"):
        picture, scene = drawn(LAYERS[name], Look(reveal=True))
        assert "output" not in counts(scene.ground)
        every = counts(scene.ground)["pending"]
        assert sum(counts(scene.marks(range(n, n + 1)))["output"] for n in range(scene.steps)) == every
        assert counts(scene.marks(range(scene.steps)))["output"] == every
        first = picture.slab(Page(1)).cubes.part(0, 0, 1, 1)
        assert counts(scene.marks(range(1)))["output"] == len(first.seen) + 1
    assert drawn(LAYERS["plain"])[1].marks(range(1)) == ()


def test_what_lies_between_is_blank_and_then_amber_all_its_sides_with_it() -> None:
    picture, scene = drawn(MANY["chain"], Look(reveal=True))
    assert len(picture.sites) == 3
    # A padded cube shows two sides, behind the padding.
    assert counts(scene.ground)["pending"] == 2 * (27 + 3 * 6)
    assert counts(scene.marks(range(27)))["intermediate"] == 27 + 3 * 6
    assert counts(scene.marks(range(27, 54)))["output"] == 27 + 3 * 6
    assert cells_of(scene.moment(0), "made") == {(1, 0, 0, 0, 0)}
    assert {cell[0] for cell in cells_of(scene.moment(40), "window")} == {1}


def test_slabs_are_named_and_those_at_work_in_bold() -> None:
    _, scene = drawn(LAYERS["padded"])
    words = standing(shapes_at(scene, 0))
    bold = sorted(word.said for word in words if word.of.face == "bold")
    assert bold == ["kernel 3×3×3", "low padding", "output slice 0", "slice 0", "slice 1"]
    regular = sorted(word.said for word in words if word.of.face == "regular")
    assert regular == sorted(
        [
            *(
                "input 3×4×5",
                "with padding: 5×6×7",
                "output 3×4×5",
                "slice 2",
                "high padding",
                "output slice 1",
                "output slice 2",
            ),
            *("moves along depth,", "rows and columns"),
        ]
    )


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("transposed", "zeros"),
        ("surplus", "output padding"),
        ("circular", "copy of slice 2"),
        ("hanging", "beyond the input"),
        ("max", "max of 2×2×2"),
        ("average", "mean of 2×2×2"),
        ("rod", "moves from"),
        ("beam", "moves along rows"),
    ],
)
def test_what_is_not_a_slice_of_the_input_says_what_it_is(name: str, said: str) -> None:
    assert said in {word.said for word in standing(shapes_at(drawn(LAYERS[name])[1], 0))}


@pytest.mark.parametrize(
    ("name", "step", "bold"),
    [
        ("channels", 0, {"input 1", "input 2", "output 1", "kernel 1"}),
        ("channels", 27, {"input 1", "input 2", "output 2", "kernel 2"}),
        ("groups", 24, {"input 3", "input 4", "output 4", "kernel 4"}),
        ("pooled", 8, {"input 2", "output 2", "max of 2×2×2"}),
        ("separable", 0, {"input 1", "depthwise map 1", "kernel 1", "depthwise conv"}),
        ("separable", 54, {"depthwise map 1", "depthwise map 2", "output 1", "kernel 1", "pointwise conv"}),
        ("chain", 30, {"conv"}),
        ("into pool", 8, {"max pool"}),
    ],
)
def test_channels_kernels_and_layers_are_named_in_bold_where_they_are_at_work(
    name: str, step: int, bold: set[str]
) -> None:
    words = [word for word in standing(shapes_at(drawn(MANY[name])[1], step)) if word.of.on is None]
    found = [word.said for word in words if word.of.face == "bold" and "slice" not in word.said]
    assert {one for one in found if not one.endswith("padding")} == bold


def test_many_channels_are_shortened_and_counted() -> None:
    picture, scene = drawn(MANY["more"])
    assert sorted(picture.towers) == [(site, one) for site, last in ((0, 15), (1, 7)) for one in (0, 1, last)]
    words = [word.said for word in standing(scene.ground)]
    assert [word for word in words if "more" in word] == ["13 more", "5 more"]
    # Three dots of six rectangles for either, for the kernels between, and in each of the three drawn kernels.
    assert counts(scene.ground)["dot"] == 6 * 3 * (2 + 1 + 3)


@pytest.mark.parametrize("name", [name for name in MANY if name not in ("upsampled", "unpooled", "pooled")])
def test_there_is_a_kernel_for_each_pair_of_channels_that_it_joins_and_it_lies_in_shadow_at_work(name: str) -> None:
    picture, scene = drawn(MANY[name])
    drawn_pairs = set()
    for stage in picture.plan.main:
        site = picture.sites_of(stage.target)[0]
        for out in picture.contents.channels[stage.target] if stage.is_weighted else ():
            inputs = set(stage.grouping.inputs_of(out)) & set(picture.contents.channels[stage.source])
            drawn_pairs |= {(site.number, out, one) for one in inputs}
    assert {key for key in picture.blocks if key[2] >= 0} == drawn_pairs
    for number in some(picture.plan):
        stage, step = picture.plan.stages[picture.plan.step(number).stage], picture.plan.step(number)
        shaded = {shape.key for shape in scene.moment(number) if isinstance(shape, Cells) and shape.shaded}
        kernels = {key.of for key in shaded if key is not None and key.what == "kernel"}
        site = picture.sites_of(stage.target)[0]
        assert kernels == {key for key in drawn_pairs if key[:2] == (site.number, step.channel)}


def test_pooling_has_no_kernel_block() -> None:
    assert not drawn(LAYERS["max"])[0].blocks
    assert "kernel" not in {entry.label for entry in drawn(LAYERS["max"])[1].legend}
    assert "kernel" in {entry.label for entry in drawn(LAYERS["plain"])[1].legend}


@pytest.mark.parametrize("name", EVERY)
def test_looks_in_the_legend_are_each_told_once(name: str) -> None:
    layer, method = EVERY[name]
    labels = [entry.label for entry in drawn(layer, Look(reveal=True), method)[1].legend]
    assert len(labels) == len(set(labels))


@pytest.mark.parametrize("name", ["padded", "max", "surplus", "circular"])
def test_numbers_stand_on_cubes_and_on_padding(name: str) -> None:
    picture, scene = drawn(LAYERS[name], Look(labels="numbers", reveal=True))
    stage = picture.plan.last
    grid = stage.grid
    values = picture.plan.planes(0, 0)
    for slab, plane in enumerate(planes_of(picture)):
        sources = [grid.source[0][slab : slab + 1], *grid.source[1:]]
        found = grid_of(in_cells(scene.ground, plane), plane)
        for (row, column), text in np.ndenumerate(np.array(found, object)):
            at = sources[0][0], sources[1][row], sources[2][column]
            expected = written(values[at])[0][0] if min(at) >= 0 else "0"
            assert text == expected
    made = picture.plan.planes(picture.plan.last.target, 0)
    everything = (*scene.ground, *scene.marks(range(scene.steps)))
    for slab, plane in enumerate(planes_of(picture, 1)):
        assert grid_of(in_cells(everything, plane), plane) == written(made[slab])
        assert not in_cells(scene.ground, plane)


@pytest.mark.parametrize("name", ["channels", "groups", "chain", "chain of channels", "upsampled", "into pool"])
def test_the_sum_below_comes_to_what_stands_on_the_cube_that_is_made(name: str) -> None:
    picture, scene = drawn(MANY[name], Look(labels="numbers", reveal=True))
    for number in range(0, scene.steps, 7):
        made = picture.plan.value(picture.plan.step(number))
        line = sum_line(scene, number)
        assert tiles(line)[-1].said == written(np.array([made]))[0][0]
        text = said(line)
        if "…" not in text and "bias" not in text and "→" not in text:
            left, right = text.replace("≈", "=").split("=")
            assert value(left) == pytest.approx(value(right), abs=0.01)


@pytest.mark.parametrize("name", STAMPED)
def test_stamps_add_up_to_the_output(name: str) -> None:
    picture, scene = drawn(STAMPED[name], Look(labels="numbers"), "scatter")
    stage = picture.plan.last
    site = picture.sites_of(stage.target)[0]
    number = picture.plan.starts[-2] + 3
    step, moment = picture.plan.step(number), scene.moment(number)
    inside = step.writes[stage.inside(step.writes)].tolist()
    assert cells_of(moment, "made") == {(site.number, channel, *cell) for channel in step.channels for cell in inside}
    assert len(cells_of(moment, "window")) == 1
    everything = shapes_at(scene, scene.steps - 1)
    for channel in picture.contents.channels[stage.target]:
        values = picture.plan.planes(stage.target, channel)
        for slab, plane in enumerate(planes_of(picture, site.number, channel)):
            assert grid_of(in_cells(everything, plane), plane) == written(values[slab])
    # Where padding cuts a stamp off, its outline ends with the slab.
    assert_within(scene, [number])


@pytest.mark.parametrize("name", EVERY)
def test_words_stay_where_they_are_and_so_does_the_picture(name: str) -> None:
    layer, method = EVERY[name]
    picture, scene = drawn(layer, None, method)
    numbers = [*some(picture.plan), scene.steps - 1]
    words = [{(word.said, word.at) for word in standing(shapes_at(scene, number))} for number in numbers]
    assert all(one == words[0] for one in words)


READ = ["hanging", "padded", *MANY, *(f"stamped {name}" for name in STAMPED)]


@pytest.mark.parametrize(("name", "is_lettered"), [(name, turn % 2 == 1) for turn, name in enumerate(READ)])
def test_all_that_is_written_can_be_read(name: str, is_lettered: bool) -> None:
    layer, method = EVERY[name]
    looks: dict[str, Any] = {"labels": "letters"} if is_lettered else {"shades": True, "theme": "dark"}
    animation = animate(layer, view="slabs", method=method, seed=1, width=1600, **looks)
    shown = Picture(animation, animation.scene.steps // 2)
    wrong = [*shown.small(), *shown.outside(), *shown.overlapping(), *shown.covered(), *shown.crossed()]
    assert [*wrong, *shown.faint(animation.theme)] == []


def test_towers_stand_in_several_rows_where_one_would_be_too_wide_to_read() -> None:
    for look, rows in (("bare", 1), ("numbers", 2)):
        picture, _ = drawn(Conv((4, 4, 4), 3, padding=1, in_channels=4, out_channels=4, groups=2), Look(**LOOKS[look]))
        assert len({round(tower.box[1], 6) for (site, _), tower in picture.towers.items() if site == 0}) == rows
    # A row each for the two groups.
    tops = [picture.towers[0, channel].box[1] for channel in range(4)]
    assert tops[0] == tops[1] < tops[2] == tops[3]


def test_outputs_stand_equally_far_below_their_names_in_all_rows() -> None:
    layer = Conv((5, 4, 3), 2, stride=2, padding=1, in_channels=4, out_channels=3)
    picture, _ = drawn(layer, Look(**LOOKS["numbers"]))
    names = {word.said: word.exact[1] for word in standing(picture.words_at(picture.work(0)))}
    below = [picture.towers[1, channel].box[1] - names[f"output {channel + 1}"] for channel in range(3)]
    assert len({picture._row_of[1, channel] for channel in range(3)}) == 2
    assert below == pytest.approx([below[0]] * 3)


def test_a_cube_glides_as_a_whole_with_sides_that_unfold() -> None:
    picture, scene = drawn(LAYERS["max"])
    tracks = passage(scene, 3, 4)
    for track in tracks:
        if isinstance(track.before, Cells) and track.before.role != "glass" and not track.is_still:
            own, other = (
                np.round(shape.quads[:, 1:] - shape.quads[:, :1], 6)
                for shape in (track.before, track.after)
                if isinstance(shape, Cells)
            )
            # Tops go to tops, and sides to sides that face the same way.
            assert (own == other).all()
    outlines = [track for track in tracks if isinstance(track.before, Lines) and track.before.role == "reach"]
    assert len(outlines) == 2 * 2 + 1
    assert {track.before.key.what for track in outlines if track.before.key} == {"reach", "made reach"}
    assert picture.plan.step(3).cell == (0, 1, 1)


@pytest.mark.parametrize(
    ("name", "theme"),
    [("plain", "guide"), ("padded", "dark"), ("dilated", "colorblind"), ("transposed", "guide"), ("max", "dark")],
)
def test_pixels_at_the_middles_of_tops_have_the_themes_colours(name: str, theme: str) -> None:
    layer, colours = LAYERS[name], find_theme(theme)
    picture, _ = drawn(layer)
    animation = animate(layer, theme=theme, width=1000)
    for number in some(picture.plan):
        pixels = next(animation.still(number).frames())
        moment = animation.scene.moment(number)
        read = spots(moment, planes_of(picture))
        near = [shape for shape in moment if isinstance(shape, Lines) and shape.role in (*RAYS, "upright")]
        glass = np.concatenate([shape.quads for shape in moment if isinstance(shape, Cells) and shape.role == "glass"])
        checked = 0
        for page in (page for page in picture.sheets if page.site == 0):
            one = picture.slab(page)
            for row, column in np.argwhere(one.roles >= 0).tolist():
                role = one.fill(ROLES[int(one.roles[row, column])])
                # Crosses, sides of cubes behind padding, rays and glass are in the way elsewhere.
                middle = one.plane.points(np.array([row + 0.27, column + 0.5]))
                is_read = (page.slice, row, column) in read
                if (
                    (role == "padding" and not is_read and one.is_solid)
                    or _is_crossed(middle, near)
                    or _is_under(middle, glass)
                ):
                    continue
                x, y = np.floor(middle * animation.layout.unit + [animation.layout.left, animation.layout.top])
                expected = colours.fill(role, is_read) or colours.background
                assert pixels[int(y), int(x), :3].tolist() == list(expected), (page, row, column, role)
                checked += 1
        assert checked > 20


def _is_under(point: Points, glass: Points) -> bool:
    """Return whether a point lies under glass between upright lines, (n, 4, 2)."""
    for (left, high), (_, low), (right, foot), (_, top) in glass.tolist():
        heights = [np.interp(point[0], [left, right], ends) for ends in ([high, top], [low, foot])]
        if left <= point[0] <= right and heights[0] <= point[1] <= heights[1]:
            return True
    return False


def _is_crossed(point: Points, found: list[Lines]) -> bool:
    for ray in np.concatenate([one.segments for one in found]):
        way = ray[1] - ray[0]
        at = np.clip((point - ray[0]) @ way / (way @ way), 0, 1)
        if np.linalg.norm(ray[0] + way * at - point) < 0.12:
            return True
    return False


@pytest.mark.parametrize("name", ["plain", "padded", "transposed"])
def test_nothing_moves_between_frames(name: str) -> None:
    animation = animate(LAYERS[name], width=480, steps=(0, 6))
    frames = [frame[..., :3].astype(int) for frame in animation.frames()]
    assert {frame.shape for frame in frames} == {(animation.size[1], animation.size[0], 3)}
    (kernel,) = drawn(LAYERS[name])[0].blocks.values()
    corners = kernel.hexagon * animation.layout.unit + [animation.layout.left, animation.layout.top]
    low, high = corners.min(axis=0), corners.max(axis=0)
    # Rays may pass by the kernel, but not over it.
    (left, top), (right, bottom) = (0.75 * low + 0.25 * high).astype(int), (0.25 * low + 0.75 * high).astype(int)
    for one, other in combinations(frames[:4], 2):
        np.testing.assert_array_equal(one[top:bottom, left:right], other[top:bottom, left:right])


def test_three_axes_are_drawn_as_slabs_without_being_asked() -> None:
    assert VIEWS["slabs"].dims == (3,)
    for layer in (LAYERS["plain"], MANY["channels"], MANY["chain"], MANY["upsampled"]):
        shapes = shapes_at(animate(layer).scene, 0)
        assert any(isinstance(shape, Lines) and shape.role == "thread" for shape in shapes)
        assert "slice 0" in {word.said for word in standing(shapes)}


@pytest.mark.parametrize(
    ("layer", "options", "message"),
    [
        (Conv((4, 4), 3), {"view": "slabs"}, "view slabs: draws three axes, and an input of 4x4 has fewer"),
        (MANY["chain"], {"view": "slabs", "field": 0}, "field 0x0x0: is not shown by this view; use"),
        (Conv((60, 1, 1), (30, 1, 1)), {}, "input_size 60x1x1: has 60 depth slices, .* and at most 24 are drawn"),
        (Conv((20, 200, 200), 3), {}, "at most 250000 are drawn"),
        (Conv((4, 4, 4), 3), {"labels": "numbers", "width": 300}, "width 300: leaves the numbers less than 9 pixels"),
    ],
)
def test_what_is_not_drawn_is_refused_with_a_way_out(layer: Any, options: dict[str, Any], message: str) -> None:
    with pytest.raises(ConvanimError, match=message):
        animate(layer, **options)


def test_as_many_slabs_as_are_drawn() -> None:
    assert animate(Conv((12, 2, 2), 2), steps=(0, 1)).scene.steps == 11


def test_words_at_work_have_the_key_of_words() -> None:
    _, scene = drawn(MANY["channels"], Look(labels="numbers"))
    words = [shape for shape in scene.moment(0) if isinstance(shape, Texts) and shape.on is None and not shape.held]
    assert {shape.key for shape in words} == {Key("word")}


def test_dots_in_place_of_towers_stand_on_none_in_another_row() -> None:
    layer = Conv((4, 4, 4), 3, stride=2, in_channels=6, out_channels=3)
    found = draw(plan(layer, seed=0), Look(labels="numbers"))
    assert isinstance(found, Slabs)
    spots = [
        quad.mean(axis=0)
        for one in found.kernels()
        if isinstance(one, Cells) and one.role == "dot"
        for quad in one.quads
    ]
    for left, top, right, bottom in (tower.box for tower in found.towers.values()):
        assert not [x for x, y in spots if left < x < right and top < y < bottom]


@pytest.mark.parametrize("labels", ["none", "letters"])
@pytest.mark.parametrize("channels", [(6, 8), (8, 6), (9, 9)])
def test_dots_keep_clear_of_words(channels: tuple[int, int], labels: str) -> None:
    read, made = channels
    layer = Conv((4, 4, 4), 2, padding=1, stride=2, in_channels=read, out_channels=made)
    shapes = shapes_at(animate(layer, view="slabs", labels=labels).scene, 0)
    words = word_boxes(one for one in shapes if isinstance(one, Texts))
    quads = np.concatenate([one.quads for one in shapes if isinstance(one, Cells) and one.role == "dot"])
    low, high = quads.min(axis=1)[:, None], quads.max(axis=1)[:, None]
    assert not ((low < words[None, :, 2:]) & (words[None, :, :2] < high)).all(axis=-1).any()


def test_a_ray_does_not_end_on_a_line_of_the_grid_that_it_runs_along() -> None:
    found = draw(plan(MaxPool((5, 5, 5), 2, stride=1)), Look())
    assert isinstance(found, Slabs)
    work = found.work(10)
    ((page, window),) = work.made.items()
    plane = found.slab(page).plane
    for start, end in lines(found.rays(work), "ray"):
        way, (down, right) = end - start, (plane.points(np.eye(2)) - plane.points(np.zeros((1, 2))))
        for along, place in ((down, 1), (right, 0)):
            sine = abs(way[0] * along[1] - way[1] * along[0]) / np.linalg.norm(way) / np.linalg.norm(along)
            assert sine > 0.07 or 0.1 < plane.places(end[None])[0, place] % 1 < 0.9
    assert window.box


def test_a_window_stands_on_padding_as_high_as_its_edges() -> None:
    _, scene = drawn(Conv((3, 3, 3), 2, padding=1), Look())
    (glass,) = (shape.quads for shape in scene.moment(0) if isinstance(shape, Cells) and shape.role == "glass")
    edges = lines(scene.moment(0), "upright")
    assert glass[..., 1].max() == pytest.approx(edges[..., 1].max())


def test_the_only_slice_of_several_channels_is_not_named_beside_the_last_one() -> None:
    scene = animate(Conv((3, 3, 4), (3, 2, 2), out_channels=2), view="slabs").scene
    assert {"slice 0", "slice 1", "slice 2"} <= {word.said for word in standing(shapes_at(scene, 0))}
    right = max(word.exact[0] for word in standing(shapes_at(scene, 0)) if word.said.startswith("output"))
    assert not [
        word for word in standing(shapes_at(scene, 0)) if word.said.startswith("slice") and word.exact[0] > right
    ]


def test_kernels_of_groups_have_blocks_for_the_inputs_of_their_group() -> None:
    layer = Conv((2, 2, 2), 2, in_channels=4, out_channels=4, groups=2)
    said = " ".join(word.said for word in standing(animate(layer, view="slabs").scene.ground))
    assert "one block for each input of the group" in said
