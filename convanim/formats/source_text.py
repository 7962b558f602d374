"""How sources that people edit are written: lengths and places, comments with the command, and long statements."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

from convanim.formats.source import FINE, Point

T = TypeVar("T")

_WIDE = 110
"""About the most letters in a line."""

_COMMAND = "Command: "


def points(pixels: float) -> str:
    """Return a length in points of PostScript, of which a pixel has three quarters, as in CSS."""
    return _decimal(pixels * 0.75, 3)


def coordinate(part: int) -> str:
    """Return a coordinate in cells."""
    return _decimal(part / FINE, 4)


def place(point: Point) -> str:
    """Return a point in cells."""
    return ", ".join(map(coordinate, point))


def one_line(text: str) -> str:
    """Return a text for a comment, which ends where its line does."""
    return " ".join(text.split())


def commented(mark: str, command: str) -> str:
    """Return the line of a comment with the command that draws a film, or nothing if none does."""
    return f"{mark}{_COMMAND}{one_line(command)}\n" if command else ""


def command_in(mark: str, content: bytes) -> str:
    """Return the command in the comments at the start of a file, or an empty text."""
    for line in content.decode().splitlines():
        if not line.startswith(mark.strip()):
            break
        if line.startswith(mark + _COMMAND):
            return line.removeprefix(mark + _COMMAND)
    return ""


def wrapped(head: str, pieces: Iterable[str], joint: str, tail: str) -> Iterator[str]:
    """Yield the lines of a statement, of which all but the first are indented."""
    line = ""
    for piece in pieces:
        if len(head) + len(line) + len(piece) > _WIDE and line:
            yield f"{head}{line}{joint.rstrip()}"
            head, line = "    ", ""
        line += f"{joint if line else ''}{piece}"
    yield f"{head}{line}{tail}"


def batches(things: Sequence[T], most: int) -> Iterator[Sequence[T]]:
    """Yield things in order, at most so many at a time."""
    return (things[start : start + most] for start in range(0, len(things), most))


def _decimal(value: float, digits: int) -> str:
    text = f"{value:.{digits}f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text
