"""What the command prints, and the bar that shows how far it is."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread
from typing import TextIO

import click

from convanim.base.errors import ConvanimError
from convanim.base.text import printable

_PARTS = 1000
"""Of the work, that a bar tells apart."""

_PAUSE = 0.2
"""Seconds until a bar is drawn anew."""


def send(content: bytes, option: str = "output", value: str = "-") -> None:
    """Write bytes to standard output; an error names the option and its value.

    Raises
    ------
    ConvanimError
        If it is closed or full. A reader that has left is click's to handle.
    """
    try:
        with progress().aside():
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
    with progress().aside():
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
    """A bar on a terminal for work that takes longer than a second.

    A thread of its own draws it, so that it shows also where nothing tells
    how far the work is.
    """

    def __init__(self, stream: TextIO | None = None, delay: float = 1.0) -> None:
        self.length = 0.0
        self.done = 0.0
        self._stream = sys.stderr if stream is None else stream
        self._delay = delay
        self._stop: Callable[[], None] | None = None

    def __enter__(self) -> Progress:
        self._start()
        return self

    def __exit__(self, *error: object) -> None:
        self._end()

    def expect(self, length: float) -> None:
        """Say how much work there is."""
        self.length = length

    def step(self, work: float = 1.0) -> None:
        """Count some work as done."""
        self.done += work

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Leave the terminal to something else that is printed."""
        was_shown = self._stop is not None
        self._end()
        yield
        if was_shown:
            self._start()

    def _start(self) -> None:
        if self._stream is None or not self._stream.isatty():
            return
        ended = Event()
        thread = Thread(target=self._show, args=(ended,), daemon=True)
        thread.start()

        def stop() -> None:
            ended.set()
            thread.join()

        self._stop = stop

    def _end(self) -> None:
        if self._stop:
            self._stop()
        self._stop = None

    def _show(self, ended: Event) -> None:
        if ended.wait(self._delay):
            return
        with click.progressbar(length=_PARTS, label="Working", file=self._stream, show_eta=False) as bar:
            while True:
                part = min(1.0, self.done / self.length) if self.length else 0.0
                bar.update(int(part * _PARTS) - bar.pos)
                if ended.wait(_PAUSE):
                    return


def progress() -> Progress:
    """Return the bar of the command that runs."""
    context = click.get_current_context(silent=True)
    return (context and context.find_object(Progress)) or Progress()
