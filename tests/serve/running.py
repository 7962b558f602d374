"""A server as users start it, for tests and measurements."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from tempfile import TemporaryFile
from typing import IO

import httpx2 as httpx

_PATIENCE = 30


@dataclass(frozen=True)
class Server:
    """A server that answers.

    Attributes
    ----------
    address : str
        Without a slash at its end.
    process : Popen
        Its first process.
    """

    address: str
    process: subprocess.Popen[bytes]
    _log: IO[bytes]

    def stop(self) -> None:
        """Tell it to stop, and wait until it has."""
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(_PATIENCE)

    def log(self) -> str:
        """Return what it printed."""
        self._log.seek(0)
        return self._log.read().decode()


@contextmanager
def served(*options: str) -> Iterator[Server]:
    """Yield a server with options on a free port of this machine, once it answers; it is stopped in the end."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "convanim", "serve", "--port", str(port), "--workers", "1", *options]
    # A pipe that is full would hold the server up, so that its log goes to a file.
    with TemporaryFile() as log, subprocess.Popen(command, stdout=log, stderr=log, env=os.environ) as process:
        server = Server(f"http://127.0.0.1:{port}", process, log)
        try:
            with httpx.Client(transport=httpx.HTTPTransport(retries=8)) as client:
                client.get(f"{server.address}/healthz", timeout=_PATIENCE)
            yield server
        finally:
            server.stop()
