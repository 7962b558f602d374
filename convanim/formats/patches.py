"""Pictures as patches, which hold only what has changed as palette indices, for GIF and animated PNG."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from convanim.base.records import dataclass
from convanim.formats.clip import Clip, Pixels
from convanim.formats.palette import Indices, Palette, packed
from convanim.render.theme import RGB

Mask = NDArray[np.bool_]

TRANSPARENT = 0
"""The palette index of pixels that are not drawn."""

_LEAST_OPACITY = 40
"""Fainter pixels become transparent in a transparent picture; thin lines are barely stronger."""


@dataclass(frozen=True)
class Patch:
    """A rectangle that turns the picture before it into the next one.

    Attributes
    ----------
    left, top : int
        Upper left corner of the rectangle.
    pixels : (height, width) array
        Palette indices; `TRANSPARENT` leaves a pixel as it was.
    delay : int
        How long it is shown, in the unit of the given delays.
    is_cleared : bool
        Whether the rectangle becomes transparent before the next patch.
    """

    left: int
    top: int
    pixels: Indices
    delay: int
    is_cleared: bool


def palette_of(clip: Clip) -> Palette:
    """Return one palette for a whole clip."""
    return Palette.of((matted(frame, clip.page) for frame in clip.samples()), clip.flat)


def indexed(clip: Clip, palette: Palette) -> Iterator[Indices]:
    """Yield a clip's pictures as palette indices, mapping only the part of each that has changed."""
    return _indexed((matted(frame, clip.page) for frame in clip.pictures()), palette)


def matted(frame: Pixels, page: RGB | None) -> Pixels:
    """Return a frame in which every pixel is either transparent or opaque, as palettes require."""
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
    """Yield frames as palette indices, mapping only the pixels of each that have changed."""
    before: Pixels | None = None
    indices: Indices | None = None
    for frame in frames:
        if before is None or indices is None:
            indices = palette.map(frame)
        else:
            places, pixels = changed_pixels(frame, before)
            indices = indices.copy()
            indices.ravel()[places] = palette.map(pixels)
        before = frame
        yield indices


def changed_pixels(frame: Pixels, before: Pixels) -> tuple[NDArray[np.int64], Pixels]:
    """Return the pixels that differ from one frame to the next, (n, 4), and their places in the ravelled frame."""
    own, other = (packed(one).ravel() for one in (frame, before))
    places = np.flatnonzero(own != other)
    return places, own[places, None].view(np.uint8)


def patches(pictures: Iterable[Indices], delays: Iterable[int], most: int) -> Iterator[Patch]:
    """Yield the whole first picture, then patches, each once the next picture shows what it must clear.

    A picture equal to the one before it extends its delay, which is at most ``most``.
    """
    shown: Indices | None = None
    waiting: Indices | None = None
    delay = 0
    for picture, time in zip(pictures, delays, strict=True):
        if waiting is not None and np.array_equal(picture, waiting) and delay + time <= most:
            delay += time
            continue
        if waiting is not None:
            patch, shown = _patch(shown, waiting, picture, delay)
            yield patch
        waiting, delay = picture, time
    if waiting is not None:
        yield _patch(shown, waiting, None, delay)[0]


def _patch(shown: Indices | None, picture: Indices, coming: Indices | None, delay: int) -> tuple[Patch, Indices]:
    """Return the patch that turns what is shown into a picture, and what it leaves shown.

    Pixels that are transparent in the coming picture must be cleared: the patch
    then covers them too, and its rectangle is cleared after it.
    """
    changed = np.ones(picture.shape, bool) if shown is None else picture != shown
    cleared = np.zeros(picture.shape, bool) if coming is None else coming == TRANSPARENT
    # Most pictures have no transparent pixel at all.
    is_cleared = bool(cleared.any()) and bool((picture[cleared] != TRANSPARENT).any())
    box = _box(changed | cleared & (picture != TRANSPARENT) if is_cleared else changed)
    pixels = picture[box] * _drawn(picture[box], changed[box])
    left = picture
    if is_cleared:
        left = picture.copy()
        left[box] = TRANSPARENT
    return Patch(box[1].start, box[0].start, pixels, delay, is_cleared), left


def _drawn(pixels: Indices, changed: Mask) -> Mask:
    """Return a mask of the pixels of a patch to draw: the changed ones, and flat gaps between them.

    Unchanged pixels may be drawn or left transparent. A gap of one colour
    between two changed pixels of a row takes fewer bytes if it is drawn, since
    the same run of colour often occurred before.
    """
    width = pixels.shape[1]
    colours, marks = pixels.ravel(), changed.ravel()
    is_first = np.zeros(marks.size, bool)
    is_first[::width] = True
    breaks = colours[1:] != colours[:-1]
    breaks &= ~marks[1:]
    breaks |= marks[1:] != marks[:-1]
    breaks |= is_first[1:]
    starts = np.append(0, np.flatnonzero(breaks) + 1)
    kept, first = marks[starts], is_first[starts]
    inner = np.zeros(len(starts), bool)
    inner[1:-1] = kept[:-2] & kept[2:]
    inner &= ~first
    inner[:-1] &= ~first[1:]
    lengths = np.diff(np.append(starts, marks.size))
    drawn: Mask = np.repeat(kept | inner, lengths).reshape(changed.shape)
    return drawn


def _box(mask: Mask) -> tuple[slice, slice]:
    """Return the rectangle around a mask, or one pixel if it is empty."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not len(rows):
        return slice(0, 1), slice(0, 1)
    return slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
