"""Convolutions and correlations that SciPy and NumPy computed, against ours, read from their code."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pytest

from convanim import Conv, ConvanimError, Layer, plan
from convanim.frameworks.reading import read_text
from convanim.frameworks.sequence import layer_of
from convanim.frameworks.spelling import NoCode
from convanim.frameworks.writing import written
from convanim.inputs.building import build
from tests.cases import read
from tests.gathering import gathered
from tests.helpers import output_of

CASES = read("scipy.jsonl")
ARRAYS = ("input", "kernel", "output", "function")


def code_of(case: dict[str, Any]) -> str:
    settings = ", ".join(f"{name}={value!r}" for name, value in case.items() if name not in ARRAYS)
    return f"{case['function']}({case['input']}, {case['kernel']}, {settings})"


def read_layer(code: str, **told: Any) -> Layer:
    found = layer_of(read_text(code), **told).layer
    assert isinstance(found, Layer)
    return found


def named(case: dict[str, Any]) -> str:
    shapes = ("x".join(map(str, np.shape(case[name]))) for name in ("input", "kernel"))
    return "-".join([case["function"], case["mode"], case.get("boundary", ""), *shapes])


def test_the_data_is_all_there() -> None:
    assert len(CASES) == 350
    assert Counter(len(np.shape(case["input"])) for case in CASES).keys() == {1, 2, 3}
    assert sum(any(size % 2 == 0 for size in np.shape(case["kernel"])) for case in CASES) > 200


@gathered("case", CASES, ids=named)
def test_values_are_scipys(case: dict[str, Any]) -> None:
    layer = read_layer(code_of(case))
    made = output_of(plan(layer, input=case["input"], kernel=case["kernel"]))
    assert made.tolist() == case["output"]


@gathered("case", [case for case in CASES if case["function"] in ("signal.convolve", "np.convolve")], ids=named)
def test_flip_pads_by_the_words_of_scipy(case: dict[str, Any]) -> None:
    layer = Conv(np.shape(case["input"]), np.shape(case["kernel"]), padding=case["mode"], flip=True)
    assert output_of(plan(layer, input=case["input"], kernel=case["kernel"])).tolist() == case["output"]


@pytest.mark.parametrize(
    ("code", "layer"),
    [
        ("scipy.signal.convolve2d(x, w, 'same')", Conv(6, 2, padding="same-lower", flip=True)),
        ("scipy.signal.correlate2d(x, w, 'same')", Conv(6, 2, padding="same")),
        ("scipy.signal.correlate(x, w, 'same')", Conv(6, 2, padding="same-lower")),
        ("signal.fftconvolve(x, w)", Conv(6, 2, padding="full", flip=True)),
        ("np.convolve(x, w)", Conv((6,), 2, padding="full", flip=True)),
        ("numpy.correlate(x, w)", Conv((6,), 2)),
        ("scipy.ndimage.convolve(x, w, mode='constant')", Conv(6, 2, padding=((0, 1), (0, 1)), flip=True)),
    ],
)
def test_arrays_may_be_names(code: str, layer: Layer) -> None:
    assert read_layer(code, input_size=6, kernel_size=2) == layer


@pytest.mark.parametrize(
    ("code", "message"),
    [
        (
            "np.convolve([1, 2], [1, 2, 3])",
            "v \\(1, 2, 3\\): is larger than a, 2; exchange the two, which makes the same$",
        ),
        ("np.correlate([1], [1, 2], 'full')", "exchange the two, which makes the same in reverse order$"),
        ("signal.convolve(np.ones((2, 2)), np.ones((3, 3)), 'valid')", "in2 3x3: is larger than in1, 2x2"),
        ("signal.convolve2d(np.ones((4, 4)), np.ones((3, 3)), 'middle')", "mode 'middle': unknown; choose full, same"),
        (
            "signal.convolve2d(np.ones((4, 4)), np.ones((2, 2)), boundary='edge')",
            "boundary 'edge': unknown; choose fill",
        ),
        ("signal.convolve2d(np.ones((4, 4)), np.ones((4, 4)), boundary='symm')", "drawn only where it is 1 cell"),
        ("signal.convolve2d(np.ones((4, 4)), np.ones((2, 2)), fillvalue=1)", "must be zeros, or cells of the input"),
        ("ndimage.convolve(np.ones((4, 4)), np.ones((3, 3)), origin=1)", "origin 1: must be 0"),
        (
            "signal.convolve(np.ones((4, 4)), w)",
            "kernel_size: is not in the text, .* write np.ones\\(\\(3, 3\\)\\) for in2",
        ),
        ("signal.convolve(np.ones((4, 4)), np.ones(3))", "in2 3: must have as many axes as in1, which has 2"),
        ("np.convolve(np.ones(4), np.pad(np.ones((2,)), ((1, 1),)))", "v: is padded, and only the first array may be"),
        ("signal.convolve2d(np.ones(4), np.ones(2))", "has 1 axis, but convolve2d takes 2 axes"),
    ],
)
def test_what_is_not_drawn_is_refused(code: str, message: str) -> None:
    with pytest.raises(ConvanimError, match=message):
        read_layer(code)


def test_numbers_in_the_text_are_drawn_unless_others_are_given() -> None:
    built = build("layer", {"text": "np.convolve([1, 2, 3], np.array([0, 1, 0.5]))"})
    assert output_of(plan(built.layer, input=built.input, kernel=built.kernel)).tolist() == [0, 1, 2.5, 4, 1.5]
    other = build("layer", {"text": "np.convolve([1, 2, 3], [0, 1])"}, input=[3, 2, 1])
    assert (np.ravel(other.input).tolist(), np.ravel(other.kernel).tolist()) == ([3, 2, 1], [0, 1])
    assert build("layer", {"text": "np.convolve(np.ones(3), np.ones(2))"}).input is None


FLIPPED = [
    Conv(5, 3, flip=True),
    Conv((6,), 4, padding="same", flip=True),
    Conv((3, 4, 3), 2, padding="full", flip=True),
    Conv((4, 6), (2, 3), padding=((1, 0), (2, 2)), padding_mode="circular", flip=True),
    Conv((4, 6), (2, 3), padding=1, flip=True),
]


@pytest.mark.parametrize("framework", ["jax", "scipy", "convanim"])
@pytest.mark.parametrize("layer", FLIPPED, ids=lambda layer: str(layer.input_size))
def test_a_flipped_kernel_is_written_and_read(framework: str, layer: Layer) -> None:
    assert read_layer(str(written(layer, framework))) == layer


def test_frameworks_that_never_flip_say_how() -> None:
    found = {framework: written(FLIPPED[0], framework) for framework in ("torch", "keras")}
    assert found == {
        "torch": "nn.Conv2d(1, 1, kernel_size=3, bias=False)  # weight = torch.flip(w, (2, 3))",
        "keras": "layers.Conv2D(1, 3, use_bias=False)  # kernel = keras.ops.flip(w, (0, 1))",
    }
    assert isinstance(refused := written(FLIPPED[0], "onnx"), NoCode)
    assert refused.why.endswith("W = np.flip(W, (2, 3)), it is the same")


def test_scipy_has_no_stride_or_gaps() -> None:
    for layer, why in ((Conv(5, 3, 2), "[::2, ::2] behind mode='valid'"), (Conv(5, 2, dilation=2), "have no gaps")):
        assert isinstance(found := written(layer, "scipy"), NoCode)
        assert why in found.why
