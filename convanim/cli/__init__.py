"""The command line."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import click

from convanim import __version__
from convanim.base.errors import ConvanimError
from convanim.base.extending import load_plugins
from convanim.base.language import LANGUAGES
from convanim.base.text import printable, shortened
from convanim.cli.explaining import tell
from convanim.cli.options import (
    Form,
    form_options,
    layer_options,
    method_options,
    picture_options,
    preset_options,
    spelled,
)
from convanim.cli.output import Progress, progress, remark, say
from convanim.cli.settings import SEED
from convanim.cli.values import described
from convanim.cli.writing import Drawing, drawing, write
from convanim.formats import FORMATS
from convanim.layers import CONV_PADDINGS, METHODS, OPERATIONS, Chain
from convanim.layers.axis import PADDING_MODES
from convanim.motion.easing import EASINGS
from convanim.motion.timeline import MOTIONS
from convanim.render.theme import THEMES
from convanim.words.captions import FRAMEWORKS, LABELS

load_plugins()


class _Refusal(click.ClickException):
    exit_code = 2


_MOST_ECHOED = 1000
"""The most characters of an error from Click, which repeats the user's input."""


@contextmanager
def _sentences() -> Iterator[None]:
    """Turn our errors into one sentence with exit code 2, and keep control characters out of Click's errors."""
    try:
        yield
    except ConvanimError as error:
        raise _Refusal(error.spelled(spelled)) from error
    except click.UsageError as error:
        if type(error).show is not click.UsageError.show:
            raise  # It prints the help instead.
        said = printable(shortened(error.format_message(), _MOST_ECHOED))
        raise click.UsageError(said, error.ctx) from error


class _Lazy(click.Group):
    """A group whose commands are made when they are asked for, since hundreds of options take time."""

    def list_commands(self, context: click.Context) -> list[str]:
        _add_all()
        return super().list_commands(context)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        operation = name.replace("-", "_")
        if operation in OPERATIONS:
            _add_operation(operation)
        elif name not in self.commands:
            _add_all()
        return super().get_command(context, name)


class _Group(_Lazy):
    """A group whose own errors and those of its commands are sentences."""

    def make_context(self, *args: Any, **extra: Any) -> click.Context:
        with _sentences():
            return super().make_context(*args, **extra)

    def invoke(self, context: click.Context) -> Any:
        with _sentences(), Progress() as context.obj:
            return super().invoke(context)


_COMMAND_NAME = re.compile("[A-Za-z][A-Za-z-]{0,40}")
"""Form of a command's name; any other first word is meant to be code, or - for standard input."""


class _Explaining(_Lazy):
    """A group in which the name of the command for pasted code may be left out."""

    def resolve_command(self, context: click.Context, args: list[str]) -> Any:
        if self.get_command(context, args[0]) is None:
            from convanim.frameworks.reading import is_code

            if not _COMMAND_NAME.fullmatch(args[0]) or is_code(args[0]):
                args = ["layer", *args]
        return super().resolve_command(context, args)


_EXAMPLES = """\b
convanim conv -i 5 -k 3 -p 1 -o same.gif
convanim layer "nn.Conv2d(1, 1, 3, stride=2, padding=1)" -i 7 -o mine.gif
convanim explain conv-transpose -i 3 -k 3 -s 2 -p 1 --output-padding 1"""


@click.group(cls=_Group, epilog=_EXAMPLES, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="convanim")
def main() -> None:
    """Animated diagrams of convolution arithmetic, for any layer."""


@main.result_callback()
def finish(result: Drawing | str | None) -> None:
    """Write what a command describes, or print what it says."""
    if isinstance(result, Drawing):
        write(result)
    elif result is not None:
        say(result)


@main.group(cls=_Explaining)
def explain() -> None:
    """Say what a layer does: its size formula with the numbers in it, its costs, its PyTorch line."""


def _add_operation(operation: str) -> None:
    """Add the commands that draw and that explain an operation, unless they are there."""
    name, kind = operation.replace("_", "-"), OPERATIONS[operation]
    if name in main.commands:
        return

    def animate_it(**values: Any) -> Drawing:
        from convanim.words.captions import file_stem

        built = described(operation, values)
        assert not isinstance(built.layer, Chain)
        return drawing(built.layer, file_stem(built.layer), input=built.input, kernel=built.kernel, **values)

    def explain_it(form: Form, **values: Any) -> str:
        built = described(operation, values)
        return tell(built.layer, form, input=built.input, kernel=built.kernel, seed=values["seed"])

    animate_it.__doc__ = f"Animate one layer: {kind.title}."
    explain_it.__doc__ = f"Explain one layer: {kind.title}."
    options, method = layer_options(operation), method_options(operation)
    main.command(name)(options(method(picture_options()(animate_it))))
    explain.command(name)(options(form_options(explain_it)))


_MODULES = (
    "convanim.cli.backward",
    "convanim.cli.chains",
    "convanim.cli.comparing",
    "convanim.cli.layer",
    "convanim.cli.model",
    "convanim.cli.serving",
    # Documents are over all commands, and describe drawings by them.
    "convanim.documents.commands",
)
"""The modules of further commands, each with a function that adds them."""


def _add_all() -> None:
    """Add the missing commands, including those of operations registered in the meantime."""
    _add_others()
    for operation in OPERATIONS:
        _add_operation(operation)


@cache
def _add_others() -> None:
    for module in _MODULES:
        import_module(module).add_commands(main, explain)


@main.command()
@click.argument("name")
@SEED
@preset_options
@picture_options(is_preset=True)
@click.pass_context
def preset(context: click.Context, /, name: str, field: str | None, **values: Any) -> Drawing:
    """Draw a well-known animation by its name; `convanim list presets` names them."""
    from convanim.animations.contradictions import uncontradicted
    from convanim.animations.presets import find_preset
    from convanim.cli.chains import parse_cell

    found = find_preset(name)
    values["field"] = None if field is None else parse_cell(field, found.layer.dims)
    told = {
        option: value
        for option, value in values.items()
        if context.get_parameter_source(option) is not click.core.ParameterSource.DEFAULT or option not in found.looks
    }
    return drawing(found.layer, name, **{**uncontradicted(found.looks, told), **told})


@explain.command("preset")
@click.argument("name")
@form_options
def explain_preset(name: str, form: Form) -> str:
    """Explain the layer, or the layers, of a preset by its name."""
    from convanim.animations.presets import find_preset

    found = find_preset(name)
    numbers = {key: value for key, value in found.looks.items() if key in ("input", "seed", "method")}
    return tell(found.layer, form, **numbers)


_description = click.argument("description", type=Path)
_jobs = click.option(
    "--jobs", type=click.IntRange(1, 64), default=1, show_default=True, help="How many to draw at the same time."
)


def _output(kind: str, about: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Return the option for the output of a command, which must not be empty."""

    def named(context: click.Context, parameter: click.Parameter, value: str) -> Path:
        if not value:
            raise ConvanimError("output", repr(value), f"is empty; name a {kind}")
        return Path(value)

    return click.option("-o", "--output", required=True, callback=named, metavar=kind.upper(), help=about)


@main.command()
@_description
@_output("folder", "Where the files and README.md go.")
@_jobs
@click.option("--check", is_flag=True, help="Write nothing; exit with 1 where a file differs from a fresh drawing.")
def gallery(description: Path, output: Path, jobs: int, check: bool) -> str | None:
    """Draw every animation that a TOML file describes, and an index page."""
    from convanim.places.gallery import check_gallery, make_gallery, read_gallery

    entries = read_gallery(description)
    bar = progress()
    bar.expect(len(entries))
    if not check:
        with _telling_what_is_drawn([entry.file for entry in entries], bar):
            make_gallery(entries, output, jobs, bar.step)
        return None
    differences = check_gallery(entries, output, jobs, bar.step)
    for difference in differences:
        remark(difference)
    if differences:
        raise click.exceptions.Exit(1)
    return f"{len(entries)} animations and their index are as a fresh drawing."


@contextmanager
def _telling_what_is_drawn(names: list[str], bar: Progress) -> Iterator[None]:
    """Report which files were drawn if a gallery is interrupted; they are drawn in order."""
    try:
        yield
    except BaseException as error:
        if bar.done or not isinstance(error, ConvanimError):
            drawn = ", ".join(names[: int(bar.done)]) or "none"
            remark(f"Drawn of {len(names)} files: {drawn}; all others are as they were.")
        raise


@main.command()
@_description
@_output("file", "Where to write, a .pptx.")
@_jobs
@click.option("--native", is_flag=True, help="Shapes to edit in place of pictures that play, a step a slide.")
def slides(description: Path, output: Path, jobs: int, native: bool) -> None:
    """Make a deck of slides of the animations that a TOML file describes, one a slide."""
    from convanim.formats.files import check_writable, write_safely
    from convanim.places.gallery import read_gallery
    from convanim.places.slides import check_deck, check_native, deck

    check_deck(output)
    entries = read_gallery(description)
    check_writable("output", output)
    progress().expect(len(entries))
    notes = check_native(entries) if native else ()
    write_safely(output, deck(entries, jobs, progress().step, native=native))
    for note in notes:
        remark(f"Note: {note}.")


@main.command("from")
@click.argument("source", type=Path)
def from_file(source: Path) -> str:
    """Print the command that drew a picture, which the picture carries."""
    from convanim.cli.carried import read_command

    return read_command(source)


def _views() -> Iterable[tuple[str, str]]:
    from convanim.views import VIEWS

    return ((name, view.about) for name, view in VIEWS.items())


def _chains() -> Iterable[tuple[str, str]]:
    from convanim.cli.chains import CHAIN_COMMANDS

    return ((name, about) for name, (about, _) in CHAIN_COMMANDS.items())


def _presets() -> Iterable[tuple[str, str]]:
    from convanim.animations.presets import PRESETS

    return ((name, preset.title) for name, preset in PRESETS.items())


def _kernels() -> Iterable[tuple[str, str]]:
    from convanim.plans.values import KERNELS

    return ((name, kernel.about) for name, kernel in KERNELS.items())


def _places() -> Iterable[tuple[str, str]]:
    from convanim.places.registry import PLACES

    return ((name, place.about) for name, place in PLACES.items())


_LISTS: dict[str, Callable[[], Iterable[tuple[str, str]]]] = {
    "operations": lambda: ((name.replace("_", "-"), kind.title) for name, kind in OPERATIONS.items()),
    "chains": _chains,
    "presets": _presets,
    "views": _views,
    "kernels": _kernels,
    "methods": METHODS.items,
    "labels": LABELS.items,
    "languages": LANGUAGES.items,
    "themes": lambda: ((name, palette.about) for name, palette in THEMES.items()),
    "formats": lambda: ((name, f"{format_.name}: {format_.about}") for name, format_ in FORMATS.items()),
    "places": _places,
    "motions": MOTIONS.items,
    "easings": lambda: (
        (name, "the way of a smooth motion, as CSS: {},{},{},{}".format(*curve)) for name, curve in EASINGS.items()
    ),
    "paddings": CONV_PADDINGS.items,
    "frameworks": FRAMEWORKS.items,
    "padding-modes": lambda: ((name, mode.about) for name, mode in PADDING_MODES.items()),
}


@main.command("list")
@click.argument("what", required=False, type=click.Choice(list(_LISTS)))
def list_names(what: str | None) -> str:
    """List what there is to choose from."""
    lines = []
    for heading in [what] if what else _LISTS:
        indent = "" if what else "  "
        lines += [] if what else [f"{heading}:"]
        lines += [f"{indent}{name:42}{said}".rstrip() for name, said in _LISTS[heading]()]
    return "\n".join(lines)
