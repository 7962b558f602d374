"""How large the values of cells are to the eye: their greys, and the heights of their bars."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np

from convanim.base.records import dataclass
from convanim.plans import Plan, Stage, Windows
from convanim.plans.steps import kept
from convanim.views.heights import Heights
from convanim.views.look import Look
from convanim.views.scene import Points
from convanim.views.slices import page_of


@dataclass(frozen=True, eq=False)
class Graded:
    """The greys and the bars of a plan's cells and kernels.

    Attributes
    ----------
    plan : Plan
        The plan.
    look : Look
        Says whether greys or bars are drawn.
    """

    plan: Plan
    look: Look

    def tones(self, stage: Stage | None, tensor: int, channel: int, slice_: int) -> Points | None:
        """Return the grey of each cell of a page, from 0 (black, the smallest value) to 1 (white, the largest).

        The grey of cells without a source has no meaning.
        """
        values = self.plan.plane(tensor, channel) if self.look.has_shades else None
        if values is None:
            return None
        grid = values.astype(float)
        known = np.isfinite(grid)
        low, high = self.span(tensor, channel)
        greys: Points = np.clip((grid - low) / (high - low), 0, 1) if high > low else np.full(grid.shape, 0.5)
        greys = np.where(known, greys, 0.0).round(3)
        if stage is not None:
            greys = greys[np.ix_(*(np.maximum(one, 0) for one in stage.grid.source))]
        page: Points = page_of(greys, slice_)
        return page

    def span(self, tensor: int, channel: int) -> tuple[float, float]:
        """Return the smallest and the largest number of a channel, or of all that numbers are moved between."""
        joined = self._moved.get(tensor)
        planes = [(tensor, channel)] if joined is None else joined
        ends = [self._ends(*plane) for plane in planes]
        return min(low for low, _ in ends), max(high for _, high in ends)

    @kept
    def _ends(self, tensor: int, channel: int) -> tuple[float, float]:
        values = self.plan.planes(tensor, channel)
        known = values[np.isfinite(values.astype(float))]
        return (known.min().item(), known.max().item()) if len(known) else (np.inf, -np.inf)

    @cached_property
    def _moved(self) -> dict[int, list[tuple[int, int]]]:
        """For each tensor that a stage reads or makes without weights: all channels that share its greys."""
        found: dict[int, set[int]] = {}
        for stage in self.plan.stages:
            if not stage.is_weighted:
                joined = {stage.target, *stage.sources}.union(*(found.get(one, ()) for one in stage.sources))
                found |= dict.fromkeys(joined, joined)
        return {
            tensor: [(one, channel) for one in joined for channel in range(self.plan.tensors[one].channels)]
            for tensor, joined in found.items()
        }

    def heights(self, stage: Stage | None, tensor: int, channel: int, slice_: int) -> Heights | None:
        """Return the bars of a page of a channel, as it is (no stage) or as a stage reads it, None without bars."""
        values = self.plan.plane(tensor, channel) if self.look.has_bars else None
        if values is None:
            return None
        own = values.astype(float)
        if stage is not None:
            has_source = np.ones((), bool)
            for number, one in enumerate(stage.grid.source):
                has_source = has_source & (one >= 0).reshape([-1 if at == number else 1 for at in range(own.ndim)])
            own = np.where(has_source, own[np.ix_(*(np.maximum(one, 0) for one in stage.grid.source))], np.nan)
        has_words = self.look.has_cells and self.look.is_labelled
        return Heights.of(page_of(own, slice_), self._scale(tensor), has_words)

    def _scale(self, tensor: int) -> Any:
        """Return the values to whose scale the bars of a tensor are drawn: of all tensors, unless weights part them."""
        if self.plan.has_one_scale:
            every = (self.plan.values(one) for one in range(len(self.plan.tensors)))
            return np.concatenate([values.ravel() for values in every if values is not None])
        return self.plan.values(tensor)

    def kernel_heights(
        self, stage: Stage, out_channel: int, in_channel: int, slice_: int, is_rotated: bool = False
    ) -> Heights | None:
        """Return the bars of a slice of a kernel, as stored or rotated by 180°, None without bars."""
        if not (self.look.has_bars and isinstance(stage, Windows) and stage.is_weighted) or stage.kernel is None:
            return None
        values = stage.kernel[stage.kernel_place(out_channel, in_channel)]
        page = page_of(np.flip(values) if is_rotated else values, slice_)
        return Heights.of(page, stage.kernel, self.look.is_labelled)
