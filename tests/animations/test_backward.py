"""Backward passes as Python makes them: parts, names, colours, words and refusals."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from convanim import AvgPool, Chain, Conv, ConvanimError, ConvTranspose, Layer, MaxPool, Upsample, backward, plan
from convanim.animations.backward import shown_parts
from convanim.layers.gradients import input_gradient, weight_gradient
from convanim.layers.pool import Pool
from convanim.plans.gradients import backward as backward_of
from convanim.views.scene import Cells, Scene, Texts
from convanim.words.backward import happening
from tests.views.helpers import shapes_at

CONV, TRANSPOSED = Conv(5, 3, stride=2), ConvTranspose(3, 3, stride=2)


def words(scene: Scene, step: int = 0) -> list[str]:
    return [word for shape in shapes_at(scene, step) if isinstance(shape, Texts) for word in shape.words]


def filled(scene: Scene, step: int) -> set[str]:
    return {shape.role for shape in shapes_at(scene, step) if isinstance(shape, Cells)}


@pytest.mark.parametrize(
    ("layer", "part", "said"),
    [
        (CONV, 1, "the output gradient, spread by 2 and padded by 2, meets the kernel turned by 180°"),
        (CONV, 2, "the output gradient, dilated by 2, is the kernel that slides over the input"),
        (TRANSPOSED, 1, "the output gradient meets the kernel as it is"),
        (TRANSPOSED, 2, "the input, dilated by 2, is the kernel that slides over the output gradient"),
        (
            Conv(4, 3, padding=1, padding_mode="reflect"),
            1,
            "the output gradient, padded by 2, meets the kernel turned by 180°; "
            "what belongs to copies in the padding is added back",
        ),
        (MaxPool(4, 2), 1, "the output gradient goes to the winner of each window"),
        (
            MaxPool(4, 2, stride=1),
            1,
            "the output gradient goes to the winner of each window; what a cell won in several is added",
        ),
        (Upsample(2, 2), 1, "each cell gets the output gradients of all its copies, added up"),
    ],
)
def test_headings_say_what_happens(layer: Layer, part: int, said: str) -> None:
    assert happening(layer, backward_of(layer).parts[part]) == said


def test_the_gradients_of_a_convolution_are_those_of_its_transpose_exchanged() -> None:
    assert input_gradient(CONV) == ConvTranspose(2, 3, stride=2)
    assert input_gradient(TRANSPOSED) == Conv(7, 3, stride=2)
    assert weight_gradient(CONV) == Conv(5, 2, dilation=2)
    assert weight_gradient(TRANSPOSED) == Conv(7, 3, dilation=2)


def test_what_belongs_together_has_one_colour_and_one_name() -> None:
    scene = backward(CONV, view="flat", labels="letters", part="input").scene
    assert {"output gradient", "input gradient", "kernel", "∂x", "∂y", "w"} <= {*words(scene, 24)}
    scenes = [backward(CONV, part=part).scene for part in ("forward", "input", "weight")]
    of_tensors = [filled(scene, scene.steps - 1) & {"input", "output", "intermediate"} for scene in scenes]
    assert of_tensors == [{"input", "output"}, {"input", "output"}, {"input", "intermediate"}]


def test_slices_of_a_kernel_are_named_by_both_their_channels() -> None:
    layer = Conv(3, 2, in_channels=2, out_channels=4, groups=2)
    animation = backward(layer, part="weight")
    named = [word for word in words(animation.scene) if word.startswith("kernel gradient")]
    assert named[:2] == ["kernel gradient 1 for input 1", "kernel gradient 2 for input 1"]
    told = animation.told.step(4)
    assert "kernel gradient 2 for input 1 row 0, column 0 is made of input 1, rows 0 to 1" in told


@pytest.mark.parametrize("layer", [CONV, TRANSPOSED, AvgPool(4, 2), MaxPool(5, 3, 1), Conv((6,), 3)])
@pytest.mark.parametrize("view", ["oblique", "flat"])
def test_cells_of_all_parts_have_one_size(layer: Layer, view: str) -> None:
    scene = backward(layer, view=view).scene
    cells = [shape.quads for shape in scene.ground if isinstance(shape, Cells) and shape.cells is not None]
    areas = np.concatenate([np.linalg.norm(quads[:, 1] - quads[:, 0], axis=1) for quads in cells])
    full = areas[areas > 0.9 * areas.max()]
    assert full == pytest.approx(areas.max())
    assert len(full) > len(areas) / 2


def test_each_window_of_a_maximum_has_a_clear_winner() -> None:
    layer = MaxPool(5, 3, 1)
    part, back = backward_of(layer).parts
    assert len(np.unique(part.input)) == 25
    won = np.unique(part.values)
    assert len(won) > 2
    # What comes back goes to the winners only, and all of it does.
    assert sorted(np.asarray(part.input)[back.values[0] > 0].tolist()) == won.tolist()
    assert back.values.sum() == np.asarray(back.input).sum()


def test_factors_are_fractions_in_sums_and_plain_numbers_in_data() -> None:
    shown = shown_parts(AvgPool(4, 2), "input", grad=[[4, 8], [0, 1]])
    assert backward(AvgPool(4, 2), part="input", grad=[[4, 8], [0, 1]]).told.sum(2).endswith("8·1/4 = 2")
    (part,) = shown.to_dict()["parts"]
    assert part["plan"]["steps"][2]["taps"][0]["factor"] == 0.25
    assert part["plan"]["steps"][2]["value"] == 2


def test_the_gradient_of_a_bias_is_said() -> None:
    layer = Conv(3, 2, out_channels=2, bias=True)
    animation = backward(layer, grad=[[[1, 2], [3, 4]], [[0, 0], [0, 1]]])
    said = "radient of each bias: the sum of the output gradient in its channel, 10, 1"
    assert f"g{said}" in animation.scene.caption
    assert animation.alt.endswith(f"G{said}.")
    assert animation.told.data()["gradients"]["bias"] == [10, 1]


def test_alternative_text_says_what_each_part_shows() -> None:
    assert backward(CONV).alt == (
        "The backward pass of a convolution, 5×5 to 2×2, in 3 pictures that run in step. "
        "Forward, 2×2: convolution · kernel 3×3 · stride 2 · padding 0. "
        "Gradient of the input, 5×5: the output gradient, spread by 2 and padded by 2, "
        "meets the kernel turned by 180°. "
        "Gradient of the kernel, 3×3: the output gradient, dilated by 2, is the kernel that slides over the input."
    )


def test_letters_are_as_large_as_they_must_be_in_every_view() -> None:
    for options in ({"view": "flat"}, {"arrange": "above", "legend": True}, {"labels": "letters", "theme": "print"}):
        animation = backward(TRANSPOSED, still=0, **options)
        least = animation.scene.least_text
        assert least is not None
        assert least * animation.layout.unit >= 9 - 1e-6


@pytest.mark.parametrize(
    ("layer", "told", "message"),
    [
        (Chain([Conv(5, 3)]), {}, "layer: is a chain of layers"),
        (AvgPool(4, 2), {"part": "weight"}, "part weight: is not there, since average pooling has no weights"),
        (CONV, {"part": "bias"}, "part 'bias': unknown"),
        (CONV, {"grad": [[1, 2]]}, "grad: has a size of 1x2, but the output has 2x2"),
        (CONV, {"view": "slabs"}, "view slabs: draws three axes"),
        (Upsample((4, 3), scale_factor=300), {}, "input_size 4x3: makes a picture of 1080012 cells, and at most"),
    ],
)
def test_what_cannot_be_is_refused(layer: Layer, told: dict[str, Any], message: str) -> None:
    with pytest.raises(ConvanimError) as refusal:
        backward(layer, **told)
    assert str(refusal.value).startswith(message)


def test_what_has_no_gradient_says_so() -> None:
    from tests.extending.median_pool import MedianPool

    layer: Pool = MedianPool(4, 3)
    with pytest.raises(ConvanimError, match=r"\(median pooling\): has gradients that are not drawn"):
        backward(layer)
    assert plan(layer) is not None
