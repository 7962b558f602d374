"""Export of an animation for a place where it is shown: the files, and the text to paste there."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from html import escape
from pathlib import Path
from string import Template
from typing import Any
from urllib.parse import quote

from convanim.animations.animation import Animation
from convanim.animations.comparing import compare
from convanim.animations.drawing import animate
from convanim.base.errors import ConvanimError
from convanim.base.latex import escaped as escaped_for_latex
from convanim.base.options import one_of, whole
from convanim.base.records import dataclass
from convanim.base.text import unseen
from convanim.formats import format_of
from convanim.formats.file_names import check_names
from convanim.formats.files import check_writable, write_files
from convanim.inputs.building import Built
from convanim.layers import Chain, Layer
from convanim.places.registry import MEGA, PLACES, Part, Place


@dataclass(frozen=True)
class Export:
    """The files of an animation for a place, before they are drawn.

    Attributes
    ----------
    place : str
        A key of `PLACES`.
    stem : Path
        Name that all files share.
    animations : dict of Path to Animation
        The animation of each file.
    is_source : bool
        Whether they are the source that people edit.
    """

    place: str
    stem: Path
    animations: dict[Path, Animation]
    is_source: bool = False

    @property
    def frames(self) -> int:
        """Number of frames to draw."""
        return sum(len(animation.timeline.frames) for animation in self.animations.values())

    def check(self) -> None:
        """Raise, before anything is drawn, if a file cannot be written.

        Raises
        ------
        ConvanimError
            It names the file.
        """
        for target in self.animations:
            if target.parent.exists() or target.parent == self.stem.parent:
                check_writable("output", target)

    @property
    def lines(self) -> str:
        """Text to paste at the place, or what to do there."""
        first = next(iter(self.animations.values()))
        words = _words(first, self.stem, list(self.animations))
        return Template(_place(self.place, self.is_source).lines).substitute(words)

    @property
    def notes(self) -> tuple[str, ...]:
        """Notes on what is left out of the drawings."""
        return tuple(dict.fromkeys(note for animation in self.animations.values() for note in animation.notes))

    def contents(self, progress: Callable[[], object] | None = None) -> dict[Path, bytes]:
        """Return the content of every file.

        Raises
        ------
        ConvanimError
            If a file is larger than the place allows.
        """
        found, contents = _place(self.place, self.is_source), {}
        for target, animation in self.animations.items():
            contents[target] = animation.encode(target.suffix, progress)
            _refuse_bytes(found, self.place, target, len(contents[target]))
        return contents


def export(
    layer: Layer | Chain | Built | Sequence[Layer | Chain | Built],
    place: str,
    path: str | Path,
    source: bool = False,
    **looks: Any,
) -> str:
    """Write the files of an animation for a place, and return the text to paste there.

    Parameters
    ----------
    layer : Layer, Chain or Built, or a sequence of them
        The layer to animate; several are compared.
    place : str
        A key of ``PLACES``, such as ``"powerpoint"``.
    path : str or path
        Name that all files share, without a suffix.
    source : bool, optional
        Whether to write the source that people edit, where the place has one.
    **looks
        Options of `animate`, or `compare`; they take precedence over the place's own.

    Raises
    ------
    ConvanimError
        If there is no such place, a file cannot be written, or it is larger
        than the place allows.
    """
    make = partial(animate, layer) if isinstance(layer, Layer | Chain | Built) else partial(compare, layer)
    made = prepared(place, make, path, looks, source)
    made.check()
    write_files(made.contents())
    return made.lines


def prepared(
    place: str, make: Callable[..., Animation], path: str | Path, told: Mapping[str, Any], is_source: bool = False
) -> Export:
    """Return the files of an animation for a place, not yet drawn.

    Parameters
    ----------
    place : str
        A key of `PLACES`.
    make : callable
        Makes the animation from options by name, as `animate` takes them.
    path : str or Path
        Name that all files share; it may have the suffix of the first file.
    told : mapping of str to object
        Options that the user gave.
    is_source : bool, optional
        Whether to write the source that people edit.

    Raises
    ------
    ConvanimError
        If there is no such place or source, or a picture is larger than the place
        allows.
    """
    found = _place(one_of("for", place, PLACES), is_source)
    stem = _stem(found, place, path if isinstance(path, str) else str(Path(path)))
    wished = _wide(found, told)
    animations = {part.path(stem): _made(make, part, wished) for part in found.parts}
    for target, animation in animations.items():
        _refuse_pixels(found, place, animation)
        animation.fitting_format("for", place, target.suffix)
    return Export(place, stem, animations, is_source)


def _place(name: str, is_source: bool) -> Place:
    """Return a place, or the one with its source."""
    found = PLACES[name].source if is_source else PLACES[name]
    if found is None:
        others = " or ".join(name for name, place in PLACES.items() if place.source)
        raise ConvanimError("source", "", f"is not there for {name}; use it for {others}, or leave it out")
    return found


def _stem(found: Place, place: str, text: str) -> Path:
    """Return the name that all files share, after refusing the suffix of another format."""
    path = Path(text)
    if text.endswith(("/", os.sep)) or path.name in ("", "..") or path.name.startswith("."):
        raise ConvanimError("output", repr(text), "is a folder, or hidden; add a name for the files")
    check_names("output", path)
    if letter := unseen(text):
        raise ConvanimError("output", repr(text), "has a letter that does not show, {}; leave it out", repr(letter))
    if found.is_latex and not re.fullmatch(r"[\w .,+=()'-]+", path.name):
        raise ConvanimError("output", repr(text), f"cannot be read by LaTeX, for {place}; use letters, digits, - and _")
    own = Path(found.parts[0].name).suffix or found.parts[0].name
    if path.suffix.lower() == own:
        return path.with_suffix("")
    if re.fullmatch(r"\.[A-Za-z]\w*", path.suffix):
        format_of("output", str(path), path.suffix)
        raise ConvanimError(
            "output", repr(str(path)), f"is not what {place} takes, {found.about}; write the name without a suffix"
        )
    return path


def _wide(found: Place, told: Mapping[str, Any]) -> dict[str, Any]:
    """Return the user's options, with a missing width or height added if the place needs 16:9 pictures."""
    wished = dict(told)
    width, height = (None if wished.get(name) is None else whole(name, wished[name]) for name in ("width", "height"))
    if found.is_wide and width is None and height is not None:
        wished["width"] = _even(height * 16 / 9)
    if found.is_wide and height is None and width is not None:
        wished["height"] = _even(width * 9 / 16)
    return wished


def _even(side: float) -> int:
    return 2 * round(side / 2)


def _made(make: Callable[..., Animation], part: Part, wished: Mapping[str, Any]) -> Animation:
    animation = make(**{**part.looks, **wished, **part.always})
    if part.is_still:
        return animation.still(animation.poster)
    suffix = part.path(Path("name")).suffix
    return animation.in_stops() if format_of("for", suffix, suffix).is_paged else animation


def _refuse_pixels(found: Place, place: str, animation: Animation) -> None:
    width, height = animation.size
    if found.most_pixels and width * height > found.most_pixels:
        scale = (found.most_pixels / (width * height)) ** 0.5
        ways = " and ".join(
            f"`{name}={int(side * scale) // 2 * 2}`" for name, side in (("width", width), ("height", height))
        )
        raise ConvanimError(
            "width",
            width,
            f"makes {width * height / MEGA:.1f} megapixels, and {place} takes {found.most_pixels / MEGA:.0f}; "
            f"use {ways}",
        )


def _refuse_bytes(found: Place, place: str, target: Path, count: int) -> None:
    if found.most_bytes and count > found.most_bytes:
        raise ConvanimError(
            "for",
            place,
            f"takes files of up to {found.most_bytes / MEGA:.0f} MB, and {{}} would have {count / MEGA:.1f}; "
            "use a smaller `width`, fewer steps with `steps` or `every`, or `motion=steps`",
            target.name,
        )


def _words(animation: Animation, stem: Path, targets: list[Path]) -> dict[str, object]:
    """Return the values for the names of a template, escaped for each kind of text."""
    timeline = animation.timeline
    names = [target.relative_to(stem.parent).as_posix() for target in targets]
    loops = timeline.plays != 1
    rate = 1000 / min(timeline.durations)
    words: dict[str, object] = {
        "stem": stem.name,
        "width": animation.size[0],
        "rate": f"{rate:.4g}",
        "looping": ", and Loop until Stopped" if loops else "",
        "repeating": ", Repeat: Loop" if loops else "",
        "beamer": "autoplay,loop,controls," if loops else "autoplay,controls,",
    }
    said = {"alt": animation.told.alt, "title": animation.told.title}
    said |= dict(zip(("first", "second"), names, strict=False))
    return words | _escaped(said)


def _escaped(said: Mapping[str, str]) -> dict[str, str]:
    """Return texts by name, and by the names of their forms for each kind of document."""
    words = dict[str, str]()
    for name, text in said.items():
        words |= {
            name: text,
            f"{name}_html": escape(text, quote=True),
            f"{name}_md": _for_markdown(text),
            f"{name}_tex": escaped_for_latex(text),
            f"{name}_plain": _plain(text),
            f"{name}_url": quote(text),
        }
    return words


def snippets(title: str, alt: str, stem: str, address: str) -> dict[str, str]:
    """Return the lines that show a picture at an address in documents, by the name of their language.

    Parameters
    ----------
    title, alt : str
        Of the picture.
    stem : str
        A file name without its suffix, for LaTeX, which takes no addresses.
    address : str
        Of the picture; it is written as it is.
    """
    words = _escaped({"title": title, "alt": alt, "stem": stem, "address": address})
    return {name: Template(lines).substitute(words) for name, lines in _SNIPPETS.items()}


_SNIPPETS = {
    "Markdown": "![$alt_md]($address)",
    "HTML": '<img src="$address_html" alt="$alt_html">',
    "LaTeX": "\\begin{figure}\n  \\centering\n"
    "  \\includegraphics[width=0.6\\linewidth,alt={$alt_plain}]{$stem.pdf}\n"
    "  \\caption{$title_tex.}\n\\end{figure}",
}
"""The lines that show one picture, by language."""


def _for_markdown(text: str) -> str:
    return re.sub(r"([\\`*_\[\]<>&|#~$^@])", r"\\\1", " ".join(text.split()))


_PLAIN = {"×": "x", "→": "->", "−": "-", "·": "*", "⌊": "", "⌋": ""}


def _plain(text: str) -> str:
    """Return a text with only characters that are safe in a PDF string, which LaTeX does not escape."""
    told = "".join(_PLAIN.get(letter, letter) for letter in text)
    return re.sub(r"[^A-Za-z0-9 .,;:'=+*/<>()-]", " ", told.replace("(", "").replace(")", ""))
