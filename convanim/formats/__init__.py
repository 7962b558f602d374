"""Frames to files: one entry a suffix, each imported when it is first used."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from convanim.errors import ConvanimError
from convanim.theme import RGB


@dataclass(frozen=True)
class Clip:
    """What an encoder needs: pictures by number, and when they show.

    Attributes
    ----------
    width, height : int
        Of each picture, in pixels.
    frames : callable
        An iterator over all pictures, (height, width, 4) arrays of bytes.
    samples : callable
        An iterator over some, spread evenly.
    durations : tuple of int
        Milliseconds a frame.
    plays : int
        How often it plays; 0 is for ever.
    flat : tuple of RGB
        Colours that must come out exactly.
    page : RGB or None
        What a transparent picture most likely lies on, None for an opaque one.
    """

    width: int
    height: int
    frames: Callable[[], Iterator[Any]]
    samples: Callable[[], Iterator[Any]]
    durations: tuple[int, ...]
    plays: int
    flat: tuple[RGB, ...]
    page: RGB | None


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
    known = suffix.lower().removeprefix(".")
    if known not in FORMATS:
        names = " or ".join(f".{name}" for name in FORMATS)
        raise ConvanimError(option, repr(value), f"has no suffix that names a format; use {names}")
    return FORMATS[known]
