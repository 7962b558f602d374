"""The file formats by suffix, which encode pictures or shapes as bytes; each is imported at its first use."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from convanim.base.errors import ConvanimError
from convanim.base.extending import add
from convanim.base.options import quoted
from convanim.base.records import dataclass

if TYPE_CHECKING:
    from convanim.formats.clip import Clip, Film


@dataclass(frozen=True)
class Cost:
    """Measured costs of writing a file format, rounded up, for estimates of time and memory.

    Attributes
    ----------
    part : float
        Seconds per cell or line.
    pixel : float
        Seconds per pixel of a picture.
    held_pixel : int
        Bytes of memory per pixel.
    most_ahead, held_ahead : int
        The encoder holds upcoming pictures: ``held_ahead`` bytes per pixel, up to ``most_ahead`` pixels.
    """

    part: float = 12e-6
    pixel: float = 0.0
    held_pixel: int = 60
    most_ahead: int = 0
    held_ahead: int = 0


@dataclass(frozen=True)
class Format:
    """A file format.

    Attributes
    ----------
    name : str
        Name of the format.
    about : str
        What a file holds and what it is good for.
    encoder : str
        Module and name of its ``encode(clip) -> bytes`` function, joined by a colon.
    is_pixels : bool
        Whether that function takes a `Clip`, which holds pixels, or a `Film`, which holds shapes.
    is_video : bool
        Whether it is a video, without transparency and with an even width and height.
    moves : bool
        Whether it plays several pictures one after the other by itself.
    needs : (str, str) or None
        A module that must be installed, and the extra that installs it.
    takes_answers : bool
        Whether its readers can answer the questions of an exercise.
    most_fps : int or None
        The highest frame rate that programs play at full speed.
    cost : Cost
        Time and memory for writing it.
    media_type : str
        What it is called where it is sent, in HTTP and in MIME.
    noter : str or None
        Module and name of its ``losses(film) -> tuple of str`` function, if it cannot draw everything as it is.
    reader : str or None
        Module and name of its ``command_of(content) -> str`` function, if a file can carry its command.
    most_shapes : int or None
        About how many shapes programs that edit a file can take.
    is_paged : bool
        Whether it has a page a step, to turn or to edit; of a tour, a page a stop.
    is_still : bool
        Whether files of it are mostly put where nothing moves, though they can.
    """

    name: str
    about: str
    encoder: str
    is_pixels: bool = True
    is_video: bool = False
    moves: bool = True
    needs: tuple[str, str] | None = None
    takes_answers: bool = False
    most_fps: int | None = None
    cost: Cost = Cost()
    media_type: str = "application/octet-stream"
    noter: str | None = None
    reader: str | None = None
    most_shapes: int | None = None
    is_paged: bool = False
    is_still: bool = False

    @property
    def is_printed(self) -> bool:
        """Whether files of it are mostly put where nothing moves."""
        return self.is_still or self.is_paged

    def encode(self, given: Clip | Film) -> bytes:
        """Return the file's content."""
        encoded: bytes = _found(self.encoder)(given)
        return encoded

    def losses(self, film: Film) -> tuple[str, ...]:
        """Return notes on what a file shows in another way than drawn."""
        return () if self.noter is None else tuple(_found(self.noter)(film))

    def command_of(self, content: bytes) -> str | None:
        """Return the command that a file's content carries, an empty text for none, or None for no such file."""
        if self.reader is None:
            return ""
        try:
            return str(_found(self.reader)(content))
        except Exception:
            # Libraries raise whatever they like at files that are not whole.
            return None

    def refuse_missing(self, option: str, value: str) -> None:
        """Raise an error if a module that the format needs is not installed.

        Raises
        ------
        ConvanimError
            The error says what to install.
        """
        if self.needs and find_spec(self.needs[0]) is None:
            install = f"pip install 'convanim[{self.needs[1]}]'"
            raise ConvanimError(
                option, value, f"{self.name} needs {self.needs[0]}, which is not there; run {{}}", install
            )


def _found(name: str) -> Any:
    """Return a function by its module and name."""
    module, function = name.split(":")
    return getattr(import_module(module), function)


def _in(module: str, function: str = "encode") -> str:
    return f"convanim.formats.{module}:{function}"


_VIDEO: dict[str, Any] = {"is_video": True, "needs": ("av", "video"), "reader": _in("video", "command_of")}
_FULL_HD = 1920 * 1088
_MP4 = Cost(pixel=0.027e-6, held_pixel=115, most_ahead=_FULL_HD, held_ahead=300)
_WEBM = Cost(pixel=0.030e-6, held_pixel=100, most_ahead=_FULL_HD, held_ahead=60)

FORMATS = {
    "gif": Format(
        "GIF",
        "an animation for everywhere",
        _in("gif"),
        reader=_in("gif", "command_of"),
        most_fps=50,
        cost=Cost(pixel=0.03e-6),
        media_type="image/gif",
    ),
    "png": Format(
        "PNG",
        "an animation, or a still exactly as drawn",
        _in("png"),
        reader=_in("png", "command_of"),
        cost=Cost(pixel=0.045e-6),
        media_type="image/png",
        is_still=True,
    ),
    "webp": Format(
        "WebP",
        "an animation, lossless and small",
        _in("webp"),
        reader=_in("webp", "command_of"),
        cost=Cost(pixel=0.065e-6),
        media_type="image/webp",
    ),
    "svg": Format(
        "SVG",
        "an animation of shapes, sharp at any size, small, without scripts",
        _in("svg"),
        False,
        reader=_in("svg", "command_of"),
        media_type="image/svg+xml",
        is_still=True,
    ),
    "pdf": Format(
        "PDF",
        "shapes, a page a step",
        _in("pdf"),
        False,
        reader=_in("pdf", "command_of"),
        media_type="application/pdf",
        is_paged=True,
    ),
    "pptx": Format(
        "PPTX",
        "slides of shapes to edit, one a step",
        _in("pptx"),
        False,
        reader=_in("pptx", "command_of"),
        needs=("pptx", "slides"),
        cost=Cost(40e-6),
        media_type="application/vnd.openxmlformats-officedocument.presentationml.presentation",
        noter=_in("pptx", "losses"),
        most_shapes=30_000,
        is_paged=True,
    ),
    "tex": Format(
        "TeX",
        "shapes with names in TikZ, to edit, a page a step",
        _in("tex"),
        False,
        reader=_in("tex", "command_of"),
        media_type="text/x-tex",
        is_paged=True,
    ),
    "typ": Format(
        "Typst",
        "shapes with names, to edit, a page a step",
        _in("typst"),
        False,
        reader=_in("typst", "command_of"),
        media_type="text/plain",
        is_paged=True,
    ),
    "mp4": Format(
        "MP4", "a video (H.264) for slides", _in("video", "encode_mp4"), cost=_MP4, media_type="video/mp4", **_VIDEO
    ),
    "webm": Format(
        "WebM", "a video (VP9) for pages", _in("video", "encode_webm"), cost=_WEBM, media_type="video/webm", **_VIDEO
    ),
    "html": Format(
        "HTML",
        "a page to play and explore",
        _in("html"),
        False,
        reader=_in("html", "command_of"),
        takes_answers=True,
        cost=Cost(18e-6),
        media_type="text/html",
    ),
    "vtt": Format(
        "VTT",
        "captions (WebVTT): what is said of each step, and when",
        _in("vtt"),
        False,
        reader=_in("vtt", "command_of"),
        cost=Cost(0.0),
        media_type="text/vtt",
    ),
    "json": Format(
        "JSON",
        "every step with the cells that it reads and makes",
        _in("plan"),
        False,
        cost=Cost(0.0),
        media_type="application/json",
    ),
}
"""Every format by its suffix."""

_NEAR = {
    **dict.fromkeys(("apng", "jpg", "jpeg", "bmp", "tif", "tiff"), "png"),
    **dict.fromkeys(("mov", "m4v", "avi"), "mp4"),
    **dict.fromkeys(("mkv", "ogv"), "webm"),
    **dict.fromkeys(("eps", "ps"), "pdf"),
    **dict.fromkeys(("ppt", "odp", "key"), "pptx"),
    **dict.fromkeys(("tikz", "latex", "ltx"), "tex"),
    "typst": "typ",
    **dict.fromkeys(("htm", "xhtml"), "html"),
    **dict.fromkeys(("srt", "ass"), "vtt"),
}
"""Suffixes of formats that cannot be written, and the closest one that can."""


def format_of(option: str, value: str, suffix: str) -> Format:
    """Return the format of a suffix, given with or without its dot.

    Raises
    ------
    ConvanimError
        If there is none; the error names the option and the value with the suffix.
    """
    known = suffix.lower().removeprefix(".") if isinstance(suffix, str) else ""
    if known not in FORMATS:
        near = _NEAR.get(known)
        names = ", ".join(f".{name}" for name in FORMATS)
        way = f"use .{near}, or another of {names}" if near else f"use one of {names}"
        raise ConvanimError(option, quoted(value), f"has no suffix that names a format; {way}")
    return FORMATS[known]


def register(name: str, format_: Format) -> None:
    """Register a format by its suffix without the dot, so that commands, lists and galleries offer it.

    Raises
    ------
    ConvanimError
        If a format of that name exists.
    """
    add(FORMATS, "format", name, format_)
