"""The command line for motion, formats and places."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from convanim import Conv, animate
from tests.commands import drawn, refused, run


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def names(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_a_place_gets_its_files_and_standard_output_only_what_to_paste(folder: Path) -> None:
    result = run("conv -i 3 -k 2 --for github -o same")
    assert result.exit_code == 0
    assert names(folder) == ["same-dark.svg", "same-light.svg"]
    assert result.stdout.startswith("<picture>")
    assert result.stderr.splitlines() == ["same-light.svg", "same-dark.svg"]


def test_without_a_name_the_files_have_a_telling_one(folder: Path) -> None:
    run("conv -i 3 -k 2 --for beamer")
    assert names(folder) == ["conv-3x3-kernel-2-stride-1-padding-0.pdf"]


@pytest.mark.parametrize(
    "line",
    [
        "preset dilation --for marp -o a",
        "chain 'conv k2' -i 3 --for marp -o a",
        "compare 'conv k2' 'conv k3' -i 3 --for marp -o a",
    ],
)
def test_every_command_that_draws_knows_places(line: str, folder: Path) -> None:
    assert run(line).exit_code == 0
    assert names(folder) == ["a.svg"]


@pytest.mark.usefixtures("bare")
def test_presets_are_drawn_as_they_are_meant_for_a_place_too(folder: Path) -> None:
    run("preset no_padding_no_strides --for marp -o a")
    run("preset no_padding_no_strides -o b.svg")
    assert (folder / "a.svg").read_bytes() == (folder / "b.svg").read_bytes()


@pytest.mark.usefixtures("bare")
def test_a_folder_gets_a_file_for_each_step(folder: Path) -> None:
    assert run("conv -i 3 -k 2 --steps 2:4 -o steps/").exit_code == 0
    assert names(folder) == ["steps/step-002.png", "steps/step-003.png"]
    # What a still says of results that are not yet computed, the other files tell.
    assert (folder / "steps/step-003.png").read_bytes() == animate(Conv(3, 2), still=3).encode("png")


def test_a_pattern_names_the_files_and_their_format(folder: Path) -> None:
    assert run("conv -i 3 -k 2 -o s-%02d.svg -o all.gif").exit_code == 0
    assert names(folder) == ["all.gif", "s-00.svg", "s-01.svg", "s-02.svg", "s-03.svg"]


def test_a_smooth_motion_has_more_frames() -> None:
    assert len(drawn("conv -i 3 -k 2 --motion smooth --fps 10")) > 2 * len(drawn("conv -i 3 -k 2"))


def test_a_picture_can_have_both_its_sides() -> None:
    assert drawn("conv -i 3 -k 2 --width 400 --height 300 --format png")[16:24] == bytes([0, 0, 1, 144, 0, 0, 1, 44])


def test_the_plan_is_a_format() -> None:
    assert json.loads(drawn("conv -i 3 -k 2 --format json")) == json.loads(run("explain conv -i 3 -k 2 --json").stdout)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("conv -i 3 -k 2", animate(Conv(3, 2)).alt),
        ("preset dilation", "A 3×3 kernel whose cells are 2 apart"),
        ("roundtrip -i 5 -k 3 -s 2", "stamp by stamp"),
        ("depthwise-separable -i 4 -k 3 --in-channels 2 --out-channels 3", "A depthwise separable convolution"),
        ("compare 'conv k2' 'max-pool k2' -i 4", "2 layers run in step"),
    ],
)
def test_alternative_text_is_printed_alone(line: str, said: str) -> None:
    result = run(f"explain {line} --alt")
    assert result.exit_code == 0
    assert said in result.stdout
    assert result.stdout.count("\n") == 1


@pytest.mark.parametrize("what", ["places", "formats", "motions", "easings"])
def test_what_there_is_to_choose_from_is_listed(what: str) -> None:
    assert run(f"list {what}").stdout in run("list").stdout.replace("\n  ", "\n")


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("conv -i 3 -k 2 --for moon", "--for 'moon': unknown; choose powerpoint, keynote"),
        ("conv -i 3 -k 2 --for github -o a.gif", "--output 'a.gif': is not what github takes"),
        ("conv -i 3 -k 2 --for github -o a -o b", "--output a b: must be one name"),
        ("conv -i 3 -k 2 --for github -o -", "--output -: must be one name"),
        ("conv -i 3 -k 2 --for github --format gif", "--format 'gif': is chosen by --for"),
        ("conv -i 3 -k 2 --motion slow", "--motion 'slow': unknown; choose steps or smooth"),
        ("conv -i 3 -k 2 --motion smooth --easing none", "--easing 'none': unknown; choose in-out, out or linear"),
        (
            "conv -i 3 -k 2 --motion smooth --fps 60",
            "--fps 60: is more than browsers show in time in a GIF; use --fps 50",
        ),
        ("conv -i 3 -k 2 --motion smooth --fps 0", "--fps 0: must be between 1 and 100"),
        ("conv -i 3 -k 2 --height 10", "--height 10: must be between 40"),
        ("conv -i 3 -k 2 -o a.mov", "--output 'a.mov': has no suffix that names a format; use .mp4, or another of"),
        ("conv -i 3 -k 2 -o a-%d-%d.png", "has no place for the step's number; write %03d once"),
        ("conv -i 3 -k 2 -o a-%s.png", "has no place for the step's number"),
        ("conv -i 3 -k 2 -o step-%d.txt", "has no suffix that names a format"),
        ("conv -i 30 -k 3 --motion smooth", "frames, and at most 2000 are drawn; use --steps 0:"),
    ],
)
def test_what_cannot_be_is_refused_in_one_sentence(line: str, sentence: str) -> None:
    assert sentence in refused(line)


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("conv -i 3 -k 2 --width 301 -o a.mp4", "--width 301: is odd, and MP4 has even sides only; use --width 302"),
        ("conv -i 3 -k 2 --width 300 --height 301 -o a.webm", "--height 301: is odd, and WebM has even sides only"),
        ("conv -i 3 -k 2 --background transparent -o a.mp4", "--background transparent: cannot be in MP4"),
    ],
)
def test_what_no_video_can_be_is_refused(line: str, sentence: str) -> None:
    pytest.importorskip("av")
    assert sentence in refused(line)
