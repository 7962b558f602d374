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
    """Yield cells with their places in the grids that they are part of."""
    for plane, grid in enumerate(_grids(scene, uses)):
        if len(grid.uses) == 1 and _repeats(grid.uses[0], uses):
            continue
        columns, rows = (sorted(set(places.tolist())) for places in grid.places.T)
        order = np.lexsort(grid.places.T)
        for number in order.tolist():
            use = grid.uses[number]
            column, row = grid.places[number].tolist()
            name = "input" if use.role == "unread" else use.role
            place = rows.index(row) + grid.first[1], columns.index(column) + grid.first[0]
            yield Spot(use.quad, plane, name, *place, tuple(use.reads), tuple(use.makes))


def _repeats(use: _Use, uses: list[_Use]) -> bool:
    """Return whether a cell is at work whenever others of its kind are: it only shows one of them again."""
    others = {place for one in uses if one is not use and one.role == use.role for place in one.reads}
    return bool(use.reads) and set(use.reads) <= others and not use.makes


@dataclass
class _Grid:
    """Cells on one lattice: (column, row) of each, and how many columns and rows of it no step covers before them."""

    uses: list[_Use]
    places: Points
    first: tuple[int, int]


def _grids(scene: Scene, uses: list[_Use]) -> Iterator[_Grid]:
    """Yield the lattices that cells lie on, with those that no step covers counted too."""
    left = list(uses)
    others = [
        quad for shape in scene.ground if isinstance(shape, Cells) and shape.role == "unread" for quad in shape.quads
    ]
    while left:
        first = left[0].quad
        near = [use for use in left if _is_alike(use, left[0]) and _lattice(first, use.quad) is not None]
        connected = _connected(first, near)
        left = [use for use in left if not any(use is one for one in connected)]
        places = np.array([_lattice(first, use.quad) for use in connected])
        unread = [place for quad in others if (place := _lattice(first, quad)) is not None]
        yield _Grid(connected, places, _skipped(places, np.array(unread).reshape(-1, 2)))


def _is_alike(one: _Use, other: _Use) -> bool:
    return one.role == other.role and bool(
        np.allclose(np.diff(one.quad, axis=0), np.diff(other.quad, axis=0), atol=_FINE)
    )


def _lattice(first: Points, quad: Points) -> tuple[int, int] | None:
    """Return (column, row) of a cell on the lattice of another, None where it does not lie on that."""
    sides = np.stack([first[1] - first[0], first[3] - first[0]], axis=1)
    exact = np.linalg.solve(sides, quad[0] - first[0])
    whole = np.round(exact)
    if np.abs(exact - whole).max() > 0.02:
        return None
    return int(whole[0]), int(whole[1])


def _connected(first: Points, uses: list[_Use]) -> list[_Use]:
    """Return cells of one lattice that hang together, over gaps of inserted zeros."""
    places = np.array([_lattice(first, use.quad) for use in uses])
    parts = [sorted(set(axis.tolist())) for axis in places.T]
    reach = [max(np.diff(part).min(), 1) if len(part) > 1 else 1 for part in parts]
    inside = np.ones(len(uses), bool)
    for axis, part in enumerate(parts):
        low = high = 0
        while following := [place for place in part if high < place <= high + reach[axis]]:
            high = following[-1]
        while before := [place for place in part if low - reach[axis] <= place < low]:
            low = before[0]
        inside &= (places[:, axis] >= low) & (places[:, axis] <= high)
    return [use for use, is_in in zip(uses, inside, strict=True) if is_in]


def _skipped(places: Points, unread: Points) -> tuple[int, int]:
    """Return how many columns and rows of cells that are never read come before the first that is."""
    counts = [len({place for place in unread[:, axis].tolist() if place < places[:, axis].min()}) for axis in (0, 1)]
    return counts[0], counts[1]
