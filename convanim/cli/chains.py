"""The commands for chains of layers."""

from __future__ import annotations

from typing import Any

import click

from convanim.base.options import parse
from convanim.cli.explaining import tell
from convanim.cli.options import Decorator, Form, decorated, form_options, layer_options, picture_options
from convanim.cli.settings import FIELDS, SEED
from convanim.cli.values import DIMS, INPUT, described
from convanim.cli.writing import Drawing, drawing
from convanim.layers import CHANNEL_OPTIONS, METHODS

_METHOD = click.option("--method", metavar="NAME", help=f"How the last layer is computed: {' or '.join(METHODS)}.")
_SIZE = click.option(
    "-i", "--input-size", metavar="SIZE", help="Cells of the input: 5 is 5×5, 5x7 is 5 rows of 7 columns."
)
_LAYERS = click.argument("layers", nargs=-1, required=True, metavar="LAYER...")

CHAIN_COMMANDS: dict[str, tuple[str, Decorator]] = {
    "chain": (
        'layers in sequence or in branches, each in short such as "conv k3 s2 p1", "max-pool k2" or "add input".',
        lambda command: decorated(command, [_LAYERS, _SIZE, DIMS, INPUT, SEED]),
    ),
    "roundtrip": (
        "a convolution and the transposed one that gives the size back, but not the values.",
        layer_options("conv", CHANNEL_OPTIONS),
    ),
    "separable": (
        "a kernel of rank 1 as one layer, and as a column pass and a row pass.",
        layer_options("conv", CHANNEL_OPTIONS),
    ),
    "depthwise-separable": (
        "each channel by itself, then 1×1 over all channels, in place of one convolution.",
        layer_options("depthwise_separable"),
    ),
    "spatially-separable": (
        "a pass along columns and one along rows, with channels, in place of one convolution.",
        layer_options("spatially_separable"),
    ),
}
"""The description and the options of every kind of chain."""


def add_commands(main: click.Group, explain: click.Group) -> None:
    """Add the commands that draw and that explain each kind of chain."""
    for name, (about, options) in CHAIN_COMMANDS.items():
        _add(main, explain, name, about, options)


def _add(main: click.Group, explain: click.Group, name: str, about: str, options: Decorator) -> None:
    key = name.replace("-", "_")
    usual = "scatter" if name == "roundtrip" else None

    def animate_it(field: str | None, method: str | None, **values: Any) -> Drawing:
        built = described(key, values)
        chain = built.layer
        stem = f"{name}-{'x'.join(map(str, chain.input_size))}-to-{'x'.join(map(str, chain.output_size))}"
        place = None if field is None else parse_cell(field, chain.dims)
        return drawing(chain, stem, input=built.input, field=place, method=method or usual, **values)

    def explain_it(form: Form, **values: Any) -> str:
        built = described(key, values)
        how: dict[str, Any] = {"method": usual} if form.kind == "alt" and usual else {}
        return tell(built.layer, form, input=built.input, seed=values["seed"], **how)

    animate_it.__doc__ = f"Animate {about}"
    explain_it.__doc__ = f"Explain {about}"
    main.command(name)(options(decorated(picture_options()(animate_it), [*FIELDS, _METHOD])))
    explain.command(name)(options(form_options(explain_it)))


def parse_cell(text: str, dims: int) -> tuple[Any, ...]:
    """Return the output cell of a text such as ``2x3``; one number applies to every axis."""
    found = parse("field", text)
    return (found,) * dims if isinstance(found, int) else tuple(found)
