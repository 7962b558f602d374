"""Settings of pictures, each said once: fields of records that know their help, for the command and for Python."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from typing import Any, TypeVar

_Function = TypeVar("_Function", bound=Callable[..., Any])


@dataclass(frozen=True)
class Setting:
    """What there is to say of a setting.

    Attributes
    ----------
    name : str
        As in the signature of `animate`.
    type : str
        Its type as the record annotates it, such as ``"int | None"``.
    default : value
        Its value where nobody says another.
    help : str or callable
        What it does, in a sentence, or a function that makes it, where it lists what may be registered.
    metavar : str
        What the help of the command calls its value.
    usual : str
        What happens where it is not given, where the default does not say it.
    is_switch : bool
        Whether the command can say no to it too.
    more : str
        What the documentation of Python says besides.
    """

    name: str
    type: str
    default: Any
    help: str | Callable[[], str]
    metavar: str | None = None
    usual: str = ""
    is_switch: bool = False
    more: str = ""

    @property
    def said(self) -> str:
        """What it does, in a sentence."""
        return self.help if isinstance(self.help, str) else self.help()

    @property
    def documentation(self) -> str:
        """Its entry among the parameters of a docstring, in NumPy style."""
        kind = self.type.removesuffix(" | None")
        is_open = kind != self.type
        usual = f"Where it is not given: {self.usual}." if self.usual and is_open else ""
        told = " ".join(filter(None, (self.said, self.more, usual)))
        return (
            f"{self.name} : {kind}{', optional' if is_open else ''}\n{textwrap.indent(textwrap.fill(told, 71), '    ')}"
        )


def setting(default: Any, help: str | Callable[[], str], **said: Any) -> Any:
    """Return a field of a record for a setting; the other arguments are attributes of `Setting`."""
    return field(default=default, metadata={"help": help, **said})


def settings_of(*records: type) -> dict[str, Setting]:
    """Return the settings of records, by name."""
    return {
        one.name: Setting(one.name, str(one.type), one.default, **one.metadata)
        for record in records
        for one in fields(record)
    }


def documented(*records: type) -> Callable[[_Function], _Function]:
    """Return a decorator that puts what settings do into a docstring, where ``{settings}`` stands in it."""

    def decorator(function: _Function) -> _Function:
        told = "\n".join(one.documentation for one in settings_of(*records).values())
        if function.__doc__:
            function.__doc__ = function.__doc__.replace("{settings}", textwrap.indent(told, "    ").lstrip())
        return function

    return decorator
