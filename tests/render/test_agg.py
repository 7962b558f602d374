"""Pixels: the theme's colours where the scene has its cells."""

from __future__ import annotations

from typing import Any

import matplotlib as mpl
import numpy as np
import pytest

from convanim import Animation, Conv, ConvTranspose, Layer, animate
from convanim.render.agg import frames, ground
from convanim.views.scene import Cells


def picture(animation: Animation, step: int) -> np.ndarray:
    return next(animation.still(step).frames())


def colours_at_centres(animation: Animation, step: int) -> list[tuple[tuple[int, ...], tuple[int, ...]]]:
    """Return expected and drawn colour a little beside the centre of every cell, the last drawn on top."""
    layout, drawn = animation.layout, picture(animation, step)
    seen: dict[tuple[int, int], tuple[int, ...]] = {}
    for shape in (*animation.scene.ground, *animation.scene.moment(step)):
        if isinstance(shape, Cells):
            fill = animation.theme.fill(shape.role, shape.shaded) or animation.theme.background
            for quad in shape.quads:
                x, y = quad[0] * 0.36 + quad[1] * 0.24 + quad[2] * 0.16 + quad[3] * 0.24
                seen[round(layout.left + x * layout.unit), round(layout.top + y * layout.unit)] = fill
    return [(fill, tuple(int(part) for part in drawn[y, x, :3])) for (x, y), fill in seen.items()]


@pytest.mark.parametrize("theme", ["guide", "dark", "colorblind"])
@pytest.mark.parametrize("layer", [Conv(5, 3, padding=1), ConvTranspose(3, 3, 2, 1, 1)], ids=["conv", "transposed"])
def test_cells_have_the_themes_colours(layer: Layer, theme: str) -> None:
    found = colours_at_centres(animate(layer, width=700, theme=theme), 0)
    # A ray may cross one of the places.
    assert sum(expected != drawn for expected, drawn in found) <= 2


def test_the_ground_is_the_same_in_every_frame() -> None:
    drawn = list(animate(Conv(5, 3, padding=1), width=300).frames())
    corner = [frame[-60:, -60:] for frame in drawn[:5]]
    assert all(np.array_equal(corner[0], other) for other in corner)


def test_a_frame_does_not_depend_on_the_frames_before_it() -> None:
    animation = animate(Conv(5, 3), width=200)
    np.testing.assert_array_equal(list(animation.frames())[7], picture(animation, 7))


def test_skipped_steps_are_revealed_too() -> None:
    whole = list(animate(Conv(5, 3), width=200, reveal=True).frames())
    some = list(animate(Conv(5, 3), width=200, reveal=True, every=4).frames())
    # Edges that were painted in one go and in several are smoothed a little differently.
    assert np.abs(some[2].astype(int) - whole[8]).mean() < 0.1


def test_frames_drawn_without_those_between_them_are_the_same() -> None:
    animation = animate(ConvTranspose(3, 3, stride=2), width=200, method="scatter")
    drawn = animation.scene, animation.theme, animation.layout, animation.timeline.frames
    page = ground(*drawn[:3], transparent=False)
    every = list(frames(*drawn, page, range(9)))
    np.testing.assert_array_equal(list(frames(*drawn, page, (2, 7))), [every[2], every[7]])


def test_a_transparent_background_is_left_out() -> None:
    frame = picture(animate(Conv(5, 3), width=200, background="transparent"), 0)
    assert frame[0, 0, 3] == 0
    assert frame[..., 3].max() == 255


def test_a_background_of_ones_own() -> None:
    frame = picture(animate(Conv(5, 3), width=200, background="#f0e0d0"), 0)
    assert tuple(frame[0, 0]) == (0xF0, 0xE0, 0xD0, 255)


def test_the_users_settings_change_nothing_and_are_not_changed() -> None:
    animation = animate(Conv(5, 3, padding=1), width=200, caption=True)
    plain = picture(animation, 3)
    settings: Any = {
        "path.simplify_threshold": 1.0,
        "agg.path.chunksize": 101,
        "lines.antialiased": False,
        "path.snap": False,
    }
    with mpl.rc_context(settings):
        before = dict(mpl.rcParams)
        np.testing.assert_array_equal(picture(animation, 3), plain)
        assert dict(mpl.rcParams) == before


def test_a_picture_with_very_many_cells_is_drawn() -> None:
    assert picture(animate(Conv(230, 3), width=800, steps=(5, 6)), 5).shape[1] == 800
