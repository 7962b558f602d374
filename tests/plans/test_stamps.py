"""Stamps of layers with channels, groups and biases: what they add up to, step by step."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from convanim import Chain, Conv, ConvTranspose, DepthwiseConv, Plan, Upsample, plan
from tests import loops
from tests.helpers import numbers_for, output_of
from tests.strategies import weighted

ORDERS = st.sampled_from(["channel", "position"])


def stamping(layer: Any, seed: int, order: str = "channel", factor: Any = 1) -> tuple[Plan, Any]:
    """Return a plan of stamps, and what windows gather of the same numbers."""
    x, weights, bias = numbers_for(layer, seed)
    given: dict[str, Any] = {"input": x * factor, "kernel": weights, "bias": bias}
    if not layer.has_channels:
        given |= {"input": x[0] * factor, "kernel": weights[0, 0]}
    gathered = output_of(plan(layer, **given))
    made = plan(layer, **given, method="scatter", order=order)
    return made, gathered.reshape(-1, *layer.output_size)


@given(weighted((ConvTranspose,)), st.integers(0, 10**6), ORDERS)
@settings(max_examples=40)
def test_sums_of_stamps_end_in_what_windows_gather(layer: Any, seed: int, order: str) -> None:
    made, gathered = stamping(layer, seed, order)
    expected = loops.stamped(layer, *numbers_for(layer, seed))
    assert gathered.tolist() == expected.tolist()
    stamps = made.stamps(made.last)
    for channel, plane in enumerate(gathered):
        for cell in loops.cells(layer.output_size):
            reached, held = stamps.before(channel, cell, len(made))
            assert (reached, held) == (stamps.overlap[cell], plane[cell])
        assert set(plane.ravel().tolist()) <= set(stamps.held(channel))


@given(weighted((ConvTranspose,)), st.integers(0, 10**6), ORDERS)
@settings(max_examples=40)
def test_what_a_cell_holds_is_the_products_of_the_steps_before(layer: Any, seed: int, order: str) -> None:
    made, gathered = stamping(layer, seed, order)
    stamps = made.stamps(made.last)
    sums = np.zeros_like(gathered)
    for channel in range(len(sums)):
        sums[channel] += stamps.start(channel)
    held = [{sums[channel].flat[0].item()} for channel in range(len(sums))]
    for number, step in enumerate(made):
        assert made.place(number)[1] == step.reads[0].channels[0]
        inside = made.last.inside(step.writes)
        for channel in step.channels:
            products = np.array(stamps.products(step, channel))
            for cell, product in zip(map(tuple, step.writes[inside].tolist()), products[inside].tolist(), strict=True):
                assert stamps.before(channel, cell, number)[1] == sums[(channel, *cell)]
                sums[(channel, *cell)] += product
                held[channel].add(sums[(channel, *cell)].item())
        if (most := stamps.busiest(step, number)) is not None:
            counts = [stamps.before(step.channel, tuple(one), number + 1)[0] for one in step.writes[inside].tolist()]
            assert stamps.before(step.channel, most, number + 1)[0] == max(counts)
            assert stamps.busiest_counts(step.channel)[number] == max(counts)
    assert sums.tolist() == gathered.tolist()
    assert [set(stamps.held(channel)) for channel in range(len(sums))] == held


@given(weighted((ConvTranspose,)), st.integers(0, 10**6), st.sets(st.integers(0, 3)))
@settings(max_examples=40)
def test_every_product_is_added_by_a_stamp_of_a_channel_that_is_asked_for(layer: Any, seed: int, among: Any) -> None:
    made, _ = stamping(layer, seed)
    stamps = made.stamps(made.last)
    added: dict[int, set[Any]] = {channel: set() for channel in range(layer.out_channels)}
    for step in made:
        for channel in step.channels if step.reads[0].channels[0] in among else ():
            added[channel].update(stamps.products(step, channel))
    assert {channel: stamps.every_product(channel, among) for channel in added} == added


@given(weighted((ConvTranspose,)), st.integers(0, 10**6), ORDERS)
@settings(max_examples=40)
def test_a_stamp_reaches_the_channels_of_its_group(layer: Any, seed: int, order: str) -> None:
    made, _ = stamping(layer, seed, order)
    stamps, each = made.stamps(made.last), layer.out_channels // layer.groups
    for number, step in enumerate(made):
        group = step.reads[0].channels[0] // (layer.in_channels // layer.groups)
        assert list(step.channels) == list(range(group * each, (group + 1) * each))
        for channel in step.channels:
            for cell in step.writes[made.last.inside(step.writes)].tolist():
                (stamp,) = [one for one in stamps.reaching(channel, tuple(cell)) if one.number == number]
                assert (stamp.channel, stamp.source) == (
                    step.reads[0].channels[0],
                    tuple(step.reads[0].taps.source[0]),
                )


@given(weighted((ConvTranspose,)), st.integers(0, 10**6), ORDERS, st.sampled_from([1, 0.5]))
@settings(max_examples=40)
def test_plain_data_end_in_what_windows_gather(layer: Any, seed: int, order: str, factor: float) -> None:
    made, gathered = stamping(layer, seed, order, factor)
    told = made.to_dict()
    assert told == json.loads(json.dumps(told))
    assert len(told["steps"]) == len(made)
    x, weights = made.tensors[0].values, made.last.kernel
    assert x is not None
    assert weights is not None
    sums: dict[tuple[int, ...], Any] = {}
    for step, own in zip(told["steps"], made, strict=True):
        source = step["input"] if layer.has_channels else [0, *step["input"]]
        assert source == [own.reads[0].channels[0], *own.reads[0].taps.source[0]]
        for tap in step["taps"]:
            assert (tap["x"], tap["output"] is None) == (x[tuple(source)], "sum" not in tap)
            assert tap["w"] == weights[tuple(tap["kernel"] if layer.has_channels else [0, 0, *tap["kernel"]])]
            if tap["output"]:
                cell = tuple(tap["output"] if layer.has_channels else [0, *tap["output"]])
                start = 0 if made.last.bias is None else made.last.bias[cell[0]]
                assert tap["sum"] == sums.get(cell, start) + tap["x"] * tap["w"]
                sums[cell] = tap["sum"]
    for place, value in np.ndenumerate(gathered):
        assert sums.get(place, 0 if made.last.bias is None else made.last.bias[place[0]]) == value


CHAINS = {
    "grouped": Chain(
        [Conv(4, 3, in_channels=2, out_channels=4), ConvTranspose(2, 3, 2, in_channels=4, out_channels=2, groups=2)]
    ),
    "depthwise": Chain([DepthwiseConv((4,), 2, in_channels=2), ConvTranspose((3,), 2, in_channels=2, bias=True)]),
    "moved": Chain([Upsample((2,), 2, channels=2), ConvTranspose((4,), 3, 2, 1, in_channels=2, out_channels=2)]),
    "volume": Chain([Conv((2, 2, 2), 2, out_channels=2), ConvTranspose((1, 1, 1), 2, in_channels=2, out_channels=3)]),
}


@pytest.mark.parametrize("order", ["channel", "position"])
@pytest.mark.parametrize("name", CHAINS)
def test_a_chain_with_channels_ends_in_stamps(name: str, order: str) -> None:
    chain = CHAINS[name]
    made, gathered = (plan(chain, seed=3, method=method, order=order) for method in ("scatter", "gather"))
    np.testing.assert_array_equal(output_of(made), output_of(gathered))
    assert [stage.is_stamped for stage in made.main] == [False, True]
    last = chain.layers[-1]
    assert len(made) == last.grouping.in_channels * np.prod(last.input_size)
    assert {read.tensor for step in made for read in step.reads} == {made.main[0].target}
    told = made.to_dict()["layers"]
    assert [one.get("method") for one in told] == [None, "scatter"]
    between = {tuple(step["output"]): step["value"] for step in told[0]["steps"]}
    sums: dict[tuple[int, ...], Any] = {}
    for step in told[1]["steps"]:
        for tap in step["taps"]:
            assert tap["x"] == between[tuple(step["input"])]
            sums |= {tuple(tap["output"]): tap["sum"]} if tap["output"] else {}
    assert all(output_of(gathered)[cell] == total for cell, total in sums.items())


@pytest.mark.parametrize("order", ["channel", "position"])
def test_steps_of_some_channels_only_are_those_of_the_whole(order: str) -> None:
    layer = ConvTranspose(2, 2, in_channels=3, out_channels=2)
    made = plan(layer, seed=1, method="scatter", order=order)
    some = made.walking(channels={0: (0, 2)})
    stamps, shown = made.stamps(made.last), [step.reads[0].channels[0] for step in some]
    assert len(some) == 8
    assert shown == ([0] * 4 + [2] * 4 if order == "channel" else [0, 2] * 4)
    for number, step in enumerate(some):
        _, channel, place = some.place(number)
        whole = made.step(stamps.number(channel, place))
        np.testing.assert_array_equal(whole.writes, step.writes)
        assert list(whole.reads[0].channels) == [channel]


def test_stamps_of_numbers_beyond_64_bits_are_exact() -> None:
    large = 10**9
    chain = Chain([Conv((2,), 1), Conv((2,), 1), ConvTranspose((2,), 2)], [[large], [large], [large, -1]])
    made = plan(chain, input=[large, 3], method="scatter")
    expected = [large**4, 3 * large**3 - large**3, -3 * large**2]
    assert output_of(made).tolist() == expected
    stamps = made.stamps(made.last)
    assert [stamps.before(0, (place,), 99)[1] for place in range(3)] == expected
    sums = [tap["sum"] for step in made.to_dict()["layers"][-1]["steps"] for tap in step["taps"]]
    assert sums == [large**4, -(large**3), 2 * large**3, -3 * large**2]


def test_stamps_without_numbers_hold_nothing_but_are_counted() -> None:
    made = plan(ConvTranspose((2,), 2, in_channels=2, out_channels=2, bias=True), method="scatter")
    stamps = made.stamps(made.last)
    assert [stamps.before(1, (1,), number) for number in (0, 2, 4)] == [(0, None), (2, None), (4, None)]
    assert stamps.products(made.step(0), 1) == []
    told = made.to_dict()["steps"]
    assert {name for step in told for tap in step["taps"] for name in tap} == {"kernel", "output"}
