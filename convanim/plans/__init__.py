"""Turn a layer into steps: tensors, the stages between them, and the cells that each step reads and writes."""

from convanim.plans.data import TAP_LIMIT
from convanim.plans.graph import ORDERS, WAYS, Plan, Walk
from convanim.plans.making import plan, plan_like, stage_of
from convanim.plans.names import USUAL_NAMES, Named, Names, of_input
from convanim.plans.shares import Shares, shares
from convanim.plans.shortened import shortened
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
