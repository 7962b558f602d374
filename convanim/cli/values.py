"""The options for inputs and kernels, and building of the layer that a command's options describe."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from convanim.cli.settings import SEED
from convanim.inputs.shorthand import parse_parameter

if TYPE_CHECKING:
    from convanim.inputs.building import Built

_FORMS = "rows such as '1 2; 3 4', or a .csv, .npy or .json file"

INPUT = click.option(
    "--input", "picture", metavar="NUMBERS", help=f"What goes in: {_FORMS}, or a picture, scaled down to -i cells."
)
KERNEL = click.option(
    "--kernel", metavar="NUMBERS", help=f"The weights: {_FORMS}, or a name from: convanim list kernels."
)
DIMS = click.option(
    "--dims", type=click.IntRange(1, 3), help="Axes where the input's size is one number.  [default: 2; 1 for causal]"
)


def value_options(is_weighted: bool) -> list[Callable[..., Any]]:
    """Return the options for the numbers of a layer."""
    return [INPUT, *([KERNEL] if is_weighted else []), SEED]


def described(operation: str, values: dict[str, Any]) -> Built:
    """Return the layer or chain that a command's options describe, and remove these options from ``values``.

    Parameters
    ----------
    operation : str
        A key of ``OPERATIONS`` or of ``CHAINS``.
    values : dict
        The options as written, by name; those left over are for the picture.

    Raises
    ------
    ConvanimError
        If an option is not understood, or there is no such layer.
    """
    from convanim.inputs.building import CHAINS, build, parameters_of
    from convanim.layers import SEPARABLES

    # Chains have the parameters of a convolution.
    base = "conv" if operation in CHAINS and operation not in SEPARABLES else operation
    own = {name: values.pop(name) for name in parameters_of(operation)}
    parsed = {
        name: parse_parameter(base, name, value) if isinstance(value, str) else value for name, value in own.items()
    }
    dims, kernel = values.pop("dims"), values.pop("kernel", None)
    return build(operation, parsed, values["picture"], kernel, values["seed"] or 0, dims)
