"""Layers with channels: a sheet a channel, side by side, and over the outputs the kernels that make them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np

from convanim.layers import Chain
from convanim.scene import Cells, Entry, Lines, Points, Scene, Shape, Shapes
from convanim.views.former import ChannelChainPlan, ChannelPlan, ChannelStep, Needs
from convanim.views.former.blocks import Block
from convanim.views.former.channel_words import ChannelWords
from convanim.views.former.floors import Placing
from convanim.views.former.headings import obstacles, word_boxes
from convanim.views.former.marks import Mask, cells, key, rows_columns
from convanim.views.former.plane import Plane
from convanim.views.former.rays import around, in_sight, silhouette
from convanim.views.former.sheet import ROLES, Sheet
from convanim.views.former.signs import Box
from convanim.views.look import Look

_DOT, _DOT_PITCH = 0.16, 0.8
"""A dot of an ellipsis, and from one to the next, in cells."""

_FEWER_DOTS = 0.45
"""How large an ellipsis in a kernel is, against one among sheets."""

_DISC = np.array([[[-1, -1], [1, -1], [1, 1], [-1, 1]], [[-1.3, 0], [0, -1.3], [1.3, 0], [0, 1.3]]]) * 0.85
"""Two squares across each other, which are as round as a dot need be."""


def draw(plan: ChannelPlan | ChannelChainPlan, look: Look) -> Scene:
    """Return the scene of a layer, or a chain of layers, with channels on one or two axes."""
    chain = plan if isinstance(plan, ChannelChainPlan) else ChannelChainPlan(Chain([plan.layer]), (plan,))
    return Scene.of(_Drawing(chain, Placing.of(chain.plans, look), look))


@dataclass(frozen=True)
class _Drawing:
    """A chain laid out from the input below to the output above."""

    plan: ChannelChainPlan
    placing: Placing
    look: Look

    @property
    def plans(self) -> tuple[ChannelPlan, ...]:
        return self.plan.plans

    @property
    def last(self) -> ChannelPlan:
        return self.plans[-1]

    @cached_property
    def outputs(self) -> tuple[int, ...]:
        """The output channels that are drawn."""
        return self.placing.channels(len(self.plans))

    @property
    def steps(self) -> int:
        """How many there are: those of the outputs that are drawn."""
        return len(self.outputs) * self.last.places

    def step(self, number: int) -> ChannelStep:
        """Return which cell of which output a step of the picture makes."""
        return self.last.shown_step(number, self.outputs)

    @cached_property
    def sheets(self) -> tuple[dict[int, Sheet], ...]:
        """What each layer reads, a sheet for each drawn channel."""
        found = []
        for number, plan in enumerate(self.plans):
            floor = self.placing.floors[number]
            one = Sheet(plan.grid, np.zeros(2), filled="intermediate" if number else "input")
            found.append({channel: replace(one, origin=floor.plane(channel).origin) for channel in floor.places})
        return tuple(found)

    @cached_property
    def blocks(self) -> dict[int, Block]:
        """The output, a plane for each drawn channel."""
        top = self.placing.floors[-1]
        return {channel: Block(top.plane(channel)) for channel in top.places}

    @cached_property
    def bounds(self) -> tuple[float, float, float, float]:
        planes = [plane for floor in range(len(self.plans) + 1) for plane in self._planes(floor)]
        corners = np.concatenate([plane.corners() for plane in planes])
        written = word_boxes(self._words.every)
        low = np.concatenate([corners, written[:, :2]]).min(axis=0)
        high = np.concatenate([corners, written[:, 2:]]).max(axis=0)
        return float(low[0]), float(low[1]), float(high[0]), float(high[1])

    def _planes(self, floor: int) -> list[Plane]:
        """Return the sheets of a floor, and the kernels that make them."""
        found = [self.placing.floors[floor].plane(channel) for channel in self.placing.channels(floor)]
        for channel in self._with_kernels(floor - 1) if floor else ():
            found += self.placing.slices(floor - 1, channel).planes.values()
        return found

    @cached_property
    def _words(self) -> ChannelWords:
        return ChannelWords(self.placing)

    @cached_property
    def _obstacles(self) -> Points:
        """Where words stand, which rays leave clear."""
        return obstacles(self._words.every, self.look)

    def ground(self) -> Shapes:
        shapes: list[Shape] = []
        for number, sheets in enumerate(self.sheets):
            for sheet in sheets.values():
                shapes += sheet.ground(pending=number > 0 and self.look.reveal)
        for block in self.blocks.values():
            shapes += block.filled_blank() if self.look.reveal else block.filled("output")
        for layer in range(len(self.plans)):
            for channel in self._with_kernels(layer):
                for plane in self.placing.slices(layer, channel).planes.values():
                    shapes += self._slice(plane)
        return (*shapes, *self._dots(), *self._rules(), *self._words.still)

    def _with_kernels(self, layer: int) -> tuple[int, ...]:
        return self.placing.channels(layer + 1) if self.placing.has_kernels(layer) else ()

    @staticmethod
    def _slice(plane: Plane, is_at_work: bool = False) -> Shapes:
        """Return a slice of a kernel, in shadow and outlined where it is at work."""
        every = np.ones((plane.rows, plane.columns), bool)
        places = np.argwhere(every)
        shadow = (Cells("padding", plane.quads(places), shaded=True),) if is_at_work else ()
        outline = (Lines("reach", plane.outline(0, 0, plane.rows, plane.columns)),) if is_at_work else ()
        return (*shadow, Lines("window", plane.edges(every)), *outline)

    def marks(self, numbers: range) -> Shapes:
        if not self.look.reveal:
            return ()
        shapes: list[Shape] = []
        for number in numbers:
            step = self.step(number)
            row, column = rows_columns(step.own.writes)[0].tolist()
            shapes += self.blocks[step.out_channel].cell(row, column, _made_of(step))
            traced = self.plan.trace(step) if len(self.plans) > 1 else ()
            for layer, one in enumerate(traced[1:], 1):
                for sheet in self._drawn(layer, one.channels):
                    own = self._made(sheet, one) & (sheet.roles == ROLES.index("input"))
                    shapes += cells(sheet.plane, sheet.filled, own)
        return tuple(shapes)

    def _drawn(self, layer: int, channels: Iterable[int]) -> list[Sheet]:
        """Return the sheets of those of some channels that are drawn."""
        return [self.sheets[layer][one] for one in channels if one in self.sheets[layer]]

    @staticmethod
    def _made(sheet: Sheet, needs: Needs) -> Mask:
        """Return which of a sheet's own cells are needed, where they must have been made."""
        mask = np.zeros(sheet.roles.shape, bool)
        grids = np.meshgrid(*needs.cells, indexing="ij")
        mask[tuple(sheet.places(np.stack([grid.ravel() for grid in grids], axis=1)).T)] = True
        return mask

    def moment(self, number: int) -> Shapes:
        step = self.step(number)
        traced = self.plan.trace(step)
        work = {layer: set(one.channels) for layer, one in enumerate(traced)} | {len(traced): {step.out_channel}}
        shapes: list[Shape] = []
        for layer, one in enumerate(traced):
            for sheet in self._drawn(layer, one.channels):
                shapes += self._window(sheet, step, one, layer + 1 == len(traced))
            shapes += self._rays(layer, step, traced, sorted(work[layer + 1]))
        block = self.blocks[step.out_channel]
        row, column = rows_columns(step.own.writes)[0].tolist()
        shapes += block.cell(row, column, _made_of(step), shaded=True)
        shapes.append(Lines("reach", block.plane.outline(row, column, row + 1, column + 1)))
        for layer in range(len(self.plans)):
            for channel in self._with_kernels(layer):
                if channel in work[layer + 1]:
                    for plane in self.placing.slices(layer, channel).planes.values():
                        shapes += self._slice(plane, is_at_work=True)
        return (*shapes, *self._words.labels(work))

    def _window(self, sheet: Sheet, step: ChannelStep, needs: Needs, is_last: bool) -> Shapes:
        """Return what is read of a sheet: the window of the last layer, or all that the windows above it need."""
        if is_last:
            reads = step.own.reads
            return (*sheet.shaded(reads), *sheet.originals(reads), *sheet.reach(reads))
        mask = _product(needs)
        return (*sheet.darkened(mask), Lines("reach", sheet.plane.outline(*_box(mask))))

    def _rays(self, layer: int, step: ChannelStep, traced: tuple[Needs, ...], made: list[int]) -> Shapes:
        """Return the outermost rays from each sheet that is read to each plane that it makes."""
        opaque, read = self._planes(layer + 1), set(traced[layer].channels)
        low: list[Points] = []
        over: list[Points] = []
        for out_channel in made:
            if out_channel not in self.placing.floors[layer + 1].places:
                continue
            plane, cell = self._target(layer, step, traced, out_channel)
            inputs = self.plans[layer].grouping.inputs_of(out_channel)
            for sheet in self._drawn(layer, (one for one in self.sheets[layer] if one in inputs and one in read)):
                rays = silhouette(_corners(sheet.plane, _box(_product(traced[layer]))), _corners(plane, cell))
                low.append(in_sight(rays, opaque))
                seen = plane.hidden_from(rays[:, 0], rays[:, 1])[:, None]
                over.append(np.stack([rays[:, 0] + (rays[:, 1] - rays[:, 0]) * seen, rays[:, 1]], axis=1))
        if not low:
            return ()
        return (
            Lines("ray", around(np.concatenate(low), self._obstacles)),
            Lines("ray_over", around(np.concatenate(over), self._obstacles)),
        )

    def _target(self, layer: int, step: ChannelStep, traced: tuple[Needs, ...], out_channel: int) -> tuple[Plane, Box]:
        """Return a plane above a layer, and the box of its cells that the step needs."""
        if layer + 1 == len(self.plans):
            row, column = rows_columns(step.own.writes)[0].tolist()
            return self.blocks[out_channel].plane, (row, column, row + 1, column + 1)
        sheet = self.sheets[layer + 1][out_channel]
        return sheet.plane, _box(self._made(sheet, traced[layer + 1]))

    def _dots(self) -> Shapes:
        """Return three dots in place of the sheets, and of the slices, that are not drawn."""
        spots = [(x, y, 1.0) for x, y in self.placing.ellipses]
        for layer in range(len(self.plans)):
            for channel in self._with_kernels(layer):
                spots += [(x, y, _FEWER_DOTS) for x, y in self.placing.slices(layer, channel).gaps]
        discs = [
            np.array([x + at * _DOT_PITCH * scale, y]) + _DISC * _DOT * scale
            for x, y, scale in spots
            for at in (-1, 0, 1)
        ]
        return (Cells("dot", np.concatenate(discs)),) if discs else ()

    def _rules(self) -> Shapes:
        """Return a thin rule between groups."""
        if not self.placing.has_rules:
            return ()
        floors = self.placing.floors
        low, high = floors[0].bottom + 2.9 * self.placing.size, self.bounds[1]
        edges = self.placing.group_edges
        middles = [(one[1] + other[0]) / 2 for one, other in pairwise(edges)]
        return (Lines("thread", np.array([[[x, high], [x, low]] for x in middles])),)

    def legend(self) -> tuple[Entry, ...]:
        keys: list[Any] = next(iter(self.sheets[0].values())).legend()
        if len(self.plans) > 1:
            keys.append(key("layer's result", "intermediate"))
        if self.last.leaves_zeros:
            keys.append(key("zero", "inserted"))
        if self.look.reveal:
            keys.append(key("not yet computed", "pending"))
        return (*keys, key("output", "output"))


def _made_of(step: ChannelStep) -> str:
    """Return the look of the cell that a step makes: a zero where nothing is read."""
    return "output" if step.in_channels else "inserted"


def _corners(plane: Plane, box: Box) -> Points:
    top, left, bottom, right = box
    return plane.points(np.array([[top, left], [bottom, left], [bottom, right], [top, right]]))


def _product(needs: Needs) -> Mask:
    """Return which cells of a sheet are read; one axis is a single row."""
    rows, columns = (np.ones(1, bool), *needs.read)[-2:]
    found: Mask = np.logical_and.outer(rows, columns)
    return found


def _box(mask: Mask) -> Box:
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not len(rows):
        return 0, 0, 0, 0
    return int(rows[0]), int(columns[0]), int(rows[-1]) + 1, int(columns[-1]) + 1
