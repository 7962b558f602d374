"""The operations that slide windows: where each window stands, what comes out, and what it sees of the model's input.

This is ONNX's own arithmetic, with all that its layers may ask for, also where there is no such layer here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from convanim.frameworks.models.seen import Field, Seen, spread, windowed
from convanim.frameworks.models.stored import Dims


@dataclass(frozen=True)
class Kind:
    """An operation that is listed.

    Attributes
    ----------
    operation : str
        The one whose attributes and sizes it has.
    weights, bias : int or None
        Which of its inputs they are.
    """

    operation: str
    weights: int | None = None
    bias: int | None = None


_MICROSOFT = "com.microsoft"

LISTED: dict[tuple[str, str], Kind] = {
    ("", "Conv"): Kind("Conv", 1, 2),
    ("", "ConvInteger"): Kind("Conv", 1),
    ("", "QLinearConv"): Kind("Conv", 3, 8),
    (_MICROSOFT, "FusedConv"): Kind("Conv", 1, 2),
    ("", "ConvTranspose"): Kind("ConvTranspose", 1, 2),
    ("", "MaxPool"): Kind("MaxPool"),
    ("", "AveragePool"): Kind("AveragePool"),
    (_MICROSOFT, "QLinearAveragePool"): Kind("AveragePool"),
    ("", "GlobalMaxPool"): Kind("GlobalMaxPool"),
    ("", "GlobalAveragePool"): Kind("GlobalAveragePool"),
    (_MICROSOFT, "QLinearGlobalAveragePool"): Kind("GlobalAveragePool"),
    ("", "DepthToSpace"): Kind("DepthToSpace"),
    ("", "Resize"): Kind("Resize"),
    ("", "Upsample"): Kind("Resize"),
}
"""What is listed of a model, by whose operation it is and its name."""


@dataclass(frozen=True)
class Window:
    """The windows along one axis.

    Attributes
    ----------
    size, kernel, stride, dilation : int
        Cells of the input and of the kernel, and the two steps.
    low : int
        Padding before the input; of a transposed convolution, what is taken from its output there.
    output : int
        Cells of the output.
    """

    size: int
    kernel: int
    stride: int
    dilation: int
    low: int
    output: int


def pooled(attributes: Mapping[str, Any], size: Dims, kernel: Dims | None = None) -> tuple[Window, ...]:
    """Return the windows of a convolution or a pooling.

    Parameters
    ----------
    attributes : mapping
        ONNX's own.
    size, kernel : tuple of int
        Of the input, and of the weights where there are some.

    Raises
    ------
    ValueError
        If an attribute is not right.
    """
    dims = len(size)
    kernels = tuple(attributes.get("kernel_shape") or kernel or ())
    strides, dilations = _each(attributes, "strides", dims), _each(attributes, "dilations", dims)
    pads = attributes.get("pads") or (0,) * 2 * dims
    word = attributes.get("auto_pad") or "NOTSET"
    found = []
    for n, k, s, d, low, high in zip(size, kernels, strides, dilations, pads[:dims], pads[dims:], strict=True):
        reach = d * (k - 1) + 1
        if word.startswith("SAME"):
            low, high = _halved(max((-(-n // s) - 1) * s + reach - n, 0), word == "SAME_UPPER")
        elif word != "NOTSET":
            low = high = 0
        room = n + low + high - reach
        output = room // s + 1
        if attributes.get("ceil_mode"):
            output = -(-room // s) + 1
            output -= (output - 1) * s >= n + low
        found.append(_checked(Window(n, k, s, d, low, output)))
    return tuple(found)


def transposed(attributes: Mapping[str, Any], size: Dims, kernel: Dims | None = None) -> tuple[Window, ...]:
    """Return the windows of a transposed convolution; the parameters are those of `pooled`.

    Raises
    ------
    ValueError
        If an attribute is not right.
    """
    dims = len(size)
    kernels = tuple(attributes.get("kernel_shape") or kernel or ())
    strides, dilations = _each(attributes, "strides", dims), _each(attributes, "dilations", dims)
    added = _each(attributes, "output_padding", dims, 0)
    pads = attributes.get("pads") or (0,) * 2 * dims
    word = attributes.get("auto_pad") or "NOTSET"
    wanted = attributes.get("output_shape") or [None] * dims
    found = []
    for n, k, s, d, a, low, high, asked in zip(
        size, kernels, strides, dilations, added, pads[:dims], pads[dims:], wanted[-dims:], strict=True
    ):
        full = (n - 1) * s + a + d * (k - 1) + 1
        output = n * s if asked is None and word.startswith("SAME") else asked
        if output is not None:
            low, high = _halved(max(full - output, 0), word == "SAME_UPPER")
        elif word != "NOTSET":
            low = high = 0
        found.append(_checked(Window(n, k, s, d, low, full - low - high if output is None else output)))
    return tuple(found)


def seen_by(field: Field, windows: tuple[Window, ...], is_transposed: bool = False) -> Field:
    """Return what the outputs of windows see; the channels are mixed or stay apart, and have no places."""
    through = spread if is_transposed else windowed
    axes: list[Seen | None] = []
    for own, one in zip(field.axes[2:], windows, strict=True):
        axes.append(None if own is None else through(own, one.kernel, one.stride, one.dilation, one.low))
    is_lost = any(own is not None and made is None for own, made in zip(field.axes[2:], axes, strict=True))
    return field.arranged([field.axes[0], None, *axes], is_bound=is_lost)


def _each(attributes: Mapping[str, Any], name: str, dims: int, usual: int = 1) -> tuple[int, ...]:
    return tuple(attributes.get(name) or (usual,) * dims)


def _halved(total: int, odd_at_end: bool) -> tuple[int, int]:
    half = total // 2
    return (half, total - half) if odd_at_end else (total - half, half)


def _checked(window: Window) -> Window:
    """Raise where a window could not be, which division alone does not show."""
    least = (window.size, window.kernel, window.stride, window.dilation, window.output)
    if min(least) < 1 or window.low < 0:
        raise ValueError("no such window")
    return window
