"""Checks that refuse file names which some operating system cannot create or takes for a device."""

from __future__ import annotations

import re
from pathlib import Path

from convanim.base.errors import ConvanimError

_FORBIDDEN = re.compile(r'[\0-\x1f\x7f-\x9f<>:"/\\|?*]')
_DEVICE = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[1-9¹²³]) *(\..*)?", re.IGNORECASE | re.DOTALL)
"""Names of devices on Windows, with any suffix."""


def check_names(option: str, path: Path) -> None:
    """Raise an error if Windows cannot create the name of a file, or of a folder that must be made for it.

    Raises
    ------
    ConvanimError
        If the name is that of a device, ends in a dot or a blank, or has a
        forbidden character.
    """
    check_name(option, path, path.name)
    check_new_folders(option, path.parent)


def check_new_folders(option: str, folder: Path) -> None:
    """Raise an error if Windows cannot create the name of a folder or a parent that does not exist yet.

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
    """Raise an error that names the option and its value if Windows cannot create a name.

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
