"""A server as users start it: many at once, work that is too long, workers that end, and the end itself."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx2 as httpx
import psutil
import pytest
from click.testing import CliRunner

from convanim.cli import main
from convanim.cli.serving import NEEDED
from tests.fuzz import addresses
from tests.fuzz.running import example
from tests.serve.running import Server, served


@pytest.fixture(scope="module")
def server() -> Iterator[httpx.Client]:
    with served("--seconds", "3", "--per-minute", "0", "--waiting", "500") as found, asking(found) as client:
        yield client


def asking(server: Server) -> httpx.Client:
    """Return a client that waits as long as a busy machine takes."""
    return httpx.Client(base_url=server.address, timeout=60, limits=httpx.Limits(max_connections=50))


HEAVY = "/conv.mp4?i=40&k=3&motion=smooth&width=900&steps=0:60&fps=30"
"""A picture that takes longer than the limit, though estimates let it pass."""


def test_two_hundred_at_once_are_all_answered(server: httpx.Client) -> None:
    def asked(number: int) -> int:
        return server.get(f"/conv.png?i={3 + number % 20}&k=2&still=0").status_code

    with ThreadPoolExecutor(50) as threads:
        assert set(threads.map(asked, range(200))) <= {200, 503}


def test_addresses_at_random_are_all_answered_and_the_server_goes_on(server: httpx.Client) -> None:
    statuses = {
        server.get(addresses.address(example("addresses", "server", number))).status_code for number in range(60)
    }
    assert 200 in statuses
    assert statuses <= {200, 503, *addresses.REFUSED}
    assert server.get("/healthz").text == "ok\n"


def test_others_go_on_while_one_takes_too_long(server: httpx.Client) -> None:
    with ThreadPoolExecutor(1) as thread:
        heavy = thread.submit(server.get, HEAVY)
        assert server.get("/healthz").text == "ok\n"
        assert heavy.result().status_code in (413, 503)
    assert server.get("/conv.png?i=4&k=2&still=0").status_code == 200


def test_a_client_that_hangs_up_leaves_the_server_as_it_was(server: httpx.Client) -> None:
    for number in range(5):
        with socket.create_connection((server.base_url.host, server.base_url.port or 80)) as connection:
            connection.sendall(f"GET /conv.gif?i=9&k={1 + number} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    assert server.get("/conv.png?i=5&k=2&still=0").status_code == 200


def test_a_worker_that_is_killed_is_replaced() -> None:
    with served("--seconds", "20") as found, asking(found) as client:
        client.get("/conv.png?i=3&k=2&still=0")
        drawing = [one for one in psutil.Process(found.process.pid).children(recursive=True) if _draws(one)]
        assert drawing
        with ThreadPoolExecutor(1) as thread:
            heavy = thread.submit(client.get, "/conv.gif?i=14&k=3&width=600")
            for one in drawing:
                one.kill()
            assert heavy.result().status_code in (200, 413, 503), found.log()
        # Whoever comes while the processes start again is told when to try once more.
        for _ in range(20):
            answer = client.get("/conv.png?i=4&k=2&still=0")
            if answer.status_code != 503:
                break
            time.sleep(float(answer.headers["Retry-After"]))
        assert answer.status_code == 200, found.log()


def _draws(process: Any) -> bool:
    return "forkserver" in " ".join(process.cmdline()) or "spawn" in " ".join(process.cmdline())


def test_it_stops_cleanly_when_it_is_told_to_and_its_log_keeps_what_users_typed_to_itself() -> None:
    with served() as found, asking(found) as client:
        client.get("/conv.png?i=3&k=2&still=0&caption-text=private")
        found.stop()
        assert found.process.returncode == 128 + signal.SIGTERM
        assert "/conv.png" in found.log()
        assert "Traceback" not in found.log()
        assert "private" not in found.log()
    assert not [one for one in psutil.process_iter(["ppid"]) if one.info["ppid"] == found.process.pid]


def test_without_the_extra_the_command_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("convanim.cli.serving.find_spec", lambda name: None if name == NEEDED[0] else object())
    result = CliRunner().invoke(main, ["serve"])
    assert (result.exit_code, result.output) == (
        2,
        "Error: serve: needs starlette, which is not there; run pip install 'convanim[serve]'\n",
    )


def test_limits_come_from_the_surroundings_where_another_program_serves(tmp_path: Path) -> None:
    program = "from convanim.serve import app; print(type(app).__name__)"
    told = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        env={**os.environ, "CONVANIM_SECONDS": "none"},
        cwd=tmp_path,
    )
    assert "CONVANIM_SECONDS 'none': is no number" in told.stderr
