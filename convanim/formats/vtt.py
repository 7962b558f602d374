"""WebVTT: what is said of an animation and when, as captions to show, to speak, or to edit and read back."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape, unescape
from itertools import groupby, pairwise
from pathlib import Path

from convanim.base.errors import ConvanimError
from convanim.base.options import composed
from convanim.base.text import MOST_DRAWN
from convanim.formats.clip import Film

_HEAD = "WEBVTT"
_COMMAND = "NOTE "
_TIME = re.compile(r"(?:\d+:)?\d\d:\d\d\.\d{3} +--> ")
_MOST_BYTES = 100_000
"""The most bytes of words that are read, more than any tour has."""


def encode(film: Film) -> bytes:
    """Return captions: a cue for each stop of a tour, or for each sentence about other steps, without gaps."""
    blocks = [_HEAD, *([f"{_COMMAND}{_plain(film.told.command)}"] if film.told.command else [])]
    for number, (start, end, text) in enumerate(_cues(film), 1):
        blocks.append(f"{number}\n{_clock(start)} --> {_clock(end)}\n{_plain(text)}")
    return ("\n\n".join(blocks) + "\n").encode()


def command_of(content: bytes) -> str:
    """Return the command that a file carries, or an empty text.

    Raises
    ------
    ValueError
        If it is no WebVTT.
    """
    text = content.decode()
    if not text.startswith(_HEAD):
        raise ValueError("no WebVTT")
    found = re.match(rf"{_HEAD}\n\n{_COMMAND}(.+)", text)
    return unescape(found[1]) if found else ""


def read_words(option: str, path: str) -> tuple[str, ...]:
    """Return the texts of the cues of a file, or its lines if it is no WebVTT, but none that is empty or begins with #.

    Raises
    ------
    ConvanimError
        If it cannot be read, is too large, or has an invisible letter.
    """
    file = Path(path)
    try:
        with file.open("rb") as opened:
            content = opened.read(_MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        raise ConvanimError(option, repr(path), "cannot be read; give a .vtt or .txt") from error
    if len(content) > _MOST_BYTES:
        raise ConvanimError(option, repr(path), f"has more than the {_MOST_BYTES:,} bytes that are read")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConvanimError(option, repr(path), "is no text in UTF-8; give a .vtt or .txt") from error
    lines = text.splitlines()
    found = list(_texts(lines)) if text.startswith(_HEAD) else [line for line in lines if not line.startswith("#")]
    return tuple(composed(option, " ".join(one.split()), MOST_DRAWN) for one in found if one.split())


def _cues(film: Film) -> Iterator[tuple[int, int, str]]:
    """Yield the start and the end of each text, in milliseconds."""
    timeline, say = film.timeline, film.told.step
    starts = timeline.starts
    firsts = [first for first, _ in timeline.stops] or [
        next(group)[0] for _, group in groupby(enumerate(timeline.steps), lambda one: say(one[1]))
    ]
    for first, end in pairwise([*firsts, len(timeline.steps)]):
        yield starts[first], starts[end], say(timeline.steps[first])


def _texts(lines: list[str]) -> Iterator[str]:
    """Yield the text of each cue, in one line."""
    for is_blank, block in groupby(lines, lambda line: not line.strip()):
        own = [] if is_blank else list(block)
        at = next((number for number, line in enumerate(own[:2]) if _TIME.match(line)), None)
        if at is not None:
            yield unescape(" ".join(own[at + 1 :]))


def _plain(text: str) -> str:
    """Return a text on one line, without letters that mean something in a cue."""
    return escape(" ".join(text.split()), quote=False)


def _clock(time: int) -> str:
    minutes, rest = divmod(time, 60_000)
    return f"{minutes // 60:02}:{minutes % 60:02}:{rest // 1000:02}.{rest % 1000:03}"
