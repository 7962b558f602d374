"""Protocol buffers: the parts of a file that say how a model is built, cut down before anything else reads them."""

from __future__ import annotations

from collections.abc import Iterator
from mmap import mmap
from typing import NamedTuple

MOST_PARTS = 300_000
"""More fields are not read, where one that holds others counts for three; a model has about 30 an operation."""

MOST_KEPT = 32_000_000
"""Bytes of a model without its weights."""

MOST_NUMBERS = 8_192
"""Bytes of a tensor's numbers that are kept: those that say sizes and factors are far fewer."""

_FOREIGN = "is not an ONNX model, or not a whole one"
_LONGEST_VARINT = 10
_VARINT, _EIGHT, _MESSAGE, _FOUR = 0, 1, 2, 5
"""How a field's content is written, by the last bits of its key."""

_VERBATIM, _NUMBERS, _EMPTY = "verbatim", "numbers", "empty"
_KEPT: dict[str, dict[int, str]] = {
    "model": {7: "graph", 8: _VERBATIM, 25: _EMPTY},
    "graph": {1: "node", 2: _VERBATIM, 5: "tensor", 11: "value", 12: "value", 13: "value"},
    "node": {1: _VERBATIM, 2: _VERBATIM, 3: _VERBATIM, 4: _VERBATIM, 5: "attribute", 7: _VERBATIM},
    "attribute": dict.fromkeys((1, 2, 3, 4, 7, 8, 20), _VERBATIM) | {5: "tensor"},
    "tensor": dict.fromkeys((1, 2, 8, 14), _VERBATIM) | dict.fromkeys((4, 5, 7, 9, 10, 11), _NUMBERS),
    "value": {1: _VERBATIM, 2: "type"},
    "type": {1: "tensor type"},
    "tensor type": {1: _VERBATIM, 2: "shape"},
    "shape": {1: "size"},
    "size": {1: _VERBATIM},
}
"""Of each kind of message in onnx.proto the fields that are kept, and what they hold.

Graphs within nodes are dropped, and so is all that functions hold; nothing is nested deeper than this table.
"""

Bytes = bytes | mmap
"""A file's content, all of it in memory or only what is looked at."""


class DamagedError(ValueError):
    """The bytes are no such message, or are more than is read; the text says which."""


class Part(NamedTuple):
    """Where one field of a message stands: its number, how it is written, its key, and its content."""

    number: int
    wire: int
    head: int
    start: int
    stop: int


class _Budget:
    """How many fields may still be read."""

    def __init__(self) -> None:
        self.left = MOST_PARTS


def skeleton(data: Bytes) -> bytes:
    """Return a model's own bytes without weights, graphs within nodes and whatever else sizes do not depend on.

    Raises
    ------
    DamagedError
        If it is no model, or holds more than `MOST_PARTS` or `MOST_KEPT` allow.
    """
    return _trimmed(data, 0, len(data), "model", _Budget())


def tensor_bytes(data: Bytes, name: str, most: int) -> bytes | None:
    """Return a stored tensor as it is in the file: an initialiser, or else what a Constant node makes.

    Parameters
    ----------
    data : bytes
        The model.
    name : str
        Of the one, or of what the other makes.
    most : int
        Bytes that are read.

    Raises
    ------
    DamagedError
        If the bytes are no model, or the tensor has more than so many.
    """
    budget = _Budget()
    wished = name.encode("utf-8", "surrogateescape")

    def within(part: Part, number: int) -> Iterator[Part]:
        return (one for one in _parts(data, part.start, part.stop, budget) if one.number == number and one.wire == 2)

    def is_called(part: Part, number: int) -> bool:
        return any(data[one.start : one.stop] == wished for one in within(part, number))

    found = None
    for graph in within(Part(0, _MESSAGE, 0, 0, len(data)), 7):
        for tensor in within(graph, 5):
            if is_called(tensor, 8):
                found = tensor
        for node in within(graph, 1) if found is None else ():
            if is_called(node, 2):
                found = next((tensor for one in within(node, 5) for tensor in within(one, 5)), None)
    if found is not None and found.stop - found.start > most:
        raise DamagedError(f"has a tensor of more than {most:,} bytes")
    return None if found is None else data[found.start : found.stop]


def _parts(data: Bytes, at: int, stop: int, budget: _Budget) -> Iterator[Part]:
    """Yield the fields of the message that stands between two places."""
    while at < stop:
        budget.left -= 1
        if budget.left < 0:
            raise DamagedError(f"has more than {MOST_PARTS:,} parts, and no more are read")
        head = at
        # Nearly all keys and lengths have one byte.
        key = data[at]
        key, at = (key, at + 1) if key < 128 else _decoded(data, at)
        wire = key & 7
        if wire == _MESSAGE and at < stop:
            length = data[at]
            length, at = (length, at + 1) if length < 128 else _decoded(data, at)
            end = at + length
        elif wire == _VARINT:
            end = _decoded(data, at)[1]
        elif wire in (_EIGHT, _FOUR):
            end = at + (8 if wire == _EIGHT else 4)
        else:
            raise DamagedError(_FOREIGN)
        if end > stop or key < 8:
            raise DamagedError(_FOREIGN)
        yield Part(key >> 3, wire, head, at, end)
        at = end


def _decoded(data: Bytes, at: int) -> tuple[int, int]:
    """Return a number of as many bytes as it needs, and where it ends."""
    found = shift = 0
    for byte in data[at : at + _LONGEST_VARINT]:
        at += 1
        if byte < 128:
            return found | byte << shift, at
        found |= (byte & 127) << shift
        shift += 7
    raise DamagedError(_FOREIGN)


def _trimmed(data: Bytes, start: int, stop: int, kind: str, budget: _Budget) -> bytes:
    fields = _KEPT[kind]
    kept = bytearray()
    for number, wire, head, at, end in _parts(data, start, stop, budget):
        inner = fields.get(number)
        if inner is None or (inner == _NUMBERS and end - at > MOST_NUMBERS):
            continue
        if len(kept) + (end - head if inner == _VERBATIM else 0) > MOST_KEPT:
            raise DamagedError(f"has more than {MOST_KEPT:,} bytes besides its weights")
        if inner in (_VERBATIM, _NUMBERS):
            kept += data[head:end]
        elif wire != _MESSAGE:
            raise DamagedError(_FOREIGN)
        else:
            budget.left -= 2
            content = b"" if inner == _EMPTY else _trimmed(data, at, end, inner, budget)
            kept += _encoded(number << 3 | _MESSAGE) + _encoded(len(content)) + content
    return bytes(kept)


def _encoded(number: int) -> bytes:
    if number < 128:
        return bytes((number,))
    found = bytearray()
    while number > 127:
        found.append(number & 127 | 128)
        number >>= 7
    return bytes((*found, number))
