"""PNG: one picture, exact, with its opacity where there is any."""

from __future__ import annotations

import imageio.v3 as iio

from convanim.formats.clip import Clip


def encode(clip: Clip) -> bytes:
    """Return the clip's first frame as a PNG, without an opacity channel where all is opaque."""
    frame = next(iter(clip.frames()))
    opaque = (frame[..., 3] == 255).all()
    encoded: bytes = iio.imwrite("<bytes>", frame[..., :3] if opaque else frame, extension=".png", plugin="pillow")
    return encoded
