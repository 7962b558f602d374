"""How much a server serves: requests a second and 95th percentiles under wrk, memory, and how cost grows.

It needs wrk (Debian's package of that name), and talks to this machine alone, for about two minutes.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

import httpx2 as httpx
import psutil

from tests.serve.running import served

SECONDS, CONNECTIONS = 5, 16
DAY = 24 * 3600
CACHED = ("/conv.svg?i=5&k=3&p=1", "/conv.gif?i=5&k=3&p=1", "/conv.html?i=7&k=3")
NEW = (
    "/conv.svg?i=5&k=3&p=1&seed=",
    "/conv.gif?i=5&k=3&p=1&seed=",
    "/conv.html?i=7&k=3&seed=",
    "/explain/conv.json?i=7&k=3&seed=",
)
"""Addresses that end in a number, so that each request asks for a picture that was never drawn."""

SCRIPT = """
local path, is_new, number = "%s", %s, %d
request = function()
  number = number + 1
  return wrk.format("GET", is_new and path .. number or path)
end
done = function(summary, latency, requests)
  local bad = summary.errors.status + summary.errors.timeout + summary.errors.connect
  io.write(string.format('{"rate": %%f, "late": %%f, "bad": %%d}\\n',
    summary.requests / summary.duration * 1e6, latency:percentile(95) / 1000, bad))
end
"""


def pressed(address: str, path: str, is_new: bool, first: int) -> dict[str, Any]:
    """Return requests a second, the 95th percentile in milliseconds, and how many failed."""
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        script.write(SCRIPT % (path, "true" if is_new else "false", first))
        script.flush()
        command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s", "--timeout", "20s", "-s", script.name, address]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def under_load(workers: int) -> list[dict[str, Any]]:
    """Press a server with a number of workers, with known pictures and with new ones."""
    rows = []
    with served("--workers", str(workers), "--per-minute", "0", "--waiting", "1000") as server:
        for place, path in enumerate((*CACHED, *NEW)):
            is_new = path.endswith("=")
            found = pressed(server.address, path, is_new, place * 100_000)
            what = f"new {path.removesuffix('&seed=')}" if is_new else f"cached {path}"
            rows.append({"workers": workers, "what": what, **found})
    return rows


def grown(sizes: Sequence[int] = (5, 7, 14, 28)) -> list[dict[str, Any]]:
    """Return the median milliseconds of a new picture by the size of its input, in a warm server."""
    rows = []
    with served("--per-minute", "0", "--seconds", "60") as server, httpx.Client(timeout=90) as client:
        for suffix in ("svg", "html", "gif"):
            for size in sizes:
                times = []
                for number in range(5):
                    start = time.perf_counter()
                    client.get(f"{server.address}/conv.{suffix}?i={size}&k=3&p=1&seed={number}").raise_for_status()
                    times.append(1000 * (time.perf_counter() - start))
                rows.append({"what": f"{suffix} of {size}×{size}", "milliseconds": median(times)})
    return rows


def remembered(requests: int = 10_000, new: int = 5) -> list[dict[str, Any]]:
    """Return the megabytes of a server and its workers before and after many requests, one in five of them new."""
    with served("--workers", "2", "--per-minute", "0") as server, httpx.Client(timeout=60) as client:
        rows = []
        for number in range(requests + 1):
            if number in (100, requests // 2, requests):
                tree = [
                    psutil.Process(server.process.pid),
                    *psutil.Process(server.process.pid).children(recursive=True),
                ]
                held = [one.memory_info().rss / 1e6 for one in tree]
                rows.append({"requests": number, "megabytes": sum(held), "largest": max(held)})
            client.get(
                f"{server.address}/conv.svg?i=5&k=3&seed={number if number % new == 0 else 1}"
            ).raise_for_status()
    return rows


def main() -> None:
    """Print the tables."""
    if shutil.which("wrk") is None:
        print("wrk is not there, so that the server is not measured; it is Debian's package wrk", file=sys.stderr)
        return
    results: dict[str, Any] = {"load": [], "growth": grown(), "memory": remembered()}
    for workers in (1, 2, 4):
        results["load"] += under_load(workers)
    print(f"{'workers':>7}  {'requests/s':>10}  {'95 % within':>11}  {'a day':>12}  failed  what")
    for row in results["load"]:
        print(
            f"{row['workers']:>7}  {row['rate']:>10.1f}  {row['late']:>8.0f} ms  {row['rate'] * DAY:>12,.0f}  "
            f"{row['bad']:>6}  {row['what']}"
        )
    for row in results["growth"]:
        print(f"{row['milliseconds']:>8.0f} ms  new {row['what']}")
    for row in results["memory"]:
        print(
            f"{row['megabytes']:>8.0f} MB in all, {row['largest']:.0f} MB the largest, after {row['requests']} requests"
        )
    Path("bench_server.json").write_text(json.dumps(results, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
