"""Convert cells to row-major indices and back, flatten nested rows, and name cells that belong together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import product
from typing import Any

from convanim.base.records import dataclass

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


PLAIN, PALE = -1, -2
"""In place of the number of a tint: cells in the usual colour, and in a paler one."""


@dataclass(frozen=True)
class Block:
    """Cells of a channel that belong together.

    Attributes
    ----------
    channel : int
        The channel.
    cells : tuple of tuple of int
        The cells.
    tints : tuple of int
        The number of the tint of each, where they have any only while they are at work.
    """

    channel: int
    cells: tuple[tuple[int, ...], ...]
    tints: tuple[int, ...] = ()


Blocks = tuple[tuple[Block, ...], tuple[Block, ...]]
"""The blocks of the input, and those of the output."""


def box_of(spans: Iterable[Iterable[int]], size: tuple[int, ...]) -> tuple[tuple[int, ...], ...]:
    """Return the cells at the crossings of some rows, columns and so on that lie within a size."""
    return tuple(product(*([at for at in span if 0 <= at < n] for span, n in zip(spans, size, strict=True))))
