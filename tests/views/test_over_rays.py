"""Words that rays cross are drawn above them, once, and lines stay whole."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from convanim import AvgPool, Conv, ConvTranspose, Layer, MaxPool, animate
from convanim.motion.tween import passage
from convanim.views.over_rays import inside, is_above_ray
from convanim.views.scene import Cells, Lines, Scene, Shapes, Texts


def again(shapes: Shapes) -> list[Texts]:
    return [one for one in shapes if isinstance(one, Texts) and is_above_ray(one)]


def written(scene: Scene, step: int) -> dict[tuple[float, ...], str]:
    """Return the last word in cells at each place before the moment of a step."""
    shapes = (*scene.ground, *scene.marks(range(step + 1)))
    texts = [one for one in shapes if isinstance(one, Texts) and one.on is not None]
    return {tuple(at): word for one in texts for at, word in zip(one.places.round(6).tolist(), one.words, strict=True)}


@pytest.mark.parametrize(
    ("layer", "looks"),
    [
        (AvgPool(8, 2), {"view": "oblique"}),
        (Conv(6, 3, padding=1), {"view": "blocks"}),
        (ConvTranspose(4, 3), {"view": "oblique", "method": "scatter"}),
    ],
)
def test_words_that_rays_cross_are_those_below_and_follow_the_rays(layer: Layer, looks: dict[str, Any]) -> None:
    scene = animate(layer, labels="numbers", **looks).scene
    found = 0
    for step in range(scene.steps - 1):
        shapes, words = scene.moment(step), written(scene, step)
        rays = [at for at, one in enumerate(shapes) if isinstance(one, Lines) and one.role == "ray"]
        places = [at for at, one in enumerate(shapes) if is_above_ray(one)]
        below = [at for at in places if not isinstance(shapes[at], Texts)]
        assert all(at < rays[0] for at in below)
        assert all(at > rays[-1] for at in places if at not in below)
        for one in again(shapes):
            assert words[tuple(one.places[0].round(6).tolist())] == one.words[0]
        found += len(below)
    assert found


def test_crosses_of_cells_go_on_below_the_words_that_are_drawn_again() -> None:
    scene = animate(MaxPool(8, 2, dilation=2), view="oblique", labels="numbers").scene
    crosses = np.concatenate([one.segments for one in scene.ground if isinstance(one, Lines) and one.role == "cross"])
    shapes = [one for step in range(scene.steps - 1) for one in scene.moment(step) if is_above_ray(one)]
    blank = [one.quads for one in shapes if isinstance(one, Cells) and one.role == "input_unread"]
    again = [one.segments for one in shapes if isinstance(one, Lines)]
    assert blank
    for quads, parts in zip(blank, again, strict=True):
        assert len(parts) == inside(quads, crosses.mean(axis=1)).sum() == 2
        assert inside(quads, parts.mean(axis=1)).all()


def test_a_word_that_the_window_covers_is_not_drawn_again_above_its_bold_one() -> None:
    scene = animate(Conv(6, 3), view="oblique", labels="numbers").scene
    for step in range(scene.steps - 1):
        shapes = scene.moment(step)
        covered = [one.quads for one in shapes if isinstance(one, Cells) and one.key and one.key.what == "window"]
        for one in again(shapes):
            assert not inside(np.concatenate(covered), one.places).any()


def test_a_tour_that_leaves_steps_out_shows_no_words_of_theirs() -> None:
    scene = animate(ConvTranspose(4, 3, 2, 1), view="oblique", method="scatter", labels="numbers", tour=True).scene
    shown = [(written(scene, step), one) for step in range(scene.steps) for one in again(scene.moment(step))]
    assert shown
    for words, one in shown:
        assert words[tuple(one.places[0].round(6).tolist())] == one.words[0]


def test_pictures_without_words_and_rays_on_their_way_have_none() -> None:
    assert not [one for one in animate(Conv(6, 3)).scene.moment(2) if is_above_ray(one)]
    scene = animate(AvgPool(8, 2), view="oblique", labels="numbers").scene
    assert again(scene.moment(2))
    assert not [track for track in passage(scene, 2, 3) if is_above_ray(track.before)]


def test_places_are_inside_a_parallelogram_but_not_on_its_sides_nor_in_one_without_an_area() -> None:
    quads = np.array([[[0, 0], [2, 1], [2, 3], [0, 2]], [[5, 5], [6, 6], [7, 7], [6, 6]]], float)
    assert inside(quads, np.array([[1, 1.5], [0, 1], [1, 0], [6, 6]], float)).tolist() == [True, False, False, False]
