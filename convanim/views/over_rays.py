"""Words in cells that rays cross, drawn again above these, since a line through a digit makes another of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from convanim.base.font import CAP_HEIGHT, width_of
from convanim.base.records import dataclass
from convanim.views.rays import within
from convanim.views.scene import STEPS_KEPT, Cells, Key, Lines, Points, Scene, Shape, Shapes, Texts
from convanim.views.sheet import CROSSES

_ABOVE = Key("above ray")
"""The key of words that are drawn again."""

_CLEAR = ("glass", "pin")
"""The roles of cells that hide nothing of what is written below them, or almost nothing."""

_AROUND = 1.05
"""The size of what is below a word, as a multiple of that of the word."""

_UNFILLED = ("padding", "idle")
"""The roles of cells that have no colour, so that the page is seen."""

_PAGE = "index"
"""A role with the colour of the page."""

_FLAT = 1e-9
"""The area below which a parallelogram holds nothing."""


@dataclass(frozen=True, eq=False)
class _Words:
    """Words in cells that can be seen among some shapes, and what these hide of other words below them.

    Attributes
    ----------
    texts : tuple of Texts
        The shape that each is part of.
    numbers : (n,) integers
        Its number among the words of that shape.
    places : (n, 2) array
        Its place.
    ways : (n, 2, 2) array
        A matrix each, which turns a way in the picture into one along the word and down, in cells.
    ends : (n, 2, 2) array
        Its left and upper end, and its right and lower one, along these.
    covers : (m, 4, 2) array
        The cells.
    crosses : tuple of tuple of Lines
        The crosses of cells among those shapes, for each word.
    """

    texts: tuple[Texts, ...]
    numbers: NDArray[np.int64]
    places: Points
    ways: Points
    ends: Points
    covers: Points
    crosses: tuple[tuple[Lines, ...], ...]

    @classmethod
    def of(cls, shapes: Shapes) -> _Words:
        """Return the words among some shapes, but for those that later ones hide."""
        found = [
            one.only(np.flatnonzero(~inside(_covers(shapes[place:]), one.places)).tolist())
            for place, one in enumerate(shapes)
            if isinstance(one, Texts) and one.on is not None
        ]
        crosses = tuple(one for one in shapes if isinstance(one, Lines) and one.role in CROSSES)
        ends = [_ends(one) for one in found]
        ways = [np.tile(np.linalg.inv(np.array([one.across, one.down]).T), (len(one.words), 1, 1)) for one in found]
        return cls(
            tuple(one for one in found for _ in one.words),
            np.concatenate([np.empty(0, np.int64), *(np.arange(len(one.words)) for one in found)]),
            np.concatenate([np.empty((0, 2)), *(one.places for one in found)]),
            np.concatenate([np.empty((0, 2, 2)), *ways]),
            np.concatenate([np.empty((0, 2, 2)), *ends]),
            _covers(shapes),
            tuple(crosses for one in found for _ in one.words),
        )

    @classmethod
    def joined(cls, parts: Sequence[_Words]) -> _Words:
        """Return the words of several, in order."""
        names = "numbers", "places", "ways", "ends", "covers"
        numbers, places, ways, ends, covers = (np.concatenate([getattr(one, name) for one in parts]) for name in names)
        texts = tuple(chain.from_iterable(one.texts for one in parts))
        crosses = tuple(chain.from_iterable(one.crosses for one in parts))
        return cls(texts, numbers, places, ways, ends, covers, crosses)

    def crossed(self, rays: Points) -> list[int]:
        """Return the numbers of the words that any of some rays, (m, 2, 2), crosses."""
        apart = rays[None] - self.places[:, None, None]
        own = np.einsum("nij,nmsj->nmsi", self.ways, apart)
        enter, leave = within(own, self.ends[:, None, 0], self.ends[:, None, 1])
        found: list[int] = np.flatnonzero(((enter < leave) & (leave > 0) & (enter < 1)).any(axis=1)).tolist()
        return found

    def again(self, number: int) -> Texts:
        """Return one of the words."""
        return replace(self.texts[number].only([int(self.numbers[number])]), key=_ABOVE)

    def below(self, number: int) -> Shapes:
        """Return what is below one of the words: the colour of its cell, and what a cross has there."""
        return (self._blank(number), *self._crossing(number))

    def _crossing(self, number: int) -> Shapes:
        """Return the parts of the cross of a cell that lie below a word of it."""
        found = []
        for one in self.crosses[number]:
            own = (one.segments - self.places[number]) @ self.ways[number].T
            enter, leave = within(own, *(_AROUND * self.ends[number]))
            enter, leave = enter.clip(0, 1), leave.clip(0, 1)
            if (enter < leave).any():
                start, way = one.segments[:, :1], np.diff(one.segments, axis=1)
                parts = start + way * np.stack([enter, leave], axis=1)[..., None]
                found.append(Lines(one.role, parts[enter < leave], key=_ABOVE))
        return tuple(found)

    def _blank(self, number: int) -> Cells:
        """Return what is below one of the words, in the colour of its cell: twice drawn, it would look bold."""
        said = self.again(number)
        (left, top), (right, bottom) = self.ends[number].tolist()
        corners = np.array([[left, top], [right, top], [right, bottom], [left, bottom]])
        quad = said.places[0] + _AROUND * corners @ np.array([said.across, said.down])
        role = _PAGE if said.on in _UNFILLED else said.on or ""
        return Cells(role, quad[None], said.shaded, said.strength, said.tones, said.tints, key=_ABOVE)


def _ends(texts: Texts) -> Points:
    """Return how far each word reaches from its place along the line and down, (n, 2, 2), in cells."""
    lowered = texts.lowered or ("",) * len(texts.words)
    wide = [width_of(word, texts.face, low) for word, low in zip(texts.words, lowered, strict=True)]
    across, down = np.array(wide) * texts.size, np.full(len(wide), CAP_HEIGHT / 2 * texts.size)
    found: Points = np.stack([-texts.anchor * across, -down, (1 - texts.anchor) * across, down], axis=1)
    return found.reshape(-1, 2, 2)


def _covers(shapes: Iterable[Shape]) -> Points:
    """Return the corners of the cells among some shapes, (n, 4, 2), which hide what is below them."""
    quads = [one.quads for one in shapes if isinstance(one, Cells) and one.role not in _CLEAR]
    return np.concatenate([np.empty((0, 4, 2)), *quads])


def above_rays(scene: Scene) -> Scene:
    """Return a scene with the words that rays cross above the rays of each step."""

    @lru_cache(None)
    def layer(number: int) -> _Words:
        return _Words.of(scene.ground if number < 0 else scene.marks(range(number, number + 1)))

    def drawn(number: int) -> Shapes:
        shapes = scene.moment(number)
        rays = {at: one.segments for at, one in enumerate(shapes) if isinstance(one, Lines) and one.role == "ray"}
        if not rays:
            return shapes
        layers = [layer(one) for one in range(-1, number + 1)]
        words = _Words.joined(layers)
        later = np.repeat(np.cumsum([len(one.covers) for one in layers]), [len(one.texts) for one in layers])
        covers = np.concatenate([words.covers, _covers(shapes)])
        crossed, behind = words.crossed(np.concatenate([*rays.values()])), max(rays) + 1
        seen = [one for one in crossed if not inside(covers[later[one] :], words.places[[one]]).any()]
        below, again = chain.from_iterable(map(words.below, seen)), map(words.again, seen)
        return (*below, *shapes[:behind], *again, *shapes[behind:])

    return replace(scene, moment=lru_cache(STEPS_KEPT)(drawn))


def is_above_ray(shape: Shape) -> bool:
    """Return whether a shape is a word that is written again above rays, or what is below it."""
    return shape.key is not None and shape.key.what == _ABOVE.what


def inside(quads: Points, places: Points) -> NDArray[np.bool_]:
    """Return a mask of the places, (n, 2), that lie in any of some parallelograms, (m, 4, 2)."""
    corner, sides = quads[:, 0], np.stack([quads[:, 1] - quads[:, 0], quads[:, 3] - quads[:, 0]], axis=2)
    solid = abs(np.linalg.det(sides)) > _FLAT
    ways = np.einsum("nij,nmj->nmi", np.linalg.inv(sides[solid]), places[None] - corner[solid][:, None])
    found: NDArray[np.bool_] = ((ways > 0) & (ways < 1)).all(axis=2).any(axis=0)
    return found
