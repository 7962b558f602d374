"""Files are written whole or not at all."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

from convanim import ConvanimError
from convanim.formats.files import check_writable, write_files, write_safely


def contents(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_is_written_and_nothing_else(tmp_path: Path) -> None:
    write_safely(tmp_path / "a.gif", b"new")
    assert (tmp_path / "a.gif").read_bytes() == b"new"
    assert contents(tmp_path) == ["a.gif"]


def test_an_old_file_is_replaced_and_keeps_its_permissions(tmp_path: Path) -> None:
    path = tmp_path / "a.gif"
    path.write_bytes(b"old")
    path.chmod(0o640)
    write_safely(path, b"new")
    assert path.read_bytes() == b"new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_a_new_file_has_the_usual_permissions(tmp_path: Path) -> None:
    (tmp_path / "usual").write_bytes(b"")
    write_safely(tmp_path / "a.gif", b"new")
    assert (tmp_path / "a.gif").stat().st_mode == (tmp_path / "usual").stat().st_mode


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real.gif").write_bytes(b"old")
    (tmp_path / "link.gif").symlink_to(tmp_path / "real.gif")
    write_safely(tmp_path / "link.gif", b"new")
    assert (tmp_path / "link.gif").is_symlink()
    assert (tmp_path / "real.gif").read_bytes() == b"new"


def test_without_unnamed_files_it_works_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "O_TMPFILE", raising=False)
    (tmp_path / "a.gif").write_bytes(b"old")
    write_safely(tmp_path / "a.gif", b"new")
    assert (tmp_path / "a.gif").read_bytes() == b"new"
    assert contents(tmp_path) == ["a.gif"]


@pytest.mark.parametrize("unnamed", [True, False], ids=["unnamed", "named"])
def test_with_no_room_left_the_old_file_is_whole_and_no_other_remains(tmp_path: Path, unnamed: bool) -> None:
    path = tmp_path / "a.gif"
    path.write_bytes(b"old")
    # A limit on the size of files fails a write as a full disk does.
    limited = [
        "import resource, signal, sys, os",
        "from pathlib import Path",
        "from convanim.formats.files import write_safely",
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)",
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))",
        "" if unnamed else "vars(os).pop('O_TMPFILE', None)",
        "write_safely(Path(sys.argv[1]), b'new' * 1000)",
    ]
    done = subprocess.run([sys.executable, "-c", "\n".join(limited), path], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "ConvanimError: output" in done.stderr
    assert "could not be written" in done.stderr
    assert path.read_bytes() == b"old"
    assert contents(tmp_path) == ["a.gif"]


# Killed


KILLED = """
import os, signal, sys
from pathlib import Path
from convanim.formats.files import write_files

folder, steps = Path(sys.argv[1]), []
def kill(event, arguments):
    if event in ("open", "os.link", "os.rename", "os.remove") and str(folder) in str(arguments):
        steps.append(event)
        if len(steps) == moment:
            os.kill(os.getpid(), signal.SIGKILL)

old = {path.name: path.read_bytes() for path in folder.iterdir()}
if sys.argv[2] == "named":
    vars(os).pop("O_TMPFILE", None)
moment, is_killed = 1, True
while is_killed:
    if not (child := os.fork()):
        sys.addaudithook(kill)
        write_files({folder / name: b"new" * 100_000 for name in ("a.gif", "b.gif", "new/c.gif")})
        os._exit(0)
    is_killed = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
    files = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    print(*(f"{path.name}:{content[:3].decode()}:{len(content)}" for path, content in sorted(files.items())))
    for path in files:
        path.unlink()
    for name, content in old.items():
        (folder / name).write_bytes(content)
    moment += 1
"""
"""Kills a process by force before each thing that it does to files, and prints what is there then."""


def after_kills(folder: Path, way: str) -> list[list[str]]:
    (folder / "a.gif").write_bytes(b"old")
    printed = subprocess.check_output([sys.executable, "-c", KILLED, folder, way], text=True)
    return [line.split() for line in printed.splitlines()]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs processes that are copies")
@pytest.mark.parametrize("way", ["unnamed", "named"])
def test_killed_at_any_moment_each_file_is_old_or_new_and_whole(tmp_path: Path, way: str) -> None:
    kills = after_kills(tmp_path, way)
    for files in kills:
        kept = [file for file in files if not file.startswith(".")]
        assert set(kept) <= {"a.gif:old:3", *(f"{name}.gif:new:300000" for name in "abc")}
        assert kept[0].startswith("a.gif:")
    assert kills[0] == ["a.gif:old:3"]
    assert kills[-1] == [f"{name}.gif:new:300000" for name in "abc"]


@pytest.mark.skipif(not hasattr(os, "O_TMPFILE"), reason="needs files without a name")
def test_killed_nothing_is_left_behind_but_where_a_file_is_replaced_at_that_moment(tmp_path: Path) -> None:
    hidden = [[file for file in files if file.startswith(".")] for files in after_kills(tmp_path, "unnamed")]
    assert len(hidden) > 6
    # A new file is named at once; one that replaces another is beside it until it does, and whole.
    (left,) = (files for files in hidden if files)
    assert len(left) == 1
    assert left[0].endswith(".tmp:new:300000")


def test_places_that_cannot_be_written_are_refused_early(tmp_path: Path) -> None:
    with pytest.raises(ConvanimError, match=r"there is no folder .*missing; make it first"):
        check_writable("output", tmp_path / "missing" / "a.gif")
    with pytest.raises(ConvanimError, match="is a folder; add the name of a file"):
        check_writable("output", tmp_path)


def test_a_file_that_is_write_protected_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.gif").write_bytes(b"old")
    (tmp_path / "a.gif").chmod(0o444)
    for write in (partial(check_writable, "output"), partial(write_safely, content=b"new")):
        with pytest.raises(ConvanimError, match=r"a\.gif: is write-protected; write somewhere else, or lift"):
            write(tmp_path / "a.gif")
    assert (tmp_path / "a.gif").read_bytes() == b"old"


def test_a_file_of_somebody_else_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.gif").write_bytes(b"old")
    monkeypatch.setattr(os, "geteuid", lambda: tmp_path.stat().st_uid + 1)
    with pytest.raises(ConvanimError, match=r"a\.gif: is somebody else's; write somewhere else, or remove it"):
        write_safely(tmp_path / "a.gif", b"new")
    assert (tmp_path / "a.gif").read_bytes() == b"old"


@pytest.mark.skipif(os.geteuid() != 0, reason="only the superuser gives files away")
@pytest.mark.parametrize("unnamed", [True, False], ids=["unnamed", "named"])
def test_an_old_file_keeps_its_owner_its_group_and_all_of_its_mode(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, unnamed: bool
) -> None:
    if not unnamed:
        monkeypatch.delattr(os, "O_TMPFILE", raising=False)
    path = tmp_path / "a.gif"
    path.write_bytes(b"old")
    os.chown(path, 12345, 23456)
    path.chmod(0o2761)
    write_safely(path, b"new")
    kept = path.stat()
    assert (kept.st_uid, kept.st_gid, stat.S_IMODE(kept.st_mode)) == (12345, 23456, 0o2761)


def test_all_files_are_written_or_none(tmp_path: Path) -> None:
    (tmp_path / "a.gif").write_bytes(b"old")
    (tmp_path / "file").write_bytes(b"old")
    (tmp_path / "folder").mkdir()
    for refused in ("folder", "file/b.gif", "b" * 300):
        with pytest.raises(ConvanimError, match=r"^output "):
            write_files({tmp_path / name: b"new" for name in ("a.gif", "new/one/c.gif", refused)})
        assert (tmp_path / "a.gif").read_bytes() == b"old"
        assert contents(tmp_path) == ["a.gif", "file", "folder"]


def test_a_pipe_that_fails_comes_before_all_files(tmp_path: Path) -> None:
    with pytest.raises(ConvanimError, match=r"^output /dev/full: could not be written"):
        write_files({tmp_path / "a.gif": b"new", Path("/dev/full"): b"new"})
    assert not contents(tmp_path)


def test_many_files_do_not_need_as_many_open_ones(tmp_path: Path) -> None:
    resource = pytest.importorskip("resource")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(soft, 300), hard))
    try:
        write_files({tmp_path / f"{step}.png": b"new" for step in range(400)})
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert len(contents(tmp_path)) == 400


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may write everywhere")
def test_a_folder_without_permission_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(ConvanimError, match="may not be written"):
        check_writable("output", tmp_path / "a.gif")
