"""Functions that libraries have for tensors, by their names, and how their arguments are bound."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from convanim.frameworks.models.graph import Dims
from convanim.frameworks.programs.trace import Trace
from convanim.frameworks.programs.values import Traced

Bound = dict[str, Any]
Run = Callable[[Trace, Bound], Any]
"""The trace and the arguments by name to what a function makes."""

_SAME_NAMES = {
    "axis": "dim",
    "axes": "dim",
    "dims": "dim",
    "perm": "dim",
    "keepdims": "keepdim",
    "keep_dims": "keepdim",
    "input": "x",
    "inputs": "x",
    "self": "x",
    "a": "x",
    "tensors": "x",
    "values": "x",
    "input_tensor": "x",
    "logits": "x",
    "arrays": "x",
    "xs": "x",
    "newshape": "shape",
    "dimension": "dim",
    "num_or_size_splits": "sizes",
    "indices_or_sections": "sizes",
    "paddings": "pad",
    "pad_width": "pad",
    "images": "x",
}
"""What libraries call the same argument, and one name for it."""


def bind(text: str, arguments: Sequence[Any], named: Mapping[str, Any]) -> dict[str, Any]:
    """Return arguments by the names that a text lists with their defaults, ``*name`` for all that are left.

    Raises
    ------
    LookupError
        If one is missing.
    """
    found: dict[str, Any] = {}
    given = {_SAME_NAMES.get(name, name): value for name, value in named.items()}
    rest = list(arguments)
    for word in text.split():
        name, has_default, default = word.partition("=")
        if name.startswith("*"):
            many = rest[0] if name == "*x" and len(rest) == 1 and isinstance(rest[0], list | tuple) else rest
            found[name[1:]] = tuple(many) if rest or name[1:] not in given else given[name[1:]]
            rest = []
        elif rest:
            found[name] = rest.pop(0)
        elif name in given:
            found[name] = given[name]
        elif has_default:
            found[name] = None if default == "None" else int(default) if default.lstrip("-").isdigit() else default
        else:
            raise LookupError(name)
    return found


FUNCTIONS: dict[str, tuple[str, Run]] = {}
"""Functions by their last names: their arguments, and what they make."""


def function(names: str, text: str) -> Callable[[Run], Run]:
    """Return a decorator that adds a function under its names, with a text that lists its arguments."""

    def register(run: Run) -> Run:
        for name in names.split():
            FUNCTIONS[name] = (text, run)
        return run

    return register


def axis_of(dim: Any, rank: int) -> int:
    """Return an axis as a number from 0."""
    return range(rank)[operator.index(dim)]


def axes_of(dim: Any, rank: int) -> list[int]:
    """Return axes as numbers from 0: all where none are given."""
    if dim is None or (isinstance(dim, list | tuple) and not dim):
        return list(range(rank))
    return [axis_of(one, rank) for one in (dim if isinstance(dim, list | tuple) else (dim,))]


def sizes_of(values: Any) -> list[int]:
    """Return the whole numbers of a shape, which may be given one by one or as a list."""
    flat = values[0] if len(values) == 1 and isinstance(values[0], list | tuple) else values
    return [operator.index(one) for one in flat]


def tensors_of(values: Any) -> list[Traced]:
    """Return tensors that are given one by one or as a list.

    Raises
    ------
    TypeError
        If anything among them is no tensor.
    """
    found = (
        values[0] if isinstance(values, tuple) and len(values) == 1 and isinstance(values[0], list | tuple) else values
    )
    many = list(found)
    if not many or not all(isinstance(one, Traced) for one in many):
        raise TypeError("they are not all tensors")
    return many


def dims_of(value: Traced) -> Dims:
    """Return the shape of a tensor.

    Raises
    ------
    TypeError, ValueError
        If it is no tensor, or its shape is not known.
    """
    if not isinstance(value, Traced):
        raise TypeError("it is no tensor")
    if value.dims is None:
        raise ValueError(value.why)
    return value.dims
