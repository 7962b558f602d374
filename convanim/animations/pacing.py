"""How many steps of a long animation are drawn, where nobody has asked for more or fewer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

from convanim.animations.drawing import prepare
from convanim.animations.settings import Shown
from convanim.base.language import translated
from convanim.inputs.building import Built
from convanim.layers import Chain

MOST_STEPS = 300
"""The most steps that are drawn by default."""

_UNASKED = {"steps": None, "every": 1, "still": None, "tour": False}
"""The options that choose steps, as they are where nobody has chosen."""


def paced(built: Built, looks: Mapping[str, Any]) -> tuple[Built, dict[str, Any]]:
    """Return a layer that tells which steps of a long animation are drawn, and the options that choose them.

    Of a layer they are whole rows of its output, of a chain every n-th step. There are no such options where all
    steps are drawn, or where ``looks``, the options of `animate`, choose some.
    """
    if any(looks[name] != usual for name, usual in _UNASKED.items()):
        return built, {}
    shown = Shown(**{one.name: looks[one.name] for one in fields(Shown) if looks.get(one.name) is not None})
    steps = len(prepare(built.layer, shown, built.input, built.kernel, built.bias).walked)
    if steps <= MOST_STEPS:
        return built, {}
    if isinstance(built.layer, Chain):
        every = -(-steps // MOST_STEPS)
        told = replace(
            built, steps=lambda: translated("one in {every} of {count} steps is drawn", every=every, count=steps)
        )
        return told, {"every": every}
    row = built.layer.output_size[-1]
    count = MOST_STEPS // row * row or MOST_STEPS
    told = replace(
        built, steps=lambda: translated("the first {shown} of {count} steps are drawn", shown=str(count), count=steps)
    )
    return told, {"steps": f"0:{count}"}
