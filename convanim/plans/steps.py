"""The parts of a plan: steps, the cells that they read and write, and the grid that they read from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import numpy as np
from numpy.typing import NDArray

from convanim.base.records import dataclass
from convanim.layers.axis import Kind
from convanim.plans.values import Numbers

Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]
Points = NDArray[np.float64]
Cell = tuple[int, ...]

_P = ParamSpec("_P")
_T = TypeVar("_T")


@dataclass(frozen=True, eq=False)
class Tensor:
    """The input of a plan, its output, or a result between two stages.

    Attributes
    ----------
    name : str
        Name of the tensor.
    channels : int
        Number of channels.
    size : tuple of int
        Size of each channel, per axis.
    values : (channels, *size) array or None
        The numbers of the input; None for tensors that are computed.
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
        Cells of the padded, stretched grid.
    kind : (taps,) integers
        The `Kind` of each.
    source : (taps, dims) integers
        The input cell whose value is read; -1 if there is none.
    kernel : (taps, dims) integers
        Index into one slice of the weights as the framework stores them;
        (taps, 0) if there are no weights.
    coefficient : (taps,) array or None
        An extra factor of each value, if the operation has one.
    """

    position: Ints
    kind: Ints
    source: Ints
    kernel: Ints
    coefficient: NDArray[np.float64] | None = None

    def some(self, chosen: Ints) -> Taps:
        """Return some of the taps, by number."""
        factors = None if self.coefficient is None else self.coefficient[chosen]
        return Taps(self.position[chosen], self.kind[chosen], self.source[chosen], self.kernel[chosen], factors)

    @property
    def within(self) -> int:
        """Number of taps that do not reach beyond the padded input."""
        return int((self.kind != Kind.OVERHANG).sum())


@dataclass(frozen=True, eq=False)
class Read:
    """What a step reads from a tensor: the same cells in some of its channels.

    Attributes
    ----------
    tensor : int
        Number of the tensor.
    channels : sequence of int
        The channels that are read.
    taps : Taps
        The cells that are read in each.
    points : (points, dims) array or None
        The places between cells where the taps are read, if there are any, counted from 0 at the middle
        of the first input cell.
    moved_from : (points, dims) array or None
        Where the places would be without their offsets, if they have any.
    """

    tensor: int
    channels: Sequence[int]
    taps: Taps
    points: Points | None = None
    moved_from: Points | None = None


@dataclass(frozen=True, eq=False)
class Step:
    """One step of a stage: what it reads and what it writes.

    Gathering reads many cells and writes one; stamping reads one and writes
    many, some of which may lie outside the output.

    Attributes
    ----------
    stage : int
        Number of the stage.
    reads : tuple of Read
        One per tensor; empty if the step only writes a zero.
    channels : sequence of int
        The channels of the stage's target that are written.
    writes : (cells, dims) integers
        The cells that are written in each.
    divisor : int or None
        In an average, what the sum is divided by.
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
    """The padded, stretched input as it is drawn, the same for every step.

    Attributes
    ----------
    start : tuple of int
        Position of the first cell, negative where the input is cropped.
    kind : array of `Kind`, one per cell
        The kind of each cell.
    read : array of bool, one per cell
        Whether any step reads it; for an input cell, also through a copy.
    spread : tuple of range
        Positions from the first input cell to the last, per axis.
    spacing : tuple of int
        Distance from one input cell to the next, per axis.
    source : tuple of (cells,) integers
        The input cell whose value each position holds, per axis; -1 for none.
    mirrors : tuple of tuple of float
        Where reflected padding is mirrored, per axis.
    points : (points, dims) array or None
        The places between cells that any step reads, as in a `Read`.
    """

    start: tuple[int, ...]
    kind: Ints
    read: Mask
    spread: tuple[range, ...]
    spacing: tuple[int, ...]
    source: tuple[Ints, ...]
    mirrors: tuple[tuple[float, ...], ...]
    points: Points | None = None

    @classmethod
    def plain(cls, size: Cell) -> Grid:
        """Return the grid of a plain tensor, with nothing between or around its cells."""
        return cls(
            start=(0,) * len(size),
            kind=np.full(size, int(Kind.INPUT)),
            read=np.ones(size, bool),
            spread=tuple(range(count) for count in size),
            spacing=(1,) * len(size),
            source=tuple(np.arange(count) for count in size),
            mirrors=((),) * len(size),
        )

    @property
    def padded(self) -> tuple[int, ...]:
        """The number of cells along each axis, without those that windows reach beyond the padding."""
        return tuple((np.argwhere(self.kind != Kind.OVERHANG).max(axis=0) + 1).tolist())

    def places(self, cells: NDArray[Any]) -> NDArray[Any]:
        """Return the positions of input cells, or of places between them, (n, dims), from the grid's first cell on."""
        found: NDArray[Any] = cells * np.array(self.spacing) + [
            span.start - start for span, start in zip(self.spread, self.start, strict=True)
        ]
        return found


def points(places: Sequence[Sequence[float]]) -> Points | None:
    """Return places as an array, (n, dims), or None if there are none."""
    return np.array(places, float) if len(places) else None


def product(rows: Sequence[Ints]) -> Ints:
    """Return all combinations of one entry of each row, (..., n, dims); the last row varies fastest.

    Rows may have further axes in front, which are not combined.
    """
    dims, ahead = len(rows), rows[0].shape[:-1]
    combined = np.empty((*ahead, *(row.shape[-1] for row in rows), dims), np.int64)
    for number, row in enumerate(rows):
        combined[..., number] = row.reshape(*ahead, *(-1 if axis == number else 1 for axis in range(dims)))
    return combined.reshape(*ahead, -1, dims)


def kept(compute: Callable[_P, _T]) -> Callable[_P, _T]:
    """Return a method that caches its results on its object: drawing asks for the same ones often."""

    @wraps(compute)
    def asked(*args: _P.args, **kwargs: _P.kwargs) -> _T:
        owner, key = args[0], (*args[1:], *kwargs.items())
        known: dict[Any, _T] = vars(owner).setdefault(f"_kept_{compute.__name__}", {})
        if key not in known:
            known[key] = compute(*args, **kwargs)
        return known[key]

    return asked
