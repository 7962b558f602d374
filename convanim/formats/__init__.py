"""Pictures or shapes in, the bytes of a file out; one entry a suffix, each imported when it is first used."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from convanim.base.errors import ConvanimError
from convanim.base.extending import add
from convanim.base.options import quoted

if TYPE_CHECKING:
    from convanim.formats.clip import Clip, Film


@dataclass(frozen=True)
class Cost:
    """What a kind of file takes, as `effort` reckons with it; measured, and rounded up.

    Attributes
    ----------
    part : float
        Seconds for a cell or a line.
    pixel : float
        Seconds for a pixel of a picture.
    held_pixel : int
        Bytes of memory for it.
    most_ahead, held_ahead : int
        Pixels of a picture, at most, for which pictures to come are held, and the bytes for each.
    """

    part: float = 12e-6
    pixel: float = 0.0
    held_pixel: int = 60
    most_ahead: int = 0
    held_ahead: int = 0


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
    cost : Cost
        What it takes to be written.
    """

    name: str
    about: str
    encoder: str
    is_pixels: bool = True
    is_video: bool = False
    moves: bool = True
    needs: tuple[str, str] | None = None
    most_fps: int | None = None
    cost: Cost = Cost()

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
_FULL_HD = 1920 * 1088
_MP4 = Cost(pixel=0.027e-6, held_pixel=115, most_ahead=_FULL_HD, held_ahead=300)
_WEBM = Cost(pixel=0.030e-6, held_pixel=100, most_ahead=_FULL_HD, held_ahead=60)

FORMATS = {
    "gif": Format("GIF", "an animation for everywhere", _in("gif"), most_fps=50, cost=Cost(pixel=0.03e-6)),
    "png": Format("PNG", "an animation, or a still exactly as drawn", _in("png"), cost=Cost(pixel=0.045e-6)),
    "webp": Format("WebP", "an animation, lossless and small", _in("webp"), cost=Cost(pixel=0.065e-6)),
    "svg": Format("SVG", "an animation of shapes, sharp at any size, small, without scripts", _in("svg"), False),
    "pdf": Format("PDF", "shapes, a page a step", _in("pdf"), False),
    "mp4": Format("MP4", "a video (H.264) for slides", _in("video", "encode_mp4"), cost=_MP4, **_VIDEO),
    "webm": Format("WebM", "a video (VP9) for pages", _in("video", "encode_webm"), cost=_WEBM, **_VIDEO),
    "html": Format("HTML", "a page to play and explore", _in("html"), False, cost=Cost(18e-6)),
    "json": Format("JSON", "every step with the cells that it reads and makes", _in("plan"), False, cost=Cost(0.0)),
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
    known = suffix.lower().removeprefix(".") if isinstance(suffix, str) else ""
    if known not in FORMATS:
        near = _NEAR.get(known)
        names = ", ".join(f".{name}" for name in FORMATS)
        way = f"use .{near}, or another of {names}" if near else f"use one of {names}"
        raise ConvanimError(option, quoted(value), f"has no suffix that names a format; {way}")
    return FORMATS[known]


def register(name: str, format_: Format) -> None:
    """Make a kind of file, by its suffix without the dot, known to the command, its lists, galleries and all else.

    Raises
    ------
    ConvanimError
        If the name is taken.
    """
    add(FORMATS, "format", name, format_)
