"""The letters of weights: each weight has a name of its own, and the same one wherever it is met."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from math import prod
from typing import Any

import numpy as np
import pytest

from convanim import (
    Chain,
    Conv,
    ConvTranspose,
    DeformConv,
    DepthwiseConv,
    DepthwiseSeparable,
    Layer,
    PointwiseConv,
    SparseConv,
    plan,
)
from convanim.plans import Plan, Windows
from convanim.plans.gradients import backward
from convanim.plans.values import Numbers
from convanim.views import VIEWS
from convanim.views.contents import Contents, Said
from convanim.views.look import MATRICES, Look
from convanim.views.scene import Scene
from convanim.words.backward import names
from tests.gathering import gathered
from tests.views.helpers import shapes_at, words_of

LETTERS = Look(labels="letters", reveal=True)

LAYERS: dict[str, Layer | Chain] = {
    "one channel": Conv(4, 3),
    "standard": Conv(3, 2, in_channels=2, out_channels=3),
    "one kernel": Conv(3, 2, in_channels=3),
    "grouped": Conv(3, 2, in_channels=4, out_channels=4, groups=2),
    "pointwise": PointwiseConv(2, in_channels=2, out_channels=3),
    "depthwise": DepthwiseConv(3, 2, in_channels=3),
    "multiplied": DepthwiseConv(3, 2, in_channels=2, depth_multiplier=2),
    "transposed": ConvTranspose(2, 2, 2, in_channels=2, out_channels=3),
    "transposed in groups": ConvTranspose(2, 2, in_channels=4, out_channels=2, groups=2),
    "row": Conv((4,), 3, in_channels=2, out_channels=2),
    "volume": Conv((2, 2, 2), 2, in_channels=2, out_channels=2),
    "sparse": SparseConv(3, 3, in_channels=2, out_channels=2, active=[(0, 0), (1, 1)]),
    "deformable": DeformConv(3, 2, in_channels=2, out_channels=2, offsets=np.full((8, 2, 2), 0.25)),
    "separable": DepthwiseSeparable(2, 3, 2, 3),
    "passes": Chain([Conv(4, 2, out_channels=2), Conv(3, 2, in_channels=2), Conv(2, 2)]),
}


PICTURES = [
    *((name, {}, "gather") for name in LAYERS),
    ("transposed", {}, "scatter"),
    *((name, {"matrix": kind}, "gather") for name in ("standard", "grouped", "depthwise") for kind in MATRICES),
]


@gathered(("name", "looks", "method"), PICTURES)
def test_a_picture_has_as_many_names_of_weights_as_its_layers_have_weights(
    name: str, looks: dict[str, Any], method: str
) -> None:
    layer = LAYERS[name]
    view = VIEWS["matrix" if looks else "flat"]
    scene = Scene.of(view.draw(plan(layer, method=method), replace(LETTERS, **looks)))
    words = (word for step in range(scene.steps) for shape in shapes_at(scene, step) for word in words_of(shape))
    told = {word.said for word in words if word.lowered and word.text in "wvu"}
    layers = layer.layers if isinstance(layer, Chain) else (layer,)
    assert len(told) == sum(prod(one.weight_size) for one in layers)


def contents_of(made: Plan) -> Contents:
    return Contents(made, LETTERS, {number: range(one.channels) for number, one in enumerate(made.tensors)})


def texts(said: Said | None) -> list[str]:
    assert said is not None
    return [f"{word}_{lowered}" for word, lowered in zip(said.words.flat, said.lowered.flat, strict=True)]


def named(made: Plan) -> Iterator[tuple[str, Any]]:
    """Yield the letters and the number of every weight of a plan."""
    for stage in made.stages:
        assert isinstance(stage, Windows)
        for out in range(stage.grouping.out_channels):
            for one in stage.grouping.inputs_of(out):
                numbers = stage.slice(out, one)
                assert numbers is not None
                yield from zip(texts(contents_of(made).kernel(stage, out, one)), numbers.flat, strict=True)


def tensor_texts(made: Plan, tensor: int) -> list[str]:
    return [
        one
        for channel in range(made.tensors[tensor].channels)
        for one in texts(contents_of(made).tensor(tensor, channel))
    ]


def numbered(layer: Any) -> Numbers:
    """Return a kernel of a layer in which all weights differ."""
    weights = np.arange(prod(layer.weight_size)).reshape(layer.weight_size)
    return weights if layer.has_channels else weights[0, 0]


@pytest.mark.parametrize(
    ("name", "first"),
    [
        ("one channel", "w_11"),
        ("standard", "w_11,11"),
        ("one kernel", "w_1,11"),
        ("depthwise", "w_1,11"),
        ("row", "w_11,1"),
        ("volume", "w_11,111"),
    ],
)
def test_a_weight_has_its_kernel_and_its_input_where_there_are_several(name: str, first: str) -> None:
    made = plan(LAYERS[name], seed=0)
    assert next(named(made))[0] == first


def test_a_slice_has_the_number_of_the_input_that_it_reads() -> None:
    made = plan(LAYERS["grouped"], seed=0)
    assert texts(contents_of(made).kernel(made.last, 2, 3))[1] == "w_34,12"


@pytest.mark.parametrize(
    ("layer", "last"),
    [
        (Conv(2, 2, in_channels=12, out_channels=2), "w_2,12,2,2"),
        (Conv(2, 2, in_channels=12), "w_12,2,2"),
        (Conv((2, 10), (1, 10), in_channels=2, out_channels=2), "w_2,2,1,10"),
    ],
)
def test_all_numbers_are_told_apart_by_commas_as_soon_as_one_has_two_digits(layer: Layer, last: str) -> None:
    assert [*named(plan(layer, seed=0))][-1][0] == last


BACKWARD = {
    name: layer for name, layer in LAYERS.items() if isinstance(layer, Layer) and name not in ("sparse", "deformable")
}


@gathered("name", BACKWARD)
def test_gradients_have_the_letters_of_the_weights_and_cells_that_they_are_made_of(name: str) -> None:
    layer = BACKWARD[name]
    whole = backward(layer, kernel=numbered(layer))
    forward, back, learned = (
        replace(plan(one.layer, input=one.input, kernel=one.kernel), names=names(layer, one)) for one in whole.parts
    )
    weights = dict(named(forward))
    assert dict(named(back)) == weights
    assert sorted(tensor_texts(learned, 1)) == sorted(f"∂{one}" for one in weights)
    cells = {*tensor_texts(back, 0), *tensor_texts(forward, 0)}
    assert {one for one, _ in named(learned)} | {*tensor_texts(learned, 0)} == cells


def test_what_leads_back_has_the_letters_of_the_weights_that_it_shares() -> None:
    there, back = Conv(3, 2, in_channels=2, out_channels=3), ConvTranspose(2, 2, in_channels=3, out_channels=2)
    made = plan(Chain([there, back], [numbered(there)] * 2, returns=True), seed=0)
    found = {*named(made)}
    assert len(found) == prod(there.weight_size) == len(dict(found))


def test_layers_have_letters_of_their_own_however_many_they_are() -> None:
    made = plan(Chain([Conv((2,), 1, out_channels=1, bias=True)] * 20))
    contents = contents_of(made)
    kernels = [texts(contents.kernel(stage, 0, 0))[0] for stage in made.stages]
    biases = ["_".join(contents.bias(stage, 0)) for stage in made.stages]
    tensors = [tensor_texts(made, number)[0] for number in range(len(made.tensors))]
    assert [kernels[:3], kernels[15], biases[:2]] == [["w_1", "v_1", "u_1"], "w′_1", ["b_1", "b′_1"]]
    assert len({*kernels, *biases, *tensors}) == len(kernels) + len(biases) + len(tensors)
