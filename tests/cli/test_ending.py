"""Signals end the command within a second, quietly and with the usual exit code, and its workers with it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from convanim import ConvanimError
from convanim.base.processes import each
from convanim.places import gallery
from tests.commands import run

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals are sent as on Unix")

COMMAND = """
import signal, sys, time, types
signal.signal(signal.SIGINT, signal.default_int_handler)
def main(prog_name):
    {}
sys.modules["convanim.cli"] = types.SimpleNamespace(main=main)
from convanim.__main__ import main
main()
"""
"""A command line that does nothing but what stands there."""

READY = 'print("at work", flush=True)'
WORK = {
    "Python": f"{READY}\n    while True: pass",
    "a step of a library": f"{READY}\n    import hashlib; hashlib.pbkdf2_hmac('sha1', b'', b'', 10**9)",
    "what makes another error of it": f"""
    class Named:
        def __set_name__(self, *name):
            {READY}
            time.sleep(60)
    class Owner:
        named = Named()""",
    "where nothing can be raised": f"""
    class Called:
        def __del__(self):
            {READY}
            time.sleep(60)
    Called()
    time.sleep(60)""",
}


def started(program: str) -> subprocess.Popen[str]:
    """Return a process that is at work."""
    pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    process = subprocess.Popen([sys.executable, "-c", program], **pipes)
    assert process.stdout is not None
    assert process.stdout.readline() == "at work\n"
    return process


@pytest.mark.parametrize(("sent", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
@pytest.mark.parametrize("work", WORK)
def test_a_signal_ends_any_work_without_a_word(work: str, sent: signal.Signals, code: int) -> None:
    with started(COMMAND.format(WORK[work])) as process:
        process.send_signal(sent)
        assert process.communicate(timeout=30) == ("", "")
        assert process.returncode == code


def test_an_ignored_signal_stays_ignored() -> None:
    wait = f"{READY}\n    sys.stdin.readline()"
    program = COMMAND.replace("signal.default_int_handler", "signal.SIG_IGN").format(wait)
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen([sys.executable, "-c", program], **pipes) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "at work\n"
        process.send_signal(signal.SIGINT)
        process.communicate("\n", timeout=30)
        assert process.returncode == 0


def test_hardly_anything_is_imported_before_a_signal_would_end_it() -> None:
    program = "import sys, convanim.__main__; print(*(name for name in sys.modules if name.startswith('convanim')))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["convanim", "convanim.__main__"]


# Workers


SHARED = f"""
import time
from convanim.base.processes import each
for _ in each(time.sleep, [0, 60, 60], 2):
    {READY}
"""


@pytest.mark.parametrize("sent", [signal.SIGKILL, signal.SIGTERM])
def test_workers_end_with_the_process_that_started_them(sent: signal.Signals) -> None:
    with started(SHARED) as process:
        process.send_signal(sent)
        # They hold the same standard error, which ends when all of them have.
        assert process.communicate(timeout=30) == ("", "")


def test_answers_come_in_order_from_several_processes() -> None:
    assert list(each(abs, [-3, 2, -1, 0], 2)) == [3, 2, 1, 0]


def test_an_error_in_a_worker_is_raised_here_and_says_where_it_was() -> None:
    with pytest.raises(ValueError, match="invalid literal") as raised:
        list(each(int, ["1", "one"], 2))
    assert "in _outcome" in raised.value.__notes__[0]


def lost(home: int, _: int) -> None:
    if os.getpid() != home:
        os._exit(1)


def test_a_worker_that_is_lost_is_told() -> None:
    with pytest.raises(ConvanimError, match=r"^jobs 2: lost a process before its work was done; use fewer$"):
        list(each(partial(lost, os.getpid()), [1, 1], 2))


# Galleries


TOML = "\n".join(f"[[animation]]\nname = '{name}'\npreset = 'dilation'\nwidth = 120" for name in "abc")


@pytest.mark.parametrize("ending", [SystemExit(130), ConvanimError("width", 120, "is no more")])
def test_a_gallery_that_ends_early_says_what_is_drawn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ending: BaseException
) -> None:
    def drawn(entry: gallery.Entry) -> bytes:
        if entry.name == "c":
            raise ending
        return b"new"

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(gallery, "_drawn", drawn)
    Path("g.toml").write_text(TOML, encoding="utf-8")
    for name in "abc":
        Path(f"{name}.gif").write_bytes(b"old")
    result = run("gallery g.toml -o .")
    assert "Drawn of 3 files: a.gif, b.gif; all others are as they were.\n" in result.stderr
    assert [Path(f"{name}.gif").read_bytes() for name in "abc"] == [b"new", b"new", b"old"]
    assert not Path("README.md").exists()


def test_nothing_of_a_gallery_is_drawn_where_a_file_cannot_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("g.toml").write_text(TOML, encoding="utf-8")
    Path("c.gif").mkdir()
    result = run("gallery g.toml -o .")
    assert (result.exit_code, result.stderr) == (2, "Error: --output c.gif: is a folder; add the name of a file\n")
    assert not Path("a.gif").exists()


def test_a_folder_without_a_name_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("g.toml").write_text(TOML, encoding="utf-8")
    Path("README.md").write_text("mine", encoding="utf-8")
    for line in ("gallery g.toml -o ''", "gallery g.toml -o '' --check", "slides g.toml -o ''"):
        result = run(line)
        assert (result.exit_code, result.stderr.count("\n")) == (2, 1)
        assert "--output '': is empty; name a " in result.stderr
    assert Path("README.md").read_text(encoding="utf-8") == "mine"
