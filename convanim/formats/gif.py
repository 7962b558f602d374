"""GIF: one palette, and of each frame only what has changed; imageio packs the pixels."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import accumulate, pairwise

import imageio.v3 as iio
import numpy as np
from numpy.typing import NDArray

from convanim.formats.clip import Clip, Pixels
from convanim.formats.lzw import narrowed
from convanim.formats.palette import Indices, Palette
from convanim.theme import RGB

Mask = NDArray[np.bool_]

_TRANSPARENT = 0
_KEEP, _CLEAR = 1, 2
_MOST_DELAY = 65535
_LEAST_OPACITY = 40
"""Fainter pixels are left out of a transparent picture; thin lines are not much stronger."""


@dataclass(frozen=True)
class _Patch:
    """A rectangle that turns the picture before it into the next one."""

    left: int
    top: int
    pixels: Indices
    delay: int
    disposal: int


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
    palette = Palette.of((_matted(frame, clip.page) for frame in clip.samples()), clip.flat)
    pictures = _indexed((_matted(frame, clip.page) for frame in clip.frames()), palette)
    blocks = [_packed_patch(patch) for patch in _patches(pictures, _delays(clip.durations))]
    return b"".join([_header(clip.width, clip.height, palette, clip.plays), *blocks, b";"])


def decode(content: bytes) -> tuple[Pixels, tuple[int, ...], int]:
    """Return a GIF's pictures, (frames, height, width, 4), their milliseconds, and how often it plays."""
    pictures = iio.imread(content, extension=".gif", plugin="pillow", index=None, mode="RGBA")
    with iio.imopen(content, "r", extension=".gif", plugin="pillow") as file:
        times = tuple(int(file.metadata(index=number).get("duration", 0)) for number in range(len(pictures)))
        repeats = file.metadata(index=0).get("loop")
    return pictures, times, 1 if repeats is None else repeats and repeats + 1


def _matted(frame: Pixels, page: RGB | None) -> Pixels:
    """Return a frame whose pixels are either transparent or opaque, as GIF needs them."""
    if page is None:
        return frame
    opacity = frame[..., 3]
    mixed = (opacity > 0) & (opacity < 255)
    matted = frame.copy()
    weight = opacity[mixed, None].astype(float) / 255
    matted[mixed, :3] = np.round(frame[mixed, :3] * weight + np.array(page) * (1 - weight))
    matted[..., 3] = np.where(opacity < _LEAST_OPACITY, 0, 255)
    return matted


def _indexed(frames: Iterable[Pixels], palette: Palette) -> Iterator[Indices]:
    """Yield frames in the palette's indices, mapping of each only what differs from the last."""
    before: Pixels | None = None
    indices: Indices | None = None
    for frame in frames:
        if before is None or indices is None:
            indices = palette.map(frame)
        else:
            box = _box(frame.view("<u4")[..., 0] != before.view("<u4")[..., 0])
            indices = indices.copy()
            indices[box] = palette.map(np.ascontiguousarray(frame[box]))
        before = frame
        yield indices


def _delays(durations: Iterable[int]) -> list[int]:
    """Return durations in hundredths of a second, rounded so that none drifts."""
    ends = [0, *(round(end / 10) for end in accumulate(durations))]
    return [end - start for start, end in pairwise(ends)]


def _patches(pictures: Iterable[Indices], delays: list[int]) -> Iterator[_Patch]:
    """Yield the first picture whole and then what changes, a step behind to know what to clear."""
    shown: Indices | None = None
    waiting: Indices | None = None
    delay = 0
    for picture, time in zip(pictures, delays, strict=True):
        if waiting is not None and np.array_equal(picture, waiting) and delay + time <= _MOST_DELAY:
            delay += time
            continue
        if waiting is not None:
            patch, shown = _patch(shown, waiting, picture, delay)
            yield patch
        waiting, delay = picture, time
    if waiting is not None:
        yield _patch(shown, waiting, None, delay)[0]


def _patch(shown: Indices | None, picture: Indices, coming: Indices | None, delay: int) -> tuple[_Patch, Indices]:
    """Return the patch from what is shown to a picture, and what is shown after it.

    Pixels that the coming picture has transparent must be cleared: then the
    patch covers them too and is disposed of.
    """
    changed = np.ones(picture.shape, bool) if shown is None else picture != shown
    cleared = np.zeros(picture.shape, bool)
    if coming is not None:
        cleared = (picture != _TRANSPARENT) & (coming == _TRANSPARENT)
    disposal = _CLEAR if cleared.any() else _KEEP
    box = _box(changed | cleared)
    pixels = np.where(_drawn(picture[box], changed[box]), picture[box], np.uint8(_TRANSPARENT))
    left = picture
    if disposal == _CLEAR:
        left = picture.copy()
        left[box] = _TRANSPARENT
    return _Patch(box[1].start, box[0].start, pixels, delay, disposal), left


def _drawn(pixels: Indices, changed: Mask) -> Mask:
    """Return which pixels of a patch to draw: the changed ones, and flat gaps between them.

    Unchanged pixels may be drawn or left transparent. A gap of one colour
    between two changed pixels of a row costs less when it is drawn, since the
    same stretch of colour often came before.
    """
    width = pixels.shape[1]
    colours, marks = pixels.ravel(), changed.ravel()
    breaks = (marks[1:] != marks[:-1]) | (colours[1:] != colours[:-1]) & ~marks[1:]
    breaks[width - 1 :: width] = True
    starts = np.concatenate([[0], np.flatnonzero(breaks) + 1])
    kept = marks[starts]
    inner = np.zeros(len(starts), bool)
    inner[1:-1] = kept[:-2] & kept[2:]
    inner &= starts % width != 0
    inner[:-1] &= starts[1:] % width != 0
    lengths = np.diff(np.append(starts, marks.size))
    drawn: Mask = np.repeat(kept | inner, lengths).reshape(changed.shape)
    return drawn


def _box(mask: Mask) -> tuple[slice, slice]:
    """Return the rectangle around a mask, one pixel if it is empty."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not len(rows):
        return slice(0, 1), slice(0, 1)
    return slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)


def _header(width: int, height: int, palette: Palette, plays: int) -> bytes:
    depth = max(1, (len(palette.colours) - 1).bit_length())
    table = palette.colours.tobytes().ljust(3 << depth, b"\0")
    screen = b"GIF89a" + _words(width, height) + bytes([0xF0 | (depth - 1), _TRANSPARENT, 0])
    repeat = b"" if plays == 1 else b"!\xff\x0bNETSCAPE2.0\x03\x01" + _words(max(plays - 1, 0)) + b"\0"
    return screen + table + repeat


def _packed_patch(patch: _Patch) -> bytes:
    control = bytes([0x21, 0xF9, 4, patch.disposal << 2 | 1]) + _words(patch.delay) + bytes([_TRANSPARENT, 0])
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
