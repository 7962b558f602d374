"""What one step of a plan shows, in a sentence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from convanim.alt.words import counted, listed
from convanim.axis import Kind
from convanim.layers import ROWS_COLUMNS, Layer
from convanim.plans import AnyPlan, ChainPlan, ChannelChainPlan, ChannelPlan, Plan, ScatterPlan, Step
from convanim.values import spell

Told = tuple[str, Any]
"""A sentence without its full stop, and the value of what it is about, None where that has none."""


def step_alt(plan: AnyPlan, number: int) -> str:
    """Return what one step of a plan shows, and its value if it has one.

    Parameters
    ----------
    plan : Plan, ScatterPlan, ChainPlan, ChannelPlan or ChannelChainPlan
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
    end = _end(plan)
    last = len(plan) if end else len(plan) - 1
    if not 0 <= number <= last:
        raise IndexError(f"step {number} of {last + 1}")
    said, value = (end, None) if number == len(plan) else _TELLERS[plan.kind](plan, number)
    return f"Step {number}, the last is {last}: {said}.{'' if value is None else f' Its value is {spell(value, 2)}.'}"


def _end(plan: AnyPlan) -> str:
    """Return what a last step of its own shows, nothing where there is none."""
    if isinstance(plan, ChainPlan) and (plan.chain.returns or plan.compared):
        other = "the input" if plan.chain.returns else "the result of the one layer"
        off = None if plan.difference is None else float(abs(plan.difference).max())
        verdict = f"differs from {other} by up to {off:.2g}" if off else f"is equal to {other}"
        return f"the output {f'is compared with {other}' if off is None else verdict}"
    last = plan.plans[-1] if isinstance(plan, ChainPlan) else plan
    return "every stamp has fallen, and the output is the sum of all" if isinstance(last, ScatterPlan) else ""


def _gathered(plan: Plan, number: int, read: str = "input", made: str = "output") -> Told:
    step = plan.step(number)
    return f"{_place(made, step.writes.T.tolist())} {_reading(plan.layer, step, read)}", step.value


def _stamped(plan: ScatterPlan, number: int, read: str = "input", made: str = "output") -> Told:
    step = plan.step(number)
    inside, own = step.writes[plan.inside(step.writes)], _place(read, step.reads.source[:1].T.tolist())
    lost = len(step.writes) - len(inside)
    cut = f", and {counted(lost, 'cell')} of the stamp {'is' if lost == 1 else 'are'} cut off" if lost else ""
    onto = _place(made, inside.T.tolist()) if len(inside) else "nothing"
    return f"{own} stamps the kernel, times its value, onto {onto}{cut}", step.reads.x and step.reads.x[0]


def _chained(plan: ChainPlan, number: int) -> Told:
    stage, own = plan.place(number)
    read = f"layer {stage}'s" if stage else "input"
    made = f"layer {stage + 1}'s" if stage + 1 < len(plan.plans) else "output"
    return _TELLERS[plan.plans[stage].kind](plan.plans[stage], own, read, made)


def _in_channels(plan: ChannelPlan, number: int, read: str = "input") -> Told:
    step, grouping, output = plan.step(number), plan.grouping, plan.output(plan.step(number).out_channel)
    channels = step.in_channels if grouping.in_channels > 1 else ()
    made = _place("output", step.own.writes.T.tolist(), [step.out_channel] if grouping.out_channels > 1 else ())
    if not step.in_channels:
        return f"{made} is zero, since no value moves there", None
    said = _reading(plan.layer, step.own, read, channels) + ", plus a bias" * bool(plan.layer.bias_size)
    if plan.kind == "routes":
        said = f"is a copy of {_place(read, step.own.reads.source.T.tolist(), channels)}"
    return f"{made} {said}", None if output is None else output[tuple(step.own.writes[0])]


def _channel_chain(plan: ChannelChainPlan, number: int) -> Told:
    last, count = plan.plans[-1], len(plan.plans)
    said, value = _TELLERS[last.kind](last, number, f"layer {count - 1}'s" if count > 1 else "input")
    needs = plan.trace(last.step(number))[0]
    if count == 1 or not all(len(cells) for cells in needs.cells):
        return said, value
    cells, channels = [own.tolist() for own in needs.cells], needs.channels
    seen = _place("input", cells, channels if plan.chain.grouping.in_channels > 1 else ())
    return f"{said}; it depends on cells of {seen}", value


_TELLERS: dict[str, Callable[..., Told]] = {
    **dict.fromkeys(("gather", "volume"), _gathered),
    "scatter": _stamped,
    "chain": _chained,
    **dict.fromkeys(("channels", "routes"), _in_channels),
    "channel_chain": _channel_chain,
}


def _reading(layer: Layer, step: Step, read: str, channels: Sequence[int] = ()) -> str:
    reads, each = step.reads, " in each" if len(channels) > 1 else ""
    kinds = Counter(Kind(kind) for kind in reads.kind.tolist())
    own = reads.source[reads.source[:, 0] >= 0]
    places = [_place(read, own.T.tolist(), channels)] if len(own) else []
    padding, zeros = kinds[Kind.PADDING] + kinds[Kind.SURPLUS], kinds[Kind.INSERTED]
    told = [counted(zeros, "inserted zero", each)] * bool(zeros)
    told += [counted(padding, "cell", f" of padding{each}")] * bool(padding)
    cells = listed([*places, *told])
    said = {
        "sum": f"is made of {cells}",
        "mean": f"is the sum of {cells}, divided by {step.divisor}",
        "max": f"is the largest of {listed(places) or 'no cell'}{', without padding' * bool(told)}",
    }[layer.rule]
    copies, over = kinds[Kind.COPY], kinds[Kind.OVERHANG]
    said += f"; of the window's {len(reads.kind)} cells, {copies} stand in the padding as copies" * bool(copies)
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
