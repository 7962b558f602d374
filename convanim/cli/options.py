"""The options of the commands, and parsing of their values."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Container, Sequence
from functools import wraps
from typing import Any

import click

from convanim.base.errors import ConvanimError
from convanim.base.language import ENGLISH, LANGUAGES, speaking
from convanim.base.options import parse_whole
from convanim.base.records import dataclass
from convanim.cli.settings import FIELDS, STAMPS, picture_settings
from convanim.cli.values import DIMS, value_options
from convanim.layers import OPERATIONS, SEPARABLES
from convanim.layers.parameters import PARAMETERS, Parameter
from convanim.words.captions import FRAMEWORKS

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

_ARGUMENTS = (
    *("model", "preset", "description", "animation", "name", "layer", "layers", "operation", "source"),
    *("standard input", "standard output", "serve", "block", "document"),
)
_OTHER_FLAGS = {"caption": "--caption-text"}


@dataclass(frozen=True)
class Form:
    """The form in which a command explains a layer.

    Attributes
    ----------
    kind : str or None
        ``"json"`` or ``"alt"``; None for sentences.
    framework : str or None
        Its name, whose code is printed instead.
    wanted : str or None
        Output size, as written, to which the sentences suggest changes.
    has_matrices : bool
        Whether the sentences say how large the matrices behind the layer are.
    """

    kind: str | None = None
    framework: str | None = None
    wanted: str | None = None
    has_matrices: bool = False


_FORMS = (
    click.option("--json", "as_json", is_flag=True, help="Print the plan as JSON: every step with the cells it reads."),
    click.option("--alt", "as_alt", is_flag=True, help="Print what its animation shows, as alternative text."),
    click.option(
        "--language",
        metavar="TAG",
        help=f"Language of what is printed: {', '.join(LANGUAGES)}.  [default: en]",
    ),
)


def code_form() -> Decorator:
    """Return the option for code instead of an explanation."""
    help = f"Print the same in code: {', '.join(FRAMEWORKS)}; or say why there is none."
    return click.option("--as", "framework", metavar="FRAMEWORK", help=help)


def _code_forms() -> tuple[Decorator, ...]:
    """Return the options for code instead of an explanation, and for ways to an output size."""
    return (
        code_form(),
        click.option("--want", "wanted", metavar="SIZE", help="Say what to change for an output of this size."),
        click.option("--matrices", is_flag=True, help="Say also how large the matrices behind it are."),
    )


def spelled(name: str, value: str) -> str:
    """Return a parameter as the command line writes it, with or without a value."""
    flag = name if name in _ARGUMENTS else _OTHER_FLAGS.get(name, f"--{name.replace('_', '-')}")
    if value == "False":
        return flag.replace("--", "--no-", 1)
    return f"{flag} {value}" if value and value != "True" else flag


_FIRST = ("input_size", "kernel_size")


def layer_options(operation: str, without: Container[str] = ()) -> Decorator:
    """Return a decorator that adds the options of an operation's parameters, except ``without``, and numbers."""
    kind: Any = {**OPERATIONS, **SEPARABLES}[operation]
    options: list[Decorator] = []
    # Sizes, which every operation has, come first.
    named = sorted(inspect.signature(kind).parameters.items(), key=lambda one: one[0] not in _FIRST)
    for name, parameter in named:
        if name in without:
            continue
        its, words = PARAMETERS[name], ", ".join(kind.padding_words) if name == "padding" else ""
        told = its.help + (f" Or {words}." if words else "") + _default(its, parameter.default)
        written: dict[str, Any] = {"default": None} if its.takes == "flag" else {"metavar": its.metavar}
        options.append(click.option(*its.flags, name, **written, help=told))
    return lambda command: decorated(command, [*options, DIMS, *value_options(kind.is_weighted)])


def _default(its: Parameter, value: object) -> str:
    """Return the phrase of the help on a parameter's default value."""
    if value is inspect.Parameter.empty or (value is None and not its.usual):
        return ""
    if isinstance(value, bool):
        value = "yes" if value else "no"
    return f"  [default: {its.usual if value is None else value}]"


def picture_options(is_preset: bool = False) -> Decorator:
    """Return a decorator that adds the options of every command that draws."""
    from convanim.formats import FORMATS

    options: list[Decorator] = [
        click.option(
            "-o",
            "--output",
            "outputs",
            multiple=True,
            metavar="FILE",
            help="Where to write, by suffix; may be repeated; steps/ or step-%03d.png is a file a step; "
            "- is standard output. A telling name where not given.",
        ),
        click.option(
            "--format", "format_name", metavar="NAME", help=f"For - and for names of our own: {', '.join(FORMATS)}."
        ),
        click.option(
            "--for",
            "place",
            metavar="PLACE",
            help="Write what a place takes, and print what to paste there: convanim list places.",
        ),
        click.option("--source", is_flag=True, help="With --for beamer: TikZ to edit, a step an overlay."),
        *picture_settings(is_preset),
        click.option("--caption-text", metavar="TEXT", help="Write words of your own below the picture."),
    ]
    return lambda command: decorated(command, options)


def method_options(operation: str) -> Decorator:
    """Return a decorator that adds the choice of a method if an operation has several."""
    if len(OPERATIONS[operation].methods) == 1:
        return lambda command: command
    return lambda command: decorated(command, STAMPS)


def form_options(command: Callable[..., Any], has_code: bool = True) -> Callable[..., Any]:
    """Return a command with the options for what it prints, which it receives as a `Form`."""

    @wraps(command)
    def chosen(
        as_json: bool,
        as_alt: bool,
        language: str | None = None,
        framework: str | None = None,
        wanted: str | None = None,
        matrices: bool = False,
        **values: Any,
    ) -> Any:
        given = {
            "json": as_json,
            "alt": as_alt,
            "as": framework is not None,
            "want": wanted is not None,
            "matrices": matrices,
        }
        several = [name for name, is_given in given.items() if is_given]
        if len(several) > 1:
            raise ConvanimError(several[-1], "", f"is not taken beside `{several[0]}`; leave one of the two out")
        if language is not None and (as_json or framework is not None):
            other = "json" if as_json else "as"
            raise ConvanimError(
                "language", language, f"is of words, and `{other}` prints none; leave one of the two out"
            )
        kind = "json" if as_json else "alt" if as_alt else None
        with speaking(language or ENGLISH):
            return command(form=Form(kind, framework, wanted, matrices), **values)

    return decorated(chosen, (*_FORMS, *(_code_forms() if has_code else ())))


def preset_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Return a command with the options of some presets that are not options of all pictures."""
    return decorated(command, [*STAMPS, *FIELDS])


def parse_slice(text: str | None) -> tuple[int | None, int | None]:
    """Return the first step, and the one after the last, of a text ``A:B``.

    Raises
    ------
    ConvanimError
        If the text is not a colon with an integer or nothing on either side.
    """
    if text is None:
        return None, None
    ends = [end.strip() for end in text.split(":")]
    if len(ends) != 2:
        raise ConvanimError("steps", repr(text), "not understood; write A:B such as 0:10, 5: or :-1")
    first, last = (parse_whole("steps", end) if end else None for end in ends)
    return first, last


def decorated(command: Callable[..., Any], decorators: Sequence[Decorator]) -> Callable[..., Any]:
    """Return a command with decorators applied; the first is the outermost."""
    for decorator in reversed(decorators):
        command = decorator(command)
    return command
