"""The sum line as tiles: shortened, scaled and placed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from convanim.views.flat_sums import (
    EQUALS,
    MOST_WIDTH,
    PLUS,
    TIMES,
    Tile,
    joined,
    length,
    line_scale,
    line_shapes,
    sign,
    tile_width,
)
from convanim.views.scene import Cells, Lines, Shapes, Texts
from convanim.views.signs import DOUBLE
from tests.views.helpers import standing

ROOM = st.floats(3, 40)


def terms(count: int, width: float = 0.54) -> list[tuple[Tile, ...]]:
    return [(Tile(f"{n}", width, "input"), TIMES, Tile(f"{n}", width, "kernel")) for n in range(1, count + 1)]


def line(count: int = 3) -> list[Tile]:
    return [*joined(terms(count), PLUS, 40), EQUALS, Tile("6", 0.54, "output", shaded=True, edge="reach")]


def said(shapes: Shapes) -> list[str]:
    return [word.said for word in sorted(standing(shapes), key=lambda word: word.at[0])]


def test_terms_are_joined_by_signs() -> None:
    assert [tile.text for tile in joined(terms(3), PLUS, 40)] == list("1·1+2·2+3·3")
    assert [tile.text for tile in joined(terms(1), PLUS, 40)] == list("1·1")
    assert joined([], PLUS, 40) == []


@given(st.integers(1, 60), ROOM, st.floats(0.54, 1.2))
def test_as_many_terms_are_shown_as_have_room_and_the_ends_stay(count: int, room: float, width: float) -> None:
    own = terms(count, width)
    found = joined(own, PLUS, room)
    shown = [tile.text for tile in found if tile.role == "input"]
    is_short = "…" in [tile.text for tile in found]
    assert is_short == (len(shown) < count)
    assert shown[0] == "1"
    assert shown[-1] == str(count)
    assert shown == sorted(set(shown), key=int)
    whole = sum(tile.width for term in own for tile in term) + (count - 1) * PLUS.width
    if whole <= room - PLUS.width:
        assert not is_short
    if len(shown) > 2 and is_short:
        assert length(found) <= room + 1e-9
        left = found.index(next(tile for tile in found if tile.text == "…"))
        assert abs(sum(t.role == "input" for t in found[:left]) * 2 - len(shown)) <= 1


def shortened(texts: str, room: float, winner: int) -> str:
    own = [(Tile(text, 0.54, "input", rings=("winner",) * (at == winner)),) for at, text in enumerate(texts)]
    return "".join(tile.text for tile in joined(own, PLUS, room))


def test_terms_in_a_row_are_left_out_with_many_zeros_and_never_the_one_that_wins() -> None:
    assert shortened("9123456780", 6.3, 0) == "9+1+…+7+8+0"
    assert shortened("9000156780", 6.3, 0) == "9+…+6+7+8+0"
    assert shortened("9000056781", 6.3, 8) == "9+…+6+7+8+1"
    assert shortened("0912345670", 6.3, 5) == "0+…+4+…+7+0"


def test_the_only_term_that_is_not_zero_is_shown_wherever_it_stands() -> None:
    own = [(Tile("7" if at == 13 else "0", 0.54, "input"), TIMES, Tile("1", 0.54, "kernel")) for at in range(27)]
    assert [tile.text for tile in joined(own, PLUS, 15) if tile.role == "input"].count("7") == 1


def test_tiles_have_room_for_their_words() -> None:
    assert tile_width(0.5) == tile_width(0)
    assert tile_width(4) > tile_width(3) > tile_width(0)


@given(st.floats(1, 200), st.integers(1, 9))
def test_a_line_grows_with_the_picture_but_never_beyond_it(width: float, count: int) -> None:
    scale = line_scale(length(line(count)), width)
    assert scale >= 1
    if scale > 1:
        assert scale * length(line(count)) <= max(width, scale) + 1e-9
        assert scale <= width / MOST_WIDTH + 1e-9


@pytest.mark.parametrize("scale", [1.0, 1.7])
def test_a_line_is_drawn_where_it_is_told_and_as_long_as_it_says(scale: float) -> None:
    shapes = line_shapes(line(), 2.0, 5.0, scale)
    quads = np.concatenate([shape.quads for shape in shapes if isinstance(shape, Cells)])
    assert quads[..., 0].min() == pytest.approx(2)
    assert quads[..., 0].max() == pytest.approx(2 + scale * length(line()))
    assert quads[..., 1].mean() == pytest.approx(5)
    assert {round(y, 6) for shape in shapes if isinstance(shape, Texts) for y in shape.places[:, 1].tolist()} == {5.0}
    assert said(shapes) == list("1·1+2·2+3·3=6")


def test_tiles_look_as_their_cells_do() -> None:
    tiles = [
        Tile("1", 0.54, "padding"),
        Tile("2", 0.54, "input", strength=0.4),
        Tile("3", 0.54, "input", tone=0.25),
        Tile("4", 0.54, "output", shaded=True, edge="reach"),
    ]
    shapes = line_shapes(tiles, 0, 0)
    cells = [shape for shape in shapes if isinstance(shape, Cells)]
    assert {(cell.role, cell.shaded, cell.strength, cell.tones is None) for cell in cells} == {
        ("padding", False, 1.0, True),
        ("input", False, 0.4, True),
        ("input", False, 1.0, False),
        ("output", True, 1.0, True),
    }
    texts = {shape.words[0]: shape for shape in shapes if isinstance(shape, Texts)}
    for word, cell in zip("1234", sorted(cells, key=lambda cell: float(cell.quads[..., 0].min())), strict=True):
        text = texts[word]
        assert (text.on, text.shaded, text.strength) == (cell.role, cell.shaded, cell.strength)
        assert (text.tones is None) == (cell.tones is None)
    roles = {shape.role for shape in shapes if isinstance(shape, Lines)}
    assert roles == {"padding", "input", "reach"}


def test_a_ringed_tile_has_two_rings_inside_it() -> None:
    shapes = line_shapes([Tile("9", 0.8, "output", rings=DOUBLE)], 1.0, 0.0)
    for role in ("ring_dark", "ring_light"):
        (ring,) = [shape.segments for shape in shapes if isinstance(shape, Lines) and shape.role == role]
        assert len(ring) == 4
        assert ring[..., 0].min() > 1
        assert ring[..., 0].max() < 1.8
    (word,) = standing(shapes)
    (dark,) = [shape.segments for shape in shapes if isinstance(shape, Lines) and shape.role == "ring_light"]
    assert word.corners[:, 0].min() > dark[..., 0].min()
    assert word.corners[:, 1].min() > dark[..., 1].min()


@given(st.integers(0, 10**9), st.booleans(), st.sampled_from(["", "12", "10,10"]))
def test_words_stay_inside_their_tiles(number: int, is_ringed: bool, lowered: str) -> None:
    text = "x" if lowered else str(number)
    tile = Tile(text, 0.54, "input", lowered=lowered, rings=("winner",) * is_ringed)
    (word,) = standing(line_shapes([tile], 0.0, 0.0))
    assert word.corners[:, 0].min() > 0
    assert word.corners[:, 0].max() < 0.54


def test_a_sign_takes_the_room_that_it_needs() -> None:
    assert sign("max (").width > sign("(").width
    assert sign("÷", 0.5).width == 0.5
    assert sign("+").role is None
