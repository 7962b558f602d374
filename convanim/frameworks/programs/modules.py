"""Modules of a program: those within others with their names, copies, and values as they are passed around."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from typing import Any

from convanim.frameworks.programs.reader import Reader
from convanim.frameworks.programs.values import (
    Container,
    GraphModel,
    Instance,
    LibraryLayer,
    Traced,
    Unknown,
)
from convanim.frameworks.source import Place


def node_at(place: Place) -> ast.stmt:
    """Return a statement at a place, for what is called from there."""
    return ast.Pass(lineno=place.line, col_offset=max(place.column - 1, 0))


def are_plain(values: Sequence[Any]) -> bool:
    """Return whether values are plain numbers, or not known, and none of them a tensor."""
    return bool(values) and all(isinstance(one, int | float | range | Unknown) for one in flat_values(values))


def flat_values(values: Any) -> Any:
    """Yield values, and those in lists of them."""
    for one in values:
        if isinstance(one, list | tuple):
            yield from (inner for inner in one if not isinstance(inner, list | tuple))
        else:
            yield one


def is_module(value: Any) -> bool:
    """Return whether a value is a module: a layer, a container, an object of a class of the text, or a model."""
    return isinstance(value, LibraryLayer | Container | Instance | GraphModel)


def are_small(values: Sequence[Any]) -> bool:
    """Return whether numbers may be computed with: neither too large nor too many."""
    flat = list(flat_values(values))
    return len(flat) < 10_000 and all(
        isinstance(one, int | float) and (isinstance(one, float) or abs(one) < 10**6) for one in flat
    )


def children_of(value: Any) -> dict[str, Any]:
    """Return the modules that a module holds directly, by name; lists of them count as well."""
    if isinstance(value, Container):
        return {key: one for key, one in value.children.items() if is_module(one)}
    if not isinstance(value, Instance):
        return {}
    found: dict[str, Any] = {}
    for key, one in value.names.items():
        if key.startswith("\0"):
            continue
        if is_module(one):
            found[key] = one
        elif isinstance(one, list | tuple):
            found |= {f"{key}.{number}": inner for number, inner in enumerate(one) if is_module(inner)}
    return found


def modules_within(value: Any) -> list[tuple[str, Any]]:
    """Return a module and all within it with their names, each once."""
    found: list[tuple[str, Any]] = []
    seen: set[int] = set()
    waiting = [("", value)]
    while waiting:
        name, one = waiting.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        found.append((name, one))
        waiting += [(f"{name}.{key}" if name else key, inner) for key, inner in reversed(children_of(one).items())]
    return found


def named_modules(value: Any) -> dict[int, str]:
    """Return the name of each module within one, by its identity; a class that extends a layer is that layer too."""
    found = {id(one): name for name, one in modules_within(value)}
    extended = [(one.names["\0layer"], name) for name, one in modules_within(value) if extends_layer(one)]
    return found | {id(one): name for one, name in extended}


def extends_layer(value: Any) -> bool:
    """Return whether a value is an object of a class of the text that inherits from a layer of a library."""
    return isinstance(value, Instance) and "\0layer" in value.names


def copied(value: Any, reader: Reader) -> Any:
    """Return a copy of a module with layers of its own, counting steps, since modules may hold others twice."""
    reader.tick(count=4)
    if isinstance(value, LibraryLayer):
        return LibraryLayer(value.path, value.described, value.arguments, value.place, value.why)
    if isinstance(value, Container):
        return Container(value.path, {key: copied(one, reader) for key, one in value.children.items()})
    if isinstance(value, Instance):
        return Instance(value.made_of, {key: copied(one, reader) for key, one in value.names.items()})
    return [copied(one, reader) for one in value] if isinstance(value, list) else value


def register(module: Instance, arguments: Sequence[Any], named: Mapping[str, Any]) -> None:
    """Take a tensor that a module registers as its attribute."""
    given = [*arguments, *(value for key, value in named.items() if key in ("tensor", "param"))]
    name = named.get("name", given[0] if given else None)
    if isinstance(name, str) and given:
        module.names[name] = given[-1] if len(given) > 1 or "name" in named else None


def dims_of_list(value: Any) -> tuple[int, ...]:
    """Return the shape of a tensor that is made of a list of lists of numbers; none for anything else."""
    dims: list[int] = []
    while isinstance(value, list | tuple) and len(dims) < 8:
        if not value:
            return ()
        dims.append(len(value))
        value = value[0]
    return tuple(dims) if not isinstance(value, Unknown | Traced) else ()


def renumbered(children: dict[str, Any]) -> dict[str, Any]:
    """Return modules with numbers from 0 where their names are numbers, as containers have them."""
    is_row = all(name.isdecimal() for name in children)
    return {str(number): one for number, one in enumerate(children.values())} if is_row else dict(children)
