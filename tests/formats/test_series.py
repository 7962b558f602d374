"""A file for each step."""

from __future__ import annotations

from pathlib import Path

import pytest

from convanim import Conv, ConvanimError, animate
from convanim.formats.series import is_series, series_paths


@pytest.mark.parametrize(
    ("path", "names"),
    [
        ("steps/", ["steps/step-003.png", "steps/step-012.png"]),
        ("s-%d.svg", ["s-3.svg", "s-12.svg"]),
        ("a/s-%03d.pdf", ["a/s-003.pdf", "a/s-012.pdf"]),
        ("%02d.png", ["03.png", "12.png"]),
    ],
)
def test_names_have_the_numbers_of_the_steps(path: str, names: list[str]) -> None:
    assert is_series(path)
    assert [found.as_posix() for found in series_paths("output", path, (3, 12))] == names


@pytest.mark.parametrize("path", ["a.png", "steps", "50%/a.png"])
def test_other_names_are_of_one_file(path: str) -> None:
    assert not is_series(path)


@pytest.mark.parametrize("path", ["%.png", "%d-%d.png", "%s.png", "%%d.png", "a%5d.png", "100%.png"])
def test_a_pattern_has_one_number(path: str) -> None:
    with pytest.raises(ConvanimError, match="has no place for the step's number; write %03d once"):
        series_paths("output", path, (0,))


def test_every_file_is_the_still_of_its_step(tmp_path: Path) -> None:
    animation = animate(Conv(3, 2), width=120, steps=(1, 3))
    animation.save(tmp_path / "s-%d.png")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["s-1.png", "s-2.png"]
    assert (tmp_path / "s-2.png").read_bytes() == animation.still(2).encode("png")


def test_a_folder_is_made_and_nothing_else_in_it_is_touched(tmp_path: Path) -> None:
    (tmp_path / "all").mkdir()
    (tmp_path / "all" / "other.txt").write_text("kept", encoding="utf-8")
    animate(Conv(2, 2), width=120).save(f"{tmp_path}/all/")
    assert sorted(path.name for path in (tmp_path / "all").iterdir()) == ["other.txt", "step-000.png"]


def test_nothing_is_written_where_the_suffix_is_unknown(tmp_path: Path) -> None:
    with pytest.raises(ConvanimError, match="has no suffix that names a format"):
        animate(Conv(3, 2)).save(tmp_path / "new" / "s-%d.txt")
    assert list(tmp_path.iterdir()) == []


def test_a_smooth_motion_has_a_file_a_step_too(tmp_path: Path) -> None:
    animate(Conv(3, 2), width=120, motion="smooth").save(tmp_path / "%d.png")
    assert len(list(tmp_path.iterdir())) == 4
