"""What frameworks do otherwise than each other, in sentences."""

from __future__ import annotations

from typing import Any

import pytest

from convanim.frameworks.differences import differences
from convanim.frameworks.reading import read_text
from convanim.frameworks.sequence import layer_of


def said(text: str, size: Any) -> list[str]:
    pasted = read_text(text)
    return list(differences(pasted, layer_of(pasted, size).layer))


@pytest.mark.parametrize(
    ("text", "size", "sentence"),
    [
        (
            "layers.Conv2D(1, 3, strides=2, padding='same')",
            6,
            "Keras' same pads 0 before and 1 after here, which depends on the input's size; PyTorch refuses 'same' "
            "with a stride over 1, and its padding=1 starts windows 1 cell earlier",
        ),
        (
            "layers.MaxPooling2D(3, strides=2, padding='same')",
            (6, 7),
            "Keras' same pads 0 before and 1 after the rows, 1 before and 1 after the columns here, which depends on "
            "the input's size; PyTorch's pooling has no 'same', and its padding=1 starts windows 1 cell earlier",
        ),
        (
            "nn.Conv2d(1, 1, 3, 2, 1)",
            6,
            "TensorFlow's and Keras' same make the same size but pad 0 before and 1 after instead of 1 before and 1 "
            "after, so that their windows start later",
        ),
        (
            "onnx: Conv(kernel_shape=[2, 2], auto_pad='SAME_LOWER')",
            5,
            "ONNX's SAME_LOWER pads 1 before and 0 after: the odd cell stands at the start, where PyTorch, TensorFlow "
            "and SAME_UPPER put it at the end",
        ),
        (
            "layers.Conv2D(1, 2, padding='same')",
            5,
            "Keras' same pads 0 before and 1 after, with the odd cell at the end as PyTorch's 'same' does; SAME_LOWER "
            "of ONNX puts it at the start",
        ),
        (
            "scipy.signal.convolve2d(x, np.ones((2, 2)), 'same')",
            5,
            "SciPy's same is the middle of the full result, which pads 1 before and 0 after; PyTorch's 'same' has the "
            "odd cell at the end",
        ),
        (
            "layers.Conv1D(1, 3, padding='causal', dilation_rate=2)",
            9,
            "PyTorch has no word for causal; nn.ZeroPad1d((4, 0)) before the layer does it",
        ),
        (
            "layers.Conv2DTranspose(1, 3, strides=2, padding='same')",
            3,
            "Keras takes 0 before and 1 after from the full output; PyTorch takes the same from both ends; PyTorch's "
            "padding=1, output_padding=1 makes the same size, shifted",
        ),
        (
            "layers.Conv2DTranspose(1, 2, strides=3)",
            3,
            "Keras' valid makes 9, with cells at the end that no kernel reaches; PyTorch makes them with "
            "output_padding only",
        ),
        (
            "nn.ConvTranspose2d(1, 1, 3, 2, 1, output_padding=1)",
            3,
            "PyTorch adds output padding at the end of the output only; Keras' output_padding with padding='same' is "
            "split between both ends, the larger part at the start",
        ),
        (
            "lax.conv_transpose(x, jnp.ones((3, 3, 1, 1)), (2, 2), 'SAME')",
            3,
            "JAX slides the kernel as it is stored; PyTorch, Keras and ONNX flip it, as transpose_kernel=True does",
        ),
        (
            "layers.AveragePooling2D(2, padding='same')",
            5,
            "padding does not count in the average; PyTorch counts it unless count_include_pad=False",
        ),
        (
            "nn.LPPool2d(3, 2)",
            4,
            "PyTorch takes odd powers with their sign, so that a negative sum may have no root; ONNX's LpPool does not",
        ),
        (
            "torchvision.ops.DeformConv2d(1, 1, 3)",
            4,
            "the offsets, and the masks if there are any, come with each call, so that this code does not hold them; "
            "these offsets are drawn at random, without masks",
        ),
        (
            "nn.AvgPool2d(2, padding=1)",
            4,
            "padding counts in the average, as in PyTorch; Keras never counts it, and ONNX only if told to",
        ),
    ],
)
def test_each_difference_is_a_sentence(text: str, size: Any, sentence: str) -> None:
    assert sentence in said(text, size)


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("nn.Conv2d(1, 1, 3, padding=1)", 6),
        ("nn.Conv2d(1, 1, 3, 2, 1)", 5),
        ("nn.Conv1d(1, 1, 4, padding='same')", 6),
        ("layers.Conv2D(1, 3, padding='same')", 6),
        ("layers.Conv2D(1, 3, strides=2, padding='same')", 5),
        ("nn.ConvTranspose2d(1, 1, 3, 2, 1)", 3),
        ("nn.AvgPool2d(2)", 4),
        ("nn.LPPool2d(2, 2)", 4),
    ],
)
def test_where_all_agree_nothing_is_said(text: str, size: Any) -> None:
    assert said(text, size) == []


def test_a_sentence_names_the_layer_of_a_chain() -> None:
    text = "[layers.Conv2D(1, 3), layers.Conv2D(1, 3, strides=2, padding='same')]"
    assert [one.partition(":")[0] for one in said(text, 8)] == ["layer 2"]
