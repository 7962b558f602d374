"""What an ONNX file says: nodes, the tensors that it holds, and what goes in; nothing else in it is followed."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec
from math import prod
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from convanim.base.errors import ConvanimError
from convanim.base.text import printable
from convanim.frameworks.models.wire import Bytes, DamagedError, skeleton

if TYPE_CHECKING:
    import onnx

Numbers = NDArray[Any]
Dims = tuple[int, ...]

LARGEST_FILE = 2 * 1024**3
"""Bytes of a model; protocol buffers end there too."""

MOST_NODES, MOST_INPUTS = 15_000, 1_000
"""Operations of a model, and inputs of one of them; no model of layers has nearly as many."""

_WHOLE = 2**26
"""Bytes of a file that is read at once; of a larger one, only those that are looked at."""

MOST_DIMS = 8
"""Axes of a tensor, batch and channels included."""

_MOST_SHOWN = 48
_INTEGER, _EXTERNAL = 7, 1
"""How onnx.proto numbers a kind of attribute, and a place where a tensor's numbers are."""


@dataclass(frozen=True)
class Stored:
    """A tensor of the file.

    Attributes
    ----------
    dims : tuple of int
        Its shape.
    proto : onnx.TensorProto
        The rest of it, without its numbers where those are many.
    """

    dims: Dims
    proto: Any

    @property
    def is_external(self) -> bool:
        """Whether its numbers are in another file."""
        return bool(self.proto.data_location == _EXTERNAL)

    @cached_property
    def numbers(self) -> Numbers | None:
        """Its numbers where they are few; None where they are not here, or damaged."""
        from onnx import numpy_helper

        proto = self.proto
        if self.is_external or not (prod(self.dims) <= 8 * proto.ByteSize()):
            return None
        try:
            found = numpy_helper.to_array(proto)
        except Exception:  # Damaged numbers fail in many ways.
            return None
        if found.dtype.kind == "V":
            # Kinds of numbers that NumPy has no name for.
            found = found.astype(np.float32)
        return found if found.dtype.kind in "biuf" else None


@dataclass(frozen=True)
class Node:
    """One operation of the graph.

    Attributes
    ----------
    operation, domain, name : str
        What it does, whose operation that is (nothing for ONNX's own), and what it is called.
    inputs, outputs : tuple of str
        Names of tensors; a missing one is empty.
    attributes : mapping
        Numbers, lists of numbers, text and `Stored` tensors, by name.
    """

    operation: str
    domain: str
    name: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: Mapping[str, Any]

    @property
    def has_graphs(self) -> bool:
        """Whether it holds graphs of its own, which are not read."""
        return self.operation in ("If", "Loop", "Scan") and not self.domain


@dataclass(frozen=True)
class Graph:
    """What a model computes.

    Attributes
    ----------
    name : str
        As its author called it.
    inputs : dict
        What goes in: sizes by name, None for those that the file leaves open.
    tensors : dict of str to Stored
        What the file holds.
    nodes : tuple of Node
        In the file's order.
    sizes : dict
        Sizes of what nodes make, where the file says them in full.
    functions : int
        How many operations the file defines itself.
    """

    name: str
    inputs: dict[str, tuple[int | None, ...]]
    tensors: dict[str, Stored]
    nodes: tuple[Node, ...]
    sizes: dict[str, Dims]
    functions: int


def shown(text: str, most: int = _MOST_SHOWN) -> str:
    r"""Return text from a file as it may be printed: what does not show is escaped, and much is cut.

    Examples
    --------
    >>> shown("relu\x1b[31m"), shown("layer" * 9, 12)
    ('relu\\x1b[31m', 'layerlayerl…')
    """
    plain = printable(text[: most + 1])
    return plain if len(plain) <= most else f"{plain[: most - 1]}…"


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
    tensors = {_text(tensor.name): found for tensor in own.initializer if (found := _stored(tensor))}
    inputs = {_text(value.name): _open_dims(value) for value in own.input}
    made = {_text(value.name): _open_dims(value) for value in (*own.value_info, *own.output)}
    return Graph(
        _text(own.name) or stem,
        {name: dims for name, dims in inputs.items() if dims is not None and name not in tensors},
        tensors,
        tuple(_node(node) for node in own.node),
        {name: tuple(map(int, dims)) for name, dims in made.items() if dims and None not in dims},  # type: ignore[arg-type]
        len(model.functions),
    )


def _text(text: str | bytes) -> str:
    """Return a name; the parser gives bytes where they are not UTF-8."""
    return text.decode("utf-8", "surrogateescape") if isinstance(text, bytes) else text


def _stored(tensor: onnx.TensorProto) -> Stored | None:
    dims = tuple(tensor.dims) if len(tensor.dims) <= MOST_DIMS else (-1,)
    return None if any(n < 0 for n in dims) else Stored(dims, tensor)


def _open_dims(value: onnx.ValueInfoProto) -> tuple[int | None, ...] | None:
    """Return the sizes that a file says, None for each that it leaves open, or None where it says none."""
    tensor = value.type.tensor_type
    if not tensor.HasField("shape") or len(tensor.shape.dim) > MOST_DIMS:
        return None
    return tuple(one.dim_value if one.HasField("dim_value") and one.dim_value > 0 else None for one in tensor.shape.dim)


def _node(node: onnx.NodeProto) -> Node:
    domain = _text(node.domain)
    return Node(
        _text(node.op_type),
        "" if domain == "ai.onnx" else domain,
        _text(node.name),
        tuple(map(_text, node.input)),
        tuple(map(_text, node.output)),
        {_text(one.name): value for one in node.attribute if (value := _value(one)) is not None},
    )


_VALUES: dict[int, Callable[[Any], Any]] = {
    1: lambda one: one.f,
    2: lambda one: one.i,
    3: lambda one: one.s.decode("utf-8", "replace"),
    4: lambda one: _stored(one.t),
    6: lambda one: list(one.floats),
    _INTEGER: lambda one: list(one.ints),
}
"""How each kind of attribute is read, by its number in onnx.proto; no other says anything of sizes."""

_FIELDS = {1: "f", 2: "i", 3: "s", 4: "t", 6: "floats", _INTEGER: "ints"}


def _value(attribute: onnx.AttributeProto) -> Any:
    """Return what an attribute holds; the oldest files do not say of which kind it is."""
    kind = int(attribute.type)
    if not kind:
        names = {descriptor.name for descriptor, _ in attribute.ListFields()}
        kind = next((number for number, name in _FIELDS.items() if name in names), 0)
    return _VALUES[kind](attribute) if kind in _VALUES else None
