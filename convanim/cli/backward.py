"""The commands that draw and that explain the backward pass of a layer."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from convanim.base.options import parse, parse_whole
from convanim.cli.options import Decorator, Form, code_form, decorated, form_options, layer_options, picture_options
from convanim.cli.settings import SEED
from convanim.cli.values import DIMS, INPUT, KERNEL, described
from convanim.cli.writing import Drawing, drawing
from convanim.layers import OPERATIONS, Layer

if TYPE_CHECKING:
    from convanim.inputs.building import Built

_PART = click.option(
    "--part", metavar="NAME", help="One part alone: forward, input or weight.  [default: all, beside each other]"
)
_GRAD = click.option(
    "--grad",
    metavar="NUMBERS",
    help="The gradient of the output: rows such as '1 0; 2 1', a file, or ones, as of the output's sum."
    "  [default: random, 1 to 3]",
)
_ARRANGE = click.option(
    "--arrange",
    metavar="HOW",
    help="side: beside each other; above: one above the other.  [default: side; above where flat]",
)
_TEXT = click.argument("text", metavar="TEXT")
_SIZE = click.option("-i", "--input-size", metavar="SIZE", help="Cells of the input: 5 is 5×5, 5x7 is 5 rows of 7.")
_IN_CHANNELS = click.option("--in-channels", metavar="N", help="Planes of the input, where the text does not say them.")


class _Layers(click.Group):
    """A group with a command for each operation, those registered in the meantime too."""

    add: Callable[[str], None]

    def list_commands(self, context: click.Context) -> list[str]:
        self._add_missing()
        return super().list_commands(context)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        self._add_missing()
        return super().get_command(context, name)

    def _add_missing(self) -> None:
        for operation in OPERATIONS:
            if operation.replace("_", "-") not in self.commands:
                self.add(operation)


def add_commands(main: click.Group, explain: click.Group) -> None:
    """Add the commands that draw and that explain the backward pass of each operation, and of a text."""
    pictures = _Layers("backward", help="Animate the backward pass of a layer: forward, and the gradients it makes.")
    telling = _Layers("backward", help="Explain the gradients of a layer: formulas, sizes, and which layer makes them.")
    main.add_command(pictures)
    explain.add_command(telling)

    def animate_it(built: Built, values: dict[str, Any]) -> Drawing:
        from convanim.animations.backward import backward
        from convanim.words.layer_settings import file_stem

        _parse_grad(built, values)
        assert isinstance(built.written, Layer)
        stem = f"backward-{file_stem(built.written)}"
        return drawing(built, stem, make=backward, notes=built.lacks(), **values)

    def explain_it(built: Built, form: Form, values: dict[str, Any]) -> str:
        _parse_grad(built, values)
        return _told(built, form, values["part"], values["grad"], values["seed"])

    def add(operation: str) -> None:
        name, title = operation.replace("_", "-"), OPERATIONS[operation].title

        def animate_one(**values: Any) -> Drawing:
            return animate_it(described(operation, values), values)

        def explain_one(form: Form, **values: Any) -> str:
            return explain_it(described(operation, values), form, values)

        animate_one.__doc__ = f"Animate the gradients of one layer: {title}."
        explain_one.__doc__ = f"Explain the gradients of one layer: {title}."
        _register(pictures, telling, name, layer_options(operation), animate_one, explain_one)

    def animate_text(**values: Any) -> Drawing:
        """Animate the gradients of a layer in code or in short.

        For example "nn.Conv2d(1, 1, 3)", or "conv k3 s2".
        """
        return animate_it(_of_text(values), values)

    def explain_text(form: Form, **values: Any) -> str:
        """Explain the gradients of a layer in code or in short.

        For example "nn.Conv2d(1, 1, 3)", or "conv k3 s2".
        """
        return explain_it(_of_text(values), form, values)

    def options(command: Callable[..., Any]) -> Callable[..., Any]:
        return decorated(command, [_TEXT, _SIZE, DIMS, _IN_CHANNELS, INPUT, KERNEL, SEED])

    _register(pictures, telling, "layer", options, animate_text, explain_text)
    pictures.add = telling.add = add


def _register(
    pictures: click.Group,
    telling: click.Group,
    name: str,
    options: Decorator,
    animate: Callable[..., Drawing],
    explain: Callable[..., str],
) -> None:
    """Add the command that draws and the one that explains, with their options."""
    if name not in pictures.commands:
        pictures.command(name)(options(decorated(picture_options()(animate), [_PART, _GRAD, _ARRANGE])))
    if name not in telling.commands:
        telling.command(name)(options(decorated(form_options(explain, has_code=False), [_PART, _GRAD, code_form()])))


def _parse_grad(built: Built, values: dict[str, Any]) -> None:
    """Turn the text of the output's gradient into numbers."""
    from convanim.inputs.gradients import read_grad

    if values["grad"] is not None:
        values["grad"] = read_grad(values["grad"], built.layer)


def _of_text(values: dict[str, Any]) -> Built:
    """Return the layer that a text describes, and remove the options that describe it from ``values``."""
    from convanim.inputs.gradients import build_text

    size, channels = values.pop("input_size"), values.pop("in_channels")
    return build_text(
        values.pop("text"),
        None if size is None else parse("input_size", size),
        values["picture"],
        values.pop("kernel"),
        values["seed"] or 0,
        values.pop("dims"),
        None if channels is None else parse_whole("in_channels", channels),
    )


def _told(built: Built, form: Form, part: str | None, grad: Any, seed: int | None) -> str:
    """Return what the parts of a backward pass do, in the requested form; given numbers are checked in every form."""
    from convanim.animations.backward import shown_parts
    from convanim.animations.explaining_backward import code_of_backward, explain_backward
    from convanim.words.backward import is_short

    layer, given = built.written, (built.input, built.kernel, grad, seed, part)
    assert isinstance(layer, Layer)
    is_numeric = form.kind is not None or is_short(layer) or any(one is not None for one in given)
    shown = shown_parts(built, part, grad=grad, seed=seed or 0) if is_numeric else None
    if form.framework is not None:
        return code_of_backward(layer, form.framework, part)
    if shown is None or form.kind is None:
        return explain_backward(layer, shown.whole if shown else None)
    return json.dumps(shown.to_dict()) if form.kind == "json" else shown.alt
