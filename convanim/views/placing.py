"""The layout of a picture with several planes: floors above each other, sheets side by side on each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property, partial

import numpy as np

from convanim.base.font import width_of
from convanim.base.records import dataclass
from convanim.plans import USUAL_NAMES, Names, Stage
from convanim.views.channels import Chosen, Slots
from convanim.views.floor_names import LEFT, RIGHT
from convanim.views.floor_rooms import DOTS, REMARK_BELOW, FloorRooms, missing
from convanim.views.headings import LINE, heading_size, more
from convanim.views.look import Look
from convanim.views.nesting import Floor, Sheaf, Slices, chord, lean, resting
from convanim.views.plane import OBLIQUE, Plane

_STEEPNESS = 0.22
"""How far the flattest ray between two floors of a chain rises on its way, relative to how far it leads aside."""

_RAISED, _MOST_RAISED, _APART = 0.3, 2.8, 0.06
"""By how much floors are raised, and at most, until no ray runs along edges: how far from one, relative to its way."""

ABOVE, BELOW = 1.05, 0.75
"""How far above or below the corners of planes their names stand, in letter sizes."""

_ROUNDS, _MOST_SWELLING = 3, 1.25
"""How often the size of words is fitted to the width, and the factor by which it may grow at most."""

_LARGER_BESIDE = 1.3
"""The factor by which words are larger in a picture that stands beside others."""


_BEFORE_NAME = 0.6
"""The least gap between words about an ellipsis and the next name, in letter sizes."""


@dataclass(frozen=True)
class Placing(FloorRooms):
    """Layers in sequence laid out from the input below to the output above, from sizes alone."""

    @classmethod
    def of(
        cls,
        stages: tuple[Stage, ...],
        chosen: Chosen,
        look: Look,
        depths: tuple[Slots, ...],
        names: Names = USUAL_NAMES,
    ) -> Placing:
        """Return a placing with room for words, if any, in a size that suits its width without inflating it."""
        larger = _LARGER_BESIDE if look.is_beside else 1.0
        are_written = look.in_cells.is_labelled
        sized = partial(
            cls, stages, chosen, depths, names=names, first_cell=look.first_cell, are_weights_written=are_written
        )
        if not look.has_words:
            return sized(0.0)
        bare = larger * sized(0.0).own_size
        found = sized(bare)
        for _ in range(_ROUNDS):
            found = sized(min(larger * heading_size(found.width), _MOST_SWELLING * bare))
        return found

    @cached_property
    def floors(self) -> tuple[Floor, ...]:
        """The floors with their planes, from the input up."""
        found: list[Floor] = []
        level = 0.0
        for number, (rows, columns) in enumerate(self.sizes):
            places, gaps = self._row(number)
            if found:
                air = max(self.air(rows), self._climb(number, found[-1].places, places))
                level = found[-1].top - air - 0.65 * rows
            if found and (found[-1].rows, found[-1].columns) == (rows, columns):
                level = _clear_of_edges(level, found[-1], places)
            floor = Floor(rows, columns, level, places, gaps)
            if self.last == number == len(places) == len(found[-1].places) == 1 and not self.has_kernels(0):
                # Nothing stands between lone planes, so that one floats close above the other.
                below, above = (one.plane(*one.places) for one in (found[-1], floor))
                spare = -above.rise_over(below) - 1 - 2 / below.rows
                floor = replace(floor, level=level + max(0.0, spare))
            found.append(floor)
        return tuple(found)

    def _climb(self, number: int, below: Mapping[Sheaf, float], places: Mapping[Sheaf, float]) -> float:
        """Return the room below a floor of a chain in which no ray is so flat that it runs into names beside sheets."""
        if self.last == 1 or self.aligned(number).start < number:
            return 0.0
        return _STEEPNESS * max(max(places.values()) - min(below.values()), max(below.values()) - min(places.values()))

    def _row(self, floor: int) -> tuple[dict[Sheaf, float], tuple[tuple[float, int], ...]]:
        """Return the middles of a floor's planes, and of its ellipses with how many planes each stands for."""
        places: dict[Sheaf, float] = {}
        gaps: list[tuple[float, int]] = []
        before, own, _ = self.ellipsis(floor)
        for (left, right), group in zip(self.group_edges, self.slots(floor), strict=True):
            steps = self.steps(floor, group)
            # The planes stand in the middle, whatever stands beside them.
            rooms = [self.room(floor, one) for one in group if one is not None]
            at = (left + right - sum(steps) + (rooms[-1][1] - rooms[0][0] if rooms else 0.0)) / 2
            if not group:
                gaps.append((left + before + own / 2, self.left_out_groups(floor)))
            for number, (one, step) in enumerate(zip(group, steps, strict=True)):
                if one is None:
                    following = group[number + 1]
                    assert following is not None
                    # Larger sheets than those that they are aligned with reach into the room of an ellipsis.
                    edge = at + step + self.room(floor, following)[0] - chord(*self.sizes[floor]) / 2
                    free = edge - self._beside(floor, following)[0] - 0.65 * DOTS
                    gaps.append((min(at + before + own / 2, free), missing(group, number)))
                else:
                    places[one] = at + self.room(floor, one)[0]
                at += step
        return places, tuple(gaps)

    @cached_property
    def ellipses(self) -> tuple[tuple[float, float], ...]:
        """The middle of each ellipsis of sheets."""
        return tuple((x, (floor.top + floor.bottom) / 2) for floor in self.floors for x, _ in floor.gaps)

    @cached_property
    def remarks(self) -> tuple[tuple[int, float, float, str], ...]:
        """The words about each ellipsis with its floor and their middle: level with names of sheets, clear of rays."""
        floors = enumerate(self.floors)
        return tuple(
            (number, self._between_names(number, x + aside, more(count)), y, more(count))
            for number, floor in floors
            # The name of a row tells it, where rays would run through words.
            if not self.is_row(number)
            for aside, y in (self._remark_place(number),)
            for x, count in floor.gaps
        )

    def _between_names(self, number: int, x: float, said: str) -> float:
        """Return the middle of words about an ellipsis: in that between two names of inputs if they would meet one."""
        floor, half = self.floors[number], (width_of(said, "bold") / 2 + _BEFORE_NAME) * self.size
        # Names of the input begin right of the near corners of its planes.
        aside = (OBLIQUE.down[0] * floor.rows - floor.columns) / 2
        nexts = [place + aside for place in floor.places.values() if place > x] if number == 0 else []
        if not nexts or x + half <= min(nexts):
            return x
        before = [(place, one) for one, place in floor.places.items() if place < x][-1:]
        ends = [at + aside + max(map(width_of, self.name_lines(number, one))) * self.size for at, one in before]
        middles = [(end + min(nexts)) / 2 + _BEFORE_NAME * self.size for end in ends]
        return min([min(nexts) - half, *middles])

    def _remark_place(self, number: int) -> tuple[float, float]:
        """Return how far right of the middle of an ellipsis the words about it stand, and how high."""
        floor, size = self.floors[number], self.size
        if self.is_named_beside(number):
            # They stay in the slanted gap between two sheets.
            down = REMARK_BELOW * size
            return lean(floor.rows, floor.columns) * down, (floor.top + floor.bottom) / 2 + down
        return 0.0, floor.top - ABOVE * size if number else floor.bottom + BELOW * size

    @property
    def kernel_level(self) -> float:
        """The height of the left corners of the kernels above the last floor."""
        _, rows, _ = self.kernel_shape(self.last - 1)
        top = self.floors[-1].top
        told = self.told_below(self.last - 1, self.sheaves(self.last)[-1][0])
        below = 3.3 + LINE * ((self.is_deep and self.has_channels) + max(0, len(told) - 1))
        return top - below * self.size - 0.65 * rows * self.scale[-1] - 0.3

    def _kernel_spot(self, layer: int, channel: int) -> tuple[float, float]:
        """Return the middle of a kernel, and the height of its left corner: above what it makes, or beside that."""
        _, rows, columns = self.kernel_shape(layer)
        number, floor = layer + 1, self.floors[layer + 1]
        if number == self.last:
            return floor.middle(channel), self.kernel_level
        place, skipped = self.kernel_place(number, channel), self.skipped(number, channel)
        down = self.chosen.channels(number).index(channel) * self.kernel_pitch(number)
        if self.is_row(number):
            channel = self.chosen.channels(number)[-(place > 0)]
        plane = floor.plane((channel, self.depths[number][0] or 0))
        x, y = plane.corners()[RIGHT if place > 0 else LEFT].tolist()
        away = self.name_room(number) * (place > 0) + (abs(place) - 1) * self.kernel_room(number)
        away += self.beside_kernel(number) + self.kernel_block(layer) / 2 + skipped
        level = y - (0.65 * rows - 0.5 * columns) * self.scale[layer] / 2
        return x + (away if place > 0 else -away), level + down * self.stacks_kernels(number)

    @cached_property
    def kernel_ellipses(self) -> tuple[tuple[float, float], ...]:
        """The middle of each ellipsis between kernels: above that of what they make, or at an end of a row."""
        found = []
        if self.has_kernels(self.last - 1):
            _, rows, columns = self.kernel_shape(self.last - 1)
            middle = self.kernel_level + (0.65 * rows - 0.5 * columns) * self.scale[-1] / 2
            found += [(x, middle) for x, _ in self.floors[-1].gaps]
        for layer in range(self.last - 1):
            before, after = self.chosen.channels(layer + 1)[-2:][0], self.chosen.channels(layer + 1)[-1]
            if self.skipped(layer + 1, after):
                planes = [next(iter(self.slices(layer, one).planes.values())) for one in (before, after)]
                x, y = np.mean([plane.corners().mean(axis=0) for plane in planes], axis=0).tolist()
                found.append((x, y))
        return tuple(found)

    def slices(self, layer: int, out_channel: int) -> Slices:
        """Return the slices of an output channel's kernel."""
        _, rows, columns = self.kernel_shape(layer)
        read, pitch = self.in_kernel(layer, out_channel), self.slice_pitch(layer)
        middle, level = self._kernel_spot(layer, out_channel)
        at = middle - pitch * (len(read) - 1) / 2
        planes: dict[Sheaf, Plane] = {}
        gaps: list[tuple[float, float]] = []
        for number, one in enumerate(read):
            x = at + pitch * number
            plane = resting(rows, columns, x, level, self.scale[layer])
            if one is None:
                gaps.append((x, float(plane.corners()[:, 1].mean())))
            else:
                planes[one] = plane
        return Slices(planes, tuple(gaps))


def _clear_of_edges(level: float, below: Floor, places: Mapping[Sheaf, float]) -> float:
    """Return the height, at or little above a level, where rays between cells of two floors run along no edges."""
    (right, rise), (aside, fall) = OBLIQUE.across, OBLIQUE.down
    ways = np.array([end - start for start in below.places.values() for end in places.values()])
    # A ray to the right rises along columns, one to the left along rows, seen from their ends.
    along = np.where(ways > 0, -rise / right, fall / aside) * abs(ways)
    raised = np.arange(level, level - _MOST_RAISED, -_RAISED)
    rises = (below.level - raised)[:, None]
    apart = (abs(rises - along) / np.hypot(ways, rises)).min(axis=1)
    # The lowest that is far enough from all edges, or else the one that is the farthest.
    return float(raised[(apart > _APART).argmax() if (apart > _APART).any() else apart.argmax()])
