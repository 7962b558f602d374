"""What a picture shows at one step, read back from its shapes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

import numpy as np
from matplotlib.path import Path

from convanim.canvas.text import word_outline
from convanim.scene import Cells, Lines, Points, Scene, Shapes, Texts
from convanim.theme import find_theme
from convanim.values import MINUS
from convanim.views.plane import Plane

GUIDE = find_theme("guide")
Box = tuple[float, float, float, float]


@dataclass(frozen=True, eq=False)
class Word:
    """A word of a picture, in cells: what it says, what it says to stand on, and the corners around its ink."""

    text: str
    lowered: str
    at: tuple[float, float]
    corners: Points
    of: Texts
    tone: float | None = None

    @property
    def said(self) -> str:
        return f"{self.text}_{self.lowered}" if self.lowered else self.text


def shapes_at(scene: Scene, step: int) -> Shapes:
    """Return all that is drawn until a step shows, in order."""
    return (*scene.ground, *scene.marks(range(step + 1)), *scene.moment(step))


def words_of(shapes: Iterable[object]) -> list[Word]:
    """Return every word of some shapes, in drawing order."""
    found = []
    for shape in shapes:
        if isinstance(shape, Texts):
            lowered = shape.lowered or ("",) * len(shape.words)
            tones = [None] * len(shape.words) if shape.tones is None else shape.tones.tolist()
            rows = zip(shape.words, lowered, shape.places.tolist(), tones, strict=True)
            found += [Word(text, low, (x, y), _corners(shape, text, low, x, y), shape, tone) for text, low, (x, y), tone in rows]
    return [word for word in found if word.said]


def _corners(shape: Texts, text: str, lowered: str, x: float, y: float) -> Points:
    left, low, right, high = _extents(text, lowered, shape.face, shape.anchor)
    across, down = np.array(shape.across) * shape.size, np.array(shape.down) * shape.size
    ends = np.array([[left, -high], [right, -high], [right, -low], [left, -low]])
    corners: Points = ends[:, :1] * across + ends[:, 1:] * down + [x, y]
    return corners


@cache
def _extents(text: str, lowered: str, face: str, anchor: float) -> Box:
    """Return left, lower, right and upper end of a word's ink, for an em of 1, y upward."""
    vertices, codes = word_outline(text, lowered, face, anchor)
    if not len(vertices):
        return 0.0, 0.0, 0.0, 0.0
    box = Path(vertices, codes).get_extents()
    return float(box.x0), float(box.y0), float(box.x1), float(box.y1)


def standing(scene: Scene, step: int) -> list[Word]:
    """Return the words that can be seen at a step: the last at each place, unless a cell lies on it."""
    found: dict[tuple[float, float], Word] = {}
    for shape in shapes_at(scene, step):
        if isinstance(shape, Texts):
            found |= {(round(word.at[0], 6), round(word.at[1], 6)): word for word in words_of([shape])}
        elif isinstance(shape, Cells) and GUIDE.fill(shape.role, shape.shaded) is not None and found:
            places = np.array(list(found))
            hidden = np.zeros(len(places), bool)
            for quad in shape.quads:
                hidden |= within(quad, places)
            found = {place: word for (place, word), gone in zip(found.items(), hidden, strict=True) if not gone}
    return list(found.values())


def within(quad: Points, points: Points) -> np.ndarray:
    """Return which points lie inside a parallelogram."""
    sides = np.roll(quad, -1, axis=0) - quad
    ways = points[:, None] - quad
    turns = sides[:, 0] * ways[..., 1] - sides[:, 1] * ways[..., 0]
    inside: np.ndarray = (turns > 0).all(axis=1) | (turns < 0).all(axis=1)
    return inside


def depth(one: Points, other: Points) -> float:
    """Return by how much two parallelograms overlap, across the narrowest way out; 0 or less where they do not."""
    least = np.inf
    for shape in (one, other):
        for side in np.diff(shape[:3], axis=0):
            normal = np.array([-side[1], side[0]]) / (np.hypot(*side) or 1.0)
            a, b = one @ normal, other @ normal
            least = min(least, a.max() - b.min(), b.max() - a.min())
    return float(least)
