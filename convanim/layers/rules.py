"""How the values of a window become one: added, averaged, copied, or put together as an operation wants it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Taps = Iterable[tuple[NDArray[Any], NDArray[np.bool_]]]
"""Of each place of a window what it reads, for every window, and where that is anything at all."""

Combine = Callable[[Taps], tuple[NDArray[Any], NDArray[np.bool_]]]
"""Taps to the value of every window, and which windows have one."""


@dataclass(frozen=True, eq=False)
class Rule:
    """How the values that a step reads become one.

    Attributes
    ----------
    name : str
        Of the rule.
    heading : str
        What is written above what it makes.
    combine : callable or None
        Values to one, where they are neither added nor copied; padding then counts for nothing.
    sign : str
        What is written before the values in brackets, as in ``max (1, 2)``.
    taken : str
        What of the values it is, as in ``is the largest of``.
    is_picked : bool
        Whether it is one of the values, which is then marked.
    ignored : str
        What a sentence says of padding, which counts for nothing.
    """

    name: str
    heading: str = "output"
    combine: Combine | None = None
    sign: str = ""
    taken: str = ""
    is_picked: bool = False
    ignored: str = ""


def _greatest(taps: Taps) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """Return the greatest value of each window, tap by tap."""
    found: NDArray[Any] | None = None
    seen = np.zeros((), bool)
    for candidates, there in taps:
        if found is None:
            found, seen = np.zeros(candidates.shape, candidates.dtype), np.zeros(there.shape, bool)
        found = np.where(there & (~seen | (candidates > found)), candidates, found)
        seen = seen | there
    assert found is not None
    return found, seen


SUM = Rule("sum")
MEAN = Rule("mean", heading="mean of each window", sign="mean")
MAX = Rule(
    "max",
    heading="max of each window",
    combine=_greatest,
    sign="max",
    taken="largest",
    is_picked=True,
    ignored="never the largest",
)
COPY = Rule("copy")
"""One value, as it is."""

SEVERAL = Rule("several")
"""What layers make that are not shown one by one."""
