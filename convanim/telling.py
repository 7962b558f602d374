"""What an animation says of itself: a title, what happens, each step in a sentence, and the plan as data."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from convanim.alt import alt, step_alt, step_sum
from convanim.facts import facts_to_dict
from convanim.formats.clip import Told
from convanim.layers import ROWS_COLUMNS, Chain, Layer
from convanim.plans import Plan
from convanim.wording import layer_name, size

def told_of(
    plan: Plan,
    steps: int,
    method: str,
    field: Sequence[int] | None = None,
    whole: Layer | Chain | None = None,
    lacks: Sequence[str] = (),
) -> Told:
    """Return what the animation of a plan says.

    Parameters
    ----------
    plan : Plan
        What is drawn.
    steps : int
        How many steps the picture of it has.
    method : str
        A key of ``METHODS``.
    field : sequence of int, optional
        The output cell whose receptive field is shown.
    whole : Layer or Chain, optional
        The layer as it is written, where a part of it is drawn.
    lacks : sequence of str
        What is left out of that.
    """
    said = alt_of_part(plan.layer, method, whole or plan.layer, lacks)
    if field is not None:
        cell = ", ".join(f"{name[:-1]} {place}" for name, place in zip(ROWS_COLUMNS[len(field)], field, strict=True))
        said += f" Layer by layer it shows what output {cell} depends on."
    sentence = _unknown(steps) if field is not None else _sentences(plan, steps)
    return Told(title_of(whole or plan.layer), said, sentence, _sums(plan, steps), plan.to_dict)


def title_of(layer: Layer | Chain) -> str:
    """Return what a layer or a chain is, in a few words.

    Examples
    --------
    >>> from convanim import Conv
    >>> title_of(Conv(5, 3, padding=1))
    'Convolution, 5×5 → 5×5'
    """
    name = _counted(len(layer.layers)) if isinstance(layer, Chain) else layer_name(layer)
    return f"{name[0].upper()}{name[1:]}, {size(layer.input_size)} → {size(layer.output_size)}"


def _counted(layers: int) -> str:
    return "1 layer" if layers == 1 else f"{layers} layers"


def alt_of_part(drawn: Layer | Chain, method: str, whole: Layer | Chain, lacks: Sequence[str]) -> str:
    """Return what happens in the animation of a layer, and what is left out where it is a part of another."""
    is_less = lacks and drawn.parameters != whole.parameters
    counted = [f"in all there are {whole.parameters:,} parameters"] if is_less else []
    return " ".join([alt(drawn, method), *(f"{said[0].upper()}{said[1:]}." for said in (*lacks, *counted))])


def told_of_several(
    titles: Sequence[str], plans: Sequence[Plan], layers: Sequence[Layer | Chain], alts: Sequence[str], steps: int
) -> Told:
    """Return what the animation of several plans, each of a layer or of a part of it, says that run in step."""

    def data() -> dict[str, Any]:
        return {**facts_to_dict(titles, layers), "plans": [plan.to_dict() for plan in plans]}

    return Told(" and ".join(titles), alt_of_several(titles, alts), _unknown(steps), _no_sum, data)


def alt_of_several(titles: Sequence[str], alts: Sequence[str]) -> str:
    """Return what happens where several layers run in step, of each of which it is known what happens."""
    each = [f"{number}. {title}: {said}" for number, (title, said) in enumerate(zip(titles, alts, strict=True), 1)]
    return f"{len(each)} layers run in step, with bars of what they cost below. {' '.join(each)}"


def _walked(plan: Plan, steps: int) -> Plan | None:
    """Return a plan with the walk that a picture of so many steps goes, None where none has so many."""
    ways = (plan, plan.walking(is_main=True), plan.walking(way="outputs"))
    return next((one for one in ways if len(one) + one.has_end == steps), None)


def _sentences(plan: Plan, steps: int) -> Callable[[int], str]:
    """Return what says a step of the picture in words, where its steps are those of the plan."""
    walked = _walked(plan, steps)
    return _unknown(steps) if walked is None else lambda number: step_alt(walked, number)


def _sums(plan: Plan, steps: int) -> Callable[[int], str]:
    """Return what writes out the sum of a step, for plans with numbers."""
    walked = _walked(plan, steps)
    return _no_sum if walked is None else lambda number: step_sum(walked, number)


def _no_sum(number: int) -> str:
    return ""


def _unknown(steps: int) -> Callable[[int], str]:
    return lambda number: f"Step {number}, the last is {steps - 1}."
