"""One line of a model's list: an operation that slides windows or moves cells, as a layer where there is such a one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import prod

import numpy as np

from convanim.base.errors import ConvanimError
from convanim.frameworks.models.field_rules import FAILURES, alignment, factors
from convanim.frameworks.models.fields import Field, Reach
from convanim.frameworks.models.graph import Dims, Given, Node, Tensor, first_of, shown
from convanim.frameworks.onnx import layer_from_attributes
from convanim.layers import ROWS_COLUMNS, Chain, Layer
from convanim.layers.axis import Axis

MOST_ENTRIES = 1_000
"""Layers that are listed of one model."""

LONGEST_WHY = 240


@dataclass(frozen=True)
class Kind:
    """An operation that is listed.

    Attributes
    ----------
    operation : str
        The one whose attributes and sizes it has.
    weights, bias : int or None
        Which of its inputs they are.
    """

    operation: str
    weights: int | None = None
    bias: int | None = None


LISTED: dict[str, Kind] = {
    "Conv": Kind("Conv", 1, 2),
    "ConvInteger": Kind("Conv", 1),
    "QLinearConv": Kind("Conv", 3, 8),
    "ConvTranspose": Kind("ConvTranspose", 1, 2),
    "Upsample": Kind("Resize"),
    **{
        name: Kind(name)
        for name in ("MaxPool", "AveragePool", "GlobalMaxPool", "GlobalAveragePool", "DepthToSpace", "Resize")
    },
}
"""What is listed of a model, of ONNX's own operations."""


def kind_of(node: Node) -> Kind | None:
    """Return what an operation is listed as, None where it is not listed."""
    return None if node.domain else LISTED.get(node.operation)


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

    @property
    def parts(self) -> tuple[Layer, ...]:
        """The layers that it is made of."""
        return () if self.layer is None else self.layer.layers if isinstance(self.layer, Chain) else (self.layer,)

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
        return "its channels come last, which is not known here"
    try:
        if kind.operation == "Resize":
            by = factors(node, given, first_of(outputs))
            # Rounded as the file does it, a number reads as it was written.
            attributes["scales"] = [float(str(np.float32(float(one)))) for one in by]
            attributes |= alignment(node)
        size = weights.dims if weights else None
        if size and (mismatch := _mismatch(kind, attributes.get("group", 1), size, first.dims[1])):
            return mismatch
        has_bias = kind.bias is not None and len(node.inputs) > kind.bias and bool(node.inputs[kind.bias])
        return layer_from_attributes(kind.operation, attributes, first.dims[2:], first.dims[1], size, has_bias)
    except ConvanimError as error:
        return shown(str(error), LONGEST_WHY)
    except FAILURES:
        return "its attributes are damaged, or not known before the model runs"


def _mismatch(kind: Kind, groups: object, weights: Dims, channels: int) -> str:
    """Return how weights and input do not go together, if they do not."""
    if not isinstance(groups, int) or len(weights) < 3:
        return "its weights are not those of such a layer"
    takes = weights[0] if kind.operation == "ConvTranspose" else weights[1] * groups
    return "" if takes == channels else f"its weights take {takes:,} channels, but its input has {channels:,}"


def _unknown(node: Node, place: int, what: str, makers: Mapping[str, str]) -> str:
    if len(node.inputs) <= place or not node.inputs[place]:
        return f"it has no {what}"
    name = node.inputs[place]
    made = f"which {shown(makers[name])} makes" if name in makers else "damaged or made by no operation before it"
    return f"the size of its {what} {shown(name)}, {made}, is not known"


def entry_of(number: int, node: Node, found: Layer | str, reach: Reach | None, counts: bool) -> Entry:
    """Return the line of an operation.

    Parameters
    ----------
    number : int
        From 1 on.
    node : Node
        The operation.
    found : Layer or str
        The layer, or why there is none.
    reach : Reach or None
        What its output sees of the model's input, if that is known.
    counts : bool
        Whether the layer is small enough to count what it does not read.
    """
    layer = found if isinstance(found, Layer) else None
    if layer is not None and not counts:
        layer, found = None, "too many cells stand before it in this model to count its own"
    return Entry(
        number,
        node.name or next(iter(node.outputs), ""),
        node.called,
        layer,
        "" if isinstance(found, Layer) else found,
        next(iter(node.inputs), ""),
        next(iter(node.outputs), ""),
        reach,
        0 if layer is None else unread(layer),
    )


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
