"""What one step of a plan shows, in a sentence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from convanim.base.language import counted, message, message_in, messages, translated, translated_in
from convanim.layers import ROWS_COLUMNS
from convanim.layers.axis import Kind
from convanim.layers.rules import COPY, SEVERAL
from convanim.plans import Ints, Named, Needs, Plan, Stage, Step, shares
from convanim.plans.values import spell
from convanim.words.layer_names import layer_title
from convanim.words.sentences import clauses, joined, listed, sentences

Told = tuple[str, Any]
"""A sentence without its full stop, and the value of what it is about, None where that has none."""


_AXES = {
    "columns": (message_in("of an axis", "column"), message_in("of an axis", "columns")),
    "rows": (message_in("of an axis", "row"), message_in("of an axis", "rows")),
    "slices": (message_in("of an axis", "slice"), message_in("of an axis", "slices")),
}
"""What one and several places of an axis are called, by what ``ROWS_COLUMNS`` calls it; as pictures name them."""

_INSERTED = (
    messages("{count} inserted zero", "{count} inserted zeros"),
    messages("{count} inserted zero in each", "{count} inserted zeros in each"),
)
_PADDING = (
    messages("{count} cell of padding", "{count} cells of padding"),
    messages("{count} cell of padding in each", "{count} cells of padding in each"),
)
"""What else is read, of one channel and of each of several."""

_NOTHING = messages("{count} cell of the window holds nothing", "{count} cells of the window hold nothing")
_BEYOND = messages(
    "{what}, with {count} cell of the window beyond the end", "{what}, with {count} cells of the window beyond the end"
)
_CUT = messages(
    "{what}, and {count} cell of the stamp is cut off", "{what}, and {count} cells of the stamp are cut off"
)
_CUT_EACH = messages(
    "{what}, and {count} cell of each stamp is cut off", "{what}, and {count} cells of each stamp are cut off"
)


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
    return numbered(number, last, step_words(plan, number, has_value))


def numbered(number: int, last: int, what: str) -> str:
    """Return what a step shows, behind its number."""
    return translated("Step {number}, the last is {last}: {what}", number=str(number), last=str(last), what=what)


def step_words(plan: Plan, number: int, has_value: bool = True) -> str:
    """Return what one step of a plan shows as `step_alt` does, without its number."""
    what, value = (_end(plan), None) if number == len(plan) else _told(plan, number)
    told = translated_in("a sentence", "{text}.", text=what)
    if not has_value or value is None:
        return told
    return sentences((told, translated("Its value is {value}.", value=spell(value, 2))))


def _end(plan: Plan) -> str:
    """Return what a last step of its own shows."""
    if not plan.is_compared:
        return translated("every stamp has fallen, and the output is the sum of all")
    off = None if plan.difference is None else float(abs(plan.difference).max())
    other = translated("the result of the one layer") if plan.compared else translated("the input")
    if off is None:
        return translated("the output is compared with {other}", other=other)
    if not off:
        return translated("the output is equal to {other}", other=other)
    return translated("the output differs from {other} by up to {number}", other=other, number=f"{off:.2g}")


def _told(plan: Plan, number: int) -> Told:
    if plan.walk.way == "field":
        return _traced(plan, number), None
    stage, channel, place = plan.place(number)
    step = stage.step(channel, place)
    if stage.is_stamped:
        return _stamped(plan, stage, step)
    said = _gathered(plan, stage, step, _cells(plan, stage.target, step.channels, step.writes))
    if plan.walk.way == "outputs" and len(plan.main) > 1:
        seen = _needed(plan, 0, plan.trace(channel, step.cell))
        said = clauses(said, translated("it depends on cells of {cells}", cells=seen[1])) if seen else said
    return said, plan.value(step) if step.reads and stage.rule is not SEVERAL else None


def _cells(plan: Plan, tensor: int, channels: Sequence[int], cells: Ints) -> str:
    """Return cells of some channels of a tensor; channels are only named where it has several."""
    named, is_end = plan.named(tensor), plan.is_end(tensor)
    if named.numbers and len(channels) == 1:
        return _place(replace(named, words=named.of(channels[0])), cells.T.tolist())
    planes = channels if plan.tensors[tensor].channels > 1 else ()
    return _place(named, cells.T.tolist(), planes, is_end)


def _gathered(plan: Plan, stage: Stage, step: Step, made: str) -> str:
    if not step.reads:
        return translated("{cells} is zero, since no value moves there", cells=made)
    sources = [read.taps.source[read.taps.source[:, 0] >= 0] for read in step.reads]
    places = [
        _cells(plan, read.tensor, read.channels, own) if len(own) else ""
        for read, own in zip(step.reads, sources, strict=True)
    ]
    if len(places) > 1:
        # Windows that overlap are channels of one tensor; branches are tensors.
        is_overlap = len({read.tensor for read in step.reads}) == 1
        said = (
            message("{cells} is the {result} of {count} cells that overlap here: {places}")
            if is_overlap
            else message("{cells} is the {result} of {places}")
        )
        result = stage.rule.says(stage.rule.name)
        return translated(said, cells=made, result=result, count=len(places), places=listed(places))
    if stage.rule is COPY:
        return translated("{cells} is a copy of {place}", cells=made, place=places[0])
    if stage.rule is SEVERAL:
        return translated(
            "{cells} is made of {place} by {layers}, which are not shown one by one",
            cells=made,
            place=places[0],
            layers=layer_title(stage.layer),
        )
    told = _reading(stage, step, made, places[0])
    return translated("{what}, plus a bias", what=told) if stage.layer.bias_size else told


def _stamped(plan: Plan, stage: Stage, step: Step) -> Told:
    (read,), inside = step.reads, step.writes[stage.inside(step.writes)]
    source, lost = read.taps.source[:1], len(step.writes) - len(inside)
    is_one = len(step.channels) == 1
    plane = plan.plane(read.tensor, read.channels[0])
    value = None if plane is None else plane.item(tuple(source[0]))
    told = translated(
        message("{cell} stamps the kernel, times its value, onto {cells}")
        if is_one
        else message("{cell} stamps its kernels, times its value, onto {cells}"),
        cell=_cells(plan, read.tensor, read.channels, source),
        cells=_cells(plan, stage.target, step.channels, inside) if len(inside) else translated("nothing"),
    )
    return counted(*(_CUT if is_one else _CUT_EACH), lost, what=told) if lost else told, value


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
        return translated("{cell} is the cell that is traced back", cell=made)
    traced, sources = plan.trace(0, plan.walk.cell), plan.main[-number].sources
    needs = {stage.number: traced[stage.number] for stage in plan.main[-number:]}
    found = [(tensor, _needed(plan, tensor, needs)) for tensor in sources]
    counts = [
        counted("{count} cell of {cells}", "{count} cells of {cells}", seen[0], cells=seen[1])
        for _, seen in found
        if seen
    ]
    none = translated("no cell of {tensor}", tensor=plan.named(sources[0]).called)
    told = translated("{cell} depends on {cells}", cell=made, cells=listed(counts) or none)
    return clauses(told, weighed_clause(plan)) if plan.walk.is_weighed and number == len(plan.main) else told


def weighed_clause(plan: Plan) -> str:
    """Return what the shades of a weighed receptive field say, and where the greatest share is."""
    assert plan.walk.cell is not None
    found = shares(plan, plan.walk.cell)
    if not found.greatest:
        return translated("no path leads to it from the input")
    channel, cell = found.heaviest
    return translated(
        "the input is shaded by each cell's share of all paths to it; the greatest, {number} %, is that of {cell}",
        number=percent(found.greatest),
        cell=_cells(plan, 0, (channel,), np.array([cell])),
    )


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


def _reading(stage: Stage, step: Step, made: str, place: str) -> str:
    read = step.reads[0]
    is_each = len(read.channels) > 1
    kinds = Counter(Kind(kind) for kind in read.taps.kind.tolist())
    places = [place] if place else []
    padding, zeros = kinds[Kind.PADDING] + kinds[Kind.SURPLUS], kinds[Kind.INSERTED]
    told = [counted(*_INSERTED[is_each], zeros)] * bool(zeros)
    told += [counted(*_PADDING[is_each], padding)] * bool(padding)
    cells = listed([*places, *told])
    if stage.is_sparse:
        nothing = len(read.taps.kind) - kinds[Kind.INPUT]
        said = translated("{cells} is made of {places}", cells=made, places=place)
        return clauses(said, counted(*_NOTHING, nothing)) if nothing else said
    if stage.rule.combine is not None:
        said = translated(
            message("{cells} is the {taken} of {places}, without padding")
            if told
            else message("{cells} is the {taken} of {places}"),
            cells=made,
            taken=stage.rule.says(stage.rule.taken),
            places=listed(places) or translated("no cell"),
        )
    elif step.divisor is not None:
        said = translated(
            "{cells} is the sum of {places}, divided by {number}", cells=made, places=cells, number=step.divisor
        )
    else:
        said = translated("{cells} is made of {places}", cells=made, places=cells)
    copies, over = kinds[Kind.COPY], kinds[Kind.OVERHANG]
    if copies:
        copied = translated(
            "of the window's {total} cells, {count} stand in the padding as copies",
            total=len(read.taps.kind),
            count=copies,
        )
        said = clauses(said, copied)
    return counted(*_BEYOND, over, what=said) if over else said


def axis_words(name: str) -> tuple[str, str]:
    """Return what one and several places of an axis are called, by what ``ROWS_COLUMNS`` calls it."""
    one, many = _AXES[name]
    return translated_in("of an axis", one), translated_in("of an axis", many)


def _place(named: Named, axes: Sequence[Sequence[int]], channels: Sequence[int] = (), is_end: bool = True) -> str:
    """Return cells by their numbers on each axis: ``input rows 0 to 2``; channels are named as the pictures do."""
    cells = joined(
        _numbered(*axis_words(name), sorted(set(own))) for name, own in zip(ROWS_COLUMNS[len(axes)], axes, strict=True)
    )
    if not channels:
        said = message("{tensor} {cells}") if is_end else message("{tensor}'s {cells}")
        return translated(said, tensor=named.called, cells=cells)
    names = (
        (named.called, named.several)
        if is_end
        else (
            translated("{tensor}'s channel", tensor=named.called),
            translated("{tensor}'s channels", tensor=named.called),
        )
    )
    return joined((_numbered(*names, sorted({channel + 1 for channel in channels})), cells))


def _numbered(one: str, many: str, numbers: list[int]) -> str:
    first, last, count = numbers[0], numbers[-1], len(numbers)
    if count == 1:
        return number_of(one, first)
    if last - first == count - 1:
        return translated("{axis} {first} to {last}", axis=many, first=str(first), last=str(last))
    if count <= 4:
        return translated("{axis} {numbers}", axis=many, numbers=listed(map(str, numbers)))
    return translated(
        "{count} of the {axis} {first} to {last}", count=count, axis=many, first=str(first), last=str(last)
    )


def number_of(axis: str, number: int) -> str:
    """Return one row or column by its number, in words."""
    # Translators: One row, column or plane, such as "row 2".
    return translated("{axis} {number}", axis=axis, number=str(number))
