"""Layers with three axes as slabs of cubes, asked by role and place, and in pixels."""

from __future__ import annotations

from functools import lru_cache
from itertools import combinations, pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

from convanim import AvgPool, Chain, Conv, ConvanimError, ConvTranspose, Layer, MaxPool, animate, plan
from convanim.axis import Kind
from convanim.scene import Cells, Lines, Points, Scene, Texts
from convanim.theme import find_theme
from convanim.views import VIEWS, Look
from convanim.views.cubes import Cubes, silhouette_rays, split
from convanim.views.plane import Plane
from convanim.views.slabs import _Drawing, draw
from tests.strategies import layers
from tests.views.helpers import counts, lines, places_of, shapes_at, standing, within

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
Spots = set[tuple[int, int, int]]


@lru_cache(len(LAYERS))
def drawn(layer: Layer, look: Look | None = None) -> tuple[_Drawing, Scene]:
    planned, asked = plan(layer), look or Look()
    return _Drawing(planned, asked), draw(planned, asked)


def spots(scene: Scene, step: int, planes: list[Plane]) -> Spots:
    """Return the (slab, row, column) of all tops that a step shades."""
    moment = scene.moment(step)
    return {
        (slab, *place)
        for slab, plane in enumerate(planes)
        for role in counts(moment, True)
        for place in places_of(tuple(shape for shape in moment if _is_flat(shape, plane)), plane, role, True)
    }


def _is_flat(shape: Any, plane: Plane) -> bool:
    """Return whether a shape is of tops, not of sides."""
    if not isinstance(shape, Cells):
        return False
    return bool(np.allclose(shape.quads[0, 3] - shape.quads[0, 0], plane.projection.down))


def planes_of(drawing: _Drawing) -> list[Plane]:
    return [slab.sheet.plane for slab in drawing.slabs]


@pytest.mark.parametrize("name", LAYERS)
def test_tops_have_the_area_of_a_cell_and_sides_are_upright(name: str) -> None:
    drawing, scene = drawn(LAYERS[name])
    for shape in shapes_at(scene, len(drawing.plan) - 1):
        if isinstance(shape, Cells):
            across, down = shape.quads[:, 1] - shape.quads[:, 0], shape.quads[:, 3] - shape.quads[:, 0]
            areas = across[:, 0] * down[:, 1] - across[:, 1] * down[:, 0]
            is_upright = np.isclose(down, [0, 1]).all(axis=1)
            np.testing.assert_allclose(areas[~is_upright], 1)
            # Sides are as wide as a row is in the picture, or a column.
            np.testing.assert_allclose(areas[is_upright], across[is_upright, 0])


@pytest.mark.parametrize("name", LAYERS)
def test_no_slab_hides_anything_of_another(name: str) -> None:
    drawing, _ = drawn(LAYERS[name])
    for tower in (drawing.input, drawing.output):
        for low, high in pairwise(range(tower.slabs)):
            assert tower.plane(high).rise_over(tower.plane(low)) <= -1.39
    assert drawing.input.right < drawing.output.left
    assert drawing.input.top <= drawing.output.top
    assert drawing.output.bottom <= drawing.input.bottom + 1e-9
    if drawing.kernel:
        assert drawing.kernel.hexagon[:, 1].min() > drawing.output.bottom


@given(layers(dims=3))
@settings(max_examples=40)
def test_the_cells_shaded_are_those_that_the_plan_reads_whatever_the_layer(layer: Layer) -> None:
    drawing, scene = drawn(layer)
    planned = drawing.plan
    for number in sorted({0, len(planned) // 2, len(planned) - 1}):
        step = planned.step(number)
        read = step.reads.position[step.reads.kind != Kind.OVERHANG] - planned.grid.start
        assert spots(scene, number, planes_of(drawing)) == {tuple(place) for place in read.tolist()}
        made = spots(scene, number, [block.top for block in drawing.results])
        assert made == {tuple(step.writes[0].tolist())}


@given(layers(dims=3))
@settings(max_examples=40)
def test_nothing_leaves_the_bounds(layer: Layer) -> None:
    drawing, scene = drawn(layer)
    left, top, right, bottom = scene.bounds
    for number in sorted({0, len(drawing.plan) - 1}):
        for shape in shapes_at(scene, number):
            if isinstance(shape, Texts) or shape.role == "mirror_end":
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
    assert found["strided"] == found["cropped"] == {"unread", "input", "output"}
    assert found["circular"] == {"copy", "input", "output"}


def test_sides_are_shaded_where_the_window_reaches_them() -> None:
    drawing, scene = drawn(LAYERS["max"])
    # The nearest window has two cubes on either side, the farthest none.
    for place, sides in (((0, 1, 0), 4), ((0, 0, 1), 0), ((0, 0, 0), 2), ((0, 1, 1), 2)):
        moment = scene.moment(int(np.ravel_multi_index(place, drawing.plan.output_size)))
        assert counts(moment, True)["input"] == 2 * (4 + sides)


def test_a_dilated_window_shades_with_gaps_inside_the_outline_of_its_reach() -> None:
    drawing, scene = drawn(Conv((5, 5, 5), 2, dilation=3))
    moment = scene.moment(0)
    assert {slab for slab, _, _ in spots(scene, 0, planes_of(drawing))} == {0, 3}
    assert len(spots(scene, 0, planes_of(drawing))) == 8
    reach = lines(moment, "reach")[:4]
    assert np.linalg.norm(reach[0, 1] - reach[0, 0]) == pytest.approx(4 * np.hypot(1, 0.5))


def test_a_window_beyond_the_last_slice_is_marked() -> None:
    drawing, scene = drawn(LAYERS["hanging"])
    assert len(lines(scene.moment(len(drawing.plan) - 1), "overhang")) > 0
    assert not len(lines(scene.moment(0), "overhang"))


@pytest.mark.parametrize("name", ["reflect", "replicate", "circular"])
def test_originals_of_copies_are_ringed_in_their_slabs(name: str) -> None:
    drawing, scene = drawn(LAYERS[name])
    reads = drawing.plan.step(0).reads
    expected = {tuple(source) for source in reads.source[reads.kind == Kind.COPY].tolist()}
    middles = lines(scene.moment(0), "ring_dark").reshape(-1, 4, 2, 2).mean(axis=(1, 2))
    found = set()
    for slab, one in enumerate(drawing.slabs):
        for row, column in np.floor(one.sheet.plane.places(middles)).astype(int).tolist():
            if 0 <= row < one.sheet.plane.rows and 0 <= column < one.sheet.plane.columns:
                found.add((slab - 1, row - 1, column - 1))
    assert found == expected


@pytest.mark.parametrize("name", LAYERS)
def test_rays_end_at_the_cube_and_hide_behind_slabs_above(name: str) -> None:
    drawing, scene = drawn(LAYERS[name])
    for number in range(0, len(drawing.plan), max(1, len(drawing.plan) // 5)):
        step = drawing.plan.step(number)
        slabs = set((step.reads.position[step.reads.kind != Kind.OVERHANG, 0] - drawing.plan.grid.start[0]).tolist())
        moment = scene.moment(number)
        rays = np.concatenate([lines(moment, "ray"), lines(moment, "ray_over")])
        slab, row, column = step.writes[0].tolist()
        corners = drawing.results[slab].part(row, column, row + 1, column + 1).corners
        ends = [ray for ray in rays if np.linalg.norm(corners - ray[1], axis=1).min() < 1e-9]
        assert len(ends) == 2 * len(slabs)
        for at, reads in drawing._parts(step.reads):
            if at in slabs:
                hiding = [slab.cubes for slab in drawing.slabs[at + 1 :] if slab.is_solid]
                hiding += [drawing.kernel] if drawing.kernel else []
                cube = drawing.results[slab].part(row, column, row + 1, column + 1)
                for ray in np.concatenate(
                    [shape.segments for shape in drawing._rays({at: reads}, cube) if isinstance(shape, Lines)]
                ):
                    assert not any(_in_block(block, _along(ray)).any() for block in hiding)


def _along(ray: Points) -> Points:
    found: Points = ray[0] + (ray[1] - ray[0]) * np.linspace(0.01, 0.99, 40)[:, None]
    return found


def _in_block(block: Cubes, points: Points) -> Any:
    faces = (block.top, block.left, block.right)
    return np.any([within(face.quads(np.argwhere(np.ones((face.rows, face.columns)))), points) for face in faces], 0)


def test_a_ray_from_the_lowest_slab_is_cut_by_those_above() -> None:
    drawing, scene = drawn(AvgPool((6, 6, 6), 3))
    blocks = [slab.cubes for slab in drawing.slabs]
    corner = drawing.slabs[0].sheet.plane.origin
    rays = lines(scene.moment(0), "ray")
    from_first = rays[np.linalg.norm(rays[:, 0] - corner, axis=1) < 1e-9]
    assert len(from_first) == 1
    assert not any(_in_block(block, _along(from_first[0])).any() for block in blocks[1:])
    assert _in_block(blocks[1], from_first[0, 1:] + (from_first[0, 1] - from_first[0, 0]) * 0.02).any()


def test_two_lines_hold_all_corners_between_them() -> None:
    one, other = np.array([[0, 0], [1, 2], [2, 0], [1, -1.0]]), np.array([[5, 5], [6, 6], [5, 7.0]])
    assert silhouette_rays(one, other).tolist() == [[[1, 2], [5, 7]], [[2, 0], [6, 6]]]
    level, way = np.array([[0, 0], [1, 0], [1, 1], [0, 1.0]]), np.array([3, 0])
    assert silhouette_rays(level, level + way).tolist() == [[[1, 1], [3, 1]], [[1, 0], [3, 0]]]


def test_rays_are_split_at_the_blocks_that_they_meet() -> None:
    block = Cubes(Plane(1, 1, np.zeros(2)))
    ray = np.array([[[-1.0, 0.5], [3.0, 0.5]], [[-1.0, 9.0], [3.0, 9.0]]])
    clear, covered = split(ray, block.hexagon[None])
    assert len(covered) == 1
    assert len(clear) == 3
    assert covered[0, 0].tolist() == pytest.approx([0, 0.5])
    lengths = [np.linalg.norm(parts[:, 1] - parts[:, 0], axis=1).sum() for parts in (clear, covered)]
    assert sum(lengths) == pytest.approx(8)
    assert not len(split(ray, np.empty((0, 6, 2)))[1])


def test_reveal_starts_blank_and_fills_every_cube_once() -> None:
    for name in ("plain", "padded", "beam"):
        drawing, scene = drawn(LAYERS[name], Look(reveal=True))
        assert "output" not in counts(scene.ground)
        every = counts(scene.ground)["pending"]
        assert sum(counts(scene.marks(range(n, n + 1)))["output"] for n in range(scene.steps)) == every
        assert counts(scene.marks(range(scene.steps)))["output"] == every
        assert counts(scene.marks(range(1)))["output"] == len(drawing.results[0].part(0, 0, 1, 1).seen) + 1
    assert drawn(LAYERS["plain"])[1].marks(range(1)) == ()


def test_slabs_are_named_and_those_at_work_in_bold() -> None:
    _, scene = drawn(LAYERS["padded"])
    words = standing(shapes_at(scene, 0))
    bold = sorted(word.said for word in words if word.of.face == "bold")
    assert bold == ["kernel 3×3×3", "output slice 1", "padding", "slice 1", "slice 2"]
    regular = sorted(word.said for word in words if word.of.face == "regular")
    assert regular == sorted(
        [
            *("input 3×4×5", "output 3×4×5", "slice 3", "padding", "output slice 2", "output slice 3"),
            *("moves along depth,", "rows and columns"),
        ]
    )


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("transposed", "zeros"),
        ("surplus", "output padding"),
        ("circular", "copy of slice 3"),
        ("hanging", "beyond the input"),
        ("max", "window 2×2×2"),
        ("rod", "moves along depth"),
        ("beam", "moves along rows"),
    ],
)
def test_what_is_not_a_slice_of_the_input_says_what_it_is(name: str, said: str) -> None:
    assert said in {word.said for word in standing(shapes_at(drawn(LAYERS[name])[1], 0))}


def test_pooling_has_no_kernel_block() -> None:
    assert drawn(LAYERS["max"])[0].kernel is None
    assert "kernel" not in {entry.label for entry in drawn(LAYERS["max"])[1].legend}
    assert "kernel" in {entry.label for entry in drawn(LAYERS["plain"])[1].legend}


@pytest.mark.parametrize("name", LAYERS)
def test_looks_in_the_legend_are_each_told_once(name: str) -> None:
    labels = [entry.label for entry in drawn(LAYERS[name], Look(reveal=True))[1].legend]
    assert len(labels) == len(set(labels))


@pytest.mark.parametrize("theme", ["guide", "dark", "colorblind"])
@pytest.mark.parametrize("name", ["plain", "padded", "dilated", "transposed", "max"])
def test_pixels_at_the_middles_of_tops_have_the_themes_colours(name: str, theme: str) -> None:
    layer, colours = LAYERS[name], find_theme(theme)
    drawing, _ = drawn(layer)
    animation = animate(layer, theme=theme, width=1000)
    for number in sorted({0, len(drawing.plan) // 2, len(drawing.plan) - 1}):
        pixels = next(animation.still(number).frames())
        moment = animation.scene.moment(number)
        read = spots(animation.scene, number, planes_of(drawing))
        near = [shape for shape in moment if isinstance(shape, Lines) and shape.role in ("ray", "ray_over")]
        checked = 0
        for slab, one in enumerate(drawing.slabs):
            for row, column in np.argwhere(one.sheet.roles >= 0).tolist():
                role = one.sheet.fill(("idle", "padding", "copy", "surplus", "inserted", "unread", "input")[
                    int(one.sheet.roles[row, column])
                ])  # fmt: skip
                # Crosses, sides of cubes behind padding and rays are in the way elsewhere.
                middle = one.sheet.plane.points(np.array([row + 0.27, column + 0.5]))
                is_read = (slab, row, column) in read
                if (role == "padding" and not is_read and one.is_solid) or _is_crossed(middle, near):
                    continue
                x, y = np.floor(middle * animation.layout.unit + [animation.layout.left, animation.layout.top])
                expected = colours.fill(role, is_read) or colours.background
                assert pixels[int(y), int(x), :3].tolist() == list(expected), (slab, row, column, role)
                checked += 1
        assert checked > 20


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
    words = [
        {word.at for word in standing(shapes_at(animation.scene, number))} for number in range(animation.scene.steps)
    ]
    assert all(one == words[0] for one in words)
    drawing, _ = drawn(LAYERS[name])
    assert drawing.kernel is not None
    corners = drawing.kernel.hexagon * animation.layout.unit + [animation.layout.left, animation.layout.top]
    low, high = corners.min(axis=0), corners.max(axis=0)
    # Rays may pass by the kernel, but not over it.
    (left, top), (right, bottom) = (0.75 * low + 0.25 * high).astype(int), (0.25 * low + 0.75 * high).astype(int)
    for one, other in combinations(frames[:4], 2):
        np.testing.assert_array_equal(one[top:bottom, left:right], other[top:bottom, left:right])


def test_three_axes_are_drawn_as_slabs_without_being_asked() -> None:
    assert plan(Conv((4, 4, 4), 3)).kind == "volume"
    assert plan(Conv((4, 4), 3)).kind == "gather"
    assert list(VIEWS["slabs"].drawers) == ["volume"]
    names = {word.said for word in standing(shapes_at(animate(Conv((4, 4, 4), 3)).scene, 0))}
    assert "output slice 1" in names


def test_numbers_are_computed_but_not_shown() -> None:
    given = np.arange(27).reshape(3, 3, 3)
    animation = animate(Conv((3, 3, 3), 2), input=given, kernel=np.ones((2, 2, 2)))
    assert not any(isinstance(s, Texts) and s.on is not None for s in shapes_at(animation.scene, 0))
    with pytest.raises(ConvanimError, match="input"):
        animate(Conv((3, 3, 3), 2), input=given[:2])


@pytest.mark.parametrize(
    ("layer", "options", "message"),
    [
        (Conv((4, 4, 4), 3), {"labels": "numbers"}, "labels numbers: are not shown by this view; leave it out"),
        (Conv((4, 4, 4), 3), {"labels": "letters"}, "labels letters: are not shown by this view; leave it out"),
        (Conv((4, 4, 4), 3), {"values": True}, "values: are not shown by this view; leave it out"),
        (Conv((4, 4, 4), 3), {"shades": True}, "shades: are not shown by this view; leave it out"),
        (Conv((4, 4, 4), 3), {"view": "flat"}, "view flat: does not draw layers with three axes; use view=slabs"),
        (Conv((4, 4), 3), {"view": "slabs"}, "view slabs: does not draw layers with one or two axes; use view=oblique"),
        (Chain([Conv((4, 4, 4), 3)]), {}, "input_size 4x4x4: has 3 axes, which no view draws for a chain; give 1 or 2"),
        (ConvTranspose((2, 2, 2), 3), {"method": "scatter"}, "has 3 axes, which no view draws as stamps; .*gather"),
        (ConvTranspose((2, 2, 2), 3), {"overlap": True}, "has 3 axes, which no view draws as stamps"),
        (Conv((25, 3, 3), 3), {}, "input_size 25x3x3: makes 25 depth slices .* and at most 24 are drawn"),
        (Conv((23, 3, 3), 3, padding=1), {}, "makes 25 depth slices"),
        (Conv((20, 200, 200), 3), {}, "at most 250000 are drawn"),
    ],
)
def test_what_is_not_drawn_is_refused_with_a_way_out(layer: Any, options: dict[str, Any], message: str) -> None:
    with pytest.raises(ConvanimError, match=message):
        animate(layer, **options)


def test_as_many_slabs_as_are_drawn() -> None:
    assert animate(Conv((24, 2, 2), 2), steps=(0, 1)).scene.steps == 23
