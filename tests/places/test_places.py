"""What each place takes: its files, their sizes, and the lines to paste there."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
from dataclasses import replace
from functools import partial
from html.parser import HTMLParser
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from convanim import Conv, ConvanimError, animate, compare, export
from convanim.places.exporting import Export, prepared
from convanim.places.registry import PLACES
from tests.formats.typeset import needs_packages, pages, set_by

SMALL = Conv(3, 2)
MAGIC = {".mp4": b"ftyp", ".gif": b"GIF89a", ".pdf": b"%PDF-", ".svg": b"<svg ", ".html": b"<!DOCTYPE html>"}


def ready(place: str, path: str | Path = "same", layer: Conv = SMALL, **looks: Any) -> Export:
    made = prepared(place, partial(animate, layer), path, looks)
    made.check()
    return made


def places() -> list[Any]:
    """Return all places; those that take videos are skipped where none can be made."""
    is_missing = {
        name: find_spec("av") is None and any(part.name.endswith(".mp4") for part in place.parts)
        for name, place in PLACES.items()
    }
    return [
        pytest.param(name, marks=pytest.mark.skipif(missing, reason="needs av")) for name, missing in is_missing.items()
    ]


class Elements(HTMLParser):
    """The elements of a page with their attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def elements(text: str) -> list[tuple[str, dict[str, str | None]]]:
    parser = Elements()
    parser.feed(text)
    return parser.found


@pytest.mark.parametrize("place", places())
def test_every_place_gets_its_files_and_lines_that_name_them(place: str, tmp_path: Path) -> None:
    looks: dict[str, Any] = {"width": 320} if PLACES[place].is_wide else {}
    lines = export(SMALL, place, tmp_path / "same", **looks)
    files = sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file())
    assert files == sorted(part.path(Path("same")).as_posix() for part in PLACES[place].parts)
    for name in files:
        assert MAGIC[Path(name).suffix] in (tmp_path / name).read_bytes()[:16]
        assert name in lines or Path(name).stem in lines
    alt = animate(SMALL).alt
    assert alt in lines or alt.replace("×", "x") in lines


@pytest.mark.parametrize(
    ("looks", "size"),
    [
        ({}, (1280, 720)),
        ({"width": 640}, (640, 360)),
        ({"height": 450}, (800, 450)),
        ({"width": 640, "height": 480}, (640, 480)),
    ],
)
def test_slides_are_16_to_9_unless_both_sides_are_given(looks: dict[str, Any], size: tuple[int, int]) -> None:
    (animation,) = ready("google-slides", **looks).animations.values()
    assert animation.size == size


@pytest.mark.parametrize("place", ["powerpoint", "keynote"])
@pytest.mark.skipif(find_spec("av") is None, reason="needs av")
def test_videos_for_slides_have_1080_lines(place: str) -> None:
    (animation,) = ready(place).animations.values()
    assert animation.size == (1920, 1080)


def test_github_gets_a_light_and_a_dark_picture() -> None:
    made = ready("github")
    backgrounds = [animation.theme.background for animation in made.animations.values()]
    assert backgrounds == [(255, 255, 255), (0x0D, 0x11, 0x17)]
    (_, _), (_, source), (_, image) = elements(made.lines)
    assert source == {"media": "(prefers-color-scheme: dark)", "srcset": "same-dark.svg"}
    assert image == {"src": "same-light.svg", "width": "480", "alt": animate(SMALL).alt}


def test_a_paper_gets_a_still_and_its_gif_lies_beside_it(tmp_path: Path) -> None:
    made = ready("arxiv", tmp_path / "same")
    still, moving = made.animations.values()
    assert (len(still.timeline.steps), len(moving.timeline.steps)) == (1, 4)
    assert [path.relative_to(tmp_path).as_posix() for path in made.animations] == ["same.pdf", "anc/same.gif"]


def test_what_the_user_says_goes_before_the_place() -> None:
    light, dark = ready("github", theme="colorblind", width=300, steps=(1, 3)).animations.values()
    assert light.theme.styles["output"].fill == (0xE6, 0x9F, 0x00)
    assert dark.theme.text == animate(SMALL, theme="dark").theme.text
    assert (light.size[0], light.timeline.steps) == (300, (1, 2))


@pytest.mark.parametrize("place", ["beamer", "keynote", "powerpoint"])
def test_lines_say_whether_it_loops(place: str) -> None:
    if place != "beamer":
        pytest.importorskip("av")
    for_ever, once = ready(place).lines, ready(place, loop=1).lines
    assert "loop" in for_ever.lower()
    assert "loop" not in once.lower()


def test_several_layers_are_compared(tmp_path: Path) -> None:
    lines = export([Conv(4, 2), Conv(4, 3)], "github", tmp_path / "both")
    assert "2 layers run in step" in lines


@pytest.mark.parametrize(
    ("place", "path", "looks", "message"),
    [
        ("slack", "same", {}, "for 'slack': unknown; choose powerpoint, keynote, google-slides"),
        ("github", "same.gif", {}, "output 'same.gif': is not what github takes"),
        ("github", "", {}, "is a folder, or hidden; add a name"),
        ("github", "out/", {}, "is a folder, or hidden; add a name"),
        ("github", "..", {}, "is a folder, or hidden; add a name"),
        ("github", "a\udcffb", {}, "has a letter that does not show"),
        ("beamer", "a%b", {}, "cannot be read by LaTeX, for beamer; use letters, digits, - and _"),
        ("arxiv", "r&d", {}, "cannot be read by LaTeX, for arxiv"),
        ("beamer", "same.xyz", {}, "output 'same.xyz': has no suffix that names a format"),
        ("beamer", "missing/same", {}, "there is no folder"),
        (
            "google-slides",
            "same",
            {"width": 7000, "height": 5000},
            "width 7000: makes 35.0 megapixels, and google-slides",
        ),
    ],
)
def test_what_a_place_cannot_take_is_refused(
    place: str, path: str, looks: dict[str, Any], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConvanimError, match=message):
        ready(place, path, **looks)
    assert list(tmp_path.iterdir()) == []


def test_a_suffix_of_the_first_file_may_be_there() -> None:
    assert [path.name for path in ready("beamer", "talk.pdf").animations] == ["talk.pdf"]


def test_too_large_a_file_is_refused_and_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(PLACES, "notebook", replace(PLACES["notebook"], most_bytes=1000))
    (tmp_path / "same.gif").write_bytes(b"old")
    with pytest.raises(
        ConvanimError, match=r"for notebook: takes files of up to 0 MB, and same.gif would have"
    ) as refusal:
        export(SMALL, "notebook", tmp_path / "same")
    assert "every" in str(refusal.value)
    assert (tmp_path / "same.gif").read_bytes() == b"old"


def test_a_way_out_of_too_many_pixels_works() -> None:
    with pytest.raises(ConvanimError, match="use width=") as refusal:
        ready("google-slides", width=7000, height=5000)
    sides: dict[str, Any] = {name: int(side) for name, side in re.findall(r"(width|height)=(\d+)", str(refusal.value))}
    (animation,) = ready("google-slides", **sides).animations.values()
    assert animation.size[0] * animation.size[1] <= 25_000_000


NASTY = 'a "b" <c> & 50%'


@pytest.mark.parametrize("place", ["github", "revealjs"])
def test_names_and_words_are_escaped_in_html(place: str) -> None:
    titles = [NASTY, "plain"]
    made = prepared(place, partial(compare, [Conv(3, 2), Conv(3, 1)]), "a 'b' & 50%", {"titles": titles})
    found = elements(made.lines)
    said = [value for _, attributes in found for value in attributes.values() if value and NASTY in value]
    assert said
    assert {tag for tag, _ in found} <= {"picture", "source", "img", "section", "h2", "iframe"}


@pytest.mark.parametrize("place", ["beamer", "arxiv"])
def test_names_and_words_are_escaped_in_latex(place: str) -> None:
    titles = [r"50% \input{x} $y_1^2$ #1 & ~", "plain"]
    lines = prepared(place, partial(compare, [Conv(3, 2), Conv(3, 1)]), "same", {"titles": titles}).lines
    assert r"50\% \textbackslash{}input\{x\} \$y\_1\textasciicircum{}2\$ \#1 \& \textasciitilde{}" in lines
    assert r"\input" not in lines.replace(r"\textbackslash{}input", "")


@pytest.mark.parametrize("place", ["marp", "quarto", "notebook"])
def test_names_and_words_are_escaped_in_markdown(place: str) -> None:
    titles = ["a ](x) *b* `c` <d>", "plain"]
    lines = prepared(place, partial(compare, [Conv(3, 2), Conv(3, 1)]), "my file", {"titles": titles}).lines
    assert "my%20file." in lines
    assert r"\](x) \*b\* \`c\` \<d\>" in lines


@pytest.mark.parametrize(("place", "kind"), [("beamer", "beamer"), ("arxiv", "article")])
@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="needs pdflatex")
def test_lines_for_latex_compile(place: str, kind: str, tmp_path: Path) -> None:
    package = "animate" if place == "beamer" else "graphicx"
    if subprocess.run(["kpsewhich", f"{package}.sty"], capture_output=True, check=False).returncode:
        pytest.skip(f"needs {package}.sty")
    lines = export(Conv(4, 3), place, tmp_path / "same")
    document = f"\\documentclass{{{kind}}}\\usepackage{{{package}}}\\begin{{document}}\n{lines}\\end{{document}}\n"
    (tmp_path / "page.tex").write_text(document, encoding="utf-8")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "page.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:]
    assert b"warning: pdflatex" not in done.stdout


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="needs pdflatex")
def test_the_source_for_beamer_plays_step_by_step(tmp_path: Path) -> None:
    needs_packages("beamer.cls", "standalone.sty", "adjustbox.sty", "fix-cm.sty")
    lines = export(SMALL, "beamer", tmp_path / "same", source=True, width=200)
    packages = r"\usepackage{standalone, tikz, fix-cm, adjustbox}"
    assert packages in lines
    document = f"\\documentclass{{beamer}}{packages}\\begin{{document}}\n{lines}\\end{{document}}\n"
    (tmp_path / "page.tex").write_text(document, encoding="utf-8")
    shown = [page.tobytes() for page in pages(set_by("pdflatex", tmp_path / "page.tex"))]
    assert len(shown) == len(set(shown)) == 4


def test_places_without_a_source_say_which_has_one() -> None:
    with pytest.raises(ConvanimError, match="source: is not there for marp; use it for beamer"):
        prepared("marp", partial(animate, SMALL), "same", {}, is_source=True)


def test_the_gif_for_google_slides_is_as_large_as_it_says(tmp_path: Path) -> None:
    export(SMALL, "google-slides", tmp_path / "same")
    with Image.open(io.BytesIO((tmp_path / "same.gif").read_bytes())) as picture:
        assert picture.size == (1280, 720)
