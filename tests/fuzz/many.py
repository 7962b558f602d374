"""Examples of every kind by the thousand: findings at the end, each kind of them once, the smallest first."""

from __future__ import annotations

import faulthandler
import os
import resource
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
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

Example = tuple[str, int]
"""A kind and a number."""

Seen = tuple[list[Finding], list[tuple[float, str, int]]]


def portion(seed: int, marks: Path, fatal: frozenset[Example], task: tuple[str, int, int]) -> Seen:
    """Return the findings of some examples, one a cause, and the slowest of them; ``fatal`` ones are left out.

    The example that is run stands in a file among ``marks``, for whoever finds this process gone.
    """
    faulthandler.enable()
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    kind, first, last = task
    findings: dict[tuple[str, str], Finding] = {}
    times = []
    mark = marks / str(os.getpid())
    with TemporaryDirectory() as folder, workplace(Path(folder)):
        for number in range(first, last):
            if (kind, number) in fatal:
                continue
            mark.write_text(f"{kind} {number}", encoding="utf-8")
            seconds, wrong = examine(kind, seed, number, SECONDS)
            times.append((seconds, kind, number))
            if wrong and wrong.cause not in findings:
                findings[wrong.cause] = wrong if wrong.cause[0] == "TooLong" else smallest(wrong, SECONDS)
    mark.unlink()
    return list(findings.values()), sorted(times, reverse=True)[:_SLOWEST]


def each(seed: int, tasks: Sequence[tuple[str, int, int]], jobs: int) -> Iterator[Seen]:
    """Yield what each portion finds, from several processes; an example that ends its process is a finding too."""
    fatal: frozenset[Example] = frozenset()
    done = 0
    while done < len(tasks):
        with TemporaryDirectory() as marks, ProcessPoolExecutor(jobs, get_context("spawn")) as pool:
            try:
                for seen in pool.map(partial(portion, seed, Path(marks), fatal), tasks[done:]):
                    done += 1
                    yield seen
            except BrokenProcessPool:
                for mark in Path(marks).iterdir():
                    kind, number = mark.read_text(encoding="utf-8").split()
                    fatal |= {(kind, int(number))}
                    cause = ("process", "ended while this, or what ran beside it, was tried")
                    yield [Finding(kind, cause, example(kind, seed, int(number)), "")], []


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
    for findings, times in each(seed, tasks, jobs):
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
