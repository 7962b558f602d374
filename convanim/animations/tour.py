"""A tour of a layer: its stops as one scene, each with its words below, and when each shows."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from itertools import accumulate
from typing import Any

import numpy as np

from convanim.animations.fitting import Drawn
from convanim.animations.settings import SETTINGS
from convanim.animations.tour_parts import Ground
from convanim.animations.tour_stops import Stop, stops_of
from convanim.base.errors import ConvanimError
from convanim.base.options import one_of, whole
from convanim.base.records import dataclass
from convanim.formats.clip import Told
from convanim.formats.vtt import read_words
from convanim.motion.easing import EASINGS, Glide
from convanim.motion.timeline import MOTIONS, Playing, Timeline
from convanim.views.look import Look
from convanim.views.scene import Entry, Key, Scene, Shape, Shapes, Texts

MOST_TIME = 30_000
"""How long a tour takes at most, in milliseconds."""

_TICK = 100
"""All times are multiples of this many milliseconds, so that 10 frames a second are enough for a film."""

_GLIDE = 400
"""How long a smooth motion takes at most, in milliseconds."""

_SIDE, _ABOVE, _PITCH = 12.0, 1.4, 1.4
"""The margin beside the words in pixels, and the distance above their first line and between lines, in letters."""


@dataclass(frozen=True)
class Tour:
    """A drawing shown stop by stop.

    Attributes
    ----------
    drawn : Drawn
        The drawing.
    stops : tuple of Stop
        What is shown of it, in order.
    is_smooth : bool
        Whether what comes in moves to its place.
    height : int or None
        The requested height in pixels, if any.
    """

    drawn: Drawn
    stops: tuple[Stop, ...]
    is_smooth: bool = False
    height: int | None = None

    @property
    def look(self) -> Look:
        """How it is drawn."""
        return self.drawn.look

    @property
    def is_numeric(self) -> bool:
        """Whether numbers may appear outside the cells."""
        return self.drawn.is_numeric

    @property
    def are_weighted(self) -> bool:
        """Whether all its layers have weights."""
        return self.drawn.are_weighted

    @property
    def told_of_chips(self) -> tuple[str, ...]:
        """What a caption says of the weights in the corners of cells."""
        return self.drawn.told_of_chips

    def said_of_still(self, step: int) -> tuple[str, ...]:
        """Return nothing, since each stop has its words."""
        return ()

    @property
    def words(self) -> tuple[str, ...]:
        """The words of all stops."""
        return tuple(stop.words for stop in self.stops)

    def wish(self, across: float) -> int:
        """Return the preferred width in pixels of a picture that is ``across`` cells wide."""
        return self.drawn.wish(across)

    def looking(self, **changes: Any) -> Tour:
        """Return a copy with changes to its look."""
        return replace(self, drawn=self.drawn.looking(**changes))

    def scene(self, width: int | None) -> Scene:
        """Return its scene, with words that are legible at a width."""
        from convanim.render.layout import MARGIN, unit_of
        from convanim.render.legend_and_caption import text_size
        from convanim.render.text import wrapped

        base = self.drawn.scene(width)
        left, top, right, bottom = base.bounds
        wide = width or self.wish(right - left + 2 * MARGIN)
        letter = text_size(wide)
        lines = [wrapped(stop.phrases, " ", letter, wide - 2 * _SIDE) for stop in self.stops]
        below = _ABOVE + _PITCH * (max(map(len, lines)) - 1) + _PITCH / 2
        unit = unit_of(right - left, wide)
        if self.height is not None:
            # The drawing is smaller where height is scarce, but not its words.
            unit = max(1.0, min(unit, (self.height - below * letter) / (bottom - top + 2 * MARGIN)))
        size, middle = letter / unit, (left + right) / 2
        rows = [bottom + (_ABOVE + _PITCH * row) * size for row in range(max(map(len, lines)))]
        said = tuple(
            Texts(tuple(own), np.array([[middle, y] for y in rows[: len(own)]]), size, key=Key("told")) for own in lines
        )
        bounds = (left, top, right, bottom + below * size)
        return Scene.of(_Toured(base, self.stops, Ground(base.ground, self.drawn.sites), said, bounds, self.is_smooth))

    def timeline(self, total: int, playing: Playing) -> Timeline:
        """Return when each step of its scene shows; ``still`` counts stops.

        Raises
        ------
        ConvanimError
            If a number is out of range.
        """
        hold, hold_first, fps, plays = (
            SETTINGS[name].checked(getattr(playing, name)) for name in ("hold", "hold_first", "fps", "loop")
        )
        easing = one_of("easing", playing.easing, EASINGS)
        times = [time for stop in self.stops for time in stop.times]
        scale = min(1.0, MOST_TIME / sum(times))
        durations = [max(1, int(time * scale) // _TICK) * _TICK for time in times]
        durations[0] += round(hold_first * 1000)
        durations[-1] += round(hold * 1000)
        firsts = [0, *accumulate(len(stop.steps) for stop in self.stops)]
        stops = tuple((first, first + stop.shown) for first, stop in zip(firsts, self.stops, strict=False))
        glide = Glide(_GLIDE, fps, easing) if self.is_smooth else None
        made = Timeline(tuple(range(total)), tuple(durations), plays, glide, stops)
        if playing.still is None:
            return made
        one = Timeline.still(len(stops), playing.still)
        return replace(one, steps=(stops[one.steps[0]][1],))

    def told(self, told: Told) -> Told:
        """Return a description whose sentences about steps are the words of their stops."""
        said = [stop.words for stop in self.stops for _ in stop.steps]
        return replace(told, step=lambda number: said[number], sum=lambda number: "", is_written=True)


def tour_of(drawn: Drawn, playing: Playing, height: int | None) -> Tour:
    """Return the tour of a drawing for a height in pixels, in the user's words if there are any.

    Raises
    ------
    ConvanimError
        If those words are not of as many stops, or cannot be read.
    """
    is_smooth = one_of("motion", playing.motion, MOTIONS) == "smooth"
    # A tour tells of one layer after the other.
    drawn = replace(drawn, plan=drawn.plan.walking(way="layers"))
    stops = tuple(stops_of(drawn, is_smooth))
    if playing.tour_words is not None:
        given = read_words("tour_words", str(playing.tour_words))
        if len(given) != len(stops):
            why = f"has words for {len(given)} stops, and this tour has {len(stops)}; write a .vtt of it and edit that"
            raise ConvanimError("tour_words", repr(str(playing.tour_words)), why)
        stops = tuple(replace(stop, phrases=(said,)) for stop, said in zip(stops, given, strict=True))
    return Tour(drawn, stops, is_smooth, None if height is None else whole("height", height))


@dataclass(frozen=True, eq=False)
class _Toured:
    """The scene of a tour: each of its steps is a step of another scene, or a part of its ground.

    Attributes
    ----------
    base : Scene
        The scene that is shown.
    stops : tuple of Stop
        What is shown of it, in order.
    parts : Ground
        Its ground, in parts.
    said : tuple of Texts
        The words of each stop.
    bounds : (left, top, right, bottom)
        The box around all of it, with the words.
    is_smooth : bool
        Whether what comes in moves to its place.
    """

    base: Scene
    stops: tuple[Stop, ...]
    parts: Ground
    said: tuple[Texts, ...]
    bounds: tuple[float, float, float, float]
    is_smooth: bool

    @cached_property
    def _shown(self) -> tuple[tuple[int, int], ...]:
        """The number of the stop, and the step of the base, that each step shows."""
        return tuple((number, step) for number, stop in enumerate(self.stops) for step in stop.steps)

    @property
    def steps(self) -> int:
        """The number of steps."""
        return len(self._shown)

    def ground(self) -> Shapes:
        """Return nothing: the ground comes part by part, and what is whole is left behind by the first window."""
        return ()

    @cached_property
    def _left(self) -> tuple[tuple[range, ...], ...]:
        """The steps of the base whose marks each step leaves behind; an example does not leave those before it."""
        found: list[tuple[range, ...]] = []
        done, example = 0, -1
        for number, step in self._shown:
            stop = self.stops[number]
            if stop.parts is not None or step < done:
                found.append(())
            elif stop.name == "window" and step > done:
                example = step
                found.append((range(step, step + 1),))
            else:
                found.append(_without(range(done, step + 1), example))
                done = step + 1
        return tuple(found)

    def marks(self, numbers: range) -> Shapes:
        """Return the marks that some steps leave behind: the whole ground, once it is whole, and those of the base."""
        shapes: list[Shape] = []
        for number in numbers:
            if number == self._first:
                shapes += self.base.ground
            for own in self._left[number]:
                shapes += self.base.marks(own)
        return tuple(shapes)

    @cached_property
    def _first(self) -> int:
        """The first step whose ground is whole."""
        return next(number for number, (stop, _) in enumerate(self._shown) if self.stops[stop].parts is None)

    def moment(self, number: int) -> Shapes:
        """Return the shapes that only one step shows, its words last."""
        at, step = self._shown[number]
        stop, base = self.stops[at], self.base.moment(step)
        if stop.parts is not None:
            following = self.stops[at + 1].parts if self.is_smooth else None
            shapes = self.parts.shown(stop.parts, base, following)
        elif stop.is_idle:
            shapes = self.parts.idle(base)
        else:
            shapes = base
        return (*shapes, self.said[at])

    def legend(self) -> tuple[Entry, ...]:
        """Return the entries of the legend."""
        return self.base.legend


def _without(numbers: range, one: int) -> tuple[range, ...]:
    """Return numbers in a row without one of them, as ranges that are not empty."""
    parts = (range(numbers.start, one), range(one + 1, numbers.stop)) if one in numbers else (numbers,)
    return tuple(filter(None, parts))
