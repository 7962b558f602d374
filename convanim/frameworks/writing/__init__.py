"""Layers written as code of a framework, or why it has no such layer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from convanim.base.options import one_of
from convanim.frameworks import ALIASES
from convanim.frameworks.writing import jax, keras, onnx, own, torch
from convanim.frameworks.writing.spelling import Code, NoCode, Writer
from convanim.layers import Chain, Layer

__all__ = ["LANGUAGES", "Code", "NoCode", "code_of", "written"]


def _told(layers: tuple[Layer, ...], writers: Mapping[Any, Writer]) -> tuple[str, ...] | NoCode:
    """Return the expressions of layers in order, or why one of them has none."""
    made = _each(layers, writers)
    return made if isinstance(made, NoCode) else tuple(part for code in made for part in code.parts)


def _each(layers: tuple[Layer, ...], makers: Mapping[Any, Callable[[Any], Any]]) -> list[Any] | NoCode:
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
    return NoCode(f"{layer.title} is no operation that is known of it")


def _in_sequence(
    writers: Mapping[Any, Writer], sequence: Callable[[tuple[str, ...]], str]
) -> Callable[[tuple[Layer, ...]], str | NoCode]:
    def write(layers: tuple[Layer, ...]) -> str | NoCode:
        parts = _told(layers, writers)
        if isinstance(parts, NoCode):
            return parts
        return parts[0] if len(parts) == 1 else sequence(parts)

    return write


def _onnx(layers: tuple[Layer, ...]) -> str | NoCode:
    nodes = _each(layers, onnx.NODES)
    return nodes if isinstance(nodes, NoCode) else onnx.graph(layers, nodes)


def _jax(layers: tuple[Layer, ...]) -> str | NoCode:
    parts = _told(layers, jax.WRITERS)
    return parts if isinstance(parts, NoCode) else jax.sequence(parts, layers)


LANGUAGES: dict[str, Callable[[tuple[Layer, ...]], str | NoCode]] = {
    "torch": _in_sequence(torch.WRITERS, torch.sequence),
    "keras": _in_sequence(keras.WRITERS, keras.sequence),
    "onnx": _onnx,
    "jax": _jax,
    "convanim": _in_sequence({Layer: own.write}, own.sequence),
}
"""What writes layers in order, by framework."""


def written(layer: Layer | Chain, framework: str) -> str | NoCode:
    """Return the code of a framework that is the same layer or chain, or why there is none.

    Parameters
    ----------
    layer : Layer or Chain
        What to write.
    framework : str
        A key of `LANGUAGES`.

    Raises
    ------
    ConvanimError
        If there is no such framework.

    Examples
    --------
    >>> from convanim.layers import Conv
    >>> written(Conv(6, 3, 2, "same-upper"), "keras")
    "layers.Conv2D(1, 3, strides=2, padding='same', use_bias=False)"
    """
    write = LANGUAGES[one_of("as", ALIASES.get(framework, framework), LANGUAGES)]
    return write(layer.layers if isinstance(layer, Chain) else (layer,))


def code_of(layer: Layer | Chain, framework: str) -> str:
    """Return the code of a framework that is the same layer or chain, or ``none:`` and why there is none.

    Raises
    ------
    ConvanimError
        If there is no such framework.
    """
    found = written(layer, framework)
    return f"none: {found.why}" if isinstance(found, NoCode) else found
