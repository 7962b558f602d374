"""Everything in the README and in the handbook works as printed."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator, MutableMapping
from importlib.metadata import entry_points
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import convanim
from convanim.base.extending import PLUGINS
from convanim.cli.serving import LIMITS
from convanim.formats import FORMATS
from convanim.frameworks import FRAMEWORKS
from convanim.layers import OPERATIONS
from convanim.places.registry import PLACES
from convanim.render.palettes import THEMES
from convanim.views import VIEWS
from convanim.words import captions
from tests import ROOT
from tests.commands import drawing_few_steps, run
from tests.gathering import gathered

HANDBOOK = ROOT / "gallery" / "handbook"
PAGES = [ROOT / "README.md", *sorted(HANDBOOK.glob("*.md"))]
DOCUMENTS = [*PAGES, ROOT / ".github" / "CONTRIBUTING.md"]
README = PAGES[0].read_text(encoding="utf-8")
FENCED = re.compile(r"^(`{3,})(\w+)\n(.*?)^\1$", re.MULTILINE | re.DOTALL)


def fenced(page: Path) -> list[tuple[str, str]]:
    """Return the kind and the text of each block of a page."""
    return [(kind, text) for _, kind, text in FENCED.findall(page.read_text(encoding="utf-8"))]


BLOCKS = {page: fenced(page) for page in DOCUMENTS}
TABLES = [text for page in PAGES for kind, text in BLOCKS[page] if kind == "toml"]
(GALLERY,) = (text for text in TABLES if "animation" in tomllib.loads(text))

IN_DOCUMENTS = ("markdown", "rst", "ipython")
IN_WEB_SITES = ("css", "dockerfile", "nginx", "yaml")
"""Kinds of blocks for those who show pictures on pages, or serve them."""

"""Kinds of blocks that the tests of documents build; the first of them is a file that a command reads."""

(MARKDOWN, *_) = (text for page in PAGES for kind, text in BLOCKS[page] if kind == "markdown")

FILE = re.compile(r"\A# (\w+\.(?:py|txt))\n.*", re.DOTALL)
"""A block that is a file of that name, which programs import, or commands read."""

FILES = {found[1]: found[0] for page in PAGES for _, text in BLOCKS[page] for found in FILE.finditer(text)}


def programs(kind: str) -> list[str]:
    """Return the blocks of a kind, each once, without those that are a file."""
    found = [text for page in PAGES for one, text in BLOCKS[page] if one == kind]
    return list(dict.fromkeys(text for text in found if not FILE.match(text)))


def printed() -> dict[str, str | None]:
    """Return each line of a shell once, and what the block below says that it prints."""
    found: dict[str, str | None] = {}
    for blocks in BLOCKS.values():
        for (kind, text), (below, output) in pairwise([*blocks, ("", "")]):
            if kind == "sh":
                *others, last = text.splitlines()
                for line in others:
                    found.setdefault(line, None)
                found[last] = output if below == "text" else found.get(last)
    return found


LINES = printed()
SERVERS = [line for line in LINES if line.startswith("convanim serve")]
COMMANDS = [line for line in LINES if line.startswith("convanim ") and line not in SERVERS]


def inside(line: str) -> str:
    """Run a command in this process, and return what it prints."""
    done = run(line.removeprefix("convanim "))
    assert done.exit_code == 0, done.output
    return done.stdout + done.stderr


def shell(line: str, folder: Path) -> str:
    """Run a line in a shell that finds the command beside this Python, and return what it prints."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    env = {**os.environ, "PATH": path, "COLUMNS": "80", "PYTHONUTF8": "1"}
    # By its path, since Windows would take another one by its name.
    bash = shutil.which("bash")
    assert bash
    done = subprocess.run(
        [bash, "-c", line], cwd=folder, env=env, capture_output=True, encoding="utf-8", check=True, timeout=120
    )
    return done.stdout + done.stderr


NEEDED = {
    "noto_cjk_sans_otc": "[가-힣]|--language ko",
    "av": r"\.mp4|\.webm|powerpoint",
    "pptx": r"\.pptx",
    "onnx": r"\.onnx",
}
"""Modules of extras, and how lines look that need them."""


@pytest.mark.parametrize("line", COMMANDS)
def test_commands_work_and_print_what_stands_below_them(
    line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module, pattern in NEEDED.items():
        if re.search(pattern, line):
            pytest.importorskip(module)
    (tmp_path / "mine.toml").write_text(GALLERY, encoding="utf-8")
    (tmp_path / "layers.md").write_text(MARKDOWN, encoding="utf-8")
    (tmp_path / "gallery").symlink_to(ROOT / "gallery")
    for name in FILES:
        (tmp_path / name).write_text(FILES[name], encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    drawing_few_steps(monkeypatch)
    if line.endswith("--check"):
        inside(line.removesuffix(" --check"))
    before = set(tmp_path.iterdir())
    # Within this process, help is as wide as Click makes it for tests.
    is_piped = re.search(r"[|]|> \w|-o -|--help", re.sub(r"'[^']*'|\"[^\"]*\"", "", line))
    told = shell(line, tmp_path) if is_piped else inside(line)
    written = {path.name for path in set(tmp_path.iterdir()) - before}
    assert written >= set(re.findall(r"(?:-o|>) (\w+\.\w+)", line))
    expected = LINES[line]
    assert expected is None or told.rstrip() == expected.rstrip()


def started() -> list[list[str]]:
    """Return the words of every command that starts a server, those of containers too."""
    (container,) = (text for kind, text in BLOCKS[HANDBOOK / "serving.md"] if kind == "dockerfile")
    return [*(shlex.split(line, comments=True) for line in SERVERS), json.loads(container.rpartition("CMD ")[2])]


@pytest.mark.parametrize("words", started(), ids=" ".join)
def test_servers_start_as_printed(words: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    asked: dict[str, Any] = {}
    monkeypatch.setattr("uvicorn.run", lambda app, **options: asked.update(app=app, **options))
    monkeypatch.setattr("os.environ", dict(os.environ))
    assert run(shlex.join(words[1:])).exit_code == 0
    module, _, name = asked["app"].partition(":")
    assert f"`uvicorn {module}:{name}`" in (HANDBOOK / "serving.md").read_text(encoding="utf-8")


def test_the_limits_of_a_server_are_told_as_they_are() -> None:
    page = (HANDBOOK / "serving.md").read_text(encoding="utf-8")
    for name, its in LIMITS.items():
        row = next(line for line in page.splitlines() if f"`--{name.replace('_', '-')}`" in line and "|" in line)
        assert f"CONVANIM_{name.upper()}" in row or "…" in row
        assert re.search(rf"\| {its.default:g}\b" if its.type != "bool" else "no", row) or "10⁹" in row


def test_every_printed_text_belongs_to_a_command() -> None:
    texts = [text for page in DOCUMENTS for kind, text in BLOCKS[page] if kind == "text"]
    assert len(texts) > 15
    assert set(texts) == {text for text in LINES.values() if text is not None}


def test_lines_of_latex_are_those_of_the_file_that_the_command_above_writes(tmp_path: Path) -> None:
    blocks = BLOCKS[HANDBOOK / "forms.md"]
    ((command, lines),) = ((above, text) for (_, above), (kind, text) in pairwise(blocks) if kind == "latex")
    inside(command.strip().replace("-o same.tex", f"-o {tmp_path}/same.tex"))
    written = (tmp_path / "same.tex").read_text(encoding="utf-8").splitlines()
    assert set(lines.splitlines()) <= set(written)


def test_every_block_is_of_a_kind_that_is_tested() -> None:
    kinds = {kind for blocks in BLOCKS.values() for kind, _ in blocks}
    assert kinds == {"sh", "text", "txt", "toml", "py", "python", "bibtex", "latex", *IN_DOCUMENTS, *IN_WEB_SITES}
    for page in DOCUMENTS:
        assert not re.search("^```", FENCED.sub("", page.read_text(encoding="utf-8")), re.MULTILINE)


def test_other_commands_are_those_that_tests_and_their_runner_use() -> None:
    others = {line for line in LINES if not line.startswith("convanim ")}
    targets = re.findall(r"^(\w[\w-]*):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    made = {line.removeprefix("make ").split()[0] for line in others if line.startswith("make ")}
    assert {"gallery", "test", "fuzz", "bench"} <= made <= set(targets)
    assert {line for line in others if not line.startswith("make ")} == {
        "pip install .",
        "pip install '.[video,slides,onnx]'",
        "pip install '.[cjk]'",
        "pip install '.[serve]'",
    }
    assert [point.value for point in entry_points(group="console_scripts", name="convanim")] == [
        "convanim.__main__:main"
    ]


@pytest.mark.parametrize("program", programs("py"))
def test_programs_with_frameworks_work(program: str, tmp_path: Path) -> None:
    pytest.importorskip("torch")
    subprocess.run([sys.executable, "-c", program], cwd=tmp_path, check=True, capture_output=True)


@pytest.fixture
def _registries() -> Iterator[None]:
    """Let programs add entries, and modules, that are gone after them."""
    registries: list[MutableMapping[str, Any]] = [VIEWS, FORMATS, OPERATIONS, THEMES, PLACES, FRAMEWORKS]
    registries.append(captions.FRAMEWORKS)
    before = [dict(registry) for registry in registries]
    yield
    for registry, entries in zip(registries, before, strict=True):
        registry.clear()
        registry.update(entries)
    for name in FILES:
        sys.modules.pop(name.removesuffix(".py"), None)


@pytest.mark.parametrize("program", programs("python"))
@pytest.mark.usefixtures("_registries")
def test_programs_work(program: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.chdir(tmp_path)
    drawing_few_steps(monkeypatch)
    exec(program, {})
    assert all((tmp_path / name).exists() for name in re.findall(r'\.save\("(\w+\.\w+)"\)', program))


def test_the_plugin_is_named_as_it_is_looked_for() -> None:
    (project,) = (tomllib.loads(text)["project"] for text in TABLES if text != GALLERY)
    (function,) = project["entry-points"][PLUGINS].values()
    module, name = function.split(":")
    assert f"\ndef {name}():\n" in FILES[f"{module}.py"]


def test_the_readme_is_short() -> None:
    assert len(README.splitlines()) <= 250


def slug(title: str) -> str:
    """Return what GitHub calls the place of a heading."""
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")


def test_the_whole_gallery_is_in_its_tables() -> None:
    described = tomllib.loads((ROOT / "gallery" / "gallery.toml").read_text(encoding="utf-8"))
    for entry in described["animation"]:
        name, title = entry["name"], entry["title"]
        picture = f'<img src="gallery/{name}.gif" width="180" alt="{title}"><br>{title}'
        assert f'<a href="gallery/README.md#{slug(title)}">{picture}</a>' in README


def headings(page: Path) -> set[str]:
    """Return the places in a page that a link may name."""
    text = FENCED.sub("", page.read_text(encoding="utf-8"))
    return {slug(title) for title in re.findall(r"^#+ (.+)$", text, re.MULTILINE)}


@gathered("page", DOCUMENTS, ids=lambda page: str(page.relative_to(ROOT)))
def test_pictures_and_links_lead_to_what_there_is(page: Path) -> None:
    text = FENCED.sub("", page.read_text(encoding="utf-8"))
    targets = re.findall(r'(?:(?:src|srcset|href)="|\]\()(?!https?:)([^")\s]+)', text)
    assert targets
    for target in targets:
        name, _, place = target.partition("#")
        path = (page.parent / name).resolve() if name else page
        assert path.exists(), target
        assert path.is_relative_to(ROOT), target
        assert not place or place in headings(path), target


def test_the_handbook_names_all_its_pages() -> None:
    contents = (HANDBOOK / "README.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| \[(.+)\]\((\w+\.md)\)", contents, re.MULTILINE)
    titles = {page.name: page.read_text(encoding="utf-8").splitlines()[0].removeprefix("# ") for page in PAGES[1:]}
    del titles["README.md"]
    assert {name: title for title, name in listed} == titles


def test_its_first_picture_is_as_a_fresh_drawing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    inside("convanim conv -i 5 -k 3 -p 1 --motion smooth --for github -o smooth")
    for side in ("light", "dark"):
        fresh = (tmp_path / f"smooth-{side}.svg").read_bytes()
        assert (ROOT / "gallery" / f"smooth-{side}.svg").read_bytes() == fresh


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("network.svg", "convanim model small_model.onnx -i 28 --view blocks"),
        (
            "social-card.png",
            "convanim conv -i 7 -k 3 -p 1 --in-channels 3 --out-channels 4 --view blocks --still 24"
            " --width 1280 --height 640"
            " --caption-text 'one of four 3×3×3 kernels makes one cell of its output channel'",
        ),
    ],
)
def test_pictures_of_blocks_are_as_fresh_drawings(
    name: str, line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copy(ROOT / "gallery" / "small_model.onnx", tmp_path)
    monkeypatch.chdir(tmp_path)
    inside(f"{line} -o {name}")
    kept, fresh = ROOT / "gallery" / name, tmp_path / name
    if name.endswith(".svg"):
        assert kept.read_bytes() == fresh.read_bytes()
    else:
        one, other = (np.asarray(Image.open(path).convert("RGB"), float) for path in (kept, fresh))
        assert np.abs(one - other).mean() < 0.1


def test_the_extras_that_it_names_are_those_of_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert "pip install '.[video,slides,onnx]'" in README
    assert {"video", "slides", "onnx"} <= set(project["optional-dependencies"])


def test_it_names_the_version_of_python_that_is_needed() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["requires-python"] == ">=3.11"
    assert "Python 3.11 or newer" in README


def test_it_cites_the_guide_and_is_cited_by_its_version() -> None:
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    title, number = "A guide to convolution arithmetic for deep learning", "arXiv:1603.07285"
    (entry,) = (text for kind, text in BLOCKS[PAGES[0]] if kind == "bibtex")
    assert all(said in text for said in (title, number) for text in (citation, entry))
    assert re.findall(r"^version: (.+)$", citation, re.MULTILINE) == [convanim.__version__]
