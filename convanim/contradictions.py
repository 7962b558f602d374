"""Options beside which others have no effect, so that nobody can have meant both."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from convanim.errors import ConvanimError
from convanim.timeline import DEFAULT_FPS, EASINGS, MOTIONS


@dataclass(frozen=True)
class Rule:
    """Values of one option beside which others have no effect.

    Attributes
    ----------
    option : str
        Which one.
    holds : callable
        Whether it has such a value.
    allowed : mapping of str to tuple
        The others, each with the values that it may have then.
    way : str
        What to do instead.
    """

    option: str
    holds: Callable[[Any], bool]
    allowed: Mapping[str, tuple[Any, ...]]
    way: str = "leave one of the two out"


_GLIDE = {"fps": (DEFAULT_FPS,), "easing": (next(iter(EASINGS)),)}
_TIMES = {"step_time": (1.0,), "hold": (0.0,), "hold_first": (0.0,), "loop": (0,), "motion": (next(iter(MOTIONS)),)}

_RULES = (
    Rule("still", lambda step: step is not None, {"steps": ((None, None),), "every": (1,), **_TIMES, **_GLIDE}),
    Rule("motion", lambda kind: kind == "steps", _GLIDE, "use `motion=smooth`, or leave it out"),
    Rule("values", lambda shown: shown is False, {"decimals": (2,)}),
    Rule("labels", lambda kind: kind in ("letters", "none"), {"values": (None, False), "decimals": (2,)}),
    Rule("labels", lambda kind: kind == "numbers", {"values": (None, True)}),
    Rule(
        "view",
        lambda name: name in ("channels", "flat", "line", "slabs"),
        {"classic": (False,)},
        "use `view=oblique`, or leave it out",
    ),
)


def refuse_contradictions(**told: Any) -> None:
    """Raise where an option that is not as usual has no effect because of another.

    Raises
    ------
    ConvanimError
        If so; it names both.
    """
    for rule in _RULES:
        value = told.get(rule.option)
        for name, allowed in rule.allowed.items() if rule.holds(value) else ():
            if name in told and not _is_among(told[name], allowed):
                beside = f"`{rule.option}={value}`" if isinstance(value, str | int) else f"`{rule.option}`"
                raise ConvanimError(name, _said(told[name]), f"has no effect beside {beside}; {rule.way}")


def uncontradicted(usual: Mapping[str, Any], told: Mapping[str, Any]) -> dict[str, Any]:
    """Return what options usually are somewhere without those that have no effect beside what is told."""
    idle = {name for rule in _RULES if rule.holds(told.get(rule.option)) for name in rule.allowed}
    return {name: value for name, value in usual.items() if name not in idle or name in told}


def _is_among(value: Any, allowed: tuple[Any, ...]) -> bool:
    """Return whether a value is one of several; arrays never are."""
    plain = tuple(value) if isinstance(value, list) else value
    return any(
        plain is one or (isinstance(plain, bool | int | float | str | tuple) and plain == one) for one in allowed
    )


def _said(value: Any) -> str:
    """Return how a value is written behind its option, which is nothing for a flag."""
    return str(value) if isinstance(value, int | float | str) and not isinstance(value, bool) else ""
