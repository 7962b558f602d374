"""Export a plan as plain data: every step with the cells that it reads and writes."""

from __future__ import annotations

from math import isfinite
from typing import Any

import numpy as np

from convanim.base.errors import ConvanimError
from convanim.base.options import short
from convanim.layers.axis import Kind
from convanim.plans.graph import Plan
from convanim.plans.stages import Stage
from convanim.plans.steps import Cell, Read, Step
from convanim.plans.windows import Windows

TAP_LIMIT = 500_000
"""The largest number of taps that is exported."""

_KINDS = {Kind.INPUT: "input", Kind.INSERTED: "inserted", Kind.EMPTY: "empty"}
"""Names of the kinds of cell; every other kind is padding."""


def plan_dict(plan: Plan) -> dict[str, Any]:
    """Return a plan as plain lists and numbers, in the format that `Plan.to_dict` describes.

    Raises
    ------
    ConvanimError
        If the plan has more than `TAP_LIMIT` taps.
    """
    if plan.taps > TAP_LIMIT:
        raise ConvanimError(
            "input_size",
            short(plan.input_size),
            f"gives {plan.taps} taps to write out, and at most {TAP_LIMIT} are; "
            "use a smaller `input_size` or `kernel_size`",
        )
    plan = plan.walking(way="layers", channels={}, is_main=True)
    if not plan.is_chain:
        return _stage_dict(plan, plan.last)
    grouping = plan.layer.grouping
    told = {
        "operation": "chain",
        "input_size": _index(plan, grouping.in_channels, plan.input_size),
        "output_size": _index(plan, grouping.out_channels, plan.output_size),
        "layers": [_stage_dict(plan, stage) for stage in plan.main],
    }
    difference = None if plan.has_channels else plan.difference
    return told if difference is None else {**told, "difference": difference[0].tolist()}


def _plain(value: object) -> object:
    """Return a value with tuples as lists and NumPy values as Python's own, ready for JSON.

    JSON has neither infinity nor NaN, so these become None.
    """
    if isinstance(value, tuple):
        return [_plain(part) for part in value]
    if isinstance(value, np.ndarray | np.generic):
        value = value.tolist()
    return None if isinstance(value, float) and not isfinite(value) else value


def _index(plan: Plan, channel: int, cell: Cell) -> list[int]:
    """Return a cell or a size as a list, preceded by its channel or channel count if the plan has channels."""
    return [channel, *cell] if plan.has_channels else list(cell)


def _stage_dict(plan: Plan, stage: Stage) -> dict[str, Any]:
    at, sums = plan.main.index(stage), dict[Cell, Any]()
    steps = map(plan.step, range(*plan.starts[at : at + 2]))
    return {
        "operation": stage.layer.operation,
        **({"sources": list(stage.sources)} if plan.is_branched else {}),
        **({"method": "scatter"} if stage.is_stamped else {}),
        "parameters": {name: _plain(value) for name, value in stage.layer.options.items()},
        "input_size": _index(plan, stage.grouping.in_channels, stage.input_size),
        "output_size": _index(plan, stage.grouping.out_channels, stage.output_size),
        "steps": [
            _stamped(plan, stage, step, sums)
            if isinstance(stage, Windows) and stage.is_stamped
            else _gathered(plan, stage, step)
            for step in steps
        ],
    }


def _gathered(plan: Plan, stage: Stage, step: Step) -> dict[str, Any]:
    told: dict[str, Any] = {
        "output": _index(plan, step.channel, step.cell),
        "taps": [tap for read in step.reads for channel in read.channels for tap in _taps(plan, step, read, channel)],
    }
    if step.divisor is not None:
        told["divisor"] = step.divisor
    if stage.bias is not None:
        told["bias"] = stage.bias.item(step.channel)
    return {**told, "value": _plain(plan.value(step))} if plan.is_valued else told


def _kernel(plan: Plan, stage: Stage, out_channel: int, in_channel: int) -> tuple[int, ...]:
    """Return the channel indices that come before the kernel cell in the index of a weight."""
    if plan.has_channels and isinstance(stage, Windows) and stage.is_weighted:
        return stage.kernel_place(out_channel, in_channel)
    return ()


def _taps(plan: Plan, step: Step, read: Read, channel: int) -> list[dict[str, Any]]:
    taps, slice_ = read.taps, _kernel(plan, plan.stages[step.stage], step.channel, channel)
    columns = (taps.kind.tolist(), taps.source.tolist(), taps.position.tolist(), taps.kernel.tolist())
    told: list[dict[str, Any]] = [
        {
            "kind": _KINDS.get(Kind(kind), "padding"),
            "input": None if source[0] < 0 else _index(plan, channel, source),
            "position": _index(plan, channel, position),
            "kernel": [*slice_, *kernel],
        }
        for kind, source, position, kernel in zip(*columns, strict=True)
    ]
    if plan.is_branched:
        told = [{"tensor": read.tensor, **tap} for tap in told]
    if read.taps.coefficient is not None and step.divisor is None:
        for tap, factor in zip(told, read.taps.coefficient.tolist(), strict=True):
            tap["factor"] = factor
    if plan.is_valued:
        for name, values in zip("xw", plan.operands(step, read, channel), strict=True):
            for tap, value in zip(told, values or (), strict=bool(values)):
                tap[name] = _plain(value)
    return told


def _stamped(plan: Plan, stage: Windows, step: Step, sums: dict[Cell, Any]) -> dict[str, Any]:
    """Return a step that stamps, adding its products to ``sums``, the output so far."""
    (read,) = step.reads
    (one,), source, cells = read.channels, read.taps.source[0].tolist(), map(tuple, step.writes.tolist())
    columns = list(zip(read.taps.kernel.tolist(), cells, stage.inside(step.writes).tolist(), strict=True))
    start, taps = plan.stamps(stage).start, list[dict[str, Any]]()
    for channel in step.channels:
        slice_, weights = _kernel(plan, stage, channel, one), stage.slice(channel, one)
        for kernel, cell, is_inside in columns:
            output = _index(plan, channel, cell) if is_inside else None
            tap: dict[str, Any] = {"kernel": [*slice_, *kernel], "output": output}
            if plan.is_valued and weights is not None:
                tap |= {"x": plan.planes(read.tensor, one).item(tuple(source)), "w": weights.item(tuple(kernel))}
                if is_inside:
                    key = channel, *cell
                    sums[key] = tap["sum"] = sums.get(key, start(channel)) + tap["x"] * tap["w"]
            taps.append(tap)
    return {"input": _index(plan, one, source), "taps": taps}
