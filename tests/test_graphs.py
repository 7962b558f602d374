"""Plans whose stages branch and meet again: values, steps and traces against nested loops."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from convanim import AvgPool, Conv, Layer, MaxPool, Plan, Upsample, plan
from convanim.layers import PixelUnshuffle
from convanim.layers.join import Add, Concatenate
from convanim.plans import Moves, Step, Tensor, Windows, stage_of
from tests import loops
from tests.strategies import numbers, pools

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
        return np.kron(read[0], np.ones((1, *layer.factor), int))
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


@given(graphs())
@settings(max_examples=150)
def test_values_are_those_of_nested_loops(graph: Graph) -> None:
    made = graph.planned()
    for tensor, expected in enumerate(graph.computed({0: graph.first})):
        found = made.values(tensor)
        assert found is not None
        assert found.tolist() == expected.tolist()


@given(graphs())
@settings(max_examples=150)
def test_steps_read_what_their_values_are_made_of(graph: Graph) -> None:
    made = graph.planned()
    found = graph.computed({0: graph.first})
    assert len(made) == sum(np.prod(one.shape) for one in found[1:])
    written: dict[int, list[tuple[int, ...]]] = {}
    for number, step in enumerate(made):
        stage = made.stages[step.stage]
        assert made.place(number)[0] is stage
        written.setdefault(stage.target, []).append((step.channel, *step.cell))
        assert {read.tensor for read in step.reads} <= set(stage.sources)
        assert made.value(step) == found[stage.target][(step.channel, *step.cell)] == together(made, step)
    for target, cells in written.items():
        assert cells == list(np.ndindex(*found[target].shape))


def together(made: Plan, step: Step) -> Any:
    """Return what a step's operands come to."""
    stage, total = made.stages[step.stage], 0
    if isinstance(stage.layer, MaxPool):
        tap = made.winner(step)
        assert tap is not None
        return made.operands(step, step.reads[0], step.channel)[0][tap]
    for read in step.reads:
        for channel in read.channels:
            x, w = made.operands(step, read, channel)
            total += sum(value * weight for value, weight in zip(x, w or [1] * len(x), strict=True))
    return total + (0 if stage.bias is None else stage.bias[step.channel])


@given(graphs(), st.integers(0, 10**6))
@settings(max_examples=150)
def test_a_trace_is_every_cell_that_the_output_depends_on(graph: Graph, at: int) -> None:
    last = graph.drawn[-1][0]
    shape = (last.grouping.out_channels, *last.output_size)
    check_trace(graph, tuple(int(i) for i in np.unravel_index(at % int(np.prod(shape)), shape)))


def test_channels_of_one_layer_may_be_needed_at_other_cells_each() -> None:
    holed = Conv(4, 2, 1, 1, 2, in_channels=2, out_channels=2)
    drawn: list[Drawn] = [(Conv(4, 1, out_channels=2), (0,)), (holed, (1,)), (Add(4, [2, 2]), (1, 2))]
    check_trace(Graph.of(np.ones((1, 4, 4), int), drawn), (0, 1, 1))


def check_trace(graph: Graph, place: tuple[int, ...]) -> None:
    made = graph.planned(is_valued=False)
    traced = made.trace(place[0], place[1:])
    assert set(traced) == {stage.number for stage in made.main}
    reached = {made.last.target, *(source for stage in made.main for source in stage.sources)}
    for tensor in reached - {made.last.target}:
        own = made.tensors[tensor]
        found = np.zeros((own.channels, *own.size), bool)
        for needs in traced.values():
            for (number, channel), mask in needs.cells.items():
                if number == tensor:
                    found[channel] |= mask
        marks = {cell: np.zeros(found.shape, int) for cell in np.ndindex(*found.shape)}
        for cell, mark in marks.items():
            mark[cell] = 1
        expected = {cell for cell, mark in marks.items() if graph.computed({tensor: mark}, is_marked=True)[-1][place]}
        assert {tuple(cell) for cell in np.argwhere(found).tolist()} == expected
        for stage in made.main:
            if stage.target == tensor:
                own_made = traced[stage.number].made
                assert {(c, *at) for c, mask in own_made.items() for at in np.argwhere(mask).tolist()} == expected


@given(graphs())
@settings(max_examples=30)
def test_positions_that_a_stage_reads_stand_for_the_cells_that_it_needs(graph: Graph) -> None:
    made = graph.planned(is_valued=False)
    for needs, stage in ((made.trace(0, (0,) * made.dims)[stage.number], stage) for stage in made.main):
        assert set(needs.read) == set(needs.cells)
        for key, read in needs.read.items():
            cells = np.zeros(stage.input_size, bool)
            for spots in np.argwhere(read).tolist():
                source = tuple(of[spot] for of, spot in zip(stage.grid.source, spots, strict=True))
                if min(source) >= 0:
                    cells[source] = True
            assert cells.tolist() == needs.cells[key].tolist()


def test_a_skip_connection_is_a_tensor_with_two_readers() -> None:
    graph = residual()
    made = graph.planned()
    last = made.step(len(made) - 1)
    assert [type(stage) for stage in made.stages] == [Windows, Windows, Moves]
    assert [(read.tensor, read.channels, read.taps.source.tolist()) for read in last.reads] == [
        (0, (1,), [[2, 2]]),
        (2, (1,), [[2, 2]]),
    ]
    assert made.value(last) == 17 + made.planes(2, 1)[2, 2]
    corner = made.trace(0, (0, 0))
    # What goes around is one cell of one channel; what goes through is all within reach of two kernels.
    assert np.argwhere(corner[2].cells[0, 0]).tolist() == [[0, 0]]
    assert (0, 1) not in corner[2].cells
    assert corner[0].cells[0, 1].all()


def test_stages_that_lead_nowhere_are_not_on_the_way() -> None:
    graph = residual()
    drawn = [*graph.drawn[:1], (MaxPool(3, 2, channels=2), (1,)), *[(Add(3, [2, 2]), (0, 1))]]
    made = Graph.of(graph.first, drawn).planned()
    assert [stage.number for stage in made.main] == [0, 2]
    assert set(made.trace(0, (0, 0))) == {0, 2}
    assert len(made) - len(made.walking(is_main=True)) == made.stages[1].count


@pytest.mark.parametrize("order", ["channel", "position"])
def test_walks_go_through_a_graph_as_through_a_chain(order: str) -> None:
    made = residual().planned().walking(order=order)
    assert len(made) == 3 * 18
    assert made.starts == (0, 18, 36, 54)
    for stage, (start, end) in zip(made.walked, pairwise(made.starts), strict=True):
        steps = [made.step(number) for number in range(start, end)]
        assert {step.stage for step in steps} == {stage.number}
        assert [step.channel for step in steps] == ([0] * 9 + [1] * 9 if order == "channel" else [0, 1] * 9)
    outputs = made.walking(way="outputs")
    assert (len(outputs), outputs.step(0).stage) == (18, 2)
    some = made.walking(channels={1: (1,), 3: (0,)})
    assert some.starts == (0, 9, 27, 36)
    assert {(step.stage, step.channel) for step in some} == {(0, 1), (1, 0), (1, 1), (2, 0)}
    assert len(made.walking(way="field", cell=(0, 0))) == 4


def test_walks_share_the_planes_that_were_computed() -> None:
    made = residual().planned()
    plane = made.planes(3, 0)
    assert made.walking(way="outputs").planes(3, 0) is plane


def test_sums_of_branches_are_exact_whatever_their_size() -> None:
    first = np.array([[10**9]])
    layer = Conv((1,), 1)
    drawn: list[Drawn] = [(layer, (0,)), (Add((1,), [1] * 4), (1,) * 4), (Add((1,), [1] * 8), (2,) * 8)]
    graph = Graph(first, tuple(drawn), (np.full((1, 1, 1), 10**9), None, None), (None,) * 3)
    assert graph.planned().planes(3, 0).tolist() == [32 * 10**18]


def test_copies_keep_the_kind_of_their_numbers() -> None:
    for first in (np.array([[[1, 2], [3, 4]]]), np.array([[[1.0, 2.0], [3.0, 4.0]]])):
        graph = Graph.of(first, [(PixelUnshuffle(2, 2), (0,)), (Concatenate(1, [4, 4]), (1, 1))])
        found = graph.planned().values(2)
        assert found is not None
        assert found.dtype == first.dtype
        assert found.ravel().tolist() == [1, 2, 3, 4] * 2


@given(pools(), st.integers(1, 2), st.integers(0, 10**6))
@settings(max_examples=40)
def test_coefficients_times_values_are_the_average(pool: Any, channels: int, seed: int) -> None:
    many = type(pool)(**{**pool.options, "input_size": pool.input_size, "channels": channels})
    made = plan(many, seed=seed)
    for step in made:
        taps = step.reads[0].taps
        if not isinstance(pool, AvgPool):
            assert taps.coefficient is None
            continue
        assert taps.coefficient is not None
        x, _ = made.operands(step, step.reads[0], step.reads[0].channels[0])
        parts = zip(x, taps.coefficient.tolist(), strict=True)
        assert sum(value * part for value, part in parts if value is not None) == pytest.approx(made.value(step))


def test_only_averages_have_coefficients() -> None:
    for stage in residual().planned().main:
        assert all(read.taps.coefficient is None for read in stage.step(0, 0).reads)
