"""What an encoder is given: pictures in order, and when they show."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from convanim.theme import RGB

Pixels = NDArray[np.uint8]
"""(height, width, 4): red, green, blue, opacity."""


@dataclass(frozen=True)
class Clip:
    """Pictures in order, and when they show.

    Attributes
    ----------
    width, height : int
        Of each picture, in pixels.
    frames : callable
        An iterator over all pictures, (height, width, 4) arrays of bytes.
    samples : callable
        An iterator over some, spread evenly.
    durations : tuple of int
        Milliseconds a frame.
    plays : int
        How often it plays; 0 is for ever.
    flat : tuple of RGB
        Colours that must come out exactly.
    page : RGB or None
        What a transparent picture most likely lies on, None for an opaque one.
    """

    width: int
    height: int
    frames: Callable[[], Iterator[Pixels]]
    samples: Callable[[], Iterator[Pixels]]
    durations: tuple[int, ...]
    plays: int
    flat: tuple[RGB, ...]
    page: RGB | None
