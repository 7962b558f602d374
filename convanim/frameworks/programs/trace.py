"""The trace of a program: every layer that it applies to a tensor, with sizes, costs, and what its output sees."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field
from typing import Any

from convanim.base.errors import ConvanimError
from convanim.base.records import dataclass
from convanim.frameworks.kinds import Input
from convanim.frameworks.models.entries import LONGEST_WHY, MOST_ENTRIES, Entry, Sizes, newly_counted, unread
from convanim.frameworks.models.field_rules import followed, through_layer
from convanim.frameworks.models.fields import Field, Reach, Seen
from convanim.frameworks.models.graph import Dims, Link, Node, Tensor, shown
from convanim.frameworks.programs.graphs import Steps
from convanim.frameworks.programs.resizing import resampled, resized, seen_through
from convanim.frameworks.programs.values import LibraryLayer, Traced
from convanim.layers import Chain, Layer

_LARGEST = 2**40
_MOST_LINKS = 20 * MOST_ENTRIES
_SOME_SIZES = (1_000, 1_001)


class NeedsInput(Exception):  # noqa: N818
    """A layer takes an input of other axes or channels than were assumed: it is read again with one of those."""

    def __init__(self, axes: int | None = None, channels: Sequence[int] = ()) -> None:
        super().__init__("another input")
        self.axes, self.channels = axes, channels


@dataclass(eq=False)
class Trace:
    """What has been applied so far.

    Attributes
    ----------
    channels_last : bool
        Whether tensors have their channels behind the other axes.
    entries : list of Entry
        The layers in order.
    notes : dict
        What a reader should know, once each.
    inputs : list of Traced
        What goes into the model.
    guessed : bool
        Whether the input's axes and channels are guessed, and a layer may say others.
    counted : dict
        Weights that have been counted, each with the entry that did.
    passed : dict
        Tensors by name that hold the same cells as another, which an activation changes one by one.
    steps : Steps
        How tensors were made.
    links : list of Link
        The operations that are no layers, in order.
    """

    channels_last: bool = False
    entries: list[Entry] = field(default_factory=list)
    notes: dict[str, None] = field(default_factory=dict)
    inputs: list[Traced] = field(default_factory=list)
    guessed: bool = False
    knows_channels: bool = True
    counted: dict[Any, int] = field(default_factory=dict)
    passed: dict[str, str] = field(default_factory=dict)
    steps: Steps = field(default_factory=Steps)
    links: list[Link] = field(default_factory=list)
    number: int = 0

    def is_path(self) -> bool:
        """Return whether each layer takes what the one before it makes, all are known, and no branches meet."""
        if any(len({self.passed.get(one, one) for one in link.inputs}) > 1 for link in self.links):
            return False
        takes = [self.passed.get(entry.input, entry.input) for entry in self.entries]
        makes = [entry.output for entry in self.entries]
        return all(entry.layer is not None for entry in self.entries) and takes[1:] == makes[:-1]

    def note(self, text: str) -> None:
        """Say something once."""
        self.notes.setdefault(text)

    def places(self, rank: int) -> range:
        """Return which axes of a tensor have places."""
        return range(1, rank - 1) if self.channels_last else range(2, rank)

    def channel_axis(self, rank: int) -> int:
        """Return which axis of a tensor holds channels."""
        return rank - 1 if self.channels_last else 1

    def tensor(
        self, dims: Dims | None, its: Field | None = None, why: str = "", weights: Any = None, name: str = ""
    ) -> Traced:
        """Return a tensor with a name of its own."""
        self.number += 1
        known = None
        if dims is not None:
            if min(dims, default=1) < 0 or max(dims, default=0) > _LARGEST:
                why = why or f"its shape would be {' × '.join(map(str, dims))}"
            else:
                known = Tensor(dims, its)
        return Traced(known, name or f"t{self.number}", why, weights)

    def constant(self, dims: Dims, weights: Any = None) -> Traced:
        """Return a tensor that depends on no input."""
        return self.tensor(dims, Field((None,) * len(dims)), weights=weights)

    def input(self, size: Sequence[int], channels: int, name: str = "") -> Traced:
        """Return a tensor that goes into the model."""
        dims = (1, *size, channels) if self.channels_last else (1, channels, *size)
        own = self.places(len(dims))
        axes = tuple(Seen(axis) if axis in own else None for axis in range(len(dims)))
        made = self.tensor(dims, Field(axes), name=name)
        self.inputs.append(made)
        return made

    def lost(self, why: str) -> Traced:
        """Return a tensor of which nothing is known."""
        return self.tensor(None, why=why)

    def make(
        self, operation: str, given: Sequence[Traced], dims: Dims | None, called: str = "", **attributes: Any
    ) -> Traced:
        """Return what an operation makes that is no layer, by the name that ONNX has for it."""
        made = self._operation(operation, given, dims, attributes, called)
        return self.steps.record(made, given, lambda many: self.make(operation, many, dims, called, **attributes))

    def _operation(
        self, operation: str, given: Sequence[Traced], dims: Dims | None, attributes: dict[str, Any], called: str
    ) -> Traced:
        for one in given:
            if one.tensor is None:
                return self.lost(one.why)
        if dims is None:
            return self.lost(f"what {operation} makes is not known")
        tensors = [one.tensor for one in given]
        node = Node(operation, "", "", tuple(one.name for one in given), ("made",), attributes, operation, None)
        is_constant = all(one is not None and one.is_constant for one in tensors)
        if is_constant:
            # What is made of weights, cell by cell, is taken to be those weights.
            its = next((one.weights for one in given if one.weights is not None and one.dims == dims), None)
            return self.constant(dims, its)
        (found,) = followed(node, tensors, [Tensor(dims, None)])
        made = self.tensor(dims, None if found is None else found.field)
        taken = [one for one, tensor in zip(given, tensors, strict=True) if tensor and not tensor.is_constant]
        is_same = bool(taken) and taken[0].dims == dims
        joins = operation == "Concat" and attributes.get("axis") == self.channel_axis(len(dims))
        if len(self.links) < _MOST_LINKS:
            names = tuple(one.name for one in taken)
            self.links.append(Link(operation, "", names, made.name, is_same, joins, dims, called))
        if operation == "Identity":
            self.passed[made.name] = self.passed.get(given[0].name, given[0].name)
        return made

    def layer(self, layer: LibraryLayer, operation: str, name: str, given: Traced, weights: Any = None) -> Traced:
        """Return what a layer makes of a tensor, and list it."""
        made = self._layer(layer, operation, name, given, weights)
        return self.steps.record(made, [given], lambda many: self.layer(layer, operation, name, many[0], weights))

    def _layer(self, layer: LibraryLayer, operation: str, name: str, given: Traced, weights: Any) -> Traced:
        described = layer.described
        assert described is not None
        assert described.kind.build is not None
        if given.tensor is None:
            start = "the size of its input is not known: "
            why = start + given.why.removeprefix(start)
            return self.listed(name, operation, given, why, of=layer, weights=weights or weight_keys(layer))
        dims = given.tensor.dims
        axes = described.kind.dims
        if axes is None and described.kind.axes is not None:
            axes = described.kind.axes(described.arguments)
        axes = len(dims) - 2 if axes is None else axes
        if len(dims) == axes + 1 and not self.channels_last and given not in self.inputs:
            # PyTorch takes one example without a batch too.
            given = self.make("Unsqueeze", [given], (1, *dims))
            return self._layer(layer, operation, name, given, weights)
        if len(dims) != axes + 2:
            if self.guessed and given in self.inputs:
                raise NeedsInput(axes=axes)
            return self.listed(
                name,
                operation,
                given,
                f"it takes {axes} axes beside batch and channels, and its input has {len(dims) - 2}",
            )
        places = self.places(len(dims))
        size, channels = tuple(dims[place] for place in places), dims[self.channel_axis(len(dims))]
        try:
            found = described.kind.build(described.arguments, Input(size, channels))
        except ConvanimError as error:
            told = error if given in self.inputs else error.behind_others()
            return self.listed(name, operation, given, str(told), *self._unbuilt(layer, given))
        parts = found.layers if isinstance(found, Chain) else (found,)
        takes = parts[0].grouping.in_channels
        is_input = self.passed.get(given.name, given.name) in [one.name for one in self.inputs]
        if takes != channels:
            if self.guessed and not self.knows_channels:
                raise NeedsInput(channels=(takes,) if is_input else _channels_for(takes, channels))
            why = f"it takes {takes:,} channels, and its input has {channels:,}; in_channels={channels} would do"
            return self.listed(name, operation, given, why)
        says = any(described.arguments.get(key) is not None for key in ("in_channels", "in_features"))
        self.knows_channels = self.knows_channels or (is_input and weights is None and says)
        its = None if given.tensor is None else given.tensor.field
        for part in parts:
            its = None if its is None else through_layer(its, part, places)
        last = parts[-1]
        sized = list(dims)
        sized[self.channel_axis(len(dims))] = last.grouping.out_channels
        for number, place in enumerate(places):
            sized[place] = last.output_size[number]
        made = self.tensor(tuple(sized), its)
        self._list(name, operation, found, given, made, weights or weight_keys(layer), activation_of(layer))
        return made

    def _unbuilt(self, layer: LibraryLayer, given: Traced) -> tuple[Dims | None, Field | None]:
        """Return what a layer makes that is none of ours, where its arguments say the size, and what that sees."""
        described = layer.described
        assert described is not None
        assert given.tensor is not None
        size = tuple(given.tensor.dims[place] for place in self.places(len(given.tensor.dims)))
        made = resized(described.name, described.arguments, size)
        if made is None:
            return None, None
        dims = list(given.tensor.dims)
        places = self.places(len(dims))
        for place, n in zip(places, made, strict=True):
            dims[place] = n
        its = given.tensor.field
        seen = None if its is None else seen_through(described, its, given.tensor.dims, tuple(dims), places)
        return tuple(dims), seen

    def listed(
        self,
        name: str,
        operation: str,
        given: Traced,
        why: str,
        dims: Dims | None = None,
        seen: Field | None = None,
        of: LibraryLayer | None = None,
        weights: Sequence[Any] = (),
    ) -> Traced:
        """List an operation that is no layer here, and return what it makes; ``of`` is one that has no size."""
        if dims is None or given.tensor is None or min(dims, default=1) < 1:
            is_told = "is not known" in why or "has no size" in why
            made = self.lost(why if is_told else f"{name} has no size: {why}")
            sizes = None
        else:
            its = given.tensor.field
            places = self.places(len(dims))
            if seen is None and its is not None:
                seen = resampled(its, given.tensor.dims, dims, places)
            made = self.tensor(dims, seen)
            channel = self.channel_axis(len(dims))
            sizes = Sizes(
                tuple(given.tensor.dims[place] for place in places),
                tuple(dims[place] for place in places),
                given.tensor.dims[channel],
                dims[channel],
            )
        told = shown(why, LONGEST_WHY)
        ends = given.name, made.name
        # What is no layer and yet has sizes, such as interpolation, has no weights.
        number, counts = len(self.entries) + 1, (0 if sizes else None, 0)
        unsized, any_size = (None, None) if of is None else on_any_size(of)
        if any_size is not None:
            counts = self._counts(any_size, weights, number)
        entry = Entry(number, name, operation, None, told, *ends, self._reach(made), 0, *counts, sizes, unsized)
        self._append(entry)
        return self.steps.record(
            made, [given], lambda many: self.listed(name, operation, many[0], why, dims, seen, of, weights)
        )

    def _list(
        self,
        name: str,
        operation: str,
        layer: Layer | Chain,
        given: Traced,
        made: Traced,
        weights: Sequence[Any],
        activation: str,
    ) -> None:
        """List a layer; weights and biases that have been counted are not counted again."""
        number = len(self.entries) + 1
        reach, lost, counts = self._reach(made), unread(layer), self._counts(layer, weights, number)
        ends = given.name, made.name
        entry = Entry(number, name, operation, layer, "", *ends, reach, lost, *counts, activation=activation)
        self._append(entry)

    def _counts(self, layer: Layer | Chain, weights: Sequence[Any], number: int) -> tuple[int, int]:
        """Return how many weights and biases no entry before has counted, and an earlier one that has the same."""
        biases = sum(part.bias_size for part in (layer.layers if isinstance(layer, Chain) else (layer,)))
        sizes = (layer.parameters - biases, biases)
        self.steps.weights[number] = tuple(zip(weights, sizes, strict=True))
        return newly_counted(self.steps.weights[number], self.counted, number)

    def _append(self, entry: Entry) -> None:
        if len(self.entries) < MOST_ENTRIES:
            self.entries.append(entry)
        else:
            self.note(f"only the first {MOST_ENTRIES:,} layers are listed")

    def _reach(self, made: Traced) -> Reach | None:
        """Return what one cell of a tensor sees of the first input."""
        first = self.inputs[0].tensor if self.inputs else None
        if made.tensor is None or made.tensor.field is None or first is None:
            return None
        its = made.tensor.field
        return its.reach(self.places(len(its.axes)), first.dims, self.places(len(first.dims)))


def activation_of(layer: LibraryLayer) -> str:
    """Return the name of the activation that a layer applies itself, as layers of Keras can; empty for none."""
    its = layer.arguments.get("activation")
    return its if isinstance(its, str) else str(getattr(its, "short", ""))


def on_any_size(layer: LibraryLayer) -> tuple[Layer | Chain | None, Layer | Chain | None]:
    """Return what a layer is on an input of any size, where that is one, and what has its weights in any case.

    Both are built for an input of some size, which says nothing.
    """
    its = layer.described
    if its is None or its.kind.build is None:
        return None, None
    says = its.arguments.get("in_channels") or its.arguments.get("in_features")
    channels = says if isinstance(says, int) else 1
    try:
        one, other = (its.kind.build(its.arguments, Input((n,) * (its.kind.dims or 2), channels)) for n in _SOME_SIZES)
    except ConvanimError:
        return None, None
    parts, others = ((built.layers if isinstance(built, Chain) else (built,)) for built in (one, other))
    if any(part.parameters for part in parts) and not says:
        return None, None
    is_alike = [part.options for part in parts] == [part.options for part in others]
    return (one if is_alike else None), one


def _channels_for(takes: int, made: int) -> tuple[int, ...]:
    """Return channels of the input that a layer may stand for, to which one input channel comes as several.

    Each channel may have become several, or others may have been laid behind it.
    """
    many = (takes // made,) if takes % made == 0 else ()
    return tuple(one for one in (*many, takes - made + 1) if one > 0)


def weight_keys(layer: LibraryLayer) -> tuple[Any, Any]:
    """Return what tells a layer's weights and its bias from those of others."""
    return layer.shared.get("weight", (layer, "weight")), layer.shared.get("bias", (layer, "bias"))
