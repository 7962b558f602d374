"""Settings of pictures: each is defined once, as a dataclass field with help for the command and Python."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from dataclasses import field, fields
from typing import Any, TypeVar

from convanim.base.errors import ConvanimError
from convanim.base.options import number_of, whole
from convanim.base.records import dataclass

_Function = TypeVar("_Function", bound=Callable[..., Any])


@dataclass(frozen=True)
class Setting:
    """The name, type, default and help of a setting.

    Attributes
    ----------
    name : str
        Its name in the signature of `animate`.
    type : str
        Its type as annotated, such as ``"int | None"``.
    default : value
        Its default value.
    help : str or callable
        A sentence about what it does, or a function that returns it if it lists registered names.
    metavar : str
        The name of its value in the help of the command.
    usual : str
        What happens if it is not given, unless the default says so.
    is_switch : bool
        Whether the command also has a ``--no-`` form of it.
    least, most : float or None
        The bounds of a number.
    unit : str
        What follows the bounds in an error.
    more : str
        What the Python documentation adds.
    """

    name: str
    type: str
    default: Any
    help: str | Callable[[], str]
    metavar: str | None = None
    usual: str = ""
    is_switch: bool = False
    least: float | None = None
    most: float | None = None
    unit: str = ""
    more: str = ""

    def checked(self, value: object) -> Any:
        """Return a number within the bounds, a whole one where the setting's type is ``int``.

        Raises
        ------
        ConvanimError
            If it is no such number.
        """
        number = whole(self.name, value) if self.type == "int" else number_of(self.name, value)
        if (self.least is not None and number < self.least) or (self.most is not None and number > self.most):
            allowed = f"at least {self.least}" if self.most is None else f"between {self.least} and {self.most}"
            raise ConvanimError(self.name, number, f"must be {allowed}{self.unit}")
        return number

    @property
    def said(self) -> str:
        """A sentence about what the setting does."""
        return self.help if isinstance(self.help, str) else self.help()

    @property
    def documentation(self) -> str:
        """Its entry in the parameters section of a docstring, in NumPy style."""
        kind = self.type.removesuffix(" | None")
        is_open = kind != self.type
        usual = f"Where it is not given: {self.usual}." if self.usual and is_open else ""
        told = " ".join(filter(None, (self.said, self.more, usual)))
        head = f"{self.name} : {kind.replace(' | ', ' or ')}{', optional' if is_open else ''}"
        return "\n".join((head, textwrap.indent(textwrap.fill(told, 71), "    ")))


def setting(default: Any, help: str | Callable[[], str], **said: Any) -> Any:
    """Return a dataclass field for a setting; the other arguments are attributes of `Setting`."""
    return field(default=default, metadata={"help": help, **said})


def settings_of(*records: type) -> dict[str, Setting]:
    """Return the settings of dataclasses, by name."""
    return {
        one.name: Setting(one.name, str(one.type), one.default, **one.metadata)
        for record in records
        for one in fields(record)
    }


def documented(*records: type) -> Callable[[_Function], _Function]:
    """Return a decorator that replaces ``{settings}`` in a docstring by the documentation of settings."""

    def decorator(function: _Function) -> _Function:
        told = "\n".join(one.documentation for one in settings_of(*records).values())
        if function.__doc__:
            function.__doc__ = function.__doc__.replace("{settings}", textwrap.indent(told, "    ").lstrip())
        return function

    return decorator
