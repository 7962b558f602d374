"""What an animation says of itself."""

from __future__ import annotations

from typing import Any

import pytest

from convanim import AvgPool, Chain, Conv, ConvTranspose, Layer, MaxPool, animate, compare, plan
from convanim.inputs.known_chains import separable


@pytest.mark.parametrize(
    ("layer", "title"),
    [
        (Conv(5, 3, padding=1), "Convolution, 5×5 → 5×5"),
        (ConvTranspose(2, 3, 2), "Transposed convolution, 2×2 → 5×5"),
        (Conv(4, 3, in_channels=4, out_channels=4, groups=2), "Grouped convolution, 4×4 → 2×2"),
        (Chain([Conv(7, 3), Conv(5, 3)]), "2 layers, 7×7 → 3×3"),
    ],
)
def test_the_title_names_the_layer_and_its_sizes(layer: Layer | Chain, title: str) -> None:
    assert animate(layer).told.title == title


def test_alternative_text_says_how_it_is_computed() -> None:
    assert "slides cell by cell" in animate(ConvTranspose(2, 3, 2)).alt
    assert "stamps a copy of the 3×3 kernel" in animate(ConvTranspose(2, 3, 2), method="scatter").alt


def test_a_field_is_told_of() -> None:
    said = animate(Chain([Conv(7, 3), Conv(5, 3)]), field=(1, 1)).told
    assert said.alt.endswith("Layer by layer it shows what output row 1, column 1 depends on.")
    assert said.step(1).startswith("Step 1, the last is 2: output row 1, column 1 depends on 9 cells of layer 1's rows")


def test_compared_layers_are_told_of_one_by_one() -> None:
    said = compare([Conv(4, 2), MaxPool(4, 2)], titles=["left", "right"]).told
    assert said.title == "left and right"
    assert "1. left: A 2×2 kernel" in said.alt
    assert "2. right: Max pooling" in said.alt
    assert set(said.data()) >= {"plans"}


def test_steps_of_a_compared_chain_are_those_of_the_picture() -> None:
    chain = separable([[1, 2, 1], [2, 4, 2], [1, 2, 1]], 5)
    animation = animate(chain)
    first, last = animation.told.step(0), animation.told.step(animation.scene.steps - 1)
    assert first.startswith(f"Step 0, the last is {animation.scene.steps - 1}: output row 0, column 0")
    assert "the result of the one layer" in last


SUMS: list[tuple[Layer, dict[str, Any], str]] = [
    (Conv(2, 2), {"input": [[1, 2], [3, -4]], "kernel": [[1, 0], [2, 3]]}, "1·1 + 2·0 + 3·2 + (−4)·3 = −5"),
    (MaxPool(2, 2), {"input": [[1, 2], [3, -4]]}, "max(1, 2, 3, (−4)) = 3"),
    (AvgPool(2, 2), {"input": [[1, 2], [3, 4]]}, "(1 + 2 + 3 + 4) / 4 = 2.5"),
]


@pytest.mark.parametrize(("layer", "numbers", "said"), SUMS)
def test_sums_are_written_out(layer: Layer, numbers: dict[str, Any], said: str) -> None:
    assert animate(layer, **numbers).told.sum(0) == said


def test_without_numbers_there_is_no_sum() -> None:
    assert animate(Conv(3, 2)).told.sum(0) == ""


@pytest.mark.parametrize("layer", [Conv(3, 2), ConvTranspose(2, 2), Chain([Conv(3, 2), Conv(2, 2)])])
def test_its_data_are_the_plan(layer: Layer | Chain) -> None:
    assert animate(layer).told.data() == plan(layer).to_dict()
