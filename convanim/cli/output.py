"""What the command prints, and the bar that shows how far it is."""

from __future__ import annotations

import sys
import time
from typing import Any, TextIO

import click

from convanim.errors import ConvanimError
from convanim.letters import printable


def send(content: bytes, option: str = "output", value: str = "-") -> None:
    """Write bytes to standard output; an error names the option and its value.

    Raises
    ------
    ConvanimError
        If it is closed or full. A reader that has left is click's to handle.
    """
    try:
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        raise
    except (OSError, AttributeError, ValueError) as error:
        reason = (getattr(error, "strerror", None) or "it is closed").lower()
        raise ConvanimError(option, value, "could not be written ({})", reason) from error


def say(text: str) -> None:
    """Write lines to standard output, in UTF-8 where its own encoding lacks a letter; what does not show is escaped."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    lines = printable(text, kept="\n") + "\n"
    try:
        content = lines.encode(encoding)
    except UnicodeEncodeError:
        content = lines.encode()
    send(content, "standard output", "")


def remark(text: str) -> None:
    """Write one line to standard error, whatever the text holds."""
    click.echo(printable(text), err=True)


def refuse_terminal() -> None:
    """Raise where a picture would be written to a terminal.

    Raises
    ------
    ConvanimError
        If standard output is one.
    """
    if sys.stdout is not None and sys.stdout.isatty():
        raise ConvanimError("output", "-", "is a terminal, which shows no pictures; send it to a file or a program")


class Progress:
    """A bar on a terminal, for work that takes longer than a second."""

    def __init__(self, length: int, stream: TextIO | None = None) -> None:
        self.length = length
        self.stream = stream or sys.stderr
        self.started = time.monotonic()
        self.done = 0
        self.bar: Any = None

    def __enter__(self) -> Progress:
        return self

    def step(self) -> None:
        """Count one more."""
        self.done += 1
        if self.bar is None:
            if self.stream is None or not self.stream.isatty() or time.monotonic() - self.started < 1:
                return
            self.bar = click.progressbar(length=self.length, label="Drawing", file=self.stream)
            self.bar.__enter__()
            self.bar.update(self.done - 1)
        self.bar.update(1)

    def __exit__(self, *error: object) -> None:
        if self.bar is not None:
            self.bar.__exit__(*error)
