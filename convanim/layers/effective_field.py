"""The effective receptive field: the input cells that weigh much in an output cell."""

from __future__ import annotations

from collections import defaultdict
from math import prod

from convanim.layers.chain import Chain

LEAST_WEIGHT = 0.0455
"""Of the greatest weight, the part that a cell must have to count; after Luo et al. (arXiv:1701.04128)."""

_MOST_FOLLOWED = 200_000
"""The largest number of cells that are followed along an axis."""


def effective_field(chain: Chain) -> tuple[int, ...] | None:
    """Return the span of input cells of at least `LEAST_WEIGHT` of the greatest weight, per axis.

    A cell weighs as much as there are paths from it to the output cell, all
    weights being equal. Padding and the ends of the input are ignored, and of
    several patterns that output cells read in turn, the widest is taken.

    Returns
    -------
    tuple of int or None
        None if the field is too large to be followed.

    Examples
    --------
    >>> from convanim.layers import Conv
    >>> chain = Chain([Conv(31 - 2 * number, 3) for number in range(12)])
    >>> chain.receptive_field, effective_field(chain)
    ((25, 25), (15, 15))
    """
    found = []
    for number, wide in enumerate(chain.receptive_field):
        patterns = prod(layer.spacing(number) for layer in chain.layers)
        reach = max(layer.kernel_size[number] for layer in chain.layers)
        if patterns * wide * reach * len(chain.layers) > _MOST_FOLLOWED:
            return None
        found.append(max(_span(chain, number, output) for output in range(patterns)))
    return tuple(found)


def _span(chain: Chain, number: int, output: int) -> int:
    """Return the span of the heavy cells of an axis that one output cell reads."""
    weights = {output: 1.0}
    for layer in reversed(chain.layers):
        below = defaultdict[int, float](float)
        for cell, weight in weights.items():
            for source in layer.inputs(number, cell):
                below[source] += weight
        weights = below
    least = LEAST_WEIGHT * max(weights.values(), default=0.0)
    heavy = [cell for cell, weight in weights.items() if weight >= least]
    return max(heavy) - min(heavy) + 1 if heavy else 0
