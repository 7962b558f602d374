"""Thousands of command lines: each ends in a valid result or in one sentence and exit code 2."""

from __future__ import annotations

import io
import json
import re
from contextlib import chdir
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from convanim.cli import main
from convanim.theme import THEMES
from convanim.values import KERNELS

NUMBER = st.integers(1, 9).map(str)
LITTLE = st.sampled_from(["0", "1", "1", "2", "3"])
HUGE = st.sampled_from(["500", "5000", "99999", "100000", "100001", "3x99999"])
ODD = st.sampled_from(
    ["", "-1", "x", "3.5", "1e3", "999999999999", "0x10", "NaN", "٣", "3x", "1:2:3", "a b", "\\", "--", "🙂"]
)


def sizes(number: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Return sizes of which most are sound."""
    two, three = st.tuples(number, number).map("x".join), st.tuples(number, number, number).map("x".join)
    kinds = [ODD, HUGE, three, *[two] * 5, *[number] * 12]
    return st.integers(0, len(kinds) - 1).flatmap(kinds.__getitem__)


PAIR = st.one_of(LITTLE, LITTLE, st.tuples(LITTLE, LITTLE).map(":".join))
PADDING = st.one_of(
    PAIR, PAIR, st.tuples(PAIR, PAIR).map("x".join), st.sampled_from(["same", "valid", "full", "causal", "half"]), ODD
)
LAYER = {
    "-i": sizes(NUMBER),
    "-k": sizes(LITTLE),
    "-s": sizes(LITTLE),
    "-p": PADDING,
    "-d": sizes(LITTLE),
    "--output-padding": sizes(LITTLE),
    "--padding-mode": st.sampled_from(["zeros", "reflect", "replicate", "circular", "mirror"]),
    "--dims": st.sampled_from(["1", "2", "3", "0", "x"]),
}
FLAGS = ["--ceil-mode", "--no-count-include-pad", "--classic", "--reveal", "--caption", "--legend", "--json"]
FLAGS += ["--values", "--no-values", "--shades", "--no-shades", "--overlap"]
GRIDS = ["1 2; 3 4", "1 2 3; 4 5 6; 7 8 9", "1;2;3", "-1 2", "1 0 -1; 2 0 -2; 1 0 -1", "0.5 -1e-2; 1e3 7", "0 0; 0 0"]
FILES_IN = [f"../data/grid.{suffix}" for suffix in ("csv", "json", "npy")] + ["../data/grey.png"]
ODD_NUMBERS = ["", ";", "1 2; 3", "1 x", "nan 1", "1e999", "9" * 30, "{} `stride`", "٣", "[[1, 2]]", "a\nb", "1.e"]
ODD_NUMBERS += [
    f"../data/{name}" for name in ("broken.png", "words.csv", "words.json", "words.npy", "folder.csv", "a.txt")
]
ODD_NUMBERS += ["missing.csv", "missing.png", "\0.npy", f"{'a' * 300}.json"]


def mostly(sound: list[str], odd: list[str]) -> st.SearchStrategy[str]:
    return st.sampled_from([*sound * (2 * len(odd) // len(sound) + 1), *odd])


NUMBERS = {
    "--input": mostly([*GRIDS, *FILES_IN], ODD_NUMBERS),
    "--kernel": mostly([*GRIDS, *KERNELS, *FILES_IN[:3]], [*ODD_NUMBERS, "sobel", "../data/grey.png"]),
    "--seed": st.sampled_from(["0", "7", "1234", "-1", "4294967296", "x"]),
}
PICTURE = {
    "--view": st.sampled_from(["flat", "flat", "line", "oblique", "side", ""]),
    "--labels": st.sampled_from(["auto", "numbers", "letters", "none", "words", ""]),
    "--decimals": st.sampled_from(["0", "1", "6", "7", "-1", "x"]),
    "--method": st.sampled_from(["gather", "scatter", "stamp"]),
    "--width": st.sampled_from(["40", "60", "90", "1", "-5", "99999", "x"]),
    "--theme": st.sampled_from([*THEMES, "none", ""]),
    "--background": st.sampled_from(["transparent", "#ff00ff", "#fff", "red", ""]),
    "--caption-text": st.one_of(st.text(max_size=12), st.sampled_from(["<b>$x$", "'; rm", "\n", "한"])),
    "--steps": st.sampled_from(["0:2", ":", "3:", ":-1", "5", "a:b", "9:1", "1:2:3"]),
    "--every": st.sampled_from(["1", "3", "0", "-1", "x"]),
    "--still": st.sampled_from(["0", "-1", "2", "99", "x"]),
    "--step-time": st.sampled_from(["0.5", "0", "-1", "nan", "inf", "1e9", "x"]),
    "--hold": st.sampled_from(["2", "-1", "nan", "x"]),
    "--loop": st.sampled_from(["0", "1", "3", "-1", "99999999", "x"]),
    "--format": st.sampled_from(["gif", "png", "jpg", ""]),
}
OPERATIONS = st.sampled_from(["conv", "conv-transpose", "max-pool", "avg-pool"])
FIELD = st.sampled_from(["0", "1", "-1", "0x0", "1x2", "9", "0x0x0", "x", ""])
FILES = ["a.gif", "b.png", "-", "missing/a.gif", "a.jpg", "", ".", f"{'a' * 300}.gif"]
TARGETS = st.lists(st.sampled_from(FILES), max_size=2)


@st.composite
def choices(draw: st.DrawFn, optional: dict[str, st.SearchStrategy[str]], always: set[str]) -> list[str]:
    """Draw options and what they are given, in any order."""
    chosen = draw(st.sets(st.sampled_from(sorted(optional)), max_size=3)) | always
    words = [word for name in draw(st.permutations(sorted(chosen))) for word in (name, draw(optional[name]))]
    return words + draw(st.lists(st.sampled_from(FLAGS), max_size=1))


@st.composite
def targets(draw: st.DrawFn, words: list[str], most: str) -> list[str]:
    """Draw where to write; the picture is small and short unless something else was drawn."""
    small = [] if "--width" in words else ["--width", draw(st.sampled_from(["60", "60", "60", most]))]
    short = [] if {"--steps", "--still", "--every"} & set(words) else draw(st.sampled_from([["--steps", "0:3"], []]))
    return [*small, *short, *(word for target in draw(TARGETS) for word in ("-o", target))]


@st.composite
def layer_lines(draw: st.DrawFn) -> list[str]:
    """Draw a command line for one layer."""
    explains = draw(st.booleans())
    sizes = draw(
        st.sampled_from([{"-i", "-k"}, {"-i", "-k"}, {"--input", "-k"}, {"-i", "--kernel"}, {"--input", "--kernel"}])
    )
    words = draw(choices({**LAYER, **NUMBERS, **({} if explains else PICTURE)}, sizes))
    command = [*(["explain"] if explains else []), draw(OPERATIONS)]
    return [*command, *words, *([] if explains else draw(targets(words, "500")))]


WORDS = [
    "s1",
    "s2",
    "s1x2",
    "p1",
    "p0:1",
    "p1x0",
    "d2",
    "a1",
    "same",
    "full",
    "causal",
    "ceil_mode",
    "padding_mode=reflect",
]
WEIGHTS = ["kernel=box", "kernel=sobel-x", "kernel=1,2;3,4", "kernel=1;2"]
ODD_WORDS = [
    "k3",
    "z9",
    "k",
    "k=",
    "=",
    "kernel=",
    "kernel=1,2;3",
    "kernel=x",
    "kernel=../data/grid.csv",
    "stride",
    "p-1",
    "🙂",
    "--",
]


@st.composite
def short_forms(draw: st.DrawFn) -> str:
    """Draw a layer in short, of which most are sound."""
    size = draw(
        st.sampled_from(["k1", "k2", "k2", "k3", "K2", "k2x1", "kernel_size=2", draw(st.sampled_from(WEIGHTS)), ""])
    )
    rest = draw(
        st.lists(mostly(WORDS, ODD_WORDS[:2]) if draw(st.integers(0, 4)) else st.sampled_from(ODD_WORDS), max_size=2)
    )
    operation = draw(st.one_of(OPERATIONS, OPERATIONS, OPERATIONS, st.sampled_from(["CONV", "warp", ""])))
    return " ".join([operation, size, *rest])


@st.composite
def chain_lines(draw: st.DrawFn) -> list[str]:
    """Draw a command line for several layers."""
    explains = draw(st.booleans())
    command = draw(st.sampled_from(["chain", "chain", "roundtrip", "separable"]))
    optional = {**LAYER, **NUMBERS, **({} if explains else {**PICTURE, "--field": FIELD})}
    layers: list[str] = []
    if command == "chain":
        layers = draw(st.lists(short_forms(), min_size=draw(st.sampled_from([0, 1, 1, 1])), max_size=3))
        optional = {
            name: value for name, value in optional.items() if name in ("-i", "--dims", "--kernel") or name not in LAYER
        }
        sizes = draw(st.sampled_from([{"-i"}, {"-i"}, {"--input"}]))
    else:
        sizes = draw(st.sampled_from([{"-i", "-k"}, {"-i", "--kernel"}, {"-i", "--kernel"}, {"--input", "--kernel"}]))
    words = draw(choices(optional, sizes))
    drawn = [] if explains else draw(targets(words, "700"))
    return [*(["explain"] if explains else []), command, *layers, *words, *drawn]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an empty folder beside one with files to read."""
    data = tmp_path_factory.mktemp("random") / "data"
    (data / "folder.csv").mkdir(parents=True)
    rows = [[1, 2, 0], [0, 1, -1], [3, 1, 2]]
    (data / "grid.csv").write_text("1,2,0\n0,1,-1\n3,1,2\n", encoding="utf-8")
    (data / "grid.json").write_text(json.dumps(rows), encoding="utf-8")
    np.save(data / "grid.npy", np.array(rows))
    noise = Image.effect_noise((12, 12), 60)
    noise.save(data / "grey.png")
    (data / "broken.png").write_bytes((data / "grey.png").read_bytes()[:90])
    for name in ("words.csv", "words.json", "words.npy", "a.txt"):
        (data / name).write_text("some words", encoding="utf-8")
    here = data.parent / "here"
    here.mkdir()
    return here


RANDOM = settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])


@settings(RANDOM, max_examples=2000)
@given(words=layer_lines())
def test_a_random_command_line_ends_well(folder: Path, words: list[str]) -> None:
    check(folder, words)


@settings(RANDOM, max_examples=1000)
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
                re.fullmatch(r"Note: left out at .*, which need \d+\.", line) for line in result.stderr.splitlines()
            )
        else:
            assert result.exit_code == 2, result.exception
            check_refusal(words, result.output)
            assert written == []
    finally:
        for path in written:
            path.unlink()


def check_refusal(words: list[str], output: str) -> None:
    """Check that one sentence says what is at fault and what is allowed."""
    *before, sentence = [line for line in output.rstrip().splitlines() if not line.startswith("Note: ")]
    assert sentence.startswith("Error: ")
    if "Usage:" in output:
        # The command line itself is wrong, which click says in its own words.
        assert re.search("No such option|is not a valid|is not in the range|Invalid value|Missing argument", sentence)
        return
    assert before == []
    named = sentence.removeprefix("Error: ").split()[0]
    assert named.startswith("--")
    assert re.search("; |must be|too large|not a finite number|was|cannot be written|as in|" + UNREADABLE, sentence), (
        sentence
    )


UNREADABLE = "cannot be read|that can be read|is not JSON|is not an array|makes −∞"
"""What is said of files, and of a chain, where no more can be said."""


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
    named = {path.name for path in written}
    assert named == (targets - {"-"} or ({printed.decode().strip()} if not targets else set()))
    for content in [path.read_bytes() for path in written] + ([printed] if "-" in targets else []):
        image = Image.open(io.BytesIO(content))
        assert image.format in ("GIF", "PNG")
