"""What stands in cells, and how large."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from convanim import AvgPool, Conv, ConvTranspose, DepthwiseConv, Layer, MaxPool, Plan, Upsample, animate, plan
from convanim.render.text import word_outline
from convanim.views.contents import Contents
from convanim.views.lettering import CENTRE, MOST_OF_CELL, Lettering, lettered
from convanim.views.look import Look
from convanim.views.plane import FLAT, OBLIQUE, Plane
from convanim.views.scene import Cells, Lines, Texts
from tests.views.helpers import Word, within, words_of

NUMBERS, LETTERS = Look(labels="numbers"), Look(labels="letters")
FLAT_PLANE = Plane(3, 4, np.zeros(2), FLAT)


def contents_of(made: Plan, look: Look) -> Contents:
    return Contents(made, look, dict.fromkeys(range(len(made.tensors)), (0,)))


def plane_said(made: Plan, look: Look, tensor: int = 0, most: float = 0.4) -> Lettering | None:
    """Return what the cells of a tensor say as they are."""
    return contents_of(made, look).sheet(None, tensor, 0, 0, most, CENTRE)


def read_said(made: Plan, look: Look) -> Lettering | None:
    """Return what the cells of the input say as the layer reads them."""
    return contents_of(made, look).sheet(made.last, 0, 0, 0, 0.4, CENTRE)


def kernel_said(made: Plan, look: Look, is_rotated: bool = False) -> Lettering | None:
    return contents_of(made, look).kernel_lettering(made.last, 0, 0, 0, 0.4, is_rotated)


def numbered(values: Any, most: float = 0.4) -> Lettering:
    """Return what the cells of an input of some numbers say."""
    grid = np.array(values)
    found = plane_said(plan(Conv(grid.shape, 1), input=grid), NUMBERS, most=most)
    assert found is not None
    return found


def indexed(*size: int, tensor: int = 0) -> Lettering:
    """Return what the cells say among letters, of an input or of an output as large."""
    found = plane_said(plan(Conv(size, 1)), LETTERS, tensor)
    assert found is not None
    return found


def all_cells(lettering: Lettering) -> np.ndarray:
    return np.argwhere(np.ones(lettering.words.shape, bool))


def words(lettering: Lettering, shaded: bool = False) -> list[Word]:
    texts = lettering.texts(FLAT_PLANE, all_cells(lettering), "input", shaded)
    return [word for text in texts for word in words_of(text)]


def test_numbers_are_spelled_with_few_decimals_and_a_real_minus() -> None:
    found = numbered([[-3, 0], [0.125, 2.0]])
    assert found.words.tolist() == [["−3", "0"], ["0.13", "2"]]
    assert set(found.lowered.ravel()) == {""}


@pytest.mark.parametrize(("tensor", "letter"), [(0, "x"), (1, "y")])
def test_letters_have_their_row_and_column_from_1_on(tensor: int, letter: str) -> None:
    found = indexed(2, 3, tensor=tensor)
    assert set(found.words.ravel()) == {letter}
    assert found.lowered.tolist() == [["11", "12", "13"], ["21", "22", "23"]]
    assert found.face == "italic"


def test_from_ten_on_a_comma_stands_between_row_and_column() -> None:
    assert indexed(9, 9).lowered[8, 8] == "99"
    found = indexed(2, 10)
    assert [found.lowered[0, 0], found.lowered[1, 9]] == ["1,1", "2,10"]


def test_letters_of_one_axis_have_one_index() -> None:
    assert indexed(12).lowered.tolist() == [[str(n) for n in range(1, 13)]]


@given(st.lists(st.integers(-(10**9), 10**9), min_size=1, max_size=6), st.sampled_from([0.3, 0.5, 1.0]))
def test_the_widest_word_fits_its_cell_in_bold_too(values: list[int], most: float) -> None:
    found = numbered([values], most)
    assert found.size <= most
    for shaded in (False, True):
        for word in words(found, shaded):
            left, right = word.corners[:, 0].min(), word.corners[:, 0].max()
            assert right - left <= MOST_OF_CELL + 1e-6


def test_short_words_are_as_large_as_they_may_be() -> None:
    assert numbered([[1, 2]], 0.36).size == 0.36


def test_all_words_of_a_plane_have_one_size() -> None:
    assert len({word.of.size for word in words(numbered([[1, -1234567]]))}) == 1


def test_words_stand_in_the_middle_of_their_cells_unless_told_otherwise() -> None:
    first, *_ = words(lettered(np.array([["a", "b"]], object), np.full((1, 2), "", object), 0.4))
    assert first.at == (0.5, 0.5)


def test_a_word_at_work_is_bold_but_letters_stay_slanted() -> None:
    assert {word.of.face for word in words(numbered([[1]]), shaded=True)} == {"bold"}
    assert {word.of.face for word in words(indexed(1, 2), shaded=True)} == {"italic"}


def test_numbers_among_letters_stand_upright() -> None:
    found = read_said(plan(Conv(2, 3, padding=1)), LETTERS)
    assert found is not None
    texts = found.texts(Plane(4, 4, np.zeros(2), FLAT), all_cells(found), "input")
    assert {text.face: sorted(set(text.words)) for text in texts} == {"italic": ["x"], "regular": ["0"]}


def test_words_lie_in_their_plane() -> None:
    found = numbered([[7]])
    (text,) = found.texts(Plane(1, 1, np.zeros(2), OBLIQUE), np.array([[0, 0]]), "input")
    assert (text.across, text.down) == (OBLIQUE.across, OBLIQUE.down)
    assert text.em == pytest.approx(0.4)


def test_words_of_some_cells_are_those_cells_words() -> None:
    found = numbered(np.arange(12).reshape(3, 4))
    (text,) = found.texts(FLAT_PLANE, np.array([[1, 2], [2, 0]]), "input")
    assert text.words == ("6", "8")


def test_greys_are_those_of_the_cells() -> None:
    found = numbered(np.arange(12).reshape(3, 4))
    (text,) = found.texts(FLAT_PLANE, np.array([[1, 2]]), "input", tones=np.linspace(0, 1, 12).reshape(3, 4))
    assert isinstance(text, Texts)
    assert text.tones is not None
    assert text.tones.tolist() == pytest.approx([6 / 11])


@pytest.mark.parametrize("layer", [Conv(4, 3, padding=1), ConvTranspose(3, 2, 2), MaxPool(4, 2), AvgPool(4, 2)])
def test_nothing_is_said_where_there_are_no_labels_or_no_numbers(layer: Layer) -> None:
    for made, look in ((plan(layer, seed=0), Look()), (plan(layer), NUMBERS)):
        assert kernel_said(made, look) is None
        assert plane_said(made, look, 1) is None
    assert read_said(plan(layer, seed=0), Look()) is None


def test_pooling_has_no_weights_to_speak_of() -> None:
    for look in (NUMBERS, LETTERS):
        assert kernel_said(plan(MaxPool(4, 2), seed=0), look) is None


def test_a_rotated_kernel_is_turned_by_180_degrees() -> None:
    made = plan(Conv(3, 2), kernel=[[1, 2], [3, 4]])
    stored, rotated = (kernel_said(made, NUMBERS, turned) for turned in (False, True))
    assert stored is not None
    assert rotated is not None
    assert stored.words.tolist() == [["1", "2"], ["3", "4"]]
    assert rotated.words.tolist() == [["4", "3"], ["2", "1"]]


def test_numbers_that_no_plane_holds_are_not_lettered() -> None:
    made = plan(Conv(2, 1))
    assert plane_said(made, NUMBERS) is None
    assert plane_said(made, LETTERS) is not None


@pytest.mark.parametrize("view", ["flat", "oblique"])
def test_words_stand_in_the_middle_of_cells_that_bear_no_chip(view: str) -> None:
    scene = animate(Conv(4, 2), view=view, values=True).scene
    resting = [shape.quads.mean(axis=1) for shape in scene.ground if isinstance(shape, Cells) and shape.role == "input"]
    middles = np.concatenate(resting)
    places = [shape.places for shape in scene.ground if isinstance(shape, Texts) and shape.on == "input"]
    at = np.concatenate(places)
    np.testing.assert_allclose(at, middles[: len(at)], atol=1e-9)


VOLUMES = Conv((2, 2, 2), 2, in_channels=2, out_channels=2)
CHIPS = [
    *product(
        [Conv(5, 3), Conv((6,), 3), VOLUMES, Upsample(3, mode="bilinear"), Upsample((4,), mode="linear")],
        ["flat", "oblique"],
    ),
    (Conv(4, 3, in_channels=2, out_channels=2), "flat"),
    (DepthwiseConv(3, 2, in_channels=12), "flat"),
]


@pytest.mark.parametrize(("layer", "view"), CHIPS)
def test_letters_stay_whole_beside_their_chips(layer: Layer, view: str) -> None:
    scene = animate(layer, view=view, labels="letters").scene
    for shapes in map(scene.moment, range(scene.steps)):
        chips = np.concatenate([shape.quads for shape in shapes if isinstance(shape, Cells) and shape.role == "kernel"])
        for texts in (shape for shape in shapes if isinstance(shape, Texts) and shape.on == "input" and not shape.held):
            axes = texts.size * np.array([texts.across, np.negative(texts.down)])
            for word, lowered, place in zip(texts.words, texts.lowered, texts.places, strict=True):
                points = word_outline(word, lowered, texts.face, texts.anchor)[0] @ axes + place
                assert not within(chips, points).any()


@pytest.mark.parametrize(
    ("layer", "ring"), [(VOLUMES, 0.0), (Conv((4, 11), 3, padding=1, padding_mode="reflect", in_channels=2), 0.1)]
)
def test_long_letters_beside_chips_stay_within_their_cells_and_rings(layer: Layer, ring: float) -> None:
    made = plan(layer)
    said = contents_of(made, LETTERS).sheet(made.last, 0, 0, 0, 0.35, (0.25, 0.40))
    assert said is not None
    assert ring < said.at[1] - said.size * said.widest / 2 < said.at[1] + said.size * said.widest / 2 < 1 - ring


@pytest.mark.parametrize("view", ["flat", "oblique"])
@pytest.mark.parametrize("mode", ["reflect", "circular"])
def test_rings_of_pairs_keep_off_chips(mode: str, view: str) -> None:
    moment = animate(Conv(4, 3, padding=1, padding_mode=mode), view=view, values=True).scene.moment(0)
    chips = np.concatenate([shape.quads for shape in moment if isinstance(shape, Cells) and shape.role == "kernel"])
    rings = [shape.segments for shape in moment if isinstance(shape, Lines) and shape.role.startswith("pair")]
    along = np.linspace(0, 1, 40)[:, None]
    for start, end in np.concatenate(rings):
        assert not within(chips, start + along * (end - start)).any()
