"""Documents of Pandoc, whose filter starts the command for each block."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from convanim.documents.blocks import BlockError, read_block
from convanim.documents.pandoc import FILTER, drawn_for
from tests.commands import run
from tests.documents.handbook import blocks

ALT = read_block("conv -i 3 -k 2").alt


@pytest.mark.parametrize(
    ("target", "media", "begin"),
    [
        ("html5", "image/svg+xml", b"<svg"),
        ("gfm+footnotes", "image/svg+xml", b"<svg"),
        ("pptx", "image/gif", b"GIF89a"),
        ("docx", "image/png", b"\x89PNG"),
        ("beamer", "application/pdf", b"%PDF"),
    ],
)
def test_each_format_gets_what_it_can_show(target: str, media: str, begin: bytes) -> None:
    told, _, content = drawn_for("conv -i 3 -k 2", target).partition(b"\n")
    kind, name, alt = told.decode().split("\t")
    assert (kind, alt) == (media, ALT)
    assert re.fullmatch(r"conv-3x3-[\w-]+-[0-9a-f]{12}\.\w+", name)
    assert content.startswith(begin)


def test_the_command_says_where_the_filter_is_and_draws_for_it() -> None:
    assert run("pandoc").stdout.strip() == str(FILTER)
    assert FILTER.exists()
    done = run("pandoc --draw html", given="conv -i 3 -k 2")
    assert done.stdout_bytes == drawn_for("conv -i 3 -k 2", "html")
    refused = run("pandoc --draw html", given="conv -i 3 -k 9")
    assert refused.exit_code == 2
    assert refused.stderr.startswith("Error: block: --kernel-size 9: reaches over 9 rows")
    with pytest.raises(BlockError, match="draws nothing"):
        drawn_for("list", "html")


def converted(text: str, folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Run Pandoc with the filter in a folder."""
    program = shutil.which("pandoc")
    if program is None:
        pytest.skip("needs pandoc")
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    command = [program, "--lua-filter", str(FILTER), *options]
    env = {**os.environ, "PATH": path, "PYTHONUTF8": "1"}
    return subprocess.run(
        command, cwd=folder, env=env, input=text, capture_output=True, encoding="utf-8", check=False, timeout=120
    )


def test_pages_show_pictures_and_captions(tmp_path: Path) -> None:
    document = blocks("markdown")[-1]
    done = converted(document, tmp_path, "-t", "html", "--extract-media", "media")
    assert (done.returncode, done.stderr) == (0, "")
    (name,) = set(re.findall(r'src="media/([^"]+\.svg)"', done.stdout))
    assert (tmp_path / "media" / name).read_bytes().startswith(b"<svg")
    assert re.search(r"<figcaption[^>]*>The output is <em>as large</em> as the input", done.stdout)
    assert 'id="fig-same"' in done.stdout
    assert "A 3×3 kernel slides over a 5×5 input" in done.stdout


def test_a_paper_gets_a_still(tmp_path: Path) -> None:
    pypdf = pytest.importorskip("pypdf")
    if shutil.which("pdflatex") is None:
        pytest.skip("needs pdflatex")
    (tmp_path / "plain.latex").write_text(
        r"\documentclass{article}\usepackage{graphicx}\begin{document}$body$\end{document}"
    )
    text = '```convanim\n#| fig-alt: "a layer"\n#| fig-cap: Fig\nconv -i 3 -k 2\n```\n'
    done = converted(text, tmp_path, "--template", "plain.latex", "-o", "paper.pdf")
    assert (done.returncode, done.stderr) == (0, "")
    (page,) = pypdf.PdfReader(tmp_path / "paper.pdf").pages
    assert len(page["/Resources"]["/XObject"]) == 1
    assert "Fig" in page.extract_text()


def test_a_refused_block_stops_pandoc_with_our_sentence(tmp_path: Path) -> None:
    done = converted("```convanim\nconv -i 3 -k 9\n```\n", tmp_path, "-t", "html")
    assert done.returncode != 0
    assert "Error: block: --kernel-size 9: reaches over 9 rows" in done.stderr
    assert "convanim refuses this block:\nconv -i 3 -k 9" in done.stderr
