"""Operations by nested loops over explicit grids: a reference that imports nothing from the package."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import Any

import numpy as np

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


def cells(size: Sequence[int]) -> list[Cell]:
    return list(product(*[range(n) for n in size]))


def convolved(layer: Any, x: Any, weights: Any, bias: Any) -> Any:
    """Return what a convolution makes: for every output, every input of its group, every weight."""
    inputs, outputs = layer.in_channels // layer.groups, layer.out_channels // layer.groups
    result = np.zeros((layer.out_channels, *layer.output_size), int)
    for out in range(layer.out_channels):
        for cell in cells(layer.output_size):
            total = bias[out] if layer.bias else 0
            for one, tap in product(range(inputs), cells(layer.kernel_size)):
                place = tuple(
                    c * s + d * t - low
                    for c, s, d, t, (low, _) in zip(cell, layer.stride, layer.dilation, tap, layer.padding, strict=True)
                )
                if all(0 <= at < n for at, n in zip(place, layer.input_size, strict=True)):
                    total += x[(out // outputs * inputs + one, *place)] * weights[(out, one, *tap)]
            result[(out, *cell)] = total
    return result


def stamped(layer: Any, x: Any, weights: Any, bias: Any) -> Any:
    """Return what a transposed convolution makes: every input lays its stamps over the outputs of its group."""
    inputs, outputs = layer.in_channels // layer.groups, layer.out_channels // layer.groups
    result = np.zeros((layer.out_channels, *layer.output_size), int)
    if layer.bias:
        result += np.array(bias).reshape(-1, *[1] * layer.dims)
    for one, cell in product(range(layer.in_channels), cells(layer.input_size)):
        for out, tap in product(range(outputs), cells(layer.kernel_size)):
            place = tuple(
                c * s + d * t - low
                for c, s, d, t, (low, _) in zip(cell, layer.stride, layer.dilation, tap, layer.padding, strict=True)
            )
            if all(0 <= at < n for at, n in zip(place, layer.output_size, strict=True)):
                result[(one // inputs * outputs + out, *place)] += x[(one, *cell)] * weights[(one, out, *tap)]
    return result
