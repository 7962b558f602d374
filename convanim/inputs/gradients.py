"""What users write of a backward pass: a layer in code or in short, and the gradient of its output."""

from __future__ import annotations

from typing import Any

from convanim.base.errors import ConvanimError
from convanim.frameworks.drawable import for_picture
from convanim.frameworks.reading import is_code, read_text
from convanim.frameworks.sequence import layer_of
from convanim.inputs.building import Built, build, build_short, size_of_input, with_numbers
from convanim.inputs.numbers import read_rows
from convanim.layers import Chain, Layer
from convanim.plans.gradients import ONES


def build_text(
    text: str,
    input_size: Any = None,
    input: Any = None,
    kernel: Any = None,
    seed: int = 0,
    dims: int | None = None,
    in_channels: int | None = None,
) -> Built:
    """Return the layer that a text describes, in code or in its short form.

    Parameters
    ----------
    text : str
        For example ``"nn.Conv2d(1, 1, 3)"`` or ``"conv k3 s2"``.
    input_size, input, kernel, seed, dims
        As in `build`.
    in_channels : int, optional
        Input channels, if code does not say them.

    Raises
    ------
    ConvanimError
        If the text is not understood, or describes several layers.
    """
    if not is_code(text):
        built = build_short(text, input_size, input, seed, dims)
        if kernel is not None:
            if isinstance(built.layer, Chain) or built.kernel is not None:
                raise ConvanimError("kernel", "", "is given twice, or for several layers; give it once")
            own = {**built.layer.options, "input_size": built.layer.input_size}
            built = build(built.layer.operation, own, input, kernel)
    else:
        pasted = read_text(text)
        found = layer_of(pasted, size_of_input(input, input_size), in_channels)
        if dims is not None and dims != found.layer.dims:
            raise ConvanimError("dims", dims, f"but this layer has {found.layer.dims}; leave `dims` out")
        built = with_numbers(for_picture(found.layer), input, kernel, found.layer, pasted)
    if isinstance(built.layer, Chain):
        raise ConvanimError("layer", "", "is several layers, and the backward pass of one is drawn; name one")
    return built


def read_grad(text: str, layer: Layer | Chain) -> Any:
    """Return the gradient of a layer's output from its text: rows of numbers, a file, or the word for ones.

    Raises
    ------
    ConvanimError
        If it is neither.
    """
    return text if text == ONES else read_rows("grad", text, layer.dims)
