"""Cells by their numbers, counted row by row."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

_DEEPEST = 5
"""The most axes of rows that hold numbers: a batch, channels, and three more."""


def flat(nested: Any, depth: int = _DEEPEST) -> Iterator[Any]:
    """Yield what nested rows hold; text, and whatever else is no row, as it is."""
    listed = nested.tolist() if hasattr(nested, "tolist") else nested
    if isinstance(listed, list | tuple | range) and depth:
        for part in listed:
            yield from flat(part, depth - 1)
    else:
        yield listed


def number_of(cell: tuple[int, ...], size: tuple[int, ...]) -> int:
    """Return a cell's number, row by row."""
    number = 0
    for at, n in zip(cell, size, strict=True):
        number = number * n + at
    return number


def cell_of(number: int, size: tuple[int, ...]) -> tuple[int, ...]:
    """Return the cell of a number, row by row."""
    found = []
    for n in reversed(size):
        number, at = divmod(number, n)
        found.append(at)
    return tuple(reversed(found))
