"""The one family of errors that convanim raises on purpose."""

from __future__ import annotations

import re
from collections.abc import Callable

from convanim.base.text import printable, shortened

_QUOTED = re.compile(r"`(\w+)(?:=([^`]*))?`|\{\}")
_MOST_TOLD = 400
"""Letters of a value, or of other text from outside, in a sentence; of more the middle is left out."""


class ConvanimError(ValueError):
    """What was asked for cannot be had; the message says why and what can.

    Parameters
    ----------
    option : str
        The parameter that is at fault, by its Python name.
    value : object
        What it was given, already in the short spelling (``5x7``, ``0:1``).
    problem : str
        What is wrong and what is allowed, as the rest of the sentence. Other
        parameters are named in backticks, with or without a value
        (```padding=0:1```), so that each front end can spell them its own way.
    *told : object
        What stands for each ``{}`` of the problem: text from outside, which
        is not searched for names.

    Notes
    -----
    The sentence is one line, whatever the value and the text from outside
    hold: letters that do not show are escaped in it, and much is cut.
    """

    def __init__(self, option: str, value: object, problem: str, *told: object) -> None:
        self.option = option
        self.value = value
        self.problem = problem
        self.told = told
        super().__init__(self.spelled(lambda name, value: f"{name}={value}" if value else name))

    def spelled(self, spell: Callable[[str, str], str]) -> str:
        """Return the message with every parameter name spelled by ``spell(name, value)``."""
        told = map(_told, self.told)
        problem = _QUOTED.sub(lambda m: spell(m[1], m[2] or "") if m[1] else next(told), self.problem)
        return printable(f"{spell(_told(self.option), '')} {_told(self.value)}".rstrip() + f": {problem}")

    def behind_others(self) -> ConvanimError:
        """Return the same for a layer whose input's size nobody gives, since other layers make it."""
        problem = re.sub(r", an `input_size` of at least [^,;]+", "", self.problem)
        return ConvanimError(self.option, self.value, problem, *self.told)

    def __reduce__(self) -> tuple[type[ConvanimError], tuple[object, ...]]:
        return type(self), (self.option, self.value, self.problem, *self.told)


def _told(value: object) -> str:
    """Return text from outside as a sentence has it; an error of ours is a sentence already."""
    try:
        said = str(value)
    except ValueError:
        # Python refuses to spell numbers of thousands of digits.
        return "out of range"
    return said if isinstance(value, ConvanimError) else shortened(said, _MOST_TOLD)
