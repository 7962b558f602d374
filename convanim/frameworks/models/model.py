"""A model from an ONNX file: its layers in order, their sizes, and what each of them sees of the model's input."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from convanim.base.records import dataclass
from convanim.frameworks.models.entries import (
    MOST_ENTRIES,
    Entry,
    Names,
    bounded,
    effort,
    entry_of,
    kind_of,
    layer_of,
    mismatch_of,
    newly_counted,
    positions,
    sizes_of,
    weights_in,
)
from convanim.frameworks.models.field_rules import followed
from convanim.frameworks.models.fields import Field, Reach, Seen
from convanim.frameworks.models.fitting import doubt, misfit
from convanim.frameworks.models.graph import Graph, Link, Node, Tensor
from convanim.frameworks.models.input_sizes import Input, inputs_of
from convanim.frameworks.models.onnx_file import read_graph
from convanim.frameworks.models.shapes import outputs_of
from convanim.layers import DeformConv, Layer

_MOST_POSITIONS = 20_000_000
"""Places that are looked at in all to count what layers do not read."""

_MOST_EFFORT = 500_000
"""Steps in all to follow what layers see one by one; beyond them fields are upper bounds."""

_MISFIT = "the model does not run on this input, and what follows is not known"

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
    links : tuple of Link
        The operations between the layers, where they are known.
    channels_last : bool
        Whether tensors have their channels behind their places.
    """

    name: str
    inputs: tuple[Input, ...]
    entries: tuple[Entry, ...]
    notes: tuple[str, ...]
    is_path: bool = False
    links: tuple[Link, ...] = ()
    channels_last: bool = False

    @property
    def parameters(self) -> int:
        """Weights and biases of all layers of which they are known."""
        return sum(entry.parameters for entry in self.entries)

    @property
    def multiplications(self) -> int:
        """Multiplications of all layers of which they are known, for one pass over one example."""
        return sum(entry.layer.multiplications for entry in self.entries if entry.layer)

    @property
    def left_out(self) -> dict[str, int]:
        """How many entries are not in ``parameters`` and in ``multiplications``, as too little is known of them."""
        return {
            "parameters": sum(not entry.is_counted for entry in self.entries),
            "multiplications": sum(not entry.is_costed for entry in self.entries),
        }


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
        axes = tuple(Seen(axis) if axis in given.places else None for axis in range(len(given.dims)))
        tensors[given.name] = Tensor(given.dims, Field(axes), number_type=graph.number_types.get(given.name, 1))
    if _is_settled(graph, inputs, input_size):
        # What the file says of other tensors may be of an input of another size.
        graph = replace(graph, sizes={})
    entries, doubts = _entries(graph, tensors, inputs)
    notes = (*_notes(graph, inputs, entries, input_size), *doubts)
    listed = {entry.output for entry in entries}
    links = [_link(node, tensors) for node in graph.nodes if node.outputs and node.outputs[0] not in listed]
    return Model(graph.name, tuple(inputs), entries, notes, links=tuple(links))


def _link(node: Node, tensors: Mapping[str, Tensor | None]) -> Link:
    """Return what an operation that is no layer takes and makes."""
    given = [(name, tensors.get(name)) for name in node.inputs if name]
    taken = [(name, one) for name, one in given if one is None or not one.is_constant]
    made = tensors.get(node.outputs[0])
    first = taken[0][1] if taken else None
    rank = 0 if made is None else len(made.dims)
    axis = node.attributes.get("axis")
    return Link(
        node.operation if not node.domain else f"{node.domain}.{node.operation}",
        node.name,
        tuple(name for name, _ in taken),
        node.outputs[0],
        made is not None and first is not None and made.dims == first.dims,
        node.operation == "Concat" and rank > 0 and isinstance(axis, int) and axis % rank == 1,
        None if made is None else made.dims,
    )


def _is_settled(graph: Graph, inputs: Sequence[Input], asked: object) -> bool:
    """Return whether a size was asked for that the file leaves open."""
    return asked is not None and any(graph.inputs[one.name][place] is None for one in inputs for place in one.places)


def _first_with_places(inputs: Sequence[Input]) -> Input:
    return next((given for given in inputs if given.places), Input("", ()))


def _entries(
    graph: Graph, tensors: dict[str, Tensor | None], inputs: Sequence[Input]
) -> tuple[tuple[Entry, ...], Iterable[str]]:
    """Return all layers and what is in doubt, and put what is known of every tensor beside the model's inputs."""
    entries: list[Entry] = []
    doubts: dict[str, None] = {}
    source = _first_with_places(inputs)
    makers: dict[str, str] = {}
    origins: dict[str, str] = {}
    counted: dict[Names, int] = {}
    looked = steps = 0
    for node in graph.nodes:
        given: list[Tensor | None] = [tensors.get(name) if name else None for name in node.inputs]
        kind = kind_of(node, given)
        steps += effort(kind, given)
        if steps > _MOST_EFFORT:
            given = [bounded(one) for one in given]
        made: Sequence[Tensor | None] = outputs_of(node, given, graph)
        odd = misfit(node, given)
        if odd and not any(_MISFIT in said for said in doubts):
            doubts[f"{odd}; {_MISFIT}"] = None
        if odd or (kind is not None and mismatch_of(node, kind, given)):
            made = [None] * len(node.outputs)
        found = "" if kind is None else layer_of(node, kind, given, made, makers)
        if isinstance(found, Layer) and given[0] is not None:
            made = _sized(found, given[0], made)
        made = followed(node, given, made, found if isinstance(found, Layer) else None)
        doubts |= dict.fromkeys(filter(None, [doubt(node, given, made)]))
        if kind is not None:
            looked += positions(found)
            if looked > _MOST_POSITIONS and isinstance(found, Layer):
                found = "too many cells stand before it in this model to count its own"
            own, number = weights_in(node, kind, given, origins), len(entries) + 1
            costs = (None, 0) if own is None else newly_counted(own, counted, number)
            entries.append(entry_of(number, node, found, sizes_of(given, made), _reach(made, source), costs))
            if len(entries) == MOST_ENTRIES:
                break
        makers |= dict.fromkeys(node.outputs, node.called)
        origins |= _origins(node, given, made, origins)
        tensors |= {name: one for name, one in zip(node.outputs, made, strict=True) if name}
    return tuple(entries), doubts


def _origins(
    node: Node, given: Sequence[Tensor | None], made: Sequence[Tensor | None], origins: Mapping[str, str]
) -> Mapping[str, str]:
    """Return which tensor of the file what an operation makes is taken for: one that it changes cell by cell."""
    first = made[0] if made else None
    if first is None or not first.is_constant:
        return {}
    pairs = zip(node.inputs, given, strict=True)
    its = next((name for name, one in pairs if one is not None and one.dims == first.dims), None)
    return {} if its is None else {node.outputs[0]: origins.get(its, its)}


def _sized(layer: Layer, first: Tensor, outputs: Sequence[Tensor | None]) -> Sequence[Tensor]:
    """Return what a layer makes of its input, with the sizes that the layer says."""
    dims = (first.dims[0], layer.grouping.out_channels, *layer.output_size)
    return [Tensor(dims, None, number_type=one.number_type if one else first.number_type) for one in outputs]


def _reach(outputs: Sequence[Tensor | None], source: Input) -> Reach | None:
    field = outputs[0].field if outputs and outputs[0] else None
    if field is None or not source.places:
        return None
    return field.reach(range(2, len(field.axes)), source.dims, source.places)


def field_notes(entries: Sequence[Entry], size: Sequence[int]) -> Iterable[str]:
    """Yield what is to be known of the receptive fields of layers in an input of some size."""
    if any(cells > own for entry in entries for cells, own in zip(entry.receptive_field or (), size, strict=False)):
        yield "receptive fields are not cut at the input's ends"
    if any(entry.is_bound for entry in entries):
        yield "≤ is of receptive fields that may be smaller"
    if any(isinstance(entry.layer, DeformConv) for entry in entries):
        yield "receptive fields are those without the offsets of deformable convolutions"


def _notes(graph: Graph, inputs: Sequence[Input], entries: Sequence[Entry], asked: object) -> Iterable[str]:
    if _is_settled(graph, inputs, asked):
        yield "the file leaves the input's size open; the one asked for was taken"
    with_places = [given for given in inputs if given.places]
    if len(with_places) > 1:
        yield f"{len(with_places)} inputs have places; receptive fields are those in any of them"
    first = _first_with_places(inputs)
    size = [first.dims[place] for place in first.places]
    yield from field_notes(entries, size)
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
