"""Helpers for the writers of all frameworks: code or the reason for its absence, and spelling of arguments."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from convanim.base.options import Pair
from convanim.base.records import dataclass
from convanim.layers import Layer

NUMPY_PADDING = {"zeros": "constant", "reflect": "reflect", "replicate": "edge", "circular": "wrap"}
"""Our padding modes, with those of ``np.pad``, whose words others took over."""


@dataclass(frozen=True)
class Code:
    """One expression, or several through which data passes in order.

    Attributes
    ----------
    parts : tuple of str
        The expressions.
    note : str
        What they do not say, as a comment behind them.
    alone : str
        Why it can stand in no sequence of layers, if it cannot.
    """

    parts: tuple[str, ...]
    note: str = ""
    alone: str = ""


@dataclass(frozen=True)
class NoCode:
    """The reason why a framework has no such layer.

    Attributes
    ----------
    why : str
        A sentence without its full stop, with a workaround if there is one.
    """

    why: str


Written = Code | NoCode
Writer = Callable[[Any], Written]


def call(name: str, positional: Sequence[str], named: Mapping[str, str]) -> str:
    """Return a call, without keyword arguments that are empty."""
    return f"{name}({', '.join([*positional, *(f'{key}={said}' for key, said in named.items() if said)])})"


def symmetric(padding: tuple[Pair, ...]) -> tuple[int, ...] | None:
    """Return the padding of each axis, or None if the two ends of an axis differ."""
    return tuple(low for low, _ in padding) if all(low == high for low, high in padding) else None


def shared(values: tuple[float, ...]) -> str:
    """Return values as text, as one number if all are equal."""
    return str(values[0]) if len(set(values)) == 1 else str(values)


def unless(values: tuple[int, ...], usual: int) -> str:
    """Return values as text, empty if all are the default."""
    return "" if set(values) == {usual} else shared(values)


def pads_last_axis_first(padding: tuple[Pair, ...]) -> str:
    """Return padding in the order of PyTorch's padding layers, which begins with the last axis."""
    return str(tuple(end for pair in reversed(padding) for end in pair))


def has_padding(layer: Layer) -> bool:
    """Return whether a layer pads any end of any axis."""
    return any(end for pair in layer.padding for end in pair)


def overhangs(layer: Layer) -> bool:
    """Return whether the last window of an axis hangs over the end."""
    return any((axis.output - 1) * axis.stride + axis.reach > axis.extent for axis in layer.axes)


def told(layers: tuple[Layer, ...], writers: Mapping[Any, Writer]) -> tuple[str, ...] | NoCode:
    """Return the expressions of layers in order, or the reason why one has none."""
    made = each_of(layers, writers)
    return made if isinstance(made, NoCode) else tuple(part for code in made for part in code.parts)


def each_of(layers: tuple[Layer, ...], makers: Mapping[Any, Callable[[Any], Any]]) -> list[Any] | NoCode:
    """Return the result of its kind's maker for each layer, or the reason why one has none."""
    found = []
    for number, layer in enumerate(layers, 1):
        make = next((make for kind, make in makers.items() if isinstance(layer, kind)), _unknown)
        made = make(layer)
        if isinstance(made, NoCode):
            return NoCode(f"layer {number}: {made.why}") if len(layers) > 1 else made
        found.append(made)
    return found


def in_no_sequence(made: Sequence[Code]) -> NoCode | None:
    """Return the reason why some code can stand in no sequence of layers, if there is one."""
    said = (
        f"layer {number}: {code.alone}, and stands in no sequence" for number, code in enumerate(made, 1) if code.alone
    )
    return next(map(NoCode, said), None)


def _unknown(layer: Layer) -> NoCode:
    return NoCode(f"nobody has said how {layer.title} is written there")


def _comments(notes: Sequence[str]) -> str:
    """Return the notes of layers as a comment, with the number of each layer if there are several."""
    said = [f"layer {number}: {note}" if len(notes) > 1 else note for number, note in enumerate(notes, 1) if note]
    return f"  # {'; '.join(said)}" if said else ""


def in_sequence(
    writers: Mapping[Any, Writer], sequence: Callable[[tuple[str, ...]], str]
) -> Callable[[tuple[Layer, ...]], str | NoCode]:
    """Return a function that writes layers in order, as one expression or as a sequence."""

    def write(layers: tuple[Layer, ...]) -> str | NoCode:
        made = each_of(layers, writers)
        if isinstance(made, NoCode):
            return made
        parts = tuple(part for code in made for part in code.parts)
        if len(parts) > 1 and (refused := in_no_sequence(made)):
            return refused
        code = parts[0] if len(parts) == 1 else sequence(parts)
        return f"{code}{_comments([one.note for one in made])}"

    return write
