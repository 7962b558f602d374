"""Files of Keras: the configuration that a ``.keras`` file holds, as JSON, to the layers of its model."""

from __future__ import annotations

import ast
import json
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from convanim.base.errors import ConvanimError
from convanim.frameworks.models.model import Model
from convanim.frameworks.programs.assumed_inputs import tried
from convanim.frameworks.programs.live import world_of
from convanim.frameworks.programs.reading import model_of
from convanim.frameworks.programs.values import Library, Traced, Unknown
from convanim.frameworks.source import Place

_MOST_BYTES = 5_000_000
"""Of a configuration."""

_CONFIGURATION = "config.json"
_HERE = ast.Pass(lineno=1, col_offset=0)
_PLACE = Place(1, 1)


def read_keras_file(path: Path, size: Sequence[int] | None) -> Model:
    """Return the layers of the model that a ``.keras`` file holds; its weights are not read.

    Parameters
    ----------
    path : Path
        Of the file.
    size : sequence of int or None
        (rows, columns) of the input, where the file leaves them open.

    Raises
    ------
    ConvanimError
        If it is no such file, or holds a model of the user's own class.
    """
    model = _configuration(path)
    kind, its = model.get("class_name"), model.get("config")
    layers = its.get("layers") if isinstance(its, dict) else None
    if kind not in ("Sequential", "Functional", "Model") or not isinstance(its, dict) or not isinstance(layers, list):
        if not isinstance(kind, str):
            raise ConvanimError("model", repr(path.name), "is no .keras file, or not a whole one")
        said = kind[:40]
        raise ConvanimError(
            "model", repr(path.name), "holds a {}, whose layers are not in the file; give its source", said
        )
    name = str(its.get("name") or path.stem)
    return tried(lambda axes, channels: _walked(layers, name, size, channels, kind == "Sequential"), 0)


def _configuration(path: Path) -> Mapping[str, Any]:
    told = repr(path.name)
    try:
        with zipfile.ZipFile(path) as archive:
            about = archive.getinfo(_CONFIGURATION)
            if about.file_size > _MOST_BYTES:
                raise ConvanimError("model", told, f"has a configuration of more than {_MOST_BYTES:,} bytes")
            with archive.open(about) as file:
                found = json.loads(file.read(_MOST_BYTES + 1))
    except (
        OSError,
        KeyError,
        ValueError,
        RecursionError,
        zipfile.BadZipFile,
        NotImplementedError,
        RuntimeError,
    ) as error:
        if isinstance(error, ConvanimError):
            raise
        raise ConvanimError("model", told, "is no .keras file, or not a whole one") from error
    if not isinstance(found, dict):
        raise ConvanimError("model", told, "is no .keras file, or not a whole one")
    return found


def _walked(layers: Sequence[Any], name: str, size: Sequence[int] | None, channels: int, is_sequence: bool) -> Model:
    asked = None if size is None else tuple(size)
    world = world_of(True, asked or (), channels)
    world.size = asked
    values: dict[str, Any] = {}
    last: Any = Unknown("the input of the first layer")
    for one in layers:
        if not isinstance(one, dict) or not isinstance(one.get("config"), dict):
            raise ConvanimError("model", repr(name), "has a layer that is damaged")
        its, kind = one["config"], str(one.get("class_name"))
        called = str(its.get("name") or one.get("name") or kind)
        if kind == "InputLayer":
            last = _input(world, its)
        else:
            given = [last] if is_sequence else _given(one.get("inbound_nodes"), values)
            layer = world.call(Library(f"keras.layers.{kind}"), (), its, _PLACE)
            last = world.reader.call(layer, given, {}, _HERE)
        values[called] = last
    return model_of(world.trace, name)


def _input(world: Any, its: Mapping[str, Any]) -> Any:
    shape = its.get("batch_shape") or its.get("batch_input_shape")
    if not isinstance(shape, list) or len(shape) < 2:
        return Unknown("the shape of an input")
    if len(shape) == 2:
        return world.trace.constant((1, shape[1] if isinstance(shape[1], int) else 1))
    return world.image(shape[1:-1], shape[-1])


def _given(nodes: Any, values: Mapping[str, Any]) -> list[Any]:
    """Return what goes into a layer the first time that it is applied."""
    first = nodes[0] if isinstance(nodes, list) and nodes else {}
    return [_found(one, values) for one in first.get("args", [])] if isinstance(first, dict) else []


def _found(value: Any, values: Mapping[str, Any]) -> Any:
    if isinstance(value, list):
        return [_found(one, values) for one in value]
    if isinstance(value, dict) and value.get("class_name") == "__keras_tensor__":
        history = value.get("config", {}).get("keras_history", [None])
        found = values.get(str(history[0]))
        return found if isinstance(found, Traced) else Unknown(f"what {history[0]} makes")
    return value
