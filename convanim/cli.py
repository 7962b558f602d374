"""The command: options to layers and animations, errors to exit code 2."""

from __future__ import annotations

import inspect
import json
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import click

from convanim import __version__
from convanim.axis import PADDING_MODES
from convanim.errors import ConvanimError
from convanim.formats import FORMATS
from convanim.layers import CONV_PADDINGS, OPERATIONS, Layer
from convanim.options import Parsed, parse
from convanim.presets import PRESETS, find_preset
from convanim.theme import THEMES

if TYPE_CHECKING:
    from convanim.animation import Animation

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

_LAYER_OPTIONS: dict[str, tuple[tuple[str, ...], dict[str, Any]]] = {
    "input_size": (
        ("-i", "--input-size"),
        {"metavar": "SIZE", "required": True, "help": "Cells of the input: 5 is 5×5, 5x7 is 5 rows of 7 columns."},
    ),
    "kernel_size": (
        ("-k", "--kernel-size"),
        {"metavar": "SIZE", "required": True, "help": "Cells of the kernel: 3, or 2x3."},
    ),
    "stride": (
        ("-s", "--stride"),
        {
            "metavar": "STEPS",
            "help": "Cells from one window to the next; of pooling, the kernel's size where not given.",
        },
    ),
    "padding": (
        ("-p", "--padding"),
        {"metavar": "CELLS", "help": "Cells around the input: 1, 1x0, or low:high as in 0:1 or 0:1x1:1."},
    ),
    "output_padding": (
        ("-a", "--output-padding"),
        {"metavar": "CELLS", "help": "Cells added to the end of the output."},
    ),
    "dilation": (("-d", "--dilation"), {"metavar": "CELLS", "help": "Cells from one kernel cell to the next."}),
    "padding_mode": (
        ("--padding-mode",),
        {"metavar": "MODE", "help": f"What padding holds: {', '.join(PADDING_MODES)}."},
    ),
    "ceil_mode": (("--ceil-mode/--no-ceil-mode",), {"default": None, "help": "Let the last window hang over the end."}),
    "count_include_pad": (
        ("--count-include-pad/--no-count-include-pad",),
        {"default": None, "help": "Count padding in the average."},
    ),
}
"""How each parameter of a layer is written; an operation takes those that it has."""

_PAIRED = ("padding",)
_NAMES = ("padding_mode",)
_WORDS = {"conv": {"padding": tuple(CONV_PADDINGS)}}


class _Refusal(click.ClickException):
    exit_code = 2


class _Command(click.Group):
    """A group whose errors of ours end in one sentence and exit code 2."""

    def invoke(self, context: click.Context) -> Any:
        try:
            return super().invoke(context)
        except ConvanimError as error:
            raise _Refusal(error.spelled(_spelled)) from error


def _spelled(name: str, value: str) -> str:
    option = f"--{name.replace('_', '-')}"
    return f"{option} {value}" if value else option


@click.group(cls=_Command, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="convanim")
def main() -> None:
    r"""Animated diagrams of convolution arithmetic, for any layer.

    \b
    convanim conv -i 5 -k 3 -p 1 -o same.gif
    convanim explain conv-transpose -i 3 -k 3 -s 2 -p 1 --output-padding 1
    """


def _picture_options(classic: bool) -> Decorator:
    """Return a decorator that adds the options of every command that draws."""
    options = [
        click.option(
            "-o",
            "--output",
            "outputs",
            multiple=True,
            metavar="FILE",
            help="Where to write, by suffix; may be repeated; - is standard output. A telling name where not given.",
        ),
        click.option(
            "--format",
            "format_name",
            metavar="NAME",
            help=f"Format for - and for names of our own: {', '.join(FORMATS)}.",
        ),
        click.option(
            "--width", type=int, help="Width of the picture in pixels.  [default: 480; the guide's size where classic]"
        ),
        click.option(
            "--theme", default=next(iter(THEMES)), show_default=True, metavar="NAME", help=f"{', '.join(THEMES)}."
        ),
        click.option("--background", metavar="COLOUR", help="transparent, or #rrggbb."),
        click.option(
            "--classic/--no-classic", default=classic, show_default=True, help="Draw exactly as the guide does."
        ),
        click.option("--reveal", is_flag=True, help="Fill the output as it is computed."),
        click.option("--caption", is_flag=True, help="Write the parameters below the picture."),
        click.option("--caption-text", metavar="TEXT", help="Write words of your own below the picture."),
        click.option("--legend", is_flag=True, help="Say what each look means."),
        click.option("--steps", metavar="A:B", help="Only steps A to B - 1, counted from 0; either may be left out."),
        click.option("--every", type=int, default=1, show_default=True, help="Only every so many of the steps."),
        click.option("--still", type=int, metavar="N", help="One picture: step N, counted from 0; -1 is the last."),
        click.option("--step-time", type=float, default=1.0, show_default=True, help="Seconds a step."),
        click.option("--hold", type=float, default=0.0, show_default=True, help="Seconds more for the last step."),
        click.option("--loop", type=int, default=0, show_default=True, help="How often it plays; 0 is for ever."),
    ]
    return lambda command: _decorated(command, options)


def _decorated(command: Callable[..., Any], decorators: Sequence[Decorator]) -> Callable[..., Any]:
    for decorator in reversed(decorators):
        command = decorator(command)
    return command


def _layer_options(operation: str) -> Decorator:
    """Return a decorator that adds the options of an operation's own parameters."""
    names = inspect.signature(OPERATIONS[operation]).parameters
    options: list[Decorator] = []
    for name in names:
        flags, settings = _LAYER_OPTIONS[name]
        words = _WORDS.get(operation, {}).get(name, ())
        told = settings["help"] + (f" Or {', '.join(words)}." if words else "")
        options.append(click.option(*flags, name, **{**settings, "help": told}))
    dims = click.option("--dims", type=click.IntRange(1, 3), help="Axes of a size that is one number.  [default: 2]")
    return lambda command: _decorated(command, [*options, dims])


def _build_layer(operation: str, dims: int | None, values: dict[str, Any]) -> Layer:
    """Return the layer that an operation's options describe."""
    known: dict[str, Parsed | bool] = {}
    for name, value in values.items():
        if isinstance(value, str):
            words = _WORDS.get(operation, {}).get(name, ())
            known[name] = value if name in _NAMES else parse(name, value, words, name in _PAIRED)
        elif value is not None:
            known[name] = value
    if isinstance(known["input_size"], int):
        axes = dims or (1 if known.get("padding") == "causal" else 2)
        known["input_size"] = (known["input_size"],) * axes
    elif dims is not None and isinstance(known["input_size"], tuple) and len(known["input_size"]) != dims:
        raise ConvanimError("dims", dims, f"`input_size` has {len(known['input_size'])} axes; leave one of the two out")
    build: Callable[..., Layer] = OPERATIONS[operation]
    return build(**known)


def _draw(
    layer: Layer, stem: str, outputs: tuple[str, ...], format_name: str | None, still: int | None, **options: Any
) -> None:
    """Draw a layer and write it wherever it should go."""
    from convanim.animation import animate

    text = options.pop("caption_text")
    options["caption"] = text or options["caption"]
    options["steps"] = _parse_slice(options["steps"])
    suffix = format_name or ("gif" if still is None else "png")
    animation = animate(layer, **options)
    if still is not None:
        animation = animation.still(still)
    targets = outputs or (f"{stem}.{suffix}",)
    for target in targets:
        if target == "-":
            animation.fitting_format("format", suffix, suffix)
        else:
            animation.check(target)
    for target in targets:
        _write(animation, target, suffix)
    if not outputs:
        click.echo(f"{stem}.{suffix}")


def _write(animation: Animation, output: str, suffix: str) -> None:
    with _Progress(len(animation.timeline.steps)) as progress:
        if output == "-":
            sys.stdout.buffer.write(animation.encode(suffix, progress.step))
        else:
            animation.save(output, progress.step)


def _parse_slice(text: str | None) -> tuple[int | None, int | None]:
    if text is None:
        return None, None
    ends = text.split(":")
    try:
        first, last = (int(end) if end.strip() else None for end in ends)
    except ValueError:
        raise ConvanimError("steps", f"{text!r}", "not understood; write A:B such as 0:10, 5: or :-1") from None
    return first, last


class _Progress:
    """A bar on a terminal, for work that takes longer than a second."""

    def __init__(self, length: int, stream: TextIO | None = None) -> None:
        self.length = length
        self.stream = stream or sys.stderr
        self.started = time.monotonic()
        self.done = 0
        self.bar: Any = None

    def __enter__(self) -> _Progress:
        return self

    def step(self) -> None:
        """Count one more frame."""
        self.done += 1
        if self.bar is None:
            if not self.stream.isatty() or time.monotonic() - self.started < 1:
                return
            self.bar = click.progressbar(length=self.length, label="Drawing", file=self.stream)
            self.bar.__enter__()
            self.bar.update(self.done - 1)
        self.bar.update(1)

    def __exit__(self, *error: object) -> None:
        if self.bar is not None:
            self.bar.__exit__(*error)


def _add_operation(operation: str, kind: type[Layer]) -> None:
    """Add the two commands of an operation: the one that draws and the one that explains."""
    name = operation.replace("_", "-")

    def draw(dims: int | None, **values: Any) -> None:
        from convanim.wording import file_stem

        parameters = inspect.signature(kind).parameters
        layer = _build_layer(operation, dims, {key: values.pop(key) for key in parameters})
        _draw(layer, file_stem(layer), **values)

    def tell(dims: int | None, as_json: bool, **values: Any) -> None:
        _tell(_build_layer(operation, dims, values), as_json)

    draw.__doc__ = f"Animate one layer: {kind.title}."
    tell.__doc__ = f"Explain one layer: {kind.title}."
    main.command(name)(_layer_options(operation)(_picture_options(classic=False)(draw)))
    explain.command(name)(_layer_options(operation)(_json_option(tell)))


_json_option = click.option(
    "--json", "as_json", is_flag=True, help="Print the plan as JSON: every step with the cells it reads."
)


def _tell(layer: Layer, as_json: bool) -> None:
    if as_json:
        from convanim.plans import plan

        click.echo(json.dumps(plan(layer).to_dict()))
    else:
        from convanim.explain import explain as explained

        click.echo(explained(layer))


@main.group()
def explain() -> None:
    """Say what a layer does: its size formula with the numbers in it, its costs, its PyTorch line."""


@explain.command("preset")
@click.argument("name")
@_json_option
def explain_preset(name: str, as_json: bool) -> None:
    """Explain one of the guide's layers by its name."""
    _tell(find_preset(name).layer, as_json)


for _operation, _kind in OPERATIONS.items():
    _add_operation(_operation, _kind)


@main.command()
@click.argument("name")
@_picture_options(classic=True)
def preset(name: str, **values: Any) -> None:
    """Draw one of the guide's animations by its name; `convanim list presets` names them."""
    _draw(find_preset(name).layer, name, **values)


@main.command()
@click.argument("description", type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    required=True,
    metavar="FOLDER",
    help="Where the files and README.md go.",
)
@click.option(
    "--jobs", type=click.IntRange(1, 64), default=1, show_default=True, help="How many to draw at the same time."
)
@click.option("--check", is_flag=True, help="Write nothing; exit with 1 where a file differs from a fresh drawing.")
def gallery(description: Path, output: Path, jobs: int, check: bool) -> None:
    """Draw every animation that a TOML file describes, and an index page."""
    from convanim.gallery import check_gallery, make_gallery, read_gallery

    entries = read_gallery(description)
    with _Progress(len(entries)) as progress:
        if not check:
            make_gallery(entries, output, jobs, progress.step)
            return
        differences = check_gallery(entries, output, jobs, progress.step)
    for difference in differences:
        click.echo(difference, err=True)
    if differences:
        raise click.exceptions.Exit(1)
    click.echo(f"{len(entries)} animations and their index are as a fresh drawing.")


def _first_line(kind: object) -> str:
    return (inspect.getdoc(kind) or "").splitlines()[0]


def _views() -> Iterable[tuple[str, str]]:
    from convanim.views import VIEWS

    return ((name, _first_line(view)) for name, view in VIEWS.items())


_LISTS: dict[str, Callable[[], Iterable[tuple[str, str]]]] = {
    "operations": lambda: ((name.replace("_", "-"), _first_line(kind)) for name, kind in OPERATIONS.items()),
    "presets": lambda: ((name, preset.title) for name, preset in PRESETS.items()),
    "views": _views,
    "themes": THEMES.items,
    "formats": lambda: ((name, format_.name) for name, format_ in FORMATS.items()),
    "paddings": CONV_PADDINGS.items,
    "padding-modes": lambda: ((name, mode.about) for name, mode in PADDING_MODES.items()),
}


@main.command("list")
@click.argument("what", required=False, type=click.Choice(list(_LISTS)))
def list_names(what: str | None) -> None:
    """List what there is to choose from."""
    for heading in [what] if what else _LISTS:
        if not what:
            click.echo(f"{heading}:")
        for name, said in _LISTS[heading]():
            indent = "" if what else "  "
            click.echo(f"{indent}{name:42}{said}".rstrip())
