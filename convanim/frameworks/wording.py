"""Errors about layers in the words of the framework whose code was read, with ways out that were tried."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import field, replace
from functools import partial
from typing import Any

from convanim.base.errors import ConvanimError
from convanim.base.options import LIMIT, Pair, padding_pairs, parse, quoted
from convanim.base.records import dataclass
from convanim.frameworks.binding import own_name
from convanim.frameworks.kinds import Arguments, Build, Input, Kind
from convanim.layers import Chain, Layer

_NAMED = re.compile(r"`(\w+)(?:=([^`]*))?`")
_SIZES = ("kernel_size", "stride", "padding", "dilation", "input_dilation", "output_padding", "scale_factor")
"""Parameters with one number an axis, by our names."""


@dataclass(frozen=True)
class Words:
    """How a framework writes what our messages advise.

    Attributes
    ----------
    padding : callable
        The value for padding with the given pairs, among other arguments.
    alone : frozenset of str
        Arguments of which a tuple may hold a single number for all axes.
    is_listed : bool
        Whether arguments are attributes of a graph, as in ``pads = [0, 0, 1, 1]``.
    examples : mapping
        Values for arguments that take neither their default nor a number such as 3.
    """

    padding: Callable[[tuple[Pair, ...], Arguments], Any]
    alone: frozenset[str] = frozenset()
    is_listed: bool = False
    examples: Mapping[str, str] = field(default_factory=dict)


def shown(value: Any, is_listed: bool) -> str:
    """Return a value as code, or as that of an attribute of a graph."""
    if is_listed and isinstance(value, str):
        return f'"{value}"' if value.isidentifier() else quoted(value)
    return quoted(list(value) if is_listed and isinstance(value, tuple) else value)


def code(name: str, value: Any, is_listed: bool) -> str:
    """Return an argument as code, or an attribute of a graph."""
    return f"{name} = {shown(value, True)}" if is_listed else f"{name}={shown(value, False)}"


def worded(words: Words, kinds: Mapping[str, Kind]) -> dict[str, Kind]:
    """Return kinds of layers whose errors are in the words of their framework."""
    return {name: _worded(words, kind) if kind.build or kind.edges else kind for name, kind in kinds.items()}


def _worded(words: Words, kind: Kind) -> Kind:
    its = replace(kind.signature, examples={**words.examples, **kind.signature.examples})
    return replace(kind, signature=its, build=kind.build and partial(_build, words, kind.build))


def _build(words: Words, build: Build, its: Arguments, given: Input) -> Layer | Chain:
    try:
        _refuse_miscounted(words, its, len(given.size))
        return build(its, given)
    except ConvanimError as error:
        raise _reworded(words, build, its, given, error) from error


def _refuse_miscounted(words: Words, its: Arguments, dims: int) -> None:
    """Raise an error for a tuple that has not one entry an axis, which frameworks refuse."""
    # Window dimensions and ONNX's pads and scales have entries for more than the axes, and lax says its own.
    for ours in () if "window_dimensions" in its else _SIZES:
        name = own_name(ours, its)
        value = its.get(name)
        if not isinstance(value, tuple) or name in ("pads", "scales", "window_strides", "lhs_dilation", "rhs_dilation"):
            continue
        if len(value) == dims or (len(value) == 1 and name in words.alone):
            continue
        first = value[0] if value and isinstance(value[0], int) else 1
        counts = sorted({dims} if words.is_listed else {1, dims})
        ways = [f"`{ours}={'x'.join([str(first)] * number)}`" for number in counts]
        said = " or ".join(f"{number} number{'s' * (number > 1)}" for number in counts)
        raise ConvanimError(ours, "", f"must be {said}, one an axis", ways=ways)


def _reworded(words: Words, build: Build, its: Arguments, given: Input, error: ConvanimError) -> ConvanimError:
    """Return an error with the framework's own names, and only with those ways out that the layer accepts."""
    own = own_name(error.option, its)
    told = error.value if its.get(own) is None or not _is_literal(its[own]) else shown(its[own], words.is_listed)

    def works(name: str, value: Any) -> bool:
        try:
            build({**its, name: value}, given)
        except ConvanimError:
            return False
        return True

    def named(match: re.Match[str]) -> str:
        name = own_name(match[1], its) or match[1]
        return name if match[2] is None else code(name, _parsed(words, match[1], match[2], its, given), words.is_listed)

    ways = []
    for way in error.ways:
        whole = _NAMED.fullmatch(way)
        if whole is None or whole[2] is None:
            ways.append(way if "`input_size`" in way else _NAMED.sub(named, way))
        elif name := own_name(whole[1], its):
            value = _parsed(words, whole[1], whole[2], its, given)
            ways += [code(name, value, words.is_listed)] if works(name, value) else []
    return ConvanimError(
        own or error.option, told, _NAMED.sub(named, error.reason), *error.told, ways=list(dict.fromkeys(ways))
    )


def _parsed(words: Words, name: str, text: str, its: Arguments, given: Input) -> Any:
    """Return the value that a framework writes for one in our short spelling."""
    try:
        value = parse(name, text, pairs=True)
    except ConvanimError:
        return text
    if name != "padding":
        is_each = words.is_listed and name in (*_SIZES, "output_shape") and isinstance(value, int)
        return (value,) * len(given.size) if is_each else value
    return words.padding(padding_pairs(name, value, len(given.size), least=-LIMIT), its)


def _is_literal(value: Any) -> bool:
    return all(map(_is_literal, value)) if isinstance(value, tuple) else isinstance(value, bool | int | float | str)
