"""Of many depth slices those at both ends are drawn, and all that they are made of."""

from __future__ import annotations

import numpy as np
import pytest

from convanim import ConvanimError, animate
from convanim.layers import Chain, Conv, ConvTranspose, Layer, MaxPool
from convanim.plans import Plan, Windows, plan
from convanim.views import VIEWS, Look
from convanim.views.picture import Picture
from convanim.views.scene import Cells, Texts
from convanim.views.slices import MOST_WHOLE, Depths, slice_names

LAYERS: dict[str, Layer | Chain] = {
    "conv": Conv((20, 3, 3), 3, padding=1),
    "channels": Conv((20, 3, 3), 3, in_channels=2, out_channels=2),
    "pool": MaxPool((30, 2, 2), 2),
    "chain": Chain([Conv((20, 4, 4), 3, padding=1), MaxPool((20, 4, 4), 2)]),
    "stamps": ConvTranspose((12, 2, 2), 3, stride=2),
}
VIEW_NAMES = ["oblique", "flat", "slabs"]


def planned(name: str) -> Plan:
    return plan(LAYERS[name], method="scatter" if name == "stamps" else "gather")


def picture_of(name: str, view: str) -> Picture:
    return VIEWS[view].draw(planned(name), Look())


def test_slices_that_can_be_read_are_all_drawn() -> None:
    assert Depths.of(plan(Conv((MOST_WHOLE, 3, 3), 3))) == Depths()


def test_the_output_is_drawn_at_both_ends_and_the_input_where_that_reads_it() -> None:
    depths = Depths.of(planned("conv"))
    assert depths.of_tensors == {0: (0, 1, 2, 18, 19), 1: (0, 1, 19)}
    assert depths.of_grids == {0: (0, 1, 2, 3, 19, 20, 21)}


def test_a_field_keeps_the_slices_of_its_cell() -> None:
    assert Depths.of(planned("conv"), (9, 0, 0)).of_tensors == {0: (8, 9, 10), 1: (9,)}


@pytest.mark.parametrize("view", VIEW_NAMES)
@pytest.mark.parametrize("name", LAYERS)
def test_every_step_makes_something_that_is_drawn_of_what_is_drawn(name: str, view: str) -> None:
    picture = picture_of(name, view)
    for number in range(len(picture.plan)):
        work = picture.work(number)
        assert work.made
        if work.step is not None and work.stage is not None and picture.plan.walk.way == "layers":
            read = [page for page, _, _ in picture.read(work.step)]
            every = {int(one) for own in work.step.reads for one in own.taps.position[:, 0]}
            assert len({page.slice for page in read}) == len(every)


@pytest.mark.parametrize("view", VIEW_NAMES)
def test_drawn_outputs_of_stamps_hold_the_whole_sum(view: str) -> None:
    picture = picture_of("stamps", view)
    stage = picture.plan.last
    stepped = {picture.plan.step(number).reads[0].taps.source[0, 0].item() for number in range(len(picture.plan))}
    needed = np.zeros(stage.output_size, bool)
    needed[list(picture.depths.of_tensors[stage.target])] = True
    needs = stage.needs({0: needed}).cells[stage.source, 0]
    assert stepped == set(np.flatnonzero(needs.any(axis=(1, 2))).tolist())


@pytest.mark.parametrize("view", VIEW_NAMES)
@pytest.mark.parametrize("name", LAYERS)
def test_the_gap_is_drawn_and_counted(name: str, view: str) -> None:
    animation = animate(LAYERS[name], view=view, width=3000, method="scatter" if name == "stamps" else "gather")
    shapes = [*animation.scene.ground, *animation.scene.moment(0)]
    words = {word for shape in shapes if isinstance(shape, Texts) for word in shape.words}
    assert any(word.endswith(" more") for word in words)
    assert any(shape.role == "dot" for shape in shapes if isinstance(shape, Cells))


def test_a_huge_volume_is_refused_by_its_cells_before_anything_is_laid_out() -> None:
    with pytest.raises(ConvanimError, match=r"makes a picture of \d+ cells, and at most 250000 are drawn"):
        animate(Conv((10_000, 10_000, 10_000), 3))


def test_what_cannot_be_shortened_enough_is_refused_with_what_to_do() -> None:
    with pytest.raises(ConvanimError, match=r"depth slices.*use fewer planes"):
        animate(Conv((60, 1, 1), (30, 1, 1)))


def test_slices_side_by_side_say_which_tensor_they_are_of() -> None:
    chain = Chain([Conv((4, 4, 4), 2), MaxPool((3, 3, 3), 2, 1)])
    scene = animate(chain, view="oblique").scene
    said = {word for one in scene.moment(0) if isinstance(one, Texts) for word in one.words}
    assert {"input", "slice 0", "layer 1 · slice 0", "output · slice 0"} <= said


def test_slices_that_do_not_fit_beside_each_other_stand_above_each_other() -> None:
    few, many = Conv((4, 4, 4), 3, in_channels=2), Conv((5, 5, 5), 3, padding=1, in_channels=6)
    drawn = [VIEWS["oblique"].draw(plan(layer), Look()) for layer in (few, many)]
    assert [type(picture).__name__ for picture in drawn] == ["Floors", "Slabs"]
    assert not animate(many, view="oblique").notes
    wordless = VIEWS["oblique"].draw(plan(many), Look(has_words=False))
    assert type(wordless) is type(drawn[1])


def test_several_slices_of_padding_are_counted() -> None:
    def names(layer: Conv) -> list[str]:
        stage = plan(layer).last
        assert isinstance(stage, Windows)
        return slice_names(stage.grid, 0)

    assert names(Conv((1, 3, 3), 1, padding=(1, 0, 0))) == ["low padding", "slice 0", "high padding"]
    twice = ["low padding 2", "low padding 1", "slice 0", "high padding 1", "high padding 2"]
    assert names(Conv((1, 3, 3), 1, padding=(2, 0, 0))) == twice
