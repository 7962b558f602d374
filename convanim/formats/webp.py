"""WebP: lossless, in the colours of one palette; imageio's own Pillow packs it."""

from __future__ import annotations

import io
from html import escape

import numpy as np
from PIL import Image

from convanim.formats.clip import Clip, Told
from convanim.formats.patches import TRANSPARENT, indexed, palette_of


def encode(clip: Clip) -> bytes:
    """Return a lossless WebP, animated where the clip has several frames.

    Parameters
    ----------
    clip : Clip
        Durations are kept to the millisecond.

    Notes
    -----
    No frame but the first stands for itself: key frames in between would
    only help those who jump about in a long animation.
    """
    told: dict[str, object] = {"xmp": _described(clip.told)} if clip.told else {}
    if len(clip.durations) == 1:
        return _saved([Image.fromarray(next(iter(clip.frames())), "RGBA")], told)
    palette = palette_of(clip)
    # One byte a pixel waits for its turn; Pillow takes all pictures at once.
    opacity = np.full((len(palette.colours), 1), 255, np.uint8)
    opacity[TRANSPARENT] = 255 if clip.page is None else 0
    colours = np.hstack([palette.colours.astype(np.uint8), opacity])
    pictures = []
    for indices in indexed(clip, palette):
        picture = Image.fromarray(indices, "P")
        picture.putpalette(colours.tobytes(), "RGBA" if clip.page else "RGBX")
        pictures.append(picture)
    return _saved(pictures, {"duration": list(clip.durations), "loop": clip.plays, "kmin": 0, "kmax": 0, **told})


def _described(told: Told) -> bytes:
    """Return title and alternative text as XMP, where readers of pictures look for them."""
    said = {"dc:title": told.title, "Iptc4xmpCore:AltTextAccessibility": told.alt}
    parts = "".join(
        f'<{name}><rdf:Alt><rdf:li xml:lang="x-default">{escape(text)}</rdf:li></rdf:Alt></{name}>'
        for name, text in said.items()
    )
    spaces = (
        'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:dc="http://purl.org/dc/elements/1.1/" '
        'xmlns:Iptc4xmpCore="http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/"'
    )
    head = f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF {spaces}><rdf:Description rdf:about="">'
    return f"{head}{parts}</rdf:Description></rdf:RDF></x:xmpmeta>".encode()


def _saved(pictures: list[Image.Image], options: dict[str, object]) -> bytes:
    content = io.BytesIO()
    first, *others = pictures
    first.save(
        content, "WEBP", save_all=bool(others), append_images=others, lossless=True, quality=80, method=6, **options
    )
    return content.getvalue()
