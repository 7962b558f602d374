"""Small models of ONNX, made as exporters make them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

DATA = Path(onnx.__file__).parent / "backend" / "test" / "data"
"""Real models without their weights, which come with the package."""


def node(operation: str, takes: str, makes: str, name: str = "", **attributes: Any) -> onnx.NodeProto:
    """Return an operation; the names of what it takes and makes are parted by spaces, and - is none."""
    inputs = ["" if one == "-" else one for one in takes.split()]
    return helper.make_node(operation, inputs, makes.split(), name, **attributes)


def graph(
    nodes: Sequence[onnx.NodeProto],
    size: Sequence[int | str],
    held: dict[str, Any] | None = None,
    name: str = "small",
) -> onnx.ModelProto:
    """Return a model of one input x; what it holds is written as an array, or as the shape of weights."""
    rng = np.random.default_rng(0)
    tensors = [
        numpy_helper.from_array(
            value if isinstance(value, np.ndarray) else rng.integers(-3, 4, value).astype(np.float32), own
        )
        for own, value in (held or {}).items()
    ]
    given = helper.make_tensor_value_info("x", TensorProto.FLOAT, size)
    made = helper.make_tensor_value_info(nodes[-1].output[0], TensorProto.FLOAT, None)
    return helper.make_model(
        helper.make_graph(nodes, name, [given], [made], tensors), opset_imports=[helper.make_opsetid("", 17)]
    )


def saved(model: onnx.ModelProto, folder: Path, name: str = "model.onnx") -> Path:
    """Write a model and return where it is."""
    path = folder / name
    path.write_bytes(model.SerializeToString())
    return path


def tiny() -> onnx.ModelProto:
    """Return a model of three layers whose input's size is open."""
    nodes = [
        node("Conv", "x c.weight c.bias", "a", "conv", pads=[1, 1, 1, 1]),
        node("MaxPool", "a", "b", "pool", kernel_shape=[2, 2], strides=[2, 2]),
        node("ConvTranspose", "b t.weight", "c", "up", strides=[2, 2]),
    ]
    return graph(nodes, ["N", 1, "H", "W"], {"c.weight": (2, 1, 3, 3), "c.bias": (2,), "t.weight": (2, 1, 2, 2)})
