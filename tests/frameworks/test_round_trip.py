"""What is written in the code of a framework is read as the same layer."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from convanim import (
    Add,
    Chain,
    Conv,
    ConvTranspose,
    DeformConv,
    DepthwiseConv,
    DepthwiseSeparable,
    Fold,
    Layer,
    MaxPool,
    MaxUnpool,
    PixelShuffle,
    PixelUnshuffle,
    PointwiseConv,
    Unfold,
    Upsample,
)
from convanim.frameworks import FRAMEWORKS
from convanim.frameworks.reading import read_text
from convanim.frameworks.sequence import layer_of
from convanim.frameworks.spelling import NoCode
from convanim.frameworks.writing import written
from convanim.layers import rebuilt
from convanim.layers.weighted import Weighted
from tests.gathering import gathered
from tests.strategies import layers

SMOOTHED: dict[str, Any] = {"antialias": True, "exclude_outside": True}


@st.composite
def with_channels(draw: st.DrawFn) -> Layer:
    """Return a layer, some of them with channels, groups and a bias."""
    layer = draw(layers())
    groups = draw(st.sampled_from([1, 1, 2]))
    if isinstance(layer, Weighted):
        counts = {"in_channels": groups * draw(st.integers(1, 3)), "out_channels": groups * draw(st.integers(1, 3))}
        layer = rebuilt(layer, **counts, groups=groups, bias=draw(st.booleans()))
    return layer


def plain(layer: Layer | Chain) -> Any:
    """Return what makes two layers the same, however their padding is split between options."""
    if isinstance(layer, Chain):
        return [plain(one) for one in layer.layers]
    axes = [replace(axis, surplus=0, ceil_mode=False, high=0, padding_mode="zeros") for axis in layer.axes]
    ends = [
        [axis.source(position) for output in range(axis.output) for position in axis.window(output)]
        for axis in layer.axes
    ]
    return (layer.rule, axes, ends, layer.output_size, layer.counted, layer.weight_size, layer.bias_size)


def read_again(code: str, layer: Layer | Chain) -> Layer | Chain:
    return layer_of(read_text(code), layer.input_size, layer.grouping.in_channels).layer


@pytest.mark.parametrize("framework", FRAMEWORKS)
@settings(max_examples=30)
@given(layer=with_channels())
def test_what_is_written_is_read_as_the_same_layer(framework: str, layer: Layer) -> None:
    code = written(layer, framework)
    if isinstance(code, NoCode):
        assert code.why
        return
    found = read_again(code, layer)
    if framework in ("torch", "convanim"):
        assert found == layer or not isinstance(layer, Conv | MaxPool)
    assert plain(found) == plain(layer), code


OTHERS = [
    PixelShuffle(3, 2, channels=2),
    PixelUnshuffle(4, 2, channels=3),
    Upsample((3, 4), (2, 3), channels=2),
    Upsample((5,), 2),
    Unfold(5, 3, padding=1, stride=2, channels=2),
    MaxUnpool(2, 2, channels=2),
    DepthwiseConv(5, 3, in_channels=4, depth_multiplier=2, padding=1),
    PointwiseConv(5, in_channels=4, out_channels=3, bias=True),
]


@gathered("framework", FRAMEWORKS)
@gathered("layer", OTHERS, ids=lambda layer: layer.operation)
def test_layers_that_move_values_are_read_as_they_are_written(framework: str, layer: Layer) -> None:
    code = written(layer, framework)
    if not isinstance(code, NoCode):
        assert plain(read_again(code, layer)) == plain(layer), code


CHAINS = [
    Chain([Conv(9, 3, 2, "same-upper"), MaxPool(5, 2), Conv(2, 2)]),
    Chain([Conv(8, 3, padding=1, out_channels=4, bias=True), PixelShuffle(8, 2)]),
    Chain([ConvTranspose(4, 3, 2, ((0, 1), (0, 1))), Conv(8, 3, padding=((0, 1), (1, 1)))]),
    Chain([Upsample(4, 2), Conv(8, 3, padding=1, padding_mode="zeros")]),
    DepthwiseSeparable(4, 6, 3, 7, padding=1),
]


@gathered("framework", FRAMEWORKS)
@gathered("chain", CHAINS, ids=range(len(CHAINS)))
def test_chains_are_read_as_they_are_written(framework: str, chain: Chain) -> None:
    code = written(chain, framework)
    if not isinstance(code, NoCode):
        assert plain(read_again(code, chain)) == plain(chain), code


def test_every_framework_writes_a_plain_convolution() -> None:
    assert {framework: written(Conv(5, 3, padding=1), framework) for framework in FRAMEWORKS} == {
        "torch": "nn.Conv2d(1, 1, kernel_size=3, padding=1, bias=False)",
        "keras": "layers.Conv2D(1, 3, padding='same', use_bias=False)",
        "onnx": "layer (float[1, 1, 5, 5] X, float[1, 1, 3, 3] W) => (float[1, 1, 5, 5] Y) {\n"
        "  Y = Conv <kernel_shape = [3, 3], pads = [1, 1, 1, 1]> (X, W)\n}",
        "jax": "lax.conv_general_dilated(jnp.ones((1, 1, 5, 5)), jnp.ones((1, 1, 3, 3)), window_strides=(1, 1), "
        "padding=[(1, 1), (1, 1)])",
        "scipy": "signal.correlate2d(np.ones((5, 5)), np.ones((3, 3)), mode='same')",
        "convanim": "convanim.Conv(input_size=(5, 5), kernel_size=(3, 3), padding=(1, 1))",
    }


@pytest.mark.parametrize(
    ("refused", "said"),
    [
        (Chain([Unfold(6, 2), Conv(5, 3, in_channels=4)]), "nn.Unfold makes one row of columns"),
        (Chain([DeformConv(6, 3), Conv(4, 3)]), "layer 1: it is called with offsets beside its input"),
        (
            Chain([DeformConv(6, 3, padding=1), Add(6, [1, 1])], sources=[0, (0, 1)]),
            "layer 1: it is called with offsets",
        ),
        (Chain([Conv(6, 3), Upsample(4, 0.5, mode="bilinear", **SMOOTHED)]), "layer 2: nn.functional.interpolate is"),
        (Upsample(6, 2, mode="nearest", align_corners=True), "PyTorch has no such nearest interpolation"),
        (Upsample(6, 0.5, mode="bilinear", antialias=True), "PyTorch smooths with what lies within"),
    ],
)
def test_what_no_module_of_pytorch_does_is_not_written(refused: Layer | Chain, said: str) -> None:
    code = written(refused, "torch")
    assert isinstance(code, NoCode)
    assert code.why.startswith(said)


def test_what_can_stand_alone_or_in_its_pair_is_written() -> None:
    assert written(Chain([Unfold(6, 2), Fold(5, 2)]), "torch") == (
        "nn.Sequential(nn.Unfold(kernel_size=2), nn.Fold(output_size=(6, 6), kernel_size=2))"
    )
    assert "(x, offsets)" in str(written(DeformConv(6, 3), "torch"))
    assert str(written(Upsample(6, 0.5, mode="bilinear", **SMOOTHED), "torch")).startswith(
        "nn.functional.interpolate(x"
    )


@pytest.mark.parametrize("factor", [2, 0.4])
@pytest.mark.parametrize(
    "its",
    [
        {"mode": "area"},
        {"mode": "nearest-exact"},
        {"mode": "bicubic", "align_corners": True},
        {"mode": "bilinear", **SMOOTHED},
        {"mode": "bicubic", "cubic_coeff_a": -0.5, **SMOOTHED},
        {"mode": "lanczos3", **SMOOTHED},
    ],
)
def test_interpolation_is_read_from_pytorch_as_it_is_written(its: dict[str, Any], factor: float) -> None:
    layer = Upsample(6, factor, **its)
    code = written(layer, "torch")
    assert isinstance(code, str)
    again = layer_of(read_text(code), layer.input_size).layer
    assert isinstance(again, Upsample)
    assert [(axis.windows, axis.shares) for axis in again.axes] == [(axis.windows, axis.shares) for axis in layer.axes]
