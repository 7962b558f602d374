"""PNG: one exact picture, or an animation with one palette and only the changed part of each frame."""

from __future__ import annotations

import io
import zlib
from collections import deque
from collections.abc import Iterable, Iterator
from struct import pack
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from convanim.formats.clip import Clip, Told
from convanim.formats.palette import Indices, Palette
from convanim.formats.patches import TRANSPARENT, Patch, indexed, palette_of, patches

if TYPE_CHECKING:
    from concurrent.futures import Future

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_PALETTE_COLOURS = 3
_KEEP, _CLEAR, _OVER = 0, 1, 1
_MOST_COUNT = 0xFFFF
_MOST_DELAY = 10 * _MOST_COUNT
"""The most milliseconds of a frame; a time has two bytes and counts hundredths of a second if it is long."""


_WINDOW, _MEMORY = 14, 4
"""What zlib gets to compress with, as powers of two: drawings take fewer bytes with less than it uses by itself."""

_THREADS = 2
"""How many threads compress: the last patches are left to them alone."""

_MOST_WAITING = 8
"""The most patches that wait to be compressed."""


class _File(io.BytesIO):
    """A file by whose name Pillow imports what writes PNG, and none of what it writes other files with."""

    name = "still.png"


def encode(clip: Clip) -> bytes:
    """Return a PNG: a single picture exactly, with an opacity channel only if needed, or an animated PNG.

    Parameters
    ----------
    clip : Clip
        Durations are kept to the millisecond, or to the hundredth of a second
        beyond a minute; a frame equal to the one before only extends its time.

    Notes
    -----
    Viewers that do not support animated PNG show the first frame.
    """
    if len(clip.durations) > 1:
        return _animated(clip)
    (frame,) = clip.pictures()
    opaque = (frame[..., 3] == 255).all()
    written = _File()
    Image.fromarray(frame[..., :3] if opaque else frame).save(written)
    encoded = written.getvalue()
    header, rest = encoded[:33], encoded[33:]
    return header + _texts(clip.told) + rest


def command_of(content: bytes) -> str:
    """Return the command that a file carries, or an empty text."""
    with Image.open(io.BytesIO(content), formats=["PNG"]) as picture:
        return str(picture.info.get("Comment", ""))


def _animated(clip: Clip) -> bytes:
    """Return an animated PNG, as the third edition of the PNG specification defines it."""
    palette = palette_of(clip)
    depth = _depth(len(palette.colours))
    made = _compressed(patches(indexed(clip, palette), clip.durations, _MOST_DELAY), depth)
    frames = [_frame(number, patch, content) for number, (patch, content) in enumerate(made)]
    header = pack(">IIBBBBB", clip.width, clip.height, depth, _PALETTE_COLOURS, 0, 0, 0)
    return b"".join(
        [
            _SIGNATURE,
            _chunk(b"IHDR", header),
            _texts(clip.told),
            _chunk(b"acTL", pack(">II", len(frames), clip.plays)),
            *_colours(palette),
            *frames,
            _chunk(b"IEND", b""),
        ]
    )


def _depth(colours: int) -> int:
    return next(depth for depth in (1, 2, 4, 8) if colours <= 1 << depth)


def _colours(palette: Palette) -> tuple[bytes, bytes]:
    return _chunk(b"PLTE", palette.colours.astype(np.uint8).tobytes()), _chunk(b"tRNS", b"\0" * (TRANSPARENT + 1))


def _compressed(drawn: Iterable[Patch], depth: int) -> Iterator[tuple[Patch, bytes]]:
    """Yield patches with their compressed pixels; while threads compress some, the next ones are drawn."""
    # A single picture does without it.
    from concurrent.futures import ThreadPoolExecutor

    waiting: deque[tuple[Patch, Future[bytes]]] = deque()
    with ThreadPoolExecutor(_THREADS) as threads:
        for patch in drawn:
            waiting.append((patch, threads.submit(_packed, patch.pixels, depth)))
            if len(waiting) > _MOST_WAITING:
                first, content = waiting.popleft()
                yield first, content.result()
        for patch, content in waiting:
            yield patch, content.result()


def _frame(number: int, patch: Patch, content: bytes) -> bytes:
    """Return the chunks of a patch; sequence numbers run on, one for the first patch and two for each other."""
    height, width = patch.pixels.shape
    count = max(0, 2 * number - 1)
    place = pack(">IIIII", count, width, height, patch.left, patch.top)
    disposal = _CLEAR if patch.is_cleared else _KEEP
    control = _chunk(b"fcTL", place + pack(">HHBB", *_fraction(patch.delay), disposal, _OVER))
    return control + (_chunk(b"fdAT", pack(">I", count + 1) + content) if number else _chunk(b"IDAT", content))


def _fraction(delay: int) -> tuple[int, int]:
    """Return a delay as a numerator and a denominator, in seconds."""
    return (delay, 1000) if delay <= _MOST_COUNT else (round(delay / 10), 100)


def _packed(pixels: Indices, depth: int) -> bytes:
    """Return compressed rows of indices, each with a leading zero byte for "no filter"."""
    if depth < 8:
        bits = np.unpackbits(pixels[..., None], axis=2)[..., 8 - depth :].reshape(len(pixels), -1)
        pixels = np.packbits(bits, axis=1)
    rows = np.zeros((pixels.shape[0], pixels.shape[1] + 1), np.uint8)
    rows[:, 1:] = pixels
    packer = zlib.compressobj(9, zlib.DEFLATED, _WINDOW, _MEMORY)
    return packer.compress(rows.tobytes()) + packer.flush()


def _texts(told: Told | None) -> bytes:
    """Return text chunks with the title, the description, and the command as a comment."""
    if told is None:
        return b""
    said = {"Title": told.title, "Description": told.alt, **({"Comment": told.command} if told.command else {})}
    return b"".join(
        _chunk(b"iTXt", name.encode("latin-1") + b"\0\0\0\0\0" + text.encode()) for name, text in said.items()
    )


def _chunk(kind: bytes, content: bytes) -> bytes:
    return pack(">I", len(content)) + kind + content + pack(">I", zlib.crc32(kind + content))
