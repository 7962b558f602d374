"""Animations from Python."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from convanim import Conv, ConvanimError, ConvTranspose, animate
from convanim.presets import PRESETS

GUIDE_SIZES = json.loads((Path(__file__).parent / "data" / "guide_sizes.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", PRESETS)
def test_presets_have_the_guides_size_in_pixels_and_its_number_of_frames(name: str) -> None:
    animation = animate(PRESETS[name].layer, classic=True)
    assert [*animation.size, len(animation.timeline.steps)] == GUIDE_SIZES[name]


def test_a_picture_is_as_wide_as_asked_for() -> None:
    assert animate(Conv(5, 3), width=321).size[0] == 321
    assert animate(Conv(5, 3)).size[0] == 480


def test_frames_are_arrays() -> None:
    animation = animate(Conv(4, 3), width=200)
    frames = list(animation.frames())
    assert len(frames) == 4
    assert {frame.shape for frame in frames} == {(animation.size[1], 200, 4)}
    assert {frame.dtype for frame in frames} == {np.dtype(np.uint8)}


def test_progress_is_told_of_every_frame(tmp_path: Path) -> None:
    told: list[int] = []
    animate(Conv(4, 3), width=100).save(tmp_path / "a.gif", lambda: told.append(1))
    assert len(told) == 4


def test_saving_returns_the_path(tmp_path: Path) -> None:
    path = animate(Conv(4, 3), width=100).save(str(tmp_path / "a.GIF"))
    assert path.read_bytes()[:6] == b"GIF89a"


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"theme": "light"}, "theme 'light': unknown"),
        ({"view": "cubist"}, "view 'cubist': unknown; choose oblique"),
        ({"background": "red"}, "background 'red': not a colour"),
        ({"width": 10}, "width 10: must be"),
        ({"width": 0}, "width 0: must be"),
    ],
)
def test_what_cannot_be_drawn_is_refused(values: dict[str, Any], message: str) -> None:
    with pytest.raises(ConvanimError, match=message):
        animate(Conv(5, 3), **values)


@pytest.mark.parametrize("name", ["a", "a.jpg", "gif", ".gif", "a.gif.txt"])
def test_unknown_suffixes_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConvanimError, match=r"has no suffix that names a format; use \.gif or \.png"):
        animate(Conv(5, 3), width=100).save(tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_a_failure_while_drawing_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "a.gif"
    path.write_bytes(b"old")

    def stop() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        animate(ConvTranspose(2, 3), width=100).save(path, stop)
    assert path.read_bytes() == b"old"
    assert [found.name for found in tmp_path.iterdir()] == ["a.gif"]
