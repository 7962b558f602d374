"""Refuse options that have no effect, because of other options or because of what is drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from convanim.animations.fitting import Drawn
from convanim.animations.settings import SETTINGS
from convanim.base.errors import ConvanimError
from convanim.base.options import spelled
from convanim.base.records import dataclass
from convanim.layers import Chain, Layer
from convanim.views.look import MATRICES


@dataclass(frozen=True)
class Contradiction:
    """Values of one option that leave other options without effect.

    Attributes
    ----------
    option : str
        Name of the option.
    values : tuple or None
        Its values; None stands for every value but None.
    allowed : mapping of str to tuple
        The other options, each with the values that it may then have.
    way : str
        Advice on what to do instead.
    """

    option: str
    values: tuple[Any, ...] | None
    allowed: Mapping[str, tuple[Any, ...]]
    way: str = "leave one of the two out"

    def holds(self, value: Any) -> bool:
        """Return whether the rule applies to a value of its option."""
        return value is not None if self.values is None else _is_among(value, self.values)


def _usual(*names: str) -> dict[str, tuple[Any, ...]]:
    return {name: (SETTINGS[name].default,) for name in names}


_GLIDE = _usual("fps", "easing")
_ALL_STEPS = _usual("steps", "every", "step_time", "hold", "hold_first", "loop", "motion")

_RULES = (
    Contradiction(
        "exercise",
        (True,),
        {"values": (None, True), "labels": ("auto", "numbers"), "reveal": (None, True)}
        | _usual("overlap", "field", "effective", "step_time", "hold", "hold_first", "loop", "motion", "fps", "easing")
        | _usual("tour"),
    ),
    Contradiction("tour", (True,), _usual("steps", "every", "step_time")),
    Contradiction("still", None, _ALL_STEPS | _GLIDE),
    Contradiction("motion", ("steps",), _GLIDE, "use `motion=smooth`, or leave it out"),
    Contradiction("values", (False,), _usual("decimals")),
    Contradiction("labels", ("letters", "none"), {"values": (None, False), **_usual("decimals")}),
    Contradiction("labels", ("numbers",), {"values": (None, True)}),
    Contradiction("bars", (True,), _usual("shades", "overlap")),
    Contradiction(
        "view",
        ("channels", "flat", "line", "slabs", "blocks", "matrix"),
        _usual("classic"),
        "use `view=oblique`, or leave it out",
    ),
    Contradiction("matrix", tuple(MATRICES), _usual("classic")),
    Contradiction(
        "view",
        ("oblique", "channels", "flat", "line", "slabs", "blocks"),
        _usual("matrix"),
        "use `view=matrix`, or leave it out",
    ),
)


def refuse_contradictions(**told: Any) -> None:
    """Raise if an option with an unusual value has no effect because of another option.

    Raises
    ------
    ConvanimError
        If so; the message names both.
    """
    for rule in _RULES:
        value = told.get(rule.option)
        for name, allowed in rule.allowed.items() if rule.holds(value) else ():
            if name in told and not _is_among(told[name], allowed):
                beside = f"`{rule.option}={spelled(value)}`" if isinstance(value, str | int) else f"`{rule.option}`"
                raise ConvanimError(name, _said(told[name]), f"has no effect beside {beside}; {rule.way}")


def uncontradicted(usual: Mapping[str, Any], told: Mapping[str, Any]) -> dict[str, Any]:
    """Return default options without those that would have no effect beside the given ones."""
    idle = {name for rule in _RULES if rule.holds(told.get(rule.option)) for name in rule.allowed}
    return {name: value for name, value in usual.items() if name not in idle or name in told}


def refuse_unshown(drawn: Sequence[Drawn], view: str | None = None, classic: bool = False) -> None:
    """Raise if the guide's look is requested for a drawing that cannot have it.

    Raises
    ------
    ConvanimError
        If so; the message names the option that requests it.
    """
    refuse_contradictions(view=view, classic=classic)
    if classic and not any(one.has_classic for one in drawn):
        raise ConvanimError("classic", "", "is the guide's look, which has one plane on either side; leave it out")


def refuse_stampless(layer: Layer | Chain) -> None:
    """Raise if a layer has no stamps that could overlap.

    Raises
    ------
    ConvanimError
        If so.
    """
    if isinstance(layer, Layer) and "scatter" in layer.methods:
        return
    raise ConvanimError("overlap", "", "is of a single transposed convolution; leave it out")


def _is_among(value: Any, allowed: tuple[Any, ...]) -> bool:
    """Return whether a value is among the allowed ones; arrays never are."""
    plain = tuple(value) if isinstance(value, list) else value
    return any(
        plain is one or (isinstance(plain, bool | int | float | str | tuple) and plain == one) for one in allowed
    )


def _said(value: Any) -> str:
    """Return a value as it is written after its option, or nothing for a flag."""
    return spelled(value) if isinstance(value, int | float | str) and not isinstance(value, bool) else ""
