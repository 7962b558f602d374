"""The commands for layers with channels: what they take, what they refuse, and what they say."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from convanim import (
    AvgPool,
    Chain,
    Conv,
    ConvTranspose,
    DepthwiseConv,
    DepthwiseSeparable,
    Layer,
    MaxPool,
    PixelShuffle,
    PointwiseConv,
    SpatiallySeparable,
    plan,
)
from convanim.inputs.building import build
from convanim.inputs.shorthand import chain_of, parse_layer
from tests.commands import drawn, notes, refused, run
from tests.gathering import gathered


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    "line",
    [
        "pixel-shuffle -i 2",
        "pixel-unshuffle -i 4",
        "upsample -i 2 --scale-factor 2x3",
        "max-unpool -i 2 -k 2 --indices '0 3 8 15'",
        "conv -i 3x3x3 -k 2 --view oblique",
        "conv -i 3x3x3 -k 2 --in-channels 2 --view flat",
        "conv-transpose -i 2x2x2 -k 2 --in-channels 2 --view oblique",
    ],
)
def test_a_layer_is_drawn_and_explained(line: str) -> None:
    assert drawn(f"{line} --still 1 --width 500")
    assert "receptive field" in run(f"explain {re.sub(' --(order|view) [a-z]+', '', line)}").output


CHANNELS = "conv -i 4 -k 3 --in-channels 2"
STAMPS = "conv-transpose -i 3 -k 3 --in-channels 2"


@pytest.mark.parametrize(
    ("line", "option"),
    [
        (f"{CHANNELS} --view channels", "--values"),
        (f"{CHANNELS} --view channels", "--labels letters"),
        (f"{CHANNELS} --view channels --values", "--shades"),
        ("pixel-shuffle -i 3", "--values"),
        ("pixel-shuffle -i 3", "--shades"),
        ("conv -i 3x3x3 -k 2 --view oblique", "--values"),
        (STAMPS, "--method scatter"),
        (f"{STAMPS} --view oblique", "--method scatter"),
        (f"{STAMPS} --method scatter", "--overlap"),
        (f"{STAMPS} --view oblique --method scatter", "--overlap"),
        (f"{STAMPS} --view flat", "--view oblique"),
        ("chain 'conv 1 2 k3' 'conv 2 1 k2' -i 5", "--values"),
        ("chain 'conv 1 2 k3' 'conv 2 1 k2' -i 5", "--field 1"),
    ],
)
def test_channels_show_what_is_asked_for(line: str, option: str) -> None:
    still = "--still 1 --width 1000"
    assert drawn(f"{line} {still} {option}") != drawn(f"{line} {still}")


def test_channels_is_another_name_of_oblique() -> None:
    one, other = (drawn(f"{CHANNELS} --still 1 --view {view}") for view in ("channels", "oblique"))
    assert one == other


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


BASES = {
    "conv": "conv -i 4 -k 3 --in-channels 2 --out-channels 2",
    "conv-transpose": "conv-transpose -i 3 -k 3 --in-channels 2 --out-channels 2",
    "depthwise": "depthwise -i 4 -k 3 --in-channels 2",
    "pointwise": "pointwise -i 3 --in-channels 2 --out-channels 2",
    "depthwise-separable": "depthwise-separable -i 4 -k 3 --in-channels 2 --out-channels 2",
    "spatially-separable": "spatially-separable -i 4 -k 3 --in-channels 2 --out-channels 2",
    "max-pool": "max-pool -i 4 -k 2 --channels 2",
    "avg-pool": "avg-pool -i 4 -k 2 --channels 2",
}
"""A small layer with channels of each command that draws one."""


def told(line: str) -> Any:
    result = run(f"explain {line} --json")
    assert result.exit_code == 0, result.output
    return json.loads(result.output)


@pytest.mark.parametrize(
    ("command", "more"),
    [
        ("conv", "-g 2 --bias -s 2 -p 1 --order channel"),
        ("conv", "-d 2 -p 2 --padding-mode circular --order position"),
        ("conv-transpose", "-g 2 --bias -s 2 --order channel"),
        ("depthwise", "--depth-multiplier 2 --bias -s 1x2 --order position"),
        ("pointwise", "-g 2 --bias -s 2 --order position"),
        ("depthwise-separable", "--depth-multiplier 3 --bias -p same --order position"),
        ("spatially-separable", "--bias -s 2 -p 1 --padding-mode reflect --order channel"),
        ("max-pool", "-s 1 -p 1 --ceil-mode --order channel"),
        ("avg-pool", "-s 1 -p 1 --order position"),
        *((command, "--dims 1") for command in BASES if command != "spatially-separable"),
    ],
)
def test_options_are_drawn_without_a_word_on_standard_error(command: str, more: str) -> None:
    assert notes(f"{BASES[command]} {more} --still 1 --width 960") == []


@pytest.mark.parametrize(
    ("line", "layer"),
    [
        (
            f"{BASES['conv']} --out-channels 4 -g 2 --bias",
            Conv(4, 3, in_channels=2, out_channels=4, groups=2, bias=True),
        ),
        (f"{BASES['conv']} --no-bias", Conv(4, 3, in_channels=2, out_channels=2)),
        (f"{BASES['conv-transpose']} --out-channels 3", ConvTranspose(3, 3, in_channels=2, out_channels=3)),
        (f"{BASES['depthwise']} --depth-multiplier 3", DepthwiseConv(4, 3, in_channels=2, depth_multiplier=3)),
        (f"{BASES['pointwise']} -s 2", PointwiseConv(3, 2, in_channels=2, out_channels=2)),
        (f"{BASES['depthwise-separable']} --out-channels 3 --bias", DepthwiseSeparable(2, 3, 3, 4, bias=True)),
        (f"{BASES['spatially-separable']} -p 1", SpatiallySeparable(2, 2, 3, 4, padding=1)),
        (BASES["max-pool"], MaxPool(4, 2, channels=2)),
        (BASES["avg-pool"], AvgPool(4, 2, channels=2)),
    ],
)
def test_options_reach_the_layer(line: str, layer: Layer | Chain) -> None:
    assert told(line) == plan(layer).to_dict()


def test_numbers_of_one_plane_are_those_of_every_channel() -> None:
    result = told("conv -i 2 -k 2 --in-channels 2 --input '1 2; 3 4' --kernel '1 0; 0 1'")
    assert [step["value"] for step in result["steps"]] == [10]


@gathered(
    ("line", "message"),
    [
        ("conv -i 4 -k 3 --in-channels 3 -g 2", "--in-channels 3: must be a multiple of --groups (2)"),
        ("conv -i 4 -k 3 --out-channels many", "--out-channels 'many': not a whole number"),
        (
            "conv -i 4 -k 3 --in-channels 2 --view slabs",
            "--view slabs: draws three axes, and an input of 4x4 has fewer",
        ),
        ("chain 'conv 2 2 k3' 'conv 2 1 k1' -i 5 --method scatter", "--method scatter: does not compute convolution"),
        ("conv-transpose -i 3 -k 3 --in-channels 2 --overlap --method gather", "--overlap: shows stamps, which"),
        ("conv -i 60x1x1 -k 30x1x1 --in-channels 2", "has 60 depth slices, with all that stands between"),
        ("chain 'conv 3 8 k3' 'conv 4 4 k3' -i 8", "layer 1 makes 8 channels, but layer 2 takes 4"),
        ("pixel-unshuffle -i 5", "must be a multiple of --downscale-factor (2)"),
        ("max-unpool -i 2 -k 2 --indices '0 3 8 16'", "--indices: must be from 0 to 15"),
        (
            "chain 'depthwise-separable 3 k3' 'conv 4 1 k3' -i 8",
            "layer 1: out_channels: is missing; write the channels",
        ),
        ("conv -i 4 -k 3 --in-channels 2 --input '1 2;3 4'", "has a size of 2x2, but --input-size is 4x4"),
        ("chain 'max-pool k2' 'max-unpool k2' -i 4", "lack the indices of layer 2"),
        ("conv -i 4 -k 3 --in-channels 2 --order sideways", "--order 'sideways': unknown; choose channel or position"),
        *((f"{base} --in-channels 0", "--in-channels 0: must be between 1 and") for base in list(BASES.values())[:6]),
        ("conv -i 4 -k 3 --in-channels -2", "--in-channels -2: must be between 1 and"),
        ("conv -i 4 -k 3 --in-channels 1.5", "--in-channels '1.5': not a whole number"),
        ("conv -i 4 -k 3 --in-channels 1000000", "--in-channels 1000000: must be between 1 and 100000"),
        ("conv -i 4 -k 3 --out-channels 0", "--out-channels 0: must be between 1 and"),
        ("conv -i 4 -k 3 --in-channels 4 -g 0", "--groups 0: must be between 1 and"),
        (
            "conv -i 4 -k 3 --in-channels 4 --out-channels 3 -g 2",
            "--out-channels 3: must be a multiple of --groups (2); use --out-channels 4 or --groups 1",
        ),
        ("pointwise -i 4 --in-channels 4 --out-channels 4 -g 3", "--in-channels 4: must be a multiple of --groups (3)"),
        ("depthwise -i 4 -k 3 --depth-multiplier 0", "--depth-multiplier 0: must be between 1 and"),
        ("depthwise -i 4 -k 3 --out-channels 3", "No such option '--out-channels'"),
        ("depthwise -i 4 --in-channels 3", "--kernel-size: is missing"),
        ("pointwise -i 4 -k 3", "No such option '-k'"),
        ("depthwise-separable -i 4 -k 3 --out-channels 2", "--in-channels: is missing"),
        ("spatially-separable -i 4 -k 3 --in-channels 2", "--out-channels: is missing"),
        (f"{BASES['spatially-separable']} --dims 1", "--input-size 4: must have 2 axes"),
        ("max-pool -i 4 -k 2 --channels 0", "--channels 0: must be between 1 and"),
        ("max-pool -i 4 -k 2 --channels 2 --bias", "No such option '--bias'"),
        (f"{BASES['conv']} --view line", "--view line: draws one axis, and an input of 4x4 has more"),
        (f"{BASES['conv']} --classic", "--classic: is the guide's look, which has one plane on either side"),
        ("chain 'conv 0 8 k3' 'conv 8 2 k3' -i 8", "layer 1: in_channels 0: must be between 1 and"),
        ("chain 'conv 3 8 k3 g2' 'conv 8 2 k3' -i 8", "layer 1: in_channels 3: must be a multiple of groups (2)"),
        ("chain 'conv 3 4 5 k3' 'conv 4 2 k3' -i 8", "cannot take '5'"),
        ("compare 'conv 16 32 k3 g3' 'pointwise 16 32' -i 5", "(conv 16 32 k3 g3): in_channels 16: must be a multiple"),
        ("compare 'depthwise-separable 16 k3' 'conv 16 32 k3' -i 5", "out_channels: is missing"),
    ],
)
def test_channels_that_cannot_be_are_refused_by_the_options_name(line: str, message: str) -> None:
    assert message in refused(f"{line} -o a.gif")


@pytest.mark.parametrize(
    "line",
    [
        "chain 'conv 16 32 k3 p1' 'max-pool k2' -i 6",
        "chain 'depthwise 3 k3' 'pointwise 3 4' -i 6",
        "chain 'depthwise-separable 16 32 k3' 'conv 32 2 k3' -i 6",
        "chain 'spatially-separable 2 3 k3' 'avg-pool k2' -i 6",
        "compare 'conv 16 32 k3 p1' 'depthwise-separable 16 32 k3 p1' -i 5",
        "compare 'conv 4 4 k3' 'conv 4 4 k3 g2' 'depthwise 4 k3' -i 5",
        "compare 'conv 2 2 k3' 'conv k3' -i 5",
    ],
)
def test_short_forms_are_drawn_in_chains_and_comparisons(line: str) -> None:
    assert drawn(f"{line} --still 1")


def test_a_comparison_tells_what_each_costs() -> None:
    said = run("explain compare 'conv 16 32 k3 p1' 'depthwise-separable 16 32 k3 p1' -i 5").output
    assert re.search(r"parameters +4,608 +656 = 144 \+ 512", said)


def test_blocks_have_all_channels_of_a_pasted_layer_and_steps_of_their_own() -> None:
    layer = "layer 'nn.Conv2d(64, 128, 3, padding=1)' -i 56"
    assert notes(f"{layer} --still 0 --format svg") == [
        "Note: one plane is drawn, of 64 → 128 channels; --channels draws more."
    ]
    assert notes(f"{layer} --view blocks --format svg") == []


@pytest.mark.parametrize("option", ["tint", "to-scale"])
def test_what_only_blocks_have_is_refused_elsewhere(option: str) -> None:
    assert f"--{option}: has no effect in the view oblique; use --view blocks, or leave it out" in refused(
        f"conv -i 4 -k 2 --{option} -o picture.svg"
    )
