"""The commands that draw, and what each describes, for callers that write its files themselves, or none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

import click

from convanim.base.errors import ConvanimError
from convanim.cli import main
from convanim.cli.writing import Drawing
from convanim.layers import OPERATIONS


def commands() -> Mapping[str, click.Command]:
    """Return every command that draws, by its words."""
    return _commands(tuple(OPERATIONS))


@lru_cache(maxsize=1)
def _commands(operations: tuple[str, ...]) -> Mapping[str, click.Command]:
    """Return the commands that draw as long as no other operation is registered."""
    return dict(_drawing(main))


def _drawing(group: click.Group, before: str = "") -> Iterator[tuple[str, click.Command]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from _drawing(command, f"{before}{name} ")
        elif command is not None and any(one.name == "outputs" for one in command.params):
            yield f"{before}{name}", command


def is_drawn(words: Sequence[str]) -> bool:
    """Return whether words name a command that draws."""
    return " ".join(words) in commands()


def drawing_command(words: Sequence[str]) -> click.Command:
    """Return the command that draws, by its words."""
    return commands()[" ".join(words)]


def parsed(words: Sequence[str], arguments: Sequence[str]) -> click.Context:
    """Return a command that draws with its arguments, below the command line's own; no help is printed for any of them.

    Raises
    ------
    ConvanimError
        If a value is not allowed.
    click.UsageError
        If an argument is not understood.
    """
    above = click.Context(main, info_name="convanim")
    for word in words[:-1]:
        group = above.command
        assert isinstance(group, click.Group)
        command = group.get_command(above, word)
        assert command is not None
        above = click.Context(command, info_name=word, parent=above)
    return drawing_command(words).make_context(words[-1], list(arguments), parent=above, help_option_names=[])


def description(context: click.Context) -> Drawing:
    """Return what a command with its arguments describes.

    Raises
    ------
    ConvanimError
        If something is wrong with it, or it describes no picture.
    """
    with context:
        made = context.command.invoke(context)
    if not isinstance(made, Drawing):
        raise ConvanimError("layer", "", "is not chosen; name one, or draw the whole model with `view=blocks`")
    return made
