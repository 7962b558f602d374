"""PPTX files, read back by python-pptx and by LibreOffice."""

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
from PIL import Image

from convanim import Animation, Chain, Conv, ConvanimError, ConvTranspose, animate, compare
from convanim.formats import pptx
from tests.commands import notes

Presentation = pytest.importorskip("pptx").Presentation

ANIMATIONS: dict[str, Callable[[], Animation]] = {
    "plain": lambda: animate(Conv(4, 3, padding=1), steps=(5, 7), caption="</a:t> & <b>"),
    "numbers": lambda: animate(Conv(3, 2), values=True, still=2),
    "flat": lambda: animate(Conv(3, 2), view="flat", values=True, still=2),
    "channels": lambda: animate(Conv(4, 3, in_channels=2, out_channels=2), still=3),
    "chain": lambda: animate(Chain([Conv(5, 3), Conv(3, 2)]), still=4),
    "transposed": lambda: animate(ConvTranspose(2, 3, stride=2), theme="dark", legend=True, still=6),
    "compare": lambda: compare([Conv(5, 3), Conv(5, 3, dilation=2)], still=0),
    "greys": lambda: animate(Conv(3, 2), input=[[1, 2, 3], [4, 5, 6], [7, 8, 9]], shades=True, still=1),
    "print": lambda: animate(Conv(3, 2), values=True, theme="print", still=1),
}

MOST_DIFFERENCE = 4.5
"""The mean difference of LibreOffice's pictures from ours, of 255: its lines and letters are a little stronger."""


@cache
def drawn(name: str) -> Animation:
    return ANIMATIONS[name]()


def read(animation: Animation) -> Any:
    return Presentation(io.BytesIO(animation.encode("pptx")))


@cache
def opened(name: str) -> Any:
    return read(drawn(name))


def within(shapes: Any) -> Iterator[Any]:
    """Yield all shapes, also those in groups, in drawing order."""
    for shape in shapes:
        yield shape
        yield from within(shape.shapes) if shape.shape_type == 6 else ()


def test_letters_of_other_scripts_name_a_font_of_their_region() -> None:
    pytest.importorskip("noto_cjk_sans_otc")
    (slide,) = read(animate(Conv(3, 2), still=0, caption="층 a")).slides
    (run,) = [
        run
        for shape in within(slide.shapes)
        if shape.has_text_frame
        for run in shape.text_frame.paragraphs[0].runs
        if "층" in run.text
    ]
    assert '<a:ea typeface="Malgun Gothic"/>' in run._r.xml


def names(name: str, number: int = 0) -> list[str]:
    return [shape.name for shape in within(opened(name).slides[number].shapes)]


def test_every_step_has_a_slide_with_its_sentence_in_the_notes() -> None:
    animation, slides = drawn("plain"), opened("plain").slides
    assert [slide.notes_slide.notes_text_frame.text for slide in slides] == [
        animation.told.step(5),
        animation.told.step(6),
    ]


def test_all_of_a_slide_is_one_group_with_the_alternative_text() -> None:
    for slide in opened("plain").slides:
        (whole,) = slide.shapes
        assert whole.name == drawn("plain").told.title
        assert whole._element.nvGrpSpPr.cNvPr.get("descr") == drawn("plain").alt


def test_cells_and_rays_are_named_and_grouped() -> None:
    (whole,) = opened("plain").slides[0].shapes
    assert [group.name for group in whole.shapes] == [
        *(
            "padding",
            "input",
            "output",
            "word",
            "caption",
            "window",
            "window outline",
            "ray",
            "made",
            "made outline",
            "mark",
        )
    ]
    found = names("plain")
    assert [found.count(f"input cell {row},{column}") for row in range(4) for column in range(4)] == [1] * 16
    assert (found.count("ray"), found.count("ray casing")) == (3, 1)
    assert {"input 1 cell 0,0", "input 2 cell 3,3", "output 1 cell 0,0"} <= set(names("channels"))
    assert {"input cell 2,2", "kernel cell 1,1", "output cell 1,0"} <= set(names("flat"))


def test_level_cells_are_rectangles_and_slanted_ones_are_not() -> None:
    for name, is_level in (("flat", True), ("plain", False)):
        cells = [shape for shape in within(opened(name).slides[0].shapes) if " cell " in shape.name]
        assert {shape._element.spPr.prstGeom is not None for shape in cells} == {is_level}
        assert all(shape.fill.type == 1 for shape in cells)


def test_what_is_hidden_entirely_is_left_out() -> None:
    shown = list(within(opened("flat").slides[0].shapes))
    places = [(shape.left, shape.top, shape.width, shape.height) for shape in shown if " cell " in shape.name]
    assert len(set(places)) == len(places)
    words = [(shape.left, shape.top) for shape in shown if shape.has_text_frame and shape.text_frame.text.isdigit()]
    assert len(set(words)) == len(words)


def test_numbers_of_shapes_differ_on_a_slide() -> None:
    for name in ANIMATIONS:
        for slide in opened(name).slides:
            numbers = [shape.shape_id for shape in within(slide.shapes)]
            assert len(set(numbers)) == len(numbers)


def test_words_are_text_whatever_they_hold() -> None:
    words = [shape.text_frame.text for shape in within(opened("plain").slides[0].shapes) if shape.has_text_frame]
    assert "</a:t> & <b>" in words
    assert b"DejaVu" not in drawn("plain").encode("pptx")


def test_dashes_and_opacity_are_native() -> None:
    (whole,) = opened("plain").slides[0].shapes
    xml = "".join(str(part.blob) for part in opened("plain").part.package.iter_parts() if "slide1" in part.partname)
    assert "<a:custDash><a:ds d=" in xml
    assert "<a:alpha val=" in xml
    assert whole.width <= opened("plain").slide_width


@pytest.mark.parametrize(("width", "height"), [(40, 400), (8192, 600)])
def test_slides_of_any_size_are_within_what_powerpoint_takes(width: int, height: int) -> None:
    made = read(animate(Conv(2, 1), width=width, height=height, still=0))
    (whole,) = made.slides[0].shapes
    for side, long in ((made.slide_width, whole.width), (made.slide_height, whole.height)):
        assert 914_400 <= side <= 51_206_400
        assert long <= side


def test_the_background_is_that_of_the_theme_unless_it_is_transparent() -> None:
    fill = opened("transposed").slides[0].background.fill
    assert tuple(fill.fore_color.rgb) == drawn("transposed").theme.background
    assert read(animate(Conv(2, 1), background="transparent", still=0)).slides[0].follow_master_background


def test_turned_words_are_noted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    said = "Note: words in slanted cells are turned in a .pptx, since PowerPoint slants no letters."
    assert notes("conv -i 3 -k 2 --values --format pptx") == [said]
    assert notes("conv -i 3 -k 2 --values --view flat --format pptx") == []
    assert notes("conv -i 3 -k 2 --values --format svg") == []


@pytest.mark.parametrize("change", ["steps", "every", "still"])
def test_too_many_shapes_are_refused_with_what_works(change: str) -> None:
    looks: dict[str, Any] = {"width": 700}
    with pytest.raises(ConvanimError, match="about 120825 shapes on its slides, and PPTX takes 30000") as refused:
        animate(Conv(15, 3, padding=1), **looks).fitting_format("output", "a.pptx", "pptx")
    (way,) = (way for way in refused.value.ways if change in way)
    first, *last = (int(number) for number in re.findall(r"\d+", way))
    looks[change] = (first, *last) if last else first
    animate(Conv(15, 3, padding=1), **looks).fitting_format("output", "a.pptx", "pptx")


def test_bytes_do_not_depend_on_the_date(monkeypatch: pytest.MonkeyPatch) -> None:
    before = drawn("numbers").encode("pptx")
    monkeypatch.setattr("time.time", lambda: 2e9)
    assert drawn("numbers").encode("pptx") == before
    assert pptx._DAY[0] == 1980


def test_commands_and_titles_of_any_length_are_carried_whole() -> None:
    whole, title = f"convanim conv --caption-text '{'<a> & b ' * 50}'", "layer & " * 50
    content = pptx.saved(Presentation(), title, whole)
    assert pptx.command_of(content) == whole
    assert Presentation(io.BytesIO(content)).core_properties.title == title


@pytest.mark.skipif(shutil.which("soffice") is None or shutil.which("pdftoppm") is None, reason="needs LibreOffice")
def test_libreoffice_shows_the_same_pictures(tmp_path: Path) -> None:
    for name in ANIMATIONS:
        (tmp_path / f"{name}.pptx").write_bytes(drawn(name).encode("pptx"))
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    convert = ["soffice", profile, "--headless", "--convert-to", "pdf", *(f"{name}.pptx" for name in ANIMATIONS)]
    subprocess.run(convert, cwd=tmp_path, check=True, capture_output=True, timeout=180)
    for name in ANIMATIONS:
        frames = list(drawn(name).frames())
        height, width = frames[0].shape[:2]
        size = ["-scale-to-x", str(width), "-scale-to-y", str(height)]
        subprocess.run(["pdftoppm", "-png", *size, f"{name}.pdf", name], cwd=tmp_path, check=True, timeout=60)
        pages = sorted(tmp_path.glob(f"{name}-*.png"))
        for page, frame in zip(pages, frames, strict=True):
            shown = np.asarray(Image.open(page).convert("RGB")).astype(int)
            assert np.abs(shown - frame[..., :3]).mean() < MOST_DIFFERENCE, name
