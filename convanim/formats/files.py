"""Bytes to files, all or nothing: an interrupted write leaves what was there before."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from secrets import token_hex

from convanim.errors import ConvanimError


def check_writable(option: str, path: Path) -> None:
    """Raise early where a file cannot be written.

    Raises
    ------
    ConvanimError
        If the folder does not exist or may not be written, the path is a
        folder, or the system knows no such path.
    """
    try:
        target = path.resolve()
        is_there, is_file = target.exists(), target.is_file()
        has_folder, is_folder = target.parent.is_dir(), target.is_dir()
        if has_folder and not is_there:
            # A name may be longer than the folder takes, which only a look at it tells.
            with suppress(FileNotFoundError):
                target.lstat()
    except (OSError, RuntimeError, ValueError) as error:
        raise ConvanimError(option, path, "cannot be written ({}); write somewhere else", _reason(error)) from error
    if not has_folder:
        way_out = "make it first, or write somewhere else"
        raise ConvanimError(option, path, f"there is no folder {{}}; {way_out}", target.parent)
    if is_folder:
        raise ConvanimError(option, path, "is a folder; add the name of a file")
    place = target if is_there and not is_file else target.parent
    if not os.access(place, os.W_OK):
        raise ConvanimError(option, path, "{} may not be written; write somewhere else", place)


def make_folder(option: str, folder: Path) -> None:
    """Make a folder where there is none yet, and those that it lies in.

    Raises
    ------
    ConvanimError
        If the system refuses, or it is a file.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (OSError, ValueError) as error:
        raise ConvanimError(option, folder, "could not be made ({})", _reason(error)) from error


def write_safely(path: Path, content: bytes) -> None:
    """Write a file so that at every moment the old content or the new is there, whole.

    The content goes to a file beside it that is then moved into place, with
    the old file's permissions. On Linux that file has no name before it is
    complete: a process that is killed while it writes leaves nothing behind.
    Elsewhere a process that is killed by force may leave the file beside it.
    What is not a regular file, such as a pipe, is written straight.

    Raises
    ------
    ConvanimError
        If the system refuses; the old file is untouched then.
    """
    try:
        target = path.resolve()
        if target.exists() and not target.is_file():
            target.write_bytes(content)
        else:
            _replace(target, content)
    except (OSError, RuntimeError, ValueError) as error:
        raise ConvanimError("output", path, "could not be written ({})", _reason(error)) from error


def write_files(contents: Mapping[Path, bytes]) -> None:
    """Write files that are whole already, and the folders that they need.

    Raises
    ------
    ConvanimError
        If one cannot be written.
    """
    for path, content in contents.items():
        make_folder("output", path.parent)
        write_safely(path, content)


def _reason(error: Exception) -> str:
    return (getattr(error, "strerror", None) or str(error)).lower()


def _replace(target: Path, content: bytes) -> None:
    temporary = target.with_name(f".{token_hex(6)}.tmp")
    try:
        if not _write_unnamed(temporary, content):
            with temporary.open("xb") as file:
                file.write(content)
        with suppress(FileNotFoundError):
            temporary.chmod(stat.S_IMODE(target.stat().st_mode))
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


def _write_unnamed(path: Path, content: bytes) -> bool:
    """Write a file that gets its name at the end; return whether the system can do that."""
    if not hasattr(os, "O_TMPFILE"):
        return False
    try:
        descriptor = os.open(path.parent, os.O_TMPFILE | os.O_WRONLY, 0o666)
    except OSError:
        return False
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        try:
            os.link(f"/proc/self/fd/{descriptor}", path, follow_symlinks=True)
        except OSError:
            return False
    return True
