"""The command that a picture carries: written as it draws, and read from a file again."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

import click

from convanim.base.errors import ConvanimError
from convanim.base.text import printable

_PROGRAM = "convanim"
_ELSEWHERE = ("outputs", "format_name", "place")
"""Options that say where to write, which the same picture has anywhere."""

_MOST_BYTES = 500_000_000
"""The most bytes of a file that is searched for a command."""


def command_of(context: click.Context | None) -> str:
    """Return the line of a running command in one form: no defaults, short flags, and no invisible letters.

    Where the picture is written is left out, so that it carries the same in every file.
    """
    if context is None:
        return ""
    words, behind = list[str](), list[str]()
    for parameter in context.command.params:
        name = parameter.name or ""
        source = context.get_parameter_source(name)
        value = context.params.get(name)
        if name in _ELSEWHERE or source is click.core.ParameterSource.DEFAULT or value is None:
            continue
        values = [str(one) for one in (value if isinstance(value, tuple | list) else (value,))]
        if isinstance(parameter, click.Argument):
            behind += values
        elif isinstance(parameter, click.Option) and parameter.is_flag:
            words += (parameter.opts if value else parameter.secondary_opts)[:1]
        elif value != parameter.default:
            words += [word for one in values for word in _option(parameter, one)]
    is_clear = not any(one.startswith("-") and one != "-" for one in behind)
    whole = [*_words(context), *(behind if is_clear else ()), *words, *(() if is_clear else ("--", *behind))]
    return " ".join([_PROGRAM, *map(quoted, whole)])


def for_place(command: str, place: str) -> str:
    """Return the line of a command that writes for a place."""
    return f"{command} --for {quoted(place)}" if command else ""


def quoted(word: str) -> str:
    r"""Return a word as shells read it, with escapes for its invisible letters.

    Examples
    --------
    >>> print(quoted("a b"), quoted("a\nb"))
    'a b' $'a\nb'
    """
    if word.isprintable():
        return shlex.quote(word)
    escaped = word.replace("\\", "\\\\").replace("'", "\\'")
    return f"$'{''.join(letter if letter.isprintable() else _escaped(letter) for letter in escaped)}'"


def read_command(path: Path) -> str:
    """Return the command that a file carries, on one line without invisible letters.

    Raises
    ------
    ConvanimError
        If the file cannot be read, or carries none.
    """
    from convanim.formats import FORMATS, format_of

    format_ = format_of("source", str(path), path.suffix)
    if format_.reader is None:
        names = ", ".join(f".{name}" for name, one in FORMATS.items() if one.reader is not None)
        raise ConvanimError("source", path, f"can carry no command; use one of {names}")
    format_.refuse_missing("source", str(path))
    try:
        with path.open("rb") as file:
            content = file.read(_MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ConvanimError("source", path, "could not be read ({})", reason) from error
    if len(content) > _MOST_BYTES:
        raise ConvanimError("source", path, f"has more than the {_MOST_BYTES:,} bytes that are read")
    found = format_.command_of(content)
    if found is None:
        raise ConvanimError("source", path, f"is no {format_.name}, or is not whole")
    if not found.startswith(f"{_PROGRAM} "):
        raise ConvanimError("source", path, "carries no command; only what the command draws does")
    return printable(found)


def _words(context: click.Context) -> list[str]:
    """Return the words of a command without the name of the program."""
    words = list[str]()
    at: Any = context
    while at.parent is not None:
        words.insert(0, at.info_name)
        at = at.parent
    return words


def _option(parameter: click.Parameter, value: str) -> list[str]:
    if value.startswith("-"):
        return [f"{max(parameter.opts, key=len)}={value}"]
    return [min(parameter.opts, key=len), value]


def _escaped(letter: str) -> str:
    """Return an invisible letter as shells with ``$''`` read it; only ASCII has the same short form there as here."""
    code = ord(letter)
    if code < 128:
        return letter.encode("unicode_escape").decode()
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
