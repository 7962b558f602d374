"""The kernel beside oblique planes: where it stands, what it says, and when there is none."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from convanim import Chain, Conv, ConvTranspose, DeformConv, Layer, MaxPool, SparseConv, animate, plan
from convanim.plans import Windows
from convanim.views import Look
from convanim.views.headings import word_boxes
from convanim.views.naming import lies_turned
from convanim.views.oblique import draw
from convanim.views.oblique_kernel import ChainWithKernels, FloatingWithKernel
from convanim.views.resting import RESTING
from convanim.views.scene import Cells, Lines, Scene, Texts
from tests.views.helpers import standing, written

LAYERS: dict[str, Layer] = {
    "plain": Conv(5, 3),
    "wide": Conv((4, 7), (2, 5), padding=1),
    "one output": Conv(3, 3),
    "row": Conv((6,), 3),
    "transposed": ConvTranspose(3, 3, 2, 1),
    "deformable": DeformConv(4, 3),
    "sparse": SparseConv(5, 3, padding=1),
}
NUMBERS = Look(labels="numbers", reveal=True, name_share=1 / 26)


def drawn(layer: Layer, look: Look = NUMBERS, **options: Any) -> FloatingWithKernel:
    picture = draw(plan(layer, seed=3, **options), look)
    assert isinstance(picture, FloatingWithKernel)
    return picture


def kernel_words(picture: FloatingWithKernel) -> list[str]:
    return [word for one in picture.kernels() if isinstance(one, Texts) for word in one.words]


@pytest.mark.parametrize("layer", LAYERS.values(), ids=LAYERS)
def test_it_says_the_weights_row_by_row(layer: Layer) -> None:
    stage = plan(layer, seed=3).last
    assert isinstance(stage, Windows)
    assert stage.kernel is not None
    own = stage.kernel[0, 0]
    picture = drawn(layer)
    rows = written(np.flip(own) if lies_turned(stage) else own)
    assert kernel_words(picture) == [word for row in rows for word in row]
    said = {word for one in picture.words() if isinstance(one, Texts) for word in one.words}
    assert lies_turned(stage) is bool({"drawn rotated 180°", "rotated kernel"} & said)


@pytest.mark.parametrize("layer", LAYERS.values(), ids=LAYERS)
def test_it_stands_apart_from_planes_names_and_rays(layer: Layer) -> None:
    picture = drawn(layer)
    quads = np.concatenate([one.quads for one in picture.kernels() if hasattr(one, "quads")])
    left, high, low = quads[..., 0].min(), quads[..., 1].min(), quads[..., 1].max()
    scene = Scene.of(picture)
    for step in range(scene.steps):
        for ray in (one for one in scene.moment(step) if isinstance(one, Lines) and one.role == "ray"):
            for (x, y), (end, below) in ray.segments.tolist():
                # Where a ray is as high as the kernel, it is farther to the left.
                (top, start), (bottom, stop) = sorted([(y, x), (below, end)])
                at = np.interp([high, low], [top, bottom], [start, stop])
                assert bottom <= high or top >= low or at.max() < left + 1e-9
    for name in picture.planes_named:
        x, y = name.places[0]
        assert y + name.size / 2 <= high or y - name.size / 2 >= low or x < left


@pytest.mark.parametrize(
    ("layer", "look"),
    [
        (Conv(5, 3), Look()),
        (Conv(5, 3), Look(labels="numbers", classic=True)),
        (Conv(5, 3), Look(labels="numbers", has_kernel=False)),
        (MaxPool(4, 2), Look(labels="numbers")),
    ],
)
def test_there_is_none_where_no_weights_are_written(layer: Layer, look: Look) -> None:
    assert not isinstance(draw(plan(layer, seed=0), look), FloatingWithKernel)


def test_a_small_picture_keeps_its_numbers_rather_than_the_kernel() -> None:
    for width, has_kernel in ((900, True), (480, False)):
        animation = animate(Conv(7, 3), labels="numbers", width=width)
        said = {word for one in animation.scene.ground if isinstance(one, Texts) for word in one.words}
        assert not animation.notes
        assert ("kernel" in said) is has_kernel


def test_each_cell_that_a_deformable_layer_reads_stands_in_its_sum_once() -> None:
    layer = DeformConv(4, 3, offsets=np.full((18, 2, 2), 0.25))
    picture = drawn(layer, input=np.arange(16).reshape(4, 4) + 1)
    work = picture.work(0)
    rows = picture.terms.rows(work)
    read = len(np.unique(plan(layer).step(0).reads[0].taps.source, axis=0))
    tiles = [tile for row in rows for tile in row if tile.role == "kernel"]
    assert len(tiles) == read < 36


def test_offsets_are_drawn_from_each_cell_of_the_kernel_where_the_input_has_numbers() -> None:
    offsets = np.zeros((8, 3, 3))
    offsets[0], offsets[3] = 0.5, -1.0
    picture = drawn(DeformConv(4, 2, offsets=offsets))
    scene = Scene.of(picture)
    assert "offsets" in {word for one in scene.ground if isinstance(one, Texts) for word in one.words}
    (arrows,) = (one for one in scene.moment(0) if isinstance(one, Lines) and one.role == "move")
    left, top, right, bottom = picture.core
    ends = arrows.segments.reshape(-1, 2)
    # Two of the four cells are moved, each with a shaft and two strokes of a head, all within the picture.
    assert len(arrows.segments) == 6
    assert ((ends > [left, top]) & (ends < [right, bottom])).all()


def test_where_there_is_room_for_one_of_them_offsets_matter_more_than_factors_in_corners() -> None:
    animation = animate(DeformConv(5, 3), labels="numbers", width=700)
    assert "offsets" in {word for one in animation.scene.ground if isinstance(one, Texts) for word in one.words}
    assert "what is written in the corners" in " ".join(animation.notes)


def test_kernels_of_a_chain_stand_beside_its_layers_dark_at_work_and_pale_at_rest() -> None:
    chain = Chain([Conv(5, 3), MaxPool(3, 2, 1), ConvTranspose(2, 2, 2)])
    picture = draw(plan(chain, seed=0), Look(labels="numbers", reveal=True))
    assert isinstance(picture, ChainWithKernels)
    assert [word.said for word in standing(picture.words()) if "180" in word.said] == ["drawn rotated 180°"]
    for number in range(picture.steps):
        work = picture.work(number)
        at_work = [one for one in picture.kernels_at(work) if isinstance(one, Cells)]
        assert len(at_work) == (work.stage is not None and work.stage.is_weighted)
        assert picture.pales_kernels(work)
    assert {one.strength for one in picture.kernels() if isinstance(one, Cells)} == {RESTING}
    boxes = word_boxes(one for one in picture.words() if isinstance(one, Texts))
    for left, top, right, bottom in (sheet.box for sheet in picture._kernels.values()):
        assert not ((boxes[:, 0] < right) & (boxes[:, 2] > left) & (boxes[:, 1] < bottom) & (boxes[:, 3] > top)).any()
