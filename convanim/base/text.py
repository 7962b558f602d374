"""Text from outside: what of it does not show is escaped where it is printed, and refused where it would be drawn."""

from __future__ import annotations

from unicodedata import category

MOST_DRAWN = 1_000
"""Letters of a caption, or of what a layer is called; more are no longer read, and take long to fold."""

_PARTING = "\t\n\r"
"""Letters that do not show and yet part words, in every text."""


def printable(text: str, kept: str = "") -> str:
    r"""Return a text as a terminal may get it: letters that do not show are escaped, but for those that are kept.

    These are controls, line ends, marks of direction, letters of no width,
    blanks that are not the usual one, and what is no letter at all.

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
    """Return a text without its middle where it is long.

    Examples
    --------
    >>> shortened("a/very/long/name.gif", 12)
    'a/very/….gif'
    """
    end = most // 3
    return text if len(text) <= most else f"{text[: most - end - 1]}…{text[-end:]}"


def unseen(text: str) -> str:
    """Return the first letter that does not show and is no blank, or nothing."""
    if text.isprintable():
        return ""
    is_seen = (letter.isprintable() or letter in _PARTING or category(letter) == "Zs" for letter in text)
    return next((letter for letter, seen in zip(text, is_seen, strict=True) if not seen), "")
