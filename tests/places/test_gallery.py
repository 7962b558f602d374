"""Galleries: a file of animations to a folder and its index."""

from __future__ import annotations

import re
import shlex
import tomllib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image, ImageSequence

from convanim import ConvanimError
from convanim.animations.animation import Animation
from convanim.animations.presets import GUIDE_PRESETS
from convanim.cli import main
from convanim.formats.clip import Pixels
from convanim.formats.palette import Palette
from convanim.places.gallery import Entry, check_gallery, index_page, make_gallery, read_gallery
from tests import ROOT
from tests.gathering import gathered

GALLERY = ROOT / "gallery"
COMMITTED = (GALLERY / "gallery.toml").read_text(encoding="utf-8")
TABLES = {table["name"]: table for table in tomllib.loads(COMMITTED)["animation"]}
ENTRIES = dict(zip(TABLES, re.split(r"^(?=\[\[animation\]\])", COMMITTED, flags=re.MULTILINE)[1:], strict=True))
"""The text of each entry of the gallery, by its name."""

HEAD, *PARTS = re.split(r"\n(?=## )", (GALLERY / "README.md").read_text(encoding="utf-8"))
"""What stands above all entries in the index of the gallery, and what it says of each."""

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
    assert check_gallery(entries, tmp_path / "new" / "folder") == []


def test_what_else_is_in_the_folder_stays(tmp_path: Path) -> None:
    page = tmp_path / "out" / "handbook" / "README.md"
    page.parent.mkdir(parents=True)
    page.write_text("mine", encoding="utf-8")
    entries = described(tmp_path, SMALL)
    make_gallery(entries, tmp_path / "out")
    assert check_gallery(entries, tmp_path / "out") == []
    assert [path.name for path in page.parent.iterdir()] == ["README.md"]
    assert page.read_text(encoding="utf-8") == "mine"


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
        "preset = 'numerical_padding_strides'\nwidth = 700\nlabels = 'letters'",
        "preset = 'not_a_deconvolution'\nview = 'oblique'\nvalues = true\nshades = true\nsteps = [0, 3]",
        "preset = 'separable_sobel'\nsteps = [0, 3]\nhold = 1.0\ncaption = false",
        "preset = 'dilated_causal_stack'\nlabels = 'none'",
        "operation = 'conv'\ninput = [[1, 2, 3], [4, 5, 6], [7, 8, 9]]\nkernel = [[1, 0], [0.5, -1]]",
        "operation = 'conv'\ninput = '1 2 3; 4 5 6; 7 8 9'\nkernel = '1,0;0,-1'\nview = 'flat'",
        "operation = 'conv'\ninput_size = 4\nkernel = 'sobel-x'\npadding = 1\nvalues = false\nevery = 3",
        "operation = 'conv'\ninput_size = 4\nkernel = 'box'\nkernel_size = 2\ndecimals = 1\nlabels = 'numbers'",
        "operation = 'conv'\ninput = [1, -2, 3, 4]\nkernel = [-1, 1]\nview = 'line'",
        "operation = 'conv'\ninput = '-1 2 3 4'\nkernel_size = 2\nseed = 9",
        "operation = 'conv'\ninput_size = [6]\nkernel = 'gaussian'\nlabels = 'letters'",
        "operation = 'conv'\ninput_size = 8\nkernel_size = 2\npadding = 'causal'\nvalues = true",
        "operation = 'conv'\ninput_size = 4\nkernel_size = 2\nshades = true\nseed = 3\nwidth = 200",
        "operation = 'conv-transpose'\ninput = [[1, 2], [3, 4]]\nkernel_size = 2\nmethod = 'scatter'",
        "operation = 'conv-transpose'\ninput_size = 2\nkernel_size = 3\nstride = 2\noverlap = true",
        "operation = 'max-pool'\ninput = [[1, 2], [3, 4]]\nkernel_size = 2",
        "operation = 'chain'\nlayers = ['conv k3 p1', 'max-pool k2']\ninput_size = 4",
        "operation = 'chain'\nlayers = ['conv kernel=sobel-x p1', 'conv kernel=1;2']\ninput_size = 4\nview = 'flat'",
        "operation = 'chain'\nlayers = ['conv k2 causal', 'conv k2 d2 causal']\ninput_size = 6\nfield = [-1]",
        "operation = 'chain'\nlayers = ['conv k2']\ninput = [1, 2, 3, 4]\nseed = 2\nvalues = true",
        "operation = 'chain'\nlayers = ['conv k2', 'conv-transpose k2']\ninput_size = [3, 4]\nfield = [0, 2]",
        "operation = 'chain'\nlayers = ['avg-pool k2']\ninput = '1 2; 3 4'\ncaption = false\nstep_time = 0.5",
        "operation = 'roundtrip'\ninput_size = 4\nkernel_size = 2\nstride = 2",
        "operation = 'roundtrip'\ninput_size = 4\nkernel_size = 2\nmethod = 'gather'\nseed = 5",
        "operation = 'roundtrip'\ninput = [[1, 2, 0], [0, 1, 1], [2, 0, 0]]\nkernel = 'emboss'\nlegend = true",
        "operation = 'separable'\ninput_size = 4\nkernel = 'sobel-x'\nsteps = [0, 4]",
        "operation = 'separable'\ninput = '1 2 3; 4 5 6; 7 8 9'\nkernel = [[1, 2], [2, 4]]\npadding = 'same'",
        "operation = 'separable'\ninput_size = [5, 4]\nkernel = '0.5 1; 1 2'\nstride = [1, 2]\ndilation = 2",
    ],
)
def test_the_command_in_the_index_draws_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lines: str) -> None:
    (made,) = described(tmp_path, entry(lines))
    _, command = re.findall(r"^(`+)sh\n(.*?)\n\1$", index_page((made,)), re.MULTILINE | re.DOTALL)[0]
    drawn, own = draws(command, made, monkeypatch), made.animation
    # A frame stands for all.
    middle = own.timeline.steps[len(own.timeline.steps) // 2]
    for one, other in zip(drawn.still(middle).frames(), own.still(middle).frames(), strict=True):
        np.testing.assert_array_equal(one, other)


def draws(command: str, entry: Entry, monkeypatch: pytest.MonkeyPatch) -> Animation:
    """Return what a command would write, which is as an entry says but for its pixels."""
    written: list[tuple[Animation, tuple[str, ...]]] = []
    monkeypatch.setattr(
        "convanim.cli.writing._write", lambda made, stem, outputs, *rest, **more: written.append((made, outputs))
    )
    words = shlex.split(command)
    assert words[0] == "convanim"
    result = CliRunner().invoke(main, words[1:])
    assert result.exit_code == 0, result.output
    ((made, outputs),) = written
    assert outputs == (entry.file,)
    own = entry.animation
    assert (made.timeline, made.size, made.theme, made.alt) == (own.timeline, own.size, own.theme, own.alt)
    assert made.transparent is own.transparent
    return made


def test_numbers_come_from_files_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.csv").write_text("1,2,3\n4,5,6\n7,8,9\n", encoding="utf-8")
    (tmp_path / "k.json").write_text("[[1, 0], [0, -1]]", encoding="utf-8")
    (from_files,) = described(tmp_path, entry("operation = 'conv'\ninput = 'a.csv'\nkernel = 'k.json'"))
    numbers = "input = [[1, 2, 3], [4, 5, 6], [7, 8, 9]]\nkernel = [[1, 0], [0, -1]]"
    (given,) = described(tmp_path, entry(f"operation = 'conv'\n{numbers}"))
    assert from_files.animation.encode("gif") == given.animation.encode("gif")
    assert from_files.command == "convanim conv --input a.csv --kernel k.json -o a.gif"
    assert given.command == "convanim conv --input '1 2 3; 4 5 6; 7 8 9' --kernel '1 0; 0 -1' -o a.gif"


def test_a_chain_is_described_layer_by_layer_in_the_index(tmp_path: Path) -> None:
    page = index_page(
        described(tmp_path, entry("operation = 'chain'\nlayers = ['conv k3', 'max-pool k2']\ninput_size = 6"))
    )
    assert "conv 6×6 → 4×4, kernel 3×3, stride 1, padding 0 · max pool 4×4 → 2×2, window 2×2, stride 2" in page
    assert "convanim chain 'conv k3' 'max-pool k2' -i 6 -o a.gif" in page


def test_chains_are_made_and_checked_as_other_animations_are(tmp_path: Path) -> None:
    lines = "operation = 'roundtrip'\ninput_size = 4\nkernel_size = 2\nsteps = [0, 3]"
    entries = described(tmp_path, entry(lines))
    make_gallery(entries, tmp_path)
    assert check_gallery(entries, tmp_path) == []
    (changed,) = described(tmp_path, entry(f"{lines}\nseed = 1"))
    assert ["differs" in line for line in check_gallery((changed,), tmp_path)] == [True, True]


def some_frames(animation: Animation, numbers: set[int]) -> list[Pixels]:
    """Return some frames as they are among all of them: what steps leave behind is drawn step by step."""
    scene, steps = animation.scene, animation.timeline.steps
    drawn = {steps[number] for number in numbers}
    bare = replace(scene, moment=lambda step: scene.moment(step) if step in drawn else ())
    frames = replace(animation, scene=bare).frames()
    return [frame for number, frame in enumerate(frames) if number in numbers]


def committed(path: Path, times: list[int]) -> tuple[Pixels, list[Pixels], int]:
    """Return the palette of a GIF, the pictures that it shows at some milliseconds, and when it ends."""
    with Image.open(path) as file:
        palette = np.array(file.getpalette(), np.uint8).reshape(-1, 3)
        shown, end = list[Pixels](), 0
        for picture in ImageSequence.Iterator(file):
            end += picture.info["duration"]
            while len(shown) < len(times) and times[len(shown)] < end:
                shown.append(np.asarray(picture.convert("RGB")))
    # What fills the table is black, and no colour of it.
    return palette[: np.flatnonzero(palette.any(axis=1))[-1] + 1], shown, end


@pytest.mark.parametrize(("name", "part"), list(zip(ENTRIES, PARTS, strict=True)), ids=ENTRIES)
def test_what_is_committed_is_what_its_command_draws(
    name: str, part: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (entry,) = described(tmp_path, ENTRIES[name])
    assert entry.name == name
    assert index_page((entry,)) == f"{HEAD}\n{part}"
    made = draws(entry.command, entry, monkeypatch)
    # All of the guide's; of others, which `make check-gallery` draws whole, the ends and the middle.
    count, starts = len(made.timeline.steps), made.timeline.starts
    numbers = {*range(count)} if name in GUIDE_PRESETS else {0, count // 2, count - 1}
    colours, pictures, end = committed(GALLERY / entry.file, [starts[number] for number in sorted(numbers)])
    assert end == starts[-1]
    palette = Palette(colours, np.zeros(1 << 24, np.uint8))
    for fresh, picture in zip(some_frames(made, numbers), pictures, strict=True):
        assert np.array_equal(colours.take(palette.map(fresh), axis=0), picture)


def test_the_guides_animations_keep_their_names() -> None:
    for name in GUIDE_PRESETS:
        assert TABLES[name]["preset"] == name
        assert set(TABLES[name]) <= {"name", "title", "explanation", "preset"}


@gathered(
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
        (
            entry("operation = 'chain'\ninput_size = 5"),
            "animation 'a': layers: are missing; write at least one such as",
        ),
        (entry("operation = 'chain'\ninput_size = 5\nlayers = []"), "animation 'a': layers: are missing"),
        (entry("operation = 'chain'\nlayers = ['conv k3']"), "animation 'a': input_size: is missing"),
        (
            entry("operation = 'chain'\ninput_size = 5\nlayers = ['conv k9']"),
            "'a': layer 1: kernel_size 9: reaches over 9",
        ),
        (entry("operation = 'chain'\ninput_size = 5\nlayers = ['conv']"), "'a': layer 'conv': has no kernel size"),
        (entry("operation = 'chain'\ninput_size = 5\nlayers = ['conv k3']\nstride = 2"), "its key 'stride': unknown"),
        (
            entry("operation = 'chain'\ninput_size = 5\nlayers = ['conv k3']\nkernel = 'box'"),
            "kernel: is written with its layer",
        ),
        (entry("operation = 'chain'\ninput_size = 5\nlayers = ['conv k3']\nfield = [3, 3]"), "field 3x3: is no cell"),
        (
            entry("operation = 'chain'\ninput_size = 5\nlayers = ['conv k3']\nmethod = 'scatter'"),
            "method scatter: does not compute",
        ),
        (entry("operation = 'roundtrip'\ninput_size = 5"), "animation 'a': kernel_size: is missing"),
        (entry("operation = 'separable'\ninput_size = 5"), "animation 'a': kernel: is missing; give a name"),
        (entry("operation = 'separable'\ninput_size = 5\nkernel = 'laplacian'"), "animation 'a': kernel: has rank 2"),
        (entry("operation = 'conv'\ninput_size = 5\nkernel = 'sobel'"), "kernel 'sobel': is no kernel's name"),
        (entry("operation = 'conv'\ninput_size = 5\nkernel = [[1, 2], [3]]"), "kernel: has rows of unequal length"),
        (entry("operation = 'conv'\ninput_size = 5\nkernel = [['x']]"), "kernel: holds something else than numbers"),
        (entry("operation = 'conv'\ninput_size = 5\nkernel = [[nan]]"), "kernel: holds a number that is not finite"),
        (entry("operation = 'conv'\ninput = [[1, inf]]\nkernel_size = 1"), "input: holds a number that is not finite"),
        (entry("operation = 'conv'\ninput = 'missing.csv'\nkernel_size = 1"), "input 'missing.csv': cannot be read"),
        (entry("operation = 'conv'\ninput = []\nkernel_size = 1"), "input: is empty"),
        (entry("operation = 'max-pool'\ninput_size = 4\nkernel_size = 2\nkernel = 'box'"), "kernel"),
        (
            entry("operation = 'conv'\ninput = [1, 2]\ninput_size = 3\nkernel_size = 1"),
            "input: has a size of 2, but input_size",
        ),
        (
            entry("operation = 'conv'\ninput_size = 5\nkernel_size = 3\ndecimals = 9"),
            "decimals 9: must be between 0 and 6",
        ),
        (entry("operation = 'conv'\ninput_size = 5\nkernel_size = 3\nlabels = 'x'"), "labels 'x': unknown"),
        (
            entry("operation = 'conv'\ninput_size = 5\nkernel_size = 3\noverlap = true"),
            "overlap: is of a single transposed",
        ),
        (
            entry("operation = 'compare'\nlayers = ['conv k3', 'conv k2']\ninput_size = 5\nbias = 1"),
            "its key 'bias': unknown",
        ),
        (
            entry("operation = 'max-unpool'\ninput_size = 2\nkernel_size = 2\nindices = '1 2; 3 4'"),
            "indices '1 2; 3 4': not a whole number",
        ),
        (entry("preset = 'dilation'\nkernel = 'box'"), "its key 'kernel': unknown"),
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
