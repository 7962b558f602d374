"""Writing of chains with branches as the code of a framework: each layer with what it reads, and where they meet."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from textwrap import indent

from convanim.frameworks import torch_writing as torch
from convanim.frameworks.jax import WRITERS
from convanim.frameworks.jax_image import INPUT
from convanim.frameworks.onnx_graph import Node, graph
from convanim.frameworks.onnx_writing import NODES
from convanim.frameworks.spelling import Code, NoCode, each_of, in_no_sequence
from convanim.layers import Add, Chain, Concatenate, Join, Layer, Scale

Write = Callable[[tuple[Layer, ...]], str | NoCode]
Joined = Mapping[type[Join], Callable[[Sequence[str]], str]]

_IN_JAX: Joined = {
    Add: " + ".join,
    Concatenate: lambda read: f"jnp.concatenate([{', '.join(read)}], axis=1)",
    Scale: " * ".join,
}
_IN_ONNX: Mapping[type[Join], Callable[[Join], Node]] = {
    Add: lambda layer: Node("Add" if len(layer.branches) == 2 else "Sum", {}),
    Concatenate: lambda layer: Node("Concat", {"axis": "1"}),
    Scale: lambda layer: Node("Mul", {}),
}
_IN_TORCH: Joined = {
    Add: " + ".join,
    Concatenate: lambda read: f"torch.cat([{', '.join(read)}], dim=1)",
    Scale: " * ".join,
}
_IN_KERAS: Joined = {
    Add: lambda read: f"layers.Add()([{', '.join(read)}])",
    Concatenate: lambda read: f"layers.Concatenate()([{', '.join(read)}])",
    Scale: lambda read: f"layers.Multiply()([{', '.join(read)}])",
}


def written_branches(chain: Chain, framework: str, write: Write) -> str | NoCode:
    """Return a chain with branches as the code of a framework, or the reason why there is none.

    Parameters
    ----------
    chain : Chain
        The chain.
    framework : str
        The name of the framework.
    write : callable
        Its writer of single layers.
    """
    if framework in _FROM_PARTS:
        return _FROM_PARTS[framework](chain)
    if framework not in _WRITERS:
        return NoCode(f"branches are not written there; {', '.join((*_WRITERS, *_FROM_PARTS))} have them")
    made = [None if isinstance(one, Join) and framework != "convanim" else write((one,)) for one in chain.layers]
    for number, code in enumerate(made, 1):
        if isinstance(code, NoCode):
            return NoCode(f"layer {number}: {code.why}")
    return _WRITERS[framework](chain, [str(code) for code in made])


def _as_graph(chain: Chain) -> str | NoCode:
    """Return a graph in the text form of ONNX."""
    nodes = each_of(chain.layers, {**NODES, **_IN_ONNX})
    return nodes if isinstance(nodes, NoCode) else graph(chain.layers, nodes, chain.sources)


def _as_lines(chain: Chain) -> str | NoCode:
    """Return the lines of a program of JAX."""
    codes = each_of(chain.layers, {**WRITERS, **dict.fromkeys(_IN_JAX, lambda layer: Code(()))})
    if isinstance(codes, NoCode):
        return codes
    lines = [f"x = jnp.ones({(1, chain.layers[0].source_channels(0), *chain.input_size)})"]
    for layer, code, (name, read) in zip(chain.layers, codes, _tensors(chain), strict=True):
        if isinstance(layer, Join):
            lines.append(f"{name} = {_IN_JAX[type(layer)](read)}")
        for number, part in enumerate(code.parts):
            lines.append(f"{name} = {part.replace(INPUT, name if number else read[0])}")
    return "\n".join(lines)


def _tensors(chain: Chain) -> list[tuple[str, list[str]]]:
    """Return what each layer makes and reads: ``x`` is the input, ``x1`` what layer 1 makes."""
    return [(f"x{number}", [f"x{one}" if one else "x" for one in read]) for number, read in enumerate(chain.sources, 1)]


def _as_module(chain: Chain, made: list[str]) -> str | NoCode:
    """Return the class of a module of PyTorch."""
    codes = each_of(chain.layers, {**torch.WRITERS, Join: lambda layer: Code(())})
    pairs = (
        (chain.layers[one - 1], layer)
        for layer, read in zip(chain.layers, chain.sources, strict=True)
        for one in read
        if one
    )
    refused = codes if isinstance(codes, NoCode) else in_no_sequence(codes) or torch.columns_between(pairs)
    if refused:
        return refused
    held, lines = ["super().__init__()"], []
    for number, (layer, code, (name, read)) in enumerate(zip(chain.layers, made, _tensors(chain), strict=True), 1):
        if isinstance(layer, Join):
            lines.append(f"{name} = {_IN_TORCH[type(layer)](read)}")
        else:
            held.append(f"self.layer{number} = {code}")
            lines.append(f"{name} = self.layer{number}({read[0]})")
    lines.append(f"return x{len(chain.layers)}")
    parts = (("__init__(self)", held), ("forward(self, x)", lines))
    methods = [f"def {name}:\n{indent(chr(10).join(own), '    ')}" for name, own in parts]
    return "class Block(nn.Module):\n" + indent("\n\n".join(methods), "    ")


def _as_functions(chain: Chain, made: list[str]) -> str:
    """Return the lines of a functional model of Keras."""
    lines = [f"x = keras.Input({(*chain.input_size, chain.layers[0].source_channels(0))})"]
    for layer, code, (name, read) in zip(chain.layers, made, _tensors(chain), strict=True):
        lines.append(f"{name} = {_IN_KERAS[type(layer)](read) if isinstance(layer, Join) else f'{code}({read[0]})'}")
    return "\n".join([*lines, f"model = keras.Model(x, x{len(chain.layers)})"])


def _as_chain(chain: Chain, made: list[str]) -> str:
    """Return the call of this library's own class."""
    names = f", names={list(chain.names)}" if any(chain.names) else ""
    return "convanim.Chain([\n" + "".join(f"    {one},\n" for one in made) + f"], sources={list(chain.sources)}{names})"


_WRITERS: dict[str, Callable[[Chain, list[str]], str | NoCode]] = {
    "torch": _as_module,
    "keras": _as_functions,
    "convanim": _as_chain,
}
"""How each framework has branches."""

_FROM_PARTS: dict[str, Callable[[Chain], str | NoCode]] = {"onnx": _as_graph, "jax": _as_lines}
"""How the frameworks have branches in whose code layers do not stand alone."""
