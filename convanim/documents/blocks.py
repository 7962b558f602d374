"""Blocks of documents: from the text of a block to its pictures and their alternative text."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any

import click

from convanim import __version__
from convanim.animations.animation import Animation
from convanim.base.access import nothing_read
from convanim.base.errors import ConvanimError
from convanim.base.records import dataclass
from convanim.base.text import printable, shortened
from convanim.cli import main
from convanim.cli.describing import commands, description, is_drawn, parsed
from convanim.cli.options import spelled
from convanim.cli.writing import Drawing
from convanim.formats.files import write_files
from convanim.frameworks.reading import is_code

_MOST_ECHOED = 1000
_LONGEST_SAID = 40
_DIGITS = 12
"""Of the hash in the name of a file."""

_PIECE = re.compile(r"""#[^\n]*|(?:\\.|'[^']*'|"(?:\\.|[^"\\])*"|[^\s\\'"])+|\s+|.""", re.DOTALL)
"""A comment, a word with its quotes, or blanks."""

_CODE = re.compile(r"(?P<code>.*[)\]}])\s+(?P<options>--?[A-Za-z].*)", re.DOTALL)
"""Code with options of the command behind it."""

PAGE: dict[str, Any] = {"background": "transparent"}
"""Options of a picture that is shown on light pages only, or on dark ones only."""

DARK: dict[str, Any] = {**PAGE, "theme": "dark"}


class BlockError(ValueError):
    """A block that is refused, in the sentence of the command line."""


@dataclass(frozen=True)
class Picture:
    """A picture of a block that is not drawn yet.

    Attributes
    ----------
    name : str
        Of its file; the same for the same picture only.
    animation : Animation
        What it shows.
    """

    name: str
    animation: Animation

    @property
    def suffix(self) -> str:
        """The suffix of its file, without the dot."""
        return self.name.rpartition(".")[2]

    def content(self) -> bytes:
        """Return the content of its file.

        Raises
        ------
        BlockError
            If the format cannot hold it.
        """
        with _refusing():
            return self.animation.encode(self.suffix)

    def kept_in(self, folder: Path) -> Path:
        """Return its file in a folder; it is drawn if it is not there yet.

        Raises
        ------
        BlockError
            If it cannot be drawn, or not be written.
        """
        path = folder / self.name
        if not path.exists():
            with _refusing():
                write_files({path: self.content()})
        return path


@dataclass(frozen=True)
class Block:
    """What a block of a document shows, before anything is drawn.

    Attributes
    ----------
    wanted : Drawing
        What its command describes.
    canonical : str
        The command; the same for texts that ask for the same.
    has_own_look : bool
        Whether it chooses its theme or its background itself.
    """

    wanted: Drawing
    canonical: str
    has_own_look: bool = False

    @cached_property
    def animation(self) -> Animation:
        """The animation, as the command makes it."""
        return self._made({})

    @property
    def title(self) -> str:
        """What is shown, in a few words."""
        return self.animation.told.title

    @property
    def alt(self) -> str:
        """Alternative text."""
        return self.animation.alt

    @property
    def notes(self) -> tuple[str, ...]:
        """What was left out, as sentences."""
        return tuple(f"{note}." for note in (*self.wanted.notes, *self.animation.notes))

    def picture(self, suffix: str = "svg", is_still: bool = False, **looks: Any) -> Picture:
        """Return a picture of it.

        Parameters
        ----------
        suffix : str
            The format.
        is_still : bool
            Whether it shows only the poster.
        **looks
            Options of the picture that replace those of the command.

        Raises
        ------
        BlockError
            If the format cannot hold it, or a look is not allowed.
        """
        with _refusing():
            shown = self._made(looks) if looks else self.animation
            shown = shown.still(shown.poster) if is_still else shown
            shown.fitting_format("format", suffix, suffix)
        asked = repr((self.canonical, sorted(looks.items()), is_still, __version__))
        return Picture(f"{self.wanted.stem}-{sha256(asked.encode()).hexdigest()[:_DIGITS]}.{suffix}", shown)

    def sides(self, suffix: str = "svg", theme: str | None = None) -> tuple[Picture, ...]:
        """Return a picture for light pages and one for dark ones, or only one where its look is chosen.

        Raises
        ------
        BlockError
            If the format cannot hold it, or there is no such theme.
        """
        if theme is not None:
            return (self.picture(suffix, theme=theme),)
        if self.has_own_look:
            return (self.picture(suffix),)
        return self.picture(suffix, **PAGE), self.picture(suffix, **DARK)

    def _made(self, looks: dict[str, Any]) -> Animation:
        with _refusing(), nothing_read():
            return self.wanted.animation(**looks)


def read_block(text: str) -> Block:
    """Return what the text of a block describes.

    Parameters
    ----------
    text : str
        What stands behind ``convanim`` in a shell, or code of a layer; lines
        may be continued, and ``#`` begins a comment.

    Raises
    ------
    BlockError
        If it is refused, names a file, or says where to write.
    """
    with _refusing(), nothing_read():
        words, arguments = _command(text)
        context = parsed(words, arguments)
        told = _told(context)
        wanted = description(context)
        _refuse_outputs(wanted)
        block = Block(wanted, repr((words, told)), bool({"theme", "background"} & set(told)))
        block.animation.fitting_format("format", "svg", "svg")
        return block


def _command(text: str) -> tuple[tuple[str, ...], list[str]]:
    """Return the words of the command that draws, and its arguments."""
    words, plain = _words(text)
    if not words:
        raise BlockError("a block is empty; write a command such as conv -i 5 -k 3 -p 1, or code of a layer")
    context = click.Context(main, info_name="convanim")
    if main.get_command(context, words[0]) is None and is_code(plain):
        return ("layer",), _of_code(plain)
    found: click.Command | None = main
    names = list[str]()
    # A group would take an option, such as that for help, for its own.
    while isinstance(found, click.Group) and words and not words[0].startswith("-"):
        name, found, words = found.resolve_command(context, words)
        names.append(name or "")
    if not is_drawn(names):
        said = repr(shortened(" ".join(names) or words[0], _LONGEST_SAID))
        drawing = ", ".join(name for name in commands() if " " not in name)
        raise BlockError(f"{said} draws nothing; there are {drawing}")
    return tuple(names), words


def _words(text: str) -> tuple[list[str], str]:
    """Return the words of a text as a shell has them, and the text without comments and the name of the program."""
    joined = re.sub(r"\\\r?\n", " ", text)
    plain = "".join(piece for piece in _PIECE.findall(joined) if not piece.startswith("#")).strip()
    plain = re.sub(r"\A(?:\$ )?convanim\s+", "", plain)
    try:
        return _split(plain), plain
    except BlockError:
        if is_code(plain):
            return [plain], plain
        raise


def _split(text: str) -> list[str]:
    """Return the words of a text."""
    try:
        return shlex.split(text)
    except ValueError as error:
        raise BlockError(f"{printable(shortened(text, _LONGEST_SAID))!r} has a quote that does not end") from error


def _of_code(plain: str) -> list[str]:
    """Return the arguments of the command for pasted code: the code, quoted or not, and the options behind it."""
    match = _CODE.fullmatch(plain)
    code, options = (match["code"], _split(match["options"])) if match else (plain, [])
    quoted = _split(plain) if plain[0] in "\"'" else []
    return quoted or [*options, "--", code]


def _told(context: click.Context) -> dict[str, Any]:
    """Return the parameters that are given and not at their defaults, by their names in order."""
    usual = {parameter.name: parameter.get_default(context) for parameter in context.command.params}
    return {
        name: value
        for name, value in sorted(context.params.items())
        if context.get_parameter_source(name) is not click.core.ParameterSource.DEFAULT and value != usual[name]
    }


def _refuse_outputs(wanted: Drawing) -> None:
    """Raise if a block says where its picture goes, or which kind of file it is."""
    given = {"output": " ".join(wanted.outputs), "format": wanted.format_name, "for": wanted.place}
    for option, value in given.items():
        if value:
            raise ConvanimError(option, value, "is for the document to choose; leave it out")


@contextmanager
def _refusing() -> Iterator[None]:
    """Raise errors as sentences of the command line."""
    try:
        yield
    except ConvanimError as error:
        raise BlockError(error.spelled(spelled)) from error
    except click.UsageError as error:
        raise BlockError(printable(shortened(error.format_message(), _MOST_ECHOED))) from error
