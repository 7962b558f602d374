"""The short form of a layer, such as ``conv k3 p1``, and the text form of its parameters."""

from __future__ import annotations

import inspect
import re
from collections import ChainMap
from collections.abc import Callable, Container, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from convanim.base.errors import ConvanimError
from convanim.base.options import one_of, parse, parse_numbers, parse_whole
from convanim.layers import OPERATIONS, SEPARABLES, Chain, Layer
from convanim.layers.parameters import LETTERS, PARAMETERS
from convanim.layers.wanted_sizes import least_input

_KINDS: ChainMap[str, type[Any]] = ChainMap(cast(dict[str, type[Any]], SEPARABLES), OPERATIONS)
"""Every operation and pair of layers that has a short form, including registered ones."""

_SPEC = "layer"
_LETTER = re.compile(r"([a-z])([0-9].*)", re.ASCII)
_FLAGS = {"true": True, "yes": True, "false": False, "no": False}
_COUNTS = tuple(one.name for one in PARAMETERS.values() if one.is_count)
"""Parameters that are written as numbers without a name, in this order."""


@dataclass(frozen=True)
class Spec:
    """A layer without its input size.

    Attributes
    ----------
    operation : str
        A key of ``OPERATIONS``.
    parameters : dict
        The parameters by name.
    kernel : str or None
        The text after ``kernel=``: a name, or rows of numbers.
    """

    operation: str
    parameters: dict[str, Any]
    kernel: str | None = None

    def sized(self, kernel_size: tuple[int, ...]) -> Spec:
        """Return a copy with a kernel size, if none is written."""
        return replace(self, parameters={"kernel_size": kernel_size, **self.parameters})

    def fed(self, channels: int) -> Spec:
        """Return a copy for a number of input channels, if none are written; pairs of layers stay as they are."""
        if self.operation not in OPERATIONS:
            return self
        return replace(self, parameters=OPERATIONS[self.operation].fed(channels, self.parameters))

    def of_cells(self, mask: NDArray[np.bool_] | None) -> Spec:
        """Return the layer with its active cells, if those are not written and a mask says which are made before it."""
        if mask is None or "active" in self.parameters or "active" not in parameters_named(self.operation):
            return self
        return replace(self, parameters={**self.parameters, "active": np.argwhere(mask).tolist()})

    def layer(self, input_size: tuple[int, ...]) -> Layer | Chain:
        """Return the layer for an input size.

        Raises
        ------
        ConvanimError
            If there is no such layer.
        """
        build: Callable[..., Layer | Chain] = _KINDS[self.operation]
        for name, its in inspect.signature(build).parameters.items():
            if its.default is inspect.Parameter.empty and name not in ("input_size", *self.parameters):
                raise ConvanimError(name, "", f"is missing; write {_form(name)}")
        return build(input_size=input_size, **self.parameters)


def parameters_named(operation: str) -> tuple[str, ...]:
    """Return the names of an operation's parameters except the input size."""
    return tuple(name for name in inspect.signature(_KINDS[operation]).parameters if name != "input_size")


def parse_parameter(operation: str, name: str, text: str) -> Any:
    """Return the value of an operation's parameter from its text form.

    Raises
    ------
    ConvanimError
        If the text is not understood.
    """
    takes = PARAMETERS[name].takes
    if takes == "word":
        return text
    if takes == "list":
        return tuple(parse_whole(name, part) for part in re.split(r"[\s,;]+", text.strip()))
    if takes == "numbers":
        return parse_numbers(name, text)
    if takes == "whole":
        return parse_whole(name, text)
    if takes == "flag":
        return _FLAGS[one_of(name, text.lower(), _FLAGS)]
    words = _KINDS[operation].padding_words if name == "padding" else ()
    return parse(name, text, words, takes == "pairs")


def parts_of_chain(text: str) -> tuple[str, ...]:
    """Return the short forms of the layers of a chain, which ``>`` separates; one if there is no ``>``.

    Examples
    --------
    >>> parts_of_chain("conv k3 p1 > max-pool k2")
    ('conv k3 p1', 'max-pool k2')
    """
    return tuple(part.strip() for part in text.replace("→", ">").split(">"))


def parse_layer(text: str) -> Spec:
    """Return the layer that a short form describes.

    The operation comes first; then, in any order, a letter and a number
    (``k3``, ``s2``, ``p0:1``, ``d2``, ``a1``, ``g2``), a number alone for the
    channels (``conv 16 32 k3``), a word for the padding (``same``,
    ``causal``), a parameter by its name
    (``kernel_size=3``, ``padding=same``, ``padding_mode=reflect``), the name
    alone of one that is on or off (``ceil_mode``), or the weights
    (``kernel=sobel-x``, ``kernel=1,0;0,1``).

    Raises
    ------
    ConvanimError
        If a part is not understood, comes twice, or is no parameter of the
        operation.

    Examples
    --------
    >>> parse_layer("conv k3 padding=1").parameters
    {'kernel_size': 3, 'padding': 1}
    """
    words = text.split()
    if not words:
        raise ConvanimError(_SPEC, repr(text), "is empty; write an operation and its parameters such as conv k3 p1")
    operation = one_of("operation", words[0].lower(), [name.replace("_", "-") for name in _KINDS]).replace("-", "_")
    known = list(parameters_named(operation))
    parameters: dict[str, Any] = {}
    kernel = None
    for word in words[1:]:
        name, value = _split(word, _KINDS[operation].padding_words)
        if word.isascii() and word.isdigit():
            counts = [one for one in _COUNTS if one in known and one not in parameters]
            name, value = (counts[0], word) if counts else (word, "")
        if name == "kernel" and kernel is None and "=" in word and value and _KINDS[operation].is_weighted:
            kernel = value
            continue
        if name not in known or not value or name in parameters:
            raise ConvanimError(_SPEC, repr(text), f"cannot take {{}}; {_allowed(known)}, each once", repr(word))
        try:
            parameters[name] = parse_parameter(operation, name, value)
        except ConvanimError as error:
            raise ConvanimError(_SPEC, repr(text), "{}", error) from error
    if "kernel_size" not in parameters and kernel is None and "kernel_size" in known:
        raise ConvanimError(_SPEC, repr(text), "has no kernel size; write one such as k3")
    return Spec(operation, parameters, kernel)


def chain_of(input_size: tuple[int, ...], specs: Iterable[Spec], kernels: Iterable[object] = ()) -> Chain:
    """Return the chain of some layers for an input size.

    Raises
    ------
    ConvanimError
        If one of the layers is not possible; the message gives its number.
    """
    found = tuple(specs)
    try:
        layers = tuple(_layers(input_size, found))
    except ConvanimError as error:
        inner = error.__cause__
        if error.value == 1 or not isinstance(inner, ConvanimError):
            raise
        least = least_input(input_size, lambda size: list(_layers(size, found))) if inner.needs_input else ""
        raise ConvanimError(_SPEC, error.value, "{}" + least, inner.behind_others()) from inner
    return Chain(layers, tuple(kernels) or None)


def _layers(input_size: tuple[int, ...], specs: Iterable[Spec]) -> Iterator[Layer]:
    """Yield the layers of a chain, each for the output of the one before; an error gives the layer's number."""
    size, channels, mask = input_size, None, None
    for number, spec in enumerate(specs, 1):
        try:
            made = (spec if channels is None else spec.fed(channels)).of_cells(mask).layer(size)
        except ConvanimError as error:
            raise ConvanimError(_SPEC, number, "{}", error) from error
        layers = made.layers if isinstance(made, Chain) else (made,)
        size, channels, mask = layers[-1].output_size, layers[-1].grouping.out_channels, layers[-1].output_mask
        yield from layers


def _split(word: str, paddings: Container[str]) -> tuple[str, str]:
    """Return the parameter that a word names and its value; some words alone are a padding."""
    name, equals, value = word.partition("=")
    if equals:
        return LETTERS.get(name, name.replace("-", "_")), value
    if letter := _LETTER.fullmatch(word.lower()):
        return LETTERS.get(letter[1], letter[1]), letter[2]
    for padding in (word.lower(), word.lower().removeprefix("p")):
        if padding in paddings:
            return "padding", padding
    return word.replace("-", "_"), "true"


def _form(name: str) -> str:
    """Return a phrase on how to write a missing parameter."""
    letters = {name: letter for letter, name in LETTERS.items()}
    if name in _COUNTS:
        return "the channels as numbers alone, such as 16 32"
    return f"one such as {letters[name]}3"


def _allowed(known: list[str]) -> str:
    letters = {name: letter for letter, name in LETTERS.items()}
    forms = [f"{letters[name]}3 or {name}=3" if name in letters else name for name in known]
    return "write " + ", ".join(forms)
