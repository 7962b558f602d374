"""The backward pass of a layer as layers with numbers: the gradients of its input and of its weights."""

from __future__ import annotations

from functools import cached_property
from math import prod
from typing import Any

import numpy as np

from convanim.base.errors import ConvanimError
from convanim.base.options import quoted, spelled
from convanim.base.records import dataclass
from convanim.layers import Chain, Grouping, Layer
from convanim.layers.gradients import copies_cells, input_gradient, weight_gradient
from convanim.layers.input_gradient import InputGradient, Routes
from convanim.layers.rearrange import Place
from convanim.layers.rules import MAX
from convanim.layers.weighted import Weighted
from convanim.plans.graph import Plan
from convanim.plans.making import plan, stage_of
from convanim.plans.values import Numbers, checked_seed, numbers
from convanim.plans.windows import Windows

PARTS = {
    "forward": "the layer itself",
    "input": "the gradient of its input",
    "weight": "the gradient of its weights",
}
"""The parts of a backward pass, in order."""

ONES = "ones"
"""The word for a gradient of the output that is 1 in every cell, as of the sum of the output."""

_MOST_DISTINCT = 100
"""The most cells of a plane that get numbers of their own where the largest of a window is taken."""

_TRIES = 16
"""How many inputs are tried for one in which many cells win."""

_LARGEST = 4
"""Random gradients are from 1 to less than this: none is zero, as inserted zeros and padding are."""


@dataclass(frozen=True, eq=False)
class Part:
    """A part of a backward pass: a layer, or a chain of two, with its numbers.

    Attributes
    ----------
    name : str
        A key of `PARTS`.
    layer : Layer or Chain
        What makes it.
    input : array or None
        Its input; None in a part without numbers.
    kernel : array, list of arrays or None
        Its weights.
    bias : array or None
        Its biases.
    """

    name: str
    layer: Layer | Chain
    input: Any = None
    kernel: Any = None
    bias: Any = None

    @cached_property
    def values(self) -> Numbers:
        """What it makes, channels first."""
        made = plan(self.layer, input=self.input, kernel=self.kernel, bias=self.bias)
        found = made.values(made.last.target)
        assert found is not None
        return found


@dataclass(frozen=True, eq=False)
class Backward:
    """A layer, its numbers, and the gradient of its output.

    Attributes
    ----------
    layer : Layer
        The layer.
    forward : Plan
        Its plan, with numbers.
    grad : array
        The gradient of its output, channels first.
    """

    layer: Layer
    forward: Plan
    grad: Numbers

    @property
    def _first(self) -> Numbers:
        values = self.forward.tensors[0].values
        assert values is not None
        return values

    @cached_property
    def parts(self) -> tuple[Part, ...]:
        """All parts: the layer, and the gradients of its input and, if it has any, of its weights."""
        layer, stage = self.layer, self.forward.last
        kernel = None if stage.kernel is None else _plain(layer, stage.kernel, 2)
        found = [Part("forward", layer, _plain(layer, self._first), kernel, stage.bias)]
        if isinstance(layer, Weighted):
            return (*found, self._input_of_weighted(layer), self._weight(layer))
        back = InputGradient(layer, routes(self.forward))
        return (*found, Part("input", back, _plain(back, self.grad)))

    @property
    def bias(self) -> Numbers | None:
        """The gradient of each bias, the sum of its channel's; None if there are none."""
        return self.grad.reshape(len(self.grad), -1).sum(axis=1) if self.layer.bias_size else None

    @property
    def weight(self) -> Numbers | None:
        """The gradient of the weights in the shape of the layer's ``weight_size``; None if there are none."""
        if not isinstance(self.layer, Weighted):
            return None
        own, is_turned = self.layer.grouping, any(axis.rotated for axis in self.layer.axes)
        sides = (own.outputs_a_group, own.inputs_a_group) if is_turned else (own.inputs_a_group, own.outputs_a_group)
        slices = self.parts[-1].values.reshape(own.groups, *sides, *self.layer.kernel_size)
        if is_turned is self.layer.inputs_lead:
            slices = np.swapaxes(slices, 1, 2)
        return slices.reshape(self.layer.weight_size)

    def _input_of_weighted(self, layer: Weighted) -> Part:
        back, weights = input_gradient(layer), self.forward.last.kernel
        assert weights is not None
        if back.inputs_lead is layer.inputs_lead:
            weights = _exchanged(weights, layer.grouping.groups)
        kernel, grad = _plain(back, weights, 2), _plain(back, self.grad)
        if not copies_cells(layer):
            return Part("input", back, grad, kernel)
        return Part("input", Chain([back, _folding(layer, back, _copied(layer))]), grad, [kernel, None])

    def _weight(self, layer: Weighted) -> Part:
        back, own = weight_gradient(layer), layer.grouping
        is_turned = any(axis.rotated for axis in layer.axes)
        slid, other = (self.grad, self._first) if is_turned else (self._first, self.grad)
        # Each channel of what is slid over meets those of its group, one kernel each.
        groups = other.reshape(own.groups, -1, *other.shape[1:])
        kernel = np.repeat(groups, len(slid) // own.groups, axis=0).reshape(-1, 1, *other.shape[1:])
        return Part("weight", back, _plain(back, slid), _plain(back, kernel, 2))


def backward(
    layer: Layer,
    *,
    input: object = None,
    kernel: object = None,
    bias: object = None,
    grad: object = None,
    seed: int = 0,
) -> Backward:
    """Return the backward pass of a layer.

    Parameters
    ----------
    layer : Layer
        The layer.
    input, kernel, bias, seed
        As in `plan`; missing numbers are random. Where the largest value of
        a window is taken, those of the input are all different.
    grad : array, nested sequence of numbers or "ones", optional
        The gradient of the output, as large as the output, channels first if
        the layer has any; random by default, from 1 to 3.

    Raises
    ------
    ConvanimError
        If ``layer`` is not a layer, its gradients are not drawn, or the numbers do not fit.

    Examples
    --------
    >>> from convanim.layers import Conv
    >>> whole = backward(Conv(3, 2), input=[[1, 2, 3], [4, 5, 6], [7, 8, 9]], kernel=[[1, 0], [0, 2]], grad="ones")
    >>> [part.values[0].tolist() for part in whole.parts[1:]]
    [[[1, 1, 0], [1, 3, 2], [0, 2, 2]], [[12, 16], [24, 28]]]
    """
    if not isinstance(layer, Layer):
        raise ConvanimError("layer", quoted(layer), "not a layer; make one such as convanim.Conv(5, 3)")
    _refuse_undrawn(layer)
    source = np.random.RandomState(checked_seed(seed))
    if input is None and layer.combining.is_picked and prod(layer.input_size) <= _MOST_DISTINCT:
        input = _telling(layer, source)
    forward = plan(layer, input=input, kernel=kernel, bias=bias, seed=seed)
    made = (layer.grouping.out_channels, *layer.output_size)
    if isinstance(grad, str) and grad == ONES:
        return Backward(layer, forward, np.ones(made, np.int64))
    if grad is None:
        return Backward(layer, forward, source.randint(1, _LARGEST, size=made, dtype=np.int64))
    return Backward(layer, forward, _fitting_grad(layer, grad, made))


def _telling(layer: Layer, source: np.random.RandomState) -> Numbers:
    """Return an input with a clear winner in each window: all its numbers differ, and many of them win."""
    size = (layer.grouping.in_channels, prod(layer.input_size))
    tried = [np.stack([source.permutation(size[1]) + 1 for _ in range(size[0])]) for _ in range(_TRIES)]
    inputs = [_plain(layer, values.reshape(size[0], *layer.input_size)) for values in tried]
    won = [len(np.unique(plan(layer, input=one).planes(1, 0))) for one in inputs]
    return inputs[won.index(max(won))]


def bare_parts(layer: Layer) -> tuple[Part, ...]:
    """Return the parts of a layer's backward pass without numbers; only their sizes and settings are known.

    Raises
    ------
    ConvanimError
        If the gradients of the layer are not drawn.
    """
    _refuse_undrawn(layer)
    if not isinstance(layer, Weighted):
        return Part("forward", layer), Part("input", InputGradient(layer, {}))
    back = input_gradient(layer)
    whole = Chain([back, _folding(layer, back, {})]) if copies_cells(layer) else back
    return Part("forward", layer), Part("input", whole), Part("weight", weight_gradient(layer))


def _refuse_undrawn(layer: Layer) -> None:
    """Raise if the gradients of a layer are none of those that are drawn."""
    stage = stage_of(0, layer, (0,), 1)
    is_known = type(stage) is Windows if isinstance(layer, Weighted) else stage.rule.combine is None
    if not (is_known or stage.rule is MAX):
        said = "has gradients that are not drawn; those of convolutions, of max and average pooling, and of layers that"
        raise ConvanimError("layer", f"({layer.title})", f"{said} copy or weigh cells are")


def _folding(layer: Weighted, back: Layer, copied: Routes) -> InputGradient:
    """Return the layer that adds the gradients of copies in the padding to those of their cells."""
    return InputGradient(layer, copied, back.output_size, _each(layer.grouping.in_channels))


def routes(forward: Plan) -> dict[Place, dict[Place, float]]:
    """Return for each input cell of a layer the outputs that it counts in, and the factor of each.

    They are read off the steps of the layer's plan, whatever the layer does:
    the values of a window may be copied, added, averaged, or the largest of
    them taken, which the numbers of the plan decide.
    """
    stage = forward.last
    found: dict[Place, dict[Place, float]] = {}
    for step in map(forward.step, range(len(forward))):
        winner = forward.winner(step) if stage.rule is MAX else None
        for read in step.reads:
            for channel in read.channels:
                for number, cell in enumerate(map(tuple, read.taps.source.tolist())):
                    if cell[0] < 0 or (stage.rule is MAX and number != winner):
                        continue
                    factor = 1.0 if read.taps.coefficient is None else float(read.taps.coefficient[number])
                    own = found.setdefault((channel, cell), {})
                    made = step.channel, step.cell
                    own[made] = own.get(made, 0.0) + factor
    return found


def _copied(layer: Weighted) -> dict[Place, dict[Place, float]]:
    """Return for each input cell the cells of the padded input that hold its value."""
    places = [[axis.source(position) for position in range(axis.extent)] for axis in layer.axes]
    found: dict[Place, dict[Place, float]] = {}
    for position in np.ndindex(*map(len, places)):
        cell = tuple(sources[at] for sources, at in zip(places, position, strict=True))
        if None not in cell:
            for channel in range(layer.grouping.in_channels):
                found.setdefault((channel, cell), {})[channel, position] = 1.0
    return found


def _each(channels: int) -> Grouping:
    return Grouping(channels, channels, channels)


def _exchanged(weights: Numbers, groups: int) -> Numbers:
    """Return weights whose first two axes, the channels of both sides, are exchanged within each group."""
    own = weights.reshape(groups, -1, *weights.shape[1:])
    return np.swapaxes(own, 1, 2).reshape(-1, own.shape[1], *weights.shape[2:])


def _plain(layer: Layer, values: Numbers, axes: int = 1) -> Numbers:
    """Return numbers without their axes of channels if the layer has none."""
    return values if layer.has_channels else values.reshape(values.shape[axes:])


def _fitting_grad(layer: Layer, grad: object, size: tuple[int, ...]) -> Numbers:
    """Return a given gradient, channels first; numbers of one plane are repeated in all channels."""
    found = numbers("grad", grad, len(size))
    if found.shape == layer.output_size:
        return np.tile(found, (size[0], *(1,) * layer.dims))
    if found.shape != size:
        taken = layer.output_size if found.ndim <= layer.dims else size
        said = f"has a size of {spelled(found.shape)}, but the output has {spelled(taken)}; make them the same"
        raise ConvanimError("grad", "", said)
    return found
