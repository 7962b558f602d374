"""What the writers of all frameworks share: code or why there is none, and how its arguments are spelled."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from convanim.base.options import Pair
from convanim.layers import Layer


@dataclass(frozen=True)
class Code:
    """An expression, or several that data goes through in order.

    Attributes
    ----------
    parts : tuple of str
        The expressions.
    """

    parts: tuple[str, ...]


@dataclass(frozen=True)
class NoCode:
    """Why a framework has no such layer.

    Attributes
    ----------
    why : str
        A sentence without its stop, and what would do it, if anything does.
    """

    why: str


Written = Code | NoCode
Writer = Callable[[Any], Written]


def call(name: str, positional: Sequence[str], named: Mapping[str, str]) -> str:
    """Return a call; arguments that are empty are left out."""
    return f"{name}({', '.join([*positional, *(f'{key}={said}' for key, said in named.items() if said)])})"


def symmetric(padding: tuple[Pair, ...]) -> tuple[int, ...] | None:
    """Return the padding of each axis, None where its ends differ on one."""
    return tuple(low for low, _ in padding) if all(low == high for low, high in padding) else None


def shared(values: tuple[int, ...]) -> str:
    """Return values as one number where all are the same."""
    return str(values[0]) if len(set(values)) == 1 else str(values)


def unless(values: tuple[int, ...], usual: int) -> str:
    """Return values, or nothing where all are the usual one."""
    return "" if set(values) == {usual} else shared(values)


def pads_last_axis_first(padding: tuple[Pair, ...]) -> str:
    """Return the ends of the last axis, then of the one before it, as PyTorch's padding layers list them."""
    return str(tuple(end for pair in reversed(padding) for end in pair))


def has_padding(layer: Layer) -> bool:
    """Return whether any end of any axis is padded."""
    return any(end for pair in layer.padding for end in pair)


def overhangs(layer: Layer) -> bool:
    """Return whether a last window hangs over the end."""
    return any((axis.output - 1) * axis.stride + axis.reach > axis.extent for axis in layer.axes)


def told(layers: tuple[Layer, ...], writers: Mapping[Any, Writer]) -> tuple[str, ...] | NoCode:
    """Return the expressions of layers in order, or why one of them has none."""
    made = each_of(layers, writers)
    return made if isinstance(made, NoCode) else tuple(part for code in made for part in code.parts)


def each_of(layers: tuple[Layer, ...], makers: Mapping[Any, Callable[[Any], Any]]) -> list[Any] | NoCode:
    """Return what is made of each layer by the maker of its kind, or why there is none of one."""
    found = []
    for number, layer in enumerate(layers, 1):
        make = next((make for kind, make in makers.items() if isinstance(layer, kind)), _unknown)
        made = make(layer)
        if isinstance(made, NoCode):
            return NoCode(f"layer {number}: {made.why}") if len(layers) > 1 else made
        found.append(made)
    return found


def _unknown(layer: Layer) -> NoCode:
    return NoCode(f"nobody has said how {layer.title} is written there")


def in_sequence(
    writers: Mapping[Any, Writer], sequence: Callable[[tuple[str, ...]], str]
) -> Callable[[tuple[Layer, ...]], str | NoCode]:
    """Return what writes layers in order: a lone expression, or several in sequence."""

    def write(layers: tuple[Layer, ...]) -> str | NoCode:
        parts = told(layers, writers)
        if isinstance(parts, NoCode):
            return parts
        return parts[0] if len(parts) == 1 else sequence(parts)

    return write
