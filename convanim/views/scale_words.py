"""What the tallest bar, and black and white among greys, stand for: a phrase for the caption."""

from __future__ import annotations

from typing import Any

import numpy as np

from convanim.base.language import translated, translated_in
from convanim.plans import Windows
from convanim.views.contents import Contents

_MOST_NAMED = 4
"""The most tensors and kernels whose scales are said one by one."""


def scales(contents: Contents, has_kernels: bool) -> tuple[str, ...]:
    """Return a phrase that says what the bars, or the greys, of a picture measure; nothing where it has none."""
    if not contents.plan.is_valued:
        return ()
    if contents.look.has_bars:
        return (_bars(contents, has_kernels),)
    return (_greys(contents),) if contents.look.has_shades else ()


def _bars(contents: Contents, has_kernels: bool) -> str:
    plan = contents.plan
    found = ((plan.named(number).called, plan.values(number)) for number in range(len(plan.tensors)))
    values = {name: own.ravel() for name, own in found if own is not None}
    if plan.has_one_scale:
        return translated(
            "bars show values; the tallest: {scales}", scales=_span(contents, np.concatenate([*values.values()]))
        )
    spans = {name: _span(contents, own) for name, own in values.items()}
    stages = [stage for stage in plan.stages if isinstance(stage, Windows)] if has_kernels else []
    kernels = [stage.kernel for stage in stages if stage.kernel is not None]
    if len(kernels) == 1:
        first, *others = spans.items()
        spans = dict([first, (plan.names.kernel.called, _span(contents, kernels[0])), *others])
    if len(kernels) > 1 or len(spans) > _MOST_NAMED:
        return translated("bars show values; the tallest: the largest of each tensor and kernel")
    # Translators: {scales} is such as "input 3, kernel 2, output 20", each with its largest value.
    return translated("bars show values; the tallest: {scales}", scales=_listed(spans))


def _greys(contents: Contents) -> str:
    plan = contents.plan
    spans: dict[str, set[tuple[float, float]]] = {}
    # The colour of a stamped cell says how many stamps it has received.
    stamped = {stage.target for stage in plan.stages if stage.is_stamped}
    for tensor, channels in contents.channels.items():
        if tensor in stamped:
            continue
        spans[plan.named(tensor).called] = {contents.span(tensor, channel) for channel in channels}
    every = set[tuple[float, float]]().union(*spans.values())
    said = {name: _range(*map(contents.spelled, next(iter(own)))) for name, own in spans.items()}
    if len(every) == 1 and len({*next(iter(every))}) == 1:
        return translated("grey: all values are {value}", value=contents.spelled(next(iter(every))[0]))
    if len(every) == 1:
        # Translators: {scales} is such as "0 to 9", of greys from black to white.
        return translated("black to white: {scales}", scales=next(iter(said.values())))
    if any(len(own) > 1 for own in spans.values()):
        return translated("black to white: the least to the largest value of each channel")
    if len(spans) > _MOST_NAMED:
        return translated("black to white: the least to the largest value of each tensor")
    return translated("black to white: {scales}", scales=_listed(said))


def _listed(told: dict[str, str]) -> str:
    return translated_in("in a list", ", ").join(_named(name, said) for name, said in told.items())


def _named(name: str, said: str) -> str:
    # A range would seem to go on from the number of a layer.
    if name[-1].isdigit():
        return translated("{name}: {what}", name=name, what=said)
    return translated("{name} {number}", name=name, number=said)


def _span(contents: Contents, values: Any) -> str:
    """Return the largest of some values, behind the least one where that is below zero."""
    known = np.ravel(values)
    known = known[np.isfinite(known.astype(float))]
    low, high = (contents.spelled(end) for end in (min([*known, 0]), max([*known, 0])))
    return high if low == "0" else _range(low, high)


def _range(low: str, high: str) -> str:
    return low if low == high else translated("{low} to {high}", low=low, high=high)
