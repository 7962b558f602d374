"""The guide's view: the padded input as a plane, the output floating above it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from convanim.axis import Kind
from convanim.errors import ConvanimError
from convanim.options import spelled
from convanim.plans import Ints, Plan
from convanim.scene import Cells, Key, Lines, Points, Scene, Shape, Shapes
from convanim.views import Look
from convanim.views.plane import Plane

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
    "copy": "padding that copies the input",
    "surplus": "output padding",
    "inserted": "inserted zero",
    "unread": "input never read",
    "idle": "padding never read",
}

_CLASSIC_SHIFT = np.array([-0.09, 0.0])
_CROSS = np.array([[[0.3, 0.3], [0.7, 0.7]], [[0.3, 0.7], [0.7, 0.3]]])
_RING = 0.12
_ONE = np.ones((1, 1), bool)

Mask = NDArray[np.bool_]


def oblique(plan: Plan, look: Look) -> Scene:
    """Return the scene of a plan with one or two axes, in the guide's projection.

    Raises
    ------
    ConvanimError
        If the plan has three axes.
    """
    if len(plan.axes) > 2:
        raise ConvanimError(
            "input_size",
            spelled(plan.input_size),
            "has 3 axes, which no view draws; give 1 or 2, or let `convanim explain` describe the layer",
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
    def _spread(self) -> Ints:
        """The first (row, column) from the plane's corner that the input takes, and the one behind the last."""
        ends = np.array([[span.start, span.stop] for span in self.plan.grid.spread]).T
        spread: Ints = np.maximum(_rows_columns(ends) - self.start, [[0, 0], [1, 1]])
        return spread

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
        height = resting.rise_over(self.input) + 1 + 1 / self.input.rows
        return Plane.above(self.input, (rows, columns), row / 2, column / 2, height)

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        corners = np.concatenate([self.input.corners(), self.output.corners()])
        (left, top), (right, bottom) = corners.min(axis=0), corners.max(axis=0)
        return float(left), float(top), float(right), float(bottom)

    def ground(self) -> Shapes:
        shapes: list[Shape] = []
        for role in self.present:
            shapes += _cells(self.input, role, self.roles == _ROLES.index(role))
        shapes += [*self._crosses(), *self._frame, *self._mirrors()]
        outputs = np.ones((self.output.rows, self.output.columns), bool)
        return (*shapes, *_cells(self.output, "pending" if self.look.reveal else "output", outputs))

    def marks(self, number: int) -> Shapes:
        if not self.look.reveal:
            return ()
        row, column = self._written(number)
        return _cells(self.output, "output", _ONE, row, column)

    def moment(self, number: int) -> Shapes:
        reads = self.plan.step(number).reads
        cells = _rows_columns(reads.position) - self.start
        (top, left), (bottom, right) = cells.min(axis=0), cells.max(axis=0) + 1
        covered = np.zeros((bottom - top, right - left), bool)
        covered[tuple((cells - [top, left]).T)] = True
        window = self.input.outline(top, left, bottom, right)
        row, column = self._written(number)
        current = _cells(self.output, "output", _ONE, row, column, shaded=True)
        if self.look.classic:
            return (
                *self._shaded(covered, top, left),
                Lines("window", self.input.edges(covered, top, left)),
                *self._rays(window, row, column),
                *current,
            )
        return (
            *self._shaded(covered, top, left),
            *self._frame,
            *self._originals(reads.kind, reads.source),
            Lines("reach", window),
            *self._rays(window, row, column),
            *current,
            Lines("reach", self.output.outline(row, column, row + 1, column + 1)),
        )

    def legend(self) -> tuple[Key, ...]:
        keys = [Key(role, _LABELS[role], crossed=role == "unread") for role in reversed(self.present)]
        if (self.roles < 0).any():
            keys.append(Key("overhang", "beyond the input"))
        keys.append(Key("input", "under the kernel", shaded=True))
        if self.look.reveal:
            keys.append(Key("pending", "not yet computed"))
        return (*keys, Key("output", "output"), Key("output", "output of this step", shaded=True))

    def _written(self, number: int) -> tuple[int, int]:
        """Return the (row, column) of the output cell that a step writes."""
        return divmod(number, self.output.columns)

    def _shaded(self, covered: Mask, top: int, left: int) -> Shapes:
        """Return the cells under the kernel: a mask whose first cell is at (top, left)."""
        rows, columns = covered.shape
        roles = np.where(covered, self.roles[top : top + rows, left : left + columns], len(_ROLES))
        shapes: list[Shape] = []
        for role in self.present:
            shapes += _cells(self.input, role, roles == _ROLES.index(role), top, left, shaded=True)
        beyond = roles < 0
        return (*shapes, Lines("overhang", self.input.edges(beyond, top, left))) if beyond.any() else tuple(shapes)

    def _crosses(self) -> Shapes:
        unread = np.argwhere(self.roles == _ROLES.index("unread"))
        strokes = self.input.points(unread[:, None, None, :] + _CROSS).reshape(-1, 2, 2)
        return (Lines("cross", strokes),) if len(unread) else ()

    @cached_property
    def _frame(self) -> Shapes:
        """Return the frame around an input that is spread by inserted zeros."""
        if "inserted" not in self.present:
            return ()
        return (Lines("frame", self.input.outline(*self._spread.ravel())),)

    def _mirrors(self) -> Shapes:
        """Return the axes in which reflected padding is mirrored, across the input's own cells."""
        if self.look.classic:
            return ()
        mirrors = ((), *self.plan.grid.mirrors)[-2:]
        (top, left), (bottom, right) = self._spread
        rows, columns = ([centre - first for centre in ends] for ends, first in zip(mirrors, self.start, strict=True))
        ends = [((row, left), (row, right)) for row in rows] + [((top, column), (bottom, column)) for column in columns]
        return (Lines("mirror", self.input.points(np.array(ends))),) if ends else ()

    def _originals(self, kind: Ints, source: Ints) -> Shapes:
        """Return rings around the input cells whose copies the window reads."""
        copied = np.unique(_rows_columns(source[kind == Kind.COPY]), axis=0)
        rings = [
            self.input.outline(row + _RING, column + _RING, row + 1 - _RING, column + 1 - _RING)
            for row, column in copied + self._spread[0]
        ]
        return (Lines("original", np.concatenate(rings)),) if rings else ()

    def _rays(self, window: Points, row: int, column: int) -> Shapes:
        """Return the rays from the window's corners to the output cell's, in sight and behind."""
        starts, ends = window[:, 0], self.output.outline(row, column, row + 1, column + 1)[:, 0]
        seen = starts + (ends - starts) * self.output.hidden_from(starts, ends)[:, None]
        rays = (Lines("ray", np.stack([starts, seen], axis=1)),)
        return rays if self.look.classic else (*rays, Lines("ray_over", np.stack([seen, ends], axis=1)))


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
