"""A model as a graph of feature maps: what each operation makes, of which others, and what is passed on the way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import prod

from convanim.base.errors import ConvanimError
from convanim.base.records import dataclass
from convanim.frameworks.models.entries import Entry
from convanim.frameworks.models.field_rules import BROADCAST, CELLWISE
from convanim.frameworks.models.graph import Dims, Link, shown
from convanim.frameworks.models.model import Model
from convanim.layers import Layer
from convanim.words.layer_names import kind_of

JOINS = {"Add": "sum", "Sum": "sum", "Mul": "product", "Concat": "copy"}
"""The operations in which branches meet, and the sign of each."""

_DENSE = ("MatMul", "Gemm", "MatMulInteger", "QLinearMatMul")
_SHAPES = ("Flatten", "Reshape", "Squeeze", "Unsqueeze", "Transpose", "Identity")
"""What moves numbers to other axes and changes none."""

_ALONG = ("Softmax", "LogSoftmax", "Hardmax")
_NORMS = ("LayerNormalization", "InstanceNormalization", "GroupNormalization", "MeanVarianceNormalization", "LRN")
_MEANS = {"ReduceMean": "avg_pool", "ReduceMax": "max_pool"}

ACTIVATIONS = {
    "relu": "ReLU",
    "relu6": "ReLU6",
    "leakyrelu": "leaky ReLU",
    "prelu": "PReLU",
    "elu": "ELU",
    "selu": "SELU",
    "celu": "CELU",
    "gelu": "GELU",
    "silu": "SiLU",
    "swish": "Swish",
    "mish": "Mish",
    "tanh": "tanh",
    "sigmoid": "sigmoid",
    "hardsigmoid": "hard sigmoid",
    "hardswish": "hard Swish",
    "hardtanh": "hard tanh",
    "softplus": "softplus",
    "softmax": "softmax",
    "softmax2d": "softmax",
    "logsoftmax": "log softmax",
}
"""What activations are called in pictures, by their names in frameworks, in small letters without underscores."""

_KINDS = {
    "conv_transpose": "up",
    "upsample": "up",
    "pixel_shuffle": "up",
    "max_unpool": "up",
    "max_pool": "pool",
    "avg_pool": "pool",
    "lp_pool": "pool",
    "adaptive_max_pool": "pool",
    "adaptive_avg_pool": "pool",
    "global_max_pool": "pool",
    "global_avg_pool": "pool",
    "pixel_unshuffle": "other",
    "unfold": "other",
    "fold": "other",
}
"""The kinds of blocks by the operations of layers; others that have weights are convolutions."""


@dataclass(frozen=True)
class Block:
    """What an operation makes.

    Attributes
    ----------
    kind : str
        ``"input"``, ``"conv"``, ``"depthwise"``, ``"pool"``, ``"up"``, ``"dense"``, ``"join"`` or ``"other"``.
    size : tuple of int
        Its cells an axis; none of plain numbers.
    channels : int
        How many channels it has, or numbers.
    sources : tuple of int
        The numbers of the blocks that it is made of.
    operation : str
        The operation: that of the layer, or ONNX's or the program's word.
    layer : Layer or None
        The layer that makes it, where it is one; the last of several in one.
    passed : tuple of str
        The activations behind it, as pictures name them.
    name : str
        What its author calls it.
    entry : int
        The number of its layer in the model's list; 0 where it is not there.
    """

    kind: str
    size: Dims
    channels: int
    sources: tuple[int, ...] = ()
    operation: str = ""
    layer: Layer | None = None
    passed: tuple[str, ...] = ()
    name: str = ""
    entry: int = 0

    @property
    def has_places(self) -> bool:
        """Whether it has cells, and not just numbers."""
        return bool(self.size)


@dataclass(frozen=True)
class Network:
    """A model as blocks.

    Attributes
    ----------
    name : str
        What its author calls it.
    blocks : tuple of Block
        In an order in which each comes behind those that it is made of.
    notes : tuple of str
        What a reader of the picture should know.
    """

    name: str
    blocks: tuple[Block, ...]
    notes: tuple[str, ...] = ()

    def part(self, first: int | None, last: int | None) -> Network:
        """Return the blocks between what two layers make, given by their numbers in the model's list.

        Raises
        ------
        ConvanimError
            If none of them is made of what the first one makes.
        """
        if first is None and last is None:
            return self
        starts = [at for at, one in enumerate(self.blocks) if (one.entry == first if first else not one.sources)]
        kept = set(starts)
        for at, one in enumerate(self.blocks):
            if kept.intersection(one.sources):
                kept.add(at)
        if last is not None:
            end = next((at for at, one in enumerate(self.blocks) if one.entry == last), -1)
            kept &= self._behind(self._met(end, kept))
        if len(kept) <= len(starts):
            raise ConvanimError("to", last or "", "does not come behind the layer that the part begins at")
        order = sorted(kept)
        places = {at: number for number, at in enumerate(order)}
        blocks, lost = [], 0
        for at in order:
            sources = tuple(places[one] for one in self.blocks[at].sources if one in places)
            lost += at not in starts and len(sources) < len(self.blocks[at].sources)
            blocks.append(replace(self.blocks[at], sources=sources))
        if first:
            blocks[0] = replace(blocks[0], kind="input", layer=None, operation="", passed=())
        notes = [f"blocks that also take something from outside this part: {lost}"] if lost else []
        return replace(self, blocks=tuple(blocks), notes=(*self.notes, *notes))

    def _met(self, end: int, kept: set[int]) -> int:
        """Return the join that follows a block at once, as at the end of a residual block, or the block itself."""
        for at, one in enumerate(self.blocks):
            if one.kind == "join" and end in one.sources and all(source <= end for source in one.sources):
                return at if kept.issuperset(one.sources) else end
        return end

    def _behind(self, end: int) -> set[int]:
        """Return the blocks that one is made of, itself included."""
        found = {end}
        for at in range(end, -1, -1):
            if at in found:
                found.update(self.blocks[at].sources)
        return found


def network_of(model: Model) -> Network:
    """Return the feature maps of a model and what leads from one to another.

    Activations and normalizations have no block of their own.

    Raises
    ------
    ConvanimError
        If the model has no layers, a size is not known, or the file does not say what takes what.
    """
    if not model.entries:
        raise ConvanimError("model", shown(model.name), "has no layers that could be drawn")
    if not model.links and not model.is_path and len(model.entries) > 1:
        raise ConvanimError(
            "view", "blocks", "needs to know what takes what, and this file does not say it; give the source, or ONNX"
        )
    return _Reader(model).network()


class _Reader:
    """What has been read of a model so far: its blocks, and which of them each tensor is."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.blocks: list[Block] = []
        self.known: dict[str, int] = {}
        self.unknown: list[str] = []

    def network(self) -> Network:
        model = self.model
        for given in model.inputs:
            size, channels = self._apart(given.dims)
            first = next((one for one in model.entries if one.input == given.name and one.measured), None)
            if first is not None and first.measured is not None:
                size, channels = first.measured.input_size, first.measured.in_channels
            self._add(given.name, Block("input", size, channels, name=given.name))
        waiting = list(model.links)
        for entry in model.entries:
            waiting = self._read_links(waiting)
            self._entry(entry)
        for link in self._read_links(waiting):
            if any(one in self.known for one in link.inputs):
                self._link(link)
        return Network(shown(model.name), tuple(self.blocks), self._notes())

    def _notes(self) -> tuple[str, ...]:
        """Return what a reader of the picture should know."""
        if not self.unknown:
            return ()
        first, *others = self.unknown
        more = f" and {len(others)} others" if others else ""
        return (f"what leads to {first}{more} is not known; they are drawn behind the blocks before them",)

    def _read_links(self, waiting: Sequence[Link]) -> list[Link]:
        """Read the links all of whose tensors are known, and return the others."""
        left = []
        for link in waiting:
            if link.inputs and all(one in self.known for one in link.inputs):
                self._link(link)
            else:
                left.append(link)
        return left

    def _add(self, tensor: str, block: Block) -> None:
        self.known[tensor] = len(self.blocks)
        self.blocks.append(block)

    def _apart(self, dims: Dims) -> tuple[Dims, int]:
        """Return the size and the channels of a tensor."""
        if len(dims) < 3:
            return (), dims[-1] if dims else 1
        return (dims[1:-1], dims[-1]) if self.model.channels_last else (dims[2:], dims[1])

    def _entry(self, entry: Entry) -> None:
        """Add what a layer makes."""
        its = entry.measured
        if its is None:
            raise ConvanimError("layer", entry.number, "has no size that is known: {}", entry.why)
        if entry.input not in self.known and self.model.links:
            self.unknown.append(shown(entry.name))
        source = self.known.get(entry.input, len(self.blocks) - 1)
        layer = entry.parts[-1] if entry.parts else None
        if layer is None:
            kind = "up" if prod(its.output_size) > prod(its.input_size) else "other"
        elif kind_of(layer) == "depthwise":
            kind = "depthwise"
        else:
            kind = _KINDS.get(layer.operation, "conv" if layer.is_weighted else "other")
        if kind == "pool" and its.output_size == its.input_size and layer and set(layer.kernel_size) == {1}:
            # An adaptive pooling to the size that its input has does nothing.
            self.known[entry.output] = source
            return
        operation = layer.operation if layer is not None else entry.operation.rpartition(".")[2]
        passed = (ACTIVATIONS[_plain(entry.activation)],) if _plain(entry.activation) in ACTIVATIONS else ()
        block = Block(kind, its.output_size, its.out_channels, (source,), operation, layer, passed, entry.name)
        self._add(entry.output, replace(block, entry=entry.number))

    def _link(self, link: Link) -> None:
        """Add what another operation makes, or note that it is what it takes."""
        sources = tuple(dict.fromkeys(self.known[one] for one in link.inputs if one in self.known))
        before = self.blocks[sources[0]]
        operation = link.operation.rpartition(".")[2]
        if len(sources) == 1 and self._passes(link, operation):
            self._pass(link, sources[0], operation)
            return
        size, channels = before.size, before.channels
        if link.dims is not None and not link.keeps_size:
            # Of two axes that change places, the last holds channels from there on.
            is_turned = operation == "Transpose" and len(link.dims) == 3
            size, channels = (link.dims[1:-1], link.dims[-1]) if is_turned else self._apart(link.dims)
        if operation in _SHAPES and len(sources) == 1 and self._is_plain(size, before):
            self.known[link.output] = sources[0]
            return
        if operation in _DENSE:
            kind = "dense" if len(sources) == 1 else "other"
            if link.dims is not None:
                size, channels = link.dims[1:-1], link.dims[-1]
        elif operation in _MEANS and len(sources) == 1:
            kind, operation = "pool", _MEANS[operation]
        elif len(sources) > 1 and operation in JOINS and (operation != "Concat" or link.joins_channels or not size):
            kind = "join"
        else:
            kind, operation = "other", link.called or operation
        called = ACTIVATIONS.get(_plain(link.called)) if kind == "dense" else None
        self._add(link.output, Block(kind, size, channels, sources, operation, None, (called,) if called else ()))

    def _passes(self, link: Link, operation: str) -> bool:
        """Return whether an operation changes numbers and neither moves them nor changes their count."""
        along = (*_ALONG, *_NORMS)
        if operation in _NORMS and link.called:
            # What has a name of its own, such as attention, is taken for a normalization in receptive fields only.
            return False
        return link.keeps_size and (operation in CELLWISE or operation in BROADCAST or operation in along)

    def _pass(self, link: Link, source: int, operation: str) -> None:
        self.known[link.output] = source
        called = ACTIVATIONS.get(_plain(link.called or operation))
        before = self.blocks[source]
        if called and called not in before.passed and before.kind != "input":
            self.blocks[source] = replace(before, passed=(*before.passed, called))

    def _is_plain(self, size: Dims, before: Block) -> bool:
        """Return whether a tensor in another shape needs no block: it keeps its size, or has no places any more."""
        return not size or size == before.size or prod(size) == 1


def _plain(name: str) -> str:
    return name.lower().replace("_", "")
