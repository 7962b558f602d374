"""Describe an animation: a title, alternative text, a sentence per step, and the plan as data."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from convanim.base.language import counted, translated
from convanim.formats.clip import Told
from convanim.layers import ROWS_COLUMNS, Chain, Layer
from convanim.plans import Plan
from convanim.words import step_alt, step_sum
from convanim.words.alt_text import alt_of_part, alt_of_several
from convanim.words.costs import facts_to_dict
from convanim.words.layer_names import layer_name, size
from convanim.words.sentences import clauses, joined, sentence, sentences
from convanim.words.steps import axis_words, number_of, numbered, step_words, weighed_clause

if TYPE_CHECKING:
    from convanim.plans.gradients import Backward


def told_of(
    plan: Plan,
    method: str,
    whole: Layer | Chain | None = None,
    lacks: Sequence[str] = (),
    laid_out: str = "",
) -> Told:
    """Return the description of the animation of a plan.

    Parameters
    ----------
    plan : Plan
        The drawn plan, with the walk of its picture.
    method : str
        A key of ``METHODS``.
    whole : Layer or Chain, optional
        The layer as it is written, if only a part of it is drawn.
    lacks : sequence of str
        What the drawing leaves out of it.
    laid_out : str
        A sentence about the arrangement, if the view has one.
    """
    told = [alt_of_part(plan.layer, method, whole or plan.layer, lacks)]
    field = plan.walk.cell
    if field is not None:
        axes = zip(ROWS_COLUMNS[len(field)], field, strict=True)
        cell = joined(number_of(axis_words(name)[0], place) for name, place in axes)
        told.append(translated("Layer by layer it shows what output {cell} depends on.", cell=cell))
    if field is not None and plan.walk.is_weighed:
        told.append(sentence(weighed_clause(plan)))
    said = sentences([*told, laid_out] if laid_out else told)
    title = title_of(whole or plan.layer)
    return Told(title, said, lambda number: step_alt(plan, number), lambda number: step_sum(plan, number), plan.to_dict)


def title_of(layer: Layer | Chain) -> str:
    """Return a short title of a layer or a chain.

    Examples
    --------
    >>> from convanim import Conv
    >>> title_of(Conv(5, 3, padding=1))
    'Convolution, 5×5 → 5×5'
    """
    name = _counted(len(layer.layers)) if isinstance(layer, Chain) else layer_name(layer)
    sizes = f"{size(layer.input_size)} → {size(layer.output_size)}"
    # Translators: The title of a picture: the name of a layer, and the sizes of its input and output.
    return translated("{name}, {sizes}", name=f"{name[0].upper()}{name[1:]}", sizes=sizes)


def _counted(layers: int) -> str:
    return counted("{count} layer", "{count} layers", layers)


def told_of_several(
    titles: Sequence[str], plans: Sequence[Plan], layers: Sequence[Layer | Chain], alts: Sequence[str]
) -> Told:
    """Return the description of an animation that compares several layers, which run in step."""

    def data() -> dict[str, Any]:
        return {**facts_to_dict(titles, layers), "plans": [plan.to_dict() for plan in plans]}

    return _in_step(_all(titles), titles, plans, alt_of_several(titles, alts), data)


def told_of_parts(titles: Sequence[str], plans: Sequence[Plan], alt: str, whole: Backward) -> Told:
    """Return the description of an animation of some parts of a backward pass, which run in step."""

    def data() -> dict[str, Any]:
        return parts_to_dict(titles, plans, whole)

    return _in_step(translated("Backward: {title}", title=title_of(whole.layer)), titles, plans, alt, data)


def parts_to_dict(titles: Sequence[str], plans: Sequence[Plan], whole: Backward) -> dict[str, Any]:
    """Return some parts of a backward pass as plain lists and numbers, ready for JSON.

    Returns
    -------
    dict
        ``backward``, the key of the layer's operation; ``parts``, of each its
        ``title`` and its ``plan``; and the gradients themselves, channels
        first: of the ``output`` and the ``input``, and of ``weight`` (in the
        shape of PyTorch's) and ``bias`` where there are any.
    """
    found = {"output": whole.grad, "input": whole.parts[1].values, "weight": whole.weight, "bias": whole.bias}
    return {
        "backward": whole.layer.operation,
        "parts": [{"title": title, "plan": plan.to_dict()} for title, plan in zip(titles, plans, strict=True)],
        "gradients": {name: values.tolist() for name, values in found.items() if values is not None},
    }


def _all(titles: Sequence[str]) -> str:
    first, *others = titles
    for other in others:
        first = translated("{one} and {other}", one=first, other=other)
    return first


def _in_step(
    title: str, titles: Sequence[str], plans: Sequence[Plan], alt: str, data: Callable[[], dict[str, Any]]
) -> Told:
    last = [len(plan) + plan.has_end - 1 for plan in plans]

    def each(say: Callable[[Plan, int], str], number: int) -> list[str]:
        shown = zip(titles, plans, last, strict=True)
        said = [(title, say(plan, min(number, end))) for title, plan, end in shown]
        return [translated("{name}: {what}", name=title, what=one) for title, one in said if one]

    def sentence(number: int) -> str:
        return numbered(number, max(last), sentences(each(step_words, number)))

    def sums(number: int) -> str:
        return clauses(*each(step_sum, number))

    return Told(title, alt, sentence, sums, data)
