"""The guide's view: the padded input as a plane, the output floating above it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import prod

import numpy as np
from numpy.typing import NDArray

from convanim.axis import Kind
from convanim.errors import ConvanimError
from convanim.options import spelled
from convanim.plans import Ints, Plan, Taps
from convanim.scene import Cells, Key, Lines, Points, Scene, Shape, Shapes
from convanim.views.look import Look
from convanim.views.plane import FLAT, Plane
from convanim.views.signs import Box, crosses, frame_within, mirrors, rings

Mask = NDArray[np.bool_]

_ROLES = ("idle", "padding", "copy", "surplus", "inserted", "unread", "input")
"""The looks of the input plane's cells in drawing order: empty ones before filled ones."""

_LOOKS = {
    Kind.INPUT: "input",
    Kind.INSERTED: "inserted",
    Kind.PADDING: "padding",
    Kind.COPY: "copy",
    Kind.SURPLUS: "surplus",
}
_CLASSIC_LOOKS = {kind: "input" if kind is Kind.INPUT else "padding" for kind in Kind}

_LABELS = {
    "input": "input",
    "padding": "padding",
    "copy": "copied padding",
    "surplus": "output padding",
    "inserted": "inserted zero",
    "unread": "input never read",
    "idle": "never read",
}

_CROSSED = {"idle": "idle_cross", "unread": "cross"}
"""Looks of cells that are never read, and their crosses."""

MOST_CELLS = 250_000
"""The most cells that one picture has."""

_CLASSIC_SHIFT = np.array([-0.09, 0.0])
_ONE = np.ones((1, 1), bool)
_SAMPLE = Plane(1, 1, np.zeros(2), FLAT)
"""The plane of a legend's sample."""


def draw(plan: Plan, look: Look) -> Scene:
    """Return the scene of a plan with one or two axes, in the guide's projection.

    Raises
    ------
    ConvanimError
        If the plan has three axes, or more than `MOST_CELLS` cells.
    """
    if len(plan.axes) > 2:
        raise ConvanimError(
            "input_size",
            spelled(plan.input_size),
            "has 3 axes, which no view draws; give 1 or 2, or let the command explain describe the layer",
        )
    cells = prod(len(axis.drawn) for axis in plan.axes) + prod(plan.output_size)
    if cells > MOST_CELLS:
        raise ConvanimError(
            "input_size",
            spelled(plan.input_size),
            f"makes a picture of {cells} cells, and at most {MOST_CELLS} are drawn; "
            "use a smaller `input_size` or `padding`, or let the command explain describe the layer",
        )
    drawing = _Drawing(plan, look)
    return Scene(
        bounds=drawing.bounds,
        steps=len(plan),
        ground=drawing.ground(),
        marks=drawing.marks,
        moment=drawing.moment,
        legend=drawing.legend(),
    )


@dataclass(frozen=True)
class _Drawing:
    """A plan laid out in the picture; one axis is drawn as a single row."""

    plan: Plan
    look: Look

    @cached_property
    def roles(self) -> Ints:
        """The look of every cell of the input plane, as its place in `_ROLES`; -1 beyond the input."""
        kind, read = np.atleast_2d(self.plan.grid.kind), np.atleast_2d(self.plan.grid.read)
        looks = _CLASSIC_LOOKS if self.look.classic else _LOOKS
        roles = np.array([_ROLES.index(looks[one]) if one in looks else -1 for one in Kind])[kind]
        if not self.look.classic:
            unread = np.where(kind == Kind.INPUT, _ROLES.index("unread"), _ROLES.index("idle"))
            roles = np.where(read | (roles < 0), roles, unread)
        return roles

    @cached_property
    def present(self) -> tuple[str, ...]:
        """The looks that occur on the input plane, in drawing order."""
        found = set(np.unique(self.roles).tolist())
        return tuple(role for number, role in enumerate(_ROLES) if number in found)

    @cached_property
    def start(self) -> Ints:
        """Position of the plane's first cell, (row, column)."""
        start: Ints = _rows_columns(np.array([self.plan.grid.start]))[0]
        return start

    @cached_property
    def spread(self) -> Box:
        """The rectangle from the first input cell to the last, on the plane."""
        ends = np.array([[span.start, span.stop] for span in self.plan.grid.spread]).T
        (top, left), (bottom, right) = (_rows_columns(ends) - self.start).tolist()
        return (top, left, bottom, right) if len(self.plan.axes) == 2 else (0, left, 1, right)

    @cached_property
    def input(self) -> Plane:
        rows, columns = self.roles.shape
        return Plane(rows, columns, np.zeros(2))

    @cached_property
    def output(self) -> Plane:
        rows, columns = (1, *self.plan.output_size)[-2:]
        row, column = self.input.rows - rows, self.input.columns - columns
        if self.look.classic:
            plane = Plane.above(self.input, (rows, columns), row, 0, self.input.rows + 1)
            return Plane(rows, columns, plane.origin + _CLASSIC_SHIFT)
        # Centred, so that a cell floats over the middle of its window; a low input needs more air.
        resting = Plane.above(self.input, (rows, columns), row / 2, column / 2, 0)
        height = resting.rise_over(self.input) + 1 + 2 / self.input.rows
        return Plane.above(self.input, (rows, columns), row / 2, column / 2, height)

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        corners = np.concatenate([self.input.corners(), self.output.corners()])
        (left, top), (right, bottom) = corners.min(axis=0), corners.max(axis=0)
        return float(left), float(top), float(right), float(bottom)

    def ground(self) -> Shapes:
        shapes: list[Shape] = []
        for role in self.present:
            if role == "input" and self.is_framed:
                shapes.append(Lines("frame", self.input.outline(*self.spread)))
            shapes += _cells(self.input, role, self.roles == _ROLES.index(role))
        for role, cross in _CROSSED.items():
            shapes += crosses(self.input, cross, np.argwhere(self.roles == _ROLES.index(role)))
        shapes += self._mirrors
        outputs = np.ones((self.output.rows, self.output.columns), bool)
        return (*shapes, *_cells(self.output, "pending" if self.look.reveal else "output", outputs))

    @property
    def is_framed(self) -> bool:
        """Whether the input is spread by inserted zeros that must be told from padding."""
        return "inserted" in self.present

    def marks(self, numbers: range) -> Shapes:
        if not self.look.reveal:
            return ()
        first, last = numbers[0] // self.output.columns, numbers[-1] // self.output.columns
        written = np.zeros((last - first + 1, self.output.columns), bool)
        written.flat[np.array(numbers) - first * self.output.columns] = True
        return _cells(self.output, "output", written, first)

    def moment(self, number: int) -> Shapes:
        reads = self.plan.step(number).reads
        cells = _rows_columns(reads.position) - self.start
        (top, left), (bottom, right) = cells.min(axis=0).tolist(), (cells.max(axis=0) + 1).tolist()
        covered = np.zeros((bottom - top, right - left), bool)
        covered[tuple((cells - [top, left]).T)] = True
        roles = np.where(covered, self.roles[top:bottom, left:right], len(_ROLES))
        window = self.input.outline(top, left, bottom, right)
        row, column = divmod(number, self.output.columns)
        current = _cells(self.output, "output", _ONE, row, column, shaded=True)
        if self.look.classic:
            return (
                *self._shaded(roles, top, left),
                Lines("window", self.input.edges(covered, top, left)),
                *self._rays(window, row, column),
                *current,
            )
        return (
            *self._shaded(roles, top, left),
            *self._copies(reads),
            *self._reach(roles, top, left),
            *self._rays(window, row, column),
            *current,
            Lines("reach", self.output.outline(row, column, row + 1, column + 1)),
        )

    def legend(self) -> tuple[Key, ...]:
        keys = [_key(_LABELS[role], role, _CROSSED.get(role)) for role in reversed(self.present)]
        if "copy" in self.present:
            keys.append(Key("source of copies", (*_key("", "input").sample, *rings(_SAMPLE, np.array([[0, 0]])))))
        if self._mirrors:
            level = np.array([[[0.0, 0.5], [1.0, 0.5]]])
            keys.append(Key("mirror", (Cells("input", _SAMPLE.quads(np.array([[0, 0]]))), Lines("mirror", level))))
        if (self.roles < 0).any():
            keys.append(_key("beyond the input", "overhang"))
        keys.append(_key("under the kernel", "input", shaded=True))
        if self.look.reveal:
            keys.append(_key("not yet computed", "pending"))
        return (*keys, _key("output", "output"), _key("output of this step", "output", shaded=True))

    def _shaded(self, roles: Ints, top: int, left: int) -> Shapes:
        """Return the cells under the kernel, by their looks; the first is at (top, left)."""
        window = (top, left, top + roles.shape[0], left + roles.shape[1])
        shapes: list[Shape] = []
        for role in self.present:
            if role == "input" and self.is_framed:
                shapes += frame_within(self.input, self.spread, window)
            shapes += _cells(self.input, role, roles == _ROLES.index(role), top, left, shaded=True)
        return tuple(shapes)

    def _reach(self, roles: Ints, top: int, left: int) -> Shapes:
        """Return the outline of the kernel's reach, another one where it hangs over the input."""
        rows, columns = roles.shape
        window = self.roles[top : top + rows, left : left + columns]
        bottom, right = np.argwhere(window >= 0).max(axis=0) + np.array([top + 1, left + 1])
        within = Lines("reach", self.input.outline(top, left, bottom, right))
        if (window >= 0).all():
            return (within,)
        whole = Lines("overhang_reach", self.input.outline(top, left, top + rows, left + columns))
        return Lines("overhang", self.input.edges(roles < 0, top, left)), whole, within

    @cached_property
    def _mirrors(self) -> Shapes:
        """Return the axes in which reflected padding is mirrored."""
        if self.look.classic:
            return ()
        places = ((), *self.plan.grid.mirrors)[-2:]
        rows, columns = (
            [place - first for place in ends] for ends, first in zip(places, self.start.tolist(), strict=True)
        )
        return mirrors(self.input, self.spread, rows, columns)

    def _copies(self, reads: Taps) -> Shapes:
        """Return rings around the input cells whose copies the window reads."""
        copied = reads.kind == Kind.COPY
        if not copied.any():
            return ()
        marked = np.unique(_rows_columns(reads.source[copied]), axis=0) + np.array(self.spread[:2])
        return (*self._mirrors, *rings(self.input, marked))

    def _rays(self, window: Points, row: int, column: int) -> Shapes:
        """Return the rays from the window's corners to the output cell's, in sight and behind."""
        starts, ends = window[:, 0], self.output.outline(row, column, row + 1, column + 1)[:, 0]
        seen = starts + (ends - starts) * self.output.hidden_from(starts, ends)[:, None]
        rays = (Lines("ray", np.stack([starts, seen], axis=1)),)
        return rays if self.look.classic else (*rays, Lines("ray_over", np.stack([seen, ends], axis=1)))


def _key(label: str, role: str, cross: str | None = None, shaded: bool = False) -> Key:
    """Return a legend's entry for a cell of some role."""
    crossed = crosses(_SAMPLE, cross, np.array([[0, 0]])) if cross else ()
    edges = Lines(role, _SAMPLE.edges(_ONE))
    return Key(label, (Cells(role, _SAMPLE.quads(np.array([[0, 0]])), shaded), edges, *crossed))


def _cells(plane: Plane, role: str, mask: Mask, top: int = 0, left: int = 0, shaded: bool = False) -> Shapes:
    """Return the cells of a mask and their edges, or nothing for an empty mask."""
    if not mask.any():
        return ()
    quads = plane.quads(np.argwhere(mask) + np.array([top, left]))
    return Cells(role, quads, shaded), Lines(role, plane.edges(mask, top, left))


def _rows_columns(places: Ints) -> Ints:
    """Return (n, 2) places; those of one axis lie in row 0."""
    if places.shape[1] == 2:
        return places
    return np.concatenate([np.zeros_like(places), places], axis=1)
