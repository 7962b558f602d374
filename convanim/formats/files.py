"""Writing of files, all or nothing: an interrupted write leaves the old files as they were."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import BinaryIO

from convanim.base.errors import ConvanimError
from convanim.formats.file_names import check_names, check_new_folders

_ANYBODY_WRITES = stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH
_MOST_UNNAMED = 200
"""The most files open at the same time, as a process may have only a limited number."""


def check_writable(option: str, path: Path) -> None:
    """Raise an error early if a file cannot be written.

    Raises
    ------
    ConvanimError
        If the folder does not exist or may not be written, the path is a
        folder, the file is write-protected or somebody else's, or some
        operating system does not allow the path.
    """
    check_names(option, path)
    try:
        target = path.resolve()
        is_there, is_file = target.exists(), target.is_file()
        has_folder, is_folder = target.parent.is_dir(), target.is_dir()
        if has_folder and not is_there:
            # The name may be too long for the folder's file system, or a link to itself, which only an access shows.
            with suppress(FileNotFoundError):
                target.stat()
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
    """Raise an error if a file is protected, even if write access to its folder would allow replacing it."""
    if not os.access(target, os.W_OK) or not target.stat().st_mode & _ANYBODY_WRITES:
        raise ConvanimError(option, path, "is write-protected; write somewhere else, or lift the protection first")
    if sys.platform != "win32" and os.geteuid() not in (0, target.stat().st_uid):
        raise ConvanimError(option, path, "is somebody else's; write somewhere else, or remove it first")


def make_folder(option: str, folder: Path) -> None:
    """Make a folder and its parents if they do not exist.

    Raises
    ------
    ConvanimError
        If the system refuses, the path is a file, or some system does not allow its name.
    """
    check_new_folders(option, folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (OSError, ValueError) as error:
        raise ConvanimError(option, folder, "could not be made ({})", _reason(error)) from error


def write_safely(path: Path, content: bytes) -> None:
    """Write a file and make the folders that it needs, as `staged` does.

    Raises
    ------
    ConvanimError
        If the system refuses; the old file is then untouched.
    """
    write_files({path: content})


def write_files(contents: Mapping[Path, bytes]) -> None:
    """Write files and make the folders that they need, as `staged` does.

    Raises
    ------
    ConvanimError
        If one cannot be written; all old files are then untouched.
    """
    with staged(contents) as move:
        move()


@contextmanager
def staged(contents: Mapping[Path, bytes]) -> Iterator[Callable[[], None]]:
    """Prepare files and their folders, and yield a function that moves all files into place.

    All files are complete before the first is moved, and each target always
    holds its old or its new content. The owner, group and permissions of old
    files are kept. On Linux up to 200 files have no name before they are moved,
    so that a killed process leaves nothing behind. Otherwise a killed process
    may leave temporary files beside the targets. Targets that are no regular
    files, such as pipes, are written directly, and first.

    Raises
    ------
    ConvanimError
        If one cannot be written; nothing is then moved.
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
    """Make a folder and its parents, and remove the new ones if the block fails."""
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
    """Prepare a file with a temporary name beside the target."""
    beside = _beside(target)
    try:
        with beside.open("xb") as file:
            _fill(file, content, target)
        yield partial(beside.replace, target)
    finally:
        beside.unlink(missing_ok=True)


@contextmanager
def _unnamed(target: Path, content: bytes) -> Iterator[Callable[[], object]]:
    """Prepare a file that has no name until it is moved, if the system supports it."""
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
    """Give a file without a name that of the target, directly if no file has it."""
    # An absolute path needs no `src_dir_fd`, but only with one does Python follow the link.
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
        # Not every file system supports this, and it needs /proc.
        with _named(target, content) as move:
            move()


def _beside(target: Path) -> Path:
    return target.with_name(f".{os.urandom(6).hex()}.tmp")


def _fill(file: BinaryIO, content: bytes, target: Path) -> None:
    """Write the content, and keep the owner, group and permissions of the old file."""
    file.write(content)
    file.flush()
    if sys.platform == "win32" or not target.exists():
        return
    old, new = target.stat(), os.fstat(file.fileno())
    if (old.st_uid, old.st_gid) != (new.st_uid, new.st_gid):
        os.fchown(file.fileno(), old.st_uid, old.st_gid)
    os.fchmod(file.fileno(), stat.S_IMODE(old.st_mode))
