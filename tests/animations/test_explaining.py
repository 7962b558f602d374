"""What is said of a layer."""

from __future__ import annotations

import re
from math import ceil, floor

import pytest
from hypothesis import given

from convanim import AvgPool, Chain, Conv, ConvGeneral, ConvTranspose, Layer, MaxPool, PixelShuffle, Unfold
from convanim.animations.explaining import explain
from convanim.animations.presets import PRESETS
from convanim.frameworks.writing import code_of
from convanim.inputs.known_chains import roundtrip, separable
from convanim.plans.values import named_kernel
from tests.gathering import gathered
from tests.plans.test_value_properties import stacks
from tests.strategies import layers


def test_the_whole_of_it() -> None:
    assert explain(ConvTranspose(3, 3, 2, 1, 1)).splitlines() == [
        "transposed convolution  3×3 → 6×6",
        "kernel 3 · stride 2 · padding 1 · output padding 1",
        "",
        "output size      (n − 1)·s − 2·p + d·(k − 1) + a + 1",
        "                 = (3 − 1)·2 − 2·1 + 1·(3 − 1) + 1 + 1 = 6",
        "also called      a convolution with a fractional stride of 1/2: from step to step, its window moves 1/2 of "
        "the way from one input cell to the next",
        "parameters       9 = 3·3, and 1 more with a bias",
        "multiplications  81 = 9 input cells · 9 weights",
        "receptive field  2×2 cells of the input",
        "never read       nothing: every input cell counts",
        "PyTorch          nn.ConvTranspose2d(1, 1, kernel_size=3, stride=2, padding=1, output_padding=1, bias=False)",
    ]


@pytest.mark.parametrize(
    ("layer", "formula", "without"),
    [
        (Conv((5,), 3, flip=True), "y[n] = Σ x[m]·w[n − m]; output cell 0 is n = 2", "y[n] = Σ x[n + m]·w[m]"),
        (
            Conv(5, 2, padding="same", flip=True),
            "y[n₁, n₂] = Σ x[m₁, m₂]·w[n₁ − m₁, n₂ − m₂]; output cell 0 is n = (0, 0)",
            "y[n₁, n₂] = Σ x[n₁ + m₁, n₂ + m₂]·w[m₁, m₂]",
        ),
        (
            Conv((7,), 3, padding=5, dilation=2, flip=True),
            "y[n] = Σ x[m]·w[(n − m) / 2]; output cell 0 is n = −1",
            "y[n] = Σ x[n + 2·m]·w[m]",
        ),
    ],
)
def test_a_flipped_kernel_is_defined_and_what_deep_learning_leaves_out(
    layer: Layer, formula: str, without: str
) -> None:
    said = explain(layer)
    assert f"convolution      {formula}\n" in said
    assert f"deep learning leaves the turn out: cross-correlation, {without}\n" in said


@given(layers())
def test_the_numbers_in_the_formula_make_the_size(layer: Layer) -> None:
    said = re.findall(r"^ +=? ?= (.*?) = (\d+)", explain(layer), re.MULTILINE)
    assert len(said) in (1, layer.dims)
    sizes = [int(size) for _, size in said]
    assert sizes == list(layer.output_size)[: len(said)]
    for formula, size in said:
        code = formula.replace("−", "-").replace("·", "*")
        code = code.replace("⌊", "floor(").replace("⌋", ")").replace("⌈", "ceil(").replace("⌉", ")")
        assert eval(code, {"floor": floor, "ceil": ceil}) == int(size)


def test_axes_that_differ_are_said_apart() -> None:
    said = explain(Conv((6, 8), 3, 2, ((0, 1), (1, 1))))
    assert "p_low + p_high" in said
    assert "= 3 rows" in said
    assert "= 4 columns" in said


def test_only_windows_that_move_by_parts_of_a_cell_have_a_fractional_stride() -> None:
    assert "fractional stride of 1/2 × 1/3:" in explain(ConvTranspose(3, 3, (2, 3)))
    assert "fractional stride of 3/2:" in explain(ConvGeneral(5, 3, 3, input_dilation=2))
    for layer in (ConvTranspose(3, 3), Conv(5, 3, 2), ConvGeneral(5, 3, 4, input_dilation=2), PixelShuffle(2)):
        assert "fractional" not in explain(layer)


def test_a_deep_field_has_a_part_that_weighs_most() -> None:
    deep = Chain([Conv(13 - 2 * number, 3) for number in range(6)])
    assert "effective        9×9 of them weigh at least 4.55 % of the most, by the paths" in explain(deep)
    assert "effective" not in explain(Chain([Conv(5, 3), MaxPool(3, 3)]))


def test_cells_that_are_never_read_are_named() -> None:
    assert "33 of 49 input cells: rows 2, 5–6, columns 2, 5–6 (counted from 0)" in explain(AvgPool(7, 2, 3))


@pytest.mark.parametrize(
    ("layer", "line"),
    [
        (Conv(5, 3, padding=1), "nn.Conv2d(1, 1, kernel_size=3, padding=1, bias=False)"),
        (Conv(5, 4, padding="same"), "nn.Conv2d(1, 1, kernel_size=4, padding='same', bias=False)"),
        (
            Conv((5, 8), (2, 3), (1, 2), (0, 1), (1, 2), "reflect"),
            "nn.Conv2d(1, 1, kernel_size=(2, 3), stride=(1, 2), dilation=(1, 2), padding=(0, 1), "
            "padding_mode='reflect', bias=False)",
        ),
        (
            Conv((9,), 3, padding="causal"),
            "nn.Sequential(nn.ZeroPad1d((2, 0)), nn.Conv1d(1, 1, kernel_size=3, bias=False))",
        ),
        (
            Conv(5, 3, padding=((0, 1), (2, 0)), padding_mode="circular"),
            "nn.Sequential(nn.CircularPad2d((2, 0, 0, 1)), nn.Conv2d(1, 1, kernel_size=3, bias=False))",
        ),
        (ConvTranspose((2, 2, 2), 2), "nn.ConvTranspose3d(1, 1, kernel_size=2, bias=False)"),
        (
            ConvTranspose(3, 3, 2, ((0, 1), (1, 1))),
            "nn.Sequential(nn.ConvTranspose2d(1, 1, kernel_size=3, stride=2, bias=False), "
            "nn.ZeroPad2d((-1, -1, 0, -1)))",
        ),
        (MaxPool(5, 2, ceil_mode=True), "nn.MaxPool2d(kernel_size=2, ceil_mode=True)"),
        (
            MaxPool((4,), 2, padding=((1, 0),)),
            "nn.Sequential(nn.ConstantPad1d((1, 0), float('-inf')), nn.MaxPool1d(kernel_size=2))",
        ),
        (
            AvgPool(4, 2, 1, 1, False, False),
            "nn.AvgPool2d(kernel_size=2, stride=1, padding=1, count_include_pad=False)",
        ),
        (Unfold(5, 2, 2, (1, 0), 3), "nn.Unfold(kernel_size=2, dilation=2, padding=(1, 0), stride=3)"),
        (Unfold(5, 2, padding=((0, 1), 0)), "nn.Sequential(nn.ZeroPad2d((0, 0, 0, 1)), nn.Unfold(kernel_size=2))"),
    ],
)
def test_the_line_of_pytorch(layer: Layer, line: str) -> None:
    assert code_of(layer, "torch") == line


def test_what_pytorch_cannot_say_is_said_to_be_so() -> None:
    assert code_of(AvgPool((4,), 2, padding=((1, 0),), count_include_pad=False), "torch").startswith("none: ")


def test_a_window_that_is_dropped_is_in_the_formula() -> None:
    assert "⌈(3 + 2·0 − 1·(1 − 1) − 1) / 4⌉ + 1 − 1 = 1 (a last window would" in explain(
        AvgPool((3,), 1, 4, ceil_mode=True)
    )


def test_a_field_larger_than_the_input_is_said_to_be_so() -> None:
    assert "5×5 cells of an input that has only 3×3" in explain(Conv(3, 5, padding=2))
    assert "1 cell of the input" in explain(Conv(3, 1))


def test_the_whole_of_a_chain() -> None:
    chain = Chain([Conv(6, 3, padding=1), MaxPool(6, 2), ConvTranspose(3, 3, 2, 1, 1)])
    assert explain(chain).splitlines() == [
        "chain  6×6 → 6×6",
        "1  conv · 6×6 → 6×6 · kernel 3 · stride 1 · padding 1",
        "2  max pool · 6×6 → 3×3 · kernel 2 · stride 2 · padding 0",
        "3  transposed conv · 3×3 → 6×6 · kernel 3 · stride 2 · padding 1 · output padding 1",
        "",
        "parameters       18 = 9 + 0 + 9",
        "multiplications  405 = 324 + 0 + 81",
        "receptive field  6×6 cells of the input",
        "PyTorch          nn.Conv2d(1, 1, kernel_size=3, padding=1, bias=False)",
        "                 nn.MaxPool2d(kernel_size=2)",
        "                 nn.ConvTranspose2d(1, 1, kernel_size=3, stride=2, padding=1, output_padding=1, bias=False)",
    ]


@given(stacks())
def test_every_layer_of_a_chain_is_named_and_counted(stack: list[Layer]) -> None:
    chain = Chain(stack)
    head, *rest = explain(chain).splitlines()
    places, facts = rest[: rest.index("")], rest[rest.index("") + 1 :]
    assert head == f"chain  {'×'.join(map(str, chain.input_size))} → {'×'.join(map(str, chain.output_size))}"
    assert [int(place.split()[0]) for place in places] == list(range(1, len(stack) + 1))
    for place, layer in zip(places, stack, strict=True):
        assert " → ".join("×".join(map(str, cells)) for cells in (layer.input_size, layer.output_size)) in place
    for fact, name in zip(facts, ("parameters", "multiplications"), strict=False):
        total, *parts = (int(number) for number in re.findall(r"\d+", fact))
        assert total == getattr(chain, name) == sum(parts or [total])
        assert parts == ([getattr(layer, name) for layer in stack] if len(stack) > 1 else [])
    lines = [line.removeprefix("PyTorch").strip() for line in facts[3:]]
    assert lines == [code_of(layer, "torch") for layer in stack]


def test_two_passes_are_told_with_the_one_layer_that_they_replace() -> None:
    said = explain(separable(named_kernel("box", (5, 5)), 9))
    assert "parameters       10 = 5 + 5" in said
    assert "multiplications  350 = 225 + 125" in said
    assert "in one layer     25 parameters, 625 multiplications" in said
    assert "in one layer" not in explain(roundtrip(Conv(5, 3)))


def test_the_field_of_a_chain_may_exceed_its_input() -> None:
    assert "receptive field  16 cells of the input" in explain(PRESETS["dilated_causal_stack"].layer)
    short = Chain([Conv((3,), 2, padding="causal", dilation=dilation) for dilation in (1, 2)])
    assert "receptive field  4 cells of an input that has only 3" in explain(short)


def test_one_layer_is_a_chain_too() -> None:
    assert explain(Chain([Conv(4, 2)])).splitlines()[:5] == [
        "chain  4×4 → 3×3",
        "1  conv · 4×4 → 3×3 · kernel 2 · stride 1 · padding 0",
        "",
        "parameters       4",
        "multiplications  36",
    ]


@gathered("name", PRESETS)
def test_every_preset_is_explained(name: str) -> None:
    layer = PRESETS[name].layer
    lines = [code_of(part, "torch") for part in (layer.layers if isinstance(layer, Chain) else (layer,))]
    assert all(line in explain(layer) for line in lines)
