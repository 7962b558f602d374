"""Settings of a gallery's entries as words of the command line."""

from __future__ import annotations

import shlex
from typing import Any

from convanim.base.options import short
from convanim.layers.parameters import PARAMETERS

LAYER_NUMBERS = ("input", "kernel")
"""The settings that are numbers of a layer."""

NUMBERS = (*LAYER_NUMBERS, "grad")
"""All settings that are numbers."""

_SHORT_FLAGS = {"input_size": "-i", "kernel_size": "-k", "stride": "-s", "padding": "-p", "dilation": "-d"}


def option_words(name: str, value: Any) -> list[str]:
    """Return an entry's setting as words of the command line."""
    flag = _SHORT_FLAGS.get(name, f"--{name.replace('_', '-')}")
    if name in ("text", "layer"):
        return [shlex.quote(value)]
    if name == "layers":
        return [shlex.quote(layer) for layer in value]
    if name in NUMBERS or (name in PARAMETERS and PARAMETERS[name].takes == "rows"):
        return [flag, shlex.quote(value if isinstance(value, str) else _rows(value))]
    if name == "indices":
        return [flag, shlex.quote(" ".join(map(str, value)))]
    if name == "caption" and isinstance(value, str):
        return ["--caption-text", shlex.quote(" ".join(value.split()))]
    if isinstance(value, bool):
        return [flag] if value else [flag.replace("--", "--no-", 1)]
    if name == "steps":
        return [flag, shlex.quote(":".join("" if end is None else str(end) for end in value))]
    return [flag, shlex.quote(short(value))]


def _rows(numbers: Any) -> str:
    """Return rows of numbers as the command line writes them."""
    rows = numbers if isinstance(numbers[0], tuple) else (numbers,)
    written = "; ".join(" ".join(str(int(part) if isinstance(part, bool) else part) for part in row) for row in rows)
    # A semicolon at the end gives a single row two axes.
    return f"{written};" if rows is numbers and len(rows) == 1 else written
