"""The short form of layers."""

from __future__ import annotations

from typing import Any

import pytest

from convanim import AvgPool, Conv, ConvanimError, ConvGeneral, ConvTranspose, Layer, MaxPool, Unfold
from convanim.inputs.shorthand import Spec, chain_of, parse_layer
from tests.gathering import gathered


@gathered(
    ("text", "layer"),
    [
        ("conv k3", Conv(9, 3)),
        ("conv k3 s2 p1 d2", Conv(9, 3, 2, 1, 2)),
        ("conv d2 p1 s2 k3", Conv(9, 3, 2, 1, 2)),
        ("  conv   k3\tp1 ", Conv(9, 3, padding=1)),
        ("CONV K3 P1", Conv(9, 3, padding=1)),
        ("conv k3x2 s1x2 p0:1x1", Conv(9, (3, 2), (1, 2), ((0, 1), (1, 1)))),
        ("conv k3 p0:1", Conv(9, 3, padding=((0, 1), (0, 1)))),
        ("conv kernel_size=3 stride=2 padding=1 dilation=2", Conv(9, 3, 2, 1, 2)),
        ("conv kernel-size=3", Conv(9, 3)),
        ("conv k=3 s=2", Conv(9, 3, 2)),
        ("conv k3 padding=same", Conv(9, 3, padding="same")),
        ("conv k3 p=SAME", Conv(9, 3, padding="same")),
        ("conv k3 padding=full", Conv(9, 3, padding="full")),
        ("conv k3 p2 padding_mode=reflect", Conv(9, 3, padding=2, padding_mode="reflect")),
        ("conv k3 p2 padding-mode=circular", Conv(9, 3, padding=2, padding_mode="circular")),
        ("conv-transpose k3 s2 p1 a1", ConvTranspose(9, 3, 2, 1, 1)),
        ("conv-transpose k3 s2 output_padding=1x0 d1", ConvTranspose(9, 3, 2, 0, (1, 0))),
        ("conv-general k3 s2 p=-1:2 d2 z2", ConvGeneral(9, 3, 2, ((-1, 2), (-1, 2)), 2, 2)),
        ("conv-general k3 input_dilation=2x1 rotated", ConvGeneral(9, 3, input_dilation=(2, 1), rotated=True)),
        ("unfold 3 k2 s2 p1", Unfold(9, 2, padding=1, stride=2, channels=3)),
        ("max-pool k2", MaxPool(9, 2)),
        ("max-pool k2 ceil_mode", MaxPool(9, 2, ceil_mode=True)),
        ("max-pool k2 ceil-mode", MaxPool(9, 2, ceil_mode=True)),
        ("max-pool k2 ceil_mode=yes d2", MaxPool(9, 2, dilation=2, ceil_mode=True)),
        ("max-pool k2 ceil_mode=no", MaxPool(9, 2)),
        ("avg-pool k2 p1 count_include_pad=False", AvgPool(9, 2, padding=1, count_include_pad=False)),
    ],
)
def test_a_short_form_is_a_layer(text: str, layer: Layer) -> None:
    assert parse_layer(text).layer((9, 9)) == layer


def test_only_what_is_written_is_set() -> None:
    assert parse_layer("conv k3 s2x1") == Spec("conv", {"kernel_size": 3, "stride": (2, 1)})
    assert parse_layer("avg-pool k2").operation == "avg_pool"


@pytest.mark.parametrize(
    ("text", "parameters", "kernel"),
    [
        ("conv k3", {"kernel_size": 3}, None),
        ("conv kernel=sobel-x", {}, "sobel-x"),
        ("conv kernel=1,0;0,1 p1", {"padding": 1}, "1,0;0,1"),
        ("conv k5 kernel=box", {"kernel_size": 5}, "box"),
        ("conv kernel=Box k5", {"kernel_size": 5}, "Box"),
        ("conv kernel=a=b", {}, "a=b"),
    ],
)
def test_weights_are_kept_as_they_are_written(text: str, parameters: dict[str, Any], kernel: str | None) -> None:
    assert parse_layer(text) == Spec("conv", parameters, kernel)


@gathered(
    ("text", "message"),
    [
        ("", "^layer '': is empty; write an operation"),
        (" \t", "is empty"),
        (
            "warp k3",
            "^operation 'warp': unknown; choose conv, depthwise, pointwise, conv-transpose, conv-general, ",
        ),
        ("k3 conv", "operation 'k3': unknown"),
        ("conv", "^layer 'conv': has no kernel size; write one such as k3"),
        ("conv s2 p1", "has no kernel size"),
        ("conv k3 k3", "cannot take 'k3'; write k3 or kernel_size=3, .*padding_mode, .*bias, flip, each once"),
        ("conv k3 kernel_size=5", "cannot take 'kernel_size=5'"),
        ("conv k3 p1 padding=1", "cannot take 'padding=1'"),
        ("conv kernel=box kernel=box", "cannot take 'kernel=box'"),
        ("conv k3 z3", "cannot take 'z3'"),
        ("conv k3 width=3", "cannot take 'width=3'"),
        ("conv k3 input_size=5", "cannot take 'input_size=5'"),
        ("conv k3 a1", "cannot take 'a1'"),
        ("avg-pool k2 d2", "cannot take 'd2'"),
        ("conv-transpose k2 padding_mode=reflect", "cannot take 'padding_mode=reflect'"),
        ("conv k3 ceil_mode", "cannot take 'ceil_mode'"),
        ("conv k", "cannot take 'k'"),
        ("conv k=", "cannot take 'k='"),
        ("conv k3 =3", "cannot take '=3'"),
        ("conv k3 p-1", "cannot take 'p-1'"),
        ("conv k3, p1", ": kernel_size '3,': not understood"),
        ("conv k٣", "cannot take 'k٣'"),
        ("conv k3 {} `padding`", "cannot take '{}'"),
        ("conv k3 `padding`", "cannot take '`padding`'"),
        ("conv k1.5", ": kernel_size '1.5': not understood; write a whole number such as 3"),
        ("conv k3 s0:1", ": stride '0:1': not understood"),
        ("conv k3 padding=half", ": padding 'half': not understood; write .* valid or same or full or causal"),
        ("conv-transpose k3 padding=same", ": padding 'same': not understood"),
        ("conv k3 stride", ": stride 'true': not understood"),
        ("max-pool k2 ceil_mode=maybe", ": ceil_mode 'maybe': unknown; choose true, yes, false or no"),
        ("conv k1234567890", ": kernel_size '1234567890': too large"),
    ],
)
def test_what_is_not_understood_is_refused(text: str, message: str) -> None:
    with pytest.raises(ConvanimError, match=message):
        parse_layer(text)


def test_what_can_be_written_is_told_by_operation() -> None:
    with pytest.raises(ConvanimError) as caught:
        parse_layer("avg-pool k2 x1")
    assert str(caught.value).endswith(
        "write k3 or kernel_size=3, s3 or stride=3, p3 or padding=3, ceil_mode, count_include_pad, channels, each once"
    )


def test_a_layer_that_cannot_be_is_refused_when_it_is_made() -> None:
    spec = parse_layer("conv k5 padding_mode=mirror")
    with pytest.raises(ConvanimError, match="padding_mode 'mirror': unknown"):
        spec.layer((9, 9))


def test_a_chain_takes_each_input_from_the_layer_before() -> None:
    chain = chain_of((9, 9), map(parse_layer, ["conv k3 p1", "max-pool k3", "conv-transpose k3 s2"]))
    assert chain.layers == (Conv(9, 3, padding=1), MaxPool(9, 3), ConvTranspose(3, 3, 2))
    assert chain.kernels == (None, None, None)


def test_a_chain_keeps_its_kernels() -> None:
    chain = chain_of((4,), [parse_layer("conv k1"), parse_layer("conv k2")], [None, [1, -1]])
    assert chain.kernels == (None, (1, -1))


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        (["conv k3", "conv k5"], "^layer 2: kernel_size 5: reaches over 5 rows, but the padded input has 3"),
        (["conv k9"], "^layer 1: kernel_size 9: reaches over 9 rows"),
        (["conv k1", "conv k1", "max-pool k2 p2"], "^layer 3: padding 2: a pooling window of 2 takes at most 1"),
        (["conv k2x2x2"], "^layer 1: kernel_size 2x2x2: has 3 parts, but input_size has 2 axes"),
        ([], "^layers: must be layers"),
    ],
)
def test_an_error_says_which_layer_it_is(texts: list[str], message: str) -> None:
    with pytest.raises(ConvanimError, match=message):
        chain_of((5, 5), map(parse_layer, texts))


def test_an_error_of_a_layer_of_a_chain_is_told_the_same_in_any_spelling() -> None:
    with pytest.raises(ConvanimError) as caught:
        chain_of((5, 5), [parse_layer("conv k6")])
    spelled = caught.value.spelled(lambda name, value: f"--{name}")
    assert spelled.startswith("--layer 1: ")


def test_there_is_one_kernel_a_layer() -> None:
    with pytest.raises(ConvanimError, match=r"^kernels: are 2 for 1 layers"):
        chain_of((5, 5), [parse_layer("conv k3")], [None, None])
