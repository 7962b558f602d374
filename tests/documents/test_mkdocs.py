"""Pages of MkDocs and of Zensical, with the fence that the handbook shows."""

from __future__ import annotations

import logging
import re
import subprocess
import sys
from base64 import b64decode
from collections.abc import Iterator
from pathlib import Path

import pytest

from convanim import Animation
from convanim.documents import mkdocs as ours
from convanim.documents.blocks import read_block
from tests.documents.handbook import blocks

markdown = pytest.importorskip("markdown")
pytest.importorskip("pymdownx")
pytestmark = pytest.mark.filterwarnings("default")

PAGE = """---
title: Layers
---

```convanim
conv -i 3 -k 2
```

- an item

    ``` { .convanim .framed #same alt='<"own">' caption="As large, & more" }
    conv -i 3 -k 2 --theme print
    ```
"""
WRONG = "---\ntitle: Wrong\n---\n\n> ```convanim\n> conv -i 3 -k <9>\n> ```\n"


@pytest.fixture(autouse=True)
def _forgotten() -> Iterator[None]:
    ours._drawn.cache_clear()
    yield
    ours._drawn.cache_clear()


@pytest.fixture
def site(tmp_path: Path) -> Path:
    (tmp_path / "mkdocs.yml").write_text(f"site_name: Layers\n{blocks('yaml')[0]}", encoding="utf-8")
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "index.md").write_text(PAGE, encoding="utf-8")
    return tmp_path


def built(site: Path) -> str:
    """Build pages with MkDocs, and return the first."""
    pytest.importorskip("mkdocs")
    from mkdocs.commands.build import build
    from mkdocs.config import load_config

    build(load_config(str(site / "mkdocs.yml")))
    return (site / "site" / "index.html").read_text(encoding="utf-8")


def held(page: str) -> list[bytes]:
    """Return the pictures that a page holds."""
    return [b64decode(data) for data in re.findall(r'src="data:image/svg\+xml;base64,([^"]+)"', page)]


def test_pages_hold_pictures_for_light_and_for_dark_ones(site: Path) -> None:
    page = built(site)
    block, printed = read_block("conv -i 3 -k 2"), read_block("conv -i 3 -k 2 --theme print")
    assert held(page) == [picture.content() for picture in (*block.sides(), printed.picture())]
    assert re.findall(r'<img class="convanim-(\w+)"', page) == ["light", "dark", "only"]
    assert page.count("<style>:is(") == 1
    assert page.count(f'alt="{block.alt}"') == 2
    assert '<figure id="same" class="convanim framed">' in page
    assert 'alt="&lt;&quot;own&quot;&gt;"><figcaption>As large, &amp; more</figcaption>' in page


def test_a_refused_block_is_a_warning_at_its_line_and_is_said_on_the_page(
    site: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (site / "docs" / "index.md").write_text(WRONG, encoding="utf-8")
    page = built(site)
    said = next(record for record in caplog.records if record.levelno == logging.WARNING).getMessage()
    assert said.startswith("index.md:5: convanim: --kernel-size '<9>': ")
    assert "<strong>convanim: --kernel-size &#x27;&lt;9&gt;&#x27;: " in page
    assert "<code>conv -i 3 -k &lt;9&gt;</code>" in page


def test_the_page_in_the_handbook_has_a_figure(site: Path) -> None:
    (site / "docs" / "index.md").write_text(blocks("markdown")[1], encoding="utf-8")
    page = built(site)
    assert '<figure id="same" class="convanim">' in page
    assert len(held(page)) == 2


def test_a_page_that_is_built_again_draws_nothing_again(monkeypatch: pytest.MonkeyPatch) -> None:
    fences = [{"name": "convanim", "class": "convanim", "format": ours.fence}]
    settings = {"pymdownx.superfences": {"custom_fences": fences}}

    def page() -> str:
        text: str = markdown.markdown(PAGE, extensions=list(settings), extension_configs=settings)
        return text

    once = page()
    assert len(held(once)) >= 2
    monkeypatch.setattr(Animation, "encode", lambda *_: pytest.fail("drawn again"))
    assert page() == once


def test_zensical_builds_the_same_pictures(site: Path) -> None:
    pytest.importorskip("zensical")
    (site / "docs" / "wrong.md").write_text(WRONG, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "zensical", "build"], cwd=site, capture_output=True, encoding="utf-8", check=True
    )
    page = (site / "site" / "index.html").read_text(encoding="utf-8")
    assert held(page)[0] == read_block("conv -i 3 -k 2").sides()[0].content()
    assert "wrong.md: convanim: --kernel-size '<9>': " in done.stdout + done.stderr
