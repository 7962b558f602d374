"""Limits on the size of a picture in any view."""

from __future__ import annotations

from math import prod

from convanim.base.errors import ConvanimError
from convanim.base.options import spelled
from convanim.plans import Plan
from convanim.views.slices import Depths

MOST_CELLS = 250_000
"""The most cells drawn, counting one channel of each tensor."""

MOST_STAMPS = 5000
"""The most stamps drawn, one per input cell."""

MOST_SLICES = 24
"""The most depth slices drawn of a tensor."""


def refuse_cells(cells: int, input_size: tuple[int, ...]) -> None:
    """Raise an error if a picture has too many cells.

    Parameters
    ----------
    cells : int
        The cells of a channel of each tensor, or as many of them as are known.
    input_size : tuple of int
        The size of the input that makes them.

    Raises
    ------
    ConvanimError
        If there are more than `MOST_CELLS`.
    """
    if cells > MOST_CELLS:
        raise ConvanimError(
            "input_size",
            spelled(input_size),
            f"makes a picture of {cells} cells, and at most {MOST_CELLS} are drawn; "
            "use a smaller `input_size` or `padding`, or let the command explain describe the layer",
        )


def refuse_undrawable(plan: Plan) -> None:
    """Raise an error if a plan is too large to draw.

    Raises
    ------
    ConvanimError
        If it has more than `MOST_CELLS` cells in a channel, `MOST_SLICES`
        slices along the depth, or `MOST_STAMPS` stamps.
    """
    shapes = [tuple(len(axis.drawn) for axis in stage.layer.axes) for stage in plan.main]
    cells = prod(plan.output_size) + sum(map(prod, shapes))
    refuse_cells(cells, plan.input_size)
    if plan.dims == 3:
        depths = Depths.of(plan)
        slices = max(map(len, (*depths.of_grids.values(), *depths.of_tensors.values())), default=0)
        if slices > MOST_SLICES:
            raise ConvanimError(
                "input_size",
                spelled(plan.input_size),
                f"has {slices} depth slices, with all that stands between and around them, of which the first and "
                f"the last slices of the output are made, and at most {MOST_SLICES} are drawn; "
                "use fewer planes or a smaller kernel, or let the command explain describe the layer",
            )
    stamps = prod(plan.last.input_size)
    if plan.last.is_stamped and stamps > MOST_STAMPS:
        raise ConvanimError(
            "input_size",
            spelled(plan.last.input_size),
            f"makes {stamps} stamps, and at most {MOST_STAMPS} are drawn; "
            "use a smaller `input_size`, or `method=gather` without `overlap`",
        )
