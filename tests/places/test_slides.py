"""Decks of slides, read back by python-pptx and by LibreOffice."""

from __future__ import annotations

import io
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from convanim import ConvanimError
from convanim.places import slides
from convanim.places.gallery import Entry, read_gallery
from convanim.places.slides import check_deck, deck
from tests.commands import refused, run

pytest.importorskip("pptx")

TOML = """
[[animation]]
name = "first"
title = 'A <title> & "quotes"'
explanation = "It explains."
operation = "conv"
input_size = 3
kernel_size = 2

[[animation]]
name = "second"
operation = "max-pool"
input_size = 4
kernel_size = 2
theme = "dark"
"""


@pytest.fixture
def entries(tmp_path: Path) -> tuple[Entry, ...]:
    path = tmp_path / "g.toml"
    path.write_text(TOML, encoding="utf-8")
    return read_gallery(path)


def opened(content: bytes) -> Any:
    from pptx import Presentation

    return Presentation(io.BytesIO(content))


def picture(slide: Any) -> Any:
    return next(shape for shape in slide.shapes if shape.shape_type == 13)


def test_every_animation_has_a_slide_with_its_title_and_notes(entries: tuple[Entry, ...]) -> None:
    made = opened(deck(entries))
    assert [slide.shapes.title.text_frame.text for slide in made.slides] == ['A <title> & "quotes"', "second"]
    first, second = (slide.notes_slide.notes_text_frame.text for slide in made.slides)
    assert first == f"It explains.\n\nconvolution 3×3 → 2×2 · kernel 2×2 · stride 1 · padding 0\n\n{entries[0].command}"
    assert entries[1].command in second
    assert made.slide_width / made.slide_height == pytest.approx(16 / 9, abs=0.001)


def test_the_animation_is_a_gif_with_alternative_text_within_the_slide(entries: tuple[Entry, ...]) -> None:
    made = opened(deck(entries))
    for slide, entry in zip(made.slides, entries, strict=True):
        shown = picture(slide)
        assert shown.image.ext == "gif"
        assert shown._element.nvPicPr.cNvPr.get("descr") == entry.animation.alt
        with Image.open(io.BytesIO(shown.image.blob)) as gif:
            assert getattr(gif, "n_frames", 1) == len(entry.animation.timeline.steps)
            assert gif.size[0] / gif.size[1] == pytest.approx(shown.width / shown.height, abs=0.01)
        assert shown.left >= 0
        assert shown.left + shown.width <= made.slide_width
        assert slide.shapes.title.top + slide.shapes.title.height <= shown.top
        assert shown.top + shown.height <= made.slide_height


def test_the_same_deck_has_the_same_bytes(entries: tuple[Entry, ...]) -> None:
    assert deck(entries) == deck(entries, jobs=2)


def test_native_decks_have_a_slide_for_each_step_with_shapes_to_edit(entries: tuple[Entry, ...]) -> None:
    made = opened(deck(entries, native=True))
    steps = [(entry, step) for entry in entries for step in entry.animation.timeline.steps]
    assert len(made.slides) == len(steps)
    for slide, (entry, step) in zip(made.slides, steps, strict=True):
        title, shapes = slide.shapes
        assert title.text_frame.text == (entry.title or entry.name)
        assert {"input", "window", "output"} <= {group.name for group in shapes.shapes}
        assert title.top + title.height <= shapes.top
        assert shapes.top + shapes.height <= made.slide_height
        assert 0 <= shapes.left <= shapes.left + shapes.width <= made.slide_width
        assert slide.notes_slide.notes_text_frame.text.startswith(entry.animation.told.step(step))
        assert (entry.command in slide.notes_slide.notes_text_frame.text) is (step == 0)
    assert (
        tuple(made.slides[-1].shapes.title.text_frame.paragraphs[0].font.color.rgb) == entries[1].animation.theme.text
    )


def test_native_decks_are_the_same_each_time(entries: tuple[Entry, ...]) -> None:
    assert deck(entries, native=True) == deck(entries, jobs=2, native=True)


def test_more_shapes_than_a_deck_takes_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    large = "".join(
        f"[[animation]]\nname = '{name}'\noperation = 'conv'\ninput_size = 12\nkernel_size = 3\n" for name in "abc"
    )
    (tmp_path / "g.toml").write_text(large, encoding="utf-8")
    assert "on its slides, and a deck takes 30000; leave it out, describe fewer" in refused(
        "slides g.toml -o deck.pptx --native"
    )


def test_turned_words_are_noted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "g.toml").write_text(f"{TOML}values = true", encoding="utf-8")
    result = run("slides g.toml -o deck.pptx --native")
    assert (result.exit_code, result.stderr.count("words in slanted cells are turned")) == (0, 1)


def test_the_command_writes_a_deck(tmp_path: Path, entries: tuple[Entry, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert run("slides g.toml -o deck.pptx").exit_code == 0
    assert len(opened((tmp_path / "deck.pptx").read_bytes()).slides) == len(entries)


@pytest.mark.parametrize("name", ["deck", "deck.ppt", "deck.pdf"])
def test_another_suffix_is_refused(name: str) -> None:
    with pytest.raises(ConvanimError, match=r"is no deck of slides; use a name that ends in \.pptx"):
        check_deck(Path(name))


def test_without_the_extra_a_sentence_says_what_to_install(
    tmp_path: Path, entries: tuple[Entry, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slides, "find_spec", lambda name: None)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "deck.pptx").write_bytes(b"old")
    result = run("slides g.toml -o deck.pptx")
    assert result.exit_code == 2
    assert "needs python-pptx, which is not there; run pip install 'convanim[slides]'" in result.stderr
    assert (tmp_path / "deck.pptx").read_bytes() == b"old"


def test_titles_of_any_kind_are_only_text(entries: tuple[Entry, ...]) -> None:
    title = "a\x07b ]]> <script>alert(1)</script>"
    (slide,) = opened(deck((replace(entries[0], title=title),))).slides
    assert "<script>alert(1)</script>" in slide.shapes.title.text_frame.text


@pytest.mark.skipif(shutil.which("soffice") is None or shutil.which("pdftoppm") is None, reason="needs LibreOffice")
def test_libreoffice_shows_every_slide(tmp_path: Path, entries: tuple[Entry, ...]) -> None:
    (tmp_path / "deck.pptx").write_bytes(deck(entries))
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    convert = ["soffice", profile, "--headless", "--convert-to", "pdf", "deck.pptx"]
    subprocess.run(convert, cwd=tmp_path, check=True, capture_output=True, timeout=180)
    subprocess.run(["pdftoppm", "-r", "40", "-png", "deck.pdf", "page"], cwd=tmp_path, check=True, timeout=60)
    pages = sorted(tmp_path.glob("page*.png"))
    assert len(pages) == len(entries)
    for page in pages:
        with Image.open(page) as shown:
            pixels = np.asarray(shown.convert("RGB")).astype(int)
        blue = np.abs(pixels - np.array([0x26, 0x8B, 0xD2])).max(axis=2) < 40
        assert blue.mean() > 0.005
