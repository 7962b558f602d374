"""What a picture shows at one step, read back from its shapes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import cache, cached_property, lru_cache
from itertools import takewhile
from typing import Any, TypeVar

import numpy as np
from matplotlib.path import Path
from numpy.typing import NDArray

from convanim import ConvanimError
from convanim.plans import Plan
from convanim.plans.values import MINUS, spell
from convanim.render.text import word_outline
from convanim.render.theme import find_theme
from convanim.views import Look, View
from convanim.views.plane import FLAT, Plane
from convanim.views.scene import Cells, Key, Lines, Points, Scene, Shape, Shapes, Texts

T = TypeVar("T")
GUIDE = find_theme("guide")
CHIPS = ("kernel", "added", "index", "landing")
"""Roles of the small tiles in the corners of cells."""

Box = tuple[float, float, float, float]
Spot = tuple[float, float]
"""A place, rounded, so that two shapes at one place have the same."""


@dataclass(frozen=True, eq=False)
class Word:
    """A word of a picture.

    Attributes
    ----------
    text, lowered : str
        What it says, and its subscript.
    at : (float, float)
        Its place, in cells, rounded.
    exact : (float, float)
        Its place as the shape has it.
    of : Texts
        The shape that it belongs to.
    order : int
        Which shape of the picture that is.
    beds : tuple of int
        Which shapes are the cells that it lies on, the undermost first; none for the page.
    tone : float or None
        The grey that it says to stand on.
    """

    text: str
    lowered: str
    at: Spot
    exact: Spot
    of: Texts
    order: int = 0
    beds: tuple[int, ...] = ()
    tone: float | None = None

    @cached_property
    def corners(self) -> Points:
        """The corners, (4, 2), of the parallelogram around its ink, in cells."""
        left, low, right, high = _extents(self.text, self.lowered, self.of.face, self.of.anchor)
        across, down = np.array(self.of.across) * self.of.size, np.array(self.of.down) * self.of.size
        ends = np.array([[left, -high], [right, -high], [right, -low], [left, -low]])
        corners: Points = ends[:, :1] * across + ends[:, 1:] * down + self.exact
        return corners

    @property
    def said(self) -> str:
        """The word with its subscript behind a line."""
        return f"{self.text}_{self.lowered}" if self.lowered else self.text


def few(cases: Iterable[T], kinds: Callable[[Any], set[Any]]) -> list[T]:
    """Return a few cases in which every kind of case occurs."""
    left, found = {case: kinds(case) for case in cases}, list[T]()
    while any(left.values()):
        found.append(max(left, key=lambda case: len(left[case])))
        known = left[found[-1]]
        left = {case: own - known for case, own in left.items()}
    return found


def draws(view: View, planned: Plan) -> bool:
    """Return whether a view draws a plan: its number of axes and, for views that are not for all, what it is."""
    if planned.dims not in view.dims:
        return False
    if not view.is_partial:
        return True
    try:
        view.draw(planned, Look())
    except ConvanimError:
        return False
    return True


def all_over(count: int) -> list[int]:
    """Return the numbers of about ten of so many steps, the first and the last among them."""
    return sorted({*range(0, count, max(1, round(count / 9))), count - 1})


def shapes_at(scene: Scene, step: int) -> Shapes:
    """Return all that is drawn until a step shows, in order."""
    return (*scene.ground, *scene.marks(range(step + 1)), *scene.moment(step))


def spot(x: float, y: float) -> Spot:
    return round(x, 5) + 0.0, round(y, 5) + 0.0


def words_of(shape: Shape, order: int = 0) -> list[Word]:
    """Return the words of a shape, those that say something but for the sign of an operation."""
    if not isinstance(shape, Texts) or shape.is_mark:
        return []
    lowered = shape.lowered or ("",) * len(shape.words)
    tones = [None] * len(shape.words) if shape.tones is None else shape.tones.tolist()
    rows = zip(shape.words, lowered, shape.places.tolist(), tones, strict=True)
    return [
        Word(text, low, spot(x, y), (x, y), shape, order, tone=tone) for text, low, (x, y), tone in rows if text or low
    ]


@cache
def _extents(text: str, lowered: str, face: str, anchor: float) -> Box:
    """Return left, lower, right and upper end of a word's ink, for an em of 1, y upward."""
    vertices, codes = word_outline(text, lowered, face, anchor)
    # Control points of letters lie at most where the letters end.
    drawn = vertices[codes != Path.CLOSEPOLY]
    (left, low), (right, high) = drawn.min(axis=0).tolist(), drawn.max(axis=0).tolist()
    return left, low, right, high


def standing(shapes: Iterable[Shape]) -> list[Word]:
    """Return the words that can be seen in the end: the last at each place, unless a cell lies on it."""
    return list(_standing(tuple(shapes)))


# Most tests ask for the words of one step plane by plane.
@lru_cache(64)
def _standing(shapes: Shapes) -> tuple[Word, ...]:
    found: dict[Spot, Word] = {}
    for order, shape in enumerate(shapes):
        found |= {word.at: word for word in words_of(shape, order)}
    if not found:
        return ()
    words, places = list(found.values()), np.array(list(found))
    orders = np.array([word.order for word in words])
    beds: list[list[int]] = [[] for _ in words]
    hidden = np.zeros(len(words), bool)
    for order, shape in enumerate(shapes):
        if isinstance(shape, Cells):
            inside = within(shape.quads, places)
            if is_filled(shape):
                hidden |= inside & (order > orders)
            for number in np.flatnonzero(inside & (order < orders)).tolist():
                beds[number].append(order)
    return tuple(
        replace(word, beds=tuple(below))
        for word, below, gone in zip(words, beds, hidden.tolist(), strict=True)
        if not gone
    )


def is_filled(shape: Cells) -> bool:
    return shape.tones is not None or GUIDE.fill(shape.role, shape.shaded) is not None


def within(quads: Points, points: Points) -> NDArray[np.bool_]:
    """Return which points lie inside one of some parallelograms."""
    origin, across, down = quads[:, 0], quads[:, 1] - quads[:, 0], quads[:, 3] - quads[:, 0]
    way = points[:, None] - origin
    area = across[:, 0] * down[:, 1] - across[:, 1] * down[:, 0]
    right = (way[..., 0] * down[:, 1] - way[..., 1] * down[:, 0]) / area
    low = (way[..., 1] * across[:, 0] - way[..., 0] * across[:, 1]) / area
    inside = (right > 0) & (right < 1) & (low > 0) & (low < 1)
    found: NDArray[np.bool_] = np.any(inside, axis=1)
    return found


def depth(one: Points, other: Points) -> float:
    """Return how far a line or a parallelogram reaches into another; 0 or less where the two are apart."""
    across, down = np.concatenate([np.diff(shape[:3], axis=0) for shape in (one, other)]).T
    long = np.hypot(across, down)
    normals = np.array([-down, across])[:, long > 0] / long[long > 0]
    a, b = one @ normals, other @ normals
    reach = np.minimum(a.max(axis=0) - b.min(axis=0), b.max(axis=0) - a.min(axis=0))
    return float(reach.min(initial=np.inf))


def plane_of(quads: Points) -> Plane:
    """Return the plane, seen from above, that some cells of one size fill, or lie in."""
    (left, top), (right, bottom) = quads.min(axis=(0, 1)).tolist(), quads.max(axis=(0, 1)).tolist()
    side = float(np.ptp(quads[0, :, 0]))
    rows, columns = round((bottom - top) / side), round((right - left) / side)
    return Plane(rows, columns, np.array([left, top]), FLAT.scaled(side))


@cache
def sheets_of(scene: Scene) -> dict[tuple[int, ...], Plane]:
    """Return all grids of a picture from above that show cells of data, by site, channel and slice."""
    found: dict[tuple[int, ...], list[Points]] = {}
    resting = [shape for shape in scene.ground if isinstance(shape, Cells) and shape.key and shape.key.what == "cell"]
    for page, quads in [(shape.key.of, shape.quads) for shape in resting if shape.key]:
        # The input before zeros are inserted is smaller.
        if page[0] >= 0 and np.isclose(np.ptp(quads[0, :, 0]), 1):
            found.setdefault(page, []).append(quads)
    return {page: plane_of(np.concatenate(quads)) for page, quads in found.items()}


def sheet_of(scene: Scene, site: int, channel: int = 0, slice_: int = 0) -> Plane:
    """Return where a grid of a picture from above lies."""
    return sheets_of(scene)[site, channel, slice_]


def beside(shapes: Shapes, role: str) -> list[Plane]:
    """Return the grids of a picture from above that show no cells of data and have one role, such as kernels."""
    found = [shape for shape in shapes if isinstance(shape, Cells) and shape.role == role and shape.key is not None]
    return [plane_of(shape.quads) for shape in found if shape.cells is None or (shape.cells[:, 0] < 0).all()]


def cells_of(shapes: Shapes, what: str) -> set[tuple[int, ...]]:
    """Return the cells of data, by site, channel, slice, row and column, that shapes of a kind show."""
    found = [
        shape.cells
        for shape in shapes
        if isinstance(shape, Cells) and shape.key is not None and shape.key.what == what and shape.cells is not None
    ]
    return {tuple(cell) for cells in found for cell in cells.tolist() if cell[0] >= 0}


def in_cells(shapes: Shapes, plane: Plane, chips: bool = False) -> dict[tuple[int, int], Word]:
    """Return the words that can be seen in the cells of a plane, or on the chips there, by (row, column)."""
    words = [word for word in standing(shapes) if (word.of.on in CHIPS) is chips]
    if not words:
        return {}
    places = np.floor(plane.places(np.array([word.at for word in words])) + 1e-9).astype(int).tolist()
    return {
        (row, column): word
        for (row, column), word in zip(places, words, strict=True)
        if 0 <= row < plane.rows and 0 <= column < plane.columns
    }


def grid_of(found: dict[tuple[int, int], Word], plane: Plane) -> list[list[str]]:
    """Return what the cells of a plane say, row by row; nothing where they say nothing."""
    return [
        [found[row, column].said if (row, column) in found else "" for column in range(plane.columns)]
        for row in range(plane.rows)
    ]


def written(values: NDArray[Any]) -> list[list[str]]:
    """Return numbers as the cells of a plane should say them."""
    return [[spell(value, 2) for value in row] for row in np.atleast_2d(values).tolist()]


def places_of(shapes: Shapes, plane: Plane, role: str, shaded: bool) -> list[tuple[int, int]]:
    """Return which cells of a plane are drawn in a role, sorted."""
    found = [
        shape.quads.mean(axis=1)
        for shape in shapes
        if isinstance(shape, Cells) and shape.role == role and shape.shaded is shaded
    ]
    middles = plane.places(np.concatenate(found)) if found else np.empty((0, 2))
    rows = np.floor(middles).astype(int).tolist()
    return sorted((r, c) for r, c in rows if 0 <= r < plane.rows and 0 <= c < plane.columns)


def sum_line(scene: Scene, step: int) -> list[Word]:
    """Return the words of the lowest line that only this step shows, from left to right, and of lines before it."""
    rows: dict[float, list[Word]] = {}
    for word in standing(scene.moment(step)):
        rows.setdefault(round(word.at[1], 3), []).append(word)
    lines = (sorted(rows[height], key=lambda word: word.at[0]) for height in sorted(rows, reverse=True))
    last, *others = (line[is_name(line[0]) :] for line in lines)
    return [word for row in reversed([*takewhile(lambda row: row[-1].said == "+", others)]) for word in row] + last


def is_name(word: Word) -> bool:
    """Return whether a word names the row of a sum that it begins."""
    return word.of.key == Key("sum") and word.of.on is None and word.said[0].isalpha() and word.said[-1] not in "(:"


def said(line: list[Word]) -> str:
    return "".join(word.said for word in line)


def tiles(line: list[Word]) -> list[Word]:
    """Return the words of a line that stand on a cell."""
    return [word for word in line if word.of.on is not None]


def value(expression: str) -> float:
    """Return what one side of a sum line comes to; tiles that say nothing count as nothing."""
    text = expression.replace(MINUS, "-").replace("∞", "inf")
    if text.startswith("max"):
        return max(float(part) for part in text.removeprefix("max").strip(" ()").split(",") if part)
    text, _, divisor = text.partition("÷")
    text = re.sub(r"\++", "+", text.strip("() ")).strip("+")
    terms = re.findall(r"([+-]?[0-9.]+)(?:·(-?[0-9.]+))?", text)
    assert "".join(one + (f"·{other}" if other else "") for one, other in terms) == text.replace("+-", "-")
    return sum(float(one) * float(other or 1) for one, other in terms) / float(divisor or 1)


def counts(shapes: Shapes, shaded: bool | None = None) -> dict[str, int]:
    """Return how many cells there are of each role."""
    found: dict[str, int] = {}
    for shape in shapes:
        if isinstance(shape, Cells) and shaded in (None, shape.shaded):
            found[shape.role] = found.get(shape.role, 0) + len(shape.quads)
    return found


def lines(shapes: Shapes, role: str) -> Points:
    """Return the segments of a role."""
    found = [shape.segments for shape in shapes if isinstance(shape, Lines) and shape.role == role]
    return np.concatenate(found) if found else np.empty((0, 2, 2))
