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
            "use a smaller `input_size` or `method=gather`",
        )


def refuse_undrawable(layers: tuple[Layer, ...]) -> None:
    """Raise where layers in sequence make no picture.

    Raises
    ------
    ConvanimError
        If they have three axes, or more than `MOST_CELLS` cells.
    """
    first = layers[0]
    if first.dims > 2:
        raise ConvanimError(
            "input_size",
            spelled(first.input_size),
            "has 3 axes, which no view draws; give 1 or 2, or let the command explain describe the layer",
        )
    cells = prod(layers[-1].output_size) + sum(prod(len(axis.drawn) for axis in layer.axes) for layer in layers)
    if cells > MOST_CELLS:
        raise ConvanimError(
            "input_size",
            spelled(first.input_size),
            f"makes a picture of {cells} cells, and at most {MOST_CELLS} are drawn; "
            "use a smaller `input_size` or `padding`, or let the command explain describe the layer",
        )
