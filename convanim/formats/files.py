"""Bytes to files, all or nothing: an interrupted write leaves what was there before."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from pathlib import Path
from secrets import token_hex
from typing import BinaryIO

from convanim.base.errors import ConvanimError
from convanim.formats.file_names import check_names, check_new_folders

_ANYBODY_WRITES = stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH
_MOST_UNNAMED = 200
"""Files that stay open at the same time, of those that a process may have."""


def check_writable(option: str, path: Path) -> None:
    """Raise early where a file cannot be written.

    Raises
    ------
    ConvanimError
        If the folder does not exist or may not be written, the path is a
        folder, the file is write-protected or somebody else's, or there is a
        system that knows no such path.
    """
    check_names(option, path)
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
    if is_file:
        _refuse_kept(option, path, target)


def _refuse_kept(option: str, path: Path, target: Path) -> None:
    """Raise where a file is not to be replaced, though whoever may write to its folder could."""
    if not os.access(target, os.W_OK) or not target.stat().st_mode & _ANYBODY_WRITES:
        raise ConvanimError(option, path, "is write-protected; write somewhere else, or lift the protection first")
    if sys.platform != "win32" and os.geteuid() not in (0, target.stat().st_uid):
        raise ConvanimError(option, path, "is somebody else's; write somewhere else, or remove it first")


def make_folder(option: str, folder: Path) -> None:
    """Make a folder where there is none yet, and those that it lies in.

    Raises
    ------
    ConvanimError
        If the system refuses, it is a file, or its name is none everywhere.
    """
    check_new_folders(option, folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (OSError, ValueError) as error:
        raise ConvanimError(option, folder, "could not be made ({})", _reason(error)) from error


def write_safely(path: Path, content: bytes) -> None:
    """Write a file as `staged` does, and the folders that it needs.

    Raises
    ------
    ConvanimError
        If the system refuses; the old file is untouched then.
    """
    write_files({path: content})


def write_files(contents: Mapping[Path, bytes]) -> None:
    """Write files as `staged` does, and the folders that they need.

    Raises
    ------
    ConvanimError
        If one cannot be written; all old files are untouched then.
    """
    with staged(contents) as move:
        move()


@contextmanager
def staged(contents: Mapping[Path, bytes]) -> Iterator[Callable[[], None]]:
    """Prepare files and their folders, and yield what moves them all into place.

    Each file is whole before the first is moved, and at every moment the old
    content or the new is there. An old file's owner, group and permissions
    stay. On Linux a file has no name before it is moved, as long as there are
    not hundreds: a process that is killed before then leaves nothing behind.
    Elsewhere a process that is killed by force may leave files beside them.
    What is not a regular file, such as a pipe, is written straight, and first.

    Raises
    ------
    ConvanimError
        If one cannot be written; nothing is moved then.
    """
    straight: list[Callable[[], object]] = []
    moves: list[Callable[[], object]] = []
    with ExitStack() as prepared:
        for path, content in contents.items():
            prepared.enter_context(_folder(path.parent))
            check_writable("output", path)
            with _refusing(path):
                target = path.resolve()
                if target.exists() and not target.is_file():
                    straight.append(partial(_written, path, partial(target.write_bytes, content)))
                else:
                    prepare = _unnamed if len(moves) < _MOST_UNNAMED else _named
                    move = prepared.enter_context(prepare(target, content))
                    moves.append(partial(_written, path, move))

        def move_all() -> None:
            for write in straight + moves:
                write()

        yield move_all


def _written(path: Path, write: Callable[[], object]) -> None:
    with _refusing(path):
        write()


@contextmanager
def _refusing(path: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, RuntimeError, ValueError) as error:
        raise ConvanimError("output", path, "could not be written ({})", _reason(error)) from error


def _reason(error: Exception) -> str:
    return (getattr(error, "strerror", None) or str(error)).lower()


@contextmanager
def _folder(folder: Path) -> Iterator[None]:
    """Make a folder and those that it lies in, which go again where nothing comes of it."""
    missing = [place for place in (folder, *folder.parents) if not os.path.lexists(place)]
    make_folder("output", folder)
    try:
        yield
    except BaseException:
        for made in missing:
            with suppress(OSError):
                made.rmdir()
        raise


@contextmanager
def _named(target: Path, content: bytes) -> Iterator[Callable[[], object]]:
    """Prepare a file that has a name of its own beside the target."""
    beside = _beside(target)
    try:
        with beside.open("xb") as file:
            _fill(file, content, target)
        yield partial(beside.replace, target)
    finally:
        beside.unlink(missing_ok=True)


@contextmanager
def _unnamed(target: Path, content: bytes) -> Iterator[Callable[[], object]]:
    """Prepare a file that has no name before it is moved, where the system can do that."""
    with ExitStack() as opened:
        try:
            descriptor = os.open(target.parent, os.O_TMPFILE | os.O_WRONLY, 0o666)
        except (AttributeError, OSError):
            yield opened.enter_context(_named(target, content))
            return
        file = opened.enter_context(os.fdopen(descriptor, "wb"))
        _fill(file, content, target)
        yield partial(_name, descriptor, target, content)


def _name(descriptor: int, target: Path, content: bytes) -> None:
    """Give a file without a name the target's, at once where it is free."""
    # The number of a folder, which an absolute path does not need, is what makes Python follow the link.
    link = partial(os.link, f"/proc/self/fd/{descriptor}", src_dir_fd=descriptor)
    try:
        link(target)
    except FileExistsError:
        beside = _beside(target)
        try:
            link(beside)
            beside.replace(target)
        finally:
            beside.unlink(missing_ok=True)
    except OSError:
        # Not every file system, and no system without /proc, can do that.
        with _named(target, content) as move:
            move()


def _beside(target: Path) -> Path:
    return target.with_name(f".{token_hex(6)}.tmp")


def _fill(file: BinaryIO, content: bytes, target: Path) -> None:
    """Write all that there is, and keep whose the old file was and who may read it."""
    file.write(content)
    file.flush()
    if sys.platform == "win32" or not target.exists():
        return
    old, new = target.stat(), os.fstat(file.fileno())
    if (old.st_uid, old.st_gid) != (new.st_uid, new.st_gid):
        os.fchown(file.fileno(), old.st_uid, old.st_gid)
    os.fchmod(file.fileno(), stat.S_IMODE(old.st_mode))
