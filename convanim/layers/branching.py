"""Branches of a chain: which tensors each layer reads, whether they meet, and what is seen through all of them."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

from convanim.base.errors import ConvanimError
from convanim.base.language import translated
from convanim.base.options import short, spelled
from convanim.layers.base import Layer
from convanim.layers.conv import Conv
from convanim.layers.join import JOINS, Join, Shape

Sources = tuple[tuple[int, ...], ...]
"""The tensors that each layer reads: 0 is the input, and others have the number of the layer that makes them."""

_MOST_TRACED = 10_000
"""The most cells of a tensor that are traced on an axis one by one; of more only the first and the last."""


def in_sequence(count: int) -> Sources:
    """Return the sources of layers each of which reads the output of the one before."""
    return tuple((number,) for number in range(count))


def checked_sources(layers: Sequence[Layer], given: Any) -> Sources:
    """Return the tensors that each layer reads, as numbers; None stands for the output of the layer before.

    Raises
    ------
    ConvanimError
        If a tensor is not known yet where it is read, a layer reads too many
        or too few, or what a layer makes is read nowhere.
    """
    if given is None:
        given = [None] * len(layers)
    if not isinstance(given, list | tuple) or len(given) != len(layers):
        raise ConvanimError(
            "sources", "", f"must be a list of {len(layers)}, for each layer what it reads, such as (0, 2), or None"
        )
    found: list[tuple[int, ...]] = []
    for number, (layer, read) in enumerate(zip(layers, given, strict=True), 1):
        own = (number - 1,) if read is None else tuple(read) if isinstance(read, list | tuple) else (read,)
        for one in own:
            if isinstance(one, bool) or not isinstance(one, int) or not 0 <= one < number:
                raise ConvanimError(
                    "sources", "", f"of layer {number} must be numbers from 0, the input, to {number - 1}"
                )
        wanted = len(layer.branches) if isinstance(layer, Join) else 1
        if len(own) != wanted:
            raise ConvanimError(
                "sources", "", f"of layer {number} are {len(own)} tensors, but {layer.title} reads {wanted}"
            )
        found.append(own)
    read_by = {one for own in found for one in own}
    unread = next((number for number in range(len(layers)) if number not in read_by), None)
    if unread is not None:
        said = said_tensor(unread)
        raise ConvanimError(
            "layers", "", f"read {said} nowhere; join it to the others, as with 'add {said.removeprefix('layer ')}'"
        )
    return tuple(found)


def said_tensor(number: int, names: Sequence[str] = ()) -> str:
    """Return what a tensor is called: the input, or the layer that makes it by its name or its number."""
    if number == 0:
        return translated("input")
    name = names[number - 1] if names else ""
    return name or translated("layer {number}", number=str(number))


def _said_shape(shape: Shape) -> str:
    """Return a shape in words: ``2 channels of 5×5``."""
    channels, size = shape
    return f"{channels:,} {'channel' if channels == 1 else 'channels'} of {spelled(size).replace('x', '×')}"


def refuse_apart(kind: type[Join], shapes: Sequence[Shape], said: Sequence[str], number: int) -> None:
    """Raise if branches do not meet, with the layer that would mend it.

    Parameters
    ----------
    kind : type of Join
        The layer in which they should meet.
    shapes : sequence of Shape
        The channels and the size of each.
    said : sequence of str
        What each is called.
    number : int
        The number of that layer, counted from 1.
    """
    if kind.meets(shapes):
        return
    told = " and ".join(f"{name} has {_said_shape(shape)}" for name, shape in zip(said, shapes, strict=True))
    raise ConvanimError(
        "layers", "", f"do not meet in layer {number}, {kind.title}: {told}; {_mended(kind, shapes, said)}"
    )


def _mended(kind: type[Join], shapes: Sequence[Shape], said: Sequence[str]) -> str:
    """Return which layer behind one branch would make it meet the others."""
    if len({len(size) for _, size in shapes}) > 1:
        return "make their axes as many"
    # The shortcut is written last, behind the branch with the most layers: it is mended if it can be.
    for at in reversed(range(len(shapes))):
        for to in range(len(shapes)):
            wanted = _wanted(kind, shapes, at, to)
            changed = [wanted if number == at else shape for number, shape in enumerate(shapes)]
            layer = bridge(shapes[at], wanted) if kind.meets(changed) else None
            if layer is not None:
                others = " ".join(_number(name) for number, name in enumerate(said) if number != at)
                return f"write `{in_short(layer)} from {_number(said[at])}` before it, then `{kind.operation} {others}`"
    return "make their sizes the same, as with `padding` or `stride` in the layers before"


def _wanted(kind: type[Join], shapes: Sequence[Shape], at: int, to: int) -> Shape:
    """Return the shape that one branch must have to meet another."""
    if kind is JOINS["scale"]:
        return shapes[0][0], ((1,) * len(shapes[0][1]) if at else shapes[0][1])
    return shapes[at][0] if kind is JOINS["concat"] else shapes[to][0], shapes[to][1]


def _number(said: str) -> str:
    """Return what the short form calls a tensor."""
    return said.removeprefix("layer ")


def bridge(shape: Shape, wanted: Shape) -> Conv | None:
    """Return a convolution from one shape to another: 1×1 with a stride, or without one that crops; None if it grows.

    Examples
    --------
    >>> in_short(bridge((2, (5, 5)), (4, (3, 3))))
    'conv 2 4 k1 s2'
    """
    (made, size), (channels, cells) = shape, wanted
    if any(n < m for n, m in zip(size, cells, strict=True)):
        return None
    strides = [_stride(n, m) for n, m in zip(size, cells, strict=True)]
    if None in strides:
        cropped = [n - m + 1 for n, m in zip(size, cells, strict=True)]
        return Conv(size, cropped, in_channels=made, out_channels=channels)
    return Conv(size, 1, [stride or 1 for stride in strides], in_channels=made, out_channels=channels)


def _stride(size: int, wanted: int) -> int | None:
    """Return the least stride at which single cells of an axis make a wanted number, or None."""
    return next((stride for stride in range(1, size + 1) if (size - 1) // stride + 1 == wanted), None)


def in_short(layer: Conv) -> str:
    """Return a convolution in the short form, with its channels if there are several."""
    channels = "" if layer.grouping.is_single else f" {layer.in_channels} {layer.out_channels}"
    stride = "" if max(layer.stride) == 1 else f" s{short(layer.stride)}"
    return f"conv{channels} k{short(layer.kernel_size)}{stride}"


def spans(layers: Sequence[Layer], sources: Sources, axis: int) -> list[int]:
    """Return the largest span of cells that one final output sees on an axis, of the input and each layer's output.

    Padding and the ends of the input are ignored. Every path through the
    branches counts; the span is from the first cell seen to the last.
    """
    places = prod(layer.spacing(axis) for layer in layers)
    # A factor that scales a whole channel stands at one place, so that outputs differ in what they see.
    if any(layer.source_size(number) != layer.input_size for layer in layers for number in range(_count(layer))):
        places = max(places, layers[-1].output_size[axis])
    found = [0] * (len(layers) + 1)
    for output in range(min(places, _MOST_TRACED)):
        seen: list[set[int]] = [set() for _ in found]
        seen[-1] = {output}
        for number, (layer, read) in reversed(list(enumerate(zip(layers, sources, strict=True), 1))):
            for place, source in enumerate(read):
                seen[source] |= {one for cell in _ends(seen[number]) for one in layer.source_inputs(place, axis, cell)}
        found = [max(span, max(own) - min(own) + 1 if own else 0) for span, own in zip(found, seen, strict=True)]
    return found


def _count(layer: Layer) -> int:
    """Return how many tensors a layer reads."""
    return len(layer.branches) if isinstance(layer, Join) else 1


def _ends(cells: set[int]) -> set[int]:
    """Return cells, or only the first and the last of very many."""
    return cells if len(cells) <= _MOST_TRACED else {min(cells), max(cells)}
