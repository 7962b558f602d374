"""The command that serves pictures and the playground, and the limits that its options or the surroundings set."""

from __future__ import annotations

import os
import signal
import sys
import webbrowser
from collections.abc import Mapping
from dataclasses import asdict
from importlib.util import find_spec
from threading import Timer
from typing import Any

import click

from convanim.base.errors import ConvanimError
from convanim.base.options import number_of, whole
from convanim.base.records import dataclass
from convanim.base.settings import setting, settings_of
from convanim.cli.options import decorated
from convanim.cli.output import remark

NEEDED = ("starlette", "uvicorn", "pebble", "cachetools")
"""The modules of the extra ``serve``."""

_PREFIX = "CONVANIM_"
_PATIENCE = 0.7
"""Seconds until the browser is opened, so that the server listens."""

_CLOSING = 5
"""Seconds that requests have to end when the server stops."""


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What a server grants to those who ask.

    Each is an option of ``convanim serve``, or a variable of the surroundings such as ``CONVANIM_SECONDS``.
    """

    workers: int = setting(2, "Processes that draw.", least=1, most=64)
    seconds: float = setting(20.0, "The most seconds from a request to its answer.", least=0.1, most=600)
    waiting: int = setting(32, "The most pictures that are drawn or wait to be drawn.", least=1, most=10_000)
    per_minute: int = setting(
        600, "The most pictures that are drawn for one address a minute; 0 leaves it to a proxy.", least=0, most=10**6
    )
    cache: int = setting(64, "Megabytes of answers that are kept in memory.", least=0, most=100_000)
    memory: int = setting(2000, "Megabytes that a process may take, where the system can limit it.", least=300)
    query: int = setting(8000, "The most bytes of an address.", least=100, most=60_000)
    cells: int = setting(100_000, "The most cells of an input or an output, in all channels.", least=1)
    frames: int = setting(2000, "The most frames of a picture.", least=1)
    pixels: int = setting(1_000_000_000, "The most pixels of all frames together.", least=10_000)
    log_queries: bool = setting(False, "Write what users asked for to the log.")

    def __post_init__(self) -> None:
        for name, its in LIMITS.items():
            if its.type != "bool":
                its.checked(getattr(self, name))

    @classmethod
    def of(cls, surroundings: Mapping[str, str]) -> Limits:
        """Return the limits that variables of the surroundings set; all others are as usual.

        Raises
        ------
        ConvanimError
            If one is no such number.
        """
        found: dict[str, Any] = {}
        for name, its in LIMITS.items():
            written = surroundings.get(_PREFIX + name.upper())
            if written is not None:
                found[name] = _read(_PREFIX + name.upper(), written, its.type)
        return cls(**found)

    def surroundings(self) -> dict[str, str]:
        """Return the variables that set these limits."""
        return {_PREFIX + name.upper(): str(value) for name, value in asdict(self).items()}


LIMITS = settings_of(Limits)
"""Every limit by name."""


def _read(name: str, written: str, kind: str) -> Any:
    if kind == "bool":
        return written.lower() in ("1", "true", "yes", "on")
    try:
        return whole(name, int(written)) if kind == "int" else number_of(name, float(written))
    except ValueError as error:
        raise ConvanimError(name, repr(written[:40]), "is no number") from error


def _options() -> list[Any]:
    made = []
    for name, its in LIMITS.items():
        flag = f"--{name.replace('_', '-')}"
        if its.type == "bool":
            made.append(click.option(flag, is_flag=True, help=its.said))
            continue
        kind = {"int": int, "float": float}[its.type]
        made.append(click.option(flag, type=kind, default=its.default, show_default=True, metavar="N", help=its.said))
    return made


def add_commands(main: click.Group, _: click.Group) -> None:
    """Add the command that serves pictures for addresses, and the page to try layers in."""

    def serve(host: str, port: int, proxy: str | None, is_opened: bool | None, **values: Any) -> None:
        """Serve a picture for every address, and a page to try layers in.

        For example http://127.0.0.1:8000/conv.svg?i=5&k=3&p=1 is the picture
        of: convanim conv -i 5 -k 3 -p 1. The page is at the address itself.
        """
        missing = [name for name in NEEDED if find_spec(name) is None]
        if missing:
            raise ConvanimError(
                "serve", "", f"needs {missing[0]}, which is not there; run {{}}", "pip install 'convanim[serve]'"
            )
        import uvicorn

        limits = Limits(**values)
        os.environ |= limits.surroundings()
        address = f"http://{f'[{host}]' if ':' in host else host}:{port}/"
        remark(f"Serving at {address}; Ctrl+C stops it.")
        is_local = host in ("127.0.0.1", "localhost", "::1")
        if is_opened or (is_opened is None and is_local and sys.stderr.isatty()):
            opening = Timer(_PATIENCE, webbrowser.open, [address])
            opening.daemon = True
            opening.start()
        # The server ends in its own time after a signal, once those who wait have their answers.
        signal.set_wakeup_fd(-1)
        uvicorn.run(
            "convanim.serve:app",
            host=host,
            port=port,
            proxy_headers=proxy is not None,
            forwarded_allow_ips=proxy,
            server_header=False,
            timeout_graceful_shutdown=_CLOSING,
        )

    options = [
        click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen at."),
        click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="The port."),
        click.option(
            "--proxy",
            metavar="ADDRESSES",
            help="Believe these proxies, or *, when they say whom they ask for, as the limit a minute needs.",
        ),
        click.option("--open/--no-open", "is_opened", default=None, help="Open a browser.  [default: on this machine]"),
        *_options(),
    ]
    main.command("serve")(decorated(serve, options))
