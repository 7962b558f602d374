"""GIF: one palette, and of each frame only what has changed; imageio packs the pixels."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import accumulate, pairwise

import imageio.v3 as iio
import numpy as np

from convanim.formats.clip import Clip, Pixels
from convanim.formats.lzw import narrowed
from convanim.formats.palette import Indices, Palette
from convanim.formats.patches import TRANSPARENT, Patch, indexed, palette_of, patches

_KEEP, _CLEAR = 1, 2
_MOST_DELAY = 65535


def encode(clip: Clip) -> bytes:
    """Return an animated GIF.

    Parameters
    ----------
    clip : Clip
        Its durations are rounded to hundredths of a second so that their sum
        stays right; a frame like the one before it only adds to its time.

    Notes
    -----
    The count in the file says how often to repeat after the first time, as
    browsers read it: none for a clip that plays once.
    """
    palette = palette_of(clip)
    made = patches(indexed(clip, palette), _delays(clip.durations), _MOST_DELAY)
    blocks = [_packed_patch(patch) for patch in made]
    return b"".join([_header(clip.width, clip.height, palette, clip.plays), *blocks, b";"])


def decode(content: bytes) -> tuple[Pixels, tuple[int, ...], int]:
    """Return a GIF's pictures, (frames, height, width, 4), their milliseconds, and how often it plays."""
    pictures = iio.imread(content, extension=".gif", plugin="pillow", index=None, mode="RGBA")
    with iio.imopen(content, "r", extension=".gif", plugin="pillow") as file:
        times = tuple(int(file.metadata(index=number).get("duration", 0)) for number in range(len(pictures)))
        repeats = file.metadata(index=0).get("loop")
    return pictures, times, 1 if repeats is None else repeats and repeats + 1


def _delays(durations: Iterable[int]) -> list[int]:
    """Return durations in hundredths of a second, rounded so that none drifts."""
    ends = [0, *(round(end / 10) for end in accumulate(durations))]
    return [end - start for start, end in pairwise(ends)]


def _header(width: int, height: int, palette: Palette, plays: int) -> bytes:
    depth = max(1, (len(palette.colours) - 1).bit_length())
    table = palette.colours.tobytes().ljust(3 << depth, b"\0")
    screen = b"GIF89a" + _words(width, height) + bytes([0xF0 | (depth - 1), TRANSPARENT, 0])
    repeat = b"" if plays == 1 else b"!\xff\x0bNETSCAPE2.0\x03\x01" + _words(max(plays - 1, 0)) + b"\0"
    return screen + table + repeat


def _packed_patch(patch: Patch) -> bytes:
    disposal = _CLEAR if patch.is_cleared else _KEEP
    control = bytes([0x21, 0xF9, 4, disposal << 2 | 1]) + _words(patch.delay) + bytes([TRANSPARENT, 0])
    height, width = patch.pixels.shape
    place = b"," + _words(patch.left, patch.top, width, height) + b"\0"
    return control + place + narrowed(_compressed(patch.pixels), max(2, int(patch.pixels.max()).bit_length()))


def _compressed(pixels: Indices) -> bytes:
    """Return the image data of indexed pixels, cut from a GIF that imageio writes."""
    whole: bytes = iio.imwrite(
        "<bytes>",
        np.ascontiguousarray(pixels),
        extension=".gif",
        plugin="pillow",
        mode="P",
        optimize=False,
        interlace=0,
    )
    at = 13 + (3 << (whole[10] & 7) + 1)
    while whole[at] == 0x21:
        at += 2
        while whole[at]:
            at += whole[at] + 1
        at += 1
    flags = whole[at + 9]
    return whole[at + 10 + ((3 << (flags & 7) + 1) if flags & 0x80 else 0) : -1]


def _words(*numbers: int) -> bytes:
    """Return 16-bit numbers, low byte first."""
    return b"".join(int(number).to_bytes(2, "little") for number in numbers)
