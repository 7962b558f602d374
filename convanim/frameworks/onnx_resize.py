"""What ONNX's Resize does that says nothing of it, and the size that it makes."""

from __future__ import annotations

import numpy as np

USUAL_COORDINATES, USUAL_ROUNDING = "half_pixel", "round_prefer_floor"
"""How a Resize aligns and rounds that does not say it."""

OLD_COORDINATES, OLD_ROUNDING = "asymmetric", "floor"
"""The same of an Upsample, and of a Resize before both could be said."""


def resized(size: int, scale: float) -> int:
    """Return how many cells become of some, as frameworks compute it: of the product in single precision.

    Examples
    --------
    >>> resized(5, 1.4), resized(100, 1.9999999)
    (7, 199)
    """
    with np.errstate(over="ignore"):
        return int(np.float32(size) * np.float32(scale))
