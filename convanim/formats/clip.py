"""The input of an encoder: pictures as pixels or as shapes, their times, and texts that describe them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from convanim.base.language import ENGLISH
from convanim.base.records import dataclass
from convanim.motion.timeline import Timeline
from convanim.render.theme import RGB, Theme
from convanim.views.scene import Scene, Shapes, Texts

if TYPE_CHECKING:
    from convanim.render.layout import Layout

Pixels = NDArray[np.uint8]
"""An array of shape (height, width, 4): red, green, blue, opacity."""

Report = Callable[[float], object]
"""A callback for progress; its argument is the fraction of the work that is done."""

T = TypeVar("T")


def reported(things: Iterable[T], count: int, report: Report) -> Iterator[T]:
    """Yield ``count`` things, and report progress after the work on each of them."""
    for number, thing in enumerate(things, 1):
        yield thing
        report(number / count)


def share(report: Report, number: int, count: int) -> Report:
    """Return a callback for the progress of share ``number``, from 0, of ``count`` equal shares of the work."""
    return lambda part: report((number + part) / count)


def silent(part: float) -> None:
    """Ignore the progress."""


@dataclass(frozen=True)
class Clip:
    """Pictures in order, with their durations.

    Attributes
    ----------
    width, height : int
        Of each picture, in pixels.
    frames : callable
        Returns an iterator over all pictures, (height, width, 4) arrays of bytes.
    samples : callable
        Returns an iterator over some pictures, spread evenly.
    durations : tuple of int
        Milliseconds of each frame.
    plays : int
        How often it plays; 0 means for ever.
    flat : tuple of RGB
        Colours that must be kept exactly.
    page : RGB or None
        The likely background of a transparent picture; None for an opaque one.
    rate : int or None
        Frames per second if anything glides; None if everything jumps.
    told : Told or None
        Texts for the file, if its format can hold them.
    report : callable
        Callback for progress.
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
        """Return an iterator over all pictures that reports progress after each of them."""
        return reported(self.frames(), len(self.durations), self.report)


def _is_at_work(moment: Shapes) -> bool:
    """Return whether a kernel is at work in the shapes of a step."""
    return any(getattr(shape, "shaded", False) for shape in moment)


def _makes_zeros(moment: Shapes) -> bool:
    """Return whether all numbers that a step makes are zeros."""
    texts = [shape for shape in moment if isinstance(shape, Texts)]
    made = {word for text in texts if text.key is not None and text.key.what == "made" for word in text.words}
    return made == {"0"}


@dataclass(frozen=True)
class Question:
    """What an exercise asks about a step.

    Attributes
    ----------
    said : str
        A sentence about the step, without its value.
    value : str
        The value, as it is written.
    decimals : int or None
        The most decimals of the value; None for a whole number.
    hint : str
        How the value comes about, without numbers of the step.
    """

    said: str
    value: str
    decimals: int | None
    hint: str


@dataclass(frozen=True, eq=False)
class Told:
    """Texts that describe an animation, and its plan as data.

    Attributes
    ----------
    title : str
        A short title.
    alt : str
        What happens, for people who cannot see it.
    step : callable
        Maps the number of a step to a sentence about it.
    sum : callable
        Maps the number of a step to the sum that it computes, written out in
        numbers; empty if there are none.
    data : callable
        Returns the plan, ready for JSON.
    asked : callable or None
        Maps the number of a step to what an exercise asks about it; None
        unless it is an exercise.
    command : str
        The command that draws it, on one line; empty if none does.
    language : str
        The language of these texts and of the words in the picture.
    is_written : bool
        Whether the picture bears the sentences about its steps itself.
    """

    title: str
    alt: str
    step: Callable[[int], str]
    sum: Callable[[int], str]
    data: Callable[[], dict[str, Any]]
    asked: Callable[[int], Question] | None = None
    command: str = ""
    language: str = ENGLISH
    is_written: bool = False


@dataclass(frozen=True, eq=False)
class Film:
    """A scene with its colours, places and times, for files that hold shapes.

    Attributes
    ----------
    scene : Scene
        The scene to draw.
    theme : Theme
        Its colours.
    layout : Layout
        Its sizes and places.
    timeline : Timeline
        The steps that are shown, and when.
    transparent : bool
        Whether to leave the background out.
    told : Told
        Texts that describe it.
    report : callable
        Callback for progress.
    has_ids : bool
        Whether a file that can gives its shapes ids and classes.
    """

    scene: Scene
    theme: Theme
    layout: Layout
    timeline: Timeline
    transparent: bool
    told: Told
    report: Report = silent
    has_ids: bool = False

    @cached_property
    def poster(self) -> int:
        """The step to show where nothing moves: the last one with a kernel at work, that makes no zero if one does."""
        steps = self.timeline.steps
        last: int | None = None
        for step in reversed(steps):
            moment = self.scene.moment(step)
            if _is_at_work(moment):
                last = step if last is None else last
                if not _makes_zeros(moment):
                    return step
        return steps[-1] if last is None else last
