"""Pixels: the theme's colours where the scene has its cells."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import imageio.v3 as iio
import matplotlib as mpl
import numpy as np
import pytest

from convanim import Animation, AvgPool, Conv, ConvTranspose, Layer, MaxPool, animate
from convanim.scene import Cells
from convanim.theme import THEMES

SNAPSHOTS = Path(__file__).parent.parent / "data" / "snapshots"
DIFFERS = Path(__file__).parent.parent / "differs"
TOLERANCE = 0.1
"""Mean difference, of 255, that another build of Agg may make."""


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
    frames = list(animate(Conv(5, 3, padding=1), width=300).frames())
    corner = [frame[-60:, -60:] for frame in frames[:5]]
    assert all(np.array_equal(corner[0], other) for other in corner)


def test_a_frame_does_not_depend_on_the_frames_before_it() -> None:
    animation = animate(Conv(5, 3), width=200)
    np.testing.assert_array_equal(list(animation.frames())[7], picture(animation, 7))


def test_skipped_steps_are_revealed_too() -> None:
    whole = list(animate(Conv(5, 3), width=200, reveal=True).frames())
    some = list(animate(Conv(5, 3), width=200, reveal=True, every=4).frames())
    # Edges that were painted in one go and in several are smoothed a little differently.
    assert np.abs(some[2].astype(int) - whole[8]).mean() < 0.1


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


STILLS: dict[str, tuple[Layer, int, dict[str, Any]]] = {
    "same": (Conv(5, 3, padding=1), 1, {}),
    "classic_odd_transposed": (ConvTranspose(3, 3, 2, 1, 1), 7, {"classic": True}),
    "odd_transposed": (ConvTranspose(3, 3, 2, 1, 1), 10, {"legend": True, "caption": True}),
    "reflect": (Conv(4, 3, padding=1, padding_mode="reflect"), 0, {"legend": True}),
    "ceil": (MaxPool(5, 2, ceil_mode=True), 8, {"legend": True}),
    "leftover_reveal": (Conv(6, 3, stride=2), 1, {"reveal": True, "legend": True}),
    "cropped": (ConvTranspose(5, 2, padding=2), 1, {"caption": True}),
    "causal": (Conv((8,), 3, padding="causal", dilation=2), 3, {"caption": True}),
    "average": (AvgPool((4, 6), (2, 3)), 3, {"reveal": True}),
    **{theme: (ConvTranspose(3, 3, 2, 1, 1), 10, {"theme": theme, "legend": True}) for theme in list(THEMES)[1:]},
}


@pytest.mark.parametrize("name", STILLS)
def test_stills_are_as_they_were_found_good(name: str) -> None:
    layer, step, looks = STILLS[name]
    drawn = picture(animate(layer, width=360, **looks), step)[..., :3]
    path = SNAPSHOTS / f"{name}.png"
    if not path.exists():
        pytest.fail(f"{keep(name, drawn)} has nothing to compare with: look at it, and move it to {path}")
    stored = iio.imread(path)
    difference = np.inf if stored.shape != drawn.shape else np.abs(stored.astype(int) - drawn).mean()
    if difference > TOLERANCE:
        pytest.fail(f"{keep(name, drawn)} differs from {path} by {difference:.2f} of 255")


def keep(name: str, drawn: np.ndarray) -> Path:
    """Write a picture that is not as expected beside the tests, to be looked at."""
    DIFFERS.mkdir(exist_ok=True)
    path = DIFFERS / f"{name}.png"
    iio.imwrite(path, drawn)
    return path
