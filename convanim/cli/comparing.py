"""The commands that compare operations."""

from __future__ import annotations

import json
import re
from typing import Any

import click

from convanim.base.options import parse, parse_whole
from convanim.cli.layer import CHANNELS
from convanim.cli.options import Decorator, Form, decorated, form_options, picture_options
from convanim.cli.settings import SEED
from convanim.cli.values import DIMS, INPUT
from convanim.cli.writing import Drawing, drawing

_OPERATIONS = click.argument("operations", nargs=-1, required=True, metavar="OPERATION OPERATION...")
_SIZE = click.option(
    "-i", "--input-size", metavar="SIZE", help="Cells of every input: 5 is 5×5, 5x7 is 5 rows of 7 columns."
)
_IN_CHANNELS = click.option(
    "--in-channels",
    metavar="N",
    help="Planes of the input, for layers in code that do not say them.  [default: those of the layer before, or 1]",
)
_ARRANGE = click.option(
    "--arrange",
    metavar="HOW",
    help="side: beside each other; above: one above the other.  [default: side; above for blocks]",
)
_LONGEST_STEM = 120


def add_commands(main: click.Group, explain: click.Group) -> None:
    """Add the commands that draw and that explain a comparison."""

    def animate_them(operations: tuple[str, ...], **values: Any) -> Drawing:
        """Compare two to four operations, each written in short such as "conv k3 s2 p1" or "max-pool k2".

        They run in step, with bars of what they cost below. The word
        method=scatter computes a transposed convolution stamp by stamp. A chain
        is written as "conv k3 > conv k3".
        """
        from convanim.animations.comparing import compare

        found = _described(operations, values)
        notes = (*found.notes, *found.lacks)
        return drawing(found.built, _stem(found.texts), make=compare, notes=notes, **found.looks, **values)

    def explain_them(operations: tuple[str, ...], form: Form, **values: Any) -> str:
        """Compare what two to four operations cost and see, in a table."""
        from convanim.words.costs import facts_to_dict, table

        found = _described(operations, values)
        if form.kind == "json":
            return json.dumps(facts_to_dict(found.texts, found.layers))
        if form.kind == "alt":
            return str(found.alt)
        notes = (f"note  {note}" for note in (*found.differences, *found.notes))
        return "\n".join([table(found.texts, found.layers), *notes])

    options: list[Decorator] = [_OPERATIONS, _SIZE, DIMS, _IN_CHANNELS, INPUT, SEED]
    main.command("compare")(decorated(CHANNELS(_ARRANGE(picture_options()(animate_them))), options))
    explain.command("compare")(decorated(form_options(explain_them, has_code=False), options))


def _described(operations: tuple[str, ...], values: dict[str, Any]) -> Any:
    """Return the layers to compare, and remove the options that describe them from ``values``."""
    from convanim.animations.comparing import described

    written, dims = values.pop("input_size"), values.pop("dims")
    seen = {"channels": values.pop("channels", None), "view": values.pop("view", None)}
    size = None if written is None else parse("input_size", written)
    planes = values.pop("in_channels")
    channels = None if planes is None else parse_whole("in_channels", planes)
    return described(operations, size, values["picture"], values["seed"] or 0, dims, channels, **seen)


def _stem(texts: tuple[str, ...]) -> str:
    """Return a file name, without suffix, from the texts of the compared layers."""
    words = re.sub(r"[^A-Za-z0-9_.]+", "-", " and ".join(texts)).replace("_", "-")
    return f"compare-{words}"[:_LONGEST_STEM].strip("-.")
