"""Frames to files: one entry a suffix, each imported when it is first used."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from convanim.errors import ConvanimError

if TYPE_CHECKING:
    from convanim.formats.clip import Clip, Film


@dataclass(frozen=True)
class Format:
    """A kind of file.

    Attributes
    ----------
    name : str
        What it is called.
    about : str
        What it holds, and what for.
    encoder : str
        Where its ``encode(clip) -> bytes`` is, module and function, joined by a colon.
    is_pixels : bool
        Whether that is given a `Clip`, pictures of pixels; else a `Film`, shapes.
    is_video : bool
        Whether it holds no transparency and only even sides.
    moves : bool
        Whether it shows several pictures one after the other by itself.
    needs : (str, str) or None
        A module that must be there, and the extra that brings it.
    most_fps : int or None
        The most frames a second that programs show in time.
    """

    name: str
    about: str
    encoder: str
    is_pixels: bool = True
    is_video: bool = False
    moves: bool = True
    needs: tuple[str, str] | None = None
    most_fps: int | None = None

    def encode(self, given: Clip | Film) -> bytes:
        """Return the file's content."""
        module, function = self.encoder.split(":")
        encoded: bytes = getattr(import_module(module), function)(given)
        return encoded

    def refuse_missing(self, option: str, value: str) -> None:
        """Raise where what it needs is not installed.

        Raises
        ------
        ConvanimError
            It says what to install.
        """
        if self.needs and find_spec(self.needs[0]) is None:
            install = f"pip install 'convanim[{self.needs[1]}]'"
            raise ConvanimError(
                option, value, f"{self.name} needs {self.needs[0]}, which is not there; run {{}}", install
            )


def _in(module: str, function: str = "encode") -> str:
    return f"convanim.formats.{module}:{function}"


_VIDEO: dict[str, Any] = {"is_video": True, "needs": ("av", "video")}

FORMATS = {
    "gif": Format("GIF", "an animation for everywhere", _in("gif"), most_fps=50),
    "png": Format("PNG", "an animation, or a still exactly as drawn", _in("png")),
    "webp": Format("WebP", "an animation, lossless and small", _in("webp")),
    "svg": Format("SVG", "an animation of shapes, sharp at any size, small, without scripts", _in("svg"), False),
    "pdf": Format("PDF", "shapes, a page a step", _in("pdf"), False),
    "mp4": Format("MP4", "a video (H.264) for slides", _in("video", "encode_mp4"), **_VIDEO),
    "webm": Format("WebM", "a video (VP9) for pages", _in("video", "encode_webm"), **_VIDEO),
    "html": Format("HTML", "a page to play and explore", _in("html"), False),
    "json": Format("JSON", "every step with the cells that it reads and makes", _in("plan"), False),
}
"""Every format by its suffix."""

_NEAR = {
    **dict.fromkeys(("apng", "jpg", "jpeg", "bmp", "tif", "tiff"), "png"),
    **dict.fromkeys(("mov", "m4v", "avi"), "mp4"),
    **dict.fromkeys(("mkv", "ogv"), "webm"),
    **dict.fromkeys(("eps", "ps"), "pdf"),
    **dict.fromkeys(("htm", "xhtml"), "html"),
}
"""Suffixes of formats that are not written, and what serves in their place."""


def format_of(option: str, value: str, suffix: str) -> Format:
    """Return the format that a suffix names, with or without its dot.

    Raises
    ------
    ConvanimError
        If none does; it names the option and the value that the suffix is from.
    """
    known = suffix.lower().removeprefix(".") if isinstance(suffix, str) else suffix
    if not isinstance(known, str) or known not in FORMATS:
        near = _NEAR.get(known) if isinstance(known, str) else None
        names = ", ".join(f".{name}" for name in FORMATS)
        way = f"use .{near}, or another of {names}" if near else f"use one of {names}"
        raise ConvanimError(option, repr(value), f"has no suffix that names a format; {way}")
    return FORMATS[known]
