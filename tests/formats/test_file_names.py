"""Names of files that we are asked to write, which every system must be able to make."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from convanim import Conv, ConvanimError, animate, export
from convanim.cli import main
from convanim.formats.file_names import check_names
from convanim.places.gallery import make_gallery, read_gallery

DEVICES = ("CON", "nul", "Aux", "prn", "COM1", "lpt9", "com²", "CONIN$", "NUL ")
UNMAKEABLE = (*DEVICES, "a:b", "a<b", "a>b", 'a"b', "a|b", "a?b", "a*b", "a\\b", "a\tb", "a\x7fb", "a\x9bb")
FINE = ("CONV", "nully", "COM10", "aux-1", ".con", "a.con", "a b", "é ✓", "a'b&c;d=e+f,g(h)[i]{j}")
REFUSED = "on Windows|which not every system takes"
DRAWN = ("conv", "-i", "3", "-k", "2", "--width", "100")


@pytest.fixture(autouse=True)
def in_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("name", UNMAKEABLE)
def test_names_that_windows_cannot_make_are_refused_and_nothing_is_written(name: str, tmp_path: Path) -> None:
    for words in (
        (*DRAWN, "-o", f"{name}.svg"),
        (*DRAWN, "-o", f"{name}/step-%d.png"),
        (*DRAWN, "--for", "github", "-o", name),
        (*DRAWN, "--for", "github", "-o", f"{name}.gif"),
        ("slides", "a.toml", "-o", f"{name}.pptx"),
    ):
        result = CliRunner().invoke(main, words)
        assert result.exit_code == 2, words
        assert re.search(REFUSED, result.stderr)
    with pytest.raises(ConvanimError, match=REFUSED):
        animate(Conv(3, 2), width=100).save(f"{name}.svg")
    with pytest.raises(ConvanimError, match=REFUSED):
        export(Conv(3, 2), "github", name)
    assert list(tmp_path.iterdir()) == []


def test_a_name_with_no_letter_at_all_in_it_is_refused() -> None:
    with pytest.raises(ConvanimError, match=r"has '\\x00' in a name"):
        animate(Conv(3, 2), width=100).save("a\0b.svg")


@pytest.mark.parametrize("pattern", ["com%d.png", "a /%d.png", "a./%d.png", "new/a:%d.png", "lpt%d"])
def test_so_are_those_that_patterns_make(pattern: str, tmp_path: Path) -> None:
    result = CliRunner().invoke(main, (*DRAWN, "-o", pattern))
    assert result.exit_code == 2
    assert re.search(REFUSED, result.stderr)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", FINE)
def test_other_names_are_fine(name: str, tmp_path: Path) -> None:
    animate(Conv(3, 2), width=100).still(0).save(tmp_path / f"{name}.svg")
    check_names("output", tmp_path / "new" / name)


@pytest.mark.parametrize("name", ["con", "a:b", "a ", "b."])
def test_folders_that_are_there_have_the_names_that_they_have(name: str, tmp_path: Path) -> None:
    (tmp_path / name).mkdir()
    animate(Conv(3, 2), width=100).still(0).save(tmp_path / name / "a.svg")
    described = "[[animation]]\nname = 'a'\noperation = 'conv'\ninput_size = 3\nkernel_size = 2\nwidth = 100"
    (tmp_path / "a.toml").write_text(described)
    make_gallery(read_gallery(tmp_path / "a.toml"), tmp_path / name)
    assert (tmp_path / name / "README.md").exists()
    with pytest.raises(ConvanimError, match=REFUSED):
        make_gallery(read_gallery(tmp_path / "a.toml"), tmp_path / "new" / name)
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("name", ["CON", "nul", "Lpt1"])
def test_animations_of_a_gallery_have_other_names(name: str, tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(f"[[animation]]\nname = '{name}'\noperation = 'conv'")
    with pytest.raises(ConvanimError, match="has the name of a device on Windows; use another one"):
        read_gallery(tmp_path / "a.toml")
