"""Blocks of documents: what their texts describe, and what they may not do."""

from __future__ import annotations

from pathlib import Path

import pytest

from convanim.documents.blocks import BlockError, read_block


@pytest.mark.parametrize(
    "text",
    [
        "conv -i 5 -k 3 -p 1",
        "conv -i 5 \\\n  -k 3   # the kernel\n  -p 1\n",
        "$ convanim conv -p 1 --kernel-size=3 -i 5 --theme guide",
    ],
)
def test_texts_that_ask_for_the_same_are_one_picture(text: str) -> None:
    block = read_block(text)
    assert block.picture().name == read_block("conv -i 5 -k 3 -p 1").picture().name
    assert block.alt.startswith("A 3×3 kernel slides over a 5×5 input with padding 1")
    assert block.title == "Convolution, 5×5 → 5×5"


def test_other_commands_formats_and_looks_are_other_pictures() -> None:
    block, other = read_block("conv -i 5 -k 3"), read_block("conv -i 6 -k 3")
    pictures = [block.picture(), other.picture(), block.picture("pdf", is_still=True), *block.sides()]
    assert len({picture.name for picture in pictures}) == 5


@pytest.mark.parametrize(
    "text",
    [
        "nn.Conv2d(1, 1, 3) -i 7",
        "'nn.Conv2d(1, 1, 3)' -i 7",
        "layer 'nn.Conv2d(1, 1, 3)' -i 7",
        "nn.Conv2d(1, 1,  # planes\n  3)\n-i 7",
    ],
)
def test_the_command_for_code_may_be_left_out(text: str) -> None:
    assert read_block(text).title == "Convolution, 7×7 → 5×5"


def test_signs_of_comments_within_words_are_no_comments() -> None:
    block = read_block("conv -i 3 -k 2 --caption-text 'a # b' --background '#ffffff'")
    assert block.wanted.looks["caption"] == "a # b"
    assert block.has_own_look


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "a block is empty"),
        ("# nothing", "a block is empty"),
        ("cnv -i 5", "No such command 'cnv'"),
        ("explain conv -i 5 -k 3", "'explain conv' draws nothing; there are adaptive-avg-pool"),
        ("gallery gallery.toml -o here", "'gallery' draws nothing"),
        ("markdown a.md -o b.md", "'markdown' draws nothing"),
        ("--help", "'--help' draws nothing"),
        ("conv --help", "No such option '--help'"),
        ("conv -i 5 -k 9", "--kernel-size 9: reaches over 9 rows"),
        ("conv -i 5 -k 3 -o same.gif", "--output same.gif: is for the document to choose; leave it out"),
        ("conv -i 5 -k 3 --format gif", "--format gif: is for the document to choose"),
        ("conv -i 5 -k 3 --for github", "--for github: is for the document to choose"),
        ("conv -k 3 --input numbers.csv", "--input 'numbers.csv': names a file, and none is read here"),
        ("conv -k 3 --input picture.png", "--input 'picture.png': names a file, and none is read here"),
        ("model model.py --layer 1", "model 'model.py': names a file, and none is read here"),
        ("layer - -i 5", "is standard input, which is not read here"),
        ("conv -i 5 -k 3 --exercise", "--format svg: takes no answers"),
        ("conv -i 'five", '"conv -i \'five" has a quote that does not end'),
        ("nn.Conv2d(1, 1, 3) -i '7", '"-i \'7" has a quote that does not end'),
        ("'nn.Conv2d(1, 1, 3) -i 7", "has a quote that does not end"),
        ("conv -i 5 -k 3\nconv -i 6 -k 3", "unexpected extra argument"),
    ],
)
def test_what_is_refused_is_said_as_the_command_says_it(
    text: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "model.py").write_text("nn.Conv2d(1, 1, 3)")
    (tmp_path / "numbers.csv").write_text("1,2,3\n" * 3)
    with pytest.raises(BlockError) as refused:
        read_block(text)
    assert said in str(refused.value)
    assert len(list(tmp_path.iterdir())) == 2


def test_a_look_of_its_own_is_the_same_on_light_and_on_dark_pages() -> None:
    assert len(read_block("conv -i 3 -k 2").sides()) == 2
    assert len(read_block("conv -i 3 -k 2 --theme print").sides()) == 1
    (picture,) = read_block("conv -i 3 -k 2").sides(theme="print")
    assert picture.animation.theme.hatch


def test_a_picture_is_drawn_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = read_block("conv -i 3 -k 2").picture().kept_in(tmp_path)
    assert path.read_bytes().startswith(b"<svg")
    monkeypatch.setattr("convanim.Animation.encode", lambda *_: pytest.fail("drawn again"))
    assert read_block("conv -k 2 -i 3").picture().kept_in(tmp_path) == path
