"""A file for each step: the names, and the files."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from convanim import Conv, ConvanimError, animate
from convanim.formats.step_files import is_series, series_name, series_paths


def names(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def paths(path: str | os.PathLike[str], *steps: int) -> list[str]:
    return [str(found) for found in series_paths("output", path, steps or (0, 1, 12))]


# Names


@pytest.mark.parametrize("path", ["out/", "a/b/", "%d.png", "step-%03d.svg", Path("a", "%d.pdf"), "%.png", "50%.gif"])
def test_a_folder_or_a_name_with_a_percent_sign_is_a_series(path: Any) -> None:
    assert is_series(path)


@pytest.mark.parametrize("path", ["out", "a.png", "100%/a.png", "a/%d/b.png", Path("out/"), "-"])
def test_other_names_are_single_files(path: Any) -> None:
    assert not is_series(path)


def test_a_folder_has_the_usual_names() -> None:
    assert series_name("out/") == "out/step-%03d.png"
    assert paths("out/") == ["out/step-000.png", "out/step-001.png", "out/step-012.png"]


def test_a_pattern_names_its_files() -> None:
    assert series_name("a%d.svg") == "a%d.svg"
    assert paths("a%d.svg") == ["a0.svg", "a1.svg", "a12.svg"]
    assert paths(Path("x", "%04d-b.pdf")) == ["x/0000-b.pdf", "x/0001-b.pdf", "x/0012-b.pdf"]


def test_numbers_that_are_too_long_are_written_whole() -> None:
    assert paths("%02d.png", 7, 99, 100, 12345) == ["07.png", "99.png", "100.png", "12345.png"]


def test_percent_signs_in_folders_are_only_signs() -> None:
    assert paths("a%d/b%d.png", 3) == ["a%d/b3.png"]
    assert paths("100%/", 3) == ["100%/step-003.png"]


@pytest.mark.parametrize(
    "name",
    [
        "%d-%d.png",
        "%03d%d.png",
        "%s.png",
        "%.png",
        "50%.png",
        "%%.png",
        "%%d.png",
        "%d%.png",
        "%d%%.png",
        "%x.png",
        "%-3d.png",
        "%12d.png",
        "%0d.png",
        "%010d.png",
        "%(step)d.png",
        "%n.png",
        "% d.png",
        "%D.png",
    ],
)
def test_a_pattern_without_exactly_one_number_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConvanimError, match=r"^output '.*': has no place for the step's number; write %03d once"):
        animate(Conv(3, 2), width=60).save(tmp_path / name)
    assert not names(tmp_path)


@given(name=st.text(st.sampled_from("%d03s./\\ab\0{}"), min_size=1, max_size=8), steps=st.sets(st.integers(0, 2000)))
def test_a_name_does_not_leave_its_folder(name: str, steps: set[int]) -> None:
    path = f"folder/{name}"
    if not is_series(path):
        return
    try:
        found = series_paths("output", path, tuple(sorted(steps)))
    except ConvanimError:
        return
    assert all(target.parent == Path(series_name(path)).parent for target in found)
    assert len(set(found)) == len(steps)
    assert all(str(step) in target.name for step, target in zip(sorted(steps), found, strict=True))


# Files


def test_each_step_has_a_file_that_shows_it(tmp_path: Path) -> None:
    animation = animate(Conv(3, 2), width=80)
    assert animation.save(f"{tmp_path}/") == tmp_path
    assert names(tmp_path) == [f"step-00{step}.png" for step in range(4)]
    for step, frame in enumerate(animation.frames()):
        picture = np.asarray(Image.open(io.BytesIO((tmp_path / f"step-00{step}.png").read_bytes())))
        np.testing.assert_array_equal(picture, frame[..., :3])


def test_the_path_that_was_asked_for_is_returned(tmp_path: Path) -> None:
    pattern = tmp_path / "a%d.png"
    assert animate(Conv(3, 2), width=60).save(str(pattern)) == pattern


@pytest.mark.parametrize(
    ("suffix", "start"),
    [("png", b"\x89PNG"), ("svg", b"<svg "), ("pdf", b"%PDF-"), ("gif", b"GIF89a"), ("PNG", b"\x89PN")],
)
def test_the_suffix_says_what_the_files_are(tmp_path: Path, suffix: str, start: bytes) -> None:
    animation = animate(Conv(3, 2), width=60)
    animation.save(tmp_path / f"a-%02d.{suffix}")
    assert names(tmp_path) == [f"a-0{step}.{suffix}" for step in range(4)]
    for step in range(4):
        content = (tmp_path / f"a-0{step}.{suffix}").read_bytes()
        assert content.startswith(start)
        assert content == animation.still(step).encode(suffix)


def test_a_part_of_the_steps_keeps_its_numbers(tmp_path: Path) -> None:
    animate(Conv(4, 3, padding=1), width=60, steps=(5, 14), every=4).save(tmp_path / "%d.png")
    assert names(tmp_path) == ["13.png", "5.png", "9.png"]


def test_a_part_of_the_steps_shows_what_came_before(tmp_path: Path) -> None:
    looks: dict[str, Any] = {"width": 80, "reveal": True}
    animate(Conv(4, 3), **looks, steps=(2, 4)).save(tmp_path / "%d.png")
    for step in (2, 3):
        assert (tmp_path / f"{step}.png").read_bytes() == animate(Conv(4, 3), **looks, still=step).encode("png")


def test_what_lies_between_steps_has_no_file(tmp_path: Path) -> None:
    animate(Conv(3, 2), width=60, motion="smooth").save(tmp_path / "%d.png")
    assert names(tmp_path) == ["0.png", "1.png", "2.png", "3.png"]


def test_a_still_has_one_file_with_its_number(tmp_path: Path) -> None:
    animate(Conv(3, 2), width=60, still=-1).save(f"{tmp_path}/")
    assert names(tmp_path) == ["step-003.png"]


def test_folders_are_made(tmp_path: Path) -> None:
    animate(Conv(3, 2), width=60, steps=(0, 2)).save(f"{tmp_path}/new/one/")
    animate(Conv(3, 2), width=60, steps=(0, 2)).save(tmp_path / "other" / "%d.svg")
    assert names(tmp_path) == ["new/one/step-000.png", "new/one/step-001.png", "other/0.svg", "other/1.svg"]


def test_nothing_else_in_a_folder_is_touched(tmp_path: Path) -> None:
    (tmp_path / "other.txt").write_text("kept", encoding="utf-8")
    animate(Conv(2, 2), width=60).save(f"{tmp_path}/")
    assert names(tmp_path) == ["other.txt", "step-000.png"]
    assert (tmp_path / "other.txt").read_text(encoding="utf-8") == "kept"


@pytest.mark.parametrize("name", ["new/%d.jpg", "new/%d", "new/%d.gif.txt", "%dgif", "new/.%d"])
def test_nothing_is_written_where_the_suffix_is_unknown(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConvanimError, match=r"^output '.*': has no suffix that names a format; use "):
        animate(Conv(3, 2), width=60).save(tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_a_failure_while_drawing_writes_no_file(tmp_path: Path) -> None:
    told: list[int] = []

    def stop() -> None:
        told.append(1)
        if len(told) == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        animate(Conv(3, 2), width=60).save(tmp_path / "new" / "%d.png", stop)
    assert not list(tmp_path.iterdir())


def test_progress_is_told_of_every_file(tmp_path: Path) -> None:
    told: list[int] = []
    animate(Conv(3, 2), width=60).save(f"{tmp_path}/", lambda: told.append(1))
    assert len(told) == 4


def test_a_folder_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"old")
    with pytest.raises(ConvanimError, match=r"^output .*a"):
        animate(Conv(3, 2), width=60).save(f"{tmp_path}/a/")
    assert (tmp_path / "a").read_bytes() == b"old"


def test_a_layer_too_large_to_draw_whole_has_some_of_its_steps(tmp_path: Path) -> None:
    animate(Conv(100, 3), steps=(5000, 5002), width=480).save(f"{tmp_path}/")
    assert names(tmp_path) == ["step-5000.png", "step-5001.png"]


def test_a_single_step_gets_its_folder_too(tmp_path: Path) -> None:
    animate(Conv(3, 2), width=60, still=1).save(f"{tmp_path}/new/")
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["step-001.png"]
