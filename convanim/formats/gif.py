"""GIF: one palette, and only the changed part of each frame; Pillow compresses the pixels."""

from __future__ import annotations

import io
from collections.abc import Iterable
from itertools import accumulate, pairwise

from PIL import Image

from convanim.formats.clip import Clip, Pixels
from convanim.formats.palette import Indices, Palette
from convanim.formats.patches import TRANSPARENT, Patch, indexed, palette_of, patches

_KEEP, _CLEAR = 1, 2
_MOST_DELAY = 65535
_MOST_BLOCK = 255


def encode(clip: Clip) -> bytes:
    """Return an animated GIF.

    Parameters
    ----------
    clip : Clip
        Its durations are rounded to hundredths of a second so that errors do
        not add up; a frame equal to the one before it only extends its time.

    Notes
    -----
    The count in the file is the number of repeats after the first time, as
    browsers read it; it is absent from a clip that plays once. The command
    that draws the clip is a comment.
    """
    palette = palette_of(clip)
    made = patches(indexed(clip, palette), _delays(clip.durations), _MOST_DELAY)
    blocks = [_packed_patch(patch) for patch in made]
    header = _header(clip.width, clip.height, palette, clip.plays)
    return b"".join([header, _comment(clip.told.command if clip.told else ""), *blocks, b";"])


def command_of(content: bytes) -> str:
    """Return the command that a file carries, or an empty text."""
    with Image.open(io.BytesIO(content), formats=["GIF"]) as picture:
        said: bytes = picture.info.get("comment", b"")
    return said.decode(errors="replace")


def decode(content: bytes) -> tuple[Pixels, tuple[int, ...], int]:
    """Return a GIF's pictures, (frames, height, width, 4), their durations in milliseconds, and how often it plays."""
    import imageio.v3 as iio

    pictures = iio.imread(content, extension=".gif", plugin="pillow", index=None, mode="RGBA")
    with iio.imopen(content, "r", extension=".gif", plugin="pillow") as file:
        times = tuple(int(file.metadata(index=number).get("duration", 0)) for number in range(len(pictures)))
        repeats = file.metadata(index=0).get("loop")
    return pictures, times, 1 if repeats is None else repeats and repeats + 1


def _delays(durations: Iterable[int]) -> list[int]:
    """Return durations in hundredths of a second, rounded so that errors do not add up."""
    ends = [0, *(round(end / 10) for end in accumulate(durations))]
    return [end - start for start, end in pairwise(ends)]


def _header(width: int, height: int, palette: Palette, plays: int) -> bytes:
    depth = max(1, (len(palette.colours) - 1).bit_length())
    table = palette.colours.tobytes().ljust(3 << depth, b"\0")
    screen = b"GIF89a" + _words(width, height) + bytes([0xF0 | (depth - 1), TRANSPARENT, 0])
    repeat = b"" if plays == 1 else b"!\xff\x0bNETSCAPE2.0\x03\x01" + _words(max(plays - 1, 0)) + b"\0"
    return screen + table + repeat


def _comment(text: str) -> bytes:
    """Return a text as a comment in blocks of up to 255 bytes, or nothing for none."""
    said = text.encode()
    blocks = (said[start : start + _MOST_BLOCK] for start in range(0, len(said), _MOST_BLOCK))
    return b"!\xfe" + b"".join(bytes([len(block)]) + block for block in blocks) + b"\0" if said else b""


def _packed_patch(patch: Patch) -> bytes:
    disposal = _CLEAR if patch.is_cleared else _KEEP
    control = bytes([0x21, 0xF9, 4, disposal << 2 | 1]) + _words(patch.delay) + bytes([TRANSPARENT, 0])
    height, width = patch.pixels.shape
    place = b"," + _words(patch.left, patch.top, width, height) + b"\0"
    return control + place + _compressed(patch.pixels)


def _compressed(pixels: Indices) -> bytes:
    """Return the compressed data of indexed pixels, with a code size that fits their highest index."""
    bits = max(2, int(pixels.max()).bit_length())
    packed = Image.fromarray(pixels).tobytes("gif", "L", bits, 0)
    return bytes([bits]) + packed + b"\0"


def _words(*numbers: int) -> bytes:
    """Return 16-bit numbers, low byte first."""
    return b"".join(int(number).to_bytes(2, "little") for number in numbers)
