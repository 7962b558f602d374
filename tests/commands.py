"""Command lines, run as users run them."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from convanim import Animation
from convanim.cli import main


def run(line: str, given: str | None = None) -> Result:
    """Run a command line that begins behind ``convanim``, with a text on standard input."""
    return CliRunner().invoke(main, shlex.split(line), prog_name="convanim", input=given)


def drawn(line: str) -> bytes:
    """Return the file that a command line writes to standard output, and nothing else.

    It does not carry the command, so that what several commands draw alike has the same bytes.
    """
    with pytest.MonkeyPatch.context() as patch:
        carrying_nothing(patch)
        result = run(f"{line} -o -")
    assert result.exit_code == 0, result.output
    return result.stdout_bytes


def carrying_nothing(patch: pytest.MonkeyPatch) -> None:
    """Let pictures not carry the command that draws them."""
    patch.setattr("convanim.cli.writing.command_of", lambda context: "")


def refused(line: str) -> str:
    """Return the one sentence in which a command line is refused; no file is left."""
    before = sorted(Path.cwd().iterdir())
    result = run(line)
    assert result.exit_code == 2, result.output
    assert result.stdout == ""
    assert sorted(Path.cwd().iterdir()) == before
    *usage, sentence = result.stderr.splitlines()
    assert sentence.startswith("Error: ")
    # Click says which command it is about where the command line itself is wrong.
    assert not usage or usage[0].startswith("Usage: ")
    return sentence.removeprefix("Error: ")


def notes(line: str) -> list[str]:
    """Return what a command line that draws says on standard error, line by line; no file is made."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Animation, "encode", lambda *_: b"")
        result = run(f"{line} -o -")
    assert result.exit_code == 0, result.output
    said = result.stderr.splitlines()
    assert all(re.fullmatch(r"Note: .*\.", note) for note in said), said
    return said


def drawing_few_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let files hold the first step and the last, for tests of what all steps have in common."""
    encode = Animation.encode

    def encoded(animation: Animation, suffix: str, progress: Callable[[], object] | None = None) -> bytes:
        whole = animation.timeline.in_stops()
        few = sorted({0, len(whole.steps) - 1})
        steps, durations = (tuple(parts[number] for number in few) for parts in (whole.steps, whole.durations))
        return encode(replace(animation, timeline=replace(whole, steps=steps, durations=durations)), suffix, progress)

    monkeypatch.setattr(Animation, "encode", encoded)
