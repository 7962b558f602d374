"""The smallest changes that give a wished size."""

from __future__ import annotations

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from convanim import Chain, Conv, ConvTranspose, Layer, MaxPool, Upsample
from convanim.layers.wanted_sizes import changes
from tests.strategies import layers


def said(layer: Layer | Chain, wanted: tuple[int, ...]) -> list[str]:
    return [f"{change.number or ''}{change.said}" for change in changes(layer, wanted)]


@pytest.mark.parametrize(
    ("layer", "wanted", "ways"),
    [
        (ConvTranspose(7, 3, 2, 1), (14, 14), ["output_padding=1", "kernel_size=4"]),
        (ConvTranspose(7, 3, 2, 1), (13, 14), ["output_padding=0x1", "kernel_size=3x4"]),
        (ConvTranspose(7, 3, 2, 1), (17, 17), ["input_size=9", "kernel_size=7", "dilation=3"]),
        (Conv(7, 3), (7, 7), ["padding=1", "input_size=9", "kernel_size=1"]),
        (Conv(8, 3, 2, 1), (5, 5), ["padding=2", "input_size=9", "kernel_size=2"]),
        (Conv(6, 2), (6, 6), ["padding=0:1", "input_size=7", "kernel_size=1"]),
        (Conv(9, 3), (4, 4), ["input_size=6", "stride=2", "kernel_size=6"]),
        (MaxPool(7, 2), (4, 4), ["padding=1", "input_size=8", "kernel_size=1"]),
        (Upsample(4, 2), (12, 12), ["input_size=6", "scale_factor=3"]),
        (Conv(7, 3), (5, 5), []),
    ],
)
def test_the_most_harmless_change_comes_first(layer: Layer, wanted: tuple[int, ...], ways: list[str]) -> None:
    assert [way for way in said(layer, wanted) if layer.output_size != wanted] == ways


def test_a_layer_of_a_chain_is_changed_and_the_rest_follows() -> None:
    chain = Chain([Conv(28, 3), MaxPool(26, 2), Conv(13, 3)])
    found = list(changes(chain, (12, 12)))
    assert [f"{change.number}: {change.said}" for change in found][:3] == [
        "3: kernel_size=2",
        "2: padding=1",
        "1: padding=1",
    ]
    assert all(change.layer.output_size == (12, 12) for change in found)


@settings(max_examples=30)
@given(layers(), st.integers(1, 12))
def test_every_change_gives_the_size_and_changes_one_option(layer: Layer, side: int) -> None:
    wanted = (side,) * layer.dims
    assume(layer.output_size != wanted)
    for change in changes(layer, wanted):
        assert isinstance(change.layer, Layer)
        assert change.layer.output_size == wanted
        before = {"input_size": layer.input_size, **layer.options}
        after = {"input_size": change.layer.input_size, **change.layer.options}
        assert [name for name in before if before[name] != after[name]] == [change.option]
