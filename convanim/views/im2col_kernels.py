"""The kernel that a step of im2col's product multiplies, beside the input, before it is flattened."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property

import numpy as np

from convanim.base.font import width_of
from convanim.base.records import dataclass
from convanim.plans import Stage
from convanim.views.flat_layout import grid
from convanim.views.headings import enclosing, face_of, kernel_name, lines_above, lines_below
from convanim.views.matrix import NUMBER, Matrices
from convanim.views.naming import lies_turned
from convanim.views.picture import Work
from convanim.views.resting import RESTING
from convanim.views.scene import Key, Shapes, Texts
from convanim.views.sheet import Page, Sheet
from convanim.views.sum_line import Box
from convanim.words.turning import turned_words

KERNEL_GAP = 0.9
"""The gap between a kernel and the plane that it slides over, in cells of the matrices."""

_BEFORE_NAME = 0.9
"""The gap between the name of a kernel and that of the plane beside it, in letter sizes."""


@dataclass(frozen=True)
class WithKernels(Matrices):
    """A product beside whose input the kernels of one output channel stand, one for each input channel."""

    @property
    def has_kernels(self) -> bool:
        """Whether kernels are drawn: those of several rows and columns, which flattening changes."""
        return self.plan.last.is_weighted and self.plan.dims == 2 and min(self.plan.last.layer.kernel_size) > 1

    @property
    def taking_turns(self) -> tuple[Stage, ...]:
        """The layer, if several of its kernels read the same input channel, beside which there is room for one."""
        return (self.plan.last,) if self.has_kernels and self.plan.last.grouping.outputs_a_group > 1 else ()

    @property
    def kernel_room(self) -> float:
        """The width of a kernel in cells of the planes; 0 if none is drawn."""
        return float(self.plan.last.layer.kernel_size[-1]) if self.has_kernels else 0.0

    @cached_property
    def kernel_name_ems(self) -> float:
        """The width of the widest line of a kernel's name, in letter sizes; 0 where kernels are not drawn."""
        named = (self._name_lines(out, one) for out, one, _ in self.pairs(Work(0)))
        lines = [line for above, below in named for line in (*above, *below)]
        return max((width_of(line, "bold") for line in lines), default=0.0)

    @property
    def kernels_width(self) -> float:
        """The width of a kernel beside its plane, or of its name if that is wider."""
        return max(self.kernel_room * self.scale, self.kernel_name_ems * self.size)

    @cached_property
    def beyond_planes(self) -> float:
        """How far the names of several inputs extend to each side beyond their planes, with the gap before them."""
        site = self.sites[0]
        named = max(width_of(self.title(site, page), "bold") for page in self.pages(site)) * self.size
        beyond = (named - self.shape_of(site)[2] * self.scale) / 2
        return beyond + _BEFORE_NAME * self.size if beyond > 0 and len(self.pages(site)) > 1 else 0.0

    def pairs(self, work: Work) -> Iterator[tuple[int, int, bool]]:
        """Yield the output channel whose kernel stands beside each input channel, and whether a step multiplies it."""
        grouping = self.plan.last.grouping
        now = grouping.out_channels - 1 if work.step is None else work.step.channel
        for one in range(grouping.in_channels if self.has_kernels else 0):
            readers = [out for out in range(grouping.out_channels) if one in grouping.inputs_of(out)]
            yield (
                max((out for out in readers if out <= now), default=readers[0]),
                one,
                work.step is not None and now in readers,
            )

    def _beside(self, out: int, one: int) -> Sheet:
        """Return the kernel of an output channel beside the plane of an input channel."""
        stage, beside = self.plan.last, self.sheets[Page(0, one, 0)]
        wide = self.kernel_room * self.scale
        lettering = (
            self.contents.kernel_lettering(stage, out, one, 0, NUMBER, lies_turned(stage))
            if self.look.has_cells
            else None
        )
        left = beside.box[0] - KERNEL_GAP - wide
        return grid(stage.layer.kernel_size, left, float(beside.middle[1]), self.scale, lettering=lettering)

    def _name_lines(self, out: int, one: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return the lines above a kernel, its name, and those below, that it is turned if it is."""
        name = kernel_name(self.plan.names, self.plan.last.layer)
        return name.of_pair(out, one, self.plan.last.grouping), (turned_words(self.plan.dims),) * lies_turned(
            self.plan.last
        )

    def names_of(self, out: int, one: int, is_at_work: bool) -> tuple[Texts, ...]:
        """Return the lines above and below a kernel."""
        sheet, (above, below) = self._beside(out, one), self._name_lines(out, one)
        wide = max(width_of(line, "bold") * self.size for line in (*above, *below))
        # Names that are wider than their kernel end with it, and before a name that is wider than its plane.
        end = sheet.box[2] + min(KERNEL_GAP / 2, KERNEL_GAP - self.beyond_planes)
        middle = min(float(sheet.middle[0]), end - wide / 2)
        first, *rest = lines_above(above, middle, sheet.box[1], self.size)
        first = replace(first, face=face_of(is_at_work and self.has_several))
        return first, *rest, *lines_below(below, middle, sheet.box[3], self.size)

    @cached_property
    def _core(self) -> Box:
        return super().core

    @cached_property
    def core(self) -> Box:
        """The left, top, right and bottom of the picture without the sum."""
        shown = [(out, one) for out, one, _ in self.pairs(Work(0))]
        boxes = [self._core, *(self._beside(*pair).box for pair in shown)]
        return enclosing(
            np.array(boxes).reshape(-1, 2), [text for pair in shown for text in self.names_of(*pair, True)]
        )

    def pales_kernels(self, work: Work) -> bool:
        """Return whether kernels that are not at work in a step are drawn pale, and so their rows."""
        return self.plan.last.is_weighted and self.plan.last.grouping.out_channels > 1

    def kernels_at(self, work: Work) -> Shapes:
        """Return the cells of the matrices at work, and the kernels beside the input."""
        return (*super().kernels_at(work), *self._shown(work))

    def end(self) -> Shapes:
        """Return what the last moment shows: all kernels at rest."""
        return (*super().end(), *self._shown(Work(len(self.plan))))

    def _shown(self, work: Work) -> Shapes:
        found = list(Shapes())
        for out, one, is_at_work in self.pairs(work):
            own = self._beside(out, one).ground(strength=1.0 if is_at_work else RESTING)
            named = self.names_of(out, one, is_at_work)
            found += [replace(shape, key=Key("kernel", (one,))) for shape in (*own, *named)]
        return tuple(found)
