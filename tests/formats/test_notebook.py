"""What a notebook shows of an animation."""

from __future__ import annotations

import base64
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from convanim import Conv, animate
from convanim.formats import notebook
from convanim.formats.notebook import MOST_BYTES, bundle


class Frame(HTMLParser):
    """The attributes of the one element of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.attributes: dict[str, str | None] = {}
        self.tags: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes = dict(attrs)


def test_it_has_a_page_a_gif_a_still_and_words() -> None:
    animation = animate(Conv(3, 2), width=200)
    forms = animation._repr_mimebundle_()
    assert set(forms) == {"text/plain", "image/png", "text/html", "image/gif"}
    assert forms["text/plain"] == f"Convolution, 3×3 → 2×2. {animation.alt}"
    assert base64.b64decode(forms["image/gif"]) == animation.encode("gif")
    assert base64.b64decode(forms["image/png"]) == animation.still(animation.poster).encode("png")


def test_the_page_is_whole_in_a_frame_of_its_own() -> None:
    animation = animate(Conv(3, 2), width=200, caption='a "b" </iframe><script>')
    frame = Frame(animation._repr_mimebundle_()["text/html"])
    assert frame.tags == ["iframe"]
    assert frame.attributes["srcdoc"] == animation.encode("html").decode()
    assert frame.attributes["sandbox"] == "allow-scripts"
    assert frame.attributes["title"] == animation.told.title


def test_the_gif_is_the_first_to_be_left_out_where_all_would_be_too_much(monkeypatch: pytest.MonkeyPatch) -> None:
    animation = animate(Conv(4, 3), width=240)
    sizes = {kind: len(content) for kind, content in bundle(animation).items()}
    monkeypatch.setattr(notebook, "MOST_BYTES", sizes["image/png"] + sizes["text/html"] + sizes["image/gif"] - 1)
    assert set(bundle(animation)) == {"text/plain", "image/png", "text/html"}
    monkeypatch.setattr(notebook, "MOST_BYTES", sizes["image/png"])
    assert set(bundle(animation)) == {"text/plain", "image/png"}


def test_a_large_animation_stays_within_what_notebooks_let_pass() -> None:
    forms = bundle(animate(Conv(5, 3, padding=1, in_channels=3, out_channels=2)))
    assert sum(len(content) for kind, content in forms.items() if kind != "text/plain") <= MOST_BYTES
    assert {"image/png", "text/html"} <= set(forms)


@pytest.mark.filterwarnings("default")
def test_a_real_notebook_shows_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nbclient, nbformat = pytest.importorskip("nbclient"), pytest.importorskip("nbformat")
    kernelspec = pytest.importorskip("ipykernel.kernelspec")
    kernelspec.install(prefix=str(tmp_path), kernel_name="convanim-test")
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "share" / "jupyter"))
    cell = nbformat.v4.new_code_cell("from convanim import Conv, animate\nanimate(Conv(3, 2), width=200)")
    made: Any = nbformat.v4.new_notebook(cells=[cell])
    nbclient.NotebookClient(made, timeout=60, kernel_name="convanim-test").execute()
    (output,) = made.cells[0].outputs
    assert output.output_type == "execute_result"
    assert {"text/html", "image/gif", "image/png", "text/plain"} == set(output.data)


def test_what_has_too_many_frames_for_a_file_shows_as_a_still() -> None:
    assert set(bundle(animate(Conv(50, 3), width=400))) == {"text/plain", "image/png"}
