"""What an animation says of itself: a title, what happens, each step in a sentence, and the plan as data."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from convanim.alt import alt, step_alt
from convanim.facts import facts_to_dict
from convanim.formats.clip import Told
from convanim.layers import ROWS_COLUMNS, Chain, Layer
from convanim.plans import AnyPlan, ChainPlan, Plan, Rule, Step
from convanim.values import spell
from convanim.wording import layer_name, size

_DECIMALS = 2
"""At most so many of a number."""


def told_of(
    plan: AnyPlan,
    steps: int,
    method: str,
    field: Sequence[int] | None = None,
    whole: Layer | Chain | None = None,
    lacks: Sequence[str] = (),
) -> Told:
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
    titles: Sequence[str], plans: Sequence[AnyPlan], layers: Sequence[Layer | Chain], alts: Sequence[str], steps: int
) -> Told:
    """Return what the animation of several plans, each of a layer or of a part of it, says that run in step."""

    def data() -> dict[str, Any]:
        return {**facts_to_dict(titles, layers), "plans": [plan.to_dict() for plan in plans]}

    return Told(" and ".join(titles), alt_of_several(titles, alts), _unknown(steps), _no_sum, data)


def alt_of_several(titles: Sequence[str], alts: Sequence[str]) -> str:
    """Return what happens where several layers run in step, of each of which it is known what happens."""
    each = [f"{number}. {title}: {said}" for number, (title, said) in enumerate(zip(titles, alts, strict=True), 1)]
    return f"{len(each)} layers run in step, with bars of what they cost below. {' '.join(each)}"


def _sentences(plan: AnyPlan, steps: int) -> Callable[[int], str]:
    """Return what says a step of the picture in words, where its steps are those of the plan."""
    if isinstance(plan, ChainPlan) and plan.compared is not None:
        before = plan.compared
        return lambda number: _numbered(
            step_alt(before, number) if number < len(before) else step_alt(plan, number - len(before)), number, steps
        )
    if steps - len(plan) in (0, 1):
        return lambda number: step_alt(plan, number)
    return _unknown(steps)


def _numbered(said: str, number: int, steps: int) -> str:
    """Return a sentence on a step with its number in the picture in place of that in its own plan."""
    return f"Step {number}, the last is {steps - 1}: {said.partition(': ')[2]}"


def _sums(plan: AnyPlan, steps: int) -> Callable[[int], str]:
    """Return what writes out the sum of a step, for plans whose steps have one."""
    if not isinstance(plan, Plan) or plan.values is None or steps != len(plan):
        return _no_sum
    return lambda number: _sum(plan.step(number), plan.rule)


def _no_sum(number: int) -> str:
    return ""


def _sum(step: Step, rule: Rule) -> str:
    """Return how a step comes to its value.

    Examples
    --------
    >>> from convanim import Conv, plan
    >>> planned = plan(Conv(2, 2), input=[[1, 2], [3, 4]], kernel=[[1, 0], [0, -1]])
    >>> _sum(planned.step(0), planned.rule)
    '1·1 + 2·0 + 3·0 + 4·(−1) = −3'
    """
    read, result = step.reads.x or (), spell(step.value, _DECIMALS)
    if step.reads.w is not None:
        pairs = zip(read, step.reads.w, strict=True)
        return f"{' + '.join(f'{_factor(x)}·{_factor(w)}' for x, w in pairs if x is not None)} = {result}"
    known = [_factor(x) for x in read if x is not None]
    if rule is Rule.MAX:
        return f"max({', '.join(known)}) = {result}"
    return f"({' + '.join(known)}) / {step.divisor} = {result}"


def _factor(number: Any) -> str:
    said = spell(number, _DECIMALS)
    return f"({said})" if number < 0 else said


def _unknown(steps: int) -> Callable[[int], str]:
    return lambda number: f"Step {number}, the last is {steps - 1}."
