"""Widths of letters in DejaVu Sans, the font of all pictures, so that views can place words."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from unicodedata import east_asian_width, normalize

CAP_HEIGHT = 0.729
"""Height of a capital letter, and nearly of a digit, in ems."""

LOWERED_SIZE = 0.68
"""Size of a subscript, in ems of its word."""

_EM = 2048
_LETTERS = "".join(map(chr, range(32, 127))) + "·×−÷…∞′→°ß\u00a0\u202f’‘“”„«»–—≈↑"
_ADVANCES = {
    "regular": """
651 821 942 1716 1303 1946 1597 563 799 799 1024 1716 651 739 651 690 1303 1303 1303 1303 1303 1303
1303 1303 1303 1303 690 690 1716 1716 1716 1087 2048 1401 1405 1430 1577 1294 1178 1587 1540 604 604
1343 1141 1767 1532 1612 1235 1612 1423 1300 1251 1499 1401 2025 1403 1251 1403 799 690 799 1716
1024 1024 1255 1300 1126 1300 1260 721 1300 1298 569 569 1186 569 1995 1298 1253 1300 1300 842 1067
803 1298 1212 1675 1212 1212 1075 1303 690 1303 1716 651 1716 1716 1716 2048 1706 465 1716 1024
1290 651 409 651 651 1061 1061 1061 1253 1253 1024 2048 1716 1716
""",
    "bold": """
713 934 1067 1716 1425 2052 1786 627 936 936 1071 1716 778 850 778 748 1425 1425 1425 1425 1425 1425
1425 1425 1425 1425 819 819 1716 1716 1716 1188 2048 1585 1561 1503 1700 1399 1399 1681 1714 762 762
1587 1305 2038 1714 1741 1501 1741 1577 1475 1397 1663 1585 2259 1579 1483 1485 936 748 936 1716
1024 1024 1382 1466 1214 1466 1389 891 1466 1458 702 702 1362 702 2134 1458 1407 1466 1466 1010 1219
979 1458 1335 1892 1321 1335 1192 1458 748 1458 1716 778 1716 1716 1716 2048 1706 540 1716 1024
1473 713 409 778 778 1346 1346 1346 1323 1323 1024 2048 1716 1716
""",
}
"""Advance of each of the letters, in units of the font."""

_FACES = {face: dict(zip(_LETTERS, map(int, said.split()), strict=True)) for face, said in _ADVANCES.items()}
_FACES["italic"] = _FACES["regular"]
_WIDEST = max(_FACES["bold"].values())


def width_of(text: str, face: str = "regular", lowered: str = "") -> float:
    """Return the width of a text and its subscript in ems; unknown letters count as wide ones."""
    return _advance(text, face) + LOWERED_SIZE * _advance(lowered, "regular")


# The same words are measured in every step, and for every width that is tried.
@lru_cache(4096)
def _advance(text: str, face: str) -> float:
    known = _FACES[face]
    return sum(known.get(letter) or _unlisted(letter, known) for letter in text) / _EM


def _unlisted(letter: str, known: dict[str, int]) -> int:
    """Return the advance of a letter that is not among those known, or one that is hardly less."""
    # A letter with an accent is as wide as without.
    return known.get(normalize("NFD", letter)[0]) or (_EM if east_asian_width(letter) in "WF" else _WIDEST)


_UNSPACED = (range(0x2E80, 0x3100), range(0x31F0, 0xA000), range(0xF900, 0xFB00), range(0xFF00, 0xFFF0))
"""Letters of Chinese and Japanese, between which a line may be broken; Korean has spaces."""

_BREAKABLE = re.compile(r"[ \t\n\r]+")
"""Spaces at which a line may be broken, which those between thousands are not."""

_BEFORE_WORDS = re.compile(r" (?!(?:\d[\d×:.,]*|·)(?: |$))")
"""Spaces that are not before a number or a dot, which stay with the word before them."""

_STAYING = frozenset("”’»、。，．：；！？）」』】〉》〕ー・…々ぁぃぅぇぉっゃゅょァィゥェォッャュョ")
"""Those that stay with the letter before them."""


def _is_unspaced(letter: str) -> bool:
    return not letter.isascii() and any(ord(letter) in among for among in _UNSPACED)


def _words(text: str) -> Iterator[tuple[str, str]]:
    """Yield what a line is not broken within, each with what joins it to the one before: a space, or nothing."""
    for spaced in _BEFORE_WORDS.split(_BREAKABLE.sub(" ", text.strip())):
        joint, word = " ", ""
        for letter in spaced:
            if word and (_is_unspaced(letter) or _is_unspaced(word[-1])) and letter not in _STAYING:
                yield word, joint
                joint, word = "", ""
            word += letter
        yield word, joint


def _narrow(
    words: Iterable[tuple[str, str]], room: float, measure: Callable[[str], float]
) -> Iterator[tuple[str, str]]:
    """Yield the same words, of which those that are too wide with the number behind them are parted from it."""
    for word, joint in words:
        first, *rest = word.split(" ") if measure(word) > room else [word]
        yield first, joint
        yield from ((one, " ") for one in rest)


def folded(text: str, room: float, measure: Callable[[str], float] = width_of) -> list[str]:
    """Return the lines of a text wrapped to a width, broken between words, or within words that are too wide.

    Parameters
    ----------
    text : str
        The text; without words, the result is one empty line.
    room : float
        The largest width, in the unit of ``measure``.
    measure : callable, optional
        Takes a line and returns its width; `width_of` by default.
    """
    lines = [""]
    for word, joint in _narrow(_words(text), room, measure):
        joined = f"{lines[-1]}{joint}{word}" if lines[-1] else word
        if measure(joined) <= room:
            lines[-1] = joined
            continue
        if lines[-1]:
            lines.append("")
        for letter in word:
            if lines[-1] and measure(lines[-1] + letter) > room:
                lines.append("")
            lines[-1] += letter
    return lines
