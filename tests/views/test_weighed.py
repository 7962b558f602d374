"""The input of a receptive field, shaded by how much its cells weigh."""

from __future__ import annotations

import numpy as np
import pytest

from convanim import Chain, Conv, ConvTranspose, animate
from convanim.render.palettes import THEMES
from convanim.render.theme import find_theme
from convanim.views.scene import Cells, Texts

DEEP = {
    "line": Chain([Conv((9,), 3), Conv((7,), 3)]),
    "oblique": Chain([Conv(7, 3), Conv(5, 3)]),
    "channels": Chain([Conv(7, 3, in_channels=2, out_channels=2, groups=2), Conv(5, 3, in_channels=2)]),
    "spread": Chain([Conv(3, 2), ConvTranspose(2, 2, 2)]),
    "three axes": Chain([Conv((4, 4, 4), 2), Conv((3, 3, 3), 2)]),
}


@pytest.mark.parametrize("name", DEEP)
def test_the_input_is_shaded_once_it_is_reached_and_not_before(name: str) -> None:
    made = animate(DEEP[name], field=(1,) * DEEP[name].dims, effective=True)
    last = len(DEEP[name].layers)
    for step in range(last + 1):
        shapes = made.scene.moment(step)
        shades = {shape.strength for shape in shapes if isinstance(shape, Cells) and shape.role == "weighed"}
        assert (max(shades, default=0) == 1) == (step == last)
        assert len(shades) > 1 or step < last or name == "spread"


def test_shares_in_cells_add_up_to_all_paths() -> None:
    made = animate(DEEP["oblique"], field=(1, 1), effective=True)
    words = [
        word
        for shape in made.scene.moment(2)
        if isinstance(shape, Texts) and shape.on == "weighed"
        for word in shape.words
    ]
    assert len(words) == 25
    assert sum(map(float, words)) == pytest.approx(100, abs=1.5)
    assert not any(isinstance(shape, Texts) and shape.on == "weighed" for shape in made.scene.ground)


def test_without_labels_only_the_shades_are_left() -> None:
    made = animate(DEEP["oblique"], field=(1, 1), effective=True, labels="none")
    assert not any(isinstance(shape, Texts) and shape.on == "weighed" for shape in made.scene.moment(2))


@pytest.mark.parametrize("name", THEMES)
def test_more_weight_is_farther_from_the_page_in_every_theme(name: str) -> None:
    theme = find_theme(name)
    shades = [theme.fill("weighed", strength=strength) for strength in np.linspace(0.12, 1, 5)]
    away = [np.abs(np.subtract(shade, theme.background)).sum() for shade in shades if shade is not None]
    assert len(away) == 5
    assert (np.diff(away) > 10).all()
