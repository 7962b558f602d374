"""Named animations: those of the guide, in its look or with its numbers, and some that make a point."""

from __future__ import annotations

from dataclasses import field
from typing import Any

from convanim.base.options import one_of
from convanim.base.records import dataclass
from convanim.inputs.known_chains import roundtrip, separable
from convanim.layers import AvgPool, Chain, Conv, ConvTranspose, Layer, MaxPool
from convanim.plans.values import named_kernel


@dataclass(frozen=True, eq=False)
class Preset:
    """A named layer and how it is drawn.

    Attributes
    ----------
    layer : Layer or Chain
        The layer or chain to draw.
    title : str
        What the animation shows.
    looks : dict
        Further arguments of ``animate``.
    """

    layer: Layer | Chain
    title: str
    looks: dict[str, Any] = field(default_factory=dict)


def _classic(layer: Layer, title: str) -> Preset:
    return Preset(layer, title, {"classic": True})


def _numerical(layer: Layer, title: str) -> Preset:
    """Return a preset with the numbers of the guide's figures."""
    return Preset(layer, title, {"view": "flat", "seed": 1234})


_GUIDE = {
    "no_padding_no_strides": _classic(Conv(4, 3), "No padding, stride of 1"),
    "arbitrary_padding_no_strides": _classic(Conv(5, 4, padding=2), "Arbitrary padding, stride of 1"),
    "same_padding_no_strides": _classic(Conv(5, 3, padding=1), "Half (same) padding, stride of 1"),
    "full_padding_no_strides": _classic(Conv(5, 3, padding=2), "Full padding, stride of 1"),
    "no_padding_strides": _classic(Conv(5, 3, stride=2), "No padding, stride of 2"),
    "padding_strides": _classic(Conv(5, 3, stride=2, padding=1), "Padding, stride of 2"),
    "padding_strides_odd": _classic(
        Conv(6, 3, stride=2, padding=1), "Padding, stride of 2, a row and a column left over"
    ),
    "dilation": _classic(Conv(7, 3, dilation=2), "Dilation of 2"),
    "no_padding_no_strides_transposed": _classic(ConvTranspose(2, 3), "No padding, stride of 1, transposed"),
    "arbitrary_padding_no_strides_transposed": _classic(
        ConvTranspose(6, 4, padding=2), "Arbitrary padding, stride of 1, transposed"
    ),
    "same_padding_no_strides_transposed": _classic(
        ConvTranspose(5, 3, padding=1), "Half (same) padding, stride of 1, transposed"
    ),
    "full_padding_no_strides_transposed": _classic(
        ConvTranspose(7, 3, padding=2), "Full padding, stride of 1, transposed"
    ),
    "no_padding_strides_transposed": _classic(ConvTranspose(2, 3, stride=2), "No padding, stride of 2, transposed"),
    "padding_strides_transposed": _classic(
        ConvTranspose(3, 3, stride=2, padding=1), "Padding, stride of 2, transposed"
    ),
    "padding_strides_odd_transposed": _classic(
        ConvTranspose(3, 3, stride=2, padding=1, output_padding=1),
        "Padding, stride of 2, output padding of 1, transposed",
    ),
}

_NUMERICAL = {
    "numerical_no_padding_no_strides": _numerical(Conv(5, 3), "The numbers: no padding, stride of 1"),
    "numerical_padding_strides": _numerical(Conv(5, 3, stride=2, padding=1), "The numbers: padding, stride of 2"),
    "numerical_average_pooling": _numerical(AvgPool(5, 3, stride=1), "The numbers: average pooling"),
    "numerical_max_pooling": _numerical(MaxPool(5, 3, stride=1), "The numbers: max pooling"),
}

_PLUS = ((1, 0, 1), (0, 2, 0), (1, 0, 1))
_CHECKED = ((1, 0, 2, 0, 1), (0, 1, 0, 2, 0), (2, 0, 1, 0, 0), (0, 1, 0, 1, 2), (1, 0, 0, 2, 1))

_ARGUMENTS = {
    "not_a_deconvolution": Preset(
        roundtrip(Conv(5, 3, stride=2), _PLUS),
        "A transposed convolution gives the size back, but not the values",
        {"input": _CHECKED, "method": "scatter", "hold": 3.0},
    ),
    "separable_sobel": Preset(
        separable(named_kernel("sobel-x"), 6),
        "Sobel's kernel in two passes: the same result for less",
        {"step_time": 0.5, "hold": 3.0},
    ),
    "dilated_causal_stack": Preset(
        Chain([Conv((16,), 2, padding="causal", dilation=dilation) for dilation in (1, 2, 4, 8)]),
        "Dilated causal layers: the field doubles with each",
        {"step_time": 0.5, "hold": 2.0},
    ),
}

GUIDE_PRESETS = tuple(_GUIDE)
"""The names of the guide's fifteen animations."""

PRESETS = {**_GUIDE, **_NUMERICAL, **_ARGUMENTS}
"""All presets by name; those of the guide have the guide's names."""


def find_preset(name: str) -> Preset:
    """Return a preset by name.

    Raises
    ------
    ConvanimError
        If there is no such preset.
    """
    return PRESETS[one_of("preset", name, PRESETS)]
