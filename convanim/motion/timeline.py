"""When and how long each step shows, the motion to the next step, and how often the animation plays."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import accumulate, pairwise

from convanim.base.errors import ConvanimError
from convanim.base.options import one_of, quoted, whole
from convanim.base.records import dataclass
from convanim.base.settings import setting, settings_of
from convanim.motion.easing import EASINGS, Glide

FRAME_LIMIT = 2000
"""The most frames in one file."""

LEAST_STEP_TIME, MOST_TIME = 0.02, 300
"""In seconds; browsers slow down shorter steps, and a GIF cannot hold a frame of more than twice the longest time."""

MOST_PLAYS = 65536
"""GIF counts repeats in two bytes."""

MOTIONS = {
    "steps": "the kernel jumps from place to place, as in the guide",
    "smooth": "it glides to its next place and rests there",
}
"""How the kernel moves."""

DEFAULT_FPS, MOST_FPS = 25, 100
"""Frames a second; GIF counts in hundredths of a second, and a frame at the default takes four of them."""

_GLIDE = 0.5
"""The fraction of the step time that the motion to the next step takes."""


@dataclass(frozen=True)
class Frame:
    """A picture of an animation.

    Attributes
    ----------
    step, to : int
        The step it shows, or the two steps that it lies between.
    part : float
        How far it is from ``step`` to ``to``, from 0 to less than 1.
    duration : int
        How long it shows, in milliseconds.
    """

    step: int
    to: int
    part: float
    duration: int


@dataclass(frozen=True, kw_only=True)
class Playing:
    """Which steps show, and how they play."""

    steps: tuple[int | None, int | None] = setting(
        (None, None), "Only steps A to B - 1, counted from 0; either may be left out.", metavar="A:B"
    )
    every: int = setting(1, "Show only every Nth of these steps.", least=1)
    still: int | None = setting(None, "One picture: step N, counted from 0; -1 is the last.", metavar="N")
    step_time: float = setting(1.0, "Seconds a step.", least=LEAST_STEP_TIME, most=MOST_TIME, unit=" seconds")
    hold: float = setting(0.0, "Seconds more for the last step.", least=0, most=MOST_TIME, unit=" seconds")
    hold_first: float = setting(0.0, "Seconds more for the first step.", least=0, most=MOST_TIME, unit=" seconds")
    motion: str = setting("steps", f"{' or '.join(MOTIONS)}: whether the kernel glides.", metavar="KIND")
    fps: int = setting(
        DEFAULT_FPS, "Frames a second of a smooth motion.", least=1, most=MOST_FPS, unit=" frames a second"
    )
    easing: str = setting(
        "in-out", f"How a smooth motion speeds up and slows down: {', '.join(EASINGS)}.", metavar="NAME"
    )
    loop: int = setting(0, "How often it plays; 0 is for ever.", least=0, most=MOST_PLAYS, unit=" (0 is for ever)")
    tour: bool = setting(
        False,
        "Show it as a teacher would: the input, the padding, the kernel, one window slowly, then faster.",
        more="Each stop has a line of words below the picture, and all take at most 30 seconds. Files with a page "
        "or a picture a step have one a stop.",
    )
    tour_words: str | None = setting(
        None,
        "The words of a tour, in place of its own: a .vtt of it that was edited, or a .txt with a line for each stop.",
        metavar="FILE",
    )
    exercise: bool = setting(
        False,
        "Ask for each value before it shows, in a page (.html).",
        more="Numbers are shown, and the output fills as its values are answered.",
    )


_SETTINGS = settings_of(Playing)


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
    glide : Glide or None
        The motion to the next step, within the time of each step; None if the kernel jumps.
    stops : tuple of (int, int)
        Of each stop of a tour, the number of its first frame among ``steps``,
        and of the one that stands for it in a still; empty for all others.
    """

    steps: tuple[int, ...]
    durations: tuple[int, ...]
    plays: int
    glide: Glide | None = None
    stops: tuple[tuple[int, int], ...] = ()

    @property
    def starts(self) -> tuple[int, ...]:
        """The start of each step and the end of the animation, in milliseconds."""
        return (0, *accumulate(self.durations))

    @property
    def glides(self) -> tuple[int, ...]:
        """How long the motion to the next step takes at the end of each, in milliseconds; short steps have less."""
        most = self.glide.duration if self.glide else 0
        return tuple(min(most, duration * 3 // 4) for duration in self.durations)

    def in_stops(self) -> Timeline:
        """Return the timeline of a tour with one picture a stop; any other stays as it is."""
        if not self.stops:
            return self
        firsts, shown = zip(*self.stops, strict=True)
        times = [self.starts[first] for first in (*firsts, len(self.steps))]
        durations = tuple(end - start for start, end in pairwise(times))
        return Timeline(tuple(self.steps[one] for one in shown), durations, self.plays)

    @property
    def frames(self) -> tuple[Frame, ...]:
        """All frames in order."""
        return tuple(self._frames())

    def _frames(self) -> Iterator[Frame]:
        shown = zip(self.steps, self.durations, self.glides, strict=True)
        for number, (step, duration, glide) in enumerate(shown):
            is_last = number + 1 == len(self.steps)
            parts = () if self.glide is None or is_last else replace(self.glide, duration=glide).parts()
            if not parts:
                yield Frame(step, step, 0.0, duration)
                continue
            tick = glide / (len(parts) + 1)
            ends = [round(duration - tick * left) for left in range(len(parts), -1, -1)]
            yield Frame(step, step, 0.0, ends[0])
            for part, (start, end) in zip(parts, pairwise(ends), strict=True):
                yield Frame(step, self.steps[number + 1], part, end - start)

    @classmethod
    def of(cls, total: int, playing: Playing | None = None) -> Timeline:
        """Return the timeline of an animation with ``total`` steps, by default with the usual settings.

        Raises
        ------
        ConvanimError
            If a number is out of range, or no step is left.
        """
        asked = playing or Playing()
        motion, easing = one_of("motion", asked.motion, MOTIONS), one_of("easing", asked.easing, EASINGS)
        every, step_time, hold, hold_first, fps, plays = (
            _SETTINGS[name].checked(getattr(asked, name))
            for name in ("every", "step_time", "hold", "hold_first", "fps", "loop")
        )
        steps = range(total)[_slice(asked.steps)][::every]
        if not steps:
            raise ConvanimError(
                "steps",
                _spelled(asked.steps),
                f"holds none of the {total} steps; use `steps=0:{min(total, FRAME_LIMIT)}` or a part of it",
            )
        if asked.still is not None:
            return cls.still(total, asked.still)
        durations = [round(step_time * 1000)] * len(steps)
        durations[0] += round(hold_first * 1000)
        durations[-1] += round(hold * 1000)
        glide = Glide(round(step_time * 1000 * _GLIDE), fps, easing) if motion == "smooth" else None
        return cls(tuple(steps), tuple(durations), plays, glide)

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
        """Raise an error if there are more frames than a file may have.

        Raises
        ------
        ConvanimError
            If there are too many; the message suggests only the first steps, or every nth.
        """
        each = 1 + (len(self.glide.parts()) if self.glide else 0)
        count = len(self.steps) * each - each + 1
        if count <= FRAME_LIMIT:
            return
        first, every, most = self.steps[0], self.steps[1] - self.steps[0], FRAME_LIMIT // each
        slower = ", fewer `fps`" if each > 1 else ""
        raise ConvanimError(
            "steps",
            f"{first}:{self.steps[-1] + 1}",
            f"makes {count} frames, and at most {FRAME_LIMIT} are drawn; use `steps={first}:{first + most * every}`"
            f"{slower} or `every={every * -(-len(self.steps) // most)}`",
        )


def _slice(chosen: object) -> slice:
    """Return the slice of steps for a (start, stop) pair; either may be None."""
    if not isinstance(chosen, tuple | list) or len(chosen) != 2:
        raise ConvanimError(
            "steps", quoted(chosen), "must be the first step and the one behind the last, such as (0, 10)"
        )
    return slice(*(None if end is None else whole("steps", end) for end in chosen))


def _spelled(chosen: tuple[int | None, int | None]) -> str:
    return ":".join("" if end is None else str(end) for end in chosen)
