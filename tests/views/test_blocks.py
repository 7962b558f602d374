"""Tensors as solid blocks: their faces, the kernel within, what fills them, and how long large ones are."""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise, product
from typing import Any

import numpy as np
import pytest

from convanim import (
    AvgPool,
    Chain,
    Conv,
    ConvanimError,
    ConvTranspose,
    DeformConv,
    DepthwiseConv,
    DepthwiseSeparable,
    Layer,
    MaxPool,
    MaxUnpool,
    PointwiseConv,
    SparseConv,
    Unfold,
    Upsample,
    animate,
    plan,
)
from convanim.render.palettes import THEMES
from convanim.render.theme import LEAST_CONTRAST, contrast, find_theme
from convanim.views import Look
from convanim.views.block import Scale, shortened_length
from convanim.views.block_faces import lie_over
from convanim.views.block_reached import Reached
from convanim.views.blocks import Blocks, draw
from convanim.views.headings import word_boxes
from convanim.views.rays import clear
from convanim.views.scene import Cells, Key, Lines, Scene, Shapes, Texts
from convanim.views.signs import FRAME_ACROSS
from convanim.views.solids import AWAY, Solid
from convanim.views.tints import tint as tint_role
from convanim.views.tints import tints
from tests.views.helpers import Word, all_over, shapes_at, standing, within, words_of

LAYERS: dict[str, Layer | Chain] = {
    "standard": Conv(5, 3, padding=1, in_channels=3, out_channels=4),
    "grouped": Conv(5, 3, in_channels=4, out_channels=4, groups=2),
    "depthwise": DepthwiseConv(5, 3, in_channels=3),
    "pointwise": PointwiseConv(4, in_channels=3, out_channels=2),
    "separable": DepthwiseSeparable(3, 4, 3, 4, padding=1),
    "slabs": DepthwiseSeparable(4, 2, 4, 3, padding=1),
    "spread": ConvTranspose(3, 3, 2, in_channels=2, out_channels=2),
    "pool": MaxPool(4, 2, channels=3),
    "row": Conv((6,), 3, padding=1, in_channels=3, out_channels=2),
    "volume": Conv((3, 4, 4), 2, in_channels=2, out_channels=2),
    "plain": Conv(4, 3),
    "large": Conv(56, 3, padding=1, in_channels=64, out_channels=128),
    "stem": Conv(224, 7, stride=2, padding=3, in_channels=3, out_channels=64),
    "large stamps": ConvTranspose(40, 2, 2, in_channels=48, out_channels=40),
    "large volume": Conv((4, 40, 40), 3, padding=1, in_channels=5, out_channels=6),
}


def drawn(layer: Layer | Chain, method: str = "gather", order: str = "channel", **looks: Any) -> Blocks:
    seed = 0 if looks.get("labels") == "numbers" else None
    found = draw(plan(layer, method=method, order=order, seed=seed), Look(reveal=True, **looks))
    assert isinstance(found, Blocks)
    return found


@lru_cache
def picture(name: str, method: str = "gather", order: str = "channel", **looks: Any) -> Blocks:
    return drawn(LAYERS[name], method, order, **looks)


def reached(found: Blocks, step: int) -> tuple[list[Reached], list[Reached]]:
    """Return what a step reads and makes, as blocks within blocks."""
    return found._ends_of(found.work(step))


def filled(found: Blocks, step: int) -> float:
    """Return the part of the whole output's outline that is filled after a step, from samples."""
    role, scene = found.role(found.sites[-1]), Scene.of(found)
    quads = [one.quads for one in shapes_at(scene, step) if isinstance(one, Cells) and one.role == role]
    rng = np.random.default_rng(1)
    hits = []
    for block in found.blocks[len(found.sites) - 1]:
        weights = rng.dirichlet(np.ones(6), 60)
        hits.append(within(np.concatenate(quads), weights @ block.solid.hexagon).mean() if quads else 0.0)
    return float(np.mean(hits))


def keyed(found: Blocks, step: int, what: str) -> list[Lines]:
    """Return the lines of a step with a key that says what they show."""
    return [one for one in found.moment(step) if isinstance(one, Lines) and one.key and one.key.what == what]


def test_the_faces_of_a_solid_share_its_edges() -> None:
    solid = Solid(np.array([1.0, 2.0]), (3, 4, 2))
    front, top, side = solid.quads
    np.testing.assert_allclose(front[0], [1, 2])
    np.testing.assert_allclose(front[1], side[0])
    np.testing.assert_allclose(front[:2], top[[3, 2]])
    np.testing.assert_allclose(top[1], np.array([3, 2]) + 4 * np.array(AWAY))
    assert len(solid.edges("front", "top", "side")) == 9
    assert len(solid.edges("front", "top", "side", others=True)) == 3
    assert (np.ptp(solid.folded("side"), axis=1) > 0).any(axis=1).sum() == 4


def test_a_length_grows_by_four_with_each_doubling_and_few_cells_can_be_seen() -> None:
    assert [shortened_length(count) for count in (1, 8, 16, 64)] == [1, 8, 12, 20]
    scale = Scale(64, 20.0, is_ruled=False)
    low, high = scale.span(63, 64)
    assert high == 1
    assert (high - low) * 20 > 20 / 64
    assert Scale(4, 4.0).span(-1, 2) == (-0.25, 0.5)


@pytest.mark.parametrize(
    ("name", "pages"), [("standard", 3), ("grouped", 2), ("depthwise", 1), ("pointwise", 3), ("pool", 1), ("large", 64)]
)
def test_the_kernel_within_is_as_deep_as_what_it_reads(name: str, pages: int) -> None:
    found = picture(name)
    for step in (0, len(found.plan) // 2, len(found.plan) - 1):
        (read,), (made,) = reached(found, step)
        assert read.high[2] - read.low[2] == pages
        assert "side" in read.touched
        assert made.high[2] - made.low[2] == 1


def test_each_group_is_a_block_and_a_rod_goes_through_all_of_them() -> None:
    assert [len(parts) for parts in picture("grouped").blocks.values()] == [2, 2]
    assert [len(parts) for parts in picture("separable").blocks.values()] == [3, 3, 1]
    last, _ = reached(picture("separable"), len(picture("separable").plan) - 1)
    assert [one.block.part for one in last] == [0, 1, 2]


def test_each_channel_of_a_volume_is_a_block_and_those_left_out_are_counted() -> None:
    found = picture("large volume")
    assert [len(parts) for parts in found.blocks.values()] == [3, 3]
    said = [word for text in found.words() if isinstance(text, Texts) for word in text.words]
    assert {"2 more", "3 more"} <= set(said)


def test_a_kernel_of_volumes_has_a_block_for_each_input_and_one_name() -> None:
    found = picture("large volume")
    own = found.kernel_blocks[0]
    assert [(one.channel, one.part) for one in own[:4]] == [(0, 0), (0, 1), (None, 0), (0, 4)]
    boxes = [one.solid.box for one in own[:4]]
    assert all(above[3] < below[1] for above, below in pairwise(boxes))
    said = [word.text for word in standing(shapes_at(Scene.of(found), 0))]
    assert [said.count(f"kernel {number}") for number in (1, 2, 6)] == [1, 1, 1]
    drawn_kernels = {one.channel for one in own} - {None}
    assert [said.count(f"for input {number}") for number in (1, 2, 5)] == [len(drawn_kernels)] * 3


def test_all_sizes_of_an_input_stand_at_its_lowest_volume() -> None:
    found = drawn(Conv((3, 4, 5), 2, in_channels=2), labels="numbers")
    places = [word.at for word in standing(found.words()) if word.of.key == Key("size", (0,))]
    _, top, _, _ = found.box(found.blocks[0][-1:])
    assert len(places) == 3
    assert all(y > top for _, y in places)


def test_a_dark_kernel_at_work_is_outlined_only_around_it() -> None:
    found = picture("standard", labels="numbers")
    (outline,) = (one for one in found.kernels_at(found.work(0)) if isinstance(one, Lines) and one.role == "reach")
    assert len(outline.segments) == 6


@pytest.mark.parametrize(
    ("name", "order"), [*product(["standard", "row", "volume", "grouped"], ["channel", "position"])]
)
def test_a_block_fills_step_by_step_until_it_is_full(name: str, order: str) -> None:
    found = picture(name, order=order)
    last = len(found.plan) - 1
    parts = [filled(found, step) for step in range(0, last, max(1, last // 3))]
    assert parts == sorted(parts)
    assert parts[0] < 0.5
    assert filled(found, last) == 1


@pytest.mark.parametrize("name", ["large", "stem", "large volume", "large stamps"])
def test_a_large_block_is_filled_by_what_lies_between_the_steps_that_are_shown(name: str) -> None:
    found = picture(name, method="scatter" if name == "large stamps" else "gather")
    assert 10 < len(found.plan) <= 300
    assert filled(found, 0) < 0.7
    assert filled(found, len(found.plan) - 1) == 1
    assert "some of the steps are shown" in found.laid_out[0]


def test_a_cell_made_later_does_not_hide_those_before_it() -> None:
    found = picture("row")
    scene = Scene.of(found)
    (block,) = found.blocks[1]
    orders = found._orders(found.plan.last, block)[0]
    drawn = [one for one in scene.ground if isinstance(one, Cells)]
    for step in range(scene.steps):
        drawn += [one for one in scene.marks(range(step, step + 1)) if isinstance(one, Cells)]
        for column, channel in np.argwhere(orders <= step).tolist():
            cell = np.array([channel, 0, column])
            corner, right, _, down = block.inside(cell, cell + 1).quads[0]
            # Just above the side of the cell to the lower left.
            place = corner + 0.15 * (right - corner) + 0.95 * (down - corner)
            assert not [one.is_within for one in drawn if within(one.quads, place[None])[0]][-1]


@pytest.mark.parametrize("name", LAYERS)
def test_nothing_leaves_the_canvas(name: str) -> None:
    found = picture(name)
    scene = Scene.of(found)
    left, top, right, bottom = scene.bounds
    for step in (0, scene.steps // 2, scene.steps - 1):
        for shape in shapes_at(scene, step):
            if not isinstance(shape, Texts):
                points = (shape.quads if isinstance(shape, Cells) else shape.segments).reshape(-1, 2)
                assert (points >= [left - 1e-6, top - 1e-6]).all()
                assert (points <= [right + 1e-6, bottom + 1e-6]).all()


def test_sizes_stand_at_the_edges_and_in_the_names() -> None:
    said = [word.text for word in standing(shapes_at(Scene.of(picture("large")), 0))]
    assert [said.count(size) for size in ("56", "1 + 56 + 1", "64", "128")] == [2, 2, 1, 1]
    assert {"input: 56×56×64", "output: 56×56×128", "kernel 128", "128 kernels of 3×3×64"} <= set(said)


def test_a_spread_input_is_named_with_its_size_before_and_after() -> None:
    assert "input: 3×3×2, with zeros: 9×9×2" in [
        word.text for word in standing(shapes_at(Scene.of(picture("spread")), 0))
    ]


def test_a_lone_channel_is_not_said() -> None:
    said = [word.text for word in standing(shapes_at(Scene.of(picture("plain")), 0))]
    assert sorted(said) == ["2", "2", "3×3", "4", "4", "input: 4×4", "kernel", "output: 2×2"]


def test_the_size_at_the_outline_of_padding_says_how_much_stands_before_and_behind() -> None:
    scene = Scene.of(draw(plan(Conv((5, 6), 3, padding=(1, (2, 0)))), Look()))
    assert {"1 + 5 + 1", "2 + 6"} <= {word.text for word in standing(shapes_at(scene, 0))}


def test_the_sizes_of_layers_between_say_their_padding_too() -> None:
    scene = Scene.of(draw(plan(Chain([Conv((9,), 2), Conv((8,), 2, padding="causal", dilation=2)])), Look()))
    assert {"9", "2 + 8", "8"} <= {word.text for word in standing(shapes_at(scene, 0))}


@pytest.mark.parametrize("name", LAYERS)
def test_rays_pass_above_all_sizes(name: str) -> None:
    found = picture(name)
    # Among volumes, rays pass behind the names of others.
    heights = [y for text in found._still() if text.key and text.key.what == "size" for y in text.places[:, 1]]
    lowest = max(y for y in [*heights, 0.0])
    for step in all_over(len(found.plan)):
        for ray in found.moment(step):
            if isinstance(ray, Lines) and ray.role == "ray":
                assert ray.whole is not None
                assert ray.whole[..., 1].max() <= lowest
                if "volume" not in name:
                    assert ray.segments == pytest.approx(ray.whole)


def test_volumes_of_several_channels_have_their_names_beside_them_bold_at_work() -> None:
    found = picture("volume")
    said = [one for one in found.moment(0) if isinstance(one, Texts) and one.key and one.key.what == "volume"]
    names = {one.words[0]: one.face for one in said}
    assert names == {"input 1": "bold", "input 2": "bold", "output 1": "bold", "output 2": "regular"}
    for text in said:
        assert text.key is not None
        number, channel = text.key.of
        left, _, right, _ = found.box([found.blocks[number][channel]])
        x = text.places[0, 0]
        assert (text.anchor, x < left) == (1.0, True) if number == 0 else (text.anchor, x > right) == (0.0, True)


def test_volumes_between_others_have_their_names_above_them_since_rays_run_on_both_sides() -> None:
    layers = Conv((4, 4, 4), 2, out_channels=2), Conv((3, 3, 3), 2, in_channels=2)
    found = drawn(Chain(layers))
    said = [one for one in found.moment(0) if isinstance(one, Texts) and one.key and one.key.what == "volume"]
    between = [one for one in said if one.key and one.key.of[0] == 1]
    assert len(between) == 2
    for text in between:
        assert text.key is not None
        top = found.box([found.blocks[1][text.key.of[1]]])[1]
        assert top - 2 * found.size < text.places[0, 1] < top


@pytest.mark.parametrize("labels", ["none", "numbers"])
def test_volumes_of_one_tensor_stand_below_each_other(labels: str) -> None:
    layer = Conv((3, 3, 3), 2, in_channels=3, out_channels=1)
    blocks = drawn(layer, labels=labels).blocks[0]
    assert (len({one.corner[0] for one in blocks}), len({one.corner[1] for one in blocks})) == (1, 3)


def test_volumes_stand_in_the_middle_beside_more_of_them() -> None:
    found = drawn(Conv((3, 3, 3), 2, out_channels=2))
    (_, top, _, bottom), (_, low, _, floor) = (found.box(found.blocks[number]) for number in (0, 1))
    assert top + bottom == pytest.approx(low + floor)


def test_only_the_part_of_a_kernel_that_a_stamp_multiplies_is_at_work() -> None:
    found = drawn(ConvTranspose((2, 2, 2), 2, 2, in_channels=3), method="scatter")
    for step, part in ((0, 0), (8, 1), (23, 2)):
        keys = {one.key.of for one in found.kernels_at(found.work(step)) if one.key}
        assert keys == {(0, 0, part)}


def test_values_in_the_sum_of_stamps_have_the_tints_of_their_channels() -> None:
    found = drawn(ConvTranspose((2, 2, 2), 2, 2, in_channels=3), method="scatter", labels="numbers", is_tinted=True)
    (row,) = found.terms.rows(found.work(15))
    values = [tile.role for tile in row if tile.role and tile.role.startswith("tint")]
    assert values == [tint_role(number) for number in tints(found.plan)[0][:2]]


def test_weights_and_results_of_sums_have_the_tints_of_their_kernels() -> None:
    found = picture("standard", labels="numbers", is_tinted=True)
    channel = 1
    rows = found.terms.rows(found.work(found.plan.numbers[0][25 * channel + 6]))
    own = tint_role(tints(found.plan)[1][channel])
    assert {tile.role for row in rows for tile in row if tile.edge == "reach"} == {own}
    assert [row[-1].role for row in rows] == [own] * 4
    assert {row[0].text for row in rows[:-1]} == {"channel 1", "channel 2", "channel 3"}


def test_words_that_cells_of_the_next_channel_stand_before_are_not_seen_in_part() -> None:
    found = numbered(Conv(4, 2, in_channels=2, out_channels=2))
    sheet = found.sheets[found.inner(found.blocks[1][0])[0]]
    # The first cell of the second channel, a row below the top, leaves the number below it.
    places = sheet.plane.places(np.array([word.at for word in seen_words(found, found.plan.numbers[0][9 + 3])])) - 0.5
    # Those of other faces stand between the middles of cells.
    is_there = {(round(row), round(column)) for row, column in places if abs(row % 1 - column % 1) < 0.02}
    assert (2, 0) in is_there
    assert {(1, 1), (1, 2), (2, 1), (2, 2)}.isdisjoint(is_there)


def seen_words(found: Blocks, step: int) -> list[Word]:
    """Return the words on the sides of inner pages that no cells painted later lie over."""
    painted: list[tuple[Any, Word]] = []
    scene = Scene.of(found)
    for shape in (*scene.marks(range(step + 1)), *scene.moment(step)):
        if isinstance(shape, Cells):
            painted = [one for one in painted if not within(shape.quads, np.array([one[1].at])).any()]
        if isinstance(shape, Texts) and shape.on == "output":
            painted += [(shape, word) for word in words_of(shape)]
    return [word for _, word in painted]


def test_the_outline_of_a_cell_seen_before_the_next_channel_is_that_of_its_side() -> None:
    found = numbered(Conv(4, 2, in_channels=2, out_channels=3))
    (edges,) = (
        one.segments
        for one in found.moment(4)
        if isinstance(one, Lines) and one.role == "reach" and one.key and one.key.what == "made reach"
    )
    assert len(edges) == 4


def test_places_of_outputs_are_seen_in_the_shadow_of_a_window() -> None:
    found = drawn(Upsample(4, 2, mode="bilinear"))
    dots = [one for one in found.moment(19) if isinstance(one, Cells) and one.key and one.key.what == "lattice"]
    # A window of 2×2 cells has four outputs for each, and each dot has a ring.
    assert [len(one.quads) for one in dots] == [16 * 6, 16 * 6]


def test_lone_volumes_stand_on_one_floor() -> None:
    found = drawn(Conv((3, 3, 3), 2))
    assert len({found.box(parts)[3] for parts in found.blocks.values()}) == 1


def test_the_kernel_at_work_is_named_below_dots_that_stand_for_it() -> None:
    found = drawn(Conv(4, 3, in_channels=2, out_channels=8, padding=1))
    bold = {word.said: word for word in standing(shapes_at(Scene.of(found), 4 * 16)) if word.of.face == "bold"}
    own = found.kernel_blocks[0]
    (dots,) = (one.solid.box for one in own if one.channel is None)
    assert dots[0] < bold["kernel 5"].at[0] < dots[2]
    assert {"kernel 1", "kernel 8"}.isdisjoint(bold)


@pytest.mark.parametrize(
    "layer",
    [
        DepthwiseConv((4, 7), 3, in_channels=4, depth_multiplier=2),
        Conv(4, 3, in_channels=9, out_channels=8, padding=1),
    ],
)
def test_the_name_of_a_kernel_at_work_among_dots_has_room_beside_others(layer: Layer) -> None:
    found = drawn(layer)
    step = next(n for n in range(len(found.plan)) if found.plan.step(n).channel == 4)
    named = [word for word in standing(found.words_at(found.work(step))) if word.said.startswith("kernel ")]
    ends = sorted((word.corners[:, 0].min(), word.corners[:, 0].max()) for word in named)
    assert len(ends) > 3
    assert all(before[1] < after[0] for before, after in pairwise(ends))


@pytest.mark.parametrize(
    ("layer", "said"),
    [(Chain([Conv(6, 3, padding=1), MaxPool(6, 2)]), "max pool"), (MaxPool(6, 2, channels=3), "max of 2×2")],
)
def test_an_arrow_stands_above_the_words_about_a_layer_without_kernels(layer: Layer | Chain, said: str) -> None:
    found = drawn(layer)
    (shaft,) = (one.segments[0] for one in found.ground() if isinstance(one, Lines) and one.role == "arrow")
    assert shaft[:, 0].mean() == pytest.approx(found.middle(found.plan.last))
    below = [word for word in standing(found.words()) if word.said == said]
    assert [word.at[1] > shaft[0, 1] for word in below] == [True]


@pytest.mark.parametrize(
    ("layer", "is_between"),
    [
        (MaxPool(6, 2), True),
        (MaxPool((4, 4, 4), 2, channels=2), True),
        (MaxPool((4, 4, 4), 3), False),
        (Chain([Conv(6, 3, padding=1), MaxPool(6, 2)]), False),
        (Chain([AvgPool(24, 2), MaxPool(12, 2)]), False),
    ],
)
def test_arrows_stand_between_the_names_where_they_have_room(layer: Layer | Chain, is_between: bool) -> None:
    found = drawn(layer)
    (arrows,) = {one.segments[0][0, 1] for one in found.ground() if isinstance(one, Lines) and one.role == "arrow"}
    names = [word.exact[1] for word in standing(found.words_at(found.work(0))) if ": " in word.said]
    assert (arrows == max(names)) == is_between
    assert arrows >= max(names)


def test_the_side_of_a_cell_is_drawn_unless_later_channels_stand_before_it() -> None:
    for layer, is_drawn in ((Unfold(4, 2), False), (Conv(4, 2, out_channels=3), True)):
        found = drawn(layer, labels="numbers", order="position" if layer.leaves_zeros else "channel")
        # The second cell of the first row, of the first channel.
        step = next(n for n in range(len(found.plan)) if found.plan.place(n)[1:] == (0, 1))
        keys = {one.key.what for one in found.moment(step) if one.key is not None}
        assert ("made side" in keys) is is_drawn


def test_a_cell_among_those_that_are_never_made_shows_no_inner_faces() -> None:
    found = drawn(SparseConv(3, 1, active=[(1, 1)]))
    filled = [one for one in found.marks(range(len(found.plan))) if isinstance(one, Cells)]
    assert filled
    assert not any(one.is_within for one in filled)


def test_no_crosses_stand_outside_a_volume_whose_padding_hides_its_page() -> None:
    found = drawn(Conv((4, 4, 4), 2, stride=3, padding=2))
    (block,) = found.blocks[0]
    crosses = [one for one in found.ground() if isinstance(one, Lines) and one.role in ("cross", "idle_cross")]
    left, top, right, bottom = block.solid.box
    for x, y in np.concatenate([one.segments.reshape(-1, 2) for one in crosses]):
        assert left <= x <= right
        assert top <= y <= bottom


def test_no_two_sizes_meet_below_slabs_that_stand_close() -> None:
    boxes = word_boxes(one for one in picture("slabs")._still() if one.key and one.key.what == "size")
    for number, (left, top, right, bottom) in enumerate(boxes):
        others = np.delete(boxes, number, axis=0)
        meets = (others[:, 0] < right) & (left < others[:, 2]) & (others[:, 1] < bottom) & (top < others[:, 3])
        assert not meets.any()


@pytest.mark.parametrize("theme", THEMES)
def test_kernels_have_the_tints_of_the_channels_that_they_make(theme: str) -> None:
    found, look = picture("standard", is_tinted=True), find_theme(theme)
    made = [look.styles[tint_role(number)].fill for number in tints(found.plan)[found.plan.last.target]]
    kernels = [one for one in found.kernels() if isinstance(one, Cells)]
    assert made == [look.fill(one.role, tint=int(one.tints[0])) for one in kernels if one.tints is not None]


def numbered(layer: Layer) -> Blocks:
    found = draw(plan(layer, seed=1), Look(labels="numbers", reveal=True))
    assert isinstance(found, Blocks)
    return found


def roles(found: Blocks, step: int) -> set[str]:
    return {one.role for one in found.moment(step) if not isinstance(one, Texts)}


def test_offsets_and_places_between_cells_are_drawn_on_the_page_that_can_be_seen() -> None:
    moved = draw(plan(DeformConv(4, 3, in_channels=2)), Look())
    assert isinstance(moved, Blocks)
    (lines,) = [one for one in moved.moment(0) if isinstance(one, Lines) and one.role == "move"]
    ((page, sheet),) = moved.seen(moved.blocks[0][0])
    assert page.channel == 1
    # A tail and two strokes of its head each.
    assert len(lines.segments) == 3 * 9
    assert within(sheet.plane.corners()[None], lines.segments.reshape(-1, 2)).mean() > 0.5
    between = draw(plan(Upsample(3, mode="bilinear")), Look())
    assert "dot" in {one.role for one in between.ground() if isinstance(one, Cells)}


def test_what_moves_together_is_outlined_and_zeros_stay_pale() -> None:
    found = numbered(MaxUnpool(2, 2, channels=2))
    scene = Scene.of(found)
    assert all("block" in roles(found, step) for step in range(len(found.plan)))
    last = shapes_at(scene, scene.steps - 1)
    assert {"input", "output", "inserted"} <= {one.role for one in last if isinstance(one, Cells)}
    indices = [word.text for word in standing(last) if word.of.on == "index"]
    assert len(indices) >= 8
    copied = draw(plan(Upsample(2, mode="nearest", channels=2)), Look(reveal=True))
    assert isinstance(copied, Blocks)
    (outline,) = [one for one in copied.moment(0) if isinstance(one, Lines) and one.role == "block"]
    # The outline of the cell that is made is whole.
    assert next(one for one in reversed(copied.moment(0)) if isinstance(one, Lines)).role == "reach"
    assert np.ptp(outline.segments.reshape(-1, 2), axis=0)[1] == pytest.approx(2 - 2 * AWAY[1])


def test_a_cell_within_a_block_bears_its_number_and_no_line_crosses_others() -> None:
    found = numbered(Conv(4, 2, in_channels=2, out_channels=2))
    # The middle cell of the first channel, which lies on no face that can be seen.
    (made,) = reached(found, 4)[1]
    assert not made.touched
    value = found.plan.values(1)[0, 1, 1]  # type: ignore[index]
    said = [one.words for one in found.moment(4) if isinstance(one, Texts) and one.key and one.key.what == "made"]
    assert said == [(str(value),)]
    assert "behind" not in roles(found, 4)


def test_numbers_stand_on_the_faces_that_can_be_seen() -> None:
    found = numbered(Conv(3, 2, in_channels=2, out_channels=2))
    planned = found.plan
    scene = Scene.of(found)
    shown = standing(shapes_at(scene, scene.steps - 1))
    words = [word.text for word in shown if word.of.on == "output" and word.at[1] < 0]
    values = planned.values(planned.last.target)
    assert values is not None
    faces = (values[:, :, 0], values[:, 0], values[-1])
    assert sorted(words) == sorted(str(value) for face in faces for value in face.ravel())


def test_the_lines_of_padding_do_not_stand_before_numbers() -> None:
    found = numbered(Conv(4, 3, padding=1, in_channels=2))
    outline = found.blocks[0][0].solid.hexagon[None]
    lines = [shape.segments for shape in found.ground() if isinstance(shape, Lines) and shape.role == "padding"]
    assert lines
    for segments in lines:
        np.testing.assert_allclose(clear(segments, outline), segments)


def test_copies_in_padding_bear_numbers_and_hide_none_on_other_faces() -> None:
    line = numbered(Conv((5,), 3, padding=2, padding_mode="replicate"))
    assert words_on(line, "copy")[0].said == words_on(line, "input")[0].said
    found = numbered(Conv(4, 3, padding=1, padding_mode="circular", in_channels=2))
    outline = found.blocks[0][0].solid.hexagon
    copies = [shape.quads for shape in found.ground() if isinstance(shape, Cells) and shape.role == "copy"]
    assert not lie_over(np.concatenate(copies), outline).any()
    assert len(words_on(found, "copy")) == sum(map(len, copies)) > 0


def words_on(found: Blocks, role: str) -> list[Word]:
    """Return the words in cells of a role at rest."""
    return [word for word in standing(found.ground()) if word.of.on == role]


@pytest.mark.parametrize("channels", [1, 2])
def test_all_numbers_of_one_axis_stand_on_the_front_once(channels: int) -> None:
    found = numbered(Conv((5,), 3, in_channels=channels))
    assert len(words_on(found, "input")) == 5 * channels
    assert len(words_on(found, "kernel")) == 3 * channels


def test_to_scale_all_lengths_have_one_proportion() -> None:
    found = picture("large", is_to_scale=True)
    (one,), (other,) = found.blocks.values()
    np.testing.assert_allclose(np.divide(one.solid.lengths, (56, 56, 64)), other.solid.lengths[2] / 128)
    assert found.laid_out[0][0] == "to scale"
    thin = picture("stem", is_to_scale=True)
    assert thin.laid_out[0][0] == "to scale"
    assert picture("large").laid_out[0][0].startswith("lengths beyond 8 cells")


def test_tints_stay_with_channels_and_groups() -> None:
    assert tints(plan(LAYERS["standard"])) == {0: (0, 1, 2), 1: (3, 4, 5, 6)}
    assert tints(plan(LAYERS["grouped"])) == {0: (0, 0, 1, 1), 1: (0, 0, 1, 1)}
    assert tints(plan(DepthwiseConv(5, 3, in_channels=2, depth_multiplier=2))) == {0: (0, 1), 1: (0, 0, 1, 1)}
    assert tints(plan(LAYERS["separable"])) == {0: (0, 1, 2), 1: (0, 1, 2), 2: (3, 4, 5, 6)}
    assert tints(plan(Conv(4, 2, out_channels=2))) == {1: (0, 1)}
    scene = Scene.of(picture("grouped", is_tinted=True))
    last = [one for one in shapes_at(scene, scene.steps - 1) if isinstance(one, Cells)]
    faces = {tint for one in last if one.tints is not None for tint in one.tints.tolist()}
    assert faces == {int(one.role[-1]) for one in last if one.role in ("tint_0", "tint_1")} == {0, 1}


@pytest.mark.parametrize("theme", THEMES)
def test_tints_differ_and_letters_on_them_are_clear(theme: str) -> None:
    colours = find_theme(theme)
    for role, shaded, strength in product(("input", "output", "intermediate"), (False, True), (1.0, 0.75, 0.55)):
        fills = [colours.fill(role, shaded, strength, tint) for tint in range(len(colours.tints))]
        assert len(set(fills)) == len(fills)
        for tint, fill in enumerate(fills):
            assert fill is not None
            assert contrast(colours.ink(role, shaded, strength, tint), fill) >= LEAST_CONTRAST


@pytest.mark.parametrize("option", ["tint", "to_scale"])
def test_options_without_effect_are_refused_with_a_view_that_takes_them(option: str) -> None:
    with pytest.raises(ConvanimError, match=rf"{option}.*has no effect in the view oblique; use view=blocks"):
        animate(LAYERS["standard"], **{option: True})  # type: ignore[arg-type]


def test_branches_are_refused_with_views_that_draw_them() -> None:
    from convanim import Add

    chain = Chain([Conv(4, 1), Conv(4, 1), Add(4, [1, 1])], sources=[None, None, (2, 0)])
    with pytest.raises(ConvanimError, match="draws layers in sequence, and these have branches; use view=oblique"):
        animate(chain, view="blocks")


def test_pale_edges_show_where_the_kernel_goes_through_the_block() -> None:
    found = picture("standard")
    middle = len(found.plan) // 2 - len(found.plan) // 4 // 2 + 2
    shapes = found.moment(middle)
    (read,), _ = reached(found, middle)
    hidden = [one.segments for one in shapes if isinstance(one, Lines) and one.role == "behind"]
    heavy = [
        one.segments
        for one in shapes
        if isinstance(one, Lines) and one.role == "reach" and one.key is not None and one.key.what == "reach"
    ]
    # Twelve edges of the window, and none of the cell that cannot be seen.
    assert len(hidden) == 1
    assert len(hidden[0]) + len(np.concatenate(heavy)) == 12
    assert len(np.concatenate(heavy)) == len(read.solid.edges(*read.touched))


@pytest.mark.parametrize("labels", ["none", "numbers"])
def test_the_edges_of_a_window_in_padding_are_seen_where_the_block_does_not_hide_them(labels: str) -> None:
    layer = Conv((5, 5, 4), 2, stride=2, padding=2, dilation=2)
    found = drawn(layer, labels=labels)
    (read,), _ = reached(found, 10)
    (line,) = keyed(found, 10, "beyond")
    assert line.segments == pytest.approx(clear(line.segments, read.block.solid.hexagon[None]))
    away = read.solid.points(np.array([[1, 0, 1], [1, 1, 1]]))
    assert away[0].tolist() in line.segments.reshape(-1, 2).tolist()


def test_a_window_of_one_channel_has_no_edges_but_those_that_can_be_seen() -> None:
    for name in ("plain", "depthwise", "pool"):
        found = picture(name)
        assert not any("behind" in roles(found, step) for step in range(len(found.plan)))


@pytest.mark.parametrize("size", [(6,), (4, 4), (4, 4, 4)])
def test_a_ring_marks_the_maximum_in_the_window(size: tuple[int, ...]) -> None:
    found = numbered(MaxPool(size, 2))
    made, scene = found.plan.values(1), Scene.of(found)
    assert made is not None
    ringed = 0
    for step, value in enumerate(made.ravel().tolist()):
        words = [word for word in standing(shapes_at(scene, step)) if word.of.on == "input"]
        for ring in keyed(found, step, "winner"):
            for quad in ring.segments[:, 0].reshape(-1, 4, 2):
                assert [word.text for word in words if within(quad[None], np.array([word.at]))[0]][-1] == str(value)
            ringed += 1
    # In a volume some of them cannot be seen.
    assert ringed == len(found.plan) if len(size) < 3 else ringed > 0


def test_sizes_of_depth_stand_below_and_those_of_columns_and_rows_beside_their_edges() -> None:
    found = picture("standard")
    placed = [(text.words[0], *text.places[0].tolist()) for text in found._still() if text.key]
    (channels, columns, rows), (made, across, down) = placed[:3], placed[3:]
    assert (channels[0], columns[0], rows[0]) == ("3", "1 + 5 + 1", "1 + 5 + 1")
    for (_, _, below), (_, *at), number, side in ((channels, columns, 0, 0), (made, across, 1, 1)):
        (block,) = found.blocks[number]
        solid = found.around(block) if number == 0 else block.solid
        middle = solid.points(np.array([side, 0.5, side]))
        assert below > found.box([block])[3]
        # Above the edge of the input, and below that of the output.
        assert ((np.array(at) - middle) * (1 if side else -1) > 0).all()
        assert np.linalg.norm(np.array(at) - middle) < 2 * found.size
    assert rows[1] < found.box(found.blocks[0])[0] < found.box(found.blocks[1])[2] < down[1]


@pytest.mark.parametrize(("multiplier", "depths"), [(1, []), (2, ["1", "1", "2", "2"])])
def test_slabs_say_how_many_channels_they_have_where_some_have_several(multiplier: int, depths: list[str]) -> None:
    layer = DepthwiseConv(5, 3, in_channels=2, depth_multiplier=multiplier)
    said = [word.said for word in standing(animate(layer, view="blocks").scene.ground)]
    assert [one for one in said if one in "12"] == depths


def test_a_volume_says_the_padding_of_all_its_axes() -> None:
    said = [word.said for word in standing(animate(Conv((4, 4, 4), 3, padding=1), view="blocks").scene.ground)]
    assert said.count("1 + 4 + 1") == 3


def test_padding_around_a_volume_is_a_closed_box() -> None:
    scene = animate(Conv((4, 4, 4), 3, padding=1), view="blocks").scene
    (box,) = (shape for shape in scene.ground if isinstance(shape, Lines) and shape.role == "padding")
    ends, counts = np.unique(box.segments.reshape(-1, 2).round(6), axis=0, return_counts=True)
    assert len(box.segments) == 9
    assert len(ends) == 7
    assert counts.min() == 2


def test_each_group_says_how_many_channels_it_has() -> None:
    layer = Conv(5, 2, in_channels=4, out_channels=6, groups=2)
    said = [word.said for word in standing(animate(layer, view="blocks").scene.ground)]
    assert said.count("2") == 2
    assert said.count("3") == 2


@pytest.mark.parametrize("step", range(9))
def test_rays_of_lone_pages_end_at_corners_that_are_seen(step: int) -> None:
    picture = draw(plan(Conv(5, 3)), Look())
    (rays,) = (shape for shape in picture.moment(step) if isinstance(shape, Lines) and shape.role == "ray")
    work = picture.work(step)
    for side, windows in enumerate((work.windows, work.made)):
        ((page, window),) = windows.items()
        corners = picture.sheets[page].plane.rectangle(*window.box)
        assert all(abs(corners - end).sum(axis=1).min() < 1e-6 for end in rays.segments[:, side])


def test_a_chain_says_which_of_the_kernels_that_take_turns_is_drawn() -> None:
    scene = animate(DepthwiseSeparable(3, 2, 3, 4), view="blocks", labels="none").scene
    for step, which in ((0, "kernel 1 of 3"), (scene.steps - 1, "kernel 2 of 2")):
        assert which in {word for one in scene.moment(step) if isinstance(one, Texts) for word in one.words}


@pytest.mark.parametrize("step", [0, 3, 9, 20])
def test_rays_between_blocks_with_words_end_on_faces_that_are_seen(step: int) -> None:
    layer = Conv(5, 2, in_channels=3, out_channels=2)
    picture = draw(plan(layer, seed=0), Look(labels="numbers", reveal=True))
    assert isinstance(picture, Blocks)
    work = picture.work(step)
    (rays,) = (shape for shape in picture.rays(work) if isinstance(shape, Lines))
    for side, (one,) in enumerate(picture._ends_of(work)):
        faces = [getattr(one.solid, name)().corners() for name in one.touched] or [one.solid.hexagon]
        corners = np.concatenate(faces)
        assert all(abs(corners - end).sum(axis=1).min() < 1e-6 for end in rays.segments[:, side])
    frames = [one for one in picture.moment(step) if isinstance(one, Lines) and one.role == "edge"]
    assert not frames


@pytest.mark.parametrize(
    ("layer", "sizes"),
    [
        (MaxPool((8,), 2, channels=4), ["8", "4"]),
        (Conv((8,), 3, padding=1, in_channels=4, out_channels=4, groups=2), ["1 + 8 + 1", "2", "2", "8", "2", "2"]),
        (Conv((8,), 3, in_channels=4, out_channels=2), ["8", "4", "6", "2"]),
    ],
)
def test_blocks_of_one_axis_say_how_long_they_are_and_slabs_how_many_channels(layer: Layer, sizes: list[str]) -> None:
    found = draw(plan(layer), Look())
    own = [text.words[0] for text in found.words() if isinstance(text, Texts) and text.key and text.key.what == "size"]
    assert own == sizes


@pytest.mark.parametrize("channels", [{}, {"in_channels": 2, "out_channels": 2}, {"out_channels": 4}])
def test_the_cell_of_the_sum_of_a_stamp_can_be_seen_and_has_a_ring(channels: dict[str, Any]) -> None:
    layer = ConvTranspose((2, 2), (3, 3), (2, 2), **channels)
    found = draw(plan(layer, method="scatter", seed=17), Look(labels="numbers"))
    for number in range(len(found.plan)):
        ringed = [shape for shape in found.moment(number) if shape.key and shape.key.what == "talked"]
        assert len(ringed) == 2


def test_a_turned_kernel_says_so_where_its_weights_are_written() -> None:
    def said(labels: str) -> set[str]:
        scene = animate(ConvTranspose(2, 2, 2), view="blocks", labels=labels).scene
        return {word.said for word in standing(scene.ground)}

    assert "drawn rotated 180°" in said("numbers")
    assert "drawn rotated 180°" not in said("none")


@pytest.mark.parametrize("count", [3, 10, 18])
def test_all_faces_of_a_block_hold_the_sums_of_stamps(count: int) -> None:
    planned = plan(ConvTranspose(3, 3, 2, in_channels=2, out_channels=2), method="scatter", seed=5)
    found = draw(planned, Look(labels="numbers", reveal=True))
    stamps = planned.stamps(planned.last)
    front = [word for word in standing(found.marks(range(count))) if word.of.key == Key("face", (1, 0, 0))]
    said = [word.said for word in sorted(front, key=lambda word: (word.at[1], word.at[0]))]
    held = [stamps.before(channel, (row, 0), count) for row, channel in product(range(7), range(2))]
    assert said == [str(total) for reached, total in held if reached]


def test_the_parts_of_a_lone_kernel_of_volumes_stand_beside_each_other() -> None:
    heights, lefts = (
        len({one.solid.box[end] for one in drawn(Conv((3, 3, 3), 2, in_channels=2)).kernel_blocks[0]}) for end in (1, 0)
    )
    assert (heights, lefts) == (1, 2)


def test_sums_ring_no_copies_that_the_picture_does_not_pair() -> None:
    found = drawn(Conv(4, 3, padding=1, padding_mode="circular"), labels="numbers")
    edges = {tile.edge for row in found.terms.rows(found.work(0)) for tile in row}
    assert not any(edge.startswith("pair_") for edge in edges)


def test_a_zero_that_is_made_is_one_on_all_faces() -> None:
    scene = animate(MaxUnpool((3, 2), 2), view="blocks", labels="numbers").scene
    made = [one for one in scene.moment(8) if isinstance(one, Cells) and one.key is not None and one.key.what == "made"]
    assert [one.role for one in made] == ["inserted", "inserted"]


def test_the_place_that_is_read_is_larger_than_those_of_other_outputs() -> None:
    shapes = animate(Upsample(2, mode="bilinear"), view="blocks").scene.moment(6)
    sizes = {what: _dot(shapes, what) for what in ("lattice", "place")}
    assert sizes["place"] > 2 * sizes["lattice"]


def _dot(shapes: Shapes, what: str) -> float:
    """Return the width of the first dot of a kind."""
    own = [one for one in shapes if isinstance(one, Cells) and one.role == "dot" and one.key and one.key.what == what]
    return float(np.ptp(own[0].quads[:3, :, 0]))


def test_what_is_marked_is_explained_only_while_something_is() -> None:
    layer = ConvTranspose(2, 2, 2)
    for still, is_said in ((0, True), (-1, False)):
        caption = animate(layer, view="blocks", method="scatter", still=still).scene.caption
        assert any("marked cells" in one for one in caption) is is_said


def test_a_dilated_stamp_marks_no_cell_between_its_own() -> None:
    picture = drawn(ConvTranspose((3, 5), 2, dilation=2), method="scatter")
    (page,) = (page for page in picture.sheets if page.site == 1)
    marked = [one for one in picture.moment(1) if isinstance(one, Cells) and one.key and one.key.what == "made"]
    cells = [(row, column) for row in range(3) for column in range(1, 4)]
    middles = picture.sheets[page].plane.points(np.array(cells) + 0.5)
    found = within(np.concatenate([one.quads for one in marked]), middles)
    assert [cell for cell, is_marked in zip(cells, found, strict=True) if is_marked] == [(0, 1), (0, 3), (2, 1), (2, 3)]


def test_a_cell_within_a_block_that_fills_is_marked_where_it_can_be_seen() -> None:
    picture = drawn(PointwiseConv(3, in_channels=2, out_channels=2))
    for step, count in ((0, 3), (1, 2), (3, 2), (4, 1)):
        made = [one for one in picture.moment(step) if isinstance(one, Cells) and one.key and one.key.what == "made"]
        assert sum(len(one.quads) for one in made) == count


def test_among_greys_the_hidden_edges_of_a_window_are_dashes_of_two_tones() -> None:
    roles = [
        {
            one.role
            for one in animate(Conv(5, 3, in_channels=4), view="blocks", labels="none", shades=shades).scene.moment(4)
            if isinstance(one, Lines) and one.key and one.key.what == "behind"
        }
        for shades in (False, True)
    ]
    assert roles == [{"behind"}, {*FRAME_ACROSS}]


def test_what_a_deformed_window_would_read_is_framed() -> None:
    layer = DeformConv(5, 3, offsets=np.full((18, 3, 3), 0.75), in_channels=2)
    for view in ("blocks", "oblique"):
        scene = animate(layer, view=view).scene
        plain = animate(Conv(5, 3, in_channels=2), view=view).scene
        assert _frames(scene.moment(4)) == _frames(plain.moment(4))


def _frames(shapes: Shapes) -> set[tuple[float, ...]]:
    """Return the widths and heights of the outlines of windows."""
    lines = [one for one in shapes if isinstance(one, Lines) and one.key is not None and one.key.what == "reach"]
    return {tuple(np.ptp(one.segments, axis=(0, 1)).round(3).tolist()) for one in lines}


@pytest.mark.parametrize(("step", "is_outside"), [(2, True), (7, False)])
def test_the_window_of_a_lone_page_has_a_front_where_it_stands_in_padding(step: int, is_outside: bool) -> None:
    found = drawn(Conv(5, 3, padding=1))
    (read,) = found._ends_of(found.work(step))[0]
    beyond = [
        one.segments for one in found.moment(step) if isinstance(one, Lines) and one.key and one.key.what == "beyond"
    ]
    assert bool(beyond) == is_outside
    # The upright edge of its front leads from its corner down to the block.
    ends = [end for edges in beyond for edge in edges for end in edge.tolist() if edge[0, 0] == edge[1, 0]]
    assert (read.solid.corner.tolist() in ends) == is_outside
