"""The graph of a model: its operations, and what is known of each tensor, its numbers too where they say sizes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from numpy.typing import NDArray

from convanim.base.records import dataclass
from convanim.base.text import printable
from convanim.frameworks.models.fields import Field

Numbers = NDArray[Any]
Dims = tuple[int, ...]

MOST_DIMS = 8
"""Axes of a tensor, batch and channels included."""

MOST_NUMBERS = 1024
"""Numbers of a tensor that are worked with; sizes, factors and axes are fewer."""

_MOST_SHOWN = 48


@dataclass(frozen=True, eq=False)
class Tensor:
    """What is known of a tensor.

    Attributes
    ----------
    dims : tuple of int
        Its shape.
    field : Field or None
        What its cells see of the model's input; None where that is not known.
    numbers : array or None
        What it holds, where that is known and little.
    number_type : int
        ONNX's number for the type of its cells; 1 for ordinary numbers.
    """

    dims: Dims
    field: Field | None
    numbers: Numbers | None = None
    number_type: int = 1

    @property
    def is_constant(self) -> bool:
        """Whether it depends on no input of the model."""
        return self.field is not None and not self.field.whole and not any(self.field.axes)


Given = Sequence[Tensor | None]
"""What goes into an operation, None where nothing is known of it."""


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
        Numbers, lists of numbers and text by name.
    called : str
        What the file calls the operation, where it is none of ONNX's own and does the same to shapes.
    proto : onnx.NodeProto
        The operation as the package onnx takes it.
    """

    operation: str
    domain: str
    name: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: Mapping[str, Any]
    called: str
    proto: Any

    @property
    def has_graphs(self) -> bool:
        """Whether it holds graphs of its own, which are not read."""
        return self.operation in ("If", "Loop", "Scan") and not self.domain


@dataclass(frozen=True)
class Link:
    """An operation between the layers of a model, such as an activation, or where branches meet.

    Attributes
    ----------
    operation, name : str
        ONNX's word for it, and what it is called.
    inputs : tuple of str
        The names of the tensors that it takes and that depend on the model's input.
    output : str
        The name of what it makes.
    keeps_size : bool
        Whether what it makes is known to have the shape of the first of them.
    joins_channels : bool
        Whether it is a concatenation of channels.
    dims : tuple of int or None
        The shape of what it makes, where it is known.
    called : str
        What its author calls it, where ONNX has one word for many, as for activations.
    """

    operation: str
    name: str
    inputs: tuple[str, ...]
    output: str
    keeps_size: bool = True
    joins_channels: bool = False
    dims: Dims | None = None
    called: str = ""


@dataclass(frozen=True)
class Graph:
    """What a model computes.

    Attributes
    ----------
    name : str
        As its author called it.
    inputs : dict
        What goes in: sizes by name, None for those that the file leaves open.
    number_types : dict of str to int
        ONNX's number for the type of what goes in.
    tensors : dict of str to Tensor
        What the file holds.
    nodes : tuple of Node
        In the file's order.
    sizes : dict
        Sizes of what nodes make, where the file says them in full.
    opsets : dict of str to int
        The version of each domain's operations.
    functions : int
        How many operations the file defines itself.
    """

    name: str
    inputs: dict[str, tuple[int | None, ...]]
    number_types: dict[str, int]
    tensors: dict[str, Tensor]
    nodes: tuple[Node, ...]
    sizes: dict[str, Dims]
    opsets: dict[str, int]
    functions: int


def first_of(given: Given, place: int = 0) -> Tensor:
    """Return what is known of the first input of an operation, or of another.

    Raises
    ------
    IndexError, ValueError
        If nothing is.
    """
    found = given[place]
    if found is None:
        raise ValueError("nothing is known of what goes in")
    return found


def listed(tensor: Tensor | None) -> list[int]:
    """Return the whole numbers of a tensor.

    Raises
    ------
    ValueError
        If they are not known.
    """
    if tensor is None or tensor.numbers is None:
        raise ValueError("numbers that are not known")
    return [int(number) for number in tensor.numbers.reshape(-1)]


def asked(node: Node, given: Given, name: str, place: int) -> list[int] | None:
    """Return numbers that older models have as an attribute and newer ones as an input; None where there are none.

    Raises
    ------
    ValueError
        If they are an input that is not known.
    """
    if name in node.attributes:
        return list(node.attributes[name])
    return listed(given[place]) if len(node.inputs) > place and node.inputs[place] else None


def shown(text: str, most: int = _MOST_SHOWN) -> str:
    r"""Return text from a file as it may be printed: what does not show is escaped, and much is cut.

    Examples
    --------
    >>> shown("relu\x1b[31m"), shown("layer" * 9, 12)
    ('relu\\x1b[31m', 'layerlayerl…')
    """
    plain = printable(text[: most + 1])
    return plain if len(plain) <= most else f"{plain[: most - 1]}…"
