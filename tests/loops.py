"""Operations by nested loops over explicit grids: a reference that imports nothing from the package."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

Cell = tuple[int, ...]


def convolve(
    grid: dict[Cell, Cell], extent: Sequence[int], kernel: Sequence[int], stride: Sequence[int], dilation: Sequence[int]
) -> list[list[tuple[Cell, Cell]]]:
    """Slide a kernel over positions; return for every output the (input cell, kernel cell) pairs.

    ``grid`` says which input cell's value stands at a position; elsewhere there is none.
    """
    starts = [range(0, size - d * (k - 1), s) for size, k, s, d in zip(extent, kernel, stride, dilation, strict=True)]
    found = []
    for start in product(*starts):
        pairs = []
        for cell in product(*[range(k) for k in kernel]):
            position = tuple(a + d * c for a, d, c in zip(start, dilation, cell, strict=True))
            if position in grid:
                pairs.append((grid[position], cell))
        found.append(pairs)
    return found


def scatter(
    size: Sequence[int],
    kernel: Sequence[int],
    stride: Sequence[int],
    padding: Sequence[tuple[int, int]],
    output_padding: Sequence[int],
    dilation: Sequence[int],
) -> dict[Cell, list[tuple[Cell, Cell]]]:
    """Stamp a kernel for every input; return for every output the (input cell, kernel cell) pairs."""
    output = [
        (n - 1) * s + d * (k - 1) + 1 + a - low - high
        for n, k, s, (low, high), a, d in zip(size, kernel, stride, padding, output_padding, dilation, strict=True)
    ]
    stamped: dict[Cell, list[tuple[Cell, Cell]]] = {cell: [] for cell in product(*[range(n) for n in output])}
    for cell in product(*[range(n) for n in size]):
        for weight in product(*[range(k) for k in kernel]):
            target = tuple(
                c * s + d * w - low
                for c, s, d, w, (low, _) in zip(cell, stride, dilation, weight, padding, strict=True)
            )
            if target in stamped:
                stamped[target].append((cell, weight))
    return stamped
