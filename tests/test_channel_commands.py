"""The commands for layers with channels: what they take, what they refuse, and what they say."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from convanim import DepthwiseSeparable, PixelShuffle
from convanim.building import build
from convanim.shorthand import chain_of, parse_layer
from tests.commands import drawn, refused, run


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    "line",
    [
        "conv -i 4 -k 3 --in-channels 4 --out-channels 6 -g 2 --bias",
        "conv -i 4 -k 3 --in-channels 2 --out-channels 2 --order position",
        "conv-transpose -i 3 -k 3 -s 2 --in-channels 2 --out-channels 2",
        "depthwise -i 4 -k 3 --in-channels 3 --depth-multiplier 2",
        "pointwise -i 3 --in-channels 3 --out-channels 2",
        "depthwise-separable -i 4 -k 3 --in-channels 2 --out-channels 3",
        "spatially-separable -i 4 -k 3 --in-channels 2 --out-channels 3",
        "avg-pool -i 4 -k 2 --channels 2",
        "pixel-shuffle -i 2",
        "pixel-unshuffle -i 4",
        "upsample -i 2 --scale-factor 2x3",
        "max-unpool -i 2 -k 2 --indices '0 3 8 15'",
        "conv -i 3x3x3 -k 2",
    ],
)
def test_a_layer_is_drawn_and_explained(line: str) -> None:
    assert drawn(f"{line} --still 1 --width 500")
    assert "receptive field" in run(f"explain {line.replace(' --order position', '')}").output


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("conv -i 4 -k 3 --in-channels 3 -g 2", "--in-channels 3: must be a multiple of --groups (2)"),
        ("conv -i 4 -k 3 --in-channels 0", "--in-channels 0: must be between 1 and"),
        ("conv -i 4 -k 3 --out-channels many", "--out-channels 'many': not understood"),
        ("conv -i 4 -k 3 --in-channels 2 --values --view channels", "--labels numbers: are not shown by this view"),
        ("conv-transpose -i 3 -k 3 --in-channels 2 --method scatter", "--method scatter: does not compute layers with"),
        ("conv -i 3x3x3 -k 2 --in-channels 2", "which no view draws with channels"),
        ("depthwise-separable -i 4 -k 3 --in-channels 2", "--out-channels: is missing"),
        ("chain 'conv 3 8 k3' 'conv 4 4 k3' -i 8", "layer 1 makes 8 channels, but layer 2 takes 4"),
        ("pixel-unshuffle -i 5", "must be a multiple of --downscale-factor (2)"),
        ("max-unpool -i 2 -k 2 --indices '0 3 8 16'", "--indices: must be from 0 to 15"),
        ("chain 'max-pool k2' 'max-unpool k2' -i 4", "lack the indices of layer 2"),
        ("conv -i 4 -k 3 --in-channels 2 --order sideways", "--order 'sideways': unknown; choose channel or position"),
    ],
)
def test_refusals_are_one_sentence_and_exit_code_2(line: str, message: str) -> None:
    assert message in refused(f"{line} -o a.gif")
    assert not Path("a.gif").exists()


def test_channels_come_first_in_json() -> None:
    told = json.loads(run("explain conv -i 3 -k 2 --in-channels 2 --out-channels 3 --json").output)
    assert (told["input_size"], told["output_size"]) == ([2, 3, 3], [3, 2, 2])
    assert told["steps"][-1]["output"] == [2, 1, 1]


def test_the_articles_numbers_are_explained() -> None:
    assert "4,608 = 32 kernels of 3×3×16" in run("explain conv -i 8 -k 3 --in-channels 16 --out-channels 32").output
    told = run("explain depthwise-separable -i 8 -k 3 --in-channels 16 --out-channels 32").output
    assert "656 = 144 + 512" in told
    assert "7.02 times" in told


@pytest.mark.parametrize(
    ("text", "parameters"),
    [
        ("conv 16 32 k3 g2", {"in_channels": 16, "out_channels": 32, "kernel_size": 3, "groups": 2}),
        ("depthwise 16 2 k3", {"in_channels": 16, "depth_multiplier": 2, "kernel_size": 3}),
        ("pointwise 16 32", {"in_channels": 16, "out_channels": 32}),
        ("max-pool 8 k2", {"channels": 8, "kernel_size": 2}),
        ("conv 2 3 k3 bias", {"in_channels": 2, "out_channels": 3, "kernel_size": 3, "bias": True}),
    ],
)
def test_numbers_alone_are_channels(text: str, parameters: dict[str, Any]) -> None:
    assert parse_layer(text).parameters == parameters


def test_channels_go_on_where_each_goes_its_own_way() -> None:
    chain = chain_of(
        (8, 8), [parse_layer(text) for text in ("conv 3 8 k3", "max-pool k2", "depthwise k2", "pixel-shuffle")]
    )
    assert [layer.grouping.out_channels for layer in chain.layers] == [8, 8, 8, 2]
    assert isinstance(chain.layers[-1], PixelShuffle)


def test_a_pair_in_a_chain_is_two_layers() -> None:
    chain = chain_of((5, 5), [parse_layer("depthwise-separable 2 3 k3"), parse_layer("max-pool k3")])
    assert chain.layers[:2] == DepthwiseSeparable(2, 3, 3, 5).layers


def test_numbers_of_one_plane_stand_in_every_channel() -> None:
    built = build("conv", {"in_channels": 2, "out_channels": 3}, [[1, 2], [3, 4]], [[1, 0], [0, 1]])
    assert built.input.tolist() == [[[1, 2], [3, 4]]] * 2
    assert built.kernel.shape == (3, 2, 2, 2)
