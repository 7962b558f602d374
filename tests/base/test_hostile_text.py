"""Words that users supply are data in every format."""

from __future__ import annotations

import io
import json
import re
import xml.etree.ElementTree as ET
from html.parser import HTMLParser

import pytest
from PIL import Image

from convanim import Conv, ConvanimError, animate
from convanim.formats import FORMATS

HOSTILE = (
    "<script>alert(1)</script>",
    "\"><img src=x onerror='alert(1)'>",
    "&amp; &lt; ]]> <!-- --> </title></svg></style>",
    r"$x$ \input{/etc/passwd} %s {0} ${x} #{y}",
    r"..\..\..\x ../../../x \)(\\ (/Type/Action)",
)


class Page(HTMLParser):
    """The elements of a page, and the text between them."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.handlers: list[str] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.handlers += [name for name, _ in attrs if name.startswith("on")]

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.parametrize(
    ("suffix", "words"),
    [
        (suffix, words)
        for number, suffix in enumerate(FORMATS)
        for words in (HOSTILE[number % len(HOSTILE)], HOSTILE[(number + 2) % len(HOSTILE)])
    ],
)
def test_every_format_holds_them(suffix: str, words: str) -> None:
    if FORMATS[suffix].needs:
        pytest.importorskip("av")
    assert animate(Conv(2, 2), width=400, caption=words).encode(suffix)


@pytest.mark.parametrize("words", HOSTILE)
def test_in_svg_they_are_text(words: str) -> None:
    root = ET.fromstring(animate(Conv(2, 2), width=900, caption=words, classic=True).encode("svg"))
    said = " ".join("".join(one.itertext()) for one in root.iter("{http://www.w3.org/2000/svg}text"))
    assert " ".join(said.split()) == " ".join(words.split())
    tags = {one.tag.rpartition("}")[2] for one in root.iter()}
    assert tags <= {"svg", "title", "desc", "style", "defs", "path", "g", "use", "text", "tspan"}


@pytest.mark.parametrize("words", HOSTILE)
def test_in_a_page_they_are_text(words: str) -> None:
    plain, page = (Page(animate(Conv(2, 2), width=900, caption=said).encode("html").decode()) for said in ("x", words))
    assert set(page.tags) == set(plain.tags)
    assert page.tags.count("script") == 2
    assert page.handlers == []
    assert re.sub(r"\s", "", words) in re.sub(r"\s", "", page.text)


@pytest.mark.parametrize("words", HOSTILE)
def test_in_a_pdf_they_are_text(words: str) -> None:
    pypdf = pytest.importorskip("pypdf")
    reader = pypdf.PdfReader(io.BytesIO(animate(Conv(2, 2), width=900, caption=words, classic=True).encode("pdf")))
    said = reader.pages[0].extract_text()
    assert re.sub(r"\s", "", words) == re.sub(r"\s", "", said)
    assert "/Action" not in {str(key) for key in reader.trailer["/Root"]}


@pytest.mark.parametrize("words", HOSTILE)
def test_in_pictures_only_pixels_change(words: str) -> None:
    with Image.open(io.BytesIO(animate(Conv(2, 2), width=400, caption=words).encode("png"))) as picture:
        assert words not in picture.info.values()


def test_the_plan_does_not_change() -> None:
    with_words = json.loads(animate(Conv(2, 2), caption=HOSTILE[0]).encode("json"))
    assert with_words == json.loads(animate(Conv(2, 2)).encode("json"))


def test_letters_that_the_font_lacks_are_refused_in_one_sentence() -> None:
    with pytest.raises(ConvanimError, match="is in none of the fonts; give a font that has it"):
        animate(Conv(2, 2), caption="𓀀")
