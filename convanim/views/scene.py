"""A picture as shapes with roles, and words, in drawing order; lengths are in cells."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property, lru_cache
from math import inf, sqrt
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from convanim.base.language import kept
from convanim.base.records import dataclass

STEPS_KEPT = 256
"""The most steps whose shapes are cached."""

_SEARCHED = (0.45, 0.64, 0.93)
"""Where between its first and last step a scene is searched for its smallest letters, as shares of the way."""

Points = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Key:
    """Identifies what a shape shows, so that it can be matched across moments.

    Attributes
    ----------
    what : str
        Its kind, such as ``"cell"``, ``"window"``, ``"made"``, ``"ray"``, ``"kernel"``, ``"sum"`` or ``"word"``.
    of : tuple of int
        Identifies it among others of its kind.
    part : int
        The number of its picture among several joined ones.
    """

    what: str
    of: tuple[int, ...] = ()
    part: int = 0


@dataclass(frozen=True, eq=False)
class Cells:
    """Filled parallelograms.

    Attributes
    ----------
    role : str
        What they show; a theme gives the role a colour.
    quads : (n, 4, 2) array
        Corners in order, x to the right and y downward, in cells.
    shaded : bool
        Whether the kernel's shadow lies on them.
    strength : float
        The opacity of the colour over the background, from 0 to 1.
    tones : (n,) array or None
        The grey of each, from 0 for black to 1 for white, in place of the colour.
    tints : (n,) integers or None
        The number of each one's tint, which tells channels and groups apart.
    held : bool
        Whether they stay until the next step begins, however the kernel moves.
    key : Key or None
        Identifies what they show.
    cells : (n, 5) integers or None
        The data cell that each shows: site, channel, slice, row and column,
        with a site of -1 for none.
    is_within : bool
        Whether they lie within other cells, whose shadow is theirs too.
    """

    role: str
    quads: Points
    shaded: bool = False
    strength: float = 1.0
    tones: Points | None = None
    tints: Ints | None = None
    held: bool = False
    key: Key | None = None
    cells: Ints | None = None
    is_within: bool = False


@dataclass(frozen=True, eq=False)
class Lines:
    """Straight lines; a dash pattern starts anew on each.

    Attributes
    ----------
    role : str
        What they show; a theme gives the role a colour, a width and a dash.
    segments : (n, 2, 2) array
        Both ends, x to the right and y downward, in cells.
    held, key
        As in `Cells`.
    whole : (n, 2, 2) array or None
        The lines without gaps, where words make gaps in them.
    """

    role: str
    segments: Points
    held: bool = False
    key: Key | None = None
    whole: Points | None = None


@dataclass(frozen=True, eq=False)
class Texts:
    """Words of one size and colour that lie in a plane.

    Attributes
    ----------
    words : tuple of str
        The words.
    places : (n, 2) array
        The anchor point of each, at half the height of its capitals, in cells.
    size : float
        The size of the letters (an em), as a multiple of ``across`` and ``down``.
    on : str or None
        The role of the cells behind them, None for the page; with ``shaded``
        and ``strength`` it gives the colour that the letters must contrast with.
    face : str
        ``"regular"``, ``"bold"`` or ``"italic"``.
    across, down : (float, float)
        The directions along and down a line of text, in cells, y downward.
    lowered : tuple of str
        A subscript for each word; empty for none.
    anchor : float
        The fraction of a word that lies left of its place.
    tones : (n,) array or None
        The greys of the cells behind them, where those have any.
    tints : (n,) integers or None
        The tints of the cells behind them, where those have any.
    held, key
        As in `Cells`.
    """

    words: tuple[str, ...]
    places: Points
    size: float
    on: str | None = None
    shaded: bool = False
    strength: float = 1.0
    face: str = "regular"
    across: tuple[float, float] = (1.0, 0.0)
    down: tuple[float, float] = (0.0, 1.0)
    lowered: tuple[str, ...] = ()
    anchor: float = 0.5
    tones: Points | None = None
    tints: Ints | None = None
    held: bool = False
    key: Key | None = None

    def only(self, chosen: Sequence[int]) -> Texts:
        """Return some of the words, chosen by their indices."""
        return replace(
            self,
            words=tuple(self.words[number] for number in chosen),
            lowered=tuple(self.lowered[number] for number in chosen) if self.lowered else (),
            places=self.places[list(chosen)],
            tones=None if self.tones is None else self.tones[list(chosen)],
            tints=None if self.tints is None else self.tints[list(chosen)],
        )

    @property
    def is_mark(self) -> bool:
        """Whether it is the sign of an operation, which pictures do without where it would be small."""
        return self.key is not None and self.key.what == "mark"

    @property
    def em(self) -> float:
        """The size of the letters in cells of the picture."""
        return self.size * sqrt(abs(self.across[0] * self.down[1] - self.across[1] * self.down[0]))


Shape = Cells | Lines | Texts
Shapes = tuple[Shape, ...]


@dataclass(frozen=True, eq=False)
class Entry:
    """An entry of a legend.

    Attributes
    ----------
    label : str
        The meaning of the sample.
    sample : tuple of shapes
        The sample, within the square from (0, 0) to (1, 1), y downward.
    """

    label: str
    sample: Shapes


class Drawing(Protocol):
    """The parts of a scene, which a view draws from a plan."""

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """The left, top, right and bottom of all that is drawn."""

    @property
    def steps(self) -> int:
        """The number of steps."""

    def ground(self) -> Shapes:
        """Return the shapes that never change."""

    def marks(self, numbers: range) -> Shapes:
        """Return the marks that some steps leave behind."""

    def moment(self, number: int) -> Shapes:
        """Return the shapes that only one step shows."""

    def legend(self) -> tuple[Entry, ...]:
        """Return the entries of the legend."""


@dataclass(frozen=True, eq=False)
class Scene:
    """An animated picture, independent of its colours and its size in pixels.

    Attributes
    ----------
    bounds : (left, top, right, bottom)
        The box around everything that any step draws, in cells.
    steps : int
        The number of steps.
    ground : tuple of shapes
        The shapes that never change; drawn first.
    marks : callable
        A function from a range of steps to the shapes drawn at those steps that stay.
    moment : callable
        A function from a step number to the shapes that only that step shows; drawn last.
    entries : callable
        A function that returns the entries of the legend, which few pictures have.
    caption : tuple of str
        Phrases that describe the picture.
    lettering : float or None
        The size of the letters of both, in cells; None for the usual one of the picture's width.
    spare : callable
        A function from a step number to the height at the bottom that only other steps need.
    """

    bounds: tuple[float, float, float, float]
    steps: int
    ground: Shapes
    marks: Callable[[range], Shapes]
    moment: Callable[[int], Shapes]
    entries: Callable[[], tuple[Entry, ...]]
    caption: tuple[str, ...] = ()
    lettering: float | None = None
    spare: Callable[[int], float] = lambda number: 0.0

    @classmethod
    def of(cls, drawing: Drawing) -> Scene:
        """Return the scene of a drawing."""
        # A step is needed several times: for its letters, its colours, its picture, and the motion from it.
        marks, moment = lru_cache(STEPS_KEPT)(kept(drawing.marks)), lru_cache(STEPS_KEPT)(kept(drawing.moment))
        return cls(drawing.bounds, drawing.steps, drawing.ground(), marks, moment, drawing.legend)

    @cached_property
    def legend(self) -> tuple[Entry, ...]:
        """The legend."""
        return self.entries()

    @cached_property
    def least_text(self) -> float | None:
        """The size of the smallest letters in the drawing, in cells; None if there are none.

        Letters of one kind have the same size in every step, but not every
        step has every kind, so all that steps leave is searched, and what several show.
        """
        last = self.steps - 1
        sizes = [*_sizes(self.marks(range(self.steps)))]
        sizes += [em for step in {0, last} for em in _sizes(self.moment(step))]
        if sizes:
            sizes += [em for share in _SEARCHED for em in _sizes(self.moment(round(share * last)))]
        return min([*sizes, *_sizes(self.ground)], default=None)

    @property
    def least_at_first(self) -> float:
        """The size of the smallest letters of the first step, in cells, infinite if there are none.

        Those of all steps are no larger. Most scenes with letters that are too small show some there, before other
        steps are drawn to find them.
        """
        return min(_sizes((*self.ground, *self.moment(0))), default=inf)

    @property
    def mark(self) -> float | None:
        """The size of the sign of an operation, in cells; None if there is none."""
        marks = (shape.em for shape in self.moment(0) if isinstance(shape, Texts) and shape.is_mark)
        return next(marks, None)

    def left_by(self, steps: Iterable[int]) -> Iterator[Shapes]:
        """Yield, for ascending steps, the marks that each and the skipped steps before it leave behind."""
        drawn = 0
        for step in steps:
            yield self.marks(range(drawn, step + 1))
            drawn = step + 1

    def placed(self, scale: float, by: tuple[float, float], part: int = 0) -> Scene:
        """Return the same scene, scaled about its origin and then moved, as one part of several."""
        left, top, right, bottom = (scale * end + by[side % 2] for side, end in enumerate(self.bounds))
        return replace(
            self,
            bounds=(left, top, right, bottom),
            ground=_placed(self.ground, scale, by, part),
            marks=lambda numbers: _placed(self.marks(numbers), scale, by, part),
            moment=lambda number: _placed(self.moment(number), scale, by, part),
            spare=lambda number: scale * self.spare(number),
        )

    def alone(self, number: int) -> Scene:
        """Return the same scene as it is around a step that is shown alone."""
        left, top, right, bottom = self.bounds
        return replace(self, bounds=(left, top, right, bottom - self.spare(number)))

    def wordless(self) -> Scene:
        """Return the same scene without any words."""
        return replace(
            self,
            ground=_wordless(self.ground),
            marks=lambda numbers: _wordless(self.marks(numbers)),
            moment=lambda number: _wordless(self.moment(number)),
        )


def _sizes(shapes: Shapes) -> Iterator[float]:
    """Yield the sizes of letters in cells, but for signs of operations."""
    return (shape.em for shape in shapes if isinstance(shape, Texts) and not shape.is_mark)


def _placed(shapes: Shapes, scale: float, by: tuple[float, float], part: int) -> Shapes:
    return tuple(_placed_shape(shape, scale, by, part) for shape in shapes)


def _placed_shape(shape: Shape, scale: float, by: tuple[float, float], part: int) -> Shape:
    key = None if shape.key is None else replace(shape.key, part=part)
    if isinstance(shape, Cells):
        return replace(shape, quads=shape.quads * scale + by, key=key)
    if isinstance(shape, Lines):
        whole = None if shape.whole is None else shape.whole * scale + by
        return replace(shape, segments=shape.segments * scale + by, whole=whole, key=key)
    return replace(shape, places=shape.places * scale + by, size=shape.size * scale, key=key)


def _wordless(shapes: Shapes) -> Shapes:
    return tuple(shape for shape in shapes if not isinstance(shape, Texts))
