"""Layers as the library's own classes in Python."""

from __future__ import annotations

import inspect

from convanim.frameworks.writing.spelling import Code, symmetric
from convanim.layers import Chain, Layer

_PAIRED = "padding"


def write(layer: Layer) -> Code:
    """Return the constructor of a layer; parameters at their usual values are left out."""
    told = []
    for name, parameter in inspect.signature(type(layer)).parameters.items():
        value = getattr(layer, name)
        usual = parameter.default
        if name == "stride" and usual is None:
            usual = layer.kernel_size
        same = (usual,) * layer.dims if isinstance(usual, int) and not isinstance(usual, bool) else usual
        if name == _PAIRED:
            even = symmetric(layer.padding)
            value = layer.padding if even is None else even
        if value not in (usual, same) or usual is inspect.Parameter.empty:
            told.append(f"{name}={value!r}")
    return Code((f"convanim.{type(layer).__name__}({', '.join(told)})",))


def sequence(parts: tuple[str, ...]) -> str:
    """Return constructors in order as a chain."""
    if len(parts) == 1:
        return parts[0]
    return f"convanim.{Chain.__name__}([\n" + "".join(f"    {one},\n" for one in parts) + "])"
