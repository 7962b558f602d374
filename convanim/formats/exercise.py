"""The steps of an exercise in a page: what shows of each before its value is answered, and what only then."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any

from convanim.base.language import counted, translated
from convanim.formats.clip import Question, reported
from convanim.formats.svg_film import Sketch
from convanim.render.svg import Piece
from convanim.views.scene import Shape, Shapes, Texts

_ANSWERS = ("made", "sum", "winner")
"""The kinds of shapes that give a value away: the cells made, the sum, and the ring around what is picked."""


def asking_groups(sketch: Sketch) -> Iterator[tuple[str, Sequence[Piece]]]:
    """Yield the groups that are visible at some steps, with attributes that name these steps.

    Of an unanswered step, groups with ``data-answer`` stay hidden; those with
    ``data-question`` stand in for them.
    """
    film, steps = sketch.film, sketch.film.timeline.steps
    drawn = 0
    for place, step in enumerate(steps):
        when = f'data-from="{place}" data-to="{len(steps)}"'
        yield when, sketch.drawn(film.scene.marks(range(drawn, step)))
        yield f"{when} data-answer", sketch.drawn(film.scene.marks(range(step, step + 1)))
        drawn = step + 1
    for place, step in reported(enumerate(steps), len(steps), film.report):
        when = f'data-from="{place}" data-to="{place + 1}" data-moment'
        for tells, run in groupby(film.scene.moment(step), _tells):
            shapes = tuple(run)
            yield f"{when}{' data-answer' * tells}", sketch.drawn(shapes)
            if tells:
                yield f"{when} data-question", sketch.drawn(_open(shapes))


def asked_step(question: Question, said: str, sum_: str) -> dict[str, Any]:
    """Return the data of a step for the script: what is said while it is asked, and once it is answered."""
    return {
        "said": question.said,
        "sum": "",
        "value": question.value,
        "decimals": question.decimals,
        "label": _label(question.decimals),
        "hint": question.hint,
        "answered": {"said": said, "sum": sum_},
    }


def _label(decimals: int | None) -> str:
    """Return what is asked for: a value, with as many decimals as it has."""
    if decimals is None:
        return translated("Value")
    if decimals == 0:
        return translated("Value, as a whole number")
    return counted("Value, to {count} decimal", "Value, to {count} decimals", decimals)


def _tells(shape: Shape) -> bool:
    """Return whether a shape gives the value of its step away."""
    return shape.key is not None and shape.key.what in _ANSWERS


def _open(shapes: Shapes) -> Shapes:
    """Return question marks in place of the words in cells that are made."""
    return tuple(
        replace(shape, words=("?",) * len(shape.words), lowered=(), on="pending", shaded=False, tones=None, tints=None)
        for shape in shapes
        if isinstance(shape, Texts) and shape.key is not None and shape.key.what == "made"
    )
