"""Documents of Sphinx, built as pages and for LaTeX."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest

from convanim import Animation
from convanim.documents.blocks import read_block
from tests.documents.handbook import blocks

pytest.importorskip("sphinx")
pytestmark = pytest.mark.filterwarnings("default")

LAYERS = """
Layers
======

See :numref:`same`.

.. convanim:: conv -i 3 -k 2
   :caption: As *large*, 100 %.
   :name: same
   :align: center
   :width: 60%
   :class: framed

.. convanim::
   :alt: <"My" & own>

   nn.Conv2d(1, 1, 2,  # planes
             stride=1)
   -i 4

.. convanim::
   :file: layer.txt
   :theme: print
   :name: printed
"""

WRONG = """
Wrong
=====

.. convanim:: conv -i 3 -k 9

.. convanim::

   conv -i 3 -k 2 -o same.svg

.. convanim:: conv -i 3 -k 2

   conv -i 3 -k 2

.. convanim::
   :file: /../secret.txt

.. convanim:: conv -i 3 -k 2
   :theme: pink
"""


def built(source: Path, builder: str) -> str:
    """Build a folder of sources into a folder beside it, and return what Sphinx warns of."""
    from sphinx.application import Sphinx
    from sphinx.util.docutils import docutils_namespace

    warned = io.StringIO()
    target, kept = source.parent / builder, source.parent / "kept"
    config = {"html_theme": "basic", "numfig": True, "extensions": "convanim.documents.sphinx"}
    with docutils_namespace():
        Sphinx(source, None, target, kept, builder, config, status=None, warning=warned, parallel=2).build()
    return re.sub(r"\x1b\[\d+(;\d+)*m", "", warned.getvalue())


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "source"
    folder.mkdir()
    (folder / "index.rst").write_text(LAYERS, encoding="utf-8")
    (folder / "layer.txt").write_text("conv -i 3 -k 2\n", encoding="utf-8")
    return folder


def test_pages_show_pictures_that_move_and_that_fit_their_colours(source: Path) -> None:
    assert built(source, "html") == ""
    page = (source.parent / "html" / "index.html").read_text(encoding="utf-8")
    light, dark = (picture.name for picture in read_block("conv -i 3 -k 2").sides())
    images = re.findall(r"<img [^>]*>", page)
    assert [re.search(r"_images/([^\"]+)", image)[1] for image in images][:2] == [light, dark]  # type: ignore[index]
    assert {path.name for path in (source.parent / "html" / "_images").glob("conv*")} > {light, dark}
    assert all('style="width: 60%;"' in image for image in images[:2])
    assert ["convanim-dark" in image for image in images] == [False, True, False, True, False]
    assert all('alt="&lt;&quot;My&quot; &amp; own&gt;"' in image for image in images[2:4])
    assert 'id="printed"' in images[4]
    assert re.search(r'<figure class="align-center" id="same">', page)
    assert "As <em>large</em>, 100 %." in page
    assert "_static/convanim.css" in page
    assert ".convanim-dark" in (source.parent / "html" / "_static" / "convanim.css").read_text()


def test_latex_gets_stills_and_words_get_the_alternative_text(source: Path) -> None:
    pypdf = pytest.importorskip("pypdf")
    assert built(source, "latex") == ""
    (text,) = (source.parent / "latex").glob("*.tex")
    names = re.findall(r"sphinxincludegraphics(?:\[.*\])?\{\{(.+)\}\.pdf\}", text.read_text(encoding="utf-8"))
    assert len(names) == 3
    assert all(len(pypdf.PdfReader(text.with_name(f"{name}.pdf")).pages) == 1 for name in names)
    built(source, "text")
    assert '[image: <"My" & own>]' in (source.parent / "text" / "index.txt").read_text(encoding="utf-8")


def test_nothing_is_drawn_twice(source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    built(source, "html")
    monkeypatch.setattr(Animation, "encode", lambda *_: pytest.fail("drawn again"))
    (source / "index.rst").write_text(LAYERS + "\nMore.\n", encoding="utf-8")
    assert built(source, "html") == ""


def test_refused_blocks_are_errors_at_their_lines(source: Path) -> None:
    (source / "index.rst").write_text(WRONG, encoding="utf-8")
    said = built(source, "html")
    assert re.search(r"index\.rst:5: ERROR: convanim: --kernel-size 9: reaches over 9 rows", said)
    assert re.search(r"index\.rst:7: ERROR: convanim: --output same.svg: is for the document to choose", said)
    assert re.search(r"index\.rst:11: ERROR: convanim: there is more than one block", said)
    assert re.search(r"index\.rst:15: ERROR: convanim: .*secret.txt is not among the sources", said)
    assert '"pink" unknown; choose from "auto", "guide"' in said
    assert len(re.findall("ERROR", said)) == 5


def test_the_document_in_the_handbook_is_built(source: Path) -> None:
    (document,) = blocks("rst")
    (source / "index.rst").write_text(f"Layers\n======\n\n{document}", encoding="utf-8")
    assert built(source, "html") == ""
    assert (source.parent / "html" / "index.html").read_text(encoding="utf-8").count("<img") >= 2
