"""Thousands of command lines: each ends in a valid result or in one sentence and exit code 2."""

from __future__ import annotations

import io
import json
import re
from contextlib import chdir
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from convanim.cli import main
from convanim.theme import THEMES

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
PICTURE = {
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
FILES = ["a.gif", "b.png", "-", "missing/a.gif", "a.jpg", "", ".", f"{'a' * 300}.gif"]
TARGETS = st.lists(st.sampled_from(FILES), max_size=2)


@st.composite
def command_lines(draw: st.DrawFn) -> list[str]:
    explains = draw(st.booleans())
    words = [*(["explain"] if explains else []), draw(OPERATIONS)]
    optional = {**LAYER, **({} if explains else PICTURE)}
    chosen = draw(st.sets(st.sampled_from(sorted(optional)), max_size=3)) | {"-i", "-k"}
    for name in sorted(chosen):
        words += [name, draw(optional[name])]
    words += draw(st.lists(st.sampled_from(FLAGS), max_size=1))
    if not explains:
        small = [] if "--width" in chosen else ["--width", "60"]
        words += [*small, *(word for target in draw(TARGETS) for word in ("-o", target))]
    return words


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("random")


@settings(max_examples=3000, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(words=command_lines())
def test_a_random_command_line_ends_well(folder: Path, words: list[str]) -> None:
    with chdir(folder):
        result = CliRunner().invoke(main, words)
    written = sorted(folder.iterdir())
    try:
        if result.exit_code == 0:
            check_result(words, result.stdout_bytes, written)
        else:
            assert result.exit_code == 2, result.exception
            check_refusal(words, result.output)
            assert written == []
    finally:
        for path in written:
            path.unlink()


def check_refusal(words: list[str], output: str) -> None:
    """Check that one sentence says what is at fault and what is allowed."""
    sentence = output.rstrip().splitlines()[-1]
    assert sentence.startswith("Error: ")
    if "Usage:" in output:
        # The command line itself is wrong, which click says in its own words.
        assert re.search("No such option|is not a valid|is not in the range|Invalid value", sentence)
        return
    assert output.count("\n") == 1
    named = sentence.removeprefix("Error: ").split()[0]
    assert named.startswith("--")
    assert re.search("; |must be|too large|not a finite number|was|cannot be written|as in", sentence), sentence


def check_result(words: list[str], printed: bytes, written: list[Path]) -> None:
    if words[0] == "explain":
        told = printed.decode()
        assert json.loads(told)["steps"] if "--json" in words else "output size" in told
        assert written == []
        return
    targets = {words[place + 1] for place, word in enumerate(words) if word == "-o"}
    named = {path.name for path in written}
    assert named == (targets - {"-"} or ({printed.decode().strip()} if not targets else set()))
    for content in [path.read_bytes() for path in written] + ([printed] if "-" in targets else []):
        image = Image.open(io.BytesIO(content))
        assert image.format in ("GIF", "PNG")
