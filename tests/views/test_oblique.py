"""The guide's view, asked by role and place."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings

from convanim import AvgPool, Chain, Conv, ConvTranspose, Layer, MaxPool, plan
from convanim.render.layout import MARGIN
from convanim.render.theme import find_theme
from convanim.views import Look
from convanim.views.edge_words import corners_of
from convanim.views.oblique import draw
from convanim.views.scene import Cells, Lines, Scene, Shapes, Texts
from convanim.views.tints import PAIRS
from tests.strategies import layers


def scene(layer: Layer, classic: bool = False, reveal: bool = False) -> Scene:
    return Scene.of(draw(plan(layer), Look(classic, reveal)))


def counts(shapes: Shapes, shaded: bool = False) -> dict[str, int]:
    """Return how many cells there are of each role."""
    return {shape.role: len(shape.quads) for shape in shapes if isinstance(shape, Cells) and shape.shaded is shaded}


def lines(shapes: Shapes, role: str) -> np.ndarray:
    found = [shape.segments for shape in shapes if isinstance(shape, Lines) and shape.role == role]
    return np.concatenate(found) if found else np.empty((0, 2, 2))


def test_input_padding_and_output_are_all_there() -> None:
    assert counts(scene(Conv(5, 3, padding=1)).ground) == {"padding": 24, "input": 25, "output": 25}


def test_inserted_zeros_padding_and_output_padding_look_different() -> None:
    assert counts(scene(ConvTranspose(3, 3, 2, 1, 1)).ground) == {
        "padding": 24,
        "surplus": 15,
        "inserted": 16,
        "input": 9,
        "output": 36,
    }


def test_a_spread_input_has_a_frame() -> None:
    assert len(lines(scene(ConvTranspose(3, 3, 2)).ground, "frame")) == 4
    assert len(lines(scene(ConvTranspose(3, 3)).ground, "frame")) == 0


def test_the_frame_of_a_spread_row_lies_on_its_ends() -> None:
    ground = scene(ConvTranspose((3,), 3, 2)).ground
    cells = [shape.quads for shape in ground if isinstance(shape, Cells) and shape.role in ("input", "inserted")]
    corners, frame = np.concatenate(cells).reshape(-1, 2), lines(ground, "frame").reshape(-1, 2)
    np.testing.assert_allclose(frame.min(axis=0), corners.min(axis=0))
    np.testing.assert_allclose(frame.max(axis=0), corners.max(axis=0))


def test_classic_knows_only_input_and_padding() -> None:
    assert counts(scene(ConvTranspose(3, 3, 2, 1, 1), classic=True).ground) == {"padding": 55, "input": 9, "output": 36}


def test_cells_left_over_or_cropped_are_crossed() -> None:
    for layer, unread in ((Conv(6, 3, stride=2), 11), (ConvTranspose(5, 2, padding=2), 16)):
        ground = scene(layer).ground
        assert counts(ground)["input_unread"] == unread
        assert len(lines(ground, "cross")) == 2 * unread


def test_crosses_are_whole_below_the_words_of_their_cells() -> None:
    ground = Scene.of(draw(plan(Conv(6, 3, stride=2), seed=0), Look(labels="numbers"))).ground
    assert len(lines(ground, "cross")) == 2 * 11
    orders = [isinstance(shape, Texts) for shape in ground if isinstance(shape, Texts) or shape.role == "cross"]
    assert orders == sorted(orders)


def test_cells_that_are_still_blank_are_crossed_from_corner_to_corner() -> None:
    made = plan(Chain([Conv(7, 3), AvgPool(5, 2)]), seed=0)
    ground = Scene.of(draw(made, Look(labels="numbers", reveal=True))).ground
    assert len(lines(ground, "cross")) == 2 * 9


def test_padding_that_is_never_read_is_idle() -> None:
    assert counts(scene(Conv(6, 3, stride=2, padding=1)).ground)["idle"] == 15


def test_copied_padding_has_a_look_and_its_originals_are_ringed() -> None:
    made = scene(Conv(5, 3, padding=1, padding_mode="circular"))
    assert counts(made.ground)["copy"] == 24
    pairs = [len(lines(made.moment(0), f"pair_{number}")) for number in range(PAIRS)]
    assert pairs == [4 * 2] * 5 + [0] * (PAIRS - 5)
    assert not any(len(lines(made.moment(12), f"pair_{number}")) for number in range(PAIRS))


def test_reflected_padding_shows_its_mirrors() -> None:
    assert len(lines(scene(Conv(5, 3, padding=1, padding_mode="reflect")).ground, "mirror")) == 4
    assert len(lines(scene(Conv(5, 3, padding=1, padding_mode="replicate")).ground, "mirror")) == 0


def test_the_kernel_shades_what_it_reads_inside_the_outline_of_its_reach() -> None:
    made = scene(Conv(7, 3, dilation=2))
    moment = made.moment(4)
    assert counts(moment, shaded=True) == {"input": 9, "output": 1}
    reach = lines(moment, "reach")[:4]
    assert np.linalg.norm(reach[0, 1] - reach[0, 0]) == pytest.approx(5 * np.hypot(1, 0.5))


def test_a_window_that_hangs_over_is_marked_beyond_the_input() -> None:
    made = scene(MaxPool(5, 2, ceil_mode=True))
    assert len(lines(made.moment(8), "overhang")) > 0
    assert len(lines(made.moment(0), "overhang")) == 0
    assert counts(made.moment(8), shaded=True) == {"input": 1, "output": 1}


def test_the_outline_of_the_reach_ends_where_the_input_does() -> None:
    made = scene(MaxPool((6, 5), (3, 1), stride=(2, 1), dilation=(2, 1), ceil_mode=True))
    sides = lines(made.moment(made.steps - 1), "reach")[:4]
    down = np.linalg.norm(sides[1, 1] - sides[1, 0]) / np.hypot(0.7, 0.65)
    assert down == pytest.approx(4)


def test_two_whole_rays_lead_from_corners_of_the_window_to_those_of_the_cell() -> None:
    made = Scene.of(picture := draw(plan(Conv(5, 3), seed=0), Look()))
    below, above = (sheet.plane for sheet in picture.sheets.values())
    for number, cell in enumerate(np.ndindex(3, 3)):
        rays = lines(made.moment(number), "ray")
        assert len(rays) == 2
        for plane, ends, span in ((below, rays[:, 0], 3), (above, rays[:, 1], 1)):
            assert set(np.round(plane.places(ends) - cell).ravel().tolist()) <= {0, span}


def test_the_guide_draws_four_rays() -> None:
    assert len(lines(scene(Conv(5, 3, padding=1), classic=True).moment(12), "guide_ray")) == 4


def test_reveal_starts_blank_and_marks_what_is_computed() -> None:
    made = scene(Conv(4, 3), reveal=True)
    assert counts(made.ground) == {"input": 16, "pending": 4}
    assert [counts(made.marks(range(step, step + 1))) for step in range(4)] == [{"output": 1}] * 4
    assert counts(made.marks(range(1, 4))) == {"output": 3}
    assert scene(Conv(4, 3)).marks(range(1)) == ()


def test_one_axis_is_a_single_row() -> None:
    assert counts(scene(Conv((8,), 3, padding="causal")).ground) == {"padding": 2, "input": 8, "output": 8}


@given(layers(dims=2))
@settings(max_examples=50)
def test_the_planes_do_not_overlap(layer: Layer) -> None:
    below, above = (sheet.plane for sheet in draw(plan(layer), Look()).sheets.values())
    assert above.rise_over(below) <= -1


@given(layers(dims=2))
@settings(max_examples=50)
def test_nothing_leaves_the_bounds(layer: Layer) -> None:
    made = scene(layer)
    left, top, right, bottom = made.bounds
    for shape in (*made.ground, *made.moment(0), *made.moment(made.steps - 1)):
        if isinstance(shape, Texts):
            points, air = corners_of(shape), 1e-9
        else:
            points = (shape.quads if isinstance(shape, Cells) else shape.segments).reshape(-1, 2)
            # The ends of mirrors may use the margin.
            air = MARGIN if shape.role.startswith("mirror") else 1e-9
        assert (points >= np.array([left, top]) - air).all()
        assert (points <= np.array([right, bottom]) + air).all()


@pytest.mark.parametrize("layer", [Conv(5, 2), MaxPool(8, 2), Conv(7, 3, stride=2), ConvTranspose(3, 3, stride=2)])
def test_no_two_rays_look_like_one_line(layer: Layer) -> None:
    drawing = scene(layer)
    for number in range(drawing.steps):
        rays = lines(drawing.moment(number), "ray")
        for one, other in combinations(rays, 2):
            way, offsets = one[1] - one[0], other - one[0]
            apart = np.abs(way[0] * offsets[:, 1] - way[1] * offsets[:, 0]) / np.hypot(*way)
            assert apart.max() > 0.1


def test_cells_that_are_never_read_are_nearer_to_their_own_colour_than_to_white() -> None:
    for name in ("guide", "dark", "colorblind"):
        colours = find_theme(name)
        for role in ("input", "intermediate", "output"):
            own, pale = (np.array(colours.fill(one)) for one in (role, f"{role}_unread"))
            assert np.linalg.norm(pale - own) < np.linalg.norm(pale - np.array([255, 255, 255]))
