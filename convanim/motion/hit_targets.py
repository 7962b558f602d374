"""The cells of a picture that can be pointed at, and the steps in which each is read or made."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import field

from convanim.base.language import message
from convanim.base.records import dataclass
from convanim.views.scene import Cells, Points, Scene, Shape, Texts

_GRIDS = ("input", message("intermediate"), "output")
_NAMES = {**{name: name for name in _GRIDS}, **{f"{name}_unread": name for name in _GRIDS}}
"""The roles of cells with values of their own, and the name of a grid of such cells."""

_Plane = tuple[int, ...]
"""Identifies a grid of cells: the number of its joined picture, its site there, channel and slice."""


@dataclass(frozen=True, eq=False)
class Spot:
    """A cell that can be pointed at.

    Attributes
    ----------
    quad : (4, 2) array
        Its corners, in cells of the picture.
    plane : int
        The number of its grid, in drawing order.
    name : str
        The name of the grid: ``"input"``, ``"intermediate"`` or ``"output"``.
    row, column : int
        Its place in the grid.
    reads, makes : tuple of int
        The indices, among the shown steps, of those that read it and those that make it.
    """

    quad: Points
    plane: int
    name: str
    row: int
    column: int
    reads: tuple[int, ...]
    makes: tuple[int, ...]


@dataclass
class _Use:
    """A data cell, with the steps found so far that read or make it."""

    quad: Points
    reads: list[int] = field(default_factory=list)
    makes: list[int] = field(default_factory=list)


def spots(scene: Scene, steps: Sequence[int]) -> tuple[Spot, ...]:
    """Return the cells that any of some steps reads or makes, grid by grid and row by row."""
    planes: dict[_Plane, dict[tuple[int, int], _Use]] = {}
    names: dict[_Plane, str] = {}

    def uses(shape: Shape) -> Iterator[_Use]:
        role = None if isinstance(shape, Texts) else shape.role
        for plane, cell, quad in _cells(shape):
            if role in _NAMES and names.get(plane) in (None, "input"):
                names[plane] = _NAMES[role]
            yield planes.setdefault(plane, {}).setdefault(cell, _Use(quad))

    # Of a tour the ground comes piece by piece, and is left behind.
    for shape in scene.ground or scene.marks(range(scene.steps)):
        list(uses(shape))
    for place, step in enumerate(steps):
        for shape in scene.moment(step):
            what = "" if shape.key is None else shape.key.what
            for use in uses(shape) if what in ("window", "made") else ():
                (use.reads if what == "window" else use.makes).append(place)
    return tuple(
        Spot(use.quad, number, names.get(plane, "output"), row, column, tuple(use.reads), tuple(use.makes))
        for number, (plane, cells) in enumerate(planes.items())
        for (row, column), use in sorted(cells.items(), key=lambda one: one[0])
        if use.reads or use.makes
    )


def _cells(shape: Shape) -> Iterator[tuple[_Plane, tuple[int, int], Points]]:
    """Yield the data cells of a shape: the grid, the row and column, and the corners of each."""
    if isinstance(shape, Cells) and shape.cells is not None:
        part = 0 if shape.key is None else shape.key.part
        for (site, channel, slice_, row, column), quad in zip(shape.cells.tolist(), shape.quads, strict=True):
            if site >= 0:
                yield (part, site, channel, slice_), (row, column), quad
