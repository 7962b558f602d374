"""The stops of a tour: its input, what comes around it, its kernel, one window slowly, then faster, and its result."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import accumulate, pairwise
from typing import Any

import numpy as np

from convanim.animations.fitting import Drawn
from convanim.animations.tour_parts import ORDER, Ground
from convanim.base.records import dataclass
from convanim.plans import Plan, Stage, Step
from convanim.words import tour as words
from convanim.words.sentences import sentences

_LEAST, _A_LETTER, _MOST = 1_800, 55, 6_500
"""How long a line of words shows, in milliseconds: at least, for each of its letters, and at most."""

_NEXT, _NEXT_TIME = 4, 800
"""How many steps after the first one show at an even pace, and how long each."""

_RUN, _RUN_OF_CHAIN = 6_000, 9_000
"""How long the faster steps of a layer take at most, and those of all layers of a chain together."""

_SLOWEST, _FASTEST, _FASTEST_SMOOTH, _FASTER = 600, 100, 200, (0.85, 0.6)
"""How long the first of the faster steps shows, the last ones, and the factor between them, for few and for many."""

_ARRIVAL, _LAST = 800, 1_500
"""How much longer the last of the faster steps shows, and the result."""

_SEARCHED = 8
"""Among how many of the first steps one is looked for whose value is not zero."""

_MOST_LAYERS = 3
"""Of a longer chain each layer has one stop."""


@dataclass(frozen=True)
class Stop:
    """What is shown while one line of words is.

    Attributes
    ----------
    name : str
        What it shows, such as ``"input"``, ``"padding"``, ``"window"`` or ``"result"``.
    phrases : tuple of str
        Its words, which are broken into lines between phrases if they can be.
    steps : tuple of int
        The steps of the picture that it shows, one after the other.
    times : tuple of int
        How long each shows, in milliseconds.
    parts : frozenset of str or None
        The parts of the ground that it shows, before the first window; None for all, with what each step shows.
    is_idle : bool
        Whether no window is at work in it.
    """

    name: str
    phrases: tuple[str, ...]
    steps: tuple[int, ...]
    times: tuple[int, ...]
    parts: frozenset[str] | None = None
    is_idle: bool = False

    @property
    def words(self) -> str:
        """All its words."""
        return sentences(self.phrases)

    @property
    def shown(self) -> int:
        """The number of the step that stands for it in a still: the middle one."""
        return len(self.steps) // 2


def stops_of(drawn: Drawn, is_smooth: bool) -> Iterator[Stop]:
    """Yield the stops of the tour of a drawing; smooth motion leaves each step time to move."""
    fastest = _FASTEST_SMOOTH if is_smooth else _FASTEST
    plan = drawn.walked
    if plan.walk.way == "field":
        for step in range(len(plan)):
            yield _still("trace", step, *words.window_words(plan, step))
        return
    blocks = [(stage, range(*ends)) for stage, ends in zip(plan.walked, pairwise(plan.starts), strict=True)]
    yield from _opening(drawn, *blocks[0])
    for number, (stage, steps) in enumerate(blocks):
        if len(blocks) > _MOST_LAYERS:
            yield _run(steps, words.layer_words(plan, stage, is_brief=True), _RUN_OF_CHAIN // len(blocks), fastest)
            continue
        if number:
            told = words.layer_words(plan, stage, is_brief=False)
            yield _still("layer", steps[0] - 1, told, *words.around_words(stage.layer), is_idle=True)
        yield from _at_work(plan, stage, steps, len(blocks), fastest)
    last = drawn.scene().steps - 1
    result = _still("result", last, *words.result_words(plan), is_idle=not plan.has_end)
    yield replace(result, times=(result.times[0] + _LAST,))


def _opening(drawn: Drawn, stage: Stage, steps: range) -> Iterator[Stop]:
    """Yield the stops before the first window: the input, what comes between and around its cells, the kernel."""
    plan, present = drawn.walked, Ground(drawn.scene().ground, drawn.sites).names
    example, parts = _example(plan, stage, steps), frozenset({"input"})
    yield _still("input", example, words.input_words(plan), parts=parts)
    around = words.around_words(plan.main[0].layer)
    told = {
        "zeros": around[:1],
        # The guide's look has no zeros, only padding.
        "padding": around["zeros" in present :],
    }
    for name, phrases in told.items():
        if phrases and name in present:
            parts |= {name}
            yield _still(name, example, *phrases, parts=parts)
    parts |= {"kernel"} if words.has_window(stage.layer) else set(ORDER)
    yield _still("kernel", example, words.kernel_words(plan, stage), parts=parts)


def _at_work(plan: Plan, stage: Stage, steps: range, blocks: int, fastest: int) -> Iterator[Stop]:
    """Yield the stops of the steps of a stage, one of several: one slowly, the next ones, and the others faster."""
    example = _example(plan, stage, steps)
    yield _still("stamp" if stage.is_stamped else "window", example, *words.window_words(plan, example))
    if example == steps[0] or stage.is_stamped:
        # Stamps that add nothing have fallen before the example.
        steps = range(example + 1, steps.stop)
    if blocks == 1 and len(steps) > _NEXT:
        text = words.next_words(stage, is_anew=steps[0] < example)
        time = max(_NEXT_TIME, _reading(text) // _NEXT)
        yield Stop("next", (text,), tuple(steps[:_NEXT]), (time,) * _NEXT)
        steps = steps[_NEXT:]
    if len(steps):
        yield _run(steps, words.run_words(plan, stage), _RUN if blocks == 1 else _RUN_OF_CHAIN // blocks, fastest)


def _run(steps: range, text: str, most: int, fastest: int) -> Stop:
    """Return a stop that shows steps within a time, faster and faster, but long enough for its words."""
    chosen, times = _faster(steps, most, fastest)
    times[-1] = max(times[-1], _ARRIVAL, _reading(text) - sum(times[:-1]))
    return Stop("run", (text,), chosen, tuple(times))


def _still(name: str, step: int, *phrases: str, parts: frozenset[str] | None = None, is_idle: bool = False) -> Stop:
    """Return a stop that shows one step for as long as its words take to read."""
    return Stop(name, phrases, (step,), (_reading(" ".join(phrases)),), parts, is_idle)


def _reading(text: str) -> int:
    return min(max(_LEAST, _A_LETTER * len(text)), _MOST)


def _example(plan: Plan, stage: Stage, steps: range) -> int:
    """Return one of the first steps of a stage, whose value is not zero if there is any."""
    for number in steps[:_SEARCHED] if plan.is_valued else ():
        step = plan.step(number)
        if step.reads and (_stamp(plan, step) if stage.is_stamped else plan.value(step)):
            return number
    return steps[0]


def _stamp(plan: Plan, step: Step) -> Any:
    """Return the value of the input cell that stamps in a step."""
    (read,) = step.reads
    return plan.planes(read.tensor, read.channels[0]).item(tuple(read.taps.source[0]))


def _faster(steps: range, most: int, fastest: int) -> tuple[tuple[int, ...], list[int]]:
    """Return the steps that show within a time, faster and faster, and how long each shows.

    The first ones follow on each other; if there are too many, the others are spread evenly up to the last.
    """
    possible = range(min(len(steps), max(1, most // fastest)))
    for factor in _FASTER:
        times = [max(fastest, int(_SLOWEST * factor**number)) for number in possible]
        times = times[: max(1, sum(end <= most for end in accumulate(times)))]
        slow = min(sum(time > fastest for time in times), len(times) - 1)
        if len(steps) - slow <= 2 * (len(times) - slow):
            # Every other one is shown at least.
            break
    # The last of the others is the last step, even where it is the only one.
    rest = np.linspace(len(steps) - 1, slow, len(times) - slow).round().astype(int).tolist()[::-1]
    return tuple(steps[number] for number in (*range(slow), *rest)), times
