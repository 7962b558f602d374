"""Chains of the user's own that are compared with one layer."""

from __future__ import annotations

import pytest

from convanim import Chain, Conv, animate
from convanim.chains import separable
from convanim.scene import Texts
from tests.views.helpers import lines, shapes_at

ROW = [Conv(7, 3), Conv(5, 3)]


@pytest.mark.parametrize("layers", [ROW, [*ROW, Conv(3, 1)], [Conv(7, 5)]])
def test_only_a_column_and_a_row_are_called_so(layers: list[Conv]) -> None:
    scene = animate(Chain(layers, compared=Conv(7, 5))).scene
    said = " ".join(
        word for shape in shapes_at(scene, scene.steps - 1) if isinstance(shape, Texts) for word in shape.words
    )
    assert "column" not in said
    assert "off by up to" in said or "equal" in said
    assert f"{sum(layer.parameters for layer in layers)} parameters" in said


def test_results_that_differ_are_not_joined_by_an_equals_sign() -> None:
    def strokes(chain: Chain) -> int:
        scene = animate(chain).scene
        return len(lines(scene.moment(scene.steps - 1), "reach"))

    differing = Chain(ROW, compared=Conv(7, 5))
    assert strokes(differing) == strokes(separable([[1, 2], [2, 4]], 4)) + 1
