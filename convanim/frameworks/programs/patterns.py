"""Regular expressions of a program, run where neither text nor pattern can take long."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from convanim.frameworks.programs.values import Class, Instance, Native, Unknown

_LONGEST_TEXT, _LONGEST_PATTERN, _MOST_REPEATS = 200, 100, 3
_NESTED = re.compile(r"\)[*+{?]")
"""A group that is repeated, which may be tried in more ways than there is time for."""


def _is_quick(pattern: Any, text: Any) -> bool:
    """Return whether a pattern may be run on a text: it takes at most the third power of the text's length."""
    return (
        isinstance(pattern, str)
        and isinstance(text, str)
        and len(text) <= _LONGEST_TEXT
        and len(pattern) <= _LONGEST_PATTERN
        and len(re.findall(r"[*+{]", pattern)) <= _MOST_REPEATS
        and not _NESTED.search(pattern)
    )


def _matched(found: re.Match[str] | None) -> Any:
    """Return a match as an object with the methods that programs call."""
    if found is None:
        return None
    methods: Mapping[str, Callable[..., Any]] = {
        "group": found.group,
        "groups": found.groups,
        "groupdict": found.groupdict,
        "start": found.start,
        "end": found.end,
        "span": found.span,
    }

    def native(name: str, method: Callable[..., Any]) -> Native:
        return Native(name, lambda reader, node, arguments, named: method(*arguments))

    part = Native("__getitem__", lambda reader, node, arguments, named: found[arguments[1]])
    return Instance(
        Class("match", (), {"__getitem__": part}), {name: native(name, method) for name, method in methods.items()}
    )


_RUN: Mapping[str, Callable[..., Any]] = {
    "findall": re.findall,
    "split": re.split,
    "match": lambda pattern, text: _matched(re.match(pattern, text)),
    "search": lambda pattern, text: _matched(re.search(pattern, text)),
    "fullmatch": lambda pattern, text: _matched(re.fullmatch(pattern, text)),
    "finditer": lambda pattern, text: [_matched(one) for one in re.finditer(pattern, text)],
}


def _checked(run: Callable[..., Any], arguments: Sequence[Any]) -> Any:
    """Return what a function finds, with the errors of patterns as those of values."""
    try:
        return run(*arguments)
    except re.error as error:
        raise ValueError(str(error)) from error


def _run(name: str) -> Callable[..., Any]:
    def run(reader: Any, node: ast.AST, arguments: Sequence[Any], named: Mapping[str, Any]) -> Any:
        if named or len(arguments) != 2 or not _is_quick(*arguments):
            return Unknown(f"what re.{name} finds")
        return _checked(_RUN[name], arguments)

    return run


def _replaced(reader: Any, node: ast.AST, arguments: Sequence[Any], named: Mapping[str, Any]) -> Any:
    """Return a text in which what matches is replaced by another text."""
    is_plain = (
        len(arguments) == 3 and not named and isinstance(arguments[1], str) and len(arguments[1]) < _LONGEST_PATTERN
    )
    if not is_plain or not _is_quick(arguments[0], arguments[2]):
        return Unknown("what re.sub makes")
    return _checked(re.sub, arguments)


def _compiled(reader: Any, node: ast.AST, arguments: Sequence[Any], named: Mapping[str, Any]) -> Any:
    """Return a pattern as an object whose methods run it."""
    pattern = arguments[0]

    def native(name: str, run: Callable[..., Any]) -> Native:
        return Native(name, lambda reader, node, given, more: run(reader, node, (pattern, *given), more))

    return Instance(Class("pattern", (), {}), {name: native(name, run) for name, run in PATTERNS.items()})


PATTERNS: Mapping[str, Callable[..., Any]] = {
    **{name: _run(name) for name in _RUN},
    "sub": _replaced,
    "compile": _compiled,
}
"""Functions of ``re`` by their names."""
