"""What one step of a plan shows, in a sentence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from convanim.layers import ROWS_COLUMNS
from convanim.layers.axis import Kind
from convanim.layers.rules import COPY, SEVERAL
from convanim.plans import Ints, Needs, Plan, Stage, Step, shares
from convanim.plans.values import spell
from convanim.words.captions import layer_title
from convanim.words.sentences import counted, listed

Told = tuple[str, Any]
"""A sentence without its full stop, and the value of what it is about, None where that has none."""


def step_alt(plan: Plan, number: int, has_value: bool = True) -> str:
    """Return what one step of a plan shows, and its value if it has one.

    Parameters
    ----------
    plan : Plan
        What is shown step by step.
    number : int
        Counted from 0 as the plan's steps are, and rows, columns and
        channels. Behind the last step of stamps, and of a chain that is
        compared with something, comes one more, which shows the result.
    has_value : bool
        Whether to say the value.

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
    valued = f" Its value is {spell(value, 2)}." if has_value and value is not None else ""
    return f"Step {number}, the last is {last}: {said}.{valued}"


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
    said = f"{_cells(plan, stage.target, step.channels, step.writes)} {_gathered(plan, stage, step)}"
    if plan.walk.way == "outputs" and len(plan.main) > 1:
        seen = _needed(plan, 0, plan.trace(channel, step.cell))
        said += f"; it depends on cells of {seen[1]}" if seen else ""
    return said, plan.value(step) if step.reads and stage.rule is not SEVERAL else None


def _cells(plan: Plan, tensor: int, channels: Sequence[int], cells: Ints) -> str:
    """Return cells of some channels of a tensor; channels are only named where it has several."""
    named, is_end = plan.named(tensor), plan.is_end(tensor)
    if named.numbers and len(channels) == 1:
        return _place(named.of(channels[0]), cells.T.tolist())
    side = named.words if is_end else f"{named.words}'s"
    return _place(side, cells.T.tolist(), channels if plan.tensors[tensor].channels > 1 else (), is_end)


def _gathered(plan: Plan, stage: Stage, step: Step) -> str:
    if not step.reads:
        return "is zero, since no value moves there"
    sources = [read.taps.source[read.taps.source[:, 0] >= 0] for read in step.reads]
    places = [
        _cells(plan, read.tensor, read.channels, own) if len(own) else ""
        for read, own in zip(step.reads, sources, strict=True)
    ]
    if len(places) > 1:
        # Windows that overlap are channels of one tensor; branches are tensors.
        is_overlap = len({read.tensor for read in step.reads}) == 1
        over = f"{len(places)} cells that overlap here: " if is_overlap else ""
        return f"is the {stage.rule.name} of {over}{listed(places)}"
    if stage.rule is COPY:
        return f"is a copy of {places[0]}"
    if stage.rule is SEVERAL:
        return f"is made of {places[0]} by {layer_title(stage.layer)}, which are not shown one by one"
    return _reading(stage, step, places[0]) + ", plus a bias" * bool(stage.layer.bias_size)


def _stamped(plan: Plan, stage: Stage, step: Step) -> Told:
    (read,), inside = step.reads, step.writes[stage.inside(step.writes)]
    source, lost = read.taps.source[:1], len(step.writes) - len(inside)
    stamp, which = ("the kernel", "the") if len(step.channels) == 1 else ("its kernels", "each")
    cut = f", and {counted(lost, 'cell')} of {which} stamp {'is' if lost == 1 else 'are'} cut off" if lost else ""
    onto = _cells(plan, stage.target, step.channels, inside) if len(inside) else "nothing"
    plane = plan.plane(read.tensor, read.channels[0])
    value = None if plane is None else plane.item(tuple(source[0]))
    own = _cells(plan, read.tensor, read.channels, source)
    return f"{own} stamps {stamp}, times its value, onto {onto}{cut}", value


def _needed(plan: Plan, tensor: int, needs: Mapping[int, Needs]) -> tuple[int, str] | None:
    """Return how many cells of a tensor are needed in stages, and which those are, None where none is."""
    found = np.zeros((plan.tensors[tensor].channels, *plan.tensors[tensor].size), bool)
    for (number, channel), mask in (item for own in needs.values() for item in own.cells.items()):
        if number == tensor:
            found[channel] |= mask
    channels = np.flatnonzero(found.reshape(len(found), -1).any(axis=1)).tolist()
    return (int(found.sum()), _cells(plan, tensor, channels, np.argwhere(found.any(axis=0)))) if channels else None


def _traced(plan: Plan, number: int) -> str:
    """Return what a step shows that traces one output cell back, layer by layer."""
    assert plan.walk.cell is not None
    made = _cells(plan, plan.last.target, (0,), np.array([plan.walk.cell]))
    if not number:
        return f"{made} is the cell that is traced back"
    traced, sources = plan.trace(0, plan.walk.cell), plan.main[-number].sources
    needs = {stage.number: traced[stage.number] for stage in plan.main[-number:]}
    found = [(tensor, _needed(plan, tensor, needs)) for tensor in sources]
    told = [f"{counted(seen[0], 'cell')} of {seen[1]}" for _, seen in found if seen]
    weighed = f"; {weighed_clause(plan)}" if plan.walk.is_weighed and number == len(plan.main) else ""
    return f"{made} depends on {listed(told) or f'no cell of {plan.named(sources[0]).words}'}{weighed}"


def weighed_clause(plan: Plan) -> str:
    """Return what the shades of a weighed receptive field say, and where the greatest share is."""
    assert plan.walk.cell is not None
    found = shares(plan, plan.walk.cell)
    if not found.greatest:
        return "no path leads to it from the input"
    channel, cell = found.heaviest
    of = _cells(plan, 0, (channel,), np.array([cell]))
    greatest = percent(found.greatest)
    return f"the input is shaded by each cell's share of all paths to it; the greatest, {greatest} %, is that of {of}"


def percent(share: float) -> str:
    """Return a share in percent, with a decimal where it is below 10.

    Examples
    --------
    >>> percent(1 / 9), percent(0.05), percent(0.0001), percent(0)
    ('11', '5', '<0.1', '0')
    """
    number = 100 * share
    if 0 < number < 0.05:
        return "<0.1"
    return spell(number, 0 if number >= 9.95 else 1)


def _reading(stage: Stage, step: Step, place: str) -> str:
    read = step.reads[0]
    each = " in each" if len(read.channels) > 1 else ""
    kinds = Counter(Kind(kind) for kind in read.taps.kind.tolist())
    places = [place] if place else []
    padding, zeros = kinds[Kind.PADDING] + kinds[Kind.SURPLUS], kinds[Kind.INSERTED]
    told = [counted(zeros, "inserted zero", each)] * bool(zeros)
    told += [counted(padding, "cell", f" of padding{each}")] * bool(padding)
    cells = listed([*places, *told])
    if stage.rule.combine is not None:
        said = f"is the {stage.rule.taken} of {listed(places) or 'no cell'}{', without padding' * bool(told)}"
    elif step.divisor is not None:
        said = f"is the sum of {cells}, divided by {step.divisor}"
    else:
        said = f"is made of {cells}"
    if stage.is_sparse:
        nothing = len(read.taps.kind) - kinds[Kind.INPUT]
        said = f"is made of {place}"
        hold = "holds" if nothing == 1 else "hold"
        return said + f"; {counted(nothing, 'cell')} of the window {hold} nothing" * bool(nothing)
    copies, over = kinds[Kind.COPY], kinds[Kind.OVERHANG]
    said += f"; of the window's {len(read.taps.kind)} cells, {copies} stand in the padding as copies" * bool(copies)
    return said + (", with " + counted(over, "cell", " of the window beyond the end")) * bool(over)


def _place(side: str, axes: Sequence[Sequence[int]], channels: Sequence[int] = (), is_end: bool = True) -> str:
    """Return cells by their numbers on each axis: ``input rows 0 to 2``; channels are named as the pictures do."""
    said = ", ".join(_numbered(name, sorted(set(own))) for name, own in zip(ROWS_COLUMNS[len(axes)], axes, strict=True))
    if not channels:
        return f"{side} {said}"
    planes = f"{side}s" if is_end else f"{side} channels"
    return f"{_numbered(planes, sorted({channel + 1 for channel in channels}))}, {said}"


def _numbered(name: str, numbers: list[int]) -> str:
    first, last, count = numbers[0], numbers[-1], len(numbers)
    if count == 1:
        return f"{name[:-1]} {first}"
    if last - first == count - 1:
        return f"{name} {first} to {last}"
    return f"{name} {listed(map(str, numbers))}" if count <= 4 else f"{count} of the {name} {first} to {last}"
