"""What errors about pasted layers advise, in the words of their framework, followed literally."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from typing import Any

import pytest

from convanim.base.errors import ConvanimError
from convanim.cli.layer import named_value
from convanim.frameworks import FRAMEWORKS
from convanim.frameworks.reading import read_text
from convanim.frameworks.sequence import layer_of
from convanim.layers import Chain, Layer
from tests.gathering import gathered

_WAY = re.compile(r"\b(\w+)( ?= ?)(\[[^\]]*\]|\((?:[^()]|\([^()]*\))*\)|'\w+'|\d+)")


def _made(text: str, size: Any = 8, channels: int | None = None, **names: Any) -> Layer | Chain:
    return layer_of(read_text(text, names), size, channels).layer


def _said(text: str, size: Any = 8, channels: int | None = None) -> str:
    with pytest.raises(ConvanimError) as caught:
        _made(text, size, channels)
    return str(caught.value)


def _followed(text: str, name: str, equals: str, value: str) -> str:
    """Return a text whose last layer has an argument with another value, or one more argument."""
    said = f"{name}{equals}{value}"
    written = re.sub(rf"\b{name} ?= ?(\[[^\]]*\]|\([^()]*\)|'\w+'|\d+)", lambda match: said, text)
    if written != text:
        return written
    end = text.rindex(">") if ">" in text else text.rindex(")")
    return f"{text[:end]}, {said}{text[end:]}"


@gathered(
    ("text", "ways"),
    [
        ("nn.Conv2d(3, 8, kernel_size=(18, 3))", ["padding=(5, 0)"]),
        ("nn.MaxPool2d(kernel_size=9)", ["padding=1"]),
        ("nn.Unfold(kernel_size=10)", ["padding=1"]),
        ("layers.Conv2D(8, kernel_size=9)", ["padding='same'"]),
        ("layers.MaxPooling2D(pool_size=9)", ["padding='same'"]),
        ("nn.Conv(8, kernel_size=(9, 3), padding='VALID')", ["padding=((0, 1), (0, 0))"]),
        ("nn.max_pool(x, window_shape=(9, 9))", ["padding=((0, 1), (0, 1))"]),
        (
            "lax.reduce_window(x, -jnp.inf, lax.max, window_dimensions=(1, 1, 9, 9))",
            ["padding=((0, 0), (0, 0), (0, 1), (0, 1))"],
        ),
        ("Y = Conv <kernel_shape = [9, 3]> (X, W)", ["pads = [0, 0, 1, 0]"]),
        ("Y = Conv <kernel_shape = [3, 3], strides = [1]> (X, W)", ["strides = [1, 1]"]),
        ("Y = ConvTranspose <kernel_shape = [3, 3], output_shape = [99, 9]> (X, W)", ["output_shape = [10, 9]"]),
        ("nn.Conv2d(in_channels=4, out_channels=6, kernel_size=3, groups=4)", ["out_channels=8", "groups=2"]),
        ("nn.Conv2d(in_channels=8, out_channels=9, kernel_size=3, groups=4)", ["out_channels=12", "groups=1"]),
        ("layers.Conv2D(filters=8, kernel_size=3, groups=3)", ["filters=9", "groups=1"]),
        (
            "nnx.Conv(3, out_features=8, kernel_size=(3, 3), feature_group_count=3)",
            ["out_features=9", "feature_group_count=1"],
        ),
        ("nn.Conv2d(3, 8, 3, padding=(1, 1, 1))", ["padding=1"]),
        ("nn.Conv2d(3, 8, kernel_size=(3,))", ["kernel_size=3", "kernel_size=(3, 3)"]),
        ("nn.Conv2d(1, 1, 3, stride=2, padding='same')", ["padding=1"]),
        ("nn.ConvTranspose3d(1, 1, 3, stride=(1, 2, 2), output_padding=(1, 1, 1))", ["output_padding=(0, 1, 1)"]),
        ("layers.Conv2DTranspose(8, 3, strides=(1, 2), output_padding=(1, 1))", ["output_padding=(0, 1)"]),
        ("layers.Conv2D(8, 3, strides=2, dilation_rate=2)", ["dilation_rate=1", "strides=1"]),
        ("nn.Conv(8, (3, 3), input_dilation=2)", ["padding=((1, 1), (1, 1))"]),
        ("nn.Conv(8, (3, 3), padding='CAUSAL')", ["padding='SAME'"]),
        ("lax.conv(x, w, window_strides=2, padding='SAME')", ["window_strides=(2, 2)"]),
        ("nn.max_pool(x, window_shape=2)", ["window_shape=(2, 2)"]),
    ],
)
def test_advised_arguments_work(text: str, ways: list[str]) -> None:
    kernel = {"kernel_size": 3} if "lax.conv" in text else {}
    with pytest.raises(ConvanimError) as caught:
        layer_of(read_text(text), _cube(text), 3 if "groups=3" in text else None, **kernel)
    said = str(caught.value)
    advice = said.rpartition("; use ")[2] if "; use " in said else said.rpartition("as in ")[2]
    assert [match[0] for match in _WAY.finditer(advice)] == ways
    for match in _WAY.finditer(advice):
        layer_of(read_text(_followed(text, *match.groups())), _cube(text), 3 if "=9" in match[0] else None, **kernel)


def _cube(text: str) -> int:
    return 4 if "3d" in text else 8


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("layers.Conv2D(8, 3)\nlayers.MaxPooling2D(2)\nlayers.Conv2D(8, (5, 3))", (12, 8)),
        ("layers.Conv3D(8, 3)\nlayers.MaxPooling3D(2)\nlayers.Conv3D(8, (5, 3, 7))", (12, 8, 16)),
        ("nn.Conv(8, (3, 3), padding='VALID')\nnn.Conv(8, (9, 3), padding='VALID')", (11, 8)),
        ("layers.Cropping2D(5)\nlayers.Conv2D(8, 3)", (13, 13)),
        ("nn.ZeroPad2d(1)\nnn.Conv2d(1, 1, 12)", (10, 10)),
        ("nn.Conv2d(3, 8, 3)\nnn.PixelUnshuffle(4)", (10, 10)),
    ],
)
def test_a_larger_input_is_the_least_on_each_axis(text: str, size: tuple[int, ...]) -> None:
    said = f"all layers fit an input_size of {'x'.join(map(str, size if len(set(size)) > 1 else size[:1]))}"
    assert _said(text).endswith(said)
    _made(text, size)
    for axis, n in enumerate(size):
        if n > 8:
            _said(text, (*size[:axis], n - 1, *size[axis + 1 :]))


@gathered(
    ("text", "message"),
    [
        ("layers.Conv2D(8, 3, strides=0)", "strides 0: must be between 1"),
        ("layers.MaxPooling2D(9)", "pool_size 9: reaches over 9 rows"),
        ("Y = Conv <kernel_shape = [3, 3], strides = [0, 0]> (X, W)", "strides [0, 0]: must be between 1"),
        ("Y = SpaceToDepth <blocksize = 3> (X)", "a multiple of blocksize (3) on each axis; use an input_size of 9"),
        ("nn.Conv2d(3, 8, 3, filters=8)", "Conv2d has no filters; did you mean out_channels?"),
        ("nn.Conv(8, (3, 3), dilation=2)", "Conv has no dilation; did you mean kernel_dilation?"),
        ("nn.Conv2d(3, 8, 3, activation='relu')", "Conv2d has no activation; it takes in_channels"),
        ("layers.Conv2D(8, 3, padding='causal')", "padding 'causal': unknown; choose valid or same"),
        ("layers.Conv2D(8, 3, data_format='NCHW')", "column 21: data_format 'NCHW': unknown; choose channels_last or"),
        ("nn.Upsample(size=16, scale_factor=2)", "scale_factor 2: is refused beside size"),
        ("layers.UpSampling2D(2, interpolation='area')", "interpolation 'area': unknown; choose nearest"),
        (
            "nn.ReflectionPad2d(9)\nnn.Conv2d(1, 1, 3)",
            "padding 9: of mode reflect is more than 8 cells fill; use at most",
        ),
        ("nn.Unfold(3)\nnn.Conv2d(9, 1, 3)", "Unfold's windows are drawn as a grid, and PyTorch's are a row"),
        ("nn.Conv2d(1, 1, kernel_size=3, kernel_size=5)", "nn.Conv2d is given kernel_size twice"),
        ("Y = MaxPool <kernel_shape = [3, 3], ceil_mode = 3> (X)", "ceil_mode 3: must be 0 or 1"),
        ("Y = Conv <kernel_shape = [3, 3], auto_pad = 'VALID', pads = [1, 1, 1, 1]> (X, W)", "is refused beside pads"),
        ("layers.ZeroPadding2D(((1, 1), (1,)))\nlayers.Conv2D(8, 3)", "or a pair of numbers an axis"),
        (
            "lax.conv(x, jnp.ones((8, 3, 3)), (1, 1), 'SAME')",
            "column 1: rhs (8, 3, 3): must have 4 axes, such as (8, 3",
        ),
        ("lax.reduce_window(x, 0.0, lax.max, (2, 2))", "window_dimensions (2, 2): must have 1 for the batch"),
        (f"nn.Conv2d(3, 8, {'9' * 10_000})", "column 1: holds a number too large to be read"),
        ("layers.Conv2D(8, 3, input_shape=(28, 28))", "as in input_shape=(28, 28, 1)"),
        ("onnx.helper.make_node('Conv2d', ['x'], ['y'])", "Conv2d is no operator of ONNX that is known; Conv is"),
        ("paddle.nn.Conv2D(3, 8, 3)", "paddle.nn.Conv2D is of PaddlePaddle, which is not read"),
        ("from mxnet.gluon.nn import Conv2D\nConv2D(8, 3)", "Conv2D is of MXNet, which is not read"),
        ("F.Conv2d(x, w)", "F.Conv2d is a function of arrays, and only layers are read"),
        ("tf.nn.conv2d(x, w)", "write one such as layers.Conv2D(filters=3, kernel_size=3)"),
        ("nn.Upsmaple(2)", "nn.Upsmaple is no layer of PyTorch that is known; Upsample is"),
        ("Conv2(3, 8, 3)", "did you mean Conv2d"),
        ("Conv(8, (3, 3))", "Conv alone is a layer of JAX and convanim; write jax: before it"),
        ("MaxPool(2)", "MaxPool alone is a layer of ONNX and convanim; write a name such as MaxPool2d"),
    ],
)
def test_errors_are_in_the_words_of_the_text(text: str, message: str) -> None:
    assert message in _said(text)


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        ("nn.MaxPool2d(2, ceil_mode=flag)", "flag", "False"),
        ("nn.Conv2d(3, 8, 3, padding_mode=m)", "m", "zeros"),
        ("nn.Conv2d(3, 8, 3, groups=groups)", "groups", "1"),
        ("layers.Conv2D(8, 3, padding=p)", "p", "valid"),
        ("layers.Conv2D(8, 3, data_format=d)", "d", "channels_last"),
        ("onnx.helper.make_node('Conv', [], [], kernel_shape=[3, 3], pads=pads)", "pads", "[1,1,1,1]"),
    ],
)
def test_the_value_offered_for_a_name_is_one_that_its_argument_takes(text: str, name: str, value: str) -> None:
    assert _said(text).endswith(f"give it with let: {name}={value}")


def test_no_value_is_offered_for_what_has_no_name() -> None:
    assert _said("nn.Conv2d(3, 8, {'a': 3})").endswith("write a value in its place")


@pytest.mark.parametrize(
    ("size", "given"), [((7, 7), "7x7x7"), ((1, 3, 7, 7, 7), "7x7x7"), ((7, 7, 7), ""), ((7, 7, 7, 7), "7x7x7")]
)
def test_the_size_with_the_right_number_of_axes_is_named(size: tuple[int, ...], given: str) -> None:
    if given:
        assert _said("nn.Conv3d(3, 8, 3)", size).endswith(f"give {given}")
    else:
        _made("nn.Conv3d(3, 8, 3)", size)


def test_a_kernel_of_lax_must_take_the_channels_of_its_input() -> None:
    text = "lax.conv(jnp.ones((1, 4, 8, 8)), jnp.ones((8, 3, 3, 3)), (1, 1), 'VALID')"
    assert _said(text, None).endswith(
        "rhs (8, 3, 3, 3): takes 3 channels, and there are 4; its axis of input channels must be 4"
    )
    grouped = _made("lax.conv_general_dilated(x, jnp.ones((8, 3, 3, 3)), (1, 1), 'SAME', feature_group_count=2)")
    assert grouped.grouping.in_channels == 6


@pytest.mark.parametrize("value", ["float('-inf')", "-float('inf')", "-torch.inf", "-inf"])
def test_padding_of_minus_infinity_is_read(value: str) -> None:
    assert _made(f"nn.ConstantPad2d(1, {value})\nnn.MaxPool2d(3)") == _made("nn.MaxPool2d(3, padding=1)")


_GIVEN_OTHERWISE = {"weight_size", "bias", "divisor", "mode", "computation", "antialias", "align_corners", "sizes"}
_GIVEN_OTHERWISE |= {"input", "recompute_scale_factor", "keep_aspect_ratio_policy"}


def _texts(framework: str) -> Iterator[tuple[str, int | None]]:
    """Yield layers with names for all needed arguments and one more, and the kernel size beside them."""
    for name, kind in FRAMEWORKS[framework].kinds.items():
        its = kind.signature
        needed = {one for one in its.names if its.parameters[one].default is inspect.Parameter.empty}
        needed = (needed | ({"scales"} & set(its.names))) - (_GIVEN_OTHERWISE - {"input"})
        for argument in set(its.names) - _GIVEN_OTHERWISE if kind.build and kind.is_drawn else ():
            written = [f"{one}=its_{one}" for one in {*needed, argument}]
            written += ["computation=lax.max"] if "computation" in its.names else []
            said = f"{framework}: {name}({', '.join(written)})"
            yield said, None if "kernel_s" in said else 3


@pytest.mark.parametrize("framework", ["torch", "keras", "jax", "onnx"])
def test_layers_whose_arguments_are_names_are_made_by_following_what_is_offered(framework: str) -> None:
    for text, kernel in _texts(framework):
        names: dict[str, Any] = {}
        while (said := _refusal(text, names, kernel)) is not None:
            offered = re.search(r"let: (\w+)=(.*)$", said)
            assert offered, f"{text}: {said}"
            assert offered[1] not in names
            names |= dict([named_value(f"{offered[1]}={offered[2]}")])


def _refusal(text: str, names: dict[str, Any], kernel: int | None) -> str | None:
    axes = re.search(r"([123])[dD]", text)
    try:
        layer_of(read_text(text, names), (8,) * (int(axes[1]) if axes else 2), kernel_size=kernel)
    except ConvanimError as error:
        return str(error)
    return None
