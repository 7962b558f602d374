"""Which steps show, and when."""

from __future__ import annotations

import re
from typing import Any

import pytest

from convanim import ConvanimError
from convanim.timeline import FRAME_LIMIT, Timeline


def test_every_step_shows_for_a_second_and_the_last_one_longer_where_held() -> None:
    assert Timeline.of(3) == Timeline((0, 1, 2), (1000, 1000, 1000), 0)
    assert Timeline.of(3, step_time=0.25, hold=2, plays=1) == Timeline((0, 1, 2), (250, 250, 2250), 1)


@pytest.mark.parametrize(
    ("chosen", "every", "steps"),
    [((2, 5), 1, (2, 3, 4)), ((None, -1), 3, (0, 3, 6)), ((-2, None), 1, (8, 9)), ((4, 99), 2, (4, 6, 8))],
)
def test_steps_are_chosen_as_in_a_slice(chosen: Any, every: int, steps: tuple[int, ...]) -> None:
    assert Timeline.of(10, chosen, every).steps == steps


def test_a_still_counts_from_0_or_from_the_end() -> None:
    assert Timeline.still(25, 12).steps == (12,)
    assert Timeline.still(25, -1).steps == (24,)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"chosen": (5, 5)}, "steps 5:5: holds none of the 10 steps; use steps=0:10"),
        ({"every": 0}, "every 0: must be at least 1"),
        ({"every": 1.5}, "every 1.5: not a whole number"),
        pytest.param({"every": 10**5000}, "every out of range: much too large", id="huge"),
        ({"chosen": (0, 1, 2)}, r"steps \(0, 1, 2\): must be the first step"),
        ({"chosen": (0.5, 2)}, "steps 0.5: not a whole number"),
        ({"step_time": 0}, "step_time 0.0: must be between 0.02 and 300 seconds"),
        ({"step_time": float("nan")}, "step_time nan: not a finite number"),
        ({"step_time": float("inf")}, "step_time inf: not a finite number"),
        ({"hold": -1}, "hold -1.0: must be between 0 and 300 seconds"),
        ({"hold": "2"}, "hold '2': not a number"),
        ({"plays": -1}, "loop -1: must be between 0"),
    ],
)
def test_what_cannot_be_is_refused(values: dict[str, Any], message: str) -> None:
    with pytest.raises(ConvanimError, match=message):
        Timeline.of(10, **values)


@pytest.mark.parametrize("chosen", [(None, None), (5000, 11000), (None, None, 2)])
def test_too_many_frames_are_refused_with_ways_out_that_work(chosen: tuple[int | None, ...]) -> None:
    total, every = 12_000, 2 if len(chosen) == 3 else 1
    with pytest.raises(ConvanimError, match="frames, and at most 2000 are drawn; use steps=") as refusal:
        Timeline.of(total, (chosen[0], chosen[1]), every).refuse_too_many()
    first, last, fewer = (int(number) for number in re.findall(r"=(\d+):(\d+) or every=(\d+)", str(refusal.value))[0])
    assert first == (chosen[0] or 0)
    for timeline in (Timeline.of(total, (first, last), every), Timeline.of(total, (chosen[0], chosen[1]), fewer)):
        timeline.refuse_too_many()
        assert FRAME_LIMIT / 2 < len(timeline.steps) <= FRAME_LIMIT


def test_there_is_no_still_beyond_the_last_step() -> None:
    with pytest.raises(ConvanimError, match="still 25: no such step; there are 25, from 0 to 24"):
        Timeline.still(25, 25)
