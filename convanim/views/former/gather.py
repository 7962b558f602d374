"""The plan of a layer, output cell by output cell: what stands on its grid, and what each step reads."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, reduce
from math import prod
from typing import Any

import numpy as np

from convanim.axis import Axis, Kind
from convanim.errors import ConvanimError
from convanim.layers import Layer
from convanim.options import short
from convanim.plans.results import Rule, results
from convanim.values import Numbers
from convanim.views.former.steps import KIND_NAMES, TAP_LIMIT, Cell, Grid, Ints, Step, Taps, Values, plain


@dataclass(frozen=True, eq=False)
class Plan:
    """The steps of a layer, in row-major order of its output.

    ``len(plan)`` is the number of steps, ``plan.step(number)`` one of them.

    Attributes
    ----------
    layer : Layer
        What it is the plan of.
    input, kernel : arrays or None
        The numbers that it computes with, both None where it has none.
    """

    layer: Layer
    input: Numbers | None = None
    kernel: Numbers | None = None

    @property
    def kind(self) -> str:
        """``"volume"`` for a layer with three axes, ``"gather"`` for any other."""
        return "volume" if self.layer.dims == 3 else "gather"

    @cached_property
    def axes(self) -> tuple[Axis, ...]:
        """The layer's geometry, axis by axis."""
        return self.layer.axes

    @property
    def input_size(self) -> Cell:
        """Cells of the input, an axis."""
        return self.layer.input_size

    @cached_property
    def output_size(self) -> Cell:
        """Cells of the output, an axis."""
        return self.layer.output_size

    @property
    def is_valued(self) -> bool:
        """Whether the plan has numbers."""
        return self.input is not None

    def __len__(self) -> int:
        return prod(self.output_size)

    @property
    def taps(self) -> int:
        """How many taps all steps have together."""
        return len(self) * prod(axis.kernel for axis in self.axes)

    def __iter__(self) -> Iterator[Step]:
        return map(self.step, range(len(self)))

    def step(self, number: int) -> Step:
        """Return step ``number``, counted from 0."""
        if not 0 <= number < len(self):
            raise IndexError(f"step {number} of {len(self)}")
        cell = tuple(int(i) for i in np.unravel_index(number, self.output_size))
        windows = [self._window(number, output) for number, output in enumerate(cell)]
        position, kind, source, kernel = (product([window[column] for window in windows]) for column in range(4))
        standing = kind.max(axis=1)
        source[(source < 0).any(axis=1) | (standing == Kind.OVERHANG)] = -1
        x, w = self._operands(standing, source, kernel)
        reads = Taps(position, standing, source, kernel, x, w)
        value = None if self.values is None else self.values.output[cell]
        return Step(reads, np.array([cell], np.int64), self.layer.divisor(cell), value)

    @property
    def rule(self) -> Rule:
        """How the values that a step reads become one."""
        return Rule(self.layer.rule)

    @cached_property
    def values(self) -> Values | None:
        """The numbers of the input, the kernel and the output, if the plan has any."""
        if self.input is None:
            return None
        return Values(self.input, self.kernel, self.computed(self.input, self.kernel))

    def computed(self, values: Numbers, kernel: Numbers | None) -> Numbers:
        """Return the output for an input and a kernel, or for several of each along further axes that come first."""
        sources = [
            np.stack([self._window(number, output)[2] for output in range(axis.output)])
            for number, axis in enumerate(self.axes)
        ]
        weights = [[axis.weight(tap) for tap in range(axis.kernel)] for axis in self.axes]
        output = results(self.rule, values, kernel, sources, weights)
        return self._divided(output) if self.rule is Rule.MEAN else output

    def _divided(self, sums: Numbers) -> Numbers:
        """Return sums over their divisors, whole where all of them are."""
        divisors: Ints = reduce(np.multiply.outer, [np.array(counts) for counts in self.layer.counted or ()])
        if sums.dtype.kind != "f" and not (sums % divisors).any():
            whole: Numbers = sums // divisors
            return whole
        return (sums / divisors).astype(float)

    def _operands(
        self, kind: Ints, source: Ints, kernel: Ints
    ) -> tuple[tuple[Any, ...] | None, tuple[Any, ...] | None]:
        """Return the values that some taps read and the weights that they meet."""
        if self.input is None:
            return None, None
        found = self.input[tuple(source.T)].tolist()
        counts = source[:, 0] >= 0
        if self.rule is not Rule.MAX:
            counts |= kind != Kind.OVERHANG
        read = np.where(source[:, 0] >= 0, 1, 0).tolist()
        zero = 0 if self.input.dtype.kind != "f" else 0.0
        x = tuple(
            (value if real else zero) if count else None
            for value, real, count in zip(found, read, counts.tolist(), strict=True)
        )
        return x, None if self.kernel is None else tuple(self.kernel[tuple(kernel.T)].tolist())

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
            spacing=tuple(axis.spacing for axis in self.axes),
            source=tuple(
                np.array([-1 if (source := axis.source(q)) is None else source for q in span])
                for axis, span in zip(self.axes, spans, strict=True)
            ),
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
            ``x``, ``w``
                The value read and the weight that it meets, where the plan
                has values, and the step its ``value``. Of padding in max
                pooling, and of what hangs over, ``x`` is None: it counts as
                nothing. Pooling has no ``w``. The maximum of nothing is None.

        Raises
        ------
        ConvanimError
            If there would be more than `TAP_LIMIT` taps.
        """
        refuse_many_taps(self.input_size, self.taps)
        return {
            "operation": self.layer.operation,
            "parameters": {name: plain(value) for name, value in self.layer.options.items()},
            "input_size": list(self.input_size),
            "output_size": list(self.output_size),
            "steps": [_step_dict(step) for step in self],
        }


def refuse_many_taps(input_size: Cell, taps: int) -> None:
    """Raise where there are more taps than are written out.

    Raises
    ------
    ConvanimError
        If there are more than `TAP_LIMIT`.
    """
    if taps > TAP_LIMIT:
        raise ConvanimError(
            "input_size",
            short(input_size),
            f"gives {taps} taps to write out, and at most {TAP_LIMIT} are; use a smaller `input_size` or `kernel_size`",
        )


def product(rows: list[Ints]) -> Ints:
    """Return the (n, dims) array of all combinations of some rows, the last fastest."""
    shape = tuple(len(row) for row in rows)
    combined = np.empty((*shape, len(rows)), np.int64)
    for number, row in enumerate(rows):
        combined[..., number] = row.reshape([-1 if axis == number else 1 for axis in range(len(rows))])
    return combined.reshape(-1, len(rows))


def _step_dict(step: Step) -> dict[str, Any]:
    reads = step.reads
    columns = (reads.kind.tolist(), reads.source.tolist(), reads.position.tolist(), reads.kernel.tolist())
    taps: list[dict[str, Any]] = [
        {
            "kind": KIND_NAMES[Kind(kind)],
            "input": None if source[0] < 0 else source,
            "position": position,
            "kernel": kernel,
        }
        for kind, source, position, kernel in zip(*columns, strict=True)
    ]
    told: dict[str, Any] = {"output": step.writes[0].tolist(), "taps": taps}
    for name, values in (("x", reads.x), ("w", reads.w)):
        for tap, value in zip(taps, values or (), strict=bool(values)):
            tap[name] = value
    if step.divisor is not None:
        told["divisor"] = step.divisor
    if step.value is not None:
        told["value"] = plain(step.value)
    return told
