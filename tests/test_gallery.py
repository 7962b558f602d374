"""Galleries: a file of animations to a folder and its index."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from convanim import ConvanimError
from convanim.cli import main
from convanim.gallery import Entry, check_gallery, index_page, make_gallery, read_gallery
from convanim.presets import PRESETS

COMMITTED = Path(__file__).parent.parent / "gallery"

SMALL = """
[[animation]]
name = "plain"
operation = "conv"
input_size = [4, 5]
kernel_size = [2, 3]
padding = [[0, 1], [0, 0]]
width = 120
title = "A <b>title</b>"
explanation = "With `code`, *stars* and\\n# a heading."
caption = "it's <own> & 'words'"

[[animation]]
name = "guides"
preset = "no_padding_no_strides"
width = 100
steps = [0, 2]
step_time = 0.5
"""


def described(folder: Path, text: str) -> tuple[Entry, ...]:
    path = folder / "gallery.toml"
    path.write_text(text, encoding="utf-8")
    return read_gallery(path)


@pytest.mark.parametrize("jobs", [1, 2])
def test_every_animation_and_an_index_are_written(tmp_path: Path, jobs: int) -> None:
    entries = described(tmp_path, SMALL)
    told: list[int] = []
    make_gallery(entries, tmp_path / "new" / "folder", jobs, lambda: told.append(1))
    names = sorted(path.name for path in (tmp_path / "new" / "folder").iterdir())
    assert names == ["README.md", "guides.gif", "plain.gif"]
    assert len(told) == 2
    assert check_gallery(entries, tmp_path / "new" / "folder", jobs) == []


def test_a_check_names_what_differs_and_writes_nothing(tmp_path: Path) -> None:
    entries = described(tmp_path, SMALL)
    make_gallery(entries, tmp_path)
    (tmp_path / "plain.gif").write_bytes((tmp_path / "guides.gif").read_bytes())
    (tmp_path / "guides.gif").write_bytes(b"GIF89a")
    (tmp_path / "README.md").write_text("old", encoding="utf-8")
    differences = check_gallery(entries, tmp_path)
    assert [line.split(": ")[1] for line in differences] == [
        "differs from a fresh drawing",
        "is not a GIF",
        "differs from a fresh index",
    ]
    (tmp_path / "guides.gif").unlink()
    assert "is missing" in check_gallery(entries, tmp_path)[1]
    assert (tmp_path / "README.md").read_text(encoding="utf-8") == "old"


def test_words_of_the_file_are_data_in_the_index(tmp_path: Path) -> None:
    page = index_page(described(tmp_path, SMALL))
    assert r"## A \<b\>title\</b\>" in page
    assert r"With \`code\`, \*stars\* and \# a heading." in page


def test_the_command_of_an_entry_draws_the_same_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for entry in described(tmp_path, SMALL):
        words = shlex.split(entry.command)
        assert words[0] == "convanim"
        assert CliRunner().invoke(main, words[1:]).exit_code == 0
        assert (tmp_path / entry.file).read_bytes() == entry.animation.encode("gif")


@pytest.mark.parametrize("entry", read_gallery(COMMITTED / "gallery.toml"), ids=lambda entry: entry.name)
def test_the_committed_index_has_commands_that_work(
    entry: Entry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(main, shlex.split(entry.command)[1:])
    assert result.exit_code == 0, result.output
    assert (tmp_path / entry.file).read_bytes() == (COMMITTED / entry.file).read_bytes()


def test_the_guides_animations_keep_their_names() -> None:
    entries = {entry.name: entry for entry in read_gallery(COMMITTED / "gallery.toml")}
    for name in PRESETS:
        assert entries[name].source == name
        assert not entries[name].looks


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "describes no animation"),
        ("animation = 3", "describes no animation"),
        ("[[animation]", "is not TOML"),
        ("[[animation]]\npreset = 'dilation'", "name None: of animation 1 must be letters"),
        ("[[animation]]\nname = '../a'\npreset = 'dilation'", "name '../a': of animation 1 must be letters"),
        ("[[animation]]\nname = 'a'", r"operation None: \(animation 1, a\) give either an operation or a preset"),
        ("[[animation]]\nname = 'a'\npreset = 'b'", r"preset 'b': \(animation 1, a\) unknown"),
        ("[[animation]]\nname = 'a'\noperation = 'b'", r"operation 'b': \(animation 1, a\) unknown; choose conv"),
        ("[[animation]]\nname = 'a'\noperation = 'conv'", r"input_size : \(animation 1, a\) is missing"),
        (
            "[[animation]]\nname = 'a'\noperation = 'conv'\ninput_size = 2\nkernel_size = 3",
            r"\(animation 1, a\) reaches over 3 rows",
        ),
        ("[[animation]]\nname = 'a'\npreset = 'dilation'\nstride = 1", r"stride 1: \(animation 1, a\) unknown here"),
        ("[[animation]]\nname = 'a'\npreset = 'dilation'\nwidth = 'x'", "must be of the kind int"),
        ("[[animation]]\nname = 'a'\npreset = 'dilation'\nwidth = true", "must be of the kind int"),
        ("[[animation]]\nname = 'a'\npreset = 'dilation'\ntitle = 3", "title 3: .* must be text"),
        ("[[animation]]\nname = 'a'\npreset = 'dilation'\nsteps = [1]", "must be the first step and the one behind"),
        (
            "[[animation]]\nname = 'a'\npreset = 'dilation'\n[[animation]]\nname = 'A'\npreset = 'dilation'",
            "two animations",
        ),
    ],
)
def test_descriptions_that_are_not_right_are_refused(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ConvanimError, match=message):
        described(tmp_path, text)


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConvanimError, match="could not be read"):
        read_gallery(tmp_path / "missing.toml")


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConvanimError, match="could not be made"):
        make_gallery(described(tmp_path, SMALL), tmp_path / "file")
