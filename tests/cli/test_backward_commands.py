"""The commands that draw and that explain a backward pass, and backward passes in galleries."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image

from convanim.places.gallery import make_gallery, read_gallery
from tests.commands import drawn, notes, refused, run


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("line", "count"),
    [
        ("backward conv -i 4 -k 3 --every 5", 4),
        ("backward conv -i 4 -k 3 --part weight", 9),
        ("backward max-pool -i 4 -k 2 --part input --arrange above", 16),
        ("backward layer 'nn.Conv2d(1, 1, 2)' -i 3 --view flat --labels letters --every 3", 3),
        ("backward layer 'avg-pool k2' -i 4 --no-values --every 4", 4),
    ],
)
def test_a_backward_pass_is_written(line: str, count: int) -> None:
    result = run(f"{line} -o a.gif")
    assert (result.exit_code, result.stdout) == (0, "")
    with Image.open("a.gif") as picture:
        assert getattr(picture, "n_frames", 1) == count


def test_without_a_name_the_file_has_a_telling_one() -> None:
    line = "backward conv -i 4 -k 3 --still 0"
    assert run(line).stdout == "backward-conv-4x4-kernel-3-stride-1-padding-0-step-0.png\n"


def test_what_is_written_in_short_in_code_and_in_options_is_the_same() -> None:
    lines = ("conv -i 4 -k 3 -p 1", "layer 'conv k3 p1' -i 4", "layer 'nn.Conv2d(1, 1, 3, padding=1, bias=False)' -i 4")
    assert len({drawn(f"backward {line} --still 3") for line in lines}) == 1


def test_code_is_read_out_of_its_fence_with_the_numbers_that_it_gives() -> None:
    text = "```python\nsignal.correlate2d([[1, 2], [3, 4]], [[5, 6], [7, 8]], mode='valid')\n```"
    gradients = json.loads(run(f'explain backward layer "{text}" -i 2 --grad ones --json').stdout)["gradients"]
    assert (gradients["input"], gradients["weight"]) == ([[[5, 6], [7, 8]]], [[[[1, 2], [3, 4]]]])


def test_a_gradient_is_given_in_rows_or_is_one_everywhere() -> None:
    told = [
        json.loads(run(f"explain backward conv -i 3 -k 2 --grad {grad} --json").stdout)["gradients"]["output"]
        for grad in ("'1 2; 3 4'", "ones")
    ]
    assert told == [[[[1, 2], [3, 4]]], [[[1, 1], [1, 1]]]]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("backward conv -i 4 -k 3 --part both", "--part 'both': unknown; choose forward, input or weight"),
        ("backward max-pool -i 4 -k 2 --part weight", "--part weight: is not there, since max pooling has no weights"),
        ("backward conv -i 4 -k 3 --grad '1 2 3'", "--grad: has a size of 1x3, but the output has 2x2"),
        ("backward conv -i 4 -k 3 --grad none", "--grad 'none': is not a number"),
        ("backward conv -i 4 -k 3 --arrange up", "--arrange 'up': unknown; choose side or above"),
        ("backward conv -i 4 -k 9", "--kernel-size 9: reaches over 9 rows"),
        ("backward layer 'conv k3 > conv k3' -i 7", "layer: is several layers"),
        ("backward layer 'conv q3' -i 7", "layer 'conv q3': cannot take 'q3'"),
        ("explain backward conv -i 4 -k 3 --grad '1 2 3'", "--grad: has a size of 1x3"),
    ],
)
def test_refusals_say_which_is_wrong(line: str, message: str) -> None:
    assert refused(line).startswith(message)
    assert not list(Path.cwd().iterdir())


def test_explanations_say_what_meets_where() -> None:
    lines = run("explain backward conv-transpose -i 3 -k 2 -s 2 -p 1x0 --output-padding 1x0").stdout.splitlines()
    said = [" ".join(line.split()) for line in lines]
    assert "each over all i, o and t with i·2 + t − 1 = o along rows" in said
    assert "each over all i, o and t with i·2 + t = o along columns" in said


def test_each_part_is_written_in_code_below_its_name() -> None:
    assert run("explain backward conv -i 5 -k 3 -s 2 --as torch").stdout.splitlines() == [
        "# forward",
        "nn.Conv2d(1, 1, kernel_size=3, stride=2, bias=False)",
        "# gradient of the input",
        "nn.ConvTranspose2d(1, 1, kernel_size=3, stride=2, bias=False)",
        "# gradient of the kernel",
        "nn.Conv2d(1, 1, kernel_size=2, dilation=2, bias=False)",
    ]
    said = run("explain backward max-pool -i 4 -k 2 --as keras --part input").stdout
    assert said == "# gradient of the input\nnone: no layer does this; automatic differentiation does (routed)\n"


def test_real_layers_are_explained_without_their_numbers() -> None:
    said = run("explain backward layer 'nn.Conv2d(64, 64, 3, padding=1)' -i 56").stdout
    assert "115,605,504 forward, 231,211,008 = 115,605,504 + 115,605,504 backward" in said
    assert "∂L/∂y  " not in said


def test_what_is_left_out_of_a_layer_is_said() -> None:
    line = "backward layer 'nn.Conv2d(16, 32, 3)' -i 5 --still 0"
    assert notes(line)[0].startswith("Note: one plane is drawn, of 16 → 32 channels")


GALLERY = """
[[animation]]
name = "routed"
operation = "backward"
layer = "max-pool k2 s1"
input_size = 3
grad = [[1, 2], [3, 4]]
part = "input"
"""


@pytest.mark.usefixtures("bare")
def test_a_gallery_draws_what_its_command_draws(tmp_path: Path) -> None:
    (tmp_path / "gallery.toml").write_text(GALLERY, encoding="utf-8")
    (entry,) = read_gallery(tmp_path / "gallery.toml")
    make_gallery((entry,), tmp_path)
    assert entry.command == (
        "convanim backward layer 'max-pool k2 s1' -i 3 --grad '1 2; 3 4' --part input -o routed.gif"
    )
    kept = (tmp_path / "routed.gif").read_bytes()
    assert drawn(entry.command.removeprefix("convanim ").replace("-o routed.gif", "--format gif")) == kept
