"""Objects of frameworks as layers of a trace: what is the same for modules of PyTorch and models of Keras."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

from convanim.base.errors import ConvanimError
from convanim.frameworks.kinds import Described
from convanim.frameworks.programs.interpreter import Interpreter
from convanim.frameworks.programs.libraries import Libraries
from convanim.frameworks.programs.library_names import canonical
from convanim.frameworks.programs.trace import Trace
from convanim.frameworks.programs.values import LibraryLayer, Native
from convanim.frameworks.source import Place

Describe = Callable[[Any], "Described | None"]
"""An object of a framework to the layer that it is, None where it is none that is known."""

HERE = ast.Pass(lineno=1, col_offset=0)
PLACE = Place(1, 1)
_ATTRIBUTES = ("dim", "start_dim", "end_dim", "in_features", "out_features", "axis", "units", "target_shape", "dims")
"""Attributes of layers without windows that say what they do."""


def world_of(channels_last: bool, size: tuple[int, ...], channels: int) -> Libraries:
    """Return libraries with a trace that nothing has been applied in yet; no channels are those that a layer takes."""
    trace = Trace(channels_last=channels_last, guessed=True, knows_channels=channels > 0)
    world = Libraries(trace, size, channels, "keras" if channels_last else "torch")
    world.is_open = False
    world.reader = Interpreter(world, {})
    return world


def layer_of_object(module: Any, home: str, describe: Describe) -> Any:
    """Return a module as a layer; of one without windows, its attributes."""
    name = type(module).__name__
    path = canonical(f"{home}.{name}")
    try:
        described = describe(module)
    except ConvanimError as error:
        return LibraryLayer(path, None, {}, PLACE, str(error))
    if described is not None and (described.kind.build or described.kind.edges):
        return LibraryLayer(path, described, dict(described.arguments), PLACE)
    if name == "Sequential" and described is None:
        return Native(name, lambda reader, node, arguments, named: arguments[0])
    held = {
        key: getattr(module, key) for key in _ATTRIBUTES if isinstance(getattr(module, key, None), int | tuple | list)
    }
    return LibraryLayer(path, None, held, PLACE)


def flat(value: Any) -> list[Any]:
    """Return values of a list, or one, as a list."""
    return list(value) if isinstance(value, tuple | list) else [value]


def first_line(error: Exception) -> str:
    """Return what an error says, no more than a line."""
    return (str(error).strip() or type(error).__name__).splitlines()[0][:80]
