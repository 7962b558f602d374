"""What an animation says of itself: a title, what happens, each step in a sentence, and the plan as data."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from convanim.alt import alt, step_alt
from convanim.facts import facts_to_dict
from convanim.formats.clip import Told
from convanim.layers import Chain, Layer
from convanim.options import spelled
from convanim.plans import AnyPlan, ChainPlan
from convanim.wording import layer_name, size


def told_of(plan: AnyPlan, steps: int, method: str, field: Sequence[int] | None = None) -> Told:
    """Return what the animation of a plan says.

    Parameters
    ----------
    plan : AnyPlan
        What is drawn.
    steps : int
        How many steps the picture of it has.
    method : str
        A key of ``METHODS``.
    field : sequence of int, optional
        The output cell whose receptive field is shown.
    """
    layer = plan.layer
    said = alt(layer, method)
    if field is not None:
        said += f" Layer by layer it shows what output cell {spelled(tuple(field))} depends on."
    sentence = _unknown(steps) if field is not None else _sentences(plan, steps)
    return Told(title_of(layer), said, sentence, plan.to_dict)


def title_of(layer: Layer | Chain) -> str:
    """Return what a layer or a chain is, in a few words.

    Examples
    --------
    >>> from convanim import Conv
    >>> title_of(Conv(5, 3, padding=1))
    'Convolution, 5×5 → 5×5'
    """
    name = f"{len(layer.layers)} layers" if isinstance(layer, Chain) else layer_name(layer)
    return f"{name[0].upper()}{name[1:]}, {size(layer.input_size)} → {size(layer.output_size)}"


def told_of_several(titles: Sequence[str], plans: Sequence[AnyPlan], methods: Sequence[str], steps: int) -> Told:
    """Return what the animation of several plans says that run in step."""
    layers = [plan.layer for plan in plans]
    several = zip(titles, layers, methods, strict=True)
    each = [f"{number}. {title}: {alt(layer, method)}" for number, (title, layer, method) in enumerate(several, 1)]
    said = f"{len(layers)} layers run in step, with bars of what they cost below. {' '.join(each)}"
    data: Callable[[], dict[str, Any]] = lambda: {  # noqa: E731
        **facts_to_dict(titles, layers),
        "plans": [plan.to_dict() for plan in plans],
    }
    return Told(" and ".join(titles), said, _unknown(steps), data)


def _sentences(plan: AnyPlan, steps: int) -> Callable[[int], str]:
    """Return what says a step of the picture in words, where its steps are those of the plan."""
    if isinstance(plan, ChainPlan) and plan.compared is not None:
        before = plan.compared
        return lambda number: step_alt(before, number) if number < len(before) else step_alt(plan, number - len(before))
    if steps - len(plan) in (0, 1):
        return lambda number: step_alt(plan, number)
    return _unknown(steps)


def _unknown(steps: int) -> Callable[[int], str]:
    return lambda number: f"Step {number}, the last is {steps - 1}."
