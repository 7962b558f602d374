"""Reading of a picture file as a grid of grey values."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import imageio.v3 as iio
import numpy as np
from numpy.typing import NDArray

from convanim.base.errors import ConvanimError

MOST_PIXELS = 25_000_000
"""The most pixels of a picture that is read."""

_WEIGHTS = np.array([0.2126, 0.7152, 0.0722])
"""Brightness of red, green and blue, as in ITU-R BT.709."""


def read_grey(option: str, path: Path) -> NDArray[np.float64]:
    """Return the grey values of a picture, 0 for black to 255 for white, (rows, columns).

    Transparent pixels are put on white; only the first of several frames is read.

    Raises
    ------
    ConvanimError
        If it cannot be read, or has more than `MOST_PIXELS` pixels.
    """
    try:
        with warnings.catch_warnings():
            # A very large picture is refused below with our own message.
            warnings.simplefilter("ignore")
            content = path.read_bytes()
            properties = iio.improps(content, plugin="pillow", index=0)
            rows, columns = properties.shape[:2]
            if rows * columns <= MOST_PIXELS:
                # RGBA keeps every colour and opacity of an 8-bit palette; deeper pictures are read as they are.
                mode = "RGBA" if properties.dtype == np.uint8 else None
                pixels = np.asarray(iio.imread(content, plugin="pillow", index=0, mode=mode, rotate=True), float)
    except Exception as error:  # Every reader raises its own kinds of errors.
        many = " (it has too many pixels)" if "pixels" in f"{error} {error.__cause__}" else ""
        raise ConvanimError(option, path, f"is not a picture that can be read{many}") from error
    if rows * columns > MOST_PIXELS:
        raise ConvanimError(
            option, path, f"has {rows}x{columns} pixels (rows and columns), and at most {MOST_PIXELS} are read"
        )
    if not np.isfinite(pixels).all():
        raise ConvanimError(option, path, "holds values that are not finite; give a picture with numbers")
    return _grey(pixels * (255 / _white(pixels, properties.dtype)))


def _white(pixels: NDArray[np.float64], dtype: np.dtype[Any]) -> float:
    """Return the pixel value of white."""
    if dtype == np.bool_ or dtype == np.uint8:
        return 1.0 if dtype == np.bool_ and pixels.max(initial=0) <= 1 else 255.0
    return float(np.iinfo(dtype).max) if dtype.kind == "u" else max(1.0, float(pixels.max(initial=1.0)))


def _grey(pixels: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the greys of pixels from 0 to 255, on white where they are transparent."""
    if pixels.ndim == 2:
        pixels = pixels[..., None]
    colours, opacity = pixels, np.full(pixels.shape[:2], 255.0)
    if pixels.shape[2] in (2, 4):
        colours, opacity = pixels[..., :-1], pixels[..., -1]
    grey = colours @ _WEIGHTS if colours.shape[2] == 3 else colours[..., 0]
    weight = opacity / 255
    greys: NDArray[np.float64] = grey * weight + 255 * (1 - weight)
    return greys


def scaled_down(grey: NDArray[np.float64], size: tuple[int, int]) -> NDArray[np.int64]:
    """Return a smaller grid, in which each cell is the rounded mean of the pixels that it covers.

    A pixel that lies in two cells counts for each by the part that lies in it.
    """
    rows, columns = (_coverage(count, cells) for count, cells in zip(grey.shape, size, strict=True))
    return np.round(rows @ grey @ columns.T).astype(np.int64)


def _coverage(pixels: int, cells: int) -> NDArray[np.float64]:
    """Return the weight of each pixel in each cell, (cells, pixels), by its overlap; rows add up to 1."""
    edges = np.linspace(0, pixels, cells + 1)
    first, last = edges[:-1, None], edges[1:, None]
    at = np.arange(pixels)
    covered: NDArray[np.float64] = np.clip(np.minimum(at + 1, last) - np.maximum(at, first), 0, None)
    parts: NDArray[np.float64] = covered / covered.sum(axis=1, keepdims=True)
    return parts
