"""A part of a model as a chain of layers, with the branches that lead around some of them and meet again."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from convanim.base.errors import ConvanimError
from convanim.base.records import dataclass
from convanim.frameworks.models.entries import Entry
from convanim.frameworks.models.field_rules import BROADCAST, CELLWISE
from convanim.frameworks.models.graph import Link, shown
from convanim.layers import Add, Chain, Concatenate, Join, Layer, Scale
from convanim.layers.branching import refuse_apart
from convanim.layers.chain import MOST_LAYERS
from convanim.layers.join import Shape

if TYPE_CHECKING:
    from convanim.frameworks.models.model import Model

_JOINS: dict[str, type[Join]] = {"Add": Add, "Sum": Add, "Concat": Concatenate, "Mul": Scale}
"""The layers in which branches meet, by the operations of ONNX."""

_SHORT = re.compile(r"[A-Za-z]\w{0,11}", re.ASCII)
"""The last part of a layer's name, where it is short enough for a picture."""


@dataclass(frozen=True)
class Part:
    """A part of a model.

    Attributes
    ----------
    chain : Chain
        Its layers, and where branches meet.
    passed : tuple of str
        Operations that change cells one by one, such as activations, and are not drawn.
    """

    chain: Chain
    passed: tuple[str, ...]


def part_of(model: Model, first: Entry | None, last: Entry) -> Part:
    """Return the part of a model between what two of its layers make.

    Activations and normalizations are passed over. Where what a layer makes
    is joined to something that is not made of it, as at the end of a residual
    block, the join belongs to the layer.

    Parameters
    ----------
    model : Model
        The model.
    first : Entry or None
        The layer whose output goes in; None for the model's input.
    last : Entry
        The layer whose output comes out.

    Raises
    ------
    ConvanimError
        If it is not known what takes what, the part takes something else too,
        or one of its operations cannot be drawn.
    """
    if not model.links and not model.is_path:
        raise ConvanimError("to", repr(shown(last.name)), "is asked for, but this file does not say what takes what")
    return _Reader(model, first, last).part()


def whole_of(model: Model) -> Part | None:
    """Return a whole model with its branches as one part, or None where it is no such chain, or too long for one."""
    try:
        return part_of(model, None, model.entries[-1]) if model.entries and model.links else None
    except ConvanimError:
        return None


@dataclass(frozen=True, eq=False)
class _Reader:
    """What makes and takes each tensor of a model."""

    model: Model
    first: Entry | None
    last: Entry

    @cached_property
    def start(self) -> str:
        """The tensor that goes into the part."""
        if self.first is None:
            return self.model.inputs[0].name
        return _Reader(self.model, None, self.first).end()

    @cached_property
    def entries(self) -> dict[str, Entry]:
        """The layers by the tensors that they make."""
        return {entry.output: entry for entry in self.model.entries}

    @cached_property
    def links(self) -> dict[str, Link]:
        """The other operations by the tensors that they make."""
        return {link.output: link for link in self.model.links}

    def plain(self, tensor: str) -> tuple[str, tuple[str, ...]]:
        """Return the tensor that a tensor is made of cell by cell, itself if it is not, and by which operations."""
        return self._passing.get(tensor, (tensor, ()))

    @cached_property
    def _passing(self) -> dict[str, tuple[str, tuple[str, ...]]]:
        """What `plain` returns of tensors that are made cell by cell, in the order in which the model makes them."""
        found: dict[str, tuple[str, tuple[str, ...]]] = {}
        for tensor, link in self.links.items():
            if tensor == self.start or link.operation not in CELLWISE | BROADCAST or not link.keeps_size:
                continue
            behind = [found.get(one, (one, ())) for one in link.inputs]
            if len({source for source, _ in behind}) == 1:
                passed = behind[0][1] if len(behind) == 1 else ()
                found[tensor] = (behind[0][0], (link.operation, *passed))
        return found

    def behind(self, tensor: str) -> list[str]:
        """Return the tensors that are made on the way from the start to one, each behind those that it is made of.

        Raises
        ------
        ConvanimError
            If something else leads there too.
        """
        found: dict[str, None] = {}
        waiting = [(self.plain(tensor)[0], False)]
        while waiting:
            one, is_done = waiting.pop()
            if is_done:
                found.setdefault(one)
            elif one != self.start and one not in found:
                sources = [self.plain(source)[0] for source in self.read_by(one)]
                waiting += [(one, True), *((source, False) for source in reversed(sources))]
        return list(found)

    def read_by(self, tensor: str) -> tuple[str, ...]:
        """Return the tensors that a tensor is made of."""
        if tensor in self.entries:
            self.refuse_undrawn(self.entries[tensor])
            return (self.entries[tensor].input,)
        if tensor in self.links:
            return self.links[tensor].inputs
        begun = f"{shown(self.first.name)!r} makes" if self.first is not None else "goes into the model"
        raise ConvanimError(
            "from",
            "",
            f"what {{}} is not all that leads to {shown(self.last.name)!r}; begin at an earlier layer",
            begun,
        )

    def end(self) -> str:
        """Return the tensor that comes out: what the last layer makes, joined to what is not made of it."""
        target = self.last.output
        for link in self.model.links:
            own = {self.plain(one)[0] for one in link.inputs}
            if target not in own or len(own) < 2:
                continue
            try:
                if all(target not in self.behind(one) for one in own - {target}):
                    target = link.output
            except ConvanimError:
                continue
        return target

    def part(self) -> Part:
        """Return the part as a chain of layers."""
        made = self.behind(self.end())
        if not made:
            raise ConvanimError(
                "to", repr(shown(self.last.name)), "does not come behind the layer that the part begins at"
            )
        if len(made) > MOST_LAYERS:
            raise ConvanimError(
                "to",
                repr(shown(self.last.name)),
                f"ends a part of {len(made)} layers, and at most {MOST_LAYERS} are drawn",
            )
        made = self.in_order(made)
        numbers = {self.start: 0}
        layers: list[Layer] = []
        sources: list[tuple[int, ...]] = []
        names: list[str] = []
        passed: dict[str, None] = {}
        for tensor in made:
            read = []
            for one in self.read_by(tensor):
                source, operations = self.plain(one)
                passed |= dict.fromkeys(operations)
                read.append(numbers[source])
            if tensor in self.entries:
                own = self.entries[tensor].parts
                names += [""] * (len(own) - 1) + [_short(self.entries[tensor].name)]
            else:
                joined, read = self.join(self.links[tensor], read, layers, sources)
                own = (joined,)
                names.append("")
            for layer in own:
                layers.append(layer)
                sources.append(tuple(read))
                read = [len(layers)]
            numbers[tensor] = len(layers)
        unique = [name if names.count(name) == 1 else "" for name in names]
        chain = Chain(layers, sources=sources, names=[*unique[:-1], ""])
        return Part(chain, tuple("activation" if name == "Identity" else name for name in passed))

    def in_order(self, made: Sequence[str]) -> list[str]:
        """Return tensors in the order in which the model makes them, joins as soon as they can be."""
        found: dict[str, None] = {self.start: None}
        waiting = {one: [self.plain(source)[0] for source in self.read_by(one)] for one in made}
        while waiting:
            ready = [one for one, sources in waiting.items() if all(source in found for source in sources)]
            first = min(ready, key=lambda one: self.entries[one].number if one in self.entries else 0)
            found[first] = None
            waiting.pop(first)
        return list(found)[1:]

    def refuse_undrawn(self, entry: Entry) -> None:
        """Raise if an entry is no layer that can be drawn."""
        if entry.layer is None:
            raise ConvanimError(
                "to",
                repr(shown(self.last.name)),
                "needs layer {}, which cannot be drawn: {}",
                entry.number,
                entry.why,
            )

    def join(
        self, link: Link, read: list[int], layers: Sequence[Layer], sources: Sequence[tuple[int, ...]]
    ) -> tuple[Layer, list[int]]:
        """Return the layer in which an operation joins tensors, and these in the order in which it takes them.

        Raises
        ------
        ConvanimError
            If it is none.
        """
        kind = _JOINS.get(link.operation)
        if kind is None or len(read) < 2 or (kind is Concatenate and not link.joins_channels):
            told = shown(link.name or link.operation)
            raise ConvanimError(
                "to", repr(shown(self.last.name)), f"needs {told} ({link.operation}), which cannot be drawn"
            )
        made: list[Shape] = [(self._first(layers, sources), self._size(layers))]
        made += [(layer.grouping.out_channels, layer.output_size) for layer in layers]
        shapes = [made[one] for one in read]
        if kind is Scale and not kind.meets(shapes):
            read, shapes = read[::-1], shapes[::-1]
        refuse_apart(kind, shapes, [f"layer {one}" if one else "input" for one in read], len(layers) + 1)
        return kind.of(shapes), read

    def _first(self, layers: Sequence[Layer], sources: Sequence[tuple[int, ...]]) -> int:
        """Return the channels of what goes in."""
        return next((one.source_channels(0) for one, read in zip(layers, sources, strict=True) if read == (0,)), 1)

    def _size(self, layers: Sequence[Layer]) -> tuple[int, ...]:
        """Return the size of what goes in."""
        return layers[0].input_size if layers else ()


def _short(name: str) -> str:
    """Return what a layer is called in a picture; nothing where its name is long."""
    last = re.split(r"[./]", name.strip("./"))[-1]
    # Exporters name operations after their kind, which the picture says anyway.
    return last if _SHORT.fullmatch(last) and not re.match(r"(Conv|conv_?\d*d|.*Pool)", last) else ""
