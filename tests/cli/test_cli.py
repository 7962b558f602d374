"""The command, as it is used."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import click
import pytest
from PIL import Image

from convanim import Animation, Conv, ConvTranspose, cli, plan
from convanim.animations.presets import PRESETS
from convanim.cli.output import Progress
from convanim.formats import FORMATS
from convanim.frameworks import FRAMEWORKS
from convanim.inputs.building import CHAINS, PASTED
from convanim.layers import CONV_PADDINGS, METHODS, OPERATIONS
from convanim.layers.axis import PADDING_MODES
from convanim.plans.values import KERNELS
from convanim.render.palettes import THEMES
from convanim.views import VIEWS
from convanim.words.captions import LABELS
from tests.commands import run
from tests.gathering import gathered


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def picture(name: str) -> Any:
    return Image.open(io.BytesIO(Path(name).read_bytes()))


COMMANDS = ["", "explain", "gallery", "list", "preset", *(name.replace("_", "-") for name in OPERATIONS)]


@gathered("command", [*COMMANDS, *(f"explain {name}" for name in ["preset", *COMMANDS[5:]])])
def test_every_command_has_help(command: str) -> None:
    for flag in ("--help", "-h"):
        result = run(f"{command} {flag}")
        assert result.exit_code == 0
        assert "Usage:" in result.output
        assert "\\b" not in result.output


@pytest.mark.parametrize(
    "line",
    [
        "conv -i 5 -k 3 -p 1 -o a.gif",
        "conv-transpose -i 2 -k 3 -s 2 -o a.gif --theme dark --width 640 --caption",
        "max-pool -i 5x7 -k 2x3 -s 2 -o a.gif",
        "avg-pool -i 4 -k 2 --no-count-include-pad -o a.gif",
        "conv -i 5x8 -k 3 -p 0:1x1:1 -d 1x2 --step-time 0.5 --hold 2 --loop 3 -o a.gif",
        "conv -i 8 -k 3 -p causal -o a.gif",
        "conv --dims 1 -i 8 -k 3 -o a.gif",
        "conv -i 5 -k 3 -p 1 --padding-mode reflect --legend --reveal --background transparent -o a.gif",
        "preset padding_strides_odd_transposed -o a.gif",
        "conv -i 5 -k 3 --classic --caption-text 'Some $words$ <b>' -o a.gif",
        "conv --input '1 2 3; 4 5 6; 7 8 9' --kernel '1 0; 0 1' -o a.gif",
        "conv -i 4 --kernel gaussian -k 2 --view flat --decimals 3 -o a.gif",
        "conv-transpose -i 2 -k 2 --method scatter --seed 7 -o a.gif",
        "conv-transpose -i 2 -k 2 -s 2 --overlap --shades -o a.gif",
        "conv -i 6 -k 3 --dims 1 --view line --values -o a.gif",
        "max-pool -i 4 -k 2 --labels letters -o a.gif",
    ],
)
def test_a_command_writes_a_gif_and_says_nothing(line: str) -> None:
    result = run(line)
    assert (result.exit_code, result.output) == (0, "")
    assert picture("a.gif").format == "GIF"


def test_the_kernel_is_the_default_stride_of_pooling() -> None:
    run("max-pool -i 6 -k 3 -o a.gif")
    assert picture("a.gif").n_frames == 4


def test_a_still_is_one_step() -> None:
    assert run("conv -i 5 -k 3 -p 1 --still 12 -o step12.png").exit_code == 0
    assert picture("step12.png").size[0] == 480


def test_steps_times_and_loops_are_as_asked_for() -> None:
    assert run("conv -i 5 -k 3 -p 1 --steps 5:20 --every 3 --step-time 0.5 --hold 2 --loop 3 -o a.gif").exit_code == 0
    image = picture("a.gif")
    assert image.n_frames == 5
    assert (image.info["duration"], image.info["loop"]) == (500, 2)
    image.seek(4)
    assert image.info["duration"] == 2500


def test_without_a_name_the_file_has_a_telling_one_which_is_printed() -> None:
    result = run("conv -i 5 -k 3 -p 1")
    assert result.output == "conv-5x5-kernel-3-stride-1-padding-1.gif\n"
    assert picture(result.output.strip()).n_frames == 25
    assert run("conv -i 5 -k 3 --still 0").output.endswith("-step-0.png\n")
    assert run("preset dilation").output == "dilation.gif\n"


def test_several_files_are_written_at_once() -> None:
    assert run("conv -i 4 -k 3 --still 0 -o a.gif -o b.png").exit_code == 0
    assert (picture("a.gif").format, picture("b.png").format) == ("GIF", "PNG")


@pytest.mark.parametrize(("flags", "kind"), [("", "GIF"), ("--still 1", "PNG"), ("--still 1 --format gif", "GIF")])
def test_a_dash_is_standard_output(flags: str, kind: str) -> None:
    result = run(f"conv -i 4 -k 3 {flags} -o -")
    assert result.exit_code == 0
    assert Image.open(io.BytesIO(result.stdout_bytes)).format == kind


def test_the_module_is_the_command() -> None:
    done = subprocess.run([sys.executable, "-m", "convanim", "--version"], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("convanim, version ")


def test_explanations_are_text_or_json_alone() -> None:
    line = "explain conv-transpose -i 3 -k 3 -s 2 -p 1 --output-padding 1"
    assert "(3 − 1)·2 − 2·1 + 1·(3 − 1) + 1 + 1 = 6" in run(line).output
    assert json.loads(run(f"{line} --json").output) == plan(ConvTranspose(3, 3, 2, 1, 1)).to_dict()
    assert json.loads(run("explain preset dilation --json").output) == plan(Conv(7, 3, dilation=2)).to_dict()


@pytest.mark.parametrize(
    ("what", "names"),
    [
        ("operations", [name.replace("_", "-") for name in OPERATIONS]),
        ("chains", [name.replace("_", "-") for name in CHAINS if name != PASTED]),
        ("presets", PRESETS),
        ("views", VIEWS),
        ("kernels", KERNELS),
        ("methods", METHODS),
        ("labels", LABELS),
        ("themes", THEMES),
        ("formats", FORMATS),
        ("paddings", CONV_PADDINGS),
        ("padding-modes", PADDING_MODES),
        ("frameworks", FRAMEWORKS),
    ],
)
def test_lists_come_from_the_registries(what: str, names: list[str]) -> None:
    assert [line.split()[0] for line in run(f"list {what}").output.splitlines()] == list(names)
    assert f"{what}:" in run("list").output


@gathered(
    ("line", "message"),
    [
        ("conv -i 3 -k 5 -o a.gif", "use a smaller --kernel-size, an --input-size of at least 5, or --padding 1"),
        ("conv -i 5 -k 3.5 -o a.gif", "--kernel-size '3.5': not understood; write a whole number such as 3"),
        ("conv -i 5 -k 3 -p 0:1:2 -o a.gif", "--padding '0:1:2': not understood"),
        ("conv -i 5 -k 3 -s -1 -o a.gif", "--stride -1: must be between 1 and 100000"),
        ("conv -i 5 -k 3 -s 99999999999999999999 -o a.gif", "too large; at most 100000 is allowed"),
        ("conv -i 5x5 --dims 1 -k 3 -o a.gif", "--dims 1: --input-size has 2 axes; leave one of the two out"),
        ("conv -i 60x1x1 -k 30x1x1 -o a.gif", "--input-size 60x1x1: has 60 depth slices"),
        ("conv -i 5 --dims 3 -k 3 --view line -o a.gif", "--view line: draws one axis, and an input of 5x5x5 has more"),
        ("conv -i 5 -k 3 -o missing/a.gif", "--output missing/a.gif: there is no folder"),
        ("conv -i 5 -k 3 -o .", "has no suffix that names a format; use one of .gif, .png, .webp, .svg"),
        ("conv -i 5 -k 3 -o a.bmp", "--output 'a.bmp': has no suffix"),
        ("conv -i 5 -k 3 -o - --format jpg", "--format 'jpg': has no suffix"),
        ("conv -i 80 -k 3 -o a.gif", "--steps 0:6084: makes 6084 frames, and at most 2000 are drawn;"),
        ("conv -i 5 -k 3 --steps 4 -o a.gif", "--steps '4': not understood; write A:B"),
        ("conv -i 5 -k 3 --still 9 -o a.gif", "--still 9: no such step; there are 9, from 0 to 8"),
        ("conv -i 5 -k 3 --width 20 -o a.gif", "--width 20: must be between 40 and 8192 pixels"),
        ("conv -i 5 -k 3 --theme light -o a.gif", "--theme 'light': unknown; choose guide, dark"),
        ("conv-transpose -i 2 -k 3 --output-padding 1 -o a.gif", "must be smaller than --stride (1)"),
        ("preset nothing", "preset 'nothing': unknown; choose no_padding_no_strides"),
        ("gallery missing.toml -o .", "description missing.toml: could not be read"),
        ("conv -i 5 -k 3 --still 1 --steps 0:3 -o a.gif", "--steps: has no effect beside --still 1; leave one"),
        ("conv -i 5 -k 3 --bars --shades -o a.gif", "--shades: has no effect beside --bars; leave one"),
        ("conv -i 5 -k 3 --no-values --decimals 1 -o a.gif", "--decimals 1: has no effect beside --no-values; leave"),
        ("backward conv -i 400 -k 3 -o a.gif", "--part forward: input_size 400x400: makes a picture of"),
        ("conv -i 5 -k 3 -o a.gif --format png --still 0", "--format 'png': is not what a.gif is named"),
        ("conv -i 5 -k 3 --background '#000000' -o a.gif", "--background #000000: hides the lines"),
        ("conv -i 5 -k 3 --caption-text 𓀀 -o a.gif", "--caption-text '𓀀': is in none of the fonts; give a --font"),
        ("conv -i 100000 -k 100000 -o a.gif", "at most 250000 are drawn"),
        ("conv -i 5 -k 3 -p 99999 -o a.gif", "at most 250000 are drawn"),
        ("conv-transpose -i 100000 -k 3 -s 100000 -o a.gif", "at most 10000000 are counted"),
        ("conv -i 5 -k 3 -o no`foo=1`x/a.gif", "there is no folder"),
    ],
)  # fmt: skip
def test_refusals_are_one_sentence_and_exit_code_2(line: str, message: str) -> None:
    result = run(line)
    assert result.exit_code == 2
    assert result.output.startswith("Error: ")
    assert message in result.output
    assert result.output.count("\n") == 1
    assert not list(Path.cwd().iterdir())


def test_nothing_is_drawn_where_one_of_several_files_cannot_be_written() -> None:
    assert run("conv -i 5 -k 3 -o a.gif -o missing/b.gif").exit_code == 2
    assert not Path("a.gif").exists()


SEVERAL = "conv -i 3 -k 2 --width 60 --format svg -o a.svg -o new/%d.svg -o b.svg"


@pytest.mark.parametrize("refused", ["/proc/x.svg", "x/%d.svg"])
def test_no_file_is_written_where_another_one_fails(refused: str) -> None:
    Path("x/2.svg").mkdir(parents=True)
    result = run(f"{SEVERAL} -o {refused}")
    assert result.exit_code == 2
    assert result.stderr.startswith("Error: --output ")
    assert sorted(path.name for path in Path.cwd().rglob("*")) == ["2.svg", "x"]


def test_no_file_is_written_where_standard_output_fails() -> None:
    command = f"{sys.executable} -m convanim {SEVERAL} -o - >/dev/full"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert (done.returncode, list(Path.cwd().iterdir())) == (2, [])
    assert done.stderr.startswith("Error: --output -: could not be written")


def test_click_refuses_in_its_own_way_with_the_same_code() -> None:
    for line in ("conv -k 3", "conv -i 5 -k 3 --width wide", "list nothing", "nothing"):
        assert run(line).exit_code == 2


def test_a_gallery_is_made_and_checked() -> None:
    Path("g.toml").write_text("[[animation]]\nname = 'a'\npreset = 'dilation'\nwidth = 120\n", encoding="utf-8")
    assert run("gallery g.toml -o out").exit_code == 0
    assert run("gallery g.toml -o out --check").exit_code == 0
    Path("out/a.gif").unlink()
    result = run("gallery g.toml -o out --check")
    assert result.exit_code == 1
    assert "a.gif: cannot be read" in result.output


def test_one_step_of_a_layer_with_very_many_is_a_still() -> None:
    assert run("conv -i 100 -k 3 --still 5000 -o a.png").exit_code == 0


def test_an_axis_and_a_square_have_different_names() -> None:
    assert run("conv --dims 1 -i 8 -k 3").output != run("conv -i 8 -k 3").output


def test_the_same_file_is_written_once_and_each_format_drawn_once(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[str] = []
    encode = Animation.encode

    def counted(animation: Animation, suffix: str, progress: Any) -> bytes:
        drawn.append(suffix)
        return encode(animation, suffix, progress)

    monkeypatch.setattr(Animation, "encode", counted)
    assert run("conv -i 4 -k 3 -o a.gif -o b.gif -o a.gif -o -").exit_code == 0
    assert drawn == ["gif"]
    assert Path("a.gif").read_bytes() == Path("b.gif").read_bytes()


FULL, CLOSED = (">/dev/full", "no space left on device"), (">&-", "closed")


@pytest.mark.parametrize(
    ("line", "place", "reason"),
    [
        ("conv -i 4 -k 3 -o -", *FULL),
        ("conv -i 4 -k 3 -o -", *CLOSED),
        ("explain conv -i 5 -k 3", *FULL),
        ("list", *CLOSED),
        ("explain conv -i 5 -k 3 --json", *FULL),
    ],
)
def test_a_full_or_closed_standard_output_is_refused(line: str, place: str, reason: str) -> None:
    command = f"{sys.executable} -m convanim {line} {place}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert re.match("Error: (--output -|standard output): could not be written", done.stderr)
    assert reason in done.stderr


def test_words_are_printed_whatever_the_encoding() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "convanim", "explain", "conv", "-i", "5", "-k", "3"],
        capture_output=True,
        check=True,
        env={"PYTHONIOENCODING": "cp1252"},
    )
    assert "5×5 → 3×3" in done.stdout.decode()


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_bar_shows_on_a_terminal_after_a_while() -> None:
    terminal = Terminal()
    with Progress(terminal, delay=0) as bar:
        bar.expect(3)
        bar.step(3)
        while "100%" not in terminal.getvalue():
            pass
    assert "Working" in terminal.getvalue()


def test_no_bar_shows_for_what_is_quick() -> None:
    terminal = Terminal()
    with Progress(terminal, delay=600) as bar:
        bar.expect(1)
        bar.step()
    assert terminal.getvalue() == ""


def test_a_bar_makes_room_for_what_is_printed() -> None:
    terminal = Terminal()
    with Progress(terminal, delay=0) as bar:
        with bar.aside():
            terminal.write("\nwords\n")
        while "Working" not in terminal.getvalue().partition("words")[2]:
            pass
    assert "\nwords\n" in terminal.getvalue()


def test_no_bar_shows_elsewhere() -> None:
    file = io.StringIO()
    with Progress(file, delay=0) as bar:
        bar.step()
    assert file.getvalue() == ""


def test_commands_are_made_by_the_modules_that_are_said_to_make_them() -> None:
    for name, module in cli._HOMES.items():
        groups = click.Group(), click.Group()
        import_module(f"convanim.{module}").add_commands(*groups)
        assert name in groups[0].commands, module
    known = {*cli._HOMES, *(name.replace("_", "-") for name in OPERATIONS)}
    assert known < set(cli.main.list_commands(click.Context(cli.main)))
