"""The command line."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from convanim import __version__
from convanim.base.errors import ConvanimError
from convanim.base.extending import load_plugins
from convanim.base.text import printable, shortened
from convanim.cli.explaining import tell
from convanim.cli.options import Form, form_options, layer_options, method_options, spelled
from convanim.cli.output import Progress, progress, remark, say
from convanim.cli.values import described
from convanim.layers import OPERATIONS, Chain

if TYPE_CHECKING:
    from convanim.cli.writing import Drawing

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
    """A group whose commands are made when they are asked for, since modules and hundreds of options take time.

    Parameters
    ----------
    of_operation : callable
        Returns its command for an operation.
    """

    def __init__(self, *words: Any, of_operation: Callable[[str], click.Command], **attributes: Any) -> None:
        super().__init__(*words, **attributes)
        self._of_operation = of_operation

    def list_commands(self, context: click.Context) -> list[str]:
        for module in dict.fromkeys(_HOMES.values()):
            _add_from(module)
        for operation in OPERATIONS:
            self._add(operation)
        return super().list_commands(context)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        operation = name.replace("-", "_")
        if operation in OPERATIONS:
            self._add(operation)
        elif name in _HOMES:
            _add_from(_HOMES[name])
        return super().get_command(context, name)

    def _add(self, operation: str) -> None:
        """Add the command for an operation, unless it is there."""
        if operation.replace("_", "-") not in self.commands:
            self.add_command(self._of_operation(operation))


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


def _drawing(operation: str) -> click.Command:
    """Return the command that draws an operation."""
    from convanim.cli.options import picture_options
    from convanim.cli.writing import drawing

    def animate_it(**values: Any) -> Drawing:
        from convanim.words.layer_settings import file_stem

        built = described(operation, values)
        assert not isinstance(built.layer, Chain)
        return drawing(built.layer, file_stem(built.layer), input=built.input, kernel=built.kernel, **values)

    animate_it.__doc__ = f"Animate one layer: {OPERATIONS[operation].title}."
    options, method = layer_options(operation), method_options(operation)
    return click.command(_named(operation))(options(method(picture_options()(animate_it))))


def _explaining(operation: str) -> click.Command:
    """Return the command that explains an operation."""

    def explain_it(form: Form, **values: Any) -> str:
        built = described(operation, values)
        return tell(built.layer, form, input=built.input, kernel=built.kernel, seed=values["seed"])

    explain_it.__doc__ = f"Explain one layer: {OPERATIONS[operation].title}."
    return click.command(_named(operation))(layer_options(operation)(form_options(explain_it)))


def _named(operation: str) -> str:
    return operation.replace("_", "-")


_EXAMPLES = """\b
convanim conv -i 5 -k 3 -p 1 -o same.gif
convanim layer "nn.Conv2d(1, 1, 3, stride=2, padding=1)" -i 7 -o mine.gif
convanim explain conv-transpose -i 3 -k 3 -s 2 -p 1 --output-padding 1"""


@click.group(
    cls=_Group, of_operation=_drawing, epilog=_EXAMPLES, context_settings={"help_option_names": ["-h", "--help"]}
)
@click.version_option(__version__, prog_name="convanim")
def main() -> None:
    """Animated diagrams of convolution arithmetic, for any layer."""


@main.result_callback()
def finish(result: Drawing | str | None) -> None:
    """Write what a command describes, or print what it says."""
    if isinstance(result, str):
        say(result)
    elif result is not None:
        from convanim.cli.writing import write

        write(result)


@main.group(cls=_Explaining, of_operation=_explaining)
def explain() -> None:
    """Say what a layer does: its size formula with the numbers in it, its costs, its PyTorch line."""


_HOMES = {
    "backward": "cli.backward",
    **dict.fromkeys(("chain", "roundtrip", "separable", "depthwise-separable", "spatially-separable"), "cli.chains"),
    "compare": "cli.comparing",
    "layer": "cli.layer",
    "list": "cli.listing",
    "model": "cli.model",
    "preset": "cli.presets",
    "serve": "cli.serving",
    # Documents are over all commands, and describe drawings by them.
    **dict.fromkeys(("markdown", "pandoc"), "documents.commands"),
}
"""The modules of further commands, each with a function that adds them, by the names of the commands."""


@cache
def _add_from(module: str) -> None:
    import_module(f"convanim.{module}").add_commands(main, explain)


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
