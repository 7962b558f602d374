"""Text from outside: invisible letters are escaped when it is printed, and refused when it is drawn."""

from __future__ import annotations

from collections.abc import Iterable
from unicodedata import category, east_asian_width

MOST_DRAWN = 1_000
"""The most letters of a caption or a layer's title; longer ones are unreadable and slow to wrap."""

_MOST_RANGES = 6
"""The most ranges of numbers that are all listed."""

_PARTING = "\t\n\r"
"""Invisible letters that separate words, allowed in every text."""


def printable(text: str, kept: str = "") -> str:
    r"""Return a text that is safe for a terminal: invisible letters are escaped, except those in ``kept``.

    Invisible letters are control characters, line ends, direction marks,
    zero-width characters, unusual blanks, and unassigned code points.

    Examples
    --------
    >>> print(printable("relu\x1b[31m\n"))
    relu\x1b[31m\n
    """
    if text.isprintable():
        return text
    return "".join(
        letter if letter.isprintable() or letter in kept else letter.encode("unicode_escape").decode()
        for letter in text
    )


def shortened(text: str, most: int) -> str:
    """Return a text, without its middle if it is longer than ``most`` letters.

    Examples
    --------
    >>> shortened("a/very/long/name.gif", 12)
    'a/very/….gif'
    """
    end = most // 3
    return text if len(text) <= most else f"{text[: most - end - 1]}…{text[-end:]}"


def unseen(text: str) -> str:
    """Return the first invisible letter that is not a blank, tab or line end, or an empty string."""
    if text.isprintable():
        return ""
    is_seen = (letter.isprintable() or letter in _PARTING or category(letter) == "Zs" for letter in text)
    return next((letter for letter, seen in zip(text, is_seen, strict=True) if not seen), "")


def columns(text: str) -> int:
    """Return how many columns of a terminal a text takes; letters of Chinese, Japanese and Korean take two."""
    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text)


def ranges(ends: Iterable[tuple[int, int]]) -> str:
    """Return ranges of whole numbers, given by their ends; many of them without most between the first and the last.

    Examples
    --------
    >>> ranges([(0, 2), (2, 4), (5, 5)])
    '0–2, 2–4, 5'
    """
    told = [f"{first}–{last}" if last > first else str(first) for first, last in ends]
    return ", ".join(told if len(told) <= _MOST_RANGES else [*told[: _MOST_RANGES - 1], "…", told[-1]])
