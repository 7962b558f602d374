"""Options: parse their text, and check and resolve their values."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import islice
from math import isfinite
from operator import index
from reprlib import Repr
from typing import Any, SupportsIndex
from unicodedata import normalize

from convanim.base.errors import ConvanimError
from convanim.base.text import shortened, unseen

Size = SupportsIndex | Sequence[SupportsIndex]
"""One whole number for all axes, or one per axis; arrays count as sequences."""

Pair = tuple[int, int]
Padding = str | SupportsIndex | Sequence[SupportsIndex | Sequence[SupportsIndex]]
"""A word, one number, one per axis, or a (low, high) pair per axis."""

LIMIT = 100_000
"""The largest number that an option with one number per axis accepts."""

Parsed = int | str | tuple[int | Pair, ...]
_NUMBER = re.compile(r"[+-]?[0-9]+", re.ASCII)
_DECIMAL = re.compile(r"[+-]?[0-9]{1,9}(\.[0-9]{1,12})?", re.ASCII)
_SPELLABLE = 10**12
"""Larger numbers are not shown: Python cannot convert huge ones to text, and nobody reads them."""

_MOST_ITEMS = 64
"""The most entries of a value with one per axis; reading stops there, since a sequence may be endless."""

_MOST_SHOWN = 60
_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")
"""The memory address of an object, which differs from run to run."""


def spelled(value: object) -> str:
    """Return a value as the command line spells it, with every axis: ``5x5``, ``0:1x1:1``."""
    if isinstance(value, str) or not isinstance(value, Iterable):
        return _spelled_number(value)
    return "x".join(_spelled_pair(part) for part in value)


def short(value: object) -> str:
    """Return a value as the command line spells it: ``5``, ``5x7``, ``0:1x1:1``.

    Equal axes are written once, and so is a pair of equal ends.
    """
    parts = spelled(value).split("x") if not isinstance(value, str) else [value]
    return parts[0] if len(set(parts)) == 1 else "x".join(parts)


def _spelled_pair(part: object) -> str:
    if isinstance(part, str) or not isinstance(part, Iterable):
        return _spelled_number(part)
    ends = [_spelled_number(end) for end in part]
    return ends[0] if ends and len(set(ends)) == 1 else ":".join(ends)


def _spelled_number(value: object) -> str:
    return "out of range" if isinstance(value, int) and abs(value) > _SPELLABLE else str(value)


def parse_whole(option: str, text: str) -> int:
    """Return the whole number that a text holds in the digits 0 to 9.

    Raises
    ------
    ConvanimError
        If the text is not a whole number, or has more than nine digits.
    """
    if not _NUMBER.fullmatch(text):
        raise ConvanimError(option, repr(text), "not a whole number; write one such as 3")
    if len(text.lstrip("+-0")) > 9:
        raise ConvanimError(option, repr(text), f"too large; at most {LIMIT} is allowed")
    return int(text)


def parse(option: str, text: str, words: Iterable[str] = (), pairs: bool = False) -> Parsed:
    """Return the value of a text such as ``5``, ``5x7`` or ``0:1x1:1``.

    Parameters
    ----------
    option : str
        The option's Python name, for the error.
    text : str
        The text to parse.
    words : iterable of str
        Words that are allowed instead of numbers.
    pairs : bool
        Whether ``low:high`` is allowed.

    Returns
    -------
    int, str or tuple
        A number, a word, or one entry per axis. A single pair applies to all axes.

    Raises
    ------
    ConvanimError
        If the text is none of these.
    """
    said = text.strip().lower()
    if said in words:
        return said
    parts: list[int | Pair] = []
    for part in re.split("[x×]", said):
        ends = part.split(":")
        if not all(_NUMBER.fullmatch(end) for end in ends) or len(ends) > (2 if pairs else 1):
            raise ConvanimError(option, repr(text), _allowed(words, pairs))
        numbers = [parse_whole(option, end) for end in ends]
        parts.append(numbers[0] if len(numbers) == 1 else (numbers[0], numbers[1]))
    if len(parts) == 1:
        return parts[0] if isinstance(parts[0], int) else (parts[0],)
    return tuple(parts)


def parse_numbers(option: str, text: str) -> float | tuple[float, ...]:
    """Return the number that a text such as ``1.5`` holds, or the numbers of one such as ``1.5x2``.

    Raises
    ------
    ConvanimError
        If a part is not a number.
    """
    parts = re.split("[x×]", text.strip().lower())
    if not all(_DECIMAL.fullmatch(part) for part in parts):
        raise ConvanimError(
            option, repr(text), "not understood; write a number such as 1.5, or one an axis such as 1.5x2"
        )
    numbers = tuple(float(part) for part in parts)
    return numbers[0] if len(numbers) == 1 else numbers


def _allowed(words: Iterable[str], pairs: bool) -> str:
    forms = ["a whole number such as 3", "one an axis such as 3x2"]
    if pairs:
        forms.append("low:high such as 0:1 or 0:1x1:1")
    known = " or ".join(words)
    return "not understood; write " + ", ".join([*forms, known] if known else forms)


def whole(option: str, value: object) -> int:
    """Return a whole number of any type as an int.

    Raises
    ------
    ConvanimError
        If it is not whole, or larger than any option accepts.
    """
    try:
        if isinstance(value, bool):
            raise TypeError
        number = index(value)  # type: ignore[arg-type]
    except TypeError:
        raise ConvanimError(option, quoted(value), "not a whole number; write one such as 3") from None
    if abs(number) > _SPELLABLE:
        raise ConvanimError(option, "out of range", "much too large; write a number such as 3")
    return number


def number_of(option: str, value: object) -> float:
    """Return a number as a float.

    Raises
    ------
    ConvanimError
        If it is not a number, or not finite.
    """
    try:
        if isinstance(value, bool | str | bytes):
            raise TypeError
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        raise ConvanimError(option, quoted(value), "not a number; write one such as 0.5") from None
    if not isfinite(number):
        raise ConvanimError(option, number, "not a finite number; write one such as 0.5")
    return number


def flag(option: str, value: object) -> bool:
    """Return a value if it is True or False.

    Raises
    ------
    ConvanimError
        If it is neither.
    """
    if not isinstance(value, bool):
        raise ConvanimError(option, quoted(value), "must be True or False")
    return value


def one_of(option: str, value: object, allowed: Iterable[str]) -> str:
    """Return ``value`` if it is allowed.

    Raises
    ------
    ConvanimError
        If it is not; the message lists the allowed values.
    """
    known = list(allowed)
    if not isinstance(value, str) or value not in known:
        choice = " or ".join(filter(None, [", ".join(known[:-1]), known[-1]]))
        raise ConvanimError(option, quoted(value), f"unknown; choose {choice}")
    return value


def refuse_unseen(option: str, text: str) -> None:
    """Raise if a text has an invisible letter other than blanks, tabs and line ends.

    Raises
    ------
    ConvanimError
        If it has one; the message says which and where.
    """
    if letter := unseen(text):
        place = text.index(letter) + 1
        raise ConvanimError(option, repr(letter), f"is letter {place} of the text, and does not show; leave it out")


def composed(option: str, text: str, most: int) -> str:
    """Return a text of a user's with its accents and syllables composed to letters that can be drawn.

    Raises
    ------
    ConvanimError
        If it has more than ``most`` letters, or an invisible one.
    """
    if len(text) > most:
        raise ConvanimError(option, repr(shortened(text, 40)), f"has {len(text):,} letters; write at most {most:,}")
    refuse_unseen(option, text)
    return normalize("NFC", text)


def count_axes(option: str, value: object) -> int:
    """Return the number of axes that a size has; one number means a square."""
    items = _items(option, value)
    return 2 if items is None else len(items)


def per_axis(option: str, value: object, dims: int, least: int = 1) -> tuple[int, ...]:
    """Return one whole number per axis.

    Raises
    ------
    ConvanimError
        If one is not whole or not from ``least`` to `LIMIT`, or there is not one per axis.
    """
    items = _items(option, value)
    numbers = [whole(option, item) for item in ((value,) if items is None else items)]
    if len(numbers) == 1:
        numbers *= dims
    if len(numbers) != dims:
        raise ConvanimError(option, spelled(numbers), _miscounted(len(numbers), dims, "one number"))
    refuse_beyond(option, numbers, least)
    return tuple(numbers)


def positive_per_axis(option: str, value: object, dims: int) -> tuple[int | float, ...]:
    """Return one number over 0 per axis, whole ones as integers.

    Raises
    ------
    ConvanimError
        If one is not a number over 0 and up to `LIMIT`, or there is not one per axis.
    """
    items = _items(option, value)
    numbers = [number_of(option, item) for item in ((value,) if items is None else items)]
    found = [int(one) if one.is_integer() else one for one in numbers]
    if len(found) == 1:
        found *= dims
    if len(found) != dims:
        raise ConvanimError(option, spelled(found), _miscounted(len(found), dims, "one number"))
    for number in found:
        if not 0 < number <= LIMIT:
            raise ConvanimError(option, short(found), f"must be over 0, and at most {LIMIT}")
    return tuple(found)


def padding_pairs(option: str, value: object, dims: int, least: int = 0) -> tuple[Pair, ...]:
    """Return a (low, high) pair per axis from one number, one per axis, or pairs.

    Raises
    ------
    ConvanimError
        As for `per_axis`; ``least`` applies to each end.
    """
    if isinstance(value, str):
        raise ConvanimError(option, repr(value), "not a padding that this operation knows; write numbers")
    items = _items(option, value)
    pairs: list[Pair] = []
    for item in (value,) if items is None else items:
        ends = _items(option, item)
        numbers = [whole(option, end) for end in ((item,) if ends is None else ends)]
        if len(numbers) > 2:
            raise ConvanimError(option, spelled(numbers), "each axis takes one number or a (low, high) pair")
        refuse_beyond(option, numbers, least, is_pair=True)
        pairs.append((numbers[0], numbers[-1]))
    if len(pairs) == 1:
        pairs *= dims
    if len(pairs) != dims:
        raise ConvanimError(option, spelled(pairs), _miscounted(len(pairs), dims, "one number or (low, high) pair"))
    return tuple(pairs)


def _items(option: str, value: object) -> tuple[Any, ...] | None:
    """Return the items of a sequence, or None for a single value."""
    if isinstance(value, str | bytes | dict | set | frozenset) or not hasattr(value, "__getitem__"):
        return None
    try:
        items: tuple[Any, ...] = tuple(islice(value, _MOST_ITEMS + 1))  # type: ignore[call-overload]
    except TypeError:
        return None
    if len(items) > _MOST_ITEMS:
        raise ConvanimError(option, quoted(value), "has far too many parts; give one whole number an axis")
    if not items:
        raise ConvanimError(option, "()", "empty; give one whole number an axis")
    return items


def axes_said(dims: int) -> str:
    """Return a number of axes in words."""
    return "1 axis" if dims == 1 else f"{dims} axes"


def _miscounted(count: int, dims: int, each: str) -> str:
    ways = f"{each}, or one an axis" if dims > 1 else each
    return f"has {count} parts, but `input_size` has {axes_said(dims)}; give {ways}"


def refuse_beyond(option: str, numbers: Sequence[int], least: int, is_pair: bool = False) -> None:
    """Raise if one of some numbers is not from ``least`` to `LIMIT`; for those below, the least is the way out.

    Raises
    ------
    ConvanimError
        If there is such a number.
    """
    if not least <= min(numbers) <= max(numbers) <= LIMIT:
        raised = [max(number, least) for number in numbers]
        told, allowed = (short([tuple(one)] if is_pair else one) for one in (numbers, raised))
        ways = (f"`{option}={allowed}`",) if max(numbers) <= LIMIT else ()
        raise ConvanimError(option, told, f"must be between {least} and {LIMIT}", ways=ways)


class _Repr(Repr):
    """Refuses whole numbers that have too many digits to be told, instead of telling where they lie in memory."""

    def repr_int(self, x: int, level: int) -> str:
        str(x)
        return super().repr_int(x, level)


_REPR = _Repr()
_REPR.maxother = _REPR.maxstring = _REPR.maxlong = _MOST_SHOWN


def quoted(value: object) -> str:
    """Return the repr of an invalid value in one line, shortened and without memory addresses."""
    try:
        said = _REPR.repr(value)
    except ValueError:
        return "out of range"
    said = _ADDRESS.sub("", " ".join(said.split()))
    return said if len(said) <= _MOST_SHOWN else f"{said[: _MOST_SHOWN - 3]}..."
