"""Reading of inputs and kernels as users write them: rows of numbers, a name, or a file."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path

from convanim.base.access import refuse_reading
from convanim.base.errors import ConvanimError
from convanim.base.later import np
from convanim.base.options import spelled
from convanim.plans.values import KERNELS, MINUS, MOST_CELLS, Numbers, named_kernel, numbers

LARGEST_FILE = 20_000_000
"""The most bytes of a file that is read."""

_ROW = re.compile(r"\s*[;\n]\s*")
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?|[+-]?(?:nan|inf(?:inity)?)", re.ASCII | re.IGNORECASE)
_MOST_DIGITS = 18
"""The most digits of an integer; longer ones are above the allowed values anyway."""

_BETWEEN = re.compile(r"[,\s]+")
PICTURES = (".png", ".jpg", ".jpeg", ".gif", ".bmp", ".tif", ".tiff", ".webp")
"""Suffixes of picture files."""

_WAYS = "write rows such as '1 2; 3 4', or name a .csv, .npy or .json file or a picture"


def read_input(text: str, size: Sequence[int] | None) -> Numbers:
    """Return the input given by a text or a file; a picture is scaled down to ``size``.

    Parameters
    ----------
    text : str
        Rows of numbers (``1 2; 3 4``), or the path of a file.
    size : sequence of int or None
        The requested size in cells, if any.

    Raises
    ------
    ConvanimError
        If the text is neither, or the file cannot be read.
    """
    suffix = Path(text).suffix.lower().removeprefix(".")
    if f".{suffix}" in PICTURES:
        return _picture("input", _existing("input", text), size)
    return _read("input", text, suffix)


def read_kernel(text: str, size: Sequence[int] | None, axes: int = 2) -> Numbers:
    """Return the kernel given by a name, rows of numbers, or a file.

    Parameters
    ----------
    text : str
        A key of ``KERNELS``, rows of numbers, or the path of a file.
    size : sequence of int or None
        The requested size of a named kernel, if any.
    axes : int
        Number of axes of a named kernel, if no size is requested.

    Raises
    ------
    ConvanimError
        If the text is none of these, or the kernel does not exist in that size.
    """
    name = text.strip().lower()
    if name in KERNELS:
        usual = (KERNELS[name].size,) * axes
        return named_kernel(name, usual if size is None else size)
    suffix = Path(text).suffix.lower().removeprefix(".")
    if not suffix and re.fullmatch("[a-z][a-z-]*", name):
        names = ", ".join(KERNELS)
        raise ConvanimError("kernel", repr(text), f"is no kernel's name; the names are {names}")
    return _read("kernel", text, suffix)


def read_array(option: str, text: str) -> Numbers:
    """Return the numbers of a text or a file, whatever their shape.

    Raises
    ------
    ConvanimError
        If it is neither, or the file cannot be read.
    """
    return _read(option, text, Path(text).suffix.lower().removeprefix("."))


def read_rows(option: str, text: str, axes: int) -> Numbers:
    """Return the numbers of a text or a file; a single row for two axes is one row of columns.

    Raises
    ------
    ConvanimError
        If the text is neither rows of numbers nor the path of a file, or the file cannot be read.
    """
    found = read_array(option, text)
    return found[None] if found.ndim == 1 and axes == 2 else found


def parse_numbers(option: str, text: str) -> Numbers:
    """Return the numbers of a text: rows end at semicolons or line ends, numbers at spaces or commas.

    A single row has one axis, or two if it ends with a semicolon.

    Examples
    --------
    >>> parse_numbers("input", "1 2; 3 4").tolist()
    [[1, 2], [3, 4]]

    Raises
    ------
    ConvanimError
        If a part is not a number, or the rows differ in length.
    """
    rows = [_BETWEEN.split(row.strip(" \t\r,")) for row in _ROW.split(text) if row.strip(" \t\r,")]
    if not rows:
        raise ConvanimError(option, repr(text), f"is empty; {_WAYS}")
    if (count := sum(map(len, rows))) > MOST_CELLS:
        raise ConvanimError(option, "", f"holds {count} numbers, and at most {MOST_CELLS} are taken; use fewer")
    found = [_numbers(option, row) for row in rows]
    if len({len(row) for row in found}) > 1:
        lengths = ", ".join(str(len(row)) for row in found[:8])
        raise ConvanimError(option, "", f"has rows of unequal length ({lengths}); give as many numbers in each")
    is_row = len(found) == 1 and not text.rstrip().endswith(";")
    return numbers(option, found[0] if is_row else found)


def _numbers(option: str, parts: list[str]) -> list[int] | list[float]:
    """Return the numbers of a row, as integers if all of them are."""
    digits = "".join(parts)
    if digits.isascii() and digits.isdigit() and max(map(len, parts)) <= _MOST_DIGITS:
        return list(map(int, parts))
    plain = [part.replace(MINUS, "-") for part in parts]
    for part, written in zip(parts, plain, strict=True):
        if not _NUMBER.fullmatch(written):
            said = part if len(part) <= 40 else f"{part[:37]}..."
            raise ConvanimError(option, repr(said), f"is not a number; {_WAYS}")
    are_whole = all(len(one) <= _MOST_DIGITS and one.lstrip("+-").isdigit() for one in plain)
    return list(map(int, plain)) if are_whole else list(map(float, plain))


def _read(option: str, text: str, suffix: str) -> Numbers:
    """Return numbers from a file, or from the text itself if it does not name one."""
    if suffix in _READERS:
        path = _existing(option, text)
        return numbers(option, _READERS[suffix](option, path))
    return parse_numbers(option, text)


def _existing(option: str, text: str) -> Path:
    """Return the path of a file that can be read."""
    refuse_reading(option, text, "rows such as '1 2; 3 4'")
    path = Path(text)
    try:
        size, is_file = path.stat().st_size, path.is_file()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ConvanimError(option, repr(text), "cannot be read ({})", reason.lower()) from error
    if not is_file:
        raise ConvanimError(option, repr(text), "is not a file; name one that holds numbers")
    if size > LARGEST_FILE:
        raise ConvanimError(
            option, repr(text), f"has {size} bytes, and at most {LARGEST_FILE} are read; make it smaller"
        )
    return path


def _csv(option: str, path: Path) -> Numbers:
    """Return the rows of a CSV file with any separator."""
    text = _text(option, path).replace(";", ",")
    try:
        return parse_numbers(option, text)
    except ConvanimError as error:
        raise ConvanimError(option, path, "{}", f"{error.value} {error.problem}".strip()) from error


def _npy(option: str, path: Path) -> object:
    try:
        with path.open("rb") as file:
            array = np.load(file, allow_pickle=False)
    except Exception as error:  # A damaged header fails in many ways.
        raise ConvanimError(
            option, path, "is not an array of NumPy's that can be read; save numbers with numpy.save"
        ) from error
    if not isinstance(array, np.ndarray):
        raise ConvanimError(option, path, "holds several arrays; save one with numpy.save")
    return array


def _json(option: str, path: Path) -> object:
    import json

    text = _text(option, path)
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ConvanimError(option, path, "is not JSON ({})", error) from error


def _text(option: str, path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConvanimError(option, path, "is not text in UTF-8; save it as that") from error
    except OSError as error:
        raise ConvanimError(option, path, "cannot be read ({})", error.strerror or error) from error


_READERS: dict[str, Callable[[str, Path], object]] = {"csv": _csv, "npy": _npy, "json": _json}
"""The reader of each kind of file, by suffix."""


def is_picture(text: object) -> bool:
    """Return whether an input is the name of a picture."""
    return isinstance(text, str) and text.lower().endswith(PICTURES)


def _picture(option: str, path: Path, size: Sequence[int] | None) -> Numbers:
    from convanim.formats.greys import read_grey, scaled_down

    grey = read_grey(option, path)
    cells = grey.shape if size is None else tuple(size)
    if len(cells) != 2:
        raise ConvanimError(
            "input_size", spelled(cells), "has another number of axes than a picture; give rows and columns"
        )
    if any(cell > count for cell, count in zip(cells, grey.shape, strict=True)):
        most = "x".join(map(str, grey.shape))
        raise ConvanimError(
            "input_size",
            spelled(cells),
            f"is larger than the picture, which has {most} pixels (rows and columns); use less",
        )
    if size is None and max(cells) > MOST_PICTURE:
        raise ConvanimError(
            option,
            path,
            f"has {grey.shape[0]}x{grey.shape[1]} pixels (rows and columns); say with `input_size` how many cells",
        )
    return scaled_down(grey, (cells[0], cells[1]))


MOST_PICTURE = 64
"""The most rows or columns of a picture that is read in full if no size is requested."""
