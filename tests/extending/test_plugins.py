"""What an installed plugin brings is there in the command, as if it were the package's own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests import ROOT


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """Return a folder with another distribution that has a plugin."""
    about = tmp_path / "site" / "theirs-1.0.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: theirs\nVersion: 1.0\n", encoding="utf-8")
    points = "[convanim.plugins]\ntheirs = tests.extending.plugin:register\n"
    (about / "entry_points.txt").write_text(points, encoding="utf-8")
    return tmp_path


def python(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run Python where the plugin is installed."""
    surroundings = {**os.environ, "PYTHONPATH": os.pathsep.join([str(folder / "site"), str(ROOT)])}
    command = [sys.executable, *words]
    return subprocess.run(command, cwd=folder, env=surroundings, capture_output=True, text=True, check=False)


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run the command where the plugin is installed."""
    return python(folder, "-m", "convanim", *words)


LISTED = {
    "operations": "median-pool",
    "views": "pile",
    "themes": "sepia",
    "formats": "steps",
    "places": "blackboard",
}
LISTING = """
import sys
from convanim.cli import main
for kind in sys.argv[1:]:
    print(f"[{kind}]", flush=True)
    main(["list", kind], standalone_mode=False)
"""


def test_it_is_listed(installed: Path) -> None:
    _, *parts = re.split(r"^\[(\w+)\]$", python(installed, "-c", LISTING, *LISTED).stdout, flags=re.MULTILINE)
    listed = dict(zip(parts[::2], parts[1::2], strict=True))
    assert {kind: name in listed[kind].split() for kind, name in LISTED.items()} == dict.fromkeys(LISTED, True)


def test_help_names_it(installed: Path) -> None:
    told = run(installed, "median-pool", "--help").stdout
    assert "sepia" in told
    assert "steps" in told
    assert "pseudo" in run(installed, "explain", "conv", "--help").stdout


def test_all_of_it_works_together(installed: Path) -> None:
    words = "median-pool -i 4 -k 2 --values --view pile --theme sepia -o a.gif -o a.steps"
    done = run(installed, *words.split())
    assert (done.returncode, done.stderr) == (0, "")
    assert (installed / "a.steps").read_text(encoding="utf-8") == "4 steps\n"
    assert (
        run(installed, *["explain", "median-pool", "-i", "4", "-k", "2", "--as", "pseudo"]).stdout == "median pooling\n"
    )
    assert "by hand" in run(installed, *["median-pool", "-i", "4", "-k", "2", "--for", "blackboard", "-o", "b"]).stdout


def test_a_plugin_that_fails_is_warned_of_and_left_out(installed: Path) -> None:
    points = installed / "site" / "theirs-1.0.dist-info" / "entry_points.txt"
    points.write_text("[convanim.plugins]\ntheirs = tests.extending.plugin:nothing\n", encoding="utf-8")
    done = run(installed, "list", "views")
    assert done.returncode == 0
    assert "convanim's plugin theirs (tests.extending.plugin:nothing) does not work" in done.stderr


def test_a_plugin_may_take_names_from_the_package_whoever_is_imported_first(installed: Path) -> None:
    (installed / "site" / "taker.py").write_text(
        "from convanim import Conv, animate\n\n\ndef register():\n    print(Conv(5, 3).output_size)\n", encoding="utf-8"
    )
    points = installed / "site" / "theirs-1.0.dist-info" / "entry_points.txt"
    points.write_text("[convanim.plugins]\ntheirs = taker:register\n", encoding="utf-8")
    for program in ("import convanim as c", "import taker, convanim as c"):
        done = python(installed, "-W", "error", "-c", f"{program}; c.animate(c.Conv(3, 2))")
        assert (done.stdout, done.stderr) == ("(3, 3)\n", "")


FOUND_BY_A_FINDER = """
import sys
from importlib.metadata import MetadataPathFinder
class Finder:
    find_spec = staticmethod(lambda *words: None)
    @staticmethod
    def find_distributions(context):
        return MetadataPathFinder.find_distributions(type(context)(path=["site"]))
sys.path[:] = [entry for entry in sys.path if not entry.endswith("site")]
sys.meta_path.append(Finder)
from convanim.cli import main
main(["list", "views"], standalone_mode=False)
"""


def test_a_plugin_is_found_where_only_a_finder_knows_it(installed: Path) -> None:
    assert "pile" in python(installed, "-c", FOUND_BY_A_FINDER).stdout.split()
