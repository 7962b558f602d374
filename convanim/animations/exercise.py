"""Exercises: what is asked about each step of an animation, before its value shows."""

from __future__ import annotations

from collections.abc import Callable

from convanim.animations.fitting import Drawn
from convanim.base.errors import ConvanimError
from convanim.base.language import translated
from convanim.formats.clip import Question
from convanim.layers.rules import SEVERAL
from convanim.plans import Plan
from convanim.plans.values import spell
from convanim.views import VIEWS
from convanim.words import step_alt, step_hint
from convanim.words.sentences import sentences


def questions(drawn: Drawn) -> Callable[[int], Question]:
    """Return what an exercise asks about each step of a drawing with numbers, by its number.

    Raises
    ------
    ConvanimError
        If a step makes more than one value, or none.
    """
    plan, decimals = drawn.walked, drawn.look.decimals
    _refuse_unanswerable(plan)
    lacks_weights = drawn.view is VIEWS["line"] and plan.last.is_weighted
    if lacks_weights or (plan.is_chain and drawn.view is not VIEWS["flat"]):
        raise ConvanimError(
            "exercise", "", "needs the weights of each layer, which this view does not show", ways=("`view=flat`",)
        )

    def asked(number: int) -> Question:
        (stage, channel, _), value = plan.place(number), plan.value(plan.step(number))
        # A picture shows the bias only in the sum, which is hidden.
        told = [step_alt(plan, number, has_value=False)]
        if stage.bias is not None:
            told.append(translated("The bias is {number}.", number=spell(stage.bias.item(channel), decimals)))
        return Question(
            sentences(told),
            spell(value, decimals),
            decimals if isinstance(value, float) else None,
            step_hint(plan, number),
        )

    return asked


def _refuse_unanswerable(plan: Plan) -> None:
    """Raise if any step makes something else than one value."""
    if any(stage.is_stamped for stage in plan.walked):
        raise ConvanimError(
            "exercise", "", "asks for the value that a step makes, and a stamp adds to many", ways=("`method=gather`",)
        )
    if any(stage.rule is SEVERAL for stage in plan.walked):
        raise ConvanimError(
            "exercise", "", "asks for one value a step, and a step of this chain stands for several layers; draw fewer"
        )
    if plan.is_compared:
        raise ConvanimError(
            "exercise",
            "",
            "asks for the value that a step makes, and the last of these only compares; draw the layers by themselves",
        )
