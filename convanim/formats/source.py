"""A film as named paths and words, grouped by what they show, for sources that people edit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import field, replace
from itertools import groupby
from typing import TypeVar

import numpy as np

from convanim.base.records import dataclass
from convanim.formats.clip import Film, reported
from convanim.formats.shape_names import ShapeNames, identifier
from convanim.render.ink import Fill, Inking, Line, Stroke, Writing
from convanim.render.layout import Layout
from convanim.render.legend_and_caption import Block
from convanim.render.merged_shapes import Whole, merged_quads, merged_segments, runs_of, whole
from convanim.render.theme import BLACK, RGB, WHITE
from convanim.views.scene import Cells, Key, Points, Shape, Shapes, Texts

T = TypeVar("T")

FINE = 10_000
"""Units per cell to which coordinates are rounded."""

_MOST_NAMED = 4000
"""The most cells with names; programs that set text hold all names in memory."""

_TITLES = {
    "window": "The window that the kernel reads",
    "reach": "The window that the kernel reads",
    "made": "What the kernel makes of it",
    "made reach": "What the kernel makes of it",
    "ray": "Rays from the window",
    "pin": "Rays from the window",
    "wire": "Wires",
    "kernel": "The kernel",
    "kernel chip": "The kernel",
    "sum": "The sum",
    "share": "Shares of the sum",
    "word": "Words",
    "note": "Words",
}
"""What shapes show, by the kind of their keys."""


@dataclass(frozen=True)
class Hue:
    """A colour, and if it is mixed of two others by their names, the share of the second one, from 0 to 1."""

    rgb: RGB
    mix: tuple[str, str, float] | None = None


@dataclass(frozen=True)
class FillLook:
    """How an area looks: the name of its colour, and its opacity."""

    hue: str
    opacity: float = 1.0


@dataclass(frozen=True)
class LineLook:
    """How lines look: the name of their colour, and width and dashes in pixels."""

    hue: str
    width: float
    opacity: float = 1.0
    dash: tuple[float, tuple[float, ...]] | None = None


@dataclass(frozen=True)
class WordLook:
    """How words look.

    Attributes
    ----------
    hue : str
        Name of their colour.
    size : float
        An em in pixels, or with ``slant`` the size of the letters before it is applied.
    face : str
        ``"regular"``, ``"bold"`` or ``"italic"``.
    anchor : float
        The fraction of a word to the left of its place.
    is_raised : bool
        Whether the place is at the baseline, instead of at half the height of its capitals.
    slant : (float, float, float, float) or None
        Where one em along the line and one em down lie, in ems, for words that do not lie level.
    """

    hue: str
    size: float
    face: str = "regular"
    anchor: float = 0.0
    is_raised: bool = False
    slant: tuple[float, float, float, float] | None = None


Look = FillLook | LineLook | WordLook
Point = tuple[int, int]


@dataclass(frozen=True)
class CellArea:
    """Cells of a tensor, by their names; ``plane`` names the directions of their sides."""

    look: str
    plane: str
    cells: tuple[str, ...]


@dataclass(frozen=True)
class Area:
    """Parallelograms, by their corners."""

    look: str
    quads: tuple[tuple[Point, ...], ...]


@dataclass(frozen=True)
class Course:
    """Lines, each through some points."""

    look: str
    runs: tuple[tuple[Point, ...], ...]


@dataclass(frozen=True)
class Word:
    """A word with a subscript, at a point, which may have the name of a cell."""

    look: str
    text: str
    lowered: str
    at: Point | str


Item = CellArea | Area | Course | Word


@dataclass(frozen=True)
class Part:
    """Items that belong together, with a title."""

    title: str
    items: tuple[Item, ...]


@dataclass(frozen=True)
class Step:
    """What a step leaves behind, and what only it shows."""

    number: int
    left: tuple[Part, ...]
    moment: tuple[Part, ...]


@dataclass(frozen=True)
class Source:
    """A film as named things; points are in cells times `FINE`, y downward.

    Attributes
    ----------
    film : Film
        What is shown.
    box : tuple of int
        The left, top, right and bottom of the page.
    hues : dict of str to Hue
        All colours, in order of first use.
    looks : dict of str to Look
        All looks.
    planes : dict of str to pair of points
        The two sides of a cell of each plane.
    cells : dict of str to point
        The middle of every cell of a tensor.
    ground : tuple of Part
        What is always visible.
    steps : tuple of Step
        The steps that are shown.
    """

    film: Film
    box: tuple[int, int, int, int]
    hues: dict[str, Hue]
    looks: dict[str, Look]
    planes: dict[str, tuple[Point, Point]]
    cells: dict[str, Point]
    ground: tuple[Part, ...]
    steps: tuple[Step, ...]


def source_of(film: Film) -> Source:
    """Return a film as named paths and words."""
    return _Namer(film).named()


@dataclass
class _Namer:
    """Names that are given as a film is gone through."""

    film: Film
    hues: dict[str, Hue] = field(default_factory=dict)
    looks: dict[str, Look] = field(default_factory=dict)
    planes: dict[str, tuple[Point, Point]] = field(default_factory=dict)
    cells: dict[str, Point] = field(default_factory=dict)
    spots: dict[Point, str] = field(default_factory=dict)
    large: set[str] = field(default_factory=set)
    names: ShapeNames = field(init=False)

    def __post_init__(self) -> None:
        self.names = ShapeNames.of(self.film.scene)

    def named(self) -> Source:
        """Return all of it."""
        film, layout = self.film, self.film.layout
        theme = film.theme
        self.hues |= {"page": Hue(theme.background), "ink": Hue(theme.text), "shadow": Hue(theme.shadow)}
        ground = [*self._grouped(film.scene.ground)]
        for block in layout.blocks:
            ground += self._block(block)
        numbers = film.timeline.steps
        shown = zip(film.scene.left_by(numbers), numbers, strict=True)
        steps = tuple(
            Step(number, tuple(self._grouped(left)), tuple(self._grouped(film.scene.moment(number))))
            for left, number in reported(shown, len(numbers), film.report)
        )
        ends = np.array([[0.0, 0.0], [layout.width, layout.height]])
        (left, top), (right, bottom) = self._fine(ends).tolist()
        box = (left, top, right, bottom)
        return Source(film, box, self.hues, self.looks, self.planes, self.cells, tuple(ground), steps)

    def _fine(self, points: Points) -> Whole:
        """Return points in pixels as parts of cells."""
        layout = self.film.layout
        return whole((points - [layout.left, layout.top]) / layout.unit, FINE)

    def _cell_names(self, cells: Cells) -> list[str] | None:
        """Return the names of cells, or None if they are not all cells of tensors."""
        names = [] if cells.cells is None else self.names.cells(cells)
        return list(map(identifier, names)) if names and all(" cell " in name for name in names) else None

    def _take(self, new: dict[str, Point]) -> bool:
        """Remember the middles of cells, unless one has another already, or there would be too many."""
        tensor = next(iter(new)).partition("-")[0]
        if tensor in self.large or any(self.cells.get(name, middle) != middle for name, middle in new.items()):
            return False
        if len(self.cells | new) > _MOST_NAMED:
            self.large.add(tensor)
            return False
        self.cells |= new
        self.spots |= {middle: name for name, middle in new.items()}
        return True

    def _plane(self, across: Point, down: Point) -> str:
        is_level = across[1] == down[0] == 0
        return _known("level" if is_level else "lying", (across, down), self.planes)

    def _block(self, block: Block) -> Iterator[Part]:
        """Yield the legend, or the caption."""
        layout = self.film.layout
        items: list[Item] = []
        for sample in block.samples:
            place = Layout(layout.width, layout.height, sample.side, sample.x, sample.y, ())
            for shape in sample.shapes:
                items += self._items(shape, Inking(self.film.theme, place, counts_up=False))
        for ink in Inking(self.film.theme, layout, counts_up=False).block(replace(block, samples=())):
            items += self._written(ink) if isinstance(ink, Line) else ()
        yield Part("Legend" if block.samples else "Caption", tuple(items))

    def _grouped(self, shapes: Shapes) -> Iterator[Part]:
        """Yield the items of shapes, those in a row that show the same under one title."""
        inking = Inking(self.film.theme, self.film.layout, counts_up=False)
        titled = [(self._title(shape), shape) for shape in shapes]
        for title, group in groupby(titled, key=lambda pair: pair[0]):
            if items := [item for _, shape in group for item in self._items(shape, inking)]:
                yield Part(title, tuple(items))

    def _title(self, shape: Shape) -> str:
        key = shape.key or Key("")
        if key.what in _TITLES:
            return _TITLES[key.what]
        if isinstance(shape, Texts):
            return (shape.on or "words").replace("_", " ").capitalize()
        return (key.what if key.what not in ("", "cell") else shape.role).replace("_", " ").capitalize()

    def _items(self, shape: Shape, inking: Inking) -> Iterator[Item]:
        for ink in inking.shapes((shape,)):
            if isinstance(ink, Fill) and isinstance(shape, Cells):
                yield from self._filled(ink, shape)
            elif isinstance(ink, Fill):
                look = self._look(FillLook(self._ink_hue(ink.colour, "behind-words")), "behind-words-fill")
                yield Area(look, _runs(merged_quads(self._fine(ink.quads)).tolist()))
            elif isinstance(ink, Stroke):
                yield from self._stroked(ink, shape)
            elif isinstance(ink, Writing) and isinstance(shape, Texts):
                yield from self._words(ink, shape)

    def _filled(self, fill: Fill, cells: Cells) -> Iterator[Item]:
        if not len(fill.quads):
            return
        look = self._look(FillLook(self._fill_hue(fill, cells), fill.opacity), f"{self._fill_name(fill, cells)}-fill")
        quads = self._fine(fill.quads)
        across, down = (_point(quads[0, corner] - quads[0, 0]) for corner in (1, 3))
        names = self._cell_names(cells) if len(quads) == len(cells.quads) else None
        middles = [_point(middle) for middle in self._fine(fill.quads.mean(axis=1))]
        sides = np.abs(quads[:, [1, 3]] - quads[:, :1] - [across, down])
        if names and sides.max() <= 1:
            new = dict(zip(names, middles, strict=True))
            # A matrix shows a cell of the kernel many times.
            if len(new) == len(names) and self._take(new):
                yield CellArea(look, self._plane(across, down), tuple(names))
                return
        yield Area(look, _runs(merged_quads(quads).tolist()))

    def _stroked(self, stroke: Stroke, shape: Shape) -> Iterator[Item]:
        role = "hatch" if isinstance(shape, Cells) else getattr(shape, "role", "line")
        said = role.replace("_", "-")
        name = self._look(
            LineLook(self._ink_hue(stroke.colour, said), stroke.width, stroke.opacity, stroke.dash), f"{said}-line"
        )
        ends = self._fine(stroke.segments)
        runs = ends.tolist() if stroke.dash else runs_of(merged_segments(ends))
        if runs:
            yield Course(name, _runs(runs))

    def _words(self, writing: Writing, texts: Texts) -> Iterator[Item]:
        said = "-".join([texts.on.replace("_", "-"), "words"] if texts.on else ["words"])
        said += "-shaded" * texts.shaded + f"-{texts.face}" * (texts.face != "regular")
        yield from self._written(writing, said)

    def _written(self, ink: Writing | Line, said: str = "small-words") -> Iterator[Item]:
        if isinstance(ink, Line):
            if ink.text.split():
                look = WordLook(self._ink_hue(ink.colour, said), ink.size, is_raised=True)
                yield Word(self._look(look, said), ink.text, "", _point(self._fine(ink.place)))
            return
        across, up = ink.across, ink.up
        size = float(np.linalg.norm(across))
        is_level = abs(across[1]) < 1e-9 and abs(up[0]) < 1e-9 and across[0] > 0 and abs(up[1] + size) < 1e-9
        (a, b), (c, d) = (across / size).tolist(), (-up / size).tolist()
        look = WordLook(
            self._ink_hue(ink.colour, said), size, ink.face, ink.anchor, False, None if is_level else (a, b, c, d)
        )
        name = self._look(look, said)
        for text, lowered, place in zip(ink.words, ink.lowered, self._fine(ink.places), strict=True):
            if text or lowered:
                point = _point(place)
                yield Word(name, text, lowered, self.spots.get(point, point))

    def _look(self, look: Look, said: str) -> str:
        return _known(said, look, self.looks)

    def _fill_name(self, fill: Fill, cells: Cells) -> str:
        if cells.tones is not None:
            return f"grey-{round(fill.colour[0] / 2.55)}" + "-shaded" * cells.shaded
        faint = f"-{round(100 * cells.strength)}" if cells.strength < 1 else ""
        if cells.tints is not None:
            tints = dict.fromkeys(cells.tints.tolist())
            own = next(
                one
                for one in tints
                if self.film.theme.fill(cells.role, cells.shaded, cells.strength, one) == fill.colour
            )
            faint = f"-tint-{own + 1}{faint}"
        return cells.role.replace("_", "-") + faint + "-shaded" * cells.shaded

    def _fill_hue(self, fill: Fill, cells: Cells) -> str:
        """Return the name of a colour, which is mixed of others if a shadow or a strength makes it."""
        theme = self.film.theme
        name = self._fill_name(fill, cells)
        if cells.tones is not None or cells.tints is not None:
            return _known(name, Hue(fill.colour), self.hues)
        base = theme.styles[cells.role].fill
        under = "page" if base is None else _known(cells.role.replace("_", "-"), Hue(base), self.hues)
        if base is not None and cells.strength < 1:
            faint = theme.fill(cells.role, False, cells.strength)
            assert faint is not None
            mixed = Hue(faint, ("page", under, cells.strength))
            under = _known(self._fill_name(fill, replace(cells, shaded=False)), mixed, self.hues)
        if not cells.shaded:
            return under
        return _known(name, Hue(fill.colour, (under, "shadow", theme.shadow_opacity)), self.hues)

    def _ink_hue(self, rgb: RGB, said: str) -> str:
        """Return the name of a colour of lines or letters, which many roles share."""
        plain = {BLACK: "black", WHITE: "white"}
        known = next((name for name, hue in self.hues.items() if hue.rgb == rgb and name != "shadow"), None)
        return known or plain.get(rgb) or _known(said, Hue(rgb), self.hues)


def _known(said: str, thing: T, known: dict[str, T]) -> str:
    """Return the name of a thing, which is remembered under a name like ``said``."""
    name, count = said, 1
    while known.setdefault(name, thing) != thing:
        count += 1
        name = f"{said}-{count}"
    return name


def _point(point: Sequence[int] | Whole) -> Point:
    x, y = np.asarray(point).tolist()
    return x, y


def _runs(runs: Sequence[Sequence[Sequence[int]]]) -> tuple[tuple[Point, ...], ...]:
    return tuple(tuple((x, y) for x, y in run) for run in runs)
