"""Which steps show, and when."""

from __future__ import annotations

import re
from typing import Any

import pytest

from convanim import ConvanimError
from convanim.motion.easing import EASINGS, eased
from convanim.motion.timeline import FRAME_LIMIT, Frame, Playing, Timeline
from tests.gathering import gathered


def test_every_step_shows_for_a_second_and_the_last_one_longer_where_held() -> None:
    assert Timeline.of(3) == Timeline((0, 1, 2), (1000, 1000, 1000), 0)
    assert Timeline.of(3, Playing(step_time=0.25, hold=2, loop=1)) == Timeline((0, 1, 2), (250, 250, 2250), 1)


@pytest.mark.parametrize(
    ("chosen", "every", "steps"),
    [((2, 5), 1, (2, 3, 4)), ((None, -1), 3, (0, 3, 6)), ((-2, None), 1, (8, 9)), ((4, 99), 2, (4, 6, 8))],
)
def test_steps_are_chosen_as_in_a_slice(chosen: Any, every: int, steps: tuple[int, ...]) -> None:
    assert Timeline.of(10, Playing(steps=chosen, every=every)).steps == steps


def test_a_still_counts_from_0_or_from_the_end() -> None:
    assert Timeline.still(25, 12).steps == (12,)
    assert Timeline.still(25, -1).steps == (24,)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"steps": (5, 5)}, "steps 5:5: holds none of the 10 steps; use steps=0:10"),
        ({"every": 0}, "every 0: must be at least 1"),
        ({"every": 1.5}, "every 1.5: not a whole number"),
        pytest.param({"every": 10**5000}, "every out of range: much too large", id="huge"),
        ({"steps": (0, 1, 2)}, r"steps \(0, 1, 2\): must be the first step"),
        ({"steps": (0.5, 2)}, "steps 0.5: not a whole number"),
        ({"step_time": 0}, "step_time 0.0: must be between 0.02 and 300 seconds"),
        ({"step_time": float("nan")}, "step_time nan: not a finite number"),
        ({"step_time": float("inf")}, "step_time inf: not a finite number"),
        ({"hold": -1}, "hold -1.0: must be between 0 and 300 seconds"),
        ({"hold": "2"}, "hold '2': not a number"),
        ({"loop": -1}, "loop -1: must be between 0"),
    ],
)
def test_what_cannot_be_is_refused(values: dict[str, Any], message: str) -> None:
    with pytest.raises(ConvanimError, match=message):
        Timeline.of(10, Playing(**values))


@pytest.mark.parametrize("chosen", [(None, None), (5000, 11000), (None, None, 2)])
def test_too_many_frames_are_refused_with_ways_out_that_work(chosen: tuple[int | None, ...]) -> None:
    total, every = 12_000, 2 if len(chosen) == 3 else 1
    with pytest.raises(ConvanimError, match="frames, and at most 2000 are drawn; use steps=") as refusal:
        Timeline.of(total, Playing(steps=(chosen[0], chosen[1]), every=every)).refuse_too_many()
    first, last, fewer = (int(number) for number in re.findall(r"=(\d+):(\d+) or every=(\d+)", str(refusal.value))[0])
    assert first == (chosen[0] or 0)
    offered = (Playing(steps=(first, last), every=every), Playing(steps=(chosen[0], chosen[1]), every=fewer))
    for timeline in (Timeline.of(total, playing) for playing in offered):
        timeline.refuse_too_many()
        assert FRAME_LIMIT / 2 < len(timeline.steps) <= FRAME_LIMIT


def test_there_is_no_still_beyond_the_last_step() -> None:
    with pytest.raises(ConvanimError, match="still 25: no such step; there are 25, from 0 to 24"):
        Timeline.still(25, 25)


def test_a_smooth_motion_rests_and_then_glides_within_each_step() -> None:
    timeline = Timeline.of(3, Playing(motion="smooth", fps=10))
    frames = timeline.frames
    assert [(frame.step, frame.to) for frame in frames] == [(0, 0), *[(0, 1)] * 4, (1, 1), *[(1, 2)] * 4, (2, 2)]
    assert [frame.duration for frame in frames] == [600, *[100] * 4, 600, *[100] * 4, 1000]
    parts = [frame.part for frame in frames[1:5]]
    assert parts == sorted(parts)
    assert all(0 < part < 1 for part in parts)


@gathered("fps", [1, 7, 24, 30, 60, 100])
@gathered("step_time", [0.02, 0.33, 1.0, 2.5])
def test_frames_take_the_time_of_their_steps(fps: int, step_time: float) -> None:
    timeline = Timeline.of(4, Playing(motion="smooth", fps=fps, step_time=step_time, hold=1, hold_first=0.5))
    for step, duration in zip(timeline.steps, timeline.durations, strict=True):
        assert sum(frame.duration for frame in timeline.frames if frame.step == step) == duration
    assert sum(timeline.durations) == round(4 * step_time * 1000) + 1500


def test_without_motion_every_step_is_one_frame() -> None:
    timeline = Timeline.of(3, Playing(hold_first=2))
    assert timeline.frames == (Frame(0, 0, 0.0, 3000), Frame(1, 1, 0.0, 1000), Frame(2, 2, 0.0, 1000))


@pytest.mark.parametrize("easing", EASINGS)
def test_a_way_begins_and_ends_where_it_should_and_never_goes_back(easing: str) -> None:
    ways = [eased(easing, number / 20) for number in range(21)]
    assert ways[0] == pytest.approx(0, abs=1e-6)
    assert ways[-1] == pytest.approx(1, abs=1e-6)
    assert ways == sorted(ways)


def test_a_linear_way_has_one_speed_and_an_eased_one_is_slow_at_both_ends() -> None:
    assert eased("linear", 0.3) == pytest.approx(0.3, abs=1e-6)
    assert eased("in-out", 0.1) < 0.05
    assert eased("in-out", 0.5) == pytest.approx(0.5, abs=1e-6)
    assert eased("in-out", 0.9) > 0.95


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"motion": "fast"}, "motion 'fast': unknown; choose steps or smooth"),
        ({"easing": "bounce"}, "easing 'bounce': unknown; choose in-out, out or linear"),
        ({"fps": 0}, "fps 0: must be between 1 and 100 frames a second"),
        ({"fps": 12.5}, "fps 12.5: not a whole number"),
        ({"hold_first": -1}, "hold_first -1.0: must be between 0 and 300 seconds"),
    ],
)
def test_motions_that_cannot_be_are_refused(values: dict[str, Any], message: str) -> None:
    with pytest.raises(ConvanimError, match=message):
        Timeline.of(10, Playing(**values))


def test_too_many_frames_of_a_smooth_motion_are_refused_with_ways_out_that_work() -> None:
    timeline = Timeline.of(400, Playing(motion="smooth", fps=25))
    with pytest.raises(ConvanimError, match=r"frames, and at most 2000 .* fewer fps or every") as refusal:
        timeline.refuse_too_many()
    last, every = (int(number) for number in re.findall(r"steps=0:(\d+).*every=(\d+)", str(refusal.value))[0])
    offered = Playing(steps=(0, last), motion="smooth"), Playing(every=every, motion="smooth")
    for other in (Timeline.of(400, playing) for playing in offered):
        other.refuse_too_many()
        assert len(other.frames) <= FRAME_LIMIT
