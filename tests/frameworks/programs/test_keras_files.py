from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from convanim import ConvanimError, read_model


def saved(path: Path, configuration: Any) -> Path:
    """Write a file as Keras does, without weights."""
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("metadata.json", "{}")
        archive.writestr("config.json", configuration if isinstance(configuration, str) else json.dumps(configuration))
    return path


def layer(kind: str, name: str, *inputs: Any, **config: Any) -> dict[str, Any]:
    """Return a layer of a functional model as its file has it."""
    return {
        "class_name": kind,
        "name": name,
        "config": {"name": name, "trainable": True, "dtype": "float32", **config},
        "inbound_nodes": [{"args": list(inputs), "kwargs": {}}] if inputs else [],
    }


def tensor(name: str) -> dict[str, Any]:
    """Return the output of a layer as a file names it."""
    return {"class_name": "__keras_tensor__", "config": {"shape": [None], "keras_history": [name, 0, 0]}}


INPUT = layer("InputLayer", "image", batch_shape=[None, None, None, 3])
CONV = {"filters": 4, "kernel_size": [3, 3], "padding": "same", "data_format": "channels_last", "groups": 1}


def functional(*layers: dict[str, Any]) -> dict[str, Any]:
    """Return a functional model's configuration."""
    return {"class_name": "Functional", "config": {"name": "net", "layers": list(layers)}}


def test_a_functional_model_has_its_branches(tmp_path: Path) -> None:
    model = functional(
        INPUT,
        layer("Conv2D", "a", tensor("image"), **CONV),
        layer("Conv2D", "b", tensor("a"), **CONV),
        layer("Concatenate", "both", [tensor("a"), tensor("b")], axis=-1),
        layer("Conv2D", "c", tensor("both"), **CONV),
    )
    found = read_model(saved(tmp_path / "net.keras", model), 8)
    assert [entry.name for entry in found.entries] == ["a", "b", "c"]
    assert [entry.layer and entry.layer.grouping.in_channels for entry in found.entries] == [3, 4, 8]
    assert found.entries[-1].receptive_field == (7, 7)


def test_a_sequence_says_its_input(tmp_path: Path) -> None:
    start = layer("InputLayer", "image", batch_shape=[None, 9, 7, 1])
    model = {"class_name": "Sequential", "config": {"name": "net", "layers": [start, layer("Conv2D", "a", **CONV)]}}
    assert read_model(saved(tmp_path / "net.keras", model)).inputs[0].dims == (1, 9, 7, 1)


@pytest.mark.parametrize(
    ("configuration", "message"),
    [
        ("no json", "is no .keras file, or not a whole one"),
        ("[" * 100_000, "is no .keras file, or not a whole one"),
        ("[]", "is no .keras file, or not a whole one"),
        ({"class_name": "Mine", "config": {}}, "holds a Mine, whose layers are not in the file; give its source"),
        (functional(INPUT), "applies no layer that moves a window"),
        ({"class_name": "Functional", "config": {"layers": [3]}}, "has a layer that is damaged"),
    ],
    ids=str,
)
def test_other_files_are_refused_in_a_sentence(configuration: Any, message: str, tmp_path: Path) -> None:
    with pytest.raises(ConvanimError, match=message):
        read_model(saved(tmp_path / "net.keras", configuration), 8)


def test_what_is_no_archive_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "net.keras"
    path.write_bytes(b"PK\x03\x04" + b"x" * 100)
    with pytest.raises(ConvanimError, match=r"is no \.keras file, or not a whole one"):
        read_model(path)
