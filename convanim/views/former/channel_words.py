"""What is written in a picture with channels: names of planes, kernels, groups and layers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np

from convanim.scene import Texts
from convanim.views.former.floors import Placing
from convanim.views.former.headings import word_boxes, words
from convanim.views.former.nesting import Floor
from convanim.wording import layer_lines, layer_title

_SMALL = 0.95
"""Of the numbers below slices, as a part of other words' size."""

Work = Mapping[int, set[int]]
"""Which channels of each floor take part in a step."""


@dataclass(frozen=True)
class ChannelWords:
    """Words of one size, where a placing has room for them.

    Attributes
    ----------
    placing : Placing
        Where everything stands.
    """

    placing: Placing

    @property
    def _size(self) -> float:
        return self.placing.size

    @property
    def _last(self) -> int:
        """The number of the last floor."""
        return len(self.placing.plans)

    @cached_property
    def every(self) -> tuple[Texts, ...]:
        """All words as they are at work, when they are widest."""
        return (
            *self.labels({floor: set(self.placing.channels(floor)) for floor in range(self._last + 1)}),
            *self.still,
        )

    def labels(self, work: Work) -> tuple[Texts, ...]:
        """Return the names of planes, kernels and groups, bold where they are at work."""
        found: list[Texts] = []
        for number, floor in enumerate(self.placing.floors):
            for channel in floor.places:
                face = "bold" if channel in work[number] else "regular"
                found.append(self._plane_name(number, channel, face))
                if number and self.placing.has_kernels(number - 1):
                    found += self._kernel(number - 1, channel, face)
        return (*found, *self._groups(work))

    @cached_property
    def still(self) -> tuple[Texts, ...]:
        """The words that never change: how many are not drawn, signs between slices, and what the layers are."""
        found = [words(remark, x, y, self._size) for x, y, remark in self.placing.remarks]
        if self.placing.has_kernels(self._last - 1):
            for channel in self.placing.channels(self._last):
                found += self._signs(channel)
        return (*found, *self._layers())

    def _plane_name(self, number: int, channel: int, face: str) -> Texts:
        name = "input" if number == 0 else "output" if number == self._last else "mid"
        return _beside(f"{name} {channel + 1}", self.placing.floors[number], channel, number > 0, self._size, face)

    def _kernel(self, layer: int, channel: int, face: str) -> list[Texts]:
        """Return the name of a kernel, and the numbers of the channels that its slices belong to."""
        slices = self.placing.slices(layer, channel)
        corners = np.concatenate([plane.corners() for plane in slices.planes.values()])
        (left, top), (right, bottom) = corners.min(axis=0).tolist(), corners.max(axis=0).tolist()
        name = f"{self.placing.kernel_name(layer)} {channel + 1}"
        if layer + 1 < self._last:
            return [words(name, (left + right) / 2, bottom + 0.75 * self._size, self._size, face)]
        found = [words(name, (left + right) / 2, top - 0.75 * self._size, self._size, face)]
        if self._is_numbered(layer):
            low = bottom + 0.7 * self._size
            for one, plane in slices.planes.items():
                found.append(words(str(one + 1), float(plane.corners()[:, 0].mean()), low, _SMALL * self._size, face))
        return found

    def _is_numbered(self, layer: int) -> bool:
        """Return whether slices bear numbers: not where each kernel reads the channel of its own number."""
        grouping = self.placing.plans[layer].grouping
        return grouping.inputs_a_group > 1 or grouping.outputs_a_group > 1

    def _signs(self, channel: int) -> list[Texts]:
        """Return the signs between the numbers of a kernel's slices."""
        slices = self.placing.slices(self._last - 1, channel)
        corners = np.concatenate([plane.corners() for plane in slices.planes.values()])
        low = float(corners[:, 1].max()) + 0.7 * self._size
        middles = [float(plane.corners()[:, 0].mean()) for plane in slices.planes.values()]
        between = [x for x, _ in slices.gaps]
        places = [("+", (one + other) / 2) for one, other in pairwise(sorted(middles + between))]
        places += [("…", x) for x in between]
        return [words(sign, x, low, _SMALL * self._size) for sign, x in places]

    def _layers(self) -> list[Texts]:
        """Return what the layers of a chain are, between the floors."""
        if self._last == 1:
            return []
        floors, size = self.placing.floors, self._size
        right = max(float(floor.plane(one).corners()[:, 0].max()) for floor in floors for one in floor.places)
        names = [
            self._plane_name(number, one, "bold")
            for number in range(1, self._last + 1)
            for one in floors[number].places
        ]
        right = max(right, float(word_boxes(names)[:, 2].max()))
        found: list[Texts] = []
        for plan, (low, high) in zip(self.placing.plans, pairwise(floors), strict=True):
            lines = (layer_title(plan.layer), *layer_lines(plan.layer))
            middle = (low.top + high.bottom) / 2 - 0.7 * size * (len(lines) - 1)
            found += [
                words(line, right + 0.6, middle + 1.4 * size * number, size, anchor=0.0)
                for number, line in enumerate(lines)
            ]
        return found

    def _groups(self, work: Work) -> list[Texts]:
        """Return the names of groups, below them."""
        if not self.placing.has_rules:
            return []
        low = self.placing.floors[0].bottom + 2.4 * self._size
        grouping = self.placing.plans[0].grouping
        active = {grouping.group_of(channel) for channel in work[1]}
        return [
            words(f"group {group + 1}", (left + right) / 2, low, self._size, "bold" if group in active else "regular")
            for group, (left, right) in zip(self.placing.selection.groups, self.placing.group_edges, strict=True)
            if group is not None
        ]


def _beside(text: str, floor: Floor, channel: int, is_above: bool, size: float, face: str) -> Texts:
    """Return the name of a plane: at its near corner, or at its far one where something reads it from below."""
    far, near = floor.plane(channel).corners()[[1, 3]].tolist()
    if is_above:
        return words(text, far[0] + 0.9 * size, far[1] + 0.1 * size, size, face, anchor=0.0)
    return words(text, near[0] + 0.6 * size, near[1] + 0.45 * size, size, face, anchor=0.0)
