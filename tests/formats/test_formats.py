"""The formats by suffix."""

from __future__ import annotations

from typing import Any

import pytest

from convanim import Conv, ConvanimError, animate, formats
from convanim.formats import FORMATS, format_of

MAGIC = {
    "gif": b"GIF89a",
    "png": b"\x89PNG\r\n\x1a\n",
    "webp": b"RIFF",
    "svg": b"<svg ",
    "pdf": b"%PDF-1.5",
    "mp4": b"ftyp",
    "webm": b"\x1aE\xdf\xa3",
    "html": b"<!DOCTYPE html>",
    "json": b"{",
}


@pytest.mark.parametrize("suffix", FORMATS)
@pytest.mark.parametrize("looks", [{}, {"still": 1}, {"motion": "smooth", "fps": 5}])
def test_every_format_holds_animations_and_stills(suffix: str, looks: dict[str, Any]) -> None:
    if FORMATS[suffix].needs:
        pytest.importorskip("av")
    assert MAGIC[suffix] in animate(Conv(2, 1), width=120, **looks).encode(suffix)[:16]


@pytest.mark.parametrize(("suffix", "near"), [("apng", "png"), (".mov", "mp4"), ("HTM", "html"), ("eps", "pdf")])
def test_an_unknown_suffix_is_refused_with_what_serves_in_its_place(suffix: str, near: str) -> None:
    with pytest.raises(ConvanimError, match=rf"has no suffix that names a format; use \.{near}, or another of \.gif"):
        format_of("output", suffix, suffix)


@pytest.mark.parametrize("suffix", ["mp4", "webm"])
def test_without_an_extra_a_sentence_says_what_to_install(suffix: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(formats, "find_spec", lambda name: None)
    with pytest.raises(ConvanimError, match=r"needs av, which is not there; run pip install 'convanim\[video\]'"):
        animate(Conv(3, 2)).encode(suffix)


@pytest.mark.parametrize("suffix", FORMATS)
def test_the_same_animation_has_the_same_bytes(suffix: str) -> None:
    if FORMATS[suffix].needs:
        pytest.importorskip("av")
    first, second = (animate(Conv(3, 2), width=200, caption=True).encode(suffix) for _ in range(2))
    assert first == second
