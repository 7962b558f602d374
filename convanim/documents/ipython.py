"""The magics of notebooks: a line, or a cell, that is a block shows its animation."""

from __future__ import annotations

from typing import Any

from IPython.core.error import UsageError

from convanim.animations.animation import Animation
from convanim.documents.blocks import BlockError, read_block


def convanim(line: str, cell: str | None = None) -> Animation:
    """Return the animation of a block: the rest of the line, with the lines of the cell behind it.

    Raises
    ------
    UsageError
        If the block is refused; notebooks show it as one sentence.
    """
    try:
        return read_block(f"{line}\n{cell or ''}").animation
    except BlockError as error:
        raise UsageError(f"convanim: {error}") from error


def load_ipython_extension(shell: Any) -> None:
    """Add ``%convanim`` and ``%%convanim``."""
    shell.register_magic_function(convanim, "line_cell")
