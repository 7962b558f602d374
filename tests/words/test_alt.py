"""Sentences for those who cannot see an animation, against the layers and plans that they are about."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

from convanim import (
    AvgPool,
    Chain,
    Conv,
    ConvanimError,
    ConvGeneral,
    ConvTranspose,
    DepthwiseConv,
    DepthwiseSeparable,
    Layer,
    MaxPool,
    MaxUnpool,
    PixelShuffle,
    Unfold,
    plan,
)
from convanim.animations.presets import PRESETS
from convanim.inputs.known_chains import roundtrip
from convanim.layers import OPERATIONS, ROWS_COLUMNS, SEPARABLES
from convanim.layers.axis import Kind
from convanim.layers.join import Concatenate
from convanim.words import alt, step_alt
from tests.gathering import gathered
from tests.graphs import Graph, residual
from tests.helpers import output_of, taps_of

GIVEN: dict[str, dict[str, Any]] = {
    "pointwise": {"in_channels": 3, "out_channels": 2},
    "depthwise": {"kernel_size": 3, "in_channels": 3},
    "pixel_shuffle": {},
    "pixel_unshuffle": {},
    "upsample": {},
    "adaptive_max_pool": {"output_size": 3},
    "adaptive_avg_pool": {"output_size": 3},
    "global_max_pool": {},
    "global_avg_pool": {},
}
KINDS: dict[str, Any] = dict(OPERATIONS)
SMALL: list[Layer] = [kind(4, **GIVEN.get(name, {"kernel_size": 2})) for name, kind in KINDS.items()]
PAIRS: list[Chain] = [kind(2, 3, 3, input_size=4) for kind in SEPARABLES.values()]
VARIED = [
    Conv((4, 5), (2, 3), (1, 2), ((0, 1), (2, 0))),
    Conv(5, 3, padding=1, padding_mode="circular"),
    Conv((4, 4, 4), 2, padding=1),
    Conv(4, 3, padding=1, in_channels=4, out_channels=4, groups=2, bias=True),
    Conv(7, 3, dilation=2, flip=True),
    ConvTranspose(3, 3, 2, 1, 1),
    ConvTranspose(5, 2, padding=2),
    MaxPool(5, 2, ceil_mode=True, channels=2),
    AvgPool((5,), 2, 2, 1, count_include_pad=False),
    MaxUnpool(2, 2, indices=[1, 6, 8, 15]),
    ConvGeneral(4, 3, 2, ((-1, 2), (1, -2)), 2, 3, rotated=True),
    ConvGeneral((4,), 2, padding=((-5, 4),)),
    Unfold(4, 2, padding=1, dilation=2, channels=2),
]
CHAINS = [
    Chain([Conv(7, 3, padding=1), Conv(7, 3, dilation=2)]),
    Chain([Conv(18 - 2 * number, 3) for number in range(6)]),
    Chain([Unfold(5, 2), Conv(4, 1, in_channels=4)]),
    *PAIRS,
    *(preset.layer for preset in PRESETS.values()),
]
EVERY = [*SMALL, *VARIED, *CHAINS]


@pytest.mark.parametrize(
    ("layer", "said"),
    [
        (
            Conv(5, 3, padding=1),
            "A 3×3 kernel slides over a 5×5 input with padding 1 and a stride of 1; "
            "each place makes one cell of the 5×5 output.",
        ),
        (
            Conv((8,), 3, padding="causal"),
            "A kernel of 3 cells slides along a row of 8 cells with padding (2 cells before) and a stride of 1; "
            "each place makes one cell of the output of 8 cells.",
        ),
        (
            Conv(7, 3, dilation=2),
            "A 3×3 kernel whose cells are 2 apart (dilation 2, so it reaches over 5×5 cells) slides over a 7×7 input "
            "with no padding and a stride of 1; each place makes one cell of the 3×3 output.",
        ),
        (
            Conv(5, 3, padding=1, padding_mode="reflect"),
            "A 3×3 kernel slides over a 5×5 input with padding 1 (the input mirrored at its edge cells) "
            "and a stride of 1; each place makes one cell of the 5×5 output.",
        ),
        (
            Conv(6, 3, 2),
            "A 3×3 kernel slides over a 6×6 input with no padding and a stride of 2; "
            "each place makes one cell of the 2×2 output. 11 of 36 input cells are never read.",
        ),
        (
            ConvTranspose(2, 3, 2),
            "A transposed convolution with a stride of 2: a 3×3 kernel slides cell by cell over a 2×2 input, spread to "
            "3×3 by 1 inserted zero between neighbours and padded by 2 cells on every side; "
            "each place makes one cell of the 5×5 output.",
        ),
        (
            ConvGeneral(3, 2, 2, ((-1, 2), (1, 0)), input_dilation=2, rotated=True),
            "A convolution with a stride of 2: a 2×2 kernel, rotated by 180°, slides over a 3×3 input, spread "
            "to 5×5 by 1 inserted zero between neighbours, padded by 2 rows below and 1 column left and cropped by "
            "1 row above; each place makes one cell of the 3×3 output. 3 of 9 input cells are never read.",
        ),
        (
            ConvGeneral(5, 3),
            "A convolution with a stride of 1: a 3×3 kernel slides over a 5×5 input; "
            "each place makes one cell of the 3×3 output.",
        ),
        (
            Chain([ConvGeneral(3, 2, padding=((-1, 2), (1, 1)), input_dilation=2), Conv((5, 6), 3)]),
            "Two layers over a 3×3 input: first a 2×2 convolution with padding (2 rows below, 1 column left "
            "and 1 column right), cropping (1 row above) and input dilation 2 makes 5×6 cells, then a "
            "3×3 convolution makes 3×4 cells. The receptive field of one output cell is 2×2 cells of the input.",
        ),
        (
            Unfold(4, 3, 1, 1, channels=2),
            "Unfold: a 3×3 window slides over each of 2 input channels of 4×4 with padding 1 and a stride of 1; "
            "each of the 9 cells in a place goes to its own of 18 output channels of 4×4.",
        ),
        (
            Unfold(4, 1, stride=2),
            "Unfold: a 1×1 window slides over a 4×4 input with a stride of 2; the one cell in a place goes to "
            "the 2×2 output. 12 of 16 input cells are never read.",
        ),
        (
            MaxPool(5, 2, ceil_mode=True),
            "Max pooling: a 2×2 window slides over a 5×5 input with a stride of 2; the largest value in each place "
            "goes to the 3×3 output. The last windows hang over the end (ceil mode).",
        ),
        (
            Conv(5, 3, padding=1, in_channels=3, out_channels=2),
            "2 kernels of 3×3×3 slide over 3 input channels of 5×5 with padding 1 and a stride of 1; "
            "each makes one of 2 output channels of 5×5.",
        ),
        (
            DepthwiseConv(5, 3, in_channels=3, bias=True),
            "A depthwise convolution: 3 kernels of 3×3×1 slide over 3 input channels of 5×5 with no padding and "
            "a stride of 1; each reads one channel only and makes one of 3 output channels of 3×3. "
            "A bias is added to each output channel.",
        ),
        (
            PixelShuffle(3, 2),
            "A pixel shuffle: each 2×2 block of the 6×6 output takes one cell from each of 4 input channels of 3×3.",
        ),
        (
            MaxUnpool(2, 2),
            "Max unpooling: each value of the 2×2 input moves to one cell of its 2×2 window in the 4×4 output; "
            "what is left is zero.",
        ),
        (
            Chain([Conv(9, 3, padding=1), Conv(9, 3, dilation=2)]),
            "Two layers over a 9×9 input: first a 3×3 convolution with padding 1 makes 9×9 cells, then a "
            "3×3 convolution with dilation 2 makes 5×5 cells. "
            "The receptive field of one output cell is 7×7 cells of the input.",
        ),
        (
            DepthwiseSeparable(3, 4, 3, 4, padding=1),
            "A depthwise separable convolution of 3 input channels of 4×4: first a 3×3 depthwise convolution with "
            "padding 1 makes 3 channels of 4×4, then a 1×1 pointwise convolution makes 4 channels of 4×4. "
            "They have 39 parameters; a 3×3 convolution in their place has 108.",
        ),
    ],
)
def test_layers_are_told_in_sentences(layer: Layer | Chain, said: str) -> None:
    assert alt(layer) == said


def test_a_flipped_kernel_is_told_with_what_deep_learning_leaves_out() -> None:
    assert alt(Conv(4, 3, flip=True)) == (
        "A 3×3 kernel, rotated by 180°, slides over a 4×4 input with no padding and a stride of 1; each place makes "
        "one cell of the 2×2 output. This is convolution as mathematics has it; deep learning leaves the turn out, "
        "which is cross-correlation."
    )
    assert ": a 3×3 convolution with the kernel rotated by 180° makes" in alt(Chain([Conv(4, 3, flip=True)]))


def test_stamps_are_told_as_stamps() -> None:
    assert alt(ConvTranspose(2, 3, 2), "scatter") == (
        "A transposed convolution with a stride of 2: each cell of the 2×2 input stamps a copy of the 3×3 kernel, "
        "multiplied by its value, onto the 5×5 output, stamps 2 apart; where stamps overlap they are added."
    )
    assert "no two stamps overlap" in alt(ConvTranspose(3, 2, 2), "scatter")


def test_stamps_of_channels_fall_onto_those_of_their_group() -> None:
    assert alt(ConvTranspose(2, 3, 2, in_channels=2, out_channels=3, bias=True), "scatter") == (
        "A transposed convolution with a stride of 2: each cell of 2 input channels of 2×2 stamps a copy of each of "
        "its channel's 3 kernels of 3×3, multiplied by its value, onto 3 output channels of 5×5, stamps 2 apart; "
        "where stamps overlap they are added. A bias is added to each output channel."
    )
    own = alt(ConvTranspose((2,), 2, 2, in_channels=2, out_channels=2, groups=2), "scatter")
    assert "a copy of its channel's kernel of 2 cells, multiplied by its value, onto its own of 2 output" in own
    assert own.endswith("no two stamps overlap.")
    one = alt(ConvTranspose((2,), 2, 2, out_channels=4), "scatter")
    assert "a copy of each of the 4 kernels of 2 cells, multiplied by its value, onto 4 output channels" in one
    groups = alt(ConvTranspose(2, 2, 2, in_channels=4, out_channels=4, groups=2), "scatter")
    assert "onto its 2 of 4 output channels of 4×4" in groups
    assert groups.endswith("where stamps overlap they are added.")


def test_articles_fit_the_numbers_that_follow() -> None:
    assert alt(Conv(11, 8)).startswith("An 8×8 kernel slides over an 11×11 input")


@pytest.mark.parametrize("layer", [Conv(5, 3), Conv(5, 3, in_channels=2), Chain([Conv(5, 3)]), *PAIRS])
def test_stamps_of_other_layers_are_refused(layer: Layer | Chain) -> None:
    with pytest.raises(ConvanimError, match="method"):
        alt(layer, "scatter")


@gathered("layer", EVERY, ids=repr)
def test_every_text_is_short_and_whole(layer: Layer | Chain) -> None:
    said = alt(layer)
    assert said.endswith(".")
    assert len(said) <= 450
    assert not re.search(r"None|  |\(\)|no stride|\n", said)
    assert said[0].isupper() or said[0].isdigit()


@gathered("layer", [*SMALL, *VARIED], ids=repr)
def test_texts_name_the_sizes(layer: Layer) -> None:
    joint = " of " if layer.dims == 1 else ""
    for cells in (layer.input_size, layer.output_size):
        assert joint + "×".join(map(str, cells)) in alt(layer)


@pytest.mark.parametrize("layer", EVERY, ids=repr)
def test_every_step_is_told_in_a_sentence(layer: Layer | Chain) -> None:
    planned = plan(layer, seed=1)
    for number in range(len(planned)):
        said = step_alt(planned, number)
        assert re.match(rf"Step {number}, the last is \d+: ", said)
        assert said.endswith(".")
        assert len(said) <= 300
        assert not re.search(r"None|  |\n", said)


def told(said: str, axis: str) -> list[int]:
    """Return the numbers that a sentence names on an axis, last of all."""
    words = re.findall(rf"{axis[:-1]}s? (\d+ to \d+|[\d, ]+ and \d+(?! cell| inserted)|\d+)", said)[-1]
    numbers = [int(number) for number in re.findall(r"\d+", words)]
    return list(range(numbers[0], numbers[1] + 1)) if "to" in words else numbers


@pytest.mark.parametrize("layer", [*VARIED[:3], *VARIED[4:7], VARIED[8], MaxPool(5, 2, ceil_mode=True)], ids=repr)
def test_steps_name_what_they_read(layer: Layer) -> None:
    planned = plan(layer)
    for number, step in enumerate(planned):
        made, read = re.split(r" is (?:made|the)", step_alt(planned, number))
        real = taps_of(step).source[taps_of(step).source[:, 0] >= 0]
        for axis, cells, written in zip(ROWS_COLUMNS[layer.dims], real.T, step.writes[0], strict=True):
            assert told(made, axis) == [written]
            assert not len(real) or told(read, axis) == np.unique(cells).tolist()
        assert len(real) or "input" not in read


@pytest.mark.parametrize("layer", [Conv(4, 3, padding=1), ConvTranspose(3, 3, 2, 1, 1)], ids=repr)
def test_steps_count_padding_and_inserted_zeros(layer: Layer) -> None:
    planned = plan(layer)
    for number, step in enumerate(planned):
        said, kinds = step_alt(planned, number), taps_of(step).kind
        for word, which in (("cells? of padding", (Kind.PADDING, Kind.SURPLUS)), ("inserted zero", (Kind.INSERTED,))):
            found = re.search(rf"(\d+) {word}", said)
            assert int(found[1] if found else 0) == np.isin(kinds, which).sum()


def test_steps_of_stamps_name_where_they_fall_and_then_the_sum() -> None:
    planned = plan(ConvTranspose(3, 3, 2, 1), method="scatter")
    for number, step in enumerate(planned):
        read, made = step_alt(planned, number).split(" stamps the kernel")
        inside = step.writes[planned.last.inside(step.writes)]
        for axis, source, cells in zip(("rows", "columns"), taps_of(step).source[0], inside.T, strict=True):
            assert told(read, axis) == [source]
            assert told(made, axis) == np.unique(cells).tolist()
        cut = re.search(r"(\d+) cells of the stamp are cut off", made)
        assert int(cut[1] if cut else 0) == len(step.writes) - len(inside)
    assert step_alt(planned, 9) == "Step 9, the last is 9: every stamp has fallen, and the output is the sum of all."


def test_steps_of_stamps_name_channels_where_there_are_several() -> None:
    grouped = plan(ConvTranspose(2, 3, 2, 1, in_channels=2, out_channels=4, groups=2), seed=1, method="scatter")
    assert step_alt(grouped, 5) == (
        "Step 5, the last is 8: input 2, row 0, column 1 stamps its kernels, times its value, onto outputs 3 to 4, "
        "rows 0 to 1, columns 1 to 2, and 5 cells of each stamp are cut off. Its value is 1."
    )
    chain = plan(Chain([Conv(3, 2, out_channels=2), ConvTranspose(2, 2, in_channels=2)]), method="scatter")
    assert step_alt(chain, 3) == (
        "Step 3, the last is 7: layer 1's channel 1, row 1, column 1 stamps the kernel, times its value, "
        "onto output rows 1 to 2, columns 1 to 2."
    )
    by_place = plan(ConvTranspose((2,), 2, in_channels=2), method="scatter", order="position")
    assert [step_alt(by_place, number)[23:41] for number in (0, 1, 2)] == [
        "input 1, column 0 ",
        "input 2, column 0 ",
        "input 1, column 1 ",
    ]


def test_steps_of_a_field_name_what_the_cell_depends_on_layer_by_layer() -> None:
    layers = [Conv(5, 3, padding=1, in_channels=2, out_channels=3), MaxPool(5, 2, channels=3)]
    traced = plan(Chain(layers), seed=1).walking(way="field", cell=(1, 0))
    assert [step_alt(traced, number) for number in range(3)] == [
        "Step 0, the last is 2: output 1, row 1, column 0 is the cell that is traced back.",
        "Step 1, the last is 2: output 1, row 1, column 0 depends on 4 cells of layer 1's channel 1, "
        "rows 2 to 3, columns 0 to 1.",
        "Step 2, the last is 2: output 1, row 1, column 0 depends on 24 cells of inputs 1 to 2, "
        "rows 1 to 4, columns 0 to 2.",
    ]
    with pytest.raises(IndexError):
        step_alt(traced, 3)
    spread = plan(Chain([ConvTranspose((3,), 1, 2), Conv((5,), 1)])).walking(way="field", cell=(1,))
    assert step_alt(spread, 2) == "Step 2, the last is 2: output column 1 depends on no cell of input."


def test_steps_where_branches_meet_name_every_tensor() -> None:
    made = residual().planned()
    assert step_alt(made, 40) == (
        "Step 40, the last is 53: output 1, row 1, column 1 is the sum of input 1, row 1, column 1 and "
        f"tensor 2's channel 1, row 1, column 1. Its value is {made.planes(3, 0)[1, 1]}."
    )
    assert "; it depends on cells of inputs 1 to 2, rows 0 to 2, columns 0 to 2. " in step_alt(
        made.walking(way="outputs"), 4
    )
    layers: list[Any] = [(Conv(2, 1, out_channels=3), (0,)), (Concatenate(2, [1, 3]), (0, 1))]
    joined = Graph.of(np.ones((1, 2, 2), int), layers).planned(is_valued=False)
    assert "output 1, row 0, column 0 is a copy of input row 0, column 0." in step_alt(joined, 12)
    assert "output 2, row 0, column 0 is a copy of tensor 1's channel 1, row 0, column 0." in step_alt(joined, 16)


def test_steps_of_channels_name_them() -> None:
    layer = Conv(3, 2, in_channels=4, out_channels=4, groups=2, bias=True)
    assert step_alt(plan(layer), 9) == (
        "Step 9, the last is 15: output 3, row 0, column 1 is made of inputs 3 to 4, "
        "rows 0 to 1, columns 1 to 2, plus a bias."
    )


def test_steps_of_chains_name_the_layer_that_they_read() -> None:
    planned = plan(Chain([Conv(5, 3, padding=1), Conv(5, 3)]))
    assert "layer 1's row 0, column 1 is made of input rows 0 to 1, columns 0 to 2 and" in step_alt(planned, 1)
    assert "output row 0, column 0 is made of layer 1's rows 0 to 2, columns 0 to 2." in step_alt(planned, 25)


def test_steps_of_chains_with_channels_lead_back_to_the_input() -> None:
    planned = plan(DepthwiseSeparable(3, 4, 3, 4, padding=1))
    assert step_alt(planned, 9) == (
        "Step 9, the last is 63: output 1, row 2, column 1 is made of layer 1's channels 1 to 3, row 2, "
        "column 1; it depends on cells of inputs 1 to 3, rows 1 to 3, columns 0 to 2."
    )


def test_values_that_move_and_zeros_that_stay_are_told() -> None:
    assert "output row 1, column 3 is a copy of input 4, row 0, column 1." in step_alt(plan(PixelShuffle(3)), 9)
    assert step_alt(plan(MaxUnpool(2, 2)), 0).endswith("output row 0, column 0 is zero, since no value moves there.")


@pytest.mark.parametrize(
    "layer", [Conv(4, 3), ConvTranspose(2, 3, 2), MaxPool(4, 2), AvgPool(4, 3), Conv(4, 2, in_channels=2), *PAIRS]
)
def test_steps_tell_the_value_that_they_make(layer: Layer | Chain) -> None:
    planned = plan(layer, seed=3)
    for number, value in enumerate(output_of(planned).ravel().tolist()):
        found = re.search(r" Its value is (.+)\.$", step_alt(planned, number))
        assert found
        assert float(found[1]) == pytest.approx(value, abs=0.005)
    assert "value" not in step_alt(plan(layer), 0)


def test_the_end_of_a_compared_chain_is_its_verdict() -> None:
    assert alt(roundtrip(Conv(5, 3, 2))).endswith("it has that size again, but not always those values.")
    back, passes = plan(roundtrip(Conv(5, 3, 2)), seed=1), plan(PRESETS["separable_sobel"].layer, seed=1)
    assert "differs from the input by up to" in step_alt(back, len(back))
    assert step_alt(passes, len(passes)).endswith("the output is equal to the result of the one layer.")


@pytest.mark.parametrize("number", [-1, 9])
def test_there_are_no_other_steps(number: int) -> None:
    with pytest.raises(IndexError):
        step_alt(plan(Conv(5, 3)), number)
