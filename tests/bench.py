"""Speed and size, measured on whole processes: prints a table and writes ``bench.json``.

Times are medians, and where a bound is a ratio both sides are measured in this run.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from convanim import Animation, Chain, Conv, ConvTranspose, Layer, animate
from convanim.animations.presets import GUIDE_PRESETS, PRESETS
from convanim.formats.gif import decode
from convanim.motion.timeline import Playing, Timeline
from convanim.places.gallery import read_gallery

ROOT = Path(__file__).parent.parent
GUIDE_BYTES: dict[str, int] = json.loads((ROOT / "tests" / "data" / "guide_bytes.json").read_text(encoding="utf-8"))
IMPORTS = "import matplotlib.figure, matplotlib.backends.backend_agg, imageio.v3"
COMMAND = [sys.executable, "-m", "convanim"]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT)}

Row = dict[str, Any]


def seconds(work: Callable[[], object], rounds: int) -> float:
    """Return the median time of some work."""
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return median(times)


def run(*command: str, cwd: Path) -> None:
    subprocess.run(command, cwd=cwd, check=True, capture_output=True, env=ENVIRONMENT)


def row(what: str, value: float, bound: float, unit: str = "", digits: int = 2) -> Row:
    return {"what": what, "value": round(value, digits + 2), "bound": bound, "unit": unit, "holds": value <= bound}


def whole_command(folder: Path) -> list[Row]:
    """One short animation from the command line, against the imports that it cannot do without."""
    draw = [*COMMAND, *["conv", "-i", "5", "-k", "3", "-p", "1", "--width", "395", "-o", "x.gif"]]
    imports, command = [], []
    for _ in range(11):
        imports.append(seconds(lambda: run(sys.executable, "-c", IMPORTS, cwd=folder), 1))
        command.append(seconds(lambda: run(*draw, cwd=folder), 1))
    return [
        row("command, 25 frames of 395 px / Python and its imports", median(command) / median(imports), 1.6),
        row("command, 25 frames of 395 px", median(command), 2, "s"),
    ]


def further_frames() -> list[Row]:
    """What one more frame costs to draw and encode, for a small input and for a large one."""

    def cost(size: int) -> float:
        layer = Conv(size, 3, padding=1)
        # The middle rows and columns, so that the window is moved in both.
        first = 0 if size == 5 else 31 * 64 + 20
        few, many = (animate(layer, width=400, steps=(first, first + count)) for count in (5, 25))
        few.encode("gif")
        differences = []
        for _ in range(15):
            base = seconds(lambda: few.encode("gif"), 1)
            differences.append((seconds(lambda: many.encode("gif"), 1) - base) / 20)
        return median(differences) * 1000

    small, large = cost(5), cost(64)
    return [
        row("a further frame of 400 px, 5×5", small, 5, "ms"),
        row("a further frame of 400 px, 64×64", large, 5, "ms"),
        row("64×64 / 5×5", large / small, 1.5),
    ]


def further_costs(*cases: tuple[Layer | Chain, int, dict[str, Any]]) -> list[float]:
    """Return the seconds that one more frame of each takes to draw and encode, from a step on, measured in turn.

    What else the machine does meanwhile slows all of them.
    """
    pairs, differences = [], [list[float]() for _ in cases]
    for layer, offset, looks in cases:
        count = min(20, animate(layer, **looks).scene.steps)
        few, many = (animate(layer, steps=(offset, offset + steps), **looks) for steps in (3, count))
        few.encode("gif")
        pairs.append((few, many, count - 3))
    for _ in range(15):
        for (few, many, more), found in zip(pairs, differences, strict=True):
            base = seconds(partial(few.encode, "gif"), 1)
            found.append((seconds(partial(many.encode, "gif"), 1) - base) / more)
    return [*map(median, differences)]


def cost_ratio(*cases: tuple[Layer | Chain, int, dict[str, Any]]) -> float:
    """Return what one more frame of the first of two costs, against the second."""
    one, other = further_costs(*cases)
    return one / other


def frames_with_numbers() -> list[Row]:
    """What a further frame costs where numbers show, against the bare oblique view of the same layer and width."""

    conv, up, stack = Conv(5, 3, padding=1), ConvTranspose(4, 3, stride=2), Chain([Conv(7, 3), Conv(5, 3)])
    causal = Chain([Conv((16,), 2, padding="causal", dilation=dilation) for dilation in (1, 2, 4, 8)])
    separable = PRESETS["separable_sobel"].layer
    cases: list[tuple[str, Layer | Chain, int, dict[str, Any], Layer | Chain]] = [
        ("oblique with numbers, 480 px", conv, 480, {"values": True}, conv),
        ("oblique with numbers, 960 px", conv, 960, {"values": True}, conv),
        ("flat, 960 px", conv, 960, {"view": "flat"}, conv),
        ("flat with letters, 960 px", conv, 960, {"view": "flat", "labels": "letters"}, conv),
        ("stamps, 960 px", up, 960, {"method": "scatter"}, up),
        ("overlap, 960 px", up, 960, {"overlap": True}, up),
        ("separable, 960 px", separable, 960, {}, Conv(6, 3)),
        ("chain, oblique with numbers, 640 px", stack, 640, {"values": True}, stack),
        ("chain, flat, 960 px", stack, 960, {"view": "flat"}, stack),
        ("line, 960 px", causal, 960, {}, causal),
    ]
    return [
        row(
            f"a frame / the bare oblique view: {name}",
            cost_ratio(
                (layer, 0, {"width": width, **looks}),
                (bare, 0, {"width": width, "view": "oblique", "values": False, "caption": False}),
            ),
            # With numbers the oblique view also draws the sum of each step, of which the bare one has nothing.
            2.5 if looks.get("values") else 2,
        )
        for name, layer, width, looks, bare in cases
    ]


def frames_with_channels() -> list[Row]:
    """What a further frame costs with many channels and cells, against one with few, at the same width."""
    few = Conv(8, 3, padding=1, in_channels=4, out_channels=8)
    many = Conv(28, 3, padding=1, in_channels=64, out_channels=128)
    # The middle of the picture, so that the window is moved on real cells.
    first = 14 * 28 + 5
    ratio = cost_ratio((many, first, {"width": 960}), (few, 0, {"width": 960}))
    return [row("a frame of 64 → 128 channels, 28×28 / of 4 → 8, 8×8, 960 px", ratio, 2)]


def sizes(folder: Path) -> list[Row]:
    """The guide's fifteen: bytes against the guide's files, what gifsicle still finds, and fidelity."""
    ratios, finds, errors, flickers, wrong, total = [], [], [], 0, 0, 0
    for name in GUIDE_PRESETS:
        animation = animate(PRESETS[name].layer, classic=True)
        path = animation.save(folder / f"{name}.gif")
        total += path.stat().st_size
        ratios.append(path.stat().st_size / GUIDE_BYTES[name])
        if shutil.which("gifsicle"):
            packed = subprocess.run(["gifsicle", "-O3", path], capture_output=True, check=True).stdout
            finds.append(1 - len(packed) / path.stat().st_size)
        error, flicker, off = fidelity(animation, path.read_bytes())
        errors.append(error)
        flickers += flicker
        wrong += off
    found = [row("what gifsicle -O3 still finds, at most", max(finds), 0.06)] if finds else []
    return [
        row("bytes / the guide's file, at most", max(ratios), 0.6),
        row("bytes of all fifteen / the guide's", total / sum(GUIDE_BYTES.values()), 0.6),
        row("bytes of all fifteen", total / 1e6, 2.04, "MB"),
        *found,
        row("mean error against the drawn frames, at most", max(errors), 0.5, "of 255"),
        row("pixels of flat colours that are not exact", wrong, 0, digits=0),
        row("pixels that stay in the drawing but flicker", flickers, 0, digits=0),
    ]


FORMS = {"gif": None, "png": 1.0, "webp": 1.0, "mp4": 0.5, "webm": None, "svg": None, "pdf": None, "html": None}
"""Every format by its suffix, and how large its file may be at most, as a part of the GIF."""

MEASURED = ("same_padding_no_strides", "numbers", "standard_convolution")
"""Entries of the gallery: one of the guide's, one with numbers, one with channels."""


def forms() -> list[Row]:
    """Bytes and seconds of each format, and what smooth motion costs in those that can hold it."""
    entries = {entry.name: entry for entry in read_gallery(ROOT / "gallery" / "gallery.toml")}
    rows = []
    for name in MEASURED:
        animation = entries[name].animation
        sizes: dict[str, int] = {}
        for suffix, most in FORMS.items():
            start = time.perf_counter()
            sizes[suffix] = len(animation.encode(suffix))
            taken = time.perf_counter() - start
            of = f"{name}, .{suffix}"
            rows.append(row(f"{of}: kB", sizes[suffix] / 1000, 10_000, "kB", digits=1))
            rows.append(row(f"{of}: seconds", taken, 30, "s"))
            if most is not None:
                rows.append(row(f"{of} / GIF", sizes[suffix] / sizes["gif"], most))
        if name in GUIDE_BYTES:
            rows.append(row(f"{name}, .svg / the guide's GIF", sizes["svg"] / GUIDE_BYTES[name], 0.1))
        smooth = replace(animation, timeline=Timeline.of(animation.scene.steps, Playing(motion="smooth")))
        for suffix in ("gif", "webp", "mp4", "svg"):
            times = len(smooth.encode(suffix)) / sizes[suffix]
            rows.append(row(f"{name}, .{suffix}, smooth / steps", times, 20, "times"))
    return rows


def fidelity(animation: Animation, content: bytes) -> tuple[float, int, int]:
    """Return mean error, flickering pixels and wrong flat pixels of an encoded animation."""
    drawn = np.stack([frame[..., :3] for frame in animation.frames()])
    pictures = decode(content)[0][..., :3]
    error = float(np.abs(pictures.astype(int) - drawn).mean())
    still = (drawn[1:] == drawn[:-1]).all(axis=-1)
    flicker = int(((pictures[1:] != pictures[:-1]).any(axis=-1) & still).sum())
    wrong = 0
    for role in ("padding", "input", "output"):
        for shaded in (False, True):
            fill = animation.theme.fill(role, shaded) or animation.theme.background
            flat = (drawn == np.array(fill)).all(axis=-1)
            wrong += int((pictures[flat] != np.array(fill)).any(axis=-1).sum())
    return error, flicker, wrong


def memory(folder: Path) -> list[Row]:
    """The most memory that a thousand frames take, in a process of their own."""
    draw = [*COMMAND, *["conv", "-i", "34", "-k", "3", "--width", "480", "--steps", "0:1000", "-o", "x.gif"]]
    program = (
        "import resource, subprocess, sys; subprocess.run(sys.argv[1:], check=True); "
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *draw], cwd=folder, check=True, capture_output=True, text=True, env=ENVIRONMENT
    )
    return [row("memory of 1000 frames of 480 px", int(done.stdout) / 1024, 500, "MB", digits=0)]


def guide_gallery(folder: Path) -> list[Row]:
    """All fifteen in one run of the gallery command with two jobs."""
    names = set(GUIDE_PRESETS)
    entries = [entry for entry in read_gallery(ROOT / "gallery" / "gallery.toml") if entry.name in names]
    tables = [f"[[animation]]\nname = '{entry.name}'\npreset = '{entry.source}'\n" for entry in entries]
    (folder / "guide.toml").write_text("\n".join(tables), encoding="utf-8")
    frames = sum(len(entry.animation.timeline.steps) for entry in entries)
    taken = seconds(lambda: run(*COMMAND, "gallery", "guide.toml", "-o", "all", "--jobs", "2", cwd=folder), 5)
    return [row(f"the guide's fifteen, {frames} frames, two jobs", taken, 4, "s")]


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        rows = [
            *whole_command(folder),
            *further_frames(),
            *frames_with_numbers(),
            *frames_with_channels(),
            *sizes(folder),
            *memory(folder),
            *guide_gallery(folder),
            *forms(),
        ]
    width = max(len(one["what"]) for one in rows)
    for one in rows:
        kept = "holds" if one["holds"] else "BROKEN"
        print(f"{one['what']:{width}}  {one['value']:>9} {one['unit']:7} at most {one['bound']:<5} {kept}")
    usage = resource.getrusage(resource.RUSAGE_SELF).ru_utime
    (ROOT / "bench.json").write_text(json.dumps({"rows": rows, "cpu_seconds": round(usage, 1)}, indent=2) + "\n")
    if not all(one["holds"] for one in rows):
        sys.exit(1)


if __name__ == "__main__":
    main()
