"""Operators of ONNX, and a graph of them in ONNX's text form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from convanim.base.records import dataclass
from convanim.layers import Layer

OPERANDS = "inputs? outputs? name? doc_string? domain? weight_size=None bias=False"
"""What every operator may have besides its own attributes."""


@dataclass(frozen=True)
class Node:
    """An operator of a graph.

    Attributes
    ----------
    operator : str
        Its name.
    attributes : mapping
        Attributes by name, in their text form.
    weights : tuple of (letter, shape)
        Tensors that it takes besides its input.
    scales, sizes : tuple of numbers
        Factors of the sizes, or the sizes, for a ``Resize``.
    """

    operator: str
    attributes: Mapping[str, str]
    weights: tuple[tuple[str, tuple[int, ...]], ...] = ()
    scales: tuple[float, ...] = ()
    sizes: tuple[int, ...] = ()


def graph(layers: Sequence[Layer], nodes: Sequence[Node], sources: Sequence[Sequence[int]] = ()) -> str:
    """Return operators in order as a graph in ONNX's text form, which `onnx.parser.parse_graph` reads.

    Each takes what the one before it makes, unless ``sources`` says which
    others: 0 for the input, and otherwise the number of an operator.
    """
    several = len(nodes) > 1
    inputs, held, lines = [_shaped("X", layers[0].source_channels(0), layers[0].input_size)], [], []
    for number, node in enumerate(nodes):
        made = "Y" if number == len(nodes) - 1 else f"H{number + 1}"
        read = sources[number] if sources else (number,)
        taken = [f"H{one}" if one else "X" for one in read]
        for letter, shape in node.weights:
            if not letter:
                taken.append("")
                continue
            name = f"{letter}{number + 1}" if several else letter
            kind = "int64" if letter == "I" else "float"
            inputs.append(f"{kind}[{', '.join(map(str, shape))}] {name}")
            taken.append(name)
        for kind, word, values in (("float", "scales", node.scales), ("int64", "sizes", node.sizes)):
            if values:
                name = f"{word}{number + 1}" if several else word
                held.append(f"{kind}[{len(values)}] {name} = {{{', '.join(map(str, values))}}}")
                taken += [*[""] * (2 if word == "sizes" else 1), name]
        settings = ", ".join(f"{name} = {said}" for name, said in node.attributes.items() if said)
        attributes = f" <{settings}>" if settings else ""
        lines.append(f"  {made} = {node.operator}{attributes} ({', '.join(taken)})")
    output = _shaped("Y", layers[-1].grouping.out_channels, layers[-1].output_size)
    kept = f" <{', '.join(held)}>" if held else ""
    return f"layer ({', '.join(inputs)}) => ({output}){kept} {{\n" + "\n".join(lines) + "\n}"


def _shaped(name: str, channels: int, size: tuple[int, ...]) -> str:
    return f"float[{', '.join(map(str, (1, channels, *size)))}] {name}"
