from __future__ import annotations

import json
from pathlib import Path

import pytest

pytest.importorskip("onnx")

from convanim.frameworks.model_files import read_text
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


def test_weights_that_are_used_again_count_once(tmp_path: Path) -> None:
    nodes = [
        node("Conv", "x w", "a"),
        node("Conv", "a w", "b"),
        node("Cast", "w", "same", to=1),
        node("Conv", "b same o", "y"),
    ]
    model = read_model(saved(graph(nodes, [1, 2, 9, 9], {"w": (2, 2, 3, 3), "o": (2,)}), tmp_path))
    assert [(entry.parameters, entry.same_as) for entry in model.entries] == [(36, 0), (0, 1), (2, 0)]
    assert model.parameters == 38


def test_biases_that_hold_the_same_numbers_count_for_each_layer(tmp_path: Path) -> None:
    nodes = [node("Conv", "x v zero", "a"), node("Conv", "a w zero", "b"), node("Conv", "b w zero", "y")]
    held = {"v": (2, 2, 3, 3), "w": (2, 2, 3, 3), "zero": (2,)}
    model = read_model(saved(graph(nodes, [1, 2, 9, 9], held), tmp_path))
    assert [(entry.parameters, entry.same_as) for entry in model.entries] == [(38, 0), (38, 0), (0, 2)]


def test_totals_say_what_they_leave_out(tmp_path: Path) -> None:
    nodes = [node("Conv", "x w", "a"), node("Mystery", "a", "m"), node("Conv", "m v", "b"), node("Conv", "b m", "y")]
    model = read_model(saved(graph(nodes, [1, 1, 8, 8], {"w": (1, 1, 3, 3), "v": (1, 1, 5, 5)}), tmp_path))
    said = table(model).splitlines()
    assert said[-3].split() == ["total", "≥", "34", "≥", "324"]
    assert said[-1] == "Note: totals are without 2 of the 3 layers, of which too little is known."
    told = to_dict(model)
    assert told["left_out"] == {"parameters": 1, "multiplications": 2}
    assert said[-1] == f"Note: {told['notes'][-1]}."
    nodes[1] = node("Relu", "a", "m")
    assert not any(
        "totals" in note
        for note in to_dict(read_model(saved(graph(nodes[:2], [1, 1, 8, 8], {"w": (1, 1, 3, 3)}), tmp_path)))["notes"]
    )


def test_totals_of_programs_say_what_they_leave_out() -> None:
    text = "x = nn.Conv2d(1, 1, 3)(x)\nx = F.interpolate(x, scale_factor=2, mode='bilinear')\n"
    assert not any("totals" in note for note in to_dict(read_text(text, 8))["notes"])
    model = read_text(text + "x = strange(x)\nx = nn.Conv2d(1, 1, 3)(x)\n", 8)
    assert model.left_out["multiplications"] >= 1
    assert "≥" in table(model)
