"""The commands for documents."""

from __future__ import annotations

import os
import re
from pathlib import Path
from urllib.parse import quote

import click

from convanim.base.errors import ConvanimError
from convanim.cli.layer import standard_input
from convanim.cli.output import progress, remark, send

_NAMED = re.compile(r"[\w.-]+-[0-9a-f]{12}\.svg")
"""How the pictures of blocks are named."""


def add_commands(main: click.Group, _: click.Group) -> None:
    """Add the commands for documents."""
    main.add_command(markdown)
    main.add_command(pandoc)


@click.command()
@click.argument("document", type=Path)
@click.option("-o", "--output", required=True, type=Path, metavar="FILE", help="Where to write; it may be DOCUMENT.")
@click.option("--folder", metavar="FOLDER", help="Where the pictures go.  [default: beside the output]")
@click.option("--dark", "is_dark", is_flag=True, help="Draw each for dark pages too, and let the reader's page choose.")
@click.option("--check", "is_check", is_flag=True, help="Write nothing; exit with 1 if something would change.")
def markdown(document: Path, output: Path, folder: str | None, is_dark: bool, is_check: bool) -> str | None:
    """Put a picture in place of every block of Markdown that begins with ```convanim.

    A block holds what stands behind convanim here, or code of a layer. It is
    kept in a comment, and drawn again where the output is given as DOCUMENT.
    """
    from convanim.documents.blocks import BlockError
    from convanim.documents.markdown import illustrated
    from convanim.formats.files import check_writable, write_files

    text = _text(document)
    check_writable("output", output)
    pictures = output.parent if folder is None else Path(folder)
    within = _way(output.parent, pictures)
    made = illustrated(text, lambda name: quote(name if within == "." else f"{within}/{name}"), is_dark)
    new = [picture for picture in made.pictures if not (pictures / picture.name).exists()]
    before = _text(output) if output.exists() else None
    if is_check:
        return _checked(output, [picture.name for picture in new], before == made.text)
    progress().expect(len(new))
    contents = dict[Path, bytes]()
    for picture in new:
        try:
            contents[pictures / picture.name] = picture.content()
        except BlockError as error:
            raise ConvanimError("document", str(document), "{}", error) from error
        progress().step()
    if before != made.text:
        contents[output] = made.text.encode()
    write_files(contents)
    for note in made.notes:
        remark(f"Note: {note}")
    left = set(_NAMED.findall(before or "")) - {picture.name for picture in made.pictures}
    for name in sorted(left):
        if (pictures / name).exists():
            remark(f"{output} shows {name} no longer.")
    return None


@click.command()
@click.option("--draw", "target", metavar="FORMAT", help="Draw the block on standard input for a format of Pandoc.")
def pandoc(target: str | None) -> str | None:
    """Print where the filter for Pandoc and Quarto is, which draws the blocks of a document.

    For example: pandoc --lua-filter "$(convanim pandoc)" in.md -o out.pdf.
    The filter starts this command with --draw for each block.
    """
    from convanim.documents.blocks import BlockError
    from convanim.documents.pandoc import FILTER, drawn_for

    if target is None:
        return str(FILTER)
    try:
        content = drawn_for(standard_input(), target)
    except BlockError as error:
        raise ConvanimError("block", "", "{}", error) from error
    send(content, "standard output", "")
    return None


def _way(start: Path, folder: Path) -> str:
    """Return the way from one folder to another, as addresses have it."""
    try:
        return Path(os.path.relpath(folder, start)).as_posix()
    except ValueError as error:
        raise ConvanimError("folder", folder, "is on another drive than the document; name one beside it") from error


def _text(path: Path) -> str:
    """Return the text of a document, with its line ends."""
    try:
        return path.read_bytes().decode()
    except UnicodeDecodeError as error:
        raise ConvanimError("document", str(path), "is not text in UTF-8; save it as that") from error
    except (OSError, ValueError) as error:
        reason = (getattr(error, "strerror", None) or str(error)).lower()
        raise ConvanimError("document", str(path), "cannot be read ({})", reason) from error


def _checked(output: Path, missing: list[str], is_same: bool) -> str:
    """Return that nothing would change, or say what would, and end with 1."""
    for name in missing:
        remark(f"{name} is missing.")
    if not is_same:
        remark(f"{output} is not as its blocks are.")
    if missing or not is_same:
        raise click.exceptions.Exit(1)
    return f"{output} and its pictures are as its blocks are."
