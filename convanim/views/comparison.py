"""Join several scenes into one: each under a heading, running together, with bars of their costs below."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property, partial
from itertools import accumulate, pairwise

import numpy as np

from convanim.base.font import folded, width_of
from convanim.base.records import dataclass
from convanim.views.bars import Bars, box, colour_of
from convanim.views.headings import words
from convanim.views.scene import Entry, Lines, Points, Scene, Shape, Shapes
from convanim.words.costs import Fact

ARRANGEMENTS = {"side": "beside each other", "above": "one above the other"}
"""How the compared scenes are arranged, the default first."""

LEAST_ACROSS = 16.0
"""The least width of the whole in cells, so that few cells do not grow huge."""

_LEAST_SHARE = 0.6
"""The least room for a picture and its heading, as a fraction of an equal share."""

_GAP, _GAPS_IN_WIDTH = 1.6, 30
"""The least gap between two pictures in cells, and the most such gaps that fit into the total width."""

_MOST_LABEL = 0.34
"""The longest label before the bars, as a share of the width; longer titles are replaced by letters."""

_TITLE, _SWATCH = 1.2, 0.7
"""The size of a heading, and of the box before it, relative to other words."""

_LINE = 1.45
"""The distance between lines of words, in letter sizes."""

_AIR, _WIDER_AIR = 0.8, 1.6
"""The gap below a heading, and the one around dividing lines and above the bars, in letter sizes."""


@dataclass(frozen=True, eq=False)
class Part:
    """One of the compared scenes.

    Attributes
    ----------
    scene : Scene
        The scene.
    title, subtitle : str
        Its name, and a line about it.
    """

    scene: Scene
    title: str
    subtitle: str


def join(
    parts: Sequence[Part],
    facts: Sequence[Fact],
    arrange: str,
    letters: Callable[[float], float],
) -> Scene:
    """Return one scene made of several, with bars below if there are facts.

    All run together; a shorter one waits at its last step.

    Parameters
    ----------
    parts : sequence of Part
        The compared scenes.
    facts : sequence of Fact
        The amounts they are compared by, each in the order of the parts.
    arrange : str
        A key of `ARRANGEMENTS`.
    letters : callable
        A function from the width of the whole to the size of headings and labels, both in cells.
    """
    return Scene.of(_Drawing(tuple(parts), tuple(facts), arrange == "above", letters))


@dataclass(frozen=True)
class _Box:
    """The room for one scene: its heading takes ``head`` at the top, its picture the rest."""

    left: float
    top: float
    width: float
    height: float
    head: float

    @property
    def right(self) -> float:
        return self.left + self.width

    @property
    def bottom(self) -> float:
        return self.top + self.height


@dataclass(frozen=True)
class _Drawing:
    """Several scenes laid out in one picture."""

    parts: tuple[Part, ...]
    facts: tuple[Fact, ...]
    is_above: bool
    letters: Callable[[float], float]

    @property
    def steps(self) -> int:
        """The number of steps of the longest scene."""
        return max(part.scene.steps for part in self.parts)

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        return 0.0, 0.0, self.width, self.bars.bottom if self.facts else self.boxes[-1].bottom

    def ground(self) -> Shapes:
        shapes: list[Shape] = [shape for scene in self.scenes for shape in scene.ground]
        for number, (room, lines) in enumerate(zip(self.boxes, self._headings, strict=True)):
            y = room.top
            swatch = self._swatch * self._has_bars(number)
            if swatch:
                shapes += box(
                    colour_of(number), room.left, y + _LINE * _TITLE * self.size / 2, *[_SWATCH * self.size] * 2
                )
            for text, size, face in lines:
                left = room.left + swatch * (face == "bold")
                shapes.append(words(text, left, y + _LINE * size / 2, size, face, anchor=0.0))
                y += _LINE * size
        return (*shapes, Lines("pending", self._rules), *self.bars.shapes())

    def marks(self, numbers: range) -> Shapes:
        drawn = ((scene, range(numbers.start, min(numbers.stop, scene.steps))) for scene in self.scenes)
        return tuple(shape for scene, own in drawn if own for shape in scene.marks(own))

    def moment(self, number: int) -> Shapes:
        return tuple(shape for scene in self.scenes for shape in scene.moment(min(number, scene.steps - 1)))

    def legend(self) -> tuple[Entry, ...]:
        return tuple({key.label: key for scene in self.scenes for key in scene.legend}.values())

    @cached_property
    def scenes(self) -> tuple[Scene, ...]:
        """The scenes in place: each centred in its room, at the upper end below the headings."""
        found = []
        parts = zip(self.parts, self._sizes, self.boxes, strict=True)
        for number, (part, (wide, _), room) in enumerate(parts):
            left, top, _, _ = part.scene.bounds
            at = (room.left + (room.width - wide) / 2 - left, room.top + room.head - top)
            found.append(part.scene.placed(1.0, at, number))
        return tuple(found)

    @cached_property
    def bars(self) -> Bars:
        top = self.boxes[-1].bottom + _WIDER_AIR * self.size
        return Bars(self.facts, self._labels, 0.0, top, self.width, self.size)

    @property
    def _rules(self) -> Points:
        """Thin lines halfway between the scenes."""
        rules = []
        for one, other in pairwise(self.boxes):
            if self.is_above:
                y = (one.bottom + other.top) / 2
                rules.append([[0.0, y], [self.width, y]])
            else:
                x = (one.right + other.left) / 2
                rules.append([[x, one.top], [x, one.bottom]])
        return np.array(rules, float).reshape(-1, 2, 2)

    @cached_property
    def _sizes(self) -> tuple[tuple[float, float], ...]:
        """The width and height of each picture; cells of all have the same size."""
        bounds = (part.scene.bounds for part in self.parts)
        return tuple((right - left, bottom - top) for left, top, right, bottom in bounds)

    @cached_property
    def _rooms(self) -> tuple[float, ...]:
        """The width of the room of each picture."""
        wide = [own for own, _ in self._sizes]
        if self.is_above:
            return (max(LEAST_ACROSS, *wide),) * len(wide)
        least = max(LEAST_ACROSS, sum(wide)) * _LEAST_SHARE / len(wide)
        found = [max(own, least) for own in wide]
        lack = max(0.0, LEAST_ACROSS - sum(found)) / len(found)
        return tuple(own + lack for own in found)

    @cached_property
    def _gap(self) -> float:
        return max(_GAP, sum(self._rooms) / _GAPS_IN_WIDTH)

    @cached_property
    def width(self) -> float:
        """The width of the whole."""
        return self._rooms[0] if self.is_above else sum(self._rooms) + self._gap * (len(self.parts) - 1)

    @cached_property
    def size(self) -> float:
        """The size of the letters."""
        return self.letters(self.width)

    @cached_property
    def boxes(self) -> tuple[_Box, ...]:
        heads = [sum(_LINE * size for _, size, _ in lines) + _AIR * self.size for lines in self._headings]
        highs = [high for _, high in self._sizes]
        if self.is_above:
            air = 2 * _WIDER_AIR * self.size
            tops = accumulate((head + high + air for head, high in zip(heads, highs, strict=True)), initial=0.0)
            rows = zip(tops, heads, highs, strict=False)
            return tuple(_Box(0.0, top, self.width, head + high, head) for top, head, high in rows)
        lefts = accumulate((room + self._gap for room in self._rooms), initial=0.0)
        head, high = max(heads), max(highs)
        return tuple(_Box(left, 0.0, room, head + high, head) for left, room in zip(lefts, self._rooms, strict=False))

    @property
    def _swatch(self) -> float:
        """The room before a title for a box in the colour of its bars; 0 if there are none."""
        return 2 * _SWATCH * self.size if any(fact.has_bars for fact in self.facts) else 0.0

    def _has_bars(self, number: int) -> bool:
        """Whether one of the compared has bars, whose colour a box before its title shows."""
        return any(fact.has_bars and fact.amounts[number].number for fact in self.facts)

    @cached_property
    def _labels(self) -> tuple[str, ...]:
        """The labels before the bars: the titles, or letters where a title is too long."""
        titles = tuple(part.title for part in self.parts)
        if not self.facts or max(map(width_of, titles)) * self.size <= _MOST_LABEL * self.width:
            return titles
        return tuple("ABCDEFGHIJKLMNOPQRSTUVWXYZ"[: len(titles)])

    @cached_property
    def _headings(self) -> tuple[tuple[tuple[str, float, str], ...], ...]:
        """The lines above each picture, each with its size and font face."""
        found = []
        for part, label, room in zip(self.parts, self._labels, self._rooms, strict=True):
            title = part.title if label == part.title else f"{label}: {part.title}"
            large = _TITLE * self.size
            most = (room - self._swatch) / large
            lines = [(line, large, "bold") for line in folded(title, most, partial(width_of, face="bold"))]
            lines += [
                (line.removesuffix(" ·"), self.size, "regular") for line in folded(part.subtitle, room / self.size)
            ]
            found.append(tuple(line for line in lines if line[0]))
        return tuple(found)
