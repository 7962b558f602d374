"""Pictures of a part of a layer: all that is counted is the whole layer's, and what is left out is said in them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from convanim import Conv, animate, compare, export, from_torch
from convanim.animations.comparing import described
from convanim.frameworks.drawable import for_picture
from convanim.inputs.building import Built
from convanim.places.gallery import index_page, read_gallery
from convanim.words.captions import lacking
from tests.commands import drawn, notes, refused, run
from tests.inputs.test_live_objects import conv

STANDARD = "torch: nn.Conv2d(16, 32, 3, padding=1)"
SEPARATED = "torch: nn.Sequential(nn.Conv2d(16, 16, 3, padding=1, groups=16), nn.Conv2d(16, 32, 1))"
LACK = "one plane is drawn, of 16 → 32 channels"


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def svg(line: str) -> tuple[str, str]:
    """Return the alternative text of a drawing, and all words in it."""
    content = drawn(f"{line} --still 0 --format svg").decode()
    about = re.search('<desc id="about">(.*?)</desc>', content)
    assert about
    return about[1], " ".join(re.sub("<[^>]*>", " ", content.rpartition("</style>")[2]).split())


def test_a_comparison_counts_what_was_written() -> None:
    alt, words = svg(f"compare '{STANDARD}' '{SEPARATED}' -i 4")
    for said in ("4,640", "704 = 160 depthwise + 544 pointwise", "6.6× fewer", "one plane is drawn"):
        assert said in words
    assert "In all there are 4,640 parameters." in alt
    assert "In all there are 704 parameters." in alt
    told = run(f"explain compare '{STANDARD}' '{SEPARATED}' -i 4 --alt").stdout.strip()
    assert told == alt


def test_a_bias_counts_in_a_comparison() -> None:
    line = "compare 'torch: Conv2d(1, 1, 3)' 'keras: Conv2D(1, 3, use_bias=False)' -i 5"
    _, words = svg(line)
    assert "10 parameters with bias keras: Conv2D(1, 3, use_bias=False) 9 parameters parameters" in words
    assert "9 weights + 1 bias = 10 parameters" in words
    assert "10 % fewer" in words
    assert "drawn without bias" not in words
    assert "10 parameters with bias · drawn without bias keras" in svg(f"{line} --values")[1]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ("", LACK),
        ("--caption", f"dashed: zero padding {LACK}"),
        ("--values", f"{LACK}, without bias"),
        ("--caption-text Mine", f"Mine · {LACK}"),
        ("--no-caption", ""),
    ],
)
def test_the_picture_says_what_it_leaves_out(options: str, words: str) -> None:
    alt, told = svg(f"layer '{STANDARD}' -i 5 --width 1200 {options}")
    assert words in told.replace("parameters stride", "parameters · stride")
    assert (LACK in told) is bool(words)
    assert f"{LACK[0].upper()}{LACK[1:]}" in alt
    assert alt.endswith("In all there are 4,640 parameters.")
    assert notes(f"layer '{STANDARD}' -i 5 --still 0 {options}") == [f"Note: {LACK}; --channels draws more."]


def test_what_is_explained_is_what_the_picture_shows() -> None:
    assert run(f"explain layer '{STANDARD}' -i 5 --alt").stdout.strip() == svg(f"layer '{STANDARD}' -i 5")[0]


def test_a_plain_layer_looks_as_if_it_had_no_bias_until_numbers_show() -> None:
    line = "layer 'nn.Conv2d(1, 1, 3)' -i 5 --still 0"
    assert drawn(line) == drawn("conv -i 5 -k 3 --still 0")
    assert svg(f"{line} --values --width 500")[1].count("drawn without bias") == 1
    assert svg(f"{line} --caption")[1].endswith("later results are drawn too Σ")


def test_steps_that_nobody_left_out_are_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("convanim.animations.pacing.MOST_STEPS", 4)
    content = drawn("layer 'nn.Conv2d(1, 1, 3)' -i 5 --format svg --width 200").decode()
    assert "The first 3 of 9 steps are drawn." in content
    assert ">the first 3 of 9 steps are drawn<" in content


def test_one_kernel_of_an_object_is_said_to_be_one() -> None:
    made = from_torch(conv(4, 4, bias=np.zeros(4)), 5, weights=(2, 3))
    assert isinstance(made, Built)
    words = "the kernel from input channel 3 to output channel 2 is drawn, of 4 → 4 channels, without bias"
    picture = animate(made)
    assert picture.scene.caption[-1] == words
    assert picture.alt.endswith(f"T{words[1:]}. In all there are 148 parameters.")
    assert animate(made, caption=True).scene.caption[1:2] == (
        "4 kernels of 3×3×4: 144 weights + 4 biases = 148 parameters",
    )
    assert "148 parameters" in export(made, "github", "a", every=9)
    said = compare([made, Conv(5, 3)]).alt
    assert "In all there are 148 parameters. 2. " in said


def test_entries_of_galleries_count_what_was_written(tmp_path: Path) -> None:
    path = tmp_path / "gallery.toml"
    path.write_text(
        f"""
        [[animation]]
        name = "pasted"
        operation = "layer"
        text = "{STANDARD}"
        input_size = 5
        [[animation]]
        name = "compared"
        operation = "compare"
        layers = ["keras: Conv2D(32, 3)", "{STANDARD}"]
        input_size = 5
        in_channels = 8
        """,
        encoding="utf-8",
    )
    entries = read_gallery(path)
    page = index_page(entries)
    assert page.count("4,608 weights + 32 biases = 4,640 parameters") == 2
    assert page.count("In all there are 4,640 parameters.") == 2
    assert f"padding 1 · {LACK}" in page
    assert "2,304 weights + 32 biases = 2,336 parameters" in page
    assert "--in-channels 8" in page
    assert entries[0].animation.scene.caption[-1] == LACK


def test_channels_that_no_text_says_are_given_once_or_assumed_and_said() -> None:
    line = "compare 'keras: Conv2D(8, 3)' 'keras: Conv2D(8, 5)' -i 7"
    given = run(f"explain {line} --in-channels 3").stdout
    assert given.splitlines()[1].split()[:3] == ["parameters", "224", "608"]
    assert "note" not in given
    assumed = run(f"explain {line}").stdout.splitlines()
    assert assumed[-2:] == [
        "note  layer 1: input channels are not in the text, and 1 is taken",
        "note  layer 2: input channels are not in the text, and those of the layer before are taken, 1",
    ]
    assert "608" in svg(f"{line} --in-channels 3")[1]
    assert notes(f"{line} --still 0")[0] == "Note: layer 1: input channels are not in the text, and 1 is taken."
    assert notes("layer 'keras: Conv2D(2, 3)' -i 5 --still 0")[0].startswith("Note: input channels are not in")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("compare 'conv k3' 'conv k2' -i 5 --in-channels 2", "--in-channels 2: is for layers in code"),
        ("compare 'nn.Conv2d(3, 1, 3)' 'conv k2' -i 5 --in-channels 2", "--in-channels 2: is for layers in code"),
        ("layer 'nn.Conv2d(3, 1, 3)' -i 5 --in-channels 2", "--in-channels 2: but the layer says 3; leave"),
        ("explain layer 'nn.Conv2d(3, 1, 3)' -i 5 -k 2", "--kernel-size 2: but the layer says 3; leave"),
    ],
)
def test_what_a_text_says_otherwise_is_refused(line: str, message: str) -> None:
    assert refused(line).startswith(message)


@pytest.mark.parametrize(
    ("made", "options", "said"),
    [
        (Conv(5, 3), {}, ""),
        (Conv(5, 3, bias=True), {}, ""),
        (Conv(5, 3, bias=True), {"is_computed": True}, "drawn without bias"),
        (Conv(5, 3, in_channels=2), {}, "one plane is drawn, of 2 → 1 channel"),
        (Conv(5, 3, in_channels=2), {"is_brief": True}, "one plane is drawn"),
        (Conv(5, 3, in_channels=2), {"part": "a kernel"}, "a kernel is drawn, of 2 → 1 channel"),
    ],
)
def test_phrases_are_short(made: Conv, options: dict[str, Any], said: str) -> None:
    assert lacking(for_picture(made, channels=False), made, **options) == said


def test_channels_along_a_chain_are_shortened_in_the_middle() -> None:
    layers = ", ".join(f"nn.Conv2d({planes}, {planes + 1}, 1)" for planes in range(1, 6))
    assert notes(f"layer 'nn.Sequential({layers})' -i 3 --still 0 --width 400") == [
        "Note: one plane is drawn, of 1 → 2 → … → 6 channels; --channels draws more."
    ]


def test_what_stands_between_layers_is_said_to_be_left_out_of_picture_and_counts() -> None:
    code = "torch: nn.Sequential(nn.Conv2d(1, 1, 3), nn.BatchNorm2d(1), nn.ReLU(), nn.Conv2d(1, 1, 3))"
    left_out = "BatchNorm2d, ReLU left out, parameters included"
    built = described([code, "conv k3"], 7).built[0]
    assert built.lacks() == (left_out,)
    assert left_out in built.alt()
    assert left_out in compare([built, Conv(7, 3)]).alt
