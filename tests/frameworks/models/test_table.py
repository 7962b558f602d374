from __future__ import annotations

import json
from pathlib import Path

import pytest

pytest.importorskip("onnx")

from convanim.frameworks.models import read_model, table, to_dict
from tests.frameworks.models.making import graph, node, saved, tiny


def test_the_table_has_a_line_for_each_layer_and_the_sums(tmp_path: Path) -> None:
    lines = table(read_model(saved(tiny(), tmp_path), 8)).splitlines()
    assert lines == [
        "small  input x 1×1×8×8",
        "",
        "   name   operation      channels  input → output  windows                   "
        "parameters  multiplications  receptive field  never read",
        "1  conv   Conv           1 → 2     8×8 → 8×8       3×3, stride 1, padding 1  "
        "        20            1,152              3×3        none",
        "2  pool   MaxPool        2 → 2     8×8 → 4×4       2×2, stride 2             "
        "      none             none              4×4        none",
        "3  up     ConvTranspose  2 → 1     4×4 → 8×8       2×2, stride 2             "
        "         8              128              4×4        none",
        "   total                                                                             28            1,280",
        "",
        "Note: the file leaves the input's size open; the one asked for was taken.",
    ]


def test_the_table_says_why_there_is_no_layer(tmp_path: Path) -> None:
    nodes = [node("Conv", "x w", "y", group=2), node("MaxPool", "x", "z", kernel_shape=[2, 2])]
    said = table(read_model(saved(graph(nodes, [1, 1, 8, 8], {"w": (2, 1, 3, 3)}), tmp_path)))
    assert "1  y      Conv       no layer: its weights take 2 channels, but its input has 1\n" in said


def test_groups_and_bounds_are_told(tmp_path: Path) -> None:
    nodes = [node("Conv", "x w", "y", group=4), node("ReduceMean", "y", "r", axes=[2]), node("Conv", "r v", "z")]
    said = table(read_model(saved(graph(nodes, [1, 4, 8, 8], {"w": (4, 1, 3, 3), "v": (1, 4, 1, 3)}), tmp_path)))
    assert "3×3, stride 1, 4 groups" in said
    assert "8×5" in said


def test_json_has_every_number(tmp_path: Path) -> None:
    model = read_model(saved(tiny(), tmp_path), 8)
    told = json.loads(json.dumps(to_dict(model)))
    assert told["inputs"] == [{"name": "x", "size": [1, 1, 8, 8]}]
    assert (told["parameters"], told["multiplications"]) == (28, 1280)
    conv = told["layers"][0]
    assert conv["options"]["padding"] == [[1, 1], [1, 1]]
    assert {name: conv[name] for name in ("kind", "output_size", "receptive_field", "unread", "why")} == {
        "kind": "conv",
        "output_size": [8, 8],
        "receptive_field": [3, 3],
        "unread": 0,
        "why": "",
    }


def test_a_model_without_layers_has_a_table_too(tmp_path: Path) -> None:
    model = read_model(saved(graph([node("Relu", "x", "y")], [1, 4]), tmp_path))
    assert table(model).splitlines()[-1].split() == ["total", "none", "none"]
    assert to_dict(model)["layers"] == []
