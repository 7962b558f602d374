"""What rests: stages of a plan while an output channel is made, since their maps are full, and how kernels do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from convanim.plans import Mask, Plan

RESTING = 0.35
"""The strength of the colour of kernels that are not at work."""

Made = Mapping[int, Mask]
"""The cells that a stage makes, by channel."""


def resting(plan: Plan) -> list[int]:
    """Return how many of the first stages have made all they ever make, as each output channel begins."""
    last = plan.last
    cells = np.zeros(last.output_size, bool)
    cells.flat[list(plan.cells_of(last))] = True
    traced = [plan.trace_all({channel: cells}) for channel in plan.channels_of(last)]
    found = []
    for begun in range(len(traced)):
        full = [
            _has_all([one[stage.number].made for one in traced[:begun]], [one[stage.number].made for one in traced])
            for stage in plan.main[:-1]
        ]
        found.append([*full, False].index(False))
    return found


def _has_all(some: Iterable[Made], every: Iterable[Made]) -> bool:
    """Return whether some cells include all of others."""
    known: dict[int, Mask] = {}
    for made in some:
        for channel, mask in made.items():
            known[channel] = known.get(channel, False) | mask
    return all(
        channel in known and not (mask & ~known[channel]).any() for made in every for channel, mask in made.items()
    )
