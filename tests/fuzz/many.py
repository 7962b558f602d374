"""Examples of every kind by the thousand: findings at the end, each kind of them once, the smallest first."""

from __future__ import annotations

import resource
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from secrets import randbelow
from tempfile import TemporaryDirectory

import click

from tests.fuzz.running import KINDS, SECONDS, Finding, examine, example, smallest, workplace

MEMORY = 4 << 30
"""Bytes of addresses that a process may use."""

PORTION = 250
"""Examples that a process takes at a time."""

_SLOWEST = 5

Seen = tuple[list[Finding], list[tuple[float, str, int]]]


def portion(seed: int, task: tuple[str, int, int]) -> Seen:
    """Return the findings of some examples, one a cause, and the slowest of them."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    kind, first, last = task
    findings: dict[tuple[str, str], Finding] = {}
    times = []
    with TemporaryDirectory() as folder, workplace(Path(folder)):
        for number, seconds, wrong in examine(kind, seed, range(first, last), SECONDS):
            times.append((seconds, kind, number))
            if wrong and wrong.cause not in findings:
                findings[wrong.cause] = wrong if wrong.cause[0] == "TooLong" else smallest(wrong, SECONDS)
    return list(findings.values()), sorted(times, reverse=True)[:_SLOWEST]


@click.command()
@click.option("--examples", default=20_000, show_default=True, help="Of each kind.")
@click.option("--seed", type=int, help="For the same examples again.  [default: another each time]")
@click.option("--jobs", default=2, show_default=True, help="Processes.")
@click.option("--kind", "kinds", multiple=True, type=click.Choice(list(KINDS)), help="All where none is named.")
def fuzz(examples: int, seed: int | None, jobs: int, kinds: tuple[str, ...]) -> None:
    """Run random examples, go on after each finding, and print the findings at the end."""
    seed = randbelow(10**6) if seed is None else seed
    click.echo(f"{examples:,} examples of each kind, SEED={seed}")
    tasks = [
        (kind, first, min(first + PORTION, examples))
        for first in range(0, examples, PORTION)
        for kind in kinds or KINDS
    ]
    smallest_of: dict[tuple[str, str], Finding] = {}
    counts: Counter[tuple[str, str]] = Counter()
    slowest: list[tuple[float, str, int]] = []
    started = time.monotonic()
    with ProcessPoolExecutor(jobs, get_context("spawn")) as pool:
        for findings, times in pool.map(partial(portion, seed), tasks):
            slowest = sorted(slowest + times, reverse=True)[:_SLOWEST]
            for one in findings:
                counts[one.cause] += 1
                best = smallest_of.setdefault(one.cause, one)
                smallest_of[one.cause] = min(best, one, key=_length)
    for cause, finding in sorted(smallest_of.items(), key=lambda item: _length(item[1])):
        click.echo(f"\n[{finding.kind}, in {counts[cause]} portions of {PORTION}] {finding}")
    click.echo(f"\nThe slowest, of {time.monotonic() - started:.0f} s in all:")
    for seconds, kind, number in slowest:
        click.echo(f"  {seconds:.1f} s: {KINDS[kind].said(example(kind, seed, number))[:300]}")
    click.echo(f"{len(smallest_of)} findings.")
    sys.exit(bool(smallest_of))


def _length(finding: Finding) -> int:
    return len("".join(finding.parts))


if __name__ == "__main__":
    fuzz()
