from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.gathering import gathered

pytest.importorskip("onnx")

from convanim.base.errors import ConvanimError
from convanim.frameworks.models import read_model, table, to_dict, weights_of
from convanim.frameworks.models.graph import shown
from tests.frameworks.models.making import graph, node, saved, tiny

MOST_SECONDS = 3
"""Of work, whatever else the machine has to do; it takes less than a second."""


def varint(number: int) -> bytes:
    """Return a number as protocol buffers write it."""
    found = bytearray()
    while number > 127:
        found.append(number & 127 | 128)
        number >>= 7
    return bytes((*found, number))


def field(number: int, content: bytes) -> bytes:
    """Return a field of a message that holds bytes."""
    return varint(number << 3 | 2) + varint(len(content)) + content


def nested(depth: int) -> bytes:
    """Return a graph in a node of a graph, and so on."""
    content = b""
    for _ in range(depth):
        content = field(1, field(4, b"If") + field(5, field(6, content)))
    return field(7, content)


def functions(count: int) -> bytes:
    """Return functions that each call the one before twice."""
    own = [field(25, field(1, b"f%d" % n) + 2 * field(7, field(4, b"f%d" % (n - 1)))) for n in range(count)]
    return b"".join(own) + field(7, field(1, field(4, b"f%d" % (count - 1))))


RUBBISH: dict[str, Callable[[], bytes]] = {
    "nothing": lambda: b"",
    "zeros": lambda: bytes(10**7),
    "brackets": lambda: b"[" * 10**7,
    "line ends": lambda: b"\n" * 10**7,
    "random": lambda: np.random.default_rng(0).bytes(10**7),
    "empty nodes": lambda: field(7, b"\x0a\x00" * 10**6),
    "empty tensors": lambda: field(7, b"\x2a\x00" * 10**6),
    "empty attributes": lambda: field(7, field(1, b"\x2a\x00" * 10**6)),
    "a long number": lambda: b"\x3a" + b"\xff" * 30,
    "no graph": lambda: b"\x08\x08",
    "a graph of nothing": lambda: field(7, b""),
    "many nodes": lambda: field(7, field(1, field(4, b"Relu")) * 40_000),
    "many inputs": lambda: field(7, field(1, field(1, b"x") * 5_000 + field(4, b"Sum"))),
    "a text": lambda: b"import os\n" * 1000,
}


@pytest.mark.parametrize("name", RUBBISH)
def test_rubbish_is_refused_at_once(name: str, tmp_path: Path) -> None:
    path = tmp_path / "rubbish.onnx"
    path.write_bytes(RUBBISH[name]())
    start = time.process_time()
    with pytest.raises(ConvanimError, match=r"model .*rubbish.onnx': (is not an ONNX model|has )"):
        read_model(path)
    assert time.process_time() - start < MOST_SECONDS


def test_every_beginning_of_a_model_is_refused_or_read(tmp_path: Path) -> None:
    content = tiny().SerializeToString()
    path = tmp_path / "part.onnx"
    for length in range(0, len(content), 7):
        path.write_bytes(content[:length])
        with pytest.raises(ConvanimError):
            read_model(path, 8)


def test_what_is_no_file_is_named(tmp_path: Path) -> None:
    for path, problem in (
        (tmp_path, "is not a file"),
        (tmp_path / "none.onnx", r"cannot be read \(no such file"),
        (Path("a\0b"), "cannot be read"),
    ):
        with pytest.raises(ConvanimError, match=problem):
            read_model(path)


def test_a_pipe_and_a_file_that_is_too_large_are_not_read(tmp_path: Path) -> None:
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe")
        with pytest.raises(ConvanimError, match="is not a file"):
            read_model(tmp_path / "pipe")
    large = tmp_path / "large.onnx"
    large.touch()
    os.truncate(large, 2**31 + 1)
    with pytest.raises(ConvanimError, match="at most 2147483648 are read"):
        read_model(large)


@pytest.mark.parametrize("content", [nested(20), nested(3000), functions(60)], ids=["deep", "deepest", "functions"])
def test_graphs_in_nodes_and_functions_are_not_opened(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "nested.onnx"
    path.write_bytes(content)
    model = read_model(path)
    assert model.entries == ()
    assert "not read" in model.notes[-1]


CONV: dict[str, Any] = {
    "strides": [1, 1],
    "pads": [0, 0, 0, 0],
    "dilations": [1, 1],
    "kernel_shape": [3, 3],
    "group": 1,
}
WRONG: list[dict[str, Any]] = [
    {"strides": [0, 0]},
    {"strides": [-1, 2**62]},
    {"kernel_shape": [3] * 100},
    {"kernel_shape": [2**62, 2**62]},
    {"pads": [2**62] * 4},
    {"pads": "\x1b[31mred"},
    {"pads": [-5, 0, 0, 0]},
    {"dilations": [2**40, 1]},
    {"group": 0},
    {"group": 2**62},
    {"group": [1, 1]},
    {"auto_pad": "SAME_\n\x1b[2J"},
    {"strides": 1.5},
]


@gathered("wrong", WRONG, ids=str)
@gathered("operation", ["Conv", "ConvTranspose"])
def test_wrong_attributes_leave_an_entry_that_says_why(operation: str, wrong: dict[str, Any], tmp_path: Path) -> None:
    model = graph([node(operation, "x w", "y", **{**CONV, **wrong})], [1, 1, 8, 8], {"w": (1, 1, 3, 3)})
    (entry,) = read_model(saved(model, tmp_path)).entries
    assert entry.layer is None
    assert entry.why.isprintable()
    assert len(entry.why) < 300


@pytest.mark.parametrize(
    "wrong",
    [
        node("LayerNormalization", "x w x", "y rest", axis=2**31),
        node("Softmax", "x", "y", axis=-(2**63)),
        node("Split", "x", "y rest", num_outputs=1),
        node("Split", "x", "y rest", num_outputs=2**31),
        node("Attention", "x w x w x w", "y", kv_num_heads=7, q_num_heads=7),
    ],
    ids=lambda wrong: wrong.op_type,
)
def test_attributes_that_would_end_the_program_leave_sizes_unknown(wrong: Any, tmp_path: Path) -> None:
    model = graph([wrong, node("Conv", "y w", "z", **CONV)], [1, 1, 8, 8], {"w": (1, 1, 3, 3)})
    model.opset_import[0].version = 23
    (entry,) = read_model(saved(model, tmp_path)).entries
    assert entry.why == f"the size of its input y, which {wrong.op_type} makes, is not known"


def test_a_part_of_no_size_leaves_the_others_unknown(tmp_path: Path) -> None:
    nodes = [node("Split", "x parts", "a b"), node("Conv", "a w", "y", **CONV)]
    held = {"w": (1, 1, 3, 3), "parts": np.array([2, -1], np.int64)}
    (entry,) = read_model(saved(graph(nodes, [1, 1, 8, 8], held), tmp_path)).entries
    assert entry.receptive_field is None


@pytest.mark.parametrize("dims", [[1, 1, 2**62, 8], [1, 2**62, 8, 8], [1, 1, 99_999, 99_999], [1, 1, -5, 8]], ids=str)
def test_absurd_sizes_take_no_time(dims: list[int | str], tmp_path: Path) -> None:
    nodes = [node("Conv", "x w", "a", **CONV), *(node("MaxPool", "a", "a", kernel_shape=[1, 1]) for _ in range(200))]
    start = time.process_time()
    model = read_model(saved(graph(nodes, dims, {"w": (1, 1, 3, 3)}), tmp_path), None if min(map(int, dims)) > 0 else 8)
    assert time.process_time() - start < MOST_SECONDS
    assert len(model.entries) == 201


def test_cycles_disorder_and_missing_inputs_leave_entries_that_say_why(tmp_path: Path) -> None:
    nodes = [
        node("Conv", "late w", "a", **CONV),
        node("Conv", "x w", "late", **CONV),
        node("Conv", "own w", "own", **CONV),
        node("Conv", "", "empty"),
        node("Conv", "x", "bare"),
        node("Resize", "x", "same"),
        node("MaxPool", "- w", "last"),
    ]
    entries = read_model(saved(graph(nodes, [1, 1, 8, 8], {"w": (1, 1, 3, 3)}), tmp_path)).entries
    assert [bool(entry.layer) for entry in entries] == [False, True, False, False, False, False, False]
    assert entries[0].why == "the size of its input late, damaged or made by no operation before it, is not known"
    assert [entry.why for entry in entries[3:5]] == ["it has no input", "it has no weights"]


def test_fields_are_followed_through_many_layers_in_little_time(tmp_path: Path) -> None:
    nodes = [node("ConvTranspose", f"a{n} w", f"a{n + 1}", strides=[2, 2]) for n in range(8)]
    nodes += [node("Conv", f"a{n} v", f"a{n + 1}", pads=[45] * 4) for n in range(8, 300)]
    nodes.insert(0, node("Identity", "x", "a0"))
    start = time.process_time()
    model = read_model(saved(graph(nodes, [1, 1, 9, 9], {"w": (1, 1, 4, 4), "v": (1, 1, 91, 91)}), tmp_path))
    assert time.process_time() - start < MOST_SECONDS
    assert model.entries[7].receptive_field == (3, 3)
    assert model.entries[-1].is_bound


def test_names_cannot_write_to_the_terminal(tmp_path: Path) -> None:
    evil = "\x1b[31mred\n\u202e" + "long" * 1000
    model = graph([node("Conv", "x w", "y", evil, **CONV)], [1, 1, 8, 8], {"w": (1, 1, 3, 3)}, name=evil)
    said = table(read_model(saved(model, tmp_path)))
    assert all(letter.isprintable() or letter == "\n" for letter in said)
    assert max(map(len, said.splitlines())) < 200
    assert shown("a\nb") == r"a\nb"


def test_names_without_end_are_cut_in_plain_data_too(tmp_path: Path) -> None:
    long = "long" * 10_000
    model = graph([node("Conv", "x w", "y", long, **CONV)], [1, 1, 8, 8], {"w": (1, 1, 3, 3)}, name=long)
    assert len(json.dumps(to_dict(read_model(saved(model, tmp_path))))) < 4_000


def test_numbers_in_other_files_are_never_opened(tmp_path: Path) -> None:
    model = graph([node("Conv", "x w", "y", **CONV)], [1, 1, 8, 8], {"w": (1, 1, 3, 3)})
    held = model.graph.initializer[0]
    held.ClearField("raw_data")
    held.data_location = 1
    held.external_data.add(key="location", value="/etc/passwd")
    path = saved(model, tmp_path)
    (entry,) = read_model(path).entries
    assert entry.layer is not None
    with pytest.raises(ConvanimError, match="are in another file, which is not opened; save the model as one file"):
        weights_of(path, entry)


def test_damaged_weights_are_refused(tmp_path: Path) -> None:
    model = graph([node("Conv", "x w", "y", **CONV)], [1, 1, 8, 8], {"w": (1, 1, 3, 3)})
    model.graph.initializer[0].raw_data = b"123"
    path = saved(model, tmp_path)
    with pytest.raises(ConvanimError, match=r"weights: of layer 1 \(y\) are damaged"):
        weights_of(path, read_model(path).entries[0])


def test_a_missing_package_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("convanim.frameworks.models.onnx_file.find_spec", lambda name: None)
    with pytest.raises(ConvanimError, match=r"needs onnx, which is not there; run pip install 'convanim\[onnx\]'"):
        read_model(tmp_path / "any.onnx")
