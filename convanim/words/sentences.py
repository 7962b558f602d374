"""Lists, counts and sizes as parts of a sentence."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from convanim.base.options import Pair, short
from convanim.words.captions import size


def listed(parts: Iterable[str]) -> str:
    """Return parts as a list in words, without those that say nothing."""
    *others, last = [part for part in parts if part] or [""]
    return f"{', '.join(others)} and {last}" if others else last


def counted(count: int, name: str, rest: str = "") -> str:
    """Return a number of things, and what follows."""
    return f"{count:,} {name}{'' if count == 1 else 's'}{rest}"


def cells_words(cells: Sequence[int], word: str = " cells") -> str:
    """Return how many cells there are on each axis."""
    return counted(cells[0], "cell") if len(cells) == 1 else f"{size(cells)}{word}"


def same(numbers: Sequence[int | Pair]) -> str:
    """Return numbers of axes as people write them, once where they agree."""
    return short(numbers).replace("x", "×")


def an(said: str, article: str = "") -> str:
    """Return words behind an article, or else behind the one that belongs to them or to their number."""
    first = said.split("×")[0]
    return f"{article or ('an ' if first.startswith('8') or first in ('11', '18') else 'a ')}{said}"
