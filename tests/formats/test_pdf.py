"""PDF files, read back by pypdf and drawn by Poppler."""

from __future__ import annotations

import io
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from convanim import Animation, Conv, Layer, animate

pypdf = pytest.importorskip("pypdf")

CASES: dict[str, tuple[Layer, dict[str, Any]]] = {
    "plain": (Conv(4, 3, padding=1), {}),
    "flat": (Conv(4, 3), {"view": "flat"}),
    "channels": (Conv(4, 3, in_channels=2, out_channels=2), {}),
    "dark": (Conv(4, 3, padding=1), {"theme": "dark"}),
    "print": (Conv(3, 2), {"theme": "print", "values": True}),
    "caption": (Conv(3, 2), {"caption": "a caption → × é"}),
}


def drawn(name: str, **looks: Any) -> Animation:
    layer, own = CASES[name]
    return animate(layer, **own, **looks)


def opened(animation: Animation) -> Any:
    return pypdf.PdfReader(io.BytesIO(animation.encode("pdf")))


@pytest.mark.parametrize("name", CASES)
def test_every_step_is_a_page_and_all_are_of_one_size(name: str) -> None:
    animation = drawn(name)
    pages = opened(animation).pages
    assert len(pages) == len(animation.timeline.steps)
    width, height = animation.size
    assert {tuple(map(float, page.mediabox)) for page in pages} == {(0, 0, 0.75 * width, 0.75 * height)}


def test_a_still_is_one_page() -> None:
    assert len(opened(drawn("plain", still=3)).pages) == 1


@pytest.mark.parametrize("name", ["flat", "channels", "caption"])
def test_the_letters_that_are_used_are_embedded(name: str) -> None:
    fonts = opened(drawn(name)).pages[0]["/Resources"]["/Font"]
    for font in fonts.values():
        descendant = font.get_object()["/DescendantFonts"][0].get_object()
        assert "/FontFile2" in descendant["/FontDescriptor"]
        assert str(descendant["/BaseFont"]).startswith("/CONVAN+DejaVuSans")
    assert len(fonts) >= 1


def test_without_words_there_are_no_fonts() -> None:
    assert not opened(drawn("plain")).pages[0]["/Resources"]["/Font"]


@pytest.mark.parametrize("name", CASES)
def test_all_is_shapes_and_nothing_is_a_program(name: str) -> None:
    content = drawn(name).encode("pdf")
    assert b"/Image" not in content
    assert b"JavaScript" not in content
    assert all(not page.images for page in pypdf.PdfReader(io.BytesIO(content)).pages)


def test_its_words_can_be_searched_and_copied() -> None:
    assert "a caption → × é" in opened(drawn("caption")).pages[2].extract_text()
    assert "stride 1" in opened(drawn("flat")).pages[0].extract_text()


def test_title_and_alternative_text_are_there_for_the_whole_and_each_page() -> None:
    animation = drawn("plain")
    reader = opened(animation)
    assert (reader.metadata.title, reader.metadata.subject) == (animation.told.title, animation.alt)
    root = reader.trailer["/Root"]
    assert (root["/MarkInfo"]["/Marked"], root["/Lang"]) == (True, "en")
    document = root["/StructTreeRoot"]["/K"].get_object()
    figures = [figure.get_object() for figure in document["/K"]]
    assert [figure["/Alt"] for figure in figures] == [animation.told.step(step) for step in animation.timeline.steps]
    assert [figure["/Pg"].get_object() for figure in figures] == list(reader.pages)


def test_the_same_animation_has_the_same_bytes() -> None:
    assert drawn("channels").encode("pdf") == drawn("channels").encode("pdf")


@pytest.mark.skipif(shutil.which("pdftoppm") is None, reason="needs pdftoppm")
@pytest.mark.parametrize("name", CASES)
def test_poppler_draws_what_we_draw(name: str, tmp_path: Path) -> None:
    animation = drawn(name, width=320 if name in ("plain", "dark") else None)
    (tmp_path / "a.pdf").write_bytes(animation.encode("pdf"))
    subprocess.run(["pdftoppm", "-r", "96", "-png", "a.pdf", "a"], cwd=tmp_path, check=True, timeout=120)
    pages = sorted(tmp_path.glob("a-*.png"))
    frames = list(animation.frames())
    for number in (0, len(frames) // 2, len(frames) - 1):
        with Image.open(pages[number]) as page:
            pixels = np.asarray(page.convert("RGB")).astype(int)
        rows, columns = (min(sides) for sides in zip(pixels.shape[:2], frames[number].shape[:2], strict=True))
        off = np.abs(pixels[:rows, :columns] - frames[number][:rows, :columns, :3])
        assert off.mean() < 4


def test_a_transparent_background_is_no_shape() -> None:
    filled, clear = (len(drawn("plain", background=one).encode("pdf")) for one in ("#ffffff", "transparent"))
    assert clear < filled
