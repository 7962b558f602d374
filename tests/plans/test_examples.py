"""Random inputs show what a layer does: one winner in a window, sums that differ, numbers that can be followed."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from convanim import AvgPool, Chain, Conv, ConvTranspose, Layer, MaxPool, MaxUnpool, Upsample, compare, plan
from convanim.layers.adaptive_pool import AdaptiveMaxPool
from convanim.layers.fold import Fold
from convanim.layers.rearrange import PixelShuffle, PixelUnshuffle
from convanim.layers.sparse_conv import SparseConv
from convanim.layers.unfold import Unfold
from convanim.plans import Plan
from convanim.plans.examples import example
from convanim.plans.gradients import backward
from convanim.plans.values import Numbers, random_numbers
from convanim.views.scene import Texts
from tests.gathering import gathered

SEEDS = range(6)


def input_of(made: Plan) -> Numbers:
    found = made.values(0)
    assert found is not None
    return found


def windows(made: Plan) -> list[list[int]]:
    """Return the numbers that each step reads."""
    read = [(made.planes(0, step.channel), step.reads[0].taps.source) for step in made]
    return [plane[tuple(source[source[:, 0] >= 0].T)].tolist() for plane, source in read]


@gathered("seed", SEEDS)
@gathered(
    "layer",
    [MaxPool(6, 2), MaxPool(6, 3, 1), MaxPool(5, 3, 2, 1, channels=2), MaxPool((2, 4, 4), 2), AdaptiveMaxPool(7, 3)],
)
def test_each_window_has_one_largest_number_and_the_winners_differ(layer: Layer, seed: int) -> None:
    made = plan(layer, seed=seed)
    assert all(sorted(read)[-2:].count(max(read)) == 1 for read in windows(made))
    assert len({max(read) for read in windows(made)}) > 1
    assert 0 <= input_of(made).min() <= input_of(made).max() <= 9


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("layer", [AvgPool(6, 2), AvgPool(6, 3, 1), AvgPool((9,), 3, 2)])
def test_neighbouring_windows_have_other_sums(layer: Layer, seed: int) -> None:
    sums = [sum(read) for read in windows(plan(layer, seed=seed))]
    assert all(one != other for one, other in pairwise(sums))


@pytest.mark.parametrize(
    "layer", [MaxUnpool(3, 2), PixelShuffle(1), PixelUnshuffle(2), Unfold(3, 2), Fold(1, 3), Upsample(3)]
)
def test_numbers_that_move_differ_and_are_no_zeros(layer: Layer) -> None:
    values = input_of(plan(layer, seed=0)).ravel().tolist()
    assert len(set(values)) == len(values)
    assert 0 not in values


def test_the_same_seed_gives_the_same_numbers_and_another_one_others() -> None:
    for layer in (MaxPool(6, 2), AvgPool(6, 2), MaxUnpool(3, 2)):
        one, same, other = (input_of(plan(layer, seed=seed)) for seed in (1, 1, 2))
        np.testing.assert_array_equal(one, same)
        assert (one != other).any()


@pytest.mark.parametrize("layer", [Conv(5, 3), Chain([Conv(5, 2), MaxPool(4, 2)]), Upsample(5, 2, mode="bilinear")])
def test_other_layers_have_plain_numbers(layer: Layer | Chain) -> None:
    np.testing.assert_array_equal(input_of(plan(layer, seed=3))[0], random_numbers(3, (5, 5), [])[0])


def test_layers_that_are_compared_have_the_same_input() -> None:
    shown = compare([Conv(5, 3), MaxPool(5, 2, 1), Conv(4, 3)], values=True, seed=2, width=1200)
    said = [text for text in shown.scene.ground if isinstance(text, Texts) and text.on == "input"]
    inputs = {text.key.part: text.words for text in said if text.key is not None and text.key.of[:1] == (0,)}
    assert inputs[0] == inputs[1]
    assert inputs[0] != inputs[2]


def test_active_cells_hold_no_zeros() -> None:
    assert (example(SparseConv(5, 3), np.arange(25).reshape(5, 5) % 4, 0) > 0).all()


@pytest.mark.parametrize("size", [2, 3, (1, 2)])
def test_kernels_that_lie_turned_look_turned(size: int | tuple[int, int]) -> None:
    for seed in range(60):
        for made in (
            plan(ConvTranspose(3, size), seed=seed),
            plan(Conv(4, size, flip=True, in_channels=2, out_channels=2), seed=seed),
            backward(Conv(4, size), seed=seed).forward,
        ):
            kernel = made.last.kernel
            assert kernel is not None
            turned = np.flip(kernel, (-2, -1))
            assert (kernel != turned).any(axis=(-2, -1)).all()


def test_no_kernel_is_all_zeros() -> None:
    for seed in range(40):
        kernel = plan(Conv(4, (1, 2), in_channels=3, out_channels=3), seed=seed).last.kernel
        assert kernel is not None
        assert kernel.any(axis=(-2, -1)).all()


@pytest.mark.parametrize("size", [1, 2, (1, 3)])
def test_no_two_kernels_are_the_same(size: int | tuple[int, int]) -> None:
    for seed in range(40):
        kernel = plan(Conv(4, size, in_channels=2, out_channels=9), seed=seed).last.kernel
        assert kernel is not None
        assert len({one.tobytes() for one in kernel}) == 9


@pytest.mark.parametrize("layer", [Conv(4, 2, in_channels=3, out_channels=5), Conv((6,), 3), Conv(6, (1, 5))])
def test_at_most_half_the_weights_of_a_kernel_are_zeros(layer: Conv) -> None:
    for seed in range(40):
        kernel = plan(layer, seed=seed).kernels[0]
        cells = kernel.reshape(-1, int(np.prod(layer.kernel_size)))
        assert ((cells == 0).sum(axis=1) <= cells.shape[1] // 2).all()
