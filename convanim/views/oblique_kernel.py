"""The oblique view of lone planes with kernels beside them, where weights are written: of a layer, and of a chain."""

from __future__ import annotations

from abc import abstractmethod
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from functools import cached_property

import numpy as np

from convanim.base.font import width_of
from convanim.base.language import translated
from convanim.base.records import dataclass
from convanim.plans import Grid, Stage
from convanim.views.between import farthest, offsets
from convanim.views.contents import Contents
from convanim.views.headings import enclosing, kernel_name, word_boxes, words
from convanim.views.margins import right_end, word_bodies
from convanim.views.naming import kernels_in_chain, lies_turned, said_turned
from convanim.views.oblique import BELOW, Floating, FloatingChain
from convanim.views.oblique_graph import ObliqueGraph
from convanim.views.picture import Work
from convanim.views.plane import OBLIQUE, Plane
from convanim.views.resting import RESTING
from convanim.views.scene import Key, Lines, Points, Shapes, Texts
from convanim.views.sheet import Page, Sheet
from convanim.views.sum_line import Summed

_SCALE = 0.8
"""The scale of the kernel's cells."""

_NUMBER = 0.46
"""The largest size of weights, in cells of the kernel."""

_LINE = 1.4
"""The room for a name, in letter sizes."""

_AIR = 0.5
"""The gap between the kernel and what is left of it or above it."""


@dataclass(frozen=True)
class FloatingWithKernel(Floating):
    """Planes that float above each other, and the kernel to the right of the rays between them."""

    draws_kernels = may_lack_kernels = True

    @cached_property
    def _planes(self) -> tuple[float, float, float, float]:
        return super().core

    @cached_property
    def _kernel(self) -> Sheet:
        """The kernel: as far up and to the left as there is room for it."""
        corners = [self.whole(sheet).corners() for sheet in self.sheets.values()]
        # Its far corner stands lower than the name of the plane above.
        rises = self.plan.last.layer.kernel_size[-1] * OBLIQUE.scaled(_SCALE).across[1]
        lows = [box[3] + _AIR - rises for box in word_boxes(self.planes_named[:1]).tolist()]
        height = max([float(corners[1][2][1]), *lows])
        left = right_end([np.concatenate(corners)], height - _AIR, height + _AIR) + _AIR
        return _kernel_sheet(self.contents, self.plan.last, np.array([left, height]))

    @cached_property
    def _offsets(self) -> Plane | None:
        """Where the offsets of the kernel's cells are drawn, below the kernel, since among words there is no room."""
        places = self.plan.last.moved_places
        if places is None or self.plan.dims != 2:
            return None
        kernel = self._kernel.plane
        reach = (OBLIQUE.across[0] + OBLIQUE.down[0]) * self._farthest * _SCALE
        named = self._kernel_named[0].size * _LINE if self._kernel_named else 0.0
        down = np.ptp(kernel.corners()[:, 1]) + named + _AIR + reach / 2
        height = float(kernel.origin[1] + down)
        corners = np.concatenate([self.whole(sheet).corners() for sheet in self.sheets.values()])
        left = right_end([corners], height - _AIR - reach, height + _AIR + reach) + _AIR + reach / 2
        return replace(kernel, origin=np.array([max(left, float(kernel.origin[0])), height]))

    @cached_property
    def _farthest(self) -> float:
        """How far offsets reach, in cells; longer ones may reach over the words around them."""
        return farthest(self.plan.last)

    @cached_property
    def _kernel_named(self) -> tuple[Texts, ...]:
        """The name of the kernel, at its near corner, as large as those of the planes."""
        stage = self.plan.last
        own = self._named(self._kernel.plane, kernel_name(self.plan.names, stage.layer).called)
        if not own:
            return own
        (left, top), size = own[0].places[0].tolist(), own[0].size
        return (*own, *(words(line, left, top + _LINE * size, size, anchor=0.0) for line in said_turned(stage)))

    def _named(self, plane: Plane, said: str, away: float = 0.0) -> tuple[Texts, ...]:
        """Return a name some cells below the near corner of a plane, as large as those of tensors if they have any."""
        size = next((one.size for one in self.planes_named), 0.0)
        x, y = (plane.points(np.array([plane.rows + away, 0.0])) + np.array(BELOW) * size).tolist()
        return (words(said, x, y, size, anchor=0.0),) if size else ()

    @cached_property
    def _offsets_named(self) -> tuple[Texts, ...]:
        # Translators: Beside arrows that show how far each cell of a kernel is moved.
        return () if self._offsets is None else self._named(self._offsets, translated("offsets"), self._farthest)

    @cached_property
    def core(self) -> tuple[float, float, float, float]:
        """The left, top, right and bottom of all planes, of the kernel and of their names."""
        corners = [np.array(self._planes).reshape(2, 2), self._kernel.plane.corners()]
        if self._offsets is not None:
            far, own = self._farthest, self._offsets
            corners.append(own.rectangle(-far, -far, own.rows + far, own.columns + far))
        return enclosing(np.concatenate(corners), [*self._kernel_named, *self._offsets_named])

    def kernels(self) -> Shapes:
        """Return the kernel, and the grid of its offsets."""
        if self._offsets is None:
            return self._kernel.ground()
        every = np.ones((self._offsets.rows, self._offsets.columns), bool)
        return (*self._kernel.ground(), Lines("edge", self._offsets.edges(every)))

    def kernels_at(self, work: Work) -> Shapes:
        """Return the offset of each cell of the kernel, or a ring around the weight that is talked about."""
        if self.plan.last.number in self.stamped:
            return self.stamped[self.plan.last.number].weight(work, {0: [self._kernel]})
        if self._offsets is None or work.step is None:
            return ()
        return offsets(self._offsets, work.step.reads[0])

    def words(self) -> Shapes:
        """Return the names of the planes, of the kernel and of its offsets."""
        return (*super().words(), *self._kernel_named, *self._offsets_named)


@dataclass(frozen=True)
class WithKernels(Summed):
    """A view of several layers with lone planes, and their kernels to the right of the words about them."""

    draws_kernels = may_lack_kernels = True

    @property
    @abstractmethod
    def _worded(self) -> Iterable[tuple[Stage, float]]:
        """The stages whose kernels are drawn, and the heights of the words about them."""

    @property
    @abstractmethod
    def _around(self) -> list[Points]:
        """Points, of which each array stands for all that lies between its points, of planes, rays and words."""

    @property
    @abstractmethod
    def _word_size(self) -> float:
        """The size of the words about layers."""

    @cached_property
    def _kernels(self) -> dict[int, Sheet]:
        """The kernels, by the numbers of their stages."""
        around, found, line = self._around, dict[int, Sheet](), _LINE * self._word_size
        for stage, middle in self._worded:
            sheet = _kernel_sheet(self.contents, stage, np.array([0.0, middle]))
            (_, top, wide, bottom), lines = sheet.box, self._lines(stage)
            # Words below a small kernel are wider than it.
            beyond = max(0.0, (max(map(width_of, lines)) * self._word_size - wide) / 2)
            ends = right_end(around, top, bottom), right_end(around, bottom, bottom + line * len(lines)) + beyond
            found[stage.number] = sheet.moved(np.array([max(ends) + _AIR, middle]))
        return found

    def _lines(self, stage: Stage) -> tuple[str, ...]:
        """Return the lines below a kernel: its name and, where it lies turned in windows, that it does."""
        return (kernels_in_chain(self.plan, stage).called, *said_turned(stage))

    @cached_property
    def _told(self) -> tuple[Texts, ...]:
        """What is said below kernels."""
        stages, size, found = self.plan.main, self._word_size, []
        for stage in (stage for stage in stages if stage.number in self._kernels):
            left, _, right, bottom = self._kernels[stage.number].box
            found += [
                words(line, (left + right) / 2, bottom + _LINE * size * (row + 0.5), size)
                for row, line in enumerate(self._lines(stage))
            ]
        return tuple(found)

    @cached_property
    def core(self) -> tuple[float, float, float, float]:
        """The left, top, right and bottom of all planes, kernels and words."""
        boxes = [super().core, *(sheet.box for sheet in self._kernels.values())]
        return enclosing(np.array(boxes).reshape(-1, 2), self._told)

    def kernels(self) -> Shapes:
        """Return all kernels at rest."""
        return tuple(shape for sheet in self._kernels.values() for shape in sheet.ground(strength=RESTING))

    def kernels_at(self, work: Work) -> Shapes:
        """Return the kernel at work."""
        sheet = None if work.stage is None else self._kernels.get(work.stage.number)
        key = Key("kernel", (0 if work.stage is None else work.stage.number,))
        if sheet is None or work.stage is None:
            return ()
        own = tuple(replace(shape, key=key) for shape in sheet.ground())
        stamped = self.stamped.get(work.stage.number)
        return own if stamped is None else (*own, *stamped.weight(work, {0: [sheet]}))

    def pales_kernels(self, work: Work) -> bool:
        """Return whether kernels that are not at work in a step are drawn pale."""
        return work.stage is not None and bool(self._kernels.keys() - {work.stage.number})

    def words(self) -> Shapes:
        """Return the words about the planes, the layers and the kernels."""
        return (*super().words(), *self._told)


@dataclass(frozen=True)
class ChainWithKernels(WithKernels, FloatingChain):
    """A chain of planes that float above each other, with kernels."""

    @property
    def _worded(self) -> Iterable[tuple[Stage, float]]:
        slots = zip(self._slots[1::2], self.plan.main, strict=True)
        return [(stage, sum(slot) / 2) for slot, stage in slots if stage.is_weighted]

    @property
    def _around(self) -> list[Points]:
        return [*self._bodies, *word_bodies(self._labels())]

    @property
    def _word_size(self) -> float:
        return self.size


@dataclass(frozen=True)
class GraphWithKernels(WithKernels, ObliqueGraph):
    """Layers with branches, with the kernels of those that work alone between two floors."""

    @property
    def _worded(self) -> Iterable[tuple[Stage, float]]:
        floors = Counter(self.lanes.columns[stage.target] for stage in self.plan.main)
        alone = (stage for stage in self.plan.main if floors[self.lanes.columns[stage.target]] == 1)
        return [(stage, float(self.spot(stage)[1])) for stage in alone if stage.is_weighted]

    @property
    def _around(self) -> list[Points]:
        return [*self._bodies, *word_bodies(self._layers())]

    @property
    def _word_size(self) -> float:
        return self.size


def _kernel_sheet(contents: Contents, stage: Stage, left_corner: Points) -> Sheet:
    """Return the kernel of a lone plane as it lies in the windows, given where its left corner stands."""
    rows, columns = (1, *stage.layer.kernel_size)[-2:]
    is_turned = lies_turned(stage)
    return Sheet(
        Grid.plain((rows, columns)),
        left_corner,
        OBLIQUE.scaled(_SCALE),
        filled="kernel",
        page=Page(-1),
        lettering=contents.kernel_lettering(stage, 0, 0, 0, _NUMBER, is_turned),
        heights=contents.kernel_heights(stage, 0, 0, 0, is_turned),
    )
