from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("onnx")

from convanim.base.errors import ConvanimError
from convanim.frameworks.models import read_model, weights_of
from tests.frameworks.models.making import graph, node, saved, tiny


def test_weights_and_bias_are_as_the_file_holds_them(tmp_path: Path) -> None:
    from onnx import numpy_helper

    model = tiny()
    path = saved(model, tmp_path)
    conv, pool, up = read_model(path, 8).entries
    held = {one.name: numpy_helper.to_array(one) for one in model.graph.initializer}
    weights, bias = weights_of(path, conv)
    assert np.array_equal(weights, held["c.weight"])
    assert bias is not None
    assert np.array_equal(bias, held["c.bias"])
    transposed, none = weights_of(path, up)
    assert np.array_equal(transposed, held["t.weight"])
    assert none is None
    with pytest.raises(ConvanimError, match=r"are of convolutions; layer 2 \(pool\) has none"):
        weights_of(path, pool)


def test_weights_larger_than_what_is_kept_of_a_file(tmp_path: Path) -> None:
    large = np.arange(64 * 32 * 9, dtype=np.float32).reshape(64, 32, 3, 3)
    path = saved(graph([node("Conv", "x w", "y")], [1, 32, 8, 8], {"w": large}), tmp_path)
    weights, _ = weights_of(path, read_model(path).entries[0])
    assert np.array_equal(weights, large)


def test_of_a_large_file_only_what_is_looked_at_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("convanim.frameworks.models.onnx_file._WHOLE", 100)
    path = saved(tiny(), tmp_path)
    conv = read_model(path, 8).entries[0]
    assert weights_of(path, conv)[0].shape == (2, 1, 3, 3)


def test_weights_in_constants_and_of_halves(tmp_path: Path) -> None:
    from onnx import numpy_helper

    half = np.arange(9, dtype=np.float16).reshape(1, 1, 3, 3)
    nodes = [
        node("Constant", "", "w", value=numpy_helper.from_array(half)),
        node("Conv", "x w", "y"),
    ]
    path = saved(graph(nodes, [1, 1, 8, 8]), tmp_path)
    weights, _ = weights_of(path, read_model(path).entries[0])
    assert np.array_equal(weights, half)


def test_quantised_weights_are_scaled_along_their_axis(tmp_path: Path) -> None:
    nodes = [node("DequantizeLinear", "q s z", "w", axis=0), node("Conv", "x w", "y")]
    held = {
        "q": np.arange(-4, 4, dtype=np.int8).reshape(2, 1, 2, 2),
        "s": np.array([0.5, 2], np.float32),
        "z": np.array([0, 1], np.int8),
    }
    path = saved(graph(nodes, [1, 1, 8, 8], held), tmp_path)
    weights, _ = weights_of(path, read_model(path).entries[0])
    assert weights.reshape(2, 4).tolist() == [[-2, -1.5, -1, -0.5], [-2, 0, 2, 4]]


def test_weights_that_are_computed_are_not_in_the_file(tmp_path: Path) -> None:
    nodes = [node("Transpose", "h", "w", perm=[3, 2, 0, 1]), node("Conv", "x w", "y")]
    path = saved(graph(nodes, [1, 3, 8, 8], {"h": (3, 3, 3, 2)}), tmp_path)
    (entry,) = read_model(path).entries
    assert entry.layer is not None
    assert entry.parts[0].weight_size == (2, 3, 3, 3)
    with pytest.raises(ConvanimError, match="are not in the file, but computed when the model runs"):
        weights_of(path, entry)


def test_an_entry_of_another_file_is_refused(tmp_path: Path) -> None:
    entry = read_model(saved(tiny(), tmp_path), 8).entries[0]
    other = saved(graph([node("Relu", "x", "y")], [1, 1, 8, 8]), tmp_path, "other.onnx")
    with pytest.raises(ConvanimError, match="is another file than the one that this layer is from"):
        weights_of(other, entry)
