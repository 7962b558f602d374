"""Layers, chains and numbers from parameters: sizes follow from the numbers."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from convanim import AvgPool, Chain, Conv, ConvanimError, ConvTranspose, MaxPool, plan
from convanim.inputs.building import CHAINS, PASTED, build, parameters_of
from convanim.inputs.known_chains import roundtrip, separable
from convanim.layers import CHANNEL_OPTIONS, OPERATIONS, SEPARABLES
from convanim.plans.values import named_kernel
from tests.gathering import gathered

GRID = "1 2 3; 4 5 6; 7 8 9; 0 1 0"


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_parameters_that_are_none_are_not_given() -> None:
    built = build("conv", {"input_size": 5, "kernel_size": 3, "stride": None, "padding": 1})
    assert built.layer == Conv(5, 3, padding=1)
    assert (built.input, built.kernel) == (None, None)


@gathered("kind", OPERATIONS)
def test_every_operation_is_built(kind: str) -> None:
    make: Any = OPERATIONS[kind]
    sizes = {"input_size": (4, 6), "kernel_size": 2, "output_size": 3}
    taken = inspect.signature(make).parameters
    known = {name: value for name, value in sizes.items() if name in taken and taken[name].default is taken[name].empty}
    assert build(kind, known).layer == make(**known)


@pytest.mark.parametrize(
    ("parameters", "input", "layer"),
    [
        ({"kernel_size": 2}, GRID, Conv((4, 3), 2)),
        ({"kernel_size": 2}, "1 2 3 4", Conv((4,), 2)),
        ({"kernel_size": 2, "input_size": 4}, "1 2 3 4", Conv((4,), 2)),
        ({"kernel_size": 2, "input_size": 2}, "1 2; 3 4", Conv((2, 2), 2)),
        ({"kernel_size": 2, "input_size": (4, 3)}, GRID, Conv((4, 3), 2)),
        ({"kernel_size": 1}, [[[1, 2]], [[3, 4]]], Conv((2, 1, 2), 1)),
        ({"kernel_size": 2, "padding": "causal"}, [1, 2, 3], Conv((3,), 2, padding="causal")),
    ],
)
def test_the_inputs_size_follows_from_its_numbers(parameters: dict[str, Any], input: Any, layer: Conv) -> None:
    built = build("conv", parameters, input)
    assert built.layer == layer
    assert built.input.shape == layer.input_size


@pytest.mark.parametrize(
    ("parameters", "kernel", "layer"),
    [
        ({"input_size": 5}, "1 2; 3 4", Conv(5, 2)),
        ({"input_size": 5}, "1 2; 3 4; 5 6", Conv(5, (3, 2))),
        ({"input_size": 5, "kernel_size": (3, 2)}, "1 2; 3 4; 5 6", Conv(5, (3, 2))),
        ({"input_size": 5, "kernel_size": 2}, [[1, 2], [3, 4]], Conv(5, 2)),
        ({"input_size": (5,)}, [1, 2], Conv((5,), 2)),
        ({"input_size": 5}, "1 2 3", Conv(5, (1, 3))),
        ({"input_size": 5}, [[1, 2, 3]], Conv(5, (1, 3))),
        ({"input_size": 5, "kernel_size": (1, 3)}, "1 2 3", Conv(5, (1, 3))),
        ({"input_size": 5}, "1;2;3", Conv(5, (3, 1))),
        ({"input_size": 5}, "7", Conv(5, 1)),
        ({"input_size": 5}, "sobel-x", Conv(5, 3)),
        ({"input_size": 5}, "box", Conv(5, 3)),
        ({"input_size": 5, "kernel_size": 4}, "box", Conv(5, 4)),
        ({"input_size": 5, "kernel_size": (1, 4)}, "box", Conv(5, (1, 4))),
        ({"input_size": (5,)}, "gaussian", Conv((5,), 3)),
        ({"input_size": (5, 5, 5)}, "identity", Conv((5, 5, 5), 3)),
        ({"input_size": 8, "padding": "causal"}, "box", Conv((8,), 3, padding="causal")),
    ],
)
def test_the_kernels_size_follows_from_its_numbers(parameters: dict[str, Any], kernel: Any, layer: Conv) -> None:
    built = build("conv", parameters, kernel=kernel)
    assert built.layer == layer
    assert built.kernel.shape == layer.kernel_size


def test_both_sizes_follow_from_numbers() -> None:
    built = build("conv_transpose", {"stride": 2}, "1 2; 3 4", "1 0 1; 0 1 0; 1 0 1")
    assert built.layer == ConvTranspose(2, 3, 2)
    assert built.input.tolist() == [[1, 2], [3, 4]]
    assert built.kernel.tolist() == [[1, 0, 1], [0, 1, 0], [1, 0, 1]]


def test_a_picture_is_scaled_to_the_inputs_size() -> None:
    Image.new("L", (8, 6), 7).save("a.png")
    for size, shape in ((3, (3, 3)), ((6, 4), (6, 4)), (None, (6, 8))):
        built = build("conv", {"kernel_size": 2, "input_size": size}, "a.png")
        assert built.layer.input_size == built.input.shape == shape
        assert set(built.input.ravel().tolist()) == {7}


@pytest.mark.parametrize(
    ("parameters", "dims", "size"),
    [
        ({"input_size": 5}, None, (5, 5)),
        ({"input_size": 5}, 1, (5,)),
        ({"input_size": 5}, 2, (5, 5)),
        ({"input_size": 5}, 3, (5, 5, 5)),
        ({"input_size": (5,)}, 1, (5,)),
        ({"input_size": (5, 6)}, 2, (5, 6)),
        ({"input_size": 5, "padding": "causal"}, None, (5,)),
        ({"input_size": 5, "padding": "causal"}, 1, (5,)),
    ],
)
def test_one_number_is_the_size_of_every_axis(
    parameters: dict[str, Any], dims: int | None, size: tuple[int, ...]
) -> None:
    assert build("conv", {**parameters, "kernel_size": 2}, dims=dims).layer.input_size == size


@pytest.mark.parametrize(
    ("operation", "parameters", "given", "message"),
    [
        ("conv", {"kernel_size": 3}, {}, "^input_size: is missing; give a size such as 5, or numbers with input$"),
        ("conv", {}, {}, "^input_size: is missing"),
        ("conv", {"input_size": 5}, {}, "^kernel_size: is missing; give a size such as 3, or numbers with kernel$"),
        ("conv", {}, {"input": GRID}, "^kernel_size: is missing"),
        ("conv", {}, {"kernel": "box"}, "^input_size: is missing"),
        ("max_pool", {"input_size": 5}, {}, "^kernel_size: is missing; give a size such as 3$"),
        ("roundtrip", {"input_size": 5}, {}, "^kernel_size: is missing"),
        ("roundtrip", {"kernel_size": 3}, {}, "^input_size: is missing"),
        ("separable", {"kernel_size": 3, "input_size": 5}, {}, "^kernel: is missing; give a name such as sobel-x"),
        ("separable", {}, {"kernel": "sobel-x"}, "^input_size: is missing"),
        ("chain", {"layers": ["conv k3"]}, {}, "^input_size: is missing"),
        ("chain", {"input_size": 5}, {}, "^layers: are missing; write at least one such as 'conv k3 p1'"),
        ("chain", {"input_size": 5, "layers": []}, {}, "^layers: are missing"),
    ],
)
def test_what_is_missing_is_named(operation: str, parameters: Any, given: dict[str, Any], message: str) -> None:
    with pytest.raises(ConvanimError, match=message):
        build(operation, parameters, **given)


@pytest.mark.parametrize(
    ("parameters", "given", "message"),
    [
        ({"input_size": 5, "kernel_size": 5}, {"kernel": "sobel-x"}, "^kernel_size 5x5: but kernel=sobel-x has a size"),
        ({"input_size": 5, "kernel_size": 2}, {"dims": 1, "input": GRID}, "^dims 1: but input has 2; leave one"),
        ({"kernel_size": 2}, {"dims": 2, "input": "1 2 3"}, "^dims 2: but input has 1; leave one of the two out"),
        ({"input_size": (5, 5), "kernel_size": 2}, {"dims": 1}, "^dims 1: input_size has 2 axes; leave one of the two"),
        ({"kernel_size": 2, "padding": "causal"}, {"input": GRID}, "^padding causal: needs one axis"),
        ({"input_size": 5}, {"dims": 1, "kernel": "1 2; 3 4"}, "^kernel: has 2 axes, but input_size has 1"),
        ({"input_size": 5}, {"dims": 3, "kernel": "1 2"}, "^kernel: has 1 axis, but input_size has 3"),
        ({"kernel_size": 5}, {"input": GRID}, "^kernel_size 5: reaches over 5 rows, but the padded input has 4"),
        ({}, {"input": "1 2; 3 4", "kernel": "sobel-x"}, "^kernel_size 3: reaches over 3 rows"),
        ({"kernel_size": 2}, {"input": "1 2; 3"}, "^input: has rows of unequal length"),
        ({"kernel_size": 2}, {"input": [[1, 2], [3]]}, "^input: has rows of unequal length"),
        ({"input_size": 5}, {"kernel": [[1, "x"]]}, "^kernel: holds something else than numbers"),
        ({"input_size": 5}, {"kernel": "no-kernel"}, "^kernel 'no-kernel': is no kernel's name"),
        ({"kernel_size": 2}, {"input": "missing.csv"}, "^input 'missing.csv': cannot be read"),
        ({"kernel_size": 2}, {"input": "missing.png"}, "^input 'missing.png': cannot be read"),
        ({"input_size": 5, "kernel_size": 2, "stride": 0}, {}, "^stride 0: must be between 1 and"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused(parameters: dict[str, Any], given: dict[str, Any], message: str) -> None:
    with pytest.raises(ConvanimError, match=message):
        build("conv", parameters, **given)


@pytest.mark.parametrize(
    ("parameters", "given", "message"),
    [
        (
            {"input_size": 5, "kernel_size": 3},
            {"kernel": "1 2; 3 4"},
            "^kernel: has a size of 2x2, but kernel_size is 3x3",
        ),
        ({"input_size": 8, "kernel_size": 3}, {"input": GRID}, "^input: has a size of 4x3, but input_size is 8x8"),
        ({"input_size": (3, 4), "kernel_size": 3}, {"input": GRID}, "^input: has a size of 4x3, but input_size is 3x4"),
        ({"input_size": (3, 4), "kernel_size": 3}, {"input": [1, 2]}, "^input: has a size of 2, but input_size is 3x4"),
    ],
)
def test_numbers_of_another_size_are_refused_when_they_are_planned(
    parameters: dict[str, Any], given: dict[str, Any], message: str
) -> None:
    built = build("conv", parameters, **given)
    with pytest.raises(ConvanimError, match=message):
        plan(built.layer, input=built.input, kernel=built.kernel)


@pytest.mark.parametrize("operation", ["", "Conv", "conv-transpose", "pool"])
def test_an_unknown_operation_is_refused_with_those_that_are_known(operation: str) -> None:
    with pytest.raises(ConvanimError) as caught:
        build(operation, {"input_size": 5, "kernel_size": 3})
    said = str(caught.value)
    assert said.startswith(f"operation {operation!r}: unknown; choose ")
    assert all(name in said for name in (*OPERATIONS, *CHAINS))


def chain(layers: list[str], size: Any = None, input: Any = None, dims: int | None = None) -> Chain:
    built = build("chain", {"layers": layers, "input_size": size}, input, dims=dims).layer
    assert isinstance(built, Chain)
    return built


def test_a_chain_is_built_from_short_forms() -> None:
    assert chain(["conv k3 p1", "max-pool k2", "conv-transpose k2 s2"], 8) == Chain(
        [Conv(8, 3, padding=1), MaxPool(8, 2), ConvTranspose(4, 2, 2)]
    )
    assert chain(["avg-pool k2"], (4, 6)).layers == (AvgPool((4, 6), 2),)
    assert chain(["conv k2"], 5, dims=1).input_size == (5,)


def test_a_chain_takes_its_size_from_its_input() -> None:
    assert chain(["conv k2"], input=GRID).input_size == (4, 3)
    assert chain(["conv k2"], input=[1, 2, 3]).input_size == (3,)
    Image.new("L", (8, 6)).save("a.png")
    assert chain(["conv k2"], 4, input="a.png").input_size == (4, 4)


def test_a_causal_layer_makes_a_chain_of_one_axis() -> None:
    for layers in (["conv k2 causal", "conv k3 d2"], ["conv k3 d2", "conv k2 p=causal"]):
        assert chain(layers, 8).input_size == (8,)


def test_weights_stand_with_their_layers() -> None:
    made = chain(["conv kernel=sobel-x p1", "max-pool k2", "conv kernel=1,2;3,4", "conv k1 kernel=box"], 6)
    assert [layer.kernel_size for layer in made.layers] == [(3, 3), (2, 2), (2, 2), (1, 1)]
    assert made.kernels == (((1, 0, -1), (2, 0, -2), (1, 0, -1)), None, ((1, 2), (3, 4)), ((1.0,),))
    assert chain(["conv k2x3 kernel=box"], 6).layers[0].kernel_size == (2, 3)
    assert chain(["conv kernel=gaussian"], 6, dims=1).kernels == ((0.25, 0.5, 0.25),)


@pytest.mark.parametrize(
    ("layers", "message"),
    [
        (["conv k3", "conv k9"], "^layer 2: kernel_size 9: reaches over 9 rows"),
        (["warp k3"], "^operation 'warp': unknown"),
        (["conv"], "^layer 'conv': has no kernel size; write one such as k3"),
        (["conv kernel=1,2;3"], "has rows of unequal length"),
        (["conv kernel=none"], "'none': is no kernel's name"),
        (["conv k5 kernel=sobel-x"], "has a size of 3"),
        (["conv k2x2x2"], "^layer 1: kernel_size 2x2x2: has 3 parts"),
        (["max-pool k2 kernel=box"], "cannot take 'kernel=box'"),
        (["conv kernel=missing.csv"], "'missing.csv': cannot be read"),
    ],
)
def test_a_layer_of_a_chain_that_cannot_be_is_refused(layers: list[str], message: str) -> None:
    with pytest.raises(ConvanimError, match=message):
        chain(layers, 6)


def test_a_chain_has_no_kernel_of_its_own() -> None:
    with pytest.raises(
        ConvanimError, match=r"^kernel: is written with its layer in a chain, as in 'conv kernel=sobel-x'"
    ):
        build("chain", {"layers": ["conv k3"], "input_size": 5}, kernel="box")


def test_a_round_trip_is_built() -> None:
    parameters = {"input_size": 6, "kernel_size": 3, "stride": 2, "padding": 1}
    built = build("roundtrip", parameters, seed=7)
    assert built.layer == roundtrip(Conv(6, 3, 2, 1), seed=7)
    assert built.layer != build("roundtrip", parameters, seed=8).layer
    assert build("roundtrip", {"input_size": 6}, kernel="emboss").layer == roundtrip(Conv(6, 3), named_kernel("emboss"))
    given = build("roundtrip", {"kernel_size": 2}, "1 2; 3 4")
    assert given.input.tolist() == [[1, 2], [3, 4]]
    assert given.layer.output_size == (2, 2)


def test_a_seed_that_cannot_be_is_refused() -> None:
    with pytest.raises(ConvanimError, match=r"^seed -1: must be between 0 and"):
        build("roundtrip", {"input_size": 6, "kernel_size": 3}, seed=-1)


def test_a_separable_kernel_is_built() -> None:
    options: dict[str, Any] = {"stride": 2, "padding": 1, "dilation": 1, "padding_mode": "reflect"}
    built = build("separable", {"input_size": 6, **options}, kernel="sobel-x")
    assert built.layer == separable(named_kernel("sobel-x"), 6, **options)
    assert build("separable", {"input_size": 6, "kernel_size": (3, 5)}, kernel="box").layer == separable(
        np.full((3, 5), 1 / 15), 6
    )
    assert build("separable", {}, GRID, "1 2; 2 4").input.shape == (4, 3)


def test_a_kernel_of_more_rank_is_not_built() -> None:
    with pytest.raises(ConvanimError, match=r"^kernel: has rank 2"):
        build("separable", {"input_size": 6}, kernel="laplacian")


def test_parameters_are_known_by_operation() -> None:
    assert parameters_of("chain") == ("layers", "input_size")
    assert parameters_of("roundtrip") == parameters_of("separable")
    assert set(parameters_of("conv")) - set(parameters_of("separable")) == {*CHANNEL_OPTIONS}
    assert "depth_multiplier" in parameters_of("depthwise_separable")
    assert "output_padding" in parameters_of("conv_transpose")
    assert "kernel" not in parameters_of("conv")


@pytest.mark.parametrize("kind", [kind for kind in CHAINS if kind != PASTED])
def test_parameters_that_are_given_are_not_changed(kind: str) -> None:
    parameters: dict[str, Any] = {"input_size": 5}
    if kind == "chain":
        parameters["layers"] = ["conv kernel=box"]
    if kind in SEPARABLES:
        parameters |= {"in_channels": 2, "out_channels": 3, "kernel_size": 3}
    kept = dict(parameters)
    build(kind, parameters, kernel="box" if kind in ("roundtrip", "separable") else None)
    assert parameters == kept
