"""PDF files, read by pypdf and drawn by Poppler."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fontTools.ttLib import TTFont
from numpy.typing import NDArray
from PIL import Image

from convanim import Animation, Conv, animate, compare

pypdf: Any = pytest.importorskip("pypdf")

Picture = NDArray[np.uint8]

needs_poppler = pytest.mark.skipif(shutil.which("pdftoppm") is None, reason="pdftoppm is not installed")

HOSTILE = r"""\)(<>&$#"%[]{}/'"""

INPUT, KERNEL = [[1, 2, 3], [4, 5, 6], [7, 8, 9]], [[100, 10], [1000, 1]]
OUTPUT = [4125, 5236, 7458, 8569]
"""What the kernel makes of the input, a different number at every step."""

ANIMATIONS: dict[str, Callable[[], Animation]] = {
    "plain": lambda: animate(Conv(4, 3, padding=1), width=200, steps=(0, 3), caption=False),
    "classic": lambda: animate(Conv(4, 3, padding=1), width=200, steps=(0, 3), classic=True),
    "flat": lambda: animate(Conv(3, 2), view="flat", input=INPUT, kernel=KERNEL, caption="→ × é"),
    "channels": lambda: animate(Conv(4, 3, in_channels=2, out_channels=2), width=240, steps=(3, 5)),
    "dark": lambda: animate(Conv(4, 3), width=200, theme="dark", caption=HOSTILE, classic=True),
    "print": lambda: animate(Conv(4, 3), width=201, theme="print"),
    "transparent": lambda: animate(Conv(4, 3), width=200, background="transparent"),
    "revealed": lambda: animate(Conv(4, 3), width=200, reveal=True, every=2),
}


@cache
def drawn(name: str) -> Animation:
    return ANIMATIONS[name]()


@cache
def written(name: str) -> bytes:
    return drawn(name).encode("pdf")


def read(content: bytes) -> Any:
    return pypdf.PdfReader(io.BytesIO(content), strict=True)


def objects(content: bytes) -> Iterator[Any]:
    """Yield every object of a file."""
    reader = read(content)
    for number in range(1, reader.trailer["/Size"]):
        yield reader.get_object(number)


def words(content: bytes) -> list[list[str]]:
    """Return the words of each page."""
    return [page.extract_text().split() for page in read(content).pages]


def results(page: list[str]) -> list[int]:
    """Return which outputs a page has; the latest may stand in a sum, too."""
    return sorted({int(word) for word in page if word in map(str, OUTPUT)})


def fonts(content: bytes) -> Iterator[Any]:
    """Yield every font that a page may use."""
    resources = [page["/Resources"] for page in read(content).pages]
    for page in resources:
        yield from (font.get_object() for font in page.get("/Font", {}).values())


def pages(content: bytes, folder: Path, program: str = "pdftoppm", *options: str, finer: int = 1) -> list[Picture]:
    """Return each page at 96 dots an inch, drawn so many times finer and then averaged."""
    path = folder / "a.pdf"
    path.write_bytes(content)
    command: list[str | Path] = [program, "-r", str(96 * finer), "-png", *options, path, folder / "page"]
    assert subprocess.run(command, check=True, capture_output=True).stderr == b""
    found = []
    for page in sorted(folder.glob("page*.png")):
        with Image.open(page) as image:
            found.append(np.asarray(image.reduce(finer)))
    return found


def error(one: Picture, other: Picture) -> float:
    return float(np.abs(one[..., :3].astype(int) - other[..., :3]).mean())


# The file


@pytest.mark.parametrize("name", ANIMATIONS)
def test_each_step_has_a_page_of_the_pictures_size(name: str) -> None:
    animation = drawn(name)
    boxes = [tuple(map(float, page.mediabox)) for page in read(written(name)).pages]
    width, height = animation.size
    assert boxes == [(0, 0, 0.75 * width, 0.75 * height)] * len(animation.timeline.steps)


def test_a_still_has_one_page() -> None:
    assert len(read(drawn("plain").still(2).encode("pdf")).pages) == 1


@pytest.mark.parametrize("motion", ["steps", "smooth"])
def test_what_lies_between_steps_has_no_page(motion: str) -> None:
    assert len(read(animate(Conv(3, 2), width=160, motion=motion).encode("pdf")).pages) == 4


@pytest.mark.parametrize("name", ANIMATIONS)
def test_there_are_shapes_and_no_pictures_of_pixels(name: str) -> None:
    assert all(not list(page.images) for page in read(written(name)).pages)
    kinds = {found.get("/Subtype") for found in objects(written(name)) if isinstance(found, dict)}
    assert "/Image" not in kinds
    assert not any(re.search(rb"\bBI\b", page.get_contents().get_data()) for page in read(written(name)).pages)


@pytest.mark.parametrize("name", ANIMATIONS)
def test_nothing_in_a_file_is_a_program_or_elsewhere(name: str) -> None:
    acting = {
        "/JS",
        "/JavaScript",
        "/OpenAction",
        "/AA",
        "/A",
        "/URI",
        "/Launch",
        "/Names",
        "/Annots",
        "/EmbeddedFiles",
    }
    for found in objects(written(name)):
        if isinstance(found, dict) and found.get("/Type") != "/StructElem":
            assert not acting & set(found)


def test_the_same_animation_gives_the_same_bytes() -> None:
    assert ANIMATIONS["flat"]().encode("pdf") == written("flat")
    assert b"Date" not in written("flat")


@pytest.mark.parametrize("name", ANIMATIONS)
def test_the_table_says_where_each_object_stands(name: str) -> None:
    content = written(name)
    start = int(content.rsplit(b"startxref\n", 1)[1].split()[0])
    assert content[start : start + 5] == b"xref\n"
    lines = content[start:].split(b"trailer")[0].splitlines()
    for number, line in enumerate(lines[3:], 1):
        assert content[int(line[:10]) :].startswith(b"%d 0 obj\n" % number)
    assert all(len(line) == 19 for line in lines[2:])


def test_what_several_pages_show_stands_in_the_file_once() -> None:
    animation = animate(Conv(5, 3, padding=1), width=200)
    one = len(animation.still(0).encode("pdf"))
    assert len(animation.encode("pdf")) < one + 24 * 0.6 * one


# Words


@pytest.mark.parametrize("name", ANIMATIONS)
def test_the_title_and_what_happens_are_said(name: str) -> None:
    reader = read(written(name))
    assert (reader.metadata.title, reader.metadata.subject) == (drawn(name).told.title, drawn(name).alt)
    root = reader.trailer["/Root"]
    assert (root["/Lang"], root["/MarkInfo"]["/Marked"], root["/ViewerPreferences"]["/DisplayDocTitle"]) == (
        "en",
        True,
        True,
    )


@pytest.mark.parametrize("name", ["plain", "flat", "channels"])
def test_each_page_is_a_figure_with_a_sentence_on_its_step(name: str) -> None:
    animation, reader = drawn(name), read(written(name))
    tree = reader.trailer["/Root"]["/StructTreeRoot"]
    whole = tree["/K"]
    assert whole["/Alt"] == animation.alt
    figures = [figure.get_object() for figure in whole["/K"]]
    assert [figure["/S"] for figure in figures] == ["/Figure"] * len(animation.timeline.steps)
    assert [figure["/Alt"] for figure in figures] == [animation.told.step(step) for step in animation.timeline.steps]
    parents = tree["/ParentTree"]["/Nums"]
    for number, (figure, page) in enumerate(zip(figures, reader.pages, strict=True)):
        assert figure["/Pg"].indirect_reference == page.indirect_reference
        assert page["/StructParents"] == parents[2 * number] == number
        assert parents[2 * number + 1].get_object()[0].get_object() == figure
        assert page.get_contents().get_data().startswith(b"/Figure <</MCID 0>> BDC")


def test_numbers_and_captions_are_text() -> None:
    for page in words(written("flat")):
        assert {"input", "kernel", "output", *map(str, range(1, 10)), "10", "100", "1000"} <= set(page)
        assert "→ × é" in " ".join(page)


def test_numbers_are_revealed_one_by_one_and_stay() -> None:
    for step, page in enumerate(words(written("flat"))):
        assert results(page) == OUTPUT[: step + 1]


def test_a_part_of_the_steps_shows_what_came_before() -> None:
    animation = animate(Conv(3, 2), view="flat", input=INPUT, kernel=KERNEL, steps=(2, 4))
    for step, page in enumerate(words(animation.encode("pdf")), 2):
        assert results(page) == OUTPUT[: step + 1]


def test_hostile_captions_stay_words() -> None:
    assert all("".join(page) == HOSTILE for page in words(written("dark")))
    assert len(read(written("dark")).pages) == 4


def test_hostile_titles_stay_words() -> None:
    content = compare([Conv(3, 2), Conv(3, 3)], titles=[HOSTILE, "→ × é"], still=0).encode("pdf")
    assert read(content).metadata.title == f"{HOSTILE} and → × é"
    assert HOSTILE in words(content)[0]


@pytest.mark.parametrize("name", ["flat", "dark"])
def test_fonts_are_part_of_the_file_with_only_the_letters_that_are_written(name: str) -> None:
    letters = set()
    for font in fonts(written(name)):
        assert re.fullmatch(r"/[A-Z]{6}\+DejaVuSans(-Bold|-Oblique)?", font["/BaseFont"])
        inner = font["/DescendantFonts"][0].get_object()
        program = TTFont(io.BytesIO(inner["/FontDescriptor"]["/FontFile2"].get_data()))
        letters |= {chr(code) for code in program.getBestCmap()}
        assert font["/ToUnicode"].get_data()
        assert len(inner["/W"][1]) == len(program.getBestCmap())
    assert letters - {" "} == set("".join("".join(page) for page in words(written(name))))


def test_without_words_there_is_no_font() -> None:
    assert words(written("classic")) == [[], [], []]
    assert not list(fonts(written("classic")))
    assert b"FontFile" not in written("classic")


@pytest.mark.skipif(shutil.which("pdffonts") is None, reason="pdffonts is not installed")
def test_programs_find_every_font_embedded_and_readable(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(written("flat"))
    asked = subprocess.run(["pdffonts", tmp_path / "a.pdf"], check=True, capture_output=True, text=True)
    assert asked.stderr == ""
    listed = asked.stdout.splitlines()[2:]
    assert listed
    assert all(line.split()[-5:-2] == ["yes", "yes", "yes"] for line in listed)


# As it is drawn


@needs_poppler
@pytest.mark.parametrize("name", ["plain", "channels", "dark", "print", "revealed"])
def test_pages_look_like_the_pictures(tmp_path: Path, name: str) -> None:
    frames = list(drawn(name).frames())
    shown = pages(written(name), tmp_path, finer=3)
    for number, (page, frame) in enumerate(zip(shown, frames, strict=True)):
        assert page.shape[:2] == frame.shape[:2]
        errors = [error(page, other) for other in frames]
        assert errors[number] == min(errors) < 2


@needs_poppler
@pytest.mark.parametrize("name", ["plain", "flat", "dark", "print"])
def test_pages_look_like_the_pictures_without_more_dots_too(tmp_path: Path, name: str) -> None:
    for page, frame in zip(pages(written(name), tmp_path), drawn(name).frames(), strict=True):
        assert error(page, frame) < 3.5


@needs_poppler
def test_flat_colours_are_exact(tmp_path: Path) -> None:
    animation = drawn("dark")
    for page, frame in zip(pages(written("dark"), tmp_path), animation.frames(), strict=True):
        assert tuple(page[1, 1, :3]) == animation.theme.background
        for role in ("input", "output"):
            fill = (frame[..., :3] == np.array(animation.theme.fill(role))).all(axis=-1)
            assert fill.sum() > 100
            assert (page[fill, :3] == np.array(animation.theme.fill(role))).all(axis=-1).mean() > 0.9


def test_a_transparent_background_is_no_shape() -> None:
    filled, clear = (animate(Conv(3, 2), width=200, background=one) for one in ("#ffffff", "transparent"))
    assert len(clear.encode("pdf")) < len(filled.encode("pdf"))


@pytest.mark.skipif(shutil.which("pdftocairo") is None, reason="pdftocairo is not installed")
def test_a_transparent_page_is_left_out(tmp_path: Path) -> None:
    frames = drawn("transparent").frames()
    for page, frame in zip(pages(written("transparent"), tmp_path, "pdftocairo", "-transp"), frames, strict=True):
        assert page[0, 0, 3] == page[-1, -1, 3] == 0
        assert np.abs(page[..., 3].astype(int) - frame[..., 3]).mean() < 3
        solid = (page[..., 3] == 255) & (frame[..., 3] == 255)
        assert solid.mean() > 0.2
        assert error(page[solid], frame[solid]) < 3
