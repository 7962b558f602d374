"""Turn a layer into steps: tensors, the stages between them, and the cells that each step reads and writes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convanim.base.later import names_within

if TYPE_CHECKING:
    from convanim.plans.data import TAP_LIMIT
    from convanim.plans.graph import ORDERS, WAYS, Plan, Walk
    from convanim.plans.making import plan, plan_like, stage_of
    from convanim.plans.names import USUAL_NAMES, Named, Names, of_input
    from convanim.plans.sharing import Shares, shares
    from convanim.plans.shortening import shortened
    from convanim.plans.sparse import SparseWindows
    from convanim.plans.stages import Moves, Needs, Stage
    from convanim.plans.stamps import Stamp, Stamps
    from convanim.plans.steps import Cell, Grid, Ints, Mask, Read, Step, Taps, Tensor
    from convanim.plans.windows import Windows

__all__ = [
    "ORDERS",
    "TAP_LIMIT",
    "USUAL_NAMES",
    "WAYS",
    "Cell",
    "Grid",
    "Ints",
    "Mask",
    "Moves",
    "Named",
    "Names",
    "Needs",
    "Plan",
    "Read",
    "Shares",
    "SparseWindows",
    "Stage",
    "Stamp",
    "Stamps",
    "Step",
    "Taps",
    "Tensor",
    "Walk",
    "Windows",
    "of_input",
    "plan",
    "plan_like",
    "shares",
    "shortened",
    "stage_of",
]

_MODULES = (
    "names",
    "steps",
    "stages",
    "windows",
    "stamps",
    "sparse",
    "graph",
    "making",
    "data",
    "sharing",
    "shortening",
)

__getattr__ = names_within(
    __name__,
    __all__,
    ("names", "steps", "stages", "windows", "stamps", "sparse", "graph", "making", "data", "sharing", "shortening"),
)
