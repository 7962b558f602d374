"""Plans whose stages branch and meet again: values, steps and traces against nested loops."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from convanim import AvgPool, Conv, MaxPool, Plan, plan
from convanim.layers import PixelUnshuffle
from convanim.layers.join import Add, Concatenate
from convanim.plans import Moves, Step, Windows
from tests.graphs import Drawn, Graph, graphs, residual
from tests.strategies import pools


@given(graphs())
@settings(max_examples=70)
def test_values_are_those_of_nested_loops(graph: Graph) -> None:
    made = graph.planned()
    for tensor, expected in enumerate(graph.computed({0: graph.first})):
        found = made.values(tensor)
        assert found is not None
        assert found.tolist() == expected.tolist()


@given(graphs())
@settings(max_examples=70)
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
@settings(max_examples=70)
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
