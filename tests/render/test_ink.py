"""Ink: what a scene's shapes are at their places in a picture."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from convanim import Conv, animate
from convanim.render.ink import Fill, Ink, Inking, Line, Stroke, Writing, line_width
from convanim.render.layout import Layout
from convanim.render.text import word_outline
from convanim.render.theme import BLACK, WHITE, find_theme
from convanim.views.scene import Cells, Key, Lines, Points, Shape, Texts
from tests.gathering import gathered

UNIT = 40.0
LAYOUT = Layout(200, 100, UNIT, 20.0, 10.0, ())
THEMES = ["guide", "dark", "colorblind", "print"]


def square(x: float = 0, y: float = 0) -> Points:
    return np.array([[[x, y], [x + 1, y], [x + 1, y + 1], [x, y + 1]]])


def text(words: Sequence[str] = ("7",), **looks: Any) -> Texts:
    return Texts(tuple(words), np.arange(2.0 * len(words)).reshape(-1, 2), 0.5, **looks)


def inked(*shapes: Shape, theme: str = "guide", counts_up: bool = False, layout: Layout = LAYOUT) -> list[Ink]:
    return list(Inking(find_theme(theme), layout, counts_up).shapes(shapes))


def fills(found: Sequence[Ink]) -> list[Fill]:
    return [ink for ink in found if isinstance(ink, Fill)]


def strokes(found: Sequence[Ink]) -> list[Stroke]:
    return [ink for ink in found if isinstance(ink, Stroke)]


def writings(found: Sequence[Ink]) -> list[Writing]:
    return [ink for ink in found if isinstance(ink, Writing)]


def places(ink: Ink) -> Points:
    """Return where an ink is."""
    if isinstance(ink, Fill):
        return ink.quads
    if isinstance(ink, Stroke):
        return ink.segments
    return ink.places if isinstance(ink, Writing) else ink.place


def look(ink: Ink) -> tuple[Any, ...]:
    """Return all of an ink but where it is and which way it runs."""
    if isinstance(ink, Fill):
        return ink.colour, ink.opacity
    if isinstance(ink, Stroke):
        return ink.colour, ink.width, ink.opacity, ink.dash
    if isinstance(ink, Writing):
        return ink.words, ink.lowered, ink.face, ink.anchor, ink.colour
    return ink.text, ink.size, ink.colour


# Places


def test_cells_are_scaled_and_moved() -> None:
    (fill,) = fills(inked(Cells("input", square(1, 0.5))))
    assert fill.quads.tolist() == [[[60, 30], [100, 30], [100, 70], [60, 70]]]


def test_counting_upward_only_turns_heights_over() -> None:
    (fill,) = fills(inked(Cells("input", square(1, 0.5)), counts_up=True))
    assert fill.quads.tolist() == [[[60, 70], [100, 70], [100, 30], [60, 30]]]


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("view", ["flat", "oblique"])
def test_all_of_a_picture_is_the_same_either_way_up(view: str, theme: str) -> None:
    animation = animate(Conv(3, 2, padding=1), view=view, values=True, theme=theme, caption="words", legend=True)
    layout, scene = animation.layout, animation.scene
    shapes = [*scene.ground, *scene.marks(range(3)), *scene.moment(2)]
    pair = [
        [inking.page(), *inking.shapes(shapes), *(ink for block in layout.blocks for ink in inking.block(block))]
        for inking in (Inking(animation.theme, layout, counts_up) for counts_up in (False, True))
    ]
    assert {type(ink) for ink in pair[0]} == {Fill, Stroke, Writing, Line}
    for down, up in zip(*pair, strict=True):
        assert look(down) == look(up)
        if down is not pair[0][0]:
            np.testing.assert_allclose(places(up), places(down) * [1, -1] + [0, layout.height], atol=1e-9)
        if isinstance(down, Writing) and isinstance(up, Writing):
            np.testing.assert_allclose([up.across, up.up], np.array([down.across, down.up]) * [1, -1], atol=1e-12)


def test_letters_stand_upright_either_way_up() -> None:
    (down,), (up,) = (writings(inked(text(), counts_up=counts_up)) for counts_up in (False, True))
    assert (down.across.tolist(), down.up.tolist()) == ([20, 0], [0, -20])
    assert (up.across.tolist(), up.up.tolist()) == ([20, 0], [0, 20])


@pytest.mark.parametrize("counts_up", [False, True])
def test_the_page_is_the_whole_picture(counts_up: bool) -> None:
    page = Inking(find_theme("dark"), LAYOUT, counts_up).page()
    assert (page.quads.min(), page.quads[..., 0].max(), page.quads[..., 1].max()) == (0, 200, 100)
    assert (page.colour, page.opacity) == (find_theme("dark").background, 1)


# Cells


@gathered("theme", THEMES)
@gathered("shaded", [False, True])
@gathered("role", ["input", "output", "copy", "kernel"])
def test_cells_have_the_themes_colours(role: str, shaded: bool, theme: str) -> None:
    (fill,) = fills(inked(Cells(role, square(), shaded, 0.5), theme=theme))
    assert fill.colour == find_theme(theme).fill(role, shaded, 0.5)
    assert fill.opacity == 1


def test_cells_without_a_colour_are_not_filled() -> None:
    assert inked(Cells("padding", square())) == []
    assert len(fills(inked(Cells("padding", square(), shaded=True)))) == 1


def test_a_shadow_is_translucent() -> None:
    (fill,) = inked(Cells("shadow", square()))
    assert isinstance(fill, Fill)
    assert (fill.colour, fill.opacity) == (find_theme("guide").shadow, find_theme("guide").shadow_opacity)


@pytest.mark.parametrize("shaded", [False, True])
def test_greys_are_filled_one_by_one(shaded: bool) -> None:
    quads = np.concatenate([square(number) for number in range(4)])
    found = fills(inked(Cells("input", quads, shaded, tones=np.array([1.0, 0.0, 0.5, 0.0]))))
    assert [fill.colour for fill in found] == [find_theme("guide").tone(tone, shaded) for tone in (0.0, 0.5, 1.0)]
    assert [len(fill.quads) for fill in found] == [2, 1, 1]


# Hatching


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("role", "shaded"), [("input", False), ("input", True), ("shadow", False), ("padding", True)])
def test_only_print_hatches_and_only_what_is_read(role: str, shaded: bool, theme: str) -> None:
    found = strokes(inked(Cells(role, square(), shaded), theme=theme))
    assert bool(found) == (theme == "print" and (shaded or role == "shadow"))
    for stroke in found:
        assert (stroke.colour, stroke.dash, stroke.opacity) == (BLACK, None, 1)
        assert stroke.width < line_width(UNIT)


def test_tiles_of_a_sum_are_not_hatched() -> None:
    assert not strokes(inked(Cells("input", square(), shaded=True, key=Key("sum")), theme="print"))


@pytest.mark.parametrize("unit", [3.0, 20.0, 40.0, 200.0])
def test_hatching_stays_in_its_cell(unit: float) -> None:
    quads = np.array([[[1.0, 2.0], [2.0, 2.2], [2.6, 2.9], [1.6, 2.7]]])
    layout = Layout(900, 900, unit, 5.0, 7.0, ())
    fill, stroke = inked(Cells("input", quads, shaded=True), theme="print", layout=layout)
    corner, across, down = (places(fill)[0, number] for number in (0, 1, 3))
    inner = np.linalg.solve(np.array([across - corner, down - corner]).T, (places(stroke).reshape(-1, 2) - corner).T)
    assert inner.min() >= -1e-9
    assert inner.max() <= 1 + 1e-9
    # Every line goes from side to side.
    at_side = np.isclose(inner, 0, atol=1e-9) | np.isclose(inner, 1, atol=1e-9)
    assert at_side.any(axis=0).all()


@pytest.mark.parametrize(("x", "y", "axis"), [(1, 0, 0), (0, 1, 1)], ids=["beside", "below"])
def test_hatching_goes_on_in_the_next_cell(x: float, y: float, axis: int) -> None:
    ends = []
    for quads in (square(), square(x, y)):
        (stroke,) = strokes(inked(Cells("input", quads, shaded=True), theme="print"))
        border = (LAYOUT.left, LAYOUT.top)[axis] + UNIT
        points = stroke.segments.reshape(-1, 2)
        ends.append(sorted(points[np.isclose(points[:, axis], border), 1 - axis].round(6).tolist()))
    assert ends[0]
    assert ends[0] == ends[1]


# Lines


def lengths_of(stroke: Stroke) -> Points:
    found: Points = np.linalg.norm(stroke.segments[:, 1] - stroke.segments[:, 0], axis=1)
    return found


@pytest.mark.parametrize("role", ["input", "reach", "guide_ray", "cross"])
def test_whole_lines_are_one_stroke_in_the_themes_look(role: str) -> None:
    segments = np.array([[[0, 0], [1, 0]], [[0, 1], [3, 1]]], float)
    (stroke,) = inked(Lines(role, segments))
    style = find_theme("guide").styles[role]
    assert isinstance(stroke, Stroke)
    assert (stroke.colour, stroke.opacity, stroke.dash) == (style.line, style.opacity, None)
    assert stroke.width == style.width * line_width(UNIT)
    assert stroke.segments.tolist() == [[[20, 10], [60, 10]], [[20, 50], [140, 50]]]


@pytest.mark.parametrize("theme", ["guide", "dark"])
def test_rays_lie_on_a_wider_and_paler_line_in_the_colour_of_the_page(theme: str) -> None:
    made = find_theme(theme)
    below, ray = Inking(made, LAYOUT, counts_up=False).shapes([Lines("ray", np.array([[[0, 0], [1, 0]]], float))])
    assert isinstance(below, Stroke)
    assert isinstance(ray, Stroke)
    assert (below.colour, ray.colour) == (made.background, made.styles["ray"].line)
    assert below.segments.tolist() == ray.segments.tolist()
    assert below.width > 2 * ray.width
    assert below.opacity < ray.opacity


def test_lines_without_a_colour_are_not_drawn() -> None:
    assert inked(Lines("shadow", np.array([[[0, 0], [1, 0]]], float))) == []


@given(
    st.sampled_from(["padding", "inserted", "idle", "mirror", "overhang"]),
    st.lists(st.floats(0.05, 6), min_size=1, max_size=5),
    st.floats(3, 120),
)
def test_dashes_are_fitted_to_each_line(role: str, lengths: list[float], unit: float) -> None:
    segments = np.array([[[0, row], [long, row]] for row, long in enumerate(lengths)], float)
    found = strokes(inked(Lines(role, segments), layout=Layout(900, 900, unit, 0.0, 0.0, ())))
    drawn = sorted(one for stroke in found for one in lengths_of(stroke))
    np.testing.assert_allclose(drawn, np.sort(lengths) * unit, atol=1e-9)
    usual = np.array(find_theme("guide").styles[role].dash) * line_width(unit)
    for stroke in found:
        assert stroke.dash is not None
        offset, parts = stroke.dash
        # Half a dash at both ends, and whole ones between them.
        assert offset == pytest.approx(parts[0] / 2)
        count = round(float(lengths_of(stroke)[0]) / sum(parts))
        assert count >= 1
        np.testing.assert_allclose(lengths_of(stroke), count * sum(parts), atol=6e-4)
        scales = np.array(parts) / usual
        np.testing.assert_allclose(scales, scales[0])
        assert scales[0] <= 1.51
        assert scales[0] >= 0.66 or count == 1


def test_lines_of_one_length_share_their_dashes() -> None:
    sides = np.array([[[0, 0], [1, 0]], [[1, 0], [1, 1]], [[0, 0], [2, 0]], [[0, 1], [1, 1]]], float)
    found = strokes(inked(Lines("padding", sides)))
    assert [len(stroke.segments) for stroke in found] == [3, 1]


@pytest.mark.parametrize("unit", [2.0, 5.0, 12.0, 20.0, 43.2, 100.0, 800.0])
def test_lines_are_thinner_where_cells_are_small(unit: float) -> None:
    width = line_width(unit)
    assert 0 < width <= unit / 10
    assert width >= min(1.2, unit / 10)
    assert line_width(unit * 1.01) >= width


# Words


def test_words_are_written_at_their_places() -> None:
    (writing,) = writings(inked(text(["a", "b"], lowered=("1", "2"), face="italic", anchor=0.0)))
    assert (writing.words, writing.lowered, writing.face, writing.anchor) == (("a", "b"), ("1", "2"), "italic", 0.0)
    assert writing.places.tolist() == [[20, 50], [100, 130]]


def test_words_without_subscripts_have_empty_ones() -> None:
    (writing,) = writings(inked(text(["a", "b"])))
    assert writing.lowered == ("", "")


@gathered("theme", THEMES)
@gathered("on", [None, "input", "output"])
@gathered("shaded", [False, True])
def test_only_hatching_is_kept_off_words(on: str | None, shaded: bool, theme: str) -> None:
    *patches, writing = inked(text(on=on, shaded=shaded), theme=theme)
    assert isinstance(writing, Writing)
    assert len(patches) == (theme == "print" and on is not None and shaded)
    assert writing.colour == find_theme(theme).ink(on, shaded)


@pytest.mark.parametrize("anchor", [0.0, 0.5, 1.0])
def test_a_clear_patch_lies_behind_the_whole_word(anchor: float) -> None:
    said = Texts(
        ("−10", "x"), np.array([[1.0, 1.0], [3.0, 2.0]]), 0.5, "output", True, lowered=("", "12"), anchor=anchor
    )
    patch, writing = inked(said, theme="print")
    assert isinstance(patch, Fill)
    assert isinstance(writing, Writing)
    assert patch.colour == find_theme("print").fill("output")
    for quad, word, lowered, place in zip(patch.quads, writing.words, writing.lowered, writing.places, strict=True):
        outline, _ = word_outline(word, lowered, "regular", anchor)
        points = outline[:, :1] * writing.across + outline[:, 1:] * writing.up + place
        assert (points > quad.min(axis=0)).all()
        assert (points < quad.max(axis=0)).all()


def test_words_on_greys_are_black_or_white() -> None:
    tones = np.array([0.0, 1.0, 0.1, 0.9])
    found = writings(inked(text(["a", "b", "c", "d"], on="input", tones=tones)))
    assert [(writing.words, writing.colour) for writing in found] == [(("b", "d"), BLACK), (("a", "c"), WHITE)]
    assert found[1].places.tolist() == [[20, 50], [180, 210]]


def test_patches_on_greys_are_the_letters_opposite() -> None:
    tones = np.array([0.0, 1.0])
    found = inked(text(["a", "b"], on="input", shaded=True, tones=tones), theme="print")
    assert [one.colour for one in found if not isinstance(one, Stroke)] == [WHITE, BLACK, BLACK, WHITE]


def test_ink_comes_in_the_order_of_the_shapes() -> None:
    line = Lines("input", np.array([[[0, 0], [1, 0]]], float))
    found = inked(text(on="input"), Cells("input", square()), line, Cells("output", square()))
    assert [type(ink) for ink in found] == [Writing, Fill, Stroke, Fill]
