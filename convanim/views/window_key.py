"""Which cell of a window each channel holds, where windows are laid out as channels or added up again."""

from __future__ import annotations

from math import prod

import numpy as np

from convanim.base.language import translated
from convanim.base.records import dataclass
from convanim.plans import Grid, Plan
from convanim.views.lettering import lettered
from convanim.views.plane import Plane
from convanim.views.sheet import Page, Sheet

SCALE = 0.8
"""The scale of the window's cells."""

_NUMBER = 0.42
"""The largest size of the numbers of channels."""

_MOST_CELLS = 25
"""The most cells of a window that is drawn."""


@dataclass(frozen=True)
class WindowKey:
    """A window whose cells bear the tints and the numbers of the channels that hold them.

    Attributes
    ----------
    rows, columns : int
        The size of the window.
    lone : int
        The tensor that windows lie on, which has one channel.
    """

    rows: int
    columns: int
    lone: int

    @classmethod
    def of(cls, plan: Plan) -> WindowKey | None:
        """Return the key of a plan of one layer whose channels are the cells of a window on two axes, or None."""
        layer, last = plan.last.layer, plan.last
        if plan.is_chain or plan.dims != 2 or "kernel_size" not in layer.options or not layer.order_words:
            return None
        counts = [plan.tensors[tensor].channels for tensor in (last.source, last.target)]
        if sorted(counts) != [1, prod(layer.kernel_size)] or not 1 < max(counts) <= _MOST_CELLS:
            return None
        rows, columns = layer.kernel_size
        return cls(rows, columns, (last.source, last.target)[counts[0] > 1])

    def sheet(self, plane: Plane) -> Sheet:
        """Return the window as a sheet that lies in a plane."""
        numbers = np.arange(self.rows * self.columns).reshape(self.rows, self.columns)
        said = (numbers + 1).astype(str).astype(object)
        return Sheet(
            Grid.plain((self.rows, self.columns)),
            plane.origin,
            plane.projection,
            page=Page(-1),
            lettering=lettered(said, np.full(said.shape, "", object), _NUMBER),
            tints=numbers,
            title=translated("cells of a window"),
        )
