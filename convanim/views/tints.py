"""Tints: the colours that tell the channels, or the blocks of cells, of one tensor apart."""

from __future__ import annotations

from convanim.layers.rules import COPY
from convanim.plans import Plan, Stage

TINTS = 9
"""How many tints every theme has."""

PAIRS = 21
"""How many kinds of rings every theme has that pair copies with originals."""


def tint(number: int) -> str:
    """Return the role of the cells with a number; after as many numbers as there are tints, they begin anew."""
    return f"tint_{number % TINTS}"


def tints(plan: Plan) -> dict[int, tuple[int, ...]]:
    """Return the tint of each channel of each tensor of a plan's main stages.

    Channels that are read together have one tint a group, and what a group
    (or a single channel) makes keeps it. Kernels that read all channels make
    channels with tints of their own, numbered on from those that they read. A
    lone channel has none, since there is nothing to tell it from.
    """
    source, first = plan.tensors[0], plan.main[0].grouping
    groups = first.groups if first.groups > 1 and source.channels == first.in_channels else source.channels
    found = {0: tuple(channel * groups // source.channels for channel in range(source.channels))}
    for stage in plan.main:
        found[stage.target] = _made(stage, found[stage.source], plan.tensors[stage.target].channels)
    return {tensor: own for tensor, own in found.items() if len(own) > 1}


def _made(stage: Stage, read: tuple[int, ...], count: int) -> tuple[int, ...]:
    """Return the tints of what a stage makes of channels with tints."""
    grouping = stage.grouping
    is_kept = grouping.groups > 1 or (stage.rule is COPY and count == len(read))
    if is_kept and grouping.in_channels == len(read):
        each = max(count // grouping.groups, 1) if grouping.groups > 1 else 1
        step = len(read) // grouping.groups if grouping.groups > 1 else 1
        return tuple(read[channel // each * step] for channel in range(count))
    start = max(read) + 1 if len(read) > 1 else max(read)
    return tuple(range(start, start + count))
