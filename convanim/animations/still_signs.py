"""What the caption of one step that is shown alone says, which a moving picture tells by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from convanim.animations.seen import is_traced
from convanim.base.language import message, translated
from convanim.plans import Plan

if TYPE_CHECKING:
    from convanim.views.picture import Picture


def signs_of_still(picture: Picture, step: int) -> tuple[str, ...]:
    """Return what a caption says of one step that is shown alone, which a moving picture tells by itself.

    Parameters
    ----------
    picture : Picture
        The picture.
    step : int
        The step, counted from 0; a later one than the last is the last.
    """
    marks = (
        (message("kernel in bold: at work"), picture.look.labels == "none" and _rests(picture, step)),
        (_pale(picture, step), True),
        (message("all stamps have fallen"), step == len(picture.plan) and picture.plan.last.is_stamped),
        (_empty(picture, step), picture.reveals and _leaves_empty(picture, step)),
        (
            message("later results are drawn too"),
            not (picture.reveals or picture.is_field) and step < len(picture.plan) - 1,
        ),
    )
    return tuple(translated(words) for words, is_there in marks if words and is_there)


_PALE = {
    (False, False): "",
    (True, False): message("dimmed kernels: not at work"),
    (False, True): message("dimmed arrows: not at work"),
    (True, True): message("dimmed kernels and arrows: not at work"),
}
"""What is said of what is pale, by whether kernels are, and by whether arrows are."""


def _pale(picture: Picture, step: int) -> str:
    """Return what a caption says of kernels and arrows that are not at work in a step."""
    work = picture.work(step) if step < len(picture.plan) else None
    return "" if work is None else _PALE[picture.pales_kernels(work), picture.pales_arrows(work)]


def _empty(picture: Picture, step: int) -> str:
    """Return what a caption says of the cells that are empty at a step."""
    plan = picture.plan
    if plan.is_chain or picture.look.is_beside:
        return message("empty cells of results: not yet computed")
    if picture.has_columns and not _all_columned(plan, step):
        return message("empty cells of columns and output: not yet filled")
    if plan.last.is_stamped:
        stamped = picture.stamped[plan.last.number]
        if stamped.says_unreached:
            return message("empty output cells: no stamp so far; where none falls, a number stands from the start")
        if (stamped.stamps.overlap == 0).any():
            return message("empty output cells: no stamp so far; some get none")
        return message("empty output cells: no stamp so far")
    return message("empty output cells: not yet computed")


def _leaves_empty(picture: Picture, step: int) -> bool:
    """Return whether cells are still empty at a step, as those of a difference are until a step of its own.

    Those without stamps are empty until all have fallen.
    """
    plan = picture.plan
    is_late = plan.compared == 0 if plan.is_compared else plan.last.is_stamped and not plan.is_chain
    return step <= len(plan) - (1 if is_late else 2) and not _all_stamped(picture, step)


def _all_columned(plan: Plan, step: int) -> bool:
    """Return whether the steps up to one make all columns, each group of channels a part of each."""
    places = (plan.place(number) for number in range(step + 1))
    made = {(plan.last.grouping.group_of(channel), place) for _, channel, place in places}
    return len(made) == plan.last.grouping.groups * len(plan.last.places)


def _all_stamped(picture: Picture, step: int) -> bool:
    """Return whether all stamps up to a step together cover what is empty of the output before."""
    plan = picture.plan
    if plan.is_chain or not plan.last.is_stamped:
        return False
    channels, stamped = picture.contents.channels[plan.last.target], picture.stamped[plan.last.number]
    is_empty = stamped.stamps.overlap > 0 if stamped.says_unreached else np.ones(plan.last.output_size, bool)
    blank = {(channel, *cell) for channel in channels for cell in np.argwhere(is_empty).tolist()}
    for own in map(plan.step, range(step + 1)):
        blank -= {(channel, *cell) for channel in own.channels for cell in own.writes.tolist()}
    return not blank


def _rests(picture: Picture, number: int) -> bool:
    """Return whether, while a kernel works, another one is drawn empty, since it does not."""
    plan = picture.plan
    if not picture.rests_kernels or number >= len(plan):
        return False
    # With many kernels, the one at work may not be drawn.
    if not any(shape.key is not None and shape.key.what == "kernel" for shape in picture.moment(number)):
        return False
    step = plan.step(number)
    if not plan.stages[step.stage].is_weighted:
        return False
    # Where layers are traced, those before the last work in all steps.
    weighted = [stage for stage in plan.main[-1 if is_traced(plan) else 0 :] if stage.is_weighted]
    is_lone = plan.is_chain and not picture.draws_kernels
    return any(
        stage.number != step.stage or (stage.grouping.out_channels > len(step.channels) and not is_lone)
        for stage in weighted
    )
