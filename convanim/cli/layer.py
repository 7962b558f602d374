"""The commands for layers pasted as code of PyTorch, Keras, ONNX, JAX or this library."""

from __future__ import annotations

import ast
import json
import re
import sys
from collections.abc import Iterable, Iterator
from shlex import quote
from typing import TYPE_CHECKING, Any

import click

from convanim.base.access import in_place_of_input
from convanim.base.errors import ConvanimError
from convanim.base.options import parse, parse_whole
from convanim.cli.explaining import tell
from convanim.cli.options import decorated, form_options, picture_options
from convanim.cli.settings import FIELDS, SEED, STAMPS
from convanim.cli.values import INPUT, KERNEL
from convanim.cli.writing import Drawing, drawing, lacks_of

if TYPE_CHECKING:
    from convanim.frameworks.kinds import Pasted
    from convanim.frameworks.models import Model
    from convanim.frameworks.sequence import Found

CHANNELS = click.option(
    "--channels/--no-channels", default=None, help="Draw all planes, or one.  [default: all where they are few]"
)
LET = click.option(
    "--let", "names", multiple=True, metavar="NAME=VALUE", help="A value for a name in the text; may be repeated."
)
_OPTIONS = (
    click.argument("text", metavar="TEXT"),
    click.option(
        "-i", "--input-size", metavar="SIZE", help="Cells of the input: 5 is 5×5.  [default: what the text says]"
    ),
    click.option("-k", "--kernel-size", metavar="SIZE", help="Cells of the kernel, where the text does not say them."),
    click.option(
        "--in-channels", metavar="N", help="Planes of the input, where the text does not say them.  [default: 1]"
    ),
    LET,
)
_FILE = re.compile(r"[^\s(){}<>=:]+\.(?:py|onnx|keras|txt|md|ipynb|pth?|h5|pdf|ya?ml|json)", re.IGNORECASE)
_LONGEST_VALUE = 1_000
_LONGEST_CODE = 100
"""The most characters of code that is printed beside a change."""

_WORDS = {"True": True, "False": False, "None": None}


def add_commands(main: click.Group, explain: click.Group) -> None:
    """Add the commands that draw and that explain a pasted layer."""

    def animate_it(field: str | None, channels: bool | None, **values: Any) -> Drawing:
        """Animate a layer as it stands in code, such as "nn.Conv2d(1, 1, 3, padding=1)".

        PyTorch, Keras, ONNX, jax.lax, Flax and scipy.signal are read, single
        layers and Sequentials, also as print shows them; - reads the text from
        standard input. Nothing is evaluated.
        """
        from convanim.animations.pacing import paced
        from convanim.cli.chains import parse_cell
        from convanim.frameworks.drawable import fitting_width, for_picture
        from convanim.frameworks.sequence import remarks
        from convanim.inputs.building import with_numbers
        from convanim.views import draws_all

        program = _program(values)
        if program is not None:
            pasted, found, told = _path_of(program)
        else:
            pasted, found, told = _described(values)
        is_whole = draws_all(values["view"])
        layer = for_picture(found.layer, channels, is_whole)
        built = with_numbers(layer, values["picture"], values.pop("kernel"), found.layer, pasted)
        cell = None if field is None else parse_cell(field, layer.dims)
        if not is_whole:
            built, pace = paced(built, {**values, "field": cell})
            values |= pace
        notes = (*remarks(pasted, found, told["channels"]), *lacks_of(built, channels))
        values["width"] = values["width"] or (None if is_whole else fitting_width(layer))
        return drawing(built, _stem(found), field=cell, notes=notes, **values)

    def explain_it(form: Any, **values: Any) -> str:
        """Explain a layer as it stands in code, such as "nn.Conv2d(1, 1, 3, padding=1)".

        The name of this command may be left out. The text is read as by the
        command layer.
        """
        from convanim.frameworks.differences import differences
        from convanim.frameworks.drawable import for_picture
        from convanim.frameworks.models import whole_of
        from convanim.frameworks.pasted_text import as_code
        from convanim.frameworks.sequence import remarks
        from convanim.frameworks.wanted_sizes import wishes
        from convanim.frameworks.writing import code_of
        from convanim.inputs.building import Built, with_numbers
        from convanim.layers import Chain
        from convanim.words.captions import passed_over

        program = _program(values)
        text = values.get("text", "")
        if program is not None and not program.is_path and whole_of(program) is None:
            return _told_branches(program, form)
        pasted, found, told = _described(values) if program is None else _path_of(program)
        linear = _of_linear_layers(as_code(text).text, found.layer.input_size)
        remarked = (*remarks(pasted, found, told["channels"]), *linear)
        notes = tuple(filter(None, (*differences(pasted, found.layer), *remarked, passed_over(pasted.kept))))

        def ways(wanted: tuple[int, ...]) -> Iterator[tuple[str, str]]:
            for wish in wishes(pasted, found.layer, wanted, **told):
                of = f"{wish.number} ({wish.name}): " if wish.number and len(pasted.layers) > 1 else ""
                code = "" if isinstance(wish.layer, Chain) or not wish.number else code_of(wish.layer, pasted.framework)
                yield f"{of}{wish.said}", code if "\n" not in code and len(code) <= _LONGEST_CODE else ""

        built = with_numbers(found.layer, values["picture"], values.pop("kernel"), found.layer, pasted)
        shown = Built(for_picture(found.layer), whole=found.layer)
        numbers = {"input": built.input, "kernel": built.kernel, "seed": values["seed"]}
        return tell(found.layer, form, notes=notes, ways=ways if program is None else None, shown=shown, **numbers)

    drawn = CHANNELS(decorated(picture_options()(animate_it), [*STAMPS, *FIELDS]))
    main.command("layer")(decorated(drawn, [*_OPTIONS, INPUT, KERNEL, SEED]))
    explain.command("layer")(decorated(form_options(explain_it), [*_OPTIONS, INPUT, KERNEL, SEED]))


def _program(values: dict[str, Any]) -> Model | None:
    """Return the model of a text that is a program, or None if it only lists layers in order.

    For a program, its options are removed from ``values``; standard input is read in either case.
    """
    from convanim.frameworks.model_files import read_text
    from convanim.frameworks.pasted_text import as_code
    from convanim.frameworks.programs import is_program
    from convanim.frameworks.programs.printed import is_no_sequence
    from convanim.inputs.building import size_of_input

    if values["text"] == "-":
        values["text"] = standard_input()
    text = values["text"]
    code = as_code(text).text
    if "(" not in code or not (is_program(code) or is_no_sequence(code)):
        return None
    names, size, kernel, channels = (values.pop(name) for name in ("names", "input_size", "kernel_size", "in_channels"))
    for name, value in (("kernel_size", kernel), ("in_channels", channels)):
        if value is not None:
            raise ConvanimError(name, repr(value), "is for layers by themselves; give names of the program with --let")
    del values["text"]
    asked = None if size is None else parse("input_size", size)
    return read_text(text, size_of_input(values["picture"], asked), let=dict(map(named_value, names)))


def _of_linear_layers(text: str, size: tuple[int, ...]) -> tuple[str, ...]:
    """Return sentences on linear layers whose input does not have the number of features that they expect."""
    from convanim.frameworks.programs import read_program

    if "Linear(" not in text:
        return ()
    try:
        return tuple(note for note in read_program(text, size).notes if "numbers and is given" in note)
    except ConvanimError:
        return ()


def _path_of(model: Model) -> tuple[Pasted, Found, dict[str, Any]]:
    """Return the layers of a model as a chain, with branches where it has some.

    Raises
    ------
    ConvanimError
        If they do not form one.
    """
    from convanim.frameworks.kinds import Pasted
    from convanim.frameworks.models import whole_of
    from convanim.frameworks.sequence import Found
    from convanim.layers import Chain

    if not model.is_path:
        part = whole_of(model)
        if part is None:
            raise ConvanimError(
                "layer",
                "",
                "has branches, or layers whose sizes are not known; convanim model lists them, and draws one",
            )
        found = Found(part.chain, tuple(layer.title for layer in part.chain.layers), model.notes)
        return Pasted((), "torch", kept=part.passed), found, {"channels": None, "kernel_size": None}
    layers = [part for entry in model.entries for part in entry.parts]
    names = tuple(entry.name for entry in model.entries for _ in entry.parts)
    found = Found(layers[0] if len(layers) == 1 else Chain(layers), names, model.notes)
    return Pasted((), "torch"), found, {"channels": None, "kernel_size": None}


def _told_branches(model: Model, form: Any) -> str:
    """Return a model that is not a chain as a list of its layers."""
    from convanim.frameworks.models import table, to_dict

    if form.kind == "json":
        return json.dumps(to_dict(model))
    if form.kind is None and form.framework is None and form.wanted is None:
        return table(model)
    raise ConvanimError("layer", "", "has branches, and only a chain of layers is told that way")


def _described(values: dict[str, Any]) -> tuple[Pasted, Found, dict[str, Any]]:
    """Return the layers of a text, the same built for their input, and the other given values.

    The options that describe them are removed from ``values``.
    """
    from convanim.frameworks.pasted_text import as_code, line_of_dots
    from convanim.frameworks.reading import is_code, read_text
    from convanim.frameworks.sequence import layer_of, refuse_untaken
    from convanim.inputs.building import size_of_input
    from convanim.layers import OPERATIONS

    given, names = values.pop("text"), dict(map(named_value, values.pop("names")))
    size, kernel, channels = (values.pop(name) for name in ("input_size", "kernel_size", "in_channels"))
    if _FILE.fullmatch(given):
        raise ConvanimError("layer", repr(given[:40]), "is a file; convanim model {} reads it", quote(given))
    text = as_code(given).text
    dots = line_of_dots(text)
    if dots is not None:
        raise ConvanimError("layer", f"at line {dots}", "leaves layers out with ...; give them, or leave the line out")
    if not is_code(text) and text.partition(" ")[0].replace("-", "_") in OPERATIONS:
        raise ConvanimError(
            "layer", repr(text[:40]), "is the short form of a layer; the command chain takes it, as in conv k3 s2 p1"
        )
    _refuse_unused(names, text)
    pasted = read_text(given, names)
    asked = None if size is None else parse("input_size", size)
    told = _beside(channels, kernel)
    found = layer_of(pasted, size_of_input(values["picture"], asked), **told)
    refuse_untaken(found.layer, **told)
    return pasted, found, told


def _beside(channels: str | None, kernel_size: str | None) -> dict[str, Any]:
    """Return the channels and the kernel size that are given beside the text."""
    return {
        "channels": None if channels is None else parse_whole("in_channels", channels),
        "kernel_size": None if kernel_size is None else parse("kernel_size", kernel_size),
    }


def standard_input() -> str:
    """Return the text on standard input.

    Raises
    ------
    ConvanimError
        If it is no text, or longer than any text that is read.
    """
    from convanim.frameworks.model_files import MOST_BYTES, decoded

    given = in_place_of_input()
    if given == "":
        raise ConvanimError("text", "'-'", "is standard input, which is not read here; write the text itself")
    return given or decoded(sys.stdin.buffer.read(MOST_BYTES + 1), "standard input")


def _refuse_unused(names: Iterable[str], text: str) -> None:
    """Raise an error if a name with a given value is not in the text."""
    words = " ".join(text.split())
    for name in names:
        if not re.search(rf"(?<!\w){re.escape(name)}(?!\w)", words):
            raise ConvanimError("let", repr(name[:40]), "is not in the text; leave it out")


def named_value(text: str) -> tuple[str, Any]:
    """Return the name and the value of a text such as ``name=3``; the name may be any part of the code."""
    name, equals, value = text.rpartition("=")
    name, value = " ".join(name.split()), value.strip()
    if not equals or not name or not value:
        raise ConvanimError("let", repr(text[:40]), "must be a name and a number such as channels=64")
    if re.fullmatch(r"[A-Za-z_-]{1,20}", value):
        return name, _WORDS.get(value, value)
    try:
        return name, literal(value)
    except ValueError as error:
        raise ConvanimError("let", repr(text[:40]), "must end in a value such as channels=64, or (3, 5)") from error


def literal(text: str) -> Any:
    """Return the value of a Python literal; a list becomes a tuple.

    Raises
    ------
    ValueError
        If it is not a literal, or too long.
    """
    if len(text) > _LONGEST_VALUE:
        raise ValueError("a long value")
    try:
        value = ast.literal_eval(text)
    except (SyntaxError, MemoryError, RecursionError, TypeError) as error:
        raise ValueError("no literal") from error
    if isinstance(value, int) and not isinstance(value, bool):
        return parse_whole("let", text)
    if not isinstance(value, bool | int | float | str | tuple | list | None):
        raise ValueError("no value of an argument")
    return tuple(value) if isinstance(value, list) else value


def _stem(found: Found) -> str:
    """Return a file name, without suffix, that describes the drawn layers."""
    from convanim.layers import Layer
    from convanim.words.layer_settings import file_stem

    if isinstance(found.layer, Layer):
        return file_stem(found.layer)
    ends = (found.layer.input_size, found.layer.output_size)
    return "chain-" + "-to-".join("x".join(map(str, size)) for size in ends)
