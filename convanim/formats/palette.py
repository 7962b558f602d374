"""One palette for a whole animation, with flat colours kept exactly and blends approximated."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import field

import numpy as np
from numpy.typing import NDArray

from convanim.base.records import dataclass
from convanim.formats.clip import Pixels
from convanim.render.theme import RGB

Indices = NDArray[np.uint8]

MOST_COLOURS = 255
"""The most colours of a palette, besides the entry for transparency."""

_TARGET_DISTANCE = 0.7
"""Mean distance between a pixel's colour and its palette entry, over all channels, that is close enough."""

_ROUNDS = 6
_COLOUR, _HALF_OPAQUE = np.uint32(0xFFFFFF), np.uint32(0x80000000)
"""The bits of a packed pixel that are its colour, and the least one whose opacity, the highest byte, is half."""


def packed(frame: Pixels) -> NDArray[np.uint32]:
    """Return a (..., 4) array as one number per pixel, whose highest byte is its opacity."""
    numbers: NDArray[np.uint32] = frame.view("<u4")[..., 0]
    return numbers


def _unpacked(numbers: NDArray[np.uint32]) -> NDArray[np.float64]:
    channels: NDArray[np.float64] = np.stack([numbers >> shift & 255 for shift in (0, 8, 16)], axis=-1).astype(float)
    return channels


@dataclass
class Palette:
    """The colours of a palette, with a cached lookup of the nearest one for a pixel.

    Attributes
    ----------
    colours : (n, 3) array
        The palette; entry 0 stands for transparency.
    """

    colours: Pixels
    _nearest: Indices = field(repr=False)

    @classmethod
    def of(cls, samples: Iterable[Pixels], flat: Sequence[RGB]) -> Palette:
        """Return a palette for an animation from some of its frames.

        Parameters
        ----------
        samples : iterable of (height, width, 4) arrays
            Frames whose colours represent those of all frames.
        flat : sequence of RGB
            Colours that the palette holds exactly.
        """
        numbers, counts = _histogram(samples)
        exact = np.array(list(dict.fromkeys(flat)), float).reshape(-1, 3)
        chosen = _enough(_unpacked(numbers), counts, exact)
        page = exact[:1] if len(exact) else np.full((1, 3), 255.0)
        colours = np.concatenate([page, chosen]).astype(np.uint8)
        return cls(colours, np.zeros(1 << 24, np.uint8))

    def map(self, frame: Pixels) -> Indices:
        """Return the palette's index for each pixel of a (..., 4) array; 0 where it is transparent."""
        pixels = packed(frame)
        numbers, lengths = _runs(pixels.ravel())
        colours = numbers & _COLOUR
        indices = self._nearest.take(colours)
        if not indices.all():
            unknown = _distinct(colours[indices == 0])
            self._nearest[unknown] = _assign(_unpacked(unknown), self.colours[1:].astype(float)) + 1
            indices = self._nearest.take(colours)
        indices *= numbers >= _HALF_OPAQUE
        return indices.repeat(lengths).reshape(pixels.shape)


def _histogram(samples: Iterable[Pixels]) -> tuple[NDArray[np.uint32], NDArray[np.int64]]:
    """Return the distinct colours of some frames, and how many pixels have each.

    A pixel that changes counts for its new colour, and against its old one, in
    that frame and all later ones; so only the first frame is counted whole.
    """
    runs: list[tuple[NDArray[np.uint32], NDArray[np.int64], int]] = []
    shown: NDArray[np.uint32] | None = None
    frames = 0
    for frame in samples:
        pixels = packed(frame).ravel()
        changed = slice(None) if shown is None else np.flatnonzero(pixels != shown)
        runs.append((*_runs(pixels[changed]), frames))
        if shown is not None:
            numbers, lengths = _runs(shown[changed])
            runs.append((numbers, -lengths, frames))
        shown = pixels
        frames += 1
    if not runs:
        return np.empty(0, np.uint32), np.empty(0, np.int64)
    every = np.concatenate([numbers for numbers, _, _ in runs]) & _COLOUR
    counts = np.concatenate([lengths * (frames - start) for _, lengths, start in runs])
    order = _ascending(every)
    colours, lengths = _runs(every[order])
    return colours, np.add.reduceat(counts[order], np.cumsum(lengths) - lengths)


def _ascending(colours: NDArray[np.uint32]) -> NDArray[np.int64]:
    """Return the order that sorts colours of 24 bits.

    NumPy sorts 16 bits digit by digit, several times as fast as more of them.
    """
    order = (colours & 0xFFFF).astype(np.uint16).argsort(kind="stable")
    return order[(colours >> 16).astype(np.uint16)[order].argsort(kind="stable")]


def _runs(numbers: NDArray[np.uint32]) -> tuple[NDArray[np.uint32], NDArray[np.int64]]:
    """Return the number and the length of each run of equal numbers; most pixels equal the one before them."""
    starts = np.flatnonzero(np.append(True, numbers[1:] != numbers[:-1])[: numbers.size])
    return numbers[starts], np.diff(starts, append=numbers.size)


def _distinct(numbers: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """Return the distinct numbers in ascending order, without the masked arrays that `numpy.unique` imports."""
    ordered = np.sort(numbers)
    found: NDArray[np.uint32] = ordered[np.append(True, ordered[1:] != ordered[:-1])[: ordered.size]]
    return found


def _enough(colours: NDArray[np.float64], counts: NDArray[np.int64], exact: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the exact colours, and as many more as it takes to reach the target mean distance."""
    chosen = exact if len(exact) else colours[np.argmax(counts)][None]
    fixed = len(chosen)
    distance = _distances(colours, chosen).min(axis=1)
    weight = np.sqrt(counts)
    while len(chosen) < min(MOST_COLOURS, fixed + len(colours)):
        if (np.sqrt(distance) * counts).sum() / counts.sum() <= _TARGET_DISTANCE:
            break
        chosen = np.vstack([chosen, colours[np.argmax(distance * weight)]])
        distance = np.minimum(distance, _distances(colours, chosen[-1:])[:, 0])
    for _ in range(_ROUNDS):
        nearest = _assign(colours, chosen)
        total = np.bincount(nearest, counts, len(chosen))
        used = (total > 0) & (np.arange(len(chosen)) >= fixed)
        for channel in range(3):
            mean = np.bincount(nearest, counts * colours[:, channel], len(chosen))
            chosen[used, channel] = mean[used] / total[used]
    return np.round(chosen)


def _distances(colours: NDArray[np.float64], chosen: NDArray[np.float64]) -> NDArray[np.float64]:
    red, green, blue = ((colours[:, None, channel] - chosen[None, :, channel]) ** 2 for channel in range(3))
    squared: NDArray[np.float64] = red + green + blue
    return squared


def _assign(colours: NDArray[np.float64], chosen: NDArray[np.float64]) -> NDArray[np.int64]:
    nearest: NDArray[np.int64] = _distances(colours, chosen).argmin(axis=1)
    return nearest
