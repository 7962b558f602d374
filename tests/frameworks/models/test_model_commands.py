from __future__ import annotations

import json
from pathlib import Path

import pytest

pytest.importorskip("onnx")

from tests.commands import drawn, notes, refused, run
from tests.frameworks.models.making import graph, node, saved, tiny


@pytest.fixture
def line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return the beginning of a command line for a small model, in a folder of its own."""
    saved(tiny(), tmp_path)
    monkeypatch.chdir(tmp_path)
    return "model model.onnx -i 6"


def test_a_model_is_listed(line: str) -> None:
    said = run(line)
    assert said.exit_code == 0
    assert said.stdout.startswith("small  input x 1×1×6×6\n")


def test_json_is_all_that_is_printed(line: str) -> None:
    assert len(json.loads(run(f"{line} --json").stdout)["layers"]) == 3
    assert json.loads(run(f"{line} --layer up --json").stdout)["number"] == 3


@pytest.mark.parametrize("layer", ["1", "conv"])
def test_a_layer_is_animated_by_number_or_name(line: str, layer: str) -> None:
    assert drawn(f"{line} --layer {layer} --still 0 --format png").startswith(b"\x89PNG")


def test_a_telling_name_is_chosen(line: str) -> None:
    assert run(f"{line} --layer pool --no-channels --steps 0:2").exit_code == 0
    assert [path.name for path in sorted(Path.cwd().iterdir())] == ["layer-2-pool.gif", "model.onnx"]


def test_one_kernel_is_drawn_with_its_numbers(line: str) -> None:
    told = notes(f"{line} --layer up --weights 0,1 --still 3 --format svg --width 1400")
    assert told[0] == "Note: the kernel from input channel 1 to output channel 0 is drawn, of 2 → 1 channel."
    assert b"kernel" in drawn(f"{line} --layer conv --weights 1,0 --still 0 --format svg")


def test_all_kernels_are_drawn_with_their_channels(line: str) -> None:
    assert b"<svg" in drawn(f"{line} --layer conv --weights all --still 0 --format svg --width 1400")


def test_all_weights_of_a_single_plane_are_its_kernel(line: str) -> None:
    saved(graph([node("Conv", "x w", "y")], [1, 1, 6, 6], {"w": (1, 1, 3, 3)}), Path.cwd())
    assert b"kernel" in drawn("model model.onnx --layer 1 --weights all --still 0 --format svg --view flat")


def test_what_is_not_there_is_refused(line: str) -> None:
    assert refused(f"{line} --layer 9") == "layer '9': is no layer of this model; it has 1 (conv), 2 (pool), 3 (up)"
    assert (
        refused(f"{line} --layer self.Conv1") == "layer 'self.Conv1': is no layer of this model; did you mean 1 (conv)?"
    )
    assert refused(f"{line} --layer conv --weights 2,0").startswith("--weights 2: is no out channel; they are 0 to 1")
    assert refused(f"{line} --layer conv --weights first").endswith("write OUT,IN such as 0,2, or all")
    assert refused(f"{line} --layer pool --weights 0,0").startswith("--weights '0,0': are asked for, but layer")
    assert refused(f"{line} -o mine.gif") == "--output: is for one layer; choose it with --layer"
    assert refused(f"{line} --weights 0,0").startswith("--weights: is for one layer")
    assert refused(f"{line} --width 300").startswith("--width: is for one layer")
    assert refused(f"{line} --layer conv --json -o a.gif").startswith("--output: is for a picture, and --json makes")
    assert refused(f"{line} --layer conv --weights 0,0 --channels").startswith("--weights '0,0': says which channels")
    assert refused("model none.onnx").startswith("model 'none.onnx': cannot be read")
    assert refused("model model.onnx").startswith("--input-size: is missing")


def test_weights_are_only_those_of_onnx_files(tmp_path: Path) -> None:
    path = tmp_path / "net.py"
    path.write_text("conv = nn.Conv2d(1, 1, 3)\ny = conv(x)\n", encoding="utf-8")
    refused = run(f"model {path} -i 8 --layer conv --weights 0,0")
    assert (refused.exit_code, "are of ONNX files" in refused.stderr) == (2, True)
    assert run(f"model {path} -i 8 --layer conv -o {tmp_path / 'conv.svg'}").exit_code == 0


def test_a_program_is_listed_with_names_that_are_given(tmp_path: Path) -> None:
    path = tmp_path / "net.py"
    path.write_text("conv = nn.Conv2d(1, width * 2, 3)\ny = conv(x)\n", encoding="utf-8")
    told = json.loads(run(f"model {path} -i 8 --let width=3 --json").stdout)
    assert (told["layers"][0]["out_channels"], told["parameters"], told["notes"]) == (6, 60, [])
    assert told["layers"][0]["field_stride"] == [1, 1]
