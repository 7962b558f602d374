"""The cells of a picture that can be pointed at, and the steps in which each is read or made."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from convanim.scene import Cells, Points, Scene, Shapes

_DATA = ("input", "intermediate", "output", "unread")
"""Roles of cells that hold numbers of their own; padding and kernels do not."""

_FINE = 1e-3
"""Cells this near to each other, in cells of the picture, are the same."""

_ALIGNED = 0.02
"""Cells less than this part of a side beside a lattice lie on it."""


@dataclass(frozen=True, eq=False)
class Spot:
    """A cell that can be pointed at.

    Attributes
    ----------
    quad : (4, 2) array
        Its corners, in cells of the picture.
    plane : int
        Which grid it is part of, counted from the first that is drawn.
    name : str
        Of the grid: ``"input"``, ``"intermediate"`` or ``"output"``.
    row, column : int
        Its place in the grid.
    reads, makes : tuple of int
        The places, among the steps that are shown, at which it is read and is made.
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
    """A cell that steps cover, in the making."""

    role: str
    quad: Points
    reads: list[int] = field(default_factory=list)
    makes: list[int] = field(default_factory=list)


def spots(scene: Scene, steps: Sequence[int]) -> tuple[Spot, ...]:
    """Return the cells that any of some steps reads or makes, grid by grid and row by row."""
    uses: dict[tuple[int, ...], _Use] = {}
    for place, step in enumerate(steps):
        covered = list(_covered(scene.moment(step)))
        for role, quad in covered:
            use = uses.setdefault(_key(quad), _Use(role, quad))
            (use.makes if _is_made(role, covered, quad) else use.reads).append(place)
    return tuple(_placed(scene, list(uses.values())))


def _covered(shapes: Shapes) -> Iterator[tuple[str, Points]]:
    """Yield role and corners of each cell of data that the kernel's shadow lies on; of cubes their upper sides."""
    for shape in shapes:
        if isinstance(shape, Cells) and shape.shaded and not shape.held and shape.role in _DATA:
            yield from ((shape.role, quad) for quad in shape.quads if not _is_upright(quad))


def _is_upright(quad: Points) -> bool:
    """Return whether a cell is a side of a cube: slanted, but with upright edges."""
    across, down = np.abs(quad[1] - quad[0]), np.abs(quad[3] - quad[0])
    return bool((across[0] < _FINE or down[0] < _FINE) and max(across.min(), down.min()) > _FINE)


def _is_made(role: str, covered: list[tuple[str, Points]], quad: Points) -> bool:
    """Return whether a cell is what the step makes: output, or else the last intermediate one."""
    roles = {one for one, _ in covered}
    if "output" in roles:
        return role == "output"
    return role == "intermediate" and covered[-1][1] is quad and len(roles) > 1


def _key(quad: Points) -> tuple[int, ...]:
    return tuple(np.round(quad.mean(axis=0) / _FINE).astype(int).tolist())


def _placed(scene: Scene, uses: list[_Use]) -> Iterator[Spot]:
    """Yield cells with their places in the grids that the picture has from the beginning."""
    by_place = {_key(use.quad): use for use in uses}
    for plane, grid in enumerate(_grids(scene.ground)):
        found = [(place, by_place[key]) for key, place in grid.items() if key in by_place]
        if len(grid) == 1 and found and _repeats(found[0][1], uses):
            continue
        for (row, column), use in sorted(found, key=lambda one: one[0]):
            name = "input" if use.role == "unread" else use.role
            yield Spot(use.quad, plane, name, row, column, tuple(use.reads), tuple(use.makes))


def _grids(ground: Shapes) -> Iterator[dict[tuple[int, ...], tuple[int, int]]]:
    """Yield the grids of data: of each cell where it is in the picture, and its (row, column).

    Cells of a sheet that are never read are drawn before the others of it.
    """
    waiting: list[Points] = []
    for shape in ground:
        if not isinstance(shape, Cells) or shape.role not in (*_DATA, "pending"):
            continue
        quads = [quad for quad in shape.quads if not _is_upright(quad)]
        if not quads:
            continue
        if shape.role == "unread":
            waiting = quads
            continue
        same = [quad for quad in waiting if _on_lattice(quads[0], quad)]
        yield _numbered([*quads, *same])
        waiting = []
    if waiting:
        yield _numbered(waiting)


def _numbered(quads: list[Points]) -> dict[tuple[int, ...], tuple[int, int]]:
    """Return the cells of a grid with their rows and columns, counted without the gaps between them."""
    places = np.round([_lattice(quads[0], quad) for quad in quads]).astype(int)
    columns, rows = (np.unique(axis) for axis in places.T)
    numbers = zip(
        np.searchsorted(rows, places[:, 1]).tolist(), np.searchsorted(columns, places[:, 0]).tolist(), strict=True
    )
    return {_key(quad): place for quad, place in zip(quads, numbers, strict=True)}


def _lattice(first: Points, quad: Points) -> Points:
    """Return how many columns and rows a cell is from another, in sides of that."""
    sides = np.stack([first[1] - first[0], first[3] - first[0]], axis=1)
    way: Points = np.linalg.solve(sides, quad[0] - first[0])
    return way


def _on_lattice(first: Points, quad: Points) -> bool:
    way = _lattice(first, quad)
    return bool(np.abs(way - np.round(way)).max() < _ALIGNED)


def _repeats(use: _Use, uses: list[_Use]) -> bool:
    """Return whether a cell is at work whenever others of its kind are: it only shows one of them again."""
    others = {place for one in uses if one is not use and one.role == use.role for place in one.reads}
    return bool(use.reads) and set(use.reads) <= others and not use.makes
