"""What is too large for a picture of any kind."""

from __future__ import annotations

from math import prod

from convanim.errors import ConvanimError
from convanim.layers import Layer
from convanim.options import spelled

MOST_CELLS = 250_000
"""The most cells that one picture has."""


MOST_STAMPS = 5000
"""The most input cells whose stamps are drawn."""


def refuse_many_stamps(layer: Layer) -> None:
    """Raise where a layer has more stamps than are drawn.

    Raises
    ------
    ConvanimError
        If there are more than `MOST_STAMPS`.
    """
    stamps = prod(layer.input_size)
    if stamps > MOST_STAMPS:
        raise ConvanimError(
            "input_size",
            spelled(layer.input_size),
            f"makes {stamps} stamps, and at most {MOST_STAMPS} are drawn; "
            "use a smaller `input_size`, or `method=gather` without `overlap`",
        )


MOST_SLABS = 24
"""The most depth slices of a padded input that are drawn; more would make a strip of a picture."""

_NO_CHAINS = "for a chain; give 1 or 2, draw its layers one by one, or let the command explain describe them"
_NO_VOLUMES = {
    "chain": _NO_CHAINS,
    "channel_chain": _NO_CHAINS,
    "channels": "with channels; give 1 or 2, leave the channels out, or let the command explain describe the layer",
    "routes": "of layers that move values; give 1 or 2, or let the command explain describe the layer",
    "scatter": "as stamps; give 1 or 2, or use `method=gather` without `overlap`",
}
"""Kinds of plan of which no view draws three axes, and ways out."""


def refuse_volume(layer: Layer, kind: str) -> None:
    """Raise where a layer has three axes and makes no picture for that.

    Raises
    ------
    ConvanimError
        If no view draws plans of its kind with three axes, or it has more
        than `MOST_SLABS` depth slices.
    """
    if layer.dims < 3:
        return
    size = spelled(layer.input_size)
    if kind in _NO_VOLUMES:
        raise ConvanimError("input_size", size, f"has 3 axes, which no view draws {_NO_VOLUMES[kind]}")
    slabs = len(layer.axes[0].drawn)
    if slabs > MOST_SLABS:
        raise ConvanimError(
            "input_size",
            size,
            f"makes {slabs} depth slices with all that stands between and around them, and at most {MOST_SLABS} are "
            "drawn; use fewer planes or a smaller `padding`, or let the command explain describe the layer",
        )


def refuse_undrawable(layers: tuple[Layer, ...]) -> None:
    """Raise where layers in sequence make no picture.

    Raises
    ------
    ConvanimError
        If they have more than `MOST_CELLS` cells.
    """
    first = layers[0]
    cells = prod(layers[-1].output_size) + sum(prod(len(axis.drawn) for axis in layer.axes) for layer in layers)
    if cells > MOST_CELLS:
        raise ConvanimError(
            "input_size",
            spelled(first.input_size),
            f"makes a picture of {cells} cells, and at most {MOST_CELLS} are drawn; "
            "use a smaller `input_size` or `padding`, or let the command explain describe the layer",
        )
