"""LZW codes for fewer colours."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from convanim.formats.gif import _compressed
from convanim.formats.lzw import narrowed


def gif(data: bytes, width: int, height: int) -> bytes:
    """Return a grey GIF around some image data."""
    size = width.to_bytes(2, "little") + height.to_bytes(2, "little")
    table = bytes(channel for grey in range(256) for channel in (grey, grey, grey))
    return b"GIF89a" + size + b"\xf7\0\0" + table + b",\0\0\0\0" + size + b"\0" + data + b";"


@pytest.mark.parametrize("colours", [1, 2, 3, 4, 5, 16, 17, 64, 200, 256])
@pytest.mark.parametrize("shape", [(1, 1), (3, 5), (40, 60), (300, 200)])
@pytest.mark.parametrize("smooth", [1, 30])
def test_the_pixels_stay_the_same(colours: int, shape: tuple[int, int], smooth: int) -> None:
    random = np.random.default_rng(colours)
    count = shape[0] * shape[1]
    pixels = np.repeat(random.integers(0, colours, count // smooth + 1), smooth)[:count].reshape(shape).astype(np.uint8)
    wide = _compressed(pixels)
    narrow = narrowed(wide, max(2, int(pixels.max()).bit_length()))
    decoded = Image.open(io.BytesIO(gif(narrow, shape[1], shape[0])))
    np.testing.assert_array_equal(np.asarray(decoded.convert("L")), pixels)
    assert len(narrow) <= len(wide)


@pytest.mark.parametrize("length", [*range(8786, 8791), *range(29949, 29954)])
def test_an_end_that_pillow_writes_a_bit_too_narrow_is_found(length: int) -> None:
    pixels = np.random.default_rng(0).integers(0, 200, (1, 60000)).astype(np.uint8)[:, :length]
    decoded = Image.open(io.BytesIO(gif(narrowed(_compressed(pixels), 8), length, 1)))
    np.testing.assert_array_equal(np.asarray(decoded.convert("L")), pixels)


def test_data_without_an_end_stays_as_it_is() -> None:
    data = _compressed(np.zeros((9, 9), np.uint8))
    cut = data[:1] + bytes([1]) + data[2:3] + b"\0"
    assert narrowed(cut, 2) == cut


def test_for_256_colours_nothing_changes() -> None:
    pixels = np.arange(256, dtype=np.uint8).reshape(16, 16).repeat(9, axis=0)
    assert narrowed(_compressed(pixels), 8) == _compressed(pixels)
