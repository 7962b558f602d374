"""The commands for layers as they stand in code."""

from __future__ import annotations

import io
import json
import shlex
from pathlib import Path

import imageio.v3 as iio
import pytest
from click.testing import CliRunner
from PIL import Image

from convanim.cli import main
from convanim.frameworks import FRAMEWORKS
from tests.commands import drawn, notes, refused, run

SAME = "\"keras: Conv2D(1, 3, strides=2, padding='same')\" -i 6"


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def explained(line: str) -> list[str]:
    result = run(f"explain {line}")
    assert result.exit_code == 0, result.output
    assert result.stderr == ""
    return result.stdout.splitlines()


def test_a_pasted_layer_is_drawn_as_the_same_layer_in_options() -> None:
    pasted = drawn("layer 'nn.Conv2d(1, 1, 3, padding=1)' -i 5 --format gif")
    assert pasted == drawn("conv -i 5 -k 3 -p 1 --format gif")


def test_of_many_channels_one_plane_is_drawn_and_of_many_steps_the_first_rows() -> None:
    line = "layer 'nn.Conv2d(16, 33, 3, stride=(2, 1), padding=(4, 2), dilation=(3, 1))' -i 50x100 --format png"
    assert notes(f"{line} --still 0") == ["Note: one plane is drawn, of 16 → 33 channels; --channels draws more."]
    assert notes(f"{line} --width 304") == [
        "Note: one plane is drawn, of 16 → 33 channels; --channels draws more.",
        "Note: the first 204 of 2,652 steps are drawn.",
    ]


def test_the_option_for_channels_is_named_only_where_some_are_left_out() -> None:
    assert notes("layer 'nn.ConvTranspose2d(1, 1, 2, stride=2)' -i 2 --still 0") == []
    assert notes("layer 'nn.Conv2d(4, 4, 3)' -i 4 --still 0 --no-channels")[0].endswith("of 4 → 4 channels.")


def test_steps_are_counted_of_those_channels_that_are_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    line = "layer 'nn.Conv2d(3, 16, 3)' --channels --no-caption --format gif --width 400"
    monkeypatch.setattr("convanim.animations.pacing.MOST_STEPS", 16)
    assert iio.improps(drawn(f"{line} -i 4"), extension=".gif").n_images == 4 * 2 * 2
    assert "Note: the first 15 of 36 steps are drawn." in notes(f"{line} -i 5")


def test_steps_are_counted_as_the_picture_goes_through_them(monkeypatch: pytest.MonkeyPatch) -> None:
    line = "layer 'nn.Sequential(nn.Conv2d(2, 2, 3, padding=1), nn.Conv2d(2, 2, 3))' -i 4 --format gif --width 400"
    monkeypatch.setattr("convanim.animations.pacing.MOST_STEPS", 20)
    outputs, layers = f"{line} --view oblique", f"{line} --view flat"
    assert iio.improps(drawn(outputs), extension=".gif").n_images == 2 * 2 * 2
    assert "Note: one in 2 of 40 steps is drawn." in notes(layers)


def test_few_channels_are_all_drawn_and_one_plane_where_that_is_asked_for() -> None:
    line = "layer 'nn.Conv2d(2, 3, 3)' -i 5 --still 0"
    assert notes(line) == []
    assert notes(f"{line} --no-channels") == ["Note: one plane is drawn, of 2 → 3 channels."]
    one = Image.open(io.BytesIO(drawn(f"{line} --no-channels --no-caption")))
    assert one.tobytes() == Image.open(io.BytesIO(drawn("conv -i 5 -k 3 --still 0 --no-caption"))).tobytes()


def test_a_sequential_is_drawn_as_a_chain() -> None:
    line = "layer 'nn.Sequential(nn.Conv2d(1, 1, 3), nn.ReLU(), nn.MaxPool2d(2))' -i 6 --still 2"
    shown, chain = drawn(f"{line} --no-caption"), drawn("chain 'conv k3' 'max-pool k2' -i 6 --still 2 --no-caption")
    assert Image.open(io.BytesIO(shown)).tobytes() == Image.open(io.BytesIO(chain)).tobytes()
    assert "ReLU left out" in shown.decode("utf-8", "ignore")


def test_text_is_read_from_standard_input() -> None:
    given = "Sequential(\n  (0): Conv2d(1, 1, kernel_size=(3, 3), stride=(1, 1))\n)"
    for named in (["layer", "-"], ["-"]):
        result = CliRunner().invoke(main, ["explain", *named, "-i", "5"], input=given)
        assert result.stdout.splitlines()[0] == "convolution  5×5 → 3×3"


def test_text_that_is_too_long_is_not_read_to_its_end() -> None:
    result = CliRunner().invoke(main, ["explain", "-", "-i", "5"], input="[" * 10_000_000)
    said = "Error: standard input: is longer than 2,000,000 letters, and no more are read\n"
    assert (result.exit_code, result.stderr) == (2, said)


def test_the_file_is_named_for_the_layer() -> None:
    assert (
        run("layer 'nn.MaxPool2d(2)' -i 4 --still 0").stdout == "max-pool-4x4-kernel-2-stride-2-padding-0-step-0.png\n"
    )


def test_numbers_are_given_beside_the_text() -> None:
    line = "layer 'nn.Conv2d(1, 1, 2, bias=False)' --input '1 2 3; 4 5 6; 7 8 9' --kernel '1 0; 0 1'"
    assert drawn(f"{line} --still 0") == drawn("conv --input '1 2 3; 4 5 6; 7 8 9' --kernel '1 0; 0 1' --still 0")


def test_names_are_given_beside_the_text() -> None:
    line = "'nn.Conv2d(planes, planes * 2, k, padding=pad)' -i 8 --let planes=4 --let 'planes * 2=8' --let 'k=(3, 5)'"
    assert explained(f"{line} --let pad=same")[0] == "standard convolution  8×8 → 8×8, 4 → 8 channels"


def test_what_the_text_does_not_say_is_given_beside_it() -> None:
    line = "'lax.conv_general_dilated(x, w, (1, 1), \"SAME\")' -i 5"
    assert explained(f"{line} -k 3")[0] == "convolution  5×5 → 5×5"
    assert explained("'layers.Conv2D(8, 3)' -i 5 --in-channels 3")[0].endswith("3 → 8 channels")


def test_explain_says_where_frameworks_differ() -> None:
    assert explained(SAME)[-2].startswith("note  Keras' same pads 0 before and 1 after here, which depends on")
    assert explained(SAME)[-1] == "note  input channels are not in the text, and 1 is taken"
    assert explained(f"{SAME} --in-channels 1")[-1].startswith("note  Keras' same pads")
    said = run("explain compare 'torch: Conv2d(1, 1, 3, 2, padding=1)' " + SAME).stdout
    assert (
        "note  layer 1: TensorFlow's and Keras' same make the same size but pad 0 before and 1 after instead of" in said
    )
    assert "note  layer 2: Keras' same pads 0 before and 1 after" in said


def test_a_comparison_counts_all_channels_where_nothing_is_drawn() -> None:
    line = "compare 'torch: Conv2d(3, 8, 3, padding=1)' 'keras: SeparableConv2D(8, 3, padding=\"same\")' -i 7"
    assert run(f"explain {line}").stdout.splitlines()[1].split() == [
        *("parameters", "224", "59", "=", "27", "+", "32", "(3.8×", "fewer)"),
    ]
    assert notes(f"{line} --still 0") == [
        "Note: layer 2: input channels are not in the text, and those of the layer before are taken, 3.",
        "Note: layer 1: one plane is drawn, of 3 → 8 channels.",
        "Note: layer 2: one plane is drawn, of 3 → 8 channels.",
    ]


def test_two_frameworks_are_compared() -> None:
    line = "compare 'torch: Conv2d(1, 1, 3, 2, padding=1)' " + SAME
    with Image.open(io.BytesIO(drawn(f"{line} --still 4"))) as picture:
        assert picture.width == 960
    assert drawn(f"{line} --still 4") != drawn(f"{line} --still 5")


def test_every_framework_is_written_by_every_command_that_explains() -> None:
    for framework in FRAMEWORKS:
        written = "\n".join(explained(f"'nn.Conv2d(1, 1, 3, padding=1, bias=False)' -i 5 --as {framework}"))
        assert written == "\n".join(explained(f"conv -i 5 -k 3 -p 1 --as {framework}"))
    assert explained("chain 'conv k3' 'max-pool k2' -i 6 --as keras") == [
        "keras.Sequential([layers.Conv2D(1, 3, use_bias=False), layers.MaxPooling2D(2)])"
    ]
    assert explained("conv -i 6 -k 3 --padding-mode reflect -p 1 --as keras")[0].startswith("none: Keras' layers pad")


def test_a_wished_size_is_found() -> None:
    line = "'ConvTranspose2d(8, 4, 3, stride=2, padding=1)' -i 7"
    assert explained(f"{line} --want 14")[-3:] == [
        "want  14×14 instead of 13×13",
        "      output_padding=1  nn.ConvTranspose2d(8, 4, kernel_size=3, stride=2, padding=1, output_padding=1)",
        "      kernel_size=4     nn.ConvTranspose2d(8, 4, kernel_size=4, stride=2, padding=1)",
    ]
    assert explained(f"{line} --want 13")[-1] == "want  13×13, which it makes"
    assert explained("'nn.Upsample(scale_factor=4)' -i 4 --want 7")[-1].startswith("      no change of one option")
    assert "      layer 1: padding=1" in explained("chain 'conv k3' 'conv k3' -i 8 --want 6")


@pytest.mark.parametrize(
    ("text", "sizes", "way"),
    [
        ("Conv2DTranspose(4, 3, strides=2, padding='same')", "-i 7 --want 28", "strides=4"),
        ("Conv2DTranspose(4, 3, strides=2, padding='same')", "-i 7 --want 13", "output_padding=0"),
        ("Conv2D(4, 3)", "-i 7 --want 7", "padding='same'   layers.Conv2D(4, 3, padding='same')"),
        ("Conv2D(4, 3, padding='same')", "-i 7 --want 4", "strides=2"),
        ("nn.MaxPool2d(3, 2)", "-i 112 --want 56", "ceil_mode=True"),
        ("nn.Conv2d(8, 4, 3, stride=2, padding=1)", "-i 7 --want 7", "stride=1"),
        ("nn.Conv2d(1, 1, 3)", "-i 7 --want 5x7", "padding=(0, 1)"),
        ("lax.conv_transpose(x, jnp.ones((3, 3, 1, 1)), (2, 2), 'VALID')", "-i 4 --want 8", "padding='SAME'"),
        ("onnx: Conv(kernel_shape=[3, 3], strides=[2, 2])", "-i 8 --want 4", 'auto_pad = "SAME_UPPER"'),
        ("onnx: Conv(kernel_shape=[3, 3])", "-i 8 --want 4", "kernel_shape = [5, 5]"),
        ("lax.conv(x, jnp.ones((1, 1, 3, 3)), (1, 1), 'VALID')", "-i 8 --want 3", "window_strides=(2, 2)"),
        ("nn.Sequential(nn.Conv2d(1, 1, 3), nn.MaxPool2d(2))", "-i 8 --want 4", "1 (Conv2d): padding='same'"),
    ],
)
def test_wishes_are_told_in_the_words_of_the_framework(text: str, sizes: str, way: str) -> None:
    told = explained(f"{shlex.quote(text)} {sizes}")
    assert any(line.strip().startswith(way) for line in told[told.index("") + 8 :]), told


def test_json_is_the_plan_and_nothing_else() -> None:
    result = run("explain 'nn.Conv2d(1, 1, 3, bias=False)' -i 5 --json")
    assert len(json.loads(result.stdout)["steps"]) == 9


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (
            "layer 'nn.Conv2d(1, n, 3)' -i 5",
            "layer at column 14: out_channels of Conv2d is n, and nothing is evaluated",
        ),
        ("layer 'nn.Conv2d(1, 1, 3)'", "--input-size: is missing"),
        ("layer 'nn.Conv2d(1, 1, 3)' -i 5x5x5", "--input-size 5x5x5: has 3 axes, but Conv2d takes 2 axes"),
        ("layer 'nn.Conv2d(1, 1, 3)' -i 5 --let n", "--let 'n': must be a name and a number such as channels=64"),
        ("layer 'nn.Conv2d(1, 1, 3)' -i 5 --let n=a+b", "--let 'n=a+b': must end in a value"),
        ("layer 'nn.Conv2d(1, 1, 3)' -i 5 --in-channels x", "--in-channels 'x': not a whole number"),
        ("layer 'nn.Conv2d(1, 1, 7)' -i 5", "kernel_size 7: reaches over 7 rows, but the padded input has 5, so that"),
        (
            "layer 'conv k3' -i 5",
            "layer 'conv k3': is the short form of a layer; the command chain takes it, as in conv k3 s2 p1",
        ),
        ("layer 'conv 3' -i 5", "layer 'conv 3': is the short form"),
        (
            "explain 'nn.Conv2d(1, 1, 3)' -i 5 --as caffe",
            "--as 'caffe': unknown; choose torch, keras, onnx, jax, scipy or convanim",
        ),
        ("explain 'nn.Conv2d(1, 1, 3)' -i 5 --as jax --want 3", "--want: is not taken beside --as"),
        ("explain 'nn.Conv2d(1, 1, 3)' -i 5 --want 3x3x3", "--want 3x3x3: has 3 parts"),
        ("explain conv -i 5 -k 3 --as caffe", "--as 'caffe': unknown"),
        ("explain nonsense -i 5", "No such command 'nonsense'"),
        ("layer 'nn.Sequential(nn.Conv2d(1, 1, 3))' -i 5 --kernel '1 2'", "--kernel"),
        ("compare 'nn.Conv2d(1, 1, 3)' 'nn.Convd(1)' -i 5", "layer 2 (nn.Convd(1)): layer at column 1: nn.Convd is no"),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(line: str, message: str) -> None:
    assert message in refused(line)


PROGRAM = "a = nn.Conv2d(1, 1, 3)\nb = nn.MaxPool2d(2)\ny = b(F.relu(a(x)))\n"
BRANCHES = "a = nn.Conv2d(1, 1, 3)\nb = nn.Conv2d(1, 1, 3)\ny = a(x) + b(x)\n"
RESIDUAL = "a = nn.Conv2d(1, 1, 3, padding=1)\ny = x + F.relu(a(x))\n"
STACKED = "a = nn.Conv2d(1, 1, 3)\nb = nn.Conv2d(1, 1, 3)\ny = torch.cat([a(x), b(x)], dim=2)\n"


def test_a_program_whose_layers_follow_each_other_is_a_chain() -> None:
    lines = run("explain layer - -i 8 --want 5", PROGRAM).stdout.splitlines()
    assert lines[0] == "chain  8×8 → 3×3"
    assert "      layer 1: padding=2" in lines


@pytest.mark.parametrize(
    ("program", "line"),
    [(BRANCHES, "3  addition of a and b"), (RESIDUAL, "2  addition of input and a")],
)
def test_branches_of_a_program_that_meet_are_drawn(program: str, line: str) -> None:
    told = run("explain layer - -i 8", program).stdout
    assert line in told
    drawn = run("layer - -i 4 --still 0 -o branches.png", program)
    assert drawn.exit_code == 0, drawn.stderr


def test_a_program_with_other_branches_is_listed_and_not_drawn() -> None:
    assert run("explain layer - -i 8", STACKED).stdout.startswith("program  input x 1×1×8×8")
    drawn = run("layer - -i 8 -o never.gif", STACKED)
    assert drawn.exit_code == 2
    assert "has branches" in drawn.stderr
    assert not Path("never.gif").exists()


def test_what_an_unknown_function_does_to_a_layer_is_said() -> None:
    told = run("explain 'mystery(nn.Conv2d(1, 1, 3))' -i 8").stdout
    assert "note  mystery is not known; what is given to it is read as if it were alone" in told


def test_long_programs_on_standard_input_are_read_to_their_end() -> None:
    given = "m = nn.Sequential()\n" + "m.append(nn.Conv2d(3, 3, 1))\n" * 700
    assert run("model - -i 8", given).stdout.splitlines()[-1].split()[:2] == ["total", "8,400"]
    assert run("explain - -i 8", given).stderr.startswith("Error: layers: are more than 64")


def test_pasted_text_is_read_the_same_by_all_commands() -> None:
    given = "A:\n```py\n>>> a = nn.Conv2d(3, 8, 3)\n>>> a(x).shape\ntorch.Size([1, 8, 6])\n```\nNot nn.Conv2d(1, 1, 1)."
    for line in ("explain - -i 8", "model - -i 8"):
        said = run(line, given).stdout
        assert "224" in said
        assert "lines outside of the code are left out, with layers in line 7" in said


def test_prints_with_gaps_and_repeated_layers_are_no_plain_sequences() -> None:
    assert run("explain - -i 8", "(0-2): 3 x Conv2d(8, 8, kernel_size=(3, 3))").stdout.startswith("chain  8×8 → 2×2")
    said = run("explain - -i 8", "(0): Conv2d(3, 8, kernel_size=(3, 3))\n...\n(5): Conv2d(8, 8, kernel_size=(3, 3))")
    assert "the print leaves layers out in line 2" in said.stdout
    assert refused("explain 'nn.Conv2d(3, 8, 3)\n...\nnn.Conv2d(8, 8, 3)' -i 8") == (
        "layer at line 2: leaves layers out with ...; give them, or leave the line out"
    )


def test_what_is_no_python_in_a_class_is_said_with_its_line() -> None:
    said = refused(
        "explain 'class N(nn.Module):\n    def __init__(self):\n        self.a = nn.Conv2d(3, 8, 3, §1)' -i 8"
    )
    assert said.startswith("layer at line 3, column 37: is no Python that can be read")


def test_files_are_given_to_the_command_for_models() -> None:
    assert refused("layer net.py") == "layer 'net.py': is a file; convanim model net.py reads it"
    assert refused("explain net.onnx").endswith("convanim model net.onnx reads it")
