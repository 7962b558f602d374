"""What one step of a plan shows, in a sentence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from convanim.alt.words import counted, listed
from convanim.axis import Kind
from convanim.layers import ROWS_COLUMNS
from convanim.plans import Plan, Read, Rule, Stage, Step
from convanim.values import spell

Told = tuple[str, Any]
"""A sentence without its full stop, and the value of what it is about, None where that has none."""


def step_alt(plan: Plan, number: int) -> str:
    """Return what one step of a plan shows, and its value if it has one.

    Parameters
    ----------
    plan : Plan
        What is shown step by step.
    number : int
        Counted from 0 as the plan's steps are, and rows, columns and
        channels. Behind the last step of stamps, and of a chain that is
        compared with something, comes one more, which shows the result.

    Raises
    ------
    IndexError
        If there is no such step.

    Examples
    --------
    >>> from convanim.layers import Conv
    >>> from convanim.plans import plan
    >>> step_alt(plan(Conv(5, 3, padding=1)), 7)
    'Step 7, the last is 24: output row 1, column 2 is made of input rows 0 to 2, columns 1 to 3.'
    """
    last = len(plan) - (not plan.has_end)
    if not 0 <= number <= last:
        raise IndexError(f"step {number} of {last + 1}")
    said, value = (_end(plan), None) if number == len(plan) else _told(plan, number)
    return f"Step {number}, the last is {last}: {said}.{'' if value is None else f' Its value is {spell(value, 2)}.'}"


def _end(plan: Plan) -> str:
    """Return what a last step of its own shows."""
    if not plan.is_compared:
        return "every stamp has fallen, and the output is the sum of all"
    other = "the result of the one layer" if plan.compared else "the input"
    off = None if plan.difference is None else float(abs(plan.difference).max())
    verdict = f"differs from {other} by up to {off:.2g}" if off else f"is equal to {other}"
    return f"the output {f'is compared with {other}' if off is None else verdict}"


def _told(plan: Plan, number: int) -> Told:
    if plan.walk.way == "field":
        return _traced(plan, number), None
    stage, channel, place = plan.place(number)
    step = stage.step(channel, place)
    if stage.is_stamped:
        return _stamped(plan, stage, step)
    made = _place(_of(plan.tensors[stage.target].name), step.writes.T.tolist(), step.channels if _has_many(stage)[1] else ())
    said, value = f"{made} {_gathered(plan, stage, step)}", plan.value(step) if step.reads else None
    if plan.walk.way == "outputs" and len(plan.main) > 1 and (seen := _dependence(plan, channel, step.cell)):
        said += f"; it depends on cells of {seen}"
    return said, value


def _has_many(stage: Stage) -> tuple[bool, bool]:
    """Return whether there are several channels before and after a stage."""
    return stage.grouping.in_channels > 1, stage.grouping.out_channels > 1


def _gathered(plan: Plan, stage: Stage, step: Step) -> str:
    if not step.reads:
        return "is zero, since no value moves there"
    places = [_read(plan, stage, read) for read in step.reads]
    if len(places) > 1:
        return f"is the sum of {listed([place for place in places if place])}"
    if stage.rule is Rule.COPY:
        return f"is a copy of {places[0]}"
    return _reading(stage, step, places[0]) + ", plus a bias" * bool(stage.layer.bias_size)


def _read(plan: Plan, stage: Stage, read: Read) -> str:
    """Return the cells of a tensor that are read, nothing where there are none."""
    own = read.taps.source[read.taps.source[:, 0] >= 0]
    channels = read.channels if _has_many(stage)[0] else ()
    return _place(_of(plan.tensors[read.tensor].name), own.T.tolist(), channels) if len(own) else ""


def _of(name: str) -> str:
    """Return what cells of a tensor are said to be of."""
    return name if name in ("input", "output") else f"{name}'s"


def _stamped(plan: Plan, stage: Stage, step: Step) -> Told:
    read, (has_many, makes_many) = step.reads[0], _has_many(stage)
    inside = step.writes[stage.inside(step.writes)]
    source = read.taps.source[:1]
    own = _place(_of(plan.tensors[read.tensor].name), source.T.tolist(), read.channels if has_many else ())
    lost = len(step.writes) - len(inside)
    cut = f", and {counted(lost, 'cell')} of the stamp {'is' if lost == 1 else 'are'} cut off" if lost else ""
    onto = _place("output", inside.T.tolist(), step.channels if makes_many else ()) if len(inside) else "nothing"
    plane = plan.plane(read.tensor, read.channels[0])
    value = None if plane is None else plane.item(tuple(source[0]))
    return f"{own} stamps the kernel, times its value, onto {onto}{cut}", value


def _dependence(plan: Plan, channel: int, cell: tuple[int, ...]) -> str:
    """Return the cells of the input that an output cell depends on, nothing where there are none."""
    cells = plan.trace(channel, cell)[plan.main[0].number].cells
    found = {own: mask for (tensor, own), mask in cells.items() if tensor == 0 and mask.any()}
    if not found:
        return ""
    every = np.argwhere(np.logical_or.reduce(list(found.values())))
    return _place("input", every.T.tolist(), sorted(found) if plan.layer.grouping.in_channels > 1 else ())


def _traced(plan: Plan, number: int) -> str:
    """Return what a step shows that traces one output cell back, layer by layer."""
    assert plan.walk.cell is not None
    made = _place("output", [[at] for at in plan.walk.cell])
    if not number:
        return f"{made} is the cell that is traced back"
    stage = plan.main[-number]
    cells = plan.trace(0, plan.walk.cell)[stage.number].cells
    masks = [mask for (tensor, _), mask in cells.items() if tensor == stage.source and mask.any()]
    if not masks:
        return f"{made} depends on no cell of {plan.tensors[stage.source].name}"
    every = np.argwhere(np.logical_or.reduce(masks))
    said = _place(_of(plan.tensors[stage.source].name), every.T.tolist())
    return f"{made} depends on {counted(len(every), 'cell')} of {said}"


def _reading(stage: Stage, step: Step, place: str) -> str:
    read = step.reads[0]
    each = " in each" if len(read.channels) > 1 and _has_many(stage)[0] else ""
    kinds = Counter(Kind(kind) for kind in read.taps.kind.tolist())
    places = [place] if place else []
    padding, zeros = kinds[Kind.PADDING] + kinds[Kind.SURPLUS], kinds[Kind.INSERTED]
    told = [counted(zeros, "inserted zero", each)] * bool(zeros)
    told += [counted(padding, "cell", f" of padding{each}")] * bool(padding)
    cells = listed([*places, *told])
    said = {
        Rule.SUM: f"is made of {cells}",
        Rule.MEAN: f"is the sum of {cells}, divided by {step.divisor}",
        Rule.MAX: f"is the largest of {listed(places) or 'no cell'}{', without padding' * bool(told)}",
    }[stage.rule]
    copies, over = kinds[Kind.COPY], kinds[Kind.OVERHANG]
    said += f"; of the window's {len(read.taps.kind)} cells, {copies} stand in the padding as copies" * bool(copies)
    return said + (", with " + counted(over, "cell", " of the window beyond the end")) * bool(over)


def _place(side: str, axes: Sequence[Sequence[int]], channels: Sequence[int] = ()) -> str:
    """Return cells by their numbers on each axis: ``input rows 0 to 2``; channels are named as the pictures do."""
    said = ", ".join(_numbered(name, sorted(set(own))) for name, own in zip(ROWS_COLUMNS[len(axes)], axes, strict=True))
    if not channels:
        return f"{side} {said}"
    planes = f"{side}s" if side in ("input", "output") else f"{side} channels"
    return f"{_numbered(planes, sorted({channel + 1 for channel in channels}))}, {said}"


def _numbered(name: str, numbers: list[int]) -> str:
    first, last, count = numbers[0], numbers[-1], len(numbers)
    if count == 1:
        return f"{name[:-1]} {first}"
    if last - first == count - 1:
        return f"{name} {first} to {last}"
    return f"{name} {listed(map(str, numbers))}" if count <= 4 else f"{count} of the {name} {first} to {last}"
