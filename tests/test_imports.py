"""The way of the data: imports point one way, and heavy ones wait until they are needed."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import convanim
from convanim.frameworks import FRAMEWORKS
from convanim.words import captions as wording
from tests.gathering import gathered

PACKAGE = Path(convanim.__file__).parent
ORDER = [
    "base",
    "layers",
    "plans",
    "words",
    "frameworks",
    "views",
    "motion",
    "render",
    "formats",
    "inputs",
    "animations",
    "places",
    "cli",
    "documents",
    "serve",
]
"""The folders, from the first step of the way to the last; a module may import only what stands before it."""

HOMES = {
    "matplotlib": ("render",),
    "imageio": ("formats",),
    "click": ("cli", "documents", "serve"),
    "uvicorn": ("cli",),
    "starlette": ("serve",),
    "pebble": ("serve",),
    "docutils": ("documents",),
    "sphinx": ("documents",),
    "IPython": ("documents",),
}
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if path.parent != PACKAGE or not path.name.startswith("__"))


def station(path: Path) -> str:
    """Return the name in `ORDER` of the module or folder that a file belongs to."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported(path: Path) -> set[str]:
    """Return the full names of all modules that a file imports, also within functions."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module or "")
    return names


def test_every_module_has_its_place() -> None:
    assert {station(path) for path in MODULES} == set(ORDER)


@gathered("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_up_the_list(path: Path) -> None:
    place = ORDER.index(station(path))
    for name in imported(path):
        package, _, rest = name.partition(".")
        if package == "convanim" and rest:
            assert ORDER.index(rest.split(".")[0]) <= place, f"{station(path)} imports {name}"
        assert station(path) in HOMES.get(package, (station(path),)), f"{name} is imported outside its home"
        assert name != "matplotlib.pyplot"


@pytest.mark.parametrize(
    "arguments", [["--help"], ["conv", "--help"], ["explain", "conv", "-i", "5", "-k", "3"], ["list"]]
)
def test_words_alone_need_neither_matplotlib_nor_imageio(arguments: list[str]) -> None:
    program = [
        "import sys",
        "from convanim.cli import main",
        "main(sys.argv[1:], standalone_mode=False)",
        "print([name for name in ('matplotlib', 'imageio') if name in sys.modules], file=sys.stderr)",
    ]
    command = [sys.executable, "-c", "\n".join(program), *arguments]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stderr.strip() == "[]"


def test_all_public_names_are_there_and_no_others() -> None:
    for name in convanim.__all__:
        assert getattr(convanim, name).__doc__
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        convanim.nothing  # noqa: B018


def test_names_of_frameworks_are_known_before_they_are_read() -> None:
    assert list(wording.FRAMEWORKS) == list(FRAMEWORKS)
    program = "import sys, convanim.cli; print('convanim.frameworks' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
