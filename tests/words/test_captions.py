"""Captions and file names."""

from __future__ import annotations

import re

import pytest
from hypothesis import given

from convanim import (
    AvgPool,
    Chain,
    Conv,
    ConvGeneral,
    ConvTranspose,
    DepthwiseSeparable,
    Layer,
    MaxPool,
    Unfold,
)
from convanim.inputs.known_chains import roundtrip, separable
from convanim.words.captions import caption, captions
from convanim.words.layer_settings import file_stem
from tests.strategies import layers


@pytest.mark.parametrize(
    ("layer", "said"),
    [
        (Conv(5, 3, padding=1), "convolution 5×5 → 5×5 · kernel 3×3 · stride 1 · padding 1"),
        (
            Conv((5, 8), (2, 3), (1, 2), ((0, 0), (1, 2))),
            "convolution 5×8 → 4×5 · kernel 2×3 · stride 1×2 · padding rows 0:0, columns 1:2 (before:after)",
        ),
        (
            Conv(7, 3, 1, 2, 2, padding_mode="reflect"),
            "dilated convolution 7×7 → 7×7 · kernel 3×3 · stride 1 · reflect padding 2 · dilation 2",
        ),
        (
            ConvTranspose(3, 3, 2, 1, 1),
            "transposed convolution 3×3 → 6×6 · kernel 3×3 · stride 2 · padding 1 · output padding 1",
        ),
        (
            ConvGeneral(4, 3, padding=((-1, 2), (0, 0)), input_dilation=2, rotated=True),
            "convolution 4×4 → 6×5 · kernel 3×3 · stride 1 · padding rows −1:2, columns 0:0 (before:after) · "
            "input dilation 2 · kernel rotated by 180°",
        ),
        (
            Conv(5, 3, flip=True),
            "convolution 5×5 → 3×3 · kernel 3×3 · stride 1 · padding 0 · kernel flipped (rotated by 180°)",
        ),
        (Unfold(5, 2, 2, 1), "unfold 5×5 → 5×5, 1 → 4 channels · window 2×2 · stride 1 · padding 1 · dilation 2"),
        (MaxPool((6,), 2, ceil_mode=True), "1-D max pooling 6 → 3 · window 2 · stride 2 · padding 0 · ceil mode"),
        (
            AvgPool(4, 2, 2, 1, count_include_pad=False),
            "average pooling 4×4 → 3×3 · window 2×2 · stride 2 · padding 1 · count include pad off",
        ),
    ],
)
def test_captions_say_what_is_not_usual(layer: Layer, said: str) -> None:
    assert " · ".join(caption(layer)) == said


@pytest.mark.parametrize(
    ("chain", "first"),
    [
        (DepthwiseSeparable(2, 3, 3, 5), "depthwise separable convolution"),
        (separable([[1, 0], [2, 0]], 4), "spatially separable convolution"),
        (roundtrip(Conv(4, 3)), "round trip: convolution, then its transpose"),
        (Chain([Conv((9,), 3), MaxPool((7,), 2)]), "1-D conv 9 → 7, kernel size 3, stride 1, padding 0"),
    ],
)
def test_chains_that_have_a_name_begin_with_it(chain: Chain, first: str) -> None:
    assert caption(chain)[0] == first


def test_costs_say_what_they_are_compared_with() -> None:
    said = "in all 27 + 9 = 36 parameters, no bias; a standard 3×3 convolution: 81 parameters"
    assert caption(DepthwiseSeparable(3, 3, 3, 6))[-1] == said


@given(layers())
def test_file_names_are_safe_everywhere(layer: Layer) -> None:
    assert re.fullmatch(r"[a-z0-9_-]+", file_stem(layer))


def test_file_names_tell_layers_apart() -> None:
    stems = {file_stem(Conv(5, 3, padding=p, dilation=d)) for p in (1, 2, (1, 2), ((1, 2), 1)) for d in (1, 2)}
    assert len(stems) == 8
    assert file_stem(ConvGeneral(5, 3, padding=((-1, 0), (2, 1)))) == (
        "conv-general-5x5-kernel-3-stride-1-padding--1_0x2_1"
    )


def test_layers_that_are_alike_are_told_once_with_their_numbers() -> None:
    told = caption(Chain([Conv(4, 3, padding=1), Conv(4, 3, padding=1), Conv(4, 3)]))
    assert told == (
        "layers 1–2: conv 4×4 → 4×4, kernel 3×3, stride 1, padding 1",
        "layer 3 (output): conv 4×4 → 2×2, kernel 3×3, stride 1, padding 0",
    )


def test_layers_that_no_others_are_called_like_and_named_ones_need_no_numbers() -> None:
    assert caption(Chain([Conv(6, 3), MaxPool(4, 2)]))[0].startswith("conv 6×6")
    assert caption(Chain([Conv(6, 3), Conv(4, 3)], names=["stem", "head"]))[0].startswith("stem: conv 6×6")
    (_, told, *_) = captions(["one", "two"], [MaxPool(6, 2), Chain([Conv(6, 1), Conv(6, 1)])])
    assert told.startswith("two: 2 × conv 6×6")
