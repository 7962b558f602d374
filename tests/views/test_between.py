"""Places between cells are drawn where they lie, with the shares around them; windows that differ have brackets."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from convanim import AdaptiveAvgPool, Animation, Conv, DeformConv, GlobalAvgPool, Upsample, animate, plan
from convanim.views import VIEWS, Look
from convanim.views.between import clear, covers
from convanim.views.plane import FLAT, Plane
from convanim.views.points import brackets
from convanim.views.scene import Cells, Key, Lines, Points, Shapes, Texts
from tests.views.helpers import standing
from tests.views.measures import Picture


def shown(animation: Animation, number: int) -> Shapes:
    """Return what stands in a picture at a step."""
    return (*animation.scene.ground, *animation.scene.moment(number))


def centres(shapes: Shapes, role: str) -> Points:
    """Return the middle of each dot of a role."""
    found = [
        shape.quads.reshape(-1, 6, 4, 2).mean(axis=(1, 2))
        for shape in shapes
        if isinstance(shape, Cells) and shape.role == role
    ]
    return np.concatenate([np.empty((0, 2)), *found])


def words(shapes: Shapes, what: str) -> list[str]:
    return [
        word
        for shape in shapes
        if isinstance(shape, Texts) and shape.key and shape.key.what == what
        for word in shape.words
    ]


def flat(layer: Any, **looks: Any) -> Animation:
    return animate(layer, view="flat", **looks)


def test_the_place_of_an_output_is_a_point_on_the_input() -> None:
    animation = flat(Upsample(3, mode="bilinear"), labels="none")
    shapes = shown(animation, 8)
    (dot,) = centres(shapes, "place")
    # Output (1, 2) lies at (0.25, 0.75) from the middle of the first cell.
    cells = [shape.quads for shape in shapes if isinstance(shape, Cells) and shape.role == "input"]
    corner = np.concatenate(cells).min(axis=(0, 1))
    assert dot - corner == pytest.approx([1.25, 0.75])


def test_cells_without_numbers_bear_their_shares() -> None:
    assert words(shown(animate(Upsample(3, mode="bilinear")), 8), "share") == ["3/16", "9/16", "1/16", "3/16"]
    assert not words(shown(animate(Upsample(3, mode="bilinear"), labels="none"), 8), "share")
    assert not words(shown(animate(Conv(3, 2)), 0), "share")


def test_shares_keep_clear_of_the_place_that_is_read() -> None:
    for number in range(9):
        shapes = shown(animate(Upsample((2, 3), 1.5, mode="bilinear", align_corners=True)), number)
        (at,) = [one for one in shapes if isinstance(one, Cells) and one.role == "dot"]
        for one in shapes:
            if isinstance(one, Texts) and one.key == Key("share"):
                box = one.places - at.quads.reshape(-1, 2).mean(axis=0)
                assert np.hypot(*box.T).min() > 0.2


def test_no_places_of_others_are_drawn_around_a_window_of_shares() -> None:
    layer = Upsample(4, mode="bilinear")
    assert not [shape for shape in animate(layer).scene.ground if isinstance(shape, Cells) and shape.role == "dot"]
    assert len(centres(animate(layer, labels="none").scene.ground, "dot")) == 64


def test_shares_that_are_no_short_fractions_have_decimals() -> None:
    said = words(shown(animate(Upsample(4, mode="bicubic")), 20), "share")
    assert said[:3] == ["−0.01", "0.06", "0.20"]


def test_a_bracket_beside_the_plane_spans_each_window() -> None:
    plane = Plane(1, 5, np.zeros(2), FLAT)
    spans = AdaptiveAvgPool((5,), 3).axes[0].windows
    shapes = brackets(plane, [[(own[0], own[-1]) for own in spans]], None, Key("bracket"))
    (lines,) = shapes
    assert isinstance(lines, Lines)
    level = lines.segments[abs(lines.segments[:, 0, 1] - lines.segments[:, 1, 1]) < 1e-9]
    assert level[:, :, 0].round().tolist() == [[0, 2], [1, 4], [3, 5]]
    # Brackets that overlap stand apart.
    assert level[0, 0, 1] != level[1, 0, 1] != level[2, 0, 1]


def test_one_window_needs_no_bracket() -> None:
    shapes = shown(flat(GlobalAvgPool(3)), 0)
    assert not [shape for shape in shapes if shape.key and shape.key.what.startswith("bracket")]


def test_the_frame_of_a_deformed_window_is_the_usual_one() -> None:
    far = DeformConv(6, 2, offsets=[2, 0, 0, 2, 0, 0, 0, 0])
    frames = [
        next(shape for shape in shown(flat(layer, labels="none"), 0) if shape.key and shape.key.what == "reach")
        for layer in (far, Conv(6, 2))
    ]
    sizes = [np.ptp(frame.segments.reshape(-1, 2), axis=0).tolist() for frame in frames if isinstance(frame, Lines)]
    assert sizes == [pytest.approx([2, 2])] * 2


def test_an_arrow_over_the_points_leads_to_each_that_is_moved() -> None:
    moment = flat(DeformConv(6, 2, offsets=[0, 0, 0, 1, 0.5, 0, 0, 0.05]), labels="none").scene.moment(0)
    (arrows,) = (shape for shape in moment if isinstance(shape, Lines) and shape.role == "move")
    dots = [number for number, shape in enumerate(moment) if isinstance(shape, Cells) and shape.role == "place"]
    assert moment.index(arrows) > max(dots)
    points = centres(moment, "place")
    tails, heads = arrows.segments[::3], arrows.segments.reshape(-1, 3, 2, 2)[:, 1:]
    # The first is not moved, and the last hardly.
    assert len(tails) == 2
    gaps = np.linalg.norm(tails[:, None, 0] - points, axis=-1).min(axis=1)
    assert gaps == pytest.approx([0.13, 0.13])
    np.testing.assert_allclose(heads[:, :, 0], np.broadcast_to(tails[:, None, 0], (2, 2, 2)))


def test_among_words_offsets_are_drawn_below_the_kernel_clear_of_all_words() -> None:
    for layer in (DeformConv(5, 3), DeformConv((4, 6), (2, 3), offsets=np.full((12, 3, 4), 1.5))):
        animation = flat(layer, labels="letters")
        (arrows,) = (one for one in animation.scene.moment(2) if isinstance(one, Lines) and one.role == "move")
        (name,) = (word for word in standing(animation.scene.ground) if word.said == "offsets")
        assert len(arrows.segments) % 3 == 0
        assert arrows.segments[..., 1].min() > name.at[1]
        shown = Picture(animation, 2)
        assert [*shown.outside(6), *shown.overlapping()] == []


def test_a_border_has_no_stubs_where_words_stand_in_cells() -> None:
    animation = flat(Upsample(3, mode="bilinear"), labels="letters")
    left, top = np.concatenate([shape.quads for shape in animation.scene.ground if isinstance(shape, Cells)]).min(
        axis=(0, 1)
    )
    lines = [shape.segments for shape in animation.scene.moment(8) if isinstance(shape, Lines) and not shape.held]
    inputs = [ends for segments in lines for ends in segments if (ends[:, 0] < left).any() or (ends[:, 1] < top).any()]
    assert not inputs


@pytest.mark.parametrize("view", ["oblique", "flat"])
def test_names_stand_clear_of_points_that_offsets_move_beyond_the_input(view: str) -> None:
    offsets = np.zeros((18, 2, 2))
    offsets[0::2] = 1.0 if view == "oblique" else -1.0
    scene = animate(DeformConv(4, 3, offsets=offsets), view=view, labels="numbers").scene
    (name,) = (word for word in standing(scene.ground) if word.said == "input")
    for step in range(scene.steps):
        dots = [shape.quads for shape in scene.moment(step) if isinstance(shape, Cells) and shape.role == "dot"]
        (x, y), wide = name.at, 2.5 * name.of.size
        near = np.concatenate([np.empty((0, 4, 2)), *dots]).reshape(-1, 2) - [x, y]
        assert not ((abs(near[:, 0]) < wide) & (abs(near[:, 1]) < name.of.size / 2)).any()


def test_long_sums_of_shares_have_a_row_for_each_row_that_is_read() -> None:
    picture = VIEWS["oblique"].draw(plan(Upsample(4, 2, mode="bicubic"), seed=0), Look(labels="numbers"))
    rows = picture.terms.rows(picture.work(27))  # type: ignore[attr-defined]
    assert [sum(tile.role == "kernel" for tile in row) for row in rows] == [4, 4, 4, 4]


def test_sums_of_letters_have_the_shares_of_points_before_the_weights() -> None:
    layer = DeformConv(4, 1, offsets=[0.5, 0.25])
    picture = VIEWS["oblique"].draw(plan(layer), Look(labels="letters", decimals=0))
    rows = picture.terms.rows(picture.work(0))  # type: ignore[attr-defined]
    said = [tile.text for row in rows for tile in row if tile.role == "kernel"]
    assert said == ["0.38w", "0.13w", "0.38w", "0.13w"]


@pytest.mark.parametrize("view", ["flat", "oblique"])
def test_numbers_stand_aside_within_their_cells_for_points(view: str) -> None:
    # Every point lies in the middle of a cell, where its number would be.
    layer = DeformConv(4, 2, offsets=np.ones((8, 3, 3)))
    picture = VIEWS[view].draw(plan(layer, seed=0), Look(labels="numbers", has_chips=False))
    work = picture.work(0)
    (page,) = work.windows
    sheet, cells = clear(picture, picture.sheets[page], work), np.argwhere(np.ones((4, 4), bool))
    assert sheet.lettering is not None
    (texts,) = sheet.lettering.texts(sheet.plane, cells, "input", shaded=True)
    at = sheet.plane.places(texts.places) - cells
    half = np.array([0.44, 0.35]) * sheet.lettering.size
    assert ((at - half > 0) & (at + half < 1)).all()
    is_read = np.array([[1 <= row <= 2 and 1 <= column <= 2 for row, column in cells.tolist()]])[0]
    assert (abs(at - 0.5).max(axis=1) > 0.1).tolist() == is_read.tolist()
    drawn = sheet.plane.places(centres(picture.moment(0), "place"))
    assert sum(((place > 0) & (place < 4)).all() for place in drawn) == 4
    assert not covers(picture, range(len(picture.plan)))
