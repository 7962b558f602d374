"""What goes into a model: the sizes that its file leaves open, and which of its axes have places."""

from __future__ import annotations

from typing import Any

from convanim.base.errors import ConvanimError
from convanim.base.options import per_axis, short, spelled
from convanim.base.records import dataclass
from convanim.frameworks.models.entries import kind_of
from convanim.frameworks.models.field_rules import BROADCAST, CELLWISE
from convanim.frameworks.models.graph import MOST_DIMS, Dims, Graph, shown

_FEW_CHANNELS = (1, 3, 4)
"""Of pictures; an input whose last axis has so many has its channels there."""

_RANKS = (3, 4, 5)


@dataclass(frozen=True)
class Input:
    """Something that goes into a model.

    Attributes
    ----------
    name : str
        As the file calls it.
    dims : tuple of int
        Its shape, of one example where the file leaves the batch open.
    places : tuple of int
        Which of its axes have places, where it is that of an ONNX file.
    """

    name: str
    dims: Dims
    places: tuple[int, ...] = ()


def places_of(dims: tuple[int | None, ...]) -> tuple[int, ...]:
    """Return which axes of an input have places: all behind the channels, or between batch and channels.

    Examples
    --------
    >>> places_of((1, 3, 224, 224)), places_of((1, 224, 224, 3)), places_of((1, 1000))
    ((2, 3), (1, 2), ())
    """
    rank = len(dims)
    if rank not in _RANKS:
        return ()
    comes_last = rank > 3 and dims[-1] in _FEW_CHANNELS and dims[1] not in _FEW_CHANNELS and dims[1] != 2
    return tuple(range(1, rank - 1)) if comes_last else tuple(range(2, rank))


def inputs_of(graph: Graph, input_size: Any) -> list[Input]:
    """Return what goes into a model, with one example and a size that is asked for where the file leaves them open.

    Inputs whose size stays unknown are left out.

    Raises
    ------
    ConvanimError
        If the size is missing, or the file says another.
    """
    found = []
    for name, dims in graph.inputs.items():
        places = tuple(range(2, len(dims))) if _comes_first(graph, name) else places_of(dims)
        sizes = dict(enumerate(dims))
        if dims and sizes[0] is None:
            sizes[0] = 1
        if places:
            sizes |= _settled(name, dims, places, input_size, any(map(kind_of, graph.nodes)))
            channel = 1 if 1 not in places else len(dims) - 1
            if sizes[channel] is None:
                sizes[channel] = _channels(graph, name)
        known = tuple(size for size in sizes.values() if size is not None)
        if len(known) == len(dims) <= MOST_DIMS:
            found.append(Input(name, known, places if len(dims) in _RANKS else ()))
    if input_size is not None and not any(given.places for given in found):
        raise ConvanimError(
            "input_size", spelled_size(input_size), "fits nothing that goes into this model; leave it out"
        )
    return found


def _comes_first(graph: Graph, name: str) -> bool:
    """Return whether an input goes to a layer as it is or changed cell by cell: those have channels first."""
    names = {name}
    for node in graph.nodes:
        if names.intersection(node.inputs[:1]):
            if kind_of(node):
                return True
            if not node.domain and node.operation in CELLWISE | BROADCAST:
                names.update(node.outputs[:1])
    return False


def spelled_size(given: Any) -> str:
    """Return a size as it was asked for."""
    return short(given) if isinstance(given, int | list | tuple) else shown(repr(given))


def _settled(
    name: str, dims: tuple[int | None, ...], places: tuple[int, ...], input_size: Any, is_needed: bool
) -> dict[int, int | None]:
    """Return the sizes of the axes with places."""
    own = [dims[place] for place in places]
    if input_size is None:
        if None in own and is_needed:
            raise ConvanimError(
                "input_size",
                "",
                "is missing: the model leaves the size of its input {} open; give one such as 224",
                shown(name),
            )
        return {}
    asked = per_axis("input_size", input_size, len(places))
    if any(size is not None and size != wish for size, wish in zip(own, asked, strict=True)):
        said = spelled([size for size in own if size is not None])
        raise ConvanimError(
            "input_size",
            spelled_size(input_size),
            f"is not the size that the file says ({said}); leave it out",
        )
    return dict(zip(places, asked, strict=True))


def _channels(graph: Graph, name: str) -> int | None:
    """Return how many channels the first convolution of an input takes."""
    for node in graph.nodes:
        kind = kind_of(node)
        if kind and kind.weights is not None and node.inputs[:1] == (name,) and len(node.inputs) > kind.weights:
            weights = graph.tensors.get(node.inputs[kind.weights])
            groups = node.attributes.get("group", 1)
            if weights and len(weights.dims) > 2 and isinstance(groups, int):
                return weights.dims[0] if kind.operation == "ConvTranspose" else weights.dims[1] * groups
    return None
