"""Code that people have in front of them, and the layers that it describes."""

from __future__ import annotations

from typing import Any

import pytest

from convanim import (
    AvgPool,
    Chain,
    Conv,
    ConvanimError,
    ConvGeneral,
    ConvTranspose,
    DeformConv,
    DepthwiseConv,
    DepthwiseSeparable,
    Layer,
    LpPool,
    MaxPool,
    PixelShuffle,
    Unfold,
    Upsample,
)
from convanim.frameworks.reading import is_code, read_text
from convanim.frameworks.sequence import layer_of, remarks
from tests.gathering import gathered


def found(text: str, size: Any = 8, channels: int | None = None, **names: Any) -> Layer | Chain:
    return layer_of(read_text(text, names), size, channels).layer


@pytest.mark.parametrize(
    ("text", "size", "layer"),
    [
        (
            "nn.Conv2d(16, 33, 3, stride=(2, 1), padding=(4, 2), dilation=(3, 1))",
            (50, 100),
            Conv((50, 100), 3, (2, 1), (4, 2), (3, 1), "zeros", 16, 33, bias=True),
        ),
        ("nn.Conv2d(1, 2, 3, 2, 1, 1, 1, False, 'reflect')", 8, Conv(8, 3, 2, 1, 1, "reflect", 1, 2)),
        ("Conv1d(1, 1, kernel_size=(3,), stride=(1,), padding=same)", 8, Conv((8,), 3, padding="same", bias=True)),
        ("torch.nn.Conv3d(1, 1, 2, bias=False)", 4, Conv((4, 4, 4), 2)),
        ("nn.ConvTranspose2d(1, 1, 3, 2, 1, 1, bias=False)", 4, ConvTranspose(4, 3, 2, 1, 1)),
        ("self.pool = nn.MaxPool2d(3, 2, 1, ceil_mode=True)", 8, MaxPool(8, 3, 2, 1, ceil_mode=True)),
        ("nn.AvgPool1d(4, count_include_pad=False)", 8, AvgPool((8,), 4, count_include_pad=False)),
        ("nn.AdaptiveAvgPool2d((1, 2))", (6, 8), AvgPool((6, 8), (6, 4))),
        ("nn.LPPool2d(3.0, (2, 3), stride=1, ceil_mode=True)", 8, LpPool(8, (2, 3), 1, ceil_mode=True, norm_type=3)),
        ("nn.Unfold(kernel_size=(2, 3), padding=1)", 8, Unfold(8, (2, 3), padding=1)),
        ("nn.PixelShuffle(3)", 4, PixelShuffle(4, 3)),
        ("nn.Upsample(scale_factor=2.0, mode='nearest')", 4, Upsample(4, 2)),
        ("nn.Upsample(size=(8, 12))", 4, Upsample(4, size=(8, 12))),
    ],
)
def test_layers_of_pytorch(text: str, size: Any, layer: Layer) -> None:
    assert found(text, size) == layer


@pytest.mark.parametrize(
    ("text", "size", "layer"),
    [
        ("tf.keras.layers.Conv2D(4, (3, 3), activation='relu')", 8, Conv(8, 3, out_channels=4, bias=True)),
        ("Conv2D(1, 3, strides=2, padding='SAME', use_bias=False)", 6, Conv(6, 3, 2, ((0, 1), (0, 1)))),
        ("layers.Conv1D(1, 3, 1, 'causal', dilation_rate=2, use_bias=False)", 8, Conv((8,), 3, 1, "causal", 2)),
        ("layers.DepthwiseConv2D(3, depth_multiplier=2)", 8, DepthwiseConv(8, 3, depth_multiplier=2, bias=True)),
        ("layers.MaxPooling2D()", 8, MaxPool(8, 2)),
        ("layers.MaxPool2D((2, 2), strides=(1, 1), padding='same')", 3, MaxPool(3, 2, 1, ((0, 1), (0, 1)))),
        ("layers.AveragePooling2D(2, data_format='channels_first')", 8, AvgPool(8, 2, count_include_pad=False)),
        ("layers.GlobalAveragePooling2D()", 5, AvgPool(5, 5)),
        ("layers.UpSampling2D((2, 3))", 4, Upsample(4, (2, 3))),
    ],
)
def test_layers_of_keras(text: str, size: Any, layer: Layer) -> None:
    assert found(text, size) == layer


@pytest.mark.parametrize(
    ("text", "size", "layer"),
    [
        (
            "jax.lax.conv_general_dilated(x, jnp.zeros((6, 2, 3, 3)), (2, 2), 'SAME', feature_group_count=2)",
            8,
            Conv(8, 3, 2, "same-upper", 1, "zeros", 4, 6, 2),
        ),
        (
            "lax.conv_general_dilated(x, jax.random.normal(key, (3, 3, 1, 1)), (1, 1), [(-1, 0), (0, 0)], "
            "dimension_numbers=('NHWC', 'HWIO', 'NHWC'))",
            8,
            ConvGeneral(8, 3, 1, ((-1, 0), (0, 0))),
        ),
        (
            "lax.conv_general_dilated(x, w[0], (1, 2), 'VALID', dimension_numbers=layout, precision=None)",
            8,
            Conv(8, 3, (1, 2)),
        ),
        ("nn.Conv(features=4, kernel_size=(3, 3))", 8, Conv(8, 3, padding="same", out_channels=4, bias=True)),
        (
            "lax.conv_transpose(x, jnp.ones((3, 3, 1, 1)), (2, 2), 'SAME')",
            4,
            ConvGeneral(4, 3, padding=((2, 1), (2, 1)), input_dilation=2),
        ),
        (
            "lax.conv_transpose(x, jnp.ones((3, 3, 1, 1)), (2, 2), [(1, 2), (1, 2)], transpose_kernel=True)",
            4,
            ConvTranspose(4, 3, 2, ((1, 0), (1, 0))),
        ),
    ],
)
def test_convolutions_of_jax(text: str, size: Any, layer: Layer) -> None:
    assert layer_of(read_text(text), size, layer.grouping.in_channels, 3).layer == layer


@pytest.mark.parametrize(
    ("text", "layer"),
    [
        ('helper.make_node("Conv", ["X", "W", "B"], ["Y"], kernel_shape=[3, 3])', Conv(8, 3, bias=True)),
        ("Y = Conv <kernel_shape = [3, 3], pads = [0, 0, 1, 1]> (X, W)", Conv(8, 3, padding=((0, 1), (0, 1)))),
        ('%3 = Conv[auto_pad = "SAME_LOWER", kernel_shape = [2, 2]](%x, %w)', Conv(8, 2, padding="same-lower")),
        ("onnx: MaxPool(kernel_shape=[3, 3], strides=[2, 2], ceil_mode=1)", MaxPool(8, 3, 2, ceil_mode=True)),
        ("onnx: LpPool(kernel_shape=[2, 2], p=4, pads=[1, 0, 0, 1])", LpPool(8, 2, 1, ((1, 0), (0, 1)), norm_type=4)),
        ("onnx: AveragePool(kernel_shape=[2, 2])", AvgPool(8, 2, 1, count_include_pad=False)),
    ],
)
def test_operators_of_onnx(text: str, layer: Layer) -> None:
    assert found(text) == layer


def test_a_graph_says_its_own_sizes_and_channels() -> None:
    graph = (
        "net (float[1, 3, 9, 9] X, float[4, 3, 3, 3] W) => (float[1, 4, 8, 8] Y) <float[4] s = {1, 1, 2, 2}> {\n"
        "  H = Conv <kernel_shape = [3, 3], strides = [2, 2]> (X, W)\n  R = Relu (H)\n"
        '  Y = Resize <mode = "nearest"> (R, , s)\n}'
    )
    assert found(graph, None) == Chain([Conv(9, 3, 2, in_channels=3, out_channels=4), Upsample(4, 2, channels=4)])


SEQUENCES = {
    "PyTorch": "nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.ReLU(inplace=True), nn.MaxPool2d(2))",
    "as it is printed": "Sequential(\n  (0): Conv2d(3, 8, kernel_size=(3, 3), stride=(1, 1))\n  (1): ReLU()\n"
    "  (2): MaxPool2d(kernel_size=2, stride=2, padding=0, dilation=1, ceil_mode=False)\n)",
    "printed lines": "(conv): Conv2d(3, 8, kernel_size=(3, 3), stride=(1, 1))\n(pool): MaxPool2d(kernel_size=2)",
    "named": "nn.Sequential(OrderedDict([('conv', nn.Conv2d(3, 8, 3)), ('pool', nn.MaxPool2d(2))]))",
    "lines": "self.conv = nn.Conv2d(3, 8, 3)  # 30\nself.pool = nn.MaxPool2d(2)\n",
    "a console": ">>> m = nn.Sequential(\n...     nn.Conv2d(3, 8, 3),\n...     nn.MaxPool2d(2))\n",
    "a comment": "# self.conv = nn.Conv2d(3, 8, 3)\n# self.pool = nn.MaxPool2d(2)",
    "Keras": "keras.Sequential([keras.Input((14, 14, 3)), layers.Conv2D(8, 3), layers.MaxPooling2D()])",
    "model.add": "model.add(Conv2D(8, (3, 3), input_shape=(14, 14, 3)))\nmodel.add(MaxPooling2D((2, 2)))",
    "with lines that make no layer": "import torch\nm = nn.Sequential(nn.Conv2d(3, 8, 3), nn.MaxPool2d(2))\n"
    "image = torch.randn(20, 3, 14, 14)\noutput = m(image)\nprint(output.shape)",
    "a model of Keras": "model = Sequential([Conv2D(8, 3), MaxPooling2D()])\nmodel.compile(loss='mse')\n"
    "model.summary()",
    "functional": "x = layers.Conv2D(8, 3)(inputs)\nx = layers.MaxPooling2D()(x)",
    "applied to an array": "nn.MaxPool2d(2)(nn.Conv2d(3, 8, 3)(torch.randn(1, 3, 14, 14)))",
    "nested calls": "layers.MaxPooling2D()(layers.Conv2D(8, 3)(inputs))",
}


@pytest.mark.parametrize("text", SEQUENCES.values(), ids=SEQUENCES)
def test_layers_in_sequence_are_a_chain(text: str) -> None:
    conv = Conv(14, 3, in_channels=3, out_channels=8, bias=True)
    assert found(text, 14, 3) == Chain([conv, MaxPool(12, 2, channels=8)])


def test_a_separable_convolution_of_keras_has_one_bias() -> None:
    layer = found("layers.SeparableConv2D(5, 3, depth_multiplier=2)", 8, 3)
    assert isinstance(layer, DepthwiseSeparable)
    assert layer.parameters == 3 * 2 * 9 + 6 * 5 + 5


@pytest.mark.parametrize(
    ("text", "layer"),
    [
        ("nn.Sequential(nn.ZeroPad2d((0, 1, 0, 1)), nn.MaxPool2d(2))", MaxPool(4, 2, padding=((0, 1), (0, 1)))),
        ("nn.Sequential(nn.ReflectionPad2d(1), nn.Conv2d(1, 1, 3, bias=False))", Conv(4, 3, 1, 1, 1, "reflect")),
        ("nn.Sequential(nn.ZeroPad2d(1), nn.Conv2d(1, 1, 3, padding=1, bias=False))", Conv(4, 3, padding=2)),
        ("nn.ConvTranspose2d(1, 1, 3, 2, bias=False)(x)[..., 1:, :-1]", ConvTranspose(4, 3, 2, ((1, 0), (0, 1)))),
        (
            "[layers.ZeroPadding2D(((1, 0), (1, 0))), layers.Conv2D(1, 3, use_bias=False)]",
            Conv(4, 3, padding=((1, 0), (1, 0))),
        ),
        (
            "[layers.Conv2DTranspose(1, 3, 2, use_bias=False), layers.Cropping2D(1)]",
            ConvTranspose(4, 3, 2, 1),
        ),
    ],
)
def test_padding_and_cropping_by_themselves_are_taken_in(text: str, layer: Layer) -> None:
    assert found(text, 4) == layer


def test_zeros_before_a_layer_without_modes_of_padding_are_its_padding_and_copies_are_refused() -> None:
    made = found("nn.Sequential(nn.ZeroPad2d(1), DeformConv2d(1, 1, 2, bias=False))", 4)
    assert isinstance(made, DeformConv)
    assert made.padding == ((1, 1), (1, 1))
    with pytest.raises(ConvanimError, match="of reflect by itself is not drawn before deformable convolution"):
        found("nn.Sequential(nn.ReflectionPad2d(1), DeformConv2d(1, 1, 2, bias=False))", 4)


def test_what_is_left_out_and_what_is_assumed_is_said() -> None:
    pasted = read_text("m = nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(), nn.MaxPool2d(2))\ny = m(torch.zeros(8))")
    assert pasted.kept == ("ReLU",)
    assert pasted.notes == ("m is left out, as no layer",)
    first, second = read_text("Conv2D(8, 3)"), read_text("nn.Conv2d(1, 8, 3)")
    assert remarks(first, layer_of(first, 5), None) == ("input channels are not in the text, and 1 is taken",)
    assert remarks(first, layer_of(first, 5, 3), 3) == remarks(second, layer_of(second, 5), None) == ()


def test_one_number_is_a_kernel_of_one_axis_in_flax() -> None:
    assert found("nn.Conv(features=1, kernel_size=3, use_bias=False)", 8) == Conv((8,), 3, padding="same")
    assert found("nnx.Conv(1, 1, kernel_size=(3, 3), rngs=rngs, use_bias=False)", 8) == Conv(8, 3, padding="same")


def test_names_are_what_they_are_said_to_be() -> None:
    text = "nn.Conv2d(planes, planes * 2, 3, bias=use_bias)"
    layer = found(text, 8, planes=4, **{"planes * 2": 8, "use_bias": False})
    assert layer == Conv(8, 3, in_channels=4, out_channels=8)


def test_what_a_reader_should_know_is_noted() -> None:
    text = "Net(\n  (conv): Conv2d(1, 2, kernel_size=(3, 3))\n  (fc): Linear(in_features=8, out_features=2)\n)"
    said = layer_of(read_text(text), 8)
    assert said.notes == (
        "the layers of Net are read in the order in which they stand",
        "Linear reads all cells at once, so that the chain ends before it",
    )


@gathered(
    ("text", "message"),
    [
        ("", "^layer '': is empty"),
        ("nn.Conv2d(3, 8)", "^layer at column 1: Conv2d lacks kernel_size; it takes in_channels, out_channels"),
        ("nn.Conv2d(3, 8, 3, strid=2)", "^layer at column 20: Conv2d has no strid; did you mean stride\\?"),
        ("nn.Conv2d(3, 8, kernel=3)", "Conv2d has no kernel; did you mean kernel_size\\?"),
        ("nn.Conv2d(3, n, 3)", "^layer at column 14: out_channels of Conv2d is n, and nothing is evaluated; .*: n=3$"),
        ("\n\nnn.Conv2d(3,\n  4 * 2, 3)", "^layer at line 4, column 3: out_channels of Conv2d is 4 \\* 2"),
        ("nn.Conv2d(3, f(2), 3)", "column 14: out_channels of Conv2d is a call, and nothing is evaluated"),
        ("nn.Conv2d(*sizes)", "Conv2d is given arguments by a star"),
        ("nn.Conv2d(1, 1, 3, **more)", "Conv2d is given arguments by a star"),
        ("nn.Conv2d(1, 1, 3, in_channels=1)", "Conv2d is given in_channels twice"),
        ("nn.Conv2d(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12)", "is given 12 arguments without a name, and takes 11"),
        ("nn.Conv2D(3, 8, 3)", "^layer at column 1: nn.Conv2D is no layer of PyTorch that is known; Conv2d"),
        ("nn.Convd(3, 8, 3)", "nn.Convd is no layer of PyTorch that is known; Conv"),
        ("foo.bar(3)", "^layer at column 1: foo.bar is no layer that is known; write one such as nn.Conv2d"),
        ("nn.ReLU()", "ReLU is no layer that moves a window"),
        ("nn.Conv2d(3, 8, 3", "^layer at column 18: the text ends before its brackets are closed"),
        ("nn.Conv2d(3, 8, 3))", "^layer at column 19: closes a bracket that is not open"),
        ("for i in range(3): pass", "'for i in range\\(3\\): pass' is a statement, and only layers are read"),
        ("nn.Conv2d(1 2, 3)", "^layer at column 11: is no Python: invalid syntax"),
        ("nn.Upsample(scale_factor=2, align_corners=True)", "align_corners True: is refused with mode='nearest'"),
        ("nn.Upsample(scale_factor=0)", "scale_factor 0: must be over 0"),
        (
            "nn.Conv1d(1, 1, 3)\nnn.Conv2d(1, 1, 3)",
            "^layer 2 \\(Conv2d\\) at line 2, column 1: takes 2 axes, and Conv1d before it has 1 axis",
        ),
        (
            "nn.Conv2d(1, 4, 3)\nnn.Conv2d(8, 1, 3)",
            "layer 2 \\(Conv2d\\) at line 2, column 1: in_channels 8: Conv2d before it makes 4",
        ),
        ("nn.Conv2d(1, 1, 3)\nnn.Conv2d(1, 1, 9)", "layer 2 .* all layers fit an input_size of 11$"),
        ("keras: Conv2d(1, 1, 3)", "Conv2d is no layer of Keras that is known; Conv2D"),
        (
            "theano: Conv2d(1, 1, 3)",
            "^layer 'theano:': is no framework; choose torch, keras, onnx, jax, scipy, convanim",
        ),
        ("layers.Conv2D(1, 3, strides=2, dilation_rate=2)", "dilation_rate 2: over 1 with strides over 1 is refused"),
        ("layers.Conv2DTranspose(1, 3, 2, output_padding=2)", "output_padding 2: must be less than strides \\(2\\)"),
        ("lax.conv_general_dilated(x, w, (1, 1), 'SAME')", "kernel_size: is not in the text, which names an array"),
        ("lax.conv(x, jnp.ones((1, 1, 3, 3)), (1, 1), 'HALF')", "padding 'HALF': unknown; choose VALID"),
        ("Conv2D(8, 3, paddding='same')", "^layer at column 14: Conv2D has no paddding; did you mean padding"),
        ("nn.Conv(8, (3, 3), stride=2)", "Conv has no stride; did you mean strides"),
        ("nn.Conv2d(1, 1, 3, padding='full')", "padding 'full': unknown; choose valid or same"),
        ("nn.Conv2d(1, 1, 3, 2, padding='same')", "padding 'same': is refused with a stride over 1, as in PyTorch"),
        ("nn.Conv2d(8, 8, 2*3+1)", "kernel_size of Conv2d is 2\\*3\\+1, and nothing is evaluated; write a value"),
        ("nn.Conv2d(8, 8, 3, bias=b)", "or give it with let: b=True$"),
        ("layers.Conv2DTranspose(1, 3, 2, dilation_rate=2)", "dilation_rate 2: over 1 with strides over 1 is refused"),
        (
            "nn.Unfold(2)\nnn.Conv1d(4, 1, 1)",
            "\\(Conv1d\\) at line 2, column 1: Unfold's windows are drawn as a grid, and PyTorch's are a row",
        ),
        (
            "x = nn.Conv2d(1, 1, 3)\ny = F.max_pool2d(x, 2)",
            "F.max_pool2d is a function of arrays.*nn.MaxPool2d\\(kernel_size=3\\)$",
        ),
        (
            "nn.ConvTranspose2d(1, 1, 3)(x)[..., :4, :4]",
            "^layer at column 1: cuts a layer otherwise than from its ends",
        ),
        ("nn.Sequential()[..., 1:]", "cuts a layer otherwise"),
        ("nn.ZeroPad2d(1)", "ZeroPad2d is no layer that moves a window"),
        ("nn.Conv2d(1, 1, 3)\nnn.ZeroPad2d(1)", "\\(ZeroPad2d\\): pads for no layer"),
        ("Y = Conv <kernel_shape = [3, 3], color = [1]> (X, W)", "Conv has no color; it takes kernel_shape"),
        ("Y = Conv <kernel_shape = [a]> (X, W)", "a is no number and no text"),
        ("Y = Foo <a = 1> (X)", "^layer at column 5: Foo is no operator that is known"),
    ],
)
def test_what_is_not_understood_is_named_with_its_place(text: str, message: str) -> None:
    with pytest.raises(ConvanimError, match=message):
        found(text, 8 if "1d" not in text or "Unfold" in text else (8,))


def test_a_size_must_have_the_axes_of_the_layer() -> None:
    with pytest.raises(ConvanimError, match=r"^input_size 8x9: has 2 axes, but Conv1d takes 1 axis"):
        found("nn.Conv1d(1, 1, 3)", (8, 9))
    with pytest.raises(ConvanimError, match=r"^input_size: is missing"):
        found("nn.Conv2d(1, 1, 3)", None)


@pytest.mark.parametrize(
    ("text", "said"),
    [("conv k3 p1", False), ("max-pool k2", False), ("nn.Conv2d(1, 1, 3)", True), ("keras: Conv2D", True)],
)
def test_code_is_told_from_the_short_form(text: str, said: bool) -> None:
    assert is_code(text) is said


def test_a_pair_that_is_cropped_first_is_a_chain_of_other_layers() -> None:
    made = layer_of(read_text("layers.Cropping1D()\nSeparableConv1D(1, 2)"), (9,)).layer
    assert isinstance(made, Chain)
    assert [one.operation for one in made.layers] == ["conv_general", "pointwise"]
