from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("onnx")

from convanim import Conv, ConvTranspose
from convanim.frameworks.models import Model, read_model
from tests.frameworks.models.making import graph, node, saved


def read(nodes: list[Any], size: list[int | str], held: dict[str, Any], folder: Path, asked: Any = None) -> Model:
    return read_model(saved(graph(nodes, size, held), folder), asked)


FROZEN = [node("Reshape", "a shape", "b"), node("Conv", "b w", "y")]
DENSE = [node("Flatten", "a", "f"), node("Gemm", "f dense", "g"), node("Reshape", "g shape", "b"), FROZEN[1]]
JOINED = [
    node("MaxPool", "a", "down", kernel_shape=[2, 2], strides=[2, 2]),
    node("ConvTranspose", "down t", "up", strides=[2, 2]),
    node("Concat", "a up", "b", axis=1),
    FROZEN[1],
]


@pytest.mark.parametrize(
    ("nodes", "said"),
    [
        (FROZEN, "Reshape b makes 1×1×8×8 of 1×1×9×9"),
        (DENSE, "Gemm g takes 64 numbers and is given 81"),
        (JOINED, "Concat b is given 1×1×9×9 and 1×1×8×8"),
    ],
)
def test_a_size_that_a_model_does_not_take_is_said_and_what_follows_is_unknown(
    nodes: list[Any], said: str, tmp_path: Path
) -> None:
    shape = np.array([1, 1, 8, 8], np.int64)
    held = {"w": (1, 1, 1, 1), "t": (1, 1, 2, 2), "dense": (64, 64), "shape": shape}
    model = read([node("Conv", "x w", "a"), *nodes], [1, 1, "H", "W"], held, tmp_path, 9)
    assert f"{said}; the model does not run on this input, and what follows is not known" in model.notes
    assert model.entries[0].layer == Conv(9, 1)
    assert model.entries[-1].layer is None
    assert model.entries[-1].sizes is None
    fitting = read([node("Conv", "x w", "a"), *nodes], [1, 1, "H", "W"], held, tmp_path, 8)
    assert not any("does not run" in note for note in fitting.notes)
    assert fitting.entries[-1].layer is not None or nodes is JOINED


def test_sizes_of_the_file_are_not_believed_of_an_input_of_another_size(tmp_path: Path) -> None:
    from onnx import TensorProto, helper

    model = graph([node("Mystery", "x", "m"), node("Conv", "m w", "y")], [1, 1, "H", "W"], {"w": (1, 1, 3, 3)})
    model.graph.value_info.append(helper.make_tensor_value_info("m", TensorProto.FLOAT, [1, 1, 224, 224]))
    (entry,) = read_model(saved(model, tmp_path), 20).entries
    assert entry.why == "the size of its input m, which Mystery makes, is not known"


@pytest.mark.parametrize("pad", ["SAME_UPPER", "SAME_LOWER"])
def test_short_kernels_make_the_size_of_a_run(pad: str, tmp_path: Path) -> None:
    model = read(
        [node("ConvTranspose", "x w", "y", auto_pad=pad, strides=[2, 1])], [1, 1, 5, 5], {"w": (1, 1, 1, 1)}, tmp_path
    )
    assert model.entries[0].layer == ConvTranspose(5, 1, stride=(2, 1))
    assert "ONNX asks for more cells" in model.notes[0]


def test_padding_of_dilated_windows_is_in_doubt(tmp_path: Path) -> None:
    nodes = [node("MaxPool", "x", "y", kernel_shape=[2, 1], dilations=[2, 1], auto_pad="SAME_UPPER")]
    model = read(nodes, [1, 1, 9, 5], {}, tmp_path)
    assert "ONNX Runtime makes fewer cells" in model.notes[0]
