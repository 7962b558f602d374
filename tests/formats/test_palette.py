"""Palettes."""

from __future__ import annotations

import numpy as np

from convanim.formats.palette import MOST_COLOURS, Palette


def noise(colours: int) -> np.ndarray:
    frame = np.full((64, 64, 4), 255, np.uint8)
    frame[..., :3] = (
        np.random.default_rng(0).integers(0, 256, (colours, 3))[np.arange(64 * 64) % colours].reshape(64, 64, 3)
    )
    return frame


def test_flat_colours_are_in_the_palette_even_if_rare() -> None:
    frame = noise(4000)
    frame[0, 0, :3] = 255, 255, 255
    frame[0, 1, :3] = 254, 255, 255
    palette = Palette.of([frame], [(255, 255, 255), (254, 255, 255)])
    indices = palette.map(frame)
    assert palette.colours[indices[0, 0]].tolist() == [255, 255, 255]
    assert palette.colours[indices[0, 1]].tolist() == [254, 255, 255]


def test_few_colours_are_kept_as_they_are() -> None:
    frame = noise(9)
    palette = Palette.of([frame], [])
    np.testing.assert_array_equal(palette.colours[palette.map(frame)], frame[..., :3])


def test_many_colours_are_mapped_to_the_nearest() -> None:
    frame = noise(4000)
    palette = Palette.of([frame], [(255, 255, 255)])
    assert len(palette.colours) == MOST_COLOURS + 1
    chosen = palette.colours[palette.map(frame)].astype(int)[::9, ::9]
    distances = ((frame[::9, ::9, None, :3].astype(int) - palette.colours[1:].astype(int)) ** 2).sum(-1)
    np.testing.assert_array_equal(((frame[::9, ::9, :3] - chosen) ** 2).sum(-1), distances.min(-1))


def test_colours_that_no_sample_had_are_mapped_too() -> None:
    palette = Palette.of([noise(9)], [(0, 0, 0)])
    unseen = np.full((1, 1, 4), (1, 1, 1, 255), np.uint8)
    assert palette.colours[palette.map(unseen)][0, 0].tolist() == [0, 0, 0]


def test_transparent_pixels_have_an_index_of_their_own() -> None:
    frame = noise(4)
    frame[0, 0, 3] = 0
    indices = Palette.of([frame], [(255, 255, 255)]).map(frame)
    assert indices[0, 0] == 0
    assert (indices.ravel()[1:] > 0).all()
