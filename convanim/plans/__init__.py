"""A layer in, its steps out: tensors, the stages between them, and which cells each step reads and writes."""

from convanim.plans.graph import ORDERS, WAYS, Plan, Walk
from convanim.plans.making import plan, stage_of
from convanim.plans.run import shortened
from convanim.plans.stages import Moves, Needs, Stage
from convanim.plans.stamps import Stamp, Stamps
from convanim.plans.steps import Cell, Grid, Ints, Mask, Read, Step, Taps, Tensor
from convanim.plans.windows import Windows
from convanim.plans.written import TAP_LIMIT

__all__ = [
    "ORDERS",
    "TAP_LIMIT",
    "WAYS",
    "Cell",
    "Grid",
    "Ints",
    "Mask",
    "Moves",
    "Needs",
    "Plan",
    "Read",
    "Stage",
    "Stamp",
    "Stamps",
    "Step",
    "Taps",
    "Tensor",
    "Walk",
    "Windows",
    "plan",
    "shortened",
    "stage_of",
]
