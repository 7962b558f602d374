"""The error that convanim raises for invalid requests."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import partial

from convanim.base.text import printable, shortened

_QUOTED = re.compile(r"`(\w+)(?:=([^`]*))?`|\{\}")
_OF_INPUT = re.compile(r"\binput_size\b|\bin_(channels|features)=")
_MOST_TOLD = 400
"""The most letters of a value or other outside text in a message; longer text loses its middle."""


class ConvanimError(ValueError):
    """An error about a request that cannot be fulfilled; the message says why, and what is possible.

    Parameters
    ----------
    option : str
        The Python name of the parameter that is wrong.
    value : object
        Its value, already in the short spelling (``5x7``, ``0:1``).
    problem : str
        What is wrong and what is allowed, as the rest of the sentence. Other
        parameters are named in backticks, with or without a value
        (```padding=0:1```), so that each front end can spell them its own way.
    *told : object
        The text that replaces each ``{}`` of the problem: text from outside,
        which is not searched for parameter names.
    ways : sequence of str
        What works instead, each as the object of "use"; they end the problem.

    Notes
    -----
    The message is one line, whatever the value and the text from outside
    hold: invisible letters are escaped, and long text is shortened.
    """

    def __init__(self, option: str, value: object, problem: str, *told: object, ways: Sequence[str] = ()) -> None:
        self.option = option
        self.value = value
        self.reason, self.ways = problem, tuple(ways)
        self.problem = problem + (f"; use {_listed(self.ways)}" if ways else "")
        self.told = told
        super().__init__(self.spelled(lambda name, value: f"{name}={value}" if value else name))

    def spelled(self, spell: Callable[[str, str], str]) -> str:
        """Return the message with every parameter name spelled by ``spell(name, value)``."""
        told = map(_told, self.told)
        problem = _QUOTED.sub(lambda m: spell(m[1], m[2] or "") if m[1] else next(told), self.problem)
        return printable(f"{spell(_told(self.option), '')} {_told(self.value)}".rstrip() + f": {problem}")

    def behind_others(self) -> ConvanimError:
        """Return the error without advice on the input, for layers whose input other layers make."""
        ways = [way for way in self.ways if not _OF_INPUT.search(way)]
        return ConvanimError(self.option, self.value, self.reason, *self.told, ways=ways)

    @property
    def needs_input(self) -> bool:
        """Whether another input size would do."""
        return any("input_size" in way for way in self.ways)

    def __reduce__(self) -> tuple[Callable[..., ConvanimError], tuple[object, ...]]:
        return partial(type(self), ways=self.ways), (self.option, self.value, self.reason, *self.told)


def _listed(ways: Sequence[str]) -> str:
    """Return alternatives in one phrase."""
    return " or ".join(ways) if len(ways) < 3 else f"{', '.join(ways[:-1])}, or {ways[-1]}"


def _told(value: object) -> str:
    """Return outside text shortened for a message; a `ConvanimError` stays as it is."""
    try:
        said = str(value)
    except ValueError:
        # Python refuses to convert numbers of thousands of digits to text.
        return "out of range"
    return said if isinstance(value, ConvanimError) else shortened(said, _MOST_TOLD)
