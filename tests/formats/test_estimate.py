"""Estimates of what a file takes, what is refused for it, and ways out that do."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from convanim import Animation, Conv, ConvanimError, animate
from convanim.formats import FORMATS
from convanim.formats.estimate import MOST_MEMORY, MOST_SECONDS

LAYERS = {"small": Conv(5, 3, padding=1), "many steps": Conv(40, 3)}

TOO_LONG: list[tuple[str, str, dict[str, Any]]] = [
    ("gif", "many steps", {"width": 4000, "steps": (0, 500)}),
    ("png", "many steps", {"width": 4000, "steps": (100, 600)}),
    ("webp", "many steps", {"width": 3000, "every": 2}),
    ("mp4", "small", {"width": 3840, "height": 2160, "motion": "smooth"}),
    ("webm", "small", {"height": 2160, "motion": "smooth", "step_time": 4.0}),
]


def refusal(animation: Animation, suffix: str) -> str:
    with pytest.raises(ConvanimError) as caught:
        animation.fitting_format("output", f"a.{suffix}", suffix)
    return str(caught.value)


def ways_out(said: str) -> list[dict[str, Any]]:
    """Return the looks that a refusal advises, each way by itself."""
    found = []
    for way in said.partition("; use ")[2].split(" or "):
        pairs = (part.split("=") for part in way.split(" and "))
        found.append({name: tuple(map(int, told.split(":"))) if ":" in told else int(told) for name, told in pairs})
    return found


@pytest.mark.parametrize(("suffix", "layer", "looks"), TOO_LONG, ids=[case[0] for case in TOO_LONG])
def test_what_takes_over_a_minute_is_refused_with_ways_that_do(suffix: str, layer: str, looks: dict[str, Any]) -> None:
    said = refusal(animate(LAYERS[layer], **looks), suffix)
    assert re.match(rf"output a\.{suffix}: takes about \d+ seconds, and at most {MOST_SECONDS} are; use ", said)
    ways = ways_out(said)
    assert {name for way in ways for name in way} >= {"steps", "every", *({"width", "height"} & set(looks))}
    for way in ways:
        assert animate(LAYERS[layer], **{**looks, **way}).fitting_format("output", f"a.{suffix}", suffix)


@pytest.mark.parametrize(("suffix", "looks"), [("mp4", {"width": 3600}), ("gif", {"width": 5300})])
def test_what_takes_too_much_memory_is_refused_with_a_width_that_does(suffix: str, looks: dict[str, Any]) -> None:
    said = refusal(animate(LAYERS["small"], steps=(0, 2), **looks), suffix)
    assert f"GB of memory at {looks['width']}×" in said
    (way,) = ways_out(said)
    assert way["width"] > looks["width"] / 2
    assert animate(LAYERS["small"], steps=(0, 2), **way).fitting_format("output", f"a.{suffix}", suffix)


def test_a_file_a_step_is_reckoned_with_all_its_files(tmp_path: Path) -> None:
    animation = animate(LAYERS["many steps"], width=2000)
    with pytest.raises(ConvanimError, match=r"takes about \d+ seconds"):
        animation.check(f"{tmp_path}/")
    animate(LAYERS["many steps"], width=2000, steps=(0, 20)).check(f"{tmp_path}/")


def test_what_slides_usually_show_is_not_refused() -> None:
    for suffix in FORMATS:
        for looks in ({}, {"motion": "smooth"}, {"width": 1920, "height": 1080, "motion": "smooth"}):
            assert animate(LAYERS["small"], **looks).fitting_format("output", f"a.{suffix}", suffix)


@pytest.mark.parametrize("suffix", FORMATS)
def test_more_is_more(suffix: str) -> None:
    few, many, wide = (
        animate(LAYERS["many steps"], **looks).effort(FORMATS[suffix])
        for looks in ({"steps": (0, 10)}, {"steps": (0, 100)}, {"steps": (0, 10), "width": 960})
    )
    assert few.seconds < many.seconds
    assert few.seconds <= wide.seconds
    assert few.memory <= wide.memory <= MOST_MEMORY
