"""Writing of layers as the code of a framework."""

from __future__ import annotations

from collections.abc import Callable

from convanim.base.later import Later
from convanim.base.options import one_of
from convanim.frameworks import ALIASES, FRAMEWORKS
from convanim.frameworks.spelling import NoCode
from convanim.layers import Chain, Layer

_ALONE: Later[Callable[[tuple[Layer, ...]], str | NoCode]] = Later({"torch": "convanim.frameworks.torch_writing:write"})
"""The writers of frameworks that most explanations name; what reads the code would take longer to import."""


def written(layer: Layer | Chain, framework: str) -> str | NoCode:
    """Return a layer or chain as the code of a framework, or the reason why there is none.

    Parameters
    ----------
    layer : Layer or Chain
        The layer or chain to write.
    framework : str
        A key of ``FRAMEWORKS``.

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
    name = one_of("as", ALIASES.get(framework, framework), FRAMEWORKS)
    write = _ALONE[name] if name in _ALONE else FRAMEWORKS[name].write
    if isinstance(layer, Chain) and layer.is_branched:
        from convanim.frameworks.branched import written_branches

        return written_branches(layer, name, write)
    return write(layer.layers if isinstance(layer, Chain) else (layer,))


def code_of(layer: Layer | Chain, framework: str) -> str:
    """Return a layer or chain as the code of a framework, or ``none:`` and the reason.

    Raises
    ------
    ConvanimError
        If there is no such framework.
    """
    found = written(layer, framework)
    return f"none: {found.why}" if isinstance(found, NoCode) else found
