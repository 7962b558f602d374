"""What pictures are asked for in vain: options that have no effect beside others, and what they do not show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from convanim.animations.fitting import Drawn
from convanim.animations.settings import SETTINGS
from convanim.base.errors import ConvanimError
from convanim.base.options import spelled
from convanim.layers import Chain, Layer


@dataclass(frozen=True)
class Contradiction:
    """Values of one option beside which others have no effect.

    Attributes
    ----------
    option : str
        Which one.
    values : tuple or None
        Which; None for all but None.
    allowed : mapping of str to tuple
        The others, each with the values that it may have then.
    way : str
        What to do instead.
    """

    option: str
    values: tuple[Any, ...] | None
    allowed: Mapping[str, tuple[Any, ...]]
    way: str = "leave one of the two out"

    def holds(self, value: Any) -> bool:
        """Return whether a value is one of them."""
        return value is not None if self.values is None else _is_among(value, self.values)


def _usual(*names: str) -> dict[str, tuple[Any, ...]]:
    return {name: (SETTINGS[name].default,) for name in names}


_GLIDE = _usual("fps", "easing")
_ALL_STEPS = _usual("steps", "every", "step_time", "hold", "hold_first", "loop", "motion")

_RULES = (
    Contradiction("still", None, _ALL_STEPS | _GLIDE),
    Contradiction("motion", ("steps",), _GLIDE, "use `motion=smooth`, or leave it out"),
    Contradiction("values", (False,), _usual("decimals")),
    Contradiction("labels", ("letters", "none"), {"values": (None, False), **_usual("decimals")}),
    Contradiction("labels", ("numbers",), {"values": (None, True)}),
    Contradiction(
        "view",
        ("channels", "flat", "line", "slabs"),
        _usual("classic"),
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
                beside = f"`{rule.option}={spelled(value)}`" if isinstance(value, str | int) else f"`{rule.option}`"
                raise ConvanimError(name, _said(told[name]), f"has no effect beside {beside}; {rule.way}")


def uncontradicted(usual: Mapping[str, Any], told: Mapping[str, Any]) -> dict[str, Any]:
    """Return what options usually are somewhere without those that have no effect beside what is told."""
    idle = {name for rule in _RULES if rule.holds(told.get(rule.option)) for name in rule.allowed}
    return {name: value for name, value in usual.items() if name not in idle or name in told}


def refuse_unshown(drawn: Sequence[Drawn], view: str | None = None, classic: bool = False) -> None:
    """Raise where the guide's look is asked for of what it does not have.

    Raises
    ------
    ConvanimError
        If so; it names the option that asks for it.
    """
    refuse_contradictions(view=view, classic=classic)
    if classic and not any(one.has_classic for one in drawn):
        raise ConvanimError("classic", "", "is the guide's look, which has one plane on either side; leave it out")


def refuse_stampless(layer: Layer | Chain) -> None:
    """Raise where there are no stamps that could overlap.

    Raises
    ------
    ConvanimError
        If so.
    """
    if isinstance(layer, Layer) and "scatter" in layer.methods:
        return
    raise ConvanimError("overlap", "", "is of a single transposed convolution; leave it out")


def _is_among(value: Any, allowed: tuple[Any, ...]) -> bool:
    """Return whether a value is one of several; arrays never are."""
    plain = tuple(value) if isinstance(value, list) else value
    return any(
        plain is one or (isinstance(plain, bool | int | float | str | tuple) and plain == one) for one in allowed
    )


def _said(value: Any) -> str:
    """Return how a value is written behind its option, which is nothing for a flag."""
    return spelled(value) if isinstance(value, int | float | str) and not isinstance(value, bool) else ""
