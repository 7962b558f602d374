"""An arrangement of one's own: where sheets lie and what joins them; all else comes by itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pytest

from convanim import Chain, Conv, ConvTranspose, Layer, MaxPool, PixelShuffle, plan
from convanim.views import Look
from convanim.views.picture import Picture, Work
from convanim.views.plane import FLAT
from convanim.views.scene import Key, Lines, Scene, Shapes
from convanim.views.sheet import Page, Sheet
from tests.views.helpers import shapes_at, words_of


@dataclass(frozen=True)
class Pile(Picture):
    """Every channel and slice of every tensor below the one before it."""

    @cached_property
    def sheets(self) -> Mapping[Page, Sheet]:
        """Where each page of each site lies, in drawing order."""
        found: dict[Page, Sheet] = {}
        top = 0.0
        for page in (page for site in self.sites for page in self.pages(site)):
            sheet = replace(self.sheet(page, 0.4), projection=FLAT, origin=np.array([0.0, top]))
            found[page], top = sheet, top + sheet.rows + 1
        return found

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """Left, top, right and bottom of all that is drawn."""
        boxes = np.array([sheet.box for sheet in self.sheets.values()])
        return 0.0, 0.0, float(boxes[:, 2].max()), float(boxes[:, 3].max())

    def rays(self, work: Work) -> Shapes:
        """Return a line from the first corner of what is read to that of what is made."""
        ends = [
            [self.sheets[page].plane.points(np.array(window.box[:2])) for page, window in pair]
            for pair in (((link.source, link.window), (link.target, link.made)) for link in work.links)
        ]
        return (Lines("ray", np.array(ends), key=Key("ray")),) if ends else ()


@pytest.mark.parametrize(
    ("layer", "method"),
    [
        (Conv(5, 3, padding=1), "gather"),
        (Conv((3, 3, 3), 2, in_channels=2, out_channels=2), "gather"),
        (ConvTranspose(2, 3, stride=2, in_channels=2, out_channels=2), "scatter"),
        (Chain([Conv((8,), 3), MaxPool((6,), 2)]), "gather"),
        (PixelShuffle(2, 2), "gather"),
    ],
)
def test_a_new_arrangement_draws_whatever_has_a_plan(layer: Layer | Chain, method: str) -> None:
    planned = plan(layer, seed=1, method=method)
    picture = Pile(planned.walking(way="layers"), Look(labels="numbers", reveal=True))
    scene = Scene.of(picture)
    last = shapes_at(scene, scene.steps - 1)
    assert {"input", "output"} <= {getattr(shape, "role", "") for shape in last}
    said = [word.text for shape in last for word in words_of(shape)]
    made = planned.values(planned.last.target)
    assert made is not None
    assert {str(value) for value in made.ravel().tolist()} <= set(said)
