"""Pictures of chains with branches: every view, axis and content, and where wires, rays and words go."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from convanim import Chain, ConvanimError, animate, plan
from convanim.inputs.building import build
from convanim.views import VIEWS, Look
from convanim.views.flat import draw
from convanim.views.flat_graph import FlatGraph
from convanim.views.lanes import Lanes
from convanim.views.scene import Cells, Lines, Texts
from convanim.words import step_alt, step_sum
from tests.views.helpers import standing

BLOCKS = {
    "residual": ("conv {c} {c} k3 p1", "conv {c} {c} k3 p1", "add input"),
    "shortcut": ("conv {c} {c} k3 p1", "conv {c} 2 k3 s2 p1", "conv {c} 2 k1 s2 from input as skip", "add 2"),
    "dense": ("conv {c} 1 k3 p1", "concat input", "max-pool k2"),
    "squeeze": ("conv {c} {c} k3 p1", "avg-pool k4", "conv {c} 1 k1", "conv 1 {c} k1", "scale 1", "add input"),
    "two": ("conv k2 s2", "avg-pool k2 from input", "add 1", "upsample scale_factor=2", "concat input"),
}


def chain(name: str, dims: int, channels: int) -> Chain:
    layers = [one.format(c=channels) for one in BLOCKS[name]]
    if channels == 1:
        layers = [one.replace("conv 1 1 ", "conv ") for one in layers]
    made = build("chain", {"layers": tuple(layers), "input_size": (4,) * dims}).layer
    assert isinstance(made, Chain)
    return made


CASES = [
    ("residual", 2, 1),
    ("residual", 3, 1),
    ("shortcut", 1, 1),
    ("shortcut", 2, 2),
    ("dense", 2, 1),
    ("dense", 3, 1),
    ("squeeze", 1, 2),
    ("squeeze", 2, 2),
    ("two", 2, 1),
]


@pytest.mark.parametrize(("name", "dims", "channels"), CASES)
@pytest.mark.parametrize("view", ["flat", "oblique"])
def test_every_step_is_drawn(view: str, name: str, dims: int, channels: int) -> None:
    made = chain(name, dims, channels)
    for look, seed in ((Look(labels="numbers", reveal=True), 1), (Look(labels="letters"), None)):
        planned = plan(made, seed=seed)
        picture = VIEWS[view].draw(planned, look)
        assert picture.ground()
        for number in {0, picture.steps // 2, picture.steps - 1}:
            assert picture.moment(number)
            assert step_alt(picture.plan, number)
            assert bool(step_sum(picture.plan, number)) == (seed is not None)


@pytest.mark.parametrize(("name", "dims", "channels"), CASES)
@pytest.mark.parametrize("view", ["flat", "oblique"])
def test_sheets_and_wires_stay_apart_and_within_the_picture(view: str, name: str, dims: int, channels: int) -> None:
    picture: Any = VIEWS[view].draw(plan(chain(name, dims, channels), seed=1), Look(labels="numbers"))
    left, top, right, bottom = picture.bounds
    boxes = [sheet.box for sheet in picture.sheets.values()]
    if view == "flat":
        for number, (a, b, c, d) in enumerate(boxes):
            for w, x, y, z in boxes[number + 1 :]:
                assert a >= y or w >= c or b >= z or x >= d
    for line in (one for one in picture.ground() if isinstance(one, Lines | Texts)):
        points = line.segments.reshape(-1, 2) if isinstance(line, Lines) else line.places
        if len(points):
            assert (points.min(axis=0) >= [left - 1e-6, top - 1e-6]).all()
            assert (points.max(axis=0) <= [right + 1e-6, bottom + 1e-6]).all()


def test_columns_lanes_and_tracks_of_a_shortcut_with_a_layer_of_its_own() -> None:
    lanes = Lanes(plan(chain("shortcut", 2, 2)))
    assert lanes.columns == {0: 0, 1: 1, 2: 2, 3: 1, 4: 3}
    assert lanes.lanes == {0: 0, 1: 0, 2: 0, 3: 1, 4: 0}
    assert lanes.tracks == {}


def test_wires_that_lead_around_each_other_have_tracks_of_their_own() -> None:
    lanes = Lanes(plan(chain("squeeze", 2, 2)))
    assert {(source, stage.number + 1): track for (source, stage), track in lanes.tracks.items()} == {
        (1, 5): 0,
        (0, 6): 1,
    }


def test_a_step_of_an_addition_reads_both_branches_and_says_so() -> None:
    planned = plan(
        chain("residual", 2, 1), input=np.ones((4, 4), int), kernel=[[[0, 0, 0], [0, 2, 0], [0, 0, 0]]] * 2 + [None]
    )
    picture = VIEWS["flat"].draw(planned, Look(labels="numbers"))
    number = picture.steps - 1
    assert step_sum(picture.plan, number) == "4 + 1 = 5"
    assert step_alt(picture.plan, number).endswith(
        "output row 3, column 3 is the sum of layer 2's row 3, column 3 and input row 3, column 3. Its value is 5."
    )
    assert {picture.sites[page.site].tensor for page in picture.work(number).windows} == {0, 2}


def test_a_product_is_said_and_added_up_as_one() -> None:
    picture = VIEWS["flat"].draw(plan(chain("squeeze", 2, 2), seed=2), Look(labels="numbers"))
    number = picture.plan.starts[4]
    assert "is the product of" in step_alt(picture.plan, number)
    assert "·" in step_sum(picture.plan, number).split("=")[0]


def test_a_receptive_field_is_traced_through_every_branch() -> None:
    planned = plan(chain("residual", 2, 2))
    picture = VIEWS["oblique"].draw(planned, Look(field=(1, 1)))
    assert picture.steps == 4
    seen = [
        {
            (picture.sites[page.site].tensor, page.channel): len(one.places)
            for page, one in picture.work(n).windows.items()
        }
        for n in range(4)
    ]
    assert seen == [
        {},
        {(0, 0): 1, (2, 0): 1},
        {(0, 0): 1, (2, 0): 1, (1, 0): 9, (1, 1): 9},
        {(0, 0): 16, (0, 1): 16, (2, 0): 1, (1, 0): 9, (1, 1): 9},
    ]
    assert "1 cell of layer 2's channel 1" in step_alt(picture.plan, 1)


@pytest.mark.parametrize(("view", "dims"), [("line", 1), ("slabs", 3)])
def test_other_views_name_those_that_have_branches(view: str, dims: int) -> None:
    with pytest.raises(ConvanimError, match="have branches; use view=oblique or view=flat"):
        animate(chain("residual", dims, 1), view=view)


@pytest.mark.parametrize("dims", [1, 2, 3])
def test_a_view_is_chosen_that_has_branches(dims: int) -> None:
    assert animate(chain("residual", dims, 1)).scene.steps == 3 * 4**dims


def test_a_tensor_may_meet_itself() -> None:
    made = build("chain", {"layers": ("concat input", "add 1"), "input_size": (2, 2)}).layer
    planned = plan(made, input=np.array([[[1, 2], [3, 4]]]))
    assert planned.is_branched
    for view in ("flat", "oblique"):
        picture = VIEWS[view].draw(planned, Look(labels="numbers"))
        assert step_sum(picture.plan, picture.steps - 1) == "4 + 4 = 8"
        assert picture.moment(picture.steps - 1)


def test_an_addition_bears_a_plus_and_a_weighted_sum_a_sigma() -> None:
    picture = VIEWS["oblique"].draw(plan(chain("residual", 2, 1)), Look(reveal=True))
    marks = [
        next(one.words for one in picture.moment(step) if isinstance(one, Texts) and one.is_mark)
        for step in (0, picture.steps - 1)
    ]
    assert marks == [("Σ",), ("+",)]


def test_the_name_of_an_addition_of_lone_planes_stands_at_its_sign() -> None:
    picture = draw(plan(chain("residual", 2, 1), seed=0), Look(labels="numbers", reveal=True))
    assert isinstance(picture, FlatGraph)
    (name,) = (word for word in standing(picture.words()) if word.said == "addition")
    assert picture.radius < name.at[1] < picture.radius + 1.5 * picture.size


def test_wires_are_pale_until_a_step_joins_what_they_lead_from() -> None:
    picture = VIEWS["flat"].draw(plan(chain("residual", 2, 1), seed=0), Look(labels="numbers", reveal=True))
    assert not [one for one in picture.ground() if isinstance(one, Lines) and one.role == "arrow"]
    for number, is_joined in ((0, False), (picture.steps - 1, True)):
        keys = {one.key.what for one in picture.moment(number) if one.key}
        assert ({"joint", "wire"} <= keys) == is_joined


def test_no_ray_crosses_the_name_of_the_only_plane_of_a_floor() -> None:
    picture = VIEWS["oblique"].draw(plan(chain("residual", 2, 1)), Look(reveal=True))
    rays = [one for step in range(picture.steps) for one in picture.moment(step) if isinstance(one, Lines)]
    for ray in (one for one in rays if one.role == "ray"):
        assert ray.whole is None or ray.segments == pytest.approx(ray.whole)


def test_kernels_of_lone_planes_stand_beside_the_words_about_their_layers() -> None:
    made = plan(chain("residual", 2, 1), seed=0)
    picture = VIEWS["oblique"].draw(made, Look(labels="numbers", reveal=True))
    weighted = sum(stage.is_weighted for stage in made.main)
    assert len([one for one in picture.kernels() if isinstance(one, Cells) and one.role == "kernel"]) == weighted
    field = VIEWS["oblique"].draw(made, Look(labels="numbers", reveal=True, field=(0, 0)))
    assert not any(isinstance(one, Cells) and one.role == "kernel" for one in field.kernels())
