"""Which step shows when, for how long, and how often it all plays."""

from __future__ import annotations

from dataclasses import dataclass

from convanim.errors import ConvanimError
from convanim.options import LIMIT

FRAME_LIMIT = 2000
"""The most frames that one animation has."""

LEAST_STEP_TIME, MOST_STEP_TIME = 0.02, 600
"""Seconds; browsers slow down what is faster, and GIF cannot hold what is slower."""

_MOST_PLAYS = 65536


@dataclass(frozen=True)
class Timeline:
    """The frames of an animation.

    Attributes
    ----------
    steps : tuple of int
        The step that each frame shows.
    durations : tuple of int
        How long each frame shows, in milliseconds.
    plays : int
        How often it plays; 0 is for ever.
    """

    steps: tuple[int, ...]
    durations: tuple[int, ...]
    plays: int

    @classmethod
    def of(
        cls,
        total: int,
        chosen: tuple[int | None, int | None] = (None, None),
        every: int = 1,
        step_time: float = 1.0,
        hold: float = 0.0,
        plays: int = 0,
    ) -> Timeline:
        """Return the timeline of an animation with ``total`` steps.

        Parameters
        ----------
        total : int
            Number of steps.
        chosen : (int or None, int or None)
            First step and the one behind the last, as in a Python slice.
        every : int
            Show only every so many of the chosen steps.
        step_time : float
            Seconds that a step shows.
        hold : float
            Seconds that the last frame stays in addition.
        plays : int
            How often it plays; 0 is for ever.

        Raises
        ------
        ConvanimError
            If a number is out of range, no step is left, or more than `FRAME_LIMIT` are.
        """
        _check("every", every, 1, LIMIT, "")
        _check("step_time", step_time, LEAST_STEP_TIME, MOST_STEP_TIME, " seconds")
        _check("hold", hold, 0, MOST_STEP_TIME, " seconds")
        _check("loop", plays, 0, _MOST_PLAYS, " (0 is for ever)")
        steps = range(total)[slice(*chosen)][::every]
        if not steps:
            raise ConvanimError("steps", _slice(chosen), f"holds none of the {total} steps; use `steps=0:{total}`")
        if len(steps) > FRAME_LIMIT:
            raise ConvanimError(
                "steps",
                _slice(chosen),
                f"makes {len(steps)} frames, and at most {FRAME_LIMIT} are drawn; "
                f"use `steps=0:{FRAME_LIMIT}` or `every={-(-len(steps) * every // FRAME_LIMIT)}`",
            )
        durations = [round(step_time * 1000)] * len(steps)
        durations[-1] += round(hold * 1000)
        return cls(tuple(steps), tuple(durations), plays)

    @classmethod
    def still(cls, total: int, step: int) -> Timeline:
        """Return the timeline of one picture: a step counted from 0, or from the end if negative.

        Raises
        ------
        ConvanimError
            If there is no such step.
        """
        if not -total <= step < total:
            raise ConvanimError(
                "still", step, f"no such step; there are {total}, from 0 to {total - 1} (or -1 for the last)"
            )
        return cls((step % total,), (1000,), 1)


def _check(option: str, value: float, least: float, most: float, unit: str) -> None:
    if not least <= value <= most:
        raise ConvanimError(option, value, f"must be between {least} and {most}{unit}")


def _slice(chosen: tuple[int | None, int | None]) -> str:
    return ":".join("" if end is None else str(end) for end in chosen)
