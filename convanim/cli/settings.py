"""The settings of pictures as options of the command line."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from convanim.animations.settings import SETTINGS

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

_ELSEWHERE = ("seed", "method", "overlap", "field", "effective")
"""Settings that only some commands offer."""

_NUMBERS = {"int": int, "float": float}


def setting_option(name: str, usual: str = "") -> Decorator:
    """Return the option of a setting; if its default is given in words, it is None unless the user sets it."""
    its = SETTINGS[name]
    flag, kind, usual = f"--{name.replace('_', '-')}", its.type.removesuffix(" | None"), usual or its.usual
    told = its.said + (f"  [default: {usual}]" if usual else "")
    is_open = bool(usual) or kind != its.type
    if kind.startswith("bool"):
        if not (is_open or its.is_switch):
            return click.option(flag, is_flag=True, help=told)
        both = f"{flag}/--no-{flag.removeprefix('--')}"
        default = its.default if its.is_switch else None
        return click.option(both, default=default, show_default=not is_open, help=told)
    written: dict[str, Any] = {"type": _NUMBERS.get(kind, str), "metavar": its.metavar, "help": told}
    if not is_open and isinstance(its.default, int | float | str):
        written |= {"default": its.default, "show_default": True}
    return click.option(flag, **written)


SEED = setting_option("seed")
STAMPS = (setting_option("method"), setting_option("overlap"))
FIELDS = (setting_option("field"), setting_option("effective"))


def picture_settings(is_preset: bool) -> list[Decorator]:
    """Return the options of the settings that every drawing command has."""
    guides = {"classic": "the guide's own"} if is_preset else {}
    return [setting_option(name, guides.get(name, "")) for name in SETTINGS if name not in _ELSEWHERE]
