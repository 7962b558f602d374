"""Files are written whole or not at all."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from convanim import ConvanimError
from convanim.formats.files import check_writable, write_safely


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


@pytest.mark.skipif(not hasattr(os, "O_TMPFILE"), reason="needs files without a name")
@pytest.mark.parametrize("killer", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_killed_in_the_middle_the_old_file_is_whole_and_no_other_remains(
    tmp_path: Path, killer: signal.Signals
) -> None:
    path = tmp_path / "a.gif"
    path.write_bytes(b"old")
    stall = [
        "import os, signal, sys, time",
        "from pathlib import Path",
        "from convanim.formats import files",
        # A runner in the background may have had it ignored.
        "signal.signal(signal.SIGINT, signal.default_int_handler)",
        "def stalled(*args, **kwargs):",
        "    print('written, not yet named', flush=True)",
        "    time.sleep(60)",
        "os.link = stalled",
        "files.write_safely(Path(sys.argv[1]), b'new' * 100_000)",
    ]
    with subprocess.Popen(
        [sys.executable, "-c", "\n".join(stall), path], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline()
        process.send_signal(killer)
        process.wait(timeout=10)
    assert path.read_bytes() == b"old"
    assert contents(tmp_path) == ["a.gif"]


def test_places_that_cannot_be_written_are_refused_early(tmp_path: Path) -> None:
    with pytest.raises(ConvanimError, match=r"there is no folder .*missing; make it first"):
        check_writable("output", tmp_path / "missing" / "a.gif")
    with pytest.raises(ConvanimError, match="is a folder; add the name of a file"):
        check_writable("output", tmp_path)


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may write everywhere")
def test_a_folder_without_permission_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(ConvanimError, match="may not be written"):
        check_writable("output", tmp_path / "a.gif")
