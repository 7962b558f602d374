"""Pages that programs for setting text make, as pictures to compare."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from convanim import Animation

Picture = NDArray[np.uint8]

needs_poppler = pytest.mark.skipif(shutil.which("pdftoppm") is None, reason="pdftoppm is not installed")
needs_latex = pytest.mark.skipif(
    shutil.which("pdflatex") is None or shutil.which("kpsewhich") is None, reason="pdflatex is not installed"
)


def needs_packages(*names: str) -> None:
    """Skip a test where LaTeX lacks one of some packages."""
    for name in names:
        if subprocess.run(["kpsewhich", name], capture_output=True, check=False).returncode:
            pytest.skip(f"needs {name}")


def set_by(program: str, path: Path) -> Path:
    """Return the PDF that LaTeX makes of a file; an error or a line too wide fails the test."""
    command = [program, "-interaction=nonstopmode", "-halt-on-error", path.name]
    done = subprocess.run(command, cwd=path.parent, capture_output=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:].decode("utf-8", "replace")
    assert b"Overfull" not in done.stdout
    return path.with_suffix(".pdf")


def pages(path: Path) -> list[Picture]:
    """Return the pages of a PDF at 96 dots an inch."""
    folder = path.parent / f"{path.stem}-pages"
    folder.mkdir()
    subprocess.run(["pdftoppm", "-r", "96", "-png", str(path), str(folder / "page")], check=True, capture_output=True)
    found = []
    for page in sorted(folder.iterdir()):
        with Image.open(page) as image:
            found.append(np.asarray(image.convert("RGB")))
    return found


def own_pages(animation: Animation, folder: Path) -> list[Picture]:
    """Return the pages of the PDF that we write ourselves."""
    path = folder / "own.pdf"
    path.write_bytes(animation.encode("pdf"))
    return pages(path)


def error(one: Picture, other: Picture) -> float:
    """Return the mean difference of two pictures, of 255."""
    assert one.shape == other.shape
    return float(np.abs(one.astype(int) - other).mean())
