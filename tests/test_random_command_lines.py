"""Thousands of command lines: each ends in a valid result or in one sentence and exit code 2."""

from __future__ import annotations

import io
import json
import re
import shutil
from collections.abc import Sequence
from contextlib import chdir
from pathlib import Path
from typing import TypeVar
from xml.etree import ElementTree

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from convanim.cli import main
from convanim.theme import THEMES
from convanim.values import KERNELS

ODD = ["", "-1", "0", "x", "3.5", "1e3", "999999999999", "0x10", "NaN", "٣", "3x", "1:2:3", "a b", "\\", "--", "🙂"]
HUGE = ["800", "5000", "99999", "100000", "100001", "9x99999"]


T = TypeVar("T")


def mostly(sound: Sequence[T], odd: Sequence[T], share: int = 9) -> st.SearchStrategy[T]:
    """Draw what is sound, and once in a while what is not."""
    return st.integers(0, share).flatmap(lambda drawn: st.sampled_from(sound if drawn < share else odd))


def sizes(least: int, most: int, axes: int = 2) -> st.SearchStrategy[str]:
    """Draw sizes, most of them of one number."""
    number = st.integers(least, most).map(str)
    several = [st.tuples(*[number] * count).map("x".join) for count in range(2, axes + 1)]
    kinds = [*[number] * 18, *several, *several, mostly(HUGE, ODD, 1)]
    return st.integers(0, len(kinds) - 1).flatmap(kinds.__getitem__)


PADDINGS = ["0", "1", "1", "2", "0:1", "1:0", "1x0", "0:1x1", "2:1x0:1", "-1:2", "-1:0x1", "same", "valid", "full"]
LAYER = {
    "-i": sizes(1, 9, 3),
    "-k": sizes(1, 3),
    "-s": sizes(1, 3),
    "-p": mostly(PADDINGS, [*ODD, "causal", "half", "1x1x1"]),
    "-d": sizes(1, 2),
    "--output-padding": mostly(["0", "1", "1x0"], ODD),
    "--input-dilation": mostly(["1", "2", "2x1", "3"], ODD),
    "--padding-mode": mostly(["zeros", "reflect", "replicate", "circular"], ["mirror", ""]),
    "--dims": mostly(["1", "1", "2", "3"], ["0", "x"]),
}
ROWS = ["1 2; 3 4", "1 2 3; 4 5 6; 7 8 9", "1;2;3", "-1 2", "1 0 -1; 2 0 -2; 1 0 -1", "0.5 -1e-2; 1e3 7", "0 0; 0 0"]
TABLES = [f"../data/grid.{suffix}" for suffix in ("csv", "json", "npy")]
BAD_NUMBERS = ["", ";", "1 2; 3", "1 x", "nan 1", "1e999", "9" * 30, "{} `stride`", "٣", "[[1, 2]]", "a\nb", "1.e"]
BAD_NUMBERS += [
    f"../data/{name}" for name in ("broken.png", "words.csv", "words.json", "words.npy", "folder.csv", "a.txt")
]
BAD_NUMBERS += ["missing.csv", "missing.png", "\0.npy", f"{'a' * 300}.json"]
NUMBERS = {
    "--input": mostly([*ROWS, *TABLES, "../data/grey.png"], BAD_NUMBERS),
    "--kernel": mostly([*ROWS, *TABLES, *KERNELS], [*BAD_NUMBERS, "sobel", "../data/grey.png"]),
    "--seed": mostly(["0", "7", "1234"], ["-1", "4294967296", "x"]),
}
PICTURE = {
    "--view": mostly(["flat", "oblique", "line"], ["side", ""]),
    "--labels": mostly(["auto", "numbers", "letters", "none"], ["words", ""]),
    "--decimals": mostly(["0", "1", "6"], ["7", "-1", "x"]),
    "--width": mostly(["40", "60", "90"], ["1", "-5", "99999", "x"]),
    "--theme": mostly([*THEMES], ["none", ""]),
    "--background": mostly(["transparent", "#ff00ff"], ["#fff", "red", ""]),
    "--caption-text": st.one_of(st.text(max_size=12), st.sampled_from(["<b>$x$", "'; rm", "\n", "한"])),
    "--steps": mostly(["0:2", ":", "3:", ":-1"], ["5", "a:b", "9:1", "1:2:3"]),
    "--every": mostly(["1", "3"], ["0", "-1", "x"]),
    "--still": mostly(["0", "-1", "2"], ["99", "x"]),
    "--step-time": mostly(["0.5", "2"], ["0", "-1", "nan", "inf", "1e9", "x"]),
    "--hold": mostly(["2", "0.5"], ["-1", "nan", "x"]),
    "--loop": mostly(["0", "1", "3"], ["-1", "99999999", "x"]),
    "--hold-first": mostly(["1"], ["-1", "inf", "x"]),
    "--motion": mostly(["steps", "smooth"], ["jump", ""]),
    "--fps": mostly(["2", "5"], ["0", "1000", "x", "2.5"]),
    "--easing": mostly(["in-out", "out", "linear"], ["bounce"]),
    "--height": mostly(["60", "90"], ["1", "-5", "99999", "x"]),
    "--format": mostly(["gif", "png", "webp", "svg", "pdf", "html", "json"], ["jpg", ""]),
}
METHOD = mostly(["gather", "scatter"], ["stamp"])
FIELD = mostly(["0", "-1", "0x0", "1x2"], ["9", "0x0x0", "x", ""])
SWITCHES = ["--classic", "--reveal", "--caption", "--legend", "--values", "--no-values", "--shades", "--no-shades"]
OTHERS = ["--overlap", "--rotated", "--ceil-mode", "--no-count-include-pad", "--json"]
OPERATIONS = ["conv", "conv-transpose", "conv-general", "max-pool", "avg-pool", "unfold"]
LACKING = {
    "conv": {"--output-padding", "--input-dilation"},
    "conv-transpose": {"--padding-mode", "--input-dilation"},
    "conv-general": {"--output-padding", "--padding-mode"},
    "max-pool": {"--output-padding", "--padding-mode", "--input-dilation", "--kernel"},
    "avg-pool": {"--output-padding", "--padding-mode", "--input-dilation", "--kernel", "-d"},
    "unfold": {"--output-padding", "--padding-mode", "--input-dilation", "--kernel"},
}
"""The options that each operation lacks."""

TARGETS = st.lists(
    mostly(
        ["a.gif", "a.svg", "-"],
        [
            "b.png",
            "a.webp",
            "a.pdf",
            "a.html",
            "a.json",
            "s/",
            "s-%02d.png",
            "s-%s.png",
            "missing/a.gif",
            "a.jpg",
            "",
            ".",
            f"{'a' * 300}.gif",
        ],
        4,
    ),
    max_size=2,
)


@st.composite
def lines(
    draw: st.DrawFn, command: list[str], explains: bool, always: set[str], optional: dict[str, st.SearchStrategy[str]]
) -> list[str]:
    """Draw a command line: a command, some options and what they are given, and where to write."""
    known = {**optional, **({} if explains else PICTURE)}
    chosen = draw(st.sets(st.sampled_from(sorted(known)), max_size=3)) | always
    words = [word for name in draw(st.permutations(sorted(chosen))) for word in (name, draw(known[name]))]
    words += draw(st.lists(mostly(["--json"] if explains else SWITCHES, [*SWITCHES, *OTHERS]), max_size=1))
    if explains:
        return ["explain", *command, *words]
    # Small pictures, and few of them, unless something else was drawn.
    words += [] if "--width" in chosen else ["--width", draw(mostly(["60"], ["600"], 6))]
    words += [] if chosen & {"--steps", "--still", "--every"} else ["--steps", draw(mostly(["0:3"], [":"], 5))]
    return [*command, *words, *(word for target in draw(TARGETS) for word in ("-o", target))]


@st.composite
def layer_lines(draw: st.DrawFn) -> list[str]:
    """Draw a command line for one layer."""
    operation = draw(st.sampled_from(OPERATIONS))
    always = draw(st.sampled_from([{"-i", "-k"}, {"-i", "-k"}, {"--input", "-k"}, {"-i", "--kernel"}]))
    if "--kernel" in LACKING[operation]:
        always = {"-k" if name == "--kernel" else name for name in always}
    explains = draw(st.booleans())
    methods = {} if explains or operation != "conv-transpose" else {"--method": METHOD}
    known = {**LAYER, **NUMBERS, **methods}
    lacking = draw(mostly([LACKING[operation]], [set()]))
    return draw(lines([operation], explains, always, {name: known[name] for name in known if name not in lacking}))


WEIGHTS = ["kernel=box", "kernel=sobel-x", "kernel=1,2;3,4", "kernel=1;2"]
STRIDES, PADS = ["s1", "s2", "s1x2"], ["p1", "p0:1", "p1x1"]
WORDS = {
    "conv": [STRIDES, [*PADS, "same", "full", "p=valid"], ["d2", "padding_mode=reflect"]],
    "conv-transpose": [STRIDES, PADS, ["d2", "a1"]],
    "conv-general": [STRIDES, [*PADS, "p=-1:1"], ["d2", "z2", "rotated"]],
    "max-pool": [STRIDES, PADS, ["d2", "ceil_mode"]],
    "avg-pool": [STRIDES, PADS, ["ceil_mode", "count_include_pad=no"]],
    "unfold": [STRIDES, PADS, ["d2"]],
}
BAD_WORDS = [
    "causal",
    "k3",
    "z9",
    "k",
    "k=",
    "=",
    "kernel=",
    "kernel=1,2;3",
    "kernel=x",
    "kernel=../data/a.txt",
    "stride",
    "p-1",
    "🙂",
    "a9",
]


@st.composite
def short_forms(draw: st.DrawFn) -> str:
    """Draw a layer in short, of which most are sound."""
    operation = draw(st.sampled_from(OPERATIONS))
    sizes = ["k2", "k1", "K3", "k2x1", "kernel_size=2", *(WEIGHTS if "conv" in operation else [])]
    groups = draw(st.lists(st.sampled_from(WORDS[operation]), max_size=2, unique_by=id))
    rest = [draw(mostly(words, BAD_WORDS)) for words in groups]
    return " ".join([draw(mostly([operation], ["CONV", "warp", ""])), draw(mostly(sizes, ["", *WEIGHTS])), *rest])


@st.composite
def chain_lines(draw: st.DrawFn) -> list[str]:
    """Draw a command line for several layers."""
    explains = draw(st.booleans())
    kind = draw(st.sampled_from(["chain", "chain", "roundtrip", "separable"]))
    more = {} if explains else {"--field": FIELD, "--method": METHOD}
    if kind == "chain":
        always = draw(st.sampled_from([{"-i"}, {"-i"}, {"--input"}]))
        own = {
            "-i": sizes(3, 7, 3),
            "--dims": LAYER["--dims"],
            "--input": NUMBERS["--input"],
            "--seed": NUMBERS["--seed"],
        }
        layers = draw(st.lists(short_forms(), min_size=draw(mostly([1], [0])), max_size=3))
        return draw(lines(["chain", *layers], explains, always, {**own, **more}))
    own = {name: known for name, known in {**LAYER, **NUMBERS}.items() if name not in LACKING["conv"]}
    own["-i"] = sizes(3, 7)
    always = {"-i", "-k"}
    if kind == "separable" or draw(st.booleans()):
        always = draw(st.sampled_from([{"-i", "--kernel"}, {"--input", "--kernel"}]))
    if kind == "separable":
        own["--kernel"] = mostly(
            ["sobel-x", "scharr-x", "1 2; 2 4", "0.5 1; 1 2", "1; 2"], [*BAD_NUMBERS, *ROWS, *KERNELS], 3
        )
    return draw(lines([kind], explains, always, {**own, **more}))


HELPFUL = ["; ", "must be", "too large", "not a finite number", "was", "cannot be written", "as in", "at most"]
HELPFUL += ["cannot be read", "that can be read", "is not JSON", "is not an array", "makes −∞"]
"""What every refusal has one of: a way out, a limit, or why a file or a result is of no use."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an empty folder beside one with files to read."""
    data = tmp_path_factory.mktemp("random") / "data"
    (data / "folder.csv").mkdir(parents=True)
    rows = [[1, 2, 0], [0, 1, -1], [3, 1, 2]]
    (data / "grid.csv").write_text("1,2,0\n0,1,-1\n3,1,2\n", encoding="utf-8")
    (data / "grid.json").write_text(json.dumps(rows), encoding="utf-8")
    np.save(data / "grid.npy", np.array(rows))
    noise = Image.effect_noise((8, 8), 60)
    noise.save(data / "grey.png")
    (data / "broken.png").write_bytes((data / "grey.png").read_bytes()[:90])
    for name in ("words.csv", "words.json", "words.npy", "a.txt"):
        (data / name).write_text("some words", encoding="utf-8")
    here = data.parent / "here"
    here.mkdir()
    return here


RANDOM = settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])


@settings(RANDOM, max_examples=250)
@given(words=layer_lines())
def test_a_random_command_line_ends_well(folder: Path, words: list[str]) -> None:
    check(folder, words)


@settings(RANDOM, max_examples=120)
@given(words=chain_lines())
def test_a_random_command_line_of_a_chain_ends_well(folder: Path, words: list[str]) -> None:
    check(folder, words)


def check(folder: Path, words: list[str]) -> None:
    """Run a command line, and check what it says and what it leaves."""
    with chdir(folder):
        result = CliRunner().invoke(main, words)
    written = sorted(folder.iterdir())
    try:
        if result.exit_code == 0:
            check_result(words, result.stdout_bytes, written)
            assert all(
                re.fullmatch(r"Note: left out at .*; a width of \d+( and a height of \d+)? shows all\.", line)
                for line in result.stderr.splitlines()
            )
        else:
            assert result.exit_code == 2, result.exception
            check_refusal(words, result.output)
            assert written == []
    finally:
        for path in written:
            path.unlink() if path.is_file() else shutil.rmtree(path)


def check_refusal(words: list[str], output: str) -> None:
    """Check that one sentence says what is at fault and what is allowed."""
    *before, sentence = [line for line in output.rstrip().splitlines() if not line.startswith("Note: ")]
    assert sentence.startswith("Error: ")
    if "Usage:" in output:
        # The command line itself is wrong, which click says in its own words.
        assert re.search("No such option|is not a valid|is not in the range|Invalid value|Missing argument", sentence)
        return
    assert before == []
    named = sentence.removeprefix("Error: ").split()[0].rstrip(":")
    assert named.startswith("--") or named in ("layer", "layers", "operation")
    assert re.search("|".join(HELPFUL), sentence), sentence


def check_result(words: list[str], printed: bytes, written: list[Path]) -> None:
    if words[0] == "explain":
        told = printed.decode()
        if "--json" in words:
            plan = json.loads(told, parse_constant=float)
            assert all(part["steps"] for part in plan.get("layers", [plan]))
        else:
            assert "output size" in told or told.startswith("chain  ")
        assert written == []
        return
    targets = {words[place + 1] for place, word in enumerate(words) if word == "-o"}
    named = {_target(path.name) for path in written}
    assert named == (targets - {"-"} or ({printed.decode().strip()} if not targets else set()))
    files = [path for entry in written for path in ([entry] if entry.is_file() else entry.iterdir())]
    for content in [path.read_bytes() for path in files] + ([printed] if "-" in targets else []):
        check_content(content)


def _target(name: str) -> str:
    """Return what a file or a folder of several was asked for by."""
    return "s/" if name == "s" else re.sub(r"^s-\d+\.", "s-%02d.", name)


def check_content(content: bytes) -> None:
    """Check that a file is whole, whatever its kind."""
    if content.startswith(b"<svg"):
        ElementTree.fromstring(content)
    elif content.startswith(b"%PDF-"):
        assert content.endswith(b"%%EOF\n")
    elif content.startswith(b"<!DOCTYPE html>"):
        assert content.rstrip().endswith(b"</html>")
    elif content.startswith(b"{"):
        json.loads(content)
    else:
        assert Image.open(io.BytesIO(content)).format in ("GIF", "PNG", "WEBP")
