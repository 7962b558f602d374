"""The formats by their suffixes."""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from convanim import Conv, ConvanimError, animate
from convanim.formats import FORMATS, format_of
from convanim.formats.clip import Clip, Film

STARTS = {
    "gif": (0, b"GIF89a"),
    "png": (0, b"\x89PNG\r\n\x1a\n"),
    "webp": (8, b"WEBP"),
    "svg": (0, b"<svg "),
    "pdf": (0, b"%PDF-1."),
    "pptx": (0, b"PK\x03\x04"),
    "tex": (0, b"% Convolution, "),
    "typ": (0, b"// Convolution, "),
    "mp4": (4, b"ftyp"),
    "webm": (0, b"\x1a\x45\xdf\xa3"),
    "html": (0, b"<!doctype html>"),
    "vtt": (0, b"WEBVTT"),
    "json": (0, b"{"),
}
"""How the files of each format begin, and where."""

VIDEOS = [suffix for suffix, format_ in FORMATS.items() if format_.is_video]


def needs(suffix: str) -> None:
    """Skip a test where what a format needs is not installed."""
    if FORMATS[suffix].needs:
        pytest.importorskip(FORMATS[suffix].needs[0])  # type: ignore[index]


def without_extras(monkeypatch: pytest.MonkeyPatch) -> None:
    def none(name: str) -> None:
        return None

    monkeypatch.setattr("convanim.formats.find_spec", none)


def test_every_format_is_known_here() -> None:
    assert set(STARTS) == set(FORMATS)
    assert VIDEOS == ["mp4", "webm"]


@pytest.mark.parametrize("suffix", FORMATS)
def test_every_format_has_an_encoder(suffix: str) -> None:
    module, function = FORMATS[suffix].encoder.split(":")
    assert callable(getattr(import_module(module), function))


@pytest.mark.parametrize("suffix", FORMATS)
def test_every_format_says_what_it_is_for(suffix: str) -> None:
    assert FORMATS[suffix].name.lower().startswith(suffix)
    assert FORMATS[suffix].about
    assert not FORMATS[suffix].about.endswith(".")


@pytest.mark.parametrize("still", [None, 1])
@pytest.mark.parametrize("suffix", FORMATS)
def test_files_are_of_their_format(tmp_path: Path, suffix: str, still: int | None) -> None:
    needs(suffix)
    animation = animate(Conv(3, 2), width=60, still=still)
    content = animation.encode(suffix)
    at, start = STARTS[suffix]
    assert content[at:].lower().startswith(start.lower())
    assert animation.save(tmp_path / f"a.{suffix}").read_bytes() == content


@pytest.mark.parametrize("suffix", FORMATS)
def test_every_format_holds_a_smooth_motion(suffix: str) -> None:
    needs(suffix)
    at, start = STARTS[suffix]
    content = animate(Conv(2, 1), width=60, motion="smooth", fps=5).encode(suffix)
    assert content[at:].lower().startswith(start.lower())


@pytest.mark.parametrize("suffix", FORMATS)
def test_the_same_animation_gives_the_same_bytes(suffix: str) -> None:
    needs(suffix)
    first, second = (animate(Conv(2, 1), width=120, caption=True).encode(suffix) for _ in range(2))
    assert first == second


@pytest.mark.parametrize("suffix", FORMATS)
def test_encoders_are_given_pixels_or_shapes(suffix: str, monkeypatch: pytest.MonkeyPatch) -> None:
    needs(suffix)
    given: list[Clip | Film] = []

    def encode(one: Clip | Film) -> bytes:
        given.append(one)
        return b"content"

    module, function = FORMATS[suffix].encoder.split(":")
    monkeypatch.setattr(import_module(module), function, encode)
    assert animate(Conv(3, 2), width=60).encode(suffix) == b"content"
    assert isinstance(given[0], Clip if FORMATS[suffix].is_pixels else Film)


@pytest.mark.parametrize("suffix", ["png", ".png", "PNG", ".Png"])
def test_a_suffix_may_have_its_dot_and_capitals(suffix: str) -> None:
    assert format_of("format", suffix, suffix) is FORMATS["png"]


@pytest.mark.parametrize("suffix", ["", ".", "..png", "png ", "jpg2", "a.png", "/png", None, 1, b"png", ["png"]])
def test_unknown_suffixes_are_refused_with_those_that_are_known(suffix: Any) -> None:
    with pytest.raises(ConvanimError, match=r"^output 'a': has no suffix that names a format; use one of ") as caught:
        format_of("output", "a", suffix)
    names = str(caught.value).rsplit(" of ", 1)[1]
    assert names.split(", ") == [f".{name}" for name in FORMATS]


@pytest.mark.parametrize(
    ("suffix", "near"),
    [
        ("apng", "png"),
        (".jpg", "png"),
        ("JPEG", "png"),
        ("tiff", "png"),
        (".mov", "mp4"),
        ("mkv", "webm"),
        ("eps", "pdf"),
        ("tikz", "tex"),
        ("htm", "html"),
    ],
)
def test_for_formats_that_are_not_written_the_nearest_is_named(suffix: str, near: str) -> None:
    with pytest.raises(ConvanimError, match=rf"; use \.{near}, or another of \.gif, ") as caught:
        format_of("output", "a", suffix)
    assert all(f".{name}" in str(caught.value) for name in FORMATS)


@pytest.mark.parametrize("suffix", VIDEOS)
def test_what_is_missing_is_named_with_what_brings_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str
) -> None:
    without_extras(monkeypatch)
    animation = animate(Conv(3, 2), width=60)
    name = FORMATS[suffix].name
    said = rf"{name} needs av, which is not there; run pip install 'convanim\[video\]'$"
    with pytest.raises(ConvanimError, match=rf"^output .*: {said}"):
        animation.save(tmp_path / f"a.{suffix}")
    with pytest.raises(ConvanimError, match=rf"^output .*: {said}"):
        animation.save(tmp_path / "new" / f"%d.{suffix}")
    with pytest.raises(ConvanimError, match=rf"^format '{suffix}': {said}"):
        animation.encode(suffix)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("suffix", [suffix for suffix in FORMATS if suffix not in (*VIDEOS, "pptx")])
def test_all_but_videos_and_slides_need_nothing_more(monkeypatch: pytest.MonkeyPatch, suffix: str) -> None:
    without_extras(monkeypatch)
    assert animate(Conv(3, 2), width=60, still=0).encode(suffix)


@pytest.mark.parametrize("suffix", FORMATS)
def test_too_many_pictures_are_refused_in_every_format(suffix: str) -> None:
    needs(suffix)
    with pytest.raises(ConvanimError, match=r"^steps 0:9604: makes 9604 frames, .* use steps=0:2000 or every=5$"):
        animate(Conv(100, 3)).encode(suffix)


@pytest.mark.parametrize("motion", ["steps", "smooth"])
@pytest.mark.parametrize("suffix", FORMATS)
def test_progress_is_told_as_often_as_there_are_frames(suffix: str, motion: str) -> None:
    needs(suffix)
    told: list[int] = []
    animation = animate(Conv(3, 2), width=60, motion=motion)
    animation.encode(suffix, lambda: told.append(1))
    assert len(told) == len(animation.timeline.frames)


@pytest.mark.parametrize("suffix", ["gif", "png", "webp"])
def test_no_picture_is_drawn_before_the_last_one_is_packed(suffix: str) -> None:
    happened: list[str] = []
    clip = animate(Conv(3, 2), width=60)._clip(lambda part: happened.append("packed"))

    def frames() -> Any:
        for frame in clip.frames():
            happened.append("drawn")
            yield frame

    FORMATS[suffix].encode(replace(clip, frames=frames))
    assert happened[:7] == ["drawn", "packed", "drawn", "packed", "drawn", "packed", "drawn"]
