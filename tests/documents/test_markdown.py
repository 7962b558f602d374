"""Markdown that draws its own pictures, and draws them again."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from convanim import Animation
from convanim.documents.blocks import read_block
from convanim.documents.markdown import illustrated
from tests.commands import refused, run

BLOCK = "```convanim\nconv -i 3 -k 2\n```\n"
NAME = read_block("conv -i 3 -k 2").picture().name
ALT = read_block("conv -i 3 -k 2").alt


def made(text: str, is_dark: bool = False) -> str:
    return illustrated(text, str, is_dark).text


@pytest.fixture(autouse=True)
def _no_drawing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(Animation, "encode", lambda *_: b"<svg/>")


def test_a_block_becomes_a_picture_and_stays_in_a_comment() -> None:
    shown = f"<!-- convanim\nconv -i 3 -k 2\n-->\n\n![{ALT}]({NAME})\n\n<!-- /convanim -->\n"
    assert made(f"before\n\n{BLOCK}\nafter") == f"before\n\n{shown}\nafter"


@pytest.mark.parametrize(
    "text",
    [
        BLOCK,
        BLOCK.replace("\n", "\r\n"),
        "no newline at the end\n\n" + BLOCK.rstrip(),
        "~~~~ {.convanim alt='an \"own\" text'}\npreset dilation\n~~~~\n",
        "1. an item\n\n   " + BLOCK.replace("\n", "\n   ").rstrip() + "\n\n   more\n",
        "- ```convanim\n  conv -i 3 -k 2\n  ```\n- more\n",
        "> " + BLOCK.replace("\n", "\n> ").rstrip() + "\n> more\n",
        "!!! note\n    " + BLOCK.replace("\n", "\n    ").rstrip() + "\n",
        "```convanim alt=\"a --> b\"\nconv -i 3 -k 2 --caption-text 'a --> b --\\> c --!> d'\n```\n",
    ],
)
def test_what_it_made_makes_the_same_again(text: str) -> None:
    once = made(text)
    assert "<!-- /convanim -->" in once
    assert made(once) == once
    assert made(made(once, is_dark=True)) == once
    assert once.count("\r\n") == (once.count("\n") if "\r\n" in text else 0)


def test_a_block_that_changed_in_its_comment_is_drawn_as_it_is_now() -> None:
    assert made(made(BLOCK).replace("-k 2", "-k 3")) == made(BLOCK.replace("-k 2", "-k 3"))


@pytest.mark.parametrize(
    "text",
    [
        "nothing",
        "in `` ```convanim `` a line",
        f"````markdown\n{BLOCK}````\n",
        f"<!--\n{BLOCK}-->\n",
        "    " + BLOCK,
        "```python\n```\n",
    ],
)
def test_everything_else_stays(text: str) -> None:
    text = text.replace("\n```", "\n    ```") if text.startswith("    ") else text
    assert made(text) == text


def test_pictures_for_dark_pages_are_chosen_by_the_page() -> None:
    text = made("```convanim alt='<\"&'\nconv -i 3 -k 2\n```\n", is_dark=True)
    light, dark = (picture.name for picture in read_block("conv -i 3 -k 2").sides())
    assert f'<source media="(prefers-color-scheme: dark)" srcset="{dark}">' in text
    assert f'<img src="{light}" alt="&lt;&quot;&amp;">' in text
    assert "<picture>" not in made(BLOCK.replace("-k 2", "-k 2 --theme dark"), is_dark=True)


def test_the_command_writes_the_pictures_beside_the_document(tmp_path: Path) -> None:
    (tmp_path / "in.md").write_text(BLOCK * 2)
    assert run("markdown in.md -o out.md").exit_code == 0
    assert {path.name for path in tmp_path.iterdir()} == {"in.md", "out.md", NAME}
    assert run("markdown in.md -o out.md --folder 'my pictures'").exit_code == 0
    assert f"](my%20pictures/{NAME})" in (tmp_path / "out.md").read_text(encoding="utf-8")
    assert (tmp_path / "my pictures" / NAME).exists()


def test_what_has_not_changed_is_neither_drawn_nor_written_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = tmp_path / "in.md"
    document.write_text(BLOCK)
    run("markdown in.md -o in.md")
    before = document.stat().st_mtime_ns
    monkeypatch.setattr(Animation, "encode", lambda *_: pytest.fail("drawn again"))
    assert run("markdown in.md -o in.md").exit_code == 0
    assert document.stat().st_mtime_ns == before
    assert run("markdown in.md -o in.md --check").stdout == "in.md and its pictures are as its blocks are.\n"


def test_what_would_change_fails_a_check_and_is_not_changed(tmp_path: Path) -> None:
    (tmp_path / "in.md").write_text(BLOCK)
    done = run("markdown in.md -o in.md --check")
    assert (done.exit_code, done.stderr) == (1, f"{NAME} is missing.\nin.md is not as its blocks are.\n")
    assert (tmp_path / "in.md").read_text() == BLOCK


def test_pictures_that_are_shown_no_longer_are_named_and_stay(tmp_path: Path) -> None:
    document = tmp_path / "in.md"
    document.write_text(BLOCK)
    run("markdown in.md -o in.md")
    document.write_text(document.read_text(encoding="utf-8").replace("-k 2", "-k 3"), encoding="utf-8")
    assert run("markdown in.md -o in.md").stderr == f"in.md shows {NAME} no longer.\n"
    assert (tmp_path / NAME).exists()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            f"{BLOCK}\n```convanim\nconv -i 3 -k 9\n```\n```convanim\n```\n",
            "block at line 5: --kernel-size 9: reaches over 9 rows",
        ),
        ("\n```convanim\nconv -i 3", "block at line 2: has no ``` behind it; put it there"),
        ("<!-- convanim\nconv -i 3", "block at line 1: has no --> behind it; put it there"),
        ("<!-- convanim\nconv -i 3\n-->\ntext", "block at line 1: has no <!-- /convanim --> behind it"),
        ("<!-- convanim\nconv -i 3\n-->\n" + made(BLOCK), "block at line 1: has no <!-- /convanim --> behind it"),
    ],
)
def test_a_refused_block_is_named_by_its_line_and_nothing_is_lost(text: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "in.md").write_text(text, encoding="utf-8")
    assert refused("markdown in.md -o in.md").startswith(said)
    assert (tmp_path / "in.md").read_text(encoding="utf-8") == text


def test_documents_that_cannot_be_read_or_written_are_refused(tmp_path: Path) -> None:
    assert refused("markdown no.md -o out.md") == "document no.md: cannot be read (no such file or directory)"
    (tmp_path / "in.md").write_bytes(b"\xff")
    assert refused("markdown in.md -o out.md") == "document in.md: is not text in UTF-8; save it as that"
    (tmp_path / "in.md").write_text("")
    assert re.match("--output no/out.md: there is no folder", refused("markdown in.md -o no/out.md"))
