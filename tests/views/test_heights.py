"""Bars in cells are as high as their values, from one zero line, and stand where no word does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from convanim import Animation, Conv, ConvanimError, ConvTranspose, MaxPool, animate
from convanim.motion.tween import passage
from convanim.views.heights import Heights
from convanim.views.plane import FLAT, Plane
from convanim.views.scene import Cells, Lines, Shapes

ROW = [3, -1, 0, 2, -3, 1]


def drawn(layer: Any, **looks: Any) -> Animation:
    return animate(layer, **{"view": "flat", "bars": True, **looks})


def sides(shapes: Shapes, role: str) -> list[tuple[float, float]]:
    """Return the upper and lower end of each cell of a role, from left to right, within its row of cells."""
    quads = [quad for shape in shapes if isinstance(shape, Cells) and shape.role == role for quad in shape.quads]
    ends = [np.sort(quad[[0, 2], 1]).round(3).tolist() for quad in sorted(quads, key=lambda quad: quad[0, 0])]
    return [(top, bottom) for top, bottom in ends]


def of_row(values: Sequence[float], every: Sequence[float] | None = None) -> Shapes:
    heights = Heights.of([values], values if every is None else every, has_words=False)
    places = np.argwhere(np.ones((1, len(values)), bool))
    return heights.shapes(Plane(1, len(values), np.zeros(2), FLAT), places, "input")


def test_bars_are_as_high_as_their_values() -> None:
    shapes = of_row([1, 2, 0, 4])
    high = [bottom - top for top, bottom in sides(shapes, "input_bar")]
    np.testing.assert_allclose(high, [0.25 * high[2], 0.5 * high[2], high[2]], atol=2e-3)
    assert {bottom for _, bottom in sides(shapes, "input_bar")} == {1.0}
    assert not sides(shapes, "input_bar_below")


def test_negative_values_hang_below_a_line_through_every_cell() -> None:
    shapes = of_row([3, -1, 0, -3])
    (zero,) = {bottom for _, bottom in sides(shapes, "input_bar")}
    below = sides(shapes, "input_bar_below")
    assert {top for top, _ in below} == {zero}
    assert below[1][1] - zero == pytest.approx(3 * (below[0][1] - zero), abs=3e-3)
    (line,) = (shape for shape in shapes if isinstance(shape, Lines) and shape.role == "input_zero")
    np.testing.assert_allclose(line.segments[:, :, 1], zero, atol=1e-3)
    assert len(line.segments) == 4


def test_the_scale_is_that_of_the_whole_tensor() -> None:
    half, whole = (sides(of_row([2], every), "input_bar")[0] for every in ([4], [2]))
    assert 1 - half[0] == pytest.approx((1 - whole[0]) / 2)


def test_cells_without_values_and_planes_of_zeros_have_no_bars() -> None:
    assert of_row([np.nan, 0, np.inf]) == ()


@pytest.mark.parametrize("view", ["flat", "oblique"])
def test_each_input_has_its_bar_and_outputs_once_they_are_made(view: str) -> None:
    scene = drawn(Conv((6,), 3), view=view, input=ROW, kernel=[1, 0, 1]).scene
    assert (len(sides(scene.ground, "input_bar")), len(sides(scene.ground, "input_bar_below"))) == (3, 2)
    assert not sides(scene.ground, "output_bar")
    marks = scene.marks(range(scene.steps))
    assert len(sides(marks, "output_bar") + sides(marks, "output_bar_below")) == 4


def test_a_flipped_kernel_has_its_bars_turned() -> None:
    scene = drawn(Conv((5,), 3, flip=True), kernel=[1, 2, 3], values=False).scene
    high = [round(bottom - top, 3) for top, bottom in sides(scene.ground, "kernel_bar")]
    assert high[:3] == sorted(high[:3])
    assert high[3:] == high[2::-1]


def test_bars_stand_on_the_edge_of_their_cells_under_words_and_fill_cells_without_any() -> None:
    with_words, bare = (drawn(Conv((5,), 3), kernel=[1, 2, 3], values=shown).scene.ground for shown in (True, False))
    for ground, top in ((with_words, 0.0), (bare, -0.43)):
        assert {round(bottom, 6) for _, bottom in sides(ground, "input_bar")} == {0.5}
        assert min(top for top, _ in sides(ground, "input_bar")) == pytest.approx(top)


def test_the_shadow_glides_over_bars_as_over_cells() -> None:
    scene = drawn(Conv((6,), 3), input=ROW, kernel=[1, 0, 1]).scene
    shadows = [one.before for one in passage(scene, 1, 2) if getattr(one.before, "role", "") == "shadow"]
    assert sorted(len(shadow.quads) for shadow in shadows if isinstance(shadow, Cells)) == [1, 3]


def test_the_legend_tells_bars_above_zero_from_those_below() -> None:
    signed = drawn(Conv((6,), 3), input=ROW, kernel=[1, 0, 1], legend=True).scene.legend
    assert [one.label for one in signed if "value" in one.label] == ["value above zero", "value below zero"]
    plain = drawn(MaxPool(4, 2), legend=True).scene.legend
    assert [one.label for one in plain if "value" in one.label] == ["height of a value"]


@pytest.mark.parametrize("other", [{"shades": True}, {"overlap": True}])
def test_bars_are_refused_beside_what_would_hide_them(other: dict[str, Any]) -> None:
    with pytest.raises(ConvanimError, match="has no effect beside bars"):
        animate(ConvTranspose(3, 3, 2), bars=True, **other)
