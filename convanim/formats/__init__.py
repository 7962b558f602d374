"""Frames to files: one entry a suffix, each imported when it is first used."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

from convanim.errors import ConvanimError

if TYPE_CHECKING:
    from convanim.formats.clip import Clip


@dataclass(frozen=True)
class Format:
    """A kind of file.

    Attributes
    ----------
    name : str
        What it is called.
    moves : bool
        Whether it holds more than one frame.
    module : str
        Where its ``encode(clip) -> bytes`` is.
    """

    name: str
    moves: bool
    module: str

    def encode(self, clip: Clip) -> bytes:
        """Return the file's content."""
        encoded: bytes = import_module(self.module).encode(clip)
        return encoded


FORMATS = {
    "gif": Format("GIF", True, "convanim.formats.gif"),
    "png": Format("PNG", False, "convanim.formats.png"),
}
"""Every format by its suffix."""


def format_of(option: str, value: str, suffix: str) -> Format:
    """Return the format that a suffix names, with or without its dot.

    Raises
    ------
    ConvanimError
        If none does; it names the option and the value that the suffix is from.
    """
    known = suffix.lower().removeprefix(".") if isinstance(suffix, str) else suffix
    if not isinstance(known, str) or known not in FORMATS:
        names = " or ".join(f".{name}" for name in FORMATS)
        raise ConvanimError(option, repr(value), f"has no suffix that names a format; use {names}")
    return FORMATS[known]
