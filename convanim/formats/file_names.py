"""Names that some system cannot make, or takes for a device, which no file that we write has."""

from __future__ import annotations

import re
from pathlib import Path

from convanim.base.errors import ConvanimError

_FORBIDDEN = re.compile(r'[\0-\x1f\x7f-\x9f<>:"/\\|?*]')
_DEVICE = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[1-9¹²³]) *(\..*)?", re.IGNORECASE | re.DOTALL)
"""What Windows takes for a device, whatever suffix it has."""


def check_names(option: str, path: Path) -> None:
    """Raise where a file, or a folder that it needs and that is not there, has a name that Windows cannot make.

    Raises
    ------
    ConvanimError
        If the name is that of a device, ends in a dot or a blank, or has a
        letter that no name may have.
    """
    check_name(option, path, path.name)
    check_new_folders(option, path.parent)


def check_new_folders(option: str, folder: Path) -> None:
    """Raise where a folder that is not there yet, or one that it lies in, has a name that Windows cannot make.

    Raises
    ------
    ConvanimError
        As for `check_names`.
    """
    for one in (folder, *folder.parents):
        if _is_there(one):
            break
        check_name(option, folder, one.name)


def _is_there(folder: Path) -> bool:
    try:
        return folder.exists()
    except OSError:  # Its name is too long, for one.
        return False


def check_name(option: str, value: object, name: str) -> None:
    """Raise where Windows cannot make a name; the error says whose option and value it is.

    Raises
    ------
    ConvanimError
        As for `check_names`.
    """
    if _DEVICE.fullmatch(name):
        raise ConvanimError(option, value, "has the name of a device on Windows; use another one")
    if name not in ("", ".", "..") and name.endswith((".", " ")):
        raise ConvanimError(option, value, "has a name that ends in a dot or a blank, as none on Windows; leave it out")
    if found := _FORBIDDEN.search(name):
        raise ConvanimError(
            option, value, "has {} in a name, which not every system takes; leave it out", repr(found[0])
        )
