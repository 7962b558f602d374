"""Rows and columns are named where a layer treats them differently."""

from __future__ import annotations

from typing import Any

import pytest

from convanim import AdaptiveAvgPool, AvgPool, Conv, ConvTranspose, Layer, MaxUnpool, animate
from convanim.views.scene import Cells
from tests.views.helpers import depth, lines, standing
from tests.views.measures import Picture

MARKS = {"oblique": {"rows →", "columns →"}, "flat": {"rows ↓", "columns →"}}


def said(layer: Layer, **looks: Any) -> set[str]:
    return {word.said for word in standing(animate(layer, **looks).scene.ground)} & (MARKS["flat"] | MARKS["oblique"])


@pytest.mark.parametrize("view", MARKS)
def test_axes_are_named_where_they_differ_and_only_there(view: str) -> None:
    for layer in (Conv((5, 7), 3), Conv(5, (2, 3)), Conv(5, 3, stride=(1, 2)), Conv(5, 3, padding=(0, 1))):
        assert said(layer, view=view) == MARKS[view]
    assert said(Conv(5, 3, stride=2), view=view) == set()


@pytest.mark.parametrize("layer", [MaxUnpool((2, 3), 2, channels=2), Conv((4, 2), 2), Conv((5, 9), 3, in_channels=2)])
def test_seen_from_above_the_names_of_axes_stand_upright_below_the_input_clear_of_other_words(layer: Layer) -> None:
    shown = Picture(animate(layer, view="flat", values=True), 1)
    names = [box for word, box in zip(shown.words, shown.boxes, strict=True) if word.said in MARKS["flat"]]
    assert len(names) == 2
    assert names[0][2, 1] == pytest.approx(names[1][2, 1])
    assert [*shown.outside(6), *shown.overlapping(), *shown.covered()] == []


def test_the_names_of_axes_keep_clear_of_the_name_of_their_plane() -> None:
    layer = ConvTranspose((4, 5), 2, padding=1, dilation=2, in_channels=5, out_channels=5)
    shown = Picture(animate(layer, view="oblique", method="scatter"), 1)
    boxes = {word.said: box for word, box in zip(shown.words, shown.boxes, strict=True)}
    assert all(depth(boxes[axis], boxes["input 5"]) < 1 for axis in MARKS["oblique"])


@pytest.mark.parametrize("view", MARKS)
def test_the_names_of_axes_end_where_the_input_does_and_not_where_windows_do(view: str) -> None:
    shown = Picture(animate(AvgPool((5, 7), (1, 3), ceil_mode=True), view=view, values=True), 2)
    (end,) = (box[:, 0].max() for word, box in zip(shown.words, shown.boxes, strict=True) if word.said == "columns →")
    cells = [shape for shape in shown.shapes if isinstance(shape, Cells) and shape.key and shape.key.what == "cell"]
    assert (
        end
        < max(shown.pixels(one.quads.reshape(-1, 2))[:, 0].max() for one in cells if one.key and one.key.of[0] == 0)
        + 12
    )


def test_of_stacked_slices_captions_say_which_way_axes_run() -> None:
    told = "slices run upward, rows down to the right, columns up to the right"
    for layer, differs in ((Conv((3, 4, 5), 2), True), (Conv((3, 4, 4), 2), False)):
        assert (told in animate(layer, view="slabs").scene.caption) is differs
        assert said(layer, view="slabs") == said(layer, view="flat") == said(layer, view="oblique") == set()
        assert told not in animate(layer, view="oblique").scene.caption


def test_the_guides_pictures_name_no_axes_and_small_ones_leave_them_out() -> None:
    assert said(Conv((5, 7), 3), classic=True) == set()
    assert said(Conv((5, 7), 3), width=120) == set()


@pytest.mark.parametrize("view", ["oblique", "flat", "matrix"])
def test_brackets_are_named_by_what_they_span(view: str) -> None:
    def names(layer: Layer, **looks: Any) -> set[str]:
        words = standing(animate(layer, view=view, **looks).scene.ground)
        return {word.said for word in words if word.said.startswith("windows")}

    assert names(AdaptiveAvgPool(7, 3)) == {"windows of rows", "windows of columns"}
    assert names(AdaptiveAvgPool((6, 7), (1, 3))) == {"windows of columns"}
    assert names(AdaptiveAvgPool((7,), 3)) == {"windows"}
    assert names(Conv(5, 3)) == set()
    shown = Picture(animate(AdaptiveAvgPool(7, 3), view=view, values=True), 1)
    assert [*shown.outside(6), *shown.overlapping(), *shown.covered()] == []


def test_the_brackets_of_windows_keep_clear_of_the_inputs_name() -> None:
    animation = animate(AdaptiveAvgPool(5, 2))
    shown = Picture(animation, 0)
    (name,) = (box for word, box in zip(shown.words, shown.boxes, strict=True) if word.said == "input")
    brackets = [shape for shape in shown.shapes if shape.key and shape.key.what.startswith("bracket")]
    assert brackets
    assert all(depth(line, name) < 1 for one in brackets for line in shown.pixels(lines((one,), "past")))
