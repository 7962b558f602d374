"""A strip of bars: groups of amounts, each group on its own linear scale from 0, each bar in a colour of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from itertools import accumulate

import numpy as np

from convanim.base.font import width_of
from convanim.base.language import translated
from convanim.base.records import dataclass
from convanim.views.headings import words
from convanim.views.plane import Plane, Projection
from convanim.views.scene import Cells, Lines, Shape, Shapes
from convanim.views.tints import tint
from convanim.words.costs import Amount, Fact

_HIGH, _PITCH, _BETWEEN = 0.55, 1.35, 0.5
"""The height of a bar, the distance between lines, and the gap between groups, in letter sizes."""

_AIR, _WIDER_AIR = 0.6, 1.0
"""The gaps between label, bar and number, and before a ratio, in letter sizes."""

_LEAST_LENGTH = 0.4
"""The least length of the longest bar, as a share of the room; text after the bars is shortened for it."""


_TAILS: tuple[tuple[Callable[[Amount], str], bool], ...] = (
    (lambda amount: amount.named_sum, True),
    (lambda amount: amount.sum, True),
    (lambda amount: "", True),
    (lambda amount: "", False),
)
"""What follows an amount, and whether its ratio is shown, from the longest to the shortest form."""


@dataclass(frozen=True)
class Bars:
    """A strip of bars.

    Attributes
    ----------
    facts : sequence of Fact
        The groups of bars.
    labels : sequence of str
        The labels before the bars, the same in each group.
    left, top, width : float
        The position and width of the strip, in cells.
    size : float
        The size of its letters, in cells.
    """

    facts: Sequence[Fact]
    labels: Sequence[str]
    left: float
    top: float
    width: float
    size: float

    @property
    def bottom(self) -> float:
        """The lower end of the strip."""
        return self.top + (sum(map(self._high, self.facts)) - _BETWEEN) * self.size

    def _high(self, fact: Fact) -> float:
        """Return the height of a group with the gap below it: of one line where all amounts are equal."""
        return (1 if fact.is_same else len(self.labels) + 1) * _PITCH + _BETWEEN

    @property
    def start(self) -> float:
        """The x position where the bars begin."""
        return self.left + (max(map(width_of, self.labels)) + _AIR) * self.size

    def shapes(self) -> Shapes:
        """Return the bars with their labels and numbers."""
        shapes: list[Shape] = []
        tops = accumulate(map(self._high, self.facts), initial=0.0)
        for group, (fact, top) in enumerate(zip(self.facts, tops, strict=False)):
            y, heading = self.top + top * self.size, translated(fact.heading or fact.name)
            first = y + _PITCH / 2 * self.size
            shapes.append(words(heading, self.left, first, self.size, "bold", anchor=0.0))
            if fact.is_same:
                x = self.left + (width_of(heading, "bold") + _WIDER_AIR) * self.size
                own = fact.amounts[0]
                # Translators: An amount that all of the compared have: "9 each".
                each = translated("{amount} each", amount=own.said) if own.number else own.said
                shapes.append(words(each, x, first, self.size, anchor=0.0))
                continue
            rows = zip(self.labels, fact.amounts, self._tails[group], strict=True)
            for number, (label, amount, tail) in enumerate(rows, 1):
                middle = y + (number + 0.5) * _PITCH * self.size
                length = self._longest * _fraction(amount, fact)
                shapes.append(words(label, self.left, middle, self.size, anchor=0.0))
                shapes += self._bar(amount, middle, length, colour_of(number - 1))
                shapes += self._tail(tail, middle, self.start + length)
        return tuple(shapes)

    def _bar(self, amount: Amount, middle: float, length: float, role: str) -> Iterator[Shape]:
        if not length:
            return
        high = _HIGH * self.size
        yield from box(role, self.start, middle, length, high)
        ends = [self.start + length * end / amount.number for end in accumulate(amount.parts[:-1])]
        if ends:
            upright = [[[end, middle - high / 2], [end, middle + high / 2]] for end in ends]
            yield Lines("window", np.array(upright))

    def _tail(self, tail: tuple[str, str], middle: float, end: float) -> Iterator[Shape]:
        number, ratio = tail
        x = end + _AIR * self.size
        yield words(number, x, middle, self.size, "bold", anchor=0.0)
        if ratio:
            x += (width_of(number, "bold") + _WIDER_AIR) * self.size
            yield words(ratio, x, middle, self.size, anchor=0.0)

    @cached_property
    def _tails(self) -> list[list[tuple[str, str]]]:
        """The number and ratio after each bar, in the longest form that leaves room for the bars."""
        for sum_of, has_ratio in _TAILS:
            tails = [
                [
                    (f"{amount.said} {sum_of(amount)}".strip(), ratio if has_ratio else "")
                    for amount, ratio in zip(fact.amounts, fact.ratios, strict=True)
                ]
                for fact in self.facts
            ]
            if self._longest_beside(tails) >= _LEAST_LENGTH * self._room:
                break
        return tails

    @property
    def _room(self) -> float:
        return self.left + self.width - self.start

    @cached_property
    def _longest(self) -> float:
        """The length of the longest bar, the same in each group."""
        return self._longest_beside(self._tails)

    def _longest_beside(self, tails: list[list[tuple[str, str]]]) -> float:
        """Return how long the longest bar may be if these texts must fit after the bars."""
        longest = self._room
        for fact, group in zip(self.facts, tails, strict=True):
            for amount, tail in zip(fact.amounts, group, strict=True):
                if fraction := _fraction(amount, fact):
                    longest = min(longest, (self._room - _wide(tail) * self.size) / fraction)
        return max(longest, self.size)


def colour_of(number: int) -> str:
    """Return the role of the bars of one of the compared, and of the box before its name."""
    # The first tint is that of input.
    return tint(number + 1)


def box(role: str, left: float, middle: float, wide: float, high: float) -> Shapes:
    """Return a filled and outlined rectangle, given its left end and its middle height."""
    plane = Plane(1, 1, np.array([left, middle - high / 2]), Projection((wide, 0.0), (0.0, high)))
    return Cells(role, plane.quads(np.zeros((1, 2)))), Lines("window", plane.outline(0, 0, 1, 1))


def _fraction(amount: Amount, fact: Fact) -> float:
    """Return an amount as a fraction of the largest of its group; 0 where there are no bars."""
    return fact.has_bars * amount.number / max(1, *(other.number for other in fact.amounts))


def _wide(tail: tuple[str, str]) -> float:
    """Return the width of the text after a bar, in letter sizes."""
    number, ratio = tail
    return _AIR + width_of(number, "bold") + (_WIDER_AIR + width_of(ratio) if ratio else 0.0)
