"""An ONNX file, read: nodes, the tensors that it holds, and what goes in; nothing else in it is followed."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from math import prod
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from convanim.base.errors import ConvanimError
from convanim.frameworks.models.fields import Field
from convanim.frameworks.models.graph import MOST_DIMS, Graph, Node, Numbers, Tensor
from convanim.frameworks.models.protobuf import Bytes, DamagedError, skeleton

if TYPE_CHECKING:
    import onnx

LARGEST_FILE = 2 * 1024**3
"""Bytes of a model; protocol buffers end there too."""

MOST_NODES, MOST_INPUTS = 15_000, 1_000
"""Operations of a model, and inputs of one of them; no model of layers has nearly as many."""

_WHOLE = 2**26
"""Bytes of a file that is read at once; of a larger one, only those that are looked at."""

_MOST_SIZES = 64
"""Numbers of a tensor of the file that may say sizes, factors or axes."""

_EXTERNAL = 1
"""How onnx.proto says that a tensor's numbers are in another file."""

_FIELDS = {1: "f", 2: "i", 3: "s", 4: "t", 6: "floats", 7: "ints"}
"""Where onnx.proto keeps each kind of attribute, by its number."""

_STANDS_FOR: Mapping[str, tuple[str, int, int]] = {
    "FusedConv": ("Conv", 0, 1),
    "BiasGelu": ("Add", 0, 1),
    "QuickGelu": ("Identity", 0, 1),
    "QLinearAveragePool": ("AveragePool", 0, 5),
    "QLinearGlobalAveragePool": ("GlobalAveragePool", 0, 5),
    "QLinearLeakyRelu": ("Identity", 0, 5),
    "QLinearSigmoid": ("Identity", 0, 5),
    "QLinearAdd": ("Add", 0, 3),
    "QLinearMul": ("Mul", 0, 3),
    "QLinearConcat": ("Concat", 2, 3),
}
"""Operations of ONNX Runtime, of which the package onnx knows nothing: what does the same to shapes.

The numbers say which inputs are tensors: the first, and the distance to the next; between them stand
scales and zeros of quantised numbers.
"""


@contextmanager
def opened(path: str | os.PathLike[str]) -> Iterator[Bytes]:
    """Open a model's file and yield its bytes, and say of whatever is wrong with it what that is.

    Raises
    ------
    ConvanimError
        If onnx is not installed, or the file cannot be read, or is no model.
    """
    path = Path(path)
    said = repr(str(path))
    if find_spec("onnx") is None:
        raise ConvanimError("model", said, "needs onnx, which is not there; run {}", "pip install 'convanim[onnx]'")
    try:
        # A pipe must not make us wait for whoever writes into it.
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ConvanimError("model", said, "cannot be read ({})", reason.lower()) from error
    about = os.fstat(descriptor)
    if not stat.S_ISREG(about.st_mode) or about.st_size > LARGEST_FILE:
        os.close(descriptor)
        if stat.S_ISREG(about.st_mode):
            raise ConvanimError("model", said, f"has {about.st_size} bytes, and at most {LARGEST_FILE} are read")
        raise ConvanimError("model", said, "is not a file; name one that ends in .onnx")
    with os.fdopen(descriptor, "rb") as file:
        try:
            if about.st_size <= _WHOLE:
                yield file.read(_WHOLE)
            else:
                with mmap(descriptor, 0, access=ACCESS_READ) as mapped:
                    yield mapped
        except DamagedError as error:
            raise ConvanimError("model", said, "{}", error) from error
        except OSError as error:
            raise ConvanimError("model", said, "cannot be read ({})", error.strerror or error) from error


def read_graph(path: str | os.PathLike[str]) -> Graph:
    """Return what a model's file says of its graph.

    Raises
    ------
    ConvanimError
        If the file cannot be read, or is no model.
    """
    with opened(path) as data:
        kept = skeleton(data)
        import onnx

        model = onnx.ModelProto()
        try:
            model.ParseFromString(kept)
        except Exception as error:  # The parser's own error is not a public name.
            raise DamagedError("is not an ONNX model, or not a whole one") from error
        if not model.graph.node:
            raise DamagedError("is not an ONNX model, or one without any operation")
        if len(model.graph.node) > MOST_NODES:
            raise DamagedError(f"has {len(model.graph.node):,} operations, and at most {MOST_NODES:,} are read")
        if any(len(node.input) > MOST_INPUTS for node in model.graph.node):
            raise DamagedError(f"has an operation of more than {MOST_INPUTS:,} inputs")
        return _graph(model, Path(path).stem)


def _graph(model: onnx.ModelProto, stem: str) -> Graph:
    own = model.graph
    tensors = {_text(tensor.name): found for tensor in own.initializer if (found := held_by(tensor))}
    inputs = {_text(value.name): _open_dims(value) for value in own.input}
    made = {_text(value.name): _open_dims(value) for value in (*own.value_info, *own.output)}
    return Graph(
        _text(own.name) or stem,
        {name: dims for name, dims in inputs.items() if dims is not None and name not in tensors},
        {_text(value.name): value.type.tensor_type.elem_type for value in own.input},
        tensors,
        tuple(_node(node) for node in own.node),
        {name: tuple(map(int, dims)) for name, dims in made.items() if dims and None not in dims},  # type: ignore[arg-type]
        {"": 1, **{_plain_domain(_text(one.domain)): int(one.version) for one in model.opset_import}},
        len(model.functions),
    )


def held_by(tensor: onnx.TensorProto) -> Tensor | None:
    """Return what is known of a tensor of the file, and its numbers where they are few."""
    dims = tuple(tensor.dims)
    if len(dims) > MOST_DIMS or any(n < 0 for n in dims):
        return None
    numbers = numbers_of(tensor) if prod(dims) <= _MOST_SIZES else None
    return Tensor(dims, Field((None,) * len(dims)), numbers, tensor.data_type)


def numbers_of(tensor: onnx.TensorProto) -> Numbers | None:
    """Return the numbers of a tensor of the file; None where they are not there, or damaged."""
    from onnx import numpy_helper

    if tensor.data_location == _EXTERNAL or not prod(tensor.dims) <= 8 * tensor.ByteSize():
        return None
    try:
        found = numpy_helper.to_array(tensor)
    except Exception:  # Damaged numbers fail in many ways.
        return None
    if found.dtype.kind == "V":
        # Kinds of numbers that NumPy has no name for.
        found = found.astype(np.float32)
    return found if found.dtype.kind in "biuf" else None


def _text(text: str | bytes) -> str:
    """Return a name; the parser gives bytes where they are not UTF-8."""
    return text.decode("utf-8", "surrogateescape") if isinstance(text, bytes) else text


def _plain_domain(domain: str) -> str:
    return "" if domain == "ai.onnx" else domain


def _open_dims(value: onnx.ValueInfoProto) -> tuple[int | None, ...] | None:
    """Return the sizes that a file says, None for each that it leaves open, or None where it says none."""
    tensor = value.type.tensor_type
    if not tensor.HasField("shape") or len(tensor.shape.dim) > MOST_DIMS:
        return None
    return tuple(one.dim_value if one.HasField("dim_value") and one.dim_value > 0 else None for one in tensor.shape.dim)


def _node(proto: onnx.NodeProto) -> Node:
    called = _text(proto.op_type)
    if proto.domain == "com.microsoft" and called in _STANDS_FOR:
        operation, first, distance = _STANDS_FOR[called]
        inputs = list(proto.input)[first::distance]
        proto.op_type, proto.domain = operation, ""
        del proto.input[:]
        proto.input.extend(inputs)
    return Node(
        _text(proto.op_type),
        _plain_domain(_text(proto.domain)),
        _text(proto.name),
        tuple(map(_text, proto.input)),
        tuple(map(_text, proto.output)),
        {_text(one.name): value for one in proto.attribute if (value := _value(one)) is not None},
        called,
        proto,
    )


def _value(attribute: onnx.AttributeProto) -> Any:
    """Return what an attribute holds, where it is numbers or text."""
    from onnx import helper

    if not attribute.type:
        # The oldest files do not say of which kind it is.
        names = {field.name for field, _ in attribute.ListFields()}
        attribute.type = next((number for number, name in _FIELDS.items() if name in names), 0)  # type: ignore[assignment]
    try:
        held = helper.get_attribute_value(attribute)
    except ValueError:
        return None
    held = held.decode("utf-8", "replace") if isinstance(held, bytes) else held
    return held if isinstance(held, int | float | str | list) else None
