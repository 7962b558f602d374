"""Reading and writing of the library's own classes as Python code."""

from __future__ import annotations

import inspect
from functools import partial

from convanim.frameworks.binding import Signature
from convanim.frameworks.kinds import Arguments, Framework, Input, Kind, Reach
from convanim.frameworks.spelling import Code, in_sequence, symmetric
from convanim.frameworks.wording import Words, worded
from convanim.layers import OPERATIONS, SEPARABLES, Chain, Layer
from convanim.words.captions import FRAMEWORKS


def _build(made: type[Layer] | type[Chain], its: Arguments, given: Input) -> Layer | Chain:
    rest = {name: value for name, value in its.items() if name != "input_size"}
    return made(**{**rest, "input_size": given.size})


def _reach(its: Arguments) -> Reach:
    """Return the size of the input; one number means a square."""
    size = its["input_size"]
    return (size, size) if isinstance(size, int) else size, None


def _kind(made: type[Layer] | type[Chain]) -> Kind:
    return Kind(Signature(inspect.signature(made).parameters), build=partial(_build, made), reach=_reach)


KINDS = worded(
    Words(lambda pairs, its: pairs, examples={"indices": "None", "output_size": "None"}),
    {made.__name__: _kind(made) for made in (*OPERATIONS.values(), *SEPARABLES.values())},
)
"""Every class by name."""


_PAIRED = "padding"


def write(layer: Layer) -> Code:
    """Return the constructor call of a layer, without parameters at their defaults."""
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
    """Return the constructor call of a chain of layers."""
    if len(parts) == 1:
        return parts[0]
    return f"convanim.{Chain.__name__}([\n" + "".join(f"    {one},\n" for one in parts) + "])"


OWN = Framework(FRAMEWORKS["convanim"], KINDS, ("convanim",), write=in_sequence({Layer: write}, sequence))
