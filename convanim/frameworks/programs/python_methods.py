"""Methods of Python's own values that programs call: texts, numbers, lists, dictionaries, sets and tuples."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from convanim.frameworks.programs.python_names import BUILTINS, LONGEST, Run
from convanim.frameworks.programs.texts import braces
from convanim.frameworks.programs.values import (
    Unknown,
)


def method_of(value: Any, name: str) -> Run | None:
    """Return a method of a text, a number, a list, a dictionary or a tuple, if it is one that is known."""
    kind = next((one for one in (str, list, dict, tuple, set, bool, int, float) if isinstance(value, one)), None)
    run = _METHODS.get(kind, {}).get(name) if kind is not None else None
    if run is None:
        return None

    def bound(reader: Any, node: ast.AST, arguments: Sequence[Any], named: Mapping[str, Any]) -> Any:
        return run(reader, node, value, *arguments, **named)

    return bound


def _text(name: str) -> Callable[..., Any]:
    def run(reader: Any, node: ast.AST, value: str, *arguments: Any, **named: Any) -> Any:
        for one in arguments:
            if isinstance(one, Unknown):
                return one
        if len(value) > LONGEST or any(isinstance(one, str) and len(one) > LONGEST for one in arguments):
            raise ValueError("a text that is too long")
        return getattr(value, name)(*arguments)

    return run


def _replace(reader: Any, node: ast.AST, value: str, old: str, new: str, *count: int) -> Any:
    if len(value) * max(len(new), 1) > LONGEST * 10:
        raise ValueError("a text that is too long")
    return value.replace(old, new, *count)


def _join(reader: Any, node: ast.AST, value: str, parts: Any) -> Any:
    found = reader.items(parts, node)
    if sum(len(str(one)) for one in found if isinstance(one, str)) + len(value) * len(found) > LONGEST * 10:
        raise ValueError("a text that is too long")
    return value.join(found)


def _format(reader: Any, node: ast.AST, value: str, *arguments: Any, **named: Any) -> Any:
    made = braces(value[:LONGEST], arguments, named)
    return Unknown("a formatted text") if made is None else made[:LONGEST]


def _append(reader: Any, node: ast.AST, value: list[Any], item: Any) -> None:
    reader.tick(node)
    value.append(item)


def _extend(reader: Any, node: ast.AST, value: list[Any], more: Any) -> None:
    value.extend([more] if isinstance(more, Unknown) else reader.items(more, node))


def _insert(reader: Any, node: ast.AST, value: list[Any], place: int, item: Any) -> None:
    value.insert(place, item)


def _sort(reader: Any, node: ast.AST, value: list[Any], key: Any = None, reverse: Any = False) -> None:
    value[:] = BUILTINS["sorted"](reader, node, (list(value),), {"key": key, "reverse": reverse})


def _remove(reader: Any, node: ast.AST, value: list[Any], item: Any) -> None:
    place = next((number for number, one in enumerate(value) if one is item or one == item), None)
    if place is None:
        raise ValueError("it is not in the list")
    del value[place]


def _move_to_end(reader: Any, node: ast.AST, value: dict[Any, Any], key: Any, last: bool = True) -> None:
    item = value.pop(key)
    rest = {} if last else dict(value)
    if not last:
        value.clear()
    value[key] = item
    value.update(rest)


def _of_sets(name: str) -> Callable[..., Any]:
    def run(reader: Any, node: ast.AST, value: set[Any], *others: Any) -> Any:
        return getattr(value, name)(*(reader.items(one, node) for one in others))

    return run


def _pop(reader: Any, node: ast.AST, value: Any, *arguments: Any) -> Any:
    return value.pop(*arguments)


def _get(reader: Any, node: ast.AST, value: dict[Any, Any], key: Any, usual: Any = None) -> Any:
    return key if isinstance(key, Unknown) else value.get(key, usual)


def _update(reader: Any, node: ast.AST, value: dict[Any, Any], other: Any = None, **named: Any) -> None:
    value.update({**(other if isinstance(other, dict) else {}), **named})


def _insert_into(value: set[Any], item: Any) -> None:
    if isinstance(item, int | float | str):
        value.add(item)


_OF_TEXTS = """
lower upper strip lstrip rstrip split startswith endswith isdigit title capitalize find count removeprefix
removesuffix zfill center ljust rjust index rindex rfind isidentifier isupper islower partition rpartition rsplit
splitlines casefold swapcase isalpha isalnum isnumeric isdecimal isspace
"""

_OF_NUMBERS: Mapping[str, Callable[..., Any]] = {
    "item": lambda reader, node, value: value,
    "is_integer": lambda reader, node, value: float(value).is_integer(),
    "bit_length": lambda reader, node, value: int(value).bit_length(),
}

_METHODS: Mapping[type, Mapping[str, Callable[..., Any]]] = {
    str: {
        **{name: _text(name) for name in _OF_TEXTS.split()},
        "replace": _replace,
        "join": _join,
        "format": _format,
    },
    list: {
        "append": _append,
        "extend": _extend,
        "insert": _insert,
        "pop": _pop,
        "copy": lambda reader, node, value: list(value),
        "reverse": lambda reader, node, value: value.reverse(),
        "index": lambda reader, node, value, item: value.index(item),
        "count": lambda reader, node, value, item: sum(one is item or one == item for one in value),
        "clear": lambda reader, node, value: value.clear(),
        "tolist": lambda reader, node, value: list(value),
        "sort": _sort,
        "remove": _remove,
        "popleft": lambda reader, node, value: value.pop(0),
        "appendleft": lambda reader, node, value, item: value.insert(0, item),
    },
    set: {
        "discard": lambda reader, node, value, item: value.discard(item),
        "remove": lambda reader, node, value, item: value.remove(item),
        "copy": lambda reader, node, value: set(value),
        "clear": lambda reader, node, value: value.clear(),
        **{
            name: _of_sets(name)
            for name in (
                "union",
                "intersection",
                "difference",
                "update",
                "issubset",
                "issuperset",
                "isdisjoint",
                "symmetric_difference",
                "difference_update",
                "intersection_update",
            )
        },
        "add": lambda reader, node, value, item: _insert_into(value, item),
    },
    int: _OF_NUMBERS,
    float: _OF_NUMBERS,
    dict: {
        "get": _get,
        "update": _update,
        "pop": _pop,
        "copy": lambda reader, node, value: dict(value),
        "clear": lambda reader, node, value: value.clear(),
        "move_to_end": _move_to_end,
        "popitem": lambda reader, node, value: value.popitem(),
        "items": lambda reader, node, value: list(value.items()),
        "keys": lambda reader, node, value: list(value),
        "values": lambda reader, node, value: list(value.values()),
        "setdefault": lambda reader, node, value, key, usual=None: value.setdefault(key, usual),
    },
    tuple: {
        "index": lambda reader, node, value, item: value.index(item),
        "count": lambda reader, node, value, item: sum(one == item for one in value),
    },
}
"""Methods of values, without those that could make much of little."""
