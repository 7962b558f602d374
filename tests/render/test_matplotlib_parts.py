"""Agg and FreeType alone draw as they do within Matplotlib, and leave it as it is."""

from __future__ import annotations

import subprocess
import sys
from functools import cache
from importlib.metadata import version

import pytest

from convanim import Conv, animate
from convanim.render import matplotlib_parts

DRAWN = "import convanim; drawn = convanim.animate(convanim.Conv(4, 3), view='flat', still=0).encode('png')"

WITHOUT_PARTS = """
from importlib.machinery import PathFinder
find = PathFinder.find_spec
PathFinder.find_spec = lambda name, *more: None if name == "_backend_agg" else find(name, *more)
"""
"""A start of programs in which Agg cannot be loaded alone."""


@cache
def told(program: str) -> str:
    """Return what a program prints in a process of its own."""
    return subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, text=True).stdout.strip()


@pytest.mark.skipif(version("matplotlib").startswith("3.10."), reason="its extensions import the packages themselves")
def test_drawing_imports_two_modules_of_matplotlib_and_no_package() -> None:
    listed = told(f"{DRAWN}; import sys; print(*sorted(name for name in sys.modules if name.startswith('matplotlib')))")
    assert listed == "matplotlib.backends._backend_agg matplotlib.ft2font"


@pytest.mark.parametrize(
    "program",
    [
        f"{DRAWN}; import matplotlib.ft2font",
        f"{DRAWN}; import matplotlib, matplotlib.backends.backend_agg",
        f"import matplotlib.backends.backend_agg; {DRAWN}",
    ],
)
def test_matplotlib_works_before_and_after_with_the_same_modules(program: str) -> None:
    used = """
import hashlib
from matplotlib.backends.backend_agg import FigureCanvasAgg, RendererAgg
from matplotlib.figure import Figure
import matplotlib
canvas = FigureCanvasAgg(Figure())
canvas.figure.text(0, 0, "words")
canvas.draw()
import matplotlib.backends
print(matplotlib.ft2font.__name__, matplotlib.backends._backend_agg.__name__, hashlib.sha256(drawn).hexdigest())
"""
    expected = told(f"{DRAWN}; import hashlib; print(hashlib.sha256(drawn).hexdigest())")
    assert told(program + used) == f"matplotlib.ft2font matplotlib.backends._backend_agg {expected}"


@pytest.mark.parametrize("theme", ["guide", "dark"])
def test_contexts_of_matplotlib_draw_the_same(theme: str, monkeypatch: pytest.MonkeyPatch) -> None:
    ours = animate(Conv(4, 3, padding=1), view="flat", theme=theme, still=0).encode("png")
    monkeypatch.setattr(matplotlib_parts, "_PARTS", matplotlib_parts._PARTS._replace(takes_ours=False))
    assert animate(Conv(4, 3, padding=1), view="flat", theme=theme, still=0).encode("png") == ours


def test_an_ordinary_import_serves_where_the_parts_do_not_load_alone() -> None:
    ordinary = f"{DRAWN}; import sys, hashlib; print('matplotlib' in sys.modules, hashlib.sha256(drawn).hexdigest())"
    is_whole, hashed = told(WITHOUT_PARTS + ordinary).split()
    assert (is_whole, hashed) == ("True", told(ordinary).split()[1])
