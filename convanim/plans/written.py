"""A plan as plain data: every step with the cells that it reads and writes."""

from __future__ import annotations

from typing import Any

import numpy as np

from convanim.axis import Kind
from convanim.errors import ConvanimError
from convanim.options import short
from convanim.plans.graph import Plan
from convanim.plans.stages import Stage, Windows
from convanim.plans.steps import KIND_NAMES, Cell, Read, Step, plain
from convanim.values import Numbers

TAP_LIMIT = 500_000
"""The most taps that are written out."""


def plan_dict(plan: Plan) -> dict[str, Any]:
    """Return a plan in plain lists and numbers; `Plan.to_dict` says how.

    Raises
    ------
    ConvanimError
        If it has more than `TAP_LIMIT` taps.
    """
    if plan.taps > TAP_LIMIT:
        raise ConvanimError(
            "input_size",
            short(plan.input_size),
            f"gives {plan.taps} taps to write out, and at most {TAP_LIMIT} are; "
            "use a smaller `input_size` or `kernel_size`",
        )
    if not plan.is_chain:
        return _stage_dict(plan, plan.last)
    grouping = plan.layer.grouping
    told = {
        "operation": "chain",
        "input_size": _sized(plan, grouping.in_channels, plan.input_size),
        "output_size": _sized(plan, grouping.out_channels, plan.output_size),
        "layers": [_stage_dict(plan, stage) for stage in plan.main],
    }
    difference = None if plan.has_channels else plan.difference
    return told if difference is None else {**told, "difference": difference[0].tolist()}


def _sized(plan: Plan, channels: int, size: Cell) -> list[int]:
    return [channels, *size] if plan.has_channels else list(size)


def _stage_dict(plan: Plan, stage: Stage) -> dict[str, Any]:
    layer = stage.layer
    written = _Stamped(plan, stage).step if stage.is_stamped else lambda step: _gathered(plan, stage, step)
    channels, each = stage.steps_of
    order = [(channel, place) for channel in range(channels) for place in range(each)]
    if plan.walk.order == "position":
        order.sort(key=lambda one: one[1])
    return {
        "operation": layer.operation,
        **({"method": "scatter"} if stage.is_stamped else {}),
        "parameters": {name: plain(value) for name, value in layer.options.items()},
        "input_size": _sized(plan, stage.grouping.in_channels, stage.input_size),
        "output_size": _sized(plan, stage.grouping.out_channels, stage.output_size),
        "steps": [written(stage.step(*one)) for one in order],
    }


def _index(plan: Plan, channel: int, cell: Any) -> list[int]:
    """Return a cell with its channel, where there are any."""
    return [channel, *cell] if plan.has_channels else list(cell)


def _gathered(plan: Plan, stage: Stage, step: Step) -> dict[str, Any]:
    told: dict[str, Any] = {
        "output": _index(plan, step.channel, step.cell),
        "taps": [tap for read in step.reads for channel in read.channels for tap in _taps(plan, step, read, channel)],
    }
    if step.divisor is not None:
        told["divisor"] = step.divisor
    if stage.bias is not None:
        told["bias"] = plain(stage.bias[step.channel])
    return {**told, "value": plain(plan.value(step))} if plan.is_valued else told


def _taps(plan: Plan, step: Step, read: Read, channel: int) -> list[dict[str, Any]]:
    stage, taps = plan.stages[step.stage], read.taps
    is_indexed = plan.has_channels and isinstance(stage, Windows) and stage.is_weighted
    slice_ = stage.kernel_place(step.channel, channel) if is_indexed and isinstance(stage, Windows) else ()
    columns = (taps.kind.tolist(), taps.source.tolist(), taps.position.tolist(), taps.kernel.tolist())
    told: list[dict[str, Any]] = [
        {
            "kind": KIND_NAMES[Kind(kind)],
            "input": None if source[0] < 0 else _index(plan, channel, source),
            "position": _index(plan, channel, position),
            "kernel": [*slice_, *kernel],
        }
        for kind, source, position, kernel in zip(*columns, strict=True)
    ]
    if plan.is_valued:
        for name, values in zip("xw", plan.operands(step, read, channel), strict=True):
            for tap, value in zip(told, values or (), strict=bool(values)):
                tap[name] = plain(value)
    return told


class _Stamped:
    """Writes stamps one after the other, with what each output cell holds after it."""

    def __init__(self, plan: Plan, stage: Stage) -> None:
        assert isinstance(stage, Windows)
        self.plan, self.stage = plan, stage
        self.sums: Numbers | None = None
        if plan.is_valued:
            made = plan.values(stage.target)
            assert made is not None
            stamps = plan.stamps(stage)
            self.sums = np.zeros_like(made)
            for channel in range(len(made)):
                self.sums[channel] += stamps.start(channel)

    def step(self, step: Step) -> dict[str, Any]:
        """Return the next step; its products are added to the sums so far."""
        plan, stage, read = self.plan, self.stage, step.reads[0]
        source, inside = read.taps.source[0].tolist(), stage.inside(step.writes).tolist()
        value = plan.planes(read.tensor, read.channels[0]).item(tuple(source)) if plan.is_valued else None
        taps: list[dict[str, Any]] = []
        for channel in step.channels:
            slice_ = stage.kernel_place(channel, read.channels[0]) if plan.has_channels else ()
            weights = stage.slice(channel, read.channels[0])
            for kernel, cell, is_inside in zip(read.taps.kernel.tolist(), step.writes.tolist(), inside, strict=True):
                tap: dict[str, Any] = {
                    "kernel": [*slice_, *kernel],
                    "output": _index(plan, channel, cell) if is_inside else None,
                }
                if self.sums is not None and weights is not None:
                    tap |= {"x": value, "w": weights.item(tuple(kernel))}
                    if is_inside:
                        self.sums[(channel, *cell)] += value * tap["w"]
                        tap["sum"] = plain(self.sums[(channel, *cell)])
                taps.append(tap)
        return {"input": _index(plan, read.channels[0], source), "taps": taps}
