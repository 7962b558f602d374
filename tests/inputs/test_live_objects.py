"""Modules of PyTorch and layers of Keras, by stand-ins that have their attributes."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from convanim import (
    Chain,
    Conv,
    ConvanimError,
    ConvTranspose,
    DepthwiseConv,
    MaxPool,
    animate,
    from_keras,
    from_torch,
    plan,
)
from convanim.inputs.building import Built
from tests.helpers import output_of

ENDLESS: list[Any] = []
ENDLESS.append(ENDLESS)


def module(name: str, **attributes: Any) -> Any:
    """Return an object of a class of that name."""
    return type(name, (SimpleNamespace,), {})(**attributes)


def conv(made: int = 1, taken: int = 1, bias: Any = None, groups: int = 1, **changes: Any) -> Any:
    weight = np.arange(made * taken // groups * 9.0).reshape(made, taken // groups, 3, 3)
    settings: dict[str, Any] = {
        "in_channels": taken,
        "out_channels": made,
        "kernel_size": (3, 3),
        "stride": (1, 1),
        "padding": (0, 0),
        "dilation": (1, 1),
        "groups": groups,
        "bias": bias,
        "padding_mode": "zeros",
        "weight": weight,
    }
    return module("Conv2d", **{**settings, **changes})


class Sequential(list[Any]):
    """As PyTorch's, modules in order."""


def test_a_module_is_the_layer_that_its_attributes_say() -> None:
    made = conv(4, 2, np.zeros(4), stride=(2, 1), padding=(1, 0), dilation=(1, 2))
    assert from_torch(made, 9) == Conv(9, 3, (2, 1), (1, 0), (1, 2), "zeros", 2, 4, bias=True)
    assert from_torch(conv(padding="same"), (5, 6)) == Conv((5, 6), 3, padding="same")


def test_a_subclass_is_what_it_derives_from() -> None:
    own = type("Mine", (type(conv()),), {})(**vars(conv()))
    assert from_torch(own, 5) == Conv(5, 3)


def test_a_sequence_is_a_chain_without_what_keeps_sizes() -> None:
    pool = module("MaxPool2d", kernel_size=2, stride=2, padding=0, dilation=1, ceil_mode=False)
    inner = Sequential([module("ReLU"), pool])
    flat = module("Flatten")
    assert from_torch(Sequential([conv(2), inner, flat]), 8) == Chain(
        [Conv(8, 3, out_channels=2), MaxPool(6, 2, channels=2)]
    )


def test_weights_come_along_where_they_are_asked_for() -> None:
    bias = np.array([1.0, 2.0, 3.0, 4.0])
    made = from_torch(conv(4, 2, bias), 4, weights="all")
    assert isinstance(made, Built)
    assert made.kernel.shape == (4, 2, 3, 3)
    assert made.bias.tolist() == bias.tolist()
    assert animate(made, view="flat", width=2000).timeline.steps


def test_one_kernel_is_drawn_on_one_plane() -> None:
    made = from_torch(conv(4, 4, groups=2), 4, weights=(2, 3))
    assert isinstance(made, Built)
    assert made.layer == Conv(4, 3)
    assert made.kernel.tolist() == conv(4, 4, groups=2).weight[2, 1].tolist()
    picture = np.ones((4, 4))
    output = output_of(plan(made.layer, input=picture, kernel=made.kernel))
    assert output.tolist() == np.full((2, 2), made.kernel.sum()).tolist()


def test_tensors_are_taken_from_where_they_are() -> None:
    weight = SimpleNamespace(
        detach=lambda: SimpleNamespace(cpu=lambda: SimpleNamespace(numpy=lambda: np.ones((1, 1, 3, 3))))
    )
    made = from_torch(conv(weight=weight), 4, weights="all")
    assert isinstance(made, Built)
    assert made.kernel.tolist() == np.ones((1, 1, 3, 3)).tolist()


def test_a_chain_holds_the_kernels_of_its_layers() -> None:
    made = from_torch(Sequential([conv(2), module("ReLU"), conv(1, 2)]), 8, weights="all")
    assert isinstance(made, Built)
    assert isinstance(made.layer, Chain)
    assert [np.shape(kernel) for kernel in made.layer.kernels] == [(2, 1, 3, 3), (1, 2, 3, 3)]


@pytest.mark.parametrize(
    ("made", "options", "message"),
    [
        (module("Net"), {}, "^module: Net is no layer of PyTorch that is known"),
        (module("ReLU"), {}, "^module: holds no layer that moves a window"),
        (conv(), {"weights": "some"}, "^weights 'some': must be 'all', or an \\(out, in\\) pair"),
        (conv(), {"weights": (1, 0)}, "^weights 1: is no out channel; they are 0 to 0"),
        (conv(4, 4, groups=2), {"weights": (0, 3)}, "^weights 0,3: are channels of different groups; output 0 reads"),
        (module("PixelShuffle", upscale_factor=2), {"weights": "all"}, "but pixel shuffle has none"),
        (Sequential([conv(), conv()]), {"weights": (0, 0)}, "is for one layer; take 'all' of a chain"),
    ],
)
def test_what_cannot_be_had_is_said(made: Any, options: dict[str, Any], message: str) -> None:
    with pytest.raises(ConvanimError, match=message):
        from_torch(made, 8, **options)


def keras(name: str, *weights: Any, **attributes: Any) -> Any:
    """Return a stand-in for a layer of Keras that is built."""
    kernel = {"kernel": weights[0]} if weights else {}
    return module(name, get_weights=lambda: list(weights), **kernel, **attributes)


WINDOW = {"strides": (1, 1), "padding": "valid", "data_format": "channels_last", "dilation_rate": (1, 1)}


def test_weights_of_keras_are_turned_into_the_order_of_pytorch() -> None:
    kernel = np.arange(2 * 3 * 4 * 5.0).reshape(2, 3, 4, 5)
    layer = keras("Conv2D", kernel, np.zeros(5), filters=5, kernel_size=(2, 3), groups=1, use_bias=True, **WINDOW)
    made = from_keras(layer, 6, weights="all")
    assert isinstance(made, Built)
    assert made.layer == Conv(6, (2, 3), in_channels=4, out_channels=5, bias=True)
    assert made.kernel[3, 1, 1, 2] == kernel[1, 2, 1, 3]


def test_a_transposed_layer_of_keras_has_its_inputs_first() -> None:
    kernel = np.arange(2 * 2 * 3 * 4.0).reshape(2, 2, 3, 4)
    layer = keras(
        "Conv2DTranspose", kernel, filters=3, kernel_size=(2, 2), output_padding=None, use_bias=False, **WINDOW
    )
    made = from_keras(layer, 6, weights="all")
    assert isinstance(made, Built)
    assert made.layer == ConvTranspose(6, 2, in_channels=4, out_channels=3)
    assert made.kernel[3, 1, 0, 1] == kernel[0, 1, 1, 3]


def test_a_depthwise_layer_of_keras_keeps_the_kernels_of_a_channel_together() -> None:
    kernel = np.arange(2 * 2 * 3 * 2.0).reshape(2, 2, 3, 2)
    layer = keras("DepthwiseConv2D", kernel, kernel_size=(2, 2), depth_multiplier=2, use_bias=False, **WINDOW)
    made = from_keras(layer, 6, weights="all")
    assert isinstance(made, Built)
    assert made.layer == DepthwiseConv(6, 2, in_channels=3, depth_multiplier=2)
    assert made.kernel[3, 0, 1, 0] == kernel[1, 0, 1, 1]


def test_a_model_of_keras_says_the_size_of_its_input() -> None:
    pool = keras("MaxPooling2D", pool_size=(2, 2), **{**WINDOW, "strides": (2, 2)})
    made = type("Sequential", (SimpleNamespace,), {})(layers=[pool], input_shape=(None, 8, 6, 3))
    assert from_keras(made) == MaxPool((8, 6), 2, channels=3)


@pytest.mark.parametrize(
    ("made", "weights", "message"),
    [
        (module("Sequential"), None, "is a Sequential without layers to go through"),
        (module("PixelShuffle", upscale_factor=None), None, "upscale_factor None: not a whole number"),
        (module("MaxPool2d", kernel_size=range(10**8), stride=1), None, "kernel_size range.* not a whole number"),
        (conv(stride=object()), None, "stride <object object>: not a whole number"),
        (conv(stride=ENDLESS), None, r"stride \[\[.*: not a whole number"),
        (conv(), np.array(["all"]), "weights array.*: must be 'all', or"),
        (conv(bias=range(10**8)), "all", "are not in the module as arrays of numbers"),
        (conv(weight=np.ones((1, 1, 2, 2))), "all", "weights 1x1x2x2: is their shape, and .* 1x1x3x3"),
        (conv(weight=None), "all", "are not in the module as arrays of numbers"),
    ],
)
def test_attributes_of_other_forms_are_refused(made: Any, weights: Any, message: str) -> None:
    with pytest.raises(ConvanimError, match=message):
        from_torch(made, 5, weights=weights)


def test_a_sequence_that_holds_itself_is_refused() -> None:
    endless: Any = type("Sequential", (list,), {})()
    endless.append(endless)
    with pytest.raises(ConvanimError, match="sequences more than 16 deep"):
        from_torch(endless, 5)


def test_a_kernel_that_is_no_array_is_refused() -> None:
    with pytest.raises(ConvanimError, match="kernel \\(2, 2\\): is no array"):
        from_keras(module("Conv2D", filters=1, kernel_size=3, kernel=(2, 2), **WINDOW), 5)


@pytest.mark.parametrize("channels", [np.array([1, 2]), 0, True])
def test_channels_of_another_form_are_refused(channels: Any) -> None:
    with pytest.raises(ConvanimError, match="in_channels "):
        from_torch(module("PixelShuffle", upscale_factor=2), 6, in_channels=channels)
    with pytest.raises(ConvanimError, match="in_channels "):
        from_keras(keras("MaxPooling2D", pool_size=2, **WINDOW), 6, in_channels=channels)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (type(conv()), "Conv2d is a class; make a layer of it, such as nn.Conv2d"),
        ("nn.Conv2d(1, 1, 3)", "is a text; give an object"),
        ({"0.weight": np.ones((1, 1, 3, 3))}, "give the module that they are of"),
        (module("Conv2D"), "Conv2D is of Keras; give it to from_keras"),
    ],
)
def test_what_is_no_module_is_refused_with_what_to_give(given: Any, said: str) -> None:
    with pytest.raises(ConvanimError, match=said):
        from_torch(given, 8)


def test_layers_of_pytorch_are_not_given_to_keras() -> None:
    with pytest.raises(ConvanimError, match="Conv2d is of PyTorch; give it to from_torch"):
        from_keras(conv(), 8)


def test_a_size_that_is_a_text_is_refused_with_the_number() -> None:
    with pytest.raises(ConvanimError, match=r"'8x9': is a text; write \(8, 9\)"):
        from_torch(conv(), "8x9")


def test_a_module_that_another_runs_is_read() -> None:
    made = module("OptimizedModule", _orig_mod=module("DataParallel", module=conv(2)))
    assert from_torch(made, 8) == from_torch(conv(2), 8)


def test_weights_that_are_not_there_or_complex_are_refused() -> None:
    class Meta:
        def detach(self) -> None:
            raise NotImplementedError("Cannot copy out of meta tensor")

    for weight, said in ((Meta(), "meta tensor"), (np.ones((1, 1, 3, 3)) * 1j, "complex")):
        with pytest.raises(ConvanimError, match=said):
            from_torch(conv(weight=weight), 8, weights="all")
