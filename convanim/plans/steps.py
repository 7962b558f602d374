"""What a plan consists of: steps, the cells that they read and write, and the grid that they read from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import numpy as np
from numpy.typing import NDArray

from convanim.layers.axis import Kind
from convanim.plans.values import Numbers

Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]
Cell = tuple[int, ...]

_P = ParamSpec("_P")
_T = TypeVar("_T")


@dataclass(frozen=True, eq=False)
class Tensor:
    """What goes into a plan, comes out of it, or lies between two of its stages.

    Attributes
    ----------
    name : str
        What it is called.
    channels : int
        How many planes of cells it has.
    size : tuple of int
        Cells of each, an axis.
    values : (channels, *size) array or None
        Its numbers, where they are given; those of all others are computed.
    """

    name: str
    channels: int
    size: Cell
    values: Numbers | None = None


@dataclass(frozen=True, eq=False)
class Taps:
    """The cells that a step reads in one plane, one row each, in row-major order of the window.

    Attributes
    ----------
    position : (taps, dims) integers
        On the padded, stretched grid.
    kind : (taps,) integers
        A `Kind` each.
    source : (taps, dims) integers
        The cell whose value is read; -1 where there is none.
    kernel : (taps, dims) integers
        Index into one slice of the weights as the framework stores them;
        (taps, 0) where there are no weights.
    coefficient : (taps,) array or None
        What each value is multiplied by besides, where the operation has such a factor.
    """

    position: Ints
    kind: Ints
    source: Ints
    kernel: Ints
    coefficient: NDArray[np.float64] | None = None


@dataclass(frozen=True, eq=False)
class Read:
    """What a step reads of a tensor: the same cells of some channels.

    Attributes
    ----------
    tensor : int
        Which one.
    channels : sequence of int
        Which of its channels.
    taps : Taps
        Which cells of each.
    """

    tensor: int
    channels: Sequence[int]
    taps: Taps


@dataclass(frozen=True, eq=False)
class Step:
    """One moment of a stage: what it reads, and what it writes.

    Gathering reads many cells and writes one; stamping reads one and writes
    many, of which some may lie beyond the output.

    Attributes
    ----------
    stage : int
        Which one.
    reads : tuple of Read
        One a tensor; none where a zero is made of nothing.
    channels : sequence of int
        The channels of the stage's target that are written.
    writes : (cells, dims) integers
        Which cells of each.
    divisor : int or None
        What the sum is divided by, in an average.
    """

    stage: int
    reads: tuple[Read, ...]
    channels: Sequence[int]
    writes: Ints
    divisor: int | None = None

    @property
    def channel(self) -> int:
        """The first channel that is written."""
        return self.channels[0]

    @property
    def cell(self) -> Cell:
        """The first cell that is written."""
        return tuple(self.writes[0].tolist())


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
    read: Mask
    spread: tuple[range, ...]
    spacing: tuple[int, ...]
    source: tuple[Ints, ...]
    mirrors: tuple[tuple[float, ...], ...]

    @classmethod
    def plain(cls, size: Cell) -> Grid:
        """Return the grid of a tensor as it is, with nothing between or around its cells."""
        return cls(
            start=(0,) * len(size),
            kind=np.full(size, int(Kind.INPUT)),
            read=np.ones(size, bool),
            spread=tuple(range(count) for count in size),
            spacing=(1,) * len(size),
            source=tuple(np.arange(count) for count in size),
            mirrors=((),) * len(size),
        )

    def places(self, cells: Ints) -> Ints:
        """Return where input cells, (n, dims), lie on it, counted from its first cell."""
        found: Ints = cells * np.array(self.spacing) + [
            span.start - start for span, start in zip(self.spread, self.start, strict=True)
        ]
        return found


def product(rows: Sequence[Ints]) -> Ints:
    """Return the (n, dims) array of all combinations of some rows, the last fastest."""
    shape = tuple(len(row) for row in rows)
    combined = np.empty((*shape, len(rows)), np.int64)
    for number, row in enumerate(rows):
        combined[..., number] = row.reshape([-1 if axis == number else 1 for axis in range(len(rows))])
    return combined.reshape(-1, len(rows))


def kept(compute: Callable[_P, _T]) -> Callable[_P, _T]:
    """Return a method that keeps what it found, in the object itself: pictures ask for the same again and again."""

    @wraps(compute)
    def asked(*args: _P.args, **kwargs: _P.kwargs) -> _T:
        owner, key = args[0], args[1:]
        known: dict[Any, _T] = vars(owner).setdefault(f"_kept_{compute.__name__}", {})
        if key not in known:
            known[key] = compute(*args, **kwargs)
        return known[key]

    return asked
