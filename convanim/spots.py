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
            yield from ((shape.role, quad) for quad in _lying(shape.quads))


def _lying(quads: Points) -> Points:
    """Return the cells that are no sides of cubes, which are slanted, but with upright edges."""
    across, down = np.abs(quads[:, 1] - quads[:, 0]), np.abs(quads[:, 3] - quads[:, 0])
    is_upright = (across[:, 0] < _FINE) | (down[:, 0] < _FINE)
    is_slanted = np.maximum(across.min(axis=1), down.min(axis=1)) > _FINE
    found: Points = quads[~(is_upright & is_slanted)]
    return found


def _is_made(role: str, covered: list[tuple[str, Points]], quad: Points) -> bool:
    """Return whether a cell is what the step makes: output, or else the last intermediate one."""
    roles = {one for one, _ in covered}
    if "output" in roles:
        return role == "output"
    return role == "intermediate" and covered[-1][1] is quad and len(roles) > 1


def _key(quad: Points) -> tuple[int, ...]:
    return _keys(quad[None])[0]


def _keys(quads: Points) -> list[tuple[int, ...]]:
    """Return of each cell where it is in the picture."""
    return list(map(tuple, np.round(quads.mean(axis=1) / _FINE).astype(int).tolist()))


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
    waiting = np.empty((0, 4, 2))
    for shape in ground:
        if not isinstance(shape, Cells) or shape.role not in (*_DATA, "pending"):
            continue
        quads = _lying(shape.quads)
        if not len(quads):
            continue
        if shape.role == "unread":
            waiting = quads
            continue
        ways = _lattice(quads[0], waiting)
        is_same = (np.abs(ways - np.round(ways)) < _ALIGNED).all(axis=1)
        yield _numbered(np.concatenate([quads, waiting[is_same]]))
        waiting = waiting[:0]
    if len(waiting):
        yield _numbered(waiting)


def _numbered(quads: Points) -> dict[tuple[int, ...], tuple[int, int]]:
    """Return the cells of a grid with their rows and columns, counted without the gaps between them."""
    places = np.round(_lattice(quads[0], quads)).astype(int)
    (_, columns), (_, rows) = (np.unique(axis, return_inverse=True) for axis in places.T)
    return dict(zip(_keys(quads), zip(rows.tolist(), columns.tolist(), strict=True), strict=True))


def _lattice(first: Points, quads: Points) -> Points:
    """Return how many columns and rows cells are from another, (n, 2), in sides of that."""
    sides = np.stack([first[1] - first[0], first[3] - first[0]], axis=1)
    ways: Points = np.linalg.solve(sides, (quads[:, 0] - first[0]).T).T
    return ways


def _repeats(use: _Use, uses: list[_Use]) -> bool:
    """Return whether a cell is at work whenever others of its kind are: it only shows one of them again."""
    others = {place for one in uses if one is not use and one.role == use.role for place in one.reads}
    return bool(use.reads) and set(use.reads) <= others and not use.makes
