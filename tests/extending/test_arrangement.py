"""An arrangement from outside the package draws whatever has a plan."""

from __future__ import annotations

import pytest

from convanim import Chain, Conv, ConvTranspose, Layer, MaxPool, PixelShuffle, plan
from convanim.views import Look
from convanim.views.scene import Scene
from tests.extending.pile import draw
from tests.views.helpers import shapes_at, words_of


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
    scene = Scene.of(draw(planned, Look(labels="numbers", reveal=True)))
    last = shapes_at(scene, scene.steps - 1)
    roles = {"tint_0", "tint_3"} if isinstance(layer, PixelShuffle) else {"input", "output"}
    assert roles <= {getattr(shape, "role", "") for shape in last}
    said = [word.text for shape in last for word in words_of(shape)]
    made = planned.values(planned.last.target)
    assert made is not None
    assert {str(value) for value in made.ravel().tolist()} <= set(said)
