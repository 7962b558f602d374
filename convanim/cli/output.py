"""Printing of text and files, and the progress bar."""

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
"""Steps of a progress bar."""

_PAUSE = 0.2
"""Seconds between updates of a bar."""


def send(content: bytes, option: str = "output", value: str = "-") -> None:
    """Write bytes to standard output; an error names the option and its value.

    Raises
    ------
    ConvanimError
        If it is closed or full; a broken pipe is left to Click.
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


_KEPT = "\n\u00a0\u202f"
"""What is printed though it cannot be seen: ends of lines, and the blanks before signs and between thousands."""


def say(text: str) -> None:
    """Write lines to standard output, in UTF-8 if its encoding lacks a character, and escape invisible ones."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    lines = printable(text, kept=_KEPT) + "\n"
    try:
        content = lines.encode(encoding)
    except UnicodeEncodeError:
        content = lines.encode()
    send(content, "standard output", "")


def remark(text: str) -> None:
    """Write a text as one line to standard error."""
    with progress().aside():
        click.echo(printable(text), err=True)


def refuse_terminal() -> None:
    """Raise an error if standard output is a terminal, which shows no pictures.

    Raises
    ------
    ConvanimError
        If it is.
    """
    if sys.stdout is not None and sys.stdout.isatty():
        raise ConvanimError("output", "-", "is a terminal, which shows no pictures; send it to a file or a program")


class Progress:
    """A bar on a terminal for work that takes longer than a second.

    A separate thread draws it, so that it appears even if no progress is
    reported.
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
        """Set the total amount of work."""
        self.length = length

    def step(self, work: float = 1.0) -> None:
        """Add to the work that is done."""
        self.done += work

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Hide the bar while something else is printed."""
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
    """Return the progress bar of the running command."""
    context = click.get_current_context(silent=True)
    return (context and context.find_object(Progress)) or Progress()
