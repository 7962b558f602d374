"""WebP: lossless, in the colours of one palette; encoded by Pillow, which imageio requires."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from html import escape, unescape
from typing import Any

import numpy as np
from PIL import Image

from convanim.formats.clip import Clip, Told
from convanim.formats.patches import TRANSPARENT, indexed, palette_of


def encode(clip: Clip) -> bytes:
    """Return a lossless WebP, animated if the clip has several frames.

    Parameters
    ----------
    clip : Clip
        Durations are kept to the millisecond.

    Notes
    -----
    Only the first frame is a key frame: more of them would only help to seek
    in a long animation.
    """
    told: dict[str, object] = {"xmp": _described(clip.told)} if clip.told else {}
    if len(clip.durations) == 1:
        (picture,) = clip.pictures()
        return _saved(Image.fromarray(picture), told)
    pictures = _pictures(clip)
    first, others = next(pictures), _Others(pictures, len(clip.durations) - 1)
    times = {"duration": list(clip.durations), "loop": clip.plays, "kmin": 0, "kmax": 0}
    return _saved(first, {"save_all": True, "append_images": [others], **times, **told})


def command_of(content: bytes) -> str:
    """Return the command that a file carries, or an empty text."""
    with Image.open(io.BytesIO(content), formats=["WEBP"]) as picture:
        said: bytes = picture.info.get("xmp", b"")
    found = re.search(b"<dc:source>([^<]*)</dc:source>", said)
    return unescape(found[1].decode(errors="replace")) if found else ""


def _pictures(clip: Clip) -> Iterator[Image.Image]:
    """Yield a clip's pictures in the colours of one palette."""
    palette = palette_of(clip)
    opacity = np.full((len(palette.colours), 1), 255, np.uint8)
    opacity[TRANSPARENT] = 255 if clip.page is None else 0
    colours = np.hstack([palette.colours.astype(np.uint8), opacity])
    for indices in indexed(clip, palette):
        picture = Image.fromarray(indices)
        picture.putpalette(colours.tobytes(), "RGBA" if clip.page else "RGBX")
        yield picture


class _Others:
    """Pictures that Pillow reads one by one like those of a file, so that only one is held at a time."""

    def __init__(self, pictures: Iterator[Image.Image], count: int) -> None:
        self.n_frames = count
        self._pictures = pictures

    def seek(self, number: int) -> None:
        """Go on to the next picture."""
        self._shown = next(self._pictures)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._shown, name)


def _described(told: Told) -> bytes:
    """Return the title, the alternative text and the command as XMP, where picture viewers look for them."""
    said = {"dc:title": told.title, "Iptc4xmpCore:AltTextAccessibility": told.alt}
    parts = "".join(
        f'<{name}><rdf:Alt><rdf:li xml:lang="x-default">{escape(text)}</rdf:li></rdf:Alt></{name}>'
        for name, text in said.items()
    )
    parts += f"<dc:source>{escape(told.command)}</dc:source>" if told.command else ""
    spaces = (
        'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:dc="http://purl.org/dc/elements/1.1/" '
        'xmlns:Iptc4xmpCore="http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/"'
    )
    head = f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF {spaces}><rdf:Description rdf:about="">'
    return f"{head}{parts}</rdf:Description></rdf:RDF></x:xmpmeta>".encode()


def _saved(picture: Image.Image, options: dict[str, Any]) -> bytes:
    content = io.BytesIO()
    picture.save(content, "WEBP", lossless=True, quality=80, method=6, **options)
    return content.getvalue()
