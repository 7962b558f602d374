"""A layer as arrays: what stands on its grid, and per step which cells are read and written."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property, reduce
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convanim.axis import Axis, Kind
from convanim.errors import ConvanimError
from convanim.layers import Layer
from convanim.options import short

Ints = NDArray[np.int64]

TAP_LIMIT = 500_000
"""The most taps that `Plan.to_dict` writes out."""

_KIND_NAMES = {
    Kind.INPUT: "input",
    Kind.INSERTED: "inserted",
    Kind.PADDING: "padding",
    Kind.COPY: "padding",
    Kind.SURPLUS: "padding",
    Kind.OVERHANG: "padding",
}


@dataclass(frozen=True, eq=False)
class Taps:
    """The cells that one step reads, one row a cell, in row-major order of the window.

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
    """

    position: Ints
    kind: Ints
    source: Ints
    kernel: Ints


@dataclass(frozen=True, eq=False)
class Step:
    """One moment of an operation.

    Attributes
    ----------
    reads : Taps
        What is read.
    writes : (cells, dims) integers
        The output cells that are written.
    divisor : int or None
        What the sum is divided by, for average pooling.
    """

    reads: Taps
    writes: Ints
    divisor: int | None


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
    mirrors : tuple of tuple of float
        Where reflected padding is mirrored, an axis.
    """

    start: tuple[int, ...]
    kind: Ints
    read: NDArray[np.bool_]
    spread: tuple[range, ...]
    mirrors: tuple[tuple[float, ...], ...]


@dataclass(frozen=True, eq=False)
class Plan:
    """The steps of a layer, in row-major order of its output.

    ``len(plan)`` is the number of steps, ``plan.step(number)`` one of them.
    """

    operation: str
    options: dict[str, object]
    axes: tuple[Axis, ...]
    input_size: tuple[int, ...]
    output_size: tuple[int, ...]
    divisor: Callable[[tuple[int, ...]], int | None]

    def __len__(self) -> int:
        return prod(self.output_size)

    def __iter__(self) -> Iterator[Step]:
        return map(self.step, range(len(self)))

    def step(self, number: int) -> Step:
        """Return step ``number``, counted from 0."""
        if not 0 <= number < len(self):
            raise IndexError(f"step {number} of {len(self)}")
        cell = tuple(int(i) for i in np.unravel_index(number, self.output_size))
        windows = [self._window(number, output) for number, output in enumerate(cell)]
        position, kind, source, kernel = (_product([window[column] for window in windows]) for column in range(4))
        standing = kind.max(axis=1)
        source[(source < 0).any(axis=1) | (standing == Kind.OVERHANG)] = -1
        return Step(Taps(position, standing, source, kernel), np.array([cell], np.int64), self.divisor(cell))

    def _window(self, number: int, output: int) -> Ints:
        """Return positions, kinds, sources and weights of a window along one axis, a row each."""
        key = number, output
        if key not in self._windows:
            axis = self.axes[number]
            rows = [
                (q, int(axis.kind(q)), -1 if (source := axis.source(q)) is None else source, axis.weight(tap))
                for tap, q in enumerate(axis.window(output))
            ]
            self._windows[key] = np.array(rows, np.int64).T
        return self._windows[key]

    @cached_property
    def _windows(self) -> dict[tuple[int, int], Ints]:
        """Windows that were asked for before; the steps of a product of axes share them."""
        return {}

    @cached_property
    def grid(self) -> Grid:
        """The cells of the padded, stretched input, and what the picture shows around them."""
        spans = [axis.drawn for axis in self.axes]
        kinds = [np.array([axis.kind(q) for q in span]) for axis, span in zip(self.axes, spans, strict=True)]
        kind: Ints = reduce(np.maximum.outer, kinds)
        itself, also_copied = (
            reduce(np.logical_and.outer, [np.frombuffer(bytes(marks), np.bool_) for marks in axes])
            for axes in (
                [axis.read() for axis in self.axes],
                [axis.read_itself_or_copied() for axis in self.axes],
            )
        )
        return Grid(
            start=tuple(span.start for span in spans),
            kind=kind,
            read=np.where(kind == Kind.INPUT, also_copied, itself),
            spread=tuple(range(axis.low, axis.low + axis.stretched) for axis in self.axes),
            mirrors=tuple(axis.mirrors for axis in self.axes),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the plan in plain lists and numbers, ready for JSON.

        Returns
        -------
        dict
            ``operation`` (a key of ``OPERATIONS``), ``parameters`` (resolved:
            one entry an axis, padding as [low, high]), ``input_size``,
            ``output_size`` and ``steps``. A step has ``output``, the cell that
            it makes, ``taps``, and for average pooling ``divisor``. A tap has

            ``kind``
                ``"input"``, ``"padding"`` or ``"inserted"``.
            ``input``
                The input cell whose value is read, or None; set for copied
                padding too.
            ``position``
                The cell on the padded, stretched grid. A window that hangs
                over (``ceil_mode``) has positions beyond it, of kind
                ``"padding"``, which no divisor counts.
            ``kernel``
                The index into the weights as the framework stores them.

        Raises
        ------
        ConvanimError
            If there would be more than `TAP_LIMIT` taps.
        """
        taps = len(self) * prod(axis.kernel for axis in self.axes)
        if taps > TAP_LIMIT:
            raise ConvanimError(
                "input_size",
                short(self.input_size),
                f"gives {taps} taps to write out, and at most {TAP_LIMIT} are; "
                "use a smaller `input_size` or `kernel_size`",
            )
        return {
            "operation": self.operation,
            "parameters": {name: _plain(value) for name, value in self.options.items()},
            "input_size": list(self.input_size),
            "output_size": list(self.output_size),
            "steps": [_step_dict(step) for step in self],
        }


def plan(layer: Layer) -> Plan:
    """Return the plan of a layer: its steps, one an output cell, in row-major order.

    Raises
    ------
    ConvanimError
        If it is not given a layer.
    """
    if not isinstance(layer, Layer):
        raise ConvanimError("layer", repr(layer), "not a layer; make one such as convanim.Conv(5, 3)")
    return Plan(layer.operation, layer.options, layer.axes, layer.input_size, layer.output_size, layer.divisor)


def _product(rows: list[Ints]) -> Ints:
    """Return the (n, dims) array of all combinations of some rows, the last fastest."""
    shape = tuple(len(row) for row in rows)
    combined = np.empty((*shape, len(rows)), np.int64)
    for number, row in enumerate(rows):
        combined[..., number] = row.reshape([-1 if axis == number else 1 for axis in range(len(rows))])
    return combined.reshape(-1, len(rows))


def _step_dict(step: Step) -> dict[str, Any]:
    reads = step.reads
    columns = (reads.kind.tolist(), reads.source.tolist(), reads.position.tolist(), reads.kernel.tolist())
    taps = [
        {
            "kind": _KIND_NAMES[Kind(kind)],
            "input": None if source[0] < 0 else source,
            "position": position,
            "kernel": kernel,
        }
        for kind, source, position, kernel in zip(*columns, strict=True)
    ]
    told: dict[str, Any] = {"output": step.writes[0].tolist(), "taps": taps}
    if step.divisor is not None:
        told["divisor"] = step.divisor
    return told


def _plain(value: object) -> object:
    return [_plain(part) for part in value] if isinstance(value, tuple) else value
