"""How one step of a plan comes to its value, as a sum written out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from convanim.base.language import counted, messages, translated
from convanim.layers.rules import COPY, SEVERAL
from convanim.plans import Plan, Read, Stage, Step, Windows
from convanim.plans.values import common_denominator, fraction, is_rounded, is_short_fraction, spell, spell_weights

_DECIMALS = 2
"""At most so many of a number."""

_VALUES = (
    messages("it is {count} value", "{count} values are added up"),
    messages("{count} value and the bias are added up", "{count} values and the bias are added up"),
)
_PRODUCTS = (
    messages("it is {count} product", "{count} products are added up"),
    messages("{count} product and the bias are added up", "{count} products and the bias are added up"),
)
"""What is added up, without a bias and with one."""

_MOST_CHANNELS = 4
"""Of more channels only what each adds is written, the middle ones left out."""


def step_sum(plan: Plan, number: int) -> str:
    """Return how a step comes to its value; nothing for a plan without numbers, or a step that makes none.

    With several channels, what each adds comes first, a channel after the
    other, and then the sum over them, with the bias last. Of a stamp it is
    what the cell holds that most stamps have reached.

    Examples
    --------
    >>> from convanim import Conv, plan
    >>> step_sum(plan(Conv(2, 2), input=[[1, 2], [3, 4]], kernel=[[1, 0], [0, -1]]), 0)
    '1·1 + 2·0 + 3·0 + 4·(−1) = −3'
    """
    if not plan.is_valued or plan.walk.way == "field" or number >= len(plan):
        return ""
    stage, channel, place = plan.place(number)
    if stage.rule is SEVERAL:
        return ""
    step = stage.step(channel, place)
    if stage.is_stamped:
        return _stamped(plan, stage, step, channel, place)
    if not step.reads:
        return "0"
    result = spell(plan.value(step), _DECIMALS)
    if stage.rule is COPY:
        return result
    terms = [(read, one) for read in step.reads for one in read.channels]
    if len(terms) == 1 and stage.bias is None:
        return f"{_combined(plan, step, *terms[0])} {_equals(is_approximate(plan, step, plan.value(step)))} {result}"
    parts = [_added(plan, step, read, one) for read, one in terms]
    if stage.bias is not None:
        parts.append(stage.bias.item(channel))
    equals = _equals(any(is_rounded(one, _DECIMALS) for one in (*parts, plan.value(step))))
    total = f"{_joined([_factor(part) for part in parts], stage.rule.between)} {equals} {result}"
    if len(terms) > _MOST_CHANNELS or not any(read.taps.kernel.size for read, _ in terms):
        return total
    added = zip(terms, parts, strict=False)
    each = [
        f"{_combined(plan, step, *term)} {_equals(is_approximate(plan, step, part, term[1]))} {spell(part, _DECIMALS)}"
        for term, part in added
    ]
    return "; ".join([*each, total])


def step_hint(plan: Plan, number: int) -> str:
    """Return how many numbers a gathering step combines, and how, for a plan with numbers.

    Examples
    --------
    >>> from convanim import Conv, plan
    >>> step_hint(plan(Conv(2, 2), input=[[1, 2], [3, 4]], kernel=[[1, 0], [0, -1]]), 0)
    '4 products are added up'
    """
    stage, channel, place = plan.place(number)
    step = stage.step(channel, place)
    if not step.reads:
        return translated("nothing moves there")
    if stage.rule is COPY:
        return translated("it is a copy of one value")
    operands = [plan.operands(step, read, one) for read in step.reads for one in read.channels]
    count = sum(value is not None for x, _ in operands for value in x)
    if stage.rule.taken:
        taken = stage.rule.says(stage.rule.taken)
        return counted("it is the {taken} of {count} value", "it is the {taken} of {count} values", count, taken=taken)
    if stage.rule.is_product:
        return counted("{count} value is multiplied", "{count} values are multiplied", count)
    told = counted(*(_VALUES if operands[0][1] is None else _PRODUCTS)[stage.bias is not None], count)
    return (
        told if step.divisor is None else translated("{what}, and divided by {number}", what=told, number=step.divisor)
    )


def _combined(plan: Plan, step: Step, read: Read, channel: int) -> str:
    """Return what is read of a channel, and how that is put together."""
    x, w = plan.operands(step, read, channel)
    factors, stage = read.taps.coefficient, plan.stages[step.stage]
    if factors is not None and step.divisor is None and not stage.is_weighted:
        pairs = zip(x, factors.tolist(), strict=True)
        return " + ".join(f"{_factor(value)}·{fraction(factor, _DECIMALS)}" for value, factor in pairs)
    if (
        factors is not None
        and isinstance(stage, Windows)
        and (weights := stage.slice(step.channel, channel)) is not None
    ):
        terms = zip(x, weights[tuple(read.taps.kernel.T)].tolist(), factors.tolist(), strict=True)
        return " + ".join(f"{_factor(a)}·{_factor(b)}·{fraction(c, _DECIMALS)}" for a, b, c in terms)
    if w is not None:
        words = [spell(weight, _DECIMALS) for weight in w]
        if isinstance(stage, Windows) and stage.kernel is not None:
            words = spell_weights(np.array(w), stage.kernel, _DECIMALS, plan.kernels)
        said = (f"({word})" if weight < 0 else word for word, weight in zip(words, w, strict=True))
        return " + ".join(f"{_factor(value)}·{word}" for value, word in zip(x, said, strict=True) if value is not None)
    known = [_factor(value) for value in x if value is not None]
    rule = plan.stages[step.stage].rule
    if rule.combine is not None:
        if rule.power:
            before, raised, after = rule.brackets(read.taps.within, len(read.taps.kind))
            return f"{before}{' + '.join(f'{one}{raised}' for one in known)}{after}"
        return f"{rule.says(rule.sign)}({', '.join(known)})"
    return f"({' + '.join(known)}) / {step.divisor}" if step.divisor is not None else " + ".join(known)


def is_approximate(plan: Plan, step: Step, result: Any, channel: int | None = None, decimals: int = _DECIMALS) -> bool:
    """Return whether anything that is written of a result, of one channel or of all, is rounded."""
    stage = plan.stages[step.stage]
    kernel = stage.kernel if isinstance(stage, Windows) else None
    written = [result]
    for read in step.reads:
        for x, w in (plan.operands(step, read, one) for one in read.channels if channel in (None, one)):
            written += [value for value in x if value is not None]
            if kernel is None:
                written += [share for share in w or () if not is_short_fraction(share)]
            elif stage.has_factors or not common_denominator(kernel, decimals, plan.kernels):
                written += w or ()
    return any(is_rounded(value, decimals) for value in written)


def _equals(is_rough: bool) -> str:
    return "≈" if is_rough else "="


def _added(plan: Plan, step: Step, read: Read, channel: int) -> Any:
    """Return what a channel adds to a step's sum."""
    x, w = plan.operands(step, read, channel)
    factors = read.taps.coefficient if step.divisor is None else None
    weights = w or ((1,) * len(x) if factors is None else factors.tolist())
    return sum(value * weight for value, weight in zip(x, weights, strict=True) if value is not None)


def _joined(parts: Sequence[str], sign: str = "+") -> str:
    """Return a sum, or a product, without its middle where it is long."""
    shown = parts if len(parts) <= 2 * _MOST_CHANNELS else [*parts[:_MOST_CHANNELS], "…", *parts[-_MOST_CHANNELS:]]
    return ("·" if sign == "·" else f" {sign} ").join(shown)


def _stamped(plan: Plan, stage: Stage, step: Step, channel: int, place: int) -> str:
    stamps = plan.stamps(stage)
    number = stamps.number(channel, place)
    cell = stamps.busiest(step, number)
    if cell is None:
        return ""
    fallen = [one for one in stamps.reaching(step.channel, cell) if one.number <= number]
    terms = [f"{_factor(one.x)}·{_factor(one.w)}" for one in fallen]
    if stage.bias is not None:
        terms.insert(0, _factor(stamps.start(step.channel)))
    return f"{_joined(terms)} = {spell(stamps.before(step.channel, cell, number + 1)[1], _DECIMALS)}"


def _factor(number: Any) -> str:
    said = spell(number, _DECIMALS)
    return f"({said})" if number < 0 else said
