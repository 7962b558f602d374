"""Patches, laid upon each other as a viewer does it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from convanim import Conv, animate
from convanim.formats.clip import Clip
from convanim.formats.patches import TRANSPARENT, Patch, indexed, matted, palette_of, patches

Indices = NDArray[np.uint8]

MOST = 1000
WHITE, RED = (255, 255, 255), (255, 0, 0)


def picture(*rows: str) -> Indices:
    """Return indices, a digit each; a full stop is transparent."""
    return np.array([[int(digit) for digit in row.replace(".", "0")] for row in rows], np.uint8)


def laid(made: Iterable[Patch], size: tuple[int, ...]) -> Iterator[Indices]:
    """Yield what shows with each patch."""
    shown = np.full(size, TRANSPARENT, np.uint8)
    for patch in made:
        height, width = patch.pixels.shape
        box = slice(patch.top, patch.top + height), slice(patch.left, patch.left + width)
        shown[box] = np.where(patch.pixels == TRANSPARENT, shown[box], patch.pixels)
        yield shown.copy()
        if patch.is_cleared:
            shown[box] = TRANSPARENT


def cut(*pictures: Indices, delays: list[int] | None = None, most: int = MOST) -> list[Patch]:
    return list(patches(iter(pictures), delays or [1] * len(pictures), most))


FILMS = st.tuples(st.integers(1, 5), st.integers(1, 6)).flatmap(
    lambda size: st.lists(
        st.tuples(arrays(np.uint8, size, elements=st.integers(0, 3)), st.integers(1, MOST)), min_size=1, max_size=6
    )
)


@given(FILMS)
def test_patches_laid_upon_each_other_are_the_pictures(film: list[tuple[Indices, int]]) -> None:
    pictures, delays = [one for one, _ in film], [delay for _, delay in film]
    made = cut(*pictures, delays=delays)
    assert sum(patch.delay for patch in made) == sum(delays)
    assert all(0 < patch.delay <= MOST for patch in made)
    ends = np.cumsum(delays).tolist()
    at = 0
    for patch, shown in zip(made, laid(made, pictures[0].shape), strict=True):
        for end, one in zip(ends, pictures, strict=True):
            if at < end <= at + patch.delay:
                np.testing.assert_array_equal(shown, one)
        at += patch.delay
        assert at in ends


@given(FILMS)
def test_pictures_without_holes_clear_nothing(film: list[tuple[Indices, int]]) -> None:
    made = cut(*(one + 1 for one, _ in film))
    assert not any(patch.is_cleared for patch in made)


def test_the_first_picture_is_whole() -> None:
    (patch,) = cut(picture("...", ".1."))
    assert (patch.left, patch.top, patch.is_cleared) == (0, 0, False)
    assert patch.pixels.tolist() == [[0, 0, 0], [0, 1, 0]]


def test_a_patch_is_the_rectangle_around_what_changes() -> None:
    _, patch = cut(picture("11111", "11111", "11111"), picture("11111", "11121", "11121"))
    assert (patch.left, patch.top, patch.pixels.shape) == (3, 1, (2, 1))
    assert (patch.pixels == 2).all()


def test_what_stays_within_a_patch_is_left_out() -> None:
    _, patch = cut(picture("1131", "1131", "1131"), picture("2131", "1131", "1132"))
    assert patch.pixels.tolist() == [[2, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 2]]


def test_flat_gaps_between_changes_are_drawn() -> None:
    _, patch = cut(picture("11111", "11311"), picture("21112", "21312"))
    assert patch.pixels.tolist() == [[2, 1, 1, 1, 2], [2, 0, 0, 0, 2]]


def test_what_becomes_transparent_is_cleared_before() -> None:
    made = cut(picture("11", "11"), picture("1.", "11"), picture("1.", "12"))
    assert [patch.is_cleared for patch in made] == [True, False, False]
    first, second, third = laid(made, (2, 2))
    assert (first.tolist(), second.tolist(), third.tolist()) == (
        [[1, 1], [1, 1]],
        [[1, 0], [1, 1]],
        [[1, 0], [1, 2]],
    )


def test_a_patch_covers_what_must_be_cleared_after_it() -> None:
    made = cut(picture("1...", "1..1"), picture("2...", "1..1"), picture("2...", "1..."))
    assert (made[1].left, made[1].top, made[1].pixels.shape, made[1].is_cleared) == (0, 0, (2, 4), True)
    assert [shown.tolist() for shown in laid(made, (2, 4))][2] == [[2, 0, 0, 0], [1, 0, 0, 0]]


def test_equal_neighbours_add_their_delays_up_to_the_most() -> None:
    one, other = picture("12"), picture("21")
    assert [patch.delay for patch in cut(one, one, other, one, delays=[3, 4, 5, 6])] == [7, 5, 6]
    assert [patch.delay for patch in cut(one, one, one, delays=[6, 4, 1], most=10)] == [10, 1]
    assert [patch.delay for patch in cut(one, one, one, delays=[6, 5, 5], most=10)] == [6, 10]


def test_a_patch_that_changes_nothing_is_one_pixel() -> None:
    patch = cut(picture("12", "34"), picture("12", "34"), delays=[10, 10], most=10)[1]
    assert patch.pixels.tolist() == [[TRANSPARENT]]


def test_without_pictures_there_are_no_patches() -> None:
    assert cut() == []


def test_pictures_and_delays_belong_together() -> None:
    with pytest.raises(ValueError, match="zip"):
        list(patches([picture("1")], [1, 2], MOST))


# Opacity


def frame(*pixels: tuple[int, int, int, int]) -> NDArray[np.uint8]:
    return np.array([pixels], np.uint8)


def test_an_opaque_picture_stays_as_it_is() -> None:
    given = frame((1, 2, 3, 255), (4, 5, 6, 255))
    assert matted(given, None) is given


def test_blends_with_what_lies_behind_are_mixed_with_the_page() -> None:
    found = matted(frame((0, 0, 0, 128), (10, 20, 30, 255), (9, 9, 9, 0), (0, 0, 0, 102)), WHITE)
    assert found.tolist() == [[[127, 127, 127, 255], [10, 20, 30, 255], [9, 9, 9, 0], [153, 153, 153, 255]]]


def test_pixels_are_transparent_or_opaque() -> None:
    shades = np.zeros((1, 256, 4), np.uint8)
    shades[0, :, 3] = np.arange(256)
    opacity = matted(shades, WHITE)[0, :, 3]
    assert set(opacity.tolist()) == {0, 255}
    assert (np.diff(opacity.astype(int)) >= 0).all()
    assert 0 < (opacity == 0).sum() < 64


def test_the_given_picture_is_not_changed() -> None:
    given = frame((0, 0, 0, 128), (1, 1, 1, 3))
    before = given.copy()
    matted(given, WHITE)
    np.testing.assert_array_equal(given, before)


# Indices


@pytest.mark.parametrize("background", [None, "transparent"])
def test_indices_do_not_depend_on_the_pictures_before(background: str | None) -> None:
    animation = animate(Conv(4, 3), width=120, background=background)
    frames = list(animation.frames())
    clip = as_clip(frames, None if background is None else WHITE)
    palette = palette_of(clip)
    for found, drawn in zip(indexed(clip, palette), frames, strict=True):
        np.testing.assert_array_equal(found, palette.map(matted(drawn, clip.page)))


def test_only_what_is_transparent_has_the_first_entry() -> None:
    clip = as_clip([frame((*RED, 255), (*RED, 0), (*WHITE, 255), (*RED, 200))], WHITE)
    (found,) = indexed(clip, palette_of(clip))
    assert (found == TRANSPARENT).tolist() == [[False, True, False, False]]


def test_the_palette_has_the_flat_colours_though_no_sample_has_them() -> None:
    palette = palette_of(as_clip([frame((0, 0, 0, 255))], None, (WHITE, RED)))
    assert {WHITE, RED} <= {tuple(colour) for colour in palette.colours[1:].tolist()}


def as_clip(frames: list[NDArray[np.uint8]], page: Any, flat: tuple[Any, ...] = (WHITE,)) -> Clip:
    height, width = frames[0].shape[:2]
    return Clip(width, height, lambda: iter(frames), lambda: iter(frames), (1,) * len(frames), 0, flat, page)
