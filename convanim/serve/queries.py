"""Addresses of pictures: from the path and the query to a command and its arguments, and to one canonical form."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from urllib.parse import quote, urlencode

import click

from convanim.base.errors import ConvanimError
from convanim.base.records import dataclass
from convanim.base.text import shortened
from convanim.cli import main
from convanim.cli.describing import commands, drawing_command, is_drawn
from convanim.formats import FORMATS
from convanim.places.registry import PLACES

_ARGUMENTS = {"text": ("code",), "layers": ("layer",), "operations": ("layer", "operation"), "file": ("code",)}
"""What addresses call the arguments of commands, the canonical name first."""

_LEFT_OUT = ("outputs", "format_name", "place", "source", "font", "tour_words", "as_json", "weights")
"""Options that say where to write, or read files; the suffix and the parameter ``for`` say what is made."""

_YES, _NO = ("1", "true", "yes", "on", ""), ("0", "false", "no", "off")
_LONGEST_SAID = 60
BUNDLE = "zip"
"""The suffix of all files for a place, as one file."""


class NoSuchAddressError(ConvanimError):
    """There is nothing at an address."""


@dataclass(frozen=True)
class Query:
    """What an address asks for.

    Attributes
    ----------
    words : tuple of str
        The words of the command that draws, such as ``("backward", "conv")``.
    values : tuple of (str, str)
        The names of its parameters as `names` has them, and their values as written, in canonical order.
    suffix : str
        What is made: a key of ``FORMATS``, or `BUNDLE`.
    place : str
        A key of ``PLACES`` with `BUNDLE`, otherwise empty.
    """

    words: tuple[str, ...]
    values: tuple[tuple[str, str], ...]
    suffix: str
    place: str = ""

    @property
    def command(self) -> click.Command:
        """The command that draws."""
        return drawing_command(self.words)

    @cached_property
    def address(self) -> str:
        """The canonical path and query: the same for all addresses that ask for the same."""
        words, given = list(self.words), [*self.values, *([("for", self.place)] if self.place else [])]
        if words == ["preset"]:
            words.append(dict(given).get("name", ""))
            given = [one for one in given if one[0] != "name"]
        path = "/" + "/".join(quote(word, safe="") for word in words) + f".{self.suffix}"
        return path + (f"?{urlencode(given, quote_via=quote, safe=',:;()')}" if given else "")

    def arguments(self, command: click.Command | None = None) -> list[str]:
        """Return the arguments for the command that draws, or for another that knows some of its parameters."""
        known = names(self.command)
        taken = {one.name for one in (command or self.command).params}
        found, behind = list[str](), list[str]()
        for name, value in self.values:
            parameter = known[name]
            if parameter.name not in taken:
                continue
            if isinstance(parameter, click.Argument):
                # What stands for the file is read as if from standard input.
                behind.append("-" if parameter.name == "file" else value)
            elif _is_flag(parameter):
                flags = parameter.opts if value == "1" else parameter.secondary_opts
                found += flags[:1]
            else:
                found.append(f"{max(parameter.opts, key=len)}={value}")
        return [*found, "--", *behind]

    def text(self) -> str:
        """Return the text of a program that the command reads as if from standard input, if it reads any."""
        return dict(self.values).get("code", "") if self.words == ("model",) else ""


def query_of(path: str, given: Sequence[tuple[str, str]]) -> Query:
    """Return what a path such as ``conv.gif`` and the pairs of a query ask for.

    Raises
    ------
    NoSuchAddressError
        If there is no such command or format.
    ConvanimError
        If a parameter is unknown, or given twice.
    """
    whole, dot, written = path.strip("/").rpartition(".")
    suffix = written.lower()
    words = tuple(whole.split("/"))
    pairs = [(name.replace("_", "-"), value) for name, value in given]
    if words[:-1] == ("preset",):
        pairs.insert(0, ("name", words[-1]))
        words = ("preset",)
    if not dot or not is_drawn(words):
        drawn = ", ".join(f"/{word}" for word in commands() if " " not in word)
        raise NoSuchAddressError(
            "address", repr(shortened(path, _LONGEST_SAID)), f"draws nothing; there are {drawn}, each with a suffix"
        )
    if suffix not in (*FORMATS, BUNDLE):
        raise NoSuchAddressError("format", repr(suffix[:20]), f"is not known; there are {', '.join(FORMATS)}")
    places = [value for name, value in pairs if name == "for"]
    if suffix == BUNDLE and len(places) != 1:
        raise ConvanimError(
            "for", "", f"must be given once: a .{BUNDLE} holds the files for a place; {', '.join(PLACES)}"
        )
    if places and suffix != BUNDLE:
        raise ConvanimError("for", repr(places[0][:_LONGEST_SAID]), f"makes several files; ask for a .{BUNDLE} of them")
    own = _canonical(drawing_command(words), [pair for pair in pairs if pair[0] != "for"])
    return Query(words, own, suffix, places[0] if places else "")


def _canonical(command: click.Command, pairs: Sequence[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Return parameters in the order of the command, by one name each, without those at their defaults."""
    known = names(command)
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        if name not in known:
            raise ConvanimError(
                shortened(name, _LONGEST_SAID),
                "",
                f"is no parameter here; there are {', '.join(sorted(_first(known)))}",
            )
        parameter = known[name]
        found.setdefault(str(parameter.name), []).append(_written(name, parameter, value))
    own = []
    for name, parameter in _first(known).items():
        values = found.get(str(parameter.name), [])
        if len(values) > 1 and not takes_several(parameter):
            raise ConvanimError(name, repr(values[1][:_LONGEST_SAID]), "is given twice; leave one of the two out")
        own += [(name, value) for value in values if _is_flag(parameter) or value != usual(parameter)]
    return tuple(own)


def _written(name: str, parameter: click.Parameter, value: str) -> str:
    """Return a value as it is written canonically: 1 or 0 for a flag."""
    if not _is_flag(parameter):
        return value
    if value.lower() not in (*_YES, *_NO):
        raise ConvanimError(name, repr(value[:_LONGEST_SAID]), "is a switch; write 1 or 0")
    return "1" if value.lower() in _YES else "0"


def _is_flag(parameter: click.Parameter) -> bool:
    return isinstance(parameter, click.Option) and parameter.is_flag


def usual(parameter: click.Parameter) -> str:
    """Return the default of a parameter as a text; flags, and what is not given at all, have none."""
    default = parameter.default
    return str(default) if isinstance(default, int | float | str) and not isinstance(default, bool) else ""


def takes_several(parameter: click.Parameter) -> bool:
    """Return whether a parameter may be given more than once."""
    return parameter.nargs != 1 or bool(getattr(parameter, "multiple", False))


def names(command: click.Command) -> dict[str, click.Parameter]:
    """Return the parameters of a command by the names that addresses may use, the canonical name of each first."""
    found: dict[str, click.Parameter] = {}
    for parameter in command.params:
        if isinstance(parameter, click.Argument):
            found |= dict.fromkeys(_ARGUMENTS.get(str(parameter.name), (str(parameter.name),)), parameter)
        elif parameter.name not in _LEFT_OUT:
            found |= {option.lstrip("-"): parameter for option in sorted(parameter.opts, key=len)}
    return found


def _first(known: dict[str, click.Parameter]) -> dict[str, click.Parameter]:
    """Return the parameters by their canonical names only."""
    found: dict[str, click.Parameter] = {}
    seen = set[int]()
    for name, parameter in known.items():
        if id(parameter) not in seen:
            seen.add(id(parameter))
            found[name] = parameter
    return found


def canonical_names(command: click.Command) -> dict[str, click.Parameter]:
    """Return the parameters of a command by their canonical names in addresses."""
    return _first(names(command))


def telling_command(words: Sequence[str]) -> click.Command | None:
    """Return the command that explains what another draws, or None if there is none."""
    found: click.Command | None = main
    for word in ("explain", *words):
        found = found.get_command(click.Context(found), word) if isinstance(found, click.Group) else None
    return found
