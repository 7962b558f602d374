"""The library's own classes, as they are written in Python."""

from __future__ import annotations

import inspect
from functools import partial

from convanim.frameworks.binding import Signature
from convanim.frameworks.kinds import Arguments, Framework, Input, Kind, Reach
from convanim.layers import OPERATIONS, SEPARABLES, Chain, Layer
from convanim.words.captions import FRAMEWORKS


def _build(made: type[Layer] | type[Chain], its: Arguments, given: Input) -> Layer | Chain:
    rest = {name: value for name, value in its.items() if name != "input_size"}
    return made(**{**rest, "input_size": given.size})


def _reach(its: Arguments) -> Reach:
    """Return the size of the input; one number is a square."""
    size = its["input_size"]
    return (size, size) if isinstance(size, int) else size, None


def _kind(made: type[Layer] | type[Chain]) -> Kind:
    return Kind(Signature(inspect.signature(made).parameters), build=partial(_build, made), reach=_reach)


KINDS: dict[str, Kind] = {made.__name__: _kind(made) for made in (*OPERATIONS.values(), *SEPARABLES.values())}
"""What each class is called."""

OWN = Framework(FRAMEWORKS["convanim"], KINDS, ("convanim",))
