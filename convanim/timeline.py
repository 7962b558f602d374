"""Which step shows when, for how long, and how often it all plays."""

from __future__ import annotations

from dataclasses import dataclass

from convanim.errors import ConvanimError
from convanim.options import number_of, whole

FRAME_LIMIT = 2000
"""The most frames that one file has."""

LEAST_STEP_TIME, MOST_TIME = 0.02, 300
"""Seconds; browsers slow down what is faster, and GIF cannot hold twice what is slower."""

MOST_PLAYS = 65536
"""GIF counts repeats in two bytes."""


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
            If a number is out of range or no step is left.
        """
        every = whole("every", every)
        step_time, hold = number_of("step_time", step_time), number_of("hold", hold)
        plays = whole("loop", plays)
        _check("every", every, 1, None, "")
        _check("step_time", step_time, LEAST_STEP_TIME, MOST_TIME, " seconds")
        _check("hold", hold, 0, MOST_TIME, " seconds")
        _check("loop", plays, 0, MOST_PLAYS, " (0 is for ever)")
        steps = range(total)[_slice(chosen)][::every]
        if not steps:
            raise ConvanimError(
                "steps",
                _spelled(chosen),
                f"holds none of the {total} steps; use `steps=0:{min(total, FRAME_LIMIT)}` or a part of it",
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
        step = whole("still", step)
        if not -total <= step < total:
            last = f"to {total - 1}, or -1 for the last"
            raise ConvanimError("still", step, f"no such step; there are {total}, from 0 {last}")
        return cls((step % total,), (1000,), 1)

    def refuse_too_many(self) -> None:
        """Raise where there are more frames than a file may have.

        Raises
        ------
        ConvanimError
            It offers the first steps, or fewer of them all.
        """
        count = len(self.steps)
        if count <= FRAME_LIMIT:
            return
        first, every = self.steps[0], self.steps[1] - self.steps[0]
        raise ConvanimError(
            "steps",
            f"{first}:{self.steps[-1] + 1}",
            f"makes {count} frames, and at most {FRAME_LIMIT} are drawn; use "
            f"`steps={first}:{first + FRAME_LIMIT * every}` or `every={every * -(-count // FRAME_LIMIT)}`",
        )


def _check(option: str, value: float, least: float, most: float | None, unit: str) -> None:
    if value < least or (most is not None and value > most):
        allowed = f"at least {least}" if most is None else f"between {least} and {most}"
        raise ConvanimError(option, value, f"must be {allowed}{unit}")


def _slice(chosen: object) -> slice:
    """Return the slice from a first step to the one behind the last; either may be None."""
    if not isinstance(chosen, tuple | list) or len(chosen) != 2:
        raise ConvanimError(
            "steps", repr(chosen), "must be the first step and the one behind the last, such as (0, 10)"
        )
    return slice(*(None if end is None else whole("steps", end) for end in chosen))


def _spelled(chosen: tuple[int | None, int | None]) -> str:
    return ":".join("" if end is None else str(end) for end in chosen)
