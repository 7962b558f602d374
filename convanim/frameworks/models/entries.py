"""One line of a model's list: an operation that slides windows or moves cells, as a layer where there is such a one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from math import prod
from typing import Any

import numpy as np

from convanim.base.errors import ConvanimError
from convanim.base.records import dataclass
from convanim.frameworks.models.field_rules import FAILURES
from convanim.frameworks.models.fields import Field, Reach
from convanim.frameworks.models.graph import Dims, Given, Node, Tensor, asked, first_of, shown
from convanim.frameworks.models.resizing import alignment, scales_of
from convanim.frameworks.onnx import layer_from_attributes
from convanim.layers import ROWS_COLUMNS, Chain, Layer
from convanim.layers.axis import Axis

MOST_ENTRIES = 1_000
"""Layers that are listed of one model."""

LONGEST_WHY = 240

Names = tuple[str, ...]
"""Those of a tensor, and of what goes with it."""


@dataclass(frozen=True)
class Kind:
    """An operation that is listed.

    Attributes
    ----------
    operation : str
        The one whose attributes and sizes it has.
    weights, bias : int or None
        Which of its inputs they are.
    why : str
        Why there is never a layer of it, if that is so.
    """

    operation: str
    weights: int | None = None
    bias: int | None = None
    why: str = ""


_ELSEWHERE = "it reads where another input says, which is not drawn"
_LAST = "its channels come last, which is not known here"

LISTED: dict[str, Kind] = {
    "Conv": Kind("Conv", 1, 2),
    "ConvInteger": Kind("Conv", 1),
    "QLinearConv": Kind("Conv", 3, 8),
    "ConvTranspose": Kind("ConvTranspose", 1, 2),
    "DeformConv": Kind("DeformConv", 1, 3),
    "Upsample": Kind("Resize"),
    **{
        name: Kind(name)
        for name in (
            "MaxPool",
            "AveragePool",
            "GlobalMaxPool",
            "GlobalAveragePool",
            "LpPool",
            "GlobalLpPool",
            "DepthToSpace",
            "SpaceToDepth",
            "Resize",
        )
    },
    **{name: Kind(name, why=_ELSEWHERE) for name in ("MaxUnpool", "MaxRoiPool", "RoiAlign", "GridSample")},
    "Col2Im": Kind("Col2Im", why="its blocks lie in one row, which is not drawn"),
    "CenterCropPad": Kind("CenterCropPad", why="it crops and pads, which is drawn as padding of a layer only"),
}
"""What is listed of a model, of ONNX's own operations."""

_OF_RUNTIME: dict[str, Kind] = {
    "QLinearConv": Kind("Conv", 3, 8),
    "NhwcConv": Kind("Conv", 1, 2, _LAST),
    "NhwcFusedConv": Kind("Conv", 1, 2, _LAST),
    "NhwcMaxPool": Kind("MaxPool", why=_LAST),
    "ConvTransposeWithDynamicPads": Kind("ConvTranspose", 1, 3, "its padding is only known when the model runs"),
    "MaxpoolWithMask": Kind("MaxPool", why=_ELSEWHERE),
    "GridSample": Kind("GridSample", why=_ELSEWHERE),
}
"""What is listed of the operations of ONNX Runtime."""

_OVER_ALL: dict[str, Kind] = {"ReduceMean": Kind("GlobalAveragePool"), "ReduceMax": Kind("GlobalMaxPool")}
"""What is a global pooling where it goes over all places."""


def kind_of(node: Node, given: Given = ()) -> Kind | None:
    """Return what an operation of some tensors is listed as, None where it is not listed."""
    if node.domain:
        return _OF_RUNTIME.get(node.operation) if node.domain == "com.microsoft" else None
    if node.operation in _OVER_ALL and _goes_over_all(node, given):
        return _OVER_ALL[node.operation]
    return LISTED.get(node.operation)


def _goes_over_all(node: Node, given: Given) -> bool:
    """Return whether a reduction makes one cell of each channel, and leaves it its axes."""
    try:
        first = first_of(given)
        rank, axes = len(first.dims), asked(node, given, "axes", 1) or []
        own = {range(rank)[axis] for axis in axes}
    except FAILURES:
        return False
    # Numbers along the last axis of three are places only where those of the input lead there.
    has_places = rank > 3 or (rank == 3 and first.field is not None and first.field.axes[-1] is not None)
    return has_places and not first.is_constant and own == {*range(2, rank)} and node.attributes.get("keepdims", 1) == 1


@dataclass(frozen=True)
class Sizes:
    """The sizes of an operation that is no layer here."""

    input_size: Dims
    output_size: Dims
    in_channels: int
    out_channels: int


@dataclass(frozen=True)
class Entry:
    """An operation of a model.

    Attributes
    ----------
    number : int
        From 1 on, in the file's order.
    name : str
        As the file calls it; the name of what it makes where it has none.
    operation : str
        ONNX's word for it.
    layer : Layer, Chain or None
        A chain of two where a framework has them as one; None where there is none here.
    why : str
        Why not, as a sentence.
    input, output : str
        The names of what it takes and makes.
    reach : Reach or None
        What one cell of its output sees of the model's input; None where not known.
    unread : int
        Cells of the layer's own input, in one plane, that no window reads.
    counted : int or None
        Weights and biases that no entry before has; all of the layer's where it is None.
    same_as : int
        The number of an earlier entry with the same weights, 0 where there is none.
    sizes : Sizes or None
        Where there is no layer, and the sizes are known nevertheless.
    unsized : Layer, Chain or None
        Where there is no layer only because the size of its input is not
        known: what it is on an input of any size.
    activation : str
        The activation that it applies itself, as in Keras; empty for none.
    """

    number: int
    name: str
    operation: str
    layer: Layer | Chain | None
    why: str
    input: str
    output: str
    reach: Reach | None
    unread: int = 0
    counted: int | None = None
    same_as: int = 0
    sizes: Sizes | None = None
    unsized: Layer | Chain | None = None
    activation: str = ""

    @property
    def parts(self) -> tuple[Layer, ...]:
        """The layers that it is made of."""
        its = self.layer or self.unsized
        return () if its is None else its.layers if isinstance(its, Chain) else (its,)

    @property
    def channels(self) -> tuple[int, int] | None:
        """Its channels, in and out, where they are known."""
        its = self.measured
        if its is None and self.unsized is not None and any(part.is_weighted for part in self.parts):
            return self.unsized.grouping.in_channels, self.unsized.grouping.out_channels
        return None if its is None else (its.in_channels, its.out_channels)

    @property
    def measured(self) -> Sizes | None:
        """The sizes and channels of its input and output, those of the layer where there is one."""
        if self.layer is None:
            return self.sizes
        its = self.layer.grouping
        return Sizes(self.layer.input_size, self.layer.output_size, its.in_channels, its.out_channels)

    @property
    def parameters(self) -> int:
        """Weights and biases that no entry before has counted."""
        own = 0 if self.layer is None else self.layer.parameters
        return own if self.counted is None else self.counted

    @property
    def is_counted(self) -> bool:
        """Whether it is known how many weights and biases it has."""
        return self.layer is not None or self.counted is not None

    @property
    def is_costed(self) -> bool:
        """Whether it is known how often it multiplies: what is no layer does not where it has no weights."""
        return self.layer is not None or (self.counted == 0 and not self.same_as)

    @property
    def receptive_field(self) -> Dims | None:
        """How many cells of the model's input, an axis, one cell of the output sees at most."""
        return None if self.reach is None else self.reach.size

    @property
    def is_bound(self) -> bool:
        """Whether it may see fewer."""
        return self.reach is not None and self.reach.is_bound


def layer_of(
    node: Node, kind: Kind, given: Given, outputs: Sequence[Tensor | None], makers: Mapping[str, str]
) -> Layer | str:
    """Return the layer that a listed operation is, or why there is none.

    Parameters
    ----------
    node : Node
        The operation.
    kind : Kind
        What it is.
    given, outputs : sequence of Tensor or None
        What goes in and comes out.
    makers : mapping
        Which operation makes each tensor.
    """
    first = given[0] if given else None
    if first is None:
        return _unknown(node, 0, "input", makers)
    if not 1 <= len(first.dims) - 2 <= max(ROWS_COLUMNS):
        return f"its input has {len(first.dims)} axes, and 3 to 5 are known, batch and channels included"
    weights = given[kind.weights] if kind.weights is not None and len(given) > kind.weights else None
    if kind.weights is not None and weights is None:
        return _unknown(node, kind.weights, "weights", makers)
    attributes = {name: value for name, value in node.attributes.items() if isinstance(value, int | float | str | list)}
    if attributes.pop("channels_last", 0):
        return _LAST
    try:
        if kind.operation == "Resize":
            by = scales_of(node, given)
            attributes.pop("scales", None)
            if by is None:
                attributes["sizes"] = list(first_of(outputs).dims)
            else:
                # Rounded as the file does it, a number reads as it was written.
                attributes["scales"] = [float(str(np.float32(float(one)))) for one in by]
            attributes |= alignment(node)
        size = weights.dims if weights else None
        if kind.why:
            return kind.why
        if mismatch := mismatch_of(node, kind, given):
            return mismatch
        has_bias = kind.bias is not None and len(node.inputs) > kind.bias and bool(node.inputs[kind.bias])
        return layer_from_attributes(kind.operation, attributes, first.dims[2:], first.dims[1], size, has_bias)
    except ConvanimError as error:
        return shown(str(error), LONGEST_WHY)
    except FAILURES:
        return "its attributes are damaged, or not known before the model runs"


def mismatch_of(node: Node, kind: Kind, given: Given) -> str:
    """Return how the weights and the input of a listed operation do not go together, nothing where they do."""
    first = given[0] if given else None
    its = given[kind.weights] if kind.weights is not None and len(given) > kind.weights else None
    groups = node.attributes.get("group", 1)
    if first is None or its is None or kind.why or len(first.dims) < 3:
        return ""
    if not isinstance(groups, int) or len(its.dims) < 3:
        return "its weights are not those of such a layer"
    takes = its.dims[0] if kind.operation == "ConvTranspose" else its.dims[1] * groups
    channels = first.dims[1]
    return "" if takes == channels else f"its weights take {takes:,} channels, but its input has {channels:,}"


def _unknown(node: Node, place: int, what: str, makers: Mapping[str, str]) -> str:
    if len(node.inputs) <= place or not node.inputs[place]:
        return f"it has no {what}"
    name = node.inputs[place]
    made = f"which {shown(makers[name])} makes" if name in makers else "damaged or made by no operation before it"
    return f"the size of its {what} {shown(name)}, {made}, is not known"


def entry_of(
    number: int, node: Node, found: Layer | str, its: Sizes | None, reach: Reach | None, costs: tuple[int | None, int]
) -> Entry:
    """Return the line of an operation.

    Parameters
    ----------
    number : int
        From 1 on.
    node : Node
        The operation.
    found : Layer or str
        The layer, or why there is none.
    its : Sizes or None
        The sizes of its input and output, if they are known.
    reach : Reach or None
        What its output sees of the model's input, if that is known.
    costs : tuple
        Weights and biases that no entry before has, None where that is not
        known, and the number of an earlier entry with the same weights, or 0.
    """
    layer, why = (found, "") if isinstance(found, Layer) else (None, found)
    return Entry(
        number,
        node.name or next(iter(node.outputs), ""),
        node.called,
        layer,
        why,
        next(iter(node.inputs), ""),
        next(iter(node.outputs), ""),
        reach,
        0 if layer is None else unread(layer),
        *costs,
        None if layer else its,
    )


def sizes_of(given: Given, outputs: Sequence[Tensor | None]) -> Sizes | None:
    """Return the sizes of an operation, None where those of its input or output are not known, or have no places."""
    ends = [one.dims for one in (*given[:1], *outputs[:1]) if one is not None and len(one.dims) > 2]
    return Sizes(ends[0][2:], ends[1][2:], ends[0][1], ends[1][1]) if len(ends) == 2 else None


def weights_in(node: Node, kind: Kind, given: Given, origins: Mapping[str, str]) -> list[tuple[Names, int]] | None:
    """Return what tells an operation's weights and its bias from others, with how many numbers they are.

    A bias is that of its weights: exporters keep one tensor for all that hold
    the same numbers, such as the zeros that biases begin with.

    Parameters
    ----------
    node : Node
        The operation.
    kind : Kind
        What it is.
    given : sequence of Tensor or None
        What goes in.
    origins : mapping
        The tensors of the file that others are made of, by the names of those.

    Returns
    -------
    list or None
        None where a shape is not known.
    """
    found: list[tuple[Names, int]] = []
    names: Names = ()
    for place in (kind.weights, kind.bias):
        if place is None or (place == kind.bias and not any(node.inputs[place : place + 1])):
            continue
        tensor = given[place] if len(given) > place else None
        if tensor is None:
            return None
        names = (*names, origins.get(node.inputs[place], node.inputs[place]))
        found.append((names, prod(tensor.dims)))
    return found


def newly_counted(own: Sequence[tuple[Any, int]], counted: dict[Any, int], number: int) -> tuple[int, int]:
    """Return how many weights are new, and the entry that has counted the others; note what is new as counted.

    Parameters
    ----------
    own : sequence of (hashable, int)
        The weights and the bias of an entry: what tells them from others, and how many they are.
    counted : dict
        Weights of entries before, with the first that has them.
    number : int
        Of the entry.
    """
    firsts = [counted.setdefault(names, number) for names, n in own if n]
    new = sum(n for names, n in own if n and counted[names] == number)
    return new, firsts[0] if firsts and number not in firsts else 0


def positions(layer: Layer | str) -> int:
    """Return how many places are looked at to count what a layer does not read."""
    return 0 if isinstance(layer, str) else sum(len(axis.drawn) for axis in layer.axes)


def unread(layer: Layer | Chain) -> int:
    """Return how many cells of its input, in one plane, no window of a layer reads."""
    first = layer.layers[0] if isinstance(layer, Chain) else layer
    read = (axis.size - _unread_of(axis) for axis in first.axes)
    return prod(first.input_size) - prod(read)


@lru_cache(maxsize=1024)
def _unread_of(axis: Axis) -> int:
    return len(axis.unread())


def effort(kind: Kind | None, given: Given) -> int:
    """Return about how many steps it takes to follow what some tensors see."""
    fields = [one.field for one in given if one is not None and one.field is not None]
    periods = [axis.period for field in fields for axis in field.axes if axis is not None and axis.period > 1]
    # Each of so many outputs is made of as many taps as can matter, at most.
    return sum(2 * period * period if kind else period for period in periods)


def bounded(tensor: Tensor | None) -> Tensor | None:
    """Return what is known of a tensor, which is taken to see every cell of all that it sees anything of."""
    if tensor is None or tensor.field is None:
        return tensor
    return Tensor(tensor.dims, Field.of(len(tensor.dims), tensor.field, is_bound=True), tensor.numbers)
