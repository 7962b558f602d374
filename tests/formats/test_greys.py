"""Pictures as grids of grey values."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray
from PIL import Image

from convanim import ConvanimError
from convanim.formats import greys as picture
from convanim.formats.greys import read_grey, scaled_down

RED, GREEN, BLUE = 0.2126 * 255, 0.7152 * 255, 0.0722 * 255
"""How bright the pure colours are, by ITU-R BT.709."""


@pytest.fixture
def _unclosed() -> Iterator[None]:
    """Collect, in a test that ignores it, the files that the readers leave open where they fail."""
    yield
    gc.collect()


def greys(folder: Path, image: Any, name: str = "a.png", **options: Any) -> list[list[float]]:
    path = folder / name
    image.save(path, **options)
    return read_grey("input", path).round(6).tolist()  # type: ignore[no-any-return]


def pixels(*row: Any, kind: type = np.uint8) -> Any:
    return Image.fromarray(np.array([row], kind))


def near(*row: float) -> list[Any]:
    return [pytest.approx(list(row), abs=1e-6)]


def test_greys_are_as_bright_as_their_colours(tmp_path: Path) -> None:
    image = pixels((255, 0, 0), (0, 255, 0), (0, 0, 255), (0, 0, 0), (255, 255, 255), (7, 7, 7))
    assert greys(tmp_path, image) == near(RED, GREEN, BLUE, 0, 255, 7)


def test_what_is_transparent_lies_on_white(tmp_path: Path) -> None:
    image = pixels((0, 0, 0, 255), (0, 0, 0, 0), (255, 0, 0, 0), (255, 0, 0, 255), (0, 0, 0, 51))
    assert greys(tmp_path, image) == near(0, 255, 255, RED, 204)


def test_grey_pictures_may_be_transparent_too(tmp_path: Path) -> None:
    image = Image.merge("LA", [pixels(0, 100, 100), pixels(255, 255, 0)])
    assert greys(tmp_path, image) == near(0, 100, 255)


def test_greys_are_taken_as_they_are(tmp_path: Path) -> None:
    assert greys(tmp_path, pixels(0, 1, 128, 255)) == near(0, 1, 128, 255)


def test_sixteen_bits_are_scaled_to_eight(tmp_path: Path) -> None:
    assert greys(tmp_path, pixels(0, 257, 65535, kind=np.uint16)) == near(0, 1, 255)


def test_black_and_white_is_all_or_nothing(tmp_path: Path) -> None:
    assert greys(tmp_path, pixels(0, 255).convert("1")) == near(0, 255)


@pytest.mark.parametrize("name", ["a.png", "a.gif"])
def test_a_palette_is_looked_up(tmp_path: Path, name: str) -> None:
    image = Image.fromarray(np.array([[0, 1, 2]], np.uint8))
    image.putpalette([255, 255, 255, 255, 0, 0, 0, 0, 0])
    assert greys(tmp_path, image, name) == near(255, RED, 0)


@pytest.mark.parametrize("name", ["a.gif", "a.png", "a.webp"])
def test_of_several_frames_the_first_counts(tmp_path: Path, name: str) -> None:
    frames = [Image.fromarray(np.full((2, 3), value, np.uint8)) for value in (10, 200, 90)]
    options = {"lossless": True} if name == "a.webp" else {}
    assert greys(tmp_path, frames[0], name, save_all=True, append_images=frames[1:], **options) == [[10.0] * 3] * 2


@pytest.mark.parametrize("name", ["a.bmp", "a.png", "a.webp", "a.tif"])
def test_every_kind_of_picture_is_read(tmp_path: Path, name: str) -> None:
    options = {"lossless": True} if name == "a.webp" else {}
    image = pixels((255, 0, 0), (9, 9, 9))
    assert greys(tmp_path, image, name, **options) == near(RED, 9)


def test_a_jpeg_is_nearly_what_was_saved(tmp_path: Path) -> None:
    values = np.tile(np.arange(0, 256, 16, dtype=np.uint8), (16, 1))
    found = np.array(greys(tmp_path, Image.fromarray(values), "a.jpg", quality=95))
    assert np.abs(found - values).max() < 8


@pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")
@pytest.mark.usefixtures("_unclosed")
@pytest.mark.parametrize("name", ["a.png", "a.gif", "a.jpg", "a.tif", "a.bmp", "a.webp"])
def test_text_is_no_picture(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text("1, 2, 3, 4, 5, 6, 7, 8\n" * 9, encoding="utf-8")
    with pytest.raises(ConvanimError, match=r"^input .*: is not a picture that can be read") as caught:
        read_grey("input", path)
    assert "\n" not in str(caught.value)


@pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")
@pytest.mark.usefixtures("_unclosed")
@pytest.mark.parametrize("part", [0.0, 0.2, 0.5, 0.8])
def test_a_broken_picture_is_refused(tmp_path: Path, part: float) -> None:
    path = tmp_path / "a.png"
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (30, 30, 3), np.uint8)).save(path)
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * part)])
    with pytest.raises(ConvanimError, match="is not a picture that can be read"):
        read_grey("input", path)


def test_a_picture_of_too_many_pixels_is_refused_before_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(picture, "MOST_PIXELS", 12)
    assert greys(tmp_path, Image.new("L", (4, 3))) == [[0.0] * 4] * 3
    Image.new("L", (5, 3)).save(tmp_path / "b.png")
    monkeypatch.setattr("imageio.v3.imread", None)
    with pytest.raises(ConvanimError, match="has 3x5 pixels"):
        read_grey("input", tmp_path / "b.png")


def test_a_bomb_is_refused_in_one_sentence(tmp_path: Path) -> None:
    Image.new("1", (20_000, 20_000)).save(tmp_path / "a.png")
    with pytest.raises(ConvanimError) as caught:
        read_grey("input", tmp_path / "a.png")
    assert "too many pixels" in str(caught.value)


PIXELS = st.tuples(st.integers(1, 12), st.integers(1, 12)).flatmap(
    lambda size: arrays(np.float64, size, elements=st.integers(0, 255).map(float))
)


@st.composite
def smaller(draw: st.DrawFn) -> tuple[NDArray[np.float64], tuple[int, int]]:
    grey = draw(PIXELS)
    rows, columns = grey.shape
    return grey, (draw(st.integers(1, rows)), draw(st.integers(1, columns)))


def covered(at: int, cells: int, count: int) -> list[float]:
    """Return which part of each of some pixels lies in one of fewer cells, by counting in finest parts."""
    finest = range(at * count, (at + 1) * count)
    return [sum(part // cells == pixel for part in finest) / count for pixel in range(count)]


@given(smaller())
def test_a_cell_is_the_mean_of_the_pixels_that_it_covers(drawn: tuple[NDArray[np.float64], tuple[int, int]]) -> None:
    grey, (rows, columns) = drawn
    found = scaled_down(grey, (rows, columns))
    assert found.dtype == np.int64
    assert found.shape == (rows, columns)
    for row in range(rows):
        down = np.array(covered(row, rows, grey.shape[0]))
        for column in range(columns):
            across = np.array(covered(column, columns, grey.shape[1]))
            assert abs(found[row, column] - down @ grey @ across) <= 0.5 + 1e-9


@given(smaller())
def test_no_light_is_lost(drawn: tuple[NDArray[np.float64], tuple[int, int]]) -> None:
    grey, size = drawn
    found = scaled_down(grey, size)
    assert abs(found.mean() - grey.mean()) <= 0.5 + 1e-9
    assert grey.min() <= found.min()
    assert found.max() <= grey.max()


@given(PIXELS)
def test_the_size_that_it_has_changes_nothing(grey: NDArray[np.float64]) -> None:
    np.testing.assert_array_equal(scaled_down(grey, (grey.shape[0], grey.shape[1])), grey)


def test_pixels_that_lie_in_two_cells_count_for_both() -> None:
    assert scaled_down(np.array([[0.0, 90.0, 30.0]]), (1, 2)).tolist() == [[30, 50]]
