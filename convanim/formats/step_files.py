"""Names of the files of a series with one file per step, from a folder or a pattern."""

from __future__ import annotations

import os
import re
from pathlib import Path

from convanim.base.errors import ConvanimError

_NUMBER = re.compile(r"%(?:0(\d))?d")
_USUAL_NAME = "step-%03d.png"


def is_series(path: str | os.PathLike[str]) -> bool:
    """Return whether a path means one file per step: a folder that ends in a slash, or a name with a %."""
    name = Path(path).name
    return os.fspath(path).endswith(("/", os.sep)) or "%" in name


def series_name(path: str | os.PathLike[str]) -> str:
    """Return a path's pattern for file names; a folder gets the default pattern."""
    text = os.fspath(path)
    return f"{text}{_USUAL_NAME}" if text.endswith(("/", os.sep)) else text


def series_paths(option: str, path: str | os.PathLike[str], steps: tuple[int, ...]) -> tuple[Path, ...]:
    """Return the path of the file of each step.

    Parameters
    ----------
    option : str
        Cause that an error names.
    path : str or path
        A folder that ends in a slash, or a pattern such as ``step-%03d.png``.
    steps : tuple of int
        The numbers for the names.

    Raises
    ------
    ConvanimError
        If the pattern does not have exactly one number.
    """
    text, target = os.fspath(path), Path(series_name(path))
    if len(_NUMBER.findall(target.name)) != 1 or target.name.count("%") != 1:
        raise ConvanimError(
            option, repr(text), "has no place for the step's number; write %03d once, as in step-%03d.png"
        )
    return tuple(target.with_name(_numbered(target.name, step)) for step in steps)


def _numbered(name: str, step: int) -> str:
    return _NUMBER.sub(lambda found: f"{step:0{found[1] or 1}d}", name)
