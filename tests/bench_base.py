"""Time, memory and bytes against another commit, which is checked out beside this one: ``make bench BASE=COMMIT``.

Both sides take turns in one run, so that what slows the machine slows both; the noise is how far the runs of the
other commit lie apart.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles

from convanim.animations.presets import GUIDE_PRESETS

ROOT = Path(__file__).parent.parent
ROUNDS = int(os.environ.get("ROUNDS", "7"))

START = "from convanim import Conv, animate\n"
CHANNELS = "Conv(16, 3, padding=1, in_channels=3, out_channels=1)"
WARM = """
import time
def draw():
    return {made}.encode("{suffix}")
draw()
times = []
for _ in range({rounds}):
    start = time.perf_counter()
    content = draw()
    times.append(time.perf_counter() - start)
print(sorted(times)[len(times) // 2], len(content))
"""
"""A program that prints the median of seconds, and bytes."""

COMMAND = """
import os, resource, subprocess, sys, time
start = time.perf_counter()
subprocess.run([sys.executable, "-m", "convanim", *{words}], check=True, stdout=subprocess.DEVNULL)
wall, used = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
print({measure}, os.path.getsize("{output}") if os.path.exists("{output}") else 0)
"""
"""A program that runs a command, and prints what is measured of it, and the bytes of its file."""


@dataclass(frozen=True)
class Case:
    """What is measured: a program that prints a figure and a number of bytes, and the ratio of figures to reach."""

    what: str
    program: str
    most: float
    unit: str = "s"
    most_bytes: float = 1.01


def command(what: str, line: str, most: float, measure: str = "wall", unit: str = "s") -> Case:
    words = line.split()
    return Case(what, COMMAND.format(words=words, measure=measure, output=words[-1]), most, unit)


def warm(what: str, made: str, suffix: str, most: float, rounds: int = 3, most_bytes: float = 1.01) -> Case:
    return Case(what, START + WARM.format(made=made, suffix=suffix, rounds=rounds), most, most_bytes=most_bytes)


CASES = (
    command("conv … -o same.gif", "conv -i 5 -k 3 -p 1 -o same.gif", 0.6),
    command("conv … -o same.svg", "conv -i 5 -k 3 -p 1 -o same.svg", 0.5),
    command("conv … --still 12 -o same.png", "conv -i 5 -k 3 -p 1 --still 12 -o same.png", 0.5),
    command("explain conv …", "explain conv -i 5 -k 3 -p 1", 0.5),
    command("the guide's fifteen, two jobs, processor", "gallery guide.toml --jobs 2 -o all", 0.55, "used.ru_utime"),
    command("smooth GIF", "conv -i 5 -k 3 -p 1 --motion smooth -o smooth.gif", 0.65),
    command("GIF with numbers, 960 px", "conv -i 5 -k 3 -p 1 --values --width 960 -o numbers.gif", 0.65),
    command("GIF with channels", "conv -i 8 -k 3 -p 1 --in-channels 3 --out-channels 2 -o channels.gif", 0.65),
    warm("SVG, warm: plain", "animate(Conv(5, 3, padding=1))", "svg", 0.3),
    warm("SVG, warm: numbers", "animate(Conv(5, 3, padding=1), values=True)", "svg", 0.3),
    warm("SVG, warm: channels, 256 steps", f"animate({CHANNELS})", "svg", 0.3, 1),
    warm("one still as SVG, warm: plain", "animate(Conv(5, 3, padding=1), still=3)", "svg", 0.45, 15),
    warm("one still as SVG, warm: numbers", "animate(Conv(5, 3, padding=1), values=True, still=3)", "svg", 0.35, 9),
    warm("HTML with channels", f"animate({CHANNELS})", "html", 0.35, 1),
    warm("MP4", "animate(Conv(5, 3, padding=1))", "mp4", 0.7, most_bytes=1.03),
    warm("animated PNG, 25 frames", "animate(Conv(5, 3, padding=1))", "png", 0.6),
    command("memory of one GIF", "conv -i 5 -k 3 -p 1 -o same.gif", 0.65, "used.ru_maxrss / 1024", "MB"),
    warm("SVG of 224×224, 960 px", "animate(Conv(224, 3), width=960, still=0)", "svg", 0.05, 1),
)


@contextmanager
def checked_out(base: str) -> Iterator[Path]:
    """Yield a folder that holds another commit."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "base"
        subprocess.run(["git", "worktree", "add", "--detach", folder, base], cwd=ROOT, check=True, capture_output=True)
        try:
            yield folder
        finally:
            subprocess.run(["git", "worktree", "remove", "--force", folder], cwd=ROOT, check=True)


def measured(case: Case, source: Path, folder: Path) -> tuple[float, int]:
    """Return the figure and the bytes of one run on the code in a folder."""
    folder.mkdir(exist_ok=True)
    tables = [f"[[animation]]\nname = '{name}'\npreset = '{name}'\n" for name in GUIDE_PRESETS]
    (folder / "guide.toml").write_text("\n".join(tables), encoding="utf-8")
    surroundings = {**os.environ, "PYTHONPATH": str(source)}
    done = subprocess.run(
        [sys.executable, "-c", case.program], cwd=folder, env=surroundings, capture_output=True, text=True, check=True
    )
    figure, size = done.stdout.split()
    return float(figure), int(size)


def main() -> None:
    base = sys.argv[1]
    rows, holds = [], True
    print(f"{'against ' + base:42}{'before':>10}{'now':>10}{'ratio':>8}{'most':>7}{'noise':>8}{'bytes':>8}")
    with checked_out(base) as other, tempfile.TemporaryDirectory() as name:
        for case in CASES:
            turns = [
                [measured(case, source, Path(name) / side) for side, source in (("before", other), ("now", ROOT))]
                for _ in range(ROUNDS)
            ]
            before, now = ([turn[side][0] for turn in turns] for side in (0, 1))
            sizes = [max(turn[side][1] for turn in turns) for side in (0, 1)]
            ratio = median(now) / median(before)
            low, _, high = quantiles(before, n=4) if ROUNDS > 1 else before * 3
            noise, size = (high - low) / median(before), sizes[1] / sizes[0] if sizes[0] else 1.0
            kept = ratio <= case.most and size <= case.most_bytes
            holds &= kept
            rows.append({"what": case.what, "ratio": ratio, "most": case.most, "noise": noise, "bytes": size})
            figures = f"{median(before):>8.3f} {case.unit:2}{median(now):>7.3f} {case.unit:2}"
            print(
                f"{case.what:42}{figures}{ratio:>7.2f}{case.most:>7.2f}{noise:>8.1%}{size:>8.3f}"
                f"{'' if kept else '  MORE'}",
                flush=True,
            )
    (ROOT / "bench_base.json").write_text(json.dumps({"base": base, "rows": rows}, indent=2) + "\n")
    if not holds:
        sys.exit(1)


if __name__ == "__main__":
    main()
