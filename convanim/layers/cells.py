"""Convert cells to row-major indices and back, and flatten nested rows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

_DEEPEST = 5
"""The largest depth of nested rows: a batch, channels, and three axes."""


def flat(nested: Any, depth: int = _DEEPEST) -> Iterator[Any]:
    """Yield the values of nested rows; anything that is not a row, such as text, is a value."""
    listed = nested.tolist() if hasattr(nested, "tolist") else nested
    if isinstance(listed, list | tuple | range) and depth:
        for part in listed:
            yield from flat(part, depth - 1)
    else:
        yield listed


def number_of(cell: tuple[int, ...], size: tuple[int, ...]) -> int:
    """Return the row-major index of a cell."""
    number = 0
    for at, n in zip(cell, size, strict=True):
        number = number * n + at
    return number


def cell_of(number: int, size: tuple[int, ...]) -> tuple[int, ...]:
    """Return the cell of a row-major index."""
    found = []
    for n in reversed(size):
        number, at = divmod(number, n)
        found.append(at)
    return tuple(reversed(found))
