"""The commands that compare, and comparisons in galleries."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from PIL import Image

from convanim.places.gallery import make_gallery, read_gallery
from tests.commands import drawn, notes, refused, run

PADDED = "compare 'conv k3 p1' 'conv k3 p1 padding_mode=reflect' -i 5"
STAMPED = "compare 'conv-transpose k3 s2' 'conv-transpose k3 s2 method=scatter' -i 3"


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("line", "count"),
    [
        (PADDED, 25),
        (f"{STAMPED} --width 960 --every 10", 5),
        (f"{STAMPED} --view oblique --every 10", 5),
        (f"{PADDED} --arrange above --legend --theme dark --steps 0:3", 3),
    ],
)
def test_a_comparison_is_written(line: str, count: int) -> None:
    result = run(f"{line} -o a.gif")
    assert (result.exit_code, result.stdout) == (0, "")
    with Image.open("a.gif") as picture:
        assert getattr(picture, "n_frames", 1) == count


@pytest.mark.parametrize(
    ("line", "name"),
    [
        (f"{PADDED} --still 3", "compare-conv-k3-p1-and-conv-k3-p1-padding-mode-reflect-step-3.png"),
        ("compare 'conv k3 p0:1' 'max-pool  k2' -i 3 --width 200", "compare-conv-k3-p0-1-and-max-pool-k2.gif"),
    ],
)
def test_without_a_name_the_file_has_a_telling_one(line: str, name: str) -> None:
    result = run(line)
    assert (result.exit_code, result.stdout) == (0, f"{name}\n")
    assert [path.name for path in Path.cwd().iterdir()] == [name]


def test_pictures_have_the_size_that_is_asked_for() -> None:
    assert Image.open(io.BytesIO(drawn(f"{PADDED} --still 0 --width 500"))).width == 500
    assert Image.open(io.BytesIO(drawn(f"{PADDED} --still 0"))).width == 960
    assert Image.open(io.BytesIO(drawn(f"{PADDED} --still 0 --arrange above"))).width == 640
    assert drawn(f"{PADDED} --still 0") == drawn(f"{PADDED} --still 0")


def test_one_input_is_for_all() -> None:
    line = "compare 'conv k2' 'conv kernel=1,0;0,1' --input '1 2 3; 4 5 6; 7 8 9' --still 0"
    assert notes(line) == []
    assert notes(f"{STAMPED} --width 640 --still 0")[0].startswith("Note: left out at a width of 640")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("compare 'conv k3' 'conv q3' -i 4", "layer 2 (conv q3): layer 'conv q3': cannot take 'q3'"),
        ("compare 'cnv k3' 'conv k3' -i 4", "layer 1 (cnv k3): operation 'cnv': unknown"),
        ("compare 'conv k3' 'conv k9' -i 4", "layer 2 (conv k9): kernel_size 9: reaches over 9 rows"),
        ("compare 'conv k3' 'conv k2 method=x' -i 4", "layer 2 (conv k2 method=x): method 'x': unknown"),
        (
            "compare 'conv k3 method=gather method=gather' 'conv k2' -i 4",
            "layer 1 (conv k3 method=gather method=gather)",
        ),
        ("compare 'conv k3' '' -i 4", "layer 2 (): layer"),
        ("compare 'conv k3 method=scatter' 'conv k2' -i 4", "layer 1: method scatter: does not compute"),
        ("compare 'conv k3' -i 4", "layers: are 1; give 2 to 4 to compare"),
        ("compare 'conv k3' 'conv k2'", "--input-size: is missing"),
        ("compare 'conv k3' 'conv k2' -i x", "--input-size 'x': not understood"),
        ("compare 'conv k3' 'conv k2' --input no.csv", "--input 'no.csv'"),
        ("compare 'conv k3' 'conv k2' -i 4 --arrange up", "--arrange 'up': unknown; choose side or above"),
        (f"{STAMPED} --view line", "--view line: draws one axis, and an input of 3x3 has more; use --view oblique"),
        ("explain compare 'conv k3' 'conv k9' -i 4", "layer 2 (conv k9): kernel_size 9"),
    ],
)
def test_refusals_say_which_is_wrong(line: str, message: str) -> None:
    assert refused(line).startswith(message)


def test_a_table_is_printed_or_json() -> None:
    result = run("explain compare 'conv k3' 'conv k2 s2' 'max-pool k2' -i 4")
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "                 conv k3  conv k2 s2               max-pool k2",
        "parameters       9        4 (2.25× fewer)          none",
        "multiplications  36       16 (2.25× fewer)         none",
        "receptive field  3×3 = 9  2×2 = 4 (2.25× smaller)  2×2 = 4 (2.25× smaller)",
        "output size      2×2      2×2                      2×2",
    ]
    told = json.loads(run("explain compare 'conv k3' 'conv k2 s2' -i 4 --json").stdout)
    assert [one["parameters"] for one in told["compared"]] == [9, 4]


def test_help_names_the_options() -> None:
    for command in ("compare", "explain compare"):
        assert f" {command} [OPTIONS] OPERATION OPERATION..." in run(f"{command} -h").output
    assert "--arrange" in run("compare -h").output


GALLERY = """
[[animation]]
name = "mirror"
operation = "compare"
layers = ["conv k3 p1", "conv k3 p1 padding_mode=reflect"]
input_size = 4
arrange = "above"
width = 240
"""


@pytest.mark.usefixtures("bare")
def test_a_gallery_draws_what_its_command_draws(tmp_path: Path) -> None:
    Path("gallery.toml").write_text(GALLERY, encoding="utf-8")
    entries = read_gallery(Path("gallery.toml"))
    make_gallery(entries, tmp_path / "out")
    index = (tmp_path / "out" / "README.md").read_text(encoding="utf-8")
    assert "conv k3 p1: convolution 4×4 → 4×4, kernel 3×3, stride 1, padding 1" in index
    (command,) = [line for line in index.splitlines() if line.startswith("convanim compare")]
    assert run(command.removeprefix("convanim ")).exit_code == 0
    assert (tmp_path / "mirror.gif").read_bytes() == (tmp_path / "out" / "mirror.gif").read_bytes()


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('layers = ["conv k3 p1", ', "layers = [", "layers: are 1"),
        ("input_size = 4", "method = 'scatter'", "its key 'method': unknown"),
        ("input_size = 4", "", "input_size: is missing"),
        ('"conv k3 p1",', '"conv q",', "layer 1 (conv q)"),
        ('layers = ["conv k3 p1", "conv k3 p1 padding_mode=reflect"]', "layers = 3", "layers: must be a list"),
    ],
)
def test_a_gallery_says_what_is_wrong_with_a_comparison(old: str, new: str, message: str) -> None:
    Path("gallery.toml").write_text(GALLERY.replace(old, new), encoding="utf-8")
    with pytest.raises(ValueError, match="mirror") as caught:
        read_gallery(Path("gallery.toml"))
    assert message in str(caught.value)
