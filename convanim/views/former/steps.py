"""What a plan consists of: steps, the taps that they read, and the grid that they read from."""

from __future__ import annotations

from dataclasses import dataclass
from math import isinf
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convanim.axis import Kind
from convanim.values import Numbers

Ints = NDArray[np.int64]
Cell = tuple[int, ...]

TAP_LIMIT = 500_000
"""The most taps that ``to_dict`` writes out."""

KIND_NAMES = {
    Kind.INPUT: "input",
    Kind.INSERTED: "inserted",
    Kind.PADDING: "padding",
    Kind.COPY: "padding",
    Kind.SURPLUS: "padding",
    Kind.OVERHANG: "padding",
}


@dataclass(frozen=True, eq=False)
class Taps:
    """The products of one step, one row each, in row-major order of the kernel's window.

    Attributes
    ----------
    position : (taps, dims) integers
        On the padded, stretched grid.
    kind : (taps,) integers
        A `Kind` each.
    source : (taps, dims) integers
        The input cell whose value is read; -1 where there is none.
    kernel : (taps, dims) integers
        Index into the weights as the framework stores them.
    x : tuple of number or None, or None
        The values read; None for each that counts as nothing, and None
        altogether where the plan has no values.
    w : tuple of number, or None
        The weights that they meet; None where there are none.
    """

    position: Ints
    kind: Ints
    source: Ints
    kernel: Ints
    x: tuple[Any, ...] | None = None
    w: tuple[Any, ...] | None = None


@dataclass(frozen=True, eq=False)
class Step:
    """One moment of an operation.

    Attributes
    ----------
    reads : Taps
        What is read.
    writes : (cells, dims) integers
        The output cells that are written: the one that all taps together
        make, or one a tap. A stamp may reach beyond the output.
    divisor : int or None
        What the sum is divided by, for average pooling.
    value : number or None
        What the cell that is made holds, where the plan has values.
    """

    reads: Taps
    writes: Ints
    divisor: int | None = None
    value: Any = None


@dataclass(frozen=True, eq=False)
class Grid:
    """What a picture of the padded, stretched input shows, whatever the step.

    Attributes
    ----------
    start : tuple of int
        Position of the first cell, negative where the input is cropped.
    kind : array of `Kind`, one a cell
        What stands there.
    read : array of bool, one a cell
        Whether any step reads it; for an input cell, also by a copy of it.
    spread : tuple of range
        Positions from the first input cell to the last, an axis.
    spacing : tuple of int
        Distance from one input cell to the next, an axis.
    source : tuple of (cells,) integers
        The input cell whose value stands at each position, an axis; -1 for none.
    mirrors : tuple of tuple of float
        Where reflected padding is mirrored, an axis.
    """

    start: tuple[int, ...]
    kind: Ints
    read: NDArray[np.bool_]
    spread: tuple[range, ...]
    spacing: tuple[int, ...]
    source: tuple[Ints, ...]
    mirrors: tuple[tuple[float, ...], ...]

    @classmethod
    def plain(cls, size: Cell) -> Grid:
        """Return the grid of an input as it is, with nothing between or around its cells."""
        return cls(
            start=(0,) * len(size),
            kind=np.full(size, int(Kind.INPUT)),
            read=np.ones(size, bool),
            spread=tuple(range(count) for count in size),
            spacing=(1,) * len(size),
            source=tuple(np.arange(count) for count in size),
            mirrors=((),) * len(size),
        )


@dataclass(frozen=True, eq=False)
class Values:
    """The numbers of a plan.

    Attributes
    ----------
    input, output : arrays
        One number a cell.
    kernel : array or None
        The weights as the framework stores them; None where there are none.
    """

    input: Numbers
    kernel: Numbers | None
    output: Numbers


def plain(value: object) -> object:
    """Return a value with lists in place of tuples, and Python's own numbers, ready for JSON.

    What is not finite has no form in JSON, and becomes None.
    """
    if isinstance(value, tuple):
        return [plain(part) for part in value]
    if isinstance(value, np.ndarray | np.generic):
        value = value.tolist()
    return None if isinstance(value, float) and isinf(value) else value
