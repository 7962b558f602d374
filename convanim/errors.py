"""The one family of errors that convanim raises on purpose."""

from __future__ import annotations

import re
from collections.abc import Callable

_QUOTED = re.compile(r"`(\w+)(?:=([^`]*))?`")


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
    """

    def __init__(self, option: str, value: object, problem: str) -> None:
        self.option = option
        self.value = value
        self.problem = problem
        super().__init__(self.spelled(lambda name, value: f"{name}={value}" if value else name))

    def spelled(self, spell: Callable[[str, str], str]) -> str:
        """Return the message with every parameter name spelled by ``spell(name, value)``."""
        told = _QUOTED.sub(lambda m: spell(m[1], m[2] or ""), self.problem)
        return f"{spell(self.option, '')} {self.value}: {told}"

    def __reduce__(self) -> tuple[type[ConvanimError], tuple[str, object, str]]:
        return type(self), (self.option, self.value, self.problem)
