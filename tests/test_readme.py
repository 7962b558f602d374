"""Everything in the README works as printed."""

from __future__ import annotations

import itertools
import re
import subprocess
import sys
import tomllib
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from tests import ROOT
from tests.commands import drawing_few_steps, run

README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
TOML = next(text for kind, text in BLOCKS if kind == "toml")


def blocks(kind: str) -> list[str]:
    return [text for one, text in BLOCKS if one == kind]


def commands() -> list[str]:
    return [line for text in blocks("sh") for line in text.splitlines()]


def inside(line: str) -> str:
    """Run a command in this process, and return what it prints."""
    done = run(line.removeprefix("convanim "))
    assert done.exit_code == 0, done.output
    return done.stdout + done.stderr


def shell(line: str, folder: Path) -> str:
    """Run a line in a shell that finds the command beside this Python, and return what it prints."""
    path = f"{Path(sys.executable).parent}:/usr/bin:/bin"
    done = subprocess.run(
        ["bash", "-c", line], cwd=folder, env={"PATH": path}, capture_output=True, text=True, check=True, timeout=120
    )
    return done.stdout + done.stderr


NEEDED = {"av": r"\.mp4|\.webm|powerpoint", "pptx": r"\.pptx", "onnx": r"\.onnx"}
"""Modules of extras, and how lines look that need them."""


@pytest.mark.parametrize("line", [line for line in commands() if line.startswith("convanim ")])
def test_commands_work(line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for module, pattern in NEEDED.items():
        if re.search(pattern, line):
            pytest.importorskip(module)
    (tmp_path / "mine.toml").write_text(TOML, encoding="utf-8")
    (tmp_path / "gallery").symlink_to(ROOT / "gallery")
    monkeypatch.chdir(tmp_path)
    drawing_few_steps(monkeypatch)
    if line.endswith("--check"):
        inside(line.removesuffix(" --check"))
    before = set(tmp_path.iterdir())
    if re.search(r"[|>]|-o -", line):
        shell(line, tmp_path)
    else:
        inside(line)
    written = {path.name for path in set(tmp_path.iterdir()) - before}
    assert written >= set(re.findall(r"(?:-o|>) (\w+\.\w+)", line))


def test_other_commands_are_those_that_tests_and_their_runner_use() -> None:
    others = {line for line in commands() if not line.startswith("convanim ")}
    targets = re.findall(r"^(\w[\w-]*):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert others == {
        "pip install .",
        "pip install '.[video,slides,onnx]'",
        "make gallery",
        "make test",
        "make fuzz",
        "make bench",
    }
    assert {line.removeprefix("make ") for line in others if line.startswith("make ")} <= set(targets)
    assert [point.value for point in entry_points(group="console_scripts", name="convanim")] == [
        "convanim.__main__:main"
    ]


def test_output_is_what_the_command_above_it_prints(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pairs = [(above, text) for (kind, above), (below, text) in itertools.pairwise(BLOCKS) if below == "text"]
    assert len(pairs) == 14
    (tmp_path / "gallery").symlink_to(ROOT / "gallery")
    monkeypatch.chdir(tmp_path)
    for above, text in pairs:
        if ".onnx" in above:
            pytest.importorskip("onnx")
        line = above.splitlines()[-1]
        # Within this process, help is as wide as Click makes it for tests.
        told = shell(line, tmp_path) if re.search(r"[|]|--help", line) else inside(line)
        assert told.rstrip() == text.rstrip()


@pytest.mark.parametrize("program", blocks("py"))
def test_programs_with_frameworks_work(program: str, tmp_path: Path) -> None:
    pytest.importorskip("torch")
    subprocess.run([sys.executable, "-c", program], cwd=tmp_path, check=True, capture_output=True)


@pytest.mark.parametrize("program", blocks("python"))
def test_programs_work(program: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    drawing_few_steps(monkeypatch)
    exec(program, {})


def test_the_whole_gallery_is_in_its_tables() -> None:
    described = tomllib.loads((ROOT / "gallery" / "gallery.toml").read_text(encoding="utf-8"))
    for entry in described["animation"]:
        name, title = entry["name"], entry["title"]
        assert f'<img src="gallery/{name}.gif" width="240" alt="{title}"><br>{title}' in README


def test_pictures_and_links_lead_to_files() -> None:
    headings = {f"#{title.lower().replace(' ', '-')}" for title in re.findall(r"^#+ (.+)$", README, re.MULTILINE)}
    for target in re.findall(r'(?:src="|srcset="|\]\()(?!https?:)([^")]+)', README):
        assert target in headings or (ROOT / target).exists(), target


def test_its_first_picture_is_as_a_fresh_drawing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    inside("convanim conv -i 5 -k 3 -p 1 --motion smooth --for github -o smooth")
    for side in ("light", "dark"):
        fresh = (tmp_path / f"smooth-{side}.svg").read_bytes()
        assert (ROOT / "gallery" / f"smooth-{side}.svg").read_bytes() == fresh


def test_the_extras_that_it_names_are_those_of_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert "pip install '.[video,slides,onnx]'" in README
    assert {"video", "slides", "onnx"} <= set(project["optional-dependencies"])


def test_it_names_the_version_of_python_that_is_needed() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["requires-python"] == ">=3.11"
    assert "Python 3.11 or newer" in README
