"""Lists, counts and sizes as parts of a sentence."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from convanim.base.language import ENGLISH, counted, spoken, translated, translated_in
from convanim.base.options import Pair, short
from convanim.words.layer_names import size


def listed(parts: Iterable[str]) -> str:
    """Return parts as a list in words, without those that say nothing."""
    *others, last = [part for part in parts if part] or [""]
    return translated("{others} and {last}", others=joined(others), last=last) if others else last


def joined(parts: Iterable[str]) -> str:
    """Return parts with commas between them."""
    # Translators: What stands between the parts of a list.
    return translated_in("in a list", ", ").join(parts)


def sentence(text: str) -> str:
    """Return a text as a sentence: with a capital, and a full stop."""
    # Translators: A full stop behind a sentence.
    return translated_in("a sentence", "{text}.", text=f"{text[0].upper()}{text[1:]}")


def sentences(texts: Iterable[str]) -> str:
    """Return sentences behind each other."""
    # Translators: What stands between two sentences.
    between = translated_in("between sentences", " ")
    # The full stop of Chinese and Japanese has room behind it.
    return between.join(texts).replace(f"。{between}", "。")


def clauses(*parts: str) -> str:
    """Return clauses as one sentence, without its full stop."""
    # Translators: What stands between two clauses of a sentence.
    return translated_in("between clauses", "; ").join(parts)


def cells_words(cells: Sequence[int], has_unit: bool = True) -> str:
    """Return how many cells there are on each axis; the unit may be left out of several."""
    if len(cells) == 1:
        return counted("{count} cell", "{count} cells", cells[0])
    return translated("{size} cells", size=size(cells)) if has_unit else size(cells)


def same(numbers: Sequence[int | Pair]) -> str:
    """Return numbers of axes as people write them, once where they agree."""
    return short(numbers).replace("x", "×")


def an(text: str) -> str:
    """Return English words behind the article that belongs to them or to their number."""
    if spoken() != ENGLISH or not text.startswith("a "):
        return text
    first = text.removeprefix("a ").split("×")[0]
    return f"an {text.removeprefix('a ')}" if first.startswith("8") or first in ("11", "18") else text
