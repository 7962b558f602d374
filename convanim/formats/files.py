"""Bytes to files, all or nothing: an interrupted write leaves what was there before."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path

from convanim.errors import ConvanimError


def check_writable(option: str, path: Path) -> None:
    """Raise early where a file cannot be written.

    Raises
    ------
    ConvanimError
        If the folder does not exist or may not be written, or the path is a folder.
    """
    folder = path.resolve().parent
    if not folder.is_dir():
        raise ConvanimError(option, path, f"there is no folder {folder}; make it first, or write somewhere else")
    if path.is_dir():
        raise ConvanimError(option, path, "is a folder; add the name of a file")
    target = path if path.exists() and not path.is_file() else folder
    if not os.access(target, os.W_OK):
        raise ConvanimError(option, path, f"{target} may not be written; write somewhere else")


def write_safely(path: Path, content: bytes) -> None:
    """Write a file so that at every moment the old content or the new is there, whole.

    The content goes to a file beside it that is then moved into place, with
    the old file's permissions. Where the system can, that file has no name
    until it is complete, so that even a killed process leaves nothing behind.

    Raises
    ------
    ConvanimError
        If the system refuses; the old file is untouched then.
    """
    target = path.resolve()
    try:
        if target.exists() and not target.is_file():
            target.write_bytes(content)
        else:
            _replace(target, content)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise ConvanimError("output", path, f"could not be written ({reason}); nothing was changed") from error


def _replace(target: Path, content: bytes) -> None:
    temporary = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    temporary.unlink(missing_ok=True)
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
