"""The guide's own animations by name: the fifteen of Dumoulin and Visin, drawn as they drew them."""

from __future__ import annotations

from dataclasses import dataclass

from convanim.layers import Conv, ConvTranspose, Layer
from convanim.options import one_of


@dataclass(frozen=True)
class Preset:
    """A layer with a name of its own.

    Attributes
    ----------
    layer : Layer
        What it shows.
    title : str
        What it is about.
    """

    layer: Layer
    title: str


PRESETS = {
    "no_padding_no_strides": Preset(Conv(4, 3), "No padding, stride of 1"),
    "arbitrary_padding_no_strides": Preset(Conv(5, 4, padding=2), "Arbitrary padding, stride of 1"),
    "same_padding_no_strides": Preset(Conv(5, 3, padding=1), "Half (same) padding, stride of 1"),
    "full_padding_no_strides": Preset(Conv(5, 3, padding=2), "Full padding, stride of 1"),
    "no_padding_strides": Preset(Conv(5, 3, stride=2), "No padding, stride of 2"),
    "padding_strides": Preset(Conv(5, 3, stride=2, padding=1), "Padding, stride of 2"),
    "padding_strides_odd": Preset(
        Conv(6, 3, stride=2, padding=1), "Padding, stride of 2, a row and a column left over"
    ),
    "dilation": Preset(Conv(7, 3, dilation=2), "Dilation of 2"),
    "no_padding_no_strides_transposed": Preset(ConvTranspose(2, 3), "No padding, stride of 1, transposed"),
    "arbitrary_padding_no_strides_transposed": Preset(
        ConvTranspose(6, 4, padding=2), "Arbitrary padding, stride of 1, transposed"
    ),
    "same_padding_no_strides_transposed": Preset(
        ConvTranspose(5, 3, padding=1), "Half (same) padding, stride of 1, transposed"
    ),
    "full_padding_no_strides_transposed": Preset(
        ConvTranspose(7, 3, padding=2), "Full padding, stride of 1, transposed"
    ),
    "no_padding_strides_transposed": Preset(ConvTranspose(2, 3, stride=2), "No padding, stride of 2, transposed"),
    "padding_strides_transposed": Preset(ConvTranspose(3, 3, stride=2, padding=1), "Padding, stride of 2, transposed"),
    "padding_strides_odd_transposed": Preset(
        ConvTranspose(3, 3, stride=2, padding=1, output_padding=1),
        "Padding, stride of 2, output padding of 1, transposed",
    ),
}
"""Every preset by the guide's name for its file."""


def find_preset(name: str) -> Preset:
    """Return a preset by name.

    Raises
    ------
    ConvanimError
        If there is no such preset.
    """
    return PRESETS[one_of("preset", name, PRESETS)]
