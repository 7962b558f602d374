"""The oblique view of one layer with its kernel beside the planes, where its weights are written."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from convanim.base.records import dataclass
from convanim.plans import Grid
from convanim.views.headings import enclosing, kernel_name, word_boxes, words
from convanim.views.margins import right_end
from convanim.views.oblique import BELOW, Floating
from convanim.views.plane import OBLIQUE
from convanim.views.scene import Shapes, Texts
from convanim.views.sheet import Page, Sheet

_SCALE = 0.8
"""The scale of the kernel's cells."""

_NUMBER = 0.46
"""The largest size of weights, in cells of the kernel."""

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
        stage = self.plan.last
        size = (1, *stage.layer.kernel_size)[-2:]
        projection = OBLIQUE.scaled(_SCALE)
        corners = [self.whole(sheet).corners() for sheet in self.sheets.values()]
        named = [box[3] for box in word_boxes(self.planes_named[:1]).tolist()]
        height = max(corners[1][2][1], *(low + _AIR - size[1] * projection.across[1] for low in named), -np.inf)
        left = right_end([np.concatenate(corners)], height - _AIR, height + _AIR) + _AIR
        is_turned = stage.layer.is_flipped
        return Sheet(
            Grid.plain((size[0], size[1])),
            np.array([left, height]),
            projection,
            filled="kernel",
            page=Page(-1),
            lettering=self.contents.kernel_lettering(stage, 0, 0, 0, _NUMBER, is_turned),
            heights=self.contents.kernel_heights(stage, 0, 0, 0, is_turned),
        )

    @cached_property
    def _kernel_named(self) -> tuple[Texts, ...]:
        """The name of the kernel, at its near corner, as large as those of the planes."""
        size = next((one.size for one in self.planes_named), 0.0)
        x, y = (self._kernel.plane.corners()[3] + np.array(BELOW) * size).tolist()
        said = kernel_name(self.plan.names, self.plan.last.layer).called
        return (words(said, x, y, size, anchor=0.0),) if size else ()

    @cached_property
    def core(self) -> tuple[float, float, float, float]:
        """The left, top, right and bottom of all planes, of the kernel and of their names."""
        corners = np.concatenate([np.array(self._planes).reshape(2, 2), self._kernel.plane.corners()])
        return enclosing(corners, self._kernel_named)

    def kernels(self) -> Shapes:
        """Return the kernel."""
        return self._kernel.ground()

    def words(self) -> Shapes:
        """Return the names of the planes and of the kernel."""
        return (*super().words(), *self._kernel_named)
