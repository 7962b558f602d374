"""The options for inputs and kernels, and the layer whose sizes follow from them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from convanim.errors import ConvanimError
from convanim.layers import OPERATIONS, Layer
from convanim.shorthand import parse_parameter

_FORMS = "rows such as '1 2; 3 4', or a .csv, .npy or .json file"

INPUT = click.option(
    "--input", "input_text", metavar="NUMBERS", help=f"What goes in: {_FORMS}, or a picture, scaled down to -i cells."
)
KERNEL = click.option(
    "--kernel", "kernel_text", metavar="NUMBERS", help=f"The weights: {_FORMS}, or a name from: convanim list kernels."
)
SEED = click.option("--seed", type=int, metavar="N", help="Of the random numbers where none are given.  [default: 0]")


def value_options(is_weighted: bool) -> list[Callable[..., Any]]:
    """Return the options for the numbers of a layer."""
    return [INPUT, *([KERNEL] if is_weighted else []), SEED]


def build_layer(
    operation: str, dims: int | None, values: dict[str, Any], input_text: str | None, kernel_text: str | None
) -> tuple[Layer, Any, Any]:
    """Return the layer that an operation's options describe, and the numbers that are given.

    Raises
    ------
    ConvanimError
        If an option is not understood, a size is missing, or there is no such layer.
    """
    known = {
        name: parse_parameter(operation, name, value) if isinstance(value, str) else value
        for name, value in values.items()
        if value is not None
    }
    first = kernel = None
    if input_text is not None:
        first = _read_input(known, dims, input_text)
    _settle_input_size(known, dims)
    if kernel_text is not None:
        kernel = _read_kernel(known, kernel_text)
    if "kernel_size" not in known:
        more = ", or numbers with `kernel`" if OPERATIONS[operation].is_weighted else ""
        raise ConvanimError("kernel_size", "", f"is missing; give a size such as 3{more}")
    build: Callable[..., Layer] = OPERATIONS[operation]
    return build(**known), first, kernel


def _read_input(known: dict[str, Any], dims: int | None, text: str) -> Any:
    """Return the numbers that go in, and settle the input's size by them."""
    from convanim.reading import read_input

    asked = known.get("input_size")
    first = read_input(text, (asked, asked) if isinstance(asked, int) else asked)
    if dims is not None and first.ndim != dims:
        raise ConvanimError("dims", dims, f"but `input` has {first.ndim}; leave one of the two out")
    if not isinstance(asked, tuple):
        known["input_size"] = first.shape if asked is None else (asked,) * first.ndim
    return first


def _settle_input_size(known: dict[str, Any], dims: int | None) -> None:
    """Make of one number a size with as many axes as are asked for."""
    size = known.get("input_size")
    if size is None:
        raise ConvanimError("input_size", "", "is missing; give a size such as 5, or numbers with `input`")
    if isinstance(size, int):
        known["input_size"] = (size,) * (dims or (1 if known.get("padding") == "causal" else 2))
    elif dims is not None and len(size) != dims:
        raise ConvanimError("dims", dims, f"`input_size` has {len(size)} axes; leave one of the two out")


def _read_kernel(known: dict[str, Any], text: str) -> Any:
    """Return the weights, and settle the kernel's size by them where it is not given."""
    from convanim.reading import read_kernel

    axes = len(known["input_size"])
    asked = known.get("kernel_size")
    kernel = read_kernel(text, (asked,) * axes if isinstance(asked, int) else asked, axes)
    known.setdefault("kernel_size", kernel.shape)
    return kernel


def is_picture(text: str | None) -> bool:
    """Return whether an input is read from a picture."""
    from convanim.reading import PICTURES

    return text is not None and text.lower().endswith(PICTURES)
