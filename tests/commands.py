"""Command lines, run as users run them."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

from click.testing import CliRunner, Result

from convanim.cli import main


def run(line: str) -> Result:
    """Run a command line that begins behind ``convanim``."""
    return CliRunner().invoke(main, shlex.split(line))


def drawn(line: str) -> bytes:
    """Return the file that a command line writes to standard output, and nothing else."""
    result = run(f"{line} -o -")
    assert result.exit_code == 0, result.output
    return result.stdout_bytes


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
    """Return what a command line that draws says on standard error, line by line."""
    result = run(f"{line} -o -")
    assert result.exit_code == 0, result.output
    said = result.stderr.splitlines()
    assert all(re.fullmatch(r"Note: .*\.", note) for note in said), said
    return said
