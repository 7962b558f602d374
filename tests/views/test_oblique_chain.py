"""Chains in the guide's projection, asked by role and place: passes, and receptive fields."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from convanim import Chain, Conv, ConvTranspose, Layer, MaxPool, animate, plan
from convanim.plans import Mask, Plan
from convanim.plans.values import spell
from convanim.views import VIEWS, Look
from convanim.views.oblique import draw
from convanim.views.plane import Plane
from convanim.views.scene import Cells as Coloured
from convanim.views.scene import Key, Lines, Scene, Texts
from convanim.views.sheet import Sheet
from tests.helpers import output_of, taps_of
from tests.plans.test_value_properties import stacks
from tests.views.helpers import counts, grid_of, in_cells, lines, places_of, shapes_at, standing, written

Cells = set[tuple[int, int]]
LOOK = Look(labels="numbers", reveal=True)
STACK = Chain([Conv(7, 3), Conv(5, 3)])
DILATED = Chain([Conv(10, 3, dilation=2), Conv(6, 3, dilation=2)])


def drawn(chain: Chain, look: Look = LOOK) -> tuple[Plan, list[Sheet], Scene]:
    """Return a plan, the sheets of its tensors from the input up, and its scene."""
    made = plan(chain, seed=3)
    picture = draw(made, look)
    return made, list(picture.sheets.values()), Scene.of(picture)


def planes_of(sheets: list[Sheet]) -> list[Plane]:
    return [sheet.plane for sheet in sheets]


def field_of(made: Plan, cell: tuple[int, ...]) -> list[Mask]:
    """Return which cells of each tensor, from the input up, an output cell depends on."""
    traced = made.trace(0, cell)
    seen = np.zeros(made.output_size, bool)
    seen[cell] = True
    nothing = [np.zeros(stage.input_size, bool) for stage in made.main]
    return [
        *(
            traced[stage.number].cells.get((stage.source, 0), none)
            for stage, none in zip(made.main, nothing, strict=True)
        ),
        seen,
    ]


def shaded(scene: Scene, step: int, plane: Plane) -> Cells:
    moment = scene.moment(step)
    return {place for role in counts(moment, True) for place in places_of(moment, plane, role, True)}


def words(scene: Scene, step: int) -> set[str]:
    return {word.said for word in standing(shapes_at(scene, step))}


def test_planes_float_above_what_they_are_made_of() -> None:
    _, sheets, _ = drawn(Chain([Conv(7, 3), Conv(5, 3), Conv(3, 2)]))
    planes = planes_of(sheets)
    assert [(plane.rows, plane.columns) for plane in planes] == [(7, 7), (5, 5), (3, 3), (2, 2)]
    for low, high in pairwise(planes):
        assert high.rise_over(low) <= -1
        assert high.corners()[:, 1].mean() < low.corners()[:, 1].mean()


def test_the_steps_are_those_of_all_layers() -> None:
    made, sheets, scene = drawn(STACK)
    planes = planes_of(sheets)
    assert scene.steps == len(made) == 25 + 9
    for number in range(scene.steps):
        stage, channel, own = made.place(number)
        assert channel == 0
        assert shaded(scene, number, planes[stage.number]) == {
            tuple(place) for place in taps_of(stage.step(0, own)).position.tolist()
        }
        assert shaded(scene, number, planes[stage.number + 1]) == {divmod(own, planes[stage.number + 1].columns)}


def test_results_are_revealed_as_they_are_computed() -> None:
    made, sheets, scene = drawn(STACK)
    for number in range(scene.steps):
        shapes = (*scene.ground, *scene.marks(range(number + 1)))
        for stage in made.stages:
            done = min(max(number + 1 - made.starts[stage.number], 0), stage.count)
            plane = sheets[stage.number + 1].plane
            found = [word for row in grid_of(in_cells(shapes, plane), plane) for word in row]
            results = [spell(result, 2) for result in made.planes(stage.target, 0).ravel().tolist()]
            assert found == results[:done] + [""] * (stage.count - done)


def test_copies_of_a_result_follow_each_cell() -> None:
    made, sheets, scene = drawn(Chain([Conv(4, 2), Conv(3, 3, padding=1, padding_mode="circular")]))
    plane, values = sheets[1].plane, made.planes(1, 0)
    expected, sources = (np.pad(one, 1, "wrap") for one in (values, np.arange(9).reshape(3, 3)))
    for number in range(scene.steps):
        found = in_cells((*scene.ground, *scene.marks(range(number + 1))), plane)
        assert grid_of(found, plane) == np.where(sources <= number, written(expected), "").tolist()


def test_without_reveal_all_results_are_there() -> None:
    made, sheets, scene = drawn(STACK, Look(labels="numbers", reveal=False))
    plane = sheets[-1].plane
    assert grid_of(in_cells(scene.ground, plane), plane) == written(output_of(made))
    assert scene.marks(range(scene.steps)) == ()


def test_letters_between_are_h() -> None:
    _, sheets, scene = drawn(STACK, Look(labels="letters"))
    first = [in_cells(scene.ground, plane)[0, 0].said for plane in planes_of(sheets)]
    assert first == ["x_11", "h_11", "y_11"]


def test_no_labels_leave_no_words_in_cells() -> None:
    for look in (Look(reveal=True), Look(field=(1, 1))):
        _, sheets, scene = drawn(STACK, look)
        for number in range(scene.steps):
            shapes = tuple(one for one in shapes_at(scene, number) if not (isinstance(one, Texts) and one.is_mark))
            assert not any(in_cells(shapes, plane) for plane in planes_of(sheets))


def test_planes_and_layers_are_named_beside_them() -> None:
    _, _, scene = drawn(Chain([Conv(8, 3, padding=1), MaxPool(8, 2)]))
    found = " ".join(sorted(words(scene, 0)))
    for said in ("input", "8×8", "layer 1", "output", "4×4", "conv", "max pool", "3×3, stride 1", "padding 1"):
        assert said in found


@pytest.mark.parametrize("chain", [STACK, DILATED, Chain([ConvTranspose(3, 3, 2), Conv(7, 3, stride=2)])])
@pytest.mark.parametrize("cell", [(0, 0), (1, -1)])
def test_a_field_spreads_a_layer_a_step_and_is_that_of_the_plan(chain: Chain, cell: tuple[int, int]) -> None:
    field = (cell[0] % chain.output_size[0], cell[1] % chain.output_size[1])
    made, sheets, scene = drawn(chain, Look(field=field))
    assert scene.steps == len(chain.layers) + 1
    masks = field_of(made, field)
    for number in range(scene.steps):
        for level, sheet in enumerate(sheets):
            expected = sheet.places(np.argwhere(masks[level]))
            seen = level >= len(chain.layers) - number
            assert shaded(scene, number, sheet.plane) == (
                {tuple(place) for place in expected.tolist()} if seen else set()
            )


@given(stacks(), st.data())
@settings(max_examples=20)
def test_the_field_of_any_cell_is_that_of_the_plan(layers: list[Layer], data: st.DataObject) -> None:
    chain = Chain(layers)
    field = tuple(data.draw(st.integers(0, size - 1)) for size in chain.output_size)
    made, sheets, scene = drawn(chain, Look(field=field))
    for sheet, mask in zip(sheets[:-1], field_of(made, field), strict=False):
        places = sheet.places(np.argwhere(mask))
        assert shaded(scene, scene.steps - 1, sheet.plane) == {tuple(place) for place in places.tolist()}


def test_a_field_of_stamps_is_that_of_the_same_layers_that_gather() -> None:
    chain, look = Chain([Conv(6, 3, stride=2), ConvTranspose(2, 3, 2)]), Look(labels="numbers", field=(2, 3))
    stamped, gathered = (Scene.of(draw(plan(chain, seed=3, method=way), look)) for way in ("scatter", "gather"))
    assert stamped.steps == gathered.steps == 3
    for number in range(3):
        one, other = (
            [(word.said, word.at) for word in standing(shapes_at(scene, number))] for scene in (stamped, gathered)
        )
        assert one == other
        assert counts(stamped.moment(number)) == counts(gathered.moment(number))


def test_a_field_is_counted_in_words() -> None:
    _, _, scene = drawn(STACK, Look(field=(1, 1)))
    found = [words(scene, number) for number in range(3)]
    assert all("receptive field of the output in row 1, column 1" in one for one in found)
    assert {"dashed: the field, 3×3 cells", "dashed: the field, 5×5 cells"} <= found[0]
    assert {"in the field: 3×3 cells", "dashed: the field, 5×5 cells"} <= found[1]
    assert {"in the field: 3×3 cells", "receptive field: 5×5 cells"} <= found[2]


def test_what_a_field_will_reach_is_dashed_until_it_is_traced() -> None:
    made, sheets, scene = drawn(STACK, Look(field=(1, 1)))
    for number in range(3):
        dashed = lines(scene.moment(number), "block").reshape(-1, 2)
        ahead = list(zip(sheets[:-1], field_of(made, (1, 1)), strict=False))[: 2 - number]
        assert len(dashed) == 8 * len(ahead)
        for sheet, mask in ahead:
            cells, own = np.argwhere(mask), sheet.plane.places(dashed)
            for corner in (cells.min(axis=0), cells.max(axis=0) + 1):
                assert abs(own - corner).sum(axis=1).min() < 1e-9


def test_only_the_cells_of_a_field_are_lit_and_its_own_cell_is_ringed() -> None:
    _, sheets, scene = drawn(STACK, Look(field=(1, 1)))
    resting = [shape for shape in scene.ground if isinstance(shape, Coloured)]
    assert resting
    assert all(shape.strength < 0.5 for shape in resting)
    for number in range(scene.steps):
        lit = [shape for shape in scene.moment(number) if isinstance(shape, Coloured)]
        assert all(shape.strength == 1 for shape in lit)
        middles = lines(scene.moment(number), "ring_dark").mean(axis=(0, 1))
        np.testing.assert_allclose(sheets[-1].plane.places(middles[None]), [[1.5, 1.5]])


def test_a_field_with_gaps_says_how_many_cells_it_has() -> None:
    made, _, scene = drawn(DILATED, Look(field=(0, 0)))
    count = int(field_of(made, (0, 0))[0].sum())
    assert count == 25
    assert any("25 cells" in word and "9×9" in word for word in words(scene, 2))


def test_rays_join_the_corners_of_a_field_to_those_of_the_next() -> None:
    _, sheets, scene = drawn(STACK, Look(field=(1, 1)))
    rays = [lines(scene.moment(number), "ray") for number in range(3)]
    assert [len(found) for found in rays] == [0, 2, 4]
    ends = np.round(sheets[1].plane.places(rays[2][:, 1]), 6).tolist()
    assert sum(place in ([1, 1], [1, 4], [4, 1], [4, 4]) for place in ends) == 2


CAUSAL = [Conv((20,), 2, dilation=dilation, padding="causal") for dilation in (2, 4, 4)]


@pytest.mark.parametrize("layers", [[Conv((11,), 3), Conv((9,), 2)], CAUSAL])
@pytest.mark.parametrize("labels", ["none", "numbers"])
def test_rows_of_cells_are_named_level_with_their_right_ends(layers: list[Layer], labels: str) -> None:
    _, sheets, scene = drawn(Chain(layers), Look(labels=labels))
    for start, sheet in zip(
        [*(f"layer {one}: " for one in range(1, len(layers))), "output: "], sheets[1:], strict=True
    ):
        (name,) = (word for word in standing(scene.ground) if word.said.startswith(start))
        # Below it may be a second line, which says how long the row is with padding.
        assert 0 <= sheet.plane.corners()[2, 1] - name.exact[1] <= 0.75 * name.of.size


@pytest.mark.parametrize("number", [0, 1])
def test_an_arrow_beside_words_about_a_layer_leads_from_the_plane_below_to_the_one_above(number: int) -> None:
    _, sheets, scene = drawn(STACK)
    shaft = [shape.segments[0] for shape in scene.ground if isinstance(shape, Lines) and shape.key == Key("rise")][
        number
    ]
    below, above = (sheets[number + one].middle[1] for one in (0, 1))
    said = [word for word in standing(scene.ground) if word.said in ("conv", "3×3, stride 1")][
        2 * number : 2 * number + 2
    ]
    assert below > shaft[0, 1] > shaft[1, 1] > above
    for word in said:
        assert shaft[1, 1] < word.at[1] < shaft[0, 1]
        assert 0 < word.at[0] - shaft[0, 0] < 1.5 * word.of.size


@pytest.mark.parametrize("count", [1, 2])
def test_arrows_beside_words_about_layers_stand_in_line(count: int) -> None:
    chain = Chain([Conv(9, 3, 2, 1, out_channels=count), MaxPool(5, 2, channels=count)])
    ground = animate(chain, view="oblique").scene.ground
    shafts = [one.segments[0, 0] for one in ground if isinstance(one, Lines) and one.key == Key("rise")]
    assert [x for x, _ in shafts] == pytest.approx([shafts[0][0]] * 2)


@pytest.mark.parametrize("view", ["oblique", "channels", "blocks"])
def test_without_words_no_arrow_stands_where_they_would(view: str) -> None:
    chain = Chain([Conv(6, 3, out_channels=2), MaxPool(4, 2, channels=2)])
    for has_words in (True, False):
        ground = VIEWS[view].draw(plan(chain), Look(reveal=True, has_words=has_words)).ground()
        arrows = [one for one in ground if isinstance(one, Lines) and (one.key == Key("rise") or one.role == "arrow")]
        assert bool(arrows) is has_words
