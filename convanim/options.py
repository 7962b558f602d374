"""Per-axis options: their text form, and their checked, resolved form."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from operator import index
from typing import Any, SupportsIndex

from convanim.errors import ConvanimError

Size = SupportsIndex | Sequence[SupportsIndex]
"""One whole number for every axis, or one an axis."""

Pair = tuple[int, int]
Padding = str | SupportsIndex | Sequence[SupportsIndex | Sequence[SupportsIndex]]
"""A word, one number, one an axis, or a (low, high) pair an axis."""

LIMIT = 100_000
"""The largest number that any option takes."""

Parsed = int | str | tuple[int | Pair, ...]
_NUMBER = re.compile(r"[+-]?[0-9]+", re.ASCII)


def spelled(value: object) -> str:
    """Return a value as the command line spells it, every axis by itself: ``5x5``, ``0:1x1:1``."""
    if isinstance(value, str) or not isinstance(value, Iterable):
        return str(value)
    return "x".join(_short_pair(part) for part in value)


def short(value: object) -> str:
    """Return a value as the command line spells it: ``5``, ``5x7``, ``0:1x1:1``.

    Axes that agree are said once, and so is a pair of equal ends.
    """
    parts = spelled(value).split("x") if not isinstance(value, str) else [value]
    return parts[0] if len(set(parts)) == 1 else "x".join(parts)


def _short_pair(part: object) -> str:
    if isinstance(part, str) or not isinstance(part, Iterable):
        return str(part)
    ends = [str(end) for end in part]
    return ends[0] if ends and len(set(ends)) == 1 else ":".join(ends)


def parse(option: str, text: str, words: Sequence[str] = (), pairs: bool = False) -> Parsed:
    """Return what a text such as ``5``, ``5x7`` or ``0:1x1:1`` says.

    Parameters
    ----------
    option : str
        The option's Python name, for the error.
    text : str
        What was written.
    words : sequence of str
        Words that may stand in place of numbers.
    pairs : bool
        Whether ``low:high`` is allowed.

    Returns
    -------
    int, str or tuple
        A number, a word, or one entry an axis. A lone pair counts for every axis.

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
            raise ConvanimError(option, f"{text!r}", _allowed(words, pairs))
        if max(map(len, ends)) > 9:
            raise ConvanimError(option, f"{text!r}", f"too large; at most {LIMIT} is allowed")
        numbers = [int(end) for end in ends]
        parts.append(numbers[0] if len(numbers) == 1 else (numbers[0], numbers[1]))
    if len(parts) == 1:
        return parts[0] if isinstance(parts[0], int) else (parts[0],)
    return tuple(parts)


def _allowed(words: Sequence[str], pairs: bool) -> str:
    forms = ["a whole number such as 3", "one an axis such as 3x2"]
    if pairs:
        forms.append("low:high such as 0:1 or 0:1x1:1")
    forms += [" or ".join(words)] if words else []
    return "not understood; write " + ", ".join(forms)


def per_axis(option: str, value: Size, dims: int, least: int = 1) -> tuple[int, ...]:
    """Return one whole number an axis.

    Raises
    ------
    ConvanimError
        If it is not whole, less than ``least``, over `LIMIT`, or not one an axis.
    """
    numbers = _numbers(option, value)
    if len(numbers) == 1:
        numbers *= dims
    _check_count(option, value, len(numbers), dims)
    for number in numbers:
        _check_range(option, value, number, least)
    return numbers


def padding_pairs(option: str, value: Padding, dims: int) -> tuple[Pair, ...]:
    """Return a (low, high) pair an axis from one number, one an axis, or pairs.

    Raises
    ------
    ConvanimError
        As for `per_axis`; padding is at least 0.
    """
    if isinstance(value, str):
        raise ConvanimError(option, f"{value!r}", "not a padding that this operation knows; write numbers")
    items = value if isinstance(value, Sequence) else [value]
    pairs: list[Pair] = []
    for item in items:
        ends = _numbers(option, item)
        if len(ends) > 2:
            raise ConvanimError(option, short(value), "each axis takes one number or a (low, high) pair")
        for end in ends:
            _check_range(option, value, end, 0)
        pairs.append((ends[0], ends[-1]))
    if len(pairs) == 1:
        pairs *= dims
    _check_count(option, value, len(pairs), dims)
    return tuple(pairs)


def one_of(option: str, value: str, allowed: Iterable[str]) -> str:
    """Return ``value`` if it is allowed.

    Raises
    ------
    ConvanimError
        If it is not; the message lists what is.
    """
    known = list(allowed)
    if value not in known:
        choice = " or ".join(filter(None, [", ".join(known[:-1]), known[-1]]))
        raise ConvanimError(option, f"{value!r}", f"unknown; choose {choice}")
    return value


def _numbers(option: str, value: object) -> tuple[int, ...]:
    items: Iterable[Any] = value if isinstance(value, Iterable) and not isinstance(value, str) else [value]
    numbers = []
    for item in items:
        try:
            if isinstance(item, bool):
                raise TypeError
            numbers.append(index(item))
        except TypeError:
            raise ConvanimError(option, f"{item!r}", "not a whole number; write one such as 3") from None
    if not numbers:
        raise ConvanimError(option, "()", "empty; give one whole number an axis")
    return tuple(numbers)


def _check_count(option: str, value: object, count: int, dims: int) -> None:
    if count != dims:
        ways = "one number, or one an axis" if dims > 1 else "one number"
        raise ConvanimError(
            option,
            spelled(value),
            f"has {count} parts, but `input_size` has {dims} {'axis' if dims == 1 else 'axes'}; give {ways}",
        )


def _check_range(option: str, value: object, number: int, least: int) -> None:
    if not least <= number <= LIMIT:
        # Python refuses to spell a number of thousands of digits.
        said = short(value) if abs(number) < 10**12 else "out of range"
        raise ConvanimError(option, said, f"must be between {least} and {LIMIT}")
