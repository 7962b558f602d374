"""What refusals advise is followed: it works, or leads to one that is nearer; and what contradicts itself."""

from __future__ import annotations

import json
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from convanim import Conv, ConvanimError, ConvTranspose, animate, compare
from convanim.places.gallery import read_gallery
from tests.advice import advised, leads_out, sentence_of, unknown_flags
from tests.commands import drawn, refused, run
from tests.gathering import gathered

SOBEL = "'conv 1 2 k3 p1' 'conv 2 1 k3' 'conv kernel=sobel-x'"


@pytest.fixture(autouse=True)
def _without_drawing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let commands check all and draw nothing."""

    def contents(animation: Any, targets: Sequence[str], *rest: Any) -> dict[str, dict[Path, bytes]]:
        return {target: {Path(target): b"drawn"} for target in targets}

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("convanim.cli.writing._contents", contents)


ADVISED = [
    "compare 'pointwise 2 3' 'pointwise 2 3' -i 7 --width 160 --still 0 --labels numbers --view flat",
    "conv -i 5 -k 3 --width 60 --labels numbers",
    "conv -i 5 -k 3 --width 90 --legend",
    "conv -i 40 -k 3 --width 60",
    "conv -i 5 -k 3 --labels letters --width 200 --height 200",
    "conv-transpose -i 3 -k 3 --in-channels 2 --overlap --method gather",
    "conv-transpose -i 71 -k 3 --in-channels 2 --overlap",
    "conv-transpose -i 3 -k 3 --overlap --method gather",
    "conv-transpose -i 80 -k 3 --overlap",
    "conv-transpose -i 3 -k 3 -a 3",
    "pixel-shuffle -i 3 --labels numbers --width 100",
    "conv -i 4 -k 3 --in-channels 2 --view channels --values --labels letters",
    "conv -i 4 -k 3 --in-channels 2 --view channels --classic",
    "conv -i 4 -k 3 --dims 3 --view oblique --labels numbers --width 150",
    "conv -i 4 -k 3 --dims 3 --view line",
    "conv -i 3 -k 5",
    "conv -i 4 -k 3 --in-channels 3 --out-channels 3 -g 2",
    "conv -i 4 -k 3 -s 2 -p same",
    "conv -i 4 -k 3 -p 4 --padding-mode reflect",
    "conv -i 5 --kernel sobel-x -k 5",
    "conv --input '1 2 3' -k 2 --dims 2",
    "conv -i 5x5 -k 3 --dims 1",
    "conv -i 5 -k 3 --view slabs",
    "conv -i 5 -k 3 --view line --still 0",
    "chain 'conv 1 2 k3' 'conv 2 1 k3' -i 8 --field 1 --view flat",
    "chain 'conv k3' 'conv k9' -i 8",
    "chain 'conv k3' -i 8 --method scatter",
    "compare 'conv k3' 'conv-transpose k3 method=scatter' -i 5 --view line",
    "compare 'conv 1 2 k3' 'pixel-shuffle' -i 8 --labels numbers --width 160 --still 0",
    "compare 'avg-pool 2 k2' 'pointwise 2 3' -i 8 --classic",
    "compare 'conv k3' 'nn.Conv2d(1, 1, 3)' -i 8 --dims 1",
    "preset no_padding_strides --view line",
    "preset numerical_max_pooling --classic",
    "preset not_a_deconvolution --classic",
    "layer 'nn.Conv2d(1, 1, 3)' -i 5 -k 2",
    "conv -i 5 -k 3 --steps 9:12",
    "conv -i 60 -k 3",
    "conv -i 5 -k 3 --motion smooth --fps 100 --format gif",
    "conv -i 4 -k 3 --exercise",
    "conv -i 4 -k 3 --exercise --format html --width 60",
    "conv -i 4 -k 3 --exercise --format html --labels letters",
    "conv-transpose -i 2 -k 3 --exercise --format html --method scatter",
    "conv -i 6 -k 3 --dims 1 --exercise --format html --view line",
    "chain 'conv k3' 'conv k3' -i 6 --exercise --format html --view oblique",
    "backward conv -i 4 -k 3 --exercise --format html",
    "compare 'conv k3' 'conv k2' -i 4 --exercise --format html",
]


@pytest.mark.parametrize("line", ADVISED)
def test_what_is_advised_does(line: str) -> None:
    words = [*shlex.split(line), "-o", "-"]
    sentence = sentence_of(words)
    assert sentence
    assert not unknown_flags(words, sentence)
    ways = list(advised(words, sentence))
    assert ways, sentence
    for way in ways:
        assert leads_out(way, frozenset([sentence])), f"{sentence} → {way}: {sentence_of(way)}"


LAYERS = ["conv -i 5 -k 3", "conv-transpose -i 2 -k 3 -s 2", "conv -i 3 -k 2 --in-channels 2", "max-pool -i 4 -k 2"]
LAYERS += ["chain 'conv k2' 'conv 1 2 k2' -i 4", "roundtrip -i 4 -k 2", "compare 'conv k3' 'conv-transpose k2' -i 4"]
LAYERS += ["layer 'nn.Conv2d(3, 2, 3)' -i 4", "preset dilated_causal_stack", "conv -i 3 -k 2 --dims 3"]
LOOKS = ["--width 50", "--width 240", "--height 90", "--view flat", "--view oblique", "--view channels", "--values"]
LOOKS += [
    "--no-values",
    "--labels numbers",
    "--labels letters",
    "--labels none",
    "--decimals 1",
    "--shades",
    "--classic",
]
LOOKS += ["--legend", "--caption", "--no-caption", "--caption-text mine", "--steps 0:2", "--every 2", "--still 1"]
LOOKS += ["--hold 1", "--loop 2", "--motion smooth", "--fps 5", "--easing out", "--background '#ff0000'"]


@settings(max_examples=15, derandomize=True, database=None)
@given(line=st.sampled_from(LAYERS), looks=st.lists(st.sampled_from(LOOKS), min_size=2, max_size=4, unique=True))
def test_what_is_advised_of_any_looks_does(line: str, looks: list[str]) -> None:
    words = [*shlex.split(f"{line} {' '.join(looks)}"), "-o", "-"]
    sentence = sentence_of(words)
    for way in advised(words, sentence):
        assert leads_out(way, frozenset([sentence])), f"{sentence} → {way}: {sentence_of(way)}"


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("explain layer 'nn.Conv2d(1, 1, 3)' -i 3x3x3x3", "--input-size 3x3x3x3: has 4 axes, but Conv2d takes 2 axes"),
        ("pixel-shuffle -i 3 --values --view slabs", "--view slabs: draws three axes, and an input of 3x3 has fewer"),
        ("pixel-shuffle -i 3 --classic", "--classic: is the guide's look, which has one plane on either side"),
        (
            "chain 'conv 1 2 k3' -i 8 --field 1 --view flat",
            "--field 1x1: is not shown by this view; use --view oblique",
        ),
        ("chain 'conv k3' 'conv k9' -i 8", "layer 2: kernel_size 9: reaches over 9 rows, but the padded input has 6"),
        ("chain 'conv k3 s=x' -i 8", "layer 'conv k3 s=x': stride 'x': not understood"),
        ("conv -i 5 -k 3 --kernel '1 2;3 4' --in-channels 2", "--kernel: has a size of 2x2, but --kernel-size is 3x3"),
        ("conv -i 5x5x5 --kernel sobel-x", "--kernel sobel-x: has 2 axes, and --input-size has 3; give rows"),
        ("conv -i 3 -k 3 --in-channels 2 --overlap", "No such option '--overlap'"),
        (
            "compare 'conv-transpose k2' 'conv-transpose k2 method=scatter' -i 80",
            "layer 2: input_size 80x80: makes 6400 stamps",
        ),
    ],
)
def test_refusals_name_what_is_at_fault(line: str, sentence: str) -> None:
    assert refused(line).startswith(sentence)


@pytest.mark.parametrize(
    "line",
    [
        "conv-transpose -i 3 -k 3 --in-channels 2 --overlap",
        "conv-transpose -i 3 -k 3 --in-channels 2 --overlap --method scatter",
        "pixel-shuffle -i 3 --values",
        "conv -i 4 -k 3 --in-channels 2 --view channels --values",
        "conv -i 4 -k 3 --dims 3 --view oblique --shades",
        "chain 'conv 1 2 k3' 'conv 2 1 k3' -i 8 --field 1",
        "compare 'conv k3' 'conv-transpose k3 method=scatter' -i 5 --view oblique",
        "compare 'conv 1 2 k3' 'pixel-shuffle' -i 8 --values",
        "compare 'avg-pool k2' 'pointwise 2 3' -i 8 --classic",
    ],
)
def test_what_every_view_shows_is_not_refused(line: str) -> None:
    assert drawn(line) == b"drawn"


def test_every_view_that_shows_a_field_is_advised_by_one_name() -> None:
    line = "chain 'conv k3' 'conv k2' --view flat --field 1 -i"
    assert refused(f"{line} 8").endswith("is not shown by this view; use --view oblique")
    assert refused(f"{line} 8 --dims 1").endswith("is not shown by this view; use --view oblique or --view line")


def test_sound_chains_and_texts_are_not_refused() -> None:
    assert run("explain chain 'conv k3' -i 5 --alt --seed 0").stdout.startswith("One layer over a 5×5 input")
    assert drawn(f"chain {SOBEL} -i 8") == b"drawn"
    assert drawn("compare 'pointwise 2 3' 'pointwise 2 3' -i 7 --width 160 --still 0") == b"drawn"
    assert run("explain roundtrip -i 5 -k 3 --alt --seed 0").exit_code == 0


CONV = "conv -i 5 -k 3"
CONTRADICTORY = [
    *(f"{CONV} --still 1 {other}" for other in ("--steps 0:2", "--every 2", "--loop 2", "--hold 1", "--hold-first 1")),
    *(f"{CONV} --still 1 {other}" for other in ("--step-time 2", "--motion smooth", "--fps 5", "--easing out")),
    *(f"{CONV} --fps 5", f"{CONV} --easing out"),
    *(f"{CONV} --{kind}caption --caption-text mine" for kind in ("", "no-")),
    *(f"{CONV} --no-values {other}" for other in ("--labels numbers", "--decimals 1")),
    *(f"{CONV} --labels {kind} {other}" for kind in ("letters", "none") for other in ("--values", "--decimals 1")),
    f"{CONV} --classic --view flat",
    "conv -i 5 -k 3 --in-channels 2 --classic",
    "chain 'conv k3' 'conv k3' -i 7 --classic",
    f"{CONV} --format gif --for github",
    f"{CONV} --format gif -o a.png",
    f"{CONV} -o a.gif -o b.gif --for github",
    "conv -i 5x5 -k 3 --dims 3",
    "compare 'conv k3' 'nn.Conv2d(1, 1, 3)' -i 8 --dims 1",
    "layer 'nn.Conv2d(2, 1, 3)' -i 5 --in-channels 3",
    "layer 'nn.Conv2d(2, 1, 3)' -i 5 -k 5",
    "layer 'nn.Conv2d(2, 1, 3)' -i 5 --let n=5",
    "preset no_padding_strides --still 0 --hold 2",
]
FORMS = ["--json", "--alt", "--as torch", "--want 3"]
EXPLAINED = [
    CONV,
    "chain 'conv k3' -i 5",
    "roundtrip -i 5 -k 3",
    "'nn.Conv2d(1, 1, 3)' -i 5",
    "preset no_padding_strides",
]
CONTRADICTORY += [
    f"explain {line} {one} {other}"
    for line in EXPLAINED
    for one in FORMS
    for other in FORMS
    if FORMS.index(one) < FORMS.index(other)
]
CONTRADICTORY += ["explain compare 'conv k3' 'conv k2' -i 5 --json --alt"]


@gathered("line", CONTRADICTORY)
def test_options_that_contradict_each_other_are_refused(line: str) -> None:
    assert refused(line).startswith(("--", "layer"))


def test_what_a_preset_is_told_gives_way_to_what_a_user_says() -> None:
    assert drawn("preset not_a_deconvolution --still 0") == b"drawn"
    assert drawn("preset no_padding_strides --view flat") == b"drawn"


def test_one_form_of_explanation_is_printed() -> None:
    assert "steps" in json.loads(run("explain preset no_padding_strides --json").stdout)
    assert run("explain preset no_padding_strides --alt").stdout.startswith("A 3×3 kernel")


@pytest.mark.parametrize("looks", [{"still": 1, "loop": 2}, {"fps": 5}, {"labels": "none", "values": True}])
def test_python_and_descriptions_contradict_themselves_in_the_same_way(tmp_path: Path, looks: dict[str, Any]) -> None:
    with pytest.raises(ConvanimError, match="has no effect beside"):
        animate(Conv(5, 3), **looks)
    with pytest.raises(ConvanimError, match="has no effect beside"):
        compare([Conv(5, 3), ConvTranspose(5, 3)], **looks)
    told = "\n".join(f"{name} = {json.dumps(value)}" for name, value in looks.items())
    path = tmp_path / "gallery.toml"
    path.write_text(f"[[animation]]\nname = 'a'\noperation = 'conv'\ninput_size = 5\nkernel_size = 3\n{told}\n")
    with pytest.raises(ConvanimError, match="has no effect beside"):
        read_gallery(path)
