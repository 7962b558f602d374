"""Words as pixels: where they stand, how they lie, and what colour they have."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from convanim.base.font import CAP_HEIGHT, width_of
from convanim.motion.timeline import Frame
from convanim.render.agg import frames, ground
from convanim.render.layout import Layout
from convanim.render.palettes import THEMES
from convanim.render.theme import BLACK, WHITE, contrast, find_theme
from convanim.views.plane import OBLIQUE
from convanim.views.scene import Cells, Scene, Shape, Texts

UNIT, LEFT, TOP, SIDE = 40.0, 20.0, 30.0, 240
LAYOUT = Layout(SIDE, SIDE, UNIT, LEFT, TOP, ())
SQUARE = np.array([[[0.0, 0.0], [5.0, 0.0], [5.0, 5.0], [0.0, 5.0]]])
Pixels = NDArray[np.uint8]
Mask = NDArray[np.bool_]


def painted(*shapes: Shape, theme: str = "guide") -> Pixels:
    scene = Scene((0, 0, 5, 5), 1, shapes, lambda numbers: (), lambda number: (), tuple)
    colours = find_theme(theme)
    page = ground(scene, colours, LAYOUT, transparent=False)
    return next(frames(scene, colours, LAYOUT, [Frame(0, 0, 0.0, 1000)], page, [0]))[..., :3]


def ink(*shapes: Shape, theme: str = "guide", under: tuple[Shape, ...] = ()) -> Mask:
    """Return the pixels that are at least half covered by what shapes add to others."""
    bare, full = painted(*under, theme=theme).astype(int), painted(*under, *shapes, theme=theme).astype(int)
    difference = np.abs(full - bare).max(axis=-1)
    found: Mask = difference > difference.max() / 2 if difference.any() else np.zeros(bare.shape[:2], bool)
    return found


def text(word: str, x: float = 2.5, y: float = 2.5, size: float = 1.0, **looks: Any) -> Texts:
    return Texts((word,), np.array([[x, y]]), size, **looks)


def box(mask: Mask) -> tuple[float, float, float, float]:
    """Return left, top, right and bottom of some pixels."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return float(columns[0]), float(rows[0]), float(columns[-1] + 1), float(rows[-1] + 1)


def middle(mask: Mask) -> tuple[float, float]:
    left, top, right, bottom = box(mask)
    return (left + right) / 2, (top + bottom) / 2


@pytest.mark.parametrize(("x", "y"), [(2.5, 2.5), (1.0, 4.0), (3.2, 0.9)])
def test_a_word_stands_in_the_middle_of_its_place(x: float, y: float) -> None:
    across, down = middle(ink(text("H", x, y)))
    assert across == pytest.approx(LEFT + x * UNIT, abs=1)
    assert down == pytest.approx(TOP + y * UNIT, abs=1)


def test_every_word_has_its_own_place() -> None:
    both = ink(Texts(("H", "H"), np.array([[1.0, 1.0], [4.0, 3.0]]), 1.0))
    assert middle(both[: SIDE // 2]) == pytest.approx((LEFT + 40, TOP + 40), abs=1)
    assert middle(both[:, SIDE // 2 :])[0] + SIDE // 2 == pytest.approx(LEFT + 160, abs=1)


@pytest.mark.parametrize("size", [0.4, 1.0, 2.0])
def test_capitals_are_as_high_as_the_size_says(size: float) -> None:
    _, top, _, bottom = box(ink(text("H", size=size)))
    assert bottom - top == pytest.approx(CAP_HEIGHT * size * UNIT, abs=1)


@pytest.mark.parametrize("face", ["regular", "bold"])
def test_a_word_is_as_wide_as_views_reckon(face: str) -> None:
    for anchor, place in ((0.0, 0.5), (0.5, 2.5), (1.0, 4.5)):
        left, _, right, _ = box(ink(text("HHH", place, face=face, anchor=anchor)))
        start = LEFT + (place - anchor * width_of("HHH", face)) * UNIT
        # Letters have a little air on both sides.
        assert start < left < start + 0.15 * UNIT
        assert start + (width_of("HHH", face) - 0.15) * UNIT < right < start + width_of("HHH", face) * UNIT


def test_bold_is_wider_and_heavier() -> None:
    regular, bold = (ink(text("348", face=face)) for face in ("regular", "bold"))
    assert box(bold)[2] - box(bold)[0] > box(regular)[2] - box(regular)[0]
    assert bold.sum() > 1.3 * regular.sum()


def test_italic_leans_to_the_right() -> None:
    def lean(face: str) -> float:
        rows, columns = np.nonzero(ink(text("l", face=face, size=2.0)))
        return float(np.polyfit(rows, columns, 1)[0])

    assert lean("regular") == pytest.approx(0, abs=0.01)
    assert lean("italic") < -0.1


def test_a_word_in_an_oblique_plane_is_sheared_with_it_and_keeps_its_size() -> None:
    flat = ink(text("−", size=3.0))
    oblique = ink(text("−", size=3.0, across=OBLIQUE.across, down=OBLIQUE.down))
    rows, columns = np.nonzero(oblique)
    assert np.polyfit(columns, rows, 1)[0] == pytest.approx(OBLIQUE.across[1] / OBLIQUE.across[0], abs=0.06)
    assert oblique.sum() == pytest.approx(flat.sum(), rel=0.06)


def test_a_word_in_an_oblique_plane_stands_at_its_place() -> None:
    rows, columns = np.nonzero(ink(text("H", across=OBLIQUE.across, down=OBLIQUE.down)))
    assert columns.mean() + 0.5 == pytest.approx(LEFT + 2.5 * UNIT, abs=1)
    assert rows.mean() + 0.5 == pytest.approx(TOP + 2.5 * UNIT, abs=1)


def test_lines_of_an_oblique_word_run_down_the_plane() -> None:
    rows, columns = np.nonzero(ink(text("l", size=3.0, across=OBLIQUE.across, down=OBLIQUE.down)))
    along = np.polyfit(rows, columns, 1)[0]
    assert along == pytest.approx(OBLIQUE.down[0] / OBLIQUE.down[1], abs=0.15)


def test_a_subscript_is_smaller_and_lower() -> None:
    usual, lowered = box(ink(text("1", size=2.0))), box(ink(text("", size=2.0, lowered=("1",))))
    height, low = usual[3] - usual[1], lowered[3] - lowered[1]
    assert 0.6 < low / height < 0.75
    assert lowered[3] > usual[3] + 0.1 * height
    assert lowered[1] > usual[1]


def test_a_subscript_follows_its_word() -> None:
    word = text("x", 0.5, size=1.5, anchor=0.0)
    with_index = text("x", 0.5, size=1.5, anchor=0.0, lowered=("12",))
    added = ink(with_index, under=(word,))
    assert box(added)[0] >= LEFT + (0.5 + width_of("x") * 1.5) * UNIT
    # The middle of a word takes its subscript in.
    assert middle(ink(text("x", lowered=("12",))))[0] == pytest.approx(LEFT + 100, abs=2)


def test_nothing_is_drawn_for_words_that_say_nothing() -> None:
    for empty in (text(""), Texts(("", ""), np.zeros((2, 2)), 1.0, "input", shaded=True)):
        assert not ink(empty, theme="print").any()


def colour_of(word: Texts, *under: Shape, theme: str = "guide") -> tuple[int, ...]:
    """Return the colour in the middle of a bar."""
    x, y = round(LEFT + word.places[0, 0] * UNIT), round(TOP + word.places[0, 1] * UNIT)
    found = painted(*under, word, theme=theme)[y, x]
    return tuple(int(part) for part in found)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("role", "shaded"), [("input", False), ("input", True), ("output", True), ("kernel", False)])
def test_letters_are_black_or_white_and_can_be_read(theme: str, role: str, shaded: bool) -> None:
    bar = text("I", size=4.0, on=role, shaded=shaded, face="bold")
    cells = Cells(role, SQUARE, shaded)
    found: Any = colour_of(bar, cells, theme=theme)
    assert found in (BLACK, WHITE)
    fill = find_theme(theme).fill(role, shaded) or find_theme(theme).background
    assert contrast(found, fill) >= 4.5


@pytest.mark.parametrize("theme", THEMES)
def test_words_on_the_page_have_the_colour_of_text(theme: str) -> None:
    assert colour_of(text("I", size=4.0, face="bold"), theme=theme) == find_theme(theme).text


def test_paler_cells_have_letters_of_their_own() -> None:
    faint, full = (
        colour_of(
            text("I", size=4.0, on="kernel", strength=strength, face="bold"), Cells("kernel", SQUARE, False, strength)
        )
        for strength in (0.1, 1.0)
    )
    assert (faint, full) == (BLACK, WHITE)


@pytest.mark.parametrize("shaded", [False, True])
def test_letters_on_greys_are_black_on_light_and_white_on_dark(shaded: bool) -> None:
    tones = np.array([0.0, 1.0])
    places = np.array([[1.0, 2.0], [4.0, 2.0]])
    quads = np.array([[[0, 0], [2.5, 0], [2.5, 5], [0, 5]], [[2.5, 0], [5, 0], [5, 5], [2.5, 5]]], float)
    words = Texts(("I", "I"), places, 4.0, "input", shaded, face="bold", tones=tones)
    found = painted(Cells("input", quads, shaded, tones=tones), words)
    dark, light = (found[round(TOP + 2 * UNIT), round(LEFT + x * UNIT)].tolist() for x in (1, 4))
    assert dark == [255] * 3
    assert light == [0] * 3


def around(mask: Mask, by: int) -> Mask:
    """Return the pixels near some, and those."""
    found = mask.copy()
    for _ in range(by):
        found[1:] |= found[:-1].copy()
        found[:-1] |= found[1:].copy()
        found[:, 1:] |= found[:, :-1].copy()
        found[:, :-1] |= found[:, 1:].copy()
    return found


def test_letters_on_hatching_have_a_light_rim() -> None:
    cells = Cells("input", SQUARE, shaded=True)
    word = text("8", size=1.0, on="input", shaded=True, face="bold")
    hatched, full = painted(cells, theme="print"), painted(cells, word, theme="print")
    solid = ink(Texts(word.words, word.places, 1.0, face="bold"), theme="print")
    rim = around(solid, 3) & ~around(solid, 1)
    assert hatched[rim].min() < 100
    assert full[rim].min() > 200


def test_there_is_no_rim_without_hatching() -> None:
    word = text("8", size=1.0, on="input", shaded=True, face="bold")
    for theme, shaded in (("guide", True), ("dark", True), ("print", False)):
        cells = Cells("input", SQUARE, shaded)
        own = Texts(word.words, word.places, 1.0, "input", shaded, face="bold")
        bare, full = painted(cells, theme=theme), painted(cells, own, theme=theme)
        far = ~around(ink(own, theme=theme, under=(cells,)), 2)
        np.testing.assert_array_equal(bare[far], full[far])
