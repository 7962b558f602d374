"""Galleries: a file of animations to a folder and its index."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from convanim import ConvanimError
from convanim.cli import main
from convanim.formats.gif import decode
from convanim.gallery import Entry, check_gallery, index_page, make_gallery, read_gallery
from convanim.presets import GUIDE_PRESETS

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


def entry(lines: str) -> str:
    """Return the description of an animation that is called a."""
    return f"[[animation]]\nname = 'a'\n{lines}\n"


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
    assert "guides.gif: cannot be read" in check_gallery(entries, tmp_path)[1]
    assert len(check_gallery(entries, tmp_path / "a" / ("b" * 300))) == 3
    assert (tmp_path / "README.md").read_text(encoding="utf-8") == "old"


def test_words_of_the_file_are_data_in_the_index(tmp_path: Path) -> None:
    page = index_page(described(tmp_path, SMALL))
    assert r"## A \<b\>title\</b\>" in page
    assert r"With \`code\`, \*stars\* and \# a heading." in page


@pytest.mark.parametrize(
    "lines",
    [
        "operation = 'conv'\ninput_size = [8]\nkernel_size = 3\nwidth = 120",
        "operation = 'conv-transpose'\ninput_size = 2\nkernel_size = 3\nstride = 2\nlegend = true\nwidth = 200",
        "operation = 'max_pool'\ninput_size = 5\nkernel_size = 2\nceil_mode = true\nreveal = true\nwidth = 90",
        "operation = 'avg_pool'\ninput_size = 4\nkernel_size = 2\ncount_include_pad = false\nceil_mode = false",
        "preset = 'dilation'\ncaption = false\nreveal = false\nlegend = false\nview = 'oblique'\nevery = 1",
        "preset = 'dilation'\nclassic = false\nbackground = 'transparent'\ntheme = 'print'\nstep_time = 0.5",
        "preset = 'dilation'\nstill = -1\nwidth = 150\nbackground = '#fffff0'",
        "preset = 'dilation'\nsteps = [-3, 9]\nhold = 1.5\nloop = 2",
        'preset = "dilation"\ncaption = "over\\n```\\nlines and \'quotes\'"',
    ],
)
def test_the_command_in_the_index_draws_the_same_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lines: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (made,) = described(tmp_path, entry(lines))
    _, command = re.findall(r"^(`+)sh\n(.*?)\n\1$", index_page((made,)), re.MULTILINE | re.DOTALL)[0]
    words = shlex.split(command)
    assert words[0] == "convanim"
    result = CliRunner().invoke(main, words[1:])
    assert result.exit_code == 0, result.output
    assert (tmp_path / made.file).read_bytes() == made.animation.encode("gif")


@pytest.mark.parametrize("entry", read_gallery(COMMITTED / "gallery.toml"), ids=lambda entry: entry.name)
def test_the_committed_index_has_commands_that_work(
    entry: Entry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(main, shlex.split(entry.command)[1:])
    assert result.exit_code == 0, result.output
    pictures, *rest = decode((tmp_path / entry.file).read_bytes())
    committed, *committed_rest = decode((COMMITTED / entry.file).read_bytes())
    np.testing.assert_array_equal(pictures, committed)
    assert rest == committed_rest


def test_the_guides_animations_keep_their_names() -> None:
    entries = {entry.name: entry for entry in read_gallery(COMMITTED / "gallery.toml")}
    for name in GUIDE_PRESETS:
        assert entries[name].source == name
        assert not entries[name].looks


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "describes no animation"),
        ("animation = 3", "describes no animation"),
        ("[[animation]", "is not TOML"),
        (f"animation = {'[' * 5000}", "is not TOML"),
        (f"animation = {'9' * 5000}", "is not TOML"),
        ("[[animation]]\npreset = 'dilation'", "name None: of animation 1 must be letters"),
        ("[[animation]]\nname = '../a'\npreset = 'dilation'", "name '../a': of animation 1 must be letters"),
        (entry(""), "animation 'a': operation None: give either an operation or a preset"),
        (entry("preset = 'b'"), "animation 'a': preset 'b': unknown"),
        (entry("operation = 'b'"), "animation 'a': operation 'b': unknown; choose conv"),
        (entry("operation = 'conv'"), "animation 'a': input_size: is missing; give a size"),
        (entry("operation = 'conv'\ninput_size = 2\nkernel_size = 3"), "animation 'a': kernel_size 3: reaches over 3"),
        (entry("preset = 'dilation'\nstride = 1"), "its key 'stride': unknown; choose name, title"),
        (entry("preset = 'dilation'\nwidth = 'x'"), "width 'x': not a whole number"),
        (entry("preset = 'dilation'\nwidth = true"), "width True: not a whole number"),
        (entry("preset = 'dilation'\nlegend = 1"), "legend 1: must be True or False"),
        (entry("preset = 'dilation'\ntheme = []"), r"theme \(\): unknown"),
        (entry("preset = 'dilation'\ntitle = 3"), "title 3: must be text"),
        (entry("preset = 'dilation'\nsteps = [1]"), "must be the first step and the one behind"),
        (entry("preset = 'dilation'\nsteps = [0.5, 2]"), "steps 0.5: not a whole number"),
        (entry("preset = 'dilation'\nsteps = [2024-01-01, 2]"), "steps datetime.date.*: not a whole number"),
        (entry("preset = 'dilation'") + entry("preset = 'dilation'").replace("'a'", "'A'"), "two animations"),
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
