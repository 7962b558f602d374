"""Notebooks: the magics of IPython, and what marimo shows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from convanim import Animation, Conv, animate
from convanim.documents.blocks import read_block
from tests.documents.handbook import blocks


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    interactiveshell = pytest.importorskip("IPython.core.interactiveshell")
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    made = interactiveshell.InteractiveShell()
    made.history_manager.enabled = False
    made.run_line_magic("load_ext", "convanim")
    return made


@pytest.mark.usefixtures("bare")
def test_a_line_and_a_cell_show_an_animation(shell: Any) -> None:
    expected = animate(Conv(3, 2))
    shell.run_cell("n = 3")
    for text in ("%convanim conv -i {n} -k 2", "%%convanim\nconv -i 3  # cells\n-k 2", "%%convanim conv -i 3\n-k 2"):
        shown = shell.run_cell(text).result
        assert isinstance(shown, Animation), text
        assert shown.encode("html") == expected.encode("html")


def test_the_lines_in_the_handbook_show_one(shell: Any) -> None:
    (lines,) = blocks("ipython")
    assert isinstance(shell.run_cell(lines).result, Animation)


def test_a_refused_block_is_one_sentence(shell: Any, capsys: pytest.CaptureFixture[str]) -> None:
    shell.run_cell("%convanim conv -i 3 -k 9")
    said = capsys.readouterr().err
    assert said.startswith("UsageError: convanim: --kernel-size 9: reaches over 9 rows")
    assert len(said.splitlines()) == 1


def test_marimo_shows_the_page_and_a_picture_where_that_is_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    animation = read_block("conv -i 3 -k 2 --width 200").animation
    assert animation._mime_() == ("text/html", animation._repr_mimebundle_()["text/html"])
    monkeypatch.setattr("convanim.formats.notebook.MOST_BYTES", 25_000)
    kind, content = animation._mime_()
    assert kind == "image/png"
    assert content.startswith("data:image/png;base64,iVBOR")


def test_marimo_takes_what_it_shows() -> None:
    formatting = pytest.importorskip("marimo._output.formatting")
    shown = formatting.try_format(animate(Conv(3, 2), width=200))
    assert (shown.mimetype, shown.traceback) == ("text/html", None)
    assert shown.data.startswith("<iframe srcdoc=")
