"""A model from an ONNX file: its layers in order, their sizes, and what each of them sees of the model's input."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from convanim.frameworks.models.entries import (
    MOST_ENTRIES,
    Entry,
    bounded,
    effort,
    entry_of,
    kind_of,
    layer_of,
    positions,
)
from convanim.frameworks.models.field_rules import followed
from convanim.frameworks.models.fields import Field, Reach, Seen
from convanim.frameworks.models.graph import Graph, Tensor
from convanim.frameworks.models.input_sizes import Input, inputs_of, places_of
from convanim.frameworks.models.onnx_file import read_graph
from convanim.frameworks.models.shapes import outputs_of
from convanim.layers import Layer

_MOST_POSITIONS = 20_000_000
"""Places that are looked at in all to count what layers do not read."""

_MOST_EFFORT = 500_000
"""Steps in all to follow what layers see one by one; beyond them fields are upper bounds."""

_DENSE = frozenset(("Gemm", "MatMul", "MatMulInteger", "QLinearMatMul"))


@dataclass(frozen=True)
class Model:
    """What is read of a model.

    Attributes
    ----------
    name : str
        As its author called it.
    inputs : tuple of Input
        What goes in.
    entries : tuple of Entry
        Its convolutions, poolings and upsamplings in the file's order.
    notes : tuple of str
        What a reader of the list should know.
    is_path : bool
        Whether it is known that each layer takes what the one before it makes.
    """

    name: str
    inputs: tuple[Input, ...]
    entries: tuple[Entry, ...]
    notes: tuple[str, ...]
    is_path: bool = False

    @property
    def parameters(self) -> int:
        """Weights and biases of all layers."""
        return sum(entry.parameters for entry in self.entries)

    @property
    def multiplications(self) -> int:
        """Multiplications of all layers for one pass over one example."""
        return sum(entry.layer.multiplications for entry in self.entries if entry.layer)


def read_model(path: str | os.PathLike[str], input_size: Any = None) -> Model:
    """Return what the layers of an ONNX file are.

    Weights are not read, and neither are other files that the file names.

    Parameters
    ----------
    path : path
        Of the file.
    input_size : int or sequence of int, optional
        (rows, columns) of the model's input where the file leaves them open.

    Raises
    ------
    ConvanimError
        If onnx is not installed, the file is no model, or a size is missing.
    """
    graph = read_graph(path)
    inputs = inputs_of(graph, input_size)
    tensors: dict[str, Tensor | None] = dict(graph.tensors)
    for given in inputs:
        own = places_of(given.dims)
        axes = tuple(Seen(axis) if axis in own else None for axis in range(len(given.dims)))
        tensors[given.name] = Tensor(given.dims, Field(axes), number_type=graph.number_types.get(given.name, 1))
    size = _first_size(inputs)
    entries = _entries(graph, tensors, size, places_of(size))
    return Model(graph.name, tuple(inputs), entries, tuple(_notes(graph, inputs, entries, input_size)))


def _first_size(inputs: Sequence[Input]) -> tuple[int, ...]:
    return next((given.dims for given in inputs if places_of(given.dims)), ())


def _entries(
    graph: Graph, tensors: dict[str, Tensor | None], dims: tuple[int, ...], places: tuple[int, ...]
) -> tuple[Entry, ...]:
    """Return all layers, and put what is known of every tensor beside the model's inputs."""
    entries: list[Entry] = []
    makers: dict[str, str] = {}
    looked = steps = 0
    for node in graph.nodes:
        kind = kind_of(node)
        given: list[Tensor | None] = [tensors.get(name) if name else None for name in node.inputs]
        steps += effort(kind, given)
        if steps > _MOST_EFFORT:
            given = [bounded(one) for one in given]
        made: Sequence[Tensor | None] = outputs_of(node, given, graph)
        found = "" if kind is None else layer_of(node, kind, given, made, makers)
        if isinstance(found, Layer) and given[0] is not None:
            made = _sized(found, given[0], made)
        made = followed(node, given, made, found if isinstance(found, Layer) else None)
        if kind is not None:
            looked += positions(found)
            reach = _reach(made, dims, places)
            entries.append(entry_of(len(entries) + 1, node, found, reach, looked <= _MOST_POSITIONS))
            if len(entries) == MOST_ENTRIES:
                break
        makers |= dict.fromkeys(node.outputs, node.called)
        tensors |= {name: one for name, one in zip(node.outputs, made, strict=True) if name}
    return tuple(entries)


def _sized(layer: Layer, first: Tensor, outputs: Sequence[Tensor | None]) -> Sequence[Tensor]:
    """Return what a layer makes of its input, with the sizes that the layer says."""
    dims = (first.dims[0], layer.grouping.out_channels, *layer.output_size)
    return [Tensor(dims, None, number_type=one.number_type if one else first.number_type) for one in outputs]


def _reach(outputs: Sequence[Tensor | None], dims: tuple[int, ...], places: tuple[int, ...]) -> Reach | None:
    field = outputs[0].field if outputs and outputs[0] else None
    return None if field is None or not places else field.reach(range(2, len(field.axes)), dims, places)


def _notes(graph: Graph, inputs: Sequence[Input], entries: Sequence[Entry], asked: object) -> Iterable[str]:
    if asked is not None and any(None in [dims[place] for place in places_of(dims)] for dims in graph.inputs.values()):
        yield "the file leaves the input's size open; the one asked for was taken"
    with_places = [given for given in inputs if places_of(given.dims)]
    if len(with_places) > 1:
        yield f"{len(with_places)} inputs have places; receptive fields are those in any of them"
    size = [_first_size(inputs)[place] for place in places_of(_first_size(inputs))] if with_places else []
    if any(cells > own for entry in entries for cells, own in zip(entry.receptive_field or (), size, strict=False)):
        yield "receptive fields are not cut at the input's ends"
    if any(entry.is_bound for entry in entries):
        yield "≤ is of receptive fields that may be smaller"
    dense = Counter(node.operation for node in graph.nodes if node.operation in _DENSE)
    if dense:
        said = ", ".join(f"{count} {name}" for name, count in dense.items())
        yield f"products of matrices ({said}) are not listed, and their weights are not counted"
    if len(entries) == MOST_ENTRIES:
        yield f"only the first {MOST_ENTRIES:,} layers are listed"
    inner = sum(node.has_graphs for node in graph.nodes)
    if inner:
        yield f"graphs within operations (If, Loop, Scan: {inner}) are not read"
    if graph.functions:
        yield f"functions that the file defines ({graph.functions}) are not read"
