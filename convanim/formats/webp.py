"""WebP: lossless, in the colours of one palette; imageio's own Pillow packs it."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

from convanim.formats.clip import Clip
from convanim.formats.patches import TRANSPARENT, indexed, palette_of

_MOST_SIDE = 16383
"""Pixels; WebP counts them in fourteen bits."""


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
    if len(clip.durations) == 1:
        return _saved([Image.fromarray(next(iter(clip.frames())), "RGBA")], {})
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
    return _saved(pictures, {"duration": list(clip.durations), "loop": clip.plays, "kmin": 0, "kmax": 0})


def _saved(pictures: list[Image.Image], times: dict[str, object]) -> bytes:
    content = io.BytesIO()
    first, *others = pictures
    first.save(
        content, "WEBP", save_all=bool(others), append_images=others, lossless=True, quality=80, method=6, **times
    )
    return content.getvalue()
