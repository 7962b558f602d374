"""GIF files, read back by Pillow alone."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageSequence

from convanim import Conv, ConvTranspose, animate
from convanim.formats.clip import Clip
from convanim.formats.gif import _compressed, encode
from tests.gathering import gathered

RED, BLUE = (255, 0, 0), (0, 0, 255)


def decoded(content: bytes) -> tuple[list[np.ndarray], list[int], Any]:
    """Return the pictures, their milliseconds and what the file says of itself."""
    image = Image.open(io.BytesIO(content))
    times, pictures = [], []
    for frame in ImageSequence.Iterator(image):
        pictures.append(np.asarray(frame.convert("RGBA")))
        times.append(frame.info.get("duration", 0))
    return pictures, times, image.info


def clip(colours: list[tuple[int, ...]], durations: list[int], plays: int = 0, page: Any = None) -> Clip:
    """Return a clip of plain pictures of 6 by 4 pixels."""
    frames = [np.full((4, 6, 4), (*colour, 255)[:4], np.uint8) for colour in colours]

    def pictures() -> Iterator[np.ndarray]:
        return iter(frames)

    return Clip(6, 4, pictures, pictures, tuple(durations), plays, ((255, 255, 255),), page)


def test_pictures_come_back_nearly_as_they_were_drawn() -> None:
    animation = animate(Conv(5, 3, padding=1), width=300)
    drawn = list(animation.frames())
    pictures, _, _ = decoded(animation.encode("gif"))
    assert len(pictures) == 25
    errors = [
        np.abs(one[..., :3].astype(int) - other[..., :3]).mean() for one, other in zip(pictures, drawn, strict=True)
    ]
    assert max(errors) < 0.5


@pytest.mark.parametrize("theme", ["guide", "dark", "colorblind", "print"])
def test_flat_colours_come_back_exactly(theme: str) -> None:
    animation = animate(ConvTranspose(3, 3, 2, 1, 1), width=240, theme=theme, steps=(0, 12))
    for drawn, picture in zip(animation.frames(), decoded(animation.encode("gif"))[0], strict=True):
        flat = (drawn[..., :3] == np.array(animation.theme.background)).all(axis=-1)
        for role in ("input", "output", "inserted", "surplus"):
            for shaded in (False, True):
                flat |= (drawn[..., :3] == np.array(animation.theme.fill(role, shaded))).all(axis=-1)
        np.testing.assert_array_equal(picture[flat, :3], drawn[flat, :3])


def test_pixels_that_stay_do_not_flicker() -> None:
    animation = animate(Conv(5, 3, padding=1), width=300)
    drawn = np.stack(list(animation.frames()))
    pictures = np.stack(decoded(animation.encode("gif"))[0])
    still = (drawn[1:] == drawn[:-1]).all(axis=-1)
    assert (pictures[1:] == pictures[:-1]).all(axis=-1)[still].all()


def test_there_is_one_palette_and_later_frames_are_only_what_changes() -> None:
    content = animate(Conv(5, 3, padding=1), width=300).encode("gif")
    image = Image.open(io.BytesIO(content))
    whole = image.size[0] * image.size[1]
    for number in range(1, 25):
        image.seek(number)
        left, top, right, bottom = image.dispose_extent  # type: ignore[attr-defined]
        assert (right - left) * (bottom - top) < whole / 2 or number % 5 == 0
    assert content.count(b"NETSCAPE2.0") == 1
    assert all(tables == 0 for tables in local_tables(content))


def local_tables(content: bytes) -> list[int]:
    """Return for each image whether it has a palette of its own."""
    at, found = 13 + (3 << (content[10] & 7) + 1), []
    while content[at] != 0x3B:
        if content[at] == 0x21:
            at += 2
        else:
            found.append(content[at + 9] & 0x80)
            at += 11
        while content[at]:
            at += content[at] + 1
        at += 1
    return found


def test_durations_are_kept_and_do_not_drift() -> None:
    content = encode(clip([RED, BLUE, RED, BLUE], [333, 333, 334, 2500]))
    assert decoded(content)[1] == [330, 340, 330, 2500]


def test_equal_neighbours_become_one_longer_picture() -> None:
    pictures, times, _ = decoded(encode(clip([RED, RED, BLUE], [100, 200, 300])))
    assert (len(pictures), times) == (2, [300, 300])


def test_a_very_long_rest_is_kept() -> None:
    _, times, _ = decoded(encode(clip([RED, RED, BLUE], [600_000, 600_000, 100])))
    assert sum(times) == 1_200_100


@pytest.mark.parametrize(("plays", "repeats"), [(0, 0), (1, None), (3, 2)])
def test_the_file_counts_repeats_after_the_first_time(plays: int, repeats: int | None) -> None:
    assert decoded(encode(clip([RED, BLUE], [100, 100], plays)))[2].get("loop") == repeats


def test_the_same_animation_gives_the_same_bytes() -> None:
    first, second = (animate(Conv(4, 3), width=200, caption=True).encode("gif") for _ in range(2))
    assert first == second


def test_transparent_pictures_are_cleared_where_nothing_is_left() -> None:
    clear = (0, 0, 0, 0)
    pictures, _, _ = decoded(encode(clip([RED, clear, BLUE], [100, 100, 100], page=(255, 255, 255))))
    assert [int(picture[2, 3, 3]) for picture in pictures] == [255, 0, 255]
    assert [tuple(pictures[number][2, 3, :3]) for number in (0, 2)] == [RED, BLUE]


def test_a_transparent_animation_comes_back() -> None:
    animation = animate(Conv(4, 3, padding=1), width=200, background="transparent")
    for drawn, picture in zip(animation.frames(), decoded(animation.encode("gif"))[0], strict=True):
        solid, empty = drawn[..., 3] == 255, drawn[..., 3] == 0
        assert (picture[empty, 3] == 0).all()
        assert (picture[solid, 3] == 255).all()
        assert np.abs(picture[solid, :3].astype(int) - drawn[solid, :3]).mean() < 1.5


def test_a_single_picture_is_a_gif_too() -> None:
    pictures, _, info = decoded(animate(Conv(4, 3), width=200).still(2).encode("gif"))
    assert len(pictures) == 1
    assert "loop" not in info


def alone(data: bytes, width: int, height: int) -> Image.Image:
    """Return the picture of some image data, in greys."""
    size = width.to_bytes(2, "little") + height.to_bytes(2, "little")
    table = bytes(channel for grey in range(256) for channel in (grey, grey, grey))
    whole = b"GIF89a" + size + b"\xf7\0\0" + table + b",\0\0\0\0" + size + b"\0" + data + b";"
    return Image.open(io.BytesIO(whole)).convert("L")


@gathered("colours", [1, 2, 3, 4, 5, 16, 17, 64, 200, 256])
@gathered("shape", [(1, 1), (3, 5), (300, 200)])
@gathered("run", [1, 30])
def test_pixels_come_back_whatever_their_colours(colours: int, shape: tuple[int, int], run: int) -> None:
    count = shape[0] * shape[1]
    pixels = np.random.default_rng(colours).integers(0, colours, count // run + 1).astype(np.uint8)
    pixels = np.repeat(pixels, run)[:count].reshape(shape)
    np.testing.assert_array_equal(np.asarray(alone(_compressed(pixels), shape[1], shape[0])), pixels)


@pytest.mark.parametrize("length", [*range(8786, 8791), *range(29949, 29954)])
def test_pixels_come_back_where_codes_just_grow_wider(length: int) -> None:
    pixels = np.random.default_rng(0).integers(0, 200, (1, 60000)).astype(np.uint8)[:, :length]
    np.testing.assert_array_equal(np.asarray(alone(_compressed(pixels), length, 1)), pixels)
