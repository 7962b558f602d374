"""Layers that branch and meet again, their plans, and what they make by nested loops."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from hypothesis import strategies as st

from convanim import Conv, Layer, MaxPool, Plan, Upsample
from convanim.layers.join import Add, Concatenate
from convanim.plans import Tensor, stage_of
from tests import loops
from tests.strategies import numbers

Drawn = tuple[Layer, tuple[int, ...]]
"""A layer and the tensors that it reads."""


@dataclass(frozen=True)
class Graph:
    """Layers, each with what it reads, and their numbers."""

    first: Any
    drawn: tuple[Drawn, ...]
    kernels: tuple[Any, ...]
    biases: tuple[Any, ...]

    @classmethod
    def of(cls, first: Any, drawn: Sequence[Drawn], seed: int = 0) -> Graph:
        """Return a graph with random weights above zero, so that none hides what is read."""
        generator = np.random.default_rng(seed)
        kernels = [generator.integers(1, 4, layer.weight_size) if layer.is_weighted else None for layer, _ in drawn]
        biases = [generator.integers(-3, 4, layer.bias_size) if layer.bias_size else None for layer, _ in drawn]
        return cls(first, tuple(drawn), tuple(kernels), tuple(biases))

    def planned(self, is_valued: bool = True) -> Plan:
        """Return the plan; tensor 0 is the input, and the others are numbered as their stages are, from 1."""
        first = self.first if is_valued else None
        tensors = [Tensor("input", len(self.first), self.first.shape[1:], first)]
        stages = []
        for number, (layer, sources) in enumerate(self.drawn):
            numbers = (self.kernels[number], self.biases[number]) if is_valued else (None, None)
            stages.append(stage_of(number, layer, sources, number + 1, *numbers))
            tensors.append(Tensor(f"tensor {number + 1}", layer.grouping.out_channels, layer.output_size))
        return Plan(self.drawn[-1][0], tuple(tensors), tuple(stages))

    def computed(self, given: dict[int, Any], is_marked: bool = False) -> list[Any]:
        """Return every tensor by nested loops, some of them as given; marks become more wherever they are read."""
        found = [given.get(0, np.zeros_like(self.first))]
        for number, (layer, sources) in enumerate(self.drawn):
            read = [found[source] for source in sources]
            bias = 0 * self.biases[number] if is_marked and layer.bias_size else self.biases[number]
            made = computed(layer, read, self.kernels[number], bias, is_marked)
            found.append(made + given[number + 1] if number + 1 in given else made)
        return found


def computed(layer: Any, read: Sequence[Any], kernel: Any, bias: Any, is_marked: bool) -> Any:
    if isinstance(layer, Add):
        return sum(read)
    if isinstance(layer, Concatenate):
        return np.concatenate(read)
    if isinstance(layer, Conv):
        return loops.convolved(layer, read[0], kernel, bias)
    if isinstance(layer, Upsample):
        factors = [after // before for before, after in zip(layer.input_size, layer.output_size, strict=True)]
        return np.kron(read[0], np.ones((1, *factors), int))
    return pooled(layer, read[0], is_marked)


def pooled(layer: Any, x: Any, is_marked: bool) -> Any:
    """Return what a max pool makes, or how much it reads."""
    made = np.zeros((len(x), *layer.output_size), int)
    for channel, *cell in np.ndindex(*made.shape):
        places = [
            tuple(c * s + t - low for c, s, t, (low, _) in zip(cell, layer.stride, tap, layer.padding, strict=True))
            for tap in loops.cells(layer.kernel_size)
        ]
        values = [x[(channel, *place)] for place in places if min(place) >= 0 and within(place, layer.input_size)]
        made[(channel, *cell)] = sum(values) if is_marked else max(values)
    return made


def within(place: Sequence[int], size: Sequence[int]) -> bool:
    return all(at < n for at, n in zip(place, size, strict=True))


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    """Draw stages, each of which reads any of the tensors before it, of which one or two come together."""
    dims = draw(st.integers(1, 2))
    size = draw(numbers(dims, 2, 4 if dims == 1 else 3))
    shapes = [(draw(st.integers(1, 2)), size)]
    drawn: list[Drawn] = []
    for _ in range(draw(st.integers(2, 6))):
        # The newest often, so that some ways are long.
        source = draw(st.sampled_from([len(shapes) - 1, *range(len(shapes))]))
        channels, cells = shapes[source]
        alike = [number for number, shape in enumerate(shapes) if shape == shapes[source]]
        level = [number for number, (_, other) in enumerate(shapes) if other == cells]
        kind = draw(st.sampled_from(["conv", "add", "holed", "pool", "concatenate", "strided", "copied"]))
        layer: Layer
        sources: tuple[int, ...] = (source,)
        if kind in ("conv", "holed"):
            # One whose cells are apart does not read the cell itself, as what goes around it does.
            kernel, dilation = (3, 1) if kind == "conv" else (2, 2)
            many = draw(st.integers(1, 2))
            layer = Conv(cells, kernel, 1, 1, dilation, in_channels=channels, out_channels=many, bias=True)
        elif kind == "strided":
            groups = {"in_channels": channels, "out_channels": channels, "groups": draw(st.sampled_from([1, channels]))}
            layer = Conv(cells, 1, draw(st.integers(1, 2)), bias=True, **groups)
        elif kind == "pool":
            layer = MaxPool(cells, 2, 1, ((1, 0),) * dims, channels=channels)
        elif kind == "copied":
            layer = Upsample(cells, draw(st.integers(1, 2)) if max(cells) < 4 else 1, channels=channels)
        elif kind == "add":
            sources = (source, *draw(st.lists(st.sampled_from(alike), min_size=1, max_size=2)))
            layer = Add(cells, [channels] * len(sources))
        else:
            sources = (source, draw(st.sampled_from(level)))
            layer = Concatenate(cells, [shapes[one][0] for one in sources])
        drawn.append((layer, sources))
        shapes.append((layer.grouping.out_channels, layer.output_size))
    seed = draw(st.integers(0, 99))
    first = np.random.default_rng(seed).integers(-5, 6, (shapes[0][0], *size))
    return Graph.of(first, drawn, seed)


def residual() -> Graph:
    """Return a block with a skip connection: the input goes through two convolutions, and around them."""
    first = np.arange(18).reshape(2, 3, 3)
    layer = Conv(3, 3, padding=1, in_channels=2, out_channels=2)
    return Graph.of(first, [(layer, (0,)), (layer, (1,)), (Add(3, [2, 2]), (0, 2))])
