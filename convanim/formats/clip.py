"""What an encoder is given: pictures in order and when they show, as pixels or as shapes, and what they say."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from convanim.motion.timeline import Timeline
from convanim.render.theme import RGB, Theme
from convanim.views.scene import Scene

if TYPE_CHECKING:
    from convanim.render.layout import Layout

Pixels = NDArray[np.uint8]
"""(height, width, 4): red, green, blue, opacity."""

Report = Callable[[float], object]
"""What is told, now and then, which part of the work is done, from 0 to 1."""

T = TypeVar("T")


def reported(things: Iterable[T], count: int, report: Report) -> Iterator[T]:
    """Yield things, of which there are so many, and tell of each when the work on it is done."""
    for number, thing in enumerate(things, 1):
        yield thing
        report(number / count)


def share(report: Report, number: int, count: int) -> Report:
    """Return what tells of one of several equal shares of the work, counted from 0."""
    return lambda part: report((number + part) / count)


def silent(part: float) -> None:
    """Tell nobody."""


@dataclass(frozen=True)
class Clip:
    """Pictures in order, and when they show.

    Attributes
    ----------
    width, height : int
        Of each picture, in pixels.
    frames : callable
        An iterator over all pictures, (height, width, 4) arrays of bytes.
    samples : callable
        An iterator over some, spread evenly.
    durations : tuple of int
        Milliseconds a frame.
    plays : int
        How often it plays; 0 is for ever.
    flat : tuple of RGB
        Colours that must come out exactly.
    page : RGB or None
        What a transparent picture most likely lies on, None for an opaque one.
    rate : int or None
        Frames a second while anything glides; None where all jumps.
    told : Told or None
        What the file says besides its pictures, where it can.
    report : callable
        What is told how far the work is.
    """

    width: int
    height: int
    frames: Callable[[], Iterator[Pixels]]
    samples: Callable[[], Iterator[Pixels]]
    durations: tuple[int, ...]
    plays: int
    flat: tuple[RGB, ...]
    page: RGB | None
    rate: int | None = None
    told: Told | None = None
    report: Report = silent

    def pictures(self) -> Iterator[Pixels]:
        """Return an iterator over all pictures that tells of each when the next one is asked for."""
        return reported(self.frames(), len(self.durations), self.report)


@dataclass(frozen=True, eq=False)
class Told:
    """What an animation says in words, and as data.

    Attributes
    ----------
    title : str
        A few words.
    alt : str
        What happens, for those who cannot see it.
    step : callable
        The number of a step of the scene to a sentence on it.
    sum : callable
        The number of a step to the sum that it computes, with its numbers;
        nothing where there are none.
    data : callable
        The plan, ready for JSON.
    """

    title: str
    alt: str
    step: Callable[[int], str]
    sum: Callable[[int], str]
    data: Callable[[], dict[str, Any]]


@dataclass(frozen=True, eq=False)
class Film:
    """A scene with its colours, places and times, for files that hold shapes.

    Attributes
    ----------
    scene : Scene
        What there is to see.
    theme : Theme
        Its colours.
    layout : Layout
        Its size and where everything goes.
    timeline : Timeline
        Which steps show, and when.
    transparent : bool
        Whether the background is left out.
    told : Told
        What it says in words.
    report : callable
        What is told how far the work is.
    """

    scene: Scene
    theme: Theme
    layout: Layout
    timeline: Timeline
    transparent: bool
    told: Told
    report: Report = silent

    @property
    def poster(self) -> int:
        """The step that stands for all where nothing moves: the last of them at which the kernel is at work."""
        steps = self.timeline.steps
        for step in reversed(steps):
            if any(getattr(shape, "shaded", False) for shape in self.scene.moment(step)):
                return step
        return steps[-1]
