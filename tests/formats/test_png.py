"""PNG files, read back by Pillow alone."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from convanim import Conv, ConvanimError, animate


def test_a_still_comes_back_exactly() -> None:
    still = animate(Conv(5, 3, padding=1), width=300).still(12)
    image = Image.open(io.BytesIO(still.encode("png")))
    assert image.mode == "RGB"
    np.testing.assert_array_equal(np.asarray(image), next(still.frames())[..., :3])


def test_a_transparent_still_keeps_its_opacity() -> None:
    still = animate(Conv(5, 3), width=200, background="transparent").still(0)
    image = Image.open(io.BytesIO(still.encode("png")))
    np.testing.assert_array_equal(np.asarray(image), next(still.frames()))


def test_several_pictures_are_refused() -> None:
    with pytest.raises(ConvanimError, match="this has 9; choose one with steps=0:1 or still=0 alone"):
        animate(Conv(5, 3)).encode("png")
