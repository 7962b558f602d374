"""Walks in which each step comes as soon as all that it reads is made, as results that are compared do."""

from __future__ import annotations

from typing import Any

import pytest

from convanim import Chain, Conv, MaxPool, Plan, plan
from convanim.inputs.known_chains import roundtrip, separable

SOBEL = [[1, 0, -1], [2, 0, -2], [1, 0, -1]]
CHAINS: dict[str, tuple[Any, dict[str, Any]]] = {
    "two paths": (separable(SOBEL, 6), {}),
    "round trip": (roundtrip(Conv(5, 3, stride=2, padding=1)), {}),
    "round trip with stamps": (roundtrip(Conv(4, 3)), {"method": "scatter"}),
    "channels": (Chain([Conv(5, 3, in_channels=2, out_channels=2), MaxPool(3, 2, channels=2)]), {}),
    "cells that nothing reads": (Chain([Conv(6, 2), MaxPool(5, 2)]), {}),
}


def fused(name: str) -> Plan:
    layer, options = CHAINS[name]
    return plan(layer, seed=0, **options).walking(way="fused")


@pytest.mark.parametrize("name", CHAINS)
def test_every_step_comes_once_and_after_all_that_it_reads(name: str) -> None:
    made = fused(name)
    walked = [made.place(number) for number in range(len(made))]
    in_layers = made.walking(way="layers")
    expected = [in_layers.place(number) for number in range(len(made))]
    assert {(stage.number, *at) for stage, *at in walked} == {(stage.number, *at) for stage, *at in expected}
    makers = {stage.target: stage for stage in made.stages}
    done = set[tuple[int, int, tuple[int, ...]]]()
    for number in range(len(made)):
        step = made.step(number)
        for read in step.reads:
            cells = [tuple(cell) for cell in read.taps.source.tolist() if min(cell) >= 0]
            needed = {(read.tensor, channel, cell) for channel in read.channels for cell in cells}
            assert read.tensor not in makers or needed <= done
        stage = made.stages[step.stage]
        done |= {(stage.target, channel, tuple(cell)) for channel in step.channels for cell in step.writes.tolist()}


@pytest.mark.parametrize("name", CHAINS)
def test_the_numbers_of_a_stage_are_those_of_its_steps(name: str) -> None:
    made = fused(name)
    for stage, numbers in zip(made.walked, made.numbers, strict=True):
        assert list(numbers) == [at for at in range(len(made)) if made.place(at)[0] is stage]


def test_of_two_paths_each_makes_an_output_in_turn() -> None:
    made = fused("two paths")
    ends = [stage for stage in made.walked if made.is_output(stage.target)]
    order = [made.place(at)[0] for at in range(len(made)) if made.place(at)[0] in ends]
    assert order == ends * 16
    # Three column sums are enough for the first output of the row pass.
    assert [made.place(at)[0].number for at in range(6)] == [0, 1, 1, 1, 2, 0]


def test_compared_chains_walk_so_and_their_data_do_not() -> None:
    chain, _ = CHAINS["two paths"]
    made = plan(chain, seed=0)
    assert (made.walk.way, plan(Chain([Conv(6, 2), MaxPool(5, 2)])).walk.way) == ("fused", "layers")
    assert made.to_dict() == made.walking(way="layers").to_dict()
